"""The search for an event that shows that a rule does not balance.

Enters: a case in which something may be left over. Leaves: a small event for which the
interpreter finds debits that are not its credits, or nothing. The search is bounded, and the
same for the same rule: whole numbers by branch and bound, multiples of 1.00 before minor units,
one member for each combination of conditions on members.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice, product
from typing import Final

from hera_engine import limits
from hera_engine.rules.expressions import Part, PartOf, Read, Source
from hera_engine.rules.plan import PlannedRule
from hera_engine.rules.proof.cases import Cases, Failure, member_bounds, unequal, ways
from hera_engine.rules.proof.fields import (
    SOME_DAY,
    Plan,
    Point,
    Spot,
    Texts,
    texts_of,
)
from hera_engine.rules.proof.forms import (
    UNIT,
    Amount,
    CellSum,
    Figure,
    Form,
    Opaque,
    Term,
    is_true,
    total,
)
from hera_engine.rules.proof.linear import (
    Bound,
    Budget,
    OutOfBudget,
    feasible_point,
    smallest_whole_point,
    value_of,
)
from hera_engine.rules.proof.plans import Plans, of_spot, summed
from hera_engine.rules.proof.read import Reader
from hera_engine.rules.proof.shown import as_event, shown_fields
from hera_engine.rules.proof.signs import ITEMS
from hera_engine.rules.proof.worlds import Sums, World, sums_of
from hera_engine.rules.verdict import CounterExample

PLANS: Final = 12
"""Choices of members that are tried for one case."""
READINGS: Final = 16
"""Ways to read what is not equal, of all members, that are tried for one choice of members."""
GRIDS: Final = (Fraction(1), Fraction(1, 100), Fraction(1, 1000), Fraction(1, 10000))
"""What amounts are whole multiples of, in the order they are tried."""
SPOTS: Final = (0, 1, 2, 3, 5, 10, 11, 25, 33, 50, 99, 100, 101, 1000)
"""Minor units that are tried for what stands inside `round(…)` and its like."""
SPOTTED: Final = 60
"""Choices of such values that are tried."""
OPAQUE_WEIGHT: Final = 1000
"""What is not linear is worked out from its parts: it is the last that a search sets."""


def smallest_counter_example(
    rule: PlannedRule, lines: Collection[int], cases: Cases, failures: Iterable[Failure]
) -> tuple[Failure, CounterExample] | None:
    """Return the smallest event found for which a rule does not balance, and its case."""
    texts, budget = texts_of(rule, cases.rule), cases.budget
    best: tuple[Failure, Found] | None = None
    for failure in failures:
        alone = Budget(min(budget.searching, limits.PROOF_SEARCH))
        granted = alone.left
        found = None
        with suppress(OutOfBudget):
            found = Search(rule, lines, cases, failure, texts, alone).run()
        budget.searching -= granted - max(alone.left, 0)
        if found is not None and (best is None or found.size < best[1].size):
            best = failure, found
    if best is None:
        return None
    failure, shown = best
    fields = shown_fields(shown.world, texts)
    sums = shown.sums
    return failure, CounterExample(fields, as_event(shown.world), sums.debits, sums.credits)


@dataclass(frozen=True, slots=True)
class Found:
    """An event that does not balance in a ledger, and what it comes to there."""

    world: World
    sums: Sums

    @property
    def size(self) -> Fraction:
        """The sum of all its amounts, their signs left aside."""
        return self.world.size


@dataclass(frozen=True, slots=True)
class Search:
    """The search for one case of one rule among its lines of one ledger and currency."""

    rule: PlannedRule
    lines: Collection[int]
    cases: Cases
    failure: Failure
    texts: Texts
    budget: Budget

    @property
    def reader(self) -> Reader:
        """The words and forms of the rule."""
        return self.cases.rule.reader

    def run(self) -> Found | None:
        """Return the first event found that does not balance."""
        for plan in islice(Plans(self.rule, self.cases, self.failure).all(), PLANS):
            difference = self._difference(plan)
            for bounds in self._worlds(plan):
                for sign in (1, -1):
                    wanted = [*bounds, Bound(difference.times(sign), ">")]
                    found = self._solve(plan, bounds, wanted)
                    if found is not None:
                        return found
        return None

    # --- what holds of them ----------------------------------------------------------------

    def _worlds(self, plan: Plan) -> Iterator[list[Bound]]:
        """Yield the bounds of an event with certain members, prices on top of tax, then with."""
        of_event = [Bound(summed(each.form, plan), each.relation) for each in self.failure.bounds]
        choices = [tuple(self._readings(spot, plan)) for spot in plan]
        for chosen in islice(product(*choices), READINGS):
            yield from self._priced_ways(plan, [*of_event, *chain.from_iterable(chosen)])

    def _readings(self, spot: Spot, plan: Plan) -> Iterator[tuple[Bound, ...]]:
        """Yield the bounds of a member, once for each way to read what is not equal."""
        fixed = tuple(member_bounds(self.cases.rule, spot.truth, strict=True))
        for chosen in ways(tuple(unequal(self.cases.rule, spot.truth))):
            bounds = (*fixed, *chosen)
            if not chosen or self._can_meet(bounds):
                yield tuple(Bound(of_spot(each.form, spot, plan), each.relation) for each in bounds)

    def _priced_ways(self, plan: Plan, bounds: list[Bound]) -> Iterator[list[Bound]]:
        """Yield bounds of an event with what the engine asks of its figures, in each way."""
        items = [spot for spot in plan if spot.domain == ITEMS]
        if items:
            sale = Form.of(Amount(Read(Source.FACT, "sale_amount")))
            taken = total(_figure(spot, "document_discount") for spot in items)
            # The engine refuses a discount that is more than the sale, where there is one.
            for discount in (Bound(sale.plus(taken, -1), ">="), Bound(taken, "=")):
                yield [*bounds, *_priced(items, inclusive=False), discount]
            yield [*bounds, *_priced(items, inclusive=True)]
            return
        # A total of nothing is refused unless the event has items, which the rule then ignores.
        sale = Form.of(Amount(Read(Source.FACT, "sale_amount")))
        taken_off = Form.of(Amount(Read(Source.FACT, "discount_amount")))
        total_ = Form.of(Amount(Read(Source.HEADER, "total_amount")))
        yield [*bounds, Bound(sale, ">="), Bound(total_, ">")]
        yield [*bounds, Bound(sale, ">="), Bound(sale.plus(taken_off, -1), ">=")]

    def _difference(self, plan: Plan) -> Form:
        """Return debits less credits of the made-up event."""
        parts = []
        for group in self.cases.groups:
            if not group.domain:
                if is_true(group.guard, self.failure.truth):
                    parts.append(summed(group.form, plan))
                continue
            for spot in plan:
                truth = {**self.failure.truth, **spot.truth}
                if spot.domain == group.domain and is_true(group.guard, truth):
                    parts.append(of_spot(group.form, spot, plan))
        return total(parts)

    # --- solving ---------------------------------------------------------------------------

    def _solve(self, plan: Plan, bounds: list[Bound], wanted: list[Bound]) -> Found | None:
        """Return the smallest event that does not balance, as the interpreter sees it.

        Where no fraction of an amount meets what is wanted, no grid does.
        """
        if not self._can_meet(wanted):
            return None
        for grid in GRIDS[: self.texts.exponent]:
            point = self._point(wanted, grid)
            if point is None:
                continue
            found = self._tried(plan, point)
            if found is None and any(isinstance(term, Opaque) for term in point):
                found = self._spotted(plan, bounds, point)
            if found is not None:
                return found
        return None

    def _can_meet(self, bounds: Sequence[Bound]) -> bool:
        terms = dict.fromkeys(term for bound in bounds for term in bound.form.coefficients)
        positive = tuple(filter(self._is_positive, terms))
        return feasible_point(bounds, positive, self.budget) is not None

    def _spotted(self, plan: Plan, bounds: list[Bound], point: Point) -> Found | None:
        """Return an event with small values for what stands inside opaque terms."""
        inside = self._inside(point)
        if not inside:
            return None
        unit = Fraction(1, 10**self.texts.exponent)
        for values in islice(product(SPOTS, repeat=min(len(inside), 3)), SPOTTED):
            pinned = [
                Bound(Form.of(term).plus(Form.constant(value * unit), -1), "=")
                for term, value in zip(inside, values, strict=False)
            ]
            tried = self._point([*bounds, *pinned], unit)
            found = None if tried is None else self._tried(plan, tried)
            if found is not None:
                return found
        return None

    def _inside(self, point: Point) -> tuple[Term, ...]:
        """Return the plain terms that opaque terms are made of."""
        found: dict[Term, None] = {}
        waiting = [term for term in point if isinstance(term, Opaque)]
        seen: set[int] = set()
        while waiting:
            opaque = waiting.pop()
            if opaque.number in seen or opaque.number < 0:
                continue
            seen.add(opaque.number)
            for term in self.reader.inner[opaque.number]:
                if isinstance(term, Opaque):
                    waiting.append(term)
                elif isinstance(term, Amount) and not term.level:
                    found[term] = None
        return tuple(found)

    def _point(self, bounds: Sequence[Bound], grid: Fraction) -> Point | None:
        """Return the smallest multiples of a grid that meet the bounds; days count as they are.

        A term that may be negative is the difference of two that may not, whose sum is its size.
        """
        scaled = [Bound(_on_grid(bound.form, grid), bound.relation) for bound in bounds]
        terms = dict.fromkeys(term for bound in scaled for term in bound.form.coefficients)
        terms.pop(UNIT, None)
        halves: dict[Term, Form] = {}
        positive: list[Term] = []
        sizes = Form()
        for number, term in enumerate(terms):
            above, below = (Opaque(-2 - 2 * number - each, 0, positive=True) for each in (0, 1))
            signed = {above: 1} if self._is_positive(term) else {above: 1, below: -1}
            halves[term] = total(Form.of(half, sign) for half, sign in signed.items())
            positive += signed
            sizes = sizes.plus(total(map(Form.of, signed)), _weight(term))
        split = [Bound(_split(bound.form, halves), bound.relation) for bound in scaled]
        found = None
        # Whole numbers may take long to miss one grid; the next one needs its share.
        with suppress(OutOfBudget), self.budget.half() as budget:
            found = smallest_whole_point(split, positive, sizes, budget)
        if found is None:
            return None
        values = {term: value_of(form, found) for term, form in halves.items()}
        return {term: _off_grid(term, value, grid) for term, value in values.items()}

    def _is_positive(self, term: Term) -> bool:
        if isinstance(term, CellSum):
            return self.reader.known.term_is_positive(term.term, term.domain)
        return self.reader.known.term_is_positive(term, ())

    def _tried(self, plan: Plan, point: Point) -> Found | None:
        """Return an event with these values if the interpreter finds that it does not balance."""
        world = self.texts.world(plan, point, self.failure.truth)
        sums = sums_of(self.rule, world, self.lines)
        if sums is None or sums.debits == sums.credits:
            return None
        return Found(world, sums)


def _inner(term: Term) -> Term:
    """Return what a member's term is a term of."""
    return term.term if isinstance(term, CellSum) else term


def _weight(term: Term) -> int:
    """Return how much a term's size counts against an event."""
    inner = _inner(term)
    coded = isinstance(inner, Figure) and inner.part.code is not None
    return OPAQUE_WEIGHT if coded or isinstance(inner, Opaque) else 1


def _split(form: Form, halves: Mapping[Term, Form]) -> Form:
    """Return a form over what its terms are above zero, less what they are below."""
    return total(
        halves.get(term, Form.of(term)).times(value) for term, value in form.coefficients.items()
    )


def _is_day(term: Term) -> bool:
    inner = _inner(term)
    return isinstance(inner, Amount) and inner.day


def _on_grid(form: Form, grid: Fraction) -> Form:
    """Return a form over multiples of a grid instead of amounts, and over days from one day."""
    parts = []
    for term, value in form.coefficients.items():
        if _is_day(term):
            parts += [Form.of(term, value), Form.constant(value * SOME_DAY.toordinal())]
        else:
            parts.append(Form.of(term, value if term == UNIT else value * grid))
    return total(parts)


def _off_grid(term: Term, value: Fraction, grid: Fraction) -> Fraction:
    """Return the amount that a multiple of a grid means, or the day."""
    return value + SOME_DAY.toordinal() if _is_day(term) else value * grid


def _priced(items: Sequence[Spot], *, inclusive: bool) -> Iterator[Bound]:
    """Yield how figures of items hang together: with tax in the price, or on top of it.

    With tax in the price nothing is taken off, so that no net of a discount has to be told.
    The discount of a document is that of its only item.
    """
    for spot in items:
        taken = _figure(spot, "discount").plus(_figure(spot, "document_discount"))
        price = _figure(spot, "net").plus(taken)
        if inclusive:
            price = price.plus(_figure(spot, "tax"))
            yield Bound(taken, "=")
            yield Bound(_figure(spot, "document_discount"), "=")
        yield Bound(_figure(spot, "amount").plus(price, -1), "=")
        yield Bound(_figure(spot, "discount_net").plus(taken, -1), "=")
        if len(items) > 1 and not inclusive:
            yield Bound(_figure(spot, "document_discount"), "=")
        if not inclusive:
            yield Bound(_figure(spot, "discount"), ">=")
            yield Bound(_figure(spot, "document_discount"), ">=")
    sale = Form.of(Amount(Read(Source.FACT, "sale_amount")))
    prices = total(_figure(spot, "amount").plus(_figure(spot, "discount"), -1) for spot in items)
    yield Bound(sale.plus(prices, -1), "=")


def _figure(spot: Spot, name: str) -> Form:
    """Return a figure of a made-up item."""
    term: Term = Amount(Read(Source.LOOP, "", (name,)), None, 1)
    if name in {"net", "tax"}:
        term = Figure(PartOf(Part(name), None), 1)
    return Form.of(CellSum(spot.domain, spot.number, term))
