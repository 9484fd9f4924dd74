"""Processes of their own over one store: posting at once, and killed while they post."""

from tests.storage import processes
from tests.storage.crashes import crashed

REFERENCES = 1_000


def test_two_processes_that_post_the_same_references_leave_one_transaction_of_each(
    target: str,
) -> None:
    """A thousand sales sent twice at once: a thousand are stored, and both are told the same id."""
    own = processes.configured(target)
    # The same order in both: they meet at each reference.
    workers = [processes.started(target, own, REFERENCES, 1) for _ in range(2)]
    processes.let_go(workers)
    first, second = (processes.answers(worker) for worker in workers)

    ids = {answer.reference: answer.transaction_id for answer in first}
    assert ids == {answer.reference: answer.transaction_id for answer in second}
    assert sum(answer.new for answer in (*first, *second)) == REFERENCES
    assert {each: kept.id for each, kept in processes.stored(target, own).items()} == ids
    assert len(ids) == REFERENCES


def test_what_is_killed_loses_doubles_and_tears_nothing(target: str) -> None:
    """Twenty kills at random points; `make crash` carries out two hundred."""
    found = crashed(target, kills=20, seed=1)

    assert found.kills >= 20
    assert 0 < found.told <= found.left < found.references
