"""What a tax computation returns: items, components and totals, in currency units."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hera_engine.money import format_amount
from hera_engine.tax.category import Reason
from hera_engine.tax.component import Component
from hera_engine.tax.compute import TaxStep


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxComponent:
    """One tax of one item.

    Attributes:
        code: Name of the rate.
        base: What the rate applies to: the net of the item, in currency units.
        rate: Percentage as written in the profile.
        amount: Tax in currency units, rounded to the minor unit; zero under reverse charge.
        exact: Tax in currency units before any rounding.
        exact_base: Base in currency units before any rounding.
        shares: Parts that the amount is posted in; they add up to it. A reverse charge has two,
            of opposite sign.
        non_recoverable: What of the amount the buyer may not deduct: what `deductible` leaves.
        component: The component, in a profile that has components.
    """

    code: str
    base: Decimal
    rate: Decimal
    amount: Decimal
    exact: Fraction
    exact_base: Fraction = Fraction()
    shares: tuple[Decimal, ...] = ()
    non_recoverable: Decimal = Decimal(0)
    component: Component | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedItem:
    """One item with its tax; net + tax = gross, in currency units.

    ``components`` is empty for an item that no rate applies to: exempt or out of scope.
    ``exact_net`` is the net before any rounding: of a price with tax in it, what the exact tax
    leaves.
    """

    net: Decimal
    tax: Decimal
    gross: Decimal
    components: tuple[TaxComponent, ...]
    category: str
    reason: Reason
    inclusive: bool
    exact_net: Fraction = Fraction()

    @property
    def reverse_charge(self) -> bool:
        """Whether the customer accounts for the tax."""
        return self.reason is Reason.REVERSE_CHARGE


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxResult:
    """The taxes of a document, in currency units; net + tax = gross.

    Attributes:
        items: One entry per item, in the order given.
        net: Sum of the items' nets.
        tax: Sum of the items' taxes.
        gross: Sum of the items' grosses.
        difference: Stated tax less computed tax; zero where none was stated.
        is_off: Whether a stated tax differs by more than one minor unit per item.
        steps: Each step of rounding, in order, with what it moved.
        retained: Sum of the taxes that the customer keeps back; no part of ``tax``.
    """

    items: tuple[TaxedItem, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    rates: tuple[tuple[str, Decimal], ...]
    difference: Decimal
    is_off: bool
    steps: tuple[TaxStep, ...]
    retained: Decimal = Decimal("0.00")

    @property
    def by_rate(self) -> dict[str, Decimal]:
        """Tax by percentage, such as ``{"5": Decimal("15.00")}``, in order of first appearance.

        The key is the percentage in plain digits without trailing zeros. Rates of the same
        percentage are added up; a zero rate is there with 0.00; what is exempt, out of scope or
        under reverse charge is not.
        """
        return dict(self.rates)

    def summary(self) -> str:
        """Return the totals as lines of text, ending with the tax of each rate above zero."""
        return summary_text(net=self.net, tax=self.tax, gross=self.gross, by_rate=self.by_rate)


def summary_text(
    *, net: Decimal, tax: Decimal, gross: Decimal, by_rate: Mapping[str, Decimal]
) -> str:
    """Return totals as lines of text.

    >>> print(summary_text(net=Decimal("200.00"), tax=Decimal("10.00"), gross=Decimal("210.00"),
    ...                    by_rate={"5": Decimal("10.00"), "0": Decimal("0.00")}))
    Net Total: 200.00
    Tax Total: 10.00
    Gross Total: 210.00
    5%: 10.00

    Args:
        net: In currency units, as is each amount here; shown with the decimals it has.
        tax: Sum of all taxes.
        gross: Net and tax.
        by_rate: Tax by percentage; those without tax are left out.
    """
    totals = (("Net Total", net), ("Tax Total", tax), ("Gross Total", gross))
    rates = ((f"{percent}%", amount) for percent, amount in by_rate.items() if amount)
    return "\n".join(f"{name}: {format_amount(amount)}" for name, amount in (*totals, *rates))


def plain_percent(percent: Decimal) -> str:
    """Return a percentage in plain digits without trailing zeros."""
    text = format_amount(percent)
    return text.rstrip("0").rstrip(".") if "." in text else text
