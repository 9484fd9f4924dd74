"""Allocations in the JSON form: one object in `lines` for an amount that several lines get."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.format_expressions import (
    format_arithmetic,
    format_expression,
    format_name,
)
from hera_engine.dsl.format_targets import format_loop
from hera_engine.dsl.json_fragments import expression, loop, loops, placed, target
from hera_engine.dsl.json_values import (
    Reader,
    Refused,
    each,
    flaw,
    misfit,
    name,
    one_of,
    record,
    truth,
)
from hera_engine.dsl.statements import loops_around
from hera_engine.errors import Pointer

_TEXT: Final = '{"type": "string", "minLength": 1}'
_LEG: Final = f'"debit": {_TEXT}, "credit": {_TEXT}, "by": {_TEXT}'
SCHEMA: Final = f"""{{"type": "object", "required": ["allocate"], "additionalProperties": false,
  "properties": {{
    "allocate": {_TEXT}, "when": {_TEXT}, "over": {_TEXT}, "weight": {_TEXT}, "ledger": {_TEXT},
    "for": {{"anyOf": [{_TEXT}, {{"type": "array", "items": {_TEXT}}}]}}, {_LEG},
    "leftover": {{"enum": ["largest_remainder", "first", "last", "largest_weight", "apart"]}},
    "apart": {{"type": "object", "additionalProperties": false, "properties": {{{_LEG}}}}},
    "shares": {{"type": "array", "minItems": 1, "items": {{
      "type": "object", "additionalProperties": false, "properties": {{
        "share": {_TEXT}, "amount": {_TEXT}, "max": {_TEXT}, "remaining": {{"const": true}},
        "shares": {{"type": "array", "minItems": 1, "items": {{"type": "object"}}}}, {_LEG}
      }}
    }}}}
  }}
}}"""
"""What JSON Schema says of an allocation; shares inside shares are like those around them."""


# --- reading -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AllocationLines:
    """The lines of one allocation, not yet at a place; ``steps`` lead to each from there."""

    lines: tuple[nodes.Line, ...]
    steps: tuple[tuple[str | int, ...], ...]

    def located_nodes(self, at: Pointer) -> tuple[nodes.Node, ...]:
        """Return the lines with their places; they share one node of what is allocated."""
        first = self.lines[0].amount
        assert isinstance(first, nodes.Allotted), "the lines of an allocation are allotted"
        whole = placed(first.allocation, at)
        found = []
        for index, (line, steps) in enumerate(zip(self.lines, self.steps, strict=True)):
            place = at
            for step in steps:
                place = place.child(step)
            bare = replace(line, amount=whole.amount, when=None, loops=(), ledger=None)
            found.append(
                replace(
                    placed(bare, place),
                    amount=nodes.Allotted(index, whole, at=place),
                    when=None if line.when is None else placed(line.when, at.child("when")),
                    loops=tuple(placed(each, at.child("for")) for each in line.loops),
                    ledger=None if line.ledger is None else placed(line.ledger, at),
                )
            )
        return tuple(found)


def statement(value: object, line: Callable[[object], object]) -> object:
    """Return what an entry of `lines` is: an allocation, or what ``line`` makes of it."""
    if isinstance(value, Mapping) and "allocate" in value:
        return _allocation(value)
    return line(value)


_ANY: Final[Reader[object]] = lambda value: value  # noqa: E731 - read once its neighbours are
_LEG_KEYS: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {"debit": target, "credit": target, "by": name}
)
_KEYS: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {
        "allocate": expression,
        "when": expression,
        "shares": _ANY,
        "over": loop,
        "weight": expression,
        **_LEG_KEYS,
        "leftover": one_of(nodes.LEFTOVERS),
        "apart": _ANY,
        "for": loops,
        "ledger": name,
    }
)
_SHARE_KEYS: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {
        "share": expression,
        "amount": expression,
        "max": expression,
        "remaining": truth,
        "shares": _ANY,
        **_LEG_KEYS,
    }
)


@dataclass(frozen=True, slots=True)
class _Leg:
    """Where one share goes, and the steps to it from the statement."""

    side: nodes.SideWord
    target: nodes.Name | nodes.Call
    by: nodes.Name | None
    steps: tuple[str | int, ...]


def _allocation(value: object) -> AllocationLines:
    """Return the lines of an allocation."""
    found = record(value, _KEYS)
    policy = one_of(nodes.LEFTOVERS)(found.get("leftover", nodes.LEFTOVERS[0]))
    over = loop(found["over"]) if "over" in found else None
    legs: list[_Leg] = []
    allotments: tuple[nodes.Allotment, ...] = ()
    _check_form(found, policy)
    if over is None:
        allotments = _shares(found["shares"], (), legs)
    else:
        legs.append(_leg(found, ()))
    if "apart" in found:
        legs.append(_inside(("apart",), lambda: _leg(record(found["apart"], _LEG_KEYS), ())))
    node = nodes.Allocation(
        amount=expression(found["allocate"]),
        allotments=allotments,
        over=over,
        weight=expression(found["weight"]) if "weight" in found else None,
        leftover=policy,
    )
    around = loops(found.get("for", ()))
    lines = tuple(
        nodes.Line(
            side=leg.side, target=leg.target, amount=nodes.Allotted(index, node), by=leg.by,
            when=expression(found["when"]) if "when" in found else None,
            loops=loops_around(node, index, around),
            ledger=name(found["ledger"]) if "ledger" in found else None,
        )
        for index, leg in enumerate(legs)
    )  # fmt: skip
    return AllocationLines(lines, tuple(leg.steps for leg in legs))


def _check_form(found: Mapping[str, object], policy: str) -> None:
    """Refuse an allocation whose keys do not go together."""
    if ("shares" in found) == ("over" in found):
        raise Refused(misfit("an allocation has either `shares` or `over`"))
    if ("weight" in found) != ("over" in found):
        raise Refused(misfit("`over` and `weight` belong together"))
    strangers = ("when",) if "over" in found else ("debit", "credit", "by")
    kind = "over" if "over" in found else "shares"
    for key in strangers:
        if key in found:
            raise Refused(misfit(f"`{key}` does not stand beside `{kind}`", key))
    if ("apart" in found) != (policy == "apart"):
        raise Refused(misfit("`apart` belongs to `leftover` apart and says where it goes"))


def _inside(steps: tuple[str | int, ...], read: Callable[[], _Leg]) -> _Leg:
    """Return what is read at some steps from here; the flaws get the steps too."""
    try:
        return replace(read(), steps=steps)
    except Refused as refusal:
        raise Refused(*(bad.within(*steps) for bad in refusal.flaws)) from None


def _leg(found: Mapping[str, object], steps: tuple[str | int, ...]) -> _Leg:
    """Return where a share goes: one of two sides."""
    if ("debit" in found) == ("credit" in found):
        raise Refused(misfit("a share goes to either `debit` or `credit`"))
    side = nodes.SideWord.DEBIT if "debit" in found else nodes.SideWord.CREDIT
    by = name(found["by"]) if "by" in found else None
    return _Leg(side, target(found[side.value]), by, steps)


def _shares(
    value: object, around: tuple[str | int, ...], legs: list[_Leg]
) -> tuple[nodes.Allotment, ...]:
    """Return the shares of a list; where they go is added to the legs, in order."""
    steps = (*around, "shares")
    count = 0

    def read(member: object) -> nodes.Allotment:
        nonlocal count
        count += 1
        return _share(member, (*steps, count - 1), legs)

    try:
        found = each(value, read)
    except Refused as refusal:
        raise Refused(*(bad.within("shares") for bad in refusal.flaws)) from None
    if not found:
        raise Refused(misfit("an allocation has at least one share", "shares"))
    return found


def _share(value: object, steps: tuple[str | int, ...], legs: list[_Leg]) -> nodes.Allotment:
    """Return one share."""
    found = record(value, _SHARE_KEYS)
    kinds = [key for key in ("share", "amount", "remaining") if key in found]
    if len(kinds) != 1 or found.get("remaining", True) is not True:
        raise Refused(misfit("a share has one of `share`, `amount` and `remaining`: true"))
    if "max" in found and "share" not in found:
        raise Refused(misfit("`max` stands beside `share`", "max"))
    if "shares" in found and any(key in found for key in _LEG_KEYS):
        raise Refused(misfit("a share goes to a line, or is divided into `shares`"))
    if "shares" not in found:
        legs.append(_leg(found, steps))
        if len(legs) > limits.ALLOCATION_SHARES:
            allowed = limits.ALLOCATION_SHARES
            seen = f"more than {allowed}"
            raise Refused(
                flaw(faults.TOO_LARGE, limit="ALLOCATION_SHARES", allowed=allowed, seen=seen)
            )
    return nodes.Allotment(
        part=expression(found["share"]) if "share" in found else None,
        amount=expression(found["amount"]) if "amount" in found else None,
        cap=expression(found["max"]) if "max" in found else None,
        inside=_shares(found["shares"], steps, legs) if "shares" in found else (),
    )


# --- writing -----------------------------------------------------------------------------------


def write_allocation(lines: tuple[nodes.Line, ...]) -> dict[str, object]:
    """Return the lines of an allocation as one object, without what stands around them."""
    first = lines[0].amount
    assert isinstance(first, nodes.Allotted), "the lines of an allocation are allotted"
    allocation, waiting = first.allocation, list(reversed(lines))
    found: dict[str, object] = {"allocate": format_arithmetic(allocation.amount)}
    if allocation.over is not None and allocation.weight is not None:
        found["over"] = format_loop(allocation.over)
        found["weight"] = format_arithmetic(allocation.weight)
        found |= _written_leg(waiting.pop())
    else:
        found["shares"] = [_written(share, waiting) for share in allocation.allotments]
    if allocation.leftover != nodes.LEFTOVERS[0]:
        found["leftover"] = allocation.leftover
    if waiting:
        found["apart"] = _written_leg(waiting.pop())
    return found


def _written(share: nodes.Allotment, waiting: list[nodes.Line]) -> dict[str, object]:
    """Return one share; its lines are taken off those that wait."""
    found: dict[str, object] = {}
    if share.part is not None:
        found["share"] = format_arithmetic(share.part)
    elif share.amount is not None:
        found["amount"] = format_arithmetic(share.amount)
    else:
        found["remaining"] = True
    if share.cap is not None:
        found["max"] = format_arithmetic(share.cap)
    if share.inside:
        return {**found, "shares": [_written(inner, waiting) for inner in share.inside]}
    return {**found, **_written_leg(waiting.pop())}


def _written_leg(line: nodes.Line) -> dict[str, object]:
    return {**seat(line), **({} if line.by is None else {"by": line.by.text})}


def seat(line: nodes.Line) -> dict[str, object]:
    """Return the side of a line with its account."""
    target = line.target
    if isinstance(target, nodes.Name):
        return {line.side.value: format_name(target.text)}
    return {line.side.value: format_expression(target)}
