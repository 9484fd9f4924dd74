"""Which binding governs: as if each were looked at in turn, at the cost of those that match."""

import pickle
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera_engine import Configuration, HeraError
from hera_engine.configuration import Binding, Routes
from hera_engine.frozen import FrozenMap
from hera_engine.ledger.plans import binding_for
from hera_engine.periods import Period
from hera_engine.routing import _Node
from tests.laws.posting import examples
from tests.unit.ledger.books import CALLER, ORG, SALE, TILL, opened, sale

DAYS = st.integers(0, 6).map(lambda number: date(2025, 1, 1) + timedelta(number))
SEGMENTS = st.sampled_from(["A", "B", "C"])
CODES = st.builds(
    lambda middle, version: ".".join(["HERA", *middle, version]),
    st.lists(SEGMENTS, min_size=1, max_size=4),
    st.sampled_from(["V1", "v1", "V2"]),
)
EVENTS = CODES | st.builds(
    lambda middle, end: ".".join(["HERA", *middle, end]),
    st.lists(SEGMENTS | st.sampled_from(["*", "**"]), max_size=4),
    st.sampled_from(["V1", "v1", "*", "**"]),
)


@st.composite
def bindings(draw: st.DrawFn) -> Binding:
    """Return a binding of a few that often match the same codes."""
    first, last = sorted(draw(st.tuples(DAYS, DAYS)))
    return Binding(
        event=draw(EVENTS),
        schema=draw(st.sampled_from(["x", "y"])),
        priority=draw(st.integers(-1, 1)),
        days=Period(draw(st.sampled_from([None, first])), draw(st.sampled_from([None, last]))),
    )


def in_turn(listed: list[Binding], code: str, day: date) -> Binding | None:
    """Return the binding that governs, by looking at each."""
    found = [each for each in listed if each.pattern.matches(code) and each.days.holds(day)]
    return max(found, key=lambda each: (each.priority, "*" not in each.event), default=None)


@examples(300)
@given(
    listed=st.lists(bindings(), max_size=8),
    asked=st.lists(st.tuples(CODES, DAYS), min_size=1, max_size=4),
)
def test_the_same_binding_governs_as_if_each_were_looked_at(
    listed: list[Binding], asked: list[tuple[str, date]]
) -> None:
    """Asked again, asked of a copy and of one that was pickled, too."""
    books = Configuration(
        organization_id=ORG, schemas=FrozenMap({"x": TILL, "y": TILL}), bindings=tuple(listed)
    )
    copies: list[Configuration] = [books, deepcopy(books), pickle.loads(pickle.dumps(books))]
    for each in copies:
        assert each == books
        for code, day in asked:
            wanted = in_turn(listed, code, day)
            if wanted is None:
                with pytest.raises(HeraError, match="no posting schema is bound"):
                    binding_for(each, code, day)
            else:
                assert binding_for(each, code, day) == wanted
                if each is books:
                    assert binding_for(each, code, day) is wanted


def _counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, calls: list[str]) -> None:
    """Count the calls of a method."""
    real = getattr(owner, name)

    def counting(*arguments: Any) -> Any:
        calls.append(name)
        return real(*arguments)

    monkeypatch.setattr(owner, name, counting)


def test_a_post_looks_only_at_bindings_that_match(monkeypatch: pytest.MonkeyPatch) -> None:
    """With ten and with three thousand others: counted calls, not seconds. A repeat looks at none.

    Sorting is done when books are configured and not when they are posted into.
    """
    counts = []
    for many in (10, 3_000):
        others = [
            Binding(event=event, schema="till", priority=number % 3)
            for number in range(many)
            for event in (f"HERA.S{number}.SALE.V1", f"HERA.*.S{number}.**")
        ]
        own = (Binding(event="HERA.POS.**", schema="till"), Binding(event=SALE, schema="till"))
        books = Configuration(
            organization_id=ORG,
            schemas=FrozenMap({"till": TILL}),
            bindings=(*others[:many], *own, *others[many:]),
        )
        ledger = opened(books)
        with monkeypatch.context() as patched:
            calls: list[str] = []
            _counted(patched, Routes, "__init__", calls)
            _counted(patched, _Node, "meeting", calls)
            _counted(patched, Period, "holds", calls)
            ledger.post(CALLER, sale())
            first = len(calls)
            ledger.post(CALLER, sale())
        assert "meeting" in calls
        assert calls[first:] == ["holds"] * calls[first:].count("holds")
        counts.append(calls)
    assert counts[0] == counts[1]
