"""What JSON Schema says of single values of the JSON form, as JSON text.

Kept as text, because a module's constants cannot be changed; `json_form` puts them together.
"""

import json
from collections.abc import Mapping
from typing import Final

from hera_engine.dsl import nodes

TEXT: Final = '{"type": "string"}'
FILLED: Final = '{"type": "string", "minLength": 1}'
NAMES: Final = f'{{"type": "array", "items": {FILLED}}}'
NUMBER: Final = """{"anyOf": [
  {"type": "string", "pattern": "^(0|[1-9][0-9]{0,17})(\\\\.[0-9]{1,12})?$"},
  {"type": "integer", "minimum": 0}
]}"""
PERCENT: Final = NUMBER.replace("?$", "?%?$")
EVENTS: Final = """{"anyOf": [
  {"type": "string"},
  {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
   "properties": {"glob": {"type": "string"}, "regex": {"type": "string"}}}
]}"""
ACCOUNTS: Final = EVENTS.replace('{"glob"', '{"account": {"type": "string"}, "glob"')
TRUTH: Final = '{"type": "boolean"}'
DAY: Final = '{"type": "string", "format": "date"}'
OBJECT: Final = '{"type": "object"}'
TEXTS: Final = '{"type": "object", "additionalProperties": {"type": "string"}}'
KEYS: Final = """{"type": "array", "items": {"anyOf": [
  {"type": ["string", "null"]},
  {"type": "object", "required": ["text"], "additionalProperties": false,
   "properties": {"text": {"type": "string"}}}
]}}"""
LINES: Final = '{"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}'
COMMENTS: Final = f"""{{"type": "object", "additionalProperties": {{"anyOf": [
  {{"type": "string"}},
  {{"type": "object", "additionalProperties": false, "properties":
    {{"before": {LINES}, "after": {{"type": "string"}}, "inside": {LINES}}}}}
]}}}}"""
ALLOCATION: Final = f"""{{"anyOf": [
  {{"type": "null"}},
  {{"type": "object", "additionalProperties": {PERCENT.replace("%?$", "%?$|^remaining$")}}},
  {{"type": "object", "required": ["allocator"], "additionalProperties": false,
    "properties": {{"allocator": {FILLED}}}}},
  {{"type": "array", "items": {{"type": "object", "required": ["value"],
    "additionalProperties": false, "minProperties": 2, "maxProperties": 2,
    "properties": {{"value": {TEXT}, "percent": {PERCENT}, "amount": {NUMBER},
                    "remaining": {{"const": true}}}}}}}}
]}}"""
SHORT_RATES: Final = f"""{{
  "type": "object", "required": ["standard"], "additionalProperties": false,
  "properties": {{"standard": {PERCENT}, "zero": {PERCENT}, "exempt": {{"type": "null"}}}}
}}"""
LEDGERS: Final = json.dumps(
    {"type": "array", "minItems": 1, "items": {"enum": [*nodes.LEDGER_NAMES]}}
)


def tidy(schema: object) -> object:
    """Return a JSON Schema without titles made from keys and without empty defaults."""
    if isinstance(schema, list):
        return [tidy(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    found: dict[str, object] = {}
    for key, part in schema.items():
        if key in {"properties", "$defs"} and isinstance(part, Mapping):
            found[key] = {name: tidy(inner) for name, inner in part.items()}
        elif key != "title" and not (key == "default" and part in (None, [], {})):
            found[key] = tidy(part)
    return found
