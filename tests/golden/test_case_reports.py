"""What people read of worked examples that fail, of what they leave out, and of what survives."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

REPORTS: Final = tuple(sorted((Path(__file__).parent / "reports").iterdir()))


@pytest.mark.parametrize("folder", REPORTS, ids=lambda folder: folder.name)
def test_a_report_is_as_approved(folder: Path, approve: Callable[[Path, str], None]) -> None:
    """The command prints, to the letter, what a person approved, and its exit code."""
    command = [sys.executable, "-m", "hera_engine", "test", "schema.hera", "--coverage", "--mutate"]
    run = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")

    actual = f"{run.stdout}{run.stderr}exit code {run.returncode}\n"

    approve(folder / "report.txt", actual)
