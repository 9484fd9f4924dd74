"""The kit finds what is wrong: each broken repository fails the check that names its fault."""

from collections.abc import Callable

import pytest

from hera_engine.testing.conformance import Check, Store, repository_checks
from tests.storage.broken import BROKEN, Sound

CHECKS = {check.name: check for check in repository_checks(opened_again=True)}


@pytest.mark.parametrize(
    ("broken", "name"), BROKEN, ids=[f"{broken.__name__}-{name}" for broken, name in BROKEN]
)
def test_a_broken_repository_is_caught_by_name(broken: Callable[[], Sound], name: str) -> None:
    """The check fails, and says what it saw."""
    with pytest.raises(AssertionError, match=r"\w+ \w+"):
        CHECKS[name](Store(make=broken))


@pytest.mark.parametrize("check", repository_checks(), ids=lambda check: check.name)
def test_the_repository_they_come_from_is_sound(check: Check) -> None:
    """What the broken ones are made of passes every check, so that only their fault is found."""
    check(Store(make=Sound))
