"""docs/tax-profiles.md says what the shipped profiles say."""

from pathlib import Path
from typing import Final

from hera_engine.rules.country_profiles import COUNTRIES, country_profile
from tests.documents.tax_profiles_page import LOOKED_UP, page

PAGE: Final = Path(__file__).parents[2] / "docs" / "tax-profiles.md"


def test_the_page_is_fresh() -> None:
    """The committed page is the one that the files make."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rate_has_a_row() -> None:
    """The tables have one row for each rate of each profile, with its first day."""
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    shown = sorted(cells[3] for cells in rows if len(cells) == 6 and cells[3][:1].isdigit())

    profiles = [country_profile(country) for country in COUNTRIES]
    dates = [rate.effective_from for found in profiles if found for rate in found.rates]

    assert shown == sorted(day.isoformat() for day in dates if day is not None)
    assert len(shown) == len(dates)


def test_every_profile_says_what_was_looked_up() -> None:
    """No profile stands on the page without what is known about its proof."""
    assert tuple(LOOKED_UP) == COUNTRIES


def test_the_first_rates_of_a_country_stand_there_word_for_word() -> None:
    """A row written by hand: rate, percent, categories, days and source."""
    row = (
        "| standard | 17.5 | `goods.standard`, `services.standard` | 1994-09-01 | 2008-11-30"
        " | VATA section 2(1): 17.5 % since 1991-04-01 (Finance Act 1991, section 13). |"
    )

    assert row in PAGE.read_text(encoding="utf-8").splitlines()
