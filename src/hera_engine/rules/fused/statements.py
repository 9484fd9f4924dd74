"""A rule's statements before they are written: where they stand and what their lines carry."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from hera_engine.dsl.nodes import Enforcement, Method
from hera_engine.rules.expressions import PlannedAllocation, ShareOf
from hera_engine.rules.fused.places import CONTEXT, ITEM, PAYMENT
from hera_engine.rules.fused.subset import (
    NotCompiled,
    accounts_of,
    is_proportional,
    own_accounts,
    places_of,
)
from hera_engine.rules.fused.write_loops import place_of
from hera_engine.rules.fused.writer import Place, Writer
from hera_engine.rules.lines import REVENUE
from hera_engine.rules.plan import (
    MapChoice,
    MissingKey,
    PlannedAccount,
    PlannedLine,
    PlannedSplit,
    RequiredDimensions,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which dimensions a line carries: their names in order, and what is asked of them.

    ``joint`` are those it is split by what items cost, ``fixed`` its splits by fixed shares;
    ``only_split`` those among them that its account does not ask for: they have no default.
    """

    names: tuple[str, ...]
    required: RequiredDimensions | None
    joint: tuple[str, ...]
    fixed: tuple[PlannedSplit, ...]
    only_split: tuple[str, ...]

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

    @property
    def parted(self) -> tuple[str, ...]:
        """The dimensions of its splits."""
        return (*self.joint, *(split.dimension for split in self.fixed))

    @property
    def is_certain(self) -> bool:
        """Whether no line lacks any of its dimensions."""
        return all(self.must(name) or self.default(name) is not None for name in self.names)


_NO_LINE: Final = Recipe((), None, (), (), ())
"""The recipe of a statement whose account is missing: it has no lines."""


@dataclass(slots=True)
class Statement:
    """One statement of a rule: where it stands, what it posts, and what its lines carry.

    Attributes:
        number: Its place among the statements of the function.
        line: As it was planned, for ledgers in which its accounts carry the same.
        place: Where it stands.
        recipes: The dimensions of its lines; which of them apply depends on their account.
        chosen: By account key which of the recipes does.
        names: The dimensions of all of them, in their order.
        is_single: Whether it has one line at most in a ledger, whose figures are variables of
            their own.
        meets: Whether its lines may merge with those of other statements.
        turns: Whether an amount below zero stands on the other side. It is declined where a line
            of another statement may stand there.
        varying: Of each dimension whether lines may have different values of it.
        keys: Sources of what tells its lines apart beside dimensions, by the variables that
            they are unpacked into.
        base: Of a single line the source of its tax base.
        values: The sources of its dimensions as the event has them.
    """

    number: int
    line: PlannedLine
    place: Place
    recipes: tuple[Recipe, ...]
    chosen: Mapping[str, int]
    names: tuple[str, ...]
    is_single: bool
    meets: bool
    turns: bool
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
    def spread(self) -> PlannedAllocation | None:
        """The amount that is spread over the members of its loop by weight, if one is."""
        amount = self.line.amount
        return amount.allocation if isinstance(amount, ShareOf) and amount.spread else None

    @property
    def gathered(self) -> str:
        """The variable that holds units and tax bases by key."""
        return f"gathered_{self.number}"

    @property
    def own_values(self) -> list[str]:
        """The sources of the dimensions of a line that merges with no other statement's."""
        return [
            f"value_{index}" if varies else self.values[index]
            for index, varies in enumerate(self.varying)
        ]

    @property
    def has_sums(self) -> bool:
        """Whether a tax base, or a stated base amount, is gathered beside the units."""
        return "detail" in self.keys or self.line.base is not None


def alike(writer: Writer, line: PlannedLine) -> Iterator[PlannedLine]:
    """Yield a line for each set of ledgers in which its accounts carry the same dimensions."""
    by_recipes: dict[tuple[Recipe, ...], list[str]] = {}
    accounts = accounts_of(writer.shape.plan, line)
    for ledger in line.ledgers:
        recipes = tuple(_recipe(writer, line, key.by_ledger[ledger]) for key in accounts)
        by_recipes.setdefault(recipes, []).append(ledger)
    yield from (replace(line, ledgers=tuple(ledgers)) for ledgers in by_recipes.values())


@dataclass(frozen=True, slots=True)
class Meetings:
    """Which statements of a rule may post to one line, by their numbers.

    ``merging`` may on one side of an account, ``facing`` on either.
    """

    merging: frozenset[int]
    facing: frozenset[int]


def meetings(writer: Writer, lines: Sequence[PlannedLine]) -> Meetings:
    """Return which statements may post to one line."""
    plan = writer.shape.plan
    by_place: dict[tuple[object, ...], list[int]] = {}
    for number, line in enumerate(lines):
        for place in places_of(plan, line):
            by_place.setdefault(place, []).append(number)
    shared = [numbers for numbers in by_place.values() if len(numbers) > 1]
    facing = frozenset(number for numbers in shared for number in numbers)
    merging = frozenset(
        number
        for numbers in shared
        for number in numbers
        if sum(lines[each].side is lines[number].side for each in numbers) > 1
    )
    return Meetings(merging, facing)


def statement_of(writer: Writer, number: int, line: PlannedLine, found: Meetings) -> Statement:
    """Return a statement with the dimensions of its lines, which may merge with others or not.

    Raises:
        NotCompiled: For splits and orders of dimensions that are left to the interpreter.
    """
    plan, meets = writer.shape.plan, number in found.merging
    by_key = {
        key.key: _recipe(writer, line, key.by_ledger[line.ledgers[0]])
        for key in accounts_of(plan, line)
    }
    recipes = tuple(dict.fromkeys(by_key.values())) or (_NO_LINE,)
    by_rate = line.tax_of is not None and bool(own_accounts(plan))
    if by_rate and (meets or len(recipes) > 1 or isinstance(line.target, MapChoice)):
        raise NotCompiled("accounts of single rates that are not alike, or shared with statements")
    names = _in_order(recipes)
    place = place_of(writer, line)
    record = place.record
    has_items = writer.shape.has_items
    alone = (record == CONTEXT and line.tax_of is None) or (record == ITEM and not has_items)
    single = alone and line.is_plain and not isinstance(line.target, MapChoice) and not by_rate
    # A tax of nothing has a base and a place among the lines that it merges with.
    single = single and not (meets and line.tax_of is not None)
    single = single and not isinstance(line.amount, ShareOf)
    for recipe in recipes:
        single = single and not recipe.fixed and not (recipe.joint and has_items)
        _check_splits(writer, recipe, record, several=len(recipes) > 1)
    varying = tuple(
        not single and (len(recipes) > 1 or _varies(writer, recipes[0], record, name))
        for name in names
    )
    chosen = {key: recipes.index(recipe) for key, recipe in by_key.items()}
    plain = line.is_plain and not isinstance(line.amount, ShareOf)
    plain = plain and not any(recipe.fixed for recipe in recipes)
    turns = writer.shape.general and plain and number not in found.facing
    statement = Statement(
        number, line, place, recipes, chosen, names, single, meets, turns, varying
    )
    statement.values = [
        or_default(writer, recipes[0], name, writer.fields.dimension(name, CONTEXT))
        for name in names
    ]
    return statement


def _check_splits(writer: Writer, recipe: Recipe, record: str, *, several: bool) -> None:
    """Refuse splits that are left to the interpreter."""
    if recipe.parted and writer.shape.stages_before:
        raise NotCompiled("a split beside stages before the rule")
    if recipe.fixed and record not in (CONTEXT, ITEM, PAYMENT):
        raise NotCompiled("a fixed split of members of a list of one's own")
    if len(recipe.only_split) > 1 and (several or record != CONTEXT):
        raise NotCompiled("a line split by several dimensions that its account does not carry")


def _varies(writer: Writer, recipe: Recipe, record: str, name: str) -> bool:
    """Whether lines of one account may have different values of a dimension."""
    if name in recipe.parted and (record != ITEM or name not in recipe.joint):
        return True
    return record != CONTEXT and writer.fields.may_have(record, name)


def _in_order(recipes: Sequence[Recipe]) -> tuple[str, ...]:
    """Return the dimensions of some recipes in an order that is that of each of them.

    Raises:
        NotCompiled: If there is none.
    """
    left = [list(recipe.names) for recipe in recipes]
    found: list[str] = []
    while any(left):
        later = {name for names in left for name in names[1:]}
        first = next((names[0] for names in left if names and names[0] not in later), None)
        if first is None:
            raise NotCompiled("accounts of one statement with dimensions in different orders")
        found.append(first)
        for names in left:
            if names and names[0] == first:
                names.pop(0)
    return tuple(found)


def _recipe(writer: Writer, line: PlannedLine, account: PlannedAccount) -> Recipe:
    """Return what lines of an account carry, as the interpreter splits and marks them."""
    route, rule = writer.route, writer.shape.rule
    splits = []
    if line.by is not None:
        plain_split = PlannedSplit(dimension=line.by, method=Method.PROPORTIONAL)
        splits.append(route.splits.get(line.by, plain_split))
    required = () if account.required is None else account.required.names
    for dimension, split in route.splits.items():
        if dimension in rule.by_dimensions:
            continue
        by_revenue = dimension not in rule.requiring and account.posted.key == REVENUE
        if dimension in required or by_revenue:
            splits.append(split)
    wanted = tuple(dict.fromkeys((*required, *account.carried)))
    only_split = tuple(each.dimension for each in splits if each.dimension not in wanted)
    return Recipe(
        names=(*wanted, *only_split),
        required=account.required,
        joint=tuple(split.dimension for split in splits if is_proportional(split)),
        fixed=tuple(split for split in splits if not is_proportional(split)),
        only_split=only_split,
    )


def or_default(writer: Writer, recipe: Recipe, name: str, value: str) -> str:
    """Return the source of a dimension's value, with its default where one is given."""
    default = recipe.default(name)
    return value if default is None else f"({value} or {writer.constants.name(default)})"
