"""What each line gets of an amount that several get together: exactly the amount, in minor units.

Amounts are taken first, in the order of the schema, never more than what is left; then percentages
and fractions of the whole amount and what remains, by the one allocator. A negative amount is
allocated like the positive one, and every share turned.
"""

from collections.abc import Mapping
from fractions import Fraction

from hera_engine.allocation import Leftover, allocate_units
from hera_engine.errors import Problem
from hera_engine.money import ZERO, format_amount, from_minor
from hera_engine.rules.evaluate import elements, number, truth
from hera_engine.rules.exact import EventFault, Exact, add
from hera_engine.rules.expressions import Expression, PlannedAllocation, PlannedAllotment, ShareOf
from hera_engine.rules.scope import Allotment, Scope, path_of, text_of
from hera_engine.rules.whole import whole_units

_APART = "apart"


def allotted_units(share: ShareOf, scope: Scope) -> int:
    """Return what a line gets, in minor units with their sign.

    Law: over the lines of an allocation the sum is its amount (tests/laws/test_allotted).

    Raises:
        EventFault: If the shares come to more or less than the whole, or one is below zero.
    """
    over = share.allocation.over
    key: int | str = share.index
    if over is not None:
        key = scope.loops[over.variable][1] if share.index == 0 else _APART
    got = allot(share.allocation, scope).get(key)
    if got is None:
        return 0
    if scope.watcher is not None:
        which = f"share {share.index + 1}" if over is None or share.index else "the share"
        units = format_amount(from_minor(got.units, scope.facts.exponent))
        scope.watcher.saw(f"{which} of {share.allocation.words}", f"{units}, {got.words}")
    return got.units


def allot(allocation: PlannedAllocation, scope: Scope) -> Mapping[int | str, Allotment]:
    """Return what each line, or each member of a collection by its path, gets of an amount.

    It is worked out once for each round of the loops around it. Nothing is read but the amount
    where that is zero.

    Raises:
        EventFault: See `allotted_units`; or if no member of the collection has a weight.
    """
    over = allocation.over
    around = (
        path for name, (_, path) in scope.loops.items() if over is None or name != over.variable
    )
    key = (allocation.number, tuple(around))
    found = scope.allotted.get(key)
    if found is None:
        units = whole_units(number(allocation.amount, scope), allocation.amount, scope)
        found = _allot(allocation, units, scope) if units else {}
        scope.allotted[key] = found
    return found


def _allot(
    allocation: PlannedAllocation, units: int, scope: Scope
) -> Mapping[int | str, Allotment]:
    """Return the shares of an amount that is not zero."""
    if allocation.over is not None:
        return _by_weight(allocation, units, scope)
    division = _Division(allocation, scope)
    division.divide(abs(units), allocation.allotments)
    if allocation.leftover is Leftover.APART:
        division.give(division.apart, "what is left")
    sign = -1 if units < 0 else 1
    return {
        index: Allotment(sign * got.units, got.words) for index, got in enumerate(division.given)
    }


# --- by weight -----------------------------------------------------------------------------


def _by_weight(
    allocation: PlannedAllocation, units: int, scope: Scope
) -> Mapping[int | str, Allotment]:
    """Return the shares of the members of a collection, by their paths."""
    loop, weight = allocation.over, allocation.weight
    assert loop is not None, "what goes over members has a loop"
    assert weight is not None, "what goes over members has a weight"
    weights: dict[str, Exact] = {}
    for element, path in elements(loop.collection, scope):
        inner = scope.with_loop(loop.variable, element, path)
        if loop.when is None or truth(loop.when, inner):
            weights[path] = _not_negative(number(weight, inner), weight, inner, "the weight")
    if not any(weights.values()):
        path = path_of(loop.collection, scope)
        message = f"nothing in it has a weight above zero to receive {allocation.words}"
        raise EventFault(Problem(path, message))
    shares = allocate_units(
        units, tuple(Fraction(part) for part in weights.values()), allocation.leftover
    )
    whole: Exact = ZERO
    for part in weights.values():
        whole = add(whole, part)
    found: dict[int | str, Allotment] = {
        path: Allotment(share, f"weight {text_of(part)} of {text_of(whole)}")
        for (path, part), share in zip(weights.items(), shares, strict=False)
    }
    if allocation.leftover is Leftover.APART:
        found[_APART] = Allotment(shares[-1], "what is left")
    return found


def _not_negative(value: Exact, of: Expression, scope: Scope, what: str) -> Exact:
    """Return a figure; one below zero is refused."""
    if value < 0:
        path = path_of(of, scope)
        raise EventFault(Problem(path, f"{what} is {text_of(value)}, below zero"))
    return value


# --- by shares -----------------------------------------------------------------------------


class _Division:
    """The shares of one positive amount, line by line, and what is left apart."""

    __slots__ = ("_allocation", "_scope", "apart", "given")

    def __init__(self, allocation: PlannedAllocation, scope: Scope) -> None:
        self._allocation, self._scope = allocation, scope
        self.given: list[Allotment] = []
        self.apart = 0

    def give(self, units: int, words: str) -> None:
        """Note what the next line gets."""
        self.given.append(Allotment(units, words))

    def divide(self, units: int, allotments: tuple[PlannedAllotment, ...]) -> None:
        """Divide an amount among shares that stand side by side."""
        if not units:
            for share in allotments:
                self._hand(share, 0, "")
            return
        fixed = self._amounts(units, allotments)
        quotas = self._quotas(units, allotments, fixed)
        left = units - sum(fixed.values())
        shares = self._rounded(left, quotas)
        for index, share in enumerate(allotments):
            exact = quotas.get(index)
            words = f"exactly {self._text(fixed[index] if exact is None else exact)}"
            words = f"{share.words}, {words}" if share.amount is None else "taken first"
            self._hand(share, fixed[index] if exact is None else shares[index], words)

    def _hand(self, share: PlannedAllotment, units: int, words: str) -> None:
        """Give a share to its line, or divide it further."""
        if share.inside:
            self.divide(units, share.inside)
        else:
            self.give(units, words)

    def _amounts(self, units: int, allotments: tuple[PlannedAllotment, ...]) -> dict[int, int]:
        """Return what shares of an amount take: in order, never more than what is left."""
        fixed: dict[int, int] = {}
        left = units
        for index, share in enumerate(allotments):
            if share.amount is not None:
                fixed[index] = min(self._units(share.amount, "the amount of a share"), left)
                left -= fixed[index]
        return fixed

    def _quotas(
        self, units: int, allotments: tuple[PlannedAllotment, ...], fixed: dict[int, int]
    ) -> dict[int, Fraction]:
        """Return the exact part of the others in minor units; shares at their maximum are fixed.

        The quotas come to what is left beside the fixed ones, but under `apart` to less or as much.
        """
        quotas: dict[int, Fraction] = {}
        rest: int | None = None
        for index, share in enumerate(allotments):
            if share.part is not None:
                part = number(share.part, self._scope)
                part = _not_negative(part, share.part, self._scope, "a share")
                quota = units * Fraction(part)
                cap = None if share.cap is None else self._units(share.cap, "a `max`")
                if cap is None or quota < cap:
                    quotas[index] = quota
                else:
                    fixed[index] = cap
            elif share.amount is None:
                rest = index
        left = units - sum(fixed.values()) - sum(quotas.values(), Fraction())
        if left < 0:
            raise self._unbalanced("more", units, units - left)
        if rest is not None:
            quotas[rest] = left
        elif left and self._allocation.leftover is not Leftover.APART:
            raise self._unbalanced("less", units, units - left)
        return quotas

    def _rounded(self, left: int, quotas: Mapping[int, Fraction]) -> dict[int, int]:
        """Return quotas in whole minor units; they come to what is left, if nothing stays apart."""
        if self._allocation.leftover is Leftover.APART:
            shares = [quota.numerator // quota.denominator for quota in quotas.values()]
            self.apart += left - sum(shares)
        elif left:
            policy = self._allocation.leftover
            shares = [*allocate_units(left, tuple(quotas.values()), policy)]
        else:
            shares = [0] * len(quotas)
        return dict(zip(quotas, shares, strict=True))

    def _units(self, amount: Expression, what: str) -> int:
        """Return an amount of the schema in minor units; one below zero is refused."""
        exact = number(amount, self._scope)
        _not_negative(exact, amount, self._scope, what)
        return whole_units(exact, amount, self._scope)

    def _text(self, units: Fraction | int) -> str:
        """Return minor units as the exact amount they are."""
        exponent = self._scope.facts.exponent
        exact = Fraction(units)
        if exact.denominator == 1:
            return format_amount(from_minor(exact.numerator, exponent))
        return str(exact / 10**exponent)

    def _unbalanced(self, how: str, units: int, taken: Fraction) -> EventFault:
        """Return the fault of shares that do not come to what they are shares of."""
        words = self._allocation.words
        message = f"the shares of {words} come to {how} than there is to allocate"
        details = (("amount", self._text(units)), ("shares", self._text(taken)))
        hint = None if how == "more" else "add `remaining to …`, or `leftover apart to …`"
        path = path_of(self._allocation.amount, self._scope)
        return EventFault(Problem(path, message, hint, code="E_UNBALANCED", details=details))
