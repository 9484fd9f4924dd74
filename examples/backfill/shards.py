"""Shards of events, and the folder in which a run keeps what is finished.

A shard is finished when its folder stands in place: it is written beside, forced to the disk, and
renamed, which happens wholly or not at all. A run that was killed leaves finished shards and
rubbish, and the next one does what is missing. Needs a POSIX system.
"""

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Self
from uuid import uuid4

from hera_engine import limits

SUMMARY: Final = "summary.json"
LONGEST_LINE: Final = limits.JSON_CHARACTERS + 1
"""Bytes that are read of a line: one more than the engine takes, so that it refuses the rest."""


class RunError(Exception):
    """A run that cannot go on as it was asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of events, an event per line; its name without the ending names it."""

    source: Path

    @property
    def name(self) -> str:
        """What the shard is called in the run's folder."""
        return self.source.stem

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.source.stat().st_size


def shards_of(folder: Path) -> tuple[Shard, ...]:
    """Return the shards of a folder in the order of their names.

    Raises:
        RunError: If there is none.
    """
    found = tuple(Shard(path) for path in sorted(folder.glob("*.jsonl")))
    if not found:
        raise RunError(f"{folder} holds no *.jsonl files of events")
    return found


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file without their ends; of one that is too long, its beginning.

    A last line without an end counts too: a JSON object that was cut short is no JSON object, so
    one that can be read is whole.
    """
    while line := file.readline(LONGEST_LINE):
        yield line.removesuffix(b"\n")
        while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a file holds, in short: its bytes, and their SHA-256 in hexadecimal."""

    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Read a file once, and return its mark."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return cls(file.tell(), digest)


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of one shard.

    Attributes:
        source: Mark of the file of events.
        files: Marks of what was made of it, by name.
        figures: What the task counted, as plain JSON values.
    """

    source: Mark
    files: Mapping[str, Mark]
    figures: Mapping[str, Any]

    def to_json(self) -> str:
        """Return the summary as JSON text, the same for the same summary."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the summary that `to_json` wrote."""
        data = json.loads(text)
        files = {name: Mark(**mark) for name, mark in data["files"].items()}
        return cls(Mark(**data["source"]), files, data["figures"])


Fill = Callable[[Shard, Path], Mapping[str, Any]]
"""Writes what comes of a shard into an empty folder and returns its figures."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run keeps its identity, its finished shards, and work in progress.

    Attributes:
        root: The folder; workers must see it, and the events, under the same path.
    """

    root: Path

    def place(self, shard: Shard) -> Path:
        """Return where a finished shard stands."""
        return self.root / "shards" / shard.name

    def finished(self, shard: Shard) -> Summary | None:
        """Return the summary of a finished shard, None for one that is to be done.

        Raises:
            RunError: If the shard has another size than when it was done, or its summary is none.
        """
        path = self.place(shard) / SUMMARY
        try:
            summary = Summary.read(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path} is no summary of a shard: remove the shard's folder") from error
        if summary.source.bytes != shard.size:
            raise RunError(f"{shard.source} has changed since it was done: begin another folder")
        return summary

    def finish(self, shard: Shard, fill: Fill) -> Summary:
        """Do one shard and put it in place, in one step.

        Whoever does the same shard at the same time makes the same: the first stays.

        Raises:
            RunError: If the other one made something else.
        """
        work = self._work / f"{shard.name}-{uuid4().hex}"
        work.mkdir()
        figures = fill(shard, work)
        files = {path.name: Mark.of(path) for path in sorted(work.iterdir())}
        summary = Summary(Mark.of(shard.source), files, figures)
        (work / SUMMARY).write_text(summary.to_json(), encoding="utf-8")
        for path in (*work.iterdir(), work):
            _force(path)
        try:
            work.rename(self.place(shard))
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                raise
            if self.finished(shard) != summary:
                raise RunError(f"{shard.name} was done twice, with two results") from None
            shutil.rmtree(work)
        _force(self.place(shard).parent)
        return summary

    @contextmanager
    def opened(self, identity: Mapping[str, Any]) -> Iterator[None]:
        """Hold the folder for one run of this identity, and clear away what a killed one left.

        Raises:
            RunError: If another run holds it, or it was begun with another identity.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunError(f"another run is at work in {self.root}") from None
            self._begin(identity)
            self._sweep()
            yield

    def _begin(self, identity: Mapping[str, Any]) -> None:
        """Write down what this folder is a run of, or refuse another one."""
        path = self.root / "run.json"
        text = json.dumps(identity, indent=1, sort_keys=True) + "\n"
        if path.exists():
            if path.read_text(encoding="utf-8") != text:
                raise RunError(
                    f"{path} says that this folder was begun with other rules, another task or"
                    " another version of hera_engine: begin another folder"
                )
            return
        if any(self.root.glob("shards/*")):
            raise RunError(f"{self.root} holds shards but no run.json: begin another folder")
        written = path.with_suffix(".new")
        written.write_text(text, encoding="utf-8")
        _force(written)
        written.rename(path)

    def _sweep(self) -> None:
        """Remove unfinished work.

        It is renamed first: a worker that outlived its run either has put its shard in place
        before, whole, or cannot any more.
        """
        if self._work.exists():
            self._work.rename(self.root / f"rubbish-{uuid4().hex}")
        for rubbish in self.root.glob("rubbish-*"):
            shutil.rmtree(rubbish)
        self._work.mkdir()
        (self.root / "shards").mkdir(exist_ok=True)

    @property
    def _work(self) -> Path:
        return self.root / "work"


def _force(path: Path) -> None:
    """Wait until a file or the entries of a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
