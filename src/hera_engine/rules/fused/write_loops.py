"""Source of loops over lists of one's own, and of what rules ask of lists without a loop.

Statements with the same loops share one loop of the function: its fields are read once at its
head. Lists stand in records that were frozen before (`Fields.trees`): a list is a tuple there, a
record a `FrozenMap`. What is no list where a loop or a sum needs one is declined.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

from hera_engine import limits
from hera_engine.rules.compile_expressions import reads
from hera_engine.rules.expressions import (
    Constant,
    Expression,
    PlannedLoop,
    Read,
    Source,
    SumOf,
)
from hera_engine.rules.fused.figures import Figure
from hera_engine.rules.fused.formulas import Formulas, check_needs
from hera_engine.rules.fused.places import CONTEXT, ITEM, PAYMENT
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.subset import ITEMS, PAYMENTS, NotCompiled, is_standard
from hera_engine.rules.fused.write_event import Shape
from hera_engine.rules.fused.writer import BEFORE, Place, Writer
from hera_engine.rules.maps import MapTable
from hera_engine.rules.plan import PlannedLine, PlannedSign


def place_of(writer: Writer, line: PlannedLine) -> Place:
    """Return where a statement stands, with the loops around it written.

    Raises:
        NotCompiled: For loops that are left to the interpreter.
    """
    place, within = Place(CONTEXT, CONTEXT, writer.blocks[CONTEXT], {}), []
    for loop in line.loops:
        within.append(_told(loop))
        known = writer.places.get(tuple(within))
        if known is None:
            known = writer.places[tuple(within)] = _entered(writer, place, loop)
        place = known
    return place


def _told(part: object) -> object:
    """Return what tells a part of a plan from others: a truth is no number, and a map its name."""
    match part:
        case MapTable(name=name):
            return name
        case Constant(value):
            return type(value), str(value)
        case tuple():
            return tuple(map(_told, part))
        case _ if is_dataclass(part):
            return type(part), *(_told(getattr(part, each.name)) for each in fields(part))
        case _:
            return part


def _entered(writer: Writer, around: Place, loop: PlannedLoop) -> Place:
    """Return the inside of a loop, in which its condition holds."""
    if is_standard(loop):
        if around.loops:
            raise NotCompiled("a loop over items or payments inside another")
        root = record = ITEM if loop.collection == ITEMS else PAYMENT
        block = writer.blocks[root]
    else:
        root, (record, block) = around.root, _own_loop(writer, around, loop)
    listed = loop.collection if root == CONTEXT and not around.loops else None
    inside = Place(
        root, record, block, {**around.loops, loop.variable: record}, around.later, listed
    )
    if loop.when is None:
        return inside
    formulas = Formulas(writer.fields, inside.loops)
    source = formulas.condition(loop.when)
    held = Block()
    check_needs(block, formulas)
    block.add(f"if {source}:")
    block.deeper()
    block.nest(held)
    block.deeper(-1)
    if root == PAYMENT and formulas.named:
        raise NotCompiled("a payment that is posted by named amounts")
    return replace(inside, block=held, later=around.later or formulas.later)


def _own_loop(writer: Writer, around: Place, loop: PlannedLoop) -> tuple[str, Block]:
    """Write a loop over a list of one's own, and return its record and its inside."""
    known, block = writer.fields, around.block
    record, path = known.place(loop.collection, around.loops)
    if record.name != around.record:
        raise NotCompiled("a loop over a list outside of the loop around it")
    known.reads_inside(record)
    number = len(writer.places)
    member = known.members(number, around.record)
    listed, inside = f"listed_{number}", Block()
    block.add(
        f"{listed} = {known.source(record, path)}",
        f"if type({listed}) is not tuple:",
        "    return None",
        f"visits += len({listed})",
        f"for {member.name} in {listed}:",
    )
    block.deeper()
    block.nest(member.block)
    block.nest(inside)
    block.deeper(-1)
    return member.name, inside


def write_visits(writer: Writer, block: Block) -> None:
    """Write that an event with too many members in lists of one's own is declined."""
    if writer.fields.trees:
        most = writer.constants.name(_most_visits(writer.shape))
        block.add(f"if visits > {most}:", "    return None")


def _most_visits(shape: Shape) -> int:
    """Return how many members of lists of one's own are surely no more than are allowed.

    A function visits a list once where the interpreter does so for each statement and sum.
    """
    rule = shape.rule
    times = len(rule.not_negative) + 1
    for line in rule.lines:
        sums = sum(1 for each in _expressions(line) for leaf in reads(each) if _is_own_sum(leaf))
        times += len(line.loops) + sums
    return min(limits.NESTED_VISITS // times, shape.most_members)


def _expressions(line: PlannedLine) -> Iterator[Expression]:
    yield line.amount
    others = (line.currency, line.rate, line.base, line.when, *(loop.when for loop in line.loops))
    yield from (each for each in others if each is not None)


def _is_own_sum(leaf: Expression) -> bool:
    return isinstance(leaf, SumOf) and leaf.collection not in (ITEMS, PAYMENTS)


def write_sign(writer: Writer, sign: PlannedSign) -> None:
    """Have a field read that must not be negative: reading declines what is."""
    known, collections = writer.fields, sign.collections
    if not collections:
        _refuse_below(writer, BEFORE, known.number(sign.read, {}))
        return
    first, *lists = collections
    root = {ITEMS: ITEM, PAYMENTS: PAYMENT}.get(first, CONTEXT)
    if root != CONTEXT and not lists:
        read = Read(Source.LOOP, root, sign.read.rest)
        _refuse_below(writer, root, known.number(read, {root: root}))
        return
    if root == CONTEXT:
        lists = [Read(Source.LOOP, root, (first.name, *first.rest)), *lists]
    if _is_read(writer, sign):
        return
    record = known.records[root]
    known.reads_inside(record)
    name = known.constants.name
    paths = name(tuple(each.rest for each in lists))
    for block in (record.block, record.of_made):
        block.add(f"refuse_negative({record.name}, {paths}, {name(sign.read.rest)})")


def _refuse_below(writer: Writer, block: str, read: tuple[Figure, str | None]) -> None:
    """Decline an amount below zero of those that the general function reads with their sign."""
    figure, needed = read
    if needed is None and figure.value is None and writer.shape.general:
        writer.blocks[block].add(f"if {figure.source} < 0:", "    return None")


def _is_read(writer: Writer, sign: PlannedSign) -> bool:
    """Whether a loop over a list of the event reads a field of all its members as a number."""
    return any(
        place.collection is not None
        and (place.collection,) == sign.collections
        and (sign.read.rest, "number") in writer.fields.records[place.record].known
        for place in writer.places.values()
    )
