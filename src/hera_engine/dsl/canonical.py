"""The meaning of a schema without its spelling: what equality and fingerprints are taken of."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.money import format_amount

_PLAIN: Final = frozenset((str, bool, int, type(None)))
"""Types of what is spelled in one way only: most fields of nodes."""


def canonical_schema(schema: nodes.Schema) -> nodes.Schema:
    """Return a schema's meaning: no places, comments or layout, numbers in their shortest form.

    Accounts, maps and tax profiles are found by name, so their order means nothing and is made
    alphabetical; everything else keeps the order of the document. A reversal is a purchase if
    the rule it reverses is, whether it says so or not.
    """
    bare = _without_spelling(replace(schema, comments={}, layout=()), [])
    assert isinstance(bare, nodes.Schema), "a node keeps its class"
    return replace(
        bare,
        accounts=tuple(sorted(bare.accounts, key=lambda decl: decl.key.text)),
        maps=tuple(sorted(bare.maps, key=lambda decl: decl.name.text)),
        tax_profiles=tuple(sorted(bare.tax_profiles, key=lambda decl: decl.name.text)),
        rules=tuple(
            rule if rule.reverses is None else replace(rule, purchase=False) for rule in bare.rules
        ),
    )


def _without_spelling(value: object, known: list[tuple[object, object]]) -> object:
    """Return a node, or a part of one, without its place and with numbers in one spelling.

    ``known`` holds the allocations met so far, last the one that the lines side by side share.
    """
    if isinstance(value, nodes.Allocation) and known and known[-1][0] is value:
        return known[-1][1]
    if isinstance(value, nodes.Node):
        changed = {
            name: part
            if type(part := getattr(value, name)) in _PLAIN
            else _without_spelling(part, known)
            for name in value.__dataclass_fields__
        }
        changed["at"] = None
        found = type(value)(**changed)  # type: ignore[arg-type] # the node's own fields
        if isinstance(value, nodes.Allocation):
            known.append((value, found))
        return found
    if isinstance(value, tuple):
        return tuple(_without_spelling(part, known) for part in value)
    if isinstance(value, Decimal):
        return Decimal(shortest(value))
    return value


def shortest(value: Decimal) -> str:
    """Return a number in plain digits without trailing zeros behind the point."""
    text = format_amount(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
