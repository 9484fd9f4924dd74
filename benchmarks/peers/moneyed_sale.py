"""py-moneyed: the arithmetic of the sale on Money objects, and the comparison with the total.

Does not: validate the event, split, make lines.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from moneyed import USD, Money

from benchmarks.events import Event
from benchmarks.harness import Variant
from benchmarks.peers import sums

CENT = Decimal("0.01")


def variants(sales: Sequence[Event], _carts: Sequence[Event]) -> list[Variant]:
    """Return the arithmetic of the sale."""

    def compute(event: Mapping[str, Any]) -> list[Any]:
        context = event["business_context"]
        sale, tip = Money(context["sale_amount"], USD), Money(context["tip_amount"], USD)
        tax = Money((sale.amount * 5 / 105).quantize(CENT, rounding=ROUND_HALF_UP), USD)
        total = sale + tip
        if total != Money(event["total_amount"], USD):
            raise ValueError("the total is another")
        return [tax, sale - tax, total]

    by_facts = dict(zip(map(_key, sums.facts_of(sales)), sales, strict=True))
    sums.refuse_other(
        "py-moneyed",
        sales,
        lambda facts: [each.amount * 100 for each in compute(by_facts[_key(facts)])],
    )
    return [Variant("sale/py-moneyed", compute, sales)]


def _key(facts: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(facts.values())
