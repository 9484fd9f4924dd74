"""What PostgreSQL itself keeps: tenants apart, amounts exact, versions true."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from threading import Thread
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import (
    CheckViolation,
    DeadlockDetected,
    InsufficientPrivilege,
    SerializationFailure,
)

from examples.ledger_postgres import (
    AsyncPostgresRepository,
    PostgresRepository,
    asynchronous,
    migrate,
    synchronous,
)
from examples.ledger_postgres.dialect import ATTEMPTS
from examples.ledger_tables import verbs
from examples.ledger_tables.verbs import Statement
from hera_engine.ledger import AsyncLedger, Caller
from hera_engine.repository import Change, Done, Duplicate, Outcome, Query
from hera_engine.transactions import Transaction
from tests.storage import books

TABLES = (
    "core_entities", "core_dynamic_data", "core_relationships", "universal_transactions",
    "universal_transaction_lines", "v_universal_transaction_lines_drcr",
)  # fmt: skip


@pytest.fixture
def kept(postgres: str) -> Iterator[PostgresRepository]:
    """Return a repository for the role that row-level security holds."""
    repository = PostgresRepository(postgres)
    yield repository
    repository.close()


def _with_a_sale(repository: PostgresRepository) -> tuple[str, Transaction]:
    own = books.organization()
    ledger = books.ledger(repository)
    ledger.configure(Caller(books.ACTOR, own), books.configuration(own))
    return own, ledger.post(Caller(books.ACTOR, own), books.sale("POS-1")).transaction


def test_migrations_are_carried_out_once(superuser: str) -> None:
    """A second run finds nothing to do."""
    migrate(superuser)


@pytest.mark.parametrize("table", TABLES)
def test_a_session_sees_the_organization_it_names_and_no_other(
    kept: PostgresRepository, postgres: str, table: str
) -> None:
    """Not even where a statement forgets to ask for it; without a name it sees nothing."""
    own, _ = _with_a_sale(kept)
    _with_a_sale(kept)
    count = f"SELECT count(*), count(*) FILTER (WHERE organization_id = %s) FROM {table}"
    with psycopg.connect(postgres) as connection:
        assert connection.execute(count.encode(), (own,)).fetchone() == (0, 0)
        connection.execute("SELECT set_config('hera.organization_id', %s, false)", (own,))
        seen = connection.execute(count.encode(), (own,)).fetchone()
        assert seen is not None
        assert seen[0] == seen[1] > 0
        assert connection.execute("SELECT count(*) FROM core_organizations").fetchone() == (1,)


def test_a_session_cannot_write_into_another_organization(
    kept: PostgresRepository, postgres: str
) -> None:
    """An insert is refused, and an update finds nothing."""
    own, _ = _with_a_sale(kept)
    other, foreign = _with_a_sale(kept)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("SELECT set_config('hera.organization_id', %s, false)", (own,))
        updated = connection.execute(
            "UPDATE universal_transactions SET reason = 'x' WHERE id = %s", (foreign.id,)
        )
        assert updated.rowcount == 0
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            connection.execute(
                "INSERT INTO core_entities (organization_id, entity_type) VALUES (%s, 'account')",
                (other,),
            )


def test_the_owner_of_the_tables_is_held_too(superuser: str, kept: PostgresRepository) -> None:
    """FORCE is set on each of the six tables."""
    _with_a_sale(kept)
    with psycopg.connect(superuser) as connection:
        forced = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            " AND (relname LIKE 'core_%' OR relname LIKE 'universal_%') AND relkind = 'r'"
        )
        assert forced.fetchone() == (6,)


def test_nobody_changes_a_line(kept: PostgresRepository, postgres: str) -> None:
    """The ledger's role may neither update nor delete lines."""
    own, _ = _with_a_sale(kept)
    for statement in (
        b"UPDATE universal_transaction_lines SET line_amount = 0",
        b"DELETE FROM universal_transaction_lines",
    ):
        with psycopg.connect(postgres) as connection:
            connection.execute("SELECT set_config('hera.organization_id', %s, false)", (own,))
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.parametrize(
    "amount",
    ["NaN", "Infinity", "-Infinity", "1e18", "-1e18", "0.0000000000001", "1.0000000000000"],
)
def test_what_is_no_exact_amount_is_refused(
    kept: PostgresRepository, superuser: str, amount: str
) -> None:
    """Neither a number that is none, nor one too large, nor one with more than 12 decimals."""
    own, sale = _with_a_sale(kept)
    with psycopg.connect(superuser) as connection, pytest.raises(CheckViolation):
        connection.execute(
            "UPDATE universal_transaction_lines SET line_amount = %s"
            " WHERE organization_id = %s AND transaction_id = %s",
            (amount, own, sale.id),
        )


def test_amounts_keep_the_decimals_they_came_with(kept: PostgresRepository, superuser: str) -> None:
    """105.00 is not 105 and not 105.000000000000."""
    own, sale = _with_a_sale(kept)
    with psycopg.connect(superuser) as connection:
        found = connection.execute(
            "SELECT total_amount::text FROM universal_transactions"
            " WHERE organization_id = %s AND id = %s",
            (own, sale.id),
        )
        assert found.fetchone() == ("105.00",)


def test_the_view_derives_debits_and_credits(kept: PostgresRepository, superuser: str) -> None:
    """Each line stands on one side, and the sides are equal."""
    own, sale = _with_a_sale(kept)
    with psycopg.connect(superuser) as connection:
        rows = connection.execute(
            "SELECT side, debit_amount, credit_amount FROM v_universal_transaction_lines_drcr"
            " WHERE organization_id = %s AND transaction_id = %s ORDER BY line_number",
            (own, sale.id),
        ).fetchall()
    assert rows == [(str(each.side), each.debit_amount, each.credit_amount) for each in sale.lines]
    assert sum(row[1] for row in rows) == sum(row[2] for row in rows) == Decimal("105.00")


EDITS = tuple(
    " ".join(lines)
    for lines in (
        (
            "UPDATE core_relationships SET metadata = metadata || '{\"priority\": 7}'",
            "WHERE organization_id = %s AND metadata ->> 'event_smart_code' = 'HERA.POS.SALE.V1'",
        ),
        (
            "DELETE FROM core_relationships WHERE organization_id = %s",
            "AND metadata ->> 'event_smart_code' = 'HERA.POS.SALE.V1'",
        ),
        (
            "UPDATE core_dynamic_data SET field_value_json = '\"7.5\"'",
            "WHERE organization_id = %s AND field_name = 'rate.standard'",
        ),
        (
            "UPDATE core_entities SET status = 'closed' WHERE organization_id = %s",
            "AND entity_type = 'accounting_period' AND entity_code = '2025'",
        ),
        (
            "INSERT INTO core_entities (organization_id, entity_type, entity_code)",
            "VALUES (%s, 'account', '9999')",
        ),
        ('UPDATE core_organizations SET settings = \'{"base_currency": "EUR"}\' WHERE id = %s',),
    )
)


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_edited_by_sql_is_seen_at_once(
    kept: PostgresRepository, superuser: str, edit: str
) -> None:
    """The version is another, the configuration says the edit, a change in flight is stale."""
    own, _ = _with_a_sale(kept)
    before = kept.configuration(own)
    assert before is not None
    with psycopg.connect(superuser) as connection:
        assert connection.execute(edit.encode(), (own,)).rowcount == 1
    after = kept.configuration(own)
    assert after is not None
    assert after.version != before.version == "1"
    assert replace(after, version=before.version) != before
    assert kept.configuration_version(own) == after.version


def test_an_entity_that_configures_nothing_is_no_new_version(
    kept: PostgresRepository, superuser: str
) -> None:
    """Customers come and go without a word to the ledger, and stay when it is configured."""
    own, _ = _with_a_sale(kept)
    with psycopg.connect(superuser) as connection:
        connection.execute(
            "INSERT INTO core_entities (organization_id, entity_type) VALUES (%s, 'customer')",
            (own,),
        )
    assert kept.configuration_version(own) == "1"
    kept.configure(books.configuration(own))
    with psycopg.connect(superuser) as connection:
        found = connection.execute(
            "SELECT count(*) FROM core_entities"
            " WHERE organization_id = %s AND entity_type = 'customer'",
            (own,),
        )
        assert found.fetchone() == (1,)


def test_an_organization_may_be_made_and_configured_by_sql_alone(
    kept: PostgresRepository, superuser: str
) -> None:
    """As in the runbook: an organization, accounts, a schema, a profile and a binding."""
    with psycopg.connect(superuser) as connection:
        made = connection.execute(
            "INSERT INTO core_organizations (name, code, smart_code, status)"
            " VALUES ('Yours', 'YOURBIZ', 'HERA.ORG.YOURBIZ.v1', 'active') RETURNING id"
        ).fetchone()
        assert made is not None
        own = str(made[0])
        assert kept.configuration(own) is None
        connection.execute(
            "INSERT INTO core_entities (organization_id, id, entity_type, business_rules)"
            " VALUES (%(own)s, 's', 'posting_schema', %(schema)s),"
            " (%(own)s, 'p', 'tax_profile', %(profile)s)",
            {
                "own": own,
                "schema": (books.RUNBOOK / "posting-schema.json").read_text("utf-8"),
                "profile": (books.RUNBOOK / "tax-profile.json").read_text("utf-8"),
            },
        )
        connection.execute(
            "INSERT INTO core_entities (organization_id, id, entity_type, entity_code)"
            " SELECT %s, account ->> 'id', 'account', account ->> 'code'"
            " FROM jsonb_array_elements(%s) AS account",
            (own, (books.RUNBOOK / "chart.json").read_text("utf-8")),
        )
        connection.execute(
            "INSERT INTO core_relationships"
            " (organization_id, relationship_type, from_entity_id, to_entity_id, metadata)"
            " VALUES (%s, 'applies_to', 's', 'p', '{\"event_smart_code\": \"HERA.POS.SALE.V1\"}')",
            (own,),
        )
    ledger = books.ledger(kept)
    assert ledger.post(Caller(books.ACTOR, own), books.sale("POS-1")).transaction.lines


def test_coroutines_do_the_same(kept: PostgresRepository, postgres: str) -> None:
    """What one repository stores, the other reads; forty tasks at once post five references."""
    own = books.organization()
    full = books.full(own)

    async def work() -> None:
        repository = AsyncPostgresRepository(postgres, connections=4)
        ledger = AsyncLedger(repository, clock=lambda: books.NOON, ids=lambda: str(uuid4()))
        await ledger.configure(Caller(books.ACTOR, own), books.configuration(own))
        caller = Caller(books.ACTOR, own)
        sales = [books.sale(f"r{number % 5}") for number in range(40)]
        stored = await asyncio.gather(*(ledger.post(caller, sale) for sale in sales))
        assert len({each.transaction.id for each in stored}) == 5
        assert sum(not each.idempotent for each in stored) == 5
        change = Change(organization_id=own, create=full)
        assert await repository.commit(change) == Done()
        assert await repository.commit(change) == Duplicate(full)
        assert await repository.fetch(own, [full.id]) == (full,)
        assert len(await repository.find(own, Query())) == 6
        version = await repository.configuration_version(own)
        configuration = await repository.configuration(own)
        assert configuration is not None
        assert configuration.version == version
        await repository.close()

    asyncio.run(work())
    assert kept.fetch(own, [full.id]) == (full,)


def test_a_deadlock_is_repeated_and_not_told(kept: PostgresRepository, superuser: str) -> None:
    """The server undoes the change that waits for another and is waited for, and it begins anew."""
    own, sale = _with_a_sale(kept)
    change = Change(
        organization_id=own,
        create=Transaction(books.header(own, external_reference="wanted by both")),
        replace=replace(sale.header, audit=sale.header.audit.touched(books.NOON, books.ACTOR)),
    )
    outcomes: list[Outcome] = []
    with psycopg.connect(superuser) as connection:
        connection.execute(
            "UPDATE universal_transactions SET reason = 'held' WHERE organization_id = %s", (own,)
        )
        waiting = Thread(target=lambda: outcomes.append(kept.commit(change)))
        waiting.start()
        with psycopg.connect(superuser, autocommit=True) as watch:
            while watch.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE usename = 'till' AND wait_event_type = 'Lock'"
            ).fetchone() == (0,):
                pass
        connection.execute(
            "INSERT INTO universal_transactions SELECT (jsonb_populate_record("
            ' t, \'{"id": "first", "external_reference": "wanted by both"}\')).*'
            " FROM universal_transactions t WHERE organization_id = %s",
            (own,),
        )
    waiting.join()
    (outcome,) = outcomes
    assert isinstance(outcome, Duplicate)
    assert outcome.transaction.id == "first"


@pytest.mark.parametrize("kind", [SerializationFailure, DeadlockDetected])
def test_what_the_server_undoes_for_ever_is_told(
    kept: PostgresRepository, postgres: str, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    """A unit is repeated a bounded number of times, in both colours, and the next one succeeds."""
    own = books.organization()
    attempts: list[int] = []

    def undone(*_arguments: object) -> Iterator[Statement]:
        yield Statement("SELECT 1")
        attempts.append(1)
        raise kind

    later = AsyncPostgresRepository(postgres)

    async def both() -> None:
        with monkeypatch.context() as patched:
            for module in (synchronous, asynchronous):
                patched.setattr(module, "pause", lambda _attempt: 0.0)
            patched.setattr(verbs, "found", undone)
            with pytest.raises(kind):
                kept.find(own, Query())
            assert len(attempts) == ATTEMPTS
            with pytest.raises(kind):
                await later.find(own, Query())
            assert len(attempts) == 2 * ATTEMPTS
        assert await later.find(own, Query()) == ()
        await later.close()

    asyncio.run(both())
    assert kept.find(own, Query()) == ()


def test_an_edit_beside_another_one_of_the_organization_counts(
    kept: PostgresRepository, superuser: str
) -> None:
    """Renaming is no new version, and hides none in the same transaction."""
    own, _ = _with_a_sale(kept)
    rename = "UPDATE core_organizations SET name = name || 'x' WHERE id = %s"
    with psycopg.connect(superuser) as connection:
        connection.execute(rename.encode(), (own,))
    assert kept.configuration_version(own) == "1"
    with psycopg.connect(superuser) as connection:
        connection.execute(rename.encode(), (own,))
        connection.execute(EDITS[0].encode(), (own,))
    assert kept.configuration_version(own) == "2"


def test_a_connection_that_was_cut_is_replaced(kept: PostgresRepository, superuser: str) -> None:
    """The call fails, and the next one has a connection of its own."""
    own, sale = _with_a_sale(kept)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'till'"
        )
    with pytest.raises(psycopg.OperationalError):
        kept.fetch(own, [sale.id])
    assert kept.fetch(own, [sale.id]) == (sale,)
