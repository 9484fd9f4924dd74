"""The taxes that items of a posting bear, whatever kind of profile they fall under.

Enters: how each item is taxed, and its price. Leaves: net and tax of each item with every single
tax in it, in whole minor units. Rates go through `compute`, components through `settle`.

Law, in every rounding and price mode: the taxes of an item add up to its tax, and net + tax =
gross, where net is the price less the taxes that it includes (tests/laws/test_tax_components.py).
What a buyer owes by reverse charge and what a customer withholds stands beside them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from hera_engine.tax.category import Reason
from hera_engine.tax.component import Component, ComponentKind
from hera_engine.tax.component_document import rule_of
from hera_engine.tax.compute import ItemTax, TaxStep, tax_items
from hera_engine.tax.evaluate import Quantity, Shape, levies_of
from hera_engine.tax.profile import TaxProfile, TaxRounding, Treatment, exempt_treatment
from hera_engine.tax.rates import TaxRate
from hera_engine.tax.recover import deductible
from hera_engine.tax.rounding import RoundingRule
from hera_engine.tax.settle import LeviedItem, SettledCharge, SettledItem, settle_document
from hera_engine.tax.stated import restate

POSTED_RULES: Final = (
    "line-tax-first", "net-first", "cumulative-carry", "total-mixed-v19", "rate", "jurisdiction",
    "combined",
)  # fmt: skip
"""Rounding rules under which a price that includes no tax is the net of its item."""

_EXEMPT: Final = exempt_treatment()
_STATED_PATH: Final = "business_context.tax_amount"
"""Where an event states its tax."""


_ONE_UNIT: Final = Fraction(1)


class TaxableItem(NamedTuple):
    """One item to be taxed.

    Attributes:
        treatment: How it is taxed.
        price: What it costs after discounts, in minor units; negative for a return.
        inclusive: Whether the price includes its taxes; None where each component says itself.
        quantity: How many units it is, for amounts per unit.
    """

    treatment: Treatment
    price: int
    inclusive: bool | None
    quantity: Fraction = _ONE_UNIT


class BorneTax(NamedTuple):
    """One tax of one item, in minor units.

    Attributes:
        levied: The rate or component it is due under.
        reason: Why it is charged.
        base: What it is due on.
        exact_base: The same before any rounding.
        tax: What it comes to.
        exact: The same before any rounding.
        deductible: What of it a buyer deducts; all of it unless the items are a buyer's.
    """

    levied: TaxRate | Component
    reason: Reason
    base: int
    exact_base: Fraction
    tax: int
    exact: Fraction
    deductible: int

    @property
    def code(self) -> str:
        """Name of the rate or component."""
        return self.levied.code

    @property
    def kind(self) -> ComponentKind:
        """How the tax comes to its amount; a rate is a percentage."""
        return self.levied.kind if isinstance(self.levied, Component) else ComponentKind.PERCENT

    @property
    def rate(self) -> Decimal | None:
        """Percentage, or amount per unit, as written; None for tiers."""
        if isinstance(self.levied, TaxRate):
            return self.levied.percent
        return None if self.levied.tiers else self.levied.rate

    @property
    def group(self) -> str | None:
        """Name under which it is shown with others."""
        return self.levied.group if isinstance(self.levied, Component) else None

    @property
    def jurisdiction(self) -> str | None:
        """Whose tax it is, where that is said of the single tax."""
        return self.levied.jurisdiction if isinstance(self.levied, Component) else None


class BorneItem(NamedTuple):
    """Net and tax of one item in minor units, and the taxes that its tax is made of.

    ``exact_net`` is the net before any rounding. ``owed`` are the taxes that a buyer owes by
    reverse charge, ``withheld`` those that the customer keeps back; neither is part of ``tax``.
    """

    net: int
    tax: int
    exact_net: Fraction
    taxes: tuple[BorneTax, ...]
    owed: tuple[BorneTax, ...] = ()
    withheld: tuple[BorneTax, ...] = ()


class BorneTaxes(NamedTuple):
    """The taxes of a document, and the steps that led there.

    ``difference`` is the stated tax less the computed one, in minor units.
    """

    items: tuple[BorneItem, ...]
    steps: tuple[TaxStep, ...]
    difference: int = 0

    @property
    def is_off(self) -> bool:
        """Whether a stated tax differs by more than one minor unit per item."""
        return abs(self.difference) > len(self.items)


def taxes_of_items(
    items: Sequence[TaxableItem],
    rounding: TaxRounding | RoundingRule,
    *,
    exponent: int,
    stated: int | None = None,
    buyer: bool = False,
) -> BorneTaxes:
    """Return the taxes of each item.

    Args:
        items: What is sold or bought.
        rounding: A rule for components, a place for rates.
        exponent: Decimals of the currency's minor unit, for amounts per unit and tiers.
        stated: Tax of the document in minor units as its sender states it, spread over all
            taxes of all items by their computed amounts.
        buyer: Whether the items are a buyer's, who deducts taxes and owes reversed ones.

    Raises:
        HeraError: E_TAX_PROFILE for components that leave no net; else as `tax_items`.
    """
    if isinstance(rounding, RoundingRule):
        found = _of_components(items, rounding, exponent, stated)
    else:
        found = _of_rates(items, rounding, stated, buyer=buyer)
    if not buyer:
        if any(item.owed for item in found.items):
            found = found._replace(items=tuple(item._replace(owed=()) for item in found.items))
        return found
    by_item = rounding is TaxRounding.LINE
    if isinstance(rounding, RoundingRule):
        by_item = rounding.steps.tax.is_of_an_item
    return found._replace(items=_recovered(found.items, whole=not by_item))


def components_inclusive(components: Sequence[Component], default: bool | None) -> bool | None:
    """Return whether a price includes its components; None where they disagree.

    Those that fit no price have no say.
    """
    own = (each.inclusive for each in components if each.fits_prices)
    modes = {bool(default) if each is None else each for each in own} or {bool(default)}
    return modes.pop() if len(modes) == 1 else None


def posting_rule(profile: TaxProfile, said: TaxRounding | None) -> RoundingRule:
    """Return how a profile's components are rounded; what a schema says goes first."""
    rule = rule_of(profile)
    return rule if said is None else replace(rule, name=said.value)


def unposted(profile: TaxProfile, rule: RoundingRule) -> Iterator[str]:
    """Yield in words what a profile of components asks for that no posting can follow.

    A journal owes the customer the price: rules that find the net otherwise, and taxes that are
    split into more or less than their whole, are for `compute_tax` alone.
    """
    for component in profile.components:
        if component.repartition:
            yield f"posting repartition (tax component `{component.code}`)"
    if rule.name not in POSTED_RULES:
        yield f"posting under the rounding rule `{rule.name}`"
    if rule.increment is not None:
        yield "posting under a rounding increment"


def _recovered(items: Sequence[BorneItem], *, whole: bool) -> tuple[BorneItem, ...]:
    """Return a buyer's items with what of each tax is deducted; by the document if ``whole``."""
    taxes = [tax for item in items for tax in (*item.taxes, *item.owed)]
    parts = deductible(
        [tax.tax for tax in taxes], [tax.levied.recoverable for tax in taxes], whole=whole
    )
    left = iter(tax._replace(deductible=part) for tax, part in zip(taxes, parts, strict=True))
    return tuple(
        item._replace(
            taxes=tuple(next(left) for _ in item.taxes),
            owed=tuple(next(left) for _ in item.owed),
        )
        for item in items
    )


# --- rates ---------------------------------------------------------------------------------


def _of_rates(
    items: Sequence[TaxableItem], rounding: TaxRounding, stated: int | None, *, buyer: bool
) -> BorneTaxes:
    treatments = [item.treatment for item in items]
    prices = [item.price for item in items]
    included = [bool(item.inclusive) for item in items]
    found = tax_items(treatments, prices, included, rounding=rounding, stated=stated)
    owed: Sequence[tuple[BorneTax, ...]] = [()] * len(items)
    steps = found.steps
    if buyer and any(treatment.reason is Reason.REVERSE_CHARGE for treatment in treatments):
        owed, more = _owed(items, rounding)
        steps = (*steps, *more)
    borne = []
    for item, tax, taxes in zip(items, found.items, owed, strict=True):
        top, bottom = item.price, 1
        if item.inclusive and tax.numerator:
            top, bottom = top * tax.denominator - tax.numerator, tax.denominator
        exact_net = Fraction(top, bottom)
        one = _one_tax(item.treatment, tax, exact_net)
        borne.append(BorneItem(tax.net, tax.tax, exact_net, one, taxes))
    return BorneTaxes(tuple(borne), steps, found.difference)


def _one_tax(treatment: Treatment, item: ItemTax, exact_base: Fraction) -> tuple[BorneTax, ...]:
    """Return the only tax of an item under a rate, or none."""
    rate = treatment.rate
    if rate is None or not treatment.is_taxed:
        return ()
    tax = item.tax
    return (BorneTax(rate, rate.reason, item.net, exact_base, tax, item.exact, tax),)


def _owed(
    items: Sequence[TaxableItem], rounding: TaxRounding
) -> tuple[list[tuple[BorneTax, ...]], tuple[TaxStep, ...]]:
    """Return what a buyer owes on each item by reverse charge: the tax on top of its price."""
    charged = [
        replace(item.treatment, reason=Reason.STANDARD)
        if item.treatment.reason is Reason.REVERSE_CHARGE
        else _EXEMPT
        for item in items
    ]
    prices = [item.price for item in items]
    found = tax_items(charged, prices, [False] * len(items), rounding=rounding)
    owed = [
        _one_tax(treatment, item, Fraction(item.net))
        for treatment, item in zip(charged, found.items, strict=True)
    ]
    return owed, found.steps


# --- components ----------------------------------------------------------------------------


def _of_components(
    items: Sequence[TaxableItem], rule: RoundingRule, exponent: int, stated: int | None
) -> BorneTaxes:
    shapes: dict[tuple[object, ...], Shape] = {}
    levied = [_levied(item, exponent, shapes) for item in items]
    settlement = settle_document(levied, rule)
    settled, steps, difference = settlement.items, settlement.steps, 0
    if stated is not None:
        restated = restate(settled, [each.shape for each in levied], stated, path=_STATED_PATH)
        settled, difference = restated.items, restated.difference
        steps = (*steps, restated.step)
    borne = tuple(
        _borne_item(item.price, each.shape, found)
        for item, each, found in zip(items, levied, settled, strict=True)
    )
    return BorneTaxes(borne, steps, difference)


def _levied(
    item: TaxableItem, exponent: int, shapes: dict[tuple[object, ...], Shape]
) -> LeviedItem:
    """Return an item with the components it bears, its figures in minor units.

    ``shapes`` keeps what is worked out once for all items that bear the same.
    """
    parts = item.treatment.components if item.treatment.is_taxed else ()
    default, said = item.treatment.inclusive_default, item.inclusive
    shape = shapes.get((parts, default, said))
    if shape is None:
        shape = Shape.of(levies_of(parts, inclusive=default, said=said))
        shapes[parts, default, said] = shape
    quantity = Quantity(count=item.quantity, negative=item.price < 0)
    unit = Fraction(1, 10**exponent)
    return LeviedItem(price=Fraction(item.price), unit=unit, quantity=quantity, shape=shape)


def _borne_item(price: int, shape: Shape, settled: SettledItem) -> BorneItem:
    """Return an item of which the price and each tax are known."""
    charges, levies = settled.charges, shape.levies
    taxes = tuple(charge.tax for charge in charges)
    net = price - sum(tax for levy, tax in zip(levies, taxes, strict=True) if levy.inclusive)
    bases = shape.bases(net, taxes)
    borne = [
        (levy.component, _borne_tax(charge, base, tax))
        for levy, base, tax, charge in zip(levies, bases, taxes, charges, strict=True)
    ]
    plain = tuple(tax for component, tax in borne if component.is_paid)
    return BorneItem(
        net=net,
        tax=sum(tax.tax for tax in plain),
        exact_net=settled.exact_net,
        taxes=plain,
        owed=tuple(tax for component, tax in borne if component.reverse_charge),
        withheld=tuple(tax for component, tax in borne if component.retained),
    )


def _borne_tax(charge: SettledCharge, base: int, tax: int) -> BorneTax:
    component = charge.levy.component
    reason = Reason.STANDARD if component.fraction or component.tiers else Reason.ZERO
    return BorneTax(
        levied=component,
        reason=Reason.REVERSE_CHARGE if component.reverse_charge else reason,
        base=base,
        exact_base=charge.exact_base,
        tax=tax,
        exact=charge.exact,
        deductible=tax,
    )
