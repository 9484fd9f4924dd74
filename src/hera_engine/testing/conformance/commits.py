"""What `commit` promises: all or nothing, once for each reference, on ground that has not moved."""

from dataclasses import replace
from typing import Final

from hera_engine.repository import Change, Done, Duplicate, Repository, Stale
from hera_engine.testing.conformance.samples import (
    ONE,
    TWO,
    configuration,
    empty_draft,
    expect,
    expect_alike,
    expect_done,
    expect_kept,
    header,
    identity,
    kept,
    leg,
    next_header,
    text_of,
    transaction,
)
from hera_engine.transactions import Status, Transaction


def _expect_duplicate(repository: Repository, change: Change, first: Transaction) -> None:
    outcome = repository.commit(change)
    expect(
        isinstance(outcome, Duplicate),
        f"a reference that is taken is answered {type(outcome).__name__}, not Duplicate",
    )
    if isinstance(outcome, Duplicate):
        expect_alike(outcome.transaction, first, "Duplicate does not carry the first transaction")


def _expect_stale(repository: Repository, change: Change, why: str) -> None:
    outcome = repository.commit(change)
    expect(isinstance(outcome, Stale), f"{why} is answered {type(outcome).__name__}, not Stale")


def repeat_is_answered_with_the_first(repository: Repository) -> None:
    """A taken reference is `Duplicate` with the first transaction, and nothing is stored."""
    first = transaction(1, external_reference="sale-1")
    other = transaction(2, external_reference="sale-1", transaction_code="another")
    kept(repository, first)
    _expect_duplicate(repository, Change(organization_id=ONE, create=other), first)
    expect_kept(repository, ONE, [first], "after a repeat")
    expect(not repository.fetch(ONE, [other.id]), "a repeat was stored under its own id")


def repeat_goes_before_stale(repository: Repository) -> None:
    """A repeat that names an old configuration is still answered with the first."""
    first = transaction(1, external_reference="sale-1")
    kept(repository, first)
    repository.configure(configuration())
    change = Change(
        organization_id=ONE,
        configuration_version="a version that never was",
        create=transaction(2, external_reference="sale-1"),
    )
    _expect_duplicate(repository, change, first)


def voided_reference_stays_taken(repository: Repository) -> None:
    """The reference of a voided transaction is taken for ever."""
    first = transaction(1, external_reference="sale-1")
    kept(repository, first)
    voided = replace(first, header=next_header(first, status=Status.VOIDED, reason="wrong"))
    change = Change(organization_id=ONE, replace=voided.header)
    expect_done(repository.commit(change), "voiding is refused")
    again = transaction(2, external_reference="sale-1")
    _expect_duplicate(repository, Change(organization_id=ONE, create=again), voided)
    expect_kept(repository, ONE, [voided], "after a repeat of a voided transaction")


REFERENCES: Final = (
    "ref-1", "REF-1", "ref-1 ", " ref-1", "ref-10", "ref_1", "ref%", "1", "01", "1.0", "null", "'",
)  # fmt: skip
"""References that look alike and are not."""


def references_are_compared_exactly(repository: Repository) -> None:
    """References that differ in case, blanks or zeros are different ones; none is no reference."""
    every = [
        transaction(number, external_reference=reference)
        for number, reference in enumerate((*REFERENCES, None, None))
    ]
    kept(repository, *every)
    expect_kept(repository, ONE, every, "after references that look alike")
    for each in every[: len(REFERENCES)]:
        again = transaction(99, external_reference=each.header.external_reference)
        _expect_duplicate(repository, Change(organization_id=ONE, create=again), each)


def reference_is_of_one_organization(repository: Repository) -> None:
    """The same reference, and the same id, in two organizations are two transactions."""
    mine = transaction(1, external_reference="sale-1", transaction_code="mine")
    theirs = transaction(1, TWO, external_reference="sale-1", transaction_code="theirs")
    kept(repository, mine, theirs)
    expect_kept(repository, ONE, [mine], "beside the same id in another organization")
    expect_kept(repository, TWO, [theirs], "beside the same id in another organization")
    for organization, first in ((ONE, mine), (TWO, theirs)):
        again = transaction(2, organization, external_reference="sale-1")
        _expect_duplicate(repository, Change(organization_id=organization, create=again), first)


def joined_keys_are_not_confused(repository: Repository) -> None:
    """Organization and reference are two keys, not one text of both; case counts in both."""
    pairs = (("org:a", "ref"), ("org", "a:ref"), ("Org", "a:ref"), ("org ", "a:ref"))
    every = [
        transaction(1, organization, external_reference=reference)
        for organization, reference in pairs
    ]
    kept(repository, *every)
    for each in every:
        expect_kept(repository, each.header.organization_id, [each], "beside names that look alike")


def stale_configuration_is_refused(repository: Repository) -> None:
    """A change that names another version of the configuration than the present is `Stale`."""
    new = transaction(1, external_reference="sale-1")
    change = Change(organization_id=ONE, configuration_version="1", create=new)
    _expect_stale(repository, change, "a version where there is no configuration")
    repository.configure(configuration())
    first = repository.configuration_version(ONE)
    repository.configure(configuration(name="later"))
    second = repository.configuration_version(ONE)
    _expect_stale(
        repository, replace(change, configuration_version=first), "the configuration of before"
    )
    expect_kept(repository, ONE, [], "after a stale configuration")
    done = repository.commit(replace(change, configuration_version=second))
    expect_done(done, "a change on the present configuration is refused")
    voiding = Change(
        organization_id=ONE,
        configuration_version=first,
        replace=next_header(new, status=Status.VOIDED),
    )
    _expect_stale(repository, voiding, "a replaced header on the configuration of before")
    expect_kept(repository, ONE, [new], "after a stale configuration")


def change_without_a_version_asks_nothing(repository: Repository) -> None:
    """A change that names no version of the configuration is carried out, with or without one."""
    first, second = transaction(1), transaction(2)
    kept(repository, first)
    repository.configure(configuration())
    kept(repository, second)
    expect_kept(repository, ONE, [first, second], "before and after a configuration")


def stale_transaction_is_refused(repository: Repository) -> None:
    """A header replaces the stored one only if its version is exactly one higher."""
    stored = transaction(1)
    kept(repository, stored)
    right = next_header(stored, status=Status.VOIDED)
    for version in (0, 1, 3):
        wrong = replace(right, audit=replace(right.audit, version=version))
        change = Change(organization_id=ONE, replace=wrong)
        _expect_stale(repository, change, f"version {version} over version 1")
    expect_kept(repository, ONE, [stored], "after stale headers")
    done = repository.commit(Change(organization_id=ONE, replace=right))
    expect_done(done, "the next version of a header is refused")
    now = replace(stored, header=right)
    expect_kept(repository, ONE, [now], "after a header was replaced")
    _expect_stale(repository, Change(organization_id=ONE, replace=right), "the same header again")
    missing = header(9, audit=replace(right.audit, version=2))
    _expect_stale(
        repository, Change(organization_id=ONE, replace=missing), "an id that is not there"
    )
    expect_kept(repository, ONE, [now], "after stale headers")


def create_and_replace_are_one(repository: Repository) -> None:
    """A correction and the header of what it corrects are stored together, or neither is."""
    original = transaction(1)
    kept(repository, original)
    new = transaction(2, external_reference="back", reverses=original.id)
    linked = next_header(original, reversed_by=(new.id,), status=Status.REVERSED)
    stale = replace(linked, audit=replace(linked.audit, version=7))
    _expect_stale(
        repository, Change(organization_id=ONE, create=new, replace=stale), "half a reversal"
    )
    expect_kept(repository, ONE, [original], "after half a reversal was refused")
    done = repository.commit(Change(organization_id=ONE, create=new, replace=linked))
    expect_done(done, "a reversal is refused")
    both = [new, replace(original, header=linked)]
    expect_kept(repository, ONE, both, "after a reversal")


def repeat_replaces_nothing(repository: Repository) -> None:
    """A repeat is answered before anything else of its change is carried out."""
    original, first = transaction(1), transaction(2, external_reference="back")
    kept(repository, original, first)
    again = transaction(3, external_reference="back")
    linked = next_header(original, reversed_by=(again.id,))
    change = Change(organization_id=ONE, create=again, replace=linked)
    _expect_duplicate(repository, change, first)
    expect_kept(repository, ONE, [original, first], "after a repeat that also replaces")


def refused_change_leaves_nothing(repository: Repository) -> None:
    """Of a change that was refused no line, id or reference is left behind."""
    original = transaction(1, external_reference="taken")
    kept(repository, original)
    repeat = transaction(2, external_reference="taken")
    _expect_duplicate(repository, Change(organization_id=ONE, create=repeat), original)
    late = transaction(3, external_reference="free")
    stale = next_header(original, status=Status.VOIDED)
    stale = replace(stale, audit=replace(stale.audit, version=5))
    change = Change(organization_id=ONE, create=late, replace=stale)
    _expect_stale(repository, change, "a header that has moved")
    colliding = transaction(1, external_reference="free")
    _expect_refused(repository, Change(organization_id=ONE, create=colliding))
    # The same ids once more, with one line less: what is read is this and nothing else. The line is
    # of nothing, so that a store may look whether what is posted balances.
    short = Transaction(header(2, external_reference="other"), (leg(4, identity(2), "DR", "0"),))
    bare = Transaction(header(3, external_reference="free"))
    kept(repository, short, bare)
    expect_kept(repository, ONE, [original, short, bare], "after refused changes")


def _expect_refused(repository: Repository, change: Change) -> None:
    """Fail if a change that cannot be carried out is `Done`; how it fails is the store's."""
    try:
        outcome = repository.commit(change)
    except Exception:  # noqa: BLE001 # a store may raise whatever it raises
        return
    expect(not isinstance(outcome, Done), "the id of a stored transaction was given away again")


def id_is_given_once(repository: Repository) -> None:
    """A new transaction never takes the place of a stored one with the same id."""
    first = transaction(1, external_reference="first")
    kept(repository, first)
    second = transaction(1, external_reference="second", transaction_code="second")
    _expect_refused(repository, Change(organization_id=ONE, create=second))
    expect_kept(repository, ONE, [first], "after a second transaction of the same id")


def removed_is_gone(repository: Repository) -> None:
    """An empty draft is removed for good; another version, id or organization is `Stale`."""
    stored, theirs = empty_draft(1), empty_draft(1, TWO)
    kept(repository, stored, theirs, empty_draft(2, TWO))
    old = replace(stored.header, audit=replace(stored.header.audit, version=2))
    for wrong, why in (
        (old, "removing another version"),
        (empty_draft(5).header, "removing an id that is not there"),
        (empty_draft(2).header, "removing an id that another organization has"),
    ):
        _expect_stale(repository, Change(organization_id=ONE, remove=wrong), why)
    expect_kept(repository, ONE, [stored], "after nothing was removed")
    remove = Change(organization_id=ONE, remove=stored.header)
    expect_done(repository.commit(remove), "removing is refused")
    expect_kept(repository, ONE, [], "after a transaction was removed")
    expect(not repository.fetch(ONE, [stored.id]), "a removed transaction is still fetched")
    _expect_stale(repository, remove, "removing twice")
    expect_kept(repository, TWO, [theirs, empty_draft(2, TWO)], "beside another's removal")
    again = transaction(1)
    kept(repository, again)
    expect_kept(repository, ONE, [again], "after the id of a removed transaction came again")


def stale_configuration_removes_nothing(repository: Repository) -> None:
    """A removal on an old configuration is `Stale` too."""
    stored = empty_draft(1)
    kept(repository, stored)
    change = Change(organization_id=ONE, configuration_version="old", remove=stored.header)
    _expect_stale(repository, change, "a removal where there is no such configuration")
    expect_kept(repository, ONE, [stored], "after a stale removal")


def foreign_header_is_not_replaced(repository: Repository) -> None:
    """A change reaches no transaction of another organization, whatever its id."""
    theirs = transaction(1, TWO)
    kept(repository, theirs)
    for named in (ONE, TWO):
        header_of_mine = replace(next_header(theirs, reason="mine"), organization_id=named)
        try:
            outcome = repository.commit(Change(organization_id=ONE, replace=header_of_mine))
        except Exception:  # noqa: BLE001 # refusing what names two organizations is as good
            continue
        expect(isinstance(outcome, Stale), "a header of another organization was replaced")
    expect_kept(repository, TWO, [theirs], "after another organization reached for it")
    expect_kept(repository, ONE, [], "after it reached for another's")


def lines_come_in_their_order(repository: Repository) -> None:
    """The lines of a transaction are read in the order they were written, all of them."""
    owner = header(1)
    numbers = (*range(1, 121), *range(500, 400, -1))
    lines = tuple(leg(number, owner.id, "DR" if number % 2 else "CR", "1") for number in numbers)
    ordered = Transaction(owner, tuple(sorted(lines, key=lambda line: line.number)))
    kept(repository, ordered)
    (read,) = repository.fetch(ONE, [owner.id])
    expect(text_of(read) == text_of(ordered), "many lines are not read as they were written")


CHECKS: Final = (
    repeat_is_answered_with_the_first,
    repeat_goes_before_stale,
    voided_reference_stays_taken,
    references_are_compared_exactly,
    reference_is_of_one_organization,
    joined_keys_are_not_confused,
    stale_configuration_is_refused,
    change_without_a_version_asks_nothing,
    stale_transaction_is_refused,
    create_and_replace_are_one,
    repeat_replaces_nothing,
    refused_change_leaves_nothing,
    id_is_given_once,
    removed_is_gone,
    stale_configuration_removes_nothing,
    foreign_header_is_not_replaced,
    lines_come_in_their_order,
)
"""Each takes a repository over an empty store."""
