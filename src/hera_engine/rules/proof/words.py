"""Terms, forms, conditions and statements in the user's words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final, assert_never

from hera_engine.money import format_amount
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
    ShareOf,
    Some,
    SumOf,
)
from hera_engine.rules.plan import MapChoice, MissingKey, PlannedKey, PlannedLine, Target
from hera_engine.rules.proof.forms import (
    UNIT,
    Amount,
    Atom,
    CellSum,
    Domain,
    Figure,
    Flag,
    Form,
    Mapped,
    Opaque,
    Other,
    Sign,
    Term,
    TextIs,
    There,
    Total,
    Unit,
)

LONGEST: Final = 160
"""Characters of one term or statement that are shown."""
_MEMBERS: Final = MappingProxyType({"items": "item", "payments": "payment"})
_EPOCH: Final = date(1, 1, 1)


def shortened(text: str) -> str:
    """Return a text that is not longer than a reader's line."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


# --- expressions as they were written ------------------------------------------------------


def expression_text(expression: Expression) -> str:
    """Return an expression as a reader of the schema knows it, cut where it is too long."""
    return shortened(written_text(expression))


def written_text(expression: Expression) -> str:
    """Return an expression of a rule as it is written."""
    match expression:
        case Constant(value):
            return constant_text(value)
        case Read(_, name, rest):
            return ".".join((name, *rest))
        case Defaulted(read, fallback):
            return f"{written_text(read)} default {constant_text(fallback.value)}"
        case Add(terms):
            return _chain(terms, " + ", " - ")
        case Multiply(factors):
            return _chain(factors, " * ", " / ")
        case Negate(operand):
            return f"-{_bracketed(operand)}"
        case Extreme(choice, operands):
            return f"{choice.value}({', '.join(map(written_text, operands))})"
        case Absolute(operand):
            return f"abs({written_text(operand)})"
        case Round(operand, step):
            size = "" if step is None else f", {format_amount(step)}"
            return f"round({written_text(operand)}{size})"
        case PartOf() | SumOf() | ShareOf():
            return _figure(expression)
        case Compare(operator, left, right):
            return f"{written_text(left)} {operator} {written_text(right)}"
        case Invert(operand):
            return f"not {_bracketed(operand)}"
        case MapText(table, arguments):
            return f"{table.name}({', '.join(map(written_text, arguments))})"
        case Every(operands):
            return " and ".join(map(_bracketed, operands))
        case Some(operands):
            return " or ".join(map(_bracketed, operands))
        case _:
            assert_never(expression)


def _figure(expression: PartOf | SumOf | ShareOf) -> str:
    """Return a figure of items, a sum over a collection, or a share of an allocation."""
    match expression:
        case PartOf():
            return part_text(expression, expression.variable)
        case SumOf(collection, rest):
            return f"sum({'.'.join((written_text(collection), *rest))})"
        case ShareOf(allocation, index):
            which = "" if expression.spread else f" {index + 1}"
            return f"share{which} of {allocation.words}"


def _bracketed(expression: Expression) -> str:
    text = written_text(expression)
    joined = isinstance(expression, Add | Multiply | Every | Some | Compare | Negate)
    return f"({text})" if joined else text


def _chain(parts: tuple[tuple[bool, Expression], ...], plain: str, turned: str) -> str:
    words = []
    for position, (negative, operand) in enumerate(parts):
        joint = "" if position == 0 else (turned if negative else plain)
        words.append(f"{joint}{_bracketed(operand)}")
    return "".join(words)


def constant_text(value: object) -> str:
    """Return a literal as it is written."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format_amount(value)
        case str():
            return f'"{value}"'
        case _:
            return str(value)


def part_text(part: PartOf, of: str | None) -> str:
    """Return a figure of an item, or of all items where ``of`` is None."""
    code = "" if part.code is None else f', "{part.code}"'
    figure = f"{part.part.value}({of or 'items'}{code})"
    return f"sum({figure})" if of is None else figure


def statement_text(line: PlannedLine) -> str:
    """Return a posting line as it is written, with its loops behind it."""
    parts = [f"{line.side.word} {target_text(line.target)} {_bracketed(line.amount)}"]
    tails = (("currency", line.currency), ("base", line.base), ("at", line.rate))
    parts.extend(f"{word} {written_text(tail)}" for word, tail in tails if tail is not None)
    for loop in line.loops:
        when = "" if loop.when is None else f" when {written_text(loop.when)}"
        parts.append(f"for {loop.variable} in {written_text(loop.collection)}{when}")
    if line.when is not None:
        parts.append(f"when {written_text(line.when)}")
    return shortened(" ".join(parts))


def target_text(target: Target) -> str:
    """Return an account position as it is written."""
    match target:
        case PlannedKey(key) | MissingKey(key):
            return key
        case MapChoice(_, arguments):
            return f"{target.name}({', '.join(map(written_text, arguments))})"


# --- terms and forms -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one rule: its loop variables, and what its opaque terms stand for.

    ``variables`` gives each collection the variable that loops over it have; ``opaque`` holds a
    text for each opaque term by its number; ``cells`` says under which conditions a member
    belongs to a cell.
    """

    variables: dict[Domain, str] = field(default_factory=dict)
    opaque: list[str] = field(default_factory=list)
    cells: dict[tuple[Domain, int], str] = field(default_factory=dict)

    def variable(self, domain: Domain) -> str:
        """Return the word for a member of a collection."""
        if not domain:
            return ""
        name = domain[-1].rest[-1] if domain[-1].rest else domain[-1].name
        return self.variables.get(domain) or _MEMBERS.get(name, f"one of {name}")

    def term(self, term: Term, domain: Domain = ()) -> str:
        """Return a term; ``domain`` is what the loops around it run over."""
        match term:
            case Unit():
                return "1"
            case Amount(read, _, level):
                head = (self.variable(domain[:level]),) if level else (read.name,)
                return ".".join((*head, *read.rest))
            case Figure(part, level):
                return part_text(part, self.variable(domain[:level]))
            case Total(inner, of):
                return self._sum(inner, of)
            case Opaque(number):
                return self.opaque[number]
            case CellSum(inner, cell, of):
                where = self.cells.get((inner, cell), "")
                text = self._sum(inner, of)
                return f"({text} where {where})" if where else text
            case _:
                assert_never(term)

    def _sum(self, domain: Domain, term: Term) -> str:
        path = ".".join(part for read in domain for part in (read.name, *read.rest) if part)
        match term:
            case Unit():
                return f"number of {path}"
            case Figure(part, level) if level == len(domain):
                return part_text(part, None)
            case Amount(read, _, level) if level == len(domain):
                return f"sum({'.'.join((path, *read.rest))})"
            case _:
                return f"{self.term(term, domain)} over {path}"

    def form(self, form: Form, domain: Domain = ()) -> str:
        """Return a form as a sum; net and tax in equal measure are written as gross."""
        parts = tuple(self._parts(form, domain))
        if not parts:
            return "0"
        first, rest = parts[0], parts[1:]
        text = _scaled(first, leading=True) + "".join(_scaled(each, leading=False) for each in rest)
        return shortened(text)

    def _parts(self, form: Form, domain: Domain) -> Iterator[tuple[Fraction, str | None]]:
        """Yield coefficient and words of each term; a number has no words."""
        found = dict(form.coefficients)
        for term in tuple(found):
            if term not in found:
                continue
            coefficient = found.pop(term)
            if term == UNIT:
                yield coefficient, None
                continue
            for name, other in (("net", Part.TAX), ("tax", Part.NET)):
                twin = _with_part(term, name, other)
                if twin is not None and found.get(twin) == coefficient:
                    del found[twin]
                    gross = _with_part(term, name, Part.GROSS)
                    assert gross is not None, "what has a twin has a gross"
                    term = gross  # noqa: PLW2901 # the two together are one term
                    break
            yield coefficient, self.term(term, domain)

    def condition(self, atom: Atom, *, negated: bool, forms: Mapping[object, Form]) -> str:
        """Return a condition, or its opposite; ``forms`` has the form of each sign's key."""
        meaning = atom.meaning
        match meaning:
            case Sign(key, relation):
                return self._sign(forms[key], relation, atom.domain, negated=negated)
            case TextIs(read, _, text):
                sign = "!=" if negated else "="
                return f'{self._read(read, atom.domain)} {sign} "{text}"'
            case Flag(read, _):
                return f"{'not ' if negated else ''}{self._read(read, atom.domain)}"
            case There(read):
                sent = "is not sent" if negated else "is sent"
                return f"{self._read(read, atom.domain)} {sent}"
            case Other(key):
                return f"{'not ' if negated else ''}({key[0]})"

    def _read(self, read: Read | Mapped, domain: Domain) -> str:
        if isinstance(read, Mapped):
            return read.words
        head = (self.variable(domain),) if domain else (read.name,)
        return ".".join((*head, *read.rest))

    def _sign(self, form: Form, relation: str, domain: Domain, *, negated: bool) -> str:
        """Return a comparison with what is subtracted on its right side."""
        opposite = {">": "<=", "<": ">=", "=": "!=", "~": "!="}
        sign = opposite[relation] if negated else relation.replace("~", "=")
        left = Form({term: value for term, value in form.coefficients.items() if value > 0})
        right = form.plus(left, -1).times(-1)
        days = [term for term in form.coefficients if isinstance(term, Amount) and term.day]
        if len(days) == 1 and len(form.coefficients) <= 2:
            value = -form.coefficients.get(UNIT, Fraction()) / form.coefficients[days[0]]
            day = _EPOCH + timedelta(days=max(int(value) - 1, 0))
            return f"{self.term(days[0], domain)} {sign} {day}"
        return f"{self.form(left, domain)} {sign} {self.form(right, domain)}"


def _scaled(part: tuple[Fraction, str | None], *, leading: bool) -> str:
    coefficient, words = part
    sign = "-" if coefficient < 0 else "+"
    size = abs(coefficient)
    number = number_text(size)
    text = number if words is None else words if size == 1 else f"{number} * {words}"
    if leading:
        return f"-{text}" if sign == "-" else text
    return f" {sign} {text}"


def number_text(value: Fraction) -> str:
    """Return an exact number: as a decimal where it is one, else as a fraction."""
    for places in range(13):
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
            sign = "-" if value < 0 else ""
            shown = f"{digits[:-places]}.{digits[-places:]}" if places else digits
            return sign + (f"{shown}0" if places == 1 else shown)
    return str(value)


def _with_part(term: Term, part: str, other: Part) -> Term | None:
    """Return the same figure of another part, or None if the term is not that plain part."""
    plain = PartOf(Part(part), None)
    swap: Callable[[Figure], Figure] = lambda figure: Figure(PartOf(other, None), figure.level)  # noqa: E731 # used for two shapes below
    match term:
        case Figure(found, _) if found == plain:
            return swap(term)
        case Total(domain, Figure(found, _) as figure, level) if found == plain:
            return Total(domain, swap(figure), level)
        case CellSum(domain, cell, Figure(found, _) as figure, level) if found == plain:
            return CellSum(domain, cell, swap(figure), level)
        case _:
            return None


def joined(texts: Iterable[str]) -> str:
    """Return conditions as one."""
    return " and ".join(texts)
