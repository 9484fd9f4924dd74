"""What went wrong below the ledger: noted for the log, and judged whether it may pass.

The orchestrator's responses have no room for a cause, so that it is noted where it happens.
"""

import sqlite3
from collections.abc import Awaitable, Sequence
from contextvars import ContextVar
from typing import Final, TypeVar

import psycopg

from hera_engine.configuration import Configuration
from hera_engine.repository import AsyncRepository, Change, Configured, Outcome, Query
from hera_engine.transactions import Transaction, TransactionHeader

_Result = TypeVar("_Result")

FAULT: Final[ContextVar[BaseException | None]] = ContextVar("FAULT", default=None)
"""The last fault of the repository in this request."""


def may_pass(error: BaseException | None) -> bool:
    """Whether the same call may succeed later: nothing refused it, somebody was not there.

    What a database refuses (a constraint, a right, a table that is missing) it refuses again.
    """
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR
    return isinstance(error, OSError | psycopg.OperationalError | psycopg.InterfaceError)


async def _noted(call: Awaitable[_Result]) -> _Result:
    try:
        return await call
    except Exception as error:
        FAULT.set(error)
        raise


class Watched:
    """An `AsyncRepository` whose faults are noted in `FAULT`."""

    def __init__(self, repository: AsyncRepository) -> None:
        self._kept = repository

    async def commit(self, change: Change) -> Outcome:
        """As `AsyncRepository.commit`."""
        return await _noted(self._kept.commit(change))

    async def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `AsyncRepository.fetch`."""
        return await _noted(self._kept.fetch(organization_id, ids))

    async def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `AsyncRepository.find`."""
        return await _noted(self._kept.find(organization_id, query))

    async def configure(
        self, configuration: Configuration, expected: str | None = None
    ) -> Configured:
        """As `AsyncRepository.configure`."""
        return await _noted(self._kept.configure(configuration, expected))

    async def configuration(self, organization_id: str) -> Configuration | None:
        """As `AsyncRepository.configuration`."""
        return await _noted(self._kept.configuration(organization_id))

    async def configuration_version(self, organization_id: str) -> str | None:
        """As `AsyncRepository.configuration_version`."""
        return await _noted(self._kept.configuration_version(organization_id))
