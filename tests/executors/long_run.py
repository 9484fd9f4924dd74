"""The long run over pairs of a schema and an event: `make executors PAIRS=100000`.

Takes the number of pairs, the first seed and the most seconds it may take. One process per core
draws schemas by seed; what differs is printed, smallest first drawn. Then the corpora of the
repository are posted. The last lines tell how often the compiled rules post by themselves.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Final

from tests.executors.corpus import LONG
from tests.executors.pairs import Found, pairs_of
from tests.executors.watching import Tally, watching

EVENTS: Final = 50
"""Events of each schema: to compile one takes as long as to post so many."""
SEEDS_AT_ONCE: Final = 40
"""Seeds that are handed out together; between two such the time is looked at."""


def run(pairs: int, first: int, seconds: float, tell: Callable[[str], object]) -> Found:
    """Return what came of so many pairs, or of as many as fit in a time; tell what differs."""
    found, until = Found(), time.monotonic() + seconds
    last = first + -(-pairs // EVENTS)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for start in range(first, last, SEEDS_AT_ONCE):
            seeds = range(start, min(start + SEEDS_AT_ONCE, last))
            for each in pool.map(partial(pairs_of, events=EVENTS), seeds):
                found.add(each)
                for difference in each.differences:
                    tell(f"{difference}\n")
            if time.monotonic() > until:
                tell(f"stopped after {seconds:.0f} seconds, before seed {seeds.stop}\n")
                break
    return found


def main(arguments: Sequence[str]) -> int:
    """Run so many pairs, then the corpora; return 1 if anything differs."""
    pairs, first, seconds = map(int, arguments)
    found = run(pairs, first, seconds, sys.stdout.write)
    sys.stdout.write(f"{found.pairs} pairs\n{found}")
    differ = bool(found.differences)
    for name, post_all in LONG.items():
        tally = Tally()
        with watching(tally):
            post_all()
        sys.stdout.write("".join(f"{each}\n" for each in tally.differences[:20]))
        sys.stdout.write(f"{name}: {tally}\n")
        differ = differ or bool(tally.differences)
    return int(differ)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
