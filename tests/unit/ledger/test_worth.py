"""What lines are worth in base currency: how large it may be, its sign, whose currency it is."""

from typing import Final

import pytest

from hera_engine import Correction, HeraError, Ledger
from hera_engine.configuration import ReversalStyle
from hera_engine.repository import Query
from tests.unit.ledger.books import (
    ACTOR,
    CALLER,
    GL_LINE,
    ORG,
    configuration,
    header,
    leg,
    opened,
    pair,
    paths,
    refusal,
    sale,
)

HUGE: Final = "900000000000000000.00"


def in_pounds(style: ReversalStyle = ReversalStyle.MIRROR) -> Ledger:
    """Return books whose base currency is GBP."""
    return opened(configuration(base_currency="GBP", style=style))


def euros(**more: object) -> dict[str, object]:
    """Return the header of a journal in euros."""
    return header(**{"transaction_currency_code": "EUR", "exchange_rate": "0.857", **more})


def worth(ledger: Ledger) -> list[tuple[str, str, str]]:
    """Return account, debits less credits, and the same in base currency."""
    return [
        (each.account, str(each.balance), str(each.base_debits - each.base_credits))
        for each in ledger.balances(CALLER)
    ]


@pytest.mark.parametrize("rate", ["2", "1000", "999999999999999999"])
def test_a_worth_beyond_the_limit_is_refused_before_anything_is_stored(rate: str) -> None:
    """For an event and for a document; a figure that is stored can be read."""
    ledger = in_pounds()

    event = sale(HUGE, currency="EUR", exchange_rate=rate)
    answers = [
        ledger.execute("POST", ACTOR, ORG, event),
        ledger.execute("SIMULATE", ACTOR, ORG, event),
        ledger.execute(
            "CREATE", ACTOR, ORG, {"header": euros(exchange_rate=rate), "lines": pair(HUGE)}
        ),
    ]

    assert [each.get("error_code") for each in answers] == ["E_GUARDRAIL"] * 3, answers
    assert ledger.query(CALLER) == ()
    assert ledger.balances(CALLER) == ()


def test_the_total_of_a_flat_journal_stays_within_the_limit() -> None:
    """It is the sum of the debits, and it too must be readable."""
    lines = [leg(side, HUGE) for side in ("DR", "DR", "CR", "CR")]

    answer = opened().execute("CREATE", ACTOR, ORG, {"transaction_type": "JOURNAL", "lines": lines})

    assert answer["error_code"] == "E_GUARDRAIL"
    assert "total_amount" in str(answer["error"])


def test_a_line_below_zero_stands_on_the_other_side_with_its_worth() -> None:
    """In mirror style; amount and base amount are turned together."""
    ledger = in_pounds()
    lines = [
        leg("DR", "-10.00", "1000", base_amount="-8.57"),
        leg("CR", "-10.00", "4100", base_amount="-8.57"),
    ]

    ledger.create(CALLER, euros(), lines)
    assert worth(ledger) == [("1000", "-10.00", "-8.57"), ("4100", "10.00", "8.57")]

    columns = [
        {"gl_account_code": "1000", "debit": amount, "smart_code": GL_LINE, "line_data": data}
        for amount, data in (
            ("10.00", {"base_amount": "8.57"}),
            ("-10.00", {"base_amount": "-8.57"}),
        )
    ]
    ledger.create(CALLER, euros(), columns)
    assert worth(ledger) == [("1000", "-10.00", "-8.57"), ("4100", "10.00", "8.57")]


@pytest.mark.parametrize("style", list(ReversalStyle))
@pytest.mark.parametrize(("amount", "base"), [("10.00", "-8.57"), ("-10.00", "8.57")])
def test_amount_and_base_amount_have_one_sign(style: ReversalStyle, amount: str, base: str) -> None:
    """In either style."""
    ledger = in_pounds(style)

    error = refusal(lambda: ledger.create(CALLER, euros(), pair(amount, base_amount=base)))

    expected = "has another sign than the line's amount"
    assert paths(error) == {"lines[0].line_data.base_amount": expected}


def test_an_exchange_difference_below_zero_stands_on_the_other_side() -> None:
    """A line of no amount has the side of its base amount."""
    ledger = in_pounds()
    lines = [
        leg("DR", "100.00", "1000", base_amount="85.00"),
        leg("CR", "100.00", "1100", base_amount="80.00"),
        leg("DR", "0.00", "4100", base_amount="-5.00"),
    ]

    stored = ledger.create(CALLER, euros(), lines).transaction

    assert [(line.data["side"], line.data["base_amount"]) for line in stored.lines] == [
        ("DR", "85.00"), ("CR", "80.00"), ("CR", "5.00"),
    ]  # fmt: skip


def test_a_header_cannot_name_another_base_currency_than_the_books() -> None:
    """Else balances would add pounds and yen; without one in the books a header may name any."""
    ledger = in_pounds()
    yen = euros(base_currency_code="JPY", exchange_rate="160")

    error = refusal(lambda: ledger.create(CALLER, yen, pair("100.00")))
    expected = "JPY is not the base currency of the books, GBP"
    assert paths(error) == {"header.base_currency_code": expected}
    event = sale(currency="EUR", base_currency="JPY", exchange_rate="160")
    assert paths(refusal(lambda: ledger.post(CALLER, event))) == {"base_currency": expected}
    assert ledger.query(CALLER) == ()

    ledger.create(CALLER, euros(base_currency_code="GBP"), pair("100.00"))
    opened().create(CALLER, yen, pair("100.00"))


def test_a_line_in_base_currency_is_worth_its_amount() -> None:
    """Saying so is taken, in any spelling of the number; anything else is refused."""
    ledger = in_pounds()
    pounds = header(transaction_currency_code="GBP")

    error = refusal(lambda: ledger.create(CALLER, pounds, pair("10.00", base_amount="999.00")))
    expected = "is not the line's amount, which is in base currency"
    assert paths(error) == {"lines[0].line_data.base_amount": expected}
    ledger.create(CALLER, pounds, pair("10.00", base_amount="10"))
    assert worth(ledger) == [("1000", "10.00", "10.00"), ("4100", "-10.00", "-10.00")]


def test_what_conversion_leaves_over_goes_to_no_line_in_base_currency() -> None:
    """Though it is the largest of its ledger."""
    ledger = in_pounds()
    lines = [
        *pair("1000.00", currency="GBP"),
        *(leg("DR", "0.01") for _ in range(2)),
        leg("CR", "0.02", "4100"),
    ]

    stored = ledger.create(CALLER, euros(exchange_rate="0.5"), lines).transaction

    assert [line.data["base_amount"] for line in stored.lines[:2]] == ["1000.00", "1000.00"]
    assert sum(int(line.side is not None) for line in stored.lines) == 5


@pytest.mark.parametrize("style", list(ReversalStyle))
def test_what_is_left_over_turns_no_line(style: ReversalStyle) -> None:
    """Lines of one unit cannot bear much: what one cannot take goes to the next, and comes back."""
    ledger = in_pounds(style)
    lines = [leg("DR", "0.01", "1000") for _ in range(100)]
    lines += [leg("CR", "0.02", "4100") for _ in range(50)]

    stored = ledger.create(CALLER, euros(exchange_rate="0.5"), lines).transaction

    worths = [str(line.data["base_amount"]) for line in stored.lines]
    assert worths == ["0.00"] * 50 + ["0.01"] * 100
    for number in range(1, 101):
        parts: dict[int, object] = {number: "0.01", 101 + (number - 1) // 2: "0.01"}
        ledger.reverse(CALLER, Correction(transaction_id=stored.id, lines=parts))
    assert ledger.read(CALLER, stored.id).header.status == "reversed"
    assert worth(ledger) == [("1000", "0.00", "0.00"), ("4100", "0.00", "0.00")]


def test_what_no_line_can_bear_does_not_balance() -> None:
    """The converted lines are worth less than what the stated ones are short of."""
    lines = [leg("DR", "0.01", "1000") for _ in range(9)]
    lines += [leg("DR", "1.00", "1000", base_amount="0.54")]
    lines += [leg("CR", "1.09", "4100", base_amount="0.50")]

    error = refusal(lambda: in_pounds().create(CALLER, euros(exchange_rate="0.1"), lines))

    assert error.code == "E_UNBALANCED"


def test_a_part_of_a_document_without_amounts_on_its_lines() -> None:
    """Is taken of its total, for nothing can be taken of its lines."""
    ledger = opened()
    head = header(transaction_type="SALE", smart_code="HERA.POS.SALE.TXN.RETAIL.V1")
    head["total_amount"] = "100.00"
    sold = ledger.create(CALLER, head, [{"line_type": "service", "description": "cut"}])

    answer = ledger.execute(
        "REVERSE", ACTOR, ORG, {"transaction_id": sold.transaction.id, "amount": "50.00"}
    )

    assert answer["success"] is True, answer
    taken = ledger.read(CALLER, str(answer["transaction_id"]))
    assert str(taken.header.total_amount) == "-50.00"


@pytest.mark.parametrize(
    "filters",
    [
        {"offset": 2**63},
        {"offset": 10**9 + 1},
        {"cursor": "2025-01-01/\ud800"},
        {"cursor": "2025-01-01/\x00"},
    ],
)
def test_no_store_is_asked_what_it_cannot_hold(filters: dict[str, object]) -> None:
    """A page is bounded, and the id of a cursor is clean."""
    answer = opened().execute("QUERY", ACTOR, ORG, {"filters": filters})

    assert answer["error_code"] == "E_GUARDRAIL", answer


def test_an_offset_of_a_query_is_bounded_too() -> None:
    """Also where it does not come through an action."""
    with pytest.raises(HeraError, match="offset"):
        opened().query(CALLER, Query(offset=2**63))


def test_worths_in_different_base_currencies_are_kept_apart() -> None:
    """In books that name none, and in books that named another one before."""
    ledger = opened(configuration(base_currency=None))
    for base, rate in (("GBP", "0.85"), ("JPY", "160"), ("GBP", "0.86")):
        ledger.create(CALLER, euros(base_currency_code=base, exchange_rate=rate), pair("100.00"))
    ledger.configure(CALLER, configuration(base_currency="CHF"))
    ledger.create(CALLER, euros(exchange_rate="0.95"), pair("100.00"))

    found = [each.to_dict() for each in ledger.balances(CALLER) if each.account == "1000"]

    assert [(each["base_currency"], each["debits"], each["base_debits"]) for each in found] == [
        ("CHF", "100.00", "95.00"), ("GBP", "200.00", "171.00"), ("JPY", "100.00", "16000"),
    ]  # fmt: skip
