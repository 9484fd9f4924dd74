"""Phrases of a whole schema to its syntax nodes: the header, the declarations, the document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from hera_engine import faults
from hera_engine.accounts import AccountType
from hera_engine.dsl import nodes
from hera_engine.dsl.build_cases import case, table
from hera_engine.dsl.build_events import declaration
from hera_engine.dsl.build_expressions import (
    Reading,
    accounts,
    bare,
    bound,
    call,
    day,
    events,
    name,
    names,
    number,
    percentage,
    string,
    whole,
)
from hera_engine.dsl.build_rules import rule, tags
from hera_engine.dsl.build_tax import profile, use_tax
from hera_engine.dsl.phrases import Phrase, Word
from hera_engine.errors import Pointer

ROOT: Final = Pointer("")


@dataclass(slots=True)
class _Draft:
    """The sections of a schema while its text is read."""

    header: nodes.Schema | None = None
    ledgers: tuple[nodes.Name, ...] | None = None
    accounts: dict[str, nodes.AccountDecl] = field(default_factory=dict)
    repeated: list[nodes.AccountDecl] = field(default_factory=list)
    profiles: list[nodes.TaxProfileDecl] = field(default_factory=list)
    tax: nodes.UseTax | None = None
    dimensions: tuple[nodes.Name, ...] | None = None
    splits: list[nodes.Split] = field(default_factory=list)
    requirements: list[nodes.Requirement] = field(default_factory=list)
    carries: list[nodes.Carry] = field(default_factory=list)
    payments: nodes.Payments | None = None
    validations: nodes.Validations | None = None
    events: list[nodes.EventDecl] = field(default_factory=list)
    maps: list[nodes.MapDecl] = field(default_factory=list)
    derivations: list[nodes.Derivation] = field(default_factory=list)
    rules: list[nodes.Rule] = field(default_factory=list)
    cases: list[nodes.Case] = field(default_factory=list)
    case_tables: list[nodes.CaseTable] = field(default_factory=list)


def build_schema(reading: Reading, phrase: Phrase) -> nodes.Schema:
    """Return the schema a ``schema_text`` phrase describes, comments not yet attached."""
    draft = _Draft()
    for item in phrase.phrases():
        _ITEMS[item.kind](reading, item, draft)
    tax = draft.tax
    if tax is None and len(draft.profiles) == 1:
        only = draft.profiles[0]
        tax = nodes.UseTax(profile=only.name, at=only.at)
    return replace(
        draft.header or nodes.Schema(at=phrase.at),
        ledgers=draft.ledgers or (),
        accounts=(*draft.accounts.values(), *draft.repeated),
        tax_profiles=tuple(draft.profiles),
        tax=tax,
        dimensions=draft.dimensions or (),
        splits=tuple(draft.splits),
        requirements=tuple(draft.requirements),
        carries=tuple(draft.carries),
        payments=draft.payments,
        validations=draft.validations,
        events=tuple(draft.events),
        maps=tuple(draft.maps),
        derivations=tuple(draft.derivations),
        rules=tuple(draft.rules),
        cases=tuple(draft.cases),
        case_tables=tuple(draft.case_tables),
    )


def _once(reading: Reading, phrase: Phrase, earlier: object, pointer: Pointer, what: str) -> None:
    """Note where a section stands that a schema has once, and a fault if it is the second."""
    reading.anchor(pointer.path, phrase, braces=phrase.kind == "validations")
    if earlier is not None:
        reading.fault(faults.DUPLICATE, phrase.parts[0].at, what="section", name=what)


# --- header, ledgers, accounts ---------------------------------------------------------------


def _header(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    _once(reading, phrase, draft.header, ROOT, "schema")
    title, version = phrase.word("STRING"), phrase.word("WHOLE")
    draft.header = nodes.Schema(
        name=None if title is None else string(reading, title),
        version=None if version is None else whole(reading, version),
        effective_from=day(reading, _after(phrase, "EFFECTIVE")),
        effective_to=day(reading, _after(phrase, "UNTIL")),
        at=phrase.at,
    )


def _after(phrase: Phrase, keyword: str) -> Word | None:
    """Return the word that follows a keyword of the phrase, or None."""
    for before, part in zip(phrase.parts, phrase.parts[1:], strict=False):
        if isinstance(before, Word) and before.kind == keyword and isinstance(part, Word):
            return part
    return None


def _ledgers(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    _once(reading, phrase, draft.ledgers, ROOT.child("ledgers"), "ledgers")
    draft.ledgers = names(phrase.words("NAME"))


def _account(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    key, *ledger = phrase.words("NAME")
    pointer = ROOT.child("accounts").child(bare(key))
    code, account_id = phrase.phrase("code"), phrase.phrase("id")
    title, kind = phrase.word("STRING"), phrase.word("TYPE")
    written = nodes.AccountDecl(
        key=name(key),
        id=None if account_id is None else string(reading, account_id.needed("STRING")),
        code=None if code is None else _code(reading, code),
        title=None if title is None else string(reading, title),
        type=None if kind is None else AccountType(kind.text),
        at=phrase.at,
    )
    known = draft.accounts.get(written.key.text)
    if ledger:
        reading.anchor(pointer.child("ledgers").child(bare(ledger[0])).path, phrase)
        _in_ledger(draft, written, name(ledger[0]))
        return
    reading.anchor(pointer.path, phrase)
    if known is None:
        draft.accounts[written.key.text] = written
    else:
        draft.repeated.append(written)


def _in_ledger(draft: _Draft, written: nodes.AccountDecl, ledger: nodes.Name) -> None:
    """Add what an account is in one ledger to its declaration."""
    key = written.key.text
    known = draft.accounts.get(key) or nodes.AccountDecl(key=written.key, at=written.at)
    there = nodes.LedgerAccount(
        ledger=ledger,
        id=written.id,
        code=written.code,
        title=written.title,
        type=written.type,
        at=written.at,
    )
    draft.accounts[key] = replace(known, ledgers=(*known.ledgers, there))


def _code(reading: Reading, phrase: Phrase) -> str:
    text = phrase.word("STRING")
    return phrase.needed("ACCOUNT_CODE").text if text is None else string(reading, text)


# --- tax -------------------------------------------------------------------------------------


def _profile(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    pointer = ROOT.child("tax_profiles").child(len(draft.profiles))
    draft.profiles.append(profile(reading, phrase, pointer))


def _use_tax(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    _once(reading, phrase, draft.tax, ROOT.child("tax"), "use tax")
    draft.tax = use_tax(reading, phrase)


# --- dimensions ------------------------------------------------------------------------------


def _dimensions(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    _once(reading, phrase, draft.dimensions, ROOT.child("dimensions"), "dimensions")
    draft.dimensions = names(phrase.words("NAME"))


def _split(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    pointer = ROOT.child("splits").child("rules").child(len(draft.splits))
    reading.anchor(pointer.path, phrase)
    allocator, shares = phrase.word("STRING"), phrase.phrase("shares")
    draft.splits.append(
        nodes.Split(
            events=events(reading, phrase.inner("events")),
            dimension=name(phrase.needed("NAME")),
            method=nodes.Method(phrase.needed("PROPORTIONAL", "FIXED", "CUSTOM").text),
            shares=()
            if shares is None
            else tuple(_share(reading, share) for share in shares.phrases()),
            allocator=None if allocator is None else string(reading, allocator),
            at=phrase.at,
        )
    )


def _share(reading: Reading, phrase: Phrase) -> nodes.Share:
    percent, amount = phrase.phrase("percent"), phrase.word("NUMBER")
    return nodes.Share(
        value=string(reading, phrase.needed("STRING")),
        percent=None if percent is None else percentage(reading, percent),
        amount=None if amount is None else number(reading, amount),
        at=phrase.at,
    )


def _require(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    pointer = ROOT.child("dimension_requirements").child(len(draft.requirements))
    reading.anchor(pointer.path, phrase)
    dimensions = names(phrase.words("NAME"))
    enforcement, defaults = phrase.word("ENFORCEMENT"), phrase.phrase("defaults")
    draft.requirements.append(
        nodes.Requirement(
            accounts=accounts(reading, phrase.inner("accounts")),
            dimensions=dimensions,
            enforcement=nodes.Enforcement.AUTO_DEFAULT
            if enforcement is None
            else nodes.Enforcement(enforcement.text),
            defaults=() if defaults is None else _defaults(reading, defaults, dimensions),
            at=phrase.at,
        )
    )


def _defaults(
    reading: Reading, phrase: Phrase, dimensions: tuple[nodes.Name, ...]
) -> tuple[tuple[str, str], ...]:
    """Return the default values; one value without a name is for every required dimension."""
    if phrase.words("NAME"):
        return tags(reading, phrase)
    value = string(reading, phrase.needed("STRING"))
    return tuple((dimension.text, value) for dimension in dimensions)


def _carry(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    reading.anchor(ROOT.child("carry").child(len(draft.carries)).path, phrase)
    pattern = accounts(reading, phrase.inner("accounts"))
    dimensions = names(phrase.words("NAME"))
    draft.carries.append(nodes.Carry(accounts=pattern, dimensions=dimensions, at=phrase.at))


# --- payments, validations, events, maps -----------------------------------------------------


def _payments(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    _once(reading, phrase, draft.payments, ROOT.child("payments"), "payments")
    days = phrase.word("WHOLE")
    draft.payments = nodes.Payments(
        capture=nodes.Capture(phrase.needed("CAPTURE").text),
        open_item=phrase.word("OPEN") is not None,
        settlement_days=0 if days is None else whole(reading, days),
        at=phrase.at,
    )


def _validations(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    _once(reading, phrase, draft.validations, ROOT.child("validations"), "validations")
    found: dict[str, Phrase] = {}
    for part in phrase.phrases():
        if part.kind in found:
            word = part.parts[0]
            assert isinstance(word, Word), "the grammar begins a setting with its keyword"
            reading.fault(faults.DUPLICATE, word.at, what="setting", name=word.text)
        found[part.kind] = part
    lines, currencies = found.get("max_lines"), found.get("currencies")
    checks = nodes.Validations(
        require_external_ref="reference" in found,
        currencies=() if currencies is None else names(currencies.words("NAME")),
        at=phrase.at,
    )
    if lines is not None:
        checks = replace(checks, max_line_count=whole(reading, lines.needed("WHOLE")))
    draft.validations = checks


def _event(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    pointer = ROOT.child("events").child(len(draft.events))
    draft.events.append(declaration(reading, phrase, pointer))


def _map(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    called = name(phrase.needed("CALL"))
    pointer = ROOT.child("maps").child(called.text)
    reading.anchor(pointer.path, phrase, braces=True)
    inputs = names(phrase.words("NAME"))
    rows: list[nodes.MapRow] = []
    for part in phrase.phrases():
        reading.anchor(pointer.child("rows").child(len(rows)).path, part)
        rows.append(_row(reading, part, inputs=len(inputs)))
    draft.maps.append(nodes.MapDecl(name=called, inputs=inputs, rows=tuple(rows), at=phrase.at))


def _row(reading: Reading, phrase: Phrase, *, inputs: int) -> nodes.MapRow:
    """Return one row of a map; ``else`` has one empty key for each of the map's inputs."""
    keys: tuple[str | None, ...] = (None,) * inputs
    if phrase.word("ELSE") is None:
        written = [part for part in phrase.parts if isinstance(part, Word)]
        keys = tuple(
            string(reading, part) if part.kind == "STRING" else None
            for part in written
            if part.kind in {"STRING", "STAR"}
        )
    return nodes.MapRow(
        keys=keys,
        target=_row_target(reading, phrase),
        effective_from=bound(reading, phrase.phrase("starts")),
        effective_to=bound(reading, phrase.phrase("ends")),
        at=phrase.at,
    )


def _row_target(reading: Reading, phrase: Phrase) -> nodes.Name | nodes.Text | None:
    """Return what a row gives: an account key, a text, or nothing if it refuses."""
    word, quoted = phrase.word("NAME"), phrase.phrase("quoted")
    if quoted is not None:
        return nodes.Text(string(reading, quoted.needed("STRING")), at=quoted.at)
    return None if word is None else name(word)


def _derive(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    reading.anchor(ROOT.child("derive").child(len(draft.derivations)).path, phrase)
    pattern = phrase.phrase("events")
    draft.derivations.append(
        nodes.Derivation(
            name=name(phrase.needed("NAME")),
            on=None if pattern is None else events(reading, pattern),
            source=call(reading, phrase.inner("call")),
            at=phrase.at,
        )
    )


# --- rules and cases -------------------------------------------------------------------------


def _rule(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    pointer = ROOT.child("postings").child(len(draft.rules))
    draft.rules.append(rule(reading, phrase, pointer))


def _case(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    draft.cases.append(case(reading, phrase, ROOT.child("cases").child(len(draft.cases))))


def _table(reading: Reading, phrase: Phrase, draft: _Draft) -> None:
    pointer = ROOT.child("case_tables").child(len(draft.case_tables))
    draft.case_tables.append(table(reading, phrase, pointer))


_ITEMS: Final[Mapping[str, Callable[[Reading, Phrase, _Draft], None]]] = MappingProxyType(
    {
        "header": _header,
        "ledgers": _ledgers,
        "account": _account,
        "profile": _profile,
        "use_tax": _use_tax,
        "dimensions": _dimensions,
        "split": _split,
        "require": _require,
        "carry": _carry,
        "payments": _payments,
        "validations": _validations,
        "declaration": _event,
        "map": _map,
        "derive": _derive,
        "rule": _rule,
        "case": _case,
        "table": _table,
    }
)
