"""Compiles event declarations: what each asks of its events, and the equations it states.

Enters: the declarations of a schema without faults. Leaves: a `PlannedDeclaration` for each, which
a route joins with the rule of its event.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.check_patterns import PatternKey, event_key
from hera_engine.dsl.declared import Declarations
from hera_engine.dsl.format import format_expression
from hera_engine.dsl.names import CONTEXT_FIELDS, HEADER_FIELDS
from hera_engine.event_shape import EventShape, Shape, ShapedField, ShapeKind
from hera_engine.frozen import Frozen
from hera_engine.rules.compile_expressions import (
    ITEMS,
    PAYMENTS,
    NameScope,
    always_read,
    compile_expression,
    is_discount_net,
    needs_tax,
    reads,
    uses,
)
from hera_engine.rules.expressions import Part, PartOf, Read, Source
from hera_engine.rules.plan import PlannedDeclaration, PlannedField, PlannedGiven

CHECKED_MEMBERS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        ITEMS: frozenset(
            ("amount", "quantity", "unit_price", "discount", "tax_category", "tax_exempt",
             "tax_inclusive")
        ),
        PAYMENTS: frozenset(("method", "amount", "reference")),
    }
)  # fmt: skip
"""The fields of items and payments whose kind the engine checks by itself."""


def planned_declarations(schema: nodes.Schema) -> tuple[PlannedDeclaration, ...]:
    """Return the declarations of a schema in document order."""
    return tuple(_planned(decl) for decl in schema.events)


def _planned(decl: nodes.EventDecl) -> PlannedDeclaration:
    givens = planned_invariants(decl)
    sides = [side for given in givens for side in (given.left, given.right)]
    leaves = [leaf for side in sides for leaf in reads(side)]
    return PlannedDeclaration(
        shape=_event_shape(decl),
        givens=givens,
        required=tuple(dict.fromkeys(read for side in sides for read in always_read(side))),
        uses_items=uses(leaves, (), ITEMS),
        uses_tax=any(needs_tax(leaf) for leaf in leaves),
        uses_withheld=any(
            isinstance(leaf, PartOf) and leaf.part is Part.WITHHELD for leaf in leaves
        ),
        uses_discount_net=any(is_discount_net(leaf) for leaf in leaves),
        uses_payments=uses(leaves, (), PAYMENTS),
    )


def planned_invariants(decl: nodes.EventDecl) -> tuple[PlannedGiven, ...]:
    """Return the equations of a declaration; its names mean fields of the event."""
    names = NameScope(frozenset(), {}, {})
    return tuple(
        PlannedGiven(
            compile_expression(given.left, names),
            compile_expression(given.right, names),
            f"{format_expression(given.left)} = {format_expression(given.right)}",
        )
        for given in decl.givens
    )


def invariants_of(rule: nodes.Rule, declarations: Declarations) -> tuple[PlannedGiven, ...]:
    """Return the equations that hold in every event of a rule, whichever declaration it has."""
    found = [planned_invariants(decl) for decl in declarations.of((rule.on,))]
    if not found:
        return ()
    first, *others = found
    return tuple(given for given in first if all(given in each for each in others))


class DeclaredFields:
    """What declarations say of single fields, asked by rules."""

    __slots__ = ("_known", "_made", "declarations")

    def __init__(self, schema: nodes.Schema) -> None:
        self.declarations = Declarations(schema)
        self._made = frozenset(each.name.text for each in schema.derivations)
        self._known: dict[tuple[PatternKey, ...], tuple[PlannedField, ...]] = {}

    def of(self, rule: nodes.Rule) -> tuple[PlannedField, ...]:
        """Return the fields that mean the same in every event of a rule."""
        decls = self.declarations.of((rule.on,))
        key = tuple(event_key(decl.on) for decl in decls)
        if key not in self._known:
            self._known[key] = tuple(_in_all(decls, self._made))
        return self._known[key]


def _in_all(decls: Sequence[nodes.EventDecl], made: frozenset[str]) -> Iterator[PlannedField]:
    """Yield the fields that several declarations have, with what they say alike."""
    tables = [
        {(each.collections, each.read): each for each in _event_fields(decl, made)}
        for decl in decls
    ]
    for key, first in tables[0].items() if tables else ():
        several = [table[key] for table in tables if key in table]
        if len(several) == len(tables) and len({each.kind for each in several}) == 1:
            choices = dict.fromkeys(text for each in several for text in each.choices)
            there = all(each.there for each in several)
            yield replace(first, choices=tuple(choices), there=there)


def _event_fields(decl: nodes.EventDecl, made: frozenset[str]) -> Iterator[PlannedField]:
    """Yield the fields of a declaration; those that are derived may hold anything."""
    names = NameScope(frozenset(), {}, {})
    for each in decl.fields:
        name = each.name.text
        # Without its items, or payments, an event has one made of its other fields.
        if name not in made and (each.optional is False or name not in CHECKED_MEMBERS):
            yield from _fields_of(each, (), names.read((name,)), made)


def _fields_of(
    decl: nodes.FieldDecl, collections: tuple[Read, ...], read: Read, made: frozenset[str]
) -> Iterator[PlannedField]:
    """Yield a field, those of a record below it, and those of a list's members."""
    kind, there = decl.type, not decl.optional
    choices = kind.choices if kind.word is ShapeKind.CHOICE else ()
    yield PlannedField(
        collections=collections, read=read, kind=kind.word, choices=choices, there=there
    )
    for each in kind.fields:
        inner = replace(read, rest=(*read.rest, each.name.text))
        for found in _fields_of(each, collections, inner, made):
            same = found.collections == collections
            yield replace(found, there=found.there and (there or not same))
    member = kind.member
    if member is not None:
        for each in member.fields:
            if each.name.text not in made:
                inner = Read(Source.LOOP, "", (each.name.text,))
                yield from _fields_of(each, (*collections, read), inner, made)


# --- shapes ----------------------------------------------------------------------------------


def _event_shape(decl: nodes.EventDecl) -> EventShape:
    header = {each.name.text: each for each in decl.fields if each.name.text in HEADER_FIELDS}
    own = tuple(each for each in decl.fields if each.name.text not in header)
    known = frozenset(CONTEXT_FIELDS)
    return EventShape(
        header={name: _field(each, known=True) for name, each in header.items()},
        context=Shape(
            kind=ShapeKind.RECORD,
            fields={each.name.text: _field(each, known=each.name.text in known) for each in own},
            open=decl.open,
        ),
    )


def _field(decl: nodes.FieldDecl, *, known: bool) -> ShapedField:
    checked = CHECKED_MEMBERS.get(decl.name.text, frozenset()) if known else frozenset[str]()
    return ShapedField(
        shape=_shape(decl.type, known=known, checked=checked),
        optional=decl.optional,
        preset=None if decl.preset is None else _preset(decl.preset),
    )


def _shape(kind: nodes.FieldType, *, known: bool, checked: frozenset[str]) -> Shape:
    """Return the shape of a type; ``checked`` names fields of it that the engine knows."""
    member = kind.member
    return Shape(
        kind=kind.word,
        choices=kind.choices,
        member=None if member is None else _shape(member, known=known, checked=checked),
        fields={
            each.name.text: _field(each, known=each.name.text in checked) for each in kind.fields
        },
        open=kind.open,
        known=known,
    )


def _preset(preset: nodes.Number | nodes.Text | nodes.Date | nodes.Truth) -> Frozen:
    """Return a default as an event would send it."""
    return preset.value.isoformat() if isinstance(preset, nodes.Date) else preset.value
