"""Carries out a posting plan for one event: facts, lines, closing.

Enters: a plan, the facts of an event, the caller's stages and allocators. Leaves: a balanced
`JournalEntry`, or one error. Nothing here reads a schema or decides what the plan decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from hera_engine.errors import EventError, PostingRejected, Problem, ProblemList, did_you_mean
from hera_engine.exchange_rates import RateTable
from hera_engine.facts import Facts, GivenItem
from hera_engine.journal import JournalEntry, Notice
from hera_engine.money import exact_add
from hera_engine.rules.balance_to import closing_lines
from hera_engine.rules.closing import Closed, close
from hera_engine.rules.derive import with_derived
from hera_engine.rules.dimensions import Allocator, Splitter
from hera_engine.rules.drafts import DraftLine, LineEvidence, Observer
from hera_engine.rules.exact import EventFault
from hera_engine.rules.lines import RuleRun
from hera_engine.rules.normalise import normalise, with_payable
from hera_engine.rules.own_signs import check_own_signs
from hera_engine.rules.own_stages import (
    added_lines,
    contribution_of,
    notices,
    with_facts,
    with_taxes,
)
from hera_engine.rules.plan import PlannedRule, PostingPlan, Route, RuleVersions
from hera_engine.rules.sale import Sale
from hera_engine.rules.scope import SEND_FIELD, SEND_LIST, Scope
from hera_engine.rules.stage import Phase, Registered
from hera_engine.rules.worth import Converter

SHOWN_PERIODS: Final = 5
"""Periods that the hint of an error about a date lists."""
SHOWN_RULES: Final = 100
"""Rules that an error about an unknown event lists."""
SUGGESTIONS: Final = 20
"""Missing fields of one event that get the nearest name."""


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a caller adds to a plan: stages in their order, allocators by name, exchange rates."""

    stages: tuple[Registered, ...]
    allocators: Mapping[str, Allocator]
    rates: RateTable | None = None

    @property
    def replaces_tax(self) -> bool:
        """Whether one of the stages takes the tax stage's place."""
        return any(entry.replaces_tax for entry in self.stages)


class Outcome(NamedTuple):
    """An entry with what it came from, for explanations.

    ``closed`` holds the entry and, for each of its lines, what it was made of.
    """

    closed: Closed
    sale: Sale
    rule: PlannedRule

    @property
    def entry(self) -> JournalEntry:
        """The journal entry."""
        return self.closed.entry


def run(
    plan: PostingPlan,
    route: Route,
    facts: Facts,
    extensions: Extensions,
    observer: Observer | None = None,
) -> Outcome:
    """Return what an event posts.

    Raises:
        EventError: The event does not fit the schema or its rule.
        PostingRejected: E_SCHEMA without a rule, E_UNBALANCED, E_DIM_MISSING, E_TAX_PROFILE.
        HeraError: E_RATE_RESOLUTION.
    """
    rule = rule_for(plan, route, facts)
    _refuse_disallowed(plan, facts)
    try:
        sale, warned = _sale_of(plan, rule, route, with_derived(route, facts, observer), extensions)
        drafts = _rule_lines(plan, rule, route, sale, extensions, observer)
        drafts, more = _lines_phase(plan, extensions, sale.facts, drafts, observer)
    except EventFault as fault:
        raise EventError([fault.problem]) from None
    told = (*sale.notices, *warned, *more)
    closed = close(plan, rule, sale.facts, drafts, told, explained=observer is not None)
    return Outcome(closed, sale, rule)


def lines_of_rule(
    plan: PostingPlan, route: Route, facts: Facts, extensions: Extensions
) -> tuple[DraftLine, ...]:
    """Return the unmerged lines that the rule of an event makes, before those of stages.

    Raises:
        HeraError: As `run`.
    """
    rule = rule_for(plan, route, facts)
    try:
        sale, _ = _sale_of(plan, rule, route, facts, extensions)
        return _rule_lines(plan, rule, route, sale, extensions, None)
    except EventFault as fault:
        raise EventError([fault.problem]) from None


def _sale_of(
    plan: PostingPlan, rule: PlannedRule, route: Route, facts: Facts, extensions: Extensions
) -> tuple[Sale, tuple[Notice, ...]]:
    """Return the sale with what the stages of the facts phase found out, and their warnings."""
    sale = normalise(plan, rule, route, facts, tax_replaced=extensions.replaces_tax)
    sale, warned = _facts_phase(extensions, sale, route)
    return (with_payable(plan, rule, sale) if extensions.replaces_tax else sale), warned


def rule_for(plan: PostingPlan, route: Route, facts: Facts) -> PlannedRule:
    """Return the rule for an event.

    Raises:
        PostingRejected: E_SCHEMA if there is none, if it lacks an account, or if the schema is
            not in force on the accounting date.
    """
    code = facts.event_smart_code
    if route.rules is None:
        known = tuple(rule.name for rule in plan.rules)
        raise PostingRejected(
            "E_SCHEMA",
            f"the schema has no posting rule for {code}",
            details={"event_smart_code": code, "rules": list(known[:SHOWN_RULES])},
            hint=did_you_mean(code, known) or "add a rule `on …` that matches the code",
        )
    rule = route.rules.on(facts.accounting_date)
    if rule is None:
        raise _not_in_force(route.rules, facts)
    if rule.missing:
        key = rule.missing[0]
        raise PostingRejected(
            "E_SCHEMA",
            f"the rule for {code} needs the account `{key}`, which the schema does not have",
            details={"account": key, "rule": rule.name},
            hint=f"add `{key}` to the schema's accounts",
        )
    if not _in_force(plan, facts.accounting_date):
        raise PostingRejected(
            "E_SCHEMA",
            f"the schema is not in force on {facts.accounting_date}",
            details={
                "effective_from": str(plan.effective_from), "effective_to": str(plan.effective_to)
            },
        )  # fmt: skip
    return rule


def _not_in_force(versions: RuleVersions, facts: Facts) -> PostingRejected:
    """Return why none of the rules for a code is taken on an event's date."""
    code, day = facts.event_smart_code, facts.accounting_date
    periods = [str(rule.period) for rule in versions.rules]
    shown = ", ".join(periods[:SHOWN_PERIODS])
    shown_day = None if day is None else day.isoformat()
    details = {"event_smart_code": code, "date": shown_day, "in_force": periods[:SHOWN_RULES]}
    if day is None:
        message = f"{len(versions.rules)} rules for {code} follow one another, and no date chooses"
        return PostingRejected(
            "E_SCHEMA", message, details=details, hint="send `transaction_date` or `posting_date`"
        )
    more = ", …" if len(periods) > SHOWN_PERIODS else ""
    return PostingRejected(
        "E_SCHEMA",
        f"no rule for {code} is in force on {day}",
        details=details,
        hint=f"rules for it are in force {shown}{more}",
    )


def _in_force(plan: PostingPlan, day: date | None) -> bool:
    """Whether the schema applies on a day; an event without a date is not held to it."""
    if day is None:
        return True
    started = plan.effective_from is None or plan.effective_from <= day
    return started and (plan.effective_to is None or day <= plan.effective_to)


def _refuse_disallowed(plan: PostingPlan, facts: Facts) -> None:
    """Refuse what the schema's validations do not allow."""
    unknown = plan.currencies and facts.currency not in plan.currencies
    if not unknown and not plan.require_external_ref:
        return
    problems = ProblemList()
    if unknown:
        allowed = ", ".join(sorted(plan.currencies))
        problems.add("currency", f"{facts.currency} is not allowed by the schema", f"use {allowed}")
    if plan.require_external_ref and facts.external_reference is None:
        problems.add("external_reference", "is missing, and the schema requires it")
    problems.raise_if_any()


def _facts_phase(
    extensions: Extensions, sale: Sale, route: Route
) -> tuple[Sale, tuple[Notice, ...]]:
    """Return the sale with what the stages of the facts phase found out."""
    warned: list[Notice] = []
    declared = () if route.shape is None else tuple(route.shape.context.fields)
    for entry in extensions.stages:
        if entry.phase is Phase.FACTS:
            seen = (
                replace(sale.facts, items=_priced_items(sale)) if entry.replaces_tax else sale.facts
            )
            added = contribution_of(entry, seen, ())
            if added.lines:
                sale_lines = "lines in the facts phase"
                raise PostingRejected("E_GUARDRAIL", f"stage `{entry.name}` added {sale_lines}")
            sale = with_taxes(entry, sale, added)
            sale = sale._replace(facts=with_facts(entry, sale.facts, added, declared))
            warned.extend(notices(entry, added))
    return sale, tuple(warned)


def _priced_items(sale: Sale) -> tuple[GivenItem, ...]:
    """Return the items as a tax stage needs them: what was made, and all discounts known."""
    return tuple(
        GivenItem(
            amount=item.amount,
            discount=exact_add(item.discount, item.document_discount),
            category=item.category,
            exempt=item.exempt,
            inclusive=item.inclusive,
            fields=item.fields,
        )
        for item in sale.items
    )


def _rule_lines(
    plan: PostingPlan,
    rule: PlannedRule,
    route: Route,
    sale: Sale,
    extensions: Extensions,
    observer: Observer | None,
) -> tuple[DraftLine, ...]:
    """Return the unmerged lines of the rule."""
    scope = Scope(sale.facts, sale, watcher=observer)
    splitter = Splitter(sale, extensions.allocators)
    converter = Converter(sale.facts, plan.currencies, extensions.rates)
    at_work = RuleRun(
        rule=rule,
        route=route,
        splitter=splitter,
        accounts=plan.accounts,
        converter=converter,
        observer=observer,
    )
    check_own_signs(rule, scope)
    lines = at_work.lines(scope)
    return (*lines, *closing_lines(rule, lines, scope, observer))


def _lines_phase(
    plan: PostingPlan,
    extensions: Extensions,
    facts: Facts,
    drafts: tuple[DraftLine, ...],
    observer: Observer | None,
) -> tuple[tuple[DraftLine, ...], tuple[Notice, ...]]:
    """Return the lines with what the stages after the rule added, and their warnings."""
    warned: list[Notice] = []
    for position, entry in enumerate(extensions.stages, start=1):
        if entry.phase is Phase.LINES:
            added = contribution_of(entry, facts, drafts)
            facts = with_facts(entry, facts, added)
            lines = added_lines(plan, entry, position, facts, added)
            drafts = (*drafts, *lines)
            if observer is not None:
                for line in lines:
                    observer.made(line, LineEvidence(computed=Fraction(line.amount)))
            warned.extend(notices(entry, added))
    return drafts, tuple(warned)


def missing_fields(route: Route, facts: Facts) -> tuple[Problem, ...]:
    """Return a problem for each field of the context that the event's rule always reads."""
    rule = None if route.rules is None else route.rules.on(facts.accounting_date)
    if rule is None:
        return ()
    given = facts.context
    absent = [read for read in rule.required if read.name not in given]
    if not absent:
        return ()
    lists = {loop.collection for line in rule.lines for loop in line.loops}
    return tuple(
        Problem(
            f"business_context.{read.name}",
            "is missing",
            (did_you_mean(read.name, given) if count < SUGGESTIONS else None)
            or (SEND_LIST if read in lists else SEND_FIELD),
        )
        for count, read in enumerate(absent)
    )
