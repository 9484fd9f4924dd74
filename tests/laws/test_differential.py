"""Two implementations of tax that share no arithmetic find the same figures.

`make differential` draws five thousand documents for each test and round, in ten rounds unless
ROUNDS says otherwise; `make test` draws a hundred for each test. docs/tax.md says what was run.
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
    cash_payable,
    compute_tax,
    share_of_document,
)
from hera_engine.tax.category import Reason
from hera_engine.tax.rounding import CashDifference
from tests.laws.second_taxes import (
    Bill,
    Sale,
    billed,
    deducted,
    kept_back,
    nearest,
    paid_by_code,
    shared,
)
from tests.laws.test_components import CENT, MIRRORED, Document, documents, rules
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


def in_role(part: Component, role: str) -> Component:
    """Return a component that is kept back, reversed, or neither."""
    if role == "retained":
        return replace(part, retained=True, inclusive=False)
    return replace(part, reverse_charge=role == "reversed")


roles = st.sampled_from(("paid", "paid", "paid", "retained", "reversed"))


@st.composite
def documents_with_returns(draw: st.DrawFn) -> Document:
    """Return a document of components in which some items come back, and some taxes stay unpaid."""
    document = draw(documents())
    parts = tuple(in_role(part, draw(roles)) for part in document.parts)
    items = tuple(
        replace(item, quantity=-Fraction(item.quantity or 0).numerator)
        if draw(st.integers(0, 3)) == 0
        else item
        for item in document.items
    )
    return Document(parts, items)


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
        assert [cents(tax.amount) for tax in taxed.components] == [
            0 if tax.component is not None and tax.component.reverse_charge else due
            for tax, due in zip(taxed.components, bill.taxes, strict=True)
        ]
        assert taxed.exact_net / CENT == bill.exact_net
        assert (
            tuple((tax.exact_base / CENT, tax.exact / CENT) for tax in taxed.components)
            == bill.exact
        )
    assert cents(result.net) == sum(bill.net for bill in bills)
    assert cents(result.tax) == sum(paid_by_code(sales, bills).values())
    assert cents(result.retained) == kept_back(sales, bills)
    lost = [cents(tax.non_recoverable) for item in result.items for tax in item.components]
    assert lost == losses(sales, bills, rule)


def losses(sales: list[Sale], bills: tuple[Bill, ...], rule: RoundingRule) -> list[int]:
    """Return what of each tax of each item is not deducted."""
    taxes = [tax for bill in bills for tax in bill.taxes]
    parts = [Fraction(part.recoverable) for each in sales for part in each.parts]
    by_item = rule.steps.tax.value in ("line", "unit", "carry")
    found = deducted(taxes, parts, together=not by_item)
    return [tax - part for tax, part in zip(taxes, found, strict=True)]


@given(documents_with_returns(), rules, st.integers(-100, 100) | st.just(Fraction(100, 3)))
def test_a_second_implementation_finds_the_same_share(
    document: Document, rule: RoundingRule, percent: int | Fraction
) -> None:
    """Gross and taxes of a part of a document, with what is not paid left out."""
    profile = TaxProfile.from_components(document.parts, rule=rule)
    share = share_of_document(profile, document.items, Fraction(percent))

    sales = [sale(item, document.parts) for item in document.items]
    bills = billed(sales, rule.steps, rule.mode)
    gross, taxes = shared(sales, bills, Fraction(percent) / 100, (rule.steps, rule.mode))

    assert cents(share.gross) == gross
    assert cents(share.tax) == sum(taxes.values())
    assert cents(share.net) == gross - sum(taxes.values())
    assert {
        each.code: cents(each.amount) for each in share.components if each.code in taxes
    } == taxes


@given(
    documents_with_returns(),
    rules,
    st.sampled_from((1, 5, 50, 100)),
    st.sampled_from(MIRRORED),
    st.sampled_from(CashDifference),
)
def test_a_second_implementation_pays_the_same_coins(
    document: Document, rule: RoundingRule, step: int, mode: RoundingMode, to: CashDifference
) -> None:
    """What is paid is a number of coins, and the largest tax that is paid takes the difference."""
    result = document.taxes(rule)
    found = cash_payable(result, Decimal(step).scaleb(-2), mode=mode, to=to)

    sales = [sale(item, document.parts) for item in document.items]
    bills = billed(sales, rule.steps, rule.mode)
    taxes = paid_by_code(sales, bills)
    due = sum(bill.net for bill in bills) + sum(taxes.values()) - kept_back(sales, bills)
    largest = max((abs(tax) for tax in taxes.values()), default=0)
    codes = [code for code, tax in taxes.items() if largest and abs(tax) == largest]
    taken = to is CashDifference.LINE or bool(codes)
    paid = nearest(Fraction(due, step), mode) * step if taken else due

    assert (cents(found.payable), cents(found.difference)) == (paid, paid - due)
    assert found.code == (codes[0] if codes and to is CashDifference.LARGEST_TAX else None)


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
