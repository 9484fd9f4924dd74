"""Finds lines that lack a required dimension in every event: declared events cannot have it.

Enters: the planned rules, what their events look like, the tax in force. Leaves: a fault for each
account whose requirement no event of a rule can meet, on lines of the rule and on those that the
engine adds to it: taxes on accounts of their own, reversed charges, rounding.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hera_engine.dsl import nodes
from hera_engine.dsl.declared import Declarations, may_share
from hera_engine.dsl.names import Declared
from hera_engine.dsl.nodes import Enforcement, Method
from hera_engine.errors import Diagnostic, Place, diagnose
from hera_engine.faults import ABSENT_DIMENSION
from hera_engine.rules.plan import (
    MapChoice,
    MissingKey,
    PlannedAccount,
    PlannedKey,
    PlannedRule,
    Target,
    TaxPlan,
)
from hera_engine.tax.component import Component
from hera_engine.tax.rates import TaxRate

ITEMS = "items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What beside its rules decides on which lines an event posts, and with which dimensions.

    ``provided`` are the facts of stages; ``rounding`` says that what currency conversion leaves
    over goes to the account of that key.
    """

    accounts: Mapping[str, PlannedKey]
    tax: TaxPlan
    provided: frozenset[str]
    rounding: str | None


def absent_dimensions(
    schema: nodes.Schema,
    written: tuple[nodes.Rule, ...],
    rules: tuple[PlannedRule, ...],
    around: Surroundings,
) -> Iterator[Diagnostic]:
    """Yield a fault for each account and dimension that a rule's events can never bring together.

    Args:
        schema: The schema, for its declarations and splits.
        written: The rules as they were written.
        rules: The same rules, planned.
        around: Accounts, tax and stages.
    """
    if not schema.events or not schema.requirements:
        return
    declarations = Declarations(schema)
    split = {each.dimension.text for each in schema.splits if each.method is not _BY_ITEMS}
    by_items = frozenset(each.dimension.text for each in schema.splits)
    for source, rule in zip(written, rules, strict=True):
        view = declarations.view((source.on,))
        if view is None:
            continue
        made = {
            each.name.text
            for each in schema.derivations
            if each.on is None or may_share(each.on, source.on)
        }
        seen: set[tuple[str, str]] = set()
        for account, place, reached in _accounts(rule, source, around, by_items):
            for name in _strictly_required(account):
                pair = (account.posted.key, name)
                derived = name in split or name in around.provided or name in made
                of_items = reached is None or name in reached
                if pair not in seen and not derived and _is_absent(name, view, of_items=of_items):
                    seen.add(pair)
                    yield diagnose(
                        ABSENT_DIMENSION, place, account=pair[0], name=name, rule=rule.name
                    )


_BY_ITEMS = Method.PROPORTIONAL
"""The method whose values are those of the items: it brings no value of its own."""


def _is_absent(name: str, event: Declared, *, of_items: bool) -> bool:
    """Whether an event cannot have a field, nor any item of it where that counts."""
    items = event.fields.get(ITEMS)
    if not event.closed or name in event.fields:
        return False
    if items is None or not of_items:
        return True
    return items.member is not None and items.member.closed and name not in items.member.fields


def _strictly_required(account: PlannedAccount) -> Iterator[str]:
    """Yield the dimensions without which a line on an account is refused."""
    required = account.required
    if required is None or required.enforcement is Enforcement.WARNING:
        return
    for name in required.names:
        if required.enforcement is Enforcement.ERROR or name not in required.defaults:
            yield name


def _accounts(
    rule: PlannedRule, source: nodes.Rule, around: Surroundings, by_items: frozenset[str]
) -> Iterator[tuple[PlannedAccount, Place | None, frozenset[str] | None]]:
    """Yield every account that a line of a rule, or one the engine adds, can stand on.

    With each the dimensions that a line on it may have of items: any (None) inside a loop over
    them, else those that it may be split by.
    """
    whole = None if rule.standard else source.on.at or source.at
    for line in rule.lines:
        place = None if rule.standard else line.origin.place
        split = by_items if line.by is None else by_items | {line.by}
        reached = split if line.over_items is None else None
        for key in _keys(line.target):
            for ledger in line.ledgers:
                yield key.by_ledger[ledger], place, reached
    if rule.closing is not None:
        for account in rule.closing.account.by_ledger.values():
            yield account, None if rule.standard else rule.closing.origin.place, frozenset()
    if rule.exchange is not None:
        for key in (rule.exchange.gain, rule.exchange.loss):
            for account in key.by_ledger.values():
                yield account, None if rule.standard else rule.exchange.origin.place, frozenset()
    names = [] if around.rounding is None else [around.rounding]
    profile = around.tax.profile
    if rule.uses_tax and profile is not None:
        taxes: tuple[TaxRate | Component, ...] = (*profile.rates, *profile.components)
        for tax in taxes:
            bought = (tax.input_account, tax.expense_account) if rule.purchase else ()
            names += [name for name in (tax.account, *bought) if name is not None]
    for name in dict.fromkeys(names):
        planned = around.accounts.get(name)
        for account in () if planned is None else planned.by_ledger.values():
            yield account, whole, None


def _keys(target: Target) -> Iterable[PlannedKey]:
    """Return the accounts that a target can come to, each once."""
    match target:
        case PlannedKey():
            return (target,)
        case MapChoice(found):
            return found.accounts.values()
        case MissingKey():
            return ()
