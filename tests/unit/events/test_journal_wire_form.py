"""The wire form of a journal, key by key."""

import json
import re
from decimal import Decimal

from hera_engine.engine import PostingEngine
from tests.unit.events.books import (
    REFUND,
    TIPS,
    books,
    engine,
    event,
    refused,
    sale,
    seed_engine,
    with_header,
)

RECEIPT = {
    "organization_id": "test-org-123",
    "event_smart_code": "HERA.POS.SALE.V1",
    "total_amount": Decimal("110.00"),
    "currency": "USD",
    "transaction_date": "2025-01-15",
    "external_reference": "POS-2025-001",
    "business_context": {
        "sale_amount": "105.00",
        "tip_amount": "5.00",
        "org_unit": "BR-01",
        "staff_id": "EMP-001",
        "weight": Decimal("1.50"),
    },
}


def test_the_header_has_the_keys_and_values_of_the_specification() -> None:
    """Every key is there, unknown values are null, amounts are decimal strings."""
    posting = seed_engine()

    header = posting.simulate(RECEIPT).to_dict()["header"]

    assert header == {
        "organization_id": "test-org-123",
        "transaction_type": "GL_JOURNAL",
        "smart_code": "HERA.POS.SALE.V1",
        "transaction_date": "2025-01-15",
        "posting_date": "2025-01-15",
        "transaction_currency_code": "USD",
        "base_currency_code": "USD",
        "exchange_rate": "1",
        "fiscal_year": None,
        "fiscal_period": None,
        "posting_period_code": None,
        "external_reference": "POS-2025-001",
        "total_amount": "110.00",
        "business_context": {
            "sale_amount": "105.00",
            "tip_amount": "5.00",
            "org_unit": "BR-01",
            "staff_id": "EMP-001",
            "weight": "1.50",
        },
        "schema": {"name": None, "version": None, "fingerprint": posting.fingerprint},
    }


def test_a_line_has_the_keys_and_values_of_the_specification() -> None:
    """The revenue line of a sale, key by key."""
    posting = seed_engine()

    line = posting.simulate(RECEIPT).to_dict()["lines"][1]  # type: ignore[index]

    origin = line["line_data"].pop("origin")
    assert line == {
        "line_number": 2,
        "ledger": "GL",
        "line_type": "credit",
        "entity_id": "acc-revenue",
        "account_code": "4100",
        "line_amount": "100.00",
        "currency": "USD",
        "base_amount": "100.00",
        "smart_code": "HERA.GL.LINE.REVENUE.v1",
        "line_data": {
            "side": "CR",
            "account": "revenue",
            "dimensions": {"org_unit": "BR-01", "staff_id": "EMP-001"},
            "tax": None,
            "open_item": None,
        },
    }
    assert origin.keys() == {"rule", "span", "pointer", "stage"}
    assert origin["stage"] == "lines"


def test_a_tax_line_tells_its_tax() -> None:
    """Code, rate, base, category, jurisdiction and reason stand with the tax line."""
    posting = seed_engine()

    line = posting.simulate(RECEIPT).to_dict()["lines"][2]  # type: ignore[index]

    tax = line["line_data"]["tax"]
    assert (tax["code"], tax["rate"], tax["base"]) == ("standard", "5.0", "100.00")
    assert (tax["jurisdiction"], tax["reverse_charge"]) == ("AE", False)


def test_an_open_item_is_plain_json() -> None:
    """Amount, due date and reference as strings."""
    posting = engine("payments immediate open item settle 2 days\n")
    sent = with_header(sale("105.00"), transaction_date="2025-01-15", external_reference="R-1")

    line = posting.simulate(sent).to_dict()["lines"][0]  # type: ignore[index]

    assert line["line_data"]["open_item"] == {
        "amount": "105.00",
        "due_date": "2025-01-17",
        "reference": "R-1",
    }


def test_the_origin_of_an_own_rules_line_is_its_place_in_the_text() -> None:
    """The span covers the statement that made the line; there is no pointer."""
    text = books("on HERA.X.** {\n  debit cash total_amount\n  credit clearing total_amount\n}")
    posting = PostingEngine(text)

    entry = posting.simulate(event("HERA.X.Y.V1", "1.00"))

    for line in entry.lines:
        span = line.origin.span
        assert span is not None
        row = text.splitlines()[span.line - 1]
        assert row[span.column - 1 :].startswith(line.side.word)
        assert line.origin.to_dict()["pointer"] is None


def test_a_warning_stands_in_the_wire_form() -> None:
    """Warnings have a code, a message and details."""
    posting = engine()

    data = posting.simulate(sale("105.00", sale_amount="105.00", tax_amount="5.02")).to_dict()

    assert data["warnings"] == [
        {
            "code": "TAX_DIFFERENCE",
            "message": "stated tax_amount differs by 0.02 from the computed tax",
            "details": {"difference": "0.02"},
        }
    ]


def test_the_wire_form_has_no_other_top_level_keys() -> None:
    """header, lines, warnings."""
    data = engine().simulate(sale("105.00")).to_dict()

    assert list(data) == ["header", "lines", "warnings"]


def test_json_text_is_the_wire_form() -> None:
    """to_json and to_dict say the same, and no number is a float."""
    entry = engine(TIPS).simulate(sale("110.00", tip_amount="5.00"))

    data = json.loads(entry.to_json(), parse_float=lambda text: f"a float: {text}")

    assert data == entry.to_dict()
    assert "a float" not in str(data)


def test_the_same_event_gives_the_same_bytes() -> None:
    """Two engines of one schema, two events of one content: one text."""
    one = engine().simulate(sale("105.00")).to_json()
    two = engine().simulate(sale("105.00")).to_json()

    assert one == two


def test_the_fingerprint_is_a_sha_256() -> None:
    """64 hexadecimal digits, the same for engine and entry."""
    posting = engine()

    fingerprint = posting.simulate(sale("105.00")).header.schema.fingerprint

    assert re.fullmatch("[0-9a-f]{64}", fingerprint)
    assert fingerprint == posting.fingerprint


def test_an_unbalanced_event_tells_both_sides_in_figures() -> None:
    """E_UNBALANCED shows the equation, both sides, the difference and the currency."""
    posting = engine(TIPS)
    sent = event(REFUND, "111.00", sale_amount="105.00", tip_amount="5.00")

    error = refused(posting, sent, "E_UNBALANCED")

    assert error.details == {
        "rule": "standard HERA.**.REFUND.**",
        "equations": [
            {
                "equation": "total_amount = sum(gross(items)) + tip_amount",
                "left": "111.00",
                "right": "110.00",
                "difference": "1.00",
            }
        ],
        "currency": "USD",
    }
    assert error.http_status == 422
