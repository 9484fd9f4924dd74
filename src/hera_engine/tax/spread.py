"""A discount on the whole of a document, spread over its items before they are taxed."""

from collections.abc import Sequence
from dataclasses import replace

from hera_engine.allocation import allocate_units
from hera_engine.errors import EventError, Problem
from hera_engine.money import currency_exponent, from_minor
from hera_engine.tax.items import Number, TaxItem, read_items, read_stated


def spread_discount(
    items: Sequence[TaxItem], discount: Number, *, currency: str = "EUR"
) -> tuple[TaxItem, ...]:
    """Return items of which each has its part of a discount on the whole, in price terms.

    The parts follow the items' prices after their own discounts, by largest remainder; returns
    and gifts have none.

    >>> items = (TaxItem(amount="30.00"), TaxItem(amount="10.00"))
    >>> [str(item.discount) for item in spread_discount(items, "1.00")]
    ['0.75', '0.25']

    Args:
        items: What is sold. An item's own discount in percent becomes an amount.
        discount: What is taken off the sum of the prices; not negative.
        currency: ISO 4217 code.

    Raises:
        EventError: E_GUARDRAIL for items that cannot be read, and for a discount that is
            negative or more than what the items cost.
        HeraError: E_GUARDRAIL for an unknown currency.
    """
    exponent = currency_exponent(currency)
    if not all(isinstance(item, TaxItem) for item in items):
        raise EventError([Problem("items", "are not all TaxItem", "make each one a TaxItem")])
    bare = [replace(item, discount=None, discount_percent=None) for item in items]
    full = read_items(bare, exponent)
    priced = read_items(list(items), exponent)
    units = read_stated(discount, exponent, "discount") or 0
    weights = [max(item.price, 0) for item in priced]
    if not 0 <= units <= sum(weights):
        raise EventError([Problem("discount", "is negative, or more than the items cost")])
    shares = allocate_units(units, weights) if units else (0,) * len(weights)
    parts = zip(bare, full, priced, shares, strict=True)
    return tuple(
        replace(item, discount=from_minor(abs(before.price - after.price) + share, exponent))
        for item, before, after, share in parts
    )
