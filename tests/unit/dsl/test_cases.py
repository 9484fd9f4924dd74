"""Worked examples in both forms: what may stand in them, and what is refused."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from hera_engine import check_schema
from hera_engine.dsl import nodes
from hera_engine.dsl.format import format_nodes
from hera_engine.dsl.json_read import read_json_schema
from hera_engine.dsl.json_write import to_json_dict
from hera_engine.dsl.parse import parse_schema
from tests.unit.dsl.schema_texts import SOUND
from tests.unit.dsl.test_format import canonical

SALE = 'case "sale" on HERA.POS.SALE.V1 {\n  event { total_amount: 5.00 }\n}\n'


def read(text: str) -> nodes.Schema:
    """Return the schema of a text without syntax faults."""
    schema, found = parse_schema(text)
    assert found == ()
    assert schema is not None
    return schema


def codes(text: str) -> list[tuple[str, str]]:
    """Return the code and the message of each error of a text."""
    return [(f.code, f.message) for f in check_schema(text) if f.severity == "error"]


def test_a_case_is_like_another_and_says_what_differs() -> None:
    """A base is named by its title; the smart code may be kept or be another."""
    schema = read(f'{SALE}case "b" like "sale" {{ }}\ncase "c" like "b" on HERA.X.V1 {{ }}')

    assert [(case.like, case.on) for case in schema.cases] == [
        (None, "HERA.POS.SALE.V1"),
        ("sale", None),
        ("b", "HERA.X.V1"),
    ]


def test_an_expectation_holds_lines_totals_and_warnings() -> None:
    """Lines, totals of an account or of all, and warnings stand side by side, in any order."""
    schema = read(
        'case "c" on HERA.X.V1 { expect { warning "W" total credit * 1 { d "A" } in GL '
        "debit cash 2.00 total debit cash 3 } }"
    )

    case = schema.cases[0]
    assert [line.amount for line in case.expect] == [2]
    assert [(total.account, total.side, total.ledger) for total in case.totals] == [
        (None, nodes.SideWord.CREDIT, nodes.Name("GL")),
        (nodes.Name("cash"), nodes.SideWord.DEBIT, None),
    ]
    assert [warning.code for warning in case.warnings] == ["W"]
    assert case.error is None


def test_expectations_have_a_currency_and_a_base_amount() -> None:
    """They stand behind the amount as in a rule; a base amount may stand alone."""
    text = (
        'ledgers GL\n\ncase "c" on HERA.X.V1 {\n  expect {\n'
        '    debit bank 1.00 currency "EUR" base 0.86 { d "A" } in GL\n    credit base base 0.86\n'
        "    total credit * base 0.86\n  }\n}\n\n"
        'cases "t" on HERA.X.V1 {\n'
        '  table x -> debit currency currency "EUR" base { d "A" }, total credit * base in GL\n'
        '  "r": 1 -> 1, 1\n}\n'
    )
    schema = read(text)

    line, bare = schema.cases[0].expect
    assert (line.amount, line.currency, line.base) == (Decimal(1), "EUR", Decimal("0.86"))
    assert (bare.account.text, bare.amount, bare.base) == ("base", None, Decimal("0.86"))
    assert [(each.currency, each.base) for each in schema.case_tables[0].columns] == [
        ("EUR", True), (None, True),
    ]  # fmt: skip
    assert format_nodes(schema) == text
    assert read_json_schema(to_json_dict(schema))[0] == schema


def test_a_table_is_read_row_by_row() -> None:
    """Rows hold values of any sort and figures, or an error code."""
    schema = read(
        'cases "t" on HERA.X.V1 { table a, "odd name" -> debit cash, total credit * { d "A" }\n'
        '"one": 5.00, [1] -> 5.00, 0\n"two": -3, null -> error E_GUARDRAIL }'
    )

    (table,) = schema.case_tables
    assert table.inputs == ("a", "odd name")
    assert [(column.total, column.dimensions) for column in table.columns] == [
        (False, ()),
        (True, (("d", "A"),)),
    ]
    assert [(row.values, row.amounts, row.error) for row in table.rows] == [
        ((Decimal(5), (Decimal(1),)), (Decimal(5), Decimal(0)), None),
        ((Decimal(-3), None), (), "E_GUARDRAIL"),
    ]


def test_cases_are_written_canonically_with_their_comments() -> None:
    """Formatting keeps each comment at its part, and sets the columns of a table in line."""
    text = (
        '# a\ncase "b" like "a" { # b\n# c\nevent {x:1} # d\nexpect { # e\n'
        "total debit * 1 # f\ndebit cash 1 # g\n# h\n} }\n"
        'cases "t" like "a" { # i\n# j\ntable x -> debit cash # k\n# l\n'
        '"one": 1 -> 1 # m\n"seventeen": 17.00 -> error E_X # n\n# o\n}\n'
    )

    assert canonical(text) == (
        '# a\ncase "b" like "a" {  # b\n  # c\n  event { x: 1 }  # d\n  expect {  # e\n'
        "    debit cash 1  # g\n    total debit * 1  # f\n    # h\n  }\n}\n\n"
        'cases "t" like "a" {  # i\n  # j\n  table x -> debit cash  # k\n  # l\n'
        '  "one":       1     -> 1  # m\n  "seventeen": 17.00 -> error E_X  # n\n  # o\n}\n'
    )


def test_what_is_too_long_for_a_line_is_broken_at_its_parts() -> None:
    """Lists and records of a case go onto lines of their own, as deep as need be."""
    field = "a" * 60
    long = f'{field}: "{"b" * 40}"'
    text = (
        f'case "a" on HERA.A.V1 {{\n  event {{\n    few: [1, 2],\n    many: [\n'
        f"      {{ {field}: 1 }},\n      {{\n        {long},\n        c: [3]\n      }}\n    ],\n"
        f"    one: {{\n      {long}\n    }}\n  }}\n  expect error E_SCHEMA\n}}\n"
        f'\ncases "b" on HERA.A.V1 {{\n  table {field}\n    -> debit {field}\n  "c": 1 -> 2\n}}\n'
    )

    assert canonical(text) == text
    assert canonical(" ".join(text.split())) == text


@pytest.mark.parametrize(
    "word", ["cases", "like", "table", "total", "warning", "error", "event", "currency", "base"]
)
def test_the_words_of_cases_are_no_reserved_names(word: str) -> None:
    """An account, a dimension, a field and a title may bear any of them."""
    text = (
        f"ledgers GL\naccount {word} 1000\ndimensions {word}\n"
        f"on HERA.X.V1 {{ debit {word} {word} by {word} credit {word} {word} }}\n"
        f'case "{word}" on HERA.X.V1 {{ event {{ {word}: 1 }} '
        f'expect {{ debit {word} 1 {{ {word} "A" }} total credit {word} 1 }} }}\n'
        f'cases "t" on HERA.X.V1 {{ table {word} -> debit {word} "r": 1 -> 1 }}\n'
    )

    assert f"account {word} 1000" in canonical(text)


def test_titles_are_given_once() -> None:
    """A title names one case or table, for results and for those like it."""
    found = codes(f"{SOUND}{SALE}{SALE}")

    assert found == [("HE201", "case `sale` is declared twice")]


def test_a_base_is_a_case_that_ends_somewhere() -> None:
    """A base that does not exist, and one that leads back, are faults; a table is no base."""
    text = f'{SOUND}cases "t" like "sale" {{ table x -> debit cash }}\n{SALE}'

    assert codes(text) == []
    assert codes(f'{text}case "c" like "t" {{ }}') == [
        ("HE260", "`like` names `t`, which is no case")
    ]
    assert codes(f'{text}case "c" like "d" {{ }}\ncase "d" like "c" {{ }}') == [
        ("HE261", "case `c` is like itself in the end")
    ]


def test_a_broken_case_is_not_missed_by_those_like_it() -> None:
    """Where a case could not be read, nothing is said of the cases that are like it."""
    text = f'{SOUND}case "sale" on HERA.POS.SALE.V1 {{ event ( }}\ncase "b" like "sale" {{ }}\n'

    assert [code for code, _ in codes(text)] == ["HE101"]


def test_very_long_chains_of_cases_are_checked_at_once() -> None:
    """Each case is walked once, however many are like each other, and one fault says so."""
    chain = "".join(f'case "{n}" like "{n + 1}" {{ }}\n' for n in range(5_000))

    open_end = codes(f'{SOUND}{chain}case "5000" on HERA.X.V1 {{ }}\n')
    closed = codes(f'{SOUND}{chain}case "5000" like "0" {{ }}\n')

    assert [code for code, _ in open_end] == ["HE105"]
    assert sorted(code for code, _ in closed) == ["HE105", "HE261"]


# --- the JSON form ---------------------------------------------------------------------------


def faults(**case: object) -> list[tuple[str, str]]:
    """Return the code and the pointer of each fault of a document with one case."""
    data = {**to_json_dict(read(SOUND)), "cases": [{"name": "c", "on": "HERA.X.V1", **case}]}
    _, found = read_json_schema(data)
    return [(fault.code, str(fault.place)) for fault in found]


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ({"on": None}, ("HE113", "/cases/0/on")),
        ({"expcet": []}, ("HE112", "/cases/0/expcet")),
        ({"error": "UNBALANCED"}, ("HE114", "/cases/0/error")),
        ({"error": "E_X", "warnings": ["W"]}, ("HE114", "/cases/0/error")),
        ({"expect": [{"amount": "1"}]}, ("HE114", "/cases/0/expect/0")),
        ({"expect": [{"debit": "cash"}]}, ("HE113", "/cases/0/expect/0/amount")),
        ({"totals": [{"side": "left", "amount": "1"}]}, ("HE115", "/cases/0/totals/0/side")),
        ({"totals": [{"amount": "1"}]}, ("HE113", "/cases/0/totals/0/side")),
        ({"totals": [{"side": "debit"}]}, ("HE113", "/cases/0/totals/0/amount")),
        ({"expect": [{"debit": "cash", "base": "x"}]}, ("HE106", "/cases/0/expect/0/base")),
        (
            {"expect": [{"debit": "cash", "base": "1", "currency": 5}]},
            ("HE114", "/cases/0/expect/0/currency"),
        ),
    ],
)
def test_what_is_no_case_is_refused_at_its_place(
    case: Mapping[str, object], fault: tuple[str, str]
) -> None:
    """Each flaw of a case has its pointer."""
    assert faults(**case) == [fault]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"inputs": []}, ("HE114", "/case_tables/0/inputs")),
        ({"columns": [{"side": "debit"}]}, ("HE113", "/case_tables/0/columns/0/account")),
        ({"rows": [{"name": "r"}]}, ("HE113", "/case_tables/0/rows/0/values")),
        (
            {"rows": [{"name": "r", "values": [1], "amounts": ["1"], "error": "E_X"}]},
            ("HE114", "/case_tables/0/rows/0/error"),
        ),
    ],
)
def test_what_is_no_table_is_refused_at_its_place(
    table: Mapping[str, object], fault: tuple[str, str]
) -> None:
    """Each flaw of a table has its pointer."""
    whole = {
        "name": "t", "on": "HERA.X.V1", "inputs": ["a"],
        "columns": [{"side": "debit", "account": "cash"}], **table,
    }  # fmt: skip
    _, found = read_json_schema({**to_json_dict(read(SOUND)), "case_tables": [whole]})

    assert [(each.code, str(each.place)) for each in found] == [fault]


def test_parts_of_cases_have_their_pointers() -> None:
    """A line, a total and a row of the JSON form know where they stand."""
    text = (
        f'{SOUND}{SALE}case "b" like "sale" {{ expect {{ debit cash 1 total debit cash 1 }} }}\n'
        'cases "t" like "sale" { table x -> debit cash "r": 1 -> 1 }\n'
    )

    schema, found = read_json_schema(to_json_dict(read(text)))

    assert found == ()
    assert schema is not None
    assert str(schema.cases[1].expect[0].at) == "/cases/1/expect/0"
    assert str(schema.cases[1].totals[0].at) == "/cases/1/totals/0"
    assert str(schema.case_tables[0].rows[0].at) == "/case_tables/0/rows/0"
    assert format_nodes(schema) == format_nodes(read(text))
