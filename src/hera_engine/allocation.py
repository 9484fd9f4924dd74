"""Splitting an amount so that the shares add up to it exactly.

Every split truncates the exact quotas toward zero and then hands out what is left, one unit at a
time, by a named policy. All arithmetic is in integers of the minor unit.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import lcm
from typing import Final

from hera_engine import limits
from hera_engine.errors import HeraError, did_you_mean
from hera_engine.money import AmountError, from_minor, parse_amount, round_ratio, to_minor

_SCALE_BITS: Final = 4_096
"""Bits of the common denominator of fractional weights; more would only make sums slow."""

Weight = int | Decimal | str | Fraction


class Leftover(StrEnum):
    """Who gets the units that truncation leaves over; a zero weight never does.

    Members:
        LARGEST_REMAINDER: The largest fractional parts; equal ones from the first.
        FIRST: One each from the first share.
        LAST: One each from the last share backwards.
        LARGEST_WEIGHT: The largest weights; equal ones from the first.
        APART: Nobody; the leftover is returned beside the shares.
    """

    LARGEST_REMAINDER = "largest-remainder"
    FIRST = "first"
    LAST = "last"
    LARGEST_WEIGHT = "largest-weight"
    APART = "apart"

    @classmethod
    def of(cls, name: object) -> "Leftover":
        """Return the policy of a name, written with hyphens or underscores.

        Raises:
            HeraError: E_GUARDRAIL if there is no such policy.
        """
        text = name.replace("_", "-") if isinstance(name, str) else ""
        try:
            return cls(text)
        except ValueError:
            hint = did_you_mean(text[:20], cls) or f"use one of {', '.join(cls)}"
            message = "the leftover policy is not known"
            raise HeraError("E_GUARDRAIL", message, hint=hint) from None


def allocate(
    amount: Decimal | int | str,
    weights: Sequence[Weight],
    *,
    exponent: int,
    leftover: Leftover | str = Leftover.LARGEST_REMAINDER,
    step: int = 1,
) -> tuple[Decimal, ...]:
    """Return an amount split by weights, in shares that add up to it exactly.

    >>> allocate(Decimal("100.00"), [1, 1, 1], exponent=2)
    (Decimal('33.34'), Decimal('33.33'), Decimal('33.33'))

    Law: shares sum to the amount; a zero weight gets zero; the split of -x is the negated split
    of x; under largest-remainder each share is within one step of its exact quota
    (tests/laws/test_allocation).

    Args:
        amount: What is split, of either sign, with at most ``exponent`` decimals.
        weights: One per share: not negative, not all zero. Only their ratio matters.
        exponent: Decimals of the minor unit, 0 to 12.
        leftover: Who gets what truncation leaves over.
        step: Minor units that stay together, such as 5 for a smallest coin of 0.05. The amount
            must be a multiple of it, except under apart.

    Returns:
        One share per weight, in order, with ``exponent`` decimals. Under apart there is one
        element more: the last is the leftover. `allocate_apart` returns the two separately.

    Raises:
        HeraError: E_GUARDRAIL if an argument is not as described.
    """
    policy = Leftover.of(leftover)
    units = _units(amount, exponent)
    if type(step) is not int or step < 1:
        raise HeraError("E_GUARDRAIL", "the step is not a whole number of minor units")
    blocks, rest = divmod(abs(units), step)
    if rest and policy is not Leftover.APART:
        hint = "leave the step out, or use leftover apart"
        raise HeraError("E_GUARDRAIL", "the amount is not a multiple of the step", hint=hint)
    shares = [share * step for share in allocate_units(blocks, _weights(weights), policy)]
    if policy is Leftover.APART:
        shares[-1] += rest
    sign = -1 if units < 0 else 1
    return tuple(from_minor(sign * share, exponent) for share in shares)


def allocate_apart(
    amount: Decimal | int | str, weights: Sequence[Weight], *, exponent: int, step: int = 1
) -> tuple[tuple[Decimal, ...], Decimal]:
    """Return the truncated shares of an amount, and beside them what is left over.

    >>> allocate_apart("0.05", [1, 1], exponent=2)
    ((Decimal('0.02'), Decimal('0.02')), Decimal('0.01'))

    See `allocate`, whose policy apart this is.

    Raises:
        HeraError: E_GUARDRAIL if an argument is not as `allocate` describes it.
    """
    *shares, rest = allocate(amount, weights, exponent=exponent, leftover="apart", step=step)
    return tuple(shares), rest


def allocate_capped(
    amount: Decimal | int | str, maxima: Sequence[Decimal | int | str], *, exponent: int
) -> tuple[tuple[Decimal, ...], Decimal]:
    """Return an amount split in proportion to maxima, no share above its own, and the rest.

    >>> allocate_capped("30.75", ["26.00", "4.74"], exponent=2)
    ((Decimal('26.00'), Decimal('4.74')), Decimal('0.01'))

    Args:
        amount: What is split, of either sign; the maxima bound it in absolute value.
        maxima: One per share, not negative; they may all be zero.
        exponent: Decimals of the minor unit, 0 to 12.

    Returns:
        One share per maximum, and what none of them could take; together the amount.

    Raises:
        HeraError: E_GUARDRAIL if an argument is not as described.
    """
    units = _units(amount, exponent)
    bounds = tuple(_units(maximum, exponent) for maximum in maxima)
    if any(bound < 0 for bound in bounds) or not bounds:
        raise HeraError("E_GUARDRAIL", "the maxima are none, or one of them is negative")
    given = min(abs(units), sum(bounds))
    shares = allocate_units(given, bounds) if given else (0,) * len(bounds)
    sign = -1 if units < 0 else 1
    rest = from_minor(sign * (abs(units) - given), exponent)
    return tuple(from_minor(sign * share, exponent) for share in shares), rest


def repartition(
    amount: Decimal | int | str, percentages: Sequence[Decimal | int | str], *, exponent: int
) -> tuple[Decimal, ...]:
    """Return so many percent of an amount for each share; they need not reach 100.

    The percentages may be negative and may sum to zero, as those of a reverse charge do. Each
    share is rounded half up; then single units are moved from the first share on, shares of zero
    left out, until the shares add up to the rounded whole.

    >>> repartition("182.25", [94, 2, 2, 2], exponent=2)
    (Decimal('171.31'), Decimal('3.64'), Decimal('3.65'), Decimal('3.65'))

    Law: shares sum to the amount times the sum of the percentages, rounded half up
    (tests/laws/test_allocation).

    Raises:
        HeraError: E_GUARDRAIL for an amount or a percentage that is none, for no percentages,
            or for percentages that sum to more than 100 in absolute value.
    """
    units = _units(amount, exponent)
    parts = tuple(_weight(percentage, "a percentage") for percentage in percentages)
    whole = sum(parts, Fraction())
    if not parts or abs(whole) > 100:
        raise HeraError("E_GUARDRAIL", "the percentages are none, or sum to more than 100")
    shares = [_percent(units, part) for part in parts]
    missing = _percent(units, whole) - sum(shares)
    takers = [i for i, share in enumerate(shares) if share]
    takers = takers or [i for i, part in enumerate(parts) if part]
    for turn in range(abs(missing)):
        shares[takers[turn % len(takers)]] += 1 if missing > 0 else -1
    return tuple(from_minor(share, exponent) for share in shares)


def _percent(units: int, percentage: Fraction) -> int:
    return round_ratio(units * percentage.numerator, 100 * percentage.denominator)


def allocate_units(
    units: int,
    weights: Sequence[int | Fraction],
    leftover: Leftover | str = Leftover.LARGEST_REMAINDER,
) -> tuple[int, ...]:
    """Return a whole number of units split by weights; the core of `allocate`.

    Args:
        units: Any integer.
        weights: One per share: not negative, not all zero.
        leftover: Who gets what truncation leaves over; apart adds it as a last element.

    Raises:
        HeraError: E_GUARDRAIL for weights that are none, negative or all zero.
    """
    policy = leftover if type(leftover) is Leftover else Leftover.of(leftover)
    parts = _common_scale(weights)
    whole = sum(parts)
    _check_weights(parts, whole)
    size = abs(units)
    quotas = [divmod(size * part, whole) for part in parts]
    shares = [quotient for quotient, _ in quotas]
    rest = size - sum(shares)
    if policy is Leftover.APART:
        shares.append(rest)
    elif rest:
        remainders = tuple(remainder for _, remainder in quotas)
        for index in _takers(policy, parts, remainders)[:rest]:
            shares[index] += 1
    return tuple(shares) if units >= 0 else tuple(-share for share in shares)


def by_largest_remainder(units: int, weights: Sequence[int]) -> list[int]:
    """Return a number of units split by whole weights; what is left goes to the largest remainders.

    What `allocate_units` returns, sooner, for those who know what their weights are.

    Args:
        units: Not negative.
        weights: At least one, all above zero.
    """
    whole = sum(weights)
    sized = [units * weight for weight in weights]
    shares = [size // whole for size in sized]
    rest = units - sum(shares)
    if rest:
        remainders = [size % whole for size in sized]
        # Ties keep their order also where the largest are first.
        takers = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)
        for index in takers[:rest]:
            shares[index] += 1
    return shares


def _takers(policy: Leftover, weights: Sequence[int], remainders: Sequence[int]) -> Sequence[int]:
    """Return the indexes of the shares in the order in which they get one unit more.

    The leftover is always fewer units than there are weights above zero.
    """
    eligible = [index for index, weight in enumerate(weights) if weight]
    if policy is Leftover.LARGEST_REMAINDER:
        eligible.sort(key=lambda index: -remainders[index])
    elif policy is Leftover.LARGEST_WEIGHT:
        eligible.sort(key=lambda index: -weights[index])
    elif policy is Leftover.LAST:
        eligible.reverse()
    return eligible


def _common_scale(weights: Sequence[int | Fraction]) -> tuple[int, ...]:
    """Return integers in the ratio of the weights."""
    if {*map(type, weights)} == {int}:
        return tuple(weights)  # type: ignore[arg-type]  # every one is an int
    scale = 1
    for weight in weights:
        scale = lcm(scale, weight.denominator)
        if scale.bit_length() > _SCALE_BITS:
            message = f"the weights have no common denominator below 2**{_SCALE_BITS}"
            raise HeraError("E_GUARDRAIL", message, hint="round the weights")
    return tuple(int(weight * scale) for weight in weights)


def _check_weights(weights: Sequence[int], whole: int) -> None:
    """Refuse weights that no split can follow."""
    if not weights:
        raise HeraError("E_GUARDRAIL", "there are no weights to split by")
    if min(weights) < 0:
        raise HeraError("E_GUARDRAIL", "a weight is negative", hint="weights are not negative")
    if whole == 0:
        raise HeraError("E_GUARDRAIL", "all weights are zero", hint="give one above zero")


def _weights(weights: Sequence[Weight]) -> tuple[int | Fraction, ...]:
    """Return a caller's weights as exact numbers."""
    if len(weights) > limits.EVENT_ITEMS:
        allowed, seen = str(limits.EVENT_ITEMS), str(len(weights))
        details = {"limit": "EVENT_ITEMS", "allowed": allowed, "seen": seen}
        raise HeraError("E_GUARDRAIL", f"there are more than {allowed} weights", details=details)
    return tuple(_weight(weight, "a weight") for weight in weights)


def _weight(weight: object, subject: str) -> Fraction:
    """Return one weight or percentage as an exact number of bounded size."""
    if type(weight) is Fraction:
        bits = max(weight.numerator.bit_length(), weight.denominator.bit_length())
        if bits <= limits.INTEGER_BITS:
            return weight
        message = f"{subject} is a fraction of more than {limits.INTEGER_BITS} bits"
        raise HeraError("E_GUARDRAIL", message, hint="round it")
    try:
        return Fraction(parse_amount(weight))
    except AmountError as error:
        raise error.as_hera_error(subject) from None


def _units(amount: object, exponent: int) -> int:
    """Return a caller's amount in minor units."""
    if type(exponent) is not int or not 0 <= exponent <= limits.AMOUNT_SCALE:
        message = f"the exponent is not 0 to {limits.AMOUNT_SCALE}"
        raise HeraError("E_GUARDRAIL", message, hint="see currency_exponent")
    try:
        return to_minor(parse_amount(amount), exponent)
    except AmountError as error:
        raise error.as_hera_error("the amount") from None
