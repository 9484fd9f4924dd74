"""What generated functions call to read an event: checked values, or `Declined`.

Everything accepted here the interpreter accepts too, with the same value; what is unusual, slow
to read or wrong is declined and left to it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.errors import ProblemList
from hera_engine.event_reader import EventReader
from hera_engine.event_shape import Shape, hold_value
from hera_engine.frozen import MEMBER_LISTS, Frozen, FrozenMap, freeze, freeze_context
from hera_engine.money import AmountError, format_amount, parse_amount, round_ratio, to_minor
from hera_engine.rules.maps import DateNeededError, MapTable

OWN_SCALE: Final = 10**limits.AMOUNT_SCALE
"""What one is, of numbers that are no money of the event: they may have twelve decimals."""
_PLAIN: Final[Mapping[type, bool]] = MappingProxyType({type(None): True, bool: True})
"""Types of values that need no look."""
_FEW: Final = limits.MEMBER_NODES // 2
"""Fields that a record may have to be copied here."""


_SHORT: Final = 1_024
"""Characters of a text that is looked at here."""


class Declined(Exception):
    """An event that a compiled rule leaves to the interpreter."""


def units(value: object, exponent: int) -> int:
    """Return an amount in minor units, not below zero."""
    found = signed(value, exponent)
    if found < 0:
        raise Declined
    return found


def signed(value: object, exponent: int) -> int:
    """Return an amount in minor units, of either sign."""
    try:
        return to_minor(parse_amount(value), exponent)
    except AmountError:
        raise Declined from None


def number(value: object) -> int:
    """Return a number, not below zero, in units of twelve decimals."""
    return units(value, limits.AMOUNT_SCALE)


def is_below(value: object) -> bool:
    """Whether a total was sent with a minus."""
    match value:
        case str():
            return value[:1] == "-"
        case Decimal():
            return value.is_signed()
        case _:
            return type(value) is int and value < 0


def signed_units(value: object, exponent: int) -> int:
    """Return an amount in minor units, zero where it is absent."""
    if value is None:
        return 0
    try:
        return to_minor(parse_amount(value), exponent)
    except AmountError:
        raise Declined from None


def units_below(value: object, exponent: int) -> int:
    """Return an amount that is not above zero without its sign, in minor units."""
    if value is None:
        raise Declined
    found = -signed_units(value, exponent)
    if found < 0:
        raise Declined
    return found


def number_below(value: object) -> int:
    """Return a number that is not above zero without its sign, in units of twelve decimals."""
    return units_below(value, limits.AMOUNT_SCALE)


def number_of_item(value: object) -> int:
    """Return a number without its sign, if it has one, in units of twelve decimals."""
    return abs(signed_units(value, limits.AMOUNT_SCALE))


def signed_exact(value: object) -> Decimal:
    """Return a declared number as an exact Decimal."""
    try:
        return parse_amount(value)
    except AmountError:
        raise Declined from None


def exact(value: object) -> Decimal:
    """Return a declared number, not below zero, as an exact Decimal."""
    try:
        found = parse_amount(value)
    except AmountError:
        raise Declined from None
    if found < 0:
        raise Declined
    return found


def day(value: object) -> date:
    """Return a date that was sent."""
    if type(value) is date:
        return value
    # Ten characters with these two hyphens are a day as `periods.DAY` has it, or none at all.
    if type(value) is str and len(value) == 10 and value[4] == "-" == value[7]:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise Declined from None
    raise Declined


def is_word(value: object) -> bool:
    """Whether a value is a short text of printable ASCII, as a dimension is."""
    return (
        type(value) is str
        and 0 < len(value) <= limits.DIMENSION_CHARACTERS
        and value.isascii()
        and value.isprintable()
    )


def word(value: object) -> str | None:
    """Return a short text of printable ASCII; None if it is absent."""
    if value is None:
        return None
    if not is_word(value):
        raise Declined
    assert isinstance(value, str), "a word is a text"
    return value


def reference(value: object) -> str | None:
    """Return an external reference; None if it is absent."""
    if value is None:
        return None
    if (
        type(value) is str
        and 0 < len(value) <= limits.REFERENCE_CHARACTERS
        and value.isascii()
        and value.isprintable()
    ):
        return value
    raise Declined


def dimension(value: object) -> str | None:
    """Return the value of a dimension; None if it is absent or empty."""
    return None if value is None or (type(value) is str and not value) else word(value)


def text(value: object) -> str | None:
    """Return a text that a rule compares or looks up; None if it is absent."""
    if value is None:
        return None
    if type(value) is str and len(value) <= _SHORT and value.isascii() and value.isprintable():
        return value
    raise Declined


def truth(value: object) -> bool | None:
    """Return true or false as sent; None if it is absent."""
    if value is None or type(value) is bool:
        return value
    raise Declined


def anything(value: object) -> str | bool | int | Decimal | None:
    """Return a single value of any kind as it was sent; None if it is absent."""
    if value is None or type(value) in (bool, int, Decimal):
        return value  # type: ignore[return-value] # the exact type was just seen
    return text(value)


def compared(first: object, second: object, ordered: bool) -> int:
    """Return -1, 0 or 1 as one value is below, equal to or above another one.

    As the interpreter: two texts are ordered as numbers if both are, and equal only as texts.

    Args:
        first: The value on the left; it is there.
        second: The value on the right; it is there.
        ordered: Whether the comparison asks which of the two is larger.
    """
    if type(first) is bool or type(second) is bool:
        if type(first) is not type(second):
            raise Declined
        return int(first) - int(second)  # type: ignore[call-overload,no-any-return] # both truths
    texts = type(first) is str and type(second) is str
    if texts and not (ordered and _is_number(first) and _is_number(second)):
        return (str(first) > str(second)) - (str(first) < str(second))
    try:
        left, right = parse_amount(first), parse_amount(second)
    except AmountError:
        raise Declined from None
    return (left > right) - (left < right)


def _is_number(value: object) -> bool:
    try:
        parse_amount(value)
    except AmountError:
        return False
    return True


def rate(value: object) -> tuple[int, int, str]:
    """Return an exchange rate as a ratio of whole numbers, and as it is stated."""
    given = value
    inverse = type(value) is dict
    if type(value) is dict:
        if len(value) != 1 or "per_base" not in value:
            raise Declined
        given = value["per_base"]
    try:
        found = parse_amount(given)
    except AmountError:
        raise Declined from None
    if found <= 0:
        raise Declined
    top, bottom = found.as_integer_ratio()
    # An amount that is a text is written as it is stated.
    stated = given if type(given) is str else format_amount(found)
    return (bottom, top, f"1/{stated}") if inverse else (top, bottom, stated)


def refuse_odd_header(event: Mapping[str, object]) -> None:
    """Decline a header whose fields beside those that are posted are not as they should be."""
    truth(event.get("simulate"))
    metadata = event.get("metadata")
    if metadata is not None:
        problems = ProblemList()
        if not isinstance(metadata, Mapping):
            raise Declined
        freeze(metadata, "metadata", problems)
        if problems.found:
            raise Declined


def frozen_context(context: Mapping[str, object]) -> FrozenMap:
    """Return an immutable copy of a whole business context, as the interpreter makes it."""
    problems = ProblemList()
    found = freeze_context(context, "business_context", problems)
    if problems.found:
        raise Declined
    return found


def frozen_member(member: dict[str, object], plain: frozenset[str]) -> dict[str, Frozen]:
    """Return a copy of an item or a payment whose values are immutable.

    Args:
        member: As it was sent.
        plain: Names of fields that are checked where they are read, if they are texts.
    """
    if len(member) > _FEW:
        return _frozen_slowly(member)
    for key, value in member.items():
        if type(key) is not str:
            raise Declined
        if type(value) is str:
            if key in plain:
                continue
            if not (value.isascii() and value.isprintable()) or len(value) > _SHORT:
                return _frozen_slowly(member)
        elif type(value) not in _PLAIN:
            return _frozen_slowly(member)
        if key not in plain and not is_key(key):
            raise Declined
    return member.copy()  # type: ignore[return-value] # every value was just seen to be frozen


def is_plain(value: str) -> bool:
    """Whether a text is short and of printable ASCII, or empty: nothing can hide in it."""
    return len(value) <= _SHORT and value.isascii() and value.isprintable()


def is_key(key: str) -> bool:
    """Whether a text may be a key of an event."""
    return 0 < len(key) <= limits.KEY_CHARACTERS and key.isascii() and key.isprintable()


def _frozen_slowly(member: Mapping[str, object]) -> dict[str, Frozen]:
    problems = ProblemList()
    found = freeze_context({"items": [member]}, "business_context", problems)["items"]
    if problems.found or not isinstance(found, tuple) or not isinstance(found[0], FrozenMap):
        raise Declined
    return dict(found[0])


def price(fields: dict[str, Frozen], exponent: int) -> int:
    """Return what an item costs, in minor units, by its quantity and unit price where sent."""
    found = signed_price(fields, exponent)
    if found < 0:
        raise Declined
    return found


def price_below(fields: dict[str, Frozen], exponent: int) -> int:
    """Return the same without its sign of an item that costs no more than nothing."""
    found = -signed_price(fields, exponent)
    if found < 0:
        raise Declined
    return found


def signed_price(fields: dict[str, Frozen], exponent: int) -> int:
    """Return the same with its sign."""
    reader = EventReader(ProblemList())
    found = reader.price(FrozenMap(fields), "", exponent)
    if reader.problems.found:
        raise Declined
    return to_minor(found, exponent)


def rounded(numerator: int, denominator: int, step: int, most: int) -> int:
    """Return a ratio rounded half away from zero to a whole number, times a step.

    Declined is what comes to ``most`` or more; the denominator is positive.
    """
    units = round_ratio(numerator, denominator) * step
    if not -most < units < most:
        raise Declined
    return units


def looked_up(table: MapTable, inputs: tuple[str, ...], on: date | None) -> str:
    """Return what a map gives for some texts."""
    try:
        row = table.choose(inputs, on)
    except DateNeededError:
        raise Declined from None
    if row is None or row.target is None:
        raise Declined
    return row.target


def is_unsaid(value: object) -> bool:
    """Whether a record has no value of a dimension or category: none, or an empty text."""
    return value is None or (type(value) is str and not value)


# --- lists and records inside frozen records -----------------------------------------------


def inside(record: object, name: str) -> object:
    """Return a field of a frozen record; None where that is no record, or has none."""
    return record.get(name) if type(record) is FrozenMap else None


def summed(members: object, path: tuple[str, ...]) -> tuple[int | None, int]:
    """Return the sum of a field over a list, in units of twelve decimals, and its length.

    None if it is no list, or a member does not have the field.
    """
    if type(members) is not tuple:
        return None, 0
    total = 0
    for member in members:
        value = member
        for name in path:
            value = inside(value, name)
        if value is None:
            return None, 0
        total += number(value)
    return total, len(members)


def refuse_negative(
    record: object, lists: tuple[tuple[str, ...], ...], path: tuple[str, ...]
) -> None:
    """Decline a record in which a field of the members of some list is below zero.

    Args:
        record: A context, an item, a payment or a member of a list.
        lists: The names of a list in it, of a list in the members of that, and so on.
        path: The names of the field.
    """
    for name in lists[0] if lists else path:
        record = record.get(name) if type(record) is dict else inside(record, name)
    if lists:
        for member in record if type(record) is tuple else ():
            refuse_negative(member, lists[1:], path)
        return
    try:
        negative = parse_amount(record) < 0
    except AmountError:
        return
    if negative:
        raise Declined


def frozen_fields(context: dict[str, object]) -> dict[str, object]:
    """Return a copy of a context with its own values immutable; items and payments as they are."""
    own = {
        key: each
        for key, each in context.items()
        if type(each) is not list or key not in MEMBER_LISTS
    }
    frozen = frozen_context(own)
    return {key: frozen[key] if key in own else each for key, each in context.items()}


def held(value: Frozen, shape: Shape, exponent: int, path: str) -> Frozen:
    """Return a list or a record as its declaration has it."""
    found, amounts, problems = hold_value(value, shape, exponent, path)
    if problems.found or any(amount.value < 0 for amount in amounts):
        raise Declined
    return found


def discount(value: object, price: int, exponent: int) -> int:
    """Return what is taken off an item, in minor units and with the sign of its price."""
    if value is None:
        return 0
    found = signed(value, exponent)
    if found < 0 < price:
        raise Declined
    found = -found if price < 0 < found else found
    if abs(found) > abs(price):
        raise Declined
    return found
