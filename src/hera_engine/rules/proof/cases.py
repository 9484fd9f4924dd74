"""Every combination of conditions, and whether debits less credits is zero in each.

A combination gives each condition of the event a truth. Conditions on members of a collection
cut it into cells instead, and sums over cells are terms of their own: so complementary
conditions add up to the whole. Impossible combinations are dropped by exact linear arithmetic.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Final

from hera_engine import limits
from hera_engine.rules.proof.cells import Cells, Truth
from hera_engine.rules.proof.contributions import Equation, Group, RuleForms
from hera_engine.rules.proof.forms import (
    UNIT,
    Amount,
    Atom,
    CellSum,
    Domain,
    Form,
    Sign,
    Term,
    TextIs,
    Total,
    atoms_of,
    is_true,
)
from hera_engine.rules.proof.linear import (
    Bound,
    Budget,
    Echelon,
    feasible_point,
    minimise,
    value_of,
)
from hera_engine.rules.proof.read import doubtful
from hera_engine.rules.proof.signs import PAYMENTS
from hera_engine.rules.proof.values import sent_or_not, values_agree
from hera_engine.rules.verdict import CaseProof, EquationSource, UsedEquation

PAIRS: Final = 4
"""Conditions with `!=` that one case reads as above or below; further ones say nothing."""
SHOWN_CASES: Final = 32
"""Cases of one derivation that are shown; those with the same difference count as one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A case in which something may be left over.

    ``bounds`` are those of the event alone, over sums of whole collections; ``left`` is what the
    equations leave of debits less credits.
    """

    truth: Truth
    bounds: tuple[Bound, ...]
    left: Form
    case: CaseProof


@dataclass(frozen=True, slots=True)
class Cases:
    """The combinations of conditions of one ledger's lines."""

    rule: RuleForms
    groups: tuple[Group, ...]
    budget: Budget
    atoms: tuple[Atom, ...] = ()
    cells: Cells = field(default_factory=Cells)

    @classmethod
    def of(cls, rule: RuleForms, groups: tuple[Group, ...], budget: Budget) -> "Cases":
        """Return the combinations that the conditions of some groups make possible."""
        atoms = dict.fromkeys(atom for group in groups for atom in atoms_of(group.guard))
        unsure = tuple(doubtful(rule.reader))
        cells: dict[Domain, tuple[Truth, ...]] = {}
        for domain in dict.fromkeys(group.domain for group in groups if group.domain):
            own = [
                atom for atom in atoms
                if atom.domain and atom.domain == domain[: len(atom.domain)]
                and any(atom in atoms_of(group.guard) for group in groups if group.domain == domain)
            ]  # fmt: skip
            own[:0] = (
                atom for atom in unsure
                if atom.domain and atom.domain == domain[: len(atom.domain)]
            )  # fmt: skip
            if own:
                cells[domain] = tuple(combinations(rule, own, budget))
        for domain, found in cells.items():
            for number, truth in enumerate(found):
                rule.reader.words.cells[domain, number] = " and ".join(_conditions(rule, truth))
        of_event = tuple(each for each in (*unsure, *atoms) if not each.domain)
        return cls(rule, groups, budget, of_event, Cells(cells))

    def prove(self) -> tuple[tuple[CaseProof, ...], tuple[Failure, ...]]:
        """Return the cases that balance, and the first in which something may be left over."""
        proven: dict[tuple[str, tuple[UsedEquation, ...]], CaseProof] = {}
        failures: list[Failure] = []
        for truth in combinations(self.rule, self.atoms, self.budget):
            found = self._case(truth)
            if isinstance(found, CaseProof):
                key = (found.difference, found.used)
                known = proven.get(key)
                alike = 1 if known is None else known.alike + 1
                first = found if known is None else known
                proven[key] = CaseProof(
                    first.conditions, first.difference, first.used, first.left, alike
                )
            elif found is not None:
                failures.append(found)
                if len(failures) >= limits.PROOF_FAILURES:
                    break
        return tuple(proven.values()), tuple(failures)

    def _case(self, truth: Truth) -> CaseProof | Failure | None:
        """Return what is shown of one combination; None where it turns out to be impossible."""
        difference = self._difference(truth)
        equations = tuple(self._equations(truth))
        left, used = self._reduced(difference, equations)
        conditions = tuple(_conditions(self.rule, truth))
        words = self.rule.reader.words
        case = CaseProof(conditions, words.form(self.cells.whole(difference)), used, "0")
        if not left:
            return case
        found: CaseProof | None = None
        for bounds in self._readings(truth):
            joint = tuple(
                Bound(self.cells.spread(bound.form), bound.relation)
                for bound in (*bounds, *self._joint_bounds())
            )
            if feasible_point(joint, self._positive(joint, left), self.budget) is None:
                continue
            if self._is_zero(left, joint):
                by_signs = tuple(self._implied(joint, left))
                _, used = self._reduced(difference, (*equations, *by_signs))
                found = CaseProof(conditions, case.difference, used, "0")
                continue
            shown = words.form(self.cells.whole(left))
            failed = CaseProof(conditions, case.difference, used, shown)
            return Failure(truth, bounds, left, failed)
        return found

    # --- forms of one case -----------------------------------------------------------------

    def _difference(self, truth: Truth) -> Form:
        """Return debits less credits in one combination."""
        found: dict[Term, Fraction] = {}
        for group in self.groups:
            cells = self.cells.truths.get(group.domain) if group.domain else None
            self.budget.spend(len(group.form.coefficients) * len(cells or (0,)))
            for number, cell in enumerate(cells or ({},)):
                if not is_true(group.guard, {**truth, **cell} if cell else truth):
                    continue
                for term, value in group.form.coefficients.items():
                    place = self.cells.place(group.domain, number if cells else None, term)
                    found[place] = found.get(place, Fraction()) + value
        return self.cells.spread(Form({term: value for term, value in found.items() if value}))

    # --- equations -------------------------------------------------------------------------

    def _equations(self, truth: Truth) -> Iterator[Equation]:
        """Yield what is zero in one combination; the rule's own equations come last."""
        own = [each for each in self.rule.equations if each.source is EquationSource.GIVEN]
        yield from (each for each in self.rule.equations if each not in own)
        for atom, holds in truth.items():
            if holds and isinstance(atom.meaning, Sign) and atom.meaning.relation in "=~":
                text = _condition(self.rule, atom, holds=True)
                yield Equation(self._form(atom.meaning), text, EquationSource.CONDITION)
            for form in sent_or_not(self.rule.reader.fallbacks, atom, holds=holds):
                text = _condition(self.rule, atom, holds=holds)
                yield Equation(form, text, EquationSource.CONDITION)
        for domain, cells in self.cells.truths.items():
            for number, cell in enumerate(cells):
                for atom, holds in cell.items():
                    sign = atom.meaning
                    known = [*sent_or_not(self.rule.reader.fallbacks, atom, holds=holds)]
                    if holds and isinstance(sign, Sign) and sign.relation in "=~":
                        known.append(self._form(sign))
                    for each in known:
                        summed = self.cells.over_cell(each, domain, number)
                        if summed is not None:
                            text = _condition(self.rule, atom, holds=holds)
                            yield Equation(summed, text, EquationSource.CONDITION)
        yield from own

    def _reduced(
        self, form: Form, equations: Sequence[Equation]
    ) -> tuple[Form, tuple[UsedEquation, ...]]:
        """Return what equations leave of a form, and those that are used."""
        if not form:
            return form, ()
        echelon = Echelon(_rank, self.budget)
        for number, equation in enumerate(equations):
            echelon.add(number, self.cells.spread(equation.form))
        left, used = echelon.reduce(form)
        return left, tuple(
            UsedEquation(used[number], equations[number].text, equations[number].source)
            for number in sorted(used)
        )

    def _form(self, sign: Sign) -> Form:
        return self.rule.conditions.signs[sign.key]

    # --- bounds ----------------------------------------------------------------------------

    def _readings(self, truth: Truth) -> Iterator[tuple[Bound, ...]]:
        """Yield the bounds of a combination, once for each way to read what is not equal."""
        fixed, open_ = event_bounds(self.rule, truth)
        for chosen in ways(open_):
            yield (*fixed, *chosen)

    def _joint_bounds(self) -> Iterator[Bound]:
        """Yield what holds of the sums over cells."""
        for domain, cells in self.cells.truths.items():
            for number, cell in enumerate(cells):
                for bound in member_bounds(self.rule, cell, strict=False):
                    form = self.cells.over_cell(bound.form, domain, number)
                    if form is not None:
                        yield Bound(form, bound.relation)

    def _positive(self, bounds: Iterable[Bound], form: Form) -> tuple[Term, ...]:
        """Return the terms of bounds and a form that are never below zero."""
        terms = dict.fromkeys(
            term for each in (*(bound.form for bound in bounds), form) for term in each.coefficients
        )
        reader = self.rule.reader
        return tuple(term for term in terms if reader.known.term_is_positive(term, ()))

    def _is_zero(self, left: Form, bounds: Sequence[Bound]) -> bool:
        """Whether a form is zero wherever the bounds hold, by linear programming."""
        return all(self._highest(left.times(sign), bounds) == 0 for sign in (1, -1))

    def _highest(self, form: Form, bounds: Sequence[Bound]) -> Fraction:
        """Return the largest value of a form within bounds, at most one."""
        cap = Bound(Form.constant(1).plus(form, -1), ">=")
        eased = [Bound(each.form, "=" if each.relation == "=" else ">=") for each in bounds]
        positive = self._positive(bounds, form)
        point = minimise([*eased, cap], positive, form.times(-1), self.budget)
        return Fraction() if point is None else value_of(form, point)

    def _implied(self, bounds: Sequence[Bound], left: Form) -> Iterator[Equation]:
        """Yield the bounds that can only be met as equations."""
        words = self.rule.reader.words
        single = [Bound(Form.of(term), ">=") for term in self._positive(bounds, left)]
        for bound in (*bounds, *single):
            if bound.relation != "=" and self._highest(bound.form, bounds) == 0:
                text = f"{words.form(self.cells.whole(bound.form))} = 0"
                yield Equation(bound.form, text, EquationSource.SIGNS)


def _rank(term: Term) -> int:
    """Return which term an equation is solved for: sums of payments, then the total, then any."""
    match term:
        case Total(domain=domain) | CellSum(domain=domain) if domain == PAYMENTS:
            return 0
        case Amount(read) if read.name == "total_amount":
            return 1
        case _:
            return 2


# --- combinations --------------------------------------------------------------------------


def combinations(rule: RuleForms, atoms: Sequence[Atom], budget: Budget) -> Iterator[Truth]:
    """Yield every combination of truths that may occur, all true first."""
    waiting: list[dict[Atom, bool]] = [{}]
    while waiting:
        truth = waiting.pop()
        if len(truth) == len(atoms):
            yield truth
            continue
        atom = atoms[len(truth)]
        for holds in (False, True):
            further = {**truth, atom: holds}
            if is_possible(rule, further, atom, budget):
                waiting.append(further)


def is_possible(rule: RuleForms, truth: Truth, newest: Atom, budget: Budget) -> bool:
    """Whether a combination may occur, where it could without its newest condition."""
    if not values_agree(truth, rule.reader.types):
        return False
    if not isinstance(newest.meaning, Sign):
        return True
    if newest.domain:
        fixed = tuple(member_bounds(rule, truth, strict=True))
        open_ = tuple(unequal(rule, truth))
    else:
        fixed, open_ = event_bounds(rule, truth)
    form = rule.conditions.signs[newest.meaning.key]
    near, open_near = _connected(form, fixed, open_)
    if len(near) + len(open_near) <= 1:
        return True
    positive = _positive_terms(rule, near, open_near, newest.domain)
    return any(
        feasible_point((*near, *chosen), positive, budget) is not None for chosen in ways(open_near)
    )


def event_bounds(
    rule: RuleForms, truth: Truth
) -> tuple[tuple[Bound, ...], tuple[tuple[Bound, Bound], ...]]:
    """Return the bounds of a combination, and each `!=` as its two ways to be met."""
    fixed = [Bound(each.form, "=") for each in rule.equations]
    fixed += [Bound(form, ">=") for form in rule.positives]
    event = {atom: holds for atom, holds in truth.items() if not atom.domain}
    fixed += member_bounds(rule, event, strict=True)
    return tuple(fixed), tuple(unequal(rule, event))


def member_bounds(rule: RuleForms, truth: Truth, *, strict: bool) -> Iterator[Bound]:
    """Yield the bounds that conditions put on their forms; ``strict`` keeps ``>`` apart."""
    above = ">" if strict else ">="
    for atom, holds in truth.items():
        for known in sent_or_not(rule.reader.fallbacks, atom, holds=holds):
            yield Bound(known, "=")
        if not isinstance(atom.meaning, Sign):
            continue
        form, relation = rule.conditions.signs[atom.meaning.key], atom.meaning.relation
        if relation in "=~":
            if holds:
                yield Bound(form, "=")
        elif relation == ">":
            yield Bound(form, above) if holds else Bound(form.times(-1), ">=")
        else:
            yield Bound(form.times(-1), above) if holds else Bound(form, ">=")


def unequal(rule: RuleForms, truth: Truth) -> Iterator[tuple[Bound, Bound]]:
    """Yield each equality that does not hold as above or below."""
    for atom, holds in truth.items():
        if isinstance(atom.meaning, Sign) and atom.meaning.relation == "=" and not holds:
            form = rule.conditions.signs[atom.meaning.key]
            yield Bound(form, ">"), Bound(form.times(-1), ">")


def ways(alternatives: Sequence[tuple[Bound, Bound]]) -> Iterator[tuple[Bound, ...]]:
    """Yield one bound of each pair, in every way; pairs beyond a fixed number are left open."""
    return product(*alternatives[:PAIRS])


def _connected(
    form: Form, fixed: Sequence[Bound], open_: Sequence[tuple[Bound, Bound]]
) -> tuple[tuple[Bound, ...], tuple[tuple[Bound, Bound], ...]]:
    """Return the bounds that share terms with a form, or with such bounds."""
    terms = set(form.coefficients) - {UNIT}
    pool = [each.form for each in fixed] + [above.form for above, _ in open_]
    kept: set[int] = set()
    grown = True
    while grown:
        near = {
            index for index, each in enumerate(pool)
            if index not in kept and not terms.isdisjoint(each.coefficients)
        }  # fmt: skip
        for index in near:
            terms |= set(pool[index].coefficients) - {UNIT}
        kept |= near
        grown = bool(near)
    return (
        tuple(bound for index, bound in enumerate(fixed) if index in kept),
        tuple(pair for index, pair in enumerate(open_, start=len(fixed)) if index in kept),
    )


def _positive_terms(
    rule: RuleForms,
    fixed: Iterable[Bound],
    open_: Iterable[tuple[Bound, Bound]],
    domain: Domain,
) -> tuple[Term, ...]:
    forms = [*(bound.form for bound in fixed), *(pair[0].form for pair in open_)]
    terms = dict.fromkeys(term for form in forms for term in form.coefficients)
    return tuple(term for term in terms if rule.reader.known.term_is_positive(term, domain))


# --- words ---------------------------------------------------------------------------------


def _conditions(rule: RuleForms, truth: Truth) -> Iterator[str]:
    """Yield the conditions of a combination in words; what follows from another is left out."""
    texts = {
        (atom.domain, atom.meaning.read)
        for atom, holds in truth.items()
        if holds and isinstance(atom.meaning, TextIs)
    }
    for atom, holds in truth.items():
        told = isinstance(atom.meaning, TextIs) and (atom.domain, atom.meaning.read) in texts
        if holds or not told:
            yield _condition(rule, atom, holds=holds)


def _condition(rule: RuleForms, atom: Atom, *, holds: bool) -> str:
    return rule.reader.words.condition(atom, negated=not holds, forms=rule.conditions.signs)
