"""Phrases of allocations to syntax nodes: an amount that several lines get together."""

from dataclasses import dataclass, field

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.build_expressions import Reading, call, expression, name
from hera_engine.dsl.build_targets import iteration
from hera_engine.dsl.phrases import Phrase, Word
from hera_engine.dsl.statements import literal_part, loops_around
from hera_engine.errors import Pointer


@dataclass(frozen=True, slots=True)
class Leg:
    """Where one share goes: the side, the account and the dimension of a line, and its place."""

    phrase: Phrase
    side: nodes.SideWord
    target: nodes.Name | nodes.Call
    by: nodes.Name | None


@dataclass(slots=True)
class _Shares:
    """The shares of one allocation while they are read."""

    reading: Reading
    legs: list[Leg] = field(default_factory=list)
    count: int = 0


def allocation(
    reading: Reading,
    phrase: Phrase,
    pointer: Pointer,
    loops: tuple[nodes.Loop, ...],
    ledger: nodes.Name | None,
) -> tuple[nodes.Line, ...]:
    """Return the lines of one allocation, which share the node of it.

    Args:
        reading: Collects the faults, and where comments can be attached.
        phrase: The statement.
        pointer: Where it stands in the JSON form.
        loops: The loops around it.
        ledger: The ledger it posts to, or None for each.
    """
    shares, when = phrase.phrase("allotments"), phrase.phrase("when")
    reading.anchor(pointer.path, phrase, braces=shares is not None)
    policy, apart = _leftover(reading, phrase.phrase("leftover"))
    amount = expression(reading, phrase.parts[1])
    if shares is None:
        over = iteration(reading, phrase.inner("iteration"))
        weight = expression(reading, phrase.parts[5])
        node = nodes.Allocation(
            amount=amount, over=over, weight=weight, leftover=policy, at=phrase.at
        )
        legs = [_leg(reading, phrase.inner("leg"))]
    else:
        found = _Shares(reading)
        allotments = _allotments(found, shares, pointer)
        node = nodes.Allocation(amount=amount, allotments=allotments, leftover=policy, at=phrase.at)
        legs = found.legs
    if apart is not None:
        legs = [*legs, apart]
    condition = None if when is None else expression(reading, when.parts[1])
    return tuple(
        nodes.Line(
            side=leg.side, target=leg.target, by=leg.by,
            amount=nodes.Allotted(index, node, at=leg.phrase.at),
            when=condition, loops=loops_around(node, index, loops), ledger=ledger,
            at=leg.phrase.at,
        )
        for index, leg in enumerate(legs)
    )  # fmt: skip


def _leftover(reading: Reading, phrase: Phrase | None) -> tuple[str, Leg | None]:
    """Return the name of a policy, and where what is left goes under `apart`."""
    if phrase is None:
        return nodes.LEFTOVERS[0], None
    policy = phrase.needed("LEFTOVER_NAME", "APART").text
    leg = phrase.phrase("leg")
    return policy, None if leg is None else _leg(reading, leg)


def _leg(reading: Reading, phrase: Phrase) -> Leg:
    by, seat = phrase.word("NAME"), phrase.inner("seat")
    key = seat.word("NAME")
    return Leg(
        phrase,
        nodes.SideWord(phrase.needed("SIDE").text),
        call(reading, seat) if key is None else name(key),
        None if by is None else name(by),
    )


def _allotments(found: _Shares, phrase: Phrase, pointer: Pointer) -> tuple[nodes.Allotment, ...]:
    """Return the shares in one pair of braces."""
    allotments = []
    for index, part in enumerate(phrase.phrases()):
        found.count += 1
        if found.count > limits.ALLOCATION_SHARES:
            allowed = str(limits.ALLOCATION_SHARES)
            found.reading.fault(
                faults.TOO_LARGE, part.at,
                limit="ALLOCATION_SHARES", allowed=allowed, seen=f"more than {allowed}",
            )  # fmt: skip
            break
        allotments.append(_allotment(found, part, pointer.child("shares").child(index)))
    return tuple(allotments)


def _allotment(found: _Shares, phrase: Phrase, pointer: Pointer) -> nodes.Allotment:
    """Return one share; its line, or those of the shares inside it, are added to the legs."""
    inside, cap = phrase.phrase("allotments"), phrase.phrase("cap")
    found.reading.anchor(pointer.path, phrase, braces=inside is not None)
    computed = phrase.word("SHARE") is not None
    size = _size(found.reading, phrase)
    of_whole = size is not None and (computed or cap is not None or literal_part(size) is not None)
    if inside is None:
        found.legs.append(_leg(found.reading, phrase.inner("leg")))
    return nodes.Allotment(
        part=size if of_whole else None,
        amount=None if of_whole else size,
        cap=None if cap is None else expression(found.reading, cap.parts[1]),
        inside=() if inside is None else _allotments(found, inside, pointer),
        at=phrase.at,
    )


def _size(reading: Reading, phrase: Phrase) -> nodes.Expression | None:
    """Return what stands before `to`, without the maximum; None for what remains."""
    position = next(
        index
        for index, part in enumerate(phrase.parts)
        if isinstance(part, Word) and part.kind == "TO"
    )
    before = phrase.parts[position - 1]
    return None if isinstance(before, Word) else expression(reading, before)
