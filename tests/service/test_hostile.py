"""Whatever a caller sends, the service answers in its own shape and is not the one to blame."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hera_engine.ledger.actions import ACTIONS
from tests.service.till import SALE, Till

TILL: Final = Till()
"""One for all: what one request stores must not make the next one fail."""

# Half of a surrogate pair is what JSON can say and UTF-8 cannot.
TEXTS: Final = st.one_of(
    st.text(st.characters(categories=["L", "N", "P", "Cs", "Cc"]), max_size=8),
    st.sampled_from(["\ud800", "id-1", "2025-03-14", "USD", "HERA.POS.SALE.V1", "1.00"]),
)
VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
EVENTS: Final = st.dictionaries(st.sampled_from([*SALE, "external_reference"]) | TEXTS, VALUES).map(
    lambda said: {**SALE, **said}
)
PAYLOADS: Final = st.dictionaries(
    st.sampled_from(["header", "lines", "filters", "transaction_id", "patch", "amount"]) | TEXTS,
    VALUES,
)
QUESTIONS: Final = st.sampled_from(["event_smart_code", "transaction_date"])


def answered(path: str, body: object) -> dict[str, Any]:
    """Return the body of an answer that is the service's own, and below 500."""
    answer = TILL.call(path, json.dumps(body).encode())
    said: dict[str, Any] = answer.json()
    assert answer.status_code < 500, said
    assert said["success"] is (answer.status_code == 200)
    return said


@settings(max_examples=150)
@given(event=EVENTS)
def test_an_event_of_anything_is_answered(event: object) -> None:
    """Simulated and posted: done or refused."""
    answered("/ledger/simulate", event)
    answered("/ledger/post", event)


@settings(max_examples=150)
@given(action=st.sampled_from(sorted(ACTIONS)) | VALUES, payload=PAYLOADS | VALUES)
def test_an_action_of_anything_is_answered(action: object, payload: object) -> None:
    """Done or refused, by the ledger or before it."""
    said = answered("/ledger/execute", {"action": action, "payload": payload})

    assert said["success"] or {"error_code", "code"} & said.keys()


@given(
    body=VALUES | st.dictionaries(st.sampled_from(["event_smart_code", "transaction_date"]), VALUES)
)
def test_a_question_of_anything_is_answered(body: object) -> None:
    """Resolved or refused."""
    answered("/mcp/resolve", body)


HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
NAME: Final = "a\u202eb\x07\u2028\ud800"
"""A name that looks like another one where it is shown raw."""
REQUESTS: Final[Mapping[str, Any]] = {
    "/ledger/post": {
        **SALE,
        "external_reference": "R-1",
        "metadata": {"a": 1},
        "business_context": {
            **SALE["business_context"],
            "items": [{"sku": "x", "kind": "service", "amount": "10.00"}],
            "payments": [{"method": "cash", "amount": "1.00"}],
        },
    },
    "/ledger/execute": {
        "action": "CREATE",
        "payload": {
            "header": {"transaction_type": "JOURNAL", "metadata": {"a": 1}},
            "lines": [{"gl_account_code": "4100", "credit": "1", "line_data": {"ledger": "GL"}}],
        },
    },
    "/mcp/resolve": {"event_smart_code": "HERA.X.V1", "transaction_date": "2025-03-14"},
}


def hidden(said: Any) -> Iterator[Any]:
    """Yield a value with a hidden name in each place where one can stand."""
    if isinstance(said, dict):
        yield {**said, NAME: 1}
        for key, inner in said.items():
            for put in (NAME, {NAME: NAME}, [{NAME: 1}], *hidden(inner)):
                yield {**said, key: put}
    elif isinstance(said, list):
        for place, inner in enumerate(said):
            for put in hidden(inner):
                yield [*said[:place], put, *said[place + 1 :]]


def texts(said: Any) -> Iterator[str]:
    """Yield the texts of an answer, those within its texts of JSON too."""
    if isinstance(said, str):
        yield said
        if said[:1] in {"{", "["}:
            yield from texts(json.loads(said))
    elif isinstance(said, Mapping):
        for key, inner in said.items():
            yield key
            yield from texts(inner)
    elif isinstance(said, list):
        for inner in said:
            yield from texts(inner)


@pytest.mark.parametrize("path", REQUESTS)
def test_no_refusal_shows_a_hidden_character(path: str) -> None:
    """Wherever it stood, it comes back escaped: nobody who reads the answer is misled."""
    refused = 0
    for body in hidden(REQUESTS[path]):
        answer = TILL.call(path, json.dumps(body).encode())
        if answer.status_code == 200:
            continue
        refused += 1
        shown = [text for text in texts(answer.json()) if HIDDEN.search(text)]
        assert not shown, (body, answer.json())
    assert refused >= 7


def test_many_unknown_keys_are_refused_at_once() -> None:
    """A body full of them costs no more than reading it, and a few are told."""
    body = json.dumps({f"actoin{number}": 1 for number in range(50_000)}).encode()

    said = TILL.call("/ledger/execute", body).json()

    assert len(said["details"]["problems"]) == 8
    assert said["hint"] == "did you mean `action`?"


@given(key=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=40))
def test_a_key_of_anything_opens_nothing(key: str) -> None:
    """Only the keys that were given out do."""
    headers = {b"X-API-Key": key.encode("latin-1")}

    answer = TILL.call("/ledger/simulate", SALE, key=None, headers=headers)

    assert answer.status_code == 401
