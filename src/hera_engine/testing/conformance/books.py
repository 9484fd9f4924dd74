"""A ledger of either colour over a repository, called in one way, with verbs that can break."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from hera_engine.configuration import Configuration
from hera_engine.ledger import AsyncLedger, Ledger
from hera_engine.repository import (
    AsyncRepository,
    Change,
    Configured,
    Outcome,
    Query,
    Repository,
)
from hera_engine.testing.conformance.samples import identity
from hera_engine.testing.conformance.store import Stepped
from hera_engine.transactions import Transaction, TransactionHeader

START: Final = datetime(2025, 1, 15, 9, 0, tzinfo=UTC)


class Broken(Exception):
    """What a store raises that is made to break."""


class Fault:
    """Breaks the nth call of a repository: before it, or after it was carried out.

    Attributes:
        calls: How many calls there were.
    """

    __slots__ = ("_after", "_at", "calls")

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self._at = at
        self._after = after
        self.calls = 0

    @property
    def struck(self) -> bool:
        """Whether there was a call to break."""
        return self._at is not None and self.calls > self._at

    def before(self) -> None:
        """Count a call, and break it if it is the one."""
        self.calls += 1
        if not self._after and self.calls - 1 == self._at:
            raise Broken("the connection is gone")

    def behind(self) -> None:
        """Break a call that was carried out, if it is the one: its answer is lost."""
        if self._after and self.calls - 1 == self._at:
            raise Broken("the connection is gone")


class Breaking:
    """A repository whose verbs break where a fault says."""

    __slots__ = ("_fault", "_kept")

    def __init__(self, kept: Repository, fault: Fault) -> None:
        self._kept = kept
        self._fault = fault

    def _answered(self, verb: str, *arguments: object) -> Any:
        self._fault.before()
        answer = getattr(self._kept, verb)(*arguments)
        self._fault.behind()
        return answer

    def commit(self, change: Change) -> Outcome:
        """As `Repository.commit`."""
        return cast(Outcome, self._answered("commit", change))

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `Repository.fetch`."""
        return cast(Sequence[Transaction], self._answered("fetch", organization_id, ids))

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `Repository.find`."""
        return cast(Sequence[TransactionHeader], self._answered("find", organization_id, query))

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """As `Repository.configure`."""
        return cast(Configured, self._answered("configure", configuration, expected))

    def configuration(self, organization_id: str) -> Configuration | None:
        """As `Repository.configuration`."""
        return cast(Configuration | None, self._answered("configuration", organization_id))

    def configuration_version(self, organization_id: str) -> str | None:
        """As `Repository.configuration_version`."""
        return cast(str | None, self._answered("configuration_version", organization_id))


class AsyncBreaking:
    """A repository of coroutines whose verbs break where a fault says."""

    __slots__ = ("_fault", "_kept")

    def __init__(self, kept: AsyncRepository, fault: Fault) -> None:
        self._kept = kept
        self._fault = fault

    async def _answered(self, verb: str, *arguments: object) -> Any:
        self._fault.before()
        answer = await getattr(self._kept, verb)(*arguments)
        self._fault.behind()
        return answer

    async def commit(self, change: Change) -> Outcome:
        """As `Repository.commit`."""
        return cast(Outcome, await self._answered("commit", change))

    async def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `Repository.fetch`."""
        return cast(Sequence[Transaction], await self._answered("fetch", organization_id, ids))

    async def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `Repository.find`."""
        found = await self._answered("find", organization_id, query)
        return cast(Sequence[TransactionHeader], found)

    async def configure(
        self, configuration: Configuration, expected: str | None = None
    ) -> Configured:
        """As `Repository.configure`."""
        return cast(Configured, await self._answered("configure", configuration, expected))

    async def configuration(self, organization_id: str) -> Configuration | None:
        """As `Repository.configuration`."""
        return cast(Configuration | None, await self._answered("configuration", organization_id))

    async def configuration_version(self, organization_id: str) -> str | None:
        """As `Repository.configuration_version`."""
        return cast(str | None, await self._answered("configuration_version", organization_id))


class Numbers:
    """A clock that goes on by a minute with each look, and ids that were never given before."""

    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    def moment(self) -> datetime:
        """Return the next moment."""
        self._count += 1
        return START + timedelta(minutes=self._count)

    def new_id(self) -> str:
        """Return the next id."""
        self._count += 1
        return identity(self._count)


class Books:
    """A ledger over a repository; an `AsyncLedger` where the repository is one of coroutines."""

    __slots__ = ("_call",)

    def __init__(
        self, repository: Repository, numbers: Numbers, fault: Fault | None = None
    ) -> None:
        broken = fault or Fault()
        clock, ids = numbers.moment, numbers.new_id
        if isinstance(repository, Stepped):
            later = AsyncLedger(AsyncBreaking(repository.repository, broken), clock=clock, ids=ids)
            self._call: Callable[..., Any] = lambda verb, *said: repository.wait(
                getattr(later, verb)(*said)
            )
        else:
            ledger = Ledger(Breaking(repository, broken), clock=clock, ids=ids)
            self._call = lambda verb, *said: getattr(ledger, verb)(*said)

    def do(self, verb: str, *arguments: object) -> Any:
        """Call a method of the ledger and return what it returns.

        Raises:
            HeraError: What the ledger refuses.
        """
        return self._call(verb, *arguments)
