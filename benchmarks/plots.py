"""Plots as SVG: bars with their figures beside them, drawn by hand to need nothing."""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final, NamedTuple

from benchmarks.figures import Figure

WIDTH: Final = 720
LABELS: Final = 270
"""Where the bars begin."""
LONGEST: Final = 340
ROW: Final = 26
TOP: Final = 64
OURS: Final = "#2f6f8f"
OTHERS: Final = "#b8c4cc"

ENGINE: Final = "sale/engine"
SHOWN: Final = {
    "sale/floor": "written by hand for this schema",
    "sale/zen-engine": "zen-engine, three expressions",
    "sale/py-moneyed": "py-moneyed, arithmetic only",
    "sale/typical": "typical pydantic service code",
    "sale/rule-engine": "rule-engine, three expressions",
    "sale/beancount book": "beancount, book and validate",
    "sale/beancount load": "beancount, load from text",
    "sale/cel-python": "cel-python, three expressions",
}
"""What the plot of the sale shows beside the engine, and how it calls it."""


class Bar(NamedTuple):
    """A label, a length and what stands behind the bar."""

    label: str
    value: float
    shown: str
    ours: bool = False


def plots_of(figures: Iterable[Figure]) -> Mapping[str, str]:
    """Return the plots that the figures are enough for, by file name."""
    known = {figure.name: figure for figure in figures if figure.ratio is not None}
    drawn = {"sale.svg": _sale(known), "items.svg": _items(known)}
    return {name: drawing for name, drawing in drawn.items() if drawing is not None}


def _sale(known: Mapping[str, Figure]) -> str | None:
    """Return the time of a sale by everyone, the engine's being one."""
    bars = [Bar("hera_engine, whole posting", 1.0, "1", ours=True)]
    for name, label in SHOWN.items():
        above, below = known.get(f"{name} : {ENGINE}"), known.get(f"{ENGINE} : {name}")
        if above is not None and above.ratio is not None:
            bars.append(Bar(label, above.ratio, f"{above.ratio:.3g}"))
        elif below is not None and below.ratio is not None:
            bars.append(Bar(label, 1 / below.ratio, f"{1 / below.ratio:.3g}"))
    if len(bars) == 1:
        return None
    bars.sort(key=lambda bar: bar.value)
    return drawing(
        "Time of one sale, hera_engine = 1",
        "Logarithmic; shorter is faster. Beside us only hand-written and typical code do all.",
        bars,
        logarithmic=True,
    )


def _items(known: Mapping[str, Figure]) -> str | None:
    """Return the time of an item in carts of three sizes."""
    large, small = known.get("items/10000 : items/1000"), known.get("items/1000 : items/100")
    if large is None or small is None or not large.microseconds or not small.microseconds:
        return None
    sizes = (
        ("cart of 100 items", small.microseconds[1]),
        ("cart of 1000 items", small.microseconds[0]),
        ("cart of 10,000 items", large.microseconds[0]),
    )
    bars = [Bar(label, value, f"{value:.3g} µs", ours=True) for label, value in sizes]
    return drawing("Time of one item of a cart", "Flat bars: linear in items.", bars)


def drawing(title: str, note: str, bars: Sequence[Bar], *, logarithmic: bool = False) -> str:
    """Return an SVG of horizontal bars under a title and a note."""
    height = TOP + ROW * len(bars) + 12
    lengths = _lengths([bar.value for bar in bars], logarithmic=logarithmic)
    size = f'width="{WIDTH}" height="{height}"'
    font = 'font-family="sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {height}" {font}>',
        f"<title>{escape(title)}</title>",
        f'<rect {size} fill="#ffffff"/>',
        f'<text x="16" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
        f'<text x="16" y="46" fill="#555555">{escape(note)}</text>',
    ]
    for index, (bar, length) in enumerate(zip(bars, lengths, strict=True)):
        y = TOP + ROW * index
        colour = OURS if bar.ours else OTHERS
        parts += [
            f'<text x="{LABELS - 10}" y="{y + 15}" text-anchor="end">{escape(bar.label)}</text>',
            f'<rect x="{LABELS}" y="{y + 2}" width="{length:.1f}" height="18" fill="{colour}"/>',
            f'<text x="{LABELS + length + 8:.1f}" y="{y + 15}">{escape(bar.shown)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _lengths(values: Sequence[float], *, logarithmic: bool) -> list[float]:
    """Return the length of each bar; on a logarithmic scale the shortest still shows."""
    if logarithmic:
        least = min(values) / 1.6
        values = [math.log(value / least) for value in values]
    longest = max(values)
    return [LONGEST * value / longest for value in values]
