"""The comparison sees what it is there to see: a control for all other tests of this folder."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pytest

from hera_engine import JournalEntry, PostingEngine
from hera_engine.errors import EventError, PostingRejected, Problem
from hera_engine.frozen import FrozenMap
from hera_engine.rules.executor import Executor
from tests.executors.pairs import smallest_event
from tests.executors.twins import Twins, unlike
from tests.executors.watching import Tally, agreeing, watching
from tests.laws.posting import DECLARATIONS

EVENT: Final = {
    "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": "110.00",
    "currency": "USD", "business_context": {"tip_amount": "5.00", "org_unit": "B", "staff_id": "E"},
}  # fmt: skip


def _posted() -> JournalEntry:
    return PostingEngine(DECLARATIONS).simulate(EVENT)


def _with_line(**fields: Any) -> Callable[[JournalEntry], JournalEntry]:
    return lambda entry: entry._replace(lines=(entry.lines[0]._replace(**fields), *entry.lines[1:]))


def _with_header(**fields: Any) -> Callable[[JournalEntry], JournalEntry]:
    return lambda entry: entry._replace(header=entry.header._replace(**fields))


CHANGES: Final[tuple[Callable[[JournalEntry], JournalEntry], ...]] = (
    _with_line(amount=Decimal("110.0")),
    _with_line(base_amount=Decimal("110.000")),
    _with_line(number=True),
    _with_line(dimensions=FrozenMap({"a": "b"})),
    _with_line(dimensions={}),
    _with_line(payment_reference=""),
    _with_line(origins=()),
    _with_line(smart_code="x"),
    _with_header(total_amount=Decimal("110.000")),
    _with_header(exchange_rate="1.0"),
    _with_header(business_context=FrozenMap(reversed(EVENT["business_context"].items()))),  # type: ignore[attr-defined] # a dict
    lambda entry: entry._replace(lines=entry.lines[::-1]),
    lambda entry: entry._replace(warnings=[]),  # type: ignore[arg-type] # what must be seen
)


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_any_change_of_an_entry_is_seen(number: int) -> None:
    """An exponent, a type, an order, a field: each is a difference."""
    entry = _posted()

    changed = CHANGES[number](entry)

    assert list(unlike(changed, entry)) != []
    assert list(unlike(entry, _posted())) == []


def test_any_change_of_an_error_is_seen() -> None:
    """So is another class, word or detail of an error, and a bare exception of both."""
    one = EventError([Problem("a", "is missing")])
    others = (
        EventError([Problem("a", "is missing", "send it")]),
        EventError([Problem("a", "is missing"), Problem("b", "is missing")]),
        PostingRejected("E_GUARDRAIL", "a: is missing"),
        _posted(),
    )

    assert list(unlike(one, EventError([Problem("a", "is missing")]))) == []
    assert [list(unlike(one, other)) != [] for other in others] == [True] * 4
    assert list(unlike(KeyError("a"), KeyError("a"))) != []


def test_an_engine_that_posts_otherwise_fails_what_watches_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The watch over a corpus fails where one executor gives something else."""
    simulate, wrong = PostingEngine.simulate, _with_line(amount=Decimal("110.0"))

    def posted(engine: PostingEngine, event: Any) -> JournalEntry:
        entry = simulate(engine, event)
        return wrong(entry) if engine.executor is Executor.COMPILED else entry

    monkeypatch.setattr(PostingEngine, "simulate", posted)
    engine = PostingEngine(DECLARATIONS)

    tally = Tally()
    with watching(tally):
        engine.simulate(EVENT)
        list(engine.simulate_many([EVENT]))

    assert (tally.posted, len(tally.differences)) == (2, 2)
    with pytest.raises(AssertionError, match=r"amount: Decimal"):
        _post_watched(engine)


def _post_watched(engine: PostingEngine) -> None:
    with agreeing():
        engine.simulate(EVENT)


def test_the_smallest_event_keeps_what_matters() -> None:
    """Fields without which the difference is the same are taken away."""
    twins = Twins(PostingEngine(DECLARATIONS), PostingEngine(DECLARATIONS.replace("4100", "4101")))

    least = smallest_event(twins, {**EVENT, "metadata": {"a": [1, 2]}, "external_reference": "R"})

    assert isinstance(least, dict)
    assert "metadata" not in least
    assert twins.differences(least)
