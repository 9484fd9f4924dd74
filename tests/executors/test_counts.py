"""What posting by a compiled rule never does, and what surrounds it never changes.

Counts, not times: they do not flake. What both executors share is told in
tests/architecture/test_hot_path.py.
"""

import copy
import decimal
import gc
import pickle
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import pytest

from benchmarks.engines import engine as engine_of_benchmark
from benchmarks.events import pool
from hera_engine import HeraError, JournalEntry, PostingEngine, limits
from hera_engine.rules.executor import Executor
from tests.executors.dice import Dice
from tests.executors.draw_events import drawn_event
from tests.executors.draw_schemas import compiled
from tests.executors.twins import Twins, outcome, unlike
from tests.laws.posting import DECLARATIONS
from tests.laws.posting_digest import CONTEXTS

SOURCE: Final = Path(sys.modules["hera_engine"].__file__ or "").parent
CALLED: Final = frozenset(
    (
        "engine",
        "frozen",
        "money",
        "allocation",
        "periods",
        "tax/compute",
        "<generated>",
        "fractions",
    )
)
"""Modules of ours whose functions posting a cart may call, beside rules/fused."""
REFUSED: Final = {
    "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": "1.00",
    "currency": "USD", "business_context": {"sale_amount": "7.00"},
}  # fmt: skip


@pytest.fixture(scope="module", name="engine")
def _engine() -> PostingEngine:
    """Return the benchmarks' engine, its rule written."""
    engine = _new()
    _post(engine)
    return engine


def _new() -> PostingEngine:
    return PostingEngine(engine_of_benchmark("cart").schema)


def _events() -> list[dict[str, object]]:
    return pool("cart", 5)


def _post(engine: PostingEngine) -> list[bytes]:
    return [engine.simulate(event).to_json() for event in _events()]


def _explode(*_arguments: object, **_named: object) -> NoReturn:
    raise AssertionError("this must not be called while a compiled rule posts")


def _called(act: Callable[[], object]) -> set[str]:
    """Return the files of all Python functions that an act calls.

    The collector rests meanwhile: what test tools have it call is none of the act's.
    """
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            seen.add(frame.f_code.co_filename)

    gc.disable()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
        gc.enable()
    return seen - {__file__}


def test_a_compiled_rule_calls_little(engine: PostingEngine) -> None:
    """No parser, model, pattern or interpreter: the modules of all that is called are few."""
    events = _events()

    files = _called(lambda: [engine.simulate(event) for event in events])

    ours = {_place(file) for file in files}
    assert ours <= CALLED
    assert "<generated>" in ours


def _place(file: str) -> str:
    """Return what a module is called here; those of the compiled executor are the engine's."""
    if file.startswith("hera_engine/rule_"):
        return "<generated>"
    path = Path(file)
    if not path.is_relative_to(SOURCE):
        return path.stem
    inside = path.relative_to(SOURCE).with_suffix("").as_posix()
    return "engine" if inside.startswith("rules/fused/") else inside


def test_a_compiled_rule_asks_neither_reader_nor_interpreter(
    engine: PostingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reader of events and the interpreter removed, carts post as before."""
    expected = _post(engine)
    for name in ("run", "read_event"):
        monkeypatch.setattr(f"hera_engine.engine.{name}", _explode)

    assert _post(engine) == expected


@pytest.mark.parametrize("number", range(len(CONTEXTS)), ids=[name for name, _ in CONTEXTS])
def test_the_decimal_context_decides_nothing(engine: PostingEngine, number: int) -> None:
    """Bytes are the same under any ambient context, whose flags and settings stay as they are."""
    expected = _post(engine)
    context = CONTEXTS[number][1].copy()
    context.flags[decimal.Rounded] = True
    with decimal.localcontext(context) as ambient:
        before = repr(ambient)

        found = _post(engine)

        assert repr(decimal.getcontext()) == before
        assert decimal.getcontext() is ambient
    assert found == expected


def test_drawn_events_under_an_odd_context() -> None:
    """So are entries and errors of drawn schemas, written under that context and posted there."""
    for seed in range(5):
        drawn, _, _ = compiled(seed)
        # A caller's own stages reckon as the ambient context has it.
        arguments = {name: each for name, each in drawn.arguments.items() if name != "stages"}
        drawn = replace(drawn, arguments=arguments)
        twins = drawn.twins()
        events = [drawn_event(drawn, Dice(seed * 7_919 + number)) for number in range(15)]
        expected = [outcome(twins.interpreted, event) for event in events]
        odd = decimal.Context(prec=4, rounding=decimal.ROUND_UP, traps=[decimal.Inexact])
        with decimal.localcontext(odd):
            fresh = drawn.twins()
            found = [outcome(fresh.compiled, event) for event in events]
        told = [
            each
            for left, right in zip(found, expected, strict=True)
            for each in unlike(left, right)
        ]
        assert told == []


@pytest.mark.parametrize("entries", [2, 4_096])
def test_threads_share_an_engine(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight threads that post with one new engine give what one gives, also as memos run over."""
    monkeypatch.setattr(limits, "MEMO_ENTRIES", entries)
    drawn, twins, _ = compiled(3)
    many = [drawn_event(drawn, Dice(number)) for number in range(60)]
    expected = [_shown(outcome(twins.interpreted, event)) for event in many]
    plain, shared = _new(), drawn.twins().compiled
    sales = _post(_new())

    def work(number: int) -> tuple[list[bytes], list[bytes]]:
        turned = many[number:] + many[:number]
        found = [_shown(outcome(shared, event)) for event in turned]
        return found[len(many) - number :] + found[: len(many) - number], _post(plain)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(work, range(16)))
    finally:
        sys.setswitchinterval(interval)

    assert results == [(expected, sales)] * 16


def _shown(result: object) -> bytes:
    if isinstance(result, JournalEntry):
        return result.to_json()
    return str(result.to_dict() if isinstance(result, HeraError) else result).encode()


@pytest.mark.parametrize("executor", Executor)
def test_a_copied_engine_has_the_same_executor(executor: Executor) -> None:
    """Pickled or copied, before its first event or after it, an engine posts as before."""
    engine = PostingEngine(DECLARATIONS, executor=executor)
    event = {**REFUSED, "business_context": {}}
    fresh = pickle.loads(pickle.dumps(engine))
    entry = engine.simulate(event)

    for again in (
        fresh,
        pickle.loads(pickle.dumps(engine)),
        copy.deepcopy(engine),
        copy.copy(engine),
    ):
        assert again.executor is executor
        assert again.fingerprint == engine.fingerprint
        assert list(unlike(again.simulate(event), entry)) == []


def test_an_executor_is_named_or_refused() -> None:
    """Both names are taken, compiled is the default, and any other is refused with a hint."""
    assert PostingEngine(DECLARATIONS).executor is Executor.COMPILED
    for name in ("compiled", "interpreted"):
        assert PostingEngine(DECLARATIONS, executor=name).executor == name
    for wrong in _wrong():
        with pytest.raises(HeraError) as caught:
            PostingEngine(DECLARATIONS, executor=wrong)
        assert caught.value.code == "E_GUARDRAIL"
        assert caught.value.hint is not None


def _wrong() -> Iterator[Any]:
    yield from ("", "Compiled", "compile", None, 1, True, ["compiled"], object())


def test_both_executors_explain_alike() -> None:
    """An explanation is the same whichever executor posts."""
    twins = Twins.of(DECLARATIONS)
    event = {**REFUSED, "business_context": {"tip_amount": "0.50"}}

    stories = [engine.explain(event) for engine in (twins.compiled, twins.interpreted)]

    assert str(stories[0]) == str(stories[1])
    assert list(unlike(stories[0].entry, twins.compiled.simulate(event))) == []
