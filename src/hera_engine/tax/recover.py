"""What of a tax a buyer deducts, in whole minor units.

Law: the deductible part lies between nothing and the tax; of 100 percent it is all, of 0 percent
nothing (tests/laws/test_recover.py).
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hera_engine.money import round_fraction
from hera_engine.tax.rounding import RoundingRule, exact_sum, settle


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
    exact = [tax * Fraction(percent) / 100 for tax, percent in zip(taxes, percents, strict=True)]
    if not whole:
        return tuple(map(round_fraction, exact))
    groups: dict[Fraction, list[int]] = {}
    for index, percent in enumerate(percents):
        groups.setdefault(Fraction(percent), []).append(index)
    found = [0] * len(taxes)
    for members in groups.values():
        parts = [exact[index] for index in members]
        total = round_fraction(exact_sum(parts))
        # INVARIANT: no part passes its tax. Half up errs by half a unit at most, so the units
        # missing are fewer than the parts that erred that way, and a unit takes each of those to
        # the whole number beyond its exact figure.
        for index, units in zip(members, settle(parts, total, RoundingRule()), strict=True):
            found[index] = units
    return tuple(found)
