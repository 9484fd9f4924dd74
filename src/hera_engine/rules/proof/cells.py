"""Cells: the parts that conditions on members cut a collection into, and sums over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from hera_engine.rules.proof.forms import UNIT, Atom, CellSum, Domain, Form, Term, Total

Truth: TypeAlias = Mapping[Atom, bool]
"""Which conditions hold, and which do not."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of each collection that conditions cut; one that is not cut is not here."""

    truths: Mapping[Domain, tuple[Truth, ...]] = field(default_factory=dict)

    def place(self, domain: Domain, cell: int | None, term: Term) -> Term:
        """Return what a term of one member is over its collection, or over one of its cells."""
        if not domain:
            return term
        assert not isinstance(term, CellSum), "a line knows of no cells"
        return Total(domain, term) if cell is None else CellSum(domain, cell, term)

    def spread(self, form: Form) -> Form:
        """Return a form in which sums over a collection with cells are sums over its cells."""
        if not self.truths:
            return form
        found: dict[Term, Fraction] = {}
        for term, value in form.coefficients.items():
            if isinstance(term, Total) and term.domain in self.truths:
                cells = range(len(self.truths[term.domain]))
                parts: list[Term] = [CellSum(term.domain, cell, term.term) for cell in cells]
            else:
                parts = [term]
            for each in parts:
                found[each] = found.get(each, Fraction()) + value
        return Form({term: value for term, value in found.items() if value})

    def whole(self, form: Form) -> Form:
        """Return a form in which sums over all cells in equal measure are one sum again."""
        found = dict(form.coefficients)
        for term, value in form.coefficients.items():
            if isinstance(term, CellSum) and term in found:
                count = len(self.truths[term.domain])
                all_cells = [CellSum(term.domain, each, term.term) for each in range(count)]
                if all(found.get(each) == value for each in all_cells):
                    for each in all_cells:
                        del found[each]
                    found[Total(term.domain, term.term)] = value
        return Form(found)

    def over_cell(self, form: Form, domain: Domain, cell: int) -> Form | None:
        """Return a member's form summed over a cell; None where it is not the member's alone."""
        if any(term.level == 0 and term != UNIT for term in form.coefficients):
            return None
        return Form(
            {self.place(domain, cell, term): value for term, value in form.coefficients.items()}
        )
