"""Streams of events: order, laziness, memory, and the state of Python's garbage collector."""

import gc
import threading
import tracemalloc
import weakref
from collections.abc import Iterator, Mapping

import pytest

from hera_engine import HeraError, PostingEngine, batch
from hera_engine.errors import EngineBug
from hera_engine.frozen import FrozenMap
from hera_engine.journal import JournalEntry, Notice
from hera_engine.rules.stage import Contribution
from tests.unit.events.books import engine, event, sale


@pytest.fixture(autouse=True)
def _collector_on() -> Iterator[None]:
    """Each test begins with the collector on and must leave it so."""
    gc.enable()
    yield
    left_on = gc.isenabled()
    gc.enable()
    assert left_on


class Watching:
    """A stage that notes whether the collector is on."""

    def __init__(self) -> None:
        self.seen: list[bool] = []

    @property
    def name(self) -> str:
        """The name of the stage."""
        return "watching"

    def contribute(self, facts: object, lines: object) -> Contribution:
        """Note the collector and add nothing."""
        self.seen.append(gc.isenabled())
        return Contribution()


def watched() -> tuple[Watching, PostingEngine]:
    """Return an engine with a watching stage, and the stage."""
    stage = Watching()
    return stage, PostingEngine(engine().schema, stages=[stage])


def test_the_collector_rests_while_a_chunk_is_answered_and_never_outside() -> None:
    """The source of the events and whoever takes the answers find it on."""
    stage, posting = watched()
    outside: list[bool] = []

    def source() -> Iterator[Mapping[str, object]]:
        for _ in range(40):
            outside.append(gc.isenabled())
            yield sale("105.00")

    for _ in posting.simulate_many(source()):
        outside.append(gc.isenabled())

    assert stage.seen == [False] * 40
    assert outside == [True] * 80


def test_the_pause_can_be_declined() -> None:
    """With pause_collector=False the collector is left alone."""
    stage, posting = watched()

    list(posting.simulate_many([sale("105.00")] * 9, pause_collector=False))

    assert stage.seen == [True] * 9


def test_a_collector_found_off_is_left_off() -> None:
    """What was found is restored, not what is usual."""
    stage, posting = watched()
    gc.disable()
    try:
        list(posting.simulate_many([sale("105.00")] * 9))
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert stage.seen == [False] * 9


def test_interleaved_nested_and_abandoned_streams_leave_the_collector_on() -> None:
    """Between any two answers the collector is on, whatever other streams do."""
    posting = engine()
    one = posting.simulate_many([sale("105.00")] * 50)
    two = posting.simulate_many(sale("21.00") for _ in one)

    for _ in range(10):
        next(two)
        assert gc.isenabled()
    inner = posting.simulate_many([sale("105.00")] * 50)
    for count, _ in enumerate(posting.simulate_many([sale("105.00")] * 50)):
        next(inner, None)
        assert gc.isenabled()
        if count == 20:
            break
    inner.close()  # type: ignore[attr-defined] # a generator
    del two, one
    assert gc.isenabled()


class Vetoing(Watching):
    """A stage that is interrupted at the third event, as by Ctrl+C."""

    def contribute(self, facts: object, lines: object) -> Contribution:
        """Raise what is no error at the third event."""
        super().contribute(facts, lines)
        if len(self.seen) == 3:
            raise KeyboardInterrupt
        return Contribution()


def test_an_interrupt_in_a_chunk_goes_through_with_the_collector_on() -> None:
    """Ctrl+C while events are answered ends the stream at once."""
    results = PostingEngine(engine().schema, stages=[Vetoing()]).simulate_many([sale("105.00")] * 9)

    next(results)
    with pytest.raises(KeyboardInterrupt):
        next(results)
    assert gc.isenabled()
    assert next(results, None) is None


def test_streams_of_several_threads_leave_the_collector_on() -> None:
    """Pauses that overlap end with the collector as it was before the first."""
    posting = engine()
    events = [sale("105.00")] * 200
    counts: list[int] = []

    def drain() -> None:
        counts.append(len(list(posting.simulate_many(events, chunk=7))))

    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts == [200] * 4


@pytest.mark.parametrize("chunk", [1, 2, 3, 1_024])
@pytest.mark.parametrize("before", [0, 1, 2, 3, 7, 12])
def test_a_fault_of_the_source_comes_after_the_events_before_it(chunk: int, before: int) -> None:
    """The caller's own exception goes through, once every event read is answered."""

    def source() -> Iterator[Mapping[str, object]]:
        for number in range(before):
            yield sale(f"{105 + number}.00")
        raise LookupError("the file ends here")

    found: list[object] = []
    with pytest.raises(LookupError, match="the file ends here"):
        found.extend(
            str(each.header.total_amount)
            for each in engine().simulate_many(source(), chunk=chunk)
            if isinstance(each, JournalEntry)
        )

    assert found == [f"{105 + number}.00" for number in range(before)]


@pytest.mark.parametrize("chunk", [1, 2, 5, 64])
def test_chunks_change_nothing_but_how_far_is_read_ahead(chunk: int) -> None:
    """Order and answers are those of a loop; no more than a chunk is read ahead."""
    posting = engine()
    events = [
        event("HERA.X.V1", "1.00") if number % 7 == 3 else sale(f"{number + 1}.00")
        for number in range(150)
    ]
    read = 0

    def source() -> Iterator[Mapping[str, object]]:
        nonlocal read
        for each in events:
            read += 1
            yield each

    for number, answer in enumerate(posting.simulate_many(source(), chunk=chunk)):
        assert read - number <= chunk
        if isinstance(answer, JournalEntry):
            assert answer == posting.simulate(events[number])
        else:
            with pytest.raises(HeraError) as caught:
                posting.simulate(events[number])
            assert answer.to_dict() == caught.value.to_dict()
    assert read == len(events)


def test_the_source_is_not_asked_again_once_it_is_at_its_end() -> None:
    """An iterator that says it has ended is believed."""
    asked = 0

    def none_left() -> Mapping[str, object]:
        nonlocal asked
        asked += 1
        return sale("105.00") if asked < 3 else {}

    found = list(engine().simulate_many(iter(none_left, {})))

    assert (len(found), asked) == (2, 3)


def test_events_of_many_lines_come_in_small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read ahead are about as many events as make LINES_AHEAD lines."""
    monkeypatch.setattr(batch, "LINES_AHEAD", 12)
    posting, read = engine(), 0

    def source() -> Iterator[Mapping[str, object]]:
        nonlocal read
        for _ in range(200):
            read += 1
            yield sale("105.00")

    ahead = [read - number for number, _ in enumerate(posting.simulate_many(source()))]

    assert len(posting.simulate(sale("105.00")).lines) == 3
    assert max(ahead) == 4


@pytest.mark.parametrize("chunk", [0, -1, True, 1.5, "8", None])
def test_a_chunk_is_a_positive_integer(chunk: object) -> None:
    """Anything else is refused when the stream is asked for."""
    with pytest.raises(HeraError, match="E_GUARDRAIL: chunk is not a positive integer"):
        engine().simulate_many([], chunk=chunk)  # type: ignore[arg-type] # what callers may do


def test_a_refused_event_keeps_nothing_alive() -> None:
    """An error has no traceback, and goes away without the collector."""
    gc.disable()
    try:
        (refused,) = engine().simulate_many([event("HERA.X.V1", "1.00")])
        assert isinstance(refused, HeraError)
        assert (refused.__traceback__, refused.__context__) == (None, None)
        gone = weakref.ref(refused)
        del refused
        assert gone() is None
    finally:
        gc.enable()


def test_a_bug_of_ours_keeps_its_traceback_and_a_failing_stage_its_cause() -> None:
    """What has to be looked into can be: the frames of a bug, the exception of an own stage."""

    class Failing(Watching):
        def contribute(self, facts: object, lines: object) -> Contribution:
            raise LookupError("no such stage")

    def simulate(_event: int) -> JournalEntry:
        raise EngineBug("two and two are five")

    (bug,) = batch.answers([1], simulate)
    (failure,) = PostingEngine(engine().schema, stages=[Failing()]).simulate_many([sale("105.00")])

    assert isinstance(bug, HeraError)
    assert bug.__traceback__ is not None
    assert isinstance(failure, HeraError)
    assert str(failure.__cause__) == "no such stage"
    assert failure.__traceback__ is None


def _grown(results: Iterator[object], warm_up: int) -> tuple[int, int]:
    """Return how many answers come after the first ones, and by how many bytes memory grew."""
    gc.disable()  # garbage that only the collector finds would show
    tracemalloc.start()
    try:
        for _ in range(warm_up):
            next(results)
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        count = sum(1 for _ in results)
        return count, tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
        gc.enable()


def test_twenty_thousand_events_take_the_memory_of_a_chunk() -> None:
    """Each answer weighs 10 kB, 200 MB in all; what is kept are two chunks of 64."""
    entry = engine().simulate(sale("105.00"))

    def simulate(number: int) -> JournalEntry:
        if number % 10 == 0:
            raise HeraError("E_GUARDRAIL", "x" * 10_000)
        notice = Notice("HEAVY", f"{number}" * 1_500, FrozenMap())
        return JournalEntry(entry.header, entry.lines, (notice,))

    count, grown = _grown(batch.answers(range(20_000), simulate, chunk=64), 1_000)

    assert count == 19_000
    assert grown < 2 * 64 * 10_000


def test_streaming_through_an_engine_leaves_nothing_behind() -> None:
    """Posted or refused, an event of a stream leaves no garbage for the collector to find."""

    def source() -> Iterator[Mapping[str, object]]:
        for number in range(1_000):
            yield sale(f"{number % 90 + 1}.00") if number % 2 else sale(1.5)

    count, grown = _grown(engine().simulate_many(source(), chunk=8), 500)

    assert count == 500
    assert grown < 100_000
