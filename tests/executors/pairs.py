"""Pairs of a schema and an event, by seed, and what both executors make of each.

A seed is a schema and some events: drawn ones, changed ones, or rules and events of the balance
proof's long run. What differs is shown with the smallest schema and event that still differ.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hera_engine import HeraError, JournalEntry, SchemaError
from tests.executors.dice import Dice
from tests.executors.draw_events import drawn_event
from tests.executors.draw_schemas import Drawn, compiled
from tests.executors.spoil import copied, spoilt
from tests.executors.twins import Twins, outcome, unlike, written
from tests.laws.brute_draws import events_of, rule_of
from tests.laws.brute_proof import sent
from tests.laws.brute_rules import BACK
from tests.laws.proof_rules import CODE

KINDS: Final = ("drawn", "changed")
EVENTS_OF_A_RULE: Final = 20
CHANGES: Final = 12
"""How many changes are tried of an event that a compiled rule takes."""
LEVELS: Final = 20
"""How deep an event is looked into for what posting did to it."""


@dataclass(slots=True)
class Found:
    """What came of pairs: counts by kind and outcome, and what differs."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Add what another one found."""
        self.counts += other.counts
        self.differences += other.differences

    @property
    def pairs(self) -> int:
        """How many pairs there were."""
        return self.counts.total()

    def share(self, kind: str) -> float:
        """Return the percentage of posted events that the compiled rule posted by itself."""
        itself, left = self.counts[kind, "itself"], self.counts[kind, "left"]
        return 100 * itself / (itself + left) if itself + left else 0.0

    def __str__(self) -> str:
        kinds = sorted({kind for kind, _ in self.counts})
        return "\n".join(map(self._line, kinds)) + f"\n{len(self.differences)} differ\n"

    def _line(self, kind: str) -> str:
        mine = {what: count for (each, what), count in self.counts.items() if each == kind}
        posted = mine.pop("itself", 0) + mine.pop("left", 0)
        refused = ", ".join(f"{count} {what}" for what, count in sorted(mine.items()))
        return (
            f"{kind}: {posted} posted, {self.share(kind):.1f} % of them by compiled rules alone; "
            f"refused: {refused}"
        )


def pairs_of(seed: int, events: int) -> Found:
    """Return what came of a seed's schema and so many events, every other one changed.

    What a compiled rule declines ends alike by construction. So of each event that it takes many
    changes are tried, and those that it takes as well are pairs beside the others.
    """
    drawn, twins, _ = compiled(seed)
    found = Found()
    for number in range(events):
        dice = Dice(seed * 100_003 + number)
        event = drawn_event(drawn, dice)
        for kind, variant in _variants(twins, event, dice, KINDS[number % 2]):
            told = list(differences(twins, variant, surroundings=number % 5 == 0))
            found.counts[kind, _became(twins, variant)] += 1
            if told:
                found.differences.append(
                    _report(f"seed {seed}, event {number}", drawn, variant, told)
                )
                return found
    return found


def _variants(
    twins: Twins, event: dict[str, object], dice: Dice, kind: str
) -> Iterator[tuple[str, object]]:
    """Yield an event, or a change of it, and further changes that the compiled rule takes."""
    yield kind, event if kind == "drawn" else spoilt(event, dice)
    if twins.takes(event):
        changes = (spoilt(event, dice) for _ in range(CHANGES))
        yield from (("taken", each) for each in changes if twins.takes(each))


def pairs_of_a_rule(seed: int, events: int = EVENTS_OF_A_RULE) -> Found:
    """Return what came of a rule of the balance proof's run, and of its events with either code."""
    rule = rule_of(seed)
    drawn = Drawn(rule.text())
    try:
        twins = drawn.twins()
    except SchemaError:
        drawn = Drawn(rule.text(closed=True))
        twins = drawn.twins()
    found, solved = Found(), rule.solver()
    for number, record in enumerate(events_of(-1 - seed, events)):
        code = BACK if rule.mirrored and number % 2 else CODE
        event: dict[str, object] = {**sent(solved(record)), "event_smart_code": code}
        told = twins.differences(event)
        found.counts["proof", _became(twins, event)] += 1
        if told:
            found.differences.append(_report(f"rule {seed}, event {number}", drawn, event, told))
            break
    return found


def _became(twins: Twins, event: object) -> str:
    result = outcome(twins.interpreted, event)
    if isinstance(result, JournalEntry):
        return "itself" if twins.posts_itself(event) else "left"
    return result.code if isinstance(result, HeraError) else type(result).__name__


def differences(twins: Twins, event: object, *, surroundings: bool) -> Iterator[str]:
    """Yield how the executors differ over an event, and what posting did that it must not do."""
    yield from twins.differences(event)
    if not surroundings:
        return
    before = _picture(event)
    result = outcome(twins.compiled, event)
    if _picture(event) != before:
        yield "posting changed the event"
    yield from _unlike_as_json(twins, event)
    if isinstance(result, JournalEntry):
        sent = copied(event)
        entry = outcome(twins.compiled, sent)
        # A copy of what tells something else each time it is asked may be another event.
        told = entry.to_json() if isinstance(entry, JournalEntry) else b""
        scramble(sent)
        if isinstance(entry, JournalEntry) and entry.to_json() != told:
            yield "the entry shares something with its event"


def _unlike_as_json(twins: Twins, event: object) -> Iterator[str]:
    """Yield how the executors differ over an event in JSON, where it can be written so."""
    try:
        data = json.dumps(event)
    except (TypeError, ValueError, RecursionError):
        return
    both = [_outcome_of(lambda each=each: each.simulate_json(data)) for each in  # type: ignore[misc]
            (twins.compiled, twins.interpreted)]  # fmt: skip
    yield from (f"simulate_json: {each}" for each in unlike(*both))


def _outcome_of(post: Callable[[], JournalEntry]) -> JournalEntry | Exception:
    try:
        return post()
    except Exception as error:  # noqa: BLE001 # whatever is raised is compared
        return error


def _picture(value: Any, levels: int = LEVELS) -> object:
    """Return the structure of a value: types, keys, and which objects it holds."""
    if levels and isinstance(value, Mapping):
        return type(value), [(key, _picture(each, levels - 1)) for key, each in value.items()]
    if levels and isinstance(value, list | tuple):
        return type(value), [_picture(each, levels - 1) for each in value]
    return id(value)


def scramble(value: Any, levels: int = LEVELS) -> None:
    """Change everything that can be changed in dicts and lists, in place."""
    if not levels:
        return
    if isinstance(value, dict):
        for each in list(value.values()):
            scramble(each, levels - 1)
        value.clear()
        value["scrambled"] = ["yes"]
    elif isinstance(value, list | tuple):
        for each in list(value):
            scramble(each, levels - 1)
        if isinstance(value, list):
            value[:] = ["scrambled"]


# --- the smallest that differ ----------------------------------------------------------------


def _report(where: str, drawn: Drawn, event: object, told: list[str]) -> str:
    """Return a difference with the smallest schema and event found that still differ."""
    small = _smallest_schema(drawn, event)
    least = smallest_event(small.twins(), event)
    arguments = f"arguments: {dict(small.arguments)}\n" if small.arguments else ""
    shown = "\n".join(told[:10])
    return f"{where}\n{shown}\n--- schema\n{small.text}--- {arguments}event: {written(least)}\n"


def _differ(twins: Twins, event: object) -> bool:
    return bool(twins.differences(event))


def _smallest_schema(drawn: Drawn, event: object) -> Drawn:
    """Return the schema without the lines that do not matter."""
    lines, at = drawn.text.splitlines(), 0
    while at < len(lines):
        fewer = [*lines[:at], *lines[at + 1 :]]
        candidate = replace(drawn, text="\n".join(fewer) + "\n")
        try:
            matters = not _differ(candidate.twins(), event)
        except SchemaError:
            matters = True
        if matters:
            at += 1
        else:
            lines = fewer
    return replace(drawn, text="\n".join(lines) + "\n")


def smallest_event(twins: Twins, event: Any) -> object:
    """Return the event without the fields and members that do not matter."""
    if not isinstance(event, dict) or not _differ(twins, event):
        return event
    smaller = True
    while smaller:
        smaller = False
        for candidate in _without_one(event):
            if _differ(twins, candidate):
                event, smaller = candidate, True
                break
    return event


def _without_one(value: Any) -> Iterator[Any]:
    """Yield copies of a value with one field or member less, somewhere in it."""
    if type(value) is dict:
        for key, each in value.items():
            yield {name: other for name, other in value.items() if name is not key}
            yield from ({**value, key: other} for other in _without_one(each))
    elif type(value) is list and len(value) < 50:
        for index, each in enumerate(value):
            yield [*value[:index], *value[index + 1 :]]
            for other in _without_one(each):
                yield [*value[:index], other, *value[index + 1 :]]
