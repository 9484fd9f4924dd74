"""Reads conditions as Boolean formulas over atoms: comparisons with zero, texts, truths.

Two comparisons that say the same in other words are the same atom, or one the opposite of the
other; what signs alone decide is no atom at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine.errors import EngineBug
from hera_engine.periods import DAY
from hera_engine.rules.expressions import (
    Compare,
    Constant,
    Defaulted,
    Every,
    Expression,
    Invert,
    MapText,
    PlannedLoop,
    Read,
    Some,
    Source,
)
from hera_engine.rules.proof.forms import (
    UNIT,
    Atom,
    Domain,
    Flag,
    Form,
    Formula,
    Holds,
    Known,
    Mapped,
    Other,
    Sign,
    TextIs,
    conjoined,
    disjoined,
    opposite,
)
from hera_engine.rules.proof.read import NUMBERS, Place, Reader, primitive
from hera_engine.rules.proof.words import constant_text, written_text


@dataclass(frozen=True, slots=True)
class Conditions:
    """Reads the conditions of one rule; ``signs`` has the form of each comparison by its key."""

    forms: Reader
    signs: dict[object, Form] = field(default_factory=dict)

    def loops(self, loops: Iterable[PlannedLoop]) -> tuple[Place, tuple[Formula, ...], bool]:
        """Return the place inside loops, their conditions, and whether each is in the last."""
        place, guards, related = Place(), list[Formula](), True
        for loop in loops:
            domain, level = self.forms.domain_of(loop.collection, place)
            if level != len(place.domain):
                related = False
                domain = (*place.domain, loop.collection)
            self.forms.words.variables.setdefault(domain, loop.variable)
            place = place.inside(loop.variable, domain)
            if loop.when is not None:
                guards.append(self.condition(loop.when, place))
        return place, tuple(guards), related

    def condition(self, expression: Expression, place: Place) -> Formula:
        """Return a condition over atoms."""
        match expression:
            case Constant(value):
                return Known(value is True)
            case Compare(operator, left, right):
                return self._comparison(operator, left, right, place)
            case Invert(operand):
                return opposite(self.condition(operand, place))
            case Every(operands):
                return conjoined(self.condition(each, place) for each in operands)
            case Some(operands):
                return disjoined(self.condition(each, place) for each in operands)
            case Read() | Defaulted():
                return Holds(self._flag(expression, place))
            case _:
                raise EngineBug(f"a number stands where a condition must: {expression}")

    def _flag(self, expression: Read | Defaulted, place: Place) -> Atom:
        term = self.forms.amount(expression, place)
        return Atom(Flag(term.read, term.fallback), place.domain[: term.level])

    def _comparison(
        self, operator: str, left: Expression, right: Expression, place: Place
    ) -> Formula:
        """Return a comparison: of numbers, dates, a text, a truth, or of what is not known."""
        for one, other, sign in ((left, right, operator), (right, left, _mirrored(operator))):
            if isinstance(one, MapText) and isinstance(other, Constant):
                return self._text_of_map(sign, one, other.value, place)
            if isinstance(other, Constant) and isinstance(one, Read | Defaulted):
                found = self._with_literal(sign, one, other.value, place)
                if found is not None:
                    return found
        if all(self._may_be_number(side) for side in (left, right)):
            loose = not any(self._is_number(side, place) for side in (left, right))
            form = self.forms.form(left, place).plus(self.forms.form(right, place), -1)
            return self._sign(operator, form, place, loose=loose)
        return self._other(operator, left, right, place)

    def _with_literal(
        self, operator: str, field_: Read | Defaulted, value: object, place: Place
    ) -> Formula | None:
        """Return the comparison of a field with a truth, a date or a text."""
        if isinstance(value, bool) and operator in {"=", "!="}:
            atom = self._flag(field_, place)
            return Holds(atom, negated=(operator == "=") is not value)
        if isinstance(value, date):
            term = self.forms.amount(field_, place, day=True)
            form = Form.of(term).plus(Form.of(UNIT, value.toordinal()), -1)
            return self._sign(operator, form, place, loose=False)
        if isinstance(value, str) and operator in {"=", "!="}:
            if DAY.fullmatch(value) or self._is_number(field_, place):
                return None
            term = self.forms.amount(field_, place)
            atom = Atom(TextIs(term.read, term.fallback, value), place.domain[: term.level])
            return Holds(atom, negated=operator == "!=")
        return None

    def _text_of_map(self, operator: str, text: MapText, value: object, place: Place) -> Formula:
        """Return the comparison of what a map gives with a text: one of those it may give."""
        known = text.table.targets
        if value not in known or len(known) == 1:
            return Known((value in known) is (operator == "="))
        mapped = self._mapped(text, place)
        atom = Atom(TextIs(mapped, None, str(value)), place.domain[: mapped.level])
        return Holds(atom, negated=operator == "!=")

    def _mapped(self, text: MapText, place: Place) -> Mapped:
        sides = [self._other_side(each, place) for each in text.arguments]
        words = f"{text.table.name}({', '.join(shown for _, _, shown in sides)})"
        level = max(depth for _, depth, _ in sides)
        return Mapped(text.table, tuple(side for side, _, _ in sides), level, words)

    def _sign(self, operator: str, form: Form, place: Place, *, loose: bool) -> Formula:
        """Return a comparison of a form with zero."""
        relation = {"=": "=", "!=": "=", "<": "<", ">=": "<", ">": ">", "<=": ">"}[operator]
        negated = operator in {"!=", ">=", "<="}
        number = form.number
        if number is not None:
            holds = {"=": number == 0, "<": number < 0, ">": number > 0}[relation]
            return Known(holds is not negated)
        rank = Form({term: each for term, each in form.coefficients.items() if term != UNIT})
        _, leading = primitive(rank)
        form = form.times(1 / abs(leading))
        if leading < 0:
            form, relation = form.times(-1), relation.translate(_TURNED)
        relation = "~" if loose and relation == "=" else relation
        known = self._by_signs(form, relation, place.domain)
        if known is not None:
            return Known(known is not negated)
        self.signs.setdefault(form.key, form)
        return Holds(Atom(Sign(form.key, relation), place.domain[: form.level]), negated)

    def _by_signs(self, form: Form, relation: str, domain: Domain) -> bool | None:
        """Return whether a comparison with zero holds, where signs alone tell."""
        above, below = (
            self.forms.known.is_positive(form, domain),
            self.forms.known.is_positive(form.times(-1), domain),
        )
        number = form.coefficients.get(UNIT, Fraction())
        if above and (relation == "<" or number > 0):
            return relation == ">"
        if below and (relation == ">" or number < 0):
            return relation == "<"
        return None

    def _other(self, operator: str, left: Expression, right: Expression, place: Place) -> Formula:
        """Return a comparison of which nothing is known, so that its opposite is its own."""
        relation = {"=": "=", "!=": "=", "<": "<", ">=": "<", ">": ">", "<=": ">"}[operator]
        sides = [self._other_side(side, place) for side in (left, right)]
        level = max(depth for _, depth, _ in sides)
        words = f" {relation} ".join(text for _, _, text in sides)
        key = (words, relation, *(side for side, _, _ in sides))
        atom = Atom(Other(key), place.domain[:level])
        return Holds(atom, negated=operator in {"!=", ">=", "<="})

    def _other_side(self, side: Expression, place: Place) -> tuple[object, int, str]:
        if isinstance(side, Constant):
            return (side, 0, constant_text(side.value))
        if isinstance(side, MapText):
            mapped = self._mapped(side, place)
            return mapped, mapped.level, mapped.words
        if isinstance(side, Compare | Invert | Every | Some):
            return side, len(place.domain), written_text(side)
        if isinstance(side, Read | Defaulted):
            read = side.read if isinstance(side, Defaulted) else side
            if read.source is not Source.LET:
                term = self.forms.amount(side, place)
                return term, term.level, self.forms.words.term(term, place.domain)
        form = self.forms.form(side, place)
        return form.key, form.level, self.forms.words.form(form, place.domain)

    def _may_be_number(self, side: Expression) -> bool:
        """Whether a side of a comparison may come to a number."""
        if isinstance(side, Constant):
            return isinstance(side.value, Decimal)
        read = side.read if isinstance(side, Defaulted) else side
        if isinstance(read, Read) and read.source in {Source.HEADER, Source.FACT}:
            return read.name in NUMBERS
        return not isinstance(side, Compare | Invert | Every | Some | MapText)

    def _is_number(self, side: Expression, place: Place) -> bool:
        """Whether a side comes to a number however it was sent."""
        read = side.read if isinstance(side, Defaulted) else side
        if isinstance(read, Read):
            if read.source in {Source.CONTEXT, Source.LOOP}:
                term = self.forms.amount(side, place)  # type: ignore[arg-type] # a field
                return self.forms.types.is_number(place.domain[: term.level], term.read)
            known = read.source in {Source.HEADER, Source.FACT} and read.name in NUMBERS
            return known or read.source is Source.LET
        return not isinstance(side, MapText)


_TURNED: Final = str.maketrans("<>", "><")


def _mirrored(operator: str) -> str:
    return operator.translate(_TURNED)
