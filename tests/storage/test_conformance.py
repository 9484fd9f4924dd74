"""The repositories in memory keep every promise of a repository, in both colours."""

import pytest

from hera_engine.memory import AsyncInMemoryRepository, InMemoryRepository
from hera_engine.testing.conformance import (
    AsyncStore,
    Check,
    Store,
    check_async_repository,
    check_repository,
    repository_checks,
    stepped,
)
from tests.storage.broken import NeverLooksForRepeats


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


def test_all_checks_are_run_at_once() -> None:
    """One call runs every check, in either colour, and names the one that fails."""
    with pytest.raises(AssertionError, match=r"^repeat_is_answered_with_the_first: "):
        check_repository(Store(make=NeverLooksForRepeats))
    with pytest.raises(AssertionError, match=r"^what_is_done_stays: "):
        check_async_repository(AsyncStore(make=_make, opener=lambda _: _make))
