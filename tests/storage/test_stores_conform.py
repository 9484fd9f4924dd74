"""SQLite and PostgreSQL keep every promise of a repository, the latter in both colours."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from examples.ledger_postgres import AsyncPostgresRepository, PostgresRepository
from examples.ledger_sqlite import SqliteRepository, migrate
from hera_engine.testing.conformance import (
    AsyncStore,
    Check,
    Store,
    books_agree_with_a_model,
    killed_at_any_line_leaves_all_or_nothing,
    repository_checks,
    stepped,
)
from tests.storage.servers import Server

WALKS = 6
"""How many walks of the state machine over each store; a database takes its time for each step."""

LINES = 5
"""From one line that kills a driver to the next: each takes a process and an empty database."""

SIZED: dict[Callable[..., None], Callable[[Store[Any]], None]] = {
    books_agree_with_a_model: partial(books_agree_with_a_model, walks=WALKS, steps=20),
    killed_at_any_line_leaves_all_or_nothing: partial(
        killed_at_any_line_leaves_all_or_nothing, every=LINES
    ),
}
CHECKS = tuple(
    replace(check, run=SIZED.get(check.run, check.run))
    for check in repository_checks(opened_again=True)
)
check_each = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated file in which nothing is."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    migrate(path)
    return path


@pytest.fixture
def empty(server: Server) -> Callable[[], str]:
    """Return what empties the database and says its URL."""

    def emptied() -> str:
        with psycopg.connect(server.superuser) as connection:
            connection.execute("TRUNCATE core_organizations CASCADE")
        return server.till

    return emptied


@check_each
def test_sqlite_keeps_each_promise(check: Check, empty_file: Path, tmp_path: Path) -> None:
    """Each check passes on a file of its own."""
    paths: dict[SqliteRepository, Path] = {}

    def make() -> SqliteRepository:
        path = tmp_path / f"{uuid4()}.db"
        shutil.copy(empty_file, path)
        repository = SqliteRepository(path)
        paths[repository] = path
        return repository

    check(
        Store(
            make=make,
            close=SqliteRepository.close,
            opener=lambda repository: partial(SqliteRepository, paths[repository]),
        )
    )


@check_each
def test_postgres_keeps_each_promise(check: Check, empty: Callable[[], str]) -> None:
    """Each check passes for a role that row-level security holds."""
    urls: list[str] = []

    def make() -> PostgresRepository:
        urls.append(empty())
        return PostgresRepository(urls[-1])

    check(
        Store(
            make=make,
            close=PostgresRepository.close,
            opener=lambda _: partial(PostgresRepository, urls[-1]),
        )
    )


async def _opened(url: str) -> AsyncPostgresRepository:
    return AsyncPostgresRepository(url)


@check_each
def test_postgres_in_coroutines_keeps_each_promise(check: Check, empty: Callable[[], str]) -> None:
    """Each check passes on the same in coroutines."""
    urls: list[str] = []

    async def make() -> AsyncPostgresRepository:
        urls.append(empty())
        return await _opened(urls[-1])

    check(
        stepped(
            AsyncStore(
                make=make,
                close=AsyncPostgresRepository.close,
                opener=lambda _: partial(_opened, urls[-1]),
            )
        )
    )
