"""Hypothesis strategies for allocations in posting rules."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from hera_engine.dsl import nodes
from hera_engine.dsl.statements import loops_around

_REMAINING = nodes.Allotment()


@st.composite
def allocations(
    draw: st.DrawFn,
    amounts: st.SearchStrategy[nodes.Expression],
    model: nodes.Line,
) -> list[nodes.Line]:
    """Return a debit and an allocation of the same amount, which takes all of it.

    Args:
        draw: Hypothesis's.
        amounts: What may be allocated.
        model: The line that the debit and the lines of the allocation are like.
    """
    amount = draw(amounts)
    debit = replace(
        model, side=nodes.SideWord.DEBIT, amount=amount, currency=None, base=None, rate=None
    )
    leftover = draw(st.sampled_from(nodes.LEFTOVERS))
    if draw(st.booleans()):
        items, item = nodes.Field(("items",)), nodes.Name("item")
        over = nodes.Loop(variable=item, collection=items)
        weight = nodes.Field(("item", "amount"))
        whole = nodes.Allocation(amount=amount, over=over, weight=weight, leftover=leftover)
        debit, count = replace(debit, when=None), 1
    else:
        shares = draw(_divisions(depth=2))
        whole = nodes.Allocation(amount=amount, allotments=shares, leftover=leftover)
        count = _count(shares)
    count += leftover == "apart"
    credit = replace(debit, side=nodes.SideWord.CREDIT)
    return [
        debit,
        *(
            replace(
                credit,
                amount=nodes.Allotted(index, whole),
                loops=loops_around(whole, index, model.loops),
            )
            for index in range(count)
        ),
    ]


def _count(shares: tuple[nodes.Allotment, ...]) -> int:
    """Return how many shares go to a line."""
    return sum(_count(share.inside) if share.inside else 1 for share in shares)


@st.composite
def _divisions(draw: st.DrawFn, depth: int) -> tuple[nodes.Allotment, ...]:
    """Return shares that come to the whole: up to 100 %, then what remains."""
    found = []
    for size in draw(st.lists(_sizes(), max_size=3)):
        inner = depth > 1 and draw(st.booleans())
        found.append(replace(size, inside=draw(_divisions(depth=depth - 1))) if inner else size)
    return (*found, _REMAINING)


def _sizes() -> st.SearchStrategy[nodes.Allotment]:
    """Return shares of at most a third, written in each of the ways there are."""
    percents = st.integers(0, 33).map(lambda value: nodes.Percent(Decimal(value)))
    fractions = st.integers(3, 9).map(_one_of)
    computed = st.sampled_from(("share", "rate")).map(lambda name: nodes.Field((name,)))
    parts = percents | fractions | computed
    numbers = st.integers(0, 5).map(lambda value: nodes.Number(Decimal(value)))
    fields = st.sampled_from(("max", "remaining", "leftover")).map(lambda n: nodes.Field((n,)))
    return st.one_of(
        st.builds(nodes.Allotment, part=parts),
        st.builds(nodes.Allotment, part=parts, cap=numbers | fields),
        st.builds(nodes.Allotment, amount=numbers | fields),
    )


def _one_of(below: int) -> nodes.Expression:
    """Return one part of so many, as a fraction is written."""
    one, parts = nodes.Number(Decimal(1)), nodes.Number(Decimal(below))
    return nodes.Product((nodes.Term("*", one), nodes.Term("/", parts)))
