"""Rules for the laws of the balance proof, events for them, and the lines that they make.

A rule is put together from blocks that balance by themselves, in every way that the proof knows,
and then perhaps spoilt: a line is left out, a condition turned, an amount changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hypothesis import strategies as st

from hera_engine import HeraError, PostingEngine
from hera_engine.accounts import Side
from hera_engine.facts import Facts
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.stage import Contribution, ItemTaxes
from hera_engine.rules.verdict import CounterExample

HEAD: Final = """\
ledgers GL
account a 1000 asset
account b 1100 asset
account c 4100 revenue
account d 5500 expense
account rounding 5900 expense
tax profile vat { default standard rate standard 5% for standard }
payments immediate
validations { max_line_count 1000 }
"""
CLOSED: Final = "  balance to rounding within 1000000.00\n"
CODE: Final = "HERA.LAW.V1"

KNOWN: Final = ("total_amount", "tip_amount", "fee_amount", "discount_amount")
OWN: Final = ("x", "y", "z")
CONDITIONS: Final = (
    'kind = "p"', 'kind = "q"', "x > 0", "y > 1.00", "total_amount > 2.00", "tip_amount = 0",
    "x < y", "fee_amount > tip_amount", 'kind = "p" and x > 0', 'kind = "p" or y > 1.00',
    "sum(legs.v) > 0", "flag",
)  # fmt: skip
ITEM_CONDITIONS: Final = ('item.kind = "p"', "net(item) > 0", 'item.kind = "q" and tax(item) > 0')
LEG_CONDITIONS: Final = ('leg.kind = "p"', "leg.v > 0", "leg.v > leg.w", "x > 0")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a generated rule."""

    side: str
    amount: str
    loop: str = ""
    when: str = ""

    def __str__(self) -> str:
        account = {"debit": "a", "credit": "c"}[self.side]
        when = f" when {self.when}" if self.when else ""
        text = f"{self.side} {account} ({self.amount}){when}"
        return f"for {self.loop} {{ {text} }}" if self.loop else text


@dataclass(frozen=True, slots=True)
class Rule:
    """A generated rule; ``givens`` pairs the own field an equation is solved for with its value."""

    lines: tuple[Line, ...]
    givens: tuple[tuple[str, str], ...] = ()

    def text(self, *, closed: bool = False) -> str:
        """Return a schema with the rule, closed by a line that takes anything or not."""
        body = "".join(f"  given {name} = {value}\n" for name, value in self.givens)
        body += "".join(f"  {line}\n" for line in self.lines)
        return f"{HEAD}on {CODE} {{\n{body}{CLOSED if closed else ''}}}\n"


# --- rules ---------------------------------------------------------------------------------

_fields = st.sampled_from((*KNOWN, *OWN))


@st.composite
def _amounts(draw: st.DrawFn) -> str:
    """Return a sum of fields."""
    first, second = draw(_fields), draw(_fields)
    shape = draw(st.sampled_from(("{0}", "{0} + {1}", "{0} - {1}", "2 * {0} + {1}", "{0} + 1.00")))
    return shape.format(first, second)


@st.composite
def _blocks(draw: st.DrawFn, number: int) -> Rule:
    """Return lines that balance, given an equation at most."""
    amount, when = draw(_amounts()), draw(st.sampled_from(CONDITIONS))
    kind = draw(st.integers(0, 9))
    match kind:
        case 0:
            return Rule((Line("debit", amount, when=when), Line("credit", amount, when=when)))
        case 1:
            return Rule((Line("debit", amount), *_either(Line("credit", amount), when)))
        case 2:
            other = draw(_amounts())
            both = f"({amount}) + ({other})"
            return Rule((Line("debit", both), Line("credit", amount), Line("credit", other)))
        case 3:
            name = draw(st.sampled_from((*KNOWN, *OWN)))
            return Rule((Line("debit", name, when=f"{name} > 0"), Line("credit", name)))
        case 4:
            name = f"g{number}"
            return Rule((Line("debit", name), Line("credit", amount)), ((name, amount),))
        case 5:
            taxes = Line("credit", "tax(item)", "item in items")
            nets = Line("credit", "net(item)", "item in items")
            split = _either(nets, draw(st.sampled_from(ITEM_CONDITIONS)))
            return Rule((Line("debit", "sum(gross(items))"), taxes, *split))
        case 6:
            legs = Line("credit", "leg.v", "leg in legs")
            split = _either(legs, draw(st.sampled_from(LEG_CONDITIONS)))
            return Rule((Line("debit", "sum(legs.v)"), *split))
        case 7:
            paid = Line("debit", "payment.amount", "payment in payments")
            return Rule((paid, Line("credit", "total_amount")))
        case 8:
            part = f"round(({amount}) * 5%)"
            whole = Line("credit", amount)
            return Rule((Line("debit", part), Line("debit", f"({amount}) - {part}"), whole))
        case _:
            some = Line(
                "debit", "leg.v", f"leg in legs when {draw(st.sampled_from(LEG_CONDITIONS))}"
            )
            return Rule((some, replace(some, side="credit")))


def _either(line: Line, when: str) -> tuple[Line, Line]:
    """Return a line twice: where a condition holds, and where it does not."""
    return replace(line, when=when), replace(line, when=f"not ({when})")


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Return rules of one to three blocks, half of them spoilt."""
    blocks = [draw(_blocks(number)) for number in range(draw(st.integers(1, 3)))]
    lines = [line for block in blocks for line in block.lines]
    if draw(st.booleans()):
        index = draw(st.integers(0, len(lines) - 1))
        lines[index : index + 1] = draw(_spoilt(lines[index]))
    if len({line.side for line in lines}) < 2:
        lines += [Line("debit", "total_amount"), Line("credit", "total_amount")]
    return Rule(tuple(lines), tuple(pair for block in blocks for pair in block.givens))


@st.composite
def _spoilt(draw: st.DrawFn, line: Line) -> list[Line]:
    """Return what became of a line: nothing, a line with another condition, amount or side."""
    how = draw(st.integers(0, 3))
    if how == 0:
        return []
    if how == 1:
        return [replace(line, when=draw(st.sampled_from(CONDITIONS)))]
    if how == 2 and not line.loop:
        return [replace(line, amount=draw(_amounts()))]
    return [replace(line, side="credit" if line.side == "debit" else "debit")]


# --- events --------------------------------------------------------------------------------

_money = st.integers(0, 5).map(Decimal) | st.integers(0, 400).map(
    lambda units: Decimal(units) / 100
)
_signed = _money | _money.map(lambda amount: -amount)
_kinds = st.sampled_from(("p", "q", "r"))


@st.composite
def events(draw: st.DrawFn, rule: Rule) -> dict[str, object]:
    """Return an event that satisfies a rule's equations, with taxes as the items say."""
    values: dict[str, Decimal] = {name: draw(_money) for name in KNOWN[1:]}
    values["total_amount"] = draw(st.integers(1, 900)) / Decimal(100)
    values |= {name: draw(_signed) for name in OWN}
    for name, amount in rule.givens:
        values[name] = _value(amount, values)
    context: dict[str, object] = dict(values.items())
    total = context.pop("total_amount")
    first = min(draw(_money), values["total_amount"])
    rest = values["total_amount"] - first
    context["payments"] = [{"amount": first}, {"amount": rest}]
    legs = st.builds(lambda v, w, kind: {"v": v, "w": w, "kind": kind}, _signed, _signed, _kinds)
    context["legs"] = draw(st.lists(legs, max_size=3))
    items = st.builds(_item, _signed, _signed, _kinds)
    context["items"] = draw(st.lists(items, min_size=1, max_size=3))
    context |= {"kind": draw(_kinds), "flag": draw(st.booleans()), "discount_amount": Decimal(0)}
    values["discount_amount"] = Decimal(0)
    for name, amount in rule.givens:
        context[name] = _value(amount, values)
    return sent_event(total, context)


def _item(net: Decimal, tax: Decimal, kind: str) -> dict[str, object]:
    return {"amount": net, "net": net, "tax": tax, "kind": kind}


def _value(amount: str, values: Mapping[str, Decimal]) -> Decimal:
    """Return the value of a generated sum of fields, in integers of a hundredth."""
    total, sign, factor = Fraction(), 1, Fraction(1)
    for word in amount.replace("(", " ").replace(")", " ").split():
        if word in "+-":
            sign, factor = (1 if word == "+" else -1), Fraction(1)
        elif word == "*":
            continue
        elif word == "2":
            factor = Fraction(2)
        else:
            figure = values.get(word)
            total += sign * factor * Fraction(Decimal(word) if figure is None else figure)
    return Decimal(int(total * 100)) / 100


def sent_event(total: object, context: Mapping[str, object]) -> dict[str, object]:
    """Return an event with a business context."""
    return {
        "organization_id": "org-1", "event_smart_code": CODE, "total_amount": total,
        "currency": "USD", "business_context": dict(context),
    }  # fmt: skip


def event_of(example: CounterExample) -> dict[str, object]:
    """Return the event that a counter-example means."""
    values = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in example.event
    }
    total = values.pop("total_amount", Decimal(1))
    if "items" in values:
        values.pop("sale_amount", None)
    return sent_event(total, values)


# --- lines ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Watcher:
    """A stage that works out no tax of its own, but takes what the items state, and keeps lines."""

    name: str = "watcher"
    replaces: str = "tax"

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Return the taxes that the items state; what an item leaves unsaid is its net."""
        items = facts.items or ()
        return Contribution(taxes=tuple(_taxes(item.fields, item.amount) for item in items))


def _taxes(fields: Mapping[str, object], amount: Decimal) -> ItemTaxes:
    net, tax = fields.get("net", amount), fields.get("tax", Decimal(0))
    assert isinstance(net, Decimal)
    assert isinstance(tax, Decimal)
    return ItemTaxes(net=net, tax=tax, gross=net + tax)


@dataclass(slots=True)
class Keeper:
    """A stage that adds nothing and keeps the lines that it is shown."""

    name: str = "keeper"
    shown: list[DraftLine] = field(default_factory=list)

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Keep the lines."""
        self.shown = list(lines)
        return Contribution()


def left_over(text: str, event: Mapping[str, object]) -> Decimal | None:
    """Return debits less credits of a rule's lines, its closing aside; None where it is refused.

    The rule is the only one of a schema, which may be closed so that it compiles.
    """
    keeper = Keeper()
    return left_over_in(PostingEngine(text, stages=(Watcher(), keeper)), keeper, event)


def left_over_in(
    engine: PostingEngine, keeper: Keeper, event: Mapping[str, object]
) -> Decimal | None:
    """Return what is left over in an engine whose lines are kept."""
    keeper.shown = []
    try:
        engine.simulate(event)
    except HeraError as error:
        if not keeper.shown and error.code in {"E_GUARDRAIL", "E_UNBALANCED"}:
            return None
    own = [line for line in keeper.shown if line.account.posted.key != "rounding"]
    signed = (line.amount if line.side is Side.DEBIT else -line.amount for line in own)
    return sum(signed, Decimal(0))
