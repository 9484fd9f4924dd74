"""Loads posting schemas: either form in, a checked `PostingSchema` or all its faults out.

Here the text form, the JSON form and the tax room meet: faults of a tax profile written in a
schema get their place in it.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.canonical import canonical_schema
from hera_engine.dsl.check import check_nodes, check_strict
from hera_engine.dsl.format import format_nodes
from hera_engine.dsl.json_write import to_json_dict
from hera_engine.dsl.scan import declared_names
from hera_engine.errors import (
    Diagnostic,
    Place,
    Pointer,
    SchemaError,
    Severity,
    Span,
    diagnose,
    foremost,
)
from hera_engine.faults import BAD_JSON, DUPLICATE_KEY, EMPTY_SCHEMA, WRONG_TYPE
from hera_engine.json_text import JsonTextError, dumps, loads
from hera_engine.settings import Settings
from hera_engine.tax.profile import TaxProfile, validate_profile_mapping

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
"""Where a line of a document ends; other separators are characters of the line."""

LANGUAGE_VERSION = 1
"""Version of the posting language; it enters every fingerprint."""


@dataclass(frozen=True, eq=False)
class PostingSchema:
    """A posting schema whose document has no faults.

    Two are equal when they mean the same, whichever form they were written in. ``warnings``
    holds what a reviewer should look at.
    """

    nodes: nodes.Schema
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)

    def to_json_dict(self) -> dict[str, object]:
        """Return the JSON form as plain values; loading it gives an equal schema."""
        return to_json_dict(self.nodes)

    @property
    def own_profiles(self) -> Mapping[str, TaxProfile]:
        """The tax profiles declared in the schema, by name, with numbers in one spelling.

        A journal shows the rates of a profile, and schemas that are equal post the same.
        """
        bare = canonical_schema(nodes.Schema(tax_profiles=self.nodes.tax_profiles))
        found, _ = _own_profiles(bare)
        return found

    @cached_property
    def canonical_json(self) -> str:
        """The meaning of the schema as text: what equality and fingerprint are taken of."""
        return dumps(to_json_dict(canonical_schema(self.nodes)), sort_keys=True)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PostingSchema):
            return NotImplemented
        return self.canonical_json == other.canonical_json

    def __hash__(self) -> int:
        return self.canonical_json.__hash__()


def load_schema(source: str | Mapping[str, object] | PostingSchema) -> PostingSchema:
    """Return the posting schema that a document describes.

    Args:
        source: The text form, the JSON form as text, or the JSON form as a mapping.

    Raises:
        SchemaError: With every fault that the document alone decides, in document order.
    """
    if isinstance(source, PostingSchema):
        return source
    found, diagnostics = read_schema(source)
    errors = any(fault.severity is Severity.ERROR for fault in diagnostics)
    if found is None or errors:
        raise SchemaError(diagnostics)
    return PostingSchema(found, diagnostics)


def format_schema(schema: str | Mapping[str, object] | PostingSchema) -> str:
    """Return a schema's canonical text, comments and order kept.

    Law: ``load_schema(format_schema(s)) == s`` and formatting is idempotent
    (tests/laws/test_two_forms.py).

    Raises:
        SchemaError: If a document is given that has faults.
    """
    return format_nodes(load_schema(schema).nodes)


def read_schema(
    source: str | Mapping[str, object], *, file: str = "<schema>"
) -> tuple[nodes.Schema | None, tuple[Diagnostic, ...]]:
    """Return the nodes of a document as far as it can be read, and all its diagnostics."""
    found, faults = _read(source, file)
    if found is None:
        return None, foremost(place_in_source(faults, source, file))
    _, of_profiles = _own_profiles(found)
    meant = declared_names(source) if faults and isinstance(source, str) else frozenset()
    every = (*faults, *check_nodes(found, complete=not faults, meant=meant), *of_profiles)
    return found, foremost(place_in_source(every, source, file))


def sound_schema(document: nodes.Schema) -> PostingSchema | None:
    """Return the schema of nodes that were changed after reading, or None if they have faults."""
    _, of_profiles = _own_profiles(document)
    found = (*check_nodes(document), *of_profiles)
    if any(fault.severity is Severity.ERROR for fault in found):
        return None
    return PostingSchema(document, found)


def check_for_settings(schema: PostingSchema, settings: Settings) -> tuple[Diagnostic, ...]:
    """Return what a strict engine refuses in a schema that is sound otherwise."""
    return check_strict(
        schema.nodes,
        require_uuid_ids=settings.require_uuid_ids,
        standard_dimensions_only=settings.standard_dimensions_only,
    )


def _read(source: object, file: str) -> tuple[nodes.Schema | None, tuple[Diagnostic, ...]]:
    """Return the nodes of either form; JSON text begins with a brace."""
    if isinstance(source, Mapping):
        return _read_mapping(source, file)
    if not isinstance(source, str):
        reason = f"a schema is a string or a mapping, not {type(source).__name__}"
        return None, (diagnose(WRONG_TYPE, None, reason=reason),)
    if not source.strip().lstrip("\ufeff"):
        return None, (diagnose(EMPTY_SCHEMA, Span(1, 1, 1, 1)),)
    if is_json_form(source):
        return _read_json_text(source, file)
    # Lark costs as much to import as the rest of the package together, and only the text form
    # needs it.
    from hera_engine.dsl.parse import parse_schema  # noqa: PLC0415

    return parse_schema(source, file=file)


def is_json_form(source: str) -> bool:
    """Whether the text of a document is in the JSON form: it begins with a brace."""
    return source.lstrip("\ufeff \t\r\n").startswith("{")


def _read_json_text(source: str, file: str) -> tuple[nodes.Schema | None, tuple[Diagnostic, ...]]:
    try:
        data = loads(source)
    except JsonTextError as error:
        place = _position(error)
        if error.key is not None:
            return None, (diagnose(DUPLICATE_KEY, place, key=error.key),)
        return None, (diagnose(BAD_JSON, place, reason=error.reason),)
    if not isinstance(data, Mapping):
        return None, (diagnose(WRONG_TYPE, Pointer(""), reason="a schema is an object"),)
    return _read_mapping(data, file)


def _read_mapping(
    source: Mapping[str, object], file: str
) -> tuple[nodes.Schema | None, tuple[Diagnostic, ...]]:
    # Pydantic holds the JSON form to its shape; the text form does without it.
    from hera_engine.dsl.json_read import read_json_schema  # noqa: PLC0415

    return read_json_schema(source, file=file)


def _position(error: JsonTextError) -> Place | None:
    if error.position is None:
        return None
    line, column = error.position
    return Span(line, column, line, column + 1)


def _own_profiles(
    schema: nodes.Schema,
) -> tuple[dict[str, TaxProfile], tuple[Diagnostic, ...]]:
    """Return the tax profiles declared in a schema, and their faults at their places."""
    profiles: dict[str, TaxProfile] = {}
    faults: list[Diagnostic] = []
    data = to_json_dict(nodes.Schema(tax_profiles=schema.tax_profiles))
    written = data.get("tax_profiles", [])
    for decl, mapping in zip(schema.tax_profiles, written, strict=True):  # type: ignore[call-overload] # a list of objects by construction
        profile, found = validate_profile_mapping(mapping)
        faults.extend(replace(fault, place=_place_in(decl, fault.place)) for fault in found)
        if profile is not None:
            profiles[decl.name.text] = profile
    return profiles, tuple(faults)


_NODE_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"component_categories": "bearing", "rounding_rule": "rule", "code": "name"}
)
"""Keys of a profile in JSON form whose field of the node has another name."""


def _place_in(decl: nodes.TaxProfileDecl, place: Place | None) -> Place | None:
    """Return where a profile's fault stands in the schema: at the smallest node that has a place.

    Args:
        decl: The profile as it was written.
        place: A pointer into the JSON form of the profile.
    """
    found, at = _inside(decl, place), decl.at
    for each in found:
        at = each.at or at
    return at


def _inside(decl: nodes.TaxProfileDecl, place: Place | None) -> Iterator[nodes.Node]:
    """Yield the nodes on the way to what a pointer names, from the outside in."""
    parts = place.path.split("/")[1:] if isinstance(place, Pointer) else []
    current: object = decl
    for part in parts:
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(current, nodes.CategoryDecl):
            current = current.components
        if isinstance(current, nodes.Node):
            current = getattr(current, _NODE_FIELDS.get(step, step), None)
        elif isinstance(current, tuple):
            current = _member(current, step)
        if isinstance(current, nodes.Node):
            yield current
    if isinstance(current, tuple) and current and isinstance(current[0], nodes.Node):
        yield current[0]


def _member(nodes_there: tuple[object, ...], step: str) -> object:
    """Return the member of a tuple that an index or the name of a category leads to, or None."""
    for each in nodes_there:
        if isinstance(each, nodes.CategoryDecl) and each.category.text == step:
            return each
    index = int(step) if step.isascii() and step.isdigit() and len(step) < _INDEX_DIGITS else -1
    return nodes_there[index] if 0 <= index < len(nodes_there) else None


_INDEX_DIGITS: Final = 9


def place_in_source(
    faults: Iterable[Diagnostic], source: object, file: str = "<schema>"
) -> tuple[Diagnostic, ...]:
    """Return diagnostics in document order, each once, with its file and source line."""
    lines = _LINE_END.split(source.lstrip("\ufeff")) if isinstance(source, str) else []
    known = {(fault.kind.code, fault.place, fault.fields): fault for fault in faults}
    placed = [_with_source(fault, lines, file) for fault in known.values()]
    return tuple(sorted(placed, key=_order))


def _with_source(fault: Diagnostic, lines: list[str], file: str) -> Diagnostic:
    span = fault.span
    excerpt = fault.excerpt
    if span is not None and excerpt is None and span.line <= len(lines):
        excerpt = lines[span.line - 1]
    return replace(fault, file=file, excerpt=excerpt)


def _order(fault: Diagnostic) -> tuple[int, int, int]:
    """Sort errors and warnings by place; what concerns the whole document comes last."""
    span = fault.span
    warning = int(fault.severity is not Severity.ERROR)
    return (1, 0, warning) if span is None else (0, span.line * 10**6 + span.column, warning)


# --- fingerprints --------------------------------------------------------------------------


def fingerprint(parts: Mapping[str, object]) -> str:
    """Return the SHA-256, in hexadecimal, of what decides how events are posted."""
    text = dumps({"language": LANGUAGE_VERSION, **parts}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
