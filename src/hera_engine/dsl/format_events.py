"""Event declarations as canonical text: one field a line, short records on one."""

from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.format_expressions import (
    format_events,
    format_literal,
    format_name,
    format_text,
)
from hera_engine.dsl.format_rules import format_equation
from hera_engine.dsl.notes import WIDTH, Notes
from hera_engine.errors import Pointer
from hera_engine.event_shape import ShapeKind

_FIELDS: Final = "fields"


def format_declaration(decl: nodes.EventDecl, pointer: Pointer, notes: Notes) -> list[str]:
    """Return the lines of ``event PATTERN { … }``.

    Args:
        decl: The declaration.
        pointer: Where it stands in the JSON form.
        notes: The comments of the schema.
    """
    head = f"event {format_events(decl.on)}{' open' if decl.open else ''}"
    inside = _fields(decl.fields, pointer, notes, 1)
    for index, given in enumerate(decl.givens):
        place = pointer.child("given").child(index)
        inside += notes.simple(place, 1, f"given {format_equation(given)}")
    return notes.braced(pointer, 0, head, inside)


def _fields(
    fields: tuple[nodes.FieldDecl, ...], pointer: Pointer, notes: Notes, indent: int
) -> list[str]:
    """Return the lines of fields, each on its own."""
    inside = pointer.child(_FIELDS)
    lines: list[str] = []
    for field in fields:
        lines += _field(field, inside.child(field.name.text), notes, indent)
    return lines


def _field(field: nodes.FieldDecl, pointer: Pointer, notes: Notes, indent: int) -> list[str]:
    """Return the lines of one field."""
    record = record_of(field.type)
    one_line = format_field(field)
    quiet = notes.silent(*_inner(field, pointer)) and not notes.of(pointer).inside
    if record is None or (quiet and len(one_line) + 2 * indent <= WIDTH):
        return notes.simple(pointer, indent, one_line)
    listed = "" if field.type is record else "list of "
    head = f"{_name(field)}{listed}{'open ' if record.open else ''}".rstrip()
    inside = _fields(record.fields, _record_place(field, pointer), notes, indent + 1)
    return notes.braced(pointer, indent, head, inside)


def _record_place(field: nodes.FieldDecl, pointer: Pointer) -> Pointer:
    """Return where the record that a field is, or is a list of, stands in the JSON form."""
    return pointer.child("list_of") if field.type.word is ShapeKind.LIST else pointer


def _name(field: nodes.FieldDecl) -> str:
    """Return what stands before the type of a field."""
    return f"{format_name(field.name.text)}: {'optional ' if field.optional else ''}"


def _inner(field: nodes.FieldDecl, pointer: Pointer) -> list[Pointer]:
    """Return the places of all fields inside a field."""
    record = record_of(field.type)
    found: list[Pointer] = []
    for each in () if record is None else record.fields:
        there = _record_place(field, pointer).child(_FIELDS).child(each.name.text)
        found += (there, *_inner(each, there))
    return found


def record_of(kind: nodes.FieldType) -> nodes.FieldType | None:
    """Return the record that a type is, or a list of; None for any other type."""
    if kind.word is ShapeKind.LIST and kind.member is not None:
        kind = kind.member
    return kind if kind.word is ShapeKind.RECORD else None


def format_field(field: nodes.FieldDecl) -> str:
    """Return a field on one line, without its comments."""
    preset = "" if field.preset is None else f" = {format_literal(field.preset)}"
    return f"{_name(field)}{format_type(field.type)}{preset}"


def format_type(kind: nodes.FieldType) -> str:
    """Return a type on one line."""
    match kind.word:
        case ShapeKind.CHOICE:
            return f"one of {', '.join(map(format_text, kind.choices))}"
        case ShapeKind.LIST if kind.member is not None:
            return f"list of {format_type(kind.member)}"
        case ShapeKind.RECORD:
            inside = "  ".join(map(format_field, kind.fields))
            return f"{'open ' if kind.open else ''}{{ {inside} }}" if inside else _empty(kind)
        case _:
            return str(kind.word)


def _empty(kind: nodes.FieldType) -> str:
    """Return a record without fields."""
    return "open { }" if kind.open else "{ }"
