"""The cases of the examples: they pass, exercise every line, and notice every change."""

from pathlib import Path
from typing import Final

import pytest

from hera_engine.__main__ import main

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = tuple(sorted((ROOT / "examples").rglob("*.hera")))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_cases_of_an_example_are_complete(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each example passes its cases with full coverage and no surviving mutant."""
    code = main(["test", str(path), "--coverage", "--mutate"])

    assert code == 0, capsys.readouterr().out
