"""The JSON form of a posting schema: its models and its JSON Schema.

The models say which keys there are and which go together; the readers of `json_values` and its
neighbours say what each value means; `json_read` makes nodes of the models.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_plain_validator_function

from hera_engine import limits
from hera_engine.accounts import AccountType
from hera_engine.dsl import json_fragments, json_parts, nodes
from hera_engine.dsl import json_values as values
from hera_engine.dsl.json_faults import flaws_of
from hera_engine.dsl.json_values import Flaw, Reader, Refused, misfit

SCHEMA_ID: Final = "urn:hera-engine:posting-schema:1"
"""The name of this version of the JSON form."""


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the JSON form, draft 2020-12."""
    schema = SchemaForm.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
        "title": "Posting schema",
    }


def validate_form(data: Mapping[str, object]) -> "tuple[SchemaForm | None, tuple[Flaw, ...]]":
    """Return the models of a document, or None and every flaw of its shape.

    Args:
        data: The document, of bounded depth and size.
    """
    try:
        return SchemaForm.model_validate(data), ()
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, tuple(bad for detail in details for bad in flaws_of(dict(detail), _known))


def _known(path: values.Path) -> tuple[str, ...]:
    """Return the keys of the object at a path."""
    form: type[BaseModel] = SchemaForm
    in_table = False
    for step in path:
        found = None if in_table else _fields(form).get(str(step))
        in_table = False
        if found is not None:
            form = _form_in(found) or form
            in_table = _is_table(found)
    return tuple(_fields(form))


def _fields(form: type[BaseModel]) -> Mapping[str, object]:
    """Return what the fields of a model hold, by their keys in JSON."""
    return {field.alias or name: field.annotation for name, field in form.model_fields.items()}


def _form_in(annotation: object) -> type[BaseModel] | None:
    """Return the model that a field holds, itself or in a list or table."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_form_in(part) for part in getattr(annotation, "__args__", ()))
    return next((form for form in inner if form is not None), None)


def _is_table(annotation: object) -> bool:
    """Whether a field holds models by names of the user's."""
    return getattr(annotation, "__origin__", None) is dict


# --- how a model reads a value -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    """Has a field read by a reader of ours; ``schema`` is its JSON Schema, as JSON text."""

    reader: Reader[object]
    schema: str

    def __get_pydantic_core_schema__(self, _: object, __: GetCoreSchemaHandler) -> CoreSchema:
        """Return what pydantic does with a value: the reader decides."""
        return no_info_plain_validator_function(self.reader)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return what JSON Schema says of a value."""
        found: dict[str, Any] = json.loads(self.schema)
        return found


def _words(words: type[StrEnum]) -> _Read:
    """Return how one of a closed set of words is read."""
    return _Read(values.choice(words), json.dumps({"enum": [word.value for word in words]}))


def _count(least: int, most: int) -> _Read:
    """Return how a whole number is read."""
    bounds = {"type": "integer", "minimum": least, "maximum": most}
    return _Read(values.whole(least, most), json.dumps(bounds))


_TEXT: Final = '{"type": "string"}'
_FILLED: Final = '{"type": "string", "minLength": 1}'
_NAMES: Final = f'{{"type": "array", "items": {_FILLED}}}'
_NUMBER: Final = """{"anyOf": [
  {"type": "string", "pattern": "^(0|[1-9][0-9]{0,17})(\\\\.[0-9]{1,12})?$"},
  {"type": "integer", "minimum": 0}
]}"""
_PERCENT: Final = _NUMBER.replace("?$", "?%?$")
_EVENTS: Final = """{"anyOf": [
  {"type": "string"},
  {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
   "properties": {"glob": {"type": "string"}, "regex": {"type": "string"}}}
]}"""
_ACCOUNTS: Final = _EVENTS.replace('{"glob"', '{"account": {"type": "string"}, "glob"')
_TEXTS: Final = '{"type": "object", "additionalProperties": {"type": "string"}}'
_KEYS: Final = """{"type": "array", "items": {"anyOf": [
  {"type": ["string", "null"]},
  {"type": "object", "required": ["text"], "additionalProperties": false,
   "properties": {"text": {"type": "string"}}}
]}}"""
_LINES: Final = '{"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}'
_COMMENTS: Final = f"""{{"type": "object", "additionalProperties": {{"anyOf": [
  {{"type": "string"}},
  {{"type": "object", "additionalProperties": false, "properties":
    {{"before": {_LINES}, "after": {{"type": "string"}}, "inside": {_LINES}}}}}
]}}}}"""
_LETS: Final = f'{{"anyOf": [{_NAMES}, {_TEXTS}]}}'
_ALLOCATION: Final = f"""{{"anyOf": [
  {{"type": "null"}},
  {{"type": "object", "additionalProperties": {_PERCENT.replace("%?$", "%?$|^remaining$")}}},
  {{"type": "object", "required": ["allocator"], "additionalProperties": false,
    "properties": {{"allocator": {_FILLED}}}}},
  {{"type": "array", "items": {{"type": "object", "required": ["value"],
    "additionalProperties": false, "minProperties": 2, "maxProperties": 2,
    "properties": {{"value": {_TEXT}, "percent": {_PERCENT}, "amount": {_NUMBER},
                    "remaining": {{"const": true}}}}}}}}
]}}"""
_SHORT: Final = f"""{{"type": "object", "required": ["standard"], "additionalProperties": false,
  "properties": {{"standard": {_PERCENT}, "zero": {_PERCENT}, "exempt": {{"type": "null"}}}}
}}"""
_LEDGERS: Final = json.dumps(
    {"type": "array", "minItems": 1, "items": {"enum": [*nodes.LEDGER_NAMES]}}
)

Text = Annotated[str, _Read(values.text, _TEXT)]
Filled = Annotated[str, _Read(values.filled, _FILLED)]
Name = Annotated[nodes.Name, _Read(values.name, _FILLED)]
Names = Annotated[tuple[nodes.Name, ...], _Read(values.names, _NAMES)]
Reference = Annotated[nodes.Name, _Read(values.reference, _FILLED)]
Truth = Annotated[bool, _Read(values.truth, '{"type": "boolean"}')]
Day = Annotated[date, _Read(values.day, '{"type": "string", "format": "date"}')]
Amount = Annotated[Decimal, _Read(values.amount, _NUMBER)]
Step = Annotated[Decimal, _Read(values.step, _NUMBER)]
Percent = Annotated[Decimal, _Read(values.percent, _PERCENT)]
Pairs = Annotated[tuple[tuple[str, str], ...], _Read(values.texts_by_name, _TEXTS)]
Rounding = Annotated[nodes.Rounding, _words(nodes.Rounding)]
Expression = Annotated[nodes.Expression, _Read(json_fragments.expression, _FILLED)]
EventRegex = Annotated[nodes.EventPattern, _Read(json_parts.event_regex, _EVENTS)]
Events = Annotated[nodes.EventPattern, _Read(json_parts.events, _EVENTS)]
Target = Annotated[nodes.Name | nodes.Call, _Read(json_fragments.target, _FILLED)]
AccountRegex = Annotated[nodes.AccountPattern, _Read(json_parts.account_regex, _ACCOUNTS)]


class _Form(BaseModel):
    """An object of the JSON form; it has no keys but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Shared = TypeVar("Shared")
Listed = Annotated[tuple[Shared, ...], Field(max_length=limits.PATTERNS)]
Tabled = Annotated[dict[str, Shared], BeforeValidator(values.table)]


def _ledgers(value: object) -> tuple[nodes.Name, ...]:
    """Return the names of ledgers, of which there is at least one."""
    found = values.names(value)
    if not found:
        raise Refused(misfit("a schema keeps at least one ledger"))
    return found


def _one_side(debit: object, credit: object) -> None:
    """Refuse a line that has not exactly one side."""
    if (debit is None) == (credit is None):
        raise Refused(misfit("a line has either `debit` or `credit`"))


# --- accounts ----------------------------------------------------------------------------------


class LedgerAccountForm(_Form):
    """What an account key resolves to in one ledger, where that differs."""

    id: Filled | None = None
    code: Filled | None = None
    title: Text | None = Field(None, alias="name")
    type: Annotated[AccountType, _words(AccountType)] | None = None


class AccountForm(LedgerAccountForm):
    """What an account key resolves to; an id may stand for the whole object."""

    ledgers: Tabled[LedgerAccountForm] = Field(default_factory=dict)


# --- tax ---------------------------------------------------------------------------------------


class TaxForm(_Form):
    """Which tax profile the schema uses, and what it overrides of it."""

    profile_ref: Reference
    inclusive_prices: Truth | None = None
    rounding: Rounding | None = None
    cash_step: Step | None = None


class RateForm(_Form):
    """One rate of a tax profile."""

    code: Name | None = None
    percent: Percent | None = None
    exempt: Truth = False
    reverse_charge: Truth = False
    categories: Names = ()
    effective_from: Day | None = None
    effective_to: Day | None = None
    inclusive: Truth | None = None
    account: Name | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        flaws: list[Flaw] = []
        if self.code is None and not (self.exempt or self.reverse_charge):
            flaws.append(values.missing_key("code"))
        if self.percent is None and not (self.exempt or self.reverse_charge):
            flaws.append(values.missing_key("percent"))
        if self.exempt and self.percent is not None:
            flaws.append(misfit("an exempt rate has no percentage", "percent"))
        if self.exempt and self.reverse_charge:
            flaws.append(misfit("a rate is exempt or has a reverse charge, not both", "exempt"))
        if flaws:
            raise Refused(*flaws)
        return self


def _rates(value: object, seen: ValidationInfo) -> object:
    """Return the rates of a profile in full."""
    return json_parts.rates_in_full(
        value, reverse_charge=seen.data.get("reverse_charge_applicable") is True
    )


Rates = Listed[RateForm] | Annotated[object, WithJsonSchema(json.loads(_SHORT))]


class ProfileForm(_Form):
    """A tax profile written in the schema; its rates in full or in the short form."""

    id: Reference | None = None
    name: Reference | None = None
    jurisdiction: Text | None = None
    tax_system: Text | None = None
    inclusive_prices: Truth | None = None
    rounding: Rounding | None = None
    rounding_method: Rounding | None = None
    cash_step: Step | None = None
    default_category: Text | None = None
    reverse_charge_applicable: Truth = False
    rates: Annotated[Listed[RateForm], BeforeValidator(_rates, json_schema_input_type=Rates)]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.id is None and self.name is None:
            raise Refused(values.missing_key("id"))
        if self.id is not None and self.name is not None:
            raise Refused(misfit("a profile has `id` or `name`, not both", "name"))
        if self.rounding is not None and self.rounding_method is not None:
            reason = "a profile has `rounding` or `rounding_method`, not both"
            raise Refused(misfit(reason, "rounding_method"))
        return self


# --- dimensions --------------------------------------------------------------------------------


class SplitForm(_Form):
    """How one dimension is split for the events a pattern matches."""

    event_pattern: EventRegex
    split_by: Name
    allocation_method: Annotated[nodes.Method, _words(nodes.Method)]
    allocation_data: Annotated[object, WithJsonSchema(json.loads(_ALLOCATION))] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        try:
            json_parts.allocation(self.allocation_method, self.allocation_data)
        except Refused as refusal:
            raise Refused(*(bad.within("allocation_data") for bad in refusal.flaws)) from None
        return self


class SplitsForm(_Form):
    """The dimensions amounts are split by, and how."""

    dimensions: Names
    rules: Listed[SplitForm] = ()


class RequirementForm(_Form):
    """Dimensions that lines on matching accounts must carry."""

    account_pattern: AccountRegex
    required_dimensions: Names
    enforcement: Annotated[nodes.Enforcement, _words(nodes.Enforcement)] = nodes.Enforcement.ERROR
    default_values: Pairs = ()


class CarryForm(_Form):
    """Dimensions that lines on matching accounts carry when the event has them."""

    account_pattern: AccountRegex
    dimensions: Names


# --- payments, validations, maps ---------------------------------------------------------------


class PaymentsForm(_Form):
    """How the money of a sale arrives."""

    capture_type: Annotated[nodes.Capture, _words(nodes.Capture)] = nodes.Capture.IMMEDIATE
    open_item: Truth = False
    settlement_days: Annotated[int, _count(0, limits.SETTLEMENT_DAYS)] = 0


class ValidationsForm(_Form):
    """Checks on events and journals."""

    max_line_count: Annotated[int, _count(1, 10**limits.AMOUNT_INTEGER_DIGITS - 1)] = 1000
    require_external_ref: Truth = False
    allowed_currencies: Names = ()


class MapRowForm(_Form):
    """One row of a map: a key per input, and its target; null refuses."""

    when: Annotated[tuple[str | None, ...], _Read(json_parts.map_keys, _KEYS)]
    then: Name | None


class MapForm(_Form):
    """A table from input values to account keys."""

    inputs: Names
    rows: Listed[MapRowForm] = ()
    otherwise: Name | None = Field(None, alias="else")


# --- posting rules and cases -------------------------------------------------------------------


class LineForm(_Form):
    """One posting line."""

    debit: Target | None = None
    credit: Target | None = None
    amount: Expression
    by: Name | None = None
    when: Expression | None = None
    loops: Annotated[tuple[nodes.Loop, ...], _Read(json_fragments.loops, _LINES)] = Field(
        (), alias="for"
    )
    ledger: Name | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        _one_side(self.debit, self.credit)
        return self


class ClosingForm(_Form):
    """A named, bounded line that takes what is left over."""

    account: Name
    within: Amount


class PostingForm(_Form):
    """What one kind of event posts."""

    on: Events
    reverses: Events | None = None
    lets: Annotated[tuple[nodes.Let, ...], _Read(json_fragments.lets, _LETS)] = Field(
        (), alias="let"
    )
    givens: Annotated[tuple[nodes.Given, ...], _Read(json_fragments.givens, _NAMES)] = Field(
        (), alias="given"
    )
    lines: Annotated[tuple[LineForm, ...], Field(max_length=limits.JOURNAL_LINES)] = ()
    closing: ClosingForm | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.reverses is None and "lines" not in self.model_fields_set:
            raise Refused(values.missing_key("lines"))
        return self


class ExpectedForm(_Form):
    """One journal line a case expects."""

    debit: Name | None = None
    credit: Name | None = None
    amount: Amount
    dimensions: Pairs = ()
    ledger: Name | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        _one_side(self.debit, self.credit)
        return self


class CaseForm(_Form):
    """A worked example: an event and the lines it must post."""

    title: Text = Field(alias="name")
    on: Filled
    event: Annotated[
        tuple[nodes.CaseField, ...], _Read(json_parts.case_event, '{"type": "object"}')
    ]
    expect: Annotated[tuple[ExpectedForm, ...], Field(max_length=limits.JOURNAL_LINES)]


# --- the document ------------------------------------------------------------------------------


class SchemaForm(_Form):
    """One posting schema."""

    dialect: Annotated[object, WithJsonSchema(json.loads(_TEXT))] = Field(None, alias="$schema")
    name: Text | None = None
    version: Annotated[int, _count(0, 10**limits.AMOUNT_INTEGER_DIGITS - 1)] | None = None
    effective_from: Day | None = None
    effective_to: Day | None = None
    ledgers: Annotated[tuple[nodes.Name, ...], _Read(_ledgers, _LEDGERS)]
    accounts: Tabled[
        Annotated[
            AccountForm,
            BeforeValidator(json_parts.account, json_schema_input_type=AccountForm | Filled),
        ]
    ]
    tax: TaxForm | None
    tax_profiles: Listed[ProfileForm] = ()
    dimensions: Names | None = None
    splits: SplitsForm
    dimension_requirements: Listed[RequirementForm]
    carry: Listed[CarryForm] = ()
    payments: PaymentsForm | None = None
    validations: ValidationsForm | None = None
    maps: Tabled[MapForm] = Field(default_factory=dict)
    postings: Annotated[tuple[PostingForm, ...], Field(max_length=limits.SCHEMA_RULES)] = ()
    cases: Listed[CaseForm] = ()
    comments: Annotated[Mapping[str, nodes.Comments], _Read(json_parts.comments, _COMMENTS)] = (
        Field(default_factory=dict)
    )
