"""Derived values: what the maps of a schema give an event that says nothing itself.

Enters: facts as they were sent. Leaves: facts in which items, and the event as a whole, have the
values that are derived for them, and the words that tell how. Every argument is read as it was
sent, so that no derived value depends on another.
"""

from collections.abc import Mapping
from dataclasses import replace

from hera_engine.dsl.names import ITEM, TAX_CATEGORY
from hera_engine.errors import EventError, Problem
from hera_engine.facts import Facts, GivenItem
from hera_engine.frozen import FrozenMap
from hera_engine.money import ZERO
from hera_engine.rules.drafts import Observer
from hera_engine.rules.evaluate import Found, look_up
from hera_engine.rules.exact import EventFault
from hera_engine.rules.plan import PlannedDerivation, Route
from hera_engine.rules.sale import THE_SALE, Sale
from hera_engine.rules.scope import Scope, is_present


def with_derived(route: Route, facts: Facts, observer: Observer | None) -> Facts:
    """Return the facts with the values that the schema derives for events of a route.

    Law: the lines are those of the event with these values written into it
    (tests/laws/test_derived).

    Raises:
        EventError: E_GUARDRAIL with a problem for each value that a map refuses.
    """
    wanted = [each for each in route.derivations if _is_none(facts.context, each.name)]
    if not wanted:
        return facts
    work = _Work(Scope(facts, Sale(facts=facts, sale_amount=ZERO), watcher=observer))
    items = None
    if facts.items is not None:
        items = tuple(work.item(item, index, wanted) for index, item in enumerate(facts.items))
    event = work.event(wanted, of_item=items is None)
    if observer is not None:
        observer.ended()
    if work.problems:
        raise EventError(work.problems)
    if not work.words:
        return facts
    category = event.get(TAX_CATEGORY)
    return replace(
        facts,
        items=items,
        tax_category=facts.tax_category or category,
        added=FrozenMap({**facts.added, **event}),
        derivations=FrozenMap(work.words),
    )


def _is_none(fields: FrozenMap, name: str) -> bool:
    """Whether an event or an item has no value of a name."""
    return fields.get(name) in (None, "")


class _Work:
    """Derives the values of one event, one after the other."""

    __slots__ = ("_scope", "problems", "words")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.words: dict[str, str] = {}
        self.problems: list[Problem] = []

    def item(self, item: GivenItem, index: int, wanted: list[PlannedDerivation]) -> GivenItem:
        """Return an item with the values that are derived for it."""
        path = f"{THE_SALE}.items[{index}]"
        scope = self._scope.with_loop(ITEM, item.fields, path)
        mine = [each for each in wanted if each.by_item and _is_none(item.fields, each.name)]
        found = self._values(mine, scope, path)
        if not found:
            return item
        return item._replace(
            category=item.category or found.get(TAX_CATEGORY),
            fields=FrozenMap({**item.fields, **found}),
        )

    def event(self, wanted: list[PlannedDerivation], *, of_item: bool) -> Mapping[str, str]:
        """Return the values of the event: also those of the item that is made of it."""
        scope = self._scope.with_loop(ITEM, self._scope.facts.context, THE_SALE)
        mine = [each for each in wanted if of_item or not each.by_item]
        return self._values(mine, scope, THE_SALE)

    def _values(
        self, wanted: list[PlannedDerivation], scope: Scope, path: str
    ) -> Mapping[str, str]:
        """Return a value for each name that can be derived; the first of a name counts."""
        found: dict[str, str] = {}
        for each in wanted:
            if each.name in found or not all(is_present(read, scope) for read in each.needed):
                continue
            try:
                given = look_up(each.text.table, each.text.arguments, scope)
            except EventFault as fault:
                self.problems.append(fault.problem)
                continue
            found[each.name] = given.target
            self.words[f"{path}.{each.name}"] = _words(given)
        return found


def _words(given: Found) -> str:
    """Return which row of which map gave a value."""
    row = given.row
    keys = ", ".join("*" if key is None else f'"{key}"' for key in row.keys)
    shown = keys if any(key is not None for key in row.keys) else "else"
    dates = f" {row.period}" if row.period.is_dated else ""
    return f'map {given.call}, row {shown} -> "{given.target}"{dates}'
