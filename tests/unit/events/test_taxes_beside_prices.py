"""Taxes that no price includes, whoever says that prices include theirs."""

from collections.abc import Mapping
from typing import Any

import pytest

from hera_engine.errors import EventError
from tests.unit.events.books import journal, sale, table
from tests.unit.events.test_tax_components import shop, taxes

VAT: Mapping[str, object] = {"code": "VAT", "rate": "20"}
LUX: Mapping[str, object] = {
    "code": "LUX",
    "kind": "tiered",
    "tiers": [{"up_to": "100.00", "rate": "5"}, {"rate": "12"}],
}
TDS: Mapping[str, object] = {"code": "TDS", "rate": "2", "retained": True}
KEPT = """\
account withheld 1450 asset
on HERA.POS.SALE.V1 {
  debit clearing sum(gross(items)) - sum(withheld(items))
  for item in items {
    credit revenue net(item)
    credit tax_output tax(item)
    debit withheld withheld(item)
  }
}
"""


@pytest.mark.parametrize("said", ["item", "event", "schema", "profile", "component"])
def test_a_tax_by_tiers_comes_on_top_of_a_price_with_tax(said: str) -> None:
    """120.00 holds 20.00, and 5 per cent of the 100.00 are paid besides."""
    item = {"amount": "120.00"} | ({"tax_inclusive": True} if said == "item" else {})
    event = {"tax_inclusive": True} if said == "event" else {}
    use = "prices inclusive" if said == "schema" else ""
    profile: dict[str, Any] = {"inclusive_prices": True} if said == "profile" else {}
    vat = {**VAT, "inclusive": True} if said == "component" else VAT

    entry = shop(vat, LUX, use=use, **profile).simulate(sale("125.00", items=[item], **event))

    assert journal(entry) == table("""
        DR clearing   125.00
        CR revenue    100.00
        CR tax_output  20.00
        CR tax_output   5.00
    """)


def test_components_may_disagree_with_the_profile_one_by_one() -> None:
    """110.00 holds the tax that says nothing, as the profile has it, and not the one that does."""
    on_top = {"code": "A", "rate": "10", "inclusive": False}
    posting = shop(on_top, {"code": "B", "rate": "10"}, inclusive_prices=True)

    entry = posting.simulate(sale("120.00", items=[{"amount": "110.00"}]))

    assert [str(amount) for _, _, _, amount in taxes(entry)] == ["10.00", "10.00"]


@pytest.mark.parametrize(
    "component",
    [
        TDS,
        {**LUX, "tiers": [{"up_to": "200", "rate": "0"}, {"rate": "5"}]},
        {"code": "RCM", "rate": "18", "reverse_charge": True},
    ],
)
def test_a_stated_tax_needs_one_that_is_paid(component: Mapping[str, object]) -> None:
    """What is withheld, reversed or below its first tier is nothing a tax is stated for."""
    event = sale("102.00", items=[{"amount": "100.00"}], tax_amount="2.00", customer_id="c-1")

    with pytest.raises(EventError) as caught:
        shop(component, parts=KEPT).simulate(event)

    assert [problem.path for problem in caught.value.problems] == ["business_context.tax_amount"]


def test_the_base_of_a_stated_tax_holds_the_stated_taxes_before_it() -> None:
    """25.00 stated for 10 per cent on 100.00 and 10 per cent on both: 11.90 is in the base."""
    parts = ({"code": "A", "rate": "10", "compound": True}, {"code": "B", "rate": "10"})
    event = sale("125.00", items=[{"amount": "100.00"}], tax_amount="25.00")

    entry = shop(*parts).simulate(event)

    assert [(code, str(base), str(tax)) for code, _, base, tax in taxes(entry)] == [
        ("A", "100.00", "11.90"), ("B", "111.90", "13.10"),
    ]  # fmt: skip
