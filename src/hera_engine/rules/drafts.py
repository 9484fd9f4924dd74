"""Lines on their way into a journal, before they are merged and numbered."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from hera_engine.accounts import Side
from hera_engine.frozen import FrozenMap
from hera_engine.journal import Origin, TaxDetail
from hera_engine.rules.plan import PlannedAccount, PlannedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """One unmerged line.

    ``amount`` is positive, in the transaction currency, rounded to its minor unit. ``order`` is
    the place of the stage and of the statement that made the line. A detail of tax stands on a
    line of tax (``is_tax``) or of the net of what bears none. ``unrounded`` is the
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEvidence:
    """Why a line is as it is: what `explain` shows beside it.

    ``computed`` is the exact amount before its sign decided the side; ``weights`` pairs the
    values of a split with what they weigh; ``sources`` says where each dimension came from.
    """

    computed: Fraction
    turned: bool = False
    map_row: str | None = None
    weights: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()


class Observer(Protocol):
    """Watches a run without taking part; a run without one keeps no evidence."""

    def saw(self, path: str, value: str) -> None:
        """Take note of a field that was read and its value as text."""

    def checked(self, equation: str, left: str, right: str) -> None:
        """Take note of an equation that held, with both sides in figures."""

    def made(self, line: DraftLine, evidence: LineEvidence) -> None:
        """Take note of a line and its evidence; the fields its statement saw are its own."""

    def ended(self) -> None:
        """Take note that a statement is done: what it saw belongs to no later one."""

    def skipped(self, line: PlannedLine) -> None:
        """Take note of a statement whose condition did not hold."""
