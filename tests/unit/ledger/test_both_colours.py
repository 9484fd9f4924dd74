"""`Ledger` and `AsyncLedger` give equal answers, call for call."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import pytest

from hera_engine import AsyncLedger, Caller, Correction, HeraError, InMemoryRepository, Ledger
from hera_engine.memory import AsyncInMemoryRepository
from hera_engine.repository import Query
from tests.unit.ledger.books import (
    ACTOR,
    CALLER,
    FEBRUARY,
    FOREIGN,
    JANUARY,
    ORG,
    OTHER,
    Ticking,
    closed,
    configuration,
    header,
    numbered,
    pair,
    sale,
)

BOOKS: Final = configuration(periods=[JANUARY, FEBRUARY])
Call = Callable[[Any], Any]
"""A call of either ledger; of the asynchronous one, what it returns is awaited."""

# Ids come in order, so that a scenario can name what it has made: id-0001 is the first journal.
SCENARIO: Final[Mapping[str, Call]] = {
    "configure": lambda books: books.configure(CALLER, BOOKS, expected=""),
    "configure again": lambda books: books.configure(CALLER, BOOKS, expected=""),
    "configuration": lambda books: books.configuration(CALLER),
    "resolve": lambda books: books.resolve(CALLER, sale()["event_smart_code"], "2025-01-20"),
    "resolve badly": lambda books: books.resolve(CALLER, "HERA.X.V1"),
    "configure another": lambda books: books.configure(FOREIGN, configuration(OTHER)),
    "create": lambda books: books.create(CALLER, header(total_amount="1000.00"), pair()),
    "create a draft": lambda books: books.create(CALLER, header(transaction_status="draft")),
    "create once": lambda books: books.create(CALLER, header(external_reference="R"), pair()),
    "repeat": lambda books: books.create(CALLER, header(external_reference="R"), pair()),
    "conflict": lambda books: books.create(CALLER, header(external_reference="R"), pair(5)),
    "refuse": lambda books: books.create(CALLER, header(smart_code="x", total_amount=1.5)),
    "unbalanced": lambda books: books.create(CALLER, header(), pair()[:1]),
    "simulate": lambda books: books.simulate(CALLER, sale()),
    "post": lambda books: books.post(CALLER, sale(reference="P")),
    "post again": lambda books: books.post(CALLER, sale(reference="P")),
    "post another": lambda books: books.post(CALLER, sale("7.00", "P")),
    "post elsewhere": lambda books: books.post(FOREIGN, sale(reference="P")),
    "post unbound": lambda books: books.post(CALLER, sale(event_smart_code="HERA.X.V1")),
    "read": lambda books: books.read(CALLER, "id-0001"),
    "read foreign": lambda books: books.read(FOREIGN, "id-0001"),
    "update": lambda books: books.update(CALLER, "id-0004", {"metadata": {"a": 1}}),
    "update badly": lambda books: books.update(CALLER, "id-0001", {"metadata": {"a": 1}}),
    "delete": lambda books: books.delete(CALLER, "id-0004"),
    "delete badly": lambda books: books.delete(CALLER, "id-0001"),
    "reverse a part": lambda books: books.reverse(
        CALLER, Correction(transaction_id="id-0001", amount="0.01")
    ),
    "void badly": lambda books: books.void(CALLER, "id-0001"),
    "reverse the rest": lambda books: books.reverse(CALLER, Correction(transaction_id="id-0001")),
    "reverse again": lambda books: books.reverse(CALLER, Correction(transaction_id="id-0001")),
    "void": lambda books: books.void(CALLER, "id-0005", "a reason"),
    "read voided": lambda books: books.read(CALLER, "id-0005"),
    "read voided too": lambda books: books.read(CALLER, "id-0005", include_voided=True),
    "query": lambda books: books.query(CALLER),
    "query a page": lambda books: books.query(CALLER, Query(limit=1, include_voided=True)),
    "query badly": lambda books: books.query(CALLER, Query(limit=0)),
    "validate": lambda books: books.validate(CALLER, "id-0001"),
    "balances": lambda books: books.balances(CALLER),
    "balances up to a day": lambda books: books.balances(CALLER, date(2025, 1, 15)),
    "close": lambda books: books.configure(CALLER, closed(BOOKS, "2025-01")),
    "post late": lambda books: books.post(CALLER, sale(reference="L")),
    "post again late": lambda books: books.post(CALLER, sale(reference="P")),
    "execute": lambda books: books.execute("READ", ACTOR, ORG, {"transaction_id": "id-0001"}),
    "execute badly": lambda books: books.execute("READ", ACTOR, ORG),
    "execute nothing": lambda books: books.execute("DANCE", ACTOR, ORG, {}),
    "execute by nobody": lambda books: books.execute("READ", None, ORG, {}),
    "execute a query": lambda books: books.execute("QUERY", ACTOR, ORG, {"filters": {"limit": 1}}),
}


def in_one_colour(call: Call, ledger: Ledger) -> object:
    """Return what a call gives, or its error as plain values."""
    try:
        return call(ledger)
    except HeraError as error:
        return error.to_dict()


async def in_the_other(call: Call, ledger: AsyncLedger) -> object:
    """Return what a call gives later, or its error as plain values."""
    try:
        return await call(ledger)
    except HeraError as error:
        return error.to_dict()


def test_both_give_equal_answers() -> None:
    """Call for call, refusals included; and each call does what its name says."""
    ledger = Ledger(InMemoryRepository(), clock=Ticking(), ids=numbered())
    later = AsyncLedger(AsyncInMemoryRepository(), clock=Ticking(), ids=numbered())

    now = {name: in_one_colour(call, ledger) for name, call in SCENARIO.items()}

    async def run() -> dict[str, object]:
        return {name: await in_the_other(call, later) for name, call in SCENARIO.items()}

    assert asyncio.run(run()) == now
    refused = {
        name for name, answer in now.items() if isinstance(answer, dict) and "code" in answer
    }
    assert refused == {
        "configure again", "resolve badly",
        "conflict", "refuse", "unbalanced", "post another", "post unbound", "read foreign",
        "update badly", "delete badly", "void badly", "reverse again", "read voided",
        "query badly", "post late",
    }  # fmt: skip


class Failing:
    """A store of coroutines of which each fails."""

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        """Return a verb that fails."""

        async def fail(*_arguments: object) -> object:
            raise OSError("words of the store")

        return fail


@pytest.mark.parametrize("name", sorted(set(SCENARIO) - {"query badly", "refuse"}))
def test_a_store_that_fails_later_is_told(name: str) -> None:
    """E_UPSTREAM from every call that asks it."""
    ledger = AsyncLedger(Failing(), clock=Ticking(), ids=numbered())

    answer = asyncio.run(in_the_other(SCENARIO[name], ledger))

    assert isinstance(answer, dict)
    assert "words of the store" not in str(answer)
    if name not in {"execute badly", "execute nothing", "execute by nobody"}:
        assert "E_UPSTREAM" in {answer.get("code"), answer.get("error_code")}


def test_many_at_once_in_one_loop() -> None:
    """Each reference once, whoever came first."""
    later = AsyncLedger(AsyncInMemoryRepository(), clock=Ticking(), ids=numbered())

    async def run() -> list[bool]:
        await later.configure(CALLER, configuration())
        calls = [later.post(CALLER, sale(reference=f"R-{number % 10}")) for number in range(50)]
        return [stored.idempotent for stored in await asyncio.gather(*calls)]

    assert asyncio.run(run()).count(False) == 10


def test_callers_are_values() -> None:
    """Equal if they say the same."""
    assert Caller(ACTOR, ORG) == CALLER
