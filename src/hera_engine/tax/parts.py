"""Parts of taxed amounts: what discounts leave of them, and what of them is deductible."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from hera_engine import limits
from hera_engine.allocation import allocate, allocate_units
from hera_engine.errors import HeraError
from hera_engine.money import (
    AmountError,
    exact_add,
    from_minor,
    parse_amount,
    round_fraction,
    to_minor,
)

Number = Decimal | int | str


@dataclass(frozen=True, slots=True)
class NetAndTax:
    """An amount without tax and the tax on it, in currency units."""

    net: Decimal
    tax: Decimal

    def __post_init__(self) -> None:
        object.__setattr__(self, "net", _number(self.net, "the net"))
        object.__setattr__(self, "tax", _number(self.tax, "the tax"))

    @property
    def gross(self) -> Decimal:
        """Net and tax."""
        return exact_add(self.net, self.tax)


class DiscountKind(StrEnum):
    """How a discount is given."""

    PERCENT = "percent"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class GrossDiscount:
    """What is taken off the total with tax: a percentage of 0 to 100, or an amount.

    Raises:
        HeraError: E_GUARDRAIL for a value that is none, negative, or above 100 percent.
    """

    kind: DiscountKind
    value: Decimal

    def __post_init__(self) -> None:
        if not isinstance(self.kind, DiscountKind):
            raise HeraError("E_GUARDRAIL", "the kind of a discount is not a DiscountKind")
        number = _number(self.value, "a discount")
        if number < 0 or (self.kind is DiscountKind.PERCENT and number > 100):
            raise HeraError("E_GUARDRAIL", "a discount is negative or more than 100 percent")
        object.__setattr__(self, "value", number)


def discount_gross(
    lines: Sequence[NetAndTax], discounts: Sequence[GrossDiscount], *, exponent: int
) -> tuple[NetAndTax, ...]:
    """Return taxed lines after discounts on their gross total.

    The discounts apply in order, each to what the one before leaves, and never take more than
    that. What remains is shared over the lines by their gross amounts (largest remainder); net
    and tax of a line shrink alike: its tax is rounded half up, its net is the rest.

    Law: the lines' grosses sum to the discounted total (tests/laws/test_terms).

    Args:
        lines: Amounts with at most ``exponent`` decimals, no gross below zero.
        discounts: In order; a percentage is rounded half up to the minor unit.
        exponent: Decimals of the minor unit, 0 to 12.

    Raises:
        HeraError: E_GUARDRAIL if an argument is not as described.
    """
    if type(exponent) is not int or not 0 <= exponent <= limits.AMOUNT_SCALE:
        raise HeraError("E_GUARDRAIL", f"the exponent is not 0 to {limits.AMOUNT_SCALE}")
    taxes = tuple(_units(line.tax, exponent) for line in lines)
    grosses = tuple(_units(line.gross, exponent) for line in lines)
    if any(gross < 0 for gross in grosses):
        message = "a line to be discounted is below zero"
        raise HeraError("E_GUARDRAIL", message, hint="discount the returns on their own")
    left = sum(grosses)
    for discount in discounts:
        left -= min(left, _taken(discount, left, exponent))
    shares = allocate_units(left, grosses) if any(grosses) else grosses
    shared = zip(shares, grosses, taxes, strict=True)
    return tuple(_reduced(share, gross, tax, exponent) for share, gross, tax in shared)


def _taken(discount: GrossDiscount, left: int, exponent: int) -> int:
    """Return what a discount takes off in minor units."""
    if discount.kind is DiscountKind.PERCENT:
        return round_fraction(left * Fraction(discount.value) / 100)
    return _units(discount.value, exponent)


def _reduced(share: int, gross: int, tax: int, exponent: int) -> NetAndTax:
    """Return a line of which a share is left."""
    kept = round_fraction(Fraction(tax * share, gross)) if gross else tax
    return NetAndTax(from_minor(share - kept, exponent), from_minor(kept, exponent))


@dataclass(frozen=True, slots=True)
class DeductibleParts:
    """A purchase in two parts: the deductible one, and the private one beside it.

    Net and each tax of the two parts sum to those of the purchase.

    Attributes:
        net: Deductible net; the expense.
        taxes: Deductible tax of each rate, in the order given.
        private_net: The rest of the net.
        private_taxes: The rest of each tax.
    """

    net: Decimal
    taxes: tuple[Decimal, ...]
    private_net: Decimal
    private_taxes: tuple[Decimal, ...]

    @property
    def private_tax(self) -> Decimal:
        """Sum of the taxes that are not deductible."""
        whole = Decimal(0)
        for tax in self.private_taxes:
            whole = exact_add(whole, tax)
        return whole

    @property
    def payable(self) -> Decimal:
        """What the supplier is owed."""
        whole = exact_add(self.net, self.private_net)
        for tax in (*self.taxes, *self.private_taxes):
            whole = exact_add(whole, tax)
        return whole


def split_deductible(
    net: Number, taxes: Sequence[Number], percent: Number, *, exponent: int
) -> DeductibleParts:
    """Return a purchase split into what may be deducted and what may not.

    The rounded net and each rounded tax are split, so that nothing is won or lost; a single unit
    left over goes to the larger fraction, on a tie to the deductible part.

    >>> split_deductible("50.00", ["7.50"], "75", exponent=2).taxes
    (Decimal('5.63'),)

    Law: the parts sum to the purchase (tests/laws/test_terms).

    Args:
        net: Amount without tax, with at most ``exponent`` decimals.
        taxes: Tax of each rate on the whole net, likewise.
        percent: Deductible share, 0 to 100.
        exponent: Decimals of the minor unit, 0 to 12.

    Raises:
        HeraError: E_GUARDRAIL if an argument is not as described.
    """
    share = Fraction(_number(percent, "the deductible percentage"))
    if not 0 <= share <= 100:
        raise HeraError("E_GUARDRAIL", "the deductible percentage does not lie between 0 and 100")
    weights = (share, 100 - share)
    own_net, private_net = allocate(net, weights, exponent=exponent)
    split = tuple(allocate(tax, weights, exponent=exponent) for tax in taxes)
    return DeductibleParts(
        net=own_net,
        taxes=tuple(own for own, _ in split),
        private_net=private_net,
        private_taxes=tuple(private for _, private in split),
    )


def _number(value: object, subject: str) -> Decimal:
    try:
        return parse_amount(value)
    except AmountError as error:
        raise error.as_hera_error(subject) from None


def _units(value: object, exponent: int) -> int:
    try:
        return to_minor(parse_amount(value), exponent)
    except AmountError as error:
        raise error.as_hera_error("an amount of the document") from None
