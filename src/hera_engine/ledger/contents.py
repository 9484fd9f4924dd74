"""SHA-256 of what a caller sent: tells a repeat from other content under the same reference.

Neither the order of keys nor the spelling of numbers counts, nor whether a field is null or left
out, nor a date that is sent as one or as its text. Nothing but what was sent does: it hashes
alike under another schema, in other books of the same organization and on another day.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256

from hera_engine.dsl.canonical import shortest
from hera_engine.errors import ProblemList
from hera_engine.frozen import Frozen, FrozenMap, freeze, freeze_context, why_not_clean
from hera_engine.json_text import dumps
from hera_engine.money import AmountError, parse_amount


def event_hash(sent: Mapping[str, object]) -> str | None:
    """Return the SHA-256 of an event as sent, or None for what no event holds."""
    problems = ProblemList()
    said = _record(sent, problems)
    try:
        said["total_amount"] = shortest(parse_amount(sent.get("total_amount", 0)))
    except AmountError:
        return None
    return _digest(said, problems)


def document_hash(header: Mapping[str, object], lines: Sequence[object]) -> str | None:
    """Return the SHA-256 of a document as sent, or None for what no document holds."""
    problems = ProblemList()
    records = [_record(line, problems) if isinstance(line, Mapping) else None for line in lines]
    if None in records:
        return None
    return _digest({"header": _record(header, problems), "lines": records}, problems)


def _digest(said: object, problems: ProblemList) -> str | None:
    if problems.found:
        return None
    return sha256(dumps(said, sort_keys=True).encode()).hexdigest()


def _record(sent: Mapping[str, object], problems: ProblemList) -> dict[str, object]:
    """Return the fields of a record, each frozen by itself, as what sent them is checked."""
    said: dict[str, object] = {}
    for key, value in sent.items():
        if type(key) is not str or why_not_clean(key) is not None:
            problems.add("", "has a key that is no clean text")
        elif key == "business_context" and isinstance(value, Mapping):
            said[key] = _even(freeze_context(value, key, problems))
        elif value is not None:
            said[key] = _even(freeze(_as_text(value), key, problems))
    return said


def _as_text(value: object) -> object:
    """Return a date or a text of a kind of its own as the plain text it stands for."""
    if isinstance(value, date):
        return value.isoformat()
    return value[:] if isinstance(value, str) else value


def _even(value: Frozen) -> object:
    """Return a value with its numbers in their shortest spelling."""
    match value:
        case bool() | None | str():
            return value
        case int() | Decimal():
            return shortest(Decimal(value))
        case FrozenMap():
            return {key: _even(each) for key, each in value.items()}
        case tuple():
            return [_even(each) for each in value]
