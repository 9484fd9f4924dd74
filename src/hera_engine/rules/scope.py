"""What names mean while a rule runs over one event, and what is said when they mean nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from hera_engine import limits
from hera_engine.errors import Problem, did_you_mean
from hera_engine.facts import Facts, Payment
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.money import ZERO, AmountError, format_amount, parse_amount
from hera_engine.rules.drafts import Observer
from hera_engine.rules.exact import EventFault, Exact, subtract
from hera_engine.rules.expressions import Defaulted, Expression, Read, Source
from hera_engine.rules.sale import ITEM_AMOUNTS, Item, Sale

Element: TypeAlias = "Item | Payment | Frozen"
"""What a loop variable may stand for, and what a name may lead to inside a record."""
Value: TypeAlias = "Exact | str | bool | date | Element"
"""What an expression may come to."""


@dataclass(slots=True)
class Visits:
    """How many members loops and sums inside loops have visited for one event."""

    count: int = 0


@dataclass(frozen=True, slots=True)
class Allotment:
    """What one line gets of an allocation, in minor units, and how that came about."""

    units: int
    words: str


AllocationRound = tuple[int, tuple[str, ...]]
"""The number of an allocation and the paths that the loops around it stand at."""


# An attribute of an enumeration costs more to find than the rest of a read.
_LET: Final = Source.LET
_LOOP: Final = Source.LOOP
_FACT: Final = Source.FACT
_CONTEXT: Final = Source.CONTEXT

THE_EXPRESSION: Final = "the expression"
"""The path of what is no single field."""


@dataclass(slots=True)
class Scope:
    """What names mean while one rule runs over one event.

    ``joined`` holds, as ledger and path, the items whose reversed tax has joined a line already;
    ``allotted`` what each allocation, in each round of its loops, gives to whom.
    """

    facts: Facts
    sale: Sale
    lets: dict[str, Exact] = field(default_factory=dict)
    loops: dict[str, tuple[Element, str]] = field(default_factory=dict)
    watcher: Observer | None = None
    own_signs: dict[str, bool] = field(default_factory=dict)
    visits: Visits = field(default_factory=Visits)
    joined: set[tuple[str, str]] = field(default_factory=set)
    allotted: dict[AllocationRound, Mapping[int | str, Allotment]] = field(default_factory=dict)

    def visit(self, members: int) -> None:
        """Count the members that something inside a loop is about to visit.

        A loop that stands in no other costs as much as the event is long; only what is nested
        could cost more than that, and is bounded.

        Raises:
            EventFault: If the event would have more visited than the published limit.
        """
        if not self.loops:
            return
        self.visits.count += members
        allowed = limits.NESTED_VISITS
        if self.visits.count > allowed:
            details = (
                ("limit", "NESTED_VISITS"), ("allowed", str(allowed)),
                ("seen", f"more than {allowed}"),
            )  # fmt: skip
            message = f"nested loops and sums visit more than {allowed} members"
            raise EventFault(Problem("", message, details=details))

    def with_loop(self, variable: str, element: Element, path: str) -> "Scope":
        """Return a scope in which a loop variable stands for one element."""
        loops = {**self.loops, variable: (element, path)}
        return Scope(
            self.facts, self.sale, self.lets, loops, self.watcher, self.own_signs, self.visits,
            self.joined, self.allotted,
        )  # fmt: skip


def path_of(expression: Expression, scope: Scope) -> str:
    """Return the path a caller would write for what an expression reads."""
    match expression:
        case Read(Source.LOOP, name, rest):
            return ".".join((scope.loops[name][1], *rest))
        case Read(Source.CONTEXT, name, rest):
            return ".".join(("business_context", name, *rest))
        case Read(Source.FACT, name, rest):
            return ".".join(("business_context", name, *rest))
        case Read(_, name, rest):
            return ".".join((name, *rest))
        case Defaulted(read, _):
            return path_of(read, scope)
        case _:
            return THE_EXPRESSION


def read_number(read: Read, scope: Scope) -> Exact:
    """Return a field as an exact number, as seen in a positive event.

    Raises:
        EventFault: If the event lacks the field or it is no number.
    """
    sent = require(read, scope)
    value = sent if isinstance(sent, Decimal) else as_number(sent, path_of(read, scope))
    if not scope.facts.negative:
        return value
    if read.source is _CONTEXT:
        added = read.name in scope.facts.added
        return value if added else _turn(value, path_of(read, scope), scope)
    if read.source is _LOOP:
        element = scope.loops[read.name][0]
        return turn_member(element, read.rest, value, path_of(read, scope), scope)
    return value


def _turn(value: Exact, path: str, scope: Scope) -> Exact:
    """Return a field of the caller's own as seen in a positive event.

    Own fields of a negative event carry its sign or are positive, all alike; which of the two is
    remembered in the scope, so that a mixture can be refused.
    """
    if not scope.facts.negative or not value:
        return value
    settled = scope.facts.settled.get(path)
    if isinstance(settled, Decimal):
        return settled
    scope.own_signs[path] = value < 0
    return subtract(ZERO, value) if value < 0 else value


def turn_member(
    element: Element, names: Sequence[str], value: Exact, path: str, scope: Scope
) -> Exact:
    """Return a field of a collection's member as seen in a positive event.

    What the engine knows of items and payments was turned with the facts. An item's own field
    follows the item's amount, because a return keeps the opposite sign.
    """
    settled = scope.facts.settled.get(path)
    match element:
        case Payment() if tuple(names) == ("amount",):
            return value
        case Item() if names[0] in ITEM_AMOUNTS:
            return value
        case _ if isinstance(settled, Decimal):
            return settled
        case Item() if not scope.facts.components_negative:
            return value
        case Item():
            follows = value < 0 if element.amount >= 0 else value > 0
            return subtract(ZERO, value) if follows else value
        case _:
            return _turn(value, path, scope)


def as_number(value: Value, path: str) -> Exact:
    """Return an amount that was sent as a string, integer or Decimal."""
    if isinstance(value, Decimal | Fraction):
        return value
    try:
        return parse_amount(value)
    except AmountError as error:
        raise EventFault(Problem(path, error.reason, error.hint)) from None


SEND_FIELD: Final = "send it, or say `default` in the rule"
SEND_LIST: Final = "send it, empty if it has no members"
"""What to do about what is missing; lists have no default."""


def require(read: Read, scope: Scope, *, listed: bool = False) -> Value:
    """Return a field's value, or refuse the event that lacks it; ``listed`` if a list is meant."""
    value = find(read, scope)
    if value is None:
        raise EventFault(missing(read, scope, listed=listed))
    if scope.watcher is not None and not isinstance(value, tuple | FrozenMap | Item | Payment):
        scope.watcher.saw(path_of(read, scope), text_of(value))
    return value


def missing(read: Read, scope: Scope, *, listed: bool = False) -> Problem:
    """Return the problem of a field or list that is not there, with the nearest name that is."""
    path = path_of(read, scope)
    siblings: tuple[str, ...] = ()
    if read.source is Source.CONTEXT and not read.rest:
        siblings = tuple(scope.facts.context)
    elif read.source is Source.LOOP and len(read.rest) == 1:
        element = scope.loops[read.name][0]
        siblings = _names_of(element)
        if isinstance(element, Payment) and element.made and read.rest == ("method",):
            path = "business_context.payment_method"
    name = path.rpartition(".")[2]
    hint = did_you_mean(name, (each for each in siblings if each != name))
    return Problem(path, "is missing", hint or (SEND_LIST if listed else SEND_FIELD))


def is_present(read: Read, scope: Scope) -> bool:
    """Whether the event has a field at all."""
    return find(read, scope) is not None


def _names_of(element: Element) -> tuple[str, ...]:
    match element:
        case FrozenMap():
            return tuple(element)
        case Item() | Payment():
            return tuple(element.fields)
        case _:
            return ()


def find(read: Read, scope: Scope) -> Value:
    """Return what a name means in this scope, or None where the event does not have it."""
    source = read.source
    if source is _LOOP:
        return member_of(scope.loops[read.name][0], read.rest)
    if source is _CONTEXT:
        own = _own(scope.facts, read.name)
        return member_of(own, read.rest) if read.rest else own
    if source is _FACT:
        return scope.sale.fact(read.name)
    return scope.lets[read.name] if source is _LET else scope.sale.header(scope.facts, read.name)


def _own(facts: Facts, name: str) -> Frozen:
    """Return a field of the business context; what a stage added comes before what was sent."""
    added = facts.added
    return added[name] if added and name in added else facts.context.get(name)


def member_of(element: Element, names: Sequence[str]) -> Element:
    """Follow names into a record; None where one of them is not there."""
    found: Element = element
    for name in names:
        match found:
            case Item():
                found = found.member(name)
            case Payment():
                known = {"method": found.method, "amount": found.amount}
                found = known[name] if name in known else found.fields.get(name)
            case FrozenMap():
                found = found.get(name)
            case _:
                return None
    return found


def text_of(value: Value) -> str:
    """Return a value as a reader of an explanation sees it; Fractions stay fractions."""
    match value:
        case Decimal():
            return format_amount(value)
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case _:
            return str(value)
