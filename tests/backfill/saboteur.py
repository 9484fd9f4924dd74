"""Tasks that go wrong in a worker, once or always."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.backfill.shards import Shard
from examples.backfill.tasks import Done, Posting, Work


@dataclass(frozen=True, slots=True)
class KillsOnce:
    """Posts, but the first worker that comes to a shard dies in the middle of it.

    Attributes:
        posting: What is done else.
        victim: Name of the shard.
        mark: File that tells that it has happened.
    """

    posting: Posting
    victim: str
    mark: Path

    def ready(self) -> Work:
        """See `Task.ready`."""
        work = self.posting.ready()

        def sabotaged(shard: Shard) -> Done:
            if shard.name == self.victim and not self.mark.exists():
                self.mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return work(shard)

        return sabotaged

    def identity(self) -> Mapping[str, Any]:
        """See `Task.identity`."""
        return self.posting.identity()


@dataclass(frozen=True, slots=True)
class Breaks:
    """Posts, but one shard breaks for a reason that is not in its events."""

    posting: Posting
    victim: str

    def ready(self) -> Work:
        """See `Task.ready`."""
        work = self.posting.ready()

        def sabotaged(shard: Shard) -> Done:
            if shard.name == self.victim:
                raise MemoryError("no room")
            return work(shard)

        return sabotaged

    def identity(self) -> Mapping[str, Any]:
        """See `Task.identity`."""
        return self.posting.identity()
