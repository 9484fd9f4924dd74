"""Transactions and configurations that the checks write, and how they compare what they read."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, NoReturn

from hera_engine.configuration import AccountingPeriod, Binding, Configuration
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.json_text import dumps
from hera_engine.periods import Period
from hera_engine.repository import Change, Done, Outcome, Query, Repository
from hera_engine.transactions import Audit, Status, Transaction, TransactionHeader, TransactionLine

ONE: Final = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
TWO: Final = "6f9619ff-8b86-4011-b42d-00c04fc96500"
"""The organizations of the checks."""

MOMENT: Final = datetime(2025, 3, 31, 23, 59, 58, 123456, timezone(timedelta(hours=5, minutes=30)))
"""When the samples were made; its day in UTC is the same, its text is not."""

EVERYTHING: Final = Query(include_voided=True, limit=1_000)

SAMPLE_SCHEMA: Final = """\
ledgers GL
account cash  1000 asset
account sales 4000 revenue

on HERA.KIT.SALE.TXN.V1 {
  debit  cash  total_amount
  credit sales total_amount
}
"""
"""Posts the total of a sale."""


def identity(number: int) -> str:
    """Return an id that looks like a UUID; greater numbers have greater ids."""
    return f"00000000-0000-4000-8000-{number:012d}"


def header(number: int, organization: str = ONE, **changes: object) -> TransactionHeader:
    """Return a header; ``changes`` are fields of it."""
    plain = TransactionHeader(
        id=identity(number),
        organization_id=organization,
        transaction_type="SALE",
        kernel_type="SALES_RECEIPT",
        transaction_code=f"SALE-{number}",
        smart_code="HERA.KIT.SALE.TXN.V1",
        status=Status.POSTED,
        transaction_date=date(2025, 3, 31),
        currency="USD",
        base_currency="USD",
        total_amount=Decimal("100.00"),
        audit=Audit(created_at=MOMENT, created_by="a", updated_at=MOMENT, updated_by="a"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # fields by name


def leg(number: int, owner: str, side: str, amount: str) -> TransactionLine:
    """Return a line of a journal."""
    return TransactionLine(
        id=f"{owner}-{number}",
        number=number,
        line_type="gl",
        smart_code="HERA.KIT.SALE.GL.LINE.V1",
        amount=Decimal(amount),
        data=FrozenMap({"side": side, "ledger": "GL", "account_code": str(number * 1000)}),
    )


def transaction(number: int, organization: str = ONE, **changes: object) -> Transaction:
    """Return a transaction of two lines; ``changes`` are fields of its header."""
    own = header(number, organization, **changes)
    lines = (leg(1, own.id, "DR", "100.00"), leg(2, own.id, "CR", "100.00"))
    return Transaction(own, lines)


def empty_draft(number: int, organization: str = ONE, **changes: object) -> Transaction:
    """Return a draft of no amount without lines, which is all that a ledger ever removes."""
    said = {"status": Status.DRAFT, "total_amount": Decimal(0), **changes}
    return Transaction(header(number, organization, **said))


def rich_transaction(number: int, organization: str, data: FrozenMap) -> Transaction:
    """Return a transaction whose every field says something, open records ``data``."""
    own = header(
        number,
        organization,
        transaction_at=MOMENT,
        posting_date=date(2024, 2, 29),
        exchange_rate="0.000000000001",
        total_amount=Decimal("-999999999999999999.999999999999"),
        external_reference="~ reference/'\"\\%_:; 1",
        business_context=data,
        metadata=FrozenMap({"reason": None, "inner": data}),
        fiscal_year=2024,
        fiscal_period=11,
        posting_period_code="2024-11",
        details=FrozenMap({"source_entity_id": "customer", "ai_insights": data}),
        schema=FrozenMap({"name": "kit", "version": "1", "fingerprint": "f" * 64}),
        content_hash="0" * 64,
        reverses=identity(number + 1),
        reversed_by=(identity(number + 3), identity(number + 2)),
        reason="Schl\u00fcssel \u2014 \u0634\u0643\u0631\u064b\u0627 \U0001f9fe",
    )
    line = TransactionLine(
        id=f"{own.id}-line",
        number=7,
        line_type="service",
        amount=Decimal("0.000000000001"),
        description="",
        quantity=Decimal("1.50"),
        unit_amount=Decimal("123456789012345678.123456789012"),
        discount_amount=Decimal("-0.10"),
        tax_amount=Decimal("0.00"),
        entity_id="4000",
        data=data,
        details=FrozenMap({"ai_confidence": "0.75"}),
    )
    return Transaction(own, (line, leg(8, own.id, "DR", "1.00"), leg(9, own.id, "CR", "1.00")))


def configuration(organization: str = ONE, name: str = "kit", **changes: object) -> Configuration:
    """Return a configuration whose every list has a member that bears ``name``."""
    said: dict[str, object] = {
        "organization_id": organization,
        "chart": [
            {"code": "1000", "id": f"{name}-cash", "name": name, "type": "asset"},
            {"code": "4000", "id": f"{name}-sales", "name": name, "type": "revenue"},
        ],
        "schemas": {name: SAMPLE_SCHEMA},
        "tax_profiles": {name: {"id": name, "rates": ["0.050", 5, True, None]}},
        "exchange_rates": {"rates": {name: "1.10"}},
        "types": {name.upper(): "ADJUSTMENT"},
        "base_currency": "USD",
        "reversal_style": "storno",
    }
    plain = Configuration.from_dict(said)
    listed = replace(
        plain,
        bindings=(
            Binding(event="HERA.KIT.**", schema=name, tax_profile=name, priority=-3),
            Binding(event="HERA.KIT.SALE.TXN.V1", schema=name, days=Period(date(2025, 1, 1))),
        ),
        periods=(
            AccountingPeriod(code=f"{name}-2", days=Period(date(2025, 2, 1), date(2025, 2, 28))),
            AccountingPeriod(code=f"{name}-1", days=Period(None, date(2025, 1, 31))),
        ),
    )
    return replace(listed, **changes)  # type: ignore[arg-type] # fields by name


def books_configuration(organization: str = ONE, **changes: object) -> Configuration:
    """Return a configuration that a ledger can post with; ``changes`` are fields of it."""
    plain = configuration(
        organization,
        tax_profiles=FrozenMap(),
        exchange_rates=FrozenMap(),
        bindings=(Binding(event="HERA.KIT.**", schema="kit"),),
        periods=(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # fields by name


def nested(depth: int, inner: Frozen) -> FrozenMap:
    """Return an object inside objects."""
    found = FrozenMap({"inner": inner})
    for _ in range(depth):
        found = FrozenMap({"deeper": found, "beside": (1, "1", True, None, ())})
    return found


# --- comparing ------------------------------------------------------------------------------


def fail(message: str) -> NoReturn:
    """Raise the assertion; also where assertions are switched off."""
    raise AssertionError(message)


def expect(holds: bool, message: str) -> None:  # read as a sentence
    """Fail with a message unless something holds."""
    if not holds:
        fail(message)


def text_of(read: Transaction | TransactionHeader | Configuration) -> str:
    """Return what was read as canonical text, in which 1.5 is not 1.50 and 1 is not true."""
    return dumps(read.to_dict(), sort_keys=True)


def texts_of(read: Iterable[Transaction | TransactionHeader]) -> list[str]:
    """Return the texts of what was read, sorted."""
    return sorted(map(text_of, read))


def expect_alike(
    found: Transaction | TransactionHeader | Configuration,
    wanted: Transaction | TransactionHeader | Configuration,
    message: str,
) -> None:
    """Fail unless two values say the same to the last digit, and show where they part."""
    one, other = text_of(found), text_of(wanted)
    if one == other:
        return
    at = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    begin = max(0, at - 40)
    seen, was = one[begin : at + 40], other[begin : at + 40]
    fail(f"{message}: read …{seen}… where …{was}… was written")


def expect_kept(
    repository: Repository, organization: str, wanted: Iterable[Transaction], message: str
) -> None:
    """Fail unless an organization has exactly these transactions, by `find` and by `fetch`."""
    every = tuple(wanted)
    found = repository.find(organization, EVERYTHING)
    expect(
        texts_of(found) == texts_of(each.header for each in every),
        f"{message}: `find` shows {len(found)} headers, not just the {len(every)} that were stored",
    )
    read = repository.fetch(organization, [each.id for each in every])
    expect(
        texts_of(read) == texts_of(every),
        f"{message}: `fetch` shows {len(read)} transactions that are not those there should be",
    )


def expect_done(outcome: Outcome, message: str) -> None:
    """Fail unless a change was carried out."""
    expect(isinstance(outcome, Done), f"{message}: the answer is {type(outcome).__name__}")


def kept(repository: Repository, *every: Transaction) -> None:
    """Store transactions that nothing stands against."""
    for each in every:
        change = Change(organization_id=each.header.organization_id, create=each)
        expect_done(repository.commit(change), "a new transaction is refused")


def next_header(stored: Transaction, **changes: object) -> TransactionHeader:
    """Return the header of a stored transaction after one more change."""
    touched = stored.header.audit.touched(MOMENT + timedelta(hours=1), "b")
    return replace(stored.header, audit=touched, **changes)  # type: ignore[arg-type] # by name
