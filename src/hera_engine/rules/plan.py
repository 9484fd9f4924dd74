"""The posting plan: a compiled, immutable schema; event time only reads it.

Everything a schema leaves to look up is looked up here already: names, accounts per ledger,
requirements, dimensions, splits, maps. `hera_engine.rules.compile` builds a plan,
`hera_engine.rules.run` carries it out. A plan is picklable and holds no text to be read again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from hera_engine.accounts import PostedAccount, Side
from hera_engine.allocation import Leftover
from hera_engine.dsl.nodes import Capture, Enforcement, Method
from hera_engine.frozen import FrozenMap
from hera_engine.journal import Origin, SchemaStamp
from hera_engine.money import RoundingMode
from hera_engine.patterns import RouteTable
from hera_engine.rules.verdict import RuleProof
from hera_engine.settings import Settings
from hera_engine.tax.profile import TaxProfile, TaxRounding
from hera_engine.tax.rounding import CashDifference, RoundingRule

# --- expressions ---------------------------------------------------------------------------


class Source(StrEnum):
    """Where a name in an expression is read from."""

    HEADER = "header"
    FACT = "fact"
    LET = "let"
    LOOP = "loop"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; percentages are already fractions of one."""

    value: Decimal | str | bool | date


@dataclass(frozen=True, slots=True)
class Read:
    """A field: what it is read from, its first name, and the names after its dots."""

    source: Source
    name: str
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaulted:
    """A field, or a constant where the event does not have it."""

    read: Read
    fallback: Constant


@dataclass(frozen=True, slots=True)
class Add:
    """A sum; each term says whether it is subtracted."""

    terms: tuple[tuple[bool, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Multiply:
    """A product; each factor says whether it divides."""

    factors: tuple[tuple[bool, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Negate:
    """The negative of an amount."""

    operand: "Expression"


class Choice(StrEnum):
    """Which of several amounts."""

    SMALLEST = "min"
    LARGEST = "max"


@dataclass(frozen=True, slots=True)
class Extreme:
    """The smallest or largest of two or more amounts."""

    choice: Choice
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Absolute:
    """An amount without its sign."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Round:
    """An amount rounded half up to a step, or to the currency's minor unit (step None)."""

    operand: "Expression"
    step: Decimal | None


class Part(StrEnum):
    """A part of what an item costs."""

    NET = "net"
    TAX = "tax"
    GROSS = "gross"
    WITHHELD = "withheld"
    """What the customer keeps back of the gross and pays to the authority itself."""


@dataclass(frozen=True, slots=True)
class PartOf:
    """A part of the item a loop variable stands for, or of all items (None).

    ``code`` narrows tax and what is withheld to one rate or component.
    """

    part: Part
    variable: str | None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class SumOf:
    """The sum of a member over a collection."""

    collection: Read
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two numbers, two texts or two dates."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Invert:
    """The opposite of a condition."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Every:
    """All of several conditions; the rest is not read once one is false."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Any of several conditions; the rest is not read once one is true."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class ShareOf:
    """What one line gets of an allocation, whose shares together are its amount."""

    allocation: "PlannedAllocation"
    index: int

    @property
    def spread(self) -> bool:
        """Whether this is the share of each member of a collection."""
        return self.allocation.over is not None and self.index == 0


Expression = (
    Constant | Read | Defaulted | Add | Multiply | Negate | Extreme | Absolute | Round
    | PartOf | SumOf | Compare | Invert | Every | Some | ShareOf
)  # fmt: skip


# --- accounts and dimensions ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequiredDimensions:
    """The requirement that governs an account: the first that matches its code."""

    names: tuple[str, ...]
    enforcement: Enforcement
    defaults: FrozenMap


class OpenItemKind(StrEnum):
    """What kind of open item a line on an account leaves."""

    DUE = "due"
    """Due ``settlement_days`` after the transaction date."""
    UNDATED = "undated"
    """Without a due date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAccount:
    """An account key in one ledger with all that a line on it must do."""

    posted: PostedAccount
    smart_code: str
    carried: tuple[str, ...]
    required: RequiredDimensions | None
    open_item: OpenItemKind | None


@dataclass(frozen=True, slots=True)
class PlannedKey:
    """An account key: what it is in each ledger."""

    key: str
    by_ledger: Mapping[str, PlannedAccount]


@dataclass(frozen=True, slots=True)
class MissingKey:
    """An account key of a standard rule that the schema does not have: an error when used."""

    key: str


@dataclass(frozen=True, slots=True)
class MapChoice:
    """An account found by a map: rows from the most specific on; None refuses."""

    name: str
    arguments: tuple[Expression, ...]
    rows: tuple[tuple[tuple[str | None, ...], PlannedKey | None], ...]


Target = PlannedKey | MissingKey | MapChoice


@dataclass(frozen=True, slots=True)
class PlannedShare:
    """One part of a fixed split: a percentage, an amount, or the rest (neither)."""

    value: str
    percent: Decimal | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSplit:
    """How one dimension is split for events that take this split."""

    dimension: str
    method: Method
    shares: tuple[PlannedShare, ...] = ()
    allocator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitTable:
    """The splits of one dimension in document order, and the table that finds the first match."""

    dimension: str
    routes: RouteTable
    splits: tuple[PlannedSplit, ...]


# --- rules ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlannedLoop:
    """``for variable in collection [when condition]``."""

    variable: str
    collection: Read
    when: Expression | None


@dataclass(frozen=True, slots=True)
class PlannedAllotment:
    """What one share takes: a part of the whole, at most a cap; an amount; or else the rest."""

    words: str
    part: Expression | None
    amount: Expression | None
    cap: Expression | None
    inside: "tuple[PlannedAllotment, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAllocation:
    """An amount that several lines get together.

    ``number`` tells it from the others of its rule; ``lines`` counts those that get of it, under
    `apart` the last what is left. With ``over`` each member has a weight; there is no allotment.
    """

    number: int
    lines: int
    words: str
    amount: Expression
    allotments: tuple[PlannedAllotment, ...]
    over: PlannedLoop | None
    weight: Expression | None
    leftover: Leftover


class OwedLeg(StrEnum):
    """A leg of what a buyer owes by reverse charge, posted by the tax stage."""

    DEDUCTED = "deducted"
    """The part that is deducted, and a part that is not where it has an account of its own."""
    OWED = "owed"
    """All of it, to the authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """One statement of a rule, or a line that the tax stage adds to it.

    ``tax_of`` says that the amount is exactly ``tax(…)`` or ``withheld(…)``: then each tax posts
    a line of its own. ``net_of`` says that ``net(…)`` is a term of the amount: such a line
    carries the reason why its item bears no tax, and, in a purchase, reversed tax that cannot be
    deducted. ``over_items`` says that the line stands in a loop over the items.
    """

    number: int
    ledgers: tuple[str, ...]
    side: Side
    target: Target
    amount: Expression
    tax_of: PartOf | None
    net_of: PartOf | None
    leg: OwedLeg | None
    by: str | None
    when: Expression | None
    loops: tuple[PlannedLoop, ...]
    over_items: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class PlannedLet:
    """A named amount."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class PlannedGiven:
    """An equation that each event must satisfy, and its words."""

    left: Expression
    right: Expression
    text: str


@dataclass(frozen=True, slots=True)
class PlannedClosing:
    """``balance to ACCOUNT within BOUND``: the account and the most that it takes."""

    account: PlannedKey
    within: Decimal
    origin: Origin


@dataclass(frozen=True, slots=True)
class PlannedSign:
    """An own field that the proof takes as not negative: of the event, or of members of lists.

    ``collections`` are the list and the lists inside its members; empty for the event.
    """

    collections: tuple[Read, ...]
    read: Read


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRule:
    """What one kind of event posts.

    ``required`` lists the fields that every event of the rule must have, as the rule reads
    them whatever its conditions. ``missing`` names account keys without which the rule is not
    there: its events are refused. ``by_dimensions`` are those its lines are split by in its own
    words; ``requiring`` are those that an account of its lines requires. In a ``purchase`` taxes
    are deducted; ``uses_cash``, ``uses_withheld`` and ``uses_discount_net`` say that the rule
    reads what rounding to coins adds, what is withheld, what discounts take off the net.
    ``not_negative`` are the own fields whose sign ``proof`` relies on; both are there once the
    rule is proven.
    """

    name: str
    mirrored: bool
    purchase: bool
    lets: tuple[PlannedLet, ...]
    givens: tuple[PlannedGiven, ...]
    lines: tuple[PlannedLine, ...]
    required: tuple[Read, ...]
    uses_items: bool
    uses_tax: bool
    uses_payments: bool
    uses_cash: bool
    uses_withheld: bool
    uses_discount_net: bool
    by_dimensions: frozenset[str]
    requiring: frozenset[str]
    standard: bool
    missing: tuple[str, ...] = ()
    closing: PlannedClosing | None = None
    not_negative: tuple[PlannedSign, ...] = ()
    proof: RuleProof | None = None


# --- the plan ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CashPlan:
    """How a payable is rounded to coins; the step is None for the smallest of the currency."""

    step: Decimal | None
    mode: RoundingMode
    to: CashDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxPlan:
    """The tax profile in force and what the schema overrides of it.

    ``rounding`` is a place for rates, a rule for components. ``merged`` says that taxes are
    rounded only once lines are merged, by the ``mode``.
    """

    profile: TaxProfile | None
    profile_ref: str | None
    inclusive: bool | None
    rounding: TaxRounding | RoundingRule
    merged: bool = False
    mode: RoundingMode = RoundingMode.HALF_UP
    cash: CashPlan | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """What a smart code leads to: its rule, or None, and the split of each dimension."""

    rule: PlannedRule | None
    splits: Mapping[str, PlannedSplit]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingPlan:
    """One compiled schema.

    Invariant: every account of every line is resolved for every ledger the line posts to.
    """

    stamp: SchemaStamp
    ledgers: tuple[str, ...]
    rules: tuple[PlannedRule, ...]
    routes: RouteTable
    splits: tuple[SplitTable, ...]
    accounts: Mapping[str, PlannedKey]
    dimensions: tuple[str, ...]
    tax: TaxPlan
    capture: Capture
    settlement_days: int
    max_line_count: int
    require_external_ref: bool
    currencies: frozenset[str]
    effective_from: date | None
    effective_to: date | None
    settings: Settings

    def route(self, code: str) -> Route:
        """Return what an event of this smart code leads to; the cost does not grow with rules."""
        index = self.routes.find(code)
        found = {table.dimension: table.routes.find(code) for table in self.splits}
        splits = {
            table.dimension: table.splits[position]
            for table in self.splits
            if (position := found[table.dimension]) is not None
        }
        return Route(None if index is None else self.rules[index], splits)
