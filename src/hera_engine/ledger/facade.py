"""`Ledger` and `AsyncLedger`: the rules of the ledger over a repository, in two colours.

Neither holds a rule: each method starts one and lets the repository answer what it asks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from hera_engine.configuration import Configuration
from hera_engine.engine import Event
from hera_engine.errors import HeraError
from hera_engine.journal import JournalEntry
from hera_engine.ledger import (
    actions,
    configuring,
    corrections,
    lifecycle,
    paging,
    posting,
    validation,
)
from hera_engine.ledger.asking import Steps, answered, answered_later
from hera_engine.ledger.balances import Balance, balances
from hera_engine.ledger.configuring import Resolution
from hera_engine.ledger.corrections import Correction
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.plans import Plans
from hera_engine.ledger.storing import Stored
from hera_engine.ledger.validation import Validation
from hera_engine.repository import AsyncRepository, Query, Repository
from hera_engine.rules.dimensions import Allocator
from hera_engine.rules.stage import Stage
from hera_engine.settings import Settings
from hera_engine.transactions import Transaction, TransactionHeader

_Result = TypeVar("_Result")


class Ledger:
    """The books of many organizations over one repository.

    Thread-safe, as its repository is. A method with a `Caller` is carried out in that caller's
    organization and sees no other.

    Args:
        repository: Where transactions and configurations are kept.
        clock: Returns the present moment with its time zone.
        ids: Returns an id that nothing has yet, such as a new UUID as text.
        settings: How strict events and documents are read.
        stages: Own stages of every schema, as for `PostingEngine`.
        allocators: Own splits by the name a schema calls them.
    """

    __slots__ = ("_desk", "_repository")

    def __init__(
        self,
        repository: Repository,
        *,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        settings: Settings | None = None,
        stages: Iterable[Stage] = (),
        allocators: Mapping[str, Allocator] | None = None,
    ) -> None:
        self._repository = repository
        plans = Plans(settings, stages, allocators)
        self._desk = Desk(clock=clock, ids=ids, settings=settings or Settings(), plans=plans)

    def simulate(self, caller: Caller, event: "Event | bytes | str") -> JournalEntry:
        """Return the entry of an event by the schema bound to it; nothing is stored.

        Raises:
            HeraError: As `PostingEngine.simulate`; E_SCHEMA without a binding.
        """
        return self._run(posting.simulated(self._desk, caller, event))

    def post(self, caller: Caller, event: "Event | bytes | str") -> Stored:
        """Post an event and store its entry, once for each external reference.

        Raises:
            HeraError: As `simulate`; E_PERIOD_CLOSED; E_IDEMPOTENT for another event under the
                reference; E_UPSTREAM if the repository fails.
        """
        return self._run(posting.posted(self._desk, caller, event))

    def create(
        self, caller: Caller, header: Mapping[str, object], lines: Sequence[object] = ()
    ) -> Stored:
        """Store a document or a manual journal, once for each external reference.

        Raises:
            HeraError: With every problem; E_NOT_FOUND for an account; E_UNBALANCED;
                E_PERIOD_CLOSED; E_IDEMPOTENT.
        """
        return self._run(lifecycle.created(self._desk, caller, header, lines))

    def read(
        self, caller: Caller, transaction_id: str, *, include_voided: bool = False
    ) -> Transaction:
        """Return a transaction.

        Raises:
            HeraError: E_NOT_FOUND, also for one of another organization and for a voided one.
        """
        return self._run(lifecycle.found(caller, transaction_id, include_voided=include_voided))

    def update(
        self, caller: Caller, transaction_id: str, patch: Mapping[str, object]
    ) -> Transaction:
        """Change fields of a draft, or the status of a transaction.

        Raises:
            HeraError: E_NOT_FOUND; E_STATE; E_GUARDRAIL; E_PERIOD_CLOSED.
        """
        return self._run(lifecycle.updated(self._desk, caller, transaction_id, patch))

    def delete(self, caller: Caller, transaction_id: str) -> str:
        """Remove an empty draft for good; return its id.

        Raises:
            HeraError: E_NOT_FOUND; E_STATE for anything else.
        """
        return self._run(lifecycle.deleted(self._desk, caller, transaction_id))

    def query(self, caller: Caller, query: Query | None = None) -> tuple[TransactionHeader, ...]:
        """Return a page of transactions, the latest first.

        Raises:
            HeraError: E_GUARDRAIL for a page beyond the limits, or a value of another kind.
        """
        return self._run(paging.page(caller, Query() if query is None else query))

    def void(self, caller: Caller, transaction_id: str, reason: str | None = None) -> Transaction:
        """Take a transaction out of the books and keep its record.

        Raises:
            HeraError: E_NOT_FOUND; E_STATE; E_PERIOD_CLOSED.
        """
        return self._run(lifecycle.voided(self._desk, caller, transaction_id, reason))

    def reverse(self, caller: Caller, correction: Correction) -> Stored:
        """Take a transaction back, whole or in part, by one that is linked to it.

        Raises:
            HeraError: E_NOT_FOUND; E_STATE; E_GUARDRAIL for more than is left; E_UNBALANCED;
                E_PERIOD_CLOSED; E_IDEMPOTENT.
        """
        return self._run(corrections.corrected(self._desk, caller, correction))

    def validate(self, caller: Caller, transaction_id: str) -> Validation:
        """Return what is right and wrong with a stored transaction.

        Raises:
            HeraError: E_NOT_FOUND.
        """
        return self._run(validation.validated(self._desk, caller, transaction_id))

    def balances(self, caller: Caller, through: date | None = None) -> tuple[Balance, ...]:
        """Return what stands on each account, up to a day; reads every transaction.

        Raises:
            HeraError: E_GUARDRAIL for what is no day; E_UPSTREAM if the repository fails.
        """
        return self._run(balances(caller, through))

    def configure(
        self, caller: Caller, configuration: Configuration, *, expected: str | None = None
    ) -> None:
        """Store what the books are kept by; every ledger sees it at once.

        Args:
            caller: In whose books; the configuration must name the same organization.
            configuration: All of it; nothing of the one before is left.
            expected: The `version` of the configuration that this one was made from, or an
                empty text for the first one; None takes the place of whatever is there.

        Raises:
            HeraError: E_STATE, and nothing is stored, if another version is there by now;
                E_GUARDRAIL for another organization's; E_UPSTREAM if the repository fails.
        """
        self._run(configuring.reconfigured(caller, configuration, expected))

    def configuration(self, caller: Caller) -> Configuration | None:
        """Return what the books are kept by, with its version; None if nobody has said.

        Raises:
            HeraError: E_UPSTREAM if the repository fails.
        """
        return self._run(configuring.found_configuration(caller))

    def resolve(self, caller: Caller, smart_code: str, day: date | str | None = None) -> Resolution:
        """Return what posts the events of a smart code on a day.

        Args:
            caller: In whose books.
            smart_code: As an event says it.
            day: The accounting date, a `date` or as an event says it (2025-01-31); today by the
                clock if there is none.

        Raises:
            HeraError: E_SMART_CODE_REQUIRED; E_GUARDRAIL for what is no smart code or no date;
                E_SCHEMA without a binding or for a schema that does not compile; E_TAX_PROFILE;
                E_UPSTREAM if the repository fails.
        """
        return self._run(configuring.resolved(self._desk, caller, smart_code, day))

    def execute(
        self,
        action: str,
        actor_user_id: str,
        organization_id: str,
        payload: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        """Carry out an action of the orchestrator by name and return its response.

        Args:
            action: CREATE, READ, UPDATE, DELETE, QUERY, EMIT, REVERSE, VOID, VALIDATE, SIMULATE
                or POST.
            actor_user_id: Who asks.
            organization_id: In whose books.
            payload: What the action takes (docs/ledger.md).

        Returns:
            The response; where something failed, ``success`` is false and ``error`` says why.
        """
        given = {} if payload is None else payload
        try:
            return self._run(
                actions.responded(self._desk, action, actor_user_id, organization_id, given)
            )
        except HeraError as error:
            return actions.failure(actions.named(action), error)

    def _run(self, steps: Steps[_Result]) -> _Result:
        return answered(steps, self._repository)


class AsyncLedger:
    """The same books over a repository of coroutines; what each method does stands at `Ledger`."""

    __slots__ = ("_desk", "_repository")

    def __init__(
        self,
        repository: AsyncRepository,
        *,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
        settings: Settings | None = None,
        stages: Iterable[Stage] = (),
        allocators: Mapping[str, Allocator] | None = None,
    ) -> None:
        self._repository = repository
        plans = Plans(settings, stages, allocators)
        self._desk = Desk(clock=clock, ids=ids, settings=settings or Settings(), plans=plans)

    async def simulate(self, caller: Caller, event: "Event | bytes | str") -> JournalEntry:
        """As `Ledger.simulate`."""
        return await self._run(posting.simulated(self._desk, caller, event))

    async def post(self, caller: Caller, event: "Event | bytes | str") -> Stored:
        """As `Ledger.post`."""
        return await self._run(posting.posted(self._desk, caller, event))

    async def create(
        self, caller: Caller, header: Mapping[str, object], lines: Sequence[object] = ()
    ) -> Stored:
        """As `Ledger.create`."""
        return await self._run(lifecycle.created(self._desk, caller, header, lines))

    async def read(
        self, caller: Caller, transaction_id: str, *, include_voided: bool = False
    ) -> Transaction:
        """As `Ledger.read`."""
        return await self._run(
            lifecycle.found(caller, transaction_id, include_voided=include_voided)
        )

    async def update(
        self, caller: Caller, transaction_id: str, patch: Mapping[str, object]
    ) -> Transaction:
        """As `Ledger.update`."""
        return await self._run(lifecycle.updated(self._desk, caller, transaction_id, patch))

    async def delete(self, caller: Caller, transaction_id: str) -> str:
        """As `Ledger.delete`."""
        return await self._run(lifecycle.deleted(self._desk, caller, transaction_id))

    async def query(
        self, caller: Caller, query: Query | None = None
    ) -> tuple[TransactionHeader, ...]:
        """As `Ledger.query`."""
        return await self._run(paging.page(caller, Query() if query is None else query))

    async def void(
        self, caller: Caller, transaction_id: str, reason: str | None = None
    ) -> Transaction:
        """As `Ledger.void`."""
        return await self._run(lifecycle.voided(self._desk, caller, transaction_id, reason))

    async def reverse(self, caller: Caller, correction: Correction) -> Stored:
        """As `Ledger.reverse`."""
        return await self._run(corrections.corrected(self._desk, caller, correction))

    async def validate(self, caller: Caller, transaction_id: str) -> Validation:
        """As `Ledger.validate`."""
        return await self._run(validation.validated(self._desk, caller, transaction_id))

    async def balances(self, caller: Caller, through: date | None = None) -> tuple[Balance, ...]:
        """As `Ledger.balances`."""
        return await self._run(balances(caller, through))

    async def configure(
        self, caller: Caller, configuration: Configuration, *, expected: str | None = None
    ) -> None:
        """As `Ledger.configure`."""
        await self._run(configuring.reconfigured(caller, configuration, expected))

    async def configuration(self, caller: Caller) -> Configuration | None:
        """As `Ledger.configuration`."""
        return await self._run(configuring.found_configuration(caller))

    async def resolve(
        self, caller: Caller, smart_code: str, day: date | str | None = None
    ) -> Resolution:
        """As `Ledger.resolve`."""
        return await self._run(configuring.resolved(self._desk, caller, smart_code, day))

    async def execute(
        self,
        action: str,
        actor_user_id: str,
        organization_id: str,
        payload: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        """As `Ledger.execute`."""
        given = {} if payload is None else payload
        try:
            return await self._run(
                actions.responded(self._desk, action, actor_user_id, organization_id, given)
            )
        except HeraError as error:
            return actions.failure(actions.named(action), error)

    async def _run(self, steps: Steps[_Result]) -> _Result:
        return await answered_later(steps, self._repository)
