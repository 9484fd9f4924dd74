"""The components of a tax profile in JSON form, and the rule by which they are rounded."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine import faults, limits
from hera_engine.errors import HeraError, Pointer, did_you_mean
from hera_engine.money import AmountError, RoundingMode, format_amount, parse_amount
from hera_engine.tax.component import Component, ComponentKind, Tier
from hera_engine.tax.component_base import BREAK_CIRCLE, base_faults
from hera_engine.tax.component_choice import NAME_GROUP, group_faults
from hera_engine.tax.evaluate import Quantity, Shape, evaluate, levies_of
from hera_engine.tax.mapping import MappingReader, Record, shown
from hera_engine.tax.rounding import ALIASES, RULES, RoundingRule, Spread

COMPONENT_KEYS: Final = (
    "code", "kind", "rate", "tiers", "inclusive", "compound", "base_affected", "sequence",
    "reverse_charge", "repartition", "recoverable", "retained", "group", "jurisdiction", "account",
    "effective_from", "effective_to", "on", "input_account", "expense_account", "source",
)  # fmt: skip
RULE_KEYS: Final = ("name", "mode", "increment", "spread")
_SEQUENCES: Final = 10_000
_PROBE: Final = Fraction(100)
"""Any price above zero shows whether components leave a net of it."""

Lists = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ReadComponents:
    """What a profile says of components; empty where it has none."""

    components: tuple[Component, ...] = ()
    lists: Lists = ()
    rule: RoundingRule | None = None


def read_components(
    reader: MappingReader, profile: Record, place: Pointer, *, inclusive: bool | None
) -> ReadComponents:
    """Return the components of a profile with the categories that bear them; faults are noted.

    ``inclusive`` is whether its prices include those that do not say.
    """
    there = place.child("components")
    value = profile.get("components")
    listed = () if value is None else reader.sequence(value, there, "components")
    if len(listed) > limits.PROFILE_COMPONENTS:
        reader.add(
            faults.TOO_LARGE, there, limit="PROFILE_COMPONENTS",
            allowed=limits.PROFILE_COMPONENTS, seen=len(listed),
        )  # fmt: skip
        return ReadComponents()
    if not listed:
        for key in ("component_categories", "rounding_rule"):
            if profile.get(key) is not None:
                reason = f"`{key}` is for components, and there are none"
                reader.refuse(place.child(key), reason, _FOR_COMPONENTS[key])
        if value is not None and not profile.get("rates"):
            reader.refuse(there, "it has neither components nor rates")
        return ReadComponents()
    before = len(reader.found)
    placed = [
        (component, there.child(index))
        for index, each in enumerate(listed)
        if (component := _read_component(reader, each, there.child(index))) is not None
    ]
    components = tuple(component for component, _ in placed)
    codes = dict.fromkeys(filter(None, map(_code_of, listed)))
    _check_dates(reader, placed, unread=_unread(listed, components))
    _check_bases(reader, placed, tuple(codes))
    for index, reason in group_faults(components):
        reader.refuse(placed[index][1].child("group"), reason, NAME_GROUP)
    lists = _read_lists(reader, profile, place, tuple(codes))
    rule = _read_rule(reader, profile, place)
    if len(reader.found) == before:
        _Prices(reader, components, inclusive).check(lists, place, profile.get("default_category"))
    return ReadComponents(components, lists, rule)


def _code_of(value: object) -> str | None:
    """Return what a component is called, whether the rest of it can be read or not."""
    code = value.get("code") if isinstance(value, Mapping) else None
    return code if isinstance(code, str) else None


def _unread(listed: Sequence[object], components: Sequence[Component]) -> frozenset[str]:
    """Return the codes of which not all components could be read."""
    left = Counter(filter(None, map(_code_of, listed)))
    left.subtract(component.code for component in components)
    return frozenset(code for code, count in left.items() if count)


_FOR_COMPONENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "component_categories": "say the categories of a rate behind it",
        "rounding_rule": "round rates by one of the names none, line, total and swedish",
    }
)
"""What to write instead in a profile of rates."""


# --- one component -------------------------------------------------------------------------


def _read_component(reader: MappingReader, value: object, place: Pointer) -> Component | None:
    """Return one component, or None where a fault was noted."""
    record = reader.record(value, place, "component")
    if record is None:
        return None
    before = len(reader.found)
    reader.refuse_unknown(record, COMPONENT_KEYS, place)
    if record.get("code") is None:
        reader.add(faults.MISSING_KEY, place, key="code")
    kind = ComponentKind(reader.choice(record, "kind", place, tuple(ComponentKind)) or "percent")
    if kind is not ComponentKind.TIERED and record.get("rate") is None:
        reader.add(faults.MISSING_KEY, place, key="rate")
    texts = {
        key: reader.text(record, key, place)
        for key in ("group", "jurisdiction", "account", "input_account", "expense_account")
    }
    texts["source"] = reader.prose(record, "source", place)
    flags = {
        key: bool(reader.truth(record, key, place))
        for key in ("compound", "reverse_charge", "retained")
    }
    said = reader.truth(record, "base_affected", place)
    code = reader.text(record, "code", place)
    fields = {
        "kind": kind,
        "rate": _number(reader, record, "rate", place) or Decimal(0),
        "tiers": tuple(_read_tiers(reader, record, place)),
        "inclusive": reader.truth(record, "inclusive", place),
        "base_affected": said is not False,
        "sequence": _sequence(reader, record, place),
        "repartition": tuple(_read_repartition(reader, record, place)),
        "on": _read_base(reader, record, place),
        "recoverable": Decimal(100),
        "effective_from": reader.day(record, "effective_from", place),
        "effective_to": reader.day(record, "effective_to", place),
    }
    if record.get("recoverable") is not None:
        there = place.child("recoverable")
        fields["recoverable"] = reader.number(record["recoverable"], there, ceiling=100)
    starts, ends = fields["effective_from"], fields["effective_to"]
    if isinstance(starts, date) and isinstance(ends, date) and ends < starts:
        reader.add(faults.RATE_DATES, place, start=starts, end=ends)
    if code is None or len(reader.found) > before:
        return None
    try:
        return Component(code=code, **fields, **texts, **flags)  # type: ignore[arg-type] # as read
    except HeraError as error:
        reader.refuse(place, error.message, error.hint)
        return None


def _read_base(reader: MappingReader, record: Record, place: Pointer) -> tuple[str, ...]:
    """Return the codes that a component is due on beside the net."""
    value, there = record.get("on"), place.child("on")
    listed = () if value is None else reader.sequence(value, there, "on")
    if len(listed) > limits.ITEM_COMPONENTS:
        reader.refuse(there, f"`on` lists more than {limits.ITEM_COMPONENTS} components")
        return ()
    words = (reader.word(each, there.child(i), "component") for i, each in enumerate(listed))
    found = tuple(word for word in words if word is not None)
    own = record.get("code")
    for index in (index for index, each in enumerate(listed) if each == own and own is not None):
        reason = f"components are due on each other: {shown(own)} -> {shown(own)}"
        reader.refuse(there.child(index), reason, BREAK_CIRCLE)
    flags = {"compound": record.get("compound"), "unaffected": record.get("base_affected") is False}
    for flag in (flag for flag, said in flags.items() if found and said is True):
        reason = f"`on` stands beside `{flag}`, and both say what is due on what"
        reader.refuse(place, reason, "keep one of the two")
    return found


def _number(reader: MappingReader, record: Record, key: str, place: Pointer) -> Decimal | None:
    """Return a number of either sign."""
    return None if record.get(key) is None else _signed(reader, record[key], place.child(key))


def _signed(reader: MappingReader, value: object, place: Pointer) -> Decimal | None:
    try:
        return parse_amount(value)
    except AmountError as error:
        reader.add(
            faults.BAD_NUMBER, place, hint=error.hint, found=shown(value), reason=error.reason
        )
        return None


def _sequence(reader: MappingReader, record: Record, place: Pointer) -> int | None:
    value = record.get("sequence")
    if value is None:
        return None
    if type(value) is int and 0 <= value <= _SEQUENCES:
        return value
    reader.add(
        faults.BAD_NUMBER, place.child("sequence"), found=shown(value),
        reason=f"it must be a whole number from 0 to {_SEQUENCES}",
    )  # fmt: skip
    return None


def _read_tiers(reader: MappingReader, record: Record, place: Pointer) -> Iterator[Tier]:
    value, there = record.get("tiers"), place.child("tiers")
    if value is None:
        return
    for index, each in enumerate(reader.sequence(value, there, "tiers")):
        tier = reader.record(each, there.child(index), "tier")
        if tier is None:
            continue
        reader.refuse_unknown(tier, ("up_to", "rate"), there.child(index))
        rate = _number(reader, tier, "rate", there.child(index))
        if rate is not None:
            yield Tier(_number(reader, tier, "up_to", there.child(index)), rate)


def _read_repartition(reader: MappingReader, record: Record, place: Pointer) -> Iterator[Decimal]:
    value, there = record.get("repartition"), place.child("repartition")
    if value is None:
        return
    for index, each in enumerate(reader.sequence(value, there, "repartition")):
        percent = _signed(reader, each, there.child(index))
        if percent is not None:
            yield percent


# --- what they are together ----------------------------------------------------------------


def _check_dates(
    reader: MappingReader, placed: Sequence[tuple[Component, Pointer]], *, unread: Set[str]
) -> None:
    """Note days with two components of a code or none."""
    series: dict[str, list[tuple[date, date, Pointer]]] = {}
    for component, place in placed:
        starts, ends = component.effective_from or date.min, component.effective_to or date.max
        series.setdefault(component.code, []).append((starts, ends, place))
    for code, periods in ((code, series[code]) for code in series if code not in unread):
        periods.sort(key=lambda period: period[:2])
        for (_, before, _), (starts, _, place) in itertools.pairwise(periods):
            if starts <= before:
                day = starts if starts > date.min else "every day"
                reader.add(faults.COMPONENT_OVERLAP, place, name=code, day=day)
            elif starts.toordinal() > before.toordinal() + 1:
                gap = (before.toordinal() + 1, starts.toordinal() - 1)
                reader.add(
                    faults.RATE_GAP, place, category=code, start=date.fromordinal(gap[0]),
                    end=date.fromordinal(gap[1]),
                )  # fmt: skip


def _check_bases(
    reader: MappingReader, placed: Sequence[tuple[Component, Pointer]], codes: Sequence[str]
) -> None:
    """Note names in the ``on`` of components that cannot stand there."""
    for fault in base_faults([component for component, _ in placed], codes):
        # Nearest names take time to look up: what nobody will be told is not looked for.
        if len(reader.found) >= limits.SCHEMA_FAULTS:
            return
        place = placed[fault.component][1].child("on").child(fault.name)
        reader.refuse(place, fault.reason, fault.hint)


def _read_lists(
    reader: MappingReader, profile: Record, place: Pointer, known: Sequence[str]
) -> Lists:
    """Return the codes of each category's components."""
    value, there = profile.get("component_categories"), place.child("component_categories")
    record = None if value is None else reader.record(value, there, "component_categories")
    found = []
    for category, codes in (record or {}).items():
        spot = there.child(category)
        listed = reader.sequence(codes, spot, category)
        for index, code in enumerate(listed):
            if len(reader.found) >= limits.SCHEMA_FAULTS:
                break
            if not isinstance(code, str) or code not in known:
                hint = did_you_mean(str(code)[: limits.KEY_CHARACTERS], known)
                reader.refuse(spot.child(index), f"it has no component `{shown(code)}`", hint)
        borne = [code for code in listed if isinstance(code, str) and code in known]
        unique = tuple(dict.fromkeys(borne))
        if len(unique) > limits.ITEM_COMPONENTS:
            reader.refuse(spot, f"it lists more than {limits.ITEM_COMPONENTS} components")
        found.append((category, unique))
    return tuple(found)


_PROBES: Final = 32
"""So many sets of components are tried out; further ones are left to the events that bear them."""


class _Prices:
    """Tries out whether components that stand together leave a net of the price they are in."""

    __slots__ = ("_components", "_inclusive", "_reader", "_tried")

    def __init__(
        self, reader: MappingReader, components: Sequence[Component], inclusive: bool | None
    ) -> None:
        self._reader, self._components, self._inclusive = reader, components, inclusive
        self._tried: set[tuple[int, ...]] = set()

    def check(self, lists: Lists, place: Pointer, default: object) -> None:
        """Note the sets of components that leave no net.

        All of them together are such a set only where no category is listed, or the default one
        is not: a profile may list alternatives that nothing bears at once.
        """
        listed = dict(lists)
        if not listed or (default is not None and default not in listed):
            every = tuple(dict.fromkeys(component.code for component in self._components))
            if not self._is_sound(every, place.child("components")):
                return
        for category, codes in lists:
            self._is_sound(codes, place.child("component_categories").child(category))

    def _is_sound(self, codes: tuple[str, ...], place: Pointer) -> bool:
        """Whether components of some codes leave a net on every day; if not, it is noted."""
        wanted = frozenset(codes)
        found = [i for i, each in enumerate(self._components) if each.code in wanted]
        for day in sorted({self._components[i].effective_from or date.min for i in found}):
            borne = tuple(i for i in found if self._components[i].applies_on(day))
            if len(borne) > limits.ITEM_COMPONENTS or borne in self._tried:
                continue
            if len(self._tried) >= _PROBES:
                return True
            self._tried.add(borne)
            reason = self._reason(tuple(self._components[i] for i in borne))
            if reason is not None:
                divided = any(self._components[i].kind is ComponentKind.DIVISION for i in borne)
                hint = "keep the percentages of gross below 100 together" if divided else None
                self._reader.refuse(place, reason, hint)
                return False
        return True

    def _reason(self, components: tuple[Component, ...]) -> str | None:
        """Return why components leave no net of a price, or None."""
        if not any(_takes_away(each) for each in components) and _divided(components) < _ALL:
            return None
        shape = Shape.of(levies_of(components, inclusive=self._inclusive))
        try:
            left = evaluate(shape, _PROBE, Quantity()).net
        except HeraError as error:
            return error.message
        fixed = any(each.kind is ComponentKind.FIXED for each in components)
        if left > 0 or fixed:
            return None
        listed = ", ".join(f"`{each.code}`" for each in components)
        return f"components {listed} take all of the price that includes them"


_ALL: Final = 100


def _takes_away(component: Component) -> bool:
    """Whether a component can make a price smaller than its net, or cannot be solved for."""
    tiered = component.kind is ComponentKind.TIERED and component.compound
    return tiered or component.rate < 0


def _divided(components: Sequence[Component]) -> Fraction:
    """Return the percentages of gross that components have together."""
    divisions = (each for each in components if each.kind is ComponentKind.DIVISION)
    return sum((Fraction(each.rate) for each in divisions), Fraction())


def _read_rule(reader: MappingReader, profile: Record, place: Pointer) -> RoundingRule | None:
    """Return how components are rounded, where a profile says more than a method."""
    value, there = profile.get("rounding_rule"), place.child("rounding_rule")
    record = None if value is None else reader.record(value, there, "rounding_rule")
    if record is None:
        return None
    before = len(reader.found)
    reader.refuse_unknown(record, RULE_KEYS, there)
    name = reader.choice(record, "name", there, (*ALIASES, *RULES))
    mode = reader.choice(record, "mode", there, tuple(RoundingMode))
    spread = reader.choice(record, "spread", there, tuple(Spread))
    increment = _number(reader, record, "increment", there)
    if increment is not None and increment <= 0:
        reader.refuse(there.child("increment"), "the increment is not above zero")
    if len(reader.found) > before:
        return None
    return RoundingRule(
        name=name or "line",
        mode=RoundingMode(mode or RoundingMode.HALF_UP),
        increment=increment,
        spread=Spread(spread or Spread.ERRED_MOST),
    )


# --- writing -------------------------------------------------------------------------------


def components_to_mapping(
    components: Sequence[Component], lists: Lists, rule: RoundingRule | None
) -> dict[str, object]:
    """Return components as plain JSON values; nothing where there are none."""
    if not components:
        return {}
    written: dict[str, object] = {
        "components": [_component_to_mapping(component) for component in components],
        "component_categories": {category: list(codes) for category, codes in lists},
    }
    if rule is not None:
        increment = None if rule.increment is None else format_amount(rule.increment)
        written["rounding_rule"] = {
            "name": rule.name, "mode": rule.mode.value, "increment": increment,
            "spread": rule.spread.value,
        }  # fmt: skip
    return written


def _component_to_mapping(component: Component) -> Mapping[str, object]:
    values = {key: getattr(component, key) for key in COMPONENT_KEYS}
    tiers = [
        {
            "up_to": None if t.up_to is None else format_amount(t.up_to),
            "rate": format_amount(t.rate),
        }
        for t in component.tiers
    ]
    days = {
        key: None if values[key] is None else values[key].isoformat()
        for key in ("effective_from", "effective_to")
    }
    return {
        **values,
        **days,
        "kind": component.kind.value,
        "rate": format_amount(component.rate),
        "tiers": tiers or None,
        "on": list(component.on),
        "repartition": [format_amount(each) for each in component.repartition] or None,
        "recoverable": format_amount(component.recoverable),
    }
