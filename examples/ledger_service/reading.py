"""Reading requests: bounded bytes, then our own JSON reader, which keeps every digit."""

import asyncio
from collections.abc import Mapping
from typing import Final

from fastapi import Request

from hera_engine import Caller, HeraError
from hera_engine.errors import EventError, Problem, did_you_mean
from hera_engine.json_text import JsonTextError, loads
from hera_engine.limits import JSON_CHARACTERS, KEY_CHARACTERS

BODY_SECONDS: Final = 30.0
"""How long a body may take to arrive."""
UNKNOWN_KEYS: Final = 8
"""How many unknown keys of a body are told; nobody mends more at once."""


async def body_of(request: Request) -> bytes:
    """Return the body of a request.

    Raises:
        HeraError: E_GUARDRAIL if it is too long or too slow; what comes after the limit is not
            read.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > JSON_CHARACTERS:
                    raise _too_long(size)
                parts.append(part)
    except TimeoutError:
        message = f"the body did not arrive in {BODY_SECONDS:.0f} seconds"
        raise HeraError("E_GUARDRAIL", message) from None
    return b"".join(parts)


def _too_long(size: int) -> HeraError:
    seen = {"limit": "JSON_CHARACTERS", "allowed": str(JSON_CHARACTERS), "seen": str(size)}
    return HeraError("E_GUARDRAIL", "the body is too long", details=seen)


def object_of(body: bytes, *known: str) -> Mapping[str, object]:
    """Return the JSON object that a body holds.

    Raises:
        HeraError: E_GUARDRAIL for anything else, or for a key that is not known.
    """
    try:
        said = loads(body)
    except JsonTextError as error:
        where = "" if error.position is None else f"line {error.position[0]}: "
        message = f"{where}{error.reason}"
        raise HeraError("E_GUARDRAIL", message, details=error.details) from None
    if not isinstance(said, Mapping):
        raise HeraError("E_GUARDRAIL", "the body is not a JSON object")
    unknown = [key for key in said if key not in known]
    if unknown:
        raise EventError([_unknown(key, known) for key in unknown[:UNKNOWN_KEYS]])
    return said


def _unknown(key: str, known: tuple[str, ...]) -> Problem:
    # Marks of direction and control characters are shown as what they are, not obeyed.
    shown = ascii(key[:KEY_CHARACTERS])[1:-1]
    return Problem(shown, "is unknown", did_you_mean(shown, known))


def refuse_another(said: Mapping[str, object], caller: Caller) -> None:
    """Refuse a body that names another organization or actor than its key; null names none.

    Raises:
        HeraError: E_GUARDRAIL.
    """
    if said.get("organization_id") not in (None, caller.organization_id):
        raise HeraError(
            "E_GUARDRAIL",
            "ORG_MISMATCH: organization_id is not the organization of the key",
            details={"kernel_code": "ORG_MISMATCH"},
            hint="leave it out, or use the key of that organization",
        )
    if said.get("actor_user_id") not in (None, caller.actor_user_id):
        raise HeraError(
            "E_GUARDRAIL",
            "actor_user_id is not the actor of the key",
            hint="leave it out, or use the key of that actor",
        )
