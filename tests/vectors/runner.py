"""Runs folders of vector files: calls adapters, counts outcomes, prints them."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from hera_engine import HeraError
from tests.vectors.adapters import ADAPTERS
from tests.vectors.asked import asked
from tests.vectors.cases import (
    Case,
    Difference,
    NotSupported,
    VectorFileError,
    differences,
    read_cases,
)
from tests.vectors.own_rules import rule_for


class Outcome(StrEnum):
    """What became of a case; the values are the keys of ``--json``."""

    PASSED = "passed"
    DIFFERENTLY = "differently"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one case.

    Attributes:
        case: The case.
        outcome: What became of it.
        remark: Why it has no answer; empty if it has one.
        found: Where the answer is not the expected one.
        rule: The name of the rule of ours that demands the answer all the same.
    """

    case: Case
    outcome: Outcome
    remark: str = ""
    found: tuple[Difference, ...] = ()
    rule: str | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the case did not pass, in words."""
        return (self.remark,) if self.remark else tuple(map(str, self.found))


@dataclass(slots=True)
class Tally:
    """The verdicts of one kind of one file."""

    file: str
    kind: str
    verdicts: list[Verdict] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        """Return how many cases came out so."""
        return sum(verdict.outcome is outcome for verdict in self.verdicts)

    def having(self, outcome: Outcome) -> tuple[Verdict, ...]:
        """Return the verdicts of one outcome."""
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is outcome)

    def to_dict(self) -> dict[str, object]:
        """Return the counts as plain JSON values."""
        counts = {outcome.value: self.count(outcome) for outcome in Outcome}
        return {"file": self.file, "kind": self.kind, "cases": len(self.verdicts), **counts}


def run_folder(folder: Path) -> tuple[Tally, ...]:
    """Return a tally per file and kind, files by name and kinds as they first appear.

    Raises:
        VectorFileError: If the folder has no vector files, or one cannot be read.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise VectorFileError(f"{folder}: no vector files (*.json) here")
    return tuple(tally for path in paths for tally in run_file(path))


def run_file(path: Path) -> tuple[Tally, ...]:
    """Return a tally per kind of one file, in order of first appearance."""
    tallies: dict[str, Tally] = {}
    for case in read_cases(path):
        tally = tallies.setdefault(case.kind, Tally(path.name, case.kind))
        tally.verdicts.append(judge(case))
    return tuple(tallies.values())


def judge(case: Case) -> Verdict:
    """Return what became of a case."""
    if case.kind not in ADAPTERS:
        return Verdict(case, Outcome.UNSUPPORTED, "no adapter")
    try:
        answer = answer_to(case)
    except NotSupported as reason:
        return Verdict(case, Outcome.UNSUPPORTED, str(reason))
    except Exception as error:  # noqa: BLE001  # whatever else leaves a call is a failed case
        return Verdict(case, Outcome.FAILED, f"raised {type(error).__name__}: {error}")
    return _compared(case, answer)


def answer_to(case: Case) -> object:
    """Return what the adapter of a case answers; a refusal is an answer as well.

    Raises:
        NotSupported: If there is no public name for what the case asks.
    """
    try:
        return ADAPTERS[case.kind](case)
    except HeraError as error:
        return {"error": error.code, "message": error.message, "details": error.details}


def _compared(case: Case, answer: object) -> Verdict:
    readings = tuple(differences(expected, answer) for expected in asked(case))
    if not all(readings):
        return Verdict(case, Outcome.PASSED)
    rule = rule_for(case, answer)
    if rule is None:
        return Verdict(case, Outcome.FAILED, found=readings[0])
    return Verdict(case, Outcome.DIFFERENTLY, found=readings[0], rule=rule.name)


# --- printing ------------------------------------------------------------------------------

_HEADINGS: Final = (
    "file", "kind", "cases", "passed", "answered differently", "failed", "not supported yet",
)  # fmt: skip


def table(tallies: Sequence[Tally]) -> str:
    """Return the counts as columns, with their sums in the last row."""
    rows = [tuple(str(value) for value in tally.to_dict().values()) for tally in tallies]
    sums = tuple(str(sum(int(row[column]) for row in rows)) for column in range(2, len(_HEADINGS)))
    rows = [_HEADINGS, *rows, ("total", "", *sums)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return "\n".join(_aligned(row, widths) for row in rows)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if column < 2 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def notes(tallies: Iterable[Tally]) -> tuple[str, ...]:
    """Return a line for each rule by which we differ, and for each case that failed."""
    by_rule: dict[str, list[str]] = {}
    failed: list[str] = []
    for tally in tallies:
        for verdict in tally.having(Outcome.DIFFERENTLY):
            by_rule.setdefault(str(verdict.rule), []).append(verdict.case.id)
        for verdict in tally.having(Outcome.FAILED):
            failed.append(f"failed {tally.file} {tally.kind} {describe(verdict)}")
    differing = [f"differently by {rule}: {', '.join(ids)}" for rule, ids in by_rule.items()]
    return (*differing, *failed)


def describe(verdict: Verdict) -> str:
    """Return a case's id with what was expected of it and what came out."""
    return f"{verdict.case.id}: {'; '.join(verdict.reasons)}"


def run(folder: Path, *, as_json: bool) -> int:
    """Print what became of a folder; return 1 if a case failed, else 0."""
    tallies = run_folder(folder)
    remarks = "".join(f"{line}\n" for line in notes(tallies))
    if as_json:
        counts = [tally.to_dict() for tally in tallies]
        sys.stdout.write(json.dumps(counts, indent=2) + "\n")
        sys.stderr.write(remarks)
    else:
        sys.stdout.write(f"{table(tallies)}\n\n{remarks}" if remarks else f"{table(tallies)}\n")
    return 1 if any(tally.count(Outcome.FAILED) for tally in tallies) else 0
