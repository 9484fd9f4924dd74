"""The orchestrator's door: an action by name, a payload, a response of one shape.

No `HeraError` leaves it: a failure is a response too, and its text begins with the orchestrator's
own word for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from hera_engine.errors import EventError, HeraError, Problem, ProblemList, did_you_mean
from hera_engine.frozen import why_not_clean
from hera_engine.json_text import dumps
from hera_engine.ledger.asking import Steps
from hera_engine.ledger.corrections import Correction, corrected
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.document_fields import FieldReader
from hera_engine.ledger.documents import HEADER_FIELDS
from hera_engine.ledger.lifecycle import created, deleted, found, required, updated, voided
from hera_engine.ledger.paging import page
from hera_engine.ledger.posting import posted, simulated
from hera_engine.ledger.storing import Stored
from hera_engine.ledger.validation import validated
from hera_engine.periods import DAY
from hera_engine.repository import DEFAULT_LIMIT, Query
from hera_engine.transactions import Status, Transaction, TransactionHeader

Response = dict[str, object]
"""What an action answers, as plain JSON values."""


def responded(
    desk: Desk, action: object, actor_user_id: object, organization_id: object, payload: object
) -> Steps[Response]:
    """Carry out an action of the orchestrator and return its response; never raises `HeraError`."""
    name = named(action)
    try:
        caller = Caller(actor_user_id, organization_id)  # type: ignore[arg-type] # it checks both
        carry_out = ACTIONS.get(name)
        if carry_out is None:
            hint = did_you_mean(name, ACTIONS) or f"use one of {', '.join(ACTIONS)}"
            raise HeraError(
                "E_GUARDRAIL",
                f"ACTION_INVALID: `{name}` is no action",
                hint=hint,
                details={"kernel_code": "ACTION_INVALID"},
            )
        if not isinstance(payload, Mapping):
            raise EventError([Problem("payload", "is not an object")])
        answer: Response = yield from carry_out(desk, caller, payload)
        return answer
    except HeraError as error:
        return failure(name, error)


def named(action: object) -> str:
    """Return the name of an action as a response shows it; bounded, and empty for no text."""
    return ascii(action[:64])[1:-1].upper() if isinstance(action, str) else ""


def failure(action: str, error: HeraError) -> Response:
    """Return the response of what failed."""
    return {
        "success": False,
        "action": action,
        "transaction_id": None,
        "error": error.message,
        "error_code": error.code,
        "error_detail": dumps(error.details),
        "error_hint": error.hint or "",
        "error_context": dumps(error.context),
    }


def _read(transaction: Transaction) -> Response:
    """Return the response of READ, which those of other actions contain."""
    return {
        "success": True,
        "action": "READ",
        "transaction_id": transaction.id,
        "data": transaction.to_dict(),
    }


def _answer(action: str, transaction: Transaction, **more: object) -> Response:
    return {
        "success": True,
        "action": action,
        "transaction_id": transaction.id,
        "data": _read(transaction),
        **more,
    }


def _stored(action: str, stored: Stored) -> Response:
    """Return the response of what was stored, now or the first time."""
    more: Response = {"idempotent": True} if stored.idempotent else {}
    if stored.warnings:
        more["warnings"] = [warning.to_dict() for warning in stored.warnings]
    return _answer(action, stored.transaction, **more)


@dataclass(frozen=True, slots=True)
class _Payload:
    """A payload whose keys are known."""

    said: Mapping[str, object]

    @classmethod
    def of(cls, payload: Mapping[str, object], *known: str) -> "_Payload":
        """Return a payload, refusing a key that the action does not take."""
        fields = FieldReader(ProblemList())
        fields.refuse_unknown(payload, (*known, "include_deleted"), "")
        fields.truth(payload, "include_deleted", "")
        fields.problems.raise_if_any()
        return cls(payload)

    def record(self, name: str) -> Mapping[str, object]:
        """Return an object that must be there."""
        value = self.said.get(name)
        if value is None:
            raise required(name)
        if not isinstance(value, Mapping):
            raise EventError([Problem(name, "is not an object")])
        return value

    def members(self, name: str) -> list[object]:
        """Return a list; empty where there is none."""
        value = self.said.get(name)
        if value is not None and not isinstance(value, list | tuple):
            raise EventError([Problem(name, "is not a list")])
        return list(value or ())

    @property
    def with_voided(self) -> bool:
        """Whether voided transactions are wanted too."""
        return self.said.get("include_deleted") is True


def _create(desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    if "header" in payload or "transaction_type" not in payload:
        read = _Payload.of(payload, "header", "lines")
        steps = created(desk, caller, read.record("header"), read.members("lines"))
    else:
        steps = created(desk, caller, *_flat(payload), is_flat=True)
    return _stored("CREATE", (yield from steps))


def _flat(payload: Mapping[str, object]) -> tuple[Mapping[str, object], list[object]]:
    """Return header and lines of a journal that is written flat.

    Raises:
        EventError: For an unknown field, and for what is said twice and not the same.
    """
    read = _Payload.of(payload, "lines", *HEADER_FIELDS, *FLAT_FIELDS)
    header = {name: payload[name] for name in HEADER_FIELDS if payload.get(name) is not None}
    fields = FieldReader(ProblemList())
    currency = fields.word(payload, "currency", "")
    if currency is not None:
        place = "transaction_currency_code"
        fields.put(header, place, currency, "currency", place)
    text = fields.text(payload, "description", "")
    metadata = header.get("metadata", {})
    if text is not None and isinstance(metadata, Mapping):  # anything else is refused as metadata
        header["metadata"] = described = dict(metadata)
        fields.put(described, "description", text, "description", "metadata.description")
    fields.problems.raise_if_any()
    header.setdefault("smart_code", JOURNAL_CODE)
    header.setdefault("transaction_status", Status.POSTED.value)
    return header, read.members("lines")


FLAT_FIELDS: Final = ("currency", "description")
"""What the kernel's flat journal says beside the fields of a header."""
JOURNAL_CODE: Final = "HERA.FIN.GL.TXN.JOURNAL.V1"
"""The smart code of a flat journal that says none."""


def _emit(desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    header = _Payload.of(payload, "header").record("header")
    return _stored("EMIT", (yield from created(desk, caller, header)))


def _read_one(_desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    read = _Payload.of(payload, "transaction_id")
    wanted = payload.get("transaction_id")
    if wanted is None:
        raise required("transaction_id", "READ")
    transaction = yield from found(caller, wanted, include_voided=read.with_voided)
    return _answer("READ", transaction)


def _update(desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    patch = _Payload.of(payload, "transaction_id", "patch").record("patch")
    transaction = yield from updated(desk, caller, payload.get("transaction_id"), patch)
    return _answer("UPDATE", transaction)


def _delete(desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    _Payload.of(payload, "transaction_id")
    removed = yield from deleted(desk, caller, payload.get("transaction_id"))
    data = {"success": True, "header_deleted": 1}
    return {"success": True, "action": "DELETE", "transaction_id": removed, "data": data}


def _void(desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    _Payload.of(payload, "transaction_id", "reason")
    reason = payload.get("reason")
    transaction = yield from voided(desk, caller, payload.get("transaction_id"), reason)
    return _answer("VOID", transaction)


def _reverse(desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    read = _Payload.of(
        payload, "transaction_id", "reversal_date", "reason", "amount", "lines",
        "external_reference",
    )  # fmt: skip
    asked = Correction(
        transaction_id=payload.get("transaction_id"),
        amount=payload.get("amount"),
        lines=_parts(read) if payload.get("lines") is not None else None,
        reversal_date=payload.get("reversal_date"),
        reason=payload.get("reason"),
        external_reference=payload.get("external_reference"),
    )
    return _stored("REVERSE", (yield from corrected(desk, caller, asked)))


def _parts(read: _Payload) -> dict[int, object]:
    """Return the parts of lines that a correction asks for."""
    parts: dict[int, object] = {}
    fields = FieldReader(ProblemList())
    for place, each in enumerate(read.members("lines")):
        number = each.get("line_number") if isinstance(each, Mapping) else None
        if not isinstance(each, Mapping) or type(number) is not int or number in parts:
            hint = "send each line_number once, with its amount"
            raise EventError([Problem(f"lines[{place}]", "names no line of its own", hint)])
        fields.refuse_unknown(each, ("line_number", "amount"), f"lines[{place}]")
        parts[number] = each.get("amount")
    fields.problems.raise_if_any()
    return parts


def _validate(desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    _Payload.of(payload, "transaction_id")
    result = yield from validated(desk, caller, payload.get("transaction_id"))
    return {
        "success": True,
        "action": "VALIDATE",
        "transaction_id": result.transaction_id,
        "data": result.to_dict(),
    }


def _simulate(desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    entry = yield from simulated(desk, caller, payload)
    return {
        "success": True,
        "action": "SIMULATE",
        "transaction_id": None,
        "data": entry.to_dict(),
    }


def _post(desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    return _stored("POST", (yield from posted(desk, caller, payload)))


# --- QUERY ----------------------------------------------------------------------------------


FILTERS: Final = (
    "transaction_type", "transaction_status", "smart_code", "external_reference", "date_from",
    "date_to", "limit", "offset", "cursor", "include_deleted",
)  # fmt: skip


def _query(_desk: Desk, caller: Caller, payload: Mapping[str, object]) -> Steps[Response]:
    read = _Payload.of(payload, "filters")
    filters = read.record("filters") if payload.get("filters") is not None else {}
    query = read_query(filters)
    outside, inside = payload.get("include_deleted"), filters.get("include_deleted")
    if None not in {outside, inside} and outside is not inside:
        message, hint = "is not what filters.include_deleted says", "send one of the two"
        raise EventError([Problem("include_deleted", message, hint)])
    query = replace(query, include_voided=query.include_voided or read.with_voided)
    headers = yield from page(caller, query)
    data = {
        "items": [header.summary() for header in headers],
        "limit": query.limit,
        "offset": query.offset,
        "next_cursor": cursor_behind(headers[-1]) if len(headers) == query.limit else None,
    }
    return {
        "success": True,
        "action": "QUERY",
        "transaction_id": None,
        "data": {"success": True, "action": "QUERY", "data": data},
    }


def read_query(filters: Mapping[str, object]) -> Query:
    """Return the query that the filters of a payload describe.

    Raises:
        EventError: For an unknown filter or a bad value.
    """
    fields, path = FieldReader(ProblemList()), "filters"
    fields.refuse_unknown(filters, FILTERS, path)
    code = None
    if filters.get("smart_code") is not None:
        code = fields.smart_code(filters["smart_code"], "filters.smart_code")
    query = Query(
        transaction_type=fields.word(filters, "transaction_type", path),
        status=fields.status(filters, path),
        smart_code=code,
        external_reference=fields.reference(filters, "external_reference", path),
        first_day=fields.day(filters, "date_from", path),
        last_day=fields.day(filters, "date_to", path),
        include_voided=fields.truth(filters, "include_deleted", path) or False,
        limit=_count(fields, filters, "limit", DEFAULT_LIMIT),
        offset=_count(fields, filters, "offset", 0),
        after=_behind(fields, filters.get("cursor")),
    )
    fields.problems.raise_if_any()
    return query


def _count(fields: FieldReader, filters: Mapping[str, object], name: str, default: int) -> int:
    value = filters.get(name)
    if value is None or (type(value) is int and value >= 0):
        return default if value is None else value
    fields.problems.add(f"filters.{name}", "is not a whole number from 0 on")
    return default


def cursor_behind(header: TransactionHeader) -> str:
    """Return the cursor with which the page behind a transaction is asked for."""
    return f"{header.transaction_date.isoformat()}/{header.id}"


def _behind(fields: FieldReader, cursor: object) -> tuple[date, str] | None:
    if cursor is None:
        return None
    if isinstance(cursor, str):
        day, slash, identity = cursor.partition("/")
        if slash and identity and why_not_clean(identity) is None and DAY.fullmatch(day):
            found = fields.day({"cursor": day}, "cursor", "filters")
            return None if found is None else (found, identity)
    fields.problems.add("filters.cursor", "is no cursor", "send a next_cursor as it came")
    return None


_Action = Callable[[Desk, Caller, Mapping[str, object]], Steps[Response]]

ACTIONS: Final[Mapping[str, _Action]] = MappingProxyType(
    {
        "CREATE": _create,
        "READ": _read_one,
        "UPDATE": _update,
        "DELETE": _delete,
        "QUERY": _query,
        "EMIT": _emit,
        "REVERSE": _reverse,
        "VOID": _void,
        "VALIDATE": _validate,
        "SIMULATE": _simulate,
        "POST": _post,
    }
)
"""What can be done, by the orchestrator's names."""
