"""Rows of a map: the most specific one that is in force on the accounting date is taken."""

import pytest

from hera_engine import compare_schemas, format_schema, load_schema
from hera_engine.engine import PostingEngine
from hera_engine.errors import EventError, HeraError

BOOKS = """\
ledgers GL
account cash     1000 asset
account revenue  4100 revenue
account services 4200 revenue
account web      4300 revenue

map revenue_of(kind, channel) {
  "service", * -> revenue to 2025-12-31,
  "service", * -> services from 2026-01-01,
  "service", "web" -> web from 2026-02-01 to 2026-02-28,
  else refuse
}

on HERA.POS.SALE.V1 { debit cash total_amount  credit revenue_of(kind, channel) total_amount }
"""


def sale(day: str | None, **context: object) -> dict[str, object]:
    """Return a sale of 10.00 on a day."""
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": "10.00",
        "currency": "USD",
        "transaction_date": day,
        "business_context": context,
    }


@pytest.mark.parametrize(
    ("day", "channel", "account"),
    [
        ("2025-12-31", "shop", "revenue"),
        ("2026-01-01", "shop", "services"),
        ("2026-01-31", "web", "services"),
        ("2026-02-01", "web", "web"),
        ("2026-02-28", "web", "web"),
        ("2026-03-01", "web", "services"),
    ],
)
def test_the_most_specific_row_in_force_is_taken(day: str, channel: str, account: str) -> None:
    """Outside its days a row is as if it were not written."""
    entry = PostingEngine(BOOKS).simulate(sale(day, kind="service", channel=channel))

    assert [line.account.key for line in entry.lines] == ["cash", account]


def test_without_a_date_rows_that_follow_one_another_do_not_choose() -> None:
    """The event is asked for its date."""
    with pytest.raises(HeraError) as caught:
        PostingEngine(BOOKS).simulate(sale(None, kind="service", channel="shop"))

    assert caught.value.code == "E_GUARDRAIL"
    assert "transaction_date: is missing, and the rows of `revenue_of` are dated" in str(
        caught.value
    )


def test_without_a_date_a_row_of_its_own_is_taken() -> None:
    """As the only rate of a category is."""
    entry = PostingEngine(BOOKS).simulate(sale(None, kind="service", channel="web"))

    assert entry.lines[-1].account.key == "web"


def test_dates_of_rows_stand_in_both_forms() -> None:
    """`from` and `to` behind the target; `effective_from` and `effective_to` in JSON."""
    schema = load_schema(BOOKS)

    text, data = format_schema(schema), schema.to_json_dict()

    assert '  "service", * -> services from 2026-01-01,\n' in text
    assert load_schema(text) == schema
    assert load_schema(data) == schema
    assert data["maps"] == {
        "revenue_of": {
            "inputs": ["kind", "channel"],
            "rows": [
                {"when": ["service", "*"], "then": "revenue", "effective_to": "2025-12-31"},
                {"when": ["service", "*"], "then": "services", "effective_from": "2026-01-01"},
                {
                    "when": ["service", "web"],
                    "then": "web",
                    "effective_from": "2026-02-01",
                    "effective_to": "2026-02-28",
                },
            ],
            "else": None,
        }
    }


def test_an_else_may_be_dated() -> None:
    """In the JSON form it then stands among the rows."""
    schema = load_schema(BOOKS.replace("else refuse", "else -> revenue from 2026-01-01"))

    assert "else -> revenue from 2026-01-01" in format_schema(schema)
    assert load_schema(schema.to_json_dict()) == schema


def test_a_comparison_says_on_which_day_a_row_is_lost() -> None:
    """The first one, of the days around both ends of each row."""
    found = compare_schemas(BOOKS, BOOKS.replace("from 2026-01-01", "from 2026-01-05"))

    assert [fault.message for fault in found] == [
        'map `revenue_of` took "service", others on 2026-01-01 and refuses it now',
    ]


def test_an_explanation_says_which_row_was_taken_and_when_it_holds() -> None:
    """The dates stand behind the row."""
    event = sale("2026-03-01", kind="service", channel="web")

    story = str(PostingEngine(BOOKS).explain(event))

    assert "map revenue_of(service, web) -> services from 2026-01-01" in story


REFUSING = """ledgers GL
account cash 1000 asset
account revenue 4100 revenue
payments immediate
map m(a, b) {
  "x", "y" -> revenue from 2024-01-01 to 2024-12-31,
  "x", "y" -> revenue from 2026-01-01,
  "x", "y" -> refuse from 2025-01-01 to 2025-12-31,
  "v", "w" -> refuse,
  "v", *   -> revenue from 2026-01-01,
  else refuse
}
on HERA.POS.SALE.V1 { debit cash total_amount credit m(a, b) total_amount }
"""


@pytest.mark.parametrize(
    ("inputs", "message", "hint"),
    [
        ("xy", "`x, y` is not accepted by the map `m` on 2025-06-01",
         "`m` knows it from 2024-01-01 to 2024-12-31, from 2026-01-01"),
        ("vy", "`v, y` is not accepted by the map `m` on 2025-06-01",
         "`m` knows it from 2026-01-01"),
        ("vw", "`v, w` is not accepted by the map `m`", None),
        ("xw", "`x, w` is not accepted by the map `m`", None),
        ("xz", "`x, z` is not accepted by the map `m`", "`m` knows y"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_days_on_which_a_row_would_serve(
    inputs: str, message: str, hint: str | None
) -> None:
    """What was sent is not misspelt if rows of other days know it."""
    with pytest.raises(EventError) as caught:
        PostingEngine(REFUSING).simulate(sale("2025-06-01", a=inputs[0], b=inputs[1]))

    assert [(each.message, each.hint) for each in caught.value.problems] == [(message, hint)]
