"""Checks of posting rules: what each name in them means, and what is missing.

A rule is checked with a scope that grows statement by statement: a `let` is known behind its
declaration, a loop variable inside its loop.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.check_allocations import check_allotted, check_sides
from hera_engine.dsl.check_currency import check_currency
from hera_engine.dsl.check_declared import check_against_declarations
from hera_engine.dsl.check_expressions import (
    check_amount,
    check_field,
    check_map_call,
    check_value,
    rule_scope,
)
from hera_engine.dsl.check_patterns import (
    PatternKey,
    catches_all,
    check_dimensions,
    check_event_pattern,
    event_key,
    is_covered,
    is_exact,
    lead_of,
)
from hera_engine.dsl.dated import Reversible, by_pattern, overlaps, period_of
from hera_engine.dsl.format_rules import format_rule_name
from hera_engine.dsl.names import (
    CONTEXT_FIELDS,
    FUNCTIONS,
    HEADER_FIELDS,
    Catalog,
    Declared,
    Scope,
    ValueKind,
    expressions_of,
    walk,
)
from hera_engine.errors import Diagnostic, diagnose


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


# --- rules ---------------------------------------------------------------------------------


def check_rules(
    schema: nodes.Schema, catalog: Catalog, views: Sequence[Declared | None]
) -> Iterator[Diagnostic]:
    """Yield the faults of all rules; ``views`` says what the events of each look like."""
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
    for rule, view in zip(schema.rules, views, strict=True):
        yield from _check_rule(rule, rule_scope(catalog, rule, view))
    if schema.events:
        yield from check_against_declarations(schema, catalog, views)


def _check_routes(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield rules whose events an earlier rule takes; an exact code beats every pattern."""
    keys: set[PatternKey] = set()
    leads: set[tuple[str, ...]] = set()
    undated: set[PatternKey] = set()
    for rule in schema.rules:
        yield from check_event_pattern(rule.on)
        yield from _check_period(rule)
        key = event_key(rule.on)
        if key in undated and not period_of(rule).is_dated:
            yield diagnose(faults.DUPLICATE, rule.on.at, what="rule", name=rule.on.text)
        elif key not in keys and not is_exact(rule.on) and is_covered(rule.on, leads):
            what = f"rule `{rule.on.text}`"
            reason = "an earlier rule matches its events"
            yield diagnose(faults.SHADOWED, rule.on.at, what=what, reason=reason)
        keys.add(key)
        if not period_of(rule).is_dated:
            undated.add(key)
        if catches_all(rule.on):
            leads.add(lead_of(rule.on))
    for group in by_pattern(schema.rules).values():
        yield from _check_overlaps(group)


def _check_period(rule: nodes.Rule) -> Iterator[Diagnostic]:
    """Yield a fault if a rule ends before it begins."""
    period = period_of(rule)
    if period.is_empty:
        yield diagnose(faults.RATE_DATES, rule.at, start=period.starts, end=period.ends)


def _check_overlaps(group: tuple[nodes.Rule, ...]) -> Iterator[Diagnostic]:
    """Yield each rule of one pattern that is in force together with another one."""
    for first, second in overlaps(group):
        day = max(period_of(first).starts, period_of(second).starts)
        if day == date.min:
            day = min(period_of(first).ends, period_of(second).ends)
        yield diagnose(
            faults.RULE_OVERLAP,
            second.on.at or second.at,
            first=format_rule_name(first),
            second=format_rule_name(second),
            day=day,
        )


def _check_reversals(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield the faults of `reverses`: no such rule, a reversal itself, or no purchase."""
    reversible = Reversible(schema.rules)
    count = 0
    for rule in schema.rules:
        if rule.reverses is None:
            continue
        named = reversible.of(rule.reverses)
        # Every reversal is planned once for each rule it mirrors; the product is bounded first.
        count += len(named)
        if count > limits.SCHEMA_RULES:
            allowed = limits.SCHEMA_RULES
            yield diagnose(
                faults.TOO_LARGE, rule.at, limit="SCHEMA_RULES", allowed=allowed, seen=count
            )
            return
        yield from _check_reversal(rule, rule.reverses, named)


def _check_reversal(
    rule: nodes.Rule, pattern: nodes.EventPattern, named: tuple[nodes.Rule, ...]
) -> Iterator[Diagnostic]:
    """Yield the faults of one reversal, given all rules of the pattern that it names."""
    period = period_of(rule)
    targets = [each for each in named if period_of(each).common(period) is not None]
    if any(target.reverses is not None for target in targets):
        yield diagnose(faults.REVERSES_ITSELF, pattern.at, name=rule.on.text)
    elif named and not targets and not period.is_empty:
        hint = f"none of them is in force {period}" if period.is_dated else "they hold no day"
        yield diagnose(faults.UNKNOWN_RULE, pattern.at, suggestion=hint, name=pattern.text)
    elif not named:
        yield diagnose(faults.UNKNOWN_RULE, pattern.at, name=pattern.text)
    elif rule.purchase and not all(target.purchase for target in targets):
        on = next(target.on.text for target in targets if not target.purchase)
        hint = f"write `purchase` behind `on {on}`: a reversal takes it from there"
        yield diagnose(
            faults.BAD_LAYOUT,
            rule.on.at or rule.at,
            suggestion=hint,
            what="`purchase`",
            reason="the rule that is reversed is no purchase",
        )


def _check_rule(rule: nodes.Rule, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults inside one rule; ``scope`` is that behind its lets."""
    yield from _check_lets(rule, scope)
    for given in rule.givens:
        yield from check_value(given.left, scope, wanted=ValueKind.NUMBER)
        yield from check_value(given.right, scope, wanted=ValueKind.NUMBER)
    for line in rule.lines:
        yield from _check_line(line, scope, rule.lets)
    if rule.exchange is not None:
        for key in dict.fromkeys((rule.exchange.gain, rule.exchange.loss)):
            yield from check_account(key, scope.catalog)
    if rule.closing is not None:
        yield from check_account(rule.closing.account, scope.catalog)
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
        meaning = _meaning(let.name.text, scope)
        if meaning is not None:
            yield diagnose(faults.SHADOWS, let.name.at, name=let.name.text, what=meaning)
        yield from check_value(let.value, replace(scope, visible=index), wanted=ValueKind.NUMBER)
        if let.name.text not in used:
            yield diagnose(faults.UNUSED_NAME, let.name.at, what="let", name=let.name.text)


def _meaning(name: str, scope: Scope) -> str | None:
    """Return what a name means already where a `let` or a loop would give it a meaning."""
    if name in HEADER_FIELDS:
        return "a field of the event's header"
    if name in CONTEXT_FIELDS:
        return "a field of the event"
    if scope.declared is not None and name in scope.declared.fields:
        return "a declared field of the event"
    if name in scope.catalog.dimensions:
        return "a dimension"
    return "a map" if name in scope.catalog.maps else None


def _check_line(
    line: nodes.Line, scope: Scope, lets: tuple[nodes.Let, ...]
) -> Iterator[Diagnostic]:
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
    yield from check_currency(line, inside, lets)
    if line.by is not None:
        yield from check_dimensions((line.by,), scope.catalog)
    if line.when is not None:
        yield from check_value(line.when, inside, wanted=ValueKind.TRUTH)


def _check_loop(loop: nodes.Loop, outside: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of a loop's variable and of what it goes over."""
    name = loop.variable.text
    meaning = _meaning(name, outside)
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
    column = outside.is_column(path)
    if column or not (broken or kind in {ValueKind.COLLECTION, ValueKind.UNKNOWN}):
        found = f"`{'.'.join(path)}`" if column else kind.phrase
        yield diagnose(faults.WRONG_KIND, loop.collection.at, expected="a collection", found=found)


def _check_target(target: nodes.Name | nodes.Call, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of an account position: a key, or a map call with its arguments."""
    if isinstance(target, nodes.Name):
        yield from check_account(target, scope.catalog)
        return
    name = target.function.text
    if name in scope.catalog.maps:
        if name in scope.catalog.texts and name not in scope.catalog.mixed:
            hint = "give its rows account keys, without quotes, or call a map that does"
            found = f"the map `{name}`, which gives texts"
            at = target.function.at
            yield diagnose(
                faults.WRONG_KIND, at, suggestion=hint, expected="an account", found=found
            )
        yield from check_map_call(target, scope)
        return
    suggestion = "a function gives an amount, not an account" if name in FUNCTIONS else None
    yield diagnose(faults.UNKNOWN_MAP, target.function.at, suggestion=suggestion, name=name)
    for argument in target.arguments:
        yield from check_value(argument, scope)


def _check_sides(rule: nodes.Rule) -> Iterator[Diagnostic]:
    """Yield a fault if a rule has no lines, or lines on one side only that no minus turns."""
    place = rule.on.at or rule.at
    if rule.reverses is None and not rule.lines:
        yield diagnose(faults.EMPTY_RULE, place, name=rule.on.text)
    sides = {line.side for line in rule.lines}
    closed = rule.closing is not None or rule.exchange is not None
    if len(sides) == 1 and not closed and not any(map(_may_turn, rule.lines)):
        side = sides.pop()
        yield diagnose(faults.ONE_SIDED, place, name=rule.on.text, side=side.value)


def _may_turn(line: nodes.Line) -> bool:
    """Whether an amount is written so that it may come out negative and change its side."""
    return any(
        isinstance(part, nodes.Negative)
        or (isinstance(part, nodes.Sum) and any(term.operator == "-" for term in part.terms))
        for part in walk(line.amount)
    )
