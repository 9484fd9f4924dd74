"""Countries whose taxes stand side by side: what each category bears, on which days."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from hera_engine.errors import HeraError
from hera_engine.rules.country_profiles import COUNTRIES, country_profile
from hera_engine.tax import Reason, TaxProfile, compute_tax
from hera_engine.tax.cash import cash_payable
from hera_engine.tax.profile import TaxRounding
from hera_engine.tax.results import TaxResult
from hera_engine.tax.rounding import RoundingRule

TODAY: Final = date(2026, 3, 1)
PUBLISHED: Final = Path(__file__).parents[2] / "vectors" / "data" / "tax_national.json"


def shipped(name: str) -> TaxProfile:
    """Return a profile that ships."""
    found = country_profile(name)
    assert found is not None
    return found


OF_COMPONENTS: Final = tuple(name for name in COUNTRIES if shipped(name).components)


def borne(name: str, category: str | None, day: date = TODAY) -> dict[str, str]:
    """Return the components that a category bears on a day, with their percentages."""
    treatment = shipped(name).resolve(category, day)
    return {each.code: str(each.rate) for each in treatment.components}


def sold(
    profile: TaxProfile, day: date, *amounts: str, currency: str, category: str | None = None
) -> TaxResult:
    """Return the taxes of some items of one category."""
    items: list[Mapping[str, object]] = [{"amount": each, "category": category} for each in amounts]
    return compute_tax(profile, items, currency=currency, date=day)


# --- what is borne -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "category", "first", "last", "expected"),
    [
        ("IN", "goods.standard", "2017-07-01", None, {"CGST": "9", "SGST": "9"}),
        ("IN", "goods.standard.interstate", "2017-07-01", None, {"IGST": "18"}),
        ("IN", "goods.merit", "2017-07-01", None, {"CGST_MERIT": "2.5", "SGST_MERIT": "2.5"}),
        ("IN", "goods.merit.interstate", "2017-07-01", None, {"IGST_MERIT": "5"}),
        ("IN", "goods.rate_12", "2017-07-01", "2025-09-21", {"CGST_12": "6", "SGST_12": "6"}),
        ("IN", "goods.rate_28", "2017-07-01", "2025-09-21", {"CGST_28": "14", "SGST_28": "14"}),
        ("IN", "goods.demerit", "2025-09-22", None, {"CGST_DEMERIT": "20", "SGST_DEMERIT": "20"}),
        ("IN", "goods.tobacco.interstate", "2017-07-01", "2026-01-31", {"IGST_TOBACCO": "28"}),
        ("IN", "goods.tobacco.interstate", "2026-02-01", None, {"IGST_TOBACCO": "40"}),
        ("IN", "goods.gold", "2017-07-01", None, {"CGST_GOLD": "1.5", "SGST_GOLD": "1.5"}),
        ("JP", "goods.standard", "1989-04-01", "1997-03-31", {"STANDARD": "3"}),
        ("JP", "goods.standard", "1997-04-01", "2014-03-31", {"STANDARD": "5"}),
        ("JP", "goods.standard", "2014-04-01", "2019-09-30", {"STANDARD": "8"}),
        ("JP", "goods.standard", "2019-10-01", None, {"STANDARD": "10"}),
        ("JP", "goods.food", "2014-04-01", None, {"REDUCED": "8"}),
        ("CA-BC", "goods.standard", "2013-04-01", None, {"GST": "5", "PST": "7"}),
        ("CA-BC", "services.without_pst", "2013-04-01", None, {"GST": "5"}),
        ("CA-SK", "goods.standard", "2008-01-01", "2017-03-22", {"GST": "5", "PST": "5"}),
        ("CA-SK", "goods.standard", "2017-03-23", None, {"GST": "5", "PST": "6"}),
        ("CA-MB", "goods.standard", "2008-01-01", "2013-06-30", {"GST": "5", "RST": "7"}),
        ("CA-MB", "goods.standard", "2013-07-01", "2019-06-30", {"GST": "5", "RST": "8"}),
        ("CA-MB", "goods.standard", "2019-07-01", None, {"GST": "5", "RST": "7"}),
        ("CA-QC", "goods.standard", "1998-01-01", "2006-06-30", {"GST": "7", "QST": "7.5"}),
        ("CA-QC", "goods.standard", "2006-07-01", "2007-12-31", {"GST": "6", "QST": "7.5"}),
        ("CA-QC", "goods.standard", "2008-01-01", "2010-12-31", {"GST": "5", "QST": "7.5"}),
        ("CA-QC", "goods.standard", "2011-01-01", "2011-12-31", {"GST": "5", "QST": "8.5"}),
        ("CA-QC", "goods.standard", "2012-01-01", "2012-12-31", {"GST": "5", "QST": "9.5"}),
        ("CA-QC", "goods.standard", "2013-01-01", None, {"GST": "5", "QST": "9.975"}),
        ("CA-QC", "goods.books", "2013-01-01", None, {"GST": "5"}),
        ("US-CA-PASADENA", "goods.standard", "2019-04-01", "2025-03-31",
         {"STATE": "6", "LOCAL": "1.25", "COUNTY": "2.25", "CITY": "0.75"}),
        ("US-CA-PASADENA", "goods.standard", "2025-04-01", None,
         {"STATE": "6", "LOCAL": "1.25", "COUNTY": "2.5", "CITY": "0.75"}),
        ("US-NY-NEW_YORK", "goods.standard", "2009-08-01", None,
         {"STATE": "4", "CITY": "4.5", "MCTD": "0.375"}),
    ],
)  # fmt: skip
def test_the_published_rates_hold_on_the_first_and_the_last_day(
    name: str, category: str, first: str, last: str | None, expected: dict[str, str]
) -> None:
    """What the publications say is what an item of the category bears."""
    days = [date.fromisoformat(first), date.fromisoformat(last or "2030-12-31")]

    assert [borne(name, category, day) for day in days] == [expected, expected]


@pytest.mark.parametrize("name", OF_COMPONENTS)
def test_an_item_without_a_category_bears_the_standard_taxes(name: str) -> None:
    """The default is goods at the standard rate."""
    assert borne(name, None) == borne(name, "goods.standard")


@pytest.mark.parametrize("name", OF_COMPONENTS)
def test_a_category_that_is_not_named_is_refused(name: str) -> None:
    """It does not bear all components of the profile, nor the standard ones."""
    with pytest.raises(HeraError) as caught:
        shipped(name).resolve("goods.caravans", TODAY)

    assert caught.value.code == "E_RATE_RESOLUTION"


@pytest.mark.parametrize("name", OF_COMPONENTS)
def test_no_category_outlives_a_tax_it_bears(name: str) -> None:
    """All components of a category begin on days of one rate each: none lacks on any of them."""
    profile = shipped(name)
    for category, codes in profile.component_lists:
        series = [each for each in profile.components if each.code in codes]
        for day in filter(None, (each.effective_from for each in series)):
            found = profile.resolve(category, day, counterparty=True)
            assert len(found.components) == len(codes)


def test_a_slab_that_was_given_up_serves_no_later_day() -> None:
    """Goods at 12 % have to find another category from 2025-09-22 on."""
    with pytest.raises(HeraError) as caught:
        borne("IN", "goods.rate_12", date(2025, 9, 22))

    assert caught.value.code == "E_RATE_RESOLUTION"


@pytest.mark.parametrize("day", ["2017-07-01", "2025-09-21", "2025-09-22", "2026-02-01"])
def test_between_states_each_slab_bears_the_sum_of_both_taxes(day: str) -> None:
    """IGST is as high as CGST and SGST together, in every slab that there is on a day."""
    there = [each for each in shipped("IN").components if each.applies_on(date.fromisoformat(day))]
    rates = {each.code: each.rate for each in there}
    slabs = [code.removeprefix("IGST") for code in rates if code.startswith("IGST")]

    assert len(slabs) == len(rates) / 3
    assert [rates[f"CGST{slab}"] + rates[f"SGST{slab}"] for slab in slabs] == [
        rates[f"IGST{slab}"] for slab in slabs
    ]


@pytest.mark.parametrize(
    ("name", "category", "reason"),
    [
        ("IN", "goods.export", Reason.ZERO),
        ("IN", "services.interest", Reason.EXEMPT),
        ("JP", "goods.export", Reason.ZERO),
        ("JP", "services.financial", Reason.EXEMPT),
        ("CA-QC", "goods.food", Reason.ZERO),
        ("CA-BC", "services.health", Reason.EXEMPT),
        ("US", "goods.standard", Reason.OUT_OF_SCOPE),
        ("US", None, Reason.OUT_OF_SCOPE),
        ("US-CA-PASADENA", "services.standard", Reason.OUT_OF_SCOPE),
        ("US-NY-NEW_YORK", "goods.clothing_under_110", Reason.EXEMPT),
        ("US-NY-NEW_YORK", "goods.resale", Reason.EXEMPT),
    ],
)
def test_what_bears_nothing_says_why(name: str, category: str | None, reason: Reason) -> None:
    """Exports, exempt supplies and those no tax is about stay apart, and bear no component."""
    treatment = shipped(name).resolve(category, TODAY)
    result = sold(shipped(name), TODAY, "100.00", currency="USD", category=category)

    assert (treatment.reason, treatment.components) == (reason, ())
    assert (result.tax, result.items[0].reason) == (Decimal("0.00"), reason)


@pytest.mark.parametrize("name", ["IN", "JP", "CA-BC", "CA-MB", "CA-QC", "CA-SK"])
def test_services_from_abroad_are_taxed_by_their_buyer(name: str) -> None:
    """The supplier's document has no tax; the component is owed and deducted."""
    result = sold(shipped(name), TODAY, "100.00", currency="USD", category="services.imported")

    assert (str(result.tax), str(result.gross)) == ("0.00", "100.00")
    assert result.items[0].reason is Reason.REVERSE_CHARGE


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("CA-BC", {"PST"}), ("CA-MB", {"RST"}), ("CA-QC", set()), ("CA-SK", {"PST"}), ("IN", set()),
        ("JP", set()), ("US-CA-PASADENA", {"STATE", "LOCAL", "COUNTY", "CITY"}),
        ("US-NY-NEW_YORK", {"STATE", "CITY", "MCTD"}),
    ],
)  # fmt: skip
def test_sales_taxes_are_not_deducted(name: str, lost: set[str]) -> None:
    """A value added tax is, wholly; a tax on the last sale is not, at all."""
    found = {each.code: each.recoverable for each in shipped(name).components}

    assert {code for code, percent in found.items() if percent == 0} == lost
    assert set(found.values()) <= {Decimal(0), Decimal(100)}


# --- what it comes to ----------------------------------------------------------------------


def test_a_tax_of_several_places_is_rounded_once() -> None:
    """8.875 % of 40.06 is 3.555…, so 3.56; the parts alone come to 1.60 + 1.80 + 0.15 = 3.55."""
    result = sold(shipped("US-NY-NEW_YORK"), TODAY, "20.01", "20.05", currency="USD")

    assert str(result.tax) == "3.56"
    assert [str(item.tax) for item in result.items] == ["1.78", "1.78"]


def published(name: str) -> Mapping[str, Any]:
    """Return a published case by its name."""
    cases = json.loads(PUBLISHED.read_text(encoding="utf-8"))["cases"]
    found: list[Mapping[str, Any]] = [each for each in cases if each["id"] == name]
    return found[0]


def prices(case: Mapping[str, Any]) -> list[str]:
    """Return the amounts of a published case, whose quantities are all one."""
    inputs = case["inputs"]
    return [line["unit_price"] for line in inputs.get("lines", ())] or [inputs["net"]]


@pytest.mark.parametrize(
    "name",
    ["nat-jp-001", "nat-jp-003", "nat-jp-007", "nat-jp-008", "nat-jp-009", "nat-jp-010"],
)
def test_japanese_invoices_come_out_as_published(name: str) -> None:
    """Once for each rate and invoice: down as shipped, half up or up where the issuer says so."""
    case = published(name)
    profile = shipped("JP")
    assert profile.rule == RoundingRule(name="rate", mode="down")  # type: ignore[arg-type] # as said
    if case["inputs"]["mode"] != "down":
        rule = RoundingRule(name="rate", mode=case["inputs"]["mode"])
        profile = replace(profile, rule=rule)

    result = sold(profile, date(2023, 10, 1), *prices(case), currency="JPY")

    assert {"tax": str(result.tax), "total": str(result.gross)} == case["expected"]


@pytest.mark.parametrize(
    ("name", "day"), [("nat-ca-001", date(2013, 1, 1)), ("nat-ca-002", date(2012, 12, 31))]
)
def test_sales_in_quebec_come_out_as_published(name: str, day: date) -> None:
    """QST is on the net since 2013, and was on net and GST before."""
    case = published(name)

    result = sold(shipped("CA-QC"), day, *prices(case), currency="CAD")

    found = [(each.code, str(each.amount)) for each in result.items[0].components]
    assert found == [(tax["name"], tax["amount"]) for tax in case["expected"]["taxes"]]
    bases = {tax["name"]: tax["base"] for tax in case["expected"]["taxes"] if "base" in tax}
    assert bases.items() <= {(each.code, str(each.base)) for each in result.items[0].components}
    assert str(result.gross) == case["expected"]["total"]


def test_a_canadian_cash_sale_comes_out_as_published() -> None:
    """GST is found to the cent, by card and in cash; only what is paid in cash is rounded."""
    case = published("nat-ca-003")
    profile = shipped("CA")
    assert profile.cash_step is not None

    result = sold(profile, date(2013, 2, 4), *prices(case), currency="CAD")

    found = {"net": result.net, "tax": result.tax, "total": result.gross, "card": result.gross,
             "cash": cash_payable(result, profile.cash_step).payable}  # fmt: skip
    assert {key: str(value) for key, value in found.items()} == case["expected"]


@pytest.mark.parametrize(
    ("name", "rounding"), [("nat-in-002", TaxRounding.LINE), ("nat-in-003", TaxRounding.TOTAL)]
)
def test_an_indian_bill_comes_out_as_published(name: str, rounding: TaxRounding) -> None:
    """Medicines at 12 % of another state, rounded line by line as shipped or over the bill."""
    case = published(name)
    profile = replace(shipped("IN"), rounding=rounding)

    result = sold(
        profile,
        date(2025, 9, 21),
        *prices(case),
        currency="INR",
        category="goods.rate_12.interstate",
    )

    assert str(result.tax) == case["expected"]["tax"]
    if "line_taxes" in case["expected"]:
        assert [str(item.tax) for item in result.items] == case["expected"]["line_taxes"]
