"""Every fault hera_engine reports: where it is, what it is, and what to try next.

Two families meet here. A *diagnostic* is a fault in a posting schema and has a place in the
text or in the JSON. A *problem* is a fault in a business event and has a path. Both hold fields
first; the sentence a person reads is made last. Everything raised on purpose is a `HeraError`,
whose codes and HTTP meaning stand in `ERROR_KINDS`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Self

from hera_engine import limits


class Severity(StrEnum):
    """How bad a diagnostic is: an error stops a schema from compiling, a warning does not.

    A note is no fault: what a reviewer of a new version may want to know.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of schema text; lines and columns count from one, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def width(self) -> int:
        """Columns covered on the first line; at least one, so that a caret can be drawn."""
        return max(self.end_column - self.column, 1) if self.end_line == self.line else 1

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place in a JSON document, as RFC 6901 writes it; the empty pointer is the document."""

    path: str

    def __str__(self) -> str:
        return self.path or "/"

    def child(self, key: str | int) -> "Pointer":
        """Return the pointer to one member of what this one points at."""
        return Pointer(f"{self.path}/{str(key).replace('~', '~0').replace('/', '~1')}")


Place = Span | Pointer
"""Where something was written: in text form or in JSON form."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of schema fault: permanent code and name, and the words for it.

    ``message`` and ``hint`` are templates of ours over the fields of a diagnostic.
    """

    code: str
    name: str
    severity: Severity
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault in a posting schema: what, where, and what to try next.

    ``fields`` holds the evidence by name, so that a reader can be told in other words;
    ``excerpt`` is the source line the span lies on (text form only).
    """

    kind: FaultKind
    place: Place | None = None
    fields: tuple[tuple[str, str], ...] = ()
    suggestion: str | None = None
    file: str = "<schema>"
    excerpt: str | None = None

    @property
    def code(self) -> str:
        """Permanent code, such as ``HE203``."""
        return self.kind.code

    @property
    def name(self) -> str:
        """Permanent name, such as ``UNKNOWN_ACCOUNT``."""
        return self.kind.name

    @property
    def severity(self) -> Severity:
        """Error, warning or note."""
        return self.kind.severity

    @property
    def message(self) -> str:
        """What was found, in one line."""
        return self.kind.message.format_map(dict(self.fields))

    @property
    def hint(self) -> str | None:
        """What to try next: the nearest known name, or the general advice of the kind."""
        if self.suggestion is not None:
            return self.suggestion
        return None if self.kind.hint is None else self.kind.hint.format_map(dict(self.fields))

    @property
    def span(self) -> Span | None:
        """Place in the text form; None for a fault of the JSON form or of the whole schema."""
        return self.place if isinstance(self.place, Span) else None

    @property
    def pointer(self) -> str | None:
        """Place in the JSON form; None for a fault of the text form."""
        return self.place.path if isinstance(self.place, Pointer) else None

    def __str__(self) -> str:
        where = self.file if self.place is None else f"{self.file}:{self.place}"
        parts = [f"{where}: {self.severity}[{self.code}]: {self.message}"]
        if self.span is not None and self.excerpt is not None:
            parts += _caret(self.span, self.excerpt)
        if self.hint is not None:
            parts.append(f"  = hint: {self.hint}")
        return "\n".join(parts)

    def to_dict(self) -> dict[str, object]:
        """Return the diagnostic as plain JSON values."""
        span = self.span
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity.value,
            "message": self.message,
            "file": self.file,
            "line": None if span is None else span.line,
            "column": None if span is None else span.column,
            "pointer": self.pointer,
            "hint": self.hint,
        }


def _caret(span: Span, excerpt: str) -> list[str]:
    """Return the source line and the marks under it; tabs stay tabs so that columns agree."""
    gutter = " " * len(str(span.line))
    before = "".join("\t" if char == "\t" else " " for char in excerpt[: span.column - 1])
    marks = "^" * max(min(span.width, len(excerpt) - len(before)), 1)
    return [f"{span.line} | {excerpt}", f"{gutter} | {before}{marks}"]


def diagnose(
    kind: FaultKind, place: Place | None, *, suggestion: str | None = None, **fields: object
) -> Diagnostic:
    """Return a diagnostic of ``kind`` at ``place`` with its evidence as strings."""
    evidence = tuple((name, str(value)) for name, value in fields.items())
    return Diagnostic(kind, place, evidence, suggestion)


def foremost(faults: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the first `limits.SCHEMA_FAULTS` diagnostics of each severity; more nobody mends."""
    room = dict.fromkeys(Severity, limits.SCHEMA_FAULTS)
    kept = []
    for fault in faults:
        room[fault.severity] -= 1
        if room[fault.severity] >= 0:
            kept.append(fault)
    return tuple(kept)


COMPARABLE_NAMES: Final = 1_000
"""More names than this are not searched for the nearest one."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to ``word`` in spelling, or None if none is close.

    Ties go to the name that sorts first, so that the answer depends on the names alone. Among
    more than `COMPARABLE_NAMES` names none is searched for: comparing takes time.
    """
    names = sorted(set(known))
    if len(names) > COMPARABLE_NAMES:
        return None
    found = get_close_matches(word, names, n=1)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the hint ``did you mean `x`?`` for the nearest known name, or None."""
    name = nearest(word, known)
    return None if name is None else f"did you mean `{name}`?"


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """What a `HeraError` code means to a caller over HTTP."""

    http_status: int
    retryable: bool = False
    retry_after_seconds: int | None = None


ERROR_KINDS: Final[Mapping[str, ErrorKind]] = MappingProxyType(
    {
        "E_ORG_REQUIRED": ErrorKind(400),
        "E_SMART_CODE_REQUIRED": ErrorKind(400),
        "E_GUARDRAIL": ErrorKind(400),
        "E_SCHEMA": ErrorKind(404),
        "E_NOT_FOUND": ErrorKind(404),
        "E_DIM_MISSING": ErrorKind(422),
        "E_TAX_PROFILE": ErrorKind(424),
        "E_RATE_RESOLUTION": ErrorKind(422),
        "E_UNBALANCED": ErrorKind(422),
        "E_PERIOD_CLOSED": ErrorKind(409, retryable=True, retry_after_seconds=5),
        "E_STATE": ErrorKind(409),
        "E_IDEMPOTENT": ErrorKind(409),
        "E_UPSTREAM": ErrorKind(502, retryable=True),
        "E_INTERNAL": ErrorKind(500, retryable=True),
    }
)


class Problem(NamedTuple):
    """One fault in a business event.

    ``path`` names the field as a caller would write it (``business_context.items[2].amount``);
    ``details`` holds the evidence, for a breached limit ``limit``, ``allowed`` and ``seen``.
    """

    path: str
    message: str
    hint: str | None = None
    code: str = "E_GUARDRAIL"
    details: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        text = f"{self.path}: {self.message}" if self.path else self.message
        return text if self.hint is None else f"{text} ({self.hint})"

    def to_dict(self) -> dict[str, object]:
        """Return the problem as plain JSON values."""
        return {
            "path": self.path,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "details": dict(self.details),
        }


class HeraError(Exception):
    """Everything hera_engine raises on purpose.

    Attributes:
        code: An ``E_`` code of `ERROR_KINDS`.
        message: One line, lower-case, without a final stop.
        details: Evidence as plain JSON values.
        hint: What to try next, or None.
        context: What the error is about (transaction, reference, rule), as plain JSON values.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        details: Mapping[str, object] | None = None,
        hint: str | None = None,
        context: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.details: dict[str, object] = dict(details or {})
        self.hint = hint
        self.context: dict[str, object] = dict(context or {})

    @property
    def success(self) -> bool:
        """Whether the caller's wish is fulfilled all the same: a repeat of a posted event."""
        return self.code == "E_IDEMPOTENT" and "transaction_id" in self.context

    @property
    def http_status(self) -> int:
        """HTTP status a service would answer with."""
        return 200 if self.success else self._kind.http_status

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later without a change."""
        return self._kind.retryable

    @property
    def retry_after_seconds(self) -> int | None:
        """How long to wait before a retry, in seconds, where a figure is known."""
        return self._kind.retry_after_seconds

    @property
    def _kind(self) -> ErrorKind:
        """What the code means; one that is not in the table is a bug of whoever raised it."""
        return ERROR_KINDS.get(self.code, ERROR_KINDS["E_INTERNAL"])

    def __str__(self) -> str:
        text = f"{self.code}: {self.message}"
        return text if self.hint is None else f"{text}\n  = hint: {self.hint}"

    def to_dict(self) -> dict[str, object]:
        """Return the error as plain JSON values, as a service would put it in a response."""
        return {
            "success": self.success,
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "hint": self.hint,
            "context": self.context,
            "http_status": self.http_status,
            "retryable": self.retryable,
        }

    def to_json(self) -> bytes:
        """Return `to_dict` as compact JSON in UTF-8, as `JournalEntry.to_json` does an entry."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"), default=str)
        return text.encode("utf-8", "backslashreplace")

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (type(self), self.args, self.__dict__))


def _restore(
    kind: type[HeraError], arguments: tuple[object, ...], state: dict[str, object]
) -> HeraError:
    """Rebuild an error after pickling without running a subclass's constructor."""
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class SchemaError(HeraError):
    """A posting schema that does not compile; ``diagnostics`` holds its faults in order.

    It holds all of them, up to `limits.SCHEMA_FAULTS` errors and as many warnings.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        found = foremost(diagnostics)
        errors = [fault for fault in found if fault.severity is Severity.ERROR]
        count = f"{len(errors)} fault" if len(errors) == 1 else f"{len(errors)} faults"
        super().__init__(
            "E_SCHEMA",
            f"the posting schema does not compile: {count}",
            details={"diagnostics": [fault.to_dict() for fault in found]},
        )
        self.diagnostics = found

    def __str__(self) -> str:
        return "\n".join([f"{self.code}: {self.message}", *map(str, self.diagnostics)])


class EventError(HeraError):
    """A business event that does not fit; ``problems`` holds all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = tuple(problems)
        first = found[0]
        several = len(found) > 1 and any(problem.code != first.code for problem in found)
        details: dict[str, object] = dict(first.details) if len(found) == 1 else {}
        summary = _summary(found, kernel_code=details.get("kernel_code"))
        details["problems"] = [problem.to_dict() for problem in found]
        code = "E_GUARDRAIL" if several else first.code
        super().__init__(code, summary, details=details, hint=first.hint)
        self.problems = found

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return super().__str__()
        return "\n".join([f"{self.code}: the event has problems", *map(str, self.problems)])


def _summary(found: tuple[Problem, ...], *, kernel_code: object) -> str:
    """Return the first problem in one line, and how many there are beside it."""
    first = found[0]
    text = f"{first.path}: {first.message}" if first.path else first.message
    more = "" if len(found) == 1 else f" (and {len(found) - 1} more)"
    return f"{text}{more}" if kernel_code is None else f"{kernel_code}: {text}{more}"


class PostingRejected(HeraError):
    """A sound event that the posting plan refuses: dimensions, tax, balance, period."""


class StorageError(HeraError):
    """The repository failed, or what it holds does not allow the change."""


class EngineBug(HeraError):
    """An invariant of ours broke; the message says what to report."""

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(
            "E_INTERNAL",
            message,
            details=details,
            hint="this is a bug of hera_engine: please report it with the schema and the event",
        )


@dataclass(slots=True)
class ProblemList:
    """Collects the problems of one event while it is read; raises them all at once."""

    found: list[Problem] = field(default_factory=list)
    _paths: set[str] = field(default_factory=set)
    _indexed: int = 0

    def mentions(self, path: str) -> bool:
        """Whether a problem is noted at exactly this path; constant time on the whole."""
        if self._indexed < len(self.found):
            self._paths.update([problem.path for problem in self.found[self._indexed :]])
            self._indexed = len(self.found)
        return path in self._paths

    def add(self, path: str, message: str, hint: str | None = None, **details: object) -> None:
        """Note a problem at ``path``."""
        evidence = tuple([(name, str(value)) for name, value in details.items()])
        self.found.append(Problem(path, message, hint, "E_GUARDRAIL", evidence))

    def raise_if_any(self) -> Self:
        """Raise `EventError` with every problem noted so far; return itself if there is none."""
        if self.found:
            raise EventError(self.found)
        return self
