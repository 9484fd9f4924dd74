"""A sale, written by hand."""

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
    of_both,
    of_staff,
)
from hera_engine.journal import JournalEntry, JournalLine

_ENTRY: Final = sample("sale")
CLEARING, CLEARING_CODE, CLEARING_ORIGIN = leg(_ENTRY, "clearing")
REVENUE, REVENUE_CODE, REVENUE_ORIGIN = leg(_ENTRY, "revenue")
TAX, TAX_CODE, TAX_ORIGIN = leg(_ENTRY, "tax_output")
TIPS, TIPS_CODE, TIPS_ORIGIN = leg(_ENTRY, "tips_payable")
RATE: Final = tax_detail(_ENTRY, "standard").rate
STAMP: Final = _ENTRY.header.schema
CODE: Final = "HERA.POS.SALE.V1"
NAMES: Final = frozenset(("sale_amount", "tip_amount", "org_unit", "staff_id"))


def post(event: Mapping[str, object]) -> JournalEntry:
    """Return the entry of a sale.

    Raises:
        BadEvent: If the event does not fit.
    """
    context = reading.context(event, CODE, "USD", NAMES)
    organization = reading.text(event.get("organization_id"), "organization_id")
    day = reading.day(event.get("transaction_date"))
    reference = reading.reference(event.get("external_reference"))
    total = cents(event.get("total_amount"), "total_amount")
    sale = cents(context["sale_amount"], "sale_amount")
    tip = cents(context["tip_amount"], "tip_amount")
    unit = reading.text(context["org_unit"], "org_unit")
    staff = reading.text(context["staff_id"], "staff_id")
    if sale + tip != total or not total:
        raise BadEvent("total_amount is not what the sale and the tip come to, or nothing")
    tax = (sale * 10 + 105) // 210
    paid = total * CENT
    lines = [
        new_line((1, "GL", DEBIT, CLEARING, paid, "USD", paid, CLEARING_CODE, NO_DIMENSIONS,
                  None, None, None, CLEARING_ORIGIN))
    ]  # fmt: skip
    if sale:
        net = (sale - tax) * CENT
        dimensions = of_both(unit, staff)
        lines.append(new_line((2, "GL", CREDIT, REVENUE, net, "USD", net, REVENUE_CODE, dimensions,
                               None, None, None, REVENUE_ORIGIN)))  # fmt: skip
        if tax:
            due = tax * CENT
            detail = new_tax(("standard", RATE, net, "standard", "AE", "standard", False, None,
                              "percent"))  # fmt: skip
            lines.append(new_line((3, "GL", CREDIT, TAX, due, "USD", due, TAX_CODE, NO_DIMENSIONS,
                                   detail, None, None, TAX_ORIGIN)))  # fmt: skip
    if tip:
        lines.append(_tip(len(lines) + 1, tip, staff))
    header = new_header((organization, CODE, day, day, "USD", "USD", "1", None, None, None,
                         reference, paid, new_map(dict(context)), STAMP, "GL_JOURNAL"))  # fmt: skip
    return new_entry((header, tuple(lines), ()))


def _tip(number: int, tip: int, staff: str) -> JournalLine:
    """Return the line of a tip of so many cents."""
    amount = tip * CENT
    return new_line((number, "GL", CREDIT, TIPS, amount, "USD", amount, TIPS_CODE,
                     of_staff(staff), None, None, None, TIPS_ORIGIN))  # fmt: skip
