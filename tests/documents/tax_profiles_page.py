"""Makes docs/tax-profiles.md from its head and the country profiles that ship with the package.

python -m tests.documents.tax_profiles_page > docs/tax-profiles.md
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from hera_engine.money import format_amount
from hera_engine.rules.country_profiles import COUNTRIES, country_profile
from hera_engine.tax import TaxProfile
from hera_engine.tax.category import Reason
from hera_engine.tax.component import Component
from hera_engine.tax.profile import TaxRounding
from hera_engine.tax.rates import TaxRate

FOLDER: Final = Path(__file__).parents[2] / "src" / "hera_engine" / "tax" / "profiles"
HEAD: Final = Path(__file__).with_name("tax_profiles_head.txt")
"""What is written by hand: how to use the profiles, and what was looked up."""


def page() -> str:
    """Return the text of the page."""
    tables = (line for name in COUNTRIES for line in _profile(name))
    return "\n".join((HEAD.read_text(encoding="utf-8"), *tables)).rstrip() + "\n"


def _profile(name: str) -> Iterator[str]:
    """Yield the section of one profile; a source stands at the first of the rows it is for."""
    profile = country_profile(name)
    assert profile is not None, name
    text = (FOLDER / f"{name}.hera").read_text(encoding="utf-8")
    head, _, _ = text.partition("tax profile ")
    title, *notes = (line.removeprefix("# ") for line in head.splitlines())
    yield f"## {name}: {title.rstrip('.')}\n"
    if notes:
        yield f"{' '.join(notes)}\n"
    yield f"Source: {profile.source}.\n"
    yield f"{_settings(profile)}\n"
    yield "| rate or component | percent | categories | from | to | source |"
    yield "|---|---|---|---|---|---|"
    before = None
    taxes: tuple[TaxRate | Component, ...] = (*profile.rates, *profile.components)
    for one in taxes:
        if isinstance(one, TaxRate):
            percent, served = _percent(one), one.served
        else:
            percent, served = _due(one), _bearing(profile, one)
        categories = ", ".join(f"`{category}`" for category in served)
        days = f"{_day(one.effective_from)} | {_day(one.effective_to)}"
        said = "" if one.source == before else one.source
        yield f"| {one.code} | {percent} | {categories} | {days} | {said} |"
        before = one.source
    yield ""


def _settings(profile: TaxProfile) -> str:
    system = profile.tax_system or ""
    prices = "include" if profile.inclusive_prices else "exclude"
    rounding = f"`{profile.rounding.value}`"
    if profile.rule is not None:
        rounding = f"by the rule `{profile.rule.name}`, {profile.rule.mode.value}"
    step = ""
    if profile.cash_step is not None:
        coins = "" if profile.rounding is TaxRounding.SWEDISH else ", and `swedish`"
        step = f"{coins} in steps of {format_amount(profile.cash_step)}"
    return (
        f"{system[:1].upper()}{system[1:]}; prices {prices} tax; rounding {rounding}{step};"
        f" an item without a category is `{profile.default_category}`."
    )


def _percent(rate: TaxRate) -> str:
    percent = "" if rate.percent is None else format_amount(rate.percent)
    match rate.reason:
        case Reason.EXEMPT:
            return "exempt"
        case Reason.OUT_OF_SCOPE:
            return "out of scope"
        case Reason.REVERSE_CHARGE:
            return f"{percent} by the buyer"
        case _:
            return percent


def _due(component: Component) -> str:
    """Return the percentage of a component, with what sets it apart."""
    base = f" on net and {' and '.join(component.on)}" if component.on else ""
    payer = " by the buyer" if component.reverse_charge else ""
    lost = "" if component.recoverable else ", not deductible"
    return f"{format_amount(component.rate)}{base}{payer}{lost}"


def _bearing(profile: TaxProfile, component: Component) -> tuple[str, ...]:
    """Return the categories that bear a component."""
    return tuple(name for name, codes in profile.component_lists if component.code in codes)


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


if __name__ == "__main__":
    sys.stdout.write(page())
