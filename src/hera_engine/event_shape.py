"""What a declaration asks of an event, and how an event is held to it.

A schema may declare its events: fields with types, defaults and choices. `hera_engine.rules`
makes an `EventShape` of such a declaration; `hera_engine.facts` has each event held to it while
it is read, so that all problems of an event come together.

What the engine knows by itself (``items``, ``tip_amount``, …) it also checks by itself: of these
a shape asks only whether they are there and which values they may have.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from hera_engine import limits
from hera_engine.errors import ProblemList, did_you_mean
from hera_engine.frozen import Frozen, FrozenMap, sealed, thawed
from hera_engine.money import AmountError, exact_negate, parse_amount, scaled
from hera_engine.periods import day_of

CONTEXT: Final = "business_context"
ITEMS: Final = "items"
_INDEX: Final = re.compile(r"\[[0-9]+\]")
SUGGESTIONS: Final = 20
"""Up to this many unknown fields of one event get a nearest name."""
OTHER_CURRENCY: Final = "an amount in another currency is undeclared, in an `open` record"
"""What to do with money that is none of the event's currency."""
SHOWN_CHARACTERS: Final = 80
"""Characters of a refused value that an error shows."""
SHOWN_CHOICES: Final = 20
"""Values to choose from that an error lists."""


class ShapeKind(StrEnum):
    """What a field holds; the value is how a declaration calls it."""

    MONEY = "money"
    SIGNED_MONEY = "signed money"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    TRUTH = "truth"
    CHOICE = "one of"
    LIST = "list of"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The type of a field.

    ``choices`` are the texts of a choice, ``member`` the type of a list's members, ``fields``
    those of a record by their names; an ``open`` record may have others. ``known`` says that the
    engine checks the kind of the value by itself.
    """

    kind: ShapeKind
    choices: tuple[str, ...] = ()
    member: "Shape | None" = None
    fields: Mapping[str, "ShapedField"] = field(default_factory=dict)
    open: bool = False
    known: bool = False


_TEXT: Final = ShapeKind.TEXT
_DEEP: Final = frozenset((ShapeKind.LIST, ShapeKind.RECORD, ShapeKind.CHOICE))
"""Kinds of which also a field that the engine knows is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapedField:
    """One field: its type, whether it may be absent, and what stands for it where it is."""

    shape: Shape
    optional: bool = False
    preset: Frozen = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventShape:
    """What the events of a declaration look like: fields of the header, and the context."""

    header: Mapping[str, ShapedField]
    context: Shape


NO_PRESETS: Final[Mapping[str, Decimal]] = MappingProxyType({})
"""No defaults that are numbers."""


class Amount(NamedTuple):
    """An own amount of an event: its path, its value as sent, and what its sign means."""

    path: str
    value: Decimal
    kind: ShapeKind


class Shaped(NamedTuple):
    """An event held to its shape.

    Attributes:
        context: The business context with defaults filled in and declared numbers exact.
        amounts: Own money of the event outside of items, in document order: it has the sign of
            the event's components.
        settled: Own numbers and signed money of the event, also of items: their sign is no
            sign of the event.
        presets: Defaults that are numbers, by their paths: also in a negative event they are
            what the field is in a positive one.
        defaults: What was filled in, in words; of lists once for all members.
    """

    context: FrozenMap
    amounts: tuple[Amount, ...] = ()
    settled: tuple[Amount, ...] = ()
    presets: Mapping[str, Decimal] = NO_PRESETS
    defaults: tuple[str, ...] = ()


def hold(
    event: Mapping[str, object], context: FrozenMap, shape: EventShape, exponent: int
) -> "tuple[Shaped, ProblemList]":
    """Return an event's context as its shape has it, and what does not fit.

    Args:
        event: The event as sent, for its header.
        context: Its business context, frozen.
        shape: What its declaration asks.
        exponent: Decimals of its currency.
    """
    at_work = _Holding(exponent, ProblemList(), [], [], {}, {})
    for name, wanted in shape.header.items():
        at_work.header(event.get(name), wanted, name)
    held = at_work.record(context, shape.context, CONTEXT)
    defaults = [
        f"{path}: {value}, the declared default" for path, value in at_work.defaults.items()
    ]
    amounts, settled = tuple(at_work.amounts), tuple(at_work.settled)
    return Shaped(held, amounts, settled, at_work.presets, tuple(defaults)), at_work.problems


def hold_value(
    value: Frozen, shape: Shape, exponent: int, path: str
) -> tuple[Frozen, tuple[Amount, ...], ProblemList]:
    """Return a single value as its type has it, its own money, and what does not fit.

    Args:
        value: The value, frozen.
        shape: Its type.
        exponent: Decimals of the event's currency.
        path: Where it stands in the event.
    """
    at_work = _Holding(exponent, ProblemList(), [], [], {}, {})
    found = at_work.value(value, shape, path)
    return found, tuple(at_work.amounts), at_work.problems


@dataclass(slots=True)
class _Holding:
    """One event while it is held to its shape."""

    exponent: int
    problems: ProblemList
    amounts: list[Amount]
    settled: list[Amount]
    presets: dict[str, Decimal]
    defaults: dict[str, str]
    suggested: int = 0

    def header(self, value: object, wanted: ShapedField, path: str) -> None:
        """Note a field of the header that is missing, or is none of the values allowed."""
        if value is None:
            self._absent(wanted, path)
        elif wanted.shape.kind is ShapeKind.CHOICE and isinstance(value, str):
            self._choice(value, wanted.shape, path)

    def record(self, sent: FrozenMap, shape: Shape, path: str) -> FrozenMap:
        """Return a record with its defaults and exact numbers."""
        held = thawed(sent)
        if not (shape.open or held.keys() <= shape.fields.keys()):
            self._refuse_unknown(sent, shape, path)
        for name, wanted in shape.fields.items():
            value, own = held.get(name), wanted.shape
            if value is None:
                if wanted.preset is not None:
                    held[name] = self._filled(wanted.preset, own.kind, f"{path}.{name}")
                elif not wanted.optional:
                    self._absent(wanted, f"{path}.{name}")
            elif own.kind is _TEXT and type(value) is str:
                continue
            elif not (own.known and own.kind not in _DEEP):
                held[name] = self.value(value, own, f"{path}.{name}")
        return sealed(held)

    def _filled(self, preset: Frozen, kind: ShapeKind, path: str) -> Frozen:
        """Return the default of a field; a number is noted apart from what was sent."""
        self.defaults.setdefault(_INDEX.sub("", path), _shown(preset))
        if not isinstance(preset, Decimal):
            return preset
        number = self._exact(preset, kind, path)
        if number is not None:
            self.presets[path] = number
        return preset if number is None else number

    def value(self, value: Frozen, shape: Shape, path: str) -> Frozen:
        """Return a value as its type has it; as it was sent where it does not fit."""
        match shape.kind:
            case ShapeKind.LIST:
                return self._list(value, shape, path)
            case ShapeKind.RECORD if isinstance(value, FrozenMap):
                return self.record(value, shape, path)
            case ShapeKind.CHOICE if isinstance(value, str):
                self._choice(value, shape, path)
            case _ if shape.known:
                pass
            case ShapeKind.MONEY | ShapeKind.SIGNED_MONEY | ShapeKind.NUMBER:
                return self._number(value, shape.kind, path)
            case _:
                reason = _misfit(value, shape.kind)
                if reason is not None:
                    self.problems.add(path, *reason)
        return value

    def _list(self, value: Frozen, shape: Shape, path: str) -> Frozen:
        """Return a list with each of its members as their type has them."""
        if not isinstance(value, tuple):
            if not shape.known:
                self.problems.add(path, "is not a list")
            return value
        member = shape.member
        assert member is not None, "a list has members of some type"
        return tuple(
            # An event with so many problems is refused; the rest of it would add only more.
            self.value(each, member, f"{path}[{index}]")
            if len(self.problems.found) < limits.EVENT_NODES
            else each
            for index, each in enumerate(value)
        )

    def _number(self, value: Frozen, kind: ShapeKind, path: str) -> Frozen:
        """Return an amount or number that was sent, exact, and note what its sign means."""
        number = self._exact(value, kind, path)
        if number is None:
            return value
        found = Amount(path, number, kind)
        if kind is not ShapeKind.MONEY:
            self.settled.append(found)
        elif not path.startswith(f"{CONTEXT}.{ITEMS}["):
            self.amounts.append(found)
        return number

    def _exact(self, value: Frozen, kind: ShapeKind, path: str) -> Decimal | None:
        """Return an amount with the currency's decimals, a number as it is, None for others."""
        hint = None
        try:
            number = parse_amount(value)
            if kind is not ShapeKind.NUMBER:
                hint = f"round it; {OTHER_CURRENCY}"
                number = scaled(number, self.exponent)
        except AmountError as error:
            self.problems.add(path, error.reason, hint or error.hint, **error.details)
            return None
        return number

    def _choice(self, value: str, shape: Shape, path: str) -> None:
        """Note a text that is none of those to choose from."""
        if value in shape.choices:
            return
        self.suggested += 1
        few = self.suggested <= SUGGESTIONS
        hint = did_you_mean(value[:SHOWN_CHARACTERS], shape.choices) if few else None
        listed = ", ".join(f"`{choice}`" for choice in shape.choices[:SHOWN_CHOICES])
        shown = value if len(value) <= SHOWN_CHARACTERS else f"{value[:SHOWN_CHARACTERS]}…"
        self.problems.add(
            path,
            f"is `{shown}`, which is none of the declared values",
            hint or f"send one of {listed}",
        )

    def _absent(self, wanted: ShapedField, path: str) -> None:
        """Note a field that is not there and must be."""
        if not wanted.optional and wanted.preset is None:
            self.problems.add(path, "is missing", f"send it: {_article(wanted.shape.kind)}")

    def _refuse_unknown(self, sent: FrozenMap, shape: Shape, path: str) -> None:
        """Note each field of a record that its declaration does not have."""
        for name in sent:
            if name in shape.fields:
                continue
            self.suggested += 1
            few = self.suggested <= SUGGESTIONS
            hint = did_you_mean(name, shape.fields) if few else None
            self.problems.add(f"{path}.{name}", "is not a declared field", hint)


def _misfit(value: Frozen, kind: ShapeKind) -> tuple[str, str | None] | None:
    """Return why a value is no text, date, truth or record, with a hint; None if it is one."""
    match kind:
        case ShapeKind.TEXT | ShapeKind.CHOICE:
            return None if isinstance(value, str) else ("is not a string", None)
        case ShapeKind.TRUTH:
            return None if isinstance(value, bool) else ("is neither true nor false", None)
        case ShapeKind.DATE:
            fits = isinstance(value, str) and day_of(value) is not None
            return None if fits else ("is not a date", "send it as 2025-01-31")
        case _:
            return ("is not an object", None)


def _article(kind: ShapeKind) -> str:
    """Return what a field holds, in the words of a hint."""
    match kind:
        case ShapeKind.MONEY | ShapeKind.SIGNED_MONEY:
            return "an amount of money as a string"
        case ShapeKind.NUMBER:
            return "a number as a string"
        case ShapeKind.TEXT | ShapeKind.CHOICE:
            return "a string"
        case ShapeKind.DATE:
            return "a date such as 2025-01-31"
        case ShapeKind.TRUTH:
            return "true or false"
        case ShapeKind.LIST:
            return "a list"
        case ShapeKind.RECORD:
            return "an object"


def _shown(preset: Frozen) -> str:
    """Return a default as an explanation shows it."""
    return str(preset).lower() if isinstance(preset, bool) else str(preset)


def turned(shaped: Shaped, *, with_total: bool) -> Mapping[str, Decimal]:
    """Return own amounts of a negative event as seen in a positive one, by their paths.

    Args:
        shaped: The event held to its shape.
        with_total: Whether the event's amounts were sent with the sign of its total.
    """
    return dict(_turned(shaped, with_total=with_total))


def _turned(shaped: Shaped, *, with_total: bool) -> Iterator[tuple[str, Decimal]]:
    """Yield the path and the value of each own amount, turned, and of each default, as it is."""
    yield from shaped.presets.items()
    for amount in (*shaped.amounts, *shaped.settled):
        follows = with_total and amount.kind is not ShapeKind.NUMBER
        yield amount.path, amount.value if not follows else exact_negate(amount.value)
