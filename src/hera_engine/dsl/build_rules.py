"""Phrases of posting rules and cases to syntax nodes."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.build_allocations import allocation
from hera_engine.dsl.build_expressions import (
    Reading,
    bare,
    day,
    events,
    expression,
    name,
    number,
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
        purchase=phrase.word("PURCHASE") is not None,
        lets=tuple(body.lets),
        givens=tuple(body.givens),
        lines=tuple(body.lines),
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
        what = f"`{phrase.needed('LET', 'GIVEN', 'BALANCE').text}`"
        reason = "it belongs before the blocks of its rule"
        reading.fault(faults.BAD_LAYOUT, phrase.at, what=what, reason=reason)
    match phrase.kind:
        case "let":
            reading.anchor(body.pointer.child("let").child(len(body.lets)).path, phrase)
            body.lets.append(binding(reading, phrase.inner("binding")))
        case "given":
            reading.anchor(body.pointer.child("given").child(len(body.givens)).path, phrase)
            body.givens.append(equation(reading, phrase.inner("equation")))
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
    body.post(
        nodes.Line(
            side=nodes.SideWord(phrase.needed("SIDE").text),
            target=target(reading, phrase.inner("target")),
            amount=expression(reading, phrase.parts[2]),
            by=None if by is None else name(by.needed("NAME")),
            when=None if when is None else expression(reading, when.parts[1]),
            loops=within.loops,
            ledger=within.ledger,
            at=phrase.at,
        )
    )


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


# --- cases -----------------------------------------------------------------------------------


def case(reading: Reading, phrase: Phrase, pointer: Pointer) -> nodes.Case:
    """Return the node of a worked example."""
    reading.anchor(pointer.path, phrase, braces=True)
    event, expect = phrase.inner("event"), phrase.inner("expect")
    reading.anchor(pointer.child("event").path, event)
    reading.anchor(pointer.child("expect").path, expect, braces=True)
    title, *code = phrase.words("STRING")
    return nodes.Case(
        title=string(reading, title),
        on=string(reading, code[0]) if code else phrase.needed("SMART").text,
        event=record(reading, event.inner("record")),
        expect=tuple(
            _expected(reading, part, pointer.child("expect").child(index))
            for index, part in enumerate(expect.phrases())
        ),
        at=phrase.at,
    )


def _expected(reading: Reading, phrase: Phrase, pointer: Pointer) -> nodes.ExpectedLine:
    reading.anchor(pointer.path, phrase)
    account, *ledger = phrase.words("NAME")
    tagged = phrase.phrase("tags")
    return nodes.ExpectedLine(
        side=nodes.SideWord(phrase.needed("SIDE").text),
        account=name(account),
        amount=number(reading, phrase.needed("NUMBER")),
        dimensions=() if tagged is None else tags(reading, tagged),
        ledger=name(ledger[0]) if ledger else None,
        at=phrase.at,
    )


def tags(reading: Reading, phrase: Phrase) -> tuple[tuple[str, str], ...]:
    """Return the pairs of ``name "value", …``."""
    pairs = zip(phrase.words("NAME"), phrase.words("STRING"), strict=True)
    return tuple((bare(key), string(reading, value)) for key, value in pairs)


def record(reading: Reading, phrase: Phrase) -> tuple[nodes.CaseField, ...]:
    """Return the fields of an event record."""
    return tuple(_entry(reading, part) for part in phrase.phrases())


def _entry(reading: Reading, phrase: Phrase) -> nodes.CaseField:
    key, value = phrase.parts[0], phrase.parts[2]
    assert isinstance(key, Word), "the grammar begins an entry with its key"
    text = string(reading, key) if key.kind == "STRING" else bare(key)
    return nodes.CaseField(name=text, value=_value(reading, value), at=phrase.at)


_CONSTANTS: Final = MappingProxyType({"TRUE": True, "FALSE": False, "NULL": None})


def _value(reading: Reading, part: Word | Phrase) -> nodes.CaseValue:
    """Return one value of an event record."""
    match part:
        case Phrase(kind="record"):
            return record(reading, part)
        case Phrase(kind="list"):
            return tuple(
                _value(reading, item)
                for item in part.parts
                if isinstance(item, Phrase) or item.kind not in {"LSQB", "RSQB", "COMMA"}
            )
        case Phrase():
            return number(reading, part.needed("NUMBER"), negative=True)
        case Word(kind="STRING"):
            return string(reading, part)
        case Word(kind="NUMBER"):
            return number(reading, part)
        case Word(kind="DATE"):
            return day(reading, part)
        case _:
            return _CONSTANTS[part.kind]
