"""The taxes of one item: components and a price in; net, bases and amounts out, exactly.

Each amount is linear in the net, so a price that includes some of them is solved for the net and
never searched for. Batches of neighbours that divide one gross are taken out of it from the last
to the first, each out of what the later ones left; the others then follow in order. What does not
depend on the price is a `Solution`, found once for all items that bear the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine.errors import HeraError
from hera_engine.tax.component import Component, ComponentKind, component_fault

Amount = Fraction | int
"""An amount in units of the quantity's scale, a whole number where it was rounded to one."""

Rounder = Callable[[Fraction], Amount]
"""Rounds an amount; the identity where nothing is rounded."""


@dataclass(frozen=True, slots=True)
class Levy:
    """A component of an item, and whether the item's price includes it."""

    component: Component
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """What one component comes to: its base, and its amount before and after rounding."""

    levy: Levy
    base: Amount
    exact: Fraction
    tax: Amount

    @property
    def component(self) -> Component:
        """The component charged."""
        return self.levy.component


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Net and charges of one item, charges in order of evaluation."""

    net: Amount
    charges: tuple[Charge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """How many units, and whether the price of one is below zero.

    ``scale`` is what prices and amounts are counted in, in currency units: amounts per unit and
    tiers are stated in those.
    """

    count: Fraction = Fraction(1)
    negative: bool = False
    scale: Fraction = Fraction(1)

    @property
    def signed(self) -> Fraction:
        """The count with the sign of the unit price."""
        return -self.count if self.negative else self.count


def exactly(amount: Fraction) -> Fraction:
    """Return an amount as it is: the rounder that rounds nothing."""
    return amount


def levies_of(
    components: Sequence[Component], *, inclusive: bool | None, said: bool | None = None
) -> tuple[Levy, ...]:
    """Return components in order of evaluation, each in the price or not, where it fits one.

    Args:
        components: In the order of the profile, which decides within one sequence.
        inclusive: Whether the price includes those that do not say; None for no.
        said: What the price says of itself, which goes before its components; None for nothing.
    """
    levies = []
    for position, component in enumerate(components, start=1):
        own = component.inclusive if said is None else said
        inside = bool(inclusive) if own is None else own
        level = position if component.sequence is None else component.sequence
        levies.append(Levy(replace(component, sequence=level), inside and component.fits_prices))
    return tuple(sorted(levies, key=lambda levy: levy.component.sequence or 0))


def evaluate(shape: "Shape", price: Fraction, quantity: Quantity) -> Evaluation:
    """Return the exact net of a price and the charge of each levy.

    Args:
        shape: Of levies as `levies_of` returns them.
        price: Of the whole item; it includes the inclusive levies.
        quantity: For the components of a fixed amount.

    Raises:
        HeraError: E_TAX_PROFILE where inclusive rates leave no net, or a division takes it all.
    """
    return Solution.of(shape).evaluate(price, quantity)


# --- batches and levels --------------------------------------------------------------------


def _batches(levies: Sequence[Levy]) -> tuple[tuple[int, ...], ...]:
    """Return neighbours that share one base, as indexes in order.

    A tax of nought is a batch of its own, and parts no neighbours.
    """
    named = frozenset(code for levy in levies for code in levy.component.on)
    batches: list[tuple[int, ...]] = []
    noughts: list[tuple[int, ...]] = []
    for index, levy in enumerate(levies):
        if levy.component.is_nought:
            noughts.append((index,))
        elif batches and _joins([levies[other] for other in batches[-1]], levy, named):
            batches[-1] = (*batches[-1], index)
        else:
            batches.append((index,))
    return tuple(sorted((*batches, *noughts)))


def _joins(batch: Sequence[Levy], levy: Levy, named: frozenset[str]) -> bool:
    """Whether a levy belongs to the batch of those before it: alike, and on none of them.

    ``named`` are the codes that stand in the base of others by name, which makes a component as
    compound as the flag does.
    """
    one, two = batch[-1].component, levy.component
    before, after = (each.compound or each.code in named for each in (one, two))
    if (one.kind, before, batch[-1].inclusive) != (two.kind, after, levy.inclusive):
        return False
    if two.on:
        return not any(each.component.code in two.on for each in batch)
    if not two.base_affected:
        return True
    return not any(
        each.component.compound and each.component.sequence != two.sequence for each in batch
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """What levies are to each other; found once for all items that bear the same.

    Attributes:
        levies: In order of evaluation.
        batches: Neighbours that share one base, as indexes in order.
        batch: For each levy its batch.
        raising: For each levy the earlier ones that raise its base.
        rates: For each levy what it is of its base; None for a division of the whole or more.
    """

    levies: tuple[Levy, ...]
    batches: tuple[tuple[int, ...], ...]
    batch: tuple[tuple[int, ...], ...]
    raising: tuple[tuple[int, ...], ...]
    rates: tuple[Fraction | None, ...]

    @classmethod
    def of(cls, levies: Sequence[Levy]) -> "Shape":
        """Return the shape of levies in order of evaluation.

        Raises:
            HeraError: E_TAX_PROFILE for a levy that is due on a later one.
        """
        batches = _batches(levies)
        batch = tuple(
            next(each for each in batches if index in each) for index in range(len(levies))
        )
        raising = tuple(_raising(levies, index, batch[index]) for index in range(len(levies)))
        rates = tuple(_rate_of(levies, index, batch[index]) for index in range(len(levies)))
        return cls(tuple(levies), batches, batch, raising, rates)

    def bases(self, net: int, taxes: Sequence[int]) -> tuple[int, ...]:
        """Return the base of each levy in whole units: the net, and the taxes that raise it."""
        return tuple(net + sum(taxes[other] for other in others) for others in self.raising)

    def rate(self, index: int) -> Fraction:
        """Return what a component is of its base; a division counts itself into what it is of.

        Raises:
            HeraError: E_TAX_PROFILE for a division of the whole or more.
        """
        rate = self.rates[index]
        if rate is None:
            code = self.levies[index].component.code
            raise component_fault(code, "takes all of the price that includes it, or more")
        return rate


def _raising(levies: Sequence[Levy], index: int, batch: tuple[int, ...]) -> tuple[int, ...]:
    """Return the earlier components that raise the base of one."""
    own = levies[index].component
    if own.on:
        for levy in levies[index:]:
            if levy.component.code in own.on:
                reason = f"is due on `{levy.component.code}`, which comes after it"
                raise component_fault(own.code, reason)
        return tuple(at for at in range(index) if levies[at].component.code in own.on)
    if not own.base_affected:
        return ()
    return tuple(
        other
        for other in range(batch[0])
        if levies[other].component.compound
        and not levies[other].component.reverse_charge
        and levies[other].component.sequence != own.sequence
    )


def _rate_of(levies: Sequence[Levy], index: int, batch: tuple[int, ...]) -> Fraction | None:
    component = levies[index].component
    if component.kind is not ComponentKind.DIVISION:
        return component.fraction
    left = 1 - sum((levies[each].component.fraction for each in batch), Fraction())
    return component.fraction / left if left > 0 else None


# --- what does not depend on the price -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Linear:
    """A figure as a multiple of another, and of fixed amounts by the index of their levy."""

    slope: Fraction
    terms: Mapping[int, Fraction]

    def times(self, factor: Fraction) -> "_Linear":
        """Return so many times the figure."""
        terms = {index: value * factor for index, value in self.terms.items()}
        return _Linear(self.slope * factor, terms)

    def plus(self, other: "_Linear") -> "_Linear":
        """Return the sum of two figures."""
        terms = dict(self.terms)
        for index, value in other.terms.items():
            terms[index] = terms.get(index, Fraction()) + value
        return _Linear(self.slope + other.slope, terms)

    def of(self, amount: Amount, fixed: Mapping[int, Amount]) -> Fraction:
        """Return the figure for an amount and known fixed amounts."""
        found = self.slope * amount
        for index, value in self.terms.items():
            found += value * fixed[index]
        return found


_NOTHING: Final = _Linear(Fraction(), MappingProxyType({}))
_ITSELF: Final = _Linear(Fraction(1), MappingProxyType({}))
_FIXED: Final = ComponentKind.FIXED


@dataclass(frozen=True, slots=True)
class Solution:
    """How a price is taken apart, whatever it is.

    Attributes:
        shape: What the levies are to each other.
        fixed: Levies of a fixed amount, which depend on nothing.
        batches: Those in the price, the last first: each levy as a part of what the fixed
            amounts in the price and the batches before it left.
        net: The net as a part of what the fixed amounts left.
        later: The other levies, in order: those that come on top, and those of nought.
    """

    shape: Shape
    fixed: tuple[int, ...]
    batches: tuple[tuple[tuple[int, _Linear], ...], ...]
    net: _Linear
    later: tuple[int, ...]

    @classmethod
    def of(cls, shape: Shape) -> "Solution":
        """Return the solution of a shape.

        Raises:
            HeraError: E_TAX_PROFILE as for `evaluate`.
        """
        levies = shape.levies
        fixed = tuple(i for i, each in enumerate(levies) if each.component.kind is _FIXED)
        inside = [batch for batch in shape.batches if _is_inside(levies[batch[0]])]
        taken = frozenset(index for batch in inside for index in batch)
        later = tuple(i for i in range(len(levies)) if i not in taken and i not in fixed)
        if _takes_all(shape, inside):
            shares = tuple((i, _Linear(levies[i].component.fraction, {})) for i in inside[0])
            return cls(shape, fixed, (shares,), _NOTHING, later)
        linear = _of_the_net(shape)
        for index in later:
            shape.rate(index)
        price, batches = _ITSELF, []
        for batch in inside:
            for index in batch:
                price = price.plus(linear[index])
            if price.slope <= 0:
                message = "the taxes in a price leave no net to compute them of"
                raise HeraError("E_TAX_PROFILE", message)
            net = _inverse(price)
            batches.append(tuple((i, _within(linear[i], net)) for i in batch))
        return cls(shape, fixed, tuple(reversed(batches)), _inverse(price), later)

    def evaluate(
        self,
        price: Amount,
        quantity: Quantity,
        *,
        rounder: Rounder = exactly,
        net_first: bool = False,
    ) -> Evaluation:
        """Return the net of a price and the charge of each levy.

        Args:
            price: Of the whole item, in units of the quantity's scale.
            quantity: For the components of a fixed amount.
            rounder: Applied to each amount as soon as it is known.
            net_first: Whether the net is rounded before the taxes in the price, the last of
                which then takes the rest.
        """
        levies = self.shape.levies
        exact: dict[int, Fraction] = {}
        taxes: dict[int, Amount] = {}
        for index in self.fixed:
            exact[index] = levies[index].component.fraction * quantity.signed / quantity.scale
            taxes[index] = rounder(exact[index])
        rest = price - sum(taxes[index] for index in self.fixed if levies[index].inclusive)
        wanted = rounder(self.net.of(rest, taxes)) if net_first else 0
        for batch in self.batches:
            for index, share in batch:
                exact[index] = share.of(rest, taxes)
                taxes[index] = rounder(exact[index])
            rest -= sum(taxes[index] for index, _ in batch)
        last = max((index for index in taxes if _charges_inside(levies[index])), default=None)
        if net_first and last is not None:
            taxes[last] += rest - wanted
            rest = wanted
        for index in self.later:
            exact[index] = self._later(index, rest + self._raised(index, taxes), quantity)
            taxes[index] = rounder(exact[index])
        return Evaluation(
            rest,
            tuple(
                Charge(levy, rest + self._raised(index, taxes), exact[index], taxes[index])
                for index, levy in enumerate(levies)
            ),
        )

    def _raised(self, index: int, taxes: Mapping[int, Amount]) -> Amount:
        """Return by what the base of a levy is more than the net."""
        return sum(taxes[other] for other in self.shape.raising[index])

    def _later(self, index: int, base: Amount, quantity: Quantity) -> Fraction:
        component = self.shape.levies[index].component
        if component.kind is ComponentKind.TIERED:
            return component.of_tiers(base * quantity.scale) / quantity.scale
        return self.shape.rate(index) * base


def _charges_inside(levy: Levy) -> bool:
    """Whether a levy takes something out of the price."""
    return levy.inclusive and not levy.component.is_nought


def _is_inside(levy: Levy) -> bool:
    """Whether a levy is a part of the price that depends on it."""
    return _charges_inside(levy) and levy.component.kind is not _FIXED


def _inverse(price: _Linear) -> _Linear:
    """Return the net as a part of the price, where the price is known as one of the net."""
    terms = {index: -value / price.slope for index, value in price.terms.items()}
    return _Linear(1 / price.slope, terms)


def _within(tax: _Linear, net: _Linear) -> _Linear:
    """Return a tax as a part of the price, where it is known as one of the net."""
    return net.times(tax.slope).plus(_Linear(Fraction(), tax.terms))


def _takes_all(shape: Shape, inside: Sequence[tuple[int, ...]]) -> bool:
    """Whether a division batch is the whole price, with nothing before it or beside it."""
    if len(inside) != 1:
        return False
    if not all(levy.component.is_nought for levy in shape.levies[: inside[0][0]]):
        return False
    members = [shape.levies[index].component for index in inside[0]]
    rates = sum((each.fraction for each in members), Fraction())
    return members[0].kind is ComponentKind.DIVISION and rates == 1


def _of_the_net(shape: Shape) -> tuple[_Linear, ...]:
    """Return each levy up to the last one that a price holds as a figure of the net.

    It holds while batches are taken out of the price, the last one first: no component depends
    on a later one.
    """
    last = max((i for i, levy in enumerate(shape.levies) if _charges_inside(levy)), default=-1)
    found: list[_Linear] = []
    for index, component in enumerate(levy.component for levy in shape.levies[: last + 1]):
        match component.kind:
            case ComponentKind.FIXED:
                found.append(_Linear(Fraction(), {index: Fraction(1)}))
            case ComponentKind.TIERED:
                named = any(index in shape.raising[later] for later in range(index, last + 1))
                if component.compound or named:
                    reason = "is tiered and compound beside a tax that the price includes"
                    raise component_fault(component.code, reason)
                found.append(_NOTHING)
            case ComponentKind.PERCENT | ComponentKind.DIVISION:
                base = _ITSELF
                for other in shape.raising[index]:
                    base = base.plus(found[other])
                found.append(base.times(shape.rate(index)))
    return tuple(found)


# --- nothing rounded -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExactForm:
    """The exact figures of any item of a shape, as multiples of its price and its quantity.

    Without tiers, and while nothing is rounded, every figure is linear in the two.
    """

    of_price: Evaluation
    of_quantity: Evaluation | None

    @classmethod
    def of(cls, solution: Solution) -> "ExactForm | None":
        """Return the form of a solution; None for one with tiers, which has none."""
        if any(levy.component.tiers for levy in solution.shape.levies):
            return None
        per_price = solution.evaluate(Fraction(1), Quantity(count=Fraction()))
        per_unit = solution.evaluate(Fraction(), Quantity()) if solution.fixed else None
        return cls(per_price, per_unit)

    def evaluate(self, price: Fraction, quantity: Quantity) -> Evaluation:
        """Return the exact net of a price and the charge of each levy."""
        found = _scaled(self.of_price, price)
        if self.of_quantity is None:
            return found
        fixed = _scaled(self.of_quantity, quantity.signed / quantity.scale)
        pairs = zip(found.charges, fixed.charges, strict=True)
        return Evaluation(found.net + fixed.net, tuple(_added(*pair) for pair in pairs))


def _scaled(form: Evaluation, factor: Fraction) -> Evaluation:
    charges = []
    for charge in form.charges:
        tax = charge.exact * factor
        charges.append(Charge(charge.levy, charge.base * factor, tax, tax))
    return Evaluation(form.net * factor, tuple(charges))


def _added(one: Charge, other: Charge) -> Charge:
    tax = one.exact + other.exact
    return Charge(one.levy, one.base + other.base, tax, tax)
