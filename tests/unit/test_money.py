"""Exact money: the amount parser, minor units, rounding, exact arithmetic, writing."""

import decimal
import pickle
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

import pytest

from hera_engine.errors import HeraError
from hera_engine.money import (
    AmountError,
    RoundingMode,
    currency_exponent,
    exact_add,
    exact_multiply,
    exact_negate,
    exact_subtract,
    format_amount,
    from_minor,
    parse_amount,
    round_fraction,
    round_money,
    round_ratio,
    to_minor,
)

PLAIN: Final = "is not a plain decimal number"


@pytest.fixture
def hostile_context() -> Iterator[None]:
    """An ambient context that rounds up to three digits and traps nothing."""
    with decimal.localcontext() as context:
        context.prec = 3
        context.Emax = 2
        context.Emin = -2
        context.rounding = decimal.ROUND_UP
        context.clear_traps()
        yield


def reason_of(value: object) -> str:
    """Return why the parser refuses a value."""
    with pytest.raises(AmountError) as caught:
        parse_amount(value)
    return caught.value.reason


# --- parse_amount --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("105.00", "105.00"),
        ("-0.5", "-0.5"),
        ("0", "0"),
        ("999999999999999999.999999999999", "999999999999999999.999999999999"),
        (7, "7"),
        (-(10**18) + 1, "-999999999999999999"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1.5E+3"), "1500"),
        (Decimal("1.1000000000000000"), "1.1"),
        (Decimal("1E+17"), "100000000000000000"),
    ],
)
def test_amounts_come_back_with_the_same_digits(value: object, expected: str) -> None:
    """A number in plain digits is returned as it was sent; an exponent is written out."""
    amount = parse_amount(value)

    assert str(amount) == expected


@pytest.mark.parametrize("value", ["-0", "-0.00", Decimal("-0.00"), Decimal("-0E-20")])
def test_zero_has_no_sign(value: object) -> None:
    """A negative zero becomes zero."""
    amount = parse_amount(value)

    assert amount == 0
    assert not amount.is_signed()


def test_an_exponent_that_no_field_takes_is_refused_at_once() -> None:
    """1E+999999999 is finite and small to hold; it is refused before it is ever written out."""
    with pytest.raises(AmountError) as caught:
        parse_amount(Decimal("1E+999999999"))

    assert caught.value.limit == "AMOUNT_INTEGER_DIGITS"
    assert caught.value.allowed == "18"


@pytest.mark.parametrize("text", ["1E+1000000", "1E+999999999"])
def test_an_exponent_in_text_is_refused(text: str) -> None:
    """Eleven characters of text cannot make the engine count to ten to the millionth."""
    reason = reason_of(text)

    assert reason == PLAIN


def test_a_tiny_exponent_is_refused() -> None:
    """1E-999999999 has more decimals than any field takes."""
    reason = reason_of(Decimal("1E-999999999"))

    assert reason == "has more than 12 decimals"


@pytest.mark.parametrize("value", ["9" * 10**6, Decimal("9" * 10**6), 10**1000])
def test_a_million_digits_are_refused(value: object) -> None:
    """Length is looked at before digits are, in text, in Decimals and in integers."""
    with pytest.raises(AmountError) as caught:
        parse_amount(value)

    assert caught.value.limit in {"NUMBER_CHARACTERS", "AMOUNT_INTEGER_DIGITS", "INTEGER_BITS"}


@pytest.mark.parametrize("zero", ["0E+999999999", "0E-30", "-0E+5"])
def test_zeros_with_an_exponent_become_plain_zero(zero: str) -> None:
    """A zero that would be written with a billion digits is plain zero."""
    amount = parse_amount(Decimal(zero))

    assert str(amount) == "0"


def test_a_million_zeros_at_the_end_do_not_count() -> None:
    """1.000… with a million zeros is one."""
    amount = parse_amount(Decimal("1." + "0" * 10**6))

    assert str(amount) == "1"


def test_a_million_significant_decimals_are_refused() -> None:
    """A Decimal with too many decimals is refused however it is made."""
    reason = reason_of(Decimal("1." + "1" * 10**6))

    assert reason == "has more than 12 decimals"


@pytest.mark.parametrize("text", ["NaN", "sNaN", "NaN123", "Infinity", "-Infinity"])
def test_numbers_that_are_not_finite_are_refused(text: str) -> None:
    """NaN and Infinity are no amounts, neither as Decimals nor as text."""
    reason, as_text = reason_of(Decimal(text)), reason_of(text)

    assert reason == "is not a finite number"
    assert as_text == PLAIN


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (True, "is true or false, not a number"),
        (1.1, "is a float"),
        (float("nan"), "is a float"),
        (None, "is missing"),
        ((0, (1, 2), -1), "is not a number"),
        (Fraction(1, 3), "is not a number"),
        (b"1", "is not a number"),
        ([], "is not a number"),
    ],
)
def test_other_types_are_refused(value: object, reason: str) -> None:
    """Only Decimal, int and str are numbers, by exact type."""
    found = reason_of(value)

    assert found == reason


def test_subclasses_of_numbers_are_refused() -> None:
    """A subclass could answer anything about itself."""

    class Sly(Decimal):
        pass

    reasons = {reason_of(Sly("1")), reason_of(RoundingMode.UP)}

    assert reasons == {"is not a number"}


@pytest.mark.parametrize(
    "text",
    [
        "1_000", " 12 ", "12\n", "١٢", "１２.５", "1__0", "_1", "१_२", "𝟗𝟗", "1e2", ".5", "5.",
        "", "-", "+1", "--1", "0x1", "1,5", "12\x00",
    ],
)  # fmt: skip
def test_other_spellings_of_numbers_are_refused(text: str) -> None:
    """Text is ASCII digits with at most one point and one minus sign, nothing around it."""
    reason = reason_of(text)

    assert reason == PLAIN


def test_leading_zeros_are_refused() -> None:
    """007 may be an identifier; it is no amount."""
    reason = reason_of("007")

    assert reason == "has leading zeros"


@pytest.mark.parametrize(
    ("value", "limit", "seen"),
    [
        ("1" * 19, "AMOUNT_INTEGER_DIGITS", "19"),
        ("0." + "1" * 13, "AMOUNT_SCALE", "13"),
        (Decimal("1E-13"), "AMOUNT_SCALE", "13"),
        ("1" * 41, "NUMBER_CHARACTERS", "41"),
        ("1" * 400, "NUMBER_CHARACTERS", "400"),
        (1 << 128, "INTEGER_BITS", "129"),
        (1 << 1280, "INTEGER_BITS", "1281"),
        (10**18, "AMOUNT_INTEGER_DIGITS", "19"),
        (Decimal(10**18), "AMOUNT_INTEGER_DIGITS", "19"),
    ],
)
def test_a_broken_limit_is_named(value: object, limit: str, seen: str) -> None:
    """One above a limit, and ten times above, the fault says which limit and what was seen."""
    with pytest.raises(AmountError) as caught:
        parse_amount(value)

    assert (caught.value.limit, caught.value.seen) == (limit, seen)
    assert caught.value.details["limit"] == limit


@pytest.mark.usefixtures("hostile_context")
def test_the_ambient_context_changes_nothing() -> None:
    """Three digits of precision and no traps around the engine leave every digit in place."""
    amount = parse_amount("123456.78")
    total = exact_add(amount, parse_amount(Decimal("0.01")))
    product = exact_multiply(amount, amount)

    assert format_amount(total) == "123456.79"
    assert format_amount(exact_negate(total)) == "-123456.79"
    assert format_amount(product) == "15241576527.9684"
    assert to_minor(total, 2) == 12345679
    assert format_amount(from_minor(12345679, 2)) == "123456.79"
    assert format_amount(round_money("1234.561", currency="USD")) == "1234.56"
    assert reason_of("abc") == PLAIN


def test_amount_errors_survive_pickling() -> None:
    """A worker process can hand back an amount error whole."""
    error = AmountError("is bad", "send a string", limit="X", allowed=1, seen=2)

    again = pickle.loads(pickle.dumps(error))

    assert vars(again) == vars(error)
    assert again.as_hera_error("the rate").message == "the rate is bad"


# --- minor units ---------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "exponent"), [("JPY", 0), ("USD", 2), ("KWD", 3), ("CLF", 4)])
def test_exponents_are_those_of_iso_4217(code: str, exponent: int) -> None:
    """Each currency has the decimals of its minor unit."""
    assert currency_exponent(code) == exponent


def test_an_unknown_currency_is_refused_with_the_nearest_code() -> None:
    """A typing error is answered with the code that was meant."""
    with pytest.raises(HeraError) as caught:
        currency_exponent("USDD")

    assert caught.value.code == "E_GUARDRAIL"
    assert caught.value.hint == "did you mean `USD`?"


def test_gold_has_no_minor_unit() -> None:
    """XAU is in the standard, but amounts in it have no smallest unit."""
    with pytest.raises(HeraError, match="`XAU` has no minor unit"):
        currency_exponent("XAU")


@pytest.mark.parametrize("code", [None, 7, "usd\n", "US\u202eD", "X" * 10**6])
def test_what_is_no_code_is_refused(code: str) -> None:
    """Any other value is refused, and never echoed with its control characters."""
    with pytest.raises(HeraError) as caught:
        currency_exponent(code)

    assert caught.value.message.isascii() or "…" in caught.value.message
    assert len(caught.value.message) < 100


@pytest.mark.parametrize(
    ("amount", "exponent", "units"),
    [("105.00", 2, 10500), ("1.5", 2, 150), ("-3", 0, -3), ("7.000", 2, 700), ("0", 4, 0)],
)
def test_minor_units_are_exact(amount: str, exponent: int, units: int) -> None:
    """An amount is a whole number of minor units if its other decimals are zeros."""
    assert to_minor(Decimal(amount), exponent) == units


@pytest.mark.parametrize(
    ("amount", "exponent", "reason"),
    [
        ("1.005", 2, "has more than 2 decimals"),
        ("1.05", 1, "has more than 1 decimal"),
        ("1.5", 0, "has decimals"),
        ("1E+900", 2, "has more than 18 digits before the point"),
        ("NaN", 2, "has too many digits or is not finite"),
        ("Infinity", 2, "has too many digits or is not finite"),
        ("1E-99999", 2, "has too many digits or is not finite"),
    ],
)
def test_what_does_not_fit_the_minor_unit_is_refused(
    amount: str, exponent: int, reason: str
) -> None:
    """Nothing is rounded on the way to minor units."""
    with pytest.raises(AmountError) as caught:
        to_minor(Decimal(amount), exponent)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("units", "exponent", "written"), [(5, 2, "0.05"), (-500, 2, "-5.00"), (0, 3, "0.000")]
)
def test_minor_units_come_back_with_all_decimals(units: int, exponent: int, written: str) -> None:
    """Five cents are 0.05 and nothing is 0.000 in a currency of three decimals."""
    assert str(from_minor(units, exponent)) == written


@pytest.mark.parametrize(("units", "exponent"), [(1, -1), (1, 13), (10**77 + 1, 2)])
def test_units_outside_the_bounds_are_refused(units: int, exponent: int) -> None:
    """A scale no amount has, and a number no amount can be, are faults."""
    with pytest.raises(AmountError):
        from_minor(units, exponent)


# --- rounding ------------------------------------------------------------------------------

ROUNDED: Final = {
    #                 2.5  -2.5  3.5  -3.5  2.4  -2.4  2.6  -2.6
    "half_up":      (3, -3, 4, -4, 2, -2, 3, -3),
    "half_down":    (2, -2, 3, -3, 2, -2, 3, -3),
    "half_even":    (2, -2, 4, -4, 2, -2, 3, -3),
    "half_odd":     (3, -3, 3, -3, 2, -2, 3, -3),
    "half_ceiling": (3, -2, 4, -3, 2, -2, 3, -3),
    "half_floor":   (2, -3, 3, -4, 2, -2, 3, -3),
    "up":           (3, -3, 4, -4, 3, -3, 3, -3),
    "down":         (2, -2, 3, -3, 2, -2, 2, -2),
    "ceiling":      (3, -2, 4, -3, 3, -2, 3, -2),
    "floor":        (2, -3, 3, -4, 2, -3, 2, -3),
}  # fmt: skip


@pytest.mark.parametrize("mode", list(RoundingMode))
def test_each_mode_rounds_as_its_name_says(mode: RoundingMode) -> None:
    """Ties, and values on both sides of a tie, go where the mode sends them."""
    tenths = (25, -25, 35, -35, 24, -24, 26, -26)

    rounded = tuple(round_ratio(value, 10, mode) for value in tenths)

    assert rounded == ROUNDED[mode.value]


def test_rounding_takes_names_with_hyphens() -> None:
    """half-even and half_even are the same mode."""
    pair = round_ratio(5, 2, "half-even"), round_ratio(5, 2, "half_even")

    assert pair == (2, 2)


def test_an_unknown_mode_is_refused_with_the_nearest_name() -> None:
    """A typing error in a mode is answered with the mode that was meant."""
    with pytest.raises(HeraError) as caught:
        round_ratio(5, 2, "half-evn")

    assert caught.value.hint == "did you mean `half_even`?"


def test_signs_of_a_ratio_may_stand_on_either_part() -> None:
    """-5/2 and 5/-2 are the same number."""
    pair = round_ratio(-5, 2), round_ratio(5, -2)

    assert pair == (-3, -3)


def test_a_ratio_to_zero_is_refused() -> None:
    """Dividing by zero is bad input, not a crash."""
    with pytest.raises(HeraError):
        round_ratio(1, 0)


def test_fractions_round_half_up_by_default() -> None:
    """Five halves are three."""
    assert round_fraction(Fraction(5, 2)) == 3


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        ("10.12", "0.05", "10.10"),
        ("10.13", "0.05", "10.15"),
        ("10.12", "0.25", "10.00"),
        ("99.50", "1.00", "100.00"),
        ("7", "5", "5"),
        (Fraction(100, 3), "0.01", "33.33"),
        ("-0.02", "0.05", "0.00"),
        (Decimal("1.024"), "0.05", "1.00"),
    ],
)
def test_money_rounds_to_any_step(
    value: Decimal | int | str | Fraction, step: str, expected: str
) -> None:
    """The result is a multiple of the step with the step's decimals, and zero has no sign."""
    assert str(round_money(value, step=step)) == expected


def test_money_rounds_to_the_minor_unit_of_a_currency() -> None:
    """JPY has no decimals and KWD has three."""
    pair = round_money("2.5", currency="JPY"), round_money("1.0005", currency="KWD")

    assert tuple(map(str, pair)) == ("3", "1.001")


@pytest.mark.parametrize(
    ("value", "options"),
    [
        ("1", {}),
        ("1", {"currency": "USD", "step": "0.05"}),
        ("1", {"currency": "XXX"}),
        ("1", {"step": "0"}),
        ("1", {"step": "-1"}),
        ("1", {"step": 0.05}),
        (1.5, {"currency": "USD"}),
        ("abc", {"currency": "USD"}),
        ("999999999999999999.999", {"currency": "USD"}),
        (Fraction(1, 3**1000), {"currency": "USD"}),
        (Fraction(10**30), {"currency": "USD"}),
    ],
)
def test_bad_rounding_requests_are_guardrail_errors(value: str, options: dict[str, str]) -> None:
    """Only HeraError leaves the public rounding, whatever it is given."""
    with pytest.raises(HeraError) as caught:
        round_money(value, currency=options.get("currency"), step=options.get("step"))

    assert caught.value.code == "E_GUARDRAIL"


# --- exact arithmetic and writing ----------------------------------------------------------


def test_arithmetic_is_exact_at_the_limits() -> None:
    """The largest amount times itself keeps all sixty digits."""
    largest = Decimal("999999999999999999.999999999999")

    product = exact_multiply(largest, largest)

    assert product == Fraction(largest) ** 2
    assert exact_subtract(largest, largest) == 0


@pytest.mark.parametrize("value", [Decimal("1E+999999999"), Decimal("1E-900")])
def test_arithmetic_that_would_lose_a_digit_is_refused(value: Decimal) -> None:
    """A sum that does not fit raises instead of rounding."""
    with pytest.raises(AmountError):
        exact_add(value, Decimal(1))


def test_negating_zero_gives_plain_zero() -> None:
    """There is no negative zero, also not from negating or multiplying."""
    results = exact_negate(Decimal("0.00")), exact_multiply(Decimal("-1"), Decimal("0.0"))

    assert [str(result) for result in results] == ["0.00", "0.0"]


@pytest.mark.parametrize(
    ("value", "exponent", "written"),
    [
        ("1E+3", None, "1000"),
        ("1E+3", 2, "1000.00"),
        ("1E-7", None, "0.0000001"),
        ("-1E-7", 2, "-0.0000001"),
        ("1.5", 2, "1.50"),
        ("1.555", 2, "1.555"),
        ("-0.00", None, "0.00"),
        ("0E+5", 2, "0.00"),
        ("12", 0, "12"),
    ],
)
def test_amounts_are_written_in_plain_digits(
    value: str, exponent: int | None, written: str
) -> None:
    """No exponent is ever written, no digit is lost, and zero has no sign."""
    assert format_amount(Decimal(value), exponent) == written


@pytest.mark.parametrize("value", ["1E+999999999", "1E-999999999", "NaN", "Infinity"])
def test_numbers_that_cannot_be_written_are_refused(value: str) -> None:
    """A number of a billion digits is never spelled out."""
    with pytest.raises(AmountError):
        format_amount(Decimal(value))
