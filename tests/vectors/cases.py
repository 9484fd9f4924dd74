"""Vector cases: read from files, and compared with our answers as numbers, never within slack."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NoReturn

Json = Any
"""A value of a vector file; its shape is the file's affair, and a wrong guess fails the case."""

_FRAME: Final = frozenset(
    {"id", "kind", "source", "group", "stratum", "inputs", "expected", "verify"}
)
"""What every case has; the rest of a flat case are its inputs."""
_SEPARATORS: Final = re.compile(r"[./\[\]]+")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?(/[1-9][0-9]*)?", re.ASCII)


class VectorFileError(ValueError):
    """A file or folder that does not have the format of vector files."""


class NotSupported(Exception):
    """What an adapter raises for a named feature of the inputs that there is no public name for."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its frame, its inputs, and the ``meta`` of its file."""

    id: str
    kind: str
    inputs: Mapping[str, Json]
    expected: Json
    verify: Mapping[str, Json]
    peer_rule: str | None = None
    source: Mapping[str, Json] = field(default_factory=dict, repr=False)
    meta: Mapping[str, Json] = field(default_factory=dict, repr=False)


def read_cases(path: Path) -> tuple[Case, ...]:
    """Return the cases of a vector file, in order.

    Raises:
        VectorFileError: For a file that is no JSON, holds a float, or has another shape.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_float=_refuse_float)
        meta = data["meta"]
        return tuple(_case(raw, meta) for raw in data["cases"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{path.name}: not a vector file: {type(error).__name__}: {error}"
        raise VectorFileError(message) from error


def _case(raw: Mapping[str, Json], meta: Mapping[str, Json]) -> Case:
    flat = {key: value for key, value in raw.items() if key not in _FRAME}
    return Case(
        id=raw["id"],
        kind=raw["kind"],
        inputs={**flat, **raw.get("inputs", {})},
        expected=raw["expected"],
        verify=raw.get("verify") or {},
        peer_rule=raw.get("peer_rule"),
        source=raw.get("source") or {},
        meta=meta,
    )


def _refuse_float(text: str) -> NoReturn:
    raise ValueError(f"{text} is a float; amounts are strings")


# --- comparison ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer whose every key must be expected, where other records may say more."""

    record: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Unordered:
    """Answers of which every expected one must be among; more may be there unless ``exact``."""

    members: tuple[object, ...]
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Containing:
    """A text of ours in which the expected words must be found, in whatever case."""

    text: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What a case states without giving anything that it follows from; no answer is compared."""


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A path into a document, equal to the expected one whether written ``a.0`` or ``a[0]``."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "FieldPath":
        """Return the path that a dotted or bracketed text, or a JSON pointer, spells."""
        return cls(tuple(part for part in _SEPARATORS.split(text) if part))


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where an answer is not the expected one, in words for both."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.path or 'answer'}: expected {self.expected}, got {self.got}"


def differences(expected: Json, answer: object, path: str = "") -> tuple[Difference, ...]:
    """Return where an answer is not the expected one; empty if it agrees.

    Numbers are compared as numbers, whatever they are written like. What an answer says beside
    the expected keys does not count.
    """
    match expected:
        case Mapping():
            return _differing_records(expected, answer, path)
        case list():
            return _differing_lists(expected, answer, path)
        case _:
            return () if _equal(expected, answer) else (_unequal(expected, answer, path),)


def _differing_records(
    expected: Mapping[str, Json], answer: object, path: str
) -> tuple[Difference, ...]:
    record = answer.record if isinstance(answer, Whole) else answer
    if not isinstance(record, Mapping):
        return (_unequal(expected, answer, path),)
    found: list[Difference] = []
    if isinstance(answer, Whole):
        extra = (key for key in record if key not in expected)
        found += [Difference(f"{path}.{key}", "nothing", _shown(record[key])) for key in extra]
    for key, value in expected.items():
        where = f"{path}.{key}" if path else key
        if key not in record:
            found.append(Difference(where, _shown(value), _instead(record)))
        elif key == "error":
            found += _differing_errors(value, record[key], where)
        else:
            found += differences(value, record[key], where)
    return tuple(found)


def _instead(record: Mapping[str, object]) -> str:
    """Return why an answer lacks what was expected."""
    return f"{record['error']}: {record['message']}" if "message" in record else "no answer"


def _differing_errors(expected: str, answer: object, path: str) -> tuple[Difference, ...]:
    """Compare error codes; the spelling of a neutral name is no evidence, only its presence."""
    if not expected.startswith("E_") or expected == answer:
        return ()
    return (_unequal(expected, answer, path),)


def _differing_lists(expected: Sequence[Json], answer: object, path: str) -> tuple[Difference, ...]:
    if isinstance(answer, Unordered):
        return _differing_sets(expected, answer, path)
    if not isinstance(answer, Sequence) or isinstance(answer, str):
        return (_unequal(expected, answer, path),)
    if len(answer) != len(expected):
        return (_unequal(expected, answer, path),)
    pairs = zip(expected, answer, strict=True)
    return tuple(
        found
        for index, (want, got) in enumerate(pairs)
        for found in differences(want, got, f"{path}[{index}]")
    )


def _differing_sets(
    expected: Sequence[Json], answer: Unordered, path: str
) -> tuple[Difference, ...]:
    """Give each expected member one of its own; what finds none differs from the nearest left."""
    left = list(answer.members)
    missing: list[tuple[int, Json]] = []
    for index, want in enumerate(expected):
        place = next((at for at, got in enumerate(left) if not differences(want, got)), None)
        if place is None:
            missing.append((index, want))
        else:
            del left[place]
    if answer.exact and len(expected) != len(answer.members):
        return (_unequal(expected, answer.members, path),)
    return tuple(
        found for index, want in missing for found in _nearest(want, left, f"{path}[{index}]")
    )


def _nearest(want: Json, left: Sequence[object], path: str) -> tuple[Difference, ...]:
    """Return how a member differs from the most similar of those that are left."""
    ways = [differences(want, got, path) for got in left]
    return min(ways, key=len, default=(Difference(path, _shown(want), "nothing like it"),))


def _equal(expected: Json, answer: object) -> bool:
    if isinstance(answer, Stated):
        return True
    if isinstance(answer, Containing):
        return isinstance(expected, str) and expected.lower() in answer.text.lower()
    if isinstance(answer, FieldPath):
        return isinstance(expected, str) and FieldPath.of(expected) == answer
    left, right = number(expected), number(answer)
    if left is not None and right is not None:
        return left == right
    return type(expected) is type(answer) and bool(expected == answer)


def number(value: object) -> Fraction | None:
    """Return the number that a value is or spells, as a decimal or a fraction; else None."""
    match value:
        case bool():
            return None
        case int() | Fraction() | Decimal():
            return Fraction(value)
        case str() if _NUMBER.fullmatch(value):
            whole, _, below = value.partition("/")
            return Fraction(whole) / Fraction(below or "1")
        case _:
            return None


def _unequal(expected: Json, answer: object, path: str) -> Difference:
    return Difference(path, _shown(expected), _shown(answer))


def _shown(value: object) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case Fraction():
            return f"{decimal_of(value):f}" if is_decimal(value) else str(value)
        case Whole(record):
            return _shown(record)
        case Containing(text):
            return repr(text)
        case FieldPath(parts):
            return repr(".".join(parts))
        case Mapping():
            return "{" + ", ".join(f"{key}: {_shown(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_shown, value)) + "]"
        case Unordered(members):
            return _shown(members)
        case _:
            return repr(value)


def is_decimal(value: Fraction) -> bool:
    """Return whether a fraction has finitely many decimals."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def decimal_of(value: Fraction) -> Decimal:
    """Return a fraction with finitely many decimals as a decimal, exactly."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    units = int(value * 10**places)
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), -places))
