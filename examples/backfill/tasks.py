"""What a run does with each shard; the same for every runner.

A `Task` is what travels to a worker: texts and paths. A worker calls `ready` once, which compiles,
and then the result for each shard.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from examples.backfill.books import COMPILED, Books
from examples.backfill.shards import RunFolder, Shard, Summary, lines_of
from examples.backfill.tally import Tally
from hera_engine import HeraError, JournalEntry, PostingEngine

JOURNALS: Final = "journals.jsonl"
REFUSED: Final = "refused.jsonl"


@dataclass(frozen=True, slots=True)
class Done:
    """One finished shard.

    Attributes:
        shard: Which.
        summary: What came of it.
        process: Id of the process that did it.
        compiled: How often that process has compiled a schema so far.
    """

    shard: Shard
    summary: Summary
    process: int
    compiled: int


@dataclass(frozen=True, slots=True)
class Failed:
    """One shard that was not done, through no fault of its events, and why."""

    shard: Shard
    reason: str


Outcome = Done | Failed
Work = Callable[[Shard], Done]


class Task(Protocol):
    """What is to be done with each shard: small, and it can be pickled."""

    def ready(self) -> Work:
        """Compile what is needed and return what does a shard; called once in each worker."""

    def identity(self) -> Mapping[str, Any]:
        """Return what must be the same for a run to be continued, as plain JSON values."""


Runner = Callable[[Task, Iterable[Shard]], Iterator[Outcome]]
"""Does each of some shards somewhere, and yields what came of it as it comes."""


@dataclass(frozen=True, slots=True)
class Posting:
    """Posts every event by the same books: journals in one file, refusals in another."""

    books: Books
    folder: RunFolder

    def ready(self) -> Work:
        """See `Task.ready`."""
        engine = self.books.engine()

        def fill(shard: Shard, work: Path) -> Mapping[str, Any]:
            return _post(engine, shard, work).to_dict()

        return done_by(self.folder, fill)

    def identity(self) -> Mapping[str, Any]:
        """See `Task.identity`."""
        return {"task": "post", "fingerprint": self.books.engine().fingerprint}


def done_by(folder: RunFolder, fill: Callable[[Shard, Path], Mapping[str, Any]]) -> Work:
    """Return what finishes shards in a folder by way of a function that fills one."""

    def work(shard: Shard) -> Done:
        return Done(shard, folder.finish(shard, fill), os.getpid(), COMPILED[os.getpid()])

    return work


def outcomes(
    engine: PostingEngine, events: Iterable[bytes]
) -> Iterator[tuple[bytes, JournalEntry | HeraError]]:
    """Yield each event, as it was sent, with its journal or with why it is refused.

    The one place where recipes call the engine.
    """
    for event in events:
        try:
            yield event, engine.simulate_json(event)
        except HeraError as error:
            yield event, error


def tally_of(engine: PostingEngine, shard: Shard) -> Tally:
    """Return what posting a shard comes to; nothing is written."""
    tally = Tally()
    with shard.source.open("rb") as events:
        for event, outcome in outcomes(engine, lines_of(events)):
            if isinstance(outcome, HeraError):
                tally.add_refused(outcome.code, event)
            else:
                tally.add_entry(outcome, outcome.to_json())
    return tally


def _post(engine: PostingEngine, shard: Shard, work: Path) -> Tally:
    """Write the journals and refusals of a shard: the batch function of every runner."""
    tally = Tally()
    with (
        shard.source.open("rb") as events,
        (work / JOURNALS).open("wb") as journals,
        (work / REFUSED).open("wb") as refused,
    ):
        posted = outcomes(engine, lines_of(events))
        for number, (event, outcome) in enumerate(posted, start=1):
            if isinstance(outcome, HeraError):
                write_line(refused, refusal(number, outcome))
                tally.add_refused(outcome.code, event)
            else:
                text = outcome.to_json()
                journals.write(text + b"\n")
                tally.add_entry(outcome, text)
    return tally


def refusal(number: int, error: HeraError) -> dict[str, object]:
    """Return what is kept of a refused event: its line, counted from one, and why."""
    return {
        "line": number,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "details": error.details,
    }


def write_line(file: BinaryIO, data: Mapping[str, object]) -> None:
    """Write plain JSON values as one line."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    file.write(text.encode() + b"\n")
