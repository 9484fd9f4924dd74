"""A cart of items of several staff and rates, written by hand."""

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
from benchmarks.floor.shares import by_weight, taxes_of_rate
from hera_engine.journal import JournalEntry, JournalLine

_ENTRY: Final = sample("cart")
CLEARING, CLEARING_CODE, CLEARING_ORIGIN = leg(_ENTRY, "clearing")
REVENUE, REVENUE_CODE, REVENUE_ORIGIN = leg(_ENTRY, "revenue")
TAX, TAX_CODE, TAX_ORIGIN = leg(_ENTRY, "tax_output")
TIPS, TIPS_CODE, TIPS_ORIGIN = leg(_ENTRY, "tips_payable")
RATES: Final = {
    "standard": (5, 105, tax_detail(_ENTRY, "standard").rate),
    "reduced": (2, 102, tax_detail(_ENTRY, "reduced").rate),
    "luxury": (10, 110, tax_detail(_ENTRY, "luxury").rate),
}
STAMP: Final = _ENTRY.header.schema
CODE: Final = "HERA.POS.CART.V1"
NAMES: Final = frozenset(("items", "tip_amount", "org_unit"))
ITEM_NAMES: Final = frozenset(("amount", "tax_category", "staff_id"))


def post(event: Mapping[str, object]) -> JournalEntry:
    """Return the entry of a cart.

    Raises:
        BadEvent: If the event does not fit.
    """
    context = reading.context(event, CODE, "USD", NAMES)
    organization = reading.text(event.get("organization_id"), "organization_id")
    day = reading.day(event.get("transaction_date"))
    reference = reading.reference(event.get("external_reference"))
    total = cents(event.get("total_amount"), "total_amount")
    tip = cents(context["tip_amount"], "tip_amount")
    unit = reading.text(context["org_unit"], "org_unit")
    items = reading.members(context["items"], ITEM_NAMES)
    amounts, owners, kept = [], [], []
    by_rate: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        amounts.append(cents(item["amount"], "amount"))
        owners.append(reading.text(item["staff_id"], "staff_id"))
        category = item["tax_category"]
        if type(category) is not str or category not in RATES:
            raise BadEvent("tax_category is none of the declared values")
        by_rate.setdefault(category, []).append(index)
        kept.append(new_map(dict(item)))
    if sum(amounts) + tip != total or not total:
        raise BadEvent("total_amount is not what the items and the tip come to, or nothing")
    dues = _take_taxes_off(amounts, by_rate)
    paid = total * CENT
    lines = [
        new_line((1, "GL", DEBIT, CLEARING, paid, "USD", paid, CLEARING_CODE, NO_DIMENSIONS,
                  None, None, None, CLEARING_ORIGIN))
    ]  # fmt: skip
    _add_lines(lines, unit, (owners, amounts), dues, tip)
    frozen = new_map({**context, "items": tuple(kept)})
    header = new_header((organization, CODE, day, day, "USD", "USD", "1", None, None, None,
                         reference, paid, frozen, STAMP, "GL_JOURNAL"))  # fmt: skip
    return new_entry((header, tuple(lines), ()))


def _take_taxes_off(
    amounts: list[int], by_rate: Mapping[str, list[int]]
) -> list[tuple[str, int, int]]:
    """Return code, base and tax of each rate, and leave of the amounts their nets."""
    dues = []
    for code, members in by_rate.items():
        over, under, _ = RATES[code]
        taxes = taxes_of_rate([amounts[index] for index in members], over, under)
        base = 0
        for index, tax in zip(members, taxes, strict=True):
            amounts[index] -= tax
            base += amounts[index]
        dues.append((code, base, sum(taxes)))
    return dues


def _add_lines(
    lines: list[JournalLine],
    unit: str,
    sold: tuple[list[str], list[int]],
    dues: list[tuple[str, int, int]],
    tip: int,
) -> None:
    """Append what is credited: revenue by staff, tax by rate, the tip by what each staff sold."""
    nets: dict[str, int] = {}
    for staff, net in zip(*sold, strict=True):
        if net:
            nets[staff] = nets.get(staff, 0) + net
    for staff, units in nets.items():
        earned, values = units * CENT, of_both(unit, staff)
        lines.append(new_line((len(lines) + 1, "GL", CREDIT, REVENUE, earned, "USD", earned,
                               REVENUE_CODE, values, None, None, None,
                               REVENUE_ORIGIN)))  # fmt: skip
    for code, base, tax in dues:
        if tax:
            due = tax * CENT
            detail = new_tax((code, RATES[code][2], base * CENT, code, "AE", "standard", False,
                              None, "percent"))  # fmt: skip
            lines.append(new_line((len(lines) + 1, "GL", CREDIT, TAX, due, "USD", due, TAX_CODE,
                                   NO_DIMENSIONS, detail, None, None, TAX_ORIGIN)))  # fmt: skip
    if not tip:
        return
    if not nets:
        raise BadEvent("a tip without items of any worth")
    for staff, share in zip(nets, by_weight(tip, [*nets.values()]), strict=True):
        if share:
            part, values = share * CENT, of_staff(staff)
            lines.append(new_line((len(lines) + 1, "GL", CREDIT, TIPS, part, "USD", part,
                                   TIPS_CODE, values, None, None, None,
                                   TIPS_ORIGIN)))  # fmt: skip
