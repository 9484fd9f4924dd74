"""The statements of both repositories, with their parameters as `:name`.

SQLite takes them as they are; `examples.ledger_postgres` writes the parameters its own way.
What only one of the two can say (locks) is added by `Dialect`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from examples.ledger_tables.rows import Value
from examples.ledger_tables.transaction_rows import HEADER_COLUMNS, LINE_COLUMNS
from hera_engine.repository import Query


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the two databases say differently.

    Attributes:
        shared_lock: Holds a row that is read as it is, until the unit of work ends.
        own_lock: The same, and nobody else may hold the row meanwhile.
        members: A condition that a text is in the JSON list `:ids`.
    """

    shared_lock: str
    own_lock: str
    members: str


def _insert(table: str, columns: Iterable[str], conflict: str = "") -> str:
    names = tuple(columns)
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values}) {conflict}".rstrip()


_ONE: Final = "organization_id = :organization_id AND id = :id"
_HEADER: Final = (*HEADER_COLUMNS, "rest")
_LINE: Final = ("organization_id", "transaction_id", *LINE_COLUMNS, "rest")
_KEPT: Final = ("organization_id", "id", "created_at", "created_by")
_KINDS: Final = "('account', 'posting_schema', 'tax_profile', 'accounting_period')"

# --- transactions ---------------------------------------------------------------------------

SELECT_REVISION: Final = "SELECT revision FROM core_organizations WHERE id = :organization_id"
ADD_ORGANIZATION: Final = (
    "INSERT INTO core_organizations (id) VALUES (:organization_id) ON CONFLICT (id) DO NOTHING"
)
ADD_HEADER: Final = _insert(
    "universal_transactions",
    _HEADER,
    "ON CONFLICT (organization_id, external_reference) DO NOTHING RETURNING id",
)
ADD_LINE: Final = _insert("universal_transaction_lines", _LINE)
REPLACE_HEADER: Final = (
    "UPDATE universal_transactions SET "
    + ", ".join(f"{name} = :{name}" for name in _HEADER if name not in _KEPT)
    + f" WHERE {_ONE} AND version = :version - 1 RETURNING id"
)
REMOVE_HEADER: Final = (
    f"DELETE FROM universal_transactions WHERE {_ONE} AND version = :version RETURNING id"
)
SELECT_HEADERS: Final = f"SELECT {', '.join(_HEADER)} FROM universal_transactions"
BY_REFERENCE: Final = (
    f"{SELECT_HEADERS} WHERE organization_id = :organization_id"
    " AND external_reference = :external_reference"
)
SELECT_LINES: Final = f"SELECT {', '.join(_LINE)} FROM universal_transaction_lines"


def headers_by_id(dialect: Dialect) -> str:
    """Return the statement that reads the headers of `:ids`."""
    members = dialect.members.format(column="id")
    return f"{SELECT_HEADERS} WHERE organization_id = :organization_id AND {members}"


def lines_by_id(dialect: Dialect) -> str:
    """Return the statement that reads the lines of the transactions in `:ids`."""
    members = dialect.members.format(column="transaction_id")
    return (
        f"{SELECT_LINES} WHERE organization_id = :organization_id AND {members}"
        " ORDER BY transaction_id, line_number"
    )


def headers_asked(organization_id: str, query: Query) -> tuple[str, dict[str, Value]]:
    """Return the statement of a query, and its parameters."""
    day, identity = query.after or (None, None)
    asked: tuple[tuple[str, str, Value], ...] = (
        ("type", "transaction_type = :type", query.transaction_type),
        (
            "status",
            "transaction_status = :status",
            None if query.status is None else query.status.value,
        ),
        ("code", "smart_code = :code", query.smart_code),
        ("reference", "external_reference = :reference", query.external_reference),
        ("first", "transaction_date >= :first", _iso(query.first_day)),
        ("last", "transaction_date <= :last", _iso(query.last_day)),
        ("day", "(transaction_date, id) < (:day, :behind)", _iso(day)),
        ("hidden", "transaction_status <> :hidden", None if query.include_voided else "voided"),
    )
    conditions = ["organization_id = :organization_id"]
    parameters: dict[str, Value] = {
        "organization_id": organization_id, "behind": identity,
        "limit": query.limit, "offset": query.offset,
    }  # fmt: skip
    for name, condition, value in asked:
        if value is not None:
            conditions.append(condition)
            parameters[name] = value
    order = "ORDER BY transaction_date DESC, id DESC LIMIT :limit OFFSET :offset"
    return f"{SELECT_HEADERS} WHERE {' AND '.join(conditions)} {order}", parameters


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


# --- configurations -------------------------------------------------------------------------

SAVE_ORGANIZATION: Final = (
    "INSERT INTO core_organizations (id, settings, revision) VALUES (:id, :settings, 1)"
    " ON CONFLICT (id) DO UPDATE"
    " SET settings = excluded.settings, revision = core_organizations.revision + 1"
)
CLEAR_RELATIONSHIPS: Final = (
    "DELETE FROM core_relationships"
    " WHERE organization_id = :organization_id AND relationship_type = 'applies_to'"
)
CLEAR_ENTITIES: Final = (
    "DELETE FROM core_entities"
    f" WHERE organization_id = :organization_id AND entity_type IN {_KINDS}"
)
_ENTITY: Final = (
    "organization_id", "id", "entity_type", "entity_code", "entity_name", "smart_code", "status",
    "business_rules", "position",
)  # fmt: skip
_FIELD: Final = (
    "organization_id", "entity_id", "field_name", "field_value_text", "field_value_json",
    "position",
)  # fmt: skip
_RELATIONSHIP: Final = (
    "organization_id", "id", "relationship_type", "from_entity_id", "to_entity_id", "metadata",
    "position",
)  # fmt: skip
ADD_ENTITY: Final = _insert("core_entities", _ENTITY)
ADD_FIELD: Final = _insert("core_dynamic_data", _FIELD)
ADD_RELATIONSHIP: Final = _insert("core_relationships", _RELATIONSHIP)
SELECT_ORGANIZATION: Final = (
    "SELECT id, settings, revision FROM core_organizations WHERE id = :organization_id"
)
SELECT_ENTITIES: Final = (
    f"SELECT {', '.join(_ENTITY)} FROM core_entities"
    f" WHERE organization_id = :organization_id AND entity_type IN {_KINDS}"
    " ORDER BY position NULLS LAST, id"
)
SELECT_FIELDS: Final = (
    f"SELECT {', '.join(_FIELD)} FROM core_dynamic_data WHERE organization_id = :organization_id"
    " ORDER BY position NULLS LAST, field_name"
)
SELECT_RELATIONSHIPS: Final = (
    f"SELECT {', '.join(_RELATIONSHIP)} FROM core_relationships"
    " WHERE organization_id = :organization_id AND relationship_type = 'applies_to'"
    " ORDER BY position NULLS LAST, id"
)
