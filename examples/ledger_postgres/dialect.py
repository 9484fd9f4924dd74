"""What both PostgreSQL repositories say to the server, and what they repeat."""

import re
from functools import lru_cache
from typing import Final, LiteralString

from psycopg.abc import AdaptContext
from psycopg.errors import DeadlockDetected, SerializationFailure
from psycopg.sql import SQL, Composed, Literal
from psycopg.types.string import TextLoader

from examples.ledger_tables.statements import Dialect

DIALECT: Final = Dialect(
    shared_lock=" FOR SHARE",
    own_lock=" FOR NO KEY UPDATE",
    members="{column} = ANY(ARRAY(SELECT jsonb_array_elements_text(:ids::jsonb)))",
)

READ: Final[LiteralString] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""Several statements read one state of the books."""
WRITE: Final[LiteralString] = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""Whoever waited for a lock or at the unique index goes on with what was stored meanwhile."""
_BEGIN: Final[LiteralString] = (
    "{begin}; SELECT set_config('hera.organization_id', {organization}, true)"
)

REPEATABLE: Final = (SerializationFailure, DeadlockDetected)
"""The server undid everything and says that the same may succeed now."""
ATTEMPTS: Final = 8

CONNECTIONS: Final = 8
"""How many units of work of one repository run at once, where nothing else is said."""

_PARAMETER: Final = re.compile(r"(?<!:):([a-z_]+)")


@lru_cache(maxsize=256)
def written(statement: str) -> str:
    """Return a statement with its parameters as psycopg writes them."""
    return _PARAMETER.sub(r"%(\1)s", statement)


def begun(begin: LiteralString, organization_id: str) -> Composed:
    """Return what begins a transaction that sees the rows of one organization.

    Row-level security does the rest. Both go to the server at once.
    """
    return SQL(_BEGIN).format(begin=SQL(begin), organization=Literal(organization_id))


def pause(attempt: int) -> float:
    """Return how many seconds to wait before a unit is repeated."""
    return 0.005 * 2.0**attempt


def plain(context: AdaptContext) -> None:
    """Let a connection give dates, exact numbers and documents as texts, as they are written."""
    for name in ("date", "timestamptz", "numeric", "json", "jsonb"):
        context.adapters.register_loader(name, TextLoader)
