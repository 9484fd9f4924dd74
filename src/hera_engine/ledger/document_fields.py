"""Reads single fields of documents: what events do not have, smart codes of any kind."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from hera_engine.errors import Problem, did_you_mean
from hera_engine.event_reader import EventReader, joined
from hera_engine.frozen import FrozenMap
from hera_engine.money import ZERO
from hera_engine.periods import DAY
from hera_engine.smart_codes import SmartCodeError, parse_smart_code
from hera_engine.stored import frozen_map
from hera_engine.transactions import Status

STRICT_CODE: Final = re.compile(
    r"HERA\.[A-Z0-9]{3,15}(?:\.[A-Z0-9_]{2,30}){3,8}\.[vV][0-9]+", re.ASCII
)
"""The orchestrator's pattern, with V as well as v, for the whole code."""

UNCONFIRMED: Final = FrozenMap({"smart_code_status": "DRAFT"})
"""What a header or line says of its smart code where the caller says nothing."""

EVERY_STATUS: Final = tuple(Status)
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True)
class FieldReader(EventReader):
    """Takes fields out of a document's mappings; neutral values stand for bad ones."""

    strict_codes: bool = False

    def refuse(self, path: str, word: str, message: str, hint: str | None = None) -> None:
        """Note a problem that the orchestrator has a word for."""
        self.problems.add(path, message, hint, kernel_code=word)

    def smart_code(self, value: object, path: str) -> str | None:
        """Return a smart code as sent; None with a problem noted where it is none."""
        try:
            parse_smart_code(value)
        except SmartCodeError as error:
            self._refuse_code(path, "is missing" if value is None else error.reason)
            return None
        code = str(value)
        if self.strict_codes and STRICT_CODE.fullmatch(code) is None:
            self._refuse_code(path, f"does not match ^{STRICT_CODE.pattern}$")
            return None
        return code

    def _refuse_code(self, path: str, reason: str) -> None:
        details = (("kernel_code", "SMART_CODE_INVALID"),)
        hint = "send a code such as HERA.SALON.SALE.TXN.RETAIL.V1"
        code = "E_SMART_CODE_REQUIRED"
        self.problems.found.append(Problem(path, reason, hint, code, details=details))

    def some_of(self, said: Mapping[str, object], names: Sequence[str], path: str) -> FrozenMap:
        """Return those of some open values that are there, as they are stored."""
        present = {name: said[name] for name in names if said.get(name) is not None}
        return frozen_map(self.tree(present, path))

    def stored(self, said: Mapping[str, object], name: str, path: str) -> FrozenMap:
        """Return an open record as it is stored; empty where there is none."""
        return frozen_map(self.tree(said.get(name), joined(path, name)))

    def figure(
        self, said: Mapping[str, object], name: str, path: str, default: Decimal = ZERO
    ) -> Decimal:
        """Return an exact number with up to 12 decimals; the default where there is none."""
        value = said.get(name)
        if value is None:
            return default
        return self.number(value, joined(path, name)) or ZERO

    def positive(self, value: object, path: str) -> Decimal:
        """Return an exact number above zero."""
        number = self.number(value, path)
        if number is not None and number <= 0:
            self.problems.add(path, "is not above zero")
        return number or ZERO

    def whole(self, said: Mapping[str, object], name: str, path: str, most: int) -> int | None:
        """Return a whole number from 1 to ``most``, None where there is none."""
        value = said.get(name)
        if value is None or (type(value) is int and 0 < value <= most):
            return value
        self.problems.add(joined(path, name), f"is not a whole number from 1 to {most}")
        return None

    def status(
        self,
        said: Mapping[str, object],
        path: str,
        allowed: Collection[Status] = EVERY_STATUS,
        message: str = "is not a status",
    ) -> Status | None:
        """Return the status that a record says; None where it says none, or null.

        Args:
            said: The record, with its ``transaction_status``.
            path: Where it stands.
            allowed: What it may be here.
            message: What is noted of any other.
        """
        word = self.word(said, "transaction_status", path)
        if word is None or word in allowed:
            return None if word is None else Status(word)
        hint = did_you_mean(word, allowed) or f"use one of {', '.join(allowed)}"
        self.problems.add(joined(path, "transaction_status"), message, hint)
        return None

    def text(self, said: Mapping[str, object], name: str, path: str) -> str | None:
        """Return a clean text of any script, None where there is none."""
        value = said.get(name)
        if value is None:
            return None
        kept = self.tree({name: value}, path).get(name)
        if kept is not None and not isinstance(kept, str):
            self.problems.add(joined(path, name), "is not a string")
        return kept if isinstance(kept, str) else None

    def put(self, record: dict[str, object], name: str, value: str, path: str, place: str) -> None:
        """Put a text that was sent elsewhere in its place in a record.

        Args:
            record: Where it belongs.
            name: Its name there.
            value: The text.
            path: Where it was sent, for the problem if the place says something else.
            place: What the place is called in that problem.
        """
        there = record.get(name)
        if there is None:
            record[name] = value
        elif type(there) is not str or there != value:
            self.problems.add(path, f"is not what {place} says", "send one of the two")

    def moment_or_day(
        self, said: Mapping[str, object], name: str, path: str
    ) -> tuple[datetime | None, date] | None:
        """Return the moment, where one is said, and the day; None where nothing is said."""
        value = said.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            value = _parsed(value)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value, value.date()
        if type(value) is date or (isinstance(value, str) and DAY.fullmatch(value)):
            day = self.day(said, name, path)
            return None if day is None else (None, day)
        hint = "send 2025-01-31, or a time with its offset: 2025-01-31T14:30:00+00:00"
        self.problems.add(joined(path, name), "is no date and no time with an offset", hint)
        return None


def _parsed(text: str) -> datetime | str:
    """Return the moment a text names, or the text if there is no such moment."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
