"""Tax profiles and their use as canonical text, setting by setting."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.build_tax import UNNAMED_RATES
from hera_engine.dsl.format_expressions import (
    format_decimal,
    format_dotted,
    format_name,
    format_names,
    format_reference,
    format_text,
)
from hera_engine.dsl.notes import Notes
from hera_engine.dsl.scan import SETTING_WORDS
from hera_engine.errors import Pointer


def format_profile(profile: nodes.TaxProfileDecl, pointer: Pointer, notes: Notes) -> list[str]:
    """Return the lines of a tax profile.

    What a rate or component could take for its own stands before them.

    Args:
        profile: The profile.
        pointer: Where it stands in the JSON form.
        notes: The comments of the schema.
    """
    inside: list[str] = []
    for key, text in _settings(profile):
        inside += notes.simple(pointer.child(key), 1, text)
    for index, rate in enumerate(profile.rates):
        inside += notes.simple(pointer.child("rates").child(index), 1, format_rate(rate))
    for index, component in enumerate(profile.components):
        place = pointer.child("components").child(index)
        inside += notes.simple(place, 1, format_component(component))
    for place, text in _bearing(profile.bearing, pointer.child("component_categories"), notes):
        inside += notes.simple(place, 1, text)
    head = f"tax profile {format_reference(profile.name.text)}"
    return notes.braced(pointer, 0, head, inside)


def format_use_tax(tax: nodes.UseTax) -> str:
    """Return ``use tax …``."""
    parts = [f"use tax {format_reference(tax.profile.text)}"]
    if tax.inclusive is not None:
        parts.append(_prices(inclusive=tax.inclusive))
    if tax.rounding is not None:
        parts.append(f"rounding {tax.rounding}")
    return " ".join([*parts, *_step(tax)])


# --- settings --------------------------------------------------------------------------------


def _settings(profile: nodes.TaxProfileDecl) -> Iterator[tuple[str, str]]:
    """Yield the settings that a profile has once, each with its key in the JSON form."""
    if profile.jurisdiction is not None:
        yield "jurisdiction", f"jurisdiction {format_reference(profile.jurisdiction)}"
    if profile.tax_system is not None:
        yield "tax_system", f"system {format_reference(profile.tax_system)}"
    if profile.source is not None:
        yield "source", f"source {format_text(profile.source)}"
    if profile.inclusive is not None:
        yield "inclusive_prices", _prices(inclusive=profile.inclusive)
    if profile.rounding is not None:
        yield "rounding", f"rounding {profile.rounding}"
    if profile.rule is not None:
        yield "rounding_rule", _rule(profile.rule)
    for step in _step(profile):
        yield "cash_step", step
    if profile.default_category is not None:
        yield "default_category", f"default {format_dotted(profile.default_category)}"


def _prices(*, inclusive: bool) -> str:
    return f"prices {_pricing(inclusive=inclusive)}"


def _pricing(*, inclusive: bool) -> str:
    return "inclusive" if inclusive else "exclusive"


def _step(tax: nodes.TaxProfileDecl | nodes.UseTax) -> tuple[str, ...]:
    """Return how payables are rounded to coins, or nothing."""
    parts: list[str] = []
    if tax.cash_step is not None:
        parts.append(format_decimal(tax.cash_step))
    if tax.cash_mode is not None:
        parts.append(tax.cash_mode)
    if tax.cash_to is not None:
        parts.append(f"to {tax.cash_to}")
    return (f"step {' '.join(parts)}",) if parts else ()


def _rule(rule: nodes.RoundingDecl) -> str:
    """Return how components are rounded."""
    parts = ["rounding rule"]
    if rule.name is not None:
        parts.append(format_text(rule.name))
    if rule.mode is not None:
        parts.append(rule.mode)
    if rule.increment is not None:
        parts.append(f"increment {format_decimal(rule.increment)}")
    if rule.spread is not None:
        parts.append(f"spread {rule.spread}")
    return " ".join(parts)


# --- rates and components --------------------------------------------------------------------

_RATE_WORDS: Final = SETTING_WORDS | {
    "from", "to", "inclusive", "exclusive", "account", "input", "recoverable", "expense",
}  # fmt: skip
"""Words that would not be read as a name behind ``exempt`` and ``reverse charge``."""


def format_rate(rate: nodes.RateDecl) -> str:
    """Return one rate of a profile."""
    if rate.percent is None and not rate.reverse_charge and rate.reason is None:
        kind, parts = "exempt", ["exempt"]
    elif rate.reverse_charge:
        kind, parts = "reverse", ["reverse charge"]
    else:
        kind, parts = "rate", ["rate"]
    if rate.name.text != UNNAMED_RATES.get(kind):
        name = rate.name.text
        plain = kind == "rate"
        parts.append(format_name(name) if plain else format_name(name, also_reserved=_RATE_WORDS))
    if rate.percent is not None:
        parts.append(_percent(rate.percent))
    if rate.categories:
        parts.append(_categories(rate.categories))
    parts += _period(rate.effective_from, rate.effective_to)
    if rate.inclusive is not None:
        parts.append(_pricing(inclusive=rate.inclusive))
    if rate.reason is not None:
        parts.append(f"reason {rate.reason}")
    parts += _books(rate)
    if rate.source is not None:
        parts.append(f"source {format_text(rate.source)}")
    return " ".join(parts)


def format_component(component: nodes.ComponentDecl) -> str:
    """Return one component of a profile."""
    parts = [f"component {format_name(component.name.text)}", _due(component)]
    if component.on:
        parts.append(f"on {format_names(component.on)}")
    if component.compound:
        parts.append("compound")
    if not component.base_affected:
        parts.append("unaffected")
    if component.sequence is not None:
        parts.append(f"sequence {component.sequence}")
    if component.inclusive is not None:
        parts.append(_pricing(inclusive=component.inclusive))
    if component.retained:
        parts.append("withheld")
    if component.reverse_charge:
        parts.append("reverse charge")
    if component.repartition:
        parts.append(f"repartition {', '.join(map(_percent, component.repartition))}")
    if component.jurisdiction is not None:
        parts.append(f"jurisdiction {format_reference(component.jurisdiction)}")
    parts += _books(component)
    if component.group is not None:
        parts.append(f"group {format_reference(component.group)}")
    parts += _period(component.effective_from, component.effective_to)
    if component.source is not None:
        parts.append(f"source {format_text(component.source)}")
    return " ".join(parts)


def _due(component: nodes.ComponentDecl) -> str:
    """Return what a component comes to."""
    if component.kind is nodes.ComponentWord.TIERED:
        return f"tiers {', '.join(map(_tier, component.tiers))}"
    assert component.rate is not None, "only tiers need no rate"
    if component.kind is nodes.ComponentWord.FIXED:
        return f"{format_decimal(component.rate)} per unit"
    of_gross = component.kind is nodes.ComponentWord.DIVISION
    return f"{_percent(component.rate)}{' of gross' if of_gross else ''}"


def _tier(tier: nodes.TierDecl) -> str:
    end = "" if tier.up_to is None else f" up to {format_decimal(tier.up_to)}"
    return f"{_percent(tier.percent)}{end}"


def _percent(value: Decimal) -> str:
    return f"{format_decimal(value)}%"


def _categories(names: tuple[nodes.Name, ...]) -> str:
    return f"for {', '.join(format_dotted(category.text) for category in names)}"


def _period(starts: date | None, ends: date | None) -> Iterator[str]:
    """Yield the first and the last day that something is valid on, as far as they are known."""
    if starts is not None:
        yield f"from {starts.isoformat()}"
    if ends is not None:
        yield f"to {ends.isoformat()}"


def _books(tax: nodes.RateDecl | nodes.ComponentDecl) -> Iterator[str]:
    """Yield the account keys of a tax, and what of it a buyer deducts."""
    if tax.account is not None:
        yield f"account {format_name(tax.account.text)}"
    if tax.input_account is not None:
        yield f"input {format_name(tax.input_account.text)}"
    if tax.recoverable is not None:
        yield f"recoverable {_percent(tax.recoverable)}"
    if tax.expense_account is not None:
        yield f"expense {format_name(tax.expense_account.text)}"


def _bearing(
    bearing: tuple[nodes.CategoryDecl, ...], pointer: Pointer, notes: Notes
) -> Iterator[tuple[Pointer, str]]:
    """Yield which categories bear what, neighbours alike together unless a comment parts them."""
    groups: list[list[nodes.CategoryDecl]] = []
    for decl in bearing:
        quiet = notes.silent(pointer.child(decl.category.text))
        if groups and quiet and groups[-1][0].components == decl.components:
            groups[-1].append(decl)
        else:
            groups.append([decl])
    for group in groups:
        borne = "nothing"
        if group[0].components:
            names = (each.text for each in group[0].components)
            borne = ", ".join(format_name(name, also_reserved=_NOTHING) for name in names)
        categories = _categories(tuple(decl.category for decl in group))
        yield pointer.child(group[0].category.text), f"bear {borne} {categories}"


_NOTHING: Final = frozenset({"nothing"})
