"""What functions of one engine and of one shape share, and how many of them are kept."""

from typing import Final

import pytest

from hera_engine import JournalEntry, PostingEngine, limits
from hera_engine.rules.fused.source import Post
from tests.executors.twins import Twins
from tests.laws.posting import DECLARATIONS

RULES: Final = 12


def _twins() -> Twins:
    rules = (
        f"on HERA.POS.N{number}.V1 {{ debit cash total_amount credit clearing total_amount }}\n"
        for number in range(RULES)
    )
    return Twins.of(DECLARATIONS + "".join(rules))


def _sale(number: int, **header: object) -> dict[str, object]:
    return {
        "organization_id": "org-1", "event_smart_code": f"HERA.POS.N{number}.V1",
        "total_amount": "5.00", "currency": "USD", "business_context": {}, **header,
    }  # fmt: skip


def _made(engine: PostingEngine) -> list[Post | str]:
    assert engine._fused is not None
    return list(engine._fused._made.values())


def test_each_rule_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules keep their functions also where more smart codes come than are remembered."""
    monkeypatch.setattr(limits, "MEMO_ENTRIES", 4)
    twins = _twins()
    first: list[Post | str] = []
    for _ in range(2):
        for number in range(RULES):
            assert isinstance(twins.assert_alike(_sale(number)), JournalEntry)
            assert twins.posts_itself(_sale(number))
        first = first or _made(twins.compiled)

    assert len(first) == RULES
    assert list(map(id, _made(twins.compiled))) == list(map(id, first))


@pytest.mark.parametrize("most", [1, RULES - 1, RULES, RULES * 10])
def test_so_many_functions_are_kept(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """An engine with more rules than it may keep functions of posts the same with fewer."""
    monkeypatch.setattr(limits, "RULE_FUNCTIONS", most)
    monkeypatch.setattr(limits, "MEMO_ENTRIES", 4)
    twins = _twins()
    for number in (*range(RULES), *range(RULES)):
        assert isinstance(twins.assert_alike(_sale(number)), JournalEntry)
        assert len(_made(twins.compiled)) <= most


def test_a_base_currency_has_functions_of_its_own() -> None:
    """A code is remembered apart for each pair of currencies, also where they are one."""
    twins = _twins()
    ways: tuple[dict[str, object], ...] = (
        {}, {"base_currency": "USD"}, {"base_currency": "EUR", "exchange_rate": "0.9"},
        {"currency": "JPY", "total_amount": "5"},
        {"currency": "JPY", "total_amount": "5", "base_currency": "USD", "exchange_rate": "0.01"},
    )  # fmt: skip
    for header in (*ways, *reversed(ways)):
        entry = twins.assert_alike(_sale(1, **header))
        assert isinstance(entry, JournalEntry)
        assert twins.posts_itself(_sale(1, **header))
        assert entry.header.base_currency == header.get(
            "base_currency", header.get("currency", "USD")
        )

    assert len(_made(twins.compiled)) == 4


def test_rules_of_one_engine_share_what_they_know_of_taxes() -> None:
    """The treatment of a category is worked out once, and in each currency's decimals."""
    rates = "default standard rate standard 5%"
    rules = "".join(
        f"on HERA.POS.N{number}.V1 {{ given total_amount = sum(gross(items)) "
        "for item in items { credit revenue net(item) credit tax_output tax(item) } "
        "debit cash total_amount }\n"
        for number in range(2)
    )
    twins = Twins.of(
        'schema "s" version 1\nledgers GL\naccount cash 1000 asset\naccount revenue 4000 revenue\n'
        f"account tax_output 2200 liability\ntax profile vat {{ prices inclusive {rates} }}\n"
        f"payments immediate\n{rules}"
    )
    for number in range(2):
        for header in ({}, {"currency": "JPY", "total_amount": "105"}):
            assert isinstance(twins.assert_alike(_sale(number, **header)), JournalEntry)
            assert twins.posts_itself(_sale(number, **header))

    fused = twins.compiled._fused
    assert fused is not None
    assert [len(taxes.days) for taxes in fused._taxes.values()] == [1, 1]
