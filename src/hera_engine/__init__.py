"""hera_engine: a posting schema and a business event in, an exactly balanced journal out."""

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
