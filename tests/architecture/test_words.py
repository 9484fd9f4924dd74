"""What no file of the repository says: places on one machine, hosts, notes without an issue."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.architecture.source_tree import ROOT

SKIPPED_FOLDERS: Final = frozenset(
    {
        ".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv",
        ".venv-bench", ".venv-demo", "__pycache__", "build", "dist",
    }
)  # fmt: skip

# Each is put together from pieces, so that this file does not say it either.
FORBIDDEN: Final = (
    ("a folder of one machine", re.compile("/(?:work|" + r"root|home)/[a-z.]")),
    ("a host of a package index", re.compile(r"pypi\.(?:org|io)|python" + r"hosted|npm" + r"js\.")),
    ("an address of an index", re.compile("(?:extra-)?index" + r"-url")),
    ("a note without an issue", re.compile(r"\bTO" + r"DO\b(?!\(#[0-9]+\))|\bFIX" + r"ME\b")),
    (
        "a chore for the reader",
        re.compile("keep (?:these |this |them )?in " + "sync", re.IGNORECASE),
    ),
)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of the repository, sorted, without what is made from them."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in SKIPPED_FOLDERS:
            yield from _files(path)
        elif path.is_file() and path.suffix != ".pyc":
            yield path


def test_no_file_says_what_only_one_machine_knows() -> None:
    """No file names a private folder or an index, or leaves a note that nobody will find."""
    found = [
        f"{path.relative_to(ROOT)}:{number} holds {what}"
        for path in _files(ROOT)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for what, pattern in FORBIDDEN
        if pattern.search(line)
    ]

    assert found == []
