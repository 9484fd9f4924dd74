"""Prints digests of what a fixed corpus posts, in odd surroundings; run as a program.

Each line is the surroundings and two SHA-256: of the journals and error codes, which are a
promise, and of explanations and messages, whose words may change from release to release. The
corpus comes from a seeded generator, so that it is the same in every process.
"""

import decimal
import hashlib
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from hera_engine import PostingEngine, load_schema
from hera_engine.journal import JournalEntry
from tests.laws.posting import DECLARATIONS, SETTLEMENT

EVENTS: Final = 40

OWN_RULES: Final = """
on HERA.POS.SALE.V1 {
  let part = round(total_amount * 12.5%)
  given total_amount = sum(gross(items)) + tip_amount
  for payment in payments { debit tender_of(payment.method default "card") payment.amount }
  for item in items {
    credit revenue_of(item.kind default "service") net(item) by staff_id
    credit tax_output tax(item)
  }
  credit tips_payable tip_amount by staff_id when tip_amount > 0
  debit fees part
  credit rounding round(total_amount / 8)
}
on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1
"""

CONTEXTS: Final = (
    ("default", decimal.Context()),
    ("precision 4", decimal.Context(prec=4)),
    ("round up", decimal.Context(prec=6, rounding=decimal.ROUND_UP)),
    ("inexact trap", decimal.Context(prec=5, traps=[decimal.Inexact, decimal.Rounded])),
    ("Emax 2", decimal.Context(prec=3, Emax=2, Emin=-2)),
    ("no traps", decimal.Context(prec=2, traps=[])),
    ("floats trapped", decimal.Context(traps=[decimal.FloatOperation, decimal.Subnormal])),
)  # fmt: skip


def corpus() -> Iterator[dict[str, object]]:
    """Yield events of every kind, some of which are refused."""
    dice = random.Random(20250101)
    for number in range(EVENTS):
        currency, exponent = dice.choice((("USD", 2), ("JPY", 0), ("KWD", 3)))
        write = partial(_written, exponent=exponent)
        items = [_item(dice, write) for _ in range(dice.randint(1, 6))]
        total = sum(int(str(item["amount"]).replace(".", "")) for item in items)
        tip = dice.choice((0, 0, dice.randint(1, 999)))
        context: dict[str, object] = {
            "items": items,
            "tip_amount": write(tip),
            "payment_method": dice.choice(("cash", "card")),
            "labels": {"b": [1, "é"], "a": None},
        }
        if dice.random() < 0.2:
            context["org_unit"] = "BR-1"
        event: dict[str, object] = {
            "organization_id": "org-1",
            "event_smart_code": dice.choice(("HERA.POS.SALE.V1", "HERA.POS.REFUND.v1")),
            "total_amount": write(total + tip + (number % 17 == 0)),
            "currency": currency,
            "transaction_date": "2025-03-01",
            "business_context": context,
        }
        if dice.random() < 0.3:
            event |= {"base_currency": "EUR", "exchange_rate": {"per_base": "1.0837"}}
        yield event


def _item(dice: random.Random, write: Callable[[int], str]) -> dict[str, object]:
    """Return one item, sometimes returned, with or without a value of a dimension."""
    amount = dice.randint(1, 10**6)
    item: dict[str, object] = {"amount": write(-amount if dice.random() < 0.1 else amount)}
    if dice.random() < 0.7:
        item["staff_id"] = f"EMP-{dice.randint(1, 4)}"
    if dice.random() < 0.5:
        item["kind"] = dice.choice(("service", "product"))
    return item


def _written(units: int, exponent: int) -> str:
    digits = str(abs(units)).rjust(exponent + 1, "0")
    sign = "-" if units < 0 else ""
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"


def engines() -> tuple[PostingEngine, ...]:
    """Return an engine with the standard rules, and one with rules of its own in JSON."""
    own = load_schema(DECLARATIONS + OWN_RULES + SETTLEMENT)
    return PostingEngine(DECLARATIONS), PostingEngine(own.to_json_dict())


def digest(posting: tuple[PostingEngine, ...], context: decimal.Context) -> str:
    """Return both digests of what the corpus posts under an ambient decimal context."""
    decimal.setcontext(context.copy())
    journals, words = hashlib.sha256(), hashlib.sha256()
    for event in corpus():
        for engine in posting:
            (result,) = engine.simulate_many([event])
            if isinstance(result, JournalEntry):
                journals.update(result.to_json())
                words.update(str(engine.explain(event)).encode())
            else:
                journals.update(result.code.encode())
                words.update(str(result).encode())
    return f"{journals.hexdigest()} {words.hexdigest()}"


def main() -> None:
    """Print a digest for each context, for engines compiled inside one, and for threads."""
    posting = engines()
    for name, context in CONTEXTS:
        print(f"{name}: {digest(posting, context)}")  # noqa: T201 # the program's output
    decimal.setcontext(CONTEXTS[4][1].copy())
    print(f"compiled inside: {digest(engines(), CONTEXTS[4][1])}")  # noqa: T201 # as above
    with ThreadPoolExecutor(8) as pool:
        shared = [pool.submit(digest, posting, CONTEXTS[n % 7][1]) for n in range(8)]
    for number, each in enumerate(shared):
        print(f"thread {number}: {each.result()}")  # noqa: T201 # as above


if __name__ == "__main__":
    main()
