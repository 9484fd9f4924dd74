"""What a repository answers, looked at before a rule builds on it.

A store is someone else's: what it answers may be of another kind, of another organization, or not
what was asked. Such an answer is E_UPSTREAM, and so is whatever a store raises, without a word of
either: it is not the caller's to see. The original is chained as the cause.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice, pairwise
from types import MappingProxyType
from typing import Any, Final, get_args, get_origin, get_type_hints

from hera_engine import limits
from hera_engine.configuration import Configuration
from hera_engine.errors import StorageError
from hera_engine.money import parse_amount
from hera_engine.repository import Change, Configured, Done, Duplicate, Outcome, Query, Stale
from hera_engine.transactions import Audit, Transaction, TransactionHeader, TransactionLine


def failed(error: Exception) -> StorageError:
    """Return the error that tells of a failed store, by the name of what it raised alone."""
    return StorageError(
        "E_UPSTREAM",
        f"the repository failed: {class_name(error)}",
        hint="repeat the call; with an external reference nothing is stored twice",
    )


def class_name(error: Exception) -> str:
    """Return the name of an error's class; a name that is none in Python is not repeated."""
    name = type(error).__name__
    is_name = name.isascii() and name.isidentifier() and len(name) <= limits.KEY_CHARACTERS
    return name if is_name else Exception.__name__


def looked_at(verb: str, arguments: tuple[Any, ...], answer: object) -> object:
    """Return what a verb answered, sequences as tuples.

    Raises:
        StorageError: E_UPSTREAM for an answer that the repository does not promise.
    """
    try:
        return _READERS[verb](answer, *arguments)
    except _ForeignError as error:
        raise _refusal("the repository answered with another organization's data") from error
    except Exception as error:
        raise _refusal(f"the repository answers {verb} with what it does not promise") from error


def _refusal(message: str) -> StorageError:
    hint = "hold the repository to hera_engine.testing.conformance"
    return StorageError("E_UPSTREAM", message, hint=hint)


class _UnfitError(Exception):
    """An answer that is not what was asked."""


class _ForeignError(Exception):
    """An answer that holds data of another organization."""


def _require(fits: bool) -> None:
    if not fits:
        raise _UnfitError


# --- the verbs ------------------------------------------------------------------------------


def _commit(answer: object, change: Change) -> Outcome:
    if isinstance(answer, Duplicate):
        first = answer.transaction
        _transaction(first, change.organization_id)
        new = change.create
        _require(new is not None and new.header.external_reference is not None)
        _require(new is None or first.header.external_reference == new.header.external_reference)
        return answer
    if isinstance(answer, Done | Stale):
        return answer
    raise _UnfitError


def _fetch(answer: object, organization_id: str, ids: tuple[str, ...]) -> tuple[Transaction, ...]:
    found = _members(answer, Transaction, len(ids))
    asked = frozenset(ids)
    for each in found:
        _transaction(each, organization_id)
        _require(each.id in asked)
    return found


def _find(answer: object, organization_id: str, query: Query) -> tuple[TransactionHeader, ...]:
    found = _members(answer, TransactionHeader, query.limit)
    for each in found:
        _header(each, organization_id)
        _require(query.takes(each))
    places = [(each.transaction_date, each.id) for each in found]
    _require(all(later > earlier for later, earlier in pairwise(places)))
    return found


def _configure(answer: object, _new: Configuration, expected: str | None) -> Configured:
    if isinstance(answer, Done) or (isinstance(answer, Stale) and expected is not None):
        return answer
    raise _UnfitError


def _configuration(answer: object, organization_id: str) -> Configuration | None:
    if answer is None:
        return None
    if not isinstance(answer, Configuration):
        raise _UnfitError
    if answer.organization_id != organization_id:
        raise _ForeignError
    _version(answer.version, organization_id)
    return answer


def _version(answer: object, _organization_id: str) -> str | None:
    if answer is None or (isinstance(answer, str) and answer):
        return answer
    raise _UnfitError


_READERS: Final[Mapping[str, Callable[..., object]]] = MappingProxyType(
    {
        "commit": _commit,
        "fetch": _fetch,
        "find": _find,
        "configure": _configure,
        "configuration": _configuration,
        "configuration_version": _version,
    }
)


# --- transactions ---------------------------------------------------------------------------


def _members(answer: object, kind: type[Any], most: int) -> tuple[Any, ...]:
    """Return the members of a sequence, no more than were asked for."""
    _require(isinstance(answer, Sequence) and not isinstance(answer, str | bytes))
    found = tuple(islice(answer, most + 1))  # type: ignore[call-overload] # a sequence by now
    _require(len(found) <= most and all(isinstance(each, kind) for each in found))
    return found


def _transaction(found: object, organization_id: str) -> None:
    if not isinstance(found, Transaction):
        raise _UnfitError
    _header(found.header, organization_id)
    _require(isinstance(found.lines, tuple))
    for line in found.lines:
        _line(line)


def _header(header: object, organization_id: str) -> None:
    if not isinstance(header, TransactionHeader):
        raise _UnfitError
    if header.organization_id != organization_id:
        raise _ForeignError
    _fields(header, _HEADER_KINDS)
    _fields(header.audit, _AUDIT_KINDS)
    _require(not isinstance(header.transaction_date, datetime))
    _require(not isinstance(header.posting_date, datetime))
    _require(all(isinstance(each, str) for each in header.reversed_by))
    parse_amount(header.total_amount)


def _line(line: object) -> None:
    if not isinstance(line, TransactionLine):
        raise _UnfitError
    _fields(line, _LINE_KINDS)
    for amount in (
        line.amount, line.quantity, line.unit_amount, line.discount_amount, line.tax_amount,
    ):  # fmt: skip
        if amount:  # any zero is one
            parse_amount(amount)
    if line.is_gl:
        _require(line.side is not None)
        line.base_amount()


_Kinds = tuple[tuple[str, tuple[type, ...]], ...]
"""Fields by name, and of which classes their values are."""


def _fields(value: object, kinds: _Kinds) -> None:
    for name, kind in kinds:
        if not isinstance(getattr(value, name), kind):
            raise _UnfitError


def _kinds(of: type) -> _Kinds:
    """Return the classes that the fields of a dataclass say."""
    return tuple((name, _classes(hint)) for name, hint in get_type_hints(of).items())


def _classes(hint: Any) -> tuple[type, ...]:
    origin = get_origin(hint)
    if origin is tuple:
        return (tuple,)
    return (hint,) if origin is None else get_args(hint)


_HEADER_KINDS: Final = _kinds(TransactionHeader)
_LINE_KINDS: Final = _kinds(TransactionLine)
_AUDIT_KINDS: Final = _kinds(Audit)
