"""Makes the engine's result types in the quickest way that their classes allow.

A tuple class is made by `tuple.__new__`. A frozen dataclass with slots is made as a twin without
the frozen constructor and then given its class, which takes a third of the time; a frozen map is
filled by way of its slot. Nobody would write this for one entry; a floor that did less would
flatter the engine.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, make_dataclass
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, Final, TypeVar

from hera_engine.frozen import FrozenMap
from hera_engine.journal import JournalEntry, JournalHeader, JournalLine, TaxDetail
from hera_engine.limits import MEMO_ENTRIES

_Made = TypeVar("_Made")

CENT: Final = Decimal("0.01")
NO_DIMENSIONS: Final = FrozenMap({})


def maker(kind: type[_Made]) -> Callable[[tuple[Any, ...]], _Made]:
    """Return what makes a result of a tuple of all its fields, in their order."""
    if issubclass(kind, tuple):
        made: Callable[[tuple[Any, ...]], _Made] = partial(tuple.__new__, kind)
        return made
    assert is_dataclass(kind), f"{kind.__name__} is neither a tuple nor a dataclass"
    names = [field.name for field in fields(kind)]
    twin_class = make_dataclass(f"{kind.__name__}Twin", names, slots=True)

    def flipped(values: tuple[Any, ...]) -> _Made:
        twin: Any = twin_class(*values)
        twin.__class__ = kind
        return twin  # type: ignore[no-any-return] # of that class by now

    return flipped


_set_items: Final = FrozenMap.__dict__["_items"].__set__


def new_map(items: dict[str, Any]) -> FrozenMap:
    """Return a frozen map of a dict that nobody else has: it is taken as it is, not copied."""
    made = FrozenMap.__new__(FrozenMap)
    _set_items(made, items)
    return made


@lru_cache(maxsize=MEMO_ENTRIES)
def of_staff(staff: str) -> FrozenMap:
    """Return the dimensions of a line of one of the staff; many lines share theirs."""
    return new_map({"staff_id": staff})


@lru_cache(maxsize=MEMO_ENTRIES)
def of_unit(unit: str) -> FrozenMap:
    """Return the dimensions of a line of a branch."""
    return new_map({"org_unit": unit})


@lru_cache(maxsize=MEMO_ENTRIES)
def of_both(unit: str, staff: str) -> FrozenMap:
    """Return the dimensions of a line of one of a branch's staff."""
    return new_map({"org_unit": unit, "staff_id": staff})


new_line: Final = maker(JournalLine)
new_header: Final = maker(JournalHeader)
new_entry: Final = maker(JournalEntry)
new_tax: Final = maker(TaxDetail)
