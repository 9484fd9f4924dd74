"""Worked examples, and tables of them, as canonical text."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from hera_engine.dsl import nodes
from hera_engine.dsl.format_expressions import (
    format_decimal,
    format_name,
    format_smart_code,
    format_text,
    format_word,
)
from hera_engine.dsl.format_rules import format_tags
from hera_engine.dsl.notes import WIDTH, Notes
from hera_engine.errors import Pointer


def format_case(case: nodes.Case, pointer: Pointer, notes: Notes) -> list[str]:
    """Return the lines of a worked example."""
    inside = _event(case.event, pointer, notes)
    inside += format_expectation(case, pointer, notes)
    return notes.braced(pointer, 0, f"case {_head(case)}", inside)


def _head(case: nodes.Case | nodes.CaseTable) -> str:
    """Return what a case is called, what it is like, and what event it is about."""
    text = format_text(case.title)
    text += "" if case.like is None else f" like {format_text(case.like)}"
    return text if case.on is None else f"{text} on {format_smart_code(case.on)}"


def _event(fields: tuple[nodes.CaseField, ...], pointer: Pointer, notes: Notes) -> list[str]:
    """Return the lines of an event; none where no field is given and none is commented on."""
    event = pointer.child("event")
    if not fields and notes.silent(event):
        return []
    return notes.simple(event, 1, f"event {_record(fields, 1)}")


def format_expectation(case: nodes.Case, pointer: Pointer, notes: Notes) -> list[str]:
    """Return the lines of what a case expects, none where that is still to be written."""
    expect = pointer.child("expect")
    if case.error is not None:
        return notes.simple(expect, 1, f"expect error {case.error}")
    parts = tuple(_expected(case, pointer))
    texts, places = [text for _, text in parts], [at for at, _ in parts]
    if not parts and notes.silent(expect):
        return []
    one_line = f"  expect {{ {'  '.join(texts)} }}"
    if parts and len(one_line) <= WIDTH and notes.silent(expect, *places):
        return notes.simple(expect, 1, one_line.strip())
    rows = [row for at, text in parts for row in notes.simple(at, 2, text)]
    return notes.braced(expect, 1, "expect", rows)


def _expected(case: nodes.Case, pointer: Pointer) -> Iterable[tuple[Pointer, str]]:
    """Yield what a case expects part by part, each with its pointer."""
    for index, line in enumerate(case.expect):
        yield pointer.child("expect").child(index), _figure(line)
    for index, total in enumerate(case.totals):
        yield pointer.child("totals").child(index), f"total {_figure(total)}"
    for index, warning in enumerate(case.warnings):
        yield pointer.child("warnings").child(index), f"warning {format_text(warning.code)}"


def _figure(part: nodes.ExpectedLine | nodes.ExpectedTotal) -> str:
    amount = "" if part.amount is None else f" {format_decimal(part.amount)}"
    base = "" if part.base is None else f" base {format_decimal(part.base)}"
    head = f"{part.side} {_account(part.account)}"
    return f"{head}{amount}{_currency(part)}{base}{_standing(part)}"


def _currency(part: nodes.ExpectedLine | nodes.ExpectedTotal | nodes.CaseColumn) -> str:
    return "" if part.currency is None else f" currency {format_text(part.currency)}"


def _account(account: nodes.Name | None) -> str:
    return "*" if account is None else format_name(account.text)


def _standing(part: nodes.ExpectedLine | nodes.ExpectedTotal | nodes.CaseColumn) -> str:
    """Return the dimensions and the ledger of an expectation, with a blank before each."""
    text = f" {{ {format_tags(part.dimensions)} }}" if part.dimensions else ""
    return text if part.ledger is None else f"{text} in {format_name(part.ledger.text)}"


# --- tables ----------------------------------------------------------------------------------


def format_case_table(table: nodes.CaseTable, pointer: Pointer, notes: Notes) -> list[str]:
    """Return the lines of a table of worked examples, its rows in columns."""
    inside = _event(table.event, pointer, notes)
    heads = ", ".join(_column(column) for column in table.columns)
    inputs = ", ".join(_key(name) for name in table.inputs)
    one_line = f"  table {inputs} -> {heads}"
    head = one_line.strip() if len(one_line) <= WIDTH else f"table {inputs}\n    -> {heads}"
    inside += notes.simple(pointer.child("columns"), 1, head)
    rows = [_cells(row) for row in table.rows]
    widths = _widths(rows)
    for index, cells in enumerate(rows):
        title, values, outcome = cells
        text = f"{title + ':':<{widths[0] + 1}} {_padded(values, widths[1:])} -> {outcome}"
        inside += notes.simple(pointer.child("rows").child(index), 1, text)
    return notes.braced(pointer, 0, f"cases {_head(table)}", inside)


def _column(column: nodes.CaseColumn) -> str:
    head = "total " if column.total else ""
    counted = _currency(column) + (" base" if column.base else "")
    return f"{head}{column.side} {_account(column.account)}{counted}{_standing(column)}"


_Cells = tuple[str, tuple[str, ...], str]
"""A row of a table: its title, its values, and what comes of them."""


def _cells(row: nodes.CaseRow) -> _Cells:
    outcome = ", ".join(format_decimal(amount) for amount in row.amounts)
    if row.error is not None:
        outcome = f"error {row.error}"
    return format_text(row.title), tuple(_value(value) for value in row.values), outcome


def _widths(rows: list[_Cells]) -> list[int]:
    """Return how wide the titles and each column of values are; no wider than is readable."""
    columns = [[title for title, _, _ in rows]]
    most = max((len(values) for _, values, _ in rows), default=0)
    for index in range(most):
        columns.append([values[index] for _, values, _ in rows if index < len(values)])
    return [min(max(map(len, column), default=0), _COLUMN) for column in columns]


_COLUMN = 40
"""Characters to which the cells of a column are filled up at most."""


def _padded(values: tuple[str, ...], widths: list[int]) -> str:
    """Return the values of a row under those of the other rows."""
    last = len(values) - 1
    return " ".join(
        f"{value + ('' if index == last else ','):<{widths[index] + (index != last)}}"
        for index, value in enumerate(values)
    )


# --- events ----------------------------------------------------------------------------------


def _record(fields: tuple[nodes.CaseField, ...], indent: int) -> str:
    """Return an event record, on one line if it fits."""
    return _laid_out(fields, indent, len("event ")) if fields else "{ }"


def _laid_out(value: nodes.CaseValue, indent: int, taken: int) -> str:
    """Return a value behind what its line already holds: on that line if it fits.

    Else the members of a list or record stand one below the other.

    Args:
        value: The value.
        indent: How many levels the line is indented by.
        taken: How many characters it holds beside that and the value, a comma included.
    """
    one_line = _value(value)
    if not isinstance(value, tuple) or not value or 2 * indent + taken + len(one_line) <= WIDTH:
        return one_line
    members = []
    for member in value:
        key = f"{_key(member.name)}: " if isinstance(member, nodes.CaseField) else ""
        inner = member.value if isinstance(member, nodes.CaseField) else member
        members.append(f"{key}{_laid_out(inner, indent + 1, len(key) + 1)}")
    opening, closing = "{}" if isinstance(value[0], nodes.CaseField) else "[]"
    margin = "  " * (indent + 1)
    rows = ",\n".join(margin + member for member in members)
    return f"{opening}\n{rows}\n{'  ' * indent}{closing}"


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
