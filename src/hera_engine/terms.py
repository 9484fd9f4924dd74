"""Payment terms: a total split into instalments, and what is due if it is paid early."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from hera_engine import limits
from hera_engine.errors import HeraError, did_you_mean
from hera_engine.money import (
    AmountError,
    RoundingMode,
    exact_add,
    exact_subtract,
    parse_amount,
    round_money,
)

Number = Decimal | int | str
_ZERO: Final = Decimal(0)


class PartKind(StrEnum):
    """What an instalment is a part of.

    Members:
        PERCENT: So many percent of the whole total.
        PERCENT_OF_REMAINING: So many percent of what the instalments before it leave.
        FIXED: An amount, with the sign of the total.
        REMAINDER: All that is left.
    """

    PERCENT = "percent"
    PERCENT_OF_REMAINING = "percent_of_remaining"
    FIXED = "fixed"
    REMAINDER = "remainder"

    @classmethod
    def of(cls, name: object) -> "PartKind":
        """Return the kind of a name, written with underscores or hyphens.

        Raises:
            HeraError: E_GUARDRAIL if there is no such kind.
        """
        text = name.replace("-", "_") if isinstance(name, str) else ""
        try:
            return cls(text)
        except ValueError:
            hint = did_you_mean(text[:20], cls) or f"use one of {', '.join(cls)}"
            message = "the kind of an instalment is not known"
            raise HeraError("E_GUARDRAIL", message, hint=hint) from None


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of a payment.

    Attributes:
        kind: What it is a part of.
        value: Percentage or amount, not negative; None for the remainder alone. A percentage may
            be a fraction, such as ``Fraction(100, 3)``.

    Raises:
        HeraError: E_GUARDRAIL for a value that does not fit.
    """

    kind: PartKind
    value: Decimal | Fraction | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", PartKind.of(self.kind))
        if (self.kind is PartKind.REMAINDER) != (self.value is None):
            message = f"an instalment of kind `{self.kind}` has a value, or lacks one"
            raise HeraError("E_GUARDRAIL", message, hint="only a remainder has none")
        if self.value is not None:
            object.__setattr__(self, "value", _size(self.value))


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """Instalments in order of payment, which together are always the whole total.

    The last one is what the others leave, whatever it says of itself. Percentages of the total
    must come to exactly 100, unless a remainder takes what they leave.

    Raises:
        HeraError: E_GUARDRAIL for no instalments, too many, or percentages of another sum.
    """

    parts: tuple[Instalment, ...]

    def __post_init__(self) -> None:
        parts: object = self.parts
        if not isinstance(parts, tuple) or not all(isinstance(each, Instalment) for each in parts):
            raise HeraError("E_GUARDRAIL", "a payment plan is not a tuple of instalments")
        if not parts:
            raise HeraError("E_GUARDRAIL", "a payment plan has no instalments")
        if len(self.parts) > limits.EVENT_ITEMS:
            allowed, seen = str(limits.EVENT_ITEMS), str(len(self.parts))
            details = {"limit": "EVENT_ITEMS", "allowed": allowed, "seen": seen}
            message = f"there are more than {allowed} instalments"
            raise HeraError("E_GUARDRAIL", message, details=details)
        self._check_percentages()

    def _check_percentages(self) -> None:
        kinds = {part.kind for part in self.parts}
        if PartKind.REMAINDER in kinds or PartKind.PERCENT not in kinds:
            return
        whole = sum(
            (Fraction(part.value or 0) for part in self.parts if part.kind is PartKind.PERCENT),
            Fraction(),
        )
        if whole != 100:
            message = "the percentages of the instalments do not sum to 100"
            hint = "correct them, or end with a remainder"
            raise HeraError("E_GUARDRAIL", message, hint=hint)


def split_instalments(
    total: Number,
    plan: PaymentPlan,
    *,
    step: Number,
    cash_step: Number | None = None,
    mode: RoundingMode | str = RoundingMode.HALF_UP,
) -> tuple[Decimal, ...]:
    """Return the amounts of a plan's instalments.

    >>> half = Instalment(PartKind.PERCENT, Decimal(50))
    >>> split_instalments("0.03", PaymentPlan((half, half)), step="0.01")
    (Decimal('0.02'), Decimal('0.01'))

    Each part but the last is rounded half up to the step, and then to the cash step if there is
    one; the last is the exact balance, which may be zero or of the other sign.

    Law: the instalments sum to the total (tests/laws/test_terms).

    Args:
        total: What is paid, of either sign.
        plan: The instalments.
        step: What amounts are multiples of, such as 0.01.
        cash_step: Smallest coin, such as 0.05.
        mode: How amounts are rounded to the cash step.

    Raises:
        HeraError: E_GUARDRAIL if an argument is not as described.
    """
    whole = _amount(total, "the total")
    left = whole
    amounts: list[Decimal] = []
    for part in _parts(plan)[:-1]:
        amount = round_money(_exact_part(part, whole, left), step=step)
        if cash_step is not None:
            amount = round_money(amount, step=cash_step, mode=mode)
        amounts.append(amount)
        left = exact_subtract(left, amount)
    return (*amounts, left)


def _parts(plan: PaymentPlan) -> tuple[Instalment, ...]:
    if not isinstance(plan, PaymentPlan):
        raise HeraError("E_GUARDRAIL", "the plan is not a PaymentPlan")
    return plan.parts


def _exact_part(part: Instalment, whole: Decimal, left: Decimal) -> Fraction:
    """Return an instalment before rounding."""
    value = Fraction(part.value or 0)
    match part.kind:
        case PartKind.PERCENT:
            return Fraction(whole) * value / 100
        case PartKind.PERCENT_OF_REMAINING:
            return Fraction(left) * value / 100
        case PartKind.FIXED:
            return -value if whole < 0 else value
        case PartKind.REMAINDER:
            return Fraction(left)


def convert_instalments(
    amounts: Sequence[Decimal], base_total: Number, *, rate: Number | Fraction, step: Number
) -> tuple[Decimal, ...]:
    """Return instalments in the base currency: each at the rate, the last as the balance.

    Law: the converted instalments sum to the total in the base currency (tests/laws/test_terms).

    Args:
        amounts: Instalments in the currency of the document.
        base_total: Their sum in the base currency, as it is already booked.
        rate: Base units for one unit of the document, above zero.
        step: What base amounts are multiples of; each but the last is rounded half up to it.

    Raises:
        HeraError: E_GUARDRAIL if an argument is not as described.
    """
    factor = Fraction(_size(rate))
    left = _amount(base_total, "the total in the base currency")
    if not factor or not amounts:
        raise HeraError("E_GUARDRAIL", "the rate is zero, or there are no instalments")
    converted: list[Decimal] = []
    for amount in amounts[:-1]:
        converted.append(
            round_money(Fraction(_amount(amount, "an instalment")) * factor, step=step)
        )
        left = exact_subtract(left, converted[-1])
    return (*converted, left)


def early_payment(
    net: Number,
    tax: Number,
    percent: Number,
    *,
    reduces_tax: bool,
    step: Number,
    mode: RoundingMode | str = RoundingMode.HALF_UP,
) -> Decimal:
    """Return what is due of a document if a discount for early payment is taken.

    >>> early_payment("1000", "150", "10", reduces_tax=False, step="0.01")
    Decimal('1050.00')

    Args:
        net: Amount without tax.
        tax: Tax on it.
        percent: The discount, 0 to 100.
        reduces_tax: Whether it is taken off net and tax alike; else off the net alone, where the
            law has the tax stay what it was.
        step: What the result is a multiple of; it is rounded once, from its exact value.
        mode: Half away from zero by default.

    Raises:
        HeraError: E_GUARDRAIL if an argument is not as described.
    """
    net_amount, tax_amount = _amount(net, "the net"), _amount(tax, "the tax")
    off = Fraction(_amount(percent, "the discount")) / 100
    if not 0 <= off <= 1:
        raise HeraError("E_GUARDRAIL", "the discount does not lie between 0 and 100")
    gross = Fraction(exact_add(net_amount, tax_amount))
    reduced = gross if reduces_tax else Fraction(net_amount)
    return round_money(gross - reduced * off, step=step, mode=mode)


def _amount(value: object, subject: str) -> Decimal:
    try:
        return parse_amount(value)
    except AmountError as error:
        raise error.as_hera_error(subject) from None


def _size(value: object) -> Decimal | Fraction:
    """Return a percentage, amount or rate that is not negative."""
    number = value if isinstance(value, Fraction) else _amount(value, "the value")
    if number < 0:
        raise HeraError("E_GUARDRAIL", "the value is negative")
    if isinstance(number, Fraction):
        bits = max(number.numerator.bit_length(), number.denominator.bit_length())
        if bits > limits.INTEGER_BITS:
            message = f"the value is a fraction of more than {limits.INTEGER_BITS} bits"
            raise HeraError("E_GUARDRAIL", message, hint="round it")
    return number
