"""The repositories in memory keep every promise of a repository, in both colours."""

import pytest

from hera_engine.memory import AsyncInMemoryRepository, InMemoryRepository
from hera_engine.testing.conformance import (
    AsyncStore,
    Check,
    Store,
    repository_checks,
    stepped,
)


async def _make() -> AsyncInMemoryRepository:
    return AsyncInMemoryRepository()


MEMORY = Store(make=InMemoryRepository)
ASYNC_MEMORY = AsyncStore(make=_make)


@pytest.mark.parametrize("check", repository_checks(), ids=lambda check: check.name)
def test_memory_keeps_each_promise(check: Check) -> None:
    """Each check passes on transactions kept in this process."""
    check(MEMORY)


@pytest.mark.parametrize("check", repository_checks(), ids=lambda check: check.name)
def test_memory_in_coroutines_keeps_each_promise(check: Check) -> None:
    """Each check passes on the same in coroutines."""
    check(stepped(ASYNC_MEMORY))
