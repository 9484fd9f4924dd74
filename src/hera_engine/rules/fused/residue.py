"""What generated functions call to close a ledger: residues of conversion, due dates."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from hera_engine.journal import JournalLine
from hera_engine.money import minor_product
from hera_engine.rules.fused.reading import Declined

_BASE: Final = JournalLine._fields.index("base_amount")
Worth = tuple[bool, int, int, int]
"""Of a converted line: whether it is of tax, its base amount in minor units and negative, its
place among the lines, and 1 for a debit or -1."""


def place_residue(lines: list[JournalLine], worths: list[Worth], left: int, unit: Decimal) -> None:
    """Add what conversion left over in a ledger to one of its lines.

    The largest takes it, the earliest of equals; a line of tax only if there is no other.

    Args:
        lines: The lines so far; the one that takes it is replaced.
        worths: Those of the ledger.
        left: Debits less credits in base minor units.
        unit: One minor unit of base currency.
    """
    for _, less, place, sign in sorted(worths):
        base = -less - sign * left
        if base >= 0:
            line = lines[place]
            worth = minor_product(base, unit)
            lines[place] = JournalLine._make((*line[:_BASE], worth, *line[_BASE + 1 :]))
            return
    raise Declined


def days_after(day: date | None, days: int) -> date:
    """Return a due date."""
    if day is None:
        raise Declined
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise Declined from None
