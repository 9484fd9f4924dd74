"""Times what storage adds: posting through a ledger against simulating with the engine alone.

python -m benchmarks.bench_ledger [--rounds 25] [--posts 64] [--json]
"""

import argparse
import json
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from benchmarks import till
from examples.ledger_postgres import PostgresRepository
from examples.ledger_sqlite import SqliteRepository, migrate
from hera_engine import Caller, Configuration, InMemoryRepository, Ledger
from hera_engine.repository import Repository
from tests.storage.servers import postgres_server

ORGANIZATION = "org-1"
NOW = datetime(2025, 3, 14, 12, tzinfo=UTC)
CALLER = Caller("benchmark", ORGANIZATION)

Post = Callable[[Mapping[str, object]], object]


def main() -> int:
    """Run the rounds and print a table, or JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=25, help="counted rounds (default 25)")
    parser.add_argument("--posts", type=int, default=64, help="events of a round (default 64)")
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    arguments = parser.parse_args()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        migrate(folder / "books.db")
        sqlite = SqliteRepository(folder / "books.db")
        opened.callback(sqlite.close)
        postgres = PostgresRepository(opened.enter_context(postgres_server()).till)
        opened.callback(postgres.close)
        variants: dict[str, Post] = {
            "engine.simulate": till.engine().simulate,
            "Ledger.post in memory": posting(InMemoryRepository()),
            "Ledger.post on SQLite": posting(sqlite),
            "Ledger.post on PostgreSQL": posting(postgres),
        }
        taken = measure(variants, till.sales(arguments.posts), arguments.rounds)
    report(taken, arguments.posts, as_json=arguments.json)
    return 0


def posting(repository: Repository) -> Post:
    """Return what posts one event into configured books, each under a reference of its own."""
    numbers = count(1)
    ledger = Ledger(repository, clock=lambda: NOW, ids=lambda: f"id-{next(numbers)}")
    ledger.configure(
        CALLER,
        Configuration.from_dict(
            {
                "organization_id": ORGANIZATION,
                "chart": [
                    {"id": each.id, "code": each.code, "name": each.name} for each in till.CHART
                ],
                "schemas": {"pos": till.SCHEMA},
                "tax_profiles": {"vat": till.PROFILE},
                "bindings": [{"event": "HERA.POS.**", "schema": "pos"}],
            }
        ),
    )
    references = count(1)

    def post(event: Mapping[str, object]) -> object:
        return ledger.post(CALLER, {**event, "external_reference": f"SALE-{next(references)}"})

    return post


def measure(
    variants: Mapping[str, Post], events: Sequence[Mapping[str, object]], rounds: int
) -> dict[str, list[int]]:
    """Return nanoseconds per round and variant, in one interleaved run after a warm-up."""
    order = list(variants)
    shuffler = random.Random(1)
    taken: dict[str, list[int]] = {name: [] for name in order}
    for number in range(rounds + 2):
        shuffler.shuffle(order)
        for name in order:
            start = time.perf_counter_ns()
            for event in events:
                variants[name](event)
            spent = time.perf_counter_ns() - start
            if number >= 2:
                taken[name].append(spent)
    return taken


def report(taken: Mapping[str, Sequence[int]], posts: int, *, as_json: bool) -> None:
    """Print the median of each variant, its ratio to the engine alone, and posts per second."""
    alone = taken["engine.simulate"]
    rows = []
    for name, spent in taken.items():
        ratio = statistics.median(x / y for x, y in zip(spent, alone, strict=True))
        each = statistics.median(spent) / posts
        rows.append((name, each / 1000, ratio, 1e9 / each))
    if as_json:
        for name, micros, ratio, rate in rows:
            record = {"variant": name, "us": micros, "ratio": ratio, "per_second": rate}
            sys.stdout.write(json.dumps({**record, "python": platform.python_version()}) + "\n")
        return
    sys.stdout.write(f"{'variant':28}{'us each':>10}{'x engine':>10}{'per second':>12}\n")
    for name, micros, ratio, rate in rows:
        sys.stdout.write(f"{name:28}{micros:10.0f}{ratio:10.2f}{rate:12.0f}\n")


if __name__ == "__main__":
    raise SystemExit(main())
