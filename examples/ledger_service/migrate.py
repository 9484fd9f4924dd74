"""Bring the tables of a database up to date, as the role that owns them.

python -m examples.ledger_service.migrate --database sqlite:///ledger.db
"""

import argparse
import sqlite3
from collections.abc import Sequence

import psycopg

from examples.ledger_service.databases import AddressError, migrate


def main(arguments: Sequence[str] | None = None) -> int:
    """Migrate and say so."""
    parser = argparse.ArgumentParser(prog="python -m examples.ledger_service.migrate")
    parser.add_argument("--database", required=True, help="sqlite:///FILE or postgresql://…")
    asked = parser.parse_args(arguments)
    try:
        migrate(asked.database)
    except (AddressError, sqlite3.Error, psycopg.Error) as error:
        print(f"{type(error).__name__}: {error}")
        return 1
    print("the tables are up to date")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
