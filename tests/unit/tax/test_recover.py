"""What a buyer deducts of taxes that are not wholly recoverable."""

from decimal import Decimal

import pytest

from hera_engine.tax.recover import deductible

HALF = Decimal(50)


@pytest.mark.parametrize(
    ("taxes", "percents", "single", "together"),
    [
        ((21,), (HALF,), (11,), (11,)),
        ((5, 5, 5), (HALF, HALF, HALF), (3, 3, 3), (2, 3, 3)),
        ((-5, -5), (HALF, HALF), (-3, -3), (-2, -3)),
        ((5, -5), (HALF, HALF), (3, -3), (3, -3)),
        ((7, 7), (Decimal(100), Decimal(0)), (7, 0), (7, 0)),
        ((1, 1, 1), (Decimal("33.3"),) * 3, (0, 0, 0), (1, 0, 0)),
        ((5, 5, 5), (HALF, Decimal(30), Decimal("50.0")), (3, 2, 3), (2, 2, 3)),
        ((), (), (), ()),
    ],
)
def test_each_percentage_is_rounded_once_or_each_tax(
    taxes: tuple[int, ...],
    percents: tuple[Decimal, ...],
    single: tuple[int, ...],
    together: tuple[int, ...],
) -> None:
    """Half of 0.05 is 0.03; half of three times 0.05 is 0.08, and the first gives way."""
    assert deductible(taxes, percents, whole=False) == single
    assert deductible(taxes, percents, whole=True) == together
