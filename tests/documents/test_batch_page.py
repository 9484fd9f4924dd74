"""The figures of docs/batch.md are those of the code; its examples are run as doctests."""

from pathlib import Path
from typing import Final

from hera_engine.batch import CHUNK, LINES_AHEAD
from hera_engine.json_text import LONG_INTEGER

PAGE: Final = Path(__file__).parents[2] / "docs" / "batch.md"


def test_the_page_states_the_sizes_of_a_chunk() -> None:
    """Events and lines of a chunk are given as they are, and so is the longest quick number."""
    text = PAGE.read_text(encoding="utf-8")

    assert f"`chunk` ({CHUNK:,})" in text
    assert f"about {LINES_AHEAD:,} lines" in text
    assert LONG_INTEGER == 10**18
    assert "whole numbers below 10<sup>18</sup>" in text
