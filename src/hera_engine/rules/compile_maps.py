"""Compiles the maps of a schema: their rows by their keys, and what their accounts are."""

from collections.abc import Iterable, Mapping

from hera_engine.dsl import nodes
from hera_engine.rules.maps import map_table
from hera_engine.rules.plan import AccountMap, PlannedKey


def account_maps(
    schema: nodes.Schema, accounts: Mapping[str, PlannedKey]
) -> Mapping[str, AccountMap]:
    """Return the maps of a checked schema that give accounts, by name."""
    return {decl.name.text: _account_map(decl, accounts) for decl in schema.maps}


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
