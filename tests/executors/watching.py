"""Watches every engine that anything posts with: each event is posted by both executors.

`agreeing` serves the corpora that the repository has: whatever their own tests do with an engine is
done, and compared on the way. As a plugin, `pytest -p tests.executors.watching tests/unit/events`,
it does so for any test.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from hera_engine import HeraError, JournalEntry, PostingEngine
from hera_engine.engine import event_from_json
from hera_engine.rules.executor import Executor
from tests.executors.twins import Outcome, Twins, outcome, posts_itself, unlike, written

REMEMBERED: Final = 64
"""Engines whose twin is kept."""


@dataclass(slots=True)
class Tally:
    """What became of the events that were watched.

    ``itself`` counts those that the compiled executor posted by itself, ``left`` those that the
    interpreter posted for it.
    """

    itself: int = 0
    left: int = 0
    refused: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def posted(self) -> int:
        """How many events were posted."""
        return self.itself + self.left

    def __str__(self) -> str:
        share = 100 * self.itself / self.posted if self.posted else 0
        return (
            f"{self.posted + self.refused} events: {self.posted} posted, {share:.1f} % of them by "
            f"compiled rules alone; {self.refused} refused; {len(self.differences)} differ"
        )

    def count(self, engine: PostingEngine, event: object, result: Outcome) -> None:
        """Count what became of an event."""
        if not isinstance(result, JournalEntry):
            self.refused += 1
        elif posts_itself(engine, event):
            self.itself += 1
        else:
            self.left += 1

    def add(self, other: "Tally") -> None:
        """Add what another one counted."""
        self.itself += other.itself
        self.left += other.left
        self.refused += other.refused
        self.differences += other.differences


class Watch:
    """Stands beside engines and compares what each gives with what its twin gives."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._twins: OrderedDict[int, Twins] = OrderedDict()
        self._busy = False

    def saw(self, engine: PostingEngine, event: object, result: Outcome) -> None:
        """Compare what an event ended in, unless an engine is at work within another one."""
        if self._busy or engine.executor is not Executor.COMPILED:
            return
        self._busy = True
        try:
            found = list(unlike(result, outcome(self._of(engine).interpreted, event)))
            self.tally.differences += (f"{each}\nevent: {written(event)}" for each in found)
            self.tally.count(engine, event, result)
        finally:
            self._busy = False

    def _of(self, engine: PostingEngine) -> Twins:
        """Return an engine with its twin; the engine is held, so that its id stays its own."""
        twins = self._twins.get(id(engine))
        if twins is None:
            twins = self._twins[id(engine)] = Twins.beside(engine)
        self._twins.move_to_end(id(engine))
        if len(self._twins) > REMEMBERED:
            self._twins.popitem(last=False)
        return twins


@contextmanager
def watching(tally: Tally) -> Iterator[None]:
    """Watch all engines, and count what they post in a tally."""
    with pytest.MonkeyPatch.context() as patch:
        _stand_beside(Watch(tally), patch)
        yield


@contextmanager
def agreeing() -> Iterator[Tally]:
    """Watch all engines; at the end whatever differs fails the test."""
    tally = Tally()
    with watching(tally):
        yield tally
    assert not tally.differences, "\n\n".join(tally.differences[:20])


def _stand_beside(watch: Watch, patch: pytest.MonkeyPatch) -> None:
    """Have the methods that post show what they gave; `simulate_many` posts by `simulate`."""
    one, text = PostingEngine.simulate, PostingEngine.simulate_json

    def simulate(engine: PostingEngine, event: Any) -> JournalEntry:
        return _shown_to(watch, engine, event, lambda: one(engine, event))

    def simulate_json(engine: PostingEngine, data: Any) -> JournalEntry:
        try:
            event = event_from_json(data)
        except HeraError:
            return text(engine, data)
        return _shown_to(watch, engine, event, lambda: text(engine, data))

    patch.setattr(PostingEngine, "simulate", simulate)
    patch.setattr(PostingEngine, "simulate_json", simulate_json)


def _shown_to(
    watch: Watch, engine: PostingEngine, event: object, post: Callable[[], JournalEntry]
) -> JournalEntry:
    try:
        entry = post()
    except Exception as error:
        watch.saw(engine, event, error)
        raise
    watch.saw(engine, event, entry)
    return entry


@pytest.fixture(autouse=True)
def _watched_test() -> Iterator[None]:
    """As a plugin: compare whatever a test posts."""
    with agreeing():
        yield
