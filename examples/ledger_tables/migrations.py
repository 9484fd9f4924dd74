"""Numbered migrations: plain .sql files, carried out once and in order."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

LOG: Final = (
    "CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL)"
)
DONE: Final = "SELECT number FROM schema_migrations"
NOTE: Final = "INSERT INTO schema_migrations (number, name) VALUES (:number, :name)"


class Migration(NamedTuple):
    """A file such as 0001_tables.sql."""

    number: int
    name: str
    script: str


def missing(folder: Path, done: Iterable[object]) -> list[Migration]:
    """Return the migrations of a folder that are not done, by number."""
    carried_out = set(done)
    files = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    found = [Migration(int(each.name[:4]), each.stem, each.read_text("utf-8")) for each in files]
    return [each for each in found if each.number not in carried_out]
