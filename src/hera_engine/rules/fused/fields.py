"""Fields of an event as variables of a generated function, each read and checked once.

A field is read where its record begins: the event's at the top, an item's or payment's at the
head of its loop. A variable is None where the field is absent; who needs it checks that.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.rules.expressions import Read, Source
from hera_engine.rules.fused.figures import Figure
from hera_engine.rules.fused.reading import OWN_SCALE, is_key
from hera_engine.rules.fused.source import Block, Constants
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.sale import ITEM_AMOUNTS

CONTEXT, ITEM, PAYMENT = "context", "item", "payment"
"""The records that fields are read from; each is also what the source calls its mapping."""
_HEADER_TEXTS: Final = MappingProxyType(
    {"currency": "currency", "base_currency": "base", "event_smart_code": "code"}
)
_MONEY: Final = MappingProxyType({"sale_amount": "sale", "tip_amount": "tip", "fee_amount": "fee"})
_NOTHING: Final = ("discount_amount", "cash_rounding")
_NOTHING_OF_ITEM: Final = ("discount", "document_discount", "discount_net")
"""Amounts that are zero in every event that a compiled rule takes, and of every item."""
FIELD_BITS: Final = 104
"""More bits than the figure of a field has, or the sum of one over all items."""
LIST_BITS: Final = FIELD_BITS + 14
"""More bits than the sum of a field over a list of one's own has."""


def check_name(name: str) -> None:
    """Refuse a field that no event may have: compiled rules do not look at keys that they read.

    Raises:
        NotCompiled: If it is none.
    """
    if not is_key(name):
        raise NotCompiled("a field with a name that events do not have")


Path = tuple[str, ...]
"""The names by which a field is found in a record; none for a member that is its own value."""


@dataclass(slots=True)
class Record:
    """The fields that are read of one kind of record; ``of_made`` of an item made of the sale.

    ``name`` is what the source calls its mapping, ``word`` a part of what it calls variables.
    Dimensions that it does not have are those of the record ``around`` it.
    """

    name: str
    word: str
    block: Block = field(default_factory=Block)
    of_made: Block = field(default_factory=Block)
    plain: set[str] = field(default_factory=set)
    known: dict[tuple[Path, str], str] = field(default_factory=dict)
    around: str = CONTEXT


@dataclass(slots=True)
class Fields:
    """The variables of one function.

    Attributes:
        constants: What the source refers to.
        unit: One of the transaction currency in minor units.
        names: By record the only fields that it may have, where its declaration is closed.
        numbers: By record the fields that its declaration makes exact Decimals of.
        lets: The named amounts so far.
        trees: The records of which lists or records inside them are read.
    """

    constants: Constants
    unit: int
    names: Mapping[str, Collection[str]]
    numbers: Mapping[str, Collection[str]]
    lets: dict[str, Figure] = field(default_factory=dict)
    trees: set[str] = field(default_factory=set)
    records: dict[str, Record] = field(
        default_factory=lambda: {name: Record(name, name) for name in (CONTEXT, ITEM, PAYMENT)}
    )

    def asking(self) -> "Fields":
        """Return variables of their own, for what is read before values are derived."""
        records = {name: Record(name, f"asked_{name}") for name in (CONTEXT, ITEM)}
        return Fields(
            self.constants, self.unit, self.names, self.numbers, trees=self.trees, records=records
        )

    def members(self, number: int, around: str) -> Record:
        """Return the record that the members of a list of one's own are."""
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        name = f"member_{letters}"
        self.records[name] = Record(name, name, around=around)
        return self.records[name]

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
            case Read(Source.FACT, name, ()) if name in _NOTHING:
                return self.nothing(), None
            case Read(Source.LOOP, name, ("amount",)) if loops[name] in (ITEM, PAYMENT):
                return self.money("price" if loops[name] == ITEM else "paid_now"), None
            case Read(Source.LOOP, name, (member,)) if self._is_nothing(loops[name], member):
                return self.nothing(), None
            case _:
                variable = self.own(read, loops, "number")
                return Figure(variable, OWN_SCALE, FIELD_BITS), variable

    def _is_nothing(self, record: str, member: str) -> bool:
        return record == ITEM and member in _NOTHING_OF_ITEM

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
            case Read(Source.LOOP, name, (member, *_)) if self._is_amount(loops[name], member):
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

    def _is_amount(self, record: str, member: str) -> bool:
        return record == ITEM and member in ITEM_AMOUNTS

    def place(self, read: Read, loops: Mapping[str, str]) -> tuple[Record, Path]:
        """Return in which record a field of one's own is found, and by which names.

        Raises:
            NotCompiled: For what is none.
        """
        match read:
            case Read(Source.CONTEXT, name, rest):
                return self.records[CONTEXT], (name, *rest)
            case Read(Source.LOOP, variable, rest) if variable in loops:
                record, known = loops[variable], rest[:1]
                if record == PAYMENT and known in (("amount",), ("method",), ("reference",)):
                    raise NotCompiled("a field of a payment as another kind")
                if record in (ITEM, PAYMENT) and not rest:
                    raise NotCompiled("an item or a payment as a value")
                if rest and self._is_amount(record, rest[0]) and len(rest) > 1:
                    raise NotCompiled("a field of an amount")
                return self.records[record], rest
            case _:
                raise NotCompiled(f"the field `{read.name}`")

    def source(self, record: Record, path: Path) -> str:
        """Return the source of what stands in a record, None where nothing does."""
        for name in path:
            check_name(name)
        if len(path) > 1:
            self.reads_inside(record)
        found, rest = record.name, path
        if record.name in (CONTEXT, ITEM, PAYMENT):
            found, rest = f"{record.name}.get({self.constants.name(path[0])})", path[1:]
        for name in rest:
            found = f"inside({found}, {self.constants.name(name)})"
        return found

    def reads_inside(self, record: Record) -> None:
        """Note that lists or records inside a record are read: it must be frozen before.

        An item that is made of the sale is its context.
        """
        self.trees.update({CONTEXT, record.name} if record.name == ITEM else {record.name})

    def own(self, read: Read, loops: Mapping[str, str], kind: str) -> str:
        """Return the variable of a field that the engine does not know by itself."""
        record, path = self.place(read, loops)
        if len(path) == 1:
            self._check(record.name, path[0], kind)
        known = record.known.get((path, kind))
        if known is None:
            known = f"{kind}_{record.word}_{len(record.known)}"
            record.known[path, kind] = known
            if len(path) == 1:
                record.plain.add(path[0])
            source = self.source(record, path)
            for block in (record.block, record.of_made):
                block.add(f"{known} = {source}")
                block.add(f"if {known} is not None:", f"    {known} = {kind}({known})")
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
        own = self._value(name, kind) if self.may_have(kind, name) else "None"
        around = self.records[kind].around
        return own if around == CONTEXT else f"({own} or {self.borne(name, around)})"

    def own_dimension(self, name: str) -> str:
        """Return the source of an item's own value of a dimension."""
        return self._value(name, ITEM) if self.may_have(ITEM, name) else "None"

    def _check(self, record: str, name: str, kind: str) -> None:
        """Refuse a field that events do not have, or that is an exact number by its declaration."""
        check_name(name)
        if kind != "number" and name in self.numbers.get(record, ()):
            raise NotCompiled("a declared number as a text")

    def may_have(self, kind: str, name: str) -> bool:
        """Whether a record may have a field: any, unless its declaration is closed."""
        names = self.names.get(kind)
        return names is None or name in names

    def texts(self, record: str) -> dict[str, str]:
        """Return the variables of a record's fields that are read as texts, and checked there."""
        known = self.records[record].known
        kinds = ("text", "dimension")
        return {
            path[0]: variable
            for (path, kind), variable in known.items()
            if kind in kinds and len(path) == 1
        }

    def _value(self, name: str, kind: str) -> str:
        """Return the variable of a record's own value of a dimension, None where it has none."""
        self._check(kind, name, "dimension")
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
