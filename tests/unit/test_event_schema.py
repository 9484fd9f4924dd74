"""The JSON Schema of a declared event: what it asks for, and what it cannot be made for."""

import json
from pathlib import Path

import pytest

from hera_engine import HeraError, PostingEngine, load_schema
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
        ({"exchange_rate": None}, [".exchange_rate anyOf"]),
        ({"transaction_date": None}, [".transaction_date type"]),
        ({"currency": "JPY"}, [".currency enum"]),
        ({"total_amount": "1.005"}, [".total_amount anyOf"]),
        ({"total_amount": "1.500"}, []),
        ({"total_amount": 105}, []),
        ({"total_amount": 105.5}, [".total_amount anyOf"]),
        ({"event_smart_code": "HERA.POS.GIFT.V1"}, [".event_smart_code enum"]),
        ({"total_amount": 10**18}, [".total_amount anyOf"]),
        ({"exchange_rate": 2}, []),
        ({"exchange_rate": {"per_base": "2.5"}}, []),
        ({"exchange_rate": {"per_base": 0}}, [".exchange_rate anyOf"]),
        ({"exchange_rate": {"z": "1"}}, [".exchange_rate anyOf"]),
        ({"exchange_rate": {}}, [".exchange_rate anyOf"]),
        ({"exchange_rate": "0.00"}, [".exchange_rate anyOf"]),
        ({"exchange_rate": "-1"}, [".exchange_rate anyOf"]),
        ({"exchange_rate": "0.000000000001"}, []),
        ({"posting_date": "2025-W01-1"}, [".posting_date anyOf"]),
        ({"posting_date": None, "simulate": None, "metadata": None, "base_currency": None}, []),
        ({"simulate": "yes"}, [".simulate anyOf"]),
        ({"organization_id": ""}, [".organization_id pattern"]),
        ({"organization_id": "x" * 129}, [".organization_id pattern"]),
        ({"external_reference": "é"}, [".external_reference anyOf"]),
        ({"base_currency": "eur"}, [".base_currency anyOf"]),
        ({"more": 1}, [".more additional"]),
    ],
)
def test_the_header_is_narrowed(changes: dict[str, object], found: list[str]) -> None:
    """Fields of the header are asked for, and held to their choices and the code."""
    assert list(faults_of({**SALE, **changes}, exported())) == found


KNOWN = """ledgers GL
account cash 1000 asset
account revenue 4100 revenue
validations { max_line_count 100 currencies USD, JPY require_external_ref }
event HERA.POS.SALE.V1 {
  tax_category: optional text
  note: optional text
  payments: optional list of { amount: money  method: text  reference: optional text }
}
on HERA.POS.SALE.V1 { debit cash total_amount credit revenue total_amount }
"""


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"business_context": None}, True),
        ({"currency": "JPY"}, True),
        ({"currency": "EUR"}, False),
        ({"external_reference": None}, False),
        ({"external_reference": ""}, False),
        ({"total_amount": 10**18}, False),
        ({"business_context": {"note": ""}}, True),
        ({"business_context": {"tax_category": ""}}, False),
        ({"business_context": {"tax_category": "x" * 129}}, False),
        ({"business_context": {"payments": [{"amount": 10, "method": "cash"}]}}, True),
        ({"business_context": {"payments": [{"amount": 10, "method": ""}]}}, False),
        ({"business_context": {"payments": [
            {"amount": 10, "method": "cash", "reference": "x" * 256}]}}, False),
    ],
)  # fmt: skip
def test_what_the_engine_knows_it_says(changes: dict[str, object], fits: bool) -> None:
    """Engine and exported schema take and refuse the same of what is not declared more narrowly."""
    event = {
        "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": "10",
        "currency": "USD", "external_reference": "R-1", **changes,
    }  # fmt: skip
    engine = PostingEngine(KNOWN)

    try:
        engine.simulate(event)
    except HeraError:
        posted = False
    else:
        posted = True

    found = list(faults_of(event, event_json_schema(engine.schema, "HERA.POS.SALE.V1")))
    assert (posted, found == []) == (fits, fits)


@pytest.mark.parametrize("rate", [2, "0.5", {"per_base": "2"}])
def test_the_schema_of_any_event_takes_what_the_engine_takes(rate: object) -> None:
    """Amounts are strings or whole numbers in it too; null is not there."""
    event = {**SALE, "exchange_rate": rate, "total_amount": 5, "simulate": None}

    assert list(faults_of(event, event_json_schema())) == []
    assert list(faults_of({**event, "total_amount": 5.5}, event_json_schema())) != []


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
