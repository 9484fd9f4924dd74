"""What all tests share: rewriting of approved outputs, and how Hypothesis searches."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("local", deadline=None)
# pytest --hypothesis-profile=nightly: every law with forty times the examples.
settings.register_profile("nightly", max_examples=4_000, deadline=None, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=100_000)
# make differential: one of its rounds, each with a seed of its own.
settings.register_profile("differential", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag that rewrites approved outputs."""
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="rewrite approved outputs and skip their tests; refused where CI is set",
    )


@pytest.fixture
def approve(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Return the comparison of an output with the one a person approved.

    With ``--update-goldens`` it is written instead, and the test is skipped, not passed.
    """

    def compare(golden: Path, actual: str) -> None:
        if request.config.getoption("--update-goldens"):
            golden.write_text(actual, encoding="utf-8")
            pytest.skip("rewritten: read the difference before it is committed")
        assert actual == golden.read_text(encoding="utf-8")

    return compare


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to approve outputs where no person looks at the difference."""
    if config.getoption("--update-goldens") and os.environ.get("CI"):
        raise pytest.UsageError("--update-goldens is refused where CI is set")
