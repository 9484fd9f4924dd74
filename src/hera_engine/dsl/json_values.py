"""Single values of the JSON form: each reader returns what a value means, or refuses it.

A reader knows nothing of where its value stands: its flaws have places relative to the value, and
who calls it adds the rest. Readers take plain JSON values of any kind and raise `Refused` alone.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.errors import Diagnostic, FaultKind, Pointer, did_you_mean
from hera_engine.money import AmountError, parse_amount

Path = tuple[str | int, ...]
"""Keys and indexes from a value to one inside it."""

Value = TypeVar("Value")
Reader = Callable[[object], Value]
Step = TypeVar("Step", str, int)
"""Where a member stands: its key, or its index."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A fault whose place is relative to the value it was found in."""

    kind: FaultKind
    path: Path = ()
    fields: tuple[tuple[str, str], ...] = ()
    suggestion: str | None = None

    def within(self, *path: str | int) -> "Flaw":
        """Return the flaw as seen from further out."""
        return replace(self, path=(*path, *self.path))

    def diagnostic(self, file: str) -> Diagnostic:
        """Return the flaw of a whole document as users see it."""
        place = pointer_of(self.path)
        return Diagnostic(self.kind, place, self.fields, self.suggestion, file)


def flaw(kind: FaultKind, *path: str | int, hint: str | None = None, **fields: object) -> Flaw:
    """Return a flaw of ``kind`` at a relative path, with its evidence as strings."""
    evidence = tuple((name, str(value)) for name, value in fields.items())
    return Flaw(kind, path, evidence, hint)


class Refused(ValueError):
    """A value that is not what belongs in its place; ``flaws`` says why, and is not empty."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__("the value is refused")
        self.flaws = flaws


def pointer_of(path: Path) -> Pointer:
    """Return the JSON pointer of a path from the document's root."""
    found = Pointer("")
    for step in path:
        found = found.child(step)
    return found


# --- words for values ------------------------------------------------------------------------

_SHOWN: Final = 24


def kind_of(value: object) -> str:
    """Return the kind of a JSON value in the reader's words."""
    if value is None:
        return "null"
    kind = type(value)
    if kind in _KINDS:
        return _KINDS[kind]
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else "something that is not JSON"


_KINDS: Final[Mapping[type, str]] = MappingProxyType(
    {
        bool: "true or false",
        int: "a number",
        Decimal: "a number",
        float: "a binary float",
        str: "a text",
    }
)


def shown(value: object) -> str:
    """Return a short word for a value, cut off where it is long or cannot be shown."""
    if isinstance(value, int) and value.bit_length() > limits.INTEGER_BITS:
        return "a long number"
    text = value if isinstance(value, str) else str(value)
    clean = "".join(char if char.isprintable() and char != "`" else "?" for char in text[:_SHOWN])
    return clean if len(text) <= _SHOWN else f"{clean}…"


def wrong_type(expected: str, value: object, *path: str | int) -> Flaw:
    """Return the flaw of a value of another kind than expected."""
    hint = "send a string" if type(value) is float and expected == "a number" else None
    reason = f"expected {expected}, found {kind_of(value)}"
    return flaw(faults.WRONG_TYPE, *path, hint=hint, reason=reason)


def misfit(reason: str, *path: str | int, hint: str | None = None) -> Flaw:
    """Return the flaw of a value that does not fit with what stands beside it."""
    return flaw(faults.WRONG_TYPE, *path, hint=hint, reason=reason)


def unknown_key(key: str, known: Iterable[str], *path: str | int) -> Flaw:
    """Return the flaw of a key that an object does not have, with the nearest one it has."""
    hint = did_you_mean(key, known) if len(key) <= limits.KEY_CHARACTERS else None
    return flaw(faults.UNKNOWN_KEY, *path, key, hint=hint, key=shown(key))


def missing_key(key: str, *path: str | int) -> Flaw:
    """Return the flaw of a key that is not there; its place is where the key would be."""
    return flaw(faults.MISSING_KEY, *path, key, key=key)


# --- scalars ---------------------------------------------------------------------------------


def text(value: object) -> str:
    """Return a text, which may be empty."""
    if type(value) is not str:
        raise Refused(wrong_type("a text", value))
    return value


def filled(value: object) -> str:
    """Return a text that says something."""
    if not text(value).strip():
        raise Refused(misfit("expected a text, found an empty one"))
    return text(value)


def name(value: object) -> nodes.Name:
    """Return a name that the text form can write too: not empty, one line, no back-quote."""
    if type(value) is not str:
        raise Refused(wrong_type("a name", value))
    if not value.strip():
        raise Refused(misfit("expected a name, found an empty text"))
    if "`" in value or "\n" in value:
        found = "a back-quote" if "`" in value else "a line break"
        raise Refused(flaw(faults.BAD_TEXT, found=found))
    return nodes.Name(value)


def reference(value: object) -> nodes.Name:
    """Return a name that may be any text, such as an id."""
    return nodes.Name(filled(value))


def truth(value: object) -> bool:
    """Return true or false; no number stands for either."""
    if type(value) is not bool:
        raise Refused(wrong_type("true or false", value))
    return value


def whole(least: int, most: int) -> Reader[int]:
    """Return a reader of whole numbers between two bounds, both included."""

    def read(value: object) -> int:
        if type(value) is not int:
            raise Refused(wrong_type("a whole number", value))
        if not least <= value <= most:
            reason = f"it is not between {least} and {most}"
            raise Refused(flaw(faults.BAD_NUMBER, found=shown(value), reason=reason))
        return value

    return read


def number(value: object) -> Decimal:
    """Return the exact value of a number: an int, a Decimal or a text of digits."""
    if type(value) not in {int, Decimal, str}:
        raise Refused(wrong_type("a number", value))
    try:
        return parse_amount(value)
    except AmountError as error:
        bad = flaw(faults.BAD_NUMBER, found=shown(value), reason=error.reason)
        raise Refused(bad) from None


def amount(value: object) -> Decimal:
    """Return a number that is not negative."""
    found = number(value)
    if found < 0:
        raise Refused(flaw(faults.BAD_NUMBER, found=shown(value), reason="it is negative"))
    return found


def step(value: object) -> Decimal:
    """Return a number above zero."""
    found = amount(value)
    if found == 0:
        raise Refused(flaw(faults.BAD_NUMBER, found=shown(value), reason="it is zero"))
    return found


def percent(value: object) -> Decimal:
    """Return a percentage, 5 for ``"5"`` and ``"5%"``; it is not negative."""
    return amount(value.removesuffix("%") if type(value) is str else value)


def signed_percent(value: object) -> Decimal:
    """Return a percentage of either sign, -2 for ``"-2"`` and ``"-2%"``."""
    return number(value.removesuffix("%") if type(value) is str else value)


_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def day(value: object) -> date:
    """Return the date of a text such as ``2025-01-31``."""
    if type(value) is not str:
        raise Refused(wrong_type("a date as text", value))
    try:
        if _DAY.fullmatch(value) is not None:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Refused(flaw(faults.BAD_DATE, found=shown(value)))


Word = TypeVar("Word", bound=StrEnum)


def choice(words: type[Word]) -> Reader[Word]:
    """Return a reader of one of a closed set of words."""
    read = one_of(tuple(member.value for member in words))
    return lambda value: words(read(value))


def one_of(known: tuple[str, ...]) -> Reader[str]:
    """Return a reader of one of the words given."""

    def read(value: object) -> str:
        if type(value) is not str:
            raise Refused(wrong_type(f"one of {', '.join(known)}", value))
        if value not in known:
            hint = did_you_mean(value, known) if len(value) <= limits.KEY_CHARACTERS else None
            bad = flaw(faults.BAD_CHOICE, hint=hint, found=shown(value), allowed=", ".join(known))
            raise Refused(bad)
        return value

    return read


# --- lists and objects -----------------------------------------------------------------------


def each(value: object, reader: Reader[Value]) -> tuple[Value, ...]:
    """Return the members of a list, each read by ``reader``; it refuses with all their flaws."""
    if not isinstance(value, list | tuple):
        raise Refused(wrong_type("a list", value))
    return gathered(enumerate(value), lambda _, member: reader(member))


def gathered(
    members: Iterable[tuple[Step, object]], reader: Callable[[Step, object], Value]
) -> tuple[Value, ...]:
    """Return what is read of each member and its key; it refuses with all their flaws."""
    found: list[Value] = []
    flaws: list[Flaw] = []
    for step, member in members:
        try:
            found.append(reader(step, member))
        except Refused as refusal:
            flaws += (bad.within(step) for bad in refusal.flaws)
            if len(flaws) >= limits.SCHEMA_FAULTS:
                break
    if flaws:
        raise Refused(*flaws)
    return tuple(found)


def names(value: object) -> tuple[nodes.Name, ...]:
    """Return a list of names."""
    return each(value, name)


def table(value: object) -> Mapping[str, object]:
    """Return an object whose keys are names."""
    if not isinstance(value, Mapping):
        raise Refused(wrong_type("an object", value))
    gathered(value.items(), lambda key, _: name(key))
    return value


def entries(value: object, reader: Reader[Value]) -> tuple[tuple[str, Value], ...]:
    """Return the keys of an object with their values, each read by ``reader``."""
    found: list[tuple[str, Value]] = []
    flaws: list[Flaw] = []
    for key, member in table(value).items():
        try:
            found.append((key, reader(member)))
        except Refused as refusal:
            flaws += (bad.within(key) for bad in refusal.flaws)
    if flaws:
        raise Refused(*flaws[: limits.SCHEMA_FAULTS])
    return tuple(found)


def texts_by_name(value: object) -> tuple[tuple[str, str], ...]:
    """Return an object of texts as pairs, in its order."""
    return entries(value, text)


def record(value: object, readers: Mapping[str, Reader[object]]) -> Mapping[str, object]:
    """Return an object whose keys are all in ``readers`` and whose values these accept."""
    if not isinstance(value, Mapping):
        raise Refused(wrong_type("an object", value))
    flaws: list[Flaw] = []
    for key, member in value.items():
        if key not in readers:
            flaws.append(unknown_key(key, readers))
            continue
        try:
            readers[key](member)
        except Refused as refusal:
            flaws += (bad.within(key) for bad in refusal.flaws)
    if flaws:
        raise Refused(*flaws[: limits.SCHEMA_FAULTS])
    return value


def only(value: object, readers: Mapping[str, Reader[object]]) -> tuple[str, object]:
    """Return the one key of an object that has exactly one of those in ``readers``."""
    found = record(value, readers)
    if len(found) != 1:
        raise Refused(misfit(f"expected exactly one of {', '.join(f'`{k}`' for k in readers)}"))
    return next(iter(found.items()))
