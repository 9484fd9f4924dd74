"""What holds when several callers come at once: in threads, in tasks, in processes."""

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier as Gate
from threading import Barrier, Event
from typing import Final, TypeAlias, TypeVar

from hera_engine.repository import Change, Done, Duplicate, Outcome, Repository, Stale
from hera_engine.testing.conformance.samples import (
    EVERYTHING,
    ONE,
    TWO,
    configuration,
    empty_draft,
    expect,
    expect_kept,
    kept,
    next_header,
    text_of,
    transaction,
)
from hera_engine.testing.conformance.store import Store
from hera_engine.transactions import Status, Transaction

_Kind = TypeVar("_Kind", bound=Repository)
_Told: TypeAlias = list[tuple[str, str]]

WORKERS: Final = 8
ROUNDS: Final = 12
PROCESSES: Final = 2
REFERENCES: Final = 40
"""How many references two processes post at once."""


@contextmanager
def _often_switched() -> Iterator[None]:
    """Let threads take turns so often that what is not atomic is seen."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _at_once(calls: list[Callable[[], Outcome]]) -> list[Outcome]:
    """Make calls from as many threads, all let go at the same moment."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Outcome]) -> Outcome:
        gate.wait(timeout=60)
        return call()

    with _often_switched(), ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def _commits(repository: Repository, changes: list[Change]) -> list[Outcome]:
    def call(change: Change) -> Callable[[], Outcome]:
        return lambda: repository.commit(change)

    return _at_once([call(change) for change in changes])


def _winner(outcomes: list[Outcome], what: str) -> int:
    """Return which of several calls is `Done`; exactly one must be."""
    done = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, Done)]
    expect(len(done) == 1, f"{what}: {len(done)} of {len(outcomes)} are Done")
    return done[0]


def one_of_equal_references_is_done(repository: Repository) -> None:
    """Of several that bring the same reference at once one is `Done`, all others learn of it."""
    stored = []
    for turn in range(ROUNDS):
        every = [
            transaction(100 * turn + number, external_reference=f"sale-{turn}")
            for number in range(WORKERS)
        ]
        changes = [Change(organization_id=ONE, create=each) for each in every]
        outcomes = _commits(repository, changes)
        first = every[_winner(outcomes, "the same reference at once")]
        for outcome in outcomes:
            if isinstance(outcome, Done):
                continue
            expect(isinstance(outcome, Duplicate), "the same reference at once: one is Stale")
            if isinstance(outcome, Duplicate):
                alike = text_of(outcome.transaction) == text_of(first)
                expect(alike, "a Duplicate does not carry the transaction that came first")
        stored.append(first)
    expect_kept(repository, ONE, stored, "after the same references at once")


def one_of_equal_versions_is_done(repository: Repository) -> None:
    """Of several that replace the same version at once one is `Done`, all others are `Stale`."""
    stored = transaction(1)
    kept(repository, stored)
    for _ in range(ROUNDS):
        headers = [next_header(stored, reason=f"worker {number}") for number in range(WORKERS)]
        outcomes = _commits(
            repository, [Change(organization_id=ONE, replace=each) for each in headers]
        )
        place = _winner(outcomes, "the same version at once")
        expect(
            sum(isinstance(each, Stale) for each in outcomes) == WORKERS - 1,
            "the same version at once: one is neither Done nor Stale",
        )
        stored = replace(stored, header=headers[place])
        expect_kept(repository, ONE, [stored], "after the same version at once")


def one_of_two_corrections_is_done(repository: Repository) -> None:
    """Of several corrections of one transaction at once one is stored, with its link."""
    every: list[Transaction] = []
    for turn in range(ROUNDS):
        original = transaction(100 * turn)
        kept(repository, original)
        news = [transaction(100 * turn + 1 + number) for number in range(WORKERS)]
        changes = [
            Change(
                organization_id=ONE,
                create=new,
                replace=next_header(original, reversed_by=(new.id,), status=Status.REVERSED),
            )
            for new in news
        ]
        place = _winner(_commits(repository, changes), "corrections at once")
        linked = changes[place].replace
        assert linked is not None, "each change has one"
        every += [news[place], replace(original, header=linked)]
    expect_kept(repository, ONE, every, "after corrections at once")


def removed_or_replaced_but_not_both(repository: Repository) -> None:
    """Of a removal and a new header at once one is `Done`."""
    for turn in range(ROUNDS):
        stored = empty_draft(turn)
        kept(repository, stored)
        moved = next_header(stored, reason="kept")
        changes = [
            Change(organization_id=ONE, remove=stored.header),
            Change(organization_id=ONE, replace=moved),
        ]
        place = _winner(_commits(repository, changes), "a removal and a new header at once")
        found = repository.fetch(ONE, [stored.id])
        expect(len(found) == place, "what was removed is there, or what was replaced is not")


def different_changes_do_not_hinder_one_another(repository: Repository) -> None:
    """Changes that exclude nothing are all `Done`, be it in one organization or in two."""
    for turn in range(ROUNDS):
        changes = [
            Change(
                organization_id=organization,
                create=transaction(100 * turn + n, organization, external_reference=f"{turn}-{n}"),
            )
            for n in range(WORKERS // 2)
            for organization in (ONE, TWO)
        ]
        outcomes = _commits(repository, changes)
        refused = [type(each).__name__ for each in outcomes if not isinstance(each, Done)]
        expect(not refused, f"changes that exclude nothing are answered {refused}")
    for organization in (ONE, TWO):
        found = len(repository.find(organization, EVERYTHING))
        expect(found == ROUNDS * WORKERS // 2, f"{found} transactions are there, not all")


# --- readers --------------------------------------------------------------------------------


def reader_never_sees_half_a_change(repository: Repository) -> None:
    """While corrections are stored, a reader sees the link and the correction, or neither."""
    pairs = [(transaction(2 * turn), transaction(2 * turn + 1)) for turn in range(2 * ROUNDS)]
    kept(repository, *(original for original, _ in pairs))
    over = Event()

    def write() -> None:
        try:
            for original, new in pairs:
                linked = next_header(original, reversed_by=(new.id,))
                repository.commit(Change(organization_id=ONE, create=new, replace=linked))
        finally:
            over.set()

    def read() -> int:
        looks = 0
        while not over.is_set() or not looks:
            looks += 1
            _look(repository, pairs)
        return looks

    with _often_switched(), ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        writer = pool.submit(write)
        writer.result()
        for reader in readers:
            reader.result()
    _look(repository, pairs)


def _look(repository: Repository, pairs: list[tuple[Transaction, Transaction]]) -> None:
    """Read originals and corrections in one call and compare each with its other half."""
    found = {
        each.id: each
        for each in repository.fetch(ONE, [each.id for pair in pairs for each in pair])
    }
    for original, new in pairs:
        seen = found.get(original.id)
        expect(seen is not None, "a stored transaction vanishes while another is written")
        if seen is not None:
            linked = bool(seen.header.reversed_by)
            expect(linked == (new.id in found), "a reader saw half of a correction")
    for each in found.values():
        expect(len(each.lines) == 2, "a reader saw a header without all of its lines")


def reader_never_sees_half_a_configuration(repository: Repository) -> None:
    """While an organization is configured anew, a reader sees one of the two, whole."""
    states = [configuration(name=name) for name in ("one", "two")]
    known = {text_of(each) for each in states}
    repository.configure(states[0])
    over = Event()

    def write() -> None:
        try:
            for turn in range(4 * ROUNDS):
                repository.configure(states[turn % 2])
        finally:
            over.set()

    def read() -> None:
        versions: dict[str, str] = {}
        looked = False
        while not over.is_set() or not looked:
            looked = True
            found = repository.configuration(ONE)
            if found is None:
                raise AssertionError("a configuration vanishes while another is written")
            said = text_of(found)
            expect(said in known, "a reader saw half of a configuration")
            same = versions.setdefault(found.version, said) == said
            expect(same, "one version names two configurations")

    with _often_switched(), ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        pool.submit(write).result()
        for reader in readers:
            reader.result()


def one_of_equal_expectations_is_done(repository: Repository) -> None:
    """Of several configurations at once that expect the same version one is `Done`."""
    for turn in range(ROUNDS):
        version = repository.configuration_version(ONE) or ""
        states = [configuration(name=f"{turn}-{worker}") for worker in range(WORKERS)]
        outcomes = _at_once([partial(repository.configure, state, version) for state in states])
        place = _winner(outcomes, "the same expectation at once")
        stale = sum(isinstance(outcome, Stale) for outcome in outcomes)
        expect(stale == WORKERS - 1, "the same expectation at once: one is neither Done nor Stale")
        found = repository.configuration(ONE)
        said = "" if found is None else text_of(found)
        expect(said == text_of(states[place]), "another configuration than the Done one is there")


def nothing_is_done_on_an_old_configuration(repository: Repository) -> None:
    """Once `configure` has returned, no change that names the old version is carried out."""
    for turn in range(ROUNDS):
        repository.configure(configuration(name=f"turn-{turn}"))
        version = repository.configuration_version(ONE)
        over = Event()

        def post(worker: int, turn: int = turn, version: str | None = version) -> tuple[int, int]:
            late, done = 0, 0
            for number in range(20):
                was_over = over.is_set()  # noqa: B023 # the event of this turn, joined within it
                new = transaction(1_000 * turn + 100 * worker + number)
                change = Change(organization_id=ONE, configuration_version=version, create=new)
                if isinstance(repository.commit(change), Done):
                    done += 1
                    late += was_over
            return late, done

        with _often_switched(), ThreadPoolExecutor(3) as pool:
            posting = [pool.submit(post, worker) for worker in range(2)]
            repository.configure(configuration(name=f"closed-{turn}"))
            over.set()
            late = sum(each.result()[0] for each in posting)
        expect(not late, f"{late} changes were done on a configuration that was replaced before")


# --- processes ------------------------------------------------------------------------------


def _post_all(
    opener: Callable[[], Repository], worker: int, gate: Gate, answers: SimpleQueue[_Told]
) -> None:
    """Commit every reference once all processes are there; tell which transaction has each."""
    repository = opener()
    gate.wait(timeout=120)
    told = []
    for number in range(REFERENCES):
        new = transaction(1_000 * worker + number, external_reference=f"sale-{number}")
        outcome = repository.commit(Change(organization_id=ONE, create=new))
        first = outcome.transaction if isinstance(outcome, Duplicate) else new
        told.append((first.id, type(outcome).__name__))
    answers.put(told)


def processes_share_one_store(store: Store[_Kind]) -> None:
    """Two processes that post the same references leave one transaction for each."""
    spawned = multiprocessing.get_context("spawn")
    with store.fresh() as repository:
        opener = store.opener_of(repository)
        gate = spawned.Barrier(PROCESSES)
        answers: SimpleQueue[_Told] = spawned.SimpleQueue()
        workers = [
            spawned.Process(target=_post_all, args=(opener, number, gate, answers))
            for number in range(1, PROCESSES + 1)
        ]
        for each in workers:
            each.start()
        for each in workers:
            each.join(300)
        ended = [each.exitcode for each in workers]
        expect(ended == [0] * PROCESSES, f"processes that share a store end with {ended}")
        told = [answers.get() for _ in workers]
        for ways in zip(*told, strict=True):
            expect(len({first for first, _ in ways}) == 1, "one reference has two transactions")
            words = sorted(word for _, word in ways)
            expect(words == ["Done", "Duplicate"], f"the same reference twice is {words}")
        found = repository.find(ONE, EVERYTHING)
        counted = {each.external_reference for each in found}
        expect(
            len(found) == len(counted) == REFERENCES,
            f"{len(found)} transactions are there for {REFERENCES} references",
        )
        for stored in repository.fetch(ONE, [header.id for header in found]):
            expect(len(stored.lines) == 2, "a transaction has lost its lines")


CHECKS: Final = (
    one_of_equal_references_is_done,
    one_of_equal_versions_is_done,
    one_of_two_corrections_is_done,
    removed_or_replaced_but_not_both,
    different_changes_do_not_hinder_one_another,
    reader_never_sees_half_a_change,
    reader_never_sees_half_a_configuration,
    one_of_equal_expectations_is_done,
    nothing_is_done_on_an_old_configuration,
)
"""Each takes a repository over an empty store."""
