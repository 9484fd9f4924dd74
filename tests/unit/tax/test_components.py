"""Components side by side: what each is due on, and how the figures come to whole units."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from hera_engine import HeraError, SchemaError
from hera_engine.errors import EventError
from hera_engine.money import RoundingMode
from hera_engine.tax import (
    CashDifference,
    Component,
    ComponentKind,
    Reason,
    RoundingRule,
    TaxItem,
    TaxProfile,
    TaxResult,
    Tier,
    cash_payable,
    compute_tax,
    convert_taxes,
    net_of_gross,
    remap_price,
    share_of_document,
    spread_charge,
    spread_discount,
)

GST = Component(code="GST", rate=Decimal(5))
QST = Component(code="QST", rate=Decimal("9.975"))


def taxes(
    *parts: Component, rule: str = "line", items: Sequence[TaxItem | dict[str, object]] = ()
) -> TaxResult:
    """Return the taxes of items, of one for 100.00 where none are given."""
    profile = TaxProfile.from_components(parts, rule=RoundingRule(name=rule))
    return compute_tax(profile, list(items) or [{"amount": "100.00"}], currency="CAD")


def rows(result: TaxResult, index: int = 0) -> list[tuple[str, str, str]]:
    """Return code, base and amount of each component of an item."""
    found = result.items[index].components
    return [(tax.code, str(tax.base), str(tax.amount)) for tax in found]


# --- what a component is due on ------------------------------------------------------------


def test_two_taxes_on_the_net() -> None:
    """Quebec: both taxes are due on the price; 9.975 is rounded to 9.98."""
    result = taxes(GST, QST)

    assert rows(result) == [("GST", "100.00", "5.00"), ("QST", "100.00", "9.98")]
    assert str(result.gross) == "114.98"
    assert result.by_rate == {"5": Decimal("5.00"), "9.975": Decimal("9.98")}


def test_a_compound_tax_raises_later_bases() -> None:
    """Quebec before 2013: the second tax is due on the first as well."""
    first = Component(code="GST", rate=Decimal(5), compound=True)
    second = Component(code="QST", rate=Decimal("9.5"))

    result = taxes(first, second)

    assert rows(result) == [("GST", "100.00", "5.00"), ("QST", "105.00", "9.98")]


def test_a_component_may_be_left_untouched_by_compound_ones() -> None:
    """A base that is not affected stays the net."""
    first = Component(code="A", rate=Decimal(10), compound=True)
    second = Component(code="B", rate=Decimal(10), base_affected=False)

    assert rows(taxes(first, second)) == [("A", "100.00", "10.00"), ("B", "100.00", "10.00")]


def test_components_of_one_sequence_share_a_base() -> None:
    """A compound tax raises the base of later levels alone."""
    parts = (
        Component(code="A", kind=ComponentKind.FIXED, rate=Decimal(5), compound=True, sequence=1),
        Component(code="B", rate=Decimal(50), compound=True, sequence=1),
        Component(code="C", rate=Decimal(20), sequence=2),
    )

    assert [base for _, base, _ in rows(taxes(*parts))] == ["100.00", "100.00", "155.00"]


def test_neighbours_divide_one_gross() -> None:
    """14 and 14 per cent in a price of 24900 leave 24900 / 1.28; the net takes the cent."""
    parts = tuple(Component(code=c, rate=Decimal(14), inclusive=True) for c in "AB")

    result = taxes(*parts, items=[{"amount": "24900.00"}])

    assert rows(result) == [("A", "19453.12", "2723.44"), ("B", "19453.12", "2723.44")]
    assert str(result.gross) == "24900.00"


def test_inclusive_and_exclusive_on_one_item() -> None:
    """The tax in the price is taken out first, the other comes on top of what is left."""
    outside = Component(code="A", rate=Decimal(15))
    inside = Component(code="B", rate=Decimal("5.5"), inclusive=True)

    result = taxes(outside, inside, items=[{"amount": "2300.00"}])

    assert rows(result) == [("A", "2180.09", "327.01"), ("B", "2180.09", "119.91")]
    assert str(result.gross) == "2627.01"


def test_a_division_is_of_the_price_that_includes_it() -> None:
    """10 per cent of 200.00 are in it, or 22.22 come on top of 200.00."""
    inside = Component(code="A", kind=ComponentKind.DIVISION, rate=Decimal(10), inclusive=True)
    outside = Component(code="A", kind=ComponentKind.DIVISION, rate=Decimal(10))

    assert rows(taxes(inside, items=[{"amount": 200}])) == [("A", "180.00", "20.00")]
    assert rows(taxes(outside, items=[{"amount": 200}])) == [("A", "200.00", "22.22")]


def test_a_division_may_be_the_whole_price() -> None:
    """A gift whose price is its tax has no net."""
    part = Component(code="A", kind=ComponentKind.DIVISION, rate=Decimal(100), inclusive=True)

    assert rows(taxes(part)) == [("A", "0.00", "100.00")]
    assert rows(taxes(part, rule="net-first")) == [("A", "0.00", "100.00")]


def test_a_fixed_amount_is_for_each_unit() -> None:
    """It has the sign of the unit price, and counts with the quantity."""
    part = Component(code="A", kind=ComponentKind.FIXED, rate=Decimal(1))

    sold = taxes(part, items=[{"quantity": 5, "unit_price": 20}])
    back = taxes(part, items=[{"quantity": -5, "unit_price": 20}])
    off = taxes(part, items=[{"quantity": 5, "unit_price": -20}])

    assert [str(each.tax) for each in (sold, back, off)] == ["5.00", "-5.00", "-5.00"]


def test_tiers_tax_each_slice() -> None:
    """50 at nought, 50 at 10, the rest at 20 per cent."""
    tiers = (
        Tier(Decimal(50), Decimal(0)),
        Tier(Decimal(100), Decimal(10)),
        Tier(None, Decimal(20)),
    )
    part = Component(code="A", kind=ComponentKind.TIERED, tiers=tiers)

    found = taxes(part, items=[{"amount": 30}, {"amount": 80}, {"amount": 130}, {"amount": -80}])

    assert [str(item.tax) for item in found.items] == ["0.00", "3.00", "11.00", "-3.00"]


def test_a_reverse_charge_is_owed_and_deducted_at_once() -> None:
    """Two shares of opposite sign; the customer pays the net, said to include it or not."""
    part = Component(code="RC", rate=Decimal(21), inclusive=True, reverse_charge=True)

    item = taxes(part).items[0]

    assert (str(item.net), str(item.gross)) == ("100.00", "100.00")
    assert [str(share) for share in item.components[0].shares] == ["21.00", "-21.00"]
    assert item.reason is Reason.REVERSE_CHARGE


def test_a_part_may_not_be_deducted() -> None:
    """Of 21.00 half is lost: 10.50."""
    part = Component(code="A", rate=Decimal(21), recoverable=Decimal(50))

    assert str(taxes(part).items[0].components[0].non_recoverable) == "10.50"


def test_a_retained_tax_is_no_part_of_the_tax() -> None:
    """The customer keeps 15.00 of 121.00 back."""
    vat = Component(code="VAT", rate=Decimal(21))
    kept = Component(code="IRPF", rate=Decimal(15), retained=True)

    result = taxes(vat, kept)

    assert [str(x) for x in (result.tax, result.gross, result.retained)] == [
        "21.00", "121.00", "15.00",
    ]  # fmt: skip


def test_a_negative_component_lowers_the_total() -> None:
    """Ten per cent less of 400.00 is 360.00."""
    part = Component(code="A", rate=Decimal(-10))

    assert str(taxes(part, items=[{"quantity": 5, "unit_price": 80}]).gross) == "360.00"


# --- which components ----------------------------------------------------------------------


def test_where_the_default_is_listed_a_category_that_is_not_is_refused() -> None:
    """A profile that lists its default says category by category what is borne: no toys, then."""
    profile = TaxProfile.from_mapping(
        {
            "components": [{"code": "GST", "rate": "5"}, {"code": "HST", "rate": "13"}],
            "component_categories": {"goods": ["GST"], "goods.ontario": ["HST"]},
            "default_category": "goods",
        }
    )

    found = [each.code for each in profile.resolve(None, None).components]
    with pytest.raises(HeraError) as caught:
        profile.resolve("good", None)

    assert found == ["GST"]
    assert (caught.value.code, caught.value.hint) == ("E_RATE_RESOLUTION", "did you mean `goods`?")


def test_categories_list_components_and_items_may_list_their_own() -> None:
    """A category that is not listed bears all; an item's own list goes before its category."""
    profile = TaxProfile.from_components([GST, QST], categories={"books": ["GST"]})
    items: list[dict[str, object]] = [
        {"amount": 100, "category": "books"},
        {"amount": 100, "category": "toys"},
        {"amount": 100, "category": "toys", "components": ["QST"]},
        {"amount": 100, "components": []},
        {"amount": 100, "exempt": True},
    ]

    found = compute_tax(profile, items, currency="CAD").items

    assert [str(item.tax) for item in found] == ["5.00", "14.98", "9.98", "0.00", "0.00"]
    assert [item.reason for item in found[2:]] == [
        Reason.STANDARD, Reason.OUT_OF_SCOPE, Reason.EXEMPT,
    ]  # fmt: skip


def test_the_date_chooses_the_rate() -> None:
    """A past sale is taxed by the past rate; without a date there is no choosing."""
    old = Component(code="VAT", rate=Decimal(19), effective_to=date(2020, 6, 30))
    new = Component(code="VAT", rate=Decimal(16), effective_from=date(2020, 7, 1))
    profile = TaxProfile.from_components([old, new])

    past = compute_tax(profile, [{"amount": 100}], date=date(2020, 6, 30))
    later = compute_tax(profile, [{"amount": 100}], date=date(2020, 7, 1))

    assert [str(each.tax) for each in (past, later)] == ["19.00", "16.00"]
    with pytest.raises(HeraError, match="E_RATE_RESOLUTION"):
        compute_tax(profile, [{"amount": 100}])


def test_unknown_components_are_refused() -> None:
    """By an item with a hint; under a profile of rates, whatever they are."""
    profile = TaxProfile.from_components([GST])
    rates = TaxProfile.from_mapping({"rates": {"standard": 5}})

    with pytest.raises(HeraError, match="E_RATE_RESOLUTION: the profile has no component `GTS`"):
        compute_tax(profile, [{"amount": 1, "components": ["GTS"]}])
    with pytest.raises(EventError, match="the profile has none"):
        compute_tax(rates, [{"amount": 1, "components": ["GST"]}])
    with pytest.raises(EventError, match="is not a list of codes"):
        compute_tax(profile, [{"amount": 1, "components": "GST"}])


# --- rounding ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "figures"),
    [
        ("line", [("46.87", "5.63"), ("46.87", "5.63")]),
        ("net-first", [("46.88", "5.62"), ("46.88", "5.62")]),
        ("cumulative-carry", [("46.87", "5.63"), ("46.88", "5.62")]),
        ("total", [("46.88", "5.62"), ("46.87", "5.63")]),
    ],
)
def test_each_rule_rounds_a_tie_its_own_way(rule: str, figures: list[tuple[str, str]]) -> None:
    """Of 52.50 with 12 per cent inside the tax is 5.625: twice that is 11.25."""
    part = Component(code="A", rate=Decimal(12), inclusive=True)

    found = taxes(part, rule=rule, items=[{"amount": "52.50"}] * 2)

    assert [(str(item.net), str(item.tax)) for item in found.items] == figures


def test_a_unit_is_rounded_before_it_is_multiplied() -> None:
    """20 per cent of 11.31 are 2.26, ten times 22.60."""
    part = Component(code="A", rate=Decimal(20))

    result = taxes(part, rule="unit", items=[{"quantity": 10, "unit_price": "11.31"}])

    assert str(result.tax) == "22.60"


@pytest.mark.parametrize(
    ("name", "mode", "tax"),
    [
        ("combined", "half_up", "122.27"),
        ("jurisdiction", "half_up", "122.28"),
        ("jurisdiction", "down", "122.26"),
        ("rate", "half_up", "122.27"),
    ],
)
def test_what_is_added_up_before_it_is_rounded(name: str, mode: str, tax: str) -> None:
    """4 and 4 per cent of 1528.42 are 61.1368 each, 122.2736 together."""
    parts = [Component(code=code, rate=Decimal(4), jurisdiction=code) for code in ("st", "co")]
    rule = RoundingRule(name=name, mode=RoundingMode(mode))

    result = compute_tax(TaxProfile.from_components(parts, rule=rule), [{"amount": "1528.42"}])

    assert str(result.tax) == tax
    assert len(result.steps) == (2 if name == "jurisdiction" else 1)


def test_an_increment_may_be_coarser_or_finer_than_the_cent() -> None:
    """Of 10.00 with 5 per cent inside 0.50 are tax in steps of 0.05, 0.476190 in millionths."""
    part = Component(code="A", rate=Decimal(5), inclusive=True)

    found = [
        compute_tax(
            TaxProfile.from_components([part], rule=RoundingRule(increment=Decimal(step))),
            [{"amount": 10}],
        )
        for step in ("0.05", "0.000001")
    ]

    assert [str(result.tax) for result in found] == ["0.50", "0.476190"]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "sometimes"}, {"name": []}, {"mode": "odd"}, {"spread": "odd"},
        {"increment": Decimal(0)}, {"increment": 0.01},
    ],
)  # fmt: skip
def test_an_unknown_rule_is_refused(fields: dict[str, Any]) -> None:
    """So is one that rounds to nothing."""
    with pytest.raises(HeraError):
        RoundingRule(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"code": ""}, {"code": 5}, {"kind": "odd"}, {"rate": 0.1}, {"rate": None},
        {"recoverable": 101}, {"repartition": ("x",)}, {"sequence": "1"},
        {"retained": True, "inclusive": True}, {"tiers": (Tier(None, Decimal(1)),)},
        {"kind": "tiered", "inclusive": True, "tiers": (Tier(None, Decimal(1)),)},
        {"kind": "tiered", "tiers": (Tier(Decimal(5), Decimal(1)),)},
    ],
)  # fmt: skip
def test_a_component_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    """Whatever is wrong with it, the error is one of ours."""
    with pytest.raises(HeraError):
        Component(**{"code": "A", "rate": 5, **fields})


def test_a_stated_tax_is_spread_over_components() -> None:
    """15.00 of 14.98: 5.01 and 9.99 by largest remainder; in a price it is taken from the net."""
    inside = TaxProfile.from_components([GST, QST], inclusive_prices=True)

    top = compute_tax(TaxProfile.from_components([GST, QST]), [{"amount": 100}], stated_tax=15)
    price = compute_tax(inside, [{"amount": "114.98"}], stated_tax=15)

    assert rows(top) == [("GST", "100.00", "5.01"), ("QST", "100.00", "9.99")]
    assert (str(top.gross), str(top.difference), top.is_off) == ("115.00", "0.02", True)
    assert (str(price.net), str(price.tax), str(price.gross)) == ("99.98", "15.00", "114.98")


def test_a_tax_is_not_stated_where_none_is_due() -> None:
    """Nor spread over nothing; nought may be stated."""
    profile = TaxProfile.from_components([])

    assert compute_tax(profile, [{"amount": 100}], stated_tax=0).tax == 0
    with pytest.raises(EventError, match="no item bears tax"):
        compute_tax(profile, [{"amount": 100}], stated_tax=1)


def test_a_category_resolves_to_its_components() -> None:
    """Who asks how a category is treated gets the components it bears, and no single rate."""
    treatment = TaxProfile.from_components([GST]).resolve("goods", None)

    assert treatment.rate is None
    assert treatment.components == (GST,)


def test_an_item_bears_only_so_many_components() -> None:
    """A published limit keeps the work small."""
    parts = [Component(code=f"T{index}", rate=Decimal(1)) for index in range(17)]

    with pytest.raises(EventError, match="at most 16"):
        compute_tax(TaxProfile.from_components(parts), [{"amount": 1}])
    with pytest.raises(HeraError, match="more than 256 components"):
        TaxProfile.from_components(parts[:1] * 257)


# --- beside the document -------------------------------------------------------------------


def test_a_net_is_found_from_a_gross() -> None:
    """186 is 100 with 5 and 50 per cent, and 20 per cent of all three."""
    parts = (
        Component(code="A", kind=ComponentKind.FIXED, rate=Decimal(5), compound=True, sequence=1),
        Component(code="B", rate=Decimal(50), compound=True, sequence=1),
        Component(code="C", rate=Decimal(20), sequence=2),
    )

    assert net_of_gross(parts, Fraction(186)) == 100


def test_a_price_moves_to_other_taxes() -> None:
    """121 with 21 per cent inside is 106 with 6; a price without its tax stays."""
    old, new = (Component(code="A", rate=Decimal(r), inclusive=True) for r in (21, 6))
    outside = Component(code="A", rate=Decimal(21))

    assert remap_price(Fraction(121), [old], [new]) == 106
    assert remap_price(Fraction(100), [outside], [new]) == 100


def test_a_share_of_a_document_has_its_taxes() -> None:
    """18 per cent of 100.00 and 5.00; the amount per unit has no part in it."""
    per_unit = Component(code="BAG", kind=ComponentKind.FIXED, rate=Decimal(1))
    profile = TaxProfile.from_components([GST, per_unit])

    share = share_of_document(profile, [{"amount": 100}], Decimal(18))

    assert [str(x) for x in (share.net, share.tax, share.gross)] == ["18.00", "0.90", "18.90"]
    assert [part.code for part in share.components] == ["GST"]


def test_a_discount_on_the_whole_is_spread_before_tax() -> None:
    """10.00 off 60.00, 30.00 and a return; the second item has 10 per cent of its own."""
    items = (
        TaxItem(quantity=2, unit_price=30),
        TaxItem(amount="33.33", discount_percent=10),
        TaxItem(amount=-20),
    )

    found = spread_discount(items, 10)

    assert [str(item.discount) for item in found] == ["6.67", "6.66", "0.00"]
    assert str(taxes(GST, items=list(found)).net) == "60.00"
    with pytest.raises(EventError, match="more than the items cost"):
        spread_discount(items, 91)


def test_a_charge_on_the_whole_is_spread_before_tax() -> None:
    """5.00 of freight on 30.00 and 10.00 is 3.75 and 1.25; a return takes none of it."""
    items = (TaxItem(amount=30), TaxItem(amount=10, charge=1), TaxItem(amount=-5))

    found = spread_charge(items, "5.10")

    assert [each.charge for each in found] == [Decimal("3.73"), Decimal("2.37"), None]
    profile = TaxProfile.from_components([Component(code="VAT", rate=Decimal(10))])
    assert compute_tax(profile, found).net == Decimal("41.10")


def test_a_charge_needs_a_price_to_follow() -> None:
    """It is not negative, and there is something to spread it over."""
    with pytest.raises(EventError):
        spread_charge((TaxItem(amount=30),), -1)
    with pytest.raises(EventError):
        spread_charge((TaxItem(amount=0),), 1)


@pytest.mark.parametrize(("name", "tax"), [("line", "7.48"), ("total", "7.47")])
def test_another_currency_converts_what_the_rule_has_rounded(name: str, tax: str) -> None:
    """21 per cent of 17.79 are 3.7359: rounded and doubled, or doubled and rounded."""
    part = Component(code="A", rate=Decimal(21))
    profile = TaxProfile.from_components([part], rule=RoundingRule(name=name))

    books = convert_taxes(profile, [{"amount": "17.79"}], currency="EUR", per_base=Decimal("0.5"))

    assert str(books.tax) == tax


@pytest.mark.parametrize(
    ("mode", "payable", "difference"),
    [("half_up", "115.00", "0.02"), ("up", "115.00", "0.02"), ("down", "114.95", "-0.03")],
)
def test_what_is_paid_in_coins(mode: str, payable: str, difference: str) -> None:
    """114.98 in steps of 0.05."""
    found = cash_payable(taxes(GST, QST), Decimal("0.05"), mode=mode)

    assert (str(found.payable), str(found.difference)) == (payable, difference)


def test_the_largest_tax_bears_the_difference() -> None:
    """The second one does; where there is no tax, nothing is rounded."""
    to = CashDifference.LARGEST_TAX

    taxed = cash_payable(taxes(GST, QST), Decimal("0.05"), to=to)
    bare = cash_payable(taxes(items=[{"amount": "50.01"}]), Decimal("0.05"), to=to)

    assert taxed.code == "QST"
    assert (str(bare.payable), str(bare.difference), bare.code) == ("50.01", "0.00", None)


# --- profiles in JSON form -----------------------------------------------------------------

PROFILE: Mapping[str, object] = {
    "id": "CA-QC",
    "components": [
        {"code": "GST", "rate": "5", "account": "gst", "jurisdiction": "CA"},
        {"code": "QST", "rate": "9.975", "recoverable": "50", "effective_from": "2013-01-01"},
        {
            "code": "LUX",
            "kind": "tiered",
            "tiers": [{"up_to": "100", "rate": "0"}, {"up_to": None, "rate": "10"}],
        },
    ],
    "component_categories": {"books": ["GST"]},
    "rounding_rule": {"name": "total", "mode": "down", "increment": "0.01"},
}


def test_a_profile_is_written_as_it_is_read() -> None:
    """Reading what was written gives the same profile."""
    profile = TaxProfile.from_mapping(PROFILE)

    assert TaxProfile.from_mapping(profile.to_mapping()) == profile
    assert profile.components[1].recoverable == 50


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"components": [{"code": "A"}]}, "`rate`"),
        ({"components": [{"rate": "5"}]}, "`code`"),
        ({"components": [{"code": "A", "rate": "x"}]}, "`x` is not a number"),
        ({"components": [{"code": "A", "rate": "5", "kind": "odd"}]}, "odd"),
        ({"components": [{"code": "A", "rate": "5", "sequence": -1}]}, "whole number"),
        ({"components": [{"code": "A", "kind": "tiered"}]}, "has tiers exactly if"),
        ({"components": [{"code": "A", "rate": "5"}] * 2}, "`A` stands twice on every day"),
        ({"component_categories": {"g": ["GTS"]}}, "no component `GTS`"),
        ({"rounding_rule": {"name": "odd"}}, "odd"),
        ({"rounding_rule": {"increment": "0"}}, "is not above zero"),
        ({"rates": {"standard": "5"}}, "where no rate charges tax"),
        ({"components": []}, "neither components nor rates"),
        ({"components": None, "rates": {"standard": "5"}}, "for components, and there are none"),
    ],
)
def test_a_bad_profile_has_a_diagnostic(change: Mapping[str, object], fault: str) -> None:
    """Each fault is told where it is."""
    with pytest.raises(SchemaError, match=fault):
        TaxProfile.from_mapping({**PROFILE, **change})


def test_dates_leave_no_gap() -> None:
    """A day between two rates of one component is told."""
    series = [
        {"code": "A", "rate": "5", "effective_to": "2020-12-31"},
        {"code": "A", "rate": "6", "effective_from": "2021-01-02"},
    ]

    with pytest.raises(SchemaError, match="no rate applies to A from 2021-01-01 to 2021-01-01"):
        TaxProfile.from_mapping({"components": series})


def test_a_division_over_the_whole_price_is_told() -> None:
    """As a fault of the category that bears it."""
    part = {"code": "A", "kind": "division", "rate": "101", "inclusive": True}

    with pytest.raises(SchemaError, match="takes all of the price"):
        TaxProfile.from_mapping({"components": [part], "component_categories": {"g": ["A"]}})
