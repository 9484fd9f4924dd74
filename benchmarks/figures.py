"""Figures: what the samples of a run say of each target, and how they are written down."""

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from os import cpu_count
from pathlib import Path
from typing import Final

from benchmarks.harness import Samples, quartiles
from benchmarks.targets import TARGETS, Target

PACKAGES: Final = (
    "hera-engine", "pydantic", "pydantic-core", "lark", "beancount", "rule-engine", "cel-python",
    "zen-engine", "py-moneyed",
)  # fmt: skip
NOT_THERE: Final = "not there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a run was made: enough to make it again."""

    command: str
    date: str
    python: str
    machine: str
    versions: Mapping[str, str]
    quick: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: the median over the rounds, its quartiles, and how it stands to its target.

    ``microseconds`` are medians of both variants, for orientation on the machine of the run; a
    figure that is not there has a reason and no values.
    """

    row: str
    name: str
    ratio: float | None
    lower: float | None = None
    upper: float | None = None
    rounds: int = 0
    microseconds: tuple[float, float] | None = None
    verdict: str = NOT_THERE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """The samples of one group of variants, and why some of it are missing."""

    samples: Samples
    missing: Mapping[str, str]


def this_run(command: str, date: str, *, quick: bool) -> Run:
    """Return the particulars of a run on this machine."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return Run(
        command=command,
        date=date,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        machine=f"{platform.system()} {platform.machine()}, {cpu_count()} cores",
        versions=versions,
        quick=quick,
    )


def figures_of(groups: Iterable[Measured]) -> tuple[Figure, ...]:
    """Return a figure for each target that the groups measured, or tell is missing."""
    measured = tuple(groups)
    found = (_figure(target, measured) for target in TARGETS)
    return tuple(figure for figure in found if figure is not None)


def _figure(target: Target, groups: tuple[Measured, ...]) -> Figure | None:
    names = [name for name in (target.above, target.below) if name]
    for group in groups:
        if all(name in group.samples.taken for name in names):
            return _of_samples(target, group.samples)
    reasons = [group.missing[name] for group in groups for name in names if name in group.missing]
    if reasons:
        return Figure(row=target.row, name=target.name, ratio=None, reason=reasons[0])
    return None


def _of_samples(target: Target, samples: Samples) -> Figure:
    if target.below:
        values = samples.ratios(target.above, target.below)
        times = samples.nanoseconds(target.above), samples.nanoseconds(target.below)
        micros = times[0] / 1000, times[1] / 1000
    else:
        values, micros = samples.taken[target.above], None
    lower, middle, upper = quartiles(values)
    return Figure(
        row=target.row,
        name=target.name,
        ratio=middle,
        lower=lower,
        upper=upper,
        rounds=len(values),
        microseconds=None if target.above.startswith("bytes/") else micros,
        verdict=target.verdict(middle),
    )


def to_lines(run: Run, figures: Iterable[Figure]) -> str:
    """Return JSON lines: an object per figure, each with the particulars of its run."""
    particulars = asdict(run)
    return "".join(
        json.dumps({**_rounded(asdict(figure)), "run": particulars}) + "\n" for figure in figures
    )


def _rounded(record: dict[str, object]) -> dict[str, object]:
    """Return a record whose floats have four significant digits: more would be noise."""
    return {key: _significant(value) for key, value in record.items()}


def _significant(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return [_significant(each) for each in value] if isinstance(value, tuple) else value


def read_lines(path: Path) -> tuple[Run, tuple[Figure, ...]]:
    """Return what `to_lines` wrote.

    Raises:
        ValueError: For a file without figures.
    """
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if not records:
        raise ValueError(f"{path} has no figures")
    run = Run(**records[0]["run"])
    figures = []
    for record in records:
        del record["run"]
        micros = record["microseconds"]
        figures.append(
            Figure(**{**record, "microseconds": None if micros is None else tuple(micros)})
        )
    return run, tuple(figures)
