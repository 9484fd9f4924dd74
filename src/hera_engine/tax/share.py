"""A part of a document: a discount on the whole of it, or a payment on account.

The part is so many percent of the total; each tax is that part of itself, and the net is what
they leave. Amounts per unit belong to the goods, not to the price, and have no part in it.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from hera_engine.money import currency_exponent, round_fraction
from hera_engine.tax.component import ComponentKind
from hera_engine.tax.component_document import Unit, levied_items, rule_of, shares_of
from hera_engine.tax.evaluate import Levy, Shape
from hera_engine.tax.items import TaxItem, exact_number, read_items
from hera_engine.tax.profile import TaxProfile
from hera_engine.tax.settle import LeviedItem, SettledItem, settle_document


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareComponent:
    """The part of one component: its base and its amount, over all items."""

    code: str
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentShare:
    """A part of a document; net + tax = gross, in currency units.

    The components' amounts make the tax, those aside that the customer keeps back: they make
    ``retained``, and are no part of tax and gross. A reverse charge comes to nothing.
    """

    net: Decimal
    tax: Decimal
    gross: Decimal
    components: tuple[ShareComponent, ...]
    retained: Decimal = Decimal("0.00")


def share_of_document(
    profile: TaxProfile,
    items: Sequence[TaxItem | Mapping[str, object]],
    percent: Decimal | Fraction,
    *,
    currency: str = "EUR",
    date: datetime.date | None = None,
) -> DocumentShare:
    """Return so many percent of a document, with the taxes in it.

    Args:
        profile: Of components.
        items: As for `compute_tax`.
        percent: Of the total, a fraction for an amount; taken off where it is a discount.
        currency: ISO 4217 code.
        date: Tax point date.

    Raises:
        HeraError: As `compute_tax`; E_TAX_PROFILE for a profile of rates.
    """
    exponent = currency_exponent(currency)
    rule = rule_of(profile)
    unit, part = Unit.of(rule, exponent), exact_number(percent, "the percentage") / 100
    levied = levied_items(profile, read_items(items, exponent), unit.size, date)
    whole = settle_document(levied, rule)
    by_item = rule.steps.tax.is_of_an_item
    bare = tuple(
        _without_fixed(item, settled, rounded=by_item)
        for item, settled in zip(levied, whole.items, strict=True)
    )
    sums = _Sums.of(settle_document(bare, rule).items)
    scaled = {code: round_fraction(tax * part, rule.mode) for code, tax in sums.taxes.items()}
    paid = sum(tax for code, tax in sums.taxes.items() if code not in sums.kept)
    gross = round_fraction((sums.net + paid) * part, rule.mode)
    tax = sum(amount for code, amount in scaled.items() if code not in sums.kept)
    return DocumentShare(
        net=unit.amount(gross - tax),
        tax=unit.amount(tax),
        gross=unit.amount(gross),
        components=tuple(
            ShareComponent(
                code=code,
                base=unit.amount(round_fraction(sums.bases[code] * part, rule.mode)),
                amount=unit.amount(amount),
            )
            for code, amount in scaled.items()
        ),
        retained=unit.amount(sum(scaled[code] for code in sums.kept)),
    )


def _without_fixed(item: LeviedItem, settled: SettledItem, *, rounded: bool) -> LeviedItem:
    """Return an item at its net price, bearing what is not an amount per unit."""
    levies = tuple(
        Levy(levy.component, inclusive=False)
        for levy in item.shape.levies
        if levy.component.kind is not ComponentKind.FIXED
    )
    net = Fraction(settled.net) if rounded else settled.exact_net
    return replace(item, price=net, shape=Shape.of(levies))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Bases and taxes by component over all items, and their net; ``kept`` are those not paid."""

    bases: Mapping[str, int]
    taxes: Mapping[str, int]
    kept: frozenset[str]
    net: int

    @classmethod
    def of(cls, items: Sequence[SettledItem]) -> "_Sums":
        """Return the sums of items."""
        bases: dict[str, int] = {}
        taxes: dict[str, int] = {}
        charges = tuple(charge for item in items for charge in item.charges)
        for charge in charges:
            code = charge.levy.component.code
            bases[code] = bases.get(code, 0) + charge.base
            taxes[code] = taxes.get(code, 0) + sum(shares_of(charge))
        kept = (charge.levy.component for charge in charges if charge.levy.component.retained)
        codes = frozenset(component.code for component in kept)
        return cls(bases, taxes, codes, sum(item.net for item in items))
