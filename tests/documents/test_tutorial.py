"""docs/tutorial.md, played from its empty file to the end: every command prints what it shows.

Blocks of the page, in order: `text` is added to the end of the reader's file, `diff` changes lines
of it, `sh` is run, `console` is what the commands above it print, and `hera` is what then stands in
the file: all of it, or the part that begins with the first line shown.
"""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from hera_engine import check_schema, format_schema, load_schema
from hera_engine.__main__ import OK, main

PAGE: Final = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK: Final = re.compile(r"```(\w+)\n(.*?)```\n", re.DOTALL)
SCHEMA: Final = Path("salon.hera")


def run(commands: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Run commands and return what they print."""
    for command in commands.splitlines():
        words = shlex.split(command)
        assert words[:3] == ["python", "-m", "hera_engine"]
        main(words[3:])
    captured = capsys.readouterr()
    return (captured.out + captured.err).strip("\n") + "\n"


def added(text: str, more: str) -> str:
    """Return a file with lines at its end, a blank line between."""
    return f"{text}\n{more}" if text else more


def changed(text: str, difference: str) -> str:
    """Return a file with the lines of a difference exchanged; they stand in it once."""
    rows = difference.splitlines()
    old, new = ("".join(f"{row[1:]}\n" for row in rows if row[0] != sign) for sign in ("+", "-"))
    assert f"\n{text}".count(f"\n{old}") == 1, old
    return f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]


def shown(text: str, block: str) -> str:
    """Return the part of a file that begins as a block does, up to the brace that closes it."""
    first = block.partition("\n")[0] + "\n"
    assert text.count(first) == 1, first
    if text.startswith(first):
        return text
    part, brace, _ = text[text.index(first) :].partition("\n}\n")
    return part + brace


def played(page: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the page with what its commands print and what its file holds."""
    SCHEMA.write_text("", encoding="utf-8")
    printed = ""

    def play(found: re.Match[str]) -> str:
        nonlocal printed
        kind, block = found.groups()
        text = SCHEMA.read_text(encoding="utf-8")
        match kind:
            case "text":
                SCHEMA.write_text(added(text, block), encoding="utf-8")
            case "diff":
                SCHEMA.write_text(changed(text, block), encoding="utf-8")
            case "sh":
                printed = run(block, capsys)
            case "console":
                block = printed
            case "hera":
                block = shown(text, block)
            case _:
                raise AssertionError(f"a block of {kind}")
        return f"```{kind}\n{block}```\n"

    return BLOCK.sub(play, page)


def test_the_tutorial_prints_what_it_shows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    approve: Callable[[Path, str], None],
) -> None:
    """A reader who types along gets each line of the page."""
    monkeypatch.chdir(tmp_path)

    approve(PAGE, played(PAGE.read_text(encoding="utf-8"), capsys))


def test_the_tutorial_ends_at_a_tested_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is clean, canonical and complete in its cases, as the page says."""
    monkeypatch.chdir(tmp_path)
    played(PAGE.read_text(encoding="utf-8"), capsys)
    text = SCHEMA.read_text(encoding="utf-8")

    assert check_schema(text) == ()
    assert format_schema(load_schema(text)) == text
    assert main(["test", str(SCHEMA), "--coverage", "--mutate"]) == OK
