"""What the books of two organizations should hold, told without a store."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from hera_engine.accounts import Side
from hera_engine.money import ZERO, exact_add, exact_subtract
from hera_engine.repository import Query
from hera_engine.transactions import MOVES, OPEN, Status, Transaction

MONTHS: Final = {"2025-01": date(2025, 1, 1), "2025-02": date(2025, 2, 1)}
"""Accounting periods by code, with their first days; other months have none."""


@dataclass(slots=True)
class Expected:
    """The books of one organization as they should be.

    The figures of lines are those that the ledger answered with; the model says which calls
    succeed, what they may change, and what is left of each transaction.

    Attributes:
        kept: Transactions by id, as they should be read.
        sent: What was sent under each reference.
        left: How much of each transaction is not taken back yet.
        closed: Codes of the periods that are closed.
    """

    kept: dict[str, Transaction] = field(default_factory=dict)
    sent: dict[str, object] = field(default_factory=dict)
    left: dict[str, Decimal] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def add(self, transaction: Transaction, sent: object) -> None:
        """Take in a new transaction and what was sent for it."""
        self.kept[transaction.id] = transaction
        self.left[transaction.id] = transaction.header.total_amount.copy_abs()
        if transaction.header.external_reference is not None:
            self.sent[transaction.header.external_reference] = sent

    def remove(self, transaction_id: str) -> None:
        """Forget a transaction that was removed."""
        gone = self.kept.pop(transaction_id)
        self.sent.pop(gone.header.external_reference or "", None)

    def by_reference(self, reference: str) -> Transaction:
        """Return the transaction that has a reference."""
        return next(
            each for each in self.kept.values() if each.header.external_reference == reference
        )

    def why_not_sent(self, reference: str | None, sent: object) -> str | None:
        """Return E_IDEMPOTENT for a reference that was used for something else, else None."""
        used = reference is not None and reference in self.sent
        return "E_IDEMPOTENT" if used and self.sent[reference or ""] != sent else None

    def why_not_on(self, day: date) -> str | None:
        """Return why nothing can be entered on a day, or None."""
        code = day.isoformat()[:7]
        if code not in MONTHS:
            return "E_GUARDRAIL"
        return "E_PERIOD_CLOSED" if code in self.closed else None

    def why_not_voided(self, transaction: Transaction) -> str | None:
        """Return why a transaction cannot be voided, or None."""
        header = transaction.header
        ended = {Status.VOIDED, Status.REVERSED, Status.ARCHIVED}
        if header.status in ended or header.reversed_by or header.reverses is not None:
            return "E_STATE"
        return self.why_not_on(header.accounting_date) if header.status.is_booked else None

    def why_not_moved(self, transaction: Transaction, status: Status) -> str | None:
        """Return why a transaction cannot get a status, or None."""
        header = transaction.header
        if header.status is Status.VOIDED:
            return "E_STATE"
        if header.status is not status and status not in MOVES[header.status]:
            return "E_STATE"
        enters = header.status in OPEN and status.is_booked
        return self.why_not_on(header.accounting_date) if enters else None

    def why_not_reversed(
        self, transaction: Transaction, amount: Decimal | None, day: date
    ) -> str | None:
        """Return why a part, or all that is left, cannot be taken back on a day, or None."""
        header, left = transaction.header, self.left[transaction.id]
        if header.status in OPEN or header.status in {Status.VOIDED, Status.REVERSED} or not left:
            return "E_STATE"
        if (amount is not None and amount > left) or day < header.accounting_date:
            return "E_GUARDRAIL"
        return self.why_not_on(day)

    def page(self, query: Query) -> list[Transaction]:
        """Return what a query should find."""
        found = [each for each in self.kept.values() if query.takes(each.header)]
        found.sort(key=lambda each: (each.header.transaction_date, each.id), reverse=True)
        return found[query.offset : query.offset + query.limit]

    def balances(self) -> dict[str, Decimal]:
        """Return debits less credits of each account."""
        sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for each in self.kept.values():
            if each.header.status.is_booked:
                for line in each.journal:
                    add = exact_add if line.side is Side.DEBIT else exact_subtract
                    sums[line.account or ""] = add(sums[line.account or ""], line.amount)
        return dict(sums)

    def unbalanced(self) -> Iterable[str]:
        """Yield the ids of transactions whose debits are not their credits."""
        for each in self.kept.values():
            total = ZERO
            for line in each.journal:
                total = exact_subtract(exact_add(total, line.debit_amount), line.credit_amount)
            if total:
                yield each.id
