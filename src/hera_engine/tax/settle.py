"""The taxes of a document of components: items in; each figure in whole units, adding up.

Law, under every rule: the items' nets add up to the document's net, their charges to its taxes,
and net + taxes = gross for items and document alike.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from hera_engine.money import round_fraction, round_ratio
from hera_engine.tax.compute import StepScope, TaxStep
from hera_engine.tax.evaluate import (
    Amount,
    Charge,
    Evaluation,
    ExactForm,
    Levy,
    Quantity,
    Shape,
    Solution,
)
from hera_engine.tax.rounding import NetFrom, RoundingRule, TaxScope, exact_sum, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class LeviedItem:
    """One item to be taxed: its price after discounts, exactly, in units of the increment."""

    price: Fraction
    quantity: Quantity
    shape: Shape
    unit: Fraction
    """The increment in currency units; the price is a multiple of it, whole or not."""

    @property
    def measure(self) -> Quantity:
        """The quantity, for figures in units."""
        return Quantity(count=self.quantity.count, negative=self.quantity.negative, scale=self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledCharge:
    """One component of one item in units; the exact figures are those before its rounding."""

    levy: Levy
    base: int
    tax: int
    exact_base: Fraction
    exact: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledItem:
    """One item in units."""

    net: int
    exact_net: Fraction
    charges: tuple[SettledCharge, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """The items of a document, and the steps that led to their figures."""

    items: tuple[SettledItem, ...]
    steps: tuple[TaxStep, ...]


def settle_document(items: Sequence[LeviedItem], rule: RoundingRule) -> Settlement:
    """Return net, bases and taxes of each item under a rule.

    Raises:
        HeraError: E_TAX_PROFILE for components that leave no net.
    """
    match rule.steps.tax:
        case TaxScope.LINE | TaxScope.UNIT:
            settled = _by_item(items, rule)
        case TaxScope.CARRY:
            settled = _carried(items, rule)
        case _:
            return _Document.of(items, rule).settlement()
    return Settlement(settled, tuple(_line_steps(settled)))


def _solutions(items: Sequence[LeviedItem]) -> tuple[tuple[Solution, ...], tuple[int, ...]]:
    """Return the solutions of all shapes, and for each item the number of its own."""
    known: dict[tuple[Levy, ...], int] = {}
    solutions: list[Solution] = []
    numbers = []
    before, number = None, 0
    for item in items:
        if item.shape is not before:
            before, number = item.shape, known.setdefault(item.shape.levies, len(known))
            if number == len(solutions):
                solutions.append(Solution.of(item.shape))
        numbers.append(number)
    return tuple(solutions), tuple(numbers)


def _exact(items: Sequence[LeviedItem], prices: Sequence[Fraction]) -> tuple[Evaluation, ...]:
    """Return items evaluated exactly at some prices, all in units.

    A form is worth its making where several items have one shape.
    """
    solutions, numbers = _solutions(items)
    uses = Counter(numbers)
    forms = [
        ExactForm.of(each) if uses[number] > 1 else None for number, each in enumerate(solutions)
    ]
    return tuple(
        (forms[number] or solutions[number]).evaluate(price, item.measure)
        for item, price, number in zip(items, prices, numbers, strict=True)
    )


def _line_steps(items: Sequence[SettledItem]) -> list[TaxStep]:
    return [
        TaxStep(
            scope=StepScope.LINE, code=charge.levy.component.code, item=index,
            exact=charge.exact, units=charge.tax,
        )
        for index, item in enumerate(items)
        for charge in item.charges
    ]  # fmt: skip


# --- item by item --------------------------------------------------------------------------


def _by_item(items: Sequence[LeviedItem], rule: RoundingRule) -> tuple[SettledItem, ...]:
    """Return items whose prices and taxes are rounded as they come."""
    by_unit = rule.steps.tax is TaxScope.UNIT
    solutions, numbers = _solutions(items)
    return tuple(
        _settled(item, item.quantity.count if by_unit else Fraction(1), solutions[number], rule)
        for item, number in zip(items, numbers, strict=True)
    )


def _settled(
    item: LeviedItem, times: Fraction, solution: Solution, rule: RoundingRule
) -> SettledItem:
    """Return an item as so many times the rounded figures of one of its parts."""
    price, measure = item.price, item.measure
    if times and times != 1:
        price, measure = price / times, replace(measure, count=measure.count / times)

    def rounded(amount: Fraction) -> int:
        return round_fraction(amount, rule.mode)

    found = solution.evaluate(
        rounded(price) if rule.steps.price else price, measure, rounder=rounded,
        net_first=rule.steps.net is NetFrom.NET,
    )  # fmt: skip
    return _multiplied(found, times or Fraction(1), rule)


def _multiplied(found: Evaluation, times: Fraction, rule: RoundingRule) -> SettledItem:
    """Return an evaluation so many times, its figures in whole units."""
    return SettledItem(
        net=_whole(found.net * times, rule),
        exact_net=found.net * times,
        charges=tuple(
            SettledCharge(
                levy=charge.levy,
                base=_whole(charge.base * times, rule),
                tax=_whole(charge.tax * times, rule),
                exact_base=charge.base * times,
                exact=charge.exact * times,
            )
            for charge in found.charges
        ),
    )


def _whole(units: Amount, rule: RoundingRule) -> int:
    return round_ratio(units.numerator, units.denominator, rule.mode)


def _carried(items: Sequence[LeviedItem], rule: RoundingRule) -> tuple[SettledItem, ...]:
    """Return items of which each tax makes up for what the items before were rounded by."""
    residues: dict[str, Fraction] = {}
    prices = [round_fraction(item.price, rule.mode) for item in items]
    settled = []
    for price, found in zip(prices, _exact(items, [*map(Fraction, prices)]), strict=True):
        charges, included = [], 0
        for charge in found.charges:
            code = charge.component.code
            due = charge.exact + residues.get(code, Fraction())
            tax = round_fraction(due, rule.mode)
            residues[code] = due - tax
            included += tax if charge.levy.inclusive else 0
            charges.append(_settled_charge(charge, tax, rule))
        settled.append(
            SettledItem(net=price - included, exact_net=Fraction(found.net), charges=tuple(charges))
        )
    return tuple(settled)


def _settled_charge(charge: Charge, tax: int, rule: RoundingRule) -> SettledCharge:
    base = Fraction(charge.base)
    return SettledCharge(
        levy=charge.levy, base=round_fraction(base, rule.mode), tax=tax, exact_base=base,
        exact=charge.exact,
    )  # fmt: skip


# --- over the document ---------------------------------------------------------------------

Key = tuple[object, ...]
Place = tuple[int, int]
"""An item and one of its charges, by index."""


def _key(scope: TaxScope, charge: Charge) -> Key:
    """Return what charges have in common that are rounded together."""
    component = charge.component
    match scope:
        case TaxScope.RATE:
            return (component.kind, component.fraction, component.sign)
        case TaxScope.JURISDICTION:
            return (component.jurisdiction or component.code, component.sign)
        case TaxScope.COMBINED:
            return (component.sign,)
        case _:
            return (component.code,)


@dataclass(slots=True)
class _Document:
    """A document whose exact figures are known, and whose rounded ones are being found."""

    items: tuple[LeviedItem, ...]
    rule: RoundingRule
    exact: tuple[Evaluation, ...]
    taxes: dict[Place, int]
    bases: dict[Place, int]

    @classmethod
    def of(cls, items: Sequence[LeviedItem], rule: RoundingRule) -> "_Document":
        """Return a document with the exact figures of its items."""
        return cls(tuple(items), rule, _exact(items, [item.price for item in items]), {}, {})

    def settlement(self) -> Settlement:
        """Round taxes, then bases, then nets, and give each its whole units."""
        steps = self._round_taxes()
        self._round_bases()
        nets = self._nets()
        items = tuple(self._item(index, net) for index, net in enumerate(nets))
        return Settlement(items, tuple(steps))

    def _groups(self, scope: TaxScope) -> Mapping[Key, list[Place]]:
        groups: dict[Key, list[Place]] = {}
        for index, found in enumerate(self.exact):
            for position, charge in enumerate(found.charges):
                groups.setdefault(_key(scope, charge), []).append((index, position))
        return groups

    def _tax(self, place: Place) -> Fraction:
        """Return an exact tax in units."""
        return self.exact[place[0]].charges[place[1]].exact

    def _base(self, place: Place) -> Fraction:
        """Return an exact base in units."""
        return Fraction(self.exact[place[0]].charges[place[1]].base)

    def _round(self, units: Fraction) -> int:
        return round_fraction(units, self.rule.mode)

    def _round_taxes(self) -> list[TaxStep]:
        """Round the tax of each group once, and give the charges their parts of it."""
        steps = []
        for members in self._groups(self.rule.steps.tax).values():
            exact = [self._tax(place) for place in members]
            whole = exact_sum(exact)
            total = self._round(whole)
            parts = settle(exact, total, self.rule)
            self.taxes.update(zip(members, parts, strict=True))
            moves: dict[int, int] = {}
            for place, part, value in zip(members, parts, exact, strict=True):
                moves[place[0]] = moves.get(place[0], 0) + part - self._round(value)
            first = self.exact[members[0][0]].charges[members[0][1]]
            steps.append(
                TaxStep(
                    scope=StepScope.TOTAL, code=first.component.code, item=None, exact=whole,
                    units=total, moved=tuple((item, by) for item, by in moves.items() if by),
                )
            )  # fmt: skip
        return steps

    def _round_bases(self) -> None:
        """Round the base of each component once, and give the charges their parts of it."""
        for members in self._groups(TaxScope.CODE).values():
            exact = [self._base(place) for place in members]
            start = [self._round(base) for base in exact]
            total = self._round(exact_sum(exact))
            if self.rule.steps.net is NetFrom.LINES:
                total = sum(start)
            elif self._from_gross(members[0]):
                grosses = [self._base(place) + self._tax(place) for place in members]
                taxes = [self.taxes[place] for place in members]
                total = self._round(exact_sum(grosses)) - sum(taxes)
                pairs = zip(grosses, taxes, strict=True)
                start = [self._round(gross) - tax for gross, tax in pairs]
            parts = settle(exact, total, self.rule, start=start)
            self.bases.update(zip(members, parts, strict=True))

    def _from_gross(self, place: Place) -> bool:
        """Whether a base is what its rounded tax leaves of the rounded gross."""
        net = self.rule.steps.net
        inclusive = self.exact[place[0]].charges[place[1]].levy.inclusive
        return net is NetFrom.GROSS or (net is NetFrom.MIXED and inclusive)

    def _nets(self) -> tuple[int, ...]:
        """Return the net of each item: its price less the taxes in it, wherever that adds up."""
        exact = [Fraction(found.net) for found in self.exact]
        if self.rule.steps.net is NetFrom.LINES:
            return tuple(self._round(net) for net in exact)
        total = self._net_total(exact_sum(exact))
        start = [
            self._round(item.price) - self._included(index) for index, item in enumerate(self.items)
        ]
        return settle(exact, total, self.rule, start=start)

    def _included(self, index: int) -> int:
        """Return the settled taxes in the price of an item."""
        charges = self.exact[index].charges
        return sum(self.taxes[index, at] for at, each in enumerate(charges) if each.levy.inclusive)

    def _net_total(self, net: Fraction) -> int:
        """Return the net of the document from its exact net."""
        charges = [
            (place, self.exact[place[0]].charges[place[1]])
            for members in self._groups(TaxScope.CODE).values()
            for place in members
        ]
        paid = [(place, c) for place, c in charges if not _costs_nothing(c.levy)]
        on_top = any(
            not (charge.levy.inclusive or charge.component.is_nought) for _, charge in paid
        )
        if self.rule.steps.net is not NetFrom.GROSS and on_top:
            return self._round(net)
        gross = net + exact_sum(self._tax(place) for place, _ in paid)
        return self._round(gross) - sum(self.taxes[place] for place, _ in paid)

    def _item(self, index: int, net: int) -> SettledItem:
        return SettledItem(
            net=net,
            exact_net=Fraction(self.exact[index].net),
            charges=tuple(
                SettledCharge(
                    levy=charge.levy, base=self.bases[index, position],
                    tax=self.taxes[index, position], exact_base=Fraction(charge.base),
                    exact=charge.exact,
                )
                for position, charge in enumerate(self.exact[index].charges)
            ),
        )  # fmt: skip


def _costs_nothing(levy: Levy) -> bool:
    """Whether a levy is no part of what the customer owes: owed and deducted, or kept back."""
    return levy.component.reverse_charge or levy.component.retained
