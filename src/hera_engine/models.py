"""The business event for typed callers, and its JSON Schema.

`BusinessEvent` helps to write an event; it is no second validation. What it holds goes through
`hera_engine.facts` like any mapping, so both ways refuse the same things with the same words.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from hera_engine.errors import EventError, Problem, did_you_mean
from hera_engine.rules.event_schema import any_event_schema, declared_event_schema
from hera_engine.rules.load import PostingSchema

EVENT_SCHEMA_ID = "urn:hera-engine:business-event:1"


def _not_float(value: object) -> object:
    """Refuse a binary float before it is rounded into a plausible amount."""
    if isinstance(value, float | bool):
        raise ValueError("amounts are strings, integers or Decimals, never floats")
    return value


Amount = Annotated[
    Decimal | int | str,
    BeforeValidator(_not_float),
]
"""An amount as a caller may write it; its digits are checked when the event is read."""


class BusinessEvent(BaseModel):
    """One business event.

    ``business_context`` is open; docs/language.md lists the fields the standard rules read.

    Raises:
        EventError: With every field that is missing, unknown or of another type.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    organization_id: str = Field(description="whose books")
    event_smart_code: str = Field(description="what happened, such as HERA.POS.SALE.V1")
    total_amount: Amount = Field(description="in the transaction currency")
    currency: str = Field(description="ISO 4217 code of the transaction currency")
    business_context: Mapping[str, object] = Field(default_factory=dict)
    external_reference: str | None = None
    transaction_date: date | str | None = None
    posting_date: date | str | None = None
    base_currency: str | None = None
    exchange_rate: Amount | Mapping[str, Amount] | None = None
    metadata: Mapping[str, object] | None = None
    simulate: bool = False

    def __init__(self, **fields: object) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise EventError(_problems(error)) from None

    def to_mapping(self) -> dict[str, object]:
        """Return the event as the mapping an engine reads; unset fields are left out."""
        return {name: getattr(self, name) for name in self.model_fields_set}


_WORDS = MappingProxyType({"missing": "is missing", "extra_forbidden": "is not a known field"})


def _problems(error: ValidationError) -> tuple[Problem, ...]:
    """Return what pydantic found in our words, one problem per field."""
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        path = str(detail["loc"][0]) if detail["loc"] else ""
        message = _WORDS.get(detail["type"], "is not a value of this field's type")
        hint = did_you_mean(path, BusinessEvent.model_fields) if "known" in message else None
        found.setdefault(path, Problem(path, message, hint))
    return tuple(found.values())


def event_json_schema(
    schema: PostingSchema | None = None, code: str | None = None
) -> dict[str, object]:
    """Return the JSON Schema of a business event, for the services that send it.

    Amounts are asked for as strings, or whole numbers, which every JSON library keeps exact.

    Args:
        schema: The schema that declares the event; None for any event of any schema.
        code: The smart code of the event; with a schema it is needed.

    Raises:
        HeraError: E_SMART_CODE_REQUIRED for what is no smart code, E_SCHEMA if the schema
            declares no such event.
    """
    found = any_event_schema() if schema is None else declared_event_schema(schema, code or "")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": EVENT_SCHEMA_ID if schema is None else f"{EVENT_SCHEMA_ID}:{code}",
        **found,
    }
