"""How compiled rules tax an item: what is due as a ratio of integers, and what its lines carry.

Enters: the tax plan of a schema. Leaves: a `Taxed` for a category and a day, worked out once by
the functions that the interpreter uses for each item.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

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
        group: What items must share to be rounded together.
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
    group: tuple[str, Fraction]


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
        found = self._memo.taxed(self._treatment(category))
        self.known[category] = found
        self._memo.size += 1
        self._taxes.renew_if_full()
        return found

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
    """What is known of one schema's taxes. Details that merge are one object in it."""

    plan: TaxPlan
    exponent: int
    size: int = 0
    days: dict[tuple[date | None, bool, bool], Categories] = field(default_factory=dict)
    details: dict[tuple[object, ...], Detail] = field(default_factory=dict)

    def on(
        self, taxes: "Taxes", day: date | None, counterparty: bool, *, exempt: bool = False
    ) -> Categories:
        """Return how categories are taxed on a day."""
        found = self.days.get((day, counterparty, exempt))
        if found is None:
            found = Categories({}, taxes, self, day, counterparty, exempt)
            self.days[day, counterparty, exempt] = found
            self.size += 1
        return found

    def taxed(self, treatment: Treatment) -> Taxed:
        """Return how a treatment taxes, by what the interpreter makes of one item."""
        profile = self.plan.profile
        probe = TaxableItem(treatment=treatment, price=_PROBE, inclusive=False)
        found = taxes_of_items((probe,), TaxRounding.LINE, exponent=self.exponent).items[0]
        maker = DetailMaker(treatment, profile, self.exponent)
        components = tuple(maker.component(tax, buyer=False) for tax in found.taxes)
        if len(components) > 1 or any(each.account_key or each.rest for each in components):
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
            group=(treatment.code, fraction),
        )

    def _detail(self, detail: TaxDetail) -> Detail:
        """Return the one detail for all that merge with this one."""
        bare = tuple(detail._replace(base=ZERO))
        known = self.details.get(bare)
        if known is None:
            known = self.details[bare] = Detail.of(detail)
        return known


class Taxes:
    """The taxes of one schema by day and category, in a bounded memo.

    A memo that is full is replaced for later events; one event keeps to one memo, so that what
    merges in it is one object.
    """

    __slots__ = ("_memo", "usual")

    def __init__(self, plan: TaxPlan, exponent: int) -> None:
        self._memo = _Memo(plan, exponent)
        self.usual = self._memo.on(self, None, counterparty=False)

    def on(self, day: date | None, counterparty: bool) -> Categories:
        """Return how categories are taxed on a day, with a counterparty named or not."""
        self.renew_if_full()
        return self._memo.on(self, day, counterparty)

    def renew_if_full(self) -> None:
        """Begin a new memo for later events where this one holds as much as it may."""
        if self._memo.size >= limits.MEMO_ENTRIES:
            self._memo = _Memo(self._memo.plan, self._memo.exponent)
            self.usual = self._memo.on(self, None, counterparty=False)


def tax_detail(detail: Detail, base: Decimal) -> TaxDetail:
    """Return a detail with its base."""
    return tuple.__new__(TaxDetail, (*detail.head, base, *detail.tail))


Row = list[object]
"""An item on its way: its tax in minor units first, then how it is taxed, price and mode."""


def round_totals(rows: list[Row]) -> None:
    """Round the tax of each rate once over the items, and change theirs to add up to it.

    Args:
        rows: Of each item its rounded tax, its `Taxed`, its price, whether that includes the tax;
            what follows is left alone.
    """
    groups: dict[tuple[str, Fraction], list[tuple[Row, int, int]]] = {}
    for row in rows:
        _, taxed, price, includes = row[:4]
        assert isinstance(taxed, Taxed), "rows are made so"
        assert isinstance(price, int), "rows are made so"
        if taxed.detail is not None:
            whole = taxed.inside if includes else taxed.outside
            groups.setdefault(taxed.group, []).append((row, price * taxed.part, whole))
    for members in groups.values():
        _round_total(members)


def _round_total(members: list[tuple[Row, int, int]]) -> None:
    """Round the tax of one rate."""
    scale = 1
    for _, _, whole in members:
        scale = scale if scale % whole == 0 else scale * whole
    scaled = [part * (scale // whole) for _, part, whole in members]
    taxes = [row[0] for row, _, _ in members]
    exact = sum(scaled)
    erred = [
        part - tax * scale for part, tax in zip(scaled, taxes, strict=True) if isinstance(tax, int)
    ]
    missing = (2 * exact + scale) // (2 * scale) - sum(tax for tax in taxes if isinstance(tax, int))
    for position, change in moves(erred, missing):
        members[position][0][0] = taxes[position] + change  # type: ignore[operator] # an int
