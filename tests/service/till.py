"""A service in this process, over a repository in memory, and someone who calls it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx

from examples.ledger_service.app import application
from examples.ledger_service.keys import ApiKeys
from hera_engine import Caller, Configuration
from hera_engine.memory import AsyncInMemoryRepository
from hera_engine.repository import AsyncRepository

RUNBOOK: Final = Path(__file__).parents[2] / "examples" / "runbook"
ORGANIZATION: Final = "77777777-7777-7777-7777-777777777777"
OTHER: Final = "99999999-9999-9999-9999-999999999999"
KEYS: Final = {"till-key": ORGANIZATION, "other-key": OTHER}

SALE: Final[Mapping[str, Any]] = {
    "event_smart_code": "HERA.POS.SALE.V1",
    "transaction_date": "2025-03-14",
    "total_amount": "105.00",
    "currency": "USD",
    "business_context": {
        "sale_amount": "100.00", "tip_amount": "5.00", "org_unit": "BR-01", "staff_id": "EMP-001",
    },
}  # fmt: skip
Headers = Mapping[str, str] | Mapping[bytes, bytes]


def configuration(organization_id: str = ORGANIZATION, **more: object) -> Configuration:
    """Return the runbook's configuration, with some of it said otherwise."""
    said: dict[str, object] = {
        "organization_id": organization_id,
        "chart": read("chart.json"),
        "schemas": {"pos": read("posting-schema.json")},
        "tax_profiles": {"standard": read("tax-profile.json")},
        "bindings": read("bindings.json"),
        "periods": read("periods.json"),
    }
    return Configuration.from_dict({**said, **more})


def read(name: str) -> object:
    """Return a file of the runbook; none of them holds a number with decimals."""
    return json.loads((RUNBOOK / name).read_text(encoding="utf-8"))


def keys() -> ApiKeys:
    """Return the keys of two organizations."""
    return ApiKeys(
        {sha256(key.encode()).hexdigest(): Caller("cashier", of) for key, of in KEYS.items()}
    )


class Till:
    """Calls a service of its own, one request after the other."""

    def __init__(
        self,
        repository: AsyncRepository | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime(2025, 3, 14, 9, tzinfo=UTC),
        **more: object,
    ) -> None:
        self.repository = repository or AsyncInMemoryRepository()
        numbers = count(1)
        self.app = application(
            self.repository,
            keys(),
            clock=clock,
            ids=lambda: f"id-{next(numbers)}",
        )
        if repository is None:
            asyncio.run(self.repository.configure(configuration(ORGANIZATION, **more)))

    def call(
        self,
        path: str,
        body: object = None,
        *,
        method: str = "POST",
        key: str | None = "till-key",
        headers: Headers | None = None,
    ) -> httpx.Response:
        """Return the answer to one request; a body that is no bytes is sent as JSON."""
        sent: Headers = {} if key is None else {"x-api-key": key}
        return asyncio.run(self.answers([(path, body)], method, headers or sent))[0]

    async def answers(
        self, requests: Iterable[tuple[str, object]], method: str, headers: Headers
    ) -> list[httpx.Response]:
        """Return the answers to requests sent at once, in the loop that runs already."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://till") as client:
            return await asyncio.gather(
                *(
                    client.request(method, path, content=_content(body), headers=headers)
                    for path, body in requests
                )
            )

    def act(self, action: str, payload: object) -> httpx.Response:
        """Return the answer to an action of the orchestrator."""
        return self.call("/ledger/execute", {"action": action, "payload": payload})


def _content(body: object) -> bytes | AsyncIterator[bytes] | None:
    if isinstance(body, bytes | AsyncIterator | None):
        return body
    return json.dumps(body).encode()
