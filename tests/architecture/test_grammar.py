"""What the grammar of the text form promises: LALR(1), no conflicts, one statement of each word."""

import re
from importlib.resources import files

import pytest
from lark import Lark

from hera_engine.dsl.format_expressions import format_name, format_word
from hera_engine.dsl.scan import ITEM_WORDS, SETTING_WORDS, STATEMENT_WORDS
from hera_engine.dsl.wording import RESERVED

GRAMMAR = files("hera_engine.dsl").joinpath("grammar.lark").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def strict() -> Lark:
    """The grammar in the mode in which Lark refuses every conflict and collision."""
    return Lark(
        GRAMMAR,
        parser="lalr",
        lexer="contextual",
        start=["schema_text", "statements", "settings", "declared", "expression", "target",
               "iteration", "equation", "binding", "events", "accounts"],
        keep_all_tokens=True,
        maybe_placeholders=False,
        strict=True,
    )  # fmt: skip


def test_the_grammar_is_lalr_without_conflicts_or_collisions(strict: Lark) -> None:
    """Lark's strict mode builds the parser: no shift or reduce conflict, no equal terminals."""
    assert strict.options.parser == "lalr"
    assert strict.options.lexer == "contextual"


def test_digits_and_letters_are_ascii() -> None:
    """No terminal uses a class that holds more than ASCII."""
    assert not re.search(r"\\[dwsDWS]", GRAMMAR)


def test_the_reserved_words_are_those_the_grammar_excludes_from_names() -> None:
    """The words that writing quotes are the words that reading does not take as names."""
    excluded = re.findall(r"\(\?!\(\?:([a-z|]+)\)", GRAMMAR)

    assert len(excluded) == 2
    assert all(set(words.split("|")) == RESERVED for words in excluded)


def test_the_words_that_open_a_piece_are_keywords(strict: Lark) -> None:
    """The scanner cuts at words that are terminals of the grammar."""
    keywords = {
        word
        for terminal in strict.terminals
        for word in re.findall(r"[a-z_]+", terminal.pattern.value.split("(?!")[0])
    }

    assert keywords >= ITEM_WORDS | STATEMENT_WORDS | SETTING_WORDS


def test_a_name_is_quoted_only_where_it_must_be() -> None:
    """Reserved words and odd texts stand in back-quotes, other words do not."""
    assert format_name("revenue") == "revenue"
    assert format_name("map") == "`map`"
    assert format_name("gift-cards") == "`gift-cards`"
    assert format_word("map") == "map"
