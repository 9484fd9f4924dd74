"""Source of what every line has beside its account: base amount, open item, dimensions."""

from hera_engine.accounts import Side
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Recipe
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import OpenItemKind


def write_worth(writer: Writer, block: Block, now: str, side: Side, *, is_tax: bool) -> str:
    """Return the source of a line's base amount, once what it is worth is written.

    Args:
        writer: The function at work.
        block: Where to write.
        now: The source of the line's minor units.
        side: Where it stands.
        is_tax: Whether it is a line of tax, which takes a residue only if no other can.
    """
    if not writer.shape.converts:
        return "amount"
    block.add(f"base_now = {at_event_rate(writer, now)}")
    return add_worth(writer, block, side, is_tax=is_tax)


def at_event_rate(writer: Writer, now: str) -> str:
    """Return the source of what minor units of the event's currency are worth at its rate."""
    return now if writer.shape.same else f"({now} * twice_top + rate_bottom) // twice_bottom"


def add_worth(
    writer: Writer, block: Block, side: Side, *, is_tax: bool, is_stated: bool = False
) -> str:
    """Return the source of a base amount, once it is added to what its ledger has left over.

    One that the rule states takes no residue.
    """
    sign = 1 if side is Side.DEBIT else -1
    block.add(f"worth {'+' if sign > 0 else '-'}= base_now")
    if not is_stated:
        block.add(f"worths.append(({is_tax}, -base_now, len(lines), {sign}))")
    block.add(f"worth_now = multiply(base_now, {writer.base_cent})")
    return "worth_now"


def write_open_item(writer: Writer, block: Block, kind: OpenItemKind | None, reference: str) -> str:
    """Return the source of the open item that a line leaves, once its due date is written."""
    if kind is None:
        return "None"
    due = "None"
    if kind is OpenItemKind.DUE:
        due = "due_date"
        days = writer.constants.name(writer.shape.plan.settlement_days)
        block.add(f"due_date = days_after(transacted, {days})")
    shown = "outside" if reference == "None" else f"{reference} or outside"
    return f"new(OpenItem, (amount, {due}, {shown}))"


def dimensions_of(writer: Writer, recipe: Recipe, sources: list[str], *, single: bool) -> str:
    """Return the source of a line's dimensions.

    Args:
        writer: The function at work.
        recipe: Which dimensions they are.
        sources: The sources of their values.
        single: Whether its statement has one line; those of many look for others' only if they
            are ``few``.
    """
    constants = writer.constants
    if not recipe.names:
        return "none_carried"
    memo = writer.shape.shared.carried(recipe.names)
    values = f"({', '.join(sources)},)"
    known = f"{constants.name(memo)}[{values}]"
    if single:
        return known
    pairs = zip(map(constants.name, recipe.names), sources, strict=True)
    fresh = f"sealed({{{', '.join(f'{name}: {value}' for name, value in pairs)}}})"
    if not all(recipe.must(name) or recipe.default(name) is not None for name in recipe.names):
        fresh = f"{constants.name(memo.made)}({values})"
    return f"{known} if few else {fresh}"
