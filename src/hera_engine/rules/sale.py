"""Normalisation: what a sale is made of, before any rule sees it.

Every item has its net, tax and gross, the payments are complete, and whatever the event left
unsaid was made by a stated rule and is noted as such. `hera_engine.rules.normalise` makes it.

Prices are amounts "in price terms": gross where prices include tax, net where they do not.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine.errors import EngineBug
from hera_engine.facts import Facts, Payment
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.journal import Notice, TaxDetail
from hera_engine.rules.plan import Part
from hera_engine.tax.compute import TaxStep

THE_SALE: Final = "business_context"
"""The path of an item or payment that was made of the whole sale."""

ITEM_AMOUNTS: Final = frozenset(("amount", "discount", "document_discount", "discount_net"))
"""Fields of an item that normalisation worked out."""


@dataclass(frozen=True, slots=True)
class ItemComponent:
    """One tax of one item: its rounded amount, and the exact figure before rounding."""

    detail: TaxDetail
    amount: Decimal
    exact: Fraction
    account_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item with its tax worked out.

    ``net + tax = gross`` exactly. ``discount`` is the line's own, ``document_discount`` its
    share of the document's, both in price terms; ``discount_net`` is what the two take off net.
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
    components: tuple[ItemComponent, ...]
    inclusive: bool
    category: str | None
    exempt: bool

    def part(self, part: Part) -> Decimal:
        """Return net, tax or gross."""
        match part:
            case Part.NET:
                return self.net
            case Part.TAX:
                return self.tax
            case Part.GROSS:
                return self.gross
            case Part.WITHHELD:
                raise EngineBug("what is withheld of an item is not worked out")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """The normalised event: items, payments, what was made, and how tax was reached."""

    facts: Facts
    sale_amount: Decimal
    items: tuple[Item, ...] = ()
    payments: tuple[Payment, ...] = ()
    made: tuple[str, ...] = ()
    steps: tuple[TaxStep, ...] = ()
    notices: tuple[Notice, ...] = ()

    def header(self, facts: Facts, name: str) -> Decimal | Fraction | str | date | None:
        """Return a header field as a rule reads it; an inverse rate is an exact fraction."""
        match name:
            case "total_amount":
                return facts.total_amount
            case "exchange_rate":
                inverse = "/" in facts.exchange_rate_stated
                return facts.exchange_rate if inverse else facts.exchange_rate_stated
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
            case "tax_amount":
                return facts.tax_amount
            case "cash_rounding":
                return Decimal(0)
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
