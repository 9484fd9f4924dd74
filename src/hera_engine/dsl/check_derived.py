"""Checks of derived values: which name, which events, which map of texts, what it is asked.

A value is derived for each item if an argument of the map is a field of `item`, else for the
event as a whole. Of each of the two the first that matches an event governs a name.
"""

from collections.abc import Iterator, Sequence, Set
from typing import Final

from hera_engine import faults, limits
from hera_engine.dimensions import check_dimension_value
from hera_engine.dsl import nodes
from hera_engine.dsl.check_expressions import check_map_call, infer_kind
from hera_engine.dsl.check_patterns import (
    PatternKey,
    catches_all,
    check_event_pattern,
    event_key,
    is_covered,
    lead_of,
)
from hera_engine.dsl.declared import may_share, undeclared
from hera_engine.dsl.names import (
    CONTEXT_FIELDS,
    HEADER_FIELDS,
    ITEM,
    TAX_CATEGORY,
    Catalog,
    Declared,
    Scope,
    ValueKind,
    walk,
)
from hera_engine.errors import Diagnostic, diagnose, did_you_mean

_LOOP: Final = nodes.Loop(variable=nodes.Name(ITEM), collection=nodes.Field(("items",)))


def is_by_item(derived: nodes.Derivation) -> bool:
    """Whether a value is derived for each item: an argument is a field of it."""
    parts = walk(derived.source)
    return any(isinstance(part, nodes.Field) and part.path[0] == ITEM for part in parts)


def check_derived(
    schema: nodes.Schema, catalog: Catalog, views: Sequence[Declared | None]
) -> Iterator[Diagnostic]:
    """Yield the faults of derived values; ``views`` says what the events of each rule look like."""
    if len(schema.derivations) > limits.PATTERNS:
        allowed, seen = limits.PATTERNS, len(schema.derivations)
        yield diagnose(faults.TOO_LARGE, schema.at, limit="PATTERNS", allowed=allowed, seen=seen)
        return
    maps = {decl.name.text: decl for decl in reversed(schema.maps)}
    told: set[tuple[str, str]] = set()
    for derived in schema.derivations:
        yield from _check_name(derived, catalog)
        yield from _check_source(derived, catalog)
        yield from _check_fields(derived, schema, catalog, views)
        pair = (derived.name.text, derived.source.function.text)
        if pair not in told and pair[1] in maps and pair[0] in catalog.dimensions:
            told.add(pair)
            yield from _check_values(pair[0], maps[pair[1]])
    yield from _check_patterns(schema)


def _check_name(derived: nodes.Derivation, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield a fault unless the name is the tax category, or a dimension that is nothing else."""
    name = derived.name
    if name.text in {**HEADER_FIELDS, **CONTEXT_FIELDS} and name.text != TAX_CATEGORY:
        yield diagnose(faults.SHADOWS, name.at, name=name.text, what="a field of the event")
        return
    if name.text not in catalog.dimensions and name.text != TAX_CATEGORY:
        near = did_you_mean(name.text, (*sorted(catalog.dimensions), TAX_CATEGORY))
        hint = near or f"derive a dimension or {TAX_CATEGORY}"
        yield diagnose(faults.INVALID_DIMENSION, name.at, suggestion=hint, name=name.text)


def _check_patterns(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield the faults of patterns, and derived values that an earlier one covers."""
    seen: set[tuple[str, bool, PatternKey]] = set()
    leads: dict[tuple[str, bool], set[tuple[str, ...]]] = {}
    for derived in schema.derivations:
        pattern = derived.on or _EVERY
        broken = () if derived.on is None else tuple(check_event_pattern(derived.on))
        if broken:
            yield from broken
            continue
        whose = (derived.name.text, is_by_item(derived))
        earlier = leads.setdefault(whose, set())
        what, reason = f"`derive {derived.name.text}`", None
        if (*whose, event_key(pattern)) in seen or _is_covered(pattern, earlier):
            reason = "an earlier one matches its events"
        elif schema.rules and _rules_of(derived, schema) == []:
            reason = "no rule is for its events"
        if reason is not None:
            yield diagnose(faults.SHADOWED, pattern.at or derived.at, what=what, reason=reason)
        seen.add((*whose, event_key(pattern)))
        if catches_all(pattern):
            earlier.add(lead_of(pattern))


def _is_covered(pattern: nodes.EventPattern, earlier: Set[tuple[str, ...]]) -> bool:
    """Whether the events of a pattern are those of earlier ones, or of one for all events."""
    return lead_of(_EVERY) in earlier or is_covered(pattern, earlier)


_EVERY: Final = nodes.EventPattern("HERA.**")


# --- what is asked -------------------------------------------------------------------------


def scopes_of(
    derived: nodes.Derivation,
    schema: nodes.Schema,
    catalog: Catalog,
    views: Sequence[Declared | None],
) -> tuple[Scope, ...]:
    """Return what names mean in a derived value, once for each kind of event it may be for."""
    found: list[Declared | None] = []
    for index in _rules_of(derived, schema) or ():
        if not any(views[index] is known for known in found):
            found.append(views[index])
    return tuple(
        Scope(catalog, {}, variables=frozenset((ITEM,)), loops=(_LOOP,), declared=view)
        for view in found or (None,)
    )


def _rules_of(derived: nodes.Derivation, schema: nodes.Schema) -> list[int] | None:
    """Return the places of the rules whose events a value may be for; None if there are too many.

    Then nothing is said of its events.
    """
    every, pattern = range(len(schema.rules)), derived.on
    if len(every) * len(schema.derivations) > _STEPS:
        return None
    return [
        index for index in every if pattern is None or may_share(pattern, schema.rules[index].on)
    ]


_STEPS: Final = 100_000
"""Patterns of derived values and of rules that are compared in one schema."""


def _check_source(derived: nodes.Derivation, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of the map that is called, and of what its arguments are."""
    call, name = derived.source, derived.source.function.text
    (scope,) = scopes_of(derived, nodes.Schema(), catalog, ())
    if name not in catalog.maps:
        yield diagnose(faults.UNKNOWN_MAP, call.function.at, name=name)
        return
    if name not in catalog.texts:
        yield diagnose(
            faults.WRONG_KIND,
            call.function.at,
            suggestion='give its rows texts: `"book" -> "goods.books"`',
            expected="a map of texts",
            found=f"the map `{name}`, which gives accounts",
        )
    faulty = tuple(_check_arguments(call, scope))
    yield from faulty or check_map_call(call, scope)
    own = ((derived.name.text,), (ITEM, derived.name.text))
    if any(isinstance(each, nodes.Field) and each.path in own for each in call.arguments):
        reason = "it reads the field that it is to give, which is not there"
        what = f"`derive {derived.name.text}`"
        yield diagnose(faults.SHADOWED, derived.at, what=what, reason=reason)


def _check_arguments(call: nodes.Call, scope: Scope) -> Iterator[Diagnostic]:
    """Yield a fault for each argument that is no field, text or call of a map of texts."""
    for argument in call.arguments:
        match argument:
            case nodes.Field(("items", _, *_)):
                hint = f"write {'.'.join((ITEM, *argument.path[1:]))}: it is derived item by item"
                found = f"`{'.'.join(argument.path)}`"
                yield diagnose(
                    faults.WRONG_KIND, argument.at, suggestion=hint, expected=_ASKED, found=found
                )
            case nodes.Call(function) if function.text in scope.catalog.texts:
                yield from _check_arguments(argument, scope)
            case nodes.Field() | nodes.Default() | nodes.Text() | nodes.Date() | nodes.Truth():
                kind = infer_kind(argument, scope)
                if kind is ValueKind.NUMBER:
                    yield diagnose(
                        faults.WRONG_KIND, argument.at, expected=_ASKED, found=kind.phrase
                    )
            case _:
                found = "an expression"
                yield diagnose(faults.WRONG_KIND, argument.at, expected=_ASKED, found=found)


_ASKED: Final = "a field of the event or of `item` that holds a text"


def _check_fields(
    derived: nodes.Derivation,
    schema: nodes.Schema,
    catalog: Catalog,
    views: Sequence[Declared | None],
) -> Iterator[Diagnostic]:
    """Yield a fault for each field that no event has which the value may be for."""
    scopes = scopes_of(derived, schema, catalog, views)
    for part in walk(derived.source):
        if isinstance(part, nodes.Field):
            advice = [undeclared(part.path, scope) for scope in scopes]
            if all(each is not None for each in advice):
                name = ".".join(part.path)
                yield diagnose(faults.UNKNOWN_FIELD, part.at, suggestion=advice[0], name=name)


def _check_values(name: str, decl: nodes.MapDecl) -> Iterator[Diagnostic]:
    """Yield a fault for each text of a map that no line can carry as the value of a dimension."""
    for row in decl.rows:
        if isinstance(row.target, nodes.Text):
            found = row.target.value
            try:
                check_dimension_value(found)
            except ValueError as error:
                place = row.target.at or row.at
                yield diagnose(faults.NO_VALUE, place, found=found, name=name, reason=error)
