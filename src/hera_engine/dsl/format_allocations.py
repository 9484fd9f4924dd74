"""Allocations as canonical text: the lines of one drawn as its shares again."""

import re
from collections.abc import Iterator
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.format_expressions import format_amount, format_expression, format_name
from hera_engine.dsl.format_targets import format_loop, format_target
from hera_engine.dsl.notes import WIDTH, Notes
from hera_engine.dsl.statements import literal_part
from hera_engine.errors import Pointer

_OPENS: Final = re.compile(r"(max|share|remaining|leftover|allocate)(?![A-Za-z0-9_(])")
"""Words that open a share: a field of that name stands in brackets there."""


def format_allocation(
    lines: tuple[nodes.Line, ...], pointer: Pointer, notes: Notes, indent: int
) -> list[str]:
    """Return the text of an allocation.

    Args:
        lines: Its lines, in order; what is left apart is the last.
        pointer: Where it stands in the JSON form.
        notes: The comments of the schema.
        indent: How deep it stands.
    """
    first = lines[0]
    assert isinstance(first.amount, nodes.Allotted), "the lines of an allocation are allotted"
    allocation = first.amount.allocation
    head = f"allocate {format_amount(allocation.amount)}"
    rest = iter(lines)
    if allocation.over is not None and allocation.weight is not None:
        over = f"over {format_loop(allocation.over)} by {format_amount(allocation.weight)}"
        leg = f"to {_leg(next(rest))}{_leftover(allocation, rest)}"
        parts = (head, over, leg)
        fits = 2 * indent + len(" ".join(parts)) <= WIDTH
        return notes.simple(pointer, indent, (" " if fits else f"\n{'  ' * indent}  ").join(parts))
    if first.when is not None:
        head += f" when {format_expression(first.when)}"
    inside = _shares(allocation.allotments, (pointer, rest), notes, indent + 1)
    written = notes.braced(pointer, indent, head, inside)
    written[-1] += _leftover(allocation, rest)
    return written


def _shares(
    allotments: tuple[nodes.Allotment, ...],
    within: tuple[Pointer, Iterator[nodes.Line]],
    notes: Notes,
    indent: int,
) -> list[str]:
    """Return the shares in one pair of braces, each with the line it goes to."""
    pointer, lines = within
    written: list[str] = []
    for index, share in enumerate(allotments):
        here = pointer.child("shares").child(index)
        head = f"{format_size(share)} to"
        if share.inside:
            inside = _shares(share.inside, (here, lines), notes, indent + 1)
            written += notes.braced(here, indent, head, inside)
        else:
            written += notes.simple(here, indent, f"{head} {_leg(next(lines))}")
    return written


def format_size(share: nodes.Allotment) -> str:
    """Return what stands before `to`: how much a share takes."""
    if share.amount is not None:
        text = format_amount(share.amount)
        return f"({text})" if _OPENS.match(text) else text
    if share.part is None:
        return "remaining"
    if literal_part(share.part) is None:
        text = f"share {format_amount(share.part)}"
    else:
        text = format_expression(share.part).replace(" ", "")
    return text if share.cap is None else f"max {format_amount(share.cap)} of {text}"


def _leg(line: nodes.Line) -> str:
    """Return where a share goes."""
    text = f"{line.side} {format_target(line.target)}"
    return text if line.by is None else f"{text} by {format_name(line.by.text)}"


def _leftover(allocation: nodes.Allocation, rest: Iterator[nodes.Line]) -> str:
    """Return the policy behind an allocation, where it is not the usual one."""
    policy = allocation.leftover
    if policy == nodes.LEFTOVERS[0]:
        return ""
    apart = next(rest, None)
    return f" leftover {policy}" + ("" if apart is None else f" to {_leg(apart)}")
