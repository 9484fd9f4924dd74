"""Makes docs/examples.md from the worked examples in tests/golden/cases.

python -m tests.documents.examples_page > docs/examples.md
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CASES: Final = Path(__file__).parents[1] / "golden" / "cases"

INTRODUCTION: Final = """\
# Worked examples

Each example is a schema, an event, the arithmetic in words, and what the engine posts, with the
explanation of each line. The tests hold the engine to these texts to the letter. This page is made
from `tests/golden/cases`: `python -m tests.documents.examples_page > docs/examples.md`.
"""

TITLES: Final = (
    ("salon_mixed_cart", "A sale of services and goods, with tips and staff"),
    ("salon_return_in_sale", "A return inside a sale"),
    ("salon_refund_negative", "A refund with a negative total"),
    ("shop_document_discount", "A discount on the whole sale"),
    ("shop_foreign_currency", "A sale in a foreign currency"),
    ("eur_invoice", "A euro invoice of a sterling organization, in two ledgers"),
    ("eur_settlement", "Its settlement at another rate: the realized gain, in two ledgers"),
    ("gb_sale_1", "A sale under the profile that ships for the United Kingdom"),
    ("quebec_sale", "A sale in Quebec: two taxes side by side"),
    ("india_intra_state", "A sale within an Indian state: central and state tax in one price"),
    ("new_york_sale", "A sale in New York City: three taxes, rounded once"),
    ("japanese_sale", "A Japanese sale: once for each rate, rounded down"),
    ("reverse_charge_purchase", "A purchase with reverse charge, half of it deducted"),
    ("swedish_cash_sale", "A Swedish sale paid in coins"),
    ("derived_categories", "A till that sends neither category nor unit: both are derived"),
    ("shared_costs", "Shared costs: rent by agreed shares, freight by weight"),
)
"""The examples in the order of the page, each with its heading."""

FILES: Final = (
    ("schema.hera", "text"),
    ("profiles.json", "json"),
    ("exchange_rates.json", "json"),
    ("event.json", "json"),
    ("journal.txt", "text"),
)
"""The files of an example and what they are written in."""


def page() -> str:
    """Return the text of the page."""
    return "\n".join((INTRODUCTION, *_contents(), *_examples())).rstrip() + "\n"


def _contents() -> Iterator[str]:
    for name, title in TITLES:
        yield f"- [{title}](#{name.replace('_', '-')})"
    yield ""


def _examples() -> Iterator[str]:
    for name, title in TITLES:
        yield f'<a id="{name.replace("_", "-")}"></a>\n'
        yield f"## {title}\n"
        yield (CASES / name / "why.md").read_text(encoding="utf-8").strip() + "\n"
        for file, language in FILES:
            path = CASES / name / file
            if path.exists():
                text = path.read_text(encoding="utf-8").rstrip()
                yield f"`{file}`\n\n```{language}\n{text}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
