"""The same schema and event give the same bytes, whatever surrounds them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from hera_engine.journal import JournalEntry
from tests.laws.posting_digest import corpus, engines

ROOT: Final = Path(__file__).parents[2]
GOLDEN: Final = Path(__file__).with_name("golden_digest.txt")
SURROUNDINGS: Final = (
    ({"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"}, ()),
    ({"PYTHONHASHSEED": "1", "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"}, ()),
    ({"PYTHONHASHSEED": "42", "LC_ALL": "C.UTF-8", "TZ": "America/St_Johns"}, ("-O",)),
)


def _digests(variables: dict[str, str], flags: tuple[str, ...]) -> dict[str, str]:
    """Return the digests that a process of its own prints, by surroundings."""
    done = subprocess.run(
        [sys.executable, *flags, "-m", "tests.laws.posting_digest"],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONPATH": f"src{os.pathsep}.", **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ") for line in done.stdout.splitlines())


def test_the_same_bytes_in_all_surroundings(request: pytest.FixtureRequest) -> None:
    """Hash seed, locale, time zone, -O, decimal context and threads change no byte.

    The digest of the journals is the approved one: its change is a change of users' journals.
    """
    found = [_digests(variables, flags) for variables, flags in SURROUNDINGS]

    digests = {digest for each in found for digest in each.values()}

    assert len(digests) == 1, found
    (only, _) = next(iter(digests)).split()
    if request.config.getoption("--update-goldens"):
        GOLDEN.write_text(f"{only}\n", encoding="utf-8")
        pytest.skip("rewritten")
    assert only == GOLDEN.read_text(encoding="utf-8").strip()


def test_the_corpus_is_worth_a_digest() -> None:
    """Both engines post most of the corpus and refuse some of it."""
    for engine in engines():
        results = tuple(engine.simulate_many(corpus()))

        posted = sum(isinstance(result, JournalEntry) for result in results)

        assert len(results) / 2 < posted < len(results)


def test_engines_of_both_forms_have_one_fingerprint() -> None:
    """The fingerprint is of the meaning: both forms of a schema have the same."""
    standard, own = engines()

    again = type(own)(own.schema)

    assert own.fingerprint == again.fingerprint
    assert own.fingerprint != standard.fingerprint
