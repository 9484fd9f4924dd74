"""rule-engine: tax, net and total as three expressions on Decimals.

Does not: validate the event, make lines, split, check a balance.
"""

from collections.abc import Mapping, Sequence

import rule_engine

from benchmarks.events import Event
from benchmarks.harness import Variant
from benchmarks.peers import sums


def variants(sales: Sequence[Event], _carts: Sequence[Event]) -> list[Variant]:
    """Return the three expressions of the sale."""
    tax = "(sale * 10 + 105) // 210"
    rules = [rule_engine.Rule(text) for text in (tax, f"sale - {tax}", "sale + tip")]

    def evaluate(facts: Mapping[str, int]) -> list[object]:
        return [rule.evaluate(facts) for rule in rules]

    sums.refuse_other("rule-engine", sales, evaluate)
    return [Variant("sale/rule-engine", evaluate, sums.facts_of(sales))]
