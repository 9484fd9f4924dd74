"""One worked sample for each error an event can end in: its code, its words, its evidence.

A folder holds a schema, an event and `expected.txt`: the text a person reads, then the fields a
program reads.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from hera_engine import HeraError, PostingEngine
from hera_engine.errors import ERROR_KINDS

FOLDER: Final = Path(__file__).parent
SAMPLES: Final = tuple(sorted(path for path in FOLDER.iterdir() if path.name.startswith("E_")))
OF_THE_LEDGER: Final = ("E_IDEMPOTENT", "E_NOT_FOUND", "E_PERIOD_CLOSED", "E_STATE", "E_UPSTREAM")
"""Codes that only storage can lead to; their samples come with it."""
OF_OURS: Final = ("E_INTERNAL",)
"""The code of a bug: no input leads to it."""


def error_of(sample: Path) -> HeraError:
    """Return the error that a sample's event ends in."""
    rates = sample / "exchange_rates.json"
    engine = PostingEngine(
        (sample / "schema.hera").read_text(encoding="utf-8"),
        exchange_rates=json.loads(rates.read_text(encoding="utf-8")) if rates.exists() else (),
    )
    try:
        engine.simulate_json((sample / "event.json").read_bytes())
    except HeraError as error:
        return error
    raise AssertionError(f"{sample.name}: the event was posted")


def shown(error: HeraError) -> str:
    """Return an error as a person and as a program sees it."""
    fields = json.dumps(error.to_dict(), indent=2, ensure_ascii=False)
    return f"{error}\n\n{fields}\n"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_an_event_is_refused_as_approved(
    sample: Path, approve: Callable[[Path, str], None]
) -> None:
    """The error of a sample is, to the letter, what a person approved."""
    golden = sample / "expected.txt"

    actual = shown(error_of(sample))

    approve(golden, actual)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_ends_in_the_code_it_is_named_for(sample: Path) -> None:
    """The folder's name begins with the code of the error in it."""
    assert sample.name.startswith(error_of(sample).code)


def test_every_code_an_event_can_end_in_has_a_sample() -> None:
    """No code can be reported whose words nobody has seen."""
    seen = {error_of(sample).code for sample in SAMPLES}

    assert set(ERROR_KINDS) - seen == {*OF_THE_LEDGER, *OF_OURS}
