"""Tax of a whole document for callers that need no journal: items and a profile in, taxes out."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hera_engine.errors import EventError, HeraError, Problem
from hera_engine.money import currency_exponent, format_amount, from_minor
from hera_engine.tax.category import Reason
from hera_engine.tax.compute import (
    DocumentTax,
    ItemTax,
    TaxStep,
    price_includes_tax,
    tax_is_due,
    tax_items,
)
from hera_engine.tax.items import Number, PricedItem, TaxItem, read_items, read_stated
from hera_engine.tax.profile import TaxProfile, Treatment, exempt_treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxComponent:
    """One tax of one item.

    Attributes:
        code: Name of the rate.
        base: What the rate applies to: the net of the item, in currency units.
        rate: Percentage as written in the profile.
        amount: Tax in currency units, rounded to the minor unit; zero under reverse charge.
        exact: Tax in currency units before any rounding.
    """

    code: str
    base: Decimal
    rate: Decimal
    amount: Decimal
    exact: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedItem:
    """One item with its tax; net + tax = gross, in currency units.

    ``components`` is empty for an item that no rate applies to: exempt or out of scope.
    """

    net: Decimal
    tax: Decimal
    gross: Decimal
    components: tuple[TaxComponent, ...]
    category: str
    reason: Reason
    inclusive: bool

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
    """

    items: tuple[TaxedItem, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    rates: tuple[tuple[str, Decimal], ...]
    difference: Decimal
    is_off: bool
    steps: tuple[TaxStep, ...]

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


def compute_tax(
    profile: TaxProfile,
    items: Sequence[TaxItem | Mapping[str, object]],
    *,
    currency: str = "EUR",
    date: datetime.date | None = None,
    counterparty: bool = False,
    stated_tax: Number | None = None,
) -> TaxResult:
    """Return the taxes of a document.

    Whether a price includes its tax is said by the item, else by its rate, else by the profile;
    where none of them says, it does not. Rounded half up where the profile says: line or total.

    >>> profile = TaxProfile.from_mapping({"rates": {"standard": "5.0"}})
    >>> compute_tax(profile, [{"amount": "33.33"}, {"amount": "66.67"}]).tax
    Decimal('5.00')

    Args:
        profile: The rules; `TaxProfile.from_mapping` reads one.
        items: What is sold: `TaxItem`, or mappings with its fields. Negative for returns.
        currency: ISO 4217 code.
        date: Tax point date, which chooses the rates; not needed where each category has one.
        counterparty: Whether the other party is known by name, as a reverse charge demands.
        stated_tax: Tax of the document as the sender states it, taken as it is and spread over
            the items by their computed taxes.

    Raises:
        EventError: E_GUARDRAIL for items that cannot be read, with all that is wrong with them,
            and for a tax stated where none is due.
        HeraError: E_TAX_PROFILE without a profile, or for a rounding this version does not
            have; E_RATE_RESOLUTION where no rate fits; E_GUARDRAIL for an unknown currency.
    """
    _check_arguments(profile, date)
    exponent = currency_exponent(currency)
    priced = read_items(items, exponent)
    stated = read_stated(stated_tax, exponent)
    treatments = tuple(_treatment(profile, item, date, counterparty) for item in priced)
    prices = tuple(item.price for item in priced)
    if stated and not tax_is_due(treatments, prices):
        raise EventError([Problem("stated_tax", "is stated, but no item bears tax")])
    inclusive = tuple(
        price_includes_tax(
            item=item.inclusive, rate=treatment.inclusive, profile=profile.inclusive_prices
        )
        for item, treatment in zip(priced, treatments, strict=True)
    )
    document = tax_items(treatments, prices, inclusive, rounding=profile.rounding, stated=stated)
    return _result(document, treatments, inclusive, exponent)


def _check_arguments(profile: object, date: object) -> None:
    """Refuse a profile or a date of another type, which no annotation stops."""
    if not isinstance(profile, TaxProfile):
        hint = "build one with TaxProfile.from_mapping"
        raise HeraError("E_TAX_PROFILE", "no tax profile is given", hint=hint)
    # A datetime is a date by inheritance, but compares with none.
    if date is not None and type(date) is not datetime.date:
        raise EventError([Problem("date", "is not a date", "pass datetime.date(2026, 1, 31)")])


def _treatment(
    profile: TaxProfile, item: PricedItem, on: datetime.date | None, counterparty: bool
) -> Treatment:
    if item.exempt:
        return exempt_treatment(item.category)
    return profile.resolve(item.category, on, counterparty=counterparty)


# --- the result ----------------------------------------------------------------------------


def _result(
    document: DocumentTax,
    treatments: Sequence[Treatment],
    inclusive: Sequence[bool],
    exponent: int,
) -> TaxResult:
    """Return the taxes of a document in currency units."""
    net = sum(item.net for item in document.items)
    return TaxResult(
        items=tuple(
            _taxed_item(*parts, exponent)
            for parts in zip(document.items, treatments, inclusive, strict=True)
        ),
        net=from_minor(net, exponent),
        tax=from_minor(document.tax, exponent),
        gross=from_minor(net + document.tax, exponent),
        rates=_by_rate(zip(document.items, treatments, strict=True), exponent),
        difference=from_minor(document.difference, exponent),
        is_off=document.is_off,
        steps=document.steps,
    )


def _taxed_item(item: ItemTax, treatment: Treatment, inclusive: bool, exponent: int) -> TaxedItem:
    net, tax = from_minor(item.net, exponent), from_minor(item.tax, exponent)
    components: tuple[TaxComponent, ...] = ()
    if treatment.rate is not None and treatment.rate.percent is not None:
        component = TaxComponent(
            code=treatment.code,
            base=net,
            rate=treatment.percent,
            amount=tax,
            exact=item.exact / 10**exponent,
        )
        components = (component,)
    return TaxedItem(
        net=net,
        tax=tax,
        gross=from_minor(item.gross, exponent),
        components=components,
        category=treatment.category,
        reason=treatment.reason,
        inclusive=inclusive,
    )


def _by_rate(
    taxed: Iterable[tuple[ItemTax, Treatment]], exponent: int
) -> tuple[tuple[str, Decimal], ...]:
    """Return the tax of each percentage, in order of first appearance."""
    units: dict[str, int] = {}
    for item, treatment in taxed:
        if treatment.reason in (Reason.STANDARD, Reason.ZERO):
            percent = _plain_percent(treatment.percent)
            units[percent] = units.get(percent, 0) + item.tax
    return tuple((percent, from_minor(tax, exponent)) for percent, tax in units.items())


def _plain_percent(percent: Decimal) -> str:
    """Return a percentage in plain digits without trailing zeros."""
    text = format_amount(percent)
    return text.rstrip("0").rstrip(".") if "." in text else text
