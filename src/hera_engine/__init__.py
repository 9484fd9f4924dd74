"""hera_engine: a posting schema and a business event in, an exactly balanced journal out."""

from hera_engine.accounts import Account, Side
from hera_engine.engine import PostingEngine, check_schema, prove_schema
from hera_engine.errors import Diagnostic, HeraError, SchemaError
from hera_engine.journal import JournalEntry, JournalLine
from hera_engine.models import BusinessEvent
from hera_engine.rules.load import PostingSchema, format_schema, load_schema
from hera_engine.rules.verdict import RuleProof, Verdict
from hera_engine.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "Account",
    "BusinessEvent",
    "Diagnostic",
    "HeraError",
    "JournalEntry",
    "JournalLine",
    "PostingEngine",
    "PostingSchema",
    "RuleProof",
    "SchemaError",
    "Settings",
    "Side",
    "Verdict",
    "check_schema",
    "format_schema",
    "load_schema",
    "prove_schema",
]
