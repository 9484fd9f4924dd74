"""A small sound schema in text form, and what the document checks say about changes to it."""

from typing import Final

from hera_engine.dsl.check import check_nodes
from hera_engine.dsl.parse import parse_schema
from hera_engine.errors import Diagnostic, Span

ACCOUNTS: Final = """
account cash 1000 asset
account revenue 4000 revenue
account fees 5500 expense
account discount 4900 revenue
account rounding 5900 expense
"""

SECTIONS: Final = """
payments immediate
validations { max_line_count 100 }
"""

RULE: Final = """
on HERA.POS.SALE.V1 {
  debit cash total_amount
  credit revenue total_amount
}
"""

SOUND: Final = f"ledgers GL\n{ACCOUNTS}{SECTIONS}{RULE}"
"""A schema without any fault or warning."""

TAXED: Final = f'{SOUND}\nuse tax "uae"\n'
"""A sound schema whose rules may ask for tax."""


def rule_with(body: str) -> str:
    """Return a sound schema, with dimensions, maps and tax, whose second rule is ``body``."""
    return (
        f"{TAXED}\ndimensions org_unit\n"
        'map tender_of(method) { "cash" -> cash, else -> fees }\n'
        "on HERA.POS.RETURN.V1 { debit tender_of(payment_method) 1 credit cash 1 }\n"
        f"on HERA.POS.OTHER.V1 {{\n{body}\n  credit revenue 1\n  debit cash 1\n}}\n"
    )


def diagnostics_of(text: str) -> tuple[Diagnostic, ...]:
    """Return what the checks say about a text without syntax faults."""
    schema, broken = parse_schema(text)
    assert schema is not None
    assert broken == ()
    return check_nodes(schema)


def faults_of(text: str) -> list[str]:
    """Return each fault as its name and the words it points at: ``UNKNOWN_ACCOUNT revenu``."""
    lines = text.split("\n")
    return [f"{fault.name} {_quoted(lines, fault.span)}".rstrip() for fault in diagnostics_of(text)]


def _quoted(lines: list[str], span: Span | None) -> str:
    """Return the words that a span covers on its first line."""
    if span is None:
        return ""
    end = span.end_column - 1 if span.end_line == span.line else None
    return lines[span.line - 1][span.column - 1 : end]
