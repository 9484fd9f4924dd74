"""What compiled rules know of currencies and rates, and what they call to convert an amount."""

from collections.abc import Set
from datetime import date
from decimal import Decimal
from math import gcd
from typing import Final

from hera_engine import limits
from hera_engine.errors import HeraError
from hera_engine.exchange_rates import RateError, RateTable
from hera_engine.money import currency_exponent
from hera_engine.rules.fused.reading import Declined

_BASE_BOUND: Final = 10**60
"""Minor units that a base amount here stays below; entries hold no more than 76 digits."""
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

    def of_line(self, currency: str, base: str, day: date | None) -> tuple[int, int]:
        """Return the rate of a line in another currency than its event's, as a ratio."""
        return (1, 1) if currency == base else self.on(currency, base, day)[:2]

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


class Minors:
    """The minor units of the currencies that lines may have by a schema; none listed means all.

    The memo holds currencies that there are, and so no more than those.
    """

    __slots__ = ("_allowed", "_memo")

    def __init__(self, allowed: Set[str]) -> None:
        self._allowed = allowed
        self._memo: dict[str, tuple[int, Decimal]] = {}

    def of(self, currency: str) -> tuple[int, Decimal]:
        """Return how many minor units one is, and what one of them is."""
        found = self._memo.get(currency)
        if found is not None:
            return found
        if self._allowed and currency not in self._allowed:
            raise Declined
        try:
            exponent = currency_exponent(currency)
        except HeraError:
            raise Declined from None
        return self._memo.setdefault(currency, (10**exponent, Decimal((0, (1,), -exponent))))


def ratio(top: int, bottom: int) -> tuple[int, int]:
    """Return a rate in lowest terms; declined is what is not above zero."""
    if top <= 0:
        raise Declined
    shared = gcd(top, bottom)
    return top // shared, bottom // shared


def converted(numerator: int, denominator: int) -> int:
    """Return a base amount rounded half up to minor units; neither is below zero."""
    units = (2 * numerator + denominator) // (2 * denominator)
    if units >= _BASE_BOUND:
        raise Declined
    return units
