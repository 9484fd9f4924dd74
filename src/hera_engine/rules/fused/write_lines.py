"""Source of the lines of each ledger, from what the statements of a rule have added up to."""

from hera_engine.rules.fused.joined import Group, groups_of, write_head, write_joined
from hera_engine.rules.fused.line_parts import (
    Standing,
    add_worth,
    known_dimensions,
    open_item,
    write_worth,
)
from hera_engine.rules.fused.own_worths import write_own_money
from hera_engine.rules.fused.places import CONTEXT
from hera_engine.rules.fused.shared import FEW
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Recipe, Statement
from hera_engine.rules.fused.subset import NotCompiled, accounts_of, targets
from hera_engine.rules.fused.write_closing import Closers, write_balance, write_difference
from hera_engine.rules.fused.write_stages import write_added_lines
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import PlannedKey


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
        posting = [
            each for each in statements if ledger in each.line.ledgers and not each.is_missing
        ]
        if not posting and not writer.shape.stages:
            continue
        block.add("left = 0")
        if writer.shape.has_worths:
            block.add("lefts = {}")
        if converts:
            block.add("worths = []", "worth = 0")
        groups = groups_of(posting, ledger)
        for statement in posting:
            group = groups.get(statement.number)
            if group is not None and group.members[0] is statement:
                write_joined(writer, block, group)
            _write_ledger_lines(writer, block, statement, ledger, group)
        write_balance(writer, block, closers, ledger)
        write_added_lines(writer, block, ledger)
        if converts:
            write_difference(writer, block, closers, ledger)


def _write_ledger_lines(
    writer: Writer, block: Block, statement: Statement, ledger: str, group: Group | None
) -> None:
    line, constants = statement.line, writer.constants
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
        nothing = "not now" if line.base is None else "not (now or taxable)"
        block.add(f"if {nothing}:", "    continue")
    account = _account(writer, block, statement, ledger)
    _write_shown(writer, block, statement, ledger, (now, taxable))
    tax = "found" if "detail" in statement.keys else "None"
    reference = "paid_by" if "paid_by" in statement.keys else "None"
    stands = _standing(writer, block, statement)
    opened = _open_item(writer, block, statement, ledger, reference)
    dimensions = _dimensions(writer, block, statement, values, once=once)
    currency, worth = _write_worth(writer, block, statement, stands, now)
    start = f"len(lines) + 1, {constants.name(ledger)}, {stands.side}, {account[0]}, amount"
    end = f"{account[1]}, {dimensions}, {tax}, {opened}, {reference}, {origins}"
    block.add(f"lines.append(new(JournalLine, ({start}, {currency}, {worth}, {end})))")
    block.depth = depth


def _standing(writer: Writer, block: Block, statement: Statement) -> Standing:
    """Return where a line stands, once it is written where that depends on its amount."""
    side = statement.line.side
    side = side.opposite if writer.shape.mirrored else side
    usual = Standing.of(side)
    if not statement.turns:
        return usual
    turned = Standing.of(side.opposite)
    block.add(
        f"side, sign = ({turned.side}, {turned.sign}) if back else ({usual.side}, {usual.sign})"
    )
    return Standing("side", "sign")


def _write_worth(
    writer: Writer, block: Block, statement: Statement, stands: Standing, now: str
) -> tuple[str, str]:
    """Write what a line is worth, and add it and its amount to what its ledger has left over.

    Returns:
        The sources of its currency and of its base amount.
    """
    line = statement.line
    if line.is_plain:
        stands.add(block, "left", now)
        return "currency", write_worth(writer, block, now, stands, is_tax=line.tax_of is not None)
    block.add(f"lefts[code_now] = lefts.get(code_now, 0) + {stands.sign} * now")
    worth = add_worth(writer, block, stands, is_tax=False, is_stated=line.base is not None)
    return "code_now", worth


def _write_shown(
    writer: Writer, block: Block, statement: Statement, ledger: str, units: tuple[str, str]
) -> None:
    """Write what a line shows: its amount, and what it found of tax.

    Lines of other ledgers show what was made for the first; a figure that was made just before
    is not made again.
    """
    now, taxable = units
    if not statement.line.is_plain:
        write_own_money(writer, block, statement)
        _write_found(writer, block, statement, taxable)
        block.add("amount = multiply(now, cent_now)")
        return
    number, single = statement.number, statement.is_single and not statement.meets
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
    if statement.is_single and not statement.meets:
        based = f"made if {taxable} == made_of else {based}"
        found = f"found = found_{statement.number}"
    taken = f"new(TaxDetail, (*detail.head, {based}, *detail.tail))"
    block.add(f"{found} = None if detail is None else {taken}")


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
    sources = [(kind, open_item(writer, kind, reference)) for kind in kinds]
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
    known = known_dimensions(writer, statement.names, sources)
    if once:
        return known
    pairs = list(zip(map(constants.name, statement.names), sources, strict=True))
    fresh = f"sealed({{{', '.join(f'{name}: {value}' for name, value in pairs)}}})"
    if len(recipes) > 1 or not recipes[0].is_certain:
        memo = writer.shape.shared.carried(statement.names)
        fresh = f"{constants.name(memo.made)}(({', '.join(sources)},))"
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
