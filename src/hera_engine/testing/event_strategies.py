"""Hypothesis strategies for business events, and for values that no event should hold.

`sales`, `refunds` and `settlements` make events whose stated figures agree, so that the standard
rules post them; `hostile_values` makes anything that can be sent instead.

Sums are kept in whole minor units here and written out as decimal strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hypothesis import strategies as st

from hera_engine.engine import PostingEngine

Event = dict[str, object]

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {"USD": 2, "AED": 2, "JPY": 0, "KWD": 3, "CLF": 4}
)
"""The currencies of generated events with their decimals."""

KINDS: Final = ("sale", "refund", "settlement")
CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sale": "HERA.POS.SALE.V1",
        "refund": "HERA.POS.REFUND.V1",
        "settlement": "HERA.PAYMENT.SETTLEMENT.V1",
    }
)
STAFF: Final = ("EMP-1", "EMP-2", "EMP-3")
UNITS: Final = ("BR-01", "BR-02")


def currencies() -> st.SearchStrategy[str]:
    """Return codes of currencies with 0, 2, 3 and 4 decimals."""
    return st.sampled_from(tuple(EXPONENTS))


def amounts(
    currency: str = "USD", *, least: int = 0, most: int = 10**7
) -> st.SearchStrategy[Decimal]:
    """Return amounts of a currency with its decimals.

    Args:
        currency: One of `EXPONENTS`.
        least: The smallest amount in minor units.
        most: The largest amount in minor units.
    """
    return _units(least, most).map(lambda units: Decimal(written(units, currency)))


def written(units: int, currency: str) -> str:
    """Return minor units as the decimal string an event holds."""
    exponent = EXPONENTS[currency]
    digits = str(abs(units)).rjust(exponent + 1, "0")
    sign = "-" if units < 0 else ""
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"


def _units(least: int, most: int) -> st.SearchStrategy[int]:
    """Return minor units, small ones and round ones often, since rounding meets its ties there."""
    small = st.integers(least, min(least + 30, most))
    return small | st.integers(least, most)


# --- items ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Made:
    """One item and what it costs after its own discount, in minor units and price terms."""

    fields: Mapping[str, object]
    before: int
    price: int
    exempt: bool


def items(
    currency: str = "USD", *, least: int = 1, most: int = 5
) -> st.SearchStrategy[list[dict[str, object]]]:
    """Return lists of items as events hold them: priced, discounted, exempt, returned."""
    return _item_lists(currency, least, most).map(lambda made: [dict(each.fields) for each in made])


@st.composite
def _item_lists(draw: st.DrawFn, currency: str, least: int, most: int) -> list[_Made]:
    """Return items that are not below zero in total."""
    made = [draw(_items(currency)) for _ in range(draw(st.integers(least, most)))]
    if sum(each.price for each in made) < 0:
        made = [_returned(each, currency) for each in made]
    return made


@st.composite
def _items(draw: st.DrawFn, currency: str) -> _Made:
    """Return one item: a price or quantity and unit price, perhaps returned, perhaps discounted."""
    fields: dict[str, object] = {}
    if draw(st.booleans()):
        quantity, price = draw(st.integers(1, 20)), draw(_units(1, 10**5))
        units = quantity * price
        fields["quantity"], fields["unit_price"] = str(quantity), written(price, currency)
    else:
        units = draw(_units(1, 10**6))
        fields["amount"] = written(units, currency)
    discount = draw(st.just(0) | _units(0, units - 1))
    if discount:
        fields["discount"] = written(discount, currency)
    fields["kind"] = draw(st.sampled_from(("service", "product")))
    fields.update(draw(_tags()))
    exempt = draw(st.integers(0, 4)) == 0
    if exempt:
        fields["tax_exempt"] = True
    item = _Made(fields, units, units - discount, exempt)
    return _returned(item, currency) if draw(st.integers(0, 4)) == 0 else item


def _returned(item: _Made, currency: str) -> _Made:
    """Return an item with the opposite sign, its amount written out."""
    kept = {k: v for k, v in item.fields.items() if k not in {"quantity", "unit_price", "amount"}}
    kept["amount"] = written(-item.before, currency)
    if "discount" in kept:
        kept["discount"] = written(item.price - item.before, currency)
    return _Made(kept, -item.before, -item.price, item.exempt)


@st.composite
def _tags(draw: st.DrawFn) -> dict[str, str]:
    """Return dimension values, some left out."""
    found: dict[str, str] = {}
    if draw(st.booleans()):
        found["staff_id"] = draw(st.sampled_from(STAFF))
    if draw(st.booleans()):
        found["org_unit"] = draw(st.sampled_from(UNITS))
    return found


# --- events --------------------------------------------------------------------------------


def sales(
    currency: str | None = None,
    *,
    code: str = CODES["sale"],
    percent: Decimal = Decimal(5),
) -> st.SearchStrategy[Event]:
    """Return sales whose figures agree under immediate payments.

    With items, a sale amount or a total alone; prices with tax inside or on top, taxes computed,
    stated or exempt; tips, discounts, returns, several payments, totals of zero.

    Args:
        currency: The currency, or None for any of `EXPONENTS`.
        code: The smart code.
        percent: The rate of the category that items fall into unless they say otherwise; taxes
            are rounded half up for each item.
    """
    return _sales(currency, code, percent)


@st.composite
def _sales(draw: st.DrawFn, currency: str | None, code: str, percent: Decimal) -> Event:
    """Return one sale."""
    money = currency or draw(currencies())
    context: dict[str, object] = {**draw(_tags())}
    tip = draw(st.just(0) | _units(0, 10**4))
    if tip:
        context["tip_amount"] = written(tip, money)
    shape = draw(st.sampled_from(("items", "sale_amount", "total")))
    if shape == "items":
        total = draw(_with_items(context, money, percent))
    else:
        total = draw(_without_items(context, money, percent, stated=shape == "sale_amount"))
    if draw(st.booleans()):
        context["payments"] = draw(_payments(total + tip, money))
    else:
        context["payment_method"] = draw(st.sampled_from(("cash", "card")))
    return _event(draw, code, money, total + tip, context)


@st.composite
def _with_items(
    draw: st.DrawFn, context: dict[str, object], currency: str, percent: Decimal
) -> int:
    """Put items into a context; return what the customer pays for them."""
    made = draw(_item_lists(currency, 1, 5))
    context["items"] = [dict(each.fields) for each in made]
    prices = [each.price for each in made]
    paid = sum(prices)
    if draw(st.booleans()):
        context["sale_amount"] = written(paid, currency)
    plain = all(each.before >= 0 for each in made)
    if plain and paid > 1 and draw(st.booleans()):
        discount = draw(_units(1, paid - 1))
        context["discount_amount"] = written(discount, currency)
        context["tax_inclusive"] = True
        return paid - discount
    due = [0 if each.exempt else _tax(each.price, percent) for each in made]
    # Where returns leave no price, or a tax against it, the total's sign is not the sale's.
    if paid == 0 or paid + sum(due) <= 0 or draw(st.booleans()):
        context["tax_inclusive"] = True
        return paid
    context["tax_inclusive"] = False
    if sum(due) > 0 and min(due) >= 0 and draw(st.booleans()):
        context["tax_amount"] = written(sum(due), currency)
    return paid + sum(due)


@st.composite
def _without_items(
    draw: st.DrawFn, context: dict[str, object], currency: str, percent: Decimal, *, stated: bool
) -> int:
    """Put a sale amount, or nothing but its tax mode, into a context; return what is paid."""
    units = draw(_units(1, 10**7))
    context["kind"] = draw(st.sampled_from(("service", "product")))
    mode = draw(st.sampled_from(("inclusive", "exclusive", "exempt")))
    if mode == "exempt":
        context["tax_exempt"] = True
    if not stated:
        return units
    context["sale_amount"] = written(units, currency)
    context["tax_inclusive"] = mode != "exclusive"
    return units + _tax(units, percent) if mode == "exclusive" else units


def _tax(units: int, percent: Decimal) -> int:
    """Return the tax on a net price, rounded half away from zero, in minor units."""
    twice = 2 * abs(units) * Fraction(percent) / 100
    rounded = int(twice + 1) // 2
    return rounded if units >= 0 else -rounded


@st.composite
def _payments(draw: st.DrawFn, total: int, currency: str) -> list[dict[str, object]]:
    """Return payments that sum to a total."""
    count = draw(st.integers(1, 3))
    cuts = sorted(draw(st.integers(0, total)) for _ in range(count - 1))
    parts = [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]
    found: list[dict[str, object]] = []
    for part in parts:
        method = draw(st.sampled_from(("cash", "card")))
        payment: dict[str, object] = {"method": method, "amount": written(part, currency)}
        if draw(st.booleans()):
            payment["reference"] = draw(st.sampled_from(("R-1", "R-2")))
        found.append(payment)
    return found


def refunds(
    currency: str | None = None, *, percent: Decimal = Decimal(5)
) -> st.SearchStrategy[Event]:
    """Return refunds: what `sales` makes, with a refund's smart code."""
    return sales(currency, code=CODES["refund"], percent=percent)


@st.composite
def settlements(draw: st.DrawFn, currency: str | None = None) -> Event:
    """Return settlements: a gross total and a fee that is not above it."""
    money = currency or draw(currencies())
    total = draw(_units(1, 10**7))
    fee = draw(st.just(0) | _units(0, total - 1))
    context: dict[str, object] = {"fee_amount": written(fee, money)} if fee else {}
    return _event(draw, CODES["settlement"], money, total, context)


def events_for(
    engine_or_kind: PostingEngine | str, currency: str | None = None
) -> st.SearchStrategy[Event]:
    """Return events of a kind (``sale``, ``refund``, ``settlement``), or of any kind.

    Args:
        engine_or_kind: One of `KINDS`; or an engine, for events of every kind in currencies
            that its schema allows.
        currency: The currency, or None for any that fits.

    Raises:
        KeyError: For another kind.
    """
    if isinstance(engine_or_kind, PostingEngine):
        checks = engine_or_kind.schema.nodes.validations
        allowed = () if checks is None else tuple(name.text for name in checks.currencies)
        fitting = tuple(code for code in EXPONENTS if not allowed or code in allowed)
        chosen = st.just(currency) if currency is not None else st.sampled_from(fitting)
        return chosen.flatmap(lambda code: st.one_of(*(events_for(kind, code) for kind in KINDS)))
    makers = {"sale": sales, "refund": refunds, "settlement": settlements}
    return makers[engine_or_kind](currency)


def _event(
    draw: st.DrawFn, code: str, currency: str, total: int, context: Mapping[str, object]
) -> Event:
    """Return an event with the header fields that are not about its kind."""
    event: Event = {
        "organization_id": "org-1",
        "event_smart_code": code,
        "total_amount": written(total, currency),
        "currency": currency,
        "transaction_date": "2025-03-01",
        "business_context": dict(context),
    }
    if draw(st.integers(0, 3)) == 0:
        event["external_reference"] = "REF-1"
    if draw(st.integers(0, 3)) == 0:
        event["base_currency"] = "EUR"
        event["exchange_rate"] = draw(st.sampled_from(("0.27", "1.1", "3.6725", "150.123456")))
    return event


# --- the other direction -------------------------------------------------------------------


AMOUNT_FIELDS: Final = (
    "sale_amount", "tip_amount", "tax_amount", "discount_amount", "fee_amount",
)  # fmt: skip


def with_negative_total(event: Mapping[str, object]) -> Event:
    """Return an event whose total alone has the other sign."""
    return {**event, "total_amount": _negated(event["total_amount"])}


def negated(event: Mapping[str, object]) -> Event:
    """Return an event in which every amount has the other sign."""
    context = event["business_context"]
    fields = dict(context) if isinstance(context, Mapping) else {}
    for name in AMOUNT_FIELDS:
        if name in fields:
            fields[name] = _negated(fields[name])
    for name in ("items", "payments"):
        records = fields.get(name)
        if isinstance(records, list):
            fields[name] = [_negated_record(record) for record in records]
    return {**with_negative_total(event), "business_context": fields}


def _negated_record(record: Mapping[str, object]) -> dict[str, object]:
    """Return an item or payment with the other sign: amount, unit price and discount."""
    turned = {"amount", "unit_price", "discount"}
    return {name: _negated(each) if name in turned else each for name, each in record.items()}


def _negated(amount: object) -> str:
    text = str(amount)
    if not text.strip("0."):
        return text
    return text[1:] if text.startswith("-") else f"-{text}"


# --- what no event should hold -------------------------------------------------------------

_NUMBERS: Final = (
    "NaN", "sNaN", "NaN123", "Infinity", "-Infinity", "1E+999999999", "1E-999999999",
    "0E+999999999", "0E-30", "-0", "-0.00", "1E+18", "0.0000000000001", "1E+1000000",
)  # fmt: skip
_TEXTS: Final = (
    "", " ", "1_000", " 12 ", "12\n", "\u0661\u0662", "\uff11\uff12.\uff15", "1__0", "_1", "1e2",
    ".5", "5.",
    "\U0001d7d7\U0001d7d7",
    "+1", "01", "0x10", "1,000.00", "-0", "9" * 41, "9" * 19, "HERA.POS.SALE.V1\n", "\x00",
    "\u202eabc", "\ud800", "Cafe\u0301", "HER\u0410.POS.SALE.V1", "2025-02-30", "20250101", "{e}",
    "1.1" + "0" * 100, "'; --", "${total}", "../x", "x" * 20_000,
)  # fmt: skip


def hostile_values(*, depth: int = 3) -> st.SearchStrategy[object]:
    """Return values that may stand where an amount, a text or a list is expected.

    Floats, odd Decimals and digits, huge integers, hidden characters, and lists and objects of
    all these, ``depth`` levels deep.
    """
    simple: st.SearchStrategy[object] = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from((10**17, 10**18, -(10**18), 2**127, 2**128, 10**5000)),
        st.floats(),
        st.sampled_from(_NUMBERS).map(Decimal),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.sampled_from(_TEXTS),
        st.text(max_size=20),
        st.binary(max_size=4),
    )
    keys = st.text(max_size=8) | st.sampled_from(("amount", "per_base", "kind", "k" * 65))
    for _ in range(depth):
        simple = simple | st.lists(simple, max_size=3) | st.dictionaries(keys, simple, max_size=3)
    return simple
