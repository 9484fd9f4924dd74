"""Source of the lines of each ledger, from what the statements of a rule have added up to."""

from hera_engine.accounts import Side
from hera_engine.rules.fused.fields import CONTEXT
from hera_engine.rules.fused.joined import Group, groups_of, write_head, write_joined
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Recipe, Statement
from hera_engine.rules.fused.subset import targets
from hera_engine.rules.fused.write_stages import write_added_lines
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import MapChoice, OpenItemKind


def write_lines(writer: Writer, block: Block, statements: list[Statement]) -> None:
    """Write the lines of each ledger from what the statements gathered."""
    block.add("lines = []")
    for ledger in writer.shape.plan.ledgers:
        posting = [each for each in statements if ledger in each.line.ledgers]
        if not posting and not writer.shape.stages:
            continue
        block.add("left = 0")
        if not writer.shape.same:
            block.add("worths = []", "worth = 0")
        groups = groups_of(posting, ledger)
        for statement in posting:
            group = groups.get(statement.number)
            if group is not None and group.members[0] is statement:
                write_joined(writer, block, group)
            _write_ledger_lines(writer, block, statement, ledger, group)
        write_added_lines(writer, block, ledger)
        block.add("if left:", "    return None")
        if not writer.shape.same:
            cent = writer.base_cent
            block.add("if worth:", f"    place_residue(lines, worths, worth, {cent})")


def _write_ledger_lines(
    writer: Writer, block: Block, statement: Statement, ledger: str, group: Group | None
) -> None:
    line, constants, shape = statement.line, writer.constants, writer.shape
    side = line.side.opposite if shape.rule.mirrored else line.side
    depth = block.depth
    if group is None:
        now, taxable = write_head(block, statement)
        values, origins = statement.own_values, constants.name((line.origin,))
        zero = not statement.is_single
    else:
        block.add(f"for now, taxable, origins, {group.unpacked} in first_{statement.number}:")
        block.deeper()
        now, taxable, origins, zero = "now", "taxable", "origins", True
        values = group.values(statement)
    if zero:
        block.add("if not now:", "    continue")
    account = _account(writer, block, statement, ledger)
    amount = f"multiply({now}, {writer.cent})"
    tax = "None"
    if "detail" in statement.keys:
        tax = "found"
        based = f"multiply({taxable}, {writer.cent})"
        taken = f"new(TaxDetail, (*detail.head, {based}, *detail.tail))"
        block.add(f"found = None if detail is None else {taken}")
    block.add(f"amount = {amount}")
    reference = "paid_by" if "paid_by" in statement.keys else "None"
    opened = _open_item(writer, block, statement, ledger, reference)
    dimensions = _dimensions(writer, block, statement, values)
    block.add(f"left {'+' if side is Side.DEBIT else '-'}= {now}")
    side_name = constants.name(side)
    ledger_name = constants.name(ledger)
    start = f"len(lines) + 1, {ledger_name}, {side_name}, {account[0]}, amount, currency"
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
    block.depth = depth


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
    by_account = {key.key: key.by_ledger[ledger].open_item for key in targets(statement.line)}
    kinds = [kind for kind in dict.fromkeys(by_account.values()) if kind is not None]
    if not kinds:
        return "None"
    shown = "outside" if reference == "None" else f"{reference} or outside"
    days = writer.constants.name(writer.shape.plan.settlement_days)
    due = {OpenItemKind.DUE: f"days_after(transacted, {days})", OpenItemKind.UNDATED: "None"}
    sources = [(kind, f"new(OpenItem, (amount, {due[kind]}, {shown}))") for kind in kinds]
    if len(set(by_account.values())) == 1:
        return sources[0][1]
    block.add("opened = None")
    for kind, source in sources:
        leaving = writer.constants.name(
            frozenset(key for key, leaves in by_account.items() if leaves is kind)
        )
        block.add(f"if account in {leaving}:", f"    opened = {source}")
    return "opened"


def _dimensions(writer: Writer, block: Block, statement: Statement, sources: list[str]) -> str:
    """Return the source of a line's dimensions, of whose values there are sources."""
    constants, recipes = writer.constants, statement.recipes
    if not statement.names:
        return "none_carried"
    pairs = [
        (constants.name(name), source)
        for name, source in zip(statement.names, sources, strict=True)
    ]
    if len(recipes) == 1 and recipes[0].is_certain:
        return f"sealed({{{', '.join(f'{name}: {value}' for name, value in pairs)}}})"
    block.add("values = {}")
    for index, (name, value) in enumerate(pairs):
        if index == len(pairs) - len(recipes[0].only_split) and len(recipes[0].only_split) > 1:
            _write_only_split(writer, block, recipes[0], pairs[index:])
            break
        block.add(f"if {value} is not None:", f"    values[{name}] = {value}")
    return "sealed(values)"


def _write_only_split(
    writer: Writer, block: Block, recipe: Recipe, pairs: list[tuple[str, str]]
) -> None:
    """Write dimensions that only splits give: first those the event has a value of."""
    found = dict(zip(recipe.only_split, pairs, strict=True))
    events = {name: writer.fields.dimension(name, CONTEXT) for name in found}
    for name, (constant, value) in found.items():
        block.add(f"if {events[name]} is not None:", f"    values[{constant}] = {value}")
    for name in recipe.parted:
        if name in found:
            constant, value = found[name]
            block.add(
                f"if {events[name]} is None and {value} is not None:",
                f"    values[{constant}] = {value}",
            )
