"""SHA-256 of what a caller sent: tells a repeat from other content under the same reference.

It is taken of values as they are read, not of their spelling: amounts, rates and quantities by
their number, smart codes and sides in upper case, a moment by its instant and its day, lines in
the order of their numbers and without columns. Null, and a default that is the same in all books,
count as left out. What no rule reads is open: there a number is compared by its value, a text by
its characters, a null is a value, and a number is no text.

Nothing but what was sent counts: it hashes alike under another schema, in other books of the same
organization and on another day. So what is left out is not the same as what the books would add,
such as a currency, a rate or a day. Law: a repeat in another spelling is one, and whatever changes
what would be stored is none (tests/laws/test_repeats.py).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from hera_engine.dsl.canonical import shortest
from hera_engine.errors import ProblemList
from hera_engine.event_reader import PRICE_FIELDS
from hera_engine.frozen import Frozen, FrozenMap, freeze, freeze_context, why_not_clean
from hera_engine.ledger.columns import ColumnReader
from hera_engine.ledger.document_fields import UNCONFIRMED, FieldReader
from hera_engine.ledger.document_lines import DEFAULT_TYPE
from hera_engine.smart_codes import canonical_code
from hera_engine.transactions import DEFAULT_LEDGER, Status, is_journal_code

_Said = dict[str, object]
_Known = Mapping[str, Callable[[FieldReader, Mapping[str, object], str], object]]


def event_hash(sent: Mapping[str, object]) -> str | None:
    """Return the SHA-256 of an event as sent, or None for what no event holds."""
    fields = FieldReader(ProblemList())
    said = _record(fields, sent, _EVENT, {"simulate": False})
    context = said.get("business_context")
    if isinstance(context, FrozenMap):
        _put(said, "business_context", _context(fields, context))
    return _digest(fields, said)


def document_hash(
    header: Mapping[str, object], lines: Sequence[object], *, is_flat: bool = False
) -> str | None:
    """Return the SHA-256 of a document as sent, or None for what no document holds.

    Args:
        header: As sent.
        lines: As sent.
        is_flat: Whether a total that is not said is that of the debits, and not zero.
    """
    fields = FieldReader(ProblemList())
    said = _record(fields, header, _HEADER, _HEADER_DEFAULTS)
    if is_flat and header.get("total_amount") is None:
        said["total_amount"] = "debits"
    currency = said.get("transaction_currency_code")
    records = []
    for place, line in enumerate(lines):
        if not isinstance(line, Mapping):
            return None
        records.append(_line(fields, line, place + 1, currency))
    # Numbers that are none, or come twice, are refused and never stored.
    records.sort(key=lambda record: str(record["line_number"]))
    return _digest(fields, {"header": said, "lines": records})


def moment_said(moment: datetime | None, day: object) -> object:
    """Return a day, with the instant where one is said, as it is compared.

    The same instant on another day, by another offset, is another date of the books.
    """
    if moment is None:
        return str(day)
    offset = moment.utcoffset() or timedelta()
    since = moment.replace(tzinfo=None) - datetime.min - offset  # noqa: DTZ901 # no zone is meant
    return [str(day), since // timedelta(microseconds=1)]


def _digest(fields: FieldReader, said: object) -> str | None:
    if fields.problems.found:
        return None
    return sha256(_WRITER.encode(said).encode()).hexdigest()


def _plain(value: object) -> object:
    """Return what the JSON writer does not know as what it knows.

    No object of a caller has an empty key, so that a fraction is like nothing else.
    """
    if isinstance(value, Decimal):
        digits = shortest(value)
        return {"": digits} if "." in digits else int(digits)
    assert isinstance(value, FrozenMap), "what was frozen is nothing else"
    return dict(value)


_WRITER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain)


def _record(
    fields: FieldReader,
    sent: Mapping[str, object],
    known: _Known,
    defaults: Mapping[str, object],
) -> _Said:
    """Return the fields of a record that say something, as they are compared."""
    said: _Said = {}
    for key, value in sent.items():
        if type(key) is not str or not key or why_not_clean(key) is not None:
            fields.problems.add("", "has a key that is no clean text")
        elif value is not None:
            read = known.get(key)
            found = _open(fields, value, key) if read is None else read(fields, sent, key)
            if not _is_left_out(key, found, defaults.get(key)):
                said[key] = found
    return said


def _is_left_out(key: str, found: object, default: object) -> bool:
    """Whether a value is the default of its field; of an open record, an empty one."""
    if key in _OPEN_RECORDS and isinstance(found, Mapping):
        return not found
    return default is not None and type(found) is type(default) and found == default


def _put(said: _Said, key: str, record: _Said) -> None:
    """Put an open record in the place of what was sent; an empty one is left out."""
    if record:
        said[key] = record
    else:
        said.pop(key, None)


def _open(fields: FieldReader, value: object, key: str) -> Frozen:
    """Return a value that is compared as it was sent; a text of a kind of its own as its text."""
    if key == "business_context" and isinstance(value, Mapping):
        return freeze_context(value, key, fields.problems)
    return freeze(value[:] if isinstance(value, str) else value, key, fields.problems)


# --- events -----------------------------------------------------------------------------------


def _context(fields: FieldReader, context: FrozenMap) -> _Said:
    """Return a business context with the amounts that the engine knows by their number."""
    said = _with_amounts(fields, context, _AMOUNTS)
    for name, amounts in _MEMBER_AMOUNTS.items():
        members = said.get(name)
        if isinstance(members, tuple):
            said[name] = [
                _with_amounts(fields, each, amounts) if isinstance(each, FrozenMap) else each
                for each in members
            ]
    return said


def _with_amounts(fields: FieldReader, record: FrozenMap, names: Sequence[str]) -> _Said:
    said: _Said = dict(record)
    for name in names:
        if name in said and (amount := said.pop(name)) is not None:
            said[name] = fields.number(amount, name)
    return said


# --- documents --------------------------------------------------------------------------------


def _line(fields: FieldReader, sent: Mapping[str, object], number: int, currency: object) -> _Said:
    """Return a line as it is compared.

    Args:
        fields: Notes what no line holds.
        sent: As sent.
        number: Of the line, if it says none.
        currency: Of a line of a journal that says none, where the header says it.
    """
    placed = ColumnReader(fields).placed(sent, "", number)
    placed.setdefault("line_number", number)
    said = _record(fields, placed, _LINE, _LINE_DEFAULTS)
    data = said.get("line_data")
    if isinstance(data, FrozenMap) and is_journal_code(placed.get("smart_code")):
        defaults = {"ledger": DEFAULT_LEDGER, "currency": currency}
        inside = _with_amounts(fields, data, ("base_amount",))
        for name, default in defaults.items():
            if inside.get(name, default) in {None, default}:
                inside.pop(name, None)
        _put(said, "line_data", inside)
    return said


# --- fields -----------------------------------------------------------------------------------


def _number(fields: FieldReader, said: Mapping[str, object], name: str) -> object:
    return fields.number(said[name], name)


def _rate(fields: FieldReader, said: Mapping[str, object], name: str) -> object:
    value = said[name]
    if not isinstance(value, Mapping):
        return fields.number(value, name)
    return _record(fields, value, {"per_base": _number}, {})


def _code(_fields: FieldReader, said: Mapping[str, object], name: str) -> object:
    value = said[name]
    return canonical_code(value) if isinstance(value, str) else _open(_fields, value, name)


def _day(fields: FieldReader, said: Mapping[str, object], name: str) -> object:
    return str(fields.day(said, name, ""))


def _moment(fields: FieldReader, said: Mapping[str, object], name: str) -> object:
    found = fields.moment_or_day(said, name, "")
    return None if found is None else moment_said(*found)


_OPEN_RECORDS: Final = frozenset({"business_context", "metadata", "line_data"})
_AMOUNTS: Final = ("sale_amount", "tip_amount", "tax_amount", "discount_amount", "fee_amount")
_MEMBER_AMOUNTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"items": (*PRICE_FIELDS, "discount"), "payments": ("amount",)}
)
_EVENT: Final[_Known] = MappingProxyType(
    {
        "event_smart_code": _code, "total_amount": _number, "exchange_rate": _rate,
        "transaction_date": _day, "posting_date": _day,
    }
)  # fmt: skip
_HEADER: Final[_Known] = MappingProxyType(
    {
        "smart_code": _code, "total_amount": _number, "exchange_rate": _number,
        "transaction_date": _moment, "posting_date": _day,
    }
)  # fmt: skip
_HEADER_DEFAULTS: Final[Mapping[str, object]] = MappingProxyType(
    {**UNCONFIRMED, "transaction_status": Status.DRAFT.value, "total_amount": Decimal(0)}
)
_LINE: Final[_Known] = MappingProxyType(
    {
        "smart_code": _code, "quantity": _number, "unit_amount": _number,
        "line_amount": _number, "discount_amount": _number, "tax_amount": _number,
    }
)  # fmt: skip
_LINE_DEFAULTS: Final[Mapping[str, object]] = MappingProxyType(
    {
        **UNCONFIRMED, "line_type": DEFAULT_TYPE, "quantity": Decimal(1),
        "unit_amount": Decimal(0), "line_amount": Decimal(0), "discount_amount": Decimal(0),
        "tax_amount": Decimal(0),
    }
)  # fmt: skip
