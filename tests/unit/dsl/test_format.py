"""Canonical text: one spelling for each meaning, in the order it was written, comments kept."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hera_engine.dsl import nodes
from hera_engine.dsl.format import format_expression, format_nodes
from hera_engine.dsl.format_expressions import format_decimal
from hera_engine.dsl.json_write import to_json_dict
from hera_engine.dsl.parse import Fragment, parse_fragment, parse_schema


def canonical(text: str) -> str:
    """Return the canonical text of a text without faults; it must be stable."""
    schema, found = parse_schema(text)
    assert found == ()
    assert schema is not None
    written = format_nodes(schema)
    again, found = parse_schema(written)
    assert found == ()
    assert again == schema
    assert format_nodes(again) == written
    return written


def test_spacing_is_canonical() -> None:
    """Blanks, brackets and line ends of the text do not show in what is written."""
    text = (
        'schema   "S"\n\n\nledgers GL,IFRS account a 1   account b 2\n\n\naccount c\n'
        "on HERA.X{debit a ((x))let y=((1+2))*3 credit b x}"
    )

    assert canonical(text) == (
        'schema "S"\nledgers GL, IFRS\n\naccount a 1\naccount b 2\naccount c\n\n'
        "on HERA.X {\n  debit a x\n  let y = (1 + 2) * 3\n  credit b x\n}\n"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("(a + b) + c", "(a + b) + c"),
        ("a + (b * c)", "a + b * c"),
        ("(a + b) * c", "(a + b) * c"),
        ("a - (b - c)", "a - (b - c)"),
        ("-(a + b)", "-(a + b)"),
        ("-(-a)", "--a"),
        ("(-a) * b", "-a * b"),
        ("-(a * b)", "-(a * b)"),
        ("not (a and b)", "not (a and b)"),
        ("(not a) and b", "not a and b"),
        ("(a or b) and (c = d)", "(a or b) and c = d"),
        ("(a = b) = c", "(a = b) = c"),
        ("f((a + b), (c))", "f(a + b, c)"),
        ("(x default 5%) * y", "x default 5% * y"),
        ("`map`.map", "`map`.map"),
        (r'"a\"\\\n\t"', r'"a\"\\\n\t"'),
    ],
)
def test_an_expression_has_no_more_brackets_than_needed(text: str, written: str) -> None:
    """Brackets stand where leaving them out would change the meaning, and nowhere else."""
    node, found = parse_fragment(Fragment.EXPRESSION, text)

    assert found == ()
    assert isinstance(node, nodes.Expression)
    assert format_expression(node) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [("0", "0"), ("1E+3", "1000"), ("0E+5", "0"), ("105.00", "105.00"), ("1E-7", "0.0000001"),
     ("-0.5", "-0.5"), ("123456789012345678.123456789012", "123456789012345678.123456789012")],
)  # fmt: skip
def test_numbers_keep_their_digits(value: str, written: str) -> None:
    """A number is written in full, whatever its exponent."""
    assert format_decimal(Decimal(value)) == written


def test_equal_blocks_side_by_side_become_one() -> None:
    """Lines with the same loop stand in one block; another statement between them parts it."""
    text = (
        "on HERA.X {\n"
        "for i in items { debit a i.x } for i in items { credit b i.x }\n"
        "let y = 1\n"
        "for i in items { in IFRS { debit a 1 } for j in i.parts { credit b 1 } }\n"
        "}"
    )

    assert canonical(text) == (
        "on HERA.X {\n"
        "  for i in items {\n    debit a i.x\n    credit b i.x\n  }\n"
        "  let y = 1\n"
        "  in IFRS {\n    for i in items {\n      debit a 1\n    }\n  }\n"
        "  for i in items {\n    for j in i.parts {\n      credit b 1\n    }\n  }\n"
        "}\n"
    )


def test_the_only_profile_is_not_used_by_name() -> None:
    """`use tax` is left out where it says nothing, and kept where it overrides."""
    profile = "tax profile vat {\n  rate a 5%\n}\n"

    assert canonical(f"{profile}use tax vat") == profile
    assert canonical(f"{profile}use tax vat prices inclusive").endswith(
        "\n\nuse tax vat prices inclusive\n"
    )


def test_items_keep_their_order_and_kinds_stand_together() -> None:
    """Items stay where they were; blank lines part kinds and tall items."""
    text = "map f(x) { else refuse }\nledgers GL\ncarry a on *\ndimensions a\naccount b 1"

    assert canonical(text) == (
        "map f(x) { else refuse }\n\nledgers GL\n\ncarry a on *\ndimensions a\n\naccount b 1\n"
    )


def test_what_the_layout_does_not_know_is_written_in_canonical_order() -> None:
    """A schema from elsewhere has its items in the order of the JSON form."""
    schema, _ = parse_schema("on HERA.X { credit b 1 }\naccount b 1\naccount a 2\nledgers GL")
    assert schema is not None

    assert format_nodes(replace(schema, layout=())) == (
        "ledgers GL\n\naccount b 1\naccount a 2\n\non HERA.X {\n  credit b 1\n}\n"
    )
    assert format_nodes(replace(schema, layout=("/accounts/a", "/accounts/b"))) == (
        "account b 1\naccount a 2\n\nledgers GL\n\non HERA.X {\n  credit b 1\n}\n"
    )


def test_long_braces_are_broken_into_lines() -> None:
    """A map, a case or an event that does not fit on a line has a line for each part."""
    rows = ", ".join(f'"a long key number {index}" -> cash' for index in range(4))

    written = canonical(f"map f(x) {{ {rows}, else refuse }}")

    assert written.split("\n")[:2] == ["map f(x) {", '  "a long key number 0" -> cash,']
    assert written.endswith("  else refuse\n}\n")


def test_a_long_list_has_a_line_for_each_member() -> None:
    """As deep as need be, and no deeper."""
    items = ", ".join(f'{{ amount: {index}.00, name: "{"x" * 30}" }}' for index in range(1, 4))
    legs = f'{{ title: "{"y" * 90}", parts: [1, 2] }}'
    text = f'case "c" on HERA.X.V1 {{ event {{ a: 1, items: [{items}], legs: [{legs}] }} }}'

    written = canonical(f"ledgers GL\n{text}")

    assert (
        written.partition("event {\n")[2]
        == f"""\
    a: 1,
    items: [
      {{ amount: 1.00, name: "{"x" * 30}" }},
      {{ amount: 2.00, name: "{"x" * 30}" }},
      {{ amount: 3.00, name: "{"x" * 30}" }}
    ],
    legs: [
      {{
        title: "{"y" * 90}",
        parts: [1, 2]
      }}
    ]
  }}
}}
"""
    )


def test_a_long_allocation_is_broken_at_its_words() -> None:
    """What is allocated, over whom and to which account stand on lines of their own."""
    amount = "a" * 60
    text = f"""\
on HERA.X.V1 {{
  in IFRS {{
    # before
    allocate {amount}
      over item in items when item.kind = "x" by item.weight
      to debit rent by project leftover first  # behind
    allocate b over item in items by item.weight to debit rent
  }}
}}
"""

    assert canonical(text) == text


@pytest.mark.parametrize(("characters", "lines"), [(81, 1), (82, 4)])
def test_a_list_is_broken_where_a_line_would_be_too_long(characters: int, lines: int) -> None:
    """A list that ends a line, with the comma behind it, has a hundred columns."""
    text = 'case "a" on HERA.X.V1 {{ event {{ items: ["{}", 1], total: 1.00 }} }}'

    written = canonical(text.format("z" * characters)).splitlines()
    start = next(number for number, line in enumerate(written) if "items" in line)

    assert len(written[start]) == (100 if lines == 1 else len("    items: ["))
    assert written[start + lines].strip() == "total: 1.00"


def test_names_that_are_words_of_the_language_stay_names() -> None:
    """A name that would be read otherwise is written in back-quotes."""
    text = (
        "account `in`\naccount `gift-card` 1\n"
        "tax profile \"in\" {\n  exempt `rate` for `a b`.c\n}\n"
        'carry `by` on "matching"\n'
        'map f(`on`) { "x" -> `refuse`, else refuse }\n'
    )  # fmt: skip

    for word in ("`in`", "`gift-card`", '"in"', "`rate`", "`a b`.c", "`by`", '"matching"',
                 "`on`", "`refuse`"):  # fmt: skip
        assert word in canonical(text)


COMMENTED = (Path(__file__).parent / "commented.hera").read_text(encoding="utf-8")
COMMENTED_CANONICAL = (Path(__file__).parent / "commented_canonical.hera").read_text(
    encoding="utf-8"
)


def test_comments_stay_with_what_they_speak_of() -> None:
    """Comments before, behind and at the end of each kind of node are kept in place."""
    assert canonical(COMMENTED) == COMMENTED_CANONICAL


def test_comments_of_the_json_form_find_a_place() -> None:
    """Comments on sections and on parts without a line of their own go to the nearest line."""
    schema, _ = parse_schema("ledgers GL\naccount a 1\naccount b 2")
    assert schema is not None
    comments = {
        "/accounts": nodes.Comments(("section",)),
        "/accounts/b/code": nodes.Comments(after="code"),
        "/nowhere": nodes.Comments(inside=("lost",)),
        "": nodes.Comments(("first\nsecond",), "behind", ("end",)),
    }

    assert format_nodes(replace(schema, comments=comments)) == (
        "# lost\n# first\n# second\n# behind\nledgers GL\n\n"
        "# section\naccount a 1\n\n# code\naccount b 2\n\n# end\n"
    )


HEADINGS = """\
# the file

# the schema
schema "Shop"
ledgers GL

# accounts
# of the shop

account cash 1000
account bank 1100

# paid at once
payments immediate

# --- rules

# what is sold

on HERA.X.V1 {
  # no room for a blank line
  debit cash 1
  credit bank 1
}
"""


def test_a_heading_keeps_the_blank_line_below_it() -> None:
    """It does not stick to the first item; only the last of several blank lines is kept."""
    spread = HEADINGS.replace("line\n", "line\n\n").replace("\n\n#", "\n\n\n#")
    expected = HEADINGS.replace("# --- rules\n\n", "# --- rules\n")

    assert canonical(spread) == expected
    assert canonical(expected) == expected


def test_the_json_form_keeps_headings() -> None:
    """A heading stands beside what is right above the item."""
    schema, _ = parse_schema(HEADINGS)
    assert schema is not None

    written = to_json_dict(schema)["comments"]
    assert isinstance(written, dict)
    assert written[""] == {"heading": ["the file"], "before": ["the schema"]}
    assert written["/accounts/cash"] == {"heading": ["accounts", "of the shop"]}
    assert written["/payments"] == "paid at once"


def test_the_example_of_the_specification_is_canonical_but_for_alignment() -> None:
    """The worked example keeps every line; only runs of blanks and short blocks change."""
    text = (Path(__file__).parent / "salon.hera").read_text(encoding="utf-8")

    written = canonical(text)

    assert {" ".join(line.split()) for line in text.split("\n") if "{" not in line} <= {
        " ".join(line.split()) for line in written.split("\n")
    }
