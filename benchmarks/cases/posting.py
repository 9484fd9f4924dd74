"""Rows 1 to 14 and 17: events in, entries out, in one interleaved run with the peers."""

import json
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Final

from benchmarks import reference, typical
from benchmarks.cases import compiling, rules
from benchmarks.engines import build, engine, has_executors, schema_text
from benchmarks.events import Event, cart, pool
from benchmarks.figures import Measured
from benchmarks.floor import books, invoice, sale, staged
from benchmarks.floor import cart as floor_cart
from benchmarks.floor.bare import post as post_without_provenance
from benchmarks.harness import Variant, interleave
from benchmarks.peers import peer_variants
from benchmarks.plan import Plan
from benchmarks.stages import IDLE
from hera_engine import HeraError, PostingEngine
from hera_engine.journal import JournalEntry

FLOORS: Final[Mapping[str, Callable[[Event], JournalEntry]]] = {
    "sale": sale.post,
    "cart": floor_cart.post,
    "invoice": invoice.post,
    "books": books.post,
    "staged": staged.post,
}
TYPICAL: Final[Mapping[str, Callable[[Event], typical.EntryOut]]] = {
    "sale": typical.post_sale,
    "cart": typical.post_cart,
}
NO_STAGELESS: Final = "there is no engine without stages to compare with: an unused one has no code"
NO_NUMSCRIPT: Final = "not in the package index; needs a Go toolchain"


def measure(plan: Plan, told: Callable[[str], None]) -> Measured:
    """Return the samples of the interleaved run; every variant was found right before."""
    missing = {"sale/engine without stages": NO_STAGELESS, "sale/numscript": NO_NUMSCRIPT}
    variants = [
        *_kinds(plan),
        *_executors(plan, missing),
        *_around_the_sale(plan),
        *_items(plan),
        *rules.variants(plan),
        *compiling.variants(plan),
    ]
    if plan.peers:
        peers, absent = peer_variants(pool("sale", plan.pool), pool("cart", plan.pool // 4))
        variants += peers
        missing |= absent
    told(f"{len(variants)} variants agree with the reference")
    samples = interleave(variants, plan.rounds, sample_ns=plan.sample_ns, told=told)
    return Measured(samples, missing)


def _pool(plan: Plan, name: str) -> list[Event]:
    sizes = {"sale": plan.pool, "cart": max(plan.pool // 4, 2), "invoice": plan.invoices}
    return pool(name, sizes.get(name, plan.pool))


def _kinds(plan: Plan) -> Iterator[Variant]:
    """Yield floor and engine for each kind of event, and typical code for two."""
    for name, floor in FLOORS.items():
        events = _pool(plan, name)
        post = engine(name).simulate
        for event in events:
            by_hand = floor(event)
            reference.refuse_other(name, event, reference.legs_of(by_hand), "the floor")
            _refuse_other_entry(by_hand, post(event), event)
        yield Variant(f"{name}/floor", floor, events)
        yield Variant(f"{name}/engine", post, events)
        if name in TYPICAL:
            written = TYPICAL[name]
            for event in events:
                legs = typical.legs_of(written(event))
                reference.refuse_other(name, event, legs, "typical code")
            yield Variant(f"{name}/typical", written, events)


def _refuse_other_entry(by_hand: JournalEntry, posted: JournalEntry, event: Event) -> None:
    """Raise unless two entries are equal and have the same bytes."""
    if by_hand != posted or by_hand.to_json() != posted.to_json():
        raise AssertionError(f"{by_hand} is not {posted}, for {event}")


def _executors(plan: Plan, missing: dict[str, str]) -> Iterator[Variant]:
    """Yield the sale and the cart under each executor, where there is a choice."""
    for name in ("sale", "cart"):
        for executor in ("compiled", "interpreted"):
            if not has_executors():
                missing[f"{name}/{executor}"] = "this version has no choice of executors"
                continue
            events, chosen = _pool(plan, name), engine(name, executor)
            for event in events:
                _refuse_other_entry(FLOORS[name](event), chosen.simulate(event), event)
            yield Variant(f"{name}/{executor}", chosen.simulate, events)


def _around_the_sale(plan: Plan) -> Iterator[Variant]:
    """Yield the sale with other ways in and out, with idle stages, and refused."""
    events, ours = _pool(plan, "sale"), engine("sale")
    texts = [json.dumps(event).encode() for event in events]
    for event, text in zip(events, texts, strict=True):
        _refuse_other_entry(sale.post(event), ours.simulate_json(text), event)
    yield Variant("sale/engine from JSON", ours.simulate_json, texts)
    yield Variant("sale/engine to JSON", lambda event: ours.simulate(event).to_json(), events)
    yield Variant("sale/floor without provenance", post_without_provenance, events)
    idle = build(schema_text("sale"), own=IDLE)
    for event in events:
        assert reference.legs_of(idle.simulate(event)) == reference.expected("sale", event)
    yield Variant("sale/engine with idle stages", idle.simulate, events)
    yield from _refused(events, ours)


def _refused(events: list[Event], ours: PostingEngine) -> Iterator[Variant]:
    """Yield sales with a bad amount and with a wrong total."""

    def refused(event: Event) -> object:
        try:
            return ours.simulate(event)
        except HeraError as error:
            return error

    bad = [_with_context(event, tip_amount="1.2.3") for event in events]
    wrong = [{**event, "total_amount": "1.00"} for event in events]
    for name, code, pool_of_bad in (
        ("amount", "E_GUARDRAIL", bad),
        ("total", "E_UNBALANCED", wrong),
    ):
        for event in pool_of_bad:
            found = refused(event)
            assert isinstance(found, HeraError), f"{event} was posted"
            assert found.code == code, f"{found} for {event}"
        yield Variant(f"sale/refused {name}", refused, pool_of_bad)


def _with_context(event: Event, **changed: object) -> Event:
    context: Any = event["business_context"]
    return {**event, "business_context": {**context, **changed}}


def _items(plan: Plan) -> Iterator[Variant]:
    """Yield carts of three sizes; their unit of work is an item."""
    post = engine("cart").simulate
    for size, label in zip(plan.items, ("100", "1000", "10000"), strict=True):
        random = Random(size)
        events = [cart(random, number, size) for number in range(2)]
        for event in events:
            _refuse_other_entry(floor_cart.post(event), post(event), event)
        yield Variant(f"items/{label}", post, events, units=size)
