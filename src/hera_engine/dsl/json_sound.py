"""What is sound of a JSON document in spite of its faults, so that later checks can speak of it."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.json_values import Flaw, Path

_STAND_INS: Final[Mapping[str, object]] = MappingProxyType(
    {"tax": None, "dimension_requirements": ()}
)
"""What stands for required sections that are missing or flawed, where nothing is kept of them."""

_FROM_DIMENSIONS: Final = frozenset(
    {
        "dimensions", "splits", "dimension_requirements", "carry", "derive", "postings", "cases",
        "case_tables",
    }
)  # fmt: skip
_FROM_RULES: Final = frozenset({"maps", "derive", "postings", "cases", "case_tables"})


def sound_part(data: Mapping[str, object], flaws: Iterable[Flaw]) -> dict[str, object]:
    """Return a document without its flawed parts and without what speaks of them.

    Nothing is left in that would give a fault only because something else was left out.
    """
    paths = {bad.path[:3] for bad in flaws}
    heads = {path[0] for path in paths if path}
    kept = dict(data)
    if any(path[:1] == ("accounts",) for path in paths):
        kept["accounts"] = _accounts(data.get("accounts"), paths)
    if not isinstance(data.get("accounts"), Mapping):
        kept["accounts"] = {}
        heads |= _FROM_RULES | {"tax_profiles", "dimension_requirements", "carry"}
    if "ledgers" in heads:
        kept["ledgers"] = nodes.LEDGER_NAMES
    splits = data.get("splits")
    declared = splits.get("dimensions") if isinstance(splits, Mapping) else None
    if "dimensions" in heads or declared is None or ("splits", "dimensions") in _stems(paths):
        heads |= _FROM_DIMENSIONS
        declared = ()
    if heads & {"maps", "derive", "postings"}:
        heads |= _FROM_RULES
    if "cases" in heads:
        heads |= {"case_tables"}
    for head in heads - {"accounts", "ledgers"}:
        kept.pop(str(head), None)
        if head in _STAND_INS:
            kept[str(head)] = _STAND_INS[str(head)]
    if "splits" in heads:
        kept["splits"] = {"dimensions": declared}
    return kept


def _stems(paths: Iterable[Path]) -> frozenset[Path]:
    """Return the first two steps of each path."""
    return frozenset(path[:2] for path in paths)


def _accounts(accounts: object, paths: Iterable[Path]) -> object:
    """Return the accounts, each flawed one as no more than its key."""
    flawed = {path[1] for path in paths if path[:1] == ("accounts",) and len(path) > 1}
    if not isinstance(accounts, Mapping):
        return {}
    return {key: {} if key in flawed else value for key, value in accounts.items()}
