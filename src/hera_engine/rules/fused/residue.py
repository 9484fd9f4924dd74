"""What generated functions call to close a ledger: residues of conversion, due dates."""

from datetime import date, timedelta

from hera_engine.rules.fused.reading import Declined

Converted = list[object]
"""A line on its way: whether it is of tax, 1 for a debit or -1, its base amount, and the rest."""


def place_residue(lines: list[Converted], begin: int, left: int) -> None:
    """Add what conversion left over in a ledger to one of its lines.

    The largest takes it, the earliest of equals; a line of tax only if there is no other.

    Args:
        lines: The lines so far.
        begin: Where those of the ledger begin.
        left: Debits less credits in base minor units.
    """
    inside = lines[begin:]
    for line in sorted(inside, key=lambda each: (each[0], -each[2])):  # type: ignore[operator] # an int
        sign, base = line[1], line[2]
        assert isinstance(sign, int), "lines are made so"
        assert isinstance(base, int), "lines are made so"
        if base - sign * left >= 0:
            line[2] = base - sign * left
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
