"""The taxes that items of a posting bear, whatever kind of profile they fall under.

Enters: how each item is taxed, and its price. Leaves: net and tax of each item with every single
tax in it, in whole minor units. Rates go through `compute`, components through `settle`.

Law, in every rounding and price mode: the taxes of an item add up to its tax, and net + tax =
gross, where net is the price less the taxes that it includes (tests/laws/test_tax_components.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine.tax.category import Reason
from hera_engine.tax.component import Component, ComponentKind
from hera_engine.tax.component_document import rule_of
from hera_engine.tax.compute import TaxStep, spread_stated, tax_items
from hera_engine.tax.evaluate import Levy, Quantity, Shape, bases_of, levies_of
from hera_engine.tax.profile import TaxProfile, TaxRounding, Treatment
from hera_engine.tax.rounding import RoundingRule
from hera_engine.tax.settle import LeviedItem, SettledItem, settle_document

POSTED_RULES: Final = (
    "line-tax-first", "net-first", "cumulative-carry", "total-mixed-v19", "rate", "jurisdiction",
    "combined",
)  # fmt: skip
"""Rounding rules under which a price that includes no tax is the net of its item."""

_WHOLE: Final = (Decimal(100),)


@dataclass(frozen=True, slots=True, kw_only=True)
class BorneTax:
    """One tax of one item: base and tax in minor units, and the tax before any rounding."""

    code: str
    rate: Decimal
    base: int
    tax: int
    exact: Fraction
    reason: Reason
    jurisdiction: str | None
    account_key: str | None


@dataclass(frozen=True, slots=True)
class BorneItem:
    """Net and tax of one item in minor units, and the taxes that its tax is made of."""

    net: int
    tax: int
    taxes: tuple[BorneTax, ...]


@dataclass(frozen=True, slots=True)
class BorneTaxes:
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
    treatments: Sequence[Treatment],
    prices: Sequence[int],
    inclusive: Sequence[bool | None],
    rounding: TaxRounding | RoundingRule,
    *,
    stated: int | None = None,
) -> BorneTaxes:
    """Return the taxes of each item.

    Args:
        treatments: How each item is taxed.
        prices: What each item costs after discounts, in minor units; negative for a return.
        inclusive: Whether each price includes its taxes; None where each component says itself.
        rounding: A rule for components, a place for rates.
        stated: Tax of the document in minor units as its sender states it, spread over all
            taxes of all items by their computed amounts.

    Raises:
        HeraError: E_TAX_PROFILE for components that leave no net; else as `tax_items`.
    """
    if isinstance(rounding, RoundingRule):
        return _of_components(treatments, prices, inclusive, rounding, stated)
    included = tuple(bool(each) for each in inclusive)
    found = tax_items(treatments, prices, included, rounding=rounding, stated=stated)
    items = []
    for treatment, item in zip(treatments, found.items, strict=True):
        one = BorneTax(
            code=treatment.code, rate=treatment.percent, base=item.net, tax=item.tax,
            exact=item.exact, reason=treatment.reason, jurisdiction=None,
            account_key=treatment.account_key,
        )  # fmt: skip
        items.append(BorneItem(item.net, item.tax, (one,) if treatment.is_taxed else ()))
    return BorneTaxes(tuple(items), found.steps, found.difference)


def components_inclusive(components: Sequence[Component], default: bool | None) -> bool | None:
    """Return whether a price includes its components; None where they disagree."""
    modes = {bool(default) if each.inclusive is None else each.inclusive for each in components}
    return modes.pop() if len(modes) == 1 else None


def posting_rule(profile: TaxProfile, said: TaxRounding | None) -> RoundingRule:
    """Return how a profile's components are rounded; what a schema says goes first."""
    rule = rule_of(profile)
    return rule if said is None else replace(rule, name=said.value)


def unposted(profile: TaxProfile, rule: RoundingRule) -> Iterator[str]:
    """Yield in words what a profile of components asks for that postings do not have yet."""
    for component in profile.components:
        for there, what in (
            (component.retained, "withholding"),
            (component.reverse_charge, "reverse charge"),
            (component.recoverable != _WHOLE[0], "partial recovery"),
            (component.shares != _WHOLE and not component.reverse_charge, "repartition"),
            (component.kind is ComponentKind.FIXED, "a fixed amount per unit"),
            (component.kind is ComponentKind.TIERED, "tiers"),
        ):
            if there:
                yield f"posting {what} (tax component `{component.code}`)"
    if rule.name not in POSTED_RULES:
        yield f"posting under the rounding rule `{rule.name}`"
    if rule.increment is not None:
        yield "posting under a rounding increment"


# --- components ----------------------------------------------------------------------------


def _of_components(
    treatments: Sequence[Treatment],
    prices: Sequence[int],
    inclusive: Sequence[bool | None],
    rule: RoundingRule,
    stated: int | None,
) -> BorneTaxes:
    levied = tuple(map(_levied, treatments, prices, inclusive))
    settlement = settle_document(levied, rule)
    taxes = [charge.tax for item in settlement.items for charge in item.charges]
    steps, difference = settlement.steps, 0
    if stated is not None:
        difference = stated - sum(taxes)
        steps = (*steps, _spread(stated, settlement.items, taxes))
    left = iter(taxes)
    items = tuple(
        _borne_item(price, item, tuple(next(left) for _ in item.charges))
        for price, item in zip(prices, settlement.items, strict=True)
    )
    return BorneTaxes(items, steps, difference)


def _levied(treatment: Treatment, price: int, inclusive: bool | None) -> LeviedItem:
    """Return an item with the components it bears; its unit of account is the minor unit."""
    parts = treatment.components if treatment.is_taxed else ()
    if inclusive is not None:
        parts = tuple(replace(each, inclusive=inclusive) for each in parts)
    return LeviedItem(
        price=Fraction(price), quantity=Quantity(), unit=Fraction(1),
        shape=Shape.of(levies_of(parts, inclusive=inclusive)),
    )  # fmt: skip


def _spread(stated: int, items: Sequence[SettledItem], taxes: list[int]) -> TaxStep:
    """Change the taxes, listed item by item, so that they add up to the stated tax."""
    places = [index for index, item in enumerate(items) for _ in item.charges]
    exact = [charge.exact.as_integer_ratio() for item in items for charge in item.charges]
    step = spread_stated(stated, exact, taxes)
    moved: dict[int, int] = {}
    for position, units in step.moved:
        moved[places[position]] = moved.get(places[position], 0) + units
    return replace(step, moved=tuple((index, units) for index, units in moved.items() if units))


def _borne_item(price: int, settled: SettledItem, taxes: tuple[int, ...]) -> BorneItem:
    """Return an item of which a price and its settled taxes are known."""
    levies = tuple(charge.levy for charge in settled.charges)
    net = price - sum(tax for levy, tax in zip(levies, taxes, strict=True) if levy.inclusive)
    bases = bases_of(levies, net, taxes)
    return BorneItem(
        net,
        sum(taxes),
        tuple(
            _borne_tax(levy, base, tax, charge.exact)
            for levy, base, tax, charge in zip(levies, bases, taxes, settled.charges, strict=True)
        ),
    )


def _borne_tax(levy: Levy, base: int, tax: int, exact: Fraction) -> BorneTax:
    component = levy.component
    return BorneTax(
        code=component.code,
        rate=component.rate,
        base=base,
        tax=tax,
        exact=exact,
        reason=Reason.STANDARD if component.fraction else Reason.ZERO,
        jurisdiction=component.jurisdiction,
        account_key=component.account,
    )
