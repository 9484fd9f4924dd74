"""A worker of row 20: reads a line ``events<TAB>entries``, posts the one file into the other.

python -m benchmarks.cases.shard schema.json
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.events import Event
from hera_engine import PostingEngine
from hera_engine.journal import JournalEntry


def main() -> int:
    """Answer each line with the number of events, until there are no more."""
    # In JSON form, so that no worker builds a parser.
    schema = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    simulate = PostingEngine(schema).simulate_json
    print("ready", flush=True)
    for line in sys.stdin:
        source, target = line.rstrip("\n").split("\t")
        print(post_file(simulate, Path(source), Path(target)), flush=True)
    return 0


def write_events(path: Path, events: Sequence[Event]) -> None:
    """Write events as JSON lines."""
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")


def post_file(simulate: Callable[[bytes], JournalEntry], source: Path, target: Path) -> int:
    """Post each line of a file and write its entry as a line; return how many there were."""
    count = 0
    with source.open("rb") as events, target.open("wb") as entries:
        for line in events:
            written: object = simulate(line).to_json()
            entries.write(written if isinstance(written, bytes) else str(written).encode())
            entries.write(b"\n")
            count += 1
    return count


if __name__ == "__main__":
    sys.exit(main())
