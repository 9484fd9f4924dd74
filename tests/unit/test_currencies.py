"""The table of currencies against a second source."""

from decimal import Decimal

import pytest
from iso4217 import Currency as Published

from hera_engine.currencies import CASH_STEPS, CURRENCIES


def test_current_codes_are_those_published() -> None:
    """Each current code, its number and its minor unit agree with the published list."""
    published = {each.code: (f"{each.number:03d}", each.exponent) for each in Published}

    ours = {
        code: (currency.numeric, currency.exponent)
        for code, currency in CURRENCIES.items()
        if currency.status == "current"
    }

    assert ours == published


def test_withdrawn_codes_are_in_no_current_list() -> None:
    """A historical code is one that the published list no longer has."""
    withdrawn = {code for code, each in CURRENCIES.items() if each.status == "historical"}

    assert withdrawn.isdisjoint(each.code for each in Published)
    assert len(withdrawn) == 54


def test_entries_are_well_formed() -> None:
    """Codes are three capital letters, numbers three digits, exponents 0 to 4 or none."""
    for code, currency in CURRENCIES.items():
        assert code == currency.code
        assert (len(code), code.isascii(), code.isupper()) == (3, True, True)
        assert (len(currency.numeric), currency.numeric.isdecimal()) == (3, True)
        assert currency.exponent in {0, 2, 3, 4, None}


@pytest.mark.parametrize(
    ("code", "numeric", "exponent"),
    [
        ("JPY", "392", 0), ("USD", "840", 2), ("KWD", "414", 3), ("CLF", "990", 4),
        ("IQD", "368", 3), ("MGA", "969", 2), ("ALL", "008", 2), ("XCG", "532", 2),
        ("DEM", "276", 2), ("ITL", "380", 0), ("ANG", "532", 2), ("BGN", "975", 2),
        ("XAU", "959", None), ("XDR", "960", None), ("XTS", "963", None), ("XXX", "999", None),
    ],
)  # fmt: skip
def test_well_known_currencies(code: str, numeric: str, exponent: int | None) -> None:
    """Minor units follow ISO, also where locale data name others."""
    currency = CURRENCIES[code]

    assert (currency.numeric, currency.exponent) == (numeric, exponent)


def test_two_currencies_have_a_default_cash_step() -> None:
    """Sweden rounds cash to the krona, Switzerland to five rappen."""
    assert dict(CASH_STEPS) == {"SEK": Decimal(1), "CHF": Decimal("0.05")}
