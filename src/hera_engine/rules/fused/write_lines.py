"""Source of the lines of each ledger, from what the statements of a rule have added up to."""

from hera_engine.accounts import Side
from hera_engine.rules.fused.joined import Group, groups_of, write_head, write_joined
from hera_engine.rules.fused.places import CONTEXT
from hera_engine.rules.fused.shared import FEW
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Recipe, Statement
from hera_engine.rules.fused.subset import NotCompiled, accounts_of, targets
from hera_engine.rules.fused.write_stages import write_added_lines
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import OpenItemKind, PlannedKey


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
    # A refund with a negative total is mirrored once.
    mirrored = shape.rule.mirrored or shape.sent.flips
    side = line.side.opposite if mirrored else line.side
    depth = block.depth
    once = statement.is_single and group is None
    if group is None:
        if statement.names and not once:
            block.add(f"few = len({statement.gathered}) <= {constants.name(FEW)}")
        now, taxable = write_head(block, statement)
        values, origins = statement.own_values, constants.name((line.origin,))
    else:
        first = f"first_{statement.number}"
        if statement.names:
            block.add(f"few = len({first}) <= {constants.name(FEW)}")
        block.add(f"for now, taxable, origins, {group.unpacked} in {first}:")
        block.deeper()
        now, taxable, origins = "now", "taxable", "origins"
        values = group.values(statement)
    if not once:
        block.add("if not now:", "    continue")
    account = _account(writer, block, statement, ledger)
    _write_amounts(writer, block, statement, ledger, (now, taxable))
    tax = "found" if "detail" in statement.keys else "None"
    reference = "paid_by" if "paid_by" in statement.keys else "None"
    opened = _open_item(writer, block, statement, ledger, reference)
    dimensions = _dimensions(writer, block, statement, values, once=once)
    side_name = _side(statement, block, side, now)
    ledger_name = constants.name(ledger)
    start = f"len(lines) + 1, {ledger_name}, {side_name}, {account[0]}, amount, currency"
    end = f"{account[1]}, {dimensions}, {tax}, {opened}, {reference}, {origins}"
    if shape.same:
        block.add(f"lines.append(new(JournalLine, ({start}, amount, {end})))")
    else:
        sign = 1 if side is Side.DEBIT else -1
        signed = "sign" if statement.turns else str(sign)
        more = "+= sign * base_now" if statement.turns else f"{'+' if sign > 0 else '-'}= base_now"
        is_tax = line.tax_of is not None
        block.add(
            f"base_now = ({now} * twice_top + rate_bottom) // twice_bottom",
            f"worth {more}",
            f"worths.append(({is_tax}, -base_now, len(lines), {signed}))",
            f"worth_now = multiply(base_now, {writer.base_cent})",
            f"lines.append(new(JournalLine, ({start}, worth_now, {end})))",
        )
    block.depth = depth


def _side(statement: Statement, block: Block, side: Side, now: str) -> str:
    """Write what a line adds to its ledger, and return the source of its side."""
    usual = side.name.lower()
    if not statement.turns:
        block.add(f"left {'+' if side is Side.DEBIT else '-'}= {now}")
        return usual
    sign = 1 if side is Side.DEBIT else -1
    block.add(
        f"side, sign = ({side.opposite.name.lower()}, {-sign}) if back else ({usual}, {sign})",
        f"left += sign * {now}",
    )
    return "side"


def _write_amounts(
    writer: Writer, block: Block, statement: Statement, ledger: str, units: tuple[str, str]
) -> None:
    """Write what a line shows: its amount, and what it found of tax.

    Lines of other ledgers show what was made for the first; a figure that was made just before
    is not made again.
    """
    now, taxable = units
    number, single = statement.number, statement.is_single and not statement.meets
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
    if "account" in statement.keys:
        keys: dict[str | None, PlannedKey] = {
            key.key: key for key in accounts_of(writer.shape.plan, line)
        }
        if isinstance(line.target, PlannedKey):
            keys[None] = line.target
        table = {
            name: (key.by_ledger[ledger].posted, key.by_ledger[ledger].smart_code)
            for name, key in keys.items()
        }
        block.add(f"posted_to, smart_code = {constants.name(table)}[account]")
        return "posted_to", "smart_code"
    planned = targets(line)[0].by_ledger[ledger]
    return constants.name(planned.posted), constants.name(planned.smart_code)


def _open_item(
    writer: Writer, block: Block, statement: Statement, ledger: str, reference: str
) -> str:
    """Return the source of the open item that a line leaves."""
    accounts = accounts_of(writer.shape.plan, statement.line)
    by_account = {key.key: key.by_ledger[ledger].open_item for key in accounts}
    kinds = [kind for kind in dict.fromkeys(by_account.values()) if kind is not None]
    if not kinds:
        return "None"
    shown = "outside" if reference == "None" else f"{reference} or outside"
    days = writer.constants.name(writer.shape.plan.settlement_days)
    due = {OpenItemKind.DUE: f"days_after(transacted, {days})", OpenItemKind.UNDATED: "None"}
    sources = [(kind, f"new(OpenItem, (amount, {due[kind]}, {shown}))") for kind in kinds]
    if len(set(by_account.values())) == 1:
        return sources[0][1]
    if isinstance(statement.line.target, PlannedKey):
        raise NotCompiled("accounts of single rates that leave different open items")
    block.add("opened = None")
    for kind, source in sources:
        leaving = writer.constants.name(
            frozenset(key for key, leaves in by_account.items() if leaves is kind)
        )
        block.add(f"if account in {leaving}:", f"    opened = {source}")
    return "opened"


def _dimensions(
    writer: Writer, block: Block, statement: Statement, sources: list[str], *, once: bool
) -> str:
    """Return the source of a line's dimensions, of whose values there are sources."""
    constants, recipes = writer.constants, statement.recipes
    if not statement.names:
        return "none_carried"
    if len(recipes) == 1 and len(recipes[0].only_split) > 1:
        pairs = list(zip(map(constants.name, statement.names), sources, strict=True))
        return _write_only_split(writer, block, recipes[0], pairs)
    memo = writer.shape.shared.carried(statement.names)
    values = f"({', '.join(sources)},)"
    known = f"{constants.name(memo)}[{values}]"
    if once:
        return known
    pairs = list(zip(map(constants.name, statement.names), sources, strict=True))
    fresh = f"sealed({{{', '.join(f'{name}: {value}' for name, value in pairs)}}})"
    if len(recipes) > 1 or not recipes[0].is_certain:
        fresh = f"{constants.name(memo.made)}({values})"
    return f"{known} if few else {fresh}"


def _write_only_split(
    writer: Writer, block: Block, recipe: Recipe, pairs: list[tuple[str, str]]
) -> str:
    """Write dimensions of which splits give several: of those first what the event has."""
    block.add("values = {}")
    asked = len(pairs) - len(recipe.only_split)
    for name, value in pairs[:asked]:
        block.add(f"if {value} is not None:", f"    values[{name}] = {value}")
    found = dict(zip(recipe.only_split, pairs[asked:], strict=True))
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
    return "sealed(values)"
