"""Expressions of a rule as source: figures, conditions and texts."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import lcm
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
    Part,
    PartOf,
    Read,
    Round,
    Some,
    Source,
    SumOf,
)
from hera_engine.rules.fused.fields import FIELD_BITS
from hera_engine.rules.fused.figures import Figure, extreme, literal, product, rounded, total
from hera_engine.rules.fused.operands import (
    CONDITIONS,
    DATE,
    NUMBER,
    OWN,
    TEXT,
    TRUTH,
    Operands,
)
from hera_engine.rules.fused.places import CONTEXT
from hera_engine.rules.fused.reading import OWN_SCALE
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.subset import ITEMS, PAYMENTS, NotCompiled

_PARTS: Final = MappingProxyType({Part.NET: "net", Part.TAX: "due", Part.GROSS: "(net + due)"})
_TOTALS: Final = MappingProxyType(
    {Part.NET: "all_net", Part.TAX: "all_due", Part.GROSS: "(all_net + all_due)"}
)


def step_of(step: Decimal | None, unit: int | None) -> Fraction:
    """Return what `round` rounds to: a step, or one minor unit where a currency has so many."""
    if step is not None:
        return Fraction(step)
    if unit is None:
        raise NotCompiled("an amount that is rounded in a currency that its event says")
    return Fraction(1, unit)


@dataclass(slots=True)
class Formulas(Operands):
    """Writes the figures and conditions of one statement.

    Attributes:
        unit: One of the currency that it counts in, in minor units, which `round(x)` rounds to;
            None where only the event tells.
    """

    unit: int | None = field(init=False)

    def __post_init__(self) -> None:
        """Count in the event's currency, unless a line says another."""
        self.unit = self.fields.unit

    def figure(self, expression: Expression) -> Figure:
        """Return the source of an exact number.

        Raises:
            NotCompiled: For what is left to the interpreter.
        """
        match expression:
            case Constant(Decimal() as value):
                return literal(value, self.fields.constants)
            case Read():
                return self._read(expression)
            case Defaulted(read, Constant(Decimal() as fallback)):
                return self._defaulted(read, fallback)
            case Add(terms):
                return total([(minus, self.figure(term)) for minus, term in terms])
            case Multiply(factors):
                return product([(divides, self.figure(each)) for divides, each in factors])
            case Negate(operand):
                inner = self.figure(operand)
                return Figure(f"(-{inner.source})", inner.scale, inner.bits)
            case Extreme(choice, operands):
                return extreme(choice.value, [self.figure(each) for each in operands])
            case Absolute(operand):
                inner = self.figure(operand)
                return Figure(f"abs({inner.source})", inner.scale, inner.bits)
            case Round(operand, step):
                return rounded(self.figure(operand), step_of(step, self.unit))
            case MapText():
                return Figure(f"number({self.text(expression)})", OWN_SCALE, FIELD_BITS)
            case PartOf(part, variable, None) if part in _PARTS:
                return self._part(part, variable)
            case SumOf(collection, ("amount",)) if collection in (ITEMS, PAYMENTS):
                return self._sum(collection)
            case SumOf(collection, path) if collection not in (ITEMS, PAYMENTS):
                return self._own_sum(collection, path)
            case _:
                raise NotCompiled(f"a number by {type(expression).__name__}")

    def _read(self, read: Read) -> Figure:
        figure, needed = self.fields.number(read, self.loops)
        if needed is not None:
            self.needs[needed] = None
        self.named = self.named or read.source is Source.LET
        self.later = self.later or self.named or read == Read(Source.FACT, "sale_amount")
        return figure

    def _defaulted(self, read: Read, fallback: Decimal) -> Figure:
        figure, needed = self.fields.number(read, self.loops)
        if needed is None:
            return figure
        other = Fraction(fallback)
        scale = lcm(figure.scale, other.denominator)
        units = other.numerator * (scale // other.denominator)
        name = self.fields.constants.name(units, "n")
        bits = max(figure.bits_at(scale), units.bit_length() + 1)
        return Figure(f"({name} if {needed} is None else {figure.at(scale)})", scale, bits)

    def _part(self, part: Part, variable: str | None) -> Figure:
        if variable is not None:
            return self.fields.money(_PARTS[part])
        self._refuse_loop()
        return self.fields.money(_TOTALS[part])

    def _sum(self, collection: Read) -> Figure:
        self._refuse_loop()
        if collection == PAYMENTS:
            return self.fields.money("paid")
        return self.fields.money("all_before" if self.fields.general else "all_price")

    def _own_sum(self, collection: Read, path: tuple[str, ...]) -> Figure:
        innermost = (CONTEXT, *self.loops.values())[-1]
        figure, needed = self.fields.sum_of(collection, path, self.loops, innermost)
        self.needs[needed] = None
        return figure

    def _refuse_loop(self) -> None:
        """Refuse to sum up all items once for each member of a list."""
        if self.loops:
            raise NotCompiled("a sum inside a loop")

    # --- conditions ------------------------------------------------------------------------

    def condition(self, expression: Expression) -> str:
        """Return the source of a condition, or raise as `figure` does."""
        match expression:
            case Constant(bool() as value):
                return str(value)
            case Compare(operator, left, right):
                return self._compare(operator, left, right)
            case Invert(operand):
                return f"(not {self.condition(operand)})"
            case Every(operands):
                return f"({' and '.join(self.condition(each) for each in operands)})"
            case Some(operands):
                return f"({' or '.join(self.condition(each) for each in operands)})"
            case Read() | Defaulted():
                return self._truth(expression)
            case _:
                raise NotCompiled(f"a condition by {type(expression).__name__}")

    def _compare(self, operator: str, left: Expression, right: Expression) -> str:
        kinds = {self.kind(left), self.kind(right)}
        sign = "==" if operator == "=" else operator
        if NUMBER in kinds and kinds <= {NUMBER, OWN}:
            first, second = self.figure(left), self.figure(right)
            scale = lcm(first.scale, second.scale)
            return f"({first.at(scale)} {sign} {second.at(scale)})"
        if sign in ("==", "!=") and TEXT in kinds and kinds <= {TEXT, OWN}:
            return f"({self.text(left)} {sign} {self.text(right)})"
        if sign in ("==", "!=") and TRUTH in kinds and kinds <= {TRUTH, OWN}:
            return f"({self._truth(left)} {sign} {self._truth(right)})"
        if DATE in kinds and kinds <= {DATE, OWN}:
            return f"({self.day(left)} {sign} {self.day(right)})"
        if kinds <= {TEXT, OWN} or kinds <= {TRUTH, OWN}:
            first_value, second_value = self._anything(left), self._anything(right)
            ordered = sign not in ("==", "!=")
            return f"(compared({first_value}, {second_value}, {ordered}) {sign} 0)"
        raise NotCompiled("a comparison of two kinds")

    def _anything(self, expression: Expression) -> str:
        """Return the source of a value of which only the event tells what it is."""
        if self.fields.sent.flips:
            raise NotCompiled("a comparison of kinds that only an event below zero tells")
        match expression:
            case Constant(value):
                return self.fields.constants.name(value)
            case Read() if self.kind(expression) == OWN:
                return self.needed(self.fields.own(expression, self.loops, "anything"))
            case Defaulted(read, Constant(value)) if self.kind(read) == OWN:
                variable = self.fields.own(read, self.loops, "anything")
                name = self.fields.constants.name(value)
                return f"({name} if {variable} is None else {variable})"
            case _ if self.kind(expression) == TRUTH:
                return self._truth(expression)
            case _:
                return self.text(expression)

    def _truth(self, expression: Expression) -> str:
        match expression:
            case Constant(bool() as value):
                return str(value)
            case Read():
                source, needed = self.fields.truth(expression, self.loops)
                if needed is not None:
                    self.needs[needed] = None
                return source
            case Defaulted(read, Constant(bool() as fallback)):
                source, needed = self.fields.truth(read, self.loops)
                return (
                    source if needed is None else f"({fallback} if {needed} is None else {source})"
                )
            case _ if isinstance(expression, CONDITIONS):
                return self.condition(expression)
            case _:
                raise NotCompiled(f"a truth by {type(expression).__name__}")


def check_needs(block: Block, formulas: Formulas) -> None:
    """Decline where a field is absent that is read next."""
    if formulas.needs:
        absent = " or ".join(f"{variable} is None" for variable in formulas.needs)
        block.add(f"if {absent}:", "    return None")
        formulas.needs.clear()
