"""Compiled expressions of a plan: what each reads, and how its value is made.

Enters: nothing of the language; `hera_engine.rules.compile_expressions` builds them. They are
carried out by `hera_engine.rules.evaluate`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from hera_engine.allocation import Leftover
from hera_engine.rules.maps import MapTable


class Source(StrEnum):
    """Where a name in an expression is read from."""

    HEADER = "header"
    FACT = "fact"
    LET = "let"
    LOOP = "loop"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; percentages are already fractions of one."""

    value: Decimal | str | bool | date


@dataclass(frozen=True, slots=True)
class Read:
    """A field: what it is read from, its first name, and the names after its dots."""

    source: Source
    name: str
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaulted:
    """A field, or a constant where the event does not have it."""

    read: Read
    fallback: Constant


@dataclass(frozen=True, slots=True)
class Add:
    """A sum; each term says whether it is subtracted."""

    terms: tuple[tuple[bool, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Multiply:
    """A product; each factor says whether it divides."""

    factors: tuple[tuple[bool, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Negate:
    """The negative of an amount."""

    operand: "Expression"


class Choice(StrEnum):
    """Which of several amounts."""

    SMALLEST = "min"
    LARGEST = "max"


@dataclass(frozen=True, slots=True)
class Extreme:
    """The smallest or largest of two or more amounts."""

    choice: Choice
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Absolute:
    """An amount without its sign."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Round:
    """An amount rounded half up to a step, or to the currency's minor unit (step None)."""

    operand: "Expression"
    step: Decimal | None


class Part(StrEnum):
    """A part of what an item costs."""

    NET = "net"
    TAX = "tax"
    GROSS = "gross"
    WITHHELD = "withheld"
    """What the customer keeps back of the gross and pays to the authority itself."""


@dataclass(frozen=True, slots=True)
class PartOf:
    """A part of the item a loop variable stands for, or of all items (None).

    ``code`` narrows tax and what is withheld to one rate or component.
    """

    part: Part
    variable: str | None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class SumOf:
    """The sum of a member over a collection."""

    collection: Read
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two numbers, two texts or two dates."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Invert:
    """The opposite of a condition."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Every:
    """All of several conditions; the rest is not read once one is false."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Any of several conditions; the rest is not read once one is true."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class MapText:
    """The text that a map gives for some inputs."""

    table: MapTable
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class ShareOf:
    """What one line gets of an allocation, whose shares together are its amount."""

    allocation: "PlannedAllocation"
    index: int

    @property
    def spread(self) -> bool:
        """Whether this is the share of each member of a collection."""
        return self.allocation.over is not None and self.index == 0


Expression = (
    Constant | Read | Defaulted | Add | Multiply | Negate | Extreme | Absolute | Round
    | PartOf | SumOf | Compare | Invert | Every | Some | ShareOf
    | MapText
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedLoop:
    """``for variable in collection [when condition]``."""

    variable: str
    collection: Read
    when: Expression | None


@dataclass(frozen=True, slots=True)
class PlannedAllotment:
    """What one share takes: a part of the whole, at most a cap; an amount; or else the rest."""

    words: str
    part: Expression | None
    amount: Expression | None
    cap: Expression | None
    inside: "tuple[PlannedAllotment, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAllocation:
    """An amount that several lines get together.

    ``number`` tells it from the others of its rule; ``lines`` counts those that get of it, under
    `apart` the last what is left. With ``over`` each member has a weight; there is no allotment.
    """

    number: int
    lines: int
    words: str
    amount: Expression
    allotments: tuple[PlannedAllotment, ...]
    over: PlannedLoop | None
    weight: Expression | None
    leftover: Leftover
