"""Source of a rule's statements: first what they add up to, then the lines of each ledger.

A statement gathers its units and tax bases under keys of what tells its lines apart: values of
dimensions, the tax they carry, the reference of a payment, the account a map chose. Lines of two
statements never merge in a compiled rule (`subset.check_merging`).
"""

from dataclasses import dataclass, field
from math import gcd

from hera_engine.accounts import Side
from hera_engine.dsl.nodes import Enforcement
from hera_engine.rules.fused.fields import CONTEXT, ITEM, PAYMENT
from hera_engine.rules.fused.figures import Figure
from hera_engine.rules.fused.formulas import Formulas
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.subset import ITEMS, NotCompiled, targets
from hera_engine.rules.fused.writer import BEFORE, START, Writer
from hera_engine.rules.lines import REVENUE
from hera_engine.rules.plan import (
    MapChoice,
    OpenItemKind,
    PlannedAccount,
    PlannedLine,
    RequiredDimensions,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which dimensions a line carries: their names in order, and what is asked of them.

    ``joint`` are those it is split by, ``only_split`` those among them that its account does not
    ask for: they have no default.
    """

    names: tuple[str, ...]
    required: RequiredDimensions | None
    joint: tuple[str, ...]
    only_split: frozenset[str]

    def must(self, name: str) -> bool:
        """Whether a line without a value of the dimension is refused, or warned of."""
        return self.required is not None and name in self.required.names

    def default(self, name: str) -> object:
        """Return what stands for a value that nobody says, or None."""
        if self.required is None or self.required.enforcement is not Enforcement.AUTO_DEFAULT:
            return None
        if name in self.only_split:
            return None
        value = self.required.defaults.get(name)
        return value if isinstance(value, str) else None


@dataclass(slots=True)
class Statement:
    """One statement of a rule: where it stands, what it posts, and what its lines carry.

    Attributes:
        number: Its place among the statements of the function.
        line: As it was planned.
        record: The record that its loop stands at; the event's without one.
        recipe: Its dimensions.
        is_single: Whether it has one line at most in a ledger, whose figures are variables of
            their own.
        varying: Of each dimension whether lines may have different values of it.
        keys: Sources of what tells its lines apart beside dimensions, by the variables that
            they are unpacked into.
        base: Of a single line the source of its tax base.
        values: The sources of its dimensions as the event has them.
    """

    number: int
    line: PlannedLine
    record: str
    recipe: Recipe
    is_single: bool
    varying: tuple[bool, ...]
    keys: dict[str, str] = field(default_factory=dict)
    base: str = "0"
    values: list[str] = field(default_factory=list)

    @property
    def gathered(self) -> str:
        """The variable that holds units and tax bases by key."""
        return f"gathered_{self.number}"


def statement_of(writer: Writer, number: int, line: PlannedLine) -> Statement:
    """Return a statement with the dimensions of its lines.

    Raises:
        NotCompiled: If lines of it carry different dimensions.
    """
    recipes = {
        _recipe(writer, line, key.by_ledger[ledger])
        for key in targets(line)
        for ledger in line.ledgers
    }
    if len(recipes) != 1:
        raise NotCompiled("accounts of one statement that carry different dimensions")
    record = CONTEXT
    if line.loops:
        record = ITEM if line.loops[0].collection == ITEMS else PAYMENT
    recipe = recipes.pop()
    has_items = writer.shape.has_items
    alone = (record == CONTEXT and line.tax_of is None) or (record == ITEM and not has_items)
    single = alone and not isinstance(line.target, MapChoice) and not (recipe.joint and has_items)
    varying = tuple(
        name in recipe.joint
        if record == CONTEXT
        else writer.fields.may_have(record, name) and not single
        for name in recipe.names
    )
    statement = Statement(number, line, record, recipe, single, varying)
    statement.values = [
        _or_default(writer, recipe, name, writer.fields.dimension(name, CONTEXT))
        for name in recipe.names
    ]
    if record == PAYMENT and recipe.joint:
        raise NotCompiled("a payment that is split by items")
    return statement


def _recipe(writer: Writer, line: PlannedLine, account: PlannedAccount) -> Recipe:
    """Return what lines of an account carry, as the interpreter splits and marks them."""
    route, rule = writer.route, writer.shape.rule
    joint = [] if line.by is None else [line.by]
    required = () if account.required is None else account.required.names
    for dimension in route.splits:
        if dimension in rule.by_dimensions:
            continue
        by_revenue = dimension not in rule.requiring and account.posted.key == REVENUE
        if dimension in required or by_revenue:
            joint.append(dimension)
    wanted = tuple(dict.fromkeys((*required, *account.carried)))
    only_split = [name for name in joint if name not in wanted]
    if len(only_split) > 1:
        raise NotCompiled("a line split by several dimensions that its account does not carry")
    names = (*wanted, *only_split)
    return Recipe(names, account.required, tuple(joint), frozenset(only_split))


# --- what statements add up to -------------------------------------------------------------


def write_statement(writer: Writer, statement: Statement) -> bool:
    """Write what a statement adds up to, and return whether all items must be known before.

    Raises:
        NotCompiled: For what is left to the interpreter.
    """
    line, record = statement.line, statement.record
    block = writer.blocks[record]
    number = statement.number
    nothing = f"now_{number} = 0" if statement.is_single else f"{statement.gathered} = {{}}"
    writer.blocks[START].add(nothing)
    formulas = Formulas(writer.fields, {loop.variable: record for loop in line.loops})
    depth = block.depth
    for condition in (*(loop.when for loop in line.loops), line.when):
        if condition is not None:
            source = formulas.condition(condition)
            check_needs(block, formulas)
            block.add(f"if {source}:")
            block.deeper()
    if line.tax_of is not None and line.tax_of.variable is None:
        _gather_taxes(writer, statement, block)
    else:
        _gather(writer, statement, formulas, block)
    block.depth = depth
    if record == PAYMENT and formulas.named:
        raise NotCompiled("a payment that is posted by named amounts")
    return record == ITEM and formulas.later


def check_needs(block: Block, formulas: Formulas) -> None:
    """Decline where a field is absent that is read next."""
    if formulas.needs:
        absent = " or ".join(f"{variable} is None" for variable in formulas.needs)
        block.add(f"if {absent}:", "    return None")
        formulas.needs.clear()


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
    if statement.record == PAYMENT:
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
    values = _dimension_values(writer, statement)
    _write_asked(statement, block, values)
    _add_to(block, statement, values, "now", base)


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
        _or_default(writer, recipe, name, writer.fields.dimension(name, statement.record))
        for name in recipe.names
    ]


def _or_default(writer: Writer, recipe: Recipe, name: str, value: str) -> str:
    default = recipe.default(name)
    return value if default is None else f"({value} or {writer.constants.name(default)})"


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
    block.add(f"spread = allocate_units(now, tuple({weights}.values()))")
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
        values.append(_or_default(writer, recipe, name, value))
    _write_asked(statement, block, values)
    _add_to(block, statement, values, "now", base)
    block.deeper(-2)
    block.add("else:")
    block.deeper()
    values = _dimension_values(writer, statement)
    _write_asked(statement, block, values)
    _add_to(block, statement, values, "now", base)
    block.deeper(-1)


# --- lines ---------------------------------------------------------------------------------


def write_lines(writer: Writer, block: Block, statements: list[Statement]) -> None:
    """Write the lines of each ledger from what the statements gathered."""
    block.add("lines = []")
    for ledger in writer.shape.plan.ledgers:
        posting = [each for each in statements if ledger in each.line.ledgers]
        if not posting:
            continue
        block.add("left = 0")
        if not writer.shape.same:
            block.add("worths = []", "worth = 0")
        for statement in posting:
            _write_ledger_lines(writer, block, statement, ledger)
        block.add("if left:", "    return None")
        if not writer.shape.same:
            cent = writer.base_cent
            block.add("if worth:", f"    place_residue(lines, worths, worth, {cent})")


def _write_ledger_lines(writer: Writer, block: Block, statement: Statement, ledger: str) -> None:
    line, constants, shape = statement.line, writer.constants, writer.shape
    side = line.side.opposite if shape.rule.mirrored else line.side
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
        block.add(f"for {unpacked}, {sums} in {statement.gathered}.items():")
        block.deeper()
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
    dimensions = _dimensions(writer, block, statement)
    block.add(f"left {'+' if side is Side.DEBIT else '-'}= {now}")
    side_name = constants.name(side)
    origins = constants.name((line.origin,))
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
    block.deeper(-1)


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


def _dimensions(writer: Writer, block: Block, statement: Statement) -> str:
    """Return the source of a line's dimensions."""
    recipe, constants = statement.recipe, writer.constants
    if not recipe.names:
        return "none_carried"
    certain = all(recipe.must(name) or recipe.default(name) is not None for name in recipe.names)
    sources = [
        f"value_{index}" if varies and not statement.is_single else statement.values[index]
        for index, varies in enumerate(statement.varying)
    ]
    pairs = [
        (constants.name(name), source) for name, source in zip(recipe.names, sources, strict=True)
    ]
    if certain:
        return f"sealed({{{', '.join(f'{name}: {value}' for name, value in pairs)}}})"
    block.add("values = {}")
    for name, value in pairs:
        block.add(f"if {value} is not None:", f"    values[{name}] = {value}")
    return "sealed(values)"
