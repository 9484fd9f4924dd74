"""Figures that a chain of products lets grow: no schema of them is slow, and no event is posted."""

from itertools import pairwise
from typing import Final

import pytest

from hera_engine import HeraError, PostingEngine

ACCOUNTS: Final = "ledgers GL\naccount cash 1000 asset\naccount sales 4000 revenue\n"
EVENT: Final = {
    "organization_id": "o", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": "1000",
    "currency": "JPY", "business_context": {},
}  # fmt: skip


def _squares(first: str, count: int) -> str:
    """Return a rule with so many named amounts, each the square of the one before."""
    names = [f"a{number}" for number in range(count)]
    chain = "\n".join(f"  let {after} = {before} * {before}" for before, after in pairwise(names))
    return (
        f"{ACCOUNTS}on HERA.POS.** {{\n  let a0 = {first}\n{chain}\n"
        f"  debit cash round(min(total_amount, {names[-1]}))\n"
        f"  credit sales round(min(total_amount, {names[-1]}))\n}}\n"
    )


@pytest.mark.parametrize("first", ["total_amount", "12345.678"], ids=["field", "literal"])
@pytest.mark.parametrize("executor", ["compiled", "interpreted"])
def test_a_chain_of_squares_is_refused_at_once(first: str, executor: str) -> None:
    """Sixty squares in a row would take longer than anyone waits, were they worked out."""
    engine = PostingEngine(_squares(first, 60), executor=executor)

    with pytest.raises(HeraError, match="too many digits"):
        engine.simulate(EVENT)


@pytest.mark.parametrize("executor", ["compiled", "interpreted"])
def test_a_few_squares_are_exact(executor: str) -> None:
    """The bound is far beyond any figure of the world."""
    entry = PostingEngine(_squares("total_amount", 4), executor=executor).simulate(EVENT)

    assert [str(line.amount) for line in entry.lines] == ["1000", "1000"]
