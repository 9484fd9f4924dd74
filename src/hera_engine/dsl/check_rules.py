"""Checks of maps, posting rules and cases: what each name in them means, and what is missing.

A rule is checked with a scope that grows statement by statement: a `let` is known behind its
declaration, a loop variable inside its loop.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, Self

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.check_allocations import check_allotted, check_sides
from hera_engine.dsl.check_expressions import check_amount, check_field, check_value, rule_scope
from hera_engine.dsl.check_patterns import (
    PatternKey,
    catches_all,
    check_dimensions,
    check_event_pattern,
    check_smart_code,
    event_key,
    is_covered,
    is_exact,
    lead_of,
)
from hera_engine.dsl.names import (
    CONTEXT_FIELDS,
    FUNCTIONS,
    HEADER_FIELDS,
    Catalog,
    Scope,
    ValueKind,
    counted,
    expressions_of,
    walk,
)
from hera_engine.errors import Diagnostic, diagnose
from hera_engine.patterns import RouteTable, event_pattern

_CHECKED_INPUTS: Final = 6
"""Up to this many inputs, map rows are compared with partly open rows before them."""


def check_account(name: nodes.Name, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield a fault unless an account key is declared."""
    if name.text not in catalog.accounts:
        yield diagnose(faults.UNKNOWN_ACCOUNT, name.at, name=name.text)


def check_ledger(name: nodes.Name, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield a fault unless a ledger exists and the schema keeps it."""
    if name.text in catalog.ledgers:
        return
    known = name.text in nodes.LEDGER_NAMES
    suggestion = "add it to `ledgers`" if known else None
    yield diagnose(faults.UNKNOWN_LEDGER, name.at, suggestion=suggestion, name=name.text)


def check_duplicates(names: Iterable[nodes.Name], what: str) -> Iterator[Diagnostic]:
    """Yield a fault for each name that an earlier one already declares."""
    seen: set[str] = set()
    for name in names:
        if name.text in seen:
            yield diagnose(faults.DUPLICATE, name.at, what=what, name=name.text)
        seen.add(name.text)


# --- maps ----------------------------------------------------------------------------------


def check_maps(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of all maps."""
    yield from check_duplicates((decl.name for decl in schema.maps), "map")
    for decl in schema.maps:
        if decl.name.text in FUNCTIONS:
            yield diagnose(faults.SHADOWS, decl.name.at, name=decl.name.text, what="a function")
        yield from check_duplicates(decl.inputs, "input")
        yield from _check_rows(decl, catalog)


def _check_rows(decl: nodes.MapDecl, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of a map's rows: number of keys, target, rows never reached."""
    seen: set[tuple[str | None, ...]] = set()
    for row in decl.rows:
        if len(row.keys) != len(decl.inputs):
            yield diagnose(
                faults.WRONG_ARGUMENTS,
                row.at,
                name=decl.name.text,
                expected=counted(len(decl.inputs), "key"),
                found=len(row.keys),
            )
        elif _row_is_covered(row.keys, seen):
            what = f"row `{_row_text(row)}` of `{decl.name.text}`"
            reason = "an earlier row matches first"
            yield diagnose(faults.SHADOWED, row.at, what=what, reason=reason)
        seen.add(row.keys)
        if row.target is not None:
            yield from check_account(row.target, catalog)


def _row_is_covered(keys: tuple[str | None, ...], seen: set[tuple[str | None, ...]]) -> bool:
    """Whether an earlier row matches whatever this one matches."""
    if len(keys) > _CHECKED_INPUTS:
        return keys in seen or (None,) * len(keys) in seen
    return any(general in seen for general in product(*((key, None) for key in keys)))


def _row_text(row: nodes.MapRow) -> str:
    """Return the keys of a row, as a reader wrote them."""
    if all(key is None for key in row.keys):
        return "else"
    return ", ".join("*" if key is None else f'"{key}"' for key in row.keys)


# --- rules ---------------------------------------------------------------------------------


def check_rules(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of all rules."""
    if len(schema.rules) > limits.SCHEMA_RULES:
        seen = len(schema.rules)
        yield diagnose(
            faults.TOO_LARGE,
            schema.at,
            limit="SCHEMA_RULES",
            allowed=limits.SCHEMA_RULES,
            seen=seen,
        )
        return
    yield from _check_routes(schema)
    yield from _check_reversals(schema)
    for rule in schema.rules:
        yield from _check_rule(rule, catalog)


def _check_routes(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield rules whose events an earlier rule takes; an exact code beats every pattern."""
    keys: set[PatternKey] = set()
    leads: set[tuple[str, ...]] = set()
    for rule in schema.rules:
        yield from check_event_pattern(rule.on)
        key = event_key(rule.on)
        if key in keys:
            yield diagnose(faults.DUPLICATE, rule.on.at, what="rule", name=rule.on.text)
        elif not is_exact(rule.on) and is_covered(rule.on, leads):
            what = f"rule `{rule.on.text}`"
            reason = "an earlier rule matches its events"
            yield diagnose(faults.SHADOWED, rule.on.at, what=what, reason=reason)
        keys.add(key)
        if catches_all(rule.on):
            leads.add(lead_of(rule.on))


def _check_reversals(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield the faults of `reverses`: no such rule, a reversal itself, or no purchase."""
    by_key = {event_key(rule.on): rule for rule in reversed(schema.rules)}
    posting: _Posting | None = None
    for rule in schema.rules:
        if rule.reverses is None:
            continue
        target = by_key.get(event_key(rule.reverses))
        if target is not None and target.reverses is not None:
            yield diagnose(faults.REVERSES_ITSELF, rule.reverses.at, name=rule.on.text)
            continue
        if target is None:
            posting = posting or _Posting.of(schema)
            target = posting.find(rule.reverses)
        if target is None:
            yield diagnose(faults.UNKNOWN_RULE, rule.reverses.at, name=rule.reverses.text)
        elif rule.purchase and not target.purchase:
            hint = f"write `purchase` behind `on {target.on.text}`: a reversal takes it from there"
            yield diagnose(
                faults.BAD_LAYOUT,
                rule.on.at or rule.at,
                suggestion=hint,
                what="`purchase`",
                reason="the rule that is reversed is no purchase",
            )


@dataclass(frozen=True, slots=True)
class _Posting:
    """The rules that post lines of their own and have a sound pattern, and their table."""

    rules: tuple[nodes.Rule, ...]
    routes: RouteTable

    @classmethod
    def of(cls, schema: nodes.Schema) -> Self:
        """Return the posting rules of a schema."""
        posting = (rule for rule in schema.rules if rule.reverses is None)
        sound = tuple(rule for rule in posting if next(check_event_pattern(rule.on), None) is None)
        return cls(
            sound, RouteTable(event_pattern(each.on.text, regex=each.on.regex) for each in sound)
        )

    def find(self, pattern: nodes.EventPattern) -> nodes.Rule | None:
        """Return the rule for an exact smart code, or None."""
        index = self.routes.find(pattern.text) if is_exact(pattern) else None
        return None if index is None else self.rules[index]


def _check_rule(rule: nodes.Rule, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults inside one rule."""
    scope = rule_scope(catalog, rule)
    yield from _check_lets(rule, scope)
    for given in rule.givens:
        yield from check_value(given.left, scope, wanted=ValueKind.NUMBER)
        yield from check_value(given.right, scope, wanted=ValueKind.NUMBER)
    for line in rule.lines:
        yield from _check_line(line, scope)
    if rule.closing is not None:
        yield from check_account(rule.closing.account, catalog)
    yield from check_sides(rule)
    yield from _check_sides(rule)


def _check_lets(rule: nodes.Rule, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of `let` statements, and those that nothing reads."""
    yield from check_duplicates((let.name for let in rule.lets), "let")
    used = frozenset(
        part.path[0]
        for expression in expressions_of(rule)
        for part in walk(expression)
        if isinstance(part, nodes.Field)
    )
    for index, let in enumerate(rule.lets):
        meaning = _meaning(let.name.text, scope.catalog)
        if meaning is not None:
            yield diagnose(faults.SHADOWS, let.name.at, name=let.name.text, what=meaning)
        yield from check_value(let.value, replace(scope, visible=index), wanted=ValueKind.NUMBER)
        if let.name.text not in used:
            yield diagnose(faults.UNUSED_NAME, let.name.at, what="let", name=let.name.text)


def _meaning(name: str, catalog: Catalog) -> str | None:
    """Return what a name means already where a `let` or a loop would give it a meaning."""
    if name in HEADER_FIELDS:
        return "a field of the event's header"
    if name in CONTEXT_FIELDS:
        return "a field of the event"
    if name in catalog.dimensions:
        return "a dimension"
    return "a map" if name in catalog.maps else None


def _check_line(line: nodes.Line, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of one posting line and of the loops and ledger around it."""
    for depth, loop in enumerate(line.loops):
        yield from _check_loop(loop, scope.within(line.loops[:depth]))
        if loop.when is not None:
            inside = scope.within(line.loops[: depth + 1])
            yield from check_value(loop.when, inside, wanted=ValueKind.TRUTH)
    inside = scope.within(line.loops)
    if line.ledger is not None:
        yield from check_ledger(line.ledger, scope.catalog)
    yield from _check_target(line.target, inside)
    if isinstance(line.amount, nodes.Allotted):
        yield from check_allotted(line, scope)
    else:
        yield from check_amount(line.amount, inside)
    if line.by is not None:
        yield from check_dimensions((line.by,), scope.catalog)
    if line.when is not None:
        yield from check_value(line.when, inside, wanted=ValueKind.TRUTH)


def _check_loop(loop: nodes.Loop, outside: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of a loop's variable and of what it goes over."""
    name = loop.variable.text
    meaning = _meaning(name, outside.catalog)
    if outside.is_let(name):
        meaning = "a `let`"
    elif outside.loop_of(name) is not None:
        meaning = "the variable of an outer `for`"
    if meaning is not None:
        yield diagnose(faults.SHADOWS, loop.variable.at, name=name, what=meaning)
    broken = tuple(check_field(loop.collection, outside))
    yield from broken
    path = loop.collection.path
    kind = outside.kind_of(path)
    column = len(path) > 1 and kind is ValueKind.COLLECTION
    if column or not (broken or kind in {ValueKind.COLLECTION, ValueKind.UNKNOWN}):
        found = f"`{'.'.join(path)}`" if column else kind.phrase
        yield diagnose(faults.WRONG_KIND, loop.collection.at, expected="a collection", found=found)


def _check_target(target: nodes.Name | nodes.Call, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of an account position: a key, or a map call with its arguments."""
    if isinstance(target, nodes.Name):
        yield from check_account(target, scope.catalog)
        return
    name = target.function.text
    inputs = scope.catalog.maps.get(name)
    if inputs is None:
        suggestion = "a function gives an amount, not an account" if name in FUNCTIONS else None
        yield diagnose(faults.UNKNOWN_MAP, target.function.at, suggestion=suggestion, name=name)
    elif inputs != len(target.arguments):
        yield diagnose(
            faults.WRONG_ARGUMENTS,
            target.at,
            name=name,
            expected=counted(inputs, "argument"),
            found=len(target.arguments),
        )
    for argument in target.arguments:
        yield from check_value(argument, scope)


def _check_sides(rule: nodes.Rule) -> Iterator[Diagnostic]:
    """Yield a fault if a rule has no lines, or lines on one side only that no minus turns."""
    place = rule.on.at or rule.at
    if rule.reverses is None and not rule.lines:
        yield diagnose(faults.EMPTY_RULE, place, name=rule.on.text)
    sides = {line.side for line in rule.lines}
    if len(sides) == 1 and rule.closing is None and not any(map(_may_turn, rule.lines)):
        side = sides.pop()
        yield diagnose(faults.ONE_SIDED, place, name=rule.on.text, side=side.value)


def _may_turn(line: nodes.Line) -> bool:
    """Whether an amount is written so that it may come out negative and change its side."""
    return any(
        isinstance(part, nodes.Negative)
        or (isinstance(part, nodes.Sum) and any(term.operator == "-" for term in part.terms))
        for part in walk(line.amount)
    )


# --- cases ---------------------------------------------------------------------------------


def check_cases(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of all cases: smart code, accounts, ledgers and dimensions."""
    for case in schema.cases:
        yield from check_smart_code(case.on, case.at)
        for line in case.expect:
            yield from check_account(line.account, catalog)
            if line.ledger is not None:
                yield from check_ledger(line.ledger, catalog)
            names = (nodes.Name(name, at=line.at) for name, _ in line.dimensions)
            yield from check_dimensions(names, catalog)
