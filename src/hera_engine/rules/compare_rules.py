"""What became of the rules of an older version: dropped, narrowed, or posting otherwise.

Whether an old pattern is still matched is decided by the patterns where they tell; otherwise
codes that they match stand for the rest: those of the old schema's cases, and each pattern of
either version with its wildcards filled in.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from hera_engine.dsl import nodes
from hera_engine.dsl.check_patterns import PatternKey, codes_of_glob, event_key
from hera_engine.dsl.dated import period_of, with_sources
from hera_engine.dsl.format_allocations import format_allocation
from hera_engine.dsl.format_expressions import format_arithmetic
from hera_engine.dsl.format_rules import (
    format_equation,
    format_exchange,
    format_let,
    format_line,
    format_rule_name,
)
from hera_engine.dsl.format_targets import format_loop
from hera_engine.dsl.names import (
    CONTEXT_FIELDS,
    HEADER_FIELDS,
    counted,
    expressions_of,
    operands,
)
from hera_engine.dsl.notes import Notes
from hera_engine.dsl.statements import outer_loops, statements
from hera_engine.errors import Pointer, diagnose
from hera_engine.faults import (
    CHANGED_LINE,
    DROPPED_RULE,
    NARROWED,
    NEW_EQUATION,
    REQUIRED_FIELD,
    UNDECIDED_RULE,
)
from hera_engine.patterns import event_pattern
from hera_engine.periods import Period, gaps
from hera_engine.routing import RouteTable
from hera_engine.rules.differences import NOTHING, Difference

OPTIONAL_HEADER = frozenset({"external_reference", "transaction_date", "posting_date"})
"""Header fields that an event may lack."""
_ITEM_AMOUNTS = frozenset({"amount", "discount", "document_discount", "discount_net"})
"""Fields that every item has once it is normalised."""

Sides = frozenset[str]
"""The two sides of an equation in words."""
Sourced = tuple[nodes.Rule, nodes.Rule]
"""A rule, and the rule whose lines it posts: itself, or the one that it reverses."""
_Statement = tuple[str, nodes.Line | nodes.Let | None]
"""A statement in words, and where it stands."""


class Routed:
    """The rules and event declarations of one version: by pattern, and found by smart code."""

    __slots__ = ("_events", "_keys", "_routes", "declared", "groups", "period")

    def __init__(
        self, rules: Iterable[nodes.Rule], period: Period, events: tuple[nodes.EventDecl, ...] = ()
    ) -> None:
        self.period = period
        self._events = events
        self.declared = RouteTable(event_pattern(d.on.text, regex=d.on.regex) for d in events)
        groups: dict[PatternKey, list[Sourced]] = {}
        for pair in with_sources(rules):
            groups.setdefault(event_key(pair[0].on), []).append(pair)
        self.groups: Mapping[PatternKey, list[Sourced]] = groups
        self._keys = tuple(groups)
        self._routes = RouteTable(event_pattern(text, regex=regex) for regex, text in groups)

    def key_of(self, code: str) -> PatternKey | None:
        """Return the pattern that takes a smart code, if any."""
        index = self._routes.find(code)
        return None if index is None else self._keys[index]

    def sources_of(self, code: str) -> tuple[nodes.Rule, ...]:
        """Return the rules whose lines a smart code posts, by date."""
        key = self.key_of(code)
        return () if key is None else tuple(source for _, source in self.groups[key])

    def declaration_of(self, code: str) -> nodes.EventDecl | None:
        """Return the declaration of a smart code, if any."""
        index = self.declared.find(code)
        return None if index is None else self._events[index]

    def globs(self) -> Iterator[str]:
        """Yield the patterns of rules and declarations that are no regular expressions."""
        yield from (text for regex, text in self.groups if not regex)
        yield from (decl.on.text for decl in self._events if not decl.on.regex)

    def covers(self, key: PatternKey) -> bool:
        """Whether one pattern of this version matches all that another one does."""
        regex, text = key
        return key in self.groups or self._routes.holds(event_pattern(text, regex=regex))


def codes_to_try(old: Routed, new: Routed, cases: Iterable[str]) -> tuple[str, ...]:
    """Return smart codes: those given, and each pattern of either version filled in."""
    filled = (code for side in (old, new) for glob in side.globs() for code in codes_of_glob(glob))
    return tuple(dict.fromkeys((*cases, *filled)))


def compare_rules(old: Routed, new: Routed, codes: Sequence[str]) -> Iterator[Difference]:
    """Yield what a new version does otherwise with the events of an old one's rules.

    Args:
        old: The rules before.
        new: The rules now.
        codes: Smart codes to try.
    """
    probes = _probes(old, codes)
    for key, group in old.groups.items():
        taken = probes.get(key, ())
        found = [each for pair in group for each in _compare_rule(pair, taken, old, new)]
        yield from found
        dropped = any(each.fault.kind is DROPPED_RULE for each in found)
        # A glob without a code of its own is never reached: an earlier one takes its events.
        reached = bool(taken) or key[0]
        asked = any(period_of(rule).common(new.period) is not None for rule, _ in group)
        if asked and reached and not dropped and not new.covers(key):
            place = group[0][0].on.at or group[0][0].at
            tried = counted(len(taken), "code") if taken else "no code"
            fault = diagnose(UNDECIDED_RULE, place, pattern=key[1], tried=tried)
            yield Difference.before(fault)


def _probes(old: Routed, codes: Iterable[str]) -> Mapping[PatternKey, list[str]]:
    """Return smart codes by the old pattern that takes them."""
    found: dict[PatternKey, list[str]] = {}
    for code in codes:
        key = old.key_of(code)
        if key is not None:
            found.setdefault(key, []).append(code)
    return found


def _compare_rule(
    pair: Sourced, codes: Iterable[str], old: Routed, new: Routed
) -> Iterator[Difference]:
    """Yield what became of one old rule: where nothing takes its events, else what differs."""
    rule, _ = pair
    wanted = period_of(rule).common(new.period)
    if wanted is None:
        return
    targets: dict[PatternKey, str] = {}
    for code in codes:
        key = new.key_of(code)
        group = () if key is None else new.groups[key]
        missing = next(gaps(wanted, (period_of(each) for each, _ in group)), None)
        if missing is not None:
            when = f" {missing}" if missing.is_dated else ""
            yield Difference.before(
                diagnose(
                    DROPPED_RULE, rule.on.at or rule.at,
                    name=format_rule_name(rule), code=code, when=when,
                )
            )  # fmt: skip
            break
        if key is not None:
            targets.setdefault(key, code)
    for key, code in targets.items():
        held = _Held.of(old.declaration_of(code), new.declaration_of(code))
        for other in new.groups[key]:
            if period_of(other[0]).common(wanted) is not None:
                yield from _compare_bodies(pair, other, held)


# --- what one rule asks of an event, and what it posts ---------------------------------------


@dataclass(frozen=True, slots=True)
class _Held:
    """What declarations hold the events of a rule to: fields they have, equations they satisfy."""

    fields: frozenset[str]
    equations: frozenset[Sides]

    @classmethod
    def of(cls, old: nodes.EventDecl | None, new: nodes.EventDecl | None) -> "_Held":
        """Return what old events satisfy, and what the new declaration asks or fills in itself."""
        sent = () if old is None else _sure_fields(old.fields, sent=True)
        asked = () if new is None else _sure_fields(new.fields, sent=False)
        equations = map(sides_of, () if old is None else old.givens)
        return cls(frozenset((*sent, *asked)), frozenset(equations))


def _sure_fields(fields: Iterable[nodes.FieldDecl], path: str = "", *, sent: bool) -> Iterator[str]:
    """Yield the paths of the fields that must be sent, and those with a default if not ``sent``."""
    for field in fields:
        there = f"{path}{field.name.text}"
        if not field.optional and (field.preset is None or not sent):
            yield there
        kind = field.type if field.type.member is None else field.type.member
        yield from _sure_fields(kind.fields, f"{there}.", sent=sent)


def _compare_bodies(old: Sourced, new: Sourced, held: _Held) -> Iterator[Difference]:
    (_, before), (rule, after) = old, new
    name = format_rule_name(rule)
    known = held.equations | {sides_of(given) for given in before.givens}
    for given in after.givens:
        if sides_of(given) not in known:
            place, equation = given.at or rule.at, format_equation(given)
            fault = diagnose(NEW_EQUATION, place, name=name, equation=equation)
            yield Difference.now(fault)
    needed = needed_fields(before)
    defaulted, lists = _defaulted(before), _lists(after)
    for field, node in needed_fields(after).items():
        if field not in needed and field not in held.fields:
            hint = None
            if field in lists:
                hint = "lists have no default: loop in a rule for events that send it"
            elif field in defaulted:
                hint = f"keep its default: `{field} default …`"
            fault = diagnose(
                REQUIRED_FIELD, node.at or rule.at, suggestion=hint, name=name, field=field
            )
            yield Difference.now(fault)
    yield from _compare_statements(old, new, name)
    yield from _compare_closings(old, new, name)


def sides_of(given: nodes.Given) -> Sides:
    """Return the sides of an equation as text; which of them is left says nothing."""
    return frozenset((format_arithmetic(given.left), format_arithmetic(given.right)))


def needed_fields(rule: nodes.Rule) -> dict[str, nodes.Field]:
    """Return the fields that a rule reads without a default and an event may lack."""
    found: dict[str, nodes.Field] = {}
    scope = _Names.of(rule)
    for expression in expressions_of(rule):
        for field in _bare(expression):
            name = scope.name_of(field.path)
            if name is not None:
                found.setdefault(name, field)
    return found


def _lists(rule: nodes.Rule) -> frozenset[str | None]:
    """Return the collections that the loops of a rule go over."""
    scope = _Names.of(rule)
    loops = (loop for line in rule.lines for loop in line.loops)
    return frozenset(scope.name_of(loop.collection.path) for loop in loops)


def _defaulted(rule: nodes.Rule) -> frozenset[str | None]:
    """Return the fields that a rule reads with a default."""
    scope = _Names.of(rule)
    waiting = list(expressions_of(rule))
    found: set[str | None] = set()
    while waiting:
        current = waiting.pop()
        if isinstance(current, nodes.Default):
            found.add(scope.name_of(current.field.path))
        waiting.extend(operands(current))
    return frozenset(found)


def _bare(expression: nodes.Expression) -> Iterator[nodes.Field]:
    """Yield the fields of an expression that stand without a default, in order."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        if isinstance(current, nodes.Field):
            yield current
        elif not isinstance(current, nodes.Default):
            waiting.extend(reversed(operands(current)))


@dataclass(frozen=True, slots=True)
class _Names:
    """What the names of a rule stand for: its own, and the members that its loops go over."""

    lets: frozenset[str]
    loops: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, rule: nodes.Rule) -> "_Names":
        """Return the names of a rule; a loop variable has one meaning, the first."""
        loops: dict[str, tuple[str, ...]] = {}
        for line in rule.lines:
            for loop in line.loops:
                path = loop.collection.path
                inner = loops.get(path[0])
                loops.setdefault(loop.variable.text, path if inner is None else inner + path[1:])
        return cls(frozenset(let.name.text for let in rule.lets), loops)

    def name_of(self, path: tuple[str, ...]) -> str | None:
        """Return a field as an event spells it, or None if no event lacks it."""
        head = path[0]
        if head in self.loops:
            collection = self.loops[head]
            sure = len(path) == 1 or (collection == ("items",) and path[1] in _ITEM_AMOUNTS)
            return None if sure else ".".join((*collection, *path[1:]))
        sure = head in self.lets or head in CONTEXT_FIELDS or head in HEADER_FIELDS
        return None if sure and head not in OPTIONAL_HEADER else ".".join(path)


def _compare_statements(old: Sourced, new: Sourced, name: str) -> Iterator[Difference]:
    """Yield the statements that a rule has gained, lost or changed, paired in their order."""
    before, after = _statements(*old), _statements(*new)
    kept = Counter(text for text, _ in before) & Counter(text for text, _ in after)
    lost = [text for text, _ in _beyond(before, kept)]
    gained = _beyond(after, kept)
    for was, now in zip_longest(lost, gained):
        text, line = (NOTHING, None) if now is None else now
        rule = new[0]
        place = rule.at if line is None or line.at is None else line.at
        fault = diagnose(
            CHANGED_LINE, place, where=f"rule `{name}`", before=was or NOTHING, after=text
        )
        yield Difference.now(fault)


def _beyond(found: Iterable[_Statement], kept: Mapping[str, int]) -> list[_Statement]:
    """Return the statements but those kept: of alike ones as many of the first as both have."""
    left = Counter(kept)
    rest: list[_Statement] = []
    for text, line in found:
        if left[text]:
            left[text] -= 1
        else:
            rest.append((text, line))
    return rest


def _compare_closings(old: Sourced, new: Sourced, name: str) -> Iterator[Difference]:
    """Yield that what is left over goes elsewhere, or that less of it may be."""
    (_, before), (rule, after) = old, new
    was, now = before.closing, after.closing
    place = rule.at if now is None or now.at is None else now.at
    words = {"before": _closing_words(was), "after": _closing_words(now)}
    if was is not None and (now is None or now.within < was.within):
        most = "no rest any more" if now is None else f"a rest of at most {now.within}"
        what = f"rule `{name}` closes {most}, and closed one of up to {was.within}"
        yield Difference.now(diagnose(NARROWED, place, what=what))
    elif words["before"] != words["after"]:
        yield Difference.now(diagnose(CHANGED_LINE, place, where=f"rule `{name}`", **words))


def _closing_words(closing: nodes.Closing | None) -> str:
    if closing is None:
        return NOTHING
    return f"balance to {closing.account.text} within {closing.within}"


def _statements(rule: nodes.Rule, source: nodes.Rule) -> list[_Statement]:
    """Return the statements of a rule but its closing line as text.

    Those of a reversal say that they stand on the other side.
    """
    mirrored = "mirrored: " if rule.reverses is not None else ""
    found: list[_Statement] = []
    if source.purchase:
        found.append(("purchase", None))
    found += ((format_let(let), let) for let in source.lets)
    for lines in statements(source.lines):
        line = lines[0]
        loops = "".join(f"for {format_loop(loop)}: " for loop in outer_loops(line))
        ledger = "" if line.ledger is None else f"in {line.ledger.text}: "
        found.append((f"{mirrored}{ledger}{loops}{_posting_words(lines)}", line))
    if source.exchange is not None:
        found.append((format_exchange(source.exchange), None))
    return found


def _posting_words(lines: tuple[nodes.Line, ...]) -> str:
    """Return a line, or the lines of one allocation, as text in one row."""
    if isinstance(lines[0].amount, nodes.Allotted):
        rows = format_allocation(lines, Pointer(""), Notes({}), 0)
        return " ".join(row.strip() for row in rows)
    return format_line(lines[0])
