"""Exact figures in generated source: an integer expression over a denominator that is known.

A figure is worth ``source`` / ``scale`` currency units. Nothing is rounded but where it says so.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Final

from hera_engine.rules.fused.source import Constants
from hera_engine.rules.fused.subset import NotCompiled

MOST_DIGITS: Final = 200
"""Digits of a denominator beyond which a formula is left to the interpreter."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An exact number: the source of an integer, what it is divided by, its value if known."""

    source: str
    scale: int
    value: int | None = None

    def at(self, scale: int) -> str:
        """Return the source of the number times a scale, which is a multiple of its own."""
        factor = scale // self.scale
        return self.source if factor == 1 else f"{self.source} * {factor}"


def literal(value: Decimal, constants: Constants) -> Figure:
    """Return the figure of a literal, bound so that rules of other figures have one shape."""
    exact = Fraction(value)
    return Figure(constants.name(exact.numerator, "n"), exact.denominator, exact.numerator)


def total(terms: list[tuple[bool, Figure]]) -> Figure:
    """Return a sum; each term says whether it is subtracted."""
    scale = _bounded(lcm(*(term.scale for _, term in terms)))
    words = "".join(f" {'-' if minus else '+'} {term.at(scale)}" for minus, term in terms)
    return Figure(f"({words.removeprefix(' + ').strip()})", scale)


def product(factors: list[tuple[bool, Figure]]) -> Figure:
    """Return a product; only a literal may divide."""
    sources, scale = [], 1
    for divides, factor in factors:
        if not divides:
            sources.append(factor.source)
            scale *= factor.scale
            continue
        if not factor.value:
            raise NotCompiled("a division by a field")
        sources.append(str(factor.scale if factor.value > 0 else -factor.scale))
        scale *= abs(factor.value)
    return Figure(f"({' * '.join(sources)})", _bounded(scale))


def extreme(word: str, operands: list[Figure]) -> Figure:
    """Return the smallest or largest of some figures."""
    scale = _bounded(lcm(*(each.scale for each in operands)))
    return Figure(f"{word}({', '.join(each.at(scale) for each in operands)})", scale)


def rounded(operand: Figure, step: Fraction) -> Figure:
    """Return a figure rounded half up to a step, away from zero."""
    # Steps of 1/scale: operand / step = source * step.denominator / (scale * step.numerator).
    top, bottom = f"({operand.source}) * {step.denominator}", operand.scale * step.numerator
    return Figure(f"(half_up({top}, {bottom}) * {step.numerator})", step.denominator)


def _bounded(scale: int) -> int:
    if len(str(scale)) > MOST_DIGITS:
        raise NotCompiled("a figure with too long a denominator")
    return scale
