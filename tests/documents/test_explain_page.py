"""The example of docs/explain.md is explained as the page shows."""

import re
from pathlib import Path
from typing import Final

from hera_engine import PostingEngine, format_schema, load_schema
from hera_engine.json_text import loads
from hera_engine.rules.explanation import Explanation

PAGE: Final = (Path(__file__).parents[2] / "docs" / "explain.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """Return the blocks of a kind on the page."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def story() -> Explanation:
    """Return the explanation of the page's event under its schema."""
    event = loads(blocks("json")[0])
    assert isinstance(event, dict)
    return PostingEngine(blocks("text")[0]).explain(event)


def test_the_tree_of_the_page_is_what_is_printed() -> None:
    """To the letter."""
    assert blocks("console") == [f"{story()}\n"]


def test_the_data_of_the_page_is_part_of_the_data() -> None:
    """A tax, a named amount, and the statements behind a line."""
    shown, data = loads(blocks("json")[1]), story().to_dict()
    items, lets, lines = data["items"], data["lets"], data["lines"]
    assert isinstance(items, list)
    assert isinstance(lets, list)
    assert isinstance(lines, list)

    found = {"items": items[0]["taxes"][:1], "lets": lets[1:], "because": lines[5]["because"]}

    assert shown == found


def test_the_keys_of_the_page_are_those_of_the_data() -> None:
    """Clause 2.1 lists them all."""
    (clause,) = re.findall(r"2\.1 The keys are (.*?)\.", PAGE, re.DOTALL)

    assert set(re.findall("`([a-z_]+)`", clause)) == story().to_dict().keys()


def test_the_schema_of_the_page_is_canonical() -> None:
    """It is printed as it stands."""
    (text,) = blocks("text")

    assert format_schema(load_schema(text)) == text
