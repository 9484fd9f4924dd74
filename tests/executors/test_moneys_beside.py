"""Lines that close a ledger or have a worth of their own, beside all else that rules do.

The schemas and events are those that show the rest: shared and divided lines, lists, discounts. A
rule has its ledgers closed too, and an event is in another currency than its base.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from hera_engine import JournalEntry, Settings
from hera_engine.settings import Residue
from tests.executors.test_found import ACCOUNTS, sale
from tests.executors.test_found_by_reading import PROFILE, on_sale
from tests.executors.test_general import INCLUSIVE, RULES, TAXES
from tests.executors.test_joint import ALLOTTED, PARTED, SHARED, tipped
from tests.executors.test_lists import POSTED
from tests.executors.twins import Twins

Event = dict[str, Any]

TAKERS: Final = """\
account rounding 5990 expense
account fx 5991 expense
account loss 5992 expense
account odd 5993 expense
account even 5994 expense
"""
CLOSINGS: Final = {
    "a residue": "",
    "a difference": "exchange difference to fx, loss",
    "a balance": (
        "debit odd round(total_amount / 3, 0.05) credit even round(total_amount / 3) "
        "balance to rounding within 0.05"
    ),
}
WORTHS: Final = {
    "a rate": "at 0.91",
    "a currency": 'currency "EUR" at 1.0837',
    "a base amount": "base total_amount",
}
FOREIGN: Final = (
    {"base_currency": "EUR", "exchange_rate": "0.6137"},
    {"base_currency": "JPY", "exchange_rate": "150.37"},
)
ON_LINES: Final = Settings(residue=Residue.ROUNDING)
ALL: Final = {**SHARED, **PARTED, **ALLOTTED, **POSTED}


def closed(schema: str, closing: str, **arguments: Any) -> Twins:
    """Return the engines of a schema of which the rule for sales ends in something more."""
    if not schema.startswith("ledgers") and ACCOUNTS not in schema:
        schema = ACCOUNTS + schema
    head, rule, body = schema.rpartition("on HERA.POS.SALE.V1 {")
    if rule:
        body, end, tail = body.rpartition("}")
        schema = f"{head}{rule}{body}{closing} {end}{tail}"
    return Twins.of(schema + TAKERS, **arguments)


def moved(events: list[Event]) -> Iterator[Event]:
    """Yield events in their own currency, and in one or the other."""
    for number, event in enumerate(events):
        yield event
        yield {**event, **FOREIGN[number % 2]}


def tally(twins: Twins, events: list[Event]) -> tuple[int, int]:
    """Return how many events are posted, and how many of them by a compiled rule."""
    posted = itself = 0
    for event in moved(events):
        if isinstance(twins.assert_alike(event), JournalEntry):
            posted += 1
            itself += twins.posts_itself(event)
        else:
            assert not twins.takes(event)
    return posted, itself


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("name", ALL)
def test_a_ledger_is_closed_beside_what_else_a_rule_does(name: str, closing: str) -> None:
    """Shared and divided lines, lists, derived values: a compiled rule posts them all the same."""
    schema, events = ALL[name]
    twins = closed(schema, CLOSINGS[closing], settings=ON_LINES)

    posted, itself = tally(twins, events)
    assert posted == itself > 0


@pytest.mark.parametrize("said", WORTHS)
@pytest.mark.parametrize("name", ALL)
def test_a_line_of_another_worth_beside_what_else_a_rule_does(name: str, said: str) -> None:
    """Both executors agree; what is divided by fixed shares is left to the interpreter."""
    schema, events = ALL[name]
    amount = f"total_amount {WORTHS[said]}"
    more = f"debit odd {amount} credit even {amount} exchange difference to fx"
    twins = closed(schema, more)

    posted, itself = tally(twins, events)
    assert posted == itself > 0 or name == "fixed shares of items with a tax"


GENERAL: Final = {
    **{name: ("", [event]) for name, event in INCLUSIVE.items()},
    **{name: (body, events) for name, (body, events) in RULES.items()},
}


def general(body: str, closing: str, more: str = "", **arguments: Any) -> Twins:
    """Return the engines of a till that gives discounts and takes things back."""
    taxes = TAXES.replace("MODE", "inclusive").replace("ROUNDING", "line")
    body = body or (
        "given total_amount = sum(gross(items)) + tip_amount debit cash total_amount "
        "for item in items { credit revenue net(item) credit tax_output tax(item) } "
        "credit tips_payable tip_amount"
    )
    rule = on_sale(f"{body} {closing}") + "on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1\n"
    return Twins.of(f"{ACCOUNTS}{TAKERS}{taxes}{more}{rule}", **arguments)


@pytest.mark.parametrize("closing", [*CLOSINGS, *WORTHS])
@pytest.mark.parametrize("name", GENERAL)
def test_discounts_and_returns_in_another_currency(name: str, closing: str) -> None:
    """The function for what most events do not have closes ledgers too, on either side."""
    body, events = GENERAL[name]
    amount = f"total_amount {WORTHS.get(closing)}"
    more = f"debit odd {amount} credit even {amount} exchange difference to fx"
    twins = general(body, CLOSINGS.get(closing, more), settings=ON_LINES)

    for code in ("HERA.POS.SALE.V1", "HERA.POS.REFUND.V1"):
        posted, itself = tally(twins, [{**event, "event_smart_code": code} for event in events])
        assert posted == itself > 0


def test_ledgers_of_negative_totals_are_closed() -> None:
    """Every side is turned, also that of what closes a ledger."""
    posted = itself = 0
    for schema, events in ALL.values():
        for closing in CLOSINGS.values():
            twins = closed(schema, closing, settings=ON_LINES)
            for event in events[:2]:
                sent = {**event, **FOREIGN[0], "total_amount": f"-{event['total_amount']}"}
                done = isinstance(twins.assert_alike(sent), JournalEntry)
                posted += done
                itself += twins.posts_itself(sent)
                assert done or not twins.takes(sent)
    assert itself > posted * 3 // 4


SPLIT_ALL: Final = "dimensions staff\nsplit HERA.** by staff {0}\ncarry staff on *\n"
PAID: Final = [
    {"amount": "2.00", "staff": "S"},
    {"amount": "3.00", "staff": "T"},
]
LEFT: Final[dict[str, tuple[str, Event]]] = {
    "an amount below zero at a rate": (
        on_sale("debit cash (tip_amount - 2) at 1.5 credit fees (tip_amount - 2) at 1.5 "
                "debit bank total_amount credit revenue total_amount"),
        tipped(),
    ),
    "an account that others post to": (
        on_sale("debit cash total_amount at 1.5 debit cash tip_amount credit fees tip_amount "
                "credit revenue total_amount at 1.5"),
        tipped(),
    ),
    "an account that takes what is left over": (
        on_sale("debit cash total_amount at 1.5 credit revenue total_amount at 1.5 "
                "debit fees 1.00 credit bank 0.99 balance to cash within 0.05"),
        tipped(),
    ),
    "an amount below zero that faces one at a rate": (
        on_sale("debit cash (total_amount - fee_amount) credit fees (total_amount - fee_amount) "
                "debit fees 1 at 1.5 credit bank 1 at 1.5"),
        sale({"fee_amount": "7.00"}),
    ),
    "fixed shares": (
        SPLIT_ALL.format('fixed { "A" 30%, "B" remaining }')
        + on_sale("debit cash total_amount at 1.5 credit revenue total_amount at 1.5"),
        tipped(),
    ),
    "a payment that items split": (
        SPLIT_ALL.format("proportional")
        + on_sale("for payment in payments { debit cash payment.amount at 1.5 "
                  "credit revenue payment.amount at 1.5 } "
                  "debit bank total_amount credit fees total_amount"),
        sale({"items": PAID, "payments": [{"amount": "5.00"}]}),
    ),
    "a stated base amount that items split": (
        SPLIT_ALL.format("proportional")
        + on_sale("debit cash total_amount base total_amount "
                  "credit revenue total_amount base total_amount"),
        sale({"items": PAID}),
    ),
    "a base amount of a net that bears no tax": (
        PROFILE
        + on_sale("debit cash sum(gross(items)) base 3 credit revenue sum(net(items)) base 3 "
                  "credit tax_output sum(tax(items))"),
        sale({"tax_category": "free"}),
    ),
    "a negative total at a rate": (
        on_sale("debit cash total_amount at 1.5 credit revenue total_amount at 1.5"),
        sale({}, total_amount="-5.00"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_to_the_interpreter(name: str) -> None:
    """It posts what compiled rules are not sure of."""
    schema, event = LEFT[name]
    twins = closed(schema, "")

    for header in ({}, *FOREIGN):
        assert not twins.takes({**event, **header})
    assert isinstance(twins.assert_alike({**event, **FOREIGN[0]}), JournalEntry)


def test_amounts_that_items_split_at_a_rate() -> None:
    """Each part is worth what it comes to."""
    schema = SPLIT_ALL.format("proportional") + on_sale(
        'debit cash total_amount currency "JPY" at 0.0061 '
        'credit revenue total_amount currency "JPY" at 0.0061'
    )
    twins = closed(schema, "")
    event = sale({"items": PAID}, **FOREIGN[0])

    entry = twins.assert_alike(event)

    assert isinstance(entry, JournalEntry)
    assert twins.posts_itself(event)
    assert [(str(each.amount), str(each.base_amount)) for each in entry.lines] == [
        ("5", "0.03"), ("2", "0.01"), ("3", "0.02"),
    ]  # fmt: skip
