"""Exact linear algebra: elimination that keeps its multipliers, and linear programming.

Everything is a Fraction. The simplex method takes the first improving column and the first
leaving row (Bland's rule), so it ends; a budget bounds how long that takes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import Final

from hera_engine.rules.proof.forms import UNIT, Form, Opaque, Term

ZERO: Final = Fraction()
ONE: Final = Fraction(1)


class OutOfBudget(Exception):
    """A proof took more steps than the published limit; never leaves the proof."""


@dataclass(slots=True)
class Budget:
    """Steps that may still be taken; one step is about one coefficient read or written.

    ``searching`` is left for the search for events that do not balance.
    """

    left: int
    searching: int = 0

    def spend(self, steps: int) -> None:
        """Count steps.

        Raises:
            OutOfBudget: When none are left.
        """
        self.left -= steps
        if self.left < 0:
            raise OutOfBudget

    @contextmanager
    def half(self) -> Iterator["Budget"]:
        """Give half of what is left to a part of the work, and take back what it leaves."""
        part = Budget(self.left // 2)
        granted = part.left
        try:
            yield part
        finally:
            self.left -= granted - max(part.left, 0)


# --- elimination ---------------------------------------------------------------------------


@dataclass(slots=True)
class Echelon:
    """Equations in echelon form; each row knows of which equations it is made."""

    rank: Callable[[Term], int]
    budget: Budget
    rows: list[tuple[Term, Form, Mapping[int, Fraction]]] = field(default_factory=list)

    def add(self, number: int, form: Form) -> bool:
        """Add the equation ``form = 0``; return whether it says something new.

        The pivot is the first term of the lowest rank, so that totals go before what they hold.
        """
        rest, used = self.reduce(form)
        terms = [term for term in rest.coefficients if term != UNIT]
        if not terms:
            return False
        pivot = min(terms, key=self.rank)
        scale = 1 / rest.coefficients[pivot]
        made = {index: -times * scale for index, times in used.items()}
        made[number] = made.get(number, ZERO) + scale
        self.rows.append((pivot, rest.times(scale), made))
        return True

    def reduce(self, form: Form) -> tuple[Form, dict[int, Fraction]]:
        """Return what the equations leave of a form, and the multiple of each that is used."""
        used: dict[int, Fraction] = {}
        self.budget.spend(len(self.rows))
        for pivot, row, made in self.rows:
            times = form.coefficients.get(pivot)
            if times is None:
                continue
            self.budget.spend(len(form.coefficients) + len(row.coefficients))
            form = form.plus(row, -times)
            for index, part in made.items():
                used[index] = used.get(index, ZERO) + times * part
        return form, {index: times for index, times in used.items() if times}


# --- linear programming --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """``form = 0``, ``form >= 0`` or ``form > 0``."""

    form: Form
    relation: str


def feasible_point(
    bounds: Iterable[Bound], positive: Iterable[Term], budget: Budget
) -> dict[Term, Fraction] | None:
    """Return values of the terms that meet all bounds, or None if there are none.

    ``positive`` are the terms that are never below zero.
    """
    listed = tuple(bounds)
    if not any(bound.relation == ">" for bound in listed):
        return minimise(listed, positive, Form(), budget)
    slack = Form.of(SLACK)
    eased = [
        Bound(bound.form.plus(slack, -1), ">=") if bound.relation == ">" else bound
        for bound in listed
    ]
    eased.append(Bound(Form.constant(1).plus(slack, -1), ">="))
    point = minimise(eased, (*positive, SLACK), slack.times(-1), budget)
    return point if point is not None and point.get(SLACK) else None


SLACK: Final = Opaque(-1, 0, positive=True)
"""By how much strict bounds are met at least."""


def minimise(
    bounds: Sequence[Bound], positive: Iterable[Term], goal: Form, budget: Budget
) -> dict[Term, Fraction] | None:
    """Return a point that meets the bounds and has the smallest ``goal``; None if none does.

    A goal without a smallest value gives some point that meets the bounds.
    """
    tableau = _Tableau.of(bounds, frozenset(positive), goal, budget)
    return tableau.solve()


@dataclass(slots=True)
class _Tableau:
    """A linear program in standard form; a term that may be negative is two columns."""

    columns: list[tuple[Term, int]]
    rows: list[list[Fraction]]
    basis: list[int]
    goal: list[Fraction]
    artificial: int
    budget: Budget

    @classmethod
    def of(
        cls, bounds: Sequence[Bound], positive: frozenset[Term], goal: Form, budget: Budget
    ) -> "_Tableau":
        """Return the tableau of a program: columns of terms, of slacks, of artificials."""
        terms: dict[Term, None] = {}
        for form in (*(bound.form for bound in bounds), goal):
            terms.update(dict.fromkeys(term for term in form.coefficients if term != UNIT))
        columns = [
            (term, sign) for term in terms for sign in (1, -1) if sign == 1 or term not in positive
        ]
        slacks = sum(bound.relation != "=" for bound in bounds)
        first = len(columns) + slacks
        needy = [bound for bound in bounds if not _is_met_by_zero(bound)]
        width = first + len(needy)
        budget.spend(width * (len(bounds) + 1))
        rows, basis, slack, artificial = [], [], len(columns), first
        for bound in bounds:
            row = [ZERO] * (width + 1)
            for column, (term, sign) in enumerate(columns):
                row[column] = bound.form.coefficients.get(term, ZERO) * sign
            row[-1] = -bound.form.coefficients.get(UNIT, ZERO)
            if bound.relation != "=":
                row[slack] = -ONE
                slack += 1
            # Where zero meets a bound, its slack is the first base and needs no artificial.
            if _is_met_by_zero(bound):
                rows.append([-value for value in row])
                basis.append(slack - 1)
                continue
            if row[-1] < 0:
                row = [-value for value in row]
            row[artificial] = ONE
            basis.append(artificial)
            artificial += 1
            rows.append(row)
        costs = [goal.coefficients.get(term, ZERO) * sign for term, sign in columns]
        costs += [ZERO] * (width - len(costs) + 1)
        return cls(columns, rows, basis, costs, first, budget)

    def solve(self) -> dict[Term, Fraction] | None:
        """Return the best point: first one without artificial columns, then the goal."""
        width = len(self.goal)
        first = [ZERO] * width
        for row, base in zip(self.rows, self.basis, strict=True):
            if base >= self.artificial:
                first = [cost - value for cost, value in zip(first, row, strict=True)]
        for column in range(self.artificial, width - 1):
            first[column] = ZERO
        self._improve(first, width - 1)
        if first[-1] != 0:
            return None
        self._drop_artificials()
        goal = list(self.goal)
        for row, base in zip(self.rows, self.basis, strict=True):
            if goal[base]:
                times = goal[base]
                goal = [cost - times * value for cost, value in zip(goal, row, strict=True)]
        self._improve(goal, self.artificial)
        point: dict[Term, Fraction] = {}
        for term, _ in self.columns:
            point[term] = ZERO
        for row, base in zip(self.rows, self.basis, strict=True):
            if base < len(self.columns):
                term, sign = self.columns[base]
                point[term] += sign * row[-1]
        return point

    def _improve(self, costs: list[Fraction], allowed: int) -> None:
        """Pivot until no column below ``allowed`` lowers the costs, or nothing bounds them."""
        while True:
            entering = next((column for column in range(allowed) if costs[column] < 0), None)
            if entering is None:
                return
            leaving = self._leaving(entering)
            if leaving is None:
                return
            self._pivot(leaving, entering)
            times, row = costs[entering], self.rows[leaving]
            for column, value in enumerate(row):
                if value:
                    costs[column] -= times * value

    def _leaving(self, entering: int) -> int | None:
        """Return the row that bounds a column first; of several that of the first base."""
        best: tuple[Fraction, int, int] | None = None
        for index, row in enumerate(self.rows):
            if row[entering] > 0:
                found = (row[-1] / row[entering], self.basis[index], index)
                best = found if best is None or found < best else best
        return None if best is None else best[2]

    def _pivot(self, leaving: int, entering: int) -> None:
        self.budget.spend(len(self.rows) * len(self.goal))
        scale = 1 / self.rows[leaving][entering]
        row = [value * scale for value in self.rows[leaving]]
        self.rows[leaving] = row
        for index, other in enumerate(self.rows):
            times = other[entering]
            if index != leaving and times:
                self.rows[index] = [
                    mine - times * value if value else mine
                    for mine, value in zip(other, row, strict=True)
                ]
        self.basis[leaving] = entering

    def _drop_artificials(self) -> None:
        """Take artificial columns out of the basis; a row that has only them says nothing."""
        for index in range(len(self.rows) - 1, -1, -1):
            if self.basis[index] < self.artificial:
                continue
            row = self.rows[index]
            entering = next((c for c in range(self.artificial) if row[c]), None)
            if entering is None:
                del self.rows[index]
                del self.basis[index]
            else:
                self._pivot(index, entering)


def _is_met_by_zero(bound: Bound) -> bool:
    """Whether a bound holds, and is no equation, where every term is zero."""
    return bound.relation != "=" and bound.form.coefficients.get(UNIT, ZERO) >= 0


# --- whole numbers -------------------------------------------------------------------------


def smallest_whole_point(
    bounds: Sequence[Bound], positive: Sequence[Term], sizes: Form, budget: Budget
) -> dict[Term, Fraction] | None:
    """Return whole numbers that meet the bounds with the smallest ``sizes``, or None.

    Branch and bound, the smaller number first; strict bounds are met by what whole numbers
    allow. None is also returned where the search is given up.
    """
    whole = [_whole(bound) for bound in bounds]
    if any(_is_broken(bound) for bound in whole):
        return None
    best: dict[Term, Fraction] | None = None
    waiting: list[list[Bound]] = [whole]
    for _ in range(BRANCHES):
        if not waiting:
            return best
        current = waiting.pop()
        try:
            point = minimise(current, positive, sizes, budget)
        except OutOfBudget:
            if best is None:
                raise
            return best
        if point is None:
            continue
        if best is not None and value_of(sizes, point) >= value_of(sizes, best):
            continue
        broken = next((term for term, value in point.items() if value.denominator != 1), None)
        if broken is None:
            best = point
            continue
        below = point[broken].numerator // point[broken].denominator
        up = Form({broken: ONE, UNIT: Fraction(-below - 1)})
        down = Form({broken: -ONE, UNIT: Fraction(below)})
        waiting += [[*current, Bound(up, ">=")], [*current, Bound(down, ">=")]]
    return best


BRANCHES: Final = 64
"""Programs that the search for whole numbers solves before it gives up."""


def _whole(bound: Bound) -> Bound:
    """Return a bound as whole numbers meet it: coefficients without a common divisor, no slack.

    So ``2 * x > 0`` is ``x >= 1``, which no half meets.
    """
    terms = {term: value for term, value in bound.form.coefficients.items() if term != UNIT}
    multiple = lcm(*(value.denominator for value in terms.values()))
    divisor = gcd(*(value.numerator for value in terms.values()))
    scale = Fraction(multiple, divisor or 1)
    constant = bound.form.coefficients.get(UNIT, ZERO) * scale
    if bound.relation == "=":
        return Bound(bound.form.times(scale), "=")
    met = ceil(constant) - 1 if bound.relation == ">" else floor(constant)
    return Bound(Form(terms).times(scale).plus(Form.constant(met)), ">=")


def _is_broken(bound: Bound) -> bool:
    """Whether a bound that `_whole` made is an equation that no whole numbers meet."""
    return bound.form.coefficients.get(UNIT, ZERO).denominator != 1


def value_of(form: Form, point: Mapping[Term, Fraction]) -> Fraction:
    """Return the value of a form at a point."""
    return sum(
        (value * (ONE if term == UNIT else point.get(term, ZERO))
         for term, value in form.coefficients.items()),
        ZERO,
    )  # fmt: skip
