"""Reads single fields of an event, noting a problem with its path where one does not fit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final, TypeGuard

from hera_engine import limits
from hera_engine.errors import Problem, ProblemList, did_you_mean
from hera_engine.frozen import EMPTY, FrozenMap, freeze, freeze_context
from hera_engine.money import ZERO, AmountError, from_minor, parse_amount, round_ratio, scaled
from hera_engine.periods import DAY, day_of

_PRINTABLE: Final = re.compile(r"[ -~]+")
SUGGESTIONS: Final = 20
"""Up to this many unknown fields of one record get a nearest name."""
PRICE_FIELDS: Final = ("amount", "quantity", "unit_price")


_CHARACTERS: Final = MappingProxyType(
    {
        "REFERENCE_CHARACTERS": limits.REFERENCE_CHARACTERS,
        "DIMENSION_CHARACTERS": limits.DIMENSION_CHARACTERS,
    }
)
"""The published limits of short texts by their names."""


@dataclass(frozen=True, slots=True)
class EventReader:
    """Takes fields out of an event's mappings; returns None, or a neutral value, for a bad one."""

    problems: ProblemList

    def add_new(self, found: Sequence[Problem]) -> None:
        """Note problems at places where none is noted yet."""
        if found:
            new = [problem for problem in found if not self.problems.mentions(problem.path)]
            self.problems.found.extend(new)

    def required(self, path: str, message: str, code: str, hint: str | None = None) -> None:
        """Note a missing or malformed field that has an error code of its own.

        The words of the transaction orchestrator for it are the code without its ``E_``.
        """
        details = (("kernel_code", code.removeprefix("E_")),)
        self.problems.found.append(Problem(path, message, hint, code, details))

    def refuse_unknown(self, record: Mapping[str, object], known: Iterable[str], path: str) -> None:
        """Note every key of ``record`` that is not known."""
        if type(record) is dict and type(known) is frozenset and record.keys() <= known:
            return
        names = tuple(known)
        unknown = (key for key in record if key not in names)
        for count, key in enumerate(unknown):
            if type(key) is not str:
                self.problems.add(path, "has a key that is not a string")
                continue
            shown = ascii(key[: limits.KEY_CHARACTERS])[1:-1]
            # Looking for the nearest name costs more than all the rest: only the first get one.
            hint = did_you_mean(shown, names) if count < SUGGESTIONS else None
            self.problems.add(joined(path, shown), "is not a known field", hint)

    def tree(self, value: object, path: str) -> FrozenMap:
        """Return an immutable copy of an open record; empty where it is absent or bad."""
        if value is None:
            return EMPTY
        if not isinstance(value, Mapping):
            self.problems.add(path, "is not an object")
            return EMPTY
        frozen = freeze(value, path, self.problems)
        return frozen if isinstance(frozen, FrozenMap) else EMPTY

    def context(self, value: object, path: str) -> FrozenMap:
        """Return an immutable copy of a business context; its items and payments may be many."""
        if not isinstance(value, Mapping):
            return self.tree(value, path)
        return freeze_context(value, path, self.problems)

    def number(self, value: object, path: str) -> Decimal | None:
        """Return an exact number with up to 12 decimals, or None with a problem noted."""
        try:
            return parse_amount(value)
        except AmountError as error:
            self._refuse_amount(path, error)
            return None

    def money(
        self,
        record: Mapping[str, object],
        key: str,
        exponent: int,
        *,
        path: str = "business_context",
    ) -> Decimal | None:
        """Return an amount with at most ``exponent`` decimals, scaled to them; None if absent."""
        value = record.get(key)
        if value is None:
            return None
        try:
            return scaled(parse_amount(value), exponent)
        except AmountError as error:
            self._refuse_amount(joined(path, key), error)
            return None

    def price(self, fields: FrozenMap, path: str, exponent: int) -> Decimal:
        """Return an item's amount: as given, or quantity times unit price, rounded once.

        Rounds half up to the minor unit. Zero with a problem noted where neither is complete,
        or where both are given and disagree.
        """
        amount = self.money(fields, "amount", exponent, path=path)
        quantity = self._optional(fields, "quantity", path)
        unit_price = self._optional(fields, "unit_price", path)
        if quantity is None or unit_price is None:
            if fields.get("amount") is None and not self._noted(path):
                hint = "send amount, or quantity and unit_price"
                self.problems.add(path, "has no amount", hint)
            return amount or ZERO
        pieces, parts = quantity.as_integer_ratio()
        price, fractions = unit_price.as_integer_ratio()
        exact, whole = pieces * price * 10**exponent, parts * fractions
        if abs(exact) >= whole * 10 ** (limits.AMOUNT_INTEGER_DIGITS + exponent):
            self._too_large(path)
            return ZERO
        product = from_minor(round_ratio(exact, whole), exponent)
        if amount is not None and amount != product:
            self.problems.add(
                f"{path}.amount", f"is {amount}, but quantity times unit price is {product}"
            )
        return product

    def _too_large(self, path: str) -> None:
        allowed = limits.AMOUNT_INTEGER_DIGITS
        self.problems.add(
            path, "quantity times unit price is too large", None,
            limit="AMOUNT_INTEGER_DIGITS", allowed=allowed, seen=f"more than {allowed}",
        )  # fmt: skip

    def _optional(self, fields: FrozenMap, key: str, path: str) -> Decimal | None:
        value = fields.get(key)
        return None if value is None else self.number(value, joined(path, key))

    def _noted(self, path: str) -> bool:
        """Whether a problem already tells why an item's amount is not there."""
        return any(self.problems.mentions(f"{path}.{key}") for key in PRICE_FIELDS)

    def truth(self, record: Mapping[str, object], key: str, path: str) -> bool | None:
        """Return true or false as sent, None if absent."""
        value = record.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.problems.add(joined(path, key), "is neither true nor false")
        return None

    def word(self, record: Mapping[str, object], key: str, path: str) -> str | None:
        """Return a short printable text, None if absent."""
        value = record.get(key)
        if value is None or _is_short(value, limits.DIMENSION_CHARACTERS):
            return value
        return str(value) if self.is_printable(value, joined(path, key)) else None

    def reference(self, record: Mapping[str, object], key: str, path: str) -> str | None:
        """Return an external reference, None if absent."""
        value = record.get(key)
        if value is None or _is_short(value, limits.REFERENCE_CHARACTERS):
            return value
        limit = "REFERENCE_CHARACTERS"
        return str(value) if self.is_printable(value, joined(path, key), limit=limit) else None

    def day(self, record: Mapping[str, object], key: str, path: str) -> date | None:
        """Return a calendar date, from ``YYYY-MM-DD`` or a `date`; None if absent."""
        value = record.get(key)
        if value is None or type(value) is date:
            return value
        found = day_of(value) if isinstance(value, str) else None
        if found is None:
            where = joined(path, key)
            if isinstance(value, str) and DAY.fullmatch(value):
                self.problems.add(where, f"is {value}, which is no day of the calendar")
            else:
                self.problems.add(where, "is not a date", "send it as 2025-01-31")
        return found

    def records(
        self, context: Mapping[str, object], key: str
    ) -> tuple[tuple[FrozenMap, str], ...] | None:
        """Return the objects of a list with their paths; None if absent."""
        value = context.get(key)
        if value is None:
            return None
        path = joined("business_context", key)
        if not isinstance(value, tuple):
            self.problems.add(path, "is not a list")
            return None
        found = []
        for index, record in enumerate(value):
            if isinstance(record, FrozenMap):
                found.append((record, f"{path}[{index}]"))
            else:
                self.problems.add(f"{path}[{index}]", "is not an object")
        return tuple(found)

    def is_printable(
        self, value: object, path: str, *, limit: str = "DIMENSION_CHARACTERS"
    ) -> bool:
        """Whether a value is a non-empty string of printable ASCII; notes a problem if not."""
        allowed = _CHARACTERS[limit]
        if _is_short(value, allowed):
            return True
        if not isinstance(value, str):
            self.problems.add(path, "is not a string")
            return False
        if len(value) > allowed:
            self.problems.add(
                path, f"has more than {allowed} characters", None,
                limit=limit, allowed=allowed, seen=len(value),
            )  # fmt: skip
            return False
        if not _PRINTABLE.fullmatch(value):
            self.problems.add(path, "is empty or not printable ASCII")
            return False
        return True

    def _refuse_amount(self, path: str, error: AmountError) -> None:
        """Note why a number was refused, with the published limit it breaks."""
        self.problems.add(path, error.reason, error.hint, **error.details)


def _is_short(value: object, allowed: int) -> TypeGuard[str]:
    """Whether a value is a text as `EventReader.is_printable` asks for, told quickly."""
    return (
        type(value) is str and 0 < len(value) <= allowed and value.isascii() and value.isprintable()
    )


def joined(path: str, key: str) -> str:
    """Return the path of a member."""
    return f"{path}.{key}" if path else key
