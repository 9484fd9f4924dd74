"""JSON text in and out with every digit kept.

Python's own reader turns ``0.1`` into a float, lets the last of two equal keys win and recurses
as deep as the text says. This one reads numbers from their digits, refuses what is ambiguous,
and looks at size and nesting before it reads.

There are two ways through it with one result. The quick one lets pydantic's compiled reader make
the value and then looks whether any of this could have gone wrong; where it could, the exact one
reads the text again and says what it thinks of it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NoReturn, TypeAlias

from hera_engine import limits
from hera_engine.money import format_amount

_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
"""A whole string, also one that never ends, or one bracket outside strings; linear."""
_COLON: Final = re.compile(r"\s*:")
_MARK: Final = "\ufeff"
LONG_INTEGER: Final = 10**18
"""Integers from here on are read by the exact way, which looks at the length of their text."""
_EXPONENT_DIGITS: Final = 2
"""Digits of an exponent: more cannot belong to a number that any field takes."""
_EXPONENT: Final = re.compile(r"[eE][+-]?([0-9]+)\Z")


class JsonTextError(ValueError):
    """A text that is not acceptable JSON.

    Attributes:
        reason: What is wrong, as a predicate.
        position: Line and column, counted from one, where they are known.
        key: The key that stands twice in one object, else None.
        limit: Name of the broken limit in `hera_engine.limits`, else None.
    """

    def __init__(
        self,
        reason: str,
        *,
        position: tuple[int, int] | None = None,
        key: str | None = None,
        limit: str | None = None,
        allowed: int | None = None,
        seen: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position
        self.key = key
        self.limit = limit
        self.allowed = allowed
        self.seen = seen

    @property
    def details(self) -> Mapping[str, str]:
        """The broken limit as evidence for a report; empty if there is none."""
        evidence = {"limit": self.limit, "allowed": self.allowed, "seen": self.seen}
        return {name: str(value) for name, value in evidence.items() if value is not None}


def loads(
    data: bytes | str,
    *,
    limit: int = limits.JSON_CHARACTERS,
    depth: int = limits.EXPRESSION_DEPTH,
) -> object:
    """Return the value of a JSON text: dict, list, str, int, Decimal, bool or None.

    Numbers with a point or an exponent become Decimals of exactly the digits written. One byte
    order mark at the beginning is skipped.

    Law: the quick way gives what the exact one gives (tests/laws/test_json_text.py).

    Args:
        data: The text, or its bytes in UTF-8.
        limit: Bytes, or characters of a str, that are read at most.
        depth: How deep objects and lists may be nested.

    Raises:
        JsonTextError: If the text is no JSON, says NaN or Infinity, has a key twice in one
            object, or breaks a limit.
    """
    if not isinstance(data, bytes | str):
        raise JsonTextError("is neither a string nor bytes")
    if len(data) > limit:
        raise JsonTextError("is too long", limit="JSON_CHARACTERS", allowed=limit, seen=len(data))
    value = _read_quickly(data, depth)
    return read_exactly(data, depth) if value is None else value


_Value: TypeAlias = "dict[str, _Value] | list[_Value] | str | int | float | None"
"""What the compiled reader makes."""


def _read_quickly(data: bytes | str, depth: int) -> object:
    """Return the object or list of a text, or None where only the exact way can tell.

    Of two equal keys the compiled reader keeps one, and numbers with a fraction it makes floats.
    Each string of a text, names included, stands in two quotation marks; a text that has more
    than twice as many as its value has strings lost a member, or has escaped ones.
    """
    import pydantic_core  # noqa: PLC0415 - only events that come as JSON need its reader

    try:
        value: _Value = pydantic_core.from_json(data, cache_strings="keys")
        if isinstance(value, dict | list):
            marks = data.count('"') if isinstance(data, str) else data.count(b'"')
            return value if 2 * _strings_in(value, depth) == marks else None
    except (TypeError, ValueError):  # the former for a str that UTF-8 cannot hold
        pass
    return None


def _strings_in(branch: "dict[str, _Value] | list[_Value]", depth: int) -> int:
    """Return how many strings an object or a list holds, names of members included.

    Raises:
        ValueError: If it is nested too deeply or has a number that the quick way may have
            misread: a float, or one that is too long.
    """
    if depth == 0:
        raise ValueError
    found = 0
    values: Iterable[_Value] = branch
    if isinstance(branch, dict):
        found, values = len(branch), branch.values()
    for value in values:
        kind = type(value)
        if kind is str:
            found += 1
        elif isinstance(value, dict) or isinstance(value, list):  # noqa: SIM101 - a union is slow
            found += _strings_in(value, depth - 1)
        elif kind is float or (isinstance(value, int) and abs(value) >= LONG_INTEGER):
            raise ValueError
    return found


def read_exactly(data: bytes | str, depth: int = limits.EXPRESSION_DEPTH) -> object:
    """Return the value of a JSON text as `loads` does, always by the exact way.

    Raises:
        JsonTextError: As `loads`; the size of the text is not looked at.
    """
    text = _decode(data)
    if not text.strip():
        raise JsonTextError("is empty")
    _check_depth(text, depth)
    try:
        return _read(text)
    except json.JSONDecodeError as error:
        raise JsonTextError("is not JSON", position=(error.lineno, error.colno)) from None
    except _DuplicateKeyError:
        raise _repeat(text) from None


def _read(text: str) -> object:
    """Return the value of a text whose nesting is known to be bounded."""
    value: object = json.loads(
        text,
        parse_float=_decimal,
        parse_int=_integer,
        parse_constant=_refuse_constant,
        object_pairs_hook=_object,
    )
    return value


def _decode(data: bytes | str) -> str:
    """Return the text without its byte order mark."""
    if isinstance(data, str):
        return data.removeprefix(_MARK)
    try:
        return data.decode("utf-8").removeprefix(_MARK)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        position = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise JsonTextError("is not UTF-8", position=position) from None


def _check_depth(text: str, allowed: int) -> None:
    """Refuse a text nested so deeply that reading it would exhaust the stack."""
    if text.count("[") + text.count("{") <= allowed:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            depth += 1
            if depth > allowed:
                raise JsonTextError(
                    "is nested too deeply",
                    position=_position(text, token.start()),
                    limit="EXPRESSION_DEPTH", allowed=allowed, seen=depth,
                )  # fmt: skip
        elif mark in "]}":
            depth -= 1


def _position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, counted from one."""
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


def _check_digits(digits: str) -> None:
    """Refuse a number whose text is too long to be read quickly."""
    if len(digits) > limits.NUMBER_CHARACTERS:
        raise JsonTextError(
            f"has a number of more than {limits.NUMBER_CHARACTERS} characters",
            limit="NUMBER_CHARACTERS", allowed=limits.NUMBER_CHARACTERS, seen=len(digits),
        )  # fmt: skip


def _integer(digits: str) -> int:
    _check_digits(digits)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    _check_digits(digits)
    exponent = _EXPONENT.search(digits)
    if exponent is not None and len(exponent[1].lstrip("0")) > _EXPONENT_DIGITS:
        raise JsonTextError("has a number with too large an exponent")
    return Decimal(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise JsonTextError(f"says {name}, which is no JSON number")


class _DuplicateKeyError(ValueError):
    """An object has a key twice; which and where is looked for afterwards."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object's members, refusing a key that stands twice."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _DuplicateKeyError
    return members


def _repeat(text: str) -> JsonTextError:
    """Return the fault of the first key in a text that its object has already."""
    open_objects: list[set[str]] = []
    for token in _STRING_OR_BRACKET.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            open_objects.append(set())
        elif mark in "]}":
            open_objects.pop()
        elif _COLON.match(text, token.end()):
            key = str(json.loads(token[0]))
            if key in open_objects[-1]:
                reason = f"has the key `{ascii(key[: limits.KEY_CHARACTERS])[1:-1]}` twice"
                return JsonTextError(reason, key=key, position=_position(text, token.start()))
            open_objects[-1].add(key)
    raise AssertionError("the reader found a key that stands twice")


def dumps(value: object, *, sort_keys: bool = False) -> str:
    """Return a value as compact JSON text; equal values give equal text.

    Args:
        value: Mappings with string keys, lists, tuples, str, int, bool, None and Decimals,
            which are written as strings of plain digits.
        sort_keys: Whether members are written in the order of their keys.

    Raises:
        JsonTextError: If there is a float or anything else inside.
    """
    return json.dumps(
        _plain(value),
        allow_nan=False,
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=sort_keys,
    )


def _plain(value: object) -> object:
    """Return a value with Decimals as strings and all else as the JSON writer knows it."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return format_amount(value)
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise JsonTextError("has a key that is not a string")
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case float():
            raise JsonTextError("has a float")
        case _:
            raise JsonTextError(f"has a {type(value).__name__}, which JSON does not hold")
