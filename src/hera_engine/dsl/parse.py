"""The text form to syntax nodes, every fault in one run; the only module that imports Lark.

One LALR(1) pass makes phrases, free of Lark's classes; `build` turns them into nodes. A text
that does not parse goes to `recover`, which finds every fault and what can still be read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from hera_engine import faults, limits
from hera_engine.dsl import build_expressions, build_rules, build_targets, nodes
from hera_engine.dsl.attach import attach
from hera_engine.dsl.build import build_schema
from hera_engine.dsl.build_expressions import Reading
from hera_engine.dsl.build_tax import without_gaps
from hera_engine.dsl.phrases import Phrase, Word, join
from hera_engine.dsl.recover import Failure, recover
from hera_engine.dsl.scan import Scan, scan
from hera_engine.dsl.wording import expectation, suggestion, tail_order
from hera_engine.errors import Diagnostic, Span, diagnose


class Fragment(StrEnum):
    """A part of the language that the JSON form holds in a string; the value is a grammar rule."""

    EXPRESSION = "expression"
    TARGET = "target"
    LOOP = "iteration"
    GIVEN = "equation"
    LET = "binding"
    EVENTS = "events"
    ACCOUNTS = "accounts"


FragmentNode = (
    nodes.Expression
    | nodes.Name
    | nodes.Loop
    | nodes.Given
    | nodes.Let
    | nodes.EventPattern
    | nodes.AccountPattern
)
"""What a fragment can be read as."""

_EXCERPT: Final = 400
"""Longest source line shown with a diagnostic, in characters."""


def parse_schema(
    text: str, *, file: str = "<schema>"
) -> tuple[nodes.Schema | None, tuple[Diagnostic, ...]]:
    """Return the schema a text describes and every fault that its wording alone decides.

    After a fault the schema holds what could still be read, so that later checks can speak of
    the rest; it is None where nothing could, or where the text breaks a limit as a whole.
    Nodes and diagnostics have their places in the text, a byte order mark not counted.

    Law: any text gives a schema or a diagnostic with a place inside the text
    (tests/laws/test_text_form).
    """
    scanned = scan(text)
    if scanned.refused is not None:
        return None, _finish(scanned, (scanned.refused,), file)
    found = list(scanned.faults)
    syntax: tuple[Diagnostic, ...] = ()
    phrase = _parse(scanned.text, "schema_text", 1, 1)
    if isinstance(phrase, Failure):
        fallback, syntax = recover(scanned, phrase, _parse)
        found += syntax
        if fallback is None:
            return None, _finish(scanned, found, file)
        phrase = fallback
    elif not phrase.parts:
        if not found:
            found.append(diagnose(faults.EMPTY_SCHEMA, Span(1, 1, 1, 1)))
        return None, _finish(scanned, found, file)
    reading = Reading()
    schema = without_gaps(build_schema(reading, phrase), syntax)
    comments, layout = attach(scanned.comments, reading.anchors)
    found += reading.faults
    return replace(schema, comments=comments, layout=layout), _finish(scanned, found, file)


def parse_fragment(kind: Fragment, text: str) -> tuple[FragmentNode | None, tuple[Diagnostic, ...]]:
    """Return the node of one string of the JSON form and its faults.

    Places count within the string. A string with a syntax fault has no node.
    """
    scanned = scan(text)
    if scanned.refused is not None:
        return None, _finish(scanned, (scanned.refused,), "<schema>")
    phrase = _parse(scanned.text, kind.value, 1, 1)
    if isinstance(phrase, Failure):
        return None, _finish(scanned, (*scanned.faults, phrase.fault), "<schema>")
    reading = Reading()
    node = _FRAGMENTS[kind](reading, phrase)
    return node, _finish(scanned, (*scanned.faults, *reading.faults), "<schema>")


_FRAGMENTS: Final[Mapping[Fragment, Callable[[Reading, Phrase], FragmentNode]]] = MappingProxyType(
    {
        Fragment.EXPRESSION: build_expressions.expression,
        Fragment.TARGET: build_targets.target,
        Fragment.LOOP: build_targets.iteration,
        Fragment.GIVEN: build_rules.equation,
        Fragment.LET: build_rules.binding,
        Fragment.EVENTS: build_expressions.events,
        Fragment.ACCOUNTS: build_expressions.accounts,
    }
)


def _finish(
    scanned: Scan, found: list[Diagnostic] | tuple[Diagnostic, ...], file: str
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics in the order of their places, with file and source line."""
    ordered = sorted(found, key=_position)[: limits.SCHEMA_FAULTS]
    return tuple(
        replace(fault, file=file, excerpt=_excerpt(scanned, fault.span)) for fault in ordered
    )


def _position(fault: Diagnostic) -> tuple[int, int]:
    return (0, 0) if fault.span is None else (fault.span.line, fault.span.column)


def _excerpt(scanned: Scan, span: Span | None) -> str | None:
    if span is None or span.line > len(scanned.line_starts):
        return None
    line = scanned.line(span.line)
    return line if len(line) <= _EXCERPT else None


# --- Lark ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parser:
    """The compiled grammar, and the words each of its keyword terminals covers."""

    lark: Lark
    words: Mapping[str, tuple[str, ...]]


class _Phrases:
    """Lark's callbacks: every grammar rule becomes a `Phrase` when it is reduced."""

    @staticmethod
    def __default__(
        kind: str, children: list[Token | Phrase], _: object
    ) -> "Phrase | Tree[Token | Phrase]":
        """Return the phrase of a rule, or a tree where Lark will inline it; the name is Lark's."""
        if kind.startswith("_"):
            # Lark goes on filling this very list: a copy would make long lists quadratic.
            return Tree(kind, children)  # type: ignore[arg-type] # of what Lark may add
        parts = (part if isinstance(part, Phrase) else _word(part) for part in children)
        return join(str(kind), tuple(parts))


def _word(token: Token) -> Word:
    """Return a token as a word; the parser keeps all four numbers of its place."""
    line, column = token.line, token.column
    assert line is not None, "a token of the lexer has a place"
    assert column is not None, "a token of the lexer has a place"
    text = str(token)
    return Word(token.type, text, Span(line, column, line, column + len(text)))


_KEYWORD: Final = re.compile(r"\(?([a-z_|]+)\)?\(\?!")


@cache
def _parser() -> _Parser:
    """Return the parser, built from the packaged grammar the first time it is needed."""
    grammar = files("hera_engine.dsl").joinpath("grammar.lark").read_text(encoding="utf-8")
    lark = Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        start=["schema_text", "statements", "settings", "declared", *Fragment],
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=_Phrases(),
    )
    words: dict[str, tuple[str, ...]] = {}
    for terminal in lark.terminals:
        match = _KEYWORD.match(terminal.pattern.value)
        if match is not None:
            words[terminal.name] = tuple(match.group(1).split("|"))
    return _Parser(lark, words)


def _parse(text: str, start: str, line: int, column: int) -> Phrase | Failure:
    """Return the phrase a text is, or where and why it is none.

    Args:
        text: The text or a piece of it, clean and of bounded nesting.
        start: The grammar rule to read it as.
        line: Where the piece begins in the whole text.
        column: As ``line``.
    """
    parser = _parser()
    interactive = parser.lark.parse_interactive(text, start=start)
    state = interactive.lexer_thread.state
    assert state is not None, "a parser with a text has a lexer with a state"
    counter = state.line_ctr
    counter.line, counter.column, counter.line_start_pos = line, column, 1 - column
    try:
        result = interactive.resume_parse()  # type: ignore[no-untyped-call] # Lark leaves it so
    except UnexpectedInput as error:
        return _failure(_Stop(parser, interactive, _ENDINGS.get(start, "the end")), text, error)
    assert isinstance(result, Phrase), "every rule becomes a phrase"
    return result


# --- syntax faults ---------------------------------------------------------------------------

_FOUND: Final = re.compile(
    r'"(?:[^"\\\n]|\\.)*"?|`[^`\n]*`?|[A-Za-z_][A-Za-z0-9_.]*|[0-9][0-9A-Za-z._%-]*|->|[<>!]=|.',
    re.DOTALL,
)
_PUNCTUATION: Final = frozenset('"`{}()[],:.=%*+-/<>#!_')
_FOUND_SHOWN: Final = 40


_ENDINGS: Final = MappingProxyType({"statements": "`}`", "settings": "`}`", "declared": "`}`"})
"""What stands behind a piece of text, by the grammar rule it is read as."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """The parser where it could not go on."""

    parser: _Parser
    interactive: InteractiveParser
    ending: str

    def _accepted(self) -> frozenset[str]:
        """Return the terminals that the parser would have taken."""
        found = self.interactive.accepts()  # type: ignore[no-untyped-call] # Lark leaves it so
        return frozenset(map(str, found))

    def _owner(self) -> str | None:
        """Return the word that began the last rate or component, if the parser is in one."""
        reverse = False
        for part in reversed(self.interactive.parser_state.value_stack):
            kind = part.type if isinstance(part, Token) else ""
            if kind in ("COMPONENT", "RATE", "EXEMPT"):
                return kind.lower()
            if kind == "LBRACE":
                break
            # A component may be a reverse charge too, so what stands before decides.
            reverse = reverse or kind == "REVERSE"
        return "reverse charge" if reverse else None

    def failure(self, at: Span, found: str, word: str = "", *, at_end: bool = False) -> Failure:
        """Return the syntax fault of something found where it cannot stand."""
        # What is accepted costs time in proportion to all that is open: it is asked for once.
        accepted, words = self._accepted(), self.parser.words
        expected = expectation(accepted, words, ending=self.ending)
        order = tail_order(word, self._owner(), accepted)
        hint = order or suggestion(word, accepted, words)
        fault = diagnose(faults.SYNTAX, at, suggestion=hint, found=found, expected=expected)
        return Failure(fault, at, at_end=at_end, late=order is not None)


def _failure(stop: _Stop, text: str, error: UnexpectedInput) -> Failure:
    """Return a syntax fault in the reader's words."""
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return _at_end(stop)
    assert isinstance(error, UnexpectedToken | UnexpectedCharacters), "Lark has no other kinds"
    position: int = error.pos_in_stream  # type: ignore[assignment] # Lark types it as never set
    match = _FOUND.match(text, position)
    found = text[position] if match is None else match.group()
    at = Span(error.line, error.column, error.line, error.column + len(found))
    shown = _shown(found)
    if found[0] in '"`' and (len(found) == 1 or found[-1] != found[0]):
        return Failure(diagnose(faults.UNCLOSED, at, what=f"the quote `{shown}`"), at)
    if not found.isascii() or not (found[0].isalnum() or found[0] in _PUNCTUATION):
        return Failure(diagnose(faults.BAD_CHARACTER, at, found=f"`{shown}`"), at)
    return stop.failure(at, f"`{shown}`", found)


def _at_end(stop: _Stop) -> Failure:
    """Return the fault of a text that ends too early: it is shown at its last word."""
    state = stop.interactive.lexer_thread.state
    last = None if state is None else state.last_token
    if last is None:
        at = Span(1, 1, 1, 1)
        return stop.failure(at, "end of the text", at_end=True)
    at = _word(last).at
    return stop.failure(at, f"end after `{_shown(last)}`", at_end=True)


def _shown(text: str) -> str:
    """Return a word of the text, shortened to what a message has room for."""
    return text if len(text) <= _FOUND_SHOWN else f"{text[:_FOUND_SHOWN]}…"
