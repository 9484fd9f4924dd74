"""Normalisation: makes the sale that a rule posts out of the facts as sent.

Enters: facts. Leaves: a `Sale`, where what the event left unsaid was made by a stated rule.
"""

from dataclasses import replace
from decimal import Decimal

from hera_engine.allocation import allocate_units
from hera_engine.dsl.nodes import Capture
from hera_engine.errors import EventError, PostingRejected, Problem
from hera_engine.facts import Facts, GivenItem, Payment
from hera_engine.frozen import EMPTY, FrozenMap
from hera_engine.money import from_minor
from hera_engine.rules.coins import in_coins
from hera_engine.rules.plan import PlannedRule, PostingPlan, Route
from hera_engine.rules.sale import THE_SALE, Sale
from hera_engine.rules.taxation import (
    PricedItem,
    after_line_discount,
    disagree,
    finished_item,
    price_mode,
    prove_price_modes,
    stated_tax,
    tax_difference,
    taxable_item,
    treatment_of,
    units_of,
)
from hera_engine.tax.borne import BorneTaxes, taxes_of_items
from hera_engine.tax.profile import Treatment


def normalise(
    plan: PostingPlan,
    rule: PlannedRule,
    route: Route,
    facts: Facts,
    *,
    tax_replaced: bool = False,
) -> Sale:
    """Return the sale that a rule of a route will post.

    Items are worked out where the rule reads them, or where the event has some and a line may
    be split by their nets. Every item is exempt here with ``tax_replaced``, where a caller's
    stage works out the tax, and where neither rule nor schema knows of any tax. What is paid is
    known once that stage has run (`with_payable`).

    Raises:
        EventError: E_GUARDRAIL for discounts larger than the sale or a tax stated where none
            is due.
        PostingRejected: E_UNBALANCED where stated figures do not add up, E_TAX_PROFILE or
            E_RATE_RESOLUTION where tax cannot be found.
    """
    made = facts.defaults
    if facts.derivations:
        derived = (f"{path} derived by {words}" for path, words in facts.derivations.items())
        made = (*made, *derived)
    sale = Sale(facts=facts, sale_amount=_sale_amount(facts), made=made)
    splits = bool(route.splits or rule.by_dimensions) and facts.items is not None
    uses_items = rule.uses_items or splits
    if uses_items and (tax_replaced or not (rule.uses_tax or plan.tax.profile)):
        untaxed = replace(facts, tax_exempt=True, tax_amount=None)
        without = replace(plan, tax=replace(plan.tax, profile=None))
        sale = _with_items(without, untaxed, sale, rule)._replace(facts=facts)
    elif uses_items:
        sale = _with_items(plan, facts, sale, rule)
    return sale if tax_replaced else with_payable(plan, rule, sale)


def with_payable(plan: PostingPlan, rule: PlannedRule, sale: Sale) -> Sale:
    """Return the sale with its payable rounded to coins, and its payments, as its rule asks.

    Raises:
        PostingRejected: E_UNBALANCED where payments do not make the total.
        HeraError: E_TAX_PROFILE for a currency whose smallest coin is not known.
    """
    if rule.uses_cash and plan.tax.cash is not None:
        sale = in_coins(plan.tax.cash, sale, capture=plan.capture)
    if rule.uses_payments or (rule.standard and sale.facts.payments):
        sale = _with_payments(plan.capture, sale.facts, sale)
    return sale


def _refuse_withheld(priced: tuple[PricedItem, ...], taxes: BorneTaxes, rule: PlannedRule) -> None:
    """Refuse items of which something is withheld under a rule that does not post it."""
    for item, borne in zip(priced, taxes.items, strict=True):
        if any(each.tax for each in borne.withheld):
            code = borne.withheld[0].code
            raise PostingRejected(
                "E_SCHEMA",
                f"`{code}` is withheld of {item.path}, and the rule does not post it",
                details={"rule": rule.name, "component": code, "path": item.path},
                hint="write a rule that posts withheld(item)",
            )


def _sale_amount(facts: Facts) -> Decimal:
    """Return the sale before the document discount: as stated, summed, or from the total."""
    exponent = facts.exponent
    if facts.sale_amount is not None:
        return facts.sale_amount
    if facts.items is not None:
        units = sum(after_line_discount(item, facts) for item in facts.items)
        return from_minor(units, exponent)
    return from_minor(_from_total(facts, inclusive=True), exponent)


def _from_total(facts: Facts, *, inclusive: bool) -> int:
    """Return the sale that a total alone implies, in minor units and price terms."""
    units = units_of(facts.total_amount, facts) - units_of(facts.tip_amount, facts)
    if not inclusive and facts.tax_amount is not None:
        units -= units_of(facts.tax_amount, facts)
    return units + units_of(facts.discount_amount, facts)


def _with_items(plan: PostingPlan, facts: Facts, sale: Sale, rule: PlannedRule) -> Sale:
    """Return the sale with its items, discounts spread and taxes worked out."""
    given, made = _given_items(plan, facts)
    _check_sale_amount(facts, given)
    discounts = _document_discounts(facts, given)
    cash = plan.tax.cash if rule.uses_cash else None
    priced = prove_price_modes(facts, _priced(plan, facts, given, discounts), cash)
    stated = stated_tax(facts, priced)
    result = taxes_of_items(
        [taxable_item(item, item.price) for item in priced],
        plan.tax.rounding,
        exponent=facts.exponent,
        stated=stated,
        buyer=rule.purchase,
    )
    items = [
        finished_item(facts, item, tax, plan, rule)
        for item, tax in zip(priced, result.items, strict=True)
    ]
    notices = tax_difference(plan, facts, result)
    if rule.uses_tax and not rule.uses_withheld:
        _refuse_withheld(priced, result, rule)
    return sale._replace(
        items=tuple(items), made=(*sale.made, *made), steps=result.steps, notices=notices,
        merged=plan.tax.merged and stated is None and not _in_part(result),
    )  # fmt: skip


def _in_part(taxes: BorneTaxes) -> bool:
    """Whether a buyer deducts only a part of some tax."""
    return any(
        tax.deductible != tax.tax for item in taxes.items for tax in (*item.taxes, *item.owed)
    )


def _given_items(plan: PostingPlan, facts: Facts) -> tuple[tuple[GivenItem, ...], tuple[str, ...]]:
    """Return the items of the event, else one made of the sale, and what was made how.

    A made item has the fields of the business context for its own, and what was derived. One of a
    sale that is exclusive of tax, but has neither a sale amount nor a stated tax, counts as
    inclusive: its tax is extracted from the total.
    """
    if facts.items is not None:
        return facts.items, ()
    inclusive = facts.tax_inclusive
    if facts.sale_amount is not None:
        units, made = units_of(facts.sale_amount, facts), "items: one made of sale_amount"
    else:
        default = price_mode(plan, facts, None, treatment_of(plan, facts, None))
        extracted = not default and facts.tax_amount is None
        inclusive = True if extracted else facts.tax_inclusive
        if default is None and not extracted:
            # Components disagree; what the stated tax leaves of the total includes none of them.
            inclusive = False
        units = _from_total(facts, inclusive=bool(default) or extracted)
        _refuse_negative_sale(units)
        made = "items: one made of total_amount less the tip, plus the discount"
        made += ", tax extracted as if inclusive" if extracted else ""
    item = GivenItem(
        amount=from_minor(units, facts.exponent),
        inclusive=inclusive,
        fields=FrozenMap({**facts.context, **facts.added}) if facts.added else facts.context,
        made=True,
    )
    return (item,), (made,)


def _refuse_negative_sale(units: int) -> None:
    """Refuse a total from which tip and tax leave less than nothing for the sale."""
    if units < 0:
        raise EventError([Problem("total_amount", "is less than the tip and the stated tax")])


def _check_sale_amount(facts: Facts, items: tuple[GivenItem, ...]) -> None:
    """Refuse a stated sale amount that is not the sum of the items after line discounts."""
    if facts.sale_amount is None or facts.items is None:
        return
    summed = from_minor(
        sum(after_line_discount(item, facts) for item in items),
        facts.exponent,
    )
    if summed != facts.sale_amount:
        raise disagree(
            "sale_amount is not the sum of the items", facts, sale_amount=facts.sale_amount,
            items=summed,
        )  # fmt: skip


def _document_discounts(facts: Facts, items: tuple[GivenItem, ...]) -> tuple[int, ...]:
    """Return each item's share of the document discount, in minor units and price terms.

    Spread by amounts before line discounts, largest remainder; returns take no share.
    """
    if not facts.discount_amount:
        return (0,) * len(items)
    discount = units_of(facts.discount_amount, facts)
    weights = tuple(max(units_of(item.amount, facts), 0) for item in items)
    after_lines = sum(after_line_discount(item, facts) for item in items)
    if discount > after_lines or not any(weights):
        path = "business_context.discount_amount"
        raise EventError([Problem(path, "is more than the sale it is taken off")])
    return allocate_units(discount, weights)


def _priced(
    plan: PostingPlan,
    facts: Facts,
    given: tuple[GivenItem, ...],
    discounts: tuple[int, ...],
) -> tuple[PricedItem, ...]:
    """Return the items with their prices after discounts and their tax treatment."""
    priced = []
    known: dict[tuple[str | None, bool], Treatment] = {}
    for index, (item, share) in enumerate(zip(given, discounts, strict=True)):
        treatment = known.get((item.category, item.exempt))
        if treatment is None:
            treatment = treatment_of(plan, facts, item)
            known[item.category, item.exempt] = treatment
        path = THE_SALE if item.made else f"{THE_SALE}.items[{index}]"
        price = after_line_discount(item, facts) - share
        inclusive = price_mode(plan, facts, item, treatment)
        priced.append(PricedItem(path, item, share, price, treatment, inclusive))
    return tuple(priced)


def _with_payments(capture: Capture, facts: Facts, sale: Sale) -> Sale:
    """Return the sale with its payments: those given, else, if immediate, one of the total.

    Raises:
        PostingRejected: E_UNBALANCED if immediate payments are not the total, or if deferred
            ones are more than it.
    """
    total = units_of(facts.total_amount, facts)
    if facts.payments is not None:
        paid = sum(units_of(payment.amount, facts) for payment in facts.payments)
        if paid > total or (capture is Capture.IMMEDIATE and paid != total):
            raise disagree(
                "the payments are not the total", facts, total_amount=facts.total_amount,
                payments=from_minor(paid, facts.exponent),
            )  # fmt: skip
        return sale._replace(payments=facts.payments)
    if capture is not Capture.IMMEDIATE:
        return sale
    fields = EMPTY if facts.payment_method is None else FrozenMap({"method": facts.payment_method})
    payment = Payment(
        method=facts.payment_method,
        amount=facts.total_amount,
        reference=None,
        fields=fields,
        made=True,
    )
    made = "payments: one of the whole total"
    return sale._replace(payments=(payment,), made=(*sale.made, made))
