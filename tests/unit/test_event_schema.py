"""The JSON Schema of a declared event: what it asks for, and what it cannot be made for."""

import json
from pathlib import Path

import pytest

from hera_engine import HeraError, load_schema
from hera_engine.__main__ import main
from hera_engine.models import event_json_schema
from tests.json_schema import faults_of

BOOKS = """ledgers GL
account cash 1000 asset
account revenue 4100 revenue
validations { max_line_count 100 currencies USD, JPY }
event HERA.POS.SALE.** {
  transaction_date: date
  external_reference: optional text
  currency: one of "USD"
  exchange_rate: number
  tip: money = 0
  kind: one of "service", "product"
  lines: list of { amount: money  weight: optional number }
}
event HERA.POS.GIFT.V1 open { }
on HERA.POS.** { debit cash total_amount credit revenue total_amount }
"""
SALE = {
    "organization_id": "org-1",
    "event_smart_code": "HERA.POS.SALE.v1",
    "total_amount": "105.00",
    "currency": "USD",
    "transaction_date": "2025-03-01",
    "exchange_rate": "1",
    "business_context": {"kind": "service", "lines": [{"amount": "1.500"}]},
}


def exported(code: str = "HERA.POS.SALE.V1") -> dict[str, object]:
    """Return the JSON Schema of one of the events."""
    return event_json_schema(load_schema(BOOKS), code)


def test_the_schema_is_plain_json_of_the_dialect() -> None:
    """It names its dialect and its event, and asks for what the declaration asks for."""
    schema = exported()

    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:hera-engine:business-event:1:HERA.POS.SALE.V1"
    assert schema["required"] == [
        "organization_id", "event_smart_code", "total_amount", "currency", "transaction_date",
        "exchange_rate", "business_context",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"external_reference": None}, []),
        ({"exchange_rate": None}, [".exchange_rate not"]),
        ({"transaction_date": None}, [".transaction_date type"]),
        ({"currency": "JPY"}, [".currency enum"]),
        ({"total_amount": "1.005"}, [".total_amount anyOf"]),
        ({"total_amount": "1.500"}, []),
        ({"total_amount": 105}, []),
        ({"total_amount": 105.5}, [".total_amount anyOf"]),
        ({"event_smart_code": "HERA.POS.GIFT.V1"}, [".event_smart_code enum"]),
        ({"more": 1}, [".more additional"]),
    ],
)
def test_the_header_is_narrowed(changes: dict[str, object], found: list[str]) -> None:
    """Fields of the header are asked for, and held to their choices and the code."""
    assert list(faults_of({**SALE, **changes}, exported())) == found


def test_an_open_event_without_fields_needs_no_context() -> None:
    """Nothing declared is nothing asked for; money has the decimals of the currencies allowed."""
    event = {**SALE, "event_smart_code": "HERA.POS.GIFT.V1", "business_context": {"any": 1}}
    schema = exported("HERA.POS.GIFT.V1")

    assert list(faults_of(event, schema)) == []
    assert "business_context" not in str(schema["required"])


@pytest.mark.parametrize(
    ("code", "error"),
    [("HERA.CRM.SALE.V1", "E_SCHEMA"), ("sale", "E_SMART_CODE_REQUIRED"),
     ("HERA.POS.**", "E_SMART_CODE_REQUIRED")],
)  # fmt: skip
def test_an_event_that_is_not_declared_has_no_schema(code: str, error: str) -> None:
    """What is no smart code, and one without a declaration, are refused."""
    with pytest.raises(HeraError) as caught:
        exported(code)

    assert caught.value.code == error


def test_the_command_prints_the_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`event-schema FILE CODE` prints what the function returns; an unknown code is a fault."""
    file = tmp_path / "pos.hera"
    file.write_text(BOOKS, encoding="utf-8")

    assert main(["event-schema", str(file), "HERA.POS.SALE.V1"]) == 0
    assert json.loads(capsys.readouterr().out) == exported()
    assert main(["event-schema", str(file), "HERA.CRM.SALE.V1"]) == 1
    assert "declares no event" in capsys.readouterr().err
