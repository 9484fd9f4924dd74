"""Two engines of one schema, one for each executor, and how what they give can differ.

Entries are compared field by field: the type of each value, the exponent of each Decimal, the
order of each mapping's keys; then as wholes. Errors are compared by their class and all they tell.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final

from hera_engine import HeraError, JournalEntry, PostingEngine
from hera_engine.frozen import FrozenMap
from hera_engine.rules.executor import Executor

Outcome = JournalEntry | Exception
"""What an event ends in: an entry, or whatever was raised; anything but a HeraError is a bug."""

SHOWN: Final = 300
"""Characters of a value that a difference shows."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two engines that must not be told apart, and the last thing to try on both."""

    compiled: PostingEngine
    interpreted: PostingEngine

    @classmethod
    def of(cls, schema: object, **arguments: Any) -> "Twins":
        """Return the engines of what a `PostingEngine` is built from.

        Raises:
            SchemaError: If the schema does not compile.
        """
        given: Any = schema
        compiled = PostingEngine(given, **arguments, executor=Executor.COMPILED)
        return cls(
            compiled,
            PostingEngine(compiled.schema, **arguments, executor=Executor.INTERPRETED),
        )

    @classmethod
    def beside(cls, engine: PostingEngine) -> "Twins":
        """Return an engine and one built from the same with the other executor's work aside."""
        rebuild, (schema, arguments) = _parts(engine)
        return cls(engine, rebuild(schema, {**arguments, "executor": Executor.INTERPRETED}))

    def differences(self, event: object) -> list[str]:
        """Return how the two differ over an event; nothing where they agree."""
        return list(unlike(outcome(self.compiled, event), outcome(self.interpreted, event)))

    def assert_alike(self, event: object) -> Outcome:
        """Return what an event ends in, the same under both executors."""
        left, right = outcome(self.compiled, event), outcome(self.interpreted, event)
        found = list(unlike(left, right))
        assert not found, "\n".join(["the executors differ:", *found, f"event: {written(event)}"])
        return left

    def posts_itself(self, event: object) -> bool:
        """Whether the compiled executor posts an event without asking the interpreter."""
        return posts_itself(self.compiled, event)

    def takes(self, event: object) -> bool:
        """Whether the compiled executor does anything with an event but to decline it."""
        fused = self.compiled._fused
        try:
            return fused is not None and fused.post(event) is not None
        except Exception:  # noqa: BLE001 # raising is not declining
            return True


def _parts(engine: PostingEngine) -> Any:
    """Return the function and the arguments that pickling builds an engine with."""
    return engine.__reduce__()


def posts_itself(engine: PostingEngine, event: Any) -> bool:
    """Whether the compiled rules of an engine post an event; they decline what they leave to it."""
    fused = engine._fused
    try:
        return fused is not None and fused.post(event) is not None
    except Exception:  # noqa: BLE001 # whoever compares outcomes sees it
        return False


def outcome(engine: PostingEngine, event: Any) -> Outcome:
    """Return what an event ends in, exceptions of any kind included."""
    try:
        return engine.simulate(event)
    except Exception as error:  # noqa: BLE001 # whatever is raised is compared
        return error


# --- differences -----------------------------------------------------------------------------


def unlike(left: Outcome, right: Outcome) -> Iterator[str]:
    """Yield how two outcomes differ."""
    if isinstance(left, JournalEntry) and isinstance(right, JournalEntry):
        yield from _unlike_entries(left, right)
    elif isinstance(left, Exception) and isinstance(right, Exception):
        yield from _unlike_errors(left, right)
    else:
        yield f"outcome: {_shown(left)} | {_shown(right)}"


def _unlike_errors(left: Exception, right: Exception) -> Iterator[str]:
    for each in (left, right):
        if not isinstance(each, HeraError):
            yield f"outcome: {type(each).__name__}, which is no HeraError: {_shown(each)}"
    if type(left) is not type(right) or str(left) != str(right) or left.args != right.args:
        yield f"error: {_shown(left)} | {_shown(right)}"
    elif isinstance(left, HeraError) and isinstance(right, HeraError):
        yield from _unlike_values(left.to_dict(), right.to_dict(), "error")


def _unlike_entries(left: JournalEntry, right: JournalEntry) -> Iterator[str]:
    found = list(_unlike_values(left, right, "entry"))
    yield from found
    if found:
        return
    if left != right or hash(left.header) != hash(right.header):
        yield "entry: equal in every field, and not equal"
    if left.to_json() != right.to_json():
        yield f"to_json: {_shown(left.to_json())} | {_shown(right.to_json())}"
    if repr(left) != repr(right):
        yield f"repr: {_shown(left)} | {_shown(right)}"
    if copy.deepcopy(left) != right:
        yield "entry: a copy is another entry"


def _unlike_values(left: object, right: object, path: str) -> Iterator[str]:
    """Yield where two values of an outcome differ."""
    if type(left) is not type(right):
        names = type(left).__name__, type(right).__name__
        yield f"{path}: {names[0]} {_shown(left)} | {names[1]} {_shown(right)}"
    elif isinstance(left, FrozenMap | dict) and isinstance(right, Mapping):
        yield from _unlike_mappings(left, right, path)
    elif isinstance(left, tuple | list) and isinstance(right, tuple | list):
        yield from _unlike_lists(left, right, path)
    elif is_dataclass(left):
        for each in fields(left):
            mine, other = getattr(left, each.name), getattr(right, each.name)
            yield from _unlike_values(mine, other, f"{path}.{each.name}")
    elif not _is_same(left, right):
        yield f"{path}: {_shown(left)} | {_shown(right)}"


def _unlike_mappings(
    left: Mapping[Any, object], right: Mapping[Any, object], path: str
) -> Iterator[str]:
    if list(left) != list(right):
        yield f"{path}: keys {_shown(list(left))} | {_shown(list(right))}"
        return
    for key, value in left.items():
        yield from _unlike_values(value, right[key], f"{path}[{key!r}]")


def _unlike_lists(
    left: tuple[object, ...] | list[object], right: tuple[object, ...] | list[object], path: str
) -> Iterator[str]:
    names: tuple[str, ...] = getattr(left, "_fields", ())
    if len(left) != len(right):
        yield f"{path}: {len(left)} members, {_shown(left)} | {len(right)}, {_shown(right)}"
        return
    for index, (mine, other) in enumerate(zip(left, right, strict=True)):
        name = f".{names[index]}" if names else f"[{index}]"
        yield from _unlike_values(mine, other, path + name)


def _is_same(left: object, right: object) -> bool:
    """Whether two values of one type are the same to the last digit."""
    match left:
        case Decimal():
            return isinstance(right, Decimal) and left.as_tuple() == right.as_tuple()
        case Enum():
            return left is right
        case None | bool() | int() | str() | date() | Fraction():
            return left == right
        case _:
            raise AssertionError(f"an outcome holds a {type(left).__name__}: {_shown(left)}")


def written(event: object) -> str:
    """Return an event as a failure shows it."""
    try:
        return repr(event)[:4_000]
    except (ValueError, RecursionError):
        return "(too deep, or holds an integer too long to be written)"


def _shown(value: object) -> str:
    text = f"{type(value).__name__}: {value}" if isinstance(value, Exception) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
