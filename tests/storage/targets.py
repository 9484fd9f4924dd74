"""Repositories named by one word of a command line, so that a process of its own opens them."""

from pathlib import Path

from examples.ledger_postgres import PostgresRepository
from examples.ledger_sqlite import SqliteRepository


def opened(target: str) -> SqliteRepository | PostgresRepository:
    """Return the repository of a PostgreSQL URL, or of a file."""
    if target.startswith("postgresql:"):
        return PostgresRepository(target)
    return SqliteRepository(Path(target))
