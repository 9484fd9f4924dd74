"""One tax rate with its validity, and the check that a profile's rates leave no doubt.

Enters: rates as read. Leaves: diagnostics for periods that end before they begin, rates that
both apply to a category on a day, and days between two rates on which none applies.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine import faults
from hera_engine.errors import Diagnostic, Place, diagnose
from hera_engine.tax.category import REVERSE_CHARGE_CATEGORIES, STANDARD_CODE, Reason

WHOLE: Final = Decimal(100)
"""All of a tax, as a percentage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """A percentage for some categories, valid between two dates, ends included.

    Attributes:
        code: Name of the rate within its profile.
        percent: As written in the profile; None where the reason needs none.
        reason: Why tax is charged, or why not.
        categories: What the rate is for, as written; `served` tells what none written means.
        effective_from: First day; None for all days before the last.
        effective_to: Last day; None for all days after the first.
        inclusive: Whether prices under this rate include it; None where it does not say.
        account: Account key of its tax lines, in place of the one a rule names, and of what a
            buyer owes by reverse charge.
        recoverable: Percentage of it that a buyer deducts.
        input_account: Account key of what a buyer deducts, in place of the one a rule names.
        expense_account: Account key of what a buyer cannot deduct; None to join the net.
        source: The law behind it, in words.
        fraction: The percentage over one hundred, exactly; zero without a percentage.
    """

    code: str
    percent: Decimal | None
    reason: Reason
    categories: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    inclusive: bool | None = None
    account: str | None = None
    recoverable: Decimal = WHOLE
    input_account: str | None = None
    expense_account: str | None = None
    source: str | None = None
    fraction: Fraction = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the fraction once."""
        percent = Fraction(0) if self.percent is None else Fraction(self.percent)
        object.__setattr__(self, "fraction", percent / 100)

    @property
    def is_reverse_charge(self) -> bool:
        """Whether the customer accounts for this tax."""
        return self.reason is Reason.REVERSE_CHARGE

    @property
    def served(self) -> tuple[str, ...]:
        """Categories the rate is for; never empty.

        Where none are written: those of the origin system for a reverse charge, else the one
        named like the rate.
        """
        if self.categories:
            return self.categories
        return REVERSE_CHARGE_CATEGORIES if self.is_reverse_charge else (self.code,)

    @property
    def serves_every_other(self) -> bool:
        """Whether the rate is for every category no other rate is for.

        So is the one named standard where no categories are written.
        """
        return self.code == STANDARD_CODE and not self.categories and not self.is_reverse_charge

    @property
    def first_day(self) -> int:
        """Proleptic ordinal of the first day."""
        return (self.effective_from or date.min).toordinal()

    @property
    def last_day(self) -> int:
        """Proleptic ordinal of the last day."""
        return (self.effective_to or date.max).toordinal()

    @property
    def period(self) -> "Period":
        """Code, first and last day: what tells the rates of a profile apart."""
        return (self.code, self.effective_from, self.effective_to)

    def applies_on(self, day: date) -> bool:
        """Whether the rate is valid on a day."""
        starts, ends = self.effective_from, self.effective_to
        return (starts is None or starts <= day) and (ends is None or day <= ends)


Period = tuple[str, date | None, date | None]
"""Code, first and last day of a rate."""


@dataclass(frozen=True, slots=True)
class PlacedRate:
    """A rate and where it was written."""

    rate: TaxRate
    place: Place


def check_rates(rates: Sequence[PlacedRate]) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the dates of a profile's rates, in a stable order.

    A reverse charge and an ordinary rate of the same category do not collide: which of the two
    applies depends on the customer.
    """
    found = [_backward(each) for each in rates if _is_backward(each.rate)]
    sound: dict[Period, PlacedRate] = {}
    for each in rates:
        rate, period = each.rate, each.rate.period
        if period in sound:
            found.append(
                diagnose(
                    faults.DUPLICATE, each.place,
                    suggestion=_name_it(rate), what="rate", name=rate.code,
                )
            )  # fmt: skip
        elif not _is_backward(rate):
            sound[period] = each
    reported: set[tuple[Period, Period]] = set()
    for category, series in _series(tuple(sound.values())):
        found += _check_series(category, series, reported)
    return tuple(found)


def _name_it(rate: TaxRate) -> str:
    """Return how a second rate of one period is told apart; some are written without a name."""
    how = {"exempt": "`exempt NAME`", "reverse_charge": "`reverse charge NAME`"}.get(rate.code)
    if how is None:
        return "list all its categories in one rate, or name the second otherwise"
    return f"list all its categories in one rate, or name the second: {how}, its code in JSON form"


def _is_backward(rate: TaxRate) -> bool:
    return rate.last_day < rate.first_day


def _backward(each: PlacedRate) -> Diagnostic:
    starts, ends = each.rate.effective_from, each.rate.effective_to
    return diagnose(faults.RATE_DATES, each.place, start=starts, end=ends)


def _series(rates: Sequence[PlacedRate]) -> Iterator[tuple[str, tuple[PlacedRate, ...]]]:
    """Yield each category with its rates in order of their first day, reverse charges apart."""
    series: dict[tuple[str, bool], list[PlacedRate]] = {}
    for each in rates:
        for category in each.rate.served:
            series.setdefault((category, each.rate.is_reverse_charge), []).append(each)
    for (category, _), members in series.items():
        yield category, tuple(sorted(members, key=lambda each: each.rate.first_day))


def _check_series(
    category: str, series: tuple[PlacedRate, ...], reported: set[tuple[Period, Period]]
) -> Iterator[Diagnostic]:
    """Yield the overlaps and gaps between the rates of one category, sorted by first day.

    ``reported`` holds the pairs already reported for another category, so that two rates that
    share many categories are one fault.
    """
    latest = series[0]
    for each in series[1:]:
        first, second = latest.rate, each.rate
        pair = (first.period, second.period)
        if second.first_day <= first.last_day and pair not in reported:
            reported.add(pair)
            yield diagnose(
                faults.RATE_OVERLAP, each.place,
                first=first.code, second=second.code, category=category,
                day=second.effective_from or "every day",
            )  # fmt: skip
        elif second.first_day > first.last_day + 1:
            yield diagnose(
                faults.RATE_GAP, each.place, category=category,
                start=date.fromordinal(first.last_day + 1),
                end=date.fromordinal(second.first_day - 1),
            )  # fmt: skip
        if second.last_day > first.last_day:
            latest = each


def rates_by_category(rates: Iterable[TaxRate]) -> dict[str, tuple[TaxRate, ...]]:
    """Return the rates by category; a code is a category too unless a rate lists it as one."""
    listed: dict[str, tuple[TaxRate, ...]] = {}
    named: dict[str, tuple[TaxRate, ...]] = {}
    for rate in rates:
        named[rate.code] = (*named.get(rate.code, ()), rate)
        for category in rate.served:
            listed[category] = (*listed.get(category, ()), rate)
    return {**named, **listed}
