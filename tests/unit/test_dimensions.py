"""What the value of a dimension may be."""

import pytest

from hera_engine.dimensions import check_dimension_value


@pytest.mark.parametrize("value", ["BR-01", "a b", "~", "x" * 128])
def test_printable_ascii_is_a_value(value: str) -> None:
    """One to 128 characters of printable ASCII come back unchanged."""
    assert check_dimension_value(value) == value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "is empty or not printable ASCII"),
        ("BR\u201101", "is empty or not printable ASCII"),
        ("BR\n", "is empty or not printable ASCII"),
        ("x" * 129, "has more than 128 characters"),
        ("x" * 1280, "has more than 128 characters"),
        (7, "is not a string"),
        (None, "is not a string"),
        (["x"], "is not a string"),
    ],
)
def test_anything_else_is_refused(value: object, reason: str) -> None:
    """What looks like another value, or cannot be seen, is no value."""
    with pytest.raises(ValueError, match=reason):
        check_dimension_value(value)
