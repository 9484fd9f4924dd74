"""Rules as small trees that can be written as a schema and worked out without the engine.

Amounts are whole numbers of a hundredth; the arithmetic here is that of Python's integers and
shares nothing with the engine. `brute_proof` compares the two.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from tests.laws.proof_rules import CLOSED, CODE

Value: TypeAlias = int | str | bool | list["Record"]
Record: TypeAlias = Mapping[str, Value]
Scope: TypeAlias = Mapping[str, Record]
"""The event under the empty name, and a member for each loop variable."""
Number: TypeAlias = Callable[[Scope], int]
Truth: TypeAlias = Callable[[Scope], bool]

LEDGERS: Final = ("GL", "IFRS")
BACK: Final = "HERA.LAW.BACK.V1"
"""The code of events that a reversal mirrors the rule for."""
HEAD: Final = """\
ledgers GL, IFRS
account a 1000 asset
account b 1100 asset
account c 4100 revenue
account d 5500 expense
account rounding 5900 expense
tax profile vat { default standard rate standard 5% for standard }
dimensions staff, place
map account_of(kind) { "p" -> c, "q" -> d, else -> b }
map place_of(kind, tag) { "p", * -> a, "r", "q" -> d, else -> c }
payments immediate
validations { max_line_count 1000 }
"""
SPLIT: Final = 'split HERA.** by staff fixed { "A" 60%, "B" remaining }\n'
MEMBERS: Final = MappingProxyType(
    {"item": "items", "leg": "legs", "payment": "payments", "part": "leg.parts"}
)
"""The collection that each loop variable runs over."""
FIGURES: Final = ("net", "tax", "gross")
OPERATORS: Final[Mapping[str, Callable[[int, int], bool]]] = MappingProxyType(
    {
        ">": lambda left, right: left > right,
        ">=": lambda left, right: left >= right,
        "<": lambda left, right: left < right,
        "<=": lambda left, right: left <= right,
        "=": lambda left, right: left == right,
        "!=": lambda left, right: left != right,
    }
)


# --- amounts -------------------------------------------------------------------------------


def _figure(record: Record, name: str) -> int:
    """Return an amount of a record; gross is net and tax."""
    if name == "gross":
        return _figure(record, "net") + _figure(record, "tax")
    value = record[name]
    assert isinstance(value, int)
    return value


def _members(record: Record, name: str) -> list[Record]:
    found = record[name]
    assert isinstance(found, list)
    return found


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the event, or of the member that a loop stands at."""

    owner: str
    name: str

    def __str__(self) -> str:
        if self.owner == "item" and self.name in FIGURES:
            return f"{self.name}(item)"
        return f"{self.owner}.{self.name}" if self.owner else self.name

    def number(self) -> Number:
        """Return what works the field out."""
        owner, name = self.owner, self.name
        return lambda scope: _figure(scope[owner], name)


def money_text(units: int) -> str:
    """Return hundredths as an amount is written."""
    whole, cents = divmod(abs(units), 100)
    return f"{'-' if units < 0 else ''}{whole}.{cents:02}"


@dataclass(frozen=True, slots=True)
class Default:
    """A field of the event, or of a member, that may be absent, and what stands for it then."""

    owner: str
    name: str
    fallback: int

    def __str__(self) -> str:
        return f"({Field(self.owner, self.name)} default {money_text(self.fallback)})"

    def number(self) -> Number:
        """Return what works the field out."""
        owner, name, fallback = self.owner, self.name, self.fallback

        def found(scope: Scope) -> int:
            return _figure(scope[owner], name) if name in scope[owner] else fallback

        return found


@dataclass(frozen=True, slots=True)
class SumOf:
    """The sum of a field over a collection of the event, or of the member `owner`."""

    collection: str
    name: str
    owner: str = ""

    def __str__(self) -> str:
        if self.name in FIGURES:
            return f"sum({self.name}({self.collection}))"
        where = f"{self.owner}." if self.owner else ""
        return f"sum({where}{self.collection}.{self.name})"

    def number(self) -> Number:
        """Return what works the sum out."""
        owner, collection, name = self.owner, self.collection, self.name
        return lambda scope: sum(
            _figure(member, name) for member in _members(scope[owner], collection)
        )


@dataclass(frozen=True, slots=True)
class Rounded:
    """A percentage of an amount, rounded half away from zero to a hundredth."""

    of: "Linear"
    percent: int

    def __str__(self) -> str:
        return f"round(({self.of}) * {self.percent}%)"

    def number(self) -> Number:
        """Return what works the share out."""
        of, percent = self.of.number(), self.percent

        def rounded(scope: Scope) -> int:
            share = of(scope) * percent
            size = (2 * abs(share) + 100) // 200
            return size if share >= 0 else -size

        return rounded


@dataclass(frozen=True, slots=True)
class Extreme:
    """The smaller or the larger of two amounts."""

    word: str
    first: "Linear"
    second: "Linear"

    def __str__(self) -> str:
        return f"{self.word}({self.first}, {self.second})"

    def number(self) -> Number:
        """Return what works it out."""
        first, second = self.first.number(), self.second.number()
        if self.word == "min":
            return lambda scope: min(first(scope), second(scope))
        return lambda scope: max(first(scope), second(scope))


Term: TypeAlias = Field | Default | SumOf | Rounded | Extreme


@dataclass(frozen=True, slots=True)
class Linear:
    """Whole multiples of terms, and a number of hundredths."""

    parts: tuple[tuple[int, Term], ...]
    constant: int = 0

    def __str__(self) -> str:
        words = [(times, term if abs(times) == 1 else f"{abs(times)} * {term}")
                 for times, term in self.parts]  # fmt: skip
        if self.constant or not words:
            words.append((self.constant, money_text(abs(self.constant))))
        (first, text), *rest = words
        shown = f"-({text})" if first < 0 else str(text)
        return shown + "".join(f" {'-' if times < 0 else '+'} {text}" for times, text in rest)

    def number(self) -> Number:
        """Return what works the amount out."""
        parts = tuple((times, term.number()) for times, term in self.parts)
        constant = self.constant
        if not constant and len(parts) == 1 and parts[0][0] == 1:
            return parts[0][1]
        return lambda scope: sum([times * term(scope) for times, term in parts], constant)

    def plus(self, other: "Linear", times: int = 1) -> "Linear":
        """Return the sum with a multiple of another amount."""
        more = tuple((times * each, term) for each, term in other.parts)
        return Linear(self.parts + more, self.constant + times * other.constant)

    @property
    def is_linear(self) -> bool:
        """Whether nothing in it is rounded or picked."""
        return all(isinstance(term, Field | Default | SumOf) for _, term in self.parts)


# --- conditions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison of two amounts."""

    left: Linear
    operator: str
    right: Linear

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"

    def truth(self) -> Truth:
        """Return what tells whether it holds."""
        left, right, holds = self.left.number(), self.right.number(), OPERATORS[self.operator]
        return lambda scope: holds(left(scope), right(scope))


@dataclass(frozen=True, slots=True)
class KindIs:
    """Whether the field `kind` of the event or of a member is a text, or is not."""

    owner: str
    text: str
    equal: bool = True

    def __str__(self) -> str:
        return f'{Field(self.owner, "kind")} {"=" if self.equal else "!="} "{self.text}"'

    def truth(self) -> Truth:
        """Return what tells whether it holds."""
        owner, text, equal = self.owner, self.text, self.equal
        return lambda scope: (scope[owner]["kind"] == text) is equal


@dataclass(frozen=True, slots=True)
class TagIs:
    """Whether the event's field `tag`, which may be absent, is a text."""

    text: str
    fallback: str

    def __str__(self) -> str:
        return f'(tag default "{self.fallback}") = "{self.text}"'

    def truth(self) -> Truth:
        """Return what tells whether it holds."""
        text, fallback = self.text, self.fallback
        return lambda scope: scope[""].get("tag", fallback) == text


@dataclass(frozen=True, slots=True)
class Flag:
    """Whether the event's field `flag` is true, or `mark`, which may be absent."""

    fallback: bool | None = None

    def __str__(self) -> str:
        return "flag" if self.fallback is None else f"mark default {str(self.fallback).lower()}"

    def truth(self) -> Truth:
        """Return what tells whether it holds."""
        fallback = self.fallback
        if fallback is None:
            return lambda scope: scope[""]["flag"] is True
        return lambda scope: scope[""].get("mark", fallback) is True


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    of: "Condition"

    def __str__(self) -> str:
        return f"not ({self.of})"

    def truth(self) -> Truth:
        """Return what tells whether it holds."""
        of = self.of.truth()
        return lambda scope: not of(scope)


@dataclass(frozen=True, slots=True)
class Both:
    """Two conditions joined by `and` or `or`."""

    word: str
    first: "Condition"
    second: "Condition"

    def __str__(self) -> str:
        return f"({self.first}) {self.word} ({self.second})"

    def truth(self) -> Truth:
        """Return what tells whether it holds."""
        first, second = self.first.truth(), self.second.truth()
        if self.word == "and":
            return lambda scope: first(scope) and second(scope)
        return lambda scope: first(scope) or second(scope)


Condition: TypeAlias = Compared | KindIs | TagIs | Flag | Not | Both


# --- rules ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loop:
    """A `for` over a collection, perhaps over those members that meet a condition."""

    variable: str
    when: Condition | None = None

    def __str__(self) -> str:
        when = f" when {self.when}" if self.when else ""
        return f"for {self.variable} in {MEMBERS[self.variable]}{when}"

    def members(self, scope: Scope) -> list[Record]:
        """Return the members that the loop goes through."""
        owner, _, name = MEMBERS[self.variable].rpartition(".")
        return _members(scope[owner], name)


@dataclass(frozen=True, slots=True)
class Line:
    """One posting line, or an allocation, whose shares together are its amount.

    ``shares`` are those of an allocation, in which SIDE stands for the side, or what behind `over`
    says over which members it is spread; ``weight`` is then the field that is their weight.
    """

    side: str
    amount: Linear
    loops: tuple[Loop, ...] = ()
    when: Condition | None = None
    ledger: str = ""
    account: str = ""
    by: str = ""
    shares: str = ""
    weight: str = ""

    def __str__(self) -> str:
        account = self.account or ("a" if self.side == "debit" else "c")
        when = f" when {self.when}" if self.when else ""
        if self.weight:
            to = f"by leg.{self.weight} to {self.side} {account}"
            text = f"allocate ({self.amount}) over leg in legs{when} {to}"
        elif self.shares:
            text = f"allocate ({self.amount}){when} {{ {self.shares.replace('SIDE', self.side)} }}"
        else:
            by = f" by {self.by}" if self.by else ""
            text = f"{self.side} {account} ({self.amount}){by}{when}"
        for loop in reversed(self.loops):
            text = f"{loop} {{ {text} }}"
        return f"in {self.ledger} {{ {text} }}" if self.ledger else text

    def refused(self) -> Truth:
        """Return what tells whether an event has no such weights as the amount can be spread by."""
        amount, weight, when = self.amount.number(), self.weight, self.when
        applies = None if when is None else when.truth()

        def refused(scope: Scope) -> bool:
            if not weight or not amount(scope):
                return False
            if applies is not None and not applies(scope):
                return True
            weights = [_figure(leg, weight) for leg in _members(scope[""], "legs")]
            return min(weights, default=0) < 0 or not any(weights)

        return refused

    def number(self) -> Number:
        """Return what works out the line's debits less credits."""
        found, sign = self.amount.number(), 1 if self.side == "debit" else -1
        amount: Number = lambda scope: sign * found(scope)  # noqa: E731 # wrapped again below
        if self.when is not None:
            amount = _guarded(self.when, amount)
        for loop in reversed(self.loops):
            if loop.when is not None:
                amount = _guarded(loop.when, amount)
            amount = _repeated(loop, amount)
        return amount


def _guarded(when: Condition, amount: Number) -> Number:
    holds = when.truth()
    return lambda scope: amount(scope) if holds(scope) else 0


def _repeated(loop: Loop, amount: Number) -> Number:
    name = loop.variable
    return lambda scope: sum(amount({**scope, name: member}) for member in loop.members(scope))


@dataclass(frozen=True, slots=True)
class Declared:
    """What is said of the fields of all events: `money` or not, and which texts kinds may be.

    ``money`` are fields that no event has below zero; ``preset`` stands for `o` where it is not
    sent; without one, it is optional.
    """

    money: frozenset[str]
    kinds: tuple[str, ...]
    preset: int | None

    def __str__(self) -> str:
        amounts = {name: "money" if name in self.money else "signed money" for name in AMOUNTS}
        kind = f"kind: one of {', '.join(map(_quoted, self.kinds))}"
        o_word = amounts["o"]
        o = f"optional {o_word}" if self.preset is None else f"{o_word} = {money_text(self.preset)}"
        of_legs = f"v: {amounts['v']} w: {amounts['w']} q: optional {amounts['q']} {kind}"
        parts = f"parts: list of {{ u: {amounts['u']} }}"
        fields = (
            f"x: {amounts['x']}", f"y: {amounts['y']}", f"z: {amounts['z']}", kind, f"o: {o}",
            "flag: truth", "mark: optional truth", kind.replace("kind:", "tag: optional"),
            f"legs: list of open {{ {of_legs} {parts} }}",
        )  # fmt: skip
        return "event HERA.** open {\n" + "".join(f"  {each}\n" for each in fields) + "}\n"

    def fitted(self, event: Record) -> Record:
        """Return an event that is as it says."""
        found = self._fitted(event)
        if self.preset is not None:
            found.setdefault("o", self.preset)
        found["legs"] = [
            {**self._fitted(leg), "parts": [self._fitted(part) for part in _members(leg, "parts")]}
            for leg in _members(event, "legs")
        ]
        return found

    def _fitted(self, record: Record) -> dict[str, Value]:
        found = dict(record)
        for name in self.money & found.keys():
            found[name] = abs(_figure(found, name))
        for name in {"kind", "tag"} & found.keys():
            if found[name] not in self.kinds:
                found[name] = self.kinds[-1]
        return found


AMOUNTS: Final = ("x", "y", "z", "o", "v", "w", "q", "u")
"""Amounts that a declaration may say to be money: of the event, of legs and of their parts."""


def _quoted(text: str) -> str:
    return f'"{text}"'


@dataclass(frozen=True, slots=True)
class Rule:
    """A posting rule; ``lets`` and ``givens`` pair a name with what it is, or must equal.

    ``within`` is what a closing line takes at most, in hundredths; ``mirrored`` says that a
    reversal stands beside the rule.
    """

    lines: tuple[Line, ...]
    lets: tuple[tuple[str, Linear], ...] = ()
    givens: tuple[tuple[str, Linear], ...] = ()
    declared: Declared | None = None
    within: int | None = None
    mirrored: bool = False

    def text(self, *, closed: bool = False) -> str:
        """Return a schema with the rule, closed by a line that takes anything or not."""
        body = "".join(f"  let {name} = {amount}\n" for name, amount in self.lets)
        body += "".join(f"  given {name} = {amount}\n" for name, amount in self.givens)
        body += "".join(f"  {line}\n" for line in self.lines)
        if closed:
            body += CLOSED
        elif self.within is not None:
            body += f"  balance to rounding within {money_text(self.within)}\n"
        declared = "" if self.declared is None else str(self.declared)
        back = f"on {BACK} reverses {CODE}\n" if self.mirrored else ""
        split = SPLIT if any(line.by for line in self.lines) else ""
        return f"{HEAD}{split}{declared}on {CODE} {{\n{body}}}\n{back}"

    @property
    def is_linear(self) -> bool:
        """Whether the rule is within the fragment in which nothing is left undecided."""
        text = self.text()
        return not any(word in text for word in ("round(", "min(", "max(", " over "))

    @property
    def sees_items(self) -> bool:
        """Whether the engine works out what the items of its events cost."""
        return "item" in self.text() or any(line.by for line in self.lines)

    @property
    def ledgers(self) -> tuple[str, ...]:
        """The ledgers that it posts to."""
        named = {line.ledger for line in self.lines}
        return tuple(each for each in LEDGERS if "" in named or each in named)

    def left_over(self, ledger: str) -> Number:
        """Return what works out debits less credits in a ledger, of an event that is solved."""
        lines = tuple(line.number() for line in self.lines if line.ledger in {"", ledger})
        return lambda scope: sum(line(scope) for line in lines)

    def fits(self) -> Truth:
        """Return what tells whether no allocation refuses an event."""
        refused = tuple(line.refused() for line in self.lines if line.weight)
        return lambda scope: not any(each(scope) for each in refused)

    def solver(self) -> Callable[[Record], Record]:
        """Return what makes an event fit: declared signs and texts, equations, the lets."""
        named = tuple((name, amount.number()) for name, amount in (*self.givens, *self.lets))
        declared = self.declared

        def solved(event: Record) -> Record:
            found = dict(event if declared is None else declared.fitted(event))
            for name, amount in named:
                found[name] = amount({"": found})
            return found

        return solved
