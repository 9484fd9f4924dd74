"""What services usually write for the sale and the cart: pydantic in, Decimals, pydantic out.

Not a straw man: frozen models that forbid other fields, amounts as constrained Decimals, a decimal
context of its own, largest remainder for the tip, an entry that checks its balance. It carries no
account ids, explanations, base amounts or fingerprints.
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from benchmarks.reference import Leg

CENT: Final = Decimal("0.01")
CONTEXT: Final = Context(prec=38, rounding=ROUND_HALF_UP)
RATES: Final = {"standard": Decimal("5"), "reduced": Decimal("2"), "luxury": Decimal("10")}

Amount = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=2)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern="^[ -~]+$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SaleContext(_Model):
    """The business context of a sale."""

    sale_amount: Amount
    tip_amount: Amount
    org_unit: Text
    staff_id: Text


class CartItem(_Model):
    """An item of a cart."""

    amount: Amount
    tax_category: Literal["standard", "reduced", "luxury"]
    staff_id: Text


class CartContext(_Model):
    """The business context of a cart."""

    items: Annotated[list[CartItem], Field(min_length=1)]
    tip_amount: Amount
    org_unit: Text


class _Event(_Model):
    organization_id: Text
    total_amount: Amount
    currency: Literal["USD"]
    transaction_date: date | None = None
    external_reference: Annotated[str, StringConstraints(max_length=255)] | None = None


class SaleEvent(_Event):
    """A sale as it comes in."""

    event_smart_code: Literal["HERA.POS.SALE.V1"]
    business_context: SaleContext


class CartEvent(_Event):
    """A cart as it comes in."""

    event_smart_code: Literal["HERA.POS.CART.V1"]
    business_context: CartContext


class LineOut(_Model):
    """A line as it goes out."""

    account: str
    side: Literal["DR", "CR"]
    amount: Decimal
    currency: str
    dimensions: dict[str, str]


class EntryOut(_Model):
    """An entry as it goes out; it balances."""

    organization_id: str
    transaction_date: date | None
    external_reference: str | None
    currency: str
    total_amount: Decimal
    lines: list[LineOut]

    @model_validator(mode="after")
    def balances(self) -> Self:
        """Refuse debits and credits that differ."""
        signed = (line.amount if line.side == "DR" else -line.amount for line in self.lines)
        if sum(signed):
            raise ValueError("the entry does not balance")
        return self


def post_sale(event: Mapping[str, object]) -> EntryOut:
    """Return the entry of a sale."""
    sale = SaleEvent.model_validate(event)
    context = sale.business_context
    with localcontext(CONTEXT):
        if context.sale_amount + context.tip_amount != sale.total_amount:
            raise ValueError("the total is another")
        tax = (context.sale_amount * 5 / 105).quantize(CENT)
        values = {"org_unit": context.org_unit, "staff_id": context.staff_id}
        lines = [
            _line("clearing", "DR", sale.total_amount, {}),
            _line("revenue", "CR", context.sale_amount - tax, values),
            _line("tax_output", "CR", tax, {}),
            _line("tips_payable", "CR", context.tip_amount, {"staff_id": context.staff_id}),
        ]
        return _entry(sale, lines)


def post_cart(event: Mapping[str, object]) -> EntryOut:
    """Return the entry of a cart."""
    cart = CartEvent.model_validate(event)
    context = cart.business_context
    with localcontext(CONTEXT):
        gross = sum((item.amount for item in context.items), Decimal())
        if gross + context.tip_amount != cart.total_amount:
            raise ValueError("the total is another")
        nets: dict[str, Decimal] = {item.staff_id: Decimal() for item in context.items}
        lines = []
        for code in dict.fromkeys(item.tax_category for item in context.items):
            items = [item for item in context.items if item.tax_category == code]
            taxes = _taxes([item.amount for item in items], RATES[code])
            for item, tax in zip(items, taxes, strict=True):
                nets[item.staff_id] += item.amount - tax
            lines.append(_line("tax_output", "CR", sum(taxes, Decimal()), {}))
        for staff, net in nets.items():
            values = {"org_unit": context.org_unit, "staff_id": staff}
            lines.append(_line("revenue", "CR", net, values))
        for staff, share in zip(nets, _shares(context.tip_amount, [*nets.values()]), strict=True):
            lines.append(_line("tips_payable", "CR", share, {"staff_id": staff}))
        lines.append(_line("clearing", "DR", cart.total_amount, {}))
        return _entry(cart, lines)


def _taxes(grosses: list[Decimal], percent: Decimal) -> list[Decimal]:
    """Return the tax in each amount; cents that the rounded total lacks go where most was lost."""
    taxes = [(gross * percent / (100 + percent)).quantize(CENT) for gross in grosses]
    total = (sum(grosses) * percent / (100 + percent)).quantize(CENT)
    missing = int((total - sum(taxes)) / CENT)
    sign = 1 if missing > 0 else -1
    # In products: of quotients with 38 digits, two that are equal may differ in the last.
    pairs = zip(grosses, taxes, strict=True)
    erred = [sign * (gross * percent - tax * (100 + percent)) for gross, tax in pairs]
    order = sorted(range(len(taxes)), key=lambda at: (-erred[at], at))
    for at in order[: abs(missing)]:
        taxes[at] += sign * CENT
    return taxes


def _shares(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Return an amount shared by weights, largest remainder."""
    whole = sum(weights)
    shares = [(amount * weight / whole).quantize(CENT, rounding="ROUND_DOWN") for weight in weights]
    left = int((amount - sum(shares)) / CENT)
    pairs = zip(weights, shares, strict=True)
    lost = [amount * weight - share * whole for weight, share in pairs]
    order = sorted(range(len(shares)), key=lambda at: (-lost[at], at))
    for at in order[:left]:
        shares[at] += CENT
    return shares


def _line(
    account: str, side: Literal["DR", "CR"], amount: Decimal, dimensions: dict[str, str]
) -> LineOut:
    return LineOut(account=account, side=side, amount=amount, currency="USD", dimensions=dimensions)


def _entry(event: _Event, lines: list[LineOut]) -> EntryOut:
    return EntryOut(
        organization_id=event.organization_id,
        transaction_date=event.transaction_date,
        external_reference=event.external_reference,
        currency=event.currency,
        total_amount=event.total_amount,
        lines=[line for line in lines if line.amount],
    )


def legs_of(entry: EntryOut) -> list[Leg]:
    """Return the lines of an entry as the reference sees them."""
    return [
        Leg(
            "GL", line.side, line.account, Fraction(line.amount), Fraction(line.amount),
            frozenset(line.dimensions.items()),
        )
        for line in entry.lines
    ]  # fmt: skip
