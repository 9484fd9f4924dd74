"""Adapters for taxes of components, of all the peers; kinds of several peers by their shape."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from tests.vectors.adapters_gobl import GOBL_ADAPTERS
from tests.vectors.adapters_odoo import ODOO_ADAPTERS, odoo_document
from tests.vectors.adapters_peers import (
    PEER_ADAPTERS,
    ledger_document,
    national_document,
    shop_document,
    tax_rows,
)
from tests.vectors.cases import Case


def tax_document(case: Case) -> object:
    """Answer for a document whose taxes stand on its lines, beside them, or in rows."""
    if "tax_rows" in case.inputs:
        return tax_rows(case)
    return shop_document(case) if "taxes" in case.inputs else odoo_document(case)


def document_tax(case: Case) -> object:
    """Answer for the document of a country, or of a ledger."""
    return national_document(case) if "country" in case.inputs else ledger_document(case)


COMPONENT_ADAPTERS: Final[Mapping[str, Callable[[Case], object]]] = MappingProxyType(
    {
        **ODOO_ADAPTERS,
        **PEER_ADAPTERS,
        **GOBL_ADAPTERS,
        "tax_document": tax_document,
        "document_tax": document_tax,
    }
)
