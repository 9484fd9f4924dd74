"""Source of the lines of each ledger, from what the statements of a rule have added up to."""

from hera_engine.accounts import Side
from hera_engine.rules.fused.line_parts import (
    add_worth,
    dimensions_of,
    write_open_item,
    write_worth,
)
from hera_engine.rules.fused.own_worths import write_own_money
from hera_engine.rules.fused.shared import FEW
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Statement
from hera_engine.rules.fused.subset import NotCompiled, targets
from hera_engine.rules.fused.write_closing import Closers, write_balance, write_difference
from hera_engine.rules.fused.write_stages import write_added_lines
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import MapChoice


def write_lines(
    writer: Writer, block: Block, statements: list[Statement], closers: Closers
) -> None:
    """Write the lines of each ledger from what the statements gathered, and what closes it."""
    converts = writer.shape.converts
    # Most entries have lines of the whole total, and taxes of what a line before them shows.
    block.add(
        "lines = []",
        f"in_all = made = multiply(total, {writer.cent})",
        "made_of = total",
    )
    for ledger in writer.shape.plan.ledgers:
        posting = [each for each in statements if ledger in each.line.ledgers]
        if not posting and not writer.shape.stages:
            continue
        block.add("left = 0")
        if writer.shape.has_worths:
            block.add("lefts = {}")
        if converts:
            block.add("worths = []", "worth = 0")
        for statement in posting:
            _write_ledger_lines(writer, block, statement, ledger)
        write_balance(writer, block, closers, ledger)
        write_added_lines(writer, block, ledger)
        if converts:
            write_difference(writer, block, closers, ledger)


def _write_ledger_lines(writer: Writer, block: Block, statement: Statement, ledger: str) -> None:
    line, constants = statement.line, writer.constants
    side = line.side.opposite if writer.shape.mirrored else line.side
    own = [f"value_{index}" for index, varies in enumerate(statement.varying) if varies]
    if statement.is_single:
        now = f"now_{statement.number}"
        block.add(f"if {now}:")
        block.deeper()
        pairs = statement.keys.items()
        block.add(*(f"{name} = {source}" for name, source in pairs if name != source))
        taxable = statement.base
    else:
        now, taxable = "now", "taxable"
        names = [*statement.keys, *own]
        unpacked = "_" if not names else names[0] if len(names) == 1 else f"({', '.join(names)})"
        sums = "(now, taxable)" if statement.has_sums else "now"
        if statement.recipe.names:
            block.add(f"few = len({statement.gathered}) <= {constants.name(FEW)}")
        block.add(f"for {unpacked}, {sums} in {statement.gathered}.items():")
        block.deeper()
        block.add(
            "if not now:" if line.base is None else "if not (now or taxable):", "    continue"
        )
    account = _account(writer, block, statement, ledger)
    currency, worth = _write_amount(writer, block, statement, ledger, (now, taxable))
    tax = "found" if "detail" in statement.keys else "None"
    reference = "paid_by" if "paid_by" in statement.keys else "None"
    kinds = {key.by_ledger[ledger].open_item for key in targets(line)}
    if len(kinds) != 1:
        raise NotCompiled("accounts of one statement that leave different open items")
    opened = write_open_item(writer, block, kinds.pop(), reference)
    sources = [
        f"value_{index}" if varies and not statement.is_single else statement.values[index]
        for index, varies in enumerate(statement.varying)
    ]
    dimensions = dimensions_of(writer, statement.recipe, sources, single=statement.is_single)
    origins = constants.name((line.origin,))
    ledger_name = constants.name(ledger)
    start = f"len(lines) + 1, {ledger_name}, {side.name.lower()}, {account[0]}, amount, {currency}"
    end = f"{account[1]}, {dimensions}, {tax}, {opened}, {reference}, {origins}"
    block.add(f"lines.append(new(JournalLine, ({start}, {worth}, {end})))")
    block.deeper(-1)


def _write_amount(
    writer: Writer, block: Block, statement: Statement, ledger: str, units: tuple[str, str]
) -> tuple[str, str]:
    """Write what a line is and what it is worth, and add both to what its ledger has left over.

    Returns:
        The sources of its currency and of its base amount.
    """
    line, now = statement.line, units[0]
    side = line.side.opposite if writer.shape.mirrored else line.side
    sign = "+" if side is Side.DEBIT else "-"
    if line.is_plain:
        _write_shown(writer, block, statement, ledger, units)
        block.add(f"left {sign}= {now}")
        return "currency", write_worth(writer, block, now, side, is_tax=line.tax_of is not None)
    write_own_money(writer, block, statement)
    _write_found(writer, block, statement, units[1])
    block.add(
        "amount = multiply(now, cent_now)",
        f"lefts[code_now] = lefts.get(code_now, 0) {sign} now",
    )
    return "code_now", add_worth(writer, block, side, is_tax=False, is_stated=line.base is not None)


def _write_shown(
    writer: Writer, block: Block, statement: Statement, ledger: str, units: tuple[str, str]
) -> None:
    """Write what a line shows: its amount, and what it found of tax.

    Lines of other ledgers show what was made for the first; a figure that was made just before
    is not made again.
    """
    now, taxable = units
    number, single = statement.number, statement.is_single
    ledgers = statement.line.ledgers
    first = next(each for each in writer.shape.plan.ledgers if each in ledgers)
    if single and ledger != first:
        block.add(f"amount = amount_{number}")
        if "detail" in statement.keys:
            block.add(f"found = found_{number}")
        return
    _write_found(writer, block, statement, taxable)
    amount = f"multiply({now}, {writer.cent})"
    if not single:
        block.add(f"amount = {amount}")
        return
    block.add(
        f"if {now} != made_of:",
        f"    made, made_of = {amount}, {now}",
        f"amount = amount_{number} = made",
    )


def _write_found(writer: Writer, block: Block, statement: Statement, taxable: str) -> None:
    """Write what a line found of tax, if lines of its statement find any."""
    if "detail" not in statement.keys:
        return
    based, found = f"multiply({taxable}, {writer.cent})", "found"
    if statement.is_single:
        based = f"made if {taxable} == made_of else {based}"
        found = f"found = found_{statement.number}"
    taken = f"new(TaxDetail, (*detail.head, {based}, *detail.tail))"
    block.add(f"{found} = None if detail is None else {taken}")


def _account(writer: Writer, block: Block, statement: Statement, ledger: str) -> tuple[str, str]:
    """Return the sources of the account that a line shows and of its smart code."""
    line, constants = statement.line, writer.constants
    if isinstance(line.target, MapChoice):
        table = {
            key.key: (key.by_ledger[ledger].posted, key.by_ledger[ledger].smart_code)
            for key in targets(line)
        }
        block.add(f"posted_to, smart_code = {constants.name(table)}[account]")
        return "posted_to", "smart_code"
    planned = targets(line)[0].by_ledger[ledger]
    return constants.name(planned.posted), constants.name(planned.smart_code)
