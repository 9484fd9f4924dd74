"""Idempotency: the same in another spelling is a repeat, and anything else is a conflict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from hera_engine import HeraError
from hera_engine.facts import EVENT_FIELDS
from hera_engine.frozen import FrozenMap
from hera_engine.ledger.contents import document_hash, event_hash
from hera_engine.ledger.document_lines import LINE_FIELDS
from hera_engine.ledger.documents import HEADER_FIELDS
from hera_engine.ledger.storing import Stored
from hera_engine.transactions import HEADER_DETAILS, Status, Transaction
from tests.laws.posting import examples
from tests.unit.ledger.books import CALLER, GL_LINE, ORG, TILL, configuration, opened, replaced

LEFT_OUT: Final = "(left out)"
NOTHING: Final = (LEFT_OUT, None)
Field = tuple[tuple[object, ...], ...]
"""What a field may say: values of one group say the same, those of two do not."""
Call = tuple[dict[str, object], list[object]]
"""Header and lines of a document, or an event without any."""
Choice = Mapping[str, tuple[int, int]]
"""Of each field the group, and the spelling within it."""

TEN: Final = ("10.00", 10, "10", "10.0", Decimal("10.000"))
ZERO: Final = (*NOTHING, 0, "0.00", Decimal("-0"))
OPEN: Final[Field] = (
    (LEFT_OUT,), (1, Decimal("1.0")), ("1",), ("1.0",), (True,), ([1, "x"],), (["x", 1],),
    ({"a": None},), ({"a": Decimal("0.5")}, {"a": Decimal("0.50")}),
)  # fmt: skip
RECORD: Final[Field] = (
    (*NOTHING, {}),
    ({"a": 1}, {"a": Decimal("1.0")}),
    ({"a": "1"},),
    ({"a": None},),
)
DAY: Final = (NOTHING, ("2025-01-22", date(2025, 1, 22)), ("2025-01-23",))
HEADER: Final[dict[str, Field]] = {
    "organization_id": ((*NOTHING, ORG),),
    "transaction_type": (("JOURNAL",), ("GL_JOURNAL",)),
    "smart_code": (("HERA.FIN.GL.X.V1", "HERA.FIN.GL.X.v1"), ("HERA.FIN.GL.X.V2",)),
    "transaction_status": ((*NOTHING, "draft", Status.DRAFT), ("posted", Status.POSTED)),
    "transaction_date": (
        ("2025-01-20T14:30:00Z", "2025-01-20T15:30:00.000+01:00",
         datetime(2025, 1, 20, 14, 30, tzinfo=UTC)),
        ("2025-01-20", date(2025, 1, 20)), ("2025-01-21",), ("2025-01-20T14:30:00.5Z",),
        ("2025-01-21T04:30:00+14:00",),
    ),
    "posting_date": DAY,
    "transaction_currency_code": (("EUR",), ("GBP",)),
    "base_currency_code": (("USD",),),
    "exchange_rate": (("2", 2, "2.00", Decimal("2.0")), ("2.01",)),
    "total_amount": (ZERO, TEN, ("10.01",)),
    "business_context": (*RECORD, ({"tip_amount": "1"},), ({"tip_amount": "1.0"},)),
    "metadata": RECORD,
    "fiscal_year": (NOTHING, (2025,), (2024,)),
    "approved_by": (NOTHING, ("ada",), ("bob",)),
    "smart_code_status": ((*NOTHING, "DRAFT"), ("LIVE",)),
    "ai_confidence": (NOTHING, *OPEN[1:]),
}  # fmt: skip
LINE: Final[dict[str, Field]] = {
    "quantity": ((*NOTHING, 1, "1.000"), ("2", Decimal(2)), (0,)),
    "unit_amount": (ZERO, ("3.5", "3.50", Decimal("3.500"))),
    "discount_amount": (ZERO, (1, "1")),
    "tax_amount": (ZERO, ("2.5", Decimal("2.50"))),
    "entity_id": (NOTHING, ("e-1",), ("e-2",)),
    "smart_code_status": ((*NOTHING, "DRAFT"), ("LIVE",)),
    "ai_insights": (NOTHING, *OPEN[1:]),
}
JOURNAL_LINE: Final[dict[str, Field]] = {
    "amount": (TEN, (20, "20.00")),
    "account": (("1000",), ("1100",)),
    "ledger": ((*NOTHING, "GL"), ("IFRS",)),
    "text": (NOTHING, ("till",), ("bank",)),
    "base_amount": (("20", 20, "20.00"), ("21",)),
    "note": (*OPEN, (None,)),
}
EVENT: Final[dict[str, Field]] = {
    "event_smart_code": (("HERA.POS.SALE.V1", "HERA.POS.SALE.v1"), ("HERA.POS.SALE.V2",)),
    "total_amount": (TEN, ("10.01",)),
    "currency": (("EUR",), ("GBP",)),
    "base_currency": (("USD",),),
    "exchange_rate": (("2", 2, Decimal("2.00")), ({"per_base": "2"}, {"per_base": Decimal("2.0")}),
                      ({"per_base": 3},)),
    "organization_id": ((*NOTHING, ORG),),
    "transaction_date": (("2025-01-20", date(2025, 1, 20)), ("2025-01-21",), NOTHING),
    "posting_date": DAY,
    "metadata": RECORD,
    "simulate": ((*NOTHING, False),),
}  # fmt: skip
CONTEXT: Final[dict[str, Field]] = {
    "tip_amount": (NOTHING, TEN, (0, "0.00")),
    "fee_amount": (NOTHING, ("0.5", "0.50", Decimal("0.500"))),
    "tax_exempt": ((LEFT_OUT,), (True,)),
    "own_amount": ((LEFT_OUT,), (None,), (5, Decimal("5.0")), ("5",), ("5.0",)),
}
ITEM: Final[dict[str, Field]] = {
    "amount": (TEN,),
    "quantity": (NOTHING, (4, "4.0")),
    "unit_price": (("2.5", Decimal("2.50")),),
    "discount": (NOTHING, ("1", "1.00"), (2,)),
    "kind": (("a",), ("b",)),
}
PAYMENT: Final[dict[str, Field]] = {
    "amount": (TEN, ("5", 5)),
    "reference": ((LEFT_OUT,), (None,), ("P-1",)),
}


@st.composite
def choices(draw: st.DrawFn, fields: Mapping[str, Field]) -> tuple[Choice, Choice]:
    """Draw two choices of each field, of the same groups but for one field now and then."""
    group, spelling = st.integers(0, 9), st.integers(0, 4)
    changed = draw(st.sampled_from(sorted(fields))) if draw(st.integers(0, 4)) == 0 else ""
    first, again = {}, {}
    for name, values in fields.items():
        said = draw(group)
        other = said + draw(group) if name == changed else said
        first[name] = said % len(values), draw(spelling)
        again[name] = other % len(values), draw(spelling)
    return first, again


def groups(choice: Choice) -> tuple[int, ...]:
    """Return what a choice means."""
    return tuple(group for _, (group, _) in sorted(choice.items()))


def record(fields: Mapping[str, Field], choice: Choice) -> dict[str, object]:
    """Return what a choice says."""
    said = {}
    for name, (group, spelling) in choice.items():
        values = fields[name][group]
        if (value := values[spelling % len(values)]) is not LEFT_OUT:
            said[name] = value
    return said


# --- documents ----------------------------------------------------------------------------------


def leg(draw: st.DrawFn, side: str, line: Mapping[str, object], own: Choice) -> dict[str, object]:
    """Return a line of a journal, written in fields, in columns or in both."""
    said = record(JOURNAL_LINE, own)
    text, amount = said.pop("text", None), said.pop("amount")
    account, ledger = said.pop("account"), said.pop("ledger", None)
    written: dict[str, object] = dict(line)
    ways = st.sampled_from(("field", "column", "both"))
    where = {name: draw(ways) for name in ("text", "side", "account", "ledger")}
    if where["text"] != "field":
        written["memo"] = text
    if where["text"] != "column":
        written["description"] = text
    if where["side"] != "field":
        written |= {"debit": amount, "credit": 0} if side == "DR" else {"credit": amount}
    if where["side"] != "column":
        said["side"] = draw(st.sampled_from((side, side.lower())))
        written["line_amount"] = amount
    if where["account"] != "field":
        written["gl_account_code"] = account
    if where["account"] != "column":
        said["account_code"] = account
    if where["ledger"] != "field":
        written["ledger"] = ledger
    if where["ledger"] != "column":
        said["ledger"] = ledger
    written |= {"smart_code": draw(st.sampled_from((GL_LINE, GL_LINE.replace("V1", "v1"))))}
    return {**written, "line_type": "gl", "line_data": said}


@dataclass(frozen=True)
class Pair:
    """Two calls, and whether they say the same."""

    first: Call
    again: Call
    is_same: bool


@st.composite
def documents(draw: st.DrawFn) -> Pair:
    """Draw two documents."""
    headers = draw(choices(HEADER))
    lines, journal = draw(choices(LINE)), draw(choices(JOURNAL_LINE))
    first, again = (document(draw, *each) for each in zip(headers, lines, journal, strict=True))
    pairs = (headers, lines, journal)
    return Pair(first, again, all(groups(one) == groups(other) for one, other in pairs))


def document(
    draw: st.DrawFn, header: Choice, line: Choice, own: Choice
) -> tuple[dict[str, object], list[object]]:
    """Return header and lines, in any order."""
    # The credit balances the debit in amount, worth and ledger.
    other = {**own, "account": (0, 0), "text": (0, 0), "note": (0, 0)}
    debit = leg(draw, "DR", {**record(LINE, line), "line_number": 1}, own)
    credit = leg(draw, "CR", {"line_number": 2}, other)
    lines = [debit, credit]
    if draw(st.booleans()):
        lines.reverse()
    elif draw(st.booleans()):
        for each in lines:
            del each["line_number"]
    said = record(HEADER, header)
    return {name: said[name] for name in draw(st.permutations(sorted(said)))}, list(lines)


def booked(stored: Transaction) -> object:
    """Return what of a transaction is in the books, by its value."""
    header = stored.header
    return (
        header.transaction_date, header.transaction_at, header.posting_date, header.currency,
        header.smart_code, header.status, header.total_amount, Decimal(header.exchange_rate),
        [
            (line.number, line.side, line.amount, line.account, line.ledger, line.description,
             line.currency(header), line.base_amount(), line.quantity, line.unit_amount,
             line.tax_amount, line.discount_amount)
            for line in stored.lines
        ],
    )  # fmt: skip


def repeats(call: Callable[[], Stored]) -> bool:
    """Return whether a call is answered as a repeat; else it must be a conflict."""
    try:
        return call().idempotent
    except HeraError as error:
        if error.code != "E_IDEMPOTENT":
            raise
        return False


@examples(100)
@given(drawn=documents())
def test_a_document_is_repeated_by_what_says_the_same(drawn: Pair) -> None:
    """However it is spelled, written and ordered; such a repeat would be booked alike."""
    ledger = opened()
    key = {"external_reference": "R-1"}
    (header, lines), (again, other) = drawn.first, drawn.again
    first = ledger.create(CALLER, {**header, **key}, lines).transaction

    event(f"the same: {drawn.is_same}")
    assert repeats(lambda: ledger.create(CALLER, {**again, **key}, other)) is drawn.is_same
    if drawn.is_same:
        assert booked(opened().create(CALLER, again, other).transaction) == booked(first)


# --- events -------------------------------------------------------------------------------------

TWO_VERSIONS: Final = TILL + TILL[TILL.index("on HERA") :].replace(".V1", ".V2")


@st.composite
def events(draw: st.DrawFn) -> Pair:
    """Draw two events."""
    pairs = [draw(choices(fields)) for fields in (EVENT, CONTEXT, ITEM, PAYMENT)]
    calls: list[Call] = []
    for said, context, item, payment in zip(*pairs, strict=True):
        inside = {
            **record(CONTEXT, context),
            "items": [{"amount": "1"}, record(ITEM, item)],
            "payments": (record(PAYMENT, payment),),
        }
        sent = {**record(EVENT, said), "business_context": inside}
        calls.append(({name: sent[name] for name in draw(st.permutations(sorted(sent)))}, []))
    return Pair(calls[0], calls[1], all(groups(one) == groups(other) for one, other in pairs))


@examples(100)
@given(drawn=events())
def test_an_event_is_repeated_by_what_says_the_same(drawn: Pair) -> None:
    """By the engine's own amounts; what only a schema reads counts as it is spelled."""
    ledger = opened(replaced(configuration(), schemas=FrozenMap({"till": TWO_VERSIONS})))
    key = {"external_reference": "R-1"}
    ledger.post(CALLER, {**drawn.first[0], **key})

    event(f"the same: {drawn.is_same}")
    assert repeats(lambda: ledger.post(CALLER, {**drawn.again[0], **key})) is drawn.is_same


# --- each value of each field -------------------------------------------------------------------

Hash = Callable[[Mapping[str, object]], str | None]


def in_organization(said: Mapping[str, object]) -> dict[str, object]:
    """Return what a call says, with its organization where it says none."""
    return {**said, "organization_id": said.get("organization_id") or ORG}


def of_header(said: Mapping[str, object]) -> str | None:
    """Return the hash of a document with this header."""
    return document_hash(in_organization(said), [])


def of_line(said: Mapping[str, object]) -> str | None:
    """Return the hash of a document with this line, which is none of a journal."""
    return document_hash({}, [said])


def of_journal_line(said: Mapping[str, object]) -> str | None:
    """Return the hash of a document with this line of a journal."""
    data = {name: value for name, value in said.items() if name not in {"amount", "text"}}
    line = {"line_amount": said["amount"], "description": said.get("text"), "smart_code": GL_LINE}
    return document_hash({}, [{**line, "line_data": {"side": "DR", **data}}])


def of_event(said: Mapping[str, object]) -> str | None:
    """Return the hash of an event, whose organization is that of the call."""
    return event_hash(in_organization(said))


def of_context(said: Mapping[str, object]) -> str | None:
    """Return the hash of an event with this business context."""
    return event_hash({"business_context": said})


def of_item(said: Mapping[str, object]) -> str | None:
    """Return the hash of an event with this item."""
    return of_context({"items": [{}, said]})


def of_payment(said: Mapping[str, object]) -> str | None:
    """Return the hash of an event with this payment."""
    return of_context({"payments": [said]})


TABLES: Final[tuple[tuple[Mapping[str, Field], Hash], ...]] = (
    (HEADER, of_header), (LINE, of_line), (JOURNAL_LINE, of_journal_line), (EVENT, of_event),
    (CONTEXT, of_context), (ITEM, of_item), (PAYMENT, of_payment),
)  # fmt: skip


@pytest.mark.parametrize(("fields", "hashed"), TABLES)
def test_each_value_is_like_those_of_its_group_alone(
    fields: Mapping[str, Field], hashed: Hash
) -> None:
    """All of one group hash alike, and no two groups do."""
    first: Choice = dict.fromkeys(fields, (0, 0))
    for name, values in fields.items():
        found = [
            {
                hashed(record(fields, {**first, name: (group, spelling)}))
                for spelling in range(len(spellings))
            }
            for group, spellings in enumerate(values)
        ]
        assert [len(each) for each in found] == [1] * len(values), name
        assert len(set().union(*found)) == len(values), name
        assert None not in set().union(*found), name


def test_every_field_of_a_call_is_looked_at() -> None:
    """A field that comes to headers, lines or events is either open or stands in a table here."""
    words = {
        "transaction_code", "external_reference", "posting_period_code", "fiscal_period",
        "line_number", "line_amount", "line_type", "description", "smart_code", "line_data",
        "business_context", *HEADER_DETAILS,
    }  # fmt: skip

    assert set(HEADER_FIELDS) - words == set(HEADER) - words
    assert set(LINE_FIELDS) - words == set(LINE) - words
    assert set(EVENT_FIELDS) - words == set(EVENT)
