"""REVERSE: whole, in part, by line, twice, of a correction, in both styles."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest

from hera_engine import Correction, Ledger
from hera_engine.configuration import ReversalStyle
from hera_engine.ledger.remains import REVERSES_LINE
from hera_engine.transactions import Status, Transaction
from tests.unit.ledger.books import (
    CALLER,
    NOON,
    configuration,
    header,
    leg,
    opened,
    pair,
    paths,
    refusal,
    sale,
    sides,
    total_of,
)


def posted(ledger: Ledger, amount: str = "100.00", **more: object) -> Transaction:
    """Return a journal of cash against revenue."""
    said = header(total_amount=amount, **more)
    return ledger.create(CALLER, said, pair(amount)).transaction


def take(ledger: Ledger, made: Transaction, **asked: object) -> Transaction:
    """Return a correction of a transaction."""
    correction = Correction(transaction_id=made.id, **asked)  # type: ignore[arg-type] # as asked
    return ledger.reverse(CALLER, correction).transaction


def test_a_full_reversal_flips_the_sides_and_negates_the_total() -> None:
    """Amounts stay; both know each other; together they come to nothing."""
    ledger = opened()
    made = posted(ledger)

    back = take(ledger, made, reason="typed twice")

    old = ledger.read(CALLER, made.id).header
    assert sides(back) == ["CR 100.00", "DR 100.00"]
    assert [line.data[REVERSES_LINE] for line in back.lines] == [1, 2]
    assert back.header.total_amount == Decimal("-100.00")
    assert (back.header.reverses, old.reversed_by) == (made.id, (back.id,))
    assert (old.status, back.header.status) == (Status.REVERSED, Status.POSTED)
    assert back.header.metadata == {"reversal_of": made.id, "reason": "typed twice"}
    assert ledger.read(CALLER, made.id).lines == made.lines
    assert total_of(ledger) == {}


def test_lines_of_no_journal_are_negated() -> None:
    """A document has no sides."""
    ledger = opened()
    lines = [{"line_number": 1, "line_type": "service", "line_amount": "50", "quantity": 1}]
    made = ledger.create(
        CALLER, header(transaction_type="SALE", total_amount="50.00"), lines
    ).transaction

    back = take(ledger, made)

    assert [line.amount for line in back.lines] == [-50]
    assert back.header.total_amount == -50


def test_storno_keeps_the_side_and_negates_the_amount() -> None:
    """And the reversal of a storno stands above zero again."""
    ledger = opened(configuration(style=ReversalStyle.STORNO))
    made = posted(ledger)

    back = take(ledger, made)
    again = take(ledger, back)

    assert sides(back) == ["DR -100.00", "CR -100.00"]
    assert sides(again) == ["DR 100.00", "CR 100.00"]
    assert total_of(ledger) == {("GL", "1000"): "100.00", ("GL", "4100"): "-100.00"}


def test_a_transaction_is_reversed_once() -> None:
    """And so is its reversal."""
    ledger = opened()
    made = posted(ledger)
    back = take(ledger, made)
    again = take(ledger, back)

    for each in (made, back):
        error = refusal(partial(take, ledger, each))
        assert (error.code, error.message) == (
            "E_STATE", "a reversed transaction cannot be reversed"
        )  # fmt: skip
    assert again.header.reverses == back.id
    assert total_of(ledger) == {("GL", "1000"): "100.00", ("GL", "4100"): "-100.00"}


def test_parts_by_amount_end_at_exactly_zero() -> None:
    """A third, a third, and what is left."""
    ledger = opened()
    made = posted(ledger, "100.00")

    parts = [take(ledger, made, amount="33.33") for _ in range(3)]
    assert ledger.read(CALLER, made.id).header.status is Status.POSTED
    last = take(ledger, made)

    assert [part.header.total_amount for part in parts] == [Decimal("-33.33")] * 3
    assert [line.amount for line in last.lines] == [Decimal("0.01")] * 2
    header_now = ledger.read(CALLER, made.id).header
    assert header_now.status is Status.REVERSED
    assert header_now.reversed_by == (*(part.id for part in parts), last.id)
    assert total_of(ledger) == {}


def test_a_part_is_shared_over_lines_by_the_largest_remainder() -> None:
    """In whole cents, and balanced."""
    ledger = opened()
    lines = [leg("DR", "0.05"), leg("CR", "0.02", "4100"), leg("CR", "0.03", "6200")]
    made = ledger.create(CALLER, header(total_amount="0.05"), lines).transaction

    part = take(ledger, made, amount="0.03")

    # Credits share 3 cents by 2 and 3: 1.2 and 1.8, so 1 and 2.
    assert sides(part) == ["CR 0.03", "DR 0.01", "DR 0.02"]


def test_a_document_without_a_total_is_measured_by_its_lines() -> None:
    """Half of an appointment of 50 is 25, whatever decimals its prices have."""
    ledger = opened()
    lines = [{"line_number": 1, "line_type": "service", "line_amount": "50"}]
    said = header(transaction_type="APPOINTMENT", transaction_status="completed", total_amount=0)
    made = ledger.create(CALLER, said, lines).transaction

    part = take(ledger, made, amount="25")
    error = refusal(lambda: take(ledger, made, amount="25.01"))
    rest = take(ledger, made)

    assert [line.amount for line in part.lines] == [-25]
    assert paths(error)["amount"].startswith("is more than what is left: 25.")
    assert [line.amount for line in rest.lines] == [-25]


def test_a_journal_without_a_total_is_measured_by_its_first_book() -> None:
    """In the decimals of that book's currency."""
    ledger = opened()
    yen = {"currency": "JPY", "base_amount": "5.00"}
    made = ledger.create(
        CALLER, header(), [leg("DR", "500", **yen), leg("CR", "500", "4100", **yen)]
    ).transaction

    part = take(ledger, made, amount="100")

    assert sides(part) == ["CR 100", "DR 100"]
    assert [str(line.base_amount()) for line in part.lines] == ["1.00", "1.00"]


def test_single_lines_are_taken_back() -> None:
    """As long as they balance, and no more than there is."""
    ledger = opened()
    lines = [leg("DR", "10.00"), leg("CR", "4.00", "4100"), leg("CR", "6.00", "6200")]
    made = ledger.create(CALLER, header(total_amount="10.00"), lines).transaction

    part = take(ledger, made, lines={1: "4.00", 2: "4.00"})
    unbalanced = refusal(lambda: take(ledger, made, lines={1: "1.00", 3: "2.00"}))
    too_much = refusal(lambda: take(ledger, made, lines={2: "0.01", 1: "0.01"}))
    rest = take(ledger, made, lines={1: "6.00", 3: "6.00"})

    assert [line.data[REVERSES_LINE] for line in part.lines] == [1, 2]
    assert part.header.total_amount == -4
    assert unbalanced.code == "E_UNBALANCED"
    assert paths(too_much) == {"lines.2": "is more than what is left: 0.00"}
    assert rest.header.total_amount == -6
    assert ledger.read(CALLER, made.id).header.status is Status.REVERSED
    assert total_of(ledger) == {}


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "100.01"}, "amount"),
        ({"amount": "0.001"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": "1", "lines": {1: "1"}}, "lines"),
        ({"lines": {}}, "lines"),
        ({"lines": []}, "lines"),
        ({"lines": "ab"}, "lines"),
        ({"lines": {"1": "1"}}, "lines"),
        ({"lines": {10**5000: "1"}}, "lines"),
        ({"lines": {9: "1"}}, "lines.9"),
        ({"lines": {1: "0"}}, "lines.1"),
        ({"lines": {1: "0.001"}}, "lines.1"),
        ({"lines": {1: 10**5000}}, "lines.1"),
        ({"reversal_date": "soon"}, "reversal_date"),
        ({"reversal_date": "2025-02-30"}, "reversal_date"),
        ({"reason": 5}, "reason"),
        ({"reason": "\u202e"}, "reason"),
        ({"external_reference": ""}, "external_reference"),
    ],
)
def test_what_cannot_be_taken_back(asked: dict[str, object], path: str) -> None:
    """Is told with its place, and nothing is stored."""
    ledger = opened()
    made = posted(ledger)

    error = refusal(lambda: take(ledger, made, **asked))

    assert error.code == "E_GUARDRAIL"
    assert path in paths(error)
    assert ledger.query(CALLER) == (made.header,)


@pytest.mark.parametrize("status", ["draft", "pending", "confirmed", "approved"])
def test_what_is_not_entered_is_not_reversed(status: str) -> None:
    """It can still be changed, or voided."""
    ledger = opened()
    made = posted(ledger, transaction_status=status)

    error = refusal(lambda: take(ledger, made))

    assert (error.code, error.hint) == ("E_STATE", "use UPDATE or VOID")


def test_a_voided_one_is_not_reversed() -> None:
    """It is out of the books already."""
    ledger = opened()
    made = posted(ledger)
    ledger.void(CALLER, made.id)

    assert refusal(lambda: take(ledger, made)).code == "E_STATE"


def test_an_archived_one_is_reversed_as_far_as_anything_is_left() -> None:
    """It counts in the books still."""
    ledger = opened()
    made = posted(ledger)
    ledger.update(CALLER, made.id, {"transaction_status": "archived"})
    take(ledger, made)
    ledger.update(CALLER, made.id, {"transaction_status": "archived"})

    error = refusal(lambda: take(ledger, made))

    assert error.message == "an archived transaction has nothing left to reverse"
    assert total_of(ledger) == {}


def test_a_repeat_takes_nothing_twice() -> None:
    """By the external reference; other content under it is a conflict."""
    ledger = opened()
    made = posted(ledger)
    asked = Correction(transaction_id=made.id, amount="40.00", external_reference="C-1")

    first = ledger.reverse(CALLER, asked)
    respelled = ledger.reverse(
        CALLER, Correction(transaction_id=made.id, amount=40, external_reference="C-1")
    )
    ledger.reverse(CALLER, Correction(transaction_id=made.id))
    late = ledger.reverse(CALLER, asked)
    other = refusal(
        lambda: ledger.reverse(
            CALLER, Correction(transaction_id=made.id, amount="41.00", external_reference="C-1")
        )
    )

    assert [each.idempotent for each in (first, respelled, late)] == [False, True, True]
    assert first.transaction == respelled.transaction == late.transaction
    assert other.code == "E_IDEMPOTENT"
    assert total_of(ledger) == {}


def test_the_moment_of_a_reversal() -> None:
    """The clock's, a day, or a moment as it was sent."""
    ledger = opened()

    clock, day, moment = (
        take(ledger, posted(ledger), reversal_date=said).header
        for said in (None, "2025-02-03", "2025-10-23T16:00:00Z")
    )

    assert (clock.transaction_at, clock.transaction_date) == (NOON, NOON.date())
    assert (day.transaction_at, day.transaction_date) == (None, date(2025, 2, 3))
    assert moment.transaction_at == datetime(2025, 10, 23, 16, tzinfo=UTC)
    assert moment.transaction_date == date(2025, 10, 23)


def test_nothing_is_taken_back_before_it_counts() -> None:
    """From its posting date on, where it has one; of a correction, from its own day on."""
    ledger = opened()
    made = posted(ledger, posting_date="2025-02-05")

    message = "is before 2025-02-05, the day from which the transaction counts"
    for said in ("1999-01-01", "2025-01-25", "2025-02-04T23:59:59Z"):
        error = refusal(partial(take, ledger, made, reversal_date=said))
        assert (error.code, paths(error)) == ("E_GUARDRAIL", {"reversal_date": message})
        assert error.hint == "send that day, or a later one"
    part = take(ledger, made, reversal_date="2025-02-05", amount="1.00")
    whole = take(ledger, made)
    early = refusal(partial(take, ledger, part, reversal_date="2025-02-04"))

    assert paths(early) == {"reversal_date": message}
    days = (part.header.transaction_date, whole.header.transaction_date)
    assert days == (date(2025, 2, 5), date(2025, 2, 5))
    assert whole.header.transaction_at is None


def test_an_event_is_taken_back_from_its_stored_lines() -> None:
    """Whatever the schema says today, and with its dimensions."""
    ledger = opened()
    made = ledger.post(CALLER, sale("100.00")).transaction
    ledger.configure(CALLER, configuration().from_dict({"organization_id": CALLER.organization_id}))

    back = take(ledger, made)

    assert [line.account for line in back.lines] == [line.account for line in made.lines]
    assert [line.line_type for line in back.lines] == ["credit", "debit"]
    assert back.header.schema == made.header.schema
    assert total_of(ledger) == {}


def test_base_amounts_are_taken_back_as_they_were_stored() -> None:
    """Not converted again; the last part takes what rounding left."""
    ledger = opened(configuration(base_currency="GBP"))
    said = header(transaction_currency_code="EUR", exchange_rate="0.8571", total_amount="10.00")
    lines = [leg("DR", "10.00"), leg("CR", "3.33", "4100"), leg("CR", "6.67", "6200")]
    made = ledger.create(CALLER, said, lines).transaction

    for _ in range(3):
        take(ledger, made, amount="3.00")
    take(ledger, made)

    assert [str(each.base_debits - each.base_credits) for each in ledger.balances(CALLER)] == [
        "0.00", "0.00", "0.00"
    ]  # fmt: skip
