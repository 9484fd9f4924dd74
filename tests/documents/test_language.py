"""The schemas shown on the page about the language are schemas."""

import re
from pathlib import Path
from typing import Final

import pytest

from hera_engine import PostingEngine, SchemaError, format_schema, load_schema

PAGE: Final = Path(__file__).parents[2] / "docs" / "language.md"
SCHEMAS: Final = re.findall(
    r"^```text\n(schema .*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


def test_the_page_shows_schemas() -> None:
    """There is a worked example."""
    assert SCHEMAS


@pytest.mark.parametrize("text", SCHEMAS)
def test_a_schema_of_the_page_compiles_and_is_canonical(text: str) -> None:
    """It compiles without a fault, is printed as it stands, and means the same in the JSON form."""
    schema = PostingEngine(text).schema

    assert format_schema(schema) == text
    assert load_schema(schema.to_json_dict()) == schema


SALE: Final = """
schema "Sales" version 1
ledgers GL

account cash 1000 asset
account vat 2000 liability
account revenue 4000 revenue

tax profile shop {{
  {setting}
  component VAT 10%
}}

use tax shop

on HERA.POS.SALE.V1 {{
  for item in items {{
    credit revenue net(item)
    credit vat tax(item)
  }}
  debit cash sum(gross(items))
}}
"""
RULES: Final = re.findall(r"`(rounding rule [^`]+)`", PAGE.read_text(encoding="utf-8"))


def test_a_rounding_rule_of_the_page_posts() -> None:
    """It can be written as it stands, and only an increment keeps it from being posted."""
    assert RULES

    for setting in RULES:
        PostingEngine(SALE.format(setting=setting))
        with pytest.raises(SchemaError, match="HE307"):
            PostingEngine(
                SALE.format(setting=f"{setting} ".replace(" spread", " increment 0.05 spread"))
            )


def test_use_tax_has_four_names_for_rounding() -> None:
    """The words that the page lists stand behind it in their order; a rule does not."""
    used = "use tax shop prices inclusive rounding total step 0.05 up to largest_tax"
    ruled = used.replace("rounding total", 'rounding rule "rate"')
    text = SALE.format(setting="prices exclusive")

    load_schema(text.replace("use tax shop", used))
    with pytest.raises(SchemaError, match="HE101"):
        load_schema(text.replace("use tax shop", ruled))
