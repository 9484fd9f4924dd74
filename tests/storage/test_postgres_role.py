"""What the ledger's own role on PostgreSQL cannot do, and that a ledger works with it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.errors import (
    CheckViolation,
    ForeignKeyViolation,
    InsufficientPrivilege,
    NotNullViolation,
)

from examples.ledger_postgres import PostgresRepository
from hera_engine.frozen import FrozenMap
from hera_engine.ledger import Caller, Correction
from hera_engine.repository import Change, Done
from hera_engine.transactions import MOVES, Status, Transaction
from tests.storage import books

HEADERS = "UPDATE universal_transactions SET version = version + 1, "
LINE = (
    "INSERT INTO universal_transaction_lines SELECT (jsonb_populate_record("
    ' l, \'{"line_number": 99, "id": "late"}\')).* FROM universal_transaction_lines l LIMIT 1'
)


Kinds = type[Exception] | tuple[type[Exception], ...]
FORBIDDEN: Kinds = (InsufficientPrivilege, CheckViolation, NotNullViolation)
"""What is no slip of the statement."""


@pytest.fixture
def kept(postgres: str) -> Iterator[PostgresRepository]:
    """Return a repository for a member of hera_ledger."""
    repository = PostgresRepository(postgres)
    yield repository
    repository.close()


@pytest.fixture
def own(kept: PostgresRepository) -> str:
    """Return an organization with its configuration."""
    made = books.organization()
    kept.configure(books.configuration(made))
    return made


@pytest.fixture
def as_member(postgres: str, own: str) -> Iterator[psycopg.Connection[Any]]:
    """Return a connection of a member of hera_ledger in the books of the organization."""
    with psycopg.connect(postgres) as connection:
        connection.execute("SELECT set_config('hera.organization_id', %s, false)", (own,))
        connection.commit()
        yield connection
        connection.rollback()


def refuse(connection: psycopg.Connection[Any], statement: str, kind: Kinds) -> str:
    """Fail unless a statement is refused, at once or at the end; return what is said."""

    def carried_out() -> None:
        connection.execute(statement.encode())
        connection.commit()

    with pytest.raises(kind) as caught:
        carried_out()
    connection.rollback()
    return str(caught.value)


def sold(kept: PostgresRepository, own: str) -> Transaction:
    """Return a sale that is posted."""
    return books.ledger(kept).post(Caller(books.ACTOR, own), books.sale("POS-1")).transaction


REFUSED = {
    "back to draft": f"{HEADERS} transaction_status = 'draft'",
    "back to pending": f"{HEADERS} transaction_status = 'pending'",
    "back to completed": f"{HEADERS} transaction_status = 'completed'",
    "no status": f"{HEADERS} transaction_status = NULL",
    "a status by the way of rest":
        f"{HEADERS} rest = jsonb_set(rest, '{{transaction_status}}', '\"draft\"')",
    "a draft of nothing": f"{HEADERS} transaction_status = 'draft', total_amount = 0",
    "another total": f"{HEADERS} total_amount = 77",
    "another spelling of the total": f"{HEADERS} total_amount = total_amount * 1.0",
    "a total by the way of rest": f"{HEADERS} rest = jsonb_set(rest, '{{total_amount}}', '\"7\"')",
    "another currency": f"{HEADERS} transaction_currency_code = 'JPY'",
    "another base currency": f"{HEADERS} base_currency_code = 'JPY'",
    "another rate": f"{HEADERS} exchange_rate = '7'",
    "another day": f"{HEADERS} transaction_date = '2025-01-01'",
    "another posting date": f"{HEADERS} posting_date = '2025-01-01'",
    "another code": f"{HEADERS} smart_code = 'HERA.X.V1'",
    "another period": f"{HEADERS} posting_period_code = '2024'",
    "another content": f"{HEADERS} content_hash = 'x'",
    "another context": f"{HEADERS} business_context = '{{}}'",
    "approved by another": f"{HEADERS} approved_by = 'x'",
    "another fingerprint": f"{HEADERS} rest = jsonb_set(rest, '{{schema}}', '{{}}')",
    "a forgotten correction": f"{HEADERS} rest = rest - 'reversed_by'",
    "another reference": f"{HEADERS} external_reference = 'mine'",
    "no reference": f"{HEADERS} external_reference = NULL",
    "another id": f"{HEADERS} id = 'mine'",
    "another maker": f"{HEADERS} created_by = 'mine'",
    "another moment": f"{HEADERS} created_at = now()",
    "no trace of it": "UPDATE universal_transactions SET updated_by = 'x'",
    "the version of before": "UPDATE universal_transactions SET version = 1",
    "lines that may come later": f"{HEADERS} made_in = pg_current_xact_id()",
    "a line more": LINE,
    "a line less": "DELETE FROM universal_transaction_lines",
    "a line changed": "UPDATE universal_transaction_lines SET line_amount = 0",
    "all lines": "TRUNCATE universal_transaction_lines",
    "all transactions": "TRUNCATE universal_transactions CASCADE",
    "the organization": "DELETE FROM core_organizations",
    "no triggers": "ALTER TABLE universal_transactions DISABLE TRIGGER ALL",
    "no policy": "DROP POLICY empty_drafts ON universal_transactions",
    "a replica": "SET session_replication_role = replica",
    "security off": "ALTER TABLE universal_transactions NO FORCE ROW LEVEL SECURITY",
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_posted_stays(
    kept: PostgresRepository, own: str, as_member: psycopg.Connection[Any], what: str
) -> None:
    """Each attempt is refused without a word of the row, and the transaction is as it was."""
    caller, ledger = Caller(books.ACTOR, own), books.ledger(kept)
    sale = sold(kept, own)
    ledger.reverse(caller, Correction(transaction_id=sale.id, amount="0.01"))
    before = kept.fetch(own, [sale.id])

    said = refuse(as_member, REFUSED[what], FORBIDDEN)

    assert sale.id not in said
    assert kept.fetch(own, [sale.id]) == before


def test_a_column_is_held_beside_what_rest_says(
    kept: PostgresRepository, own: str, as_member: psycopg.Connection[Any]
) -> None:
    """A moment stands in `rest`, and queries look at the day in the column."""
    caller, ledger = Caller(books.ACTOR, own), books.ledger(kept)
    header = books.header(own, status=Status.POSTED, transaction_at=books.NOON)
    made = Transaction(header, (books.line(1), books.line(2, "CR")))
    assert kept.commit(Change(organization_id=own, create=made)) == Done()

    refuse(as_member, f"{HEADERS} transaction_date = '2030-01-01'", InsufficientPrivilege)

    assert ledger.query(caller) == (header,)
    assert ledger.void(caller, made.id).header.transaction_at == books.NOON


def test_nothing_that_is_entered_is_deleted(
    kept: PostgresRepository, own: str, as_member: psycopg.Connection[Any]
) -> None:
    """A DELETE does not find it; a draft with lines is kept by them; an empty one goes."""
    sale = sold(kept, own)
    draft = Transaction(books.header(own), (books.line(1), books.line(2, "CR")))
    assert kept.commit(Change(organization_id=own, create=draft)) == Done()
    assert as_member.execute(f"DELETE FROM universal_transactions WHERE id = '{sale.id}'".encode()
                             ).rowcount == 0  # fmt: skip
    refuse(as_member, "DELETE FROM universal_transactions", ForeignKeyViolation)
    empty = Transaction(books.header(own))
    assert kept.commit(Change(organization_id=own, create=empty)) == Done()
    assert kept.commit(Change(organization_id=own, remove=empty.header)) == Done()

    assert set(kept.fetch(own, [sale.id, draft.id, empty.id])) == {sale, draft}


def test_a_draft_takes_no_lines_after_it_was_made(
    kept: PostgresRepository, own: str, as_member: psycopg.Connection[Any]
) -> None:
    """Nor does it in the transaction in which it is touched."""
    draft = Transaction(books.header(own), (books.line(1), books.line(2, "CR")))
    assert kept.commit(Change(organization_id=own, create=draft)) == Done()
    touched = f"{HEADERS} reason = 'x'; {LINE}"

    for statement in (LINE, touched):
        refuse(as_member, statement, InsufficientPrivilege)
    assert kept.fetch(own, [draft.id]) == (draft,)


@pytest.mark.parametrize("old", Status)
def test_statuses_move_as_in_the_ledger(superuser: str, old: Status) -> None:
    """The table of moves stands in Python; the database says the same of every pair."""
    allowed = set(MOVES[old])
    if old is not Status.VOIDED:
        allowed.add(old)
    if old not in {Status.VOIDED, Status.REVERSED, Status.ARCHIVED}:
        allowed.add(Status.VOIDED)
    if old in {Status.COMPLETED, Status.POSTED, Status.ARCHIVED}:
        allowed.add(Status.REVERSED)
    with psycopg.connect(superuser) as connection:
        found = {
            new
            for new in Status
            if connection.execute("SELECT hera_moves(%s, %s)", (old.value, new.value)).fetchone()
            == (True,)
        }
    assert found == allowed


UNBALANCED = {
    "one side": [books.line(1)],
    "another amount": [books.line(1), books.line(2, "CR", "10.51")],
    "another ledger": [
        books.line(1),
        replace(books.line(2, "CR"), data=FrozenMap({"side": "CR", "ledger": "IFRS"})),
    ],
    "another currency": [
        books.line(1),
        replace(books.line(2, "CR"), data=FrozenMap({"side": "CR", "currency": "KWD"})),
    ],
    "another worth": [
        books.line(1),
        replace(books.line(2, "CR"), data=FrozenMap({"side": "CR", "base_amount": "10.51"})),
    ],
    "no side": [replace(books.line(1), amount=Decimal(0), data=FrozenMap())],
}


@pytest.mark.parametrize("status", [Status.POSTED, Status.COMPLETED])
@pytest.mark.parametrize("what", UNBALANCED)
def test_what_does_not_balance_is_not_committed(
    kept: PostgresRepository, own: str, what: str, status: Status
) -> None:
    """The second line of defence: as a new transaction, and as a draft that is entered."""
    lines = tuple(UNBALANCED[what])
    wrong = Transaction(books.header(own, status=status), lines)
    with pytest.raises(CheckViolation, match="does not balance"):
        kept.commit(Change(organization_id=own, create=wrong))
    draft = Transaction(books.header(own), lines)
    assert kept.commit(Change(organization_id=own, create=draft)) == Done()
    audit = draft.header.audit.touched(books.NOON, books.ACTOR)
    entered = replace(draft.header, status=status, audit=audit)
    with pytest.raises(CheckViolation, match="does not balance"):
        kept.commit(Change(organization_id=own, replace=entered))

    assert kept.fetch(own, [wrong.id, draft.id]) == (draft,)


def test_the_balance_is_that_of_the_organization(
    kept: PostgresRepository, own: str, as_member: psycopg.Connection[Any]
) -> None:
    """Also where the session names another one before it commits, or hides the tables."""
    header = books.header(own, status=Status.POSTED)
    wrong = Transaction(header, (books.line(1),))
    kept.commit(Change(organization_id=own, create=Transaction(books.header(own), wrong.lines)))
    insert = (
        "CREATE TEMP TABLE universal_transaction_lines (organization_id text);"
        f"INSERT INTO public.universal_transactions SELECT (jsonb_populate_record("
        f' t, \'{{"id": "{header.id}", "transaction_status": "posted"}}\')).*'
        " FROM public.universal_transactions t LIMIT 1;"
        "INSERT INTO public.universal_transaction_lines SELECT (jsonb_populate_record("
        f' l, \'{{"transaction_id": "{header.id}"}}\')).*'
        " FROM public.universal_transaction_lines l LIMIT 1;"
        "SELECT set_config('hera.organization_id', 'elsewhere', false)"
    )
    refuse(as_member, insert, CheckViolation)
    assert kept.fetch(own, [header.id]) == ()


def _void(ledger: Any, caller: Caller, own: str) -> str:
    return str(ledger.void(caller, own, "a reason").header.status)


def _archive(ledger: Any, caller: Caller, own: str) -> str:
    header = ledger.update(caller, own, {"transaction_status": "archived"}).header
    return str(header.status)


def _reverse(ledger: Any, caller: Caller, own: str) -> str:
    ledger.reverse(caller, Correction(transaction_id=own, amount="0.01"))
    ledger.reverse(caller, Correction(transaction_id=own))
    return str(ledger.read(caller, own).header.status)


@pytest.mark.parametrize(
    ("change", "status"), [(_void, "voided"), (_archive, "archived"), (_reverse, "reversed")]
)
def test_what_a_ledger_does_is_let_through(
    kept: PostgresRepository, own: str, change: Callable[[Any, Caller, str], str], status: str
) -> None:
    """A draft is patched, approved and entered; what is entered is voided, archived, reversed."""
    ledger, caller = books.ledger(kept), Caller(books.ACTOR, own)
    sides = (("1100", "debit"), ("4100", "credit"))
    lines = [{"gl_account_code": code, side: "10.50"} for code, side in sides]
    header = {"transaction_type": "JOURNAL", "smart_code": "HERA.FIN.GL.TXN.JOURNAL.V1"}
    made = ledger.create(caller, {**header, "total_amount": "10.50"}, lines).transaction.id
    for patch in (
        {"total_amount": "10.5", "metadata": {"a": 1}, "transaction_date": "2025-05-05"},
        {"transaction_status": "pending"},
        {"transaction_status": "completed"},
        {"approved_by": "ada", "approval_required": False},
        {"transaction_status": "posted"},
    ):
        ledger.update(caller, made, patch)

    assert change(ledger, caller, made) == status
