"""A set of versions posts each event with the version that is in force on its accounting date."""

import copy
import pickle
from collections.abc import Callable
from datetime import date

import pytest

from hera_engine import (
    BusinessEvent,
    HeraError,
    JournalEntry,
    PostingEngine,
    SchemaError,
    SchemaSet,
    load_schema,
)
from hera_engine.errors import Severity


def version(number: int, account: str, dates: str, name: str = "Shop") -> str:
    """Return one version of a schema, whose sales go to ``account``."""
    return f"""\
schema "{name}" version {number} {dates}
ledgers GL
account cash    1000 asset
account revenue 4100 revenue
account services 4200 revenue
on HERA.POS.SALE.V1 {{ debit cash total_amount  credit {account} total_amount }}
"""


FIRST = version(1, "revenue", "until 2025-12-31")
SECOND = version(2, "services", "effective 2026-01-01 until 2026-06-30")
THIRD = version(3, "revenue", "effective 2026-07-01 until 2026-12-31")


def sale(**header: object) -> dict[str, object]:
    """Return a sale of 10.00."""
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": "10.00",
        "currency": "USD",
        **header,
    }


def credited(entry: JournalEntry) -> str:
    """Return the account that an entry credits."""
    (line,) = (line for line in entry.lines if line.side.word == "credit")
    return line.account.key


def faults(*documents: str) -> list[str]:
    """Return each error of a set as its name and file."""
    with pytest.raises(SchemaError) as caught:
        SchemaSet(documents)
    errors = (fault for fault in caught.value.diagnostics if fault.severity is Severity.ERROR)
    return [f"{fault.name} {fault.file}" for fault in errors]


@pytest.fixture(scope="module")
def versions() -> SchemaSet:
    """Return three versions, handed over in disorder."""
    return SchemaSet([THIRD, FIRST, load_schema(SECOND)])


@pytest.mark.parametrize(
    ("dates", "account", "number"),
    [
        ({"transaction_date": "1999-01-01"}, "revenue", 1),
        ({"transaction_date": "2025-12-31"}, "revenue", 1),
        ({"transaction_date": "2026-01-01"}, "services", 2),
        ({"transaction_date": date(2026, 6, 30)}, "services", 2),
        ({"transaction_date": "2026-06-30", "posting_date": "2026-07-01"}, "revenue", 3),
    ],
)
def test_the_accounting_date_chooses_the_version(
    versions: SchemaSet, dates: dict[str, object], account: str, number: int
) -> None:
    """The posting date goes before the transaction date; both ends of a version are included."""
    entry = versions.simulate(sale(**dates))

    assert credited(entry) == account
    assert entry.header.schema.version == number


def test_an_entry_is_the_one_of_its_version(versions: SchemaSet) -> None:
    """A set adds nothing: same bytes and fingerprint as the engine of the version alone."""
    alone = PostingEngine(SECOND).simulate(sale(transaction_date="2026-03-01"))

    assert versions.simulate(sale(transaction_date="2026-03-01")).to_json() == alone.to_json()


def test_every_way_to_post_chooses_alike(versions: SchemaSet) -> None:
    """A mapping, a typed event, JSON, a stream and an explanation lead to one entry."""
    event = sale(transaction_date="2026-03-01")
    typed = BusinessEvent(**event)
    text = (
        '{"organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1", '
        '"total_amount": "10.00", "currency": "USD", "transaction_date": "2026-03-01"}'
    )

    entry = versions.simulate(event)

    assert versions.simulate(typed) == entry
    assert versions.simulate_json(text) == entry
    assert versions.explain(event).entry == entry
    assert list(versions.simulate_many([event, typed])) == [entry, entry]


def test_one_bad_event_stops_nothing(versions: SchemaSet) -> None:
    """A stream goes on behind an event that no version takes."""
    events = [sale(), sale(transaction_date="2026-01-01")]

    refused, entry = versions.simulate_many(events)

    assert isinstance(refused, HeraError)
    assert isinstance(entry, JournalEntry)


def test_an_event_without_a_date_is_refused(versions: SchemaSet) -> None:
    """Any of several versions could be meant."""
    with pytest.raises(HeraError) as caught:
        versions.simulate(sale())

    assert caught.value.code == "E_SCHEMA"
    assert caught.value.hint == "send `transaction_date` or `posting_date`"


def test_an_event_without_a_date_takes_the_only_version() -> None:
    """With one version there is nothing to choose."""
    assert credited(SchemaSet([SECOND]).simulate(sale())) == "services"


@pytest.mark.parametrize(
    ("day", "hint"),
    [
        ("2027-01-01", "the last ends on 2026-12-31"),
        ("2025-06-30", "the first begins on 2026-01-01"),
    ],
)
def test_a_day_outside_all_versions_is_refused(day: str, hint: str) -> None:
    """The error says where the versions begin or end."""
    with pytest.raises(HeraError) as caught:
        SchemaSet([SECOND, THIRD]).simulate(sale(transaction_date=day))

    assert (caught.value.code, caught.value.hint) == ("E_SCHEMA", hint)


@pytest.mark.parametrize("event", [sale(posting_date="soon"), sale(posting_date=1), [], "x", None])
def test_what_is_no_event_or_no_date_is_a_guardrail(versions: SchemaSet, event: object) -> None:
    """The engine says what is wrong, as it does alone."""
    with pytest.raises(HeraError) as caught:
        versions.simulate(event)  # type: ignore[arg-type] # what a careless caller sends

    assert caught.value.code == "E_GUARDRAIL"


def test_versions_that_share_a_day_are_refused() -> None:
    """The fault stands in the later version and names both."""
    assert faults(FIRST, version(2, "services", "effective 2025-12-31")) == [
        "VERSION_OVERLAP <Shop, version 2, from 2025-12-31>"
    ]
    assert faults(version(1, "revenue", ""), version(2, "revenue", "")) == [
        "VERSION_OVERLAP <Shop, version 2>"
    ]


def test_days_without_a_version_are_refused() -> None:
    """The fault names the first and the last of them."""
    with pytest.raises(SchemaError) as caught:
        SchemaSet([FIRST, THIRD])

    (fault,) = caught.value.diagnostics
    assert fault.message == "no version is in force from 2026-01-01 to 2026-06-30"


def test_other_schemas_and_other_numbers_are_refused() -> None:
    """A set holds versions of one schema, each with a number of its own."""
    assert faults(FIRST, version(1, "services", "effective 2026-01-01", name="Other")) == [
        "OTHER_SCHEMA <Other, version 1, from 2026-01-01>",
        "VERSION_TWICE <Other, version 1, from 2026-01-01>",
    ]


def test_the_faults_of_all_versions_come_together() -> None:
    """Each names the document that it stands in, by its position."""
    broken = SECOND.replace("credit services", "credit servces")

    assert faults(broken, FIRST.replace("4100 revenue", "4100 income")) == [
        "UNKNOWN_ACCOUNT <schema 1>", "SYNTAX <schema 2>",
    ]  # fmt: skip


def test_a_fault_that_the_chart_shows_names_its_version() -> None:
    """What needs more than the document is reported for every version."""
    chart = [{"id": "1", "code": "1000"}, {"id": "2", "code": "4100"}]

    with pytest.raises(SchemaError) as caught:
        SchemaSet([FIRST, SECOND], chart=chart)

    assert [(fault.name, fault.file) for fault in caught.value.diagnostics] == [
        ("NOT_IN_CHART", "<Shop, version 1, to 2025-12-31>"),
        ("NOT_IN_CHART", "<Shop, version 2, from 2026-01-01 to 2026-06-30>"),
    ]


@pytest.mark.parametrize("schemas", [(), "text", {"ledgers": ["GL"]}, 1])
def test_a_set_takes_a_list_of_schemas(schemas: object) -> None:
    """No version, or one that is not in a list, is refused."""
    with pytest.raises(HeraError) as caught:
        SchemaSet(schemas)  # type: ignore[arg-type] # what a careless caller passes

    assert caught.value.code == "E_GUARDRAIL"


def test_the_fingerprint_is_that_of_all_versions(versions: SchemaSet) -> None:
    """It depends on every version, not on the order in which they are handed over."""
    assert SchemaSet([FIRST, SECOND, THIRD]).fingerprint == versions.fingerprint
    assert SchemaSet([FIRST, SECOND]).fingerprint != versions.fingerprint


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]
)
def test_a_set_survives_copying(
    versions: SchemaSet, copied: Callable[[SchemaSet], SchemaSet]
) -> None:
    """A worker process may be handed a set."""
    event = sale(transaction_date="2026-03-01")

    twin = copied(versions)

    assert twin.fingerprint == versions.fingerprint
    assert twin.simulate(event) == versions.simulate(event)
    assert twin.schemas == versions.schemas
