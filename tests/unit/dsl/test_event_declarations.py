"""Event declarations as text: how they are printed, and that their words are no reserved names."""

from typing import Final

import pytest

from hera_engine import check_schema
from hera_engine.dsl import nodes
from hera_engine.dsl.format import format_nodes
from hera_engine.dsl.json_read import read_json_schema
from hera_engine.dsl.json_write import to_json_dict
from hera_engine.dsl.parse import parse_schema
from tests.unit.dsl.schema_texts import SOUND, faults_of

WORDS: Final = (
    "event", "money", "signed", "number", "text", "date", "truth", "one", "of", "list", "optional",
    "open", "record", "base", "within", "account",
)  # fmt: skip

UGLY: Final = """event   HERA.POS.**   open{ # head
 `map`:money a :  signed   money=-1.50
# before b
b: optional{c: text # behind c
 d: list of open { `odd name`: date } # behind d
 # inside b
}
e: list of { f: one of "x","y"  g: truth
}
# last
given   total_amount=sum( items.amount )+0   # behind given
}
"""
CANONICAL: Final = """event HERA.POS.** open {  # head
  `map`: money
  a: signed money = -1.50
  # before b
  b: optional {
    c: text  # behind c
    d: list of open { `odd name`: date }  # behind d
    # inside b
  }
  e: list of { f: one of "x", "y"  g: truth }
  # last
  given total_amount = sum(items.amount) + 0  # behind given
}
"""


def read(text: str) -> nodes.Schema:
    """Return the schema of a text without syntax faults."""
    schema, faults = parse_schema(text)
    assert schema is not None
    assert faults == ()
    return schema


def test_a_declaration_is_printed_in_canonical_form_with_its_comments() -> None:
    """One field a line, short records on one, long or commented ones over several."""
    assert format_nodes(read(UGLY)) == CANONICAL
    assert format_nodes(read(CANONICAL)) == CANONICAL


def test_comments_of_fields_go_through_the_json_form() -> None:
    """A comment keeps its field, also inside lists and records."""
    data = to_json_dict(read(SOUND + UGLY))

    again, faults = read_json_schema(data)

    assert again is not None
    assert faults == ()
    assert CANONICAL in format_nodes(again)


def test_a_long_record_is_printed_over_several_lines() -> None:
    """Braces stay on one line within its width only."""
    fields = "  ".join(f"field_number_{index}: text" for index in range(5))
    text = format_nodes(read(f"event HERA.X.V1 {{ a: {{ {fields} }} }}"))

    assert text.startswith("event HERA.X.V1 {\n  a: {\n    field_number_0: text\n")


@pytest.mark.parametrize("word", WORDS)
def test_the_words_of_types_are_names_everywhere_else(word: str) -> None:
    """A field, an account, a let and a loop may be called like a type."""
    text = (
        f"{SOUND}account {word} 9000 asset\n"
        f"event HERA.CRM.** {{ {word}: money  xs: list of {{ {word}: money }} }}\n"
        f"on HERA.CRM.A.V1 {{ debit {word} {word} for x in xs {{ credit cash x.{word} }} }}\n"
        f"on HERA.B.V1 {{ let {word} = total_amount for item in {word}s {{ debit cash {word} }}"
        f" credit {word} {word} }}\n"
    )

    assert faults_of(text) == []
    schema = read(text)
    assert read(format_nodes(schema)) == schema


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        ("monney", ("BAD_CHOICE", "/events/0/fields/a")),
        (7, ("BAD_CHOICE", "/events/0/fields/a")),
        ({}, ("WRONG_TYPE", "/events/0/fields/a")),
        ({"type": "text", "one_of": ["x"]}, ("WRONG_TYPE", "/events/0/fields/a")),
        ({"type": "list"}, ("BAD_CHOICE", "/events/0/fields/a/type")),
        ({"typ": "text"}, ("UNKNOWN_KEY", "/events/0/fields/a/typ")),
        ({"one_of": []}, ("WRONG_TYPE", "/events/0/fields/a/one_of")),
        ({"one_of": [1]}, ("WRONG_TYPE", "/events/0/fields/a/one_of/0")),
        ({"list_of": {"list_of": "text"}}, ("WRONG_TYPE", "/events/0/fields/a/list_of")),
        ({"type": "text", "open": True}, ("WRONG_TYPE", "/events/0/fields/a/open")),
        ({"type": "money", "default": 1.5}, ("WRONG_TYPE", "/events/0/fields/a/default")),
        ({"type": "date", "default": "1"}, ("BAD_DATE", "/events/0/fields/a/default")),
        ({"list_of": "text", "default": "1"}, ("WRONG_TYPE", "/events/0/fields/a/default")),
        ({"fields": {"b": "txt"}}, ("BAD_CHOICE", "/events/0/fields/a/fields/b")),
        ({"fields": {"b": "text"}, "optional": 1}, ("WRONG_TYPE", "/events/0/fields/a/optional")),
    ],
)  # fmt: skip
def test_a_fault_of_the_json_form_has_its_pointer(field: object, fault: tuple[str, str]) -> None:
    """One field that is none gives one fault, at its pointer."""
    data = to_json_dict(read(SOUND))
    data["events"] = [{"on": "HERA.X.V1", "fields": {"a": field}}]

    _, found = read_json_schema(data)

    wrong = ("WRONG_TYPE", fault[1]) if field == 7 else fault
    assert [(each.name, each.pointer) for each in found] == [wrong]


def test_what_a_declaration_of_the_json_form_lacks_is_told() -> None:
    """`on` and `fields` must be there; both are told at once."""
    data = to_json_dict(read(SOUND))
    data["events"] = [{}]

    _, found = read_json_schema(data)

    assert [each.pointer for each in found] == ["/events/0/on", "/events/0/fields"]


def test_a_list_inside_a_member_may_be_summed() -> None:
    """A declared list of a loop's member is a collection like any other."""
    text = """
    event HERA.X.V1 { total_amount: money  legs: list of { parts: list of { u: money } } }
    on HERA.X.V1 { for leg in legs { debit cash sum(leg.parts.u) credit revenue sum(leg.parts.u) } }
    """

    assert [fault for fault in check_schema(HEAD_OF_LISTS + text) if fault.code == "HE205"] == []


HEAD_OF_LISTS = """
ledgers GL
account cash 1000 asset
account revenue 4100 revenue
"""
