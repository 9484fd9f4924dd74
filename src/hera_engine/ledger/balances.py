"""Balances: what stands on each account of each ledger, from all that is entered.

Drafts, open and voided transactions do not count; reversed ones and their corrections do.
Amounts of different currencies are never added, and worths in different base currencies neither:
books without a configured base currency, or with another one than before, may hold both.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from hera_engine import limits
from hera_engine.accounts import Side
from hera_engine.ledger.asking import Steps, fetched, listed
from hera_engine.ledger.desk import Caller
from hera_engine.ledger.paging import refuse_no_day
from hera_engine.money import ZERO, exact_add, exact_subtract, format_amount
from hera_engine.repository import Query
from hera_engine.transactions import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Debits and credits of one account in one ledger, currency and base currency.

    Attributes:
        ledger: The book.
        account: Code of the account, else its id.
        currency: Of the amounts.
        base_currency: Of what the amounts are worth.
        debits: Sum, exact.
        credits: Sum, exact.
        base_debits: What the debits are worth in base currency.
        base_credits: As the debits.
    """

    ledger: str
    account: str
    currency: str
    base_currency: str
    debits: Decimal = ZERO
    credits: Decimal = ZERO
    base_debits: Decimal = ZERO
    base_credits: Decimal = ZERO

    @property
    def balance(self) -> Decimal:
        """Debits less credits."""
        return exact_subtract(self.debits, self.credits)

    def to_dict(self) -> dict[str, object]:
        """Return the balance as plain JSON values, amounts as decimal strings."""
        return {
            "ledger": self.ledger,
            "account": self.account,
            "currency": self.currency,
            "base_currency": self.base_currency,
            "debits": format_amount(self.debits),
            "credits": format_amount(self.credits),
            "balance": format_amount(self.balance),
            "base_debits": format_amount(self.base_debits),
            "base_credits": format_amount(self.base_credits),
        }


_Key: TypeAlias = tuple[str, str, str, str]
"""Ledger, account, currency and base currency."""


def balances(caller: Caller, through: date | None = None) -> Steps[tuple[Balance, ...]]:
    """Return the balances of an organization, sorted; reads every transaction once.

    Args:
        caller: Whose books.
        through: The last accounting date that counts; all of them without one.

    Raises:
        HeraError: E_GUARDRAIL for what is no day.
    """
    refuse_no_day(through, "through")
    sums: dict[_Key, Balance] = {}
    query = Query(limit=limits.TRANSACTION_PAGE)
    while True:
        headers = yield from listed(caller.organization_id, query)
        counted = [
            header.id
            for header in headers
            if header.status.is_booked and (through is None or header.accounting_date <= through)
        ]
        if counted:
            read = yield from fetched(caller.organization_id, counted)
            add_up(sums, read.values())
        if len(headers) < query.limit:
            return tuple(sums[key] for key in sorted(sums))
        query = replace(query, after=(headers[-1].transaction_date, headers[-1].id))


def add_up(sums: dict[_Key, Balance], transactions: Iterable[Transaction]) -> None:
    """Add the journal lines of transactions to balances, of those that still count.

    One may have been voided since its header was listed.
    """
    for transaction in transactions:
        header = transaction.header
        if not header.status.is_booked:
            continue
        for line in transaction.journal:
            currency, base_currency = line.currency(header), header.base_currency
            key = (line.ledger, line.account or "", currency, base_currency)
            known = sums.get(key) or Balance(
                ledger=key[0], account=key[1], currency=currency, base_currency=base_currency
            )
            is_debit = line.side is Side.DEBIT
            base = line.base_amount()
            sums[key] = replace(
                known,
                debits=exact_add(known.debits, line.debit_amount),
                credits=exact_add(known.credits, line.credit_amount),
                base_debits=exact_add(known.base_debits, base if is_debit else ZERO),
                base_credits=exact_add(known.base_credits, ZERO if is_debit else base),
            )
