"""Reads single fields of a tax profile in JSON form, noting each fault with its pointer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from hera_engine import faults, limits
from hera_engine.errors import Diagnostic, FaultKind, Pointer, diagnose, did_you_mean
from hera_engine.money import AmountError, parse_amount

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PRINTABLE: Final = re.compile(r"[ -~]+")
_SHOWN: Final = 40
"""Characters of a caller's value that a message repeats at most."""

Record = Mapping[str, object]


@dataclass(slots=True)
class MappingReader:
    """Takes fields out of records; returns None for one that is absent, null or faulty.

    ``name`` is what the profile calls itself, for faults that concern it as a whole.
    """

    name: str = ""
    found: list[Diagnostic] = field(default_factory=list)

    def add(
        self, kind: FaultKind, place: Pointer, *, hint: str | None = None, **fields: object
    ) -> None:
        """Note a fault."""
        self.found.append(diagnose(kind, place, suggestion=hint, **fields))

    def refuse(self, place: Pointer, reason: str, hint: str | None = None) -> None:
        """Note that the profile makes no sense at a place."""
        self.add(faults.BAD_TAX_PROFILE, place, hint=hint, name=self.name, reason=reason)

    def wrong_type(self, place: Pointer, what: str, wanted: str, hint: str | None = None) -> None:
        """Note a value of a type that does not fit."""
        self.add(faults.WRONG_TYPE, place, hint=hint, reason=f"`{what}` is not {wanted}")

    def record(self, value: object, place: Pointer, what: str) -> Record | None:
        """Return a value that is an object with text keys."""
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return value
        self.wrong_type(place, what, "an object")
        return None

    def sequence(self, value: object, place: Pointer, what: str) -> Sequence[object]:
        """Return a value that is a list; empty where it is none."""
        if isinstance(value, list | tuple):
            return value
        self.wrong_type(place, what, "a list")
        return ()

    def refuse_unknown(
        self, record: Record, known: Iterable[str], place: Pointer, later: Iterable[str] = ()
    ) -> None:
        """Note every key that is not known, and every one of a ``later`` version."""
        names, coming = tuple(known), frozenset(later)
        for key in record:
            if key in coming:
                self.add(faults.NOT_AVAILABLE, place.child(key), what=f"`{key}` of a tax rate")
            elif key not in names:
                hint = did_you_mean(key[: limits.KEY_CHARACTERS], names)
                self.add(faults.UNKNOWN_KEY, place.child(key), hint=hint, key=shown(key))

    def text(self, record: Record, key: str, place: Pointer) -> str | None:
        """Return a short printable text."""
        value = record.get(key)
        return None if value is None else self.word(value, place.child(key), key)

    def word(self, value: object, place: Pointer, what: str) -> str | None:
        """Return a value that is a short printable text, not empty."""
        if not isinstance(value, str) or not value.strip():
            self.wrong_type(place, what, "a text")
            return None
        if len(value) > limits.DIMENSION_CHARACTERS:
            self.add(
                faults.TOO_LARGE, place, limit="DIMENSION_CHARACTERS",
                allowed=limits.DIMENSION_CHARACTERS, seen=len(value),
            )  # fmt: skip
            return None
        if _PRINTABLE.fullmatch(value) is None:
            self.add(faults.BAD_TEXT, place, found="a character outside printable ASCII")
            return None
        return value

    def prose(self, record: Record, key: str, place: Pointer) -> str | None:
        """Return a text for people: one line of any script."""
        value, there = record.get(key), place.child(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.wrong_type(there, key, "a text")
        elif len(value) > limits.TEXT_CHARACTERS:
            self.add(
                faults.TOO_LARGE, there, limit="TEXT_CHARACTERS",
                allowed=limits.TEXT_CHARACTERS, seen=len(value),
            )  # fmt: skip
        elif not value.isprintable():
            self.add(faults.BAD_TEXT, there, found="a character that cannot be printed")
        else:
            return value
        return None

    def truth(self, record: Record, key: str, place: Pointer) -> bool | None:
        """Return true or false."""
        value = record.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.wrong_type(place.child(key), key, "true or false")
        return None

    def choice(
        self, record: Record, key: str, place: Pointer, allowed: Sequence[str]
    ) -> str | None:
        """Return one of the allowed words."""
        value = self.text(record, key, place)
        if value is None or value in allowed:
            return value
        self.add(
            faults.BAD_CHOICE, place.child(key), hint=did_you_mean(value, allowed),
            found=shown(value), allowed=", ".join(allowed),
        )  # fmt: skip
        return None

    def number(self, value: object, place: Pointer, *, ceiling: int) -> Decimal | None:
        """Return an exact number from zero to ``ceiling``, up to 12 decimals."""
        try:
            number = parse_amount(value)
        except AmountError as error:
            self.add(
                faults.BAD_NUMBER, place, hint=error.hint, found=shown(value), reason=error.reason
            )
            return None
        if 0 <= number <= ceiling:
            return number
        reason = f"it must lie between 0 and {ceiling}"
        self.add(faults.BAD_NUMBER, place, found=shown(value), reason=reason)
        return None

    def day(self, record: Record, key: str, place: Pointer) -> date | None:
        """Return a date, given as one or as ISO 8601 text."""
        value = record.get(key)
        # A datetime is a date by inheritance, but names a day only together with its zone.
        if value is None or type(value) is date:
            return value
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                # Digits in the right places, but no such day: a fault like any other.
                pass
        self.add(faults.BAD_DATE, place.child(key), found=shown(value))
        return None


def shown(value: object) -> str:
    """Return a caller's value as a message may repeat it: short, and cheap to make."""
    match value:
        case str():
            text = value[:_SHOWN].encode("ascii", "backslashreplace").decode("ascii")
            return text if len(value) <= _SHOWN else f"{text}…"
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case int() if value.bit_length() > limits.INTEGER_BITS:
            return "a very large number"
        case int() | float() | date():
            return str(value)
        case Decimal():
            return str(value)[:_SHOWN]
        case _:
            return type(value).__name__
