"""What is the same in every entry of a schema, taken from one that the engine posted."""

from typing import Final, NamedTuple

from benchmarks.engines import reference_engine
from benchmarks.events import pool
from hera_engine.accounts import PostedAccount, Side
from hera_engine.journal import JournalEntry, Origin, TaxDetail

DEBIT: Final = Side.DEBIT
CREDIT: Final = Side.CREDIT


class Leg(NamedTuple):
    """The constants of the lines that one statement posts."""

    account: PostedAccount
    smart_code: str
    origins: tuple[Origin, ...]


def sample(name: str) -> JournalEntry:
    """Return an entry of a schema."""
    return reference_engine(name).simulate(pool(name, 1)[0])


def leg(entry: JournalEntry, key: str, *, ledger: str = "GL", side: Side | None = None) -> Leg:
    """Return the constants of the first line on an account, of one side where both occur."""
    line = next(
        line
        for line in entry.lines
        if line.account.key == key and line.ledger == ledger and side in (None, line.side)
    )
    return Leg(line.account, line.smart_code, line.origins)


def tax_detail(entry: JournalEntry, code: str) -> TaxDetail:
    """Return the tax detail of the first line of a rate."""
    return next(line.tax for line in entry.lines if line.tax is not None and line.tax.code == code)
