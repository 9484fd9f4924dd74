"""docs/vectors-differing.md says what became of the vector files."""

from functools import cache
from pathlib import Path
from typing import Final

from tests.vectors.page import page
from tests.vectors.rule_texts import other_rule
from tests.vectors.runner import Outcome, Tally, run_folder

ROOT: Final = Path(__file__).parents[2]
DATA: Final = ROOT / "tests" / "vectors" / "data"
PAGE: Final = ROOT / "docs" / "vectors-differing.md"
LONGEST: Final = 500
"""Lines of the page that someone may still want to read."""


@cache
def tallies() -> tuple[Tally, ...]:
    """Return what became of all vector files."""
    return run_folder(DATA)


def test_the_page_is_fresh() -> None:
    """The committed page is the one that the vector run makes."""
    assert PAGE.read_text(encoding="utf-8") == page(tallies())


def test_every_case_that_does_not_simply_pass_can_be_found() -> None:
    """A case that differs, has no answer, is not reproduced or is of another rule is named."""
    text = PAGE.read_text(encoding="utf-8").replace("|", ",").replace("\n", ",")
    names = {name.strip(" .") for name in text.replace(":", ",").split(",")}
    files = ("alloc_terms", "en16931", "hera", "rounding", "tax")
    verdicts = [
        verdict for tally in tallies() if tally.file.startswith(files) for verdict in tally.verdicts
    ]

    missing = [
        verdict.case.id
        for verdict in verdicts
        if (
            verdict.outcome is not Outcome.PASSED
            or verdict.case.verify.get("reproduced") is False
            or other_rule(verdict.case) is not None
        )
        and verdict.case.id not in names
    ]

    assert not missing
    assert "odoo16-all-020" not in names


def test_the_page_stays_readable() -> None:
    """The page groups what is alike."""
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) < LONGEST


def test_a_difference_stands_there_with_both_figures() -> None:
    """A row written by hand: case, source, rule, figure, what is expected and what we answer."""
    row = (
        "| odoo16-all-016 | odoo/odoo 16 | LINE-TAX-FIRST | `taxes[0].amount` | 4310.91 | 4311.00 |"
    )

    assert row in PAGE.read_text(encoding="utf-8").splitlines()
