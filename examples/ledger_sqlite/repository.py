"""`SqliteRepository`: the books in one file, for several threads and several processes.

Every change begins with BEGIN IMMEDIATE: writers wait for each other at the beginning, where
waiting is possible, and not in the middle, where SQLite can only refuse. Readers use the
write-ahead log and wait for nobody.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypeVar

from examples.ledger_tables import migrations, verbs
from examples.ledger_tables.rows import Row
from examples.ledger_tables.statements import Dialect
from hera_engine.configuration import Configuration
from hera_engine.repository import Change, Configured, Outcome, Query
from hera_engine.transactions import Transaction, TransactionHeader

_Result = TypeVar("_Result")

DIALECT: Final = Dialect(
    # BEGIN IMMEDIATE holds everything already.
    shared_lock="",
    own_lock="",
    members="{column} IN (SELECT value FROM json_each(:ids))",
)
WAIT_SECONDS: Final = 60.0
"""How long a writer waits for others."""
_READ: Final = "BEGIN"
_WRITE: Final = "BEGIN IMMEDIATE"


def connected(path: Path | str) -> sqlite3.Connection:
    """Return a connection that carries out transactions as the repository writes them.

    FULL: what is committed has reached the disk, also in the write-ahead log.
    """
    connection = sqlite3.connect(
        path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def migrate(path: Path | str) -> None:
    """Bring the tables of a file up to date; several processes may do so at once."""
    with closing(connected(path)) as connection:
        connection.execute(_WRITE)
        connection.execute(migrations.LOG)
        done = [row["number"] for row in connection.execute(migrations.DONE)]
        for each in migrations.missing(Path(__file__).parent / "migrations", done):
            for statement in _statements(each.script):
                connection.execute(statement)
            connection.execute(migrations.NOTE, {"number": each.number, "name": each.name})
        connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; `executescript` would commit before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


class SqliteRepository:
    """A `hera_engine.repository.Repository` over a file.

    Args:
        path: The file; it must have been migrated.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def commit(self, change: Change) -> Outcome:
        """As `Repository.commit`."""
        return self._run(_WRITE, verbs.committed(DIALECT, change))

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `Repository.fetch`."""
        return self._run(_READ, verbs.fetched(DIALECT, organization_id, ids))

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `Repository.find`."""
        return self._run(_READ, verbs.found(organization_id, query))

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """As `Repository.configure`."""
        return self._run(_WRITE, verbs.configured(DIALECT, configuration, expected))

    def configuration(self, organization_id: str) -> Configuration | None:
        """As `Repository.configuration`."""
        return self._run(_READ, verbs.configuration_read(organization_id))

    def configuration_version(self, organization_id: str) -> str | None:
        """As `Repository.configuration_version`."""
        return self._run(_READ, verbs.version_read(organization_id))

    def _run(self, begin: str, unit: verbs.Unit[_Result]) -> _Result:
        with self._connection() as connection:
            connection.execute(begin)
            try:
                result = _carried_out(connection, unit)
                connection.execute("ROLLBACK" if verbs.undone(result) else "COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to one unit of work; there are as many as run at once."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = connected(self._path)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)


def _carried_out(connection: sqlite3.Connection, unit: verbs.Unit[_Result]) -> _Result:
    """Carry out the statements of a unit and return its result."""
    rows: Sequence[Row] = ()
    try:
        statement = next(unit)
        while True:
            if statement.repeated is None:
                cursor = connection.execute(statement.text, statement.parameters)
                rows = [dict(row) for row in cursor]
            else:
                connection.executemany(statement.text, statement.repeated)
                rows = ()
            statement = unit.send(rows)
    except StopIteration as end:
        result: _Result = end.value
        return result
