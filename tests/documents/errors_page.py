"""Makes docs/errors.md from the tables of codes and the approved samples.

python -m tests.documents.errors_page > docs/errors.md
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hera_engine import faults
from hera_engine.errors import ERROR_KINDS, ErrorKind, FaultKind

TESTS: Final = Path(__file__).parents[1]
DIAGNOSTICS: Final = TESTS / "diagnostics"
ERRORS: Final = TESTS / "errors"

INTRODUCTION: Final = """\
# Errors and diagnostics

This page is made from the tables of codes and the approved samples in `tests/diagnostics` and
`tests/errors`: `python -m tests.documents.errors_page > docs/errors.md`.

An **error** is what an event ends in: a `HeraError` with a code, a message, details for programs,
a hint, and what it means over HTTP. A **diagnostic** is a fault in a posting schema: all of them
come at once, each with a permanent code and name, its place, and a hint. A `SchemaError` carries
them.
"""

MEANINGS: Final = (
    ("E_ORG_REQUIRED", "the event names no organization"),
    ("E_SMART_CODE_REQUIRED", "the event's smart code is missing or malformed"),
    ("E_GUARDRAIL", "missing or malformed input, or a breached limit (limit, allowed, seen)"),
    ("E_SCHEMA", "no schema or rule for the event, or a schema that does not compile"),
    ("E_NOT_FOUND", "an account or transaction that is not known"),
    ("E_DIM_MISSING", "a line lacks a required dimension (missingByLine)"),
    ("E_TAX_PROFILE", "no tax profile, or one that cannot be used"),
    (
        "E_RATE_RESOLUTION",
        "no rate for category and date, or several without a date; no exchange rate",
    ),
    ("E_UNBALANCED", "figures that do not add up, both sides shown"),
    ("E_PERIOD_CLOSED", "the accounting period is closed"),
    ("E_STATE", "a change that the status does not allow"),
    ("E_IDEMPOTENT", "a repeat (HTTP 200, with the first transaction) or a conflict (409)"),
    ("E_UPSTREAM", "the repository failed"),
    ("E_INTERNAL", "a bug of ours, with what to report"),
)


_HEADLINE: Final = re.compile(r".+: (error|warning|note)\[HE")
"""The first line of a diagnostic."""


def page() -> str:
    """Return the text of the page."""
    return "\n".join((INTRODUCTION, *_errors(), *_diagnostics())).rstrip() + "\n"


def _errors() -> Iterator[str]:
    yield "## Errors\n"
    yield "| code | when | HTTP | retry |"
    yield "|---|---|---|---|"
    for code, meaning in MEANINGS:
        yield _row(code, meaning, ERROR_KINDS[code])
    yield ""
    for sample in sorted(ERRORS.glob("E_*")):
        text = (sample / "expected.txt").read_text(encoding="utf-8").split("\n\n", 1)[0]
        yield f"### {sample.name}\n"
        yield _block("json", (sample / "event.json").read_text(encoding="utf-8"))
        yield _block("text", text)


def _row(code: str, meaning: str, kind: ErrorKind) -> str:
    retry = "yes" if kind.retryable else "no"
    return f"| {code} | {meaning} | {kind.http_status} | {retry} |"


def _diagnostics() -> Iterator[str]:
    yield "## Diagnostics\n"
    kinds = sorted(
        (kind for kind in vars(faults).values() if isinstance(kind, FaultKind)),
        key=lambda kind: kind.code,
    )
    yield "| code | name | severity |"
    yield "|---|---|---|"
    for kind in kinds:
        yield f"| {kind.code} | {kind.name} | {kind.severity.value} |"
    yield ""
    for kind in kinds:
        yield f"### {kind.code} {kind.name}\n"
        for sample in sorted(DIAGNOSTICS.glob(f"{kind.code}_*")):
            expected = (sample / "expected.txt").read_text(encoding="utf-8")
            yield _block("text", _about(kind.code, expected))


def _about(code: str, rendered: str) -> str:
    """Return the diagnostics of one code out of a sample's output."""
    blocks: list[list[str]] = []
    for line in rendered.splitlines():
        if _HEADLINE.match(line) or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    return "\n".join("\n".join(block) for block in blocks if f"[{code}]" in block[0])


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
