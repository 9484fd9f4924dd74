"""What a run came to, as lines that a person reads."""

from collections.abc import Iterator, Sequence

from examples.backfill.backtest import Differences
from examples.backfill.tally import Tally
from hera_engine.money import format_amount


def tally_lines(tally: Tally) -> Iterator[str]:
    """Yield counts, digests, and debits and credits by ledger and currency."""
    yield f"{tally.posted.count} posted, {tally.refused.count} refused, {tally.lines} lines"
    yield f"journals {tally.posted}"
    yield f"refusals {tally.refused}"
    yield from _table(("ledger", "currency", "debits", "credits"), tally.sums.to_list())


def difference_lines(differences: Differences) -> Iterator[str]:
    """Yield how many events differ and how, and each account that does."""
    for verdict, count in sorted(differences.events.items()):
        yield f"{count} {verdict}"
    rows = [
        [*account, *map(format_amount, (old, new, change))]
        for account, old, new, change in differences.by_account()
    ]
    yield from _table(("ledger", "account", "currency", "old", "new", "difference"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield columns of which those of amounts are ranged right."""
    texts = heads.index("currency") + 1
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = [
            cell.ljust(width) if index < texts else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
