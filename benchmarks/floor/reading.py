"""Checks of single fields of an event, written as one writes them by hand."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

from hera_engine.limits import MEMO_ENTRIES
from hera_engine.money import AmountError, parse_amount, to_minor

HEADER: Final = frozenset(
    (
        "organization_id",
        "event_smart_code",
        "total_amount",
        "currency",
        "transaction_date",
        "external_reference",
        "business_context",
    )
)
FIRST_DAY: Final = date(2018, 1, 1)
"""From when on the schemas' tax rates hold."""
SHORT: Final = 128
"""Characters of an organization, a dimension or a choice."""
REFERENCE: Final = 255
"""Characters of an external reference."""


class BadEvent(ValueError):
    """The event does not fit; the message names the field."""


def cents(value: object, name: str) -> int:
    """Return an amount that is not negative in cents; two decimals are read at once."""
    if (
        type(value) is str
        and value[-3:-2] == "."
        and (digits := value[:-3] + value[-2:]).isdecimal()
        and digits.isascii()
        and 3 <= len(digits) <= 20
        and (digits[0] != "0" or len(digits) == 3)
    ):
        return int(digits)
    return _cents_otherwise(value, name)


def _cents_otherwise(value: object, name: str) -> int:
    """Return an amount that is written in another way, or refuse it."""
    try:
        units = to_minor(parse_amount(value), 2)
    except AmountError as error:
        raise BadEvent(f"{name} {error.reason}") from None
    if units < 0:
        raise BadEvent(f"{name} is negative")
    return units


def rate(value: object) -> tuple[int, int, str]:
    """Return a positive exchange rate as a ratio of integers, and as it was stated."""
    try:
        number = parse_amount(value)
    except AmountError as error:
        raise BadEvent(f"exchange_rate {error.reason}") from None
    if number <= 0:
        raise BadEvent("exchange_rate is not above zero")
    return *number.as_integer_ratio(), str(value)


def text(value: object, name: str, longest: int = SHORT) -> str:
    """Return a text of printable ASCII that is neither empty nor too long."""
    if (
        type(value) is not str
        or not 0 < len(value) <= longest
        or not value.isascii()
        or not value.isprintable()
    ):
        raise BadEvent(f"{name} is no short printable text")
    return value


def reference(value: object) -> str | None:
    """Return the external reference, if there is one."""
    return None if value is None else text(value, "external_reference", REFERENCE)


def day(value: object) -> date | None:
    """Return the transaction date, if there is one; no rate holds before the first day."""
    if value is None:
        return None
    if type(value) is str:
        found = _day_of(value)
    elif type(value) is date:
        found = value
    else:
        raise BadEvent("transaction_date is not a date")
    if found < FIRST_DAY:
        raise BadEvent("transaction_date is before the first rate")
    return found


@lru_cache(maxsize=MEMO_ENTRIES)
def _day_of(text: str) -> date:
    """Return the day that a text says; many events share theirs."""
    if len(text) != 10 or not text[4] == text[7] == "-":
        raise BadEvent("transaction_date is not a date")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadEvent("transaction_date is no day of the calendar") from None


def context(
    event: Mapping[str, object], code: str, currency: str, names: frozenset[str]
) -> dict[str, Any]:
    """Return the business context of an event whose header has the right fields and codes."""
    if not event.keys() <= HEADER:
        raise BadEvent("the event has an unknown field")
    if event.get("event_smart_code") != code or event.get("currency") != currency:
        raise BadEvent("the event has another smart code or currency")
    found = event.get("business_context")
    if not isinstance(found, dict) or found.keys() != names:
        raise BadEvent("the business context does not have just the declared fields")
    return found


def members(value: object, names: frozenset[str]) -> list[dict[str, Any]]:
    """Return the items of an event, each with just the declared fields."""
    if type(value) is not list or not 0 < len(value) <= 10_000:
        raise BadEvent("items is no list of 1 to 10,000 members")
    for item in value:
        if type(item) is not dict or item.keys() != names:
            raise BadEvent("an item does not have just the declared fields")
    return value
