"""Law of the inventory example: what is issued costs what was received, to the penny."""

from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from hera_engine import PostingEngine

SCHEMA: Final = Path(__file__).parents[2] / "examples" / "inventory" / "inventory.hera"
ENGINE: Final = PostingEngine(SCHEMA.read_text(encoding="utf-8"))

_moves = st.lists(
    st.tuples(st.booleans(), st.integers(1, 1_000_000), st.integers(1, 10_000_000)), max_size=12
)
"""Receipt or issue; thousandths of a unit; pence per thousand units, of receipts only."""


def rounded(exact: Fraction) -> int:
    """Return a figure that is not negative in whole pence, half up."""
    return floor(exact + Fraction(1, 2))


def event(code: str, pence: int, **context: object) -> dict[str, object]:
    """Return a movement of coffee worth so many pence."""
    return {
        "organization_id": "org-1",
        "event_smart_code": code,
        "external_reference": "R-1",
        "transaction_date": "2025-03-03",
        "total_amount": str(Decimal(pence).scaleb(-2)),
        "currency": "GBP",
        "business_context": context,
    }


def posted(sent: dict[str, object]) -> int:
    """Return what an event adds to the stock of coffee, in pence."""
    lines = ENGINE.simulate(sent).lines
    stock = [line for line in lines if line.account.key == "stock_coffee"]
    return sum(int(line.amount.scaleb(2)) * (1 if line.side == "DR" else -1) for line in stock)


@given(moves=_moves)
def test_nothing_is_left_when_all_is_issued(moves: list[tuple[bool, int, int]]) -> None:
    """However much was received and issued in between, the last issue leaves exactly zero.

    The cost of each issue is worked out here in whole numbers; the rule comes to the same, or it
    would refuse the total.
    """
    named = {"product": "BEANS", "group": "coffee", "location": "DOCKS"}
    quantity, value = 0, 0

    def issue(thousandths: int) -> int:
        cost = rounded(Fraction(thousandths * value, quantity))
        sent = event(
            "HERA.INVENTORY.ISSUE.SALE.V1", cost, **named,
            quantity=str(Decimal(thousandths).scaleb(-3)),
            quantity_on_hand=str(Decimal(quantity).scaleb(-3)),
            value_on_hand=str(Decimal(value).scaleb(-2)),
        )  # fmt: skip
        return posted(sent) if cost else 0

    for is_receipt, thousandths, price in moves:
        if is_receipt:
            pence = rounded(Fraction(thousandths * price, 1_000_000))
            if pence:
                item = {
                    **named,
                    "quantity": str(Decimal(thousandths).scaleb(-3)),
                    "unit_price": str(Decimal(price).scaleb(-5)),
                }
                sent = event(
                    "HERA.INVENTORY.RECEIPT.GOODS.V1", pence, vendor_id="V-1", items=[item]
                )
                assert posted(sent) == pence
            quantity, value = quantity + thousandths, value + pence
        elif quantity:
            part = min(thousandths, quantity)
            value += issue(part)
            quantity -= part
    if quantity:
        value += issue(quantity)

    assert value == 0
