"""What of the taxes on a purchase the buyer deducts, in whole minor units."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hera_engine.money import round_fraction
from hera_engine.tax.rounding import RoundingRule, exact_sum, settle


def deductible(
    taxes: Sequence[int], percents: Sequence[Decimal], *, whole: bool
) -> tuple[int, ...]:
    """Return what of each tax is deducted, in minor units, with the sign of the tax.

    Args:
        taxes: In minor units.
        percents: For each the percentage that is deducted, from 0 to 100.
        whole: Whether the taxes of one percentage are rounded once together, and not one by one.
    """
    exact = [tax * Fraction(percent) / 100 for tax, percent in zip(taxes, percents, strict=True)]
    if not whole:
        return tuple(round_fraction(part) for part in exact)
    parts = [0] * len(taxes)
    for percent in dict.fromkeys(percents):
        members = [index for index, each in enumerate(percents) if each == percent]
        figures = [exact[index] for index in members]
        shares = settle(figures, round_fraction(exact_sum(figures)), RoundingRule())
        for index, share in zip(members, shares, strict=True):
            parts[index] = share
    return tuple(parts)
