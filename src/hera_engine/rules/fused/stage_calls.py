"""Calls stages of one's own for compiled rules, and posts the lines that they add.

Enters: late facts. Leaves: what stages found out and added, or `Declined`: a stage that refuses an
event, or breaks a promise, is asked again by the interpreter, which says so.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial

from hera_engine.accounts import Side
from hera_engine.errors import HeraError
from hera_engine.facts import Facts
from hera_engine.frozen import Frozen
from hera_engine.journal import JournalLine, Notice, OpenItem
from hera_engine.money import minor_product, to_minor
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.exact import EventFault
from hera_engine.rules.fused.late import LateLines
from hera_engine.rules.fused.reading import Declined
from hera_engine.rules.fused.residue import Worth, days_after
from hera_engine.rules.own_stages import (
    added_lines,
    adds_nothing,
    check_contribution,
    contribution_of,
    notices,
    with_facts,
)
from hera_engine.rules.plan import OpenItemKind, PlannedAccount, PostingPlan, Route
from hera_engine.rules.run import Extensions, lines_of_rule
from hera_engine.rules.stage import Contribution, Phase, Registered

_Key = tuple[int, str, str, Side, tuple[tuple[str, Frozen], ...]]
"""What lines must share to be merged: stage, account and its id, side, dimensions."""


@dataclass(slots=True)
class _Sum:
    """Lines of a stage that were merged: the first of them, and what they come to."""

    first: DraftLine
    units: int


@dataclass(slots=True)
class Added:
    """What the stages after a rule added to one event: lines by ledger, and warnings."""

    by_ledger: dict[str, dict[_Key, _Sum]] = field(default_factory=dict)
    warned: tuple[Notice, ...] = ()

    def take(self, draft: DraftLine, exponent: int) -> None:
        """Add a line to those like it."""
        account = draft.account.posted
        dimensions = tuple(sorted(draft.dimensions.items())) if draft.dimensions else ()
        key = draft.order[0], account.key, account.id, draft.side, dimensions
        sums = self.by_ledger.setdefault(draft.ledger, {})
        units = to_minor(draft.amount, exponent)
        found = sums.get(key)
        if found is None:
            sums[key] = _Sum(draft, units)
        else:
            found.units += units


@dataclass(frozen=True, slots=True)
class StageCalls:
    """The stages of one engine, for the events of one route.

    Attributes:
        plan: The plan of the schema.
        route: The rules of the events.
        extensions: The stages in their order.
        exponent: Decimals of the transaction currency.
        after: Those that are called after the rule, with their places among all.
    """

    plan: PostingPlan
    route: Route
    extensions: Extensions
    exponent: int
    after: tuple[tuple[int, Registered], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Number the stages that are called after the rule."""
        stages = enumerate(self.extensions.stages, start=1)
        after = tuple(each for each in stages if each[1].phase is Phase.LINES)
        object.__setattr__(self, "after", after)

    def before_rule(self, facts: Facts) -> tuple[Facts, tuple[Notice, ...]]:
        """Return the facts with what the stages of the facts phase found out, and warnings."""
        declared = () if self.route.shape is None else tuple(self.route.shape.context.fields)
        warned: list[Notice] = []
        for entry in self.extensions.stages:
            if entry.phase is Phase.FACTS:
                try:
                    added = contribution_of(entry, facts, ())
                    facts = with_facts(entry, facts, added, declared)
                except HeraError:
                    raise Declined from None
                if added.lines:
                    raise Declined
                warned.extend(notices(entry, added))
        return facts, tuple(warned)

    def after_rule(self, sent: Facts, given: Facts) -> Added | None:
        """Return what the stages after the rule add to its lines, or None for nothing.

        Args:
            sent: The facts as sent.
            given: The same with what the stages before the rule found out.
        """
        shown = LateLines(self._drafts, sent)
        found = None
        for position, entry in self.after:
            try:
                added = entry.stage.contribute(given, shown)
            except Exception as error:  # a caller's code may raise anything
                raise Declined from error
            if type(added) is Contribution and adds_nothing(added):
                continue
            if found is None:
                found = Added()
            try:
                check_contribution(entry, added)
                given = with_facts(entry, given, added)
                drafts = added_lines(self.plan, entry, position, given, added)
            except (HeraError, EventFault):
                raise Declined from None
            for draft in drafts:
                found.take(draft, self.exponent)
            found.warned += notices(entry, added)
            shown = LateLines(partial(_more, shown), drafts)
        return found

    def _drafts(self, facts: Facts) -> tuple[DraftLine, ...]:
        """Return the lines of the rule, as the interpreter makes them."""
        return lines_of_rule(self.plan, self.route, facts, self.extensions)


def _more(before: LateLines, drafts: tuple[DraftLine, ...]) -> tuple[DraftLine, ...]:
    return (*before.lines(), *drafts)


@dataclass(slots=True)
class Books:
    """The lines of one event that are written so far, and what their header says.

    ``ratio`` is None where the base currency is that of the event; else what a unit is worth, as
    twice the numerator, the denominator and twice that, in minor units of both.
    """

    lines: list[JournalLine]
    currency: str
    transacted: date | None
    outside: str | None
    ratio: tuple[int, int, int] | None
    worths: list[Worth]


@dataclass(frozen=True, slots=True)
class AddedLines:
    """Writes the lines that stages added behind those of a rule, for one function.

    ``cent`` and ``base_cent`` are one minor unit of the event's currency and of the base currency.
    """

    settlement_days: int
    cent: Decimal
    base_cent: Decimal

    def write(self, sums: dict[_Key, _Sum], books: Books) -> int:
        """Append the lines of a ledger, and return what they are worth: debits less credits."""
        worth = 0
        for merged in sums.values():
            draft, units = merged.first, merged.units
            sign = 1 if draft.side is Side.DEBIT else -1
            amount = based = minor_product(units, self.cent)
            if books.ratio is not None:
                twice_top, bottom, twice_bottom = books.ratio
                base = (units * twice_top + bottom) // twice_bottom
                worth += sign * base
                books.worths.append((False, -base, len(books.lines), sign))
                based = minor_product(base, self.base_cent)
            books.lines.append(self._line(draft, amount, based, books))
        return worth

    def _line(self, draft: DraftLine, amount: Decimal, based: Decimal, books: Books) -> JournalLine:
        account = draft.account
        _refuse_lacking(account, draft)
        return JournalLine(
            number=len(books.lines) + 1,
            ledger=draft.ledger,
            side=draft.side,
            account=account.posted,
            amount=amount,
            currency=books.currency,
            base_amount=based,
            smart_code=account.smart_code,
            dimensions=draft.dimensions,
            tax=None,
            open_item=self._open_item(account, amount, books),
            payment_reference=None,
            origins=(draft.origin,),
        )

    def _open_item(self, account: PlannedAccount, amount: Decimal, books: Books) -> OpenItem | None:
        if account.open_item is None:
            return None
        due = None
        if account.open_item is OpenItemKind.DUE:
            due = days_after(books.transacted, self.settlement_days)
        return OpenItem(amount, due, books.outside)


def _refuse_lacking(account: PlannedAccount, draft: DraftLine) -> None:
    """Decline a line without a dimension that its account asks for."""
    if account.required is None:
        return
    if any(name not in draft.dimensions for name in account.required.names):
        raise Declined
