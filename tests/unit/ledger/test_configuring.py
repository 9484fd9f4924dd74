"""What books are kept by: compared and stored, read, checked, and asked what governs an event."""

from collections.abc import Callable
from datetime import date

import pytest

from hera_engine import Caller, Configuration, Ledger
from hera_engine.configuration import Binding
from hera_engine.errors import HeraError
from hera_engine.frozen import FrozenMap
from hera_engine.ledger import check_configuration
from hera_engine.memory import InMemoryRepository
from hera_engine.periods import Period
from tests.unit.ledger.books import (
    CALLER,
    FOREIGN,
    OTHER,
    SALE,
    TILL,
    Ticking,
    configuration,
    numbered,
    opened,
    sale,
)

EUROS = configuration(base_currency="EUR")


def refusal(call: Callable[[], object]) -> HeraError:
    """Return the error that a call raises."""
    with pytest.raises(HeraError) as caught:
        call()
    return caught.value


def version_of(ledger: Ledger, caller: Caller = CALLER) -> str:
    """Return the version of what a caller's books are kept by."""
    found = ledger.configuration(caller)
    assert found is not None
    return found.version


def bound(*bindings: Binding) -> Configuration:
    """Return the salon's configuration with two tills and these bindings."""
    schemas = FrozenMap({"till": TILL, "other": TILL.replace("4100", "4200")})
    return Configuration(organization_id=CALLER.organization_id, schemas=schemas, bindings=bindings)


# --- compare and set ----------------------------------------------------------------------------


def test_a_change_on_what_was_read_is_stored() -> None:
    """And has another version, which the next change expects."""
    ledger = opened()
    read = version_of(ledger)

    ledger.configure(CALLER, EUROS, expected=read)

    found = ledger.configuration(CALLER)
    assert found is not None
    assert (found.base_currency, found.version == read) == ("EUR", False)


def test_a_change_is_refused_when_another_came_between() -> None:
    """As E_STATE, not to be repeated as it is; what came between stays."""
    ledger = opened()
    read = version_of(ledger)
    ledger.configure(CALLER, EUROS)
    now = ledger.configuration(CALLER)

    error = refusal(lambda: ledger.configure(CALLER, configuration(), expected=read))

    assert (error.code, error.http_status, error.retryable) == ("E_STATE", 409, False)
    assert error.hint == "read it again, and make the change on what it says now"
    assert ledger.configuration(CALLER) == now


def test_a_first_configuration_expects_none() -> None:
    """The second of two first ones is refused; another organization's does not count."""
    ledger = Ledger(InMemoryRepository(), clock=Ticking(), ids=numbered())
    assert ledger.configuration(CALLER) is None
    ledger.configure(FOREIGN, configuration(OTHER), expected="")

    ledger.configure(CALLER, configuration(), expected="")

    assert refusal(lambda: ledger.configure(CALLER, EUROS, expected="")).code == "E_STATE"
    assert refusal(lambda: ledger.configure(CALLER, EUROS, expected="no such")).code == "E_STATE"


def test_without_an_expectation_the_last_one_stays() -> None:
    """Whatever was there."""
    ledger = opened()

    ledger.configure(CALLER, EUROS)
    ledger.configure(CALLER, configuration())

    found = ledger.configuration(CALLER)
    assert found is not None
    assert found.base_currency is None


def test_the_books_of_another_are_not_configured() -> None:
    """Nor is it told what they have."""
    ledger = opened()
    before = ledger.configuration(FOREIGN)

    error = refusal(lambda: ledger.configure(CALLER, configuration(OTHER)))

    assert error.details == {"kernel_code": "ORG_MISMATCH"}
    assert OTHER not in str(error.to_dict())
    assert ledger.configuration(FOREIGN) == before


@pytest.mark.parametrize("expected", [5, True, b"1", ["1"], "x" * 10_000])
def test_an_expectation_is_a_version(expected: object) -> None:
    """Anything else is malformed."""
    ledger = opened()

    call = lambda: ledger.configure(CALLER, EUROS, expected=expected)  # type: ignore[arg-type] # noqa: E731

    assert refusal(call).code == "E_GUARDRAIL"


@pytest.mark.parametrize("given", [None, {}, "configuration"])
def test_only_a_configuration_is_stored(given: object) -> None:
    """A document is read first."""
    error = refusal(lambda: opened().configure(CALLER, given))  # type: ignore[arg-type] # the test

    assert (error.code, error.hint) == ("E_GUARDRAIL", "make one by Configuration.from_dict")


@pytest.mark.parametrize(
    ("answer", "expected"), [(None, None), (True, "1"), ("Done", "1"), (5, None)]
)
def test_a_store_that_does_not_say_what_became_of_it_has_failed(
    answer: object, expected: str | None
) -> None:
    """What it answers is not taken for done."""

    class Silent(InMemoryRepository):
        def configure(self, configuration: Configuration, expected: str | None = None) -> object:  # type: ignore[override] # that is the test
            return answer

    ledger = Ledger(Silent(), clock=Ticking(), ids=numbered())  # type: ignore[arg-type]

    error = refusal(lambda: ledger.configure(CALLER, EUROS, expected=expected))

    assert error.code == "E_UPSTREAM"


# --- what governs -------------------------------------------------------------------------------


def test_resolve_tells_what_posts_on_a_day() -> None:
    """The binding, its schema as compiled, and the version of the configuration."""
    general = Binding(event="HERA.POS.**", schema="till")
    later = Binding(event=SALE, schema="other", days=Period(date(2026, 1, 1), None))
    ledger = opened(bound(general, later))

    now = ledger.resolve(CALLER, SALE, date(2025, 1, 20))
    then = ledger.resolve(CALLER, SALE.replace(".V1", ".v1"), "2026-01-01")

    assert (now.binding, now.schema, now.tax_profile) == (general, "till", None)
    assert (then.binding, then.schema, then.day) == (later, "other", date(2026, 1, 1))
    assert now.smart_code == then.smart_code == SALE
    assert now.fingerprint != then.fingerprint
    assert now.configuration_version == version_of(ledger)


def test_what_resolve_tells_is_what_posts() -> None:
    """Name, version and fingerprint are those that the entry carries; today is the clock's."""
    ledger = opened()

    told = ledger.resolve(CALLER, SALE)
    entry = ledger.simulate(CALLER, sale(transaction_date=None))

    stamp = entry.header.schema
    assert (told.schema_name, told.schema_version, told.fingerprint) == (
        stamp.name, stamp.version, stamp.fingerprint,
    )  # fmt: skip
    assert told.day == entry.header.transaction_date
    assert told.to_dict()["date"] == told.day.isoformat()


DAYS = [
    "2025-W05-5",
    "20250131",
    "2025-01-31T00:00:00Z",
    "2025-02-30",
    "",
    5,
    True,
    "\u0662025-01-31",
]


@pytest.mark.parametrize("day", DAYS)
def test_resolve_reads_days_as_events_do(day: object) -> None:
    """One reading: what an event may not say is refused here in the same words."""
    ledger = opened()

    asked = refusal(lambda: ledger.resolve(CALLER, SALE, day))  # type: ignore[arg-type] # the test
    posted = refusal(lambda: ledger.post(CALLER, sale(transaction_date=day)))

    assert asked.to_dict() == posted.to_dict()


@pytest.mark.parametrize(
    "code", [None, "", "x", 5, {}, [], "HERA.X", "\u202eHERA.X.V1", "HERA.NOBODY.V1", "HERA.X.v1"]
)
def test_resolve_refuses_codes_as_posting_does(code: object) -> None:
    """In the same words."""
    ledger = opened()

    asked = refusal(lambda: ledger.resolve(CALLER, code, "2025-01-15"))  # type: ignore[arg-type] # the test
    posted = refusal(lambda: ledger.post(CALLER, sale(event_smart_code=code)))

    assert asked.to_dict() == posted.to_dict()


def test_resolve_tells_a_schema_that_does_not_compile() -> None:
    """With its diagnostics; and where nothing is configured, that nothing is bound."""
    broken = Binding(event="HERA.**", schema="till")
    ledger = opened(
        Configuration(
            organization_id=CALLER.organization_id,
            schemas=FrozenMap({"till": "schema oops"}),
            bindings=(broken,),
        )
    )

    assert refusal(lambda: ledger.resolve(CALLER, SALE)).details["diagnostics"]
    assert refusal(lambda: ledger.resolve(FOREIGN, SALE)).code == "E_SCHEMA"


# --- before it is stored ------------------------------------------------------------------------


def test_every_schema_of_a_configuration_is_checked() -> None:
    """Bound ones once, however often they are bound, and those that nothing is bound to."""
    schemas = FrozenMap({"till": TILL, "wrong": "schema oops", "loose": "no schema", "odd": 5})
    wrong = [Binding(event=event, schema="wrong") for event in ("HERA.A.V1", "HERA.B.V1")]
    sound = Binding(event=SALE, schema="till")
    books = Configuration(
        organization_id=CALLER.organization_id, schemas=schemas, bindings=(*wrong, sound)
    )

    assert [error.code for error in check_configuration(books)] == ["E_SCHEMA"] * 3
    assert check_configuration(configuration()) == ()
