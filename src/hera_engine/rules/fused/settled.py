"""What items cost in an event with discounts, returns or a stated tax, once all of them are read.

Enters: the items as rows, as `hera_engine.rules.fused.write_general` gathers them. Leaves: their
shares of the document discount and their taxes, by the arithmetic that the interpreter uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hera_engine.allocation import allocate_units
from hera_engine.dsl.nodes import Capture
from hera_engine.errors import HeraError
from hera_engine.journal import Notice
from hera_engine.money import round_ratio
from hera_engine.rules.coins import CASH, coins_of
from hera_engine.rules.fused.reading import Declined, units
from hera_engine.rules.fused.taxed import Row, Taxed, round_totals
from hera_engine.rules.plan import CashPlan, PlannedRule, PostingPlan
from hera_engine.rules.taxation import difference_notice
from hera_engine.settings import Strictness
from hera_engine.tax.compute import shares_of_stated
from hera_engine.tax.profile import TaxRounding

FREE: Final = Taxed(
    part=0, outside=1, inside=1, twice_part=0, twice_outside=2, twice_inside=2,
    includes=False, detail=None, untaxed=None, group=None,
)  # fmt: skip
"""How an item is taxed where no tax is known of at all."""
Paid = tuple[int, int, str]
"""The total and the tip of an event in minor units, and its currency."""
_DUE, _TAXED, _PRICE, _INCLUDES, _OF_ITEM = range(5)
"""The places of a row. The first four are those of `taxed.Row`."""
_BEFORE, _SHARED, _LOST = 1, 3, 4
"""Of the last place: the price before discounts, the share of the document's, what the net loses.

The item stands before them, its own discount in between.
"""


@dataclass(frozen=True, slots=True)
class Settling:
    """How a rule works out what items cost.

    Attributes:
        by_total: Whether tax is rounded over the document.
        strict: Whether a stated tax that is off is refused.
        reads_lost: Whether the rule reads what discounts take off the net.
        exponent: Decimals of the transaction currency.
        cash: How the payable is rounded to coins, where the rule reads what that adds.
        immediate: Whether a sale is paid at once.
    """

    by_total: bool
    strict: bool
    reads_lost: bool
    exponent: int
    cash: CashPlan | None
    immediate: bool

    @classmethod
    def of(cls, plan: PostingPlan, rule: PlannedRule, exponent: int) -> "Settling":
        """Return how a rule of a plan does."""
        return cls(
            by_total=plan.tax.profile is not None and plan.tax.rounding is not TaxRounding.LINE,
            strict=plan.settings.tax_difference is Strictness.ERROR,
            reads_lost=rule.uses_discount_net,
            exponent=exponent,
            cash=plan.tax.cash if rule.uses_cash else None,
            immediate=plan.capture is Capture.IMMEDIATE,
        )

    def settle(
        self, rows: list[Row], discount: int, stated: int | None, unsaid: bool, paid: Paid
    ) -> tuple[int, int, tuple[Notice, ...]]:
        """Work out what items cost, and write it into their rows.

        Args:
            rows: Of each item at least one: its price after its own discount.
            discount: Of the document.
            stated: The tax that the event states, if any.
            unsaid: Whether neither event nor items say how prices are given.
            paid: Total, tip and currency of the event.

        Returns:
            The net of all items, their tax, and what the entry tells of it. All amounts are in
            minor units.
        """
        if discount:
            _spread(rows, discount)
        if stated is not None:
            if unsaid:
                self._prove(rows, stated, paid)
            stated = _due(rows, stated)
        for row in rows:
            _, taxed, price, includes, _ = row
            if taxed.part:
                whole = taxed.inside if includes else taxed.outside
                row[_DUE] = round_ratio(price * taxed.part, whole)
        if self.by_total and len(rows) > 1:
            round_totals(rows)
        notices = () if stated is None else self._restated(rows, stated)
        return *self._summed(rows), notices

    def _prove(self, rows: Sequence[Row], stated: int, paid: Paid) -> None:
        """Give prices the mode that a stated tax proves."""
        modes = {row[_INCLUDES] for row in rows}
        if len(modes) != 1:
            return
        total, tip, currency = paid
        prices = sum(row[_PRICE] for row in rows) + tip
        readings = {
            inclusive: total in (due, self.payable(due, currency))
            for inclusive, due in ((True, prices), (False, prices + stated))
        }
        if readings[modes.pop()]:
            return
        if not any(readings.values()):
            raise Declined
        for row in rows:
            row[_INCLUDES] = readings[True]

    def payable(self, due: int, currency: str) -> int:
        """Return what is paid in coins of an amount due."""
        if self.cash is None:
            return due
        try:
            return coins_of(self.cash, currency, due, self.exponent)
        except HeraError:
            raise Declined from None

    def in_coins(
        self, due: int, paid: Paid, tenders: object, method: str | None
    ) -> tuple[int, int]:
        """Return the total that is posted, and what rounding to coins adds.

        Args:
            due: What the items cost with their taxes, and the tip.
            paid: Total, tip and currency of the event.
            tenders: Its payments as they were sent, None without any.
            method: Its payment method.
        """
        total, _, currency = paid
        payable = self.payable(due, currency)
        if payable == due or (total == due and not self._in_cash(due, tenders, method)):
            return total, 0
        if total != due:
            return total, payable - due
        if not payable:
            raise Declined  # A total that came to nothing is written as no other is.
        return payable, payable - due

    def _in_cash(self, due: int, tenders: object, method: str | None) -> bool:
        """Whether what was due before rounding may have been paid in coins."""
        if tenders is None:
            return self.immediate and (method is None or method.casefold() == CASH)
        if type(tenders) is not list or not all(type(each) is dict for each in tenders):
            raise Declined
        return due != sum(units(each.get("amount"), self.exponent) for each in tenders)

    def _restated(self, rows: Sequence[Row], stated: int) -> tuple[Notice, ...]:
        """Spread a stated tax over the items."""
        taxes = [row[_DUE] for row in rows]
        exact = [
            (price * taxed.part, taxed.inside if includes else taxed.outside)
            for _, taxed, price, includes, _ in rows
        ]
        try:
            shares = shares_of_stated(stated, exact, taxes)
        except HeraError:
            raise Declined from None
        for row, share in zip(rows, shares, strict=True):
            row[_DUE] = share
        difference = stated - sum(taxes)
        if abs(difference) <= len(rows):
            return ()
        if self.strict:
            raise Declined
        return (difference_notice(difference, self.exponent),)

    def _summed(self, rows: Sequence[Row]) -> tuple[int, int]:
        """Return the net and the tax of all items; tell each what discounts take off its net."""
        all_net = all_due = 0
        for due, taxed, price, includes, of_item in rows:
            net = price - due if includes else price
            all_net += net
            all_due += due
            before = of_item[_BEFORE]
            if self.reads_lost and price != before:
                if includes:
                    before -= round_ratio(before * taxed.part, taxed.inside)
                of_item[_LOST] = before - net
        return all_net, all_due


def _spread(rows: Sequence[Row], discount: int) -> None:
    """Spread the document discount over the items; returns take no share."""
    weights = tuple(max(row[_OF_ITEM][_BEFORE], 0) for row in rows)
    if discount > sum(row[_PRICE] for row in rows) or not any(weights):
        raise Declined
    for row, share in zip(rows, allocate_units(discount, weights), strict=True):
        row[_PRICE] -= share
        row[_OF_ITEM][_SHARED] = share


def _due(rows: Sequence[Row], stated: int) -> int | None:
    """Return a stated tax if any is due."""
    taxable = [row for row in rows if row[_TAXED].part]
    if not any(row[_PRICE] for row in taxable):
        if stated:
            raise Declined
        return None
    inside = all(row[_INCLUDES] for row in taxable)
    if inside and stated > max(sum(row[_PRICE] for row in taxable), 0):
        raise Declined
    return stated
