"""Exact figures in generated source: an integer expression over a denominator that is known.

A figure is worth ``source`` / ``scale`` currency units. Nothing is rounded but where it says so.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Final

from hera_engine import limits
from hera_engine.rules.fused.source import Constants
from hera_engine.rules.fused.subset import NotCompiled

MOST_BITS: Final = 1_000
"""Bits that a figure or its denominator may come to; a formula that may have more is interpreted.

Below `hera_engine.rules.exact.FRACTION_BITS`, so that no figure here is one that is refused there.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """An exact number.

    Attributes:
        source: The source of an integer.
        scale: What that is divided by.
        bits: No fewer bits than the integer may have.
        value: The integer, if it is known.
    """

    source: str
    scale: int
    bits: int
    value: int | None = None

    def __post_init__(self) -> None:
        """Refuse a figure that may grow too long."""
        if max(self.bits, self.scale.bit_length()) > MOST_BITS:
            raise NotCompiled("a figure that may have too many digits")

    def at(self, scale: int) -> str:
        """Return the source of the number times a scale, which is a multiple of its own."""
        factor = scale // self.scale
        return self.source if factor == 1 else f"{self.source} * {factor}"

    def bits_at(self, scale: int) -> int:
        """Return no fewer bits than the number times a scale may have."""
        return self.bits + (scale // self.scale).bit_length()


def literal(value: Decimal, constants: Constants) -> Figure:
    """Return the figure of a literal, bound so that rules of other figures have one shape."""
    units, scale = value.as_integer_ratio()
    return Figure(constants.name(units, "n"), scale, units.bit_length() + 1, units)


def total(terms: list[tuple[bool, Figure]]) -> Figure:
    """Return a sum; each term says whether it is subtracted."""
    scale = lcm(*(term.scale for _, term in terms))
    bits = max(term.bits_at(scale) for _, term in terms) + len(terms).bit_length()
    words = "".join(f" {'-' if minus else '+'} {term.at(scale)}" for minus, term in terms)
    return Figure(f"({words.removeprefix(' + ').strip()})", scale, bits)


def product(factors: list[tuple[bool, Figure]]) -> Figure:
    """Return a product; only a literal may divide."""
    sources, scale, bits = [], 1, 0
    for divides, factor in factors:
        if not divides:
            sources.append(factor.source)
            scale *= factor.scale
            bits += factor.bits
            continue
        if not factor.value:
            raise NotCompiled("a division by a field")
        sources.append(str(factor.scale if factor.value > 0 else -factor.scale))
        scale *= abs(factor.value)
        bits += factor.scale.bit_length()
    return Figure(f"({' * '.join(sources)})", scale, bits)


def extreme(word: str, operands: list[Figure]) -> Figure:
    """Return the smallest or largest of some figures."""
    scale = lcm(*(each.scale for each in operands))
    bits = max(each.bits_at(scale) for each in operands)
    return Figure(f"{word}({', '.join(each.at(scale) for each in operands)})", scale, bits)


def rounded(operand: Figure, step: Fraction) -> Figure:
    """Return a figure rounded half up to a step, away from zero."""
    # Steps of 1/scale: operand / step = source * step.denominator / (scale * step.numerator).
    top, bottom = f"({operand.source}) * {step.denominator}", operand.scale * step.numerator
    most = 10**limits.AMOUNT_INTEGER_DIGITS * step.denominator
    source = f"rounded({top}, {bottom}, {step.numerator}, {most})"
    return Figure(source, step.denominator, operand.bits_at(lcm(operand.scale, step.denominator)))
