"""The expression interpreter: exact arithmetic over the facts of one event.

Numbers are Decimals while sums, differences and products keep them finite, and Fractions once
something was divided; nothing is rounded but by `round(…)`. This is the reference executor and
the source of what `explain` shows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar, assert_never

from hera_engine.errors import EngineBug, Problem, did_you_mean
from hera_engine.facts import Payment
from hera_engine.frozen import FrozenMap
from hera_engine.money import ZERO, AmountError, parse_amount, round_money
from hera_engine.periods import day_of
from hera_engine.rules.exact import EventFault, Exact, add, multiply, subtract
from hera_engine.rules.expressions import (
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
    MapText,
    Multiply,
    Negate,
    PartOf,
    Read,
    Round,
    ShareOf,
    Some,
    Source,
    SumOf,
)
from hera_engine.rules.maps import DateNeededError, MapTable, PlannedRow
from hera_engine.rules.sale import Item
from hera_engine.rules.scope import (
    THE_EXPRESSION,
    Element,
    Scope,
    Value,
    as_number,
    find,
    member_of,
    path_of,
    read_number,
    require,
    text_of,
    turn_member,
)

SHOWN_KEYS: Final = 20
"""Keys of a map that a refusal lists."""
SHOWN_PERIODS: Final = 3
"""Periods of dated rows that a refusal lists."""
SHOWN_CHARACTERS: Final = 80
"""Characters of a refused value that an error shows."""


def number(expression: Expression, scope: Scope) -> Exact:
    """Return the exact value of an arithmetic expression.

    Raises:
        EventFault: If a field is missing or is not a number.
    """
    match expression:
        case Read():
            return read_number(expression, scope)
        case PartOf():
            return _part(expression, scope)
        case Add(terms):
            return _total(terms, scope)
        case Constant(value):
            return as_number(value, "literal")
        case Defaulted(read, fallback):
            found = find(read, scope)
            if found is None:
                return as_number(fallback.value, "literal")
            return read_number(read, scope)
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
        case Round(operand, step):
            return _rounded(number(operand, scope), step, scope)
        case SumOf(collection, rest):
            return _sum_of(collection, rest, scope)
        case MapText():
            return as_number(plain(expression, scope), path_of(expression, scope))
        case Compare() | Invert() | Every() | Some():
            raise EngineBug(f"a condition stands where a number must: {expression}")
        case ShareOf():
            raise EngineBug("a share of an allocation stands inside an expression")
        case _:
            assert_never(expression)


def _rounded(exact: Exact, step: Decimal | None, scope: Scope) -> Exact:
    """Return a number rounded half up to a step, or to the minor unit."""
    size = step if step is not None else Decimal((0, (1,), -scope.facts.exponent))
    rounded = round_money(Fraction(exact), step=size)
    if scope.watcher is not None:
        scope.watcher.saw(f"round({text_of(exact)})", text_of(rounded))
    return rounded


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
            return require(expression, scope)
        case Defaulted(read, fallback):
            found = find(read, scope)
            return fallback.value if found is None else found
        case MapText(table, arguments):
            text = look_up(table, arguments, scope)
            if scope.watcher is not None:
                scope.watcher.saw(text.call, text.target)
            return text.target
        case Compare() | Invert() | Every() | Some():
            return truth(expression, scope)
        case _:
            return number(expression, scope)


@dataclass(frozen=True, slots=True)
class Found:
    """What a map gave: an account key or a text, for which inputs, and by which row."""

    target: str
    call: str
    row: PlannedRow

    @property
    def words(self) -> str:
        """The inputs, and where they lead."""
        dates = f" {self.row.period}" if self.row.period.is_dated else ""
        return f"{self.call} -> {self.target}{dates}"


def look_up(table: MapTable, arguments: Sequence[Expression], scope: Scope) -> Found:
    """Return what a map gives for its arguments.

    Raises:
        EventFault: If an argument is missing, if the map refuses what it finds, or if only a
            date could choose among rows.
    """
    inputs = tuple(_map_input(argument, scope) for argument in arguments)
    try:
        row = table.choose(inputs, scope.facts.accounting_date)
    except DateNeededError:
        message = f"is missing, and the rows of `{table.name}` are dated"
        raise EventFault(Problem("transaction_date", message, "send the date")) from None
    if row is not None and scope.watcher is not None:
        scope.watcher.chose(table.name, row.keys, row.period)
    if row is None or row.target is None:
        paths = [path_of(each, scope) for each in arguments]
        raise EventFault(_not_accepted(table, inputs, paths, scope.facts.accounting_date))
    return Found(row.target, f"{table.name}({', '.join(inputs)})", row)


def _not_accepted(
    table: MapTable, inputs: Sequence[str], paths: Sequence[str], day: date | None
) -> Problem:
    """Return the problem of inputs that a map refuses: at the first that no row of it names.

    The hint is the nearest of what rows with a target name in its place. What rows name that
    are not in force is told their days.
    """
    shown = ", ".join(inputs)
    what = shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[:SHOWN_CHARACTERS]}…"
    message = f"`{what}` is not accepted by the map `{table.name}`"
    other_days = () if day is None else table.on_other_days(inputs, day)
    if day is not None and other_days:
        periods = ", ".join(map(str, other_days[:SHOWN_PERIODS]))
        more = "" if len(other_days) <= SHOWN_PERIODS else ", …"
        hint: str | None = f"`{table.name}` knows it {periods}{more}"
        return Problem(paths[0], f"{message} on {day.isoformat()}", hint)
    named = [{row.keys[at] for row in table.rows} - {None} for at in range(len(inputs))]
    unknown = (at for at, value in enumerate(inputs) if named[at] and value not in named[at])
    blamed, hint = next(unknown, None), None
    if blamed is not None:
        accepted = (row.keys[blamed] for row in table.rows if row.target is not None)
        known = sorted({key for key in accepted if key is not None})
        some = f"`{table.name}` knows {', '.join(known[:SHOWN_KEYS])}" if known else None
        hint = did_you_mean(inputs[blamed][:SHOWN_CHARACTERS], known) or some
    return Problem(paths[blamed or 0], message, hint)


def _map_input(argument: Expression, scope: Scope) -> str:
    """Return the text that a map looks up: a single value, never a list or an object."""
    value = plain(argument, scope)
    if isinstance(value, tuple | FrozenMap | Item | Payment):
        raise EventFault(Problem(path_of(argument, scope), "is not a single value"))
    return text_of(value)


_FACT: Final = Source.FACT


def elements(collection: Read, scope: Scope) -> tuple[tuple[Element, str], ...]:
    """Return the members of a collection with their paths.

    Raises:
        EventFault: If the event has no such list.
    """
    known = collection.source is _FACT
    if known and collection.name == "items":
        scope.visit(len(scope.sale.items))
        return tuple([(item, item.path) for item in scope.sale.items])
    if known and collection.name == "payments":
        found: tuple[Element, ...] = scope.sale.payments
        path = "business_context.payments"
    else:
        value, path = require(collection, scope, listed=True), path_of(collection, scope)
        if not isinstance(value, tuple):
            raise EventFault(Problem(path, "is not a list"))
        found = value
    scope.visit(len(found))
    return tuple((member, f"{path}[{index}]") for index, member in enumerate(found))


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
        result = multiply(result, 1 / Fraction(value) if divides else value)
    return result


def _part(wanted: PartOf, scope: Scope) -> Exact:
    """Return a part of one item, or of all of them together."""
    part, variable, code = wanted.part, wanted.variable, wanted.code
    if variable is None:
        chosen = scope.sale.items
        scope.visit(len(chosen))
    else:
        item = scope.loops[variable][0]
        if not isinstance(item, Item):
            raise EngineBug(f"`{variable}` stands for no item")
        chosen = (item,)
    result: Exact = ZERO
    for each in chosen:
        result = add(result, each.part(part, code))
    if scope.watcher is not None:
        which = variable or "items"
        listed = which if code is None else f'{which}, "{code}"'
        scope.watcher.saw(f"{part}({listed})", text_of(result))
    return result


def _sum_of(collection: Read, rest: tuple[str, ...], scope: Scope) -> Exact:
    result: Exact = ZERO
    for element, path in elements(collection, scope):
        value = member_of(element, rest)
        where = ".".join((path, *rest))
        if value is None:
            raise EventFault(Problem(where, "is missing"))
        amount = as_number(value, where)
        result = add(result, turn_member(element, rest, amount, where, scope))
    if scope.watcher is not None:
        name = ".".join((collection.name, *collection.rest, *rest))
        scope.watcher.saw(f"sum({name})", text_of(result))
    return result


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


def _ordering(first: Value, second: Value, paths: tuple[str, str]) -> int:
    """Return the order of two values of one kind.

    Raises:
        EventFault: If they are not of one kind: a truth beside a text or number, for one.
    """
    if isinstance(first, bool) or isinstance(second, bool):
        if isinstance(first, bool) and isinstance(second, bool):
            return _sign(first, second)
        path = paths[0] if paths[0] != THE_EXPRESSION else paths[1]
        message = "is compared with another kind of value: one of the two is true or false"
        raise EventFault(Problem(path, message, "send true or false without quotes"))
    if isinstance(first, str) and isinstance(second, str):
        return _sign(first, second)
    if isinstance(first, date) or isinstance(second, date):
        return _sign(_as_day(first, paths[0]), _as_day(second, paths[1]))
    before, after = as_number(first, paths[0]), as_number(second, paths[1])
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        return _sign(before, after)
    return _sign(Fraction(before), Fraction(after))


def _as_day(value: Value, path: str) -> date:
    if isinstance(value, date):
        return value
    found = day_of(value) if isinstance(value, str) else None
    if found is None:
        raise EventFault(Problem(path, "is not a date", "send it as 2025-01-31"))
    return found
