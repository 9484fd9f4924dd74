"""Dated exchange rates given with an engine: quotations, and the rate of a day.

A rate says how many units of one currency one unit of another is worth. Rates are exact
fractions: a quotation the other way round is inverted, never divided to so many digits. Nothing
here is rounded.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from operator import attrgetter
from typing import Final, Self

from hera_engine import limits
from hera_engine.errors import HeraError, did_you_mean
from hera_engine.frozen import why_not_clean
from hera_engine.money import AmountError, currency_exponent, format_amount, parse_amount
from hera_engine.periods import day_of

_TABLE_KEYS: Final = ("rates", "through", "max_age_days")
_QUOTATION_KEYS: Final = ("from", "to", "rate", "per_base", "effective_from", "source")


class RateError(HeraError):
    """E_RATE_RESOLUTION: a table has no rate between two currencies for a date."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """What one source quoted for two currencies from a day on.

    Attributes:
        currency: The currency whose unit has a price.
        base: The currency of the price, another one.
        rate: Units of ``base`` for one unit of ``currency``, exact, above zero.
        stated: The rate as it was quoted: ``0.85``, or ``1/1.25`` for 1.25 per unit of base.
        effective_from: The first day the quotation is good for.
        source: Who quoted it, or None.

    Raises:
        HeraError: E_GUARDRAIL naming the first part that is not as described.
    """

    currency: str
    base: str
    rate: Fraction
    stated: str
    effective_from: date
    source: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no rate of a day."""
        _currency(self.currency, "quotation.currency")
        _currency(self.base, "quotation.base")
        _refuse_itself(self.currency, self.base, "quotation")
        if type(self.rate) is not Fraction or self.rate <= 0:
            raise _fault("quotation.rate", "is not a Fraction above zero")
        inverse = type(self.stated) is str and self.stated.startswith("1/")
        number, _ = _number(self.stated[2:] if inverse else self.stated, "quotation.stated")
        if self.rate != (1 / number if inverse else number):
            hint = "state it as `0.85`, or as `1/1.25` for 1.25 per unit of base"
            raise _fault("quotation.stated", "is not the rate", hint)
        if type(self.effective_from) is not date:
            raise _fault("quotation.effective_from", "is not a date")
        _source(self.source, "quotation.source")

    @property
    def inverse(self) -> "Quotation":
        """The same quotation read the other way round, exactly."""
        stated = self.stated[2:] if self.stated.startswith("1/") else f"1/{self.stated}"
        return Quotation(
            self.base, self.currency, 1 / self.rate, stated, self.effective_from, self.source
        )

    def __str__(self) -> str:
        source = "" if self.source is None else f", {self.source}"
        return (
            f"{self.stated} {self.base} for 1 {self.currency}, "
            f"quoted {self.effective_from.isoformat()}{source}"
        )


@dataclass(frozen=True, slots=True)
class AppliedRate:
    """A rate with the quotations it comes from: one, or two through a third currency.

    Attributes:
        rate: Units of the second currency for one unit of the first, exact.
        stated: The rate in figures: ``0.85``, ``1/1.25``, or ``0.92*1/1.1`` for a product.
        quotations: What it was read from, in the direction it was read.
    """

    rate: Fraction
    stated: str
    quotations: tuple[Quotation, ...]

    def __str__(self) -> str:
        return " times ".join(map(str, self.quotations))


@dataclass(frozen=True, slots=True)
class RateTable:
    """Exchange rates by currency and day; immutable and picklable.

    The rate of a day is the last quotation on or before it. A quotation serves both directions;
    of two of the same day the one in the direction asked for goes first. A rate through a third
    currency is made of two quotations, and only if that currency is listed in ``through``.

    Attributes:
        quotations: In any order; at most one per pair, direction and day.
        through: Currencies that a rate may be made through, tried in this order.
        max_age_days: How old a quotation may be on the day it is used; None for any age.

    Raises:
        HeraError: E_GUARDRAIL for what is no quotation, currency or number of days, for two
            quotations of one pair and day, or too many.
    """

    quotations: tuple[Quotation, ...]
    through: tuple[str, ...] = ()
    max_age_days: int | None = None
    _series: Mapping[tuple[str, str], tuple[Quotation, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Sort the quotations into series; refuse two of one pair and day."""
        if type(self.quotations) is not tuple or type(self.through) is not tuple:
            raise _fault("exchange_rates", "has no tuples of quotations and currencies")
        _refuse_too_many("EXCHANGE_QUOTATIONS", len(self.quotations), limits.EXCHANGE_QUOTATIONS)
        _refuse_too_many("EXCHANGE_THROUGH", len(self.through), limits.EXCHANGE_THROUGH)
        for at, each in enumerate(self.quotations):
            if type(each) is not Quotation:
                raise _fault(f"exchange_rates[{at}]", "is not a quotation")
        for currency in self.through:
            _currency(currency, "exchange_rates.through")
        age = self.max_age_days
        if age is not None and (type(age) is not int or age < 0):
            raise _fault("exchange_rates.max_age_days", "is not a whole number of days")
        series: dict[tuple[str, str], list[Quotation]] = {}
        for quotation in sorted(self.quotations, key=attrgetter("effective_from")):
            quoted = series.setdefault((quotation.currency, quotation.base), [])
            if quoted and quoted[-1].effective_from == quotation.effective_from:
                pair = f"{quotation.currency} to {quotation.base}"
                message = f"two exchange rates from {pair} on {quotation.effective_from}"
                raise HeraError("E_GUARDRAIL", message, hint="keep one of them")
            quoted.append(quotation)
        found = {pair: tuple(quoted) for pair, quoted in series.items()}
        object.__setattr__(self, "_series", found)

    @classmethod
    def from_mapping(cls, data: object) -> Self:
        """Return the table of plain values.

        Args:
            data: A list of quotations, or a mapping of ``rates`` (that list), ``through`` and
                ``max_age_days``. A quotation maps ``from``, ``to``, ``effective_from`` (a date),
                ``rate`` (units of ``to`` for one of ``from``) or ``per_base`` (units of ``from``
                for one of ``to``), and optionally ``source``. Numbers are decimal strings,
                integers or Decimals above zero, with up to 12 decimals.

        Raises:
            HeraError: E_GUARDRAIL naming the first part that is not as described.
        """
        if isinstance(data, Mapping):
            _refuse_unknown(data, _TABLE_KEYS, "exchange_rates")
            rates, through = data.get("rates", ()), data.get("through", ())
            age = data.get("max_age_days")
        else:
            rates, through, age = data, (), None
        listed = _listed(rates, "exchange_rates.rates")
        _refuse_too_many("EXCHANGE_QUOTATIONS", len(listed), limits.EXCHANGE_QUOTATIONS)
        return cls(
            tuple(_quotation(each, f"exchange_rates[{at}]") for at, each in enumerate(listed)),
            tuple(
                _currency(each, "exchange_rates.through")
                for each in _listed(through, "exchange_rates.through")
            ),
            age,
        )

    def rate(self, currency: str, base: str, day: date | None) -> AppliedRate:
        """Return how many units of ``base`` one unit of ``currency`` is worth on a day.

        Cost: logarithmic in the quotations of the pair.

        Raises:
            RateError: E_RATE_RESOLUTION without a date, or without a quotation on or before it
                that is not too old.
        """
        if day is None:
            raise _missing(currency, base, day, "send transaction_date or exchange_rate")
        direct = self._last(currency, base, day)
        if direct is not None and self._is_fresh(direct, day):
            return AppliedRate(direct.rate, direct.stated, (direct,))
        for third in self.through:
            first, second = self._last(currency, third, day), self._last(third, base, day)
            if first is None or second is None:
                continue
            if self._is_fresh(first, day) and self._is_fresh(second, day):
                stated = f"{first.stated}*{second.stated}"
                return AppliedRate(first.rate * second.rate, stated, (first, second))
        hint = "send exchange_rate, or add a quotation to the engine's exchange rates"
        if direct is not None:
            age = (day - direct.effective_from).days
            hint = f"the last is of {direct.effective_from}, {age} days old: {hint}"
        raise _missing(currency, base, day, hint)

    def _is_fresh(self, quotation: Quotation, day: date) -> bool:
        """Whether a quotation is not too old on a day."""
        return (
            self.max_age_days is None or (day - quotation.effective_from).days <= self.max_age_days
        )

    def _last(self, currency: str, base: str, day: date) -> Quotation | None:
        """Return the last quotation of a pair, in either direction, on or before a day."""
        ahead = _last_of(self._series.get((currency, base), ()), day)
        behind = _last_of(self._series.get((base, currency), ()), day)
        if behind is None or (ahead is not None and ahead.effective_from >= behind.effective_from):
            return ahead
        return behind.inverse


def _last_of(series: Sequence[Quotation], day: date) -> Quotation | None:
    """Return the last of a sorted series on or before a day."""
    found = bisect_right(series, day, key=attrgetter("effective_from"))
    return series[found - 1] if found else None


def _missing(currency: str, base: str, day: date | None, hint: str) -> RateError:
    when = "without a date" if day is None else f"on {day.isoformat()}"
    return RateError(
        "E_RATE_RESOLUTION",
        f"no exchange rate from {currency} to {base} {when}",
        details={"from": currency, "to": base, "date": None if day is None else day.isoformat()},
        hint=hint,
    )


# --- plain values --------------------------------------------------------------------------


def _quotation(data: object, path: str) -> Quotation:
    """Return the quotation of a mapping."""
    if not isinstance(data, Mapping):
        raise _fault(path, "is not a mapping")
    _refuse_unknown(data, _QUOTATION_KEYS, path)
    currency = _currency(data.get("from"), f"{path}.from")
    base = _currency(data.get("to"), f"{path}.to")
    _refuse_itself(currency, base, path)
    if ("rate" in data) == ("per_base" in data):
        raise _fault(path, "has not exactly one of `rate` and `per_base`")
    key = "rate" if "rate" in data else "per_base"
    number, stated = _number(data[key], f"{path}.{key}")
    source = _source(data.get("source"), f"{path}.source")
    day = _day(data.get("effective_from"), f"{path}.effective_from")
    if key == "rate":
        return Quotation(currency, base, number, stated, day, source)
    return Quotation(currency, base, 1 / number, f"1/{stated}", day, source)


def _refuse_itself(currency: str, base: str, path: str) -> None:
    if currency == base:
        raise _fault(path, f"quotes {currency} in itself", "name two currencies")


def _source(value: object, path: str) -> str | None:
    """Return who quoted a rate, as explanations show it."""
    if value is None:
        return None
    if type(value) is not str or not value.strip():
        raise _fault(path, "is not a text")
    if len(value) > limits.TEXT_CHARACTERS:
        raise _fault(path, f"has more than {limits.TEXT_CHARACTERS} characters")
    reason = why_not_clean(value)
    if reason is not None:
        raise _fault(path, reason)
    return value


def _currency(value: object, path: str) -> str:
    if type(value) is not str:
        raise _fault(path, "lacks a currency", "name it by its ISO 4217 code")
    try:
        currency_exponent(value)
    except HeraError as error:
        raise _fault(path, error.message, error.hint) from None
    return value


def _number(value: object, path: str) -> tuple[Fraction, str]:
    """Return a rate above zero, exact, and its digits."""
    try:
        number = parse_amount(value)
    except AmountError as error:
        raise _fault(path, error.reason, error.hint) from None
    if number <= 0:
        raise _fault(path, "is not above zero")
    return Fraction(number), format_amount(number)


def _day(value: object, path: str) -> date:
    found = day_of(value) if type(value) is str else value
    # A moment is a date by inheritance, but names a day only together with its zone.
    if type(found) is not date:
        raise _fault(path, "is not a date", "send it as 2025-01-31")
    return found


def _listed(value: object, path: str) -> tuple[object, ...]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise _fault(path, "is not a list")
    return tuple(value)


def _refuse_unknown(data: Mapping[object, object], known: Sequence[str], path: str) -> None:
    for key in data:
        if key not in known:
            shown = ascii(str(key)[: limits.KEY_CHARACTERS])[1:-1]
            raise _fault(path, f"has no key `{shown}`", did_you_mean(shown, known))


def _refuse_too_many(limit: str, seen: int, allowed: int) -> None:
    if seen > allowed:
        details = {"limit": limit, "allowed": str(allowed), "seen": str(seen)}
        message = f"exchange_rates: {limit}: at most {allowed} allowed, found {seen}"
        raise HeraError("E_GUARDRAIL", message, details=details)


def _fault(path: str, message: str, hint: str | None = None) -> HeraError:
    return HeraError("E_GUARDRAIL", f"{path} {message}", hint=hint, details={"path": path})
