"""Taxes that no price includes: by tiers, reversed, and kept back by the customer."""

from decimal import Decimal
from typing import Any

import pytest

from hera_engine.errors import EventError
from hera_engine.tax import Component, ComponentKind, RoundingRule, TaxProfile, Tier, compute_tax


def part(code: str, rate: str, **fields: Any) -> Component:
    """Return a component of so many percent."""
    return Component(code=code, rate=Decimal(rate), **fields)


LUX = Component(
    code="LUX",
    kind=ComponentKind.TIERED,
    tiers=(Tier(Decimal(100), Decimal(5)), Tier(None, Decimal(12))),
)
VAT = part("VAT", "20")
TDS = part("TDS", "2", retained=True)
RCM = part("RCM", "18", reverse_charge=True)


@pytest.mark.parametrize("rule", ["line", "total"])
@pytest.mark.parametrize(("profile", "item"), [(True, None), (None, True), (False, True)])
def test_a_tax_by_tiers_comes_on_top(rule: str, profile: bool | None, item: bool | None) -> None:
    """The same whether the profile or the item says that the price of 120.00 includes tax."""
    known = TaxProfile.from_components(
        [LUX, VAT], inclusive_prices=profile, rule=RoundingRule(name=rule)
    )

    found = compute_tax(known, [{"amount": "120.00", "inclusive": item}])

    assert [str(each) for each in (found.net, found.tax, found.gross)] == [
        "100.00", "25.00", "125.00",
    ]  # fmt: skip


def test_a_tax_by_tiers_alone_leaves_the_price_as_it_is() -> None:
    """120.00 is the net, of which 7.40 are due."""
    known = TaxProfile.from_components([LUX], inclusive_prices=True)

    found = compute_tax(known, [{"amount": "120.00"}])

    assert (str(found.net), str(found.tax)) == ("120.00", "7.40")


def test_a_stated_tax_needs_one_that_is_paid() -> None:
    """It is not for what the customer keeps back."""
    with pytest.raises(EventError, match="stated_tax: is stated, but no item bears tax"):
        compute_tax(TaxProfile.from_components([TDS]), [{"amount": 100}], stated_tax=2)


@pytest.mark.parametrize("rule", ["line", "total"])
def test_the_bases_follow_a_stated_tax(rule: str) -> None:
    """25.00 stated: 11.90 of the first is in the base of the second and of what is withheld."""
    parts = [part("A", "10", compound=True), part("B", "10"), TDS]
    known = TaxProfile.from_components(parts, rule=RoundingRule(name=rule))

    found = compute_tax(known, [{"amount": "100.00"}], stated_tax="25.00").items[0].components

    assert [(tax.code, str(tax.base), str(tax.amount)) for tax in found] == [
        ("A", "100.00", "11.90"), ("B", "111.90", "13.10"), ("TDS", "111.90", "2.20"),
    ]  # fmt: skip
