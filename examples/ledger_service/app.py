"""The routes of the service.

Each request is answered in one place, `_Service.answer`: it finds the caller by the key, reads
the body, lets the route work, turns what went wrong into the answer that the table of errors
asks for, counts and logs. No exception's text leaves the service, nor goes into the log; what
went wrong inside is logged under the id of the request, and the id is all that is told.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from examples.ledger_service.answers import RETRY_SECONDS, Answer, acted, refused
from examples.ledger_service.faults import FAULT, Watched
from examples.ledger_service.keys import Keys
from examples.ledger_service.log import LOG, kind, story
from examples.ledger_service.metrics import CONTENT_TYPE, Metrics
from examples.ledger_service.reading import body_of, object_of, refuse_another
from hera_engine import AsyncLedger, Caller, HeraError, __version__
from hera_engine.models import BusinessEvent
from hera_engine.repository import AsyncRepository
from hera_engine.settings import Settings

Work = Callable[[Caller, bytes], Awaitable[Answer]]

REQUEST_ID: Final = "X-Request-Id"
PROBE: Final = "health"
"""The organization that a health check asks for; nobody has it."""


def application(
    repository: AsyncRepository,
    keys: Keys,
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
        ids: As for `AsyncLedger`; names requests too.
        settings: As for `AsyncLedger`.
    """
    watched = Watched(repository)
    ledger = AsyncLedger(watched, clock=clock, ids=ids, settings=settings)
    service = _Service(ledger, watched, keys, ids)
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
        keys: Keys,
        ids: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._repository = repository
        self._keys = keys
        self._ids = ids
        self._metrics = Metrics()

    def route(self, path: str, work: Work) -> Callable[[Request], Awaitable[Response]]:
        """Return the function that FastAPI calls for a route."""

        async def called(request: Request) -> Response:
            started = time.perf_counter()
            name = self._ids()
            answer = await self.answer(request, work, name)
            seconds = time.perf_counter() - started
            self._metrics.count(path, answer.status, answer.outcome, answer.code, seconds)
            LOG.info(
                "%s %d %s %s %.1f ms %s",
                path, answer.status, answer.outcome, answer.code or "-", seconds * 1_000, name,
            )  # fmt: skip
            return replace(answer, headers={**answer.headers, REQUEST_ID: name}).response()

        return called

    async def answer(self, request: Request, work: Work, name: str) -> Answer:
        """Return the answer to a request, whatever happens.

        Args:
            request: What came.
            work: What its route does.
            name: The id of the request.
        """
        FAULT.set(None)
        try:
            caller = self._keys.caller(request.headers)
            if caller is None:
                return _unknown_key()
            answer = await work(caller, await body_of(request))
            if answer.status >= 500:
                _note(answer.code, name, FAULT.get())
            return answer
        except HeraError as error:
            return _told(error, name)
        except ClientDisconnect:
            return refused(HeraError("E_GUARDRAIL", "the caller went away"))
        except Exception as error:  # noqa: BLE001 # nothing of it may leave the service
            unforeseen = HeraError("E_INTERNAL", "an unforeseen fault")
            unforeseen.__cause__ = error
            return _told(unforeseen, name)

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
        return acted(response, FAULT.get())

    async def resolve(self, caller: Caller, body: bytes) -> Answer:
        """Say which schema, tax profile and binding an event code leads to on a day."""
        said = object_of(body, "event_smart_code", "organization_id", "transaction_date")
        refuse_another(said, caller)
        found = await self._ledger.resolve(
            caller,
            said.get("event_smart_code"),  # type: ignore[arg-type] # it checks both
            said.get("transaction_date"),  # type: ignore[arg-type]
        )
        answer = {"success": True, "organization_id": caller.organization_id, **found.to_dict()}
        return Answer(answer)

    async def health(self) -> Response:
        """Say whether the database answers."""
        try:
            await self._repository.configuration_version(PROBE)
        except Exception as error:  # noqa: BLE001 # whatever it is, the service is not healthy
            LOG.error("the database does not answer: %s", kind(error))  # no text
            said = {"status": "unavailable", "version": __version__}
            return Answer(said, 503, headers={"Retry-After": str(RETRY_SECONDS)}).response()
        return Answer({"status": "ok", "version": __version__}).response()

    async def show_metrics(self) -> Response:
        """Return what Prometheus collects."""
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE})


def _told(error: HeraError, name: str) -> Answer:
    """Return the answer to an error; what is the service's own is logged under the request."""
    if error.http_status >= 500:
        error.context["incident"] = name
        _note(error.code, name, error)
    return refused(error)


def _note(code: str, name: str, error: BaseException | None) -> None:
    told = "nothing was raised" if error is None else story(error)
    LOG.error("%s, request %s: %s", code, name, told)


def _unknown_key() -> Answer:
    error = HeraError(
        "E_GUARDRAIL",
        "ACTOR_REQUIRED: the API key is missing or unknown",
        details={"kernel_code": "ACTOR_REQUIRED"},
        hint="send it in the header X-API-Key",
    )
    answer = refused(error, status=401)
    return replace(answer, headers={"WWW-Authenticate": "Bearer"})
