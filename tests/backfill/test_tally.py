"""Figures of shards add up to those of the whole, whatever the order."""

import json
from collections.abc import Sequence
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from examples.backfill.tally import Digest, Sums, Tally
from hera_engine import Side

TEXTS = st.lists(st.binary(max_size=8), max_size=8)
LEGS = st.lists(
    st.tuples(
        st.sampled_from(("GL", "IFRS")),
        st.sampled_from(("AED", "KWD")),
        st.sampled_from(Side),
        st.decimals(min_value=0, max_value=10**17, places=3),
    ),
    max_size=8,
)


def digest_of(texts: Sequence[bytes]) -> Digest:
    """Return the digest of some texts."""
    digest = Digest()
    for text in texts:
        digest.add(text)
    return digest


@given(texts=TEXTS, chance=st.randoms(use_true_random=False))
def test_order_changes_no_digest(texts: list[bytes], chance: Random) -> None:
    """The same texts in another order."""
    mixed = list(texts)
    chance.shuffle(mixed)

    assert str(digest_of(mixed)) == str(digest_of(texts))


@given(texts=TEXTS, other=TEXTS)
def test_other_texts_have_another_digest(texts: list[bytes], other: list[bytes]) -> None:
    """Also where texts come twice: nothing cancels."""
    same = sorted(texts) == sorted(other)

    assert (str(digest_of(texts)) == str(digest_of(other))) == same


@given(texts=TEXTS, text=st.binary(max_size=8))
def test_a_double_does_not_cancel(texts: list[bytes], text: bytes) -> None:
    """A text counted in once more, or twice more, is seen by its sum alone."""
    once, thrice = digest_of([*texts, text]), digest_of([*texts, text, text, text])

    assert once.total % 2**256 != thrice.total % 2**256
    assert once.total % 2**256 != digest_of(texts).total % 2**256


@given(first=TEXTS, second=TEXTS)
def test_digests_add_up(first: list[bytes], second: list[bytes]) -> None:
    """Of two shards, in either order, written down and read back between."""
    whole = str(digest_of([*first, *second]))

    for one, other in ((first, second), (second, first)):
        total = Digest.read(str(digest_of(one)))
        total.merge(Digest.read(str(digest_of(other))))
        assert str(total) == whole


@given(first=LEGS, second=LEGS)
def test_tallies_add_up(
    first: list[tuple[str, str, Side, Decimal]], second: list[tuple[str, str, Side, Decimal]]
) -> None:
    """As digests do; and a tally survives being written as JSON."""
    whole, parts = Tally(), [Tally(lines=2), Tally(lines=3)]
    whole.lines = 5
    whole.sums.add([*first, *second])
    parts[0].sums.add(first)
    parts[1].sums.add(second)

    for one, other in (parts, parts[::-1]):
        total = Tally.from_dict(json.loads(json.dumps(one.to_dict())))
        total.merge(other)
        assert total.to_dict() == whole.to_dict()


def test_an_imbalance_is_told_in_figures() -> None:
    """By ledger and currency; what balances in one currency does not make up for another."""
    sums = Sums()
    amount = Decimal("0.001")
    sums.add([("GL", "AED", Side.DEBIT, amount), ("GL", "KWD", Side.CREDIT, amount)])
    sums.add([("GL", "JPY", Side.DEBIT, amount), ("GL", "JPY", Side.CREDIT, amount)])

    assert sums.imbalances() == (
        "GL AED: debits 0.001, credits 0",
        "GL KWD: debits 0, credits 0.001",
    )
