"""A real PostgreSQL for the service."""

from collections.abc import Iterator

import pytest

from tests.storage.servers import Server, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Run a PostgreSQL for the session."""
    with postgres_server() as running:
        yield running
