"""What generated functions call to divide an amount: by splits, and into shares of a rule."""

from collections.abc import Mapping, Sequence

from hera_engine.allocation import Leftover, allocate_units
from hera_engine.rules.dimensions import fixed_weights
from hera_engine.rules.exact import EventFault
from hera_engine.rules.fused.reading import Declined
from hera_engine.rules.lines import PROBE
from hera_engine.rules.plan import PlannedShare

Values = tuple[str | None, ...]
Step = tuple[tuple[PlannedShare, ...], str | None]
"""A split by fixed shares, and the value that stands in its place, if there is one."""

Share = tuple[int | None, int | None, int | None, "Level | None"]
"""One share: its part of the whole, or its amount; its maximum; and the shares inside it."""
Level = tuple[int, tuple[Share, ...]]
"""Shares side by side, and what one is, of which their parts are multiples."""


def portions(
    amounts: tuple[int, int],
    weights: Mapping[str | None, int] | Mapping[Values, int],
    steps: tuple[Step, ...],
    exponent: int,
) -> list[tuple[Values, int, int]]:
    """Return the parts of an amount, as `hera_engine.rules.dimensions.Splitter` divides it.

    Args:
        amounts: It and its tax base in minor units; neither is negative.
        weights: What items cost, by their value of a dimension or their values of several.
        steps: The splits that follow one after the other.
        exponent: Decimals of the transaction currency.

    Returns:
        Of each part its values in the order of the splits, its units and its tax base.
    """
    units, base = amounts
    size = units or PROBE
    found: list[tuple[Values, int]] = [
        (key if isinstance(key, tuple) else (key,), part)
        for key, part in zip(weights, allocate_units(size, tuple(weights.values())), strict=True)
    ]
    for shares, own in steps:
        found = [
            ((*values, value), part)
            for values, whole in found
            for value, part in _parts(whole, shares, own, exponent)
        ]
    bases: tuple[int, ...] = (base,)
    if len(found) > 1:
        bases = allocate_units(base, tuple(part for _, part in found))
    return [
        (values, part if units else 0, taxable)
        for (values, part), taxable in zip(found, bases, strict=True)
    ]


def beside(
    weights: Mapping[str | None, int] | Mapping[Values, int], owns: Values
) -> dict[Values, int]:
    """Return what items cost by the dimensions of which a payment has no values of its own."""
    found: dict[Values, int] = {}
    for key, weight in weights.items():
        values = key if isinstance(key, tuple) else (key,)
        left = tuple(
            value if own is None else None for value, own in zip(values, owns, strict=True)
        )
        if any(left):
            found[left] = found.get(left, 0) + weight
    return found


def _parts(
    whole: int, shares: tuple[PlannedShare, ...], own: str | None, exponent: int
) -> list[tuple[str | None, int]]:
    """Return the parts of an amount by fixed shares; nothing is not divided."""
    if own is not None or not whole:
        return [(own, whole)]
    try:
        weights = fixed_weights(whole, shares, exponent)
    except EventFault:
        raise Declined from None
    values = tuple(value for value, _ in weights)
    units = allocate_units(whole, tuple(weight for _, weight in weights))
    return list(zip(values, units, strict=True))


# --- allocations ---------------------------------------------------------------------------


def spread_over(
    units: int, weighed: Sequence[tuple[int, object]], leftover: Leftover
) -> Sequence[int]:
    """Return what each member of a list gets of an amount, and under apart what nobody gets.

    Args:
        units: The amount in minor units, not below zero.
        weighed: The members with their weights, which are not below zero.
        leftover: Who gets what is left over; under apart it is the last.
    """
    if not units:
        return [0] * (len(weighed) + 1)
    weights = tuple(weight for weight, _ in weighed)
    if not any(weights):
        raise Declined
    return allocate_units(units, weights, leftover)


def divided(units: int, level: Level, leftover: Leftover) -> list[int]:
    """Return what each line of an allocation gets, as `hera_engine.rules.allotted` divides it.

    Args:
        units: The amount in minor units, not below zero.
        level: The shares; amounts and maxima are in minor units and not below zero.
        leftover: Who gets what is left over; under apart it is the last.
    """
    given: list[int] = []
    apart = _divide(units, level, leftover, given)
    if leftover is Leftover.APART:
        given.append(apart)
    return given


def _divide(units: int, level: Level, leftover: Leftover, given: list[int]) -> int:
    """Add what each share gets to ``given``, and return what stays apart."""
    scale, shares = level
    got = [0] * len(shares)
    quotas: dict[int, int] = {}
    left = _sizes(units, level, leftover, got, quotas) if units else 0
    apart = 0
    if leftover is Leftover.APART:
        for index, quota in quotas.items():
            got[index] = quota // scale
        apart = left - sum(got[index] for index in quotas)
    elif left:
        spread = allocate_units(left, tuple(quotas.values()), leftover)
        for index, part in zip(quotas, spread, strict=True):
            got[index] = part
    for part, (*_, inside) in zip(got, shares, strict=True):
        if inside is None:
            given.append(part)
        else:
            apart += _divide(part, inside, leftover, given)
    return apart


def _sizes(
    units: int, level: Level, leftover: Leftover, got: list[int], quotas: dict[int, int]
) -> int:
    """Note amounts in ``got``, and the exact parts of others times the scale in ``quotas``.

    Returns:
        What the amounts leave to the others.
    """
    scale, shares = level
    left = units
    for index, (_, amount, _, _) in enumerate(shares):
        if amount is not None:
            got[index] = min(amount, left)
            left -= got[index]
    rest: int | None = None
    for index, (part, amount, most, _) in enumerate(shares):
        if part is not None:
            if part < 0:
                raise Declined
            if most is None or units * part < most * scale:
                quotas[index] = units * part
            else:
                got[index] = most
                left -= most
        elif amount is None:
            rest = index
    more = left * scale - sum(quotas.values())
    if more < 0 or (more and rest is None and leftover is not Leftover.APART):
        raise Declined
    if rest is not None:
        quotas[rest] = more
    return left
