"""docs/tax-profiles.md says what the shipped profiles say."""

from pathlib import Path
from typing import Final

import pytest

from hera_engine.rules.country_profiles import COUNTRIES, country_profile
from tests.documents.tax_profiles_page import HEAD, page

PAGE: Final = Path(__file__).parents[2] / "docs" / "tax-profiles.md"


def test_the_page_is_fresh() -> None:
    """The committed page is the one that the files make."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rate_has_a_row() -> None:
    """The tables have one row for each rate and component of each profile, with its first day."""
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    shown = sorted(cells[3] for cells in rows if len(cells) == 6 and cells[3] != "from")

    profiles = [found for name in COUNTRIES if (found := country_profile(name))]
    days = [rate.effective_from for found in profiles for rate in found.rates]
    days += [each.effective_from for found in profiles for each in found.components]

    assert shown == sorted("" if day is None else day.isoformat() for day in days)


def test_every_profile_says_what_was_looked_up() -> None:
    """No profile stands on the page without what is known about its proof."""
    _, _, table = HEAD.read_text(encoding="utf-8").partition("|---|---|---|\n")

    assert tuple(row.split(" | ")[0].removeprefix("| ") for row in table.splitlines()) == COUNTRIES


@pytest.mark.parametrize(
    "row",
    [
        (
            "| standard | 17.5 | `goods.standard`, `services.standard` | 1994-09-01 | 2008-11-30"
            " | VATA, section 2(1): Finance Act 1991, section 13 |"
        ),
        (
            "| QST | 9.5 on net and GST | `goods.standard`, `services.standard` | 2012-01-01"
            " | 2012-12-31 |  |"
        ),
        (
            "| PST | 7, not deductible | `goods.standard`, `services.with_pst` | 2013-04-01 | "
            " | Provincial Sales Tax Act, S.B.C. 2012, c. 35, section 34 |"
        ),
        (
            "| IGST_REVERSE | 18 by the buyer | `services.imported`,"
            " `services.reverse_charge.interstate` | 2017-07-01 | "
            " | IGST Act, section 5(3): Integrated Tax (Rate) 10/2017 |"
        ),
    ],
)
def test_rates_and_components_stand_there_word_for_word(row: str) -> None:
    """Rows written by hand: code, percent, categories, days and source."""
    assert row in PAGE.read_text(encoding="utf-8").splitlines()
