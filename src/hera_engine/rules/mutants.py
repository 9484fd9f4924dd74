"""Schemas with one fault put in, to see whether the cases of the schema notice it.

Enters: the nodes of a schema. Leaves: its mutants, in the order of the document and always the
same: a flipped side, a dropped line or equation, another account or text, no derived value, another
rate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from itertools import chain
from typing import Final, TypeVar

from hera_engine.dsl import nodes
from hera_engine.dsl.format_expressions import format_arithmetic
from hera_engine.dsl.format_rules import format_exchange, format_given, format_let, format_line
from hera_engine.dsl.format_targets import format_derivation
from hera_engine.dsl.names import texts_of
from hera_engine.errors import Place
from hera_engine.money import exact_add, format_amount

_MORE: Final = Decimal(1)
"""Percentage points, or currency units per unit, that a changed rate is higher by."""

_PAID: Final = frozenset({"total_amount", "sum(payments.amount)"})
"""What is equal in every event whose payments are immediate."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A schema with one change: where it was made, and what it is."""

    place: Place | None
    words: str
    schema: nodes.Schema

    def to_dict(self) -> dict[str, object]:
        """Return the change as plain JSON values, without the schema."""
        return {"place": None if self.place is None else str(self.place), "words": self.words}


def mutants(schema: nodes.Schema) -> Iterator[Mutant]:
    """Yield the mutants of a schema: of rules, map rows, derived values, declarations, rates."""
    for index, rule in enumerate(schema.rules):
        lines = (_of_line(schema, rule, number) for number in range(len(rule.lines)))
        for place, words, changed in chain(
            _of_lets(rule), _of_givens(schema, rule), *lines, _of_exchange(schema, rule)
        ):
            rules = _with(schema.rules, index, changed)
            yield Mutant(place, words, replace(schema, rules=rules))
    for index, decl in enumerate(schema.maps):
        yield from _of_map(schema, decl, index)
    yield from _of_derivations(schema)
    yield from _of_declarations(schema)
    buys = any(rule.purchase for rule in schema.rules)
    for index, profile in enumerate(schema.tax_profiles):
        for place, words, other in _of_profile(profile, buys=buys):
            profiles = _with(schema.tax_profiles, index, other)
            yield Mutant(place, words, replace(schema, tax_profiles=profiles))


_Member = TypeVar("_Member")


def _with(members: Sequence[_Member], index: int, member: _Member) -> tuple[_Member, ...]:
    """Return members with another in one place."""
    return (*members[:index], member, *members[index + 1 :])


def _without(members: Sequence[_Member], index: int) -> tuple[_Member, ...]:
    return (*members[:index], *members[index + 1 :])


_ChangedRule = tuple[Place | None, str, nodes.Rule]
"""A rule with one change: where it was made, and what it is."""


def _of_lets(rule: nodes.Rule) -> Iterator[_ChangedRule]:
    """Yield the rule with the percentages of one of its named amounts higher."""
    for index, let in enumerate(rule.lets):
        value = _raised(let.value)
        if value != let.value:
            lets = _with(rule.lets, index, replace(let, value=value))
            yield let.at, f"`{format_let(let)}` with a higher rate", replace(rule, lets=lets)


def _of_givens(schema: nodes.Schema, rule: nodes.Rule) -> Iterator[_ChangedRule]:
    """Yield the rule without one of its equations."""
    for index, given in enumerate(rule.givens):
        if not _is_held_anyway(schema, given):
            words = f"without `{format_given(given)}`"
            yield given.at, words, replace(rule, givens=_without(rule.givens, index))


def _is_held_anyway(schema: nodes.Schema, given: nodes.Given) -> bool:
    """Whether the engine holds every event to an equation: no case could miss it."""
    payments = schema.payments or nodes.Payments()
    sides = {format_arithmetic(given.left), format_arithmetic(given.right)}
    return payments.capture is nodes.Capture.IMMEDIATE and sides == _PAID


def _of_line(schema: nodes.Schema, rule: nodes.Rule, number: int) -> Iterator[_ChangedRule]:
    """Yield the rule with one of its lines changed in each of the ways there are.

    A share of an allocation only goes to another account: it has side and size with its siblings.
    """
    line = rule.lines[number]
    words = f"`{format_line(line)}`"

    def changed(other: nodes.Line) -> nodes.Rule:
        return replace(rule, lines=_with(rule.lines, number, other))

    if not isinstance(line.amount, nodes.Allotted):
        credit = line.side is nodes.SideWord.CREDIT
        other_side = nodes.SideWord.DEBIT if credit else nodes.SideWord.CREDIT
        yield line.at, f"{words} on the other side", changed(replace(line, side=other_side))
        yield line.at, f"without {words}", replace(rule, lines=_without(rule.lines, number))
    if isinstance(line.target, nodes.Name):
        other = _other_account(schema, line.target.text)
        if other is not None:
            swapped = replace(line, target=nodes.Name(other, at=line.target.at))
            yield line.at, f"{words} on account `{other}`", changed(swapped)
    if isinstance(line.amount, nodes.Allotted):
        return
    amount = _raised(line.amount)
    if amount != line.amount:
        yield line.at, f"{words} with a higher rate", changed(replace(line, amount=amount))
    if line.currency is not None:
        yield line.at, f"{words} without its currency", changed(replace(line, currency=None))
    if line.base is not None:
        yield line.at, f"{words} without its base amount", changed(replace(line, base=None))
    if line.rate is not None:
        yield line.at, f"{words} without its rate", changed(replace(line, rate=None))


def _of_exchange(schema: nodes.Schema, rule: nodes.Rule) -> Iterator[_ChangedRule]:
    """Yield the rule with its exchange differences on another account, gains and losses apart."""
    exchange = rule.exchange
    if exchange is None:
        return
    words = f"`{format_exchange(exchange)}`"
    for key in dict.fromkeys((exchange.gain.text, exchange.loss.text)):
        other = _other_account(schema, key)
        if other is None:
            continue
        gain, loss = (
            nodes.Name(other, at=name.at) if name.text == key else name
            for name in (exchange.gain, exchange.loss)
        )
        changed = replace(rule, exchange=replace(exchange, gain=gain, loss=loss))
        yield exchange.at, f"{words} with `{other}` for `{key}`", changed


def _other_account(schema: nodes.Schema, key: str) -> str | None:
    """Return the next account of the same type, else the next account; None if there is none."""
    accounts = schema.accounts
    here = next((index for index, decl in enumerate(accounts) if decl.key.text == key), None)
    if here is None:
        return None
    others = [decl for decl in (*accounts[here + 1 :], *accounts[:here]) if decl.key.text != key]
    alike = [decl for decl in others if decl.type is accounts[here].type]
    return next((decl.key.text for decl in (*alike, *others)), None)


def _raised(value: nodes.Expression) -> nodes.Expression:
    """Return an expression with each percentage in it one point higher."""
    changed = _raised_part(value)
    assert isinstance(changed, nodes.Expression), "a node keeps its class"
    return changed


def _raised_part(value: object) -> object:
    if isinstance(value, nodes.Percent):
        return replace(value, value=exact_add(value.value, _MORE))
    if isinstance(value, tuple):
        return tuple(_raised_part(part) for part in value)
    if not isinstance(value, nodes.Node):
        return value
    changes = {part.name: _raised_part(getattr(value, part.name)) for part in fields(value)}
    return replace(value, **changes)  # type: ignore[arg-type] # the node's own fields


def _of_map(schema: nodes.Schema, decl: nodes.MapDecl, index: int) -> Iterator[Mutant]:
    """Yield the schema with one row of a map leading to another account, or another text of it."""
    for number, row in enumerate(decl.rows):
        other = _other_target(schema, decl, row.target)
        if other is None:
            continue
        where = f"account `{other.text}`" if isinstance(other, nodes.Name) else f'"{other.value}"'
        words = f"row {number + 1} of map `{decl.name.text}` to {where}"
        changed = replace(row, target=other)
        rows = _with(decl.rows, number, changed)
        maps = _with(schema.maps, index, replace(decl, rows=rows))
        yield Mutant(row.at, words, replace(schema, maps=maps))


def _other_target(
    schema: nodes.Schema, decl: nodes.MapDecl, target: nodes.Name | nodes.Text | None
) -> nodes.Name | nodes.Text | None:
    """Return what a row might give instead; None if there is nothing else."""
    if isinstance(target, nodes.Text):
        texts = texts_of(decl)
        place = texts.index(target.value)
        others = (*texts[place + 1 :], *texts[:place])
        return replace(target, value=others[0]) if others else None
    if target is None or (other := _other_account(schema, target.text)) is None:
        return None
    return nodes.Name(other, at=target.at)


def _of_derivations(schema: nodes.Schema) -> Iterator[Mutant]:
    """Yield the schema without one of its derived values."""
    for index, derived in enumerate(schema.derivations):
        rest = _without(schema.derivations, index)
        words = f"without `{format_derivation(derived)}`"
        yield Mutant(derived.at, words, replace(schema, derivations=rest))


def _of_declarations(schema: nodes.Schema) -> Iterator[Mutant]:
    """Yield the schema without one of the equations of its event declarations."""
    for index, decl in enumerate(schema.events):
        for number, given in enumerate(decl.givens):
            if _is_held_anyway(schema, given):
                continue
            changed = replace(decl, givens=_without(decl.givens, number))
            events = _with(schema.events, index, changed)
            words = f"without `{format_given(given)}`"
            yield Mutant(given.at, words, replace(schema, events=events))


def _of_profile(
    profile: nodes.TaxProfileDecl, *, buys: bool
) -> Iterator[tuple[Place | None, str, nodes.TaxProfileDecl]]:
    """Yield a tax profile with one of its rates, components or slices of them one point higher.

    A charge that is reversed posts nothing for who sells: it is left out unless a rule buys.
    """
    for index, rate in enumerate(profile.rates):
        if rate.percent is not None and (buys or not rate.reverse_charge):
            more = exact_add(rate.percent, _MORE)
            rates = _with(profile.rates, index, replace(rate, percent=more))
            words = f"rate `{rate.name.text}` at {format_amount(more)}%"
            yield rate.at, words, replace(profile, rates=rates)
    for index, component in enumerate(profile.components):
        if component.reverse_charge and not buys:
            continue
        for place, words, changed in _of_component(component):
            parts = _with(profile.components, index, changed)
            yield place, words, replace(profile, components=parts)


def _of_component(
    component: nodes.ComponentDecl,
) -> Iterator[tuple[Place | None, str, nodes.ComponentDecl]]:
    """Yield a component with its rate, or with that of one of its slices, one point higher."""
    words = f"component `{component.name.text}`"
    if component.rate is not None:
        more = exact_add(component.rate, _MORE)
        yield component.at, f"{words} at {format_amount(more)}", replace(component, rate=more)
    for number, tier in enumerate(component.tiers):
        more = exact_add(tier.percent, _MORE)
        tiers = _with(component.tiers, number, replace(tier, percent=more))
        changed = replace(component, tiers=tiers)
        yield (
            tier.at or component.at,
            f"{words}, slice {number + 1}, at {format_amount(more)}%",
            changed,
        )
