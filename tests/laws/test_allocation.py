"""Laws of splitting: nothing lost, nobody favoured, and a brute-force second opinion."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product

from hypothesis import example, given
from hypothesis import strategies as st

from hera_engine.allocation import (
    Leftover,
    allocate,
    allocate_capped,
    allocate_units,
    by_largest_remainder,
    repartition,
)
from hera_engine.money import from_minor

minor_units = st.integers(-(10**15), 10**15)
weight_lists = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)
policies = st.sampled_from(Leftover)


@given(units=minor_units, weights=weight_lists, policy=policies)
@example(units=1, weights=[1, 1, 1], policy=Leftover.LARGEST_REMAINDER)
@example(units=-5, weights=[3, 7], policy=Leftover.LAST)
def test_shares_conserve_the_whole_and_ignore_its_sign(
    units: int, weights: list[int], policy: Leftover
) -> None:
    """Shares sum to the whole, zero weights get nothing, and -x splits as x does."""
    shares = allocate_units(units, weights, policy)

    assert sum(shares) == units
    assert all(share == 0 for share, weight in zip(shares, weights, strict=False) if not weight)
    assert allocate_units(-units, weights, policy) == tuple(-share for share in shares)
    assert all(share * units >= 0 for share in shares)


@given(units=minor_units, weights=weight_lists, policy=policies)
@example(units=5, weights=[2, 1, 2], policy=Leftover.FIRST)
def test_every_share_is_within_one_unit_of_its_quota(
    units: int, weights: list[int], policy: Leftover
) -> None:
    """No share is more than one unit off its exact part; by default none is a whole unit off."""
    shares = allocate_units(units, weights, policy)

    off = [
        abs(share * sum(weights) - units * weight)
        for share, weight in zip(shares, weights, strict=False)
    ]
    assert max(off) <= sum(weights)
    if policy is Leftover.LARGEST_REMAINDER:
        assert max(off) < sum(weights)


@given(units=st.integers(0, 10**6), weights=weight_lists)
def test_a_larger_weight_never_gets_less(units: int, weights: list[int]) -> None:
    """Under largest remainder shares are in the order of the weights."""
    shares = allocate_units(units, weights)

    pairs = sorted(zip(weights, shares, strict=True))
    for (low, less), (high, more) in pairwise(pairs):
        assert less <= more or low == high


@given(
    units=minor_units,
    weights=weight_lists,
    scale=st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000),
)
def test_only_the_ratio_of_the_weights_matters(
    units: int, weights: list[int], scale: Fraction
) -> None:
    """Weights times any positive number give the same shares."""
    scaled = [weight * scale for weight in weights]

    assert allocate_units(units, scaled) == allocate_units(units, weights)


@given(
    blocks=st.integers(-(10**9), 10**9),
    weights=weight_lists,
    step=st.integers(1, 500),
    exponent=st.integers(0, 4),
    policy=policies,
)
def test_steps_stay_whole(
    blocks: int, weights: list[int], step: int, exponent: int, policy: Leftover
) -> None:
    """Every share is a multiple of the step, and together they are the amount."""
    amount = from_minor(blocks * step, exponent)

    shares = allocate(amount, weights, exponent=exponent, leftover=policy, step=step)

    size = Fraction(step, 10**exponent)
    assert all((Fraction(share) / size).denominator == 1 for share in shares)
    assert sum(map(Fraction, shares)) == Fraction(amount)


def test_small_splits_are_the_closest_of_all_splits() -> None:
    """Of every way to split up to seven units in three, ours is nearest to the quotas."""
    for units, weights in product(range(8), product(range(4), repeat=3)):
        if not any(weights):
            continue
        whole = sum(weights)

        def distance(shares: tuple[int, ...], *, wanted: tuple[int, ...] = weights) -> int:
            scaled = zip(shares, wanted, strict=True)
            return sum((share * sum(wanted) - units * part) ** 2 for share, part in scaled)  # noqa: B023

        splits = ((a, b, units - a - b) for a in range(units + 1) for b in range(units + 1 - a))
        best = min(distance(split) for split in splits)

        assert distance(allocate_units(units, weights)) == best, (units, weights, whole)


@given(
    units=st.integers(-(10**9), 10**9),
    maxima=st.lists(st.integers(0, 10**8), min_size=1, max_size=8),
)
def test_capped_shares_and_the_rest_are_the_amount(units: int, maxima: list[int]) -> None:
    """No share exceeds its maximum, and there is a rest only if all are reached."""
    amount, bounds = from_minor(units, 2), [from_minor(maximum, 2) for maximum in maxima]

    shares, rest = allocate_capped(amount, bounds, exponent=2)

    assert sum(map(Fraction, shares)) + Fraction(rest) == Fraction(amount)
    for share, bound in zip(shares, bounds, strict=True):
        assert abs(Fraction(share)) <= Fraction(bound)
    assert rest == 0 or [share.copy_abs() for share in shares] == bounds


@given(
    units=minor_units,
    percentages=st.lists(st.integers(-100, 100), min_size=1, max_size=12).filter(
        lambda parts: abs(sum(parts)) <= 100
    ),
)
def test_repartition_sums_to_the_rounded_whole(units: int, percentages: list[int]) -> None:
    """Shares sum to so many percent of the amount, rounded half away from zero."""
    shares = repartition(from_minor(units, 2), percentages, exponent=2)

    exact = Fraction(units * sum(percentages), 100)
    total = sum(map(Fraction, shares)) * 100
    assert abs(total - exact) <= Fraction(1, 2)
    assert total.denominator == 1
    assert repartition(from_minor(-units, 2), percentages, exponent=2) == tuple(
        Decimal(0) if not share else share.copy_negate() for share in shares
    )


@given(st.integers(0, 10**20), st.lists(st.integers(1, 10**18), min_size=1, max_size=30))
@example(2, [1, 1, 1])
def test_the_short_way_gives_the_same_shares(units: int, weights: list[int]) -> None:
    """Whoever knows the weights to be whole and above zero is given what everybody is."""
    assert tuple(by_largest_remainder(units, weights)) == allocate_units(units, weights)
