"""Linear forms over opaque terms: what an amount is made of, exactly.

A term is something whose value an event decides. Inside a `for`, terms speak of the member the
loop stands at; a sum over the members of a collection is a term of its own. Forms are equal when
they have the same terms with the same coefficients, in any order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from hera_engine.rules.expressions import Constant, PartOf, Read
from hera_engine.rules.maps import MapTable

Domain: TypeAlias = tuple[Read, ...]
"""What a loop, or loops inside one another, run over: a collection, then fields of its members."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The number one: its coefficient is the constant of a form."""

    level: int = 0


UNIT: Final = Unit()


@dataclass(frozen=True, slots=True)
class Amount:
    """A field: of the event at level 0, else of the member of the loop at that depth.

    ``day`` says that it is a date, counted in days.
    """

    read: Read
    fallback: Constant | None = None
    level: int = 0
    day: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """Net, tax or another figure of the item at a depth; ``part`` names no variable."""

    part: PartOf
    level: int


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a member's term over a collection.

    ``level`` is 0 for a collection of the event, else the depth of the member that holds it.
    """

    domain: Domain
    term: "Term"
    level: int = 0


@dataclass(frozen=True, slots=True)
class Opaque:
    """What is not linear, by its number: equal numbers, equal normal forms.

    ``positive`` says that it is never below zero.
    """

    number: int
    level: int
    positive: bool = False


@dataclass(frozen=True, slots=True)
class CellSum:
    """The sum of a term over the members that meet one combination of conditions."""

    domain: Domain
    cell: int
    term: "Term"
    level: int = 0


Term: TypeAlias = Unit | Amount | Figure | Total | Opaque | CellSum


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A linear form; no coefficient is zero."""

    coefficients: Mapping[Term, Fraction] = field(default_factory=dict)

    @staticmethod
    def of(term: Term, times: Fraction | int = 1) -> "Form":
        """Return a multiple of one term."""
        return Form({term: Fraction(times)} if times else {})

    @staticmethod
    def constant(value: Decimal | Fraction | int) -> "Form":
        """Return a number."""
        return Form.of(UNIT, Fraction(value))

    @property
    def number(self) -> Fraction | None:
        """The value of a form without terms, else None."""
        if not self.coefficients:
            return Fraction()
        if len(self.coefficients) == 1:
            return self.coefficients.get(UNIT)
        return None

    @property
    def level(self) -> int:
        """The depth of the innermost member that the form depends on."""
        return max((term.level for term in self.coefficients), default=0)

    @property
    def key(self) -> frozenset[tuple[Term, Fraction]]:
        """What equal forms have in common."""
        return frozenset(self.coefficients.items())

    def __bool__(self) -> bool:
        return bool(self.coefficients)

    def plus(self, other: "Form", times: Fraction | int = 1) -> "Form":
        """Return the sum with a multiple of another form."""
        found = dict(self.coefficients)
        for term, coefficient in other.coefficients.items():
            value = found.get(term, 0) + coefficient * times
            if value:
                found[term] = Fraction(value)
            else:
                found.pop(term, None)
        return Form(found)

    def times(self, factor: Fraction | int) -> "Form":
        """Return a multiple."""
        if not factor:
            return Form()
        return Form({term: value * factor for term, value in self.coefficients.items()})

    def is_multiple_of(self, other: "Form") -> bool:
        """Whether this form is a number times the other, which is not zero."""
        if self.coefficients.keys() != other.coefficients.keys() or not other:
            return False
        ratios = {value / other.coefficients[term] for term, value in self.coefficients.items()}
        return len(ratios) == 1


def total(forms: Iterable[Form]) -> Form:
    """Return the sum of forms."""
    found: dict[Term, Fraction] = {}
    for form in forms:
        for term, value in form.coefficients.items():
            found[term] = found.get(term, Fraction()) + value
    return Form({term: value for term, value in found.items() if value})


# --- conditions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sign:
    """``form > 0``, ``form = 0`` or ``form < 0``; ``~`` is an equality that texts may deny.

    Two fields that were sent as texts are equal only if spelt alike: then ``~`` says that the
    form is zero, while its opposite says nothing.
    """

    key: frozenset[tuple[Term, Fraction]]
    relation: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a map of texts gives: the same for the same inputs, each in its normal form.

    ``inputs`` are terms, literals, and what other maps give; ``words`` is the call as it is read.
    """

    table: MapTable
    inputs: tuple[object, ...]
    level: int
    words: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class TextIs:
    """A field, or what a map gives, is a certain text."""

    read: Read | Mapped
    fallback: Constant | None
    text: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A field is true."""

    read: Read
    fallback: Constant | None


@dataclass(frozen=True, slots=True)
class There:
    """A field is sent, where a rule says several defaults for it."""

    read: Read


@dataclass(frozen=True, slots=True)
class Other:
    """A condition of which no more is known than that it is the same as another."""

    key: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Atom:
    """A condition without parts, with the collection whose members decide it."""

    meaning: Sign | TextIs | Flag | There | Other
    domain: Domain


@dataclass(frozen=True, slots=True)
class Known:
    """A condition that is always true, or never."""

    value: bool


@dataclass(frozen=True, slots=True)
class Holds:
    """An atom that must hold, or must not."""

    atom: Atom
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of several conditions."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any of several conditions."""

    parts: tuple["Formula", ...]


Formula: TypeAlias = Known | Holds | AllOf | AnyOf


def conjoined(parts: Iterable[Formula]) -> Formula:
    """Return the condition that all parts hold, without what is always true."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if part == Known(False):
            return part
        for each in part.parts if isinstance(part, AllOf) else (part,):
            if not isinstance(each, Known):
                kept[each] = None
    if not kept:
        return Known(True)
    found = tuple(kept)
    return found[0] if len(found) == 1 else AllOf(found)


def disjoined(parts: Iterable[Formula]) -> Formula:
    """Return the condition that any part holds, without what never does."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if part == Known(True):
            return part
        for each in part.parts if isinstance(part, AnyOf) else (part,):
            if not isinstance(each, Known):
                kept[each] = None
    if not kept:
        return Known(False)
    found = tuple(kept)
    return found[0] if len(found) == 1 else AnyOf(found)


def opposite(formula: Formula) -> Formula:
    """Return the condition that the other does not hold."""
    match formula:
        case Known(value):
            return Known(not value)
        case Holds(atom, negated):
            return Holds(atom, not negated)
        case AllOf(parts):
            return disjoined(map(opposite, parts))
        case AnyOf(parts):
            return conjoined(map(opposite, parts))


def is_true(formula: Formula, truth: Mapping[Atom, bool]) -> bool:
    """Return whether a condition holds where the truth of every atom is known."""
    match formula:
        case Known(value):
            return value
        case Holds(atom, negated):
            return truth[atom] is not negated
        case AllOf(parts):
            return all(is_true(part, truth) for part in parts)
        case AnyOf(parts):
            return any(is_true(part, truth) for part in parts)


def atoms_of(formula: Formula) -> tuple[Atom, ...]:
    """Return the atoms of a condition in the order they are written, each once."""
    match formula:
        case Known():
            return ()
        case Holds(atom, _):
            return (atom,)
        case AllOf(parts) | AnyOf(parts):
            return tuple(dict.fromkeys(atom for part in parts for atom in atoms_of(part)))
