"""Payment terms: instalments that sum to the total, and discounts for early payment."""

from decimal import Decimal
from fractions import Fraction

import pytest

from hera_engine.errors import HeraError
from hera_engine.terms import (
    Instalment,
    PartKind,
    PaymentPlan,
    convert_instalments,
    early_payment,
    split_instalments,
)

D = Decimal


def percent(*values: str) -> PaymentPlan:
    """Return a plan of percentages of the total."""
    return PaymentPlan(tuple(Instalment(PartKind.PERCENT, D(value)) for value in values))


def test_the_last_instalment_is_the_balance() -> None:
    """The first of two halves is rounded up, the last is what remains."""
    amounts = split_instalments("0.03", percent("50", "50"), step="0.01")

    assert amounts == (D("0.02"), D("0.01"))


def test_a_fixed_part_beyond_the_total_turns_the_balance() -> None:
    """The balance is negative where the other parts come to more than the total."""
    parts = (
        Instalment(PartKind.PERCENT, D(70)),
        Instalment(PartKind.FIXED, D(500)),
        Instalment(PartKind.PERCENT, D(30)),
    )

    amounts = split_instalments(1000, PaymentPlan(parts), step="0.01")

    assert amounts == (D(700), D(500), D(-200))


def test_parts_of_what_is_left_follow_the_sign_of_the_total() -> None:
    """A fixed part of a credit is negative; a percentage of the remaining is of what is left."""
    parts = (
        Instalment(PartKind.FIXED, D("4.00")),
        Instalment(PartKind.PERCENT_OF_REMAINING, Fraction(100, 3)),
        Instalment(PartKind.REMAINDER),
    )

    amounts = split_instalments("-10.00", PaymentPlan(parts), step="0.01")

    assert amounts == (D("-4.00"), D("-2.00"), D("-4.00"))


def test_a_remainder_before_the_end_leaves_nothing() -> None:
    """What comes after a remainder is zero."""
    plan = PaymentPlan((Instalment(PartKind.REMAINDER), Instalment(PartKind.FIXED, D(5))))

    amounts = split_instalments("7.00", plan, step="0.01")

    assert amounts == (D("7.00"), D("0.00"))


def test_instalments_payable_in_coins_are_rounded_to_the_coin() -> None:
    """Each but the last is rounded to the step and then to the coin."""
    amounts = split_instalments(
        "868.35", percent("50", "50"), step="0.001", cash_step="0.05", mode="up"
    )

    assert amounts == (D("434.20"), D("434.15"))


def test_converted_instalments_sum_to_the_booked_total() -> None:
    """Each but the last is converted and rounded, the last takes the balance."""
    converted = convert_instalments(
        (D("434.20"), D("434.15")), "434.18", rate=Fraction(1, 2), step="0.01"
    )

    assert converted == (D("217.10"), D("217.08"))


@pytest.mark.parametrize(
    ("reduces_tax", "due"), [(True, "1035.00"), (False, "1050.00")]
)  # fmt: skip
def test_a_discount_reduces_net_and_tax_or_net_alone(reduces_tax: bool, due: str) -> None:
    """Ten per cent off 1000.00 and 150.00 of tax, or off the 1000.00."""
    amount = early_payment(1000, 150, 10, reduces_tax=reduces_tax, step="0.01")

    assert amount == D(due)


def test_a_discount_is_rounded_once_to_the_coin() -> None:
    """54.05 less 2 % is 52.969, which is 52.95 in coins of 0.05."""
    amount = early_payment("50.00", "4.05", "2", reduces_tax=True, step="0.05")

    assert amount == D("52.95")


@pytest.mark.parametrize("values", [("50",), ("50", "49.99"), ("60", "60")])
def test_percentages_that_are_not_the_whole_are_refused(values: tuple[str, ...]) -> None:
    """Without a remainder, percentages of the total come to exactly 100."""
    with pytest.raises(HeraError) as caught:
        percent(*values)

    assert caught.value.code == "E_GUARDRAIL"


def test_exact_percentages_make_a_plan() -> None:
    """Fifty, twenty times 1.66 and 16.8 are a hundred, which a float sum is not."""
    plan = percent("50", *["1.66"] * 20, "16.8")

    assert len(plan.parts) == 22


@pytest.mark.parametrize(
    ("kind", "value"),
    [("percent", None), ("remainder", D(1)), ("percent", D(-1)), ("fixed", 0.5), ("half", D(1)),
     ("percent", Fraction(1, 2**200))],
)  # fmt: skip
def test_a_part_that_makes_no_sense_is_refused(kind: str, value: object) -> None:
    """Unknown kinds, and values that are missing, beside the point, negative or floats."""
    with pytest.raises(HeraError) as caught:
        Instalment(kind, value)  # type: ignore[arg-type]

    assert caught.value.code == "E_GUARDRAIL"


def test_arguments_of_another_kind_are_refused() -> None:
    """Plans, totals, rates and discounts are checked."""
    plan = percent("100")
    with pytest.raises(HeraError):
        PaymentPlan(())
    with pytest.raises(HeraError):
        PaymentPlan((1,))  # type: ignore[arg-type]
    with pytest.raises(HeraError):
        split_instalments(0.1, plan, step="0.01")  # type: ignore[arg-type]
    with pytest.raises(HeraError):
        split_instalments(1, (), step="0.01")  # type: ignore[arg-type]
    with pytest.raises(HeraError):
        convert_instalments((D(1),), 1, rate=0, step="0.01")
    with pytest.raises(HeraError):
        early_payment(1, 0, 101, reduces_tax=True, step="0.01")
