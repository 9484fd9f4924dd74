"""What is true of every purchase and of every payable in coins."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hera_engine import PostingEngine
from hera_engine.journal import JournalEntry
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
buyers = st.builds(
    BUYER.format,
    prices=st.sampled_from(("inclusive", "exclusive")),
    rounding=st.sampled_from(("line", "total", "none")),
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


@given(buyers, bought)
@examples(120)
def test_what_is_owed_is_deducted_or_a_cost(schema: str, items: list[tuple[int, str]]) -> None:
    """Expense, loss and deduction make up what the vendor gets and what is owed by reversal."""
    entry = PostingEngine(schema).simulate(_bill(items))

    costs = _sum(entry, "expense") + _sum(entry, "lost") + _sum(entry, "tax_input")
    assert costs + _sum(entry, "payable") + _sum(entry, "tax_output") == 0


@given(buyers, bought)
@examples(120)
def test_recovery_moves_no_payable(schema: str, items: list[tuple[int, str]]) -> None:
    """What a buyer deducts changes neither the vendor's claim nor what is owed by reversal."""
    full = schema.replace("12.5%", "100%").replace("33.333%", "100%")
    full = full.replace("recoverable 0%", "recoverable 100%").replace(" 50%", " 100%")

    some, whole = (PostingEngine(text).simulate(_bill(items)) for text in (schema, full))

    if "rounding none" not in schema:
        assert _sum(some, "payable") == _sum(whole, "payable")
        assert _sum(some, "tax_output") == _sum(whole, "tax_output")


@given(buyers, bought)
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
