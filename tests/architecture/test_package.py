"""What is shipped: the wheel, its dependencies and its version."""

import subprocess
import sys
import tomllib
from email import message_from_bytes
from email.message import Message
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZipFile

from tests.architecture.source_tree import PACKAGE, ROOT

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@cache
def _wheel() -> tuple[tuple[str, ...], Message]:
    """Build the wheel without the network; return the names in it and its metadata."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
        built = subprocess.run(
            [*command, "--directory", folder], cwd=ROOT, capture_output=True, text=True
        )
        assert built.returncode == 0, built.stderr
        (path,) = Path(folder).glob("*.whl")
        with ZipFile(path) as archive:
            names = tuple(sorted(archive.namelist()))
            (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
            return names, message_from_bytes(archive.read(metadata))


def test_the_wheel_holds_every_file_of_the_package() -> None:
    """Modules, the grammar, shipped schemas and the typing marker are all in the wheel."""
    names, _ = _wheel()
    kinds = {".py", ".lark", ".hera", ".typed"}
    here = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.suffix in kinds
    }

    packed = {name for name in names if name.startswith("hera_engine/")}

    assert packed == here
    assert "hera_engine/py.typed" in packed
    assert "hera_engine/dsl/grammar.lark" in packed


def test_the_wheel_holds_nothing_else() -> None:
    """Beside the package there is its metadata with the licence, and no tests."""
    names, _ = _wheel()

    rest = {name.split("/")[0] for name in names if not name.startswith("hera_engine/")}

    assert rest == {f"hera_engine-{PROJECT['version']}.dist-info"}
    assert f"hera_engine-{PROJECT['version']}.dist-info/licenses/LICENSE" in names


def test_there_are_two_dependencies() -> None:
    """An installation of the package alone brings lark and pydantic."""
    _, metadata = _wheel()

    needed = [
        requirement
        for requirement in metadata.get_all("Requires-Dist", [])
        if "extra ==" not in requirement
    ]

    assert PROJECT["dependencies"] == ["lark>=1.2,<2", "pydantic>=2.12,<3"]
    assert sorted(needed) == ["lark<2,>=1.2", "pydantic<3,>=2.12"]


def test_the_licence_is_an_expression() -> None:
    """The licence is told as an SPDX expression, and by no classifier."""
    _, metadata = _wheel()

    assert metadata["License-Expression"] == "Apache-2.0"
    assert not [each for each in PROJECT["classifiers"] if each.startswith("License")]


def test_the_changelog_knows_the_version() -> None:
    """The version of the package is the newest of the changelog."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    headings = [line.split()[1] for line in changelog.splitlines() if line.startswith("## [")]

    assert f"[{PROJECT['version']}]" in headings[:2]
