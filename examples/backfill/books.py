"""The rules that a run posts by, as the text that is sent to workers; each compiles it once."""

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from hera_engine import Account, PostingEngine

COMPILED: Final[Counter[int]] = Counter()
"""How often this process has compiled, by its id: what tests count, and each result tells."""


@dataclass(frozen=True, slots=True)
class Books:
    """A posting schema and a chart of accounts, as text: small, and the same for any worker.

    Attributes:
        schema: The schema in either form.
        chart: The accounts as a JSON list.
    """

    schema: str
    chart: str

    @classmethod
    def read(cls, schema: Path, chart: Path) -> Self:
        """Return the books of two files.

        Raises:
            OSError: If one cannot be read.
        """
        return cls(schema.read_text(encoding="utf-8"), chart.read_text(encoding="utf-8"))

    def engine(self) -> PostingEngine:
        """Compile the schema.

        Raises:
            SchemaError: With every fault of the schema and the chart.
        """
        COMPILED[os.getpid()] += 1
        return PostingEngine(self.schema, chart=[Account(**row) for row in json.loads(self.chart)])
