"""Lines on their way into a journal, before they are merged and numbered."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, Protocol

from hera_engine.accounts import Side
from hera_engine.frozen import FrozenMap
from hera_engine.journal import Origin, TaxDetail
from hera_engine.periods import Period
from hera_engine.rules.plan import PlannedAccount, PlannedLine


@dataclass(frozen=True, slots=True)
class Worth:
    """The currency of a line and what it is worth, where the event's rate does not say it.

    Attributes:
        currency: The currency of the line's amount.
        exponent: Its decimals.
        rate: Base units per unit of the currency, exact; None where ``base`` says the worth.
        base: The worth as the rule states it, in minor units of the base currency; of a draft
            line never negative.
        source: Where the rate was read, in words for an explanation.
    """

    currency: str
    exponent: int
    rate: Fraction | None = None
    base: int | None = None
    source: str | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """What must agree for two lines to merge: base amounts add up, rates do not."""
        return (self.currency, self.rate, self.base is None)


class DraftLine(NamedTuple):
    """One unmerged line.

    ``amount`` is not negative, rounded to the minor unit of its currency: that of ``worth``, or
    without one the event's. Only what is worth something in base currency may have an amount of
    zero. ``order`` is the place of the stage and of the statement that made the line. A detail of
    tax stands on a line of tax (``is_tax``) or of the net of what bears none. ``unrounded`` is the
    exact amount in minor units, where taxes are rounded only once lines are merged.
    """

    ledger: str
    side: Side
    account: PlannedAccount
    amount: Decimal
    dimensions: FrozenMap
    tax: TaxDetail | None
    payment_reference: str | None
    order: tuple[int, int]
    origin: Origin
    is_tax: bool = False
    unrounded: Fraction | None = None
    worth: Worth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEvidence:
    """Why a line is as it is: what `explain` shows beside it.

    ``computed`` is the exact amount before its sign decided the side; ``weights`` pairs the
    values of a split with the minor units they get, ``shares`` the values of this line with what
    they weigh; ``sources`` says where each dimension came from.
    """

    computed: Fraction
    turned: bool = False
    map_row: str | None = None
    weights: tuple[tuple[str, str], ...] = ()
    shares: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()


class Observer(Protocol):
    """Watches a run without taking part; a run without one keeps no evidence."""

    def saw(self, path: str, value: str) -> None:
        """Take note of a field that was read and its value as text."""

    def named(self, name: str, value: str) -> None:
        """Take note of a named amount of the rule, in figures."""

    def checked(self, equation: str, left: str, right: str) -> None:
        """Take note of an equation that held, with both sides in figures."""

    def made(self, line: DraftLine, evidence: LineEvidence) -> None:
        """Take note of a line and its evidence; the fields its statement saw are its own."""

    def ended(self) -> None:
        """Take note that a statement is done: what it saw belongs to no later one."""

    def skipped(self, line: PlannedLine) -> None:
        """Take note of a statement whose condition did not hold."""

    def weighed(self, line: PlannedLine, depth: int, *, held: bool) -> None:
        """Take note of a condition: of a line's loop, counted from the outermost, or its own."""

    def chose(self, name: str, keys: tuple[str | None, ...], period: Period) -> None:
        """Take note of the row of a map that matched, by its keys and when it is in force."""
