"""Checks of rules against the declarations of their events.

What stands here speaks only where every event that a rule can meet is declared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Final

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.names import Catalog, Declared, Scope, Unit, open_scope, walk
from hera_engine.errors import Diagnostic, diagnose

_COMBINATIONS: Final = 1_000
"""So many combinations of declared values are looked up in one map; more are left unchecked."""
_CHECKED_INPUTS: Final = 6
"""A map of more inputs than these is left unchecked."""
_SHOWN_GAPS: Final = 3


def check_against_declarations(
    schema: nodes.Schema, catalog: Catalog, views: Sequence[Declared | None]
) -> Iterator[Diagnostic]:
    """Yield the faults that only declarations show: needless defaults, products, maps.

    Args:
        schema: The schema.
        catalog: The names it declares.
        views: What the events of each rule look like, None where some are not declared.
    """
    calls: dict[str, list[tuple[nodes.Call, Scope] | None]] = {}
    for rule, view in zip(schema.rules, views, strict=True):
        scope = open_scope(catalog, rule, view)
        scope = scope.behind_lets(len(rule.lets))
        if view is not None:
            yield from _check_expressions(rule, scope)
        for line in rule.lines:
            if isinstance(line.target, nodes.Call):
                found = None if view is None else (line.target, scope.within(line.loops))
                calls.setdefault(line.target.function.text, []).append(found)
    for decl in schema.maps:
        yield from _check_map(decl, calls.get(decl.name.text, ()))


# --- expressions ---------------------------------------------------------------------------


def _scoped(rule: nodes.Rule, scope: Scope) -> Iterator[tuple[nodes.Expression, Scope]]:
    """Yield every whole expression of a rule with what names mean in it."""
    for let in rule.lets:
        yield let.value, scope
    for given in rule.givens:
        yield given.left, scope
        yield given.right, scope
    for line in rule.lines:
        inside = scope.within(line.loops)
        whole = (line.amount, line.when, *(loop.when for loop in line.loops))
        yield from ((each, inside) for each in whole if each is not None)
        if isinstance(line.target, nodes.Call):
            yield from ((argument, inside) for argument in line.target.arguments)


def _check_expressions(rule: nodes.Rule, scope: Scope) -> Iterator[Diagnostic]:
    """Yield needless defaults and products of money in the expressions of a rule."""
    for whole, inside in _scoped(rule, scope):
        for part in walk(whole):
            if isinstance(part, nodes.Default):
                yield from _check_default(part, inside)
            elif isinstance(part, nodes.Product):
                yield from _check_product(part, inside)


def _check_default(default: nodes.Default, scope: Scope) -> Iterator[Diagnostic]:
    """Yield a warning if a field that has a default here is never absent."""
    path = default.field.path
    steps = scope.declared_steps(path)
    if steps and all(step is not None and step.there for step in steps):
        yield diagnose(faults.NEEDLESS_DEFAULT, default.at, name=".".join(path))


def _check_product(product_: nodes.Product, scope: Scope) -> Iterator[Diagnostic]:
    """Yield a fault if two declared amounts of money are multiplied and none divides."""
    amounts = [
        (term.operator, term.operand) for term in product_.terms if _is_money(term.operand, scope)
    ]
    times = [operand for operator, operand in amounts if operator == "*"]
    if len(times) > 1 and len(times) == len(amounts):
        expected = "a number to multiply money with"
        yield diagnose(faults.WRONG_KIND, times[1].at, expected=expected, found="money")


def _is_money(operand: nodes.Expression, scope: Scope) -> bool:
    if isinstance(operand, nodes.Default):
        operand = operand.field
    if not isinstance(operand, nodes.Field):
        return False
    found = scope.declared_at(operand.path)
    return found is not None and found.unit is Unit.MONEY


# --- maps ----------------------------------------------------------------------------------


def _check_map(
    decl: nodes.MapDecl, calls: Iterable[tuple[nodes.Call, Scope] | None]
) -> Iterator[Diagnostic]:
    """Yield the values that a map has no row for, and the rows that no event leads to."""
    listed = tuple(calls)
    inputs: list[list[tuple[str, ...] | None]] = [[] for _ in decl.inputs]
    seen: set[tuple[tuple[str, ...] | None, ...]] = set()
    for call in listed:
        if call is None or len(call[0].arguments) != len(decl.inputs):
            values: list[tuple[str, ...] | None] = [None] * len(decl.inputs)
        else:
            values = [_values(argument, call[1]) for argument in call[0].arguments]
            if tuple(values) not in seen:
                yield from _check_gaps(decl, call[0], values)
            seen.add(tuple(values))
        for known, found in zip(inputs, values, strict=True):
            known.append(found)
    if listed:
        yield from _check_dead_rows(decl, inputs)


def _values(argument: nodes.Expression, scope: Scope) -> tuple[str, ...] | None:
    """Return all texts that an argument can be, or None where they are not known."""
    match argument:
        case nodes.Text(text):
            return (text,)
        case nodes.Default(field, nodes.Text(text)):
            found = _values(field, scope)
            return None if found is None else tuple(dict.fromkeys((*found, text)))
        case nodes.Field(path):
            declared = scope.declared_at(path)
            return None if declared is None else declared.choices
        case _:
            return None


def _check_gaps(
    decl: nodes.MapDecl, call: nodes.Call, values: list[tuple[str, ...] | None]
) -> Iterator[Diagnostic]:
    """Yield a warning naming the declared values for which a map has no row."""
    if all(found is None for found in values) or len(values) > _CHECKED_INPUTS:
        return
    rows = {row.keys for row in decl.rows}
    choices = [(None,) if found is None else found for found in values]
    combinations = tuple(islice(product(*choices), _COMBINATIONS + 1))
    if len(combinations) > _COMBINATIONS:
        return
    gaps = [keys for keys in combinations if not _has_row(keys, rows)]
    if gaps:
        some = [" with ".join("any" if k is None else f'"{k}"' for k in keys) for keys in gaps]
        more = f" and {len(some) - _SHOWN_GAPS} more" if len(some) > _SHOWN_GAPS else ""
        gap = f"{', '.join(some[:_SHOWN_GAPS])}{more}"
        yield diagnose(faults.MAP_GAP, call.at, name=decl.name.text, gap=gap)


def _has_row(keys: tuple[str | None, ...], rows: set[tuple[str | None, ...]]) -> bool:
    """Whether some row matches the values; None stands for any value there may be."""
    return any(row in rows for row in product(*((key, None) for key in keys)))


def _check_dead_rows(
    decl: nodes.MapDecl, inputs: list[list[tuple[str, ...] | None]]
) -> Iterator[Diagnostic]:
    """Yield a warning for each row with a value that no call of the map can have."""
    possible: list[Mapping[str, None] | None] = [
        None
        if any(found is None for found in each)
        else dict.fromkeys(text for found in each for text in found or ())
        for each in inputs
    ]
    for row in decl.rows:
        for name, key, known in zip(decl.inputs, row.keys, possible, strict=False):
            if key is not None and known is not None and key not in known:
                what = f'row `"{key}"` of `{decl.name.text}`'
                reason = f"`{name.text}` is declared, and never this value"
                yield diagnose(faults.SHADOWED, row.at, what=what, reason=reason)
                break
