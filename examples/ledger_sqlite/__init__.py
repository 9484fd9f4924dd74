"""A repository on SQLite, with nothing but the standard library."""

from examples.ledger_sqlite.repository import SqliteRepository, migrate

__all__ = ["SqliteRepository", "migrate"]
