"""The taxes of a document in another currency: that of the company's books."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hera_engine.errors import HeraError
from hera_engine.money import currency_exponent, round_fraction
from hera_engine.tax.component_document import (
    Unit,
    levied_items,
    result_of,
    rule_of,
    with_reasons,
)
from hera_engine.tax.items import TaxItem, exact_number, read_items
from hera_engine.tax.profile import TaxProfile
from hera_engine.tax.results import TaxResult
from hera_engine.tax.rounding import RoundingRule
from hera_engine.tax.settle import SettledItem, settle_document


def convert_taxes(
    profile: TaxProfile,
    items: Sequence[TaxItem | Mapping[str, object]],
    *,
    currency: str,
    per_base: Decimal | Fraction,
    date: datetime.date | None = None,
) -> TaxResult:
    """Return the taxes of a document in the currency of the books.

    Rules that round item by item convert each rounded figure; rules that round over the document
    convert the exact figures, and round their sums.

    Args:
        profile: Of components.
        items: As for `compute_tax`.
        currency: Of the document; its decimals and the rule's increment are those of the books.
        per_base: Units of the document's currency for one of the books.
        date: Tax point date.

    Raises:
        HeraError: As `compute_tax`; E_GUARDRAIL for a rate of exchange that is not above zero.
    """
    factor = exact_number(per_base, "the rate of exchange")
    if factor <= 0:
        raise HeraError("E_GUARDRAIL", "the rate of exchange is not above zero")
    exponent = currency_exponent(currency)
    priced = read_items(items, exponent)
    rule = rule_of(profile)
    unit = Unit.of(rule, exponent)
    if not rule.steps.tax.is_of_an_item:
        levied = levied_items(profile, priced, unit.size * factor, date)
        result = result_of(settle_document(levied, rule).items, priced, unit, rule)
        return with_reasons(result, profile, priced, date)
    settled = settle_document(levied_items(profile, priced, unit.size, date), rule)
    converted = tuple(_converted(item, factor, rule) for item in settled.items)
    return with_reasons(result_of(converted, priced, unit, rule), profile, priced, date)


def _converted(item: SettledItem, factor: Fraction, rule: RoundingRule) -> SettledItem:
    """Return an item with each of its rounded figures converted and rounded."""

    def units(figure: int) -> int:
        return round_fraction(figure / factor, rule.mode)

    return SettledItem(
        net=units(item.net),
        exact_net=item.exact_net / factor,
        charges=tuple(
            replace(
                charge, base=units(charge.base), tax=units(charge.tax),
                exact_base=charge.exact_base / factor, exact=charge.exact / factor,
            )
            for charge in item.charges
        ),
    )  # fmt: skip
