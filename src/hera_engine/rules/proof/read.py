"""Reads planned expressions as linear forms; conditions are read by `conditions`.

Lets are put in place of their names, loop variables become depths, and what is not linear gets
the number of its normal form. Two lines that say the same in other words read alike.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, assert_never

from hera_engine.errors import EngineBug
from hera_engine.money import round_money
from hera_engine.rules.compile_expressions import operands_of
from hera_engine.rules.exact import FRACTION_BITS
from hera_engine.rules.expressions import (
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
    MapText,
    Multiply,
    Negate,
    Part,
    PartOf,
    PlannedAllocation,
    Read,
    Round,
    ShareOf,
    Some,
    Source,
    SumOf,
)
from hera_engine.rules.proof.forms import (
    UNIT,
    Amount,
    Atom,
    Domain,
    Figure,
    Form,
    Opaque,
    Term,
    There,
    Total,
    total,
)
from hera_engine.rules.proof.signs import ITEMS, Signs, number_of
from hera_engine.rules.proof.values import Types
from hera_engine.rules.proof.words import Vocabulary, constant_text, shortened

ALWAYS_THERE: Final = frozenset(
    {"cash_rounding", "tip_amount", "discount_amount", "fee_amount", "sale_amount"}
)
"""Fields of the context that every event has, made where it did not say them."""
NUMBERS: Final = ALWAYS_THERE | {"total_amount", "tax_amount", "exchange_rate"}
"""Fields that hold numbers whatever was sent."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: the loops around it, as what they run over.

    ``unit`` is the currency in whose minor unit `round(x)` counts; None is the event's.
    """

    domain: Domain = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    unit: Constant | Amount | None = None

    def inside(self, variable: str, domain: Domain) -> "Place":
        """Return the place inside one more loop."""
        return Place(domain, {**self.levels, variable: len(domain)})


@dataclass(slots=True)
class Reader:
    """Reads the expressions of one rule; equal normal forms get equal numbers.

    ``known`` tells what is never below zero, ``types`` what declarations say of fields.
    """

    known: Signs = field(default_factory=Signs)
    types: Types = field(default_factory=Types)
    words: Vocabulary = field(default_factory=Vocabulary)
    lets: dict[str, Form] = field(default_factory=dict)
    inner: list[tuple[Term, ...]] = field(default_factory=list)
    _shares: dict[int, tuple[tuple[Opaque, ...], Form]] = field(default_factory=dict)
    _opaque: dict[tuple[object, ...], Opaque] = field(default_factory=dict)
    fallbacks: dict[tuple[Domain, Read], dict[Constant, None]] = field(default_factory=dict)

    # --- amounts ---------------------------------------------------------------------------

    def form(self, expression: Expression, place: Place) -> Form:
        """Return an arithmetic expression as a linear form."""
        match expression:
            case Constant(value):
                number = number_of(value)
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
            case ShareOf():
                return _share(self, expression, place)
            case MapText():
                return self._odd(expression, place)
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
        if self.types.is_there(place.domain[:level], plain):
            return Amount(plain, None, level, day)
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
                monic, leading = primitive(form)
                scale = scale / leading if divides else scale * leading
                parts.append((divides, monic))
            elif divides and not number:
                return self._odd(whole, place)
            else:
                scale = scale / number if divides else scale * number
        if max(scale.numerator.bit_length(), scale.denominator.bit_length()) > FRACTION_BITS:
            return self._odd(whole, place)  # events that come to such a figure are refused
        if len(parts) == 1 and not parts[0][0]:
            return parts[0][1].times(scale)
        if not parts:
            return Form.constant(scale)
        if not scale:
            return Form()
        counted = Counter((divides, form.key) for divides, form in parts)
        key = ("product", frozenset(counted.items()))
        level = max(form.level for _, form in parts)
        text = _product_text(self.words, parts)
        terms = tuple(term for _, form in parts for term in form.coefficients)
        positive = all(self.known.is_positive(form, place.domain) for _, form in parts)
        return Form.of(self._intern(key, level, text, terms, positive=positive), scale)

    def _nonlinear(self, expression: Extreme | Absolute | Round, place: Place) -> Form:
        """Return `round`, `abs`, `min` or `max`; of plain numbers their value.

        Rounding is half away from zero, so it may be turned: round(-x) = -round(x).
        """
        if isinstance(expression, Extreme):
            return _extreme(self, expression, place)
        form, sign = turned(self.form(expression.operand, place))
        number = form.number
        if isinstance(expression, Absolute):
            if number is not None:
                return Form.constant(abs(number))
            text = f"abs({self.words.form(form, place.domain)})"
            return Form.of(self._of(("abs", form.key), form, text, positive=True))
        step = expression.step
        if number is not None and step is not None:
            return Form.constant(round_money(number, step=step)).times(sign)
        size = "" if step is None else f", {constant_text(step)}"
        text = f"round({self.words.form(form, place.domain)}{size})"
        unit = place.unit if step is None else None
        level = form.level
        if unit is not None:
            level = max(level, unit.level if isinstance(unit, Amount) else 0)
            text = f"{text} in {_unit_text(self.words, unit, place.domain)}"
        terms = tuple(form.coefficients)
        positive = self.known.is_positive(form, place.domain)
        key = ("round", step, unit, form.key)
        return Form.of(self._intern(key, level, text, terms, positive=positive), sign)

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


def _extreme(reader: Reader, expression: Extreme, place: Place) -> Form:
    forms = tuple(reader.form(operand, place) for operand in expression.operands)
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
    listed = ", ".join(reader.words.form(form, place.domain) for form in forms)
    key = (expression.choice, frozenset(different))
    level = max(form.level for form in forms)
    terms = tuple(term for form in forms for term in form.coefficients)
    signs = [reader.known.is_positive(form, place.domain) for form in forms]
    positive = all(signs) or (expression.choice is Choice.LARGEST and any(signs))
    text = f"{expression.choice.value}({listed})"
    return Form.of(reader._intern(key, level, text, terms, positive=positive))


def unit_of(reader: Reader, currency: Expression | None, place: Place) -> Constant | Amount | None:
    """Return the currency of a line as what decides it; None for the event's."""
    if isinstance(currency, Constant):
        return currency
    if not isinstance(currency, Read) or currency == Read(Source.HEADER, "currency"):
        return None
    return reader.amount(currency, place)


def _unit_text(words: Vocabulary, unit: Constant | Amount, domain: Domain) -> str:
    return constant_text(unit.value) if isinstance(unit, Constant) else words.term(unit, domain)


def doubtful(reader: Reader) -> Iterator[Atom]:
    """Yield whether a field is sent, for each that may be one of several values if it is not.

    Those are the fields for which the rule says several defaults, a choice with a default, and
    money with a default below zero.
    """
    for (domain, read), known in reader.fallbacks.items():
        told = reader.types.of(domain, read)
        choice = told is not None and bool(told.choices)
        below = any((number_of(each.value) or 0) < 0 for each in known)
        lower = below and (domain, read) in reader.types.positive
        if len(known) > 1 or (known and (choice or lower)):
            yield Atom(There(read), domain)


def _share(reader: Reader, share: ShareOf, place: Place) -> Form:
    """Return a share of an allocation: opaque, but for the last, which is what is left.

    So the shares add up to the amount: the engine refuses an event in which they do not.
    """
    number = share.allocation.number
    known = reader._shares.get(number)
    if known is None:
        known = reader._shares[number] = _divided(reader, share.allocation, place)
    others, last = known
    return Form.of(others[share.index]) if share.index < len(others) else last


def _divided(
    reader: Reader, allocation: PlannedAllocation, place: Place
) -> tuple[tuple[Opaque, ...], Form]:
    """Return all shares of an allocation but the last, and what is left for that."""
    whole = reader.form(allocation.amount, place)
    parts = [reader.form(each, place) for each in operands_of(allocation, weight=False)]
    terms = tuple(term for form in parts for term in form.coefficients)
    level = max(form.level for form in parts)
    positive = reader.known.is_positive(whole, place.domain)
    others = tuple(
        reader._intern(
            ("share", allocation.number, index), level,
            f"share {index + 1} of {allocation.words}", terms, positive=positive,
        )
        for index in range(allocation.lines - 1)
    )  # fmt: skip
    return others, whole.plus(total(map(Form.of, others)), -1)


def primitive(form: Form) -> tuple[Form, Fraction]:
    """Return a form with a leading coefficient of one, and what that coefficient was."""
    leading = form.coefficients[min(form.coefficients, key=_rank)]
    return form.times(1 / leading), leading


def turned(form: Form) -> tuple[Form, int]:
    """Return a form whose leading coefficient is positive, and the sign taken off."""
    if not form:
        return form, 1
    leading = form.coefficients[min(form.coefficients, key=_rank)]
    return (form, 1) if leading > 0 else (form.times(-1), -1)


def _product_text(words: Vocabulary, parts: list[tuple[bool, Form]]) -> str:
    found: list[str] = []
    for divides, form in parts:
        joint = "/ " if divides else "* " if found else ""
        found.append(f"{joint}{_bracketed(words.form(form), form)}")
    return " ".join(found)


def _bracketed(text: str, form: Form) -> str:
    return f"({text})" if len(form.coefficients) > 1 else text


def _rank(term: Term) -> tuple[bool, str]:
    """Return what orders the terms of a form whichever way it is written."""
    return (term == UNIT, repr(term))
