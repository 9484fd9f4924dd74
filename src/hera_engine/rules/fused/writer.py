"""What is at hand while a function is written: its shape, constants, fields and sections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hera_engine import limits
from hera_engine.rules.expressions import Read
from hera_engine.rules.fused.fields import Fields
from hera_engine.rules.fused.places import CONTEXT, ITEM, PAYMENT
from hera_engine.rules.fused.source import Block, Constants
from hera_engine.rules.fused.write_event import Shape
from hera_engine.rules.plan import Route

START: Final = "start"
"""What is written before all items."""
BEFORE: Final = "before"
"""What is written between the items and the statements that stand in no loop."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands.

    Attributes:
        root: The record whose block it is in: the event's, an item's or a payment's.
        record: The record of its innermost loop; the event's without one.
        block: Where it is written.
        loops: Of each loop variable around it the record that it stands for.
        later: Whether a condition of its loops is known only once all items are.
        collection: The list of the event that its only loop is over, if it is one's own.
    """

    root: str
    record: str
    block: Block
    loops: Mapping[str, str]
    later: bool = False
    collection: Read | None = None


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
        places: The insides of the loops that were written, by what tells them apart.
        has_trees: Whether the context is frozen before its fields are read.
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
    places: dict[tuple[object, ...], Place] = field(default_factory=dict)
    has_trees: bool = False
    has_reason: bool = False
    weights: dict[tuple[str, ...], str] = field(default_factory=dict)
    shares: dict[tuple[object, ...], str] = field(default_factory=dict)
    wholes: int = 0

    @property
    def bound(self) -> int:
        """Minor units that an amount stays below."""
        bound: int = 10 ** (limits.AMOUNT_INTEGER_DIGITS + self.shape.exponent)
        return bound
