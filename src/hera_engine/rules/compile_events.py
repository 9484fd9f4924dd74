"""Compiles event declarations: what each asks of its events, and the equations it states.

Enters: the declarations of a schema without faults. Leaves: a `PlannedDeclaration` for each, which
a route joins with the rule of its event.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hera_engine.dsl import nodes
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
from hera_engine.rules.expressions import Part, PartOf
from hera_engine.rules.plan import PlannedDeclaration, PlannedGiven

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
