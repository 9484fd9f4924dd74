"""Pages of transactions: what is asked is looked at before any store is asked, alike for all."""

from dataclasses import replace
from datetime import date
from typing import Final

from hera_engine import limits
from hera_engine.errors import HeraError
from hera_engine.frozen import why_not_clean
from hera_engine.ledger.asking import Steps, listed
from hera_engine.ledger.desk import Caller
from hera_engine.repository import Query
from hera_engine.smart_codes import canonical_code
from hera_engine.transactions import Status, TransactionHeader

MANY: Final = 10**9
"""The largest offset; a count beyond this is not spelled out."""
_WORDS: Final = ("transaction_type", "smart_code", "external_reference")


def page(caller: Caller, query: Query) -> Steps[tuple[TransactionHeader, ...]]:
    """Return a page of the caller's transactions.

    Raises:
        HeraError: E_GUARDRAIL for a page beyond the limits, or a value of another kind.
    """
    _refuse_odd(query)
    if not 0 < query.limit <= limits.TRANSACTION_PAGE or not 0 <= query.offset <= MANY:
        allowed = limits.TRANSACTION_PAGE
        raise HeraError(
            "E_GUARDRAIL",
            f"limit is not from 1 to {allowed}, or offset not from 0 to {MANY}",
            details={
                "limit": "TRANSACTION_PAGE",
                "allowed": str(allowed),
                "seen": str(query.limit) if abs(query.limit) <= MANY else f"more than {MANY}",
            },
        )
    if query.smart_code is not None:
        query = replace(query, smart_code=canonical_code(query.smart_code))
    return (yield from listed(caller.organization_id, query))


def refuse_no_day(value: object, name: str) -> None:
    """Refuse what is neither a day nor None; a moment is no day.

    Raises:
        HeraError: E_GUARDRAIL.
    """
    if value is not None and type(value) is not date:
        raise _odd(name, "no day", "pass a datetime.date")


def _refuse_odd(query: object) -> None:
    """Refuse what is no query, and values that its type does not allow."""
    if not isinstance(query, Query):
        raise _odd("the query", "no Query", "pass a Query(…)")
    for name in _WORDS:
        word = getattr(query, name)
        if word is not None and (not isinstance(word, str) or why_not_clean(word) is not None):
            raise _odd(name, "no clean text", "pass a str")
    if query.status is not None and not isinstance(query.status, Status):
        raise _odd("status", "no Status", "pass a Status, such as Status.POSTED")
    refuse_no_day(query.first_day, "first_day")
    refuse_no_day(query.last_day, "last_day")
    if type(query.include_voided) is not bool:
        raise _odd("include_voided", "neither True nor False")
    for name in ("limit", "offset"):
        if type(getattr(query, name)) is not int:
            raise _odd(name, "no whole number", "pass an int")
    behind: object = query.after
    if behind is not None and not _is_place(behind):
        hint = "pass the transaction_date and the id of the last transaction of a page"
        raise _odd("after", "no pair of a day and an id", hint)


def _is_place(behind: object) -> bool:
    if not isinstance(behind, tuple) or len(behind) != 2:
        return False
    day, identity = behind
    return type(day) is date and isinstance(identity, str) and why_not_clean(identity) is None


def _odd(name: str, what: str, hint: str | None = None) -> HeraError:
    return HeraError("E_GUARDRAIL", f"{name} is {what}", hint=hint)
