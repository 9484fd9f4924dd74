"""The books of the event tests: small schemas, small events, and journals as tables."""

from collections.abc import Iterable, Mapping

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError
from hera_engine.journal import JournalEntry, JournalLine
from hera_engine.money import format_amount

ACCOUNTS = """\
account cash         1000 asset
account clearing     1100 asset
account tax_output   2200 liability
account revenue      4100 revenue
"""

TIPS = "account tips_payable 2300 liability\n"
DISCOUNT = "account discount 4900 revenue\n"
RECEIVABLE = "account receivable 1300 asset\n"
SETTLING = "account bank 1200 asset\naccount fees 5500 expense\n"

VAT = """\
tax profile vat {
  jurisdiction AE
  default standard
  rate standard 5% for standard
  rate reduced  10% for reduced
  rate zero     0% for export
  exempt        for financial
}
"""

SALE = "HERA.POS.SALE.V1"
REFUND = "HERA.POS.REFUND.V1"
SETTLEMENT = "HERA.PAYMENT.SETTLEMENT.V1"


def books(*parts: str, prices: str = "inclusive", rounding: str = "line") -> str:
    """Return a schema in text form: ledger GL, the accounts of a sale, 5% VAT, and ``parts``."""
    use = f"use tax vat prices {prices} rounding {rounding}\n"
    ledgers = "" if any(part.startswith("ledgers") for part in parts) else "ledgers GL\n"
    return "\n".join(('schema "Books" version 1', ledgers, ACCOUNTS, VAT, use, *parts, ""))


def engine(*parts: str, prices: str = "inclusive", rounding: str = "line") -> PostingEngine:
    """Return an engine of `books`."""
    return PostingEngine(books(*parts, prices=prices, rounding=rounding))


def seed(**changes: object) -> dict[str, object]:
    """Return a schema in the JSON form of the origin; ``changes`` replace whole sections."""
    schema: dict[str, object] = {
        "ledgers": ["GL"],
        "accounts": {
            "revenue": {"id": "acc-revenue", "code": "4100"},
            "tax_output": {"id": "acc-tax", "code": "2200"},
            "tips_payable": {"id": "acc-tips", "code": "2300"},
            "clearing": {"id": "acc-clearing", "code": "1100"},
            "fees": {"id": "acc-fees", "code": "5500"},
        },
        "tax": {"profile_ref": "ae-vat", "inclusive_prices": True, "rounding": "line"},
        "splits": {
            "dimensions": ["org_unit", "staff_id"],
            "rules": [
                {
                    "event_pattern": "HERA\\.POS\\..*",
                    "split_by": "staff_id",
                    "allocation_method": "proportional",
                }
            ],
        },
        "dimension_requirements": [
            {
                "account_pattern": "^4.*",
                "required_dimensions": ["org_unit", "staff_id"],
                "enforcement": "error",
            }
        ],
        "payments": {"capture_type": "immediate", "open_item": False},
    }
    return {**schema, **changes}


def seed_profile() -> dict[str, object]:
    """Return the short tax profile of the origin."""
    return {
        "id": "ae-vat",
        "jurisdiction": "AE",
        "tax_system": "VAT",
        "inclusive_prices": True,
        "rounding_method": "line",
        "rates": {"standard": "5.0", "zero": "0", "exempt": None},
    }


def seed_engine(**changes: object) -> PostingEngine:
    """Return an engine of `seed` with its tax profile."""
    return PostingEngine(seed(**changes), tax_profiles=[seed_profile()])


def event(code: str, total: object, /, **context: object) -> dict[str, object]:
    """Return an event in USD; ``context`` is its business context."""
    return {
        "organization_id": "org-1",
        "event_smart_code": code,
        "total_amount": total,
        "currency": "USD",
        "business_context": context,
    }


def sale(total: object, /, **context: object) -> dict[str, object]:
    """Return a sale in USD."""
    return event(SALE, total, **context)


def with_header(sent: Mapping[str, object], /, **header: object) -> dict[str, object]:
    """Return an event with other header fields."""
    return {**sent, **header}


def journal(entry: JournalEntry) -> str:
    """Return the lines of an entry as rows of side, account, amount and dimensions.

    With more than one ledger each row begins with the ledger's name.
    """
    several = len({line.ledger for line in entry.lines}) > 1
    return "\n".join(_row(line, several=several) for line in entry.lines)


def _row(line: JournalLine, *, several: bool) -> str:
    values = (f"{name}={value}" for name, value in sorted(line.dimensions.items()))
    ledger = (line.ledger,) if several else ()
    cells = (*ledger, line.side.value, line.account.key, format_amount(line.amount), *values)
    return " ".join(map(str, cells))


def bases(entry: JournalEntry) -> str:
    """Return the lines of an entry as rows of side, account, amount and amount in base."""
    return "\n".join(
        f"{line.side.value} {line.account.key} {format_amount(line.amount)} "
        f"{format_amount(line.base_amount)}"
        for line in entry.lines
    )


def table(text: str) -> str:
    """Return a table as `journal` prints it: blanks that align its columns do not count."""
    rows = (" ".join(row.split()) for row in text.splitlines())
    return "\n".join(row for row in rows if row)


def refused(posting: PostingEngine, sent: Mapping[str, object], code: str) -> HeraError:
    """Return the error that refuses an event; fails unless it has this code."""
    with pytest.raises(HeraError) as caught:
        posting.simulate(sent)
    assert caught.value.code == code, str(caught.value)
    return caught.value


def paths(error: HeraError) -> tuple[str, ...]:
    """Return the paths of the problems that an error lists."""
    found = error.details["problems"]
    assert isinstance(found, list)
    return tuple(problem["path"] for problem in found)


def warnings(entry: JournalEntry) -> tuple[str, ...]:
    """Return the codes of an entry's warnings."""
    return tuple(notice.code for notice in entry.warnings)


def accounts(entry: JournalEntry) -> Iterable[str]:
    """Return the account keys of an entry's lines in order."""
    return tuple(line.account.key for line in entry.lines)
