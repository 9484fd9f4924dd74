"""Which date decides what, and what happens without one."""

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.settings import FiscalCalendar, Settings
from tests.unit.events.books import books, engine, journal, paths, refused, sale, table, with_header

CHANGING = """\
ledgers GL
account clearing   1100 asset
account tax_output 2200 liability
account revenue    4100 revenue
tax profile vat {
  prices exclusive
  default standard
  rate old  5% for standard from 2018-01-01 to 2024-12-31
  rate new 10% for standard from 2025-01-01
  rate one  0% for export
}
"""


def taxed(total: str, **dates: str) -> dict[str, object]:
    """Return a sale of 100.00 before tax with dates; tax_point_date goes to the context."""
    context = {key: value for key, value in dates.items() if key == "tax_point_date"}
    header = {key: value for key, value in dates.items() if key != "tax_point_date"}
    return with_header(sale(total, sale_amount="100.00", **context), **header)


@pytest.mark.parametrize(
    ("dates", "total", "tax"),
    [
        ({"tax_point_date": "2024-12-31", "transaction_date": "2025-01-05"}, "105.00", "5.00"),
        ({"tax_point_date": "2025-01-01", "transaction_date": "2024-12-20"}, "110.00", "10.00"),
        ({"transaction_date": "2024-12-31"}, "105.00", "5.00"),
        ({"transaction_date": "2025-01-01"}, "110.00", "10.00"),
        ({"transaction_date": "2024-12-31", "posting_date": "2025-01-05"}, "105.00", "5.00"),
    ],
)
def test_tax_point_date_else_transaction_date_chooses_the_rate(
    dates: dict[str, str], total: str, tax: str
) -> None:
    """5% to the end of 2024, 10% after; the posting date has no say."""
    posting = PostingEngine(CHANGING)

    entry = posting.simulate(taxed(total, **dates))

    assert journal(entry).splitlines()[2] == f"CR tax_output {tax}"


def test_a_posting_date_alone_does_not_choose_a_rate() -> None:
    """Without tax point and transaction date the rate is open, whatever the posting date."""
    posting = PostingEngine(CHANGING)

    refused(posting, taxed("105.00", posting_date="2024-06-01"), "E_RATE_RESOLUTION")


def test_several_rates_without_a_date_are_refused_naming_transaction_date() -> None:
    """A category with several rates needs a date: E_RATE_RESOLUTION names the field."""
    posting = PostingEngine(CHANGING)

    error = refused(posting, taxed("105.00"), "E_RATE_RESOLUTION")

    assert "transaction_date" in f"{error.message} {error.hint} {error.details}"


def test_a_category_with_one_rate_needs_no_date() -> None:
    """A category with exactly one rate uses it."""
    posting = PostingEngine(CHANGING)

    entry = posting.simulate(sale("100.00", tax_category="export"))

    assert journal(entry) == "DR clearing 100.00\nCR revenue 100.00"


def test_a_date_before_any_rate_is_refused() -> None:
    """A date that no rate covers is E_RATE_RESOLUTION."""
    posting = PostingEngine(CHANGING)

    refused(posting, taxed("105.00", transaction_date="2017-12-31"), "E_RATE_RESOLUTION")


def test_the_engine_invents_no_date() -> None:
    """Without a date, the date fields of the header are null."""
    posting = engine()

    header = posting.simulate(sale("105.00")).header.to_dict()

    assert (header["transaction_date"], header["posting_date"]) == (None, None)
    assert (header["fiscal_year"], header["fiscal_period"]) == (None, None)
    assert header["posting_period_code"] is None


def test_the_posting_date_is_the_transaction_date_unless_given() -> None:
    """posting_date, else transaction_date, is the date of the entry."""
    posting = engine()

    one = posting.simulate(with_header(sale("105.00"), transaction_date="2025-01-15")).header
    two = posting.simulate(
        with_header(sale("105.00"), transaction_date="2025-01-15", posting_date="2025-02-01")
    ).header

    assert (str(one.transaction_date), str(one.posting_date)) == ("2025-01-15", "2025-01-15")
    assert (str(two.transaction_date), str(two.posting_date)) == ("2025-01-15", "2025-02-01")


@pytest.mark.parametrize(
    ("header", "in_force"),
    [
        ({"transaction_date": "2024-12-31"}, False),
        ({"transaction_date": "2025-01-01"}, True),
        ({"transaction_date": "2025-06-30"}, True),
        ({"transaction_date": "2025-07-01"}, False),
        ({"transaction_date": "2024-12-31", "posting_date": "2025-01-01"}, True),
        ({"transaction_date": "2025-01-01", "posting_date": "2024-12-31"}, False),
        ({}, True),
    ],
)
def test_the_accounting_date_decides_whether_a_schema_is_in_force(
    header: dict[str, str], in_force: bool
) -> None:
    """posting_date, else transaction_date, must lie in the schema's dates, ends included."""
    text = books().replace("version 1", "version 1 effective 2025-01-01 until 2025-06-30")
    posting = PostingEngine(text)
    sent = with_header(sale("105.00"), **header)

    if in_force:
        assert posting.simulate(sent).lines
    else:
        refused(posting, sent, "E_SCHEMA")


def test_fiscal_fields_are_null_without_a_calendar() -> None:
    """A date alone does not tell the fiscal period."""
    posting = engine()

    header = posting.simulate(with_header(sale("105.00"), transaction_date="2025-01-15")).header

    assert (header.fiscal_year, header.fiscal_period, header.posting_period_code) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("first_month", "day", "expected"),
    [
        (1, "2025-03-31", (2025, 3, "2025-03")),
        (4, "2025-03-31", (2025, 12, "2025-12")),
        (4, "2025-04-01", (2026, 1, "2026-01")),
        (7, "2024-12-31", (2025, 6, "2025-06")),
    ],
)
def test_a_calendar_fills_the_fiscal_fields(
    first_month: int, day: str, expected: tuple[int, int, str]
) -> None:
    """The posting date's period; a fiscal year is named after the year it ends in."""
    posting = PostingEngine(books(), settings=Settings(fiscal_calendar=FiscalCalendar(first_month)))
    sent = with_header(sale("105.00"), transaction_date="2020-01-01", posting_date=day)

    header = posting.simulate(sent).header

    assert (header.fiscal_year, header.fiscal_period, header.posting_period_code) == expected


@pytest.mark.parametrize(
    "day", ["2025-02-29", "15.01.2025", "2025-1-5", "2025-01-15T00:00:00", 20250115, "", True]
)
@pytest.mark.parametrize("field", ["transaction_date", "posting_date"])
def test_a_date_that_is_none_is_refused(field: str, day: object) -> None:
    """A date is written YYYY-MM-DD and must be in the calendar; the path is in the error."""
    posting = engine()

    error = refused(posting, with_header(sale("105.00"), **{field: day}), "E_GUARDRAIL")

    assert paths(error) == (field,)


def test_a_tax_point_date_that_is_none_is_refused_with_its_path() -> None:
    """A date in the context has its path there."""
    posting = engine()

    error = refused(posting, sale("105.00", tax_point_date="2025-13-01"), "E_GUARDRAIL")

    assert paths(error) == ("business_context.tax_point_date",)


def test_a_leap_day_is_a_date() -> None:
    """2024-02-29 is in the calendar."""
    posting = engine()

    entry = posting.simulate(with_header(sale("105.00"), transaction_date="2024-02-29"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)
