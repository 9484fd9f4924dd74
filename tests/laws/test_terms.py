"""What holds for all terms: instalments, discounted lines and split purchases lose nothing."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from hera_engine.tax.parts import (
    DiscountKind,
    GrossDiscount,
    NetAndTax,
    discount_gross,
    split_deductible,
)
from hera_engine.terms import (
    Instalment,
    PartKind,
    PaymentPlan,
    convert_instalments,
    split_instalments,
)

amounts = st.decimals(-(10**9), 10**9, places=2)
positive = st.decimals(0, 10**6, places=2)
percents = st.decimals(0, 100, places=4)
parts = st.one_of(
    st.builds(
        Instalment,
        st.sampled_from((PartKind.PERCENT, PartKind.PERCENT_OF_REMAINING)),
        percents,
    ),
    st.builds(Instalment, st.just(PartKind.FIXED), positive),
)
plans = st.lists(parts, max_size=6).map(
    lambda first: PaymentPlan((*first, Instalment(PartKind.REMAINDER)))
)
lines = st.builds(NetAndTax, positive, positive)
discounts = st.one_of(
    st.builds(GrossDiscount, st.just(DiscountKind.PERCENT), percents),
    st.builds(GrossDiscount, st.just(DiscountKind.FIXED), positive),
)


def total(values: tuple[Decimal, ...]) -> Fraction:
    """Return an exact sum."""
    return sum(map(Fraction, values), Fraction())


@given(amounts, plans, amounts, st.sampled_from((None, "0.05", "1")))
def test_instalments_sum_to_the_total(
    whole: Decimal, plan: PaymentPlan, base: Decimal, cash_step: str | None
) -> None:
    """In either currency, whatever the plan and the coin."""
    split = split_instalments(whole, plan, step="0.01", cash_step=cash_step)
    converted = convert_instalments(split, base, rate=Fraction(2, 3), step="0.01")

    assert total(split) == Fraction(whole)
    assert total(converted) == Fraction(base)


@given(amounts, plans)
def test_a_credit_is_paid_like_the_opposite_invoice(whole: Decimal, plan: PaymentPlan) -> None:
    """The instalments of the negated total are the negated instalments.

    A total of nothing has no direction: its fixed parts are those of an invoice either way.
    """
    assume(whole)

    split = split_instalments(whole, plan, step="0.01")
    credit = split_instalments(whole.copy_negate(), plan, step="0.01")

    assert credit == tuple(amount.copy_negate() for amount in split)


@given(st.lists(lines, min_size=1, max_size=5), st.lists(discounts, max_size=3))
def test_discounted_lines_sum_to_the_discounted_total(
    order: list[NetAndTax], given_discounts: list[GrossDiscount]
) -> None:
    """No line grows, none goes below zero, and the sum is that of one line with everything."""
    whole = NetAndTax(
        Decimal(str(sum(line.net for line in order))), Decimal(str(sum(line.tax for line in order)))
    )

    reduced = discount_gross(order, given_discounts, exponent=2)
    (alone,) = discount_gross((whole,), given_discounts, exponent=2)

    assert total(tuple(line.gross for line in reduced)) == Fraction(alone.gross)
    for before, after in zip(order, reduced, strict=True):
        assert 0 <= after.gross <= before.gross
        assert 0 <= after.tax <= before.tax


@given(amounts, st.lists(amounts, max_size=3), percents)
def test_both_parts_of_a_purchase_sum_to_it(
    net: Decimal, taxes: list[Decimal], percent: Decimal
) -> None:
    """Net and every tax of the deductible and the private part are those of the purchase."""
    split = split_deductible(net, taxes, percent, exponent=2)

    assert total((split.net, split.private_net)) == Fraction(net)
    pairs = zip(split.taxes, split.private_taxes, taxes, strict=True)
    assert all(total((own, private)) == Fraction(tax) for own, private, tax in pairs)
    assert Fraction(split.payable) == total((net, *taxes))
