"""Source of what a rule's statements add up to.

A statement gathers its units and tax bases under keys of what tells its lines apart: values of
dimensions, the tax they carry, the reference of a payment, the account a map chose. Lines of two
statements never merge in a compiled rule (`subset.check_merging`).
"""

from math import gcd

from hera_engine.rules.fused.figures import Figure
from hera_engine.rules.fused.formulas import Formulas, check_needs
from hera_engine.rules.fused.places import CONTEXT, ITEM, PAYMENT
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Statement, or_default
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.fused.writer import BEFORE, START, Writer
from hera_engine.rules.plan import MapChoice


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
        _gather_taxes(writer, statement, block)
    else:
        _gather(writer, statement, formulas, block)
    block.depth = depth
    if place.root == PAYMENT and formulas.named:
        raise NotCompiled("a payment that is posted by named amounts")
    return place.root == ITEM and formulas.later


def _write_missing(writer: Writer, statement: Statement, formulas: Formulas, block: Block) -> None:
    """Decline an event for which a statement has a line to an account that is missing."""
    line = statement.line
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


def write_units(block: Block, figure: Figure, unit: int, variable: str) -> None:
    """Write a figure as whole minor units; declined is what is none."""
    shared = gcd(unit, figure.scale)
    top, bottom = unit // shared, figure.scale // shared
    source = figure.source if top == 1 else f"{figure.source} * {top}"
    if bottom == 1:
        block.add(f"{variable} = {source}")
    else:
        block.add(f"{variable}, rest = divmod({source}, {bottom})", "if rest:", "    return None")


def _gather(writer: Writer, statement: Statement, formulas: Formulas, block: Block) -> None:
    """Write a statement's units of one round, added to those of its key."""
    line = statement.line
    figure = formulas.figure(line.amount)
    check_needs(block, formulas)
    if statement.is_single:
        _gather_alone(writer, statement, figure, block)
        return
    write_units(block, figure, writer.fields.unit, "now")
    block.add("if taxed.detail is not None:" if line.tax_of is not None else "if now:")
    block.deeper()
    block.add(f"if not 0 <= now < {writer.bound}:", "    return None")
    base = _write_detail(writer, statement)
    if statement.place.root == PAYMENT:
        statement.keys["paid_by"] = "paid_by"
    if isinstance(line.target, MapChoice):
        source = "".join(f"{formulas.text(each)}, " for each in line.target.arguments)
        check_needs(block, formulas)
        table = writer.constants.name(line.target.map.table)
        block.add(f"account = looked_up({table}, ({source}), posted_on)")
        statement.keys["account"] = "account"
    joint = statement.recipe.joint
    if statement.record == CONTEXT and joint and writer.shape.reads_items:
        _write_split(writer, statement, block, base)
        return
    if joint and statement.place.root != ITEM and writer.shape.has_items:
        _write_own_share(writer, statement, block)
    values = _dimension_values(writer, statement)
    _write_asked(statement, block, values)
    _add_to(block, statement, values, "now", base)


def _write_own_share(writer: Writer, statement: Statement, block: Block) -> None:
    """Decline an event with items where a member of a list does not say whose share it is."""
    borne = (writer.fields.borne(name, statement.record) for name in statement.recipe.joint)
    unsaid = " or ".join(f"{value} is None" for value in borne)
    block.add(f"if items is not None and ({unsaid}):", "    return None")


def _gather_alone(writer: Writer, statement: Statement, figure: Figure, block: Block) -> None:
    """Write the units of a statement that has one line."""
    now = f"now_{statement.number}"
    write_units(block, figure, writer.fields.unit, now)
    block.add(f"if not 0 <= {now} < {writer.bound}:", "    return None")
    statement.base = _write_detail(writer, statement)
    if statement.record == ITEM and "detail" in statement.keys:
        source = statement.keys.pop("detail")
        block.add(f"detail_{statement.number} = {source}")
        statement.keys["detail"] = f"detail_{statement.number}"
        base = statement.base
        statement.base = f"base_{statement.number}"
        block.add(f"{statement.base} = {base}")
    values = statement.values
    if not statement.recipe.names:
        return
    block.add(f"if {now}:")
    block.deeper()
    before = len(block.lines)
    _write_asked(statement, block, values)
    if len(block.lines) == before:
        block.lines.pop()
    block.deeper(-1)


def _write_detail(writer: Writer, statement: Statement) -> str:
    """Add the tax detail of a line to its keys, and return the source of its base."""
    line = statement.line
    if line.tax_of is not None:
        statement.keys["detail"] = "taxed.detail"
        return "net"
    if line.net_of is None or not writer.shape.may_be_untaxed:
        return "0"
    if line.net_of.variable is not None:
        statement.keys["detail"] = "taxed.untaxed"
        return "net"
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
    return "all_net"


def _dimension_values(writer: Writer, statement: Statement) -> list[str]:
    """Return the sources of the values of a line's dimensions."""
    recipe = statement.recipe
    return [
        or_default(writer, recipe, name, writer.fields.dimension(name, statement.record))
        for name in recipe.names
    ]


def _write_asked(statement: Statement, block: Block, values: list[str]) -> None:
    """Decline a line without a dimension that it must have."""
    recipe = statement.recipe
    for name, value in zip(recipe.names, values, strict=True):
        if recipe.must(name) and recipe.default(name) is None:
            block.add(f"if {value} is None:", "    return None")


def _add_to(block: Block, statement: Statement, values: list[str], units: str, base: str) -> None:
    """Write that units and a tax base are added to those of their key."""
    # What the event alone decides is the same for all lines, and tells none apart.
    own = [value for value, varies in zip(values, statement.varying, strict=True) if varies]
    keys = [*statement.keys.values(), *own]
    key = "None" if not keys else keys[0] if len(keys) == 1 else f"({', '.join(keys)})"
    gathered = statement.gathered
    if "detail" not in statement.keys:
        block.add(f"key = {key}", f"{gathered}[key] = {gathered}.get(key, 0) + {units}")
        return
    block.add(
        f"key = {key}",
        f"sums = {gathered}.get(key)",
        "if sums is None:",
        f"    {gathered}[key] = [{units}, {base}]",
        "else:",
        f"    sums[0] += {units}",
        f"    sums[1] += {base}",
    )


def _gather_taxes(writer: Writer, statement: Statement, block: Block) -> None:
    """Write the taxes of all items as amounts of one statement that stands in no loop."""
    if statement.recipe.joint or block.depth or statement.record != CONTEXT:
        raise NotCompiled("a tax of all items that is split, or under a condition")
    if isinstance(statement.line.target, MapChoice):
        raise NotCompiled("a tax of all items to an account of a map")
    statement.keys["detail"] = "taxed.detail"
    values = _dimension_values(writer, statement)
    _write_asked(statement, block, values)
    items = writer.blocks[ITEM]
    items.add("if taxed.detail is not None:")
    items.deeper()
    _add_to(items, statement, values, "due", "net")
    items.deeper(-1)


def _write_split(writer: Writer, statement: Statement, block: Block, base: str) -> None:
    """Write an amount that is split by what items with values of its dimensions cost."""
    recipe, weights = statement.recipe, f"weights_{statement.number}"
    own = [writer.fields.own_dimension(name) for name in recipe.joint]
    writer.blocks[START].add(f"{weights} = {{}}")
    # The item made of a sale has the event's values: its weight gives them all there is.
    given = " or ".join(f"{value} is not None" for value in own)
    weighed = own[0] if len(own) == 1 else f"({', '.join(own)})"
    if any(value != "None" for value in own):
        writer.blocks[ITEM].add(
            f"if net and ({given}):",
            f"    key = {weighed}",
            f"    {weights}[key] = {weights}.get(key, 0) + net",
        )
    block.add(f"if {weights}:")
    block.deeper()
    block.add(f"spread = by_largest_remainder(now, [*{weights}.values()])")
    if "detail" in statement.keys:
        block.add("if reason is not None and len(spread) > 1:", "    return None")
    block.add(f"for key, now in zip({weights}, spread):")
    block.deeper()
    parts = [f"part_{index}" for index in range(len(recipe.joint))]
    block.add(f"{', '.join(parts)} = key")
    of_items = dict(zip(recipe.joint, parts, strict=True))
    values = []
    for name in recipe.names:
        value = writer.fields.dimension(name, CONTEXT)
        if name in of_items:
            value = f"({of_items[name]} or {value})"
        values.append(or_default(writer, recipe, name, value))
    _write_asked(statement, block, values)
    _add_to(block, statement, values, "now", base)
    block.deeper(-2)
    block.add("else:")
    block.deeper()
    values = _dimension_values(writer, statement)
    _write_asked(statement, block, values)
    _add_to(block, statement, values, "now", base)
    block.deeper(-1)
