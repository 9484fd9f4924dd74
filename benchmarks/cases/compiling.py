"""Rows 18a to 18c: what compiling a schema costs, and posting with many of them."""

import time
from collections.abc import Callable, Iterator
from itertools import cycle

from benchmarks import reference
from benchmarks.cases import rules
from benchmarks.engines import build, engine, schema_text
from benchmarks.events import Event, pool
from benchmarks.figures import Measured
from benchmarks.harness import Samples, Variant
from benchmarks.plan import Plan
from hera_engine import PostingEngine


def measure(plan: Plan, told: Callable[[str], None]) -> Measured:
    """Return milliseconds from text to engine, of one rule and for each of many."""
    told(f"compiling, also {plan.rules[1]:,} rules")
    one, many = schema_text("sale"), rules.schema(plan.rules[1])
    build(one)
    taken = {
        "compile/sale": [_milliseconds(one) for _ in range(plan.heavy_rounds)],
        "compile/rule of many": [_milliseconds(many) / plan.rules[1]],
    }
    return Measured(Samples(taken), {})


def _milliseconds(text: str) -> float:
    start = time.perf_counter_ns()
    build(text)
    return (time.perf_counter_ns() - start) / 1e6


def variants(plan: Plan) -> Iterator[Variant]:
    """Yield posting a sale by one schema, and by many of its shape in turn."""
    events = pool("sale", plan.pool)
    engines = [build(alike(number)) for number in range(plan.schemas)]
    for event, each in zip(events, cycle(engines), strict=False):
        legs = reference.legs_of(each.simulate(event))
        reference.refuse_other("sale", event, legs, "one of many schemas")
    yield Variant("schemas/one", _post, [(engine("sale"), event) for event in events])
    yield Variant("schemas/many", _post, list(zip(cycle(engines), events * 4, strict=False)))


def _post(pair: tuple[PostingEngine, Event]) -> object:
    return pair[0].simulate(pair[1])


def alike(number: int, rate: str = "5") -> str:
    """Return the sale's schema with other accounts and another name; same statements."""
    return (
        schema_text("sale")
        .replace("Benchmark of a sale", f"Schema {number}")
        .replace(" 1100 ", f" 11{number:04d} ")
        .replace(" 4100 ", f" 41{number:04d} ")
        .replace("standard 5%", f"standard {rate}%")
    )
