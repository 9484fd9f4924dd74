"""Holds anyone's storage to what `hera_engine.repository` says: one check for each sentence.

Functions, not base classes. `check_repository` runs every check on a repository of functions,
`check_async_repository` on one of coroutines; `repository_checks` lists them by name, so that a
test runner shows each by itself (docs/conformance-kit.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hera_engine.repository import AsyncRepository, Repository
from hera_engine.testing.conformance import commits, configurations, faults, races, reading
from hera_engine.testing.conformance.faults import killed_at_any_line_leaves_all_or_nothing
from hera_engine.testing.conformance.machine import books_agree_with_a_model
from hera_engine.testing.conformance.store import AsyncStore, Stepped, Store, stepped

_Kind = TypeVar("_Kind", bound=Repository)
_AsyncKind = TypeVar("_AsyncKind", bound=AsyncRepository)


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of a repository.

    Attributes:
        name: What is promised, in words joined by underscores.
        promise: The same in a sentence.
        run: Raises AssertionError, saying what was seen, if the promise is not kept.
    """

    name: str
    promise: str
    run: Callable[[Store[Any]], None]

    def __call__(self, store: Store[Any]) -> None:
        """Run the check on a store."""
        self.run(store)


def repository_checks(*, opened_again: bool = False) -> tuple[Check, ...]:
    """Return the checks in the order in which their failures are easiest to mend.

    Args:
        opened_again: Whether those come too that open a store more than once, from this process
            and from others; they need `Store.opener`.
    """
    groups = (commits.CHECKS, reading.CHECKS, configurations.CHECKS, races.CHECKS)
    plain = [_on_a_repository(check) for group in groups for check in group]
    disk = [faults.what_is_done_stays, races.processes_share_one_store]
    books = [faults.broken_call_is_repeated_safely, books_agree_with_a_model]
    killed = [killed_at_any_line_leaves_all_or_nothing]
    whole = [*disk, *books, *killed] if opened_again else books
    return (*plain, *(_named(check, check) for check in whole))


def _named(check: Callable[..., None], run: Callable[[Store[Any]], None]) -> Check:
    """Return a check with the name of a function and the sentence it begins with."""
    return Check(check.__name__, (check.__doc__ or "").partition("\n")[0], run)


def _on_a_repository(check: Callable[[Repository], None]) -> Check:
    """Return a check that makes a repository, looks at it and closes it."""

    def run(store: Store[Any]) -> None:
        with store.fresh() as repository:
            check(repository)

    return _named(check, run)


def check_repository(store: Store[_Kind]) -> None:
    """Run every check on a repository of functions.

    Raises:
        AssertionError: Naming the first promise that is not kept, and what was seen.
    """
    for check in repository_checks(opened_again=store.opener is not None):
        try:
            check(store)
        except AssertionError as error:
            raise AssertionError(f"{check.name}: {error}") from error


def check_async_repository(store: AsyncStore[_AsyncKind]) -> None:
    """Run every check on a repository of coroutines; called outside of any event loop.

    Raises:
        AssertionError: Naming the first promise that is not kept, and what was seen.
    """
    check_repository(stepped(store))


__all__ = [
    "AsyncStore",
    "Check",
    "Stepped",
    "Store",
    "books_agree_with_a_model",
    "check_async_repository",
    "check_repository",
    "killed_at_any_line_leaves_all_or_nothing",
    "repository_checks",
    "stepped",
]
