"""What a transaction must be to enter the books as they are kept now.

A document is looked at when it is made; a draft once more when it is entered, because accounts,
base currency, types and periods may have changed since. VALIDATE says the same beforehand.
What a draft has settled stays settled, for its lines are not written again: its base currency
with what its lines are worth, and the account of each line. Where the books have another base
currency by now, or know an account by another name, it is refused, though the document that it
was made from could be created anew.
Law: a draft is entered only where a new document that says what the draft says by now is, to the
same balances. One that names its base currency and codes itself is entered exactly where that
document is, and refused in the same words, while no code goes to another account
(tests/laws/test_ledger.py).
"""

from collections.abc import Iterator

from hera_engine.configuration import Configuration
from hera_engine.errors import EventError, Problem
from hera_engine.ledger.base_amounts import refuse_unbalanced
from hera_engine.ledger.named_accounts import account_problems
from hera_engine.ledger.storing import in_open_period
from hera_engine.transactions import Transaction, TransactionHeader


def entered(stored: Transaction, configuration: Configuration) -> TransactionHeader:
    """Return the header of a draft that is entered now, with what its period says.

    Raises:
        EventError: With every problem: E_NOT_FOUND for an account that is gone, E_GUARDRAIL for
            one that takes no entries, is another one or goes by another name by now, and for a
            type, base currency or period that is not that of the books.
        PostingRejected: E_UNBALANCED; E_PERIOD_CLOSED; E_GUARDRAIL for a day in no period.
    """
    header = stored.header
    found = (
        wrong_base(header.base_currency, configuration),
        wrong_type(header.transaction_type, configuration),
        *account_problems(stored, configuration.accounts),
        *other_period(header, configuration),
    )
    problems = [problem for problem in found if problem is not None]
    if problems:
        raise EventError(problems)
    refuse_unbalanced(header, stored.lines)
    return in_open_period(header, configuration)


def wrong_type(kind: str, configuration: Configuration) -> Problem | None:
    """Return the problem of a transaction type that maps to no kernel type, or None."""
    if configuration.kernel_type(kind) is not None:
        return None
    return Problem(
        "header.transaction_type",
        f"`{kind}` is no transaction type of these books",
        "map it to a kernel type in the configuration's `types`",
        details=(("kernel_code", "TRANSACTION_TYPE_INVALID"),),
    )


def wrong_base(currency: str | None, configuration: Configuration) -> Problem | None:
    """Return the problem of a base currency that is said and not that of the books, or None."""
    books = configuration.base_currency
    if currency is None or books in {None, currency}:
        return None
    message = f"{currency} is not the base currency of the books, {books}"
    return Problem("header.base_currency_code", message, "leave it out")


def other_period(header: TransactionHeader, configuration: Configuration) -> Iterator[Problem]:
    """Yield what a header says of its accounting period that the period itself says otherwise."""
    period = configuration.period_of(header.accounting_date)
    if period is None:
        return  # where there are periods, the entry is refused for that
    day = header.accounting_date.isoformat()
    for name, said, known in (
        ("posting_period_code", header.posting_period_code, period.code),
        ("fiscal_year", header.fiscal_year, period.fiscal_year),
        ("fiscal_period", header.fiscal_period, period.fiscal_period),
    ):
        if None not in {said, known} and said != known:
            message = f"{said!a} is not {known!a}, that of the period of {day}"
            yield Problem(f"header.{name}", message, "leave it out, or take it away")
