"""Which adapter answers a kind of case; a kind that is not here is not supported yet."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from tests.vectors.adapters_components import COMPONENT_ADAPTERS
from tests.vectors.adapters_en16931 import EN16931_ADAPTERS
from tests.vectors.adapters_hera_posting import HERA_POSTING_ADAPTERS
from tests.vectors.adapters_hera_schema import HERA_SCHEMA_ADAPTERS
from tests.vectors.adapters_journals import JOURNAL_ADAPTERS
from tests.vectors.adapters_ledger import LEDGER_ADAPTERS
from tests.vectors.adapters_money import MONEY_ADAPTERS
from tests.vectors.adapters_numscript import NUMSCRIPT_ADAPTERS
from tests.vectors.adapters_settlements import SETTLEMENT_ADAPTERS
from tests.vectors.adapters_tax import TAX_ADAPTERS
from tests.vectors.adapters_terms import TERMS_ADAPTERS
from tests.vectors.cases import Case

Adapter = Callable[[Case], object]
"""Translates a case into a call of a public name, and the result into the expected shape."""

ADAPTERS: Final[Mapping[str, Adapter]] = MappingProxyType(
    {
        **MONEY_ADAPTERS,
        **HERA_POSTING_ADAPTERS,
        **HERA_SCHEMA_ADAPTERS,
        **TAX_ADAPTERS,
        **COMPONENT_ADAPTERS,
        **EN16931_ADAPTERS,
        **TERMS_ADAPTERS,
        **JOURNAL_ADAPTERS,
        **SETTLEMENT_ADAPTERS,
        **NUMSCRIPT_ADAPTERS,
        **LEDGER_ADAPTERS,
    }
)
