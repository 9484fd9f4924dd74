"""Fields of an event as variables of a generated function, each read and checked once.

A field is read where its record begins: the event's at the top, an item's or payment's at the
head of its loop. A variable is None where the field is absent; who needs it checks that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.rules.expressions import Read, Source
from hera_engine.rules.fused.figures import Figure
from hera_engine.rules.fused.places import CONTEXT, ITEM, PAYMENT, Path, Places, Record
from hera_engine.rules.fused.reading import OWN_SCALE
from hera_engine.rules.fused.subset import NotCompiled

_HEADER_TEXTS: Final = MappingProxyType(
    {"currency": "currency", "base_currency": "base", "event_smart_code": "code"}
)
_MONEY: Final = MappingProxyType({"sale_amount": "sale", "tip_amount": "tip", "fee_amount": "fee"})
_RARE_MONEY: Final = MappingProxyType({"discount_amount": "discount", "cash_rounding": "coins"})
"""Amounts that are nothing in events without discounts that are not paid in coins."""
_FIGURES_OF_ITEM: Final = MappingProxyType(
    {"amount": "price", "discount": None, "document_discount": None, "discount_net": None}
)
"""Of an item without discounts the variables of its amounts; None for what is nothing."""
_GENERAL_OF_ITEM: Final = MappingProxyType({
    "amount": "before", "discount": "taken", "document_discount": "shared", "discount_net": "lost",
})  # fmt: skip
"""The same of an item that may have some."""
FIELD_BITS: Final = 104
"""More bits than the figure of a field has, or the sum of one over all items."""
LIST_BITS: Final = FIELD_BITS + 14
"""More bits than the sum of a field over a list of one's own has."""


@dataclass(slots=True)
class Fields(Places):
    """The variables of one function; ``lets`` are the named amounts so far."""

    lets: dict[str, Figure] = field(default_factory=dict)

    def asking(self) -> "Fields":
        """Return variables of their own, for what is read before values are derived."""
        records = {name: Record(name, f"asked_{name}") for name in (CONTEXT, ITEM)}
        return Fields(
            self.constants,
            self.unit,
            self.names,
            self.numbers,
            self.sent,
            self.general,
            trees=self.trees,
            records=records,
        )

    def money(self, source: str) -> Figure:
        """Return a variable of minor units as a figure."""
        return Figure(source, self.unit, FIELD_BITS)

    def number(self, read: Read, loops: Mapping[str, str]) -> tuple[Figure, str | None]:
        """Return a field as a figure, and the variable that must not be None for it."""
        match read:
            case Read(Source.HEADER, "total_amount", ()):
                return self.money("total"), None
            case Read(Source.LET, name, ()):
                return self.lets[name], None
            case Read(Source.FACT, name, ()) if name in _MONEY:
                return self.money(_MONEY[name]), None
            case Read(Source.FACT, name, ()) if name in _RARE_MONEY:
                return self._amount(_RARE_MONEY[name] if self.general else None), None
            case Read(Source.LOOP, name, (member,)) if (
                loops[name] == ITEM and member in _FIGURES_OF_ITEM
            ):
                figures = _GENERAL_OF_ITEM if self.general else _FIGURES_OF_ITEM
                return self._amount(figures[member]), None
            case Read(Source.LOOP, name, ("amount",)) if loops[name] == PAYMENT:
                return self.money("paid_now"), None
            case _:
                variable = self.own(read, loops, "number")
                return Figure(variable, OWN_SCALE, FIELD_BITS), variable

    def _amount(self, source: str | None) -> Figure:
        return self.nothing() if source is None else self.money(source)

    def nothing(self) -> Figure:
        """Return the figure of zero."""
        return Figure("0", 1, 1, 0)

    def text(self, read: Read, loops: Mapping[str, str]) -> tuple[str, str | None]:
        """Return a field as a text, and the variable that must not be None for it."""
        match read:
            case Read(Source.HEADER, name, ()) if name in _HEADER_TEXTS:
                return _HEADER_TEXTS[name], None
            case Read(Source.HEADER, "external_reference", ()):
                return "outside", "outside"
            case Read(Source.FACT, "payment_method", ()):
                return "method", "method"
            case Read(Source.FACT, "tax_category", ()):
                return "category", "category"
            case Read(Source.LOOP, name, ("method",)) if loops[name] == PAYMENT:
                return "tender", "tender"
            case Read(Source.LOOP, name, ("reference",)) if loops[name] == PAYMENT:
                raise NotCompiled("the reference of a payment as a text")
            case Read(Source.LOOP, name, (member, *_)) if self.is_amount(loops[name], member):
                raise NotCompiled("an amount as a text")
            case _:
                variable = self.own(read, loops, "text")
                return variable, variable

    def truth(self, read: Read, loops: Mapping[str, str]) -> tuple[str, str | None]:
        """Return a field as a truth, and the variable that must not be None for it."""
        match read:
            case Read(Source.FACT, "tax_inclusive", ()):
                return "inclusive", "inclusive"
            case Read(Source.FACT, "tax_exempt", ()):
                return "exempt", None
            case _:
                variable = self.own(read, loops, "truth")
                return variable, variable

    def own(self, read: Read, loops: Mapping[str, str], kind: str) -> str:
        """Return the variable of a field that the engine does not know by itself."""
        record, path = self.place(read, loops)
        if len(path) == 1:
            self.check(record.name, path[0], kind)
        known = record.known.get((path, kind))
        if known is None:
            known = f"{kind}_{record.word}_{len(record.known)}"
            record.known[path, kind] = known
            if len(path) == 1:
                record.plain.add(path[0])
            source = self.source(record, path)
            for block in (record.block, record.of_made):
                reader = kind
                if kind == "number":
                    reader = self._reader(record.name, path, made=block is record.of_made)
                block.add(f"{known} = {source}")
                block.add(f"if {known} is not None:", f"    {known} = {reader}({known})")
        return known

    def sum_of(
        self, collection: Read, path: Path, loops: Mapping[str, str], innermost: str
    ) -> tuple[Figure, str]:
        """Return the sum of a field over a list as a figure, and its variable.

        It is None where there is no such list, or a member lacks the field.
        """
        record, names = self.place(collection, loops)
        if record.name != innermost:
            raise NotCompiled("a sum inside a loop over something else")
        self.reads_inside(record)
        kind = f"sum {' '.join(map(repr, path))}"
        known = record.known.get((names, kind))
        if known is None:
            known = f"sum_{record.word}_{len(record.known)}"
            record.known[names, kind] = known
            asked = f"{self.source(record, names)}, {self.constants.name(path)}"
            counted = [] if record.name == CONTEXT else ["visits += more"]
            for block in (record.block, record.of_made):
                block.add(f"{known}, more = summed({asked})", *counted)
        return Figure(known, OWN_SCALE, LIST_BITS), known

    def _reader(self, record: str, path: Path, *, made: bool) -> str:
        """Return what reads an own number; an item that was made has the fields of its event."""
        known = self.numbers.get(CONTEXT if made else record, {})
        declared = known.get(path[0]) if len(path) == 1 else None
        return self.sent.number(declared, of_item=record == ITEM)

    @property
    def own_numbers(self) -> tuple[str, ...]:
        """The own fields of the context that are read as numbers, which no declaration settles."""
        known = self.records[CONTEXT].known
        declared = self.numbers.get(CONTEXT, {})
        return tuple(
            path[0]
            for path, kind in known
            if kind == "number" and len(path) == 1 and path[0] not in declared
        )

    def dimension(self, name: str, kind: str) -> str:
        """Return the variable of a dimension's value, which is None where nobody says it."""
        if kind == CONTEXT:
            return self._value(name, CONTEXT)
        record = self.records[kind]
        around = self.dimension(name, record.around)
        if not self.may_have(kind, name):
            return around
        known = record.known.get(((name,), "or around"))
        if known is None:
            own = self._value(name, kind)
            known = f"dimension_{record.word}_{len(record.known)}"
            record.known[(name,), "or around"] = known
            record.block.add(f"{known} = {own} or {around}")
            record.of_made.add(f"{known} = {around}")
        return known

    def borne(self, name: str, kind: str) -> str:
        """Return the source of a dimension's value that the members around a line give."""
        own = self.value(name, kind)
        around = self.records[kind].around
        return own if around == CONTEXT else f"({own} or {self.borne(name, around)})"

    def value(self, name: str, kind: str) -> str:
        """Return the source of a member's own value of a dimension."""
        return self._value(name, kind) if self.may_have(kind, name) else "None"

    def _value(self, name: str, kind: str) -> str:
        """Return the variable of a record's own value of a dimension, None where it has none."""
        self.check(kind, name, "dimension")
        record = self.records[kind]
        variable = record.known.get(((name,), "dimension"))
        if variable is None:
            variable = f"own_{record.word}_{len(record.known)}"
            record.known[(name,), "dimension"] = variable
            record.plain.add(name)
            most = limits.DIMENSION_CHARACTERS
            sound = (
                f"type({variable}) is str and {variable}.isascii() and {variable}.isprintable()"
                f" and 0 < len({variable}) <= {most}"
            )
            record.block.add(
                f"{variable} = {self.source(record, (name,))}",
                f"if not ({sound}):",
                f"    {variable} = dimension({variable})",
            )
            record.of_made.add(f"{variable} = None")
        return variable
