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

from hera_engine.ledger import Correction
from hera_engine.money import from_minor
from hera_engine.repository import Query, Repository
from hera_engine.testing.conformance.faults import document, legs
from hera_engine.testing.conformance.model import MONTHS
from hera_engine.testing.conformance.samples import (
    ONE,
    TWO,
    expect,
    expect_alike,
    expect_kept,
    text_of,
)
from hera_engine.testing.conformance.store import Store
from hera_engine.testing.conformance.walk import Walk
from hera_engine.transactions import Status

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
_amounts = st.integers(1, 99_999).map(lambda units: from_minor(units, 2)) | st.sampled_from(
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
        self._walk = Walk(self._open.enter_context(self.store.fresh()))

    def teardown(self) -> None:
        """Close the store."""
        self._open.close()

    @initialize()
    def begin(self) -> None:
        """Give each organization its chart, schema and periods, and two sales to begin with.

        One of them corrects in storno style.
        """
        for organization in self._walk.expected:
            self._walk.configure(organization)
            for reference, amount in (("ref-1", "70.35"), (None, "100.00")):
                self.post(organization, date(2025, 1, 31), Decimal(amount), reference)

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
        why = self._walk.expected[organization].why_not_on(day)
        self._walk.store(organization, reference, ("post", day, amount), why, ("post", event))

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
        why = self._walk.expected[organization].why_not_on(day) if status.is_booked else None
        sent = ("create", day, amount, status)
        call = ("create", header, legs(str(amount)))
        self._walk.store(organization, reference, sent, why, call)

    @rule(organization=_organizations, day=_days)
    def create_empty(self, organization: str, day: date) -> None:
        """Create a draft without lines, such as can be deleted."""
        header = document("draft", "0", transaction_date=day.isoformat())
        self._walk.store(organization, None, None, None, ("create", header, []))

    @rule(organization=_organizations, place=_places)
    def void(self, organization: str, place: int) -> None:
        """Void a transaction; send a posted event once more, as its reference stays taken."""
        chosen = self._walk.chosen(organization, place)
        if chosen is None:
            return
        why = self._walk.expected[organization].why_not_voided(chosen)
        found = self._walk.done(organization, why, "void", chosen.id, "wrong")
        if found is not None:
            self._walk.changed(organization, chosen, found, status=Status.VOIDED, reason="wrong")
            reference = chosen.header.external_reference
            sent = self._walk.expected[organization].sent.get(reference or "")
            if isinstance(sent, tuple) and sent[0] == "post":
                self.post(organization, sent[1], sent[2], reference)

    @rule(organization=_organizations, place=_places, status=_statuses)
    def move(self, organization: str, place: int, status: Status) -> None:
        """Move a transaction to another status."""
        chosen = self._walk.chosen(organization, place)
        if chosen is None:
            return
        why = self._walk.expected[organization].why_not_moved(chosen, status)
        patch = {"transaction_status": status.value}
        found = self._walk.done(organization, why, "update", chosen.id, patch)
        if found is not None:
            self._walk.changed(organization, chosen, found, status=status)

    @rule(organization=_organizations, place=_places)
    def delete(self, organization: str, place: int) -> None:
        """Delete a transaction, which works for an empty draft alone."""
        chosen = self._walk.chosen(organization, place)
        if chosen is None:
            return
        empty = chosen.header.status is Status.DRAFT and not chosen.lines
        if (
            self._walk.done(organization, None if empty else "E_STATE", "delete", chosen.id)
            is not None
        ):
            self._walk.expected[organization].remove(chosen.id)

    @rule(
        organization=_organizations, place=_places, day=_days, reference=_references,
        part=st.none() | st.integers(1, 99) | st.integers(100, 120),
    )  # fmt: skip
    def reverse(
        self, organization: str, place: int, day: date, reference: str | None, part: int | None
    ) -> None:
        """Take a transaction back: whole, a hundredth or more of it, or more than there is."""
        chosen = self._walk.chosen(organization, place, entered=place % 4 > 0)
        if chosen is not None:
            self._walk.reverse(organization, chosen, day, reference, part)

    @rule(
        organization=_organizations, place=_places, parts=st.lists(st.integers(1, 99), max_size=4)
    )
    def reverse_by_and_by(self, organization: str, place: int, parts: list[int]) -> None:
        """Take a transaction back in parts until nothing is left."""
        for part in (*parts, None):
            chosen = self._walk.chosen(organization, place, entered=True)
            if chosen is not None:
                self._walk.reverse(organization, chosen, date(2025, 1, 31), None, part)

    @rule(organization=_organizations, code=st.sampled_from(sorted(MONTHS)))
    def close_or_open(self, organization: str, code: str) -> None:
        """Close a period that is open, or open one that is closed."""
        self._walk.expected[organization].closed ^= {code}
        self._walk.configure(organization)

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
            wanted = self._walk.expected[organization].page(query)
            found = self._walk.done(organization, None, "query", query)
            same = [text_of(each) for each in found] == [text_of(each.header) for each in wanted]
            expect(same, f"{query} finds {len(found)} headers that are not those there should be")
            if not found:
                return
            behind = (found[-1].transaction_date, found[-1].id)
            query = replace(query, after=behind, offset=0)

    @rule(organization=_organizations, place=_places)
    def read(self, organization: str, place: int) -> None:
        """Read a transaction; a voided one only where that is asked."""
        chosen = self._walk.chosen(organization, place)
        if chosen is not None:
            voided = chosen.header.status is Status.VOIDED
            why = "E_NOT_FOUND" if voided else None
            found = self._walk.done(organization, why, "read", chosen.id)
            if found is not None:
                expect_alike(found, chosen, "a transaction is not read as it was answered")

    @rule(organization=_organizations, place=_places, verb=st.sampled_from(
        ("read", "void", "delete", "update", "reverse", "validate")
    ))  # fmt: skip
    def reach_for_anothers(self, organization: str, place: int, verb: str) -> None:
        """Name a transaction of the other organization, which reads as not found."""
        chosen = self._walk.chosen(TWO if organization == ONE else ONE, place)
        if chosen is None:
            return
        more: Mapping[str, tuple[object, ...]] = {"update": ({"transaction_status": "posted"},)}
        said: object = chosen.id
        if verb == "reverse":
            said = Correction(transaction_id=chosen.id, reversal_date="2025-01-31")
        self._walk.done(organization, "E_NOT_FOUND", verb, said, *more.get(verb, ()))

    @rule(organization=_organizations)
    def balance(self, organization: str) -> None:
        """Add up the accounts."""
        wanted = self._walk.expected[organization].balances()
        found = self._walk.done(organization, None, "balances")
        same = {each.account: each.balance for each in found} == wanted
        expect(same, "balances are not what the transactions add up to")
        expect(not sum(wanted.values()), "debits are not credits")

    @invariant()
    def everything_is_as_it_should_be(self) -> None:
        """Both organizations have exactly what they should have, and each entry balances."""
        for organization, expected in self._walk.expected.items():
            expect_kept(self._walk.repository, organization, expected.kept.values(), "after a step")
            expect(not list(expected.unbalanced()), "an entry does not balance")


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

    class Machine(BooksWalk):
        """The walk over this store."""

    Machine.store = store
    phases = [Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if shrink else [])]
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=walks,
            stateful_step_count=steps,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )
