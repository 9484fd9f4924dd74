"""Looks at a finished run from its files alone: nothing missing, nothing changed, all balanced.

The journals are read back and counted again; what the run itself counted is only compared.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from examples.backfill.backtest import DIFFERENCES, Account, Differences
from examples.backfill.books import COMPILED, Books
from examples.backfill.shards import SUMMARY, Mark, RunFolder, Shard, Summary, lines_of
from examples.backfill.tally import Tally
from examples.backfill.tasks import JOURNALS, REFUSED, Done, Work, tally_of
from hera_engine.money import ZERO, exact_add, parse_amount


class AuditError(Exception):
    """A shard that is not what its events make, and how it shows."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A task that reads finished shards back; a shard with a fault fails."""

    folder: RunFolder

    def ready(self) -> Work:
        """See `Task.ready`; nothing is compiled."""

        def work(shard: Shard) -> Done:
            return Done(shard, audited(self.folder, shard), os.getpid(), COMPILED[os.getpid()])

        return work

    def identity(self) -> Mapping[str, Any]:
        """See `Task.identity`."""
        return {"task": "audit"}


def audited(folder: RunFolder, shard: Shard) -> Summary:
    """Return the summary of a finished shard once all in it is found to be true.

    Raises:
        AuditError: If something is not.
        RunError: If the summary cannot be read.
    """
    summary, place = folder.finished(shard), folder.place(shard)
    if summary is None:
        raise AuditError("is not done")
    if Mark.of(shard.source) != summary.source:
        raise AuditError("its events have changed since")
    files = {path.name: Mark.of(path) for path in place.iterdir() if path.name != SUMMARY}
    for name in sorted({*files, *summary.files}):
        if files.get(name) != summary.files.get(name):
            raise AuditError(f"{name} is not the file that was written")
    try:
        if DIFFERENCES in files:
            _audit_backtest(Differences.from_dict(summary.figures), place, shard)
        else:
            _audit_posting(Tally.from_dict(summary.figures), place, shard)
    except (KeyError, TypeError, ValueError) as error:
        raise AuditError(f"cannot be read: {type(error).__name__}: {error}") from error
    return summary


def _audit_posting(told: Tally, place: Path, shard: Shard) -> None:
    """Count journals and refusals again, and compare."""
    found, events = Tally(), 0
    refused = _rows(place / REFUSED)
    next_refused = next(refused, None)
    with shard.source.open("rb") as lines:
        for events, event in enumerate(lines_of(lines), start=1):
            if next_refused is not None and next_refused["line"] == events:
                found.add_refused(next_refused["code"], event)
                next_refused = next(refused, None)
    if next_refused is not None:
        raise AuditError(f"{REFUSED} has line {next_refused['line']} twice, or out of place")
    with (place / JOURNALS).open("rb") as journals:
        for line in journals:
            text = line.removesuffix(b"\n")
            found.add_written(json.loads(text), text)
    if events != found.posted.count + found.refused.count:
        raise AuditError(
            f"{events} events came to {found.posted.count} journals"
            f" and {found.refused.count} refusals"
        )
    if found.to_dict() != told.to_dict():
        raise AuditError("its digest or sums are not those of its files")
    for imbalance in found.sums.imbalances():
        raise AuditError(f"does not balance: {imbalance}")


def _audit_backtest(told: Differences, place: Path, shard: Shard) -> None:
    """Add up what moved by event, and compare with what moved by account."""
    with shard.source.open("rb") as lines:
        events = sum(1 for _ in lines_of(lines))
    if events != sum(told.events.values()):
        raise AuditError(f"{events} events came to {sum(told.events.values())} verdicts")
    verdicts: dict[str, int] = {}
    moved: dict[Account, Decimal] = {}
    for row in _rows(place / DIFFERENCES):
        verdicts[row["verdict"]] = verdicts.get(row["verdict"], 0) + 1
        for ledger, account, currency, _, amount in row.get("moved", ()):
            key = (ledger, account, currency)
            moved[key] = exact_add(moved.get(key, ZERO), parse_amount(amount))
    if verdicts != {word: n for word, n in told.events.items() if not word.startswith("same")}:
        raise AuditError("its verdicts are not those of its events")
    by_account = {account: change for account, _, _, change in told.by_account()}
    if {account: change for account, change in moved.items() if change} != by_account:
        raise AuditError("what moved by account is not what moved by event")
    for ledger, currency in told.unbalanced():
        raise AuditError(f"does not balance: {ledger} {currency}")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)


def strangers(folder: RunFolder, shards: tuple[Shard, ...]) -> tuple[str, ...]:
    """Return the finished shards of a run that belong to no events, sorted."""
    known = {shard.name for shard in shards}
    return tuple(
        sorted(path.name for path in folder.root.glob("shards/*") if path.name not in known)
    )


def posted_again(books: Books, shards: tuple[Shard, ...]) -> Iterator[tuple[Shard, Tally]]:
    """Yield what each shard comes to when this one process posts it again, from its events."""
    engine = books.engine()
    for shard in shards:
        yield shard, tally_of(engine, shard)
