"""QUERY: filters, order, pages, cursors that stay put while others write."""

from datetime import date, datetime
from typing import Final

import pytest

from hera_engine import Ledger, limits
from hera_engine.ledger.actions import cursor_behind
from hera_engine.repository import Query
from hera_engine.transactions import SUMMARY_FIELDS, Status
from tests.unit.ledger.books import (
    ACTOR,
    CALLER,
    FOREIGN,
    ORG,
    Ticking,
    header,
    numbered,
    opened,
    pair,
    refusal,
    sale,
)


def dated(ledger: Ledger, *days: int) -> list[str]:
    """Store a journal on each of these days of January; return their ids."""
    return [
        ledger.create(CALLER, header(transaction_date=f"2025-01-{day:02d}"), pair()).transaction.id
        for day in days
    ]


def ids(ledger: Ledger, **asked: object) -> list[str]:
    """Return the ids that a query lists, in its order."""
    return [each.id for each in ledger.query(CALLER, Query(**asked))]  # type: ignore[arg-type] # as asked


def test_the_latest_day_comes_first_and_the_greatest_id_of_a_day() -> None:
    """Whatever the order they were stored in."""
    ledger = opened()
    first, second, third, fourth = dated(ledger, 5, 7, 5, 6)

    assert ids(ledger) == [second, fourth, third, first]


def test_each_filter_leaves_out_what_it_says() -> None:
    """And all of them together."""
    ledger = opened()
    (journal,) = dated(ledger, 5)
    event = ledger.post(CALLER, sale(reference="R-1")).transaction.id
    draft = ledger.create(
        CALLER, header(transaction_status="draft", transaction_type="SALE"), pair()
    ).transaction.id
    void = ledger.create(CALLER, header(external_reference="V-1"), pair()).transaction.id
    ledger.void(CALLER, void)

    assert ids(ledger) == [draft, event, journal]
    assert ids(ledger, include_voided=True) == [void, draft, event, journal]
    assert ids(ledger, transaction_type="SALE") == [draft]
    assert ids(ledger, status=Status.POSTED) == [event, journal]
    assert ids(ledger, status=Status.VOIDED, include_voided=True) == [void]
    assert ids(ledger, smart_code="HERA.POS.SALE.v1") == [event]
    assert ids(ledger, external_reference="R-1") == [event]
    assert ids(ledger, external_reference="V-1") == []
    assert ids(ledger, external_reference="V-1", include_voided=True) == [void]
    assert ids(ledger, first_day=date(2025, 1, 6), last_day=date(2025, 1, 15)) == [event]
    assert ids(ledger, external_reference="R-1", status=Status.DRAFT) == []
    assert ledger.query(FOREIGN, Query(include_voided=True)) == ()


def test_pages_by_offset() -> None:
    """Limit and offset cut the list."""
    ledger = opened()
    made = dated(ledger, 1, 2, 3, 4, 5)[::-1]

    assert ids(ledger, limit=2) == made[:2]
    assert ids(ledger, limit=2, offset=2) == made[2:4]
    assert ids(ledger, limit=2, offset=5) == []


def test_a_cursor_neither_repeats_nor_misses_while_others_write() -> None:
    """New ones before the page are not seen; no old one is lost."""
    ledger = opened()
    old = dated(ledger, 3, 5, 5, 7, 9)
    seen: list[str] = []
    after = None
    for late in (9, 5, 1, 30):
        page = ledger.query(CALLER, Query(limit=2, after=after))
        seen += [each.id for each in page]
        if page:
            after = (page[-1].transaction_date, page[-1].id)
        dated(ledger, late)

    assert len(seen) == len(set(seen))
    assert set(old) <= set(seen)


def test_without_a_limit_a_hundred_come() -> None:
    """The orchestrator's default."""
    ledger = opened()
    for _ in range(101):
        ledger.create(CALLER, header())

    assert len(ledger.query(CALLER)) == 100


@pytest.mark.parametrize(
    ("limit", "is_fine"),
    [(0, False), (-1, False), (1, True), (limits.TRANSACTION_PAGE, True),
     (limits.TRANSACTION_PAGE + 1, False), (10 * limits.TRANSACTION_PAGE, False)],
)  # fmt: skip
def test_a_page_is_bounded(limit: int, is_fine: bool) -> None:
    """From one to the published limit."""
    ledger = opened()
    if is_fine:
        assert ledger.query(CALLER, Query(limit=limit)) == ()
        return
    error = refusal(lambda: ledger.query(CALLER, Query(limit=limit)))
    assert error.details["limit"] == "TRANSACTION_PAGE"


MOMENT: Final = datetime(2025, 1, 31)  # noqa: DTZ001 # no zone is the point
ODD: Final[list[tuple[str, object]]] = [
    ("limit", "5"), ("limit", True), ("limit", None), ("limit", 5.0), ("offset", "1"),
    ("status", "posted"), ("status", 5), ("first_day", "2025-01-01"), ("first_day", MOMENT),
    ("last_day", "2025-01-01"), ("last_day", MOMENT), ("include_voided", "yes"),
    ("include_voided", None), ("transaction_type", 5), ("transaction_type", "\x00"),
    ("smart_code", 5), ("external_reference", 5), ("external_reference", "\ud800"),
    ("after", "2025-01-01/x"), ("after", (date(2025, 1, 1),)), ("after", (MOMENT, "x")),
    ("after", ("2025-01-01", "x")), ("after", (date(2025, 1, 1), 5)),
    ("after", (date(2025, 1, 1), "\x00")),
]  # fmt: skip


class Unasked:
    """A store that fails whatever it is asked; a query that reaches it is not refused."""

    def __getattr__(self, verb: str) -> object:
        """Fail."""
        raise AssertionError(verb)


UNASKED: Final = Ledger(Unasked(), clock=Ticking(), ids=numbered())  # type: ignore[arg-type] # as said


@pytest.mark.parametrize(("name", "value"), ODD)
def test_a_value_of_another_kind_is_refused_before_a_store_is_asked(
    name: str, value: object
) -> None:
    """So that every store refuses alike, and none with a word of its own."""
    error = refusal(lambda: ids(UNASKED, **{name: value}))

    assert error.code == "E_GUARDRAIL"
    assert error.message.startswith(f"{name} is ")


@pytest.mark.parametrize("query", [{"limit": 5}, 5, "", ()])
def test_what_is_no_query_is_refused(query: object) -> None:
    """Also where it is empty."""
    error = refusal(lambda: UNASKED.query(CALLER, query))  # type: ignore[arg-type] # the point

    assert (error.code, error.message) == ("E_GUARDRAIL", "the query is no Query")


@pytest.mark.parametrize("through", ["2025-01-31", MOMENT, 5])
def test_balances_are_asked_for_by_a_day(through: object) -> None:
    """A moment is none."""
    error = refusal(lambda: UNASKED.balances(CALLER, through))  # type: ignore[arg-type] # the point

    assert (error.code, error.message) == ("E_GUARDRAIL", "through is no day")


@pytest.mark.parametrize("correction", [{"transaction_id": "x"}, "x", None])
def test_what_is_no_correction_is_refused(correction: object) -> None:
    """An id is none."""
    error = refusal(lambda: UNASKED.reverse(CALLER, correction))  # type: ignore[arg-type] # the point

    assert error.code == "E_GUARDRAIL"
    assert error.message == "what is to be taken back is no Correction"


# --- through the orchestrator's door ------------------------------------------------------------


def asked(ledger: Ledger, **filters: object) -> dict[str, object]:
    """Return the data of a QUERY with these filters."""
    answer = ledger.execute("QUERY", ACTOR, ORG, {"filters": filters})
    assert answer["success"] is True, answer
    inner = answer["data"]
    assert isinstance(inner, dict)
    found = inner["data"]
    assert isinstance(found, dict)
    return found


def test_an_item_has_eight_fields() -> None:
    """Those of the origin."""
    ledger = opened()
    dated(ledger, 5)

    data = asked(ledger)

    items = data["items"]
    assert isinstance(items, list)
    assert tuple(items[0]) == SUMMARY_FIELDS
    assert (data["limit"], data["offset"], data["next_cursor"]) == (100, 0, None)


def test_cursors_lead_through_all_pages() -> None:
    """To the last, which may be empty."""
    ledger = opened()
    made = dated(ledger, 1, 2, 3, 4)[::-1]
    seen: list[object] = []
    cursor: object = None
    for _ in range(3):
        data = asked(ledger, limit=2, cursor=cursor)
        assert isinstance(data["items"], list)
        seen += [item["id"] for item in data["items"]]
        cursor = data["next_cursor"]

    assert (seen, cursor) == (made, None)


BAD: Final[list[tuple[str, object]]] = [
    ("limit", "5"), ("limit", True), ("limit", -1), ("offset", -1), ("offset", "1"),
    ("transaction_status", "paid"), ("transaction_status", 5), ("smart_code", "x"),
    ("date_from", "yesterday"), ("date_to", 5), ("cursor", "x"), ("cursor", "2025-13-01/x"),
    ("cursor", "2025-01-01/"), ("cursor", 5), ("include_deleted", "yes"), ("colour", "red"),
    ("transaction_type", "\n"), ("external_reference", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_filter_is_told(name: str, value: object) -> None:
    """With its path."""
    answer = opened().execute("QUERY", ACTOR, ORG, {"filters": {name: value}})

    assert answer["success"] is False
    assert f"filters.{name}" in str(answer["error"])


def test_every_filter_is_read() -> None:
    """By the names of the wire."""
    ledger = opened()
    dated(ledger, 5)
    wanted = ledger.post(CALLER, sale(reference="R-1")).transaction.header

    data = asked(
        ledger, transaction_type="GL_JOURNAL", transaction_status="posted",
        smart_code="HERA.POS.SALE.v1", external_reference="R-1", date_from="2025-01-15",
        date_to="2025-01-15", limit=5, offset=0, include_deleted=True, cursor=None,
    )  # fmt: skip

    assert data["items"] == [wanted.summary()]
    assert cursor_behind(wanted) == f"2025-01-15/{wanted.id}"
