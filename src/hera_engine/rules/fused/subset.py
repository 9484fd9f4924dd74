"""Which rules are compiled: what a compiled rule does not do is left to the interpreter."""

from collections.abc import Iterator
from typing import Final

from hera_engine.accounts import Side
from hera_engine.dsl.nodes import Method
from hera_engine.rules.expressions import PlannedLoop, Read, Source
from hera_engine.rules.plan import (
    MapChoice,
    MissingKey,
    PlannedKey,
    PlannedLine,
    PlannedRule,
    PlannedSplit,
    PostingPlan,
    Route,
)
from hera_engine.tax.profile import TaxRounding
from hera_engine.tax.rounding import CashDifference

ITEMS = Read(Source.FACT, "items")
PAYMENTS = Read(Source.FACT, "payments")


MOST_STATEMENTS: Final = 200
"""Lines and named amounts of a rule, each line once for each ledger."""


class NotCompiled(Exception):
    """A rule that stays with the interpreter, and why."""


def needs_general(plan: PostingPlan, rule: PlannedRule) -> bool:
    """Whether only the general function of a rule can post its events: they may pay in coins."""
    return rule.uses_cash and plan.tax.cash is not None


def check_rule(plan: PostingPlan, route: Route, rule: PlannedRule) -> None:
    """Refuse a rule that is not compiled.

    Raises:
        NotCompiled: With what it does that compiled rules do not.
    """
    for reason in _beyond(plan, route, rule):
        raise NotCompiled(reason)


def _beyond(plan: PostingPlan, route: Route, rule: PlannedRule) -> Iterator[str]:
    """Yield what compiled rules do not do."""
    if sum(len(line.ledgers) for line in rule.lines) + len(rule.lets) > MOST_STATEMENTS:
        yield "so many statements that compiling them costs more than it saves"
    if not rule.lines:
        yield "no statement"
    if rule.purchase:
        yield "a purchase"
    if rule.missing:
        yield "an account that is missing"
    if rule.uses_withheld:
        yield "tax withheld"
    cash = plan.tax.cash if rule.uses_cash else None
    if cash is not None and cash.to is CashDifference.LARGEST_TAX:
        yield "rounding to coins that the largest tax takes"
    if plan.tax.merged or not isinstance(plan.tax.rounding, TaxRounding):
        yield "a rounding rule of components"
    if plan.tax.profile is not None and plan.tax.profile.components:
        yield "taxes by components"
    if plan.tax.profile is None and rule.uses_tax:
        yield "tax without a profile"
    for line in rule.lines:
        yield from _beyond_line(route, rule, line)


def _beyond_line(route: Route, rule: PlannedRule, line: PlannedLine) -> Iterator[str]:
    if line.leg is not None:
        yield "a reversed charge"
    for code in (line.tax_of, line.net_of):
        if code is not None and code.code is not None:
            yield "one tax of several"
    if any(split.allocator is not None for split in route.splits.values()):
        yield "a split by an own allocator"


def is_standard(loop: PlannedLoop) -> bool:
    """Whether a loop is over the items or the payments."""
    return loop.collection in (ITEMS, PAYMENTS)


def is_proportional(split: PlannedSplit) -> bool:
    """Whether a split goes by the items."""
    match split.method:
        case Method.FIXED:
            return not split.shares
        case Method.CUSTOM:
            return split.allocator is None
        case Method.PROPORTIONAL:
            return True


def targets(line: PlannedLine) -> tuple[PlannedKey, ...]:
    """Return every account key that a line may post to."""
    match line.target:
        case PlannedKey():
            return (line.target,)
        case MapChoice(chosen):
            return tuple(chosen.accounts[key] for key in chosen.table.targets)
        case MissingKey():
            return ()


def accounts_of(plan: PostingPlan, line: PlannedLine) -> tuple[PlannedKey, ...]:
    """Return every account key that a line may post to, those of single taxes among them."""
    own = own_accounts(plan) if line.tax_of is not None else ()
    return (*targets(line), *(plan.accounts[key] for key in own))


def own_accounts(plan: PostingPlan) -> tuple[str, ...]:
    """Return the account keys that rates of tax have of their own."""
    rates = () if plan.tax.profile is None else plan.tax.profile.rates
    return tuple(dict.fromkeys(rate.account for rate in rates if rate.account is not None))


def places(line: PlannedLine, ledger: str) -> Iterator[tuple[str, str]]:
    """Yield the accounts and sides that a line may post to in a ledger."""
    for key in targets(line):
        yield key.by_ledger[ledger].posted.key, line.side


def places_of(plan: PostingPlan, line: PlannedLine) -> frozenset[tuple[object, ...]]:
    """Return the ledgers and accounts that a line may post to, whatever its side."""
    keys = accounts_of(plan, line)
    return frozenset(
        (ledger, key.by_ledger[ledger].posted.key) for key in keys for ledger in line.ledgers
    )


def check_alone(plan: PostingPlan, rule: PlannedRule) -> None:
    """Refuse a rule of which a line that never merges here might merge with another's.

    That is the line of a `balance to`, which stands on either side, and a line with a worth of
    its own.

    Raises:
        NotCompiled: If there is one.
    """
    alone = [_sides_of(plan, line) for line in rule.lines if not line.is_plain]
    seen = {place for line in rule.lines if line.is_plain for place in _sides_of(plan, line)}
    if rule.closing is not None:
        accounts = rule.closing.account.by_ledger.items()
        alone.append(
            {(ledger, account.posted.key, side) for ledger, account in accounts for side in Side}
        )
    for found in alone:
        if found & seen:
            raise NotCompiled("two statements that may post to one line, of which one stands alone")
        seen |= found


def _sides_of(plan: PostingPlan, line: PlannedLine) -> set[tuple[str, str, Side]]:
    """Return the ledgers, accounts and sides that a line may post to."""
    return {
        (ledger, key.by_ledger[ledger].posted.key, line.side)
        for key in accounts_of(plan, line)
        for ledger in line.ledgers
    }
