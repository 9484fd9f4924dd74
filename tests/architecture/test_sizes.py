"""Nothing outgrows a screen: functions, parameter lists, classes and modules."""

import ast
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from tests.architecture.source_tree import MODULES

FUNCTION_LINES: Final = 60
PARAMETERS: Final = 6
CLASS_LINES: Final = 200
MODULE_LINES: Final = 500

LONG_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dsl/nodes.py": "one short class for each construct of the language, read as one table",
    }
)
"""Modules that may be longer, each with its reason."""

WIDE_FUNCTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "engine.py __init__": "each is one thing that users bring, named where it is given",
        "schema_set.py __init__": "takes what an engine takes",
    }
)
"""Functions that may take more parameters, each with its reason."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _nodes(kind: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Yield each node of a kind with the path of its module."""
    for module in MODULES:
        for node in ast.walk(module.tree):
            if isinstance(node, kind):
                yield module.path, node


def _functions() -> Iterator[tuple[str, Function]]:
    """Yield each function and method with the path of its module."""
    for kind in (ast.FunctionDef, ast.AsyncFunctionDef):
        for path, node in _nodes(kind):
            assert isinstance(node, Function)
            yield path, node


def _lines(node: Function | ast.ClassDef) -> int:
    """Return the lines from the name to the end, the docstring included."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _parameters(node: Function) -> int:
    """Return how many parameters a caller may pass by name or position."""
    names = [each.arg for each in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_functions_fit_a_screen() -> None:
    """No function is longer than sixty lines, its docstring included."""
    long = [
        f"{path}:{node.lineno} {node.name}: {_lines(node)} lines"
        for path, node in _functions()
        if _lines(node) > FUNCTION_LINES
    ]

    assert long == []


def test_functions_have_few_parameters() -> None:
    """No function takes more than six parameters beside its object, unless named here."""
    wide = [
        f"{path}:{node.lineno} {node.name}: {_parameters(node)} parameters"
        for path, node in _functions()
        if _parameters(node) > PARAMETERS and f"{path} {node.name}" not in WIDE_FUNCTIONS
    ]

    assert wide == []


def test_classes_are_short() -> None:
    """No class is longer than two hundred lines."""
    long = [
        f"{path}:{node.lineno} {node.name}: {_lines(node)} lines"
        for path, node in _nodes(ast.ClassDef)
        if isinstance(node, ast.ClassDef) and _lines(node) > CLASS_LINES
    ]

    assert long == []


def test_modules_are_short() -> None:
    """No module is longer than five hundred lines unless it is named here with a reason."""
    lengths = {module.path: len(module.text.splitlines()) for module in MODULES}

    long = {path for path, lines in lengths.items() if lines > MODULE_LINES}

    assert long == set(LONG_MODULES)
