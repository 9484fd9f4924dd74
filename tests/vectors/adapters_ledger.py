"""Adapters for what asks for a ledger with storage: reversals, manual journals, guards."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from itertools import count
from types import MappingProxyType
from typing import Final

from hera_engine import Account, Caller, Configuration, Correction, HeraError, InMemoryRepository
from hera_engine.configuration import AccountingPeriod, ReversalStyle
from hera_engine.ledger import Ledger
from hera_engine.repository import Change, Outcome
from hera_engine.transactions import Transaction
from tests.vectors.cases import Case, Json
from tests.vectors.hera_setup import ORGANIZATION

_CALLER: Final = Caller("accountant", ORGANIZATION)
_TODAY: Final = date(2025, 1, 15)
_HEADER: Final[Mapping[str, object]] = MappingProxyType(
    {
        "transaction_type": "JOURNAL",
        "smart_code": "HERA.FIN.GL.TXN.JOURNAL.V1",
        "transaction_status": "posted",
        "transaction_currency_code": "USD",
    }
)


class _Failing(InMemoryRepository):
    """Books that cannot be reached."""

    __slots__ = ()

    def commit(self, change: Change) -> Outcome:
        """Fail."""
        raise ConnectionError(change.organization_id)


def _ledger(
    books: Configuration | None = None,
    *,
    first_id: str | None = None,
    repository: InMemoryRepository | None = None,
) -> Ledger:
    """Return a ledger over new books; its first id is the one given."""
    numbers = count(1)
    given = [] if first_id is None else [first_id]
    ledger = Ledger(
        repository or InMemoryRepository(),
        clock=lambda: datetime.combine(_TODAY, time(12), UTC),
        ids=lambda: given.pop() if given else f"id-{next(numbers)}",
    )
    ledger.configure(_CALLER, books or Configuration(organization_id=ORGANIZATION))
    return ledger


# --- journals -----------------------------------------------------------------------------------


def reversal(case: Case) -> object:
    """Answer with a journal as it is stored, its reversal, and the reversal of that."""
    style = ReversalStyle.STORNO if case.inputs["storno"] else ReversalStyle.MIRROR
    ledger = _ledger(Configuration(organization_id=ORGANIZATION, reversal_style=style))
    lines = [
        {"gl_account_code": each["account"], "debit": each["debit"], "credit": each["credit"]}
        for each in case.inputs["entry"]
    ]
    entry = ledger.create(_CALLER, _HEADER, lines).transaction
    back = ledger.reverse(_CALLER, Correction(transaction_id=entry.id)).transaction
    again = ledger.reverse(_CALLER, Correction(transaction_id=back.id)).transaction
    return {
        "normalised": _columns(entry),
        "reversal": _columns(back),
        "reversal_of_reversal": _columns(again),
    }


def _columns(journal: Transaction) -> list[Mapping[str, object]]:
    return [
        {"account": line.account, "debit": line.debit_amount, "credit": line.credit_amount}
        for line in journal.lines
    ]


def line_validity(case: Case) -> object:
    """Answer whether a journal with such a line, and one against it, can be stored."""
    other = {"debit": "credit", "credit": "debit"}[case.inputs["line_type"]]
    lines = [dict(case.inputs), {**case.inputs, "line_type": other}]
    return {"valid": _is_taken(lambda: _ledger().create(_CALLER, _HEADER, lines))}


def _is_taken(call: Callable[[], object]) -> bool:
    try:
        call()
    except HeraError:
        return False
    return True


def simple_journal(case: Case) -> object:
    """Answer with the flat journal of one amount between two accounts."""
    said = case.inputs
    payload = {
        "organization_id": said["organization_id"],
        "transaction_type": "GL_JOURNAL",
        "smart_code": said["smart_code"],
        "lines": [
            {"gl_account_code": said["debit"], "debit": said["amount"]},
            {"gl_account_code": said["credit"], "credit": said["amount"]},
        ],
    }
    ledger = _ledger()
    organization_id = said["organization_id"]
    answer = ledger.execute("CREATE", "accountant", organization_id, payload)
    caller = Caller("accountant", organization_id)
    stored = ledger.read(caller, str(answer["transaction_id"]))
    return {
        "header": {
            "transaction_type": stored.header.transaction_type,
            "total_amount": stored.header.total_amount,
            "currency": stored.header.currency,
        },
        "sides": [line.side.word for line in stored.lines if line.side is not None],
    }


# --- guards -------------------------------------------------------------------------------------


def idempotency(case: Case) -> object:
    """Answer with what becomes of a reference that is taken, is not sent, or cannot be stored."""
    existing, reference = case.inputs["existing"], case.inputs["external_reference"]
    repository = _Failing() if existing == "raises" else None
    ledger = _ledger(first_id=existing, repository=repository)
    if repository is None:
        first = {**_HEADER, "external_reference": reference or "ANOTHER", "metadata": {"first": 1}}
        ledger.create(_CALLER, first)
    try:
        ledger.create(_CALLER, {**_HEADER, "external_reference": reference})
    except HeraError as error:
        return {
            "error": error.code,
            "transaction_id": error.details.get("existing_transaction_id"),
        }
    return {"ok": True}


def account_guard(case: Case) -> object:
    """Answer whether a line may stand on an account; what is no account takes no entries."""
    said = case.inputs["account"]
    account = Account(
        id="entity", code="1000", name="entity", active=said["status"] == "active",
        postable=said["entity_type"] == "account",
    )  # fmt: skip
    ledger = _ledger(Configuration(organization_id=ORGANIZATION, chart=(account,)))
    lines = [{"gl_account_code": "1000", side: "1.00"} for side in ("debit", "credit")]
    ledger.create(_CALLER, _HEADER, lines)
    return {"ok": True}


def period_guard(case: Case) -> object:
    """Answer whether an entry of today, or of its posting date, may stand in a period."""
    said: Json = case.inputs["period"]
    periods = () if said is None else (AccountingPeriod.from_dict(said),)
    ledger = _ledger(Configuration(organization_id=ORGANIZATION, periods=periods))
    ledger.create(_CALLER, {**_HEADER, "posting_date": case.inputs["posting_date"]})
    return {"ok": True}


LEDGER_ADAPTERS: Final[Mapping[str, Callable[[Case], object]]] = MappingProxyType(
    {
        "reversal": reversal,
        "line_validity": line_validity,
        "simple_journal": simple_journal,
        "idempotency": idempotency,
        "account_guard": account_guard,
        "period_guard": period_guard,
    }
)
