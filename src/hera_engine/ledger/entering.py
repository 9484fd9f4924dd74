"""What a transaction must be to enter the books as they are kept now.

A document is looked at when it is made; a draft once more when it is entered, because accounts,
base currency, types and periods may have changed since. VALIDATE says the same beforehand.
Law: a draft is entered where the same new document is, and refused in the same words otherwise
(tests/laws/test_ledger.py).
"""

from collections.abc import Iterator

from hera_engine.accounts import Account, Chart
from hera_engine.configuration import Configuration
from hera_engine.errors import EventError, Problem
from hera_engine.ledger.base_amounts import refuse_unbalanced
from hera_engine.ledger.storing import in_open_period
from hera_engine.transactions import Transaction, TransactionHeader


def entered(stored: Transaction, configuration: Configuration) -> TransactionHeader:
    """Return the header of a draft that is entered now, with what its period says.

    Raises:
        EventError: With every problem: E_NOT_FOUND for an account that is gone, E_GUARDRAIL for
            one that takes no entries and for a type, base currency or period that is not that
            of the books.
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


def account_problems(stored: Transaction, chart: Chart) -> Iterator[Problem]:
    """Yield what keeps the accounts of a stored journal from taking entries now.

    A line is found as a new one is: by its code, which balances go by, else by its id. An id of
    another account beside the code says that the code has been given away since. Without a chart
    nothing is looked up.
    """
    for line in stored.journal if len(chart) else ():
        path, shown = f"lines[{line.number - 1}]", line.account or ""
        by_id = chart.find(line.entity_id, None)
        account = by_id if line.data.get("account_code") is None else _of_code(shown, chart)
        if account is not None and by_id not in {None, account}:
            message = f"account {shown!a} is another one than when the line was written"
            yield Problem(path, message, "write the journal anew")
        else:
            problem = no_entries(account, shown, path)
            if problem is not None:
                yield problem


def has_lost_accounts(stored: Transaction, configuration: Configuration) -> bool:
    """Whether the chart knows an account of a stored journal neither by its id nor by its code."""
    chart = configuration.accounts
    return len(chart) > 0 and any(
        chart.find(line.entity_id, None) is None and chart.find(None, line.account) is None
        for line in stored.journal
    )


def _of_code(code: str, chart: Chart) -> Account | None:
    return chart.find(None, code) or chart.find(code, None)


def no_entries(account: Account | None, shown: str, path: str) -> Problem | None:
    """Return the problem of an account that is not there or takes no entries, or None."""
    hint = "name an account of the chart that takes entries"
    if account is None:
        return Problem(path, f"the chart has no account {shown!a}", hint, "E_NOT_FOUND")
    if account.postable and account.active:
        return None
    why = "not postable" if account.active else "closed"
    return Problem(path, f"account {shown!a} is {why}", hint)
