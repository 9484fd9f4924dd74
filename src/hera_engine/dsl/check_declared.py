"""Checks of rules against the declarations of their events.

What stands here speaks only where every event that a rule can meet is declared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from typing import Final

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.check_derived import scopes_of
from hera_engine.dsl.dated import period_of
from hera_engine.dsl.names import Catalog, Declared, Scope, Unit, open_scope, walk
from hera_engine.errors import Diagnostic, Place, diagnose
from hera_engine.periods import Period, gaps

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
    for rule, view in zip(schema.rules, views, strict=True):
        if view is not None:
            scope = open_scope(catalog, rule, view).behind_lets(len(rule.lets))
            yield from _check_expressions(rule, scope)
    calls = _map_calls(schema, catalog, views)
    for decl in schema.maps:
        yield from _check_map(decl, calls.get(decl.name.text, ()))


def maps_of_declared_values(
    schema: nodes.Schema, catalog: Catalog, views: Sequence[Declared | None]
) -> frozenset[str]:
    """Return the names of maps of which every call is checked for values without a row.

    Such a map need not say what happens to other values: there are none, or they are told.
    """
    calls = _map_calls(schema, catalog, views)
    return frozenset(
        decl.name.text
        for decl in schema.maps
        if decl.name.text in calls
        and all(
            _combinations(decl, values) is not None
            for values in {call.values for call in calls[decl.name.text]}
        )
    )


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
        tails = (line.currency, line.base, line.rate)
        whole = (line.amount, *tails, line.when, *(loop.when for loop in line.loops))
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

_Keys = tuple[str | None, ...]
_Values = tuple[tuple[str, ...] | None, ...]
"""For each input of a map all texts it can be, or None where they are not known."""


@dataclass(frozen=True, slots=True)
class _MapCall:
    """A map in use: where it is called, what its arguments can be, and on which days.

    These are days on which the rule is in force, and the schema too.
    """

    at: Place | None
    values: _Values
    period: Period


def _map_calls(
    schema: nodes.Schema, catalog: Catalog, views: Sequence[Declared | None]
) -> Mapping[str, Sequence[_MapCall]]:
    """Return the calls of each map, in document order."""
    calls: dict[str, list[_MapCall]] = {}
    in_force = period_of(schema)

    def note(call: nodes.Call, scope: Scope, days: Period) -> None:
        period = in_force.common(days)
        if period is None:
            return  # no event can be posted by the rule
        values = tuple(_values(argument, scope) for argument in call.arguments)
        calls.setdefault(call.function.text, []).append(_MapCall(call.at, values, period))

    for rule, view in zip(schema.rules, views, strict=True):
        scope = open_scope(catalog, rule, view).behind_lets(len(rule.lets))
        for line in rule.lines:
            if isinstance(line.target, nodes.Call):
                note(line.target, scope.within(line.loops), period_of(rule))
        for whole, inside in _scoped(rule, scope) if catalog.texts else ():
            for call in _text_calls(whole, catalog):
                note(call, inside, period_of(rule))
    for derived in schema.derivations:
        for scope in scopes_of(derived, schema, catalog, views):
            for call in _text_calls(derived.source, catalog):
                note(call, scope, Period())
    return calls


def _text_calls(whole: nodes.Expression, catalog: Catalog) -> Iterator[nodes.Call]:
    """Yield the calls of maps of texts in an expression."""
    for part in walk(whole):
        if isinstance(part, nodes.Call) and part.function.text in catalog.texts:
            yield part


def _check_map(decl: nodes.MapDecl, calls: Sequence[_MapCall]) -> Iterator[Diagnostic]:
    """Yield the values that a map has no row for, and the rows that no event leads to."""
    inputs: list[list[tuple[str, ...] | None]] = [[] for _ in decl.inputs]
    seen: set[tuple[_Values, Period]] = set()
    for call in calls:
        fits = len(call.values) == len(decl.inputs)
        if (call.values, call.period) not in seen:
            yield from _check_gaps(decl, call)
        seen.add((call.values, call.period))
        for index, known in enumerate(inputs):
            known.append(call.values[index] if fits else None)
    if calls:
        yield from _check_dead_rows(decl, inputs)
        yield from _check_idle_rows(decl, seen)


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
        case nodes.Call(function):
            return scope.catalog.texts.get(function.text)
        case _:
            return None


def _combinations(decl: nodes.MapDecl, values: _Values) -> tuple[_Keys, ...] | None:
    """Return what a call can look up, None for any value; None if that is not known or too much."""
    if len(values) != len(decl.inputs) or len(values) > _CHECKED_INPUTS:
        return None
    if all(found is None for found in values):
        return None
    choices = [(None,) if found is None else found for found in values]
    found = tuple(islice(product(*choices), _COMBINATIONS + 1))
    return None if len(found) > _COMBINATIONS else found


def _check_gaps(decl: nodes.MapDecl, call: _MapCall) -> Iterator[Diagnostic]:
    """Yield a warning naming the declared values for which a map has no row on some day."""
    rows: dict[_Keys, list[Period]] = {}
    for row in decl.rows:
        rows.setdefault(row.keys, []).append(period_of(row))
    some = []
    for keys in _combinations(decl, call.values) or ():
        # None among the keys stands for any value there may be.
        matching = (rows.get(row, ()) for row in product(*((key, None) for key in keys)))
        words = " with ".join("any" if key is None else f'"{key}"' for key in keys)
        for gap in gaps(call.period, chain.from_iterable(matching)):
            dates = f" {gap}" if gap.is_dated and gap != call.period else ""
            some.append(f"{words}{dates}")
    if some:
        more = f" and {len(some) - _SHOWN_GAPS} more" if len(some) > _SHOWN_GAPS else ""
        gap_words = f"{', '.join(some[:_SHOWN_GAPS])}{more}"
        yield diagnose(faults.MAP_GAP, call.at, name=decl.name.text, gap=gap_words)


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


def _check_idle_rows(
    decl: nodes.MapDecl, calls: Iterable[tuple[_Values, Period]]
) -> Iterator[Diagnostic]:
    """Yield a warning for each row with a wildcard where all it matches has a closer row.

    Such a row, most often an ``else``, can never be chosen, and so no case could exercise it.
    """
    rows: dict[_Keys, list[tuple[int, Period]]] = {}
    for index, row in enumerate(decl.rows):
        rows.setdefault(row.keys, []).append((index, period_of(row)))
    met: set[int] = set()
    reached: set[int] = set()
    for values, period in calls:
        looked_up = _combinations(decl, values)
        if looked_up is None:
            return
        for keys in looked_up:
            patterns = dict.fromkeys(product(*((key, None) for key in keys)))
            found = {pattern: rows[pattern] for pattern in patterns if pattern in rows}
            for pattern, alike in found.items():
                closer = tuple(
                    there
                    for other, others in found.items()
                    if other.count(None) < pattern.count(None)
                    for _, there in others
                )
                for index, own in alike:
                    days = period.common(own)
                    if days is not None:
                        met.add(index)
                        reached |= {index} if any(gaps(days, closer)) else set()
    for index, row in enumerate(decl.rows):
        if None in row.keys and index in met - reached:
            keys_text = ", ".join("*" if key is None else f'"{key}"' for key in row.keys)
            wild = "else" if row.keys.count(None) == len(row.keys) else keys_text
            what = f"row `{wild}` of `{decl.name.text}`"
            reason = "other rows take every value that is declared"
            yield diagnose(faults.SHADOWED, row.at, what=what, reason=reason)
