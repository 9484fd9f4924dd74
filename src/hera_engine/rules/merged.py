"""Merged lines, and the rounding of their taxes where tax is rounded only now.

Enters: lines alike in all that tells them apart, added up. Leaves: under the rounding `none`,
each line of tax rounded once, and the nets in whole minor units that add up with them to what
the items cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hera_engine.accounts import Side
from hera_engine.errors import EngineBug
from hera_engine.journal import Origin, TaxDetail
from hera_engine.money import RoundingMode, from_minor, round_fraction, to_minor
from hera_engine.rules.drafts import DraftLine


@dataclass(slots=True)
class Merged:
    """A line that is still growing: the first draft, its summed amount, tax base and origins.

    ``unrounded`` is the exact sum in minor units, of a line that is rounded once merged;
    ``stated`` the sum of base amounts that the rule states, in base minor units. ``base_units``
    is what the line is worth, with the ``residue`` of conversion that was added to it.
    """

    first: DraftLine
    amount: Decimal
    base: Decimal | None
    origins: dict[Origin, None]
    drafts: list[int]
    unrounded: Fraction | None
    base_units: int = 0
    stated: int | None = None
    residue: int = 0

    @property
    def is_worth(self) -> bool:
        """Whether there is anything to post: an amount, or a base amount that is stated."""
        return bool(self.amount or self.stated)

    @property
    def tax(self) -> TaxDetail | None:
        """The tax detail with the summed base."""
        detail = self.first.tax
        return None if detail is None or self.base is None else detail._replace(base=self.base)


def settle_merged(lines: Sequence[Merged], exponent: int, mode: RoundingMode) -> None:
    """Round the taxes of lines once, and share the rest over the nets.

    What a ledger's lines of tax and net are together does not change. Lines that were not
    rounded from exact figures stay as they are, and so do all where no line takes the rest.
    """
    for ledger in dict.fromkeys(line.first.ledger for line in lines):
        inside = [
            line for line in lines if line.first.ledger == ledger and line.unrounded is not None
        ]
        nets = [line for line in inside if not line.first.is_tax]
        if nets:
            taxes = [line for line in inside if line.first.is_tax]
            _settle_ledger(taxes, nets, exponent, mode)


def _settle_ledger(
    taxes: Sequence[Merged], nets: Sequence[Merged], exponent: int, mode: RoundingMode
) -> None:
    """Round taxes, and give the rest to nets, one unit at a time to those that erred most."""
    rest = sum(_sign(line) * to_minor(line.amount, exponent) for line in (*taxes, *nets))
    for line in taxes:
        units = round_fraction(_exact(line), mode)
        line.amount = from_minor(units, exponent)
        rest -= _sign(line) * units
    units_of = [round_fraction(_exact(line), mode) for line in nets]
    missing = rest - sum(_sign(line) * units for line, units in zip(nets, units_of, strict=True))
    # INVARIANT: each tax and each net was rounded by less than a unit, and so were the taxes that
    # the items bear, of which there are not more than drafts.
    if abs(missing) > sum(len(line.drafts) for line in (*taxes, *nets)):
        raise EngineBug(f"{missing} minor units are left after rounding merged lines")
    step = 1 if missing > 0 else -1
    erred = [
        step * _sign(line) * (units - _exact(line))
        for line, units in zip(nets, units_of, strict=True)
    ]
    order = sorted(range(len(nets)), key=lambda index: (erred[index], index))
    for turn in range(abs(missing)):
        index = order[turn % len(order)]
        units_of[index] += step * _sign(nets[index])
    for line, units in zip(nets, units_of, strict=True):
        line.amount = from_minor(abs(units), exponent)
        if units < 0:
            line.first = line.first._replace(side=line.first.side.opposite)


def _sign(line: Merged) -> int:
    return 1 if line.first.side is Side.CREDIT else -1


def _exact(line: Merged) -> Fraction:
    assert line.unrounded is not None, "only lines with an exact figure are rounded here"
    return line.unrounded
