"""Both executors give the same for everything that the repository has to post."""

from typing import Final

import pytest

from tests.executors.corpus import CORPORA
from tests.executors.watching import agreeing

PLAIN: Final = ("sale", "cart", "invoice", "books")
"""Benchmarks whose events no interpreter is to see: all but the one with own stages."""


@pytest.mark.parametrize("name", [name for name in CORPORA if name not in PLAIN])
def test_the_executors_agree_on_a_corpus(name: str) -> None:
    """Every event of a corpus ends in the same entry, or in the same error."""
    with agreeing() as tally:
        CORPORA[name]()

    assert tally.posted + tally.refused > 0


@pytest.mark.parametrize("name", PLAIN)
def test_compiled_rules_post_plain_sales_by_themselves(name: str) -> None:
    """No event of these benchmarks is left to the interpreter."""
    with agreeing() as tally:
        CORPORA[name]()

    assert (tally.left, tally.refused) == (0, 0)
    assert tally.itself > 0
