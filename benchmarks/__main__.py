"""The benchmark: one command that measures every row of docs/performance.md.

python -m benchmarks [--rounds 25] [--out figures.jsonl] [--only posting] [--quick]
python -m benchmarks --render figures.jsonl
"""

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.cases import compiling, keeping, posting, programs
from benchmarks.figures import Figure, Measured, figures_of, read_lines, this_run, to_lines
from benchmarks.plan import FULL, QUICK, Plan
from benchmarks.plots import plots_of
from benchmarks.report import DOCUMENT, PLOTS, table, written_into

GROUPS: Final[Mapping[str, Callable[[Plan, Callable[[str], None]], Measured]]] = {
    "posting": posting.measure,
    "keeping": keeping.measure,
    "memory": keeping.measure_memory,
    "compiling": compiling.measure,
    "first-posts": programs.measure_first_posts,
    "imports": programs.measure_imports,
    "shards": programs.measure_shards,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table, or write a file of figures into the document."""
    given = _parser().parse_args(arguments)
    if given.render is not None:
        return _render(given.render)
    plan = _plan(given)
    words = ["python", "-m", "benchmarks", *(sys.argv[1:] if arguments is None else arguments)]
    run = this_run(shlex.join(words), f"{datetime.now(UTC):%Y-%m-%d}", quick=given.quick)
    groups: list[Measured] = []
    figures: tuple[Figure, ...] = ()
    for name in given.only or GROUPS:
        groups.append(GROUPS[name](plan, _told(name)))
        figures = figures_of(groups)
        # After each group, so that an interrupted run leaves what it has.
        if given.out is not None:
            given.out.write_text(to_lines(run, figures), encoding="utf-8")
    print(table(figures))
    return 0


def _plan(given: argparse.Namespace) -> Plan:
    """Return the sizes of the run, those that were asked for in the place of the usual ones."""
    asked = {name: getattr(given, name) for name in ("rounds", "heavy_rounds", "kept", "shard")}
    chosen = {name: size for name, size in asked.items() if size is not None}
    return replace(QUICK if given.quick else FULL, **chosen)


def _render(path: Path) -> int:
    run, figures = read_lines(path)
    PLOTS.mkdir(exist_ok=True)
    for name, drawing in plots_of(figures).items():
        (PLOTS / name).write_text(drawing, encoding="utf-8")
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(written_into(text, run, figures), encoding="utf-8")
    return 0


def _told(group: str) -> Callable[[str], None]:
    """Return what writes a line on how far a group is, apart from the table."""

    def told(line: str) -> None:
        print(f"{group}: {line}", file=sys.stderr, flush=True)

    return told


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, help="counted rounds of the interleaved run (25)")
    parser.add_argument("--heavy-rounds", type=int, help="counted rounds of what takes long (11)")
    parser.add_argument("--kept", type=int, help="entries that are kept at once (100,000)")
    parser.add_argument("--shard", type=int, help="events of each of two files (20,000)")
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="measure this group")
    parser.add_argument(
        "--quick", action="store_true", help="see that all runs; figures say nothing"
    )
    parser.add_argument("--out", type=Path, help="write the figures as JSON lines")
    parser.add_argument("--render", type=Path, help="write figures into docs/performance.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
