"""The same tasks on a Dask cluster come to the same bytes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client

from examples.backfill.audit import Audit
from examples.backfill.backtest import Backtest
from examples.backfill.books import COMPILED, Books
from examples.backfill.cluster import client_of, in_cluster
from examples.backfill.runs import Report, run
from examples.backfill.shards import RunFolder, Shard
from examples.backfill.tasks import Failed, Posting
from tests.backfill.runs import files_of, posted
from tests.backfill.saboteur import Breaks, KillsOnce

Reference = tuple[RunFolder, Report]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two workers of this machine."""
    with client_of(None, 2) as client:
        yield client


def _compiled() -> int:
    return COMPILED[os.getpid()]


def test_a_cluster_writes_the_bytes_of_one_process(
    books: Books, shards: tuple[Shard, ...], reference: Reference, client: Client, tmp_path: Path
) -> None:
    """The schema is compiled once in each worker, for twenty shards."""
    folder = RunFolder(tmp_path)
    before = client.run(_compiled)

    report = posted(books, folder, shards, in_cluster(client))

    assert report.failed == []
    assert files_of(folder) == files_of(reference[0])
    assert report.tally.to_dict() == reference[1].tally.to_dict()
    after = client.run(_compiled)
    assert len(after) == 2
    assert {worker: after[worker] - before[worker] for worker in after} == dict.fromkeys(after, 1)


def test_a_worker_that_dies_is_made_up_for(
    books: Books, shards: tuple[Shard, ...], reference: Reference, client: Client, tmp_path: Path
) -> None:
    """Another one does its shard, and the run ends as if nothing had been."""
    folder = RunFolder(tmp_path / "run")
    task = KillsOnce(Posting(books, folder), shards[1].name, tmp_path / "mark")

    report = run(task, folder, shards, in_cluster(client), lambda shard: None)

    assert (tmp_path / "mark").exists()
    assert report.failed == []
    assert files_of(folder) == files_of(reference[0])


def test_a_run_goes_from_processes_to_a_cluster(
    books: Books, shards: tuple[Shard, ...], reference: Reference, client: Client, tmp_path: Path
) -> None:
    """What one runner has done the other one finds; a shard that breaks is named and done later."""
    folder = RunFolder(tmp_path)
    task = Breaks(Posting(books, folder), shards[0].name)
    broken = run(task, folder, shards[:3], in_cluster(client), lambda shard: None)

    report = posted(books, folder, shards[:4], in_cluster(client))

    assert broken.failed == [Failed(shards[0], "MemoryError: no room")]
    assert report.found_done == 2
    assert files_of(folder).items() <= files_of(reference[0]).items()


def test_backtest_and_audit_run_there_too(
    books: Books, next_books: Books, shards: tuple[Shard, ...], client: Client, tmp_path: Path
) -> None:
    """What one process tells of the same shard, the cluster tells."""
    there, here = RunFolder(tmp_path / "there"), RunFolder(tmp_path / "here")

    report = run(
        Backtest(books, next_books, there),
        there,
        shards[:2],
        in_cluster(client),
        lambda shard: None,
    )
    with here.opened({}):
        work = Backtest(books, next_books, here).ready()
        summaries = {shard.name: work(shard).summary for shard in shards[:2]}

    assert report.summaries == summaries
    assert files_of(there) == files_of(here)
    for outcome in in_cluster(client)(Audit(there), shards[:3]):
        assert isinstance(outcome, Failed) == (outcome.shard == shards[2])
