"""Compiles the maps of a schema, and the values that are derived by them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hera_engine.dsl import nodes
from hera_engine.dsl.check_derived import is_by_item
from hera_engine.dsl.names import ITEM, TAX_CATEGORY, texts_of
from hera_engine.errors import Diagnostic, diagnose, did_you_mean
from hera_engine.faults import UNKNOWN_CATEGORY
from hera_engine.patterns import Pattern, event_pattern
from hera_engine.routing import RouteTable
from hera_engine.rules.compile_expressions import ITEMS, NameScope, compile_expression
from hera_engine.rules.compile_tax import is_known_category
from hera_engine.rules.expressions import Expression, MapText, Read, Source
from hera_engine.rules.maps import MapTable, map_table
from hera_engine.rules.plan import AccountMap, DerivationTable, PlannedDerivation, PlannedKey
from hera_engine.tax.profile import TaxProfile

# --- maps ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlannedMaps:
    """The maps of a schema, each made ready once: those of accounts, and those of texts."""

    accounts: Mapping[str, AccountMap]
    texts: Mapping[str, MapTable]


def planned_maps(schema: nodes.Schema, accounts: Mapping[str, PlannedKey]) -> PlannedMaps:
    """Return the maps of a checked schema."""
    texts = {decl.name.text: map_table(decl) for decl in schema.maps if texts_of(decl)}
    return PlannedMaps(
        {
            decl.name.text: _account_map(decl, accounts)
            for decl in schema.maps
            if decl.name.text not in texts
        },
        texts,
    )


def _account_map(decl: nodes.MapDecl, accounts: Mapping[str, PlannedKey]) -> AccountMap:
    table = map_table(decl)
    keys = {name: accounts[name] for name in table.targets}
    requiring = frozenset(name for key in keys.values() for name in required_of(key))
    return AccountMap(table, keys, requiring)


def required_of(key: PlannedKey) -> Iterable[str]:
    """Yield the dimensions that an account requires, in whichever ledger."""
    for account in key.by_ledger.values():
        if account.required is not None:
            yield from account.required.names


# --- derived values ------------------------------------------------------------------------


def derivation_tables(schema: nodes.Schema, maps: PlannedMaps) -> tuple[DerivationTable, ...]:
    """Return the derived values of a schema: those for items first, and of each name alone."""
    found: dict[tuple[bool, str], list[nodes.Derivation]] = {}
    for derived in schema.derivations:
        found.setdefault((not is_by_item(derived), derived.name.text), []).append(derived)
    return tuple(
        DerivationTable(
            routes=RouteTable((_pattern(each.on) for each in group), exact_first=False),
            derivations=tuple(_planned(each, maps.texts) for each in group),
        )
        for _, group in sorted(found.items(), key=lambda pair: pair[0][0])
    )


def _pattern(pattern: nodes.EventPattern | None) -> Pattern:
    if pattern is None:
        return event_pattern("HERA.**", regex=False)
    return event_pattern(pattern.text, regex=pattern.regex)


def _planned(derived: nodes.Derivation, texts: Mapping[str, MapTable]) -> PlannedDerivation:
    names = NameScope(frozenset(), {ITEM: Read(Source.FACT, ITEMS)}, texts)
    text = compile_expression(derived.source, names)
    assert isinstance(text, MapText), "a checked value is derived by a map of texts"
    return PlannedDerivation(
        name=derived.name.text,
        by_item=is_by_item(derived),
        text=text,
        needed=tuple(_needed(text)),
    )


def _needed(expression: Expression) -> Iterator[Read]:
    """Yield the fields without which nothing is derived: those that have no default."""
    match expression:
        case MapText(_, arguments):
            for argument in arguments:
                yield from _needed(argument)
        case Read():
            yield expression
        case _:
            return


def unknown_categories(
    schema: nodes.Schema, maps: PlannedMaps, profile: TaxProfile | None
) -> Iterator[Diagnostic]:
    """Yield a fault for each derived category that the tax profile in force has no rate for."""
    if profile is None:
        return
    called = {
        each.source.function.text for each in schema.derivations if each.name.text == TAX_CATEGORY
    }
    for decl in schema.maps:
        if decl.name.text not in called:
            continue
        told: set[str] = set()
        for row in decl.rows:
            text = row.target
            if not isinstance(text, nodes.Text) or text.value in told:
                continue
            told.add(text.value)
            if not is_known_category(profile, text.value):
                near = did_you_mean(text.value, profile.categories())
                known = {"profile": profile.id, "name": text.value}
                yield diagnose(UNKNOWN_CATEGORY, text.at or row.at, suggestion=near, **known)
