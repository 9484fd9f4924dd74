"""A repository in one SQLite table, as small as can be, and three that are wrong on purpose.

They show that the kit finds what only a store on a disk can get wrong: what is lost when a process
is killed, what one process does not see of another, and a memory that outlives its truth.
"""

import pickle
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hera_engine.configuration import Configuration
from hera_engine.repository import Change, Configured, Done, Outcome, Query
from hera_engine.transactions import Transaction, TransactionHeader
from tests.storage.broken import Sound


class OneFile:
    """A repository in a file: each organization's rows are read, changed and written as one."""

    begin = "BEGIN IMMEDIATE"

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(self._connected()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, body BLOB)"
            )

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=60, isolation_level=None)

    @contextmanager
    def shelf(self) -> Iterator[tuple[Sound, sqlite3.Connection]]:
        """Give what the file holds, in a unit of work."""
        with closing(self._connected()) as connection:
            connection.execute(self.begin)
            kept = Sound()
            for name, body in connection.execute("SELECT name, body FROM parts"):
                setattr(kept, name, pickle.loads(body))
            yield kept, connection
            if connection.in_transaction:
                connection.execute("COMMIT")

    def write(self, connection: sqlite3.Connection, kept: Sound) -> None:
        """Write what was changed."""
        for name, part in (
            ("revision", kept.revision),
            ("rows", kept.rows),
            ("configurations", kept.configurations),
        ):
            self.put(connection, name, part)

    def put(self, connection: sqlite3.Connection, name: str, part: Any) -> None:
        """Write one part."""
        said = (
            "INSERT INTO parts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body"
        )
        connection.execute(said, (name, pickle.dumps(part)))

    def commit(self, change: Change) -> Outcome:
        """Judge and carry out a change in one unit of work."""
        with self.shelf() as (kept, connection):
            outcome = kept.commit(change)
            self.write(connection, kept)
            return outcome

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """Keep a configuration."""
        with self.shelf() as (kept, connection):
            outcome = kept.configure(configuration, expected)
            self.write(connection, kept)
            return outcome

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """Return rows by id."""
        with self.shelf() as (kept, _):
            return kept.fetch(organization_id, ids)

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """Return a page of headers."""
        with self.shelf() as (kept, _):
            return kept.find(organization_id, query)

    def configuration(self, organization_id: str) -> Configuration | None:
        """Return a configuration."""
        with self.shelf() as (kept, _):
            return kept.configuration(organization_id)

    def configuration_version(self, organization_id: str) -> str | None:
        """Return the version of a configuration."""
        with self.shelf() as (kept, _):
            return kept.configuration_version(organization_id)


class WritesHalvesByThemselves(OneFile):
    """Commits the new transaction and the header that it replaces one after the other."""

    def commit(self, change: Change) -> Outcome:
        """Carry out a change in two units of work."""
        with self.shelf() as (kept, connection):
            refused = kept.judged(change)
            if refused is not None:
                return refused
            if change.create is not None:
                half = Change(organization_id=change.organization_id, create=change.create)
                kept.carry_out(half)
                self.write(connection, kept)
                connection.execute("COMMIT")
                connection.execute(self.begin)
            rest = Change(
                organization_id=change.organization_id,
                replace=change.replace,
                remove=change.remove,
            )
            outcome = kept.commit(rest)
            self.write(connection, kept)
            return outcome


class ReadsBeforeItLocks(OneFile):
    """Reads in a unit of work of its own, so that another process comes between."""

    def commit(self, change: Change) -> Outcome:
        """Judge by what was read, then write all of it."""
        with self.shelf() as (kept, connection):
            connection.execute("COMMIT")
            outcome = kept.commit(change)
            time.sleep(0.005)
            self.write(connection, kept)
            return outcome


class KeepsItInTheProcess(OneFile):
    """Remembers the configuration that it read first."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.read: dict[str, str | None] = {}

    def configuration_version(self, organization_id: str) -> str | None:
        """Return the version that was there at the first reading."""
        if organization_id not in self.read:
            self.read[organization_id] = super().configuration_version(organization_id)
        return self.read[organization_id]

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """Keep a configuration, and nothing of it in the file."""
        self.read.pop(configuration.organization_id, None)
        return Done()


def made(kind: type[OneFile], folder: Path) -> OneFile:
    """Return a repository over a new file of a folder."""
    return kind(Path(mkdtemp(dir=folder)) / "books.sqlite")


def opener_of(repository: OneFile) -> partial[OneFile]:
    """Return what opens the file of a repository once more."""
    return partial(type(repository), repository.path)
