"""Cents divided by weights, and taxes of items brought to the rounded total of their rate."""

from collections.abc import Sequence


def by_weight(units: int, weights: Sequence[int]) -> list[int]:
    """Return shares of ``units`` by weight, largest remainder, ties to the earliest."""
    whole = sum(weights)
    shares, remainders = [], []
    for weight in weights:
        share, remainder = divmod(units * weight, whole)
        shares.append(share)
        remainders.append(remainder)
    left = units - sum(shares)
    if left:
        order = sorted(range(len(shares)), key=remainders.__getitem__, reverse=True)
        for index in order[:left]:
            shares[index] += 1
    return shares


def taxes_of_rate(grosses: Sequence[int], over: int, under: int) -> list[int]:
    """Return the tax in each gross amount, ``over / under`` of it, summing to the rounded total.

    Each is rounded half up; what the total lacks then goes, a cent each, to those whose rounding
    erred most that way, ties to the earliest.
    """
    scaled = [gross * over for gross in grosses]
    taxes = [(2 * part + under) // (2 * under) for part in scaled]
    missing = (2 * sum(scaled) + under) // (2 * under) - sum(taxes)
    if missing:
        sign = 1 if missing > 0 else -1
        erred = [sign * (part - tax * under) for part, tax in zip(scaled, taxes, strict=True)]
        order = sorted(range(len(taxes)), key=erred.__getitem__, reverse=True)
        for index in order[: abs(missing)]:
            taxes[index] += sign
    return taxes
