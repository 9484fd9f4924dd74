"""Rows 15 and 16: what it costs to keep entries, in time and in memory."""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import Any

from benchmarks import typical
from benchmarks.engines import engine
from benchmarks.events import Event, pool
from benchmarks.figures import Measured
from benchmarks.harness import Samples, alternate
from benchmarks.plan import Plan
from hera_engine.journal import JournalEntry


def measure(plan: Plan, told: Callable[[str], None]) -> Measured:
    """Return nanoseconds per kept entry, by a loop and by `simulate_many`."""
    ours, events = engine("sale"), pool("sale", min(plan.kept, 10_000))

    def stream() -> Iterator[Event]:
        return islice(chain.from_iterable(repeat(events)), plan.kept)

    first = list(ours.simulate_many(islice(stream(), 10)))
    assert first == [ours.simulate(event) for event in islice(stream(), 10)]
    told(f"keeping {plan.kept:,} entries at once")
    samples = alternate(
        {
            "kept/one by one": lambda: _timed(
                lambda: [ours.simulate(event) for event in stream()], plan.kept
            ),
            "kept/simulate_many": lambda: _timed(
                lambda: list(ours.simulate_many(stream())), plan.kept
            ),
        },
        plan.heavy_rounds,
        warm_ups=0,
    )
    return Measured(samples, {})


def _timed(keep: Callable[[], Sequence[object]], count: int) -> float:
    """Return nanoseconds per entry of what keeps so many, which are dropped afterwards."""
    gc.collect()
    start = time.perf_counter_ns()
    kept = keep()
    spent = time.perf_counter_ns() - start
    assert len(kept) == count
    assert isinstance(kept[-1], JournalEntry)
    return spent / count


def measure_memory(plan: Plan, told: Callable[[str], None]) -> Measured:
    """Return bytes per kept entry, its business context included, the event's own not."""
    events = pool("sale", plan.weighed)
    told(f"weighing {plan.weighed:,} entries")
    sizes = {
        "bytes/engine": _bytes_each(engine("sale").simulate, events),
        "bytes/typical": _bytes_each(typical.post_sale, events),
    }
    return Measured(Samples({name: [size] for name, size in sizes.items()}), {})


def _bytes_each(post: Callable[[Any], object], events: Sequence[Event]) -> float:
    """Return the bytes that stay allocated per entry while all of them are kept."""
    kept: list[object] = [None] * len(events)
    post(events[0])
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for index, event in enumerate(events):
            kept[index] = post(event)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / len(events)
