"""Rules with base amounts, exchange rates and lines that close a ledger, under both executors.

Each rule is posted by its compiled form, alike, and leaves to the interpreter what that refuses.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import pytest

from hera_engine import JournalEntry, SchemaError, Settings
from hera_engine.errors import HeraError
from hera_engine.settings import Residue
from tests.executors.dice import Dice
from tests.executors.draw_moneys import drawn_event_of_moneys, drawn_moneys
from tests.executors.pairs import differences
from tests.executors.twins import Outcome, Twins, outcome

Event = dict[str, object]

ACCOUNTS: Final = """\
ledgers GL, IFRS
account cash 1000 asset
account bank 1200 asset
account transit 1300 asset
account receivable 1150 asset
account revenue 4100 revenue
account tax_output 2200 liability
account fees 5500 expense
account rounding 5900 expense
account fx 5950 expense
account loss 5960 expense
account fx in IFRS 5951
dimensions unit
"""
THIRDS: Final = (
    "debit cash round(total_amount / 3) debit bank (total_amount - round(total_amount / 3)) "
    "credit revenue total_amount"
)
SHORT: Final = "debit cash round(total_amount / 3) debit bank round(total_amount * 2 / 3, 0.05)"
RATES: Final = {
    "rates": [
        {"from": "USD", "to": "EUR", "rate": "0.9", "effective_from": "2025-01-01"},
        {"from": "USD", "to": "EUR", "rate": "0.8", "effective_from": "2025-02-01"},
        {"from": "GBP", "to": "EUR", "per_base": "0.85", "effective_from": "2025-01-01"},
    ],
    "through": ["EUR"],
    "max_age_days": 40,
}
ON_LINES: Final = Settings(residue=Residue.ROUNDING)


def event(total: str = "100.00", context: Event | None = None, /, **header: object) -> Event:
    """Return an event in US dollars."""
    return {
        "organization_id": "o", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": total,
        "currency": "USD", "business_context": context or {}, **header,
    }  # fmt: skip


def rule(body: str, more: str = "") -> str:
    """Return a schema of one rule, and of its reversal."""
    return (
        f"{ACCOUNTS}{more}on HERA.POS.SALE.V1 {{ {body} }}\n"
        "on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1\n"
    )


def posted(twins: Twins, sent: Event) -> JournalEntry:
    """Return the entry of an event that the compiled rule posts by itself."""
    entry = twins.assert_alike(sent)
    assert isinstance(entry, JournalEntry)
    assert twins.posts_itself(sent), twins.compiled._fused and twins.compiled._fused.reasons
    return entry


def refused(twins: Twins, sent: Event) -> HeraError:
    """Return why an event is refused, which the compiled rule leaves to the interpreter."""
    error: Outcome = twins.assert_alike(sent)
    assert isinstance(error, HeraError)
    assert not twins.takes(sent)
    return error


def last(entry: JournalEntry, ledger: str = "GL") -> tuple[str, str, str, str, str]:
    """Return what the last line of a ledger is."""
    line = [each for each in entry.lines if each.ledger == ledger][-1]
    return line.account.key, line.side.name, str(line.amount), line.currency, str(line.base_amount)


# --- what conversion leaves over ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "rate", "side", "worth"),
    [
        ("0.11", "0.6", "DEBIT", "0.01"),
        ("10.00", "0.9137", "DEBIT", "0.01"),
        ("0.04", "0.6", "CREDIT", "0.01"),
    ],
)
def test_a_residue_on_a_line_of_its_own(total: str, rate: str, side: str, worth: str) -> None:
    """By the setting what is left over stands on `rounding`, on the side that lacks it."""
    twins = Twins.of(rule(THIRDS), settings=ON_LINES)

    entry = posted(twins, event(total, base_currency="EUR", exchange_rate=rate))

    assert last(entry) == ("rounding", side, "0.00", "USD", worth)
    assert last(entry, "IFRS") == last(entry)


def test_an_entry_without_a_residue_has_no_line_for_it() -> None:
    """Nothing is left over of whole amounts, or in one currency."""
    twins = Twins.of(rule(THIRDS), settings=ON_LINES)

    assert len(posted(twins, event("3.00", base_currency="EUR", exchange_rate=2)).lines) == 6
    assert len(posted(twins, event("0.11")).lines) == 6


def test_a_closing_line_has_its_dimensions_and_open_item() -> None:
    """It carries what its account asks for; an event without it is refused."""
    more = "require unit on 5900 else error\npayments deferred open item settle 30 days\n"
    twins = Twins.of(rule(THIRDS, more), settings=ON_LINES)
    foreign = {"base_currency": "EUR", "exchange_rate": "0.6"}

    entry = posted(twins, event("0.11", {"unit": "U"}, **foreign))

    assert dict(entry.lines[-1].dimensions) == {"unit": "U"}
    assert refused(twins, event("0.11", **foreign)).code == "E_DIM_MISSING"
    posted(twins, event("3.00", base_currency="EUR", exchange_rate=2))


# --- rates of the engine -----------------------------------------------------------------------


@pytest.mark.parametrize("body", [THIRDS, f"{THIRDS} exchange difference to fx"])
def test_a_rate_of_the_table(body: str) -> None:
    """An event without a rate takes that of its accounting date, in the digits of the table."""
    twins = Twins.of(rule(body), exchange_rates=RATES)
    sent = [
        event(base_currency="EUR", transaction_date="2025-01-31"),
        event(base_currency="EUR", transaction_date="2025-02-01"),
        event(base_currency="EUR", transaction_date="2025-01-01", posting_date="2025-02-03"),
        event(base_currency="GBP", transaction_date="2025-01-02", external_reference="R"),
        event(base_currency="EUR", transaction_date="2025-01-31", exchange_rate=None),
        event(base_currency="EUR", exchange_rate="0.95"),
    ]

    rates = [posted(twins, each).header.exchange_rate for each in sent]

    assert rates == ["0.9", "0.8", "0.8", "0.9*0.85", "0.9", "0.95"]


def test_a_rate_that_the_table_does_not_tell() -> None:
    """Before the first quotation, too long after the last, without a date, and for others."""
    twins = Twins.of(rule(THIRDS), exchange_rates=RATES)

    for header in (
        {}, {"transaction_date": "2024-12-31"}, {"transaction_date": "2025-03-20"},
        {"base_currency": "CHF", "transaction_date": "2025-01-02"},
    ):  # fmt: skip
        error = refused(twins, event(**{"base_currency": "EUR", **header}))
        assert error.code == "E_RATE_RESOLUTION"
    assert refused(Twins.of(rule(THIRDS)), event(base_currency="EUR")).code == "E_GUARDRAIL"


def test_rates_are_worked_out_once_a_day() -> None:
    """The memo is bounded, and tells days and currencies apart."""
    twins = Twins.of(rule(THIRDS), exchange_rates=RATES)
    for _ in range(2):
        for day, base, stated in (
            ("2025-01-05", "EUR", "0.9"), ("2025-02-05", "EUR", "0.8"),
            ("2025-01-05", "GBP", "0.9*0.85"),
        ):  # fmt: skip
            entry = posted(twins, event(base_currency=base, transaction_date=day))
            assert entry.header.exchange_rate == stated


# --- exchange differences ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("HERA.POS.SALE.V1", ("loss", "DEBIT", "0.00", "USD", "0.01")),
        ("HERA.POS.REFUND.V1", ("loss", "CREDIT", "0.00", "USD", "0.01")),
    ],
)
def test_what_is_left_over_is_a_difference(code: str, expected: tuple[str, ...]) -> None:
    """It stands on the account of its direction, which a reversal takes it back from."""
    twins = Twins.of(rule(f"{THIRDS} exchange difference to fx, loss"), settings=ON_LINES)
    foreign = {"base_currency": "EUR", "exchange_rate": "0.6", "event_smart_code": code}

    entry = posted(twins, event("0.11", **foreign))

    assert last(entry) == expected
    gain = posted(twins, event("0.04", **foreign))
    assert [each.account.code for each in gain.lines if not each.amount] == ["5950", "5951"]
    assert len(posted(twins, event("3.00", event_smart_code=code)).lines) == 6


# --- balance to --------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [Settings(), ON_LINES])
@pytest.mark.parametrize("side", ["credit", "debit"])
def test_what_does_not_balance_goes_to_its_account(side: str, settings: Settings) -> None:
    """Up to the bound on either side, in each currency; beyond it the event is refused."""
    body = f"{SHORT} credit revenue total_amount balance to rounding within 0.029"
    other = {"credit": "debit", "debit": "credit"}
    if side == "debit":
        body = (
            body.replace("credit", "CREDIT").replace("debit", "credit").replace("CREDIT", "debit")
        )
    twins = Twins.of(rule(body), settings=settings)

    entry = posted(twins, event("10.01"))

    assert last(entry) == ("rounding", other[side].upper(), "0.02", "USD", "0.02")
    foreign = {"base_currency": "JPY", "exchange_rate": "150.3"}
    seen = set()
    for total in ("10.01", "0.11", "0.07", "99.99", "1.00", "0.10"):
        for header in ({}, foreign, {**foreign, "event_smart_code": "HERA.POS.REFUND.V1"}):
            sent = event(total, **header)
            seen.add(isinstance(twins.assert_alike(sent), JournalEntry))
            assert twins.posts_itself(sent) == isinstance(twins.assert_alike(sent), JournalEntry)
    assert seen == {True}
    narrow = Twins.of(rule(body.replace("0.029", "0.019")), settings=settings)
    assert refused(narrow, event("10.01")).code == "E_UNBALANCED"


def test_a_closing_line_that_may_join_another_is_left_to_the_interpreter() -> None:
    """The line of `balance to` merges with those of the rule on its account."""
    body = f"{SHORT} credit rounding 0.01 credit revenue (total_amount - 0.01)"
    twins = Twins.of(rule(f"{body} balance to rounding within 0.05"))

    for total in ("10.01", "0.11", "33.33"):
        assert isinstance(twins.assert_alike(event(total)), JournalEntry)


# --- all together ------------------------------------------------------------------------------


def _mixes() -> Iterator[tuple[str, dict[str, Any]]]:
    closings = ("", "exchange difference to fx, loss", "exchange difference to fx")
    for number, closing in enumerate(closings):
        for balance in ("", "balance to rounding within 0.05"):
            for settings in (Settings(), ON_LINES):
                body = f"{SHORT if balance else THIRDS} {balance and 'credit revenue total_amount'}"
                arguments = {"settings": settings, "exchange_rates": RATES if number else ()}
                yield f"{body} {closing} {balance}", arguments


@pytest.mark.parametrize(("body", "arguments"), list(_mixes()))
def test_amounts_of_every_size_are_closed_alike(body: str, arguments: dict[str, Any]) -> None:
    """Small amounts leave something over in every way there is."""
    twins = Twins.of(rule(body, 'require unit on 59* default "M"\n'), **arguments)
    for units in range(1, 12):
        total = str(Decimal(units) / 100)
        for base, rate in (("EUR", "0.37"), ("JPY", "161.25"), ("KWD", {"per_base": "3.25"})):
            twins.assert_alike(event(total, base_currency=base, exchange_rate=rate))
    assert twins.takes(event("100.00", base_currency="JPY", exchange_rate="150.3"))


# --- lines with a worth of their own -----------------------------------------------------------

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
