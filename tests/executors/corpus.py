"""What the repository has to post, by name: each runs all its events, watched by whoever asks.

Nothing is read twice here: the loaders are those of the corpora's own tests, which say elsewhere
whether what comes out is right.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from benchmarks.engines import engine as engine_of_benchmark
from benchmarks.events import pool
from hera_engine import HeraError, PostingEngine, SchemaSet
from hera_engine.rules.cases import event_of, worked_cases
from tests.conformance.case_files import CASES
from tests.conformance.judge import Trial, differences
from tests.errors.test_errors import SAMPLES, error_of
from tests.golden.test_golden import CASES as GOLDENS
from tests.golden.test_golden import engine_of, shown
from tests.laws.posting_digest import corpus as digested
from tests.laws.posting_digest import engines as digested_engines
from tests.vectors.cases import read_cases
from tests.vectors.runner import judge

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = tuple(sorted((ROOT / "examples").rglob("*.hera")))
RUNBOOK: Final = ROOT / "examples" / "runbook"
VECTORS: Final = tuple(sorted((ROOT / "tests" / "vectors" / "data").glob("*.json")))
BENCHMARKED: Final[Mapping[str, int]] = MappingProxyType(
    {"sale": 60, "cart": 30, "invoice": 2, "books": 60, "staged": 10}
)
"""How many events of each benchmark are posted."""


def post(engine: PostingEngine | SchemaSet, events: Iterable[Any]) -> None:
    """Post events one by one, whatever becomes of them."""
    for event in events:
        with suppress(HeraError):
            engine.simulate(event)


def _post_cases(engine: PostingEngine) -> None:
    """Post the events of the cases that an engine's schema has."""
    nodes = engine.schema.nodes
    post(engine, [event_of(case, nodes) for case in worked_cases(nodes)])


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _conformance() -> None:
    """Post the events of the cases of every clause, and the cases that their schemas have."""
    for case in CASES:
        named = case.said["versions"] if "versions" in case.said else [case.said["schema"]]
        assert isinstance(named, list)
        with suppress(HeraError):
            engine = Trial(case, tuple(map(case.document, named))).engine()
            if "event" in case.said:
                post(engine, [case.said["event"]])
            elif isinstance(engine, PostingEngine):
                _post_cases(engine)


def _conformance_in_all_forms() -> None:
    """Run the cases of every clause as their own test does, in each form of their schemas."""
    for case in CASES:
        list(differences(case))


def _vectors() -> None:
    """Answer every published vector."""
    for path in VECTORS:
        for case in read_cases(path):
            judge(case)


def _goldens() -> None:
    """Post every worked example, and the cases that its schema has."""
    for case in GOLDENS:
        shown(case)
        _post_cases(engine_of(case))


def _errors() -> None:
    """Post the sample of every error."""
    for sample in SAMPLES:
        error_of(sample)


def _examples() -> None:
    """Post the cases of every example's schema, and the event beside it."""
    for path in EXAMPLES:
        engine = PostingEngine(path.read_text(encoding="utf-8"))
        _post_cases(engine)
        post(engine, [_json(path.with_name("event.json"))])


def _runbook() -> None:
    """Post the runbook's events under its schema in JSON."""
    engine = PostingEngine(
        _json(RUNBOOK / "posting-schema.json"),
        chart=_json(RUNBOOK / "chart.json"),
        tax_profiles=[_json(RUNBOOK / "tax-profile.json")],
    )
    lines = (RUNBOOK / "events.jsonl").read_bytes().splitlines()
    post(engine, [_json(RUNBOOK / "event.json")])
    for line in lines:
        with suppress(HeraError):
            engine.simulate_json(line)


def _digest() -> None:
    """Post the fixed corpus of the determinism test."""
    for engine in digested_engines():
        post(engine, list(digested()))


def _benchmark(name: str) -> Callable[[], None]:
    """Return what posts the benchmarks' events of a name."""
    return lambda: post(engine_of_benchmark(name), pool(name, BENCHMARKED[name]))


CORPORA: Final[Mapping[str, Callable[[], None]]] = MappingProxyType(
    {
        "conformance": _conformance,
        "vectors": _vectors,
        "goldens": _goldens,
        "errors": _errors,
        "examples": _examples,
        "runbook": _runbook,
        "digest": _digest,
        **{name: _benchmark(name) for name in BENCHMARKED},
    }
)
"""Everything the repository has, by name."""
LONG: Final[Mapping[str, Callable[[], None]]] = MappingProxyType(
    {**CORPORA, "conformance in all forms": _conformance_in_all_forms}
)
"""What the long run posts: the same, and what takes minutes."""
