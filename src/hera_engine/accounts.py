"""Accounts: what a chart of accounts holds, and what a schema's account key resolves to."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from hera_engine.errors import HeraError, did_you_mean

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_uuid(text: str) -> bool:
    """Whether an id of an account or organization is a UUID in its usual form."""
    return _UUID.fullmatch(text) is not None


class Side(StrEnum):
    """The side of a journal line; the value is what the wire form shows."""

    DEBIT = "DR"
    CREDIT = "CR"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.CREDIT if self is Side.DEBIT else Side.DEBIT

    @property
    def word(self) -> str:
        """``debit`` or ``credit``, as the language and the wire form's line_type say it."""
        return "debit" if self is Side.DEBIT else "credit"


class AccountType(StrEnum):
    """What an account is in the books."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    REVENUE = "revenue"
    EXPENSE = "expense"


NORMAL_SIDES: Final[Mapping[AccountType, Side]] = MappingProxyType(
    {
        AccountType.ASSET: Side.DEBIT,
        AccountType.EXPENSE: Side.DEBIT,
        AccountType.LIABILITY: Side.CREDIT,
        AccountType.EQUITY: Side.CREDIT,
        AccountType.REVENUE: Side.CREDIT,
    }
)
"""The side on which an account of each type usually grows."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account of an organization's chart.

    ``type`` and ``normal_side`` may be given as their strings; the normal side follows from the
    type where it is not given.

    Raises:
        HeraError: E_GUARDRAIL for an empty id or an unknown type or side.
    """

    id: str
    code: str | None = None
    name: str | None = None
    type: AccountType | str | None = None
    normal_side: Side | str | None = None
    postable: bool = True
    active: bool = True

    def __post_init__(self) -> None:
        """Check the id and turn strings into the closed choices they name."""
        known: object = self.id
        if not isinstance(known, str) or not known.strip():
            raise HeraError("E_GUARDRAIL", "an account needs an id", hint="pass a non-empty string")
        for name, value in (("code", self.code), ("name", self.name)):
            if value is not None and not isinstance(value, str):
                raise HeraError("E_GUARDRAIL", f"the {name} of account {known[:64]} is no string")
        kind = None if self.type is None else _choice(self.type, AccountType, "account type")
        side = None if self.normal_side is None else _choice(self.normal_side, Side, "side")
        if side is None and kind is not None:
            side = NORMAL_SIDES[kind]
        object.__setattr__(self, "type", kind)
        object.__setattr__(self, "normal_side", side)


_Choice = TypeVar("_Choice", AccountType, Side)


def _choice(value: str, choices: type[_Choice], what: str) -> _Choice:
    """Return the member of ``choices`` that ``value`` names."""
    known = [member.value for member in choices]
    if value not in known:
        shown = str(value)[:64]
        raise HeraError(
            "E_GUARDRAIL",
            f"`{shown}` is not an {what}",
            hint=did_you_mean(shown, known) or f"use one of {', '.join(known)}",
        )
    return choices(value)


def account_from_mapping(data: Mapping[str, object]) -> Account:
    """Return the account that a chart entry in JSON describes.

    ``entity_code`` and ``entity_name`` are read as ``code`` and ``name``.

    Raises:
        HeraError: E_GUARDRAIL for an unknown key or a value of the wrong type.
    """
    renamed = {
        _CHART_KEYS.get(key, str(key)): value for key, value in data.items() if value is not None
    }
    for key, value in renamed.items():
        wanted: type = bool if key in {"postable", "active"} else str
        if key not in _ACCOUNT_FIELDS:
            raise HeraError(
                "E_GUARDRAIL",
                f"a chart entry has no key `{key}`",
                hint=did_you_mean(key, _ACCOUNT_FIELDS),
            )
        if not isinstance(value, wanted):
            raise HeraError("E_GUARDRAIL", f"chart entry: `{key}` is not a {wanted.__name__}")
    return Account(**{"id": "", **renamed})  # type: ignore[arg-type] # each value was just checked


_CHART_KEYS: Final = MappingProxyType({"entity_code": "code", "entity_name": "name"})
_ACCOUNT_FIELDS: Final = (
    "id", "code", "name", "type", "normal_side", "postable", "active",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostedAccount:
    """What an account key of a schema resolves to in one ledger: what a journal line shows."""

    key: str
    id: str
    code: str | None = None
    name: str | None = None
    type: AccountType | None = None


class Chart:
    """An organization's accounts, found by id or by code; read-only.

    Raises:
        HeraError: E_GUARDRAIL if two accounts share an id or a code.
    """

    __slots__ = ("_by_code", "_by_id")

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._by_id: dict[str, Account] = {}
        self._by_code: dict[str, Account] = {}
        for account in accounts:
            if account.id in self._by_id or account.code in self._by_code:
                shared = account.id if account.id in self._by_id else account.code
                raise HeraError("E_GUARDRAIL", f"the chart has `{shared}` twice")
            self._by_id[account.id] = account
            if account.code is not None:
                self._by_code[account.code] = account

    def __len__(self) -> int:
        """Number of accounts; an engine without a chart has an empty one."""
        return len(self._by_id)

    def find(self, account_id: str | None, code: str | None) -> Account | None:
        """Return the account of this id, or of this code where no id is given, or None."""
        if account_id is not None:
            return self._by_id.get(account_id)
        return None if code is None else self._by_code.get(code)

    def codes(self) -> tuple[str, ...]:
        """Return every code of the chart, sorted."""
        return tuple(sorted(self._by_code))
