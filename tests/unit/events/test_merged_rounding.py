"""Rounding `none`: taxes stay exact until lines are merged, then each tax line is rounded once."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera_engine import PostingEngine
from hera_engine.money import round_fraction, to_minor
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


def sale(total: str, items: list[dict[str, object]], **context: object) -> dict[str, object]:
    """Return a sale of some items, each of the kind service unless it says otherwise."""
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.POS.SALE.V1",
        "currency": "EUR",
        "total_amount": total,
        "business_context": {
            "items": [{"kind": "service", **item} for item in items],
            **context,
        },
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


TIPPED = SCHEMA.replace(
    "given total_amount = sum(gross(items))", "given total_amount = sum(gross(items)) + tip_amount"
)


@pytest.mark.parametrize("first", [True, False])
def test_a_plain_amount_on_a_net_line_keeps_what_it_is(first: bool) -> None:
    """A tip on the revenue account merges with the nets, before or behind them, and stays there."""
    net, tip = "credit revenue_of(item.kind) net(item)", "credit revenue tip_amount"
    schema = TIPPED.replace("  for item", f"  {tip}\n  for item") if first else TIPPED
    if not first:
        schema = schema.rstrip()[:-1] + f"  {tip}\n}}\n"
    items: list[dict[str, object]] = [{"amount": "10.00"}, {"amount": "10.00", "kind": "product"}]
    assert net in schema

    entry = PostingEngine(schema).simulate(sale("30.00", items, tip_amount="10.00"))

    found = {line.account.key: str(line.amount) for line in entry.lines}
    assert found == {
        "clearing": "30.00", "revenue": "18.00", "products": "8.00", "tax_output": "4.00",
    }  # fmt: skip


def test_the_mode_of_a_profile_rounds_merged_lines_too() -> None:
    """0.39 at 10 % is 0.039: down to 0.03, where half up would be 0.04."""
    parts = 'rounding rule "total" down  component V 10%'
    schema = SCHEMA.replace("  rounding none\n", "").replace(
        "use tax vat", "use tax vat rounding none"
    )
    start, end = schema.index("  default standard"), schema.index("}\nuse tax")
    schema = f"{schema[:start]}{parts}\n{schema[end:]}".replace("inclusive", "exclusive")
    items: list[dict[str, object]] = [{"amount": "0.19"}, {"amount": "0.20"}]

    entry = PostingEngine(schema).simulate(sale("0.42", items))

    assert [str(line.amount) for line in entry.lines if line.account.key == "tax_output"] == [
        "0.03"
    ]


def test_a_stated_tax_is_not_rounded_again() -> None:
    """0.09 stated where 0.08 is computed stays 0.09."""
    food: list[dict[str, object]] = [{"amount": "0.10", "tax_category": "food"}] * 7

    entry = PostingEngine(SCHEMA).simulate(sale("0.70", food, tax_amount="0.09"))

    assert [str(line.amount) for line in entry.lines] == ["0.70", "0.61", "0.09"]


def test_the_first_of_nets_that_erred_alike_takes_the_unit() -> None:
    """Nets of 0.08 + 2/3 each: one of two lines alike gives a unit back, the earlier one."""
    items: list[dict[str, object]] = [
        {"amount": "0.07", "kind": "product"},
        {"amount": "0.07"},
    ]

    entry = PostingEngine(SCHEMA).simulate(sale("0.14", items))

    found = [(line.account.key, str(line.amount)) for line in entry.lines]
    assert found == [
        ("clearing", "0.14"), ("products", "0.05"), ("revenue", "0.06"), ("tax_output", "0.03"),
    ]  # fmt: skip


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
    """Each tax line is its exact sum, rounded; nets take the rest, a unit or so from theirs."""
    total = sum(amount for amount, *_ in items)
    sent = sale(
        _money(total),
        [
            {"amount": _money(amount), "tax_category": category, "kind": kind}
            for amount, category, kind in items
        ],
    )

    explanation = PostingEngine(SCHEMA).explain(sent)

    pairs = tuple(zip(explanation.entry.lines, explanation.unrounded, strict=True))
    taxes = [(line, exact) for line, exact in pairs if line.account.key == "tax_output"]
    for line, exact in taxes:
        assert exact is not None
        assert to_minor(line.amount, 2) == round_fraction(exact * 100)
    for line, exact in pairs:
        if line.account.key in ("revenue", "products"):
            assert exact is not None
            assert abs(Fraction(line.amount) - exact) < Fraction(len(taxes) + 2, 100)
    signed = [-line.amount if line.side.value == "DR" else line.amount for line, _ in pairs[1:]]
    assert sum(signed) == Decimal(total) / 100


def _money(units: int) -> str:
    sign = "-" if units < 0 else ""
    return f"{sign}{abs(units) // 100}.{abs(units) % 100:02}"
