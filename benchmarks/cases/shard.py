"""A worker of row 20: reads a line ``events<TAB>entries``, posts the one file into the other.

python -m benchmarks.cases.shard
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engines import engine
from benchmarks.events import Event


def main() -> int:
    """Answer each line with the number of events, until there are no more."""
    engine("sale")
    print("ready", flush=True)
    for line in sys.stdin:
        source, target = line.rstrip("\n").split("\t")
        print(post_file(Path(source), Path(target)), flush=True)
    return 0


def write_events(path: Path, events: Sequence[Event]) -> None:
    """Write events as JSON lines."""
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")


def post_file(source: Path, target: Path) -> int:
    """Post each line of a file and write its entry as a line; return how many there were."""
    simulate, count = engine("sale").simulate_json, 0
    with source.open("rb") as events, target.open("wb") as entries:
        for line in events:
            written: object = simulate(line).to_json()
            entries.write(written if isinstance(written, bytes) else str(written).encode())
            entries.write(b"\n")
            count += 1
    return count


if __name__ == "__main__":
    sys.exit(main())
