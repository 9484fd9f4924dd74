"""Each library has its doors: which modules may import what."""

import ast
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from tests.architecture.source_tree import MODULES, SourceModule, imports

DOORS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "lark": frozenset({"dsl/parse.py"}),
        "pydantic": frozenset({"patterns.py", "dsl/json_form.py", "models.py"}),
        "pydantic_core": frozenset(
            {"patterns.py", "dsl/json_form.py", "json_text.py", "models.py"}
        ),
    }
)

KIT_LIBRARIES: Final = frozenset({"hypothesis", "pytest"})
"""What the testing kit may import, which is not installed with the package alone."""

CONTEXT_NAMES: Final = frozenset(
    {
        "BasicContext", "Context", "DefaultContext", "ExtendedContext", "getcontext",
        "localcontext", "setcontext",
    }
)  # fmt: skip
"""Names of decimal that make, read or set a context; the rounding modes come beside them."""

CONTEXT_METHODS: Final = frozenset(
    {"quantize", "to_integral_exact", "to_integral_value", "fma", "remainder_near", "scaleb"}
)
"""Methods of Decimal that round by the ambient context unless they are given another."""


def _is_context_name(name: str) -> bool:
    return name in CONTEXT_NAMES or name.startswith("ROUND_")


def _uses_of_contexts(module: SourceModule) -> Iterator[str]:
    """Yield each place where a module names a decimal context or a method that needs one."""
    for item in imports(module):
        if item.module == "decimal":
            for name in filter(_is_context_name, item.names):
                yield f"{module.path}:{item.line} imports {name}"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute):
            continue
        of_decimal = isinstance(node.value, ast.Name) and node.value.id == "decimal"
        if (of_decimal and _is_context_name(node.attr)) or node.attr in CONTEXT_METHODS:
            yield f"{module.path}:{node.lineno} uses {node.attr}"


def test_lark_and_pydantic_are_imported_at_their_doors_only() -> None:
    """Lark is imported in one module, pydantic in three, its JSON reader in one more."""
    strays = [
        f"{module.path}:{item.line} imports {item.module}"
        for module in MODULES
        for item in imports(module)
        if module.path not in DOORS.get(item.module.split(".")[0], {module.path})
    ]

    assert strays == []


def test_nothing_else_outside_the_standard_library_is_imported() -> None:
    """Beside its dependencies the package imports the standard library; the kit has two more.

    The plugin imports pytest, which alone loads it.
    """
    known = {"hera_engine", *DOORS, *sys.stdlib_module_names}
    strays = []

    for module in MODULES:
        allowed = known | KIT_LIBRARIES if module.path.startswith("testing/") else known
        allowed |= {"pytest"} if module.path == "pytest_plugin.py" else set()
        for item in imports(module):
            if item.level == 0 and item.module.split(".")[0] not in allowed:
                strays.append(f"{module.path}:{item.line} imports {item.module}")

    assert strays == []


def test_decimal_contexts_are_named_in_money_only() -> None:
    """No module but money.py makes, reads or sets a decimal context or rounds through one."""
    strays = [
        use for module in MODULES if module.path != "money.py" for use in _uses_of_contexts(module)
    ]

    assert strays == []
