"""The taxes of a document of components: items in; each figure in whole units, adding up.

Law, under every rule: the items' nets add up to the document's net, their charges to its taxes,
and net + taxes = gross for items and document alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hera_engine.money import round_fraction
from hera_engine.tax.compute import StepScope, TaxStep
from hera_engine.tax.evaluate import (
    Charge,
    Evaluation,
    Levy,
    Quantity,
    Rounder,
    Shape,
    evaluate,
    exactly,
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
    def currency_price(self) -> Fraction:
        """The price in currency units."""
        return self.price * self.unit


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
        case TaxScope.LINE:
            settled = tuple(_settled_line(item, rule) for item in items)
        case TaxScope.UNIT:
            settled = tuple(_settled_units(item, rule) for item in items)
        case TaxScope.CARRY:
            settled = _carried(items, rule)
        case _:
            return _Document.of(items, rule).settlement()
    return Settlement(settled, tuple(_line_steps(settled)))


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


def _settled_line(item: LeviedItem, rule: RoundingRule) -> SettledItem:
    """Return an item whose price and taxes are rounded as they come."""
    price = _rounded(item.price, rule) if rule.steps.price else item.price
    found = _evaluated(item, price * item.unit, rule)
    return _in_units(item, found, Fraction(1), rule)


def _settled_units(item: LeviedItem, rule: RoundingRule) -> SettledItem:
    """Return an item as so many times the rounded figures of one of its units."""
    count = item.quantity.count
    if not count:
        return _settled_line(item, rule)
    single = LeviedItem(
        price=item.price / count, quantity=Quantity(negative=item.quantity.negative),
        shape=item.shape, unit=item.unit,
    )  # fmt: skip
    found = _evaluated(single, _rounded(single.price, rule) * item.unit, rule)
    return _in_units(item, found, count, rule)


def _evaluated(item: LeviedItem, price: Fraction, rule: RoundingRule) -> Evaluation:
    rounder = _rounder(item.unit, rule)
    first = rule.steps.net is NetFrom.NET
    return evaluate(item.shape, price, item.quantity, rounder=rounder, net_first=first)


def _rounder(unit: Fraction, rule: RoundingRule) -> Rounder:
    return lambda amount: round_fraction(amount / unit, rule.mode) * unit


def _rounded(units: Fraction, rule: RoundingRule) -> Fraction:
    return Fraction(round_fraction(units, rule.mode))


def _in_units(
    item: LeviedItem, found: Evaluation, times: Fraction, rule: RoundingRule
) -> SettledItem:
    """Return an evaluation so many times, its figures in whole units."""
    scale = times / item.unit
    return SettledItem(
        net=round_fraction(found.net * scale, rule.mode),
        exact_net=found.net * scale,
        charges=tuple(
            SettledCharge(
                levy=charge.levy,
                base=round_fraction(charge.base * scale, rule.mode),
                tax=round_fraction(charge.tax * scale, rule.mode),
                exact_base=charge.base * scale,
                exact=charge.exact * scale,
            )
            for charge in found.charges
        ),
    )


def _carried(items: Sequence[LeviedItem], rule: RoundingRule) -> tuple[SettledItem, ...]:
    """Return items of which each tax makes up for what the items before were rounded by."""
    residues: dict[str, Fraction] = {}
    settled = []
    for item in items:
        price = _rounded(item.price, rule)
        found = evaluate(item.shape, price * item.unit, item.quantity)
        charges, included = [], 0
        for charge in found.charges:
            code = charge.component.code
            due = charge.tax / item.unit + residues.get(code, Fraction())
            tax = round_fraction(due, rule.mode)
            residues[code] = due - tax
            included += tax if charge.levy.inclusive else 0
            charges.append(_settled_charge(charge, item.unit, tax, rule))
        net = int(price) - included
        exact_net = found.net / item.unit
        settled.append(SettledItem(net=net, exact_net=exact_net, charges=tuple(charges)))
    return tuple(settled)


def _settled_charge(charge: Charge, unit: Fraction, tax: int, rule: RoundingRule) -> SettledCharge:
    base = charge.base / unit
    return SettledCharge(
        levy=charge.levy, base=round_fraction(base, rule.mode), tax=tax, exact_base=base,
        exact=charge.exact / unit,
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
        exact = tuple(
            evaluate(item.shape, item.currency_price, item.quantity, rounder=exactly)
            for item in items
        )
        return cls(tuple(items), rule, exact, {}, {})

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
        return self.exact[place[0]].charges[place[1]].tax / self.items[place[0]].unit

    def _base(self, place: Place) -> Fraction:
        """Return an exact base in units."""
        return self.exact[place[0]].charges[place[1]].base / self.items[place[0]].unit

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
        exact = [found.net / item.unit for item, found in zip(self.items, self.exact, strict=True)]
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
        on_top = any(not charge.levy.inclusive for _, charge in paid)
        if self.rule.steps.net is not NetFrom.GROSS and on_top:
            return self._round(net)
        gross = net + exact_sum(self._tax(place) for place, _ in paid)
        return self._round(gross) - sum(self.taxes[place] for place, _ in paid)

    def _item(self, index: int, net: int) -> SettledItem:
        unit = self.items[index].unit
        return SettledItem(
            net=net,
            exact_net=self.exact[index].net / unit,
            charges=tuple(
                SettledCharge(
                    levy=charge.levy, base=self.bases[index, position],
                    tax=self.taxes[index, position], exact_base=charge.base / unit,
                    exact=charge.exact / unit,
                )
                for position, charge in enumerate(self.exact[index].charges)
            ),
        )  # fmt: skip


def _costs_nothing(levy: Levy) -> bool:
    """Whether a levy is no part of what the customer owes: owed and deducted, or kept back."""
    return levy.component.reverse_charge or levy.component.retained
