"""What the service counts, in the text format of Prometheus.

Labels are routes, HTTP statuses, outcomes and error codes: few, and nobody's data.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the latency buckets, in seconds."""
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts of requests and their latencies; used by one event loop, not thread-safe."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int, str, str]] = Counter()
        # A latency beyond the last bucket is counted in the place behind it.
        self._slots: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def count(self, route: str, status: int, outcome: str, code: str, seconds: float) -> None:
        """Count a request that has been answered.

        Args:
            route: The path of the route, one of a few.
            status: HTTP status.
            outcome: done, repeated, refused or failed.
            code: The error code, or an empty text.
            seconds: How long it took.
        """
        self._requests[route, status, outcome, code] += 1
        self._slots[route][bisect_left(BUCKETS, seconds)] += 1
        self._seconds[route] += seconds

    def text(self) -> str:
        """Return all counts, sorted."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        name = "hera_ledger_requests_total"
        yield f"# HELP {name} Requests by route, status, outcome and error code."
        yield f"# TYPE {name} counter"
        for (route, status, outcome, code), number in sorted(self._requests.items()):
            labels = f'route="{route}",status="{status}",outcome="{outcome}",code="{code}"'
            yield f"{name}{{{labels}}} {number}"
        name = "hera_ledger_request_seconds"
        yield f"# HELP {name} Time from the request's arrival to its answer."
        yield f"# TYPE {name} histogram"
        for route, slots in sorted(self._slots.items()):
            below = 0
            for end, number in zip((*map(str, BUCKETS), "+Inf"), slots, strict=True):
                below += number
                yield f'{name}_bucket{{route="{route}",le="{end}"}} {below}'
            yield f'{name}_sum{{route="{route}"}} {self._seconds[route]:.6f}'
            yield f'{name}_count{{route="{route}"}} {below}'
