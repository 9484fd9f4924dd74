"""A second, straightforward implementation of tax, over fractions of a cent and nothing else.

It shares no arithmetic with the package: no shapes, no solutions, no common denominators. A net
is found by asking what the price would be at nets of nought and one; everything else is done one
tax after the other, as a person would with a sheet of paper.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

from hera_engine.money import RoundingMode
from hera_engine.tax import Component, ComponentKind
from hera_engine.tax.rounding import NetFrom, RoundingSteps, TaxScope

Known = Mapping[int, Fraction]
"""Amounts that are settled, by the index of their component."""


@dataclass(frozen=True, slots=True)
class Sale:
    """One item: the components it bears in order, its price in cents, and how many units."""

    parts: tuple[Component, ...]
    price: Fraction
    count: Fraction = Fraction(1)


def is_paid(part: Component) -> bool:
    """Whether a customer pays a tax: it is not kept back, and not owed and deducted at once."""
    return not (part.retained or part.reverse_charge)


def is_inside(part: Component) -> bool:
    """Whether a price includes a tax; it includes none that is not paid."""
    return bool(part.inclusive) and is_paid(part)


@dataclass(frozen=True, slots=True)
class Bill:
    """What one item comes to: its net and its taxes in cents, and both before any rounding."""

    net: int
    taxes: tuple[int, ...]
    exact_net: Fraction
    exact: tuple[tuple[Fraction, Fraction], ...]
    """For each component its base and its tax."""


def nearest(value: Fraction, mode: RoundingMode) -> int:
    """Return a whole number for a fraction, in one of the modes that treat signs alike."""
    size = abs(value)
    match mode:
        case RoundingMode.HALF_UP:
            whole = floor(size + Fraction(1, 2))
        case RoundingMode.HALF_EVEN:
            whole = round(size)
        case RoundingMode.UP:
            whole = ceil(size)
        case RoundingMode.DOWN:
            whole = floor(size)
        case _:
            raise AssertionError(f"{mode} is not drawn")
    return whole if value >= 0 else -whole


# --- one item, exactly ---------------------------------------------------------------------


def in_base(parts: Sequence[Component], index: int) -> tuple[int, ...]:
    """Return the components whose taxes are in the base of one."""
    own = parts[index]
    if own.on:
        return tuple(j for j in range(index) if parts[j].code in own.on)
    if not own.base_affected:
        return ()
    group = mates(parts, index)
    compound = (j for j in range(index) if parts[j].compound and not parts[j].reverse_charge)
    return tuple(j for j in compound if j not in group)


def mates(parts: Sequence[Component], index: int) -> tuple[int, ...]:
    """Return the neighbours of a component that share its base, itself included."""
    return next(group for group in groups_of(parts) if index in group)


def groups_of(parts: Sequence[Component]) -> list[tuple[int, ...]]:
    """Return neighbours that are alike and not due on each other; those of nought stand alone."""
    named = {code for part in parts for code in part.on}
    found: list[tuple[int, ...]] = []
    for index, part in enumerate(parts):
        if part.rate and found and _alike(parts[found[-1][-1]], part, named):
            members = [parts[j] for j in found[-1]]
            raised = (
                any(each.code in part.on for each in members)
                if part.on
                else part.base_affected and any(each.compound for each in members)
            )
            if not raised:
                found[-1] = (*found[-1], index)
                continue
        if part.rate:
            found.append((index,))
    return [*found, *((index,) for index, part in enumerate(parts) if not part.rate)]


def _alike(one: Component, two: Component, named: set[str]) -> bool:
    raises = [part.compound or part.code in named for part in (one, two)]
    return one.kind is two.kind and is_inside(one) is is_inside(two) and raises[0] is raises[1]


def taxes_of_net(
    sale: Sale, net: Fraction, known: Known | None = None
) -> tuple[tuple[Fraction, Fraction], ...]:
    """Return base and tax of each component of a net, one after the other, in cents.

    Amounts that are known stand for what would be computed.
    """
    found: list[tuple[Fraction, Fraction]] = []
    for index, part in enumerate(sale.parts):
        base = net + sum((found[j][1] for j in in_base(sale.parts, index)), Fraction())
        if known is not None and index in known:
            found.append((base, known[index]))
            continue
        rate = Fraction(part.rate) / 100
        match part.kind:
            case ComponentKind.FIXED:
                tax = Fraction(part.rate) * 100 * sale.count
            case ComponentKind.DIVISION:
                together = [Fraction(sale.parts[j].rate) for j in mates(sale.parts, index)]
                tax = base * rate / (1 - sum(together, Fraction()) / 100)
            case _:
                tax = base * rate
        found.append((base, tax))
    return tuple(found)


def net_of_price(sale: Sale, known: Known | None = None) -> Fraction:
    """Return the net of a price: the price at nets of nought and one tells that of any."""

    def price_of(net: Fraction) -> Fraction:
        taxes = taxes_of_net(sale, net, known)
        inside = (tax for part, (_, tax) in zip(sale.parts, taxes, strict=True) if is_inside(part))
        return net + sum(inside, Fraction())

    start = price_of(Fraction(0))
    return (sale.price - start) / (price_of(Fraction(1)) - start)


# --- item by item --------------------------------------------------------------------------


def billed(sales: Sequence[Sale], steps: RoundingSteps, mode: RoundingMode) -> tuple[Bill, ...]:
    """Return what each item comes to under a rule of whole cents."""
    match steps.tax:
        case TaxScope.LINE:
            return tuple(by_line(sale, steps, mode) for sale in sales)
        case TaxScope.UNIT:
            return tuple(by_unit(sale, steps, mode) for sale in sales)
        case TaxScope.CARRY:
            return carried(sales, mode)
        case _:
            return over_the_document(sales, steps, mode)


def by_line(sale: Sale, steps: RoundingSteps, mode: RoundingMode) -> Bill:
    """Return an item whose taxes are rounded as soon as they are known."""
    parts = sale.parts
    exact: dict[int, Fraction] = {}
    known: dict[int, Fraction] = {}

    def settle(index: int, tax: Fraction) -> None:
        exact[index], known[index] = tax, Fraction(nearest(tax, mode))

    sale = Sale(parts, Fraction(nearest(sale.price, mode)), sale.count)
    for index, part in enumerate(parts):
        if part.kind is ComponentKind.FIXED:
            settle(index, Fraction(part.rate) * 100 * sale.count)
    wanted = Fraction(nearest(net_of_price(sale, known), mode))
    for group in reversed(groups_of(parts)):
        if is_inside(parts[group[0]]) and group[0] not in known:
            found = taxes_of_net(sale, net_of_price(sale, known), known)
            for index in group:
                settle(index, found[index][1])
    inside = [index for index in known if is_inside(parts[index]) and parts[index].rate]
    net = sale.price - sum((known[index] for index in inside), Fraction())
    if steps.net is NetFrom.NET and inside:
        known[max(inside)] += net - wanted
        net = wanted
    for index in range(len(parts)):
        if index not in known:
            settle(index, taxes_of_net(sale, net, known)[index][1])
    bases = [base for base, _ in taxes_of_net(sale, net, known)]
    return Bill(
        int(net),
        tuple(int(known[index]) for index in range(len(parts))),
        net,
        tuple((bases[index], exact[index]) for index in range(len(parts))),
    )


def by_unit(sale: Sale, steps: RoundingSteps, mode: RoundingMode) -> Bill:
    """Return an item as so many times the rounded figures of one unit."""
    one = by_line(Sale(sale.parts, sale.price / sale.count), steps, mode)
    count = int(sale.count)
    return Bill(
        one.net * count,
        tuple(tax * count for tax in one.taxes),
        one.exact_net * count,
        tuple((base * count, tax * count) for base, tax in one.exact),
    )


def carried(sales: Sequence[Sale], mode: RoundingMode) -> tuple[Bill, ...]:
    """Return items of which each tax takes on what those before were rounded by."""
    left: dict[str, Fraction] = {}
    bills = []
    for sale in sales:
        net = net_of_price(sale)
        exact = taxes_of_net(sale, net)
        taxes = []
        for part, (_, tax) in zip(sale.parts, exact, strict=True):
            due = left.get(part.code, Fraction()) + tax
            taxes.append(nearest(due, mode))
            left[part.code] = due - taxes[-1]
        rest = int(sale.price) - included(sale, taxes)
        bills.append(Bill(rest, tuple(taxes), net, exact))
    return tuple(bills)


def included(sale: Sale, taxes: Sequence[int]) -> int:
    """Return the taxes that are part of a price."""
    return sum(tax for part, tax in zip(sale.parts, taxes, strict=True) if is_inside(part))


# --- over the document ---------------------------------------------------------------------


def over_the_document(
    sales: Sequence[Sale], steps: RoundingSteps, mode: RoundingMode
) -> tuple[Bill, ...]:
    """Return items whose taxes are added up before they are rounded."""
    nets = [net_of_price(sale) for sale in sales]
    exact = [taxes_of_net(sale, net) for sale, net in zip(sales, nets, strict=True)]
    key = _keys(steps.tax)
    places: dict[object, list[tuple[int, int]]] = {}
    for at, sale in enumerate(sales):
        for index, part in enumerate(sale.parts):
            places.setdefault(key(part), []).append((at, index))
    settled: dict[tuple[int, int], int] = {}
    for members in places.values():
        due = [exact[at][index][1] for at, index in members]
        whole = nearest(sum(due, Fraction()), mode)
        start = [nearest(tax, mode) for tax in due]
        settled.update(zip(members, moved(due, start, whole), strict=True))
    taxes = [
        tuple(settled[at, index] for index in range(len(sale.parts)))
        for at, sale in enumerate(sales)
    ]
    wholes = _nets(sales, nets, exact, taxes, (steps, mode))
    return tuple(Bill(*each) for each in zip(wholes, taxes, nets, exact, strict=True))


def _keys(scope: TaxScope) -> Callable[[Component], object]:
    """Return what tells of a component with which others it is rounded."""
    match scope:
        case TaxScope.CODE:
            return lambda part: part.code
        case TaxScope.RATE:
            return lambda part: (part.kind, part.rate, part.retained)
        case TaxScope.JURISDICTION:
            return lambda part: (part.jurisdiction or part.code, part.retained)
        case _:
            return lambda part: part.retained


def _nets(
    sales: Sequence[Sale],
    nets: Sequence[Fraction],
    exact: Sequence[Sequence[tuple[Fraction, Fraction]]],
    taxes: Sequence[Sequence[int]],
    how: tuple[RoundingSteps, RoundingMode],
) -> Sequence[int]:
    """Return whole nets that add up to the net of the document."""
    steps, mode = how
    if steps.net is NetFrom.LINES:
        return [nearest(net, mode) for net in nets]
    places = [
        (at, index)
        for at, sale in enumerate(sales)
        for index, part in enumerate(sale.parts)
        if is_paid(part)
    ]
    paid = [(sales[at].parts[index], exact[at][index][1]) for at, index in places]
    total = nearest(sum(nets, Fraction()), mode)
    if steps.net is NetFrom.GROSS or not any(part.rate and not part.inclusive for part, _ in paid):
        gross = sum(nets, Fraction()) + sum((tax for _, tax in paid), Fraction())
        total = nearest(gross, mode) - sum(taxes[at][index] for at, index in places)
    start = [
        nearest(sale.price, mode) - included(sale, each)
        for sale, each in zip(sales, taxes, strict=True)
    ]
    return moved(nets, start, total)


def moved(exact: Sequence[Fraction], start: Sequence[int], total: int) -> list[int]:
    """Return whole numbers that add up to a total: a unit at a time goes to who lacks most."""
    units = list(start)
    step = 1 if total > sum(units) else -1
    turns = sorted(range(len(units)), key=lambda at: (step * (units[at] - exact[at]), at))
    for turn in range(abs(total - sum(units))):
        units[turns[turn % len(turns)]] += step
    return units


# --- what is paid --------------------------------------------------------------------------


def paid_by_code(sales: Sequence[Sale], bills: Sequence[Bill]) -> dict[str, int]:
    """Return what is paid of each tax over all items; a reverse charge is paid with nothing."""
    found: dict[str, int] = {}
    for sale, bill in zip(sales, bills, strict=True):
        for part, tax in zip(sale.parts, bill.taxes, strict=True):
            if not part.retained:
                found[part.code] = found.get(part.code, 0) + (0 if part.reverse_charge else tax)
    return found


def kept_back(sales: Sequence[Sale], bills: Sequence[Bill]) -> int:
    """Return what the customer keeps back of the whole."""
    return sum(
        tax
        for sale, bill in zip(sales, bills, strict=True)
        for part, tax in zip(sale.parts, bill.taxes, strict=True)
        if part.retained
    )


def shared(
    sales: Sequence[Sale],
    bills: Sequence[Bill],
    portion: Fraction,
    how: tuple[RoundingSteps, RoundingMode],
) -> tuple[int, dict[str, int]]:
    """Return a part of a whole: its gross, and of each tax that is paid its part.

    Amounts per unit are left out, and the others found again on the nets.
    """
    steps, mode = how
    by_item = steps.tax in (TaxScope.LINE, TaxScope.UNIT, TaxScope.CARRY)
    bare = [
        Sale(
            tuple(
                replace(part, inclusive=False)
                for part in sale.parts
                if part.kind is not ComponentKind.FIXED
            ),
            Fraction(bill.net) if by_item else bill.exact_net,
            sale.count,
        )
        for sale, bill in zip(sales, bills, strict=True)
    ]
    again = billed(bare, steps, mode)
    taxes = paid_by_code(bare, again)
    gross = sum(bill.net for bill in again) + sum(taxes.values())
    parts = {code: nearest(tax * portion, mode) for code, tax in taxes.items()}
    return nearest(gross * portion, mode), parts


# --- what a buyer deducts ------------------------------------------------------------------


def deducted(
    taxes: Sequence[int], percents: Sequence[Fraction], *, together: bool
) -> tuple[int, ...]:
    """Return what of each tax is deducted, each percentage rounded half up once or tax by tax."""
    exact = [tax * percent / 100 for tax, percent in zip(taxes, percents, strict=True)]
    found = [nearest(part, RoundingMode.HALF_UP) for part in exact]
    for percent in set(percents) if together else ():
        members = [at for at, each in enumerate(percents) if each == percent]
        due = [exact[at] for at in members]
        total = nearest(sum(due, Fraction()), RoundingMode.HALF_UP)
        for at, units in zip(
            members, moved(due, [found[at] for at in members], total), strict=True
        ):
            found[at] = units
    return tuple(found)
