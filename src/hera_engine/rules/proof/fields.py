"""The fields that a rule reads, and what they hold in an event that is made up for the proof.

Enters: a planned rule, and the values that a search found for its amounts. Leaves: a `World` in
which every field that the rule may read has a value of the kind that the rule asks for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

from hera_engine.dsl.names import CONTEXT_FIELDS, HEADER_FIELDS, ValueKind
from hera_engine.event_shape import ShapeKind
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
from hera_engine.rules.plan import MapChoice, PlannedField, PlannedRule
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
    Sign,
    Term,
    TextIs,
    There,
)
from hera_engine.rules.proof.mapped import OTHER_TEXT, inputs_for
from hera_engine.rules.proof.read import Place, Reader, unit_of
from hera_engine.rules.proof.signs import ITEMS, PAYMENTS
from hera_engine.rules.proof.values import Types
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
    fields = _as_declared(asked.fields, forms.reader.types)
    for line in rule.lines:
        place, _, related = forms.conditions.loops(line.loops)
        unit = unit_of(forms.reader, line.currency, place) if related else None
        if isinstance(unit, Amount):
            fields[place.domain[: unit.level], unit.read] = CURRENCIES[exponent]
    if exponent > min(CURRENCIES):
        fields.setdefault(((), Read(Source.HEADER, "currency")), CURRENCIES[exponent])
    return Texts(exponent, fields, forms.reader)


def _as_declared(
    fields: Mapping[tuple[Domain, Read], Value], types: Types
) -> dict[tuple[Domain, Read], Value]:
    """Return fields with values of their declared types, and those that no event may lack."""
    found = dict(fields)
    for key, told in types.fields.items():
        current = found.get(key)
        if current is None and (not told.there or _is_worked_out(told)):
            continue
        match told.kind:
            case ShapeKind.CHOICE:
                if current not in told.choices:
                    found[key] = told.choices[0]
            case ShapeKind.TEXT:
                found.setdefault(key, OTHER_TEXT)
            case ShapeKind.DATE:
                if not isinstance(current, date):
                    found[key] = SOME_DAY
            case ShapeKind.TRUTH:
                found.setdefault(key, False)
            case ShapeKind.MONEY | ShapeKind.SIGNED_MONEY | ShapeKind.NUMBER:
                found.setdefault(key, ZERO)
            case ShapeKind.LIST | ShapeKind.RECORD:
                pass  # there with its members, or its fields
    return found


def _is_worked_out(told: PlannedField) -> bool:
    """Whether the engine works a field out, and holds what was sent against that."""
    known = told.read.source in {Source.HEADER, Source.FACT} and not told.collections
    return known or told.collections[:1] in {ITEMS, PAYMENTS}


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
    reader: Reader

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
        for told_ in self.reader.types.fields.values():
            if told_.kind is ShapeKind.LIST and told_.there:
                _hold(world, members, (*told_.collections, told_.read))
        self._say(world, members, truth)
        by_spot = {(spot.domain, spot.number): member for spot, member in members.items()}
        for term, amount in point.items():
            self._set(world, by_spot, term, amount)
        _spell(truth, (), lambda read: _event_value(world, read), partial(_set_event, world))
        for spot, member in members.items():
            held = member.fields
            get = lambda read, held=held: held.get(read.rest)  # noqa: E731 # as for the event
            _spell(spot.truth, spot.domain, get, partial(_set_member, member))
        _leave_out(world, members, truth)
        return world

    def _say(
        self, world: World, members: Mapping[Spot, Member], truth: Mapping[Atom, bool]
    ) -> None:
        """Give fields the texts and truths that conditions ask for, and maps their inputs."""
        for spot, member in members.items():
            for atom, holds in spot.truth.items():
                if atom.domain == spot.domain and isinstance(atom.meaning, TextIs | Flag):
                    asked = atom.meaning.read
                    if isinstance(asked, Mapped):
                        continue
                    told = self._told(atom, holds, member.fields.get(asked.rest), spot.truth)
                    if told is not None:
                        _set_member(member, asked, told)
            self._set_inputs(world, (spot, member), spot.truth)
        for atom, holds in truth.items():
            if not atom.domain and isinstance(atom.meaning, TextIs | Flag):
                asked = atom.meaning.read
                if isinstance(asked, Mapped):
                    continue
                told = self._told(atom, holds, _event_value(world, asked), truth)
                if told is not None:
                    _set_event(world, asked, told)
        self._set_inputs(world, None, truth)

    def _set_inputs(
        self, world: World, of: tuple[Spot, Member] | None, truth: Mapping[Atom, bool]
    ) -> None:
        """Give the event, or one of its members, what maps need to give the texts of conditions."""
        domain, member = ((), None) if of is None else (of[0].domain, of[1])

        def current(term: Amount) -> Value | None:
            if not term.level:
                return _event_value(world, term.read)
            return None if member is None else member.fields.get(term.read.rest)

        for term, text in inputs_for(truth, domain, current, self.reader.types.texts):
            if not term.level:
                _set_event(world, term.read, text)
            elif member is not None and term.level == len(domain):
                _set_member(member, term.read, text)

    def _told(
        self, atom: Atom, holds: bool, current: Value | None, truth: Mapping[Atom, bool]
    ) -> Value | None:
        """Return the value that a condition asks for, or None where it asks for none."""
        meaning = atom.meaning
        if isinstance(meaning, Flag):
            return holds
        assert isinstance(meaning, TextIs), "other conditions ask for no value"
        if holds:
            return meaning.text
        if current != meaning.text and isinstance(current, str):
            return None
        assert isinstance(meaning.read, Read), "a map is asked by its inputs"
        known = self.reader.types.texts(atom.domain, meaning.read, None)
        asked = {
            each.meaning.text: held
            for each, held in truth.items()
            if isinstance(each.meaning, TextIs)
            and (each.domain, each.meaning.read) == (atom.domain, meaning.read)
        }
        free = (text for text in known if asked.get(text, True))
        return next(free, OTHER_TEXT)

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


def _spell(
    truth: Mapping[Atom, bool],
    domain: Domain,
    get: Callable[[Read], Value | None],
    put: Callable[[Read, Value], None],
) -> None:
    """Give fields that are equal, and of which a condition says that they are not, other texts."""
    for atom, holds in truth.items():
        unlike = isinstance(atom.meaning, Sign) and atom.meaning.relation == "~" and not holds
        if not unlike or not isinstance(atom.meaning, Sign) or atom.domain != domain:
            continue
        terms = sorted((term for term, _ in atom.meaning.key), key=repr)
        reads = [term.read for term in terms if isinstance(term, Amount)]
        for zeros, read in enumerate(reads):
            value = get(read)
            if isinstance(value, Decimal) and len(reads) > 1:
                put(read, f"{value}{'0' * zeros}")


def _leave_out(world: World, members: Mapping[Spot, Member], truth: Mapping[Atom, bool]) -> None:
    """Take away the fields that are not to be sent."""
    for atom, holds in truth.items():
        if isinstance(atom.meaning, There) and not holds and not atom.domain:
            read = atom.meaning.read
            world.own.pop((read.name, *read.rest), None)
            if read.source is not Source.CONTEXT:
                world.known.pop(read.name, None)
    for spot, member in members.items():
        for atom, holds in spot.truth.items():
            if isinstance(atom.meaning, There) and not holds and atom.domain == spot.domain:
                member.fields.pop(atom.meaning.read.rest, None)


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
