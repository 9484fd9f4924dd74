"""Answers: JSON bodies with a status, what the metrics call them, and when to try again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fastapi import Response

from examples.ledger_service.faults import may_pass
from hera_engine import HeraError
from hera_engine.errors import ERROR_KINDS
from hera_engine.json_text import dumps

RETRY_SECONDS: Final = 1
"""What Retry-After says where an error may pass and names no figure of its own."""
IN_VAIN: Final = "repeating does not help: report it with the X-Request-Id of this answer"
"""The hint of a failure that does not pass."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with.

    Attributes:
        body: Plain JSON values.
        status: HTTP status.
        outcome: done, repeated, refused (nothing was wrong with the service) or failed.
        code: The error code, or an empty text.
        headers: Beside the content type.
    """

    body: Mapping[str, object]
    status: int = 200
    outcome: str = "done"
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the answer as FastAPI sends it."""
        # Half a surrogate pair in a caller's own words: no UTF-8, but an escape in JSON.
        content = dumps(self.body).encode("utf-8", "backslashreplace")
        return Response(content, self.status, dict(self.headers), media_type="application/json")


def refused(error: HeraError, *, status: int | None = None) -> Answer:
    """Return the answer to a request that failed, by the table of errors.

    Args:
        error: Why; what it came of is its `__cause__`.
        status: Another HTTP status than the table has, where the fault lies in HTTP itself.
    """
    said = error.http_status if status is None else status
    headers = _retry(error.code, error.__cause__)
    body = {**error.to_dict(), "http_status": said, "retryable": bool(headers)}
    if said >= 500 and not headers:
        body["hint"] = IN_VAIN
    return Answer(
        body,
        said,
        "failed" if said >= 500 else "refused",
        error.code,
        headers,
    )


def acted(response: Mapping[str, object], fault: BaseException | None) -> Answer:
    """Return the answer to an action of the orchestrator; its body is the orchestrator's own.

    Args:
        response: What the ledger answers.
        fault: What went wrong in the repository meanwhile.
    """
    if response["success"]:
        repeated = response.get("idempotent") is True
        return Answer(response, outcome="repeated" if repeated else "done")
    code = str(response["error_code"])
    status = ERROR_KINDS[code].http_status
    headers = _retry(code, fault)
    body = {**response, "error_hint": IN_VAIN} if status >= 500 and not headers else response
    return Answer(body, status, "failed" if status >= 500 else "refused", code, headers)


def _retry(code: str, cause: BaseException | None) -> dict[str, str]:
    """Return Retry-After where the same call may succeed later, and nothing where it cannot.

    A failure of the service passes if its cause may; a repository that fails without one was
    only too busy. What is refused passes if the table of errors says so: a period may open.
    """
    kind = ERROR_KINDS[code]
    if not kind.retryable:
        return {}
    if kind.http_status >= 500 and not (may_pass(cause) or (code, cause) == ("E_UPSTREAM", None)):
        return {}
    return {"Retry-After": str(kind.retry_after_seconds or RETRY_SECONDS)}
