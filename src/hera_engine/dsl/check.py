"""What the document alone decides about a posting schema: every fault, in document order.

Works on the nodes of either form, also on those that are left of a document with syntax faults.
Sections and declarations are checked here; patterns, expressions and rules in the modules
beside this one. What needs a chart of accounts or a tax profile is checked elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from hera_engine import faults, limits
from hera_engine.accounts import is_uuid
from hera_engine.currencies import CASH_STEPS
from hera_engine.dsl import nodes
from hera_engine.dsl.check_cases import check_cases
from hera_engine.dsl.check_declared import maps_of_declared_values
from hera_engine.dsl.check_derived import check_derived
from hera_engine.dsl.check_events import check_events
from hera_engine.dsl.check_maps import check_maps
from hera_engine.dsl.check_patterns import check_pattern_sections
from hera_engine.dsl.check_rules import (
    check_account,
    check_duplicates,
    check_ledger,
    check_rules,
)
from hera_engine.dsl.declared import views_of
from hera_engine.dsl.names import (
    FUNCTIONS,
    REQUIRED_ACCOUNTS,
    STANDARD_ACCOUNTS,
    TAX_FUNCTIONS,
    Catalog,
    catalog_of,
    expressions_of,
    walk,
)
from hera_engine.errors import (
    Diagnostic,
    FaultKind,
    Place,
    Pointer,
    Span,
    diagnose,
    did_you_mean,
)

_ABSENCES: Final = frozenset(
    {
        faults.MISSING_SECTION, faults.MISSING_ACCOUNT, faults.EMPTY_RULE, faults.ONE_SIDED,
        faults.NO_PAYMENTS, faults.NO_VALIDATIONS, faults.NO_FEES, faults.NO_DISCOUNT,
        faults.NO_ROUNDING, faults.NO_RECEIVABLE, faults.UNUSED_ACCOUNT, faults.UNUSED_NAME,
        faults.UNKNOWN_CASE, faults.NO_ELSE, faults.MAP_GAP,
    }
)  # fmt: skip
"""Kinds that say something is missing: not to be trusted where part of the text was unreadable."""

_OPTIONAL_ACCOUNTS: Final[Mapping[str, FaultKind]] = MappingProxyType(
    {
        "fees": faults.NO_FEES,
        "discount": faults.NO_DISCOUNT,
        "rounding": faults.NO_ROUNDING,
    }
)
"""Accounts whose absence changes what the standard rules post, and the warning that says how."""

_SUGGESTIONS: Final = 100
"""Up to this many faults of one document get a nearest name: looking one up takes time."""
_COMPARABLE_NAMES: Final = 1_000
"""More names than this are not searched for the nearest one."""


def check_nodes(
    schema: nodes.Schema, *, complete: bool = True, meant: frozenset[str] = frozenset()
) -> tuple[Diagnostic, ...]:
    """Return every fault and warning that the document alone decides, in document order.

    Args:
        schema: The nodes of one document.
        complete: Whether all of the document was read. If not, faults that only say that
            something is missing or unused are left out, since it may stand in the lost part.
        meant: Accounts and maps that the lost part seems to declare: they are not unknown.

    Returns:
        The diagnostics, those of the whole document last. File names and source lines are for
        the caller to add, who has the text.
    """
    catalog = catalog_of(schema)
    found = dict.fromkeys(_all_faults(schema, catalog))
    kept = tuple(
        fault
        for fault in found
        if complete or not (fault.kind in _ABSENCES or _is_of(fault, meant))
    )
    advised = _with_suggestions(sorted(kept, key=_position), _known_names(schema, catalog))
    return _without_echoes(advised)


def _is_of(fault: Diagnostic, meant: frozenset[str]) -> bool:
    """Whether a fault says that one of these names is unknown."""
    unknown = fault.kind in {faults.UNKNOWN_ACCOUNT, faults.UNKNOWN_MAP}
    return unknown and dict(fault.fields)["name"] in meant


def check_strict(
    schema: nodes.Schema, *, require_uuid_ids: bool, standard_dimensions_only: bool
) -> tuple[Diagnostic, ...]:
    """Return what strict settings refuse: ids that are no UUIDs, dimensions of one's own."""
    found: list[Diagnostic] = []
    if require_uuid_ids:
        found += _check_ids(schema)
    if standard_dimensions_only:
        allowed = ", ".join(nodes.STANDARD_DIMENSIONS)
        found += (
            diagnose(faults.NAMED_DIMENSION, name.at, name=name.text, allowed=allowed)
            for name in schema.dimensions
            if name.text not in nodes.STANDARD_DIMENSIONS
        )
    return tuple(sorted(found, key=_position))


def _check_ids(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield a fault for each account id that is no UUID."""
    for decl in schema.accounts:
        ids = ((decl.id, decl.at), *((entry.id, entry.at) for entry in decl.ledgers))
        for found, place in ids:
            if found is not None and not is_uuid(found):
                yield diagnose(faults.BAD_ID, place, found=found)


def _all_faults(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of every section, some perhaps twice."""
    yield from _check_header(schema)
    yield from _check_titles(schema)
    yield from _check_ledgers(schema)
    yield from _check_accounts(schema, catalog)
    yield from _check_tax(schema, catalog)
    yield from check_duplicates(schema.dimensions, "dimension")
    yield from check_pattern_sections(schema, catalog)
    yield from check_events(schema, catalog)
    views = views_of(schema)
    declared = maps_of_declared_values(schema, catalog, views) if schema.events else ()
    yield from check_maps(schema, catalog, declared)
    yield from check_derived(schema, catalog, views)
    yield from check_rules(schema, catalog, views)
    yield from check_cases(schema, catalog)
    yield from _check_unused(schema)
    yield from _check_absent_sections(schema)


def _check_titles(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield a fault for each title that is longer than a line of a table can bear."""
    titles = (
        (schema.name, schema.at),
        *((decl.title, decl.at) for decl in schema.accounts),
        *((entry.title, entry.at) for decl in schema.accounts for entry in decl.ledgers),
        *((case.title, case.at) for case in schema.cases),
        *((table.title, table.at) for table in schema.case_tables),
    )
    allowed = limits.TEXT_CHARACTERS
    for title, place in titles:
        if title is not None and len(title) > allowed:
            yield diagnose(
                faults.TOO_LARGE, place, limit="TEXT_CHARACTERS", allowed=allowed, seen=len(title)
            )


# --- order and suggestions -----------------------------------------------------------------


def _position(fault: Diagnostic) -> tuple[int, int, int]:
    """Return what a fault is sorted by: its line and column; the whole document comes last."""
    if isinstance(fault.place, Span):
        return 0, fault.place.line, fault.place.column
    return (1, 0, 0) if fault.place is None else (0, 0, 0)


def _known_names(schema: nodes.Schema, catalog: Catalog) -> Mapping[FaultKind, frozenset[str]]:
    """Return, for each kind of unknown name, the names that are known in its place."""
    return MappingProxyType(
        {
            faults.UNKNOWN_ACCOUNT: catalog.accounts,
            faults.MISSING_ACCOUNT: catalog.accounts - frozenset(STANDARD_ACCOUNTS),
            faults.UNKNOWN_MAP: frozenset(catalog.maps),
            faults.UNKNOWN_FUNCTION: frozenset(FUNCTIONS),
            faults.UNKNOWN_LEDGER: catalog.ledgers & frozenset(nodes.LEDGER_NAMES)
            or frozenset(nodes.LEDGER_NAMES),
            faults.INVALID_DIMENSION: catalog.dimensions,
            faults.UNKNOWN_RULE: frozenset(rule.on.text for rule in schema.rules),
            faults.UNKNOWN_CASE: frozenset(case.title for case in schema.cases),
        }
    )


def _with_suggestions(
    found: Iterable[Diagnostic], known: Mapping[FaultKind, frozenset[str]]
) -> tuple[Diagnostic, ...]:
    """Return the faults, the first of those about an unknown name with the nearest known one."""
    budget = _SUGGESTIONS
    answer: list[Diagnostic] = []
    for fault in found:
        names = known.get(fault.kind, frozenset())
        if fault.suggestion is None and budget and 0 < len(names) <= _COMPARABLE_NAMES:
            budget -= 1
            near = did_you_mean(dict(fault.fields)["name"], names)
            answer.append(fault if near is None else replace(fault, suggestion=near))
        else:
            answer.append(fault)
    return tuple(answer)


def _without_echoes(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Return the faults without the unused names that a misspelt one probably meant."""
    meant = frozenset(fault.suggestion for fault in found)
    unused = {faults.UNUSED_ACCOUNT, faults.UNUSED_NAME}
    return tuple(
        fault
        for fault in found
        if fault.kind not in unused or f"did you mean `{dict(fault.fields)['name']}`?" not in meant
    )


# --- sections ------------------------------------------------------------------------------


def _check_header(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield a fault if the schema ends before it begins."""
    start, end = schema.effective_from, schema.effective_to
    if start is not None and end is not None and end < start:
        yield diagnose(faults.RATE_DATES, schema.at, start=start.isoformat(), end=end.isoformat())


def _check_ledgers(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield the faults of the `ledgers` section."""
    yield from check_duplicates(schema.ledgers, "ledger")
    for name in schema.ledgers:
        if name.text not in nodes.LEDGER_NAMES:
            suggestion = did_you_mean(name.text, nodes.LEDGER_NAMES)
            use = f"use one of {', '.join(nodes.LEDGER_NAMES)}"
            yield diagnose(
                faults.UNKNOWN_LEDGER, name.at, suggestion=suggestion or use, name=name.text
            )


def _check_accounts(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of the account declarations."""
    yield from check_duplicates((decl.key for decl in schema.accounts), "account")
    for decl in schema.accounts:
        what = f"account `{decl.key.text}` in"
        yield from check_duplicates((entry.ledger for entry in decl.ledgers), what)
        for entry in decl.ledgers:
            yield from check_ledger(entry.ledger, catalog)


def _check_tax(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of tax profiles and their use that the rates' arithmetic does not need."""
    yield from check_duplicates((profile.name for profile in schema.tax_profiles), "tax profile")
    for profile in schema.tax_profiles:
        yield from check_duplicates((decl.category for decl in profile.bearing), "category")
        for key in _keys_of(profile):
            yield from check_account(key, catalog)
    if schema.tax is not None and _lacks_cash_step(schema, schema.tax):
        yield diagnose(faults.MISSING_CASH_STEP, schema.tax.at)


def _keys_of(profile: nodes.TaxProfileDecl) -> Iterator[nodes.Name]:
    """Yield the account keys that a profile names for its taxes."""
    taxes: tuple[nodes.RateDecl | nodes.ComponentDecl, ...] = (
        *profile.rates, *profile.components,
    )  # fmt: skip
    for tax in taxes:
        for key in (tax.account, tax.input_account, tax.expense_account):
            if key is not None:
                yield key


def _lacks_cash_step(schema: nodes.Schema, tax: nodes.UseTax) -> bool:
    """Whether swedish rounding has no step for a currency that the schema allows by name."""
    names = (profile for profile in schema.tax_profiles if profile.name.text == tax.profile.text)
    profile = next(names, None)
    rounding, step = tax.rounding, tax.cash_step
    if profile is not None:
        rounding, step = rounding or profile.rounding, step or profile.cash_step
    allowed = () if schema.validations is None else schema.validations.currencies
    stepless = any(currency.text not in CASH_STEPS for currency in allowed)
    return rounding is nodes.Rounding.SWEDISH and step is None and stepless


def _check_absent_sections(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield what the whole document lacks.

    A JSON document's required keys are reported by its reader, at the place of the key.
    """
    keys = frozenset(decl.key.text for decl in schema.accounts)
    if not isinstance(schema.at, Pointer):
        if not schema.ledgers:
            yield _no_section("ledgers", "write `ledgers GL`")
        if not schema.accounts:
            yield _no_section("accounts", "declare each with `account`")
        elif not schema.rules:
            missing = (key for key in REQUIRED_ACCOUNTS if key not in keys)
            yield from (diagnose(faults.MISSING_ACCOUNT, None, name=key) for key in missing)
        yield from _check_tax_is_there(schema)
    if schema.payments is None:
        yield diagnose(faults.NO_PAYMENTS, None)
    elif schema.payments.settlement_days > limits.SETTLEMENT_DAYS:
        yield diagnose(
            faults.TOO_LARGE,
            schema.payments.at,
            limit="SETTLEMENT_DAYS",
            allowed=limits.SETTLEMENT_DAYS,
            seen=schema.payments.settlement_days,
        )
    if schema.validations is None:
        yield diagnose(faults.NO_VALIDATIONS, None)
    # Rules of one's own name every account they post to; only the standard rules go without.
    for key, kind in () if schema.rules else _OPTIONAL_ACCOUNTS.items():
        if key not in keys:
            yield diagnose(kind, None)
    capture = schema.payments.capture if schema.payments else nodes.Capture.IMMEDIATE
    captured = capture is nodes.Capture.IMMEDIATE or bool(schema.rules)
    if schema.payments is not None and not captured and "receivable" not in keys:
        yield diagnose(faults.NO_RECEIVABLE, schema.payments.at, capture=capture)


def _check_tax_is_there(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield a fault if rules ask for tax, or the standard rules will, and no profile is named."""
    if schema.tax is not None:
        return
    several = len(schema.tax_profiles) > 1
    hint = "say which one with `use tax`" if several else "add a `tax profile` or `use tax`"
    calls = (
        part
        for rule in schema.rules
        for expression in expressions_of(rule)
        for part in walk(expression)
        if isinstance(part, nodes.Call) and part.function.text in TAX_FUNCTIONS
    )
    first = next(calls, None)
    if first is not None or not schema.rules:
        yield _no_section("tax profile in use", hint, None if first is None else first.at)


def _no_section(what: str, suggestion: str, place: Place | None = None) -> Diagnostic:
    """Return the fault that a section is missing."""
    return diagnose(faults.MISSING_SECTION, place, suggestion=suggestion, what=what)


# --- names that nothing uses ---------------------------------------------------------------


def _check_unused(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield a warning for each account and map that no rule uses."""
    used = frozenset(_used_accounts(schema)) | _accounts_of_the_engine(schema)
    for decl in schema.accounts:
        if decl.key.text not in used:
            place = decl.key.at or decl.at
            yield diagnose(faults.UNUSED_ACCOUNT, place, name=decl.key.text)
    called = frozenset(call.function.text for call in _calls(schema))
    for entry in schema.maps:
        if entry.name.text not in called:
            yield diagnose(
                faults.UNUSED_NAME, entry.name.at or entry.at, what="map", name=entry.name.text
            )


def _calls(schema: nodes.Schema) -> Iterator[nodes.Call]:
    """Yield every call of rules and of derived values, of functions and of maps."""
    wholes = [each for rule in schema.rules for each in expressions_of(rule)]
    wholes += [each.source for each in schema.derivations]
    yield from (part for each in wholes for part in walk(each) if isinstance(part, nodes.Call))
    for rule in schema.rules:
        yield from (line.target for line in rule.lines if isinstance(line.target, nodes.Call))


def _used_accounts(schema: nodes.Schema) -> Iterator[str]:
    """Yield the account keys that rules, maps and tax rates name."""
    for rule in schema.rules:
        for line in rule.lines:
            if isinstance(line.target, nodes.Name):
                yield line.target.text
        if rule.exchange is not None:
            yield from (rule.exchange.gain.text, rule.exchange.loss.text)
        if rule.closing is not None:
            yield rule.closing.account.text
    for entry in schema.maps:
        for row in entry.rows:
            if isinstance(row.target, nodes.Name):
                yield row.target.text
    for profile in schema.tax_profiles:
        yield from (key.text for key in _keys_of(profile))


def _accounts_of_the_engine(schema: nodes.Schema) -> frozenset[str]:
    """Return the account keys that are used without a rule of the schema naming them."""
    if not schema.rules:
        return frozenset(STANDARD_ACCOUNTS)
    captured = schema.payments is None or schema.payments.capture is nodes.Capture.IMMEDIATE
    buys = any(rule.purchase for rule in schema.rules)
    return frozenset(
        (
            *_OPTIONAL_ACCOUNTS,
            *(() if captured else ("receivable",)),
            *(("tax_input", "tax_output") if buys else ()),
        )
    )
