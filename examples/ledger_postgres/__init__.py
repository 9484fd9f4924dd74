"""Repositories on PostgreSQL with psycopg 3, in functions and in coroutines."""

from examples.ledger_postgres.asynchronous import AsyncPostgresRepository
from examples.ledger_postgres.synchronous import PostgresRepository, migrate

__all__ = ["AsyncPostgresRepository", "PostgresRepository", "migrate"]
