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
    books: str | None = None,
    date: datetime.date | None = None,
) -> TaxResult:
    """Return the taxes of a document in the currency of the books.

    Rules that round item by item convert each rounded figure; rules that round over the document
    convert the exact figures, and round their sums.

    >>> profile = TaxProfile.from_mapping({"components": [{"code": "CT", "rate": "10"}]})
    >>> items = [{"amount": "1000"}]
    >>> rate = Decimal(160)
    >>> convert_taxes(profile, items, currency="JPY", per_base=rate, books="EUR").gross
    Decimal('6.88')

    Args:
        profile: Of components.
        items: As for `compute_tax`, in the currency of the document.
        currency: Of the document.
        per_base: Units of the document's currency for one of the books.
        books: Currency of the books, which the result is rounded to; None for one with as many
            decimals as that of the document. An increment of the rule holds in both.
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
    here = Unit.of(rule, exponent)
    there = here if books is None else Unit.of(rule, currency_exponent(books))
    if not rule.steps.tax.is_of_an_item:
        levied = levied_items(profile, priced, there.size * factor, date)
        result = result_of(settle_document(levied, rule).items, priced, there, rule)
        return with_reasons(result, profile, priced, date)
    settled = settle_document(levied_items(profile, priced, here.size, date), rule)
    per_unit = factor * there.size / here.size
    converted = tuple(_converted(item, per_unit, rule) for item in settled.items)
    return with_reasons(result_of(converted, priced, there, rule), profile, priced, date)


def _converted(item: SettledItem, per_unit: Fraction, rule: RoundingRule) -> SettledItem:
    """Return an item with each of its rounded figures converted and rounded.

    ``per_unit`` is how many units of the document make one of the books.
    """

    def units(figure: int) -> int:
        return round_fraction(figure / per_unit, rule.mode)

    return SettledItem(
        net=units(item.net),
        exact_net=item.exact_net / per_unit,
        charges=tuple(
            replace(
                charge, base=units(charge.base), tax=units(charge.tax),
                exact_base=charge.exact_base / per_unit, exact=charge.exact / per_unit,
            )
            for charge in item.charges
        ),
    )  # fmt: skip
