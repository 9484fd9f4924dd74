"""Allocations in both forms: what they read, what they refuse, and words that stay free."""

from typing import Any

import pytest

from hera_engine import check_schema, format_schema, limits, load_schema

HEAD = "ledgers GL\npayments immediate\nvalidations { max_line_count 9 }\n"
KEYS = ("cash", "fees", "discount", "rounding", "share", "max", "over", "leftover", "allocate")
ACCOUNTS = "\n".join(f"account {key}" for key in KEYS)
EVENT = "HERA.POS.COST.V1"


def rule(*rows: str) -> str:
    """Return a schema with one rule."""
    body = "\n".join(("debit cash total_amount", *rows))
    return f"{HEAD}{ACCOUNTS}\non {EVENT} {{\n{body}\n}}\n"


def codes(text: str) -> list[str]:
    """Return the codes of what is said about a rule, unused accounts apart."""
    found = [fault.kind.code for fault in check_schema(text)]
    return [code for code in found if code != "HE410"]


def posting(**changes: object) -> dict[str, object]:
    """Return the JSON form of a rule with one allocation, some of its keys changed."""
    entry: dict[str, object] = {
        "allocate": "total_amount",
        "shares": [{"remaining": True, "credit": "fees"}],
    }
    entry |= changes
    data = load_schema(rule("credit fees total_amount")).to_json_dict()
    kept = {key: value for key, value in entry.items() if value is not None}
    lines = [{"debit": "cash", "amount": "total_amount"}, kept]
    return {**data, "postings": [{"on": EVENT, "lines": lines}]}


def test_the_words_of_allocations_are_not_reserved() -> None:
    """Accounts, fields and loop variables may bear them, in allocations and beside them."""
    text = rule(
        "debit max share",
        "debit share leftover",
        "credit leftover allocate",
        "allocate over {",
        "  (max) to credit allocate",
        "  (share + leftover) to credit max",
        "  max share of 10% to credit leftover",
        "  share remaining to credit share",
        "  (remaining) to credit over",
        "  remaining to credit leftover",
        "} leftover first",
    )
    loops = (
        "for share in over { credit allocate share.max }",
        "allocate over over max in allocate by max.over to credit over leftover last",
    )

    schema = load_schema(f"{text}on HERA.POS.LOOP.V1 {{ debit cash over {' '.join(loops)} }}")

    assert load_schema(format_schema(schema)) == schema
    assert load_schema(schema.to_json_dict()) == schema


def test_a_percentage_and_a_fraction_are_parts_and_all_else_is_an_amount() -> None:
    """`1/3` is a third; `third` is an amount, and `share third` a part."""
    schema = load_schema(
        rule(
            "allocate total_amount {",
            "  1/3 to credit fees  5% to credit fees  third to credit fees",
            "  share third to credit fees  remaining to credit fees",
            "}",
        )
    )

    postings: Any = schema.to_json_dict()["postings"]
    kinds = [next(iter(share)) for share in postings[0]["lines"][1]["shares"]]
    assert kinds == ["share", "share", "amount", "share", "remaining"]


def test_shares_may_add_up_to_the_whole_without_a_rest() -> None:
    """Three thirds, and percentages that come to a hundred, are the whole."""
    assert codes(rule("allocate total_amount { 1/3 to credit fees  2/3 to credit fees }")) == []
    assert codes(rule("allocate total_amount { 60% to credit fees  2/5 to credit fees }")) == []


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ("{ 60% to credit fees  50% to credit fees }", "HE216"),
        ("{ 60% to { 60% to credit fees  50% to credit fees }  remaining to credit fees }",
         "HE216"),
        ("{ share 1.5 to credit fees  remaining to credit fees }", "HE280"),
        ("{ remaining to credit fees  remaining to credit fees }", "HE217"),
        ("{ 50% to debit fees  50% to credit fees }", "HE281"),
        ("{ 50% to credit fees  40% to credit fees }", "HE480"),
        ("{ total_amount * 2% to credit fees  remaining to credit fees }", "HE215"),
        ("{ max 2% of 50% to credit fees  remaining to credit fees }", "HE215"),
        ("{ share \"x\" to credit fees  remaining to credit fees }", "HE214"),
        ("{ 50% to credit fee  remaining to credit fees }", "HE202"),
        ("{ }", "HE101"),
        ("{ 50% to credit fees by place  remaining to credit fees }", "HE207"),
    ],
)  # fmt: skip
def test_a_fault_of_a_share_is_told(shares: str, code: str) -> None:
    """Each fault that the document alone shows has its code."""
    assert code in codes(rule(f"allocate total_amount {shares}"))


def test_a_broken_allocation_does_not_hide_the_statements_around_it() -> None:
    """Reading goes on behind it, and only it is at fault."""
    text = rule(
        "allocate total_amount {",
        "  50% credit fees",
        "  remaining to credit fees",
        "} leftover first",
        "credit fes total_amount",
    )

    assert codes(text) == ["HE101", "HE202"]


def test_an_allocation_has_a_published_number_of_shares() -> None:
    """One share more than the limit is refused, in either form."""
    allowed = limits.ALLOCATION_SHARES
    rows = "  0.01 to credit fees\n" * (allowed - 1) + "  remaining to credit fees\n"
    full = rule(f"allocate total_amount {{\n{rows}}}")
    shares = [{"amount": "0.01", "credit": "fees"}] * allowed

    assert codes(full) == []
    assert "HE105" in codes(full.replace("{\n  0.01", "{\n 0.01 to credit fees\n 0.01", 1))
    over = [fault.kind.code for fault in check_schema(posting(shares=[*shares, *shares]))]
    assert "HE105" in over


@pytest.mark.parametrize(
    "changes",
    [
        {"shares": None},
        {"shares": []},
        {"shares": [{"credit": "fees"}]},
        {"shares": [{"remaining": False, "credit": "fees"}]},
        {"shares": [{"remaining": True, "amount": "1", "credit": "fees"}]},
        {"shares": [{"remaining": True, "max": "1", "credit": "fees"}]},
        {"shares": [{"remaining": True, "credit": "fees", "debit": "fees"}]},
        {"shares": [{"remaining": True, "credit": "fees", "shares": []}]},
        {"shares": [{"remaining": True}]},
        {"credit": "fees"},
        {"leftover": "apart"},
        {"leftover": "most"},
        {"apart": {"credit": "fees"}},
        {"over": "item in items"},
        {"over": "item in items", "shares": None, "credit": "fees"},
        {"weight": "1"},
        {"over": "item in items", "weight": "1", "shares": None, "when": "1 = 1",
         "credit": "fees"},
        {"per": "x"},
    ],
)  # fmt: skip
def test_keys_that_do_not_go_together_are_refused(changes: dict[str, object]) -> None:
    """An allocation in the JSON form says one thing, or is a fault with a place inside it."""
    found = [fault for fault in check_schema(posting(**changes)) if fault.kind.code < "HE4"]

    assert found
    assert all(str(fault.place).startswith("/postings/0/lines/1") for fault in found)


def test_equal_allocations_side_by_side_stay_two() -> None:
    """A second one begins where the count begins anew."""
    same = "allocate total_amount { 50% to credit fees  50% to credit fees }"
    schema = load_schema(rule(same, same))

    assert format_schema(schema).count("allocate total_amount") == 2
    assert load_schema(format_schema(schema)) == schema
