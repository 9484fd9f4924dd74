"""Events with a negative total: compiled rules post them by themselves, as the interpreter does.

How an event was sent decides how each of its amounts is seen: all negative, all positive beside a
negative total, or a total alone. What is mixed is the interpreter's to refuse.
"""

from decimal import Decimal
from functools import cache
from typing import Final

import pytest

from hera_engine import HeraError, JournalEntry
from hera_engine.errors import EventError
from hera_engine.settings import Settings
from tests.executors.test_found import ACCOUNTS, sale
from tests.executors.test_found_by_reading import PROFILE, declared, on_sale
from tests.executors.twins import Twins

Event = dict[str, object]

CAPTURED: Final = "payments immediate\n"
STANDARD: Final = f"{ACCOUNTS}{PROFILE}{CAPTURED}"
OWN: Final = on_sale(
    "debit cash total_amount credit revenue (total_amount - round(extra)) credit fees round(extra)"
)
OF_ITEMS: Final = on_sale(
    "for item in items { debit cash (item.amount - round(item.extra)) debit bank round(item.extra)"
    " credit revenue item.amount }"
)
OF_PAYMENTS: Final = on_sale(
    "for payment in payments { debit cash (payment.amount - round(payment.extra))"
    " debit bank round(payment.extra) } credit revenue total_amount"
)


@cache
def twins_of(schema: str) -> Twins:
    """Return the engines of a schema, made once."""
    return Twins.of(schema)


def refund(context: object, **header: object) -> Event:
    """Return an event with a total of -5.00."""
    return {**sale(context), "total_amount": "-5.00", **header}


def posted(twins: Twins, event: Event) -> JournalEntry:
    """Return what a compiled rule posts by itself, and the interpreter as well."""
    result = twins.assert_alike(event)
    assert isinstance(result, JournalEntry)
    assert twins.posts_itself(event)
    return result


def refused(twins: Twins, event: Event) -> HeraError:
    """Return why an event is refused by both."""
    result = twins.assert_alike(event)
    assert isinstance(result, HeraError)
    return result


def sides(entry: JournalEntry) -> list[tuple[str, str, str]]:
    """Return accounts, sides and amounts."""
    return [(line.account.key, str(line.side), str(line.amount)) for line in entry.lines]


def flipped(entry: JournalEntry) -> list[tuple[str, str, str]]:
    """Return the same with each side turned."""
    return [(line.account.key, str(line.side.opposite), str(line.amount)) for line in entry.lines]


def is_below(amount: str) -> bool:
    """Whether an amount has a minus."""
    return amount.startswith("-")


STANDARD_EVENTS: Final[dict[str, tuple[Event, Event]]] = {
    "a total alone": ({}, {}),
    "a sale amount": ({"sale_amount": "5.00"}, {"sale_amount": "-5.00"}),
    "a sale amount, positive": ({"sale_amount": "5.00"}, {"sale_amount": "5.00"}),
    "a tip": ({"tip_amount": "1.00"}, {"tip_amount": "-1.00"}),
    "a tip, positive": ({"tip_amount": "1.00"}, {"tip_amount": 1}),
    "items": (
        {"items": [{"amount": "3.00"}, {"amount": "2.00"}]},
        {"items": [{"amount": "-3.00"}, {"amount": Decimal("-2")}]},
    ),
    "items, positive": ({"items": [{"amount": "5.00"}]}, {"items": [{"amount": "5.00"}]}),
    "an item that is negative beside a tip": (
        {"items": [{"amount": "4.00"}, {"amount": "0.00"}], "tip_amount": "1.00"},
        {"items": [{"amount": "-4.00"}, {"amount": "-0.00"}], "tip_amount": "-1"},
    ),
    "a quantity below zero": (
        {"items": [{"quantity": "2", "unit_price": "2.50"}]},
        {"items": [{"quantity": "-2", "unit_price": "2.50"}]},
    ),
    "a unit price below zero": (
        {"items": [{"quantity": "3", "unit_price": "1.6666"}]},
        {"items": [{"quantity": "3", "unit_price": "-1.6666", "amount": "-5.00"}]},
    ),
    "payments": (
        {"payments": [{"amount": "3.00"}, {"amount": "2.00", "reference": "R"}]},
        {"payments": [{"amount": "-3.00"}, {"amount": "-2.00", "reference": "R"}]},
    ),
    "payments, positive": (
        {"payments": [{"amount": "5.00"}]},
        {"payments": [{"amount": "5.00"}]},
    ),
}


@pytest.mark.parametrize("name", STANDARD_EVENTS)
def test_a_negative_event_is_the_positive_one_with_its_sides_turned(name: str) -> None:
    """However its amounts were sent; the header shows it as it came."""
    twins = twins_of(STANDARD)
    there, back = STANDARD_EVENTS[name]

    entry = posted(twins, refund(back))

    assert sides(entry) == flipped(posted(twins, sale(there)))
    assert str(entry.header.total_amount) == "-5.00"
    assert dict(entry.header.business_context).keys() == back.keys()


@pytest.mark.parametrize("total", ["-5.00", "-5", "-5.000", -5, Decimal("-5.0")])
@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_a_total_in_any_spelling(total: object, currency: str) -> None:
    """Whatever means less than nothing."""
    entry = posted(twins_of(STANDARD), refund({}, total_amount=total, currency=currency))

    assert entry.header.total_amount == -5


@pytest.mark.parametrize(
    "total", ["-0.00", "-", "-5.001", "--5", "-05", "\u22125", Decimal("-NaN"), -(10**30), -5.0]
)
def test_a_total_that_is_none(total: object) -> None:
    """What begins with a minus may still be wrong."""
    refused(twins_of(STANDARD), refund({}, total_amount=total))


MIXED: Final[dict[str, Event]] = {
    "sale and tip": {"sale_amount": "-4.00", "tip_amount": "1.00"},
    "tip and sale": {"sale_amount": "4.00", "tip_amount": "-1.00"},
    "payments": {"payments": [{"amount": "-6.00"}, {"amount": "1.00"}]},
    "tip and payments": {"tip_amount": "-1.00", "payments": [{"amount": "5.00"}]},
    "fee and payments": {"fee_amount": "1.00", "payments": [{"amount": "-5.00"}]},
}


@pytest.mark.parametrize("name", MIXED)
def test_components_of_two_signs_are_refused(name: str) -> None:
    """A mixture is an error."""
    assert isinstance(refused(twins_of(STANDARD), refund(MIXED[name])), EventError)


def test_items_of_two_signs_are_left_to_the_interpreter() -> None:
    """Items alone may differ from the rest."""
    twins = twins_of(STANDARD)

    for amounts in (("-6.00", "1.00"), ("1.00", "-6.00")):
        items = [{"amount": amount} for amount in amounts]
        assert isinstance(twins.assert_alike(refund({"items": items})), JournalEntry)
    refused(twins, refund({"items": [{"amount": "5.00"}], "tip_amount": "-1.00"}))


@pytest.mark.parametrize("beside", [{}, {"tip_amount": "-1.00"}, {"items": [{"amount": "-5.00"}]}])
def test_an_own_field_that_was_sent_negative(beside: Event) -> None:
    """It follows the components, or stands alone."""
    entry = posted(twins_of(ACCOUNTS + OWN), refund({"extra": "-2.00", **beside}))

    assert ("fees", "DR", "2.00") in sides(entry)


@pytest.mark.parametrize("beside", [{}, {"tip_amount": "1.00"}, {"items": [{"amount": "5.00"}]}])
def test_an_own_field_that_was_sent_positive(beside: Event) -> None:
    """The same of a positive one."""
    entry = posted(twins_of(ACCOUNTS + OWN), refund({"extra": "2.00", **beside}))

    assert ("fees", "DR", "2.00") in sides(entry)


@pytest.mark.parametrize(
    ("extra", "beside"),
    [
        ("2.00", {"tip_amount": "-1.00"}), ("-2.00", {"tip_amount": "1.00"}),
        ("2.00", {"items": [{"amount": "-5.00"}]}), ("-2.00", {"items": [{"amount": "5.00"}]}),
    ],
)  # fmt: skip
def test_an_own_field_at_odds_with_the_components(extra: str, beside: Event) -> None:
    """Own fields follow the same rule."""
    refused(twins_of(ACCOUNTS + OWN), refund({"extra": extra, **beside}))


def test_own_fields_at_odds_with_each_other() -> None:
    """Without components they are held to each other."""
    two = on_sale(
        "debit cash (round(extra) + round(more)) credit revenue (round(extra) + round(more))"
    )
    twins = twins_of(ACCOUNTS + two)

    for first, second in (("-2.00", "-3.00"), ("2.00", "3.00"), ("0", "-3.00")):
        posted(twins, refund({"extra": first, "more": second}))
    for first, second in (("2.00", "-3.00"), ("-2.00", "3.00")):
        refused(twins, refund({"extra": first, "more": second}))


@pytest.mark.parametrize("extra", ["-2.00", "2.00", "0"])
@pytest.mark.parametrize("amount", ["-5.00", "5.00"])
def test_an_own_field_of_an_item(amount: str, extra: str) -> None:
    """It follows its item, whatever its own sign; under a positive item it is what it is."""
    twins = twins_of(ACCOUNTS + OF_ITEMS)
    event = refund({"items": [{"amount": amount, "extra": extra}]})

    assert isinstance(twins.assert_alike(event), JournalEntry)
    assert twins.posts_itself(event) == (amount != "5.00" or extra != "-2.00")


@pytest.mark.parametrize("extra", ["-2.00", "2.00"])
@pytest.mark.parametrize("beside", [{}, {"sale_amount": "-5.00"}, {"sale_amount": "5.00"}])
def test_an_own_field_of_the_item_that_is_made(beside: Event, extra: str) -> None:
    """It has the fields of its event, and is no component."""
    twins_of(ACCOUNTS + OF_ITEMS).assert_alike(refund({"extra": extra, **beside}))
    both = OF_ITEMS.replace(
        "item.amount }", "item.amount } debit fees round(extra) credit tips_payable round(extra)"
    )
    twins_of(ACCOUNTS + both).assert_alike(refund({"extra": extra, **beside}))


@pytest.mark.parametrize("extra", ["-2.00", "2.00", "0"])
@pytest.mark.parametrize("amount", ["-5.00", "5.00"])
def test_an_own_field_of_a_payment(amount: str, extra: str) -> None:
    """It has the sign of the components."""
    twins = twins_of(ACCOUNTS + CAPTURED + OF_PAYMENTS)
    event = refund({"payments": [{"amount": amount, "extra": extra}]})

    if extra == "0" or is_below(extra) == is_below(amount):
        posted(twins, event)
    else:
        refused(twins, event)


SENT: Final = ("-5.00", "5.00", None)
"""What a sale amount beside a total of -5.00 may be."""


@pytest.mark.parametrize(
    "kind", ["money", "signed money", "number", "money = 1.50", "number = 1.5"]
)
@pytest.mark.parametrize("extra", ["-2.00", "2.00", "0.00", None])
@pytest.mark.parametrize("amount", SENT)
def test_a_declared_number(kind: str, extra: str | None, amount: str | None) -> None:
    """A declaration settles what the sign of a field means; the header has it as it was sent."""
    twins = twins_of(ACCOUNTS + declared(f"sale_amount: optional money extra: {kind}") + OWN)
    given = {"sale_amount": amount, "extra": extra}
    event = refund({name: value for name, value in given.items() if value is not None})

    result = twins.assert_alike(event)

    seen = extra is not None and extra == "2.00" and (amount == "5.00" or kind[0] == "n")
    turned = extra == "-2.00" and amount != "5.00" and kind[0] != "n"
    if extra == "0.00" or seen or turned:
        assert isinstance(result, JournalEntry)
        assert twins.posts_itself(event)


@pytest.mark.parametrize("kind", ["money", "signed money", "number"])
@pytest.mark.parametrize("extra", ["-2.00", "2.00", "0.00"])
@pytest.mark.parametrize("amount", ["-5.00", "5.00"])
@pytest.mark.parametrize("where", ["items", "payments"])
def test_a_declared_number_of_a_member(where: str, kind: str, extra: str, amount: str) -> None:
    """So it does in items, where money is no component, and in payments, where it is one."""
    fields = f"{where}: list of {{ amount: money extra: {kind} }}"
    rule = OF_ITEMS if where == "items" else OF_PAYMENTS
    twins = twins_of(ACCOUNTS + CAPTURED + declared(fields) + rule)
    event = refund({where: [{"amount": amount, "extra": extra}]})

    result = twins.assert_alike(event)

    if extra == "0.00" or (is_below(extra) == is_below(amount) and kind != "number"):
        assert isinstance(result, JournalEntry)
        assert twins.posts_itself(event)


@pytest.mark.parametrize("kind", ["money", "signed money", "number"])
@pytest.mark.parametrize("extra", ["-2.00", "2.00"])
@pytest.mark.parametrize("amount", SENT)
def test_a_declared_number_that_no_rule_reads(kind: str, extra: str, amount: str | None) -> None:
    """It is a component, if it is money, and stands in the header as it was sent."""
    rule = on_sale("debit cash total_amount credit revenue total_amount")
    twins = twins_of(ACCOUNTS + declared(f"sale_amount: optional money extra: {kind}") + rule)
    given = {"extra": extra} if amount is None else {"sale_amount": amount, "extra": extra}

    result = twins.assert_alike(refund(given))

    assert isinstance(result, JournalEntry) == (
        kind != "money" or amount is None or is_below(amount) == is_below(extra)
    )
    assert isinstance(result, HeraError) or twins.posts_itself(refund(given))


@pytest.mark.parametrize("amount", SENT)
@pytest.mark.parametrize("preset", ["-1.50", "1.50", "0"])
def test_a_default_is_what_it_is_in_a_positive_event(preset: str, amount: str | None) -> None:
    """It is not turned, whatever is sent beside it."""
    fields = f"sale_amount: optional money extra: signed money = {preset}"
    twins = twins_of(ACCOUNTS + declared(fields) + OWN)
    event = refund({} if amount is None else {"sale_amount": amount})

    assert isinstance(twins.assert_alike(event), JournalEntry)
    if preset == "0":
        posted(twins, event)


def test_declared_money_of_payments_of_nothing() -> None:
    """It is a component, and tells with which sign the event was sent."""
    fields = "payments: list of { amount: money extra: money } more: signed money"
    rule = on_sale(
        "debit cash (total_amount + round(more)) credit revenue (total_amount + round(more))"
    )
    twins = twins_of(f"{ACCOUNTS}payments manual\n{declared(fields)}{rule}")

    for extra, more in (("-2.00", "-1.00"), ("2.00", "1.00"), ("0", "-1.00")):
        payments = [{"amount": "0", "extra": extra}]
        entry = posted(twins, refund({"payments": payments, "more": more}))
        assert ("cash", "CR", "6.00") in sides(entry)


def test_a_refund_with_a_negative_total_is_mirrored_once() -> None:
    """A rule that reverses another posts both as the refund."""
    twins = twins_of(
        ACCOUNTS
        + on_sale("debit cash total_amount credit revenue total_amount")
        + "on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1\n"
    )
    back = {"event_smart_code": "HERA.POS.REFUND.V1"}

    entries = [posted(twins, {**event, **back}) for event in (sale({}), refund({}))]

    assert sides(entries[0]) == sides(entries[1]) == flipped(posted(twins, sale({})))


def test_in_another_base_currency() -> None:
    """What conversion leaves over goes to the same line."""
    rule = on_sale(
        "debit cash total_amount credit revenue round(total_amount * 40%)"
        " credit fees (total_amount - round(total_amount * 40%))"
    )
    twins = twins_of(ACCOUNTS + rule)
    rate = {"base_currency": "EUR", "exchange_rate": "0.9137"}

    there = posted(twins, {**sale({}), "total_amount": "6.03", **rate})
    back = posted(twins, {**sale({}), "total_amount": "-6.03", **rate})

    assert sides(back) == flipped(there)
    assert [line.base_amount for line in back.lines] == [line.base_amount for line in there.lines]


def test_settings_that_refuse_negative_totals() -> None:
    """A strict engine refuses them, whatever compiled them."""
    twins = Twins.of(STANDARD, settings=Settings(refuse_negative_totals=True))

    refused(twins, refund({}))
    posted(twins, sale({}))


def test_functions_are_written_when_they_are_needed() -> None:
    """One for positive events, and one for each way in which negative ones are sent."""
    twins = Twins.of(STANDARD)
    counts = []
    for event in (
        sale({}), sale({}), refund({}), refund({"tip_amount": "-1"}), refund({"tip_amount": "1"}),
        refund({"items": [{"amount": "-5.00"}]}),
    ):  # fmt: skip
        posted(twins, event)
        fused = twins.compiled._fused
        assert fused is not None
        counts.append(len(fused.sources))

    assert counts == [1, 1, 2, 3, 4, 4]
