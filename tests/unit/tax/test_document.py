"""compute_tax: what callers without a journal ask for."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from hera_engine.errors import EventError, HeraError
from hera_engine.tax import (
    Reason,
    TaxItem,
    TaxProfile,
    cash_payable,
    cash_step_of,
    compute_tax,
    summary_text,
)

AE = TaxProfile.from_mapping(
    {
        "jurisdiction": "AE",
        "inclusive_prices": False,
        "rounding_method": "line",
        "reverse_charge_applicable": True,
        "rates": {"standard": "5.0"},
    }
)
GB = TaxProfile.from_mapping(
    {
        "id": "gb",
        "inclusive_prices": True,
        "rounding_method": "total",
        "rates": [
            {
                "code": "standard", "percent": "17.5", "categories": ["goods"],
                "effective_to": "2011-01-03",
            },
            {
                "code": "standard", "percent": "20", "categories": ["goods"],
                "effective_from": "2011-01-04",
            },
            {"code": "fuel", "percent": "5.00", "categories": ["fuel"], "inclusive": False},
            {"code": "zero", "percent": "0", "categories": ["food"]},
            {"code": "exempt", "exempt": True, "categories": ["rent"]},
        ],
    }
)  # fmt: skip


def test_items_are_taxed_one_by_one() -> None:
    """33.33 and 66.67 at 5.0 per cent bear 1.67 and 3.33, 5.00 in all."""
    result = compute_tax(AE, [{"amount": "33.33"}, {"amount": "66.67"}])

    assert [str(item.tax) for item in result.items] == ["1.67", "3.33"]
    assert [str(total) for total in (result.net, result.tax, result.gross)] == [
        "100.00", "5.00", "105.00",
    ]  # fmt: skip
    assert result.by_rate == {"5": Decimal("5.00")}


def test_a_component_tells_how_its_tax_came_about() -> None:
    """Code, base, rate as written, amount, and the exact figure before rounding."""
    component = compute_tax(AE, [TaxItem(amount="33.33")]).items[0].components[0]

    assert (component.code, str(component.base)) == ("standard", "33.33")
    assert (str(component.rate), str(component.amount)) == ("5.0", "1.67")
    assert component.exact == Fraction(3333, 2000)


def test_a_reverse_charge_keeps_its_rate_and_charges_nothing() -> None:
    """1000.00 of imported services cost 1000.00, and no rate collects anything."""
    items = [{"amount": "1000.00", "tax_category": "services.imported"}]

    result = compute_tax(AE, items, counterparty=True)

    item = result.items[0]
    assert item.reverse_charge
    assert (str(item.tax), str(item.components[0].rate)) == ("0.00", "5.0")
    assert str(result.gross) == "1000.00"
    assert result.by_rate == {}


def test_an_imported_service_without_a_counterparty_is_taxed() -> None:
    """A private customer cannot account for the tax."""
    result = compute_tax(AE, [{"amount": "1000.00", "category": "services.imported"}])

    assert not result.items[0].reverse_charge
    assert str(result.tax) == "50.00"


@pytest.mark.parametrize(("day", "tax"), [(date(2011, 1, 3), "17.50"), (date(2011, 1, 4), "20.00")])
def test_the_date_chooses_the_rate(day: date, tax: str) -> None:
    """The day before the change still has the old rate."""
    items = [TaxItem(amount="100", category="goods", inclusive=False)]

    assert str(compute_tax(GB, items, currency="GBP", date=day).tax) == tax


def test_prices_follow_item_rate_and_profile_in_this_order() -> None:
    """The item's own word beats the rate's, which beats the profile's."""
    items: list[dict[str, object]] = [
        {"amount": "10.50", "category": "fuel", "inclusive": True},
        {"amount": "10.50", "category": "fuel"},
        {"amount": "12.00", "category": "goods"},
    ]

    result = compute_tax(GB, items, currency="GBP", date=date(2026, 1, 1))

    assert [item.inclusive for item in result.items] == [True, False, True]
    assert [str(item.gross) for item in result.items] == ["10.50", "11.03", "12.00"]
    assert [str(item.net) for item in result.items] == ["10.00", "10.50", "10.00"]


def test_what_bears_no_tax_says_why() -> None:
    """A zero rate has a component and a place among the rates, an exemption neither."""
    items: list[dict[str, object]] = [
        {"amount": "1", "category": "food"},
        {"amount": "1", "category": "rent"},
        {"amount": "1", "category": "goods", "exempt": True},
    ]

    result = compute_tax(GB, items, currency="GBP")

    assert [item.reason for item in result.items] == [Reason.ZERO, Reason.EXEMPT, Reason.EXEMPT]
    assert [len(item.components) for item in result.items] == [1, 0, 0]
    assert [item.category for item in result.items] == ["food", "rent", "goods"]
    assert result.by_rate == {"0": Decimal("0.00")}


def test_rates_of_one_percentage_are_added_up() -> None:
    """By percentage without trailing zeros, in order of first appearance."""
    rates = [
        {"code": "a", "percent": "10.50"},
        {"code": "b", "percent": "10.5"},
        {"code": "c", "percent": "100"},
    ]
    profile = TaxProfile.from_mapping({"rates": rates})
    items = [{"amount": "10", "category": code} for code in "cab"]

    assert compute_tax(profile, items).by_rate == {"100": Decimal(10), "10.5": Decimal("2.10")}


@pytest.mark.parametrize(("currency", "tax"), [("JPY", "5"), ("USD", "5.00"), ("KWD", "5.000")])
def test_amounts_have_the_decimals_of_the_currency(currency: str, tax: str) -> None:
    """None for the yen, two for the dollar, three for the dinar."""
    result = compute_tax(AE, [{"amount": "100"}], currency=currency)

    assert str(result.tax) == tax


def test_a_stated_tax_is_used_and_compared() -> None:
    """0.11 instead of 0.10 on two items is within a cent for each; 0.13 is not."""
    items = [{"amount": "1"}, {"amount": "1"}]

    near, far = (compute_tax(AE, items, stated_tax=tax) for tax in ("0.11", "0.13"))

    assert [str(item.tax) for item in near.items] == ["0.06", "0.05"]
    assert (str(near.difference), near.is_off) == ("0.01", False)
    assert (str(far.difference), far.is_off) == ("0.03", True)
    assert (str(far.gross), far.steps[-1].units) == ("2.13", 13)


def test_a_tax_stated_where_none_is_due_is_refused() -> None:
    """The problem names the argument; a stated zero is fine."""
    items = [{"amount": "1", "exempt": True}]

    with pytest.raises(EventError) as caught:
        compute_tax(AE, items, stated_tax="0.05")

    assert caught.value.problems[0].path == "stated_tax"
    assert compute_tax(AE, items, stated_tax="0").tax == 0


def test_a_document_without_items_comes_to_nothing() -> None:
    """All totals are zero, with the decimals of the currency."""
    result = compute_tax(AE, [])

    assert [str(total) for total in (result.net, result.tax, result.gross)] == ["0.00"] * 3


@pytest.mark.parametrize("profile", [None, {"rates": {"standard": "5"}}])
def test_without_a_profile_there_is_no_tax(profile: object) -> None:
    """A mapping is not a profile yet; the hint says how it becomes one."""
    with pytest.raises(HeraError) as caught:
        compute_tax(profile, [{"amount": 1}])  # type: ignore[arg-type] # what is being refused

    assert caught.value.code == "E_TAX_PROFILE"
    assert caught.value.hint == "build one with TaxProfile.from_mapping"


@pytest.mark.parametrize("day", ["2026-01-01", datetime(2026, 1, 1)])  # noqa: DTZ001 # any zone
def test_a_date_is_a_date(day: object) -> None:
    """Text and points in time are refused."""
    with pytest.raises(EventError) as caught:
        compute_tax(AE, [], date=day)  # type: ignore[arg-type] # what is being refused

    assert caught.value.problems[0].path == "date"


def test_an_unknown_currency_is_refused() -> None:
    """Without its decimals nothing can be rounded."""
    with pytest.raises(HeraError) as caught:
        compute_tax(AE, [], currency="EURO")

    assert caught.value.code == "E_GUARDRAIL"


@pytest.mark.parametrize("method", ["none", "swedish", "total", "line"])
def test_the_exact_figures_stand_beside_the_rounded_ones(method: str) -> None:
    """20 per cent in 10.00 leave 8 and a third; on top of 10.01 they are 2.002."""
    profile = TaxProfile.from_mapping({"rounding_method": method, "rates": {"standard": "20"}})

    inside, on_top, free = compute_tax(
        profile,
        [
            {"amount": 10, "inclusive": True},
            {"amount": "10.01", "inclusive": False},
            {"amount": 5, "exempt": True},
        ],
    ).items

    assert (inside.exact_net, inside.components[0].exact) == (Fraction(25, 3), Fraction(5, 3))
    assert (on_top.exact_net, on_top.components[0].exact) == (Fraction("10.01"), Fraction("2.002"))
    assert [each.components[0].exact_base for each in (inside, on_top)] == [
        inside.exact_net, on_top.exact_net,
    ]  # fmt: skip
    assert (free.exact_net, free.components) == (Fraction(5), ())


def test_a_stated_tax_leaves_the_exact_figures_as_computed() -> None:
    """Whatever a sender states, of 12.00 with 20 per cent in it 10.00 are the exact net."""
    profile = TaxProfile.from_mapping({"rates": {"standard": "20"}, "inclusive_prices": True})

    item = compute_tax(profile, [{"amount": 12}], stated_tax="1.99").items[0]

    assert (str(item.net), str(item.tax)) == ("10.01", "1.99")
    assert (item.exact_net, item.components[0].exact) == (Fraction(10), Fraction(2))


def test_swedish_rounding_pays_whole_crowns() -> None:
    """99.00 and 25 per cent are 123.75, paid as 124.00; the tax stays 24.75."""
    profile = TaxProfile.from_mapping({"rounding_method": "swedish", "rates": {"standard": "25"}})

    result = compute_tax(profile, [{"amount": 99}], currency="SEK")
    paid = cash_payable(result, cash_step_of(profile.cash_step, "SEK"))

    assert str(result.tax) == "24.75"
    assert (str(paid.payable), str(paid.difference)) == ("124.00", "0.25")


def test_the_cash_step_is_the_profiles_else_the_smallest_coin() -> None:
    """Switzerland and Sweden have one that is known; elsewhere the profile must say."""
    assert cash_step_of(Decimal("0.10"), "SEK") == Decimal("0.10")
    assert [cash_step_of(None, code) for code in ("SEK", "CHF")] == [Decimal(1), Decimal("0.05")]
    with pytest.raises(HeraError, match="E_TAX_PROFILE: swedish rounding needs a step"):
        cash_step_of(None, "EUR")


def test_the_summary_lists_totals_and_the_rates_that_bear_tax() -> None:
    """The figures of the origin system's own test, where a zero rate is left out."""
    text = summary_text(
        net=Decimal("300.00"),
        tax=Decimal("15.00"),
        gross=Decimal("315.00"),
        by_rate={"5": Decimal("10.00"), "0": Decimal("0.00"), "2.5": Decimal("5.00")},
    )

    assert text.split("\n") == [
        "Net Total: 300.00", "Tax Total: 15.00", "Gross Total: 315.00", "5%: 10.00", "2.5%: 5.00",
    ]  # fmt: skip


def test_a_result_summarises_itself() -> None:
    """Its own totals, its own rates."""
    items = [{"amount": "200.00"}, {"amount": "100.00", "category": "goods.export"}]

    assert compute_tax(AE, items).summary().split("\n") == [
        "Net Total: 300.00", "Tax Total: 10.00", "Gross Total: 310.00", "5%: 10.00",
    ]  # fmt: skip
