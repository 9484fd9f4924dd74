"""A tax component: one of the taxes that an item may bear beside others, and what it is made of.

Where a rate is one percentage for a category, components stand side by side: a federal tax and
one of the province, an excise per litre that the value added tax is then due on as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from hera_engine.errors import HeraError
from hera_engine.money import AmountError, parse_amount
from hera_engine.periods import Period

_WHOLE: Final = Decimal(100)
_SHOWN: Final = 40
_TIERS_RISE: Final = "let each slice end above the one before, and only the last without an end"


class ComponentKind(StrEnum):
    """How a component comes to its amount."""

    PERCENT = "percent"
    """A percentage of its base."""
    DIVISION = "division"
    """A percentage of its base and itself: of the price that includes it."""
    FIXED = "fixed"
    """An amount for each unit of the quantity, with the sign of the unit price."""
    TIERED = "tiered"
    """A percentage for each slice of its base."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A slice of a base: up to an amount in currency units, None for what is above the last."""

    up_to: Decimal | None
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One tax that items bear, by its code.

    Attributes:
        code: Name within the profile.
        kind: How the amount is found.
        rate: Percentage, or the amount in currency units for each unit of quantity.
        tiers: Slices in rising order, for the kind tiered.
        inclusive: Whether prices include it; None where the item or the profile says.
        compound: Whether it raises the base of later components.
        base_affected: Whether earlier compound components raise its base.
        on: Codes of the components that are in its base besides the net, in place of what the
            flags say; those that an item does not bear are not. Empty for what the flags say.
        sequence: Its level; components of one level share a base. None for its position.
        reverse_charge: Whether it is owed and deducted at once and so costs the customer
            nothing; never part of a price.
        repartition: Percentages that its amount is split by; empty for the whole, and for the
            whole and its opposite where it is a reverse charge.
        recoverable: Percentage of it that the buyer may deduct.
        retained: Whether the customer keeps it back instead of paying it.
        group: Name under which several components are shown together.
        jurisdiction: Whose tax it is.
        account: Account key of its own lines, in place of the one a rule names.
        input_account: Account key of what a buyer deducts, or a seller has withheld.
        expense_account: Account key of what a buyer cannot deduct; None to join the net.
        source: The law behind it, in words.
        effective_from: First day; None for all days before the last.
        effective_to: Last day; None for all days after the first.

    Raises:
        HeraError: E_TAX_PROFILE for a component that makes no sense, E_GUARDRAIL for a number that
            is none.
    """

    code: str
    kind: ComponentKind = ComponentKind.PERCENT
    rate: Decimal = Decimal(0)
    tiers: tuple[Tier, ...] = ()
    inclusive: bool | None = None
    compound: bool = False
    base_affected: bool = True
    on: tuple[str, ...] = ()
    sequence: int | None = None
    reverse_charge: bool = False
    repartition: tuple[Decimal, ...] = ()
    recoverable: Decimal = _WHOLE
    retained: bool = False
    group: str | None = None
    jurisdiction: str | None = None
    account: str | None = None
    input_account: str | None = None
    expense_account: str | None = None
    source: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    fraction: Fraction = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read its numbers exactly, once, and refuse what no evaluation can follow."""
        code: object = self.code
        if not isinstance(code, str) or not code:
            raise component_fault("…", "has no text for a code")
        if self.kind not in tuple(ComponentKind):
            raise component_fault(self.code, f"is not one of {', '.join(ComponentKind)}")
        if self.sequence is not None and type(self.sequence) is not int:
            raise component_fault(self.code, "has a sequence that is no whole number")
        _check_flags(self)
        _check_days(self)
        rate = _number(self.rate, self.code)
        split = _percentages(self.repartition, self.code)
        object.__setattr__(self, "rate", rate)
        object.__setattr__(self, "on", _codes(self.on, self.code))
        object.__setattr__(self, "repartition", split)
        object.__setattr__(self, "recoverable", _number(self.recoverable, self.code))
        object.__setattr__(self, "kind", ComponentKind(self.kind))
        fixed = self.kind is ComponentKind.FIXED
        object.__setattr__(self, "fraction", Fraction(rate) / (1 if fixed else 100))
        fault = self._fault()
        if fault is not None:
            raise component_fault(self.code, *fault)

    def _fault(self) -> tuple[str, str | None] | None:
        """Return what makes no sense, and what to do."""
        tiered = self.kind is ComponentKind.TIERED
        if tiered != bool(self.tiers):
            return "has tiers exactly if it is tiered", "list tiers for the kind tiered alone"
        if tiered and self.inclusive:
            reason = "is tiered, and prices can include no tiered tax"
            return reason, "say that prices exclude it, or give it one percentage"
        if tiered and not _rises(self.tiers):
            return "has tiers that do not rise, or no last one without an end", _TIERS_RISE
        if not 0 <= self.recoverable <= _WHOLE:
            return "is recoverable by less than 0 or more than 100 percent", None
        if self.code in self.on:
            return "is due on itself", None
        if self.retained and self.inclusive:
            reason = "is kept back by the customer, and no price can include it"
            return reason, "say that prices exclude it"
        return None

    @property
    def shares(self) -> tuple[Decimal, ...]:
        """Percentages that the amount is split by; never empty."""
        if self.repartition:
            return self.repartition
        return (_WHOLE, -_WHOLE) if self.reverse_charge else (_WHOLE,)

    @property
    def is_nought(self) -> bool:
        """Whether it comes to nothing on whatever base; such a component changes no figure."""
        return not self.fraction and not any(tier.rate for tier in self.tiers)

    @property
    def sign(self) -> int:
        """Minus one for a tax that the customer keeps back from what is to be paid."""
        return -1 if self.retained else 1

    @property
    def is_paid(self) -> bool:
        """Whether the customer pays it: it is neither kept back nor a reverse charge."""
        return not (self.retained or self.reverse_charge)

    @property
    def fits_prices(self) -> bool:
        """Whether a price can include it; one by tiers is not linear, and comes on top."""
        return self.is_paid and self.kind is not ComponentKind.TIERED

    def overlaps(self, other: "Component") -> bool:
        """Whether there is a day on which both are valid."""
        own = Period(self.effective_from, self.effective_to)
        return own.common(Period(other.effective_from, other.effective_to)) is not None

    def applies_on(self, day: date | None) -> bool:
        """Whether the component is valid on a day; every one is where no day is known."""
        starts, ends = self.effective_from, self.effective_to
        if day is None:
            return True
        return (starts is None or starts <= day) and (ends is None or day <= ends)

    def of_tiers(self, base: Fraction) -> Fraction:
        """Return the sum over the slices of a base, with the sign of the base."""
        return sum((due for _, _, due in self.slices(base)), Fraction(0))

    def slices(self, base: Fraction) -> tuple[tuple[Fraction, Decimal, Fraction], ...]:
        """Return the slices of a base: how much, at what percentage, and what is due, all exact.

        Amounts are in the unit of the base and have its sign; none where there are no tiers.
        """
        size, done, sign = abs(base), Fraction(0), -1 if base < 0 else 1
        found = []
        for tier in self.tiers:
            top = size if tier.up_to is None else min(size, Fraction(tier.up_to))
            if top > done:
                part = sign * (top - done)
                found.append((part, tier.rate, part * Fraction(tier.rate) / 100))
                done = top
        return tuple(found)


def component_fault(code: str, reason: str, hint: str | None = None) -> HeraError:
    """Return the error for a component that makes no sense."""
    shown = code[:_SHOWN]
    return HeraError(
        "E_TAX_PROFILE", f"tax component `{shown}` {reason}", details={"component": shown},
        hint=hint,
    )  # fmt: skip


def _codes(value: object, code: str) -> tuple[str, ...]:
    """Return codes without repetition; a lone text is no list of them."""
    if isinstance(value, list | tuple) and all(isinstance(each, str) and each for each in value):
        return tuple(dict.fromkeys(value))
    raise component_fault(code, "is due on something that is no list of codes")


_SAY_A_FLAG: Final = "pass True or False"
_SAY_A_DAY: Final = "pass a datetime.date such as date(2026, 1, 31)"


def _check_flags(component: Component) -> None:
    """Refuse what a flag cannot be, before a text such as `no` is taken for a yes."""
    flags: dict[str, object] = {
        "compound": component.compound,
        "base_affected": component.base_affected,
        "reverse_charge": component.reverse_charge,
        "retained": component.retained,
    }
    if component.inclusive is not None:
        flags["inclusive"] = component.inclusive
    for name, flag in flags.items():
        if type(flag) is not bool:
            reason = f"says `{name}` by what is neither true nor false"
            raise component_fault(component.code, reason, _SAY_A_FLAG)


def _check_days(component: Component) -> None:
    """Refuse first and last days that are no dates, and periods that end before they begin."""
    starts, ends = component.effective_from, component.effective_to
    for name, day in (("effective_from", starts), ("effective_to", ends)):
        # A datetime is a date by inheritance, but compares with none.
        if day is not None and type(day) is not date:
            raise component_fault(component.code, f"has no date for `{name}`", _SAY_A_DAY)
    if starts is not None and ends is not None and ends < starts:
        reason = f"begins on {starts} and ends on {ends}"
        raise component_fault(component.code, reason, "put the earlier day into effective_from")


def _percentages(value: object, code: str) -> tuple[Decimal, ...]:
    """Return the percentages of a repartition; a lone text is no list of them."""
    if isinstance(value, list | tuple):
        return tuple(_number(each, code) for each in value)
    reason = "is split by something that is no list of percentages"
    raise component_fault(code, reason, 'pass a list such as ["60", "40"]')


def _number(value: object, code: str) -> Decimal:
    try:
        return parse_amount(value)
    except AmountError as error:
        raise error.as_hera_error(f"a number of tax component `{code[:_SHOWN]}`") from None


def _rises(tiers: Sequence[Tier]) -> bool:
    """Whether tiers rise from above zero to a last one without an end."""
    ends = [tier.up_to for tier in tiers[:-1]]
    bounded = [end for end in ends if end is not None]
    if len(bounded) < len(ends) or tiers[-1].up_to is not None:
        return False
    return all(low < high for low, high in zip((Decimal(0), *bounded), bounded, strict=False))
