"""Dated rules in both forms, and what the checks say about their dates."""

from datetime import date

import pytest

from hera_engine import format_schema, load_schema
from tests.unit.dsl.schema_texts import SOUND, diagnostics_of, faults_of

LINES = "{ debit cash total_amount  credit revenue total_amount }"


def with_rules(*heads: str) -> str:
    """Return a sound schema with rules of these heads behind its own."""
    rules = (
        f"on {head}" if "reverses" in head else f"on {head} {LINES}" for head in heads
    )  # fmt: skip
    return "\n".join((SOUND, *rules))


def test_dates_stand_behind_the_pattern() -> None:
    """The text form writes `from` and `to`, the JSON form `effective_from` and `effective_to`."""
    schema = load_schema(with_rules("HERA.POS.BILL.** from 2026-01-01 to 2026-12-31 purchase"))

    rule = schema.nodes.rules[-1]
    written = schema.to_json_dict()["postings"]

    assert (rule.effective_from, rule.effective_to) == (date(2026, 1, 1), date(2026, 12, 31))
    assert rule.purchase
    assert isinstance(written, list)
    assert written[-1]["effective_from"] == "2026-01-01"
    assert written[-1]["effective_to"] == "2026-12-31"
    assert "on HERA.POS.BILL.** from 2026-01-01 to 2026-12-31 purchase {" in format_schema(schema)
    assert load_schema(schema.to_json_dict()) == schema


def test_a_reversal_may_be_dated() -> None:
    """Its dates stand before `reverses`, too."""
    text = format_schema(with_rules("HERA.POS.REFUND.V1 from 2026-01-01 reverses HERA.POS.SALE.V1"))

    assert "on HERA.POS.REFUND.V1 from 2026-01-01 reverses HERA.POS.SALE.V1" in text


def test_rules_that_follow_one_another_are_sound() -> None:
    """Neither a gap nor neighbours that touch are faults."""
    assert (
        faults_of(
            with_rules(
                "HERA.A.X.V1 to 2024-12-31",
                "HERA.A.X.V1 from 2025-01-01 to 2025-06-30",
                "HERA.A.X.V1 from 2026-01-01",
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("first", "second", "day"),
    [
        (" to 2025-12-31", " from 2025-12-31", "2025-12-31"),
        ("", " from 2025-12-31", "2025-12-31"),
        (" to 2025-12-31", "", "2025-12-31"),
        (" from 2025-01-01 to 2025-12-31", " from 2024-01-01 to 2025-03-31", "2025-01-01"),
    ],
)
def test_rules_in_force_on_one_day_are_a_fault(first: str, second: str, day: str) -> None:
    """The fault names a day on which both are in force."""
    (fault,) = diagnostics_of(with_rules(f"HERA.A.X.V1{first}", f"HERA.A.X.v1{second}"))

    assert fault.name == "RULE_OVERLAP"
    assert fault.message.endswith(f"are both in force on {day}")


def test_a_rule_that_lies_in_a_longer_one_is_found_behind_a_third() -> None:
    """Not only neighbours are compared."""
    text = with_rules(
        "HERA.A.X.V1 from 2020-01-01 to 2029-12-31",
        "HERA.A.X.V1 from 2021-01-01 to 2021-12-31",
        "HERA.A.X.V1 from 2025-01-01 to 2025-12-31",
    )

    assert [fault.name for fault in diagnostics_of(text)] == ["RULE_OVERLAP", "RULE_OVERLAP"]


def test_rules_without_dates_are_the_same_rule_twice() -> None:
    """As before there were dates."""
    assert faults_of(with_rules("HERA.A.X.V1", "HERA.A.X.V1")) == ["DUPLICATE HERA.A.X.V1"]


def test_a_rule_that_ends_before_it_begins_is_a_fault() -> None:
    """No event could reach it."""
    (fault,) = diagnostics_of(with_rules("HERA.A.X.V1 from 2026-01-01 to 2025-01-01"))

    assert fault.name == "RATE_DATES"


def test_a_reversal_that_outlives_its_rule_says_so() -> None:
    """Where none of the rules that are reversed is in force with the reversal."""
    (fault,) = diagnostics_of(
        with_rules("HERA.A.X.V1 to 2024-12-31", "HERA.A.Y.V1 from 2025-01-01 reverses HERA.A.X.V1")
    )

    assert fault.name == "UNKNOWN_RULE"
    assert fault.hint == "none of them is in force from 2025-01-01"


def test_a_reversal_of_a_reversal_of_another_time_is_no_fault() -> None:
    """On each day there is a rule with lines of its own."""
    text = with_rules(
        "HERA.A.X.V1 to 2024-12-31",
        "HERA.A.X.V1 from 2025-01-01 reverses HERA.POS.SALE.V1",
        "HERA.A.Y.V1 to 2024-12-31 reverses HERA.A.X.V1",
    )

    assert faults_of(text) == []


def test_reversals_of_many_dated_rules_are_bounded() -> None:
    """The number of planned rules is limited before any is made."""
    days = [f"HERA.A.X.V1 from 20{n:02}-01-01 to 20{n:02}-12-31" for n in range(10, 99)]
    mirrors = [f"HERA.B.Y{n}.V1 reverses HERA.A.X.V1" for n in range(200)]

    assert "TOO_LARGE" in [fault.name for fault in diagnostics_of(with_rules(*days, *mirrors))]
