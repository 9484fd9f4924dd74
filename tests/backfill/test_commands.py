"""The commands of the README run, one after the other, and wrong usage is told."""

import re
from pathlib import Path
from typing import Final

import pytest

from examples.backfill.__main__ import main
from examples.backfill.books import Books
from examples.backfill.processes import in_processes
from examples.backfill.shards import RunFolder, Shard
from examples.backfill.tables import tally_lines
from tests.backfill.runs import posted, shard_of
from tests.backfill.test_posting import Reference

README: Final = Path(__file__).parents[2] / "examples" / "backfill" / "README.md"
COMMANDS: Final = re.findall(
    r"^    python -m examples\.backfill (.*)$", README.read_text(encoding="utf-8"), re.MULTILINE
)


def test_the_commands_of_the_readme_end_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With fewer events and one worker; both audits find nothing."""
    monkeypatch.chdir(tmp_path)

    for command in COMMANDS:
        small = command.replace("1000000", "300 --per-shard 100")
        words = re.sub(r"--(workers|cluster) 2", r"--\1 1", small).split()
        assert main([*words, *([] if words[0] == "make" else ["--quiet"])]) == 0, command
    shown = capsys.readouterr().out

    assert [command.split()[0] for command in COMMANDS] == [
        "make", "post", "audit", "backtest", "audit",
    ]  # fmt: skip
    assert "300 events in 3 shards" in shown
    assert shown.count("3 shards: nothing missing, nothing changed, all balanced") == 2
    assert "posted again by one process" in shown


def test_progress_is_shown_unless_it_is_not_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, so that results can be kept apart."""
    shard_of(tmp_path / "events", b"{}\n")
    words = ["post", str(tmp_path / "events"), str(tmp_path / "run"), "--workers", "1"]

    assert main(words) == 0
    assert "events:" in capsys.readouterr().err
    assert main([*words, "--quiet"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "1 of 1 shards" in shown.out
    assert "1 were done before" in shown.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["post", "nowhere", "run"], "holds no *.jsonl"),
        (["post", "nowhere", "run", "--schema", "none.hera"], "none.hera"),
        (["audit", "nowhere", "run"], "holds no *.jsonl"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """On standard error, with exit code 1."""
    monkeypatch.chdir(tmp_path)

    assert main([*words, "--workers", "1"]) == 1
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["post"], ["post", "a", "b", "--workers", "0"]])
def test_wrong_usage_has_a_code_of_its_own(words: list[str]) -> None:
    """As everywhere: 2."""
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2


def test_a_schema_with_faults_stops_before_the_first_shard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its faults are shown with their places; no folder is begun."""
    shard_of(tmp_path / "events", b"{}\n")
    (tmp_path / "wrong.hera").write_text('schema "Till" version 1\nledgers GL\non X { }\n')
    words = ["post", str(tmp_path / "events"), str(tmp_path / "run"), "--workers", "2"]

    assert main([*words, "--schema", str(tmp_path / "wrong.hera")]) == 1
    assert "error[HE" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_failed_shard_is_told_and_the_exit_code_is_1(
    books: Books, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here one that cannot be read."""
    shards = shard_of(tmp_path / "events", b"{}\n")
    (tmp_path / "events" / "folder.jsonl").mkdir()
    words = ["post", str(tmp_path / "events"), str(tmp_path / "run"), "--workers", "1", "--quiet"]

    assert main(words) == 1
    shown = capsys.readouterr()
    assert "folder: IsADirectoryError" in shown.err
    assert "1 of 2 shards" in shown.out
    assert RunFolder(tmp_path / "run").finished(shards[0]) is not None
    assert posted(books, RunFolder(tmp_path / "run"), shards, in_processes(1)).found_done == 1


def test_the_table_shows_every_ledger_and_currency(
    shards: tuple[Shard, ...], reference: Reference
) -> None:
    """Amounts are ranged right, so that they can be compared at a glance."""
    lines = list(tally_lines(reference[1].tally))
    table = lines[3:]

    assert lines[0].endswith(f"{reference[1].tally.lines} lines")
    assert {tuple(line.split()[:2]) for line in table[1:]} >= {("GL", "AED"), ("IFRS", "USD")}
    assert len({len(line) for line in table}) == 1
