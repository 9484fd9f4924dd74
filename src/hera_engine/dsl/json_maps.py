"""Maps and derived values in the JSON form: what their values mean, and how they are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.format_expressions import format_expression
from hera_engine.dsl.json_fragments import placed, target
from hera_engine.dsl.json_parts import events
from hera_engine.dsl.json_values import (
    Refused,
    each,
    misfit,
    missing_key,
    name,
    only,
    record,
    text,
)
from hera_engine.errors import Pointer

_TEXT: Final = MappingProxyType({"text": text})

# --- reading: maps -----------------------------------------------------------------------------


def map_keys(value: object) -> tuple[str | None, ...]:
    """Return a row's keys: texts; ``"*"`` and null match anything, ``{"text": "*"}`` a star."""
    return each(value, _map_key)


def _map_key(value: object) -> str | None:
    if isinstance(value, Mapping):
        return text(only(value, _TEXT)[1])
    return None if value is None or value == "*" else text(value)


def row_target(value: object) -> nodes.Name | nodes.Text | None:
    """Return what a row gives: an account key, ``{"text": "…"}`` in a map of texts, or null."""
    if isinstance(value, Mapping):
        return nodes.Text(text(only(value, _TEXT)[1]))
    return None if value is None else name(value)


# --- reading: derived values -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived value before its place in the document is known."""

    meaning: nodes.Derivation

    def located_nodes(self, at: Pointer) -> tuple[nodes.Derivation]:
        """Return the node, each of its parts at the key that holds it."""
        meaning = self.meaning
        pattern = meaning.on
        placed_node = nodes.Derivation(
            name=placed(meaning.name, at.child("name")),
            on=None if pattern is None else placed(pattern, at.child("on")),
            source=placed(meaning.source, at.child("from")),
            at=at,
        )
        return (placed_node,)


Derivations = tuple[Derived, ...]


def derivations(value: object) -> Derivations:
    """Return the derived values of a schema."""
    return each(value, _derivation)


def _derivation(value: object) -> Derived:
    found = record(value, _DERIVED)
    for key in ("name", "from"):
        if key not in found:
            raise Refused(missing_key(key))
    return Derived(
        nodes.Derivation(
            name=name(found["name"]),
            on=events(found["on"]) if "on" in found else None,
            source=_map_call(found["from"]),
        )
    )


def _map_call(value: object) -> nodes.Call:
    node = target(value)
    if isinstance(node, nodes.Call):
        return node
    raise Refused(misfit("a derived value comes from a map, such as `unit_of(channel)`"))


_DERIVED: Final = MappingProxyType({"name": name, "on": events, "from": _map_call})

# --- writing -----------------------------------------------------------------------------------


def write_map(decl: nodes.MapDecl) -> dict[str, object]:
    """Return a map; a last row without keys or dates stands beside the rows as ``else``."""
    rows, last = decl.rows, dict[str, object]()
    # `else` is a single value beside the rows, so that a dated one stands among them.
    if rows and rows[-1] == nodes.MapRow(keys=(None,) * len(decl.inputs), target=rows[-1].target):
        rows, last = rows[:-1], {"else": _target(rows[-1].target)}
    return {
        "inputs": [each.text for each in decl.inputs],
        "rows": [_row(row) for row in rows],
        **last,
    }


def _row(row: nodes.MapRow) -> dict[str, object]:
    found: dict[str, object] = {"when": [*map(_key, row.keys)], "then": _target(row.target)}
    for key, day in (("effective_from", row.effective_from), ("effective_to", row.effective_to)):
        if isinstance(day, date):
            found[key] = day.isoformat()
    return found


def _target(target: nodes.Name | nodes.Text | None) -> object:
    """Return an account key as it is, a text as an object of its own, so that none is the other."""
    if isinstance(target, nodes.Text):
        return {"text": target.value}
    return None if target is None else target.text


def _key(key: str | None) -> object:
    if key is None:
        return "*"
    return {"text": key} if key == "*" else key


def write_derivation(derived: nodes.Derivation) -> dict[str, object]:
    """Return a derived value."""
    pattern, on = derived.on, dict[str, object]()
    if pattern is not None:
        on = {"on": {"regex": pattern.text} if pattern.regex else pattern.text}
    return {"name": derived.name.text, **on, "from": format_expression(derived.source)}
