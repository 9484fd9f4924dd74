"""The expression interpreter: exact arithmetic over the facts of one event.

Numbers are Decimals while sums, differences and products keep them finite, and Fractions once
something was divided; nothing is rounded but by `round(…)`. This is the reference executor and
the source of what `explain` shows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, TypeVar, assert_never

from hera_engine.errors import EngineBug, Problem, did_you_mean
from hera_engine.facts import Facts, Payment
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.money import (
    AmountError,
    exact_add,
    exact_multiply,
    exact_subtract,
    format_amount,
    parse_amount,
    round_money,
)
from hera_engine.rules.drafts import Observer
from hera_engine.rules.plan import (
    Absolute,
    Add,
    Choice,
    Compare,
    Constant,
    Defaulted,
    Every,
    Expression,
    Extreme,
    Invert,
    Multiply,
    Negate,
    Part,
    PartOf,
    Read,
    Round,
    Some,
    Source,
    SumOf,
)
from hera_engine.rules.sale import ITEM_AMOUNTS, Item, Sale

Exact = Decimal | Fraction
Element: TypeAlias = "Item | Payment | Frozen"
"""What a loop variable may stand for, and what a name may lead to inside a record."""
Value: TypeAlias = "Exact | str | bool | date | Element"
"""What an expression may come to."""

ZERO = Decimal(0)


class EventFault(Exception):
    """A field that a rule needs and the event does not have in that form; never leaves a run."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(slots=True)
class Scope:
    """What names mean while one rule runs over one event."""

    facts: Facts
    sale: Sale
    lets: dict[str, Exact] = field(default_factory=dict)
    loops: dict[str, tuple[Element, str]] = field(default_factory=dict)
    watcher: Observer | None = None
    own_signs: dict[str, bool] = field(default_factory=dict)

    def with_loop(self, variable: str, element: Element, path: str) -> "Scope":
        """Return a scope in which a loop variable stands for one element."""
        loops = {**self.loops, variable: (element, path)}
        return Scope(self.facts, self.sale, self.lets, loops, self.watcher, self.own_signs)


def number(expression: Expression, scope: Scope) -> Exact:
    """Return the exact value of an arithmetic expression.

    Raises:
        EventFault: If a field is missing or is not a number.
    """
    match expression:
        case Constant(value):
            return _as_number(value, "literal")
        case Read():
            return _read_number(expression, scope)
        case Defaulted(read, fallback):
            found = _find(read, scope)
            if found is None:
                return _as_number(fallback.value, "literal")
            return _read_number(read, scope)
        case Add(terms):
            return _total(terms, scope)
        case Multiply(factors):
            return _product(factors, scope)
        case Negate(operand):
            return subtract(ZERO, number(operand, scope))
        case Extreme(choice, operands):
            pick: Callable[[Sequence[Exact]], Exact] = min if choice is Choice.SMALLEST else max
            return pick([number(operand, scope) for operand in operands])
        case Absolute(operand):
            inner = number(operand, scope)
            return inner if inner >= 0 else subtract(ZERO, inner)
        case Round(operand, step, mode):
            size = step if step is not None else Decimal((0, (1,), -scope.facts.exponent))
            return round_money(Fraction(number(operand, scope)), step=size, mode=mode)
        case PartOf(part, variable):
            return _part(part, variable, scope)
        case SumOf(collection, rest):
            return _sum_of(collection, rest, scope)
        case Compare() | Invert() | Every() | Some():
            raise EngineBug(f"a condition stands where a number must: {expression}")
        case _:
            assert_never(expression)


def truth(expression: Expression, scope: Scope) -> bool:
    """Return whether a condition holds; operands after the deciding one are not read.

    Raises:
        EventFault: If a field that decides is missing or of another kind.
    """
    match expression:
        case Constant(value) if isinstance(value, bool):
            return value
        case Compare(operator, left, right):
            return _compare(operator, left, right, scope)
        case Invert(operand):
            return not truth(operand, scope)
        case Every(operands):
            return all(truth(operand, scope) for operand in operands)
        case Some(operands):
            return any(truth(operand, scope) for operand in operands)
        case Read() | Defaulted():
            found = plain(expression, scope)
            if isinstance(found, bool):
                return found
            raise EventFault(Problem(path_of(expression, scope), "is neither true nor false"))
        case _:
            raise EngineBug(f"a number stands where a condition must: {expression}")


def plain(expression: Expression, scope: Scope) -> Value:
    """Return the value of an expression of any kind, a field as it was sent.

    Raises:
        EventFault: If a field is missing.
    """
    match expression:
        case Constant(constant):
            return constant
        case Read():
            return _require(expression, scope)
        case Defaulted(read, fallback):
            found = _find(read, scope)
            return fallback.value if found is None else found
        case Compare() | Invert() | Every() | Some():
            return truth(expression, scope)
        case _:
            return number(expression, scope)


def elements(collection: Read, scope: Scope) -> tuple[tuple[Element, str], ...]:
    """Return the members of a collection with their paths.

    Raises:
        EventFault: If the event has no such list.
    """
    if collection.source is Source.FACT and collection.name == "items":
        return tuple((item, item.path) for item in scope.sale.items)
    if collection.source is Source.FACT and collection.name == "payments":
        found: tuple[Element, ...] = scope.sale.payments
        path = "business_context.payments"
    else:
        value, path = _require(collection, scope), path_of(collection, scope)
        if not isinstance(value, tuple):
            raise EventFault(Problem(path, "is not a list"))
        found = value
    return tuple((member, f"{path}[{index}]") for index, member in enumerate(found))


# --- arithmetic ----------------------------------------------------------------------------


def add(left: Exact, right: Exact) -> Exact:
    """Return the exact sum."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return exact_add(left, right)
    return Fraction(left) + Fraction(right)


def subtract(left: Exact, right: Exact) -> Exact:
    """Return the exact difference."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return exact_subtract(left, right)
    return Fraction(left) - Fraction(right)


def _total(terms: Sequence[tuple[bool, Expression]], scope: Scope) -> Exact:
    result: Exact = ZERO
    for subtracted, term in terms:
        value = number(term, scope)
        result = subtract(result, value) if subtracted else add(result, value)
    return result


def _product(factors: Sequence[tuple[bool, Expression]], scope: Scope) -> Exact:
    result: Exact = Decimal(1)
    for divides, factor in factors:
        value = number(factor, scope)
        if divides and not value:
            raise EventFault(Problem(path_of(factor, scope), "divides by zero"))
        if divides:
            result = Fraction(result) / Fraction(value)
        elif isinstance(result, Decimal) and isinstance(value, Decimal):
            result = exact_multiply(result, value)
        else:
            result = Fraction(result) * Fraction(value)
    return result


def _part(part: Part, variable: str | None, scope: Scope) -> Exact:
    """Return net, tax or gross of one item, or of all of them together."""
    if variable is None:
        chosen = scope.sale.items
    else:
        item = scope.loops[variable][0]
        if not isinstance(item, Item):
            raise EngineBug(f"`{variable}` stands for no item")
        chosen = (item,)
    result: Exact = ZERO
    for each in chosen:
        result = add(result, each.part(part))
    if scope.watcher is not None:
        scope.watcher.saw(f"{part}({variable or 'items'})", text_of(result))
    return result


def _sum_of(collection: Read, rest: tuple[str, ...], scope: Scope) -> Exact:
    result: Exact = ZERO
    for element, path in elements(collection, scope):
        value = _member(element, rest)
        where = ".".join((path, *rest))
        if value is None:
            raise EventFault(Problem(where, "is missing"))
        amount = _as_number(value, where)
        result = add(result, _turn_member(element, rest, amount, where, scope))
    if scope.watcher is not None:
        name = ".".join((collection.name, *collection.rest, *rest))
        scope.watcher.saw(f"sum({name})", text_of(result))
    return result


# --- reading -------------------------------------------------------------------------------


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
            return "the expression"


def _read_number(read: Read, scope: Scope) -> Exact:
    path = path_of(read, scope)
    value = _as_number(_require(read, scope), path)
    if read.source is Source.CONTEXT:
        return _turn(value, path, scope)
    if read.source is Source.LOOP:
        return _turn_member(scope.loops[read.name][0], read.rest, value, path, scope)
    return value


def _turn(value: Exact, path: str, scope: Scope) -> Exact:
    """Return a field of the caller's own as seen in a positive event.

    Own fields of a negative event carry its sign or are positive, all alike; which of the two is
    remembered in the scope, so that a mixture can be refused.
    """
    if not scope.facts.negative or not value:
        return value
    scope.own_signs[path] = value < 0
    return subtract(ZERO, value) if value < 0 else value


def _turn_member(
    element: Element, names: Sequence[str], value: Exact, path: str, scope: Scope
) -> Exact:
    """Return a field of a collection's member as seen in a positive event.

    What the engine knows of items and payments was turned with the facts. An item's own field
    follows the item's amount, because a return keeps the opposite sign.
    """
    match element:
        case Payment() if tuple(names) == ("amount",):
            return value
        case Item() if names[0] in ITEM_AMOUNTS or not scope.facts.components_negative:
            return value
        case Item():
            follows = value < 0 if element.amount >= 0 else value > 0
            return subtract(ZERO, value) if follows else value
        case _:
            return _turn(value, path, scope)


def _as_number(value: Value, path: str) -> Exact:
    """Return an amount that was sent as a string, integer or Decimal."""
    if isinstance(value, Decimal | Fraction):
        return value
    try:
        return parse_amount(value)
    except AmountError as error:
        raise EventFault(Problem(path, error.reason, error.hint)) from None


def _require(read: Read, scope: Scope) -> Value:
    """Return a field's value, or refuse the event that lacks it."""
    value = _find(read, scope)
    if value is None:
        raise EventFault(missing(read, scope))
    if scope.watcher is not None and not isinstance(value, tuple | FrozenMap | Item | Payment):
        scope.watcher.saw(path_of(read, scope), text_of(value))
    return value


def missing(read: Read, scope: Scope) -> Problem:
    """Return the problem of a field that is not there, with the nearest name that is."""
    path = path_of(read, scope)
    siblings: tuple[str, ...] = ()
    if read.source is Source.CONTEXT and not read.rest:
        siblings = tuple(scope.facts.context)
    elif read.source is Source.LOOP and len(read.rest) == 1:
        siblings = _names_of(scope.loops[read.name][0])
    hint = did_you_mean(path.rpartition(".")[2], siblings)
    return Problem(path, "is missing", hint or "send it, or say `default` in the rule")


def is_present(read: Read, scope: Scope) -> bool:
    """Whether the event has a field at all."""
    return _find(read, scope) is not None


def _names_of(element: Element) -> tuple[str, ...]:
    match element:
        case FrozenMap():
            return tuple(element)
        case Item() | Payment():
            return tuple(element.fields)
        case _:
            return ()


def _find(read: Read, scope: Scope) -> Value:
    """Return what a name means in this scope, or None where the event does not have it."""
    match read.source:
        case Source.LET:
            return scope.lets[read.name]
        case Source.LOOP:
            return _member(scope.loops[read.name][0], read.rest)
        case Source.HEADER:
            return scope.sale.header(scope.facts, read.name)
        case Source.FACT:
            return scope.sale.fact(read.name)
        case Source.CONTEXT:
            return _member(_own(scope.facts, read.name), read.rest)
        case _:
            assert_never(read.source)


def _own(facts: Facts, name: str) -> Frozen:
    """Return a field of the business context; what a stage added comes before what was sent."""
    return facts.added[name] if name in facts.added else facts.context.get(name)


def _member(element: Element, names: Sequence[str]) -> Element:
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


# --- comparing and showing -----------------------------------------------------------------


def _compare(operator: str, left: Expression, right: Expression, scope: Scope) -> bool:
    """Compare as texts, dates or truths where both are; else as numbers.

    Numbers are seen as in a positive event, like everywhere in a rule.
    """
    first, second = plain(left, scope), plain(right, scope)
    if _are_numbers(operator, first, second):
        first, second = number(left, scope), number(right, scope)
    sign = _ordering(first, second, (path_of(left, scope), path_of(right, scope)))
    match operator:
        case "=":
            return sign == 0
        case "!=":
            return sign != 0
        case _ if sign is None:
            return False
        case "<":
            return sign < 0
        case "<=":
            return sign <= 0
        case ">":
            return sign > 0
        case ">=":
            return sign >= 0
        case _:
            raise EngineBug(f"unknown comparison `{operator}`")


def _are_numbers(operator: str, first: Value, second: Value) -> bool:
    """Whether two values are compared as numbers.

    Amounts may be sent as texts: two texts that both read as numbers are ordered as such, but
    they are equal only if they are the same text, as codes are.
    """
    if isinstance(first, bool | date) or isinstance(second, bool | date):
        return False
    if isinstance(first, str) and isinstance(second, str):
        return operator not in {"=", "!="} and _is_number(first) and _is_number(second)
    return True


def _is_number(text: str) -> bool:
    try:
        parse_amount(text)
    except AmountError:
        return False
    return True


_Ordered = TypeVar("_Ordered", Decimal, Fraction, str, bool, date)


def _sign(first: _Ordered, second: _Ordered) -> int:
    """Return -1, 0 or 1 as the first value is below, equal to or above the second."""
    return int(first > second) - int(first < second)


def _ordering(first: Value, second: Value, paths: tuple[str, str]) -> int | None:
    """Return the order of two values of one kind; None for a truth beside something else."""
    if isinstance(first, bool) or isinstance(second, bool):
        both = isinstance(first, bool) and isinstance(second, bool)
        return _sign(bool(first), bool(second)) if both else None
    if isinstance(first, str) and isinstance(second, str):
        return _sign(first, second)
    if isinstance(first, date) or isinstance(second, date):
        return _sign(_as_day(first, paths[0]), _as_day(second, paths[1]))
    before, after = _as_number(first, paths[0]), _as_number(second, paths[1])
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        return _sign(before, after)
    return _sign(Fraction(before), Fraction(after))


def _as_day(value: Value, path: str) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise EventFault(Problem(path, "is not a date", "send it as 2025-01-31")) from None


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
