"""What each line of a rule adds to debits less credits, and under which conditions.

Enters: a planned rule. Leaves: its contributions, grouped by what decides them, where lines that
cancel one another are gone; or a doubt, where a line cannot be weighed at all.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from typing import TypeAlias

from hera_engine.accounts import Side
from hera_engine.dsl.nodes import Capture
from hera_engine.event_shape import ShapeKind
from hera_engine.rules.expressions import Read, ShareOf, Source
from hera_engine.rules.plan import PlannedLine, PlannedRule
from hera_engine.rules.proof.conditions import Conditions
from hera_engine.rules.proof.forms import (
    AllOf,
    Amount,
    Atom,
    Domain,
    Form,
    Formula,
    Holds,
    Sign,
    Term,
    Total,
    atoms_of,
    conjoined,
    total,
)
from hera_engine.rules.proof.read import Place, Reader, unit_of
from hera_engine.rules.proof.signs import ITEMS, PAYMENTS, Signs, is_own
from hera_engine.rules.proof.values import Types
from hera_engine.rules.proof.words import statement_text
from hera_engine.rules.verdict import Doubt, EquationSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """A form that is added once, or for each member of a collection, where a condition holds."""

    ledgers: tuple[str, ...]
    statement: int
    domain: Domain
    guard: Formula
    form: Form


GroupKey: TypeAlias = tuple[Domain, Formula]


@dataclass(frozen=True, slots=True)
class Group:
    """All that is added under one condition over the members of one collection."""

    domain: Domain
    guard: Formula
    form: Form


@dataclass(frozen=True, slots=True)
class Equation:
    """A form that is zero in every event that is posted, with its words and who checks it."""

    form: Form
    text: str
    source: EquationSource


@dataclass(frozen=True, slots=True)
class RuleForms:
    """A rule as the proof sees it.

    ``equations`` are zero and ``positives`` not below zero in every event that is posted.
    ``statements`` pairs each line with what it adds, in words; ``doubt`` is set where no proof
    is tried.
    """

    reader: Reader
    conditions: Conditions
    contributions: tuple[Contribution, ...]
    equations: tuple[Equation, ...]
    positives: tuple[Form, ...]
    statements: tuple[tuple[tuple[str, ...], str, str], ...]
    doubt: Doubt | None = None

    def groups(self, lines: Collection[int]) -> tuple[Group, ...]:
        """Return what lines add, by their numbers; equal conditions together, zeros left out."""
        found: dict[GroupKey, list[Form]] = {}
        for each in self.contributions:
            if each.statement in lines:
                guard = self._needed(each)
                found.setdefault((each.domain, guard), []).append(each.form)
        groups = (Group(domain, guard, total(forms)) for (domain, guard), forms in found.items())
        return tuple(group for group in groups if group.form)

    def _needed(self, each: Contribution) -> Formula:
        """Return a contribution's condition without what its own amount says already.

        `when x > 0` on x is no condition: where x is zero the line adds nothing either way.
        """
        parts = each.guard.parts if isinstance(each.guard, AllOf) else (each.guard,)
        return conjoined(part for part in parts if not self._is_idle(part, each))

    def _is_idle(self, part: Formula, each: Contribution) -> bool:
        if not isinstance(part, Holds) or not isinstance(part.atom.meaning, Sign):
            return False
        meaning = part.atom.meaning
        form = self.conditions.signs[meaning.key]
        if not each.form.is_multiple_of(form):
            return False
        if meaning.relation in "=~":
            return part.negated
        wanted = form if meaning.relation == ">" else form.times(-1)
        return not part.negated and self.reader.known.is_positive(wanted, each.domain)

    def atoms(self) -> Iterator[Atom]:
        """Yield every atom of the rule's conditions."""
        yield from chain.from_iterable(atoms_of(each.guard) for each in self.contributions)

    def own_terms(self) -> tuple[tuple[Domain, Amount], ...]:
        """Return the caller's own fields that conditions compare, with their collections."""
        found: dict[tuple[Domain, Amount], None] = {}
        for atom in self.atoms():
            if isinstance(atom.meaning, Sign):
                for term in self.conditions.signs[atom.meaning.key].coefficients:
                    for domain, amount in _fields(term, atom.domain):
                        if is_own(amount, domain) and not self._is_told(domain, amount):
                            found[domain, amount] = None
        return tuple(found)

    def _is_told(self, domain: Domain, amount: Amount) -> bool:
        """Whether the declaration of a field says which signs it may have."""
        told = self.reader.types.of(domain, amount.read)
        return told is not None and told.kind in {ShapeKind.MONEY, ShapeKind.SIGNED_MONEY}


def _fields(term: Term, domain: Domain) -> Iterator[tuple[Domain, Amount]]:
    """Yield the amount fields that a term is, or sums."""
    if isinstance(term, Amount) and not term.day:
        yield domain[: term.level], term
    elif isinstance(term, Total):
        yield from _fields(term.term, term.domain)


def rule_forms(
    rule: PlannedRule, capture: Capture, positive: Iterable[tuple[Domain, Amount]] = ()
) -> RuleForms:
    """Return a rule as forms; own fields that are ``positive`` are never below zero."""
    types = Types.of_fields(rule.declared)
    signs = Signs(frozenset(positive), types.positive)
    first = Reader(signs, types)
    found = _read(first, rule, capture)
    if not any(first.fallbacks.values()):
        return found
    # A default that is said anywhere holds for the field everywhere: read again, knowing all.
    return _read(Reader(signs, types, fallbacks=first.fallbacks), rule, capture)


def _read(reader: Reader, rule: PlannedRule, capture: Capture) -> RuleForms:
    conditions = Conditions(reader)
    for let in rule.lets:
        reader.lets[let.name] = reader.form(let.value, Place())
    equations = [*_held(rule, capture)]
    for given in rule.givens:
        form = reader.form(given.left, Place()).plus(reader.form(given.right, Place()), -1)
        if form:
            equations.append(Equation(form, given.text, EquationSource.GIVEN))
    contributions: list[Contribution] = []
    statements: list[tuple[tuple[str, ...], str, str]] = []
    doubt: Doubt | None = None
    # The legs of a tax that a buyer owes are made by the tax stage and balance by themselves.
    for line in (each for each in rule.lines if each.leg is None):
        made, problem = _line(conditions, line)
        doubt = doubt or problem
        contributions.extend(made)
        added = " + ".join(reader.words.form(_summed(each), each.domain) for each in made)
        statements.append((line.ledgers, statement_text(line), added or "0"))
    return RuleForms(
        reader, conditions, tuple(contributions), tuple(equations), _positives(rule, capture),
        tuple(statements), doubt,
    )  # fmt: skip


def _summed(each: Contribution) -> Form:
    """Return a contribution as a form of the whole event, its condition left aside."""
    if not each.domain:
        return each.form
    return Form({Total(each.domain, term): value for term, value in each.form.coefficients.items()})


def _line(
    conditions: Conditions, line: PlannedLine
) -> tuple[tuple[Contribution, ...], Doubt | None]:
    """Return what a line adds, or why that cannot be told."""
    reader = conditions.forms
    # What goes over the members of a collection is the amount, however it is spread.
    spread = isinstance(line.amount, ShareOf) and line.amount.spread
    place, guards, related = conditions.loops(line.loops[:-1] if spread else line.loops)
    words = statement_text(line)
    if not related:
        return (), Doubt(
            f"`{words}` stands in a `for` inside one over another collection",
            "post each collection in a `for` of its own",
            line.number,
        )
    own = () if line.when is None else (conditions.condition(line.when, place),)
    guard = conjoined((*guards, *own))
    sign = 1 if line.side is Side.DEBIT else -1
    unit = unit_of(reader, line.currency, place)
    form = reader.form(line.amount, replace(place, unit=unit)).times(sign)
    depth = len(place.domain)
    if depth and form.level < depth:
        member = reader.words.variable(place.domain)
        return (), Doubt(
            f"`{words}` posts for each {member} what does not depend on it",
            f"post it once outside the `for`, or take the amount from a field of {member}",
            line.number,
        )
    found = [
        Contribution(
            ledgers=line.ledgers, statement=line.number, domain=domain, guard=guard, form=part
        )
        for domain, part in _by_domain(form, place.domain)
    ]
    return tuple(found), None


def _by_domain(form: Form, domain: Domain) -> Iterable[tuple[Domain, Form]]:
    """Yield a member's form by collection: a sum over a member's own list is one deeper."""
    if not domain:
        yield domain, form
        return
    deeper: dict[Domain, dict[Term, Fraction]] = {}
    own = form
    for term, value in form.coefficients.items():
        if isinstance(term, Total) and term.level == len(domain):
            own = own.plus(Form.of(term, value), -1)
            deeper.setdefault(term.domain, {})[term.term] = value
    if own:
        yield domain, own
    for inner, found in deeper.items():
        yield inner, Form(found)


def _held(rule: PlannedRule, capture: Capture) -> Iterator[Equation]:
    """Yield the equations that normalisation checks before a rule sees an event.

    What else the engine comes to hold of figures, such as those of cash rounding, belongs here.
    """
    whole = Form.of(Amount(Read(Source.HEADER, "total_amount")))
    if rule.uses_payments and capture is Capture.IMMEDIATE:
        form = _paid().plus(whole, -1)
        text = "sum(payments.amount) = total_amount"
        yield Equation(form, text, EquationSource.ENGINE)
    if rule.uses_items:
        shares = Amount(Read(Source.LOOP, "", ("document_discount",)), None, 1)
        discount = Amount(Read(Source.FACT, "discount_amount"))
        form = Form.of(Total(ITEMS, shares)).plus(Form.of(discount), -1)
        text = "sum(items.document_discount) = discount_amount"
        yield Equation(form, text, EquationSource.ENGINE)


def _positives(rule: PlannedRule, capture: Capture) -> tuple[Form, ...]:
    """Return what normalisation lets never come below zero, beside the signs of terms."""
    if not rule.uses_payments or capture is Capture.IMMEDIATE:
        return ()
    whole = Form.of(Amount(Read(Source.HEADER, "total_amount")))
    return (whole.plus(_paid(), -1),)


def _paid() -> Form:
    return Form.of(Total(PAYMENTS, Amount(Read(Source.LOOP, "", ("amount",)), None, 1)))
