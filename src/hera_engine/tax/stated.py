"""A tax that the sender of a document states: taken as it is, and spread over its components."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from hera_engine.tax.compute import STATED_PATH, TaxStep, shares_of_stated, stated_step
from hera_engine.tax.evaluate import Shape
from hera_engine.tax.rounding import repartition_units
from hera_engine.tax.settle import SettledCharge, SettledItem

_WHOLE: Final = Fraction(100)


@dataclass(frozen=True, slots=True)
class Restated:
    """The items of a document with the stated tax, and by how many units it was off."""

    items: tuple[SettledItem, ...]
    difference: int
    step: TaxStep


def restate(
    items: Sequence[SettledItem], shapes: Sequence[Shape], stated: int, *, path: str = STATED_PATH
) -> Restated:
    """Return items whose taxes add up to a stated one, in units.

    The stated tax is spread as `shares_of_stated` says. A price stays what it is: what a tax in
    it gains, its net loses. The base of each tax follows: it is the net, and the taxes that are
    in it, as they are then.

    Args:
        items: As they were computed.
        shapes: Of each item, what its charges are to each other.
        stated: Tax of the document as its sender states it.
        path: Where the stated tax was said.

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
    exact = [items[index].charges[at].exact.as_integer_ratio() for index, at in places]
    stated -= _beside(items)
    shares = shares_of_stated(stated, exact, taxes, path=path)
    moves: list[dict[int, int]] = [{} for _ in items]
    for (index, at), share, tax in zip(places, shares, taxes, strict=True):
        moves[index][at] = share - tax
    step = stated_step(stated, sum(taxes), ((index, moves[index][at]) for index, at in places))
    restated = tuple(_moved(*each) for each in zip(items, shapes, moves, strict=True))
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


def _moved(item: SettledItem, shape: Shape, moves: Mapping[int, int]) -> SettledItem:
    """Return an item whose charges were moved, with the net and the bases that follow."""
    taxes = tuple(charge.tax + moves.get(at, 0) for at, charge in enumerate(item.charges))
    lost = sum(moves.get(at, 0) for at, each in enumerate(item.charges) if each.levy.inclusive)
    net = item.net - lost
    charges = tuple(
        replace(charge, tax=tax, base=base)
        for charge, tax, base in zip(item.charges, taxes, shape.bases(net, taxes), strict=True)
    )
    return replace(item, net=net, charges=charges)
