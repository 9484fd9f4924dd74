"""What an explanation says of the taxes of a sale: for each item its price, and every tax on it.

Enters: a finished sale. Leaves: plain evidence, for machines and in words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from hera_engine.journal import TaxDetail
from hera_engine.money import exact_add, exact_subtract, format_amount, from_minor
from hera_engine.periods import Period
from hera_engine.rules.branches import Branch
from hera_engine.rules.plan import TaxPlan
from hera_engine.rules.sale import Item, ItemComponent, OwedTax, Sale
from hera_engine.rules.scope import text_of
from hera_engine.tax.component import Component
from hera_engine.tax.compute import StepScope, TaxStep
from hera_engine.tax.rates import TaxRate

Slices = tuple[tuple[Fraction, Decimal, Fraction], ...]
"""Parts of a base, each with its percentage and what is due on it; all exact, in currency units."""


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
        source: The rate in the words of its profile: when it is in force, and by what law.
        slices: Of a tiered tax each slice of the base, its percentage, and what is due on it.
    """

    role: str
    detail: TaxDetail
    exact_base: Fraction | None
    exact: Fraction
    amount: Decimal
    deducted: Decimal | None = None
    source: str | None = None
    slices: Slices = ()

    def to_dict(self) -> dict[str, object]:
        """Return the evidence as plain JSON values; the exact figure is a fraction."""
        return {
            "role": self.role,
            **self.detail.to_dict(),
            "exact_base": None if self.exact_base is None else text_of(self.exact_base),
            "exact": text_of(self.exact),
            "amount": format_amount(self.amount),
            "deducted": None if self.deducted is None else format_amount(self.deducted),
            "source": self.source,
            "slices": [
                {"base": text_of(base), "percent": format_amount(percent), "exact": text_of(due)}
                for base, percent, due in self.slices
            ],
        }

    def tree(self) -> Branch:
        """Return the tax in words, and under it its slices and where its rate is from."""
        slices = (
            f"{format_amount(percent)} % on {text_of(base)}, exactly {text_of(due)}"
            for base, percent, due in self.slices
        )
        return Branch.of(str(self), (*slices, *(() if self.source is None else (self.source,))))

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

    def tree(self) -> Branch:
        """Return the evidence in words: the item, and under it its taxes."""
        net, tax, gross = map(format_amount, (self.net, self.tax, self.gross))
        mode = "the price includes tax" if self.inclusive else "tax on top"
        inside = [each.tree() for each in self.taxes]
        if self.untaxed is not None:
            law = self.untaxed.exemption_reason
            because = "" if law is None else f" ({law})"
            why = f"no tax: {self.untaxed.category} is {self.untaxed.reason}{because}"
            inside.insert(0, Branch(why))
        text = f"item {self.path}: net {net} + tax {tax} = gross {gross}, {mode}"
        return Branch(text, tuple(inside))


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


def tax_evidence(sale: Sale, plan: TaxPlan) -> tuple[ItemEvidence, ...]:
    """Return the evidence of each item that has a tax, or a reason for having none."""
    rates = _Rates(plan, sale.facts.tax_date)
    found = (_item_evidence(item, rates) for item in sale.items)
    return tuple(each for each in found if each.taxes or each.untaxed is not None)


def step_words(steps: Iterable[TaxStep], sale: Sale) -> Iterator[str]:
    """Yield the steps over the document in words; those of single items stand with the items."""
    for step in steps:
        words = _step_words(step, sale)
        if words is not None:
            yield words


def _slices(found: TaxRate | Component, tax: TaxEvidence) -> Slices:
    """Return the slices of a tiered tax; none where its tiers are those of one unit of several."""
    if not isinstance(found, Component) or tax.exact_base is None:
        return ()
    slices = found.slices(tax.exact_base)
    whole = sum((due for _, _, due in slices), Fraction())
    return slices if whole == tax.exact else ()


@dataclass(frozen=True, slots=True)
class _Rates:
    """The profile in force and the date that chose its rates."""

    plan: TaxPlan
    day: date | None

    def shown(self, tax: TaxEvidence) -> TaxEvidence:
        """Return a tax with the rate or component behind it, where it is one of the profile."""
        profile = self.plan.profile
        if profile is None:
            return tax
        known: tuple[TaxRate | Component, ...] = (*profile.rates, *profile.components)
        alike = [each for each in known if each.code == tax.detail.code and self._applies(each)]
        if len(alike) != 1:
            return tax
        found = alike[0]
        return replace(tax, source=self._words(found), slices=_slices(found, tax))

    def _applies(self, tax: TaxRate | Component) -> bool:
        return self.day is None or tax.applies_on(self.day)

    def _words(self, tax: TaxRate | Component) -> str:
        name = "the profile" if self.plan.profile_ref is None else f"`{self.plan.profile_ref}`"
        period = Period(tax.effective_from, tax.effective_to)
        dates = f" in force {period}" if period.is_dated else ""
        chosen = f", chosen for {self.day}" if period.is_dated and self.day is not None else ""
        law = "" if tax.source is None else f", by {tax.source}"
        return f"rate of {name}{dates}{chosen}{law}"


def _item_evidence(item: Item, rates: _Rates) -> ItemEvidence:
    return ItemEvidence(
        path=item.path,
        net=item.net,
        tax=item.tax,
        gross=item.gross,
        inclusive=item.inclusive,
        untaxed=item.untaxed,
        taxes=(
            *(rates.shown(_tax(each, "tax")) for each in item.components),
            *(rates.shown(_owed(each)) for each in item.owed),
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
