"""zen-engine (Rust): tax, net and total as three compiled expressions; results are floats.

Does not: validate the event, make lines, split, check a balance, count beyond 2**53 exactly.
"""

from collections.abc import Mapping, Sequence

import zen

from benchmarks.events import Event
from benchmarks.harness import Variant
from benchmarks.peers import sums


def variants(sales: Sequence[Event], _carts: Sequence[Event]) -> list[Variant]:
    """Return the three expressions of the sale."""
    tax = f"floor({sums.TAX})"
    expressions = [zen.compile_expression(text) for text in (tax, f"sale - {tax}", "sale + tip")]

    def evaluate(facts: Mapping[str, int]) -> list[object]:
        return [expression.evaluate(facts) for expression in expressions]

    sums.refuse_other("zen-engine", sales, evaluate)
    return [Variant("sale/zen-engine", evaluate, sums.facts_of(sales))]
