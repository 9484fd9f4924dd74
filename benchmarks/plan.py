"""How large a run is."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes of a run.

    Attributes:
        rounds: Counted rounds of the interleaved run.
        heavy_rounds: Counted rounds of what takes long: keeping entries, processes, imports.
        sample_ns: How long one sample of the interleaved run should take.
        pool: Distinct events of small kinds; large ones have fewer.
        invoices: Distinct invoices.
        items: Sizes of the carts that show the cost of an item, under the names of the targets.
        rules: How many rules the two schemas of row 12 have.
        schemas: Schemas of one shape that post in turn.
        kept: Entries that are kept at once.
        weighed: Entries whose memory is counted.
        shard: Events of one of two files.
        peers: Whether other packages are timed.
    """

    rounds: int
    heavy_rounds: int
    sample_ns: int
    pool: int
    invoices: int
    items: tuple[int, int, int]
    rules: tuple[int, int]
    schemas: int
    kept: int
    weighed: int
    shard: int
    peers: bool


FULL: Final = Plan(
    rounds=25, heavy_rounds=11, sample_ns=10_000_000, pool=256, invoices=8,
    items=(100, 1_000, 10_000), rules=(10, 10_000), schemas=100, kept=100_000,
    weighed=2_000, shard=20_000, peers=True,
)  # fmt: skip
QUICK: Final = Plan(
    rounds=2, heavy_rounds=1, sample_ns=100_000, pool=6, invoices=1, items=(4, 8, 16),
    rules=(4, 40), schemas=3, kept=20, weighed=20, shard=10, peers=False,
)  # fmt: skip
"""Proves that every case still runs and is right; its figures say nothing."""
