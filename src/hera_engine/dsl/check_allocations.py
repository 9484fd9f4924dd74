"""Checks of allocations: that shares are shares, and whether they can make up the whole."""

from collections.abc import Iterator
from fractions import Fraction

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.check_expressions import check_amount, check_value
from hera_engine.dsl.names import Scope, ValueKind
from hera_engine.dsl.statements import literal_part, outer_loops, statements
from hera_engine.errors import Diagnostic, diagnose


def check_allotted(line: nodes.Line, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of an allocation; its first line speaks for all.

    Args:
        line: One of its lines.
        scope: What names mean in the rule, outside any loop.
    """
    amount = line.amount
    if not isinstance(amount, nodes.Allotted) or amount.index:
        return
    allocation, outside = amount.allocation, scope.within(outer_loops(line))
    yield from check_amount(allocation.amount, outside)
    if allocation.weight is not None:
        inside = scope.within(line.loops)
        yield from check_value(allocation.weight, inside, wanted=ValueKind.NUMBER)
    else:
        yield from _check_division(allocation.allotments, allocation, outside)


def check_sides(rule: nodes.Rule) -> Iterator[Diagnostic]:
    """Yield a fault for each allocation whose shares stand on both sides."""
    for lines in statements(rule.lines):
        odd = next((line for line in lines if line.side is not lines[0].side), None)
        if odd is not None:
            yield diagnose(faults.SIDES_DIFFER, odd.at)


def _check_division(
    allotments: tuple[nodes.Allotment, ...], whole: nodes.Allocation, scope: Scope
) -> Iterator[Diagnostic]:
    """Yield the faults of shares that stand side by side, and of those inside them."""
    if not allotments:
        return
    known = Fraction(0)
    rest = [share for share in allotments if share.part is None and share.amount is None]
    for share in allotments:
        yield from _check_share(share, scope)
        yield from _check_division(share.inside, whole, scope)
        known += _known(share) or 0
    if known > 1:
        yield diagnose(faults.SHARES_OVER, allotments[0].at, total=_percent(known))
    yield from (diagnose(faults.SHARES_REST, share.at) for share in rest[1:])
    if not rest and known <= 1 and whole.leftover != "apart":
        reason = _why_under(allotments, known)
        if reason is not None:
            yield diagnose(faults.ALLOTTED_UNDER, allotments[0].at, what=reason)


def _check_share(share: nodes.Allotment, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of what one share takes."""
    for amount in (share.amount, share.cap):
        if amount is not None:
            yield from check_amount(amount, scope)
    if share.part is None:
        return
    yield from check_value(share.part, scope, wanted=ValueKind.NUMBER)
    ratio = literal_part(share.part)
    if ratio is not None and not ratio[1]:
        yield diagnose(faults.BAD_SHARE, share.at, what="the share is divided by zero")
    elif isinstance(share.part, nodes.Number) and share.part.value > 1:
        what = f"the share {share.part.value} is more than the whole, which is 1"
        yield diagnose(faults.BAD_SHARE, share.at, what=what)


def _known(share: nodes.Allotment) -> Fraction | None:
    """Return the fraction of one that a share is written as, or None for any other."""
    ratio = None if share.part is None else literal_part(share.part)
    if ratio is not None:
        return Fraction(*ratio) if ratio[1] else None
    return Fraction(share.part.value) if isinstance(share.part, nodes.Number) else None


def _why_under(allotments: tuple[nodes.Allotment, ...], known: Fraction) -> str | None:
    """Return why shares without `remaining` may not make up the whole; None if they may."""
    if any(share.cap is not None for share in allotments):
        return "what goes beyond a `max` has nowhere to go"
    if any(share.amount is not None for share in allotments):
        return "amounts need not make up the whole"
    if known < 1 and all(_known(share) is not None for share in allotments):
        return f"the shares add up to {_percent(known)} %"
    return None


def _percent(value: Fraction) -> str:
    """Return a fraction of one as a percentage; one without an end stays a fraction."""
    percent = value * 100
    rest = percent.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1 or percent.denominator > 10**6:
        return str(percent)
    digits = 0
    while percent.denominator != 1:
        percent, digits = percent * 10, digits + 1
    text = str(percent.numerator).rjust(digits + 1, "0")
    return text if not digits else f"{text[:-digits]}.{text[-digits:]}"
