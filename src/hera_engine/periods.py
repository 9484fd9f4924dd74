"""Periods of whole days: what is in force when, where two overlap, and which days have none."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""How a day is written; weeks and days of a year, which Python reads too, are none."""
FISCAL_YEARS: Final = 9_999
"""The last fiscal year; the first is 1."""
FISCAL_PERIODS: Final = 366
"""How many periods a fiscal year has at most: one for each day."""
_DAY = timedelta(days=1)


def day_of(text: str) -> date | None:
    """Return the day that a text such as ``2025-01-31`` names; None if it names none."""
    if DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None  # no day of the calendar


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both included; None leaves that end open.

    A period that ends before it begins holds no day.
    """

    first: date | None = None
    last: date | None = None

    @property
    def starts(self) -> date:
        """The first day, or the first of the calendar."""
        return self.first or date.min

    @property
    def ends(self) -> date:
        """The last day, or the last of the calendar."""
        return self.last or date.max

    @property
    def is_dated(self) -> bool:
        """Whether an end of the period is said."""
        return self.first is not None or self.last is not None

    @property
    def is_empty(self) -> bool:
        """Whether no day is in the period."""
        return self.ends < self.starts

    def holds(self, day: date) -> bool:
        """Whether a day is in the period."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def common(self, other: "Period") -> "Period | None":
        """Return the days that two periods share, or None if there are none."""
        first, last = max(self.starts, other.starts), min(self.ends, other.ends)
        if last < first:
            return None
        return Period(
            None if first == date.min else first, None if last == date.max else last
        )  # fmt: skip

    def __str__(self) -> str:
        words = [] if self.first is None else [f"from {self.first.isoformat()}"]
        words += [] if self.last is None else [f"to {self.last.isoformat()}"]
        return " ".join(words)


ALWAYS: Final = Period()
"""Every day."""


def gaps(whole: Period, parts: Iterable[Period]) -> Iterator[Period]:
    """Yield the stretches of a period that none of its parts covers, the earliest first.

    Law: a day of the whole is in a part or in a gap, never in both (tests/unit/test_periods).
    """
    ordered = sorted((part for part in parts if not part.is_empty), key=lambda part: part.starts)
    start: date | None = whole.starts
    for part in ordered:
        if start is None or start > whole.ends:
            return
        if part.starts > start:
            yield _stretch(whole, start, min(part.starts - _DAY, whole.ends))
        if part.ends >= start:
            start = None if part.ends == date.max else part.ends + _DAY
    if start is not None and start <= whole.ends:
        yield _stretch(whole, start, whole.ends)


def _stretch(whole: Period, first: date, last: date) -> Period:
    """Return a stretch of a period, open at an end where the period is."""
    return Period(
        None if first == date.min else first,
        whole.last if last == whole.ends else last,
    )


def around(day: date | None) -> tuple[date, ...]:
    """Return a day with its neighbours, as far as the calendar has them; none for no day."""
    if day is None:
        return ()
    ordinals = (day.toordinal() + shift for shift in (-1, 0, 1))
    return tuple(map(date.fromordinal, filter(_is_day, ordinals)))


def _is_day(ordinal: int) -> bool:
    return date.min.toordinal() <= ordinal <= date.max.toordinal()
