"""The till of docs/cases.md does what the page says."""

import re
from pathlib import Path
from typing import Final

import pytest

from hera_engine import PostingEngine, format_schema, load_schema
from hera_engine.__main__ import FAULTS, main
from hera_engine.json_text import loads

PAGE: Final = (Path(__file__).parents[2] / "docs" / "cases.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    """Return the one block of a kind on the page."""
    (found,) = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_till_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One row of its table is wrong, and the report is the command's own."""
    monkeypatch.chdir(tmp_path)
    Path("till.hera").write_text(block("text"), encoding="utf-8")

    code = main(["test", "till.hera"])

    assert code == FAULTS
    assert capsys.readouterr().out == block("console")


def test_the_json_of_the_page_is_read() -> None:
    """The cases in JSON form belong to a schema such as the till."""
    found = loads(block("json"))
    assert isinstance(found, dict)

    schema = load_schema({**load_schema(block("text")).to_json_dict(), **found})

    assert [result.title for result in PostingEngine(schema).run_cases()] == [
        "a", "b", "t: one", "t: two"
    ]  # fmt: skip
    assert load_schema(format_schema(schema)) == schema
