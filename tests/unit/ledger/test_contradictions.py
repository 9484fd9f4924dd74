"""What is said twice and not the same is refused; null says nothing, and nothing is lost."""

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

import pytest

from hera_engine import Correction
from hera_engine.errors import EventError
from hera_engine.ledger.storing import Stored
from hera_engine.transactions import TransactionLine
from tests.unit.ledger.books import (
    ACTOR,
    CALLER,
    CHART,
    GL_LINE,
    JANUARY,
    ORG,
    configuration,
    data_of,
    header,
    leg,
    opened,
    pair,
    paths,
    refusal,
    sides,
)

CREDIT: Final = {"gl_account_code": "4100", "credit": "1.00"}


def flat(**more: object) -> dict[str, object]:
    """Return a flat journal."""
    lines = [{"gl_account_code": "1000", "debit": "1.00"}, CREDIT]
    return {"transaction_type": "JOURNAL", "lines": lines, **more}


# --- flat journals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"currency": "GBP", "transaction_currency_code": "EUR"}, "currency"),
        ({"metadata": "abc", "description": "x"}, "header.metadata"),
        ({"metadata": {"a": float("nan")}, "description": "x"}, "header.metadata.a"),
        ({"metadata": {"description": "mine"}, "description": "x"}, "description"),
        ({"metadata": {"description": 5}, "description": "x"}, "description"),
        ({"currency": 5, "transaction_currency_code": "EUR"}, "currency"),
    ],
)
def test_a_flat_journal_that_contradicts_itself_is_refused(
    more: dict[str, object], path: str
) -> None:
    """No field of it wins over another, and no bad value is dropped."""
    answer = opened().execute("CREATE", ACTOR, ORG, flat(**more))

    assert (answer["success"], answer["error_code"]) == (False, "E_GUARDRAIL")
    assert str(answer["error"]).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "more",
    [
        {"currency": None, "transaction_currency_code": "EUR"},
        {"currency": "EUR", "transaction_currency_code": None},
        {"currency": "EUR", "transaction_currency_code": "EUR"},
        {"currency": "EUR", "smart_code": None, "transaction_status": None},
    ],
)
def test_null_in_a_flat_journal_says_nothing(more: dict[str, object]) -> None:
    """What stands beside it is booked, never another currency."""
    said = flat(**more, description="x", metadata={"a": 1, "description": None})

    made = data_of(opened().execute("CREATE", ACTOR, ORG, said))["header"]

    assert isinstance(made, dict)
    assert made["transaction_currency_code"] == "EUR"
    assert made["transaction_status"] == "posted"
    assert made["metadata"] == {"a": 1, "description": "x"}


# --- lines --------------------------------------------------------------------------------------

COLUMN: Final = {"gl_account_code": "1000", "debit": "1.00"}
SIDED: Final = {"gl_account_code": "1000", "line_amount": "1.00"}
CONTRADICTIONS: Final[list[tuple[dict[str, Any], str]]] = [
    ({**SIDED, "side": "CR", "line_data": {"side": "DR"}}, ""),
    ({**SIDED, "side": "CR", "line_type": "debit"}, ""),
    ({**COLUMN, "line_type": "credit"}, ""),
    ({**COLUMN, "line_type": "CREDIT"}, ""),
    ({**SIDED, "line_type": "Credit", "line_data": {"side": "DR"}}, ""),
    ({**COLUMN, "line_data": {"side": "CR"}}, ""),
    ({**COLUMN, "credit": "1.00"}, ""),
    ({**SIDED, "credit": "0"}, ""),
    ({**SIDED, "debit": "0", "credit": "0"}, ""),
    ({**COLUMN, "line_amount": 0}, ""),
    ({**COLUMN, "line_amount": "1.01"}, ""),
    ({**COLUMN, "line_data": {"side": 7}}, ".line_data.side"),
    ({**COLUMN, "side": 7}, ".side"),
    ({**COLUMN, "side": ""}, ".side"),
    ({**COLUMN, "debit": "0", "credit": 0, "line_data": {"base_amount": 5}}, ".line_data.side"),
    ({**COLUMN, "ledger": "A", "line_data": {"ledger": "GL"}}, ".ledger"),
    ({**COLUMN, "ledger": "GL", "line_data": {"ledger": 7}}, ".ledger"),
    ({**COLUMN, "currency": "USD", "line_data": {"currency": "EUR"}}, ".currency"),
    ({**COLUMN, "line_data": {"account_code": "77"}}, ".gl_account_code"),
    ({**COLUMN, "line_data": {"account": "77"}}, ".line_data.account"),
    ({**COLUMN, "memo": "a", "description": "b"}, ".memo"),
    ({"line_amount": 1, "currency": "EUR"}, ".currency"),
    ({"line_amount": 1, "ledger": "IFRS"}, ".ledger"),
    ({"line_amount": 1, "side": "DR", "smart_code": "HERA.A.B.V1"}, ".side"),
]


@pytest.mark.parametrize(("line", "path"), CONTRADICTIONS)
def test_a_line_that_contradicts_itself_is_refused(line: dict[str, object], path: str) -> None:
    """With its place and what to do."""
    error = refusal(lambda: opened().create(CALLER, header(), [line, CREDIT]))

    assert isinstance(error, EventError)
    assert error.code == "E_GUARDRAIL"
    assert f"lines[0]{path}" in paths(error)
    assert any(problem.hint for problem in error.problems)


@pytest.mark.parametrize(
    "more",
    [
        {"entity_id": "id-4100"},
        {"entity_id": "nobody"},
        {"line_data": {"account": "4100"}},
        {"line_data": {"account": "id-4100"}},
        {"line_data": {"account_code": "1000", "account": "9999"}},
    ],
)
def test_names_of_two_accounts_are_refused(more: dict[str, object]) -> None:
    """Also where one of them is an id and the other a code."""
    ledger = opened(configuration(chart=CHART))
    line = {**COLUMN, **more}

    error = refusal(lambda: ledger.create(CALLER, header(), [line, CREDIT]))

    assert error.code == "E_GUARDRAIL"
    assert next(iter(paths(error).values())).startswith("names another account than ")


@pytest.mark.parametrize(
    "line",
    [
        {**COLUMN, "credit": 0},
        {**COLUMN, "side": "dr", "line_type": "debit", "line_amount": Decimal("1.0")},
        {**COLUMN, "line_type": "DEBIT"},
        {**COLUMN, "side": None, "credit": None, "ledger": None, "currency": None},
        {**SIDED, "side": "DR", "credit": "0"},
        {**COLUMN, "entity_id": "id-1000", "line_data": {"account": "id-1000", "side": None}},
        {**COLUMN, "line_data": {"account": "1000", "account_code": None, "ledger": "GL"}},
        {**COLUMN, "smart_code": GL_LINE.replace("V1", "v1"), "memo": "a", "description": "a"},
        {"line_data": {"account": "1000", "side": "DR"}, "line_amount": 1, "smart_code": GL_LINE},
    ],
)
def test_what_says_the_same_twice_is_accepted(line: dict[str, object]) -> None:
    """And null says nothing."""
    ledger = opened(configuration(chart=CHART))

    stored = ledger.create(CALLER, header(), [line, CREDIT]).transaction

    assert sides(stored) == ["DR 1.00", "CR 1.00"]
    first = stored.lines[0]
    assert (first.account, first.entity_id, first.ledger) == ("1000", "id-1000", "GL")


@pytest.mark.parametrize("word", ["debit", "Debit", "DEBIT"])
def test_a_type_that_says_a_side_is_one_in_any_case_of_letters(word: str) -> None:
    """It is stored in lower case, and a repeat in another case is one."""
    ledger = opened()
    once = partial(header, external_reference="R")

    stored = ledger.create(CALLER, once(), [{**COLUMN, "line_type": word}, CREDIT])
    again = ledger.create(CALLER, once(), [{**COLUMN, "line_type": "dEBIT"}, CREDIT])

    assert stored.transaction.lines[0].line_type == "debit"
    assert again.idempotent


def test_columns_of_null_make_no_journal() -> None:
    """A line of a document may have them, and stays one."""
    line = {"line_amount": 1, "debit": None, "credit": None, "side": None, "currency": None}

    stored = opened().create(CALLER, header(), [line]).transaction

    assert (stored.journal, stored.lines[0].line_type) == ((), "item")


@pytest.mark.parametrize(
    ("columns", "side"),
    [({"credit": 0}, "CR"), ({"debit": 0}, "DR"), ({"debit": 0, "credit": 0}, "DR")],
)
def test_a_column_of_zero_is_a_side(columns: dict[str, object], side: str) -> None:
    """Alone it is its own."""
    line = {"gl_account_code": "1000", **columns}

    assert sides(opened().create(CALLER, header(), [line]).transaction) == [f"{side} 0"]


def test_a_type_goes_to_the_other_side_with_its_line() -> None:
    """A debit below zero is stored as a credit in every word, and so is accepted again."""
    lines = [
        {**leg("DR", "-5.00"), "line_type": "Debit"},
        {**leg("CR", "-5.00", "4100"), "line_type": "credit"},
    ]

    stored = opened().create(CALLER, header(), lines).transaction

    assert [(line.line_type, line.data["side"]) for line in stored.lines] == [
        ("credit", "CR"), ("debit", "DR")
    ]  # fmt: skip
    again = opened().create(CALLER, header(), [resent(line) for line in stored.lines])
    assert sides(again.transaction) == sides(stored)


def resent(line: TransactionLine) -> dict[str, object]:
    """Return a stored line as a new one."""
    return {
        "line_type": line.line_type, "smart_code": line.smart_code, "line_amount": line.amount,
        "entity_id": line.entity_id, "line_data": dict(line.data),
    }  # fmt: skip


# --- periods, corrections, queries, statuses ----------------------------------------------------


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ({"posting_period_code": "2024-12"}, False),
        ({"fiscal_year": 2024}, False),
        ({"fiscal_period": 2}, False),
        ({"posting_period_code": "2025-01", "fiscal_year": 2025, "fiscal_period": 1}, True),
        ({"posting_period_code": None}, True),
    ],
)
def test_an_entry_says_its_period_as_the_books_do(said: dict[str, object], fits: bool) -> None:
    """At once, or when a draft of it is entered; until then it may say what it likes."""
    ledger = opened(configuration(periods=[JANUARY]))
    draft = ledger.create(CALLER, header(transaction_status="draft", **said), pair()).transaction
    if fits:
        assert ledger.create(CALLER, header(**said), pair()).transaction.header.fiscal_period == 1
        entered = ledger.update(CALLER, draft.id, {"transaction_status": "posted"})
        assert entered.header.fiscal_period == 1
        return

    at_once = refusal(lambda: ledger.create(CALLER, header(**said), pair()))
    later = refusal(lambda: ledger.update(CALLER, draft.id, {"transaction_status": "posted"}))

    assert paths(at_once) == paths(later)
    assert set(paths(later)) == {f"header.{name}" for name in said}
    taken_back = dict.fromkeys(said)
    entered = ledger.update(CALLER, draft.id, {"transaction_status": "posted", **taken_back})
    assert entered.header.posting_period_code == "2025-01"


def test_a_void_asks_for_no_period_code() -> None:
    """A period that was given another code since does not hold up what it holds."""
    ledger = opened(configuration(periods=[JANUARY]))
    made = ledger.create(CALLER, header(), pair()).transaction
    ledger.configure(CALLER, configuration(periods=[replace(JANUARY, code="P1", fiscal_year=2026)]))

    assert ledger.void(CALLER, made.id).header.status == "voided"


def test_a_part_of_a_correction_has_no_field_of_its_own() -> None:
    """A currency beside an amount was read by nobody."""
    ledger = opened()
    made = ledger.create(CALLER, header(), pair("5.00")).transaction
    parts = [{"line_number": 1, "amount": 1, "currency": "EUR"}, {"line_number": 2, "amount": 1}]

    answer = ledger.execute("REVERSE", ACTOR, ORG, {"transaction_id": made.id, "lines": parts})

    assert (answer["success"], answer["error_code"]) == (False, "E_GUARDRAIL")
    assert answer["error"] == "lines[0].currency: is not a known field"


def test_the_moment_of_a_correction_is_compared_by_its_instant_and_day() -> None:
    """Another offset is the same; another day is not, since that may be another period."""
    ledger = opened()
    made = ledger.create(CALLER, header(), pair("5.00")).transaction

    def take(moment: str) -> Stored:
        asked = Correction(transaction_id=made.id, reversal_date=moment, external_reference="C")
        return ledger.reverse(CALLER, asked)

    take("2025-02-03T14:30:00Z")

    assert take("2025-02-03T15:30:00+01:00").idempotent
    for other in ("2025-02-04T04:30:00+14:00", "2025-02-03T14:30:01Z", "2025-02-03"):
        assert refusal(partial(take, other)).code == "E_IDEMPOTENT"


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({}, 0),
        ({"filters": None}, 0),
        ({"include_deleted": True}, 1),
        ({"filters": {"include_deleted": True}}, 1),
        ({"filters": {"include_deleted": True}, "include_deleted": True}, 1),
        ({"filters": {"include_deleted": None}, "include_deleted": True}, 1),
        ({"filters": {"limit": None, "transaction_status": None, "offset": None}}, 0),
    ],
)
def test_voided_ones_are_asked_for_in_either_place(payload: dict[str, Any], found: int) -> None:
    """Beside the filters, too, where it had no effect."""
    ledger = opened()
    ledger.void(CALLER, ledger.create(CALLER, header(), pair()).transaction.id)

    items = data_of(ledger.execute("QUERY", ACTOR, ORG, payload))["items"]

    assert isinstance(items, list)
    assert len(items) == found


@pytest.mark.parametrize("outer", [True, False])
def test_to_ask_for_voided_ones_and_not_is_refused(outer: bool) -> None:
    """In one query."""
    payload = {"filters": {"include_deleted": not outer}, "include_deleted": outer}

    answer = opened().execute("QUERY", ACTOR, ORG, payload)

    assert (answer["success"], answer["error_code"]) == (False, "E_GUARDRAIL")
    assert answer["error"] == "include_deleted: is not what filters.include_deleted says"


def test_a_status_of_null_is_none() -> None:
    """A new document begins as a draft, a query asks for all, and a patch cannot take it away."""
    ledger = opened()
    made = ledger.create(CALLER, header(transaction_status=None)).transaction

    error = refusal(lambda: ledger.update(CALLER, made.id, {"transaction_status": None}))
    wrong = refusal(lambda: ledger.update(CALLER, made.id, {"transaction_status": "poste"}))

    assert made.header.status == "draft"
    assert paths(error) == {"patch.transaction_status": "cannot be taken away"}
    assert paths(wrong) == {"patch.transaction_status": "is not a status"}
    assert wrong.hint == "did you mean `posted`?"
