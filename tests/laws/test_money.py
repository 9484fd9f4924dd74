"""Laws of amounts and rounding, against exact fractions."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from hypothesis import example, given
from hypothesis import strategies as st

from hera_engine.errors import HeraError
from hera_engine.money import (
    AmountError,
    RoundingMode,
    exact_add,
    exact_multiply,
    exact_negate,
    exact_subtract,
    format_amount,
    from_minor,
    parse_amount,
    round_fraction,
    round_money,
    to_minor,
)

amounts = st.builds(from_minor, st.integers(-(10**18) + 1, 10**18 - 1), st.integers(0, 12))
fractions = st.fractions() | st.builds(
    Fraction, st.integers(-50, 50), st.sampled_from((1, 2, 3, 4, 10))
)


def nearest(value: Fraction, mode: RoundingMode) -> int:
    """Return what a mode makes of a value, read off its definition."""
    below, above = floor(value), ceil(value)
    inner, outer = (below, above) if value >= 0 else (above, below)
    even, odd = (below, above) if below % 2 == 0 else (above, below)
    goal = {
        RoundingMode.UP: outer, RoundingMode.DOWN: inner,
        RoundingMode.CEILING: above, RoundingMode.FLOOR: below,
        RoundingMode.HALF_UP: outer, RoundingMode.HALF_DOWN: inner,
        RoundingMode.HALF_CEILING: above, RoundingMode.HALF_FLOOR: below,
        RoundingMode.HALF_EVEN: even, RoundingMode.HALF_ODD: odd,
    }[mode]  # fmt: skip
    if below == above or not mode.startswith("half_") or value - below == above - value:
        return goal if below != above else below
    return below if value - below < above - value else above


@given(value=fractions, mode=st.sampled_from(RoundingMode))
@example(value=Fraction(-5, 2), mode=RoundingMode.HALF_UP)
@example(value=Fraction(-1, 2), mode=RoundingMode.HALF_CEILING)
def test_rounding_agrees_with_exact_fractions(value: Fraction, mode: RoundingMode) -> None:
    """In every mode, for either sign, at ties and off them."""
    rounded = round_fraction(value, mode)

    assert rounded == nearest(value, mode)


@given(value=amounts, step=st.integers(1, 10_000), mode=st.sampled_from(RoundingMode))
def test_rounded_money_is_the_nearest_multiple_of_its_step(
    value: Decimal, step: int, mode: RoundingMode
) -> None:
    """The quotient by the step is the rounded quotient; the decimals are the step's."""
    size = from_minor(step, 4)

    try:
        rounded = round_money(value, step=size, mode=mode)
    except HeraError:
        # Only next to the bound may rounding leave the range of amounts.
        assert abs(Fraction(value)) + Fraction(size) >= 10**18
        return

    assert Fraction(rounded) / Fraction(size) == nearest(Fraction(value) / Fraction(size), mode)
    assert rounded.as_tuple().exponent == -4


@given(amount=amounts)
def test_amounts_survive_writing_and_reading(amount: Decimal) -> None:
    """What is written is read back as the same digits."""
    text = format_amount(amount)

    assert "E" not in text
    assert parse_amount(text) == parse_amount(amount) == amount
    assert format_amount(parse_amount(text)) == text


@given(units=st.integers(-(10**29), 10**29), exponent=st.integers(0, 12))
def test_minor_units_survive_the_way_out_and_back(units: int, exponent: int) -> None:
    """Units made an amount and back are the same units."""
    amount = from_minor(units, exponent)

    assert to_minor(amount, exponent) == units
    assert Fraction(amount) == Fraction(units, 10**exponent)


@given(left=amounts, right=amounts)
def test_arithmetic_agrees_with_exact_fractions(left: Decimal, right: Decimal) -> None:
    """Sums, differences, products and negatives lose no digit."""
    one, other = Fraction(left), Fraction(right)

    assert Fraction(exact_add(left, right)) == one + other
    assert Fraction(exact_subtract(left, right)) == one - other
    assert Fraction(exact_multiply(left, right)) == one * other
    assert Fraction(exact_negate(left)) == -one


@given(value=st.decimals() | st.text() | st.integers() | st.floats() | st.booleans() | st.none())
@example(value=Decimal("1E+999999999"))
@example(value=Decimal("sNaN"))
def test_the_parser_gives_an_amount_or_says_why_not(value: object) -> None:
    """Whatever is sent, the answer is an amount within bounds or an amount error."""
    try:
        amount = parse_amount(value)
    except AmountError:
        return

    assert abs(Fraction(amount)) < 10**18
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    assert -12 <= exponent <= 0
    assert isinstance(value, Decimal | int | str)
    assert amount == Decimal(value)
