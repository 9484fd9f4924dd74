"""The posting plan: a compiled, immutable schema; event time only reads it.

Everything a schema leaves to look up is looked up here already: names, accounts per ledger,
requirements, dimensions, splits, maps. `hera_engine.rules.compile` builds a plan,
`hera_engine.rules.run` carries it out. A plan is picklable and holds no text to be read again.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from hera_engine.accounts import PostedAccount, Side
from hera_engine.dsl.nodes import Capture, Enforcement, Method
from hera_engine.event_shape import EventShape, ShapeKind
from hera_engine.frozen import FrozenMap
from hera_engine.journal import Origin, SchemaStamp
from hera_engine.money import RoundingMode
from hera_engine.periods import Period
from hera_engine.routing import RouteTable
from hera_engine.rules.expressions import Expression, MapText, PartOf, PlannedLoop, Read
from hera_engine.rules.maps import MapTable
from hera_engine.rules.verdict import RuleProof
from hera_engine.settings import Settings
from hera_engine.tax.profile import TaxProfile, TaxRounding
from hera_engine.tax.rounding import CashDifference, RoundingRule

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
class AccountMap:
    """A map from inputs to accounts, made ready once for all that call it.

    ``requiring`` are the dimensions that some account of it requires.
    """

    table: MapTable
    accounts: Mapping[str, PlannedKey]
    requiring: frozenset[str]


@dataclass(frozen=True, slots=True)
class MapChoice:
    """An account found by a map."""

    map: AccountMap
    arguments: tuple[Expression, ...]

    @property
    def name(self) -> str:
        """The name of the map."""
        return self.map.table.name


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDerivation:
    """A value for events without one, of each item or of the event: what a map gives.

    ``needed`` are the fields without which nothing is derived.
    """

    name: str
    by_item: bool
    text: MapText
    needed: tuple[Read, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivationTable:
    """How one value is derived, in document order, and the table that finds the first match."""

    routes: RouteTable
    derivations: tuple[PlannedDerivation, ...]


# --- rules ---------------------------------------------------------------------------------


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
    deducted. ``over_items`` says that the line stands in a loop over the items. ``currency``,
    ``base`` and ``rate`` are there where the line says them: its currency, what it is worth in
    base currency, or base units per unit of its currency.
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
    currency: Expression | None = None
    base: Expression | None = None
    rate: Expression | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the line is in the event's currency and converted at the event's rate."""
        return self.currency is None and self.base is None and self.rate is None


@dataclass(frozen=True, slots=True)
class PlannedExchange:
    """The accounts of an exchange difference, and the words that name them."""

    gain: PlannedKey
    loss: PlannedKey
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
class PlannedField:
    """What the declarations of a rule's events say of a field, in all of them alike.

    ``collections`` are the list and the lists inside its members; empty for the event.
    ``choices`` are the texts of a choice; ``there`` says that no event lacks the field.
    """

    collections: tuple[Read, ...]
    read: Read
    kind: ShapeKind
    choices: tuple[str, ...]
    there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRule:
    """What one kind of event posts.

    ``required`` lists the fields that every event of the rule must have, as the rule reads
    them whatever its conditions. ``missing`` names account keys without which the rule is not
    there: its events are refused. ``by_dimensions`` are those its lines are split by in its own
    words; ``requiring`` are those that an account of its lines requires. In a ``purchase`` taxes
    are deducted; ``uses_cash``, ``uses_withheld`` and ``uses_discount_net`` say that the rule
    reads what rounding to coins adds, what is withheld, what discounts take off the net.
    With an ``exchange`` what a ledger lacks in base currency is a gain or a loss.
    ``not_negative`` are the own fields whose sign ``proof`` relies on; both are there once the
    rule is proven. ``assumed`` are the equations of declarations that hold in every event of the
    rule; a route has those of its event among its ``givens``. ``declared`` are the fields that
    declarations describe in every event of the rule.
    """

    name: str
    period: Period
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
    exchange: PlannedExchange | None = None
    closing: PlannedClosing | None = None
    not_negative: tuple[PlannedSign, ...] = ()
    proof: RuleProof | None = None
    assumed: tuple[PlannedGiven, ...] = ()
    declared: tuple[PlannedField, ...] = ()

    def joined(self, declaration: "PlannedDeclaration | None") -> "PlannedRule":
        """Return the rule for events of a declaration, whose equations come first."""
        if declaration is None or not declaration.givens:
            return self
        return replace(
            self,
            givens=(*declaration.givens, *self.givens),
            required=tuple(dict.fromkeys((*declaration.required, *self.required))),
            uses_items=self.uses_items or declaration.uses_items,
            uses_tax=self.uses_tax or declaration.uses_tax,
            uses_withheld=self.uses_withheld or declaration.uses_withheld,
            uses_discount_net=self.uses_discount_net or declaration.uses_discount_net,
            uses_payments=self.uses_payments or declaration.uses_payments,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDeclaration:
    """What the events of a pattern look like, and the equations that hold in each of them.

    ``required`` lists the fields that the equations read whatever the event says.
    """

    shape: EventShape
    givens: tuple[PlannedGiven, ...]
    required: tuple[Read, ...]
    uses_items: bool
    uses_tax: bool
    uses_withheld: bool
    uses_discount_net: bool
    uses_payments: bool


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
class RuleVersions:
    """The rules of one pattern, the earliest first.

    Invariant: there is at least one, and no day is in the periods of two.
    """

    rules: tuple[PlannedRule, ...]

    def on(self, day: date | None) -> PlannedRule | None:
        """Return the rule in force on a day, if any; without a day the only one there is.

        Cost: grows with the logarithm of the number of rules.
        """
        if day is None:
            return self.rules[0] if len(self.rules) == 1 else None
        if len(self.rules) == 1:
            return self.rules[0] if self.rules[0].period.holds(day) else None
        later = bisect_right(self.rules, day, key=lambda rule: rule.period.starts)
        found = self.rules[later - 1] if later else None
        return found if found is not None and found.period.holds(day) else None

    def joined(self, declaration: PlannedDeclaration | None) -> "RuleVersions":
        """Return the rules for events of a declaration."""
        if declaration is None or not declaration.givens:
            return self
        return RuleVersions(tuple(rule.joined(declaration) for rule in self.rules))


@dataclass(frozen=True, slots=True)
class Route:
    """What a smart code leads to: its rules, or None, the splits, and what its events look like.

    ``derivations`` say which values its events get where they have none, those of items first.
    Routes of one plan with the same ``number`` are alike: the places of what was found in it.
    """

    rules: "RuleVersions | None"
    splits: Mapping[str, PlannedSplit]
    shape: EventShape | None = None
    derivations: tuple[PlannedDerivation, ...] = ()
    number: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingPlan:
    """One compiled schema.

    ``routes`` finds the position of an event's pattern in ``versions``.

    Invariant: every account of every line is resolved for every ledger the line posts to.
    """

    stamp: SchemaStamp
    ledgers: tuple[str, ...]
    versions: tuple[RuleVersions, ...]
    routes: RouteTable
    declarations: tuple[PlannedDeclaration, ...]
    declared: RouteTable
    splits: tuple[SplitTable, ...]
    derived: tuple[DerivationTable, ...]
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

    @property
    def rules(self) -> tuple[PlannedRule, ...]:
        """All rules, those of one pattern by date."""
        return tuple(rule for version in self.versions for rule in version.rules)

    def route(self, code: str) -> Route:
        """Return what an event of this smart code leads to; the cost does not grow with rules."""
        index = self.routes.find(code)
        found = {table.dimension: table.routes.find(code) for table in self.splits}
        splits = {
            table.dimension: table.splits[position]
            for table in self.splits
            if (position := found[table.dimension]) is not None
        }
        position = self.declared.find(code)
        declaration = None if position is None else self.declarations[position]
        rules = None if index is None else self.versions[index].joined(declaration)
        firsts = [table.routes.find(code) for table in self.derived]
        derived = tuple(
            table.derivations[first]
            for table, first in zip(self.derived, firsts, strict=True)
            if first is not None
        )
        shape = None if declaration is None else declaration.shape
        number = (index, position, *found.values(), *firsts)
        return Route(rules, splits, shape, derived, number)
