"""Start the service.

    python -m examples.ledger_service --database sqlite:///ledger.db --keys keys.json

The log goes to standard error, one line for each request, without amounts, keys or names. What
the service itself failed at is logged by class and place, without the text of the exception.
"""

import argparse
import asyncio
import sqlite3
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import uvicorn

from examples.ledger_service.app import PROBE, application
from examples.ledger_service.databases import AddressError, served, sqlite_file
from examples.ledger_service.keys import KeyFile, KeyFileError, Keys
from examples.ledger_service.log import LOG, kind, speak, unattended


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return an id that nothing has yet."""
    return str(uuid.uuid4())


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(prog="python -m examples.ledger_service")
    parser.add_argument("--database", required=True, help="sqlite:///FILE or postgresql://…")
    parser.add_argument("--keys", required=True, type=Path, help="the file of API keys")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    asked = parser.parse_args(arguments)
    speak()
    try:
        keys = KeyFile(asked.keys)
        sqlite_file(asked.database)
    except AddressError as error:
        parser.error(str(error))
    except KeyFileError as error:
        parser.error(f"{error}; `python -m examples.ledger_service.keys` makes one")
    try:
        return asyncio.run(_serve(asked, keys))
    except AddressError as error:
        parser.error(str(error))


async def _serve(asked: argparse.Namespace, keys: Keys) -> int:
    asyncio.get_running_loop().set_exception_handler(unattended)
    async with served(asked.database) as repository:
        try:
            await repository.configuration_version(PROBE)
        except (sqlite3.Error, psycopg.Error) as error:
            LOG.critical(
                "the database does not answer, or is not migrated: %s;"
                " `python -m examples.ledger_service.migrate` says more",
                kind(error),
            )
            return 1
        app = application(repository, keys, clock=now, ids=new_id)
        config = uvicorn.Config(
            app, host=asked.host, port=asked.port,
            log_config=None, access_log=False, server_header=False,
        )  # fmt: skip
        await uvicorn.Server(config).serve()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
