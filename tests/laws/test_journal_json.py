"""The JSON text of a journal is the JSON of its dictionaries, byte for byte."""

import json
import pickle
from datetime import date
from decimal import Decimal
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from hera_engine import HeraError
from hera_engine.accounts import PostedAccount, Side
from hera_engine.errors import Place, Pointer, Span
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.journal import (
    JournalEntry,
    JournalHeader,
    JournalLine,
    Notice,
    OpenItem,
    Origin,
    SchemaStamp,
    TaxDetail,
)
from hera_engine.testing.event_strategies import Event, events_for
from tests.laws.posting import discount_engine, examples, standard_engine

_awkward = st.sampled_from(
    ('"', "\\", '\\"', "\n\r\t\b\f", "\x00\x1f\x7f\x80", "\u2028", "é", "😀", "\ud800", "</", "")
)
_texts = st.one_of(st.text(max_size=8), st.text(st.characters(), max_size=8), _awkward)
"""Any text, halves of characters included: ids and names come from callers."""
_amounts = st.decimals(-(10**9), 10**9, places=2) | st.sampled_from(
    [Decimal("-0.00"), Decimal("1E+3"), Decimal("1E-9"), Decimal(0)]
)
_days = st.none() | st.dates()
_spans = st.builds(Span, *[st.integers(1, 999)] * 4)
_places: st.SearchStrategy[Place | None] = st.one_of(st.none(), _spans, st.builds(Pointer, _texts))
_origins = st.builds(Origin, _texts, _places, _texts)
_frozen: st.SearchStrategy[Frozen] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | _amounts | _texts,
    lambda below: (
        st.lists(below, max_size=3).map(tuple)
        | st.dictionaries(_texts, below, max_size=3).map(FrozenMap)
    ),
    max_leaves=8,
)
_maps = st.dictionaries(_texts, _frozen, max_size=4).map(FrozenMap)
_dimensions = st.dictionaries(_texts, _texts | st.none(), max_size=3).map(FrozenMap)
_taxes = st.builds(
    TaxDetail,
    code=_texts, rate=st.none() | _amounts, base=_amounts, category=_texts,
    jurisdiction=st.none() | _texts, reason=_texts, reverse_charge=st.booleans(),
    exemption_reason=st.none() | _texts, kind=_texts,
)  # fmt: skip
_open_items = st.builds(OpenItem, _amounts, _days, st.none() | _texts)
_headers = st.builds(
    JournalHeader,
    organization_id=_texts, smart_code=_texts, transaction_date=_days, posting_date=_days,
    currency=_texts, base_currency=_texts, exchange_rate=_texts,
    fiscal_year=st.none() | st.integers(1, 9999), fiscal_period=st.none() | st.integers(0, 13),
    posting_period_code=st.none() | _texts, external_reference=st.none() | _texts,
    total_amount=_amounts, business_context=_maps,
    schema=st.builds(SchemaStamp, st.none() | _texts, st.none() | st.integers(0, 99), _texts),
    transaction_type=_texts,
)  # fmt: skip
_accounts = st.builds(PostedAccount, _texts, _texts, st.none() | _texts)


@st.composite
def _entries(draw: st.DrawFn) -> JournalEntry:
    """Return an entry of pairs that balance, with anything in every field."""
    lines = []
    for pair in range(draw(st.integers(1, 2))):
        amount, base = draw(_amounts), draw(_amounts)
        ledger, currency = draw(_texts), draw(_texts)
        lines += [
            JournalLine(
                number=2 * pair + number, ledger=ledger, side=side, account=draw(_accounts),
                amount=amount, currency=currency, base_amount=base, smart_code=draw(_texts),
                dimensions=draw(_dimensions), tax=draw(st.none() | _taxes),
                open_item=draw(st.none() | _open_items),
                payment_reference=draw(st.none() | _texts),
                origins=tuple(draw(st.lists(_origins, min_size=1, max_size=3))),
            )
            for number, side in enumerate(Side, start=1)
        ]  # fmt: skip
    notices = draw(st.lists(st.builds(Notice, _texts, _texts, _maps), max_size=2))
    return JournalEntry(draw(_headers), tuple(lines), tuple(notices))


def _by_way_of_dictionaries(entry: JournalEntry) -> bytes:
    text = json.dumps(entry.to_dict(), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


@examples(200)
@given(_entries())
def test_the_text_is_that_of_the_dictionaries(entry: JournalEntry) -> None:
    """Whatever stands in its fields, an entry has one JSON text, which is read back whole."""
    data = entry.to_json()

    assert data == _by_way_of_dictionaries(entry)
    assert json.loads(data) == json.loads(json.dumps(entry.to_dict()))
    assert pickle.loads(pickle.dumps(entry)).to_json() == data


@examples(50)
@given(st.data())
def test_posted_entries_and_errors_have_the_text_of_their_dictionaries(data: st.DataObject) -> None:
    """What engines make of events is written alike by both ways."""
    for engine in (standard_engine(), discount_engine()):
        event: Event = data.draw(events_for(engine))
        (answer,) = engine.simulate_many([event])
        assert json.loads(answer.to_json()) == answer.to_dict()
        if isinstance(answer, JournalEntry):
            assert answer.to_json() == _by_way_of_dictionaries(answer)


HALF: Final = "\ud83d"


@given(_texts)
@example(HALF)
def test_errors_are_written_as_json(text: str) -> None:
    """An error's evidence comes back as it was, days and amounts as text."""
    details = {"text": text, "day": date(2026, 1, 31), "amount": Decimal("1.50")}
    error = HeraError("E_GUARDRAIL", text, details=details, hint=text)

    read = json.loads(error.to_json())

    assert read["details"] == {"text": text, "day": "2026-01-31", "amount": "1.50"}
    assert (read["message"], read["hint"]) == (text, text)
