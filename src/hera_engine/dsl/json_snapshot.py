"""A caller's mapping to a copy of our own: bounded in depth and size, its texts clean.

The copy is made without recursion before anything looks into the mapping, so that cyclic, deep
and huge ones end here. It shares only values that cannot change with what the caller keeps.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeGuard

from hera_engine import faults, limits
from hera_engine.dsl.json_values import Flaw, Path, flaw, misfit

_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, marks that turn the direction of writing, halves of characters."""


@dataclass(slots=True)
class _Level:
    """One object or list on the way down: what is left of it, and its copy."""

    path: Path
    rest: Iterator[tuple[object, object]]
    copy: dict[str, object] | list[object]


def take_snapshot(
    data: Mapping[str, object],
) -> tuple[dict[str, object] | None, tuple[Flaw, ...]]:
    """Return a copy of ``data`` in dicts and lists, and the flaws of its texts and keys.

    The copy is None where the mapping is nested too deeply or could not be written in a JSON
    document of the allowed size; that is then the one flaw.

    Cost: linear in what is copied, which the size of a document bounds.
    """
    root: dict[str, object] = {}
    flaws: list[Flaw] = []
    levels = [_Level((), iter(data.items()), root)]
    size = 0
    while levels:
        level = levels[-1]
        entry = next(level.rest, None)
        if entry is None:
            levels.pop()
            continue
        key, value = entry
        size += _characters(key) + _characters(value)
        if size > limits.JSON_CHARACTERS:
            return None, (_too_large("JSON_CHARACTERS", limits.JSON_CHARACTERS, size),)
        if not _fits(key, level):
            flaws.append(misfit("every key of an object is a text", *level.path))
            continue
        found = _flaw_of_text(key) or _flaw_of_text(value)
        if found is not None:
            flaws.append(found.within(*level.path, key))
        inner = _open(value, (*level.path, key))
        _add(level.copy, key, value if inner is None else inner.copy)
        if inner is not None:
            levels.append(inner)
            if len(levels) > limits.EXPRESSION_DEPTH:
                bad = _too_large("EXPRESSION_DEPTH", limits.EXPRESSION_DEPTH, len(levels))
                return None, (bad.within(*level.path[:2]),)
    return root, tuple(flaws[: limits.SCHEMA_FAULTS])


def _open(value: object, path: Path) -> _Level | None:
    """Return the level of an object or list; None for any other value."""
    if isinstance(value, Mapping):
        return _Level(path, iter(value.items()), {})
    if isinstance(value, list | tuple):
        return _Level(path, iter(enumerate(value)), [])
    return None


def _add(copy: dict[str, object] | list[object], key: object, value: object) -> None:
    """Add one member to the copy of its object or list."""
    if isinstance(copy, list):
        copy.append(value)
    elif type(key) is str:
        copy[key] = value


def _fits(key: object, level: _Level) -> TypeGuard[str | int]:
    """Whether a key is one that JSON has: an index, or a text."""
    return isinstance(level.copy, list) or type(key) is str


def _characters(value: object) -> int:
    """Return at least one, and at most the characters a value takes in a JSON document."""
    if isinstance(value, str):
        return len(value) + 2
    return 1 + value.bit_length() // 4 if isinstance(value, int) else 1


def _too_large(limit: str, allowed: int, seen: int) -> Flaw:
    return flaw(faults.TOO_LARGE, limit=limit, allowed=allowed, seen=seen)


def _flaw_of_text(value: object) -> Flaw | None:
    """Return the flaw of a text with characters that no schema may hold."""
    if type(value) is not str:
        return None
    found = _FORBIDDEN.search(value)
    if found is not None:
        return flaw(faults.BAD_TEXT, found=f"the character U+{ord(found.group()):04X}")
    if not value.isascii() and not unicodedata.is_normalized("NFC", value):
        return flaw(faults.BAD_TEXT, found="a letter in decomposed form (not NFC)")
    return None
