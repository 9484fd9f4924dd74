"""Rounding `none`: taxes stay exact until lines are merged, then each tax line is rounded once."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hera_engine import PostingEngine
from tests.laws.posting import examples
from tests.unit.events.books import journal, table

SCHEMA = """\
ledgers GL
account clearing   1100 asset
account revenue    4100 revenue
account products   4200 revenue
account tax_output 2200 liability
tax profile vat {
  prices inclusive
  rounding none
  default standard
  rate standard 25% for standard
  rate food     12% for food
}
use tax vat
map revenue_of(kind) { "product" -> products, else -> revenue }
on HERA.POS.SALE.V1 {
  given total_amount = sum(gross(items))
  debit clearing total_amount
  for item in items {
    credit revenue_of(item.kind) net(item)
    credit tax_output            tax(item)
  }
}
"""


def sale(total: str, items: list[dict[str, object]]) -> dict[str, object]:
    """Return a sale of some items, each of the kind service unless it says otherwise."""
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.POS.SALE.V1",
        "currency": "EUR",
        "total_amount": total,
        "business_context": {"items": [{"kind": "service", **item} for item in items]},
    }


def test_each_tax_line_is_rounded_once() -> None:
    """Seven times 3/280 of food tax is 0.075, so 0.08, where each alone would round to 0.01."""
    entry = PostingEngine(SCHEMA).simulate(
        sale("0.70", [{"amount": "0.10", "tax_category": "food"}] * 7)
    )

    assert journal(entry) == table("""
        DR clearing   0.70
        CR revenue    0.62
        CR tax_output 0.08
    """)


def test_the_rest_is_shared_by_exact_nets() -> None:
    """Nets of 0.32 exactly and 0.267857…; the tax of 0.112142… is 0.08 and 0.03 on its lines."""
    items: list[dict[str, object]] = [
        {"amount": "0.40"},
        {"amount": "0.30", "tax_category": "food", "kind": "product"},
    ]

    entry = PostingEngine(SCHEMA).simulate(sale("0.70", items))

    assert journal(entry) == table("""
        DR clearing   0.70
        CR revenue    0.32
        CR products   0.27
        CR tax_output 0.08
        CR tax_output 0.03
    """)


def test_the_exact_figure_of_a_merged_line_is_explained() -> None:
    """The fraction that was rounded stands under the line."""
    story = str(
        PostingEngine(SCHEMA).explain(
            sale("0.70", [{"amount": "0.10", "tax_category": "food"}] * 7)
        )
    )

    assert "exactly 3/40, rounded once merged" in story


@given(
    st.lists(
        st.tuples(
            st.integers(-500, 2_000),
            st.sampled_from(("standard", "food")),
            st.sampled_from(("service", "product")),
        ),
        min_size=1,
        max_size=8,
    ).filter(lambda items: sum(amount for amount, *_ in items) > 0)
)
@examples(60)
def test_lines_stay_within_a_unit_of_the_exact(items: list[tuple[int, str, str]]) -> None:
    """Each tax line is its exact sum rounded; each revenue line within one unit per line of it."""
    total = sum(amount for amount, *_ in items)
    sent = sale(
        _money(total),
        [
            {"amount": _money(amount), "tax_category": category, "kind": kind}
            for amount, category, kind in items
        ],
    )

    explanation = PostingEngine(SCHEMA).explain(sent)

    lines = explanation.entry.lines
    for line, exact in zip(lines, explanation.unrounded, strict=True):
        if exact is not None:
            slack = Decimal("0.005") if line.account.key == "tax_output" else Decimal("0.05")
            assert abs(line.amount - Decimal(exact.numerator) / exact.denominator) <= slack


def _money(units: int) -> str:
    sign = "-" if units < 0 else ""
    return f"{sign}{abs(units) // 100}.{abs(units) % 100:02}"
