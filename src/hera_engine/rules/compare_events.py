"""What a new version asks of the events that an old one declared, or left open.

Enters: two schemas and the smart codes to try. Leaves: what an event of the old version would be
refused for (errors), and defaults that are others (notes). A declaration that was not there is
taken as an open one without fields.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.format_events import format_type
from hera_engine.dsl.format_expressions import format_literal
from hera_engine.dsl.format_rules import format_equation
from hera_engine.dsl.names import CONTEXT_FIELDS, HEADER_FIELDS
from hera_engine.errors import Place, diagnose
from hera_engine.event_shape import ShapeKind
from hera_engine.faults import CHANGED_LINE, NARROWED
from hera_engine.rules.compare_rules import OPTIONAL_HEADER, Routed, Sides, needed_fields, sides_of
from hera_engine.rules.differences import NOTHING, Difference

_OPEN: Final = nodes.EventDecl(on=nodes.EventPattern("**"), open=True)
"""What is asked of an event without a declaration."""
_WIDER: Final = frozenset(
    {
        (ShapeKind.CHOICE, ShapeKind.TEXT),
        (ShapeKind.DATE, ShapeKind.TEXT),
        (ShapeKind.MONEY, ShapeKind.SIGNED_MONEY),
        (ShapeKind.MONEY, ShapeKind.NUMBER),
        (ShapeKind.SIGNED_MONEY, ShapeKind.NUMBER),
    }
)
"""Types and others that take all of their values."""


def compare_events(old: Routed, new: Routed, codes: Iterable[str]) -> Iterator[Difference]:
    """Yield what declarations ask of events that they did not.

    Args:
        old: Rules and declarations before.
        new: Rules and declarations now.
        codes: Smart codes to try; what holds for several with the same declarations is told of
            the first one.
    """
    tried: set[tuple[object, ...]] = set()
    told: set[tuple[object, ...]] = set()
    for code in codes:
        rules = (old.key_of(code), new.key_of(code))
        declared = (old.declared.find(code), new.declared.find(code))
        if None in rules or declared == (None, None) or (*rules, *declared) in tried:
            continue
        tried.add((*rules, *declared))
        was, now = old.declaration_of(code) or _OPEN, new.declaration_of(code)
        for found in _compare(was, now or _OPEN, _Ask.of(code, old, new)):
            key = (*declared, found.fault.message.replace(code, ""))
            if key not in told:
                told.add(key)
                yield found


@dataclass(frozen=True, slots=True)
class _Ask:
    """The events that are asked about: a code of theirs, and what the rules that take it ask.

    ``before`` are the fields that each old rule needs, ``after`` those that some new one does.
    """

    code: str
    equations: frozenset[Sides]
    before: frozenset[str]
    after: frozenset[str]
    now: nodes.EventDecl | None

    @classmethod
    def of(cls, code: str, old: Routed, new: Routed) -> "_Ask":
        """Return what is known of the events of a smart code."""
        rules = old.sources_of(code)
        needed = [frozenset(needed_fields(rule)) for rule in rules]
        return cls(
            code,
            frozenset(sides_of(given) for rule in rules for given in rule.givens),
            frozenset[str]().union(*needed).intersection(*needed),
            frozenset(name for rule in new.sources_of(code) for name in needed_fields(rule)),
            new.declaration_of(code),
        )

    def refused(self, what: str, place: Place | None) -> Difference:
        """Return the fault of what such an event must be or have now."""
        at = place or (None if self.now is None else self.now.at)
        return Difference.now(diagnose(NARROWED, at, what=f"events such as `{self.code}` {what}"))

    def filled(self, name: str, before: str, after: str, place: Place | None) -> Difference:
        """Return the note of another default."""
        at = place or (None if self.now is None else self.now.at)
        where = f"default of `{name}` in events such as `{self.code}`"
        return Difference.now(diagnose(CHANGED_LINE, at, where=where, before=before, after=after))

    def needed_before(self, name: str) -> bool:
        """Whether an event without a field was refused by its rules already."""
        always = name in HEADER_FIELDS and name not in OPTIONAL_HEADER
        return always or name in self.before


def _compare(was: nodes.EventDecl, now: nodes.EventDecl, ask: _Ask) -> Iterator[Difference]:
    """Yield what one declaration asks that another did not."""
    if was.open and not now.open:
        yield ask.refused("may have no fields but those that are declared now", now.at)
    yield from _compare_fields(_Fields(was.fields, was.open), _Fields(now.fields, now.open), ask)
    known = {sides_of(given) for given in was.givens}
    for given in now.givens:
        if sides_of(given) not in known | ask.equations:
            yield ask.refused(f"must satisfy `{format_equation(given)}` now", given.at)


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of an event or of a record in it, whose path ends with a dot."""

    fields: tuple[nodes.FieldDecl, ...]
    is_open: bool
    path: str = ""


def _compare_fields(was: _Fields, now: _Fields, ask: _Ask) -> Iterator[Difference]:
    """Yield what the fields of a record ask that those of another did not."""
    before = {field.name.text: field for field in was.fields}
    for field in now.fields:
        yield from _compare_field(before.pop(field.name.text, None), field, was, ask)
    for name, field in before.items():
        path = f"{was.path}{name}"
        if not now.is_open:
            yield ask.refused(f"must not have `{path}` any more", None)
        elif field.preset is not None and path in ask.after:
            yield ask.refused(f"must have `{path}` now, which had a default", None)
        elif field.preset is not None:
            yield ask.filled(path, format_literal(field.preset), NOTHING, None)


def _compare_field(
    was: nodes.FieldDecl | None, now: nodes.FieldDecl, record: _Fields, ask: _Ask
) -> Iterator[Difference]:
    """Yield what one field asks that it did not; ``record`` is the one it stood in."""
    path = f"{record.path}{now.name.text}"
    required = not now.optional and now.preset is None
    was_required = was is not None and not was.optional and was.preset is None
    filled = was is not None and was.preset is not None
    if required and not was_required and (filled or not ask.needed_before(path)):
        yield ask.refused(f"must have `{path}` now", now.at)
    if was is None:
        if record.is_open and not _is_known(path, now.type):
            told = f"must have `{format_type(now.type)}` for `{path}` now, and could have anything"
            yield ask.refused(told, now.at)
        if now.preset is not None:
            yield ask.filled(path, NOTHING, format_literal(now.preset), now.at)
        return
    if was.preset != now.preset and not required:
        words = (
            NOTHING if each is None else format_literal(each) for each in (was.preset, now.preset)
        )
        before, after = words
        yield ask.filled(path, before, after, now.at)
    yield from _compare_types(was.type, now.type, path, now.at, ask)


def _is_known(path: str, kind: nodes.FieldType) -> bool:
    """Whether the engine takes a field for that type without any declaration."""
    listed = kind.word is ShapeKind.CHOICE or kind.fields or kind.member is not None
    return not listed and path in {*HEADER_FIELDS, *CONTEXT_FIELDS}


def _compare_types(
    was: nodes.FieldType, now: nodes.FieldType, path: str, place: Place | None, ask: _Ask
) -> Iterator[Difference]:
    """Yield the values of one type that another does not take."""
    if was.word is ShapeKind.CHOICE is now.word:
        gone = [text for text in was.choices if text not in now.choices]
        for text in gone:
            yield ask.refused(f'must not have "{text}" for `{path}` any more', place)
    elif was.word is now.word:
        if was.member is not None and now.member is not None:
            yield from _compare_types(was.member, now.member, path, place, ask)
        if was.open and not now.open:
            yield ask.refused(f"may have no fields in `{path}` but those declared now", place)
        inside = f"{path}."
        yield from _compare_fields(
            _Fields(was.fields, was.open, inside), _Fields(now.fields, now.open, inside), ask
        )
    elif (was.word, now.word) in _WIDER:
        if now.word is not ShapeKind.TEXT:
            where = f"type of `{path}` in events such as `{ask.code}`"
            words = {"before": was.word.value, "after": now.word.value}
            yield Difference.now(diagnose(CHANGED_LINE, place, where=where, **words))
    else:
        told = f"must have `{format_type(now)}` for `{path}` now, and had `{format_type(was)}`"
        yield ask.refused(told, place)
