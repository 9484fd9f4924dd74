"""Immutable copies of what callers send: checked once, shared by everyone afterwards.

A caller's tree of dicts and lists is copied into tuples and `FrozenMap`. Whatever the caller
does to the original later changes nothing here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar, overload
from unicodedata import is_normalized

from hera_engine import limits
from hera_engine.errors import ProblemList
from hera_engine.money import AmountError, format_amount, parse_amount

Frozen: TypeAlias = "bool | int | Decimal | str | tuple[Frozen, ...] | FrozenMap | None"
"""A value that nobody can change."""

_Default = TypeVar("_Default")

_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, line separators, marks of direction, and halves of a character."""
_ALLOWED: Final[Mapping[str, int]] = MappingProxyType(
    {
        "EVENT_DEPTH": limits.EVENT_DEPTH,
        "EVENT_NODES": limits.EVENT_NODES,
        "KEY_CHARACTERS": limits.KEY_CHARACTERS,
        "MEMBER_NODES": limits.MEMBER_NODES,
        "STRING_CHARACTERS": limits.STRING_CHARACTERS,
    }
)
_KEY: Final = re.compile(rf"[ -~]{{1,{limits.KEY_CHARACTERS}}}")


class FrozenMap(Mapping[str, Frozen]):
    """A small mapping that cannot be changed; equal to any mapping with the same items.

    Can be pickled and deep-copied. It copies what it is given, one level deep: its values must
    be `Frozen` already, which `freeze` sees to.
    """

    __slots__ = ("_items",)
    _items: dict[str, Frozen]

    def __init__(self, items: Mapping[str, Frozen] | Iterable[tuple[str, Frozen]] = ()) -> None:
        seal(self, dict(items))

    def __getitem__(self, key: str) -> Frozen:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    @overload
    def get(self, key: str, /) -> Frozen: ...

    @overload
    def get(self, key: str, /, default: Frozen | _Default) -> Frozen | _Default: ...

    def get(self, key: str, /, default: object = None) -> object:
        """Return the value of a key, or the default; faster than the inherited way."""
        return self._items.get(key, default)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FrozenMap):
            return self._items == other._items
        return self._items == dict(other) if isinstance(other, Mapping) else NotImplemented

    def __hash__(self) -> int:
        return frozenset(self._items.items()).__hash__()

    def __repr__(self) -> str:
        return f"FrozenMap({self._items!r})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a FrozenMap cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a FrozenMap cannot be changed")

    def __copy__(self) -> "FrozenMap":
        return self

    def __deepcopy__(self, memo: object) -> "FrozenMap":
        return self

    def __reduce__(self) -> tuple[type["FrozenMap"], tuple[dict[str, Frozen]]]:
        return FrozenMap, (dict(self._items),)


seal: Final[Callable[[FrozenMap, dict[str, Frozen]], None]] = FrozenMap._items.__set__  # type: ignore[attr-defined] # a slot is a descriptor
"""Gives a mapping that was just made the dict that it is over; nobody else may hold it."""


def sealed(items: dict[str, Frozen]) -> FrozenMap:
    """Return a mapping over a dict that nobody else holds; it is not copied."""
    made = FrozenMap.__new__(FrozenMap)
    seal(made, items)
    return made


EMPTY: Final = FrozenMap({})
"""A mapping of nothing."""


def freeze(value: object, path: str, problems: ProblemList) -> Frozen:
    """Return an immutable copy of a caller's value, noting whatever does not fit.

    Takes None, bool, int, Decimal and str by exact type, lists, tuples and mappings with string
    keys. Refuses floats, numbers that no field takes, hidden characters, text that is not NFC,
    and what is too deep, too long or too many. Cyclic and very deep values end at the limit.

    Args:
        value: What the caller sent.
        path: Where it stands in the event, for the problems.
        problems: Where to note what is wrong.

    Returns:
        The copy; parts that were refused are None in it.
    """
    return _Freezer(problems, path).copy(value, path, depth=0)


MEMBER_LISTS: Final = ("items", "payments")
"""The lists of a business context whose members are bounded one by one."""


def freeze_context(value: Mapping[str, object], path: str, problems: ProblemList) -> "FrozenMap":
    """Return an immutable copy of a business context.

    As `freeze`, but its items and payments do not count as its own values: there may be
    ``EVENT_ITEMS`` of each, and each may hold ``MEMBER_NODES`` values.
    """
    plain = _plain_copy(value, limits.EVENT_NODES)
    if plain is not None:
        return plain
    own: dict[str, object] = {}
    lists: dict[str, Frozen] = {}
    order = []
    for key, each in islice(value.items(), limits.EVENT_NODES + 1):
        order.append(key)
        if key in MEMBER_LISTS and isinstance(each, list | tuple):
            lists[key] = _members_of(each, f"{path}.{key}", problems)
        else:
            own[key] = each
    frozen = freeze(own, path, problems)
    every = {**(frozen._items if isinstance(frozen, FrozenMap) else {}), **lists}
    return sealed({key: every[key] for key in order if key in every})


def _plain_copy(value: object, nodes: int) -> FrozenMap | None:
    """Return a copy of a record that needs no second look, told quickly; None for any other.

    Such a record is a dict of fewer values than ``nodes``, none of which is a list or a record.
    """
    if type(value) is not dict or len(value) >= nodes:
        return None
    copied = value.copy()
    for key, each in copied.items():
        if type(key) is not str or not key.isascii() or not key.isprintable():
            return None
        if not 0 < len(key) <= limits.KEY_CHARACTERS:
            return None
        if type(each) is str:
            if len(each) > limits.STRING_CHARACTERS or not each.isascii() or not each.isprintable():
                return None
        elif type(each) is int:
            if each.bit_length() > limits.INTEGER_BITS:
                return None
        elif each is not None and type(each) is not bool:
            return None
    return sealed(copied)


def thawed(value: FrozenMap) -> dict[str, Frozen]:
    """Return the members of a mapping as a dict of the caller's own."""
    return value._items.copy()


def _members_of(
    members: list[object] | tuple[object, ...], path: str, problems: ProblemList
) -> Frozen:
    """Return copies of a list's members, each bounded by itself; None for too many."""
    if len(members) > limits.EVENT_ITEMS:
        problems.add(
            path, "has too many members", None,
            limit="EVENT_ITEMS", allowed=limits.EVENT_ITEMS, seen=len(members),
        )  # fmt: skip
        return None
    return tuple(
        _plain_copy(member, limits.MEMBER_NODES)
        or _Freezer(problems, f"{path}[{index}]", "MEMBER_NODES").copy(
            member, f"{path}[{index}]", depth=2
        )
        for index, member in enumerate(members)
    )


def to_plain(value: Frozen) -> object:
    """Return a frozen value as plain JSON values; Decimals become strings of digits."""
    if isinstance(value, Decimal):
        return format_amount(value)
    if isinstance(value, FrozenMap):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [to_plain(each) for each in value]
    return value


def json_of(value: Frozen) -> str:
    """Return the compact JSON text of what `to_plain` returns for a frozen value."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f'"{format_amount(value)}"'
    if isinstance(value, FrozenMap):
        members = [
            f"{encode_basestring(key)}:"
            f"{encode_basestring(each) if isinstance(each, str) else json_of(each)}"
            for key, each in value._items.items()
        ]
        return f"{{{','.join(members)}}}"
    if isinstance(value, tuple):
        return f"[{','.join(map(json_of, value))}]"
    return int.__repr__(value)


@dataclass(slots=True)
class _Freezer:
    """Copies one tree and counts its values."""

    problems: ProblemList
    root: str
    limit: str = "EVENT_NODES"
    nodes: int = 0
    full: bool = False

    def copy(self, value: object, path: str, *, depth: int) -> Frozen:
        """Return the copy of one value and of all below it."""
        self.nodes += 1
        if type(value) is str:
            return self._text(value, path)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | Decimal):
            return self._number(value, path)
        if isinstance(value, Mapping | list | tuple):
            return self._branch(value, path, depth + 1)
        if isinstance(value, float):
            self.problems.add(path, "is a float", "send a string")
        else:
            hint = "send strings, integers, lists and objects; dates as 2025-01-31"
            self.problems.add(path, "is of a kind that events do not hold", hint)
        return None

    def _number(self, value: int | Decimal, path: str) -> int | Decimal | None:
        # Identifiers may be integers beyond any amount; only their size is bounded here.
        if type(value) is int and value.bit_length() <= limits.INTEGER_BITS:
            return value
        try:
            return parse_amount(value)
        except AmountError as error:
            self.problems.add(path, error.reason, error.hint, **error.details)
            return None

    def _text(self, text: str, path: str) -> str | None:
        if len(text) > limits.STRING_CHARACTERS:
            self._breach(path, "has too many characters", "STRING_CHARACTERS", len(text))
            return None
        reason = why_not_clean(text)
        if reason is None:
            return text
        self.problems.add(path, reason)
        return None

    def _branch(
        self, value: Mapping[object, object] | list[object] | tuple[object, ...], path: str,
        depth: int,
    ) -> Frozen:  # fmt: skip
        if depth > limits.EVENT_DEPTH:
            self._breach(path, "is nested too deeply", "EVENT_DEPTH", f"more than {depth - 1}")
            return None
        if self.full or self.nodes + len(value) > _ALLOWED[self.limit]:
            if not self.full:
                seen = self.nodes + len(value)
                self._breach(self.root, "holds too many values", self.limit, seen)
            # No branch after this one is looked at: one problem for the whole tree is enough.
            self.full = True
            return None
        if isinstance(value, Mapping):
            return FrozenMap(self._members(value, path, depth))
        return tuple(
            self.copy(each, f"{path}[{index}]", depth=depth) for index, each in enumerate(value)
        )

    def _members(
        self, value: Mapping[object, object], path: str, depth: int
    ) -> Iterator[tuple[str, Frozen]]:
        # A mapping may yield more than its length says; that many are read at most.
        for key, each in islice(value.items(), limits.EVENT_NODES):
            if type(key) is not str:
                self.problems.add(path, "has a key that is not a string")
            elif _KEY.fullmatch(key) is None:
                reason = "has a key that is empty or not printable ASCII"
                if len(key) > limits.KEY_CHARACTERS:
                    self._breach(path, "has a key that is too long", "KEY_CHARACTERS", len(key))
                else:
                    self.problems.add(path, reason)
            else:
                below = f"{path}.{key}" if path else key
                yield key, self.copy(each, below, depth=depth)

    def _breach(self, path: str, message: str, limit: str, seen: object) -> None:
        """Note a broken limit."""
        allowed = _ALLOWED[limit]
        self.problems.add(path, message, None, limit=limit, allowed=allowed, seen=seen)


def why_not_clean(text: str) -> str | None:
    """Return why a text may look like another one or hide something, or None if it is clean.

    Clean text is in Unicode's composed form (NFC) and has no control characters, line
    separators, marks of direction or lone surrogates.
    """
    if text.isascii() and text.isprintable():
        return None
    if _HIDDEN.search(text) is not None:
        return "has a hidden character"
    return None if is_normalized("NFC", text) else "is not in composed form (NFC)"
