"""Normalisation: what a sale is made of, before any rule sees it.

Enters: facts as sent. Leaves: `Sale`, where every item has its net, tax and gross, the payments
are complete, and whatever the event left unsaid was made by a stated rule and noted as such.

Prices are amounts "in price terms": gross where prices include tax, net where they do not.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine.allocation import allocate_units
from hera_engine.dsl.nodes import Capture
from hera_engine.errors import EventError, PostingRejected, Problem
from hera_engine.facts import Facts, GivenItem, Payment
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.journal import Notice, TaxDetail
from hera_engine.money import format_amount, from_minor, to_minor
from hera_engine.rules.plan import Part, PlannedRule, PostingPlan
from hera_engine.settings import Strictness
from hera_engine.tax.compute import (
    DocumentTax,
    ItemTax,
    TaxStep,
    price_includes_tax,
    tax_is_due,
    tax_items,
)
from hera_engine.tax.profile import TaxRounding, Treatment, exempt_treatment

ZERO: Final = Decimal(0)
THE_SALE: Final = "business_context"
"""The path of an item or payment that was made of the whole sale."""
ITEM_AMOUNTS: Final = ("amount", "discount", "document_discount", "discount_net")
"""Members of an item that the engine works out; any other is read as it was sent."""


@dataclass(frozen=True, slots=True)
class ItemComponent:
    """One tax of one item: its rounded amount, and the exact figure before rounding."""

    detail: TaxDetail
    amount: Decimal
    exact: Fraction
    account_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item with its tax worked out.

    ``net + tax = gross`` exactly. ``discount`` is the line's own, ``document_discount`` its
    share of the document's, both in price terms; ``discount_net`` is what the two take off net.
    """

    path: str
    fields: FrozenMap
    amount: Decimal
    discount: Decimal
    document_discount: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    discount_net: Decimal
    components: tuple[ItemComponent, ...]
    inclusive: bool
    category: str | None
    exempt: bool

    def part(self, part: Part) -> Decimal:
        """Return net, tax or gross."""
        match part:
            case Part.NET:
                return self.net
            case Part.TAX:
                return self.tax
            case Part.GROSS:
                return self.gross

    def member(self, name: str) -> Frozen:
        """Return a field as a rule reads it: worked-out amounts first, then what was sent."""
        match name:
            case "amount":
                return self.amount
            case "discount":
                return self.discount
            case "document_discount":
                return self.document_discount
            case "discount_net":
                return self.discount_net
            case _:
                return self.fields.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """The normalised event: items, payments, what was made, and how tax was reached."""

    facts: Facts
    sale_amount: Decimal
    items: tuple[Item, ...] = ()
    payments: tuple[Payment, ...] = ()
    made: tuple[str, ...] = ()
    steps: tuple[TaxStep, ...] = ()
    notices: tuple[Notice, ...] = ()

    def header(self, facts: Facts, name: str) -> Decimal | str | date | None:
        """Return a header field as a rule reads it."""
        match name:
            case "total_amount":
                return facts.total_amount
            case "exchange_rate":
                return facts.exchange_rate_stated
            case _:
                value = getattr(facts, name)
                return value if isinstance(value, str | date) else None

    def fact(self, name: str) -> Decimal | str | bool | date | None:
        """Return a field of the context that the engine knows, made where it was unsaid."""
        facts = self.facts
        match name:
            case "sale_amount":
                return self.sale_amount
            case "tip_amount":
                return facts.tip_amount
            case "discount_amount":
                return facts.discount_amount
            case "fee_amount":
                return facts.fee_amount
            case "tax_amount":
                return facts.tax_amount
            case "tax_inclusive":
                return facts.tax_inclusive
            case "tax_exempt":
                return facts.tax_exempt
            case "tax_category":
                return facts.tax_category
            case "payment_method":
                return facts.payment_method
            case _:
                return facts.tax_point_date


def normalise(
    plan: PostingPlan, rule: PlannedRule, facts: Facts, *, tax_replaced: bool = False
) -> Sale:
    """Return the sale that a rule will post.

    With ``tax_replaced`` a caller's stage works out the tax, and every item is exempt here.

    Raises:
        EventError: E_GUARDRAIL for discounts larger than the sale or a tax stated where none
            is due.
        PostingRejected: E_UNBALANCED where stated figures do not add up, E_TAX_PROFILE or
            E_RATE_RESOLUTION where tax cannot be found.
    """
    sale = Sale(facts=facts, sale_amount=_sale_amount(facts))
    if rule.uses_items and tax_replaced:
        untaxed = replace(facts, tax_exempt=True, tax_amount=None)
        sale = replace(_with_items(plan, untaxed, sale), facts=facts)
    elif rule.uses_items:
        sale = _with_items(plan, facts, sale)
    if rule.uses_payments:
        sale = _with_payments(plan.capture, facts, sale)
    return sale


# --- items ---------------------------------------------------------------------------------


def _sale_amount(facts: Facts) -> Decimal:
    """Return the sale before the document discount: as stated, summed, or from the total."""
    exponent = facts.exponent
    if facts.sale_amount is not None:
        return facts.sale_amount
    if facts.items is not None:
        units = sum(
            _units(item.amount, facts) - _units(item.discount, facts) for item in facts.items
        )
        return from_minor(units, exponent)
    return from_minor(_from_total(facts, inclusive=True), exponent)


def _from_total(facts: Facts, *, inclusive: bool) -> int:
    """Return the sale that a total alone implies, in minor units and price terms."""
    units = _units(facts.total_amount, facts) - _units(facts.tip_amount, facts)
    if not inclusive and facts.tax_amount is not None:
        units -= _units(facts.tax_amount, facts)
    return units + _units(facts.discount_amount, facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Priced:
    """One item on its way: what it costs after discounts, in minor units and price terms."""

    path: str
    given: GivenItem
    document_discount: int
    price: int
    treatment: Treatment
    inclusive: bool


def _with_items(plan: PostingPlan, facts: Facts, sale: Sale) -> Sale:
    """Return the sale with its items, discounts spread and taxes worked out."""
    given, made = _given_items(plan, facts)
    _check_sale_amount(facts, given)
    discounts = _document_discounts(facts, given)
    priced = _price_modes(plan, facts, _priced(plan, facts, given, discounts))
    stated = _stated_tax(facts, priced)
    result = tax_items(
        tuple(item.treatment for item in priced),
        tuple(item.price for item in priced),
        tuple(item.inclusive for item in priced),
        rounding=plan.tax.rounding,
        stated=stated,
    )
    items = tuple(
        _item(facts, item, tax, plan) for item, tax in zip(priced, result.items, strict=True)
    )
    notices = _tax_difference(plan, facts, result)
    return replace(sale, items=items, made=(*sale.made, *made), steps=result.steps, notices=notices)


def _given_items(plan: PostingPlan, facts: Facts) -> tuple[tuple[GivenItem, ...], tuple[str, ...]]:
    """Return the items of the event, else one made of the sale, and what was made how.

    A made item has the fields of the business context for its own. One of a sale that is
    exclusive of tax, but has neither a sale amount nor a stated tax, counts as inclusive: its tax
    is extracted from the total.
    """
    if facts.items is not None:
        return facts.items, ()
    inclusive = facts.tax_inclusive
    if facts.sale_amount is not None:
        units, made = _units(facts.sale_amount, facts), "items: one made of sale_amount"
    else:
        default = _price_mode(plan, facts, None, _treatment(plan, facts, None))
        extracted = not default and facts.tax_amount is None
        inclusive = True if extracted else facts.tax_inclusive
        units = _from_total(facts, inclusive=default or extracted)
        made = "items: one made of total_amount less the tip, plus the discount"
        made += ", tax extracted as if inclusive" if extracted else ""
    item = GivenItem(
        amount=from_minor(units, facts.exponent),
        inclusive=inclusive,
        fields=facts.context,
        made=True,
    )
    return (item,), (made,)


def _check_sale_amount(facts: Facts, items: tuple[GivenItem, ...]) -> None:
    """Refuse a stated sale amount that is not the sum of the items after line discounts."""
    if facts.sale_amount is None or facts.items is None:
        return
    summed = from_minor(
        sum(_units(item.amount, facts) - _units(item.discount, facts) for item in items),
        facts.exponent,
    )
    if summed != facts.sale_amount:
        raise _disagree(
            "sale_amount is not the sum of the items", facts, sale_amount=facts.sale_amount,
            items=summed,
        )  # fmt: skip


def _document_discounts(facts: Facts, items: tuple[GivenItem, ...]) -> tuple[int, ...]:
    """Return each item's share of the document discount, in minor units and price terms.

    Spread by amounts before line discounts, largest remainder; returns take no share.
    """
    discount = _units(facts.discount_amount, facts)
    if not discount:
        return (0,) * len(items)
    weights = tuple(max(_units(item.amount, facts), 0) for item in items)
    after_lines = sum(_units(item.amount, facts) - _units(item.discount, facts) for item in items)
    if discount > after_lines or not any(weights):
        path = "business_context.discount_amount"
        raise EventError([Problem(path, "is more than the sale it is taken off")])
    return allocate_units(discount, weights)


def _priced(
    plan: PostingPlan,
    facts: Facts,
    given: tuple[GivenItem, ...],
    discounts: tuple[int, ...],
) -> tuple[_Priced, ...]:
    """Return the items with their prices after discounts and their tax treatment."""
    priced = []
    for index, (item, share) in enumerate(zip(given, discounts, strict=True)):
        treatment = _treatment(plan, facts, item)
        priced.append(
            _Priced(
                path=THE_SALE if item.made else f"{THE_SALE}.items[{index}]",
                given=item,
                document_discount=share,
                price=_units(item.amount, facts) - _units(item.discount, facts) - share,
                treatment=treatment,
                inclusive=_price_mode(plan, facts, item, treatment),
            )
        )
    return tuple(priced)


# --- tax -----------------------------------------------------------------------------------


def _treatment(plan: PostingPlan, facts: Facts, item: GivenItem | None) -> Treatment:
    """Return how an item is taxed: by its own category, else the event's, else the profile's.

    Raises:
        PostingRejected: E_TAX_PROFILE without a profile.
        HeraError: E_RATE_RESOLUTION where no rate fits category and date.
    """
    category = (item.category if item is not None else None) or facts.tax_category
    if facts.tax_exempt or (item is not None and item.exempt):
        return exempt_treatment(category)
    profile = plan.tax.profile
    if profile is None:
        raise PostingRejected(
            "E_TAX_PROFILE",
            "no tax profile is known for this sale",
            details={"profile_ref": plan.tax.profile_ref},
            hint="pass tax_profiles to the engine, or declare one in the schema",
        )
    counterparty = any(facts.context.get(name) for name in COUNTERPARTIES)
    return profile.resolve(category, facts.tax_date, counterparty=counterparty)


COUNTERPARTIES: Final = (
    "customer_entity", "customer_id", "counterparty", "vendor_entity", "vendor_id",
)  # fmt: skip
"""Fields of the context that name who the business is with."""


def _price_mode(
    plan: PostingPlan, facts: Facts, item: GivenItem | None, treatment: Treatment
) -> bool:
    """Return whether a price includes tax: item, event, schema, rate, profile, in that order."""
    profile = plan.tax.profile
    return price_includes_tax(
        item=None if item is None else item.inclusive,
        event=facts.tax_inclusive,
        schema=plan.tax.inclusive,
        rate=treatment.inclusive,
        profile=None if profile is None else profile.inclusive_prices,
    )


def _price_modes(
    plan: PostingPlan, facts: Facts, priced: tuple[_Priced, ...]
) -> tuple[_Priced, ...]:
    """Return the items with the price mode that a stated tax proves, where none was said.

    Raises:
        PostingRejected: E_UNBALANCED if neither reading sums to the total.
    """
    unsaid = facts.tax_inclusive is None and all(item.given.inclusive is None for item in priced)
    if facts.tax_amount is None or not unsaid or not priced:
        return priced
    prices = sum(item.price for item in priced) + _units(facts.tip_amount, facts)
    total, tax = _units(facts.total_amount, facts), _units(facts.tax_amount, facts)
    readings = {True: prices == total, False: prices + tax == total}
    if readings[priced[0].inclusive]:
        return priced
    if not any(readings.values()):
        raise _disagree(
            "total_amount is neither the sale and tip nor the sale, tax and tip", facts,
            total_amount=facts.total_amount,
            inclusive_reading=from_minor(prices, facts.exponent),
            exclusive_reading=from_minor(prices + tax, facts.exponent),
        )  # fmt: skip
    return tuple(replace(item, inclusive=readings[True]) for item in priced)


def _stated_tax(facts: Facts, priced: tuple[_Priced, ...]) -> int | None:
    """Return the stated tax in minor units, or None.

    Raises:
        EventError: If tax is stated although none is due.
    """
    if facts.tax_amount is None:
        return None
    due = tax_is_due(tuple(item.treatment for item in priced), tuple(item.price for item in priced))
    if facts.tax_amount and not due:
        reason = "tax_exempt" if facts.tax_exempt else "no item of the sale is taxed"
        message = f"is stated, but none is due: {reason}"
        raise EventError([Problem("business_context.tax_amount", message)])
    return _units(facts.tax_amount, facts) if due else None


def _tax_difference(plan: PostingPlan, facts: Facts, result: DocumentTax) -> tuple[Notice, ...]:
    """Return a notice if a stated tax is off by more than one minor unit per item."""
    if not result.is_off:
        return ()
    off = format_amount(from_minor(result.difference, facts.exponent))
    message = f"stated tax_amount differs by {off} from the computed tax"
    if plan.settings.tax_difference is Strictness.ERROR:
        path = "business_context.tax_amount"
        details = (("difference", off),)
        raise EventError([Problem(path, f"differs by {off} from the tax", details=details)])
    return (Notice("TAX_DIFFERENCE", message, FrozenMap({"difference": off})),)


def _item(facts: Facts, item: _Priced, tax: ItemTax, plan: PostingPlan) -> Item:
    """Return the finished item."""
    exponent = facts.exponent
    amount, discount = _units(item.given.amount, facts), _units(item.given.discount, facts)
    discount_net = 0
    if item.price != amount:
        before = tax_items(
            (item.treatment,), (amount,), (item.inclusive,), rounding=TaxRounding.LINE
        )
        discount_net = before.items[0].net - tax.net
    profile = plan.tax.profile
    jurisdiction = None if profile is None else profile.jurisdiction
    return Item(
        path=item.path,
        fields=item.given.fields,
        amount=item.given.amount,
        discount=from_minor(discount, exponent),
        document_discount=from_minor(item.document_discount, exponent),
        net=from_minor(tax.net, exponent),
        tax=from_minor(tax.tax, exponent),
        gross=from_minor(tax.net + tax.tax, exponent),
        discount_net=from_minor(discount_net, exponent),
        components=_components(item.treatment, tax, exponent, jurisdiction),
        inclusive=item.inclusive,
        category=item.given.category,
        exempt=item.given.exempt,
    )


def _components(
    treatment: Treatment, tax: ItemTax, exponent: int, jurisdiction: str | None
) -> tuple[ItemComponent, ...]:
    """Return the taxes of one item; none where the item is not taxed."""
    if not treatment.is_taxed:
        return ()
    detail = TaxDetail(
        code=treatment.code,
        rate=treatment.percent,
        base=from_minor(abs(tax.net), exponent),
        category=treatment.category,
        jurisdiction=jurisdiction,
        reason=treatment.reason.value,
    )
    amount = from_minor(tax.tax, exponent)
    exact = tax.exact / 10**exponent
    return (ItemComponent(detail, amount, exact, treatment.account_key),)


# --- payments ------------------------------------------------------------------------------


def _with_payments(capture: Capture, facts: Facts, sale: Sale) -> Sale:
    """Return the sale with its payments: those given, else, if immediate, one of the total.

    Raises:
        PostingRejected: E_UNBALANCED if immediate payments are not the total, or if deferred
            ones are more than it.
    """
    total = _units(facts.total_amount, facts)
    if facts.payments is not None:
        paid = sum(_units(payment.amount, facts) for payment in facts.payments)
        if paid > total or (capture is Capture.IMMEDIATE and paid != total):
            raise _disagree(
                "the payments are not the total", facts, total_amount=facts.total_amount,
                payments=from_minor(paid, facts.exponent),
            )  # fmt: skip
        return replace(sale, payments=facts.payments)
    if capture is not Capture.IMMEDIATE:
        return sale
    fields = FrozenMap({} if facts.payment_method is None else {"method": facts.payment_method})
    payment = Payment(
        method=facts.payment_method,
        amount=facts.total_amount,
        reference=None,
        fields=fields,
        made=True,
    )
    made = "payments: one of the whole total"
    return replace(sale, payments=(payment,), made=(*sale.made, made))


def _units(amount: Decimal, facts: Facts) -> int:
    """Return an amount of the transaction currency in minor units, exactly."""
    return to_minor(amount, facts.exponent)


def _disagree(message: str, facts: Facts, **sides: Decimal) -> PostingRejected:
    """Return the E_UNBALANCED error for stated figures that do not add up."""
    figures = {name: format_amount(amount, facts.exponent) for name, amount in sides.items()}
    listed = ", ".join(f"{name} {figure}" for name, figure in figures.items())
    return PostingRejected(
        "E_UNBALANCED", f"{message}: {listed}", details={"currency": facts.currency, **figures}
    )
