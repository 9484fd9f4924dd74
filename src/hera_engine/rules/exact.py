"""Exact arithmetic of rules: Decimals while they stay finite and short, Fractions beyond.

Nothing here rounds. What a rule lets grow past any figure of the world is refused as the fault of
the event that led there.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine import limits
from hera_engine.errors import Problem
from hera_engine.money import AmountError, exact_add, exact_multiply, exact_subtract

Exact = Decimal | Fraction
"""An exact number."""

FRACTION_BITS: Final = 8 * limits.INTEGER_BITS
"""Longest numerator or denominator that a rule's arithmetic may come to, as `round` takes it."""


class EventFault(Exception):
    """A field that a rule needs and the event does not have in that form; never leaves a run."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def add(left: Exact, right: Exact) -> Exact:
    """Return the exact sum."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return exact_add(left, right)
        except AmountError:
            pass  # more digits than an amount has: go on with a fraction
    return _bounded(Fraction(left) + Fraction(right))


def subtract(left: Exact, right: Exact) -> Exact:
    """Return the exact difference."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return exact_subtract(left, right)
        except AmountError:
            pass  # as in `add`
    return _bounded(Fraction(left) - Fraction(right))


def multiply(left: Exact, right: Exact) -> Exact:
    """Return the exact product."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return exact_multiply(left, right)
        except AmountError:
            pass  # as in `add`
    return _bounded(Fraction(left) * Fraction(right))


def _bounded(value: Fraction) -> Fraction:
    """Return a fraction, or refuse one whose digits a chain of products let grow too long."""
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if bits > FRACTION_BITS:
        details = (("limit", "bits"), ("allowed", str(FRACTION_BITS)), ("seen", str(bits)))
        message = "the rule comes to a figure with too many digits"
        raise EventFault(Problem("", message, details=details))
    return value
