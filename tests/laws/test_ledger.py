"""The books as a whole: always in balance, and never a word of one organization to another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from hera_engine import (
    Account,
    Caller,
    Configuration,
    Correction,
    HeraError,
    InMemoryRepository,
    Ledger,
)
from hera_engine.configuration import Binding, PeriodStatus, ReversalStyle
from hera_engine.frozen import FrozenMap
from hera_engine.json_text import dumps, loads
from hera_engine.money import from_minor
from hera_engine.stored import transaction_from_dict
from hera_engine.transactions import Status, Transaction
from tests.laws.posting import examples
from tests.laws.test_corrections import legs
from tests.unit.ledger.books import (
    CALLER,
    FEBRUARY,
    GL_LINE,
    JANUARY,
    SALE,
    TILL,
    Ticking,
    configuration,
    header,
    leg,
    opened,
    pair,
    sale,
)

BEGINNINGS: Final = ("draft", "pending", "completed", "posted")
ACTIONS: Final = (
    "CREATE", "POST", "SIMULATE", "READ", "UPDATE", "DELETE", "VOID", "REVERSE", "PART", "QUERY",
    "VALIDATE", "FOREIGN HEADER", "CURSOR", "CONFIGURE",
)  # fmt: skip


# --- two organizations --------------------------------------------------------------------------


@dataclass
class Side:
    """One of two organizations: its words, none of which the other may ever see."""

    name: str
    cents: int
    made: list[str] = field(default_factory=list)
    amounts: set[str] = field(default_factory=set)

    @property
    def caller(self) -> Caller:
        """Who asks in its books."""
        return Caller(f"actor-of-{self.name}", f"books-of-{self.name}")

    @property
    def books(self) -> Configuration:
        """Its books, with an account that the other does not have."""
        return Configuration(
            organization_id=self.caller.organization_id,
            schemas=FrozenMap({"till": TILL.replace("4100", f"41{self.name}")}),
            bindings=(Binding(event=SALE, schema="till"),),
        )

    def amount(self) -> str:
        """Return an amount that was not used yet."""
        self.cents += 10_007
        self.amounts.add(str(from_minor(self.cents, 2)))
        return str(from_minor(self.cents, 2))

    @property
    def secrets(self) -> set[str]:
        """What may stand in no answer to the other."""
        return {self.caller.actor_user_id, self.caller.organization_id, f"41{self.name}",
                f"id-{self.name}-", *self.amounts}  # fmt: skip


@dataclass(frozen=True)
class Move:
    """One action: by which side, on whose transaction."""

    side: int
    action: str
    target: int
    whose: int
    shared: bool


moves = st.lists(
    st.builds(
        Move, st.integers(0, 1), st.sampled_from(ACTIONS), st.integers(0, 9), st.integers(0, 1),
        st.booleans(),
    ),
    min_size=4, max_size=16,
)  # fmt: skip


def payload(move: Move, own: Side, target: str, other: Side) -> tuple[str, dict[str, object]]:
    """Return action and payload of a move."""
    amount = own.amount()
    reference = {"external_reference": f"R-{move.target}"} if move.shared else {}
    named: dict[str, object] = {"transaction_id": target, "include_deleted": move.shared}
    lines = [
        {"gl_account_code": "1000", "debit": amount},
        {"gl_account_code": f"41{own.name}", "credit": amount},
    ]
    status = BEGINNINGS[move.target % len(BEGINNINGS)]
    match move.action:
        case "CREATE":
            said = header(transaction_status=status, total_amount=amount, **reference)
            return "CREATE", {"header": said, "lines": [] if move.target > 7 else lines}
        case "FOREIGN HEADER":
            said = header(organization_id=other.caller.organization_id)
            return "CREATE", {"header": said, "lines": lines}
        case "POST" | "SIMULATE":
            return move.action, sale(amount, **reference)
        case "UPDATE":
            return "UPDATE", {**named, "patch": {"transaction_status": "posted"}}
        case "PART":
            return "REVERSE", {**named, "amount": "7.00", **reference}
        case "QUERY":
            return "QUERY", {"filters": {"include_deleted": move.shared, **reference}}
        case "CURSOR":
            return "QUERY", {"filters": {"cursor": f"2025-01-15/{target}"}}
        case _:
            return move.action, named


@examples(100)
@given(sequence=moves)
def test_no_answer_holds_a_word_of_the_other(sequence: list[Move]) -> None:
    """Not an id, an amount, an account or a name: in results, refusals, repeats, simulations."""
    sides = (Side("8765", 123_456_700), Side("5432", 987_654_300))
    working: list[Side] = [sides[0]]
    count = iter(range(10**6))
    ledger = Ledger(
        InMemoryRepository(), clock=Ticking(),
        ids=lambda: f"id-{working[0].name}-{next(count)}",
    )  # fmt: skip
    for side in sides:
        ledger.configure(side.caller, side.books)
    for move in sequence:
        own, other = sides[move.side], sides[1 - move.side]
        working[0] = own
        known = sides[move.whose].made
        target = known[move.target % len(known)] if known else "none"
        if move.action == "CONFIGURE":
            ledger.configure(own.caller, own.books)
            continue
        action, sent = payload(move, own, target, other)

        answer = ledger.execute(action, own.caller.actor_user_id, own.caller.organization_id, sent)

        text = dumps(answer)
        # What a caller sends may come back to that caller.
        echoed = (
            {other.caller.organization_id, f"id-{other.name}-"} if target in str(sent) else set()
        )
        seen = {secret for secret in other.secrets - echoed if secret in text}
        assert not seen
        if known is other.made and known and "transaction_id" in sent:
            # Another organization's id is answered as one that nobody has: mostly as not found, but
            # a reference of the caller's own that was used is looked at before any id is.
            nobodys = ledger.execute(
                action, own.caller.actor_user_id, own.caller.organization_id,
                {**sent, "transaction_id": "id-of-nobody"},
            )  # fmt: skip
            assert answer["success"] is False
            assert answer["error_code"] in {"E_NOT_FOUND", "E_IDEMPOTENT"}
            assert dumps(nobodys).replace("id-of-nobody", target) == text
            assert target not in text
        made = answer["transaction_id"]
        if isinstance(made, str) and made not in own.made:
            own.made.append(made)
    for side in sides:
        refuse_imbalance(ledger, side.caller)


# --- balance ------------------------------------------------------------------------------------


def refuse_imbalance(ledger: Ledger, caller: Caller) -> None:
    """Fail unless debits are credits in every ledger and currency, and in base currency."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for each in ledger.balances(caller):
        book = sums.setdefault((each.ledger, each.currency), [Decimal(0)] * 2)
        book[0] += each.debits - each.credits
    worth: dict[tuple[str, str], Decimal] = {}
    for each in ledger.balances(caller):
        key = (each.ledger, each.base_currency)
        worth[key] = worth.get(key, Decimal(0)) + each.base_debits - each.base_credits
    assert {book[0] for book in sums.values()} <= {0}
    assert set(worth.values()) <= {0}


def by_hand(stored: Mapping[str, Transaction]) -> dict[tuple[str, str, str], Decimal]:
    """Return balances that are not zero, from what is counted by its status."""
    sums: dict[tuple[str, str, str], Decimal] = {}
    for each in stored.values():
        if each.header.status in {"completed", "posted", "reversed", "archived"}:
            for line in each.journal:
                key = (line.ledger, str(line.data["account_code"]), str(line.data["currency"]))
                worth = line.amount if line.data["side"] == "DR" else -line.amount
                sums[key] = sums.get(key, Decimal(0)) + worth
    return {key: value for key, value in sums.items() if value}


@examples(60)
@given(
    documents=st.lists(
        st.tuples(legs(), st.sampled_from(BEGINNINGS), st.sampled_from(["", "void", "reverse"])),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_the_books_balance_at_every_moment(
    documents: list[tuple[list[dict[str, object]], str, str]],
) -> None:
    """After each change; balances are those of what is entered and not voided."""
    ledger = opened(configuration(base_currency="GBP"))
    stored: dict[str, Transaction] = {}
    for lines, status, then in documents:
        said = header(transaction_status=status, exchange_rate="0.7919", total_amount="1.00")
        made = ledger.create(CALLER, said, lines).transaction
        stored[made.id] = made
        refuse_imbalance(ledger, CALLER)
        if then == "void":
            stored[made.id] = ledger.void(CALLER, made.id)
        elif then == "reverse" and made.header.status.is_booked:
            back = ledger.reverse(CALLER, Correction(transaction_id=made.id)).transaction
            stored |= {back.id: back, made.id: ledger.read(CALLER, made.id)}
        refuse_imbalance(ledger, CALLER)

        found = ledger.balances(CALLER)
        counted = {(each.ledger, each.account, each.currency): each.balance for each in found}
        assert {key: value for key, value in counted.items() if value} == by_hand(stored)


@examples(60)
@given(totals=st.lists(st.integers(1, 10**9), min_size=1, max_size=5))
def test_a_post_and_its_reversal_come_to_nothing(totals: list[int]) -> None:
    """Whatever else stands in the books."""
    ledger = opened()
    ledger.post(CALLER, sale("5.00"))
    before = {each.account: each.balance for each in ledger.balances(CALLER)}

    for total in totals:
        made = ledger.post(CALLER, sale(str(from_minor(total, 2)))).transaction
        ledger.reverse(CALLER, Correction(transaction_id=made.id))

    assert {each.account: each.balance for each in ledger.balances(CALLER)} == before


@st.composite
def changed_books(draw: st.DrawFn) -> Configuration:
    """Return books whose accounts, periods, types or base currency may no longer take a draft."""
    chart = [
        Account(f"id-{code}", code, active=draw(st.booleans()), postable=draw(st.booleans()))
        for code in ("1000", "4100")
        if draw(st.booleans())
    ]
    chart += [Account("id-9", "9")] * draw(st.booleans())
    status = draw(st.sampled_from(PeriodStatus))
    period = draw(st.sampled_from([JANUARY, FEBRUARY, replace(JANUARY, code="P1")]))
    periods = [replace(period, status=status)]
    books = configuration(
        chart=chart,
        periods=periods * draw(st.booleans()),
        base_currency=draw(st.sampled_from([None, "USD", "GBP"])),
    )
    return replace(books, types=FrozenMap({"BARTER": "JOURNAL"} if draw(st.booleans()) else {}))


@examples(150)
@given(
    books=changed_books(),
    kind=st.sampled_from(["JOURNAL", "BARTER"]),
    said=st.sampled_from([{}, {"posting_period_code": "2025-01"}, {"fiscal_period": 2}]),
)
def test_a_draft_is_entered_where_a_new_entry_is(
    books: Configuration, kind: str, said: dict[str, object]
) -> None:
    """And VALIDATE says of it beforehand whether it will be, and of what was entered that it is."""
    ledger = opened(replace(configuration(), types=FrozenMap({"BARTER": "JOURNAL"})))
    head, lines = header(transaction_type=kind, base_currency_code="USD", **said), pair("10.00")
    draft = ledger.create(CALLER, {**head, "transaction_status": "draft"}, lines).transaction
    ledger.configure(CALLER, books)
    told = ledger.validate(CALLER, draft.id).is_valid

    patch: dict[str, object] = {"transaction_status": "posted"}
    called: list[Callable[[], object]] = [
        lambda: ledger.update(CALLER, draft.id, patch),
        lambda: ledger.create(CALLER, head, lines),
    ]
    answers: list[object] = []
    for call in called:
        try:
            call()
            answers.append("entered")
        except HeraError as error:
            answers.append(error.to_dict())

    assert answers[0] == answers[1]
    assert told == (answers[0] == "entered")
    assert ledger.validate(CALLER, draft.id).is_valid == told


@st.composite
def charts(draw: st.DrawFn) -> list[Account]:
    """Return few accounts of few ids and codes, some of which are both."""
    ids = draw(st.lists(st.sampled_from("ABCD"), unique=True, max_size=4))
    codes = draw(st.permutations(["1", "2", "A", None]))
    return [
        Account(own, code, active=draw(st.integers(0, 7)) > 0)
        for own, code in zip(ids, codes, strict=False)
    ]


def named_legs() -> st.SearchStrategy[dict[str, object]]:
    """Return names of an account in one or more places."""
    name = st.sampled_from(["1", "2", "A", "B", "C"])
    return st.dictionaries(
        st.sampled_from(["account_code", "account", "entity_id"]), name, min_size=1, max_size=2
    )


def named(side: str, names: Mapping[str, object]) -> dict[str, object]:
    """Return a line that names its account so."""
    inside = {place: name for place, name in names.items() if place != "entity_id"}
    return {
        "smart_code": GL_LINE, "line_amount": "10", "entity_id": names.get("entity_id"),
        "line_data": {"side": side, **inside},
    }  # fmt: skip


def said_by(stored: Transaction, books: Configuration) -> list[dict[str, object]]:
    """Return stored lines as new ones; an id that was written for want of a chart is left out."""
    return [
        {
            "smart_code": line.smart_code,
            "line_amount": line.amount,
            "line_data": dict(line.data),
            "entity_id": None
            if line.entity_id == line.data.get("account_code")
            and len(books.accounts)
            and books.accounts.find(line.entity_id, None) is None
            else line.entity_id,
        }
        for line in stored.lines
    ]


@examples(300)
@given(
    before=st.just([]) | charts(),
    after=charts(),
    debit=named_legs(),
    credit=named_legs(),
    bases=st.lists(st.sampled_from([None, "USD", "GBP"]), min_size=2, max_size=2),
)
def test_a_draft_comes_to_what_a_new_entry_of_its_words_does(
    before: list[Account],
    after: list[Account],
    debit: dict[str, object],
    credit: dict[str, object],
    bases: list[str | None],
) -> None:
    """However its accounts are named, and whatever chart and base currency come between."""
    old, new = (
        configuration(chart=chart, base_currency=base)
        for chart, base in zip((before, after), bases, strict=True)
    )
    ledger, head = opened(old), header()
    lines = [named("DR", debit), named("CR", credit)]
    try:
        draft = ledger.create(CALLER, {**head, "transaction_status": "draft"}, lines).transaction
    except HeraError:
        return  # no draft, nothing to enter
    ledger.configure(CALLER, new)
    head["base_currency_code"] = draft.header.base_currency
    fresh = opened(new)
    new_one = refused(lambda: fresh.create(CALLER, head, said_by(draft, new)))

    told = ledger.validate(CALLER, draft.id).is_valid
    entered = refused(lambda: ledger.update(CALLER, draft.id, {"transaction_status": "posted"}))

    assert told == (entered is None)
    if entered is None:
        assert new_one is None
        assert ledger.balances(CALLER) == fresh.balances(CALLER)
    else:
        assert new_one is not None or "goes by" in entered


def refused(call: Callable[[], object]) -> str | None:
    """Return the message that a call is refused with, or None."""
    try:
        call()
    except HeraError as error:
        return error.message
    return None


@examples(150)
@given(
    dozens=st.integers(1, 4),
    parts=st.permutations([1, 2, 3, 12]),
    rate=st.sampled_from(["0.5", "0.05", "0.857", "1.5", "7.449"]),
    sign=st.sampled_from([1, -1]),
)
def test_conversion_turns_no_line(dozens: int, parts: list[int], rate: str, sign: int) -> None:
    """Worth has the sign of its amount or is zero, and both sides are worth the same."""
    debits, credits = ([each] * (12 * dozens // each) for each in parts[:2])
    ledger = opened(configuration(base_currency="GBP", style=ReversalStyle.STORNO))
    lines = [
        leg(side, str(from_minor(sign * each, 2)), account)
        for side, account, units in (("DR", "1000", debits), ("CR", "4100", credits))
        for each in units
    ]
    head = header(transaction_currency_code="EUR", exchange_rate=rate)

    stored = ledger.create(CALLER, head, lines).transaction

    assert all(line.base_amount() * sign >= 0 for line in stored.lines)
    assert sum(each.base_debits - each.base_credits for each in ledger.balances(CALLER)) == 0


# --- plain values -------------------------------------------------------------------------------


@examples(60)
@given(
    lines=legs(),
    moment=st.sampled_from(["2025-01-20", date(2025, 1, 20), "2025-01-20T10:00:00.123456+05:30"]),
    context=st.dictionaries(
        st.sampled_from("abc"),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text("xyz"), st.lists),
    ),
    take=st.booleans(),
)
def test_the_plain_form_of_a_transaction_is_read_back(
    lines: list[dict[str, object]], moment: object, context: dict[str, object], take: bool
) -> None:
    """Through JSON text: of a document, of what it becomes, and of its correction."""
    ledger = opened(configuration(base_currency="GBP"))
    said = header(
        transaction_date=moment, exchange_rate="0.7919", metadata=context, total_amount="1.00",
        reference_number="x", approval_required=True, external_reference="R",
    )  # fmt: skip
    made = ledger.create(CALLER, said, lines).transaction
    every = [made, ledger.post(CALLER, sale(exchange_rate="0.7919")).transaction]
    if take:
        every.append(ledger.reverse(CALLER, Correction(transaction_id=made.id)).transaction)
        every.append(ledger.read(CALLER, made.id))

    for transaction in every:
        plain = loads(dumps(transaction.to_dict()))
        assert isinstance(plain, dict)
        assert transaction_from_dict(plain) == transaction
        assert transaction_from_dict(transaction.to_dict()).to_dict() == transaction.to_dict()
    assert every[-1].header.status in {Status.POSTED, Status.REVERSED}
