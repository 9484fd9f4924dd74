"""Phrases of expressions, patterns and literals to syntax nodes.

Faults that a single word or one expression decides are noted here: numbers, dates and escapes
that are spelt wrongly, chains and nestings that are too long.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.phrases import Phrase, Word
from hera_engine.errors import Diagnostic, FaultKind, Span, diagnose
from hera_engine.money import AmountError, parse_amount


@dataclass(frozen=True, slots=True)
class Anchor:
    """A node that comments can be attached to: its pointer, its place, whether it has braces."""

    pointer: str
    at: Span
    braces: bool = False


@dataclass(slots=True)
class Reading:
    """What one walk over a text collects beside the nodes: faults, and where nodes stand."""

    faults: list[Diagnostic] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)

    def fault(self, kind: FaultKind, at: Span, **fields: str) -> None:
        """Note a fault at a place."""
        self.faults.append(diagnose(kind, at, **fields))

    def anchor(self, pointer: str, phrase: Phrase, *, braces: bool = False) -> None:
        """Note where the node of a pointer stands."""
        self.anchors.append(Anchor(pointer, phrase.at, braces))


# --- words -----------------------------------------------------------------------------------

_ESCAPES: Final = MappingProxyType({'"': '"', "\\": "\\", "n": "\n", "t": "\t"})


def bare(word: Word) -> str:
    """Return the text of a name without the back-quotes it may stand in."""
    return word.text.strip("`")


def name(word: Word) -> nodes.Name:
    """Return the node of a name."""
    return nodes.Name(bare(word), at=word.at)


def names(words: tuple[Word, ...]) -> tuple[nodes.Name, ...]:
    """Return the nodes of a list of names."""
    return tuple(name(word) for word in words)


def string(reading: Reading, word: Word) -> str:
    """Return the text of a string literal, its escapes resolved."""
    body = word.text[1:-1]
    if "\\" not in body:
        return body
    parts: list[str] = []
    position = 0
    while position < len(body):
        char = body[position]
        if char == "\\":
            position += 1
            char = _ESCAPES.get(body[position], "")
            if not char:
                column = word.at.column + position
                at = Span(word.at.line, column, word.at.line, column + 2)
                reading.fault(faults.BAD_ESCAPE, at, found=f"\\{body[position]}")
        parts.append(char)
        position += 1
    return "".join(parts)


def reference(reading: Reading, phrase: Phrase) -> nodes.Name:
    """Return a name that may be written as a word or as a string."""
    word = phrase.needed("NAME", "STRING")
    return nodes.Name(string(reading, word), at=word.at) if word.kind == "STRING" else name(word)


def number(reading: Reading, word: Word, *, negative: bool = False) -> Decimal:
    """Return the exact value of a number; zero after a fault."""
    try:
        return parse_amount(f"-{word.text}" if negative else word.text)
    except AmountError as error:
        found = word.text if len(word.text) <= limits.NUMBER_CHARACTERS else f"{word.text[:12]}…"
        reading.fault(faults.BAD_NUMBER, word.at, found=found, reason=error.reason)
        return Decimal(0)


def whole(reading: Reading, word: Word) -> int:
    """Return the value of a number without decimals; zero after a fault."""
    return int(number(reading, word))


def percentage(reading: Reading, phrase: Phrase, *, negative: bool = False) -> Decimal:
    """Return the number before a per cent sign."""
    return number(reading, phrase.needed("NUMBER"), negative=negative)


def day(reading: Reading, word: Word | None) -> date | None:
    """Return the date a word spells; None without a word and after a fault."""
    if word is None:
        return None
    try:
        return date.fromisoformat(word.text)
    except ValueError:
        reading.fault(faults.BAD_DATE, word.at, found=word.text)
        return None


def refuse_repeated(reading: Reading, what: str, named: Iterable[tuple[str, Span]]) -> None:
    """Note each name that stood before; in the JSON form that is a key that stands twice."""
    seen: set[str] = set()
    for text, place in named:
        if text in seen:
            reading.fault(faults.DUPLICATE, place, what=what, name=text)
        seen.add(text)


def bound(reading: Reading, phrase: Phrase | None) -> date | None:
    """Return the date behind ``from`` or ``to``; None where neither is written."""
    return None if phrase is None else day(reading, phrase.needed("DATE"))


# --- patterns --------------------------------------------------------------------------------


def events(reading: Reading, phrase: Phrase) -> nodes.EventPattern:
    """Return the pattern of an ``events`` phrase."""
    text = phrase.word("STRING")
    value = phrase.needed("SMART").text if text is None else string(reading, text)
    return nodes.EventPattern(value, regex=phrase.word("MATCHING") is not None, at=phrase.at)


def accounts(reading: Reading, phrase: Phrase) -> nodes.AccountPattern:
    """Return the pattern of an ``accounts`` phrase."""
    text = phrase.word("STRING")
    value = bare(phrase.needed("GLOB", "NAME")) if text is None else string(reading, text)
    return nodes.AccountPattern(value, regex=phrase.word("MATCHING") is not None, at=phrase.at)


# --- expressions -----------------------------------------------------------------------------


def expression(reading: Reading, part: Word | Phrase) -> nodes.Expression:
    """Return the node of an expression, or of zero where it is nested too deeply."""
    assert isinstance(part, Phrase), "the grammar wraps every operand in a rule"
    if part.depth > limits.EXPRESSION_DEPTH:
        allowed = limits.EXPRESSION_DEPTH
        reading.fault(
            faults.TOO_LARGE,
            part.at,
            limit="EXPRESSION_DEPTH",
            allowed=str(allowed),
            seen=str(part.depth),
        )
        return nodes.Number(Decimal(0), at=part.at)
    return _expression(reading, part)


def _expression(reading: Reading, part: Word | Phrase) -> nodes.Expression:
    """Return the node of an expression whose depth is known to be allowed."""
    while isinstance(part, Phrase) and part.kind in {"group", "expression"}:
        part = next(part.phrases())
    assert isinstance(part, Phrase), "the grammar wraps every operand in a rule"
    return _EXPRESSIONS[part.kind](reading, part)


def _operands(reading: Reading, phrase: Phrase) -> tuple[nodes.Expression, ...]:
    """Return the operands of a chain, as many of them as are allowed."""
    found = tuple(phrase.phrases())
    allowed = limits.EXPRESSION_CHAIN
    if len(found) > allowed:
        reading.fault(
            faults.TOO_LARGE, found[allowed].at,
            limit="EXPRESSION_CHAIN", allowed=str(allowed), seen=str(len(found)),
        )  # fmt: skip
    return tuple(_expression(reading, operand) for operand in found[:allowed])


def _terms(reading: Reading, phrase: Phrase, first: str) -> tuple[nodes.Term, ...]:
    """Return the operands of a sum or product, each with the operator before it."""
    operators = [first, *(part.text for part in phrase.parts if isinstance(part, Word))]
    return tuple(
        nodes.Term(operator, operand, at=operand.at)
        for operator, operand in zip(operators, _operands(reading, phrase), strict=False)
    )


def _sum(reading: Reading, phrase: Phrase) -> nodes.Expression:
    return nodes.Sum(_terms(reading, phrase, "+"), at=phrase.at)


def _product(reading: Reading, phrase: Phrase) -> nodes.Expression:
    return nodes.Product(_terms(reading, phrase, "*"), at=phrase.at)


def _both(reading: Reading, phrase: Phrase) -> nodes.Expression:
    return nodes.And(_operands(reading, phrase), at=phrase.at)


def _either(reading: Reading, phrase: Phrase) -> nodes.Expression:
    return nodes.Or(_operands(reading, phrase), at=phrase.at)


def _negation(reading: Reading, phrase: Phrase) -> nodes.Expression:
    return nodes.Not(_expression(reading, phrase.parts[1]), at=phrase.at)


def _minus(reading: Reading, phrase: Phrase) -> nodes.Expression:
    return nodes.Negative(_expression(reading, phrase.parts[1]), at=phrase.at)


def _comparison(reading: Reading, phrase: Phrase) -> nodes.Expression:
    left, right = _operands(reading, phrase)
    operator = phrase.needed("COMPARE", "EQUAL").text
    return nodes.Comparison(operator, left, right, at=phrase.at)


def call(reading: Reading, phrase: Phrase) -> nodes.Call:
    """Return the node of a function or map applied to arguments."""
    function = name(phrase.needed("CALL"))
    return nodes.Call(function, _operands(reading, phrase), at=phrase.at)


def path(phrase: Phrase) -> nodes.Field:
    """Return the field that a dotted path names."""
    steps = tuple(
        bare(part) for part in phrase.parts if isinstance(part, Word) and part.kind != "DOT"
    )
    return nodes.Field(steps, at=phrase.at)


def dotted(phrase: Phrase) -> nodes.Name:
    """Return a dotted path as one name, as tax categories are written."""
    return nodes.Name(".".join(path(phrase).path), at=phrase.at)


def _path(reading: Reading, phrase: Phrase) -> nodes.Expression:
    return path(phrase)


def _default(reading: Reading, phrase: Phrase) -> nodes.Expression:
    fallback = _literal(reading, phrase)
    return nodes.Default(path(phrase.inner("path")), fallback, at=phrase.at)


def _literal(reading: Reading, phrase: Phrase) -> nodes.Literal:
    """Return the literal at the end of a phrase, with the minus before it if there is one."""
    part = phrase.parts[-1]
    minus = phrase.word("MINUS")
    at = part.at
    if minus is not None:
        at = Span(minus.at.line, minus.at.column, at.end_line, at.end_column)
    if isinstance(part, Phrase):
        return nodes.Percent(percentage(reading, part, negative=minus is not None), at=at)
    match part.kind:
        case "NUMBER":
            return nodes.Number(number(reading, part, negative=minus is not None), at=at)
        case "STRING":
            return nodes.Text(string(reading, part), at=at)
        case "DATE":
            return nodes.Date(day(reading, part) or date.min, at=at)
        case _:
            return nodes.Truth(part.kind == "TRUE", at=at)


_EXPRESSIONS: Final[Mapping[str, Callable[[Reading, Phrase], nodes.Expression]]] = MappingProxyType(
    {
        "either": _either,
        "both": _both,
        "negation": _negation,
        "comparison": _comparison,
        "sum": _sum,
        "product": _product,
        "minus": _minus,
        "call": call,
        "path": _path,
        "default": _default,
        "literal": _literal,
    }
)
