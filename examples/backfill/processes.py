"""Recipe 1: processes of this machine, each with an engine of its own.

Nothing but paths goes in and nothing but summaries comes out: to pickle the lines of a journal
costs more than to make them.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from examples.backfill.shards import RunError, Shard
from examples.backfill.tasks import Done, Failed, Outcome, Runner, Task, Work

_works: list[Work] = []
"""In a worker: the one thing it does. A pool has no other place for what its workers keep."""


def in_processes(workers: int) -> Runner:
    """Return a runner over so many processes; with one it is this process itself."""

    def run(task: Task, shards: Iterable[Shard]) -> Iterator[Outcome]:
        return _in_pool(task, shards, workers) if workers > 1 else _here(task, shards)

    return run


def _here(task: Task, shards: Iterable[Shard]) -> Iterator[Outcome]:
    """Yield outcomes in order; a thread does the work, and turns what it raises into a result."""
    work = task.ready()
    with ThreadPoolExecutor(max_workers=1) as pool:
        for shard in shards:
            future = pool.submit(work, shard)
            wait([future])
            yield _outcome(future, shard)


def _in_pool(task: Task, shards: Iterable[Shard], workers: int) -> Iterator[Outcome]:
    """Yield outcomes as they come.

    Processes are spawned, not forked: a fork copies locks as they happen to be.

    Raises:
        RunError: If a worker died; what is finished stays.
    """
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=_start, initargs=(task,)
    )
    try:
        with _without_interrupts():
            asked = {pool.submit(_do, shard): shard for shard in shards}
        for future in as_completed(asked):
            yield _outcome(future, asked[future])
    except BrokenProcessPool as error:
        raise RunError("a worker died: run the same command again to go on") from error
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, also while they still import what they need.

    They inherit that it is ignored; in any other thread than the first it cannot be said.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _outcome(future: Future[Done], shard: Shard) -> Outcome:
    error = future.exception()
    if isinstance(error, BrokenProcessPool):
        raise error
    return future.result() if error is None else Failed(shard, f"{type(error).__name__}: {error}")


def _start(task: Task) -> None:
    """Make a worker ready: compile, and end when the process ends that started it.

    A pool does not see to the latter: killed, it leaves workers that wait for ever. Ctrl-C is left
    to the run, which waits for the few shards they have.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _works.append(task.ready())


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _do(shard: Shard) -> Done:
    return _works[0](shard)
