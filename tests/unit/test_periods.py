"""Periods of whole days: both ends are included, and an end may be open."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hera_engine.periods import Period, gaps

START = date(2026, 1, 1)
_days = st.integers(0, 12).map(lambda count: START + timedelta(days=count))
_periods = st.builds(Period, st.none() | _days, st.none() | _days)
_whole = st.builds(Period, st.none() | _days, st.none() | _days).filter(lambda p: not p.is_empty)


def test_a_period_holds_both_its_ends() -> None:
    """The first and the last day are in force, their neighbours are not."""
    period = Period(date(2026, 1, 1), date(2026, 1, 31))

    held = [period.holds(date(2026, 1, day)) for day in (1, 31)]

    assert held == [True, True]
    assert not period.holds(date(2025, 12, 31))
    assert not period.holds(date(2026, 2, 1))


def test_an_open_end_holds_every_day_on_its_side() -> None:
    """None is no date, so nothing lies beyond it."""
    assert Period().holds(date.min)
    assert Period().holds(date.max)
    assert Period(first=START).holds(date.max)
    assert not Period(first=START).holds(START - timedelta(days=1))


def test_a_period_is_spelt_as_a_rule_spells_it() -> None:
    """Words name the ends that are said."""
    assert str(Period(date(2026, 1, 1), date(2026, 12, 31))) == "from 2026-01-01 to 2026-12-31"
    assert str(Period(first=date(2026, 1, 1))) == "from 2026-01-01"
    assert str(Period(last=date(2026, 12, 31))) == "to 2026-12-31"
    assert str(Period()) == ""


@given(_periods, _periods, _days)
def test_the_common_days_are_those_that_both_hold(one: Period, other: Period, day: date) -> None:
    """A day is in the common period exactly if it is in both."""
    common = one.common(other)

    assert (common is not None and common.holds(day)) == (one.holds(day) and other.holds(day))
    assert common == other.common(one)


@given(_whole, st.lists(_periods, max_size=4), _days)
def test_a_day_of_the_whole_is_covered_or_in_one_gap(
    whole: Period, parts: list[Period], day: date
) -> None:
    """The gaps are disjoint and hold just the days of the whole that no part covers."""
    found = [gap for gap in gaps(whole, parts) if gap.holds(day)]

    uncovered = whole.holds(day) and not any(part.holds(day) for part in parts)
    assert len(found) == int(uncovered)


def test_gaps_reach_to_open_ends() -> None:
    """What follows the last part of a period without an end has no end either."""
    part = Period(date(2026, 1, 1), date(2026, 1, 31))

    assert list(gaps(Period(), [part])) == [
        Period(None, date(2025, 12, 31)), Period(date(2026, 2, 1), None),
    ]  # fmt: skip
    assert list(gaps(Period(), [Period()])) == []
