"""Starts workers, kills them, and looks at what they left in the books."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from hera_engine.repository import Query
from hera_engine.transactions import Status, Transaction
from tests.storage import books
from tests.storage.targets import opened

PAGE = 500


def started(target: str, organization_id: str, count: int, seed: int) -> subprocess.Popen[str]:
    """Start a worker; it waits to be let go."""
    command = [sys.executable, "-m", "tests.storage.worker", target, organization_id]
    return subprocess.Popen(
        [*command, str(count), str(seed)],
        cwd=books.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def let_go(workers: Sequence[subprocess.Popen[str]]) -> None:
    """Let workers begin at once, when all are ready."""
    for worker in workers:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n", "a worker did not start"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker was told of one reference."""

    reference: str
    transaction_id: str
    new: bool


def answers(worker: subprocess.Popen[str]) -> list[Answer]:
    """Return what a worker said until its end; half a line is nothing said."""
    said, _ = worker.communicate()
    whole = [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]
    return [Answer(reference, own, word == "new") for reference, own, word in whole]


def configured(target: str) -> str:
    """Return a new organization with the runbook's configuration."""
    own = books.organization()
    repository = opened(target)
    repository.configure(books.configuration(own))
    repository.close()
    return own


def stored(target: str, organization_id: str) -> dict[str, Transaction]:
    """Return all that is in the books of an organization, by reference.

    Raises:
        AssertionError: If a transaction is only half there, or a reference is there twice.
    """
    repository = opened(target)
    found: dict[str, Transaction] = {}
    after = None
    query = Query(limit=PAGE, include_voided=True)
    while page := repository.find(organization_id, query):
        for each in repository.fetch(organization_id, [header.id for header in page]):
            reference = each.header.external_reference
            assert reference is not None
            assert reference not in found, f"{reference} is there twice"
            found[reference] = each
        after = (page[-1].transaction_date, page[-1].id)
        query = Query(limit=PAGE, include_voided=True, after=after)
    repository.close()
    shapes = {_shape(each) for each in found.values()}
    assert len(shapes) <= 1, f"the same sale is stored in {len(shapes)} ways"
    return found


def _shape(transaction: Transaction) -> tuple[object, ...]:
    """Return what is the same in the transactions of the same sale."""
    assert transaction.header.status is Status.POSTED
    lines = [(each.number, each.account, each.side, each.amount) for each in transaction.lines]
    assert lines, "a header without its lines"
    assert sum(each.debit_amount - each.credit_amount for each in transaction.lines) == 0
    return transaction.header.total_amount, *lines
