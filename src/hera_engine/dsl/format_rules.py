"""Posting rules and cases as canonical text; the lines of a rule are drawn in blocks again."""

from datetime import date
from decimal import Decimal
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.format_allocations import format_allocation
from hera_engine.dsl.format_expressions import (
    format_amount,
    format_arithmetic,
    format_decimal,
    format_events,
    format_expression,
    format_name,
    format_smart_code,
    format_text,
    format_word,
)
from hera_engine.dsl.format_targets import format_loop, format_target
from hera_engine.dsl.notes import Notes, in_order
from hera_engine.dsl.statements import outer_loops, statements
from hera_engine.errors import Pointer

WIDTH: Final = 100
"""Columns within which braces are kept on one line."""

_Block = nodes.Name | nodes.Loop
"""What encloses lines: ``in LEDGER`` or ``for … in …``."""


# --- rules -----------------------------------------------------------------------------------


def format_rule(
    rule: nodes.Rule, pointer: Pointer, notes: Notes, layout: tuple[str, ...]
) -> list[str]:
    """Return the lines of a posting rule.

    Args:
        rule: The rule.
        pointer: Where it stands in the JSON form.
        notes: The comments of the schema.
        layout: The kinds of its statements in document order, as far as they are known.
    """
    head = f"on {format_events(rule.on)}{' purchase' if rule.purchase else ''}"
    if rule.reverses is not None:
        head += f" reverses {format_events(rule.reverses)}"
    body = _Body(rule, pointer, notes)
    counts = {
        "let": len(rule.lets),
        "given": len(rule.givens),
        "lines": len(body.statements),
        "closing": int(rule.closing is not None),
    }
    for kind, index in in_order(layout, counts):
        body.add(kind, index)
    inside = body.finish()
    if rule.reverses is not None and not inside:
        return notes.simple(pointer, 0, head)
    return notes.braced(pointer, 0, head, inside)


class _Body:
    """The statements of a rule while they are written."""

    __slots__ = ("_blocks", "_notes", "_pointer", "_rule", "_written", "statements")

    def __init__(self, rule: nodes.Rule, pointer: Pointer, notes: Notes) -> None:
        self._rule, self._pointer, self._notes = rule, pointer, notes
        self.statements = statements(rule.lines)
        self._blocks: list[tuple[_Block, Pointer]] = []
        self._written: list[str] = []

    def add(self, kind: str, index: int) -> None:
        """Write one statement of the rule."""
        pointer = self._pointer.child(kind).child(index)
        if kind == "lines":
            self._posting(self.statements[index], pointer)
            return
        self._leave(0)
        if kind == "let":
            text = format_let(self._rule.lets[index])
        elif kind == "given":
            text = format_given(self._rule.givens[index])
        else:
            closing = self._rule.closing
            assert closing is not None, "a closing line is written where there is one"
            pointer = self._pointer.child(kind)
            bound = format_decimal(closing.within)
            text = f"balance to {format_name(closing.account.text)} within {bound}"
        self._written += self._notes.simple(pointer, 1, text)

    def _posting(self, lines: tuple[nodes.Line, ...], pointer: Pointer) -> None:
        """Write one posting line, or the lines of one allocation, inside their blocks."""
        line = lines[0]
        wanted: list[_Block] = [] if line.ledger is None else [line.ledger]
        wanted += outer_loops(line)
        shared = 0
        for (block, _), other in zip(self._blocks, wanted, strict=False):
            if block != other:
                break
            shared += 1
        self._leave(shared)
        for block in wanted[shared:]:
            self._enter(block, pointer, depth=len(self._blocks) - (line.ledger is not None))
        indent = len(self._blocks) + 1
        if isinstance(line.amount, nodes.Allotted):
            self._written += format_allocation(lines, pointer, self._notes, indent)
        else:
            self._written += self._notes.simple(pointer, indent, format_line(line))

    def _enter(self, block: _Block, line: Pointer, *, depth: int) -> None:
        """Open a block before the line that stands in it."""
        if isinstance(block, nodes.Name):
            head, pointer = f"in {format_name(block.text)}", line.child("ledger")
        else:
            head, pointer = f"for {format_loop(block)}", line.child("for").child(depth)
        self._written += self._notes.opening(pointer, len(self._blocks) + 1, head)
        self._blocks.append((block, pointer))

    def _leave(self, depth: int) -> None:
        """Close the blocks below a depth."""
        while len(self._blocks) > depth:
            _, pointer = self._blocks.pop()
            self._written += self._notes.closing(pointer, len(self._blocks) + 1)

    def finish(self) -> list[str]:
        """Return the lines of the whole body."""
        self._leave(0)
        return self._written


def format_line(line: nodes.Line) -> str:
    """Return one posting line without the blocks it stands in."""
    text = f"{line.side} {format_target(line.target)} {format_amount(line.amount)}"
    if line.by is not None:
        text += f" by {format_name(line.by.text)}"
    if line.when is not None:
        text += f" when {format_expression(line.when)}"
    return text


def format_let(let: nodes.Let) -> str:
    """Return a name for an amount."""
    return f"let {format_binding(let)}"


def format_binding(let: nodes.Let) -> str:
    """Return a name for an amount without its keyword, as the JSON form holds it."""
    return f"{format_name(let.name.text)} = {format_arithmetic(let.value)}"


def format_given(given: nodes.Given) -> str:
    """Return an equation."""
    return f"given {format_equation(given)}"


def format_equation(given: nodes.Given) -> str:
    """Return an equation without its keyword, as the JSON form holds it."""
    return f"{format_arithmetic(given.left)} = {format_arithmetic(given.right)}"


# --- cases -----------------------------------------------------------------------------------


def format_case(case: nodes.Case, pointer: Pointer, notes: Notes) -> list[str]:
    """Return the lines of a worked example."""
    head = f"case {format_text(case.title)} on {format_smart_code(case.on)}"
    event, expect = pointer.child("event"), pointer.child("expect")
    inside = notes.simple(event, 1, f"event {_record(case.event, 1)}")
    lines = [_expected(line) for line in case.expect]
    places = [expect.child(index) for index in range(len(lines))]
    one_line = f"  expect {{ {'  '.join(lines)} }}"
    if lines and len(one_line) <= WIDTH and notes.silent(expect, *places):
        inside += notes.simple(expect, 1, one_line.strip())
    else:
        rows = [notes.simple(at, 2, text) for at, text in zip(places, lines, strict=True)]
        inside += notes.braced(expect, 1, "expect", [row for group in rows for row in group])
    return notes.braced(pointer, 0, head, inside)


def _expected(line: nodes.ExpectedLine) -> str:
    text = f"{line.side} {format_name(line.account.text)} {format_decimal(line.amount)}"
    if line.dimensions:
        text += f" {{ {format_tags(line.dimensions)} }}"
    return text if line.ledger is None else f"{text} in {format_name(line.ledger.text)}"


def format_tags(pairs: tuple[tuple[str, str], ...]) -> str:
    """Return dimensions with their values."""
    return ", ".join(f"{format_name(key)} {format_text(value)}" for key, value in pairs)


def _record(fields: tuple[nodes.CaseField, ...], indent: int) -> str:
    """Return an event record, on one line if it fits."""
    parts = [f"{_key(entry.name)}: {_value(entry.value)}" for entry in fields]
    one_line = f"{{ {', '.join(parts)} }}" if parts else "{ }"
    if len(one_line) + 2 * indent + len("event ") <= WIDTH:
        return one_line
    margin = "  " * (indent + 1)
    return "{\n" + ",\n".join(margin + part for part in parts) + "\n" + "  " * indent + "}"


def _key(text: str) -> str:
    return text if format_word(text) == text else format_text(text)


def _value(value: nodes.CaseValue) -> str:
    """Return one value of an event record."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format_decimal(value)
        case str():
            return format_text(value)
        case date():
            return value.isoformat()
        case _:
            parts = [
                f"{_key(item.name)}: {_value(item.value)}"
                if isinstance(item, nodes.CaseField)
                else _value(item)
                for item in value
            ]
            is_record = bool(value) and isinstance(value[0], nodes.CaseField)
            inside = ", ".join(parts)
            return f"{{ {inside} }}" if is_record else f"[{inside}]"
