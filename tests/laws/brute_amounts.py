"""Amounts and conditions as small trees that can be written and worked out without the engine.

Amounts are whole numbers of a hundredth; the arithmetic here is that of Python's integers and
shares nothing with the engine. `brute_rules` makes rules of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

Value: TypeAlias = int | str | bool | list["Record"]
Record: TypeAlias = Mapping[str, Value]
Scope: TypeAlias = Mapping[str, Record]
"""The event under the empty name, and a member for each loop variable."""
Number: TypeAlias = Callable[[Scope], int]
Truth: TypeAlias = Callable[[Scope], bool]

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


def figure_of(record: Record, name: str) -> int:
    """Return an amount of a record; gross is net and tax."""
    if name == "gross":
        return figure_of(record, "net") + figure_of(record, "tax")
    value = record[name]
    assert isinstance(value, int)
    return value


def members_of(record: Record, name: str) -> list[Record]:
    """Return the members of a collection of a record."""
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
        return lambda scope: figure_of(scope[owner], name)


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
            return figure_of(scope[owner], name) if name in scope[owner] else fallback

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
            figure_of(member, name) for member in members_of(scope[owner], collection)
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
