"""The schemas shown on the page about the language are schemas."""

import re
from pathlib import Path
from typing import Final

import pytest

from hera_engine import format_schema, load_schema

PAGE: Final = Path(__file__).parents[2] / "docs" / "language.md"
SCHEMAS: Final = re.findall(
    r"^```text\n(schema .*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


def test_the_page_shows_schemas() -> None:
    """There is a worked example."""
    assert SCHEMAS


@pytest.mark.parametrize("text", SCHEMAS)
def test_a_schema_of_the_page_compiles_and_is_canonical(text: str) -> None:
    """It loads without a fault, is printed as it stands, and means the same in the JSON form."""
    schema = load_schema(text)

    assert format_schema(schema) == text
    assert load_schema(schema.to_json_dict()) == schema
