"""Many processes post what a plain loop posts, and no event stops a shard."""

import hashlib
import json
import os
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from examples.backfill.books import Books
from examples.backfill.events import write_events
from examples.backfill.processes import in_processes
from examples.backfill.runs import Report
from examples.backfill.shards import RunError, RunFolder, Shard, shards_of
from examples.backfill.tally import Tally
from examples.backfill.tasks import JOURNALS, REFUSED
from hera_engine import HeraError, limits
from tests.backfill.runs import files_of, posted, shard_of

Reference = tuple[RunFolder, Report]
GOOD = (
    b'{"organization_id":"o-1","event_smart_code":"HERA.CARD.SETTLEMENT.V1","total_amount":"10.00",'
    b'"currency":"AED","external_reference":"S-1","business_context":{"fee":"0.20","branch":"X"}}'
)


def refusals(folder: RunFolder, shard: Shard) -> list[tuple[int, str]]:
    """Return line and code of each refusal of a shard."""
    lines = (folder.place(shard) / REFUSED).read_bytes().splitlines()
    return [(row["line"], row["code"]) for row in map(json.loads, lines)]


def test_two_processes_write_the_bytes_of_one(
    books: Books, shards: tuple[Shard, ...], reference: Reference, tmp_path: Path
) -> None:
    """Every file is the same, and so are digest and sums; each worker compiled once."""
    folder = RunFolder(tmp_path)

    report = posted(books, folder, shards, in_processes(2))

    assert report.failed == []
    assert report.tally.to_dict() == reference[1].tally.to_dict()
    assert files_of(folder) == files_of(reference[0])
    assert len(report.summaries) == len(shards) == 20
    assert 1 <= len(report.compiled) <= 2
    assert set(report.compiled.values()) == {1}
    assert os.getpid() not in report.compiled


def test_the_figures_are_those_of_a_plain_loop(
    books: Books, shards: tuple[Shard, ...], reference: Reference
) -> None:
    """Counts, digest and sums, worked out without the code of the example."""
    engine, hashes, refused = books.engine(), [], 0
    sums: dict[tuple[str, str], list[Fraction]] = {}
    for line in _lines(shards):
        try:
            entry = engine.simulate_json(line)
        except HeraError:
            refused += 1
            continue
        hashes.append(int(hashlib.sha256(entry.to_json()).hexdigest(), 16))
        for each in entry.lines:
            pair = sums.setdefault((each.ledger, each.currency), [Fraction(0), Fraction(0)])
            pair[each.side.value == "CR"] += Fraction(each.amount)

    tally = reference[1].tally

    assert refused > 5
    assert tally.refused.count == refused
    assert str(tally.posted) == f"{len(hashes)}:{sum(hashes) % 2**256:064x}"
    assert {
        (ledger, currency): [Fraction(Decimal(debits)), Fraction(Decimal(credits))]
        for ledger, currency, debits, credits in tally.sums.to_list()
        if "(base)" not in currency
    } == sums
    assert {ledger for ledger, _ in sums} == {"GL", "IFRS"}
    assert all(debits == credits for debits, credits in sums.values())


def _lines(shards: tuple[Shard, ...]) -> Iterator[bytes]:
    for shard in shards:
        yield from shard.source.read_bytes().splitlines()


def test_how_events_are_cut_into_shards_changes_no_digest(
    books: Books, shards: tuple[Shard, ...], reference: Reference, tmp_path: Path
) -> None:
    """The events of two shards in one file, last ones first, come to the same."""
    lines = list(_lines(shards[:2]))
    other = shard_of(tmp_path / "events", b"".join(line + b"\n" for line in reversed(lines)))
    two = Report({shard.name: reference[1].summaries[shard.name] for shard in shards[:2]})

    report = posted(books, RunFolder(tmp_path / "run"), other, in_processes(1))

    assert report.tally.to_dict() == two.tally.to_dict()


def test_bad_events_stand_with_their_place_and_code(books: Books, tmp_path: Path) -> None:
    """The shard is posted for the rest, and every line is either posted or refused."""
    content = b"\n".join(
        [GOOD, b"", b"[1]", GOOD.replace(b"SETTLEMENT", b"LOSS"), GOOD.replace(b'"10.00"', b"NaN"),
         b"\xff", GOOD + b"\r", b"[" * 100_000, GOOD.replace(b"S-1", b"\\ud800"), GOOD, b""]
    )  # fmt: skip
    shards = shard_of(tmp_path / "events", content)
    folder = RunFolder(tmp_path / "run")

    tally = posted(books, folder, shards, in_processes(1)).tally

    assert refusals(folder, shards[0]) == [
        (2, "E_GUARDRAIL"), (3, "E_GUARDRAIL"), (4, "E_SCHEMA"), (5, "E_GUARDRAIL"),
        (6, "E_GUARDRAIL"), (8, "E_GUARDRAIL"), (9, "E_GUARDRAIL"),
    ]  # fmt: skip
    assert (tally.posted.count, tally.refused.count) == (3, 7)


@pytest.mark.parametrize("cut", [1, 20, len(GOOD) - 1])
def test_a_torn_last_line_is_refused(books: Books, tmp_path: Path, cut: int) -> None:
    """An event that was cut short is an error of its line; the one before it is posted."""
    shards = shard_of(tmp_path / "events", GOOD + b"\n" + GOOD[:cut])
    folder = RunFolder(tmp_path / "run")

    tally = posted(books, folder, shards, in_processes(1)).tally

    assert refusals(folder, shards[0]) == [(2, "E_GUARDRAIL")]
    assert tally.posted.count == 1


def test_a_last_line_without_an_end_is_posted(books: Books, tmp_path: Path) -> None:
    """A whole event is an event, and comes to the same as with a line end."""
    reports = [
        posted(
            books, RunFolder(tmp_path / name), shard_of(tmp_path / name, content), in_processes(1)
        )
        for name, content in (("with", GOOD + b"\n"), ("without", GOOD))
    ]

    assert reports[0].tally.to_dict() == reports[1].tally.to_dict()
    assert reports[0].tally.posted.count == 1


@pytest.mark.parametrize("more", [1, 2, limits.JSON_CHARACTERS, 2 * limits.JSON_CHARACTERS + 7])
def test_a_line_that_is_too_long_is_one_refusal(books: Books, tmp_path: Path, more: int) -> None:
    """However long it is, one beginning of it is kept in memory, and the next line is posted."""
    long = b'"' + b"x" * (limits.JSON_CHARACTERS + more - 2) + b'"'
    shards = shard_of(tmp_path / "events", long + b"\n" + GOOD + b"\n")
    folder = RunFolder(tmp_path / "run")

    tally = posted(books, folder, shards, in_processes(1)).tally

    assert refusals(folder, shards[0]) == [(1, "E_GUARDRAIL")]
    assert tally.posted.count == 1


def test_an_empty_file_is_a_finished_shard(books: Books, tmp_path: Path) -> None:
    """It comes to nothing, in files that are empty."""
    shards = shard_of(tmp_path / "events", b"")
    folder = RunFolder(tmp_path / "run")

    tally = posted(books, folder, shards, in_processes(1)).tally

    assert tally.to_dict() == Tally().to_dict()
    assert (folder.place(shards[0]) / JOURNALS).read_bytes() == b""


def test_a_folder_without_events_is_refused(tmp_path: Path) -> None:
    """Most likely it is another one that was meant."""
    with pytest.raises(RunError, match="holds no"):
        shards_of(tmp_path)


def test_events_are_seeded_and_all_different(tmp_path: Path) -> None:
    """The same seed gives the same bytes, another one other events; no good event comes twice."""
    folders = [tmp_path / name for name in "abc"]
    for folder, seed in zip(folders, (1, 1, 2), strict=True):
        assert write_events(folder, events=500, per_shard=200, seed=seed) == 3
    first, again, other = ([shard.source.read_bytes() for shard in shards_of(f)] for f in folders)
    lines = b"".join(first).splitlines()

    assert first == again != other
    assert [content.count(b"\n") for content in first] == [200, 200, 100]
    assert len(lines) == 500
    assert len(set(filter(None, lines))) == len(list(filter(None, lines)))


def test_a_refusal_is_kept_with_its_evidence(
    shards: tuple[Shard, ...], reference: Reference
) -> None:
    """What an operator needs: line, code, message, hint and details."""
    rows: list[dict[str, Any]] = [
        json.loads(line)
        for shard in shards
        for line in (reference[0].place(shard) / REFUSED).read_bytes().splitlines()
    ]
    codes = {row["code"] for row in rows}

    assert {"E_GUARDRAIL", "E_UNBALANCED", "E_SCHEMA"} <= codes
    assert all(set(row) == {"line", "code", "message", "hint", "details"} for row in rows)
