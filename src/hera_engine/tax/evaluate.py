"""The taxes of one item: components and a price in; net, bases and amounts out, exactly.

Each amount is linear in the net, so a price that includes some of them is solved for the net and
never searched for. Batches of neighbours that divide one gross are taken out of it from the last
to the first, each out of what the later ones left; the others then follow in order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from hera_engine.errors import HeraError
from hera_engine.tax.component import Component, ComponentKind, component_fault

Rounder = Callable[[Fraction], Fraction]
"""Rounds an amount in currency units; the identity where nothing is rounded."""

Linear = tuple[Fraction, Fraction]
"""Slope and constant of an amount as a function of the net."""


@dataclass(frozen=True, slots=True)
class Levy:
    """A component of an item, and whether the item's price includes it."""

    component: Component
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """What one component comes to: its base, and its amount before and after rounding."""

    levy: Levy
    base: Fraction
    exact: Fraction
    tax: Fraction

    @property
    def component(self) -> Component:
        """The component charged."""
        return self.levy.component


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Net and charges of one item, charges in order of evaluation."""

    net: Fraction
    charges: tuple[Charge, ...]

    @property
    def included(self) -> Fraction:
        """What of the price is tax."""
        return sum((each.tax for each in self.charges if each.levy.inclusive), Fraction())


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """How many units, and whether the price of one is below zero."""

    count: Fraction = Fraction(1)
    negative: bool = False


def exactly(amount: Fraction) -> Fraction:
    """Return an amount as it is: the rounder that rounds nothing."""
    return amount


def levies_of(components: Sequence[Component], *, inclusive: bool | None) -> tuple[Levy, ...]:
    """Return components in order of evaluation, each included in the price or not.

    Args:
        components: In the order of the profile, which decides within one sequence.
        inclusive: Whether the price includes those that do not say; None for no.
    """
    levies = []
    for position, component in enumerate(components, start=1):
        said = component.inclusive if component.inclusive is not None else bool(inclusive)
        outside = component.reverse_charge or component.retained
        level = position if component.sequence is None else component.sequence
        levies.append(Levy(replace(component, sequence=level), said and not outside))
    return tuple(sorted(levies, key=lambda levy: levy.component.sequence or 0))


def evaluate(
    shape: "Shape",
    price: Fraction,
    quantity: Quantity,
    *,
    rounder: Rounder = exactly,
    net_first: bool = False,
) -> Evaluation:
    """Return the net of a price and the charge of each levy.

    Args:
        shape: Of levies as `levies_of` returns them.
        price: Of the whole item, in currency units; it includes the inclusive levies.
        quantity: For the components of a fixed amount.
        rounder: Applied to each amount as soon as it is known.
        net_first: Whether the net is rounded before the taxes in the price, the last of which
            then takes the rest.

    Raises:
        HeraError: E_TAX_PROFILE where inclusive rates leave no net, or a division batch takes
            the whole price or more.
    """
    sheet = _Sheet(shape, rounder)
    sheet.fix(quantity)
    sheet.find_linear()
    exact_net = sheet.solve(price) if net_first else Fraction()
    for batch in reversed(shape.batches):
        if shape.levies[batch[0]].inclusive:
            sheet.take_out(batch, price)
    net = price - sheet.included()
    if net_first:
        net = sheet.settle_net(net, rounder(exact_net))
    sheet.add_exclusive(net)
    return Evaluation(net, sheet.charges(net))


def bases_of(levies: Sequence[Levy], net: int, taxes: Sequence[int]) -> tuple[int, ...]:
    """Return the base of each levy in minor units: the net, and the given taxes that raise it."""
    raising = Shape.of(levies).raising
    return tuple(net + sum(taxes[other] for other in others) for others in raising)


def net_of_gross(
    components: Sequence[Component], gross: Fraction, quantity: Quantity | None = None
) -> Fraction:
    """Return the net to which components add up to a gross, exactly, included or not.

    Raises:
        HeraError: E_TAX_PROFILE as for `evaluate`, and for a tiered component.
    """
    levies = tuple(
        Levy(levy.component, not (levy.component.reverse_charge or levy.component.retained))
        for levy in levies_of(components, inclusive=True)
    )
    return evaluate(Shape.of(levies), gross, quantity or Quantity()).net


def remap_price(price: Fraction, old: Sequence[Component], new: Sequence[Component]) -> Fraction:
    """Return a unit price that includes the new components instead of the old ones.

    A price that some of the old components come on top of stays as it is: it is a net price.
    """
    before = levies_of(old, inclusive=False)
    if not all(levy.inclusive for levy in before):
        return price
    net = evaluate(Shape.of(before), price, Quantity(negative=price < 0)).net
    after = levies_of(new, inclusive=False)
    outside = tuple(Levy(levy.component, inclusive=False) for levy in after)
    charges = evaluate(Shape.of(outside), net, Quantity(negative=price < 0)).charges
    pairs = zip(after, charges, strict=True)
    return net + sum((charge.tax for levy, charge in pairs if levy.inclusive), Fraction())


# --- batches and levels --------------------------------------------------------------------


def _batches(levies: Sequence[Levy]) -> tuple[tuple[int, ...], ...]:
    """Return neighbours that share one base, as indexes in order."""
    batches: list[tuple[int, ...]] = []
    for index, levy in enumerate(levies):
        if index and _joins(levies[index - 1], levy):
            batches[-1] = (*batches[-1], index)
        else:
            batches.append((index,))
    return tuple(batches)


def _joins(first: Levy, second: Levy) -> bool:
    """Whether a levy belongs to the batch of the one before it."""
    one, two = first.component, second.component
    if (one.kind, one.compound, first.inclusive) != (two.kind, two.compound, second.inclusive):
        return False
    return not (one.compound and two.base_affected) or one.sequence == two.sequence


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
        """Return the shape of levies in order of evaluation."""
        batches = _batches(levies)
        batch = tuple(each for each in batches for _ in each)
        raising = tuple(_raising(levies, index, batch[index]) for index in range(len(levies)))
        rates = tuple(_rate_of(levies, index, batch[index]) for index in range(len(levies)))
        return cls(tuple(levies), batches, batch, raising, rates)


def _raising(levies: Sequence[Levy], index: int, batch: tuple[int, ...]) -> tuple[int, ...]:
    """Return the earlier components that raise the base of one."""
    own = levies[index].component
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


@dataclass(slots=True)
class _Sheet:
    """What is known of one item so far: amounts by index, before and after rounding.

    ``all_tax`` tells that a division is the whole price, so that there is no net.
    """

    shape: Shape
    rounder: Rounder
    exact: dict[int, Fraction] = field(default_factory=dict)
    taxes: dict[int, Fraction] = field(default_factory=dict)
    linear: list[Linear] = field(default_factory=list)
    all_tax: bool = False

    @property
    def levies(self) -> tuple[Levy, ...]:
        """The levies of the item."""
        return self.shape.levies

    def note(self, index: int, amount: Fraction) -> None:
        """Note an amount, exact and rounded."""
        self.exact[index], self.taxes[index] = amount, self.rounder(amount)

    def fix(self, quantity: Quantity) -> None:
        """Note the components of a fixed amount, which depend on nothing."""
        for index, levy in enumerate(self.levies):
            if levy.component.kind is ComponentKind.FIXED:
                amount = levy.component.fraction * quantity.count
                self.note(index, -amount if quantity.negative else amount)

    def included(self) -> Fraction:
        """Return the known taxes that are part of the price."""
        known = (self.taxes[i] for i in self.taxes if self.levies[i].inclusive)
        return sum(known, Fraction())

    def take_out(self, batch: tuple[int, ...], price: Fraction) -> None:
        """Note the taxes of an inclusive batch, out of what later ones left of the price."""
        if batch[0] in self.taxes:
            return
        if self._takes_all(batch):
            rest = price - self.included()
            for index in batch:
                self.note(index, self.levies[index].component.fraction * rest)
            return
        net = self.solve(price)
        for index in batch:
            slope, constant = self.linear[index]
            self.note(index, slope * net + constant)

    def _takes_all(self, batch: tuple[int, ...]) -> bool:
        """Whether a division batch is the whole price, and alone in it."""
        first = self.levies[batch[0]].component
        if first.kind is not ComponentKind.DIVISION:
            return False
        rates = sum((self.levies[index].component.fraction for index in batch), Fraction())
        others = any(
            levy.inclusive and index not in batch and index not in self.taxes
            for index, levy in enumerate(self.levies)
        )
        if rates > 1 or (rates == 1 and (others or batch[0] > 0)):
            raise component_fault(first.code, "takes all of the price that includes it, or more")
        return rates == 1

    def solve(self, price: Fraction) -> Fraction:
        """Return the net to which the inclusive taxes add up to the price."""
        if self.all_tax:
            return Fraction()
        slope, rest = Fraction(1), price
        for index, levy in enumerate(self.levies):
            if levy.inclusive and index in self.taxes:
                rest -= self.taxes[index]
            elif levy.inclusive:
                slope, rest = slope + self.linear[index][0], rest - self.linear[index][1]
        if slope <= 0:
            raise HeraError("E_TAX_PROFILE", "the taxes in a price leave no net to compute them of")
        return rest / slope

    def find_linear(self) -> None:
        """Find each amount as a function of the net; those known are constant.

        It holds while batches are taken out of the price, the last one first: no component
        depends on a later one.
        """
        last = max((i for i, levy in enumerate(self.levies) if levy.inclusive), default=-1)
        for index, levy in enumerate(self.levies[: last + 1]):
            if index in self.taxes:
                self.linear.append((Fraction(), self.taxes[index]))
                continue
            if self._takes_all(self.shape.batch[index]):
                self.all_tax = self.all_tax or levy.inclusive
                self.linear.append((Fraction(), Fraction()))
                continue
            slope, constant = Fraction(1), Fraction()
            for other in self.shape.raising[index]:
                more = self.linear[other]
                slope, constant = slope + more[0], constant + more[1]
            rate = self._rate(index)
            if levy.component.kind is ComponentKind.TIERED:
                rate = Fraction()
                if levy.component.compound:
                    reason = "is tiered and compound beside a tax that the price includes"
                    raise component_fault(levy.component.code, reason)
            self.linear.append((slope * rate, constant * rate))

    def _rate(self, index: int) -> Fraction:
        """Return what a component is of its base; a division counts itself into what it is of."""
        rate = self.shape.rates[index]
        if rate is None:
            code = self.levies[index].component.code
            raise component_fault(code, "takes all of the price that includes it, or more")
        return rate

    def settle_net(self, net: Fraction, wanted: Fraction) -> Fraction:
        """Give what a net rounded first leaves over to the last tax of the price."""
        inside = [index for index in self.taxes if self.levies[index].inclusive]
        if not inside:
            return net
        self.taxes[max(inside)] += net - wanted
        return wanted

    def add_exclusive(self, net: Fraction) -> None:
        """Note the taxes that come on top of the price, in order."""
        for index, levy in enumerate(self.levies):
            if index in self.taxes:
                continue
            base = self.base(index, net)
            if levy.component.kind is ComponentKind.TIERED:
                self.note(index, levy.component.of_tiers(base))
            else:
                self.note(index, self._rate(index) * base)

    def base(self, index: int, net: Fraction) -> Fraction:
        """Return the net with the taxes that raise a component's base."""
        return net + sum((self.taxes[other] for other in self.shape.raising[index]), Fraction())

    def charges(self, net: Fraction) -> tuple[Charge, ...]:
        """Return the charge of each levy, in order."""
        return tuple(
            Charge(levy, self.base(index, net), self.exact[index], self.taxes[index])
            for index, levy in enumerate(self.levies)
        )
