"""The service as a process of its own: what its log holds, and keys that change under it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import httpx
import psycopg
import pytest

from examples.ledger_service import keys
from examples.ledger_service.databases import migrate, opened
from tests.service.runbook_page import ROOT, free_port
from tests.service.till import ORGANIZATION, SALE, configuration
from tests.storage.servers import Server

ACTOR: Final = "mx-quill"
"""Who calls; no word of it is one of the digits of a request's id."""
SECONDS: Final = 60
"""How long a process may take to start, or to see a changed file."""


@dataclass(frozen=True, slots=True)
class Running:
    """A service, and where it keeps what."""

    url: str
    keys: Path
    log: Path

    def send(self, key: str, path: str, body: object) -> httpx.Response:
        """Send a request."""
        headers = {"x-api-key": key}
        return httpx.post(
            self.url + path, content=json.dumps(body), headers=headers, timeout=SECONDS
        )

    def post(self, key: str) -> httpx.Response:
        """Post a sale."""
        return self.send(key, "/ledger/post", SALE)


@contextmanager
def running(address: str, folder: Path) -> Iterator[Running]:
    """Run the service over a seeded database, with a file of keys that holds none."""
    with opened(address) as repository:
        repository.configure(configuration())
    port = free_port()
    service = Running(f"http://127.0.0.1:{port}", folder / "keys.json", folder / "ledger.log")
    service.keys.write_text("[]")
    command = [
        sys.executable, "-m", "examples.ledger_service", "--database", address,
        "--keys", str(service.keys), "--port", str(port),
    ]  # fmt: skip
    with (
        service.log.open("w") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) as process,
    ):
        try:
            wait_until(lambda: answers(service.url))
            yield service
        finally:
            process.terminate()
            process.wait(timeout=SECONDS)


def answers(url: str) -> bool:
    """Whether a service is there and well."""
    try:
        return httpx.get(url + "/health", timeout=SECONDS).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for something to become true.

    Raises:
        AssertionError: If it does not.
    """
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service over a file; its keys are each test's to write."""
    folder = tmp_path_factory.mktemp("service")
    address = f"sqlite:///{folder / 'ledger.db'}"
    migrate(address)
    with running(address, folder) as started:
        yield started


def test_keys_come_and_go_while_the_service_runs(service: Running) -> None:
    """A new key opens with the next request, and a withdrawn one no longer does."""
    assert service.post("guess").status_code == 401
    first, second = (keys.added(service.keys, ORGANIZATION, actor) for actor in ("ada", "bob"))

    assert {service.post(each).status_code for each in (first, second)} == {200}

    kept = [
        each for each in json.loads(service.keys.read_text())
        if each["sha256"] != sha256(first.encode()).hexdigest()
    ]  # fmt: skip
    service.keys.write_text(json.dumps(kept))
    assert [service.post(each).status_code for each in (first, second)] == [401, 200]


@pytest.mark.parametrize("broken", ["", "[", '[{"sha256": "x"}]', None])
def test_a_broken_file_of_keys_shuts_nobody_out(broken: str | None, service: Running) -> None:
    """Those of before stay until it can be read again; the log says so once, and no key."""
    service.keys.unlink(missing_ok=True)
    key = keys.added(service.keys, ORGANIZATION, ACTOR)
    assert service.post(key).status_code == 200
    sound, before = service.keys.read_text(), len(service.log.read_text())
    if broken is None:
        service.keys.unlink()
    else:
        service.keys.write_text(broken)

    assert [service.post(key).status_code for _ in range(3)] == [200] * 3
    assert service.post("guess").status_code == 401

    log = service.log.read_text()[before:]
    assert log.count("the file of keys cannot be used") == 1
    assert not any(word in log for word in (key, sha256(key.encode()).hexdigest(), ACTOR))
    service.keys.write_text(sound.replace(sha256(key.encode()).hexdigest(), "withdrawn"))
    assert service.post(key).status_code == 401


SECRETS: Final = ("R-4711", "105.00", "EMP-001", "BR-01", ACTOR, ORGANIZATION, "Card Clearing")
"""What stands in the row of the sale, or in the request."""


@pytest.mark.parametrize("path", ["/ledger/post", "/ledger/execute"])
def test_the_log_of_a_row_that_is_refused_has_nothing_of_the_row(
    path: str, server: Server, tmp_path: Path
) -> None:
    """A constraint of PostgreSQL fails, whose message has the whole row: it is not written."""
    name = f"refusing_{path.rpartition('/')[2]}"
    with psycopg.connect(server.superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    owner = server.superuser.replace("/postgres?", f"/{name}?")
    migrate(owner)
    with psycopg.connect(owner) as connection:
        connection.execute(
            "ALTER TABLE universal_transactions ADD CHECK (total_amount < 100) NOT VALID"
        )
    with running(owner.replace("postgres:@", "till:@"), tmp_path) as service:
        key = keys.added(service.keys, ORGANIZATION, ACTOR)
        sale = {**SALE, "external_reference": "R-4711"}
        body = {"action": "POST", "payload": sale} if path == "/ledger/execute" else sale

        answer = service.send(key, path, body)

    log = service.log.read_text()
    assert answer.status_code == 502
    assert "retry-after" not in answer.headers
    assert f"E_UPSTREAM, request {answer.headers['x-request-id']}: " in log
    assert "psycopg.errors.CheckViolation (23514)" in log
    assert "ledger_postgres/asynchronous.py:" in log
    for text in (log, answer.text):
        assert not [word for word in (*SECRETS, key, "DETAIL") if word in text]
