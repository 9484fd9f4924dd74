"""Parts of taxed amounts: discounts on gross totals, purchases deductible in part."""

from decimal import Decimal

import pytest

from hera_engine.errors import HeraError
from hera_engine.tax.parts import (
    DiscountKind,
    GrossDiscount,
    NetAndTax,
    discount_gross,
    split_deductible,
)

D = Decimal

ORDER = (NetAndTax(D(100), D(15)), NetAndTax(D(100), D(0)), NetAndTax(D(100), D(0)))
TENTH = GrossDiscount(DiscountKind.PERCENT, D(10))


def test_a_discount_reduces_net_and_tax_alike() -> None:
    """Ten per cent off 315.00 are shared by gross amounts."""
    reduced = discount_gross(ORDER, (TENTH,), exponent=2)

    assert reduced == (
        NetAndTax(D("90.00"), D("13.50")),
        NetAndTax(D("90.00"), D("0.00")),
        NetAndTax(D("90.00"), D("0.00")),
    )


def test_discounts_apply_in_order_and_never_below_zero() -> None:
    """288.50 off what ten per cent leave of 315.00 takes all that is left."""
    more = GrossDiscount(DiscountKind.FIXED, D("288.50"))

    reduced = discount_gross(ORDER, (TENTH, more), exponent=2)

    assert {line.gross for line in reduced} == {D(0)}


def test_an_order_without_amounts_stays_as_it_is() -> None:
    """Nothing can be taken off nothing."""
    free = (NetAndTax(D(0), D(0)),)

    assert discount_gross(free, (TENTH,), exponent=2) == free


def test_both_parts_of_a_purchase_sum_to_it() -> None:
    """Three quarters of 50.00 and of 7.50 of tax; the odd cent of tax is deductible."""
    parts = split_deductible("50.00", ("7.50",), 75, exponent=2)

    assert (parts.net, parts.private_net) == (D("37.50"), D("12.50"))
    assert (parts.taxes, parts.private_taxes) == ((D("5.63"),), (D("1.87"),))
    assert parts.payable == D("57.50")


def test_each_tax_of_a_purchase_is_split() -> None:
    """The private part of 15 % and 21 % on a quarter of 100.00 is 9.00."""
    parts = split_deductible(100, (15, 21), 75, exponent=2)

    assert parts.taxes == (D("11.25"), D("15.75"))
    assert parts.private_tax == D("9.00")


@pytest.mark.parametrize("percent", [-1, "100.01", 0.5])
def test_a_share_that_is_none_is_refused(percent: object) -> None:
    """A deductible percentage lies between 0 and 100 and is no float."""
    with pytest.raises(HeraError) as caught:
        split_deductible(100, (15,), percent, exponent=2)  # type: ignore[arg-type]

    assert caught.value.code == "E_GUARDRAIL"


@pytest.mark.parametrize(
    ("kind", "value"),
    [(DiscountKind.PERCENT, D(101)), (DiscountKind.FIXED, D(-1)), ("percent", D(1)),
     (DiscountKind.FIXED, 0.5)],
)  # fmt: skip
def test_a_discount_that_is_none_is_refused(kind: object, value: object) -> None:
    """Percentages lie between 0 and 100, amounts are not negative, kinds are of the list."""
    with pytest.raises(HeraError) as caught:
        GrossDiscount(kind, value)  # type: ignore[arg-type]

    assert caught.value.code == "E_GUARDRAIL"


def test_lines_that_cannot_be_discounted_are_refused() -> None:
    """Returns, amounts finer than the currency and exponents that are none are E_GUARDRAIL."""
    for lines, exponent in (
        ((NetAndTax(D(-1), D(0)),), 2),
        ((NetAndTax(D("0.001"), D(0)),), 2),
        (ORDER, 13),
    ):
        with pytest.raises(HeraError) as caught:
            discount_gross(lines, (TENTH,), exponent=exponent)
        assert caught.value.code == "E_GUARDRAIL"
