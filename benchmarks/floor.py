"""The floor: what one would write by hand for the benchmark's one schema.

The same checks of the event as the engine makes for these fields, the same lines, integers of
the minor unit inside and Decimals at the edge; no schema, no other event, no explanation.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

CENT: Final = Decimal("0.01")
KNOWN: Final = frozenset(
    (
        "organization_id",
        "event_smart_code",
        "total_amount",
        "currency",
        "business_context",
        "external_reference",
        "transaction_date",
        "posting_date",
        "base_currency",
        "exchange_rate",
        "metadata",
        "simulate",
    )
)
RATES: Final = {"goods.export": None, "services.financial": None}


class Line(NamedTuple):
    """One journal line: the fields that the comparison with the engine uses."""

    account: str
    side: str
    amount: Decimal
    currency: str
    dimensions: tuple[tuple[str, str], ...]
    origin: str


class BadEvent(ValueError):
    """The event does not fit."""


def _units(value: object) -> int:
    """Return an amount with at most two decimals in cents."""
    if type(value) is not str or not value.isascii() or len(value) > 21:
        raise BadEvent("amount")
    whole, _, decimals = value.partition(".")
    if not whole.isdecimal() or (decimals and (len(decimals) > 2 or not decimals.isdecimal())):
        raise BadEvent("amount")
    return int(whole) * 100 + (int(decimals.ljust(2, "0")) if decimals else 0)


def _text(value: object) -> str:
    if type(value) is not str or not 1 <= len(value) <= 128 or not value.isascii():
        raise BadEvent("text")
    return value


def post(event: Mapping[str, object]) -> list[Line]:
    """Return the lines of a sale with items or without."""
    if not event.keys() <= KNOWN:
        raise BadEvent("unknown field")
    _text(event["organization_id"])
    if event["event_smart_code"] != "HERA.POS.SALE.V1" or event["currency"] != "USD":
        raise BadEvent("code or currency")
    context = event["business_context"]
    if not isinstance(context, dict) or context.get("tax_inclusive") is not True:
        raise BadEvent("context")
    total, tip = _units(event["total_amount"]), _units(context["tip_amount"])
    unit = _text(context["org_unit"])
    items = context.get("items")
    if items is None:
        items = [{"amount": context["sale_amount"], "staff_id": context["staff_id"]}]
    revenue: dict[str, int] = {}
    gross = tax = 0
    for item in items:
        price, staff = _units(item["amount"]), _text(item["staff_id"])
        category = item.get("tax_category")
        due = 0 if category in RATES else (price * 10 + 105) // 210
        revenue[staff] = revenue.get(staff, 0) + price - due
        gross += price
        tax += due
    if gross + tip != total:
        raise BadEvent("unbalanced")
    lines = [Line("clearing", "DR", total * CENT, "USD", (), "tender")]
    for staff, net in revenue.items():
        values = (("org_unit", unit), ("staff_id", staff))
        lines.append(Line("revenue", "CR", net * CENT, "USD", values, "revenue"))
    if tax:
        lines.append(Line("tax_output", "CR", tax * CENT, "USD", (), "tax"))
    if tip:
        lines.append(Line("tips_payable", "CR", tip * CENT, "USD", (), "tip"))
    return lines
