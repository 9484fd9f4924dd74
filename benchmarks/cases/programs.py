"""Rows 18, 19 and 20: what has to be measured in processes of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks import events
from benchmarks.cases import shard
from benchmarks.engines import engine, has_executors
from benchmarks.figures import Measured
from benchmarks.harness import Samples, alternate
from benchmarks.plan import Plan

ROOT: Final = Path(__file__).resolve().parents[2]
SECONDS: Final = 600
"""A program that takes longer is ended."""
IMPORT: Final = """
import sys, time
start = time.perf_counter_ns()
{statement}
print(time.perf_counter_ns() - start)
print("lark" in sys.modules)
"""

IMPORTS: Final = {
    "hera_engine": "import hera_engine",
    "pydantic": "import pydantic",
    "the engine": "from hera_engine import PostingEngine",
    "a model": "from pydantic import BaseModel",
}
"""What is imported, by the name of its figure; both packages import names when asked for them."""


def measure_imports(plan: Plan, told: Callable[[str], None]) -> Measured:
    """Return nanoseconds of an import in a fresh interpreter; Lark must not come with it."""
    told("importing in fresh interpreters")
    with tempfile.TemporaryDirectory() as folder:
        # Modules are compiled once, in the round that is not counted, as when they are installed.
        environment = {**_environment(), "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def imports(statement: str) -> float:
            program = [sys.executable, "-c", IMPORT.format(statement=statement)]
            spent, lark = _printed(program, environment).split()
            assert lark == "False", f"`{statement}` imports Lark"
            return float(spent)

        actions = {
            f"import/{name}": (lambda statement=statement: imports(statement))
            for name, statement in IMPORTS.items()
        }
        return Measured(alternate(actions, plan.heavy_rounds), {})


def measure_first_posts(plan: Plan, told: Callable[[str], None]) -> Measured:
    """Return what the first event of two schemas of one shape costs more than the next one."""
    names = ("first post/first schema", "first post/second schema")
    if not has_executors():
        reason = "this version has no choice of executors: nothing is compiled at the first event"
        return Measured(Samples(), dict.fromkeys(names, reason))
    told("first events in fresh interpreters")
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(plan.heavy_rounds):
        program = [sys.executable, "-m", "benchmarks.cases.first_post"]
        printed = _printed(program, _environment()).split()
        for name, spent in zip(names, printed, strict=True):
            taken[name].append(float(spent))
    return Measured(Samples(taken), {})


def measure_shards(plan: Plan, told: Callable[[str], None]) -> Measured:
    """Return nanoseconds per event for two files, by one process and by two."""
    told(f"two files of {plan.shard:,} events")
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        pairs = []
        for number in range(2):
            source = folder / f"events-{number}.jsonl"
            shard.write_events(source, events.pool("sale", plan.shard, seed=number))
            pairs.append((source, folder / f"entries-{number}.jsonl"))
        schema = folder / "schema.json"
        schema.write_text(json.dumps(engine("sale").schema.to_json_dict()), encoding="utf-8")
        workers = [_Worker(opened, schema) for _ in range(2)]

        def alone() -> float:
            return _timed(lambda: [workers[0].do(pair) for pair in pairs], plan.shard)

        def together() -> float:
            def both() -> list[str]:
                for worker, pair in zip(workers, pairs, strict=True):
                    worker.ask(pair)
                return [worker.answer() for worker in workers]

            return _timed(both, plan.shard)

        actions = {"shards/one process": alone, "shards/two processes": together}
        samples = alternate(actions, min(plan.heavy_rounds, 7))
    return Measured(samples, {})


def _timed(work: Callable[[], Sequence[str]], count: int) -> float:
    start = time.perf_counter_ns()
    answers = work()
    spent = time.perf_counter_ns() - start
    assert answers == [str(count)] * 2, f"the workers answered {answers}"
    return spent / (2 * count)


class _Worker:
    """A process that posts the events of one file into another, again and again."""

    def __init__(self, opened: ExitStack, schema: Path) -> None:
        self._process = opened.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.cases.shard", str(schema)],
                cwd=ROOT,
                env=_environment(),
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        assert self._process.stdin is not None
        opened.callback(self._process.stdin.close)
        assert self.answer() == "ready"

    def ask(self, pair: tuple[Path, Path]) -> None:
        """Tell the process which file to read and which to write."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{pair[0]}\t{pair[1]}\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """Wait for what the process says."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def do(self, pair: tuple[Path, Path]) -> str:
        """Have one file done and return how many events it held."""
        self.ask(pair)
        return self.answer()


def _printed(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return what a program prints.

    Raises:
        RuntimeError: With what it said, if it failed.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def _environment() -> dict[str, str]:
    """Return the environment in which a process finds what this one found."""
    paths = [str(ROOT / "src"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
