"""A journal entry as a table."""

from hera_engine.engine import PostingEngine
from hera_engine.report import entry_table
from tests.unit.events.books import books, engine, sale, with_header


def test_a_table_has_a_row_for_each_line_and_totals() -> None:
    """Debits and credits stand in columns of their own, to the right, with their totals."""
    sent = with_header(
        sale("1050.00", staff_id="ann"), transaction_date="2025-01-15", external_reference="R-1"
    )
    posting = engine("dimensions staff_id\nrequire staff_id on revenue else error")

    text = entry_table(posting.simulate(sent))

    assert text == (
        "HERA.POS.SALE.V1  2025-01-15  1050.00 USD  R-1\n"
        "#  account   name          debit   credit  dimensions\n"
        "-  --------  ----------  -------  -------  ------------\n"
        "1  1100      clearing    1050.00\n"
        "2  4100      revenue              1000.00  staff_id=ann\n"
        "3  2200      tax_output             50.00\n"
        "-  --------  ----------  -------  -------  ------------\n"
        "   total GL              1050.00  1050.00\n"
    )


def test_each_ledger_has_a_table_of_its_own() -> None:
    """Two ledgers are two tables, each with its total; lines keep their numbers."""
    posting = PostingEngine(books("ledgers GL, IFRS"))

    text = entry_table(posting.simulate(sale("105.00")))

    rows = text.splitlines()
    assert [row.split()[:2] for row in rows if "total" in row] == [
        ["total", "GL"],
        ["total", "IFRS"],
    ]
    assert [row[0] for row in rows if row[:1].isdigit()] == list("123456")


def test_names_and_codes_are_those_of_the_chart() -> None:
    """A bookkeeper sees code and name, and the key only where there is no name."""
    posting = PostingEngine(books().replace("1100 asset", '1100 asset "Card clearing"'))

    text = entry_table(posting.simulate(sale("105.00")))

    assert "1  1100      Card clearing" in text
    assert "2  4100      revenue" in text


def test_warnings_stand_below_the_table() -> None:
    """What an accountant should look at is said after the figures."""
    posting = engine()

    text = entry_table(posting.simulate(sale("105.00", sale_amount="105.00", tax_amount="5.02")))

    assert text.endswith("\nwarning: stated tax_amount differs by 0.02 from the computed tax\n")
