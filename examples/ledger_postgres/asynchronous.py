"""`AsyncPostgresRepository`: the books in PostgreSQL, in coroutines."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
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
from examples.ledger_tables import verbs
from examples.ledger_tables.rows import Row
from hera_engine.configuration import Configuration
from hera_engine.repository import Change, Configured, Outcome, Query
from hera_engine.transactions import Transaction, TransactionHeader

_Result = TypeVar("_Result")
_Connection = psycopg.AsyncConnection[dict[str, Any]]


class AsyncPostgresRepository:
    """A `hera_engine.repository.AsyncRepository` over a database.

    Args:
        url: The database, which must have been migrated. Its role should be one that row-level
            security holds, such as a member of hera_ledger: no superuser.
        connections: How many units of work run at once; others wait.
    """

    def __init__(self, url: str, *, connections: int = CONNECTIONS) -> None:
        self._url = url
        self._idle: deque[_Connection] = deque()
        self._free = asyncio.Semaphore(connections)

    async def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            await self._idle.pop().close()

    async def commit(self, change: Change) -> Outcome:
        """As `AsyncRepository.commit`."""
        return await self._run(
            change.organization_id, WRITE, lambda: verbs.committed(DIALECT, change)
        )

    async def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `AsyncRepository.fetch`."""
        return await self._run(
            organization_id, READ, lambda: verbs.fetched(DIALECT, organization_id, ids)
        )

    async def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `AsyncRepository.find`."""
        return await self._run(organization_id, READ, lambda: verbs.found(organization_id, query))

    async def configure(
        self, configuration: Configuration, expected: str | None = None
    ) -> Configured:
        """As `AsyncRepository.configure`."""
        return await self._run(
            configuration.organization_id,
            WRITE,
            lambda: verbs.configured(DIALECT, configuration, expected),
        )

    async def configuration(self, organization_id: str) -> Configuration | None:
        """As `AsyncRepository.configuration`."""
        return await self._run(
            organization_id, READ, lambda: verbs.configuration_read(organization_id)
        )

    async def configuration_version(self, organization_id: str) -> str | None:
        """As `AsyncRepository.configuration_version`."""
        return await self._run(organization_id, READ, lambda: verbs.version_read(organization_id))

    async def _run(
        self, organization_id: str, begin: LiteralString, unit: Callable[[], verbs.Unit[_Result]]
    ) -> _Result:
        """Run a unit, again where the server says that the same may succeed now."""
        async with self._connection() as connection:
            for attempt in range(ATTEMPTS - 1):
                try:
                    return await _once(connection, organization_id, begin, unit())
                except REPEATABLE:
                    await asyncio.sleep(pause(attempt))
            return await _once(connection, organization_id, begin, unit())

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[_Connection]:
        """Lend a connection to one unit of work; one that has failed is not lent again."""
        async with self._free:
            connection = self._idle.pop() if self._idle else await _connected(self._url)
            try:
                yield connection
            except BaseException:
                lost = connection.broken
                await connection.close()
                if lost:
                    # A server that went away took the idle ones with it.
                    await self.close()
                raise
            self._idle.append(connection)


async def _connected(url: str) -> _Connection:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)
    plain(connection)
    return connection


async def _once(
    connection: _Connection, organization_id: str, begin: LiteralString, unit: verbs.Unit[_Result]
) -> _Result:
    await connection.execute(begun(begin, organization_id))
    try:
        result = await _carried_out(connection, unit)
    except REPEATABLE:
        await connection.execute("ROLLBACK")
        raise
    await connection.execute("ROLLBACK" if verbs.undone(result) else "COMMIT")
    return result


async def _carried_out(connection: _Connection, unit: verbs.Unit[_Result]) -> _Result:
    """Carry out the statements of a unit and return its result."""
    rows: Sequence[Row] = ()
    try:
        statement = next(unit)
        while True:
            text = written(statement.text).encode()
            async with connection.cursor() as cursor:
                if statement.repeated is None:
                    await cursor.execute(text, statement.parameters)
                    rows = await cursor.fetchall() if cursor.description is not None else ()
                else:
                    await cursor.executemany(text, statement.repeated)
                    rows = ()
            statement = unit.send(rows)
    except StopIteration as end:
        result: _Result = end.value
        return result
