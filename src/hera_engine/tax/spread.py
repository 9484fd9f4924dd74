"""What is taken off or added to the whole of a document, spread over its items before tax."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hera_engine.allocation import allocate_units
from hera_engine.errors import EventError, Problem
from hera_engine.money import currency_exponent, from_minor
from hera_engine.tax.items import Number, TaxItem, read_items, read_stated, taxed_items


def spread_discount(
    items: Sequence[TaxItem | Mapping[str, object]], discount: Number, *, currency: str = "EUR"
) -> tuple[TaxItem, ...]:
    """Return items of which each has its part of a discount on the whole, in price terms.

    The parts follow the items' prices after their own discounts, by largest remainder; returns
    and gifts have none.

    >>> items = (TaxItem(amount="30.00"), TaxItem(amount="10.00"))
    >>> [str(item.discount) for item in spread_discount(items, "1.00")]
    ['0.75', '0.25']

    Args:
        items: What is sold, as for `compute_tax`. An item's own discount in percent becomes an
            amount.
        discount: What is taken off the sum of the prices; not negative.
        currency: ISO 4217 code.

    Raises:
        EventError: E_GUARDRAIL for items that cannot be read, and for a discount that is
            negative or more than what the items cost.
        HeraError: E_GUARDRAIL for an unknown currency.
    """
    exponent = currency_exponent(currency)
    units = _stated(discount, exponent, "discount")
    sold = taxed_items(items, exponent)
    weights = _weights(sold, exponent)
    if units > sum(weights):
        raise EventError([Problem("discount", "is more than the items cost")])
    bare = [replace(item, discount=None, discount_percent=None, charge=None) for item in sold]
    full = read_items(bare, exponent)
    priced = read_items([replace(item, charge=None) for item in sold], exponent)
    shares = allocate_units(units, weights) if units else (0,) * len(weights)
    parts = zip(sold, full, priced, shares, strict=True)
    return tuple(
        replace(
            item,
            discount=from_minor(abs(before.price - after.price) + share, exponent),
            discount_percent=None,
        )
        for item, before, after, share in parts
    )


def spread_charge(
    items: Sequence[TaxItem | Mapping[str, object]], charge: Number, *, currency: str = "EUR"
) -> tuple[TaxItem, ...]:
    """Return items of which each has its part of a charge on the whole, in price terms.

    The parts follow the items' prices, as those of `spread_discount` do.

    >>> items = (TaxItem(amount="30.00"), TaxItem(amount="10.00"))
    >>> [str(item.charge) for item in spread_charge(items, "5.00")]
    ['3.75', '1.25']

    Args:
        items: What is sold, as for `compute_tax`.
        charge: What is added to the sum of the prices, such as freight; not negative.
        currency: ISO 4217 code.

    Raises:
        EventError: E_GUARDRAIL for items that cannot be read, for a charge that is negative, and
            where no item has a price for it to follow.
        HeraError: E_GUARDRAIL for an unknown currency.
    """
    exponent = currency_exponent(currency)
    units = _stated(charge, exponent, "charge")
    sold = taxed_items(items, exponent)
    weights = _weights(sold, exponent)
    if not units:
        return sold
    if not any(weights):
        raise EventError([Problem("charge", "has no item with a price to be spread over")])
    shares = allocate_units(units, weights)
    return tuple(
        replace(
            item,
            charge=from_minor(
                (read_stated(item.charge, exponent, "charge") or 0) + share, exponent
            ),
        )
        if share
        else item
        for item, share in zip(sold, shares, strict=True)
    )


def _stated(value: Number, exponent: int, path: str) -> int:
    """Return an amount on the whole in minor units; it must not be negative."""
    units = read_stated(value, exponent, path) or 0
    if units < 0:
        raise EventError([Problem(path, "is negative")])
    return units


def _weights(items: Sequence[TaxItem], exponent: int) -> tuple[int, ...]:
    """Return what each item weighs: its price in minor units; returns and gifts nothing."""
    return tuple(max(item.price, 0) for item in read_items(items, exponent))
