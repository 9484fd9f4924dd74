"""POST and SIMULATE: idempotency, bindings, the cache of plans, periods, what is stored."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from hera_engine import (
    BusinessEvent,
    Caller,
    Configuration,
    Correction,
    HeraError,
    InMemoryRepository,
    Ledger,
    limits,
)
from hera_engine.configuration import Binding
from hera_engine.frozen import FrozenMap
from hera_engine.ledger.plans import Bounded
from hera_engine.periods import Period
from hera_engine.repository import Change, Done, Outcome, Query, Stale
from hera_engine.transactions import Status, Transaction, TransactionHeader
from tests.unit.ledger.books import (
    CALLER,
    FOREIGN,
    JANUARY,
    ORG,
    OTHER,
    SALE,
    TILL,
    Ticking,
    closed,
    configuration,
    header,
    numbered,
    opened,
    pair,
    refusal,
    replaced,
    sale,
    total_of,
)


def test_an_event_is_stored_as_it_was_posted() -> None:
    """Header, lines, schema; simulate gives the same and stores nothing."""
    ledger = opened()

    entry = ledger.simulate(CALLER, sale())
    assert ledger.query(CALLER) == ()
    stored = ledger.post(CALLER, sale())

    header_now = stored.transaction.header
    assert (header_now.status, header_now.kernel_type) == (Status.POSTED, "JOURNAL")
    assert header_now.schema["fingerprint"] == entry.header.schema.fingerprint
    assert [
        (line.account, line.data["side"], line.amount) for line in stored.transaction.lines
    ] == [(line.account.code, line.side.value, line.amount) for line in entry.lines]
    assert ledger.read(CALLER, stored.transaction.id) == stored.transaction
    assert total_of(ledger) == {("GL", "1000"): "100.00", ("GL", "4100"): "-100.00"}


def test_an_event_without_a_day_takes_the_clocks() -> None:
    """And hashes alike on another day."""
    clock = Ticking()
    ledger = opened(clock=clock)
    event = sale(reference="R-1", transaction_date=None)

    first = ledger.post(CALLER, event)
    clock.moment = clock.moment.replace(month=3, day=1)
    again = ledger.post(CALLER, event)

    assert first.transaction.header.transaction_date == date(2025, 1, 31)
    assert (again.idempotent, again.transaction) == (True, first.transaction)


# --- idempotency --------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [{}, {"business_context": None}, {"business_context": {}}])
def test_a_context_of_nothing_but_null_amounts_is_left_out(again: dict[str, object]) -> None:
    """Whichever comes first."""
    empty = {"business_context": {"tip_amount": None}}
    for first, second in ((empty, again), (again, empty)):
        ledger = opened()
        assert not ledger.post(CALLER, sale(reference="R", **first)).idempotent
        assert ledger.post(CALLER, sale(reference="R", **second)).idempotent


def test_a_repeat_returns_the_first_result_and_writes_nothing() -> None:
    """In whatever order its keys are, and however its total is spelled."""
    ledger = opened()
    event = sale("100.00", "R-1")
    first = ledger.post(CALLER, event)

    for repeat in (
        event,
        dict(reversed(event.items())),
        sale(100, "R-1"),
        sale(Decimal("100.0"), "R-1", organization_id=ORG),
        sale("100.00", "R-1", transaction_date=date(2025, 1, 15)),
        sale("100.00", "R-1", posting_date=None),
    ):
        again = ledger.post(CALLER, repeat)
        assert (again.idempotent, again.transaction, again.warnings) == (
            True, first.transaction, ()
        )  # fmt: skip
    assert len(ledger.query(CALLER)) == 1


def test_the_same_event_in_other_clothes_is_a_repeat() -> None:
    """As JSON, as bytes, as a model."""
    ledger = opened()
    text = (
        f'{{"event_smart_code":"{SALE}","total_amount":"5.00","currency":"USD",'
        '"transaction_date":"2025-01-15","external_reference":"R-1"}'
    )
    model = BusinessEvent(
        organization_id=ORG, event_smart_code=SALE, total_amount=Decimal("5.00"), currency="USD",
        transaction_date=date(2025, 1, 15), external_reference="R-1",
    )  # fmt: skip

    first = ledger.post(CALLER, text)

    for again in (text.encode(), model, sale("5.00", "R-1")):
        assert ledger.post(CALLER, again).transaction == first.transaction


@pytest.mark.parametrize(
    "other",
    [
        sale("100.01", "R-1"),
        sale("100.00", "R-1", currency="EUR"),
        sale("100.00", "R-1", transaction_date="2025-01-16"),
        sale("100.00", "R-1", business_context={"till": "2"}),
        sale("100.00", "R-1", event_smart_code="HERA.POS.OTHER.V1"),
        sale("100.00", "R-1", business_context={"till": 1.5}),
    ],
)
def test_other_content_under_a_reference_is_a_conflict(other: dict[str, object]) -> None:
    """Also if it would not even post."""
    ledger = opened()
    first = ledger.post(CALLER, sale("100.00", "R-1"))

    error = refusal(lambda: ledger.post(CALLER, other))

    assert error.code == "E_IDEMPOTENT"
    assert error.details == {"existing_transaction_id": first.transaction.id}
    assert len(ledger.query(CALLER)) == 1


def test_the_reference_of_another_organization_is_its_own() -> None:
    """The same reference there is a first, with its own content."""
    ledger = opened()
    ledger.post(CALLER, sale("100.00", "R-1"))

    assert not ledger.post(FOREIGN, sale("7.00", "R-1")).idempotent


def test_a_retry_is_answered_after_schema_and_period_have_changed() -> None:
    """The first result stands; another event is refused."""
    books = configuration(periods=[JANUARY])
    ledger = opened(books)
    first = ledger.post(CALLER, sale(reference="R-1"))

    for later in (
        closed(books, "2025-01"),
        replace(books, bindings=()),
        replace(books, schemas=FrozenMap({"till": "schema oops"})),
        replace(books, schemas=FrozenMap({"till": TILL.replace("4100", "4200")})),
    ):
        ledger.configure(CALLER, later)
        again = ledger.post(CALLER, sale(reference="R-1"))
        assert (again.idempotent, again.transaction) == (True, first.transaction)
    ledger.configure(CALLER, closed(books, "2025-01"))
    assert refusal(lambda: ledger.post(CALLER, sale(reference="R-2"))).code == "E_PERIOD_CLOSED"


def test_a_document_and_a_void_keep_their_reference() -> None:
    """A reference is taken for ever, whoever took it."""
    ledger = opened()
    sent = header(external_reference="R-1")
    made = ledger.create(CALLER, sent, pair())
    ledger.void(CALLER, made.transaction.id)

    again = ledger.create(CALLER, {**sent, "organization_id": ORG, "metadata": None}, pair())
    error = refusal(lambda: ledger.post(CALLER, sale(reference="R-1")))

    assert (again.idempotent, again.transaction.header.status) == (True, Status.VOIDED)
    assert error.code == "E_IDEMPOTENT"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (header(metadata={"a": None}), header(metadata={"a": 1.5})),
        (header(transaction_date=date(2025, 1, 20)), header(transaction_date=date(2025, 1, 21))),
        (header(), header(colour="red")),
    ],
)
def test_a_document_with_other_content_is_a_conflict(
    first: dict[str, object], second: dict[str, object]
) -> None:
    """Whatever the difference is made of."""
    ledger = opened()
    ledger.create(CALLER, {**first, "external_reference": "R-1"}, pair())

    error = refusal(lambda: ledger.create(CALLER, {**second, "external_reference": "R-1"}, pair()))

    assert error.code == "E_IDEMPOTENT"


def test_a_long_document_is_told_from_another() -> None:
    """By its last line as well, and a repeat of it is one."""
    ledger = opened()
    lines = [
        {"line_type": "gl", "line_amount": 1, "smart_code": "HERA.FIN.GL.LINE.X.V1",
         "line_data": {"side": side, "account": "1000", "note": f"{number}"}}
        for number in range(1_250) for side in ("DR", "CR")
    ]  # fmt: skip
    other = [*lines[:-1], {**lines[-1], "description": "another"}]
    sent = header(external_reference="R-1")
    ledger.create(CALLER, sent, lines)

    assert ledger.create(CALLER, sent, lines).idempotent
    assert refusal(lambda: ledger.create(CALLER, sent, other)).code == "E_IDEMPOTENT"


def test_a_status_of_ours_is_a_text_like_any_other() -> None:
    """A retry with the text is a repeat of one with the member."""
    ledger = opened()
    ledger.create(CALLER, header(transaction_status=Status.POSTED, external_reference="R"), pair())

    assert ledger.create(CALLER, header(external_reference="R"), pair()).idempotent


# --- stale ground -------------------------------------------------------------------------------


class Meddling(InMemoryRepository):
    """Books that somebody else configures just before the first changes are carried out."""

    __slots__ = ("later",)

    def __init__(self, later: Sequence[Configuration]) -> None:
        super().__init__()
        self.later = list(later)

    def commit(self, change: Change) -> Outcome:
        """Configure anew, then carry out."""
        if self.later:
            self.configure(self.later.pop(0))
        return super().commit(change)


def meddled(*later: Configuration) -> Ledger:
    """Return a ledger whose books change under its hands."""
    ledger = Ledger(Meddling(later), clock=Ticking(), ids=numbered())
    ledger.configure(CALLER, configuration(periods=[JANUARY]))
    return ledger


def test_a_change_on_stale_ground_starts_again() -> None:
    """With the schema that is in force by then."""
    anew = replaced(
        configuration(periods=[JANUARY]), schemas=FrozenMap({"till": TILL.replace("4100", "4200")})
    )

    stored = meddled(anew).post(CALLER, sale())

    assert [line.account for line in stored.transaction.lines] == ["1000", "4200"]


def test_a_period_that_closes_meanwhile_is_closed() -> None:
    """Nothing slips in."""
    shut = closed(configuration(periods=[JANUARY]), "2025-01")

    calls: tuple[Callable[[Ledger], object], ...] = (
        lambda ledger: ledger.post(CALLER, sale()),
        lambda ledger: ledger.create(CALLER, header(), pair()),
    )
    for call in calls:
        ledger = meddled(shut)
        assert refusal(partial(call, ledger)).code == "E_PERIOD_CLOSED"
        assert ledger.query(CALLER) == ()


def test_a_period_that_closes_under_a_change_is_closed() -> None:
    """Nothing slips out either: by no void, no correction, no status."""
    books = configuration(periods=[JANUARY])
    repository = Meddling([])
    ledger = Ledger(repository, clock=Ticking(), ids=numbered())
    ledger.configure(CALLER, books)
    posted = ledger.create(CALLER, header(), pair()).transaction.id
    draft = ledger.create(CALLER, header(transaction_status="draft"), pair()).transaction.id
    back = Correction(transaction_id=posted, reversal_date="2025-01-31")
    calls: tuple[Callable[[], object], ...] = (
        lambda: ledger.reverse(CALLER, back),
        lambda: ledger.void(CALLER, posted),
        lambda: ledger.update(CALLER, draft, {"transaction_status": "posted"}),
    )
    for call in calls:
        ledger.configure(CALLER, books)
        repository.later.append(closed(books, "2025-01"))

        assert refusal(call).code == "E_PERIOD_CLOSED"
    assert {each.status for each in ledger.query(CALLER)} == {Status.POSTED, Status.DRAFT}


def test_ground_that_never_rests_is_told() -> None:
    """After so many attempts the caller may try again."""
    ledger = meddled(*[configuration(periods=[JANUARY])] * 99)

    error = refusal(lambda: ledger.post(CALLER, sale()))

    assert (error.code, error.retryable) == ("E_UPSTREAM", True)


# --- bindings and plans -------------------------------------------------------------------------


def books_of(*bindings: Binding, organization_id: str = ORG) -> Configuration:
    """Return books with schemas named by the revenue account that they credit."""
    accounts = ("4100", "4200", "4300")
    return Configuration(
        organization_id=organization_id,
        schemas=FrozenMap({each: TILL.replace("4100", each) for each in accounts}),
        bindings=bindings,
    )


def credited(ledger: Ledger, caller: Caller = CALLER, **more: str) -> str | None:
    """Return the account that the till's sale is credited to."""
    return ledger.simulate(caller, {**sale(), **more}).lines[1].account.code


def test_the_highest_priority_governs() -> None:
    """Of equals an exact code before a pattern, then the first listed."""
    wide = Binding(event="HERA.**", schema="4100")
    exact = Binding(event="HERA.POS.SALE.v1", schema="4200")
    strong = Binding(event="HERA.POS.*.V1", schema="4300", priority=1)

    assert credited(opened(books_of(wide, exact, strong))) == "4300"
    assert credited(opened(books_of(wide, exact))) == "4200"
    assert credited(opened(books_of(wide, replace(wide, schema="4300")))) == "4100"


def test_a_binding_is_in_force_on_its_days() -> None:
    """By the accounting date."""
    old = Binding(event=SALE, schema="4100", days=Period(None, date(2025, 1, 15)))
    new = Binding(event=SALE, schema="4200", days=Period(date(2025, 1, 16), date(2025, 1, 31)))
    ledger = opened(books_of(old, new))

    assert credited(ledger, transaction_date="2025-01-15") == "4100"
    assert credited(ledger, transaction_date="2025-01-16") == "4200"
    assert credited(ledger, transaction_date="2025-01-15", posting_date="2025-01-20") == "4200"
    error = refusal(lambda: credited(ledger, transaction_date="2025-02-01"))
    assert (error.code, error.hint) == ("E_SCHEMA", "bind one that is in force on the day")


def test_an_event_without_a_binding_is_refused() -> None:
    """And so is one in books that nobody configured."""
    for ledger in (
        opened(books_of()),
        Ledger(InMemoryRepository(), clock=Ticking(), ids=numbered()),
    ):
        error = refusal(partial(ledger.post, CALLER, sale()))
        assert (error.code, error.hint) == ("E_SCHEMA", "bind a schema to the event")


TAXED = """
schema "Taxed" version 1
ledgers GL
account cash       1000 asset
account revenue    4100 revenue
account tax_output 2200 liability
use tax "vat" prices inclusive rounding line
dimensions staff_id
on HERA.POS.SALE.V1 {
  for item in items {
    debit  cash gross(item)
    credit revenue net(item)
    credit tax_output tax(item)
  }
}
"""


def test_the_tax_profile_of_a_binding_is_used_under_the_schemas_name() -> None:
    """So that one schema serves several rates."""
    profiles = FrozenMap(
        {
            name: FrozenMap({"id": name, "rates": FrozenMap({"standard": rate})})
            for name, rate in (("five", "5"), ("twenty", "20"))
        }
    )
    taxes = {}
    for name in profiles:
        books = Configuration(
            organization_id=ORG, schemas=FrozenMap({"taxed": TAXED}), tax_profiles=profiles,
            bindings=(Binding(event=SALE, schema="taxed", tax_profile=name),),
        )  # fmt: skip
        items = [{"amount": "120.00", "tax_category": "standard"}]
        entry = opened(books).simulate(CALLER, sale("120.00", business_context={"items": items}))
        taxes[name] = {line.account.code: str(line.amount) for line in entry.lines}["2200"]

    assert taxes == {"five": "5.71", "twenty": "20.00"}


def test_an_edited_binding_is_seen_at_once() -> None:
    """By another ledger over the same repository too; nothing is compiled twice."""
    repository = InMemoryRepository()
    one, two = (Ledger(repository, clock=Ticking(), ids=numbered(each)) for each in "ab")
    one.configure(CALLER, books_of(Binding(event=SALE, schema="4100")))
    assert (credited(one), credited(two)) == ("4100", "4100")

    two.configure(CALLER, books_of(Binding(event=SALE, schema="4200")))

    assert (credited(one), credited(two)) == ("4200", "4200")


def test_plans_of_two_organizations_are_never_shared() -> None:
    """Under the same keys and versions, and after one of them is edited."""
    till = Binding(event=SALE, schema="till")
    mine, theirs = (
        Configuration(
            organization_id=each,
            schemas=FrozenMap({"till": TILL.replace("4100", account)}),
            bindings=(till,),
        )
        for each, account in ((ORG, "4100"), (OTHER, "4200"))
    )
    ledger = opened(mine, theirs)

    found = [credited(ledger, caller) for caller in (CALLER, FOREIGN) * 3]
    ledger.configure(
        CALLER, replace(mine, schemas=FrozenMap({"till": TILL.replace("4100", "4300")}))
    )

    assert found == ["4100", "4200"] * 3
    assert [credited(ledger, caller) for caller in (CALLER, FOREIGN)] == ["4300", "4200"]


def test_a_schema_that_does_not_compile_is_told_each_time() -> None:
    """With its diagnostics, and never another organization's plan."""
    ledger = opened(replaced(configuration(), schemas=FrozenMap({"till": "schema oops"})))

    errors = [refusal(lambda: ledger.post(CALLER, sale())) for _ in range(2)]

    assert {error.code for error in errors} == {"E_SCHEMA"}
    assert errors[0].details == errors[1].details


def test_what_is_remembered_is_bounded() -> None:
    """The one not used for longest goes."""
    kept: Bounded[int, str] = Bounded(3)
    for key in (1, 2, 3):
        kept.keep(key, str(key))
    assert kept.get(1) == "1"
    kept.keep(4, "4")

    assert (kept.get(2), kept.get(1), len(kept)) == (None, "1", 3)
    assert limits.CACHED_PLANS > 0


# --- what a repository does wrong ---------------------------------------------------------------


class Broken(InMemoryRepository):
    """Books whose store fails with words of its own."""

    __slots__ = ()

    def commit(self, change: Change) -> Outcome:
        """Fail."""
        raise RuntimeError(f"secret of {change.organization_id}")


class Leaking(InMemoryRepository):
    """Books that answer everyone with one organization's data."""

    __slots__ = ()

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """Look in the salon's books."""
        return super().fetch(ORG, ids)

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """Look in the salon's books."""
        return super().find(ORG, query)

    def configuration(self, organization_id: str) -> Configuration | None:
        """Look in the salon's books."""
        return super().configuration(ORG)


class Mute(InMemoryRepository):
    """Books that do not say what became of a change."""

    __slots__ = ()

    def commit(self, change: Change) -> Outcome:
        """Say nothing."""
        return None  # type: ignore[return-value] # that is the point


@pytest.mark.parametrize("repository", [Broken, Mute])
def test_a_store_that_fails_is_told_without_its_words(repository: type[InMemoryRepository]) -> None:
    """And may be tried again."""
    ledger = Ledger(repository(), clock=Ticking(), ids=numbered())
    ledger.configure(CALLER, configuration())

    error = refusal(lambda: ledger.post(CALLER, sale()))

    assert (error.code, error.retryable) == ("E_UPSTREAM", True)
    assert "secret" not in str(error.to_dict())


def test_a_store_that_leaks_is_caught() -> None:
    """Not a word of what it answered leaves."""
    ledger = Ledger(Leaking(), clock=Ticking(), ids=numbered())
    ledger.configure(CALLER, configuration())
    ledger.configure(FOREIGN, configuration(OTHER))
    made = ledger.create(CALLER, header(), pair("123.45")).transaction

    for call in (
        lambda: ledger.read(FOREIGN, made.id),
        lambda: ledger.query(FOREIGN),
        lambda: ledger.balances(FOREIGN),
        lambda: ledger.post(FOREIGN, sale()),
    ):
        error = refusal(call)
        assert error.code == "E_UPSTREAM"
        assert ORG not in str(error.to_dict())


def test_books_in_memory_keep_what_the_verbs_say() -> None:
    """A stale version is refused, a done change is there."""
    repository = InMemoryRepository()
    ledger = Ledger(repository, clock=Ticking(), ids=numbered())
    ledger.configure(CALLER, configuration())
    made = ledger.create(CALLER, header(transaction_status="draft")).transaction

    assert repository.commit(Change(organization_id=ORG, replace=made.header)) == Stale()
    assert repository.commit(Change(organization_id=OTHER, remove=made.header)) == Stale()
    assert repository.commit(Change(organization_id=ORG, remove=made.header)) == Done()


def test_threads_that_post_the_same_reference_get_one_transaction() -> None:
    """Each of a hundred references once, whichever of eight was first."""
    ledger = opened()
    ledger.simulate(CALLER, sale())

    def post_all(_: int) -> list[tuple[str, bool]]:
        stored = [ledger.post(CALLER, sale(reference=f"R-{number}")) for number in range(100)]
        return [(each.transaction.id, each.idempotent) for each in stored]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(post_all, range(8)))

    assert len({tuple(identity for identity, _ in each) for each in found}) == 1
    assert sum(not repeat for each in found for _, repeat in each) == 100


def test_parts_taken_at_once_never_take_more_than_there_is() -> None:
    """Two workers that correct the same transaction see each other."""
    ledger = opened()
    made = ledger.create(CALLER, header(total_amount="10.00"), pair("10.00")).transaction

    def take(_: int) -> bool:
        try:
            ledger.reverse(CALLER, Correction(transaction_id=made.id, amount="3.00"))
        except HeraError as error:
            assert error.code in {"E_GUARDRAIL", "E_UPSTREAM"}  # noqa: PT017 # either may come
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(take, range(8)))

    left = ledger.reverse(CALLER, Correction(transaction_id=made.id)).transaction
    assert taken <= 3
    assert left.header.total_amount == 3 * taken - 10
    assert total_of(ledger) == {}


class ConfiguredMeanwhile(InMemoryRepository):
    """Gets its first configuration just before its first change."""

    def __init__(self, books: Configuration) -> None:
        super().__init__()
        self.books: Configuration | None = books

    def commit(self, change: Change) -> Outcome:
        """Configure, once, and carry out the change."""
        books, self.books = self.books, None
        if books is not None:
            self.configure(books)
        return super().commit(change)


def test_a_first_configuration_is_not_missed() -> None:
    """What was read before there was one starts again, and finds its period closed."""
    books = closed(configuration(periods=[JANUARY]), "2025-01")
    ledger = Ledger(ConfiguredMeanwhile(books), clock=Ticking(), ids=numbered())

    error = refusal(lambda: ledger.create(CALLER, header(), pair()))

    assert error.code == "E_PERIOD_CLOSED"
    assert ledger.query(CALLER) == ()
