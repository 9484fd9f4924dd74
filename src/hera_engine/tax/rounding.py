"""Rounding of component taxes as declared steps: what is rounded, where, and what gives way.

A rule is a row of a table: whether the price of an item is rounded before tax, over what the tax
is rounded, and from what the net follows. Peers differ in nothing else, and the names of the rows
are the names by which their rules are known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import lcm
from types import MappingProxyType
from typing import Final

from hera_engine.errors import HeraError, did_you_mean
from hera_engine.money import AmountError, RoundingMode, parse_amount, round_fraction


class TaxScope(StrEnum):
    """Over what the exact tax is added up before it is rounded."""

    UNIT = "unit"
    """One unit of the quantity; the item has so many times the rounded tax."""
    LINE = "line"
    """One item."""
    CARRY = "carry"
    """One item, with what the items before it were rounded by."""
    CODE = "code"
    """All items, per component."""
    RATE = "rate"
    """All items, per percentage."""
    JURISDICTION = "jurisdiction"
    """All items, per jurisdiction."""
    COMBINED = "combined"
    """All items and components."""

    @property
    def is_of_an_item(self) -> bool:
        """Whether tax is rounded item by item, and not over the document."""
        return self in (TaxScope.UNIT, TaxScope.LINE, TaxScope.CARRY)


class NetFrom(StrEnum):
    """From what the net of an inclusive price follows, and the bases with it."""

    TAX = "tax"
    """The price less its rounded taxes."""
    NET = "net"
    """The rounded net; the last tax of the price takes the rest."""
    MIXED = "mixed"
    """The rounded sum of nets where a tax came on top, else of the prices less the taxes; a base
    in the price is the rounded sum of it and its tax, less the tax."""
    MIXED_BASES = "mixed_bases"
    """As mixed, but each base is rounded on its own."""
    GROSS = "gross"
    """The rounded sum of the grosses, less the rounded taxes; so is each base."""
    LINES = "lines"
    """The sum of the nets rounded item by item."""


class Spread(StrEnum):
    """Which items take the units that a rounding over the document moves."""

    ERRED_MOST = "erred_most"
    """Those whose own rounding erred most that way, ties to the earliest."""
    LARGEST = "largest"
    """By size: each its share of the units rounded half even, the rest to the largest."""


class CashDifference(StrEnum):
    """Where the difference between a payable and what is paid in coins goes."""

    LINE = "line"
    """To a rounding line of its own."""
    LARGEST_TAX = "largest_tax"
    """To the tax of the largest amount; where there is none, nothing is rounded."""


_PARTS: Final = 10**18
_UNDIVIDED: Final = (Decimal(100),)


@dataclass(frozen=True, slots=True)
class RoundingSteps:
    """The steps of a rule: the price of an item, the tax over a scope, then the net."""

    price: bool
    tax: TaxScope
    net: NetFrom


RULES: Final[Mapping[str, RoundingSteps]] = MappingProxyType(
    {
        "line-tax-first": RoundingSteps(True, TaxScope.LINE, NetFrom.TAX),
        "net-first": RoundingSteps(True, TaxScope.LINE, NetFrom.NET),
        "unit": RoundingSteps(True, TaxScope.UNIT, NetFrom.TAX),
        "cumulative-carry": RoundingSteps(True, TaxScope.CARRY, NetFrom.TAX),
        "total-mixed-v19": RoundingSteps(False, TaxScope.CODE, NetFrom.MIXED),
        "total-mixed-v18": RoundingSteps(False, TaxScope.CODE, NetFrom.MIXED_BASES),
        "total-gross-first": RoundingSteps(False, TaxScope.CODE, NetFrom.GROSS),
        "total-of-lines": RoundingSteps(False, TaxScope.CODE, NetFrom.LINES),
        "rate": RoundingSteps(False, TaxScope.RATE, NetFrom.MIXED),
        "jurisdiction": RoundingSteps(False, TaxScope.JURISDICTION, NetFrom.MIXED),
        "combined": RoundingSteps(False, TaxScope.COMBINED, NetFrom.MIXED),
    }
)
"""The rules by name."""

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "line": "line-tax-first",
        "total": "total-mixed-v19",
        "swedish": "total-mixed-v19",
        "none": "total-mixed-v19",
    }
)
"""What the names of a profile's ``rounding_method`` stand for.

Under none the figures in whole units are those of total; who wants them unrounded takes the exact
ones that stand beside them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingRule:
    """A rule with its mode.

    Attributes:
        name: Of `RULES` or `ALIASES`.
        mode: What becomes of the rest, in each step.
        increment: Smallest amount of any figure, in currency units; None for the minor unit.
        spread: Which items take what a rounding over the document moves.

    Raises:
        HeraError: E_TAX_PROFILE for a name that is not known; E_GUARDRAIL for such a mode.
    """

    name: str = "line-tax-first"
    mode: RoundingMode = RoundingMode.HALF_UP
    increment: Decimal | None = None
    spread: Spread = Spread.ERRED_MOST

    def __post_init__(self) -> None:
        """Put the full name for a short one."""
        said: object = self.name
        name = ALIASES.get(said, said) if isinstance(said, str) else ""
        if name not in RULES:
            hint = (
                did_you_mean(str(name)[:40], (*ALIASES, *RULES)) or f"use one of {', '.join(RULES)}"
            )
            raise HeraError("E_TAX_PROFILE", "the rounding rule is not known", hint=hint)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "mode", RoundingMode.of(self.mode))
        if self.spread not in tuple(Spread):
            raise HeraError("E_TAX_PROFILE", f"the spread is not one of {', '.join(Spread)}")
        if self.increment is None:
            return
        try:
            object.__setattr__(self, "increment", parse_amount(self.increment))
        except AmountError as error:
            raise error.as_hera_error("the rounding increment") from None
        if self.increment <= 0:
            raise HeraError("E_TAX_PROFILE", "the rounding increment is not above zero")

    @classmethod
    def of(cls, rule: "RoundingRule | str | None") -> "RoundingRule":
        """Return a rule as it is, the one of a name, or that of items for none.

        Raises:
            HeraError: E_TAX_PROFILE for a name that is not known.
        """
        if rule is None:
            return cls()
        return rule if isinstance(rule, RoundingRule) else cls(name=rule)

    @property
    def steps(self) -> RoundingSteps:
        """What is rounded, in order."""
        return RULES[self.name]


def exact_sum(values: Iterable[Fraction]) -> Fraction:
    """Return a sum, added up by denominator first, then over one that all of them divide.

    Many figures have few denominators, and those of one document nearly the same factors:
    whole numbers over a common one are far cheaper than fractions reduced at each step.
    """
    parts: dict[int, int] = {}
    for value in values:
        parts[value.denominator] = parts.get(value.denominator, 0) + value.numerator
    common = 1
    for lower in parts:
        if common % lower:
            common = lcm(common, lower)
    return Fraction(sum(upper * (common // lower) for lower, upper in parts.items()), common)


def settle(
    exact: Sequence[Fraction], total: int, rule: RoundingRule, *, start: Sequence[int] | None = None
) -> tuple[int, ...]:
    """Return whole numbers near exact ones that add up to a total.

    Args:
        exact: Figures in units of the increment.
        total: What they are to add up to.
        rule: Each figure is rounded by its mode; what is missing then is spread by its spread.
        start: What to begin with instead of the rounded figures.
    """
    units = list(start) if start is not None else [round_fraction(v, rule.mode) for v in exact]
    missing = total - sum(units)
    if not missing or not units:
        return tuple(units)
    sign = 1 if missing > 0 else -1
    if rule.spread is Spread.LARGEST:
        return _settle_by_size(exact, units, missing)
    # How far a figure is off in tiny parts of a unit, rounded down, decides nearly always.
    erred = [sign * (units[i] - value) for i, value in enumerate(exact)]
    parts = [_PARTS * each.numerator // each.denominator for each in erred]
    order = sorted(range(len(units)), key=lambda index: (parts[index], erred[index], index))
    for turn in range(abs(missing)):
        units[order[turn % len(order)]] += sign
    return tuple(units)


def _settle_by_size(exact: Sequence[Fraction], units: list[int], missing: int) -> tuple[int, ...]:
    """Spread missing units by the size of the figures, the largest first."""
    sign = 1 if missing > 0 else -1
    sizes = [abs(value) for value in exact]
    whole = sum(sizes) or Fraction(1)
    order = sorted(range(len(units)), key=lambda index: (-sizes[index], index))
    left = abs(missing)
    for index in order:
        share = round_fraction(abs(missing) * sizes[index] / whole, RoundingMode.HALF_EVEN)
        taken = min(share, left)
        units[index] += sign * taken
        left -= taken
    for turn in range(left):
        units[order[turn % len(order)]] += sign
    return tuple(units)


def repartition_units(units: int, percentages: Sequence[Decimal]) -> tuple[int, ...]:
    """Return so many percent of a whole number for each share, rounded half up, then corrected.

    Single units move, from the first share on and past shares of zero, until the shares add up
    to the rounded whole of them.
    """
    if tuple(percentages) == _UNDIVIDED:
        return (units,)
    parts = [Fraction(percentage) / 100 for percentage in percentages]
    shares = [round_fraction(units * part) for part in parts]
    missing = round_fraction(units * sum(parts, Fraction())) - sum(shares)
    takers = [i for i, share in enumerate(shares) if share] or list(range(len(shares)))
    for turn in range(abs(missing)):
        shares[takers[turn % len(takers)]] += 1 if missing > 0 else -1
    return tuple(shares)
