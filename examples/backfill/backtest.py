"""Posts the same events by two versions of a schema and tells what differs, exactly.

Compared are amounts by ledger, account, currency and dimensions, in the transaction currency and
in the base currency; not which rule made a line, nor what it says of its tax.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

from examples.backfill.books import Books
from examples.backfill.shards import RunFolder, Shard, lines_of
from examples.backfill.tasks import Work, done_by, outcomes, write_line
from hera_engine import HeraError, JournalEntry, PostingEngine, Side
from hera_engine.money import ZERO, exact_add, exact_subtract, format_amount

DIFFERENCES: Final = "differences.jsonl"

Account = tuple[str, str, str]
"""Ledger, account code (its id where it has no code), currency."""
Place = tuple[str, str, str, str]
"""An account, and the dimensions of a line on it as a text."""
Balances = dict[Account, Decimal]
"""Debits less credits of each account."""


@dataclass(slots=True)
class Differences:
    """What two versions make of the same events.

    Attributes:
        events: How many there were, by what came of them.
        old: What the old version posts, by account.
        new: What the new one posts.
    """

    events: dict[str, int] = field(default_factory=dict)
    old: Balances = field(default_factory=dict)
    new: Balances = field(default_factory=dict)

    def count(self, verdict: str) -> None:
        """Count an event by what came of it."""
        self.events[verdict] = self.events.get(verdict, 0) + 1

    def merge(self, other: Self) -> None:
        """Add what another one counted."""
        for verdict, count in other.events.items():
            self.events[verdict] = self.events.get(verdict, 0) + count
        _add(self.old, other.old)
        _add(self.new, other.new)

    def by_account(self) -> tuple[tuple[Account, Decimal, Decimal, Decimal], ...]:
        """Return old balance, new balance and their difference of each account that differs."""
        rows = (
            (account, self.old.get(account, ZERO), self.new.get(account, ZERO))
            for account in sorted({**self.old, **self.new})
        )
        return tuple(
            (account, old, new, exact_subtract(new, old))
            for account, old, new in rows
            if old != new
        )

    def unbalanced(self) -> tuple[tuple[str, str], ...]:
        """Return each ledger and currency in which what a version posts does not come to zero."""
        found: set[tuple[str, str]] = set()
        for balances in (self.old, self.new):
            sums: dict[tuple[str, str], Decimal] = {}
            for (ledger, _, currency), amount in balances.items():
                key = (ledger, currency)
                sums[key] = exact_add(sums.get(key, ZERO), amount)
            found |= {key for key, amount in sums.items() if amount}
        return tuple(sorted(found))

    def to_dict(self) -> dict[str, Any]:
        """Return the differences as plain JSON values, the same for the same events."""
        return {
            "events": dict(sorted(self.events.items())),
            "old": _rows(self.old),
            "new": _rows(self.new),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the differences that `to_dict` wrote."""
        return cls(dict(data["events"]), _read(data["old"]), _read(data["new"]))


@dataclass(frozen=True, slots=True)
class Backtest:
    """Posts every event by two books; keeps what differs of each event in a file."""

    old: Books
    new: Books
    folder: RunFolder

    def ready(self) -> Work:
        """See `Task.ready`; two schemas are compiled."""
        old, new = self.old.engine(), self.new.engine()

        def fill(shard: Shard, work: Path) -> Mapping[str, Any]:
            return _compare(old, new, shard, work).to_dict()

        return done_by(self.folder, fill)

    def identity(self) -> Mapping[str, Any]:
        """See `Task.identity`."""
        return {
            "task": "backtest",
            "old": self.old.engine().fingerprint,
            "new": self.new.engine().fingerprint,
        }


def _compare(old: PostingEngine, new: PostingEngine, shard: Shard, work: Path) -> Differences:
    """Write down each event of a shard that comes out otherwise."""
    found = Differences()
    with (
        shard.source.open("rb") as first,
        shard.source.open("rb") as second,
        (work / DIFFERENCES).open("wb") as differences,
    ):
        pairs = zip(outcomes(old, lines_of(first)), outcomes(new, lines_of(second)), strict=True)
        for number, ((_, before), (_, after)) in enumerate(pairs, start=1):
            verdict, moved = _judge(before, after, found)
            found.count(verdict)
            if not verdict.startswith("same"):
                write_line(differences, {"line": number, "verdict": verdict, **moved})
    return found


def _judge(
    before: JournalEntry | HeraError, after: JournalEntry | HeraError, found: Differences
) -> tuple[str, dict[str, object]]:
    """Return what came of one event and what shows it; add what was posted."""
    if isinstance(before, HeraError) and isinstance(after, HeraError):
        verdict = "same refusal" if before.code == after.code else "another refusal"
        return verdict, {"old": before.code, "new": after.code}
    was, comes = _places(before), _places(after)
    _add(found.old, _accounts(was))
    _add(found.new, _accounts(comes))
    moved: dict[str, object] = {
        "moved": [
            [*place, format_amount(exact_subtract(comes.get(place, ZERO), was.get(place, ZERO)))]
            for place in sorted({**was, **comes})
            if comes.get(place, ZERO) != was.get(place, ZERO)
        ]
    }
    if isinstance(before, HeraError):
        return "posted by the new only", {"old": before.code, **moved}
    if isinstance(after, HeraError):
        return "posted by the old only", {"new": after.code, **moved}
    return ("another journal" if moved["moved"] else "same journal"), moved


def _places(outcome: JournalEntry | HeraError) -> dict[Place, Decimal]:
    """Return debits less credits by place, in both currencies; nothing for a refusal."""
    found: dict[Place, Decimal] = {}
    if isinstance(outcome, HeraError):
        return found
    base = f"{outcome.header.base_currency} (base)"
    for line in outcome.lines:
        account = line.account.code or line.account.id
        names = ", ".join(f"{name}={value}" for name, value in sorted(line.dimensions.items()))
        for currency, amount in ((line.currency, line.amount), (base, line.base_amount)):
            place = (line.ledger, account, currency, names)
            change = exact_add if line.side is Side.DEBIT else exact_subtract
            found[place] = change(found.get(place, ZERO), amount)
    return found


def _accounts(places: Mapping[Place, Decimal]) -> Balances:
    found: Balances = {}
    for (ledger, account, currency, _), amount in places.items():
        _add(found, {(ledger, account, currency): amount})
    return found


def _add(balances: Balances, others: Mapping[Account, Decimal]) -> None:
    for account, amount in others.items():
        balances[account] = exact_add(balances.get(account, ZERO), amount)


def _rows(balances: Balances) -> list[list[str]]:
    return [[*account, format_amount(amount)] for account, amount in sorted(balances.items())]


def _read(rows: Iterable[tuple[str, str, str, str]]) -> Balances:
    return {
        (ledger, account, currency): Decimal(amount) for ledger, account, currency, amount in rows
    }
