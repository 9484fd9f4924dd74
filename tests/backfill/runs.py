"""What tests of the backfill do again and again."""

from collections.abc import Mapping
from pathlib import Path

from examples.backfill.books import Books
from examples.backfill.runs import Report, run
from examples.backfill.shards import RunFolder, Shard
from examples.backfill.tasks import Posting, Runner


def posted(books: Books, folder: RunFolder, shards: tuple[Shard, ...], runner: Runner) -> Report:
    """Post shards into a folder without a progress display."""
    return run(Posting(books, folder), folder, shards, runner, lambda shard: None)


def files_of(folder: RunFolder) -> Mapping[str, bytes]:
    """Return every file of every finished shard, by its path."""
    root = folder.root / "shards"
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def shard_of(folder: Path, content: bytes) -> tuple[Shard, ...]:
    """Return the one shard that holds these bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "events.jsonl"
    path.write_bytes(content)
    return (Shard(path),)
