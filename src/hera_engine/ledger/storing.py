"""Storing something once: what every call that makes a transaction has in common.

Nothing is looked up before: a repeat is found by the write itself, and what is refused is looked
up by its reference before that is told, so that a retry finds its first result also after the
schema has changed or the period has closed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from hera_engine.configuration import Configuration, PeriodStatus
from hera_engine.errors import HeraError, PostingRejected, StorageError
from hera_engine.frozen import why_not_clean
from hera_engine.journal import Notice
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
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.repository import Change, Done, Duplicate, Query
from hera_engine.transactions import Transaction, TransactionHeader


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


@dataclass(frozen=True, slots=True)
class Key:
    """What tells a repeat: the reference as sent, and the SHA-256 of what was sent with it."""

    reference: object
    digest: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be stored.

    Attributes:
        transaction: The new one, without the hash of its content.
        replaced: The header of a stored one that changes with it.
        warnings: What an accountant should look at.
    """

    transaction: Transaction
    replaced: TransactionHeader | None = None
    warnings: tuple[Notice, ...] = ()


def stored_once(
    desk: Desk, caller: Caller, key: Key, draft: Callable[[Configuration], Steps[Draft]]
) -> Steps[Stored]:
    """Store what ``draft`` makes under the configuration in force, once for each reference.

    ``draft`` is asked again if what it builds on changed meanwhile.

    Raises:
        HeraError: What ``draft`` refuses, unless the reference is taken; E_IDEMPOTENT where it
            was used for something else; E_UPSTREAM if the repository fails.
    """
    for _ in range(ATTEMPTS):
        configuration = yield from current(desk, caller.organization_id)
        try:
            made = yield from draft(configuration)
        except HeraError:
            first = yield from _first_of(caller.organization_id, key.reference)
            if first is None:
                raise
            return Stored(_repeated(first, key.digest), idempotent=True)
        new = made.transaction
        new = replace(new, header=replace(new.header, content_hash=key.digest))
        change = Change(
            organization_id=caller.organization_id,
            configuration_version=configuration.version,
            create=new,
            replace=made.replaced,
        )
        outcome = yield from committed(change)
        if isinstance(outcome, Done):
            return Stored(new, warnings=made.warnings)
        if isinstance(outcome, Duplicate):
            return Stored(_repeated(outcome.transaction, key.digest), idempotent=True)
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
            # Nothing removes a configuration; to go on would be to enter into closed periods.
            message = "the repository has a version of a configuration, and not the configuration"
            raise StorageError("E_UPSTREAM", message, hint="repeat the call")
        desk.plans.remember(known)
    return known


def _first_of(organization_id: str, reference: object) -> Steps[Transaction | None]:
    """Return the transaction that has a reference already, or None."""
    if not isinstance(reference, str) or not reference or why_not_clean(reference) is not None:
        return None
    query = Query(external_reference=reference, include_voided=True, limit=1)
    headers = yield from listed(organization_id, query)
    if not headers:
        return None
    found = yield from fetched(organization_id, [headers[0].id])
    return found.get(headers[0].id)


def _repeated(first: Transaction, digest: str | None) -> Transaction:
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


def in_open_period(
    header: TransactionHeader, configuration: Configuration, field: str | None = "posting_date"
) -> TransactionHeader:
    """Return a header with what its period says; without periods, as it is.

    Args:
        header: Of what is entered, or taken out of the books.
        configuration: With the periods.
        field: What the caller may send to choose another day, for the hint; None if nothing.

    Raises:
        PostingRejected: E_PERIOD_CLOSED if the period of its accounting date is closed;
            E_GUARDRAIL if there are periods and none holds the date.
    """
    if not configuration.periods:
        return header
    day = header.accounting_date
    period = configuration.period_of(day)
    if period is None:
        hint = "define a period that holds the day"
        if field is not None:
            hint += f", or send another {field}"
        message = f"no accounting period holds {day.isoformat()}"
        raise PostingRejected("E_GUARDRAIL", message, hint=hint)
    if period.status is PeriodStatus.CLOSED:
        hint = "open the period, or take the transaction back by REVERSE in an open one"
        if field is not None:
            hint = f"send a {field} in an open period, or open the period"
        raise PostingRejected(
            "E_PERIOD_CLOSED",
            f"the accounting period {period.code} is closed",
            details={"period": period.code, "date": day.isoformat()},
            hint=hint,
        )
    return replace(
        header,
        posting_period_code=period.code,
        fiscal_year=period.fiscal_year or header.fiscal_year,
        fiscal_period=period.fiscal_period or header.fiscal_period,
    )
