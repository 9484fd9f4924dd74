"""hera_engine: a posting schema and a business event in, an exactly balanced journal out.

Names are imported when they are first asked for, so that whoever needs money arithmetic alone does
not wait for the ledger.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hera_engine.accounts import Account, Side
    from hera_engine.configuration import Configuration
    from hera_engine.engine import PostingEngine, check_schema, prove_schema
    from hera_engine.errors import Diagnostic, HeraError, SchemaError
    from hera_engine.journal import JournalEntry, JournalLine
    from hera_engine.ledger import AsyncLedger, Caller, Correction, Ledger, Stored
    from hera_engine.memory import InMemoryRepository
    from hera_engine.models import BusinessEvent
    from hera_engine.rules.cases import CaseResult
    from hera_engine.rules.compare import compare_schemas
    from hera_engine.rules.executor import Executor
    from hera_engine.rules.load import PostingSchema, format_schema, load_schema
    from hera_engine.rules.verdict import RuleProof, Verdict
    from hera_engine.schema_set import SchemaSet
    from hera_engine.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "Account",
    "AsyncLedger",
    "BusinessEvent",
    "Caller",
    "CaseResult",
    "Configuration",
    "Correction",
    "Diagnostic",
    "Executor",
    "HeraError",
    "InMemoryRepository",
    "JournalEntry",
    "JournalLine",
    "Ledger",
    "PostingEngine",
    "PostingSchema",
    "RuleProof",
    "SchemaError",
    "SchemaSet",
    "Settings",
    "Side",
    "Stored",
    "Verdict",
    "check_schema",
    "compare_schemas",
    "format_schema",
    "load_schema",
    "prove_schema",
]

_HOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Account": "accounts",
        "AsyncLedger": "ledger",
        "BusinessEvent": "models",
        "Caller": "ledger",
        "CaseResult": "rules.cases",
        "Configuration": "configuration",
        "Correction": "ledger",
        "Diagnostic": "errors",
        "Executor": "rules.executor",
        "HeraError": "errors",
        "InMemoryRepository": "memory",
        "JournalEntry": "journal",
        "JournalLine": "journal",
        "Ledger": "ledger",
        "PostingEngine": "engine",
        "PostingSchema": "rules.load",
        "RuleProof": "rules.verdict",
        "SchemaError": "errors",
        "SchemaSet": "schema_set",
        "Settings": "settings",
        "Side": "accounts",
        "Stored": "ledger",
        "Verdict": "rules.verdict",
        "check_schema": "engine",
        "compare_schemas": "rules.compare",
        "format_schema": "rules.load",
        "load_schema": "rules.load",
        "prove_schema": "engine",
    }
)
"""The module of each public name."""


def __getattr__(name: str) -> object:
    """Return a public name from its module, which Python remembers."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{home}"), name)
    return found


def __dir__() -> list[str]:
    """Return what the package offers."""
    return [*__all__, "__version__"]
