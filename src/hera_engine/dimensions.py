"""What the value of a dimension is: a short text that looks the same to everyone."""

from hera_engine import limits


def check_dimension_value(value: object) -> str:
    """Return the value of a dimension, such as ``BR-01``, unchanged.

    Returns:
        One to 128 characters of printable ASCII, so that no two values look alike and differ.

    Raises:
        ValueError: If the value is anything else; its text says why.
    """
    if type(value) is not str:
        raise ValueError("is not a string")
    if len(value) > limits.DIMENSION_CHARACTERS:
        raise ValueError(f"has more than {limits.DIMENSION_CHARACTERS} characters")
    if not (value and value.isascii() and value.isprintable()):
        raise ValueError("is empty or not printable ASCII")
    return value
