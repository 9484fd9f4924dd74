"""The six verbs over memory, SQLite and PostgreSQL."""

import sqlite3
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import psycopg
import pytest

from hera_engine.frozen import FrozenMap
from hera_engine.ledger import Caller, Correction
from hera_engine.repository import Change, Done, Duplicate, Query, Repository, Stale
from hera_engine.transactions import Status, Transaction, TransactionHeader
from tests.storage import books


def _created(repository: Repository, *transactions: Transaction) -> None:
    for each in transactions:
        own = each.header.organization_id
        assert repository.commit(Change(organization_id=own, create=each)) == Done()


def test_all_fields_come_back_as_they_were_written(repository: Repository) -> None:
    """The wire form is the same, spelling of amounts and zones of moments included."""
    own = books.organization()
    stored = books.full(own)
    _created(repository, stored)

    (read,) = repository.fetch(own, [stored.id])

    assert read == stored
    assert read.to_dict() == stored.to_dict()
    assert tuple(repository.find(own, Query())) == (stored.header,)


def test_a_configuration_comes_back_as_it_was_written(repository: Repository) -> None:
    """Also one with a schema in words, a profile by regions and accounts that say little."""
    own = books.organization()
    chart = [
        {"id": "a", "postable": False},
        {"id": "b", "code": "1", "name": "Café", "type": "asset", "active": False},
    ]
    stored = books.configuration(
        own,
        schemas={"pos": books.read("posting-schema.json"), "words": "schema x\n\n"},
        tax_profiles={"standard": books.read("tax-profile.json"), "": {"rates": {}}},
    )
    for each in (stored, replace(books.configuration(own, chart=chart), periods=())):
        repository.configure(each)
        read = repository.configuration(own)
        assert read is not None
        assert replace(read, version="") == each
        assert read.to_dict() == each.to_dict()
        assert repository.configuration_version(own) == read.version


def test_each_configuration_has_a_version_of_its_own(repository: Repository) -> None:
    """Posting gives none, and the same configuration again is a new version."""
    own = books.organization()
    _created(repository, Transaction(books.header(own)))
    assert repository.configuration(own) is None
    assert repository.configuration_version(own) is None

    versions = set()
    for _ in range(3):
        repository.configure(books.configuration(own))
        versions.add(repository.configuration_version(own))
    assert len(versions - {None}) == 3


def test_a_reference_is_taken_once_in_an_organization(repository: Repository) -> None:
    """The second gets the first, whatever it says; another organization is not concerned."""
    own, other = books.organization(), books.organization()
    first = replace(books.full(own), lines=(books.line(1), books.line(2, "CR")))
    _created(repository, first)
    reference = first.header.external_reference

    again = Transaction(books.header(own, external_reference=reference))
    change = Change(organization_id=own, create=again, configuration_version="of the past")
    assert repository.commit(change) == Duplicate(first)
    _created(repository, Transaction(books.header(other, external_reference=reference)))

    assert repository.fetch(own, [again.id]) == ()
    assert repository.fetch(other, [first.id]) == ()


def test_transactions_without_a_reference_do_not_exclude_each_other(
    repository: Repository,
) -> None:
    """No reference is no reference that others have."""
    own = books.organization()
    _created(repository, Transaction(books.header(own)), Transaction(books.header(own)))
    assert len(repository.find(own, Query())) == 2


def test_an_id_is_never_given_twice(repository: Repository) -> None:
    """The store fails, and keeps what there was."""
    own = books.organization()
    first = Transaction(books.header(own), (books.line(1),))
    _created(repository, first)

    with pytest.raises((ValueError, sqlite3.IntegrityError, psycopg.errors.UniqueViolation)):
        repository.commit(Change(organization_id=own, create=replace(first, lines=())))

    assert repository.fetch(own, [first.id]) == (first,)


def test_a_change_of_an_older_configuration_leaves_nothing(repository: Repository) -> None:
    """Neither its transaction nor its correction is stored."""
    own = books.organization()
    repository.configure(books.configuration(own))
    version = repository.configuration_version(own)
    first = Transaction(books.header(own))
    _created(repository, first)
    repository.configure(books.configuration(own))

    audit = first.header.audit.touched(books.NOON, books.ACTOR)
    change = Change(
        organization_id=own,
        configuration_version=version,
        create=Transaction(books.header(own), (books.line(1),)),
        replace=replace(first.header, audit=audit, status=Status.VOIDED),
    )
    assert repository.commit(change) == Stale()
    assert tuple(repository.find(own, Query(include_voided=True))) == (first.header,)
    renewed = replace(change, configuration_version=repository.configuration_version(own))
    assert repository.commit(renewed) == Done()


def test_only_the_version_that_was_read_is_replaced_or_removed(repository: Repository) -> None:
    """A stale half takes the other half of the change with it."""
    own = books.organization()
    first = Transaction(books.header(own, external_reference="one"))
    _created(repository, first)
    audit = first.header.audit.touched(books.NOON, books.ACTOR)
    second = replace(first.header, audit=audit, metadata=FrozenMap({"seen": True}))
    new = Transaction(books.header(own), (books.line(1),))

    assert repository.commit(Change(organization_id=own, replace=second)) == Done()
    assert repository.commit(Change(organization_id=own, replace=second, create=new)) == Stale()
    assert repository.commit(Change(organization_id=own, remove=first.header)) == Stale()
    foreign = replace(second, organization_id=books.organization())
    assert (
        repository.commit(Change(organization_id=foreign.organization_id, remove=foreign))
        == Stale()
    )
    assert repository.fetch(own, [first.id, new.id]) == (replace(first, header=second),)

    assert repository.commit(Change(organization_id=own, remove=second)) == Done()
    assert repository.fetch(own, [first.id]) == ()
    _created(repository, Transaction(books.header(own, external_reference="one")))


def test_pages_come_in_order_and_neither_repeat_nor_miss_one(repository: Repository) -> None:
    """Days fall, and within a day ids by their characters, capitals before small ones."""
    own = books.organization()
    ids = ["a", "B", "b", "é", "z", "Z", "10", "9", "_", "-", "ß", "\U0001f600", "\uffee"]
    days = [date(2025, 1, 1), date(2025, 1, 2), date(1999, 12, 31)]
    headers = [
        books.header(own, id=f"{each}{day}", transaction_date=day) for each in ids for day in days
    ]
    _created(repository, *map(Transaction, headers))
    expected = sorted(headers, key=lambda each: (each.transaction_date, each.id), reverse=True)

    assert list(repository.find(own, Query(limit=100))) == expected
    assert list(repository.find(own, Query(limit=7, offset=5))) == expected[5:12]
    seen: list[TransactionHeader] = []
    after = None
    while page := repository.find(own, Query(limit=4, after=after)):
        seen += page
        after = (page[-1].transaction_date, page[-1].id)
    assert seen == expected


def test_a_query_asks_for_what_takes_says(repository: Repository) -> None:
    """Each filter gives what `Query.takes` takes."""
    own = books.organization()
    headers = [
        books.header(own),
        books.header(own, transaction_type="INVOICE", external_reference="r"),
        books.header(own, status=Status.VOIDED, external_reference="v"),
        books.header(own, smart_code="HERA.POS.REFUND.V1", transaction_date=date(2025, 1, 1)),
    ]
    _created(repository, *map(Transaction, headers))
    queries = [
        Query(transaction_type="INVOICE"),
        Query(status=Status.DRAFT),
        Query(status=Status.VOIDED),
        Query(status=Status.VOIDED, include_voided=True),
        Query(smart_code="HERA.POS.REFUND.V1"),
        Query(external_reference="r"),
        Query(external_reference="v", include_voided=True),
        Query(external_reference="%"),
        Query(first_day=date(2025, 1, 2)),
        Query(last_day=date(2025, 1, 1)),
        Query(after=(date(2025, 6, 30), headers[1].id), include_voided=True),
    ]
    for query in queries:
        expected = {each.id for each in headers if query.takes(each)}
        assert {each.id for each in repository.find(own, query)} == expected, query
    assert repository.find(books.organization(), Query()) == ()


def test_threads_that_store_one_reference_leave_one_transaction(repository: Repository) -> None:
    """Each of eight gets the same one."""
    own, begin = books.organization(), Barrier(8)
    outcomes = []

    def store() -> None:
        begin.wait()
        for number in range(10):
            new = Transaction(books.header(own, external_reference=f"r{number}"), (books.line(1),))
            outcomes.append(repository.commit(Change(organization_id=own, create=new)))

    threads = [Thread(target=store) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(each == Done() for each in outcomes) == 10
    assert sum(isinstance(each, Duplicate) for each in outcomes) == 70
    assert len(repository.find(own, Query())) == 10


def test_a_ledger_posts_repeats_reverses_and_balances(repository: Repository) -> None:
    """The runbook's sale, through the rules, in each store alike."""
    own = books.organization()
    ledger = books.ledger(repository)
    ledger.configure(Caller(books.ACTOR, own), books.configuration(own))
    caller = Caller(books.ACTOR, own)

    posted = ledger.post(caller, books.sale("POS-1"))
    again = ledger.post(caller, books.sale("POS-1"))
    taken_back = ledger.reverse(caller, Correction(transaction_id=posted.transaction.id))

    assert again.idempotent
    assert again.transaction.to_dict() == posted.transaction.to_dict()
    original = ledger.read(caller, posted.transaction.id)
    assert original.header.status is Status.REVERSED
    assert original.header.reversed_by == (taken_back.transaction.id,)
    for balance in ledger.balances(caller):
        assert balance.debits == balance.credits > Decimal(0)
