"""Where the fields of an event stand: records, and how a source reads what is in them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from hera_engine.event_shape import ShapeKind
from hera_engine.rules.expressions import Read, Source
from hera_engine.rules.fused.reading import is_key
from hera_engine.rules.fused.source import Block, Constants
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.fused.turned import POSITIVE, Sent
from hera_engine.rules.sale import ITEM_AMOUNTS

CONTEXT, ITEM, PAYMENT = "context", "item", "payment"
"""The records that fields are read from; each is also what the source calls its mapping."""


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
class Places:
    """The records of one function.

    Attributes:
        constants: What the source refers to.
        unit: One of the transaction currency in minor units.
        names: By record the only fields that it may have, where its declaration is closed.
        numbers: By record the fields that its declaration makes exact Decimals of, and as which.
        sent: How the amounts of the events are sent.
        general: Whether events may have discounts.
        trees: The records of which lists or records inside them are read.
    """

    constants: Constants
    unit: int
    names: Mapping[str, Collection[str]]
    numbers: Mapping[str, Mapping[str, ShapeKind]]
    sent: Sent = POSITIVE
    general: bool = False
    trees: set[str] = field(default_factory=set)
    records: dict[str, Record] = field(
        default_factory=lambda: {name: Record(name, name) for name in (CONTEXT, ITEM, PAYMENT)}
    )

    def members(self, number: int, around: str) -> Record:
        """Return the record that the members of a list of one's own are."""
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        name = f"member_{letters}"
        self.records[name] = Record(name, name, around=around)
        return self.records[name]

    def is_amount(self, record: str, member: str) -> bool:
        """Whether a field is an amount that is worked out for each item."""
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
                if rest and self.is_amount(record, rest[0]) and len(rest) > 1:
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

    def check(self, record: str, name: str, kind: str) -> None:
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
