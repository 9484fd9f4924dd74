"""Two implementations of tax that share no arithmetic find the same figures.

`make differential` runs it over a hundred thousand documents; `make test` over a few hundred.
"""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hera_engine.money import RoundingMode
from hera_engine.tax import (
    Component,
    RoundingRule,
    TaxItem,
    TaxProfile,
    TaxRate,
    TaxRounding,
    compute_tax,
)
from hera_engine.tax.category import Reason
from tests.laws.second_taxes import Bill, Sale, billed, deducted
from tests.laws.test_components import CENT, Document, documents, rules
from tests.laws.test_tax import cents

percents = st.one_of(
    st.sampled_from(("0.5", "5", "7.7", "9.975", "19", "20", "33.333333333333", "100")),
    st.integers(1, 100 * 10**12).map(lambda parts: f"{parts // 10**12}.{parts % 10**12:012}"),
).map(Decimal)


def sale(item: TaxItem, parts: tuple[Component, ...]) -> Sale:
    """Return an item of a document of components for the second implementation."""
    borne = tuple(part for part in parts if part.code in (item.components or ()))
    count, price = Fraction(item.quantity or 0), Fraction(item.unit_price or 0)
    return Sale(borne, count * price / CENT, count)


@st.composite
def documents_with_returns(draw: st.DrawFn) -> Document:
    """Return a document of components in which some items come back."""
    document = draw(documents())
    items = tuple(
        replace(item, quantity=-Fraction(item.quantity or 0).numerator)
        if draw(st.integers(0, 3)) == 0
        else item
        for item in document.items
    )
    return replace(document, items=items)


@given(documents_with_returns(), rules)
def test_a_second_implementation_finds_the_same_taxes(
    document: Document, rule: RoundingRule
) -> None:
    """Net, base and tax of every component of every item, exact and rounded, under every rule."""
    result = document.taxes(rule)

    sales = [sale(item, document.parts) for item in document.items]
    bills = billed(sales, rule.steps, rule.mode)

    for taxed, bill in zip(result.items, bills, strict=True):
        assert cents(taxed.net) == bill.net
        assert tuple(cents(tax.amount) for tax in taxed.components) == bill.taxes
        assert taxed.exact_net / CENT == bill.exact_net
        assert (
            tuple((tax.exact_base / CENT, tax.exact / CENT) for tax in taxed.components)
            == bill.exact
        )
    assert cents(result.net) == sum(bill.net for bill in bills)
    assert cents(result.tax) == sum(sum(bill.taxes) for bill in bills)
    lost = [cents(tax.non_recoverable) for item in result.items for tax in item.components]
    assert lost == losses(sales, bills, rule)


def losses(sales: list[Sale], bills: tuple[Bill, ...], rule: RoundingRule) -> list[int]:
    """Return what of each tax of each item is not deducted."""
    taxes = [tax for bill in bills for tax in bill.taxes]
    parts = [Fraction(part.recoverable) for each in sales for part in each.parts]
    by_item = rule.steps.tax.value in ("line", "unit", "carry")
    found = deducted(taxes, parts, together=not by_item)
    return [tax - part for tax, part in zip(taxes, found, strict=True)]


@st.composite
def rate_documents(draw: st.DrawFn) -> tuple[TaxProfile, tuple[TaxItem, ...]]:
    """Return a profile of rates, and up to six items with returns, gifts and exempt ones."""
    rates = [
        TaxRate(code=code, percent=draw(percents), reason=Reason.STANDARD) for code in ("a", "b")
    ]
    rates.append(TaxRate(code="zero", percent=Decimal(0), reason=Reason.ZERO))
    profile = TaxProfile(
        rates=tuple(rates),
        rounding=draw(st.sampled_from(TaxRounding)),
        inclusive_prices=draw(st.sampled_from((None, True, False))),
    )
    units = st.one_of(st.integers(-60, 60), st.integers(-(10**8), 10**8))
    items = st.builds(
        TaxItem,
        amount=units.map(lambda each: Decimal(each).scaleb(-2)),
        category=st.sampled_from(("a", "b", "zero")),
        inclusive=st.sampled_from((None, True, False)),
        exempt=st.sampled_from((False, False, False, True)),
    )
    return profile, tuple(draw(st.lists(items, min_size=1, max_size=6)))


@given(rate_documents())
def test_a_second_implementation_finds_the_same_taxes_of_rates(
    document: tuple[TaxProfile, tuple[TaxItem, ...]],
) -> None:
    """A rate is a component that stands alone, rounded by item or over all items of its code."""
    profile, items = document
    rule = RoundingRule(name=profile.rounding.value, mode=RoundingMode.HALF_UP)
    rates = {rate.code: rate.percent or Decimal(0) for rate in profile.rates}
    sales = []
    for item in items:
        inside = bool(profile.inclusive_prices if item.inclusive is None else item.inclusive)
        code = item.category or ""
        part = Component(code=code, rate=rates[code], inclusive=inside)
        sales.append(Sale(() if item.exempt else (part,), Fraction(item.amount or 0) / CENT))

    result = compute_tax(profile, items)

    whole = profile.rounding is not TaxRounding.LINE
    bills = billed(sales, rule.steps, rule.mode)
    for each, taxed, bill in zip(sales, result.items, bills, strict=True):
        assert (cents(taxed.tax),) == (bill.taxes or (0,))
        assert cents(taxed.gross if taxed.inclusive else taxed.net) == each.price
        assert [tax.exact / CENT for tax in taxed.components] == [tax for _, tax in bill.exact]
        if whole:
            assert taxed.exact_net / CENT == bill.exact_net
    assert cents(result.tax) == sum(sum(bill.taxes) for bill in bills)
    assert cents(result.net) + cents(result.tax) == cents(result.gross)
