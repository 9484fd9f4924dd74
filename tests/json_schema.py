"""A small validator of JSON Schema: the keywords that our own schemas use, and no other."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
}
_IGNORED: Final = frozenset(
    {"title", "description", "default", "$schema", "$id", "$defs", "format", "type"}
)


def faults_of(value: object, schema: Mapping[str, object], path: str = "") -> Iterator[str]:
    """Yield the path of each part of a JSON value that a schema refuses, with the keyword."""
    kind = schema.get("type")
    if isinstance(kind, str) and not _is(value, kind):
        yield f"{path} type"
        return
    for keyword, wanted in schema.items():
        if keyword not in _IGNORED:
            yield from _keyword(value, schema, keyword, wanted, path)


def _is(value: object, kind: str) -> bool:
    number = isinstance(value, int) and not isinstance(value, bool)
    return number if kind == "integer" else isinstance(value, _TYPES[kind])


def _keyword(
    value: object, schema: Mapping[str, object], keyword: str, wanted: object, path: str
) -> Iterator[str]:
    """Yield what one keyword refuses."""
    match keyword, wanted:
        case (("anyOf" | "allOf" | "oneOf" | "not"), _):
            yield from _combined(value, keyword, wanted, path)
        case (("properties" | "required" | "additionalProperties"), _):
            if isinstance(value, dict):
                yield from _members(value, schema, keyword, path)
        case "items", dict():
            for index, each in enumerate(value if isinstance(value, list) else ()):
                yield from faults_of(each, wanted, f"{path}[{index}]")
        case _:
            if not _fits(value, keyword, wanted):
                yield f"{path} {keyword}"


def _combined(value: object, keyword: str, wanted: object, path: str) -> Iterator[str]:
    """Yield what a schema made of other schemas refuses."""
    parts: list[Mapping[str, object]] = []
    for part in wanted if isinstance(wanted, list) else [wanted]:
        assert isinstance(part, dict)
        parts.append(part)
    found = [list(faults_of(value, part, path)) for part in parts]
    if keyword == "allOf":
        yield from (fault for faults in found for fault in faults)
    elif keyword == "anyOf" and all(found):
        yield f"{path} anyOf"
    elif keyword == "oneOf" and sum(not faults for faults in found) != 1:
        yield f"{path} oneOf"
    elif keyword == "not" and not found[0]:
        yield f"{path} not"


def _fits(value: object, keyword: str, wanted: object) -> bool:
    """Whether a single value is what a keyword wants; what it does not speak of always is."""
    match keyword, wanted, value:
        case "enum", list(), _:
            return any(type(value) is type(each) and value == each for each in wanted)
        case "pattern", str(), str():
            return re.search(wanted, value, re.ASCII) is not None
        case "maxLength", int(), str():
            return len(value) <= wanted
        case "maxItems", int(), list():
            return len(value) <= wanted
        case "minItems", int(), list():
            return len(value) >= wanted
        case (("pattern" | "maxLength" | "maxItems" | "minItems"), _, _):
            return True
        case _:
            raise AssertionError(f"the validator does not know {json.dumps(keyword)}")


def _members(
    value: Mapping[str, object], schema: Mapping[str, object], keyword: str, path: str
) -> Iterator[str]:
    """Yield what is refused of the members of an object."""
    properties, required = schema.get("properties", {}), schema.get("required", [])
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    if keyword == "properties":
        for name in value.keys() & properties.keys():
            yield from faults_of(value[name], properties[name], f"{path}.{name}")
    elif keyword == "required":
        yield from (f"{path}.{name} required" for name in required if name not in value)
    else:
        others, names = schema["additionalProperties"], sorted(value.keys() - properties.keys())
        if others is False:
            yield from (f"{path}.{name} additional" for name in names)
        elif isinstance(others, dict):
            for name in names:
                yield from faults_of(value[name], others, f"{path}.{name}")


def without_references(schema: object, root: Mapping[str, object]) -> object:
    """Return a schema with what `$ref` points at, among the `$defs` of its root, in its place.

    No definition may refer to itself.
    """
    match schema:
        case {"$ref": str(reference)}:
            definitions = root["$defs"]
            assert isinstance(definitions, dict)
            return without_references(definitions[reference.removeprefix("#/$defs/")], root)
        case dict():
            members = ((key, each) for key, each in schema.items() if key != "$defs")
            return {key: without_references(each, root) for key, each in members}
        case list():
            return [without_references(each, root) for each in schema]
        case _:
            return schema
