"""A store or a clock that is wrong is told as such, without a word of what it said."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final

import pytest

from hera_engine import (
    AsyncLedger,
    Configuration,
    Correction,
    HeraError,
    InMemoryRepository,
    Ledger,
)
from hera_engine.configuration import AccountingPeriod, Binding
from hera_engine.errors import StorageError
from hera_engine.frozen import FrozenMap
from hera_engine.repository import Change, Duplicate
from hera_engine.transactions import Transaction, TransactionHeader
from tests.unit.ledger.books import (
    ACTOR,
    CALLER,
    ORG,
    OTHER,
    SALE,
    Ticking,
    configuration,
    header,
    numbered,
    opened,
    pair,
    refusal,
    sale,
)
from tests.unit.ledger.test_both_colours import in_one_colour, in_the_other

SECRET: Final = "4711.00 of the other salon"
VERBS: Final = (
    "commit", "fetch", "find", "configure", "configuration", "configuration_version",
)  # fmt: skip
JOURNAL: Final = "id-0001"
CALLS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "create": lambda books: books.create(CALLER, header(), pair()),
    "repeat": lambda books: books.create(CALLER, header(external_reference="R"), pair()),
    "late": lambda books: books.create(CALLER, header(external_reference="R"), pair()[:1]),
    "simulate": lambda books: books.simulate(CALLER, sale()),
    "post": lambda books: books.post(CALLER, sale(reference="P")),
    "read": lambda books: books.read(CALLER, JOURNAL),
    "update": lambda books: books.update(CALLER, JOURNAL, {"transaction_status": "archived"}),
    "delete": lambda books: books.delete(CALLER, "draft"),
    "query": lambda books: books.query(CALLER),
    "void": lambda books: books.void(CALLER, JOURNAL),
    "reverse": lambda books: books.reverse(CALLER, Correction(transaction_id=JOURNAL)),
    "validate": lambda books: books.validate(CALLER, JOURNAL),
    "balances": lambda books: books.balances(CALLER),
    "configure": lambda books: books.configure(CALLER, configuration()),
    "configure over": lambda books: books.configure(CALLER, configuration(), expected="1"),
    "configuration": lambda books: books.configuration(CALLER),
    "resolve": lambda books: books.resolve(CALLER, SALE, "2025-01-20"),
    "execute": lambda books: books.execute("READ", ACTOR, ORG, {"transaction_id": JOURNAL}),
    "execute a list": lambda books: books.execute("QUERY", ACTOR, ORG, {}),
}
"""Each call over books that hold what it needs."""


def _stock() -> tuple[Transaction, ...]:
    ledger = opened()
    made = (
        ledger.create(CALLER, header(), pair("8.00")),
        ledger.create(CALLER, header(external_reference="R"), pair()),
        opened(ids=lambda: "draft").create(CALLER, header(transaction_status="draft")),
    )
    return tuple(each.transaction for each in made)


STOCK: Final = _stock()


@dataclass
class Wrong:
    """A repository one verb of which is spoilt: what it answers is made from the right answer."""

    verb: str
    spoil: Callable[[Any], object]
    asked: int = 0
    kept: InMemoryRepository = field(default_factory=InMemoryRepository)

    def __post_init__(self) -> None:
        """Keep a journal, one with a reference, and an empty draft."""
        self.kept.configure(configuration())
        for each in STOCK:
            self.kept.commit(Change(organization_id=ORG, create=each))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a verb, spoilt or not."""
        right = getattr(self.kept, name)
        if name != self.verb:
            return right  # type: ignore[no-any-return] # what it is stands at `InMemoryRepository`

        def wrong(*arguments: object) -> object:
            self.asked += 1
            return self.spoil(right(*arguments))

        return wrong


class Later:
    """The same in coroutines."""

    def __init__(self, wrong: Wrong) -> None:
        self._wrong = wrong

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a verb."""
        verb = getattr(self._wrong, name)

        async def later(*arguments: object) -> object:
            return verb(*arguments)

        return later


def outcomes(verb: str, spoil: Callable[[Any], object]) -> dict[str, object]:
    """Return what each call that asks a spoilt verb comes to; alike in both colours."""
    found: dict[str, object] = {}
    for name, call in CALLS.items():
        books = Wrong(verb, spoil)
        answer = in_one_colour(call, Ledger(books, clock=Ticking(), ids=numbered("new")))
        if books.asked:
            found[name] = answer

    async def then() -> dict[str, object]:
        answers: dict[str, object] = {}
        for name, call in CALLS.items():
            books = Wrong(verb, spoil)
            later = AsyncLedger(Later(books), clock=Ticking(), ids=numbered("new"))
            answer = await in_the_other(call, later)
            if books.asked:
                answers[name] = answer
        return answers

    assert asyncio.run(then()) == found
    return found


def refuse_all_but_upstream(found: Mapping[str, object]) -> None:
    """Fail unless every call says E_UPSTREAM, and not a word of the store."""
    assert found
    for name, answer in found.items():
        assert isinstance(answer, dict), (name, answer)
        assert "E_UPSTREAM" in {answer.get("code"), answer.get("error_code")}, (name, answer)
        assert not {SECRET, "4711", "salon", OTHER} & set(str(answer).split()), answer
        assert SECRET not in str(answer)


# --- answers --------------------------------------------------------------------------------


KINDS: Final[dict[str, object]] = {
    "a number": 4711, "a text": SECRET, "bytes": b"x", "none in a list": [None],
    "numbers": [4711], "texts": [SECRET], "an object": {SECRET: SECRET}, "true": True,
    "a sort of its own": object(), "an error": ValueError(SECRET), "ledgers": (opened(),),
    "an empty text": "", "a mapping": FrozenMap({"id": SECRET}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "kind"),
    # A text is what a version is.
    [
        (verb, kind)
        for verb in VERBS
        for kind in KINDS
        if (verb[13:], kind) != ("_version", "a text")
    ],
)
def test_an_answer_of_another_kind(verb: str, kind: str) -> None:
    """From any verb, for any call that asks it, in both colours."""
    refuse_all_but_upstream(outcomes(verb, lambda _: KINDS[kind]))


@pytest.mark.parametrize("verb", ["commit", "fetch", "find", "configure"])
def test_no_answer_at_all(verb: str) -> None:
    """None is an answer of the other two."""
    refuse_all_but_upstream(outcomes(verb, lambda _: None))


def test_a_version_without_its_configuration() -> None:
    """Nobody goes on as if there were no closed periods."""
    found = outcomes("configuration", lambda _: None)
    assert "post" in found
    assert found.pop("configuration") is None  # who reads it alone is told what there is
    refuse_all_but_upstream(found)


def _headers(change: Callable[[TransactionHeader], object]) -> Callable[[Any], object]:
    """Return what changes the headers in an answer."""

    def spoilt(answer: Any) -> object:
        if isinstance(answer, Duplicate):
            return Duplicate(_changed(answer.transaction))
        if isinstance(answer, Sequence):
            return tuple(map(_changed, answer))
        return Duplicate(_changed(MADE))

    def _changed(found: Any) -> Any:
        if isinstance(found, TransactionHeader):
            return change(found)
        return Transaction(change(found.header), found.lines)  # type: ignore[arg-type] # wrong

    return spoilt


def _lines(**said: object) -> Callable[[Any], object]:
    """Return what changes the lines of an answer."""

    def spoilt(answer: Any) -> object:
        found = answer if isinstance(answer, Sequence) else [MADE]
        changed = [
            replace(each, lines=tuple(replace(line, **said) for line in each.lines))
            for each in found
            if each.lines
        ]
        if isinstance(answer, Sequence):
            return changed or [5]
        return Duplicate(changed[0])

    return spoilt


def _with(**said: object) -> Callable[[Any], object]:
    return _headers(lambda header: replace(header, **said))  # type: ignore[arg-type] # wrong


MADE: Final = STOCK[1]
HEADERS: Final[dict[str, Callable[[Any], object]]] = {
    "another organization": _with(organization_id=OTHER, reason=SECRET),
    "another id": _headers(lambda header: replace(header, id=f"x{header.id}", status="x")),  # type: ignore[arg-type] # wrong
    "no header": _headers(lambda _: None),
    "a word for a status": _with(status="posted"),
    "no status": _with(status=None),
    "a text for a day": _with(transaction_date="2025-01-20"),
    "a moment for a day": _with(transaction_date=datetime(2025, 1, 20, tzinfo=UTC)),
    "a moment to post on": _with(posting_date=datetime(2025, 1, 20, tzinfo=UTC)),
    "a float": _with(total_amount=10.5),
    "no number": _with(total_amount=Decimal("NaN")),
    "a number nobody can write": _with(total_amount=Decimal("1E+999999999")),
    "no audit": _with(audit=None),
    "a plain dict": _with(metadata={"a": SECRET}),
    "no texts": _with(reversed_by=(4711,)),
}  # fmt: skip


@pytest.mark.parametrize("verb", ["commit", "fetch", "find"])
@pytest.mark.parametrize("what", HEADERS)
def test_a_header_that_is_none(verb: str, what: str) -> None:
    """Whatever is wrong with it: nothing is built on it."""
    refuse_all_but_upstream(outcomes(verb, HEADERS[what]))


LINES: Final[dict[str, Callable[[Any], object]]] = {
    "a float": _lines(amount=10.5),
    "no number": _lines(tax_amount=Decimal("sNaN")),
    "too large": _lines(amount=Decimal(10) ** 18),
    "no side": _lines(data=FrozenMap({"account_code": "1000"})),
    "no such side": _lines(data=FrozenMap({"side": SECRET})),
    "a bad base amount": _lines(data=FrozenMap({"side": "DR", "base_amount": SECRET})),
    "a text for a number": _lines(number="1"),
}


@pytest.mark.parametrize("verb", ["commit", "fetch"])
@pytest.mark.parametrize("what", LINES)
def test_a_line_that_is_none(verb: str, what: str) -> None:
    """Amounts are read back by the rules by which they came in."""
    refuse_all_but_upstream(outcomes(verb, LINES[what]))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: [*found, *found],
        lambda found: list(reversed(found)) if len(found) > 1 else [5],
        lambda found: [replace(each, status="voided") for each in found],
        lambda found: (each for each in found),
    ],
    ids=["twice", "in another order", "not asked for", "no sequence"],
)
def test_a_page_that_was_not_asked_for(spoil: Callable[[Any], object]) -> None:
    """Balances would count something twice, or never end."""
    refuse_all_but_upstream(outcomes("find", spoil))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: [replace(each, header=replace(each.header, id="other")) for each in found],
        lambda found: [*found, MADE],
        lambda found: [Transaction(each.header, None) for each in found],  # type: ignore[arg-type] # wrong
    ],
    ids=["of another id", "more than were asked for", "without lines"],
)
def test_transactions_that_were_not_asked_for(spoil: Callable[[Any], object]) -> None:
    """An id is answered with the transaction of that id, or with nothing."""
    refuse_all_but_upstream(outcomes("fetch", spoil))


@pytest.mark.parametrize("reference", ["other", None])
def test_a_duplicate_of_another_reference(reference: str | None) -> None:
    """Nobody is told that a foreign transaction is the first result of his own."""
    other = replace(MADE, header=replace(MADE.header, external_reference=reference))
    refuse_all_but_upstream(outcomes("commit", lambda _: Duplicate(other)))


def test_a_configuration_of_another_organization() -> None:
    """Nor one without the version that tells it from others."""
    refuse_all_but_upstream(outcomes("configuration", lambda _: configuration(OTHER)))
    refuse_all_but_upstream(outcomes("configuration", lambda found: replace(found, version="")))


# --- errors ---------------------------------------------------------------------------------


RAISED: Final[dict[str, Exception]] = {
    "its own": OSError(SECRET),
    "one of ours": HeraError(
        "E_GUARDRAIL", SECRET, details={"a": SECRET}, hint=SECRET, context={"a": SECRET}
    ),
    "a repeat of ours": HeraError("E_IDEMPOTENT", SECRET, context={"transaction_id": SECRET}),
    "one of a store": StorageError("E_NOT_FOUND", SECRET),
    "by name": type(SECRET, (Exception,), {})(SECRET),
    "a lack of memory": MemoryError(SECRET),
    "a recursion": RecursionError(SECRET),
    "an assertion": AssertionError(SECRET),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("what", RAISED)
def test_what_a_store_raises(verb: str, what: str) -> None:
    """Is no answer to the caller, whatever it is and whatever code it has."""

    def fail(_answer: object) -> object:
        raise RAISED[what]

    found = outcomes(verb, fail)
    refuse_all_but_upstream(found)


def test_the_end_of_an_iteration() -> None:
    """Ends no rule: it is a failure too. In a coroutine Python makes another error of it."""
    ledger = Ledger(Wrong("fetch", _stopped), clock=Ticking(), ids=numbered())
    assert refusal(lambda: ledger.read(CALLER, JOURNAL)).code == "E_UPSTREAM"
    later = AsyncLedger(Later(Wrong("fetch", _stopped)), clock=Ticking(), ids=numbered())
    answer = asyncio.run(in_the_other(CALLS["read"], later))
    assert isinstance(answer, dict)
    assert answer["code"] == "E_UPSTREAM"


def _stopped(_answer: object) -> object:
    raise StopIteration(SECRET)


def test_the_original_is_chained() -> None:
    """For the log of the service, which is not the answer."""
    original = RAISED["one of ours"]

    def fail(_answer: object) -> object:
        raise original

    ledger = Ledger(Wrong("fetch", fail), clock=Ticking(), ids=numbered())
    assert refusal(lambda: ledger.read(CALLER, JOURNAL)).__cause__ is original
    foreign = Ledger(Wrong("fetch", HEADERS["no header"]), clock=Ticking(), ids=numbered())
    assert refusal(lambda: foreign.read(CALLER, JOURNAL)).__cause__ is not None


def test_an_interruption_is_no_failure() -> None:
    """Ctrl-C and the end of a task go through."""

    def stop(_answer: object) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Ledger(Wrong("find", stop), clock=Ticking(), ids=numbered()).query(CALLER)


def test_a_store_that_lacks_a_verb() -> None:
    """Is one that failed."""
    error = refusal(
        lambda: Ledger(object(), clock=Ticking(), ids=numbered()).query(CALLER)  # type: ignore[arg-type] # wrong
    )
    assert error.code == "E_UPSTREAM"


# --- clock and ids --------------------------------------------------------------------------


class NoOffset(tzinfo):
    """A zone that does not know itself."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        """Return nothing."""
        return None

    dst = utcoffset

    def tzname(self, moment: datetime | None, /) -> str:
        """Return a name."""
        return SECRET


class Raising(NoOffset):
    """A zone that fails."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        """Fail."""
        raise OSError(SECRET)


def _failing(error: Exception) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


CLOCKS: Final[dict[str, Callable[[], Any]]] = {
    "nothing": lambda: None,
    "a number": lambda: 4711,
    "a text": lambda: "2025-01-31T12:00:00+00:00",
    "a day": lambda: date(2025, 1, 31),
    "no zone": lambda: datetime(2025, 1, 31),  # noqa: DTZ001 # that is the point
    "a zone of nowhere": lambda: datetime(2025, 1, 31, tzinfo=NoOffset()),
    "a zone that fails": lambda: datetime(2025, 1, 31, tzinfo=Raising()),
    **{f"raises {name}": _failing(error) for name, error in RAISED.items()},
}
IDS: Final[dict[str, Callable[[], Any]]] = {
    "nothing": lambda: None,
    "a number": lambda: 4711,
    "an empty text": lambda: "",
    "a hidden character": lambda: "\x00",
    "a lone surrogate": lambda: "\ud800",
    **{f"raises {name}": _failing(error) for name, error in RAISED.items()},
}
STAMPING: Final = ("create", "post", "update", "void", "reverse")


@pytest.mark.parametrize("what", CLOCKS)
@pytest.mark.parametrize("name", STAMPING)
def test_a_clock_that_is_wrong(name: str, what: str) -> None:
    """E_INTERNAL from every call that stamps something, and nothing is written."""
    _refuse_source(name, CLOCKS[what], numbered("new"))


@pytest.mark.parametrize("what", IDS)
@pytest.mark.parametrize("name", ["create", "post", "reverse"])
def test_an_id_source_that_is_wrong(name: str, what: str) -> None:
    """E_INTERNAL from every call that makes something, and nothing is written."""
    _refuse_source(name, Ticking(), IDS[what])


def _refuse_source(name: str, clock: Callable[[], Any], ids: Callable[[], Any]) -> None:
    """Fail unless a call says E_INTERNAL and writes nothing, in both colours alike."""
    books, later_books = (Wrong("commit", lambda found: found) for _ in range(2))
    ledger = Ledger(books, clock=clock, ids=ids)
    later = AsyncLedger(Later(later_books), clock=clock, ids=ids)

    answer = in_one_colour(CALLS[name], ledger)

    assert isinstance(answer, dict)
    assert answer["code"] == "E_INTERNAL"
    assert SECRET not in str(answer)
    assert asyncio.run(in_the_other(CALLS[name], later)) == answer
    assert (books.asked, later_books.asked) == (0, 0)


# --- configurations -------------------------------------------------------------------------


@pytest.mark.parametrize("data", [None, 5, [], [1], "x", b"x", object(), True, ["organization_id"]])
@pytest.mark.parametrize("kind", [Configuration, Binding, AccountingPeriod])
def test_a_configuration_of_what_is_no_object(kind: Any, data: object) -> None:
    """E_GUARDRAIL, as for any bad input."""
    error = refusal(lambda: kind.from_dict(data))
    assert (error.code, error.message) == ("E_GUARDRAIL", "configuration: is no object")
