"""Which dimensions a line carries, where their values come from, and how a line is split."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from hera_engine import limits
from hera_engine.allocation import allocate_units
from hera_engine.dimensions import check_dimension_value
from hera_engine.dsl.canonical import shortest
from hera_engine.dsl.nodes import Enforcement, Method
from hera_engine.errors import HeraError, Problem
from hera_engine.facts import Facts
from hera_engine.frozen import Frozen, FrozenMap, sealed
from hera_engine.money import AmountError, format_amount, from_minor, parse_amount, to_minor
from hera_engine.rules.exact import EventFault
from hera_engine.rules.plan import PlannedAccount, PlannedShare, PlannedSplit
from hera_engine.rules.sale import THE_SALE, Sale

Allocator = Callable[[Facts], Mapping[str, Decimal | int | str]]
"""A caller's own split: the weight of each dimension value for an event; weights are not
negative and not all zero."""

NONE_CARRIED: Final = FrozenMap({})
"""The dimensions of a line that carries none."""
PERCENT_SCALE: Final = 10**12
ITEM: Final = "item"
"""The kind of a bearer that is an item of the sale."""
SPLIT: Final = "split"
"""The source of a dimension that a line is split by."""
NET: Final = "net"
"""The kind of a split by what items cost."""


class Weighing(NamedTuple):
    """How a portion came to its units: by which split, its weight, that of all, and of how much."""

    names: tuple[str, ...]
    kind: str
    weight: int
    total: int
    whole: int


class Portion(NamedTuple):
    """One part of a split line: the dimension values it carries and its minor units.

    ``weighed`` has one member for each split that divided it, one after the other.
    """

    values: Mapping[str, str]
    units: int
    weighed: tuple[Weighing, ...] = ()

    def sources(
        self, found: tuple[tuple[str, str], ...], bearers: tuple["Bearer", ...]
    ) -> tuple[tuple[str, str], ...]:
        """Return where dimensions are from; a value that a split only took over is its owner's."""
        divided = {name for each in self.weighed for name in each.names}
        return tuple(
            (name, source)
            if source != SPLIT or name in divided
            else (name, self._owner(name, bearers))
            for name, source in found
        )

    def _owner(self, name: str, bearers: tuple["Bearer", ...]) -> str:
        """Return the kind of the member that has the value of a dimension, or the event."""
        own = (each.kind for each in bearers if each.sent and each.value(name) is not None)
        return next(own, "event")


def share_words(portion: Portion, exponent: int) -> tuple[tuple[str, str], ...]:
    """Return for each split of a portion the values it gave, and what they weigh, in words.

    Args:
        portion: A part of a split line.
        exponent: Decimals of the line's currency.
    """
    found = []
    for names, kind, weight, total, whole in portion.weighed:
        values = ", ".join(f"{name} {portion.values.get(name, '(none)')}" for name in names)
        part = Fraction(weight, total)
        if kind == NET:
            size = format_amount(from_minor(weight, exponent))
            words = f"net {size} of {format_amount(from_minor(total, exponent))}"
        elif kind == Method.FIXED:
            words = f"{_figure(part * 100)} %"
        else:
            words = f"weight {_figure(Fraction(weight, PERCENT_SCALE))} of "
            words += _figure(Fraction(total, PERCENT_SCALE))
        amount = format_amount(from_minor(whole, exponent))
        exact = _figure(part * whole / 10**exponent)
        found.append((values, f"{words}, exactly {exact} of {amount}"))
    return tuple(found)


def _figure(value: Fraction) -> str:
    """Return an exact figure: in digits where they end, else as a fraction."""
    units = value * 10**limits.AMOUNT_SCALE
    if units.denominator != 1:
        return str(value)
    return shortest(from_minor(units.numerator, limits.AMOUNT_SCALE))


class Valued(NamedTuple):
    """A dimension value and where it came from: item, event, stage, default, a row of a map."""

    value: str
    source: str


class Bearer(NamedTuple):
    """A member of a collection that a line stands at, which may give the line its dimensions.

    ``kind`` is the word for it in explanations. An item that was made of the sale was not
    ``sent``: it has no values but the event's.
    """

    kind: str
    path: str
    fields: FrozenMap
    sent: bool = True

    def value(self, name: str) -> str | None:
        """Return the member's own value of a dimension, if it has one.

        Raises:
            EventFault: If the value is not printable ASCII of allowed length.
        """
        found = self.fields.get(name)
        return None if found is None or found == "" else _checked(found, self.path, name)


def line_dimensions(
    account: PlannedAccount,
    facts: Facts,
    bearers: tuple[Bearer, ...],
    split: Mapping[str, str],
) -> tuple[FrozenMap, tuple[tuple[str, str], ...]]:
    """Return the dimensions of a line and the source of each.

    A line carries what its account requires or is asked to carry, and what it is split by.

    Raises:
        EventFault: If a value is not printable ASCII of allowed length.
    """
    values: dict[str, Frozen] = {}
    sources: list[tuple[str, str]] = []
    required = account.required
    if required is None and not account.carried and not split:
        return NONE_CARRIED, ()
    names = required.names if required is not None else ()
    for name in dict.fromkeys((*names, *account.carried, *split)):
        found = Valued(split[name], SPLIT) if name in split else value_of(name, facts, bearers)
        if found is None and required is not None:
            found = _default(name, account)
        if found is not None:
            values[name] = found.value
            sources.append((name, found.source))
    return sealed(values), tuple(sources)


def value_of(name: str, facts: Facts, bearers: tuple[Bearer, ...]) -> Valued | None:
    """Return a dimension's value: a member's, else the event's, else one that a stage added.

    Args:
        name: The dimension.
        facts: The event.
        bearers: The members that the loops around a line stand at, the innermost first.
    """
    for bearer in bearers:
        if bearer.sent and (own := bearer.value(name)) is not None:
            return Valued(own, _told(facts, bearer.path, name, bearer.kind))
    value = facts.context.get(name)
    if value is not None and value != "":
        return Valued(_checked(value, THE_SALE, name), _told(facts, THE_SALE, name, "event"))
    value = facts.added.get(name) if facts.added else None
    if value is not None and value != "":
        return Valued(_checked(value, "added", name), _told(facts, THE_SALE, name, "stage"))
    return None


def _told(facts: Facts, path: str, name: str, source: str) -> str:
    """Return where a value comes from: the words of what derived it, if anything did."""
    words = facts.derivations.get(f"{path}.{name}") if facts.derivations else None
    return source if words is None else str(words)


def _default(name: str, account: PlannedAccount) -> Valued | None:
    required = account.required
    if required is None or required.enforcement is not Enforcement.AUTO_DEFAULT:
        return None
    value = required.defaults.get(name)
    return Valued(value, "default") if isinstance(value, str) else None


def _checked(value: Frozen, path: str, name: str) -> str:
    """Return the value that a record at a path has for a dimension."""
    try:
        return check_dimension_value(value)
    except ValueError as error:
        raise EventFault(Problem(f"{path}.{name}", str(error))) from None


# --- splits --------------------------------------------------------------------------------


class Splitter(NamedTuple):
    """Splits lines of one event: the facts, the items and the caller's allocators."""

    sale: Sale
    allocators: Mapping[str, Allocator]

    def portions(
        self,
        units: int,
        splits: tuple[PlannedSplit, ...],
        bearers: tuple[Bearer, ...],
        by: str | None,
    ) -> tuple[Portion, ...]:
        """Return a line's portions over the dimensions it is split by; they sum to it exactly.

        Inside a loop a proportional split, and the line's own ``by``, take the member's value.
        Where no loop over items is around the line, proportional splits take what no member says
        from the items jointly, weighted by net amounts. Fixed and custom splits follow one after
        the other. What is left without a value takes the event's, if it has one.

        Raises:
            EventFault: If fixed amounts exceed the line, or an allocator's answer is unusable.
        """
        if not splits:
            return (Portion({}, units),)
        own = _own_values(splits, bearers, by)
        left = tuple([split for split in splits if split.dimension not in own])
        if not left:
            return (Portion(own, units),)
        at_item = any(bearer.kind == ITEM for bearer in bearers)
        joint = tuple(split.dimension for split in left if _is_proportional(split) and not at_item)
        portions = self._proportional(units, joint) if joint else (Portion({}, units),)
        for split in left:
            portions = tuple(part for whole in portions for part in self._parts(whole, split))
        event = self._event_values(left)
        return tuple(
            Portion({**event, **own, **part.values}, part.units, part.weighed) for part in portions
        )

    def _event_values(self, splits: tuple[PlannedSplit, ...]) -> dict[str, str]:
        """Return the values of the event as a whole, for dimensions no item has."""
        found = {
            split.dimension: value_of(split.dimension, self.sale.facts, ()) for split in splits
        }
        return {name: valued.value for name, valued in found.items() if valued is not None}

    def _proportional(self, units: int, dimensions: tuple[str, ...]) -> tuple[Portion, ...]:
        """Return portions by the items' values; one without values where no item weighs."""
        weights: dict[tuple[tuple[str, str], ...], int] = {}
        for item in self.sale.items:
            values = tuple(
                (name, _checked(value, item.path, name))
                for name in dimensions
                if (value := item.fields.get(name)) not in (None, "")
            )
            net = to_minor(item.net, self.sale.facts.exponent)
            if values and net > 0:
                weights[values] = weights.get(values, 0) + net
        if not weights:
            return (Portion({}, units),)
        shares = allocate_units(units, tuple(weights.values()))
        total = sum(weights.values())
        return tuple(
            Portion(dict(values), share, (Weighing(dimensions, NET, weight, total, units),))
            for (values, weight), share in zip(weights.items(), shares, strict=True)
        )

    def _parts(self, whole: Portion, split: PlannedSplit) -> tuple[Portion, ...]:
        """Return a portion divided by one fixed or custom split; itself for any other."""
        match split.method:
            case _ if not whole.units:
                return (whole,)
            case Method.FIXED if split.shares:
                weights = fixed_weights(whole.units, split.shares, self.sale.facts.exponent)
            case Method.CUSTOM if split.allocator is not None:
                weights = self._custom_weights(split.allocator)
            case _:
                return (whole,)
        shares = allocate_units(whole.units, tuple(weight for _, weight in weights))
        names, total = (split.dimension,), sum(weight for _, weight in weights)
        return tuple(
            Portion(
                whole.values if value is None else {**whole.values, split.dimension: value},
                share,
                (*whole.weighed, Weighing(names, split.method, weight, total, whole.units)),
            )
            for (value, weight), share in zip(weights, shares, strict=True)
        )

    def _custom_weights(self, name: str) -> tuple[tuple[str | None, int], ...]:
        """Return what the caller's allocator weighs each value, as integers of one scale."""
        try:
            answer = self.allocators[name](self.sale.facts)
            pairs = [
                (check_dimension_value(value), Fraction(parse_amount(weight)))
                for value, weight in answer.items()
            ]
        except HeraError:
            raise
        except Exception as error:  # a caller's code may raise anything
            why = error.reason if isinstance(error, AmountError) else type(error).__name__
            message = f"allocator `{name}` failed: {why}"
            raise EventFault(Problem("splits", message)) from error
        if any(weight < 0 for _, weight in pairs) or not any(weight for _, weight in pairs):
            message = f"allocator `{name}` gave weights that are negative or all zero"
            raise EventFault(Problem("splits", message))
        return tuple((value, int(weight * PERCENT_SCALE)) for value, weight in pairs)


def _own_values(
    splits: tuple[PlannedSplit, ...], bearers: tuple[Bearer, ...], by: str | None
) -> dict[str, str]:
    """Return the values that the members of the loops around a line give by themselves.

    A value beats a fixed or custom split only where the line says `by` and the member was sent.
    """
    found: dict[str, str] = {}
    for split in splits:
        name = split.dimension
        for bearer in bearers:
            if not (_is_proportional(split) or (name == by and bearer.sent)):
                continue
            if (value := bearer.value(name)) is not None:
                found.setdefault(name, value)
    return found


def _is_proportional(split: PlannedSplit) -> bool:
    """Whether a split goes by the items: it says so, or says nothing else."""
    match split.method:
        case Method.FIXED:
            return not split.shares
        case Method.CUSTOM:
            return split.allocator is None
        case Method.PROPORTIONAL:
            return True


def fixed_weights(
    units: int, shares: tuple[PlannedShare, ...], exponent: int
) -> tuple[tuple[str | None, int], ...]:
    """Return each share's exact quota as an integer weight; the weights sum to the line.

    Percentages are of the whole line, amounts are as they stand, the rest goes to
    ``remaining`` or, without one, keeps no value (None).
    """
    whole = units * 100 * PERCENT_SCALE
    weights: list[tuple[str | None, int]] = []
    rest: str | None = None
    for share in shares:
        if share.percent is not None:
            weights.append((share.value, units * int(Fraction(share.percent) * PERCENT_SCALE)))
        elif share.amount is not None:
            fixed = _fixed_units(share.amount, exponent)
            weights.append((share.value, fixed * 100 * PERCENT_SCALE))
        else:
            rest = share.value
    left = whole - sum(weight for _, weight in weights)
    if left < 0:
        raise EventFault(Problem("splits", "fixed shares are more than the line they split"))
    return (*weights, (rest, left)) if left else tuple(weights)


def _fixed_units(amount: Decimal, exponent: int) -> int:
    """Return a fixed share in minor units of the event's currency."""
    try:
        return to_minor(amount, exponent)
    except AmountError as error:
        message = f"the fixed share {amount} {error.reason} in the event's currency"
        raise EventFault(Problem("splits", message, error.hint)) from None
