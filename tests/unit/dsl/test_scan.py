"""The scanner: what no schema may hold, comments, and where a text is cut."""

import pytest

from hera_engine.dsl.scan import cut_items, scan
from hera_engine.errors import Span


@pytest.mark.parametrize(
    ("text", "found", "column"),
    [
        ("a\x00b", "the character U+0000", 2),
        ('"x\u202ey"', "the character U+202E", 3),
        ("ab\x85", "the character U+0085", 3),
        ("\ud800", "the character U+D800", 1),
        ("a\ufeff e\u0301", "a letter in decomposed form (not NFC)", 4),
    ],
)
def test_what_no_schema_may_hold_is_a_fault(text: str, found: str, column: int) -> None:
    """Control and bidirectional characters, surrogates and decomposed letters are named."""
    (fault,) = scan(text).faults

    assert fault.name == "BAD_TEXT"
    assert dict(fault.fields) == {"found": found}
    assert fault.span == Span(1, column, 1, column + 1)


def test_tabs_and_line_ends_are_allowed() -> None:
    """Every line end becomes a line feed, a mark at the beginning goes, tabs stay."""
    scanned = scan("\ufeffa\tb\r\nc\rd\n")

    assert scanned.text == "a\tb\nc\nd\n"
    assert scanned.faults == ()
    assert scanned.line_starts == (0, 4, 6, 8)


def test_comments_are_not_looked_for_in_strings() -> None:
    """A mark in a string or quoted name begins no comment; the rest of a line does."""
    scanned = scan('"#a" `#b` # c # d\n  #e\n"open # f\n#')

    assert [(found.text, found.alone) for found in scanned.comments] == [
        ("c # d", False),
        ("e", True),
        ("", True),
    ]
    assert scanned.comments[1].at == Span(2, 3, 2, 5)


def words(text: str) -> list[str]:
    """Return the opening word of each piece of a text."""
    return [piece.word for piece in cut_items(scan(text))]


def test_a_text_is_cut_at_words_that_begin_lines() -> None:
    """Items begin lines; the same words elsewhere, or as names, open none."""
    text = "schema x\nledgers GL\n  on HERA.X { map: 1 }\n  payments.amount\ncase\n  on HERA.Y"

    assert words(text) == ["schema", "ledgers", "on", "case"]


def test_the_on_of_a_requirement_opens_no_rule() -> None:
    """A requirement may be written over several lines; a second `on` is a rule."""
    assert words("require a\n  on 4*\n  else error\non HERA.X {\n}") == ["require", "on"]


def test_an_open_brace_ends_at_the_next_item_of_its_column() -> None:
    """An item inside braces begins only where its column says that the braces were forgotten."""
    text = "on HERA.X {\n  for a in b {\n    debit c 1\n  on d\n}\naccount e"

    (rule, account) = cut_items(scan(text))

    assert (rule.word, rule.missing, account.word) == ("on", 1, "account")
    assert rule.unclosed is not None
    assert text[rule.unclosed.offset - 2] == "b"


def test_closed_braces_are_not_blamed() -> None:
    """Pieces with all their braces lack none."""
    pieces = cut_items(scan("on X { for a in b { } }\nmap f(x) { }"))

    assert [(piece.missing, piece.unclosed) for piece in pieces] == [(0, None), (0, None)]
