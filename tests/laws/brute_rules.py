"""Rules as small trees that can be written as a schema and worked out without the engine.

Amounts are whole numbers of a hundredth; the arithmetic here is that of Python's integers and
shares nothing with the engine. `brute_proof` compares the two.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from tests.laws.proof_rules import CLOSED, CODE, HEAD

Value: TypeAlias = int | str | bool | list["Record"]
Record: TypeAlias = Mapping[str, Value]
Scope: TypeAlias = Mapping[str, Record]
"""The event under the empty name, and a member for each loop variable."""
Number: TypeAlias = Callable[[Scope], int]
Truth: TypeAlias = Callable[[Scope], bool]

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


Term: TypeAlias = Field | SumOf | Rounded | Extreme


@dataclass(frozen=True, slots=True)
class Linear:
    """Whole multiples of terms, and a number of hundredths."""

    parts: tuple[tuple[int, Term], ...]
    constant: int = 0

    def __str__(self) -> str:
        words = [(times, term if abs(times) == 1 else f"{abs(times)} * {term}")
                 for times, term in self.parts]  # fmt: skip
        if self.constant or not words:
            units, cents = divmod(abs(self.constant), 100)
            words.append((self.constant, f"{units}.{cents:02}"))
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
        return all(isinstance(term, Field | SumOf) for _, term in self.parts)


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
class Flag:
    """Whether the event's field `flag` is true."""

    def __str__(self) -> str:
        return "flag"

    def truth(self) -> Truth:
        """Return what tells whether it holds."""
        return lambda scope: scope[""]["flag"] is True


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


Condition: TypeAlias = Compared | KindIs | Flag | Not | Both


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
    """One posting line."""

    side: str
    amount: Linear
    loops: tuple[Loop, ...] = ()
    when: Condition | None = None

    def __str__(self) -> str:
        account = "a" if self.side == "debit" else "c"
        when = f" when {self.when}" if self.when else ""
        text = f"{self.side} {account} ({self.amount}){when}"
        for loop in reversed(self.loops):
            text = f"{loop} {{ {text} }}"
        return text

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
class Rule:
    """A posting rule; ``lets`` and ``givens`` pair a name with what it is, or must equal."""

    lines: tuple[Line, ...]
    lets: tuple[tuple[str, Linear], ...] = ()
    givens: tuple[tuple[str, Linear], ...] = ()

    def text(self, *, closed: bool = False) -> str:
        """Return a schema with the rule, closed by a line that takes anything or not."""
        body = "".join(f"  let {name} = {amount}\n" for name, amount in self.lets)
        body += "".join(f"  given {name} = {amount}\n" for name, amount in self.givens)
        body += "".join(f"  {line}\n" for line in self.lines)
        return f"{HEAD}on {CODE} {{\n{body}{CLOSED if closed else ''}}}\n"

    @property
    def is_linear(self) -> bool:
        """Whether the rule is within the fragment in which nothing is left undecided."""
        text = self.text()
        return not any(word in text for word in ("round(", "min(", "max("))

    def left_over(self) -> Number:
        """Return what works out debits less credits of all lines, of an event that is solved."""
        lines = tuple(line.number() for line in self.lines)
        return lambda scope: sum(line(scope) for line in lines)

    def solver(self) -> Callable[[Record], Record]:
        """Return what gives an event the fields that equations ask for, and the lets."""
        named = tuple((name, amount.number()) for name, amount in (*self.givens, *self.lets))

        def solved(event: Record) -> Record:
            found = dict(event)
            for name, amount in named:
                found[name] = amount({"": found})
            return found

        return solved
