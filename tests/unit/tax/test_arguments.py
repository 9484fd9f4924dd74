"""What the functions of `hera_engine.tax` take from a caller, and what each refuses with a hint."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from hera_engine import HeraError
from hera_engine.errors import EventError
from hera_engine.tax import (
    CashDifference,
    Component,
    ComponentKind,
    RoundingRule,
    TaxItem,
    TaxProfile,
    Tier,
    cash_payable,
    compute_tax,
    convert_taxes,
    net_of_gross,
    remap_price,
    spread_charge,
    spread_discount,
)

VAT = Component(code="VAT", rate=Decimal(10))
TIERS = (Tier(Decimal(100), Decimal(5)), Tier(None, Decimal(10)))


# --- another currency ----------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["line", "total", "cumulative-carry", "unit"])
def test_the_books_have_decimals_of_their_own(rule: str) -> None:
    """1000 yen at 160 for a euro are 6.25, 10 per cent of them 0.625: 6.88 together."""
    profile = TaxProfile.from_components([VAT], rule=rule)

    books = convert_taxes(
        profile, [{"amount": 1000}], currency="JPY", per_base=Decimal(160), books="EUR"
    )

    assert [str(x) for x in (books.net, books.tax, books.gross)] == ["6.25", "0.63", "6.88"]
    component = books.items[0].components[0]
    assert (component.exact_base, component.exact) == (Fraction(25, 4), Fraction(5, 8))


@pytest.mark.parametrize("rule", ["line", "total"])
def test_the_books_may_have_no_decimals(rule: str) -> None:
    """6.25 euros at 160 yen each are 1000; the tax of 0.63 is 101 of them, that of 0.625 is 100."""
    profile = TaxProfile.from_components([VAT], rule=rule)

    books = convert_taxes(
        profile, [{"amount": "6.25"}], currency="EUR", per_base=Fraction(1, 160), books="JPY"
    )

    tax = {"line": "101", "total": "100"}[rule]
    assert [str(x) for x in (books.net, books.tax)] == ["1000", tax]


def test_an_increment_holds_in_both_currencies() -> None:
    """0.625 euros of tax in steps of 0.05 are 0.65."""
    rule = RoundingRule(name="total", increment=Decimal("0.05"))
    profile = TaxProfile.from_components([VAT], rule=rule)

    books = convert_taxes(
        profile, [{"amount": 1000}], currency="JPY", per_base=Decimal(160), books="EUR"
    )

    assert [str(x) for x in (books.net, books.tax)] == ["6.25", "0.65"]


def test_the_books_are_kept_in_a_currency() -> None:
    """One that is not in the standard is refused as that of the document is."""
    profile = TaxProfile.from_components([VAT])

    with pytest.raises(HeraError, match="`EURO` is not an ISO 4217 currency"):
        convert_taxes(profile, [], currency="JPY", per_base=Decimal(160), books="EURO")


# --- components ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"repartition": "60"}, "is split by something that is no list of percentages"),
        ({"repartition": 60}, "is split by something that is no list of percentages"),
        ({"inclusive": "no"}, "says `inclusive` by what is neither true nor false"),
        ({"inclusive": 1}, "says `inclusive` by what is neither true nor false"),
        ({"reverse_charge": "no"}, "says `reverse_charge` by what is neither true nor false"),
        ({"compound": None}, "says `compound` by what is neither true nor false"),
        ({"base_affected": "yes"}, "says `base_affected` by what is neither true nor false"),
        ({"retained": 0}, "says `retained` by what is neither true nor false"),
        ({"effective_from": "2020-01-01"}, "has no date for `effective_from`"),
        ({"effective_to": datetime(2020, 1, 1, tzinfo=UTC)}, "has no date for `effective_to`"),
        (
            {"effective_from": date(2020, 1, 2), "effective_to": date(2020, 1, 1)},
            "begins on 2020-01-02 and ends on 2020-01-01",
        ),
    ],
)
def test_a_component_is_not_guessed_at(fields: dict[str, Any], reason: str) -> None:
    """A text is no list of its letters, `no` is no yes, and a day is a date."""
    with pytest.raises(HeraError) as caught:
        Component(code="A", rate=Decimal(5), **fields)

    assert caught.value.code == "E_TAX_PROFILE"
    assert caught.value.message == f"tax component `A` {reason}"
    assert caught.value.hint


def test_a_component_may_be_valid_on_one_day() -> None:
    """First and last day are both within its period."""
    day = date(2020, 1, 1)

    assert Component(code="A", effective_from=day, effective_to=day).applies_on(day)


def test_a_tiered_tax_in_the_price_is_told_as_such() -> None:
    """The hint speaks of the price, not of the tiers, which rise."""
    with pytest.raises(HeraError) as caught:
        Component(code="A", kind=ComponentKind.TIERED, tiers=TIERS, inclusive=True)

    assert caught.value.hint == "say that prices exclude it, or give it one percentage"


# --- profiles of components ----------------------------------------------------------------


def test_a_profile_takes_the_name_of_a_rule() -> None:
    """A name is the rule of that name; one that is not known is refused at once."""
    assert TaxProfile.from_components([VAT], rule="total") == TaxProfile.from_components(
        [VAT], rule=RoundingRule(name="total")
    )
    with pytest.raises(HeraError, match="the rounding rule is not known"):
        TaxProfile.from_components([VAT], rule="totl")


@pytest.mark.parametrize(
    ("components", "message"),
    [
        ([{"code": "A"}], "the tax component at index 0 is no Component"),
        ([VAT, "A"], "the tax component at index 1 is no Component"),
        ("GST", "the tax components are no list"),
        (None, "the tax components are no list"),
        (VAT, "the tax components are no list"),
        ({"VAT": VAT}, "the tax components are no list"),
    ],
)
def test_a_profile_has_a_list_of_components(components: Any, message: str) -> None:
    """Anything else is one fault, told before anything is computed."""
    with pytest.raises(HeraError) as caught:
        TaxProfile.from_components(components)

    assert (caught.value.code, caught.value.message) == ("E_TAX_PROFILE", message)
    assert "Component" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"categories": ["goods"]}, "the categories are no mapping from a category to codes"),
        ({"categories": "goods"}, "the categories are no mapping from a category to codes"),
        ({"categories": {1: ["VAT"]}}, "the categories are no mapping from a category to codes"),
        ({"categories": {"goods": "VAT"}}, "category `goods` has no list of codes"),
        ({"categories": {"goods": None}}, "category `goods` has no list of codes"),
        ({"categories": {"goods": [VAT]}}, "category `goods` has no list of codes"),
        ({"inclusive_prices": "yes"}, "`inclusive_prices` is neither true nor false"),
    ],
)
def test_a_profile_is_not_guessed_at(said: dict[str, Any], message: str) -> None:
    """Categories are a mapping to lists of codes, and a flag is true, false or unsaid."""
    with pytest.raises(HeraError) as caught:
        TaxProfile.from_components([VAT], **said)

    assert (caught.value.code, caught.value.message) == ("E_TAX_PROFILE", message)
    assert caught.value.hint


# --- coins ---------------------------------------------------------------------------------


def test_the_bearer_of_a_cash_difference_may_be_said_by_its_word() -> None:
    """The word is the same as the member; 11.00 in steps of 0.30 is 11.10."""
    result = compute_tax(TaxProfile.from_components([VAT]), [{"amount": 10}])
    step = Decimal("0.30")

    assert cash_payable(result, step, to="largest_tax").code == "VAT"
    assert cash_payable(result, step, to="line").code is None
    assert cash_payable(result, step, to="largest_tax") == cash_payable(
        result, step, to=CashDifference.LARGEST_TAX
    )


@pytest.mark.parametrize(
    ("to", "hint"),
    [
        ("largest-tax", "did you mean `largest_tax`?"),
        ("nope", "use one of line, largest_tax"),
        (None, "use one of line, largest_tax"),
    ],
)
def test_an_unknown_bearer_of_a_cash_difference_is_refused(to: Any, hint: str) -> None:
    """It is not taken for a line of its own."""
    result = compute_tax(TaxProfile.from_components([VAT]), [{"amount": 10}])

    with pytest.raises(HeraError) as caught:
        cash_payable(result, Decimal("0.30"), to=to)

    assert (caught.value.code, caught.value.hint) == ("E_GUARDRAIL", hint)


# --- prices --------------------------------------------------------------------------------


@pytest.mark.parametrize("price", [Decimal(121), 121, Fraction(121), "121.00"])
def test_a_price_is_any_exact_number(price: Decimal | Fraction | int | str) -> None:
    """121 is 100 with 21 per cent, and 106 with 6, however it is written."""
    old, new = (Component(code="A", rate=Decimal(r), inclusive=True) for r in (21, 6))

    assert net_of_gross([old], price) == 100
    assert remap_price(price, [old], [new]) == 106
    assert remap_price(price, [VAT], [new]) == Fraction(121)


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        (121.0, "is a float"),
        ("12l", "is not a plain decimal number"),
        (None, "is missing"),
        (True, "is true"),
    ],
)
def test_a_price_is_no_float(price: Any, reason: str) -> None:
    """Nor a text that is none, nothing, or a flag."""
    inside = Component(code="A", rate=Decimal(21), inclusive=True)

    calls: tuple[Callable[[], Fraction], ...] = (
        lambda: net_of_gross([inside], price),
        lambda: remap_price(price, [inside], [VAT]),
        lambda: remap_price(price, [VAT], [inside]),
    )
    for call in calls:
        with pytest.raises(HeraError, match=reason) as caught:
            call()
        assert caught.value.code == "E_GUARDRAIL"


def test_no_net_is_found_from_a_gross_with_a_tiered_tax() -> None:
    """One that the customer keeps back is no part of the gross, and does not matter."""
    tiered = Component(code="LUX", kind=ComponentKind.TIERED, tiers=TIERS)
    kept = Component(code="LUX", kind=ComponentKind.TIERED, tiers=TIERS, retained=True)

    with pytest.raises(HeraError, match="`LUX` is tiered") as caught:
        net_of_gross([VAT, tiered], 220)
    assert caught.value.code == "E_TAX_PROFILE"
    assert net_of_gross([VAT, kept], 220) == 200


# --- items ---------------------------------------------------------------------------------


def test_the_whole_is_spread_over_mappings_too() -> None:
    """Items as `compute_tax` takes them give the same as `TaxItem`."""
    mappings: list[dict[str, object]] = [
        {"amount": "30.00", "tax_category": "goods"},
        {"quantity": 2, "unit_price": "5.00", "discount_percent": 10},
    ]
    items = [
        TaxItem(amount="30.00", category="goods"),
        TaxItem(quantity=2, unit_price="5.00", discount_percent=10),
    ]

    assert spread_discount(mappings, "3.90") == spread_discount(items, "3.90")
    assert spread_charge(mappings, "3.90") == spread_charge(items, "3.90")
    assert spread_charge(mappings, 0) == tuple(items)
    assert [item.discount for item in spread_discount(mappings, "3.90")] == [
        Decimal("3.00"), Decimal("1.90"),
    ]  # fmt: skip


@pytest.mark.parametrize("items", [None, "30.00", [{"amont": "30.00"}], ["30.00"]])
def test_what_is_no_item_is_not_spread_over(items: Any) -> None:
    """It is refused with its place, as by `compute_tax`."""
    for spread in (spread_discount, spread_charge):
        with pytest.raises(EventError, match="items"):
            spread(items, 1)


@pytest.mark.parametrize(
    ("first", "second"), [("category", "tax_category"), ("tax_category", "category")]
)
def test_a_field_said_twice_names_the_other_spelling(first: str, second: str) -> None:
    """Both spellings are known; whichever comes second says the same as the first."""
    profile = TaxProfile.from_components([VAT])

    with pytest.raises(EventError) as caught:
        compute_tax(profile, [{"amount": 1, first: "goods", second: "goods"}])

    problem = caught.value.problems[0]
    assert (problem.path, problem.message) == (f"items[0].{second}", f"says the same as `{first}`")
