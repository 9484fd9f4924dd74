"""EN 16931 documents: what is missing is worked out, what is stated is checked, both exactly.

`complete_document` fills in the figures of a draft, `check_document` finds those that break a
rule of the standard, `read_document` takes one from plain JSON values. Documents are frozen
values; amounts are in currency units.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from hera_engine.errors import ProblemList
from hera_engine.money import exact_add, exact_subtract
from hera_engine.tax.category import EN16931_CODES, Reason
from hera_engine.tax.en16931_document import (
    UNTAXED_CODES,
    ZERO,
    Adjustment,
    CategoryTax,
    Document,
    DocumentLine,
    TaxGroup,
    TaxTotal,
    Totals,
    require_document,
    total,
)
from hera_engine.tax.en16931_reading import read_document
from hera_engine.tax.en16931_rules import EN16931_RULES, Finding, check_document

__all__ = [
    "EN16931_RULES",
    "Adjustment",
    "CategoryTax",
    "Document",
    "DocumentLine",
    "Finding",
    "TaxTotal",
    "Totals",
    "check_document",
    "complete_document",
    "read_document",
]


_OUT_OF_SCOPE: Final = EN16931_CODES[Reason.OUT_OF_SCOPE]


def complete_document(document: Document) -> Document:
    """Return a document with every figure that follows from its lines and adjustments.

    Worked out anew, whatever was stated: the net of each line that has a price,
    the breakdown by category and rate in order of first appearance, the total tax in the
    document's currency, and the sums. Kept: prices, quantities, nets of lines without a price,
    amounts of allowances and charges (from base and percentage where none is stated), prepaid
    and rounding. Tax totals in another currency are dropped: no rate says what they should be.

    Each net and each tax of a category and rate is rounded once, to two decimals, half away from
    zero; everything else is a sum of such figures.

    Law: `check_document` finds nothing in the result but stated percentages and prices that
    contradict their amounts (tests/laws/test_en16931).

    Source: EN 16931-1, BG-22, BG-23, BG-25; BR-CO-10 to BR-CO-17.

    Raises:
        EventError: E_GUARDRAIL for a line without net and price, one whose price is for no units
            or fewer, an adjustment without an amount, or a missing category or rate.
        HeraError: E_GUARDRAIL for a figure of 10**18 or more.
    """
    _refuse_incomplete(document)
    drawn = replace(
        document,
        lines=tuple(map(_with_net, document.lines)),
        adjustments=tuple(map(_with_amount, document.adjustments)),
    )
    breakdown = tuple(_row(group, taxable) for group, taxable in drawn.groups.items())
    tax = total(row.tax for row in breakdown)
    return replace(
        drawn,
        breakdown=breakdown,
        tax_totals=(TaxTotal(amount=tax, currency=document.currency),),
        totals=_totals(drawn, tax),
    )


def _with_amount(adjustment: Adjustment) -> Adjustment:
    if adjustment.amount is not None:
        return adjustment
    return replace(adjustment, amount=adjustment.due_amount)


def _with_net(line: DocumentLine) -> DocumentLine:
    price = line.due_price if line.unit_price is None else line.unit_price
    adjustments = tuple(map(_with_amount, line.adjustments))
    drawn = replace(line, unit_price=price, adjustments=adjustments)
    return drawn if price is None else replace(drawn, net=drawn.due_net)


def _row(group: TaxGroup, taxable: Decimal) -> CategoryTax:
    """Return the row of the breakdown for a category and rate; out of scope has no rate."""
    category, rate = group
    percent = None if category == _OUT_OF_SCOPE else rate or ZERO
    row = CategoryTax(category=category, rate=percent, taxable=taxable)
    return replace(row, tax=row.due_tax)


def _totals(document: Document, tax: Decimal) -> Totals:
    lines_net = total(line.net for line in document.lines)
    allowances, charges = (document.adjusted(charges=kind) for kind in (False, True))
    net = exact_subtract(exact_add(lines_net, charges), allowances)
    gross = exact_add(net, tax)
    prepaid, rounding = document.totals.prepaid or ZERO, document.totals.rounding or ZERO
    return Totals(
        lines_net=lines_net,
        allowances=allowances,
        charges=charges,
        net=net,
        gross=gross,
        prepaid=prepaid,
        rounding=rounding,
        payable=exact_add(exact_subtract(gross, prepaid), rounding),
    )


# --- what cannot be worked out -------------------------------------------------------------


def _refuse_incomplete(document: Document) -> None:
    """Raise all that is missing in a document at once."""
    require_document(document)
    problems = ProblemList()
    for index, line in enumerate(document.lines):
        path = f"lines[{index}]"
        if line.unit_price is None and line.gross_price is None and line.net is None:
            problems.add(path, "has neither a price nor a net")
        if line.base_quantity is not None and line.base_quantity <= ZERO:
            problems.add(f"{path}.base_quantity", "is not above zero")
        _check_adjustments(line.adjustments, f"{path}.adjustments", problems)
        _check_category(line, path, problems)
    _check_adjustments(document.adjustments, "adjustments", problems)
    for index, adjustment in enumerate(document.adjustments):
        _check_category(adjustment, f"adjustments[{index}]", problems)
    problems.raise_if_any()


def _check_adjustments(
    adjustments: tuple[Adjustment, ...], path: str, problems: ProblemList
) -> None:
    for index, each in enumerate(adjustments):
        if each.amount is None and each.due_amount is None:
            problems.add(f"{path}[{index}]", "has neither an amount nor a percentage of a base")


def _check_category(part: DocumentLine | Adjustment, path: str, problems: ProblemList) -> None:
    if part.category is None:
        problems.add(f"{path}.category", "is missing")
    elif part.rate is None and part.category not in UNTAXED_CODES:
        problems.add(f"{path}.rate", f"is missing, which category {part.category!a} needs")
