"""Small objects of the JSON form that may be written in several ways, and what each way means."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.json_values import (
    Flaw,
    Reader,
    Refused,
    amount,
    day,
    each,
    filled,
    flaw,
    misfit,
    missing_key,
    name,
    names,
    number,
    only,
    percent,
    record,
    text,
    truth,
    wrong_type,
)

# --- ledgers and accounts --------------------------------------------------------------------


def ledgers(value: object) -> tuple[nodes.Name, ...]:
    """Return the names of ledgers, of which there is at least one."""
    found = names(value)
    if not found:
        raise Refused(misfit("a schema keeps at least one ledger"))
    return found


def account(value: object) -> object:
    """Return an account's object; a text is the account's id."""
    if isinstance(value, Mapping):
        return value
    if type(value) is not str:
        raise Refused(wrong_type("an id or an object", value))
    return {"id": filled(value)}


# --- patterns --------------------------------------------------------------------------------

_EVENT_PATTERN: Final = MappingProxyType({"glob": filled, "regex": text})
_ACCOUNT_PATTERN: Final = MappingProxyType({"glob": filled, "regex": text, "account": text})


def events(value: object) -> nodes.EventPattern:
    """Return a pattern over smart codes: a text is a code or a glob, as in the text form."""
    if type(value) is str:
        return nodes.EventPattern(filled(value))
    if not isinstance(value, Mapping):
        raise Refused(wrong_type("an event such as HERA.POS.**", value))
    key, pattern = only(value, _EVENT_PATTERN)
    return nodes.EventPattern(text(pattern), regex=key == "regex")


def event_regex(value: object) -> nodes.EventPattern:
    """Return a pattern over smart codes: a text is a regular expression."""
    if type(value) is str:
        return nodes.EventPattern(value, regex=True)
    if not isinstance(value, Mapping):
        raise Refused(wrong_type("a pattern", value))
    return events(value)


def account_regex(value: object) -> nodes.AccountPattern:
    """Return a pattern over accounts: a text is a regular expression that searches the code."""
    if type(value) is str:
        return nodes.AccountPattern(value, regex=True)
    if not isinstance(value, Mapping):
        raise Refused(wrong_type("a pattern", value))
    key, pattern = only(value, _ACCOUNT_PATTERN)
    found = text(pattern)
    if key == "glob" and not is_by_code(found):
        raise Refused(misfit("a glob begins with a digit or `*`", key))
    if key == "account" and is_by_code(found):
        raise Refused(misfit("an account key begins with neither", key, hint="write `glob`"))
    return nodes.AccountPattern(found, regex=key == "regex")


def is_by_code(pattern: str) -> bool:
    """Whether a pattern that is no regular expression speaks of codes, not of a key."""
    return pattern[:1] == "*" or "0" <= pattern[:1] <= "9"


# --- fixed and custom splits -----------------------------------------------------------------


def allocation(method: nodes.Method, value: object) -> tuple[tuple[nodes.Share, ...], str | None]:
    """Return the shares of a fixed split, or the allocator of a custom one; either may lack.

    Raises:
        Refused: With places relative to the object whose ``allocation_data`` the value is.
    """
    try:
        return _allocation(method, value)
    except Refused as refusal:
        raise Refused(*(bad.within("allocation_data") for bad in refusal.flaws)) from None


def _allocation(method: nodes.Method, value: object) -> tuple[tuple[nodes.Share, ...], str | None]:
    """Return the shares or the allocator."""
    if value is None:
        return (), None
    match method:
        case nodes.Method.PROPORTIONAL:
            raise Refused(misfit("`allocation_data` belongs to `fixed` and `custom`"))
        case nodes.Method.CUSTOM:
            return (), text(only(value, MappingProxyType({"allocator": filled}))[1])
        case nodes.Method.FIXED if isinstance(value, Mapping):
            parts = record(value, MappingProxyType(dict.fromkeys(value, _part)))
            shares = (nodes.Share(value=key, percent=_part(part)) for key, part in parts.items())
            return tuple(shares), None
        case nodes.Method.FIXED:
            return each(value, _share), None


def _part(value: object) -> Decimal | None:
    """Return a percentage, or None for the word that means the rest.

    A bare number is refused: beside `60%` it might be meant as either, and money hangs on it.
    """
    if value == "remaining":
        return None
    if not isinstance(value, str) or "%" not in value:
        hint = 'write `60%`, or list it as {"value": "A", "amount": "60"}'
        raise Refused(misfit("a bare number may be a percentage or an amount", hint=hint))
    return percent(value)


_SHARE: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {"value": text, "percent": percent, "amount": amount, "remaining": truth}
)


def _share(value: object) -> nodes.Share:
    """Return a share written as an object: a value, and its percentage, its amount or the rest."""
    found = record(value, _SHARE)
    if "value" not in found:
        raise Refused(missing_key("value"))
    if len(found) != 2 or found.get("remaining") is False:
        raise Refused(misfit("a share has one of `percent`, `amount` and `remaining`"))
    return nodes.Share(
        value=text(found["value"]),
        percent=percent(found["percent"]) if "percent" in found else None,
        amount=amount(found["amount"]) if "amount" in found else None,
    )


# --- keys that go together ---------------------------------------------------------------------


def check_twins(
    first: object, second: object, key: str, other: str, *, needed: bool = False
) -> None:
    """Refuse both of two keys that say the same, and neither where one is needed."""
    if first is not None and second is not None:
        raise Refused(misfit(f"an object has `{key}` or `{other}`, not both", other))
    if needed and first is None and second is None:
        raise Refused(missing_key(key))


# --- exchange differences ----------------------------------------------------------------------


def exchange(value: object) -> nodes.ExchangeDifference:
    """Return the accounts of an exchange difference; both are named, if need be the same twice."""
    found = record(value, MappingProxyType({"gain": name, "loss": name}))
    lacking = [key for key in ("gain", "loss") if key not in found]
    if lacking:
        raise Refused(*map(missing_key, lacking))
    return nodes.ExchangeDifference(gain=name(found["gain"]), loss=name(found["loss"]))


# --- events of cases -------------------------------------------------------------------------


def case_event(value: object) -> tuple[nodes.CaseField, ...]:
    """Return the event of a case.

    A JSON document has no dates and few decimals: ``{"$date": "2025-01-31"}`` is a date and
    ``{"$number": "3.05"}`` a number; a key of the event that begins with ``$`` has one more.
    """
    if not isinstance(value, Mapping):
        raise Refused(wrong_type("an object", value))
    fields: list[nodes.CaseField] = []
    flaws: list[Flaw] = []
    for key, part in value.items():
        field = key[1:] if key.startswith("$$") else key
        try:
            fields.append(nodes.CaseField(name=field, value=_case_value(part)))
        except Refused as refusal:
            flaws += (bad.within(key) for bad in refusal.flaws)
    if flaws:
        raise Refused(*flaws)
    return tuple(fields)


def case_values(value: object) -> tuple[nodes.CaseValue, ...]:
    """Return a list of values such as the event of a case holds."""
    return each(value, _case_value)


_MARKED: Final[Mapping[str, Reader[nodes.CaseValue]]] = MappingProxyType(
    {"$date": day, "$number": number}
)


def _case_value(value: object) -> nodes.CaseValue:
    if value is None or isinstance(value, bool):
        return value
    if type(value) is str:
        return value
    if isinstance(value, list | tuple):
        return each(value, _case_value)
    if not isinstance(value, Mapping):
        return number(value)
    key = next(iter(value)) if len(value) == 1 else ""
    if key not in _MARKED:
        return case_event(value)
    try:
        return _MARKED[key](value[key])
    except Refused as refusal:
        raise Refused(*(bad.within(key) for bad in refusal.flaws)) from None


# --- comments --------------------------------------------------------------------------------


def comments(value: object) -> Mapping[str, nodes.Comments]:
    """Return the comments by the pointer of what they speak of."""
    if not isinstance(value, Mapping):
        raise Refused(wrong_type("an object from pointers to comments", value))
    strange = [
        flaw(faults.WRONG_TYPE, key, reason="a pointer is empty or begins with `/`")
        for key in value
        if key and not key.startswith("/")
    ]
    if strange:
        raise Refused(*strange)
    found = record(value, MappingProxyType(dict.fromkeys(value, _comment)))
    return {key: _comment(part) for key, part in found.items()}


def _lines(value: object) -> tuple[str, ...]:
    """Return the lines of a comment: a text, or a list of texts."""
    parts = (text(value),) if type(value) is str else each(value, text)
    return tuple(line.rstrip() for part in parts for line in part.split("\n"))


_COMMENT: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {"heading": _lines, "before": _lines, "after": text, "inside": _lines}
)


def _comment(value: object) -> nodes.Comments:
    """Return the comments of one node: a text stands before it."""
    if type(value) is str:
        return nodes.Comments(before=_lines(value))
    found = record(value, _COMMENT)
    after = text(found.get("after", ""))
    return nodes.Comments(
        before=_lines(found.get("before", ())),
        after=" ".join(after.split("\n")) if "after" in found else None,
        inside=_lines(found.get("inside", ())),
        heading=_lines(found.get("heading", ())),
    )
