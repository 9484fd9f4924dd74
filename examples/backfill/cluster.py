"""Recipe 2: the same tasks on a Dask cluster, on this machine or on many.

Each worker is sent the schema once and compiles it once, also one that joins late or starts again
after a crash; Dask gives the shards of a worker that is gone to another.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from distributed import Client, LocalCluster, Worker, WorkerPlugin, as_completed, get_worker

from examples.backfill.shards import Shard
from examples.backfill.tasks import Done, Failed, Outcome, Runner, Task, Work

_PLUGIN = "hera-engine"
_RETRIES = 2


class Engine(WorkerPlugin):
    """What a worker keeps from shard to shard: it travels as a task, and is compiled there."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.work: Work | None = None

    def setup(self, worker: Worker) -> None:
        """Compile; Dask calls it once in each worker, before the first shard."""
        self.work = self.task.ready()


@contextmanager
def client_of(scheduler: str | None, workers: int) -> Iterator[Client]:
    """Hand out a client of a scheduler at an address, else of a cluster of this machine."""
    with ExitStack() as stack:
        where: object = scheduler
        if scheduler is None:
            # Dask serves its health by HTTP whatever it is told; any free port will do.
            cluster = LocalCluster(  # type: ignore[no-untyped-call]  # Dask has no types there
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
            )
            where = stack.enter_context(cluster)
        client = Client(where)  # type: ignore[no-untyped-call]  # as above
        yield stack.enter_context(client)


def in_cluster(client: Client) -> Runner:
    """Return a runner over the workers of a client, which must see the same folders."""

    def run(task: Task, shards: Iterable[Shard]) -> Iterator[Outcome]:
        client.register_plugin(Engine(task), name=_PLUGIN)
        asked = {client.submit(_do, shard, pure=False, retries=_RETRIES): shard for shard in shards}
        for future in as_completed(asked):  # type: ignore[no-untyped-call]  # as above
            shard, error = asked[future], future.exception()
            if error is None:
                yield future.result()
            else:
                yield Failed(shard, f"{type(error).__name__}: {error}")

    return run


def _do(shard: Shard) -> Done:
    engine = get_worker().plugins[_PLUGIN]
    if not isinstance(engine, Engine) or engine.work is None:
        raise TypeError(f"the worker has another plugin called {_PLUGIN}")
    return engine.work(shard)
