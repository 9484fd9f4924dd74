"""The package as the house rules see it: every module with its text and its syntax tree."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "hera_engine"


@dataclass(frozen=True, slots=True)
class SourceModule:
    """One module: its path below the package (``dsl/parse.py``), dotted name, text and tree."""

    path: str
    name: str
    text: str
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class ImportedModule:
    """One thing imported: the module asked for, the names taken from it, and where."""

    module: str
    names: tuple[str, ...]
    line: int
    level: int


def _module(path: Path) -> SourceModule:
    """Read and parse one file of the package."""
    below = path.relative_to(PACKAGE)
    parts = ("hera_engine", *below.with_suffix("").parts)
    dotted = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = path.read_text(encoding="utf-8")
    return SourceModule(below.as_posix(), dotted, text, ast.parse(text, filename=str(below)))


MODULES: Final = tuple(_module(path) for path in sorted(PACKAGE.rglob("*.py")))
"""Every module of the package, sorted by path."""

MODULE_NAMES: Final = frozenset(module.name for module in MODULES)
"""The dotted names of all modules and packages."""


def imports(module: SourceModule) -> tuple[ImportedModule, ...]:
    """Return every import of a module, those inside functions and for types alone included."""
    found: list[ImportedModule] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found += [ImportedModule(alias.name, (), node.lineno, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            found.append(ImportedModule(node.module or "", names, node.lineno, node.level))
    return tuple(found)


def own_imports(module: SourceModule) -> tuple[tuple[str, int], ...]:
    """Return the modules of the package that a module imports, each with its line.

    ``from hera_engine import limits`` imports the module `hera_engine.limits`; any other name
    taken from the package itself imports the public face.
    """
    found: list[tuple[str, int]] = []
    for item in imports(module):
        if item.module.split(".")[0] != "hera_engine":
            continue
        below = [f"{item.module}.{name}" for name in item.names]
        targets = [name if name in MODULE_NAMES else item.module for name in below]
        found += [(target, item.line) for target in dict.fromkeys(targets or [item.module])]
    return tuple(found)
