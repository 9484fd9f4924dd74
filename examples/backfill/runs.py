"""One run over many shards: what is missing is done, and what came of all is added up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from examples.backfill.backtest import Differences
from examples.backfill.shards import RunFolder, Shard, Summary
from examples.backfill.tally import Tally
from examples.backfill.tasks import Failed, Outcome, Runner, Task
from hera_engine import __version__

Watch = Callable[[Shard], object]
"""Is told of each shard that is over: a progress display."""


@dataclass(slots=True)
class Report:
    """What came of a run.

    Attributes:
        summaries: Of every finished shard, by name, those of earlier attempts among them.
        failed: What was not done, though no event was at fault.
        found_done: How many shards an earlier attempt had finished.
        compiled: How often each process that took part compiled a schema, by its id.
    """

    summaries: dict[str, Summary] = field(default_factory=dict)
    failed: list[Failed] = field(default_factory=list)
    found_done: int = 0
    compiled: dict[int, int] = field(default_factory=dict)

    def note(self, outcome: Outcome) -> None:
        """Take in what came of one shard."""
        if isinstance(outcome, Failed):
            self.failed.append(outcome)
            return
        self.summaries[outcome.shard.name] = outcome.summary
        self.compiled[outcome.process] = outcome.compiled

    @property
    def tally(self) -> Tally:
        """What all shards of a posting run come to."""
        total = Tally()
        for summary in self.summaries.values():
            total.merge(Tally.from_dict(summary.figures))
        return total

    @property
    def differences(self) -> Differences:
        """What all shards of a backtest come to."""
        total = Differences()
        for summary in self.summaries.values():
            total.merge(Differences.from_dict(summary.figures))
        return total


def run(
    task: Task, folder: RunFolder, shards: tuple[Shard, ...], runner: Runner, watch: Watch
) -> Report:
    """Do every shard that is not finished; go on where an earlier attempt was stopped.

    Raises:
        RunError: If the folder belongs to another run, or a worker died.
        SchemaError: If a schema does not compile.
    """
    report = Report()
    identity: Mapping[str, object] = {**task.identity(), "hera_engine": __version__}
    with folder.opened(identity):
        missing = []
        for shard in shards:
            summary = folder.finished(shard)
            if summary is None:
                missing.append(shard)
                continue
            report.summaries[shard.name] = summary
            report.found_done += 1
            watch(shard)
        for outcome in runner(task, missing) if missing else ():
            report.note(outcome)
            watch(outcome.shard)
    return report
