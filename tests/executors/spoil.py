"""Changes to events: in one place or two, in ways that callers err in or that attackers try.

Each change is a guess at where a shortcut may read an event otherwise than the interpreter: other
spellings of a number, values of a type that merely looks right, fields that are not there, keys
that are no strings, mappings that answer for keys they do not have, too many or too deep values.
"""

from collections import UserDict, defaultdict
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from hera_engine.frozen import FrozenMap
from tests.executors.dice import Dice
from tests.executors.draw_events import Event


class OwnText(str):
    """A string of a class of its own, which prints as something else."""

    def __str__(self) -> str:
        return "HERA.POS.SALE.V1"


class OwnNumber(int):
    """A whole number of a class of its own."""


class OwnDecimal(Decimal):
    """A Decimal of a class of its own."""


class OwnList(list[object]):
    """A list of a class of its own."""


class OwnTuple(tuple[object, ...]):
    """A tuple of a class of its own."""


class OwnDict(dict[str, object]):
    """A dict that answers for every key it does not have."""

    def __missing__(self, key: str) -> object:
        return "5.00"


class Answering(dict[str, object]):
    """A dict that gives other values than it holds to whoever asks for them by name."""

    def get(self, key: str, default: object = None) -> object:
        """Return twenty in place of an amount."""
        return "20.00" if key.endswith("amount") else super().get(key, default)


class Sly:
    """A value that can be neither compared, nor hashed, nor told true from false: as arrays are."""

    __hash__ = None  # type: ignore[assignment] # as of a list

    def __eq__(self, other: object) -> bool:
        raise ValueError("cannot be compared")

    def __bool__(self) -> bool:
        raise ValueError("is neither true nor false")

    def __len__(self) -> int:
        raise ValueError("has no length")


class Word(StrEnum):
    """A text that is a member of an enumeration."""

    CARD = "card"


class Count(IntEnum):
    """A number that is a member of an enumeration."""

    FIVE = 5


NUMBERS: Final = (
    "0", "-0", "0.00", "-0.00", "00.1", "01", "1.230", "1.2300000000000", "1e2", "1E2", " 1", "1 ",
    "1\n", "+1", ".5", "5.", "1_000", "1,000", "１", "١٢", "𝟏", "NaN", "Infinity", "", "0x10",
    "9" * 18, "9" * 19, f"{'9' * 18}.99", "1." + "0" * 12, "1." + "0" * 13, "1.000000000001",
    "9" * 41, "-5.00", "1.005", 0, -0, -5, 5, 10**17, 10**18, -(10**18), 2**127, 2**128, 10**5000,
    True, False, 1.5, float("nan"), 2.0, Decimal("-0"), Decimal("0E+5"), Decimal("0E-13"),
    Decimal("1E+2"), Decimal("1.10"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E+999999"),
    Decimal("1E-999999"), Decimal("1." + "0" * 20), Decimal("1.005"),
    Decimal("1" * 18 + "." + "0" * 30), OwnNumber(5), OwnDecimal("5.00"), OwnText("5.00"),
    Count.FIVE, 5j, Fraction(5, 1), Fraction(1, 3), b"5.00", bytearray(b"5"), None,
)  # fmt: skip
"""What may stand where an amount is expected."""
TEXTS: Final = (
    "", " ", "x" * 128, "x" * 129, "x" * 255, "x" * 256, "x" * 16_384, "x" * 16_385, "é",
    "Cafe\u0301", "\x00", "a\nb", "\u202eabc", "\ud800", "HERA.POS.SALE.V1", "hera.pos.sale.v1",
    "HERA.POS.SALE.V01", "HERA.POS.SALE.V1 ", "HERA.POS..V1", "HERA.POS.SALE", "HERA.X.Y.Z.V1",
    "HER\u0410.POS.SALE.V1", "usd", "USD", "XXX", "XAU", "EURO", "2025-02-30", "2025-2-3",
    "20250101", "2025-01-01T00:00:00", "２０２５-01-01", "0000-01-01", "9999-12-31", "standard",
    "nothing", "goods.standard", "GST", "cash", "~", "\x7f", "\t", "'; --", "{x}", "${x}", "%s",
    OwnText("card"), Word.CARD, date(2025, 3, 1), datetime(2025, 3, 1, tzinfo=UTC), True, 7, None,
    b"x",
)  # fmt: skip
"""What may stand where a text is expected."""
NESTS: Final[tuple[Callable[[], object], ...]] = (
    list, dict, tuple, set, lambda: [None], lambda: [[]], lambda: [{}], lambda: {"amount": "1.00"},
    lambda: [{"amount": "1.00"}], lambda: OwnList([{"amount": "1.00"}]),
    lambda: OwnTuple(({"amount": "1"},)), lambda: OwnDict(amount="1.00"),
    lambda: MappingProxyType({"amount": "1.00"}), lambda: {1: 2}, lambda: {"": 1},
    lambda: {"k" * 64: 1}, lambda: {"k" * 65: 1}, lambda: {"é": 1}, lambda: {"a\n": 1},
    lambda: {"a": float("nan")}, lambda: {"a": {"b": {"c": [1.5]}}}, lambda: _deep(14),
    lambda: _deep(17), lambda: _deep(2_000), lambda: [_circle()], lambda: ["x"] * 9_000,
    lambda: ["x"] * 10_001, lambda: [{"amount": "0.01"}] * 64,
    lambda: {str(n): n for n in range(70)}, lambda: iter(()), object,
    lambda: [{"amount": "1.00"}, None], lambda: {"per_base": "2"}, lambda: {"per_base": "0"},
    lambda: {"per_base": "2", "x": 1}, lambda: range(3), lambda: frozenset(("a",)), Sly, Sly,
)  # fmt: skip
"""What makes a list, an object or something stranger, anew each time."""
KEYS: Final[tuple[Any, ...]] = (
    "unknown", "Currency", "currency ", "amount", "", "k" * 65, "é", "a\nb", OwnText("currency"),
    1, None, ("a",), "items", "payments", "discount_net", "cash_rounding", "total_amount",
    "tax_amount", "staff_id",
)  # fmt: skip
"""Keys that may be added to any record."""
FIELDS: Final = (
    "sale_amount", "tip_amount", "tax_amount", "discount_amount", "fee_amount", "tax_inclusive",
    "tax_exempt", "tax_category", "payment_method", "items", "payments", "tax_point_date",
    "org_unit", "staff_id", "extra", "ratio", "flag", "kind", "due", "parts", "note", "channel",
    "customer_id", "labels", "box",
)  # fmt: skip
"""Fields of a business context that something reads."""
HEADER: Final = (
    "organization_id", "event_smart_code", "total_amount", "currency", "business_context",
    "external_reference", "transaction_date", "posting_date", "base_currency", "exchange_rate",
    "metadata", "simulate",
)  # fmt: skip
MEMBERS: Final = (
    "amount", "quantity", "unit_price", "discount", "tax_category", "tax_exempt", "tax_inclusive",
    "kind", "staff_id", "org_unit", "weight", "method", "reference", "lines", "u", "size", "name",
)  # fmt: skip


def _deep(levels: int) -> object:
    found: object = "x"
    for level in range(levels):
        found = {"a": found} if level % 2 else [found]
    return found


def _circle() -> object:
    found: list[object] = []
    found.append(found)
    return found


def spoilt(event: Event, dice: Dice) -> object:
    """Return a changed copy of an event: one change, or two."""
    found: Any = copied(event)
    for _ in range(dice.one(1, 1, 2)):
        if isinstance(found, dict):
            found = dice.one(_change_field, _change_field, _change_field, _change_shape)(
                found, dice
            )
    return found


def copied(value: Any) -> Any:
    """Return a copy of dicts, lists and tuples; what they hold else is shared."""
    match value:
        case dict():
            return {key: copied(each) for key, each in value.items()}
        case list():
            return [copied(each) for each in value]
        case tuple():
            return tuple(copied(each) for each in value)
        case _:
            return value


def _places(event: Any) -> list[tuple[MutableMapping[Any, Any], tuple[str, ...]]]:
    """Return the records of an event, each with the fields that something reads in it."""
    found: list[tuple[MutableMapping[Any, Any], tuple[str, ...]]] = [(event, HEADER)]
    context = event.get("business_context")
    if isinstance(context, dict):
        found += [(context, FIELDS)] * 2
        for name in ("items", "payments", "parts"):
            found += _members(context.get(name))
        box = context.get("box")
        if isinstance(box, dict):
            found += [(box, MEMBERS), *_members(box.get("lines"))]
    return found


def _members(members: object) -> list[tuple[MutableMapping[Any, Any], tuple[str, ...]]]:
    """Return the first records of a list, and of the lists in them."""
    if not isinstance(members, list | tuple):
        return []
    records = [each for each in members[:3] if isinstance(each, dict)]
    inner = [place for each in records for place in _members(each.get("lines"))]
    return [*((each, MEMBERS) for each in records), *inner]


def _change_field(event: Any, dice: Dice) -> Any:
    """Change a field of some record: its value, its type, its key, or whether it is there."""
    places = _places(event)
    record, known = dice.among(places)
    key = dice.among(known)
    if not dice.happens(4):
        record, key = dice.among([(each, name) for each, _ in places for name in each])
    value = record.get(key)
    match dice.whole(0, 9):
        case 0:
            record.pop(key, None)
        case 1:
            record[key] = None
        case 2:
            record[dice.among(KEYS)] = dice.one(value, "x", "1.00", None, [])
        case 3:
            record[key] = dice.among(NESTS)()
        case 4:
            record[key] = dice.among(TEXTS)
        case 5 | 6:
            record[key] = dice.among(NUMBERS)
        case 7:
            record[key] = _likeness(value, dice)
        case 8:
            record[key] = _moved(value, dice)
        case _:
            items = [
                (OwnText(name) if name == key else name, each) for name, each in record.items()
            ]
            record.clear()
            record.update(items[::-1] if dice.happens(2) else items)
    return event


def _likeness(value: Any, dice: Dice) -> object:
    """Return a value that is equal and of another type, or one that is nearly it."""
    match value:
        case bool():
            return dice.one(int(value), str(value), None, not value)
        case str():
            return dice.one(
                OwnText(value), value.encode(errors="surrogatepass"), f"{value} ", value.lower(),
                f"0{value}", f"-{value}", f"{value}0", [value],
            )  # fmt: skip
        case int():
            if value.bit_length() > 1_000:
                return -value
            return dice.one(OwnNumber(value), float(value), str(value), Decimal(value), -value)
        case Decimal():
            binary = float(value) if value.is_finite() else 1.5
            return dice.one(OwnDecimal(value), binary, str(value), value.copy_negate())
        case dict():
            return dice.one(
                OwnDict(value), MappingProxyType(value), UserDict(value), FrozenMap(value), [value],
                defaultdict(lambda: "5.00", value), list(value.items()), {**value, "x": 1},
            )  # fmt: skip
        case list() | tuple():
            return dice.one(
                OwnList(value), OwnTuple(value), [*value, *value], value[1:], [], iter(value),
                {"0": value}, tuple(value), list(value), None,
            )  # fmt: skip
        case _:
            return dice.among(TEXTS)


def _moved(value: Any, dice: Dice) -> object:
    """Return an amount that is a little, or a lot, off."""
    try:
        number = Decimal(str(value))
        return str(
            number + dice.one(Decimal("0.01"), Decimal("-0.01"), Decimal(1), Decimal("0.001"))
        )
    except (ArithmeticError, ValueError, RecursionError):  # the last of what is nested too deep
        return dice.among(NUMBERS)


def _change_shape(event: Any, dice: Dice) -> object:
    """Return the event as something else than a dict of a dict, or with no context."""
    context = event.get("business_context")
    given: Mapping[str, object] = context if isinstance(context, dict) else {}
    match dice.whole(0, 8):
        case 0:
            return dice.one(OwnDict, Answering)(event)
        case 1:
            return MappingProxyType(event)
        case 2:
            return UserDict(event)
        case 3:
            return {**event, "business_context": dice.one(OwnDict, Answering)(given)}
        case 4:
            return {**event, "business_context": MappingProxyType(dict(given))}
        case 5:
            return {**event, "business_context": defaultdict(lambda: "5.00", given)}
        case 6:
            return dict(list(event.items())[::-1])
        case 7:
            return {**event, "business_context": dict(list(given.items())[::-1])}
        case _:
            return dice.one(None, [], "x", 5, [event], FrozenMap(event))
