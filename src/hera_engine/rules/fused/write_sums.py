"""Source of what a rule's statements add up to.

A statement gathers its units and tax bases under keys of what tells its lines apart: values of
dimensions, the tax they carry, the reference of a payment, the account a map chose. What lines of
several statements have in common is added up later (`joined`).
"""

from math import lcm

from hera_engine.rules.expressions import (
    Expression,
    PlannedAllocation,
    PlannedAllotment,
    ShareOf,
)
from hera_engine.rules.fused.figures import MOST_BITS, Figure
from hera_engine.rules.fused.formulas import Formulas, check_needs
from hera_engine.rules.fused.own_worths import check_splits_of_worth, write_own_worth
from hera_engine.rules.fused.places import CONTEXT, ITEM, PAYMENT
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Statement
from hera_engine.rules.fused.subset import NotCompiled, own_accounts
from hera_engine.rules.fused.write_items import ITEM_PARTS
from hera_engine.rules.fused.write_splits import weights_of, write_asked, write_by_account
from hera_engine.rules.fused.write_units import write_units
from hera_engine.rules.fused.writer import BEFORE, START, Writer
from hera_engine.rules.plan import MapChoice, PlannedLine


def write_statement(writer: Writer, statement: Statement) -> bool:
    """Write what a statement adds up to, and return whether all items must be known before.

    Raises:
        NotCompiled: For what is left to the interpreter.
    """
    line, place = statement.line, statement.place
    block = place.block
    number = statement.number
    if not statement.is_missing:
        nothing = f"now_{number} = 0" if statement.is_single else f"{statement.gathered} = {{}}"
        writer.blocks[START].add(nothing)
    formulas = Formulas(writer.fields, place.loops, later=place.later)
    depth = block.depth
    if line.when is not None:
        source = formulas.condition(line.when)
        check_needs(block, formulas)
        block.add(f"if {source}:")
        block.deeper()
    if statement.is_missing:
        _write_missing(writer, statement, formulas, block)
    elif line.tax_of is not None and line.tax_of.variable is None:
        _gather_taxes(writer, statement, formulas, block)
    elif statement.spread is not None:
        _gather_spread(writer, statement, statement.spread, formulas)
    else:
        _gather(writer, statement, formulas, block)
    block.depth = depth
    if place.root == PAYMENT and formulas.named:
        raise NotCompiled("a payment that is posted by named amounts")
    return place.root == ITEM and formulas.later


def _write_missing(writer: Writer, statement: Statement, formulas: Formulas, block: Block) -> None:
    """Decline an event for which a statement has a line to an account that is missing."""
    line = statement.line
    if not line.is_plain:
        raise NotCompiled("a worth of its own of a line whose account is missing")
    if line.tax_of is not None:
        if line.tax_of.variable is None and (block.depth or statement.record != CONTEXT):
            raise NotCompiled("a tax of all items under a condition")
        taxes = block if line.tax_of.variable is not None else writer.blocks[ITEM]
        taxes.add("if taxed.detail is not None:", "    return None")
        return
    figure = formulas.figure(line.amount)
    check_needs(block, formulas)
    write_units(block, figure, writer.fields.unit, "now")
    block.add("if now:", "    return None")


def _gather(writer: Writer, statement: Statement, formulas: Formulas, block: Block) -> None:
    """Write a statement's units of one round, added to those of its key."""
    line = statement.line
    stated = None
    if line.is_plain:
        figure = _figure_of(writer, line, formulas, block)
        check_needs(block, formulas)
        if statement.is_single:
            _gather_alone(writer, statement, figure, block)
            return
        write_units(block, figure, writer.fields.unit, "now")
        block.add("if taxed.detail is not None:" if line.tax_of is not None else "if now:")
        block.deeper()
        if not _is_bounded(writer, figure):
            _write_side(writer, statement, block)
    else:
        check_splits_of_worth(writer, statement)
        stated = write_own_worth(writer, statement, formulas, block)
    base = _write_detail(writer, statement)
    if stated is not None:
        if base is not None:
            raise NotCompiled("a stated base amount beside a tax base")
        base = stated
    if statement.place.root == PAYMENT:
        statement.keys["paid_by"] = "paid_by"
    _write_account(writer, statement, formulas, block)
    if statement.record == PAYMENT and any(recipe.joint for recipe in statement.recipes):
        _write_later(writer, statement, block)
        return
    if statement.record not in (CONTEXT, ITEM, PAYMENT):
        _write_own_share(writer, statement, block)
    write_by_account(writer, statement, block, base)


def _is_bounded(writer: Writer, figure: Figure) -> bool:
    """Whether an amount is a part of what an item costs, of which `write_items` bounds the sum."""
    return figure.source in ITEM_PARTS and not writer.shape.general


def _write_bounds(writer: Writer, statement: Statement, block: Block, now: str) -> None:
    """Write what an amount may come to; what is more or less is declined, or left to another."""
    least = f"-{writer.bound} <" if statement.turns else "0 <="
    block.add(f"if not {least} {now} < {writer.bound}:", f"    {writer.shape.otherwise}")


def _write_side(writer: Writer, statement: Statement, block: Block) -> None:
    """Write that an amount below zero is turned, or declined."""
    _write_bounds(writer, statement, block, "now")
    if not writer.shape.general:
        return
    # A tax that rounds to nothing has a base all the same, on the side of its exact figure.
    signed = "now" if statement.line.tax_of is None else "(now or price * taxed.part)"
    if statement.turns:
        block.add(f"back = {signed} < 0", "if back:", "    now = -now")
        statement.keys["back"] = "back"
    elif statement.line.tax_of is not None:
        block.add(f"if {signed} < 0:", "    return None")


def _write_later(writer: Writer, statement: Statement, block: Block) -> None:
    """Write that a payment is split by items once all of them are known."""
    fields, once = writer.fields, writer.blocks[CONTEXT]
    kept = ["now", *statement.keys]
    for name in statement.names:
        event = fields.dimension(name, CONTEXT)
        sources = (fields.dimension(name, PAYMENT), fields.value(name, PAYMENT))
        kept += (each for each in sources if each not in (event, "None"))
    values = f"({', '.join(dict.fromkeys(kept))},)"
    paying = f"paying_{statement.number}"
    writer.blocks[START].add(f"{paying} = []")
    block.add(f"{paying}.append({values})")
    # Every payment may become a line for each of the items.
    for joint in dict.fromkeys(recipe.joint for recipe in statement.recipes if recipe.joint):
        lines = f"len({paying}) * len({weights_of(writer, joint)})"
        once.add(f"if {lines} > {writer.shape.most_members}:", "    return None")
    once.add(f"for {values} in {paying}:")
    once.deeper()
    write_by_account(writer, statement, once, None)
    once.deeper(-1)


def _write_account(writer: Writer, statement: Statement, formulas: Formulas, block: Block) -> None:
    """Write the choice of an account by a map."""
    target = statement.line.target
    if not isinstance(target, MapChoice):
        return
    source = "".join(f"{formulas.text(each)}, " for each in target.arguments)
    check_needs(block, formulas)
    table = writer.constants.name(target.map.table)
    block.add(f"account = looked_up({table}, ({source}), posted_on)")
    statement.keys["account"] = "account"


def _write_own_share(writer: Writer, statement: Statement, block: Block) -> None:
    """Decline an event with items where a member of a list does not say whose share it is."""
    names = dict.fromkeys(name for recipe in statement.recipes for name in recipe.joint)
    if not names or statement.place.root == ITEM or not writer.shape.has_items:
        return
    unsaid = " or ".join(f"{writer.fields.borne(name, statement.record)} is None" for name in names)
    block.add(f"if items is not None and ({unsaid}):", "    return None")


def _gather_alone(writer: Writer, statement: Statement, figure: Figure, block: Block) -> None:
    """Write the units of a statement that has one line."""
    now = f"now_{statement.number}"
    write_units(block, figure, writer.fields.unit, now)
    if not _is_bounded(writer, figure):
        _write_bounds(writer, statement, block, now)
    statement.base = _write_detail(writer, statement) or "0"
    if statement.record == ITEM and "detail" in statement.keys:
        source = statement.keys.pop("detail")
        block.add(f"detail_{statement.number} = {source}")
        statement.keys["detail"] = f"detail_{statement.number}"
        base = statement.base
        statement.base = f"base_{statement.number}"
        block.add(f"{statement.base} = {base}")
    if not statement.names:
        return
    block.add(f"if {now}:")
    block.deeper()
    before = len(block.lines)
    values = dict(zip(statement.names, statement.values, strict=True))
    write_asked(statement.recipes[0], block, values)
    if len(block.lines) == before:
        block.lines.pop()
    block.deeper(-1)


def _write_detail(writer: Writer, statement: Statement) -> str | None:
    """Add the tax detail of a line to its keys, and return the source of its base, if any."""
    line, general = statement.line, writer.shape.general
    net = "abs(net)" if general else "net"
    if line.tax_of is not None:
        statement.keys["detail"] = "taxed.detail"
        if own_accounts(writer.shape.plan):
            statement.keys["account"] = "taxed.account"
        return net
    if line.net_of is None or not writer.shape.may_be_untaxed or isinstance(line.amount, ShareOf):
        return None
    if line.net_of.variable is not None:
        statement.keys["detail"] = "taxed.untaxed"
        return net
    statement.keys["detail"] = "reason"
    if not writer.has_reason:
        writer.has_reason = True
        writer.blocks[START].add("reason = unset")
        writer.blocks[ITEM].add(
            "if reason is unset:",
            "    reason = taxed.untaxed",
            "elif reason is not taxed.untaxed:",
            "    reason = None",
        )
        writer.blocks[BEFORE].add("if reason is unset:", "    reason = None")
    return "abs(all_net)" if general else "all_net"


# --- allocations ---------------------------------------------------------------------------


def _gather_spread(
    writer: Writer, statement: Statement, allocation: PlannedAllocation, formulas: Formulas
) -> None:
    """Write that an amount is spread over the members of a list once their weights are known."""
    number, block = statement.number, statement.place.block
    if statement.record not in (ITEM, PAYMENT):
        raise NotCompiled("an amount that is spread over a list of one's own")
    by_items = statement.record == PAYMENT
    if any(recipe.fixed or (by_items and recipe.joint) for recipe in statement.recipes):
        raise NotCompiled("an amount that is spread over members and split as well")
    assert allocation.weight is not None, "what goes over members has a weight"
    writer.blocks[START].add(f"weighed_{number} = []")
    weight = formulas.figure(allocation.weight)
    check_needs(block, formulas)
    block.add(f"weight = {weight.source}", "if weight < 0:", "    return None")
    if statement.place.root == PAYMENT:
        statement.keys["paid_by"] = "paid_by"
    _write_account(writer, statement, formulas, block)
    write_by_account(writer, statement, block, None)
    once, outside = writer.blocks[CONTEXT], Formulas(writer.fields, {})
    shares = f"shares_{len(writer.shares)}"
    # The line for what stays apart stands in no loop, and behind this one.
    writer.shares[allocation.number, (), None] = shares
    whole = _write_whole(writer, allocation.amount, outside, once)
    leftover, gathered = writer.constants.name(allocation.leftover), statement.gathered
    once.add(
        f"{shares} = spread_over({whole}, weighed_{number}, {leftover})",
        f"for (_, key), now in zip(weighed_{number}, {shares}):",
        "    if now:",
        f"        {gathered}[key] = {gathered}.get(key, 0) + now",
    )


def _figure_of(writer: Writer, line: PlannedLine, formulas: Formulas, block: Block) -> Figure:
    """Return the amount of a line; the shares of an allocation are worked out by its first one."""
    share = line.amount
    if not isinstance(share, ShareOf):
        return formulas.figure(share)
    # Lines with the same loops and condition are posted in the same rounds, one after the other.
    key = (share.allocation.number, line.loops, line.when)
    shares = writer.shares.get(key)
    if shares is None:
        shares = writer.shares[key] = f"shares_{len(writer.shares)}"
        whole = _write_whole(writer, share.allocation.amount, formulas, block)
        level = _level(writer, share.allocation.allotments, formulas, block)
        leftover = writer.constants.name(share.allocation.leftover)
        block.add(f"{shares} = divided({whole}, {level}, {leftover})")
    place = share.index if share.allocation.over is None else -1
    return writer.fields.money(f"{shares}[{place}]")


def _level(
    writer: Writer, allotments: tuple[PlannedAllotment, ...], formulas: Formulas, block: Block
) -> str:
    """Return the source of shares that stand side by side, as `parting.divided` takes them."""
    parts = [None if each.part is None else formulas.figure(each.part) for each in allotments]
    check_needs(block, formulas)
    scale = lcm(*(part.scale for part in parts if part is not None))
    if scale.bit_length() > MOST_BITS:
        raise NotCompiled("a figure that may have too many digits")
    found = []
    for each, part in zip(allotments, parts, strict=True):
        sizes = (
            "None" if size is None else _write_whole(writer, size, formulas, block)
            for size in (each.amount, each.cap)
        )
        inside = _level(writer, each.inside, formulas, block) if each.inside else "None"
        found.append(f"({part.at(scale) if part else None}, {', '.join(sizes)}, {inside}), ")
    return f"({scale}, ({''.join(found)}))"


def _write_whole(writer: Writer, amount: Expression, formulas: Formulas, block: Block) -> str:
    """Write an amount in minor units, not below zero, and return its variable."""
    figure = formulas.figure(amount)
    check_needs(block, formulas)
    writer.wholes += 1
    variable = f"whole_{writer.wholes}"
    write_units(block, figure, writer.fields.unit, variable)
    block.add(f"if not 0 <= {variable} < {writer.bound}:", "    return None")
    return variable


# --- taxes of all items --------------------------------------------------------------------


def _gather_taxes(writer: Writer, statement: Statement, formulas: Formulas, block: Block) -> None:
    """Write the taxes of all items as amounts of one statement that stands in no loop."""
    if statement.record != CONTEXT:
        raise NotCompiled("a tax of all items inside a loop")
    taxes, key, unpacked, base = f"taxes_{statement.number}", "taxed.detail", "detail", "net"
    statement.keys["detail"] = "detail"
    if own_accounts(writer.shape.plan):
        key, unpacked = "(taxed.detail, taxed.account)", "(detail, account)"
        statement.keys["account"] = "account"
    if writer.shape.general:
        # A return takes its base off that of the others.
        base = "(abs(net) if price >= 0 else -abs(net))"
    writer.blocks[START].add(f"{taxes} = {{}}")
    writer.blocks[ITEM].add(
        "if taxed.detail is not None:",
        f"    key = {key}",
        f"    sums = {taxes}.get(key)",
        "    if sums is None:",
        f"        {taxes}[key] = [due, {base}]",
        "    else:",
        "        sums[0] += due",
        f"        sums[1] += {base}",
    )
    block.add(f"for {unpacked}, (now, taxable) in {taxes}.items():")
    block.deeper()
    if statement.turns:
        block.add("back = now < 0", "now = abs(now)", "taxable = abs(taxable)")
        statement.keys["back"] = "back"
    elif writer.shape.general:
        # What comes to nothing beside a return has the side of its exact figure, as others may.
        nothing = "(not now and any(row[2] < 0 for row in rows))"
        block.add(f"if now < 0 or {nothing}:", "    return None", "taxable = abs(taxable)")
    _write_account(writer, statement, formulas, block)
    write_by_account(writer, statement, block, "taxable")
