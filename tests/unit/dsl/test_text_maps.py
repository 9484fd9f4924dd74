"""Maps that give texts and derived values as written: both forms, and what the checks say."""

from typing import Final

import pytest

from hera_engine import PostingEngine, compare_schemas
from hera_engine.dsl import nodes
from hera_engine.dsl.check import check_nodes
from hera_engine.dsl.format import format_nodes
from hera_engine.dsl.json_read import read_json_schema
from hera_engine.dsl.json_write import to_json_dict
from hera_engine.dsl.parse import parse_schema
from hera_engine.engine import check_schema
from hera_engine.rules.mutants import mutants
from tests.unit.dsl.schema_texts import SOUND, diagnostics_of, faults_of, rule_with

MAPS: Final = """\
map group_of(kind) { "book" -> "goods", "" -> "a \\"quoted\\" text", else refuse }
derive org_unit on HERA.POS.** = group_of(item.kind)  # of items
derive tax_category on matching "^HERA" = group_of(channel default "web")
derive org_unit = group_of(group_of(event_smart_code))
"""
DERIVE: Final = """\
dimensions org_unit
carry org_unit on *
map unit_of(channel) { "web" -> "WEB", "shop" -> "BR", else refuse }
"""


def read(text: str) -> nodes.Schema:
    """Return the schema of a text without syntax faults."""
    schema, faults = parse_schema(text)
    assert schema is not None
    assert faults == ()
    return schema


def test_texts_and_derived_values_are_printed_as_they_are_read() -> None:
    """A text stands in quotes; comments stay."""
    printed = format_nodes(read(MAPS))

    assert printed == MAPS.replace("}\nderive", "}\n\nderive")
    assert format_nodes(read(printed)) == printed


def test_a_text_is_an_object_in_json() -> None:
    """So no account key is taken for a text, nor a text for an account key."""
    data = to_json_dict(read(SOUND + MAPS))

    assert data["maps"] == {
        "group_of": {
            "inputs": ["kind"],
            "rows": [
                {"when": ["book"], "then": {"text": "goods"}},
                {"when": [""], "then": {"text": 'a "quoted" text'}},
            ],
            "else": None,
        }
    }
    assert data["derive"] == [
        {"name": "org_unit", "on": "HERA.POS.**", "from": "group_of(item.kind)"},
        {"name": "tax_category", "on": {"regex": "^HERA"},
         "from": 'group_of(channel default "web")'},
        {"name": "org_unit", "from": "group_of(group_of(event_smart_code))"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ({"name": "org_unit"}, ("MISSING_KEY", "/derive/0/from")),
        ({"name": "org_unit", "from": "unit"}, ("WRONG_TYPE", "/derive/0/from")),
        ({"name": "org_unit", "from": "f(x)", "of": "x"}, ("UNKNOWN_KEY", "/derive/0/of")),
        ({"name": "org_unit", "from": "f("}, ("SYNTAX", "/derive/0/from")),
        ({"name": "org_unit", "from": "f(x)", "on": 1}, ("WRONG_TYPE", "/derive/0/on")),
        ({"name": "org_unit", "from": "nowhere(x)"}, ("UNKNOWN_MAP", "/derive/0/from")),
    ],
)
def test_faults_of_a_derived_value_in_json_have_their_place(
    written: dict[str, object], fault: tuple[str, str]
) -> None:
    """Each at the key that is to blame."""
    data = {**to_json_dict(read(SOUND + DERIVE)), "derive": [written]}

    _, found = read_json_schema(data)
    schema, _ = read_json_schema(data)
    checked = () if schema is None or found else check_nodes(schema)

    assert fault in {(each.name, str(each.pointer)) for each in (*found, *checked)}


def test_a_row_of_another_kind_than_the_others_is_a_fault() -> None:
    """Told once, where the kind changes; a row that refuses is of both."""
    text = 'map f(x) { "a" -> refuse, "b" -> cash, "c" -> "cash", "d" -> "x", else -> fees }'

    assert 'MIXED_MAP "cash"' in faults_of(SOUND + text)


@pytest.mark.parametrize(
    ("amount", "fault"),
    [
        ('1 when text_of(payment_method) = "a"', None),
        ('1 when text_of(payment_method) > "a"', "WRONG_KIND text_of(payment_method)"),
        ("1 when text_of(payment_method) = 1", "WRONG_KIND 1"),
        ("1 when text_of(payment_method)", "WRONG_KIND text_of(payment_method)"),
        ("1 when text_of(a, b) = total", "WRONG_ARGUMENTS text_of(a, b)"),
        ('1 when tender_of(payment_method) = "a"', "WRONG_KIND tender_of"),
        ("text_of(payment_method)", "WRONG_KIND text_of(payment_method)"),
        ("1 + text_of(x)", "WRONG_KIND text_of(x)"),
        ("1 currency text_of", None),
    ],
)
def test_a_text_stands_where_a_text_may(amount: str, fault: str | None) -> None:
    """In comparisons for equality and as the input of a map; no amount, no truth."""
    text = 'map text_of(m) { "a" -> "x", else -> "y" }\n' + rule_with(
        f"  debit tender_of(text_of(payment_method)) {amount}"
    )
    found = [each for each in faults_of(text) if not each.startswith("UNUSED")]

    assert found == ([] if fault is None else [fault])


def test_a_map_of_texts_gives_no_account() -> None:
    """With the hint to take the quotes away."""
    text = 'map text_of(m) { else -> "cash" }\n' + rule_with("  debit text_of(m) 1")
    (fault,) = (each for each in diagnostics_of(text) if each.name == "WRONG_KIND")

    assert fault.message == "expected an account, found the map `text_of`, which gives texts"
    assert fault.hint == "give its rows account keys, without quotes, or call a map that does"


@pytest.mark.parametrize(
    ("derived", "found"),
    [
        ("derive org_unit = unit_of(channel)", []),
        ("derive org_unit = unit_of(item.kind)", []),
        ('derive org_unit = unit_of(unit_of("web"))', []),
        ("derive tax_category = unit_of(channel default \"web\")", []),
        ("derive payment_method = unit_of(channel)", ["SHADOWS payment_method"]),
        ("derive unit = unit_of(channel)", ["INVALID_DIMENSION unit"]),
        ("derive org_unit = nowhere(channel)", ["UNKNOWN_MAP nowhere"]),
        ("derive org_unit = round(channel)", ["UNKNOWN_MAP round"]),
        ("derive org_unit = pay(channel)", ["WRONG_KIND pay"]),
        ("derive org_unit = unit_of(channel, kind)", ["WRONG_ARGUMENTS unit_of(channel, kind)"]),
        ("derive org_unit = unit_of(total_amount)", ["WRONG_KIND total_amount"]),
        ("derive org_unit = unit_of(item.amount)", ["WRONG_KIND item.amount"]),
        ("derive org_unit = unit_of(items.kind)", ["WRONG_KIND items.kind"]),
        ("derive org_unit = unit_of(item)", ["WRONG_KIND item"]),
        ("derive org_unit = unit_of(a + b)", ["WRONG_KIND a + b"]),
        ('derive org_unit on "HERA..X" = unit_of(a)', ['BAD_SMART_CODE "HERA..X"']),
        ("derive org_unit = unit_of(item.org_unit)",
         ["SHADOWED derive org_unit = unit_of(item.org_unit)"]),
    ],
)  # fmt: skip
def test_what_is_said_of_a_derived_value(derived: str, found: list[str]) -> None:
    """Its name, its events, its map, what the map is asked."""
    more = 'map pay(x) { "a" -> cash, else refuse }\n'
    faults = [each for each in faults_of(SOUND + DERIVE + more + derived) if "UNUSED" not in each]

    assert faults == found


@pytest.mark.parametrize(
    ("first", "second", "shadowed"),
    [
        ("", "", True),
        ("", " on HERA.POS.SALE.V1", True),
        ("", ' on matching "SALE"', True),
        (" on HERA.POS.**", " on HERA.POS.SALE.V1", True),
        (" on HERA.POS.SALE.V1", "", False),
        (" on HERA.POS.SALE.V1", " on HERA.POS.**", False),
    ],
)
def test_a_derived_value_behind_a_more_general_one_is_never_reached(
    first: str, second: str, shadowed: bool
) -> None:
    """For one name and level: of items and of events are two."""
    pair = f"derive org_unit{first} = unit_of(a)\nderive org_unit{second} = unit_of(b)\n"
    other = f"derive org_unit{first} = unit_of(a)\nderive org_unit{second} = unit_of(item.b)\n"

    assert any("SHADOWED" in each for each in faults_of(SOUND + DERIVE + pair)) == shadowed
    assert not any("SHADOWED" in each for each in faults_of(SOUND + DERIVE + other))


def test_a_map_that_only_derived_values_and_conditions_call_is_used() -> None:
    """A map that nothing calls is not."""
    texts = 'map idle(x) { else -> "y" }\n'
    found = faults_of(SOUND + DERIVE + texts + "derive org_unit = unit_of(channel)")

    assert [each for each in found if "map" in each or "UNUSED" in each] == ["UNUSED_NAME idle"]


# --- events that are declared ----------------------------------------------------------------

DECLARED: Final = """\
ledgers GL
account cash    1000 asset
account revenue 4100 revenue
account fees    5500 expense
dimensions org_unit
require org_unit on 4* else error
payments immediate
validations { max_line_count 9 }
event HERA.POS.SALE.V1 {
  total_amount: money
  channel: one of "web", "shop"
  items: list of { amount: money  kind: one of "book", "pen" }
}
on HERA.POS.SALE.V1 {
  debit cash total_amount
  credit revenue total_amount
}
"""


def told(*parts: str) -> list[str]:
    """Return what is said of the declared books, but for accounts that are not there."""
    found = check_schema("\n".join((DECLARED, *parts, "")))
    return [f"{each.name} {each.message}" for each in found if "account" not in each.name.lower()]


def test_a_required_dimension_may_be_derived() -> None:
    """No event sends it; without the derived value that is a fault."""
    rows = 'map unit_of(channel) { "web" -> "W", "shop" -> "S"'

    assert [each.split()[0] for each in told()] == ["ABSENT_DIMENSION"]
    assert told(rows + " }", "derive org_unit = unit_of(channel)") == []
    elsewhere = told(rows + ", else refuse }", "derive org_unit on HERA.HR.** = unit_of(channel)")
    assert sorted(each.split()[0] for each in elsewhere) == ["ABSENT_DIMENSION", "SHADOWED"]


def test_declared_values_are_held_against_the_rows() -> None:
    """A value without a row, and a row that no value leads to; also through another map."""
    gap = told('map unit_of(kind) { "book" -> "B" }', "derive org_unit = unit_of(item.kind)")
    dead = told(
        'map unit_of(kind) { "book" -> "B", "pen" -> "P", "cut" -> "C" }',
        "derive org_unit = unit_of(item.kind)",
    )
    through = told(
        'map group_of(kind) { "book" -> "goods", "pen" -> "tools" }',
        'map unit_of(group) { "goods" -> "B", "service" -> "S", else refuse }',
        "derive org_unit = unit_of(group_of(item.kind))",
    )

    assert gap == ['MAP_GAP map `unit_of` has no row for "pen"']
    assert [each.split()[:3] for each in dead] == [["SHADOWED", "row", '`"cut"`']]
    assert [each.split()[:3] for each in through] == [["SHADOWED", "row", '`"service"`']]


def test_a_field_that_no_event_has_is_a_fault() -> None:
    """With the nearest name; a derived name may be read by rules."""
    unit = 'map unit_of(x) { "web" -> "W", else -> "S" }'
    reads = (
        "on HERA.POS.OTHER.V1 reverses HERA.POS.SALE.V1",
        "event HERA.POS.OTHER.V1 { total_amount: money  channel: text }",
    )

    assert told(unit, "derive org_unit = unit_of(chanel)") == [
        "UNKNOWN_FIELD unknown field `chanel`"
    ]
    assert told(unit, "derive org_unit = unit_of(item.knd)") == [
        "UNKNOWN_FIELD unknown field `item.knd`"
    ]
    assert told(unit, "derive org_unit = unit_of(item.kind)", *reads) == []


# --- versions, mutants, coverage -------------------------------------------------------------


def test_versions_differ_in_texts_and_in_derived_values() -> None:
    """A row that is gone is an error; another text, another map or none are notes."""
    base = 'schema "Shop" version 1\n' + DECLARED
    old = base + 'map unit_of(c) { "web" -> "W", "shop" -> "S" }\n'
    new = base + 'map unit_of(c) { "web" -> "X", else refuse }\n'
    derived = "derive org_unit = unit_of(channel)\n"
    first = "derive org_unit on HERA.POS.SALE.V1 = unit_of(item.kind)\n"
    more = "derive org_unit = unit_of(item.kind)\n"

    def said(before: str, after: str) -> list[str]:
        return [f"{each.severity} {each.message}" for each in compare_schemas(before, after)]

    assert sorted(said(old + derived, new + derived)) == [
        'error map `unit_of` took "shop" and refuses it now',
        'note map `unit_of` for "web": `"X"` in place of `"W"`',
    ]
    assert said(old + derived, old + derived.replace("(channel)", '(channel default "web")')) == [
        'note derive org_unit: `unit_of(channel default "web")` in place of `unit_of(channel)`'
    ]
    assert said(old + derived + more, old + derived) == [
        "error `derive org_unit = unit_of(item.kind)` is gone, and lines must carry `org_unit`"
    ]
    optional = old.replace("else error", "else warning")
    assert said(optional + derived + more, optional + derived) == [
        "note derive org_unit: `nothing` in place of `unit_of(item.kind)`"
    ]
    assert said(old + derived, old + derived + more) == [
        "note derive org_unit: `unit_of(item.kind)` in place of `nothing`"
    ]
    assert said(old + derived + first + more, old + derived + more + first) == [
        f"note order of `derive org_unit`: `{more.strip()}` in place of `{first.strip()}`"
    ]


CASES: Final = """\
map unit_of(channel) { "web" -> "W", "shop" -> "S" }
derive org_unit = unit_of(channel)
case "web" on HERA.POS.SALE.V1 {
  event { total_amount: 1.00, currency: "USD", channel: "web" }
  expect { debit cash 1.00  credit revenue 1.00 { org_unit "W" } }
}
"""


def test_a_row_of_texts_is_covered_and_changed_like_one_of_accounts() -> None:
    """Covered once it gave a value; changed to the next text of the map."""
    text = DECLARED.replace("  items: list of", "  items: optional list of") + CASES
    found = PostingEngine(text)
    words = [each.words for each in mutants(read(text))]

    assert [result.passed for result in found.run_cases()] == [True]
    assert [gap.words for gap in found.case_coverage().gaps] == [
        'row `"shop"` of map `unit_of` is never chosen'
    ]
    assert words[-3:] == [
        'row 1 of map `unit_of` to "S"', 'row 2 of map `unit_of` to "W"',
        "without `derive org_unit = unit_of(channel)`",
    ]  # fmt: skip
    assert [each.words for each in found.surviving_mutants()] == ['row 2 of map `unit_of` to "W"']
