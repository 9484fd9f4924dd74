"""Rules and events drawn at random for the long run of the balance proof.

A rule is put together from blocks that balance by themselves and then, half of the time, spoilt.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

from tests.laws.brute_amounts import (
    FIGURES,
    Both,
    Compared,
    Condition,
    Default,
    Extreme,
    Field,
    Flag,
    KindIs,
    Linear,
    Not,
    Record,
    Rounded,
    SumOf,
    TagIs,
    Term,
    Value,
)
from tests.laws.brute_rules import AMOUNTS, LEDGERS, Declared, Line, Loop, Rule

KNOWN: Final = ("total_amount", "tip_amount", "fee_amount", "discount_amount")
OWN: Final = ("x", "y", "z")
SUMS: Final = (
    SumOf("legs", "v"), SumOf("legs", "w"), SumOf("payments", "amount"), SumOf("items", "net"),
    SumOf("items", "tax"), SumOf("items", "gross"),
)  # fmt: skip
KINDS: Final = ("p", "q", "r")
NUMBERS: Final = (0, 0, 0, 1, 100, 200, 250)
SIGNS: Final = (">", ">=", "<", "<=", "=", "!=")
SHARES: Final = (
    "60% to SIDE a remaining to SIDE b", "1/3 to SIDE a 1/3 to SIDE b 1/3 to SIDE d",
    "1.00 to SIDE a remaining to { 25% to SIDE b remaining to SIDE d }",
    "max 1.50 of 50% to SIDE a remaining to SIDE b", "33% to SIDE a 33% to SIDE b 34% to SIDE d",
)  # fmt: skip
OF_MEMBERS: Final = {"item": FIGURES, "leg": ("v", "w"), "payment": ("amount",), "part": ("u",)}


def rule_of(seed: int) -> Rule:
    """Return the rule of a seed."""
    return Blocks(Parts(seed)).rule()


def events_of(seed: int, count: int) -> list[Record]:
    """Return the events of a seed."""
    draw = Events(seed)
    return [draw.event() for _ in range(count)]


# --- rules ---------------------------------------------------------------------------------


class Blocks:
    """Draws rules."""

    def __init__(self, draw: "Parts") -> None:
        self.draw = draw

    def rule(self) -> Rule:
        """Return a rule of one to three blocks, half of them spoilt."""
        blocks = [self.block(number) for number in range(self.draw.random.randint(1, 3))]
        lines = [self.elsewhere(line) for block in blocks for line in block.lines]
        if self.draw.random.random() < 0.5:
            index = self.draw.random.randrange(len(lines))
            lines[index : index + 1] = self.spoilt(lines[index])
        if len({line.side for line in lines}) < 2:
            whole = Linear(((1, Field("", "total_amount")),))
            lines += [Line("debit", whole), Line("credit", whole)]
        self.draw.random.shuffle(lines)
        return Rule(
            tuple(lines),
            tuple(pair for block in blocks for pair in block.lets),
            tuple(pair for block in blocks for pair in block.givens),
            self.draw.declared(),
            self.draw.random.choice((1, 5, 200)) if self.draw.random.random() < 0.1 else None,
            self.draw.random.random() < 0.2,
        )

    def elsewhere(self, line: Line) -> Line:
        """Return a line as it is, on an account that a map gives, split, or allocated."""
        variables = {"", *(loop.variable for loop in line.loops)}
        owner = self.draw.random.choice([each for each in ("", "leg", "item") if each in variables])
        kind = Field(owner, "kind")
        match self.draw.random.randrange(12):
            case 0:
                return replace(line, account=f"account_of({kind})")
            case 1:
                return replace(line, account=f'place_of({kind}, tag default "q")')
            case 2:
                return replace(line, by=self.draw.random.choice(("staff", "place")))
            case 3:
                return replace(line, shares=self.draw.random.choice(SHARES))
            case 4 if not line.loops:
                return replace(line, weight=self.draw.random.choice(("v", "w")))
            case _:
                return line

    def block(self, number: int) -> Rule:
        """Return lines that balance, given an equation at most."""
        makers = (
            self.cut, self.cut, self.summed, self.solved, self.named, self.cases, self.of_items,
            self.of_items, self.of_legs, self.of_legs, self.of_parts, self.paid, self.shared,
            self.picked, self.equal, self.idle, self.by_kind, self.by_kind, self.doubted,
            self.positive,
        )  # fmt: skip
        made = self.draw.random.choice(makers)(number)
        if self.draw.random.random() < 0.15:
            ledger = self.draw.random.choice(LEDGERS)
            return replace(made, lines=tuple(replace(line, ledger=ledger) for line in made.lines))
        return made

    def cut(self, _number: int) -> Rule:
        """Return an amount on one side, and its parts by conditions on the other."""
        amount = self.draw.linear()
        return Rule((Line("debit", amount), *self.parted(Line("credit", amount), ())))

    def cases(self, _number: int) -> Rule:
        """Return an amount on both sides under one condition, said in two ways."""
        amount, when = self.draw.linear(), self.draw.condition(())
        return Rule((Line("debit", amount, when=when), Line("credit", amount, when=Not(Not(when)))))

    def summed(self, _number: int) -> Rule:
        """Return two amounts on one side, and their sum on the other."""
        one, other = self.draw.linear(), self.draw.linear()
        return Rule((Line("debit", one.plus(other)), Line("credit", one), Line("credit", other)))

    def solved(self, number: int) -> Rule:
        """Return two amounts that an equation makes equal."""
        amount, name = self.draw.linear(sums=True), f"g{number}"
        debit = Line("debit", Linear(((1, Field("", name)),)))
        return Rule((debit, *self.parted(Line("credit", amount), ())), (), ((name, amount),))

    def named(self, number: int) -> Rule:
        """Return an amount on one side, and its name on the other."""
        amount, name = self.draw.linear(sums=True), f"t{number}"
        debit = Line("debit", Linear(((1, Field("", name)),)))
        return Rule((debit, *self.parted(Line("credit", amount), ())), ((name, amount),))

    def of_items(self, _number: int) -> Rule:
        """Return gross of all items on one side, net and tax of each on the other."""
        debit = Line("debit", Linear(((1, SumOf("items", "gross")),)))
        credits_ = (Line("credit", Linear(((1, Field("item", name)),)), (Loop("item"),))
                    for name in ("net", "tax"))  # fmt: skip
        return Rule((debit, *(line for each in credits_ for line in self.parted(each, ("item",)))))

    def of_legs(self, _number: int) -> Rule:
        """Return a sum over members on one side, and each member on the other."""
        name = self.draw.random.choice(("v", "w"))
        debit = Line("debit", Linear(((1, SumOf("legs", name)),)))
        credit = Line("credit", Linear(((1, Field("leg", name)),)), (Loop("leg"),))
        if self.draw.random.random() < 0.3:
            when = self.draw.condition(("leg",))
            some = replace(credit, loops=(Loop("leg", when),))
            return Rule((replace(credit, side="debit", when=when), some))
        return Rule((debit, *self.parted(credit, ("leg",))))

    def of_parts(self, _number: int) -> Rule:
        """Return the sum of each member's own list on one side, its members on the other."""
        of_leg = Linear(((1, SumOf("parts", "u", "leg")),))
        debit = Line("debit", of_leg, (Loop("leg"),))
        of_part = Linear(((1, Field("part", "u")),))
        credit = Line("credit", of_part, (Loop("leg"), Loop("part")))
        return Rule((debit, *self.parted(credit, ("leg", "part"))))

    def paid(self, _number: int) -> Rule:
        """Return the payments on one side, the total on the other."""
        each = Line("debit", Linear(((1, Field("payment", "amount")),)), (Loop("payment"),))
        total = Line("credit", Linear(((1, Field("", "total_amount")),)))
        return Rule((*self.parted(each, ("payment",)), total))

    def shared(self, _number: int) -> Rule:
        """Return a rounded share of an amount and the rest of it."""
        amount = self.draw.linear()
        share = Linear(((1, Rounded(amount, self.draw.random.choice((5, 33, 50)))),))
        rest = amount.plus(share, -1)
        return Rule((Line("debit", share), Line("debit", rest), Line("credit", amount)))

    def picked(self, _number: int) -> Rule:
        """Return the larger of two amounts, and the one that it is."""
        one, other = self.draw.linear(), self.draw.linear()
        debit = Line("debit", Linear(((1, Extreme("max", one, other)),)))
        if self.draw.random.random() < 0.5:
            lesser = Linear(((1, Extreme("min", one, other)),))
            return Rule((debit, Line("debit", lesser), Line("credit", one.plus(other))))
        when = Compared(one, ">", other)
        return Rule((debit, Line("credit", one, when=when), Line("credit", other, when=Not(when))))

    def equal(self, _number: int) -> Rule:
        """Return two amounts where they are equal."""
        one, other = self.draw.linear(), self.draw.linear()
        when: Condition = Compared(one, "=", other)
        if self.draw.random.random() < 0.5:
            when = Both("and", Compared(one, ">=", other), Compared(other, ">=", one))
        return Rule((Line("debit", one, when=when), Line("credit", other, when=when)))

    def idle(self, _number: int) -> Rule:
        """Return a field under the condition that it is above zero, and without."""
        amount = Linear(((1, self.draw.field()),))
        when = Compared(amount, ">", Linear(()))
        return Rule((Line("debit", amount, when=when), Line("credit", amount)))

    def by_kind(self, _number: int) -> Rule:
        """Return an amount on one side, and on the other a part for each kind that is known."""
        kinds = KINDS[: self.draw.random.randint(2, 3)]
        if self.draw.random.random() < 0.5:
            amount = Linear(((1, Field("leg", "v")),))
            debit = Line("debit", amount, (Loop("leg"),))
            parts = (replace(debit, side="credit", when=KindIs("leg", text)) for text in kinds)
            return Rule((debit, *parts))
        amount = self.draw.linear()
        each = (Line("credit", amount, when=self.draw.kind_is(text)) for text in kinds)
        return Rule((Line("debit", amount), *each))

    def doubted(self, _number: int) -> Rule:
        """Return an amount on one side, and a line for each case of what may be absent."""
        amount = self.draw.linear()
        if self.draw.random.random() < 0.5:
            first, second = (self.draw.random.random() < 0.5 for _ in range(2))
            parts: tuple[Condition, ...] = (Flag(first), Not(Flag(second)))
        else:
            tags = self.draw.random.choice(KINDS), self.draw.random.choice(KINDS)
            parts = (TagIs("p", tags[0]), Not(TagIs("p", tags[1])))
        return Rule((Line("debit", amount), *(Line("credit", amount, when=when) for when in parts)))

    def positive(self, _number: int) -> Rule:
        """Return amounts that a condition says to be positive, which they may be anyway."""
        name = self.draw.random.choice(("v", "w"))
        debit = Line("debit", Linear(((1, Field("leg", name)),)), (Loop("leg"),))
        when = Compared(debit.amount, ">", Linear(()))
        return Rule((debit, replace(debit, side="credit", when=when)))

    def parted(self, line: Line, owners: tuple[str, ...], depth: int = 2) -> tuple[Line, ...]:
        """Return a line in parts, under conditions that exclude one another."""
        if not depth or self.draw.random.random() < 0.4:
            return (line,)
        when = self.draw.condition(owners)
        both = (when, Not(when))
        cut = (replace(line, when=_and(line.when, each)) for each in both)
        return tuple(part for each in cut for part in self.parted(each, owners, depth - 1))

    def spoilt(self, line: Line) -> list[Line]:
        """Return what became of a line: nothing, or one of another condition, amount or side."""
        owners = tuple(loop.variable for loop in line.loops)
        match self.draw.random.randrange(5):
            case 0:
                return []
            case 4:
                ledger = self.draw.random.choice([each for each in LEDGERS if each != line.ledger])
                return [replace(line, ledger=ledger)]
            case 1:
                return [replace(line, when=self.draw.condition(owners))]
            case 2 if not owners:
                return [replace(line, amount=self.draw.linear())]
            case 2:
                return [replace(line, amount=line.amount.plus(line.amount))]
            case _:
                return [replace(line, side="credit" if line.side == "debit" else "debit")]


def _and(first: Condition | None, second: Condition) -> Condition:
    return second if first is None else Both("and", first, second)


class Parts:
    """Draws amounts and conditions."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def field(self) -> Field | Default:
        """Return a field of the event."""
        if self.random.random() < 0.08:
            return Default("", "o", self.random.choice((0, 0, 100, -50)))
        return Field("", self.random.choice((*KNOWN, *OWN)))

    def kind_is(self, text: str) -> Condition:
        """Return whether the kind of the event, or its tag, is a text."""
        return KindIs("", text) if self.random.random() < 0.6 else TagIs(text, KINDS[0])

    def declared(self) -> Declared | None:
        """Return a declaration of the events, or none."""
        if self.random.random() < 0.5:
            return None
        money = frozenset(name for name in AMOUNTS if self.random.random() < 0.6)
        preset = self.random.choice((None, 0, 100))
        return Declared(money, KINDS[: self.random.choice((2, 3, 3))], preset)

    def linear(self, *, sums: bool = False) -> Linear:
        """Return whole multiples of one to three different terms, sometimes with a number."""
        terms: dict[Term, int] = {}
        for _ in range(self.random.choice((1, 1, 2, 2, 3))):
            term = self.random.choice(SUMS) if sums and self.random.random() < 0.3 else self.field()
            terms[term] = self.random.choice((1, 1, 1, 2, 3, -1))
        constant = self.random.choice((0, 0, 0, 0, 100, 1, -250))
        return Linear(tuple((times, term) for term, times in terms.items()), constant)

    def condition(self, owners: Sequence[str], depth: int = 1) -> Condition:
        """Return a condition on the event and on the members of loops."""
        if depth and self.random.random() < 0.3:
            first, second = (self.condition(owners, depth - 1) for _ in range(2))
            return Both(self.random.choice(("and", "or")), first, second)
        owner = self.random.choice((*owners, *owners, ""))
        kind = self.random.randrange(6)
        if kind == 0 and not owner:
            return Flag(self.random.choice((None, None, True, False)))
        if kind == 1 and not owner and self.random.random() < 0.4:
            return TagIs(self.random.choice(KINDS[:2]), self.random.choice(KINDS[:2]))
        if kind <= 1 and owner not in {"payment", "part"}:
            return KindIs(owner, self.random.choice(KINDS[:2]), self.random.random() < 0.7)
        return self.comparison(owner)

    def comparison(self, owner: str) -> Condition:
        """Return a comparison of amounts of the event or of a member with others, or numbers."""
        operator = self.random.choice(SIGNS)
        left = Linear(((1, self.compared(owner)),))
        if self.random.random() < 0.5:
            return Compared(left, operator, Linear((), self.random.choice(NUMBERS)))
        right = Linear(((self.random.choice((1, 1, 2)), self.compared(owner)),))
        return Compared(left, operator, right)

    def compared(self, owner: str) -> Term:
        """Return an amount that a condition compares."""
        if owner == "leg" and self.random.random() < 0.1:
            return Default(owner, "q", self.random.choice((0, 100, -50)))
        if owner:
            return Field(owner, self.random.choice(OF_MEMBERS[owner]))
        return self.random.choice(SUMS) if self.random.random() < 0.15 else self.field()


# --- events --------------------------------------------------------------------------------


class Events:
    """Draws events, whose amounts are often those that conditions name."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def event(self) -> Record:
        """Return an event; own fields and figures of items may be below zero."""
        amounts = {name: self.money() for name in KNOWN}
        amounts["total_amount"] = amounts["total_amount"] or 1
        first = min(self.money(), amounts["total_amount"])
        payments: list[Record] = [{"amount": first}, {"amount": amounts["total_amount"] - first}]
        legs: list[dict[str, Value]] = [
            {
                **{name: self.signed() for name in ("v", "w")},
                "kind": self.random.choice(KINDS),
                "parts": [{"u": self.signed()} for _ in range(self.random.randrange(3))],
            }
            for _ in range(self.random.randrange(4))
        ]
        items: list[Record] = [
            {
                "net": self.signed(), "tax": self.signed(), "kind": self.random.choice(KINDS),
                "place": self.random.choice(("N", "S")),
            }
            for _ in range(self.random.randint(1, 3))
        ]  # fmt: skip
        for leg in legs:
            self.some(leg, "q", self.signed())
        event: dict[str, Value] = {
            **amounts, **{name: self.signed() for name in OWN},
            "kind": self.random.choice(KINDS), "flag": self.random.random() < 0.5,
            "legs": [*legs], "items": items, "payments": payments,
        }  # fmt: skip
        self.some(event, "o", self.signed())
        self.some(event, "tag", self.random.choice(KINDS))
        self.some(event, "mark", self.random.random() < 0.5)
        return event

    def some(self, record: dict[str, Value], name: str, value: Value) -> None:
        """Give a record a field, or not."""
        if self.random.random() < 0.6:
            record[name] = value

    def money(self) -> int:
        """Return hundredths, often those that conditions name."""
        near = self.random.random()
        if near < 0.6:
            return self.random.choice((0, 0, 1, 99, 100, 100, 101, 200, 250, 300, 500))
        return self.random.randrange(400)

    def signed(self) -> int:
        """Return hundredths that are below zero in a third of the cases."""
        amount = self.money()
        return -amount if self.random.random() < 0.33 else amount
