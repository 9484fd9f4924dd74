"""Databases for the run, and repositories over them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.ledger_postgres import PostgresRepository
from examples.ledger_sqlite import SqliteRepository, migrate
from hera_engine.memory import InMemoryRepository
from tests.storage.servers import Server, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Run a PostgreSQL for the session."""
    with postgres_server() as running:
        yield running


@pytest.fixture(scope="session")
def superuser(server: Server) -> str:
    """Return the URL for one whom no policy holds."""
    return server.superuser


@pytest.fixture(scope="session")
def postgres(server: Server) -> str:
    """Return the URL for a role that row-level security holds."""
    return server.till


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated file."""
    path = tmp_path_factory.mktemp("sqlite") / "books.db"
    migrate(path)
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


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest) -> str:
    """Return each of the two stores as a worker is told of it."""
    return str(request.getfixturevalue(request.param))
