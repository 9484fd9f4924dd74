"""Which account a line of a journal means: one rule for documents, drafts and what is booked.

A line names its account by ``line_data.account_code``, ``line_data.account`` and ``entity_id``;
the first that is said decides, and the others must name the same.

With a chart, ``entity_id`` is an id, and the other two are a code, else an id. Without one
nothing is looked up: the code is what ``account_code`` or ``account`` says, and ``entity_id`` is
the id beside it. An ``account`` that is the ``entity_id`` again is an id, and no code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from hera_engine.accounts import Account, Chart
from hera_engine.errors import Problem
from hera_engine.transactions import Transaction, TransactionLine

_CODE: Final = "line_data.account_code"
_ACCOUNT: Final = "line_data.account"
_ID: Final = "entity_id"


@dataclass(frozen=True, slots=True)
class Meant:
    """What the names of a line come to.

    Attributes:
        account: The account of the first name, or what takes its place where there is no chart;
            None if there is none: with a chart it is missing, without one the line has only an id.
        first: The place of the first name.
        against: Each place that names another account, with that one or None.
    """

    account: Account | None
    first: str
    against: Mapping[str, Account | None]


def names_of(line: TransactionLine) -> dict[str, str]:
    """Return what names the account of a line, by its place in the line, the first one first."""
    said = {
        _CODE: line.data.get("account_code"),
        _ACCOUNT: line.data.get("account"),
        _ID: line.entity_id,
    }
    return {place: str(name) for place, name in said.items() if name is not None}


def meant(names: Mapping[str, str], chart: Chart) -> Meant:
    """Return what names, at least one, come to by the chart of the books."""
    return _of_chart(names, chart) if len(chart) else _unlisted(names)


def _of_chart(names: Mapping[str, str], chart: Chart) -> Meant:
    found = {
        place: chart.find(name, None) if place == _ID else _of_word(name, chart)
        for place, name in names.items()
    }
    first, account = next(iter(found.items()))
    if account is None:
        return Meant(None, first, {})
    against = {
        place: other for place, other in found.items() if other is None or other.id != account.id
    }
    return Meant(account, first, against)


def _of_word(word: str, chart: Chart) -> Account | None:
    return chart.find(None, word) or chart.find(word, None)


def _unlisted(names: Mapping[str, str]) -> Meant:
    code, word, own = names.get(_CODE), names.get(_ACCOUNT), names.get(_ID)
    if code is not None:
        against = {} if word in {None, code, own} else {_ACCOUNT: None}
        return Meant(Account(own or code, code), _CODE, against)
    if word is None or word == own:
        return Meant(None, _ID, {})
    return Meant(Account(own or word, word), _ACCOUNT, {})


def no_entries(account: Account | None, shown: str, path: str) -> Problem | None:
    """Return the problem of an account that is not there or takes no entries, or None."""
    hint = "name an account of the chart that takes entries"
    if account is None:
        return Problem(path, f"the chart has no account {shown!a}", hint, "E_NOT_FOUND")
    if account.postable and account.active:
        return None
    why = "not postable" if account.active else "closed"
    return Problem(path, f"account {shown!a} is {why}", hint)


# --- what is stored -------------------------------------------------------------------------


def account_problems(stored: Transaction, chart: Chart) -> Iterator[Problem]:
    """Yield what keeps the accounts of a stored journal from taking entries now.

    Each line is read as a new one that says what this one says. Its lines stay as they are, so
    the account must also go by the name that balances know the line by. Without a chart nothing
    is looked up.
    """
    for line in stored.journal if len(chart) else ():
        names = _names_stored(stored, line, chart)
        if names:
            problem = _stored_problem(names, line, chart)
            if problem is not None:
                yield problem


def _names_stored(stored: Transaction, line: TransactionLine, chart: Chart) -> dict[str, str]:
    """Return what names the account of a stored line.

    Where a schema posted it, `account` is the key of that schema. An id that is the code again
    was written for want of a chart, unless the chart has it.
    """
    names = names_of(line)
    if stored.header.schema:
        names.pop(_ACCOUNT, None)
    if names.get(_ID) == names.get(_CODE) and chart.find(names.get(_ID), None) is None:
        names.pop(_ID, None)
    return names


def _stored_problem(
    names: Mapping[str, str], line: TransactionLine, chart: Chart
) -> Problem | None:
    found, path, shown = meant(names, chart), f"lines[{line.number - 1}]", line.account
    anew = "write the journal anew"
    for place, other in found.against.items():
        if other is None:
            return no_entries(None, names[place], path)
        message = f"account {shown!a} is another one than when the line was written"
        return Problem(path, message, anew)
    account = found.account
    problem = no_entries(account, names[found.first], path)
    if problem is None and account is not None and shown != (account.code or account.id):
        message = f"account {shown!a} goes by {account.code or account.id!a} by now"
        problem = Problem(path, message, anew)
    return problem


def has_lost_accounts(stored: Transaction, chart: Chart) -> bool:
    """Whether the chart knows an account of a stored journal neither by its id nor by its code."""
    return len(chart) > 0 and any(
        chart.find(line.entity_id, None) is None and _of_word(line.account or "", chart) is None
        for line in stored.journal
    )
