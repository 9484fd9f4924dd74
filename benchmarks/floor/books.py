"""A sale in euros for two ledgers in pounds, written by hand."""

from collections.abc import Mapping
from typing import Final

from benchmarks.floor import reading
from benchmarks.floor.constants import CREDIT, DEBIT, Leg, leg, sample, tax_detail
from benchmarks.floor.reading import BadEvent, cents
from benchmarks.floor.results import (
    CENT,
    NO_DIMENSIONS,
    new_entry,
    new_header,
    new_line,
    new_map,
    new_tax,
    of_unit,
)
from hera_engine.accounts import Side
from hera_engine.frozen import FrozenMap
from hera_engine.journal import JournalEntry, JournalLine, TaxDetail

_ENTRY: Final = sample("books")
RECEIVABLE: Final = leg(_ENTRY, "receivable")
REVENUE: Final = leg(_ENTRY, "revenue")
TAX: Final = leg(_ENTRY, "tax_output")
TAKEN_OFF: Final = leg(_ENTRY, "revenue", ledger="IFRS", side=DEBIT)
DEFERRED: Final = leg(_ENTRY, "deferred", ledger="IFRS")
RATE: Final = tax_detail(_ENTRY, "standard").rate
STAMP: Final = _ENTRY.header.schema
CODE: Final = "HERA.SALES.CONTRACT.V1"
NAMES: Final = frozenset(("sale_amount", "deferred_amount", "org_unit"))
FOREIGN: Final = frozenset(("base_currency", "exchange_rate"))

Draft = tuple[Side, Leg, int, int, FrozenMap, TaxDetail | None]
"""Side, constants, cents, pence, dimensions and tax of a line."""


def post(event: Mapping[str, object]) -> JournalEntry:
    """Return the entry of a contract.

    Raises:
        BadEvent: If the event does not fit.
    """
    if event.get("base_currency") != "GBP":
        raise BadEvent("base_currency is another")
    over, under, stated = reading.rate(event.get("exchange_rate"))
    own = {name: value for name, value in event.items() if name not in FOREIGN}
    context = reading.context(own, CODE, "EUR", NAMES)
    organization = reading.text(event.get("organization_id"), "organization_id")
    day = reading.day(event.get("transaction_date"))
    reference = reading.reference(event.get("external_reference"))
    total = cents(event.get("total_amount"), "total_amount")
    sale = cents(context["sale_amount"], "sale_amount")
    later = cents(context["deferred_amount"], "deferred_amount")
    unit = reading.text(context["org_unit"], "org_unit")
    if sale != total or not total:
        raise BadEvent("total_amount is not the sale, or nothing")
    tax = (sale * 2 + 6) // 12
    values, net = of_unit(unit), (sale - tax) * CENT
    detail = new_tax(("standard", RATE, net, "standard", "GB", "standard", False, None,
                      "percent"))  # fmt: skip
    twice, whole = 2 * over, 2 * under
    general: list[Draft] = [
        (DEBIT, RECEIVABLE, total, (total * twice + under) // whole, NO_DIMENSIONS, None),
        (CREDIT, REVENUE, sale - tax, ((sale - tax) * twice + under) // whole, values, None),
        (CREDIT, TAX, tax, (tax * twice + under) // whole, NO_DIMENSIONS, detail),
    ]
    pence = (later * twice + under) // whole
    deferral: list[Draft] = [
        (DEBIT, TAKEN_OFF, later, pence, values, None),
        (CREDIT, DEFERRED, later, pence, NO_DIMENSIONS, None),
    ]
    lines: list[JournalLine] = []
    _add_lines(lines, "GL", general)
    _add_lines(lines, "IFRS", general + deferral)
    frozen = new_map({**context, "deferred_amount": later * CENT})
    header = new_header((organization, CODE, day, day, "EUR", "GBP", stated, None, None, None,
                         reference, total * CENT, frozen, STAMP, "GL_JOURNAL"))  # fmt: skip
    return new_entry((header, tuple(lines), ()))


def _add_lines(lines: list[JournalLine], ledger: str, drafts: list[Draft]) -> None:
    """Append the lines of a ledger; its largest line in pounds takes what conversion left over."""
    left = sum(draft[3] if draft[0] is DEBIT else -draft[3] for draft in drafts)
    largest, change = -1, 0
    if left:
        order = sorted(
            range(len(drafts)), key=lambda at: (drafts[at][5] is not None, -drafts[at][3])
        )
        changes = [-left if draft[0] is DEBIT else left for draft in drafts]
        largest = next(at for at in order if drafts[at][3] + changes[at] >= 0)
        change = changes[largest]
    for at, (side, constant, units, pence, values, tax) in enumerate(drafts):
        if units:
            worth = (pence + change if at == largest else pence) * CENT
            lines.append(new_line((len(lines) + 1, ledger, side, constant.account, units * CENT,
                                   "EUR", worth, constant.smart_code, values, tax, None,
                                   None, constant.origins)))  # fmt: skip
