"""Read the six tables from a shell, the same on SQLite and on PostgreSQL.

    python -m examples.ledger_service.sql --database sqlite:///ledger.db --organization ORG \
        "SELECT entity_code, entity_name FROM core_entities WHERE organization_id = :org"

``:org`` in the statement is the organization. Nothing can be changed here.
"""

import argparse
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal

import psycopg
from psycopg.types.string import TextLoader

from examples.ledger_service.databases import AddressError, sqlite_file
from hera_engine.money import format_amount

Rows = tuple[tuple[str, ...], list[tuple[object, ...]]]


def asked_for(address: str, organization_id: str, statement: str) -> Rows:
    """Return the names of the columns and the rows of a statement that only reads."""
    path = sqlite_file(address)
    if path is None:
        return _postgres(address, organization_id, statement)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        cursor = connection.execute(statement, {"org": organization_id})
        return tuple(each[0] for each in cursor.description), cursor.fetchall()


def _postgres(address: str, organization_id: str, statement: str) -> Rows:
    text = statement.replace("%", "%%").replace(":org", "%(org)s")
    with psycopg.connect(address) as connection:
        connection.read_only = True
        for name in ("json", "jsonb"):
            connection.adapters.register_loader(name, TextLoader)
        connection.execute(
            "SELECT set_config('hera.organization_id', %s, true)", (organization_id,)
        )
        cursor = connection.execute(text.encode(), {"org": organization_id})
        columns = cursor.description or ()
        return tuple(each.name for each in columns), cursor.fetchall()


def table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table."""
    texts = [list(names), *([_text(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _text(value: object) -> str:
    """Return a value as it is shown; PostgreSQL fills amounts up to twelve decimals."""
    if not isinstance(value, Decimal):
        return str(value)
    whole, point, decimals = format_amount(value).partition(".")
    return whole + point + decimals[:2] + decimals[2:].rstrip("0")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rows of a statement."""
    parser = argparse.ArgumentParser(prog="python -m examples.ledger_service.sql")
    parser.add_argument("--database", required=True)
    parser.add_argument("--organization", required=True)
    parser.add_argument("statement")
    asked = parser.parse_args(arguments)
    try:
        names, rows = asked_for(asked.database, asked.organization, asked.statement)
    except (AddressError, sqlite3.Error, psycopg.Error) as error:
        print(error)
        return 1
    print("\n".join(table(names, rows)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
