"""How the kit gets at a repository: made empty, closed, opened again, in either colour.

A repository of coroutines is checked by the same functions as one of functions: `stepped` runs
its event loop in a thread of its own, so that each verb can be called from anywhere and calls
from several threads meet in that loop as several tasks.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any, Generic, TypeVar

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

_Kind = TypeVar("_Kind", bound=Repository)
_AsyncKind = TypeVar("_AsyncKind", bound=AsyncRepository)
_Result = TypeVar("_Result")


def _leave(_repository: object) -> None:
    """Close nothing."""


async def _leave_later(_repository: object) -> None:
    """Close nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Generic[_Kind]):
    """Where the kit gets repositories from.

    Attributes:
        make: Returns a new repository over an empty store.
        close: Gives back what a repository holds open; nothing by default.
        opener: Returns, for a repository, a function without arguments that opens the same store
            once more; it must survive pickling, as other processes call it. None for a store
            that is gone with its repository.
    """

    make: Callable[[], _Kind]
    close: Callable[[_Kind], object] = _leave
    opener: Callable[[_Kind], Callable[[], _Kind]] | None = None

    @contextmanager
    def fresh(self) -> Iterator[_Kind]:
        """Make a repository for one check, and close it."""
        repository = self.make()
        try:
            yield repository
        finally:
            self.close(repository)

    @contextmanager
    def again(self, opener: Callable[[], _Kind]) -> Iterator[_Kind]:
        """Open a store once more, and close that."""
        repository = opener()
        try:
            yield repository
        finally:
            self.close(repository)

    def opener_of(self, repository: _Kind) -> Callable[[], _Kind]:
        """Return what opens the store of a repository once more."""
        if self.opener is None:
            raise TypeError("the store says no `opener`, which this check needs")
        return self.opener(repository)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncStore(Generic[_AsyncKind]):
    """As `Store`, for a repository of coroutines; all three are coroutine functions."""

    make: Callable[[], Coroutine[Any, Any, _AsyncKind]]
    close: Callable[[_AsyncKind], Coroutine[Any, Any, object]] = _leave_later
    opener: Callable[[_AsyncKind], Callable[[], Coroutine[Any, Any, _AsyncKind]]] | None = None


class Stepped(Generic[_AsyncKind]):
    """A repository of coroutines, called as one of functions."""

    __slots__ = ("_loop", "_thread", "repository")

    def __init__(self, make: Callable[[], Coroutine[Any, Any, _AsyncKind]]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.repository = self.wait(make())

    def wait(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine in the loop of the repository and return what it returns."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def shut(self, close: Callable[[_AsyncKind], Coroutine[Any, Any, object]]) -> None:
        """Close the repository and end its loop."""
        self.wait(close(self.repository))
        self.wait(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def commit(self, change: Change) -> Outcome:
        """As `Repository.commit`."""
        return self.wait(self.repository.commit(change))

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `Repository.fetch`."""
        return self.wait(self.repository.fetch(organization_id, ids))

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `Repository.find`."""
        return self.wait(self.repository.find(organization_id, query))

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """As `Repository.configure`."""
        return self.wait(self.repository.configure(configuration, expected))

    def configuration(self, organization_id: str) -> Configuration | None:
        """As `Repository.configuration`."""
        return self.wait(self.repository.configuration(organization_id))

    def configuration_version(self, organization_id: str) -> str | None:
        """As `Repository.configuration_version`."""
        return self.wait(self.repository.configuration_version(organization_id))


def stepped(store: AsyncStore[_AsyncKind]) -> Store[Stepped[_AsyncKind]]:
    """Return a store of coroutines as one that the checks can call."""
    opener = store.opener

    def opened(repository: Stepped[_AsyncKind]) -> Callable[[], Stepped[_AsyncKind]]:
        assert opener is not None, "asked only where there is one"
        return partial(Stepped, opener(repository.repository))

    return Store(
        make=partial(Stepped, store.make),
        close=lambda repository: repository.shut(store.close),
        opener=None if opener is None else opened,
    )
