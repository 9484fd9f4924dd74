"""A journal entry as a table that a bookkeeper can read."""

from collections.abc import Sequence
from decimal import Decimal

from hera_engine.accounts import Side
from hera_engine.journal import JournalEntry, JournalLine
from hera_engine.money import ZERO, exact_add, format_amount


def entry_table(entry: JournalEntry) -> str:
    """Return an entry as text: its header, a table per ledger with totals, and its warnings.

    An entry in a foreign currency has columns in base currency beside those of the transaction.
    """
    header = entry.header
    foreign = header.base_currency != header.currency
    rate = f"  at {header.exchange_rate} {header.base_currency}" if foreign else ""
    reference = "" if header.external_reference is None else f"  {header.external_reference}"
    date = "undated" if header.posting_date is None else header.posting_date.isoformat()
    total = format_amount(header.total_amount)
    parts = [f"{header.smart_code}  {date}  {total} {header.currency}{rate}{reference}"]
    for ledger in dict.fromkeys(line.ledger for line in entry.lines):
        lines = tuple(line for line in entry.lines if line.ledger == ledger)
        parts.append(_ledger_table(ledger, lines, header.base_currency if foreign else None))
    parts.extend(f"warning: {notice.message}" for notice in entry.warnings)
    return "\n".join(parts) + "\n"


def _ledger_table(ledger: str, lines: Sequence[JournalLine], base: str | None) -> str:
    """Return the table of one ledger; ``base`` names the base currency if it has columns."""
    columns: list[Sequence[str]] = [
        ("#", *(str(line.number) for line in lines), ""),
        ("account", *(line.account.code or line.account.id for line in lines), f"total {ledger}"),
        ("name", *(line.account.name or line.account.key for line in lines), ""),
        *_amounts("", lines, tuple(line.amount for line in lines)),
    ]
    if base is not None:
        columns.extend(_amounts(f" {base}", lines, tuple(line.base_amount for line in lines)))
    columns.append(("dimensions", *(_values(line) for line in lines), ""))
    return _aligned(columns)


def _amounts(
    unit: str, lines: Sequence[JournalLine], amounts: Sequence[Decimal]
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the debit and the credit column, each with its total."""
    return _column(Side.DEBIT, unit, lines, amounts), _column(Side.CREDIT, unit, lines, amounts)


def _column(
    side: Side, unit: str, lines: Sequence[JournalLine], amounts: Sequence[Decimal]
) -> Sequence[str]:
    total = ZERO
    cells = []
    for line, amount in zip(lines, amounts, strict=True):
        cells.append(format_amount(amount) if line.side is side else "")
        total = exact_add(total, amount) if line.side is side else total
    return (f"{side.word}{unit}", *cells, format_amount(total))


def _values(line: JournalLine) -> str:
    return ", ".join(f"{name}={value}" for name, value in line.dimensions.items())


def _aligned(columns: Sequence[Sequence[str]]) -> str:
    """Return columns side by side: numbers to the right, the rest to the left, ruled lines."""
    padded = []
    for heading, *cells in columns:
        width = max(map(len, (heading, *cells)))
        right = heading == "#" or heading.startswith(("debit", "credit"))
        place = str.rjust if right else str.ljust
        padded.append([place(cell, width) for cell in (heading, *cells)])
    shown = ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]
    rule = "  ".join("-" * len(column[0]) for column in padded)
    return "\n".join((shown[0], rule, *shown[1:-1], rule, shown[-1]))
