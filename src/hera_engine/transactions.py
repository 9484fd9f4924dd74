"""Transactions: what a ledger stores. A header, its lines, where it stands, who touched it.

All of it is immutable. Amounts are exact Decimals; a line of a journal says its side, ledger,
currency and base amount in `line_data`, and debits and credits are derived from them, never
stored. Open records hold JSON values alone: numbers with decimals are strings in them, as they
are on the wire. `Transaction.to_dict` and `hera_engine.stored.transaction_from_dict` are inverse,
so that a repository may keep the plain values in columns or as JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hera_engine.accounts import Side
from hera_engine.frozen import FrozenMap, to_plain
from hera_engine.money import ZERO, format_amount, parse_amount


class Status(StrEnum):
    """Where a transaction stands, in the order it moves."""

    DRAFT = "draft"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    COMPLETED = "completed"
    POSTED = "posted"
    VOIDED = "voided"
    REVERSED = "reversed"
    ARCHIVED = "archived"

    @property
    def is_open(self) -> bool:
        """Whether the transaction may still change and counts in no balance."""
        return self in OPEN

    @property
    def is_booked(self) -> bool:
        """Whether the transaction counts in balances: entered, and not voided."""
        return self not in OPEN and self is not Status.VOIDED


OPEN: Final = frozenset({Status.DRAFT, Status.PENDING, Status.CONFIRMED, Status.APPROVED})
"""What is not entered yet."""

MOVES: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.DRAFT: frozenset(
            {
                Status.PENDING, Status.CONFIRMED, Status.APPROVED, Status.COMPLETED,
                Status.POSTED,
            }
        ),
        Status.PENDING: frozenset(
            {Status.CONFIRMED, Status.APPROVED, Status.COMPLETED, Status.POSTED}
        ),
        Status.CONFIRMED: frozenset({Status.APPROVED, Status.COMPLETED, Status.POSTED}),
        Status.APPROVED: frozenset({Status.COMPLETED, Status.POSTED}),
        Status.COMPLETED: frozenset({Status.POSTED, Status.ARCHIVED}),
        Status.POSTED: frozenset({Status.ARCHIVED}),
        Status.REVERSED: frozenset({Status.ARCHIVED}),
        Status.VOIDED: frozenset(),
        Status.ARCHIVED: frozenset(),
    }
)  # fmt: skip
"""Where UPDATE may move a transaction; voiding and reversing are actions of their own."""

GL_SEGMENT: Final = ".GL."
"""What the smart code of a line of a journal contains."""
DEFAULT_LEDGER: Final = "GL"


def is_journal_code(code: object) -> bool:
    """Whether a line of this smart code is one of a journal."""
    return isinstance(code, str) and GL_SEGMENT in code.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionLine:
    """One line of a transaction; of a journal if its smart code says so.

    Attributes:
        id: Of the line, given by the caller's id source.
        number: From one on.
        line_type: What it is: service, product, tax, discount, gl, debit, credit …
        smart_code: Of the line; None for a line of a document that sends none.
        amount: In the line's currency. On a line of a journal below zero only in storno style.
        description: As sent.
        quantity: How many.
        unit_amount: Price of one.
        discount_amount: What was taken off.
        tax_amount: What tax is in it.
        entity_id: The account of a journal line, else what was sold.
        data: ``line_data``: side, account, dimensions and whatever else belongs to the line.
        details: Fields of the orchestrator that no rule reads, as sent.
    """

    id: str
    number: int
    line_type: str
    smart_code: str | None = None
    amount: Decimal = ZERO
    description: str | None = None
    quantity: Decimal = Decimal(1)
    unit_amount: Decimal = ZERO
    discount_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO
    entity_id: str | None = None
    data: FrozenMap = FrozenMap()
    details: FrozenMap = FrozenMap()

    @property
    def is_gl(self) -> bool:
        """Whether it is a line of a journal."""
        return is_journal_code(self.smart_code)

    @property
    def side(self) -> Side | None:
        """DR or CR on a line of a journal, else None."""
        said = self.data.get("side")
        return Side(said) if self.is_gl and isinstance(said, str) else None

    @property
    def ledger(self) -> str:
        """The book a line of a journal stands in."""
        said = self.data.get("ledger")
        return said if isinstance(said, str) else DEFAULT_LEDGER

    @property
    def account(self) -> str | None:
        """What names the account: its code, else its id."""
        for said in (self.data.get("account_code"), self.entity_id, self.data.get("account")):
            if isinstance(said, str):
                return said
        return None

    @property
    def debit_amount(self) -> Decimal:
        """The amount of a debit line, else zero; derived, never stored."""
        return self.amount if self.side is Side.DEBIT else ZERO

    @property
    def credit_amount(self) -> Decimal:
        """The amount of a credit line, else zero; derived, never stored."""
        return self.amount if self.side is Side.CREDIT else ZERO

    def currency(self, header: "TransactionHeader") -> str:
        """Return the line's own currency, else that of its header."""
        said = self.data.get("currency")
        return said if isinstance(said, str) else header.currency

    def base_amount(self) -> Decimal:
        """Return what the line is worth in base currency; its amount where it says nothing."""
        said = self.data.get("base_amount")
        return parse_amount(said) if isinstance(said, str) else self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Who made a transaction and who changed it last; `version` counts from one."""

    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    version: int = 1

    def touched(self, at: datetime, by: str) -> "Audit":
        """Return the stamps after one more change."""
        return replace(self, updated_at=at, updated_by=by, version=self.version + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionHeader:
    """What a transaction is about.

    Attributes:
        id: Given by the caller's id source.
        organization_id: Whose books; part of every key.
        transaction_type: As the application calls it, such as SALE.
        kernel_type: What that is in the kernel, such as SALES_RECEIPT.
        transaction_code: A number for people.
        smart_code: What happened.
        status: Where it stands.
        transaction_date: The day it happened.
        transaction_at: The moment, where one was sent.
        posting_date: The day it counts on, where that is another.
        currency: Of the transaction, ISO 4217.
        base_currency: Of the books.
        exchange_rate: Base units per transaction unit, as stated; "1" where there is none.
        total_amount: With its sign, in the transaction currency.
        external_reference: The caller's key; at most one transaction of an organization has it.
        business_context: What was sent.
        metadata: What was sent.
        fiscal_year: Of the accounting date, where a calendar or period says it.
        fiscal_period: From 1 to 12.
        posting_period_code: The period the accounting date lies in.
        details: Fields of the orchestrator that no rule reads, as sent.
        schema: Name, version and fingerprint of the schema that posted it; empty without one.
        content_hash: SHA-256 of what the caller sent, to tell a repeat from a conflict.
        reverses: The transaction that this one takes back, in whole or in part.
        reversed_by: The transactions that take this one back, in the order they came.
        reason: Why it was voided, or why it reverses.
    """

    id: str
    organization_id: str
    transaction_type: str
    kernel_type: str
    transaction_code: str
    smart_code: str
    status: Status
    transaction_date: date
    currency: str
    base_currency: str
    audit: Audit
    transaction_at: datetime | None = None
    posting_date: date | None = None
    exchange_rate: str = "1"
    total_amount: Decimal = ZERO
    external_reference: str | None = None
    business_context: FrozenMap = FrozenMap()
    metadata: FrozenMap = FrozenMap()
    fiscal_year: int | None = None
    fiscal_period: int | None = None
    posting_period_code: str | None = None
    details: FrozenMap = FrozenMap()
    schema: FrozenMap = FrozenMap()
    content_hash: str | None = None
    reverses: str | None = None
    reversed_by: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def accounting_date(self) -> date:
        """The day that chooses the period: posting date, else transaction date."""
        return self.posting_date or self.transaction_date

    def summary(self) -> dict[str, object]:
        """Return the eight fields that a list shows."""
        every = self.to_dict()
        return {name: every[name] for name in SUMMARY_FIELDS}

    def to_dict(self) -> dict[str, object]:
        """Return the wire form: plain JSON values, amounts as decimal strings."""
        audit = self.audit
        return {
            "id": self.id,
            "organization_id": self.organization_id,
            "transaction_type": self.transaction_type,
            "kernel_type": self.kernel_type,
            "transaction_code": self.transaction_code,
            "smart_code": self.smart_code,
            "transaction_status": self.status.value,
            "transaction_date": _iso(self.transaction_at or self.transaction_date),
            "posting_date": _iso(self.posting_date),
            "transaction_currency_code": self.currency,
            "base_currency_code": self.base_currency,
            "exchange_rate": self.exchange_rate,
            "total_amount": format_amount(self.total_amount),
            "external_reference": self.external_reference,
            "business_context": to_plain(self.business_context),
            "metadata": to_plain(self.metadata),
            "fiscal_year": self.fiscal_year,
            "fiscal_period": self.fiscal_period,
            "posting_period_code": self.posting_period_code,
            **{name: to_plain(self.details.get(name)) for name in HEADER_DETAILS},
            "schema": to_plain(self.schema),
            "content_hash": self.content_hash,
            "reverses": self.reverses,
            "reversed_by": list(self.reversed_by),
            "reason": self.reason,
            "created_at": _iso(audit.created_at),
            "created_by": audit.created_by,
            "updated_at": _iso(audit.updated_at),
            "updated_by": audit.updated_by,
            "version": audit.version,
        }


@dataclass(frozen=True, slots=True)
class Transaction:
    """A header and its lines: what a repository keeps as one."""

    header: TransactionHeader
    lines: tuple[TransactionLine, ...] = ()

    @property
    def id(self) -> str:
        """The id of the header."""
        return self.header.id

    @property
    def journal(self) -> tuple[TransactionLine, ...]:
        """The lines that stand in a ledger."""
        return tuple(line for line in self.lines if line.is_gl)

    def to_dict(self) -> dict[str, object]:
        """Return header and lines as plain JSON values, amounts as decimal strings."""
        return {"header": self.header.to_dict(), "lines": [self._line(each) for each in self.lines]}

    def _line(self, line: TransactionLine) -> dict[str, object]:
        """Return a line in the wire form; its stamps are those of the transaction's making."""
        audit = self.header.audit
        return {
            "id": line.id,
            "line_number": line.number,
            "line_type": line.line_type,
            "description": line.description,
            "quantity": format_amount(line.quantity),
            "unit_amount": format_amount(line.unit_amount),
            "line_amount": format_amount(line.amount),
            "discount_amount": format_amount(line.discount_amount),
            "tax_amount": format_amount(line.tax_amount),
            "entity_id": line.entity_id,
            "smart_code": line.smart_code,
            "line_data": to_plain(line.data),
            **{name: to_plain(line.details.get(name)) for name in LINE_DETAILS},
            "created_at": _iso(audit.created_at),
            "created_by": audit.created_by,
            "updated_at": _iso(audit.created_at),
            "updated_by": audit.created_by,
            "version": 1,
        }


SUMMARY_FIELDS: Final = (
    "id", "organization_id", "transaction_type", "transaction_code", "transaction_date",
    "total_amount", "transaction_status", "smart_code",
)  # fmt: skip
"""What a list of transactions shows of each."""

HEADER_DETAILS: Final = (
    "source_entity_id", "target_entity_id", "reference_number", "approval_required",
    "approved_by", "approved_at", "exchange_rate_date", "exchange_rate_type",
    "fiscal_period_entity_id", "smart_code_status", "ai_confidence", "ai_classification",
    "ai_insights",
)  # fmt: skip
"""Header fields of the orchestrator that are kept as sent."""

LINE_DETAILS: Final = ("smart_code_status", "ai_confidence", "ai_classification", "ai_insights")
"""Line fields of the orchestrator that are kept as sent."""


def _iso(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
