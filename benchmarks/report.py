"""The table of figures: on the terminal, and between two markers of docs/performance.md."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.figures import NOT_THERE, Figure, Run
from benchmarks.plots import plots_of
from benchmarks.targets import TARGETS, Target

ROOT: Final = Path(__file__).resolve().parents[1]
DOCUMENT: Final = ROOT / "docs" / "performance.md"
FIGURES: Final = ROOT / "benchmarks" / "figures.jsonl"
"""The figures that the document shows."""
PLOTS: Final = ROOT / "docs" / "plots"
BEGIN: Final = "<!-- figures: begin -->"
END: Final = "<!-- figures: end -->"
NOTHING_YET: Final = "No figures have been taken on a quiet machine yet."


def table(figures: Iterable[Figure]) -> str:
    """Return the figures for a terminal: aim and gate beside each."""
    rows = [("#", "figure", "quartiles", "aim", "gate", "", "what")]
    for target, figure in _paired(figures):
        verdict = figure.reason if figure.ratio is None else figure.verdict
        shown = (target.row, _value(target, figure), _spread(figure))
        limits = target.asked(target.aim), target.asked(target.gate)
        rows.append((*shown, *limits, verdict, figure.name))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    widths[0] = max(widths[0], 4)
    return "\n".join(_laid_out(row, widths) for row in rows)


def _laid_out(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
    name, verdict = row[6], row[5]
    return "  ".join([*cells, name.ljust(54), verdict]).rstrip()


def document_part(run: Run, figures: Iterable[Figure]) -> str:
    """Return what stands between the markers of the document."""
    found = tuple(figures)
    lines = [
        f"Taken on {run.date} with {run.python} on {run.machine}:",
        "",
        f"    {run.command}",
        "",
        ", ".join(f"{name} {version}" for name, version in run.versions.items()) + ".",
        "",
        "| # | figure | quartiles | aim | gate | | what |",
        "|---|---|---|---|---|---|---|",
    ]
    if run.quick:
        lines[0:0] = ["**A quick run, which shows that all works: its figures say nothing.**", ""]
    for target, figure in _paired(found):
        verdict = NOT_THERE if figure.ratio is None else figure.verdict
        why = f" ({figure.reason})" if figure.reason else ""
        lines.append(
            f"| {target.row} | {_value(target, figure)} | {_spread(figure)} "
            f"| {target.asked(target.aim)} | {target.asked(target.gate)} | {verdict} "
            f"| {target.meaning}{why} |"
        )
    for name, drawing in plots_of(found).items():
        title = drawing.split("<title>")[1].split("</title>")[0]
        lines += ["", f"![{title}](plots/{name})"]
    return "\n".join(lines)


def written_into(text: str, run: Run, figures: Iterable[Figure]) -> str:
    """Return a document with the figures between its markers.

    Raises:
        ValueError: If it has no markers.
    """
    return replaced(text, document_part(run, figures))


def replaced(text: str, part: str) -> str:
    """Return a document with other text between its markers.

    Raises:
        ValueError: If it has no markers.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no `{BEGIN}` and `{END}`")
    return f"{before}{BEGIN}\n\n{part}\n\n{END}{after}"


def _paired(figures: Iterable[Figure]) -> list[tuple[Target, Figure]]:
    by_row = {figure.row: figure for figure in figures}
    return [(target, by_row[target.row]) for target in TARGETS if target.row in by_row]


def _value(target: Target, figure: Figure) -> str:
    """Return a figure with three significant digits and its unit."""
    return NOT_THERE if figure.ratio is None else f"{_short(figure.ratio)}{target.unit}"


def _spread(figure: Figure) -> str:
    if figure.lower is None or figure.upper is None or figure.rounds < 2:
        return "-"
    return f"{_short(figure.lower)}-{_short(figure.upper)}"


def _short(value: float) -> str:
    """Return a number with three significant digits, and all of those before the point."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 1 else f"{value:.{1 if value >= 10 else 2}f}"
