"""`InMemoryRepository`: transactions and configurations in this process, for tests and tills.

Thread-safe and transactional: one lock is held for each verb, and a change is checked whole
before anything of it is kept. What it holds is gone with the process.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from hera_engine.configuration import Configuration
from hera_engine.repository import Change, Configured, Done, Duplicate, Outcome, Query, Stale
from hera_engine.transactions import Transaction, TransactionHeader


@dataclass(slots=True)
class _Books:
    """What one organization has: nothing in here is reached under another id."""

    transactions: dict[str, Transaction] = field(default_factory=dict)
    by_reference: dict[str, str] = field(default_factory=dict)
    configuration: Configuration | None = None
    changes: int = 0


class InMemoryRepository:
    """A `Repository` that keeps everything in memory."""

    __slots__ = ("_books", "_lock")

    def __init__(self) -> None:
        self._books: dict[str, _Books] = {}
        self._lock = Lock()

    def commit(self, change: Change) -> Outcome:
        """As `Repository.commit`."""
        with self._lock:
            books = self._books.setdefault(change.organization_id, _Books())
            refused = _refusal(books, change)
            if refused is not None:
                return refused
            _carry_out(books, change)
            return Done()

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `Repository.fetch`."""
        with self._lock:
            kept = self._of(organization_id).transactions
            return tuple(kept[each] for each in ids if each in kept)

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `Repository.find`; without a reference it looks at every transaction."""
        with self._lock:
            books = self._of(organization_id)
            first = books.by_reference.get(query.external_reference or "")
            asked = query.external_reference is None
            kept = tuple(books.transactions.values()) if asked else _one(books, first)
        found = [each.header for each in kept if query.takes(each.header)]
        found.sort(key=lambda header: (header.transaction_date, header.id), reverse=True)
        return tuple(found[query.offset : query.offset + query.limit])

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """As `Repository.configure`."""
        with self._lock:
            books = self._books.setdefault(configuration.organization_id, _Books())
            if expected not in {None, _version(books)}:
                return Stale()
            books.changes += 1
            books.configuration = replace(configuration, version=str(books.changes))
            return Done()

    def configuration(self, organization_id: str) -> Configuration | None:
        """As `Repository.configuration`."""
        with self._lock:
            return self._of(organization_id).configuration

    def configuration_version(self, organization_id: str) -> str | None:
        """As `Repository.configuration_version`."""
        configuration = self.configuration(organization_id)
        return None if configuration is None else configuration.version

    def _of(self, organization_id: str) -> _Books:
        return self._books.get(organization_id) or _Books()


def _one(books: _Books, transaction_id: str | None) -> tuple[Transaction, ...]:
    return () if transaction_id is None else (books.transactions[transaction_id],)


def _version(books: _Books) -> str:
    """Return the version of a configuration, an empty text where there is none."""
    return "" if books.configuration is None else books.configuration.version


def _refusal(books: _Books, change: Change) -> Duplicate | Stale | None:
    """Return why a change cannot be carried out, or None."""
    new = change.create
    if new is not None:
        first = books.by_reference.get(new.header.external_reference or "")
        if first is not None:
            return Duplicate(books.transactions[first])
        if new.id in books.transactions:
            raise ValueError("the id of a new transaction is that of another one")
    if change.configuration_version not in {None, _version(books)}:
        return Stale()
    for header, step in ((change.replace, 1), (change.remove, 0)):
        if header is None:
            continue
        stored = books.transactions.get(header.id)
        if stored is None or stored.header.audit.version + step != header.audit.version:
            return Stale()
    return None


def _carry_out(books: _Books, change: Change) -> None:
    if change.create is not None:
        header = change.create.header
        books.transactions[header.id] = change.create
        if header.external_reference is not None:
            books.by_reference[header.external_reference] = header.id
    if change.replace is not None:
        stored = books.transactions[change.replace.id]
        books.transactions[change.replace.id] = replace(stored, header=change.replace)
    if change.remove is not None:
        books.transactions.pop(change.remove.id)
        books.by_reference.pop(change.remove.external_reference or "", None)


class AsyncInMemoryRepository:
    """An `AsyncRepository` that keeps everything in memory; no verb waits for anything."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept = InMemoryRepository()

    async def commit(self, change: Change) -> Outcome:
        """As `Repository.commit`."""
        return self._kept.commit(change)

    async def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """As `Repository.fetch`."""
        return self._kept.fetch(organization_id, ids)

    async def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """As `Repository.find`."""
        return self._kept.find(organization_id, query)

    async def configure(
        self, configuration: Configuration, expected: str | None = None
    ) -> Configured:
        """As `Repository.configure`."""
        return self._kept.configure(configuration, expected)

    async def configuration(self, organization_id: str) -> Configuration | None:
        """As `Repository.configuration`."""
        return self._kept.configuration(organization_id)

    async def configuration_version(self, organization_id: str) -> str | None:
        """As `Repository.configuration_version`."""
        return self._kept.configuration_version(organization_id)
