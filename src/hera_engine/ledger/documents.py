"""Reads what a caller sends to be stored as a transaction: a header, and lines.

The fields are those of the transaction orchestrator. Everything is checked once and all problems
come together; what comes out balances exactly in each ledger and currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from hera_engine import limits
from hera_engine.configuration import Configuration
from hera_engine.errors import HeraError, ProblemList
from hera_engine.frozen import FrozenMap
from hera_engine.ledger.base_amounts import refuse_too_large, with_base_amounts
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.document_fields import UNCONFIRMED, FieldReader
from hera_engine.ledger.document_lines import LineReader
from hera_engine.ledger.entering import other_period, wrong_base, wrong_type
from hera_engine.money import ZERO, currency_exponent, exact_add, format_amount
from hera_engine.periods import FISCAL_PERIODS, FISCAL_YEARS
from hera_engine.smart_codes import canonical_code
from hera_engine.transactions import HEADER_DETAILS, Status, Transaction, TransactionHeader

DEFAULT_CURRENCY: Final = "USD"
"""The currency of a document that names none, in books that name none, as in the origin."""

HEADER_FIELDS: Final = (
    "organization_id", "transaction_type", "transaction_code", "smart_code", "transaction_date",
    "posting_date", "total_amount", "transaction_status", "external_reference",
    "business_context", "metadata", "transaction_currency_code", "base_currency_code",
    "exchange_rate", "fiscal_year", "fiscal_period", "posting_period_code", *HEADER_DETAILS,
)  # fmt: skip

BEGINNINGS: Final = tuple(sorted(set(Status) - {Status.VOIDED, Status.REVERSED, Status.ARCHIVED}))
"""The statuses a document may begin with."""

_HEADER: Final = "header"


def read_document(
    desk: Desk,
    caller: Caller,
    configuration: Configuration,
    header: Mapping[str, object],
    lines: Sequence[object],
) -> Transaction:
    """Return the transaction that a document describes.

    Raises:
        EventError: With every problem: E_SMART_CODE_REQUIRED, E_GUARDRAIL.
        HeraError: E_NOT_FOUND for an account that the chart does not have; E_UNBALANCED for
            lines of a journal that do not balance.
    """
    fields = FieldReader(ProblemList(), desk.settings.strict_smart_codes)
    own = _HeaderReader(fields, desk, caller, configuration).header(header)
    if len(lines) > limits.JOURNAL_LINES:
        fields.problems.add(
            "lines", "are too many", None,
            limit="JOURNAL_LINES", allowed=limits.JOURNAL_LINES, seen=len(lines),
        )  # fmt: skip
        lines = ()
    reader = LineReader(fields, own, configuration.accounts, configuration.reversal_style, desk)
    read = [reader.line(line, place) for place, line in enumerate(lines)]
    numbers = {line.number for line in read}
    if len(numbers) != len(read):
        fields.problems.add("lines", "have a line_number twice", "number them from 1 on")
    if own.status.is_booked:
        fields.problems.found.extend(other_period(own, configuration))
    fields.problems.raise_if_any()
    ordered = tuple(sorted(read, key=lambda line: line.number))
    return Transaction(own, with_base_amounts(own, ordered))


def totalled(document: Transaction) -> Transaction:
    """Return a journal with the debits of its first ledger, in its own currency, as its total.

    Raises:
        EventError: For a total that is too large.
    """
    header, journal = document.header, document.journal
    total = ZERO
    for line in journal:
        if line.ledger == journal[0].ledger and line.currency(header) == header.currency:
            total = exact_add(total, line.debit_amount)
    refuse_too_large([("total_amount", total)])
    return replace(document, header=replace(header, total_amount=total))


@dataclass(frozen=True, slots=True)
class _HeaderReader:
    """Reads the header of one document."""

    fields: FieldReader
    desk: Desk
    caller: Caller
    configuration: Configuration

    def header(self, said: Mapping[str, object]) -> TransactionHeader:
        """Return the header, with neutral values where a problem was noted."""
        fields = self.fields
        fields.refuse_unknown(said, HEADER_FIELDS, _HEADER)
        if said.get("organization_id") not in (None, self.caller.organization_id):
            message, hint = "is another organization", "send the organization of the call"
            fields.refuse("header.organization_id", "ORG_MISMATCH", message, hint)
        currency, base = self._currencies(said)
        exponent = self._exponent(currency, "header.transaction_currency_code")
        self._exponent(base, "header.base_currency_code")
        moment, day = self._date(said)
        kind, kernel = self._type(said)
        code = fields.smart_code(said.get("smart_code"), "header.smart_code")
        unfit = "is not a status that a transaction begins with"
        identity = self.desk.new_id()
        return TransactionHeader(
            id=identity,
            organization_id=self.caller.organization_id,
            transaction_type=kind,
            kernel_type=kernel,
            transaction_code=fields.reference(said, "transaction_code", _HEADER) or identity,
            smart_code=canonical_code(code or ""),
            status=fields.status(said, _HEADER, BEGINNINGS, unfit) or Status.DRAFT,
            transaction_date=day,
            transaction_at=moment,
            posting_date=fields.day(said, "posting_date", _HEADER),
            currency=currency,
            base_currency=base,
            exchange_rate=self._rate(said, currency, base),
            total_amount=fields.money(said, "total_amount", exponent, path=_HEADER) or ZERO,
            external_reference=fields.reference(said, "external_reference", _HEADER),
            business_context=fields.stored(said, "business_context", _HEADER),
            metadata=fields.stored(said, "metadata", _HEADER),
            fiscal_year=fields.whole(said, "fiscal_year", _HEADER, FISCAL_YEARS),
            fiscal_period=fields.whole(said, "fiscal_period", _HEADER, FISCAL_PERIODS),
            posting_period_code=fields.word(said, "posting_period_code", _HEADER),
            details=FrozenMap({**UNCONFIRMED, **fields.some_of(said, HEADER_DETAILS, _HEADER)}),
            audit=self.desk.stamped(self.caller),
        )

    def _currencies(self, said: Mapping[str, object]) -> tuple[str, str]:
        """Return the currency of the transaction and that of the books."""
        own = self.fields.word(said, "transaction_currency_code", _HEADER)
        base = self.fields.word(said, "base_currency_code", _HEADER)
        problem = wrong_base(base, self.configuration)
        if problem is not None:
            self.fields.problems.found.append(problem)
        base = base or self.configuration.base_currency
        currency = own or base or DEFAULT_CURRENCY
        return currency, base or currency

    def _exponent(self, currency: str, path: str) -> int:
        try:
            return currency_exponent(currency)
        except HeraError as error:
            self.fields.problems.add(path, error.message, error.hint)
            return limits.AMOUNT_SCALE

    def _date(self, said: Mapping[str, object]) -> tuple[datetime | None, date]:
        """Return moment and day; those of the clock where nothing is said."""
        found = self.fields.moment_or_day(said, "transaction_date", _HEADER)
        if found is None:
            now = self.desk.now()
            return now, now.date()
        return found

    def _type(self, said: Mapping[str, object]) -> tuple[str, str]:
        """Return the application's type and the kernel's."""
        kind = self.fields.word(said, "transaction_type", _HEADER)
        if kind is None:
            if said.get("transaction_type") is None:
                self.fields.problems.add("header.transaction_type", "is missing")
            return "", ""
        problem = wrong_type(kind, self.configuration)
        if problem is not None:
            self.fields.problems.found.append(problem)
        return kind, self.configuration.kernel_type(kind) or ""

    def _rate(self, said: Mapping[str, object], currency: str, base: str) -> str:
        value, path = said.get("exchange_rate"), "header.exchange_rate"
        problems = self.fields.problems
        if value is None:
            if currency != base:
                problems.add(path, "is missing", f"send {base} for one {currency}")
            return "1"
        rate = self.fields.number(value, path)
        if rate is None:
            return "1"
        if rate <= 0:
            problems.add(path, "is not above zero")
        elif currency == base and rate != 1:
            problems.add(path, "is not 1, and the currencies are the same")
        return format_amount(rate)
