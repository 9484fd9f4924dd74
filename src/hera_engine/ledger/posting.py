"""Events into the books: simulate says what would be posted, post stores it once.

Idempotency rests on the repository's one write verb. Nothing is looked up before posting: a
repeat is found by the write itself, and an event that is refused is looked up by its reference
before that is told, so that a retry finds its first result also after the schema has changed or
the period has closed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from hera_engine.configuration import Configuration, PeriodStatus
from hera_engine.engine import Event, PostingEngine, event_from_json
from hera_engine.errors import (
    EngineBug,
    EventError,
    HeraError,
    PostingRejected,
    Problem,
    StorageError,
)
from hera_engine.event_facts import accounting_date_of, read_event
from hera_engine.frozen import FrozenMap, why_not_clean
from hera_engine.journal import JournalEntry, JournalLine, Notice
from hera_engine.ledger.asking import (
    ATTEMPTS,
    Steps,
    committed,
    configuration_of,
    fetched,
    kept_changing,
    listed,
    version_of,
)
from hera_engine.ledger.base_amounts import refuse_too_large
from hera_engine.ledger.contents import event_hash
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.plans import binding_for
from hera_engine.models import BusinessEvent
from hera_engine.repository import Change, Done, Duplicate, Query
from hera_engine.smart_codes import SmartCodeError, canonical_code, parse_smart_code
from hera_engine.stored import frozen_map
from hera_engine.transactions import Status, Transaction, TransactionHeader, TransactionLine


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of what was sent.

    Attributes:
        transaction: As stored; the first one of a repeat.
        idempotent: Whether it had been sent before and nothing was written.
        warnings: What an accountant should look at; none for a repeat.
    """

    transaction: Transaction
    idempotent: bool = False
    warnings: tuple[Notice, ...] = ()


def simulated(desk: Desk, caller: Caller, event: Event | bytes | str) -> Steps[JournalEntry]:
    """Return the journal entry of an event; nothing is stored.

    Raises:
        HeraError: As `PostingEngine.simulate`; E_SCHEMA without a binding.
    """
    sent = _sent(desk, caller, event)
    configuration = yield from current(desk, caller.organization_id)
    return _entry(desk, configuration, sent)


def posted(desk: Desk, caller: Caller, event: Event | bytes | str) -> Steps[Stored]:
    """Post an event and store its entry as a transaction, once for each external reference.

    Raises:
        HeraError: As `simulated`; E_PERIOD_CLOSED; E_IDEMPOTENT where another event was posted
            under the reference; E_UPSTREAM if the repository fails.
    """
    sent = _sent(desk, caller, event)
    if sent.get("simulate"):
        hint = "call simulate, or leave `simulate` out"
        raise HeraError("E_GUARDRAIL", "the event asks only to be simulated", hint=hint)
    digest = event_hash(sent)
    for _ in range(ATTEMPTS):
        configuration = yield from current(desk, caller.organization_id)
        try:
            entry = _entry(desk, configuration, sent)
            transaction = _transaction(desk, caller, entry, configuration, digest)
        except HeraError:
            first = yield from first_of(caller.organization_id, sent.get("external_reference"))
            if first is None:
                raise
            return Stored(repeated(first, digest), idempotent=True)
        change = Change(
            organization_id=caller.organization_id,
            configuration_version=configuration.version,
            create=transaction,
        )
        outcome = yield from committed(change)
        if isinstance(outcome, Done):
            return Stored(transaction, warnings=entry.warnings)
        if isinstance(outcome, Duplicate):
            return Stored(repeated(outcome.transaction, digest), idempotent=True)
    raise kept_changing()


def current(desk: Desk, organization_id: str) -> Steps[Configuration]:
    """Return the configuration that is in force now; an empty one where there is none."""
    version = yield from version_of(organization_id)
    if version is None:
        return Configuration(organization_id=organization_id)
    known = desk.plans.known(organization_id, version)
    if known is None:
        known = yield from configuration_of(organization_id)
        if known is None:
            return Configuration(organization_id=organization_id)
        desk.plans.remember(known)
    return known


def engine_for(
    desk: Desk, configuration: Configuration, event: Mapping[str, object]
) -> PostingEngine:
    """Return the engine that posts an event.

    Raises:
        HeraError: E_SCHEMA without a binding or for a schema that does not compile; what is
            wrong with the smart code or a date.
    """
    try:
        code = parse_smart_code(event.get("event_smart_code"))
    except SmartCodeError:
        read_event(event, desk.settings)  # tells all that is wrong, the smart code included
        raise
    day = accounting_date_of(event)
    if day is None:
        raise EngineBug("an event reached its schema without a date")
    return desk.plans.engine(configuration, binding_for(configuration, code, day))


def _sent(desk: Desk, caller: Caller, event: Event | bytes | str) -> Mapping[str, object]:
    """Return an event as a mapping that names its organization and, by the clock, its day."""
    desk.refuse_odd_ids(caller)
    said: object = event
    if isinstance(event, bytes | str):
        said = event_from_json(event)
    elif isinstance(event, BusinessEvent):
        said = event.to_mapping()
    if not isinstance(said, Mapping):
        message = f"an event is a mapping, not {type(event).__name__}"
        raise EventError([Problem("", message, "pass a dict, JSON or a BusinessEvent")])
    if said.get("organization_id", caller.organization_id) != caller.organization_id:
        raise mismatch("organization_id")
    return {**said, "organization_id": caller.organization_id}


def mismatch(path: str) -> HeraError:
    """Return the error of what names another organization than its caller."""
    return HeraError(
        "E_GUARDRAIL",
        f"ORG_MISMATCH: {path} is not the organization of the call",
        details={"kernel_code": "ORG_MISMATCH"},
        hint="leave it out, or send the organization of the call",
    )


def _entry(desk: Desk, configuration: Configuration, sent: Mapping[str, object]) -> JournalEntry:
    event = dict(sent)
    if event.get("transaction_date") is None:
        event["transaction_date"] = desk.now().date().isoformat()
    if event.get("base_currency") is None and configuration.base_currency is not None:
        event["base_currency"] = configuration.base_currency
    entry = engine_for(desk, configuration, event).simulate(event)
    if configuration.base_currency not in {None, entry.header.base_currency}:
        message = f"is not the base currency of the books, {configuration.base_currency}"
        raise EventError([Problem("base_currency", message, "leave it out")])
    refuse_too_large(_figures(entry))
    return entry


def _figures(entry: JournalEntry) -> Iterable[tuple[str, Decimal]]:
    """Return the amounts of an entry that are stored, each with its path."""
    yield "total_amount", entry.header.total_amount
    for line in entry.lines:
        yield f"lines[{line.number - 1}].line_amount", line.amount
        yield f"lines[{line.number - 1}].base_amount", line.base_amount


def first_of(organization_id: str, reference: object) -> Steps[Transaction | None]:
    """Return the transaction that has a reference already, or None."""
    if not isinstance(reference, str) or not reference or why_not_clean(reference) is not None:
        return None
    query = Query(external_reference=reference, include_voided=True, limit=1)
    headers = yield from listed(organization_id, query)
    if not headers:
        return None
    found = yield from fetched(organization_id, [headers[0].id])
    return found.get(headers[0].id)


def repeated(first: Transaction, digest: str | None) -> Transaction:
    """Return the first result of a repeat.

    Raises:
        StorageError: E_IDEMPOTENT for other content under the same reference.
    """
    if digest is not None and first.header.content_hash == digest:
        return first
    reference = first.header.external_reference
    raise StorageError(
        "E_IDEMPOTENT",
        f"external_reference {reference!a} was used for something else",
        details={"existing_transaction_id": first.id},
        hint="send what was sent the first time, or a reference of its own",
        context={"external_reference": reference},
    )


# --- entries as transactions ----------------------------------------------------------------


def _transaction(
    desk: Desk,
    caller: Caller,
    entry: JournalEntry,
    configuration: Configuration,
    digest: str | None,
) -> Transaction:
    """Return the transaction that stores an entry."""
    said = entry.header
    header = TransactionHeader(
        id=desk.new_id(),
        organization_id=caller.organization_id,
        transaction_type=said.transaction_type,
        kernel_type=configuration.kernel_type(said.transaction_type) or "JOURNAL",
        transaction_code=said.external_reference or said.smart_code,
        smart_code=canonical_code(said.smart_code),
        status=Status.POSTED,
        transaction_date=_dated(said.transaction_date),
        posting_date=said.posting_date,
        currency=said.currency,
        base_currency=said.base_currency,
        exchange_rate=said.exchange_rate,
        total_amount=said.total_amount,
        external_reference=said.external_reference,
        business_context=frozen_map(said.business_context),
        fiscal_year=said.fiscal_year,
        fiscal_period=said.fiscal_period,
        posting_period_code=said.posting_period_code,
        schema=FrozenMap(
            {
                "name": said.schema.name,
                "version": said.schema.version,
                "fingerprint": said.schema.fingerprint,
            }
        ),
        content_hash=digest,
        audit=desk.stamped(caller),
    )
    return Transaction(
        in_open_period(header, configuration),
        tuple(_line(desk, line) for line in entry.lines),
    )


def _dated(day: date | None) -> date:
    if day is None:
        raise EngineBug("an entry reached the books without a date")
    return day


def _line(desk: Desk, line: JournalLine) -> TransactionLine:
    wire = line.to_dict()
    data = wire["line_data"]
    assert isinstance(data, Mapping), "the wire form of a line holds its data"
    return TransactionLine(
        id=desk.new_id(),
        number=line.number,
        line_type=line.side.word,
        smart_code=line.smart_code,
        amount=line.amount,
        unit_amount=line.amount,
        description=line.account.name,
        entity_id=line.account.id,
        data=frozen_map(
            {
                **data,
                "ledger": line.ledger,
                "account_code": line.account.code,
                "currency": line.currency,
                "base_amount": wire["base_amount"],
            }
        ),
    )


def in_open_period(header: TransactionHeader, configuration: Configuration) -> TransactionHeader:
    """Return a header with what its period says; without periods, as it is.

    Raises:
        PostingRejected: E_PERIOD_CLOSED if the period of its accounting date is closed;
            E_GUARDRAIL if there are periods and none holds the date.
    """
    if not configuration.periods:
        return header
    day = header.accounting_date
    period = configuration.period_of(day)
    if period is None:
        hint = "define a period that holds the day, or send another posting_date"
        message = f"no accounting period holds {day.isoformat()}"
        raise PostingRejected("E_GUARDRAIL", message, hint=hint)
    if period.status is PeriodStatus.CLOSED:
        raise PostingRejected(
            "E_PERIOD_CLOSED",
            f"the accounting period {period.code} is closed",
            details={"period": period.code, "date": day.isoformat()},
            hint="send a posting_date in an open period, or open the period",
        )
    return replace(
        header,
        posting_period_code=period.code,
        fiscal_year=period.fiscal_year or header.fiscal_year,
        fiscal_period=period.fiscal_period or header.fiscal_period,
    )
