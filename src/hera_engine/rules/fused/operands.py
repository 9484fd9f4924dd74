"""Operands of a rule's expressions as source: texts, dates, and what kind each is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine.rules.expressions import (
    Absolute,
    Add,
    Compare,
    Constant,
    Defaulted,
    Every,
    Expression,
    Extreme,
    Invert,
    MapText,
    Multiply,
    Negate,
    PartOf,
    Read,
    Round,
    Some,
    Source,
    SumOf,
)
from hera_engine.rules.fused.fields import Fields
from hera_engine.rules.fused.places import ITEM, PAYMENT
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.scope import text_of

NUMBER, TEXT, TRUTH, DATE, OWN = "number", "text", "truth", "date", "own"
"""What an operand of a comparison is; of a caller's own field only the other side can tell."""
_ARITHMETIC: Final = (Add, Multiply, Negate, Extreme, Absolute, Round, PartOf, SumOf)
CONDITIONS: Final = (Compare, Invert, Every, Some)
_FACT_KINDS: Final = MappingProxyType({
    "tax_inclusive": TRUTH, "tax_exempt": TRUTH, "tax_category": TEXT, "payment_method": TEXT,
})  # fmt: skip


DAYS: Final = MappingProxyType({
    "transaction_date": "transacted", "posting_date": "posted", "tax_point_date": "taxed_on",
})  # fmt: skip


@dataclass(slots=True)
class Operands:
    """Writes the operands of one statement.

    Attributes:
        fields: Where fields become variables.
        loops: Of each loop variable around the statement the record that it stands for.
        needs: Variables that must not be None for what was written.
        named: Whether named amounts were read.
        later: Whether what was read is known only once all items are.
    """

    fields: Fields
    loops: Mapping[str, str]
    needs: dict[str, None] = field(default_factory=dict)
    named: bool = False
    later: bool = False

    def text(self, expression: Expression) -> str:
        """Return the source of a text.

        Raises:
            NotCompiled: For what is left to the interpreter.
        """
        match expression:
            case Constant(value):
                return self.fields.constants.name(text_of(value))
            case Read():
                source, needed = self.fields.text(expression, self.loops)
                if needed is not None:
                    self.needs[needed] = None
                return source
            case Defaulted(read, Constant(str() as fallback)):
                source, needed = self.fields.text(read, self.loops)
                if needed is None:
                    return source
                name = self.fields.constants.name(fallback)
                return f"({name} if {needed} is None else {source})"
            case MapText(table, arguments):
                inputs = "".join(f"{self.text(each)}, " for each in arguments)
                return f"looked_up({self.fields.constants.name(table)}, ({inputs}), posted_on)"
            case _:
                raise NotCompiled(f"a text by {type(expression).__name__}")

    def day(self, expression: Expression) -> str:
        """Return the source of a date, or raise as `text` does."""
        match expression:
            case Constant(date() as value):
                return self.fields.constants.name(value)
            case Read(Source.HEADER | Source.FACT, name, ()) if name in DAYS:
                return self.needed(DAYS[name])
            case Read():
                return self.needed(self.fields.own(expression, self.loops, "day"))
            case Defaulted(read, Constant(date() as value)):
                variable = DAYS.get(read.name) if self.kind(read) == DATE else None
                variable = variable or self.fields.own(read, self.loops, "day")
                name = self.fields.constants.name(value)
                return f"({name} if {variable} is None else {variable})"
            case _:
                raise NotCompiled(f"a date by {type(expression).__name__}")

    def needed(self, variable: str) -> str:
        """Note that a variable must not be None, and return it."""
        self.needs[variable] = None
        return variable

    def kind(self, expression: Expression) -> str:
        """Return what an operand is, where the schema tells."""
        match expression:
            case Constant(bool()):
                return TRUTH
            case Constant(str()) | MapText():
                return TEXT
            case Constant(Decimal()):
                return NUMBER
            case Constant(date()):
                return DATE
            case Read(Source.HEADER | Source.FACT, name, ()) if name in DAYS:
                return DATE
            case Defaulted(read, _):
                return self.kind(read)
            case Read(Source.HEADER, name, ()):
                return NUMBER if name == "total_amount" else TEXT
            case Read(Source.LET):
                return NUMBER
            case Read(Source.FACT, name, ()):
                return _FACT_KINDS.get(name, NUMBER)
            case Read(Source.LOOP, name, ("amount",)) if self.loops[name] in (ITEM, PAYMENT):
                return NUMBER
            case Read():
                return OWN
            case _ if isinstance(expression, _ARITHMETIC):
                return NUMBER
            case _ if isinstance(expression, CONDITIONS):
                return TRUTH
            case _:
                raise NotCompiled(f"a comparison with {type(expression).__name__}")
