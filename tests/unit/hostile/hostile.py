"""Runs hostile input in a process of its own, so that a hang ends in a failed test."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from hera_engine import HeraError, PostingEngine

ROOT: Final = Path(__file__).parents[3]
GENEROUS_SECONDS: Final = 30
"""Far more than any of these takes; a hang takes minutes."""

DECLARATIONS: Final = """\
ledgers GL
account cash 1000 asset
account clearing 1100 asset
account revenue 4000 revenue
account fees 5500 expense
account tax_output 2200 liability
account tips_payable 2300 liability
tax profile vat {
  prices inclusive
  default standard
  rate standard 5% for standard
}
dimensions org_unit, staff_id
payments immediate
validations { max_line_count 1000 }
"""

PRELUDE: Final = """\
import resource
from decimal import Decimal
from hera_engine import HeraError, PostingEngine, SchemaError, check_schema, load_schema
from tests.unit.hostile.hostile import DECLARATIONS, code_of, engine_of, event_of
"""


def engine_of(rules: str = "") -> PostingEngine:
    """Return an engine with the standard rules, or with these."""
    return PostingEngine(DECLARATIONS + rules)


def event_of(header: object = None, **context: object) -> dict[str, object]:
    """Return a sale of 10.00 USD with other header fields and this context."""
    event: dict[str, object] = {
        "organization_id": "org-1",
        "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": "10.00",
        "currency": "USD",
        "transaction_date": "2025-03-01",
        "business_context": context,
    }
    return {**event, **header} if isinstance(header, dict) else event


def code_of(event: object, engine: PostingEngine | None = None) -> str:
    """Return ``posted``, or the error code that an event ends in."""
    try:
        (engine or engine_of()).simulate(event)  # type: ignore[arg-type] # anything may be sent
    except HeraError as error:
        return error.code
    return "posted"


def printed(program: str) -> list[str]:
    """Return the lines that a program prints before a generous time is over."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"src{os.pathsep}."},
        capture_output=True,
        text=True,
        timeout=GENEROUS_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
