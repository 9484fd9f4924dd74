"""Repositories by the address of a database: ``sqlite:///FILE`` or ``postgresql://…``."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from examples.ledger_postgres import AsyncPostgresRepository, PostgresRepository
from examples.ledger_postgres import migrate as migrate_postgres
from examples.ledger_sqlite import SqliteRepository
from examples.ledger_sqlite import migrate as migrate_sqlite
from hera_engine.configuration import Configuration
from hera_engine.repository import (
    AsyncRepository,
    Change,
    Configured,
    Outcome,
    Query,
    Repository,
)
from hera_engine.transactions import Transaction, TransactionHeader

SQLITE: Final = "sqlite:///"
POSTGRES: Final = ("postgresql://", "postgres://")


class AddressError(ValueError):
    """An address that names no database this service knows."""


def sqlite_file(address: str) -> str | None:
    """Return the file of an SQLite database, or None for one of PostgreSQL.

    Raises:
        AddressError: For any other address.
    """
    if address.startswith(SQLITE) and address != SQLITE:
        return address.removeprefix(SQLITE)
    if address.startswith(POSTGRES):
        return None
    raise AddressError("a database is sqlite:///FILE or postgresql://USER@HOST/NAME")


def _kept_in(address: str) -> str | None:
    """As `sqlite_file`, for a file that is there: SQLite would make an empty one.

    Raises:
        AddressError: If it is not there, too.
    """
    path = sqlite_file(address)
    if path is not None and not Path(path).is_file():
        raise AddressError(f"there is no file {path}: migrate first")
    return path


def migrate(address: str) -> None:
    """Bring the tables of a database up to date."""
    path = sqlite_file(address)
    if path is None:
        migrate_postgres(address)
    else:
        migrate_sqlite(path)


@contextmanager
def opened(address: str) -> Iterator[Repository]:
    """Lend a repository in functions, for the commands."""
    path = _kept_in(address)
    repository = PostgresRepository(address) if path is None else SqliteRepository(path)
    try:
        yield repository
    finally:
        repository.close()


@asynccontextmanager
async def served(address: str) -> AsyncIterator[AsyncRepository]:
    """Lend a repository in coroutines, for the service; SQLite works in threads."""
    path = _kept_in(address)
    if path is None:
        repository = AsyncPostgresRepository(address)
        try:
            yield repository
        finally:
            await repository.close()
    else:
        file = SqliteRepository(path)
        try:
            yield InThreads(file)
        finally:
            file.close()


class InThreads:
    """An `AsyncRepository` over one in functions: each verb waits in a thread of its own.

    Args:
        repository: May be called from several threads at once.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def commit(self, change: Change) -> Outcome:
        """As `AsyncRepository.commit`."""
        return await asyncio.to_thread(self._repository.commit, change)

    async def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `AsyncRepository.fetch`."""
        return await asyncio.to_thread(self._repository.fetch, organization_id, ids)

    async def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `AsyncRepository.find`."""
        return await asyncio.to_thread(self._repository.find, organization_id, query)

    async def configure(
        self, configuration: Configuration, expected: str | None = None
    ) -> Configured:
        """As `AsyncRepository.configure`."""
        return await asyncio.to_thread(self._repository.configure, configuration, expected)

    async def configuration(self, organization_id: str) -> Configuration | None:
        """As `AsyncRepository.configuration`."""
        return await asyncio.to_thread(self._repository.configuration, organization_id)

    async def configuration_version(self, organization_id: str) -> str | None:
        """As `AsyncRepository.configuration_version`."""
        return await asyncio.to_thread(self._repository.configuration_version, organization_id)
