"""Tax profiles: the rates of a jurisdiction, and which of them an item falls under.

Enters: a mapping in short or full form. Leaves: `TaxProfile`, which answers for a category and a
date with a `Treatment`. A profile is a value: compared by meaning, hashable, picklable.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from hera_engine.errors import Diagnostic, Pointer, PostingRejected, SchemaError, did_you_mean
from hera_engine.money import RoundingMode, format_amount
from hera_engine.tax.category import EXEMPT_CODE, STANDARD_CODE, Reason
from hera_engine.tax.component import Component
from hera_engine.tax.component_choice import (
    check_components,
    choose_components,
    codes_of_category,
    given_components,
    given_flag,
    given_lists,
)
from hera_engine.tax.component_mapping import components_to_mapping, read_components
from hera_engine.tax.mapping import MappingReader, Record, shown
from hera_engine.tax.rate_mapping import rate_to_mapping, read_rates
from hera_engine.tax.rates import PlacedRate, TaxRate, check_rates, rates_by_category
from hera_engine.tax.rounding import CashDifference, RoundingRule

_NO_PERCENT: Final = Decimal(0)
_NOTHING: Final = Fraction(0)


class TaxRounding(StrEnum):
    """Where tax is rounded."""

    NONE = "none"
    """Not before lines are merged."""
    LINE = "line"
    """Each item's tax."""
    TOTAL = "total"
    """Once per rate over the document; the difference goes back to the items."""
    SWEDISH = "swedish"
    """As total, and the payable to the smallest cash amount."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """How one item is taxed: its category, the reason, and the rate or components if any."""

    category: str
    reason: Reason
    rate: TaxRate | None = None
    components: tuple[Component, ...] = ()
    inclusive_default: bool | None = None
    """Whether prices include the components that do not say, as the profile has it."""

    @property
    def code(self) -> str:
        """Name of the rate; the reason where there is no rate."""
        return self.reason.value if self.rate is None else self.rate.code

    @property
    def percent(self) -> Decimal:
        """Percentage as written in the profile; zero where there is none."""
        found = None if self.rate is None else self.rate.percent
        return _NO_PERCENT if found is None else found

    @property
    def fraction(self) -> Fraction:
        """What is due of a net price, exactly; zero unless tax is charged."""
        rate = self.rate
        return rate.fraction if rate is not None and self.reason.charges_tax else _NOTHING

    @property
    def is_taxed(self) -> bool:
        """Whether an amount of tax is due from the customer."""
        return self.reason.charges_tax

    @property
    def bears_tax(self) -> bool:
        """Whether the customer pays tax: a rate above zero, or a component that is paid."""
        paid = any(each.is_paid and not each.is_nought for each in self.components)
        return self.is_taxed and (paid or bool(self.fraction))

    @property
    def inclusive(self) -> bool | None:
        """Whether prices under the rate include it; None where it does not say."""
        return None if self.rate is None else self.rate.inclusive

    @property
    def account_key(self) -> str | None:
        """Account key of the rate's own tax lines; None for the one that a rule names."""
        return None if self.rate is None else self.rate.account

    @property
    def effective_from(self) -> date | None:
        """First day of the rate."""
        return None if self.rate is None else self.rate.effective_from

    @property
    def effective_to(self) -> date | None:
        """Last day of the rate."""
        return None if self.rate is None else self.rate.effective_to


def exempt_treatment(category: str | None = None) -> Treatment:
    """Return the treatment of an item that its sender marked exempt, whatever its category."""
    return Treatment(category or EXEMPT_CODE, Reason.EXEMPT)


Series = Mapping[str, tuple[TaxRate, ...]]
"""Rates by category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxProfile:
    """The tax rules of a jurisdiction.

    Invariant, held by `from_mapping`: on each day at most one ordinary rate and one reverse
    charge serve a category.

    Attributes:
        id: What a schema refers to; empty for a profile that is handed over directly.
        jurisdiction: Whose rules these are, such as ``AE``.
        tax_system: Name of the tax, such as ``VAT``.
        inclusive_prices: Whether prices include tax; None where it does not say.
        rounding: Where tax is rounded.
        reverse_charge: Whether reverse charges apply at all.
        cash_step: Smallest amount payable in cash, for swedish rounding.
        cash_mode: How a payable is rounded to it.
        cash_to: Who takes the difference.
        source: The law behind it, in words.
        default_category: Category of an item that names none.
        rates: In the order they were written.
        components: Taxes that stand side by side, in order; a profile that has some is taxed by
            them, and its rates charge nothing.
        component_lists: For a category the codes of its components; a category that is not
            listed bears all of them, or is refused where the default is listed.
        rule: How the taxes of components are rounded; None for what ``rounding`` says.
    """

    rates: tuple[TaxRate, ...]
    id: str = ""
    jurisdiction: str | None = None
    tax_system: str | None = None
    inclusive_prices: bool | None = None
    rounding: TaxRounding = TaxRounding.LINE
    reverse_charge: bool = False
    cash_step: Decimal | None = None
    cash_mode: RoundingMode = RoundingMode.HALF_UP
    cash_to: CashDifference = CashDifference.LINE
    source: str | None = None
    default_category: str | None = None
    components: tuple[Component, ...] = ()
    component_lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rule: RoundingRule | None = None
    _ordinary: Series = field(init=False, repr=False, compare=False)
    _reverse: Series = field(init=False, repr=False, compare=False)
    _every_other: tuple[TaxRate, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the rates by category."""
        ordinary = rates_by_category(rate for rate in self.rates if not rate.is_reverse_charge)
        reverse = rates_by_category(rate for rate in self.rates if rate.is_reverse_charge)
        object.__setattr__(self, "_ordinary", ordinary)
        object.__setattr__(self, "_reverse", reverse)
        every_other = (rate for rate in self.rates if rate.serves_every_other)
        object.__setattr__(self, "_every_other", tuple(every_other))

    @classmethod
    def from_mapping(cls, data: object, *, at: str = "") -> "TaxProfile":
        """Return the profile that a mapping in short or full form describes.

        The short form is ``{"id", "jurisdiction", "tax_system", "inclusive_prices",
        "rounding_method", "reverse_charge_applicable", "rates": {"standard": "5.0", …}}``. In
        the full form ``rates`` is a list of objects with code, percent, categories,
        effective_from, effective_to, inclusive, account, and exempt, reverse_charge or reason;
        the profile may have default_category and cash_step. A rate without categories is for
        the one named like its code; the rate named standard is then for every category that no
        other rate is for. ``name`` and ``rounding`` are read as ``id`` and ``rounding_method``.

        Instead of rates there may be ``components``, a list with the fields of `Component`,
        ``component_categories`` with the codes of each, and ``rounding_rule`` (`RoundingRule`);
        rates beside them charge nothing, and their categories bear no components.

        Args:
            data: The mapping; percentages are decimal strings, integers or Decimals.
            at: JSON pointer of the mapping within its document, put before every place.

        Raises:
            SchemaError: With a diagnostic for each fault.
        """
        profile, found = validate_profile_mapping(data, at)
        if profile is None:
            raise SchemaError(found)
        return profile

    @classmethod
    def from_components(
        cls,
        components: Iterable[Component],
        *,
        rule: RoundingRule | str | None = None,
        categories: Mapping[str, Iterable[str]] | None = None,
        inclusive_prices: bool | None = None,
    ) -> "TaxProfile":
        """Return a profile of components; one without any taxes nothing.

        Args:
            components: In the order in which they are evaluated.
            rule: How they are rounded, or the name of a rule; None for each item's taxes.
            categories: For a category the codes of its components; others bear all.
            inclusive_prices: Whether prices include components that do not say.

        Raises:
            HeraError: E_TAX_PROFILE for components that contradict each other, and for arguments
                of another type.
        """
        chosen, lists = given_components(components), given_lists(categories)
        check_components(chosen, lists)
        return cls(
            rates=(),
            components=chosen,
            component_lists=lists,
            rule=RoundingRule.of(rule),
            inclusive_prices=given_flag("inclusive_prices", inclusive_prices),
        )

    def to_mapping(self) -> dict[str, object]:
        """Return the profile in the full form, as plain JSON values; `from_mapping` reads it."""
        return {
            "id": self.id or None,
            "jurisdiction": self.jurisdiction,
            "tax_system": self.tax_system,
            "inclusive_prices": self.inclusive_prices,
            "rounding_method": self.rounding.value,
            "reverse_charge_applicable": self.reverse_charge,
            "cash_step": None if self.cash_step is None else format_amount(self.cash_step),
            "cash_mode": self.cash_mode.value,
            "cash_to": self.cash_to.value,
            "source": self.source,
            "default_category": self.default_category,
            "rates": [rate_to_mapping(rate) for rate in self.rates],
            **components_to_mapping(self.components, self.component_lists, self.rule),
        }

    def resolve(
        self, category: str | None, on: date | None, *, counterparty: bool = False
    ) -> Treatment:
        """Return how an item is taxed.

        Args:
            category: The item's; None for the profile's default, else the rate named standard.
            on: The tax point date; None if the event has no date.
            counterparty: Whether the event names who the business is with; without one, or
                where the profile does not allow it, no reverse charge applies and the ordinary
                rate of the category is used. A category of reversed components has none.

        Raises:
            PostingRejected: E_RATE_RESOLUTION if no rate serves the category on that day, or if
                several do and there is no date to choose by.
        """
        name = category or self.default_category or STANDARD_CODE
        if self.components:
            found = _of_components(self, name, category or self.default_category, on=on)
            if not counterparty and any(each.reverse_charge for each in found.components):
                raise _reversed_only(self, name, on)
            return found
        reverse = self._reverse.get(name, ()) if counterparty and self.reverse_charge else ()
        rate = _choose(self, reverse, name, on)
        if rate is None:
            rate = _choose(self, self._ordinary.get(name) or self._every_other, name, on)
        if rate is None:
            raise self._no_rate(name, on)
        return Treatment(name, rate.reason, rate)

    def rates_of(self, category: str) -> tuple[TaxRate, ...]:
        """Return the ordinary rates that are for a category by name, on whatever day."""
        return self._ordinary.get(category, ())

    def categories(self) -> tuple[str, ...]:
        """Return every category that a rate is for by name, sorted."""
        return tuple(sorted({*self._ordinary, *self._reverse}))

    def serves(self, category: str) -> bool:
        """Whether any rate is for a category, on whatever day."""
        return category in self._ordinary or category in self._reverse or bool(self._every_other)

    def _no_rate(self, category: str, on: date | None) -> PostingRejected:
        """Return the error for a category that nothing serves, with the reason found."""
        hint = None
        if category in self._ordinary or self._every_other:
            message = f"no rate applies to category `{shown(category)}` on {on}"
        elif category in self._reverse:
            return _reversed_only(self, category, on)
        else:
            message = f"no rate applies to category `{shown(category)}`"
            hint = did_you_mean(category, self.categories())
        return _unresolved(self, message, category, on=on, hint=hint)


def _choose(
    profile: TaxProfile, series: tuple[TaxRate, ...], category: str, on: date | None
) -> TaxRate | None:
    """Return the only rate of a series that applies; None if none does."""
    found = series if on is None else [rate for rate in series if rate.applies_on(on)]
    if len(found) < 2:
        return found[0] if found else None
    raise _unresolved(
        profile,
        f"category `{shown(category)}` has {len(found)} rates to choose from",
        category,
        on=on,
        hint="send transaction_date or tax_point_date" if on is None else None,
    )


def _unresolved(
    profile: TaxProfile, message: str, category: str, *, on: date | None, hint: str | None
) -> PostingRejected:
    details = {
        "category": category,
        "date": None if on is None else on.isoformat(),
        "tax_profile": profile.id or None,
        "field": "transaction_date" if on is None else None,
    }
    return PostingRejected("E_RATE_RESOLUTION", message, details=details, hint=hint)


def _reversed_only(profile: TaxProfile, category: str, on: date | None) -> PostingRejected:
    """Return the error for a category that only a reverse charge serves, which does not apply."""
    hint = "name the counterparty, or give the profile a rate for other customers"
    if not (profile.reverse_charge or profile.components):
        hint = "set reverse_charge_applicable, or give the profile an ordinary rate"
    message = f"category `{shown(category)}` is taxed by reverse charge only"
    return _unresolved(profile, message, category, on=on, hint=hint)


def _of_components(
    profile: TaxProfile, name: str, category: str | None, *, on: date | None
) -> Treatment:
    """Return the treatment under the components that a category bears on a day.

    A rate for the category goes before them: it charges nothing, and says why. Where none of its
    rates applies on the day, the components of its list do.

    Raises:
        PostingRejected: E_RATE_RESOLUTION where neither is there.
    """
    rate = rate_beside_components(profile, name, on)
    if rate is not None:
        return Treatment(name, rate.reason, rate)
    default = profile.default_category
    codes = codes_of_category(profile.components, profile.component_lists, category, default)
    found = choose_components(profile.components, codes, on)
    reason = Reason.STANDARD if found else Reason.OUT_OF_SCOPE
    if found and not any(each.fraction or each.tiers for each in found):
        reason = Reason.ZERO
    unsaid = profile.inclusive_prices
    return Treatment(name, reason, components=found, inclusive_default=unsaid)


def rate_beside_components(profile: TaxProfile, category: str, on: date | None) -> TaxRate | None:
    """Return the rate that leaves a category without components on a day, None if none does.

    Raises:
        PostingRejected: E_RATE_RESOLUTION for a category that has rates but none on that day, and
            no list of components; for one with several of them where there is no day.
    """
    series = profile.rates_of(category)
    found = _choose(profile, series, category, on)
    listed = any(name == category for name, _ in profile.component_lists)
    if series and found is None and not listed:
        message = f"no rate applies to category `{shown(category)}` on {on}"
        raise _unresolved(profile, message, category, on=on, hint=None)
    return found


# --- reading -------------------------------------------------------------------------------


PROFILE_KEYS: Final = (
    "id", "jurisdiction", "tax_system", "inclusive_prices", "rounding_method",
    "reverse_charge_applicable", "cash_step", "default_category", "rates", "name", "rounding",
    "components", "component_categories", "rounding_rule", "cash_mode", "cash_to", "source",
)  # fmt: skip

CASH_MODES: Final = (RoundingMode.HALF_UP, RoundingMode.UP, RoundingMode.DOWN)
_CASH_STEP_CEILING: Final = 1_000_000


def validate_profile_mapping(
    data: object, at: str = ""
) -> tuple[TaxProfile | None, tuple[Diagnostic, ...]]:
    """Return the profile that a mapping describes, and all faults found; None if there are any.

    Args:
        data: A mapping as `TaxProfile.from_mapping` takes it, or anything else.
        at: JSON pointer of the mapping within its document, put before every place.
    """
    reader, place = MappingReader(), Pointer(at)
    record = reader.record(data, place, "tax profile")
    if record is None:
        return None, tuple(reader.found)
    reader.name = shown(record.get("id", record.get("name", "without id")))
    profile = _read_profile(reader, record, place)
    return (None if reader.found else profile), tuple(reader.found)


def _read_profile(reader: MappingReader, record: Record, place: Pointer) -> TaxProfile:
    """Return the profile as far as it can be read; the reader holds its faults."""
    reader.refuse_unknown(record, PROFILE_KEYS, place)
    identity = reader.text(record, _spelling(reader, record, place, key="id", also="name"), place)
    jurisdiction = reader.text(record, "jurisdiction", place)
    tax_system = reader.text(record, "tax_system", place)
    inclusive = reader.truth(record, "inclusive_prices", place)
    rounding_key = _spelling(reader, record, place, key="rounding_method", also="rounding")
    rounding = reader.choice(record, rounding_key, place, tuple(TaxRounding))
    allowed = reader.truth(record, "reverse_charge_applicable", place)
    cash_step = _read_cash_step(reader, record, place)
    cash_mode = reader.choice(record, "cash_mode", place, CASH_MODES)
    cash_to = reader.choice(record, "cash_to", place, tuple(CashDifference))
    default = reader.text(record, "default_category", place)
    before = len(reader.found)
    parts = read_components(reader, record, place, inclusive=inclusive)
    has_rates = bool(record.get("rates")) or record.get("components") is None
    placed = read_rates(reader, record, place) if has_rates else ()
    complete = len(reader.found) == before
    reader.found += check_rates(placed)
    if record.get("components"):
        _check_beside(reader, placed)
    rates = tuple(each.rate for each in placed)
    profile = TaxProfile(
        id=identity or "",
        jurisdiction=jurisdiction,
        tax_system=tax_system,
        inclusive_prices=inclusive,
        rounding=TaxRounding.LINE if rounding is None else TaxRounding(rounding),
        reverse_charge=any(r.is_reverse_charge for r in rates) if allowed is None else allowed,
        cash_step=cash_step,
        cash_mode=RoundingMode(cash_mode or RoundingMode.HALF_UP),
        cash_to=CashDifference(cash_to or CashDifference.LINE),
        source=reader.prose(record, "source", place),
        default_category=default,
        rates=rates,
        components=parts.components,
        component_lists=parts.lists,
        rule=parts.rule,
    )
    if complete and has_rates and not parts.components:
        _check_default(reader, profile, place)
    return profile


def _spelling(reader: MappingReader, record: Record, place: Pointer, *, key: str, also: str) -> str:
    """Return the spelling of a key that a record uses; both at once are a fault."""
    if record.get(also) is None:
        return key
    if record.get(key) is not None:
        reader.refuse(place.child(also), f"`{key}` and `{also}` say the same", f"drop `{also}`")
    return also


def _read_cash_step(reader: MappingReader, record: Record, place: Pointer) -> Decimal | None:
    value, there = record.get("cash_step"), place.child("cash_step")
    if value is None:
        return None
    step = reader.number(value, there, ceiling=_CASH_STEP_CEILING)
    if step is not None and not step:
        reader.refuse(there, "cash_step is zero")
    return step


def _check_beside(reader: MappingReader, placed: Sequence[PlacedRate]) -> None:
    """Note the rates beside components that charge something, or let the customer owe it."""
    for rate, place in ((each.rate, each.place) for each in placed):
        if rate.reason.charges_tax or rate.is_reverse_charge:
            reason = f"rate `{rate.code}` stands beside components, where no rate charges tax"
            hint = f"say `{rate.code}` as a component"
            assert isinstance(place, Pointer), "a mapping is read by pointers"
            reader.refuse(place, reason, hint)


def _check_default(reader: MappingReader, profile: TaxProfile, place: Pointer) -> None:
    """Note a profile without rates, and a default category that no rate serves."""
    default = profile.default_category
    if not profile.rates:
        reader.refuse(place.child("rates"), "it has no rates")
    elif default is not None and not profile.serves(default):
        hint = did_you_mean(default, profile.categories())
        reader.refuse(place.child("default_category"), f"no rate is for `{default}`", hint)
