"""What the proof knows of allocations: their shares add up to the amount, however it is spread."""

import pytest

from hera_engine import PostingEngine, SchemaError

HEAD = "ledgers GL\n" + "".join(f"account {key}\n" for key in ("cash", "a", "b", "c"))


def engine_for(*rows: str) -> PostingEngine:
    """Return an engine with one rule."""
    body = "\n".join(rows)
    return PostingEngine(f"{HEAD}on HERA.POS.COST.V1 {{\n{body}\n}}")


@pytest.mark.parametrize(
    "rows",
    [
        ["debit cash total_amount", "allocate total_amount { 50% to credit a  1/2 to credit b }"],
        ["debit cash total_amount", "allocate total_amount when total_amount > 0 {",
         "10.00 to credit a  max 5.00 of 50% to credit b  remaining to { 1/3 to credit a",
         "remaining to credit c } } leftover first"],
        ["debit cash total_amount",
         "allocate total_amount { 1/3 to credit a  1/3 to credit b } leftover apart to credit c"],
        ["debit cash total_amount",
         "allocate total_amount over part in parts by part.weight to credit a"],
        ["debit cash total_amount", 'allocate total_amount over part in parts when part.kind = "x"',
         "by part.weight to credit a leftover apart to credit b"],
        ["for part in parts { debit cash part.amount",
         "allocate part.amount { share part.rate to credit a  remaining to credit b } }"],
        ["for part in parts { debit cash part.amount",
         "allocate part.amount over piece in part.pieces by piece.weight to credit a }"],
        ["allocate total_amount { 50% to debit a  remaining to debit b }",
         "allocate total_amount { first to credit c  remaining to credit cash }"],
        ["let rest = total_amount - fee", "debit cash total_amount", "credit a fee",
         "allocate rest { 50% to credit b  remaining to credit c }"],
    ],
)  # fmt: skip
def test_an_allocation_of_what_is_posted_is_proven(rows: list[str]) -> None:
    """Whatever the shares are, together they are the amount."""
    proof = engine_for(*rows).proofs[0]

    assert [ledger.verdict.value for ledger in proof.ledgers] == ["proven"]


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        (["allocate fee { 50% to credit a  remaining to credit b }"], "total_amount - fee"),
        (["allocate fee over part in parts by part.weight to credit a"], "total_amount - fee"),
        (['allocate total_amount when kind = "x" { 50% to credit a  remaining to credit b }'],
         "total_amount"),
        (["allocate total_amount { 50% to credit a  remaining to credit b }", "debit c tip_amount"],
         "tip_amount"),
    ],
)  # fmt: skip
def test_an_allocation_of_something_else_is_refuted(rows: list[str], left: str) -> None:
    """What is left over is told in words, with an event that shows it."""
    with pytest.raises(SchemaError) as refused:
        engine_for("debit cash total_amount", *rows)

    (fault,) = [each for each in refused.value.diagnostics if each.kind.name == "NOT_BALANCED"]
    assert f"leave `{left}`" in str(fault)
    assert "debits" in str(fault)
