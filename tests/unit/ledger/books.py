"""Books that the tests of the ledger keep: a salon's configuration, a clock, ids in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Final

import pytest

from hera_engine import (
    Account,
    Caller,
    Configuration,
    HeraError,
    InMemoryRepository,
    Ledger,
    Settings,
)
from hera_engine.configuration import AccountingPeriod, Binding, PeriodStatus, ReversalStyle
from hera_engine.frozen import FrozenMap
from hera_engine.periods import Period
from hera_engine.transactions import Transaction

ORG: Final = "org-salon"
OTHER: Final = "org-bakery"
ACTOR: Final = "user-ada"
CALLER: Final = Caller(ACTOR, ORG)
FOREIGN: Final = Caller("user-bob", OTHER)
NOON: Final = datetime(2025, 1, 31, 12, tzinfo=UTC)
SALE: Final = "HERA.POS.SALE.V1"
GL_LINE: Final = "HERA.FIN.GL.LINE.ACCOUNT.V1"

TILL: Final = """
schema "Till" version 1
ledgers GL
account cash    1000 asset
account revenue 4100 revenue
dimensions staff_id
on HERA.POS.SALE.V1 {
  debit  cash total_amount
  credit revenue total_amount
}
"""
CHART: Final = tuple(
    Account(id=f"id-{code}", code=code, name=name)
    for code, name in (("1000", "cash"), ("1100", "bank"), ("4100", "revenue"), ("6200", "rent"))
)
JANUARY: Final = AccountingPeriod(
    code="2025-01", days=Period(date(2025, 1, 1), date(2025, 1, 31)), fiscal_year=2025,
    fiscal_period=1,
)  # fmt: skip
FEBRUARY: Final = AccountingPeriod(
    code="2025-02", days=Period(date(2025, 2, 1), date(2025, 2, 28)), fiscal_year=2025,
    fiscal_period=2,
)  # fmt: skip


def numbered(prefix: str = "id") -> Callable[[], str]:
    """Return a source of ids that counts: id-0001, id-0002 and so on."""
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers):04d}"


class Ticking:
    """A clock that tells the moment it was set to."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.moment


def configuration(
    organization_id: str = ORG,
    *,
    periods: Sequence[AccountingPeriod] = (),
    style: ReversalStyle = ReversalStyle.MIRROR,
    chart: Sequence[Account] = (),
    base_currency: str | None = None,
) -> Configuration:
    """Return books with a till schema bound to sales."""
    return Configuration(
        organization_id=organization_id,
        chart=tuple(chart),
        schemas=FrozenMap({"till": TILL}),
        bindings=(Binding(event="HERA.POS.**", schema="till"),),
        periods=tuple(periods),
        reversal_style=style,
        base_currency=base_currency,
    )


def opened(
    *configurations: Configuration,
    clock: Callable[[], datetime] | None = None,
    ids: Callable[[], str] | None = None,
    settings: Settings | None = None,
) -> Ledger:
    """Return a ledger over new books of these configurations, or of the salon's."""
    ledger = Ledger(
        InMemoryRepository(),
        clock=clock or Ticking(),
        ids=ids or numbered(),
        settings=settings,
    )
    for each in configurations or (configuration(), configuration(OTHER)):
        ledger.configure(Caller(ACTOR, each.organization_id), each)
    return ledger


def closed(books: Configuration, code: str) -> Configuration:
    """Return books with one of their periods closed."""
    return books.with_period(code, PeriodStatus.CLOSED)


def sale(
    total: object = "100.00", reference: str | None = None, **more: object
) -> dict[str, object]:
    """Return an event that the till posts."""
    event: dict[str, object] = {
        "event_smart_code": SALE,
        "total_amount": total,
        "currency": "USD",
        "transaction_date": "2025-01-15",
        **more,
    }
    return event if reference is None else {**event, "external_reference": reference}


def header(**more: object) -> dict[str, object]:
    """Return the header of a manual journal that is entered at once."""
    return {
        "transaction_type": "JOURNAL",
        "smart_code": "HERA.FIN.GL.TXN.JOURNAL.ENTRY.V1",
        "transaction_status": "posted",
        "transaction_date": "2025-01-20",
        "transaction_currency_code": "USD",
        **more,
    }


def leg(side: str, amount: object, account: str = "1000", **data: object) -> dict[str, object]:
    """Return a line of a journal in the orchestrator's shape."""
    return {
        "line_type": "gl",
        "line_amount": amount,
        "smart_code": GL_LINE,
        "line_data": {"side": side, "account": account, **data},
    }


def pair(amount: object = "1000.00", **data: object) -> list[dict[str, object]]:
    """Return a debit and a credit of one amount."""
    return [leg("DR", amount, "1000", **data), leg("CR", amount, "4100", **data)]


def refusal(call: Callable[[], object]) -> HeraError:
    """Return the error that a call ends in."""
    with pytest.raises(HeraError) as caught:
        call()
    return caught.value


def paths(error: HeraError) -> dict[str, str]:
    """Return the problems of an error as path and message."""
    problems = getattr(error, "problems", ())
    return {problem.path: problem.message for problem in problems}


def total_of(ledger: Ledger, caller: Caller = CALLER) -> dict[tuple[str, str], str]:
    """Return the balance of each ledger and account that is not zero, as text."""
    found = ledger.balances(caller)
    return {(each.ledger, each.account): str(each.balance) for each in found if each.balance}


def sides(transaction: Transaction) -> list[str]:
    """Return side and amount of each line of a journal, such as DR 5.00."""
    return [f"{line.data['side']} {line.amount}" for line in transaction.journal]


def data_of(response: Mapping[str, object]) -> Mapping[str, object]:
    """Return header and lines of a response of the orchestrator."""
    assert response["success"] is True, response
    inner = response["data"]
    assert isinstance(inner, Mapping)
    found = inner["data"]
    assert isinstance(found, Mapping)
    return found


def ids_of(response: Mapping[str, object]) -> str:
    """Return the id a response names."""
    assert response["success"] is True, response
    return str(response["transaction_id"])


def replaced(books: Configuration, **changes: object) -> Configuration:
    """Return books that differ in some fields."""
    return replace(books, **changes)  # type: ignore[arg-type] # the tests name what there is
