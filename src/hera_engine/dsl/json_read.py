"""The way in from the JSON form: a copy, the models, nodes, and every fault in one run."""

from collections.abc import Mapping

from hera_engine import limits
from hera_engine.dsl import nodes
from hera_engine.dsl.json_dimensions import undeclared_dimensions
from hera_engine.dsl.json_faults import absences, in_order
from hera_engine.dsl.json_form import validate_form
from hera_engine.dsl.json_snapshot import take_snapshot
from hera_engine.dsl.json_sound import sound_part
from hera_engine.dsl.json_values import wrong_type
from hera_engine.errors import Diagnostic, Pointer


def read_json_schema(
    data: object, *, file: str = "<schema>"
) -> tuple[nodes.Schema | None, tuple[Diagnostic, ...]]:
    """Return the schema that a document describes and every fault its shape decides.

    After a fault the schema holds what is sound without it, so that later checks can speak of
    the rest; it is None where nothing is. Nodes and diagnostics have JSON pointers for places.

    Args:
        data: The document, a mapping; it is copied first, and neither kept nor changed.
        file: What diagnostics call it.

    Law: what `to_json_dict` writes is read as the same schema (tests/laws/test_json_form).
    """
    if not isinstance(data, Mapping):
        return None, (wrong_type("an object", data).diagnostic(file),)
    snapshot, flaws = take_snapshot(data)
    if snapshot is None:
        return None, tuple(bad.diagnostic(file) for bad in flaws)
    form, found = validate_form(snapshot)
    if form is None:
        form, _ = validate_form(sound_part(snapshot, found))
    flaws += (*found, *absences(snapshot))
    schema = None
    if form is not None:
        schema = form.node(Pointer(""))
        flaws += undeclared_dimensions(schema, form.dimensions, form.splits.dimensions)
    ordered = in_order(snapshot, flaws)[: limits.SCHEMA_FAULTS]
    return schema, tuple(bad.diagnostic(file) for bad in ordered)
