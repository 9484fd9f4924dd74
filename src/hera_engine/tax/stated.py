"""A tax that the sender of a document states: taken as it is, and spread over its components."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from hera_engine.allocation import allocate_units
from hera_engine.errors import EventError, Problem
from hera_engine.tax.compute import StepScope, TaxStep
from hera_engine.tax.rounding import repartition_units
from hera_engine.tax.settle import SettledCharge, SettledItem

_WHOLE: Final = Fraction(100)

Place = tuple[int, int]
"""An item and one of its charges, by index."""


@dataclass(frozen=True, slots=True)
class Restated:
    """The items of a document with the stated tax, and by how many units it was off."""

    items: tuple[SettledItem, ...]
    difference: int
    step: TaxStep


def restate(items: Sequence[SettledItem], stated: int) -> Restated:
    """Return items whose taxes add up to a stated one, in units.

    Where the computed taxes have one sign, the stated tax is spread by them; else they keep
    their figures, and the difference is spread by their size. A price stays what it is: what a
    tax in it gains, its net loses.

    Raises:
        EventError: E_GUARDRAIL for a tax stated where none is due.
    """
    places = [
        (index, at)
        for index, item in enumerate(items)
        for at, charge in enumerate(item.charges)
        if _is_plain(charge)
    ]
    taxes = [items[index].charges[at].tax for index, at in places]
    exact = [abs(items[index].charges[at].exact) for index, at in places]
    stated -= _beside(items)
    shares = _shares(taxes, exact, stated)
    moves = {place: share - tax for place, tax, share in zip(places, taxes, shares, strict=True)}
    moved: dict[int, int] = {}
    for (index, _), units in moves.items():
        moved[index] = moved.get(index, 0) + units
    step = TaxStep(
        scope=StepScope.STATED, code="", item=None, exact=Fraction(sum(taxes)), units=stated,
        moved=tuple((index, units) for index, units in moved.items() if units),
    )  # fmt: skip
    restated = tuple(_moved(item, index, moves) for index, item in enumerate(items))
    return Restated(restated, stated - sum(taxes), step)


def _is_plain(charge: SettledCharge) -> bool:
    """Whether a charge is a part of the tax that a sender states: neither split nor kept back."""
    component = charge.levy.component
    return not component.retained and sum(map(Fraction, component.shares)) == _WHOLE


def _beside(items: Sequence[SettledItem]) -> int:
    """Return the tax of the charges that are split into more or less than the whole."""
    return sum(
        sum(repartition_units(charge.tax, charge.levy.component.shares))
        for item in items
        for charge in item.charges
        if not charge.levy.component.retained and not _is_plain(charge)
    )


def _shares(taxes: Sequence[int], exact: Sequence[Fraction], stated: int) -> Sequence[int]:
    """Return what of a stated tax each charge has."""
    weights: Sequence[int | Fraction] = [abs(tax) for tax in taxes]
    if not any(weights):
        weights = exact
    if not any(weights):
        if stated:
            raise EventError([Problem("stated_tax", "is stated, but no item bears tax")])
        return taxes
    if min(taxes) < 0 < max(taxes):
        spread = allocate_units(stated - sum(taxes), weights)
        return [tax + share for tax, share in zip(taxes, spread, strict=True)]
    return allocate_units(stated, weights)


def _moved(item: SettledItem, index: int, moves: dict[Place, int]) -> SettledItem:
    """Return an item whose charges were moved, and its net by what those in its price were."""
    lost = sum(
        moves.get((index, at), 0) for at, charge in enumerate(item.charges) if charge.levy.inclusive
    )
    charges = tuple(
        replace(charge, tax=charge.tax + moves.get((index, at), 0), base=charge.base - lost)
        for at, charge in enumerate(item.charges)
    )
    return replace(item, net=item.net - lost, charges=charges)
