"""Runs a conformance case in both forms of its schema, and says what comes out otherwise."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from hera_engine import (
    HeraError,
    JournalEntry,
    JournalLine,
    PostingEngine,
    SchemaError,
    SchemaSet,
    Settings,
    check_schema,
    compare_schemas,
    format_schema,
    load_schema,
    prove_schema,
)
from hera_engine.errors import Diagnostic, Severity
from hera_engine.models import event_json_schema
from hera_engine.settings import FiscalCalendar
from tests.conformance.case_files import Case, Document, text_of
from tests.json_schema import faults_of

Json = Mapping[str, Any]
"""An object of a case file: what may stand in it is told by its shape."""

_AMOUNTS: Final = frozenset({"amount", "base", "rate"})
"""Keys whose values are compared as numbers, so that 1.50 is 1.5."""


@dataclass(frozen=True)
class Trial:
    """A case with its schema, or the versions of it, in one form.

    ``placed`` says that this is the form that the case is written in, whose places it names.
    """

    case: Case
    documents: tuple[Document, ...]
    placed: bool = True

    @property
    def said(self) -> Json:
        """The case as its file has it."""
        found: Json = self.case.said
        return found

    @property
    def document(self) -> Document:
        """The schema of a case that has no versions."""
        return self.documents[0]

    def engine(self) -> PostingEngine | SchemaSet:
        """Return the engine that the case asks for.

        Raises:
            SchemaError: If the schema does not compile.
        """
        if "versions" in self.said:
            return SchemaSet(self.documents, **handed_over(self.said))
        return PostingEngine(self.document, **handed_over(self.said))


def differences(case: Case) -> Iterator[str]:
    """Yield how the engine differs from what a case says; nothing where it does as it says."""
    judge = next(judge for key, judge in JUDGES.items() if key in case.said)
    written = tuple(case.document(each) for each in _documents(case.said))
    yield from judge(Trial(case, written))
    for form, documents in _other_forms(written):
        trial = Trial(case, documents, placed=False)
        yield from (f"{form}: {each}" for each in judge(trial))


def _documents(said: Json) -> Sequence[object]:
    """Return the schemas that a case runs: one, or the versions of one."""
    versions: Sequence[object] = said["versions"] if "versions" in said else [said["schema"]]
    return versions


def _other_forms(written: tuple[Document, ...]) -> Iterator[tuple[str, tuple[Document, ...]]]:
    """Yield the JSON form and the canonical text of schemas, if they can be loaded at all."""
    try:
        schemas = [load_schema(document) for document in written]
    except SchemaError:
        return
    yield "in JSON", tuple(schema.to_json_dict() for schema in schemas)
    yield "as text", tuple(format_schema(schema) for schema in schemas)


def handed_over(said: Json) -> dict[str, Any]:
    """Return what a case hands to the engine beside its schema."""
    settings = dict(said.get("settings", {}))
    if "fiscal_calendar" in settings:
        settings["fiscal_calendar"] = FiscalCalendar(**settings["fiscal_calendar"])
    named: Json = said.get("allocators", {})
    return {
        "chart": said.get("chart", ()),
        "tax_profiles": said.get("tax_profiles", ()),
        "exchange_rates": said.get("exchange_rates", ()),
        "settings": Settings(**settings),
        "allocators": {name: _constant(weights) for name, weights in named.items()},
    }


def _constant(weights: Json) -> Callable[[object], Json]:
    """Return an allocator that gives the same weights for every event."""
    return lambda _facts: weights


# --- events ----------------------------------------------------------------------------------


def _posts(trial: Trial) -> Iterator[str]:
    """Yield how an entry differs from the one that is expected."""
    expected: Json = trial.said["posts"]
    try:
        entry = trial.engine().simulate(trial.said["event"])
    except HeraError as error:
        yield f"refused: {error}"
        return
    yield from _lines(expected["lines"], entry)
    yield from _unlike(expected.get("header", {}), entry.header.to_dict(), "header")
    codes = [warning.code for warning in entry.warnings]
    if expected.get("warnings", codes) != codes:
        yield f"warnings are {codes}"
    if "open_items" in expected:
        yield from _each(expected["open_items"], _open_items(entry), "open items")


def _lines(expected: Sequence[Json], entry: JournalEntry) -> Iterator[str]:
    yield from _each(expected, [_line(line) for line in entry.lines], "lines")


def _line(line: JournalLine) -> Json:
    """Return a line by the keys that a case may name."""
    return {
        "ledger": line.ledger,
        "side": line.side.word,
        "account": line.account.key,
        "amount": line.amount,
        "currency": line.currency,
        "base": line.base_amount,
        "account_id": line.account.id,
        "account_code": line.account.code,
        "dimensions": dict(line.dimensions),
        "tax": None if line.tax is None else line.tax.to_dict(),
    }


def _open_items(entry: JournalEntry) -> list[Json]:
    return [
        {"account": line.account.key, **line.open_item.to_dict()}
        for line in entry.lines
        if line.open_item is not None
    ]


def _refused(trial: Trial) -> Iterator[str]:
    """Yield how an error differs from the one that is expected."""
    expected: Json = trial.said["refused"]
    engine = trial.engine()
    try:
        entry = engine.simulate(trial.said["event"])
    except HeraError as error:
        if error.code != expected["code"]:
            yield f"refused by {error}"
        yield from _unlike(expected.get("details", {}), error.details, "details")
        yield from _paths(expected, error)
    else:
        yield f"posted: {[_line(line) for line in entry.lines]}"


def _paths(expected: Json, error: HeraError) -> Iterator[str]:
    problems: Any = error.details.get("problems", ())
    paths = [problem["path"] for problem in problems]
    if "path" in expected and expected["path"] not in paths:
        yield f"the problems are at {paths}"
    if expected.get("paths", paths) != paths:
        yield f"the problems are at {paths}"


def _each(expected: Sequence[Json], actual: Sequence[Json], what: str) -> Iterator[str]:
    """Yield how a list differs: each member by the keys that are named, none left out."""
    if len(expected) != len(actual):
        yield f"{what}: {len(expected)} expected, there are {actual}"
        return
    for index, (one, other) in enumerate(zip(expected, actual, strict=True)):
        yield from _unlike(one, other, f"{what}[{index}]")


def _unlike(expected: Json, actual: Json, path: str) -> Iterator[str]:
    """Yield where an object differs in what is named of it; dimensions are compared whole."""
    for key, wanted in expected.items():
        found = actual.get(key)
        if isinstance(wanted, dict) and isinstance(found, dict) and key != "dimensions":
            yield from _unlike(wanted, found, f"{path}.{key}")
        elif not _same(key, wanted, found) or key not in actual:
            yield f"{path}.{key} is {found!r}, not {wanted!r}"


def _same(key: str, wanted: object, found: object) -> bool:
    if key in _AMOUNTS and isinstance(wanted, str) and isinstance(found, str | Decimal):
        return Decimal(wanted) == Decimal(found)
    return type(wanted) is type(found) and wanted == found


# --- schemas ---------------------------------------------------------------------------------


def _faults(trial: Trial) -> Iterator[str]:
    """Yield which faults or warnings are others than expected.

    Places are those of the form that the case is written in.
    """
    found = _diagnostics(trial)
    for key, severity in (("faults", Severity.ERROR), ("warnings", Severity.WARNING)):
        if key in trial.said:
            expected: Sequence[Json] = trial.said[key]
            actual = [fault.to_dict() for fault in found if fault.severity is severity]
            if trial.placed:
                yield from _each(expected, actual, key)
            elif sorted(map(_code, expected)) != sorted(map(_code, actual)):
                yield f"{key} are {actual}"


def _code(fault: Json) -> str:
    code = fault["code"]
    assert isinstance(code, str)
    return code


def _diagnostics(trial: Trial) -> Sequence[Diagnostic]:
    """Return all that is said of a schema when it is checked, or when an engine is made of it."""
    given = handed_over(trial.said)
    if "versions" in trial.said:
        checked: tuple[Diagnostic, ...] = ()
    else:
        names = ("chart", "tax_profiles", "settings", "allocators")
        checked = check_schema(trial.document, **{name: given[name] for name in names})
    if any(fault.severity is Severity.ERROR for fault in checked):
        return checked
    try:
        trial.engine()
    except SchemaError as error:
        return (*checked, *error.diagnostics)
    return checked


def _same_meaning(trial: Trial) -> Iterator[str]:
    other = trial.case.document(trial.said["same_meaning"])
    if load_schema(trial.document) != load_schema(other):
        yield "the schemas are not equal"
    if _fingerprint(trial, trial.document) != _fingerprint(trial, other):
        yield "the fingerprints differ"


def _other_meaning(trial: Trial) -> Iterator[str]:
    other = trial.case.document(trial.said["other_meaning"])
    if load_schema(trial.document) == load_schema(other):
        yield "the schemas are equal"
    if _fingerprint(trial, trial.document) == _fingerprint(trial, other):
        yield "the fingerprints are the same"


def _fingerprint(trial: Trial, document: Document) -> str:
    return PostingEngine(document, **handed_over(trial.said)).fingerprint


def _text(trial: Trial) -> Iterator[str]:
    expected = text_of(trial.said["text"])
    found = format_schema(trial.document)
    if found != expected:
        yield f"the text is\n{found}"
    elif format_schema(expected) != expected:
        yield "what is expected is formatted otherwise"


def _json(trial: Trial) -> Iterator[str]:
    yield from _unlike(trial.said["json"], load_schema(trial.document).to_json_dict(), "JSON")


def _proof(trial: Trial) -> Iterator[str]:
    found = {proof.rule: proof.verdict.value for proof in prove_schema(trial.document)}
    if found != trial.said["proof"]:
        yield f"the verdicts are {found}"


def _changes(trial: Trial) -> Iterator[str]:
    """Yield which changes from an old version are others than expected, in any order."""
    expected: Json = trial.said["changes"]
    found = compare_schemas(trial.case.document(expected["old"]), trial.document)
    for key, severity in (("errors", Severity.ERROR), ("notes", Severity.NOTE)):
        codes = sorted(fault.code for fault in found if fault.severity is severity)
        if codes != sorted(expected[key]):
            yield f"{key} are {[str(fault) for fault in found if fault.severity is severity]}"


def _event_schema(trial: Trial) -> Iterator[str]:
    expected: Json = trial.said["event_schema"]
    found = event_json_schema(load_schema(trial.document), expected["code"])
    yield from _unlike(expected.get("gives", {}), found, "the schema")
    for key, wanted in (("accepts", True), ("refuses", False)):
        for event in expected.get(key, ()):
            if wanted == any(faults_of(event, found)):
                yield f"of {key} it is not true: {event}"


def _cases_run(trial: Trial) -> Iterator[str]:
    engine = PostingEngine(trial.document, **handed_over(trial.said))
    found = {result.title: "passed" if result.passed else "failed" for result in engine.run_cases()}
    if found != trial.said["cases_run"]:
        yield f"the cases came out as {found}"


Judge = Callable[[Trial], Iterable[str]]
JUDGES: Final[Mapping[str, Judge]] = {
    "posts": _posts,
    "refused": _refused,
    "faults": _faults,
    "same_meaning": _same_meaning,
    "other_meaning": _other_meaning,
    "text": _text,
    "json": _json,
    "proof": _proof,
    "changes": _changes,
    "event_schema": _event_schema,
    "cases_run": _cases_run,
}
