"""The fields that a rule reads, and what they hold in an event that is made up for the proof.

Enters: a planned rule, and the values that a search found for its amounts. Leaves: a `World` in
which every field that the rule may read has a value of the kind that the rule asks for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final, TypeAlias

from hera_engine.dsl.names import CONTEXT_FIELDS, HEADER_FIELDS, ValueKind
from hera_engine.money import ZERO, from_minor
from hera_engine.rules.compile_expressions import operands_of
from hera_engine.rules.expressions import (
    Absolute,
    Add,
    Compare,
    Constant,
    Defaulted,
    Every,
    Expression,
    Extreme,
    Invert,
    MapText,
    Multiply,
    Negate,
    Read,
    Round,
    ShareOf,
    Some,
    Source,
    SumOf,
)
from hera_engine.rules.maps import MapTable, PlannedRow
from hera_engine.rules.plan import MapChoice, PlannedRule
from hera_engine.rules.proof.contributions import RuleForms
from hera_engine.rules.proof.forms import (
    UNIT,
    Amount,
    Atom,
    CellSum,
    Domain,
    Figure,
    Flag,
    Mapped,
    Term,
    TextIs,
)
from hera_engine.rules.proof.mapped import OTHER_TEXT, inputs_for
from hera_engine.rules.proof.read import Place, Reader
from hera_engine.rules.proof.signs import ITEMS, PAYMENTS
from hera_engine.rules.proof.worlds import ITEM_FIGURES, Member, Value, World

ONE: Final = Decimal(1)
"""What a divisor is unless the search says otherwise."""
SOME_DAY: Final = date(2025, 1, 1)
CURRENCIES: Final = MappingProxyType({2: "USD", 3: "KWD", 4: "CLF"})
"""A currency for each number of decimals that the amounts of a rule may have."""


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """One member of a made-up event: which collection, which of its members, what it meets."""

    domain: Domain
    number: int
    truth: Mapping[Atom, bool]
    parents: tuple[int, ...]


Plan: TypeAlias = tuple[Spot, ...]
Point: TypeAlias = Mapping[Term, Fraction]


# --- which fields there are ----------------------------------------------------------------


def texts_of(rule: PlannedRule, forms: RuleForms) -> "Texts":
    """Return what the fields of a rule hold unless a condition or an amount says otherwise."""
    asked = _Asked(forms.reader, {})
    for let in rule.lets:
        asked.ask(let.value, Place(), ZERO)
    for given in rule.givens:
        asked.ask(given.left, Place(), ZERO)
        asked.ask(given.right, Place(), ZERO)
    for line in rule.lines:
        place, _, related = forms.conditions.loops(line.loops)
        if not related:
            continue
        within = Place()
        for loop in line.loops:
            domain, _ = forms.reader.domain_of(loop.collection, within)
            within = within.inside(loop.variable, domain)
            if loop.when is not None:
                asked.ask(loop.when, within, True)
        asked.ask(line.amount, place, ZERO)
        if line.when is not None:
            asked.ask(line.when, place, True)
        if isinstance(line.target, MapChoice):
            asked.inputs(line.target.map.table, line.target.arguments, place)
    exponent = _exponent(forms)
    fields = dict(asked.fields)
    for line in rule.lines:
        place, _, related = forms.conditions.loops(line.loops)
        unit = forms.reader.unit_of(line.currency, place) if related else None
        if isinstance(unit, Amount):
            fields[place.domain[: unit.level], unit.read] = CURRENCIES[exponent]
    if exponent > min(CURRENCIES):
        fields.setdefault(((), Read(Source.HEADER, "currency")), CURRENCIES[exponent])
    return Texts(exponent, fields)


def _texts_for(row: PlannedRow) -> tuple[str, ...]:
    """Return inputs that a row matches."""
    return tuple(OTHER_TEXT if key is None else key for key in row.keys)


def _exponent(forms: RuleForms) -> int:
    """Return how many decimals the plain numbers among a rule's amounts have, at least two."""
    weighed = [each.form for each in forms.contributions]
    weighed += [equation.form for equation in forms.equations]
    numbers = [form.coefficients.get(UNIT, Fraction()) for form in weighed]
    fitting = (each for each in CURRENCIES if all((n * 10**each).denominator == 1 for n in numbers))
    return next(fitting, max(CURRENCIES))


_KINDS: Final[Mapping[ValueKind, Value]] = MappingProxyType(
    {
        ValueKind.NUMBER: ZERO,
        ValueKind.TEXT: OTHER_TEXT,
        ValueKind.TRUTH: False,
        ValueKind.DATE: SOME_DAY,
    }
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Gathers the fields that expressions read; the first use tells what kind a field is."""

    reader: Reader
    fields: dict[tuple[Domain, Read], Value]

    def ask(self, expression: Expression, place: Place, value: Value) -> None:
        """Note the fields of an expression that stands where such a value is asked for."""
        match expression:
            case Read() | Defaulted():
                self._field(expression, place, value)
            case Add(pairs):
                for _, operand in pairs:
                    self.ask(operand, place, ZERO)
            case Multiply(pairs):
                for divides, operand in pairs:
                    self.ask(operand, place, ONE if divides else ZERO)
            case Extreme(_, operands):
                for operand in operands:
                    self.ask(operand, place, ZERO)
            case Negate(operand) | Absolute(operand) | Round(operand) | Invert(operand):
                self.ask(operand, place, True if isinstance(expression, Invert) else ZERO)
            case SumOf(collection, rest):
                domain, _ = self.reader.domain_of(collection, place)
                self.fields.setdefault((domain, Read(Source.LOOP, "", rest)), ZERO)
            case ShareOf(allocation, 0):
                for operand in operands_of(allocation):
                    self.ask(operand, place, ONE if operand is allocation.weight else ZERO)
            case Compare(_, left, right):
                self.ask(left, place, _beside(right))
                self.ask(right, place, _beside(left))
            case Every(operands) | Some(operands):
                for operand in operands:
                    self.ask(operand, place, True)
            case MapText(table, arguments):
                self.inputs(table, arguments, place)
            case _:
                pass  # a literal, or a figure that is there without a field

    def inputs(self, table: MapTable, arguments: tuple[Expression, ...], place: Place) -> None:
        """Note the fields that a map is asked by, with inputs that it does not refuse."""
        fitting = (_texts_for(row) for row in table.rows if row.target is not None)
        texts = next(fitting, (OTHER_TEXT,) * len(arguments))
        for argument, text in zip(arguments, texts, strict=True):
            self.ask(argument, place, text)

    def _field(self, expression: Read | Defaulted, place: Place, value: Value) -> None:
        read = expression.read if isinstance(expression, Defaulted) else expression
        if read.source is Source.LET:
            return
        term = self.reader.amount(expression, place)
        kind = HEADER_FIELDS.get(read.name) or CONTEXT_FIELDS.get(read.name)
        if not term.level and read.source is not Source.CONTEXT and kind is not None:
            value = _KINDS.get(kind, value)
        if read.name != "exchange_rate":
            self.fields.setdefault((place.domain[: term.level], term.read), value)


def _beside(other: Expression) -> Value:
    """Return a value of the kind that is compared with the other side of a comparison."""
    if isinstance(other, Constant):
        match other.value:
            case bool():
                return False
            case str():
                return OTHER_TEXT
            case date():
                return SOME_DAY
            case _:
                return ZERO
    return OTHER_TEXT if isinstance(other, MapText) else ZERO


# --- what they hold ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Texts:
    """What fields hold that are no amounts: texts, dates, truths.

    ``fields`` lists every field that a rule reads, of the event or of a collection's members,
    with the text that it has unless a condition asks for another.
    """

    exponent: int
    fields: Mapping[tuple[Domain, Read], Value]

    def world(self, plan: Plan, point: Point, truth: Mapping[Atom, bool]) -> World:
        """Return the event that a point means."""
        world = World()
        members = _members(world, plan)
        for (domain, read), kind in self.fields.items():
            units = 10**self.exponent if kind == ONE else 0
            value = from_minor(units, self.exponent) if isinstance(kind, Decimal) else kind
            for spot, member in members.items():
                if domain and spot.domain == domain:
                    _set_member(member, read, value)
            if not domain:
                _set_event(world, read, value)
            _hold(world, members, domain)
        for spot, member in members.items():
            for atom, holds in spot.truth.items():
                if atom.domain == spot.domain and isinstance(atom.meaning, TextIs | Flag):
                    asked = atom.meaning.read
                    if isinstance(asked, Mapped):
                        continue
                    told = self._told(atom.meaning, holds, member.fields.get(asked.rest))
                    if told is not None:
                        _set_member(member, asked, told)
            _set_inputs(world, (spot, member), spot.truth)
        for atom, holds in truth.items():
            if not atom.domain and isinstance(atom.meaning, TextIs | Flag):
                asked = atom.meaning.read
                if isinstance(asked, Mapped):
                    continue
                told = self._told(atom.meaning, holds, _event_value(world, asked))
                if told is not None:
                    _set_event(world, asked, told)
        _set_inputs(world, None, truth)
        by_spot = {(spot.domain, spot.number): member for spot, member in members.items()}
        for term, amount in point.items():
            self._set(world, by_spot, term, amount)
        return world

    def _told(self, meaning: TextIs | Flag, holds: bool, current: Value | None) -> Value | None:
        """Return the value that a condition asks for, or None where it asks for none."""
        if isinstance(meaning, Flag):
            return holds
        if holds:
            return meaning.text
        return OTHER_TEXT if current == meaning.text or not isinstance(current, str) else None

    def _set(
        self,
        world: World,
        members: Mapping[tuple[Domain, int], Member],
        term: Term,
        value: Fraction,
    ) -> None:
        """Give a field of the made-up event its value."""
        match term:
            case Amount(read, day=day):
                _set_event(world, read, self._value(value, day=day))
            case CellSum(domain, number, Amount(read, day=day)):
                _set_member(members[domain, number], read, self._value(value, day=day))
            case CellSum(domain, number, Figure(part, _)) if part.code is None:
                amount = self._value(value, day=False)
                assert isinstance(amount, Decimal), "a figure is an amount"
                members[domain, number].figures[part.part.value] = amount
            case _:
                pass  # an opaque term has the value that its parts give it

    def _value(self, value: Fraction, *, day: bool) -> Value:
        if day:
            return date.fromordinal(max(int(value), 1))
        units = value * 10**self.exponent
        return from_minor(int(units), self.exponent)


def _set_inputs(world: World, of: tuple[Spot, Member] | None, truth: Mapping[Atom, bool]) -> None:
    """Give the event, or one of its members, what maps need to give the texts of conditions."""
    domain, member = ((), None) if of is None else (of[0].domain, of[1])

    def current(term: Amount) -> Value | None:
        if not term.level:
            return _event_value(world, term.read)
        return None if member is None else member.fields.get(term.read.rest)

    for term, text in inputs_for(truth, domain, current):
        if not term.level:
            _set_event(world, term.read, text)
        elif member is not None and term.level == len(domain):
            _set_member(member, term.read, text)


def _members(world: World, plan: Plan) -> dict[Spot, Member]:
    """Return a member for each spot, each in the collection it belongs to."""
    found: dict[Spot, Member] = {}
    by_place: dict[tuple[Domain, int], Member] = {}
    for spot in sorted(plan, key=lambda spot: len(spot.domain)):
        member = Member()
        found[spot] = by_place[spot.domain, spot.number] = member
        last = spot.domain[-1]
        if spot.domain == ITEMS:
            world.items.append(member)
        elif spot.domain == PAYMENTS:
            world.payments.append(member)
        elif len(spot.domain) == 1:
            world.lists.setdefault((last.name, *last.rest), []).append(member)
        else:
            holder = by_place[spot.domain[:-1], spot.parents[-1]]
            holder.lists.setdefault(last.rest, []).append(member)
    return found


def _hold(world: World, members: Mapping[Spot, Member], domain: Domain) -> None:
    """Give the event, or each member that holds it, a collection: without members it is empty."""
    if not domain or domain in {ITEMS, PAYMENTS}:
        return
    last = domain[-1]
    if len(domain) == 1:
        world.lists.setdefault((last.name, *last.rest), [])
    for spot, member in members.items():
        if spot.domain == domain[:-1]:
            member.lists.setdefault(last.rest, [])


def _set_event(world: World, read: Read, value: Value) -> None:
    if read.source is Source.CONTEXT:
        world.own[read.name, *read.rest] = value
    else:
        world.known[read.name] = value


def _event_value(world: World, read: Read) -> Value | None:
    if read.source is Source.CONTEXT:
        return world.own.get((read.name, *read.rest))
    return world.known.get(read.name)


def _set_member(member: Member, read: Read, value: Value) -> None:
    if len(read.rest) == 1 and read.rest[0] in ITEM_FIGURES and isinstance(value, Decimal):
        member.figures[read.rest[0]] = value
    if read.rest:
        member.fields[read.rest] = value


def shown_fields(world: World, texts: Texts) -> tuple[tuple[str, str], ...]:
    """Return the fields of a made-up event that the rule reads, in words.

    Of an item that is net and tax, whichever of its figures the rule names.
    """
    return tuple(_shown(world, texts))


def _shown(world: World, texts: Texts) -> Iterator[tuple[str, str]]:
    event = {read.name for domain, read in texts.fields if not domain}
    of_items = {read.rest for domain, read in texts.fields if domain == ITEMS}
    for name, value in world.known.items():
        if name in event:
            yield name, _word(value)
    for path, value in world.own.items():
        yield ".".join(path), _word(value)
    for index, item in enumerate(world.items):
        for name in ("net", "tax", *ITEM_FIGURES[:4]):
            if name in {"net", "tax"} or (name,) in of_items:
                amount = item.figures.get(name, from_minor(0, texts.exponent))
                yield f"items[{index}].{name}", _word(amount)
        yield from _shown_member(item, f"items[{index}]", skip=ITEM_FIGURES)
    for index, payment in enumerate(world.payments):
        yield from _shown_member(payment, f"payments[{index}]")
    for path, members in world.lists.items():
        for index, member in enumerate(members):
            yield from _shown_member(member, f"{'.'.join(path)}[{index}]")


def _shown_member(
    member: Member, where: str, *, skip: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    for path, value in member.fields.items():
        if ".".join(path) not in skip:
            yield f"{where}.{'.'.join(path)}", _word(value)
    for path, members in member.lists.items():
        for index, inner in enumerate(members):
            yield from _shown_member(inner, f"{where}.{'.'.join(path)}[{index}]")


def _word(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return str(value)
        case str():
            return f'"{value}"'
        case _:
            return value.isoformat()


# --- as an event ---------------------------------------------------------------------------


def as_event(world: World) -> tuple[tuple[str, object], ...]:
    """Return a made-up event as plain values: fields of the context, total and currency.

    Items state their ``net`` and ``tax``, which no event does, and ``tax_inclusive``.
    A total of nothing is only accepted of an event with items, so it has one.
    """
    found: dict[str, object] = dict(world.known)
    found.update(_plain(world.own))
    if world.items:
        found["items"] = [_plain_member(item) for item in world.items]
    elif found.get("total_amount") == ZERO:
        found["items"] = [{"amount": found.get("sale_amount", ZERO)}]
    if world.payments:
        found["payments"] = [_plain_member(payment) for payment in world.payments]
    for path, members in world.lists.items():
        found.update(_plain({path: [_plain_member(each) for each in members]}))
    return tuple(found.items())


def _plain_member(member: Member) -> dict[str, object]:
    lists = {path: [_plain_member(each) for each in inner] for path, inner in member.lists.items()}
    return {**_plain({**member.fields, **lists}), **member.figures}


def _plain(flat: Mapping[tuple[str, ...], object]) -> dict[str, object]:
    """Return a record whose fields are given by their paths."""
    found: dict[str, object] = {}
    for path, value in flat.items():
        holder = found
        for name in path[:-1]:
            inner = holder.setdefault(name, {})
            assert isinstance(inner, dict), "a field is a value or a record, not both"
            holder = inner
        holder[path[-1]] = value
    return found
