"""Reads planned expressions as linear forms and as conditions over numbered atoms.

Lets are put in place of their names, loop variables become depths, and what is not linear gets
the number of its normal form. Two lines that say the same in other words read alike.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, assert_never

from hera_engine.errors import EngineBug
from hera_engine.event_reader import DAY
from hera_engine.money import AmountError, parse_amount, round_money
from hera_engine.rules.plan import (
    Absolute,
    Add,
    Choice,
    Compare,
    Constant,
    Defaulted,
    Every,
    Expression,
    Extreme,
    Invert,
    Multiply,
    Negate,
    Part,
    PartOf,
    PlannedLoop,
    Read,
    Round,
    Some,
    Source,
    SumOf,
)
from hera_engine.rules.proof.forms import (
    UNIT,
    Amount,
    Atom,
    CellSum,
    Domain,
    Figure,
    Flag,
    Form,
    Formula,
    Holds,
    Known,
    Opaque,
    Other,
    Sign,
    Term,
    TextIs,
    Total,
    conjoined,
    disjoined,
    opposite,
    total,
)
from hera_engine.rules.proof.words import Vocabulary, constant_text, shortened

ITEMS: Final = (Read(Source.FACT, "items"),)
PAYMENTS: Final = (Read(Source.FACT, "payments"),)
ALWAYS_THERE: Final = frozenset({"tip_amount", "discount_amount", "fee_amount", "sale_amount"})
"""Fields of the context that every event has, made where it did not say them."""
NUMBERS: Final = ALWAYS_THERE | {"total_amount", "tax_amount", "exchange_rate"}
"""Fields that hold numbers whatever was sent."""
KNOWN_POSITIVE: Final = frozenset(
    {"total_amount", "tip_amount", "discount_amount", "fee_amount", "tax_amount", "exchange_rate"}
)
"""Fields that no event has below zero once it is read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: the loops around it, as what they run over."""

    domain: Domain = ()
    levels: Mapping[str, int] = field(default_factory=dict)

    def inside(self, variable: str, domain: Domain) -> "Place":
        """Return the place inside one more loop."""
        return Place(domain, {**self.levels, variable: len(domain)})


@dataclass(slots=True)
class Reader:
    """Reads the expressions of one rule; equal normal forms get equal numbers.

    ``own_positive`` takes own fields of the event as never below zero.
    """

    own_positive: bool = False
    words: Vocabulary = field(default_factory=Vocabulary)
    lets: dict[str, Form] = field(default_factory=dict)
    signs: dict[object, Form] = field(default_factory=dict)
    inner: list[tuple[Term, ...]] = field(default_factory=list)
    _opaque: dict[tuple[object, ...], Opaque] = field(default_factory=dict)
    fallbacks: dict[tuple[Domain, Read], dict[Constant, None]] = field(default_factory=dict)

    # --- amounts ---------------------------------------------------------------------------

    def form(self, expression: Expression, place: Place) -> Form:
        """Return an arithmetic expression as a linear form."""
        match expression:
            case Constant(value):
                number = _number(value)
                return self._odd(expression, place) if number is None else Form.constant(number)
            case Read() | Defaulted():
                return self._field(expression, place)
            case Add(terms):
                return total(
                    self.form(term, place).times(-1 if subtracted else 1)
                    for subtracted, term in terms
                )
            case Multiply(factors):
                return self._product(factors, expression, place)
            case Negate(operand):
                return self.form(operand, place).times(-1)
            case Extreme() | Absolute() | Round():
                return self._nonlinear(expression, place)
            case PartOf(_, variable):
                return self._part(expression, variable, place)
            case SumOf(collection, rest):
                return self._sum(collection, rest, place)
            case Compare() | Invert() | Every() | Some():
                raise EngineBug(f"a condition stands where a number must: {expression}")
            case _:
                assert_never(expression)

    def _field(self, expression: Read | Defaulted, place: Place) -> Form:
        """Return a field as a term, a let as what it stands for."""
        read = expression.read if isinstance(expression, Defaulted) else expression
        if read.source is Source.LET:
            return self.lets[read.name]
        return Form.of(self.amount(expression, place))

    def amount(self, expression: Read | Defaulted, place: Place, *, day: bool = False) -> Amount:
        """Return the term of a field.

        Where a rule says one default for a field, the field without it is the same term: it is
        only read where the event has it.
        """
        read = expression.read if isinstance(expression, Defaulted) else expression
        level = place.levels[read.name] if read.source is Source.LOOP else 0
        plain = replace(read, name="") if level else read
        known_fact = read.source is Source.FACT and read.name in ALWAYS_THERE
        if read.source is Source.HEADER or known_fact:
            return Amount(plain, None, 0, day)
        known = self.fallbacks.setdefault((place.domain[:level], plain), {})
        fallback: Constant | None = None
        if isinstance(expression, Defaulted):
            fallback = expression.fallback
            known[fallback] = None
        elif len(known) == 1:
            (fallback,) = known
        return Amount(plain, fallback, level, day)

    def _product(
        self, factors: tuple[tuple[bool, Expression], ...], whole: Expression, place: Place
    ) -> Form:
        """Return a product: a multiple where at most one factor has terms, else opaque."""
        scale, parts = Fraction(1), list[tuple[bool, Form]]()
        for divides, factor in factors:
            form = self.form(factor, place)
            number = form.number
            if number is None:
                primitive, leading = self._primitive(form)
                scale = scale / leading if divides else scale * leading
                parts.append((divides, primitive))
            elif divides and not number:
                return self._odd(whole, place)
            else:
                scale = scale / number if divides else scale * number
        if len(parts) == 1 and not parts[0][0]:
            return parts[0][1].times(scale)
        if not parts:
            return Form.constant(scale)
        if not scale:
            return Form()
        counted = Counter((divides, form.key) for divides, form in parts)
        key = ("product", frozenset(counted.items()))
        factor_words = (
            f"{'' if not index and not divides else '/ ' if divides else '* '}{self._words(form)}"
            for index, (divides, form) in enumerate(parts)
        )
        level = max(form.level for _, form in parts)
        text = " ".join(factor_words)
        terms = tuple(term for _, form in parts for term in form.coefficients)
        positive = all(self.is_positive(form, place.domain) for _, form in parts)
        return Form.of(self._intern(key, level, text, terms, positive=positive), scale)

    def _nonlinear(self, expression: Extreme | Absolute | Round, place: Place) -> Form:
        """Return `round`, `abs`, `min` or `max`; of plain numbers their value.

        Rounding is half away from zero, so it may be turned: round(-x) = -round(x).
        """
        if isinstance(expression, Extreme):
            return self._extreme(expression, place)
        form, turned = self._turned(self.form(expression.operand, place))
        number = form.number
        if isinstance(expression, Absolute):
            if number is not None:
                return Form.constant(abs(number))
            text = f"abs({self.words.form(form, place.domain)})"
            return Form.of(self._of(("abs", form.key), form, text, positive=True))
        step = expression.step
        if number is not None and step is not None:
            return Form.constant(round_money(number, step=step)).times(turned)
        size = "" if step is None else f", {constant_text(step)}"
        text = f"round({self.words.form(form, place.domain)}{size})"
        positive = self.is_positive(form, place.domain)
        return Form.of(self._of(("round", step, form.key), form, text, positive=positive), turned)

    def _extreme(self, expression: Extreme, place: Place) -> Form:
        forms = tuple(self.form(operand, place) for operand in expression.operands)
        different = {form.key: form for form in forms}
        numbers = [form.number for form in forms]
        if len(different) == 1:
            return forms[0]
        known = [number for number in numbers if number is not None]
        if len(known) == len(numbers):
            pick: Callable[[list[Fraction]], Fraction] = (
                min if expression.choice is Choice.SMALLEST else max
            )
            return Form.constant(pick(known))
        listed = ", ".join(self.words.form(form, place.domain) for form in forms)
        key = (expression.choice, frozenset(different))
        level = max(form.level for form in forms)
        terms = tuple(term for form in forms for term in form.coefficients)
        signs = [self.is_positive(form, place.domain) for form in forms]
        positive = all(signs) or (expression.choice is Choice.LARGEST and any(signs))
        text = f"{expression.choice.value}({listed})"
        return Form.of(self._intern(key, level, text, terms, positive=positive))

    def _part(self, part: PartOf, variable: str | None, place: Place) -> Form:
        """Return a figure of an item or of all items; gross is net and tax."""
        plain = replace(part, variable=None)
        if plain == PartOf(Part.GROSS, None):
            net, tax = replace(part, part=Part.NET), replace(part, part=Part.TAX)
            return self._part(net, variable, place).plus(self._part(tax, variable, place))
        if variable is None:
            return Form.of(Total(ITEMS, Figure(plain, 1)))
        return Form.of(Figure(plain, place.levels[variable]))

    def _sum(self, collection: Read, rest: tuple[str, ...], place: Place) -> Form:
        domain, level = self.domain_of(collection, place)
        inside = Place(domain, {"": len(domain)})
        term = self.amount(Read(Source.LOOP, "", rest), inside)
        return Form.of(Total(domain, term, level))

    def domain_of(self, collection: Read, place: Place) -> tuple[Domain, int]:
        """Return what a collection is a collection of, and the depth of the member it is in."""
        if collection.source is not Source.LOOP:
            return (collection,), 0
        level = place.levels[collection.name]
        return (*place.domain[:level], replace(collection, name="")), level

    def loops(self, loops: Iterable[PlannedLoop]) -> tuple[Place, tuple[Formula, ...], bool]:
        """Return the place inside loops, their conditions, and whether each is in the last."""
        place, guards, related = Place(), list[Formula](), True
        for loop in loops:
            domain, level = self.domain_of(loop.collection, place)
            if level != len(place.domain):
                related = False
                domain = (*place.domain, loop.collection)
            self.words.variables.setdefault(domain, loop.variable)
            place = place.inside(loop.variable, domain)
            if loop.when is not None:
                guards.append(self.condition(loop.when, place))
        return place, tuple(guards), related

    # --- opaque terms ----------------------------------------------------------------------

    def _odd(self, expression: Expression, place: Place) -> Form:
        """Return an opaque term for what is no number at all; such an event is refused."""
        return Form.of(self._intern(("odd", expression), 0, "what is no number", ()))

    def _of(self, key: tuple[object, ...], form: Form, text: str, *, positive: bool) -> Opaque:
        terms = tuple(form.coefficients)
        return self._intern(key, form.level, text, terms, positive=positive)

    def _intern(
        self,
        key: tuple[object, ...],
        level: int,
        text: str,
        terms: tuple[Term, ...],
        *,
        positive: bool = False,
    ) -> Opaque:
        """Return the opaque term of a normal form."""
        found = self._opaque.get(key)
        if found is None:
            found = Opaque(len(self._opaque), level, positive)
            self._opaque[key] = found
            self.words.opaque.append(shortened(text))
            self.inner.append(terms)
        return found

    def _words(self, form: Form) -> str:
        text = self.words.form(form)
        return f"({text})" if len(form.coefficients) > 1 else text

    def _primitive(self, form: Form) -> tuple[Form, Fraction]:
        """Return a form with a leading coefficient of one, and what that coefficient was."""
        leading = form.coefficients[min(form.coefficients, key=_rank)]
        return form.times(1 / leading), leading

    def _turned(self, form: Form) -> tuple[Form, int]:
        """Return a form whose leading coefficient is positive, and the sign taken off."""
        if not form:
            return form, 1
        leading = form.coefficients[min(form.coefficients, key=_rank)]
        return (form, 1) if leading > 0 else (form.times(-1), -1)

    # --- signs -----------------------------------------------------------------------------

    def is_positive(self, form: Form, domain: Domain) -> bool:
        """Whether a form is never below zero, by the signs of its terms alone."""
        return all(
            value > 0 and self.term_is_positive(term, domain)
            for term, value in form.coefficients.items()
        )

    def term_is_positive(self, term: Term, domain: Domain) -> bool:
        """Whether a term is never below zero; ``domain`` is what the loops around run over."""
        match term:
            case Amount(read, fallback, level):
                if term.day or (fallback is not None and (_number(fallback.value) or 0) < 0):
                    return False
                if level and domain[:level] == PAYMENTS and read.rest == ("amount",):
                    return True
                if not level and read.name in KNOWN_POSITIVE and read.source is not Source.CONTEXT:
                    return True
                return self.own_positive and is_own(term, domain)
            case Figure():
                return False
            case Opaque(_, _, positive):
                return positive
            case Total(domain=inner, term=of) | CellSum(domain=inner, term=of):
                return self.term_is_positive(of, inner)
            case _:
                return True

    # --- conditions ------------------------------------------------------------------------

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
        term = self.amount(expression, place)
        return Atom(Flag(term.read, term.fallback), place.domain[: term.level])

    def _comparison(
        self, operator: str, left: Expression, right: Expression, place: Place
    ) -> Formula:
        """Return a comparison: of numbers, dates, a text, a truth, or of what is not known."""
        for one, other, sign in ((left, right, operator), (right, left, _mirrored(operator))):
            if isinstance(other, Constant) and isinstance(one, Read | Defaulted):
                found = self._with_literal(sign, one, other.value, place)
                if found is not None:
                    return found
        if all(self._may_be_number(side) for side in (left, right)):
            loose = not any(self._is_number(side) for side in (left, right))
            form = self.form(left, place).plus(self.form(right, place), -1)
            return self._sign(operator, form, place, loose=loose)
        return self._other(operator, left, right, place)

    def _with_literal(
        self, operator: str, field_: Read | Defaulted, value: object, place: Place
    ) -> Formula | None:
        """Return the comparison of a field with a truth, a date or a text that is no number."""
        if isinstance(value, bool) and operator in {"=", "!="}:
            atom = self._flag(field_, place)
            return Holds(atom, negated=(operator == "=") is not value)
        if isinstance(value, date):
            term = self.amount(field_, place, day=True)
            form = Form.of(term).plus(Form.of(UNIT, value.toordinal()), -1)
            return self._sign(operator, form, place, loose=False)
        if isinstance(value, str) and operator in {"=", "!="} and _number(value) is None:
            if DAY.fullmatch(value):
                return None
            term = self.amount(field_, place)
            atom = Atom(TextIs(term.read, term.fallback, value), place.domain[: term.level])
            return Holds(atom, negated=operator == "!=")
        return None

    def _sign(self, operator: str, form: Form, place: Place, *, loose: bool) -> Formula:
        """Return a comparison of a form with zero."""
        relation = {"=": "=", "!=": "=", "<": "<", ">=": "<", ">": ">", "<=": ">"}[operator]
        negated = operator in {"!=", ">=", "<="}
        number = form.number
        if number is not None:
            holds = {"=": number == 0, "<": number < 0, ">": number > 0}[relation]
            return Known(holds is not negated)
        rank = Form({term: each for term, each in form.coefficients.items() if term != UNIT})
        _, leading = self._primitive(rank)
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
        above, below = self.is_positive(form, domain), self.is_positive(form.times(-1), domain)
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
        if isinstance(side, Read | Defaulted):
            read = side.read if isinstance(side, Defaulted) else side
            if read.source is not Source.LET:
                term = self.amount(side, place)
                return term, term.level, self.words.term(term, place.domain)
        form = self.form(side, place)
        return form.key, form.level, self.words.form(form, place.domain)

    def _may_be_number(self, side: Expression) -> bool:
        """Whether a side of a comparison may come to a number."""
        if isinstance(side, Constant):
            return isinstance(side.value, Decimal)
        read = side.read if isinstance(side, Defaulted) else side
        if isinstance(read, Read) and read.source in {Source.HEADER, Source.FACT}:
            return read.name in NUMBERS
        return not isinstance(side, Compare | Invert | Every | Some)

    def _is_number(self, side: Expression) -> bool:
        """Whether a side comes to a number however it was sent."""
        read = side.read if isinstance(side, Defaulted) else side
        if isinstance(read, Read):
            known = read.source in {Source.HEADER, Source.FACT} and read.name in NUMBERS
            return known or read.source is Source.LET
        return True


_TURNED: Final = str.maketrans("<>", "><")


def is_own(term: Amount, domain: Domain) -> bool:
    """Whether the sign of a field is checked only where a proof needs it.

    So it is with the caller's own fields, of the event or of members of collections, and with
    `sale_amount`, which may be worked out from returns. Not with items: those of a return are
    negative.
    """
    if not term.level:
        sale = term.read == Read(Source.FACT, "sale_amount")
        return sale or term.read.source is Source.CONTEXT
    return domain[:1] != ITEMS and (domain[: term.level], term.read.rest) != (PAYMENTS, ("amount",))


def _mirrored(operator: str) -> str:
    return operator.translate(_TURNED)


def _number(value: object) -> Fraction | None:
    """Return the number that a literal stands for, or None."""
    if isinstance(value, bool | date) or value is None:
        return None
    try:
        return Fraction(value if isinstance(value, Decimal) else parse_amount(value))
    except AmountError:
        return None


def _rank(term: Term) -> tuple[bool, str]:
    """Return what orders the terms of a form whichever way it is written."""
    return (term == UNIT, repr(term))
