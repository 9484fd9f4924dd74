"""The library is pure: no input, output, clock, randomness, floats or shared state."""

import ast
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from tests.architecture.source_tree import MODULES, SourceModule, imports

OUTSIDE: Final = ("__main__.py", "pytest_plugin.py", "testing/")
"""The command line touches files and prints; the testing kit generates and writes goldens; the
plugin of pytest reads the files that pytest hands it."""

LIBRARY: Final = tuple(module for module in MODULES if not module.path.startswith(OUTSIDE))

FORBIDDEN_MODULES: Final = frozenset(
    {
        "asyncio", "builtins", "concurrent", "contextvars", "ctypes", "gc", "glob", "http", "io",
        "importlib", "inspect", "locale", "logging", "marshal", "multiprocessing", "os",
        "pathlib", "pickle", "platform", "random", "secrets", "select", "shelve", "shutil",
        "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading",
        "time", "urllib", "uuid", "warnings", "weakref",
    }
)  # fmt: skip

ALLOWED_MODULES: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("batch.py", "gc"): "the collector rests while a chunk of events is answered",
        ("__init__.py", "importlib"): "a public name is imported when it is first asked for",
        ("dsl/parse.py", "importlib.resources"): "reads the grammar shipped in the package",
        ("rules/country_profiles.py", "importlib.resources"): "reads the profiles shipped in it",
        ("ledger/plans.py", "threading"): "a lock around the plans that a ledger remembers",
        ("memory.py", "threading"): "a lock makes a change in memory atomic",
    }
)
"""Module and import, with the reason: package data is code, and read before any event."""

FORBIDDEN_CALLS: Final = frozenset(
    {
        "__import__", "breakpoint", "compile", "delattr", "eval", "exec", "exit", "float",
        "globals", "hash", "id", "input", "locals", "open", "print", "quit", "vars",
    }
)  # fmt: skip
"""Built-ins that reach outside, run text, make floats or differ from run to run."""

ALLOWED_CALLS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {("rules/fused/source.py", "compile"): "compiles rules; no text of a user is in their source"}
)
"""Module and built-in, with the reason."""

CLOCKS: Final = frozenset({"fromtimestamp", "now", "today", "utcfromtimestamp", "utcnow"})

MUTABLE_FACTORIES: Final = frozenset(
    {"bytearray", "Counter", "defaultdict", "deque", "dict", "list", "OrderedDict", "set"}
)
MUTABLE_DISPLAYS: Final = (
    ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp,
)  # fmt: skip

CACHES: Final = frozenset({"cache", "lru_cache"})
CACHED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dsl/parse.py": "the parser is built once for each process, from the grammar alone",
        "rules/fused/source.py": "code is compiled once for all rules of a shape, and only so many",
    }
)
"""Modules that may remember something between calls, with the reason."""


def _called(node: ast.expr) -> str:
    """Return the last name of what is called: ``dict`` of ``dict()`` and of ``x.dict()``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _mutable_parts(value: ast.expr) -> Iterator[ast.expr]:
    """Yield what can be changed in a value: itself, or a part of a tuple or of a table."""
    if isinstance(value, MUTABLE_DISPLAYS):
        yield value
    elif isinstance(value, ast.Tuple):
        for element in value.elts:
            yield from _mutable_parts(element)
    elif isinstance(value, ast.Call) and _called(value.func) in MUTABLE_FACTORIES:
        yield value
    elif isinstance(value, ast.Call) and _called(value.func) == "MappingProxyType":
        for table in value.args:
            if isinstance(table, ast.Dict):
                for entry in table.values:
                    yield from _mutable_parts(entry)


def _module_values(module: SourceModule) -> Iterator[tuple[str, ast.expr]]:
    """Yield the name and value of each assignment of a module and of its classes."""
    bodies = [module.tree.body]
    bodies += [node.body for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    for statement in (statement for body in bodies for statement in body):
        if isinstance(statement, ast.Assign):
            yield ast.unparse(statement.targets[0]), statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield ast.unparse(statement.target), statement.value


def test_no_module_of_the_library_imports_the_outside_world() -> None:
    """Files, sockets, clocks, randomness, environment, threads and pickles are not imported."""
    strays = [
        f"{module.path}:{item.line} imports {item.module}"
        for module in LIBRARY
        for item in imports(module)
        if item.module.split(".")[0] in FORBIDDEN_MODULES
        and (module.path, item.module) not in ALLOWED_MODULES
    ]

    assert strays == []


def test_no_module_of_the_library_calls_what_reaches_outside() -> None:
    """No file is opened, nothing printed, no text run, no float made, no identity used."""
    strays = [
        f"{module.path}:{node.lineno} calls {node.func.id}"
        for module in LIBRARY
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in FORBIDDEN_CALLS
        and (module.path, node.func.id) not in ALLOWED_CALLS
    ]

    assert strays == []


def test_no_module_of_the_library_reads_a_clock() -> None:
    """Dates come in with the event: neither date nor datetime is asked for the present."""
    strays = [
        f"{module.path}:{node.lineno} reads {ast.unparse(node)}"
        for module in LIBRARY
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in CLOCKS
        and _called(node.value) in {"date", "datetime"}
    ]

    assert strays == []


def test_no_module_of_the_library_has_a_float_literal() -> None:
    """No number in the source is a binary float."""
    strays = [
        f"{module.path}:{node.lineno} has {node.value}"
        for module in LIBRARY
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
    ]

    assert strays == []


def test_no_module_of_the_library_keeps_changeable_values() -> None:
    """Constants of modules and classes are tuples, frozensets, read-only tables and scalars."""
    strays = [
        f"{module.path}:{part.lineno} {name} can be changed"
        for module in LIBRARY
        for name, value in _module_values(module)
        if name != "__all__"
        for part in _mutable_parts(value)
    ]

    assert strays == []


def test_no_module_of_the_library_assigns_a_global() -> None:
    """No function rebinds a name of its module."""
    strays = [
        f"{module.path}:{node.lineno} rebinds {', '.join(node.names)}"
        for module in LIBRARY
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Global)
    ]

    assert strays == []


def test_only_named_modules_remember_between_calls() -> None:
    """A cache on a function outlives every engine, so each has a reason."""
    strays = [
        f"{module.path}:{item.line} imports {name}"
        for module in LIBRARY
        if module.path not in CACHED
        for item in imports(module)
        if item.module == "functools"
        for name in CACHES & set(item.names)
    ]

    assert strays == []
