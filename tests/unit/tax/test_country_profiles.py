"""Country profiles: each is a sound text whose published rates hold from first to last day."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from hera_engine import HeraError, format_schema, load_schema
from hera_engine.tax import Reason, TaxProfile
from hera_engine.tax.profile import TaxRounding

FOLDER: Final = Path(__file__).parents[3] / "src/hera_engine/tax/profiles"
COUNTRIES: Final = tuple(sorted(path.stem for path in FOLDER.glob("*.hera")))
OF_RATES: Final = (
    "AE", "AU", "CA", "CA-NB", "CA-NL", "CA-NS", "CA-ON", "CA-PE", "CH", "DE", "FR", "GB", "SE",
)  # fmt: skip
"""Profiles of one tax: a rate for each category."""

SCHEMA: Final = """
ledgers GL
account cash 1000 asset
account revenue 4000 revenue
account fees 5500 expense
account discount 4900 revenue
account rounding 5900 expense
payments immediate
validations { max_line_count 100 }
on HERA.POS.SALE.V1 { debit cash total_amount credit revenue total_amount }
"""
"""A sound schema for a profile to stand in."""


def text_of(country: str) -> str:
    """Return a country's profile in a schema."""
    return SCHEMA + (FOLDER / f"{country}.hera").read_text(encoding="utf-8")


def profile_of(country: str) -> TaxProfile:
    """Return a country's profile."""
    return load_schema(text_of(country)).own_profiles[country]


def percent_on(country: str, category: str, day: str) -> Decimal:
    """Return the rate of a category on a day."""
    profile = profile_of(country)
    return profile.resolve(category, date.fromisoformat(day), counterparty=True).percent


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_profile_is_sound_and_names_its_source(country: str) -> None:
    """It loads without a warning, means the same when formatted, and cites its laws."""
    schema = load_schema(text_of(country))

    profile = schema.own_profiles[country]

    assert schema.warnings == ()
    assert profile.jurisdiction == country
    assert load_schema(format_schema(schema)) == schema
    assert profile.source
    assert all(rate.source for rate in profile.rates)
    assert all(component.source for component in profile.components)


@pytest.mark.parametrize("country", COUNTRIES)
def test_each_rate_is_found_on_its_first_and_last_day(country: str) -> None:
    """A rate answers for each of its categories on the days between which it holds."""
    profile = profile_of(country)
    for rate in profile.rates:
        for category in rate.categories:
            for day in filter(None, (rate.effective_from, rate.effective_to)):
                found = profile.resolve(category, day, counterparty=True)
                assert (found.reason, found.rate) == (rate.reason, rate)


@pytest.mark.parametrize("country", [name for name in COUNTRIES if name != "US"])
def test_no_rate_is_older_than_the_profile(country: str) -> None:
    """Every rate has a first day, and before the first of a category there is none."""
    profile = profile_of(country)
    categories = {category for rate in profile.rates for category in rate.categories}
    for category in categories:
        starts = [rate.effective_from for rate in profile.rates if category in rate.categories]
        first = min(start for start in starts if start is not None)
        assert None not in starts
        with pytest.raises(HeraError) as caught:
            profile.resolve(category, first - timedelta(1), counterparty=True)
        assert caught.value.code == "E_RATE_RESOLUTION"


@pytest.mark.parametrize(
    ("country", "category", "first", "last", "percent"),
    [
        ("AE", "goods.standard", "2018-01-01", None, "5"),
        ("AU", "services.standard", "2000-07-01", None, "10"),
        ("CA", "goods.standard", "1991-01-01", "2006-06-30", "7"),
        ("CA", "goods.standard", "2006-07-01", "2007-12-31", "6"),
        ("CA", "services.standard", "2008-01-01", None, "5"),
        ("CA-NB", "goods.standard", "1997-04-01", "2006-06-30", "15"),
        ("CA-NB", "goods.standard", "2006-07-01", "2007-12-31", "14"),
        ("CA-NB", "goods.standard", "2008-01-01", "2016-06-30", "13"),
        ("CA-NB", "goods.standard", "2016-07-01", None, "15"),
        ("CA-NL", "goods.standard", "2008-01-01", "2016-06-30", "13"),
        ("CA-NL", "goods.standard", "2016-07-01", None, "15"),
        ("CA-NS", "goods.standard", "2008-01-01", "2010-06-30", "13"),
        ("CA-NS", "goods.standard", "2010-07-01", "2025-03-31", "15"),
        ("CA-NS", "goods.standard", "2025-04-01", None, "14"),
        ("CA-ON", "goods.standard", "2010-07-01", None, "13"),
        ("CA-PE", "goods.standard", "2013-04-01", "2016-09-30", "14"),
        ("CA-PE", "goods.standard", "2016-10-01", None, "15"),
        ("CH", "goods.standard", "1995-01-01", "1998-12-31", "6.5"),
        ("CH", "goods.standard", "1999-01-01", "2000-12-31", "7.5"),
        ("CH", "goods.standard", "2001-01-01", "2010-12-31", "7.6"),
        ("CH", "goods.standard", "2011-01-01", "2017-12-31", "8.0"),
        ("CH", "goods.standard", "2018-01-01", "2023-12-31", "7.7"),
        ("CH", "goods.standard", "2024-01-01", None, "8.1"),
        ("CH", "goods.food", "2011-01-01", "2023-12-31", "2.5"),
        ("CH", "goods.food", "2024-01-01", None, "2.6"),
        ("CH", "services.accommodation", "2018-01-01", "2023-12-31", "3.7"),
        ("DE", "goods.standard", "2007-01-01", "2020-06-30", "19"),
        ("DE", "goods.standard", "2020-07-01", "2020-12-31", "16"),
        ("DE", "goods.standard", "2021-01-01", None, "19"),
        ("DE", "goods.food", "1998-04-01", "2020-06-30", "7"),
        ("DE", "goods.food", "2020-07-01", "2020-12-31", "5"),
        ("DE", "goods.food", "2021-01-01", None, "7"),
        ("DE", "services.restaurant_meals", "2024-01-01", "2025-12-31", "19"),
        ("DE", "services.restaurant_meals", "2026-01-01", None, "7"),
        ("FR", "goods.standard", "2000-04-01", "2013-12-31", "19.6"),
        ("FR", "goods.standard", "2014-01-01", None, "20"),
        ("FR", "services.restaurant_meals", "2009-07-01", "2011-12-31", "5.5"),
        ("FR", "services.restaurant_meals", "2012-01-01", "2013-12-31", "7"),
        ("FR", "services.restaurant_meals", "2014-01-01", None, "10"),
        ("FR", "goods.press", "2000-04-01", None, "2.1"),
        ("GB", "goods.standard", "1994-09-01", "2008-11-30", "17.5"),
        ("GB", "goods.standard", "2008-12-01", "2009-12-31", "15"),
        ("GB", "goods.standard", "2010-01-01", "2011-01-03", "17.5"),
        ("GB", "goods.standard", "2011-01-04", None, "20"),
        ("GB", "goods.domestic_fuel", "1997-09-01", None, "5"),
        ("GB", "services.hospitality", "2020-07-15", "2021-09-30", "5"),
        ("GB", "services.hospitality", "2021-10-01", "2022-03-31", "12.5"),
        ("SE", "goods.standard", "1996-01-01", None, "25"),
        ("SE", "goods.food", "1996-01-01", "2026-03-31", "12"),
        ("SE", "goods.food", "2026-04-01", "2027-12-31", "6"),
        ("SE", "goods.food", "2028-01-01", None, "12"),
        ("SE", "goods.books", "2002-01-01", None, "6"),
    ],
)
def test_the_published_rate_holds_on_the_first_and_the_last_day(
    country: str, category: str, first: str, last: str | None, percent: str
) -> None:
    """What the tax authorities publish is what a profile answers."""
    days = (first, "2030-12-31" if last is None else last)

    found = {percent_on(country, category, day) for day in days}

    assert found == {Decimal(percent)}


@pytest.mark.parametrize("country", OF_RATES)
def test_exports_banks_and_imports_stay_apart(country: str) -> None:
    """An export is taxed at nought, a bank's service is exempt, an imported one reversed."""
    profile = profile_of(country)
    day = date(2026, 1, 1)

    reasons = [
        profile.resolve(category, day, counterparty=True).reason
        for category in ("goods.export", "services.financial", "services.imported")
    ]

    assert reasons == [Reason.ZERO, Reason.EXEMPT, Reason.REVERSE_CHARGE]


@pytest.mark.parametrize("country", OF_RATES)
def test_a_reverse_charge_follows_the_standard_rate(country: str) -> None:
    """On each day on which one of the two changes, both are the same percentage."""
    profile = profile_of(country)
    reversed_rates = [rate for rate in profile.rates if rate.reason is Reason.REVERSE_CHARGE]
    for rate in reversed_rates:
        for day in filter(None, (rate.effective_from, rate.effective_to)):
            assert profile.resolve("services.standard", day).percent == rate.percent
    assert reversed_rates


@pytest.mark.parametrize(
    ("country", "step"),
    [("AU", "0.05"), ("CA", "0.05"), ("CA-QC", "0.05"), ("CH", "0.05"), ("SE", "1"), ("DE", None)],
)
def test_the_smallest_coin_is_known_where_small_ones_are_gone(
    country: str, step: str | None
) -> None:
    """Who says `rounding swedish` pays in steps of the country's smallest coin."""
    assert profile_of(country).cash_step == (None if step is None else Decimal(step))


@pytest.mark.parametrize("country", COUNTRIES)
def test_only_the_swiss_and_the_swedish_profile_round_to_coins(country: str) -> None:
    """Elsewhere the schema says `rounding swedish` where it posts sales that are paid in cash."""
    rounds = profile_of(country).rounding is TaxRounding.SWEDISH

    assert rounds == (country in ("CH", "SE"))
