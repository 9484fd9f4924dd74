"""What is true of every purchase and of every payable in coins."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hera_engine import PostingEngine
from hera_engine.journal import JournalEntry
from hera_engine.money import round_fraction, to_minor
from tests.laws.posting import examples, mirrored_rows, rows

BUYER = """\
ledgers GL, IFRS
account payable    2100 liability
account tax_output 2200 liability
account tax_input  1400 asset
account lost       6900 expense
account expense    6100 expense
tax profile vat {{
  prices {prices}
  rounding {rounding}
  default standard
  rate standard 20% for standard recoverable {standard}% {apart}
  reverse charge 19% for services.imported recoverable {reversed}% {apart}
}}
use tax vat
on HERA.PURCHASE.** purchase {{
  for item in items {{
    debit expense   net(item)
    debit tax_input tax(item)
  }}
  credit payable sum(gross(items))
}}
"""

percents = st.sampled_from(("0", "12.5", "33.333", "50", "100"))


def buyers(*roundings: str) -> st.SearchStrategy[str]:
    """Draw the schema of a buyer that rounds in one of some ways."""
    return st.builds(
        BUYER.format,
        prices=st.sampled_from(("inclusive", "exclusive")),
        rounding=st.sampled_from(roundings),
        standard=percents,
        reversed=percents,
        apart=st.sampled_from(("", "expense lost")),
    )


bought = st.lists(
    st.tuples(st.integers(-20_000, 99_999), st.sampled_from(("standard", "services.imported"))),
    min_size=1,
    max_size=6,
).filter(lambda items: sum(units for units, _ in items) > 0)


def _amount(units: int) -> str:
    sign = "-" if units < 0 else ""
    return f"{sign}{abs(units) // 100}.{abs(units) % 100:02}"


def _bill(items: list[tuple[int, str]], sign: int = 1) -> dict[str, object]:
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.PURCHASE.BILL.V1",
        "currency": "EUR",
        "total_amount": _amount(sign * sum(units for units, _ in items)),
        "business_context": {
            "vendor_id": "v-1",
            "items": [
                {"amount": _amount(sign * units), "tax_category": category}
                for units, category in items
            ],
        },
    }


def _sum(entry: JournalEntry, key: str) -> Decimal:
    """Return debits less credits of an account in the first ledger."""
    lines = [line for line in entry.lines if line.account.key == key and line.ledger == "GL"]
    return sum(
        (line.amount if line.side.value == "DR" else -line.amount for line in lines), Decimal()
    )


def _recovering(schema: str, standard: str, reversed_charge: str) -> str:
    """Return a schema in which other percentages of its two taxes are deducted."""
    head, first, second = schema.split(" recoverable ")
    return (
        f"{head} recoverable {standard}%{first.partition('%')[2]}"
        f" recoverable {reversed_charge}%{second.partition('%')[2]}"
    )


@given(buyers("line", "total"), bought, percents, percents)
@examples(160)
def test_the_percentage_of_each_tax_is_deducted_and_the_rest_is_a_cost(
    schema: str, items: list[tuple[int, str]], standard: str, reversed_charge: str
) -> None:
    """Vendor and authority get what they do under full recovery; the buyer deducts his part.

    Over the document that is the percentage of the taxes it is for, rounded once; item by item
    it is within half a unit for each of them. What is not deducted is in the expense, or apart.
    """
    whole, some = (
        PostingEngine(_recovering(schema, *parts)).simulate(_bill(items))
        for parts in (("100", "100"), (standard, reversed_charge))
    )

    for key in ("payable", "tax_output"):
        assert _sum(some, key) == _sum(whole, key)
    owed = -_sum(whole, "tax_output")
    charged = _sum(whole, "tax_input") - owed
    exact: dict[str, Fraction] = defaultdict(Fraction)
    for tax, percent in ((charged, standard), (owed, reversed_charge)):
        exact[percent] += Fraction(tax) * Fraction(percent) / 100
    deducted = _sum(some, "tax_input")
    if "rounding line" in schema:
        assert abs(Fraction(deducted) - sum(exact.values())) <= Fraction(len(items), 200)
    else:
        assert to_minor(deducted, 2) == sum(round_fraction(part * 100) for part in exact.values())
    cost = charged + owed - deducted
    apart = _sum(some, "lost")
    assert apart == (cost if "expense lost" in schema else 0)
    assert _sum(some, "expense") - _sum(whole, "expense") == cost - apart


@given(buyers("line", "total", "none"), bought)
@examples(80)
def test_a_returned_purchase_is_the_mirror(schema: str, items: list[tuple[int, str]]) -> None:
    """Minus one times a bill posts the same amounts on the other sides."""
    engine = PostingEngine(schema)

    entry, back = (engine.simulate(_bill(items, sign)) for sign in (1, -1))

    assert rows(back) == mirrored_rows(entry)


KIOSK = """\
ledgers GL
account clearing   1910 asset
account revenue    3000 revenue
account tax_output 2610 liability
account rounding   3740 revenue
tax profile se {{ prices {prices} rounding {rounding} rate standard 25% rate food 12% }}
use tax se
"""
OWED = """\
on HERA.KIOSK.** {
  debit clearing sum(gross(items))
  for item in items { credit revenue net(item)  credit tax_output tax(item) }
}
"""


@given(
    st.sampled_from(("inclusive", "exclusive")),
    st.sampled_from(("0.05", "0.10", "0.50", "1.00")),
    st.sampled_from(("", "up", "down", "half_up")),
    st.lists(
        st.tuples(st.integers(100, 9_999), st.sampled_from(("standard", "food"))),
        min_size=1,
        max_size=5,
    ),
)
@examples(120)
def test_coins_touch_no_tax(
    prices: str, step: str, mode: str, items: list[tuple[int, str]]
) -> None:
    """The payable is a multiple of the coin, within one coin of the sale; the rest is as before."""
    sent = [{"amount": _amount(units), "tax_category": name} for units, name in items]
    exact = PostingEngine(KIOSK.format(prices=prices, rounding="total") + OWED)
    coins = PostingEngine(KIOSK.format(prices=prices, rounding=f"swedish step {step} {mode}"))

    before = exact.simulate(_sale(sent, Decimal("1.00")))
    due = _sum(before, "clearing")
    after = coins.simulate(_sale(sent, due))

    paid = _sum(after, "clearing")
    assert paid % Decimal(step) == 0
    assert abs(paid - due) < Decimal(step)
    assert paid - due == -_sum(after, "rounding")
    for key in ("tax_output", "revenue"):
        assert _sum(after, key) == _sum(before, key)


def _sale(items: list[dict[str, str]], total: Decimal) -> dict[str, object]:
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.KIOSK.SALE.V1",
        "currency": "SEK",
        "total_amount": str(total),
        "business_context": {"items": items},
    }
