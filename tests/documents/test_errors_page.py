"""docs/errors.md says what the tables and samples say."""

from pathlib import Path

from hera_engine.errors import ERROR_KINDS
from tests.documents.errors_page import MEANINGS, page

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_the_page_is_fresh() -> None:
    """The committed page is the one that the samples make."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_code_has_a_meaning() -> None:
    """The page's table of errors has one row for each code, and no other."""
    assert [code for code, _ in MEANINGS] == list(ERROR_KINDS)
