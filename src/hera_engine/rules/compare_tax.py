"""How a new version taxes otherwise: rates by category and day, and how prices are read.

Enters: two schemas. Leaves: a fault for each category that has no rate any more, a note for each
that is taxed otherwise. Profiles that the documents do not hold themselves are known by name only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.dated import period_of
from hera_engine.dsl.format_expressions import format_decimal
from hera_engine.dsl.format_tax import format_component, format_rate
from hera_engine.errors import Place, PostingRejected, diagnose
from hera_engine.faults import CHANGED_LINE, NARROWED
from hera_engine.periods import around
from hera_engine.rules.differences import NOTHING, Difference
from hera_engine.rules.load import PostingSchema
from hera_engine.tax.category import STANDARD_CODE
from hera_engine.tax.component import Component
from hera_engine.tax.profile import TaxProfile
from hera_engine.tax.rates import TaxRate

_UNNAMED: Final = "items without a category"


def compare_tax(old: PostingSchema, new: PostingSchema) -> Iterator[Difference]:
    """Yield what becomes of taxes: another profile, other settings, other rates."""
    was, now = old.nodes.tax, new.nodes.tax
    place = new.nodes.at if now is None else now.at
    before, after = (NOTHING if use is None else use.profile.text for use in (was, now))
    if before != after:
        yield _changed("tax profile", before, after, place)
    mine, yours = _Taxes.of(old), _Taxes.of(new)
    if mine is None or yours is None:
        return
    place = place or yours.decl.at
    others = yours.settings()
    for name, text in mine.settings().items():
        if text != others[name]:
            yield _changed(name, text, others[name], place)
    yield from _compare_rates(mine, yours, new.nodes)


def _changed(where: str, before: str, after: str, place: Place | None) -> Difference:
    fault = diagnose(CHANGED_LINE, place, where=where, before=before, after=after)
    return Difference.now(fault)


@dataclass(frozen=True, slots=True)
class _Taxes:
    """The profile that a schema uses and holds itself, as it was written and as it is read."""

    use: nodes.UseTax
    decl: nodes.TaxProfileDecl
    profile: TaxProfile

    @classmethod
    def of(cls, schema: PostingSchema) -> "_Taxes | None":
        """Return the profile in use, None where the document does not hold it."""
        use = schema.nodes.tax
        if use is None:
            return None
        declared = schema.nodes.tax_profiles
        decl = next((each for each in declared if each.name.text == use.profile.text), None)
        profile = schema.own_profiles.get(use.profile.text)
        return None if decl is None or profile is None else cls(use, decl, profile)

    def settings(self) -> dict[str, str]:
        """Return in words how prices are read and figures rounded; the use goes first."""
        use, decl = self.use, self.decl
        inclusive = decl.inclusive if use.inclusive is None else use.inclusive
        prices = NOTHING if inclusive is None else "inclusive" if inclusive else "exclusive"
        step = decl.cash_step if use.cash_step is None else use.cash_step
        rule = decl.rule if use.rounding is None else None
        parts = () if rule is None else (rule.name, rule.mode, rule.increment, rule.spread)
        named = " ".join(str(part) for part in parts if part is not None)
        return {
            "prices": prices,
            "rounding of taxes": named or str(use.rounding or decl.rounding or NOTHING),
            "step of payables": NOTHING if step is None else format_decimal(step),
            "rounding of payables": use.cash_mode or decl.cash_mode or NOTHING,
            "who takes the rounding of payables": use.cash_to or decl.cash_to or NOTHING,
            "category of items that name none": decl.default_category or NOTHING,
        }

    def categories(self) -> tuple[str, ...]:
        """Return the categories that the profile names."""
        return (*self.profile.categories(), *(name for name, _ in self.profile.component_lists))

    def days(self, category: str | None) -> Iterator[date]:
        """Yield the days on both sides of each change of the taxes that a category may have."""
        name = category or self.profile.default_category or STANDARD_CODE
        rates = (
            rate
            for rate in self.profile.rates
            if rate.serves_every_other or name in {rate.code, *rate.served}
        )
        taxes: tuple[TaxRate | Component, ...] = (*rates, *self.profile.components)
        for tax in taxes:
            yield from (*around(tax.effective_from), *around(tax.effective_to))

    @property
    def is_dated(self) -> bool:
        """Whether any tax is for some days only."""
        taxes: tuple[TaxRate | Component, ...] = (*self.profile.rates, *self.profile.components)
        return any(tax.effective_from or tax.effective_to for tax in taxes)

    def treatment(self, category: str | None, day: date, *, counterparty: bool) -> str | None:
        """Return in words how a category is taxed on a day; None if it is refused."""
        try:
            found = self.profile.resolve(category, day, counterparty=counterparty)
        except PostingRejected:
            return None
        if found.rate is not None:
            key = (found.rate.code, found.rate.effective_from)
            rates = (r for r in self.decl.rates if (r.name.text, r.effective_from) == key)
            bare = replace(next(rates), categories=(), effective_from=None, effective_to=None)
            return format_rate(bare)
        keys = {(each.code, each.effective_from) for each in found.components}
        words = (
            format_component(replace(part, effective_from=None, effective_to=None))
            for part in self.decl.components
            if (part.name.text, part.effective_from) in keys
        )
        return "; ".join(words) or found.reason.value


def _compare_rates(was: _Taxes, now: _Taxes, document: nodes.Schema) -> Iterator[Difference]:
    """Yield how categories are taxed otherwise, those with one change together.

    Told is the first day that shows a change, and customers in general before those by name.
    """
    asked = period_of(document)
    dated = was.is_dated or now.is_dated
    told: set[tuple[str | None, str, str | None]] = set()
    groups: dict[tuple[str, str | None, str], list[str]] = {}
    for category in dict.fromkeys((None, *was.categories(), *now.categories())):
        days = {asked.starts, *was.days(category), *now.days(category)}
        for day, counterparty in product(sorted(filter(asked.holds, days)), (False, True)):
            before = was.treatment(category, day, counterparty=counterparty)
            after = now.treatment(category, day, counterparty=counterparty)
            if before is None or before == after or (category, before, after) in told:
                continue
            told.add((category, before, after))
            when = (" with a counterparty" if counterparty else "") + (
                f" on {day}" if dated else ""
            )
            name = _UNNAMED if category is None else f"`{category}`"
            groups.setdefault((before, after, when), []).append(name)
    for (before, after, when), names in groups.items():
        where = f"tax of {', '.join(names)}{when}"
        if after is None:
            what = f"{where} was `{before}`, and there is no rate"
            yield Difference.now(diagnose(NARROWED, now.decl.at, what=what))
        else:
            yield _changed(where, before, after, now.decl.at)
