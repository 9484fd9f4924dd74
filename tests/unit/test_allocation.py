"""Splitting amounts: policies, steps, caps, percentages, and what is refused."""

from decimal import Decimal
from fractions import Fraction

import pytest

from hera_engine.allocation import (
    Leftover,
    Weight,
    allocate,
    allocate_apart,
    allocate_capped,
    allocate_units,
    repartition,
)
from hera_engine.errors import HeraError


def written(shares: tuple[Decimal, ...]) -> str:
    """Return shares as one line of text."""
    return " ".join(map(str, shares))


@pytest.mark.parametrize(
    ("amount", "weights", "leftover", "shares"),
    [
        ("100.00", [1, 1, 1], "largest-remainder", "33.34 33.33 33.33"),
        ("0.05", [3, 7], "largest-remainder", "0.02 0.03"),
        ("0.05", [3, 7], "first", "0.02 0.03"),
        ("0.05", [3, 7], "last", "0.01 0.04"),
        ("0.05", [3, 7], "largest-weight", "0.01 0.04"),
        ("0.05", [3, 7], "apart", "0.01 0.03 0.01"),
        ("100.00", [30, 20, 40, 40], "first", "23.08 15.39 30.77 30.76"),
        ("100.00", [30, 20, 40, 40], "largest-remainder", "23.08 15.38 30.77 30.77"),
        ("-100.00", [30, 20, 40, 40], "largest-weight", "-23.08 -15.38 -30.77 -30.77"),
        ("-100.00", [30, 20, 40, 40], "apart", "-23.07 -15.38 -30.76 -30.76 -0.03"),
        ("0.02", [0, 1, 1, 1], "first", "0.00 0.01 0.01 0.00"),
        ("0.02", [1, 1, 1, 0], "last", "0.00 0.01 0.01 0.00"),
        ("0.00", [1, 2], "largest-remainder", "0.00 0.00"),
    ],
)
def test_each_policy_gives_the_leftover_where_it_says(
    amount: str, weights: list[Weight], leftover: str, shares: str
) -> None:
    """Shares are truncated, and single units go where the policy sends them."""
    found = allocate(amount, weights, exponent=2, leftover=leftover)

    assert written(found) == shares


def test_weights_may_be_written_in_any_exact_way() -> None:
    """Integers, strings, Decimals and fractions in the same ratio give the same shares."""
    ways: list[list[Weight]] = [
        [1, 2], ["0.5", "1"], [Decimal("0.25"), Decimal("0.50")], [Fraction(1, 3), Fraction(2, 3)],
        [1, "2"],
    ]  # fmt: skip

    found = {allocate("100.00", weights, exponent=2) for weights in ways}

    assert found == {(Decimal("33.33"), Decimal("66.67"))}


def test_policies_may_be_written_with_underscores() -> None:
    """largest_weight and largest-weight are one policy, as is the member itself."""
    names: list[Leftover | str] = ["largest_weight", "largest-weight", Leftover.LARGEST_WEIGHT]

    found = {allocate("0.05", [3, 7], exponent=2, leftover=name) for name in names}

    assert len(found) == 1


def test_a_step_stays_together() -> None:
    """With five-cent coins every share is a multiple of five cents."""
    shares = allocate("100.00", [1, 2, 3, 7], exponent=2, step=5)

    assert written(shares) == "7.70 15.40 23.05 53.85"


def test_what_is_below_a_step_is_left_apart() -> None:
    """Only apart takes an amount that is no multiple of the step."""
    shares, rest = allocate_apart("100.03", [1, 1, 1, 1, 1, 1, 1], exponent=2, step=5)

    assert written(shares) == " ".join(["14.25"] * 7)
    assert rest == Decimal("0.28")
    with pytest.raises(HeraError, match="not a multiple of the step"):
        allocate("100.03", [1, 1], exponent=2, step=5)


def test_apart_returns_the_leftover_beside_the_shares() -> None:
    """The typed form separates the two; a sole share leaves nothing."""
    assert allocate_apart("0.03", [1, 1], exponent=2) == (
        (Decimal("0.01"), Decimal("0.01")),
        Decimal("0.01"),
    )
    assert allocate_apart("-0.03", [5], exponent=2) == ((Decimal("-0.03"),), Decimal(0))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([], "there are no weights to split by"),
        ([0, 0], "all weights are zero"),
        (["0", Fraction(0)], "all weights are zero"),
        ([1, 2, -1], "a weight is negative"),
        ([-50, -50], "a weight is negative"),
        ([1.5], "a weight is a float"),
        ([True], "a weight is true or false, not a number"),
        (["x"], "a weight is not a plain decimal number"),
        ([10**18], "a weight has more than 18 digits before the point"),
        ([Fraction(1, 2**200)], "a weight is a fraction of more than 128 bits"),
        ([1] * 10_001, "there are more than 10000 weights"),
        (
            [Fraction(1, 2**64 + n) for n in range(200)],
            "the weights have no common denominator below 2**4096",
        ),
    ],
)
def test_weights_that_no_split_can_follow_are_refused(weights: list[Weight], message: str) -> None:
    """Each bad set of weights is a guardrail error that says what is wrong."""
    with pytest.raises(HeraError) as caught:
        allocate("1.00", weights, exponent=2)

    assert (caught.value.code, caught.value.message) == ("E_GUARDRAIL", message)


@pytest.mark.parametrize("weights", [[], [0], [-1, 2]])
def test_the_core_refuses_the_same_weights(weights: list[int]) -> None:
    """Whole numbers without a ratio are refused for any amount, zero included."""
    with pytest.raises(HeraError):
        allocate_units(0, weights)


@pytest.mark.parametrize(
    ("amount", "exponent", "step", "message"),
    [
        ("1.005", 2, 1, "the amount has more than 2 decimals"),
        (1.5, 2, 1, "the amount is a float"),
        ("1E+9", 2, 1, "the amount is not a plain decimal number"),
        ("1", 13, 1, "the exponent is not 0 to 12"),
        ("1", True, 1, "the exponent is not 0 to 12"),
        ("1", 2, 0, "the step is not a whole number of minor units"),
        ("1", 2, 1.0, "the step is not a whole number of minor units"),
    ],
)
def test_other_bad_arguments_are_refused(
    amount: str, exponent: int, step: int, message: str
) -> None:
    """Only HeraError leaves the public split, whatever it is given."""
    with pytest.raises(HeraError) as caught:
        allocate(amount, [1], exponent=exponent, step=step)

    assert caught.value.message == message


def test_an_unknown_policy_is_refused_with_the_nearest_name() -> None:
    """A typing error in a policy is answered with the one that was meant."""
    with pytest.raises(HeraError) as caught:
        allocate("1", [1], exponent=0, leftover="largest-remaider")

    assert caught.value.hint == "did you mean `largest-remainder`?"


@pytest.mark.parametrize(
    ("amount", "maxima", "shares", "rest"),
    [
        ("30.75", ["26.00", "4.75"], "26.00 4.75", "0.00"),
        ("30.75", ["26.00", "4.74"], "26.00 4.74", "0.01"),
        ("1.00", ["33.00", "33.00", "33.00"], "0.34 0.33 0.33", "0.00"),
        ("3.00", ["0", "0"], "0.00 0.00", "3.00"),
        ("-30.75", ["26.00", "4.74"], "-26.00 -4.74", "-0.01"),
        ("0", ["1"], "0.00", "0.00"),
    ],
)
def test_capped_shares_never_exceed_their_maxima(
    amount: str, maxima: list[str], shares: str, rest: str
) -> None:
    """Shares are in proportion to the maxima; what does not fit is left over."""
    found, left = allocate_capped(amount, maxima, exponent=2)

    assert (written(found), str(left)) == (shares, rest)


@pytest.mark.parametrize("maxima", [[], ["-1"], ["1", "-1"]])
def test_maxima_that_bound_nothing_are_refused(maxima: list[str]) -> None:
    """No maxima, and negative ones, are errors."""
    with pytest.raises(HeraError):
        allocate_capped("1", maxima, exponent=2)


@pytest.mark.parametrize(
    ("amount", "percentages", "shares"),
    [
        ("182.25", [94, 2, 2, 2], "171.31 3.64 3.65 3.65"),
        ("182.25", [25, 25, 25, 25], "45.57 45.56 45.56 45.56"),
        ("100.00", ["33.3", "33.3"], "33.30 33.30"),
        ("0.01", [25, 25, 25, 25], "0.01 0.00 0.00 0.00"),
        ("0.05", [10] * 10, " ".join(["0.00"] * 5 + ["0.01"] * 5)),
        ("50.00", [100, -100], "50.00 -50.00"),
        ("0.00", [60, 40], "0.00 0.00"),
        ("-182.25", [94, 2, 2, 2], "-171.31 -3.64 -3.65 -3.65"),
    ],
)
def test_percentages_need_not_reach_a_hundred(
    amount: str, percentages: list[str], shares: str
) -> None:
    """Each share is rounded by itself, then units are moved until the sum is right."""
    assert written(repartition(amount, percentages, exponent=2)) == shares


def test_percentages_that_cancel_out_give_shares_that_cancel_out() -> None:
    """Ten times ten percent against minus a hundred in three parts."""
    percentages = [10] * 10 + [-50, -25, -25]

    shares = repartition("0.05", percentages, exponent=2)

    assert [share for share in shares if share] == [
        *[Decimal("0.01")] * 5, Decimal("-0.03"), Decimal("-0.01"), Decimal("-0.01"),
    ]  # fmt: skip


@pytest.mark.parametrize("percentages", [[], [60, 41], ["100.000000000001"], [-101], ["x"]])
def test_percentages_over_a_hundred_are_refused(percentages: list[str]) -> None:
    """More than the whole cannot be given away."""
    with pytest.raises(HeraError):
        repartition("1.00", percentages, exponent=2)
