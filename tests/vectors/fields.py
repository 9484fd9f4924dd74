"""Which fields of the inputs an adapter reads, and why it may leave the others alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from tests.vectors.asked import EXPECTED_INPUTS
from tests.vectors.cases import Case, Json
from tests.vectors.runner import judge

FILES: Final = (
    "alloc_numscript.json", "alloc_terms.json", "en16931_*.json", "gl_*.json", "hera_origin.json",
    "rounding_*.json", "tax_*.json",
)  # fmt: skip
"""The files whose fields are watched, and whose differing cases docs/vectors-differing.md lists."""

ANY: Final = "*"
_REMARK: Final = "a remark in words"
_SAME_CASE: Final = "names other cases of the source that are like this one or contradict it"
_INCREMENT: Final = "`currency_rounding` is read instead: it says what figures are rounded to"
_EACH_TAX: Final = "each tax of a line says it of itself"
_FROM_PERCENT: Final = "follows from the percentage beside it, and is in a sum that is compared"
_FLATTENED: Final = "taxes of a group are charged like any others; only printed subtotals need it"
_PLACE: Final = "where or by whom the figures are used changes none of them"
_SIGNED: Final = "figures have the sign that the source prints, whatever the document is called"
_IN_MODE: Final = "the mode beside it says how to round"

NOT_READ: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        (ANY, "also_in"): _SAME_CASE,
        (ANY, "disagrees_with"): _SAME_CASE,
        (
            ANY,
            "disagrees_with_current_rule",
        ): "follows from the figures, both of which are compared",
        (ANY, "legacy_only"): _SAME_CASE,
        (ANY, "note"): _REMARK,
        (ANY, "features"): "names what the lines show",
        (ANY, "country"): _PLACE,
        (ANY, "jurisdiction"): _PLACE,
        (ANY, "prices_include_tax"): _EACH_TAX,
        ("tax_line", "currency_decimals"): _INCREMENT,
        ("tax_document", "currency_decimals"): _INCREMENT,
        ("tax_document_lines", "currency_decimals"): _INCREMENT,
        ("document_down_payment", "currency_decimals"): _INCREMENT,
        ("document_global_discount", "currency_decimals"): _INCREMENT,
        ("tax_line", "expected_precision"): "rounded figures are compared as they are",
        ("tax_line", "lines[].taxes[].group_of"): _FLATTENED,
        ("tax_document", "lines[].taxes[].group_of"): _FLATTENED,
        ("tax_document", "lines[].taxes[].subtotal_before_group"): _FLATTENED,
        ("tax_document", "rounding"): "taxes in rows round each row over the document",
        ("tax_row_chain", "rounding"): "taxes in rows round each row over the document",
        ("document_tax", "net"): "the sum of the lines",
        ("round", "what"): _REMARK,
        ("line_tax", "sequence_semantics"): _REMARK,
        ("invoice_totals", "advances[].amount"): _FROM_PERCENT,
        ("invoice_totals", "lines[].discounts[].amount"): _FROM_PERCENT,
        ("invoice_totals", "exchange_rates"): "no figure of the case is in another currency",
        ("invoice_totals", "invoice_type"): _SIGNED,
        ("invoice_totals", "rounding"): "says how lines are rounded, and there are none",
        ("tax_totals", "currency"): "the case is refused before an amount is worked out",
        ("invoice", "document"): _SIGNED,
        ("invoice", "type_code"): _SIGNED,
        ("invoice", "lines[].id"): "lines are compared in order",
        ("rule_check", "document"): _SIGNED,
        ("rule_check", "lines[].price_discount.percent"): (
            "the rule asked for is about allowances and charges; the standard gives the discount"
            " of a price no percentage"
        ),
        ("cash_round", "currency"): "the step beside it is the currency's coin",
        ("cash_round", "side"): _IN_MODE,
        ("cash_round", "variant"): _IN_MODE,
        ("convert", "currency"): "the rate and the step beside it are the currencies'",
        ("convert", "to"): "the rate and the step beside it are the currencies'",
        ("instalment_validity", "parts[].ratio"): "the divisor beside it says it exactly",
        ("instalment_validity", "parts[].value"): "the divisor beside it says it exactly",
        ("split_by_percent", "document_step"): "shares are in the company's currency",
        ("format_errors", "errors[].code"): "no part of the line that is asked for",
        ("posting_scenario", "tax_profile.jurisdiction"): _REMARK,
        ("posting_scenario_error", "tax_profile.jurisdiction"): _REMARK,
        ("schema_defaults", "posting_schema"): "words for the schema that the adapter takes",
        ("tax_reverse_charge_categories", "needs"): "words for what the adapter tries without",
        ("tax_resolution", "transaction_type"): (
            "a profile treats sales and purchases alike; the rule that posts them does not"
        ),
        ("tip_split", "basis"): "one member of staff has all tips, or no shares are expected",
    }
)
"""Fields that no adapter reads, by kind of case and path, each with the reason why none need."""

ALWAYS: Final[Mapping[tuple[str, str], Json]] = MappingProxyType(
    {
        ("invoice", "lines[].price_discount.charge"): False,
        ("order_discount", "discounts[].base"): "gross order total",
        ("partially_deductible", "document"): "purchase",
        ("rule_check", "lines[].price_discount.charge"): False,
        ("split_by_days", "period"): "calendar month",
        ("tax_document", "taxes[].per"): "quantity",
        ("tax_totals", "rounding"): "total",
    }
)
"""Fields that no adapter reads because they have one value in all cases, which it takes so."""


class Recorder(dict[str, Json]):
    """A record that notes the path of each of its fields that is read.

    To ask whether a field is there is not to read it; to go through all is to read all.
    """

    def __init__(self, record: Json, path: str, read: set[str]) -> None:
        fields = {key: recorded(value, f"{path}{key}", read) for key, value in record.items()}
        super().__init__(fields)
        self._path = path
        self._read = read

    def __getitem__(self, key: str) -> Json:
        self._read.add(f"{self._path}{key}")
        return super().__getitem__(key)

    def get(self, key: str, default: Json = None) -> Json:
        """Return a field, which counts as read, or the default."""
        self._read.add(f"{self._path}{key}")
        return super().get(key, default)

    def __iter__(self) -> Iterator[str]:
        """Return the keys; that this is defined makes ``**`` and ``dict()`` read the fields."""
        return super().__iter__()

    def items(self) -> Json:
        """Return keys and values, all of which count as read."""
        return [(key, self[key]) for key in self]

    def values(self) -> Json:
        """Return the values, all of which count as read."""
        return [self[key] for key in self]


def recorded(value: Json, path: str, read: set[str]) -> Json:
    """Return a value whose records note in ``read`` which of their fields are read."""
    match value:
        case dict():
            return Recorder(value, f"{path}." if path else "", read)
        case list():
            return [recorded(each, f"{path}[]", read) for each in value]
        case _:
            return value


def unread(case: Case) -> frozenset[str]:
    """Return the paths of the fields of a case that its adapter does not read.

    The fields of an unread record are not listed beside it.
    """
    read: set[str] = set()
    judge(replace(case, inputs=recorded(dict(case.inputs), "", read)))
    read |= {
        f"{key}[].{name}" if isinstance(case.inputs.get(key), list) else f"{key}.{name}"
        for key, names in EXPECTED_INPUTS.get(case.kind, {}).items()
        for name in names
    }
    return frozenset(_unread(case.inputs, "", read))


def _unread(value: Json, path: str, read: set[str]) -> Iterator[str]:
    match value:
        case dict():
            for key, field in value.items():
                where = f"{path}.{key}" if path else key
                if where in read:
                    yield from _unread(field, where, read)
                else:
                    yield where
        case list():
            for each in value:
                yield from _unread(each, f"{path}[]", read)
        case _:
            return


def values_at(value: Json, path: str) -> Iterator[Json]:
    """Yield what stands at a path, once for each record of a list on the way."""
    if isinstance(value, list):
        for each in value:
            yield from values_at(each, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        head, _, rest = path.partition(".")
        key = head.removesuffix("[]")
        if key in value:
            yield from values_at(value[key], rest)
