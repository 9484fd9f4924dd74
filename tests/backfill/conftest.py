"""Two thousand events, and what one process makes of them."""

from pathlib import Path

import pytest

from examples.backfill.books import Books
from examples.backfill.events import write_events
from examples.backfill.processes import in_processes
from examples.backfill.runs import Report
from examples.backfill.shards import RunFolder, Shard, shards_of
from tests.backfill.runs import posted

HERE = Path(__file__).parents[2] / "examples" / "backfill"


@pytest.fixture(scope="session")
def books() -> Books:
    """The till's schema."""
    return Books.read(HERE / "till.hera", HERE / "chart.json")


@pytest.fixture(scope="session")
def next_books() -> Books:
    """The next version of it."""
    return Books.read(HERE / "till_next.hera", HERE / "chart.json")


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shard, ...]:
    """2,000 events in twenty shards; no test changes them."""
    folder = tmp_path_factory.mktemp("events")
    write_events(folder, events=2_000, per_shard=100, seed=4)
    return shards_of(folder)


@pytest.fixture(scope="session")
def reference(
    books: Books, shards: tuple[Shard, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[RunFolder, Report]:
    """A run of this process alone; no test changes it."""
    folder = RunFolder(tmp_path_factory.mktemp("reference"))
    return folder, posted(books, folder, shards, in_processes(1))
