"""Maps: rows tie exactly where an input has no most specific row, and no row wins by its place."""

from datetime import date
from itertools import product
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from hera_engine.dsl import nodes
from hera_engine.dsl.check import check_nodes
from hera_engine.dsl.dated import period_of
from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError
from hera_engine.rules.load import PostingSchema, load_schema
from hera_engine.rules.maps import DateNeededError, map_table

VALUES: Final = ("x", "y", "other")
DAYS: Final = tuple(date(2026, 1, day) for day in range(1, 6))
BOOKS: Final = load_schema(
    """\
ledgers GL
account cash    1000 asset
account revenue 4100 revenue
account fees    5500 expense
map target_of(a, b) { else refuse }
on HERA.POS.SALE.V1 { debit cash total_amount  credit target_of(a, b) total_amount }
"""
).nodes

_keys = st.tuples(*[st.sampled_from(("x", "y", None))] * 2)
_bounds = st.none() | st.sampled_from(DAYS)
_ACCOUNTS: Final = (nodes.Name("revenue"), nodes.Name("fees"), None)
_targets = st.sampled_from(_ACCOUNTS)
_rows = st.lists(
    st.builds(
        nodes.MapRow,
        keys=_keys,
        target=_targets,
        effective_from=_bounds,
        effective_to=_bounds,
    ).filter(lambda row: not period_of(row).is_empty),
    min_size=1,
    max_size=5,
)


def best(rows: list[nodes.MapRow], inputs: tuple[str, ...], day: date) -> set[str | None]:
    """Return the targets of the most specific rows for an input on a day, by their definition."""
    fitting = [
        row
        for row in rows
        if period_of(row).holds(day)
        and all(key in (None, value) for key, value in zip(row.keys, inputs, strict=True))
    ]
    fewest = min((row.keys.count(None) for row in fitting), default=0)
    return {
        row.target.text if isinstance(row.target, nodes.Name) else None
        for row in fitting
        if row.keys.count(None) == fewest
    }


def with_rows(rows: list[nodes.MapRow]) -> nodes.Schema:
    """Return the books with these rows in their map."""
    inputs = (nodes.Name("a"), nodes.Name("b"))
    decl = nodes.MapDecl(name=nodes.Name("target_of"), inputs=inputs, rows=tuple(rows))
    return nodes.Schema(
        ledgers=BOOKS.ledgers, accounts=BOOKS.accounts, maps=(decl,), rules=BOOKS.rules
    )


# Days outside `DAYS` are of a kind with one of its neighbours, as are values that no row names.
@given(_rows)
def test_rows_tie_where_an_input_has_two_best_targets(rows: list[nodes.MapRow]) -> None:
    """The checker finds a tie exactly if brute force does."""
    days = (date(2025, 12, 31), *DAYS, date(2026, 1, 6))
    tied = any(
        len(best(rows, inputs, day)) > 1 for inputs in product(VALUES, repeat=2) for day in days
    )

    found = {fault.name for fault in check_nodes(with_rows(rows))}

    assert ("MAP_TIE" in found) == tied


@given(_rows, st.tuples(*[st.sampled_from(VALUES)] * 2), st.sampled_from(DAYS))
def test_the_most_specific_row_in_force_is_posted_to(
    rows: list[nodes.MapRow], inputs: tuple[str, str], day: date
) -> None:
    """Whatever the order of the rows, the engine takes the row that the definition takes."""
    schema = with_rows(rows)
    if any(fault.name == "MAP_TIE" for fault in check_nodes(schema)):
        return
    event = {
        "organization_id": "o",
        "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": "1.00",
        "currency": "USD",
        "transaction_date": day,
        "business_context": dict(zip("ab", inputs, strict=True)),
    }
    wanted = best(rows, inputs, day)

    answer = next(iter(PostingEngine(PostingSchema(schema)).simulate_many([event])))

    if isinstance(answer, HeraError):
        assert (answer.code, wanted <= {None}) == ("E_GUARDRAIL", True)
    else:
        assert {line.account.key for line in answer.lines} == {"cash", *wanted}


def naive(
    rows: tuple[nodes.MapRow, ...], inputs: tuple[str, ...], day: date | None
) -> int | str | None:
    """Return the place of the row that a search through all rows finds, or that it needs a date."""
    ranked = sorted(range(len(rows)), key=lambda number: rows[number].keys.count(None))
    fitting = [
        number
        for number in ranked
        if all(key in (None, value) for key, value in zip(rows[number].keys, inputs, strict=True))
    ]
    if day is not None:
        return next((each for each in fitting if period_of(rows[each]).holds(day)), None)
    if not fitting:
        return None
    alike = [row for row in rows if row.keys == rows[fitting[0]].keys]
    dated = any(period_of(row).is_dated for row in alike)
    return "date needed" if len(alike) > 1 and dated else fitting[0]


@given(
    st.integers(1, 3).flatmap(
        lambda size: st.tuples(
            st.lists(
                st.builds(
                    nodes.MapRow,
                    keys=st.tuples(*[st.sampled_from(("x", "y", None))] * size),
                    target=_targets,
                    effective_from=_bounds,
                    effective_to=_bounds,
                ),
                max_size=12,
            ),
            st.tuples(*[st.sampled_from(VALUES)] * size),
        )
    ),
    st.none() | st.sampled_from(DAYS),
)
def test_the_index_finds_the_row_that_a_search_finds(
    drawn: tuple[list[nodes.MapRow], tuple[str, ...]], day: date | None
) -> None:
    """Also among rows that tie, and without a date: the place of the row is the same."""
    rows, inputs = drawn
    decl = nodes.MapDecl(name=nodes.Name("f"), inputs=(), rows=tuple(rows))
    table = map_table(decl)

    found: int | str | None
    try:
        row = table.choose(inputs, day)
        found = None if row is None else row.number
    except DateNeededError:
        found = "date needed"

    assert found == naive(decl.rows, inputs, day)


def test_a_choice_looks_at_no_more_than_its_own_rows() -> None:
    """Of 5,000 rows a call compares none: it asks each pattern of wildcards once."""
    rows = tuple(
        nodes.MapRow(keys=(f"k{number}", None), target=nodes.Name("cash"))
        for number in range(5_000)
    )
    decl = nodes.MapDecl(name=nodes.Name("f"), inputs=(), rows=rows)
    table = map_table(decl)
    asked: list[str] = []

    class Watched(str):
        """A text that notes what it is compared with."""

        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            asked.append(str(other))
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    row = table.choose((Watched("k4321"), "any"), None)

    assert row is not None
    assert row.number == 4321
    assert len(asked) <= 2
