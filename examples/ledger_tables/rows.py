"""Rows, as both databases take and give them: texts, whole numbers, truths and nothing.

A field stands in its column. What a column cannot hold as it was sent (a number where others
send a text) stands in the column `rest`, so that nothing is turned into something else.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from hera_engine.json_text import dumps, loads

Value: TypeAlias = str | int | bool | None
Row: TypeAlias = Mapping[str, Value]

DOCUMENT_CHARACTERS = 64_000_000
"""The longest document that is read back; far beyond what the ledger takes in."""


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    WHOLE = "whole"
    TRUTH = "truth"
    OBJECT = "object"


_FITS: Mapping[Kind, Callable[[object], bool]] = {
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.WHOLE: lambda value: type(value) is int and abs(value) < 2**31,
    Kind.TRUTH: lambda value: isinstance(value, bool),
    Kind.OBJECT: lambda value: isinstance(value, Mapping),
}


def row_of(
    fields: Mapping[str, object],
    columns: Mapping[str, Kind],
    spelled: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, Value]:
    """Return the row of some fields.

    Args:
        fields: By name; those without a column, or of another kind than it, go into `rest`.
        columns: What each column holds.
        spelled: What `rest` says besides, to be read in place of what stands in the columns.
    """
    row: dict[str, Value] = dict.fromkeys(columns)
    rest = dict(spelled)
    for name, value in fields.items():
        kind = columns.get(name)
        if value is None:
            continue
        if kind is None or not _FITS[kind](value):
            rest[name] = value
        elif kind is Kind.OBJECT:
            row[name] = dumps(value)
        else:
            assert isinstance(value, str | int), "a column that fits holds a plain value"
            row[name] = value
    return {**row, "rest": dumps(rest)}


def fields_of(row: Row, columns: Mapping[str, Kind]) -> dict[str, object]:
    """Return the fields that a row was made from."""
    fields: dict[str, object] = {}
    for name, kind in columns.items():
        value = row[name]
        if value is None:
            fields[name] = None
        elif kind is Kind.OBJECT:
            fields[name] = document(value)
        elif kind is Kind.TRUTH:
            fields[name] = bool(value)
        else:
            fields[name] = value
    return {**fields, **record(row["rest"])}


def document(value: Value) -> object:
    """Return what a JSON column says.

    Raises:
        ValueError: If it holds no text.
        JsonTextError: If the text is no JSON.
    """
    if not isinstance(value, str):
        raise ValueError("a column of documents holds no text")
    return loads(value, limit=DOCUMENT_CHARACTERS)


def record(value: Value) -> dict[str, object]:
    """Return the object that a JSON column holds.

    Raises:
        ValueError: If it holds anything else.
    """
    said = document(value)
    if not isinstance(said, dict):
        raise ValueError("a column of objects holds something else")
    return said
