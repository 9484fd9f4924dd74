"""The arithmetic of tax, in whole minor units: prices and treatments in, net and tax out.

Law, in every rounding and price mode: net + tax = gross, where gross is the price given where it
includes tax, and net is the price given where it does not (tests/laws/test_tax.py).
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from fractions import Fraction
from math import lcm
from typing import Final, NamedTuple

from hera_engine.allocation import allocate_units
from hera_engine.errors import EventError, Problem
from hera_engine.money import RoundingMode, round_ratio
from hera_engine.tax.profile import TaxRounding, Treatment


class StepScope(StrEnum):
    """What a rounding step rounds."""

    LINE = "line"
    """The tax of one item."""
    TOTAL = "total"
    """The tax of one rate over the document."""
    STATED = "stated"
    """Nothing: the tax was stated, and is spread over the items."""


_LINE: Final = StepScope.LINE


class TaxStep(NamedTuple):
    """One step from exact tax to whole minor units: the evidence behind each cent.

    Attributes:
        scope: What was rounded.
        code: Code of the rate; empty for a stated tax, which has none.
        item: Index of the item; None for a step over the document.
        exact: Tax in minor units before the step, exactly.
        units: Tax in minor units after it.
        moved: Items the step changed, by index, and by how many minor units.
    """

    scope: StepScope
    code: str
    item: int | None
    exact: Fraction
    units: int
    moved: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        exact = f"{self.exact} minor units"
        if self.scope is StepScope.STATED:
            text = f"document: {exact} computed, {self.units} stated"
        else:
            where = "document" if self.item is None else f"items[{self.item}]"
            text = f"{where}: {self.code} is {exact}, rounded to {self.units}"
        moves = ", ".join(f"items[{index}] by {units:+d}" for index, units in self.moved)
        return f"{text}; moved {moves}" if moves else text


class ItemTax(NamedTuple):
    """Net and tax of one item in minor units, and its tax before any rounding as a ratio."""

    net: int
    tax: int
    numerator: int
    denominator: int

    @property
    def gross(self) -> int:
        """What the customer pays for the item."""
        return self.net + self.tax

    @property
    def exact(self) -> Fraction:
        """Tax in minor units before any rounding."""
        return Fraction(self.numerator, self.denominator)


class DocumentTax(NamedTuple):
    """The taxes of a document: one entry per item, in order, and the steps that led there.

    ``difference`` is the stated tax less the computed one, in minor units; zero where none was
    stated.
    """

    items: tuple[ItemTax, ...]
    steps: tuple[TaxStep, ...]
    difference: int = 0

    @property
    def tax(self) -> int:
        """Tax of the document."""
        return sum(item.tax for item in self.items)

    @property
    def is_off(self) -> bool:
        """Whether a stated tax differs by more than one minor unit per item."""
        return abs(self.difference) > len(self.items)


def price_includes_tax(
    *,
    item: bool | None = None,
    event: bool | None = None,
    schema: bool | None = None,
    rate: bool | None = None,
    profile: bool | None = None,
) -> bool:
    """Return whether a price includes its tax: the first that says so decides, in this order.

    Where nobody says, prices are exclusive.
    """
    for said in (item, event, schema, rate, profile):
        if said is not None:
            return said
    return False


def tax_is_due(treatments: Sequence[Treatment], prices: Sequence[int]) -> bool:
    """Return whether the customer pays tax on any item, which a stated tax may be for."""
    return any(
        treatment.bears_tax and price for treatment, price in zip(treatments, prices, strict=True)
    )


def tax_items(
    treatments: Sequence[Treatment],
    prices: Sequence[int],
    inclusive: Sequence[bool],
    *,
    rounding: TaxRounding,
    mode: RoundingMode = RoundingMode.HALF_UP,
    stated: int | None = None,
) -> DocumentTax:
    """Return net and tax of each item.

    Args:
        treatments: How each item is taxed.
        prices: What each item costs after discounts, in minor units; negative for a return.
        inclusive: Whether each price includes its tax.
        rounding: ``line`` rounds each item's tax. ``total`` then rounds the exact tax of each
            rate over the document once, and moves the difference one unit at a time to the
            items whose rounding erred most that way, ties to the earliest. ``none`` and
            ``swedish`` round as ``total`` does: under the one the exact figures are for whoever
            rounds later, under the other the payable is rounded besides.
        mode: How a figure is rounded to the minor unit.
        stated: Tax of the document in minor units as the sender states it. It is taken as it is
            and spread over the items by their computed taxes, largest remainder.

    Raises:
        EventError: E_GUARDRAIL for a tax stated where none is due.
    """
    exact, taxes, steps = [], [], []
    for index, treatment in enumerate(treatments):
        ratio = _exact_tax(treatment, prices[index], inclusive[index])
        units = round_ratio(*ratio, mode)
        exact.append(ratio)
        taxes.append(units)
        if treatment.is_taxed:
            steps.append(TaxStep(_LINE, treatment.code, index, Fraction(*ratio), units))
    if rounding is not TaxRounding.LINE:
        steps += _round_totals(treatments, exact, taxes, mode)
    difference = 0
    if stated is not None:
        computed, difference = sum(taxes), stated - sum(taxes)
        shares = shares_of_stated(stated, exact, taxes)
        moves = enumerate(share - tax for share, tax in zip(shares, taxes, strict=True))
        steps.append(stated_step(stated, computed, moves))
        taxes = list(shares)
    items = [
        ItemTax(price - tax if includes else price, tax, *ratio)
        for price, includes, tax, ratio in zip(prices, inclusive, taxes, exact, strict=True)
    ]
    return DocumentTax(tuple(items), tuple(steps), difference)


def _exact_tax(treatment: Treatment, price: int, inclusive: bool) -> tuple[int, int]:
    """Return the tax of one item in minor units as a ratio; the denominator is positive.

    Of a net price the rate is due; a gross price is one and the rate times the net.
    """
    if not treatment.is_taxed:
        return 0, 1
    part, whole = treatment.fraction.as_integer_ratio()
    return price * part, whole + part if inclusive else whole


# --- rounding over the document ------------------------------------------------------------


def _round_totals(
    treatments: Sequence[Treatment],
    exact: Sequence[tuple[int, int]],
    taxes: list[int],
    mode: RoundingMode,
) -> list[TaxStep]:
    """Round the tax of each rate once and change ``taxes`` so that they add up to it.

    Rates are the same if code and percentage are, whether prices include them or not.
    """
    groups: dict[tuple[str, Fraction], list[int]] = {}
    for index, treatment in enumerate(treatments):
        if treatment.is_taxed:
            groups.setdefault((treatment.code, treatment.fraction), []).append(index)
    steps = []
    for (code, _), members in groups.items():
        scale = lcm(*(exact[index][1] for index in members))
        scaled = [exact[index][0] * (scale // exact[index][1]) for index in members]
        total = round_ratio(sum(scaled), scale, mode)
        missing = total - sum(taxes[index] for index in members)
        erred = [part - taxes[index] * scale for index, part in zip(members, scaled, strict=True)]
        moved = moves(erred, missing)
        for position, units in moved:
            taxes[members[position]] += units
        steps.append(
            TaxStep(
                scope=StepScope.TOTAL, code=code, item=None, exact=Fraction(sum(scaled), scale),
                units=total, moved=tuple((members[at], units) for at, units in moved),
            )
        )  # fmt: skip
    return steps


def moves(erred: Sequence[int], missing: int) -> tuple[tuple[int, int], ...]:
    """Return which items take a unit or give one back, by position, and by how much.

    Args:
        erred: For each item its exact tax less its rounded one, in parts of a minor unit.
        missing: Units to hand out, or to take back if negative. Each goes to the item whose
            rounding erred most that way, ties to the earliest.
    """
    sign = 1 if missing > 0 else -1
    # INVARIANT: no item is due a second unit. Each errs by less than a unit, and so does the
    # total, hence there are at least as many items that erred that way as units are missing.
    order = sorted(range(len(erred)), key=erred.__getitem__, reverse=missing > 0)
    return tuple((position, sign) for position in sorted(order[: abs(missing)]))


# --- stated tax ----------------------------------------------------------------------------


STATED_PATH: Final = "stated_tax"
"""Where `compute_tax` is told of a stated tax."""


def shares_of_stated(
    stated: int,
    exact: Sequence[tuple[int, int]],
    taxes: Sequence[int],
    *,
    path: str = STATED_PATH,
) -> tuple[int, ...]:
    """Return what each of the computed taxes becomes, so that they add up to the stated tax.

    Where the computed taxes have one sign, the stated tax is spread by them. In a sale with
    returns they keep their figures, and the difference is spread by their size.

    Args:
        stated: In whole units, as the taxes are.
        exact: Each tax before any rounding, as a ratio.
        taxes: As they were computed.
        path: Where the stated tax was said.

    Raises:
        EventError: E_GUARDRAIL for a tax stated where none is due.
    """
    weights = [abs(tax) for tax in taxes]
    if not any(weights):
        # Every tax is below half a unit: the exact figures tell the items apart.
        scale = lcm(*(denominator for _, denominator in exact))
        weights = [abs(numerator) * (scale // denominator) for numerator, denominator in exact]
    if not any(weights):
        if stated:
            raise EventError([Problem(path, "is stated, but no item bears tax")])
        return tuple(taxes)
    if min(taxes) < 0 < max(taxes):
        spread = allocate_units(stated - sum(taxes), weights)
        return tuple(tax + share for tax, share in zip(taxes, spread, strict=True))
    return allocate_units(stated, weights)


def stated_step(stated: int, computed: int, moves: Iterable[tuple[int, int]]) -> TaxStep:
    """Return the step from computed taxes to a stated one.

    ``moves`` are items by index, and by how many units a tax of theirs was moved.
    """
    moved: dict[int, int] = {}
    for index, units in moves:
        moved[index] = moved.get(index, 0) + units
    return TaxStep(
        scope=StepScope.STATED, code="", item=None, exact=Fraction(computed), units=stated,
        moved=tuple((index, units) for index, units in moved.items() if units),
    )  # fmt: skip
