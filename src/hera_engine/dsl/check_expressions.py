"""Checks of expressions: names and kinds of their parts, and whether an amount is whole.

Everything is judged by form: no event is at hand. A field the language does not know may hold
anything, so it is never wrong.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, assert_never

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.declared import undeclared
from hera_engine.dsl.names import (
    FUNCTIONS,
    TAX_FUNCTIONS,
    UNROUNDED_HEADER_FIELDS,
    UNROUNDED_ITEM_FIELDS,
    Catalog,
    Declared,
    Scope,
    Unit,
    ValueKind,
    counted,
    open_scope,
)
from hera_engine.errors import Diagnostic, Place, diagnose

_MINOR_UNIT_DECIMALS: Final = 4
"""The most decimals of any currency's minor unit (ISO 4217: CLF)."""


# --- kinds ---------------------------------------------------------------------------------


def infer_kind(expression: nodes.Expression, scope: Scope) -> ValueKind:
    """Return the kind of value that ``expression`` has, as far as its form tells."""
    match expression:
        case nodes.Number() | nodes.Percent() | nodes.Negative() | nodes.Sum() | nodes.Product():
            return ValueKind.NUMBER
        case nodes.Allotted():
            return ValueKind.NUMBER
        case nodes.Text():
            return ValueKind.TEXT
        case nodes.Date():
            return ValueKind.DATE
        case nodes.Truth() | nodes.Comparison() | nodes.Not() | nodes.And() | nodes.Or():
            return ValueKind.TRUTH
        case nodes.Field():
            return scope.kind_of(expression.path)
        case nodes.Default():
            known = scope.kind_of(expression.field.path)
            return infer_kind(expression.fallback, scope) if known is ValueKind.UNKNOWN else known
        case nodes.Call():
            name = expression.function.text
            if name in FUNCTIONS:
                return ValueKind.NUMBER
            return ValueKind.TEXT if name in scope.catalog.texts else ValueKind.UNKNOWN
        case _:
            assert_never(expression)


def check_value(
    expression: nodes.Expression, scope: Scope, *, wanted: ValueKind | None = None
) -> Iterator[Diagnostic]:
    """Yield the faults of an expression that must have the kind ``wanted``.

    Args:
        expression: What stands in the document.
        scope: What names mean there.
        wanted: The kind its place asks for; None takes any single value.
    """
    yield from _check_parts(expression, scope)
    found = infer_kind(expression, scope)
    plural = found in {ValueKind.COLLECTION, ValueKind.RECORD}
    if found is ValueKind.UNKNOWN or found is wanted or (wanted is None and not plural):
        return
    yield _wrong_kind(expression, found, scope, expected=(wanted or ValueKind.UNKNOWN).phrase)


def _wrong_kind(
    expression: nodes.Expression, found: ValueKind, scope: Scope, *, expected: str
) -> Diagnostic:
    """Return the fault that a value of another kind stands where ``expected`` should."""
    suggestion = None
    if isinstance(expression, nodes.Field) and found is ValueKind.COLLECTION:
        path = expression.path if len(expression.path) > 1 else (*expression.path, "amount")
        suggestion = f"write sum({'.'.join(path)})"
        listed = scope.declared_at(expression.path)
        if listed is not None and listed.member is not None and not listed.member.fields:
            name = expression.path[-1]
            suggestion = f"sum a field: declare `{name}` as a list of records with an amount"
    elif isinstance(expression, nodes.Field) and found is ValueKind.RECORD:
        suggestion = f"name one of its fields, such as {'.'.join(expression.path)}.amount"
    return diagnose(
        faults.WRONG_KIND,
        expression.at,
        suggestion=suggestion,
        expected=expected,
        found=found.phrase,
    )


def _check_parts(expression: nodes.Expression, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults inside an expression, whatever kind its place asks for."""
    match expression:
        case nodes.Number() | nodes.Percent() | nodes.Text() | nodes.Date() | nodes.Truth():
            return
        case nodes.Allotted():
            return
        case nodes.Field():
            yield from check_field(expression, scope)
        case nodes.Default():
            yield from check_field(expression.field, scope)
            yield from _check_default(expression, scope)
        case nodes.Call():
            yield from _check_call(expression, scope)
        case nodes.Negative():
            yield from check_value(expression.operand, scope, wanted=ValueKind.NUMBER)
        case nodes.Sum() | nodes.Product():
            numbers = (term.operand for term in expression.terms)
            yield from _check_all(numbers, scope, ValueKind.NUMBER)
        case nodes.Comparison():
            yield from _check_comparison(expression, scope)
        case nodes.Not():
            yield from check_value(expression.operand, scope, wanted=ValueKind.TRUTH)
        case nodes.And() | nodes.Or():
            yield from _check_all(expression.operands, scope, ValueKind.TRUTH)
        case _:
            assert_never(expression)


def _check_all(
    expressions: Iterable[nodes.Expression], scope: Scope, wanted: ValueKind
) -> Iterator[Diagnostic]:
    """Yield the faults of several expressions that must all have one kind."""
    for expression in expressions:
        yield from check_value(expression, scope, wanted=wanted)


def _check_default(default: nodes.Default, scope: Scope) -> Iterator[Diagnostic]:
    """Yield a fault if the literal is not of the field's kind."""
    wanted = scope.kind_of(default.field.path)
    found = infer_kind(default.fallback, scope)
    if wanted not in {found, ValueKind.UNKNOWN}:
        yield _wrong_kind(default.fallback, found, scope, expected=wanted.phrase)


def _check_comparison(comparison: nodes.Comparison, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of both sides; both must be of one kind, and ordered ones for ``<``."""
    sides = (comparison.left, comparison.right)
    kinds = tuple(infer_kind(side, scope) for side in sides)
    for side in sides:
        yield from check_value(side, scope)
    ordered = {ValueKind.NUMBER, ValueKind.DATE, ValueKind.UNKNOWN}
    if comparison.operator not in {"=", "!="}:
        for side, kind in zip(sides, kinds, strict=True):
            if kind in {ValueKind.TEXT, ValueKind.TRUTH}:
                yield _wrong_kind(side, kind, scope, expected="a number or a date")
                return
    single = ordered | {ValueKind.TEXT, ValueKind.TRUTH}
    if ValueKind.UNKNOWN in kinds or kinds[0] is kinds[1] or not single.issuperset(kinds):
        return
    yield _wrong_kind(comparison.right, kinds[1], scope, expected=kinds[0].phrase)


# --- fields --------------------------------------------------------------------------------


def check_field(field: nodes.Field, scope: Scope) -> Iterator[Diagnostic]:
    """Yield a fault if a field names what cannot be there; open names are never faults."""
    advice = _field_advice(field.path, scope)
    if advice is not None:
        name = ".".join(field.path)
        yield diagnose(faults.UNKNOWN_FIELD, field.at, suggestion=advice, name=name)


def _field_advice(path: tuple[str, ...], scope: Scope) -> str | None:
    """Return what to do about a path that can name nothing, or None if it may name something."""
    head = path[0]
    if scope.loop_of(head) is not None:
        known = scope.kind_of(path[:2])
        closed = known not in {ValueKind.UNKNOWN, ValueKind.RECORD, ValueKind.COLLECTION}
        return _no_fields(path[:2]) if len(path) > 2 and closed else undeclared(path, scope)
    if scope.is_let(head):
        return _no_fields(path[:1]) if len(path) > 1 else None
    kind = scope.event_kind(head)
    if kind not in {ValueKind.UNKNOWN, ValueKind.COLLECTION, ValueKind.RECORD}:
        return _no_fields(path[:1]) if len(path) > 1 else undeclared(path, scope)
    if kind is ValueKind.UNKNOWN and head in scope.lets:
        return f"`{head}` is declared by a later `let`: move that one up"
    if kind is ValueKind.UNKNOWN and head in scope.variables:
        return f"`{head}` is known only inside its `for`"
    return undeclared(path, scope)


def _no_fields(path: tuple[str, ...]) -> str:
    """Return the advice for a dot behind a single value."""
    return f"`{'.'.join(path)}` is a single value without fields"


# --- calls ---------------------------------------------------------------------------------


def _check_call(call: nodes.Call, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of a function call: its name, its number of arguments, each of them."""
    name = call.function.text
    arity = FUNCTIONS.get(name)
    if arity is None and name in scope.catalog.texts:
        yield from check_map_call(call, scope)
    elif arity is None:
        yield _unknown_function(call, scope)
        for argument in call.arguments:
            yield from _check_parts(argument, scope)
    elif not arity.allows(len(call.arguments)):
        count = len(call.arguments)
        yield diagnose(faults.WRONG_ARGUMENTS, call.at, name=name, expected=arity, found=count)
    elif name == "sum":
        yield from _check_sum(call.arguments[0], scope)
    elif name in TAX_FUNCTIONS:
        yield from _check_taxed(call, scope)
    else:
        yield from _check_all(call.arguments[:1], scope, ValueKind.NUMBER)
        later = _check_step if name == "round" else _check_number
        for argument in call.arguments[1:]:
            yield from later(argument, scope)


def _unknown_function(call: nodes.Call, scope: Scope) -> Diagnostic:
    """Return the fault of a call in an expression that is no function."""
    if call.function.text not in scope.catalog.maps:
        return diagnose(faults.UNKNOWN_FUNCTION, call.function.at, name=call.function.text)
    return diagnose(
        faults.WRONG_KIND,
        call.function.at,
        suggestion="call it where an account stands, or give its rows texts in quotes",
        expected="a value",
        found=f"the map `{call.function.text}`, which gives accounts",
    )


def check_map_call(call: nodes.Call, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of the arguments of a map: how many there are, and each of them."""
    inputs = scope.catalog.maps[call.function.text]
    if inputs != len(call.arguments):
        yield diagnose(
            faults.WRONG_ARGUMENTS,
            call.at,
            name=call.function.text,
            expected=counted(inputs, "argument"),
            found=len(call.arguments),
        )
    for argument in call.arguments:
        yield from check_value(argument, scope)


def _check_number(argument: nodes.Expression, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of an argument that must be a number."""
    return check_value(argument, scope, wanted=ValueKind.NUMBER)


def _check_step(step: nodes.Expression, scope: Scope) -> Iterator[Diagnostic]:
    """Yield a fault unless the second argument of `round` is a literal above zero."""
    if not (isinstance(step, nodes.Number) and step.value > 0):
        phrase = "zero" if isinstance(step, nodes.Number) else infer_kind(step, scope).phrase
        yield diagnose(
            faults.WRONG_KIND,
            step.at,
            suggestion="write the step as a number, such as 0.05",
            expected="a step above zero",
            found=phrase if isinstance(step, nodes.Number) else f"{phrase} that is not written out",
        )


def _check_sum(argument: nodes.Expression, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of what is summed: a field of a collection, or a figure of its items."""
    expected = "a field of a collection, such as items.amount"
    if isinstance(argument, nodes.Call) and argument.function.text in TAX_FUNCTIONS:
        yield from _check_taxed_sum(argument, scope)
        return
    if not isinstance(argument, nodes.Field):
        found = infer_kind(argument, scope).phrase
        yield diagnose(faults.WRONG_KIND, argument.at, expected=expected, found=found)
        return
    advice = _field_advice(argument.path, scope)
    if advice is not None:
        yield from check_field(argument, scope)
        return
    kind = scope.kind_of(argument.path)
    column = scope.column_kind(argument.path)
    if len(argument.path) == 1 or kind not in {ValueKind.COLLECTION, ValueKind.UNKNOWN}:
        yield _wrong_kind(argument, kind, scope, expected=expected)
    elif column not in {ValueKind.NUMBER, ValueKind.UNKNOWN}:
        yield diagnose(
            faults.WRONG_KIND, argument.at, expected="a number to sum", found=column.phrase
        )


def _check_taxed_sum(call: nodes.Call, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of ``net(items)`` and the like inside `sum`."""
    name, count = call.function.text, len(call.arguments)
    arity = FUNCTIONS[name]
    if not _is_over_items(call):
        found = ", ".join(_what_is(inner, scope) for inner in call.arguments) or "nothing"
        expected = f"{name}(items) inside sum"
        yield diagnose(faults.WRONG_KIND, call.at, expected=expected, found=found)
    elif not arity.allows(count):
        yield diagnose(faults.WRONG_ARGUMENTS, call.at, name=name, expected=arity, found=count)
    else:
        yield from _check_code(call, scope)


def _is_over_items(call: nodes.Call) -> bool:
    """Whether a call is ``net(items)`` or one like it."""
    first = call.arguments[0] if call.arguments else None
    return isinstance(first, nodes.Field) and first.path == ("items",)


def _check_code(call: nodes.Call, scope: Scope) -> Iterator[Diagnostic]:
    """Yield a fault unless the code of a tax, where there is one, is written out."""
    for code in call.arguments[1:]:
        if not isinstance(code, nodes.Text):
            first = call.arguments[0]
            over = ".".join(first.path) if isinstance(first, nodes.Field) else "item"
            yield diagnose(
                faults.WRONG_KIND,
                code.at,
                suggestion=f'write the code in quotes, as in {call.function.text}({over}, "GST")',
                expected="the code of a tax",
                found=_what_is(code, scope),
            )


def _check_taxed(call: nodes.Call, scope: Scope) -> Iterator[Diagnostic]:
    """Yield a fault unless a figure of an item stands over the variable of an item loop."""
    yield from _check_code(call, scope)
    argument = call.arguments[0]
    name = call.function.text
    if isinstance(argument, nodes.Field) and len(argument.path) == 1:
        if scope.is_item(argument.path[0]):
            return
        if scope.loop_of(argument.path[0]) is None and argument.path[0] in scope.variables:
            yield from check_field(argument, scope)
            return
    suggestion = f"write sum({name}(items)), or {name}(item) inside `for item in items`"
    yield diagnose(
        faults.WRONG_KIND,
        argument.at,
        suggestion=f"write sum({name}(items))" if _is_over_items(call) else suggestion,
        expected="an item of a `for` over items",
        found=_what_is(argument, scope),
    )


def _what_is(argument: nodes.Expression, scope: Scope) -> str:
    """Return what an argument is, in a reader's words."""
    if isinstance(argument, nodes.Field):
        return f"`{'.'.join(argument.path)}`"
    return infer_kind(argument, scope).phrase


# --- whole amounts -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unwhole:
    """Why an amount need not be a whole number of minor units, and which part is to blame."""

    what: str
    at: Place | None


def rule_scope(catalog: Catalog, rule: nodes.Rule, declared: Declared | None = None) -> Scope:
    """Return the scope behind the last `let` of ``rule``, before any loop."""
    scope = open_scope(catalog, rule, declared)
    unwhole: set[str] = set()
    for index, let in enumerate(rule.lets):
        here = replace(scope, visible=index, unwhole=unwhole)
        first = scope.lets[let.name.text] == index
        if first and why_not_whole(let.value, here) is not None:
            unwhole.add(let.name.text)
    return replace(scope, visible=len(rule.lets), unwhole=frozenset(unwhole))


def check_amount(amount: nodes.Expression, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of a line's amount: it must be a number, and whole by its form."""
    yield from check_value(amount, scope, wanted=ValueKind.NUMBER)
    reason = why_not_whole(amount, scope)
    if reason is not None:
        yield diagnose(faults.NOT_WHOLE, reason.at, what=reason.what)


def why_not_whole(expression: nodes.Expression, scope: Scope) -> Unwhole | None:
    """Return why an amount need not be a whole number of minor units, or None if it always is.

    Whole are amount fields, numbers, figures of items, `round(…)`, and what sums, differences,
    `min`, `max`, `abs` and whole multiples make of these. What is no number counts as whole:
    its kind is the fault.
    """
    match expression:
        case nodes.Text() | nodes.Date() | nodes.Truth() | nodes.Allotted():
            return None
        case nodes.Comparison() | nodes.Not() | nodes.And() | nodes.Or():
            return None
        case nodes.Percent():
            return Unwhole("a percentage", expression.at)
        case nodes.Number():
            fine = _decimals(expression) <= _MINOR_UNIT_DECIMALS
            return None if fine else Unwhole("a number with so many decimals", expression.at)
        case nodes.Field():
            return _unwhole_field(expression, scope)
        case nodes.Default():
            return _first_unwhole((expression.field, expression.fallback), scope)
        case nodes.Call():
            return _unwhole_call(expression, scope)
        case nodes.Negative():
            return why_not_whole(expression.operand, scope)
        case nodes.Sum():
            return _first_unwhole((term.operand for term in expression.terms), scope)
        case nodes.Product():
            return _unwhole_product(expression, scope)
        case _:
            assert_never(expression)


def _first_unwhole(expressions: Iterable[nodes.Expression], scope: Scope) -> Unwhole | None:
    """Return the first reason among several expressions."""
    reasons = (why_not_whole(expression, scope) for expression in expressions)
    return next((reason for reason in reasons if reason is not None), None)


def _decimals(number: nodes.Number) -> int:
    """Return how many decimals a number has, trailing zeros not counted."""
    _, digits, exponent = number.value.as_tuple()
    if not isinstance(exponent, int):
        return 0
    text = "".join(map(str, digits))
    return -exponent - (len(text) - len(text.rstrip("0"))) if text.strip("0") else 0


def _unwhole_field(field: nodes.Field, scope: Scope) -> Unwhole | None:
    """Return the reason if a field is a quantity, a price, a rate, or a `let` that is not whole."""
    path = field.path
    of_items = path[0] == "items" or scope.is_item(path[0])
    if scope.loop_of(path[0]) is None and scope.is_let(path[0]):
        unwhole = len(path) == 1 and path[0] in scope.unwhole
    elif len(path) == 2 and of_items:
        unwhole = path[1] in UNROUNDED_ITEM_FIELDS
    else:
        unwhole = len(path) == 1 and path[0] in UNROUNDED_HEADER_FIELDS
    declared = scope.declared_at(path)
    unwhole = unwhole or (declared is not None and declared.unit is Unit.PURE)
    return Unwhole(f"`{'.'.join(path)}`", field.at) if unwhole else None


def _unwhole_call(call: nodes.Call, scope: Scope) -> Unwhole | None:
    """Return the reason of a function call; rounded figures and figures of items are whole."""
    if call.function.text in {"sum", "min", "max", "abs"}:
        return _first_unwhole(call.arguments, scope)
    return None


def _unwhole_product(product: nodes.Product, scope: Scope) -> Unwhole | None:
    """Return the reason of a product: whole is one amount times whole numbers, undivided."""
    divisor = next((term for term in product.terms if term.operator == "/"), None)
    if divisor is not None:
        return Unwhole("a division", product.at)
    factors = tuple(_unsigned(term.operand) for term in product.terms)
    for factor in factors:
        if isinstance(factor, nodes.Percent):
            return Unwhole("a percentage of an amount", product.at)
        if isinstance(factor, nodes.Number) and _decimals(factor) > 0:
            return Unwhole("an amount times a number with decimals", product.at)
    amounts = tuple(factor for factor in factors if not isinstance(factor, nodes.Number))
    if len(amounts) > 1:
        return Unwhole(f"a product of {counted(len(amounts), 'amount')}", product.at)
    return _first_unwhole(amounts, scope)


def _unsigned(expression: nodes.Expression) -> nodes.Expression:
    """Return an expression without the minus signs before it."""
    while isinstance(expression, nodes.Negative):
        expression = expression.operand
    return expression
