"""Phrases of posting rules to syntax nodes."""

from dataclasses import dataclass, field

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.build_allocations import allocation
from hera_engine.dsl.build_expressions import (
    Reading,
    bare,
    bound,
    events,
    expression,
    name,
    number,
    path,
    refuse_repeated,
    string,
)
from hera_engine.dsl.build_targets import iteration, target
from hera_engine.dsl.phrases import Phrase, Word
from hera_engine.errors import Pointer

# --- rules -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Body:
    """The statements of one rule while they are read."""

    pointer: Pointer
    lets: list[nodes.Let] = field(default_factory=list)
    givens: list[nodes.Given] = field(default_factory=list)
    lines: list[nodes.Line] = field(default_factory=list)
    exchange: nodes.ExchangeDifference | None = None
    posted: int = 0
    closing: nodes.Closing | None = None

    @property
    def next_posting(self) -> Pointer:
        """Where the next statement that posts stands in the JSON form."""
        return self.pointer.child("lines").child(self.posted)

    def post(self, *lines: nodes.Line) -> None:
        """Add the lines of one statement."""
        self.lines += lines
        self.posted += 1


@dataclass(frozen=True, slots=True)
class _Within:
    """The blocks a statement stands in."""

    loops: tuple[nodes.Loop, ...] = ()
    ledger: nodes.Name | None = None

    @property
    def outside(self) -> bool:
        """Whether this is the rule's own level."""
        return not self.loops and self.ledger is None


def rule(reading: Reading, phrase: Phrase, pointer: Pointer) -> nodes.Rule:
    """Return the node of a posting rule; its statements keep their order in ``reading``."""
    patterns = [part for part in phrase.phrases() if part.kind == "events"]
    block = phrase.phrase("block")
    reading.anchor(pointer.path, phrase, braces=block is not None)
    body = _Body(pointer)
    if block is not None:
        _statements(reading, block.inner("statements"), body, _Within())
    return nodes.Rule(
        on=events(reading, patterns[0]),
        reverses=events(reading, patterns[1]) if len(patterns) > 1 else None,
        effective_from=bound(reading, phrase.phrase("starts")),
        effective_to=bound(reading, phrase.phrase("ends")),
        purchase=phrase.word("PURCHASE") is not None,
        lets=tuple(body.lets),
        givens=tuple(body.givens),
        lines=tuple(body.lines),
        exchange=body.exchange,
        closing=body.closing,
        at=phrase.at,
    )


def _statements(reading: Reading, phrase: Phrase, body: _Body, within: _Within) -> None:
    """Add the statements of one block to the body of their rule."""
    for part in phrase.phrases():
        match part.kind:
            case "line":
                _line(reading, part, body, within)
            case "allocation":
                found = allocation(reading, part, body.next_posting, within.loops, within.ledger)
                body.post(*found)
            case "loop":
                _loop(reading, part, body, within)
            case "in_ledger":
                _ledger(reading, part, body, within)
            case _:
                _head(reading, part, body, within)


def _head(reading: Reading, phrase: Phrase, body: _Body, within: _Within) -> None:
    """Add a statement that may only stand on the rule's own level."""
    if not within.outside:
        what = f"`{phrase.needed('LET', 'GIVEN', 'EXCHANGE', 'BALANCE').text}`"
        reason = "it belongs before the blocks of its rule"
        reading.fault(faults.BAD_LAYOUT, phrase.at, what=what, reason=reason)
    match phrase.kind:
        case "let":
            reading.anchor(body.pointer.child("let").child(len(body.lets)).path, phrase)
            body.lets.append(binding(reading, phrase.inner("binding")))
        case "given":
            reading.anchor(body.pointer.child("given").child(len(body.givens)).path, phrase)
            body.givens.append(equation(reading, phrase.inner("equation")))
        case "exchange":
            reading.anchor(body.pointer.child("exchange_difference").path, phrase)
            if body.exchange is not None:
                what = "exchange difference"
                reading.fault(faults.DUPLICATE, phrase.at, what="statement", name=what)
            body.exchange = exchange(phrase)
        case _:
            reading.anchor(body.pointer.child("closing").path, phrase)
            if body.closing is not None:
                reading.fault(faults.DUPLICATE, phrase.at, what="statement", name="balance")
            account = name(phrase.needed("NAME"))
            within_bound = number(reading, phrase.needed("NUMBER"))
            body.closing = nodes.Closing(account=account, within=within_bound, at=phrase.at)


def _loop(reading: Reading, phrase: Phrase, body: _Body, within: _Within) -> None:
    """Add the lines of a ``for`` block."""
    block = phrase.inner("block").inner("statements")
    first = body.next_posting
    reading.anchor(first.child("for").child(len(within.loops)).path, phrase, braces=True)
    loops = (*within.loops, iteration(reading, phrase.inner("iteration")))
    _statements(reading, block, body, _Within(loops, within.ledger))


def _ledger(reading: Reading, phrase: Phrase, body: _Body, within: _Within) -> None:
    """Add the lines of an ``in LEDGER`` block."""
    first = body.next_posting
    reading.anchor(first.child("ledger").path, phrase, braces=True)
    if within.ledger is not None:
        reason = f"it already stands in `{within.ledger.text}`"
        reading.fault(faults.BAD_LAYOUT, phrase.at, what="`in`", reason=reason)
    inside = _Within(within.loops, name(phrase.needed("NAME")))
    _statements(reading, phrase.inner("block").inner("statements"), body, inside)


def _line(reading: Reading, phrase: Phrase, body: _Body, within: _Within) -> None:
    """Add one posting line."""
    reading.anchor(body.next_posting.path, phrase)
    by, when = phrase.phrase("by"), phrase.phrase("when")
    currency, worth, at = phrase.phrase("currency"), phrase.phrase("worth"), phrase.phrase("at")
    body.post(
        nodes.Line(
            side=nodes.SideWord(phrase.needed("SIDE").text),
            target=target(reading, phrase.inner("target")),
            amount=expression(reading, phrase.parts[2]),
            currency=None if currency is None else _currency(reading, currency.parts[1]),
            base=None if worth is None else expression(reading, worth.parts[1]),
            rate=None if at is None else expression(reading, at.parts[1]),
            by=None if by is None else name(by.needed("NAME")),
            when=None if when is None else expression(reading, when.parts[1]),
            loops=within.loops,
            ledger=within.ledger,
            at=phrase.at,
        )
    )


def _currency(reading: Reading, part: Word | Phrase) -> nodes.Expression:
    """Return the node of a currency: a field, or a code in quotes."""
    if isinstance(part, Phrase):
        return path(part)
    return nodes.Text(string(reading, part), at=part.at)


def exchange(phrase: Phrase) -> nodes.ExchangeDifference:
    """Return the node of ``exchange difference to GAIN, LOSS``; one account may serve both."""
    accounts = [name(word) for word in phrase.words("NAME")]
    return nodes.ExchangeDifference(gain=accounts[0], loss=accounts[-1], at=phrase.at)


def binding(reading: Reading, phrase: Phrase) -> nodes.Let:
    """Return the node of ``name = expression``."""
    value = expression(reading, phrase.parts[2])
    return nodes.Let(name=name(phrase.needed("NAME")), value=value, at=phrase.at)


def equation(reading: Reading, phrase: Phrase) -> nodes.Given:
    """Return the node of ``expression = expression``."""
    left, right = phrase.parts[0], phrase.parts[2]
    return nodes.Given(
        left=expression(reading, left), right=expression(reading, right), at=phrase.at
    )


def tags(reading: Reading, phrase: Phrase) -> tuple[tuple[str, str], ...]:
    """Return the pairs of ``name "value", …``."""
    names = phrase.words("NAME")
    refuse_repeated(reading, "dimension", ((bare(word), word.at) for word in names))
    pairs = zip(names, phrase.words("STRING"), strict=True)
    return tuple((bare(key), string(reading, value)) for key, value in pairs)
