"""What a random walk does to the books of two organizations, and what it expects of each step."""

from dataclasses import replace
from datetime import date
from typing import Any

from hera_engine.configuration import AccountingPeriod, PeriodStatus, ReversalStyle
from hera_engine.errors import HeraError
from hera_engine.ledger import Caller, Correction
from hera_engine.money import from_minor, to_minor
from hera_engine.periods import Period
from hera_engine.repository import Repository
from hera_engine.testing.conformance.books import Books, Numbers
from hera_engine.testing.conformance.model import MONTHS, Expected
from hera_engine.testing.conformance.samples import (
    ONE,
    TWO,
    books_configuration,
    expect,
    expect_alike,
    fail,
)
from hera_engine.transactions import Status, Transaction


class Walk:
    """Two organizations at work on one repository, and what each should have.

    Attributes:
        repository: What is walked over.
        expected: The books as they should be, by organization.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.expected = {ONE: Expected(), TWO: Expected()}
        self._books = Books(repository, Numbers())

    def configure(self, organization: str) -> None:
        """Configure an organization; the periods that the model says are closed are closed."""
        expected = self.expected[organization]
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
        self._books.do("configure", Caller("clerk", organization), said)

    def store(
        self,
        organization: str,
        reference: str | None,
        sent: object,
        why: str | None,
        call: tuple[Any, ...],
    ) -> Transaction | None:
        """Do what stores a transaction; return it if it is a new one."""
        expected = self.expected[organization]
        if reference is not None and reference in expected.sent:
            why = expected.why_not_sent(reference, sent)
            stored = self.done(organization, why, *call)
            if stored is not None:
                first = expected.by_reference(reference)
                expect(stored.idempotent, "a repeat is not said to be one")
                expect_alike(stored.transaction, first, "a repeat is answered with another")
            return None
        stored = self.done(organization, why, *call)
        if stored is None:
            return None
        expect(not stored.idempotent, "something new is said to be a repeat")
        new: Transaction = stored.transaction
        expect(new.id not in expected.kept, "an id was given twice")
        expect(new.header.external_reference == reference, "a reference was lost")
        expected.add(new, sent)
        return new

    def reverse(
        self,
        organization: str,
        chosen: Transaction,
        day: date,
        reference: str | None,
        part: int | None,
    ) -> None:
        """Take back a part in hundredths of what is left, all of it without one."""
        expected = self.expected[organization]
        left = expected.left[chosen.id]
        amount = None if part is None else from_minor(max(to_minor(left, 2) * part // 100, 1), 2)
        correction = Correction(
            transaction_id=chosen.id,
            amount=None if amount is None else str(amount),
            reversal_date=day.isoformat(),
            external_reference=reference,
        )
        why = expected.why_not_reversed(chosen, amount, day)
        sent = ("reverse", chosen.id, amount, day)
        new = self.store(organization, reference, sent, why, ("reverse", correction))
        if new is None:
            return
        taken = left if amount is None else amount
        total = new.header.total_amount
        expect(total.copy_abs() == taken, "a correction takes another amount than was asked")
        expect(new.header.reverses == chosen.id, "a correction does not name its original")
        expected.left[chosen.id] = left - taken
        status = chosen.header.status if left > taken else Status.REVERSED
        links = (*chosen.header.reversed_by, new.id)
        (now,) = self.repository.fetch(organization, [chosen.id])
        self.changed(organization, chosen, now, status=status, reversed_by=links)

    def changed(
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
        self.expected[organization].kept[before.id] = found

    def chosen(self, organization: str, place: int, *, entered: bool = False) -> Transaction | None:
        """Return one of an organization's transactions, or None where there is none.

        ``entered`` asks for one that can still be taken back.
        """
        every = list(self.expected[organization].kept.values())
        if entered:
            lasting = {Status.POSTED, Status.COMPLETED}
            every = [each for each in every if each.header.status in lasting and each.lines]
        return every[place % len(every)] if every else None

    def done(self, organization: str, why: str | None, verb: str, *said: object) -> Any:
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
        for other in self.expected[TWO if organization == ONE else ONE].kept:
            told = other in answer and other not in asked
            expect(not told, "an answer names a transaction of another organization")
