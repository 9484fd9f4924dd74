"""One worked sample for each kind of schema fault: its place and its words.

A folder holds a document in either form and `expected.txt`, what a reader is shown. Where the
fault takes more than the document, `engine.json` holds the chart, tax profiles and settings,
`later.hera` another version for a set, `old.hera` the version to compare with.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest

from hera_engine import SchemaError, SchemaSet, Settings, check_schema, compare_schemas, faults
from hera_engine.accounts import account_from_mapping
from hera_engine.errors import Diagnostic, FaultKind

FOLDER: Final = Path(__file__).parent
SAMPLES: Final = tuple(sorted(path for path in FOLDER.iterdir() if path.name.startswith("HE")))
KINDS: Final = tuple(value for value in vars(faults).values() if isinstance(value, FaultKind))


def document_of(sample: Path) -> Path:
    """Return the one document of a sample, in either form."""
    (document,) = (*sample.glob("schema.hera"), *sample.glob("schema.json"))
    return document


def diagnostics_of(sample: Path) -> tuple[Diagnostic, ...]:
    """Return what is said about a sample's document with the surroundings it is given."""
    document = document_of(sample)
    later = sample / "later.hera"
    if later.exists():
        with pytest.raises(SchemaError) as caught:
            SchemaSet([document.read_text(encoding="utf-8"), later.read_text(encoding="utf-8")])
        return caught.value.diagnostics
    old = sample / "old.hera"
    if old.exists():
        texts = (path.read_text(encoding="utf-8") for path in (old, document))
        return compare_schemas(*texts, old_file=old.name, file=document.name)
    surroundings = sample / "engine.json"
    text = surroundings.read_text(encoding="utf-8") if surroundings.exists() else "{}"
    given = json.loads(text)
    return check_schema(
        document.read_text(encoding="utf-8"),
        chart=[account_from_mapping(entry) for entry in given.get("chart", ())],
        tax_profiles=given.get("tax_profiles", ()),
        settings=Settings(**given.get("settings", {})),
        allocators=given.get("allocators"),
        file=document.name,
    )


def shown(found: Iterable[Diagnostic]) -> str:
    """Return diagnostics as a reader sees them, one below the other."""
    return "".join(f"{fault}\n" for fault in found)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_is_reported_as_approved(
    sample: Path, approve: Callable[[Path, str], None]
) -> None:
    """The diagnostics of a sample are, to the letter, what a person approved."""
    golden = sample / "expected.txt"

    actual = shown(diagnostics_of(sample))

    approve(golden, actual)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_shows_the_fault_it_is_named_for(sample: Path) -> None:
    """The code at the beginning of a folder's name is among the faults in it."""
    code = sample.name.partition("_")[0]

    expected = (sample / "expected.txt").read_text(encoding="utf-8")

    assert f"[{code}]: " in expected


def test_every_kind_of_fault_has_a_sample() -> None:
    """No fault can be reported whose words nobody has seen."""
    codes = {sample.name.partition("_")[0] for sample in SAMPLES}

    assert [kind.code for kind in KINDS if kind.code not in codes] == []


def test_codes_and_names_of_faults_are_used_once() -> None:
    """A code and a name stand for one kind for ever."""
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    assert len({kind.name for kind in KINDS}) == len(KINDS)
