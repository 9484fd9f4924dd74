"""What is read quickly is read as what is read slowly: two ways lead to each of these values."""

import pickle
from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera_engine import limits
from hera_engine.errors import ProblemList
from hera_engine.event_reader import EventReader
from hera_engine.facts import Facts, facts_of
from hera_engine.frozen import EMPTY, FrozenMap, freeze, freeze_context
from hera_engine.money import (
    AmountError,
    RoundingMode,
    from_minor,
    parse_amount,
    round_fraction,
    scaled,
    to_minor,
)
from hera_engine.smart_codes import SmartCodeError, parse_smart_code

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(
    lambda number: number.adjusted() < limits.AMOUNT_INTEGER_DIGITS
)
TEXTS = st.text(max_size=5) | st.sampled_from(
    ["", "a", "a\x00", "\u00e9", "e\u0301", "\u202e", "x" * 70]
)
VALUES = (
    TEXTS | st.integers() | st.booleans() | st.none() | st.just(1.5) | st.just(2**100_000)
    | st.just(["a", "\x07"]) | st.just("y" * (limits.STRING_CHARACTERS + 1))
)  # fmt: skip


class Sent(dict[str, object]):
    """A record that is no plain dict, so that each of its values is looked at one by one."""


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_a_plain_record_is_copied_as_any_other_is(record: dict[str, object]) -> None:
    """The quick copy and the slow one are equal, in order too, and note the same problems."""
    quick, slow = ProblemList(), ProblemList()
    copied, expected = freeze_context(record, "at", quick), freeze(Sent(record), "at", slow)
    assert isinstance(expected, FrozenMap)
    assert list(copied.items()) == list(expected.items())
    assert list(map(type, copied.values())) == list(map(type, expected.values()))
    assert quick.found == slow.found


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_member_may_hold_as_much_either_way(more: int) -> None:
    """A flat member is refused from the same number of values on, however it was made."""
    member = {f"f{number}": number for number in range(limits.MEMBER_NODES - 1 + more)}
    quick, slow = ProblemList(), ProblemList()
    copied = freeze_context({"items": [member]}, "at", quick)
    expected = freeze_context({"items": [Sent(member)]}, "at", slow)
    assert copied == expected
    assert quick.found == slow.found
    assert bool(quick.found) == (more > 0)


def test_what_is_sent_later_does_not_change_a_copy() -> None:
    """A quick copy is a copy: the caller keeps the dict that was sent."""
    record: dict[str, object] = {"note": "a"}
    copied = freeze_context(record, "at", ProblemList())
    record["note"] = "b"
    assert copied == {"note": "a"}


@given(NUMBERS, st.integers(0, limits.AMOUNT_SCALE))
def test_an_amount_is_scaled_by_way_of_its_units(sent: Decimal, exponent: int) -> None:
    """An amount at its scale is taken as it is; any other comes out as its minor units do."""

    def outcome(make: Any) -> object:
        try:
            return repr(make(parse_amount(sent)))
        except AmountError as error:
            return error.reason, error.hint, error.details

    by_units = outcome(lambda amount: from_minor(to_minor(amount, exponent), exponent))
    assert outcome(lambda amount: scaled(amount, exponent)) == by_units


@given(st.integers(), st.integers(1, 10**6))
def test_half_up_is_half_away_from_zero(numerator: int, denominator: int) -> None:
    """The usual mode rounds as the two modes do that it is made of."""
    exact = Fraction(numerator, denominator)
    towards = RoundingMode.HALF_CEILING if numerator > 0 else RoundingMode.HALF_FLOOR
    assert round_fraction(exact, RoundingMode.HALF_UP) == round_fraction(exact, towards)


@given(
    st.decimals("-9999999", "9999999", places=3), st.decimals("-99999", "99999", places=12),
    st.integers(0, 4),
)  # fmt: skip
def test_a_price_is_the_rounded_product(count: Decimal, each: Decimal, exponent: int) -> None:
    """Quantity times unit price is rounded once, half up, from the exact product."""
    reader = EventReader(ProblemList())
    fields_of_item = FrozenMap({"quantity": str(count), "unit_price": format(each, "f")})
    found = reader.price(fields_of_item, "items[0]", exponent)
    exact = Fraction(count) * Fraction(each) * 10**exponent
    assert not reader.problems.found
    assert found == Fraction(round_fraction(exact), 10**exponent)
    assert found.same_quantum(from_minor(0, exponent))


PIECES = st.sampled_from(["HERA", "POS", "A_1", "V1", "v2", "V", "", "\u00e9", "a", "\u0663"])


@given(st.lists(PIECES, max_size=limits.SMART_CODE_SEGMENTS + 2).map(".".join))
def test_a_usual_code_is_read_as_any_other(code: str) -> None:
    """Codes that are told at once are those that pass when they are looked at by segment."""
    head, *rest = code.split(".")
    between, version = rest[:-1], rest[-1:]
    sound = (
        head == "HERA"
        and bool(between)
        and version[0] in ("V1", "v2")
        and all(each in ("HERA", "POS", "A_1", "V1", "V") for each in between)
        and len(rest) < limits.SMART_CODE_SEGMENTS
    )
    try:
        found = parse_smart_code(code)
    except SmartCodeError:
        assert not sound
    else:
        assert sound
        assert found == ".".join([head, *between, version[0].upper()])


def test_facts_are_the_same_whichever_way_they_are_made() -> None:
    """Facts that are made of their fields in order are frozen facts like those made by name."""
    values: dict[str, Any] = {each.name: each.name for each in fields(Facts)}
    values |= {"settled": EMPTY, "added": EMPTY, "derivations": EMPTY}
    made, named = facts_of(values.values()), Facts(**values)
    assert type(made) is Facts
    assert made == named
    assert repr(made) == repr(named)
    assert hash(made) == hash(named)
    assert pickle.loads(pickle.dumps(made)) == named
    assert replace(made, currency="USD") == replace(named, currency="USD")
    with pytest.raises(AttributeError):
        made.currency = "USD"  # type: ignore[misc] # facts are frozen
    with pytest.raises(TypeError):
        facts_of([*values.values(), 1])
