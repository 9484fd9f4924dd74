"""The event declarations of the JSON form, read into nodes.

A field is its type's name where nothing else is said of it (``"money"``), else an object with one
of ``type``, ``one_of``, ``list_of`` and ``fields``, and what goes beside: ``optional``,
``default``, ``open``.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeVar

from hera_engine.dsl import nodes
from hera_engine.dsl.json_fragments import givens, placed
from hera_engine.dsl.json_parts import events
from hera_engine.dsl.json_values import (
    Reader,
    Refused,
    day,
    each,
    gathered,
    misfit,
    missing_key,
    name,
    number,
    one_of,
    record,
    text,
    truth,
    unknown_key,
    wrong_type,
)
from hera_engine.errors import Pointer
from hera_engine.event_shape import ShapeKind

SIMPLE: Final = ("money", "signed money", "number", "text", "date", "truth")
"""The types that have a name and nothing else."""

Preset = nodes.Number | nodes.Text | nodes.Date | nodes.Truth
"""What a field can take where it is not sent."""

_TYPES: Final = ("type", "one_of", "list_of", "fields")
_BESIDE: Final = ("optional", "default", "open")


def declarations(value: object) -> tuple[nodes.EventDecl, ...]:
    """Return the declarations of a list; their places are for the caller to add."""
    return each(value, _declaration)


def _declaration(value: object) -> nodes.EventDecl:
    """Return one declaration: ``on`` and ``fields``, and what goes beside them."""
    found = record(value, _DECLARATION)
    lacking = [missing_key(key) for key in ("on", "fields") if key not in found]
    if lacking:
        raise Refused(*lacking)
    return nodes.EventDecl(
        on=events(found["on"]),
        open=truth(found.get("open", False)),
        fields=_fields(found["fields"]),
        givens=givens(found.get("given", ())),
    )


def _fields(value: object) -> tuple[nodes.FieldDecl, ...]:
    """Return the fields of an object from names to types."""
    if not isinstance(value, Mapping):
        raise Refused(wrong_type("an object from fields to their types", value))
    return gathered(value.items(), lambda key, member: _field(name(key), member))


def _field(field: nodes.Name, value: object) -> nodes.FieldDecl:
    """Return a field as the value of its name says it."""
    if not isinstance(value, Mapping):
        return nodes.FieldDecl(name=field, type=_type(value))
    optional = _within("optional", truth, value.get("optional", False))
    kind = _type({key: part for key, part in value.items() if key not in {"optional", "default"}})
    preset = None if value.get("default") is None else _preset(kind, value["default"])
    return nodes.FieldDecl(name=field, type=kind, optional=optional, preset=preset)


_Read = TypeVar("_Read")


def _within(key: str, reader: Reader[_Read], value: object) -> _Read:
    """Return what a reader makes of a value; its flaws have places relative to the object."""
    try:
        return reader(value)
    except Refused as refusal:
        raise Refused(*(bad.within(key) for bad in refusal.flaws)) from None


def _type(value: object) -> nodes.FieldType:
    """Return a type: its name, or an object with exactly one key that says which it is."""
    if not isinstance(value, Mapping):
        return nodes.FieldType(word=ShapeKind(one_of(SIMPLE)(value)))
    strange = [unknown_key(key, (*_TYPES, *_BESIDE)) for key in value if key not in _KEYS]
    if strange:
        raise Refused(*strange)
    said = [key for key in _TYPES if key in value]
    if len(said) != 1:
        raise Refused(misfit("a field has exactly one of `type`, `one_of`, `list_of`, `fields`"))
    if "open" in value and said != ["fields"]:
        raise Refused(misfit("only a record is open", "open"))
    match said[0]:
        case "type":
            word = _within("type", one_of(SIMPLE), value["type"])
            return nodes.FieldType(word=ShapeKind(word))
        case "one_of":
            choices = _within("one_of", _texts, value["one_of"])
            return nodes.FieldType(word=ShapeKind.CHOICE, choices=choices)
        case "list_of":
            member = _within("list_of", _member, value["list_of"])
            return nodes.FieldType(word=ShapeKind.LIST, member=member)
        case _:
            return nodes.FieldType(
                word=ShapeKind.RECORD,
                fields=_within("fields", _fields, value["fields"]),
                open=_within("open", truth, value.get("open", False)),
            )


_KEYS: Final = frozenset((*_TYPES, "open"))


def _member(value: object) -> nodes.FieldType:
    """Return the type of the members of a list."""
    found = _type(value)
    if found.word is ShapeKind.LIST:
        raise Refused(misfit("a list of lists cannot be declared"))
    return found


def _texts(value: object) -> tuple[str, ...]:
    """Return the texts to choose from, of which there is at least one."""
    found = each(value, text)
    if not found:
        raise Refused(misfit("expected at least one text to choose from"))
    return found


def _number(value: object) -> nodes.Number:
    return nodes.Number(number(value))


def _text(value: object) -> nodes.Text:
    return nodes.Text(text(value))


def _date(value: object) -> nodes.Date:
    return nodes.Date(day(value))


def _truth(value: object) -> nodes.Truth:
    return nodes.Truth(truth(value))


_PRESETS: Final[Mapping[ShapeKind, Reader[Preset]]] = MappingProxyType(
    {
        ShapeKind.MONEY: _number,
        ShapeKind.SIGNED_MONEY: _number,
        ShapeKind.NUMBER: _number,
        ShapeKind.TEXT: _text,
        ShapeKind.CHOICE: _text,
        ShapeKind.DATE: _date,
        ShapeKind.TRUTH: _truth,
    }
)


def _preset(kind: nodes.FieldType, value: object) -> Preset:
    """Return a default as its type reads it."""
    reader = _PRESETS.get(kind.word)
    if reader is None:
        raise Refused(misfit("a list or record has no default", "default"))
    return _within("default", reader, value)


_DECLARATION: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {"on": events, "open": truth, "fields": _fields, "given": givens}
)


# --- places --------------------------------------------------------------------------------


def placed_declarations(
    found: tuple[nodes.EventDecl, ...], at: Pointer
) -> tuple[nodes.EventDecl, ...]:
    """Return declarations, they and their parts each placed below ``at``."""
    return tuple(_placed_event(decl, at.child(index)) for index, decl in enumerate(found))


def _placed_event(decl: nodes.EventDecl, at: Pointer) -> nodes.EventDecl:
    equations = enumerate(decl.givens)
    return replace(
        decl,
        on=placed(decl.on, at.child("on")),
        fields=_placed_fields(decl.fields, at.child("fields")),
        givens=tuple(
            placed(equation, at.child("given").child(index)) for index, equation in equations
        ),
        at=at,
    )


def _placed_fields(fields: tuple[nodes.FieldDecl, ...], at: Pointer) -> tuple[nodes.FieldDecl, ...]:
    return tuple(_placed(field, at.child(field.name.text)) for field in fields)


def _placed(field: nodes.FieldDecl, at: Pointer) -> nodes.FieldDecl:
    named = nodes.Name(field.name.text, at=at)
    preset = None if field.preset is None else placed(field.preset, at.child("default"))
    return replace(field, name=named, type=_placed_type(field.type, at), preset=preset, at=at)


def _placed_type(kind: nodes.FieldType, at: Pointer) -> nodes.FieldType:
    member = None if kind.member is None else _placed_type(kind.member, at.child("list_of"))
    fields = _placed_fields(kind.fields, at.child("fields"))
    return replace(kind, member=member, fields=fields, at=at)
