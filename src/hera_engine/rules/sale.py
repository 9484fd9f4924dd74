"""Normalisation: what a sale is made of, before any rule sees it.

Every item has its net, tax and gross, the payments are complete, and whatever the event left
unsaid was made by a stated rule and is noted as such. `hera_engine.rules.normalise` makes it.

Prices are amounts "in price terms": gross where prices include tax, net where they do not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Final, NamedTuple

from hera_engine.facts import Facts, Payment
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.journal import Notice, TaxDetail
from hera_engine.money import ZERO, exact_add
from hera_engine.rules.expressions import Part
from hera_engine.tax.compute import TaxStep

_NET: Final = Part.NET
_GROSS: Final = Part.GROSS
_TAX: Final = Part.TAX

THE_SALE: Final = "business_context"
"""The path of an item or payment that was made of the whole sale."""

ITEM_AMOUNTS: Final = frozenset(("amount", "discount", "document_discount", "discount_net"))
"""Fields of an item that normalisation worked out."""


class ItemComponent(NamedTuple):
    """One tax of one item, in currency units.

    Attributes:
        detail: What it is about, for its line.
        amount: Rounded; of a purchase without what joins the net, because it is not deducted.
        exact: The whole tax before any rounding.
        exact_base: Its base before any rounding.
        account_key: Account of its own, in place of the one a rule names.
        rest: What of the amount is not deducted and has an account of its own.
        rest_key: That account.
        joined: What is not deducted and joined the net of the item.
        group: Name under which rules may ask for it beside its code.
    """

    detail: TaxDetail
    amount: Decimal
    exact: Fraction
    account_key: str | None
    exact_base: Fraction | None = None
    rest: Decimal = ZERO
    rest_key: str | None = None
    joined: Decimal = ZERO
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedTax:
    """What a buyer owes on one item by reverse charge, in currency units.

    ``deducted`` and ``rest`` make the amount. The rest has an account of its own, or joins the
    line that posts the item's net.
    """

    detail: TaxDetail
    amount: Decimal
    exact: Fraction
    exact_base: Fraction
    deducted: Decimal
    rest: Decimal
    account_key: str | None
    input_key: str | None
    rest_key: str | None

    @property
    def joining(self) -> Decimal:
        """What joins the line of the item's net."""
        return self.rest if self.rest_key is None else ZERO


class ItemDetails(NamedTuple):
    """What the lines of an item's taxes post and carry.

    Attributes:
        exact_net: The item's net before any rounding.
        components: The taxes that it bears.
        untaxed: Why it bears no tax, where it bears none.
        owed: What a buyer owes on it.
        withheld: What the customer keeps back.
    """

    exact_net: Fraction
    components: tuple[ItemComponent, ...] = ()
    untaxed: TaxDetail | None = None
    owed: tuple[OwedTax, ...] = ()
    withheld: tuple[ItemComponent, ...] = ()


@dataclass(slots=True, kw_only=True)
class Item:
    """One item with its tax worked out; none of its fields changes once it is made.

    ``net + tax = gross`` exactly. ``discount`` is the line's own, ``document_discount`` its
    share of the document's, both in price terms; ``discount_net`` is what the two take off net.
    What its lines carry is worked out by ``make_details`` when the first of them asks.
    """

    path: str
    fields: FrozenMap
    amount: Decimal
    discount: Decimal
    document_discount: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    discount_net: Decimal
    inclusive: bool
    category: str | None
    exempt: bool
    make_details: Callable[[], ItemDetails]
    _details: ItemDetails | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def details(self) -> ItemDetails:
        """What its lines carry."""
        if self._details is None:
            self._details = self.make_details()
        return self._details

    @property
    def exact_net(self) -> Fraction:
        """The net before any rounding."""
        return self.details.exact_net

    @property
    def components(self) -> tuple[ItemComponent, ...]:
        """The taxes that it bears."""
        return self.details.components

    @property
    def untaxed(self) -> TaxDetail | None:
        """Why it bears no tax, where it bears none."""
        return self.details.untaxed

    @property
    def owed(self) -> tuple[OwedTax, ...]:
        """What a buyer owes on it."""
        return self.details.owed

    @property
    def withheld(self) -> tuple[ItemComponent, ...]:
        """What the customer keeps back."""
        return self.details.withheld

    def part(self, part: Part, code: str | None = None) -> Decimal:
        """Return a part of what the item costs; of one tax only where its code is given."""
        if part is _NET:
            return self.net
        if part is _GROSS:
            return self.gross
        if part is _TAX and code is None:
            return self.tax
        return reduce(exact_add, (each.amount for each in self.taxes(part, code)), ZERO)

    def taxes(self, part: Part, code: str | None = None) -> tuple[ItemComponent, ...]:
        """Return its taxes, or those withheld, of one code or group, or all of them."""
        listed = self.components if part is _TAX else self.withheld
        if code is None:
            return listed
        return tuple(each for each in listed if code in (each.detail.code, each.group))

    def member(self, name: str) -> Frozen:
        """Return a field as a rule reads it: worked-out amounts first, then what was sent."""
        match name:
            case "amount":
                return self.amount
            case "discount":
                return self.discount
            case "document_discount":
                return self.document_discount
            case "discount_net":
                return self.discount_net
            case _:
                return self.fields.get(name)


class Sale(NamedTuple):
    """The normalised event: items, payments, what was made, and how tax was reached.

    ``cash_rounding`` is what rounding the payable to coins adds. ``merged`` says that taxes are
    rounded once lines are merged, so that those of the items are provisional.
    """

    facts: Facts
    sale_amount: Decimal
    items: tuple[Item, ...] = ()
    payments: tuple[Payment, ...] = ()
    made: tuple[str, ...] = ()
    steps: tuple[TaxStep, ...] = ()
    notices: tuple[Notice, ...] = ()
    cash_rounding: Decimal = ZERO
    merged: bool = False

    def header(self, facts: Facts, name: str) -> Decimal | Fraction | str | date | None:
        """Return a header field as a rule reads it; a rate made of others is an exact fraction."""
        match name:
            case "total_amount":
                return facts.total_amount
            case "exchange_rate":
                made = any(sign in facts.exchange_rate_stated for sign in "/*")
                return facts.exchange_rate if made else facts.exchange_rate_stated
            case _:
                value = getattr(facts, name)
                return value if isinstance(value, str | date) else None

    def fact(self, name: str) -> Decimal | str | bool | date | None:
        """Return a field of the context that the engine knows, made where it was unsaid."""
        facts = self.facts
        match name:
            case "sale_amount":
                return self.sale_amount
            case "tip_amount":
                return facts.tip_amount
            case "discount_amount":
                return facts.discount_amount
            case "fee_amount":
                return facts.fee_amount
            case "cash_rounding":
                return self.cash_rounding
            case "tax_amount":
                return facts.tax_amount
            case "tax_inclusive":
                return facts.tax_inclusive
            case "tax_exempt":
                return facts.tax_exempt
            case "tax_category":
                return facts.tax_category
            case "payment_method":
                return facts.payment_method
            case _:
                return facts.tax_point_date
