"""The posting schema as it was written: frozen syntax nodes, the same for both forms.

Nodes say *what was written*, with no behaviour; `hera_engine.rules.plan` holds what will be done.
Equality is by meaning: places, comments and document order do not count. Amounts and
percentages keep the digits that were written, exactly, and compare by value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from hera_engine.accounts import AccountType
from hera_engine.errors import Place
from hera_engine.event_shape import ShapeKind


class Rounding(StrEnum):
    """Where tax is rounded; `hera_engine.tax` says what each name means."""

    NONE = "none"
    LINE = "line"
    TOTAL = "total"
    SWEDISH = "swedish"


class Method(StrEnum):
    """How a split finds its weights."""

    PROPORTIONAL = "proportional"
    FIXED = "fixed"
    CUSTOM = "custom"


class Enforcement(StrEnum):
    """What happens to a line that lacks a required dimension."""

    ERROR = "error"
    WARNING = "warning"
    AUTO_DEFAULT = "auto_default"


class Capture(StrEnum):
    """When the money of a sale arrives."""

    IMMEDIATE = "immediate"
    DEFERRED = "deferred"
    MANUAL = "manual"


class SideWord(StrEnum):
    """The side a posting line is written on."""

    DEBIT = "debit"
    CREDIT = "credit"


LEDGER_NAMES = ("GL", "STAT", "MGMT", "IFRS", "LOCAL_GAAP")
"""The ledgers a schema may keep."""

REASONS = (
    "standard", "zero", "exempt", "reverse_charge", "intra_community", "export", "out_of_scope",
)  # fmt: skip
"""Why tax is charged, or why not; `hera_engine.tax` says what each word means."""

CASH_MODES = ("half_up", "up", "down")
"""How a payable is rounded to coins."""

CASH_DIFFERENCES = ("line", "largest_tax")
"""Who takes the difference between a payable and what is paid in coins."""

SPREADS = ("erred_most", "largest")
"""Which items take the units that a rounding over the document moves."""

STANDARD_DIMENSIONS = (
    "cost_center", "location", "profit_center", "project",
    "department", "product_line", "channel", "customer_segment",
)  # fmt: skip
"""The dimensions that a JSON schema without a `dimensions` section may require undeclared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every node knows besides its meaning: where it was written."""

    at: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name(Node):
    """One word that refers to something or declares it."""

    text: str


# --- expressions ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A decimal literal, exact."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Percent(Node):
    """A percentage literal as written: 5 for ``5%``; it means 0.05."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A string literal, unescaped."""

    value: str


@dataclass(frozen=True, slots=True)
class Date(Node):
    """A date literal."""

    value: date


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A field of the event, a `let` name or a loop variable with what follows its dots."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Default(Node):
    """``field default literal``: the literal where the event has no such field."""

    field: Field
    fallback: "Number | Percent | Text | Date | Truth"


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function or map applied to arguments."""

    function: Name
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """Arithmetic negation."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Term(Node):
    """One operand of a sum or product with the operator before it (``+ - * /``)."""

    operator: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """Two or more terms, each ``+`` or ``-``; the first is always ``+``. Left to right."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Product(Node):
    """Two or more terms, each ``*`` or ``/``; the first is always ``*``. Left to right."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``= != < <= > >=`` between two arithmetic expressions or texts."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Boolean negation."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of two or more conditions."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of two or more conditions."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Allotted(Node):
    """What one line of an allocation gets: the line's place among them, and all of it.

    The amount of such a line and of no other; the lines of one allocation share one node of it.
    """

    index: int
    allocation: "Allocation"


Literal = Number | Percent | Text | Date | Truth
Expression = (
    Number | Percent | Text | Date | Truth | Field | Default | Call | Negative
    | Sum | Product | Comparison | Not | And | Or | Allotted
)  # fmt: skip


# --- patterns ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventPattern(Node):
    """Which events: a segment glob over the whole smart code, or a regular expression."""

    text: str
    regex: bool = False


@dataclass(frozen=True, slots=True)
class AccountPattern(Node):
    """Which accounts: by code (``4*``, ``4100``, ``*``), by key (``revenue``), or by regex.

    Exactly one reading: ``regex`` searches the code; a text that starts with a digit or is ``*``
    is a glob over the code; any other text is an account key.
    """

    text: str
    regex: bool = False


# --- declarations --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAccount(Node):
    """What an account key resolves to in one ledger, where that differs."""

    ledger: Name
    id: str | None = None
    code: str | None = None
    title: str | None = None
    type: AccountType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDecl(Node):
    """One account key of the schema and what it resolves to."""

    key: Name
    id: str | None = None
    code: str | None = None
    title: str | None = None
    type: AccountType | None = None
    ledgers: tuple[LedgerAccount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDecl(Node):
    """One rate of a tax profile: a percentage for categories between two dates, ends included.

    ``percent`` is None for ``exempt``; ``reverse_charge`` marks a rate the customer accounts for.
    ``reason`` is one of `REASONS` where it is written out; a rate without a percentage and without
    one is exempt. ``recoverable`` is the percentage that a buyer deducts, None for all of it.
    """

    name: Name
    percent: Decimal | None
    categories: tuple[Name, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    inclusive: bool | None = None
    account: Name | None = None
    reverse_charge: bool = False
    reason: str | None = None
    recoverable: Decimal | None = None
    input_account: Name | None = None
    expense_account: Name | None = None
    source: str | None = None


class ComponentWord(StrEnum):
    """How a tax component comes to its amount; `hera_engine.tax` says what each word means."""

    PERCENT = "percent"
    DIVISION = "division"
    FIXED = "fixed"
    TIERED = "tiered"


@dataclass(frozen=True, slots=True, kw_only=True)
class TierDecl(Node):
    """A slice of a tiered component: up to an amount, None for all above the one before."""

    up_to: Decimal | None
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentDecl(Node):
    """One of the taxes that stand side by side in a profile; fields as those of `Component`."""

    name: Name
    kind: ComponentWord = ComponentWord.PERCENT
    rate: Decimal | None = None
    tiers: tuple[TierDecl, ...] = ()
    on: tuple[Name, ...] = ()
    inclusive: bool | None = None
    compound: bool = False
    base_affected: bool = True
    sequence: int | None = None
    reverse_charge: bool = False
    retained: bool = False
    repartition: tuple[Decimal, ...] = ()
    recoverable: Decimal | None = None
    group: str | None = None
    jurisdiction: str | None = None
    account: Name | None = None
    input_account: Name | None = None
    expense_account: Name | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryDecl(Node):
    """Which components the items of a category bear; none leaves them out of scope.

    Neighbours with the same components are written as one setting.
    """

    category: Name
    components: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingDecl(Node):
    """How components are rounded, beyond the four names; fields as those of `RoundingRule`."""

    name: str | None = None
    mode: str | None = None
    increment: Decimal | None = None
    spread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxProfileDecl(Node):
    """A tax profile written in the schema: of rates, or of components."""

    name: Name
    jurisdiction: str | None = None
    tax_system: str | None = None
    inclusive: bool | None = None
    rounding: Rounding | None = None
    cash_step: Decimal | None = None
    default_category: str | None = None
    rates: tuple[RateDecl, ...] = ()
    components: tuple[ComponentDecl, ...] = ()
    bearing: tuple[CategoryDecl, ...] = ()
    rule: RoundingDecl | None = None
    cash_mode: str | None = None
    cash_to: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseTax(Node):
    """Which tax profile the schema uses, and what it overrides of it."""

    profile: Name
    inclusive: bool | None = None
    rounding: Rounding | None = None
    cash_step: Decimal | None = None
    cash_mode: str | None = None
    cash_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Node):
    """One part of a fixed split: a dimension value and its percentage, amount or the rest.

    Exactly one of ``percent`` and ``amount`` is given; neither means ``remaining``.
    """

    value: str
    percent: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Node):
    """How one dimension is split for the events a pattern matches."""

    events: EventPattern
    dimension: Name
    method: Method
    shares: tuple[Share, ...] = ()
    allocator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement(Node):
    """Dimensions that lines on matching accounts must carry.

    ``defaults`` pairs a dimension with the value that `auto_default` fills in.
    """

    accounts: AccountPattern
    dimensions: tuple[Name, ...]
    enforcement: Enforcement
    defaults: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry(Node):
    """Dimensions that lines on matching accounts carry when the event has them."""

    accounts: AccountPattern
    dimensions: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payments(Node):
    """How the money of a sale arrives; ``settlement_days`` counts calendar days."""

    capture: Capture = Capture.IMMEDIATE
    open_item: bool = False
    settlement_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validations(Node):
    """Checks on events and journals; no currencies listed means all are allowed."""

    max_line_count: int = 1000
    require_external_ref: bool = False
    currencies: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRow(Node):
    """One row: a key per input (None matches anything) and its target (None refuses).

    The target is an account key, or a text in a map of texts. A dated row is in force between two
    dates, both included.
    """

    keys: tuple[str | None, ...]
    target: Name | Text | None
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapDecl(Node):
    """A table from input values to account keys or texts; ``else`` is a row of None keys, last."""

    name: Name
    inputs: tuple[Name, ...]
    rows: tuple[MapRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation(Node):
    """A value for a dimension or the tax category where an event says none: what a map gives.

    It is for the events of a pattern, None for all of them.
    """

    name: Name
    on: EventPattern | None = None
    source: Call


# --- event declarations --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldType(Node):
    """The type of a declared field.

    ``choices`` are the texts of ``one of``; ``member`` is the type of the members of a list,
    never a list itself; ``fields`` are those of a record, which may be ``open`` to others.
    """

    word: ShapeKind
    choices: tuple[str, ...] = ()
    member: "FieldType | None" = None
    fields: tuple["FieldDecl", ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDecl(Node):
    """A field of an event; one that is not sent takes the ``preset``, if it has one."""

    name: Name
    type: FieldType
    optional: bool = False
    preset: Number | Text | Date | Truth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDecl(Node):
    """What the events of a pattern look like, and the equations that hold in each of them."""

    on: EventPattern
    open: bool = False
    fields: tuple[FieldDecl, ...] = ()
    givens: tuple["Given", ...] = ()


# --- posting rules -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Let(Node):
    """A name for an amount, usable in the rest of the rule."""

    name: Name
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(Node):
    """An equation that every event of the rule must satisfy exactly."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Node):
    """``for variable in collection [when condition]``."""

    variable: Name
    collection: Field
    when: Expression | None = None


LEFTOVERS = ("largest_remainder", "first", "last", "largest_weight", "apart")
"""Who gets the units that no share has in full; `hera_engine.allocation` says what each means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment(Node):
    """What one share takes: a part of the whole, an amount, or what remains (neither).

    ``part`` is a fraction of one, at most ``cap`` if there is one. A share goes to a line, or
    is divided once more among those ``inside`` it.
    """

    part: Expression | None = None
    amount: Expression | None = None
    cap: Expression | None = None
    inside: tuple["Allotment", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation(Node):
    """An amount that several lines get together: by shares, or by a weight over a collection.

    By shares there is a line for each share that is not divided further, in order, and behind
    them one for what is left ``apart``. Over a collection there is one line, inside the loop.
    """

    amount: Expression
    allotments: tuple[Allotment, ...] = ()
    over: Loop | None = None
    weight: Expression | None = None
    leftover: str = LEFTOVERS[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Node):
    """One posting line, with the loops and the ledger it stands in.

    ``target`` is an account key or a map call. Lines are kept flat: a `for` block with two
    lines is two lines with equal ``loops``, which means the same, because journal order is by
    statement; the formatter draws the block again. So with the lines of an allocation.

    ``currency`` (a text) is that of the amount where it is not the event's; ``base`` is what the
    line is worth in base currency, ``rate`` base units per unit of its currency. At most one of
    the two is given; neither means the rate of the event, or of the table for the currency.
    """

    side: SideWord
    target: Name | Call
    amount: Expression
    currency: Expression | None = None
    base: Expression | None = None
    rate: Expression | None = None
    by: Name | None = None
    when: Expression | None = None
    loops: tuple[Loop, ...] = ()
    ledger: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeDifference(Node):
    """``exchange difference to GAIN, LOSS``: takes what a ledger lacks in base currency."""

    gain: Name
    loss: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing(Node):
    """``balance to KEY within BOUND``: a named, bounded line takes what is left over."""

    account: Name
    within: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Node):
    """What one kind of event posts; ``reverses`` names the rule whose mirror it is.

    In a ``purchase`` the taxes of the items are the buyer's: deducted, and owed where the charge
    is reversed. Rules of one pattern may follow one another, each in force between two dates, both
    included.
    """

    on: EventPattern
    effective_from: date | None = None
    effective_to: date | None = None
    reverses: EventPattern | None = None
    purchase: bool = False
    lets: tuple[Let, ...] = ()
    givens: tuple[Given, ...] = ()
    lines: tuple[Line, ...] = ()
    exchange: ExchangeDifference | None = None
    closing: Closing | None = None


# --- cases ---------------------------------------------------------------------------------

CaseValue = None | bool | Decimal | str | date | tuple["CaseValue", ...] | tuple["CaseField", ...]
"""A value in a case's event; a record is a tuple of `CaseField`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseField(Node):
    """One field of a case's event record."""

    name: str
    value: "CaseValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLine(Node):
    """One journal line a case expects; at least one of amount and base amount is given.

    What is not given is not compared.
    """

    side: SideWord
    account: Name
    amount: Decimal | None
    currency: str | None = None
    base: Decimal | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    ledger: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedTotal(Node):
    """What lines come to: those on an account, or on all (None), with the dimensions given.

    At least one of amount and base amount is given. An amount is that of lines in one currency,
    the event's where none is given; a base amount alone is that of lines in all currencies.
    """

    side: SideWord
    account: Name | None
    amount: Decimal | None
    currency: str | None = None
    base: Decimal | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    ledger: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedWarning(Node):
    """The code of a warning that the journal must bear."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Node):
    """A worked example in the schema: an event, and what must come of it.

    ``like`` names a case whose event this one begins with; ``on`` is None where that case's smart
    code is kept. An ``error`` stands alone; nothing expected at all is still to be written.
    ``expect_at`` is the place of the expectation in the text form.
    """

    title: str
    on: str | None = None
    like: str | None = None
    event: tuple[CaseField, ...] = ()
    expect: tuple[ExpectedLine, ...] = ()
    totals: tuple[ExpectedTotal, ...] = ()
    warnings: tuple[ExpectedWarning, ...] = ()
    error: str | None = None
    expect_at: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseColumn(Node):
    """What the figures of a column are: those of a line, or of a total of lines.

    ``base`` says that they are base amounts.
    """

    side: SideWord
    account: Name | None
    total: bool = False
    currency: str | None = None
    base: bool = False
    dimensions: tuple[tuple[str, str], ...] = ()
    ledger: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow(Node):
    """One case of a table: a value per input, and a figure per column or an error code."""

    title: str
    values: tuple[CaseValue, ...]
    amounts: tuple[Decimal, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTable(Node):
    """Cases that differ in a few fields; ``on``, ``like`` and ``event`` as those of `Case`."""

    title: str
    on: str | None = None
    like: str | None = None
    event: tuple[CaseField, ...] = ()
    inputs: tuple[str, ...]
    columns: tuple[CaseColumn, ...]
    rows: tuple[CaseRow, ...]


# --- the document --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of one node: lines before it, behind it on its line, and before its end.

    ``heading`` stands above ``before`` with a blank line below it: it speaks of more than the node.
    """

    before: tuple[str, ...] = ()
    after: str | None = None
    inside: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema(Node):
    """One posting schema.

    ``comments`` and ``layout`` speak of nodes by their JSON pointer (``/accounts/cash``,
    ``/postings/0/lines/1``); ``layout`` lists them in document order.
    """

    name: str | None = None
    version: int | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    ledgers: tuple[Name, ...] = ()
    accounts: tuple[AccountDecl, ...] = ()
    tax_profiles: tuple[TaxProfileDecl, ...] = ()
    tax: UseTax | None = None
    dimensions: tuple[Name, ...] = ()
    splits: tuple[Split, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    carries: tuple[Carry, ...] = ()
    payments: Payments | None = None
    validations: Validations | None = None
    events: tuple[EventDecl, ...] = ()
    maps: tuple[MapDecl, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    rules: tuple[Rule, ...] = ()
    cases: tuple[Case, ...] = ()
    case_tables: tuple[CaseTable, ...] = ()
    comments: Mapping[str, Comments] = field(default_factory=dict, compare=False, repr=False)
    layout: tuple[str, ...] = field(default=(), compare=False, repr=False)
