"""Why no tax is charged stands on the line of the net: each reason keeps its name."""

from decimal import Decimal

import pytest

from hera_engine import PostingEngine
from hera_engine.journal import JournalEntry, TaxDetail
from tests.unit.events.books import journal, table

SCHEMA = """\
ledgers GL
account clearing   1100 asset
account revenue    4100 revenue
account tax_output 2200 liability
dimensions staff_id
tax profile vat {
  jurisdiction GB
  prices exclusive
  default standard
  rate standard 20% for standard
  rate books     0% for books     source "VATA Schedule 8, group 3"
  rate export    0% for exports   reason export
  rate abroad    0% for union     reason intra_community
  rate outside   0% for outside   reason out_of_scope
  exempt         for insurance    source "VATA Schedule 9, group 2"
  reverse charge 20% for services.imported source "VATA section 8"
}
use tax vat
on HERA.SHOP.** {
  debit clearing sum(gross(items))
  for item in items { credit revenue net(item) by staff_id  credit tax_output tax(item) }
}
"""


def posted(*items: dict[str, object]) -> JournalEntry:
    """Return the journal of a sale to a named customer."""
    event = {
        "organization_id": "org-1",
        "event_smart_code": "HERA.SHOP.SALE.V1",
        "currency": "GBP",
        "total_amount": "1.00",
        "business_context": {"customer_id": "c-1", "items": list(items)},
    }
    return PostingEngine(SCHEMA).simulate(event)


def reasons(entry: JournalEntry) -> list[TaxDetail]:
    """Return what the revenue lines say of tax."""
    return [line.tax for line in entry.lines if line.account.key == "revenue" and line.tax]


@pytest.mark.parametrize(
    ("category", "reason", "law"),
    [
        ("books", "zero", "VATA Schedule 8, group 3"),
        ("exports", "export", None),
        ("union", "intra_community", None),
        ("outside", "out_of_scope", None),
        ("insurance", "exempt", "VATA Schedule 9, group 2"),
        ("services.imported", "reverse_charge", "VATA section 8"),
    ],
)
def test_a_net_without_tax_says_why(category: str, reason: str, law: str | None) -> None:
    """Reason, category, base and law stand on the line; there is no line of tax."""
    entry = posted({"amount": "10.00", "tax_category": category})

    (detail,) = reasons(entry)
    assert (detail.reason, detail.category, detail.base) == (reason, category, Decimal("10.00"))
    assert detail.exemption_reason == law
    assert detail.reverse_charge is (reason == "reverse_charge")
    assert detail.jurisdiction == "GB"
    assert len(entry.lines) == 2


def test_a_taxed_net_says_nothing() -> None:
    """The line of tax does."""
    assert reasons(posted({"amount": "10.00"})) == []


def test_lines_of_one_reason_merge_and_others_do_not() -> None:
    """Two books are one line with the base of both; what is exempt is another."""
    book: dict[str, object] = {"amount": "10.00", "tax_category": "books"}

    entry = posted(book, {"amount": "3.00", "tax_category": "insurance"}, book)

    assert journal(entry) == table("""
        DR clearing 23.00
        CR revenue  20.00
        CR revenue   3.00
    """)
    assert [detail.base for detail in reasons(entry)] == [Decimal("20.00"), Decimal("3.00")]


def test_the_wire_form_has_all_of_it() -> None:
    """A reader of the journal alone can tell the reasons apart."""
    entry = posted({"amount": "10.00", "tax_category": "insurance"})

    data = entry.lines[1].to_dict()["line_data"]

    assert isinstance(data, dict)
    assert data["tax"] == {
        "code": "exempt", "rate": "0", "base": "10.00", "category": "insurance",
        "jurisdiction": "GB", "reason": "exempt", "reverse_charge": False,
        "exemption_reason": "VATA Schedule 9, group 2", "kind": "percent",
    }  # fmt: skip
