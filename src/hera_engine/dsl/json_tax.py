"""Tax profiles of the JSON form: rates in short, components, who bears them, how they round."""

from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final, TypeVar

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.json_values import (
    Flaw,
    Reader,
    Refused,
    amount,
    choice,
    day,
    each,
    entries,
    filled,
    flaw,
    misfit,
    missing_key,
    name,
    names,
    number,
    one_of,
    percent,
    record,
    signed_percent,
    step,
    truth,
    whole,
    wrong_type,
)
from hera_engine.dsl.spelling import unless_default, with_plain_reason
from hera_engine.errors import Pointer
from hera_engine.money import RoundingMode

# --- what rates and components share ---------------------------------------------------------


def _nullable(reader: Reader[object]) -> Reader[object]:
    """Return a reader that takes null for a key that is not there."""

    def read(value: object) -> object:
        return None if value is None else reader(value)

    return read


def _recoverable(value: object) -> Decimal | None:
    """Return the percentage that a buyer deducts; None for all of it."""
    return unless_default(percent(value), Decimal(100))


_SHARED: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {
        "code": name,
        "inclusive": _nullable(truth),
        "reverse_charge": truth,
        "recoverable": _nullable(_recoverable),
        "account": _nullable(name),
        "input_account": _nullable(name),
        "expense_account": _nullable(name),
        "effective_from": _nullable(day),
        "effective_to": _nullable(day),
        "source": _nullable(filled),
    }
)
"""Keys with the names of their nodes' fields but for ``code``."""

# --- rates -----------------------------------------------------------------------------------


def _nothing(value: object) -> None:
    """Refuse everything but null."""
    if value is not None:
        raise Refused(wrong_type("null", value))


_SHORT_RATES: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {"standard": percent, "zero": percent, "exempt": _nothing}
)

_RATE: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {
        **_SHARED,
        "code": _nullable(name),
        "percent": _nullable(percent),
        "exempt": truth,
        "categories": names,
        "reason": _nullable(one_of(nodes.REASONS)),
    }
)

EXPORTED: Final = ("goods.export",)
FINANCIAL: Final = ("services.financial",)
REVERSED: Final = ("services.imported", "goods.imported_b2b", "reverse_charge")
"""The categories that the short form of a profile treats in ways of their own."""


def rates(value: object, *, reverse_charge: bool) -> tuple[nodes.RateDecl, ...]:
    """Return the rates of a profile: a list is the full form, an object the short one.

    Args:
        value: What stands in the document.
        reverse_charge: Whether the short form has one.
    """
    if isinstance(value, Mapping):
        return _rates_in_full(value, reverse_charge=reverse_charge)
    _check_length(value, "SCHEMA_RULES", limits.SCHEMA_RULES)
    return each(value, _rate)


def _rates_in_full(value: object, *, reverse_charge: bool) -> tuple[nodes.RateDecl, ...]:
    """Return the rates that the short form stands for.

    Exports are zero and financial services exempt whether the form says so or not; every
    category without a rate of its own has the standard one, which names none.
    """
    found = record(value, _SHORT_RATES)
    if "standard" not in found:
        raise Refused(missing_key("standard"))
    standard, zero = percent(found["standard"]), percent(found.get("zero", Decimal(0)))
    reverse = nodes.RateDecl(
        name=nodes.Name("reverse_charge"),
        percent=standard,
        reverse_charge=True,
        categories=_names(REVERSED),
    )
    return (
        nodes.RateDecl(name=nodes.Name("standard"), percent=standard),
        nodes.RateDecl(name=nodes.Name("zero"), percent=zero, categories=_names(EXPORTED)),
        nodes.RateDecl(name=nodes.Name("exempt"), percent=None, categories=_names(FINANCIAL)),
        *((reverse,) if reverse_charge else ()),
    )


def _names(words: tuple[str, ...]) -> tuple[nodes.Name, ...]:
    return tuple(map(nodes.Name, words))


def _rate(value: object) -> nodes.RateDecl:
    """Return one rate in full; without a code it is named for what it is."""
    found = record(value, _RATE)
    read = {key: _RATE[key](member) for key, member in found.items()}
    exempt, reverse = read.pop("exempt", False), read.get("reverse_charge", False)
    share, reason = read.get("percent"), read.get("reason")
    flaws = [] if exempt or reverse or read.get("code") is not None else [missing_key("code")]
    if share is None and reason is None and not (exempt or reverse):
        flaws.append(missing_key("percent"))
    if exempt and share is not None:
        flaws.append(misfit("an exempt rate has no percentage", "percent"))
    if exempt and reverse:
        flaws.append(misfit("a rate is exempt or has a reverse charge, not both", "exempt"))
    elif exempt and reason not in (None, "exempt"):
        flaws.append(misfit(f"a rate that is exempt cannot be {reason}", "reason"))
    elif reverse and reason not in (None, "reverse_charge"):
        flaws.append(misfit(f"a rate with a reverse charge cannot be {reason}", "reason"))
    if flaws:
        raise Refused(*flaws)
    unnamed = nodes.Name("exempt" if exempt else "reverse_charge")
    name_read = read.pop("code", None) or unnamed
    parts = {**read, "name": name_read, "percent": share}
    return with_plain_reason(nodes.RateDecl(**parts))  # type: ignore[arg-type] # as read


def _check_length(value: object, limit: str, allowed: int) -> None:
    """Refuse a list of too many members before any of them is read."""
    if isinstance(value, list | tuple) and len(value) > allowed:
        raise Refused(flaw(faults.TOO_LARGE, limit=limit, allowed=allowed, seen=len(value)))


# --- components ------------------------------------------------------------------------------


def _tier(value: object) -> nodes.TierDecl:
    """Return a slice of a tiered component."""
    found = record(value, _TIER)
    if "rate" not in found:
        raise Refused(missing_key("rate"))
    end = found.get("up_to")
    return nodes.TierDecl(
        up_to=None if end is None else amount(end), percent=signed_percent(found["rate"])
    )


_TIER: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {"up_to": _nullable(amount), "rate": signed_percent}
)


def _percents(value: object) -> tuple[Decimal, ...]:
    return each(value, signed_percent)


def _tiers(value: object) -> tuple[nodes.TierDecl, ...]:
    return each(value, _tier)


_COMPONENT: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {
        **_SHARED,
        "kind": choice(nodes.ComponentWord),
        "rate": signed_percent,
        "tiers": _tiers,
        "on": names,
        "compound": truth,
        "base_affected": truth,
        "sequence": _nullable(whole(0, 10**limits.AMOUNT_INTEGER_DIGITS - 1)),
        "retained": truth,
        "repartition": _percents,
        "group": _nullable(filled),
        "jurisdiction": _nullable(filled),
    }
)


def _component(value: object) -> nodes.ComponentDecl:
    """Return one component of a profile."""
    found = record(value, _COMPONENT)
    read = {key: _COMPONENT[key](member) for key, member in found.items()}
    kind = read.get("kind", nodes.ComponentWord.PERCENT)
    tiered = kind is nodes.ComponentWord.TIERED
    flaws = [] if "code" in read else [missing_key("code")]
    for key, wanted in (("rate", not tiered), ("tiers", tiered)):
        if wanted and key not in read:
            flaws.append(missing_key(key))
        elif key in read and not wanted:
            flaws.append(misfit(f"a component of the kind {kind} has no `{key}`", key))
    if kind is nodes.ComponentWord.FIXED and "rate" in found:
        read["rate"] = _amount_per_unit(found["rate"], flaws)
    if flaws:
        raise Refused(*flaws)
    return nodes.ComponentDecl(name=read.pop("code"), **read)  # type: ignore[arg-type] # as read


def _amount_per_unit(value: object, flaws: list[Flaw]) -> Decimal:
    """Return an amount of either sign; a per cent sign is a flaw."""
    try:
        return number(value)
    except Refused as refusal:
        flaws += (bad.within("rate") for bad in refusal.flaws)
        return Decimal(0)


def components(value: object) -> tuple[nodes.ComponentDecl, ...]:
    """Return the components of a profile, in its order."""
    _check_length(value, "PROFILE_COMPONENTS", limits.PROFILE_COMPONENTS)
    return each(value, _component)


def bearing(value: object) -> tuple[nodes.CategoryDecl, ...]:
    """Return which components the items of each category bear."""
    found = entries(value, names)
    return tuple(
        nodes.CategoryDecl(category=nodes.Name(category), components=borne)
        for category, borne in found
    )


Tax = TypeVar("Tax", nodes.RateDecl, nodes.ComponentDecl)


def placed_taxes(found: tuple[Tax, ...], at: Pointer) -> tuple[Tax, ...]:
    """Return rates or components at their places, each name and slice in them at its own."""
    return tuple(_placed_tax(decl, at.child(index)) for index, decl in enumerate(found))


def _placed_tax(decl: Tax, at: Pointer) -> Tax:
    changes = {
        part.name: _placed(getattr(decl, part.name), at.child(_KEYS.get(part.name, part.name)))
        for part in fields(decl)
        if part.name != "at"
    }
    return replace(decl, at=at, **changes)  # type: ignore[arg-type] # the node's own fields


_KEYS: Final = MappingProxyType({"name": "code"})
"""Keys that the nodes have another name for."""


def _placed(value: object, at: Pointer) -> object:
    if isinstance(value, tuple):
        return tuple(_placed(part, at.child(index)) for index, part in enumerate(value))
    return replace(value, at=at) if isinstance(value, nodes.Name | nodes.TierDecl) else value


def placed_bearing(
    found: tuple[nodes.CategoryDecl, ...], at: Pointer
) -> tuple[nodes.CategoryDecl, ...]:
    """Return who bears what, each at its place in the object of all categories."""
    return tuple(_placed_category(decl, at.child(decl.category.text)) for decl in found)


def _placed_category(decl: nodes.CategoryDecl, at: Pointer) -> nodes.CategoryDecl:
    borne = (replace(part, at=at.child(index)) for index, part in enumerate(decl.components))
    category = replace(decl.category, at=at)
    return replace(decl, category=category, components=tuple(borne), at=at)


# --- rounding --------------------------------------------------------------------------------

CASH_WORDS: Final = MappingProxyType(
    {"cash_mode": nodes.CASH_MODES, "cash_to": nodes.CASH_DIFFERENCES}
)
"""The words of a profile about coins; the first of each goes without saying."""

_RULE: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {
        "name": _nullable(filled),
        "mode": _nullable(one_of(tuple(RoundingMode))),
        "increment": _nullable(step),
        "spread": _nullable(one_of(nodes.SPREADS)),
    }
)


def rounding_rule(value: object) -> nodes.RoundingDecl | None:
    """Return how the components of a profile are rounded; an empty object says nothing."""
    found = record(value, _RULE)
    read = {key: _RULE[key](member) for key, member in found.items()}
    return nodes.RoundingDecl(**read) if read else None  # type: ignore[arg-type] # as read
