"""Components, items and rules out of the fields of vector cases, for the adapters of tax."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine.money import round_money
from hera_engine.tax import (
    Component,
    ComponentKind,
    RoundingRule,
    Spread,
    TaxProfile,
    TaxResult,
    compute_tax,
)
from tests.vectors.cases import Case, Json, NotSupported

CURRENCY: Final = "EUR"
"""Any currency will do: the increment of the rule says what figures are rounded to."""

CURRENCIES: Final = MappingProxyType({0: "JPY", 2: "EUR", 3: "KWD"})
"""Currencies with so many decimals, for cases that name the decimals alone."""

RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LINE-TAX-FIRST": "line-tax-first",
        "LINE:": "line-tax-first",
        "REPARTITION": "line-tax-first",
        "LEGACY-BATCHING": "line-tax-first",
        "NET-FIRST": "net-first",
        "TOTAL-MIXED (v18": "total-mixed-v18",
        "TOTAL-MIXED": "total-mixed-v19",
        "TOTAL-GROSS-FIRST": "total-gross-first",
        "CUMULATIVE-CARRY": "cumulative-carry",
        "UNIT": "unit",
        "EXACT-UNROUNDED": "none",
    }
)
"""The name that we give to a rule, by the first words of the name that cases give to it."""

ROUNDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {"cumulative": "cumulative-carry", "row": "line", "unit": "unit"}
)
"""Our name of a scope where it is another one."""


def rule_of(case: Case) -> RoundingRule:
    """Return the rule that a case is evidence for, else the one that its rounding names."""
    stated = str(case.verify.get("rule") or "")
    said = case.inputs.get("rounding", "line")
    named = (ours for theirs, ours in RULES.items() if stated.startswith(theirs))
    return RoundingRule(
        name=next(named, ROUNDINGS.get(said, said)),
        mode=case.inputs.get("mode", "half_up"),
        increment=increment_of(case),
        spread=Spread.LARGEST if "residue spread" in stated else Spread.ERRED_MOST,
    )


def increment_of(case: Case) -> Decimal | None:
    """Return what figures are rounded to."""
    step = case.inputs.get("currency_rounding")
    if step is not None:
        return Decimal(step)
    decimals = case.inputs.get("currency_decimals")
    return None if decimals is None else Decimal((0, (1,), -decimals))


def component(tax: Mapping[str, Json], **fields: Json) -> Component:
    """Return the component that a tax of a vector file is."""
    said: dict[str, Json] = {
        "code": tax["name"],
        "kind": ComponentKind(tax.get("kind", "percent")),
        "rate": tax["rate"],
        "inclusive": tax.get("price_include", False),
        "compound": tax.get("compound", False),
        "base_affected": tax.get("base_affected", True),
        "sequence": tax.get("order", tax.get("sequence")),
        "reverse_charge": tax.get("reverse_charge", False),
        "repartition": tuple(map(Decimal, tax.get("repartition_percent", ()))),
        "group": tax.get("tax_group"),
        "jurisdiction": tax.get("jurisdiction"),
    }
    return Component(**{**said, **fields})


@dataclass(frozen=True, slots=True)
class Document:
    """A profile and the items of a case, each with the codes of its components.

    ``names`` are what each line calls the components, by code.
    """

    profile: TaxProfile
    items: tuple[dict[str, object], ...]
    names: tuple[Mapping[str, str], ...] = ()

    def compute(self) -> TaxResult:
        """Return the taxes of the document."""
        return compute_tax(self.profile, self.items, currency=CURRENCY)


def document(case: Case) -> Document:
    """Return the document of a case whose lines have their own taxes.

    Taxes of one definition are one component, whatever they are called on each line.
    """
    lines: Sequence[Mapping[str, Json]] = case.inputs.get("lines", ())
    rows = [_borne(line) for line in lines]
    merged = _merged(rows)
    return Document(
        TaxProfile.from_components(merged.values(), rule=rule_of(case)),
        tuple(
            {**item(line), "components": [_key(row, index) for index in range(len(row))]}
            for line, row in zip(lines, rows, strict=True)
        ),
        tuple({_key(row, i): tax["name"] for i, tax in enumerate(row)} for row in rows),
    )


def item(line: Mapping[str, Json]) -> dict[str, object]:
    """Return an item with the price of a line."""
    found = {"unit_price": line["unit_price"], "quantity": line["quantity"]}
    return {**found, "discount_percent": line.get("discount_pct", "0")}


def _borne(line: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """Return the taxes of a line in order, without those it leaves out."""
    taxes = line["taxes"]
    if isinstance(taxes, str):
        taxes = _in_words(taxes)
    order = [tax for tax in taxes if not tax.get("skip")]
    return sorted(order, key=lambda tax: tax.get("order", tax.get("sequence", 0)))


_TWICE: Final = re.compile(r"group-of-groups: \((.+)\) twice")
_WORDS: Final = re.compile(r"(?P<fixed>fixed )?(?P<rate>[0-9.]+)%?(?P<compound> compound)?")


def _in_words(text: str) -> list[Mapping[str, Json]]:
    """Return the taxes that words describe: a list in brackets, which stands there twice."""
    twice = _TWICE.fullmatch(text)
    found = [_WORDS.fullmatch(each) for each in twice[1].split(", ")] if twice else [None]
    taxes = [tax.groupdict() for tax in found if tax is not None]
    if len(taxes) < len(found):
        raise NotSupported("taxes described in words")
    return [
        {
            "name": str(at),
            "kind": "fixed" if tax["fixed"] else "percent",
            "rate": tax["rate"],
            "compound": bool(tax["compound"]),
            "order": at,
        }
        for at, tax in enumerate(taxes * 2)
    ]


_DEFINING: Final = (
    "base_affected", "compound", "jurisdiction", "kind", "price_include", "rate",
    "repartition_percent", "reverse_charge", "tax_group",
)  # fmt: skip
"""What makes two taxes one component; their names and places on a line do not."""


def _key(row: Sequence[Mapping[str, Json]], index: int) -> str:
    """Return what a tax is, apart from its name and place, and its number among its equals."""
    same = _definition(row[index])
    number = sum(_definition(tax) == same for tax in row[:index])
    return f"{same}#{number}"


def _definition(tax: Mapping[str, Json]) -> str:
    known = {key: tax[key] for key in _DEFINING if key in tax}
    if "order" not in tax:
        known["sequence"] = tax.get("sequence")
    return ",".join(f"{key}={value}" for key, value in known.items())


def _merged(rows: Iterable[Sequence[Mapping[str, Json]]]) -> dict[str, Component]:
    """Return the components of all lines by key, each at the last place it has on any."""
    places: dict[str, int] = {}
    taxes: dict[str, Mapping[str, Json]] = {}
    for row in rows:
        for index, tax in enumerate(row):
            key = _key(row, index)
            place = tax.get("order", tax.get("sequence", index))
            places[key] = max(places.get(key, place), place)
            taxes[key] = tax
    return {
        key: component(taxes[key], code=key, sequence=place)
        for key, place in sorted(places.items(), key=lambda pair: pair[1])
    }


def as_printed(value: Fraction, precision: str) -> Decimal:
    """Return an exact figure with as many decimals as its source prints."""
    return round_money(value, step=precision)
