"""The closing phase, always last and always the same: merge, convert, require, number, balance.

Enters: the unmerged lines of every stage. Leaves: a journal entry that balances, or one error.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from hera_engine import limits
from hera_engine.dsl.nodes import Enforcement
from hera_engine.errors import EventError, PostingRejected, Problem
from hera_engine.facts import Facts
from hera_engine.frozen import FrozenMap, thawed
from hera_engine.journal import (
    JournalEntry,
    JournalHeader,
    JournalLine,
    Notice,
    OpenItem,
)
from hera_engine.money import exact_add, exact_negate, from_minor, to_minor
from hera_engine.rules.conversion import ConversionEvidence, conversion_evidence, converted
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.merged import Merged, settle_merged
from hera_engine.rules.plan import OpenItemKind, PlannedAccount, PlannedRule, PostingPlan
from hera_engine.settings import FiscalCalendar


class Closed(NamedTuple):
    """A journal entry, and for each of its lines what it was made of.

    ``behind`` lists the drafts in it by their position; ``unrounded`` is the exact figure, in
    minor units, of a line that was rounded once merged; ``conversions`` say how a line came to
    its base amount.
    """

    entry: JournalEntry
    behind: tuple[tuple[int, ...], ...]
    unrounded: tuple[Fraction | None, ...]
    conversions: tuple[ConversionEvidence | None, ...]


def close(
    plan: PostingPlan,
    rule: PlannedRule,
    facts: Facts,
    drafts: Sequence[DraftLine],
    notices: Sequence[Notice],
    *,
    explained: bool,
) -> Closed:
    """Return the journal entry of an event and what its lines were made of.

    How lines came to their base amounts is told only to a run that is ``explained``.

    Raises:
        EventError: E_GUARDRAIL if fewer than two lines are left, more than the schema allows,
            or a due date cannot be told.
        PostingRejected: E_DIM_MISSING, E_UNBALANCED.
    """
    together = _merge(drafts, facts.exponent)
    if plan.tax.merged:
        settle_merged(together, facts.exponent, plan.tax.mode)
    merged = [line for line in together if line.is_worth]
    _check_count(plan, len(merged))
    merged = _ordered(plan, merged)
    merged = _ordered(plan, converted(plan, rule, facts, merged))
    warned = _require_dimensions(merged)
    lines = tuple(_line(plan, facts, index, line) for index, line in enumerate(merged, start=1))
    entry = JournalEntry(_header(plan, facts), lines, (*notices, *warned))
    behind = tuple(tuple(line.drafts) for line in merged)
    return Closed(
        entry,
        behind,
        tuple(line.unrounded for line in merged),
        tuple(conversion_evidence(line, facts) for line in merged) if explained else (),
    )


def _merge(drafts: Sequence[DraftLine], exponent: int) -> list[Merged]:
    """Return the lines with those alike merged, in order of first appearance.

    A tax that rounds to zero has a taxable base all the same, which joins that of its line.
    """
    found: dict[tuple[object, ...], Merged] = {}
    for index, draft in enumerate(drafts):
        key = _identity(draft)
        line = found.get(key)
        if line is None:
            base = None if draft.tax is None else draft.tax.base
            line = Merged(draft, draft.amount, base, {draft.origin: None}, [index], draft.unrounded)
            line.stated = None if draft.worth is None else draft.worth.base
            found[key] = line
            continue
        line.drafts.append(index)
        before = line.amount
        line.amount = exact_add(line.amount, draft.amount)
        if line.base is not None and draft.tax is not None:
            line.base = exact_add(line.base, draft.tax.base)
        _add_unrounded(line, draft, before, exponent)
        if line.stated is not None and draft.worth is not None:
            line.stated += draft.worth.base or 0
        line.origins[draft.origin] = None
    return list(found.values())


def _add_unrounded(line: Merged, draft: DraftLine, before: Decimal, exponent: int) -> None:
    """Add the exact figure of a draft to that of its line; an amount without one is exact itself.

    ``before`` is what the line came to so far. Only amounts in the event's currency are rounded
    so late: ``exponent`` is that of the event.
    """
    if line.unrounded is None and draft.unrounded is None:
        return
    so_far = Fraction(to_minor(before, exponent)) if line.unrounded is None else line.unrounded
    more = to_minor(draft.amount, exponent) if draft.unrounded is None else draft.unrounded
    line.unrounded = so_far + more


def _identity(draft: DraftLine) -> tuple[object, ...]:
    """Return what two lines must share to be merged; lines of two stages never do."""
    tax = None if draft.tax is None else draft.tax.identity
    worth = None if draft.worth is None else draft.worth.identity
    carried = draft.dimensions
    dimensions = tuple(sorted(thawed(carried).items())) if carried else ()
    return (
        draft.order[0], draft.ledger, draft.account.posted.key, draft.account.posted.id,
        draft.side, dimensions, tax, draft.payment_reference, worth,
    )  # fmt: skip


def _ordered(plan: PostingPlan, lines: list[Merged]) -> list[Merged]:
    """Return the lines by ledger in schema order, then statement, then first appearance."""
    position = {ledger: index for index, ledger in enumerate(plan.ledgers)}
    return sorted(lines, key=lambda line: (position[line.first.ledger], line.first.order))


def _check_count(plan: PostingPlan, count: int) -> None:
    """Refuse more lines than the schema allows, or than any entry may have."""
    bounds = (("max_line_count", plan.max_line_count), ("JOURNAL_LINES", limits.JOURNAL_LINES))
    for limit, allowed in bounds:
        if count > allowed:
            details = (("limit", limit), ("allowed", str(allowed)), ("seen", str(count)))
            message = f"the entry has {count} lines, {allowed} are allowed"
            raise EventError([Problem("", message, details=details)])


# --- dimensions ----------------------------------------------------------------------------


def _require_dimensions(lines: Sequence[Merged]) -> tuple[Notice, ...]:
    """Check what each line's account requires; return notices where that is all.

    Raises:
        PostingRejected: E_DIM_MISSING with details.missingByLine, zero-based.
    """
    refused: list[dict[str, object]] = []
    notices = []
    for index, line in enumerate(lines):
        required = line.first.account.required
        if required is None:
            continue
        lacking = [name for name in required.names if name not in line.first.dimensions]
        if not lacking:
            continue
        if required.enforcement is Enforcement.WARNING:
            notices.append(_missing_notice(index, line.first.account, lacking))
        else:
            refused.append({"lineIndex": index, "missing": lacking})
    if refused:
        raise _dimensions_missing(lines, refused)
    return tuple(notices)


def _dimensions_missing(
    lines: Sequence[Merged], refused: list[dict[str, object]]
) -> PostingRejected:
    first = refused[0]
    index = first["lineIndex"]
    assert isinstance(index, int), "the index was just made"
    key = lines[index].first.account.posted.key
    names = first["missing"]
    listed = ", ".join(names) if isinstance(names, list) else ""
    return PostingRejected(
        "E_DIM_MISSING",
        f"line {index + 1} ({key}) lacks {listed}",
        details={"missingByLine": refused},
        hint="send the dimension with the item or in business_context",
    )


def _missing_notice(index: int, account: PlannedAccount, lacking: list[str]) -> Notice:
    names = ", ".join(lacking)
    details = FrozenMap({"lineIndex": index, "missing": tuple(lacking)})
    return Notice("DIM_MISSING", f"line {index + 1} ({account.posted.key}) lacks {names}", details)


# --- the entry -----------------------------------------------------------------------------


def _line(plan: PostingPlan, facts: Facts, number: int, line: Merged) -> JournalLine:
    draft = line.first
    return JournalLine(
        number=number,
        ledger=draft.ledger,
        side=draft.side,
        account=draft.account.posted,
        amount=line.amount,
        currency=facts.currency if draft.worth is None else draft.worth.currency,
        base_amount=from_minor(line.base_units, facts.base_exponent),
        smart_code=draft.account.smart_code,
        dimensions=draft.dimensions,
        tax=line.tax,
        open_item=_open_item(plan, facts, line),
        payment_reference=draft.payment_reference,
        origins=tuple(line.origins),
    )


def _open_item(plan: PostingPlan, facts: Facts, line: Merged) -> OpenItem | None:
    """Return the open item a line leaves, due by the schema's settlement days.

    Raises:
        EventError: E_GUARDRAIL if a due date is owed and the event has no date.
    """
    kind = line.first.account.open_item
    if kind is None:
        return None
    due = None
    if kind is OpenItemKind.DUE:
        if facts.transaction_date is None:
            hint = "send transaction_date"
            message = "is missing, and an open item needs a due date"
            raise EventError([Problem("transaction_date", message, hint)])
        due = _days_later(facts.transaction_date, plan.settlement_days)
    reference = line.first.payment_reference or facts.external_reference
    return OpenItem(line.amount, due, reference)


def _days_later(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        message = f"plus {days} days is past the last day of the calendar"
        raise EventError([Problem("transaction_date", message)]) from None


def _header(plan: PostingPlan, facts: Facts) -> JournalHeader:
    posting = facts.accounting_date
    year, period, code = fiscal_fields(plan.settings.fiscal_calendar, posting)
    total = facts.total_amount
    return JournalHeader(
        organization_id=facts.organization_id,
        smart_code=facts.event_smart_code,
        transaction_date=facts.transaction_date,
        posting_date=posting,
        currency=facts.currency,
        base_currency=facts.base_currency,
        exchange_rate=facts.exchange_rate_stated,
        fiscal_year=year,
        fiscal_period=period,
        posting_period_code=code,
        external_reference=facts.external_reference,
        total_amount=exact_negate(total) if facts.negative else total,
        business_context=facts.context,
        schema=plan.stamp,
    )


def fiscal_fields(
    calendar: FiscalCalendar | None, day: date | None
) -> tuple[int | None, int | None, str | None]:
    """Return the fiscal year, period and period code of a day; None without a calendar or day."""
    if calendar is None or day is None:
        return None, None, None
    year, period = calendar.period(day.year, day.month)
    return year, period, f"{year:04d}-{period:02d}"
