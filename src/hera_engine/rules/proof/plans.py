"""Which members an event is made up of, and forms over such members.

Enters: a case in which something may be left over. Leaves: plans, each a choice of members that
meet certain conditions, from the smallest on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, product

from hera_engine.rules.expressions import ShareOf
from hera_engine.rules.plan import PlannedRule
from hera_engine.rules.proof.cases import Cases, Failure
from hera_engine.rules.proof.cells import Truth
from hera_engine.rules.proof.fields import Plan, Spot
from hera_engine.rules.proof.forms import (
    UNIT,
    CellSum,
    Domain,
    Form,
    Opaque,
    Sign,
    Term,
    Total,
    Unit,
    total,
)
from hera_engine.rules.proof.signs import ITEMS, PAYMENTS


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans for one case of a rule."""

    rule: PlannedRule
    cases: Cases
    failure: Failure

    def all(self) -> Iterator[Plan]:
        """Yield which members to make: one of each cell alone, then one of every cell."""
        domains = self._domains()
        choices = []
        for domain in domains:
            cells = self.cases.cells.truths.get(domain, ({},))
            blamed = {
                term.cell for term in self.failure.left.coefficients
                if isinstance(term, CellSum) and term.domain == domain
            }  # fmt: skip
            order = sorted(range(len(cells)), key=lambda number: number not in blamed)
            alone = [(cells[number],) for number in order]
            choices.append([*alone, tuple(cells)] if len(cells) > 1 else alone)
        for chosen in product(*choices):
            spots: list[Spot] = []
            for domain, cells in zip(domains, chosen, strict=True):
                for cell in cells:
                    self._place(domain, cell, spots)
            yield tuple(spots)

    def _domains(self) -> tuple[Domain, ...]:
        """Return every collection that the rule speaks of, lists of members behind them."""
        found: dict[Domain, None] = {}
        if self.rule.uses_items:
            found[ITEMS] = None
        if self.rule.uses_payments:
            found[PAYMENTS] = None
        for each in self.cases.rule.contributions:
            found[each.domain] = None
        for form in self._forms():
            for term in form.coefficients:
                found.update(dict.fromkeys(self._summed(term)))
        for line in self.rule.lines:
            if isinstance(line.amount, ShareOf) and line.amount.spread:
                place, _, related = self.cases.rule.conditions.loops(line.loops)
                if related:
                    found[place.domain] = None
        found.pop((), None)
        return tuple(sorted(found, key=len))

    def _forms(self) -> Iterator[Form]:
        """Yield the forms that decide what an event comes to."""
        rule = self.cases.rule
        yield from (each.form for each in rule.contributions)
        yield from (each.form for each in rule.equations)
        cells = chain.from_iterable(self.cases.cells.truths.values())
        for atom in dict.fromkeys(chain(self.failure.truth, *cells)):
            if isinstance(atom.meaning, Sign):
                yield rule.conditions.signs[atom.meaning.key]

    def _summed(self, term: Term) -> Iterator[Domain]:
        """Yield the collections that a term sums over, or what it is made of."""
        if isinstance(term, Total):
            yield term.domain
            yield from self._summed(term.term)
        elif isinstance(term, Opaque) and term.number >= 0:
            for inner in self.cases.rule.reader.inner[term.number]:
                yield from self._summed(inner)

    def _place(self, domain: Domain, cell: Truth, spots: list[Spot]) -> int:
        """Add a member, and the members that hold it; return its number in its collection."""
        parents: tuple[int, ...] = ()
        if len(domain) > 1:
            outer = {atom: holds for atom, holds in cell.items() if len(atom.domain) < len(domain)}
            parent = self._parent(domain[:-1], outer, spots)
            parents = (*spots[parent].parents, spots[parent].number)
        number = sum(spot.domain == domain for spot in spots)
        spots.append(Spot(domain, number, cell, parents))
        return len(spots) - 1

    def _parent(self, domain: Domain, truth: Truth, spots: list[Spot]) -> int:
        """Return the position of a member that a deeper one may belong to."""
        for position, spot in enumerate(spots):
            if spot.domain == domain and all(
                spot.truth.get(atom, holds) == holds for atom, holds in truth.items()
            ):
                # What is not told of the member yet, the deeper one decides.
                spots[position] = replace(spot, truth={**spot.truth, **truth})
                return position
        cells = self.cases.cells.truths.get(domain, ({},))
        fitting = (
            cell for cell in cells
            if all(cell.get(atom, holds) == holds for atom, holds in truth.items())
        )  # fmt: skip
        return self._place(domain, {**next(fitting, {}), **truth}, spots)


def summed(form: Form, plan: Plan) -> Form:
    """Return a form over the event with sums over collections as sums over members."""
    parts = []
    for term, value in form.coefficients.items():
        if isinstance(term, Total) and not term.level:
            spots = (spot for spot in plan if spot.domain == term.domain)
            parts += [_member(term.term, spot, plan).times(value) for spot in spots]
        else:
            parts.append(Form.of(term, value))
    return total(parts)


def of_spot(form: Form, spot: Spot, plan: Plan) -> Form:
    """Return a form over a member as one over the made-up event."""
    return total(
        _member(term, spot, plan).times(value) for term, value in form.coefficients.items()
    )


def _member(term: Term, spot: Spot, plan: Plan) -> Form:
    """Return a member's term: of itself, of the member that holds it, or of the event."""
    if isinstance(term, Unit):
        return Form.of(UNIT)
    if isinstance(term, Total):
        inner = [
            each for each in plan
            if each.domain == term.domain
            and each.parents[: term.level] == (*spot.parents, spot.number)[: term.level]
        ]  # fmt: skip
        return total(_member(term.term, each, plan) for each in inner)
    if not term.level:
        return summed(Form.of(term), plan)
    numbers = (*spot.parents, spot.number)
    return Form.of(CellSum(spot.domain[: term.level], numbers[term.level - 1], term))
