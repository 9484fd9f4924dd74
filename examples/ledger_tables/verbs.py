"""The six verbs of a repository as units of work, for any driver.

A unit is a generator: it yields a statement and is sent the rows that came of it. A driver begins
a transaction, carries the statements out, and commits, or rolls back where the result is
`Duplicate` or `Stale`. So the order of statements stands once for SQLite and for PostgreSQL, with
and without coroutines.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from examples.ledger_tables import statements as sql
from examples.ledger_tables.configuration_rows import (
    ConfigurationRows,
    configuration_of,
    rows_of_configuration,
)
from examples.ledger_tables.rows import Row, Value
from examples.ledger_tables.transaction_rows import (
    header_of,
    header_row,
    line_rows,
    transactions_of,
)
from hera_engine.configuration import Configuration
from hera_engine.json_text import dumps
from hera_engine.repository import Change, Configured, Done, Duplicate, Outcome, Query, Stale
from hera_engine.transactions import Transaction, TransactionHeader

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement and its parameters; with several sets, once for each, and no rows come."""

    text: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    repeated: Sequence[Mapping[str, Value]] | None = None


Unit: TypeAlias = Generator[Statement, Sequence[Row], _Result]
"""A unit of work under way."""


def undone(result: object) -> bool:
    """Whether a unit that ends so leaves nothing behind."""
    return isinstance(result, Duplicate | Stale)


# --- transactions ---------------------------------------------------------------------------


def committed(dialect: sql.Dialect, change: Change) -> Unit[Outcome]:
    """Carry out a change.

    The row of the organization is held as it is until the end: a configuration that is stored
    meanwhile waits, or was stored before and makes the change stale. The new header waits at the
    unique index for another one of its reference and then finds it.
    """
    _refuse_foreign(change)
    organization = {"organization_id": change.organization_id}
    version = yield from _held_version(change.organization_id, dialect.shared_lock)
    if change.create is not None:
        refused = yield from _created(dialect, change.create)
        if refused is not None:
            return refused
    if change.configuration_version not in {None, version}:
        return Stale()
    if change.replace is not None:
        replaced = yield Statement(sql.REPLACE_HEADER, header_row(change.replace))
        if not replaced:
            return Stale()
    if change.remove is not None:
        key: dict[str, Value] = {
            **organization, "id": change.remove.id, "version": change.remove.audit.version,
        }  # fmt: skip
        removed = yield Statement(sql.REMOVE_HEADER, key)
        if not removed:
            return Stale()
    return Done()


def _held_version(organization_id: str, lock: str) -> Unit[str]:
    """Hold the row of an organization to the end; return its configuration's version, or ""."""
    organization: dict[str, Value] = {"organization_id": organization_id}
    held = Statement(sql.SELECT_REVISION + lock, organization)
    rows = yield held
    if not rows:
        yield Statement(sql.ADD_ORGANIZATION, organization)
        rows = yield held
    return _version(rows) or ""


def _refuse_foreign(change: Change) -> None:
    """Refuse a change in which a header names another organization than the change.

    Raises:
        ValueError: Always a bug of the caller; nothing has been carried out.
    """
    new = None if change.create is None else change.create.header
    for header in (new, change.replace, change.remove):
        if header is not None and header.organization_id != change.organization_id:
            raise ValueError("a header of a change is another organization's")


def _created(dialect: sql.Dialect, new: Transaction) -> Unit[Duplicate | Stale | None]:
    row = header_row(new.header)
    added = yield Statement(sql.ADD_HEADER, row)
    if added:
        lines = line_rows(new)
        if lines:
            yield Statement(sql.ADD_LINE, repeated=lines)
        return None
    headers = yield Statement(sql.BY_REFERENCE, row)
    if not headers:
        # The one that was in the way has been removed since.
        return Stale()
    return Duplicate((yield from _with_lines(dialect, headers))[0])


def fetched(
    dialect: sql.Dialect, organization_id: str, ids: Sequence[str]
) -> Unit[tuple[Transaction, ...]]:
    """Read transactions with their lines."""
    asked: dict[str, Value] = {"organization_id": organization_id, "ids": dumps(list(ids))}
    headers = yield Statement(sql.headers_by_id(dialect), asked)
    return (yield from _with_lines(dialect, headers))


def _with_lines(dialect: sql.Dialect, headers: Sequence[Row]) -> Unit[tuple[Transaction, ...]]:
    if not headers:
        return ()
    asked: dict[str, Value] = {
        "organization_id": headers[0]["organization_id"],
        "ids": dumps([row["id"] for row in headers]),
    }
    lines = yield Statement(sql.lines_by_id(dialect), asked)
    return transactions_of(headers, lines)


def found(organization_id: str, query: Query) -> Unit[tuple[TransactionHeader, ...]]:
    """Read one page of headers."""
    rows = yield Statement(*sql.headers_asked(organization_id, query))
    return tuple(map(header_of, rows))


# --- configurations -------------------------------------------------------------------------


def configured(
    dialect: sql.Dialect, configuration: Configuration, expected: str | None
) -> Unit[Configured]:
    """Store a configuration in place of what there was, or of the version that is expected."""
    if expected is not None:
        organization_id = configuration.organization_id
        version = yield from _held_version(organization_id, dialect.own_lock)
        if version != expected:
            return Stale()
    rows = rows_of_configuration(configuration)
    yield Statement(sql.SAVE_ORGANIZATION, rows.organization)
    for clear in (sql.CLEAR_RELATIONSHIPS, sql.CLEAR_ENTITIES):
        yield Statement(clear, {"organization_id": configuration.organization_id})
    for text, repeated in (
        (sql.ADD_ENTITY, rows.entities),
        (sql.ADD_FIELD, rows.fields),
        (sql.ADD_RELATIONSHIP, rows.relationships),
    ):
        if repeated:
            yield Statement(text, repeated=repeated)
    return Done()


def configuration_read(organization_id: str) -> Unit[Configuration | None]:
    """Read a configuration."""
    key: dict[str, Value] = {"organization_id": organization_id}
    organizations = yield Statement(sql.SELECT_ORGANIZATION, key)
    if _version(organizations) is None:
        return None
    entities = yield Statement(sql.SELECT_ENTITIES, key)
    fields = yield Statement(sql.SELECT_FIELDS, key)
    relationships = yield Statement(sql.SELECT_RELATIONSHIPS, key)
    return configuration_of(
        ConfigurationRows(organizations[0], tuple(entities), tuple(fields), tuple(relationships))
    )


def version_read(organization_id: str) -> Unit[str | None]:
    """Read the version of a configuration."""
    rows = yield Statement(sql.SELECT_REVISION, {"organization_id": organization_id})
    return _version(rows)


def _version(rows: Sequence[Row]) -> str | None:
    """Return the version that an organization's row says; before the first change there is none."""
    return str(rows[0]["revision"]) if rows and rows[0]["revision"] else None
