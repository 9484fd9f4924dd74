"""The runbook's table of errors: each row is provoked, and no row is missing."""

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import httpx
import psycopg
import pytest
from psycopg.errors import CheckViolation

from examples.ledger_service.faults import may_pass
from hera_engine.errors import ERROR_KINDS
from hera_engine.memory import AsyncInMemoryRepository
from tests.service.runbook_page import PAGE
from tests.service.till import ORGANIZATION, SALE, Till

ROWS: Final = frozenset(
    re.findall(r"^\| (\d{3}) \| (E_[A-Z_]+) \| (\d*) ?\|", PAGE.read_text(encoding="utf-8"), re.M)
)
SAMPLE: Final = PAGE.parents[1] / "tests" / "errors" / "E_RATE_RESOLUTION_category"
SECRET: Final = "the password of the database"


class Broken(AsyncInMemoryRepository):
    """A store that fails with words that are nobody's to read."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault

    async def configuration_version(self, organization_id: str) -> str | None:
        """Fail."""
        raise self.fault


def journal(*lines: tuple[str, str]) -> Mapping[str, object]:
    """Return the payload of a manual journal on the runbook's accounts 1100 and 4100."""
    return {
        "header": {
            "transaction_type": "JOURNAL",
            "smart_code": "HERA.FIN.GL.TXN.JOURNAL.V1",
            "transaction_status": "posted",
            "transaction_currency_code": "USD",
        },
        "lines": [
            {
                "line_number": number,
                "line_type": "gl",
                "line_amount": amount,
                "smart_code": "HERA.FIN.GL.LINE.ACCOUNT.V1",
                "line_data": {"side": side, "account": "1100" if side == "DR" else "4100"},
            }
            for number, (side, amount) in enumerate(lines, start=1)
        ],
    }


def unknown_key() -> httpx.Response:
    """Call with a key that nobody has."""
    return Till().call("/ledger/post", SALE, key="guess")


def no_json() -> httpx.Response:
    """Send half an object."""
    return Till().call("/ledger/post", b"{")


def no_smart_code() -> httpx.Response:
    """Resolve nothing."""
    return Till().call("/mcp/resolve", {})


def no_binding() -> httpx.Response:
    """Post where no schema is bound."""
    return Till(bindings=[]).call("/ledger/post", SALE)


def no_transaction() -> httpx.Response:
    """Read what is not there."""
    return Till().act("READ", {"transaction_id": "nobody's"})


def wrong_method() -> httpx.Response:
    """Get what wants to be posted."""
    return Till().call("/ledger/post", method="GET")


def no_dimension() -> httpx.Response:
    """Post a sale of nobody's."""
    context = {**SALE["business_context"], "staff_id": None}
    return Till().call("/ledger/post", {**SALE, "business_context": context})


def no_profile() -> httpx.Response:
    """Post where the schema's tax profile is missing."""
    bindings = [{"event": "HERA.POS.**", "schema": "pos"}]
    return Till(tax_profiles={}, bindings=bindings).call("/ledger/post", SALE)


def no_rate() -> httpx.Response:
    """Post the sample of the error: a category that the tax profile has no rate for."""
    schema = (SAMPLE / "schema.hera").read_text(encoding="utf-8")
    event = json.loads((SAMPLE / "event.json").read_text(encoding="utf-8"))
    bindings = [{"event": "HERA.POS.**", "schema": "pos"}]
    till = Till(schemas={"pos": schema}, bindings=bindings, chart=[])
    return till.call("/ledger/post", {**event, "organization_id": ORGANIZATION})


def unbalanced() -> httpx.Response:
    """Create a journal that is a cent short."""
    return Till().act("CREATE", journal(("DR", "10.00"), ("CR", "9.99")))


def closed() -> httpx.Response:
    """Post into a closed period."""
    return Till().call("/ledger/post", {**SALE, "transaction_date": "2024-12-31"})


def posted_already() -> httpx.Response:
    """Delete what is posted."""
    till = Till()
    posted = till.act("CREATE", journal(("DR", "10.00"), ("CR", "10.00"))).json()
    return till.act("DELETE", {"transaction_id": posted["transaction_id"]})


def reference_taken() -> httpx.Response:
    """Post another sale under a used reference."""
    till, sale = Till(), {**SALE, "external_reference": "R-1"}
    assert till.call("/ledger/post", sale).status_code == 200
    other = {**sale, "business_context": {**SALE["business_context"], "staff_id": "EMP-002"}}
    return till.call("/ledger/post", other)


def broken_store() -> httpx.Response:
    """Post into a store that is not there."""
    return Till(Broken(ConnectionError(SECRET))).call("/ledger/post", SALE)


def refusing_store() -> httpx.Response:
    """Post into a store that will never take it."""
    return Till(Broken(CheckViolation(SECRET))).call("/ledger/post", SALE)


def broken_store_of_an_action() -> httpx.Response:
    """Create a journal where the store is not there."""
    return Till(Broken(ConnectionError(SECRET))).act("CREATE", journal(("DR", "1"), ("CR", "1")))


def refusing_store_of_an_action() -> httpx.Response:
    """Create a journal that the store will never take."""
    return Till(Broken(CheckViolation(SECRET))).act("CREATE", journal(("DR", "1"), ("CR", "1")))


def unforeseen() -> httpx.Response:
    """Post on a day that the clock fails to tell."""

    def stopped() -> datetime:
        raise KeyError(SECRET)

    return Till(clock=stopped).call("/ledger/post", {**SALE, "transaction_date": None})


PROVOKED: Final[Mapping[Callable[[], httpx.Response], tuple[str, str, str]]] = {
    unknown_key: ("401", "E_GUARDRAIL", ""),
    no_json: ("400", "E_GUARDRAIL", ""),
    no_smart_code: ("400", "E_SMART_CODE_REQUIRED", ""),
    no_binding: ("404", "E_SCHEMA", ""),
    no_transaction: ("404", "E_NOT_FOUND", ""),
    wrong_method: ("405", "E_GUARDRAIL", ""),
    no_dimension: ("422", "E_DIM_MISSING", ""),
    no_profile: ("424", "E_TAX_PROFILE", ""),
    no_rate: ("422", "E_RATE_RESOLUTION", ""),
    unbalanced: ("422", "E_UNBALANCED", ""),
    closed: ("409", "E_PERIOD_CLOSED", "5"),
    posted_already: ("409", "E_STATE", ""),
    reference_taken: ("409", "E_IDEMPOTENT", ""),
    broken_store: ("502", "E_UPSTREAM", "1"),
    broken_store_of_an_action: ("502", "E_UPSTREAM", "1"),
    refusing_store: ("502", "E_UPSTREAM", ""),
    refusing_store_of_an_action: ("502", "E_UPSTREAM", ""),
    unforeseen: ("500", "E_INTERNAL", ""),
}


@pytest.mark.parametrize("provoke", PROVOKED, ids=lambda provoke: provoke.__name__)
def test_an_error_is_what_the_table_says(provoke: Callable[[], httpx.Response]) -> None:
    """Status, code and Retry-After are those of a row, in the body too, and nothing leaks."""
    answer = provoke()
    status, code, retry = PROVOKED[provoke]
    said = answer.json()

    assert (str(answer.status_code), answer.headers.get("retry-after", "")) == (status, retry)
    assert said["success"] is False
    assert said.get("code", said.get("error_code")) == code
    assert said.get("http_status", answer.status_code) == answer.status_code
    assert said.get("retryable", bool(retry)) is bool(retry)
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text


def test_every_row_of_the_table_is_provoked() -> None:
    """The page lists what can happen, no more and no less."""
    assert frozenset(PROVOKED.values()) == ROWS


def test_the_table_names_every_code_but_one() -> None:
    """What a service with keys cannot answer is E_ORG_REQUIRED alone."""
    assert {code for _, code, _ in ROWS} == ERROR_KINDS.keys() - {"E_ORG_REQUIRED"}


FAILURES: Final = {
    broken_store: "ConnectionError",
    broken_store_of_an_action: "ConnectionError",
    refusing_store: "psycopg.errors.CheckViolation (23514)",
    refusing_store_of_an_action: "psycopg.errors.CheckViolation (23514)",
    unforeseen: "KeyError",
}


@pytest.mark.parametrize("provoke", FAILURES, ids=lambda provoke: provoke.__name__)
def test_a_fault_of_the_service_is_logged_under_the_id_of_the_request(
    provoke: Callable[[], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    """By code, class and place, and not a word of the exception's text."""
    answer = provoke()

    (told,) = (each.getMessage() for each in caplog.records if each.levelname == "ERROR")
    status, code, _ = PROVOKED[provoke]
    assert told.startswith(f"{code}, request {answer.headers['x-request-id']}: ")
    assert FAILURES[provoke] in told
    assert "test_errors.py:" in told
    assert SECRET not in caplog.text
    assert str(answer.status_code) == status
    said = answer.json()
    assert said.get("context", {}).get("incident", answer.headers["x-request-id"]) in told


@pytest.mark.parametrize("provoke", PROVOKED, ids=lambda provoke: provoke.__name__)
def test_what_a_caller_must_mend_is_not_repeated(provoke: Callable[[], httpx.Response]) -> None:
    """Of all refusals a closed period alone may pass: somebody may open it."""
    answer = provoke()

    if 400 <= answer.status_code < 500 and PROVOKED[provoke][1] != "E_PERIOD_CLOSED":
        assert answer.json().get("retryable", False) is False
        assert "retry-after" not in answer.headers


def _sqlite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(SECRET)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (ConnectionError(), True),
        (TimeoutError(), True),
        (psycopg.OperationalError(), True),
        (psycopg.InterfaceError(), True),
        (_sqlite(sqlite3.SQLITE_BUSY), True),
        (_sqlite(sqlite3.SQLITE_ERROR), False),
        (sqlite3.IntegrityError(), False),
        (CheckViolation(), False),
        (psycopg.DataError(), False),
        (psycopg.errors.UndefinedTable(), False),
        (KeyError(), False),
        (None, False),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_a_database_refuses_it_refuses_again(error: Exception | None, passes: bool) -> None:
    """Only what was not there may be there later."""
    assert may_pass(error) is passes
