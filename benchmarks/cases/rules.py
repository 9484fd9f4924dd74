"""Row 12: the same event under few rules and under many, every second one a pattern."""

from collections.abc import Iterator
from random import Random

from benchmarks.engines import build
from benchmarks.events import Event, money
from benchmarks.harness import Variant
from benchmarks.plan import Plan
from hera_engine import PostingEngine

HEAD = """schema "Benchmark of routing" version 1
ledgers GL
account clearing 1100 asset
account revenue 4100 revenue
payments immediate

"""


def variants(plan: Plan) -> Iterator[Variant]:
    """Yield posting with few rules and with many."""
    for label, count in zip(("few", "many"), plan.rules, strict=True):
        engine, events = build(schema(count)), events_for(count, plan.pool)
        for event in events:
            _check(engine, event)
        yield Variant(f"rules/{label}", engine.simulate, events)


def schema(count: int) -> str:
    """Return a schema of so many rules; those with odd numbers are patterns."""
    bodies = (
        f"on HERA.K{number:05d}.{'*' if number % 2 else 'SALE'}.V1 "
        "{ debit clearing total_amount credit revenue total_amount }\n"
        for number in range(count)
    )
    return HEAD + "".join(bodies)


def events_for(count: int, size: int) -> list[Event]:
    """Return events for rules all over the schema; those for patterns have a segment of theirs."""
    random = Random(count)
    events: list[Event] = []
    for number in range(size):
        rule = random.randrange(count)
        word = f"S{number}" if rule % 2 else "SALE"
        events.append(
            {
                "organization_id": "org-1",
                "event_smart_code": f"HERA.K{rule:05d}.{word}.V1",
                "total_amount": money(random.randrange(100, 5_000_000)),
                "currency": "USD",
                "business_context": {},
            }
        )
    return events


def _check(engine: PostingEngine, event: Event) -> None:
    """Raise unless the rule of the event's own number posts its total on both sides."""
    entry = engine.simulate(event)
    assert [str(line.amount) for line in entry.lines] == [event["total_amount"]] * 2
    number = str(event["event_smart_code"]).split(".")[1]
    assert all(line.origin.rule.split(".")[1] == number for line in entry.lines), entry
