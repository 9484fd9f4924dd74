"""A backtest tells what two versions of a schema do otherwise, to the last minor unit."""

import json
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from examples.backfill.audit import AuditError, audited
from examples.backfill.backtest import DIFFERENCES, Backtest, Differences
from examples.backfill.books import Books
from examples.backfill.processes import in_processes
from examples.backfill.runs import Report, run
from examples.backfill.shards import RunError, RunFolder, Shard
from hera_engine import HeraError, JournalEntry, PostingEngine
from tests.backfill.runs import files_of, posted

Run = tuple[RunFolder, Report]
Key = tuple[str, str | None, str]


@pytest.fixture(scope="module")
def some(shards: tuple[Shard, ...]) -> tuple[Shard, ...]:
    """600 events."""
    return shards[:6]


@pytest.fixture(scope="module")
def backtest(
    books: Books,
    next_books: Books,
    some: tuple[Shard, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """A run of this process alone."""
    folder = RunFolder(tmp_path_factory.mktemp("backtest"))
    task = Backtest(books, next_books, folder)
    return folder, run(task, folder, some, in_processes(1), lambda shard: None)


def test_two_processes_tell_what_one_tells(
    books: Books, next_books: Books, some: tuple[Shard, ...], backtest: Run, tmp_path: Path
) -> None:
    """Also when the first one has done a part: the files are the same."""
    folder = RunFolder(tmp_path)
    task = Backtest(books, next_books, folder)
    run(task, folder, some[:1], in_processes(1), lambda shard: None)

    report = run(task, folder, some, in_processes(2), lambda shard: None)

    assert report.found_done == 1
    assert report.differences.to_dict() == backtest[1].differences.to_dict()
    assert files_of(folder) == files_of(backtest[0])
    assert set(report.compiled.values()) == {2}


def _balances(engine: PostingEngine, lines: list[bytes]) -> Mapping[Key, Fraction]:
    """Return debits less credits of each account, by another way than the example's."""
    found: Counter[Key] = Counter()
    for line in lines:
        entry = _outcome(engine, line)
        for each in () if entry is None else entry.lines:
            sign = 1 if each.side.value == "DR" else -1
            key = (each.ledger, each.account.code, each.currency)
            found[key] += sign * Fraction(each.amount)  # type: ignore[assignment]  # it adds up
    return found  # type: ignore[return-value]  # as above


def _outcome(engine: PostingEngine, line: bytes) -> JournalEntry | None:
    try:
        return engine.simulate_json(line)
    except HeraError:
        return None


def test_differences_by_account_are_exact(
    books: Books, next_books: Books, some: tuple[Shard, ...], backtest: Run
) -> None:
    """Old and new balances are those of two plain loops over fractions."""
    lines = [line for shard in some for line in shard.source.read_bytes().splitlines()]
    old, new = (_balances(each.engine(), lines) for each in (books, next_books))
    expected = {
        key: (old.get(key, Fraction(0)), new.get(key, Fraction(0)))
        for key in {*old, *new}
        if old.get(key) != new.get(key)
    }

    told = {
        account: (Fraction(before), Fraction(after))
        for account, before, after, _ in backtest[1].differences.by_account()
        if "(base)" not in account[2]
    }

    assert told == expected
    assert expected
    for _, before, after, change in backtest[1].differences.by_account():
        assert Fraction(change) == Fraction(after) - Fraction(before)


def test_each_event_has_a_verdict(some: tuple[Shard, ...], backtest: Run) -> None:
    """All kinds but one come about; dimensions that moved count though their account is equal."""
    events = backtest[1].differences.events
    rows = [
        json.loads(line)
        for shard in some
        for line in (backtest[0].place(shard) / DIFFERENCES).read_bytes().splitlines()
    ]
    fees = [row for row in rows if any(account == "5500" for _, account, *_ in row["moved"])]

    assert sum(events.values()) == 600
    assert set(events) >= {
        "same journal", "another journal", "same refusal",
        "posted by the old only", "posted by the new only",
    }  # fmt: skip
    assert fees
    assert not any(
        account[1:] == ("5500", "AED") for account, *_ in backtest[1].differences.by_account()
    )


def test_a_version_against_itself_differs_in_nothing(
    books: Books, some: tuple[Shard, ...], tmp_path: Path
) -> None:
    """No account, no event."""
    folder = RunFolder(tmp_path)

    report = run(
        Backtest(books, books, folder), folder, some[:1], in_processes(1), lambda shard: None
    )

    assert report.differences.by_account() == ()
    assert set(report.differences.events) == {"same journal", "same refusal"}
    assert (folder.place(some[0]) / DIFFERENCES).read_bytes() == b""


def test_another_refusal_is_a_difference() -> None:
    """Figures of shards add up in either order, whatever words they count."""
    one, other = Differences({"another refusal": 1}), Differences({"same journal": 2})
    one.merge(other)

    assert one.to_dict()["events"] == {"another refusal": 1, "same journal": 2}


def test_the_audit_reads_a_backtest_too(some: tuple[Shard, ...], backtest: Run) -> None:
    """What moved by event is what moved by account, and both versions balance."""
    for shard in some:
        assert audited(backtest[0], shard) == backtest[1].summaries[shard.name]


def test_the_audit_finds_figures_that_are_not_those_of_the_events(
    some: tuple[Shard, ...], backtest: Run, tmp_path: Path
) -> None:
    """An amount that moved is changed in the summary."""
    folder, shard = RunFolder(tmp_path), some[0]
    task_figures = dict(backtest[1].summaries[shard.name].figures)
    moved = next(row for row in task_figures["new"] if row[1] == "2200")
    task_figures["new"] = [
        [*row[:3], "0.01"] if row == moved else row for row in task_figures["new"]
    ]
    content = (backtest[0].place(shard) / DIFFERENCES).read_bytes()

    def fill(_shard: Shard, work: Path) -> Mapping[str, object]:
        (work / DIFFERENCES).write_bytes(content)
        return task_figures

    with folder.opened({}):
        folder.finish(shard, fill)

    with pytest.raises(AuditError, match="moved by account"):
        audited(folder, shard)


def test_a_backtest_and_a_posting_do_not_share_a_folder(
    books: Books, some: tuple[Shard, ...], backtest: Run
) -> None:
    """The folder was begun with another task."""
    with pytest.raises(RunError, match="begin another folder"):
        posted(books, backtest[0], some, in_processes(1))
