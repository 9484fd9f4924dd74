"""The routes of the service.

Each request is answered in one place, `_Service.answer`: it finds the caller by the key, reads
the body, lets the route work, turns what went wrong into the answer that the table of errors
asks for, counts and logs. No exception's text leaves the service; one that nobody foresaw is
logged under an id, and the id is all that is told.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from examples.ledger_service.answers import Answer, acted, refused
from examples.ledger_service.keys import ApiKeys
from examples.ledger_service.metrics import CONTENT_TYPE, Metrics
from examples.ledger_service.reading import body_of, object_of, refuse_another
from hera_engine import AsyncLedger, Caller, HeraError, __version__
from hera_engine.errors import EventError, Problem
from hera_engine.ledger.plans import binding_for
from hera_engine.models import BusinessEvent
from hera_engine.repository import AsyncRepository
from hera_engine.settings import Settings
from hera_engine.smart_codes import SmartCodeError, parse_smart_code

Work = Callable[[Caller, bytes], Awaitable[Answer]]

LOG: Final = logging.getLogger("hera_ledger")
PROBE: Final = "health"
"""The organization that a health check asks for; nobody has it."""


def application(
    repository: AsyncRepository,
    keys: ApiKeys,
    *,
    clock: Callable[[], datetime],
    ids: Callable[[], str],
    settings: Settings | None = None,
) -> FastAPI:
    """Return the service over a repository.

    Args:
        repository: Where transactions and configurations are kept.
        keys: Who may call.
        clock: As for `AsyncLedger`.
        ids: As for `AsyncLedger`; names unforeseen faults too.
        settings: As for `AsyncLedger`.
    """
    ledger = AsyncLedger(repository, clock=clock, ids=ids, settings=settings)
    service = _Service(ledger, repository, keys, clock, ids)
    app = FastAPI(title="Ledger service", version=__version__)
    event = {"content": {"application/json": {"schema": BusinessEvent.model_json_schema()}}}
    for path, work, documented in (
        ("/ledger/simulate", service.simulate, {"requestBody": event}),
        ("/ledger/post", service.post, {"requestBody": event}),
        ("/ledger/execute", service.execute, None),
        ("/mcp/resolve", service.resolve, None),
    ):
        app.add_api_route(
            path, service.route(path, work), methods=["POST"], openapi_extra=documented
        )
    app.add_api_route("/health", service.health, methods=["GET"])
    app.add_api_route("/metrics", service.show_metrics, methods=["GET"])
    app.add_exception_handler(HTTPException, _no_route)
    return app


async def _no_route(_request: Request, error: Exception) -> Response:
    """Answer a request that no route takes, in the shape of every other error."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    code = "E_NOT_FOUND" if status == 404 else "E_GUARDRAIL"
    message = "there is no such route" if status == 404 else "the route takes another method"
    return refused(HeraError(code, message), status=status).response()


class _Service:
    """What the routes share."""

    def __init__(
        self,
        ledger: AsyncLedger,
        repository: AsyncRepository,
        keys: ApiKeys,
        clock: Callable[[], datetime],
        ids: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._repository = repository
        self._keys = keys
        self._clock = clock
        self._ids = ids
        self._metrics = Metrics()

    def route(self, path: str, work: Work) -> Callable[[Request], Awaitable[Response]]:
        """Return the function that FastAPI calls for a route."""

        async def called(request: Request) -> Response:
            started = time.perf_counter()
            answer = await self.answer(request, work)
            seconds = time.perf_counter() - started
            self._metrics.count(path, answer.status, answer.outcome, answer.code, seconds)
            LOG.info(
                "%s %d %s %s %.1f ms",
                path, answer.status, answer.outcome, answer.code or "-", seconds * 1_000,
            )  # fmt: skip
            return answer.response()

        return called

    async def answer(self, request: Request, work: Work) -> Answer:
        """Return the answer to a request, whatever happens."""
        try:
            caller = self._keys.caller(request.headers)
            if caller is None:
                return _unknown_key()
            return await work(caller, await body_of(request))
        except HeraError as error:
            return self._told(error)
        except ClientDisconnect:
            return refused(HeraError("E_GUARDRAIL", "the caller went away"))
        except Exception as error:  # noqa: BLE001 # nothing of it may leave the service
            unforeseen = HeraError("E_INTERNAL", "an unforeseen fault")
            unforeseen.__cause__ = error
            return self._told(unforeseen)

    def _told(self, error: HeraError) -> Answer:
        """Return the answer to an error; what is the service's own is logged under an id."""
        if error.http_status >= 500:
            error.context["incident"] = self._ids()
            LOG.error("%s, incident %s", error.code, error.context["incident"], exc_info=error)
        return refused(error)

    # --- routes -----------------------------------------------------------------------------

    async def simulate(self, caller: Caller, body: bytes) -> Answer:
        """Say what an event would post."""
        entry = await self._ledger.simulate(caller, body)
        return Answer({"success": True, "data": entry.to_dict(), "errors": []})

    async def post(self, caller: Caller, body: bytes) -> Answer:
        """Post an event, once for each external reference."""
        stored = await self._ledger.post(caller, body)
        said = {
            "success": True,
            "transaction_id": stored.transaction.id,
            "idempotent": stored.idempotent,
            "data": stored.transaction.to_dict(),
            "warnings": [warning.to_dict() for warning in stored.warnings],
            "errors": [],
        }
        return Answer(said, outcome="repeated" if stored.idempotent else "done")

    async def execute(self, caller: Caller, body: bytes) -> Answer:
        """Carry out an action of the orchestrator."""
        said = object_of(body, "action", "actor_user_id", "organization_id", "payload")
        refuse_another(said, caller)
        response = await self._ledger.execute(
            said.get("action"),  # type: ignore[arg-type] # it checks both
            caller.actor_user_id,
            caller.organization_id,
            said.get("payload"),  # type: ignore[arg-type]
        )
        return acted(response)

    async def resolve(self, caller: Caller, body: bytes) -> Answer:
        """Say which schema, tax profile and binding an event code leads to on a day."""
        said = object_of(body, "event_smart_code", "organization_id", "transaction_date")
        refuse_another(said, caller)
        code = _code(said.get("event_smart_code"))
        day = _day(said.get("transaction_date")) or self._clock().date()
        try:
            configuration = await self._repository.configuration(caller.organization_id)
        except Exception as error:
            raise HeraError("E_UPSTREAM", "the repository failed", hint="repeat it") from error
        if configuration is None:
            raise HeraError("E_SCHEMA", "the organization has no configuration", hint="seed it")
        binding = binding_for(configuration, code, day)
        answer = {
            "success": True,
            "organization_id": caller.organization_id,
            "event_smart_code": code,
            "date": day.isoformat(),
            "posting_schema": binding.schema,
            "tax_profile": binding.tax_profile,
            "binding": binding.to_dict(),
            "configuration_version": configuration.version,
        }
        return Answer(answer)

    async def health(self) -> Response:
        """Say whether the database answers."""
        try:
            await self._repository.configuration_version(PROBE)
        except Exception:  # whatever it is, the service is not healthy
            LOG.exception("the database does not answer")
            return Answer({"status": "unavailable", "version": __version__}, 503).response()
        return Answer({"status": "ok", "version": __version__}).response()

    async def show_metrics(self) -> Response:
        """Return what Prometheus collects."""
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE})


def _unknown_key() -> Answer:
    error = HeraError(
        "E_GUARDRAIL",
        "ACTOR_REQUIRED: the API key is missing or unknown",
        details={"kernel_code": "ACTOR_REQUIRED"},
        hint="send it in the header X-API-Key",
    )
    answer = refused(error, status=401)
    return replace(answer, headers={"WWW-Authenticate": "Bearer"})


def _code(said: object) -> str:
    if said is None:
        raise HeraError("E_SMART_CODE_REQUIRED", "event_smart_code is missing", hint="send it")
    try:
        return parse_smart_code(said)
    except SmartCodeError as error:
        raise EventError([Problem("event_smart_code", error.reason)]) from None


def _day(said: object) -> date | None:
    if said is None:
        return None
    try:
        return date.fromisoformat(said if isinstance(said, str) else "")
    except ValueError:
        raise EventError([Problem("transaction_date", "is not a date")]) from None
