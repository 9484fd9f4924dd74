"""What the entries of one engine share: days that many events have, dimensions of many lines.

Both are bounded memos of immutable values, keyed by exact texts; a full one is begun anew.
"""

from datetime import date
from typing import Final

from hera_engine import limits
from hera_engine.frozen import Frozen, FrozenMap, sealed
from hera_engine.rules.fused.reading import day

FEW: Final = 64
"""Lines of one statement that look for dimensions of others; those of more are mostly their own."""
_PASSED: Final = 16 * limits.MEMO_ENTRIES
"""Dimensions that a full memo does not keep before it is begun anew."""
Values = tuple[str | None, ...]


class Days(dict[str, date]):
    """Days by the text that they were sent as.

    Raises:
        Declined: For a text that is no day; it is not kept.
    """

    __slots__ = ()

    def __missing__(self, sent: str) -> date:
        """Read a day, and keep it."""
        found = day(sent)
        if len(self) >= limits.MEMO_ENTRIES:
            self.clear()
        self[sent] = found
        return found


class Carried(dict[Values, FrozenMap]):
    """The dimensions that lines carry by their values, for one list of names."""

    __slots__ = ("_memo", "_names")

    def __init__(self, memo: "Shared", names: tuple[str, ...]) -> None:
        super().__init__()
        self._memo = memo
        self._names = names

    def __missing__(self, values: Values) -> FrozenMap:
        """Make the dimensions of some values, and keep them where there is room."""
        made = self.made(values)
        if self._memo.has_room():
            self[values] = made
        return made

    def made(self, values: Values) -> FrozenMap:
        """Return the dimensions of some values without those that are None; they are not kept."""
        found: dict[str, Frozen] = {}
        for name, value in zip(self._names, values, strict=True):
            if value is not None:
                found[name] = value
        return sealed(found)


class Shared:
    """What the entries of one engine share; functions of its rules are handed parts of it.

    Attributes:
        days: Days by their text.
    """

    __slots__ = ("_carried", "_passed", "_size", "days")

    def __init__(self) -> None:
        self.days = Days()
        self._carried: dict[tuple[str, ...], Carried] = {}
        self._size = self._passed = 0

    def carried(self, names: tuple[str, ...]) -> Carried:
        """Return the memo of lines that carry these dimensions in this order."""
        return self._carried.setdefault(names, Carried(self, names))

    def has_room(self) -> bool:
        """Whether dimensions that were just made are kept; they are counted.

        A full memo stays as it is for a while: where nothing comes twice, filling it and throwing
        it away would cost more than it saves.
        """
        if self._size < limits.MEMO_ENTRIES:
            self._size += 1
            return True
        self._passed += 1
        if self._passed >= _PASSED:
            for memo in tuple(self._carried.values()):
                memo.clear()
            self._size = self._passed = 0
        return False
