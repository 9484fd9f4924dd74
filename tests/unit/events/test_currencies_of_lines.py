"""Lines with a currency, a base amount or a rate of their own, and exchange differences."""

import pickle

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError
from hera_engine.journal import JournalEntry
from hera_engine.settings import Residue, Settings
from tests.unit.events.books import bases, event, table, with_header

BOOKS = """\
ledgers GL
account bank       1200 asset
account bank_usd   1210 asset
account receivable 1300 asset
account transit    1350 asset
account revenue    4100 revenue
account tax_output 2200 liability
account clearing   1100 asset
account fees       5500 expense
account rounding   5900 expense
account gain       7810 revenue
account loss       7820 expense
tax profile vat { prices exclusive rate standard 20% for goods.standard }
"""
SETTLE = """\
on HERA.X.PAID.V1 {
  debit  bank       total_amount
  credit receivable total_amount base booked
  exchange difference to gain, loss
}
on HERA.X.UNPAID.V1 reverses HERA.X.PAID.V1
"""
PER_ITEM = """\
on HERA.X.PAID.V1 {
  given total_amount = sum(settled.amount)
  debit bank total_amount
  for each in settled { credit receivable each.amount at each.rate }
  exchange difference to gain, loss
}
"""
CROSS = """\
on HERA.X.PAID.V1 {
  debit  bank_usd   paid         currency paid_in
  credit transit    paid         currency paid_in
  debit  transit    total_amount
  credit receivable total_amount
}
"""
PAID = "HERA.X.PAID.V1"
DAY = "2025-03-01"
RATES = (
    {"from": "EUR", "to": "GBP", "rate": "0.85", "effective_from": "2025-01-01", "source": "bank"},
    {"from": "USD", "to": "GBP", "per_base": "1.25", "effective_from": "2025-01-01"},
)


def engine(rules: str, rates: object = RATES, **settings: object) -> PostingEngine:
    """Return an engine of the books with some rules."""
    given = Settings(**settings)  # type: ignore[arg-type] # what the test says
    return PostingEngine(BOOKS + rules, exchange_rates=rates, settings=given)  # type: ignore[arg-type] # as above


def paid(total: str, code: str = PAID, /, **context: object) -> dict[str, object]:
    """Return a payment in euro to an organization that counts in pounds."""
    sent = with_header(event(code, total, **context), currency="EUR", base_currency="GBP")
    return with_header(sent, transaction_date=DAY)


def refusal(posting: PostingEngine, sent: dict[str, object]) -> HeraError:
    """Return the error that an event ends in."""
    with pytest.raises(HeraError) as caught:
        posting.simulate(sent)
    return caught.value


def posted(entry: JournalEntry) -> list[str]:
    """Return the lines of an entry with their base amounts."""
    return bases(entry).splitlines()


def wanted(text: str) -> list[str]:
    """Return the lines of a table."""
    return table(text).splitlines()


def currencies(entry: JournalEntry) -> list[str]:
    """Return the currency of each line."""
    return [line.currency for line in entry.lines]


# --- the rate of the event -------------------------------------------------------------------


def test_an_event_without_a_rate_takes_that_of_its_accounting_date() -> None:
    """The posting date chooses where it is sent; the header shows the rate."""
    later = {**RATES[0], "rate": "0.9", "effective_from": "2025-04-01"}
    posting = engine(SETTLE, (*RATES, later))

    first = posting.simulate(paid("100.00", booked="85.00"))
    second = posting.simulate(
        with_header(paid("100.00", booked="85.00"), posting_date="2025-04-01")
    )

    assert [entry.header.exchange_rate for entry in (first, second)] == ["0.85", "0.9"]
    assert [str(entry.lines[0].base_amount) for entry in (first, second)] == ["85.00", "90.00"]


def test_a_rate_that_is_sent_goes_before_the_table() -> None:
    """The table is for events that send none."""
    entry = engine(SETTLE).simulate(
        with_header(paid("100.00", booked="80.00"), exchange_rate="0.8")
    )

    assert bases(entry) == table("""
        DR bank       100.00 80.00
        CR receivable 100.00 80.00
    """)


def test_a_rate_through_a_third_currency_stands_in_the_header_and_may_be_read() -> None:
    """A rule that reads `exchange_rate` gets the exact figure, whatever it is made of."""
    rates = {
        "rates": [
            {"from": "EUR", "to": "USD", "rate": "1.1", "effective_from": "2025-01-01"},
            {"from": "GBP", "to": "USD", "rate": "1.32", "effective_from": "2025-01-01"},
        ],
        "through": ["USD"],
    }
    rule = (
        "on HERA.X.PAID.V1 { debit bank total_amount"
        " credit receivable total_amount base round(total_amount * exchange_rate) }"
    )

    entry = engine(rule, rates).simulate(paid("120.00"))

    assert entry.header.exchange_rate == "1.1*1/1.32"
    assert bases(entry) == table("DR bank 120.00 100.00\nCR receivable 120.00 100.00")


def test_an_event_without_any_rate_is_refused_with_its_path() -> None:
    """Without a table the rate must be sent; with one, what the table lacks is told."""
    sent = paid("100.00", booked="85.00")

    without = refusal(engine(SETTLE, ()), sent)
    early = refusal(engine(SETTLE), with_header(sent, transaction_date="2024-12-31"))
    undated = refusal(engine(SETTLE), with_header(sent, transaction_date=None))

    assert (without.code, early.code, undated.code) == (
        "E_GUARDRAIL", "E_RATE_RESOLUTION", "E_RATE_RESOLUTION",
    )  # fmt: skip
    assert "no exchange rate from EUR to GBP on 2024-12-31" in early.message
    assert "without a date" in undated.message


def test_rates_are_no_part_of_the_fingerprint_and_travel_with_the_engine() -> None:
    """Rates change daily; the same schema stays the same. A pickled engine has its rates."""
    posting = engine(SETTLE)

    again = pickle.loads(pickle.dumps(posting))

    assert posting.fingerprint == engine(SETTLE, ()).fingerprint
    sent = paid("100.00", booked="85.00")
    assert again.simulate(sent).to_json() == posting.simulate(sent).to_json()


def test_explain_names_the_rate_its_date_and_its_source() -> None:
    """What an auditor asks of a rate is in the text."""
    story = engine(SETTLE).explain(paid("100.00", booked="84.00"))

    text = str(story)
    assert "exchange_rate: 0.85 GBP for 1 EUR, quoted 2025-01-01, bank" in text
    assert "worth 85.00 GBP, exactly 85 at 0.85" in text
    assert "worth 84.00 GBP as the rule states" in text
    assert "worth 1.00 GBP, which the ledger lacked: HERA.X.PAID.V1 at 17:3" in text
    lines = story.to_dict()["lines"]
    assert isinstance(lines, list)
    assert lines[0]["conversion"] == {
        "rate": "0.85", "exact": "85", "residue": "0.00", "closes": None,
    }  # fmt: skip


# --- exchange differences --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("booked", "line"),
    [
        ("80.00", "CR gain 0.00 5.00"), ("90.00", "DR loss 0.00 5.00"),
        ("84.99", "CR gain 0.00 0.01"),
    ],
)  # fmt: skip
def test_what_a_ledger_lacks_is_a_gain_or_a_loss(booked: str, line: str) -> None:
    """Gain where credits miss, loss where debits miss; in base currency, 0.00 in euro."""
    entry = engine(SETTLE).simulate(paid("100.00", booked=booked))

    assert posted(entry)[-1] == line
    assert entry.lines[-1].currency == "EUR"


def test_without_a_difference_there_is_no_line_for_it() -> None:
    """A claim settled at its own rate posts two lines."""
    entry = engine(SETTLE).simulate(paid("100.00", booked="85.00"))

    assert len(entry.lines) == 2


def test_one_account_may_take_gains_and_losses() -> None:
    """`exchange difference to gain` posts both on it."""
    posting = engine(SETTLE.replace("gain, loss", "gain"))

    entries = [posting.simulate(paid("100.00", booked=booked)) for booked in ("80.00", "90.00")]

    assert [posted(entry)[-1] for entry in entries] == ["CR gain 0.00 5.00", "DR gain 0.00 5.00"]


@pytest.mark.parametrize(("booked", "key"), [("80.00", "gain"), ("90.00", "loss")])
def test_a_mirrored_entry_takes_its_difference_back_from_the_same_account(
    booked: str, key: str
) -> None:
    """A reversed gain is no loss, by code and by sign alike."""
    posting = engine(SETTLE)

    first = posting.simulate(paid("100.00", booked=booked))
    reversed_ = posting.simulate(paid("100.00", "HERA.X.UNPAID.V1", booked=booked))
    negative = posting.simulate(paid("-100.00", booked=f"-{booked}"))

    assert first.lines[-1].account.key == key
    flipped = [(line.side.opposite, line.account.key, line.base_amount) for line in first.lines]
    for entry in (reversed_, negative):
        assert [(line.side, line.account.key, line.base_amount) for line in entry.lines] == flipped


def test_each_open_item_is_settled_at_its_own_rate() -> None:
    """Rates of lines are as sent also in a negative event; lines of two rates do not merge."""
    settled = [{"amount": "60.00", "rate": "0.80"}, {"amount": "40.00", "rate": "0.90"}]
    negative = [{**each, "amount": f"-{each['amount']}"} for each in settled]
    posting = engine(PER_ITEM)

    entry = posting.simulate(paid("100.00", settled=settled))
    mirrored = posting.simulate(paid("-100.00", settled=negative))

    assert bases(entry) == table("""
        DR bank       100.00 85.00
        CR receivable  60.00 48.00
        CR receivable  40.00 36.00
        CR gain         0.00  1.00
    """)
    assert [line.base_amount for line in mirrored.lines] == [
        line.base_amount for line in entry.lines
    ]


def test_stated_base_amounts_are_merged_and_split_with_their_lines() -> None:
    """Two claims on one account are one line worth both; a split line is worth its parts."""
    rule = """
dimensions project
on HERA.X.PAID.V1 {
  given total_amount = sum(settled.amount)
  debit bank total_amount
  for each in settled { credit receivable each.amount base each.base }
  exchange difference to gain, loss
}
split HERA.X.** by project fixed { "A" 50%, "B" remaining }
carry project on receivable
"""
    settled = [{"amount": "60.00", "base": "50.01"}, {"amount": "40.00", "base": "30.00"}]
    by = rule.replace("each.base }", "each.base by project }")

    merged = engine(rule.replace("carry", "# carry")).simulate(paid("100.00", settled=settled))
    split = engine(by).simulate(paid("100.00", settled=settled[:1] + settled[1:]))

    assert posted(merged)[1:] == wanted("CR receivable 100.00 80.01\nCR gain 0.00 4.99")
    assert posted(split)[1:] == wanted("""
        CR receivable 50.00 40.01
        CR receivable 50.00 40.00
        CR gain        0.00  4.99
    """)


def test_a_line_of_nothing_but_a_base_amount_stays() -> None:
    """A revaluation moves base currency alone; the sign of the base amount is the side."""
    rule = (
        "on HERA.X.VALUE.V1 { debit receivable 0.00 base change exchange difference to gain, loss }"
    )
    posting = engine(rule)

    up = posting.simulate(paid("1.00", "HERA.X.VALUE.V1", change="3.00"))
    down = posting.simulate(paid("1.00", "HERA.X.VALUE.V1", change="-3.00"))

    assert bases(up) == table("DR receivable 0.00 3.00\nCR gain 0.00 3.00")
    assert bases(down) == table("CR receivable 0.00 3.00\nDR loss 0.00 3.00")


# --- base amounts that do not balance --------------------------------------------------------


def test_base_amounts_that_miss_more_than_rounding_are_refused() -> None:
    """Without an account for the difference an entry must balance in base currency."""
    rule = SETTLE.replace("  exchange difference to gain, loss\n", "")

    error = refusal(engine(rule), paid("100.00", booked="80.00"))

    assert error.code == "E_UNBALANCED"
    assert error.details["imbalances"] == [
        {
            "ledger": "GL", "currency": "GBP (base)", "debits": "85.00", "credits": "80.00",
            "difference": "5.00",
        }
    ]  # fmt: skip
    assert error.hint is not None
    assert "exchange difference to" in error.hint


def test_rounding_beside_a_stated_base_amount_goes_to_a_line_that_is_converted() -> None:
    """Three lines of 33.335 pounds round up; the stated 100.00 is never changed."""
    rule = """
on HERA.X.PAID.V1 {
  debit  bank     round(total_amount / 3)
  debit  bank_usd round(total_amount / 3)
  debit  clearing (total_amount - round(total_amount / 3) - round(total_amount / 3))
  credit receivable total_amount base booked
}
"""
    sent = with_header(paid("300.00", booked="100.00"), exchange_rate={"per_base": "3"})

    entry = engine(rule).simulate(sent)

    assert bases(entry) == table("""
        DR bank       100.00  33.34
        DR bank_usd   100.00  33.33
        DR clearing   100.00  33.33
        CR receivable 300.00 100.00
    """)


def test_the_residue_may_have_an_account_of_its_own() -> None:
    """By setting, what conversion leaves over goes to `rounding`, in base currency alone."""
    rule = """
on HERA.X.PAID.V1 {
  debit  bank       0.03
  credit receivable 0.01
  credit clearing   0.01
  credit transit    0.01
}
"""
    sent = with_header(paid("0.03"), exchange_rate="0.5")

    entry = engine(rule, residue=Residue.ROUNDING).simulate(sent)

    assert bases(entry) == table("""
        DR bank       0.03 0.02
        CR receivable 0.01 0.01
        CR clearing   0.01 0.01
        CR transit    0.01 0.01
        DR rounding   0.00 0.01
    """)


# --- several currencies ----------------------------------------------------------------------


def test_each_ledger_balances_in_each_currency_and_in_base() -> None:
    """Dollars arrive for a claim in euro: two lines in each, all of them worth pounds."""
    entry = engine(CROSS).simulate(paid("100.00", paid="106.00", paid_in="USD"))

    assert currencies(entry) == ["USD", "USD", "EUR", "EUR"]
    assert bases(entry) == table("""
        DR bank_usd   106.00 84.80
        CR transit    106.00 84.80
        DR transit    100.00 85.00
        CR receivable 100.00 85.00
    """)
    wire = entry.to_dict()["lines"]
    assert isinstance(wire, list)
    assert [line["currency"] for line in wire] == ["USD", "USD", "EUR", "EUR"]


def test_the_difference_between_two_currencies_is_realized_where_base_amounts_say_so() -> None:
    """What is in transit is worth the same on both sides; the claim was booked at another rate."""
    rule = CROSS.replace(
        "credit receivable total_amount",
        "credit receivable total_amount base booked\n  exchange difference to gain, loss",
    ).replace("debit  transit    total_amount", "debit transit total_amount base worth")

    entry = engine(rule).simulate(
        paid("100.00", paid="106.00", paid_in="USD", booked="83.00", worth="84.80")
    )

    assert posted(entry)[2:] == wanted("""
        DR transit    100.00 84.80
        CR receivable 100.00 83.00
        CR gain         0.00  1.80
    """)


def test_a_line_in_base_currency_is_worth_its_amount() -> None:
    """The rate of pounds in pounds is 1, without a table."""
    sent = with_header(paid("100.00", paid="84.00", paid_in="GBP"), exchange_rate="0.85")

    entry = engine(CROSS, ()).simulate(sent)

    assert posted(entry)[:2] == wanted("DR bank_usd 84.00 84.00\nCR transit 84.00 84.00")


def test_a_line_in_the_currency_of_the_event_is_like_any_other() -> None:
    """To say the event's own currency changes nothing: such lines merge with plain ones."""
    entry = engine(CROSS).simulate(paid("100.00", paid="100.00", paid_in="EUR"))

    plain = engine(CROSS.replace("currency paid_in", "")).simulate(
        paid("100.00", paid="100.00", paid_in="EUR")
    )

    assert bases(entry) == bases(plain)


def test_the_decimals_are_those_of_the_lines_currency() -> None:
    """Yen have none; `round` in a line rounds to the unit of its currency."""
    rule = CROSS.replace("paid ", "round(paid) ", 2)
    rates = (*RATES, {"from": "GBP", "to": "JPY", "rate": "190", "effective_from": "2025-01-01"})

    broken = refusal(engine(CROSS, rates), paid("100.00", paid="16000.5", paid_in="JPY"))
    entry = engine(rule, rates).simulate(paid("100.00", paid="16000.5", paid_in="JPY"))

    assert "comes to 16000.5 JPY, a broken minor unit" in broken.message
    assert posted(entry)[:2] == wanted("DR bank_usd 16001 84.22\nCR transit 16001 84.22")


def test_each_currency_must_balance() -> None:
    """Debits in pounds against credits in euro do not compile, whatever they are worth."""
    rule = 'on HERA.X.PAID.V1 { debit bank 85.00 currency "GBP" credit receivable total_amount }'

    with pytest.raises(HeraError) as caught:
        engine(rule)

    assert "does not balance in GL in currency" in str(caught.value)


def test_sums_over_members_in_several_currencies_prove_nothing() -> None:
    """Two sums may agree while the currencies that they are made of do not."""
    rule = """
on HERA.X.PAID.V1 {
  given sum(legs.first) = sum(legs.second)
  for leg in legs { debit bank leg.first currency leg.currency }
  for leg in legs { credit receivable leg.second currency leg.currency }
}
"""

    with pytest.raises(HeraError) as caught:
        engine(rule)

    assert "in currency leg.currency, which each member names" in str(caught.value)
    assert engine(rule.replace("second", "first")).proofs[0].verdict.compiles


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tail", "context", "code", "message"),
    [
        ("currency paid_in", {"paid_in": "XYZ"}, "E_GUARDRAIL", "paid_in: `XYZ` is not"),
        ("currency paid_in", {"paid_in": 5}, "E_GUARDRAIL", "paid_in: is not a currency"),
        ("currency paid_in", {}, "E_GUARDRAIL", "business_context.paid_in: is missing"),
        ("currency paid_in", {"paid_in": "CHF"}, "E_RATE_RESOLUTION", "from CHF to GBP on 2025"),
        ("currency \"CHF\"", {}, "E_RATE_RESOLUTION", "no exchange rate from CHF to GBP"),
        ("at rate", {"rate": "0"}, "E_GUARDRAIL", "business_context.rate: is not above zero"),
        ("at rate", {"rate": "-2"}, "E_GUARDRAIL", "business_context.rate: is not above zero"),
        ("currency \"GBP\" at 2", {}, "E_GUARDRAIL", "is not 1, but the line is in base currency"),
        ("base worth", {"worth": "1.005"}, "E_GUARDRAIL", "amount comes to 1.005 GBP, a broken"),
        ("base worth", {"worth": "-1.00"}, "E_GUARDRAIL", "base amount has another sign"),
        ("base worth", {"worth": "9" * 18}, "E_UNBALANCED", "GBP (base)"),
        ("base (worth * 10)", {"worth": "9" * 18}, "E_GUARDRAIL", "base amount is too large"),
        ("currency \"GBP\" base 1.00", {}, "E_GUARDRAIL", "its base amount is not its amount"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_converted_is_refused(
    tail: str, context: dict[str, object], code: str, message: str
) -> None:
    """Each fault has a code, the path of what was sent, and its words."""
    both = tail if tail.startswith("currency") else ""
    rule = (
        f"on HERA.X.PAID.V1 {{ debit bank total_amount {tail}"
        f" credit receivable total_amount {both} }}"
    )

    error = refusal(engine(rule), paid("100.00", **context))

    assert error.code == code
    assert message in error.message


def test_without_a_table_a_line_in_a_third_currency_is_refused() -> None:
    """The hint names the three ways to say what it is worth."""
    sent = with_header(paid("1.00", paid="1.00", paid_in="USD"), exchange_rate="0.85")

    error = refusal(engine(CROSS, ()), sent)

    assert error.message.startswith("business_context.paid_in: no exchange rate from USD to GBP")
    assert error.hint is not None
    assert "`at` or `base`" in error.hint


def test_the_currencies_a_schema_allows_hold_for_its_lines() -> None:
    """`currencies EUR, GBP` allows no line in dollars."""
    posting = engine("validations { currencies EUR, GBP }\n" + CROSS)

    error = refusal(posting, paid("1.00", paid="1.00", paid_in="USD"))

    assert "USD is not allowed by the schema" in error.message


def test_tax_lines_may_have_a_rate_of_their_own() -> None:
    """A tax authority's rate beside the book's: each tax at it, the rest where the rule says."""
    rule = """
on HERA.X.SOLD.V1 {
  given total_amount = sum(gross(items))
  debit receivable total_amount
  for item in items { credit revenue net(item)  credit tax_output tax(item) at 0.8 }
  exchange difference to gain, loss
}
"""
    sent = paid("120.00", "HERA.X.SOLD.V1", items=[{"amount": "100.00"}], tax_inclusive=False)

    entry = engine(rule).simulate(sent)

    assert bases(entry) == table("""
        DR receivable 120.00 102.00
        CR revenue    100.00  85.00
        CR tax_output  20.00  16.00
        CR gain         0.00   1.00
    """)
