"""beancount: transactions with amounts given, read from text, booked and validated.

Does not: derive anything. Tax, split and revenue are computed beforehand and written into the text;
it does check that a transaction balances, and that accounts are open.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from beancount import loader
from beancount.ops import validation
from beancount.parser import booking, parser

from benchmarks import reference
from benchmarks.events import Event
from benchmarks.harness import Variant

OPENED: Final = {
    "clearing": "Assets:Clearing",
    "revenue": "Income:Sales",
    "tax_output": "Liabilities:Tax",
    "tips_payable": "Liabilities:Tips",
}
BATCH: Final = 32
"""Transactions of one text: opening accounts is shared among so many."""


def variants(sales: Sequence[Event], carts: Sequence[Event]) -> list[Variant]:
    """Return loading sales and carts, and booking sales that were read before."""
    texts, long_texts = list(_texts("sale", sales)), list(_texts("cart", carts))
    for text in (*texts, *long_texts):
        entries, errors, _ = loader.load_string(text)
        assert not errors, errors
        assert len(entries) == len(OPENED) + BATCH
    read = [_read(text) for text in texts]
    for each in read:
        _book(each)
    return [
        Variant("sale/beancount load", loader.load_string, texts, units=BATCH),
        Variant("cart/beancount load", loader.load_string, long_texts, units=BATCH),
        Variant("sale/beancount book", _book, read, units=BATCH),
    ]


def _read(text: str) -> tuple[Any, Any]:
    entries, errors, options = parser.parse_string(text)
    assert not errors, errors
    return entries, options


def _book(read: tuple[Any, Any]) -> Any:
    """Return entries booked and validated.

    Raises:
        ValueError: If anything is wrong with them.
    """
    entries, errors = booking.book(read[0], read[1])
    errors += validation.validate(entries, read[1])
    if errors:
        raise ValueError(str(errors))
    return entries


def _texts(name: str, events: Sequence[Event]) -> Iterator[str]:
    """Yield texts of so many transactions each."""
    head = "".join(f"2020-01-01 open {account} USD\n" for account in OPENED.values())
    pool = [_transaction(name, event) for event in events]
    for start in range(max(len(pool) // BATCH, 1)):
        batch = [pool[(start * BATCH + k) % len(pool)] for k in range(BATCH)]
        yield head + "".join(batch)


def _transaction(name: str, event: Event) -> str:
    """Return an event's lines as text, dimensions as metadata."""
    lines = [f'{event["transaction_date"]} * "{event["external_reference"]}"\n']
    for leg in reference.expected(name, event):
        units = int(leg.amount * 100) * (1 if leg.side == "DR" else -1)
        lines.append(f"  {OPENED[leg.account]}  {Decimal(units).scaleb(-2)} USD\n")
        lines += [f'    {key}: "{value}"\n' for key, value in sorted(leg.dimensions)]
    return "".join(lines) + "\n"
