"""Streams of events: an answer for each, in order, with Python's garbage collector out of the way.

A caller who keeps the entries of many events makes the collector look through all of them again
and again, although nothing in them is garbage: they hold no cycles. So events are answered in
chunks, the collector rests while a chunk is answered, and it is as it was found whenever code of
the caller's runs: the source of the events, and whoever takes the answers.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Final, TypeVar

from hera_engine.errors import EngineBug, HeraError
from hera_engine.journal import JournalEntry

CHUNK: Final = 1_024
"""Events of one chunk, unless the caller says otherwise; more gain little."""
LINES_AHEAD: Final = 16_384
"""Journal lines of one chunk, about: events that make many come in smaller chunks."""
_SAMPLE: Final = 16
"""One answer of so many is asked for its lines."""

_Member = TypeVar("_Member")


def answers(
    events: Iterable[_Member],
    simulate: Callable[[_Member], JournalEntry],
    *,
    chunk: int = CHUNK,
    pause_collector: bool = True,
) -> Iterator[JournalEntry | HeraError]:
    """Return an iterator of an entry or an error per event, in order.

    At most a chunk of events is read ahead and a chunk of answers kept; the first chunk is one
    event, and each later one at most twice as many as that before it. An error has no traceback:
    what it refers to would outlive the chunk. When the source of the events raises an exception,
    the events before it are answered first.

    Args:
        events: Read lazily, each once.
        simulate: Returns the entry of an event or raises HeraError.
        chunk: Events that are answered at a time at most, at least 1.
        pause_collector: Whether the collector rests while a chunk is answered.

    Raises:
        HeraError: E_GUARDRAIL for what cannot be gone through, and for a chunk that is no
            positive integer; at the call, not later.
    """
    given: object = events
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise HeraError("E_GUARDRAIL", "events are not a list or another iterable of events")
    if type(chunk) is not int or chunk < 1:
        raise HeraError("E_GUARDRAIL", "chunk is not a positive integer")
    return _in_chunks(iter(events), simulate, chunk, pause_collector)


def _in_chunks(
    events: Iterator[_Member],
    simulate: Callable[[_Member], JournalEntry],
    chunk: int,
    pause_collector: bool,
) -> Iterator[JournalEntry | HeraError]:
    """Yield the answers of one chunk after the other."""

    def answered(event: _Member) -> JournalEntry | HeraError:
        try:
            return simulate(event)
        except HeraError as error:
            return _bare(error)

    size = 1
    while True:
        read, fault = _gathered(events, size)
        with _collector_paused() if pause_collector else nullcontext():
            found, broken = _gathered(map(answered, read), size)
        yield from found
        fault = broken or fault
        if fault is not None:
            try:
                raise fault
            finally:
                del broken, fault  # its traceback holds this frame
        if len(read) < size:
            return
        size = min(2 * size, chunk, _events_of_few_lines(found))


def _gathered(members: Iterator[_Member], most: int) -> tuple[list[_Member], Exception | None]:
    """Return the next members, so many at most, and what was raised instead of one of them."""
    found: list[_Member] = []
    try:
        for member in members:
            found.append(member)
            if len(found) == most:
                break
    except Exception as fault:  # noqa: BLE001 - raised again after the members before it
        return found, fault
    return found, None


def _events_of_few_lines(found: list[JournalEntry | HeraError]) -> int:
    """Return how many events like those just answered make about `LINES_AHEAD` lines."""
    some = found[::_SAMPLE]
    lines = sum(len(each.lines) for each in some if isinstance(each, JournalEntry))
    return max(LINES_AHEAD * len(some) // max(lines, 1), 1)


def _bare(error: HeraError) -> HeraError:
    """Return an error without the frames it was raised in, which hold the event and more.

    A bug of ours keeps them for the report, and an error with a cause keeps that cause whole: it
    is a failure in code of the caller's.
    """
    if isinstance(error, EngineBug):
        return error
    if error.__cause__ is None:
        error.__context__ = None
    return error.with_traceback(None)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Switch the collector off, and on again where it was found on.

    Whoever finds it off leaves it off: so pauses may nest and overlap, in one thread or several,
    and the collector is on again once all of them are over.
    """
    found_on = gc.isenabled()
    try:
        gc.disable()
        yield
    finally:
        if found_on:
            gc.enable()
