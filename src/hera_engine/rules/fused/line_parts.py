"""Source of what every line has beside its account: base amount, open item, dimensions."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from hera_engine.accounts import Side
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import OpenItemKind


class Standing(NamedTuple):
    """Where a line stands: the source of its side, and that of 1 for a debit or -1."""

    side: str
    sign: str

    @classmethod
    def of(cls, side: Side) -> Self:
        """Return where a line stands whose side is known."""
        return cls(side.name.lower(), "1" if side is Side.DEBIT else "-1")

    def add(self, block: Block, variable: str, units: str) -> None:
        """Write that what a line has is added to what its ledger has left over."""
        match self.sign:
            case "1":
                block.add(f"{variable} += {units}")
            case "-1":
                block.add(f"{variable} -= {units}")
            case sign:
                block.add(f"{variable} += {sign} * {units}")


def write_worth(writer: Writer, block: Block, now: str, stands: Standing, *, is_tax: bool) -> str:
    """Return the source of a line's base amount, once what it is worth is written.

    Args:
        writer: The function at work.
        block: Where to write.
        now: The source of the line's minor units.
        stands: Where it stands.
        is_tax: Whether it is a line of tax, which takes a residue only if no other can.
    """
    if not writer.shape.converts:
        return "amount"
    block.add(f"base_now = {at_event_rate(writer, now)}")
    return add_worth(writer, block, stands, is_tax=is_tax)


def at_event_rate(writer: Writer, now: str) -> str:
    """Return the source of what minor units of the event's currency are worth at its rate."""
    return now if writer.shape.same else f"({now} * twice_top + rate_bottom) // twice_bottom"


def add_worth(
    writer: Writer, block: Block, stands: Standing, *, is_tax: bool, is_stated: bool = False
) -> str:
    """Return the source of a base amount, once it is added to what its ledger has left over.

    One that the rule states takes no residue.
    """
    stands.add(block, "worth", "base_now")
    if not is_stated:
        block.add(f"worths.append(({is_tax}, -base_now, len(lines), {stands.sign}))")
    block.add(f"worth_now = multiply(base_now, {writer.base_cent})")
    return "worth_now"


def open_item(writer: Writer, kind: OpenItemKind | None, reference: str) -> str:
    """Return the source of the open item that a line leaves, if it leaves one."""
    if kind is None:
        return "None"
    due = "None"
    if kind is OpenItemKind.DUE:
        due = f"days_after(transacted, {writer.constants.name(writer.shape.plan.settlement_days)})"
    shown = "outside" if reference == "None" else f"{reference} or outside"
    return f"new(OpenItem, (amount, {due}, {shown}))"


def known_dimensions(writer: Writer, names: tuple[str, ...], sources: Sequence[str]) -> str:
    """Return the source of the dimensions of a line, which are remembered by their values."""
    if not names:
        return "none_carried"
    memo = writer.constants.name(writer.shape.shared.carried(names))
    return f"{memo}[({', '.join(sources)},)]"
