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
_RATE: Final = "exchange_rate"
_REQUIRED: Final = ("organization_id", "event_smart_code", "total_amount", "currency")


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


def declared_event_schema(schema: PostingSchema, code: str, header: Mapping[str, object]) -> Json:
    """Return the JSON Schema of the events of a smart code, draft 2020-12.

    Args:
        schema: The schema that declares them.
        code: Their smart code.
        header: What JSON Schema says of the fields of any event's header.

    Raises:
        HeraError: As `declaration_for`.
    """
    decl = declaration_for(schema, code)
    writing = _Writing(_decimals(schema.nodes, decl))
    own = tuple(each for each in decl.fields if each.name.text not in HEADER_FIELDS)
    context = writing.record(own, is_open=decl.open)
    declared = [each for each in decl.fields if each.name.text in HEADER_FIELDS]
    # An exchange rate may be sent in two ways; that of any event's header says both.
    narrowed = {
        each.name.text: {"allOf": [header[_RATE], {"not": {"type": "null"}}]}
        if each.name.text == _RATE
        else writing.field(each)
        for each in declared
        if each.name.text != _RATE or not each.optional
    }
    demanded = [each.name.text for each in declared if not each.optional]
    properties = {
        **header,
        "event_smart_code": {"enum": _spellings(code)},
        "total_amount": writing.amount(writing.decimals),
        **narrowed,
        "business_context": context,
    }
    needed = (*_REQUIRED, *demanded, *(("business_context",) if context.get("required") else ()))
    return {
        "type": "object",
        "title": code,
        "description": f"business events {code}",
        "properties": properties,
        "required": list(dict.fromkeys(needed)),
        "additionalProperties": False,
    }


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

    def record(self, fields: tuple[nodes.FieldDecl, ...], *, is_open: bool) -> Json:
        """Return the schema of a record."""
        required = [each.name.text for each in fields if not each.optional and each.preset is None]
        return {
            "type": "object",
            "properties": {each.name.text: self.field(each) for each in fields},
            **({"required": required} if required else {}),
            **({} if is_open else {"additionalProperties": False}),
        }

    def field(self, field: nodes.FieldDecl) -> Json:
        """Return the schema of a field; null says that one is not there that need not be."""
        kind = self.type(field.type)
        if not field.optional and field.preset is None:
            return kind
        found: Json = {"anyOf": [kind, {"type": "null"}]}
        return found if field.preset is None else {**found, "default": preset_in_json(field.preset)}

    def type(self, kind: nodes.FieldType) -> Json:
        """Return the schema of a type."""
        match kind.word:
            case ShapeKind.MONEY | ShapeKind.SIGNED_MONEY:
                return self.amount(self.decimals)
            case ShapeKind.NUMBER:
                return self.amount(limits.AMOUNT_SCALE)
            case ShapeKind.CHOICE:
                return {"enum": list(kind.choices)}
            case ShapeKind.RECORD:
                return self.record(kind.fields, is_open=kind.open)
            case ShapeKind.LIST if kind.member is not None:
                most = limits.EVENT_ITEMS
                return {"type": "array", "items": self.type(kind.member), "maxItems": most}
            case _:
                found: Json = json.loads(_SINGLE[kind.word])
                return found

    def amount(self, decimals: int) -> Json:
        """Return the schema of a decimal string, or a whole number; zeros at the end are free."""
        zeros = limits.AMOUNT_SCALE - decimals
        fraction = rf"[0-9]{{1,{decimals}}}0{{0,{zeros}}}" if decimals else rf"0{{1,{zeros}}}"
        whole = limits.AMOUNT_INTEGER_DIGITS - 1
        text = {"type": "string", "pattern": rf"^-?(0|[1-9][0-9]{{0,{whole}}})(\.{fraction})?$"}
        return {"anyOf": [text, {"type": "integer"}]}


_SINGLE: Final[Mapping[ShapeKind, str]] = MappingProxyType(
    {
        ShapeKind.TEXT: f'{{"type": "string", "maxLength": {limits.STRING_CHARACTERS}}}',
        ShapeKind.DATE: '{"type": "string", "format": "date", '
        '"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}',
        ShapeKind.TRUTH: '{"type": "boolean"}',
    }
)
