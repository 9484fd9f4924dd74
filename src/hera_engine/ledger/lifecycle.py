"""Transactions from their beginning to their end: create, emit, read, update, void, delete.

What is entered never changes: a draft may be patched, a void keeps the record and says why, and
a correction is a transaction of its own (`hera_engine.ledger.corrections`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from hera_engine.configuration import Configuration
from hera_engine.errors import (
    EventError,
    HeraError,
    Problem,
    ProblemList,
    StorageError,
    did_you_mean,
)
from hera_engine.frozen import FrozenMap, why_not_clean
from hera_engine.ledger.asking import ATTEMPTS, Steps, committed, fetched, kept_changing
from hera_engine.ledger.contents import document_hash
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.document_fields import FieldReader
from hera_engine.ledger.documents import read_document, totalled
from hera_engine.ledger.entering import entered
from hera_engine.ledger.storing import (
    Draft,
    Key,
    Stored,
    current,
    in_open_period,
    stored_once,
)
from hera_engine.money import ZERO, currency_exponent
from hera_engine.periods import FISCAL_PERIODS, FISCAL_YEARS
from hera_engine.repository import Change, Done
from hera_engine.transactions import (
    HEADER_DETAILS,
    MOVES,
    Status,
    Transaction,
    TransactionHeader,
)

ALWAYS_PATCHED: Final = ("transaction_status", "approval_required", "approved_by", "approved_at")
"""What UPDATE may change of a transaction that is entered but not posted."""
DRAFT_PATCHED: Final = (
    *ALWAYS_PATCHED, "transaction_code", "transaction_date", "posting_date", "total_amount",
    "business_context", "metadata", "posting_period_code", "fiscal_year", "fiscal_period",
    *HEADER_DETAILS,
)  # fmt: skip
"""What UPDATE may change of one that is not entered yet."""
ALWAYS_SAID: Final = (
    "transaction_code", "transaction_date", "transaction_status", "total_amount",
)  # fmt: skip
"""What every transaction has: it may be patched, and not taken away."""
DELETE_REFUSED: Final = "Only empty DRAFT transactions can be deleted. Use VOID or REVERSAL."


def created(
    desk: Desk,
    caller: Caller,
    header: Mapping[str, object],
    lines: Sequence[object] = (),
    *,
    is_flat: bool = False,
) -> Steps[Stored]:
    """Store a document as a transaction, once for each external reference.

    Args:
        desk: Clock, ids, settings.
        caller: In whose books.
        header: What the document is about.
        lines: Its lines.
        is_flat: Whether it is a journal of the flat kind, whose total is that of its debits.

    Raises:
        HeraError: As `read_document`; E_PERIOD_CLOSED for one that begins entered;
            E_IDEMPOTENT where the reference was used for something else.
    """
    desk.refuse_odd_ids(caller)
    if not isinstance(header, Mapping):
        raise EventError([Problem("header", "is not an object")])
    if not isinstance(lines, list | tuple):
        raise EventError([Problem("lines", "is not a list")])

    def draft(configuration: Configuration) -> Steps[Draft]:
        yield from ()  # it asks the repository nothing
        read = read_document(desk, caller, configuration, header, lines)
        if is_flat and header.get("total_amount") is None:
            read = totalled(read)
        return Draft(replace(read, header=_in_its_period(read.header, configuration)))

    said = dict(header)
    if said.get("organization_id") is None:
        said["organization_id"] = caller.organization_id
    digest = document_hash(said, lines, is_flat=is_flat)
    key = Key(header.get("external_reference"), digest)
    return (yield from stored_once(desk, caller, key, draft))


def _in_its_period(
    header: TransactionHeader, configuration: Configuration, field: str | None = "posting_date"
) -> TransactionHeader:
    """Return a header with its period, which must be open if the transaction is entered."""
    return in_open_period(header, configuration, field) if header.status.is_booked else header


def found(
    caller: Caller, transaction_id: object, *, include_voided: bool = False
) -> Steps[Transaction]:
    """Return a transaction of the caller's organization.

    Raises:
        StorageError: E_NOT_FOUND; also for one of another organization, and for a voided one
            unless those are included.
    """
    wanted = named_id(transaction_id)
    answer = yield from fetched(caller.organization_id, [wanted])
    transaction = answer.get(wanted)
    if transaction is None or (transaction.header.status is Status.VOIDED and not include_voided):
        raise _not_found()
    return transaction


def _not_found() -> StorageError:
    hint = "ask with include_deleted to see voided transactions"
    return StorageError("E_NOT_FOUND", "Transaction not found", hint=hint)


def named_id(transaction_id: object) -> str:
    """Return the id that a call names.

    Raises:
        HeraError: E_GUARDRAIL (PARAM_REQUIRED) if it names none; E_NOT_FOUND for a text that no
            store can hold, which is not asked for.
    """
    if not isinstance(transaction_id, str) or not transaction_id:
        raise required("transaction_id")
    if why_not_clean(transaction_id) is not None:
        raise _not_found()
    return transaction_id


def required(name: str, action: str | None = None) -> HeraError:
    """Return the error of a call that lacks a parameter."""
    return HeraError(
        "E_GUARDRAIL",
        f"PARAM_REQUIRED: {name} is required{'' if action is None else f' for {action}'}",
        details={"kernel_code": "PARAM_REQUIRED"},
    )


def changed(
    desk: Desk,
    caller: Caller,
    transaction_id: object,
    change: Callable[[Transaction, Configuration], TransactionHeader],
) -> Steps[Transaction]:
    """Replace the header of a stored transaction by what ``change`` makes of it.

    ``change`` is asked again if the transaction or the configuration changed meanwhile.
    """
    for _ in range(ATTEMPTS):
        configuration = yield from current(desk, caller.organization_id)
        stored = yield from found(caller, transaction_id, include_voided=True)
        header = replace(
            change(stored, configuration),
            audit=stored.header.audit.touched(desk.now(), caller.actor_user_id),
        )
        outcome = yield from committed(
            Change(
                organization_id=caller.organization_id,
                configuration_version=configuration.version,
                replace=header,
            )
        )
        if isinstance(outcome, Done):
            return replace(stored, header=header)
    raise kept_changing()


def voided(
    desk: Desk, caller: Caller, transaction_id: object, reason: object = None
) -> Steps[Transaction]:
    """Take a transaction out of the books and keep its record.

    Raises:
        HeraError: E_NOT_FOUND; E_STATE for one that is voided, reversed, archived, corrected in
            part, or a correction itself; E_PERIOD_CLOSED.
    """
    why = _reason(reason)

    def change(stored: Transaction, configuration: Configuration) -> TransactionHeader:
        header = stored.header
        if header.status in {Status.VOIDED, Status.REVERSED, Status.ARCHIVED}:
            raise illegal(header, "cannot be voided")
        if header.reversed_by or header.reverses is not None:
            raise illegal(header, "cannot be voided: it is part of a correction", use="REVERSE")
        _in_its_period(header, configuration, None)
        return replace(header, status=Status.VOIDED, reason=why)

    return (yield from changed(desk, caller, transaction_id, change))


def updated(
    desk: Desk, caller: Caller, transaction_id: object, patch: Mapping[str, object]
) -> Steps[Transaction]:
    """Change fields of a transaction: those of a draft, and the status of any.

    Raises:
        HeraError: E_NOT_FOUND; E_STATE for a field or a status that the transaction no longer
            lets change; E_GUARDRAIL for a bad value; for entering one, as `entered`.
    """

    def change(stored: Transaction, configuration: Configuration) -> TransactionHeader:
        header = stored.header
        if header.status is Status.VOIDED:
            raise illegal(header, "cannot be updated")
        patched = _patched(header, patch)
        if patched.status is not header.status and patched.status not in MOVES[header.status]:
            raise illegal(header, f"cannot become {patched.status.value}")
        if header.status.is_open and patched.status.is_booked:
            return entered(replace(stored, header=patched), configuration)
        return patched

    if not patch:
        raise required("patch")
    if not isinstance(patch, Mapping):
        raise EventError([Problem("patch", "is not an object")])
    return (yield from changed(desk, caller, transaction_id, change))


def _patched(header: TransactionHeader, patch: Mapping[str, object]) -> TransactionHeader:
    """Return a header with the fields of a patch."""
    allowed = _allowed(header.status)
    names: Iterable[object] = patch
    for name in names:
        if name in DRAFT_PATCHED and name not in allowed:
            raise illegal(header, f"does not let `{name}` change")
        if name not in DRAFT_PATCHED:
            shown = ascii(name)[1:65] if isinstance(name, str) else "(no text)"
            hint = did_you_mean(shown, DRAFT_PATCHED)
            problem = Problem(f"patch.{shown}", "is not a field that can be patched", hint)
            raise EventError([problem])
    fields = FieldReader(ProblemList())
    for name in ALWAYS_SAID:
        if name in patch and patch[name] is None:
            fields.problems.add(f"patch.{name}", "cannot be taken away", "send its new value")
    exponent = currency_exponent(header.currency)
    changes: dict[str, object] = {}
    for name, read in (
        ("transaction_code", fields.reference),
        ("posting_period_code", fields.word),
        ("posting_date", fields.day),
    ):
        if name in patch:
            changes[name] = read(patch, name, "patch")
    for name, most in (("fiscal_year", FISCAL_YEARS), ("fiscal_period", FISCAL_PERIODS)):
        if name in patch:
            changes[name] = fields.whole(patch, name, "patch", most)
    for name in ("business_context", "metadata"):
        if name in patch:
            changes[name] = fields.stored(patch, name, "patch")
    if "total_amount" in patch:
        amount = fields.money(patch, "total_amount", exponent, path="patch")
        changes["total_amount"] = ZERO if amount is None else amount
    if "transaction_date" in patch:
        moment, day = fields.moment_or_day(patch, "transaction_date", "patch") or (None, date.min)
        changes |= {"transaction_at": moment, "transaction_date": day}
    if "transaction_status" in patch:
        changes["status"] = fields.status(patch, "patch")
    details = {name: patch[name] for name in HEADER_DETAILS if name in patch}
    kept = {name: value for name, value in header.details.items() if name not in details}
    changes["details"] = FrozenMap({**kept, **fields.some_of(details, HEADER_DETAILS, "patch")})
    fields.problems.raise_if_any()
    return replace(header, **changes)  # type: ignore[arg-type] # each value was just read


def _allowed(status: Status) -> tuple[str, ...]:
    if status.is_open:
        return DRAFT_PATCHED
    return ALWAYS_PATCHED if status is Status.COMPLETED else ("transaction_status",)


def deleted(desk: Desk, caller: Caller, transaction_id: object) -> Steps[str]:
    """Remove an empty draft for good; return its id.

    Raises:
        HeraError: E_NOT_FOUND; E_STATE for anything but a draft of no amount without lines.
    """
    for _ in range(ATTEMPTS):
        stored = yield from found(caller, transaction_id, include_voided=True)
        header = stored.header
        if header.status is not Status.DRAFT or header.total_amount or stored.lines:
            raise StorageError("E_STATE", DELETE_REFUSED, context={"transaction_id": header.id})
        change = Change(organization_id=caller.organization_id, remove=header)
        if isinstance((yield from committed(change)), Done):
            return header.id
    raise kept_changing()


def illegal(header: TransactionHeader, what: str, *, use: str | None = None) -> StorageError:
    """Return the error of a change that the status of a transaction does not allow."""
    status = header.status.value
    article = "an" if status[0] in "aeiou" else "a"
    return StorageError(
        "E_STATE",
        f"{article} {status} transaction {what}",
        details={"transaction_status": status},
        hint=None if use is None else f"use {use}",
        context={"transaction_id": header.id},
    )


def _reason(reason: object) -> str | None:
    fields = FieldReader(ProblemList())
    found = fields.text({"reason": reason}, "reason", "")
    fields.problems.raise_if_any()
    return found
