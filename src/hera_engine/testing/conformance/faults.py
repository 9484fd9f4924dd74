"""What is left when a store breaks: an answer lost, a process killed, and the call repeated."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, Final, TypeVar

from hera_engine.errors import HeraError
from hera_engine.ledger import Caller, Correction
from hera_engine.repository import Change, Repository
from hera_engine.testing.conformance.books import Books, Fault, Numbers
from hera_engine.testing.conformance.samples import (
    EVERYTHING,
    ONE,
    TWO,
    books_configuration,
    configuration,
    expect,
    expect_alike,
    expect_kept,
    kept,
    next_header,
    text_of,
    texts_of,
    transaction,
)
from hera_engine.testing.conformance.store import Stepped, Store
from hera_engine.transactions import Status, Transaction

_Kind = TypeVar("_Kind", bound=Repository)

CALLER: Final = Caller("clerk", ONE)
SALE: Final = {
    "event_smart_code": "HERA.KIT.SALE.TXN.V1",
    "total_amount": "105.00",
    "currency": "USD",
    "transaction_date": "2025-01-15",
    "external_reference": "sale-1",
    "business_context": {},
}


def document(status: str, amount: str = "80.00", **said: object) -> dict[str, object]:
    """Return the header of a journal written by hand."""
    return {
        "transaction_type": "GL_JOURNAL",
        "smart_code": "HERA.KIT.GL.TXN.JOURNAL.V1",
        "transaction_date": "2025-01-20",
        "transaction_currency_code": "USD",
        "total_amount": amount,
        "transaction_status": status,
        **said,
    }


def legs(amount: str = "80.00") -> list[dict[str, object]]:
    """Return the two lines of a journal written by hand."""
    return [
        {
            "line_number": number,
            "line_type": "gl",
            "smart_code": "HERA.KIT.GL.LINE.ENTRY.V1",
            "line_amount": amount,
            "line_data": {"side": side, "account_code": account},
        }
        for number, side, account in ((1, "DR", "1000"), (2, "CR", "4000"))
    ]


@dataclass(frozen=True, slots=True)
class _Deed:
    """Something done to the books: the call, and what is there when it was done once.

    Attributes:
        name: For messages.
        status: Of the transaction that is there before, or None where none is.
        call: Does it to a ledger, given the id of that transaction.
        statuses: Of all transactions afterwards, sorted.
        repeatable: Whether a repeat is answered with the first result.
    """

    name: str
    status: str | None
    call: Callable[[Books, str], Any]
    statuses: tuple[str, ...]
    repeatable: bool = False


def _reversal(amount: str | None, reference: str | None) -> Callable[[Books, str], Any]:
    def call(books: Books, known: str) -> Any:
        correction = Correction(
            transaction_id=known,
            amount=amount,
            reason="returned",
            reversal_date="2025-01-21",
            external_reference=reference,
        )
        return books.do("reverse", CALLER, correction)

    return call


DEEDS: Final = (
    _Deed("post", None, lambda books, _: books.do("post", CALLER, SALE), ("posted",), True),
    _Deed(
        "create",
        None,
        lambda books, _: books.do(
            "create", CALLER, document("posted", external_reference="journal-1"), legs()
        ),
        ("posted",),
        True,
    ),
    _Deed("reverse", "posted", _reversal(None, "back-1"), ("posted", "reversed"), True),
    _Deed("reverse in part", "posted", _reversal("30.00", "back-1"), ("posted", "posted"), True),
    _Deed("reverse without a reference", "posted", _reversal(None, None), ("posted", "reversed")),
    _Deed(
        "void",
        "posted",
        lambda books, known: books.do("void", CALLER, known, "wrong"),
        ("voided",),
    ),
    _Deed(
        "update",
        "draft",
        lambda books, known: books.do("update", CALLER, known, {"transaction_status": "posted"}),
        ("posted",),
    ),
    _Deed("delete", "empty", lambda books, known: books.do("delete", CALLER, known), ()),
)
"""Everything that writes."""


def broken_call_is_repeated_safely(store: Store[_Kind]) -> None:
    """Whichever call of the store breaks, before or after it, a repeat leaves one result."""
    for deed in DEEDS:
        for after in (False, True):
            for at in count():
                with store.fresh() as repository:
                    if not _breaks_safely(repository, deed, at, after=after):
                        break


def _breaks_safely(repository: Repository, deed: _Deed, at: int, *, after: bool) -> bool:
    """Break one call of a deed and do it again; return whether there was such a call."""
    numbers = Numbers()
    sound = Books(repository, numbers)
    sound.do("configure", CALLER, books_configuration())
    known = "" if deed.status is None else _prepared(sound, deed.status)
    where = f"{deed.name}, call {at} of the store broken {'after' if after else 'before'} it"
    fault = Fault(at, after=after)
    first = None
    try:
        first = deed.call(Books(repository, numbers, fault), known)
    except HeraError as error:
        expect(error.code == "E_UPSTREAM", f"{where}: the ledger says {error.code}")
        expect(fault.struck, f"{where}: the ledger fails although nothing was broken")
    if not fault.struck:
        expect(first is not None, f"{where}: nothing came of it")
    between = repository.fetch(ONE, [each.id for each in repository.find(ONE, EVERYTHING)])
    again = None
    try:
        again = deed.call(sound, known)
    except HeraError as error:
        expect(error.code in {"E_STATE", "E_NOT_FOUND"}, f"{where}: a repeat says {error.code}")
        expect(not deed.repeatable, f"{where}: a repeat is not answered with the first result")
    found = repository.find(ONE, EVERYTHING)
    statuses = tuple(sorted(each.status.value for each in found))
    expect(statuses == deed.statuses, f"{where}: {statuses} are there, not {deed.statuses}")
    if deed.repeatable and again is not None:
        _expect_first(repository, again.transaction, between, where)
    return fault.struck


def _expect_first(repository: Repository, answered: Transaction, between: Any, where: str) -> None:
    """Fail unless a repeat was answered with what was stored, at the first try if it was."""
    (stored,) = repository.fetch(ONE, [answered.id])
    expect_alike(answered, stored, f"{where}: a repeat is answered with what is not stored")
    reference = answered.header.external_reference
    before = [each.id for each in between if each.header.external_reference == reference]
    expect(before in ([], [answered.id]), f"{where}: a repeat was stored a second time")


def _prepared(books: Books, status: str) -> str:
    """Store what a deed is done to; return its id."""
    if status == "empty":
        stored = books.do("create", CALLER, document("draft", "0"), [])
    else:
        stored = books.do("create", CALLER, document(status), legs())
    found: str = stored.transaction.id
    return found


def what_is_done_stays(store: Store[_Kind]) -> None:
    """What was answered is there when the store is opened again, and seen by who had it open."""
    with store.fresh() as repository:
        opener = store.opener_of(repository)
        with store.again(opener) as other:
            repository.configure(configuration())
            first = transaction(1, external_reference="sale-1")
            kept(repository, first)
            expect_kept(other, ONE, [first], "in a store that is open twice")
            voided = replace(first, header=next_header(first, status=Status.VOIDED))
            other.commit(Change(organization_id=ONE, replace=voided.header))
            kept(other, transaction(1, TWO))
            expect_kept(repository, ONE, [voided], "in a store that is open twice")
            version = other.configuration_version(ONE)
            expect(version is not None, "a configuration is not seen where the store is open twice")
            same = version == repository.configuration_version(ONE)
            expect(same, "two that have a store open see different versions")
        with store.again(opener) as later:
            expect_kept(later, ONE, [voided], "in a store opened again")
            expect_kept(later, TWO, [transaction(1, TWO)], "in a store opened again")
            expect(later.configuration_version(ONE) == version, "a version is lost with its opener")


# --- killed ---------------------------------------------------------------------------------

KILLED: Final = 9
"""How a process ends that is killed where it stands, as told apart from one that came through."""


def killed_at_any_line_leaves_all_or_nothing(store: Store[_Kind], *, every: int = 1) -> None:
    """A process killed at any line of the repository's own code leaves the change whole or not.

    For a correction (a new transaction and a replaced header) and for a configuration, a process
    ends without a word at the first line that the repository executes, the next time at the
    second, and so on until it comes through. What it leaves is read by another, and the same
    change is committed again. Needs an operating system that forks.

    Args:
        store: Where repositories come from.
        every: How many lines there are from one that kills to the next, for a store whose
            lines take too long one by one.
    """
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned) as forge:
        for verb in ("commit", "configure"):
            for line in count(1, every):
                with store.fresh() as repository:
                    if not _killed_safely(store, repository, forge, (verb, line)):
                        break


def _pair() -> tuple[Transaction, Change]:
    original = transaction(1)
    new = transaction(2, external_reference="back", reverses=original.id)
    linked = next_header(original, reversed_by=(new.id,), status=Status.REVERSED)
    return original, Change(organization_id=ONE, create=new, replace=linked)


def _killed_safely(
    store: Store[_Kind], repository: _Kind, forge: Executor, at: tuple[str, int]
) -> bool:
    """Kill a process at a line of a verb and look at what it left; return whether it was killed."""
    verb, line = at
    original, change = _pair()
    assert change.create is not None, "the pair has both"
    assert change.replace is not None, "the pair has both"
    kept(repository, original)
    repository.configure(configuration(name="before"))
    version = repository.configuration_version(ONE)
    ended = forge.submit(_forked, store.opener_of(repository), verb, line).result(timeout=120)
    expect(ended in {0, KILLED}, f"{verb} ends with {ended} where line {line} is to kill it")
    where = f"killed at line {line} of {verb}"
    after = [change.create, replace(original, header=change.replace)]
    with store.again(store.opener_of(repository)) as later:
        if verb == "commit":
            read = later.fetch(ONE, [each.id for each in later.find(ONE, EVERYTHING)])
            states = [texts_of([original]), texts_of(after)]
            expect(texts_of(read) in states, f"{where}: half of the change is there")
            outcome = type(later.commit(change)).__name__
            wanted = "Done" if texts_of(read) == states[0] else "Duplicate"
            expect(outcome == wanted, f"{where}: the same change again is {outcome}")
            expect_kept(later, ONE, after, f"{where}: after the same change again")
        else:
            found = later.configuration(ONE)
            names = {text_of(configuration(name=name)): name for name in ("before", "after")}
            said = None if found is None else names.get(text_of(found))
            expect(said is not None, f"{where}: half of the configuration is there")
            moved = later.configuration_version(ONE) != version
            whole = moved == (said == "after")
            expect(whole, f"{where}: the version does not go with the content")
    return ended == KILLED


def _forked(opener: Callable[[], Repository], verb: str, line: int) -> int:
    """Let a copy of this process die at a line; return how it ended."""
    child = os.fork()
    if not child:
        try:
            _die_at(opener, verb, line)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _die_at(opener: Callable[[], Repository], verb: str, line: int) -> None:
    """Carry out a verb, and end the process at a line of the repository's own folder."""
    repository = opener()
    counted = count(1)

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if folder not in Path(frame.f_code.co_filename).parents:
            return None
        if event == "line" and next(counted) == line:
            os._exit(KILLED)
        return trace

    if isinstance(repository, Stepped):
        folder = _folder_of(repository.repository)
        repository.wait(_traced(trace))
    else:
        folder = _folder_of(repository)
    threading.settrace(trace)
    sys.settrace(trace)
    if verb == "commit":
        repository.commit(_pair()[1])
    else:
        repository.configure(configuration(name="after"))
    os._exit(0)


async def _traced(trace: Any) -> None:
    """Trace the thread of the loop."""
    sys.settrace(trace)


def _folder_of(repository: object) -> Path:
    return Path(sys.modules[type(repository).__module__].__file__ or "").parent
