"""Imports point downstairs: the floors of the house, checked against every import."""

from collections.abc import Mapping
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import Final

from tests.architecture.source_tree import MODULES, imports, own_imports

FLOORS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "F7 public names": ("hera_engine",),
        "F7 command line": ("__main__", "command_line"),
        "F7 testing kit": ("testing",),
        "F7 pytest plugin": ("pytest_plugin",),
        "F6 engine": ("engine", "ledger", "schema_set"),
        "F5 models": ("models",),
        "F5 streams": ("batch",),
        "F5 storage": ("configuration", "memory", "repository", "stored", "transactions"),
        "F5 tables": ("case_report", "report"),
        "F4 rules": ("rules",),
        "F3 language": ("dsl",),
        "F3 tax": ("tax",),
        "F2 events and journals": (
            "accounts", "event_facts", "event_reader", "event_shape", "facts", "journal",
        ),
        "F1 values": (
            "allocation", "currencies", "dimensions", "exchange_rates", "frozen", "json_text",
            "money", "patterns", "periods", "routing", "settings", "smart_codes", "terms",
        ),
        "F0 ground": ("errors", "faults", "limits"),
    }
)  # fmt: skip
"""Each room with the modules and packages in it; the floor is the second character."""


def _part(name: str) -> str:
    """Return the module or package directly below the public one that ``name`` lies in."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


ROOM: Final = MappingProxyType({part: room for room, parts in FLOORS.items() for part in parts})


def _floor(room: str) -> int:
    return int(room[1])


def test_every_module_has_a_floor() -> None:
    """Each module stands in exactly one room, and each room holds only what exists."""
    placed = [part for parts in FLOORS.values() for part in parts]

    found = {_part(module.name) for module in MODULES}

    assert sorted(placed) == sorted(found)


def test_no_module_imports_from_a_higher_floor_or_from_next_door() -> None:
    """A module imports from lower floors or from its own room."""
    broken = []

    for module in MODULES:
        here = ROOM[_part(module.name)]
        for target, line in own_imports(module):
            there = ROOM[_part(target)]
            if there != here and _floor(there) >= _floor(here):
                broken.append(f"{module.path}:{line} ({here}) imports {target} ({there})")

    assert broken == []


def test_the_language_and_tax_do_not_see_each_other() -> None:
    """Nothing in dsl imports tax, and nothing in tax imports dsl."""
    seen = {
        (_part(module.name), _part(target))
        for module in MODULES
        for target, _ in own_imports(module)
    }

    assert ("dsl", "tax") not in seen
    assert ("tax", "dsl") not in seen


def test_imports_form_no_cycle() -> None:
    """Modules can be read in an order in which each comes after what it imports."""
    graph = {module.name: {target for target, _ in own_imports(module)} for module in MODULES}

    # A cycle ends in graphlib.CycleError, which names the modules in it.
    order = tuple(TopologicalSorter(graph).static_order())

    assert set(graph) <= set(order)


def test_imports_are_absolute() -> None:
    """No module imports relative to itself, so that the floor of an import can be read off."""
    relative = [
        f"{module.path}:{item.line}"
        for module in MODULES
        for item in imports(module)
        if item.level > 0
    ]

    assert relative == []
