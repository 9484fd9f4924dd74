"""Makes events, posts them by many processes, backtests two versions, audits what came out.

    python -m examples.backfill make EVENTS --events 100000
    python -m examples.backfill post EVENTS RUN --workers 4
    python -m examples.backfill backtest EVENTS RUN --cluster 4
    python -m examples.backfill audit EVENTS RUN --repost

Exit codes: 0 fine; 1 something is not done or not true, told on standard error; 2 wrong usage.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tqdm import tqdm

from examples.backfill.audit import Audit, posted_again, strangers
from examples.backfill.backtest import Backtest
from examples.backfill.books import Books
from examples.backfill.events import write_events
from examples.backfill.processes import in_processes
from examples.backfill.runs import Report, Watch, run
from examples.backfill.shards import RunError, RunFolder, Shard, shards_of
from examples.backfill.tables import difference_lines, tally_lines
from examples.backfill.tally import Tally
from examples.backfill.tasks import Failed, Posting, Runner
from hera_engine import HeraError

OK: Final = 0
WRONG: Final = 1
HERE: Final = Path(__file__).parent
SECONDS_BETWEEN_LINES: Final = 30
"""How often progress is told where nobody watches: in a log."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; return the exit code."""
    asked = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = asked.command
    try:
        return command(asked)
    except (RunError, HeraError, OSError) as error:
        print(error, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("stopped: the same command goes on from here", file=sys.stderr)
        return WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.backfill")
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("make", help="write events into shards")
    make.add_argument("events_folder", type=Path, metavar="EVENTS")
    make.add_argument("--events", type=_positive, default=100_000, help="how many (100000)")
    make.add_argument("--per-shard", type=_positive, default=5_000, help="lines of a file (5000)")
    make.add_argument("--seed", type=int, default=1)
    make.set_defaults(command=_make)
    post = commands.add_parser("post", help="post every event; journals and refusals into RUN")
    post.add_argument("--schema", type=Path, default=HERE / "till.hera")
    post.set_defaults(command=_post)
    backtest = commands.add_parser("backtest", help="post by two schemas and tell what differs")
    backtest.add_argument("--old", type=Path, default=HERE / "till.hera")
    backtest.add_argument("--new", type=Path, default=HERE / "till_next.hera")
    backtest.set_defaults(command=_backtest)
    audit = commands.add_parser("audit", help="read a finished RUN back and compare")
    audit.add_argument("--repost", action="store_true", help="also post all again, in one process")
    audit.add_argument("--schema", type=Path, default=HERE / "till.hera", help="for --repost")
    audit.set_defaults(command=_audit)
    for each in (post, backtest, audit):
        _add_places(each)
    return parser


def _add_places(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say where to read, to write and to work."""
    parser.add_argument("events_folder", type=Path, metavar="EVENTS")
    parser.add_argument("run_folder", type=Path, metavar="RUN")
    parser.add_argument("--chart", type=Path, default=HERE / "chart.json")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    where = parser.add_mutually_exclusive_group()
    cores = os.cpu_count() or 1
    where.add_argument("--workers", type=_positive, default=cores, help=f"processes ({cores})")
    where.add_argument("--cluster", type=_positive, help="Dask workers of this machine")
    where.add_argument("--scheduler", help="the address of a Dask scheduler")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _make(asked: argparse.Namespace) -> int:
    shards = write_events(
        asked.events_folder, events=asked.events, per_shard=asked.per_shard, seed=asked.seed
    )
    print(f"{asked.events} events in {shards} shards")
    return OK


def _post(asked: argparse.Namespace) -> int:
    report = _run(
        asked, Posting(Books.read(asked.schema, asked.chart), RunFolder(asked.run_folder))
    )
    print("\n".join(tally_lines(report.tally)))
    return _exit_code(report.failed)


def _backtest(asked: argparse.Namespace) -> int:
    old, new = Books.read(asked.old, asked.chart), Books.read(asked.new, asked.chart)
    report = _run(asked, Backtest(old, new, RunFolder(asked.run_folder)))
    print("\n".join(difference_lines(report.differences)))
    return _exit_code(report.failed)


def _run(asked: argparse.Namespace, task: Posting | Backtest) -> Report:
    """Run a task over all shards and say how long it took."""
    shards, start = shards_of(asked.events_folder), time.monotonic()
    with _runner(asked) as runner, _progress(shards, "events", quiet=asked.quiet) as watch:
        report = run(task, task.folder, shards, runner, watch)
    before = f"; {report.found_done} were done before" if report.found_done else ""
    seconds = time.monotonic() - start
    print(f"{len(report.summaries)} of {len(shards)} shards in {seconds:.1f} s{before}")
    return report


def _audit(asked: argparse.Namespace) -> int:
    """Read a run back; what is wrong goes to standard error."""
    folder, shards = RunFolder(asked.run_folder), shards_of(asked.events_folder)
    report = Report()
    with _runner(asked) as runner, _progress(shards, "audit", quiet=asked.quiet) as watch:
        for outcome in runner(Audit(folder), shards):
            report.note(outcome)
            watch(outcome.shard)
    strange = [f"{name} belongs to no events" for name in strangers(folder, shards)]
    print("\n".join(strange), end="\n" if strange else "", file=sys.stderr)
    code = _exit_code(report.failed) or (WRONG if strange else OK)
    if asked.repost and code == OK:
        code = _repost(asked, report, shards)
    if code == OK:
        print(f"{len(shards)} shards: nothing missing, nothing changed, all balanced")
    return code


def _repost(asked: argparse.Namespace, report: Report, shards: tuple[Shard, ...]) -> int:
    """Post all events again in this one process, and compare."""
    start, total = time.monotonic(), Tally()
    with _progress(shards, "again", quiet=asked.quiet) as watch:
        for shard, tally in posted_again(Books.read(asked.schema, asked.chart), shards):
            total.merge(tally)
            watch(shard)
    print(f"posted again by one process in {time.monotonic() - start:.1f} s")
    if total.to_dict() != report.tally.to_dict():
        print("posted again, the events come to something else:", file=sys.stderr)
        print("\n".join(tally_lines(total)), file=sys.stderr)
        return WRONG
    return OK


def _exit_code(failed: Sequence[Failed]) -> int:
    """Tell what failed on standard error."""
    for each in failed:
        print(f"{each.shard.name}: {each.reason}", file=sys.stderr)
    return WRONG if failed else OK


@contextmanager
def _runner(asked: argparse.Namespace) -> Iterator[Runner]:
    """Hand out what runs the shards: processes, or a cluster while it is up."""
    if asked.cluster is None and asked.scheduler is None:
        yield in_processes(asked.workers)
        return
    # Recipe 1 does without Dask.
    from examples.backfill.cluster import client_of, in_cluster  # noqa: PLC0415 - as said above

    with client_of(asked.scheduler, asked.cluster or 1) as client:
        yield in_cluster(client)


@contextmanager
def _progress(shards: tuple[Shard, ...], title: str, *, quiet: bool) -> Iterator[Watch]:
    """Show how far a run is, by bytes of events; in a log, a line now and then."""
    with tqdm(
        total=sum(shard.size for shard in shards),
        desc=title,
        unit="B",
        unit_scale=True,
        mininterval=0.5 if sys.stderr.isatty() else SECONDS_BETWEEN_LINES,
        miniters=1,
        disable=quiet,
    ) as bar:
        yield lambda shard: bar.update(shard.size)


if __name__ == "__main__":
    raise SystemExit(main())
