"""Compares two versions of a schema: what the newer one drops, narrows or posts elsewhere.

A pure function over two checked schemas. What an event of the older version would run into is
an error; that a statement posts otherwise is a note, for it is often what a version is for.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date
from itertools import islice, product

from hera_engine.dsl import nodes
from hera_engine.dsl.dated import period_of
from hera_engine.dsl.format_expressions import format_text
from hera_engine.errors import Diagnostic, Place, diagnose
from hera_engine.faults import (
    CHANGED_ACCOUNT,
    CHANGED_LINE,
    DROPPED_ROW,
    NARROWED,
)
from hera_engine.periods import Period, around
from hera_engine.rules.cases import worked_cases
from hera_engine.rules.compare_derived import compare_derived
from hera_engine.rules.compare_dimensions import compare_dimensions
from hera_engine.rules.compare_events import compare_events
from hera_engine.rules.compare_rules import Routed, codes_to_try, compare_rules
from hera_engine.rules.compare_tax import compare_tax
from hera_engine.rules.compile_tax import profile_in_use, rounds_to_coins
from hera_engine.rules.differences import Difference
from hera_engine.rules.load import PostingSchema, load_schema, place_in_source
from hera_engine.rules.maps import Keys, map_table
from hera_engine.rules.standard import standard_rules_of

Document = str | Mapping[str, object] | PostingSchema
"""A schema as a caller has it."""


def compare_schemas(
    old: Document,
    new: Document,
    *,
    old_file: str = "<old schema>",
    file: str = "<schema>",
) -> tuple[Diagnostic, ...]:
    """Return what a new version of a schema drops, narrows or changes, the new version's first.

    Errors: events that had a rule and have none; a new equation, a field that must be sent, a
    map row, currency or limit that is gone; a dimension newly required; an account key that
    resolves to another account; a category without a tax rate; an event declaration that asks for
    more or takes less. Notes: statements, map rows, rates, defaults, splits and settings that post
    otherwise, and rules whose fate cannot be told.

    Args:
        old: The version before, loaded or as a document in either form.
        new: The version that is to follow it.
        old_file: What places in the old version are called by.
        file: What places in the new version are called by.

    Raises:
        SchemaError: If either document has faults of its own.
    """
    before, after = load_schema(old), load_schema(new)
    found = tuple(_differences(before, after))
    now = (each.fault for each in found if not each.in_old)
    gone = (each.fault for each in found if each.in_old)
    return (*place_in_source(now, new, file), *place_in_source(gone, old, old_file))


def _differences(old: PostingSchema, new: PostingSchema) -> Iterator[Difference]:
    before, after = _routed(old), _routed(new)
    codes = codes_to_try(before, after, (case.code for case in worked_cases(old.nodes)))
    yield from compare_rules(before, after, codes)
    yield from compare_events(before, after, codes)
    both = tuple(code for code in codes if before.key_of(code) and after.key_of(code))
    yield from compare_dimensions(old.nodes, new.nodes, both)
    yield from compare_tax(old, new)
    yield from _compare_accounts(old.nodes, new.nodes)
    yield from _compare_maps(old.nodes, new.nodes)
    yield from compare_derived(old.nodes, new.nodes)
    yield from _compare_checks(old.nodes, new.nodes)
    yield from _compare_sections(old.nodes, new.nodes)


def _routed(schema: PostingSchema) -> Routed:
    document = schema.nodes
    coins = rounds_to_coins(document.tax, profile_in_use(document.tax, schema.own_profiles))
    rules = document.rules or standard_rules_of(document, coins=coins)
    return Routed(rules, period_of(document), document.events)


# --- accounts --------------------------------------------------------------------------------


def _compare_accounts(old: nodes.Schema, new: nodes.Schema) -> Iterator[Difference]:
    """Yield the account keys that are gone, or resolve to another account in some ledger."""
    known = {decl.key.text: decl for decl in new.accounts}
    kept = {ledger.text for ledger in new.ledgers}
    ledgers = [ledger.text for ledger in old.ledgers if ledger.text in kept]
    for decl in old.accounts:
        name, now = decl.key.text, known.get(decl.key.text)
        if now is None:
            gone = {"name": name, "before": _words(_resolved(decl, None)), "now": "gone"}
            hint = f"keep `{name}`, or say in the change where its lines go"
            fault = diagnose(CHANGED_ACCOUNT, decl.at, suggestion=hint, ledger="", **gone)
            yield Difference.before(fault)
            continue
        for ledger in (None, *ledgers):
            was, resolved = _resolved(decl, ledger), _resolved(now, ledger)
            if _is_other(was, resolved):
                where = "" if ledger is None else f" in {ledger}"
                words = {"name": name, "before": _words(was), "now": _words(resolved)}
                fault = diagnose(CHANGED_ACCOUNT, now.at, ledger=where, **words)
                yield Difference.now(fault)
                break
    yield from _compare_ledgers(old, kept)


def _compare_ledgers(old: nodes.Schema, kept: Set[str]) -> Iterator[Difference]:
    for ledger in old.ledgers:
        if ledger.text not in kept:
            what = f"ledger `{ledger.text}` is not kept any more"
            yield Difference.before(diagnose(NARROWED, ledger.at or old.at, what=what))


def _resolved(decl: nodes.AccountDecl, ledger: str | None) -> dict[str, str]:
    """Return the id, code and type of an account in a ledger, as far as they are said."""
    there = next((each for each in decl.ledgers if each.ledger.text == ledger), None)
    found = {"id": decl.id, "code": decl.code, "type": None if decl.type is None else decl.type}
    if there is not None:
        own = {"id": there.id, "code": there.code, "type": there.type}
        found |= {key: value for key, value in own.items() if value is not None}
    return {key: str(value) for key, value in found.items() if value is not None}


def _is_other(was: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether two resolutions differ in what both say, or name the account in no common way."""
    if any(now[key] != value for key, value in was.items() if key in now):
        return True
    named = {"id", "code"}
    return bool(named & was.keys()) and not (named & was.keys() & now.keys())


def _words(resolved: Mapping[str, str]) -> str:
    return " ".join(f"{key} {value}" for key, value in resolved.items()) or "not said"


# --- maps ------------------------------------------------------------------------------------

_OTHER = "\x00"
"""A text that no row of a map can hold: whatever no row names."""
_OVERLAYS = 100_000
"""Pairs of rows that are laid over each other at most, in one map."""

_Days = dict[tuple[str, ...], set[date]]
"""Inputs to try, with the days to try them on."""


def _compare_maps(old: nodes.Schema, new: nodes.Schema) -> Iterator[Difference]:
    """Yield the inputs that a map took and refuses now, or sends elsewhere."""
    known = {decl.name.text: decl for decl in new.maps}
    for decl in old.maps:
        now = known.get(decl.name.text)
        if now is None or len(now.inputs) != len(decl.inputs):
            continue
        pairs = _overlaid(decl, now)
        probes = _probes(decl, now, islice(pairs, _OVERLAYS), period_of(new))
        yield from _compare_rows(_Rows(decl), _Rows(now), now, probes)
        if next(pairs, None) is not None:
            where = f"map `{now.name.text}`, whose rows are too many to tell all that they do"
            words = {"before": f"{len(decl.rows)} rows", "after": f"{len(now.rows)} rows"}
            yield Difference.now(diagnose(CHANGED_LINE, now.at, where=where, **words))


def _compare_rows(
    was: "_Rows",
    then: "_Rows",
    now: nodes.MapDecl,
    probes: Iterable[tuple[tuple[str, ...], date]],
) -> Iterator[Difference]:
    """Yield what a map does otherwise with inputs, on the first day that shows each difference."""
    told: set[tuple[tuple[str, ...], str | None, str | None]] = set()
    for inputs, day in probes:
        before, after = was.target(inputs, day), then.target(inputs, day)
        if before == after or (inputs, before, after) in told:
            continue
        told.add((inputs, before, after))
        shown = ", ".join("others" if key == _OTHER else f'"{key}"' for key in inputs)
        shown += f" on {day}" if was.is_dated or then.is_dated else ""
        if after is None:
            yield Difference.now(diagnose(DROPPED_ROW, now.at, name=now.name.text, inputs=shown))
        else:
            where = f"map `{now.name.text}` for {shown}"
            words = {"before": before or "refuse", "after": after}
            yield Difference.now(diagnose(CHANGED_LINE, now.at, where=where, **words))


def _probes(
    old: nodes.MapDecl,
    new: nodes.MapDecl,
    pairs: Iterable[tuple[nodes.MapRow, nodes.MapRow]],
    asked: Period,
) -> Iterator[tuple[tuple[str, ...], date]]:
    """Yield the inputs of each row and pair, with days on both sides of their ends and one more."""
    found: _Days = {}
    for row in (*old.rows, *new.rows):
        _add(found, row.keys, (row,), asked)
    for one, other in pairs:
        keys = _overlay(one.keys, other.keys)
        if keys is not None:
            _add(found, keys, (one, other), asked)
    for inputs, listed in found.items():
        yield from ((inputs, day) for day in sorted(listed))


def _add(found: _Days, keys: Keys, rows: Iterable[nodes.MapRow], asked: Period) -> None:
    """Add the inputs that some keys stand for, and days that the rows make a difference on."""
    inputs = tuple(_OTHER if key is None else key for key in keys)
    ends = (end for row in rows for end in (row.effective_from, row.effective_to))
    days = (asked.starts, *(day for end in ends for day in around(end)))
    found.setdefault(inputs, set()).update(filter(asked.holds, days))


def _overlaid(
    old: nodes.MapDecl, new: nodes.MapDecl
) -> Iterator[tuple[nodes.MapRow, nodes.MapRow]]:
    """Yield each row that one version alone has, with each row of the other version.

    Where two versions differ, a row that one of them alone has governs in it. Rows that ask
    something of every input are left out: laid over another one they are themselves.
    """
    was = {_row_words(row): row for row in old.rows if None in row.keys}
    now = {_row_words(row): row for row in new.rows if None in row.keys}
    yield from product((row for key, row in now.items() if key not in was), was.values())
    yield from product((row for key, row in was.items() if key not in now), now.values())


def _row_words(row: nodes.MapRow) -> tuple[Keys, str | None, Period]:
    """Return what a row says, wherever it stands."""
    return row.keys, None if row.target is None else _target_words(row.target), period_of(row)


def _overlay(one: Keys, other: Keys) -> Keys | None:
    """Return what two rows ask together, or None if they agree on no inputs."""
    pairs = tuple(zip(one, other, strict=True))
    if any(None not in pair and pair[0] != pair[1] for pair in pairs):
        return None
    return tuple(second if first is None else first for first, second in pairs)


class _Rows:
    """The rows of a map, chosen as events choose them."""

    __slots__ = ("_rows", "_table", "is_dated")

    def __init__(self, decl: nodes.MapDecl) -> None:
        self._rows = decl.rows
        self._table = map_table(decl)
        self.is_dated = any(period_of(row).is_dated for row in decl.rows)

    def target(self, inputs: tuple[str, ...], day: date) -> str | None:
        """Return where inputs lead on a day in words, or None if they are refused."""
        chosen = self._table.choose(inputs, day)
        target = None if chosen is None else self._rows[chosen.number].target
        return None if target is None else _target_words(target)


def _target_words(target: nodes.Name | nodes.Text) -> str:
    """Return what a row gives: a text in quotes, so that it is no account of that name."""
    return format_text(target.value) if isinstance(target, nodes.Text) else target.text


# --- checks and payments ----------------------------------------------------------------------


def _compare_checks(old: nodes.Schema, new: nodes.Schema) -> Iterator[Difference]:
    """Yield what validations refuse that they did not."""
    was, now = old.validations or nodes.Validations(), new.validations or nodes.Validations()
    place = now.at or new.at
    allowed = {name.text for name in now.currencies}
    if allowed and not was.currencies:
        names = ", ".join(sorted(allowed))
        yield _narrowed(f"only {names} are allowed, and any currency was", place)
    for name in was.currencies:
        if allowed and name.text not in allowed:
            yield _narrowed(f"currency `{name.text}` is not allowed any more", place)
    if now.require_external_ref and not was.require_external_ref:
        yield _narrowed("every event must have an external reference now", place)
    if now.max_line_count < was.max_line_count:
        fewer = f"at most {now.max_line_count} lines are allowed, and {was.max_line_count} were"
        yield _narrowed(fewer, place)


def _narrowed(what: str, place: Place | None) -> Difference:
    return Difference.now(diagnose(NARROWED, place, what=what))


def _compare_sections(old: nodes.Schema, new: nodes.Schema) -> Iterator[Difference]:
    """Yield that money arrives otherwise, or is due on another day."""
    was, now = old.payments or nodes.Payments(), new.payments or nodes.Payments()
    for where, before, after in (
        ("payments", was.capture.value, now.capture.value),
        ("open items of payments", _yes(was.open_item), _yes(now.open_item)),
        ("days until settlement", str(was.settlement_days), str(now.settlement_days)),
    ):
        if before != after:
            words = {"before": before, "after": after}
            yield Difference.now(diagnose(CHANGED_LINE, now.at or new.at, where=where, **words))


def _yes(said: bool) -> str:  # a word for a setting
    return "yes" if said else "no"
