"""Reads the files of this folder: one per clause, each in the one shape that is allowed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hera_engine.json_text import loads
from tests.json_schema import faults_of, without_references

FOLDER: Final = Path(__file__).parent
SHAPE_FILE: Final = FOLDER / "case.schema.json"
FILES: Final = tuple(sorted(path for path in FOLDER.glob("*.json") if path != SHAPE_FILE))

Document = str | Mapping[str, object]
"""A schema as the public API takes it: text, the text form or JSON; or the JSON form."""


@dataclass(frozen=True)
class Case:
    """One case of a clause.

    Attributes:
        name: Clause and title.
        said: The case as the file has it.
        schemas: The documents that cases of the file refer to by name.
    """

    name: str
    said: Mapping[str, object]
    schemas: Mapping[str, object]

    def document(self, value: object) -> Document:
        """Return a schema of the case: a name stands for one of the file, a list for lines."""
        named = self.schemas[value] if isinstance(value, str) else value
        if isinstance(named, Mapping):
            return named
        assert isinstance(named, Sequence)
        return text_of(named)


def text_of(lines: Sequence[object]) -> str:
    """Return the text of which these are the lines."""
    return "".join(f"{line}\n" for line in lines)


def read_file(path: Path) -> Mapping[str, object]:
    """Return a file; its numbers keep their digits."""
    found = loads(path.read_bytes())
    assert isinstance(found, dict)
    return found


def shape_faults(content: object) -> list[str]:
    """Return where a file's content has not the shape that is asked for."""
    root = read_file(SHAPE_FILE)
    shape = without_references(root, root)
    assert isinstance(shape, dict)
    return sorted(faults_of(content, shape))


def cases_in(content: Mapping[str, object]) -> Iterator[Case]:
    """Yield the cases of a file."""
    cases, schemas = content["cases"], content.get("schemas", {})
    assert isinstance(cases, list)
    assert isinstance(schemas, dict)
    for said in cases:
        yield Case(f"{content['clause']}: {said['title']}", said, schemas)


CASES: Final = tuple(case for path in FILES for case in cases_in(read_file(path)))
