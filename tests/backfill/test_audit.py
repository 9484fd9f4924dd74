"""The audit finds whatever is not what was written, and says where."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.backfill.__main__ import main
from examples.backfill.audit import AuditError, audited, posted_again, strangers
from examples.backfill.books import Books
from examples.backfill.processes import in_processes
from examples.backfill.runs import Report
from examples.backfill.shards import SUMMARY, Mark, RunFolder, Shard, Summary
from examples.backfill.tally import Tally
from examples.backfill.tasks import JOURNALS, REFUSED
from tests.backfill.runs import posted, shard_of

Reference = tuple[RunFolder, Report]
Change = Callable[[Path], None]


@pytest.fixture
def copy(shards: tuple[Shard, ...], reference: Reference, tmp_path: Path) -> RunFolder:
    """The run with its first shard only, to be changed."""
    folder = RunFolder(tmp_path / "run")
    shutil.copytree(reference[0].place(shards[0]), folder.place(shards[0]))
    return folder


def edited(name: str, edit: Callable[[list[bytes]], list[bytes]]) -> Change:
    """Return what changes the lines of a file and nothing else."""

    def change(place: Path) -> None:
        path = place / name
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(edit(lines)))

    return change


def covered(change: Change) -> Change:
    """Return what also makes the marks of the summary fit, as a careless tool would."""

    def both(place: Path) -> None:
        change(place)
        summary = Summary.read((place / SUMMARY).read_text())
        marks = {name: Mark.of(place / name) for name in summary.files}
        (place / SUMMARY).write_text(Summary(summary.source, marks, summary.figures).to_json())

    return both


def _dearer(lines: list[bytes]) -> list[bytes]:
    """Raise one amount of one line by a hundredth of nothing less than a whole unit."""
    entry = json.loads(lines[0])
    entry["lines"][0]["line_amount"] = "987654.32"
    return [json.dumps(entry).encode() + b"\n", *lines[1:]]


def _recoded(lines: list[bytes]) -> list[bytes]:
    row = json.loads(lines[0])
    return [json.dumps(row | {"code": "E_STATE"}).encode() + b"\n", *lines[1:]]


CHANGES = {
    "a line less": edited(JOURNALS, lambda lines: lines[1:]),
    "a line twice": edited(JOURNALS, lambda lines: [*lines, lines[-1]]),
    "one line in place of another": edited(JOURNALS, lambda lines: [lines[1], *lines[1:]]),
    "another amount": edited(JOURNALS, _dearer),
    "a torn journal": edited(JOURNALS, lambda lines: [*lines[:-1], lines[-1][:50]]),
    "a list for a journal": edited(JOURNALS, lambda lines: [b"[]\n", *lines[1:]]),
    "a refusal less": edited(REFUSED, lambda lines: lines[1:]),
    "a refusal twice": edited(REFUSED, lambda lines: [*lines, lines[-1]]),
    "another code": edited(REFUSED, _recoded),
}


def test_a_true_run_passes(shards: tuple[Shard, ...], reference: Reference) -> None:
    """Every shard is what its summary says."""
    for shard in shards:
        assert audited(reference[0], shard) == reference[1].summaries[shard.name]
    assert strangers(reference[0], shards) == ()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_file_is_found(
    shards: tuple[Shard, ...], copy: RunFolder, change: Change
) -> None:
    """The file is not the one whose digest was kept."""
    change(copy.place(shards[0]))

    with pytest.raises(AuditError, match="is not the file that was written"):
        audited(copy, shards[0])


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_with_new_marks_is_found(
    shards: tuple[Shard, ...], copy: RunFolder, change: Change
) -> None:
    """Its journals do not come to the digest of the run."""
    covered(change)(copy.place(shards[0]))

    with pytest.raises(AuditError):
        audited(copy, shards[0])


def test_a_wrong_digest_is_found(shards: tuple[Shard, ...], copy: RunFolder) -> None:
    """Files that are whole do not make up for figures that are not theirs."""
    path = copy.place(shards[0]) / SUMMARY
    summary = Summary.read(path.read_text())
    count, digest = summary.figures["posted"].split(":")
    wrong = f"{count}:{(int(digest, 16) ^ 1):064x}"
    figures = {**summary.figures, "posted": wrong}
    path.write_text(Summary(summary.source, summary.files, figures).to_json())

    with pytest.raises(AuditError, match="digest or sums"):
        audited(copy, shards[0])


def test_an_imbalance_is_found(shards: tuple[Shard, ...], copy: RunFolder) -> None:
    """Even where marks, digest and sums agree with the files."""
    place = copy.place(shards[0])
    edited(JOURNALS, _dearer)(place)
    summary, tally = Summary.read((place / SUMMARY).read_text()), Tally()
    for text in (place / JOURNALS).read_bytes().splitlines():
        tally.add_written(json.loads(text), text)
    tally.refused = Tally.from_dict(summary.figures).refused
    marks = {name: Mark.of(place / name) for name in summary.files}
    (place / SUMMARY).write_text(Summary(summary.source, marks, tally.to_dict()).to_json())

    with pytest.raises(AuditError, match="does not balance: GL"):
        audited(copy, shards[0])


def test_missing_shards_and_changed_events_are_found(books: Books, tmp_path: Path) -> None:
    """What is not done is said so, and so is what was done of other events of the same size."""
    shards, folder = shard_of(tmp_path / "events", b"{}\n"), RunFolder(tmp_path / "run")
    with pytest.raises(AuditError, match="is not done"):
        audited(folder, shards[0])
    posted(books, folder, shards, in_processes(1))
    shards[0].source.write_bytes(b"[]\n")

    with pytest.raises(AuditError, match="its events have changed"):
        audited(folder, shards[0])


def test_other_files_and_other_shards_are_found(shards: tuple[Shard, ...], copy: RunFolder) -> None:
    """A run holds what its events make and nothing else."""
    (copy.place(shards[0]) / "more.jsonl").write_bytes(b"")
    (copy.root / "shards" / "stranger").mkdir()

    with pytest.raises(AuditError, match=r"more\.jsonl"):
        audited(copy, shards[0])
    assert strangers(copy, shards) == ("stranger",)


def test_posting_again_finds_journals_that_the_events_do_not_make(
    books: Books, next_books: Books, shards: tuple[Shard, ...], reference: Reference
) -> None:
    """The same rules come to the same figures, other rules to others."""
    told = reference[1].summaries[shards[0].name].figures

    ((_, same),) = posted_again(books, shards[:1])
    ((_, other),) = posted_again(next_books, shards[:1])

    assert same.to_dict() == told
    assert other.to_dict() != told


def test_the_command_names_shard_and_fault(
    books: Books, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard error says what is wrong, and the exit code is 1; before that it was 0."""
    shards, folder = shard_of(tmp_path / "events", b"{}\n"), RunFolder(tmp_path / "run")
    posted(books, folder, shards, in_processes(1))
    words = ["audit", str(tmp_path / "events"), str(folder.root), "--workers", "1", "--quiet"]

    assert main(words) == 0
    (folder.place(shards[0]) / REFUSED).write_bytes(b"")
    assert main(words) == 1
    assert "events: AuditError: refused.jsonl is not" in capsys.readouterr().err
