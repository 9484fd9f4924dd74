"""Phrases of tax profiles and their use to syntax nodes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.build_expressions import (
    Reading,
    day,
    dotted,
    name,
    names,
    number,
    percentage,
    reference,
    string,
    whole,
)
from hera_engine.dsl.phrases import Phrase, Word
from hera_engine.dsl.spelling import unless_default, with_plain_reason
from hera_engine.errors import Diagnostic, Place, Pointer, Span

UNNAMED_RATES: Final = MappingProxyType({"exempt": "exempt", "reverse": "reverse_charge"})
"""The name of a rate that is written without one, by the grammar's rule for it."""

_SETTINGS: Final = MappingProxyType(
    {
        "jurisdiction": "jurisdiction",
        "system": "tax_system",
        "source": "source",
        "prices": "inclusive_prices",
        "rounding": "rounding",
        "rounding_rule": "rounding_rule",
        "step": "cash_step",
        "fallback": "default_category",
    }
)
"""The rule of the grammar for each setting of a tax profile, and its key in the JSON form."""

_WHOLE: Final = Decimal(100)


@dataclass(slots=True)
class _Draft:
    """The settings of a profile while they are read, those that it has once by their word."""

    once: dict[str, Phrase] = field(default_factory=dict)
    rates: list[nodes.RateDecl] = field(default_factory=list)
    components: list[nodes.ComponentDecl] = field(default_factory=list)
    bearing: list[nodes.CategoryDecl] = field(default_factory=list)


def profile(reading: Reading, phrase: Phrase, pointer: Pointer) -> nodes.TaxProfileDecl:
    """Return the node of a tax profile; its settings keep their order in ``reading``."""
    reading.anchor(pointer.path, phrase, braces=True)
    draft = _Draft()
    for part in phrase.inner("settings").phrases():
        match part.kind:
            case "rate" | "exempt" | "reverse":
                reading.anchor(pointer.child("rates").child(len(draft.rates)).path, part)
                draft.rates.append(_rate(reading, part))
            case "component":
                place = pointer.child("components").child(len(draft.components))
                reading.anchor(place.path, part)
                draft.components.append(_component(reading, part))
            case "bear":
                found = _bear(part)
                place = pointer.child("component_categories").child(found[0].category.text)
                reading.anchor(place.path, part)
                draft.bearing += found
            case _:
                _note_once(reading, part, pointer, draft)
    return _finished(reading, phrase, draft)


def _note_once(reading: Reading, part: Phrase, pointer: Pointer, draft: _Draft) -> None:
    """Note a setting, and a fault if the profile has it already."""
    reading.anchor(pointer.child(_SETTINGS[part.kind]).path, part)
    word = part.parts[0]
    assert isinstance(word, Word), "the grammar begins a setting with its keyword"
    if word.text in draft.once:
        reading.fault(faults.DUPLICATE, word.at, what="setting", name=word.text)
    draft.once[word.text] = part


def _finished(reading: Reading, phrase: Phrase, draft: _Draft) -> nodes.TaxProfileDecl:
    """Return the node of a profile whose settings are all known."""
    once = draft.once
    source, rounding = once.get("source"), once.get("rounding")
    step = _step(reading, once.get("step"))
    named = rounding is None or rounding.kind == "rounding"
    return nodes.TaxProfileDecl(
        name=reference(reading, phrase),
        jurisdiction=_named(reading, once.get("jurisdiction")),
        tax_system=_named(reading, once.get("system")),
        inclusive=_prices(once.get("prices")),
        rounding=_rounding(rounding) if named else None,
        cash_step=step.size,
        default_category=_category(reading, once.get("default")),
        rates=tuple(draft.rates),
        components=tuple(draft.components),
        bearing=tuple(draft.bearing),
        rule=None if named or rounding is None else _rule(reading, rounding),
        cash_mode=unless_default(step.mode, nodes.CASH_MODES[0]),
        cash_to=unless_default(step.to, nodes.CASH_DIFFERENCES[0]),
        source=None if source is None else string(reading, source.needed("STRING")),
        at=phrase.at,
    )


def without_gaps(schema: nodes.Schema, syntax: Sequence[Diagnostic]) -> nodes.Schema:
    """Return a schema whose profiles have a rate for those that a syntax fault has taken away.

    Otherwise a profile would be told to lack what it has, after a fault in its only rate.
    """
    places = [fault.span for fault in syntax if fault.span is not None]
    return replace(
        schema,
        tax_profiles=tuple(
            _with_some_rate(profile)
            if not (profile.rates or profile.components)
            and any(_holds(profile.at, place) for place in places)
            else profile
            for profile in schema.tax_profiles
        ),
    )


def _with_some_rate(profile: nodes.TaxProfileDecl) -> nodes.TaxProfileDecl:
    """Return a profile of one rate for every category, without what is for components alone."""
    rate = nodes.RateDecl(name=nodes.Name("standard", at=profile.at), percent=Decimal(0))
    return replace(profile, rates=(rate,), bearing=(), rule=None)


def _holds(outer: Place | None, inner: Span) -> bool:
    if not isinstance(outer, Span):
        return False
    first, last = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return first <= (inner.line, inner.column) < last


def use_tax(reading: Reading, phrase: Phrase) -> nodes.UseTax:
    """Return the node of ``use tax``."""
    step = _step(reading, phrase.phrase("step"))
    return nodes.UseTax(
        profile=reference(reading, phrase),
        inclusive=_prices(phrase.phrase("prices")),
        rounding=_rounding(phrase.phrase("rounding")),
        cash_step=step.size,
        cash_mode=step.mode,
        cash_to=step.to,
        at=phrase.at,
    )


# --- settings --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """What a ``step`` says, None where it does not."""

    size: Decimal | None = None
    mode: str | None = None
    to: str | None = None


def _step(reading: Reading, phrase: Phrase | None) -> _Step:
    if phrase is None:
        return _Step()
    size, mode, to = phrase.word("NUMBER"), phrase.word("CASH_MODE"), phrase.phrase("cash_to")
    return _Step(
        None if size is None else number(reading, size),
        None if mode is None else mode.text,
        None if to is None else to.needed("CASH_TO").text,
    )


def _prices(phrase: Phrase | None) -> bool | None:
    return None if phrase is None else phrase.needed("PRICING").text == "inclusive"


def _rounding(phrase: Phrase | None) -> nodes.Rounding | None:
    return None if phrase is None else nodes.Rounding(phrase.needed("ROUNDING_NAME").text)


def _rule(reading: Reading, phrase: Phrase) -> nodes.RoundingDecl:
    """Return the node of ``rounding rule``."""
    text, mode = phrase.word("STRING"), phrase.word("MODE")
    increment, spread = phrase.phrase("increment"), phrase.phrase("spread")
    return nodes.RoundingDecl(
        name=None if text is None else string(reading, text),
        mode=None if mode is None else mode.text,
        increment=None if increment is None else number(reading, increment.needed("NUMBER")),
        spread=None if spread is None else spread.needed("SPREAD_NAME").text,
        at=phrase.at,
    )


def _named(reading: Reading, phrase: Phrase | None) -> str | None:
    return None if phrase is None else reference(reading, phrase).text


def _category(reading: Reading, phrase: Phrase | None) -> str | None:
    if phrase is None:
        return None
    text = phrase.word("STRING")
    return dotted(phrase.inner("path")).text if text is None else string(reading, text)


# --- rates -----------------------------------------------------------------------------------


def _rate(reading: Reading, phrase: Phrase) -> nodes.RateDecl:
    """Return the node of a ``rate``, ``exempt`` or ``reverse charge`` setting."""
    named, percent, reason = phrase.word("NAME"), phrase.phrase("percent"), phrase.phrase("reason")
    unnamed = UNNAMED_RATES.get(phrase.kind, "")
    categories = phrase.phrase("categories")
    rate = nodes.RateDecl(
        name=nodes.Name(unnamed, at=phrase.parts[0].at) if named is None else name(named),
        percent=None if percent is None else percentage(reading, percent),
        categories=() if categories is None else tuple(map(dotted, categories.phrases())),
        effective_from=_bound(reading, phrase.phrase("starts")),
        effective_to=_bound(reading, phrase.phrase("ends")),
        inclusive=_pricing(phrase),
        account=_key(phrase.phrase("key")),
        reverse_charge=phrase.kind == "reverse",
        reason=None if reason is None else reason.needed("REASON_NAME").text,
        recoverable=_recoverable(reading, phrase.phrase("recoverable")),
        input_account=_key(phrase.phrase("input")),
        expense_account=_key(phrase.phrase("expense")),
        source=_source(reading, phrase),
        at=phrase.at,
    )
    if phrase.kind == "rate" and percent is None and reason is None:
        hint = f"write `rate {rate.name.text} 5%`, or `exempt {rate.name.text}`"
        at = phrase.needed("NAME").at
        reading.fault(faults.MISSING_KEY, at, suggestion=hint, key="percent")
    return with_plain_reason(rate)


def _bound(reading: Reading, phrase: Phrase | None) -> date | None:
    return None if phrase is None else day(reading, phrase.needed("DATE"))


def _pricing(phrase: Phrase) -> bool | None:
    word = phrase.word("PRICING")
    return None if word is None else word.text == "inclusive"


def _key(phrase: Phrase | None) -> nodes.Name | None:
    return None if phrase is None else name(phrase.needed("NAME"))


def _recoverable(reading: Reading, phrase: Phrase | None) -> Decimal | None:
    """Return the percentage that a buyer deducts; None for all of it."""
    if phrase is None:
        return None
    return unless_default(percentage(reading, phrase.inner("percent")), _WHOLE)


def _source(reading: Reading, phrase: Phrase) -> str | None:
    found = phrase.phrase("source")
    return None if found is None else string(reading, found.needed("STRING"))


# --- components ------------------------------------------------------------------------------


def _component(reading: Reading, phrase: Phrase) -> nodes.ComponentDecl:
    """Return the node of a ``component`` setting."""
    kind, rate = _due(reading, phrase)
    on, sequence = phrase.phrase("base"), phrase.phrase("sequence")
    split, area, group = phrase.phrase("repartition"), phrase.phrase("area"), phrase.phrase("group")
    return nodes.ComponentDecl(
        name=name(phrase.needed("NAME")),
        kind=kind,
        rate=rate,
        tiers=tuple(_tier(reading, part) for part in phrase.phrases() if part.kind == "tier"),
        on=() if on is None else names(on.words("NAME")),
        inclusive=_pricing(phrase),
        compound=phrase.word("COMPOUND") is not None,
        base_affected=phrase.word("UNAFFECTED") is None,
        sequence=None if sequence is None else whole(reading, sequence.needed("WHOLE")),
        reverse_charge=phrase.word("REVERSE") is not None,
        retained=phrase.word("WITHHELD") is not None,
        repartition=()
        if split is None
        else tuple(_signed(reading, part) for part in split.phrases()),
        recoverable=_recoverable(reading, phrase.phrase("recoverable")),
        group=_named(reading, group),
        jurisdiction=_named(reading, area),
        account=_key(phrase.phrase("key")),
        input_account=_key(phrase.phrase("input")),
        expense_account=_key(phrase.phrase("expense")),
        effective_from=_bound(reading, phrase.phrase("starts")),
        effective_to=_bound(reading, phrase.phrase("ends")),
        source=_source(reading, phrase),
        at=phrase.at,
    )


def _due(reading: Reading, phrase: Phrase) -> tuple[nodes.ComponentWord, Decimal | None]:
    """Return how a component comes to its amount, and its percentage or amount per unit."""
    fixed, percent = phrase.phrase("per_unit"), phrase.phrase("signed")
    if fixed is not None:
        negative = fixed.word("MINUS") is not None
        amount = number(reading, fixed.needed("NUMBER"), negative=negative)
        return nodes.ComponentWord.FIXED, amount
    if percent is None:
        return nodes.ComponentWord.TIERED, None
    of_gross = phrase.word("GROSS") is not None
    kind = nodes.ComponentWord.DIVISION if of_gross else nodes.ComponentWord.PERCENT
    return kind, _signed(reading, percent)


def _signed(reading: Reading, phrase: Phrase) -> Decimal:
    negative = phrase.word("MINUS") is not None
    return percentage(reading, phrase.inner("percent"), negative=negative)


def _tier(reading: Reading, phrase: Phrase) -> nodes.TierDecl:
    end = phrase.word("NUMBER")
    return nodes.TierDecl(
        up_to=None if end is None else number(reading, end),
        percent=_signed(reading, phrase.inner("signed")),
        at=phrase.at,
    )


def _bear(phrase: Phrase) -> tuple[nodes.CategoryDecl, ...]:
    """Return the nodes of a ``bear`` setting, one for each of its categories."""
    components = names(phrase.words("NAME"))
    categories = map(dotted, phrase.inner("categories").phrases())
    return tuple(
        nodes.CategoryDecl(category=category, components=components, at=phrase.at)
        for category in categories
    )
