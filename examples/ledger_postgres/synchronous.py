"""`PostgresRepository`: the books in PostgreSQL, in functions."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.rows import dict_row

from examples.ledger_postgres.dialect import (
    ATTEMPTS,
    CONNECTIONS,
    DIALECT,
    READ,
    REPEATABLE,
    WRITE,
    begun,
    pause,
    plain,
    written,
)
from examples.ledger_tables import migrations, verbs
from examples.ledger_tables.rows import Row
from hera_engine.configuration import Configuration
from hera_engine.repository import Change, Configured, Outcome, Query
from hera_engine.transactions import Transaction, TransactionHeader

_Result = TypeVar("_Result")
_Connection = psycopg.Connection[dict[str, Any]]


def migrate(url: str) -> None:
    """Bring the tables of a database up to date; several processes may do so at once."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        # Held to the end of the transaction, so that the second process finds all done.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('schema_migrations'))")
        connection.execute(migrations.LOG)
        done = [row["number"] for row in connection.execute(migrations.DONE)]
        for each in migrations.missing(Path(__file__).parent / "migrations", done):
            connection.execute(each.script.encode())
            noted = {"number": each.number, "name": each.name}
            connection.execute(written(migrations.NOTE).encode(), noted)


class PostgresRepository:
    """A `hera_engine.repository.Repository` over a database.

    Args:
        url: The database, which must have been migrated. Its role should be one that row-level
            security holds, such as a member of hera_ledger: no superuser.
        connections: How many units of work run at once; others wait.
    """

    def __init__(self, url: str, *, connections: int = CONNECTIONS) -> None:
        self._url = url
        self._idle: deque[_Connection] = deque()
        self._free = BoundedSemaphore(connections)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def commit(self, change: Change) -> Outcome:
        """As `Repository.commit`."""
        return self._run(change.organization_id, WRITE, lambda: verbs.committed(DIALECT, change))

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `Repository.fetch`."""
        return self._run(
            organization_id, READ, lambda: verbs.fetched(DIALECT, organization_id, ids)
        )

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `Repository.find`."""
        return self._run(organization_id, READ, lambda: verbs.found(organization_id, query))

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """As `Repository.configure`."""
        return self._run(
            configuration.organization_id,
            WRITE,
            lambda: verbs.configured(DIALECT, configuration, expected),
        )

    def configuration(self, organization_id: str) -> Configuration | None:
        """As `Repository.configuration`."""
        return self._run(organization_id, READ, lambda: verbs.configuration_read(organization_id))

    def configuration_version(self, organization_id: str) -> str | None:
        """As `Repository.configuration_version`."""
        return self._run(organization_id, READ, lambda: verbs.version_read(organization_id))

    def _run(
        self, organization_id: str, begin: LiteralString, unit: Callable[[], verbs.Unit[_Result]]
    ) -> _Result:
        """Run a unit, again where the server says that the same may succeed now."""
        with self._connection() as connection:
            for attempt in range(ATTEMPTS - 1):
                try:
                    return _once(connection, organization_id, begin, unit())
                except REPEATABLE:
                    time.sleep(pause(attempt))
            return _once(connection, organization_id, begin, unit())

    @contextmanager
    def _connection(self) -> Iterator[_Connection]:
        """Lend a connection to one unit of work; one that has failed is not lent again."""
        with self._free:
            connection = self._idle.pop() if self._idle else _connected(self._url)
            try:
                yield connection
            except BaseException:
                lost = connection.broken
                connection.close()
                if lost:
                    # A server that went away took the idle ones with it.
                    self.close()
                raise
            self._idle.append(connection)


def _connected(url: str) -> _Connection:
    connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
    plain(connection)
    return connection


def _once(
    connection: _Connection, organization_id: str, begin: LiteralString, unit: verbs.Unit[_Result]
) -> _Result:
    connection.execute(begun(begin, organization_id))
    try:
        result = _carried_out(connection, unit)
    except REPEATABLE:
        connection.execute("ROLLBACK")
        raise
    connection.execute("ROLLBACK" if verbs.undone(result) else "COMMIT")
    return result


def _carried_out(connection: _Connection, unit: verbs.Unit[_Result]) -> _Result:
    """Carry out the statements of a unit and return its result."""
    rows: Sequence[Row] = ()
    try:
        statement = next(unit)
        while True:
            text = written(statement.text).encode()
            with connection.cursor() as cursor:
                if statement.repeated is None:
                    cursor.execute(text, statement.parameters)
                    rows = cursor.fetchall() if cursor.description is not None else ()
                else:
                    cursor.executemany(text, statement.repeated)
                    rows = ()
            statement = unit.send(rows)
    except StopIteration as end:
        result: _Result = end.value
        return result
