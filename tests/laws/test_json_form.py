"""Laws of the JSON form: it says what the nodes say, and refuses everything else in our words."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from hera_engine.dsl import nodes
from hera_engine.dsl.format import format_nodes
from hera_engine.dsl.json_read import read_json_schema
from hera_engine.dsl.json_write import to_json_dict
from hera_engine.dsl.parse import parse_schema
from hera_engine.testing.strategies import schemas

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)

SECTIONS = (
    "name", "version", "effective_from", "ledgers", "accounts", "tax", "tax_profiles",
    "dimensions", "splits", "dimension_requirements", "carry", "payments", "validations", "maps",
    "postings", "cases", "comments", "events", "derive",
)  # fmt: skip


@settings(max_examples=100)
@given(schemas())
def test_what_is_written_is_read_as_the_same_schema(schema: nodes.Schema) -> None:
    """Every schema survives the JSON form, as plain values and as text of JSON."""
    data = to_json_dict(schema)

    direct, found = read_json_schema(data)
    through_text, _ = read_json_schema(json.loads(json.dumps(data)))

    assert found == ()
    assert direct == schema
    assert through_text == schema
    assert to_json_dict(direct) == data


@settings(max_examples=30)
@given(schemas())
def test_both_forms_say_the_same(schema: nodes.Schema) -> None:
    """A schema's text and its JSON form are read as equal schemas."""
    from_json, _ = read_json_schema(to_json_dict(schema))
    from_text, _ = parse_schema(format_nodes(schema))

    assert from_json == from_text


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(SECTIONS), JSON))
def test_any_document_gives_faults_with_pointers(data: dict[str, object]) -> None:
    """Whatever the sections hold, faults have places in the document and nothing is raised."""
    _, found = read_json_schema(data)

    assert found
    assert all(fault.pointer is not None and str(fault) for fault in found)


@settings(max_examples=100)
@given(schemas(), st.data())
def test_a_broken_section_never_raises(schema: nodes.Schema, data: st.DataObject) -> None:
    """A sound document with a section replaced by anything gives a schema or faults."""
    document = to_json_dict(schema)
    document[data.draw(st.sampled_from(SECTIONS))] = data.draw(JSON)

    result, found = read_json_schema(document)

    assert result is not None or found
