"""Laws of allocations in rules: nothing lost, nobody favoured, a sign that only turns sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera_engine import HeraError, PostingEngine
from hera_engine.allocation import Leftover
from hera_engine.money import from_minor

EVENT = "HERA.POS.COST.V1"
SEATS = ("s0", "s1", "s2", "s3", "s4")
POLICIES = tuple(policy for policy in Leftover if policy is not Leftover.APART)


@dataclass(frozen=True)
class Shares:
    """Percentages side by side, the last place for what remains, and who gets the leftover."""

    percents: tuple[int, ...]
    policy: Leftover

    @property
    def quotas(self) -> tuple[Fraction, ...]:
        """The fraction of the whole that each place has."""
        parts = tuple(Fraction(percent, 1000) for percent in self.percents)
        return (*parts, 1 - sum(parts, Fraction(0)))


@st.composite
def divisions(draw: st.DrawFn) -> Shares:
    """Return up to four percentages, with one decimal, that leave something or nothing over."""
    cuts = sorted(draw(st.lists(st.integers(0, 1000), min_size=1, max_size=4)))
    percents = tuple(after - before for before, after in zip((0, *cuts), cuts, strict=False))
    return Shares(percents, draw(st.sampled_from(POLICIES)))


@cache
def engine_of(shares: str, amount: str) -> PostingEngine:
    """Return an engine with one rule that allocates an amount."""
    accounts = "\n".join(f"account {key} {index}" for index, key in enumerate(("cash", *SEATS), 1))
    rule = f"on {EVENT} {{ debit cash ({amount})  allocate ({amount}) {shares} }}"
    return PostingEngine(f"ledgers GL\n{accounts}\n{rule}")


def posted(engine: PostingEngine, units: int, **context: object) -> Mapping[str, int]:
    """Return what each account gets, in cents, credits positive."""
    event = {
        "organization_id": "o", "event_smart_code": EVENT, "currency": "EUR",
        "total_amount": from_minor(units, 2), "business_context": context,
    }  # fmt: skip
    found: dict[str, int] = {}
    for line in engine.simulate(event).lines:
        signed = int(line.amount * 100) * (1 if line.side.value == "CR" else -1)
        found[line.account.key] = found.get(line.account.key, 0) + signed
    return found


def written(shares: Shares) -> str:
    """Return percentages as the braces of an allocation."""
    rows = [
        f"{from_minor(percent, 1)}% to credit {key}"
        for percent, key in zip(shares.percents, SEATS, strict=False)
    ]
    rest = f"remaining to credit {SEATS[len(shares.percents)]}"
    return f"{{ {'  '.join([*rows, rest])} }} leftover {shares.policy.replace('-', '_')}"


@given(units=st.integers(1, 10**9), shares=divisions())
def test_shares_make_up_the_whole_and_each_is_within_a_unit(units: int, shares: Shares) -> None:
    """The journal balances, a share of nothing gets nothing, and by default none is a unit off."""
    found = posted(engine_of(written(shares), "total_amount"), units)

    got = [found.get(key, 0) for key in SEATS[: len(shares.quotas)]]
    assert sum(got) == units
    assert all(share == 0 for share, quota in zip(got, shares.quotas, strict=True) if not quota)
    off = max(abs(s - units * q) for s, q in zip(got, shares.quotas, strict=True))
    assert off < 1 if shares.policy is Leftover.LARGEST_REMAINDER else off <= 1


@given(units=st.integers(1, 10**6), shares=divisions())
def test_a_negative_amount_is_allocated_like_the_positive_one(units: int, shares: Shares) -> None:
    """A negated amount and a negative event post the same figures with every side turned."""
    positive = posted(engine_of(written(shares), "total_amount"), units)

    turned = {key: -value for key, value in positive.items()}
    assert posted(engine_of(written(shares), "0 - total_amount"), units) == turned
    assert posted(engine_of(written(shares), "total_amount"), -units) == turned


@given(
    units=st.integers(1, 10**6),
    first=st.integers(0, 10**6),
    cap=st.integers(0, 10**6),
    percent=st.integers(0, 100),
)
def test_amounts_come_first_and_a_maximum_holds(
    units: int, first: int, cap: int, percent: int
) -> None:
    """An amount takes no more than there is, a capped part no more than its maximum.

    Parts are of the whole, so what amounts leave may not do for them: that is refused.
    """
    taken = min(first, units)
    quota = min(Fraction(units * percent, 100), Fraction(cap))
    shares = (
        "{ first to credit s0  max cap of share rate / 100 to credit s1  remaining to credit s2 }"
    )
    engine = engine_of(shares, "total_amount")
    context = {"first": from_minor(first, 2), "cap": from_minor(cap, 2), "rate": Decimal(percent)}
    if taken + quota > units:
        with pytest.raises(HeraError) as refused:
            posted(engine, units, **context)
        assert refused.value.code == "E_UNBALANCED"
        return

    found = posted(engine, units, **context)

    assert found.get("s0", 0) == taken
    assert abs(found.get("s1", 0) - quota) < 1
    assert found.get("s1", 0) <= cap
    assert sum(found.get(key, 0) for key in SEATS[:3]) == units


@given(
    units=st.integers(1, 10**6),
    weights=st.lists(st.integers(0, 1000), min_size=1, max_size=5).filter(any),
    policy=st.sampled_from(POLICIES),
)
def test_members_of_a_collection_get_it_all_by_weight(
    units: int, weights: list[int], policy: Leftover
) -> None:
    """The shares of the members sum to the amount; a weight of zero receives nothing."""
    rows = "  ".join(f'"{index}" -> {key},' for index, key in enumerate(SEATS))
    accounts = "\n".join(f"account {key} {index}" for index, key in enumerate(("cash", *SEATS), 1))
    text = f"""ledgers GL
    {accounts}
    map seat(number) {{ {rows} else refuse }}
    on {EVENT} {{
      debit cash total_amount
      allocate total_amount over part in parts by part.weight to credit seat(part.number)
        leftover {policy.replace("-", "_")}
    }}"""
    parts = [{"number": str(at), "weight": Decimal(weight)} for at, weight in enumerate(weights)]

    found = posted(PostingEngine(text), units, parts=parts)

    got = [found.get(key, 0) for key in SEATS[: len(weights)]]
    assert sum(got) == units
    assert all(share == 0 for share, weight in zip(got, weights, strict=True) if not weight)
    whole = sum(weights)
    assert all(abs(s * whole - units * w) <= whole for s, w in zip(got, weights, strict=True))


@given(units=st.integers(1, 10**6), shares=divisions())
def test_what_is_left_apart_is_less_than_a_unit_for_each_share(units: int, shares: Shares) -> None:
    """Shares are cut off at the unit, and the account apart gets all that was cut off."""
    text = f"{written(shares).rpartition(' leftover ')[0]} leftover apart to credit cash"
    found = posted(engine_of(text, "total_amount"), units)

    got = [found.get(key, 0) for key in SEATS[: len(shares.quotas)]]
    assert got == [int(units * quota) for quota in shares.quotas]
    assert found["cash"] == -sum(got)
    assert units - sum(got) < len(got)
