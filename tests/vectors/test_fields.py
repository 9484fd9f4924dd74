"""No field of the inputs is lost on the way from a vector file into a call."""

from functools import cache
from pathlib import Path

import pytest

from tests.vectors.cases import Case, read_cases
from tests.vectors.fields import ALWAYS, ANY, FILES, NOT_READ, unread, values_at
from tests.vectors.runner import Outcome, judge

DATA = Path(__file__).parent / "data"
WATCHED = tuple(sorted(path.name for pattern in FILES for path in DATA.glob(pattern)))


@cache
def unread_of(file: str) -> tuple[tuple[Case, frozenset[str]], ...]:
    """Return each case of a file that is answered at all, with what its adapter does not read."""
    cases = read_cases(DATA / file)
    answered = (case for case in cases if judge(case).outcome is not Outcome.UNSUPPORTED)
    return tuple((case, unread(case)) for case in answered)


@pytest.mark.parametrize("file", WATCHED)
def test_every_field_is_read_or_has_a_reason(file: str) -> None:
    """What an adapter does not read stands in the table with the reason why."""
    lost = [
        f"{case.id} ({case.kind}): {path}"
        for case, paths in unread_of(file)
        for path in sorted(paths)
        if not {(case.kind, path), (ANY, path)} & {*NOT_READ, *ALWAYS}
    ]

    assert not lost, "\n".join(lost)


def test_every_reason_is_needed() -> None:
    """A row of the table whose field is read by all, or is in no case, has to go."""
    found = {
        (kind, path)
        for file in WATCHED
        for case, paths in unread_of(file)
        for path in paths
        for kind in (case.kind, ANY)
    }

    assert not {*NOT_READ, *ALWAYS} - found


def test_a_field_that_is_taken_for_granted_never_says_otherwise() -> None:
    """What an adapter takes for one value has that value in every case of the kind."""
    kinds: dict[str, list[Case]] = {}
    for file in WATCHED:
        for case, _ in unread_of(file):
            kinds.setdefault(case.kind, []).append(case)
    said = {
        (kind, path): {value for case in kinds[kind] for value in values_at(case.inputs, path)}
        for kind, path in ALWAYS
    }

    assert said == {place: {value} for place, value in ALWAYS.items()}


def test_a_field_that_nobody_reads_is_noticed() -> None:
    """A new field is unread at any depth, and does not become read by being looked for."""
    inputs = {
        "value": "0.005", "step": "0.01", "mode": "half_up",
        "surprise": [{"inner": "1"}], "currency_decimals": 2,
    }  # fmt: skip
    taxed = {
        "lines": [{"unit_price": "1", "quantity": "1", "taxes": [
            {"name": "a", "rate": "5", "order": 1, "surprise": "1"}
        ]}],
        "currency_rounding": "0.01", "rounding": "line",
    }  # fmt: skip

    flat = unread(Case("x", "round", inputs, {"value": "0.01"}, {}))
    deep = unread(Case("y", "tax_line", taxed, {}, {}))

    assert flat == {"surprise", "currency_decimals"}
    assert deep == {"lines[].taxes[].surprise"}
