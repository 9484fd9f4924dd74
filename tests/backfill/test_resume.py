"""A run that is stopped at any point goes on, and comes to the same bytes."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from examples.backfill.books import Books
from examples.backfill.processes import in_processes
from examples.backfill.runs import Report, run
from examples.backfill.shards import SUMMARY, RunError, RunFolder, Shard
from examples.backfill.tasks import Failed, Posting
from tests.backfill.runs import files_of, posted, shard_of
from tests.backfill.saboteur import Breaks, KillsOnce

Reference = tuple[RunFolder, Report]
ROOT = Path(__file__).parents[2]
DEADLINE = 120
"""Seconds after which a test gives up waiting."""


def started(shards: tuple[Shard, ...], folder: RunFolder) -> subprocess.Popen[bytes]:
    """Start a run with two workers, which hold its standard output too, in a group of its own."""
    events = str(shards[0].source.parent)
    command = [sys.executable, "-m", "examples.backfill", "post", events, str(folder.root)]
    return subprocess.Popen(
        [*command, "--workers", "2", "--quiet"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def until_done(running: subprocess.Popen[bytes], folder: RunFolder, shards: int) -> None:
    """Wait until so many shards of a run are done."""
    end = time.monotonic() + DEADLINE
    while len(list(folder.root.glob("shards/*"))) < shards:
        assert running.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_stopped_run_goes_on_where_it_was(
    books: Books, shards: tuple[Shard, ...], reference: Reference, tmp_path: Path
) -> None:
    """Killed and then interrupted in the middle, it leaves whole shards; the end is the same bytes.

    The workers end with their run: standard output, which they hold, comes to its end.
    """
    folder, expected = RunFolder(tmp_path), files_of(reference[0])
    chance = random.Random(4)

    killed = started(shards, folder)
    until_done(killed, folder, chance.randint(1, 3))
    killed.kill()
    killed.communicate(timeout=DEADLINE)
    after_kill = files_of(folder)
    interrupted = started(shards, folder)
    until_done(interrupted, folder, len(list(folder.root.glob("shards/*"))) + 1)
    os.killpg(interrupted.pid, signal.SIGINT)
    _, told = interrupted.communicate(timeout=DEADLINE)
    after_interrupt = files_of(folder)
    report = posted(books, folder, shards, in_processes(1))

    assert killed.returncode == -signal.SIGKILL
    assert 0 < len(after_kill) < len(after_interrupt) < len(expected)
    assert after_kill.items() <= after_interrupt.items() <= expected.items()
    assert (interrupted.returncode, told) == (1, b"stopped: the same command goes on from here\n")
    assert 2 <= report.found_done < len(shards)
    assert files_of(folder) == expected
    assert report.tally.to_dict() == reference[1].tally.to_dict()
    assert list(folder.root.glob("work/*")) == list(folder.root.glob("rubbish-*")) == []


def test_a_finished_run_does_nothing_again(
    books: Books, shards: tuple[Shard, ...], reference: Reference
) -> None:
    """Its summaries are read, and nothing is compiled for shards."""
    report = posted(books, reference[0], shards, in_processes(2))

    assert report.found_done == len(shards)
    assert report.compiled == {}
    assert report.tally.to_dict() == reference[1].tally.to_dict()


def test_a_worker_that_dies_stops_the_run_and_loses_nothing(
    books: Books, shards: tuple[Shard, ...], reference: Reference, tmp_path: Path
) -> None:
    """The message says what to do, and doing it comes to the same bytes."""
    folder = RunFolder(tmp_path / "run")
    task = KillsOnce(Posting(books, folder), shards[1].name, tmp_path / "mark")
    some = shards[:3]

    with pytest.raises(RunError, match="run the same command again"):
        run(task, folder, some, in_processes(2), lambda shard: None)
    report = run(task, folder, some, in_processes(2), lambda shard: None)

    assert report.failed == []
    assert (tmp_path / "mark").exists()
    assert files_of(folder).items() <= files_of(reference[0]).items()
    assert len(report.summaries) == 3


def test_a_shard_that_breaks_stops_no_other(
    books: Books, shards: tuple[Shard, ...], tmp_path: Path
) -> None:
    """It is named with the reason, and is done next time."""
    folder = RunFolder(tmp_path)
    task = Breaks(Posting(books, folder), shards[0].name)

    report = run(task, folder, shards[:3], in_processes(1), lambda shard: None)
    again = posted(books, folder, shards[:3], in_processes(1))

    assert report.failed == [Failed(shards[0], "MemoryError: no room")]
    assert sorted(report.summaries) == [shard.name for shard in shards[1:3]]
    assert (again.found_done, again.failed, len(again.summaries)) == (2, [], 3)


def test_a_folder_keeps_to_the_rules_it_was_begun_with(
    next_books: Books, shards: tuple[Shard, ...], reference: Reference
) -> None:
    """Journals of two schemas would stand side by side."""
    before = files_of(reference[0])

    with pytest.raises(RunError, match="begin another folder"):
        posted(next_books, reference[0], shards, in_processes(1))
    assert files_of(reference[0]) == before


def test_a_folder_of_shards_without_a_beginning_is_refused(
    books: Books, shards: tuple[Shard, ...], tmp_path: Path
) -> None:
    """Nobody knows what its shards were posted by."""
    (tmp_path / "shards" / shards[0].name).mkdir(parents=True)

    with pytest.raises(RunError, match=r"no run\.json"):
        posted(books, RunFolder(tmp_path), shards, in_processes(1))


def test_a_second_run_is_turned_away(tmp_path: Path) -> None:
    """One run holds the folder; another one is told so at once."""
    with (
        RunFolder(tmp_path).opened({}),
        pytest.raises(RunError, match="another run"),
        RunFolder(tmp_path).opened({}),
    ):
        pass


def test_events_that_changed_since_are_refused(books: Books, tmp_path: Path) -> None:
    """A finished shard is not the shard of a file of another size."""
    shards, folder = shard_of(tmp_path / "events", b"{}\n"), RunFolder(tmp_path / "run")
    posted(books, folder, shards, in_processes(1))
    shards[0].source.write_bytes(b"{}\n{}\n")

    with pytest.raises(RunError, match="has changed"):
        posted(books, folder, shards, in_processes(1))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"source": 1, "files": {}, "figures": {}}'])
def test_a_summary_that_is_none_is_named(books: Books, tmp_path: Path, text: str) -> None:
    """A disk that lost it is told apart from a shard that is not done."""
    shards, folder = shard_of(tmp_path / "events", b"{}\n"), RunFolder(tmp_path / "run")
    posted(books, folder, shards, in_processes(1))
    (folder.place(shards[0]) / SUMMARY).write_text(text)

    with pytest.raises(RunError, match="is no summary of a shard"):
        posted(books, folder, shards, in_processes(1))


def test_a_shard_that_is_done_twice_is_kept_once(books: Books, tmp_path: Path) -> None:
    """Two workers on one shard make the same; what differs is an error, and the first stays."""
    shards, folder = shard_of(tmp_path / "events", b"{}\n"), RunFolder(tmp_path / "run")
    first = posted(books, folder, shards, in_processes(1)).summaries["events"]
    work = Posting(books, folder).ready()
    before = files_of(folder)

    assert work(shards[0]).summary == first
    other = replace(first, figures={})
    with pytest.raises(RunError, match="two results"):
        folder.finish(shards[0], lambda shard, place: other.figures)
    assert files_of(folder) == before


def test_work_that_was_cleared_away_cannot_be_put_in_place(books: Books, tmp_path: Path) -> None:
    """A worker that outlives its run writes nothing into the next one."""
    shards, folder = shard_of(tmp_path / "events", b"{}\n"), RunFolder(tmp_path / "run")
    posted(books, folder, (), in_processes(1))

    def outlived(shard: Shard, work: Path) -> dict[str, object]:
        shutil.rmtree(folder.root / "work")
        (folder.root / "work").mkdir()
        return {}

    with pytest.raises(FileNotFoundError):
        folder.finish(shards[0], outlived)
    assert files_of(folder) == {}
