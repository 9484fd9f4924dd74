"""Every fault in one run: where each is, what it says, and what is still read."""

import pytest

from hera_engine import check_schema
from hera_engine.dsl import nodes
from hera_engine.dsl.parse import parse_schema
from hera_engine.errors import Diagnostic, Span

TEN_FAULTS = """\
schema "S" verion 3
ledgers GL
acount cash 1000 asset
account bank 1200 aset "Bank"
account fees 5500 expense "Card fees
dimensions a b
validations { curencies USD }
on HERA.X.V1 {
  let x = y defalt 0
  dbit cash x
  credit bank x when
}
on HERA.Y.V1 {
  debit cash total & 1
}
"""

AFTER_CODE = (
    "expected a text in quotes, an account type, `id`, an item such as `account` or the end"
)


def faults(text: str) -> tuple[Diagnostic, ...]:
    """Return the faults of a text."""
    return parse_schema(text)[1]


def under(text: str, fault: Diagnostic) -> str:
    """Return the words that the caret of a fault stands under."""
    assert isinstance(fault.span, Span)
    line = text.split("\n")[fault.span.line - 1]
    return line[fault.span.column - 1 :][: fault.span.width]


def test_ten_different_faults_are_ten_diagnostics() -> None:
    """Each fault is reported once, in order, under its own word."""
    found = faults(TEN_FAULTS)

    assert [under(TEN_FAULTS, fault) for fault in found] == [
        "verion", "acount", "aset", '"Card fees', "b", "curencies", "defalt", "dbit", "when", "&",
    ]  # fmt: skip
    assert [fault.span.line for fault in found if fault.span] == [1, 3, 4, 5, 6, 7, 9, 10, 11, 14]


def test_a_misspelt_keyword_has_a_hint() -> None:
    """Words that are nearly a keyword are answered with it."""
    hints = [fault.hint for fault in faults(TEN_FAULTS)]

    assert hints[:3] == [
        "did you mean `version`?", "did you mean `account`?", "did you mean `asset`?",
    ]  # fmt: skip
    assert "did you mean `debit`?" in hints


def test_the_sound_parts_are_still_read() -> None:
    """Beside the faults there is a schema of everything that was written well."""
    schema, found = parse_schema(TEN_FAULTS)

    assert len(found) == 10
    assert schema is not None
    assert schema.name == "S"
    assert [account.key.text for account in schema.accounts] == ["bank", "fees"]
    assert [name.text for name in schema.dimensions] == ["a"]
    assert [let.name.text for let in schema.rules[0].lets] == ["x"]
    assert len(schema.rules) == 2


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("on HERA.X { debit cash when x > 1 }", "unexpected `when`, expected an amount", 1, 24),
        ("on HERA.X {\n  debit\n}", "unexpected end after `debit`, expected an account or map",
         2, 3),
        ("account a 1 colour", f"unexpected `colour`, {AFTER_CODE}", 1, 13),
        ("ledgers GL }", "unexpected `}`, expected an item such as `account` or the end",
         1, 12),
        ("payments soon", "unexpected `soon`, expected `immediate`/`deferred`/`manual`", 1, 10),
        ("account a 1\n}\nledgers GL", f"unexpected `}}`, {AFTER_CODE}", 2, 1),
        ("account case 1", "unexpected `case`, expected a name", 1, 9),
    ],
)  # fmt: skip
def test_a_syntax_fault_speaks_the_readers_words(
    text: str, message: str, line: int, column: int
) -> None:
    """The message says what was found and what could stand there, never a terminal's name."""
    (fault,) = faults(text)

    assert fault.message == message
    assert fault.span is not None
    assert (fault.span.line, fault.span.column) == (line, column)


def test_a_reserved_word_as_a_name_has_a_way_out() -> None:
    """The hint says how a reserved word can be a name."""
    (fault,) = faults("account case 1")

    assert fault.hint == "`case` is a reserved word: as a name write it in back-quotes"
    assert faults("account `case` 1") == ()


def test_an_unclosed_brace_does_not_swallow_what_follows() -> None:
    """The brace is blamed once, the rule is read, and so is the next item with its fault."""
    text = "on HERA.X {\n  debit cash 1 # note\n\nledgers GL\non HERA.Y {\n  dbit a 1\n}\n"

    schema, (brace, statement) = parse_schema(text)

    assert (brace.name, brace.span) == ("UNCLOSED", Span(1, 11, 1, 12))
    assert statement.span == Span(6, 3, 6, 7)
    assert schema is not None
    assert len(schema.rules[0].lines) == 1
    assert schema.ledgers == (nodes.Name("GL"),)


def test_an_unclosed_string_ends_with_its_line() -> None:
    """A string that is never closed hides nothing of the next line."""
    text = 'account a 1 "open\naccount b 2 aset\n'

    found = faults(text)

    assert [under(text, fault) for fault in found] == ['"open', "aset"]
    assert found[0].message == 'the quote `"open` is never closed'


def test_the_settings_of_a_profile_are_reported_one_by_one() -> None:
    """Each broken setting of a tax profile is a fault of its own."""
    text = "tax profile vat {\n  prices inclusve\n  rounding line\n  rate a 5 for b\n}\nledgers GL"

    found = faults(text)

    assert [under(text, fault) for fault in found] == ["inclusve", "for"]


def test_a_misspelt_line_is_not_taken_as_the_end_of_the_line_before() -> None:
    """A statement that lacks its end is reported there, the misspelt one after it too."""
    text = "on HERA.X {\n  credit a 1 by\n  dbit b 1\n  crdit c 1\n}"

    found = faults(text)

    assert [under(text, fault) for fault in found] == ["by", "dbit", "crdit"]


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ('{\n  "a" -> cash\n  "b" -> bank\n}', '"b"'),
        ('{\n  "a" -> cash\n  else -> bank\n}', "else"),
        ('{ "a" -> cash "b" -> bank }', '"b"'),
        ('\n{ "a" cash }', "cash"),
    ],
)
def test_a_fault_in_the_rows_of_a_map_is_one(rows: str, word: str) -> None:
    """The map is known all the same, so that rules that call it are not blamed for it."""
    text = f"""ledgers GL
account cash 1000 asset
account bank 1200 asset
map of(kind) {rows}
event HERA.X.V1 {{ kind: one of "a", "b" }}
on HERA.X.V1 {{ debit cash total_amount  credit of(kind) total_amount }}
"""

    found = check_schema(text)

    assert [under(text, fault) for fault in found] == [word]


def test_a_broken_for_takes_its_lines_with_it() -> None:
    """Lines of a loop that cannot be read are not taken as lines outside it."""
    text = "on HERA.X {\n  for x items {\n    debit x.a 1\n  }\n  debit b 1\n}"

    schema, found = parse_schema(text)

    assert under(text, found[0]) == "items"
    assert schema is not None
    assert len(schema.rules[0].lines) == 1


@pytest.mark.parametrize("word", ["let x = 1", "given a = b", "balance to c within 1"])
def test_what_belongs_to_the_rule_cannot_stand_in_a_block(word: str) -> None:
    """A `let`, `given` or `balance` inside a block is misplaced."""
    (fault,) = faults(f"on HERA.X {{ for i in items {{ {word} debit c 1 }} }}")

    assert (fault.name, fault.span and fault.span.column) == ("MISPLACED", 30)


def test_a_section_stands_once() -> None:
    """The second of two equal sections, settings or closing lines is a fault."""
    text = (
        "ledgers GL\nledgers GL\ntax profile v { rounding line rounding none }\n"
        "on HERA.X { balance to a within 1 balance to b within 1 }"
    )

    found = faults(text)

    assert [(fault.name, fault.span and fault.span.line) for fault in found] == [
        ("DUPLICATE", 2), ("DUPLICATE", 3), ("DUPLICATE", 4),
    ]  # fmt: skip


def test_words_that_are_spelt_wrongly_inside_are_reported_beside_syntax_faults() -> None:
    """Escapes, numbers and dates are checked in the sound parts of a broken text."""
    text = 'schema "a\\qb" effective 2025-02-30\nsplit HERA.X by d fixed { "A" 01 }\nledgres GL'

    found = faults(text)

    assert [fault.name for fault in found] == ["BAD_ESCAPE", "BAD_DATE", "BAD_NUMBER", "SYNTAX"]
    assert [under(text, fault) for fault in found] == ["\\q", "2025-02-30", "01", "ledgres"]


def test_an_empty_text_is_a_fault() -> None:
    """A text of blanks and comments holds no schema."""
    for text in ("", " \n", "# nothing yet\n", "\ufeff"):
        schema, (fault,) = parse_schema(text)
        assert schema is None
        assert fault.name == "EMPTY_SCHEMA"


def test_a_diagnostic_shows_its_line_and_file() -> None:
    """The rendered fault has file, place, the source line with a caret, and the hint."""
    _, (fault,) = parse_schema("ledgers GL\n\tacount a 1", file="pos.hera")

    message = "unexpected `acount`, expected an item such as `account` or the end"
    assert str(fault).split("\n") == [
        f"pos.hera:2:2: error[HE101]: {message}",
        "2 | \tacount a 1",
        "  | \t^^^^^^",
        "  = hint: did you mean `account`?",
    ]


@pytest.mark.parametrize(
    ("field", "word"),
    [("a: txt", "txt"), ("a text", "text"), ("a: list of list of text", "list"),
     ('a: one of "x",', ","), ("a: text = b", "b")],
)  # fmt: skip
def test_a_fault_in_a_declaration_is_one(field: str, word: str) -> None:
    """A broken field is told at its word, and what follows the declaration is still read."""
    text = f"event HERA.X.** {{\n  b: text\n  {field}\n}}\nacount cash 1000 asset\n"

    assert [under(text, fault) for fault in faults(text)] == [word, "acount"]


def test_the_fields_of_a_declaration_are_reported_one_by_one() -> None:
    """Each broken field is told; rules that read one of them are not blamed for it."""
    text = """event HERA.X.** {
  a: txt
  b: { c: money  d }
  e: list of {
    f: tet
  }
  g: text
  given a = = b
}
on HERA.X.V1 { debit cash a credit cash b.c }
account cash 1000 asset
"""

    assert [under(text, fault) for fault in faults(text)] == ["txt", "}", "tet", "="]
    schema = parse_schema(text)[0]
    assert schema is not None
    assert (schema.events, len(schema.rules)) == ((), 1)


def test_an_event_of_a_case_opens_no_declaration() -> None:
    """In the braces of a case, `event` at the beginning of a line is the case's own."""
    text = 'case "c" on HERA.X.V1 {\nevent { a: 1 }\nexpect { debit cash }\n}\nacount cash\n'

    assert [under(text, fault) for fault in faults(text)] == ["}", "acount"]


@pytest.mark.parametrize(
    ("case", "word"),
    [
        ('case "c" on HERA.X.V1 {\n  event { a: 1 b }\n}', "b"),
        ('case "c" on HERA.X.V1 {\n  event {\n    a: 1\n    currency "EUR"\n  }\n}', "currency"),
        ('cases "c" on HERA.X.V1 {\nevent { a: 1 b }\ntable a -> debit cash\n}', "b"),
        ('map of(kind) {\n  "a" -> cash\n  currency\n}', "currency"),
    ],
)
def test_a_line_inside_braces_opens_no_item(case: str, word: str) -> None:
    """A word that looks like the beginning of an item is the fault, and what follows is read."""
    text = f"{case}\nacount cash 1000 asset\n"

    assert [under(text, fault) for fault in faults(text)] == [word, "acount"]


def test_a_rule_behind_a_case_that_is_like_another_is_no_part_of_it() -> None:
    """A case without an `on` ends with its braces; the rule keeps its head."""
    text = """case "b" like "a" { expect error E_SCHEMA }
on HERA.X.V1 { debit cash a  credit cash }
on HERA.Y.V1 reverses HERA.X.V1
"""

    schema, found = parse_schema(text)

    assert [under(text, fault) for fault in found] == ["cash"]
    assert schema is not None
    assert (len(schema.rules), len(schema.cases)) == (2, 1)
