"""What the service answers where nothing goes wrong, and what it never tells."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from examples.ledger_service import reading
from examples.ledger_service.databases import AddressError, migrate, served, sqlite_file
from hera_engine.limits import JSON_CHARACTERS
from hera_engine.memory import AsyncInMemoryRepository
from tests.service.till import ORGANIZATION, OTHER, SALE, Till, configuration
from tests.storage.servers import Server


def test_simulate_stores_nothing_and_answers_as_the_engine() -> None:
    """The entry is in data, its lines balance, and no transaction is there afterwards."""
    till = Till()

    said = till.call("/ledger/simulate", SALE).json()

    lines = said["data"]["lines"]
    assert said["success"] is True
    assert [each["line_amount"] for each in lines] == ["105.00", "95.24", "4.76", "5.00"]
    assert till.act("QUERY", {}).json()["data"]["data"]["items"] == []


def test_post_stores_once_and_answers_a_repeat_with_the_first() -> None:
    """A repeat, also in other words for the same numbers, is marked and has the same data."""
    till, sale = Till(), {**SALE, "external_reference": "R-1"}

    first = till.call("/ledger/post", sale).json()
    again = till.call("/ledger/post", {**sale, "total_amount": "105.0"}).json()

    assert (first["idempotent"], again["idempotent"]) == (False, True)
    assert again["data"] == first["data"]
    assert len(till.act("QUERY", {}).json()["data"]["data"]["items"]) == 1


def test_resolve_says_what_governs_on_a_day() -> None:
    """The binding of a later day is another one; without a day it is today's."""
    bindings = [
        {"event": "HERA.POS.**", "schema": "pos", "tax_profile": "standard"},
        {"event": "HERA.POS.SALE.V1", "schema": "pos", "effective_from": "2026-01-01"},
    ]
    till, code = Till(bindings=bindings), "HERA.POS.SALE.v1"

    now = till.call("/mcp/resolve", {"event_smart_code": code}).json()
    later = till.call(
        "/mcp/resolve", {"event_smart_code": code, "transaction_date": "2026-01-01"}
    ).json()

    assert (now["date"], now["tax_profile"]) == ("2025-03-14", "standard")
    assert (later["binding"]["event"], later["tax_profile"]) == ("HERA.POS.SALE.V1", None)


@pytest.mark.parametrize("code", ["x", 5, [], {}])
def test_resolve_refuses_what_is_no_smart_code(code: object) -> None:
    """The answer names the field."""
    answer = Till().call("/mcp/resolve", {"event_smart_code": code})

    assert answer.status_code == 400
    assert answer.json()["details"]["problems"][0]["path"] == "event_smart_code"


@pytest.mark.parametrize("day", ["2025-13-01", 5, "today", "", "2025-W05-5", "20250131"])
def test_resolve_refuses_what_is_no_date(day: object) -> None:
    """The answer names the field."""
    body = {"event_smart_code": "HERA.POS.SALE.V1", "transaction_date": day}
    answer = Till().call("/mcp/resolve", body)

    assert answer.status_code == 400
    assert answer.json()["details"]["problems"][0]["path"] == "transaction_date"


def test_digits_of_json_numbers_are_kept() -> None:
    """A number that no float holds arrives whole."""
    body = (
        b'{"event_smart_code": "HERA.POS.SALE.V1", "total_amount": 1234567890123456.78,'
        b' "currency": "USD", "business_context": {"sale_amount": 1234567890123456.78,'
        b' "org_unit": "BR-01", "staff_id": "EMP-001"}}'
    )

    said = Till().call("/ledger/simulate", body).json()

    assert said["data"]["header"]["total_amount"] == "1234567890123456.78"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"5", b'"x"', b"null", b"{", b"\xff", b'{"action": "READ", "action": "VOID"}',
        b'{"action": NaN}', b"[" * 100_000, b'{"acton": "READ"}', b'{"action": 1e999999}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/ledger/simulate", "/ledger/post", "/ledger/execute"])
def test_a_body_that_is_no_clean_object_is_refused(path: str, body: bytes) -> None:
    """Nothing of the kind is guessed at."""
    answer = Till().call(path, body)

    assert answer.status_code == 400
    said = answer.json()
    assert said.get("code", said.get("error_code")) in {"E_GUARDRAIL", "E_SMART_CODE_REQUIRED"}


def test_a_body_beyond_the_limit_is_refused_with_the_limit() -> None:
    """At the limit it is read, one byte beyond it is not."""
    till = Till()
    at = b"{" + b" " * (JSON_CHARACTERS - 2) + b"}"

    beyond = till.call("/ledger/execute", at + b" ").json()

    assert "limit" not in till.call("/ledger/execute", at).json().get("details", {})
    assert beyond["details"]["limit"] == "JSON_CHARACTERS"
    assert beyond["details"]["allowed"] == str(JSON_CHARACTERS)


@pytest.mark.parametrize("action", [None, 5, [], {}, "", "DROP", "x" * 100_000])
@pytest.mark.parametrize("payload", [None, {}, [], "x", 5])
def test_an_action_that_is_none_is_refused_in_the_orchestrators_shape(
    action: object, payload: object
) -> None:
    """The orchestrator's response, and a status of the table."""
    answer = Till().act(action, payload)  # type: ignore[arg-type] # that is the test

    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert answer.json()["error_code"] == "E_GUARDRAIL"


def test_the_key_alone_says_whose_books_are_open() -> None:
    """Another organization or actor in the body is refused; its data are not found."""
    till, sale = Till(), {**SALE, "external_reference": "R-1"}
    asyncio.run(till.repository.configure(configuration(OTHER)))
    mine = till.call("/ledger/post", sale).json()["transaction_id"]
    read = {"action": "READ", "payload": {"transaction_id": mine}}

    foreign = till.call("/ledger/execute", read, key="other-key")
    theirs = till.call("/ledger/post", sale, key="other-key").json()

    assert foreign.status_code == 404
    assert mine not in foreign.text
    assert ORGANIZATION not in foreign.text
    assert theirs["idempotent"] is False
    assert theirs["transaction_id"] != mine
    for path, body in (
        ("/ledger/post", {**sale, "organization_id": OTHER}),
        ("/ledger/simulate", {**sale, "organization_id": OTHER}),
        ("/mcp/resolve", {"event_smart_code": "HERA.POS.SALE.V1", "organization_id": OTHER}),
        ("/ledger/execute", {**read, "organization_id": OTHER}),
    ):
        refused = till.call(path, body)
        assert refused.status_code == 400
        assert refused.json()["details"]["kernel_code"] == "ORG_MISMATCH"
    posing = till.call("/ledger/execute", {**read, "actor_user_id": "the owner"})
    assert posing.status_code == 400


def test_a_key_may_come_as_a_bearer_token() -> None:
    """Both headers are read; one without a key opens nothing."""
    till = Till()

    known = till.call(
        "/ledger/simulate", SALE, key=None, headers={"Authorization": "Bearer till-key"}
    )
    empty = till.call("/ledger/simulate", SALE, key=None, headers={"Authorization": "Bearer "})

    assert (known.status_code, empty.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("bearer till-key", 200), ("BEARER   till-key", 200), ("till-key", 401),
        ("Basic till-key", 401), ("Bearertill-key", 401), ("Bearer", 401), ("Bearer other", 401),
    ],
)  # fmt: skip
def test_the_scheme_is_bearer_in_any_case_of_letters(said: str, status: int) -> None:
    """As RFC 9110 says in 11.1; a key without it opens nothing."""
    answer = Till().call("/ledger/simulate", SALE, key=None, headers={"Authorization": said})

    assert answer.status_code == status


@pytest.mark.parametrize("name", ["organization_id", "actor_user_id"])
def test_null_names_nobody(name: str) -> None:
    """The key says whose books they are."""
    till = Till()
    query: dict[str, object] = {"action": "QUERY", "payload": {}, name: None}

    assert till.call("/ledger/execute", query).status_code == 200
    if name == "organization_id":
        for path in ("/ledger/simulate", "/ledger/post"):
            assert till.call(path, {**SALE, name: None}).status_code == 200
        resolved = till.call("/mcp/resolve", {"event_smart_code": "HERA.POS.SALE.V1", name: None})
        assert resolved.json()["organization_id"] == ORGANIZATION


def test_the_metrics_count_what_was_answered() -> None:
    """Outcomes and codes are counted; no id, amount or key is in them."""
    till, sale = Till(), {**SALE, "external_reference": "R-1"}
    for body in (sale, sale, {**SALE, "currency": "no currency"}):
        till.call("/ledger/post", body)
    till.call("/ledger/post", sale, key="guess")

    text = till.call("/metrics", method="GET", key=None).text

    name = 'hera_ledger_requests_total{route="/ledger/post",'
    counted = [line for line in text.splitlines() if line.startswith(name)]
    assert counted == [
        name + 'status="200",outcome="done",code=""} 1',
        name + 'status="200",outcome="repeated",code=""} 1',
        name + 'status="400",outcome="refused",code="E_GUARDRAIL"} 1',
        name + 'status="401",outcome="refused",code="E_GUARDRAIL"} 1',
    ]
    assert 'hera_ledger_request_seconds_count{route="/ledger/post"} 4' in text
    assert 'hera_ledger_request_seconds_bucket{route="/ledger/post",le="+Inf"} 4' in text
    assert not any(word in text for word in (ORGANIZATION, "105", "R-1", "till-key", "guess"))


def test_the_health_is_that_of_the_database() -> None:
    """Without it the service says that it is not available, and nothing else."""

    class Gone(AsyncInMemoryRepository):
        async def configuration_version(self, organization_id: str) -> str | None:
            raise ConnectionError(organization_id)

    well, ill = (Till(each).call("/health", method="GET", key=None) for each in (None, Gone()))

    assert (well.status_code, well.json()["status"]) == (200, "ok")
    assert (ill.status_code, ill.json()["status"]) == (503, "unavailable")
    assert ill.headers["retry-after"] == "1"


def test_the_log_holds_no_amounts_keys_or_ids(caplog: pytest.LogCaptureFixture) -> None:
    """A line for each request: route, status, outcome, code, time."""
    caplog.set_level("INFO", logger="hera_ledger")
    Till().call("/ledger/post", {**SALE, "external_reference": "R-1"})

    lines = [each.getMessage() for each in caplog.records if each.name == "hera_ledger"]
    assert len(lines) == 1
    assert lines[0].startswith("/ledger/post 200 done - ")


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a migrated database of each kind."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("server")
        return server.till
    path = f"sqlite:///{tmp_path / 'ledger.db'}"
    migrate(path)
    return path


def test_requests_at_once_post_a_reference_once(address: str) -> None:
    """Forty requests for ten references leave ten transactions, and all get one's id."""
    sales = [{**SALE, "external_reference": f"R-{number % 10}"} for number in range(40)]

    async def sent() -> list[httpx.Response]:
        async with served(address) as repository:
            await repository.configure(configuration(ORGANIZATION))
            requests = [("/ledger/post", sale) for sale in sales]
            return await Till(repository).answers(requests, "POST", {"x-api-key": "till-key"})

    answers = asyncio.run(sent())

    assert {each.status_code for each in answers} == {200}
    assert sum(not each.json()["idempotent"] for each in answers) == 10
    assert len({each.json()["transaction_id"] for each in answers}) == 10


def test_a_body_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller is told, and nothing of it was read."""
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.01)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)
        yield b"}"

    answer = Till().call("/ledger/post", slow())

    assert answer.status_code == 400
    assert "did not arrive" in answer.json()["message"]


def test_a_served_database_reads_back_what_it_stores(address: str) -> None:
    """A configuration goes through the service's repository as it is, and has a version."""

    async def stored() -> object:
        async with served(address) as repository:
            await repository.configure(configuration(ORGANIZATION))
            read = await repository.configuration(ORGANIZATION)
            assert read is not None
            assert read.version == await repository.configuration_version(ORGANIZATION)
            return read.to_dict()

    assert asyncio.run(stored()) == configuration(ORGANIZATION).to_dict()


@pytest.mark.parametrize("address", ["", "sqlite:///", "ledger.db", "mysql://x", "sqlite://x"])
def test_an_address_of_no_known_database_is_refused(address: str) -> None:
    """The message says how an address looks."""
    with pytest.raises(AddressError, match="sqlite:///FILE"):
        sqlite_file(address)


def test_the_routes_are_documented_with_the_event() -> None:
    """The service's own OpenAPI page says what an event is."""
    said = json.loads(Till().call("/openapi.json", method="GET").text)

    body = said["paths"]["/ledger/post"]["post"]["requestBody"]["content"]["application/json"]
    assert "event_smart_code" in body["schema"]["properties"]
