"""A random walk through the books of two organizations, compared with a model at every step."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from hera_engine.configuration import AccountingPeriod, PeriodStatus, ReversalStyle
from hera_engine.errors import HeraError
from hera_engine.ledger import Caller, Correction
from hera_engine.periods import Period
from hera_engine.repository import Query, Repository
from hera_engine.testing.conformance.books import Books, Numbers
from hera_engine.testing.conformance.faults import document, legs
from hera_engine.testing.conformance.model import MONTHS, Expected
from hera_engine.testing.conformance.samples import (
    ONE,
    TWO,
    books_configuration,
    expect,
    expect_alike,
    expect_kept,
    fail,
    text_of,
)
from hera_engine.testing.conformance.store import Store
from hera_engine.transactions import Status, Transaction

_Kind = TypeVar("_Kind", bound=Repository)

WALKS: Final = 60
STEPS: Final = 40

_organizations = st.sampled_from((ONE, TWO))
_days = st.sampled_from(
    (
        date(2025, 1, 31),
        date(2025, 1, 1),
        date(2025, 1, 15),
        date(2025, 2, 1),
        date(2025, 2, 28),
        date(2025, 3, 1),
    )
)
_amounts = st.integers(1, 99_999).map(lambda units: Decimal(units).scaleb(-2)) | st.sampled_from(
    (Decimal("0.01"), Decimal("9999999999999999.99"), Decimal("70.35"))
)
_references = st.sampled_from((None, None, "ref-1", "ref-2", "REF-1", "ref-10"))
_places = st.integers(0, 1_000)
_statuses = st.sampled_from(
    (Status.DRAFT, Status.PENDING, Status.APPROVED, Status.COMPLETED, Status.POSTED)
)


class BooksWalk(RuleBasedStateMachine):
    """Two organizations at work on one store; `store` is set by who runs it."""

    store: Store[Any]

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self._repository: Repository = self._open.enter_context(self.store.fresh())
        self._books = Books(self._repository, Numbers())
        self._expected = {ONE: Expected(), TWO: Expected()}

    def teardown(self) -> None:
        """Close the store."""
        self._open.close()

    @initialize()
    def begin(self) -> None:
        """Give each organization its chart, schema and periods, and two sales to begin with.

        One of them corrects in storno style.
        """
        for organization in self._expected:
            self._configure(organization)
            for reference, amount in (("ref-1", "70.35"), (None, "100.00")):
                self.post(organization, date(2025, 1, 31), Decimal(amount), reference)

    def _configure(self, organization: str) -> None:
        expected = self._expected[organization]
        periods = tuple(
            AccountingPeriod(
                code=code,
                days=Period(first, date(2025, first.month, 31 if first.month == 1 else 28)),
                status=PeriodStatus.CLOSED if code in expected.closed else PeriodStatus.OPEN,
            )
            for code, first in MONTHS.items()
        )
        style = ReversalStyle.MIRROR if organization == ONE else ReversalStyle.STORNO
        said = books_configuration(organization, periods=periods, reversal_style=style)
        self._books.do("configure", said)

    # --- what is done -----------------------------------------------------------------------

    @rule(organization=_organizations, day=_days, amount=_amounts, reference=_references)
    def post(self, organization: str, day: date, amount: Decimal, reference: str | None) -> None:
        """Post an event, or repeat one."""
        event = {
            "event_smart_code": "HERA.KIT.SALE.TXN.V1",
            "total_amount": str(amount),
            "currency": "USD",
            "transaction_date": day.isoformat(),
            "business_context": {},
        } | ({} if reference is None else {"external_reference": reference})
        why = self._expected[organization].why_not_on(day)
        self._store(organization, reference, ("post", day, amount), why, ("post", event))

    @rule(
        organization=_organizations, day=_days, amount=_amounts, reference=_references,
        status=_statuses,
    )  # fmt: skip
    def create(
        self, organization: str, day: date, amount: Decimal, reference: str | None, status: Status
    ) -> None:
        """Create a journal by hand, entered or open, or repeat one."""
        header = document(status.value, str(amount), transaction_date=day.isoformat())
        header |= {} if reference is None else {"external_reference": reference}
        why = self._expected[organization].why_not_on(day) if status.is_booked else None
        sent = ("create", day, amount, status)
        call = ("create", header, legs(str(amount)))
        self._store(organization, reference, sent, why, call)

    @rule(organization=_organizations, day=_days)
    def create_empty(self, organization: str, day: date) -> None:
        """Create a draft without lines, such as can be deleted."""
        header = document("draft", "0", transaction_date=day.isoformat())
        self._store(organization, None, None, None, ("create", header, []))

    def _store(
        self,
        organization: str,
        reference: str | None,
        sent: object,
        why: str | None,
        call: tuple[Any, ...],
    ) -> Transaction | None:
        """Do what stores a transaction; return it if it is a new one."""
        expected = self._expected[organization]
        if reference is not None and reference in expected.sent:
            why = expected.why_not_sent(reference, sent)
            stored = self._done(organization, why, *call)
            if stored is not None:
                first = expected.by_reference(reference)
                expect(stored.idempotent, "a repeat is not said to be one")
                expect_alike(stored.transaction, first, "a repeat is answered with another")
            return None
        stored = self._done(organization, why, *call)
        if stored is None:
            return None
        expect(not stored.idempotent, "something new is said to be a repeat")
        new: Transaction = stored.transaction
        expect(new.id not in expected.kept, "an id was given twice")
        expect(new.header.external_reference == reference, "a reference was lost")
        expected.add(new, sent)
        return new

    @rule(organization=_organizations, place=_places)
    def void(self, organization: str, place: int) -> None:
        """Void a transaction."""
        chosen = self._chosen(organization, place)
        if chosen is None:
            return
        why = self._expected[organization].why_not_voided(chosen)
        found = self._done(organization, why, "void", chosen.id, "wrong")
        if found is not None:
            self._changed(organization, chosen, found, status=Status.VOIDED, reason="wrong")

    @rule(organization=_organizations, place=_places, status=_statuses)
    def move(self, organization: str, place: int, status: Status) -> None:
        """Move a transaction to another status."""
        chosen = self._chosen(organization, place)
        if chosen is None:
            return
        why = self._expected[organization].why_not_moved(chosen, status)
        patch = {"transaction_status": status.value}
        found = self._done(organization, why, "update", chosen.id, patch)
        if found is not None:
            self._changed(organization, chosen, found, status=status)

    @rule(organization=_organizations, place=_places)
    def delete(self, organization: str, place: int) -> None:
        """Delete a transaction, which works for an empty draft alone."""
        chosen = self._chosen(organization, place)
        if chosen is None:
            return
        empty = chosen.header.status is Status.DRAFT and not chosen.lines
        if self._done(organization, None if empty else "E_STATE", "delete", chosen.id) is not None:
            self._expected[organization].remove(chosen.id)

    @rule(
        organization=_organizations, place=_places, day=_days, reference=_references,
        part=st.none() | st.integers(1, 99) | st.integers(100, 120),
    )  # fmt: skip
    def reverse(
        self, organization: str, place: int, day: date, reference: str | None, part: int | None
    ) -> None:
        """Take a transaction back: whole, a hundredth or more of it, or more than there is."""
        chosen = self._chosen(organization, place, entered=place % 4 > 0)
        if chosen is not None:
            self._reverse(organization, chosen, day, reference, part)

    @rule(
        organization=_organizations, place=_places, parts=st.lists(st.integers(1, 99), max_size=4)
    )
    def reverse_by_and_by(self, organization: str, place: int, parts: list[int]) -> None:
        """Take a transaction back in parts until nothing is left."""
        for part in (*parts, None):
            chosen = self._chosen(organization, place, entered=True)
            if chosen is not None:
                self._reverse(organization, chosen, date(2025, 1, 31), None, part)

    def _reverse(
        self,
        organization: str,
        chosen: Transaction,
        day: date,
        reference: str | None,
        part: int | None,
    ) -> None:
        """Take back a part in hundredths of what is left, all of it without one."""
        expected = self._expected[organization]
        left = expected.left[chosen.id]
        amount = None if part is None else max(_cents(left * part / 100), Decimal("0.01"))
        correction = Correction(
            transaction_id=chosen.id,
            amount=None if amount is None else str(amount),
            reversal_date=day.isoformat(),
            external_reference=reference,
        )
        why = expected.why_not_reversed(chosen, amount, day)
        sent = ("reverse", chosen.id, amount, day)
        new = self._store(organization, reference, sent, why, ("reverse", correction))
        if new is None:
            return
        taken = left if amount is None else amount
        total = new.header.total_amount
        expect(total.copy_abs() == taken, "a correction takes another amount than was asked")
        expect(new.header.reverses == chosen.id, "a correction does not name its original")
        expected.left[chosen.id] = left - taken
        status = chosen.header.status if left > taken else Status.REVERSED
        links = (*chosen.header.reversed_by, new.id)
        (now,) = self._repository.fetch(organization, [chosen.id])
        self._changed(organization, chosen, now, status=status, reversed_by=links)

    def _changed(
        self, organization: str, before: Transaction, found: Transaction, **changes: object
    ) -> None:
        """Note a replaced header, in which nothing but some fields and the stamps may differ."""
        audit = found.header.audit
        expect(audit.version == before.header.audit.version + 1, "a version was left out")
        entered = {
            name: getattr(found.header, name)
            for name in ("posting_period_code", "fiscal_year", "fiscal_period")
            if not before.header.status.is_booked
        }
        wanted = replace(before.header, audit=audit, **entered, **changes)  # type: ignore[arg-type]
        expect_alike(found, replace(before, header=wanted), "a change touched something else")
        self._expected[organization].kept[before.id] = found

    @rule(organization=_organizations, code=st.sampled_from(sorted(MONTHS)))
    def close_or_open(self, organization: str, code: str) -> None:
        """Close a period that is open, or open one that is closed."""
        self._expected[organization].closed ^= {code}
        self._configure(organization)

    # --- what is asked ----------------------------------------------------------------------

    @rule(
        organization=_organizations,
        status=st.none() | st.sampled_from(Status),
        kind=st.none() | st.sampled_from(("GL_JOURNAL", "SALE")),
        reference=_references,
        days=st.tuples(st.none() | _days, st.none() | _days),
        cut=st.tuples(st.booleans(), st.integers(1, 5), st.integers(0, 3)),
    )
    def query(
        self, organization: str, status: Status | None, kind: str | None, reference: str | None,
        days: tuple[date | None, date | None], cut: tuple[bool, int, int],
    ) -> None:  # fmt: skip
        """List transactions, page behind page."""
        query = Query(
            transaction_type=kind,
            status=status,
            external_reference=reference,
            first_day=days[0],
            last_day=days[1],
            include_voided=cut[0],
            limit=cut[1],
            offset=cut[2],
        )
        while True:
            wanted = self._expected[organization].page(query)
            found = self._done(organization, None, "query", query)
            same = [text_of(each) for each in found] == [text_of(each.header) for each in wanted]
            expect(same, f"{query} finds {len(found)} headers that are not those there should be")
            if not found:
                return
            behind = (found[-1].transaction_date, found[-1].id)
            query = replace(query, after=behind, offset=0)

    @rule(organization=_organizations, place=_places)
    def read(self, organization: str, place: int) -> None:
        """Read a transaction; a voided one only where that is asked."""
        chosen = self._chosen(organization, place)
        if chosen is not None:
            voided = chosen.header.status is Status.VOIDED
            why = "E_NOT_FOUND" if voided else None
            found = self._done(organization, why, "read", chosen.id)
            if found is not None:
                expect_alike(found, chosen, "a transaction is not read as it was answered")

    @rule(organization=_organizations, place=_places, verb=st.sampled_from(
        ("read", "void", "delete", "update", "reverse", "validate")
    ))  # fmt: skip
    def reach_for_anothers(self, organization: str, place: int, verb: str) -> None:
        """Name a transaction of the other organization, which reads as not found."""
        chosen = self._chosen(TWO if organization == ONE else ONE, place)
        if chosen is None:
            return
        more: Mapping[str, tuple[object, ...]] = {"update": ({"transaction_status": "posted"},)}
        said: object = chosen.id
        if verb == "reverse":
            said = Correction(transaction_id=chosen.id, reversal_date="2025-01-31")
        self._done(organization, "E_NOT_FOUND", verb, said, *more.get(verb, ()))

    @rule(organization=_organizations)
    def balance(self, organization: str) -> None:
        """Add up the accounts."""
        wanted = self._expected[organization].balances()
        found = self._done(organization, None, "balances")
        same = {each.account: each.balance for each in found} == wanted
        expect(same, "balances are not what the transactions add up to")
        expect(not sum(wanted.values()), "debits are not credits")

    # --- how it is looked at ----------------------------------------------------------------

    def _chosen(
        self, organization: str, place: int, *, entered: bool = False
    ) -> Transaction | None:
        """Return one of an organization's transactions, or None where there is none.

        ``entered`` asks for one that can still be taken back.
        """
        every = list(self._expected[organization].kept.values())
        if entered:
            lasting = {Status.POSTED, Status.COMPLETED}
            every = [each for each in every if each.header.status in lasting and each.lines]
        return every[place % len(every)] if every else None

    def _done(self, organization: str, why: str | None, verb: str, *said: object) -> Any:
        """Call the ledger, which must answer, or refuse with this code."""
        try:
            answer = self._books.do(verb, Caller("clerk", organization), *said)
        except HeraError as error:
            if error.code != why:
                fail(f"{verb} says {error.code} ({error.message}), not {why or 'done'}")
            self._expect_nothing_told(organization, f"{error.to_dict()}", said)
            return None
        expect(why is None, f"{verb} is done although it should say {why}")
        self._expect_nothing_told(organization, repr(answer), said)
        return answer

    def _expect_nothing_told(self, organization: str, answer: str, said: object) -> None:
        """Fail if an answer names a transaction of the other organization."""
        asked = repr(said)
        for other in self._expected[TWO if organization == ONE else ONE].kept:
            told = other in answer and other not in asked
            expect(not told, "an answer names a transaction of another organization")

    @invariant()
    def everything_is_as_it_should_be(self) -> None:
        """Both organizations have exactly what they should have, and each entry balances."""
        for organization, expected in self._expected.items():
            expect_kept(self._repository, organization, expected.kept.values(), "after a step")
            expect(not list(expected.unbalanced()), "an entry does not balance")


def _cents(amount: Decimal) -> Decimal:
    return Decimal(int(amount * 100)).scaleb(-2)


def books_agree_with_a_model(
    store: Store[_Kind], *, walks: int = WALKS, steps: int = STEPS, shrink: bool = True
) -> None:
    """Whatever two organizations do to their books, in any order, is as a model says.

    Args:
        store: Where each walk gets an empty repository from.
        walks: How many.
        steps: How many things are done in each, at most.
        shrink: Whether a walk that fails is made as short as can be, which may take minutes.
    """

    class Walk(BooksWalk):
        """The walk over this store."""

    Walk.store = store
    phases = [Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if shrink else [])]
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=walks,
            stateful_step_count=steps,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )
