"""Every example and every error of the transaction orchestrator, through `execute`.

The examples are those of its reference; where that leaves names open (customerId), texts stand
for them. Amounts come back as decimal strings, which is the one rule of ours that differs.
"""

from typing import Final

import pytest

from hera_engine import Ledger, Settings
from hera_engine.json_text import loads
from hera_engine.ledger.actions import ACTIONS
from hera_engine.transactions import SUMMARY_FIELDS
from tests.unit.ledger.books import ACTOR, ORG, OTHER, data_of, ids_of, opened

# --- what is sent -------------------------------------------------------------------------------

SERVICES: Final[dict[str, object]] = {
    "header": {
        "organization_id": ORG,
        "transaction_type": "SALE",
        "transaction_code": "SALE-2025-001",
        "smart_code": "HERA.SALON.SALE.TXN.RETAIL.V1",
        "transaction_date": "2025-10-23T14:30:00Z",
        "source_entity_id": "customer-uuid",
        "target_entity_id": "staff-uuid",
        "total_amount": 150,
        "transaction_status": "completed",
        "transaction_currency_code": "USD",
    },
    "lines": [
        {
            "line_number": 1,
            "line_type": "service",
            "description": "Haircut",
            "quantity": 1,
            "unit_amount": 50,
            "line_amount": 50,
            "entity_id": "service-uuid",
            "smart_code": "HERA.SALON.SERVICE.LINE.HAIRCUT.V1",
        },
        {
            "line_number": 2,
            "line_type": "service",
            "description": "Hair Coloring",
            "quantity": 1,
            "unit_amount": 100,
            "line_amount": 100,
            "entity_id": "service-uuid-2",
            "smart_code": "HERA.SALON.SERVICE.LINE.COLORING.V1",
        },
    ],
}


def gl_line(number: int, side: str, account: str, amount: int, **data: object) -> dict[str, object]:
    """Return a line of a journal as the examples write it."""
    return {
        "line_number": number,
        "line_type": "gl",
        "description": account,
        "line_amount": amount,
        "smart_code": "HERA.FIN.GL.LINE.ACCOUNT.V1",
        "line_data": {"side": side, "account": account, **data},
    }


GL_JOURNAL: Final[dict[str, object]] = {
    "header": {
        "organization_id": ORG,
        "transaction_type": "JOURNAL",
        "smart_code": "HERA.FIN.GL.TXN.JOURNAL.ENTRY.V1",
        "total_amount": 0,
        "transaction_status": "posted",
    },
    "lines": [
        gl_line(1, "DR", "110000", 1000, cost_center="CC001"),
        gl_line(2, "CR", "410000", 1000, cost_center="CC001"),
    ],
}
RENT: Final[dict[str, object]] = {
    "header": {
        "organization_id": ORG,
        "transaction_type": "JOURNAL",
        "smart_code": "HERA.FIN.GL.TXN.JOURNAL.V1",
        "transaction_status": "posted",
        "fiscal_year": 2025,
        "fiscal_period": 10,
    },
    "lines": [
        gl_line(1, "DR", "620000", 5000, cost_center="ADMIN"),
        gl_line(2, "CR", "110000", 5000, cost_center="ADMIN"),
    ],
}
POS_SALE: Final[dict[str, object]] = {
    "header": {
        "organization_id": ORG,
        "transaction_type": "SALE",
        "smart_code": "HERA.RETAIL.SALE.TXN.POS.V1",
        "source_entity_id": "customer-uuid",
        "target_entity_id": "register-uuid",
        "total_amount": "235.50",
        "transaction_status": "completed",
        "business_context": {
            "terminal_id": "POS-01",
            "shift_id": "SHIFT-123",
            "payment_method": "credit_card",
        },
    },
    "lines": [
        {"line_number": 1, "line_type": "product", "description": "Product A", "quantity": 2,
         "unit_amount": 50, "line_amount": 100},
        {"line_number": 2, "line_type": "product", "description": "Product B", "quantity": 1,
         "unit_amount": 125, "line_amount": 125},
        {"line_number": 3, "line_type": "tax", "description": "Sales Tax (5%)",
         "line_amount": "10.50"},
    ],
}  # fmt: skip
APPOINTMENT: Final[dict[str, object]] = {
    "header": {
        "organization_id": ORG,
        "transaction_type": "APPOINTMENT",
        "smart_code": "HERA.SALON.APPOINTMENT.TXN.BOOKING.V1",
        "transaction_date": "2025-10-25T10:00:00Z",
        "source_entity_id": "customer-uuid",
        "target_entity_id": "stylist-uuid",
        "total_amount": 0,
        "transaction_status": "confirmed",
        "business_context": {
            "service_duration_minutes": 60,
            "booking_notes": "Customer prefers front area",
        },
    },
    "lines": [
        {"line_number": 1, "line_type": "service", "description": "Haircut Appointment",
         "quantity": 1, "unit_amount": 50, "line_amount": 50, "entity_id": "service-uuid"},
    ],
}  # fmt: skip

HEADER_KEYS: Final = {
    "id", "organization_id", "transaction_type", "transaction_code", "smart_code",
    "transaction_date", "source_entity_id", "target_entity_id", "total_amount",
    "transaction_status", "reference_number", "external_reference", "business_context",
    "metadata", "approval_required", "approved_by", "approved_at", "transaction_currency_code",
    "base_currency_code", "exchange_rate", "exchange_rate_date", "exchange_rate_type",
    "fiscal_year", "fiscal_period", "fiscal_period_entity_id", "posting_period_code",
    "smart_code_status", "created_at", "updated_at", "created_by", "updated_by", "version",
}  # fmt: skip
"""What the reference names of the header of a response."""
LINE_KEYS: Final = {
    "id", "line_number", "line_type", "description", "quantity", "unit_amount", "line_amount",
    "discount_amount", "tax_amount", "entity_id", "smart_code", "smart_code_status",
    "ai_confidence", "ai_classification", "ai_insights", "line_data", "created_at", "updated_at",
    "created_by", "updated_by", "version",
}  # fmt: skip
"""The 21 fields of a line."""
FAILURE_KEYS: Final = {
    "success", "action", "transaction_id", "error", "error_detail", "error_hint", "error_context",
}  # fmt: skip


def call(ledger: Ledger, action: str, payload: object = None) -> dict[str, object]:
    """Return the answer to an action of the salon's cashier."""
    return ledger.execute(action, ACTOR, ORG, payload)  # type: ignore[arg-type] # odd ones too


def made(ledger: Ledger, payload: dict[str, object]) -> str:
    """Return the id of what a payload creates."""
    return ids_of(call(ledger, "CREATE", payload))


# --- the examples -------------------------------------------------------------------------------


def test_create_with_lines() -> None:
    """The salon's sale: every documented key, every value as it was sent."""
    ledger = opened()

    answer = call(ledger, "CREATE", SERVICES)

    assert {key: answer[key] for key in ("success", "action")} == {
        "success": True, "action": "CREATE"
    }  # fmt: skip
    inner = answer["data"]
    assert isinstance(inner, dict)
    assert (inner["success"], inner["action"]) == (True, "READ")
    assert inner["transaction_id"] == answer["transaction_id"]
    data = data_of(answer)
    header, lines = data["header"], data["lines"]
    assert isinstance(header, dict)
    assert isinstance(lines, list)
    assert header.keys() >= HEADER_KEYS
    assert len(header) >= 35
    assert [set(line) for line in lines] == [LINE_KEYS, LINE_KEYS]
    assert {key: header[key] for key in (
        "id", "organization_id", "transaction_type", "transaction_code", "transaction_date",
        "source_entity_id", "target_entity_id", "total_amount", "transaction_status",
        "smart_code", "smart_code_status", "transaction_currency_code", "created_by",
        "updated_by", "version",
    )} == {
        "id": answer["transaction_id"], "organization_id": ORG, "transaction_type": "SALE",
        "transaction_code": "SALE-2025-001", "transaction_date": "2025-10-23T14:30:00+00:00",
        "source_entity_id": "customer-uuid", "target_entity_id": "staff-uuid",
        "total_amount": "150.00", "transaction_status": "completed",
        "smart_code": "HERA.SALON.SALE.TXN.RETAIL.V1", "smart_code_status": "DRAFT",
        "transaction_currency_code": "USD", "created_by": ACTOR, "updated_by": ACTOR,
        "version": 1,
    }  # fmt: skip
    assert {key: lines[0][key] for key in (
        "line_number", "line_type", "description", "quantity", "unit_amount", "line_amount",
        "discount_amount", "tax_amount", "entity_id", "smart_code", "version",
    )} == {
        "line_number": 1, "line_type": "service", "description": "Haircut", "quantity": "1",
        "unit_amount": "50", "line_amount": "50", "discount_amount": "0", "tax_amount": "0",
        "entity_id": "service-uuid", "smart_code": "HERA.SALON.SERVICE.LINE.HAIRCUT.V1",
        "version": 1,
    }  # fmt: skip


@pytest.mark.parametrize("payload", [GL_JOURNAL, RENT], ids=["gl", "rent"])
def test_create_gl_journal(payload: dict[str, object]) -> None:
    """Both examples of a journal; what the lines carry stays with them."""
    data = data_of(call(opened(), "CREATE", payload))

    sent, lines = payload["lines"], data["lines"]
    assert isinstance(sent, list)
    assert isinstance(lines, list)
    for line, wanted in zip(lines, sent, strict=True):
        assert line["line_data"].items() >= wanted["line_data"].items()
        assert line["line_amount"] == f"{wanted['line_amount']}.00"


def test_the_fiscal_fields_of_a_journal_are_kept() -> None:
    """As the accountant said them."""
    header = data_of(call(opened(), "CREATE", RENT))["header"]

    assert isinstance(header, dict)
    assert (header["fiscal_year"], header["fiscal_period"]) == (2025, 10)


def test_pos_sale_and_appointment() -> None:
    """A context comes back as it was sent; so do figures that no rule of ours adds up."""
    ledger = opened()

    sale = data_of(call(ledger, "CREATE", POS_SALE))["header"]
    booked = data_of(call(ledger, "CREATE", APPOINTMENT))["header"]

    assert isinstance(sale, dict)
    assert isinstance(booked, dict)
    sent, asked = POS_SALE["header"], APPOINTMENT["header"]
    assert isinstance(sent, dict)
    assert isinstance(asked, dict)
    assert sale["business_context"] == sent["business_context"]
    assert (sale["total_amount"], sale["kernel_type"]) == ("235.50", "SALES_RECEIPT")
    assert booked["business_context"] == asked["business_context"]
    assert (booked["transaction_status"], booked["kernel_type"]) == ("confirmed", "SALES_INVOICE")


def test_emit_takes_a_header_alone() -> None:
    """And refuses lines."""
    ledger = opened()

    answer = call(ledger, "EMIT", {"header": SERVICES["header"]})
    refused = call(ledger, "EMIT", SERVICES)

    assert answer["action"] == "EMIT"
    assert data_of(answer)["lines"] == []
    assert str(refused["error"]).startswith("lines: is not a known field")


def test_read() -> None:
    """The whole transaction, twice wrapped."""
    ledger = opened()
    sale = call(ledger, "CREATE", SERVICES)

    answer = call(
        ledger, "READ", {"transaction_id": sale["transaction_id"], "include_deleted": False}
    )

    assert answer == {**sale, "action": "READ"}


def test_query() -> None:
    """Eight fields of each, the limit and the offset."""
    ledger = opened()
    sale = made(ledger, SERVICES)
    made(ledger, GL_JOURNAL)
    filters = {
        "transaction_type": "SALE", "transaction_status": "completed", "limit": 50, "offset": 0,
        "include_deleted": False,
    }  # fmt: skip

    answer = call(ledger, "QUERY", {"filters": filters})

    inner = answer["data"]
    assert (answer["action"], answer["transaction_id"]) == ("QUERY", None)
    assert isinstance(inner, dict)
    assert (inner["success"], inner["action"]) == (True, "QUERY")
    data = inner["data"]
    assert (data["limit"], data["offset"]) == (50, 0)
    assert [item["id"] for item in data["items"]] == [sale]
    assert tuple(data["items"][0]) == SUMMARY_FIELDS
    assert len(SUMMARY_FIELDS) == 8


def test_void_and_audit_read() -> None:
    """The record is kept, hidden in normal mode, shown in audit mode."""
    ledger = opened()
    sale = made(ledger, SERVICES)
    asked = {"transaction_id": sale, "reason": "Customer cancellation", "include_deleted": True}

    voided = call(ledger, "VOID", asked)
    normal = call(ledger, "READ", {"transaction_id": sale, "include_deleted": False})
    audit = call(ledger, "READ", {"transaction_id": sale, "include_deleted": True})

    header = data_of(voided)["header"]
    assert isinstance(header, dict)
    assert (header["transaction_status"], header["reason"]) == ("voided", "Customer cancellation")
    assert len(data_of(voided)["lines"]) == 2  # type: ignore[arg-type] # a list
    assert (normal["success"], normal["error"]) == (False, "Transaction not found")
    assert data_of(audit) == data_of(voided)


def test_delete_rules() -> None:
    """An empty draft goes; anything else is voided or reversed."""
    ledger = opened()
    sale = made(ledger, SERVICES)
    header = {"organization_id": ORG, "transaction_type": "SALE",
              "smart_code": "HERA.SALON.SALE.TXN.RETAIL.V1"}  # fmt: skip
    draft = made(ledger, {"header": header})

    gone = call(ledger, "DELETE", {"transaction_id": draft})
    refused = call(ledger, "DELETE", {"transaction_id": sale})

    assert gone == {
        "success": True, "action": "DELETE", "transaction_id": draft,
        "data": {"success": True, "header_deleted": 1},
    }  # fmt: skip
    assert refused["error"] == (
        "Only empty DRAFT transactions can be deleted. Use VOID or REVERSAL."
    )
    assert call(ledger, "VOID", {"transaction_id": sale})["success"] is True


def test_update() -> None:
    """The example approves what is booked as confirmed."""
    ledger = opened()
    booking = made(ledger, APPOINTMENT)
    patch = {
        "transaction_status": "approved", "approved_by": "approver-uuid",
        "approved_at": "2025-10-24T09:00:00.000Z",
    }  # fmt: skip

    answer = call(ledger, "UPDATE", {"transaction_id": booking, "patch": patch})

    header = data_of(answer)["header"]
    assert isinstance(header, dict)
    assert {name: header[name] for name in patch} == patch
    assert header["version"] == 2


def test_reverse() -> None:
    """A new transaction: sides flipped, total negated, linked by its metadata."""
    ledger = opened()
    journal = made(ledger, {**GL_JOURNAL, "header": {**GL_JOURNAL["header"], "total_amount": 1000}})  # type: ignore[dict-item] # an object
    asked = {
        "transaction_id": journal, "reversal_date": "2025-10-23T16:00:00Z",
        "reason": "Correction: duplicate entry",
    }  # fmt: skip

    answer = call(ledger, "REVERSE", asked)

    data = data_of(answer)
    header, lines = data["header"], data["lines"]
    assert isinstance(header, dict)
    assert isinstance(lines, list)
    assert answer["transaction_id"] != journal
    assert header["total_amount"] == "-1000.00"
    assert header["transaction_date"] == "2025-10-23T16:00:00+00:00"
    assert header["metadata"] == {
        "reversal_of": journal, "reason": "Correction: duplicate entry"
    }  # fmt: skip
    assert [(line["line_data"]["side"], line["line_amount"]) for line in lines] == [
        ("CR", "1000.00"), ("DR", "1000.00")
    ]  # fmt: skip


def test_validate() -> None:
    """A list of checks."""
    ledger = opened()
    journal = made(ledger, GL_JOURNAL)

    answer = call(ledger, "VALIDATE", {"transaction_id": journal})

    data = answer["data"]
    assert isinstance(data, dict)
    assert (answer["action"], data["transaction_id"], data["valid"]) == ("VALIDATE", journal, True)
    assert {check["name"] for check in data["checks"]} >= {"balance", "transaction type"}


# --- the errors ---------------------------------------------------------------------------------


def with_header(payload: dict[str, object], **changes: object) -> dict[str, object]:
    """Return a payload with changes of its header."""
    header = payload["header"]
    assert isinstance(header, dict)
    return {**payload, "header": {**header, **changes}}


WITHOUT_SIDE: Final = gl_line(1, "DR", "110000", 1000) | {"line_data": {"account": "110000"}}
UNBALANCED: Final = [gl_line(1, "DR", "110000", 1000), gl_line(2, "CR", "410000", 500)]
ERRORS: Final[list[tuple[str, str, str, object]]] = [
    ("SMART_CODE_INVALID", "E_SMART_CODE_REQUIRED", "CREATE",
     with_header(SERVICES, smart_code="SALON.SALE")),
    ("ORG_MISMATCH", "E_GUARDRAIL", "CREATE", with_header(SERVICES, organization_id=OTHER)),
    ("ORG_MISMATCH", "E_GUARDRAIL", "EMIT",
     {"header": {**with_header(SERVICES, organization_id=OTHER)["header"]}}),  # type: ignore[dict-item] # an object
    ("GL_IMBALANCE", "E_UNBALANCED", "CREATE", {**GL_JOURNAL, "lines": UNBALANCED}),
    ("GL_LINE_SIDE_REQUIRED", "E_GUARDRAIL", "CREATE", {**GL_JOURNAL, "lines": [WITHOUT_SIDE]}),
    ("PARAM_REQUIRED", "E_GUARDRAIL", "READ", {}),
    ("PARAM_REQUIRED", "E_GUARDRAIL", "UPDATE", {"patch": {"metadata": {}}}),
    ("PARAM_REQUIRED", "E_GUARDRAIL", "DELETE", {}),
    ("PARAM_REQUIRED", "E_GUARDRAIL", "VOID", {}),
    ("PARAM_REQUIRED", "E_GUARDRAIL", "REVERSE", {}),
    ("PARAM_REQUIRED", "E_GUARDRAIL", "VALIDATE", {}),
    ("PARAM_REQUIRED", "E_GUARDRAIL", "CREATE", {}),
    ("ACTION_INVALID", "E_GUARDRAIL", "UPSERT", {}),
]  # fmt: skip


@pytest.mark.parametrize(("word", "code", "action", "payload"), ERRORS)
def test_every_listed_error(word: str, code: str, action: str, payload: object) -> None:
    """Its word begins the text and stands in the detail; nothing is stored."""
    ledger = opened()

    answer = call(ledger, action, payload)

    assert answer.keys() >= FAILURE_KEYS
    assert (answer["success"], answer["action"], answer["transaction_id"]) == (False, action, None)
    assert str(answer["error"]).startswith(f"{word}: ")
    assert str(answer["error"]).count(word) == 1
    detail = loads(str(answer["error_detail"]))
    assert isinstance(detail, dict)
    assert (answer["error_code"], detail["kernel_code"]) == (code, word)
    items = call(ledger, "QUERY")["data"]
    assert isinstance(items, dict)
    assert items["data"]["items"] == []


@pytest.mark.parametrize("action", ACTIONS)
def test_actor_and_organization_are_required_of_every_action(action: str) -> None:
    """Before anything else is looked at."""
    ledger = opened()

    nobody = ledger.execute(action, None, ORG, {})  # type: ignore[arg-type] # that is the point
    nowhere = ledger.execute(action, ACTOR, None, {})  # type: ignore[arg-type] # that is the point

    assert str(nobody["error"]).startswith("ACTOR_REQUIRED: ")
    assert str(nowhere["error"]).startswith("ORG_REQUIRED: ")


@pytest.mark.parametrize("action", ["READ", "UPDATE", "DELETE", "VOID", "REVERSE", "VALIDATE"])
def test_transaction_not_found(action: str) -> None:
    """In these words, also for one of another organization."""
    ledger = opened()
    sale = made(ledger, SERVICES)

    for who, wanted in ((ORG, "no-such-id"), (OTHER, sale)):
        payload: dict[str, object] = {"transaction_id": wanted}
        if action == "UPDATE":
            payload["patch"] = {"metadata": {}}
        answer = ledger.execute(action, ACTOR, who, payload)
        assert (answer["error"], answer["error_code"]) == ("Transaction not found", "E_NOT_FOUND")


def test_figures_of_an_imbalance() -> None:
    """Without slack, and with a hint."""
    answer = call(opened(), "CREATE", {**GL_JOURNAL, "lines": UNBALANCED})

    assert answer["error"] == (
        "GL_IMBALANCE: GL USD: debits 1000.00, credits 500.00, difference 500.00"
    )
    assert answer["error_hint"]


def test_an_action_in_any_case_of_letters() -> None:
    """Answered by its name in upper case."""
    assert call(opened(), "query")["action"] == "QUERY"


def test_strict_settings_take_the_examples() -> None:
    """The orchestrator's own pattern fits its own codes."""
    ledger = opened(settings=Settings(strict_smart_codes=True))

    for payload in (SERVICES, GL_JOURNAL, RENT, POS_SALE, APPOINTMENT):
        assert call(ledger, "CREATE", payload)["success"] is True
