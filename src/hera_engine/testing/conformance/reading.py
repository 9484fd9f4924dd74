"""What `fetch` and `find` promise: exactly what was written, in its order, of one organization."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Final

from hera_engine.frozen import FrozenMap
from hera_engine.repository import Change, Query, Repository
from hera_engine.testing.conformance.samples import (
    EVERYTHING,
    ONE,
    TWO,
    configuration,
    expect,
    expect_alike,
    expect_kept,
    header,
    identity,
    kept,
    nested,
    rich_transaction,
    text_of,
    texts_of,
    transaction,
)
from hera_engine.transactions import Status, Transaction, TransactionHeader, TransactionLine

AMOUNTS: Final = (
    "0", "0.00", "-0.01", "1.5", "1.50", "1.500000000000", "0.1", "0.000000000001",
    "12345678901234567.89", "999999999999999999.999999999999",
    "-999999999999999999.999999999999", "100000000000000000", "70.35", "1.005",
)  # fmt: skip
"""Amounts that binary floats, two decimals or 64 bits do not hold, and trailing zeros."""

TEXTS: Final = (
    "", " ", "'; drop table x; --", '"', "\\", "\\n", "%s %(a)s {0} ${b} :c ?", "null", "1.50",
    "Caf\u00e9", "\u4f1a\u8a08", "\u0627\u0644\u062f\u0641\u062a\u0631", "\U0001f9fe" * 40,
    "\ufffd\u00a0\ufeff", "x" * 16_384,
)  # fmt: skip
"""Clean texts that stores, drivers and templates are known to trip over."""


def what_was_written_is_read(repository: Repository) -> None:
    """Each field of header and lines comes back to the last digit, offset and letter."""
    written = rich_transaction(1, ONE, nested(8, "inside"))
    plain = transaction(50)
    kept(repository, written, plain)
    read = {each.id: each for each in repository.fetch(ONE, [written.id, plain.id])}
    expect(set(read) == {written.id, plain.id}, "what was written is not fetched")
    expect_alike(read[written.id], written, "a transaction changed in the store")
    expect_alike(read[plain.id], plain, "a transaction changed in the store")
    expect(read[written.id] == written, "a transaction read is not equal to the one written")
    expect_kept(repository, ONE, [written, plain], "after two transactions")


def amounts_keep_every_digit(repository: Repository) -> None:
    """Up to 18 digits before the point, 12 behind it, zeros at the end included."""
    every = []
    for number, text in enumerate(AMOUNTS):
        amount = Decimal(text)
        line = TransactionLine(
            id=f"{number}-line",
            number=1,
            line_type="service",
            amount=amount,
            quantity=amount,
            unit_amount=amount,
            discount_amount=amount,
            tax_amount=amount,
            data=FrozenMap({"base_amount": text}),
        )
        every.append(Transaction(header(number, total_amount=amount), (line,)))
    kept(repository, *every)
    for each in every:
        (read,) = repository.fetch(ONE, [each.id])
        expect_alike(read, each, "an amount changed in the store")
    expect_kept(repository, ONE, every, "after amounts of every size")


def texts_are_kept(repository: Repository) -> None:
    """Texts of any script and form, also empty ones, are data and nothing else."""
    every = []
    for number, text in enumerate(TEXTS):
        own = header(
            number,
            transaction_code=text[:255] or "-",
            reason=text,
            business_context=FrozenMap({"text": text, "list": (text, text), "x y'\"": text}),
        )
        line = TransactionLine(
            id=f"{number}-line", number=1, line_type="note", description=text, entity_id=text
        )
        every.append(Transaction(own, (line,)))
    kept(repository, *every)
    for each in every:
        (read,) = repository.fetch(ONE, [each.id])
        expect_alike(read, each, "a text changed in the store")


def open_records_are_kept(repository: Repository) -> None:
    """Open records keep their kinds: true is not 1, nothing is not absent, integers are whole."""
    values = FrozenMap(
        {
            "true": True,
            "one": 1,
            "text": "1",
            "nothing": None,
            "list": (),
            "object": FrozenMap(),
            "digits": "1.50",
            "large": 2**63 + 1,
            "largest": 2**127 - 1,
            "negative": -(2**127),
            "pairs": tuple(
                (number, str(number), FrozenMap({"n": number})) for number in range(500)
            ),
        }
    )
    written = rich_transaction(1, ONE, FrozenMap({"values": values, "deep": nested(12, values)}))
    kept(repository, written)
    (read,) = repository.fetch(ONE, [written.id])
    expect_alike(read, written, "an open record changed in the store")


def fetch_leaves_out_what_is_not_there(repository: Repository) -> None:
    """Asked for no id, unknown and foreign ones, `fetch` returns those that are there."""
    mine = [transaction(number) for number in range(4)]
    theirs = transaction(10, TWO)
    voided = transaction(4, status=Status.VOIDED)
    kept(repository, *mine, voided, theirs)
    expect(not repository.fetch(ONE, []), "`fetch` of no id returns something")
    expect(not repository.fetch(ONE, [theirs.id]), "`fetch` returns another organization's")
    expect(not repository.fetch("nobody", [mine[0].id]), "`fetch` of an unknown organization")
    asked = [identity(99), mine[2].id, theirs.id, voided.id, mine[0].id, "", "'"]
    found = repository.fetch(ONE, asked)
    wanted = texts_of([mine[2], voided, mine[0]])
    expect(texts_of(found) == wanted, "`fetch` does not return just what is there")
    many = [identity(number) for number in range(1_000)]
    found = repository.fetch(ONE, many)
    expect(texts_of(found) == texts_of([*mine, voided]), "`fetch` of a thousand ids is not whole")


# --- find -----------------------------------------------------------------------------------


def _shelf() -> list[Transaction]:
    """Return transactions that differ in all that a query asks."""
    kinds = product(("SALE", "sale"), (Status.DRAFT, Status.POSTED, Status.VOIDED), range(3))
    first = date(2025, 1, 30)
    return [
        transaction(
            (number * 7) % 18 + 100,
            transaction_type=kind,
            status=status,
            transaction_date=first + timedelta(days=day),
            smart_code=f"HERA.KIT.SALE.TXN.V{1 + number % 2}",
            external_reference=f"ref-{number}" if number % 3 else None,
        )
        for number, (kind, status, day) in enumerate(kinds)
    ]


def _wanted(every: Iterable[Transaction], query: Query) -> list[TransactionHeader]:
    """Return what a query asks for, by the words of `Query`."""
    found = [each.header for each in every if query.takes(each.header)]
    found.sort(key=lambda each: (each.transaction_date, each.id), reverse=True)
    return found[query.offset : query.offset + query.limit]


def _asked(query: Query) -> str:
    """Return what a query asks beside what every query does."""
    plain = Query()
    said = {each.name: getattr(query, each.name) for each in fields(Query)}
    asked = [f"{name}={value}" for name, value in said.items() if value != getattr(plain, name)]
    return ", ".join(asked) or "everything"


def _expect_page(repository: Repository, every: Iterable[Transaction], query: Query) -> None:
    wanted = _wanted(every, query)
    found = repository.find(ONE, query)
    expect(
        [each.id for each in found] == [each.id for each in wanted],
        f"a page of {_asked(query)} shows {[each.id[-4:] for each in found]}, "
        f"not {[each.id[-4:] for each in wanted]}",
    )
    expect(
        [text_of(each) for each in found] == [text_of(each) for each in wanted],
        f"a page of {_asked(query)} shows headers that are not as they were written",
    )


def each_filter_is_obeyed(repository: Repository) -> None:
    """Type, status, code, reference and days are compared exactly, alone and together."""
    every = _shelf()
    kept(repository, *every)
    kept(repository, *(replace(each, header=_moved(each.header)) for each in every))
    days = (None, date(2025, 1, 30), date(2025, 1, 31), date(2025, 2, 1), date(2026, 1, 1))
    for first, last in product(days, days):
        _expect_page(repository, every, Query(first_day=first, last_day=last))
    for kind, status, code, voided in product(
        (None, "SALE", "sale", "SAL", "S%"),
        (None, Status.DRAFT, Status.VOIDED, Status.ARCHIVED),
        (None, "HERA.KIT.SALE.TXN.V1", "HERA.KIT.SALE.TXN.V"),
        (False, True),
    ):
        query = Query(transaction_type=kind, status=status, smart_code=code, include_voided=voided)
        _expect_page(repository, every, query)
    for reference, voided in product(("ref-1", "REF-1", "ref-", "ref-8", ""), (False, True)):
        query = Query(external_reference=reference, include_voided=voided)
        _expect_page(repository, every, query)


def _moved(stored: TransactionHeader) -> TransactionHeader:
    """Return a header as another organization has it."""
    return replace(stored, organization_id=TWO, transaction_code="foreign")


def pages_follow_one_another(repository: Repository) -> None:
    """Limit and offset cut the one order: the latest day first, and within it the greatest id."""
    every = _shelf()
    kept(repository, *every)
    for limit, offset in product((1, 2, 5, 17, 18, 19, 1_000), (0, 1, 5, 17, 18, 500)):
        query = Query(include_voided=True, limit=limit, offset=offset)
        _expect_page(repository, every, query)
    _expect_page(repository, every, Query())


def cursor_goes_on_behind(repository: Repository) -> None:
    """Pages behind a cursor neither repeat nor miss one, also if others come meanwhile."""
    every = _shelf()
    kept(repository, *every)
    for limit in (1, 4, 18):
        seen: list[str] = []
        query = Query(include_voided=True, limit=limit)
        while page := repository.find(ONE, query):
            seen += [each.id for each in page]
            expect(len(seen) <= len(every), "a cursor never comes to an end")
            query = replace(query, after=(page[-1].transaction_date, page[-1].id))
        wanted = [each.id for each in _wanted(every, EVERYTHING)]
        expect(seen == wanted, f"pages of {limit} behind a cursor repeat or miss one")
    page = repository.find(ONE, Query(include_voided=True, limit=6))
    behind = (page[-1].transaction_date, page[-1].id)
    earlier = transaction(1, transaction_date=date(2030, 1, 1))
    same_day = transaction(999, transaction_date=behind[0])
    later = transaction(2, transaction_date=date(2020, 1, 1))
    kept(repository, earlier, same_day, later)
    every += [earlier, same_day, later]
    for limit, offset in ((100, 0), (3, 0), (3, 2)):
        query = Query(include_voided=True, after=behind, limit=limit, offset=offset)
        _expect_page(repository, every, query)
    _expect_page(repository, every, Query(include_voided=True, after=(behind[0], "")))
    _expect_page(repository, every, Query(status=Status.POSTED, after=behind))


def ids_are_compared_as_texts(repository: Repository) -> None:
    """Ids are any texts, and their order is that of their characters, not of a language."""
    names = ("a", "B", "b", "A", "_", "-", "10", "9", "\u00e9", "z", "Z", "a b", "a-b", "ab", "~")
    every = [
        replace(each, header=replace(each.header, id=name))
        for name, each in ((name, transaction(number)) for number, name in enumerate(names))
    ]
    kept(repository, *every)
    _expect_page(repository, every, EVERYTHING)
    for name in names:
        query = replace(EVERYTHING, after=(date(2025, 3, 31), name))
        _expect_page(repository, every, query)
        (read,) = repository.fetch(ONE, [name])
        expect(read.id == name, f"`fetch` takes {read.id} for {name}")


def days_reach_from_end_to_end(repository: Repository) -> None:
    """The first and the last day of the calendar are days as any other."""
    every = [
        transaction(number, transaction_date=day)
        for number, day in enumerate((date.min, date(1582, 10, 10), date(1999, 12, 31), date.max))
    ]
    kept(repository, *every)
    _expect_page(repository, every, EVERYTHING)
    _expect_page(repository, every, Query(last_day=date.min))
    _expect_page(repository, every, Query(first_day=date.max))
    _expect_page(repository, every, Query(after=(date.max, identity(3))))


def status_is_found_after_it_moved(repository: Repository) -> None:
    """A replaced header is found by what it says now, and no longer by what it said."""
    stored = transaction(1, status=Status.DRAFT, external_reference="ref")
    kept(repository, stored, transaction(2))
    touched = replace(stored.header.audit, version=2)
    now = replace(
        stored.header, status=Status.VOIDED, transaction_date=date(2026, 1, 1), audit=touched
    )
    repository.commit(Change(organization_id=ONE, replace=now))
    every = [Transaction(now, stored.lines), transaction(2)]
    for query in (
        Query(status=Status.DRAFT), Query(status=Status.VOIDED), Query(), EVERYTHING,
        Query(status=Status.VOIDED, include_voided=True), Query(external_reference="ref"),
        Query(first_day=date(2026, 1, 1), include_voided=True),
        Query(external_reference="ref", include_voided=True),
    ):  # fmt: skip
        _expect_page(repository, every, query)


# --- other organizations --------------------------------------------------------------------

SECRETS: Final = ("their secret", "876543.21", "9a7e9a7e-0000-4000-8000-000000000001")
"""What the other organization has: a reference, an amount and an id."""


def nothing_of_another_organization_is_shown(repository: Repository) -> None:
    """No verb, whatever it is asked, returns or counts what another organization has."""
    theirs = _secret()
    kept(repository, theirs)
    repository.configure(configuration(TWO, "theirs"))
    asked = [theirs.id, identity(1)]
    for organization in (ONE, "", "%", TWO.upper(), TWO + " ", TWO[:-1]):
        expect(not repository.fetch(organization, asked), "`fetch` shows another organization's")
        for query in (
            EVERYTHING,
            Query(external_reference=SECRETS[0], include_voided=True),
            Query(after=(date.max, "~")),
        ):
            expect(not repository.find(organization, query), "`find` shows another organization's")
        expect(repository.configuration(organization) is None, "a configuration is another's")
        expect(repository.configuration_version(organization) is None, "a version is another's")
    mine = transaction(1, external_reference=SECRETS[0])
    kept(repository, mine)
    expect_kept(repository, ONE, [mine], "beside another organization")
    expect_kept(repository, TWO, [theirs], "beside another organization")


def _secret() -> Transaction:
    return transaction(
        1, TWO, id=SECRETS[2], external_reference=SECRETS[0], total_amount=Decimal(SECRETS[1])
    )


def errors_tell_nothing_of_another_organization(repository: Repository) -> None:
    """What a refused or impossible change raises names nothing that another organization has."""
    kept(repository, _secret())
    mine = transaction(1, external_reference="mine")
    kept(repository, mine)
    collision = transaction(1, external_reference="another")
    foreign = replace(_secret().header, audit=replace(_secret().header.audit, version=2))
    for change in (
        Change(organization_id=ONE, create=collision),
        Change(organization_id=ONE, replace=replace(foreign, organization_id=ONE)),
        Change(organization_id=ONE, remove=replace(_secret().header, organization_id=ONE)),
    ):
        try:
            said = repr(repository.commit(change))
        except Exception as error:  # noqa: BLE001 # a store may raise whatever it raises
            said = f"{error!r} {error}"
        asked = repr(change)
        for secret in SECRETS:
            told = secret in said and secret not in asked
            expect(not told, "an answer tells what another organization has")


CHECKS: Final = (
    what_was_written_is_read,
    amounts_keep_every_digit,
    texts_are_kept,
    open_records_are_kept,
    fetch_leaves_out_what_is_not_there,
    each_filter_is_obeyed,
    pages_follow_one_another,
    cursor_goes_on_behind,
    ids_are_compared_as_texts,
    days_reach_from_end_to_end,
    status_is_found_after_it_moved,
    nothing_of_another_organization_is_shown,
    errors_tell_nothing_of_another_organization,
)
"""Each takes a repository over an empty store."""
