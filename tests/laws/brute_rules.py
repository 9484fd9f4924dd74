"""Rules as small trees that can be written as a schema and worked out without the engine.

The amounts and conditions of `brute_amounts` on lines, which are in ledgers, in loops, split or
allocated, of events that may be declared. `brute_proof` compares what both come to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tests.laws.brute_amounts import (
    Condition,
    Linear,
    Number,
    Record,
    Scope,
    Truth,
    Value,
    figure_of,
    members_of,
    money_text,
)
from tests.laws.proof_rules import CLOSED, CODE

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
        return members_of(scope[owner], name)


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
            weights = [figure_of(leg, weight) for leg in members_of(scope[""], "legs")]
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
            {
                **self._fitted(leg),
                "parts": [self._fitted(part) for part in members_of(leg, "parts")],
            }
            for leg in members_of(event, "legs")
        ]
        return found

    def _fitted(self, record: Record) -> dict[str, Value]:
        found = dict(record)
        for name in self.money & found.keys():
            found[name] = abs(figure_of(found, name))
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
