"""What of a tax a buyer deducts, in whole minor units.

Law: the deductible part lies between nothing and the tax; of 100 percent it is all, of 0 percent
nothing (tests/laws/test_recover.py).
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine.money import round_fraction
from hera_engine.tax.rounding import RoundingRule, exact_sum, settle

_ALL: Final = 100


def deductible(
    taxes: Sequence[int], percents: Sequence[Decimal], *, whole: bool
) -> tuple[int, ...]:
    """Return what of each tax a buyer deducts, with the sign of the tax.

    >>> deductible((5, 5), (Decimal(50), Decimal(50)), whole=False)
    (3, 3)
    >>> deductible((5, 5), (Decimal(50), Decimal(50)), whole=True)
    (2, 3)

    Args:
        taxes: In minor units, rounded; negative for a return.
        percents: What of each is deducted, 0 to 100; as many as there are taxes.
        whole: Whether taxes of one percentage are added up and rounded half up once. The units
            that this moves go to those whose own rounding erred most that way, ties to the
            earliest. Otherwise each is rounded half up by itself.
    """
    found = list(taxes)
    groups: dict[Fraction, list[int]] = {}
    for index, percent in enumerate(percents):
        if percent != _ALL:
            groups.setdefault(Fraction(percent), []).append(index)
    for percentage, members in groups.items():
        exact = [taxes[index] * percentage / 100 for index in members]
        parts = tuple(map(round_fraction, exact))
        if whole:
            # INVARIANT: no part passes its tax. Half up errs by half a unit at most, so fewer
            # units are missing than parts erred that way, and each of those takes one to the
            # whole number beyond its exact figure.
            parts = settle(exact, round_fraction(exact_sum(exact)), RoundingRule(), start=parts)
        for index, units in zip(members, parts, strict=True):
            found[index] = units
    return tuple(found)
