"""Any document either loads or has at least one diagnostic with a place inside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from hera_engine import Diagnostic, PostingEngine, SchemaError, check_schema, load_schema
from hera_engine.dsl.format import format_nodes
from hera_engine.errors import Severity
from hera_engine.testing.event_strategies import hostile_values
from hera_engine.testing.strategies import schemas
from tests.laws.posting import DECLARATIONS, SETTLEMENT, examples

RUNBOOK: Final = Path(__file__).parents[2] / "examples" / "runbook"
TEXT: Final = (RUNBOOK / "salon.hera").read_text(encoding="utf-8")
DOCUMENT: Final = json.loads((RUNBOOK / "posting-schema.json").read_text(encoding="utf-8"))
WORDS: Final = tuple(dict.fromkeys(TEXT.split()))

fragments = st.lists(
    st.sampled_from(WORDS)
    | st.sampled_from(
        ("{", "}", '"', "#", "(", ")", "\n", "->", "`", "\\", "1e9", "\x00", "\u202e")
    )
    | st.text(max_size=6),
    max_size=40,
).map(" ".join)


def _errors(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    return tuple(fault for fault in found if fault.severity is Severity.ERROR)


def _check(source: str | Mapping[str, object]) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a source; check_schema and load_schema must agree on it."""
    found = check_schema(source)
    assert all(str(fault) and fault.to_dict()["code"] == fault.code for fault in found)
    caught: SchemaError | None = None
    try:
        load_schema(source)
    except SchemaError as error:
        caught = error
    assert caught is None or _errors(caught.diagnostics)
    assert caught is None or _errors(found)
    return found


def _assert_inside(found: tuple[Diagnostic, ...], text: str) -> None:
    """Assert that each span lies inside the text, or just behind its last character."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for fault in found:
        span = fault.span
        if span is None:
            continue
        assert 1 <= span.line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        assert span.end_line <= len(lines) + 1


@examples(120)
@given(st.text(max_size=200) | fragments)
@example("")
@example("{")
@example("[]")
@example("\ufeff")
@example("ledgers GL\r\non HERA.POS.SALE.V1 {\r\n  debit cash (1\r\n}")
def test_any_text_loads_or_is_told_what_is_wrong(text: str) -> None:
    """A text that does not load has an error whose span lies inside it; nothing is raised."""
    found = _check(text)

    assert _errors(found), "texts so random are no schemas"
    _assert_inside(found, text)


@examples(80)
@given(st.data())
def test_a_schema_with_a_piece_cut_out_or_put_in_is_read_to_its_end(data: st.DataObject) -> None:
    """Damaging a sound schema anywhere gives diagnostics with places inside, or a sound one."""
    start = data.draw(st.integers(0, len(TEXT)))
    end = data.draw(st.integers(start, min(start + 40, len(TEXT))))
    piece = data.draw(st.sampled_from(WORDS) | st.text(max_size=3) | st.sampled_from('{}()"#\\`'))

    text = TEXT[:start] + piece + TEXT[end:]

    _assert_inside(_check(text), text)


@examples(150)
@given(st.data())
def test_any_value_in_a_json_schema_is_told_what_is_wrong(data: st.DataObject) -> None:
    """A JSON schema with any value at any place loads or gives diagnostics, from text too."""
    document = json.loads(json.dumps(DOCUMENT))
    value = data.draw(hostile_values())
    place: dict[str, object] | list[object] = document
    for _ in range(data.draw(st.integers(0, 3))):
        inner = [each for each in _values(place) if isinstance(each, dict | list) and each]
        if not inner:
            break
        place = data.draw(st.sampled_from(inner))
    _put(place, data.draw(st.sampled_from(_keys(place))), value)

    _check(document)


def _values(place: dict[str, object] | list[object]) -> list[object]:
    return list(place.values()) if isinstance(place, dict) else list(place)


def _keys(place: dict[str, object] | list[object]) -> list[str | int]:
    return [*place, "postings", "maps", "cases", "x"] if isinstance(place, dict) else [0]


def _put(place: dict[str, object] | list[object], key: str | int, value: object) -> None:
    if isinstance(place, dict):
        place[str(key)] = value
    elif isinstance(key, int):
        place[key] = value


@examples(60)
@given(hostile_values())
def test_anything_at_all_is_no_schema(value: object) -> None:
    """What is neither text nor a mapping is refused with diagnostics too."""
    assert _errors(check_schema(value))  # type: ignore[arg-type] # whatever a caller may send


@examples(40)
@given(schemas())
def test_generated_schemas_become_engines_or_say_why_not(schema: object) -> None:
    """A schema without faults compiles, or the chart and the profiles show what is missing."""
    text = format_nodes(schema)  # type: ignore[arg-type] # the strategy gives nodes
    found = check_schema(text)

    caught: SchemaError | None = None
    try:
        PostingEngine(text, allocators={"by_hours": lambda _facts: {"A": 1}})
    except SchemaError as error:
        caught = error

    assert caught is None or _errors(caught.diagnostics)
    # check_schema is given no allocators, so it misses the one that the engine has.
    missed = {fault.name for fault in _errors(found)} - {"UNKNOWN_ALLOCATOR"}
    assert (caught is None) == (missed == set())


def test_a_broken_rule_leaves_the_others_readable() -> None:
    """The laws' own schema is sound, and with one word broken it has exactly that fault."""
    broken = (DECLARATIONS + SETTLEMENT).replace("credit clearing total", "credit clearin total")

    assert _errors(check_schema(DECLARATIONS + SETTLEMENT)) == ()
    assert [fault.name for fault in _errors(check_schema(broken))] == ["UNKNOWN_ACCOUNT"]
