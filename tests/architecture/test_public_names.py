"""The public names: a change of this list is a change of the promise."""

from typing import Final

import hera_engine

PUBLIC_NAMES: Final = (
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
)


def test_the_public_names_are_these() -> None:
    """The package hands on exactly these names, in this order."""
    assert tuple(hera_engine.__all__) == PUBLIC_NAMES


def test_each_public_name_exists() -> None:
    """Each name of the list can be imported."""
    missing = [name for name in PUBLIC_NAMES if not hasattr(hera_engine, name)]

    assert missing == []
