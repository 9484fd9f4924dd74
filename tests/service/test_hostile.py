"""Whatever a caller sends, the service answers in its own shape and is not the one to blame."""

import json
from typing import Any, Final

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


@given(key=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=40))
def test_a_key_of_anything_opens_nothing(key: str) -> None:
    """Only the keys that were given out do."""
    headers = {b"X-API-Key": key.encode("latin-1")}

    answer = TILL.call("/ledger/simulate", SALE, key=None, headers=headers)

    assert answer.status_code == 401
