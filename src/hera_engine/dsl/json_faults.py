"""Faults of a JSON document: what its models found, in our words and in document order."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from hera_engine import faults
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


def keys_at(model: Any) -> Callable[[Path], Iterable[str]]:
    """Return a function from the path of an object in a document to the keys it may have.

    Args:
        model: The model of the whole document.
    """

    def known(path: Path) -> Iterable[str]:
        form, in_table = model, False
        for step in path:
            found = None if in_table else _fields(form).get(str(step))
            in_table = getattr(found, "__origin__", None) is dict
            form = form if found is None else _model_in(found) or form
        return _fields(form)

    return known


def _fields(form: Any) -> Mapping[str, object]:
    """Return what the fields of a model hold, by their keys in the document."""
    return {field.alias or name: field.annotation for name, field in form.model_fields.items()}


def _model_in(annotation: Any) -> Any:
    """Return the model that a field holds, itself or in a list or table, or None."""
    if hasattr(annotation, "model_fields"):
        return annotation
    inner = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((form for form in inner if form is not None), None)


def _stranger(path: Path, known: Callable[[Path], Iterable[str]]) -> Flaw:
    """Return the flaw of a key that the models do not know."""
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
