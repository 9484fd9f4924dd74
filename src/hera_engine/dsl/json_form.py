"""The JSON form of a posting schema: its models, its JSON Schema, and nodes from it.

The models say which keys there are and which go together; the readers of `json_values` and its
neighbours say what each value means. A model's fields bear the names its node has, and the keys
of the document as aliases, so that most models become nodes without further words.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)  # fmt: skip
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_plain_validator_function

from hera_engine import limits
from hera_engine.accounts import AccountType
from hera_engine.dsl import json_allocations, json_fragments, json_maps, json_parts, json_tax, nodes
from hera_engine.dsl import json_schema_texts as texts
from hera_engine.dsl import json_values as values
from hera_engine.dsl.json_cases import case_tables, cases, placed_cases, placed_tables
from hera_engine.dsl.json_dimensions import declared_dimensions
from hera_engine.dsl.json_events import declarations, placed_declarations
from hera_engine.dsl.json_faults import flaws_of, keys_at
from hera_engine.dsl.json_fragments import located
from hera_engine.dsl.json_values import Flaw, Reader, Refused, misfit
from hera_engine.dsl.spelling import unless_default
from hera_engine.errors import Pointer

SCHEMA_ID: Final = "urn:hera-engine:posting-schema:1"
"""The name of this version of the JSON form."""


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the JSON form, draft 2020-12."""
    schema = SchemaForm.model_json_schema(by_alias=True, mode="validation")
    tidied = {key: texts.tidy(part) for key, part in schema.items()}
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "$id": SCHEMA_ID, **tidied, "title": "Posting schema"}


def validate_form(data: Mapping[str, object]) -> "tuple[SchemaForm | None, tuple[Flaw, ...]]":
    """Return the models of a document of bounded depth and size, or None and its flaws.

    Of very many flaws only the first are told: to look up nearest names takes time.
    """
    try:
        return SchemaForm.model_validate(data), ()
    except ValidationError as error:
        known = keys_at(SchemaForm)
        details = error.errors(include_url=False)[: limits.SCHEMA_FAULTS]
        return None, tuple(bad for detail in details for bad in flaws_of(dict(detail), known))


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


def _one_of(words: tuple[str, ...]) -> _Read:
    """Return how one of some words is read."""
    return _Read(values.one_of(words), json.dumps({"enum": words}))


def _count(least: int, most: int) -> _Read:
    """Return how a whole number is read."""
    bounds = {"type": "integer", "minimum": least, "maximum": most}
    return _Read(values.whole(least, most), json.dumps(bounds))


_WHOLE: Final = 10**limits.AMOUNT_INTEGER_DIGITS - 1

Text = Annotated[str, _Read(values.text, texts.TEXT)]
Filled = Annotated[str, _Read(values.filled, texts.FILLED)]
Name = Annotated[nodes.Name, _Read(values.name, texts.FILLED)]
Names = Annotated[tuple[nodes.Name, ...], _Read(values.names, texts.NAMES)]
Reference = Annotated[nodes.Name, _Read(values.reference, texts.FILLED)]
Truth = Annotated[bool, _Read(values.truth, texts.TRUTH)]
Day = Annotated[date, _Read(values.day, texts.DAY)]
Amount = Annotated[Decimal, _Read(values.amount, texts.NUMBER)]
Step = Annotated[Decimal, _Read(values.step, texts.NUMBER)]
Pairs = Annotated[tuple[tuple[str, str], ...], _Read(values.texts_by_name, texts.TEXTS)]
CashMode = Annotated[str, _one_of(nodes.CASH_MODES)]
CashTo = Annotated[str, _one_of(nodes.CASH_DIFFERENCES)]
Components = Annotated[
    tuple[nodes.ComponentDecl, ...], _Read(json_tax.components, texts.COMPONENTS)
]
Bearing = Annotated[tuple[nodes.CategoryDecl, ...], _Read(json_tax.bearing, texts.BEARING)]
RoundingRule = Annotated[
    nodes.RoundingDecl | None, _Read(json_tax.rounding_rule, texts.ROUNDING_RULE)
]
Rounding = Annotated[nodes.Rounding, _words(nodes.Rounding)]
Capture = Annotated[nodes.Capture, _words(nodes.Capture)]
Enforcement = Annotated[nodes.Enforcement, _words(nodes.Enforcement)]
Expression = Annotated[nodes.Expression, _Read(json_fragments.expression, texts.FILLED)]
Target = Annotated[nodes.Name | nodes.Call, _Read(json_fragments.target, texts.FILLED)]
Derivations = Annotated[json_maps.Derivations, _Read(json_maps.derivations, texts.DERIVE)]
RowTarget = Annotated[nodes.Name | nodes.Text | None, _Read(json_maps.row_target, texts.ROW_TARGET)]
Loops = Annotated[tuple[nodes.Loop, ...], _Read(json_fragments.loops, texts.LINES)]
Lets = Annotated[tuple[nodes.Let, ...], _Read(json_fragments.lets, texts.NAMES)]
Givens = Annotated[tuple[nodes.Given, ...], _Read(json_fragments.givens, texts.NAMES)]
Exchange = Annotated[nodes.ExchangeDifference, _Read(json_parts.exchange, texts.EXCHANGE)]
EventRegex = Annotated[nodes.EventPattern, _Read(json_parts.event_regex, texts.EVENTS)]
Events = Annotated[nodes.EventPattern, _Read(json_parts.events, texts.EVENTS)]
AccountRegex = Annotated[nodes.AccountPattern, _Read(json_parts.account_regex, texts.ACCOUNTS)]
Keys = Annotated[tuple[str | None, ...], _Read(json_maps.map_keys, texts.KEYS)]
Cases = Annotated[tuple[nodes.Case, ...], _Read(cases, texts.CASES)]
Tables = Annotated[tuple[nodes.CaseTable, ...], _Read(case_tables, texts.CASE_TABLES)]
Declarations = Annotated[tuple[nodes.EventDecl, ...], _Read(declarations, texts.DECLARATIONS)]
AllocationForm = Annotated[object, WithJsonSchema(json.loads(json_allocations.SCHEMA))]
Dialect = Annotated[object, WithJsonSchema(json.loads(texts.TEXT))]
Comments = Annotated[Mapping[str, nodes.Comments], _Read(json_parts.comments, texts.COMMENTS)]
Ledgers = Annotated[tuple[nodes.Name, ...], _Read(json_parts.ledgers, texts.LEDGERS)]

Member = TypeVar("Member")
Listed = Annotated[tuple[Member, ...], Field(max_length=limits.SCHEMA_RULES)]
Table = Annotated[dict[str, Member], BeforeValidator(values.table)]


class _Form(BaseModel):
    """An object of the JSON form; it has no keys but its own.

    Attributes:
        makes: The class of its node.
        names_itself: The node's field for the key that the object stands under, if any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    makes: ClassVar[type[nodes.Node]]
    names_itself: ClassVar[str]

    def node(self, at: Pointer) -> Any:
        """Return the node of this object, placed at ``at``."""
        return self.makes(**self._parts(at), at=at)

    def named_node(self, key: str, at: Pointer) -> Any:
        """Return the node of this object, which its key in the object around it names."""
        return self.makes(**self._parts(at), **{self.names_itself: nodes.Name(key, at=at)}, at=at)

    def _parts(self, at: Pointer) -> dict[str, Any]:
        """Return the fields of the node, each with its place below ``at``."""
        return {
            name: located(getattr(self, name), at.child(field.alias or name))
            for name, field in type(self).model_fields.items()
        }


# --- accounts ----------------------------------------------------------------------------------


class LedgerAccountForm(_Form):
    """What an account key resolves to in one ledger, where that differs."""

    makes: ClassVar[type[nodes.Node]] = nodes.LedgerAccount
    names_itself = "ledger"
    id: Filled | None = None
    code: Filled | None = None
    title: Text | None = Field(None, alias="name")
    type: Annotated[AccountType, _words(AccountType)] | None = None


class AccountForm(LedgerAccountForm):
    """What an account key resolves to; an id may stand for the whole object."""

    makes = nodes.AccountDecl
    names_itself = "key"
    ledgers: Table[LedgerAccountForm] = Field(default_factory=dict)


_READ_ACCOUNT: Final = BeforeValidator(
    json_parts.account, json_schema_input_type=AccountForm | Filled
)
Resolution = Annotated[AccountForm, _READ_ACCOUNT]


class TaxForm(_Form):
    """Which tax profile the schema uses, and what it overrides of it."""

    makes = nodes.UseTax
    profile: Reference = Field(alias="profile_ref")
    inclusive: Truth | None = Field(None, alias="inclusive_prices")
    rounding: Rounding | None = None
    cash_step: Step | None = None
    cash_mode: CashMode | None = None
    cash_to: CashTo | None = None


def _rates(value: object, seen: ValidationInfo) -> tuple[nodes.RateDecl, ...]:
    """Return the rates of a profile, in full or in short."""
    reverse = seen.data.get("reverse_charge_applicable") is True
    return json_tax.rates(value, reverse_charge=reverse)


Rates = Annotated[
    tuple[nodes.RateDecl, ...],
    PlainValidator(_rates, json_schema_input_type=object),
    WithJsonSchema(json.loads(texts.RATES)),
]


class ProfileForm(_Form):
    """A tax profile written in the schema; its rates in full or in the short form."""

    makes = nodes.TaxProfileDecl
    name: Reference | None = Field(None, alias="id")
    other_name: Reference | None = Field(None, alias="name")
    jurisdiction: Text | None = None
    tax_system: Text | None = None
    inclusive: Truth | None = Field(None, alias="inclusive_prices")
    rounding: Rounding | None = None
    rounding_method: Rounding | None = None
    rule: RoundingRule | None = Field(None, alias="rounding_rule")
    cash_step: Step | None = None
    cash_mode: CashMode | None = None
    cash_to: CashTo | None = None
    default_category: Text | None = None
    source: Filled | None = None
    reverse_charge_applicable: Truth = False
    rates: Rates = ()
    components: Components = ()
    bearing: Bearing = Field((), alias="component_categories")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        json_parts.check_twins(self.name, self.other_name, "id", "name", needed=True)
        json_parts.check_twins(self.rounding, self.rounding_method, "rounding", "rounding_method")
        method = self.rounding or self.rounding_method
        json_parts.check_twins(method, self.rule, "rounding", "rounding_rule")
        if not self.components and "rates" not in self.model_fields_set:
            raise Refused(values.missing_key("rates"))
        return self

    def _parts(self, at: Pointer) -> dict[str, Any]:
        parts = super()._parts(at)
        parts.pop("reverse_charge_applicable")
        name, method = parts.pop("other_name"), parts.pop("rounding_method")
        for key, found in (("rates", self.rates), ("components", self.components)):
            parts[key] = json_tax.placed_taxes(found, at.child(key))
        there = at.child("component_categories")
        parts["bearing"] = json_tax.placed_bearing(self.bearing, there)
        for key, (usual, *_) in json_tax.CASH_WORDS.items():
            parts[key] = unless_default(parts[key], usual)
        return {**parts, "name": parts["name"] or name, "rounding": parts["rounding"] or method}


class SplitForm(_Form):
    """How one dimension is split for the events a pattern matches."""

    makes = nodes.Split
    events: EventRegex = Field(alias="event_pattern")
    dimension: Name = Field(alias="split_by")
    method: Annotated[nodes.Method, _words(nodes.Method)] = Field(alias="allocation_method")
    allocation_data: Annotated[object, WithJsonSchema(json.loads(texts.ALLOCATION))] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        json_parts.allocation(self.method, self.allocation_data)
        return self

    def _parts(self, at: Pointer) -> dict[str, Any]:
        parts = super()._parts(at)
        data = parts.pop("allocation_data")
        shares, allocator = json_parts.allocation(self.method, data)
        keys = data if isinstance(data, Mapping) else range(len(shares))
        places = (at.child("allocation_data").child(key) for key in keys)
        placed = tuple(map(located, shares, places))
        return {**parts, "shares": placed, "allocator": allocator}


class SplitsForm(_Form):
    """The dimensions amounts are split by, and how."""

    dimensions: Names
    rules: Listed[SplitForm] = ()

    def node(self, at: Pointer) -> Any:
        """Return the parts of this section, which is two of a schema's."""
        return self._parts(at)


class RequirementForm(_Form):
    """Dimensions that lines on matching accounts must carry."""

    makes = nodes.Requirement
    accounts: AccountRegex = Field(alias="account_pattern")
    dimensions: Names = Field(alias="required_dimensions")
    enforcement: Enforcement = nodes.Enforcement.ERROR
    defaults: Pairs = Field((), alias="default_values")


class CarryForm(_Form):
    """Dimensions that lines on matching accounts carry when the event has them."""

    makes = nodes.Carry
    accounts: AccountRegex = Field(alias="account_pattern")
    dimensions: Names


class PaymentsForm(_Form):
    """How the money of a sale arrives."""

    makes = nodes.Payments
    capture: Capture = Field(nodes.Capture.IMMEDIATE, alias="capture_type")
    open_item: Truth = False
    settlement_days: Annotated[int, _count(0, limits.SETTLEMENT_DAYS)] = 0


class ValidationsForm(_Form):
    """Checks on events and journals."""

    makes = nodes.Validations
    max_line_count: Annotated[int, _count(1, _WHOLE)] = 1000
    require_external_ref: Truth = False
    currencies: Names = Field((), alias="allowed_currencies")


class MapRowForm(_Form):
    """One row of a map: a key per input, its target (null refuses), and its dates."""

    makes = nodes.MapRow
    keys: Keys = Field(alias="when")
    target: RowTarget = Field(alias="then")
    effective_from: Day | None = None
    effective_to: Day | None = None


class MapForm(_Form):
    """A table from input values to account keys or texts."""

    makes = nodes.MapDecl
    names_itself = "name"
    inputs: Names
    rows: Listed[MapRowForm] = ()
    otherwise: RowTarget = Field(None, alias="else")

    def _parts(self, at: Pointer) -> dict[str, Any]:
        parts = super()._parts(at)
        target = parts.pop("otherwise")
        if "otherwise" in self.model_fields_set:
            keys = (None,) * len(self.inputs)
            row = nodes.MapRow(keys=keys, target=target, at=at.child("else"))
            parts["rows"] = (*parts["rows"], row)
        return parts


# --- posting rules -----------------------------------------------------------------------------


class _SidedForm(_Form):
    """A line: it stands on exactly one side, whose key holds its account."""

    account_field: ClassVar[str]
    debit: Target | None = None
    credit: Target | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.debit is None) == (self.credit is None):
            raise Refused(misfit("a line has either `debit` or `credit`"))
        return self

    def _parts(self, at: Pointer) -> dict[str, Any]:
        parts = super()._parts(at)
        debit, credit = parts.pop("debit"), parts.pop("credit")
        side = nodes.SideWord.CREDIT if debit is None else nodes.SideWord.DEBIT
        return {**parts, "side": side, self.account_field: debit or credit}


class LineForm(_SidedForm):
    """One posting line."""

    makes = nodes.Line
    account_field = "target"
    amount: Expression
    currency: Expression | None = None
    base: Expression | None = None
    rate: Expression | None = Field(None, alias="at")
    by: Name | None = None
    when: Expression | None = None
    loops: Loops = Field((), alias="for")
    ledger: Name | None = None


_READ_LINE: Final = WrapValidator(
    json_allocations.statement, json_schema_input_type=LineForm | AllocationForm
)


class ClosingForm(_Form):
    """A named, bounded line that takes what is left over."""

    makes = nodes.Closing
    account: Name
    within: Amount


class PostingForm(_Form):
    """What one kind of event posts."""

    makes = nodes.Rule
    on: Events
    effective_from: Day | None = None
    effective_to: Day | None = None
    reverses: Events | None = None
    purchase: Truth = False
    lets: Lets = Field((), alias="let")
    givens: Givens = Field((), alias="given")
    lines: Listed[Annotated[LineForm, _READ_LINE]] = ()
    exchange: Exchange | None = Field(None, alias="exchange_difference")
    closing: ClosingForm | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.reverses is None and "lines" not in self.model_fields_set:
            raise Refused(values.missing_key("lines"))
        return self


# --- the document ------------------------------------------------------------------------------


class SchemaForm(_Form):
    """One posting schema."""

    makes = nodes.Schema
    dialect: Dialect = Field(None, alias="$schema")
    name: Text | None = None
    version: Annotated[int, _count(0, _WHOLE)] | None = None
    effective_from: Day | None = None
    effective_to: Day | None = None
    ledgers: Ledgers
    accounts: Table[Resolution]
    tax: TaxForm | None
    tax_profiles: Listed[ProfileForm] = ()
    dimensions: Names | None = None
    splits: SplitsForm
    requirements: Listed[RequirementForm] = Field(alias="dimension_requirements")
    carries: Listed[CarryForm] = Field((), alias="carry")
    payments: PaymentsForm | None = None
    validations: ValidationsForm | None = None
    events: Declarations = ()
    maps: Table[MapForm] = Field(default_factory=dict)
    derivations: Derivations = Field((), alias="derive")
    rules: Listed[PostingForm] = Field((), alias="postings")
    cases: Cases = ()
    case_tables: Tables = ()
    comments: Comments = Field(default_factory=dict)

    def _parts(self, at: Pointer) -> dict[str, Any]:
        parts = {**super()._parts(at), "comments": self.comments}
        parts.pop("dialect")
        parts["events"] = placed_declarations(self.events, at.child("events"))
        parts["cases"] = placed_cases(self.cases, at.child("cases"))
        parts["case_tables"] = placed_tables(self.case_tables, at.child("case_tables"))
        splits = parts["splits"]
        if self.dimensions is None:
            parts["dimensions"] = declared_dimensions(
                splits["dimensions"], parts["requirements"], parts["carries"]
            )
        return {**parts, "splits": splits["rules"]}
