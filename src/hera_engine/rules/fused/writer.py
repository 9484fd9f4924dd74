"""What is at hand while a function is written: its shape, constants, fields and sections."""

from dataclasses import dataclass, field
from typing import Final

from hera_engine import limits
from hera_engine.rules.fused.fields import CONTEXT, ITEM, PAYMENT, Fields
from hera_engine.rules.fused.source import Block, Constants
from hera_engine.rules.fused.write_event import Shape
from hera_engine.rules.plan import Route

START: Final = "start"
"""What is written before all items."""
BEFORE: Final = "before"
"""What is written between the items and the statements that stand in no loop."""


@dataclass(slots=True)
class Writer:
    """One function at work.

    Attributes:
        shape: What decides its source.
        route: The splits that apply.
        constants: What it refers to.
        fields: The fields of the event as variables.
        cent: The constant that makes minor units an amount; ``base_cent`` of base currency.
        blocks: What statements do: before all, for each record, and once where they stand alone.
        has_reason: Whether the reason that all items share for bearing no tax is worked out.
        weights: By dimensions the variable of what items with values of them cost.
        shares: By allocation, loops and condition the variable of the shares of its lines.
        wholes: Amounts so far that are divided or bound a share.
    """

    shape: Shape
    route: Route
    constants: Constants
    fields: Fields
    cent: str
    base_cent: str
    blocks: dict[str, Block] = field(
        default_factory=lambda: {name: Block() for name in (START, BEFORE, CONTEXT, ITEM, PAYMENT)}
    )
    has_reason: bool = False
    weights: dict[tuple[str, ...], str] = field(default_factory=dict)
    shares: dict[tuple[object, ...], str] = field(default_factory=dict)
    wholes: int = 0

    @property
    def bound(self) -> int:
        """Minor units that an amount stays below."""
        bound: int = 10 ** (limits.AMOUNT_INTEGER_DIGITS + self.shape.exponent)
        return bound
