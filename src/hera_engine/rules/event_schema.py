"""The JSON Schema of declared events, for the services that send them.

What JSON Schema cannot say is left to the engine: that amounts carry one sign, how many decimals
each of several currencies has, that declared equations hold.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.currencies import CURRENCIES
from hera_engine.dsl import nodes
from hera_engine.dsl.json_write import preset_in_json
from hera_engine.dsl.names import HEADER_FIELDS
from hera_engine.errors import HeraError, did_you_mean
from hera_engine.event_shape import ShapeKind
from hera_engine.patterns import event_pattern
from hera_engine.routing import RouteTable
from hera_engine.rules.load import PostingSchema
from hera_engine.smart_codes import SmartCodeError, parse_smart_code

Json = dict[str, object]

_MOST_DECIMALS: Final = 4
"""The most decimals of any currency's minor unit (ISO 4217: CLF)."""
_REQUIRED: Final = ("organization_id", "event_smart_code", "total_amount", "currency")
_OBJECT_OR_NULL: Final = ("object", "null")
_SHORT_TEXTS: Final[Mapping[tuple[str, ...], int]] = MappingProxyType(
    {
        ("organization_id",): limits.DIMENSION_CHARACTERS,
        ("external_reference",): limits.REFERENCE_CHARACTERS,
        ("tax_category",): limits.DIMENSION_CHARACTERS,
        ("payment_method",): limits.DIMENSION_CHARACTERS,
        ("items", "tax_category"): limits.DIMENSION_CHARACTERS,
        ("payments", "method"): limits.DIMENSION_CHARACTERS,
        ("payments", "reference"): limits.REFERENCE_CHARACTERS,
    }
)
"""How long the texts may be that the engine reads itself: printable ASCII, and not empty."""


def declaration_for(schema: PostingSchema, code: str) -> nodes.EventDecl:
    """Return the declaration of a smart code: an exact one first, then the first that matches.

    Raises:
        HeraError: E_SMART_CODE_REQUIRED for what is no smart code, E_SCHEMA without a declaration.
    """
    try:
        route = parse_smart_code(code)
    except SmartCodeError as error:
        message = f"`{code}` is not a smart code: {error.reason}"
        raise HeraError("E_SMART_CODE_REQUIRED", message) from None
    declared = schema.nodes.events
    table = RouteTable(event_pattern(each.on.text, regex=each.on.regex) for each in declared)
    index = table.find(route)
    if index is None:
        names = tuple(each.on.text for each in declared)
        hint = did_you_mean(code, names) or "add a declaration `event … { … }` that matches it"
        message = f"the schema declares no event for {code}"
        raise HeraError("E_SCHEMA", message, details={"declared": list(names[:100])}, hint=hint)
    return declared[index]


def any_event_schema() -> Json:
    """Return the JSON Schema of any event of any schema, draft 2020-12."""
    header = _header(_MOST_DECIMALS)
    return {
        "type": "object",
        "title": "BusinessEvent",
        "description": "one business event",
        "properties": {
            **{name: _field(kind, needed=name in _REQUIRED) for name, kind in header.items()},
            "business_context": {"type": list(_OBJECT_OR_NULL)},
        },
        "required": list(_REQUIRED),
        "additionalProperties": False,
    }


def declared_event_schema(schema: PostingSchema, code: str) -> Json:
    """Return the JSON Schema of the events of a smart code, draft 2020-12.

    Args:
        schema: The schema that declares them.
        code: Their smart code.

    Raises:
        HeraError: As `declaration_for`.
    """
    decl = declaration_for(schema, code)
    checks = schema.nodes.validations or nodes.Validations()
    decimals = _decimals(schema.nodes, decl)
    own = tuple(each for each in decl.fields if each.name.text not in HEADER_FIELDS)
    context = _Writing(decimals).record(own, is_open=decl.open)
    declared = {each.name.text: each for each in decl.fields if each.name.text in HEADER_FIELDS}
    kinds = _header(decimals)
    kinds["event_smart_code"] = {"enum": _spellings(code)}
    if checks.currencies:
        kinds["currency"] = {"enum": [currency.text for currency in checks.currencies]}
    for name, field in declared.items():
        if field.type.word is ShapeKind.CHOICE:
            kinds[name] = {"enum": list(field.type.choices)}
    demanded = [name for name, field in declared.items() if not field.optional]
    if checks.require_external_ref:
        demanded.append("external_reference")
    if context.get("required"):
        demanded.append("business_context")
    else:
        context["type"] = list(_OBJECT_OR_NULL)
    needed = dict.fromkeys((*_REQUIRED, *demanded))
    return {
        "type": "object",
        "title": code,
        "description": f"business events {code}",
        "properties": {
            **{name: _field(kind, needed=name in needed) for name, kind in kinds.items()},
            "business_context": context,
        },
        "required": list(needed),
        "additionalProperties": False,
    }


def _header(decimals: int) -> dict[str, Json]:
    """Return the schema of each field of an event's header, where it is there."""
    text: Json = {"type": "string"}
    code: Json = {"type": "string", "pattern": "^[A-Z]{3}$"}
    per_base: Json = {
        "type": "object",
        "properties": {"per_base": {"anyOf": _rates()}},
        "required": ["per_base"],
        "additionalProperties": False,
    }
    return {
        "organization_id": _short(("organization_id",)),
        "event_smart_code": text,
        "total_amount": _amount(decimals),
        "currency": code,
        "external_reference": _short(("external_reference",)),
        "transaction_date": _single(ShapeKind.DATE),
        "posting_date": _single(ShapeKind.DATE),
        "base_currency": code,
        "exchange_rate": {"anyOf": [*_rates(), per_base]},
        "metadata": {"type": "object"},
        "simulate": {"type": "boolean"},
    }


def _field(kind: Json, *, needed: bool) -> Json:
    """Return the schema of a field; null says that one is not there that need not be."""
    return kind if needed else {"anyOf": [kind, {"type": "null"}]}


def _spellings(code: str) -> list[str]:
    """Return a smart code with a capital and a small letter before its version."""
    head, _, version = code.rpartition(".")
    return [f"{head}.V{version[1:]}", f"{head}.v{version[1:]}"]


def _decimals(schema: nodes.Schema, decl: nodes.EventDecl) -> int:
    """Return the most decimals that money of the event can have."""
    named = next((each.type.choices for each in decl.fields if each.name.text == "currency"), ())
    allowed = () if schema.validations is None else schema.validations.currencies
    codes = named or tuple(currency.text for currency in allowed)
    known = [CURRENCIES[each].exponent for each in codes if each in CURRENCIES]
    return max((each for each in known if each is not None), default=_MOST_DECIMALS)


class _Writing:
    """How the types of one declaration are written."""

    __slots__ = ("decimals",)

    def __init__(self, decimals: int) -> None:
        self.decimals = decimals

    def record(
        self, fields: tuple[nodes.FieldDecl, ...], *, is_open: bool, path: tuple[str, ...] = ()
    ) -> Json:
        """Return the schema of a record that stands at a path of the business context."""
        required = [each.name.text for each in fields if not each.optional and each.preset is None]
        return {
            "type": "object",
            "properties": {
                each.name.text: self.field(each, (*path, each.name.text)) for each in fields
            },
            **({"required": required} if required else {}),
            **({} if is_open else {"additionalProperties": False}),
        }

    def field(self, field: nodes.FieldDecl, path: tuple[str, ...]) -> Json:
        """Return the schema of a field."""
        needed = not field.optional and field.preset is None
        found = _field(self.type(field.type, path), needed=needed)
        return found if field.preset is None else {**found, "default": preset_in_json(field.preset)}

    def type(self, kind: nodes.FieldType, path: tuple[str, ...]) -> Json:
        """Return the schema of a type."""
        match kind.word:
            case ShapeKind.MONEY | ShapeKind.SIGNED_MONEY:
                return _amount(self.decimals)
            case ShapeKind.NUMBER:
                return _amount(limits.AMOUNT_SCALE)
            case ShapeKind.CHOICE:
                return {"enum": list(kind.choices)}
            case ShapeKind.RECORD:
                return self.record(kind.fields, is_open=kind.open, path=path)
            case ShapeKind.LIST if kind.member is not None:
                most = limits.EVENT_ITEMS
                return {"type": "array", "items": self.type(kind.member, path), "maxItems": most}
            case ShapeKind.TEXT if path in _SHORT_TEXTS:
                return _short(path)
            case _:
                return _single(kind.word)


_WHOLE: Final = rf"(0|[1-9][0-9]{{0,{limits.AMOUNT_INTEGER_DIGITS - 1}}})"
_LARGEST: Final = 10**limits.AMOUNT_INTEGER_DIGITS - 1


def _amount(decimals: int) -> Json:
    """Return the schema of a decimal string, or a whole number; zeros at the end are free."""
    zeros = limits.AMOUNT_SCALE - decimals
    fraction = rf"[0-9]{{1,{decimals}}}0{{0,{zeros}}}" if decimals else rf"0{{1,{zeros}}}"
    text = {"type": "string", "pattern": rf"^-?{_WHOLE}(\.{fraction})?$"}
    return {"anyOf": [text, {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST}]}


def _rates() -> list[Json]:
    """Return the schemas of a rate above zero: a decimal string, and a whole number."""
    fraction = rf"\.[0-9]{{1,{limits.AMOUNT_SCALE}}}"
    text: Json = {"type": "string", "pattern": rf"^(?!0(\.0+)?$){_WHOLE}({fraction})?$"}
    return [text, {"type": "integer", "minimum": 1, "maximum": _LARGEST}]


def _short(path: tuple[str, ...]) -> Json:
    """Return the schema of a text that the engine reads itself."""
    return {"type": "string", "pattern": f"^[ -~]{{1,{_SHORT_TEXTS[path]}}}$"}


def _single(word: ShapeKind) -> Json:
    """Return the schema of a text, a date or a truth."""
    found: Json = json.loads(_SINGLE[word])
    return found


_SINGLE: Final[Mapping[ShapeKind, str]] = MappingProxyType(
    {
        ShapeKind.TEXT: f'{{"type": "string", "maxLength": {limits.STRING_CHARACTERS}}}',
        ShapeKind.DATE: '{"type": "string", "format": "date", '
        '"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}',
        ShapeKind.TRUTH: '{"type": "boolean"}',
    }
)
