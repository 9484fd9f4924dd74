"""The engines that are timed: a schema of `schemas/` under one of the executors.

What this version of the engine does not have is found out by asking, and reported as not there.
"""

import inspect
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks import stages
from hera_engine import PostingEngine

SCHEMAS: Final = Path(__file__).with_name("schemas")
EXECUTORS: Final = ("compiled", "interpreted")
OWN_STAGES: Final = {"staged": stages.OWN}
"""The stages of the schemas that are meant to have some."""


def schema_text(name: str) -> str:
    """Return the text form of a schema of the benchmark."""
    return (SCHEMAS / f"{name}.hera").read_text(encoding="utf-8")


def has_executors() -> bool:
    """Whether an engine can be told how to carry out its plan."""
    return "executor" in inspect.signature(PostingEngine).parameters


def build(
    text: str, executor: str | None = None, own: tuple[stages.Own, ...] = ()
) -> PostingEngine:
    """Return a new engine; without an executor, the one that users get.

    Raises:
        LookupError: If this version of the engine has no choice of executors.
    """
    if executor is None:
        return PostingEngine(text, stages=own)
    if not has_executors():
        raise LookupError("this version has no choice of executors")
    make: type = PostingEngine
    engine: PostingEngine = make(text, stages=own, executor=executor)
    return engine


@cache
def engine(name: str, executor: str | None = None) -> PostingEngine:
    """Return the engine of a schema of the benchmark, compiled once."""
    return build(schema_text(name), executor, OWN_STAGES.get(name, ()))


def reference_engine(name: str) -> PostingEngine:
    """Return the engine whose entries the others are held to: the interpreter."""
    return engine(name, "interpreted" if has_executors() else None)
