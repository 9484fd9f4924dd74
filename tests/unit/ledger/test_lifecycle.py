"""From beginning to end: statuses and their moves, UPDATE, DELETE, VOID, periods."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

import pytest

from hera_engine import Correction, InMemoryRepository, Ledger
from hera_engine.configuration import PeriodStatus
from hera_engine.ledger.lifecycle import ALWAYS_SAID, DRAFT_PATCHED
from hera_engine.transactions import HEADER_DETAILS, MOVES, OPEN, Status, Transaction
from tests.unit.ledger.books import (
    ACTOR,
    CALLER,
    FEBRUARY,
    FOREIGN,
    JANUARY,
    NOON,
    Ticking,
    closed,
    configuration,
    header,
    leg,
    numbered,
    opened,
    pair,
    paths,
    refusal,
    total_of,
)

BEGINNINGS: Final = ("draft", "pending", "confirmed", "approved", "completed", "posted")
EVERY: Final = tuple(status.value for status in Status)


def standing(ledger: Ledger, status: str) -> Transaction:
    """Return a journal that has come to stand so."""
    begin = status if status in BEGINNINGS else "posted"
    made = ledger.create(CALLER, header(transaction_status=begin), pair("10.00")).transaction
    if status == "voided":
        return ledger.void(CALLER, made.id)
    if status == "archived":
        return ledger.update(CALLER, made.id, {"transaction_status": "archived"})
    if status == "reversed":
        ledger.reverse(CALLER, Correction(transaction_id=made.id))
        return ledger.read(CALLER, made.id)
    return made


@pytest.mark.parametrize("status", EVERY)
def test_a_transaction_begins_open_or_entered(status: str) -> None:
    """Never voided, reversed or archived."""
    ledger = opened()
    if status in BEGINNINGS:
        made = ledger.create(CALLER, header(transaction_status=status), pair()).transaction
        assert made.header.status == status
        return

    error = refusal(lambda: ledger.create(CALLER, header(transaction_status=status), pair()))

    message = "is not a status that a transaction begins with"
    assert paths(error) == {"header.transaction_status": message}


def test_without_a_status_it_is_a_draft() -> None:
    """As the orchestrator has it."""
    made = opened().create(CALLER, header(transaction_status=None), pair()).transaction

    assert made.header.status is Status.DRAFT


@pytest.mark.parametrize("before", EVERY)
@pytest.mark.parametrize("after", EVERY)
def test_every_pair_of_statuses(before: str, after: str) -> None:
    """UPDATE moves along MOVES and nowhere else; to the same status is no move."""
    ledger = opened()
    made = standing(ledger, before)
    may = before != "voided" and (after == before or Status(after) in MOVES[Status(before)])

    if may:
        moved = ledger.update(CALLER, made.id, {"transaction_status": after})
        assert moved.header.status == after
        assert moved.header.audit.version == made.header.audit.version + 1
        assert moved.lines == made.lines
        return
    error = refusal(lambda: ledger.update(CALLER, made.id, {"transaction_status": after}))
    assert error.code == "E_STATE"
    assert error.details["transaction_status"] == before
    assert ledger.read(CALLER, made.id, include_voided=True) == made


@pytest.mark.parametrize("status", EVERY)
def test_what_counts_in_balances(status: str) -> None:
    """Entered ones do; drafts, open and voided ones do not; reversed ones come to zero."""
    ledger = opened()
    made = standing(ledger, status)

    counted = {("GL", "1000"): "10.00", ("GL", "4100"): "-10.00"}
    assert total_of(ledger) == (counted if status in {"completed", "posted", "archived"} else {})
    every = {(each.account, str(each.debits)) for each in ledger.balances(CALLER)}
    assert (("1000", "10.00") in every) == made.header.status.is_booked
    assert made.header.status.is_open == (Status(status) in OPEN)


def test_balances_up_to_a_day() -> None:
    """By the posting date where there is one."""
    ledger = opened()
    ledger.create(CALLER, header(transaction_date="2025-01-10"), pair("1.00"))
    ledger.create(
        CALLER, header(transaction_date="2025-01-10", posting_date="2025-02-01"), pair("2.00")
    )

    january = ledger.balances(CALLER, date(2025, 1, 31))

    assert [(each.account, each.debits, each.credits) for each in january] == [
        ("1000", Decimal("1.00"), 0), ("4100", 0, Decimal("1.00"))
    ]  # fmt: skip


class Interrupted(InMemoryRepository):
    """Books in which something happens just before transactions are fetched."""

    __slots__ = ("before",)

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], object]] = []

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """Let it happen, then fetch."""
        while self.before:
            self.before.pop()()
        return super().fetch(organization_id, ids)


def test_what_is_voided_while_balances_are_read_does_not_count() -> None:
    """Its header was listed as posted, and it comes back voided."""
    books = Interrupted()
    ledger = Ledger(books, clock=Ticking(), ids=numbered())
    ledger.configure(CALLER, configuration())
    made = ledger.create(CALLER, header(), pair("1.00")).transaction
    books.before.append(lambda: ledger.void(CALLER, made.id))

    assert ledger.balances(CALLER) == ()
    assert ledger.read(CALLER, made.id, include_voided=True).header.status == "voided"


# --- UPDATE -------------------------------------------------------------------------------------

PATCH: Final[dict[str, object]] = {
    "transaction_code": "J-1",
    "transaction_date": "2025-01-21T10:00:00+00:00",
    "posting_date": "2025-01-22",
    "total_amount": "10.00",
    "business_context": {"till": "1"},
    "metadata": {"note": "x"},
    "posting_period_code": "P1",
    "fiscal_year": 2025,
    "fiscal_period": 1,
    **dict.fromkeys(HEADER_DETAILS, "x"),
    "transaction_status": "pending",
}


def test_every_field_of_a_draft_can_be_patched() -> None:
    """Each field that is said to be one, and all at once."""
    assert set(PATCH) == set(DRAFT_PATCHED)
    ledger = opened()
    made = standing(ledger, "draft")

    patched = ledger.update(CALLER, made.id, PATCH)

    said = patched.header.to_dict()
    assert {name: said[name] for name in PATCH} == PATCH
    assert ledger.read(CALLER, made.id) == patched


@pytest.mark.parametrize("status", EVERY)
@pytest.mark.parametrize("field", sorted(PATCH.keys() - {"transaction_status"}))
def test_what_is_entered_changes_in_no_field(status: str, field: str) -> None:
    """A completed one may still be approved; a posted one never changes."""
    ledger = opened()
    made = standing(ledger, status)
    approval = {"approval_required", "approved_by", "approved_at"}

    if made.header.status.is_open or (status == "completed" and field in approval):
        assert ledger.update(CALLER, made.id, {field: PATCH[field]}) != made
        return
    error = refusal(lambda: ledger.update(CALLER, made.id, {field: PATCH[field]}))
    assert error.code == "E_STATE"
    assert ledger.read(CALLER, made.id, include_voided=True) == made


@pytest.mark.parametrize("name", ["lines", "external_reference", "smart_code", "id", "x" * 999])
def test_other_fields_are_not_patched(name: str) -> None:
    """Not even those of a draft."""
    ledger = opened()
    made = standing(ledger, "draft")

    error = refusal(lambda: ledger.update(CALLER, made.id, {name: "x"}))

    assert list(paths(error).values()) == ["is not a field that can be patched"]


@pytest.mark.parametrize("name", ALWAYS_SAID)
def test_what_a_transaction_always_has_is_not_taken_away(name: str) -> None:
    """Null is no day, no code and no total."""
    ledger = opened()
    made = standing(ledger, "draft")

    error = refusal(lambda: ledger.update(CALLER, made.id, {name: None}))

    assert paths(error) == {f"patch.{name}": "cannot be taken away"}


def test_a_patch_is_required() -> None:
    """An empty one is none."""
    ledger = opened()
    made = standing(ledger, "draft")

    error = refusal(lambda: ledger.update(CALLER, made.id, {}))
    assert error.message == "PARAM_REQUIRED: patch is required"
    odd = refusal(lambda: ledger.update(CALLER, made.id, "xy"))  # type: ignore[arg-type] # odd
    assert paths(odd) == {"patch": "is not an object"}


def test_a_change_is_stamped() -> None:
    """With its moment, its actor and a version one higher; who made it stays."""
    clock = Ticking()
    ledger = opened(clock=clock)
    made = standing(ledger, "draft")
    clock.moment = NOON + timedelta(hours=1)

    audit = ledger.update(CALLER, made.id, {"metadata": {}}).header.audit

    assert (audit.created_at, audit.updated_at) == (NOON, NOON + timedelta(hours=1))
    assert (audit.created_by, audit.updated_by, audit.version) == (ACTOR, ACTOR, 2)


# --- DELETE -------------------------------------------------------------------------------------


def test_an_empty_draft_is_removed_for_good() -> None:
    """And its reference is free again."""
    ledger = opened()
    sent = header(transaction_status="draft", external_reference="R-1")
    made = ledger.create(CALLER, sent).transaction

    assert ledger.delete(CALLER, made.id) == made.id

    assert refusal(lambda: ledger.read(CALLER, made.id, include_voided=True)).code == "E_NOT_FOUND"
    assert not ledger.create(CALLER, sent).idempotent


@pytest.mark.parametrize("status", EVERY)
def test_nothing_else_is_removed(status: str) -> None:
    """Not a draft with lines or a total, and nothing of another status."""
    ledger = opened()
    made = [standing(ledger, status)]
    if status in BEGINNINGS[1:]:
        made.append(ledger.create(CALLER, header(transaction_status=status)).transaction)
    made.append(
        ledger.create(CALLER, header(transaction_status="draft", total_amount=1)).transaction
    )

    for each in made:
        error = refusal(partial(ledger.delete, CALLER, each.id))
        words = "Only empty DRAFT transactions can be deleted. Use VOID or REVERSAL."
        assert (error.code, error.message) == ("E_STATE", words)


# --- VOID ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", EVERY)
def test_a_void_keeps_the_record_and_the_reason(status: str) -> None:
    """Of what is open or entered; not of what is at its end."""
    ledger = opened()
    made = standing(ledger, status)
    if status in {"voided", "reversed", "archived"}:
        assert refusal(lambda: ledger.void(CALLER, made.id)).code == "E_STATE"
        return

    voided = ledger.void(CALLER, made.id, "typed twice")

    assert (voided.header.status, voided.header.reason) == (Status.VOIDED, "typed twice")
    assert voided.lines == made.lines
    assert refusal(lambda: ledger.read(CALLER, made.id)).code == "E_NOT_FOUND"
    assert ledger.read(CALLER, made.id, include_voided=True) == voided
    assert total_of(ledger) == {}


def test_a_correction_and_what_it_corrects_are_not_voided() -> None:
    """They would no longer come to zero."""
    ledger = opened()
    made = standing(ledger, "posted")
    part = ledger.reverse(
        CALLER, Correction(transaction_id=made.id, lines={1: "1.00", 2: "1.00"})
    ).transaction

    for each in (made, part):
        assert refusal(partial(ledger.void, CALLER, each.id)).hint == "use REVERSE"


# --- periods ------------------------------------------------------------------------------------

OPEN_BOOKS: Final = configuration(periods=[JANUARY, FEBRUARY])
CLOSED_BOOKS: Final = closed(OPEN_BOOKS, "2025-01")


def test_an_entry_says_its_period() -> None:
    """By its posting date where it has one; without periods nothing is said."""
    ledger = opened(OPEN_BOOKS)

    january = ledger.create(CALLER, header(), pair()).transaction.header
    february = ledger.create(CALLER, header(posting_date="2025-02-01"), pair()).transaction.header
    free = opened().create(CALLER, header(), pair()).transaction.header

    assert (january.posting_period_code, january.fiscal_year, january.fiscal_period) == (
        "2025-01", 2025, 1
    )  # fmt: skip
    assert (february.posting_period_code, february.fiscal_period) == ("2025-02", 2)
    assert (free.posting_period_code, free.fiscal_period) == (None, None)


def test_a_hint_names_what_the_call_takes() -> None:
    """A void takes no day, and a correction calls its day by another name."""
    ledger = opened(OPEN_BOOKS)
    posted = standing(ledger, "posted")

    def hints() -> list[str]:
        calls = (
            lambda: ledger.create(CALLER, header(), pair()),
            lambda: ledger.void(CALLER, posted.id),
            lambda: ledger.reverse(
                CALLER, Correction(transaction_id=posted.id, reversal_date="2025-01-31")
            ),
        )
        return [refusal(call).hint or "" for call in calls]

    ledger.configure(CALLER, CLOSED_BOOKS)
    assert hints() == [
        "send a posting_date in an open period, or open the period",
        "open the period, or take the transaction back by REVERSE in an open one",
        "send a reversal_date in an open period, or open the period",
    ]
    ledger.configure(CALLER, configuration(periods=[FEBRUARY]))
    assert hints() == [
        "define a period that holds the day, or send another posting_date",
        "define a period that holds the day",
        "define a period that holds the day, or send another reversal_date",
    ]


def test_a_closed_period_takes_no_entry() -> None:
    """Not created, not moved there, not voided; a draft may stand in it."""
    ledger = opened(OPEN_BOOKS)
    posted = standing(ledger, "posted")
    draft = standing(ledger, "draft")
    ledger.configure(CALLER, CLOSED_BOOKS)

    for call in (
        lambda: ledger.create(CALLER, header(), pair()),
        lambda: ledger.update(CALLER, draft.id, {"transaction_status": "posted"}),
        lambda: ledger.void(CALLER, posted.id),
        lambda: ledger.reverse(
            CALLER, Correction(transaction_id=posted.id, reversal_date="2025-01-31")
        ),
    ):
        error = refusal(call)
        assert (error.code, error.retryable) == ("E_PERIOD_CLOSED", True)
        assert error.details["period"] == "2025-01"
    assert ledger.update(CALLER, draft.id, {"metadata": {}}).header.status is Status.DRAFT
    assert ledger.void(CALLER, draft.id).header.status is Status.VOIDED
    later = Correction(transaction_id=posted.id, reversal_date="2025-02-01")
    assert ledger.reverse(CALLER, later).transaction.header.posting_period_code == "2025-02"


def test_a_period_can_be_opened_again() -> None:
    """Which is why the error may be retried."""
    ledger = opened(CLOSED_BOOKS)
    ledger.configure(CALLER, CLOSED_BOOKS.with_period("2025-01", PeriodStatus.OPEN))

    assert ledger.create(CALLER, header(), pair()).transaction.header.status is Status.POSTED


def test_a_day_outside_every_period_is_refused() -> None:
    """Where there are periods, one must hold the day."""
    error = refusal(
        lambda: opened(OPEN_BOOKS).create(CALLER, header(transaction_date="2025-03-01"), pair())
    )

    assert (error.code, error.message) == (
        "E_GUARDRAIL", "no accounting period holds 2025-03-01"
    )  # fmt: skip


# --- what is foreign ----------------------------------------------------------------------------


def test_what_is_foreign_is_not_found() -> None:
    """In the same words as what does not exist, by every action."""
    ledger = opened()
    made = ledger.create(CALLER, header(transaction_status="draft"), [leg("DR", 0)]).transaction

    calls: tuple[Callable[[str], object], ...] = (
        lambda each: ledger.read(FOREIGN, each, include_voided=True),
        lambda each: ledger.update(FOREIGN, each, {"metadata": {}}),
        lambda each: ledger.delete(FOREIGN, each),
        lambda each: ledger.void(FOREIGN, each),
        lambda each: ledger.validate(FOREIGN, each),
        lambda each: ledger.reverse(FOREIGN, Correction(transaction_id=each)),
    )
    for call in calls:
        foreign = refusal(partial(call, made.id))
        absent = refusal(partial(call, "no-such-id"))
        assert foreign.code == "E_NOT_FOUND"
        assert foreign.to_dict() == absent.to_dict()
    assert ledger.query(FOREIGN) == ()
    assert ledger.balances(FOREIGN) == ()
    assert ledger.read(CALLER, made.id) == made


def test_validate_says_what_is_right_and_wrong() -> None:
    """Without changing anything."""
    ledger = opened(OPEN_BOOKS)
    good = standing(ledger, "posted")
    lines = [{"line_number": 1, "line_type": "service", "line_amount": "50"}]
    odd = ledger.create(
        CALLER, header(transaction_type="SALE", total_amount="49.00"), lines
    ).transaction
    ledger.configure(CALLER, CLOSED_BOOKS)

    checks = {check.name: check for check in ledger.validate(CALLER, good.id).checks}
    found = {check.name: check for check in ledger.validate(CALLER, odd.id).checks}

    assert ledger.validate(CALLER, good.id).is_valid
    assert {name for name, check in checks.items() if not check.passed} == {"open period"}
    assert found["total of lines"].message == "lines come to 50, the header says 49.00"
    assert ledger.read(CALLER, odd.id) == odd
