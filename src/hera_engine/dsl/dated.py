"""Rules of one pattern that follow one another: which are alike, and when each is in force.

A smart code chooses a pattern first; the accounting date then chooses among its rules. A
reversal mirrors, on each day, the rule that is in force on it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from hera_engine.dsl import nodes
from hera_engine.dsl.check_patterns import PatternKey, event_key, is_exact
from hera_engine.patterns import PatternError, event_pattern
from hera_engine.periods import Period
from hera_engine.routing import RouteTable


def period_of(node: nodes.Rule | nodes.Schema | nodes.MapRow) -> Period:
    """Return the days on which a rule, a schema or a row of a map is in force."""
    return Period(node.effective_from, node.effective_to)


def by_pattern(rules: Iterable[nodes.Rule]) -> Mapping[PatternKey, tuple[nodes.Rule, ...]]:
    """Return the rules of each pattern, both in document order."""
    found: dict[PatternKey, list[nodes.Rule]] = {}
    for rule in rules:
        found.setdefault(event_key(rule.on), []).append(rule)
    return {key: tuple(group) for key, group in found.items()}


def overlaps(group: Sequence[nodes.Rule]) -> Iterator[tuple[nodes.Rule, nodes.Rule]]:
    """Yield rules of one pattern with the one before that is in force at the same time.

    At least one of two is dated: rules without dates are the same rule twice.
    """
    dated = [rule for rule in group if not period_of(rule).is_empty]
    ordered = sorted(dated, key=lambda rule: period_of(rule).starts)
    if not ordered:
        return
    longest = ordered[0]
    for _, rule in pairwise(ordered):
        here, there = period_of(longest), period_of(rule)
        if here.common(there) is not None and (here.is_dated or there.is_dated):
            yield longest, rule
        if there.ends > here.ends:
            longest = rule


class Reversible:
    """The rules that reversals may mirror: those of the pattern they name, by date."""

    __slots__ = ("_groups", "_keys", "_routes")

    def __init__(self, rules: Iterable[nodes.Rule]) -> None:
        self._groups = by_pattern(rules)
        self._keys: tuple[PatternKey, ...] = ()
        self._routes: RouteTable | None = None

    def of(self, pattern: nodes.EventPattern) -> tuple[nodes.Rule, ...]:
        """Return the rules of a pattern, else those of the pattern that takes its one code."""
        found = self._groups.get(event_key(pattern))
        if found is not None or not is_exact(pattern):
            return found or ()
        index = self._table().find(pattern.text)
        return () if index is None else self._posting(self._keys[index])

    def _table(self) -> RouteTable:
        """Return the table of the patterns whose rules post lines of their own."""
        if self._routes is None:
            keys = tuple(key for key in self._groups if self._posting(key) and _is_sound(key))
            self._keys = keys
            self._routes = RouteTable(event_pattern(text, regex=regex) for regex, text in keys)
        return self._routes

    def _posting(self, key: PatternKey) -> tuple[nodes.Rule, ...]:
        return tuple(rule for rule in self._groups[key] if rule.reverses is None)


def _is_sound(key: PatternKey) -> bool:
    regex, text = key
    try:
        event_pattern(text, regex=regex)
    except PatternError:
        return False
    return True


def with_sources(rules: Iterable[nodes.Rule]) -> tuple[tuple[nodes.Rule, nodes.Rule], ...]:
    """Return each rule with the rule whose lines it posts: its own, or the one it reverses.

    A reversal stands once for each rule that it mirrors, in force while both are.
    """
    listed = tuple(rules)
    reversible = Reversible(listed)
    return tuple(pair for rule in listed for pair in _sources(rule, reversible))


def _sources(rule: nodes.Rule, reversible: Reversible) -> Iterator[tuple[nodes.Rule, nodes.Rule]]:
    if rule.reverses is None:
        yield rule, rule
        return
    for source in reversible.of(rule.reverses):
        if source.reverses is not None:
            continue
        shared = period_of(rule).common(period_of(source))
        if shared is not None:
            yield replace(rule, effective_from=shared.first, effective_to=shared.last), source
