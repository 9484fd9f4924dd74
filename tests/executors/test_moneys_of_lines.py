"""Lines with a currency, a rate or a base amount of their own, under both executors."""

from typing import Final

import pytest

from hera_engine import JournalEntry, SchemaError
from tests.executors.dice import Dice
from tests.executors.draw_moneys import drawn_event_of_moneys, drawn_moneys
from tests.executors.pairs import differences
from tests.executors.test_moneys import RATES, THIRDS, Event, event, posted, refused, rule, stage
from tests.executors.twins import Twins, outcome

BOOKED: Final[Event] = {
    "booked": "88.00", "settled": "90.00", "kept": "1.00", "rate": "0.87", "paid_in": "EUR",
}  # fmt: skip
IN_EUROS: Final[Event] = {
    "base_currency": "EUR", "exchange_rate": "0.91", "transaction_date": "2025-01-20",
}  # fmt: skip
MOVED: Final = (
    "debit bank settled currency paid_in credit cash settled currency paid_in "
    "debit fees total_amount credit revenue total_amount"
)


def shown(entry: JournalEntry) -> list[tuple[str, str, str, str]]:
    """Return what the lines of the general ledger are in their currency and in base currency."""
    return [
        (each.account.key, str(each.amount), each.currency, str(each.base_amount))
        for each in entry.lines
        if each.ledger == "GL"
    ]


def test_a_settlement_in_another_currency() -> None:
    """Base amounts as booked, euros at one, and what they differ by as a gain."""
    twins = Twins.of(rule(
        "credit receivable total_amount base booked debit transit total_amount base settled "
        'credit transit settled currency "EUR" debit bank (settled - kept) currency "EUR" '
        'debit fees kept currency "EUR" exchange difference to fx, loss'
    ))  # fmt: skip

    entry = posted(twins, event("100.00", BOOKED, **IN_EUROS))

    assert shown(entry) == [
        ("receivable", "100.00", "USD", "88.00"), ("transit", "100.00", "USD", "90.00"),
        ("transit", "90.00", "EUR", "90.00"), ("bank", "89.00", "EUR", "89.00"),
        ("fees", "1.00", "EUR", "1.00"), ("fx", "0.00", "USD", "2.00"),
    ]  # fmt: skip
    refused(twins, event("100.00", {**BOOKED, "settled": "90.005"}, **IN_EUROS))
    refused(twins, event("100.00", {**BOOKED, "booked": None}, **IN_EUROS))


@pytest.mark.parametrize(
    ("paid_in", "worth"),
    [
        ("EUR", "90.00"),
        ("USD", "81.90"),
        ("GBP", "105.88"),
        ("JPY", None),
        ("XAU", None),
        ("", None),
    ],
)
def test_the_currency_of_a_line_is_a_field(paid_in: str, worth: str | None) -> None:
    """Its rate is one, the event's, or that of the table; what has none is refused."""
    twins = Twins.of(rule(MOVED), exchange_rates=RATES)
    sent = event("10.00", {**BOOKED, "paid_in": paid_in}, **IN_EUROS)

    if worth is None:
        refused(twins, sent)
    else:
        assert shown(posted(twins, sent))[0] == ("bank", "90.00", paid_in, worth)


def test_a_currency_that_the_schema_does_not_allow() -> None:
    """Validations hold for lines too."""
    more = "validations { currencies USD, EUR }\n"
    twins = Twins.of(rule(MOVED, more), exchange_rates=RATES)

    posted(twins, event("10.00", BOOKED, **IN_EUROS))
    error = refused(twins, event("10.00", {**BOOKED, "paid_in": "GBP"}, **IN_EUROS))
    assert "not allowed" in str(error)


def test_amounts_are_whole_in_the_currency_of_their_line() -> None:
    """Yen have no decimals, dinars three; `round(x)` rounds to them."""
    body = 'debit bank settled currency "{0}" at 1.5 credit cash settled currency "{0}" at 1.5'
    more = " debit fees total_amount credit revenue total_amount"
    yen, dinars = (Twins.of(rule(body.format(each) + more)) for each in ("JPY", "KWD"))
    rounding = body.replace("settled", "round(settled)").format("JPY")
    rounded = Twins.of(rule(rounding + more))
    broken: Event = {"settled": "90.125"}

    assert refused(yen, event("10.00", broken)).code == "E_GUARDRAIL"
    assert shown(posted(dinars, event("10.00", broken)))[0] == ("bank", "90.125", "KWD", "135.19")
    assert shown(posted(rounded, event("10.00", broken)))[0] == ("bank", "90", "JPY", "135.00")
    assert shown(posted(yen, event("10.00", {"settled": "90.00"})))[0][1] == "90"


@pytest.mark.parametrize("said", ["at rate", "base booked"])
def test_rates_and_base_amounts_that_leave_more_than_rounding(said: str) -> None:
    """Without an exchange difference in the rule they must balance, but for rounding."""
    twins = Twins.of(rule(f"debit bank total_amount {said} credit cash total_amount"))
    even: Event = {**BOOKED, "rate": "0.91", "booked": "91.00"}

    assert refused(twins, event("100.00", BOOKED, **IN_EUROS)).code == "E_UNBALANCED"
    assert shown(posted(twins, event("100.00", even, **IN_EUROS)))[0][3] == "91.00"
    with_taker = Twins.of(
        rule(f"debit bank total_amount {said} credit cash total_amount exchange difference to fx")
    )
    assert shown(posted(with_taker, event("100.00", BOOKED, **IN_EUROS)))[-1][0] == "fx"


@pytest.mark.parametrize("rate", ["0", "-1", "1.01", None, "x", True])
def test_a_rate_that_is_none(rate: object) -> None:
    """It is above zero, and one where the line is in base currency."""
    twins = Twins.of(rule("debit bank total_amount at rate credit cash total_amount at rate"))

    refused(twins, event("100.00", {"rate": rate}))
    posted(twins, event("100.00", {"rate": "1.000"}))


@pytest.mark.parametrize(
    ("context", "is_posted"),
    [
        ({"booked": "0.00"}, True), ({"booked": "88.00"}, True), ({"booked": "88.001"}, False),
        ({"booked": "1000000000000000000"}, False),
    ],
)  # fmt: skip
def test_a_base_amount_of_no_amount(context: Event, is_posted: bool) -> None:
    """A line of nothing is posted for what it is worth, and of nothing worth nothing it is not."""
    twins = Twins.of(rule(
        "debit bank (total_amount - total_amount) base booked "
        "credit cash (total_amount - total_amount) base booked "
        "debit fees total_amount credit revenue total_amount"
    ))  # fmt: skip
    sent = event("100.00", context, **IN_EUROS)

    if is_posted:
        assert len(posted(twins, sent).lines) == (4 if context["booked"] == "0.00" else 8)
    else:
        refused(twins, sent)


def test_a_base_amount_below_zero_is_left_to_the_interpreter() -> None:
    """It turns a line of no amount to the other side."""
    amount = "(total_amount - total_amount) base booked"
    twins = Twins.of(rule(f"debit bank {amount} credit cash {amount}"))
    sent = event("100.00", {"booked": "-88.00"}, **IN_EUROS)

    assert isinstance(twins.assert_alike(sent), JournalEntry)
    assert not twins.takes(sent)


def test_a_negative_total_at_a_rate_is_left_to_the_interpreter() -> None:
    """Its amounts are turned and its rate is not."""
    twins = Twins.of(rule("debit bank total_amount at rate credit cash total_amount at rate"))
    sent = event("-100.00", BOOKED, **IN_EUROS)

    assert isinstance(twins.assert_alike(sent), JournalEntry)
    assert not twins.takes(sent)
    posted(twins, event("100.00", BOOKED, **IN_EUROS))


def test_lines_that_differ_in_their_worth_do_not_merge() -> None:
    """Of the items of one event those of one currency and rate become one line."""
    body = "amount currency item.paid_in at item.rate"
    twins = Twins.of(rule(
        f"for item in items {{ debit bank item.{body} credit cash item.{body} }}"
    ))  # fmt: skip
    items = [
        {"amount": "1.00", "paid_in": code, "rate": rate}
        for code, rate in (("EUR", "1"), ("GBP", "1.1"), ("GBP", "1.10"), ("GBP", "1.2"))
    ]

    entry = posted(twins, event("4.00", {"items": items}, **IN_EUROS))

    assert shown(entry)[:3] == [
        ("bank", "1.00", "EUR", "1.00"), ("bank", "2.00", "GBP", "2.20"),
        ("bank", "1.00", "GBP", "1.20"),
    ]  # fmt: skip


def test_a_base_amount_does_not_hide_the_tax_that_is_stated() -> None:
    """Words of the source are one thing each."""
    profile = (
        "tax profile p { jurisdiction AE prices exclusive rounding line default standard "
        "rate standard 5% for standard }\n"
    )
    twins = Twins.of(rule(
        "given total_amount = sum(gross(items)) debit cash total_amount "
        "for item in items { credit revenue net(item) "
        "credit tax_output tax(item) debit bank item.amount base item.amount "
        "credit receivable item.amount base item.amount }", profile
    ))  # fmt: skip
    context: Event = {"items": [{"amount": "20.00"}], "tax_amount": "1.00", "tax_inclusive": False}

    posted(twins, event("21.00", context))
    twins.assert_alike(event("21.00", {**context, "tax_amount": "1.01"}))


def test_what_stages_are_not_shown_by_compiled_rules() -> None:
    """Rates of a table, and rules with lines of another worth, are left to the interpreter."""
    tabled = Twins.of(rule(THIRDS), exchange_rates=RATES, stages=[stage()])
    moved = Twins.of(rule(MOVED), exchange_rates=RATES, stages=[stage()])
    sent = event("10.00", BOOKED, base_currency="EUR", transaction_date="2025-01-20")

    for twins in (tabled, moved):
        assert isinstance(twins.assert_alike(sent), JournalEntry)
        assert not twins.takes(sent)
    posted(tabled, {**sent, "exchange_rate": "0.9"})


# --- drawn at random ---------------------------------------------------------------------------


def pairs_of(seed: int, events: int) -> tuple[int, int]:
    """Compare a drawn rule's events; return how many were posted, and how many of them compiled."""
    drawn = drawn_moneys(Dice(seed))
    try:
        twins = drawn.twins()
    except SchemaError:
        return 0, 0
    entries = itself = 0
    for number in range(events):
        sent = drawn_event_of_moneys(Dice(seed * 1_009 + number))
        told = list(differences(twins, sent, surroundings=number % 10 == 0))
        assert not told, f"seed {seed}, event {number}\n{told}\n{drawn.text}{sent}"
        if isinstance(outcome(twins.compiled, sent), JournalEntry):
            entries += 1
            itself += twins.posts_itself(sent)
    return entries, itself


def test_drawn_rules_of_several_currencies() -> None:
    """Both executors agree over them, and most are posted by compiled rules."""
    found = [pairs_of(seed, 20) for seed in range(25)]

    entries, itself = (sum(each) for each in zip(*found, strict=True))
    assert entries > 50
    assert itself > entries // 2
