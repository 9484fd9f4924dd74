"""Times the engine against the hand-written floor: the sale and the cart of twenty items.

python -m benchmarks.bench_post [--rounds 25] [--json]
"""

import argparse
import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from benchmarks import corpus, floor

Post = Callable[[Mapping[str, object]], object]


class Shape(NamedTuple):
    """One kind of event and how many distinct ones a round posts."""

    name: str
    events: Sequence[Mapping[str, object]]


def main() -> int:
    """Run the rounds and print a table, or JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=25, help="counted rounds (default 25)")
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    arguments = parser.parse_args()
    shapes = (Shape("sale", corpus.sales(256)), Shape("cart of 20", corpus.carts(32)))
    engine = corpus.engine()
    variants: dict[str, Post] = {"floor": floor.post, "interpreter": engine.simulate}
    for shape in shapes:
        check_equal(engine.simulate, shape)
        report(shape, measure(variants, shape, arguments.rounds), as_json=arguments.json)
    return 0


def check_equal(simulate: Callable[[Mapping[str, object]], object], shape: Shape) -> None:
    """Refuse to time variants that do not give the same lines."""
    for event in shape.events:
        entry = simulate(event)
        ours = [
            (line.account.key, line.side.value, line.amount, line.currency, dict(line.dimensions))
            for line in entry.lines  # type: ignore[attr-defined] # a JournalEntry
        ]
        theirs = [
            (line.account, line.side, line.amount, line.currency, dict(line.dimensions))
            for line in floor.post(event)
        ]
        if ours != theirs:
            raise SystemExit(f"the variants differ for {event}:\n{ours}\n{theirs}")


def measure(variants: Mapping[str, Post], shape: Shape, rounds: int) -> dict[str, list[int]]:
    """Return nanoseconds per round and variant, in one interleaved run after a warm-up."""
    order = list(variants)
    shuffler = random.Random(1)
    taken: dict[str, list[int]] = {name: [] for name in order}
    for number in range(rounds + 2):
        shuffler.shuffle(order)
        for name in order:
            post = variants[name]
            start = time.perf_counter_ns()
            for event in shape.events:
                post(event)
            spent = time.perf_counter_ns() - start
            if number >= 2:
                taken[name].append(spent)
    return taken


def report(shape: Shape, taken: Mapping[str, Sequence[int]], *, as_json: bool) -> None:
    """Print each variant's median time per event and its median ratio to the floor."""
    for name, spent in taken.items():
        pairs = zip(spent, taken["floor"], strict=True)
        ratio = statistics.median(ours / base for ours, base in pairs)
        micros = statistics.median(spent) / len(shape.events) / 1000
        row = {
            "shape": shape.name,
            "variant": name,
            "median_us_per_event": round(micros, 2),
            "ratio_to_floor": round(ratio, 2),
            "rounds": len(spent),
            "python": platform.python_version(),
        }
        if as_json:
            print(json.dumps(row))
        else:
            print(f"{shape.name:<12}{name:<14}{micros:>10.2f} us/event{ratio:>8.2f} x floor")


if __name__ == "__main__":
    sys.exit(main())
