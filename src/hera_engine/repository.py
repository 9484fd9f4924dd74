"""What a ledger asks of storage: six verbs, one of which writes.

`Repository` and `AsyncRepository` say the same, one in functions and one in coroutines. Whoever
implements one keeps transactions and configurations in a store of their own; the rules of the
ledger are not theirs to write. `hera_engine.testing.conformance` holds an implementation to
what is said here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol, TypeAlias

from hera_engine.configuration import Configuration
from hera_engine.transactions import Status, Transaction, TransactionHeader

DEFAULT_LIMIT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which transactions of an organization to list; None asks nothing.

    They come in the order of their days, the latest first, and within a day by id, the greatest
    first, compared as texts character by character. ``after`` goes on behind one of them: with
    the day and the id of the last transaction of a page, the next page neither repeats nor
    misses one, also if others were added meanwhile.

    Attributes:
        transaction_type: Exactly this one.
        status: Exactly this one.
        smart_code: Exactly this one, with an upper-case version letter.
        external_reference: Exactly this one.
        first_day: Transaction dates from this day on.
        last_day: Transaction dates up to this day.
        include_voided: Whether voided transactions are listed too.
        limit: How many at most, from one on.
        offset: How many to leave out first.
        after: Day and id of the transaction behind which to go on.
    """

    transaction_type: str | None = None
    status: Status | None = None
    smart_code: str | None = None
    external_reference: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    include_voided: bool = False
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    after: tuple[date, str] | None = None

    def takes(self, header: TransactionHeader) -> bool:
        """Whether a transaction is among those asked for; a page is cut from these."""
        asked = (
            (self.transaction_type, header.transaction_type),
            (self.status, header.status),
            (self.smart_code, header.smart_code),
            (self.external_reference, header.external_reference),
        )
        if any(wanted is not None and wanted != found for wanted, found in asked):
            return False
        if header.status is Status.VOIDED and not self.include_voided:
            return False
        day = header.transaction_date
        if self.after is not None and (day, header.id) >= self.after:
            return False
        return (self.first_day or date.min) <= day <= (self.last_day or date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One unit of work in the books of one organization: all of it happens, or nothing.

    Attributes:
        organization_id: Whose books.
        configuration_version: The version of the configuration that the ledger read; the change
            is stale if the organization has another by now. An empty text says that there was
            no configuration: the change is stale if there is one by now. None asks nothing.
        create: A transaction that is new.
        replace: The header of one that is stored, with its `version` one higher; the change is
            stale unless the stored version is exactly one lower. Its lines stay as they are.
        remove: A stored draft of no amount without lines to be removed, and the version it must
            still have.
    """

    organization_id: str
    configuration_version: str | None = None
    create: Transaction | None = None
    replace: TransactionHeader | None = None
    remove: TransactionHeader | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The change is stored, for good."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Nothing was stored: the organization has a transaction of this external reference.

    Voided ones count: a reference is taken for ever.
    """

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Stale:
    """Nothing was stored: what the change builds on has changed, or is gone."""


Outcome: TypeAlias = Done | Duplicate | Stale
"""What became of a change."""
Configured: TypeAlias = Done | Stale
"""What became of a configuration."""


class Repository(Protocol):
    """Storage for ledgers, in functions.

    Every verb names the organization, and nothing of another one may ever be returned, counted
    or stand in an error. What a verb returns must have been stored for good: a reader never sees
    half a change, or one that is undone later. Calls may come from several threads and several
    processes at once. An exception means that the store failed: the ledger tells its caller
    E_UPSTREAM, and a call that wrote may or may not have been carried out.
    """

    def commit(self, change: Change) -> Outcome:
        """Carry out a change, all of it or nothing; the only verb that writes transactions.

        In one unit of work: look whether the organization has the external reference of the new
        transaction, and answer `Duplicate` with that transaction; compare the version of the
        configuration and of the stored transaction, and answer `Stale` if one differs; store
        header and lines; store the replaced header or remove. Of two changes that come at once
        and exclude each other, one is `Done`.
        """
        ...

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """Return the stored transactions of these ids, in any order; leave out what is not there.

        Voided ones are there. An id of another organization is not.
        """
        ...

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """Return the headers that a query asks for, in its order, one page."""
        ...

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """Store the whole configuration of an organization, in place of what there was.

        Atomic, and in order with `commit`: a change that names an older version is stale from
        now on. The organization is made if there was none. The configuration's own `version`
        is not looked at: the repository gives a new one.

        ``expected`` is the version of the configuration to be replaced, an empty text where
        there must be none, and None for whatever there is. If it differs in this same unit of
        work, nothing is stored and the answer is `Stale`; of several calls at once that expect
        the same version, one is `Done`.
        """
        ...

    def configuration(self, organization_id: str) -> Configuration | None:
        """Return the configuration of an organization, or None if it has none."""
        ...

    def configuration_version(self, organization_id: str) -> str | None:
        """Return the version of an organization's configuration, without reading all of it.

        It is `Configuration.version`, and None where there is no configuration.
        """
        ...


class AsyncRepository(Protocol):
    """Storage for ledgers, in coroutines; what each verb does stands at `Repository`."""

    async def commit(self, change: Change) -> Outcome:
        """As `Repository.commit`."""
        ...

    async def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `Repository.fetch`."""
        ...

    async def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `Repository.find`."""
        ...

    async def configure(
        self, configuration: Configuration, expected: str | None = None
    ) -> Configured:
        """As `Repository.configure`."""
        ...

    async def configuration(self, organization_id: str) -> Configuration | None:
        """As `Repository.configuration`."""
        ...

    async def configuration_version(self, organization_id: str) -> str | None:
        """As `Repository.configuration_version`."""
        ...
