"""The rates of a tax profile in JSON form: the short table of the origin, and the full list."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from hera_engine import faults, limits
from hera_engine.errors import Pointer
from hera_engine.money import format_amount
from hera_engine.tax.category import (
    EXEMPT_CODE,
    REVERSE_CHARGE_CODE,
    SHORT_CATEGORIES,
    STANDARD_CODE,
    ZERO_CODE,
    Reason,
)
from hera_engine.tax.mapping import MappingReader, Record, shown
from hera_engine.tax.rates import WHOLE, PlacedRate, TaxRate

PERCENT_CEILING: Final = 1_000
"""The highest percentage a rate may have: no tax in force comes near it, a misplaced point does."""

RATE_KEYS: Final = (
    "code", "percent", "categories", "effective_from", "effective_to", "inclusive", "account",
    "exempt", "reverse_charge", "reason", "recoverable", "input_account", "expense_account",
    "source",
)  # fmt: skip
LATER_RATE_KEYS: Final = ("amount", "compound")


def read_rates(reader: MappingReader, profile: Record, place: Pointer) -> tuple[PlacedRate, ...]:
    """Return the rates of a profile, those that could be read; every fault is noted.

    A mapping is the short form, a list the full one.
    """
    value, there = profile.get("rates"), place.child("rates")
    if value is None:
        reader.add(faults.MISSING_KEY, place, key="rates")
        return ()
    if isinstance(value, Mapping):
        record = reader.record(value, there, "rates")
        allowed = profile.get("reverse_charge_applicable") is True
        return () if record is None else _read_short(reader, record, there, reverse=allowed)
    listed = reader.sequence(value, there, "rates")
    if len(listed) > limits.SCHEMA_RULES:
        reader.add(
            faults.TOO_LARGE, there, limit="SCHEMA_RULES", allowed=limits.SCHEMA_RULES,
            seen=len(listed),
        )  # fmt: skip
        return ()
    read = (_read_rate(reader, each, there.child(index)) for index, each in enumerate(listed))
    return tuple(rate for rate in read if rate is not None)


# --- the short form ------------------------------------------------------------------------


def _read_short(
    reader: MappingReader, rates: Record, place: Pointer, *, reverse: bool
) -> tuple[PlacedRate, ...]:
    """Return the rates of a short profile.

    Zero and exempt are there whether written or not; the reverse charge, if the profile allows
    it, has the standard percentage unless it is written with its own. A rate with another name
    is for the category of that name.
    """
    percents: dict[str, Decimal | None] = {}
    for code, value in rates.items():
        there = place.child(code)
        if reader.word(code, there, "rate") is None or (code == EXEMPT_CODE and value is None):
            continue
        percent = reader.number(value, there, ceiling=PERCENT_CEILING)
        if percent is None:
            continue
        if percent and code in (ZERO_CODE, EXEMPT_CODE):
            reason = f"the rate named {code} charges nothing"
            reader.add(faults.BAD_NUMBER, there, found=shown(value), reason=reason)
        else:
            percents[code] = percent
    if STANDARD_CODE not in rates:
        reader.add(faults.MISSING_KEY, place, key=STANDARD_CODE)
    if reverse and STANDARD_CODE in percents:
        percents.setdefault(REVERSE_CHARGE_CODE, percents[STANDARD_CODE])
    percents = {**percents, ZERO_CODE: Decimal(0), EXEMPT_CODE: None}
    return tuple(
        PlacedRate(_short_rate(code, percent), place.child(code) if code in rates else place)
        for code, percent in percents.items()
        if reverse or code != REVERSE_CHARGE_CODE
    )


def _short_rate(code: str, percent: Decimal | None) -> TaxRate:
    """Return one rate of a short profile."""
    if percent is None:
        reason = Reason.EXEMPT
    elif code == REVERSE_CHARGE_CODE:
        reason = Reason.REVERSE_CHARGE
    else:
        reason = Reason.STANDARD if percent else Reason.ZERO
    categories = SHORT_CATEGORIES.get(code, ())
    return TaxRate(code=code, percent=percent, reason=reason, categories=categories)


# --- the full form -------------------------------------------------------------------------


def _read_rate(reader: MappingReader, value: object, place: Pointer) -> PlacedRate | None:
    """Return one rate of a full profile, or None where a fault was noted."""
    record = reader.record(value, place, "rate")
    if record is None:
        return None
    before = len(reader.found)
    reader.refuse_unknown(record, RATE_KEYS, place, LATER_RATE_KEYS)
    code = reader.text(record, "code", place)
    if record.get("code") is None:
        reader.add(faults.MISSING_KEY, place, key="code")
    percent = None
    if record.get("percent") is not None:
        there = place.child("percent")
        percent = reader.number(record["percent"], there, ceiling=PERCENT_CEILING)
    categories = _read_categories(reader, record, place)
    starts = reader.day(record, "effective_from", place)
    ends = reader.day(record, "effective_to", place)
    inclusive = reader.truth(record, "inclusive", place)
    texts = {
        key: reader.text(record, key, place)
        for key in ("account", "input_account", "expense_account")
    }
    texts["source"] = reader.prose(record, "source", place)
    recoverable: Decimal | None = WHOLE
    if record.get("recoverable") is not None:
        there = place.child("recoverable")
        recoverable = reader.number(record["recoverable"], there, ceiling=100)
    said = _said_reason(reader, record, place)
    if percent is None and record.get("percent") is not None:
        return None
    reason = _agreed_reason(reader, place, percent=percent, said=said)
    if code is None or reason is None or recoverable is None or len(reader.found) > before:
        return None
    rate = TaxRate(
        code=code, percent=percent, reason=reason, categories=categories,
        effective_from=starts, effective_to=ends, inclusive=inclusive,
        recoverable=recoverable, **texts,
    )  # fmt: skip
    return PlacedRate(rate, place)


def _read_categories(reader: MappingReader, record: Record, place: Pointer) -> tuple[str, ...]:
    """Return the categories of a rate, each once; empty where none are written."""
    value, there = record.get("categories"), place.child("categories")
    if value is None:
        return ()
    found: dict[str, None] = {}
    for index, each in enumerate(reader.sequence(value, there, "categories")):
        category = reader.word(each, there.child(index), "category")
        if category in found:
            reader.add(faults.DUPLICATE, there.child(index), what="category", name=category)
        elif category is not None:
            found[category] = None
    return tuple(found)


def _said_reason(reader: MappingReader, record: Record, place: Pointer) -> Reason | None:
    """Return the reason that a rate states in words or by its marks, None where it does not."""
    marks = {
        "exempt": Reason.EXEMPT,
        "reverse_charge": Reason.REVERSE_CHARGE,
    }
    said = [reason for key, reason in marks.items() if reader.truth(record, key, place)]
    word = reader.choice(record, "reason", place, tuple(Reason))
    said += [] if word is None else [Reason(word)]
    if len(set(said)) > 1:
        words = " and ".join(dict.fromkeys(said))
        reader.refuse(place, f"a rate cannot be {words}")
    return said[0] if said else None


def _agreed_reason(
    reader: MappingReader, place: Pointer, *, percent: Decimal | None, said: Reason | None
) -> Reason | None:
    """Return the reason that fits the percentage, or None with the fault noted."""
    if said is None and percent is None:
        hint = "give it a percent, or mark it exempt"
        reader.add(faults.MISSING_KEY, place, hint=hint, key="percent")
        return None
    if said is None:
        return Reason.STANDARD if percent else Reason.ZERO
    wrong = None
    if said is Reason.STANDARD and not percent:
        wrong = "needs a percent above zero"
    elif percent and said not in (Reason.STANDARD, Reason.REVERSE_CHARGE):
        wrong = f"charges nothing, but has {format_amount(percent)} per cent"
    if wrong is None:
        return said
    reader.refuse(place, f"a rate that is {said} {wrong}")
    return None


def rate_to_mapping(rate: TaxRate) -> dict[str, object]:
    """Return a rate in the full form, as plain JSON values."""
    return {
        "code": rate.code,
        "percent": None if rate.percent is None else format_amount(rate.percent),
        "categories": list(rate.categories),
        "effective_from": None if rate.effective_from is None else rate.effective_from.isoformat(),
        "effective_to": None if rate.effective_to is None else rate.effective_to.isoformat(),
        "inclusive": rate.inclusive,
        "account": rate.account,
        "input_account": rate.input_account,
        "expense_account": rate.expense_account,
        "recoverable": format_amount(rate.recoverable),
        "source": rate.source,
        "reason": rate.reason.value,
    }
