"""Source of the lines that one amount of a statement makes: their dimensions, and how it is split.

Each adds its units and its tax base to those of its key.
"""

from collections.abc import Mapping

from hera_engine.rules.fused.places import CONTEXT, ITEM, PAYMENT
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Recipe, Statement, or_default
from hera_engine.rules.fused.writer import START, Writer


def write_by_account(writer: Writer, statement: Statement, block: Block, base: str | None) -> None:
    """Write that an amount is added to those of its key, by what its account carries."""
    if len(statement.recipes) == 1:
        _write_by(writer, statement, statement.recipes[0], block, base)
        return
    block.add(f"recipe = {writer.constants.name(dict(statement.chosen))}[account]")
    for number, recipe in enumerate(statement.recipes):
        block.add(f"if recipe == {number}:")
        block.deeper()
        _write_by(writer, statement, recipe, block, base)
        block.deeper(-1)


def _write_by(
    writer: Writer, statement: Statement, recipe: Recipe, block: Block, base: str | None
) -> None:
    """Write the same for accounts that carry the same dimensions."""
    joint = recipe.joint if statement.record in (CONTEXT, PAYMENT) else ()
    joint = joint if writer.shape.reads_items else ()
    if recipe.fixed or (joint and (base is not None or statement.record == PAYMENT)):
        _write_portions(writer, statement, recipe, block, base)
    elif joint:
        _write_split(writer, statement, recipe, block)
    else:
        values = _dimension_values(writer, recipe, statement.record)
        write_asked(recipe, block, values)
        _add_to(block, statement, values, base)


def _dimension_values(writer: Writer, recipe: Recipe, record: str) -> dict[str, str]:
    """Return the sources of the values of a line's dimensions, by name."""
    return {
        name: or_default(writer, recipe, name, writer.fields.dimension(name, record))
        for name in recipe.names
    }


def write_asked(recipe: Recipe, block: Block, values: Mapping[str, str]) -> None:
    """Decline a line without a dimension that it must have."""
    for name, value in values.items():
        if recipe.must(name) and recipe.default(name) is None:
            block.add(f"if {value} is None:", "    return None")


def _add_to(
    block: Block, statement: Statement, values: Mapping[str, str], base: str | None
) -> None:
    """Write that units and a tax base are added to those of their key."""
    # What the event alone decides is the same for all lines, and tells none apart.
    own = [
        values.get(name, "None")
        for name, varies in zip(statement.names, statement.varying, strict=True)
        if varies
    ]
    keys = [*statement.keys.values(), *own]
    key = "None" if not keys else keys[0] if len(keys) == 1 else f"({', '.join(keys)})"
    gathered = statement.gathered
    if statement.spread is not None:
        block.add(f"weighed_{statement.number}.append((weight, {key}))")
        return
    if base is None:
        block.add(f"key = {key}", f"{gathered}[key] = {gathered}.get(key, 0) + now")
        return
    block.add(
        f"key = {key}",
        f"sums = {gathered}.get(key)",
        "if sums is None:",
        f"    {gathered}[key] = [now, {base}]",
        "else:",
        "    sums[0] += now",
        f"    sums[1] += {base}",
    )


def weights_of(writer: Writer, names: tuple[str, ...]) -> str:
    """Write what items with values of some dimensions cost, and return the variable of it."""
    known = writer.weights.get(names)
    if known is not None:
        return known
    known = writer.weights[names] = f"weights_{len(writer.weights)}"
    own = [writer.fields.value(name, ITEM) for name in names]
    writer.blocks[START].add(f"{known} = {{}}")
    # The item made of a sale has the event's values: its weight gives them all there is.
    given = " or ".join(f"{value} is not None" for value in own)
    weighed = own[0] if len(own) == 1 else f"({', '.join(own)})"
    if any(value != "None" for value in own):
        writer.blocks[ITEM].add(
            f"if net > 0 and ({given}):",
            f"    key = {weighed}",
            f"    {known}[key] = {known}.get(key, 0) + net",
        )
    return known


def _write_split(writer: Writer, statement: Statement, recipe: Recipe, block: Block) -> None:
    """Write an amount that is split by what items with values of its dimensions cost."""
    weights = weights_of(writer, recipe.joint)
    block.add(f"if {weights}:")
    block.deeper()
    block.add(
        f"spread = by_largest_remainder(now, [*{weights}.values()])",
        f"for key, now in zip({weights}, spread):",
    )
    block.deeper()
    parts = [f"part_{index}" for index in range(len(recipe.joint))]
    block.add(f"{', '.join(parts)} = key")
    values = _parted_values(writer, statement, recipe, dict(zip(recipe.joint, parts, strict=True)))
    write_asked(recipe, block, values)
    _add_to(block, statement, values, None)
    block.deeper(-2)
    block.add("else:")
    block.deeper()
    values = _dimension_values(writer, recipe, CONTEXT)
    write_asked(recipe, block, values)
    _add_to(block, statement, values, None)
    block.deeper(-1)


def _write_portions(
    writer: Writer, statement: Statement, recipe: Recipe, block: Block, base: str | None
) -> None:
    """Write an amount that is split by fixed shares, or with a tax base that is split like it."""
    constants, record = writer.constants, statement.record
    joint = recipe.joint if record != ITEM else ()
    parts = [f"part_{index}" for index in range(len(joint) + len(recipe.fixed))]
    nobody = constants.name({None if len(joint) == 1 else (None,) * len(joint): 1})
    weights = f"{weights_of(writer, joint)} or {nobody}" if joint else nobody
    if joint and record == PAYMENT:
        own = "".join(f"{writer.fields.value(name, PAYMENT)}, " for name in joint)
        weights = f"beside({weights_of(writer, joint)}, ({own})) or {nobody}"
    steps = "".join(
        f"({constants.name(split.shares)}, {_own_value(writer, statement, split.dimension)}), "
        for split in recipe.fixed
    )
    exponent = writer.shape.exponent
    block.add(
        f"spread = portions((now, {base or 0}), {weights}, ({steps}), {exponent})",
        f"for ({', '.join(parts)},), now, taxable in spread:",
    )
    block.deeper()
    by_name = dict(zip(recipe.parted if joint else _fixed_names(recipe), parts, strict=True))
    values = _parted_values(writer, statement, recipe, by_name)
    write_asked(recipe, block, values)
    _add_to(block, statement, values, None if base is None else "taxable")
    block.deeper(-1)


def _own_value(writer: Writer, statement: Statement, name: str) -> str:
    """Return the source of the member's value that stands in the place of a fixed split."""
    if name != statement.line.by or statement.record == CONTEXT:
        return "None"
    value = writer.fields.value(name, statement.record)
    # The item made of a sale has no values of its own; the second pass reads it like any other.
    made = statement.record == ITEM and writer.shape.two_passes
    return f"({value} if items is not None else None)" if made else value


def _fixed_names(recipe: Recipe) -> tuple[str, ...]:
    return tuple(split.dimension for split in recipe.fixed)


def _parted_values(
    writer: Writer, statement: Statement, recipe: Recipe, parts: Mapping[str, str]
) -> dict[str, str]:
    """Return the sources of the values of a part of a line: first those that a split gave it."""
    found = {}
    for name in recipe.names:
        value = writer.fields.dimension(name, statement.record)
        if name in parts:
            # Where no share says it the event does, and only then the member that a line is of:
            # where the account asks.
            event = writer.fields.dimension(name, CONTEXT)
            last = "" if event == value or name in recipe.only_split else f" or {value}"
            # What a payment says itself is not split by items.
            value = value if name in recipe.joint else f"{event}{last}"
            value = f"({parts[name]} or {value})"
        found[name] = or_default(writer, recipe, name, value)
    return found
