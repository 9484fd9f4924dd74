"""A sale that is paid in coins: its payable is rounded, and the difference has its place.

Enters: a sale with its items. Leaves: the sale with the payable for its total, and the difference
in `cash_rounding` or on its largest tax.
"""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Final

from hera_engine.dsl.nodes import Capture
from hera_engine.facts import Facts
from hera_engine.money import ZERO, exact_add, format_amount, from_minor, round_money, to_minor
from hera_engine.rules.expressions import Part
from hera_engine.rules.plan import CashPlan
from hera_engine.rules.sale import Item, Sale
from hera_engine.tax.cash import cash_step_of, largest_code
from hera_engine.tax.rounding import CashDifference

CASH: Final = "cash"
"""The payment method that coins are for."""


def in_coins(cash: CashPlan, sale: Sale, *, capture: Capture) -> Sale:
    """Return a sale with its payable rounded to coins.

    The total may be stated before or after. A total that is stated before stays where it was not
    paid in coins: where payments make it to the cent, the payment method is another than cash,
    or it is not paid yet.

    Raises:
        HeraError: E_TAX_PROFILE for a currency whose smallest coin is not known.
    """
    facts = sale.facts
    exponent = facts.exponent
    due = to_minor(facts.tip_amount, exponent)
    for item in sale.items:
        due += to_minor(item.gross, exponent) - to_minor(item.part(Part.WITHHELD), exponent)
    total = to_minor(facts.total_amount, exponent)
    payable = payable_in_coins(cash, facts, due)
    if payable == due or (total == due and not _in_cash(sale, due, capture)):
        return sale
    difference, paid = from_minor(payable - due, exponent), from_minor(payable, exponent)
    made = f"total_amount: {format_amount(from_minor(due, exponent))} in coins of "
    step = format_amount(cash_step_of(cash.step, facts.currency), exponent)
    made += f"{step} is {format_amount(paid)}"
    if cash.to is CashDifference.LARGEST_TAX:
        found = _on_largest_tax(sale.items, payable - due, exponent)
        if found is None:
            return sale
        items, words = found
        sale = sale._replace(items=items)
        made += f"; {format_amount(difference)} is put on {words}"
    else:
        sale = sale._replace(cash_rounding=difference)
    if total == due:
        facts = replace(facts, total_amount=from_minor(payable, exponent))
    return sale._replace(facts=facts, made=(*sale.made, made))


def payable_in_coins(cash: CashPlan, facts: Facts, due: int) -> int:
    """Return what is paid of an amount due, both in minor units.

    Raises:
        HeraError: E_TAX_PROFILE for a currency whose smallest coin is not known.
    """
    return coins_of(cash, facts.currency, due, facts.exponent)


def coins_of(cash: CashPlan, currency: str, due: int, exponent: int) -> int:
    """Return what is paid in coins of a currency of an amount due, both in minor units.

    Raises:
        HeraError: E_TAX_PROFILE for a currency whose smallest coin is not known.
    """
    step = cash_step_of(cash.step, currency)
    paid = round_money(Fraction(due, 10**exponent), step=step, mode=cash.mode)
    return to_minor(paid, exponent)


def _in_cash(sale: Sale, due: int, capture: Capture) -> bool:
    """Whether what was due before rounding may have been paid in coins."""
    facts = sale.facts
    if facts.payments is not None:
        paid = sum(to_minor(payment.amount, facts.exponent) for payment in facts.payments)
        return paid != due
    if capture is not Capture.IMMEDIATE:
        return False
    return facts.payment_method is None or facts.payment_method.casefold() == CASH


def _on_largest_tax(
    items: tuple[Item, ...], units: int, exponent: int
) -> tuple[tuple[Item, ...], str] | None:
    """Return the items with so many minor units more on the largest tax, and where that is.

    None where no item bears any. The largest is that of the code with the largest amount over
    all items, on the item where that amount is largest, the earliest of equals.
    """
    largest = largest_code(
        (component.detail.code, component.amount) for item in items for component in item.components
    )
    if largest is None:
        return None
    sizes = [
        max(
            (abs(each.amount) for each in item.components if each.detail.code == largest),
            default=ZERO,
        )
        for item in items
    ]
    chosen = sizes.index(max(sizes))
    added = from_minor(units, exponent)
    changed = tuple(
        _with_more(item, largest, added) if index == chosen else item
        for index, item in enumerate(items)
    )
    return changed, f"{largest} of {items[chosen].path}"


def _with_more(item: Item, code: str, added: Decimal) -> Item:
    """Return an item with more of one tax."""
    position = next(at for at, each in enumerate(item.components) if each.detail.code == code)
    component = item.components[position]
    changed = component._replace(amount=exact_add(component.amount, added))
    components = (*item.components[:position], changed, *item.components[position + 1 :])
    return replace(
        item,
        tax=exact_add(item.tax, added),
        gross=exact_add(item.gross, added),
        make_details=partial(item.details._replace, components=components),
    )
