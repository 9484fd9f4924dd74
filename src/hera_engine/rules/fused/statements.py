"""A rule's statements before they are written: where they stand and what their lines carry."""

from dataclasses import dataclass, field
from typing import Final

from hera_engine.dsl.nodes import Enforcement
from hera_engine.rules.fused.places import CONTEXT, ITEM, PAYMENT
from hera_engine.rules.fused.subset import NotCompiled, targets
from hera_engine.rules.fused.write_loops import place_of
from hera_engine.rules.fused.writer import Place, Writer
from hera_engine.rules.lines import REVENUE
from hera_engine.rules.plan import (
    MapChoice,
    MissingKey,
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


_NO_LINE: Final = Recipe((), None, (), frozenset())
"""The recipe of a statement whose account is missing: it has no lines."""


@dataclass(slots=True)
class Statement:
    """One statement of a rule: where it stands, what it posts, and what its lines carry.

    Attributes:
        number: Its place among the statements of the function.
        line: As it was planned.
        place: Where it stands.
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
    place: Place
    recipe: Recipe
    is_single: bool
    varying: tuple[bool, ...]
    keys: dict[str, str] = field(default_factory=dict)
    base: str = "0"
    values: list[str] = field(default_factory=list)

    @property
    def record(self) -> str:
        """The record of its innermost loop; the event's without one."""
        return self.place.record

    @property
    def is_missing(self) -> bool:
        """Whether its account is missing: an event for which it has a line is declined."""
        return isinstance(self.line.target, MissingKey)

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
    } or {_NO_LINE}
    if len(recipes) != 1:
        raise NotCompiled("accounts of one statement that carry different dimensions")
    place = place_of(writer, line)
    record, recipe = place.record, recipes.pop()
    has_items = writer.shape.has_items
    alone = (record == CONTEXT and line.tax_of is None) or (record == ITEM and not has_items)
    single = alone and not isinstance(line.target, MapChoice) and not (recipe.joint and has_items)
    varying = tuple(
        name in recipe.joint
        if record == CONTEXT
        else writer.fields.may_have(record, name) and not single
        for name in recipe.names
    )
    statement = Statement(number, line, place, recipe, single, varying)
    statement.values = [
        or_default(writer, recipe, name, writer.fields.dimension(name, CONTEXT))
        for name in recipe.names
    ]
    if recipe.joint and writer.shape.stages_before:
        raise NotCompiled("a split beside stages before the rule")
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


def or_default(writer: Writer, recipe: Recipe, name: str, value: str) -> str:
    """Return the source of a dimension's value, with its default where one is given."""
    default = recipe.default(name)
    return value if default is None else f"({value} or {writer.constants.name(default)})"
