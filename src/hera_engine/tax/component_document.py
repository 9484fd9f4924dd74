"""The taxes of a document under a profile of components, as the caller sees them."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from hera_engine import limits
from hera_engine.errors import EventError, HeraError, Problem, ProblemList
from hera_engine.money import from_minor, to_minor
from hera_engine.tax.category import EXEMPT_CODE, Reason
from hera_engine.tax.component import Component, ComponentKind
from hera_engine.tax.component_choice import choose_components
from hera_engine.tax.evaluate import Levy, Quantity, Shape, levies_of
from hera_engine.tax.items import PricedItem
from hera_engine.tax.profile import TaxProfile
from hera_engine.tax.recover import deductible
from hera_engine.tax.results import TaxComponent, TaxedItem, TaxResult, plain_percent
from hera_engine.tax.rounding import RoundingRule, repartition_units
from hera_engine.tax.settle import (
    LeviedItem,
    SettledCharge,
    SettledItem,
    settle_document,
)
from hera_engine.tax.stated import restate


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest amount of any figure: so many minor units of a currency."""

    minor: int
    exponent: int

    @classmethod
    def of(cls, rule: RoundingRule, exponent: int) -> "Unit":
        """Return the increment of a rule, which may be finer than the currency's minor unit."""
        if rule.increment is None:
            return cls(1, exponent)
        decimals = max(exponent, -int(rule.increment.as_tuple().exponent))
        return cls(to_minor(rule.increment, decimals), decimals)

    @property
    def size(self) -> Fraction:
        """The unit in currency units."""
        return Fraction(self.minor, 10**self.exponent)

    def amount(self, units: int) -> Decimal:
        """Return so many units as an amount."""
        return from_minor(units * self.minor, self.exponent)


def rule_of(profile: TaxProfile) -> RoundingRule:
    """Return how a profile's components are rounded."""
    return profile.rule or RoundingRule(name=profile.rounding.value)


def levied_items(
    profile: TaxProfile, items: Sequence[PricedItem], unit: Fraction, on: datetime.date | None
) -> tuple[LeviedItem, ...]:
    """Return items with the components they bear on a day, prices in units.

    Raises:
        HeraError: E_TAX_PROFILE for a profile of rates, which would tax nothing.
        PostingRejected: E_RATE_RESOLUTION for a component that the profile lacks on that day.
        EventError: E_GUARDRAIL for too many components.
    """
    if profile.rates and not profile.components:
        message = "the tax profile has rates, and this is worked out for components"
        raise HeraError("E_TAX_PROFILE", message, hint="write each rate as a component")
    known: dict[tuple[object, ...], Shape] = {}
    found = []
    for index, item in enumerate(items):
        key = (item.exempt, item.components, item.category, item.inclusive)
        if key not in known:
            known[key] = Shape.of(_levies(profile, item, on, f"items[{index}]"))
        quantity = Quantity(count=item.quantity, negative=item.negative)
        found.append(
            LeviedItem(price=item.exact / unit, quantity=quantity, shape=known[key], unit=unit)
        )
    _check_count(
        "items",
        "COMPONENT_LISTS",
        limits.COMPONENT_LISTS,
        len({shape.levies for shape in known.values()}),
    )
    return tuple(found)


def _check_count(path: str, limit: str, allowed: int, seen: int) -> None:
    """Refuse more components than a published limit allows."""
    if seen > allowed:
        problems = ProblemList()
        reason = f"bear {seen} components or sets of them, at most {allowed} are allowed"
        problems.add(path, reason, limit=limit, allowed=allowed, seen=seen)
        problems.raise_if_any()


def _levies(
    profile: TaxProfile, item: PricedItem, on: datetime.date | None, path: str
) -> tuple[Levy, ...]:
    found: tuple[Component, ...] = ()
    if item.components is not None and not item.exempt:
        found = choose_components(profile.components, item.components, on)
    elif _is_told_by_category(profile, item):
        found = profile.resolve(item.category, on, counterparty=True).components
    _check_count(path, "ITEM_COMPONENTS", limits.ITEM_COMPONENTS, len(found))
    return levies_of(found, inclusive=profile.inclusive_prices, said=item.inclusive)


def _is_told_by_category(profile: TaxProfile, item: PricedItem) -> bool:
    """Whether the category of an item, and nothing else, says which components it bears."""
    return bool(profile.components) and item.components is None and not item.exempt


def with_reasons(
    result: TaxResult, profile: TaxProfile, items: Sequence[PricedItem], on: datetime.date | None
) -> TaxResult:
    """Return a result in which items keep the reason of a rate that charges nothing.

    Such rates may stand beside components; an item that one serves bears none.
    """
    if not profile.rates:
        return result
    taxed = [
        replace(each, reason=profile.resolve(item.category, on, counterparty=True).reason)
        if _is_told_by_category(profile, item) and not each.components
        else each
        for each, item in zip(result.items, items, strict=True)
    ]
    return replace(result, items=tuple(taxed))


def taxes_of_components(
    profile: TaxProfile,
    items: Sequence[PricedItem],
    exponent: int,
    *,
    on: datetime.date | None,
    stated: int | None,
) -> TaxResult:
    """Return the taxes of items under a profile of components.

    Args:
        profile: With components; without any, nothing is taxed.
        items: As `read_items` returns them.
        exponent: Decimals of the currency.
        on: Tax point date.
        stated: Tax of the document as its sender states it, in minor units; it is taken as it
            is and spread over the components by what they come to.

    Raises:
        EventError: E_GUARDRAIL for a tax stated where none is due, or in parts of an increment.
        HeraError: E_TAX_PROFILE, E_RATE_RESOLUTION as `settle_document`, `levied_items`.
    """
    rule = rule_of(profile)
    unit = Unit.of(rule, exponent)
    levied = levied_items(profile, items, unit.size, on)
    settled = settle_document(levied, rule)
    if stated is None:
        result = with_reasons(result_of(settled.items, items, unit, rule), profile, items, on)
        return replace(result, steps=settled.steps)
    units = Fraction(stated, 10**exponent) / unit.size
    if units.denominator > 1:
        raise EventError([Problem("stated_tax", "is no multiple of the rounding increment")])
    restated = restate(settled.items, [item.shape for item in levied], int(units))
    return replace(
        with_reasons(result_of(restated.items, items, unit, rule), profile, items, on),
        steps=(*settled.steps, restated.step),
        difference=unit.amount(restated.difference),
        is_off=abs(restated.difference) > len(items),
    )


def result_of(
    settled: Sequence[SettledItem], items: Sequence[PricedItem], unit: Unit, rule: RoundingRule
) -> TaxResult:
    """Return settled figures in currency units."""
    lost = _lost(settled, rule)
    taxed = tuple(_taxed_item(*each, unit) for each in zip(settled, items, lost, strict=True))
    net = sum(each.net for each in settled)
    paid, kept = 0, 0
    rates: dict[str, int] = {}
    for each in settled:
        for charge in each.charges:
            total = sum(shares_of(charge))
            if charge.levy.component.retained:
                kept += total
                continue
            paid += total
            if charge.levy.component.reverse_charge:
                continue
            key = _rate_key(charge.levy.component)
            rates[key] = rates.get(key, 0) + total
    return TaxResult(
        items=taxed,
        net=unit.amount(net),
        tax=unit.amount(paid),
        gross=unit.amount(net + paid),
        rates=tuple((key, unit.amount(units)) for key, units in rates.items()),
        difference=Decimal(0),
        is_off=False,
        steps=(),
        retained=unit.amount(kept),
    )


def _rate_key(component: Component) -> str:
    """Return a percentage, or the code of a component that has no single one."""
    if component.kind in (ComponentKind.FIXED, ComponentKind.TIERED):
        return component.code
    return plain_percent(component.rate)


def shares_of(charge: SettledCharge) -> tuple[int, ...]:
    """Return the parts that a charge is posted in; those of a reverse charge make nothing."""
    return repartition_units(charge.tax, charge.levy.component.shares)


def _lost(settled: Sequence[SettledItem], rule: RoundingRule) -> tuple[tuple[int, ...], ...]:
    """Return what the buyer may not deduct of each charge of each item, in units."""
    charges = [charge for item in settled for charge in item.charges]
    percents = [charge.levy.component.recoverable for charge in charges]
    taxes = [charge.tax for charge in charges]
    parts = iter(deductible(taxes, percents, whole=not rule.steps.tax.is_of_an_item))
    return tuple(tuple(charge.tax - next(parts) for charge in item.charges) for item in settled)


def _taxed_item(
    settled: SettledItem, item: PricedItem, lost: Sequence[int], unit: Unit
) -> TaxedItem:
    tax = sum(
        sum(shares_of(charge)) for charge in settled.charges if not charge.levy.component.retained
    )
    size = unit.size
    return TaxedItem(
        net=unit.amount(settled.net),
        tax=unit.amount(tax),
        gross=unit.amount(settled.net + tax),
        components=tuple(
            _tax_component(charge, unit.amount(units), unit, size)
            for charge, units in zip(settled.charges, lost, strict=True)
        ),
        category=item.category or (EXEMPT_CODE if item.exempt else ""),
        reason=_reason(settled, item),
        inclusive=any(charge.levy.inclusive for charge in settled.charges),
        exact_net=settled.exact_net * size,
    )


def _reason(settled: SettledItem, item: PricedItem) -> Reason:
    """Return why an item bears tax or none, as far as its components tell."""
    if item.exempt:
        return Reason.EXEMPT
    components = [charge.levy.component for charge in settled.charges]
    if not components:
        return Reason.OUT_OF_SCOPE
    if all(component.reverse_charge for component in components):
        return Reason.REVERSE_CHARGE
    zero = not any(component.fraction or component.tiers for component in components)
    return Reason.ZERO if zero else Reason.STANDARD


def _tax_component(
    charge: SettledCharge, lost: Decimal, unit: Unit, size: Fraction
) -> TaxComponent:
    component = charge.levy.component
    shares = shares_of(charge)
    return TaxComponent(
        code=component.code,
        base=unit.amount(charge.base),
        rate=component.rate,
        amount=unit.amount(sum(shares)),
        exact=charge.exact * size,
        exact_base=charge.exact_base * size,
        shares=tuple(unit.amount(share) for share in shares),
        non_recoverable=lost,
        component=component,
    )
