"""The rules that a run posts by: read once, sent to each worker, and compiled there once."""

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from hera_engine import Account, PostingEngine, PostingSchema, load_schema

COMPILED: Final[Counter[int]] = Counter()
"""How often this process has compiled, by its id: what tests count, and each result tells."""


@dataclass(frozen=True, slots=True)
class Books:
    """A posting schema and a chart of accounts: some kilobytes, the same for any worker.

    The schema is a tree and no longer text: workers do not parse, and need no parser.
    """

    schema: PostingSchema
    chart: tuple[Account, ...]

    @classmethod
    def read(cls, schema: Path, chart: Path) -> Self:
        """Return the books of a schema in either form and of accounts in a JSON list.

        Raises:
            OSError: If a file cannot be read.
            SchemaError: With every fault that the schema has of its own.
        """
        accounts = json.loads(chart.read_text(encoding="utf-8"))
        return cls(
            load_schema(schema.read_text(encoding="utf-8")),
            tuple(Account(**row) for row in accounts),
        )

    def engine(self) -> PostingEngine:
        """Compile the schema.

        Raises:
            SchemaError: With what chart and schema do not agree on.
        """
        COMPILED[os.getpid()] += 1
        return PostingEngine(self.schema, chart=self.chart)
