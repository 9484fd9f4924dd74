"""What the README shows is what a reader gets."""

import re
from pathlib import Path

import pytest

from hera_engine import check_schema
from hera_engine.__main__ import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNBOOK = ROOT / "examples" / "runbook"


def test_the_demo_prints_what_the_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """The output under `make demo` is the command's own."""
    shown = re.search(r"```text\n(HERA\.POS\.SALE.*?)```", README, re.DOTALL)
    arguments = [
        "simulate", str(RUNBOOK / "posting-schema.json"), str(RUNBOOK / "event.json"),
        "--chart", str(RUNBOOK / "chart.json"), "--tax-profile", str(RUNBOOK / "tax-profile.json"),
    ]  # fmt: skip

    code = main(arguments)

    assert code == 0
    assert shown is not None
    assert capsys.readouterr().out == shown.group(1)


def test_the_text_form_of_the_readme_has_no_faults() -> None:
    """The schema that shows the text form compiles."""
    shown = re.search(r"```text\n(schema .*?)```", README, re.DOTALL)

    assert shown is not None
    assert [fault for fault in check_schema(shown.group(1)) if fault.severity == "error"] == []


def test_the_makefile_runs_the_command_of_the_readme() -> None:
    """`make demo` and the command under it have the same arguments."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    words = re.search(r"DEMO := (.*?)\n\n", makefile, re.DOTALL)
    command = re.search(r"python -m hera_engine (simulate .*?)\n\n", README, re.DOTALL)

    assert words is not None
    assert command is not None
    assert words.group(1).replace("\\", "").split() == command.group(1).replace("\\", "").split()
