"""Makes a large set of events of tills: seeded, each different, some of them bad.

The same seed and size give the same bytes, on any machine.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

ORGANIZATION: Final = "77777777-7777-7777-7777-777777777777"
BRANCHES: Final = ("MARINA", "DEIRA", "JUMEIRAH", "AL-AIN")
DECIMALS: Final[Mapping[str, int]] = MappingProxyType(
    {"AED": 2, "USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
)
"""Currencies of the events, each with the decimals of its minor unit."""
CURRENCIES: Final = ("AED",) * 90 + ("USD",) * 4 + ("EUR",) * 3 + ("JPY",) * 2 + ("KWD",)
KINDS: Final = ("HERA.POS.SALE.V1",) * 90 + ("HERA.POS.REFUND.V1", "HERA.CARD.SETTLEMENT.V1") * 5
BAD_IN: Final = 50
"""One event in so many is bad, on average."""

Event = dict[str, object]


def write_events(folder: Path, *, events: int, per_shard: int, seed: int) -> int:
    """Write so many events into shards of JSON lines; return how many shards.

    Args:
        folder: Where to; it is made if it is not there. Shards that are there are overwritten.
        events: How many, the bad ones among them.
        per_shard: Lines of a shard; the last one may have fewer.
        seed: Whole number; another one gives other events.
    """
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, events, per_shard)
    for number, start in enumerate(starts):
        with (folder / f"events-{number:05}.jsonl").open("wb") as file:
            file.writelines(_lines(start, min(start + per_shard, events), f"{seed}/{number}"))
    return len(starts)


def _lines(start: int, end: int, seed: str) -> Iterator[bytes]:
    """Yield the lines of one shard; references count through all shards."""
    chance = random.Random(seed)
    for number in range(start, end):
        line = json.dumps(_event(number, chance), separators=(",", ":")).encode()
        if chance.randrange(BAD_IN) == 0:
            line = chance.choice(SPOILS)(line)
        yield line + b"\n"


def _event(number: int, chance: random.Random) -> Event:
    """Return a good event; the next version of the schema takes all but those in euros."""
    kind, currency = chance.choice(KINDS), chance.choice(CURRENCIES)
    event: Event = {
        "organization_id": ORGANIZATION,
        "event_smart_code": kind,
        "transaction_date": f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        "external_reference": f"TILL-{number:09}",
        "currency": currency,
    }
    if currency == "USD":
        event |= {"base_currency": "AED", "exchange_rate": "3.6725"}
    total, context = _settled(chance, currency) if "CARD" in kind else _sold(chance, currency)
    context["branch"] = chance.choice(BRANCHES)
    return event | {"total_amount": total, "business_context": context}


def _settled(chance: random.Random, currency: str) -> tuple[str, dict[str, object]]:
    """Return the total and the context of a bank's payout of card payments."""
    total = chance.randint(10_000, 5_000_000)
    return _written(total, currency), {"fee": _written(total // 50, currency)}


def _sold(chance: random.Random, currency: str) -> tuple[str, dict[str, object]]:
    """Return the total and the context of a sale or a refund."""
    prices = [chance.randint(30, 90_000) for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))]
    tip = chance.choice((0, 0, 0, chance.randint(1, 5_000)))
    context: dict[str, object] = {
        "items": [
            {
                "amount": _written(price, currency),
                "tax_category": chance.choice(("service", "product")),
            }
            for price in prices
        ],
        "paid_by": chance.choice(("cash", "card")),
    }
    if tip:
        context["tip"] = _written(tip, currency)
    if chance.randrange(3) == 0:
        context["points"] = _written(sum(prices) // 100, currency)
    return _written(sum(prices) + tip, currency), context


def _written(units: int, currency: str) -> str:
    """Return so many minor units as a decimal number."""
    places = DECIMALS[currency]
    whole, part = divmod(units, 10**places)
    return f"{whole}.{part:0{places}}" if places else str(whole)


def _without(field: str) -> Callable[[bytes], bytes]:
    """Return what takes a field of the event away."""

    def spoil(line: bytes) -> bytes:
        event = json.loads(line)
        del event[field]
        return json.dumps(event).encode()

    return spoil


def _with(field: str, value: object) -> Callable[[bytes], bytes]:
    """Return what sends a field of the event as something that is wrong."""

    def spoil(line: bytes) -> bytes:
        return json.dumps({**json.loads(line), field: value}).encode()

    return spoil


SPOILS: Final = (
    _without("external_reference"),
    _without("business_context"),
    _with("total_amount", "0.07"),
    _with("total_amount", "NaN"),
    _with("event_smart_code", "HERA.POS.BARTER.V1"),
    lambda line: line[: len(line) // 2],
    lambda _line: b"",
    lambda line: line.replace(b"TILL", b"T\xff"),
)
"""Each makes a good line bad in a way of its own."""
