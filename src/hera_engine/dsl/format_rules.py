"""Posting rules as canonical text; the lines of a rule are drawn in blocks again."""

from hera_engine.dsl import nodes
from hera_engine.dsl.dated import period_of
from hera_engine.dsl.format_allocations import format_allocation
from hera_engine.dsl.format_expressions import (
    format_amount,
    format_arithmetic,
    format_decimal,
    format_events,
    format_expression,
    format_name,
    format_text,
)
from hera_engine.dsl.format_targets import format_loop, format_target
from hera_engine.dsl.notes import Notes, in_order
from hera_engine.dsl.statements import outer_loops, statements
from hera_engine.errors import Pointer

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
    head = f"on {format_rule_name(rule)}{' purchase' if rule.purchase else ''}"
    if rule.reverses is not None:
        head += f" reverses {format_events(rule.reverses)}"
    body = _Body(rule, pointer, notes)
    counts = {
        "let": len(rule.lets),
        "given": len(rule.givens),
        "lines": len(body.statements),
        "exchange_difference": int(rule.exchange is not None),
        "closing": int(rule.closing is not None),
    }
    for kind, index in in_order(layout, counts):
        body.add(kind, index)
    inside = body.finish()
    if rule.reverses is not None and not inside:
        return notes.simple(pointer, 0, head)
    return notes.braced(pointer, 0, head, inside)


def format_rule_name(rule: nodes.Rule) -> str:
    """Return the pattern of a rule, and the days on which it is in force."""
    return " ".join(filter(None, (format_events(rule.on), str(period_of(rule)))))


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
        elif kind == "exchange_difference":
            exchange = self._rule.exchange
            assert exchange is not None, "an exchange difference is written where there is one"
            pointer = self._pointer.child(kind)
            text = format_exchange(exchange)
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
    if line.currency is not None:
        text += f" currency {format_expression(line.currency)}"
    if line.base is not None:
        text += f" base {format_amount(line.base)}"
    if line.rate is not None:
        text += f" at {format_amount(line.rate)}"
    if line.by is not None:
        text += f" by {format_name(line.by.text)}"
    if line.when is not None:
        text += f" when {format_expression(line.when)}"
    return text


def format_exchange(exchange: nodes.ExchangeDifference) -> str:
    """Return the statement of an exchange difference; an account that serves both stands once."""
    accounts = dict.fromkeys((exchange.gain.text, exchange.loss.text))
    return f"exchange difference to {', '.join(map(format_name, accounts))}"


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


def format_tags(pairs: tuple[tuple[str, str], ...]) -> str:
    """Return dimensions with their values."""
    return ", ".join(f"{format_name(key)} {format_text(value)}" for key, value in pairs)
