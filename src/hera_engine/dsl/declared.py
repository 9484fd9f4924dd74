"""What declarations say of the events that a rule can meet.

A rule's events are declared when the patterns of declarations cover its own. Whatever cannot be
told for certain counts as not declared, so that nothing sound is ever called a fault.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.dsl import nodes
from hera_engine.dsl.check_patterns import PatternKey, check_event_pattern, event_key, is_exact
from hera_engine.dsl.names import HEADER_FIELDS, Declared, Scope, Unit, ValueKind
from hera_engine.errors import did_you_mean
from hera_engine.event_shape import ShapeKind
from hera_engine.patterns import Glob, PatternError, event_pattern
from hera_engine.routing import RouteTable, SharedCodes

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


_KINDS: Final[Mapping[ShapeKind, ValueKind]] = MappingProxyType(
    {
        ShapeKind.MONEY: ValueKind.NUMBER,
        ShapeKind.SIGNED_MONEY: ValueKind.NUMBER,
        ShapeKind.NUMBER: ValueKind.NUMBER,
        ShapeKind.TEXT: ValueKind.TEXT,
        ShapeKind.CHOICE: ValueKind.TEXT,
        ShapeKind.DATE: ValueKind.DATE,
        ShapeKind.TRUTH: ValueKind.TRUTH,
        ShapeKind.LIST: ValueKind.COLLECTION,
        ShapeKind.RECORD: ValueKind.RECORD,
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
        unit = Unit.PURE if kind.word is ShapeKind.NUMBER else Unit.MONEY
    return Declared(
        kind=value,
        unit=unit,
        there=there,
        choices=kind.choices if kind.word is ShapeKind.CHOICE else None,
        fields=_fields(kind.fields),
        member=None if kind.member is None else _declared(kind.member, there=True),
        closed=kind.word is ShapeKind.RECORD and not kind.open,
    )


def _fields(fields: Iterable[nodes.FieldDecl]) -> Mapping[str, Declared]:
    return MappingProxyType(
        {each.name.text: _declared(each.type, there=not each.optional) for each in fields}
    )


def declared_event(decl: nodes.EventDecl) -> Declared:
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


_JOINED: Final = 200_000
"""Fields joined for one schema; past it events count as not declared."""
_COMPARED: Final = 1_000_000
"""Segments of declarations met for one schema; past it events count as not declared."""


def _size(fields: tuple[nodes.FieldDecl, ...]) -> int:
    """Return how many fields there are, nested ones included."""
    return 1 + sum(_size(record_fields(each.type)) for each in fields)


def record_fields(kind: nodes.FieldType) -> tuple[nodes.FieldDecl, ...]:
    """Return the fields of a record, or of the records that a list holds."""
    return kind.fields if kind.member is None else kind.member.fields


class Declarations:
    """The sound declarations of a schema, asked by the patterns of its rules."""

    __slots__ = ("_decls", "_found", "_joined", "_routes", "_shared", "_sizes", "_steps", "_visits")

    def __init__(self, schema: nodes.Schema) -> None:
        few = schema.events[: limits.EVENT_DECLARATIONS]
        self._decls = tuple(
            decl for decl in few if next(check_event_pattern(decl.on), None) is None
        )
        patterns = [event_pattern(decl.on.text, regex=decl.on.regex) for decl in self._decls]
        self._routes = RouteTable(patterns)
        self._shared = SharedCodes(patterns)
        self._found: dict[PatternKey, tuple[int, ...]] = {}
        self._sizes = tuple(_size(decl.fields) for decl in self._decls)
        self._joined: dict[tuple[int, ...], Declared] = {}
        self._steps, self._visits = _JOINED, _COMPARED

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
            self._joined[found] = _joined([declared_event(self._decls[index]) for index in found])
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
        key = event_key(pattern)
        if key not in self._found:
            self._found[key] = self._possible_of_many(pattern)
        return self._found[key]

    def _possible_of_many(self, pattern: nodes.EventPattern) -> tuple[int, ...]:
        """Return the positions for a pattern with wildcards, as `_possible` does."""
        try:
            compiled = event_pattern(pattern.text, regex=pattern.regex)
        except PatternError:
            return ()
        # What stands behind the one that has all these events is an exact code, or never reached.
        last = self._routes.first_holding(compiled)
        if last is None:
            return ()
        sharing: Iterable[int] = range(len(self._decls))
        if isinstance(compiled, Glob):
            if self._visits < 0:
                return ()
            sharing, met = self._shared.sharing(compiled)
            self._visits -= met
        return tuple(each for each in sharing if each <= last or is_exact(self._decls[each].on))


def views_of(schema: nodes.Schema) -> tuple[Declared | None, ...]:
    """Return what the events of each rule look like; None where some are not declared.

    The words of a rule are also for the events that reverse it.
    """
    if not schema.events:
        return (None,) * len(schema.rules)
    declarations = Declarations(schema)
    keys = {event_key(rule.on) for rule in schema.rules}
    twins: dict[object, list[nodes.EventPattern]] = {}
    elsewhere = False
    for rule in schema.rules:
        if rule.reverses is not None:
            key = event_key(rule.reverses)
            twins.setdefault(key, []).append(rule.on)
            elsewhere = elsewhere or key not in keys
    return tuple(
        # A reversal that names a code may mean any rule whose pattern matches it.
        None
        if elsewhere and not is_exact(rule.on)
        else declarations.view((rule.on, *twins.get(event_key(rule.on), ())))
        for rule in schema.rules
    )


# --- names that no event has -----------------------------------------------------------------

_ALWAYS_MADE: Final = frozenset(
    {
        "sale_amount", "tip_amount", "discount_amount", "fee_amount", "tax_exempt",
        "cash_rounding", "items", "payments",
    }
)  # fmt: skip
"""Fields of the context that every event has, made where it does not send them."""

_WORKED_OUT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "items": frozenset(("amount", "discount", "document_discount", "discount_net")),
        "payments": frozenset(("amount",)),
    }
)
"""Fields of items and payments that each of them has, made where they are not sent."""


def undeclared(path: tuple[str, ...], scope: Scope) -> str | None:
    """Return what to do about a path that no event of the rule can have; None if one may."""
    event = scope.declared
    if event is None or (scope.loop_of(path[0]) is None and scope.is_let(path[0])):
        return None
    loop = scope.loop_of(path[0])
    if loop is None:
        known = frozenset(HEADER_FIELDS) | _ALWAYS_MADE
        first = event.fields.get(path[0])
        if first is None:
            in_use = path[0] in known or path[0] in scope.catalog.derived or not event.closed
            return None if in_use else _advice(path[0], (*event.fields, *known))
        return _inside(first, path[1:], path[0])
    if loop.collection.path in {("items",), ("payments",)}:
        derived = len(path) == 2 and path[1] in scope.catalog.derived
        if derived and loop.collection.path == ("items",):
            return None
        return _of_standard(loop.collection.path[0], path, event)
    record = scope.declared_at(path[:1])
    return None if record is None else _inside(record, path[1:], "")


def _inside(found: Declared, rest: Sequence[str], whole: str) -> str | None:
    """Return the advice for a path below a field, or None if it may name something."""
    current = found if found.member is None else found.member
    if not rest or current.kind is ValueKind.UNKNOWN:
        return None
    if current.kind not in {ValueKind.RECORD, ValueKind.COLLECTION}:
        return "what stands before the dot is a single value without fields"
    inner = current.fields.get(rest[0])
    if inner is not None:
        return _inside(inner, rest[1:], "")
    worked_out = _WORKED_OUT.get(whole, frozenset[str]())
    if not current.closed or rest[0] in worked_out:
        return None
    return _advice(rest[0], (*current.fields, *worked_out))


def _of_standard(collection: str, path: tuple[str, ...], event: Declared) -> str | None:
    """Return the advice for a field of an item or a payment, which may be made of the event."""
    declared = event.fields.get(collection)
    members = None if declared is None else declared.member
    if len(path) < 2 or not event.closed or not (members is None or members.closed):
        return None
    names = set(_WORKED_OUT[collection]) | set(() if members is None else members.fields)
    if declared is None or not declared.there:
        names |= {"method"} if collection == "payments" else set(event.fields)
    if path[1] in names:
        inner = None if members is None else members.fields.get(path[1])
        return None if inner is None else _inside(inner, path[2:], "")
    return _advice(path[1], names)


def _advice(name: str, known: Iterable[str]) -> str:
    """Return the nearest declared name, or the advice to declare it."""
    return did_you_mean(name, known) or f"declare `{name}` in the `event` of the rule"
