"""Every case of the benchmark still runs, and says so when something is not there."""

import importlib
from typing import Final

import pytest

from benchmarks import peers
from benchmarks.__main__ import GROUPS
from benchmarks.events import pool
from benchmarks.figures import Figure, Measured, figures_of, read_lines, this_run, to_lines
from benchmarks.harness import Samples, Variant, interleave, quartiles
from benchmarks.plan import QUICK
from benchmarks.plots import plots_of
from benchmarks.report import BEGIN, DOCUMENT, END, FIGURES, NOTHING_YET, document_part, table
from benchmarks.targets import TARGETS, Sense, Target

ROWS_OF: Final = {
    "posting": {
        "1", "2", "2a", "2b", "2c", "3", "3a", "4", "4a", "9", "10", "11", "11a", "12", "13", "13a",
        "14", "14a", "17", "17a", "18a",
    },
    "keeping": {"15"},
    "memory": {"16", "16a"},
    "compiling": {"18b", "18c"},
    "first-posts": {"18"},
    "imports": {"19", "19a"},
    "shards": {"20"},
}  # fmt: skip
PEER_ROWS: Final = {"5", "5a", "6", "7", "7a", "8", "8a"}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_runs_and_gives_its_rows(group: str) -> None:
    """A quick run of a group checks each variant, times it, and gives all its figures."""
    told: list[str] = []

    figures = figures_of([GROUPS[group](QUICK, told.append)])

    assert {figure.row for figure in figures} == ROWS_OF[group]
    for figure in figures:
        assert (figure.ratio is None) == bool(figure.reason)
        assert figure.ratio is None or figure.ratio > 0


def test_the_groups_and_the_peers_give_every_row() -> None:
    """No row of the table is measured by nobody."""
    assert set().union(PEER_ROWS, *ROWS_OF.values()) == {target.row for target in TARGETS}


def test_a_peer_is_timed_or_named_as_missing() -> None:
    """A package that is not installed is a line, and one that is was held to the reference."""
    variants, missing = peers.peer_variants(pool("sale", 4), pool("cart", 4))

    named = {name for names in peers.MODULES.values() for name in names}
    assert {variant.name for variant in variants} | set(missing) == named
    figures = figures_of([Measured(Samples({"sale/engine": [1.0], "cart/engine": [1.0]}), missing)])
    assert all(figure.ratio is None and figure.reason for figure in figures)


@pytest.mark.parametrize("module", peers.MODULES)
def test_each_peer_says_what_it_does_not_do(module: str) -> None:
    """The docstring of a peer has a paragraph on what its package leaves out."""
    try:
        peer = importlib.import_module(f"benchmarks.peers.{module}")
    except ImportError:
        text = (DOCUMENT.parents[1] / f"benchmarks/peers/{module}.py").read_text(encoding="utf-8")
    else:
        text = peer.__doc__ or ""

    assert "\nDoes not: " in text


def test_a_run_goes_on_through_the_pool() -> None:
    """Each sample takes the inputs after those of the last one, and warm-ups are not counted."""
    seen: list[int] = []
    counted = Variant("counted", seen.append, list(range(10)))

    samples = interleave([counted], 3, sample_ns=1)

    assert samples.rounds == 3
    assert seen[-5:] == [0, 1, 2, 3, 4]


def test_ratios_pair_the_samples_of_a_round() -> None:
    """A machine twice as slow in one round changes no ratio."""
    samples = Samples({"a": [10.0, 20.0, 10.0], "b": [5.0, 10.0, 5.0]})

    assert samples.ratios("a", "b") == [2.0, 2.0, 2.0]
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 3.0, 4.0)


@pytest.mark.parametrize(
    ("sense", "value", "verdict"),
    [
        (Sense.AT_MOST, 1.2, "within the aim"),
        (Sense.AT_MOST, 1.21, "within the gate"),
        (Sense.AT_MOST, 1.36, "beyond the gate"),
        (Sense.AT_LEAST, 1.35, "within the gate"),
        (Sense.AT_LEAST, 1.0, "beyond the gate"),
    ],
)
def test_a_verdict_is_told_by_aim_and_gate(sense: Sense, value: float, verdict: str) -> None:
    """What reaches the aim is within it; what does not is held to the gate."""
    aim, gate = (1.2, 1.35) if sense is Sense.AT_MOST else (1.5, 1.2)

    assert Target("1", "a", "b", sense, aim, gate, "").verdict(value) == verdict


def _figures() -> tuple[Figure, ...]:
    """Return one figure that is there, one that is not, and those that the plots need."""
    samples = Samples(
        {
            "sale/engine": [3.0, 3.3, 3.0], "sale/floor": [2.5, 2.75, 2.4],
            "items/10000": [700.0] * 3, "items/1000": [600.0] * 3, "items/100": [800.0] * 3,
        }
    )  # fmt: skip
    missing = {"sale/typical": "not written <yet>"}
    return figures_of([Measured(samples, missing)])


def test_figures_survive_their_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is written as JSON lines is read back, and makes the same page."""
    run, figures = this_run("python -m benchmarks", "2025-01-01", quick=False), _figures()
    path = tmp_path_factory.mktemp("figures") / "figures.jsonl"
    path.write_text(to_lines(run, figures), encoding="utf-8")

    again, read = read_lines(path)

    assert again == run
    assert document_part(again, read) == document_part(run, figures)
    assert set(plots_of(read)) == {"sale.svg", "items.svg"}


def test_the_table_shows_aim_and_gate_beside_each_figure() -> None:
    """On the terminal and on the page a figure stands beside what is asked of it."""
    figures = _figures()
    page = document_part(this_run("a command", "2025-01-01", quick=False), figures)

    for text in (table(figures), page):
        row = next(line for line in text.splitlines() if line.lstrip("| ").startswith("1 "))
        assert "1.20" in row
        assert "<= 1.2" in row
        assert "<= 1.35" in row
        assert "not written <yet>" in text


def test_the_page_shows_the_figures_that_were_taken() -> None:
    """docs/performance.md is what `--render` makes of the kept figures."""
    text = DOCUMENT.read_text(encoding="utf-8")
    shown = text.partition(BEGIN)[2].partition(END)[0].strip()

    assert shown == (document_part(*read_lines(FIGURES)) if FIGURES.exists() else NOTHING_YET)
