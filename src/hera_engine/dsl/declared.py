"""What declarations say of the events that a rule can meet.

A rule's events are declared when the patterns of declarations cover its own. Whatever cannot be
told for certain counts as not declared, so that nothing sound is ever called a fault.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.dsl import nodes
from hera_engine.dsl.check_patterns import check_event_pattern, event_key, is_exact
from hera_engine.dsl.names import ValueKind
from hera_engine.patterns import RouteTable, event_pattern

# --- patterns over events --------------------------------------------------------------------


def covers(general: nodes.EventPattern, special: nodes.EventPattern) -> bool:
    """Whether a pattern matches every smart code that another one does; False where unknown."""
    first, second = event_key(general), event_key(special)
    if first == second:
        return True
    if general.regex or special.regex:
        return False
    return _fits(tuple(first[1].split(".")), tuple(second[1].split(".")), covering=True)


def may_share(first: nodes.EventPattern, second: nodes.EventPattern) -> bool:
    """Whether some smart code may match both of two patterns; True where unknown."""
    if first.regex or second.regex:
        return True
    segments = (tuple(event_key(first)[1].split(".")), tuple(event_key(second)[1].split(".")))
    return _fits(*segments, covering=False)


def _fits(first: Sequence[str], second: Sequence[str], *, covering: bool) -> bool:
    """Whether the segments of two globs lead on to each other, all of them.

    Row by row: which beginnings of the second glob fit the beginning of the first. With
    ``covering`` wildcards of the second are taken as segments that only a wildcard fits.

    Cost: the product of their segments, of which a pattern has few.
    """
    row = [True, *(False for _ in second)]
    for index, segment in enumerate(second):
        row[index + 1] = row[index] and not covering and segment == "**"
    for segment in first:
        several = segment == "**"
        below = [row[0] and several]
        for index, other in enumerate(second):
            if several:
                fits = row[index + 1] or below[index]
            elif other == "**":
                fits = not covering and (below[index] or row[index] or row[index + 1])
            else:
                one = segment == "*" or segment == other or (other == "*" and not covering)
                fits = row[index] and one
            below.append(fits)
        row = below
    return row[-1]


# --- one field, as several declarations have it ----------------------------------------------


class Unit(StrEnum):
    """What a declared number counts."""

    MONEY = "money"
    PURE = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is known of a field in every event that may have it.

    ``unit`` is None for what is no number, and where declarations disagree. ``there`` says that
    no event lacks the field. ``choices`` are all texts that it can be, None for any text.
    ``fields`` are those of a record, ``member`` what a list holds; a ``closed`` record has no
    others.
    """

    kind: ValueKind
    unit: Unit | None = None
    there: bool = False
    choices: tuple[str, ...] | None = None
    fields: Mapping[str, "Declared"] = field(default_factory=dict)
    member: "Declared | None" = None
    closed: bool = False

    def at(self, path: Sequence[str]) -> "Declared | None":
        """Return what a path inside this record leads to, or None."""
        found: Declared | None = self
        for name in path:
            found = None if found is None else found.fields.get(name)
        return found


_KINDS: Final[Mapping[nodes.FieldWord, ValueKind]] = MappingProxyType(
    {
        nodes.FieldWord.MONEY: ValueKind.NUMBER,
        nodes.FieldWord.SIGNED_MONEY: ValueKind.NUMBER,
        nodes.FieldWord.NUMBER: ValueKind.NUMBER,
        nodes.FieldWord.TEXT: ValueKind.TEXT,
        nodes.FieldWord.CHOICE: ValueKind.TEXT,
        nodes.FieldWord.DATE: ValueKind.DATE,
        nodes.FieldWord.TRUTH: ValueKind.TRUTH,
        nodes.FieldWord.LIST: ValueKind.COLLECTION,
        nodes.FieldWord.RECORD: ValueKind.RECORD,
    }
)


def kind_of_type(kind: nodes.FieldType) -> ValueKind:
    """Return the kind of value that a declared type has."""
    return _KINDS[kind.word]


def _declared(kind: nodes.FieldType, *, there: bool) -> Declared:
    """Return what one declaration says of a type."""
    value = _KINDS[kind.word]
    unit = None
    if value is ValueKind.NUMBER:
        unit = Unit.PURE if kind.word is nodes.FieldWord.NUMBER else Unit.MONEY
    return Declared(
        kind=value,
        unit=unit,
        there=there,
        choices=kind.choices if kind.word is nodes.FieldWord.CHOICE else None,
        fields=_fields(kind.fields),
        member=None if kind.member is None else _declared(kind.member, there=True),
        closed=kind.word is nodes.FieldWord.RECORD and not kind.open,
    )


def _fields(fields: Iterable[nodes.FieldDecl]) -> Mapping[str, Declared]:
    return MappingProxyType(
        {each.name.text: _declared(each.type, there=not each.optional) for each in fields}
    )


def _event(decl: nodes.EventDecl) -> Declared:
    """Return what a declaration says of its events, as a record."""
    return Declared(
        kind=ValueKind.RECORD, there=True, fields=_fields(decl.fields), closed=not decl.open
    )


def _joined(several: Sequence[Declared]) -> Declared:
    """Return what holds of a field in whichever of several declarations an event has."""
    first, *rest = several
    if not rest:
        return first
    kinds, units = {each.kind for each in several}, {each.unit for each in several}
    if len(kinds) > 1:
        return Declared(kind=ValueKind.UNKNOWN, there=all(each.there for each in several))
    choices = None
    if all(each.choices is not None for each in several):
        choices = tuple(dict.fromkeys(text for each in several for text in each.choices or ()))
    members = [each.member for each in several if each.member is not None]
    names = dict.fromkeys(name for each in several for name in each.fields)
    return Declared(
        kind=first.kind,
        unit=first.unit if len(units) == 1 else None,
        there=all(each.there for each in several),
        choices=choices,
        fields=MappingProxyType({name: _joined_field(name, several) for name in names}),
        member=_joined(members) if members else None,
        closed=all(each.closed for each in several),
    )


def _joined_field(name: str, records: Sequence[Declared]) -> Declared:
    """Return a field of several records, of which not all need have it."""
    found = [each.fields[name] for each in records if name in each.fields]
    joined = _joined(found)
    if len(found) == len(records):
        return joined
    return Declared(
        kind=joined.kind if all(each.closed for each in records) else ValueKind.UNKNOWN,
        unit=joined.unit,
        choices=joined.choices,
        fields=joined.fields,
        member=joined.member,
        closed=joined.closed,
    )


# --- the events of rules ---------------------------------------------------------------------


_STEPS: Final = 200_000
"""Patterns compared and fields joined for one schema; past it events count as not declared."""


def _size(fields: tuple[nodes.FieldDecl, ...]) -> int:
    """Return how many fields there are, nested ones included."""
    return 1 + sum(_size(record_fields(each.type)) for each in fields)


def record_fields(kind: nodes.FieldType) -> tuple[nodes.FieldDecl, ...]:
    """Return the fields of a record, or of the records that a list holds."""
    return kind.fields if kind.member is None else kind.member.fields


class Declarations:
    """The sound declarations of a schema, asked by the patterns of its rules."""

    __slots__ = ("_decls", "_joined", "_routes", "_sizes", "_steps")

    def __init__(self, schema: nodes.Schema) -> None:
        few = schema.events[: limits.EVENT_DECLARATIONS]
        self._decls = tuple(
            decl for decl in few if next(check_event_pattern(decl.on), None) is None
        )
        self._routes = RouteTable(
            event_pattern(decl.on.text, regex=decl.on.regex) for decl in self._decls
        )
        self._sizes = tuple(_size(decl.fields) for decl in self._decls)
        self._joined: dict[tuple[int, ...], Declared] = {}
        self._steps = _STEPS

    def of(self, patterns: Iterable[nodes.EventPattern]) -> tuple[nodes.EventDecl, ...]:
        """Return the declarations that events of any of these patterns can have.

        Empty if some event of theirs may have none.
        """
        return tuple(self._decls[index] for index in self._indexes(patterns))

    def view(self, patterns: Iterable[nodes.EventPattern]) -> Declared | None:
        """Return what all events of these patterns look like; None if some are not declared."""
        found = self._indexes(patterns)
        if not found:
            return None
        if found not in self._joined:
            self._steps -= sum(self._sizes[index] for index in found)
            if self._steps < 0:
                return None
            self._joined[found] = _joined([_event(self._decls[index]) for index in found])
        return self._joined[found]

    def _indexes(self, patterns: Iterable[nodes.EventPattern]) -> tuple[int, ...]:
        """Return the positions of the declarations that events of these patterns can have."""
        found: dict[int, None] = {}
        for pattern in patterns:
            there = self._possible(pattern)
            if not there:
                return ()
            found.update(dict.fromkeys(there))
        return tuple(sorted(found))

    def _possible(self, pattern: nodes.EventPattern) -> tuple[int, ...]:
        """Return the positions for one pattern, or nothing if some of its events have none."""
        if is_exact(pattern):
            index = self._routes.find(pattern.text)
            return () if index is None else (index,)
        self._steps -= len(self._decls)
        if self._steps < 0:
            return ()
        found: list[int] = []
        for index, decl in enumerate(self._decls):
            if may_share(decl.on, pattern):
                found.append(index)
                if not is_exact(decl.on) and covers(decl.on, pattern):
                    # What stands behind is an exact code, or is never reached for these events.
                    later = range(index + 1, len(self._decls))
                    found += (
                        each for each in later
                        if is_exact(self._decls[each].on)
                        and may_share(self._decls[each].on, pattern)
                    )  # fmt: skip
                    return tuple(found)
        return ()
