"""Turns written expressions into planned ones: every name resolved to where it is read from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, assert_never

from hera_engine.dsl import nodes
from hera_engine.dsl.names import CONTEXT_FIELDS, HEADER_FIELDS
from hera_engine.errors import EngineBug
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
    Part,
    PartOf,
    PlannedAllocation,
    PlannedLoop,
    Read,
    Round,
    ShareOf,
    Some,
    Source,
    SumOf,
)
from hera_engine.rules.maps import MapTable

ITEMS: Final = "items"
PAYMENTS: Final = "payments"
HUNDRED: Final = -2
"""Exponent that makes a percentage a fraction of one."""


@dataclass(frozen=True, slots=True)
class NameScope:
    """What names mean at one place of a rule: lets, loop variables with their collections.

    ``texts`` are the maps that give texts.
    """

    lets: frozenset[str]
    loops: Mapping[str, Read]
    texts: Mapping[str, MapTable]

    def with_loop(self, variable: str, collection: Read) -> "NameScope":
        """Return the scope inside a loop."""
        return NameScope(self.lets, {**self.loops, variable: collection}, self.texts)

    def read(self, path: tuple[str, ...]) -> Read:
        """Return where a path is read from: loop, let, header, known fact, or the open context."""
        head, rest = path[0], path[1:]
        if head in self.loops:
            return Read(Source.LOOP, head, rest)
        if head in self.lets:
            return Read(Source.LET, head, rest)
        if head in HEADER_FIELDS:
            return Read(Source.HEADER, head, rest)
        if head in CONTEXT_FIELDS:
            return Read(Source.FACT, head, rest)
        return Read(Source.CONTEXT, head, rest)

    def is_item(self, name: str) -> bool:
        """Whether a loop variable stands for an item of the sale."""
        return self.loops.get(name) == Read(Source.FACT, ITEMS)


def compile_expression(node: nodes.Expression, scope: NameScope) -> Expression:
    """Return the planned form of a checked expression."""
    match node:
        case nodes.Number() | nodes.Percent() | nodes.Text() | nodes.Date() | nodes.Truth():
            return literal(node)
        case nodes.Field(path):
            return scope.read(path)
        case nodes.Default(field, fallback):
            return Defaulted(scope.read(field.path), literal(fallback))
        case nodes.Call():
            return _call(node, scope)
        case nodes.Negative(operand):
            return Negate(compile_expression(operand, scope))
        case nodes.Sum(terms):
            return Add(
                tuple((t.operator == "-", compile_expression(t.operand, scope)) for t in terms)
            )
        case nodes.Product(terms):
            return Multiply(
                tuple((t.operator == "/", compile_expression(t.operand, scope)) for t in terms)
            )
        case nodes.Comparison(operator, left, right):
            return Compare(
                operator, compile_expression(left, scope), compile_expression(right, scope)
            )
        case nodes.Not(operand):
            return Invert(compile_expression(operand, scope))
        case nodes.And(operands):
            return Every(tuple(compile_expression(each, scope) for each in operands))
        case nodes.Or(operands):
            return Some(tuple(compile_expression(each, scope) for each in operands))
        case nodes.Allotted():
            raise EngineBug("a share of an allocation stands inside an expression")
        case _:
            assert_never(node)


def literal(node: nodes.Literal) -> Constant:
    """Return a literal's value; a percentage becomes a fraction of one, exactly."""
    if isinstance(node, nodes.Percent):
        sign, digits, exponent = node.value.as_tuple()
        if not isinstance(exponent, int):
            raise EngineBug("a percentage that is no finite number passed the parser")
        return Constant(Decimal((sign, digits, exponent + HUNDRED)))
    return Constant(node.value)


def _call(node: nodes.Call, scope: NameScope) -> Expression:
    """Return a function applied to its arguments; the checker knows that they fit."""
    name, arguments = node.function.text, node.arguments
    match name:
        case "net" | "tax" | "gross" | "withheld":
            return _part(node, scope)
        case "sum":
            return _sum(arguments[0], scope)
        case "min" | "max":
            return Extreme(Choice(name), tuple(compile_expression(a, scope) for a in arguments))
        case "abs":
            return Absolute(compile_expression(arguments[0], scope))
        case "round":
            step = arguments[1] if len(arguments) > 1 else None
            size = step.value if isinstance(step, nodes.Number) else None
            return Round(compile_expression(arguments[0], scope), size)
        case _ if name in scope.texts:
            given = tuple(compile_expression(each, scope) for each in arguments)
            return MapText(scope.texts[name], given)
        case _:
            raise EngineBug(f"function `{name}` passed the checker")


def _part(node: nodes.Call, scope: NameScope) -> PartOf:
    """Return a part of a loop variable, or of all items; of one tax where a code is given."""
    argument, *rest = node.arguments
    code = rest[0] if rest else None
    if not isinstance(argument, nodes.Field) or not isinstance(code, nodes.Text | None):
        raise EngineBug(f"`{node.function.text}` of an expression passed the checker")
    name = argument.path[0]
    return PartOf(
        Part(node.function.text),
        name if scope.is_item(name) else None,
        None if code is None else code.value,
    )


def _sum(argument: nodes.Expression, scope: NameScope) -> Expression:
    """Return the sum of a part over the items, or of a member over a collection."""
    if isinstance(argument, nodes.Call):
        return _part(argument, scope)
    if not isinstance(argument, nodes.Field):
        raise EngineBug("a sum over an expression passed the checker")
    return SumOf(scope.read(argument.path[:-1]), argument.path[-1:])


def net_term(amount: Expression) -> PartOf | None:
    """Return the ``net(…)`` that is an amount, or the only such term that is added in it."""
    match amount:
        case PartOf(Part.NET):
            return amount
        case Add(pairs):
            nets = [
                (subtracted, term)
                for subtracted, term in pairs
                if any(isinstance(leaf, PartOf) and leaf.part is Part.NET for leaf in reads(term))
            ]
            if len(nets) == 1 and not nets[0][0]:
                return net_term(nets[0][1])
            return None
        case _:
            return None


def always_read(expression: Expression) -> tuple[Read, ...]:
    """Return the fields of the context that an expression reads whatever the event says."""
    match expression:
        case Read(Source.CONTEXT):
            return (expression,)
        case Add(pairs) | Multiply(pairs):
            return tuple(read for _, operand in pairs for read in always_read(operand))
        case Extreme(_, operands):
            return tuple(read for operand in operands for read in always_read(operand))
        case Negate(operand) | Absolute(operand) | Round(operand):
            return always_read(operand)
        case SumOf(Read(Source.CONTEXT) as collection):
            return (collection,)
        case Compare(_, left, right):
            return always_read(left) + always_read(right)
        case Invert(operand):
            return always_read(operand)
        case MapText(_, arguments):
            return tuple(read for each in arguments for read in always_read(each))
        case Every(operands) | Some(operands):
            return always_read(operands[0])
        case ShareOf(allocation, 0):
            return tuple(read for each in operands_of(allocation) for read in always_read(each))
        case _:
            return ()


def reads(expression: Expression) -> tuple[Expression, ...]:
    """Return every leaf of an expression: reads, parts of items and sums over collections."""
    match expression:
        case Read() | PartOf() | SumOf():
            return (expression,)
        case Defaulted(read, _):
            return (read,)
        case Add(pairs) | Multiply(pairs):
            return tuple(leaf for _, operand in pairs for leaf in reads(operand))
        case Extreme(_, operands) | Every(operands) | Some(operands) | MapText(_, operands):
            return tuple(leaf for operand in operands for leaf in reads(operand))
        case Negate(operand) | Absolute(operand) | Round(operand) | Invert(operand):
            return reads(operand)
        case Compare(_, left, right):
            return reads(left) + reads(right)
        case Constant():
            return ()
        case ShareOf(allocation, index):
            # The first line of an allocation speaks for all that share it.
            every = () if index else operands_of(allocation)
            return tuple(leaf for operand in every for leaf in reads(operand))
        case _:
            assert_never(expression)


def operands_of(allocation: PlannedAllocation, *, weight: bool = True) -> tuple[Expression, ...]:
    """Return the expressions of an allocation: its amount, its weight, those of its shares.

    The weight is one of a member's; without it, all of them stand outside the collection.
    """
    found = [allocation.amount]
    if weight and allocation.weight is not None:
        found.append(allocation.weight)
    waiting = [*allocation.allotments]
    while waiting:
        share = waiting.pop(0)
        found += (each for each in (share.amount, share.part, share.cap) if each is not None)
        waiting.extend(share.inside)
    return tuple(found)


def compile_loops(
    loops: tuple[nodes.Loop, ...], scope: NameScope
) -> tuple[tuple[PlannedLoop, ...], NameScope]:
    """Return a line's loops and the scope inside them."""
    planned = []
    for loop in loops:
        collection = scope.read(loop.collection.path)
        scope = scope.with_loop(loop.variable.text, collection)
        when = None if loop.when is None else compile_expression(loop.when, scope)
        planned.append(PlannedLoop(loop.variable.text, collection, when))
    return tuple(planned), scope


def uses(leaves: Sequence[Expression], loops: tuple[PlannedLoop, ...], collection: str) -> bool:
    """Whether a rule reads the items (or payments) of the sale."""
    wanted = Read(Source.FACT, collection)
    summed = any(isinstance(leaf, SumOf) and leaf.collection == wanted for leaf in leaves)
    parts = collection == ITEMS and any(isinstance(leaf, PartOf) for leaf in leaves)
    return summed or parts or any(loop.collection == wanted for loop in loops)


def needs_tax(leaf: Expression) -> bool:
    """Whether a field can only be told once tax is worked out."""
    return isinstance(leaf, PartOf) or is_discount_net(leaf)


def is_discount_net(leaf: Expression) -> bool:
    """Whether a field is what discounts take off the net of an item."""
    match leaf:
        case Read(Source.LOOP, _, rest) | SumOf(_, rest):
            return rest[-1:] == ("discount_net",)
        case _:
            return False
