"""Kills processes that post, at random points, and counts what is lost, doubled or torn.

python -m tests.storage.crashes KILLS [SEED]

Two workers at once post the same references and are killed (SIGKILL) after a few hundredths of a
second, again and again; then one posts all that is left. Whatever a worker was told is stored must
be there under that id, each reference exactly once, with all its lines.
"""

import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from examples.ledger_sqlite import migrate
from hera_engine.transactions import Transaction
from tests.storage import processes
from tests.storage.servers import postgres_server

AT_ONCE = 2
REFERENCES_PER_KILL = 25
LONGEST_LIFE = 0.15
"""Seconds; the shortest is none."""


@dataclass(frozen=True, slots=True)
class Crashes:
    """What a run found.

    Attributes:
        kills: Workers that were killed at work.
        told: References of which a killed worker was told that they are stored.
        left: Transactions that were stored when the last of them had been killed.
        references: How many there were to post, and are stored in the end.
    """

    kills: int
    told: int
    left: int
    references: int


def crashed(target: str, kills: int, seed: int) -> Crashes:
    """Kill so many workers over a store, let one finish, and compare.

    Raises:
        AssertionError: If something is lost, doubled or half-written.
    """
    chance = random.Random(seed)
    organization = processes.configured(target)
    count = kills * REFERENCES_PER_KILL
    told: dict[str, str] = {}
    killed = 0
    while killed < kills:
        workers = [
            processes.started(target, organization, count, chance.getrandbits(32))
            for _ in range(AT_ONCE)
        ]
        processes.let_go(workers)
        for worker in workers:
            time.sleep(chance.uniform(0, LONGEST_LIFE / AT_ONCE))
            worker.kill()
        killed += _told(workers, told)
    left = processes.stored(target, organization)
    _compare(left, told)
    heard = len(told)

    last = processes.started(target, organization, count, 0)
    processes.let_go([last])
    for answer in processes.answers(last):
        assert told.setdefault(answer.reference, answer.transaction_id) == answer.transaction_id
        assert (answer.reference in left) != answer.new
    assert last.returncode == 0
    every = processes.stored(target, organization)
    _compare(every, told)
    assert len(every) == len(told) == count
    return Crashes(killed, heard, len(left), count)


def _told(workers: list[subprocess.Popen[str]], told: dict[str, str]) -> int:
    """Note what killed workers were told; return how many were killed at work."""
    killed = 0
    for worker in workers:
        for answer in processes.answers(worker):
            assert told.setdefault(answer.reference, answer.transaction_id) == answer.transaction_id
        killed += worker.returncode == -signal.SIGKILL
    return killed


def _compare(stored: dict[str, Transaction], told: dict[str, str]) -> None:
    """Refuse books in which something is not as a worker was told."""
    for reference, transaction_id in told.items():
        assert reference in stored, f"{reference} is lost"
        assert stored[reference].id == transaction_id, f"{reference} is stored under another id"


def main(kills: int, seed: int) -> None:
    """Kill so many workers over each store and show what was found."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        path = Path(folder) / "books.db"
        migrate(path)
        for name, target in (("SQLite", str(path)), ("PostgreSQL", server.till)):
            found = crashed(target, kills, seed)
            sys.stdout.write(
                f"{name}: {found.kills} killed; {found.left} of {found.references} stored by then,"
                f" {found.left - found.told} of them untold; none lost, doubled or torn\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
