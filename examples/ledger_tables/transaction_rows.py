"""Transactions as rows of universal_transactions and universal_transaction_lines."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from examples.ledger_tables.rows import Kind, Row, Value, fields_of, row_of
from hera_engine.stored import header_from_dict, transaction_from_dict
from hera_engine.transactions import Transaction, TransactionHeader

_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "approval_required": Kind.TRUTH,
        "fiscal_year": Kind.WHOLE,
        "fiscal_period": Kind.WHOLE,
        "version": Kind.WHOLE,
        "line_number": Kind.WHOLE,
        "business_context": Kind.OBJECT,
        "metadata": Kind.OBJECT,
        "ai_insights": Kind.OBJECT,
        "line_data": Kind.OBJECT,
    }
)


def _columns(*names: str) -> Mapping[str, Kind]:
    return MappingProxyType({name: _KINDS.get(name, Kind.TEXT) for name in names})


HEADER_COLUMNS: Final = _columns(
    "organization_id", "id", "transaction_type", "kernel_type", "transaction_code", "smart_code",
    "transaction_status", "transaction_date", "posting_date", "source_entity_id",
    "target_entity_id", "total_amount", "reference_number", "external_reference",
    "business_context", "metadata", "approval_required", "approved_by", "approved_at",
    "transaction_currency_code", "base_currency_code", "exchange_rate", "exchange_rate_date",
    "exchange_rate_type", "fiscal_year", "fiscal_period", "fiscal_period_entity_id",
    "posting_period_code", "smart_code_status", "ai_confidence", "ai_classification",
    "ai_insights", "reverses", "reason", "content_hash", "created_at", "created_by", "updated_at",
    "updated_by", "version",
)  # fmt: skip

LINE_COLUMNS: Final = _columns(
    "id", "line_number", "line_type", "description", "quantity", "unit_amount", "line_amount",
    "discount_amount", "tax_amount", "entity_id", "smart_code", "smart_code_status",
    "ai_confidence", "ai_classification", "ai_insights", "line_data",
)  # fmt: skip

_STAMPS: Final = ("created_at", "created_by", "updated_at", "updated_by", "version")
"""What a line says of itself and its header says for it."""


def header_row(header: TransactionHeader) -> dict[str, Value]:
    """Return the row of a header."""
    fields = header.to_dict()
    evened = {
        "transaction_date": header.transaction_date.isoformat(),
        "created_at": _in_utc(header.audit.created_at),
        "updated_at": _in_utc(header.audit.updated_at),
    }
    spelled = {name: fields[name] for name, value in evened.items() if fields[name] != value}
    return row_of({**fields, **evened}, HEADER_COLUMNS, spelled)


def line_rows(transaction: Transaction) -> list[dict[str, Value]]:
    """Return the rows of a transaction's lines."""
    header = transaction.header
    key: dict[str, Value] = {"organization_id": header.organization_id, "transaction_id": header.id}
    rows = []
    for line in _records(transaction.to_dict()["lines"]):
        fields = {name: value for name, value in line.items() if name not in _STAMPS}
        rows.append({**key, **row_of(fields, LINE_COLUMNS)})
    return rows


def _records(values: object) -> list[Mapping[str, object]]:
    assert isinstance(values, list), "the wire form of a transaction lists its lines"
    return values


def header_of(row: Row) -> TransactionHeader:
    """Return the header that a row holds.

    Raises:
        ValueError: If the row holds none.
    """
    return header_from_dict(_header_fields(row))


def transactions_of(headers: Iterable[Row], lines: Iterable[Row]) -> tuple[Transaction, ...]:
    """Return the transactions of some headers; lines come in the order of their numbers.

    Raises:
        ValueError: If a row holds no header or line.
    """
    by_transaction: dict[Value, list[dict[str, object]]] = {}
    for line in lines:
        by_transaction.setdefault(line["transaction_id"], []).append(fields_of(line, LINE_COLUMNS))
    return tuple(
        transaction_from_dict(
            {"header": _header_fields(row), "lines": by_transaction.get(row["id"], [])}
        )
        for row in headers
    )


def _header_fields(row: Row) -> dict[str, object]:
    stamps = {name: _in_utc(_moment(row[name])) for name in ("created_at", "updated_at")}
    return fields_of({**row, **stamps}, HEADER_COLUMNS)


def _moment(value: Value) -> datetime:
    """Return the moment a column of stamps says; PostgreSQL writes it in the session's zone."""
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("a stamp has no time zone")
    return moment


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
