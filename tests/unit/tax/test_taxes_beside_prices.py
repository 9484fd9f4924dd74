"""Taxes that no price includes: by tiers, reversed, and kept back by the customer."""

from decimal import Decimal
from typing import Any

import pytest

from hera_engine.errors import EventError, HeraError, SchemaError
from hera_engine.tax import (
    Component,
    ComponentKind,
    RoundingRule,
    TaxProfile,
    Tier,
    cash_payable,
    compute_tax,
    convert_taxes,
    share_of_document,
)
from hera_engine.tax.rounding import CashDifference


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


# --- shares, coins and other currencies ----------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "tax", "gross", "retained"),
    [
        ([VAT, TDS], "10.00", "60.00", "1.00"),
        ([RCM], "0.00", "50.00", "0.00"),
        ([VAT, RCM, TDS], "10.00", "60.00", "1.00"),
        ([part("VAT", "20", repartition=(Decimal(60),))], "6.00", "56.00", "0.00"),
    ],
)
def test_a_share_holds_what_is_paid(
    parts: list[Component], tax: str, gross: str, retained: str
) -> None:
    """Half of 100.00 is half of what the document comes to, tax by tax."""
    known = TaxProfile.from_components(parts)

    share = share_of_document(known, [{"amount": "100.00"}], Decimal(50))
    whole = compute_tax(known, [{"amount": "100.00"}])

    assert str(share.net) == "50.00"
    assert [str(each) for each in (share.tax, share.gross, share.retained)] == [
        tax, gross, retained,
    ]  # fmt: skip
    assert (2 * share.tax, 2 * share.gross) == (whole.tax, whole.gross)
    assert [2 * each.amount for each in share.components] == [
        each.amount for each in whole.items[0].components
    ]


@pytest.mark.parametrize(
    "larger",
    [
        part("W", "2.5", retained=True),
        part("R", "20", reverse_charge=True, repartition=(Decimal(100), Decimal(-50))),
    ],
)
def test_a_tax_that_is_not_paid_takes_no_difference(larger: Component) -> None:
    """It is the larger one, and the difference goes to the one that is paid."""
    known = TaxProfile.from_components([part("V", "1"), larger])
    result = compute_tax(known, [{"amount": "99.00"}])

    assert cash_payable(result, Decimal(1), to=CashDifference.LARGEST_TAX).code == "V"


def test_rates_are_not_taken_for_nothing() -> None:
    """A profile of rates has no share and no books in another currency; it says so."""
    known = TaxProfile.from_mapping({"rates": {"standard": "20"}})
    items = [{"amount": "100.00"}]

    with pytest.raises(HeraError, match="has rates") as of_share:
        share_of_document(known, items, Decimal(50))
    with pytest.raises(HeraError, match="has rates") as of_books:
        convert_taxes(known, items, currency="EUR", per_base=Decimal(2))

    for caught in (of_share, of_books):
        assert caught.value.code == "E_TAX_PROFILE"
        assert caught.value.hint == "write each rate as a component"


# --- groups --------------------------------------------------------------------------------


def test_a_group_is_not_called_like_a_component_outside_of_it() -> None:
    """A rule that asks for GST could mean either; in its own group the component is one of it."""
    outside = [part("GST", "5"), part("PST", "7", group="GST")]
    inside = [part("GST", "5", group="GST"), part("PST", "7", group="GST")]

    TaxProfile.from_components(inside)
    with pytest.raises(HeraError, match="component `PST` is in group `GST`") as caught:
        TaxProfile.from_components(outside)
    with pytest.raises(SchemaError) as of_mapping:
        TaxProfile.from_mapping(
            {"components": [{"code": "GST", "rate": 5}, {"code": "PST", "rate": 7, "group": "GST"}]}
        )

    assert caught.value.code == "E_TAX_PROFILE"
    (fault,) = of_mapping.value.diagnostics
    assert (str(fault.place), fault.hint) == ("/components/1/group", caught.value.hint)
