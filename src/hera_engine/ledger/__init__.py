"""The ledger over anyone's storage: events, documents, corrections and balances.

The rules are generators that ask a repository (`asking`); `Ledger` and `AsyncLedger` let one
answer at once and one later.
"""

from hera_engine.ledger.balances import Balance
from hera_engine.ledger.configuring import Resolution, check_configuration
from hera_engine.ledger.corrections import Correction
from hera_engine.ledger.desk import Caller
from hera_engine.ledger.facade import AsyncLedger, Ledger
from hera_engine.ledger.storing import Stored
from hera_engine.ledger.validation import Check, Validation

__all__ = [
    "AsyncLedger",
    "Balance",
    "Caller",
    "Check",
    "Correction",
    "Ledger",
    "Resolution",
    "Stored",
    "Validation",
    "check_configuration",
]
