"""Figures of a rule as whole minor units."""

from decimal import Decimal
from fractions import Fraction

from hera_engine import limits
from hera_engine.errors import Problem
from hera_engine.money import AmountError, to_minor
from hera_engine.rules.exact import EventFault, Exact
from hera_engine.rules.expressions import Expression
from hera_engine.rules.scope import Scope, path_of, text_of


def whole_units(
    exact: Exact,
    amount: Expression,
    scope: Scope,
    *,
    what: str = "amount",
    whole: str = "the line",
) -> int:
    """Return an amount in minor units; it must be a whole number of them, below the limit.

    Args:
        exact: The figure.
        amount: What it is the figure of.
        scope: Where it stands; the minor unit is that of its currency.
        what: What an error calls the amount.
        whole: What an error says comes to a broken minor unit.

    Raises:
        EventFault: If it is not.
    """
    exponent = scope.facts.exponent
    bound = 10**limits.AMOUNT_INTEGER_DIGITS
    if not -bound < exact < bound:
        raise EventFault(Problem(path_of(amount, scope), f"the line's {what} is too large"))
    try:
        return _units_of(exact, exponent)
    except AmountError:
        path = path_of(amount, scope)
        message = f"{whole} comes to {text_of(exact)} {scope.facts.currency}, a broken minor unit"
        hint = f"put the {what} inside round(…) in the rule"
        raise EventFault(Problem(path, message, hint)) from None


def _units_of(exact: Exact, exponent: int) -> int:
    """Return an exact figure in minor units, or raise `AmountError` for a part of one."""
    if isinstance(exact, Decimal):
        return to_minor(exact, exponent)
    units: Fraction = exact * 10**exponent
    if units.denominator != 1:
        raise AmountError("is not a whole number of minor units")
    return units.numerator
