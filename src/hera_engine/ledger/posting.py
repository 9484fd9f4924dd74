"""Events into the books: simulate says what would be posted, post stores it once."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from hera_engine.configuration import Configuration
from hera_engine.engine import Event, PostingEngine, event_from_json
from hera_engine.errors import (
    EngineBug,
    EventError,
    HeraError,
    Problem,
)
from hera_engine.event_facts import accounting_date_of, read_event
from hera_engine.frozen import FrozenMap
from hera_engine.journal import JournalEntry, JournalLine
from hera_engine.ledger.asking import Steps
from hera_engine.ledger.base_amounts import refuse_too_large
from hera_engine.ledger.contents import event_hash
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.entering import wrong_base
from hera_engine.ledger.plans import binding_for
from hera_engine.ledger.storing import Draft, Key, Stored, current, in_open_period, stored_once
from hera_engine.models import BusinessEvent
from hera_engine.smart_codes import SmartCodeError, canonical_code, parse_smart_code
from hera_engine.stored import frozen_map
from hera_engine.transactions import Status, Transaction, TransactionHeader, TransactionLine


def simulated(desk: Desk, caller: Caller, event: "Event | bytes | str") -> Steps[JournalEntry]:
    """Return the journal entry of an event; nothing is stored.

    Raises:
        HeraError: As `PostingEngine.simulate`; E_SCHEMA without a binding.
    """
    sent = _sent(desk, caller, event)
    configuration = yield from current(desk, caller.organization_id)
    return _entry(desk, configuration, sent)


def posted(desk: Desk, caller: Caller, event: "Event | bytes | str") -> Steps[Stored]:
    """Post an event and store its entry as a transaction, once for each external reference.

    Raises:
        HeraError: As `simulated`; E_PERIOD_CLOSED; E_IDEMPOTENT where another event was posted
            under the reference; E_UPSTREAM if the repository fails.
    """
    sent = _sent(desk, caller, event)
    if sent.get("simulate"):
        hint = "call simulate, or leave `simulate` out"
        raise HeraError("E_GUARDRAIL", "the event asks only to be simulated", hint=hint)

    def draft(configuration: Configuration) -> Steps[Draft]:
        yield from ()  # it asks the repository nothing
        entry = _entry(desk, configuration, sent)
        transaction = _transaction(desk, caller, entry, configuration)
        return Draft(transaction, warnings=entry.warnings)

    key = Key(sent.get("external_reference"), event_hash(sent))
    return (yield from stored_once(desk, caller, key, draft))


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


def _sent(desk: Desk, caller: Caller, event: "Event | bytes | str") -> Mapping[str, object]:
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
    if said.get("organization_id") not in (None, caller.organization_id):
        raise HeraError(
            "E_GUARDRAIL",
            "ORG_MISMATCH: organization_id is not the organization of the call",
            details={"kernel_code": "ORG_MISMATCH"},
            hint="leave it out, or send the organization of the call",
        )
    return {**said, "organization_id": caller.organization_id}


def _entry(desk: Desk, configuration: Configuration, sent: Mapping[str, object]) -> JournalEntry:
    event = dict(sent)
    if event.get("transaction_date") is None:
        event["transaction_date"] = desk.now().date().isoformat()
    if event.get("base_currency") is None and configuration.base_currency is not None:
        event["base_currency"] = configuration.base_currency
    entry = engine_for(desk, configuration, event).simulate(event)
    problem = wrong_base(entry.header.base_currency, configuration)
    if problem is not None:
        raise EventError([problem._replace(path="base_currency")])
    refuse_too_large(_figures(entry))
    return entry


def _figures(entry: JournalEntry) -> Iterable[tuple[str, Decimal]]:
    """Return the amounts of an entry that are stored, each with its path."""
    yield "total_amount", entry.header.total_amount
    for line in entry.lines:
        yield f"lines[{line.number - 1}].line_amount", line.amount
        yield f"lines[{line.number - 1}].base_amount", line.base_amount


# --- entries as transactions ----------------------------------------------------------------


def _transaction(
    desk: Desk, caller: Caller, entry: JournalEntry, configuration: Configuration
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
