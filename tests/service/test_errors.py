"""The runbook's table of errors: each row is provoked, and no row is missing."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import httpx
import pytest

from hera_engine.errors import ERROR_KINDS
from hera_engine.memory import AsyncInMemoryRepository
from hera_engine.repository import Change, Outcome
from tests.service.runbook_page import PAGE
from tests.service.till import ORGANIZATION, SALE, Till

ROWS: Final = frozenset(
    re.findall(r"^\| (\d{3}) \| (E_[A-Z_]+) \| (\d*) ?\|", PAGE.read_text(encoding="utf-8"), re.M)
)
SAMPLE: Final = PAGE.parents[1] / "tests" / "errors" / "E_RATE_RESOLUTION_category"
SECRET: Final = "the password of the database"


class Broken(AsyncInMemoryRepository):
    """A store that fails with words that are nobody's to read."""

    async def commit(self, change: Change) -> Outcome:
        """Fail."""
        raise ConnectionError(SECRET)

    async def configuration_version(self, organization_id: str) -> str | None:
        """Fail."""
        raise ConnectionError(SECRET)


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
    """Post into a store that fails."""
    return Till(Broken()).call("/ledger/post", SALE)


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
    unforeseen: ("500", "E_INTERNAL", "1"),
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


@pytest.mark.parametrize("provoke", [broken_store, unforeseen])
def test_a_fault_of_the_service_is_logged_under_the_id_that_is_told(
    provoke: Callable[[], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the whole story, the caller the id under which to ask for it."""
    incident = provoke().json()["context"]["incident"]

    told = [each for each in caplog.records if incident in each.getMessage()]
    assert len(told) == 1
    assert SECRET in caplog.text
