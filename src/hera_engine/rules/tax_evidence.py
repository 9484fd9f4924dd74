"""What an explanation says of the taxes of a sale: for each item its price, and every tax on it.

Enters: a finished sale. Leaves: plain evidence, for machines and in words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from hera_engine.journal import TaxDetail
from hera_engine.money import exact_add, exact_subtract, format_amount, from_minor
from hera_engine.rules.sale import Item, ItemComponent, OwedTax, Sale
from hera_engine.rules.scope import text_of
from hera_engine.tax.compute import StepScope, TaxStep


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxEvidence:
    """One tax of one item, in currency units.

    Attributes:
        role: ``tax``, ``owed`` for what a buyer owes by reverse charge, or ``withheld``.
        detail: Code, rate, base and reason.
        exact_base: Of the tax, before any rounding; None for a tax of the caller's own stage.
        exact: Before any rounding.
        amount: After the last one.
        deducted: What of it a buyer deducts, where that is not all.
    """

    role: str
    detail: TaxDetail
    exact_base: Fraction | None
    exact: Fraction
    amount: Decimal
    deducted: Decimal | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the evidence as plain JSON values; the exact figure is a fraction."""
        return {
            "role": self.role,
            **self.detail.to_dict(),
            "exact_base": None if self.exact_base is None else text_of(self.exact_base),
            "exact": text_of(self.exact),
            "amount": format_amount(self.amount),
            "deducted": None if self.deducted is None else format_amount(self.deducted),
        }

    def __str__(self) -> str:
        exact, amount = text_of(self.exact), format_amount(self.amount)
        what = "" if self.role == "tax" else f"{self.role}: "
        words = detail_words(self.detail)
        if self.exact_base is not None and abs(self.exact_base) != Fraction(self.detail.base):
            words += f" (exactly {text_of(self.exact_base)})"
        text = f"{what}{words}, exactly {exact}, rounded to {amount}"
        if self.deducted is None:
            return text
        return f"{text}, of which {format_amount(self.deducted)} is deducted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEvidence:
    """One item: what it costs, in currency units, and its taxes; net + tax = gross."""

    path: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    inclusive: bool
    untaxed: TaxDetail | None
    taxes: tuple[TaxEvidence, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the evidence as plain JSON values."""
        return {
            "path": self.path,
            "net": format_amount(self.net),
            "tax": format_amount(self.tax),
            "gross": format_amount(self.gross),
            "inclusive": self.inclusive,
            "untaxed": None if self.untaxed is None else self.untaxed.to_dict(),
            "taxes": [each.to_dict() for each in self.taxes],
        }

    def rows(self) -> Iterator[str]:
        """Yield the evidence in words, the item first."""
        net, tax, gross = map(format_amount, (self.net, self.tax, self.gross))
        mode = "the price includes tax" if self.inclusive else "tax on top"
        yield f"{self.path}: net {net} + tax {tax} = gross {gross}, {mode}"
        if self.untaxed is not None:
            law = self.untaxed.exemption_reason
            because = "" if law is None else f" ({law})"
            yield f"  no tax: {self.untaxed.category} is {self.untaxed.reason}{because}"
        yield from (f"  {each}" for each in self.taxes)


def detail_words(detail: TaxDetail) -> str:
    """Return what a tax is about, as an auditor reads it: code, rate and base."""
    if detail.rate is None:
        rate = "by tiers"
    elif detail.kind == "fixed":
        rate = f"{format_amount(detail.rate)} a unit"
    elif detail.kind == "division":
        rate = f"{format_amount(detail.rate)} % of the gross"
    else:
        rate = f"{format_amount(detail.rate)} %"
    return f"{detail.code} {rate} on {format_amount(detail.base)}"


def tax_evidence(sale: Sale) -> tuple[ItemEvidence, ...]:
    """Return the evidence of each item that has a tax, or a reason for having none."""
    found = (_item_evidence(item) for item in sale.items)
    return tuple(each for each in found if each.taxes or each.untaxed is not None)


def step_words(steps: Iterable[TaxStep], sale: Sale) -> Iterator[str]:
    """Yield the steps over the document in words; those of single items stand with the items."""
    for step in steps:
        words = _step_words(step, sale)
        if words is not None:
            yield words


def _item_evidence(item: Item) -> ItemEvidence:
    return ItemEvidence(
        path=item.path,
        net=item.net,
        tax=item.tax,
        gross=item.gross,
        inclusive=item.inclusive,
        untaxed=item.untaxed,
        taxes=(
            *(_tax(each, "tax") for each in item.components),
            *(_owed(each) for each in item.owed),
            *(_tax(each, "withheld") for each in item.withheld),
        ),
    )


def _tax(tax: ItemComponent, role: str) -> TaxEvidence:
    kept = exact_add(tax.rest, tax.joined)
    return TaxEvidence(
        role=role,
        detail=tax.detail,
        exact_base=tax.exact_base,
        exact=tax.exact,
        amount=exact_add(tax.amount, tax.joined),
        deducted=exact_subtract(tax.amount, tax.rest) if kept else None,
    )


def _owed(tax: OwedTax) -> TaxEvidence:
    return TaxEvidence(
        role="owed",
        detail=tax.detail,
        exact_base=tax.exact_base,
        exact=tax.exact,
        amount=tax.amount,
        deducted=tax.deducted if tax.rest else None,
    )


def _step_words(step: TaxStep, sale: Sale) -> str | None:
    """Return one step in words: what was rounded, from which exact figure, to what."""
    exponent = sale.facts.exponent
    rounded = format_amount(from_minor(step.units, exponent))
    exact = text_of(step.exact / 10**exponent)
    match step.scope:
        case StepScope.LINE:
            return None
        case StepScope.TOTAL:
            text = f"{step.code} over the document, exactly {exact}, rounded to {rounded}"
        case StepScope.STATED:
            text = f"stated as {rounded}, computed {exact}"
        case _:
            assert_never(step.scope)
    moved = ", ".join(
        f"{sale.items[index].path} {format_amount(from_minor(units, exponent))}"
        for index, units in step.moved
    )
    return f"{text}; moved to {moved}" if moved else text
