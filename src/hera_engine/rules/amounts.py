"""What one statement of a rule posts at once: amounts in minor units, and what taxes they are.

Enters: a planned line and the scope of one round of its loops. Leaves: its amount; or one for
each tax where the line posts taxes; or what a buyer owes on an item by reverse charge.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from hera_engine.allocation import allocate_units
from hera_engine.journal import TaxDetail
from hera_engine.money import from_minor, to_minor
from hera_engine.rules.allotted import allotted_units
from hera_engine.rules.drafts import Worth
from hera_engine.rules.evaluate import number
from hera_engine.rules.exact import Exact
from hera_engine.rules.expressions import Part, PartOf, ShareOf
from hera_engine.rules.plan import OwedLeg, PlannedLine
from hera_engine.rules.sale import Item
from hera_engine.rules.scope import Scope, text_of
from hera_engine.rules.tax_evidence import detail_words
from hera_engine.rules.whole import whole_units


class Amount(NamedTuple):
    """What one statement posts at once: minor units with their sign, and what tax they are.

    ``exact`` is the figure in currency units before rounding. ``joining`` lists, by the path of
    an item, units of reversed tax that its buyer cannot deduct and that join a debited net.
    ``worth`` is there where the line has a currency, a rate or a base amount of its own; that
    base amount has the sign of the units.
    """

    units: int
    exact: Exact
    tax: TaxDetail | None = None
    account_key: str | None = None
    joining: tuple[tuple[str, int], ...] = ()
    unrounded: Fraction | None = None
    worth: Worth | None = None

    @property
    def base(self) -> int:
        """The base amount that the rule states, in its minor units; 0 if none."""
        return 0 if self.worth is None else self.worth.base or 0

    @property
    def is_negative(self) -> bool:
        """Whether the line stands on the other side than its statement says."""
        return (self.units or self.base or self.exact) < 0

    @property
    def size(self) -> int:
        """What a split divides: the units, or the base amount of a line without any."""
        return abs(self.units or self.base)

    def plus(self, units: int, exponent: int) -> "Amount":
        """Return the amount with more units, which are as exact as rounded."""
        if not units:
            return self
        exact = Fraction(self.exact) + Fraction(units, 10**exponent)
        return self._replace(units=self.units + units, exact=exact)


def amounts_of(line: PlannedLine, scope: Scope) -> tuple[Amount, ...]:
    """Return the amounts of a statement: one, or one for each tax.

    Raises:
        EventFault: If a field is missing, or the amount is no whole number of minor units.
    """
    if line.leg is not None:
        item = item_of(line, scope)
        return () if item is None else tuple(_owed(item, line.leg, scope))
    if line.tax_of is not None:
        taxes = tuple(_taxes(line.tax_of, scope))
        return taxes if line.tax_of.variable is not None else _summed(taxes, scope)
    if isinstance(line.amount, ShareOf):
        units = allotted_units(line.amount, scope)
        return (Amount(units, from_minor(units, scope.facts.exponent)),)
    exact = number(line.amount, scope)
    amount = Amount(whole_units(exact, line.amount, scope), exact)
    return (amount if line.net_of is None else _with_net(amount, line.net_of, scope),)


def item_of(line: PlannedLine, scope: Scope) -> Item | None:
    """Return the item that a line's innermost loop over items stands at."""
    return None if line.over_items is None else _looped(scope, line.over_items)


def tax_details(
    detail: TaxDetail | None, units: tuple[int, ...], scope: Scope
) -> tuple[TaxDetail | None, ...]:
    """Return the tax detail of each portion; the taxable base is spread like the amount."""
    if detail is None or len(units) == 1:
        return (detail,) * len(units)
    exponent = scope.facts.exponent
    bases = allocate_units(to_minor(detail.base, exponent), units)
    return tuple(detail._replace(base=from_minor(base, exponent)) for base in bases)


def unrounded_parts(amount: Amount, parts: tuple[int, ...]) -> tuple[Fraction | None, ...]:
    """Return the exact figure of each part of an amount, as positive as its line is."""
    if amount.unrounded is None:
        return (None,) * len(parts)
    whole = sum(parts)
    return tuple(abs(amount.unrounded) * Fraction(part, whole) for part in parts)


# --- taxes ---------------------------------------------------------------------------------


def _taxes(wanted: PartOf, scope: Scope) -> Iterator[Amount]:
    """Yield each tax of the items: its amount, and apart what has an account of its own."""
    exponent = scope.facts.exponent
    for item in _chosen(wanted, scope):
        for component in item.taxes(wanted.part, wanted.code):
            if scope.watcher is not None:
                several = len(item.taxes(wanted.part)) > 1
                which = f"{component.detail.code} in " if several else ""
                words = _seen(component.detail, component.exact)
                scope.watcher.saw(f"{which}{wanted.part}({item.path})", words)
            whole, rest = to_minor(component.amount, exponent), to_minor(component.rest, exponent)
            unrounded = None
            if scope.sale.merged and wanted.part is Part.TAX:
                unrounded = component.exact * 10**exponent
            kept = rest or component.joined
            exact = Fraction(whole - rest, 10**exponent) if kept else component.exact
            yield Amount(
                whole - rest, exact, component.detail, component.account_key, unrounded=unrounded
            )
            if rest:
                yield Amount(rest, component.rest, account_key=component.rest_key)


def _summed(taxes: Sequence[Amount], scope: Scope) -> tuple[Amount, ...]:
    """Return taxes of several items with those alike added up, so that a split sees one figure."""
    exponent = scope.facts.exponent
    groups: dict[tuple[object, ...], list[Amount]] = {}
    for tax in taxes:
        identity = None if tax.tax is None else tax.tax.identity
        groups.setdefault((identity, tax.account_key), []).append(tax)
    return tuple(_sum_of(alike, exponent) for alike in groups.values())


def _sum_of(alike: Sequence[Amount], exponent: int) -> Amount:
    """Return amounts of one tax as one amount; a return takes its base off that of the others."""
    first = alike[0]
    exact = sum((Fraction(each.exact) for each in alike), Fraction())
    unrounded, detail = first.unrounded, first.tax
    if unrounded is not None:
        parts = (each.unrounded for each in alike if each.unrounded is not None)
        unrounded = sum(parts, Fraction())
    if detail is not None:
        base = sum(
            to_minor(each.tax.base, exponent) * (-1 if Fraction(each.exact) < 0 else 1)
            for each in alike
            if each.tax is not None
        )
        detail = detail._replace(base=from_minor(abs(base), exponent))
    units = sum(each.units for each in alike)
    return first._replace(units=units, exact=exact, tax=detail, unrounded=unrounded)


def _owed(item: Item, leg: OwedLeg, scope: Scope) -> Iterator[Amount]:
    """Yield one leg of what a buyer owes on an item by reverse charge."""
    exponent = scope.facts.exponent
    for owed in item.owed:
        if scope.watcher is not None:
            several = f"{owed.detail.code} in " if len(item.owed) > 1 else ""
            words = _seen(owed.detail, owed.exact)
            scope.watcher.saw(f"{several}reverse charge of {item.path}", words)
        if leg is OwedLeg.OWED:
            units = to_minor(owed.amount, exponent)
            yield Amount(units, owed.exact, owed.detail, owed.account_key)
            continue
        units = to_minor(owed.deducted, exponent)
        yield Amount(units, owed.deducted, owed.detail, owed.input_key)
        if owed.rest and owed.rest_key is not None:
            yield Amount(to_minor(owed.rest, exponent), owed.rest, account_key=owed.rest_key)


def _seen(detail: TaxDetail, exact: Fraction) -> str:
    """Return a tax as an auditor reads it: rate, base, and the figure before rounding."""
    return f"{detail_words(detail)}, exactly {text_of(exact)}"


# --- nets and other amounts ----------------------------------------------------------------


def _with_net(amount: Amount, wanted: PartOf, scope: Scope) -> Amount:
    """Return an amount that the net of items is a term of, with what such a line carries."""
    exponent = scope.facts.exponent
    items = _chosen(wanted, scope)
    joining = tuple(
        [
            (item.path, to_minor(owed.joining, exponent))
            for item in items
            for owed in item.owed
            if owed.joining
        ]
    )
    unrounded = None
    if scope.sale.merged:
        off = sum((item.exact_net - Fraction(item.net) for item in items), Fraction())
        unrounded = amount.units + off * 10**exponent
    reason = _shared_reason(items, exponent) if amount.units else None
    if reason is None and unrounded is None and not joining:
        return amount
    return amount._replace(tax=reason, joining=joining, unrounded=unrounded)


def _shared_reason(items: Sequence[Item], exponent: int) -> TaxDetail | None:
    """Return why items bear no tax, where all of them do so for one reason; their base together."""
    first = items[0].untaxed if items else None
    if first is None or len(items) == 1:
        return first
    base = 0
    for item in items:
        if item.untaxed is None or item.untaxed.identity != first.identity:
            return None
        base += to_minor(item.net, exponent)
    return first._replace(base=from_minor(abs(base), exponent))


def _chosen(wanted: PartOf, scope: Scope) -> tuple[Item, ...]:
    """Return the items that a part is of: the one a variable stands for, or all."""
    if wanted.variable is None:
        return scope.sale.items
    return (_looped(scope, wanted.variable),)


def _looped(scope: Scope, variable: str) -> Item:
    found = scope.loops[variable][0]
    assert isinstance(found, Item), "the compiler lets tax(…) stand only over items"
    return found
