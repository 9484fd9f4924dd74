"""Exact money: the one parser of amounts, the only decimal contexts, and rounding.

Amounts are Decimals outside and integers of the minor unit inside. Nothing here reads or writes
the ambient decimal context, so the caller's settings change no result. The private contexts
trap every loss of a digit: an operation is exact or it raises.
"""

import re
from collections.abc import Callable, Mapping
from decimal import (
    Clamped,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    Rounded,
)  # fmt: skip
from enum import StrEnum
from fractions import Fraction
from typing import Final, Self

from hera_engine import limits
from hera_engine.currencies import CURRENCIES
from hera_engine.errors import HeraError, did_you_mean

_TRAPS: Final = (
    Inexact, Rounded, InvalidOperation, Overflow, DivisionByZero, FloatOperation, Clamped,
)  # fmt: skip
_EXACT: Final = Context(prec=38, Emax=99, Emin=-99, traps=list(_TRAPS))
"""Holds one amount, and the sum of ten thousand: 18 + 12 digits and 5 more for the count."""
_TRIM: Final = Context(prec=38, Emax=99, Emin=-99, traps=[Inexact, InvalidOperation, Overflow])
"""Takes zeros off the end, however many, and nothing else."""
_WIDE: Final = Context(prec=76, Emax=999, Emin=-999, traps=list(_TRAPS))
"""Holds the product of two amounts and sums of such products."""

_GRAMMAR: Final = re.compile(
    rf"-?(0|[1-9][0-9]{{0,{limits.AMOUNT_INTEGER_DIGITS - 1}}})"
    rf"(\.[0-9]{{1,{limits.AMOUNT_SCALE}}})?"
)
_PLAIN_NUMBER: Final = re.compile(r"-?(?P<whole>[0-9]+)(?:\.(?P<decimals>[0-9]+))?")
_BOUND: Final = 10**limits.AMOUNT_INTEGER_DIGITS
ZERO: Final = Decimal(0)
"""Nothing, in any currency."""
_SCALES: Final = tuple(Decimal((0, (1,), -places)) for places in range(limits.AMOUNT_SCALE + 1))
_SEND_A_STRING: Final = "send a string"


class AmountError(ValueError):
    """A value that is no amount, or one that breaks a published limit.

    Attributes:
        reason: What is wrong, as a predicate: ``is a float``.
        hint: What to send instead, or None.
        limit: Name of the broken limit in `hera_engine.limits`, or None.
        allowed, seen: What it allows, and what was seen, or None.
    """

    def __init__(
        self, reason: str, hint: str | None = None, *, limit: str | None = None,
        allowed: object = None, seen: object = None,
    ) -> None:  # fmt: skip
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.limit = limit
        self.allowed = None if allowed is None else str(allowed)
        self.seen = None if seen is None else str(seen)

    @property
    def details(self) -> Mapping[str, str]:
        """The broken limit as evidence for a report; empty if there is none."""
        evidence = {"limit": self.limit, "allowed": self.allowed, "seen": self.seen}
        return {name: value for name, value in evidence.items() if value is not None}

    def as_hera_error(self, subject: str) -> HeraError:
        """Return the same fault as a public error about ``subject``."""
        return HeraError(
            "E_GUARDRAIL", f"{subject} {self.reason}", details=self.details, hint=self.hint
        )


class RoundingMode(StrEnum):
    """What becomes of digits that do not fit: ``half`` modes say where a tie goes.

    The others say where every value goes; up and down mean away from zero and toward it.
    """

    HALF_UP = "half_up"
    HALF_DOWN = "half_down"
    HALF_EVEN = "half_even"
    HALF_ODD = "half_odd"
    HALF_CEILING = "half_ceiling"
    HALF_FLOOR = "half_floor"
    UP = "up"
    DOWN = "down"
    CEILING = "ceiling"
    FLOOR = "floor"

    @classmethod
    def of(cls, mode: object) -> Self:
        """Return the mode of a name with underscores or hyphens; E_GUARDRAIL if there is none."""
        name = mode.replace("-", "_") if isinstance(mode, str) else ""
        try:
            return cls(name)
        except ValueError:
            hint = did_you_mean(name[:20], cls) or f"use one of {', '.join(cls)}"
            raise HeraError("E_GUARDRAIL", "the rounding mode is not known", hint=hint) from None


_HALF_UP: Final = RoundingMode.HALF_UP

# --- reading -------------------------------------------------------------------------------


def parse_amount(value: object) -> Decimal:
    """Return an amount, price, quantity, weight or rate as an exact Decimal.

    The only way numbers enter the engine. Takes a Decimal, an int or a string, by exact type;
    a string is plain ASCII digits with at most one point.

    Args:
        value: What a caller sent.

    Returns:
        The same number, below 10**18 in absolute value, with an exponent between -12 and 0;
        trailing zeros within that are kept, and zero has no sign.

    Raises:
        AmountError: If the value is anything else. Never slow, whatever the value is.
    """
    kind = type(value)
    if kind is str:
        return _parse_text(value)  # type: ignore[arg-type]  # the exact type is checked above
    if kind is Decimal:
        return _parse_decimal(value)  # type: ignore[arg-type]  # as above
    if kind is int:
        return _parse_integer(value)  # type: ignore[arg-type]  # as above
    if isinstance(value, float):
        raise AmountError("is a float", _SEND_A_STRING)
    if isinstance(value, bool):
        raise AmountError("is true or false, not a number", _SEND_A_STRING)
    if value is None:
        raise AmountError("is missing", _SEND_A_STRING)
    raise AmountError("is not a number", _SEND_A_STRING)


def _parse_text(text: str) -> Decimal:
    if len(text) > limits.NUMBER_CHARACTERS:
        raise _too_much("NUMBER_CHARACTERS", limits.NUMBER_CHARACTERS, "characters", len(text))
    if _GRAMMAR.fullmatch(text) is None:
        raise _malformed(text)
    number = Decimal(text)
    return number if number else number.copy_abs()


def _malformed(text: str) -> AmountError:
    """Return why a short text is no amount."""
    plain = _PLAIN_NUMBER.fullmatch(text)
    if plain is None:
        return AmountError("is not a plain decimal number", "write it as 1234.56")
    if len(plain["whole"]) > 1 and plain["whole"].startswith("0"):
        return AmountError("has leading zeros", "write it as 1234.56")
    if len(plain["whole"]) > limits.AMOUNT_INTEGER_DIGITS:
        return _too_large(len(plain["whole"]))
    return _too_fine(len(plain["decimals"] or ""))


def _too_large(seen: object) -> AmountError:
    """Return the fault of an amount of 10**18 or more, seen with so many digits."""
    allowed = limits.AMOUNT_INTEGER_DIGITS
    return _too_much("AMOUNT_INTEGER_DIGITS", allowed, "digits before the point", seen)


def _too_fine(seen: object) -> AmountError:
    """Return the fault of an amount with more decimals than any field takes."""
    return _too_much("AMOUNT_SCALE", limits.AMOUNT_SCALE, "decimals", seen)


def _too_much(limit: str, allowed: int, what: str, seen: object) -> AmountError:
    """Return the fault of a value that breaks a limit."""
    reason = f"has more than {allowed} {what}"
    return AmountError(reason, limit=limit, allowed=allowed, seen=seen)


def _parse_integer(number: int) -> Decimal:
    bits = number.bit_length()
    if bits > limits.INTEGER_BITS:
        raise _too_much("INTEGER_BITS", limits.INTEGER_BITS, "bits", bits)
    if not -_BOUND < number < _BOUND:
        raise _too_large(len(str(abs(number))))
    return Decimal(number)


def _parse_decimal(number: Decimal) -> Decimal:
    # INVARIANT: nothing below may expand the exponent before `adjusted` has been looked at.
    if not number.is_finite():
        raise AmountError("is not a finite number", _SEND_A_STRING)
    if not number:
        # A zero may carry any exponent; only one that amounts have is kept.
        return number.copy_abs() if -limits.AMOUNT_SCALE <= _exponent(number) <= 0 else ZERO
    magnitude = number.adjusted()
    if magnitude >= limits.AMOUNT_INTEGER_DIGITS:
        raise _too_large(magnitude + 1)
    if magnitude < -limits.AMOUNT_SCALE:
        raise _too_fine(-magnitude)
    try:
        if -limits.AMOUNT_SCALE <= _exponent(_EXACT.plus(number)) <= 0:
            return number
    except DecimalException:
        pass  # more digits than an amount has, but those at the end may be zeros
    try:
        shortest = _TRIM.normalize(number)
    except DecimalException:
        raise _too_fine(f"more than {_TRIM.prec} digits in all") from None
    decimals = -_exponent(shortest)
    if decimals > limits.AMOUNT_SCALE:
        raise _too_fine(decimals)
    return _EXACT.quantize(shortest, _SCALES[max(decimals, 0)])


def _exponent(number: Decimal) -> int:
    """Return the exponent of a finite number; takes time in proportion to its digits."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "only infinities and NaNs have another exponent"
    return exponent


# --- currencies and minor units ------------------------------------------------------------


def currency_exponent(code: str) -> int:
    """Return how many decimals a currency's minor unit has: JPY 0, USD 2, KWD 3, CLF 4.

    Source: ISO 4217, current and historical codes; see `hera_engine.currencies`.

    Raises:
        HeraError: E_GUARDRAIL for a code that is not in the standard, or that has no minor
            unit, such as gold.
    """
    currency = CURRENCIES.get(code) if type(code) is str else None
    if currency is None:
        text = ascii(code[:8])[1:-1] if type(code) is str else "…"
        hint = did_you_mean(text.upper(), CURRENCIES) or "send an ISO 4217 code such as USD"
        raise HeraError("E_GUARDRAIL", f"`{text}` is not an ISO 4217 currency", hint=hint)
    if currency.exponent is None:
        hint = "amounts need a currency such as USD"
        raise HeraError("E_GUARDRAIL", f"`{code}` has no minor unit", hint=hint)
    return currency.exponent


def to_minor(amount: Decimal, exponent: int) -> int:
    """Return an amount as a whole number of units of 10**-exponent, exactly.

    Raises:
        AmountError: If the amount has more decimals than that, zeros not counted.
    """
    try:
        shifted = _WIDE.scaleb(amount, exponent)
        if shifted.adjusted() < _WIDE.prec and (units := int(shifted)) == shifted:
            return units
    except (ArithmeticError, ValueError):
        raise AmountError("has too many digits or is not finite") from None
    if shifted.adjusted() >= _WIDE.prec:
        raise _too_large(shifted.adjusted() - exponent + 1)
    noun = "decimal" if exponent == 1 else "decimals"
    reason = f"has more than {exponent} {noun}" if exponent else "has decimals"
    raise AmountError(reason, "round it to the currency's minor unit")


def from_minor(units: int, exponent: int) -> Decimal:
    """Return so many units of 10**-exponent as a Decimal with exactly that many decimals.

    Raises:
        AmountError: For more than 76 digits, or an exponent outside 0 to 12.
    """
    if not 0 <= exponent <= limits.AMOUNT_SCALE:
        raise AmountError(f"has {exponent} decimals, which is not 0 to {limits.AMOUNT_SCALE}")
    try:
        return _WIDE.multiply(units, _SCALES[exponent])
    except DecimalException:
        raise _too_large("more than 76") from None


def scaled(amount: Decimal, exponent: int) -> Decimal:
    """Return an amount with exactly ``exponent`` decimals, or raise as the two above do."""
    if amount.same_quantum(_SCALES[exponent]):
        return amount
    return from_minor(to_minor(amount, exponent), exponent)


# --- rounding ------------------------------------------------------------------------------


def round_ratio(
    numerator: int, denominator: int, mode: RoundingMode | str = RoundingMode.HALF_UP
) -> int:
    """Return numerator divided by denominator, rounded to a whole number.

    Law: agrees with exact fractions in every mode (tests/laws/test_money).

    Args:
        numerator: Any integer.
        denominator: Any integer but zero.
        mode: What becomes of the rest; half away from zero by default.

    Raises:
        HeraError: E_GUARDRAIL for a mode that is not known, or a denominator of zero.
    """
    if not denominator:
        raise HeraError("E_GUARDRAIL", "the value to round is divided by zero")
    chosen = mode if type(mode) is RoundingMode else RoundingMode.of(mode)
    negative = (numerator < 0) != (denominator < 0)
    whole = abs(denominator)
    quotient, rest = divmod(abs(numerator), whole)
    if chosen is _HALF_UP:
        quotient += 2 * rest >= whole
    elif rest and _leaves_zero(chosen, 2 * rest - whole, odd=quotient & 1 == 1, negative=negative):
        quotient += 1
    return -quotient if negative else quotient


def _leaves_zero(mode: RoundingMode, excess: int, *, odd: bool, negative: bool) -> bool:
    """Whether a value between two whole numbers goes to the one farther from zero.

    ``excess`` is above, at or below zero as the value lies beyond, at or before the middle;
    ``odd`` tells of the whole number nearer to zero.
    """
    match mode:
        case RoundingMode.UP | RoundingMode.DOWN:
            return mode is RoundingMode.UP
        case RoundingMode.CEILING | RoundingMode.FLOOR:
            return negative == (mode is RoundingMode.FLOOR)
        case _ if excess:
            return excess > 0
        case RoundingMode.HALF_UP | RoundingMode.HALF_DOWN:
            return mode is RoundingMode.HALF_UP
        case RoundingMode.HALF_EVEN | RoundingMode.HALF_ODD:
            return odd == (mode is RoundingMode.HALF_EVEN)
        case RoundingMode.HALF_CEILING | RoundingMode.HALF_FLOOR:
            return negative == (mode is RoundingMode.HALF_FLOOR)


def round_fraction(value: Fraction, mode: RoundingMode | str = RoundingMode.HALF_UP) -> int:
    """Return a fraction rounded to a whole number; see `round_ratio`."""
    return round_ratio(value.numerator, value.denominator, mode)


def round_money(
    value: Decimal | int | str | Fraction,
    *,
    currency: str | None = None,
    step: Decimal | int | str | None = None,
    mode: RoundingMode | str = RoundingMode.HALF_UP,
) -> Decimal:
    """Return an amount rounded once, from its exact value, to a minor unit or to a step.

    >>> round_money("2.345", currency="USD")
    Decimal('2.35')
    >>> round_money("10.12", step="0.05", mode="half-even")
    Decimal('10.10')

    Args:
        value: The exact amount; a Fraction where it has no finite decimals.
        currency: An ISO 4217 code; the step is its minor unit.
        step: Any positive amount, such as 0.05, 0.25 or 1.00. Exactly one of the two is given.
        mode: Half away from zero by default.

    Returns:
        A whole multiple of the step with the step's decimals; zero has no sign.

    Raises:
        HeraError: E_GUARDRAIL if an argument is not as described.
    """
    if (currency is None) == (step is None):
        message = "rounding needs either a currency or a step"
        raise HeraError("E_GUARDRAIL", message, hint="give exactly one of the two")
    units, exponent = _step_units(currency, step)
    try:
        exact = _exact_value(value)
        count = round_fraction(exact * 10**exponent / units, mode)
        if abs(count * units) >= _BOUND * 10**exponent:
            raise _too_large("more than that once rounded")
        return from_minor(count * units, exponent)
    except AmountError as error:
        raise error.as_hera_error("the value to round") from None


def _step_units(currency: str | None, step: object) -> tuple[int, int]:
    """Return a step as a number of units of 10**-exponent, and the exponent."""
    if currency is not None:
        return 1, currency_exponent(currency)
    try:
        size = parse_amount(step)
    except AmountError as error:
        raise error.as_hera_error("the step") from None
    if size <= 0:
        raise HeraError("E_GUARDRAIL", "the step is not above zero")
    exponent = -_exponent(size)
    return to_minor(size, exponent), exponent


def _exact_value(value: object) -> Fraction:
    """Return a number as a fraction of bounded size."""
    if type(value) is not Fraction:
        return Fraction(parse_amount(value))
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    allowed = 8 * limits.INTEGER_BITS
    if bits > allowed:
        reason = f"is a fraction of more than {allowed} bits"
        raise AmountError(reason, limit="INTEGER_BITS", allowed=allowed, seen=bits)
    return value


# --- exact arithmetic ----------------------------------------------------------------------


def exact_add(left: Decimal, right: Decimal) -> Decimal:
    """Return the exact sum, or raise `AmountError` if it needs more than 76 digits."""
    return _exactly(_WIDE.add, left, right)


def exact_subtract(left: Decimal, right: Decimal) -> Decimal:
    """Return the exact difference, or raise `AmountError` if it needs more than 76 digits."""
    return _exactly(_WIDE.subtract, left, right)


def exact_multiply(left: Decimal, right: Decimal) -> Decimal:
    """Return the exact product, or raise `AmountError` if it needs more than 76 digits."""
    return _exactly(_WIDE.multiply, left, right)


def _exactly(
    operation: Callable[[Decimal, Decimal], Decimal], left: Decimal, right: Decimal
) -> Decimal:
    """Return what a private context computes; zero has no sign."""
    try:
        result = operation(left, right)
    except DecimalException:
        raise _too_long() from None
    return result if result else result.copy_abs()


minor_product: Final[Callable[[int, Decimal], Decimal]] = _WIDE.multiply
"""Multiplies minor units by the unit of a scale: `from_minor` without its checks."""


def exact_negate(value: Decimal) -> Decimal:
    """Return the value with the other sign; zero has no sign."""
    return value.copy_negate() if value else value.copy_abs()


def _too_long() -> AmountError:
    """Return the fault of a result that the wide context cannot hold."""
    return AmountError("needs too many digits", limit="digits", allowed=_WIDE.prec)


# --- writing -------------------------------------------------------------------------------


def format_amount(value: Decimal, exponent: int | None = None) -> str:
    """Return an amount as plain digits, exactly.

    >>> format_amount(Decimal("1E+3"), 2)
    '1000.00'

    Args:
        value: A finite number of up to 76 digits.
        exponent: How many decimals to write at least.

    Raises:
        AmountError: If the number cannot be written in so many digits.
    """
    text = str(value) if value else str(value.copy_abs())
    if not text.replace(".", "", 1).removeprefix("-").isdecimal():
        text = _spell_out(value)
    if exponent:
        whole, _, decimals = text.partition(".")
        text = f"{whole}.{decimals.ljust(exponent, '0')}"
    return text


def _spell_out(value: Decimal) -> str:
    """Return a number that Python would write with an exponent as plain digits."""
    if not value.is_finite():
        raise AmountError("is not a finite number")
    sign, digits, power = value.as_tuple()
    assert isinstance(power, int), "finite numbers have a whole exponent"
    if len(digits) > _WIDE.prec or not -_WIDE.prec <= power <= _WIDE.prec:
        raise _too_long()
    text = "".join(map(str, digits))
    if power >= 0:
        text = text + "0" * power if value else "0"
    else:
        text = text.rjust(1 - power, "0")
        text = f"{text[:power]}.{text[power:]}"
    return f"-{text}" if sign and value else text
