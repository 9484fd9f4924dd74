"""Allocations in rules, event by event: what each account gets, and what is refused."""

from collections.abc import Mapping

import pytest

from hera_engine import HeraError, PostingEngine
from hera_engine.journal import JournalEntry
from hera_engine.money import format_amount

EVENT = "HERA.POS.COST.V1"
ACCOUNTS = "\n".join(f"account {key} {key[1:]}" for key in ("c1", "a2", "a3", "a4", "a5"))


def engine_for(*rows: str) -> PostingEngine:
    """Return an engine whose one rule debits the total and posts ``rows``."""
    body = "\n".join(("debit c1 total_amount", *rows))
    heads = "ledgers GL\ndimensions staff_id"
    return PostingEngine(f"{heads}\n{ACCOUNTS}\non {EVENT} {{\n{body}\n}}")


def simulate(engine: PostingEngine, total: str, **context: object) -> JournalEntry:
    """Return the journal of an event in euro."""
    return engine.simulate(
        {
            "organization_id": "o", "event_smart_code": EVENT, "currency": "EUR",
            "total_amount": total, "business_context": context,
        }
    )  # fmt: skip


def posted(engine: PostingEngine, total: str, **context: object) -> Mapping[str, str]:
    """Return the amounts of the accounts beside the one debited, in one line each."""
    entry = simulate(engine, total, **context)
    return {line.account.key: format_amount(line.amount) for line in entry.lines[1:]}


def refusal(engine: PostingEngine, total: str, **context: object) -> HeraError:
    """Return the error that an event ends in."""
    with pytest.raises(HeraError) as refused:
        simulate(engine, total, **context)
    return refused.value


def test_amounts_are_taken_first_in_order_and_parts_are_of_the_whole() -> None:
    """10.00 of 100.00 goes first although it is written last; 25 % is of 100.00, not of 90.00."""
    engine = engine_for(
        "allocate total_amount {",
        "  25% to credit a2   remaining to credit a3   10.00 to credit a4",
        "}",
    )

    assert posted(engine, "100.00") == {"a2": "25.00", "a3": "65.00", "a4": "10.00"}


def test_an_amount_takes_no_more_than_is_left() -> None:
    """Of 12.00 the first 10.00 goes to one, the other has to do with 2.00."""
    engine = engine_for(
        "allocate total_amount { 10.00 to credit a2  5.00 to credit a3  remaining to credit a4 }"
    )

    assert posted(engine, "12.00") == {"a2": "10.00", "a3": "2.00"}


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ("100.00", {"a2": "20.00", "a3": "80.00"}),
        ("39.99", {"a2": "20.00", "a3": "19.99"}),
        ("10.01", {"a2": "5.01", "a3": "5.00"}),
    ],
)
def test_a_maximum_holds_whoever_gets_the_leftover(total: str, expected: Mapping[str, str]) -> None:
    """A half, at most 20.00: of 39.99 the odd cent makes it 20.00, and no more."""
    engine = engine_for(
        "allocate total_amount { max 20.00 of 50% to credit a2  remaining to credit a3 }",
        "leftover first",
    )

    assert posted(engine, total) == expected


def test_shares_inside_a_share_divide_what_it_gets() -> None:
    """Half of 10.01 by largest remainder is 5.01, and two thirds of that are 3.34."""
    engine = engine_for(
        "allocate total_amount {",
        "  50% to { 2/3 to credit a2  remaining to credit a3 }",
        "  remaining to credit a4",
        "}",
    )

    assert posted(engine, "10.01") == {"a2": "3.34", "a3": "1.67", "a4": "5.00"}


def test_what_is_left_apart_goes_to_its_account() -> None:
    """Each third of 10.00 is cut off to 3.33, inside the shares and beside them; 0.02 is left."""
    engine = engine_for(
        "allocate total_amount {",
        "  1/3 to credit a2  1/3 to { 1/2 to credit a3  1/2 to credit a4 }  1/3 to credit a2",
        "} leftover apart to credit a5",
    )

    found = posted(engine, "10.00")

    assert found == {"a2": "6.66", "a3": "1.66", "a4": "1.66", "a5": "0.02"}


def test_shares_under_the_whole_are_refused_with_both_figures() -> None:
    """90 % of 10.00 is 9.00: nothing says where the rest goes."""
    engine = engine_for("allocate total_amount { 40% to credit a2  50% to credit a3 }")

    error = refusal(engine, "10.00")

    assert error.code == "E_UNBALANCED"
    assert (error.details["amount"], error.details["shares"]) == ("10.00", "9.00")


def test_computed_shares_are_checked_with_the_event() -> None:
    """Shares of the event that add up post, those that come to more or are negative do not."""
    engine = engine_for(
        "allocate total_amount {",
        "  share north / 100 to credit a2  share south / 100 to credit a3",
        "}",
    )

    assert posted(engine, "10.00", north="62.5", south="37.5") == {"a2": "6.25", "a3": "3.75"}
    assert refusal(engine, "10.00", north="62.5", south="37.6").code == "E_UNBALANCED"
    assert refusal(engine, "10.00", north="110", south="-10").code == "E_GUARDRAIL"


@pytest.mark.parametrize("shares", ["fee to credit a2", "max fee of 50% to credit a2"])
def test_an_amount_below_zero_is_refused(shares: str) -> None:
    """A share is an amount of the whole, never something that makes the others larger."""
    engine = engine_for(f"allocate total_amount {{ {shares}  remaining to credit a3 }}")

    error = refusal(engine, "10.00", fee="-1.00")

    assert error.code == "E_GUARDRAIL"


def test_an_amount_of_a_share_is_whole_in_the_currency_of_the_event() -> None:
    """Half a cent can be no share, as it can be no line."""
    engine = engine_for("allocate total_amount { 0.005 to credit a2  remaining to credit a3 }")

    assert "a broken minor unit" in refusal(engine, "10.00").message


def test_nothing_is_read_of_an_allocation_of_zero() -> None:
    """Without a fee, no share of it is asked for."""
    engine = engine_for(
        "credit a4 total_amount",
        "debit c1 fee",
        "debit c1 fee",
        "allocate fee { share quota to credit a2  remaining to credit a3 }",
        "allocate fee over part in parts by part.weight to credit a3",
    )

    assert posted(engine, "10.00", fee="0", quota="0", parts=[]) == {"a4": "10.00"}


def test_a_condition_and_a_ledger_hold_for_all_of_an_allocation() -> None:
    """Where the condition fails no line of the allocation is there."""
    engine = engine_for(
        'allocate total_amount when kind = "x" { 50% to credit a2  50% to credit a3 }',
        'credit a4 total_amount when kind != "x"',
    )

    assert posted(engine, "10.00", kind="x") == {"a2": "5.00", "a3": "5.00"}
    assert posted(engine, "10.00", kind="y") == {"a4": "10.00"}


# --- over members --------------------------------------------------------------------------

FREIGHT = "allocate total_amount over item in items"


def test_items_get_their_shares_by_weight_with_their_own_values() -> None:
    """Freight of 10.00 by weight 1 : 2, each on the staff of its item."""
    engine = engine_for(f"{FREIGHT} by item.weight to credit a2 by staff_id")
    items = [
        {"amount": "1.00", "weight": "1", "staff_id": "ann"},
        {"amount": "1.00", "weight": "2", "staff_id": "bob"},
        {"amount": "1.00", "weight": "0", "staff_id": "cy"},
    ]

    entry = simulate(engine, "10.00", items=items)

    shares = {line.dimensions["staff_id"]: str(line.amount) for line in entry.lines[1:]}
    assert shares == {"ann": "3.33", "bob": "6.67"}


def test_members_that_the_condition_leaves_out_get_nothing() -> None:
    """Of the parts only those that are shipped bear the freight; what is left stands apart."""
    engine = engine_for(
        "allocate total_amount over part in parts when part.shipped = true by part.weight",
        "  to credit a2 leftover apart to credit a3",
    )
    parts = [{"weight": str(at), "shipped": at > 1} for at in range(1, 4)]

    assert posted(engine, "10.01", parts=parts) == {"a2": "10.00", "a3": "0.01"}


@pytest.mark.parametrize(
    "parts", [[], [{"weight": "0"}], [{"weight": "1"}, {"weight": "-1"}], [{"weight": None}]]
)
def test_an_amount_that_no_member_can_receive_is_refused(parts: list[object]) -> None:
    """No members, no weights, or weights below zero: the event is refused, not left unbalanced."""
    engine = engine_for("allocate total_amount over part in parts by part.weight to credit a2")

    assert refusal(engine, "10.00", parts=parts).code == "E_GUARDRAIL"


def test_an_allocation_inside_a_loop_is_made_anew_for_each_member() -> None:
    """Two parts of 0.05 give a cent more to the first share each time."""
    engine = engine_for(
        "given total_amount = sum(parts.amount)",
        "for part in parts { allocate part.amount { 1/2 to credit a2  1/2 to credit a3 } }",
    )
    parts = [{"amount": "0.05"}, {"amount": "0.05"}]

    assert posted(engine, "0.10", parts=parts) == {"a2": "0.06", "a3": "0.04"}


def test_a_member_spreads_over_a_list_of_its_own() -> None:
    """The freight of each parcel goes by the weights of what is in it."""
    engine = engine_for(
        "given total_amount = sum(parcels.freight)",
        "for parcel in parcels {",
        "  allocate parcel.freight over piece in parcel.pieces by piece.weight to credit a2",
        "}",
    )
    parcels = [
        {"freight": "4.00", "pieces": [{"weight": "1"}, {"weight": "3"}]},
        {"freight": "6.00", "pieces": [{"weight": "2"}]},
    ]

    assert posted(engine, "10.00", parcels=parcels) == {"a2": "10.00"}


def test_explain_shows_each_share_with_its_exact_figure() -> None:
    """An auditor sees the words of the share and what it was before rounding."""
    engine = engine_for("allocate total_amount { 1/3 to credit a2  remaining to credit a3 }")
    event = {
        "organization_id": "o", "event_smart_code": EVENT, "currency": "EUR",
        "total_amount": "10.00",
    }  # fmt: skip

    story = str(engine.explain(event))

    assert "share 1 of total_amount = 3.33, 1/3, exactly 10/3" in story
    assert "share 2 of total_amount = 6.67, remaining, exactly 20/3" in story
