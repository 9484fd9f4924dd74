"""cel-python: tax, net and total as three expressions on integers, interpreted.

Does not: validate the event, make lines, split, check a balance.
"""

from collections.abc import Mapping, Sequence

import celpy

from benchmarks.events import Event
from benchmarks.harness import Variant
from benchmarks.peers import sums


def variants(sales: Sequence[Event], _carts: Sequence[Event]) -> list[Variant]:
    """Return the three expressions of the sale."""
    environment = celpy.Environment()
    texts = (sums.TAX, f"sale - {sums.TAX}", "sale + tip")
    programs = [environment.program(environment.compile(text)) for text in texts]

    def evaluate(facts: Mapping[str, int]) -> list[object]:
        given = {name: celpy.celtypes.IntType(value) for name, value in facts.items()}
        return [program.evaluate(given) for program in programs]

    sums.refuse_other("cel-python", sales, evaluate)
    return [Variant("sale/cel-python", evaluate, sums.facts_of(sales))]
