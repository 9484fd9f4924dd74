"""Whatever is sent: an answer of the documented shape, in bounded time; no other exception."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import pytest

from hera_engine import Ledger
from hera_engine.ledger.actions import ACTIONS, FILTERS
from hera_engine.ledger.columns import COLUMNS
from hera_engine.ledger.document_lines import LINE_FIELDS
from hera_engine.ledger.documents import HEADER_FIELDS
from hera_engine.ledger.lifecycle import DRAFT_PATCHED
from tests.unit.ledger.books import ACTOR, CALLER, ORG, header, leg, opened, pair, sale

SUCCESS: Final = {"success", "action", "transaction_id", "data"}
FAILURE: Final = {
    "success", "action", "transaction_id", "error", "error_code", "error_detail", "error_hint",
    "error_context",
}  # fmt: skip


def cyclic() -> dict[str, object]:
    """Return an object that holds itself."""
    own: dict[str, object] = {}
    own["own"] = [own]
    return own


def deep(levels: int) -> object:
    """Return an object in an object, so many times."""
    value: object = 1
    for _ in range(levels):
        value = {"a": value}
    return value


NASTY: Final[dict[str, Any]] = {
    "nothing": None,
    "a float": 1.5,
    "a float that is no number": float("nan"),
    "an infinite float": float("inf"),
    "a Decimal that is no number": Decimal("NaN"),
    "a signalling one": Decimal("sNaN"),
    "an enormous exponent": "1E+999999999",
    "an enormous Decimal": Decimal("1E+999999"),
    "a tiny Decimal": Decimal("1E-999999"),
    "an enormous integer": 10**5_000,
    "a negative one": -(10**5_000),
    "true": True,
    "bytes": b"1",
    "an object of a class": object(),
    "a class": int,
    "a set": {1},
    "a list": [1],
    "a list of lists": [[[]]],
    "an object": {"a": 1},
    "a key that is no string": {5: 1},
    "keys of several kinds": {5: 1, None: 2, "a": 3, (1,): 4},
    "a huge key": {"k" * 100_000: 1},
    "a cycle": cyclic(),
    "a deep object": deep(50_000),
    "an empty text": "",
    "digits of another script": "١٢",
    "half a character": "\ud800",
    "a hidden character": "1\u202e",
    "zeros": "0" * 1_000_000,
    "a huge text": "x" * 1_000_000,
    "a line break": "DR\n",
    "a moment of nowhere": datetime(2025, 1, 1),  # noqa: DTZ001 # that is the point
    "the first day": date.min,
    "the last day": "9999-12-31T23:59:59+00:00",
}


def answered(ledger: Ledger, action: Any, payload: Any, actor: Any = ACTOR, org: Any = ORG) -> bool:
    """Return whether an action succeeded; its answer must have one of the two shapes."""
    answer = ledger.execute(action, actor, org, payload)
    if answer["success"]:
        assert set(answer) - {"idempotent", "warnings"} == SUCCESS
        return True
    assert set(answer) == FAILURE
    assert all(isinstance(answer[key], str) for key in FAILURE - {"success", "transaction_id"})
    assert answer["error_code"] not in {"E_INTERNAL", "E_UPSTREAM"}, answer
    assert len(str(answer["error"])) < 1_000
    return False


def bad_payloads(value: Any, draft: str, posted: str) -> Iterator[tuple[str, Any]]:
    """Yield payloads of every action with a value in every place."""
    for field in HEADER_FIELDS:
        yield "CREATE", {"header": header(**{field: value}), "lines": pair()}
        yield "EMIT", {"header": header(**{field: value})}
    for field in (*LINE_FIELDS, *COLUMNS):
        yield (
            "CREATE",
            {"header": header(), "lines": [{**leg("DR", 5), field: value}, leg("CR", 5)]},
        )
    for field in ("side", "account", "account_code", "ledger", "currency", "base_amount"):
        line = leg("DR", 5)
        line["line_data"] = {"side": "DR", "account": "1000", field: value}
        yield "CREATE", {"header": header(), "lines": [line, leg("CR", 5)]}
    for field in ("header", "lines", "include_deleted", "currency", "description"):
        yield "CREATE", {"header": header(), "lines": pair(), field: value}
        yield "CREATE", {"transaction_type": "JOURNAL", "lines": pair(), field: value}
    for field in DRAFT_PATCHED:
        yield "UPDATE", {"transaction_id": draft, "patch": {field: value}}
    yield "UPDATE", {"transaction_id": draft, "patch": value}
    for action in ("READ", "UPDATE", "DELETE", "VOID", "REVERSE", "VALIDATE"):
        yield action, {"transaction_id": value}
        yield action, {"transaction_id": posted, "include_deleted": value, "colour": value}
    yield "VOID", {"transaction_id": posted, "reason": value}
    for field in ("amount", "lines", "reversal_date", "reason", "external_reference"):
        yield "REVERSE", {"transaction_id": posted, field: value}
    for field in ("line_number", "amount"):
        parts = [{"line_number": 1, "amount": 1, field: value}, {"line_number": 2, "amount": 1}]
        yield "REVERSE", {"transaction_id": posted, "lines": parts}
    yield "QUERY", {"filters": value}
    for field in FILTERS:
        yield "QUERY", {"filters": {field: value}}
    for action in ("POST", "SIMULATE"):
        for field in (
            "total_amount",
            "currency",
            "transaction_date",
            "business_context",
            "simulate",
        ):
            yield (
                action,
                sale(**{"total": 5, field: value} if field != "total_amount" else {"total": value}),
            )
        yield action, sale(external_reference=value)
        yield action, sale(event_smart_code=value)
    for action in ACTIONS:
        yield action, value


@pytest.mark.parametrize("name", NASTY)
def test_only_answers_leave(name: str) -> None:
    """Every action, with the value in every place; afterwards the books balance still."""
    ledger = opened()
    value = NASTY[name]
    draft = ledger.create(CALLER, header(transaction_status="draft")).transaction.id
    posted = ledger.create(CALLER, header(), pair("1000000.00")).transaction.id

    found = [answered(ledger, action, sent) for action, sent in bad_payloads(value, draft, posted)]

    assert False in found
    assert sum(each.balance for each in ledger.balances(CALLER)) == 0
    assert not answered(ledger, value, {})
    answered(ledger, "QUERY", {}, actor=value)
    answered(ledger, "QUERY", {}, org=value)


def test_every_nasty_value_is_somewhere_refused_and_a_good_one_is_not() -> None:
    """The sweep above would pass if nothing ever succeeded."""
    ledger = opened()
    draft = ledger.create(CALLER, header(transaction_status="draft")).transaction.id
    posted = ledger.create(CALLER, header(), pair("10.00")).transaction.id

    found = [answered(ledger, action, sent) for action, sent in bad_payloads("1", draft, posted)]

    assert found.count(True) > 20


@pytest.mark.parametrize("key", ["\ud800", "a\u202e", "x\n", "k" * 100_000])
def test_a_field_of_no_clean_name_is_refused(key: str) -> None:
    """Half a character in a name was hashed, and no text holds it."""
    ledger = opened()
    event: dict[str, Any] = {"total": 5, key: 1}
    for action, payload in (
        ("POST", sale(**event)),
        ("CREATE", {"header": header(**{key: 1}), "lines": pair()}),
        ("CREATE", {"header": header(), "lines": [{**leg("DR", 5), key: 1}, leg("CR", 5)]}),
        ("EMIT", {"header": header(**{key: 1})}),
    ):
        assert not answered(ledger, action, payload)
