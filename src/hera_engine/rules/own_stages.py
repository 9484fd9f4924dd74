"""Runs a caller's stages and holds each to its promises right after it ran."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Final

from hera_engine.accounts import Side
from hera_engine.dimensions import check_dimension_value
from hera_engine.errors import (
    ERROR_KINDS,
    EventError,
    HeraError,
    PostingRejected,
    Problem,
    ProblemList,
)
from hera_engine.facts import Facts
from hera_engine.frozen import FrozenMap, freeze
from hera_engine.journal import Notice, TaxDetail, imbalances, unbalanced
from hera_engine.money import (
    ZERO,
    AmountError,
    exact_add,
    exact_negate,
    from_minor,
    parse_amount,
    round_money,
    to_minor,
)
from hera_engine.rules.dimensions import line_dimensions
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.plan import PlannedKey, PostingPlan
from hera_engine.rules.sale import Item, ItemComponent, Sale
from hera_engine.rules.stage import TAX, AddedLine, Contribution, ItemTaxes, Registered

_NONE: Final[object] = Contribution().lines


def contribution_of(entry: Registered, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
    """Return what a stage adds.

    Raises:
        PostingRejected: E_GUARDRAIL naming the stage, if it failed or returned something else.
        EventError: The problems the stage found.
    """
    try:
        added = entry.stage.contribute(facts, lines)
    except HeraError:
        raise
    except Exception as error:  # a caller's code may raise anything
        raise breach(entry, f"raised {type(error).__name__}") from error
    check_contribution(entry, added)
    return added


def check_contribution(entry: Registered, added: Contribution) -> None:
    """Refuse what is no contribution, and an event in which a stage found problems.

    Raises:
        PostingRejected: E_GUARDRAIL naming the stage, if it is none or holds other kinds.
        EventError: The problems the stage found.
    """
    if not isinstance(added, Contribution):
        raise breach(entry, f"returned {type(added).__name__}, not a Contribution")
    if adds_nothing(added):
        return
    _refuse_other_kinds(entry, added)
    if added.problems:
        raise EventError(added.problems)


def adds_nothing(added: Contribution) -> bool:
    """Whether a contribution is as empty as one that is made without arguments.

    One of other empty members, such as a list, is told by looking at each of them.
    """
    return (
        added.lines is _NONE
        and added.warnings is _NONE
        and added.problems is _NONE
        and added.taxes is None
        and type(added.facts) is dict
        and not added.facts
    )


def _refuse_other_kinds(entry: Registered, added: Contribution) -> None:
    """Refuse a contribution whose members are not of the kinds that it promises."""
    members: tuple[tuple[str, object, type], ...] = (
        ("lines", added.lines, AddedLine),
        ("warnings", added.warnings, str),
        ("problems", added.problems, Problem),
        ("taxes", added.taxes or (), ItemTaxes),
    )
    for name, found, kind in members:
        if not isinstance(found, list | tuple):
            raise breach(entry, f"gave {name} that are no list or tuple")
        if not all(isinstance(member, kind) for member in found):
            raise breach(entry, f"gave {name} that are not all of type {kind.__name__}")
    if not isinstance(added.facts, Mapping):
        raise breach(entry, "gave facts that are no mapping")
    if added.taxes is not None and not entry.replaces_tax:
        raise breach(entry, "gave taxes, but does not replace `tax`")
    for problem in added.problems:
        if problem.code not in ERROR_KINDS:
            raise breach(entry, f"gave a problem with the unknown code `{problem.code}`")


def with_facts(
    entry: Registered, facts: Facts, added: Contribution, declared: Collection[str] = ()
) -> Facts:
    """Return the facts with what a stage found out; only new names are allowed.

    A field that the event's declaration has is the caller's, also where it was not sent.
    """
    if type(added.facts) is dict and not added.facts:
        return facts
    problems = ProblemList()
    frozen = freeze(dict(added.facts), f"stage {entry.name}", problems)
    if problems.found or not isinstance(frozen, FrozenMap):
        raise breach(entry, f"added facts that cannot be kept: {problems.found[0]}")
    for name in frozen:
        if name in facts.added or name in facts.context or hasattr(facts, name):
            raise breach(entry, f"added the fact `{name}`, which is not a new name")
        if name in declared:
            raise breach(entry, f"added the fact `{name}`, which the event declares")
        if entry.provides and name not in entry.provides:
            raise breach(entry, f"added the fact `{name}`, which it does not declare")
    return replace(facts, added=FrozenMap({**facts.added, **frozen}))


def with_taxes(entry: Registered, sale: Sale, added: Contribution) -> Sale:
    """Return the sale with the taxes of a stage that replaces the tax stage."""
    if added.taxes is None:
        if entry.replaces_tax and sale.items:
            raise breach(entry, "replaces `tax`, but gave no taxes")
        return sale
    if len(added.taxes) != len(sale.items):
        raise breach(entry, f"gave {len(added.taxes)} taxes for {len(sale.items)} items")
    exponent = sale.facts.exponent
    items = tuple(
        _taxed(entry, item, tax, exponent)
        for item, tax in zip(sale.items, added.taxes, strict=True)
    )
    return sale._replace(items=items, merged=False)


def _taxed(entry: Registered, item: Item, tax: ItemTaxes, exponent: int) -> Item:
    """Return an item with a stage's tax; its discounts are net in the proportion of that tax."""
    _refuse_broken(entry, tax, exponent)
    detail = TaxDetail(
        code=entry.name,
        rate=ZERO,
        base=tax.net.copy_abs(),
        category=entry.name,
        jurisdiction=None,
        reason=TAX,
    )
    discounts = Fraction(item.discount) + Fraction(item.document_discount)
    if item.inclusive and tax.gross:
        discounts *= Fraction(tax.net) / Fraction(tax.gross)
    component = ItemComponent(detail, tax.tax, Fraction(tax.tax), None)
    return replace(
        item,
        net=tax.net,
        tax=tax.tax,
        gross=tax.gross,
        discount_net=round_money(discounts, step=Decimal((0, (1,), -exponent))),
        make_details=partial(item.details._replace, components=(component,)),
    )


def _refuse_broken(entry: Registered, tax: ItemTaxes, exponent: int) -> None:
    """Refuse taxes that are no whole minor units or do not add up."""
    for amount in (tax.net, tax.tax, tax.gross):
        if not isinstance(amount, Decimal):
            raise breach(entry, f"gave a tax figure of type {type(amount).__name__}, not Decimal")
        _units(entry, amount, exponent)
    if exact_add(tax.net, tax.tax) != tax.gross:
        raise breach(entry, f"broke net + tax = gross: {tax.net} + {tax.tax} is not {tax.gross}")


def added_lines(
    plan: PostingPlan, entry: Registered, position: int, facts: Facts, added: Contribution
) -> tuple[DraftLine, ...]:
    """Return a stage's lines as drafts; they must balance by themselves.

    Raises:
        PostingRejected: E_GUARDRAIL naming the stage for an unknown account or ledger or an
            amount that is not positive and whole; E_UNBALANCED if they do not balance.
    """
    drafts = tuple(
        draft
        for number, line in enumerate(added.lines)
        for draft in _drafts(plan, entry, (position, number), facts, line)
    )
    left = dict.fromkeys((draft.ledger for draft in drafts), ZERO)
    for draft in drafts:
        more = draft.amount if draft.side is Side.DEBIT else exact_negate(draft.amount)
        left[draft.ledger] = exact_add(left[draft.ledger], more)
    if any(left.values()):
        lines = ((draft.ledger, facts.currency, draft.side, draft.amount) for draft in drafts)
        raise unbalanced(imbalances(lines), context={"stage": entry.name})
    return drafts


def notices(entry: Registered, added: Contribution) -> tuple[Notice, ...]:
    """Return a stage's warnings as notices that name it."""
    return tuple(
        Notice("STAGE", str(text), FrozenMap({"stage": entry.name})) for text in added.warnings
    )


def breach(entry: Registered, what: str) -> PostingRejected:
    """Return the error for a stage that broke a promise."""
    return PostingRejected(
        "E_GUARDRAIL",
        f"stage `{entry.name}` {what}",
        details={"stage": entry.name},
        hint="test the stage with hera_engine.testing.assert_stage_lawful",
    )


def _drafts(
    plan: PostingPlan, entry: Registered, order: tuple[int, int], facts: Facts, line: AddedLine
) -> tuple[DraftLine, ...]:
    """Return one added line as a draft per ledger."""
    key = _key(plan.accounts, entry, line.account)
    ledgers = plan.ledgers if line.ledger is None else (line.ledger,)
    drafts = []
    for ledger in ledgers:
        account = key.by_ledger.get(ledger)
        if account is None:
            raise breach(entry, f"posts to ledger `{ledger}`, which the schema does not keep")
        dimensions, _ = line_dimensions(account, facts, (), _dimensions(plan, entry, line))
        drafts.append(
            DraftLine(
                ledger=ledger,
                side=_side(entry, line),
                account=account,
                amount=_amount(entry, line.amount, facts.exponent),
                dimensions=dimensions,
                tax=None,
                payment_reference=None,
                order=order,
                origin=entry.origin,
            )
        )
    return tuple(drafts)


def _key(accounts: Mapping[str, PlannedKey], entry: Registered, name: object) -> PlannedKey:
    if not isinstance(name, str) or name not in accounts:
        raise breach(entry, f"posts to `{name}`, which is no account key of the schema")
    return accounts[name]


def _side(entry: Registered, line: AddedLine) -> Side:
    if not isinstance(line.side, Side):
        raise breach(entry, f"gave the side `{line.side}`, not a Side")
    return line.side


def _dimensions(plan: PostingPlan, entry: Registered, line: AddedLine) -> dict[str, str]:
    """Return the dimension values of a line: of declared dimensions, checked like an event's."""
    if not isinstance(line.dimensions, Mapping):
        raise breach(entry, "gave dimensions that are no mapping")
    strangers = [name for name in line.dimensions if name not in plan.dimensions]
    if strangers:
        raise breach(entry, f"gave the dimension `{strangers[0]}`, which is not declared")
    try:
        return {str(name): check_dimension_value(value) for name, value in line.dimensions.items()}
    except ValueError as error:
        raise breach(entry, f"gave a dimension value that {error}") from None


def _amount(entry: Registered, amount: object, exponent: int) -> Decimal:
    units = _units(entry, amount, exponent)
    if units <= 0:
        raise breach(entry, "gave an amount that is not above zero")
    return from_minor(units, exponent)


def _units(entry: Registered, amount: object, exponent: int) -> int:
    try:
        return to_minor(parse_amount(amount), exponent)
    except AmountError as error:
        raise breach(entry, f"gave an amount that {error.reason}") from None
