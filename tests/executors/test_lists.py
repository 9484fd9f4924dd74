"""Lists and records of one's own, derived values, missing accounts: compiled rules post them."""

from typing import Final

import pytest

from hera_engine import HeraError, JournalEntry, limits
from tests.executors.test_found import ACCOUNTS, sale
from tests.executors.test_found_by_reading import GROSS, OWED, PROFILE, TAXED, declared, on_sale
from tests.executors.twins import Twins

Event = dict[str, object]

STAFF: Final = "dimensions staff_id, org_unit\ncarry staff_id on *\n"
TIPS: Final = (
    STAFF
    + declared("tips: list of { amount: money  staff_id: text }")
    + on_sale(
        "given total_amount = sum(tips.amount) for tip in tips { credit tips_payable tip.amount "
        "by staff_id } debit cash total_amount"
    )
)
LEGS: Final = STAFF + on_sale(
    'for leg in legs when (leg.kind default "a") = "a" { debit bank sum(leg.parts.u) '
    "credit revenue sum(leg.parts.u) for part in leg.parts when part.u > 1 { debit cash part.u "
    "by staff_id credit fees part.u } }"
)
BUNDLES: Final = (
    PROFILE
    + STAFF
    + on_sale(
        f'{GROSS} {TAXED} for item in items when (item.kind default "") = "set" '
        "{ for part in item.parts { debit bank part.cost by staff_id credit fees part.cost } }"
    )
)
SPLIT: Final = (
    f"{PROFILE}{STAFF}split HERA.** by staff_id proportional\n"
    + on_sale(f"{GROSS} {OWED} credit tax_output sum(tax(items)) "
              "for tip in tips { debit bank tip.amount by staff_id credit fees tip.amount }")
)  # fmt: skip
PRESETS: Final = (
    PROFILE
    + declared(
        "items: optional list of { amount: money  weight: number = 2  kind: optional text "
        "parts: optional list of { u: money = 1.50 } }  box: optional { name: text  size: money "
        "= 3 }  rest: optional open { }"
    )
    + on_sale(
        f"{GROSS} {TAXED} debit bank (box.size default 0) credit fees (box.size default 0) "
        "for item in items { debit clearing item.weight credit tips_payable item.weight }"
    )
)
UNIT: Final = """\
map unit_of(kind) { "web" -> "WEB", "fax" -> refuse, else -> "SHOP" }
map taxed_as(kind) { "book" -> "free", else -> "standard" }
"""
DERIVED: Final = (
    f"{PROFILE}dimensions org_unit\n{UNIT}carry org_unit on *\nderive org_unit = unit_of(channel)\n"
    "derive org_unit = unit_of(item.kind)\nderive tax_category = taxed_as(item.kind)\n"
    + on_sale(f"{GROSS} {TAXED}")
)
MUST: Final = (
    f"dimensions org_unit\n{UNIT}require org_unit on 1* else error\n"
    + declared("channel: optional text  org_unit: text")
    + "derive org_unit = unit_of(channel)\n"
    + on_sale("debit cash total_amount credit revenue total_amount")
)
COMPARED: Final = on_sale(
    "debit cash total_amount credit revenue total_amount debit bank 1 when a = b credit fees 1 "
    "when a = b debit clearing 2 when a < b credit tips_payable 2 when a < b"
)
DATED: Final = on_sale(
    "debit cash total_amount credit revenue total_amount debit bank 1 when due > transaction_date "
    "or (until default 2025-06-01) < 2025-06-01 credit fees 1 when due > transaction_date "
    "or (until default 2025-06-01) < 2025-06-01"
)


def tips(*members: object) -> Event:
    """Return a sale of 5.00 with tips."""
    return sale({"tips": list(members)})


def items(*members: object, **context: object) -> Event:
    """Return a sale of 5.00 with items."""
    return sale({"items": list(members), **context})


def compared(first: object, second: object) -> Event:
    """Return a sale with two values to compare."""
    return sale({"a": first, "b": second})


def dated(due: object, **context: object) -> Event:
    """Return a sale with a date to compare."""
    return sale({"due": due, **context}, transaction_date="2025-03-01")


POSTED: Final[dict[str, tuple[str, list[Event]]]] = {
    "a loop with a sum": (TIPS, [
        tips({"amount": "2.00", "staff_id": "A"}, {"amount": 3, "staff_id": "B"}),
        tips({"amount": "5", "staff_id": "A"}, {"amount": "0", "staff_id": "B"}),
        tips({"amount": "1.00", "staff_id": "B"}, {"amount": "4.0", "staff_id": "B"}),
    ]),
    "a loop in a loop": (LEGS, [
        sale({"legs": [
            {"parts": [{"u": "5.00", "staff_id": "x"}, {"u": 1}]}, {"parts": [], "staff_id": "y"},
            {"parts": [{"u": "2.00"}], "staff_id": "y"}, {"kind": "b"},
        ]}),
        sale({"legs": [{"parts": [{"u": "2.00", "staff_id": ""}]}], "staff_id": "z"}),
    ]),
    "a loop in a loop over items": (BUNDLES, [
        items({"amount": "2.00", "kind": "set", "parts": [{"cost": "1.00"}], "staff_id": "A"},
              {"amount": "3.00"}),
        sale({"kind": "set", "parts": [{"cost": "1.00", "staff_id": "B"}], "staff_id": "A"}),
    ]),
    "members that say whose they are": (SPLIT, [
        items({"amount": "5.00", "staff_id": "A"}, tips=[{"amount": "2.00", "staff_id": "B"}]),
        sale({"staff_id": "A", "tips": [{"amount": "2.00"}]}),
    ]),
    "defaults and exact numbers inside": (PRESETS, [
        items({"amount": "5.00", "parts": [{}, {"u": "2.5"}]}, box={"name": ""}),
        items({"amount": "5.00", "weight": "2.0"}, box={"name": "é", "size": "1.5"}),
        items({"amount": "5.00"}, rest={"x": []}),
    ]),
    "values derived of items and of the event": (DERIVED, [
        items({"amount": "2.00", "kind": "book"}, {"amount": "3.00", "kind": "web"}, channel="x"),
        items({"amount": "5.00"}, channel="web", tax_category="standard"),
        items({"amount": "5.00", "kind": "fax", "org_unit": "own", "tax_category": "free"}),
        sale({"kind": "book", "channel": "fax", "org_unit": "own"}),
        sale({"kind": "book"}), sale({"org_unit": "", "channel": "web"}),
    ]),
    "a value that must be there and is": (MUST, [sale({"org_unit": "own"})]),
    "an account that nothing is posted to": (
        ACCOUNTS.replace("account tips_payable 2300 liability\n", PROFILE), [sale({})]
    ),
    "two values of any kind": (COMPARED, [
        compared("1.0", "1.00"), compared("9", "10"), compared("b", "a"), compared("a", "a"),
        compared(9, "10"), compared(True, False),
    ]),
    "dates": (DATED, [
        dated("2025-03-01"), dated("2025-03-02"), dated("2025-01-01", until="2025-05-31"),
    ]),
}  # fmt: skip
DECLINED: Final[dict[str, tuple[str, list[Event]]]] = {
    "what is no list, no record, or not there": (TIPS, [
        sale({}), sale({"tips": {}}), sale({"tips": "x"}), tips("x"), tips({"amount": "5.00"}),
        tips({"amount": "5.00", "staff_id": 7}), tips({"amount": "5.001", "staff_id": "A"}),
    ]),
    "what is below zero": (TIPS, [
        tips({"amount": "-1.00", "staff_id": "A"}, {"amount": "6.00", "staff_id": "A"}),
    ]),
    "a list inside that is not there": (LEGS, [
        sale({"legs": [{}]}), sale({"legs": [{"parts": [{}]}]}), sale({"legs": [5]}),
        sale({"legs": [{"parts": [{"u": "x"}]}]}), sale({"legs": None}),
    ]),
    "a bundle without parts": (BUNDLES, [items({"amount": "5.00", "kind": "set"})]),
    "what does not fit its declaration": (PRESETS, [
        items({"amount": "5.00", "parts": [{"u": "1.001"}]}), items({"amount": "5.00", "parts": 1}),
        items({"amount": "5.00"}, box={}), items({"amount": "5.00"}, box={"name": "x", "y": 1}),
    ]),
    "what a map refuses": (DERIVED, [
        items({"amount": "5.00", "kind": "fax"}), sale({"channel": "fax"}),
    ]),
    "an empty category of an item": (DERIVED, [
        items({"amount": "5.00", "kind": "book", "tax_category": ""}),
    ]),
    "a value that must be there": (MUST, [sale({}), sale({"channel": "web"})]),
    "an account that is missing": (
        ACCOUNTS.replace("account tips_payable 2300 liability\n", PROFILE),
        [sale({"tip_amount": "1.00"})],
    ),
    "values of two kinds": (COMPARED, [compared(True, "x"), compared("x", 1), compared("x", None)]),
    "what is no date": (DATED, [dated("2025-02-30"), dated(5), sale({"due": "2025-03-01"})]),
}  # fmt: skip


def _twins(schema: str) -> Twins:
    return Twins.of(schema if schema.startswith("ledgers") else f"{ACCOUNTS}{schema}")


@pytest.mark.parametrize("name", POSTED)
def test_a_compiled_rule_posts(name: str) -> None:
    """It posts by itself what the interpreter posts."""
    schema, events = POSTED[name]
    twins = _twins(schema)

    for event in events:
        assert isinstance(twins.assert_alike(event), JournalEntry)
        assert twins.posts_itself(event), event


@pytest.mark.parametrize("name", DECLINED)
def test_a_compiled_rule_declines(name: str) -> None:
    """What the interpreter refuses it declines, though the rule is compiled."""
    schema, events = DECLINED[name]
    twins = _twins(schema)

    for event in events:
        assert isinstance(twins.assert_alike(event), HeraError)
        assert not twins.takes(event), event
    fused = twins.compiled._fused
    assert fused is not None
    assert fused.reasons == ()


def test_members_without_a_share_are_left_to_the_interpreter() -> None:
    """Beside items, what a member does not say is split by them."""
    twins = _twins(SPLIT)
    event = items({"amount": "2.00", "staff_id": "A"}, {"amount": "3.00", "staff_id": "B"},
                  tips=[{"amount": "2.00"}])  # fmt: skip

    assert isinstance(twins.assert_alike(event), JournalEntry)
    assert not twins.takes(event)


def test_lists_under_a_negative_total_are_left_to_the_interpreter() -> None:
    """There their amounts may have either sign."""
    twins = _twins(TIPS)

    for amount in ("5.00", "-5.00"):
        event = {**tips({"amount": amount, "staff_id": "A"}), "total_amount": "-5.00"}
        assert isinstance(twins.assert_alike(event), JournalEntry)
        assert not twins.takes(event)


def test_loops_with_conditions_that_look_alike() -> None:
    """`= 1` and `= true` are two conditions, though Python takes them for equal."""
    twins = _twins(
        on_sale(
            "debit clearing total_amount credit revenue total_amount "
            "for leg in legs when leg.x = true { debit cash leg.u credit fees leg.u } "
            "for leg in legs when leg.x = 1 { debit bank leg.u credit tips_payable leg.u }"
        )
    )

    for x in (True, 1, "1", False):
        twins.assert_alike(sale({"legs": [{"u": "1.00", "x": x}]}))


def test_very_many_members() -> None:
    """Members that loops may visit are bounded as the interpreter bounds them."""
    twins = _twins(LEGS)
    for count in (40, 2_000):
        parts = [{"u": "2.00"}] * count
        twins.assert_alike(sale({"legs": [{"parts": parts}] * 4}))
    most = limits.EVENT_NODES - 3
    for count in (most, most + 1):
        twins.assert_alike(sale({"legs": [], "x": [None] * (count - 1)}))
