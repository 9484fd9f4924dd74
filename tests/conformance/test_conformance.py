"""Every numbered clause of the language has cases, and the engine does what they say."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.conformance.case_files import CASES, FILES, Case, cases_in, read_file, shape_faults
from tests.conformance.judge import differences

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGES: Final[Mapping[str, str]] = {"": "language.md", "cases ": "cases.md"}
"""What the names of a page's clauses begin with."""

WITHOUT: Final[Mapping[str, str]] = {
    "7": "stages are code of whoever runs the engine",
    "cases 5": "the command line is told of the package, not of the language",
    "cases 6": "the Python interface is told of the package, not of the language",
}
"""Sections without numbered clauses that have no cases, each with its reason."""

TABLES: Final = frozenset({"3"})
"""Sections whose head says something that has cases, beside their numbered clauses."""

_CLAUSE: Final = re.compile(r"^(?:## |(?=\d+\.\d))(\d+(?:\.\d+)*)\.? ", re.MULTILINE)


def clauses() -> list[str]:
    """Return the numbers of all clauses, and of the sections that have none."""
    found: list[str] = []
    for prefix, page in PAGES.items():
        numbers = _CLAUSE.findall((DOCS / page).read_text(encoding="utf-8"))
        found += (
            f"{prefix}{number}"
            for number in numbers
            if "." in number or not any(each.startswith(f"{number}.") for each in numbers)
        )
    return [*found, *TABLES]


def test_each_clause_has_a_file_and_each_file_a_clause() -> None:
    """The files are named for the clauses; those without cases are named with a reason."""
    expected = {f"{clause.replace(' ', '-')}.json" for clause in clauses() if clause not in WITHOUT}

    assert {path.name for path in FILES} == expected
    assert set(WITHOUT) <= set(clauses())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_has_the_shape(path: Path) -> None:
    """It bears the name of its clause, no key is unknown, no two titles are the same."""
    content = read_file(path)

    assert shape_faults(content) == []
    assert f"{str(content['clause']).replace(' ', '-')}.json" == path.name
    titles = [case.name for case in cases_in(content)]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_holds(case: Case) -> None:
    """The engine does what it says, in both forms of the schema."""
    assert list(differences(case)) == []
