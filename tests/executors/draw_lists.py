"""Lists and records of one's own drawn at random: what rules say of them, what events have."""

from collections.abc import Callable
from typing import Final

from tests.executors.dice import Dice

AMOUNTS: Final = (
    "(box.size default 0)", "sum(box.lines.u)", "sum(parts.amount)",
    "round((box.inner.size default 2.5) * total_amount)",
)  # fmt: skip
CONDITIONS: Final = (
    'box.name = "x"', '(box.name default "x") != "x"', "(box.inner.size default 0) >= 2",
    "box.flag default true", "sum(parts.amount) > 5", "note != kind", "extra = box.size",
    "ratio < box.inner.size", "note < kind", 'note >= "1.0"', "flag = (box.flag default false)",
    "(due default 2025-06-01) < 2025-06-01", "due <= transaction_date", "due > tax_point_date",
    "posting_date = transaction_date", "flag = (note default true)",
)  # fmt: skip
DECLARED: Final = (
    "parts: optional list of open { amount: signed money  kind: optional text }",
    "parts: list of open { amount: money  staff_id: optional text }",
    "parts: optional list of { amount: money = 1.50  staff_id: optional text }",
    "parts: optional list of { amount: money  lines: optional list of open { u: money = 1 } }",
    'box: optional open { size: number = 2  name: optional one of "x", "y" }',
    "box: open { name: text }",
)
"""How the fields of drawn events that are lists or records may be declared."""
_OF_PART: Final = (
    "part_of.amount", "part_of.amount", "(part_of.amount default 1)", "sum(part_of.lines.u)",
    "round(part_of.amount * 12.5%)", "(part_of.box.size default 0)",
)  # fmt: skip
_WHEN_PART: Final = (
    "part_of.amount > 1", 'part_of.kind = "a"', '(part_of.kind default "a") = "a"',
    'part_of.staff_id != "EMP-1"', "total_amount > part_of.amount", "sum(part_of.lines.u) > 1",
)  # fmt: skip
_WHEN_ITEM: Final = ('(item.kind default "a") = "a"', "item.amount > 5", "net(item) > 1")


def drawn_loop(dice: Dice, debit: str, credit: str, by: str) -> str:
    """Return statements in a loop over a list of one's own, or over one inside another."""
    when = f" when {dice.among(_WHEN_PART)}" if dice.happens(3) else ""
    match dice.whole(0, 5):
        case 0:
            inner = dice.one("", " when line.u > 1")
            return (
                f"for part_of in parts{when} {{ for line in part_of.lines{inner} {{ "
                f"debit {debit} line.u credit {credit} line.u{by} }} }}"
            )
        case 1:
            held = f" when {dice.among(_WHEN_ITEM)}" if dice.happens(2) else ""
            amount = dice.one("line.u", "round(line.u * net(item))", "(line.u default 1)")
            return (
                f"for item in items{held} {{ for line in item.lines {{ "
                f"debit {debit} {amount}{by} credit {credit} {amount} }} }}"
            )
        case 2:
            return f"for line in box.lines {{ debit {debit} line.u credit {credit} line.u{by} }}"
        case _:
            amount = dice.among(_OF_PART)
            return (
                f"for part_of in parts{when} {{ debit {debit} {amount} "
                f"credit {credit} {amount}{by} }}"
            )


def drawn_lines(dice: Dice, written: Callable[[int], object]) -> list[object]:
    """Return the innermost lists of drawn events."""
    return [{"u": written(dice.units())} for _ in range(dice.one(0, 1, 2))]


def drawn_part(
    dice: Dice, written: Callable[[int], object], tags: dict[str, object]
) -> dict[str, object]:
    """Return a member of a list of one's own."""
    part: dict[str, object] = {"amount": written(dice.units()), **tags}
    if not dice.happens(3):
        part["lines"] = drawn_lines(dice, written)
    if dice.happens(2):
        part["kind"] = dice.one("a", "b")
    if dice.happens(4):
        part["box"] = {"size": dice.one("2", 1, "0.5")}
    return part


def drawn_box(dice: Dice, written: Callable[[int], object]) -> object:
    """Return a record of one's own."""
    box: dict[str, object] = {"name": dice.one("x", "y", "é"), "lines": drawn_lines(dice, written)}
    if dice.happens(2):
        box["size"] = dice.one("2", 3, "0.5")
    if dice.happens(2):
        box["inner"] = dice.one({"size": "2.5"}, {"size": 2}, {}, "x", None)
    return box
