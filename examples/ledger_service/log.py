"""What the log may hold: routes, codes, classes of exceptions and places in the code.

The text of an exception is never written. A driver puts the row that it failed on into it, with
amounts, references and names; one of ours may repeat what a caller sent.
"""

import asyncio
import logging
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

LOG: Final = logging.getLogger("hera_ledger")
_SPEAKING: Final = ("hera_ledger", "uvicorn")
"""Whose lines are written; drivers have texts of their own in theirs."""


def story(error: BaseException) -> str:
    """Return the classes of an error and of what led to it, each with where it came from."""
    return "\n".join(_lines(error))


def _lines(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield f"{'' if now is error else 'because of '}{kind(now)}"
        for frame in traceback.extract_tb(now.__traceback__):
            place = "/".join(Path(frame.filename).parts[-3:])
            yield f"  {place}:{frame.lineno} {frame.name}"
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)


def kind(error: BaseException) -> str:
    """Return the class of an error, with the code that its database has for it."""
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return name if code is None else f"{name} ({code})"


class Discreet(logging.Formatter):
    """Writes the story of an exception in place of its traceback, which has its text."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 # logging names it so
        """Return the story."""
        return story(ei[1])


def speak() -> None:
    """Write the service's lines to standard error, and nobody else's."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(message)s"))
    for name in _SPEAKING:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO if name == LOG.name else logging.WARNING)
    # Without any handler the others would fall back on standard error, texts and all.
    logging.getLogger().addHandler(logging.NullHandler())


def unattended(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Log what nobody waits for; asyncio would write the text of its exception."""
    error = context.get("exception")
    told = "no exception" if error is None else story(error)
    LOG.error("an unattended fault: %s", told)
