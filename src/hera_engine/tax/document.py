"""Tax of a whole document for callers that need no journal: items and a profile in, taxes out."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from hera_engine.errors import EventError, HeraError, Problem
from hera_engine.money import currency_exponent, from_minor
from hera_engine.tax.category import Reason
from hera_engine.tax.component_document import taxes_of_components
from hera_engine.tax.compute import (
    DocumentTax,
    ItemTax,
    price_includes_tax,
    tax_is_due,
    tax_items,
)
from hera_engine.tax.items import Number, PricedItem, TaxItem, read_items, read_stated
from hera_engine.tax.profile import TaxProfile, Treatment, exempt_treatment
from hera_engine.tax.results import TaxComponent, TaxedItem, TaxResult, plain_percent


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
    where none of them says, it does not. Rounded half up where the profile says: each item's tax
    under ``line``, that of each rate over the document under ``total``. Tax under ``none`` and
    ``swedish`` is rounded as under ``total``: the exact figures beside it are for whoever rounds
    later, and `cash_payable` finds what is paid in coins.

    >>> profile = TaxProfile.from_mapping({"rates": {"standard": "5.0"}})
    >>> compute_tax(profile, [{"amount": "33.33"}, {"amount": "66.67"}]).tax
    Decimal('5.00')

    Args:
        profile: The rules; `TaxProfile.from_mapping` reads one.
        items: What is sold: `TaxItem`, or mappings with its fields. Negative for returns.
        currency: ISO 4217 code.
        date: Tax point date, which chooses the rates; not needed where each category has one.
        counterparty: Whether the other party is known by name, as the rate of a reverse charge
            demands; components that are reversed are borne in any case.
        stated_tax: Tax of the document as the sender states it, taken as it is and spread over
            the items by their computed taxes.

    Raises:
        EventError: E_GUARDRAIL for items that cannot be read, with all that is wrong with them,
            and for a tax stated where none is due.
        HeraError: E_TAX_PROFILE without a profile, or for components that leave no net;
            E_RATE_RESOLUTION where no rate fits; E_GUARDRAIL for an unknown currency.
    """
    _check_arguments(profile, date)
    exponent = currency_exponent(currency)
    priced = read_items(items, exponent)
    stated = read_stated(stated_tax, exponent)
    if profile.components or not profile.rates:
        return taxes_of_components(profile, priced, exponent, on=date, stated=stated)
    _refuse_components(priced)
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


def _refuse_components(items: Sequence[PricedItem]) -> None:
    """Refuse items that name components under a profile of rates."""
    for index, item in enumerate(items):
        if item.components is not None:
            problem = Problem(f"items[{index}].components", "is said, but the profile has none")
            raise EventError([problem])


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
    exact_net = (item.gross - item.exact if inclusive else Fraction(item.net)) / 10**exponent
    components: tuple[TaxComponent, ...] = ()
    if treatment.rate is not None and treatment.rate.percent is not None:
        component = TaxComponent(
            code=treatment.code,
            base=net,
            rate=treatment.percent,
            amount=tax,
            exact=item.exact / 10**exponent,
            exact_base=exact_net,
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
        exact_net=exact_net,
    )


def _by_rate(
    taxed: Iterable[tuple[ItemTax, Treatment]], exponent: int
) -> tuple[tuple[str, Decimal], ...]:
    """Return the tax of each percentage, in order of first appearance."""
    units: dict[str, int] = {}
    for item, treatment in taxed:
        if treatment.reason in (Reason.STANDARD, Reason.ZERO):
            percent = plain_percent(treatment.percent)
            units[percent] = units.get(percent, 0) + item.tax
    return tuple((percent, from_minor(tax, exponent)) for percent, tax in units.items())
