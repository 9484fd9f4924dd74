"""One run tells all that is wrong with a document, each fault under its own words."""

from hera_engine import Diagnostic, check_schema

BROKEN = """\
schema "Bad till" version 1 effective 2025-02-30
ledgers GL, GAAP
account cash 1000 aset "Cash"
account revenue 4100 revenue
account revenue 4200 revenue
dimensions org_unit
require org_unti on 4* else error
split HERA.POS.** by staff_id proportional
map tender_of(method) { "cash" -> cahs, else refuse }
on HERA.POS.SALE.V1 {
  debt cash total_amount
  debit tendr_of(payment_method) total_amount
  credit revenue total_amount * 5%
  credit revenue sun(items.amount)
  credit revenue total_amount when
}
on HERA.POS.REFUND.V1 reverses HERA.POS.SALES.V1
payments sometimes
"""


def test_every_fault_of_a_broken_document_is_told_at_its_place() -> None:
    """Fourteen faults of many kinds, syntax errors among them, in one run and in order."""
    found = check_schema(BROKEN)

    assert [(fault.code, _underlined(fault)) for fault in found] == [
        ("HE107", "2025-02-30"),
        ("HE206", "GAAP"),
        ("HE101", "aset"),
        ("HE201", "revenue"),
        ("HE207", "org_unti"),
        ("HE207", "staff_id"),
        ("HE202", "cahs"),
        ("HE101", "debt"),
        ("HE203", "tendr_of"),
        ("HE215", "total_amount * 5%"),
        ("HE204", "sun"),
        ("HE101", "when"),
        ("HE221", "HERA.POS.SALES.V1"),
        ("HE101", "sometimes"),
    ]


def test_a_map_that_could_not_be_read_is_not_unknown_as_well() -> None:
    """A comma too many is one fault, not one more for each call of the map."""
    text = """\
ledgers GL
account cash 1000 asset
account revenue 4100 revenue
map tender_of(method) { "cash" -> cash,, }
on HERA.POS.SALE.V1 {
  debit tender_of(payment_method) total_amount
  credit revnue total_amount
}
"""

    found = check_schema(text)

    assert [(fault.code, _underlined(fault)) for fault in found] == [
        ("HE101", ","),
        ("HE202", "revnue"),
    ]


def _underlined(fault: Diagnostic) -> str:
    """Return the words that the caret stands under, read off what a user sees."""
    _, source, marks, *_ = str(fault).splitlines()
    start = marks.index("^")
    return source[start : start + marks.count("^")]
