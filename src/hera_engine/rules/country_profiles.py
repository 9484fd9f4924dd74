"""The country profiles that ship with the package, each a small document in the text form.

Enters: the name that a schema gives to the profile it uses. Leaves: the profile of that
country, province or city, or nothing. docs/tax-profiles.md lists their rates.
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Final

from hera_engine.errors import did_you_mean
from hera_engine.rules.load import PostingSchema
from hera_engine.tax.profile import TaxProfile

COUNTRIES: Final = (
    "AE", "AU", "CA", "CA-BC", "CA-MB", "CA-NB", "CA-NL", "CA-NS", "CA-ON", "CA-PE", "CA-QC",
    "CA-SK", "CH", "DE", "FR", "GB", "IN", "JP", "SE", "US", "US-CA-PASADENA", "US-NY-NEW_YORK",
)  # fmt: skip
"""The names of the profiles: ISO 3166-1 codes of countries, ISO 3166-2 codes of provinces, and
those of states with a city behind; in capitals, sorted."""


def country_profile(name: str) -> TaxProfile | None:
    """Return the profile of a country or place, read anew; None if none ships under that name.

    Source: src/hera_engine/tax/profiles, where each rate stands with its law.
    """
    if name not in COUNTRIES:
        return None
    # Most schemas bring their own profile, and Lark costs as much to import as all the rest.
    from hera_engine.dsl.parse import parse_schema  # noqa: PLC0415

    shipped = files("hera_engine.tax").joinpath("profiles", f"{name}.hera")
    found, faults = parse_schema(shipped.read_text(encoding="utf-8"), file=shipped.name)
    assert found is not None, f"the profile of {name} does not parse: {faults}"
    return PostingSchema(found).own_profiles[name]


def nearest_profile(name: str, known: Iterable[str] = ()) -> str | None:
    """Return the hint which profile an unknown name may mean: a known one, or a country's."""
    near = did_you_mean(name, (*known, *COUNTRIES))
    return near or did_you_mean(name.upper(), COUNTRIES)
