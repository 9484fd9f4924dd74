"""What a case expects of us: less than stands under ``expected``, and more."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from tests.vectors.cases import Case, Json

NOT_ASKED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "currency": frozenset({"cash"}),
        "split_by_percent": frozenset({"note"}),
        "tax_document": frozenset({"subtotals"}),
    }
)
"""Expected keys that no answer is given to: what single peers print of a currency's coins is
named after the peer, contradicts the next one, and stands in no standard; a note is a remark;
which taxes a printed subtotal is before, and its label, are not among the inputs."""

EXPECTED_INPUTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "invoice_totals": {"lines": ("expected_sum", "expected_total")},
        "tax_line": {"tax_first_would_give": ("net", "amount")},
    }
)
"""Figures that stand among the inputs and are expected of us all the same, by kind and key."""


def asked(case: Case) -> tuple[object, ...]:
    """Return what is expected of us, without what a kind carries along from elsewhere.

    Where a source contradicts itself, its case states the second reading of its one figure as
    the ``alternative``.
    """
    if not isinstance(case.expected, Mapping):
        return (case.expected,)
    beside = NOT_ASKED.get(case.kind, frozenset())
    first = {key: value for key, value in case.expected.items() if key not in beside}
    first |= _expected_inputs(case)
    second = first.pop("alternative", None)
    return (first,) if second is None else (first, dict.fromkeys(first, second))


def _expected_inputs(case: Case) -> Mapping[str, Json]:
    return {
        key: _only(case.inputs[key], names)
        for key, names in EXPECTED_INPUTS.get(case.kind, {}).items()
        if key in case.inputs
    }


def _only(value: Json, names: Sequence[str]) -> Json:
    """Return a record, or each of a list of them, with the named figures alone."""
    if isinstance(value, Mapping):
        return {name: value[name] for name in names if name in value}
    return [_only(each, names) for each in value]
