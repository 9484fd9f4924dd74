"""VALIDATE: what is right and wrong with a stored transaction, without changing it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hera_engine.configuration import Configuration
from hera_engine.errors import HeraError, Problem
from hera_engine.ledger.asking import Steps
from hera_engine.ledger.base_amounts import refuse_unbalanced
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.entering import other_period, wrong_base, wrong_type
from hera_engine.ledger.lifecycle import found
from hera_engine.ledger.named_accounts import account_problems, has_lost_accounts
from hera_engine.ledger.storing import current, in_open_period
from hera_engine.money import ZERO, exact_add, format_amount
from hera_engine.transactions import Transaction, TransactionHeader


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What.
        passed: Whether it is as it should be.
        message: What was found; empty if it passed.
        required: Whether a transaction is wrong without it; others are for the reader to judge.
    """

    name: str
    passed: bool
    message: str = ""
    required: bool = True

    def to_dict(self) -> dict[str, object]:
        """Return the check as plain JSON values."""
        return {
            "name": self.name,
            "passed": self.passed,
            "required": self.required,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class Validation:
    """All that was looked at of one transaction."""

    transaction_id: str
    checks: tuple[Check, ...]

    @property
    def is_valid(self) -> bool:
        """Whether everything required is as it should be."""
        return all(check.passed for check in self.checks if check.required)

    def to_dict(self) -> dict[str, object]:
        """Return the result as plain JSON values."""
        return {
            "transaction_id": self.transaction_id,
            "valid": self.is_valid,
            "checks": [check.to_dict() for check in self.checks],
        }


def validated(desk: Desk, caller: Caller, transaction_id: object) -> Steps[Validation]:
    """Look at a stored transaction.

    Raises:
        StorageError: E_NOT_FOUND.
    """
    configuration = yield from current(desk, caller.organization_id)
    stored = yield from found(caller, transaction_id, include_voided=True)
    return Validation(stored.id, tuple(_checks(stored, configuration)))


def _checks(stored: Transaction, configuration: Configuration) -> Iterator[Check]:
    """Yield what is looked at.

    One that is not entered is held to all that entering it now would ask. What has changed since
    one was entered is told, and makes it no less valid.
    """
    header = stored.header
    now = header.status.is_open
    kind = wrong_type(header.transaction_type, configuration)
    yield _check("transaction type", [] if kind is None else [kind])
    yield _balance(stored)
    base = wrong_base(header.base_currency, configuration)
    yield _check("base currency", [] if base is None else [base], required=now)
    if stored.journal:
        chart = configuration.accounts
        found = list(account_problems(stored, chart))
        yield _check("accounts", found, required=now or has_lost_accounts(stored, chart))
    others = [line.amount for line in stored.lines if not line.is_gl]
    if others:
        total = ZERO
        for amount in others:
            total = exact_add(total, amount)
        same = total == header.total_amount
        shown = f"lines come to {format_amount(total)}, the header says "
        message = "" if same else f"{shown}{format_amount(header.total_amount)}"
        yield Check("total of lines", same, message, required=False)
    yield _check("accounting period", list(other_period(header, configuration)), required=now)
    yield _period(header, configuration, required=now)


def _check(name: str, found: Sequence[Problem], *, required: bool = True) -> Check:
    return Check(name, not found, "; ".join(problem.message for problem in found), required)


def _balance(stored: Transaction) -> Check:
    try:
        refuse_unbalanced(stored.header, stored.lines)
    except HeraError as error:
        return Check("balance", passed=False, message=error.message)
    return Check("balance", passed=True)


def _period(header: TransactionHeader, configuration: Configuration, *, required: bool) -> Check:
    try:
        in_open_period(header, configuration)
    except HeraError as error:
        return Check("open period", passed=False, message=error.message, required=required)
    return Check("open period", passed=True, required=required)
