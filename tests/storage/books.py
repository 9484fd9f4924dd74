"""Books for the tests of storage: the runbook's configuration, sales, and transactions as such."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Final
from uuid import uuid4

from hera_engine.configuration import Configuration
from hera_engine.frozen import FrozenMap
from hera_engine.ledger import Ledger
from hera_engine.repository import Repository
from hera_engine.transactions import (
    Audit,
    Status,
    Transaction,
    TransactionHeader,
    TransactionLine,
)

ROOT: Final = Path(__file__).parents[2]
RUNBOOK: Final = ROOT / "examples" / "runbook"
ACTOR: Final = "6f1b9d8e-0000-4000-8000-000000000001"
NOON: Final = datetime(2025, 6, 30, 12, 0, 0, 250000, tzinfo=UTC)
_numbers = count(1)


def organization() -> str:
    """Return the id of an organization that nothing has yet."""
    return str(uuid4())


def read(name: str) -> object:
    """Return a file of the runbook."""
    return json.loads((RUNBOOK / name).read_text("utf-8"), parse_float=Decimal)


def configuration(organization_id: str, **more: object) -> Configuration:
    """Return what the runbook's organization keeps its books by."""
    said = {
        "organization_id": organization_id,
        "chart": read("chart.json"),
        "schemas": {"pos": read("posting-schema.json")},
        "tax_profiles": {"standard": read("tax-profile.json")},
        "bindings": [
            {"event": "HERA.POS.SALE.V1", "schema": "pos", "tax_profile": "standard"},
            {
                "event": "HERA.POS.**", "schema": "pos", "priority": -1,
                "effective_from": "2024-01-01", "effective_to": "2030-12-31",
            },
        ],
        "periods": [
            {"code": "2024", "start": "2024-01-01", "end": "2024-12-31", "status": "closed"},
            {"code": "2025", "start": "2025-01-01", "end": "2025-12-31", "fiscal_year": 2025},
        ],
        "base_currency": "USD",
        "types": {"TILL_SALE": "SALES_RECEIPT"},
        "exchange_rates": {},
        **more,
    }  # fmt: skip
    return Configuration.from_dict(said)


def sale(reference: str | None) -> dict[str, object]:
    """Return the runbook's sale under another reference."""
    event = read("event.json")
    assert isinstance(event, dict)
    kept = {name: value for name, value in event.items() if name != "organization_id"}
    return {**kept, "external_reference": reference, "transaction_date": "2025-06-30"}


def ledger(repository: Repository) -> Ledger:
    """Return a ledger over a repository."""
    return Ledger(repository, clock=lambda: NOON, ids=lambda: str(uuid4()))


def header(organization_id: str, **more: object) -> TransactionHeader:
    """Return the header of a draft; its id is later in order than all before."""
    audit = Audit(created_at=NOON, created_by=ACTOR, updated_at=NOON, updated_by=ACTOR)
    said: dict[str, object] = {
        "id": f"t-{next(_numbers):06}",
        "organization_id": organization_id,
        "transaction_type": "SALE",
        "kernel_type": "SALES_RECEIPT",
        "transaction_code": "S-1",
        "smart_code": "HERA.POS.SALE.V1",
        "status": Status.DRAFT,
        "transaction_date": date(2025, 6, 30),
        "currency": "AED",
        "base_currency": "USD",
        "audit": audit,
        **more,
    }
    return TransactionHeader(**said)  # type: ignore[arg-type] # each test names what it sets


def line(number: int, side: str = "DR", amount: str = "10.50") -> TransactionLine:
    """Return a line of a journal."""
    return TransactionLine(
        id=f"l-{number}",
        number=number,
        line_type="gl",
        smart_code="HERA.FIN.GL.LINE.V1",
        amount=Decimal(amount),
        data=FrozenMap({"side": side, "account_code": "4100", "ledger": "GL"}),
    )


def full(organization_id: str) -> Transaction:
    """Return a transaction that says something in every field, and odd things in open ones."""
    moment = datetime(2025, 6, 30, 23, 59, 59, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    own = header(
        organization_id,
        transaction_at=moment,
        posting_date=date(2025, 7, 1),
        exchange_rate="3.6725",
        total_amount=Decimal("999999999999999999.123456789012"),
        external_reference="Straße/1:ü",
        business_context=FrozenMap({"b": (1, "2.50", None, True), "a": FrozenMap({"ключ": "é"})}),
        metadata=FrozenMap({"note": "it's 100 % \":x\" ::y"}),
        fiscal_year=2025,
        fiscal_period=7,
        posting_period_code="2025-07",
        details=FrozenMap(
            {
                "source_entity_id": "c-1", "approval_required": True, "approved_by": 7,
                "ai_confidence": "0.95", "ai_insights": ("a", "list"), "reference_number": "",
            }
        ),
        schema=FrozenMap({"name": "pos", "version": 1, "fingerprint": "f"}),
        content_hash="0" * 64,
        reverses="t-0",
        reversed_by=("t-2", "t-1"),
        reason="wrong till",
        audit=Audit(created_at=moment, created_by="a", updated_at=NOON, updated_by="b", version=3),
    )  # fmt: skip
    odd = TransactionLine(
        id="l-3", number=3, line_type="service", description="Haircut", quantity=Decimal("0.250"),
        unit_amount=Decimal("-7"), discount_amount=Decimal("0.000000000001"), entity_id="e",
        tax_amount=Decimal("1E+3"), details=FrozenMap({"ai_confidence": 1}),
    )  # fmt: skip
    return Transaction(own, (line(1), line(2, "CR", "-0.10"), odd))
