"""Whatever a user can name says what it is."""

import ast
from collections.abc import Iterator

from tests.architecture.source_tree import MODULES

Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _is_overload(node: Documented) -> bool:
    """Say whether a definition only adds a signature to the one that follows."""
    return any(ast.unparse(each).endswith("overload") for each in node.decorator_list)


def _public(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Documented]]:
    """Yield the public classes and functions of a body, and the methods of those classes."""
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{prefix}{node.name}.")


def test_every_module_has_a_docstring() -> None:
    """Each module and package opens with what it is for."""
    silent = [module.path for module in MODULES if not ast.get_docstring(module.tree)]

    assert silent == []


def test_every_public_name_has_a_docstring() -> None:
    """Each public class, function and method says what the reader gets."""
    silent = [
        f"{module.path}:{node.lineno} {name}"
        for module in MODULES
        for name, node in _public(module.tree.body, "")
        if not ast.get_docstring(node) and not _is_overload(node)
    ]

    assert silent == []
