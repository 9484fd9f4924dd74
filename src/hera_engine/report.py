"""A journal entry as a table that a bookkeeper can read."""

from collections.abc import Sequence
from decimal import Decimal

from hera_engine.accounts import Side
from hera_engine.journal import ZERO, JournalEntry, JournalLine
from hera_engine.money import exact_add, format_amount

HEADINGS = ("#", "account", "name", "debit", "credit", "dimensions")


def entry_table(entry: JournalEntry) -> str:
    """Return an entry as text: its header, a table per ledger with totals, and its warnings."""
    header = entry.header
    reference = "" if header.external_reference is None else f"  {header.external_reference}"
    date = "undated" if header.posting_date is None else header.posting_date.isoformat()
    total = format_amount(header.total_amount)
    parts = [f"{header.smart_code}  {date}  {total} {header.currency}{reference}"]
    for ledger in dict.fromkeys(line.ledger for line in entry.lines):
        lines = tuple(line for line in entry.lines if line.ledger == ledger)
        parts.append(_ledger_table(ledger, lines))
    parts.extend(f"warning: {notice.message}" for notice in entry.warnings)
    return "\n".join(parts) + "\n"


def _ledger_table(ledger: str, lines: Sequence[JournalLine]) -> str:
    rows = [_row(line) for line in lines]
    rows.append(
        ("", f"total {ledger}", "", _total(lines, Side.DEBIT), _total(lines, Side.CREDIT), "")
    )
    return _aligned((HEADINGS, *rows))


def _row(line: JournalLine) -> tuple[str, ...]:
    amount = format_amount(line.amount)
    code = line.account.code or line.account.id
    values = ", ".join(f"{name}={value}" for name, value in line.dimensions.items())
    debit, credit = (amount, "") if line.side is Side.DEBIT else ("", amount)
    return str(line.number), code, line.account.name or line.account.key, debit, credit, values


def _total(lines: Sequence[JournalLine], side: Side) -> str:
    total: Decimal = ZERO
    for line in lines:
        if line.side is side:
            total = exact_add(total, line.amount)
    return format_amount(total)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as columns: amounts to the right, the rest to the left, a rule under heads."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(HEADINGS))]
    shown = [_joined(row, widths) for row in rows]
    line = "  ".join("-" * width for width in widths).rstrip()
    return "\n".join((shown[0], line, *shown[1:-1], line, shown[-1]))


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if heading in ("#", "debit", "credit") else cell.ljust(width)
        for cell, width, heading in zip(row, widths, HEADINGS, strict=True)
    ]
    return "  ".join(cells).rstrip()
