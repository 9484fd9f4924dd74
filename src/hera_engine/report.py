"""A journal entry as a table that a bookkeeper can read."""

from collections.abc import Iterator, Sequence

from hera_engine.accounts import Side
from hera_engine.journal import JournalEntry, JournalLine
from hera_engine.money import ZERO, exact_add, format_amount


def entry_table(entry: JournalEntry) -> str:
    """Return an entry as text: its header, a table per ledger with totals, and its warnings.

    An entry with lines in a foreign currency has columns in base currency beside those of the
    transaction; lines in several currencies name theirs, and each has a total.
    """
    header = entry.header
    foreign = header.base_currency != header.currency
    rate = f"  at {header.exchange_rate} {header.base_currency}" if foreign else ""
    foreign = foreign or any(line.currency != header.base_currency for line in entry.lines)
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
    currencies = tuple(dict.fromkeys(line.currency for line in lines))
    several = len(currencies) > 1
    totals = tuple(f"total {ledger}" if not at else "" for at in range(len(currencies)))
    blank = ("",) * len(currencies)
    columns: list[Sequence[str]] = [
        ("#", *(str(line.number) for line in lines), *blank),
        ("account", *(line.account.code or line.account.id for line in lines), *totals),
        ("name", *(line.account.name or line.account.key for line in lines), *blank),
    ]
    if several:
        columns.append(("currency", *(line.currency for line in lines), *currencies))
    for side in Side:
        totals = tuple(_total(side, lines, currency) for currency in currencies)
        columns.append((side.word, *_cells(side, lines, based=False), *totals))
    for side in Side if base is not None else ():
        totals = (_total(side, lines, None), *blank[1:])
        columns.append((f"{side.word} {base}", *_cells(side, lines, based=True), *totals))
    columns.append(("dimensions", *(_values(line) for line in lines), *blank))
    return _aligned(columns, footers=len(currencies))


def _cells(side: Side, lines: Sequence[JournalLine], *, based: bool) -> Iterator[str]:
    """Yield the amounts of one column, in transaction or in base currency."""
    for line in lines:
        amount = line.base_amount if based else line.amount
        yield format_amount(amount) if line.side is side else ""


def _total(side: Side, lines: Sequence[JournalLine], currency: str | None) -> str:
    """Return the sum of one side in one currency, or in base currency (None)."""
    total = ZERO
    for line in lines:
        if line.side is side and currency in {None, line.currency}:
            total = exact_add(total, line.base_amount if currency is None else line.amount)
    return format_amount(total)


def _values(line: JournalLine) -> str:
    return ", ".join(f"{name}={value}" for name, value in line.dimensions.items())


def _aligned(columns: Sequence[Sequence[str]], *, footers: int) -> str:
    """Return columns side by side: numbers to the right, the rest to the left, ruled lines."""
    padded = []
    for heading, *cells in columns:
        width = max(map(len, (heading, *cells)))
        right = heading == "#" or heading.startswith(("debit", "credit"))
        place = str.rjust if right else str.ljust
        padded.append([place(cell, width) for cell in (heading, *cells)])
    shown = ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]
    rule = "  ".join("-" * len(column[0]) for column in padded)
    return "\n".join((shown[0], rule, *shown[1:-footers], rule, *shown[-footers:]))
