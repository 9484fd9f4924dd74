"""Compiles the tax of a schema: which profile is in force, and how its figures are rounded.

Enters: what the schema says of tax, the profiles that are known, its accounts. Leaves: a
`TaxPlan`, and every fault that only the profile brings to light.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from hera_engine.dsl import nodes
from hera_engine.dsl.names import TAX_FUNCTIONS, expressions_of, walk
from hera_engine.errors import Diagnostic, HeraError, diagnose, did_you_mean
from hera_engine.faults import (
    NO_TAX_PROFILE,
    NOT_AVAILABLE,
    OTHER_TAX_FUNCTION,
    UNKNOWN_ACCOUNT,
    UNKNOWN_TAX,
)
from hera_engine.money import RoundingMode
from hera_engine.rules.compile_expressions import reads
from hera_engine.rules.country_profiles import COUNTRIES, country_profile, nearest_profile
from hera_engine.rules.expressions import Expression, Part, PartOf, Read, Source
from hera_engine.rules.plan import CashPlan, PlannedKey, PlannedRule, TaxPlan
from hera_engine.tax.borne import posting_rule, unposted
from hera_engine.tax.component import Component
from hera_engine.tax.component_choice import codes_of_category
from hera_engine.tax.profile import TaxProfile, TaxRounding
from hera_engine.tax.rates import WHOLE, TaxRate
from hera_engine.tax.rounding import CashDifference


def profile_in_use(use: nodes.UseTax | None, known: Mapping[str, TaxProfile]) -> TaxProfile | None:
    """Return the profile that a schema uses: a known one, else that of a country."""
    if use is None:
        return None
    return known.get(use.profile.text) or country_profile(use.profile.text)


def tax_plan(
    use: nodes.UseTax | None,
    profile: TaxProfile | None,
    known: Collection[str],
    accounts: Mapping[str, PlannedKey],
    *,
    needed: bool,
) -> tuple[TaxPlan, tuple[Diagnostic, ...]]:
    """Return the tax profile in force and the faults found.

    Args:
        use: What the schema says of tax.
        profile: The one in use, None where none is found.
        known: Names of the profiles of the schema and of the caller. Where there are none, a
            profile that is named and not found is no fault yet, unless it is a country in small
            letters: the sale itself is refused.
        accounts: By key, for the keys that rates name.
        needed: Whether any rule asks for tax that the engine works out.
    """
    ref, place = (None, None) if use is None else (use.profile.text, use.at)
    found: list[Diagnostic] = []
    if ref is not None and profile is None and needed and (known or ref.upper() in COUNTRIES):
        hint = nearest_profile(ref, known)
        found.append(diagnose(NO_TAX_PROFILE, place, suggestion=hint, name=ref))
    said, rounding = _rounding(use, profile)
    rule = None
    if profile is not None and profile.components:
        rule = posting_rule(profile, said)
        if needed:
            lacks = unposted(profile, rule)
            found.extend(diagnose(NOT_AVAILABLE, place, what=what) for what in lacks)
    if profile is not None:
        for key in _unknown_keys(_taxes(profile), accounts):
            hint = did_you_mean(key, accounts) or "the tax profile names it for a tax"
            found.append(diagnose(UNKNOWN_ACCOUNT, place, suggestion=hint, name=key))
    by_name = said is not None or profile is None or profile.rule is None
    plan = TaxPlan(
        profile=profile,
        profile_ref=ref,
        inclusive=None if use is None else use.inclusive,
        rounding=rule or rounding,
        merged=by_name and rounding is TaxRounding.NONE,
        mode=RoundingMode.HALF_UP if rule is None else rule.mode,
        cash=_cash_plan(use, profile) if rounding is TaxRounding.SWEDISH else None,
    )
    return plan, tuple(found)


def rounds_to_coins(use: nodes.UseTax | None, profile: TaxProfile | None) -> bool:
    """Whether the payables of a schema are rounded to coins."""
    return _rounding(use, profile)[1] is TaxRounding.SWEDISH


def unknown_codes(schema: nodes.Schema, plan: TaxPlan) -> tuple[Diagnostic, ...]:
    """Return a fault for each place where a rule names a code or group that the profile lacks.

    So for each that a rule asks of a function which has no part in it, and would be nothing.
    """
    profile = plan.profile
    if profile is None:
        return ()
    by_name: dict[str, list[TaxRate | Component]] = {}
    for tax in _taxes(profile):
        by_name.setdefault(tax.code, []).append(tax)
    for component in profile.components:
        if component.group not in (None, component.code):
            by_name.setdefault(str(component.group), []).append(component)
    found = []
    # The condition of a loop belongs to each of its lines, and is one place all the same.
    places = {(function, code.value, code.at): code for function, code in _named_codes(schema)}
    for (function, _, _), code in places.items():
        if code.value not in by_name:
            near, name = did_you_mean(code.value, by_name), profile.id or plan.profile_ref
            known = {"profile": name, "name": code.value}
            found.append(diagnose(UNKNOWN_TAX, code.at, suggestion=near, **known))
        elif (fault := _elsewhere(function, by_name[code.value])) is not None:
            told = {"function": function, "name": code.value, "reason": fault[0]}
            found.append(diagnose(OTHER_TAX_FUNCTION, code.at, suggestion=fault[1], **told))
    return tuple(found)


def _elsewhere(function: str, taxes: Sequence[TaxRate | Component]) -> tuple[str, str] | None:
    """Return why a function has no part in any of some taxes, and what has; None if it does."""
    kept = any(isinstance(tax, Component) and tax.retained for tax in taxes)
    paid = any(
        tax.is_paid if isinstance(tax, Component) else not tax.is_reverse_charge for tax in taxes
    )
    if kept if function == "withheld" else paid:
        return None
    if kept:
        return "is withheld", "write `withheld` in place of `tax`"
    if paid:
        return "is not withheld", "write `tax` in place of `withheld`"
    return (
        "is owed by reverse charge",
        "leave it out: a purchase rule posts it unasked",
    )


def is_known_category(profile: TaxProfile, category: str) -> bool:
    """Whether a profile says how a category is taxed, on whatever day."""
    if profile.serves(category) or not profile.components:
        return profile.serves(category)
    listed, default = profile.component_lists, profile.default_category
    try:
        codes_of_category(profile.components, listed, category, default)
    except HeraError:
        return False
    return True


def lost_inside(rules: Iterable[PlannedRule], plan: TaxPlan) -> Iterator[Diagnostic]:
    """Yield a fault for each purchase that posts tax inside a larger amount, where some is lost.

    What is not deducted has an account of its own only where ``tax(…)`` is all of a line.
    """
    taxes = () if plan.profile is None else _taxes(plan.profile)
    lost = [tax for tax in taxes if tax.expense_account is not None and tax.recoverable != WHOLE]
    for rule in rules if lost else ():
        lets = {let.name for let in rule.lets if _holds_tax(let.value)}
        for line in rule.lines if rule.purchase else ():
            read = any(
                isinstance(leaf, Read) and leaf.source is Source.LET and leaf.name in lets
                for leaf in reads(line.amount)
            )
            if line.tax_of is None and (read or _holds_tax(line.amount)):
                what = f"posting tax(…) inside a larger amount beside lost `{lost[0].code}`"
                yield diagnose(NOT_AVAILABLE, line.origin.place, what=what)


def _taxes(profile: TaxProfile) -> tuple[TaxRate | Component, ...]:
    """Return all that a profile charges, components first."""
    return (*profile.components, *profile.rates)


def _holds_tax(expression: Expression) -> bool:
    """Whether an expression reads the tax of items."""
    return any(isinstance(leaf, PartOf) and leaf.part is Part.TAX for leaf in reads(expression))


def _named_codes(schema: nodes.Schema) -> Iterator[tuple[str, nodes.Text]]:
    """Yield the codes of taxes that the rules of a schema ask for, and of which function."""
    for rule in schema.rules:
        for expression in expressions_of(rule):
            for part in walk(expression):
                if isinstance(part, nodes.Call) and part.function.text in TAX_FUNCTIONS:
                    codes = (each for each in part.arguments if isinstance(each, nodes.Text))
                    yield from ((part.function.text, code) for code in codes)


def _rounding(
    use: nodes.UseTax | None, profile: TaxProfile | None
) -> tuple[TaxRounding | None, TaxRounding]:
    """Return the rounding that a schema says, and the one in force."""
    said = None if use is None or use.rounding is None else TaxRounding(use.rounding.value)
    return said, said or (TaxRounding.LINE if profile is None else profile.rounding)


def _unknown_keys(
    taxes: tuple[TaxRate | Component, ...], accounts: Mapping[str, PlannedKey]
) -> tuple[str, ...]:
    """Return the account keys that taxes name and the schema does not have, each once."""
    named = (
        key
        for each in taxes
        for key in (each.account, each.input_account, each.expense_account)
        if key is not None and key not in accounts
    )
    return tuple(dict.fromkeys(named))


def _cash_plan(use: nodes.UseTax | None, profile: TaxProfile | None) -> CashPlan:
    """Return how payables are rounded to coins; what the schema says goes before the profile."""
    step = None if profile is None else profile.cash_step
    mode = RoundingMode.HALF_UP if profile is None else profile.cash_mode
    to = CashDifference.LINE if profile is None else profile.cash_to
    if use is not None:
        step = use.cash_step or step
        mode = mode if use.cash_mode is None else RoundingMode(use.cash_mode)
        to = to if use.cash_to is None else CashDifference(use.cash_to)
    return CashPlan(step=step, mode=mode, to=to)
