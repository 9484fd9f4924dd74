"""What holds for the deductible part of any taxes."""

from decimal import Decimal, localcontext
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hera_engine.tax.recover import deductible
from tests.laws.test_tax import half_up

percents = st.one_of(
    st.sampled_from(("0", "30", "33.333333333333", "50", "100")).map(Decimal),
    st.integers(0, 10**14).map(lambda parts: Decimal(f"{parts // 10**12}.{parts % 10**12:012}")),
)
borne = st.lists(st.tuples(st.integers(-60, 60) | st.integers(-(10**20), 10**20), percents))
few = st.lists(st.tuples(st.integers(-9, 9), st.sampled_from(("30", "50", "70")).map(Decimal)))
Borne = list[tuple[int, Decimal]]


def split(taxed: Borne, *, whole: bool) -> tuple[int, ...]:
    """Return the deductible part of each tax."""
    taxes, percentages = [tax for tax, _ in taxed], [percent for _, percent in taxed]
    return deductible(taxes, percentages, whole=whole)


@given(borne | few, st.booleans())
def test_the_deductible_part_lies_between_nothing_and_the_tax(taxed: Borne, whole: bool) -> None:
    """It has the sign of the tax; of 100 per cent it is all of it, of 0 per cent nothing."""
    for (tax, percent), part in zip(taxed, split(taxed, whole=whole), strict=True):
        assert 0 <= part * (1 if tax >= 0 else -1) <= abs(tax)
        assert part == tax or percent < 100
        assert part == 0 or percent > 0


@given(borne | few)
def test_by_itself_each_part_is_rounded_half_up(taxed: Borne) -> None:
    """Each is the textbook figure, rounded by other means."""
    assert split(taxed, whole=False) == tuple(
        half_up(tax * Fraction(percent) / 100) for tax, percent in taxed
    )


@given(borne | few)
def test_together_the_parts_of_a_percentage_are_rounded_once(taxed: Borne) -> None:
    """They add up to the rounded whole, and none is a unit away from its exact figure."""
    found = split(taxed, whole=True)

    for chosen in {percent for _, percent in taxed}:
        members = [at for at, (_, percent) in enumerate(taxed) if percent == chosen]
        exact = sum(taxed[at][0] for at in members) * Fraction(chosen) / 100
        assert sum(found[at] for at in members) == half_up(exact)
    for (tax, percent), part in zip(taxed, found, strict=True):
        assert abs(part - tax * Fraction(percent) / 100) < 1


@given(borne | few, st.booleans())
def test_what_a_return_gives_back_is_what_was_deducted(taxed: Borne, whole: bool) -> None:
    """Opposite taxes have opposite deductible parts."""
    mirror = [(-tax, percent) for tax, percent in taxed]

    assert split(mirror, whole=whole) == tuple(-part for part in split(taxed, whole=whole))


@given(borne, st.booleans())
def test_no_decimal_context_changes_what_is_deducted(taxed: Borne, whole: bool) -> None:
    """Two digits of precision around it change nothing."""
    expected = split(taxed, whole=whole)

    with localcontext() as context:
        context.prec = 2
        assert split(taxed, whole=whole) == expected
