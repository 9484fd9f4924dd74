"""Source of the lines of each ledger, from what the statements of a rule have added up to."""

from hera_engine.accounts import Side
from hera_engine.rules.fused.shared import FEW
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Statement
from hera_engine.rules.fused.subset import NotCompiled, targets
from hera_engine.rules.fused.write_stages import write_added_lines
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import MapChoice, OpenItemKind


def write_lines(writer: Writer, block: Block, statements: list[Statement]) -> None:
    """Write the lines of each ledger from what the statements gathered."""
    # Most entries have lines of the whole total, and taxes of what a line before them shows.
    block.add(
        "lines = []",
        f"in_all = made = multiply(total, {writer.cent})",
        "made_of = total",
    )
    for ledger in writer.shape.plan.ledgers:
        posting = [
            each for each in statements if ledger in each.line.ledgers and not each.is_missing
        ]
        if not posting and not writer.shape.stages:
            continue
        block.add("left = 0")
        if not writer.shape.same:
            block.add("worths = []", "worth = 0")
        for statement in posting:
            _write_ledger_lines(writer, block, statement, ledger)
        write_added_lines(writer, block, ledger)
        block.add("if left:", "    return None")
        if not writer.shape.same:
            cent = writer.base_cent
            block.add("if worth:", f"    place_residue(lines, worths, worth, {cent})")


def _write_ledger_lines(writer: Writer, block: Block, statement: Statement, ledger: str) -> None:
    line, constants, shape = statement.line, writer.constants, writer.shape
    # A refund with a negative total is mirrored once.
    mirrored = shape.rule.mirrored or shape.sent.flips
    side = line.side.opposite if mirrored else line.side
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
        sums = "(now, taxable)" if "detail" in statement.keys else "now"
        if statement.recipe.names:
            block.add(f"few = len({statement.gathered}) <= {constants.name(FEW)}")
        block.add(f"for {unpacked}, {sums} in {statement.gathered}.items():")
        block.deeper()
        block.add("if not now:", "    continue")
    account = _account(writer, block, statement, ledger)
    _write_amounts(writer, block, statement, ledger, (now, taxable))
    tax = "found" if "detail" in statement.keys else "None"
    reference = "paid_by" if "paid_by" in statement.keys else "None"
    opened = _open_item(writer, block, statement, ledger, reference)
    dimensions = _dimensions(writer, statement)
    block.add(f"left {'+' if side is Side.DEBIT else '-'}= {now}")
    origins = constants.name((line.origin,))
    ledger_name = constants.name(ledger)
    start = f"len(lines) + 1, {ledger_name}, {side.name.lower()}, {account[0]}, amount, currency"
    end = f"{account[1]}, {dimensions}, {tax}, {opened}, {reference}, {origins}"
    if shape.same:
        block.add(f"lines.append(new(JournalLine, ({start}, amount, {end})))")
    else:
        sign = 1 if side is Side.DEBIT else -1
        is_tax = line.tax_of is not None
        block.add(
            f"base_now = ({now} * twice_top + rate_bottom) // twice_bottom",
            f"worth {'+' if sign > 0 else '-'}= base_now",
            f"worths.append(({is_tax}, -base_now, len(lines), {sign}))",
            f"worth_now = multiply(base_now, {writer.base_cent})",
            f"lines.append(new(JournalLine, ({start}, worth_now, {end})))",
        )
    block.deeper(-1)


def _write_amounts(
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
    based, amount = (f"multiply({each}, {writer.cent})" for each in (taxable, now))
    found = "found"
    if single:
        based = f"made if {taxable} == made_of else {based}"
        found = f"found = found_{number}"
    if "detail" in statement.keys:
        taken = f"new(TaxDetail, (*detail.head, {based}, *detail.tail))"
        block.add(f"{found} = None if detail is None else {taken}")
    if not single:
        block.add(f"amount = {amount}")
        return
    block.add(
        f"if {now} != made_of:",
        f"    made, made_of = {amount}, {now}",
        f"amount = amount_{number} = made",
    )


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


def _open_item(
    writer: Writer, block: Block, statement: Statement, ledger: str, reference: str
) -> str:
    """Return the source of the open item that a line leaves."""
    kinds = {key.by_ledger[ledger].open_item for key in targets(statement.line)}
    if len(kinds) != 1:
        raise NotCompiled("accounts of one statement that leave different open items")
    kind = kinds.pop()
    if kind is None:
        return "None"
    due = "None"
    if kind is OpenItemKind.DUE:
        due = "due_date"
        days = writer.constants.name(writer.shape.plan.settlement_days)
        block.add(f"due_date = days_after(transacted, {days})")
    shown = "outside" if reference == "None" else f"{reference} or outside"
    return f"new(OpenItem, (amount, {due}, {shown}))"


def _dimensions(writer: Writer, statement: Statement) -> str:
    """Return the source of a line's dimensions."""
    recipe, constants = statement.recipe, writer.constants
    if not recipe.names:
        return "none_carried"
    sources = [
        f"value_{index}" if varies and not statement.is_single else statement.values[index]
        for index, varies in enumerate(statement.varying)
    ]
    memo = writer.shape.shared.carried(recipe.names)
    values = f"({', '.join(sources)},)"
    known = f"{constants.name(memo)}[{values}]"
    if statement.is_single:
        return known
    pairs = zip(map(constants.name, recipe.names), sources, strict=True)
    fresh = f"sealed({{{', '.join(f'{name}: {value}' for name, value in pairs)}}})"
    if not all(recipe.must(name) or recipe.default(name) is not None for name in recipe.names):
        fresh = f"{constants.name(memo.made)}({values})"
    return f"{known} if few else {fresh}"
