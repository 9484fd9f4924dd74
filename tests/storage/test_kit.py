"""The kit finds what is wrong: each broken repository fails the check that names its fault."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from hera_engine.testing.conformance import (
    Check,
    Store,
    books_agree_with_a_model,
    repository_checks,
)
from tests.storage.broken import BROKEN, Sound
from tests.storage.broken_details import BROKEN_DETAILS
from tests.storage.files import (
    KeepsItInTheProcess,
    OneFile,
    ReadsBeforeItLocks,
    WritesHalvesByThemselves,
    made,
    opener_of,
)

CHECKS: Mapping[str, Callable[[Store[Sound]], None]] = {
    **{check.name: check for check in repository_checks()},
    "books_agree_with_a_model": partial(books_agree_with_a_model, walks=20, shrink=False),
}

WRONG = (*BROKEN, *BROKEN_DETAILS)


@pytest.mark.parametrize(
    ("broken", "name"), WRONG, ids=[f"{broken.__name__}-{name}" for broken, name in WRONG]
)
def test_a_broken_repository_is_caught_by_name(broken: Callable[[], Sound], name: str) -> None:
    """The check fails, and says what it saw."""
    with pytest.raises(AssertionError, match=r"\w+ \w+"):
        CHECKS[name](Store(make=broken))


@pytest.mark.parametrize("name", CHECKS)
def test_the_repository_they_come_from_is_sound(name: str) -> None:
    """What the broken ones are made of passes every check, so that only their fault is found."""
    CHECKS[name](Store(make=Sound))


ON_A_DISK = [check for check in repository_checks(opened_again=True) if check.name not in CHECKS]


def _store(kind: type[OneFile], folder: Path) -> Store[OneFile]:
    return Store(make=partial(made, kind, folder), opener=opener_of)


@pytest.mark.parametrize("check", ON_A_DISK, ids=lambda check: check.name)
def test_a_store_that_is_opened_again_is_sound(check: Check, tmp_path: Path) -> None:
    """What the broken ones on a disk come from passes the checks of stores on a disk."""
    check(_store(OneFile, tmp_path))


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (WritesHalvesByThemselves, "killed_at_any_line_leaves_all_or_nothing"),
        (ReadsBeforeItLocks, "processes_share_one_store"),
        (KeepsItInTheProcess, "what_is_done_stays"),
    ],
)
def test_a_broken_store_on_a_disk_is_caught_by_name(
    broken: type[OneFile], name: str, tmp_path: Path
) -> None:
    """The check fails, and says what it saw."""
    (check,) = (each for each in ON_A_DISK if each.name == name)
    with pytest.raises(AssertionError, match=r"\w+ \w+"):
        check(_store(broken, tmp_path))


def test_each_check_has_a_repository_that_fails_it() -> None:
    """No check is there that nothing fails."""
    assert set(CHECKS) == {name for _, name in WRONG}
