"""Checks of event declarations: their patterns, their fields, and the equations they state."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.check_expressions import check_value
from hera_engine.dsl.check_patterns import check_event_pattern, event_key, is_exact
from hera_engine.dsl.declared import covers, declared_event, kind_of_type, record_fields
from hera_engine.dsl.names import (
    CONTEXT_FIELDS,
    HEADER_FIELDS,
    MEMBER_FIELDS,
    Catalog,
    Scope,
    ValueKind,
)
from hera_engine.errors import Diagnostic, Place, diagnose
from hera_engine.event_shape import ShapeKind

_NAME: Final = re.compile(rf"[ -~]{{1,{limits.KEY_CHARACTERS}}}")
_UNREADABLE: Final = ("business_context", "metadata", "simulate")
"""Fields of the header that no rule reads."""
_MADE: Final = frozenset({"cash_rounding", "document_discount", "discount_net"})
"""Names of what the engine works out; no event sends them."""
_UNROUNDED: Final = frozenset({"quantity", "unit_price", "exchange_rate"})
"""Known fields that count no money, or not in whole minor units."""
_MINOR_UNIT_DECIMALS: Final = 4


def check_events(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of all event declarations."""
    allowed = limits.EVENT_DECLARATIONS
    if len(schema.events) > allowed:
        yield _too_large("EVENT_DECLARATIONS", allowed, len(schema.events), schema.at)
        return
    for index, decl in enumerate(schema.events):
        yield from check_event_pattern(decl.on)
        yield from _check_reached(decl, schema.events[:index])
        yield from _check_size(decl)
        yield from _check_fields(decl.fields)
        for field in decl.fields:
            yield from _check_known(field, catalog)
        scope = Scope(catalog, MappingProxyType({}), declared=declared_event(decl))
        for given in decl.givens:
            yield from check_value(given.left, scope, wanted=ValueKind.NUMBER)
            yield from check_value(given.right, scope, wanted=ValueKind.NUMBER)


def _too_large(limit: str, allowed: int, seen: int, at: Place | None) -> Diagnostic:
    return diagnose(faults.TOO_LARGE, at, limit=limit, allowed=allowed, seen=seen)


def _check_reached(
    decl: nodes.EventDecl, earlier: tuple[nodes.EventDecl, ...]
) -> Iterator[Diagnostic]:
    """Yield a fault if an earlier declaration takes all events of this one."""
    for other in earlier:
        if event_key(other.on) == event_key(decl.on):
            yield diagnose(faults.DUPLICATE, decl.on.at, what="declaration", name=decl.on.text)
            return
        if not is_exact(decl.on) and covers(other.on, decl.on):
            what = f"declaration `{decl.on.text}`"
            reason = "an earlier one matches its events"
            yield diagnose(faults.SHADOWED, decl.on.at, what=what, reason=reason)
            return


def _check_size(decl: nodes.EventDecl) -> Iterator[Diagnostic]:
    """Yield a fault if a declaration has too many fields, or nests them too deeply."""
    seen, depth = _measure(decl.fields)
    allowed = limits.DECLARED_FIELDS
    if seen > allowed:
        yield _too_large("DECLARED_FIELDS", allowed, seen, decl.on.at)
    if depth > limits.DECLARED_DEPTH:
        yield _too_large("DECLARED_DEPTH", limits.DECLARED_DEPTH, depth, decl.on.at)


def _measure(fields: tuple[nodes.FieldDecl, ...]) -> tuple[int, int]:
    """Return how many fields and choices there are, and how deep records are nested."""
    count, depth = 0, 0
    for field in fields:
        inner, below = _measure(record_fields(field.type))
        count += 1 + inner + len(field.type.choices)
        depth = max(depth, below + 1)
    return count, depth


# --- fields --------------------------------------------------------------------------------


def _check_fields(fields: tuple[nodes.FieldDecl, ...]) -> Iterator[Diagnostic]:
    """Yield the faults of fields, whatever the engine knows of them."""
    seen: set[str] = set()
    for field in fields:
        name = field.name.text
        if name in seen:
            yield diagnose(faults.DUPLICATE, field.name.at, what="field", name=name)
        seen.add(name)
        yield from _check_name(field.name)
        yield from _check_choices(field.type)
        if field.type.member is not None:
            yield from _check_choices(field.type.member)
        yield from _check_preset(field)
        yield from _check_fields(record_fields(field.type))


def _check_name(name: nodes.Name) -> Iterator[Diagnostic]:
    """Yield a fault if no event can have a field of this name, or no path can tell it apart."""
    if _NAME.fullmatch(name.text) is None:
        found = f"a field name that is not printable ASCII of {limits.KEY_CHARACTERS} characters"
        yield diagnose(faults.BAD_TEXT, name.at, found=found)
    elif set(name.text) & set(".[]"):
        yield diagnose(faults.BAD_TEXT, name.at, found="a field name with a dot or bracket")


def _check_choices(kind: nodes.FieldType) -> Iterator[Diagnostic]:
    """Yield a fault for each text that stands twice among those to choose from."""
    seen: set[str] = set()
    for choice in kind.choices:
        if choice in seen:
            yield diagnose(faults.DUPLICATE, kind.at, what="choice", name=choice)
        seen.add(choice)


def _check_preset(field: nodes.FieldDecl) -> Iterator[Diagnostic]:
    """Yield the faults of a default: of another kind than the field, or beside `optional`."""
    preset, kind = field.preset, field.type
    if preset is None:
        return
    place = preset.at or field.at
    if field.optional:
        reason = "a field with a default is always there"
        yield diagnose(faults.BAD_LAYOUT, field.name.at, what="`optional`", reason=reason)
    wanted, found = kind_of_type(kind), _PRESET_KINDS[type(preset)]
    if wanted in {ValueKind.COLLECTION, ValueKind.RECORD}:
        reason = f"`{field.name.text}` is {'a list' if kind.member else 'a record'}"
        yield diagnose(faults.BAD_LAYOUT, place, what="a default", reason=reason)
    elif found is not wanted:
        yield diagnose(faults.WRONG_KIND, place, expected=wanted.phrase, found=found.phrase)
    elif kind.choices and isinstance(preset, nodes.Text) and preset.value not in kind.choices:
        allowed = ", ".join(dict.fromkeys(kind.choices))
        yield diagnose(faults.BAD_CHOICE, place, found=preset.value, allowed=allowed)
    elif isinstance(preset, nodes.Number):
        yield from _check_amount(preset, kind.word)


_PRESET_KINDS: Final[Mapping[type[nodes.Node], ValueKind]] = MappingProxyType(
    {
        nodes.Number: ValueKind.NUMBER,
        nodes.Text: ValueKind.TEXT,
        nodes.Date: ValueKind.DATE,
        nodes.Truth: ValueKind.TRUTH,
    }
)


def _check_amount(preset: nodes.Number, word: ShapeKind) -> Iterator[Diagnostic]:
    """Yield a fault if a default is no amount of any currency, or below zero where none may be."""
    reason = None
    if word is ShapeKind.MONEY and preset.value < 0:
        reason = "money is not below zero; declare it `signed money` if it may be"
    elif word is not ShapeKind.NUMBER and _decimals(preset.value) > _MINOR_UNIT_DECIMALS:
        reason = "no currency has so many decimals"
    if reason is not None:
        yield diagnose(faults.BAD_NUMBER, preset.at, found=str(preset.value), reason=reason)


def _decimals(value: Decimal) -> int:
    """Return how many decimals a number has, trailing zeros not counted."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "numbers of a schema are finite"
    text = "".join(map(str, digits))
    return -exponent - (len(text) - len(text.rstrip("0"))) if text.strip("0") else 0


# --- fields the engine knows ---------------------------------------------------------------


def _check_known(field: nodes.FieldDecl, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of a field of the header, or of the context as the engine knows it."""
    name = field.name.text
    if name in _UNREADABLE:
        reason = "rules do not read it, and its shape is fixed"
        yield diagnose(faults.BAD_LAYOUT, field.name.at, what=f"`{name}`", reason=reason)
    elif name in HEADER_FIELDS and field.preset is not None:
        reason = "the engine fills in nothing of an event's header"
        what = f"a default of `{name}`"
        yield diagnose(faults.BAD_LAYOUT, field.preset.at or field.at, what=what, reason=reason)
    yield from _check_known_type(field, _known_kind(name, catalog))
    members = MEMBER_FIELDS.get(name)
    if members is None or field.type.word is not ShapeKind.LIST:
        return
    for inner in record_fields(field.type):
        known = members.get(inner.name.text)
        if known is None and inner.name.text in catalog.dimensions:
            known = ValueKind.TEXT
        yield from _check_known_type(inner, known)
    if field.type.member is not None and field.type.member.word is not ShapeKind.RECORD:
        found = kind_of_type(field.type.member).phrase
        expected = f"a record: `{name}` are read as records"
        yield diagnose(faults.WRONG_KIND, field.type.member.at, expected=expected, found=found)


def _known_kind(name: str, catalog: Catalog) -> ValueKind | None:
    """Return the kind that a field has for the engine, or None for an own field."""
    kind = HEADER_FIELDS.get(name) or CONTEXT_FIELDS.get(name)
    return ValueKind.TEXT if kind is None and name in catalog.dimensions else kind


def _check_known_type(field: nodes.FieldDecl, known: ValueKind | None) -> Iterator[Diagnostic]:
    """Yield a fault if a field is declared as what the engine does not take it for."""
    name, kind = field.name.text, kind_of_type(field.type)
    place = field.type.at or field.at
    if name in _MADE:
        reason = "the engine works it out"
        yield diagnose(faults.BAD_LAYOUT, field.name.at, what=f"`{name}`", reason=reason)
    elif known is not None and kind is not known:
        expected = f"{known.phrase}: the engine knows `{name}`"
        yield diagnose(faults.WRONG_KIND, place, expected=expected, found=kind.phrase)
    elif known is ValueKind.NUMBER:
        wanted = "number" if name in _UNROUNDED else "money"
        if field.type.word.value != wanted:
            expected = f"`{wanted}`: the engine knows `{name}`"
            found = f"`{field.type.word.value}`"
            yield diagnose(faults.WRONG_KIND, place, expected=expected, found=found)
