"""Source that makes whole minor units of figures."""

from math import gcd

from hera_engine.rules.fused.figures import Figure
from hera_engine.rules.fused.source import Block


def write_units(block: Block, figure: Figure, unit: int, variable: str) -> None:
    """Write a figure as whole minor units; declined is what is none."""
    shared = gcd(unit, figure.scale)
    top, bottom = unit // shared, figure.scale // shared
    source = figure.source if top == 1 else f"{figure.source} * {top}"
    if bottom == 1:
        block.add(f"{variable} = {source}")
    else:
        block.add(f"{variable}, rest = divmod({source}, {bottom})", "if rest:", "    return None")
