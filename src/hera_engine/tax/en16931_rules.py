"""The checks of EN 16931 that are arithmetic, exactly: what is stated is what is due, or not.

The validators of the standard's keepers let some of these rules pass within a margin. This one
has none: a document is right to the last digit, or there is a finding.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine.money import exact_add, exact_subtract, format_amount
from hera_engine.tax.en16931_document import (
    UNTAXED_CODES,
    ZERO,
    Adjustment,
    CategoryTax,
    Document,
    TaxGroup,
    require_document,
    total,
)

LINE_NET: Final = "PEPPOL-EN16931-R120"
NET_PRICE: Final = "PEPPOL-EN16931-R046"
BASE_QUANTITY: Final = "PEPPOL-EN16931-R121"
PERCENTAGE: Final = "PEPPOL-EN16931-R040"

# SOURCE: EN 16931-1, section 6.4, for the BR rules; the billing rules of Peppol for the others.
EN16931_RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "BR-CO-10": "the sum of the lines is the sum of their nets",
        "BR-CO-11": "the sum of allowances is the sum of the document's allowances",
        "BR-CO-12": "the sum of charges is the sum of the document's charges",
        "BR-CO-13": "the total without tax is lines less allowances plus charges",
        "BR-CO-14": "the total tax is the sum of the taxes of the breakdown",
        "BR-CO-15": "the total with tax is the total without it plus the one total tax",
        "BR-CO-16": "the payable is the total with tax less prepaid plus rounding",
        "BR-CO-17": "the tax of a row is taxable times rate, rounded to two decimals",
        "BR-x-01": "each category in use, with its rate where taxed, has one row of the breakdown",
        "BR-x-08": "the taxable amount of a row is the sum of what has its category and rate",
        "BR-x-09": "the tax of a row is what its category charges",
        PERCENTAGE: "an allowance or charge is the percentage of its base",
        NET_PRICE: "the price is the gross price less its discount",
        LINE_NET: "the net of a line is quantity times price plus charges less allowances",
        BASE_QUANTITY: "the quantity that a price is for is above zero",
    }
)
"""Each rule with its law. x stands for the letters of a category: S, Z, E, AE, IC, G, O, IG, IP,
or the code itself where a country adds one."""

RULE_LETTERS: Final[Mapping[str, str]] = MappingProxyType({"K": "IC", "L": "IG", "M": "IP"})
"""Category codes that the names of rules spell otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One figure that is not what a rule demands.

    Attributes:
        rule: Code of the rule, such as BR-CO-10 or BR-S-08.
        path: The figure in the document: ``breakdown[0].taxable``; for a count, what is counted.
        stated: What stands there; zero where nothing does.
        due: What the rule demands; None where it excludes the stated figure, but names none.
    """

    rule: str
    path: str
    stated: Decimal
    due: Decimal | None

    @property
    def law(self) -> str:
        """What the rule says, in one line."""
        family, _, number = self.rule.rpartition("-")
        general = self.rule if self.rule in EN16931_RULES else f"{family[:2]}-x-{number}"
        return EN16931_RULES[general]

    @property
    def message(self) -> str:
        """What was found and what is due, in one line."""
        instead = "" if self.due is None else f", not {format_amount(self.due)}"
        return f"{self.path} is {format_amount(self.stated)}{instead}: {self.law}"

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"

    def to_dict(self) -> dict[str, object]:
        """Return the finding as plain JSON values."""
        return {
            "rule": self.rule,
            "path": self.path,
            "stated": format_amount(self.stated),
            "due": None if self.due is None else format_amount(self.due),
            "message": self.message,
        }


def check_document(document: Document) -> tuple[Finding, ...]:
    """Return what is wrong with the figures of a document; empty if nothing is.

    A missing figure counts as zero; the net of a line without a price is taken as
    it is. A tax total in another currency than the document's is not checked, for the document
    does not say at which rate it was converted.

    Law: what `complete_document` returns has no findings but those of stated percentages and
    prices (tests/laws/test_en16931).

    Source: EN 16931-1, BR-CO-10 to BR-CO-17, and BR-S-01, BR-S-08 and BR-S-09 with their like
    for each category; PEPPOL-EN16931-R040, R046, R120 and R121.

    Raises:
        HeraError: E_GUARDRAIL for what is no document, or if a product of stated figures is
            10**18 or more.
    """
    require_document(document)
    return (
        *_line_findings(document),
        *_percent_findings(document.adjustments, "adjustments"),
        *_use_findings(document),
        *_row_findings(document),
        *_tax_total_findings(document),
        *_total_findings(document),
    )


def _compared(
    rule: str, path: str, stated: Decimal | None, due: Decimal | None
) -> Iterator[Finding]:
    """Yield a finding if what is stated is not what is due; nothing may be due."""
    if due is not None and (stated or ZERO) != due:
        yield Finding(rule=rule, path=path, stated=stated or ZERO, due=due)


def _line_findings(document: Document) -> Iterator[Finding]:
    for index, line in enumerate(document.lines):
        path = f"lines[{index}]"
        if line.base_quantity is not None and line.base_quantity <= ZERO:
            where = f"{path}.base_quantity"
            yield Finding(rule=BASE_QUANTITY, path=where, stated=line.base_quantity, due=None)
        yield from _compared(NET_PRICE, f"{path}.unit_price", line.unit_price, line.due_price)
        yield from _compared(LINE_NET, f"{path}.net", line.net, line.due_net)
        yield from _percent_findings(line.adjustments, f"{path}.adjustments")


def _percent_findings(adjustments: tuple[Adjustment, ...], path: str) -> Iterator[Finding]:
    for index, each in enumerate(adjustments):
        yield from _compared(PERCENTAGE, f"{path}[{index}].amount", each.amount, each.due_amount)


def _rule(group: TaxGroup, number: str) -> str:
    """Return the code of a category's own rule."""
    category, _ = group
    return f"BR-{RULE_LETTERS.get(category, category)}-{number}"


def _use_findings(document: Document) -> Iterator[Finding]:
    """Yield where a category is used that has no row, and where a row repeats another."""
    rows = Counter(row.group for row in document.breakdown)
    told: set[TaxGroup] = set()
    for path, group in _uses(document):
        if group is not None and rows[group] != 1 and group not in told:
            told.add(group)
            stated = Decimal(rows[group])
            yield Finding(rule=_rule(group, "01"), path=path, stated=stated, due=Decimal(1))


def _uses(document: Document) -> Iterator[tuple[str, TaxGroup | None]]:
    """Yield what has a category, by the path of what is counted about it."""
    for index, row in enumerate(document.breakdown):
        yield f"number of rows like breakdown[{index}]", row.group
    for index, line in enumerate(document.lines):
        yield f"number of rows for lines[{index}]", line.group
    for index, adjustment in enumerate(document.adjustments):
        yield f"number of rows for adjustments[{index}]", adjustment.group


def _row_findings(document: Document) -> Iterator[Finding]:
    groups = document.groups
    for index, row in enumerate(document.breakdown):
        path = f"breakdown[{index}]"
        yield from _compared("BR-CO-17", f"{path}.tax", row.tax, row.due_tax)
        if row.group is None:
            continue
        taxable = groups.get(row.group, ZERO)
        yield from _compared(_rule(row.group, "08"), f"{path}.taxable", row.taxable, taxable)
        yield from _compared(_rule(row.group, "09"), f"{path}.tax", row.tax, _charged(row))


def _charged(row: CategoryTax) -> Decimal:
    """Return what a category charges: nothing, or the rate's share."""
    return ZERO if row.category in UNTAXED_CODES else row.due_tax


def _tax_total_findings(document: Document) -> Iterator[Finding]:
    due = total(row.tax for row in document.breakdown)
    for index, tax in enumerate(document.tax_totals):
        if document.owns(tax):
            yield from _compared("BR-CO-14", f"tax_totals[{index}].amount", tax.amount, due)


def _total_findings(document: Document) -> Iterator[Finding]:
    totals = document.totals
    lines_net = total(line.net for line in document.lines)
    yield from _compared("BR-CO-10", "totals.lines_net", totals.lines_net, lines_net)
    allowances, charges = (document.adjusted(charges=kind) for kind in (False, True))
    yield from _compared("BR-CO-11", "totals.allowances", totals.allowances, allowances)
    yield from _compared("BR-CO-12", "totals.charges", totals.charges, charges)
    net = exact_subtract(total((totals.lines_net, totals.charges)), totals.allowances or ZERO)
    yield from _compared("BR-CO-13", "totals.net", totals.net, net)
    yield from _gross_findings(document)
    before_rounding = exact_subtract(totals.gross or ZERO, totals.prepaid or ZERO)
    payable = exact_add(before_rounding, totals.rounding or ZERO)
    yield from _compared("BR-CO-16", "totals.payable", totals.payable, payable)


def _gross_findings(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with the total with tax; two total taxes leave it without a meaning."""
    totals = document.totals
    taxes = tuple(tax.amount for tax in document.tax_totals if document.owns(tax))
    if len(taxes) > 1:
        stated = totals.gross or ZERO
        yield Finding(rule="BR-CO-15", path="totals.gross", stated=stated, due=None)
        return
    gross = total((totals.net, *taxes))
    yield from _compared("BR-CO-15", "totals.gross", totals.gross, gross)
