"""A program for row 18: what the first event costs more than later ones, of two alike schemas.

python -m benchmarks.cases.first_post

The second schema has other accounts, names, a rate and a code, and the same statements. A cart was
posted before, so that neither pays for what is imported late.
"""

import time
from typing import Any, Final

from benchmarks.cases.compiling import alike
from benchmarks.engines import build, engine, schema_text
from benchmarks.events import pool
from hera_engine import PostingEngine

LATER: Final = 20
"""Events after the first; the quickest counts."""


def main() -> None:
    """Print nanoseconds for the first schema and for the second."""
    engine("cart", "compiled").simulate(pool("cart", 1)[0])
    other = alike(1, rate="7").replace("HERA.POS.SALE.V1", "HERA.SHOP.SALE.V1")
    engines = [build(text, "compiled") for text in (schema_text("sale"), other)]
    first, second = pool("sale", LATER + 1), pool("sale", LATER + 1)
    for event in second:
        event["event_smart_code"] = "HERA.SHOP.SALE.V1"
    for chosen, events in zip(engines, (first, second), strict=True):
        at_first = _posted(chosen, events[0])
        later = min(_posted(chosen, event) for event in events[1:])
        # Where nothing is compiled so late, both are about the same: then it is nothing.
        print(max(at_first - later, 1))


def _posted(engine: PostingEngine, event: Any) -> int:
    """Return the nanoseconds that an event takes."""
    start = time.perf_counter_ns()
    engine.simulate(event)
    return time.perf_counter_ns() - start


if __name__ == "__main__":
    main()
