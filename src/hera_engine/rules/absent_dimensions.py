"""Finds lines that lack a required dimension in every event: declared events cannot have it.

Enters: the planned rules, what their events look like, the tax in force. Leaves: a fault for each
account whose requirement no event of a rule can meet, on lines of the rule and on those that the
engine adds to it: taxes on accounts of their own, reversed charges, rounding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hera_engine.dsl import nodes
from hera_engine.dsl.declared import Declarations, may_share
from hera_engine.dsl.names import Declared, ValueKind
from hera_engine.dsl.nodes import Enforcement, Method
from hera_engine.errors import Diagnostic, Place, diagnose
from hera_engine.faults import ABSENT_DIMENSION
from hera_engine.rules.expressions import Constant, Defaulted, Expression, Read, Source
from hera_engine.rules.plan import (
    MapChoice,
    MissingKey,
    PlannedAccount,
    PlannedKey,
    PlannedLine,
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
    over goes to the account of that key; ``by_call`` remembers the accounts of each map for what
    its inputs can be.
    """

    accounts: Mapping[str, PlannedKey]
    tax: TaxPlan
    provided: frozenset[str]
    rounding: str | None
    by_call: dict[tuple[str, "_Texts"], tuple[PlannedKey, ...]] = field(default_factory=dict)


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
        for account, place, bearers in _accounts(rule, source, around, view):
            for name in _strictly_required(account):
                pair = (account.posted.key, name)
                derived = name in split or name in around.provided or name in made
                # The items reach a line that is split by them, and those that the engine adds.
                of_items = bearers.by is None or name in by_items or name in bearers.by
                absent = bearers.lack(name) and _is_absent(name, view, of_items=of_items)
                if pair not in seen and not derived and absent:
                    seen.add(pair)
                    yield diagnose(
                        ABSENT_DIMENSION, place, account=pair[0], name=name, rule=rule.name
                    )


_BY_ITEMS = Method.PROPORTIONAL
"""The method whose values are those of the items: it brings no value of its own."""


@dataclass(frozen=True, slots=True)
class _Bearers:
    """What else than its event may give a line a dimension.

    ``members`` are those of the loops around it, and ``by`` names what it is split by in its own
    words; None for a line of taxes that the engine adds, which may be one of any item.
    """

    members: tuple[Declared, ...] = ()
    by: frozenset[str] | None = frozenset()

    def lack(self, name: str) -> bool:
        """Whether no member can have a field."""
        return all(_lacks(member, name) for member in self.members)


def _is_absent(name: str, event: Declared, *, of_items: bool) -> bool:
    """Whether an event cannot have a field, nor any item of it where that counts."""
    items = event.fields.get(ITEMS)
    if not event.closed or name in event.fields:
        return False
    if items is None or not of_items:
        return True
    return items.member is not None and _lacks(items.member, name)


def _lacks(record: Declared, name: str) -> bool:
    """Whether no record of a kind has a field."""
    return record.closed and name not in record.fields


def _members(line: PlannedLine, event: Declared) -> Mapping[str, Declared]:
    """Return what is declared of the members that the loops around a line stand at, by variable."""
    found: dict[str, Declared] = {}
    for loop in line.loops:
        read = loop.collection
        start = found.get(read.name) if read.source is Source.LOOP else event.at((read.name,))
        listed = None if start is None else start.at(read.rest)
        # A list in an open record is not declared: its members may have any field.
        known = None if listed is None else listed.member
        found[loop.variable] = Declared(kind=ValueKind.UNKNOWN) if known is None else known
    return found


def _strictly_required(account: PlannedAccount) -> Iterator[str]:
    """Yield the dimensions without which a line on an account is refused."""
    required = account.required
    if required is None or required.enforcement is Enforcement.WARNING:
        return
    for name in required.names:
        if required.enforcement is Enforcement.ERROR or name not in required.defaults:
            yield name


def _accounts(
    rule: PlannedRule, source: nodes.Rule, around: Surroundings, event: Declared
) -> Iterator[tuple[PlannedAccount, Place | None, _Bearers]]:
    """Yield every account that a line of a rule, or one the engine adds, can stand on.

    With it, where that is written, and what may bring the line its dimensions.
    """
    whole = None if rule.standard else source.on.at or source.at
    for line in rule.lines:
        place = None if rule.standard else line.origin.place
        members = _members(line, event)
        named = frozenset[str]() if line.by is None else frozenset((line.by,))
        bearers = _Bearers(tuple(members.values()), named)
        for key in _keys(line.target, event, members, around.by_call):
            for ledger in line.ledgers:
                yield key.by_ledger[ledger], place, bearers
    if rule.closing is not None:
        for account in rule.closing.account.by_ledger.values():
            yield account, None if rule.standard else rule.closing.origin.place, _Bearers()
    if rule.exchange is not None:
        for key in (rule.exchange.gain, rule.exchange.loss):
            for account in key.by_ledger.values():
                yield account, None if rule.standard else rule.exchange.origin.place, _Bearers()
    names = [] if around.rounding is None else [around.rounding]
    profile = around.tax.profile
    if rule.uses_tax and profile is not None:
        taxes: tuple[TaxRate | Component, ...] = (*profile.rates, *profile.components)
        names += (name for tax in taxes for name in _own_accounts(tax, bought=rule.purchase))
    for name in dict.fromkeys(names):
        planned = around.accounts.get(name)
        for account in () if planned is None else planned.by_ledger.values():
            yield account, whole, _Bearers(by=None)


def _own_accounts(tax: TaxRate | Component, *, bought: bool) -> Iterator[str]:
    """Yield the keys of the accounts that a tax names and that a sale, or a purchase, posts to."""
    withheld = isinstance(tax, Component) and tax.retained
    reversed_ = tax.reverse_charge if isinstance(tax, Component) else tax.is_reverse_charge
    # What is owed: by who sells, and by who buys where the charge is reversed or tax withheld.
    owed = (withheld or reversed_) if bought else not (withheld or reversed_)
    # What is got back: by who buys, and by who sells where the customer withheld it.
    claimed = not withheld if bought else withheld
    if owed and tax.account is not None:
        yield tax.account
    if claimed and tax.input_account is not None:
        yield tax.input_account
    if bought and not withheld and tax.expense_account is not None:
        yield tax.expense_account


_Texts = tuple[frozenset[str] | None, ...]
"""For each input of a map all texts that it can be, or None where they are not known."""


def _keys(
    target: Target,
    event: Declared,
    members: Mapping[str, Declared],
    by_call: dict[tuple[str, _Texts], tuple[PlannedKey, ...]],
) -> tuple[PlannedKey, ...]:
    """Return the accounts that a target can come to, each once; like calls are looked up once."""
    match target:
        case PlannedKey():
            return (target,)
        case MapChoice(found, arguments):
            texts = tuple(_texts(argument, event, members) for argument in arguments)
            call = (found.table.name, texts)
            if call not in by_call:
                matching = (row.target for row in found.table.rows if _can_match(row.keys, texts))
                keys = dict.fromkeys(key for key in matching if key is not None)
                by_call[call] = tuple(found.accounts[key] for key in keys)
            return by_call[call]
        case MissingKey():
            return ()


def _can_match(keys: tuple[str | None, ...], texts: _Texts) -> bool:
    """Whether some inputs that a call can have are those of a row."""
    pairs = zip(keys, texts, strict=True)
    return all(key is None or known is None or key in known for key, known in pairs)


def _texts(
    argument: Expression, event: Declared, members: Mapping[str, Declared]
) -> frozenset[str] | None:
    """Return all texts that an argument of a map can be; None where they are not known."""
    match argument:
        case Constant(str() as text):
            return frozenset((text,))
        case Defaulted(read, Constant(str() as text)):
            choices = _texts(read, event, members)
            return None if choices is None else choices | {text}
        case Read(Source.LET):
            return None
        case Read(source, name, rest):
            record = members[name] if source is Source.LOOP else event.at((name,))
            found = None if record is None else record.at(rest)
            declared = None if found is None else found.choices
            return None if declared is None else frozenset(declared)
        case _:
            return None
