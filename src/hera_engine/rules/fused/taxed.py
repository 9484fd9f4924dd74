"""How compiled rules tax an item: what is due as a ratio of integers, and what its lines carry.

Enters: the tax plan of a schema. Leaves: a `Taxed` for a category and a day, worked out once by
the functions that the interpreter uses for each item.
"""

from dataclasses import dataclass, field
from datetime import date
from math import lcm
from typing import Any

from hera_engine import limits
from hera_engine.errors import HeraError
from hera_engine.journal import TaxDetail
from hera_engine.money import ZERO
from hera_engine.rules.fused.reading import Declined, is_word
from hera_engine.rules.plan import TaxPlan
from hera_engine.rules.taxation import DetailMaker
from hera_engine.tax.borne import TaxableItem, taxes_of_items
from hera_engine.tax.compute import moves, price_includes_tax
from hera_engine.tax.profile import TaxRounding, Treatment, exempt_treatment

_PROBE = 10**6
"""A price by which a treatment shows what its lines carry."""


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """A tax detail of which only the base is open: what stands before it and behind it."""

    head: tuple[object, ...]
    tail: tuple[object, ...]

    @classmethod
    def of(cls, detail: TaxDetail) -> "Detail":
        """Return what all details like this one share."""
        place = TaxDetail._fields.index("base")
        return cls(tuple(detail[:place]), tuple(detail[place + 1 :]))


@dataclass(frozen=True, slots=True, eq=False)
class Taxed:
    """How an item of one category is taxed on one day.

    The tax of a price p in minor units is p * ``part`` / ``outside`` where the price does not
    include it, and p * ``part`` / ``inside`` where it does; ``part`` is 0 where none is due.
    Rounded half up it is (2 p * part + inside) // (2 inside), for which the doubles are here.

    Attributes:
        includes: Whether prices include it where neither item nor event says so.
        detail: What a line of the tax carries; None without tax.
        untaxed: What a line of the net carries where it bears no tax.
        group: The one object of items that are rounded together.
        account: The key of the account of its tax, in place of the one that a rule names.
    """

    part: int
    outside: int
    inside: int
    twice_part: int
    twice_outside: int
    twice_inside: int
    includes: bool
    detail: Detail | None
    untaxed: Detail | None
    group: object
    account: str | None = None


@dataclass(slots=True)
class Categories:
    """How categories are taxed on one day, worked out when the first item of one comes."""

    known: dict[str | None, Taxed]
    _taxes: "Taxes"
    _memo: "_Memo"
    _on: date | None
    _counterparty: bool
    _exempt: bool

    def find(self, category: str | None) -> Taxed:
        """Return how a category is taxed, and keep it; declined is what no single rate serves."""
        if category is not None and not is_word(category):
            raise Declined
        # Threads that come at once are given one object: what merges in an event is known by it.
        found = self.known.setdefault(category, self._memo.taxed(self._treatment(category)))
        self._memo.size += 1
        self._taxes.renew_if_full()
        return found

    def of(self, category: str | None) -> Taxed:
        """Return how a category is taxed."""
        return self.known.get(category) or self.find(category)

    def exempt(self) -> "Categories":
        """Return the same for items that their sender marked exempt."""
        return self._memo.on(self._taxes, self._on, self._counterparty, exempt=True)

    def _treatment(self, category: str | None) -> Treatment:
        profile = self._memo.plan.profile
        if self._exempt or profile is None:
            return exempt_treatment(category)
        try:
            return profile.resolve(category, self._on, counterparty=self._counterparty)
        except HeraError:
            raise Declined from None


@dataclass(slots=True)
class _Memo:
    """What is known of one schema's taxes. Details that merge are one object in it.

    Entries are made by `dict.setdefault` with keys that Python compares without running code of
    anyone's, so that one of two threads decides for both.
    """

    plan: TaxPlan
    exponent: int
    size: int = 0
    days: dict[tuple[date | None, bool], Categories] = field(default_factory=dict)
    exempt: dict[tuple[date | None, bool], Categories] = field(default_factory=dict)
    details: dict[tuple[object, ...], Detail] = field(default_factory=dict)
    groups: dict[tuple[str, int, int], object] = field(default_factory=dict)

    def on(
        self, taxes: "Taxes", day: date | None, counterparty: bool, *, exempt: bool = False
    ) -> Categories:
        """Return how categories are taxed on a day."""
        days = self.exempt if exempt else self.days
        found = days.get((day, counterparty))
        if found is None:
            found = Categories({}, taxes, self, day, counterparty, exempt)
            found = days.setdefault((day, counterparty), found)
            self.size += 1
        return found

    def taxed(self, treatment: Treatment) -> Taxed:
        """Return how a treatment taxes, by what the interpreter makes of one item."""
        profile = self.plan.profile
        probe = TaxableItem(treatment=treatment, price=_PROBE, inclusive=False)
        found = taxes_of_items((probe,), TaxRounding.LINE, exponent=self.exponent).items[0]
        maker = DetailMaker(treatment, profile, self.exponent)
        components = tuple(maker.component(tax, buyer=False) for tax in found.taxes)
        if len(components) > 1 or any(each.rest for each in components):
            raise Declined
        untaxed, fraction = maker.untaxed(found), treatment.fraction
        part, outside = fraction.numerator, fraction.denominator
        return Taxed(
            part=part,
            outside=outside,
            inside=outside + part,
            twice_part=2 * part,
            twice_outside=2 * outside,
            twice_inside=2 * (outside + part),
            includes=price_includes_tax(
                schema=self.plan.inclusive,
                rate=treatment.inclusive,
                profile=None if profile is None else profile.inclusive_prices,
            ),
            detail=self._detail(components[0].detail) if components else None,
            untaxed=None if untaxed is None else self._detail(untaxed),
            account=components[0].account_key if components else None,
            group=self.groups.setdefault((treatment.code, part, outside), object()),
        )

    def _detail(self, detail: TaxDetail) -> Detail:
        """Return the one detail for all that merge with this one."""
        # Rates that are equal may be spelled in two ways, and a line shows the spelling.
        bare = (*detail._replace(base=ZERO), str(detail.rate))
        return self.details.setdefault(bare, Detail.of(detail))


class Taxes:
    """The taxes of one schema by day and category, in a bounded memo.

    A memo that is full is replaced for later events; one event keeps to one memo, so that what
    merges in it is one object.
    """

    __slots__ = ("_memo", "days")

    def __init__(self, plan: TaxPlan, exponent: int) -> None:
        self._memo = _Memo(plan, exponent)
        self.days = self._memo.days

    def on(self, day: date | None, counterparty: bool) -> Categories:
        """Return how categories are taxed on a day, with a counterparty named or not."""
        self.renew_if_full()
        return self._memo.on(self, day, counterparty)

    def renew_if_full(self) -> None:
        """Begin a new memo for later events where this one holds as much as it may."""
        if self._memo.size >= limits.MEMO_ENTRIES:
            self._memo = _Memo(self._memo.plan, self._memo.exponent)
            self.days = self._memo.days


Row = list[Any]
"""An item on its way: its rounded tax, its `Taxed`, its price, whether that includes the tax."""


def round_totals(rows: list[Row]) -> tuple[int, int]:
    """Round the tax of each rate once over the items, and change theirs to add up to it.

    Returns:
        What that adds to the taxes of all items, and to their nets.
    """
    groups: dict[object, list[Row]] = {}
    for row in rows:
        group = row[1].group
        members = groups.get(group)
        if members is None:
            groups[group] = [row]
        else:
            members.append(row)
    more_due = more_net = 0
    for members in groups.values():
        for row, change in _changes(members):
            row[0] += change
            more_due += change
            more_net -= change if row[3] else 0
    return more_due, more_net


def _changes(members: list[Row]) -> list[tuple[Row, int]]:
    """Return the items of one rate whose tax changes, and by how much."""
    taxed = members[0][1]
    part = taxed.part
    if not part:
        return []
    # Prices beside returns may come to nothing, so their sums do not tell which modes there are.
    modes = {row[3] for row in members}
    within = sum([row[2] for row in members if row[3]])
    prices = sum([row[2] for row in members]) - within
    if len(modes) > 1:
        scale = lcm(taxed.inside, taxed.outside)
    else:
        scale = taxed.inside if True in modes else taxed.outside
    by_mode = part * (scale // taxed.outside), part * (scale // taxed.inside)
    exact = prices * by_mode[False] + within * by_mode[True]
    missing = (2 * abs(exact) + scale) // (2 * scale)
    missing = (missing if exact >= 0 else -missing) - sum([row[0] for row in members])
    if not missing:
        return []
    erred = [row[2] * by_mode[row[3]] - row[0] * scale for row in members]
    return [(members[at], change) for at, change in moves(erred, missing)]
