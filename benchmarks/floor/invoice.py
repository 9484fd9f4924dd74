"""A long invoice, written by hand: tax by line, a line of revenue for each product."""

from collections.abc import Mapping
from typing import Final

from benchmarks.floor import reading
from benchmarks.floor.constants import CREDIT, DEBIT, leg, sample, tax_detail
from benchmarks.floor.reading import BadEvent, cents
from benchmarks.floor.results import (
    CENT,
    NO_DIMENSIONS,
    new_entry,
    new_header,
    new_line,
    new_map,
    new_tax,
)
from hera_engine.journal import JournalEntry

_ENTRY: Final = sample("invoice")
RECEIVABLE, RECEIVABLE_CODE, RECEIVABLE_ORIGIN = leg(_ENTRY, "receivable")
REVENUE, REVENUE_CODE, REVENUE_ORIGIN = leg(_ENTRY, "revenue")
TAX, TAX_CODE, TAX_ORIGIN = leg(_ENTRY, "tax_output")
RATES: Final = {
    "standard": (10, 105, 210, tax_detail(_ENTRY, "standard").rate),
    "reduced": (4, 102, 204, tax_detail(_ENTRY, "reduced").rate),
    "luxury": (20, 110, 220, tax_detail(_ENTRY, "luxury").rate),
}
"""By code: twice the rate, the rounding half, twice the whole, and the percentage."""
STAMP: Final = _ENTRY.header.schema
CODE: Final = "HERA.SALES.INVOICE.V1"
NAMES: Final = frozenset(("items", "org_unit"))
ITEM_NAMES: Final = frozenset(("amount", "tax_category", "product_id"))
MOST_LINES: Final = 10_000


def post(event: Mapping[str, object]) -> JournalEntry:
    """Return the entry of an invoice.

    Raises:
        BadEvent: If the event does not fit.
    """
    context = reading.context(event, CODE, "USD", NAMES)
    organization = reading.text(event.get("organization_id"), "organization_id")
    day = reading.day(event.get("transaction_date"))
    reference = reading.reference(event.get("external_reference"))
    total = cents(event.get("total_amount"), "total_amount")
    unit = reading.text(context["org_unit"], "org_unit")
    nets: dict[str, int] = {}
    dues: dict[str, tuple[int, int]] = {}
    gross, kept = 0, []
    for item in reading.members(context["items"], ITEM_NAMES):
        amount = cents(item["amount"], "amount")
        product = reading.text(item["product_id"], "product_id")
        category = item["tax_category"]
        if type(category) is not str or category not in RATES:
            raise BadEvent("tax_category is none of the declared values")
        twice, half, whole, _ = RATES[category]
        tax = (amount * twice + half) // whole
        kept.append(new_map(dict(item)))
        if amount != tax:
            nets[product] = nets.get(product, 0) + amount - tax
        base, due = dues.get(category, (0, 0))
        dues[category] = base + amount - tax, due + tax
        gross += amount
    if gross != total or not total:
        raise BadEvent("total_amount is not what the items come to, or nothing")
    paid = total * CENT
    lines = [
        new_line((1, "GL", DEBIT, RECEIVABLE, paid, "USD", paid, RECEIVABLE_CODE, NO_DIMENSIONS,
                  None, None, None, RECEIVABLE_ORIGIN))
    ]  # fmt: skip
    for product, units in nets.items():
        net, values = units * CENT, new_map({"org_unit": unit, "product_id": product})
        lines.append(new_line((len(lines) + 1, "GL", CREDIT, REVENUE, net, "USD", net,
                               REVENUE_CODE, values, None, None, None,
                               REVENUE_ORIGIN)))  # fmt: skip
    for code, (base, tax) in dues.items():
        if tax:
            owed = tax * CENT
            detail = new_tax((code, RATES[code][3], base * CENT, code, "AE", "standard", False,
                              None, "percent"))  # fmt: skip
            lines.append(new_line((len(lines) + 1, "GL", CREDIT, TAX, owed, "USD", owed, TAX_CODE,
                                   NO_DIMENSIONS, detail, None, None, TAX_ORIGIN)))  # fmt: skip
    if len(lines) > MOST_LINES:
        raise BadEvent("more lines than an entry holds")
    frozen = new_map({**context, "items": tuple(kept)})
    header = new_header((organization, CODE, day, day, "USD", "USD", "1", None, None, None,
                         reference, paid, frozen, STAMP, "GL_JOURNAL"))  # fmt: skip
    return new_entry((header, tuple(lines), ()))
