"""What compiled rules know of exchange rates: those of the engine's table, by currency and day."""

from datetime import date

from hera_engine import limits
from hera_engine.exchange_rates import RateError, RateTable
from hera_engine.rules.fused.reading import Declined

Stated = tuple[int, int, str]
"""A rate as a ratio of whole numbers, in base units per unit, and as it is stated."""


class Rates:
    """The rates of a table, in a bounded memo: of two currencies and a day, worked out once.

    The memo changes what a call costs, never what it gives: a table does not change.
    """

    __slots__ = ("_memo", "_table")

    def __init__(self, table: RateTable | None) -> None:
        self._table = table
        self._memo: dict[tuple[str, str, date | None], Stated] = {}

    def on(self, currency: str, base: str, day: date | None) -> Stated:
        """Return the rate of a day; declined is what the table does not tell."""
        found = self._memo.get((currency, base, day))
        return self._read(currency, base, day) if found is None else found

    def _read(self, currency: str, base: str, day: date | None) -> Stated:
        if self._table is None:
            raise Declined
        try:
            applied = self._table.rate(currency, base, day)
        except RateError:
            raise Declined from None
        found = (applied.rate.numerator, applied.rate.denominator, applied.stated)
        if len(self._memo) >= limits.MEMO_ENTRIES:
            self._memo.clear()
        self._memo[currency, base, day] = found
        return found
