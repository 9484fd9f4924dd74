"""The published limits and the limits of the code are the same."""

import re
from pathlib import Path
from typing import Final

from hera_engine import limits

PAGE: Final = Path(__file__).parents[2] / "docs" / "limits.md"
ROW: Final = re.compile(r"^\| `([A-Z_]+)` \| ([0-9,]+) \| .+ \| .+ \|$")


def test_every_limit_stands_on_the_page_with_its_value() -> None:
    """The table has one row for each constant of limits.py, with its value, and no other."""
    constants = {
        name: f"{value:,}" for name, value in vars(limits).items() if re.fullmatch("[A-Z_]+", name)
    }

    rows = [ROW.match(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    published = [(row[1], row[2]) for row in rows if row is not None]

    assert sorted(published) == sorted(constants.items())
