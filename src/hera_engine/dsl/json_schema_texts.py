"""What JSON Schema says of single values of the JSON form, as JSON text.

Kept as text, because a module's constants cannot be changed; `json_form` puts them together.
"""

import json
from collections.abc import Mapping
from typing import Final

from hera_engine import limits
from hera_engine.dsl import nodes
from hera_engine.money import RoundingMode

TEXT: Final = '{"type": "string"}'
FILLED: Final = '{"type": "string", "minLength": 1}'
NAMES: Final = f'{{"type": "array", "items": {FILLED}}}'
NUMBER: Final = """{"anyOf": [
  {"type": "string", "pattern": "^(0|[1-9][0-9]{0,17})(\\\\.[0-9]{1,12})?$"},
  {"type": "integer", "minimum": 0}
]}"""
PERCENT: Final = NUMBER.replace("?$", "?%?$")
SIGNED: Final = """{"anyOf": [
  {"type": "string", "pattern": "^-?(0|[1-9][0-9]{0,17})(\\\\.[0-9]{1,12})?%?$"},
  {"type": "integer"}
]}"""
EVENTS: Final = """{"anyOf": [
  {"type": "string"},
  {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
   "properties": {"glob": {"type": "string"}, "regex": {"type": "string"}}}
]}"""
ACCOUNTS: Final = EVENTS.replace('{"glob"', '{"account": {"type": "string"}, "glob"')
TRUTH: Final = '{"type": "boolean"}'
DAY: Final = '{"type": "string", "format": "date"}'
OBJECT: Final = '{"type": "object"}'
EXCHANGE: Final = f"""{{"type": "object", "required": ["gain", "loss"],
  "additionalProperties": false, "properties": {{"gain": {FILLED}, "loss": {FILLED}}}}}"""
TEXTS: Final = '{"type": "object", "additionalProperties": {"type": "string"}}'
_QUOTED: Final = f"""{{"type": "object", "required": ["text"], "additionalProperties": false,
  "properties": {{"text": {TEXT}}}}}"""
KEYS: Final = f"""{{"type": "array", "items": {{"anyOf": [
  {{"type": ["string", "null"]}}, {_QUOTED}
]}}}}"""
ROW_TARGET: Final = f'{{"anyOf": [{{"type": ["string", "null"], "minLength": 1}}, {_QUOTED}]}}'
DERIVE: Final = f"""{{"type": "array", "items": {{
  "type": "object", "required": ["name", "from"], "additionalProperties": false,
  "properties": {{"name": {FILLED}, "on": {EVENTS}, "from": {FILLED}}}
}}}}"""
LINES: Final = '{"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}'
COMMENTS: Final = f"""{{"type": "object", "additionalProperties": {{"anyOf": [
  {{"type": "string"}},
  {{"type": "object", "additionalProperties": false, "properties":
    {{"heading": {LINES}, "before": {LINES}, "after": {{"type": "string"}}, "inside": {LINES}}}}}
]}}}}"""
_TYPES: Final = '{"enum": ["money", "signed money", "number", "text", "date", "truth"]}'
_FIELDS: Final = f"""{{"type": "object", "additionalProperties": {{"anyOf": [
  {_TYPES},
  {{"type": "object", "additionalProperties": false, "properties": {{
    "type": {_TYPES}, "one_of": {{"type": "array", "minItems": 1, "items": {TEXT}}},
    "list_of": {{"type": ["string", "object"]}}, "fields": {OBJECT}, "open": {TRUTH},
    "optional": {TRUTH}, "default": {{"type": ["string", "integer", "boolean", "null"]}}
  }}}}
]}}}}"""
DECLARATIONS: Final = f"""{{"type": "array", "items": {{
  "type": "object", "required": ["on", "fields"], "additionalProperties": false,
  "properties": {{"on": {EVENTS}, "open": {TRUTH}, "fields": {_FIELDS}, "given": {NAMES}}}
}}}}"""


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


def _optional_texts(*keys: str) -> str:
    """Return the members of an object that are texts or null."""
    return ", ".join(f'"{key}": {{"type": ["string", "null"], "minLength": 1}}' for key in keys)


_SHARED: Final = f"""
    "inclusive": {{"type": ["boolean", "null"]}}, "reverse_charge": {TRUTH},
    "recoverable": {{"anyOf": [{PERCENT}, {{"type": "null"}}]}},
    {_optional_texts("account", "input_account", "expense_account", "source")},
    "effective_from": {{"type": ["string", "null"], "format": "date"}},
    "effective_to": {{"type": ["string", "null"], "format": "date"}}"""
RATES: Final = f"""{{"anyOf": [
  {{"type": "array", "maxItems": {limits.SCHEMA_RULES}, "items": {{
    "type": "object", "additionalProperties": false, "properties": {{
      {_optional_texts("code")}, "percent": {{"anyOf": [{PERCENT}, {{"type": "null"}}]}},
      "exempt": {TRUTH}, "categories": {NAMES},
      "reason": {json.dumps({"enum": [*nodes.REASONS, None]})}, {_SHARED}
    }}
  }}}},
  {{"type": "object", "required": ["standard"], "additionalProperties": false,
    "properties": {{"standard": {PERCENT}, "zero": {PERCENT}, "exempt": {{"type": "null"}}}}}}
]}}"""
_FLAGS: Final = ", ".join(f'"{key}": {TRUTH}' for key in ("compound", "base_affected", "retained"))
_KINDS: Final = json.dumps({"enum": [*nodes.ComponentWord]})
COMPONENTS: Final = f"""{{"type": "array", "maxItems": {limits.PROFILE_COMPONENTS}, "items": {{
  "type": "object", "required": ["code"], "additionalProperties": false, "properties": {{
    "code": {FILLED}, "kind": {_KINDS}, "rate": {SIGNED}, "on": {NAMES},
    "tiers": {{"type": "array", "items": {{
      "type": "object", "required": ["rate"], "additionalProperties": false,
      "properties": {{"up_to": {{"anyOf": [{NUMBER}, {{"type": "null"}}]}}, "rate": {SIGNED}}}}}}},
    "sequence": {{"type": ["integer", "null"], "minimum": 0}},
    "repartition": {{"type": "array", "items": {SIGNED}}},
    {_optional_texts("group", "jurisdiction")}, {_FLAGS}, {_SHARED}
  }}
}}}}"""
BEARING: Final = f'{{"type": "object", "additionalProperties": {NAMES}}}'
ROUNDING_RULE: Final = f"""{{"type": "object", "additionalProperties": false, "properties": {{
  "name": {{"type": ["string", "null"], "minLength": 1}},
  "mode": {json.dumps({"enum": [*RoundingMode, None]})},
  "increment": {{"anyOf": [{NUMBER}, {{"type": "null"}}]}},
  "spread": {json.dumps({"enum": [*nodes.SPREADS, None]})}
}}}}"""
LEDGERS: Final = json.dumps(
    {"type": "array", "minItems": 1, "items": {"enum": [*nodes.LEDGER_NAMES]}}
)


_ERROR: Final = '{"type": ["string", "null"], "pattern": "^E_[A-Z0-9_]+$"}'
_STANDING: Final = f'"dimensions": {TEXTS}, {_optional_texts("ledger", "currency")}'
_FIGURE: Final = f'"amount": {NUMBER}, "base": {NUMBER}'
_FIGURED: Final = '"anyOf": [{"required": ["amount"]}, {"required": ["base"]}]'
_SIDED: Final = f'"side": {json.dumps({"enum": [*nodes.SideWord]})}, {_optional_texts("account")}'
_CASE_HEAD: Final = f"""
  "name": {TEXT}, {_optional_texts("on")}, "like": {{"type": ["string", "null"]}},
  "event": {OBJECT}"""
_HEADED: Final = """"required": ["name"], "additionalProperties": false,
  "anyOf": [{"required": ["on"]}, {"required": ["like"]}]"""
CASES: Final = f"""{{"type": "array", "items": {{
  "type": "object", {_HEADED}, "properties": {{{_CASE_HEAD},
    "expect": {{"type": "array", "items": {{
      "type": "object", {_FIGURED}, "additionalProperties": false,
      "oneOf": [{{"required": ["debit"]}}, {{"required": ["credit"]}}],
      "properties": {{"debit": {FILLED}, "credit": {FILLED}, {_FIGURE}, {_STANDING}}}}}}},
    "totals": {{"type": "array", "items": {{
      "type": "object", "required": ["side"], {_FIGURED}, "additionalProperties": false,
      "properties": {{{_SIDED}, {_FIGURE}, {_STANDING}}}}}}},
    "warnings": {{"type": "array", "items": {TEXT}}}, "error": {_ERROR}
  }}
}}}}"""
CASE_TABLES: Final = f"""{{"type": "array", "items": {{
  "type": "object", {_HEADED}, "properties": {{{_CASE_HEAD},
    "inputs": {{"type": "array", "minItems": 1, "items": {TEXT}}},
    "columns": {{"type": "array", "minItems": 1, "items": {{
      "type": "object", "required": ["side"], "additionalProperties": false,
      "properties": {{{_SIDED}, "total": {TRUTH}, "base": {TRUTH}, {_STANDING}}}}}}},
    "rows": {{"type": "array", "items": {{
      "type": "object", "required": ["name", "values"], "additionalProperties": false,
      "properties": {{"name": {TEXT}, "values": {{"type": "array"}}, "error": {_ERROR},
                      "amounts": {{"type": "array", "items": {NUMBER}}}}}}}}}
  }}
}}}}"""


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
