"""Rates with their validity, and the check of a profile's dates."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from hera_engine.errors import Pointer
from hera_engine.tax.category import Reason
from hera_engine.tax.rates import PlacedRate, TaxRate, check_rates


def rate(
    code: str,
    *,
    categories: tuple[str, ...] = ("goods",),
    starts: date | None = None,
    ends: date | None = None,
    reason: Reason = Reason.STANDARD,
) -> TaxRate:
    """Return a rate of 5 per cent."""
    return TaxRate(
        code=code,
        percent=Decimal(5),
        reason=reason,
        categories=categories,
        effective_from=starts,
        effective_to=ends,
    )


def faults(*rates: TaxRate) -> list[tuple[str, str]]:
    """Return name and message of each fault of a profile with these rates."""
    placed = [PlacedRate(each, Pointer(f"/rates/{at}")) for at, each in enumerate(rates)]
    return [(fault.name, fault.message) for fault in check_rates(placed)]


def test_the_fraction_of_a_percentage_is_exact() -> None:
    """A rate of 9.975 per cent is 399/4000, with nothing lost."""
    quebec = TaxRate(code="qst", percent=Decimal("9.975"), reason=Reason.STANDARD)

    assert quebec.fraction == Fraction(399, 4000)


def test_a_rate_without_a_percentage_has_a_fraction_of_zero() -> None:
    """An exemption computes to nothing."""
    exempt = TaxRate(code="exempt", percent=None, reason=Reason.EXEMPT)

    assert exempt.fraction == 0


def test_both_ends_of_a_period_belong_to_it() -> None:
    """A rate applies on its first day and on its last day, not before and not after."""
    year = rate("a", starts=date(2025, 1, 1), ends=date(2025, 12, 31))

    days = (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1))

    assert [year.applies_on(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_an_open_period_has_no_end(day: date) -> None:
    """A rate without dates applies on every day there is."""
    always = rate("a")

    assert always.applies_on(day)


def test_a_rate_without_categories_is_for_the_one_named_like_it() -> None:
    """Only the rate named standard is for every other category beside."""
    reduced, standard = rate("reduced", categories=()), rate("standard", categories=())

    assert (reduced.served, reduced.serves_every_other) == (("reduced",), False)
    assert (standard.served, standard.serves_every_other) == (("standard",), True)


def test_a_reverse_charge_without_categories_is_for_the_usual_ones() -> None:
    """Those of the origin system, and never for every other category."""
    imports = rate("standard", categories=(), reason=Reason.REVERSE_CHARGE)

    assert imports.served == ("services.imported", "goods.imported_b2b", "reverse_charge")
    assert not imports.serves_every_other


def test_rates_that_follow_each_other_are_sound() -> None:
    """The day after a last day may be a first day, in whatever order they are written."""
    old = rate("old", ends=date(2024, 12, 31))
    new = rate("new", starts=date(2025, 1, 1))

    assert faults(new, old) == []


def test_the_last_day_of_the_calendar_needs_no_day_after() -> None:
    """A rate until the end of the calendar can be compared with an older one."""
    old = rate("old", ends=date(2024, 12, 31))
    new = rate("new", starts=date(2025, 1, 1), ends=date.max)

    assert faults(old, new) == []


def test_two_rates_on_one_day_overlap() -> None:
    """The fault names both rates, the category and the first day in doubt."""
    old = rate("old", ends=date(2025, 1, 1))
    new = rate("new", starts=date(2025, 1, 1))

    assert faults(old, new) == [
        ("RATE_OVERLAP", "rates `old` and `new` both apply to goods on 2025-01-01")
    ]


def test_two_rates_without_dates_overlap_on_every_day() -> None:
    """No single day is to blame."""
    found = faults(rate("a"), rate("b"))

    assert found == [("RATE_OVERLAP", "rates `a` and `b` both apply to goods on every day")]


def test_two_rates_that_share_many_categories_are_one_fault() -> None:
    """The pair is reported for the first category they share."""
    shared = ("goods", "services", "books")

    found = faults(rate("a", categories=shared), rate("b", categories=shared))

    assert len(found) == 1


def test_days_without_a_rate_between_two_are_a_gap() -> None:
    """The fault names the first and the last day on which nothing applies."""
    old = rate("old", ends=date(2024, 12, 30))
    new = rate("new", starts=date(2025, 2, 1))

    assert faults(old, new) == [
        ("RATE_GAP", "no rate applies to goods from 2024-12-31 to 2025-01-31")
    ]


def test_a_short_rate_inside_a_long_one_leaves_no_gap_after_it() -> None:
    """The day after the short rate is served by the long one, so only the overlap is reported."""
    long = rate("long", ends=date(2025, 12, 31))
    short = rate("short", starts=date(2025, 3, 1), ends=date(2025, 3, 31))
    later = rate("later", starts=date(2026, 1, 1))

    names = [name for name, _ in faults(long, short, later)]

    assert names == ["RATE_OVERLAP"]


def test_a_reverse_charge_does_not_collide_with_an_ordinary_rate() -> None:
    """Which of the two applies depends on the customer, not on the day."""
    ordinary = rate("ordinary")
    reverse = rate("reverse", reason=Reason.REVERSE_CHARGE)

    assert faults(ordinary, reverse) == []


def test_a_period_that_ends_before_it_starts_is_a_fault_of_its_own() -> None:
    """It is not compared with other rates, which would only repeat the fault."""
    backward = rate("a", starts=date(2025, 2, 1), ends=date(2025, 1, 1))

    assert faults(backward, rate("b")) == [
        ("RATE_DATES", "the period ends on 2025-01-01, before its start 2025-02-01")
    ]


def test_a_rate_written_twice_for_the_same_days_is_a_duplicate() -> None:
    """It is one fault, even where the categories are the same too."""
    found = faults(rate("a"), rate("a"), rate("a", starts=date(2025, 1, 1), categories=("x",)))

    assert found == [("DUPLICATE", "rate `a` is declared twice")]
