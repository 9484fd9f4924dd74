"""The statements of a rule: its lines, those of one allocation taken together.

A rule keeps its lines flat. What was one statement in the document is one again where the document
is written: the lines of an allocation stand side by side and count on from zero.
"""

from hera_engine.dsl import nodes


def statements(lines: tuple[nodes.Line, ...]) -> tuple[tuple[nodes.Line, ...], ...]:
    """Return the lines of a rule by the statement that holds them, in order.

    A line that is no part of an allocation is a statement of its own.
    """
    found: list[list[nodes.Line]] = []
    for line in lines:
        if found and _follows(line, found[-1][-1]):
            found[-1].append(line)
        else:
            found.append([line])
    return tuple(map(tuple, found))


def _follows(line: nodes.Line, before: nodes.Line) -> bool:
    """Whether a line is the next one of the same allocation."""
    this, last = line.amount, before.amount
    return (
        isinstance(this, nodes.Allotted)
        and isinstance(last, nodes.Allotted)
        and this.index == last.index + 1
        and this.allocation == last.allocation
    )


def loops_around(
    allocation: nodes.Allocation, index: int, loops: tuple[nodes.Loop, ...]
) -> tuple[nodes.Loop, ...]:
    """Return the loops of one line of an allocation, given those around the statement."""
    return (*loops, allocation.over) if allocation.over is not None and index == 0 else loops


def outer_loops(line: nodes.Line) -> tuple[nodes.Loop, ...]:
    """Return the loops around the statement of a line: without that of its allocation."""
    match line.amount:
        case nodes.Allotted(0, allocation) if allocation.over is not None:
            return line.loops[:-1]
        case _:
            return line.loops


def literal_part(part: nodes.Expression) -> tuple[int, int] | None:
    """Return a written-out share as numerator and denominator, or None for a computed one.

    Written out are a percentage and a fraction of two whole numbers; the denominator may be zero.
    """
    match part:
        case nodes.Percent(value):
            numerator, denominator = value.as_integer_ratio()
            return numerator, denominator * 100
        case nodes.Product((nodes.Term("*", nodes.Number(above)), nodes.Term("/", below))) if (
            isinstance(below, nodes.Number) and _is_whole(above.as_integer_ratio())
        ):
            ratio = below.value.as_integer_ratio()
            return (int(above), ratio[0]) if _is_whole(ratio) else None
        case _:
            return None


def _is_whole(ratio: tuple[int, int]) -> bool:
    return ratio[1] == 1
