"""docs/examples.md is what its generator makes, and it leaves no example out."""

from pathlib import Path

from tests.documents.examples_page import CASES, TITLES, page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_fresh() -> None:
    """Python -m tests.documents.examples_page > docs/examples.md makes it so."""
    assert (DOCS / "examples.md").read_text(encoding="utf-8") == page()


def test_every_example_is_on_the_page() -> None:
    """A new worked example needs a heading."""
    assert sorted(name for name, _ in TITLES) == sorted(path.name for path in CASES.iterdir())
