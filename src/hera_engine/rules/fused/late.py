"""What stages of one's own are shown by a compiled rule: facts and lines, made when looked at.

A compiled rule makes neither. Most stages read a field or two, and no line: facts are worked out
field by field, and lines by the interpreter, once somebody asks for them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, overload

from hera_engine.errors import ProblemList
from hera_engine.event_facts import read_event
from hera_engine.event_reader import EventReader
from hera_engine.facts import Facts
from hera_engine.frozen import FrozenMap
from hera_engine.money import ZERO, from_minor
from hera_engine.rules.drafts import DraftLine
from hera_engine.settings import Settings
from hera_engine.smart_codes import parse_smart_code

CONTEXT: Final = "business_context"
_FIELDS: Final = tuple(each.name for each in fields(Facts))
_CONSTANT: Final[Mapping[str, object]] = MappingProxyType(
    {
        "negative": False, "components_negative": False, "components_positive": False,
        "settled": FrozenMap({}), "defaults": (), "added": FrozenMap({}),
        "derivations": FrozenMap({}), "applied_rate": None,
    }
)  # fmt: skip
"""Fields that are the same in the facts of every event that a compiled rule shows to stages."""


class Terms(NamedTuple):
    """What all events of one function have in common: decimals of their currencies, settings."""

    exponent: int
    base_exponent: int
    settings: Settings


class View(NamedTuple):
    """An event as a compiled rule has read it: nothing in it can be changed by anyone.

    ``total`` is in minor units; ``quoted`` is the exchange rate as stated, ``ratio`` the same as
    a fraction. A simulate or metadata of None was not sent.
    """

    terms: Terms
    organization: str
    code: str
    total: int
    currency: str
    base: str
    quoted: str
    ratio: tuple[int, int]
    transacted: date | None
    posted: date | None
    outside: str | None
    context: FrozenMap
    simulate: bool | None
    metadata: FrozenMap | None

    def facts(self) -> Facts:
        """Return all facts, as the interpreter reads them."""
        rate: object = self.quoted
        if self.quoted.startswith("1/"):
            rate = {"per_base": self.quoted.removeprefix("1/")}
        event: dict[str, object] = {
            "organization_id": self.organization, "event_smart_code": self.code,
            "total_amount": from_minor(self.total, self.terms.exponent),
            "currency": self.currency, "base_currency": self.base, "exchange_rate": rate,
            "transaction_date": self.transacted, "posting_date": self.posted,
            "external_reference": self.outside, "business_context": self.context,
            "simulate": self.simulate, "metadata": self.metadata,
        }  # fmt: skip
        return read_event(event, self.terms.settings)

    def field(self, name: str) -> object:
        """Return one field of the facts."""
        if name in _CONSTANT:
            return _CONSTANT[name]
        if name in _OF_HEADER:
            return _OF_HEADER[name](self)
        if name in _OF_CONTEXT:
            return _OF_CONTEXT[name](EventReader(ProblemList()), self.context, self.terms.exponent)
        return getattr(self.facts(), name)


_OF_HEADER: Final[Mapping[str, Callable[[View], object]]] = MappingProxyType(
    {
        "organization_id": lambda view: view.organization,
        "event_smart_code": lambda view: view.code,
        "route_code": lambda view: parse_smart_code(
            view.code, strict=view.terms.settings.strict_smart_codes
        ),
        "total_amount": lambda view: from_minor(view.total, view.terms.exponent),
        "currency": lambda view: view.currency,
        "exponent": lambda view: view.terms.exponent,
        "base_currency": lambda view: view.base,
        "base_exponent": lambda view: view.terms.base_exponent,
        "exchange_rate": lambda view: Fraction(*view.ratio),
        "exchange_rate_stated": lambda view: view.quoted,
        "transaction_date": lambda view: view.transacted,
        "posting_date": lambda view: view.posted,
        "external_reference": lambda view: view.outside,
        "simulate": lambda view: view.simulate or False,
        "context": lambda view: view.context,
        "metadata": lambda view: FrozenMap({}) if view.metadata is None else view.metadata,
    }
)
_Read = Callable[[EventReader, FrozenMap, int], object]
_OF_CONTEXT: Final[Mapping[str, _Read]] = MappingProxyType(
    {
        "sale_amount": lambda reader, sent, exponent: reader.money(sent, "sale_amount", exponent),
        "tip_amount": lambda reader, sent, exponent: (
            reader.money(sent, "tip_amount", exponent) or ZERO
        ),
        "tax_amount": lambda reader, sent, exponent: reader.money(sent, "tax_amount", exponent),
        "tax_inclusive": lambda reader, sent, _: reader.truth(sent, "tax_inclusive", CONTEXT),
        "tax_category": lambda reader, sent, _: reader.word(sent, "tax_category", CONTEXT),
        "payment_method": lambda reader, sent, _: reader.word(sent, "payment_method", CONTEXT),
    }
)
"""The fields that stages read most; the others come with all facts."""


class LateFacts(Facts):
    """Facts whose fields are worked out when they are first read.

    Equal to the same facts that are all there, and shown, copied and pickled as those.
    """

    __slots__ = ("_view",)
    _view: View

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Work out a field that is not there yet."""
            if name not in _FIELDS:
                raise AttributeError(f"facts have no field {name!r}")
            value = self._view.field(name)
            object.__setattr__(self, name, value)
            return value

    def whole(self) -> Facts:
        """Return the same facts with all their fields."""
        return Facts(**{name: getattr(self, name) for name in _FIELDS})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Facts):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _FIELDS)

    def __hash__(self) -> int:
        return self.whole().__hash__()

    def __repr__(self) -> str:
        return repr(self.whole())

    def __reduce__(self) -> tuple[object, ...]:
        return _same, (self.whole(),)

    def __copy__(self) -> Facts:
        return self

    def __deepcopy__(self, memo: object) -> Facts:
        return self


set_view: Final[Callable[[LateFacts, View], None]] = LateFacts._view.__set__  # type: ignore[attr-defined] # a slot is a descriptor
"""Gives facts that were just made the event that they are read from."""


def _same(facts: Facts) -> Facts:
    """Return facts as they are."""
    return facts


def frozen_metadata(metadata: object) -> FrozenMap:
    """Return an immutable copy of an event's metadata, which were looked at before."""
    return EventReader(ProblemList()).tree(metadata, "metadata")


class LateLines(Sequence[DraftLine]):
    """Unmerged lines that are made, of what was given for it, when they are first looked at."""

    __slots__ = ("_given", "_made", "_make")

    def __init__(self, make: Callable[..., tuple[DraftLine, ...]], given: object) -> None:
        self._make = make
        self._given = given
        self._made: tuple[DraftLine, ...] | None = None

    def lines(self) -> tuple[DraftLine, ...]:
        """Return the lines."""
        if self._made is None:
            self._made = self._make(self._given)
        return self._made

    def __len__(self) -> int:
        return len(self.lines())

    @overload
    def __getitem__(self, index: int) -> DraftLine: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[DraftLine, ...]: ...

    def __getitem__(self, index: int | slice) -> DraftLine | tuple[DraftLine, ...]:
        return self.lines()[index]

    def __iter__(self) -> Iterator[DraftLine]:
        return iter(self.lines())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LateLines):
            return self.lines() == other.lines()
        return self.lines() == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return self.lines().__hash__()

    def __repr__(self) -> str:
        return repr(self.lines())
