"""Expressions, patterns and literals as canonical text, with no more brackets than needed."""

import re
from decimal import Decimal
from typing import Final, assert_never

from hera_engine.dsl import nodes
from hera_engine.dsl.wording import RESERVED

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SMART: Final = re.compile(r"HERA(\.(\*\*?|[A-Za-z0-9_-]+))+")
_GLOB: Final = re.compile(r"[0-9][0-9A-Za-z.-]*\*?|\*")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


# --- words -----------------------------------------------------------------------------------


def format_word(text: str) -> str:
    """Return a word for a place where no word is reserved: behind a dot, before a colon."""
    return text if _WORD.fullmatch(text) else f"`{text}`"


def format_name(text: str, *, also_reserved: frozenset[str] = RESERVED) -> str:
    """Return a name, in back-quotes where it would not be read as one.

    ``also_reserved`` holds further words that are none in the place the name is for.
    """
    if text in RESERVED | also_reserved:
        return f"`{text}`"
    return format_word(text)


def format_names(names: tuple[nodes.Name, ...]) -> str:
    """Return a list of names."""
    return ", ".join(format_name(name.text) for name in names)


def format_dotted(text: str) -> str:
    """Return a name whose dots part it into words."""
    first, *rest = text.split(".")
    if not first or not all(rest):
        return f"`{text}`"
    return ".".join([format_name(first), *map(format_word, rest)])


def format_text(value: str) -> str:
    """Return a string literal."""
    return f'"{value.translate(_ESCAPES)}"'


def format_reference(text: str) -> str:
    """Return what may be written as a name or as a string."""
    is_name = _WORD.fullmatch(text) is not None and text not in RESERVED
    return text if is_name else format_text(text)


def format_decimal(value: Decimal) -> str:
    """Return the exact digits of a number, never in scientific notation."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "numbers of a schema are finite"
    minus = "-" if sign else ""
    written = "".join(map(str, digits))
    if exponent >= 0:
        return minus + (written + "0" * exponent).lstrip("0").rjust(1, "0")
    written = written.rjust(1 - exponent, "0")
    return f"{minus}{written[:exponent]}.{written[exponent:]}"


# --- patterns --------------------------------------------------------------------------------


def format_events(pattern: nodes.EventPattern) -> str:
    """Return a pattern over smart codes."""
    if pattern.regex:
        return f"matching {format_text(pattern.text)}"
    return format_smart_code(pattern.text)


def format_smart_code(text: str) -> str:
    """Return a smart code or a glob over them, in quotes where it is not spelt like one."""
    return text if _SMART.fullmatch(text) else format_text(text)


def format_accounts(pattern: nodes.AccountPattern) -> str:
    """Return a pattern over accounts."""
    text = pattern.text
    if pattern.regex:
        return f"matching {format_text(text)}"
    if _GLOB.fullmatch(text):
        return text
    return format_text(text) if text == "matching" else format_reference(text)


# --- expressions -----------------------------------------------------------------------------

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _FACTOR, _ATOM = range(1, 9)


def format_expression(expression: nodes.Expression) -> str:
    """Return an expression as canonical text.

    Law: parsing the text gives the expression again (tests/laws/test_text_form).
    """
    return _expression(expression)[0]


def format_arithmetic(expression: nodes.Expression) -> str:
    """Return an expression for a place that takes no bare condition: `let`, `given`, a line."""
    return _within(expression, _SUM)


def format_amount(expression: nodes.Expression) -> str:
    """Return the amount of a posting line: sums and products in brackets, to be seen as one."""
    return _within(expression, _FACTOR)


def _within(expression: nodes.Expression, least: int) -> str:
    """Return an expression, in brackets if it binds less tightly than ``least``."""
    text, rank = _expression(expression)
    return text if rank >= least else f"({text})"


def _expression(expression: nodes.Expression) -> tuple[str, int]:
    """Return the text of an expression and how tightly it binds."""
    match expression:
        case nodes.Or(operands):
            return " or ".join(_within(operand, _AND) for operand in operands), _OR
        case nodes.And(operands):
            return " and ".join(_within(operand, _NOT) for operand in operands), _AND
        case nodes.Not(operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case nodes.Comparison(operator, left, right):
            return f"{_within(left, _SUM)} {operator} {_within(right, _SUM)}", _COMPARISON
        case nodes.Sum(terms):
            return _chain(terms, _PRODUCT), _SUM
        case nodes.Product(terms):
            return _chain(terms, _FACTOR), _PRODUCT
        case nodes.Negative(operand):
            return f"-{_within(operand, _FACTOR)}", _FACTOR
        case nodes.Call(function, arguments):
            inside = ", ".join(map(format_expression, arguments))
            return f"{format_name(function.text)}({inside})", _ATOM
        case nodes.Default(field, fallback):
            return f"{_expression(field)[0]} default {format_literal(fallback)}", _ATOM
        case nodes.Field(path):
            return ".".join([format_name(path[0]), *map(format_word, path[1:])]), _ATOM
        case nodes.Allotted(index, allocation):
            return f"share {index + 1} of {_within(allocation.amount, _FACTOR)}", _ATOM
        case _:
            return format_literal(expression), _ATOM


def _chain(terms: tuple[nodes.Term, ...], least: int) -> str:
    """Return the operands of a sum or product, each with the operator before it."""
    first, *rest = terms
    parts = [_within(first.operand, least)]
    parts += [f"{term.operator} {_within(term.operand, least)}" for term in rest]
    return " ".join(parts)


def format_literal(literal: nodes.Literal) -> str:
    """Return a literal."""
    match literal:
        case nodes.Number(value):
            return format_decimal(value)
        case nodes.Percent(value):
            return f"{format_decimal(value)}%"
        case nodes.Text(text):
            return format_text(text)
        case nodes.Date(day):
            return day.isoformat()
        case nodes.Truth(value=truth):
            return "true" if truth else "false"
        case _:
            assert_never(literal)
