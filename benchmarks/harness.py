"""One interleaved run: variants in shuffled order each round, and the ratios of their rounds.

The machine's speed drifts, by a factor of two within minutes, while ratios of samples taken in one
round hold. Hence nothing here reports a time by itself: a figure is the median over all rounds of
the ratio of two variants, each divided by the events it worked through.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

WARM_UPS: Final = 2
"""Rounds whose samples are thrown away."""
SAMPLE_NS: Final = 10_000_000
"""How long one sample should take, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of doing a piece of work.

    Attributes:
        name: What figures call it, such as ``sale/engine``.
        work: Does the work for one input; what it returns is dropped.
        inputs: Distinct inputs; each sample goes on where the last one ended.
        units: How many units of work one input is, such as the items of a cart.
    """

    name: str
    work: Callable[[Any], object]
    inputs: Sequence[Any]
    units: int = 1


@dataclass(slots=True)
class Samples:
    """Nanoseconds per unit of work: one sample per round and variant."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    @property
    def rounds(self) -> int:
        """How many rounds were counted."""
        return len(next(iter(self.taken.values()), []))

    def nanoseconds(self, name: str) -> float:
        """Return the median time of a variant, for orientation."""
        return statistics.median(self.taken[name])

    def ratios(self, above: str, below: str) -> list[float]:
        """Return the ratio of two variants in each round."""
        pairs = zip(self.taken[above], self.taken[below], strict=True)
        return [first / second for first, second in pairs]


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return lower quartile, median and upper quartile; of one value that value three times."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    lower, middle, upper = statistics.quantiles(values, n=4, method="inclusive")
    return lower, middle, upper


def interleave(
    variants: Sequence[Variant],
    rounds: int,
    *,
    sample_ns: int = SAMPLE_NS,
    told: Callable[[str], None] = lambda _line: None,
) -> Samples:
    """Return the samples of one run.

    Args:
        variants: With names of their own.
        rounds: Counted rounds, at least one.
        sample_ns: How long one sample should take.
        told: Is told now and then how far the run is.
    """
    order = [(variant, _inputs_of_sample(variant, sample_ns)) for variant in variants]
    samples = Samples({variant.name: [] for variant in variants})
    position = dict.fromkeys(samples.taken, 0)
    shuffler = random.Random(1)
    gc.collect()
    for number in range(rounds + WARM_UPS):
        shuffler.shuffle(order)
        for variant, count in order:
            at = position[variant.name]
            inputs = [variant.inputs[(at + k) % len(variant.inputs)] for k in range(count)]
            position[variant.name] = (at + count) % len(variant.inputs)
            spent = _timed(variant.work, inputs)
            if number >= WARM_UPS:
                samples.taken[variant.name].append(spent / count / variant.units)
        told(f"round {number + 1} of {rounds + WARM_UPS}")
    return samples


def _timed(work: Callable[[Any], object], inputs: Sequence[Any]) -> int:
    """Return the nanoseconds that some work takes, the collector as it is."""
    start = time.perf_counter_ns()
    for each in inputs:
        work(each)
    return time.perf_counter_ns() - start


def _inputs_of_sample(variant: Variant, sample_ns: int) -> int:
    """Return how many inputs a sample works through, by what the first ones take."""
    first = variant.inputs[: min(8, len(variant.inputs))]
    variant.work(first[0])
    each = max(_timed(variant.work, first) // len(first), 1)
    return max(1, min(sample_ns // each, 4 * len(variant.inputs)))


def alternate(
    actions: Mapping[str, Callable[[], float]], rounds: int, warm_ups: int = 1
) -> Samples:
    """Return samples of actions that measure themselves, in shuffled order each round."""
    names = list(actions)
    samples = Samples({name: [] for name in names})
    shuffler = random.Random(2)
    for number in range(rounds + warm_ups):
        shuffler.shuffle(names)
        for name in names:
            found = actions[name]()
            if number >= warm_ups:
                samples.taken[name].append(found)
    return samples
