"""Makes docs/tax-profiles.md from the country profiles that ship with the package.

python -m tests.documents.tax_profiles_page > docs/tax-profiles.md
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from hera_engine.money import format_amount
from hera_engine.rules.country_profiles import COUNTRIES, country_profile
from hera_engine.tax import TaxProfile
from hera_engine.tax.category import Reason
from hera_engine.tax.rates import TaxRate

FOLDER: Final = Path(__file__).parents[2] / "src" / "hera_engine" / "tax" / "profiles"
RATES: Final = ("rate ", "exempt", "reverse charge ")
"""What a statement of a rate begins with."""

INTRODUCTION: Final = """\
# Country profiles

Seven tax profiles ship with the package. A schema uses one by the code of its country, `use tax
"GB"` in the text form and `"tax": {"profile_ref": "GB"}` in the JSON form, and needs to declare
nothing.

**They are a start, not advice.** Some of their figures have been compared with a publication, many
with nothing, and no tax adviser has reviewed them: [what was looked up](#what-was-looked-up) says
which. Before you post with a profile, let someone who answers for it read its table here against
the law.

The tables of this page are made from the files in `src/hera_engine/tax/profiles`:
`python -m tests.documents.tax_profiles_page > docs/tax-profiles.md`. In them a source stands at the
first of the rates it is for, and a day without another behind it is open.

```pycon
>>> from hera_engine import PostingEngine
>>> shop = \"\"\"
... ledgers GL
... account cash       1000 asset
... account revenue    4100 revenue
... account tax_output 2200 liability
... use tax "GB"
... payments immediate
... validations { max_line_count 100 }
... on HERA.SHOP.SALE.V1 {
...   given total_amount = sum(gross(items))
...   debit cash total_amount
...   for item in items { credit revenue net(item)  credit tax_output tax(item) }
... }
... \"\"\"
>>> sale = {
...     "organization_id": "org-1",
...     "event_smart_code": "HERA.SHOP.SALE.V1",
...     "currency": "GBP",
...     "business_context": {"items": [{"amount": "100.00"}]},
... }
>>> def tax(engine, day, total):
...     entry = engine.simulate({**sale, "transaction_date": day, "total_amount": total})
...     return [str(line.amount) for line in entry.lines if line.account.key == "tax_output"]
>>> tax(PostingEngine(shop), "2011-01-03", "117.50")
['17.50']
>>> tax(PostingEngine(shop), "2011-01-04", "120.00")
['20.00']

```

## How to override one

- A word of the schema: `use tax "AE" prices exclusive`, `use tax "SE" rounding line`. SE and CH
  round cash (`swedish`), which is not available in this version: without such a word a schema that
  uses them is refused with HE307.
- A profile of the same name, handed to the engine, goes before the one that ships:

```pycon
>>> mine = {
...     "id": "GB",
...     "inclusive_prices": False,
...     "default_category": "goods.standard",
...     "rates": [
...         {"code": "standard", "percent": "20", "categories": ["goods.standard"]},
...         {"code": "zero", "percent": "0", "categories": ["goods.books"]},
...     ],
... }
>>> tax(PostingEngine(shop, tax_profiles=[mine]), "2011-01-03", "120.00")
['20.00']

```

- A profile of the same name that the schema declares, `tax profile GB { … }`, goes before both.
  Copy the file and change what you need: a profile is replaced as a whole, never merged.

The rates are part of the fingerprint of an engine. If a release changes a shipped profile, the
engines that use it have another fingerprint; those that bring their own profile do not. Who must
not depend on a release brings their own.

## What is not covered

- Other countries. India, Canada, Japan and the sales taxes of the United States have several taxes
  side by side or rules of their own; [tax.md](tax.md) shows how to write the first kind.
- Regions with rates of their own: Corsica and the overseas departments of France, Büsingen and
  Heligoland, Northern Ireland's trade in goods with the European Union, designated zones in the
  Emirates.
- Days before the first of a rate, and categories that a table does not name: an event with one is
  refused (E_RATE_RESOLUTION), it is not taken at the standard rate.
- The borders of a category. What is food, a book or a meal is for whoever gives the item its
  category; the tables have the usual rate of the group, and not its exceptions.
- Margin schemes, flat rates for small businesses and farmers, thresholds, registration, partial
  deduction, and whether a supply is taxed in the country at all.
- Reverse charges at another than the standard rate, and those between domestic businesses.
"""

PROOF: Final = """\
## What was looked up

What the middle column does not name was written down from general knowledge and compared with
nothing: most article numbers are among it, and most categories that are exempt or zero-rated. A
comparison with the trade press is one with articles about the law, not with the law.
"""

LOOKED_UP: Final = MappingProxyType(
    {
        "AE": (
            "that article 3 has the rate; the first day (uaelegislation.gov.ae)",
            "the figure of 5 %, the other articles and the categories under them",
        ),
        "AU": (
            "the rate and its first day (ato.gov.au); the titles of division 38",
            "single prices, input taxed supplies, the reverse charge; the borders of division 38",
        ),
        "CH": (
            "the standard, reduced and accommodation rates with their dates",
            "the article numbers; the exemptions and the reverse charge",
        ),
        "DE": (
            "16 % and 5 % in 2020 (a legal commentary); restaurant meals from 2026",
            "the other rates and dates; the section numbers; accommodation and solar panels",
        ),
        "FR": (
            "a part of the rates; 7 % from 2012 on and what stayed at 5.5 % (trade press)",
            "the other rates and dates; the article numbers; which groups there are",
        ),
        "GB": (
            "the standard rate with its dates; hospitality from 2020 to 2022 (trade press)",
            "domestic fuel; the groups of the schedules; the numbers of acts, orders and sections",
        ),
        "SE": (
            "food in 2026 and 2027; today's groups at 25 %, 12 % and 6 % (verksamt.se)",
            "the first days of the older rates; the chapter and section numbers",
        ),
    }
)
"""For each profile what was compared with a publication, and what still wants proof-reading."""


def page() -> str:
    """Return the text of the page."""
    tables = (line for country in COUNTRIES for line in _country(country))
    return "\n".join((INTRODUCTION, *_looked_up(), *tables)).rstrip() + "\n"


def _looked_up() -> Iterator[str]:
    yield PROOF
    yield "| profile | compared with a publication | still wants proof-reading |"
    yield "|---|---|---|"
    for country in COUNTRIES:
        compared, open_points = LOOKED_UP[country]
        yield f"| {country} | {compared} | {open_points} |"
    yield ""


def _country(country: str) -> Iterator[str]:
    """Yield the section of one country; a source stands at the first of its rates."""
    profile = country_profile(country)
    assert profile is not None, country
    text = (FOLDER / f"{country}.hera").read_text(encoding="utf-8")
    head, _, body = text.partition("tax profile ")
    title, source = _comment(head.splitlines()).split(" Source: ")
    yield f"## {country}: {title.rstrip('.')}\n"
    yield f"Source: {source}\n"
    yield f"{_settings(profile)}\n"
    yield "| rate | percent | categories | from | to | source |"
    yield "|---|---|---|---|---|---|"
    for rate, said in zip(profile.rates, _sources(body), strict=True):
        categories = ", ".join(f"`{name}`" for name in rate.categories)
        days = f"{_day(rate.effective_from)} | {_day(rate.effective_to)}"
        yield f"| {rate.code} | {_percent(rate)} | {categories} | {days} | {said} |"
    yield ""


def _settings(profile: TaxProfile) -> str:
    prices = "include" if profile.inclusive_prices else "exclude"
    step = "" if profile.cash_step is None else f" in steps of {format_amount(profile.cash_step)}"
    return (
        f"{profile.tax_system}; prices {prices} tax; rounding `{profile.rounding.value}`{step};"
        f" an item without a category is `{profile.default_category}`."
    )


def _percent(rate: TaxRate) -> str:
    percent = "" if rate.percent is None else format_amount(rate.percent)
    match rate.reason:
        case Reason.EXEMPT:
            return "exempt"
        case Reason.REVERSE_CHARGE:
            return f"{percent} by the buyer"
        case _:
            return percent


def _sources(body: str) -> Iterator[str]:
    """Yield for each statement of a rate the comment right above it, or nothing."""
    comment: list[str] = []
    for line in map(str.strip, body.splitlines()):
        if line.startswith("#"):
            comment.append(line)
        elif line.startswith(RATES):
            yield _comment(comment)
            comment = []


def _comment(lines: list[str]) -> str:
    return " ".join(line.removeprefix("#").strip() for line in lines)


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


if __name__ == "__main__":
    sys.stdout.write(page())
