"""Worked examples that a person approved: the journal and why each line is there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from hera_engine import PostingEngine
from hera_engine.json_text import loads
from hera_engine.report import entry_table

CASES: Final = tuple(sorted((Path(__file__).parent / "cases").iterdir()))


def handed(case: Path, name: str) -> list[Mapping[str, object]]:
    """Return what a case hands to the engine beside its schema: a file's list, or nothing."""
    given = case / name
    found = loads(given.read_bytes()) if given.exists() else []
    assert isinstance(found, list)
    return found


def engine_of(case: Path) -> PostingEngine:
    """Return an engine with the schema of a case and what is handed to it."""
    return PostingEngine(
        (case / "schema.hera").read_text(encoding="utf-8"),
        tax_profiles=handed(case, "profiles.json"),
        exchange_rates=handed(case, "exchange_rates.json"),
    )


def shown(case: Path) -> str:
    """Return a case's journal as a table, and its explanation."""
    engine = engine_of(case)
    event = loads((case / "event.json").read_bytes())
    assert isinstance(event, dict)
    return f"{entry_table(engine.simulate(event))}\n{engine.explain(event)}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_journal_is_as_approved(case: Path, approve: Callable[[Path, str], None]) -> None:
    """Journal and explanation are, to the letter, what a person approved."""
    golden = case / "journal.txt"

    actual = shown(case)

    approve(golden, actual)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_says_why(case: Path) -> None:
    """Each worked example comes with its arithmetic in words."""
    assert (case / "why.md").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("name", ["eur_invoice", "eur_settlement"])
def test_the_cases_of_several_currencies_are_complete(name: str) -> None:
    """They pass, exercise every statement, and notice every change, base amounts included."""
    engine = engine_of(Path(__file__).parent / "cases" / name)

    assert [result.title for result in engine.run_cases() if not result.passed] == []
    assert engine.case_coverage().gaps == ()
    assert engine.surviving_mutants() == ()
