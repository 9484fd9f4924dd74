"""Rules with base amounts, exchange rates and lines that close a ledger, under both executors.

Each rule is posted by its compiled form, alike, and leaves to the interpreter what that refuses.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import pytest

from hera_engine import JournalEntry, Settings, Side
from hera_engine.errors import HeraError
from hera_engine.rules.stage import AddedLine, Contribution, Phase
from hera_engine.settings import Residue
from tests.executors.draw_stages import DrawnStage
from tests.executors.twins import Outcome, Twins

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


# --- negative totals ---------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["HERA.POS.SALE.V1", "HERA.POS.REFUND.V1"])
def test_a_negative_total_takes_its_difference_back(code: str) -> None:
    """From the account that the positive one posts it to; a reversal is mirrored once."""
    twins = Twins.of(rule(f"{THIRDS} exchange difference to fx, loss"))
    foreign = {"base_currency": "EUR", "exchange_rate": "0.6", "event_smart_code": code}

    entry = posted(twins, event("-0.11", **foreign))

    assert last(entry) == ("loss", "CREDIT", "0.00", "USD", "0.01")
    assert last(posted(twins, event("-0.04", **foreign)))[0] == "fx"


def test_a_negative_total_is_balanced_on_the_other_side() -> None:
    """With a residue on a line of its own as well."""
    body = f"{SHORT} credit revenue total_amount balance to rounding within 0.05"
    twins = Twins.of(rule(body), settings=ON_LINES)
    for total in ("-10.01", "-0.11", "-0.07", "-33.33"):
        posted(twins, event(total))
        posted(twins, event(total, base_currency="JPY", exchange_rate="150.3"))


# --- beside stages -----------------------------------------------------------------------------


def stage(**found: object) -> DrawnStage:
    """Return a stage that finds facts out, or adds two lines to the general ledger."""
    if found:
        said = Contribution(facts=found)
        return DrawnStage("finding", Phase.FACTS, lambda _facts, _lines: said, tuple(found))
    lines = (
        AddedLine(account="rounding", side=Side.DEBIT, amount=Decimal("0.05")),
        AddedLine(account="fx", side=Side.CREDIT, amount=Decimal("0.05")),
    )
    return DrawnStage("adding", Phase.LINES, lambda _facts, _lines: Contribution(lines=lines))


@pytest.mark.parametrize("own", [stage(), stage(unit="U")], ids=["lines", "facts"])
@pytest.mark.parametrize(
    "closing", ["", "exchange difference to fx, loss", "balance to rounding within 0.05"]
)
def test_ledgers_are_closed_behind_the_lines_of_stages(own: DrawnStage, closing: str) -> None:
    """What a stage adds is converted too; its facts are dimensions of what closes a ledger."""
    first = SHORT + " credit revenue total_amount" if "balance" in closing else THIRDS
    more = "carry unit on 59*\n"
    for settings in (Settings(), ON_LINES):
        twins = Twins.of(rule(f"{first} {closing}", more), settings=settings, stages=[own])
        for total in ("0.11", "0.04", "10.00", "33.33"):
            for rate in ("0.6", "0.9137", 1):
                posted(twins, event(total, base_currency="EUR", exchange_rate=rate))
            posted(twins, event(total))
