"""What entries of compiled rules share is immutable, equal to what it stands for, and bounded."""

from typing import Any, Final

import pytest

from hera_engine import JournalEntry, limits
from hera_engine.rules.fused.reading import Declined
from hera_engine.rules.fused.shared import Shared
from tests.executors.twins import Twins

SCHEMA: Final = """\
schema "shared" version 1
ledgers GL, IFRS
account till 1000 asset
account clearing 1100 asset
account tax_output 2200 liability
account tips_payable 2300 liability
account owed 2400 liability
account revenue 4100 revenue
tax profile vat {
  jurisdiction AE
  prices inclusive
  rounding line
  rate standard 5% from 2018-01-01
}
dimensions org_unit, staff_id
require org_unit on 4* else error
carry staff_id on 4*
carry staff_id on 2300
payments immediate
event HERA.POS.SALE.V1 {
  org_unit: text
  staff_id: optional text
  sale_amount: money
  tip_amount: money
}
on HERA.POS.SALE.V1 {
  given total_amount = sum(gross(items)) + tip_amount
  debit till total_amount
  for item in items {
    credit revenue net(item)
    credit tax_output tax(item)
  }
  credit tips_payable tip_amount
  in IFRS {
    debit clearing total_amount
    credit owed total_amount
  }
}
"""


def event(**changes: object) -> dict[str, object]:
    """Return a sale of 105.00 with a tip of 2.00, with changes of its business context."""
    context: dict[str, object] = {
        "sale_amount": "105.00", "tip_amount": "2.00", "org_unit": "BR-1", "staff_id": "EMP-1",
    }  # fmt: skip
    return {
        "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": "107.00", "currency": "USD", "transaction_date": "2025-03-01",
        "business_context": {**context, **changes},
    }  # fmt: skip


@pytest.fixture(name="twins", scope="module")
def _twins() -> Twins:
    return Twins.of(SCHEMA)


def posted(twins: Twins, sent: dict[str, object]) -> JournalEntry:
    """Return an entry that the compiled rule posted itself, as the interpreter would."""
    assert twins.posts_itself(sent)
    found = twins.assert_alike(sent)
    assert isinstance(found, JournalEntry)
    return found


def lines_of(entry: JournalEntry, ledger: str) -> dict[str, Any]:
    """Return the lines of a ledger by account."""
    return {line.account.key: line for line in entry.lines if line.ledger == ledger}


def test_a_figure_is_one_decimal(twins: Twins) -> None:
    """Total, tax base and the same amounts in another ledger are not made twice."""
    entry = posted(twins, event())
    general, other = lines_of(entry, "GL"), lines_of(entry, "IFRS")

    assert general["till"].amount is entry.header.total_amount
    assert general["tax_output"].tax.base is general["revenue"].amount
    for account in ("revenue", "tax_output", "tips_payable"):
        assert other[account].amount is general[account].amount
    assert other["tax_output"].tax is general["tax_output"].tax


@pytest.mark.parametrize(
    ("sale", "tip"), [("107.00", "0"), ("0", "107.00"), ("0.01", "106.99"), ("106.99", "0.01")]
)
def test_lines_that_are_left_out_lend_no_figure(twins: Twins, sale: str, tip: str) -> None:
    """A net, tax or tip of nothing has no line, and no other line shows its amount."""
    entry = posted(twins, event(sale_amount=sale, tip_amount=tip))

    assert all(line.amount > 0 for line in entry.lines)


def test_lines_with_equal_dimensions_share_them(twins: Twins) -> None:
    """Between entries too; what differs, or is not said, is a map of its own."""
    one, two = (lines_of(posted(twins, event()), "GL") for _ in range(2))
    other = lines_of(posted(twins, event(org_unit="BR-2")), "GL")
    unsaid = lines_of(posted(twins, event(staff_id=None)), "GL")

    assert two["revenue"].dimensions is one["revenue"].dimensions
    assert two["tips_payable"].dimensions is one["tips_payable"].dimensions
    assert dict(one["revenue"].dimensions) == {"org_unit": "BR-1", "staff_id": "EMP-1"}
    assert dict(other["revenue"].dimensions) == {"org_unit": "BR-2", "staff_id": "EMP-1"}
    assert dict(unsaid["revenue"].dimensions) == {"org_unit": "BR-1"}
    assert dict(unsaid["tips_payable"].dimensions) == {}


def test_days_are_shared_and_wrong_ones_are_not_kept(twins: Twins) -> None:
    """Events of one day have one date; a text that is no day is refused each time."""
    dates = {id(posted(twins, event()).header.transaction_date) for _ in range(3)}
    assert len(dates) == 1

    for wrong in ("2025-02-30", "2025-3-1", "", "\ud800" * 10, ["2025-03-01"], 20250301):
        for _ in range(2):
            assert not isinstance(
                twins.assert_alike({**event(), "transaction_date": wrong}), JournalEntry
            )


def test_what_is_shared_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full memo of days is begun anew; one of dimensions rests first, of all names together."""
    monkeypatch.setattr(limits, "MEMO_ENTRIES", 4)
    monkeypatch.setattr("hera_engine.rules.fused.shared._PASSED", 3)
    shared = Shared()
    for number in range(1, 29):
        assert shared.days[f"2025-02-{number:02d}"].day == number
        assert len(shared.days) <= 4
    with pytest.raises(Declined):
        shared.days["2025-02-30"]
    assert "2025-02-30" not in shared.days

    sizes = []
    one, both = shared.carried(("a",)), shared.carried(("a", "b"))
    assert shared.carried(("a",)) is one
    for number in range(16):
        assert dict(one[f"v{number}",]) == {"a": f"v{number}"}
        assert dict(both[None, f"v{number}"]) == {"b": f"v{number}"}
        sizes.append(len(one) + len(both))
    # Four are kept, three pass, and the next ones find it empty.
    assert max(sizes) == 4
    assert min(sizes[2:]) < 4
