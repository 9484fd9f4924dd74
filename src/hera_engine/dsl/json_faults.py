"""Faults of a JSON document: what the models found, in our words, and what is sound without it."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, cast

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.json_values import (
    Flaw,
    Path,
    Refused,
    flaw,
    misfit,
    missing_key,
    unknown_key,
    wrong_type,
)
from hera_engine.dsl.names import REQUIRED_ACCOUNTS

Detail = Mapping[str, object]
"""One fault as the models' library tells it: ``type``, ``loc``, ``input`` and ``ctx``."""

_RESERVED: Final = MappingProxyType(
    {
        ("events",): "`events`",
        ("rates", "amount"): "an amount per unit",
        ("rates", "compound"): "a compound rate",
        ("rates", "recoverable_percent"): "a partly recoverable rate",
    }
)
"""Keys that a later version will have, by the end of their path without indexes."""


def flaws_of(detail: Detail, known: Callable[[Path], Iterable[str]]) -> tuple[Flaw, ...]:
    """Return a fault that the models found as flaws of the document.

    Args:
        detail: What the models' library says of it.
        known: The keys that the object at a path may have.
    """
    path = tuple(step for step in cast(Path, detail["loc"]) if step != "[key]")
    found = detail.get("input")
    context = cast(Mapping[str, object], detail.get("ctx", {}))
    match detail["type"]:
        case "value_error":
            refusal = context["error"]
            assert isinstance(refusal, Refused), "no reader raises anything else"
            return tuple(bad.within(*path) for bad in refusal.flaws)
        case "missing":
            return (missing_key(str(path[-1])).within(*path[:-1]),)
        case "extra_forbidden":
            return (_stranger(path, known),)
        case "too_long":
            allowed, seen = context["max_length"], context["actual_length"]
            limit = f"members of `{path[-1]}`"
            return (flaw(faults.TOO_LARGE, *path, limit=limit, allowed=allowed, seen=seen),)
        case "tuple_type":
            return (wrong_type("a list", found, *path),)
        case _:
            return (wrong_type("an object", found, *path),)


def _stranger(path: Path, known: Callable[[Path], Iterable[str]]) -> Flaw:
    """Return the flaw of a key that the models do not know."""
    keys = tuple(step for step in path if isinstance(step, str))
    what = _RESERVED.get(keys) or _RESERVED.get(keys[-2:])
    if what is not None:
        return flaw(faults.NOT_AVAILABLE, *path, what=what)
    return unknown_key(str(path[-1]), known(path[:-1])).within(*path[:-1])


def absences(data: Mapping[str, object]) -> tuple[Flaw, ...]:
    """Return what a document lacks that the standard rules need: accounts, and tax.

    A document with posting rules of its own may do without.
    """
    if data.get("postings"):
        return ()
    found: list[Flaw] = []
    accounts = data.get("accounts")
    if isinstance(accounts, Mapping):
        found += (
            flaw(faults.MISSING_ACCOUNT, "accounts", key, name=key)
            for key in REQUIRED_ACCOUNTS
            if key not in accounts
        )
    if data.get("tax", ()) is None:
        found.append(misfit("the standard rules need a tax profile, found null", "tax"))
    return tuple(found)


def in_order(data: object, flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    """Return flaws in document order; what is missing comes behind what is there."""
    return tuple(sorted(dict.fromkeys(flaws), key=lambda bad: _position(data, bad.path)))


def _position(data: object, path: Path) -> tuple[int, ...]:
    """Return where each step of a path stands among its neighbours."""
    steps: list[int] = []
    for step in path:
        if isinstance(data, Mapping):
            keys = tuple(data)
            steps.append(keys.index(step) if step in data else len(keys))
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            steps.append(step)
            data = data[step]
        else:
            steps.append(step if isinstance(step, int) else 0)
            data = None
    return tuple(steps)


# --- what is sound in spite of a flaw ----------------------------------------------------------

_STAND_INS: Final[Mapping[str, object]] = MappingProxyType(
    {"tax": None, "splits": MappingProxyType({"dimensions": ()}), "dimension_requirements": ()}
)
"""What stands for a required section that is missing or flawed as a whole."""

_FROM_DIMENSIONS: Final = frozenset(
    {"dimensions", "splits", "dimension_requirements", "carry", "postings", "cases"}
)
_FROM_RULES: Final = frozenset({"maps", "postings", "cases"})


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
    if "dimensions" in heads or any(path[:2] == ("splits", "dimensions") for path in paths):
        heads |= _FROM_DIMENSIONS
    if "splits" in heads and not isinstance(data.get("splits"), Mapping):
        heads |= _FROM_DIMENSIONS
    if "maps" in heads or "postings" in heads:
        heads |= _FROM_RULES
    for head in heads - {"accounts", "ledgers"}:
        kept.pop(str(head), None)
        if head == "splits":
            kept["splits"] = _splits(data.get("splits"))
        elif head in _STAND_INS:
            kept[str(head)] = _STAND_INS[str(head)]
    return kept


def _accounts(accounts: object, paths: Iterable[Path]) -> object:
    """Return the accounts, each flawed one as no more than its key."""
    flawed = {path[1] for path in paths if path[:1] == ("accounts",) and len(path) > 1}
    if not isinstance(accounts, Mapping):
        return {}
    return {key: {} if key in flawed else value for key, value in accounts.items()}


def _splits(splits: object) -> object:
    """Return the section of splits without its rules."""
    dimensions = splits.get("dimensions") if isinstance(splits, Mapping) else None
    return {"dimensions": dimensions or ()}
