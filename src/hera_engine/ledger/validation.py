"""VALIDATE: what is right and wrong with a stored transaction, without changing it."""

from collections.abc import Iterator
from dataclasses import dataclass

from hera_engine.configuration import Configuration, PeriodStatus
from hera_engine.errors import HeraError
from hera_engine.ledger.asking import Steps
from hera_engine.ledger.base_amounts import refuse_unbalanced
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.lifecycle import found
from hera_engine.ledger.storing import current
from hera_engine.money import ZERO, exact_add, format_amount
from hera_engine.transactions import Transaction


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
    header = stored.header
    kernel = configuration.kernel_type(header.transaction_type)
    message = "" if kernel else f"`{header.transaction_type}` maps to no kernel type"
    yield Check("transaction type", kernel is not None, message)
    yield _balance(stored)
    if stored.journal:
        yield _accounts(stored, configuration)
    others = [line.amount for line in stored.lines if not line.is_gl]
    if others:
        total = ZERO
        for amount in others:
            total = exact_add(total, amount)
        same = total == header.total_amount
        shown = f"lines come to {format_amount(total)}, the header says "
        message = "" if same else f"{shown}{format_amount(header.total_amount)}"
        yield Check("total of lines", same, message, required=False)
    period = configuration.period_of(header.accounting_date)
    is_open = period is None or period.status is PeriodStatus.OPEN
    message = "" if is_open else f"the period {period.code if period else ''} is closed"
    yield Check("open period", is_open, message, required=False)


def _balance(stored: Transaction) -> Check:
    try:
        refuse_unbalanced(stored.header, stored.lines)
    except HeraError as error:
        return Check("balance", passed=False, message=error.message)
    return Check("balance", passed=True)


def _accounts(stored: Transaction, configuration: Configuration) -> Check:
    chart = configuration.accounts
    unknown = [
        line.account
        for line in stored.journal
        if len(chart)
        and chart.find(line.entity_id, None) is None
        and chart.find(None, line.account) is None
    ]
    message = f"the chart has no account {', '.join(map(ascii, unknown))}" if unknown else ""
    return Check("accounts", not unknown, message)
