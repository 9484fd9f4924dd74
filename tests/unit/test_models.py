"""The typed business event and its JSON Schema."""

import json
from datetime import date
from decimal import Decimal

import pytest

from hera_engine.errors import EventError, HeraError
from hera_engine.models import BusinessEvent, event_json_schema
from tests.unit.events.books import engine, sale, with_header

FIELDS: dict[str, object] = {
    "organization_id": "org-1",
    "event_smart_code": "HERA.POS.SALE.V1",
    "total_amount": "105.00",
    "currency": "USD",
}


def test_a_typed_event_posts_like_its_mapping() -> None:
    """An event written with types gives the same bytes as the one written as a dict."""
    posting = engine()
    typed = BusinessEvent(
        organization_id="org-1",
        event_smart_code="HERA.POS.SALE.V1",
        total_amount=Decimal("105.00"),
        currency="USD",
        transaction_date=date(2025, 1, 15),
        business_context={"note": "typed"},
    )

    entry = posting.simulate(typed)

    plain = with_header(sale("105.00", note="typed"), transaction_date="2025-01-15")
    assert entry.to_json() == posting.simulate(plain).to_json()


@pytest.mark.parametrize("amount", ["105.00", 105, Decimal("105")])
def test_an_amount_is_a_decimal_an_integer_or_a_string(amount: Decimal | int | str) -> None:
    """All three ways to write an amount are taken as they are."""
    event = BusinessEvent(**{**FIELDS, "total_amount": amount})

    assert event.to_mapping()["total_amount"] == amount


@pytest.mark.parametrize("amount", [105.0, True, None, [105]])
def test_an_amount_that_is_none_is_refused(amount: object) -> None:
    """A float or a Boolean is refused when the event is written, as a HeraError with the path."""
    with pytest.raises(EventError) as caught:
        BusinessEvent(**{**FIELDS, "total_amount": amount})

    assert caught.value.code == "E_GUARDRAIL"
    assert [problem.path for problem in caught.value.problems] == ["total_amount"]


def test_missing_and_unknown_fields_are_refused_together() -> None:
    """Every field that is missing or unknown is listed, with a hint for the misspelt one."""
    with pytest.raises(HeraError) as caught:
        BusinessEvent(organization_id="org-1", total_amount="1.00", currancy="USD")

    problems = caught.value.details["problems"]
    assert isinstance(problems, list)
    assert {problem["path"] for problem in problems} == {
        "event_smart_code",
        "currency",
        "currancy",
    }
    assert "did you mean `currency`?" in str(caught.value)


def test_unset_fields_are_left_out() -> None:
    """What the caller did not say is not in the mapping, so the engine's defaults decide."""
    event = BusinessEvent(**FIELDS)

    assert event.to_mapping() == FIELDS


def test_an_event_is_immutable() -> None:
    """A typed event cannot be changed after it was checked."""
    event = BusinessEvent(**FIELDS)

    with pytest.raises(ValueError, match="frozen"):
        event.currency = "EUR"


def test_the_json_schema_describes_the_event() -> None:
    """The exported schema is JSON, closed, and asks for the four required fields."""
    schema = event_json_schema()

    assert json.loads(json.dumps(schema)) == schema
    assert schema["required"] == list(FIELDS)
    assert schema["additionalProperties"] is False
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_amounts_are_decimal_strings_in_the_json_schema() -> None:
    """A sender is told to write an amount as a string of digits, or a whole number."""
    properties = event_json_schema()["properties"]

    assert isinstance(properties, dict)
    text, whole = properties["total_amount"]["anyOf"]
    assert (text["type"], whole["type"]) == ("string", "integer")
