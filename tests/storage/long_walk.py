"""A long walk of the kit over the repositories in memory: `make conformance`.

Takes the number of walks. Prints nothing but what was done; a failure shows the shortest walk
that it found.
"""

import sys

from hera_engine.memory import AsyncInMemoryRepository, InMemoryRepository
from hera_engine.testing.conformance import AsyncStore, Store, books_agree_with_a_model, stepped


async def _make() -> AsyncInMemoryRepository:
    return AsyncInMemoryRepository()


def main(walks: int) -> None:
    """Walk through both repositories."""
    steps = 100
    books_agree_with_a_model(Store(make=InMemoryRepository), walks=walks, steps=steps)
    books_agree_with_a_model(stepped(AsyncStore(make=_make)), walks=walks, steps=steps)
    sys.stdout.write(f"{walks} walks of up to {steps} steps in each colour: as the model says\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
