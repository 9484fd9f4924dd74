"""The tax of a sale's items: which treatment, which price mode, what a stated tax means.

Enters: items with their prices after discounts. Leaves: finished items with net, tax and gross.
"""

from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Final, NamedTuple

from hera_engine.errors import EventError, PostingRejected, Problem
from hera_engine.facts import Facts, GivenItem
from hera_engine.frozen import FrozenMap
from hera_engine.journal import Notice, TaxDetail
from hera_engine.money import format_amount, from_minor, scaled, to_minor
from hera_engine.rules.coins import payable_in_coins
from hera_engine.rules.country_profiles import nearest_profile
from hera_engine.rules.plan import CashPlan, PlannedRule, PostingPlan
from hera_engine.rules.sale import Item, ItemComponent, ItemDetails, OwedTax
from hera_engine.rules.scope import as_number
from hera_engine.settings import Strictness
from hera_engine.tax.borne import (
    BorneItem,
    BorneTax,
    BorneTaxes,
    TaxableItem,
    components_inclusive,
    taxes_of_items,
)
from hera_engine.tax.category import Reason
from hera_engine.tax.compute import price_includes_tax, tax_is_due
from hera_engine.tax.profile import TaxProfile, Treatment, exempt_treatment

COUNTERPARTIES: Final = (
    "customer_entity", "customer_id", "counterparty", "vendor_entity", "vendor_id",
)  # fmt: skip
"""Fields of the context that name who the business is with."""


class PricedItem(NamedTuple):
    """One item on its way: what it costs after discounts, in minor units and price terms.

    ``inclusive`` is None where the price includes some of its components and others not.
    """

    path: str
    given: GivenItem
    document_discount: int
    price: int
    treatment: Treatment
    inclusive: bool | None


def treatment_of(plan: PostingPlan, facts: Facts, item: GivenItem | None) -> Treatment:
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
        name = plan.tax.profile_ref
        near = None if name is None else nearest_profile(name)
        raise PostingRejected(
            "E_TAX_PROFILE",
            "no tax profile is known for this sale",
            details={"profile_ref": name},
            hint=near or "pass tax_profiles to the engine, or declare one in the schema",
        )
    # Who the business is with matters to charges that are reversed, and to nothing else.
    counterparty = bool(profile.reverse_charge or profile.components) and any(
        facts.context.get(name) or facts.added.get(name) for name in COUNTERPARTIES
    )
    return profile.resolve(category, facts.tax_date, counterparty=counterparty)


def price_mode(
    plan: PostingPlan, facts: Facts, item: GivenItem | None, treatment: Treatment
) -> bool | None:
    """Return whether a price includes tax: item, event, schema, rate, profile, in that order.

    Components stand in the place of the rate; None where only they say so, and disagree.
    """
    default = None if plan.tax.profile is None else plan.tax.profile.inclusive_prices
    for said in (None if item is None else item.inclusive, facts.tax_inclusive, plan.tax.inclusive):
        if said is not None:
            return said
    if treatment.components:
        return components_inclusive(treatment.components, default)
    return price_includes_tax(rate=treatment.inclusive, profile=default)


def prove_price_modes(
    facts: Facts, priced: tuple[PricedItem, ...], cash: CashPlan | None
) -> tuple[PricedItem, ...]:
    """Return the items with the price mode that a stated tax proves, where none was said.

    Where the payable is rounded to coins (``cash``), the total may be either.

    Raises:
        PostingRejected: E_UNBALANCED if neither reading sums to the total.
    """
    if facts.tax_amount is None:
        return priced
    unsaid = facts.tax_inclusive is None and all(item.given.inclusive is None for item in priced)
    modes = {item.inclusive for item in priced}
    if not unsaid or len(modes) != 1 or None in modes:
        return priced
    prices = sum(item.price for item in priced) + units_of(facts.tip_amount, facts)
    total, tax = units_of(facts.total_amount, facts), units_of(facts.tax_amount, facts)
    readings = {
        inclusive: total in (due, due if cash is None else payable_in_coins(cash, facts, due))
        for inclusive, due in ((True, prices), (False, prices + tax))
    }
    if readings[modes.pop() is True]:
        return priced
    if not any(readings.values()):
        raise disagree(
            "total_amount is neither the sale and tip nor the sale, tax and tip", facts,
            total_amount=facts.total_amount,
            inclusive_reading=from_minor(prices, facts.exponent),
            exclusive_reading=from_minor(prices + tax, facts.exponent),
        )  # fmt: skip
    return tuple(item._replace(inclusive=readings[True]) for item in priced)


def stated_tax(facts: Facts, priced: tuple[PricedItem, ...]) -> int | None:
    """Return the stated tax in minor units, or None.

    Raises:
        EventError: If tax is stated although none is due, or more than the prices that hold it.
    """
    if facts.tax_amount is None:
        return None
    path = "business_context.tax_amount"
    due = tax_is_due(tuple(item.treatment for item in priced), tuple(item.price for item in priced))
    if facts.tax_amount and not due:
        reason = "tax_exempt" if facts.tax_exempt else "no item of the sale is taxed"
        message = f"is stated, but none is due: {reason}"
        raise EventError([Problem(path, message)])
    stated = units_of(facts.tax_amount, facts)
    taxed = tuple(item for item in priced if item.treatment.bears_tax)
    inside = due and all(item.inclusive is not False for item in taxed)
    if inside and stated > max(sum(item.price for item in taxed), 0):
        raise EventError([Problem(path, "is more than the prices that include it")])
    return stated if due else None


def tax_difference(plan: PostingPlan, facts: Facts, result: BorneTaxes) -> tuple[Notice, ...]:
    """Return a notice if a stated tax is off by more than one minor unit per item."""
    if not result.is_off:
        return ()
    if plan.settings.tax_difference is Strictness.ERROR:
        off = format_amount(from_minor(result.difference, facts.exponent))
        path = "business_context.tax_amount"
        details = (("difference", off),)
        raise EventError([Problem(path, f"differs by {off} from the tax", details=details)])
    return (difference_notice(result.difference, facts.exponent),)


def difference_notice(difference: int, exponent: int) -> Notice:
    """Return the notice of a stated tax that is off by some minor units."""
    off = format_amount(from_minor(difference, exponent))
    message = f"stated tax_amount differs by {off} from the computed tax"
    return Notice("TAX_DIFFERENCE", message, FrozenMap({"difference": off}))


def taxable_item(item: PricedItem, price: int) -> TaxableItem:
    """Return an item as the tax arithmetic takes it, at a price in minor units.

    Raises:
        EventFault: If amounts per unit are due, and its quantity is no number.
    """
    if item.treatment.components and not item.given.made:
        sent = item.given.fields.get("quantity")
        if sent is not None:
            quantity = abs(Fraction(as_number(sent, f"{item.path}.quantity")))
            return TaxableItem(item.treatment, price, item.inclusive, quantity)
    return TaxableItem(item.treatment, price, item.inclusive)


def finished_item(
    facts: Facts, item: PricedItem, tax: BorneItem, plan: PostingPlan, rule: PlannedRule
) -> Item:
    """Return the finished item; of a buyer, tax that is not deducted joins the net.

    What discounts take off the net is worked out where the rule reads it.
    """
    given, exponent = item.given, facts.exponent
    maker = DetailMaker(item.treatment, plan.tax.profile, exponent)
    nothing = from_minor(0, exponent)
    discount_net, joining = nothing, 0
    if rule.uses_discount_net:
        amount = units_of(given.amount, facts)
        if item.price != amount:
            before = _net_before(item, amount, plan, exponent)
            discount_net = from_minor(before - tax.net, exponent)
    if rule.purchase:
        joining = sum(
            each.tax - each.deductible for each in tax.taxes if each.levied.expense_account is None
        )
    share = item.document_discount
    return Item(
        path=item.path,
        fields=given.fields,
        amount=given.amount,
        discount=scaled(given.discount, exponent) if given.discount else nothing,
        document_discount=from_minor(share, exponent) if share else nothing,
        net=from_minor(tax.net + joining, exponent),
        tax=from_minor(tax.tax - joining, exponent),
        gross=from_minor(tax.net + tax.tax, exponent),
        discount_net=discount_net,
        inclusive=item.inclusive is True,
        category=given.category,
        exempt=given.exempt,
        make_details=partial(maker.details, tax, buyer=rule.purchase),
    )


def _net_before(item: PricedItem, amount: int, plan: PostingPlan, exponent: int) -> int:
    """Return the net that an item would have without discounts, in minor units."""
    if item.inclusive is False:
        return amount
    before = taxes_of_items((taxable_item(item, amount),), plan.tax.rounding, exponent=exponent)
    return before.items[0].net


class DetailMaker(NamedTuple):
    """Turns the taxes of one item from minor units into what its lines post and carry."""

    treatment: Treatment
    profile: TaxProfile | None
    exponent: int

    def details(self, tax: BorneItem, *, buyer: bool) -> ItemDetails:
        """Return what the lines of an item's taxes carry."""
        return ItemDetails(
            self._units(tax.exact_net),
            tuple(self.component(each, buyer=buyer) for each in tax.taxes),
            self.untaxed(tax),
            tuple(self.owed(each) for each in tax.owed),
            tuple(self.withheld(each, buyer=buyer) for each in tax.withheld),
        )

    def component(self, tax: BorneTax, *, buyer: bool) -> ItemComponent:
        """Return a tax of the item."""
        levied, rest = tax.levied, tax.tax - tax.deductible
        apart = levied.expense_account is not None
        return ItemComponent(
            detail=self._detail(tax),
            amount=self._amount(tax.tax if apart else tax.deductible),
            exact=self._units(tax.exact),
            exact_base=self._units(tax.exact_base),
            account_key=levied.input_account if buyer else levied.account,
            rest=self._amount(rest if apart else 0),
            rest_key=levied.expense_account,
            joined=self._amount(0 if apart else rest),
            group=tax.group,
        )

    def withheld(self, tax: BorneTax, *, buyer: bool) -> ItemComponent:
        """Return a tax that is kept back: a buyer owes it, a seller may claim it."""
        account = tax.levied.account if buyer else tax.levied.input_account
        return ItemComponent(
            detail=self._detail(tax),
            amount=self._amount(tax.tax),
            exact=self._units(tax.exact),
            exact_base=self._units(tax.exact_base),
            account_key=account,
            group=tax.group,
        )

    def owed(self, tax: BorneTax) -> OwedTax:
        """Return a tax that a buyer owes by reverse charge."""
        levied = tax.levied
        return OwedTax(
            detail=self._detail(tax),
            amount=self._amount(tax.tax),
            exact=self._units(tax.exact),
            exact_base=self._units(tax.exact_base),
            deducted=self._amount(tax.deductible),
            rest=self._amount(tax.tax - tax.deductible),
            account_key=levied.account,
            input_key=levied.input_account,
            rest_key=levied.expense_account,
        )

    def untaxed(self, tax: BorneItem) -> TaxDetail | None:
        """Return why an item bears no tax, or not all of it; None where it does, or none is known.

        A charge that is reversed is told even where other taxes are due.
        """
        treatment, reason = self.treatment, self.treatment.reason
        reversed_ones = [each for each in treatment.components if each.reverse_charge]
        if reversed_ones:
            reason = Reason.REVERSE_CHARGE
        if self.profile is None or reason.charges_tax or tax.owed:
            return None
        code, rate = reason.value, treatment.percent
        if treatment.rate is not None:
            code = treatment.code
        elif len(reversed_ones) == 1:
            code, rate = reversed_ones[0].code, reversed_ones[0].rate
        return TaxDetail(
            code=code,
            rate=rate,
            base=self._amount(abs(tax.net)),
            category=treatment.category,
            jurisdiction=self.profile.jurisdiction,
            reason=reason.value,
            reverse_charge=reason is Reason.REVERSE_CHARGE,
            exemption_reason=None if treatment.rate is None else treatment.rate.source,
        )

    def _detail(self, tax: BorneTax) -> TaxDetail:
        known = None if self.profile is None else self.profile.jurisdiction
        return TaxDetail(
            code=tax.code,
            rate=tax.rate,
            base=self._amount(abs(tax.base)),
            category=self.treatment.category,
            jurisdiction=tax.jurisdiction or known,
            reason=tax.reason.value,
            reverse_charge=tax.reason is Reason.REVERSE_CHARGE,
            kind=tax.kind.value,
        )

    def _amount(self, units: int) -> Decimal:
        return from_minor(units, self.exponent)

    def _units(self, minor: Fraction) -> Fraction:
        """Return an exact figure in minor units as one in currency units."""
        return Fraction(minor.numerator, minor.denominator * 10**self.exponent)


def after_line_discount(item: GivenItem, facts: Facts) -> int:
    """Return what an item costs before the document discount, in minor units and price terms."""
    amount = units_of(item.amount, facts)
    return amount - units_of(item.discount, facts) if item.discount else amount


def units_of(amount: Decimal, facts: Facts) -> int:
    """Return an amount of the transaction currency in minor units, exactly."""
    return to_minor(amount, facts.exponent)


def disagree(message: str, facts: Facts, **sides: Decimal) -> PostingRejected:
    """Return the E_UNBALANCED error for stated figures that do not add up."""
    figures = {name: format_amount(amount, facts.exponent) for name, amount in sides.items()}
    listed = ", ".join(f"{name} {figure}" for name, figure in figures.items())
    return PostingRejected(
        "E_UNBALANCED", f"{message}: {listed}", details={"currency": facts.currency, **figures}
    )
