"""What names mean in a posting schema: fields, functions, and what is in scope where.

Three layers: words the language itself knows (constant tables), names the document declares
(`Catalog`), and names one rule adds on top (`Scope`). A name none of them knows is a field of
the event's open business context, whose kind is not known before an event comes.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self, assert_never

from hera_engine.dsl import nodes


class ValueKind(StrEnum):
    """What kind of value an expression has, as far as the document alone tells."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth"
    DATE = "date"
    COLLECTION = "collection"
    RECORD = "record"
    UNKNOWN = "unknown"

    @property
    def phrase(self) -> str:
        """The kind in a reader's words, with its article."""
        return _PHRASES[self]


_PHRASES: Final = MappingProxyType(
    {
        ValueKind.NUMBER: "a number",
        ValueKind.TEXT: "a text",
        ValueKind.TRUTH: "true or false",
        ValueKind.DATE: "a date",
        ValueKind.COLLECTION: "a collection",
        ValueKind.RECORD: "a record",
        ValueKind.UNKNOWN: "a value",
    }
)


# --- words the language knows --------------------------------------------------------------

HEADER_FIELDS: Final[Mapping[str, ValueKind]] = MappingProxyType(
    {
        "organization_id": ValueKind.TEXT,
        "event_smart_code": ValueKind.TEXT,
        "total_amount": ValueKind.NUMBER,
        "currency": ValueKind.TEXT,
        "external_reference": ValueKind.TEXT,
        "transaction_date": ValueKind.DATE,
        "posting_date": ValueKind.DATE,
        "base_currency": ValueKind.TEXT,
        "exchange_rate": ValueKind.NUMBER,
    }
)
"""The fields of an event's header that rules may read."""

CONTEXT_FIELDS: Final[Mapping[str, ValueKind]] = MappingProxyType(
    {
        "sale_amount": ValueKind.NUMBER,
        "tip_amount": ValueKind.NUMBER,
        "tax_amount": ValueKind.NUMBER,
        "cash_rounding": ValueKind.NUMBER,
        "tax_inclusive": ValueKind.TRUTH,
        "tax_exempt": ValueKind.TRUTH,
        "tax_category": ValueKind.TEXT,
        "discount_amount": ValueKind.NUMBER,
        "fee_amount": ValueKind.NUMBER,
        "payment_method": ValueKind.TEXT,
        "payments": ValueKind.COLLECTION,
        "items": ValueKind.COLLECTION,
        "tax_point_date": ValueKind.DATE,
    }
)
"""The fields of the business context that have a meaning of their own."""

MEMBER_FIELDS: Final[Mapping[str, Mapping[str, ValueKind]]] = MappingProxyType(
    {
        "items": MappingProxyType(
            {
                "amount": ValueKind.NUMBER,
                "quantity": ValueKind.NUMBER,
                "unit_price": ValueKind.NUMBER,
                "discount": ValueKind.NUMBER,
                "discount_net": ValueKind.NUMBER,
                "tax_category": ValueKind.TEXT,
                "tax_exempt": ValueKind.TRUTH,
                "tax_inclusive": ValueKind.TRUTH,
                "kind": ValueKind.TEXT,
            }
        ),
        "payments": MappingProxyType(
            {
                "method": ValueKind.TEXT,
                "amount": ValueKind.NUMBER,
                "reference": ValueKind.TEXT,
            }
        ),
    }
)
"""The known fields of one member of a standard collection."""

ITEM: Final = "item"
"""The word for the item that a value is derived for."""

TAX_CATEGORY: Final = "tax_category"
"""The field beside the dimensions that may be derived."""

UNROUNDED_ITEM_FIELDS: Final = frozenset({"quantity", "unit_price"})
"""Item fields with up to twelve decimals: they need not be whole minor units."""

UNROUNDED_HEADER_FIELDS: Final = frozenset({"exchange_rate"})
"""Header fields that need not be whole minor units."""


@dataclass(frozen=True, slots=True)
class Arity:
    """How many arguments a function takes; no upper end means any number."""

    least: int
    most: int | None

    def allows(self, count: int) -> bool:
        """Whether a call with ``count`` arguments fits."""
        return count >= self.least and (self.most is None or count <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {counted(self.least, 'argument')}"
        if self.least == self.most:
            return counted(self.least, "argument")
        return f"{self.least} to {counted(self.most, 'argument')}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 argument``, ``2 arguments``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


FUNCTIONS: Final[Mapping[str, Arity]] = MappingProxyType(
    {
        "sum": Arity(1, 1),
        "min": Arity(2, None),
        "max": Arity(2, None),
        "abs": Arity(1, 1),
        "round": Arity(1, 2),
        "net": Arity(1, 1),
        "tax": Arity(1, 2),
        "gross": Arity(1, 1),
        "withheld": Arity(1, 2),
    }
)
"""The functions of expressions and how many arguments each takes."""

TAX_FUNCTIONS: Final = frozenset({"net", "tax", "gross", "withheld"})
"""The functions over an item that need a tax profile; a second argument is the code of a tax."""

STANDARD_ACCOUNTS: Final = (
    "revenue", "tax_output", "tax_input", "tips_payable", "clearing",
    "fees", "discount", "rounding", "bank", "receivable",
)  # fmt: skip
"""The account keys that the standard rules and the engine itself use."""

REQUIRED_ACCOUNTS: Final = ("revenue", "tax_output", "clearing")
"""The account keys without which no standard rule works."""


# --- names the document declares -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Catalog:
    """The names one schema declares.

    ``maps`` gives each map's number of inputs, ``texts`` what each map of texts may give, each
    text once; those of ``mixed`` give accounts as well, which is a fault of theirs. ``derived``
    are the names of fields that an event may get a value of.
    """

    accounts: frozenset[str]
    maps: Mapping[str, int]
    texts: Mapping[str, tuple[str, ...]]
    mixed: frozenset[str]
    dimensions: frozenset[str]
    derived: frozenset[str]
    ledgers: frozenset[str]


def catalog_of(schema: nodes.Schema) -> Catalog:
    """Return the names that ``schema`` declares; of two equal ones the first counts."""
    arities = {decl.name.text: len(decl.inputs) for decl in reversed(schema.maps)}
    return Catalog(
        accounts=frozenset(decl.key.text for decl in schema.accounts),
        maps=MappingProxyType(arities),
        texts=MappingProxyType(
            {decl.name.text: texts for decl in reversed(schema.maps) if (texts := texts_of(decl))}
        ),
        mixed=frozenset(
            decl.name.text
            for decl in schema.maps
            if len({type(row.target) for row in decl.rows if row.target is not None}) > 1
        ),
        derived=frozenset(each.name.text for each in schema.derivations),
        dimensions=frozenset(name.text for name in schema.dimensions),
        ledgers=frozenset(name.text for name in schema.ledgers),
    )


def texts_of(decl: nodes.MapDecl) -> tuple[str, ...]:
    """Return the texts that a map may give, each once; none if its rows give accounts."""
    found = (row.target.value for row in decl.rows if isinstance(row.target, nodes.Text))
    return tuple(dict.fromkeys(found))


# --- fields the document declares ----------------------------------------------------------


class Unit(StrEnum):
    """What a declared number counts."""

    MONEY = "money"
    PURE = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is known of a field in every event that may have it.

    ``unit`` is None for what is no number, and where declarations disagree. ``there`` says that
    no event lacks the field. ``choices`` are all texts that it can be, None for any text.
    ``fields`` are those of a record, ``member`` what a list holds; a ``closed`` record has no
    others.
    """

    kind: ValueKind
    unit: Unit | None = None
    there: bool = False
    choices: tuple[str, ...] | None = None
    fields: Mapping[str, "Declared"] = field(default_factory=dict)
    member: "Declared | None" = None
    closed: bool = False

    def at(self, path: Sequence[str]) -> "Declared | None":
        """Return what a path inside this record leads to, or None."""
        found: Declared | None = self
        for name in path:
            found = None if found is None else found.fields.get(name)
        return found


# --- names one rule adds -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean at one place of a rule.

    Attributes:
        catalog: What the document declares.
        lets: Position of each `let` name's declaration in the rule.
        visible: How many of the rule's `let` statements stand before this place.
        unwhole: The `let` names whose value need not be a whole number of minor units.
        variables: Every loop variable of the rule, in scope here or not.
        loops: The loops around this place, outermost first.
        declared: What every event of the rule looks like; None if some are not declared.
    """

    catalog: Catalog
    lets: Mapping[str, int]
    visible: int = 0
    unwhole: Set[str] = frozenset()
    variables: frozenset[str] = frozenset()
    loops: tuple[nodes.Loop, ...] = ()
    declared: Declared | None = None

    def behind_lets(self, count: int) -> Self:
        """Return the scope behind the first ``count`` `let` statements."""
        return replace(self, visible=count)

    def within(self, loops: tuple[nodes.Loop, ...]) -> Self:
        """Return the scope inside ``loops``."""
        return replace(self, loops=loops)

    def loop_of(self, name: str) -> nodes.Loop | None:
        """Return the innermost loop around this place whose variable is ``name``."""
        return next((loop for loop in reversed(self.loops) if loop.variable.text == name), None)

    def is_let(self, name: str) -> bool:
        """Whether ``name`` is a `let` declared before this place."""
        return self.lets.get(name, self.visible) < self.visible

    def is_item(self, name: str) -> bool:
        """Whether ``name`` is the variable of a loop over the items."""
        loop = self.loop_of(name)
        return loop is not None and loop.collection.path == ("items",)

    def kind_of(self, path: tuple[str, ...]) -> ValueKind:
        """Return the kind of a field, a `let` or a loop variable; unknown where it is open."""
        loop = self.loop_of(path[0])
        if loop is not None:
            known = self._member_kind(loop.collection.path, path[1:])
            return self._declared_kind(path) if known is ValueKind.UNKNOWN else known
        if self.is_let(path[0]):
            return ValueKind.NUMBER if len(path) == 1 else ValueKind.UNKNOWN
        if len(path) == 1:
            return self.event_kind(path[0])
        return ValueKind.COLLECTION if path[0] in MEMBER_FIELDS else self._declared_kind(path)

    def event_kind(self, name: str) -> ValueKind:
        """Return the kind of a field of the event itself, `let` names and loops aside."""
        kind = HEADER_FIELDS.get(name) or CONTEXT_FIELDS.get(name)
        if kind is not None:
            return kind
        if name in self.catalog.dimensions:
            return ValueKind.TEXT
        declared = None if self.declared is None else self.declared.fields.get(name)
        return ValueKind.UNKNOWN if declared is None else declared.kind

    def column_kind(self, path: tuple[str, ...]) -> ValueKind:
        """Return the kind of one value of ``collection.field``, as `sum` sees it."""
        known = ValueKind.UNKNOWN
        if len(path) == 2 and self.loop_of(path[0]) is None:
            known = self._member_kind(path[:1], path[1:])
        found = self.declared_at(path) if known is ValueKind.UNKNOWN else None
        return known if found is None else found.kind

    def declared_steps(self, path: Sequence[str]) -> tuple[Declared | None, ...]:
        """Return what is declared of each step of a path, those into lists as of their members.

        Nothing for a `let`, and for an item that may be made of the event as a whole.
        """
        loop = self.loop_of(path[0])
        if self.declared is None or (loop is None and self.is_let(path[0])):
            return ()
        found: Declared | None = self.declared
        if loop is not None:
            outside = replace(self, loops=self.loops[: self.loops.index(loop)])
            steps = outside.declared_steps(loop.collection.path)
            whole = steps[-1] if steps else None
            standard = loop.collection.path[0] in MEMBER_FIELDS
            if whole is None or (standard and not whole.there):
                return ()
            found = whole.member
            path = path[1:]
        answer: list[Declared | None] = [] if loop is None else [found]
        for name in path:
            inside = found if found is None or found.member is None else found.member
            found = None if inside is None else inside.fields.get(name)
            answer.append(found)
        return tuple(answer)

    def declared_at(self, path: Sequence[str]) -> Declared | None:
        """Return what is declared of a field, of a list's members one of them; None if nothing."""
        steps = self.declared_steps(path)
        return steps[-1] if steps else None

    def is_column(self, path: tuple[str, ...]) -> bool:
        """Whether a path names a field of every member of a list, as `sum` takes it."""
        within = self.loop_of(path[0]) is not None
        if not within and path[0] in MEMBER_FIELDS:
            return len(path) > 1
        into = self.declared_steps(path)[int(within) : -1]
        return any(step is not None and step.member is not None for step in into)

    def _declared_kind(self, path: tuple[str, ...]) -> ValueKind:
        """Return the kind of a field by its declaration; of one behind a list, a collection."""
        found = self.declared_at(path)
        if found is None:
            return ValueKind.UNKNOWN
        return ValueKind.COLLECTION if self.is_column(path) else found.kind

    def _member_kind(self, collection: tuple[str, ...], rest: tuple[str, ...]) -> ValueKind:
        """Return the kind of a field of one member of ``collection``."""
        known = MEMBER_FIELDS.get(collection[0]) if len(collection) == 1 else None
        if known is None or len(rest) > 1:
            return ValueKind.UNKNOWN
        if not rest:
            return ValueKind.RECORD
        if collection == ("items",) and rest[0] in self.catalog.dimensions:
            return known.get(rest[0], ValueKind.TEXT)
        return known.get(rest[0], ValueKind.UNKNOWN)


def open_scope(catalog: Catalog, rule: nodes.Rule, declared: Declared | None = None) -> Scope:
    """Return the scope before the first statement of ``rule``, whose events are ``declared``."""
    positions = {let.name.text: index for index, let in reversed(tuple(enumerate(rule.lets)))}
    variables = frozenset(loop.variable.text for line in rule.lines for loop in line.loops)
    return Scope(catalog, MappingProxyType(positions), variables=variables, declared=declared)


# --- what a rule mentions ------------------------------------------------------------------


def operands(expression: nodes.Expression) -> tuple[nodes.Expression, ...]:
    """Return the expressions that ``expression`` is directly made of."""
    match expression:
        case nodes.Number() | nodes.Percent() | nodes.Text() | nodes.Date() | nodes.Truth():
            return ()
        case nodes.Field():
            return ()
        case nodes.Default():
            return (expression.field, expression.fallback)
        case nodes.Call():
            return expression.arguments
        case nodes.Negative() | nodes.Not():
            return (expression.operand,)
        case nodes.Sum() | nodes.Product():
            return tuple(term.operand for term in expression.terms)
        case nodes.Comparison():
            return (expression.left, expression.right)
        case nodes.And() | nodes.Or():
            return expression.operands
        case nodes.Allotted():
            # The first line of an allocation speaks for all that share it.
            return () if expression.index else allocation_operands(expression.allocation)
        case _:
            assert_never(expression)


def allocation_operands(allocation: nodes.Allocation) -> tuple[nodes.Expression, ...]:
    """Return the expressions of an allocation: its amount, its weight, those of its shares."""
    found = [allocation.amount] if allocation.weight is None else [
        allocation.amount, allocation.weight,
    ]  # fmt: skip
    waiting = [*reversed(allocation.allotments)]
    while waiting:
        share = waiting.pop()
        found += (each for each in (share.amount, share.part, share.cap) if each is not None)
        waiting.extend(reversed(share.inside))
    return tuple(found)


def walk(expression: nodes.Expression) -> Iterator[nodes.Expression]:
    """Yield ``expression`` and everything inside it, in the order it was written."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(operands(current)))


def expressions_of(rule: nodes.Rule) -> Iterator[nodes.Expression]:
    """Yield every whole expression of a rule: of lets, givens, loops, targets and lines."""
    yield from (let.value for let in rule.lets)
    for given in rule.givens:
        yield from (given.left, given.right)
    for line in rule.lines:
        for loop in line.loops:
            yield loop.collection
            if loop.when is not None:
                yield loop.when
        if isinstance(line.target, nodes.Call):
            yield from line.target.arguments
        yield line.amount
        for part in (line.currency, line.base, line.rate, line.when):
            if part is not None:
                yield part
