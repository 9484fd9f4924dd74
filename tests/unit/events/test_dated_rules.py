"""Rules of one pattern that follow one another: the accounting date chooses among them."""

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError

ACCOUNTS = """\
ledgers GL
account cash    1000 asset
account revenue 4100 revenue
account services 4200 revenue
"""

FOLLOWING = f"""{ACCOUNTS}
on HERA.POS.SALE.V1 to 2025-12-31 {{ debit cash total_amount  credit revenue total_amount }}
on HERA.POS.SALE.V1 from 2026-02-01 to 2026-12-31 {{
  debit cash total_amount
  credit services total_amount
}}
on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1
on HERA.POS.**  {{ debit cash total_amount  credit services total_amount }}
"""


def event(code: str = "HERA.POS.SALE.V1", **header: str) -> dict[str, object]:
    """Return a sale of 10.00 with dates."""
    return {
        "organization_id": "org-1",
        "event_smart_code": code,
        "total_amount": "10.00",
        "currency": "USD",
        **header,
    }


def sides(schema: str, sent: dict[str, object]) -> list[str]:
    """Return the lines of an event as ``debit cash``."""
    entry = PostingEngine(schema).simulate(sent)
    return [f"{line.side.word} {line.account.key}" for line in entry.lines]


def refused(schema: str, sent: dict[str, object]) -> HeraError:
    """Return why an event is refused."""
    with pytest.raises(HeraError) as caught:
        PostingEngine(schema).simulate(sent)
    return caught.value


@pytest.mark.parametrize(
    ("dates", "account"),
    [
        ({"transaction_date": "2025-12-31"}, "revenue"),
        ({"transaction_date": "2026-02-01"}, "services"),
        ({"transaction_date": "2026-12-31"}, "services"),
        ({"transaction_date": "2025-12-31", "posting_date": "2026-02-01"}, "services"),
    ],
)
def test_the_accounting_date_chooses_the_rule(dates: dict[str, str], account: str) -> None:
    """The posting date, else the transaction date, decides; both ends are included."""
    assert sides(FOLLOWING, event(**dates)) == ["debit cash", f"credit {account}"]


def test_a_day_between_two_rules_is_refused_with_the_dates() -> None:
    """A gap is no fault of the schema; an event of such a day is told when rules are in force."""
    error = refused(FOLLOWING, event(transaction_date="2026-01-15"))

    assert error.code == "E_SCHEMA"
    assert error.message == "no rule for HERA.POS.SALE.V1 is in force on 2026-01-15"
    assert error.hint == (
        "rules for it are in force to 2025-12-31, from 2026-02-01 to 2026-12-31"
    )  # fmt: skip


def test_the_code_chooses_before_the_date() -> None:
    """A gap of an exact code is not filled by a pattern that matches it too."""
    assert refused(FOLLOWING, event(transaction_date="2027-01-01")).code == "E_SCHEMA"
    assert sides(FOLLOWING, event("HERA.POS.OTHER.V1", transaction_date="2027-01-01")) == [
        "debit cash", "credit services",
    ]  # fmt: skip


def test_an_event_without_a_date_is_refused_where_several_rules_follow_one_another() -> None:
    """Nothing tells which of two rules is meant, and the engine invents no date."""
    error = refused(FOLLOWING, event())

    assert (error.code, error.hint) == ("E_SCHEMA", "send `transaction_date` or `posting_date`")


def test_an_event_without_a_date_takes_the_only_rule() -> None:
    """As a category with one rate takes that rate."""
    only = (
        f"{ACCOUNTS}on HERA.POS.SALE.V1 from 2026-01-01 "
        "{ debit cash total_amount credit revenue total_amount }"
    )

    assert sides(only, event()) == ["debit cash", "credit revenue"]


@pytest.mark.parametrize(
    ("day", "account"), [("2025-06-01", "revenue"), ("2026-06-01", "services")]
)
def test_a_reversal_mirrors_the_rule_of_its_day(day: str, account: str) -> None:
    """One `reverses` follows all rules of the pattern that it names."""
    refund = event("HERA.POS.REFUND.V1", transaction_date=day)

    assert set(sides(FOLLOWING, refund)) == {f"debit {account}", "credit cash"}


def test_a_reversal_is_in_force_only_while_its_rule_is() -> None:
    """In a gap of the rule there is nothing to mirror."""
    refund = event("HERA.POS.REFUND.V1", transaction_date="2026-01-15")

    assert refused(FOLLOWING, refund).code == "E_SCHEMA"


def test_a_missing_field_is_that_of_the_rule_in_force() -> None:
    """What another day's rule reads is not asked of an event."""
    schema = f"""{ACCOUNTS}
on HERA.POS.SALE.V1 to 2025-12-31 {{ debit cash total_amount  credit revenue total_amount }}
on HERA.POS.SALE.V1 from 2026-01-01 {{
  given total_amount = agreed
  debit cash total_amount
  credit revenue total_amount
}}
"""

    assert sides(schema, event(transaction_date="2025-06-01")) == ["debit cash", "credit revenue"]
    assert "business_context.agreed" in str(refused(schema, event(transaction_date="2026-06-01")))


def test_the_origin_of_a_line_names_the_rule_with_its_dates() -> None:
    """Two rules of one pattern can be told apart in the journal."""
    entry = PostingEngine(FOLLOWING).simulate(event(transaction_date="2026-02-01"))

    story = str(PostingEngine(FOLLOWING).explain(event(transaction_date="2026-02-01")))

    assert {origin.rule for line in entry.lines for origin in line.origins} == {
        "HERA.POS.SALE.V1 from 2026-02-01 to 2026-12-31"
    }
    assert "by rule `HERA.POS.SALE.V1 from 2026-02-01 to 2026-12-31`" in story
