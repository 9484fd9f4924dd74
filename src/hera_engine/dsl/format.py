"""Syntax nodes as canonical text: one spelling for each meaning, comments kept.

`format_nodes` writes a schema; the other functions write the strings of the JSON form.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.dated import period_of
from hera_engine.dsl.format_cases import format_case, format_case_table
from hera_engine.dsl.format_events import format_declaration
from hera_engine.dsl.format_expressions import (
    format_accounts,
    format_decimal,
    format_events,
    format_expression,
    format_name,
    format_names,
    format_text,
)
from hera_engine.dsl.format_rules import (
    format_binding,
    format_equation,
    format_rule,
    format_tags,
)
from hera_engine.dsl.format_targets import format_derivation, format_loop, format_target
from hera_engine.dsl.format_tax import format_profile, format_use_tax
from hera_engine.dsl.notes import WIDTH, Notes, comment_lines, heading_lines, in_order, settled
from hera_engine.errors import Pointer

__all__ = (
    "format_accounts",
    "format_binding",
    "format_equation",
    "format_events",
    "format_expression",
    "format_loop",
    "format_nodes",
    "format_target",
)

_ROOT: Final = Pointer("")


def format_nodes(schema: nodes.Schema) -> str:
    """Return a schema as canonical text that ends with a line feed.

    Items and statements stand in the order of ``schema.layout``, the header first; what the
    layout does not know follows in the order of the JSON form. Comments whose node is not written
    by itself move to the nearest one that is.

    Law: parsing the text gives an equal schema, and formatting that gives the same text
    (tests/laws/test_text_form).
    """
    rehearsal = Notes({})
    text = _write(schema, rehearsal)
    if not schema.comments:
        return text
    return _write(schema, Notes(settled(schema.comments, rehearsal.asked)))


@dataclass(frozen=True, slots=True)
class _Item:
    """One item as written: its lines, and which items it may stand beside without a blank line."""

    group: str
    lines: tuple[str, ...]
    tall: bool = False


def _write(schema: nodes.Schema, notes: Notes) -> str:
    """Return the text of a schema with the comments given."""
    items = _head(schema, notes)
    writers = _writers(schema, notes)
    counts = {kind: len(parts) for kind, parts in writers.items()}
    kinds = tuple(_kind(pointer) for pointer in schema.layout)
    items += [writers[kind][index]() for kind, index in in_order(kinds, counts)]
    end = comment_lines(notes.of(_ROOT).inside, 0)
    if end:
        items.append(_Item("end", tuple(end)))
    lines: list[str] = []
    previous: _Item | None = None
    for item in items:
        if previous is not None and _apart(previous, item):
            lines.append("")
        lines += item.lines
        previous = item
    return "\n".join([*lines, ""])


def _apart(previous: _Item, item: _Item) -> bool:
    """Whether a blank line stands between two items."""
    if previous.group == "comment":
        return False
    commented = item.lines[0].startswith("#")
    return previous.group != item.group or previous.tall or item.tall or commented


def _kind(pointer: str) -> str:
    """Return which section's part a pointer of the layout names, or nothing for smaller parts."""
    first, *rest = pointer.split("/")[1:] or [""]
    if first == "splits":
        return first if len(rest) == 2 else ""
    single = first in {"ledgers", "tax", "dimensions", "payments", "validations"}
    return first if len(rest) == (0 if single else 1) else ""


def _statement_kinds(layout: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the kinds of the statements of each rule, in document order, by the rule's index."""
    kinds: dict[str, list[str]] = {}
    for pointer in layout:
        section, index, kind, *rest = [*pointer.split("/"), "", "", ""][1:]
        # A statement of a list has an index behind its kind; the closing line has none.
        if section == "postings" and kind and len([part for part in rest if part]) <= 1:
            kinds.setdefault(index, []).append(kind)
    return kinds


_Writer = Callable[[], _Item]


def _writers(schema: nodes.Schema, notes: Notes) -> dict[str, list[_Writer]]:
    """Return for each section, in the order of the JSON form, how its parts are written."""
    writing = _Writing(schema, notes)
    return {
        "ledgers": [writing.ledgers] if schema.ledgers else [],
        "accounts": _each(writing.account, len(schema.accounts)),
        "tax_profiles": _each(writing.profile, len(schema.tax_profiles)),
        "tax": [writing.use_tax] if _says_tax(schema) else [],
        "dimensions": [writing.dimensions] if schema.dimensions else [],
        "splits": _each(writing.split, len(schema.splits)),
        "dimension_requirements": _each(writing.requirement, len(schema.requirements)),
        "carry": _each(writing.carry, len(schema.carries)),
        "payments": [] if schema.payments is None else [writing.payments],
        "validations": [] if schema.validations is None else [writing.validations],
        "events": _each(writing.event, len(schema.events)),
        "maps": _each(writing.map, len(schema.maps)),
        "derive": _each(writing.derivation, len(schema.derivations)),
        "postings": _each(writing.rule, len(schema.rules)),
        "cases": _each(writing.case, len(schema.cases)),
        "case_tables": _each(writing.case_table, len(schema.case_tables)),
    }


def _each(write: Callable[[int], _Item], count: int) -> list[_Writer]:
    """Return a writer for each of ``count`` parts."""
    return [_bound(write, index) for index in range(count)]


def _bound(write: Callable[[int], _Item], index: int) -> _Writer:
    return lambda: write(index)


def _says_tax(schema: nodes.Schema) -> bool:
    """Whether ``use tax`` must be written: not for the only profile, used as it is."""
    if schema.tax is None:
        return False
    only = len(schema.tax_profiles) == 1 and schema.tax_profiles[0].name
    return "/tax" in schema.comments or schema.tax != nodes.UseTax(profile=only or nodes.Name(""))


def _head(schema: nodes.Schema, notes: Notes) -> list[_Item]:
    """Return the header, or only the comments at the beginning of the document."""
    parts = ["schema"]
    if schema.name is not None:
        parts.append(format_text(schema.name))
    if schema.version is not None:
        parts.append(f"version {schema.version}")
    if schema.effective_from is not None:
        parts.append(f"effective {schema.effective_from.isoformat()}")
    if schema.effective_to is not None:
        parts.append(f"until {schema.effective_to.isoformat()}")
    found = notes.of(_ROOT)
    before = comment_lines(found.before, 0)
    if len(parts) > 1:
        behind = "" if found.after is None else f"  {comment_lines([found.after], 0)[0]}"
        before = [*heading_lines(found, 0), *before]
        return [_Item("head", (*before, f"{' '.join(parts)}{behind}"))]
    before = [*comment_lines(found.heading, 0), *before]
    before += [] if found.after is None else comment_lines([found.after], 0)
    return [_Item("comment", tuple(before))] if before else []


class _Writing:
    """How each kind of item is written."""

    __slots__ = ("_notes", "_schema", "_statements")

    def __init__(self, schema: nodes.Schema, notes: Notes) -> None:
        self._schema, self._notes = schema, notes
        self._statements = _statement_kinds(schema.layout)

    def _line(self, group: str, pointer: Pointer, text: str) -> _Item:
        """Return an item that stands on one line."""
        return _Item(group, tuple(self._notes.simple(pointer, 0, text)))

    # --- header, accounts, tax ---------------------------------------------------------------

    def ledgers(self) -> _Item:
        """Return ``ledgers …``."""
        text = f"ledgers {format_names(self._schema.ledgers)}"
        return self._line("head", _ROOT.child("ledgers"), text)

    def account(self, index: int) -> _Item:
        """Return ``account …`` and what it is in single ledgers."""
        account = self._schema.accounts[index]
        pointer = _ROOT.child("accounts").child(account.key.text)
        head = f"account {format_name(account.key.text)}"
        lines = self._notes.simple(pointer, 0, head + _resolution(account))
        for there in account.ledgers:
            place = pointer.child("ledgers").child(there.ledger.text)
            text = f"{head} in {format_name(there.ledger.text)}{_resolution(there)}"
            lines += self._notes.simple(place, 0, text)
        return _Item("accounts", tuple(lines))

    def profile(self, index: int) -> _Item:
        """Return ``tax profile …``."""
        pointer = _ROOT.child("tax_profiles").child(index)
        lines = format_profile(self._schema.tax_profiles[index], pointer, self._notes)
        return _Item("tax", tuple(lines), tall=True)

    def use_tax(self) -> _Item:
        """Return ``use tax …``."""
        tax = self._schema.tax
        assert tax is not None, "a section is written where there is one"
        return self._line("tax", _ROOT.child("tax"), format_use_tax(tax))

    # --- dimensions --------------------------------------------------------------------------

    def dimensions(self) -> _Item:
        """Return ``dimensions …``."""
        text = f"dimensions {format_names(self._schema.dimensions)}"
        return self._line("sections", _ROOT.child("dimensions"), text)

    def split(self, index: int) -> _Item:
        """Return ``split …``."""
        split = self._schema.splits[index]
        text = f"split {format_events(split.events)} by {format_name(split.dimension.text)}"
        text += f" {split.method}"
        if split.shares:
            text += f" {{ {', '.join(map(format_share, split.shares))} }}"
        if split.allocator is not None:
            text += f" {format_text(split.allocator)}"
        return self._line("sections", _ROOT.child("splits").child("rules").child(index), text)

    def requirement(self, index: int) -> _Item:
        """Return ``require …``."""
        required = self._schema.requirements[index]
        text = f"require {format_names(required.dimensions)} on"
        text += f" {format_accounts(required.accounts)}{_enforcement(required)}"
        return self._line("sections", _ROOT.child("dimension_requirements").child(index), text)

    def carry(self, index: int) -> _Item:
        """Return ``carry …``."""
        carry = self._schema.carries[index]
        text = f"carry {format_names(carry.dimensions)} on {format_accounts(carry.accounts)}"
        return self._line("sections", _ROOT.child("carry").child(index), text)

    # --- payments, validations, maps ---------------------------------------------------------

    def payments(self) -> _Item:
        """Return ``payments …``."""
        payments = self._schema.payments
        assert payments is not None, "a section is written where there is one"
        text = f"payments {payments.capture}"
        text += " open item" if payments.open_item else ""
        text += f" settle {payments.settlement_days} days" if payments.settlement_days else ""
        return self._line("sections", _ROOT.child("payments"), text)

    def validations(self) -> _Item:
        """Return ``validations { … }``."""
        checks = self._schema.validations
        assert checks is not None, "a section is written where there is one"
        parts = [f"max_line_count {checks.max_line_count}"]
        parts += ["require_external_ref"] if checks.require_external_ref else []
        if checks.currencies:
            parts.append(f"currencies {format_names(checks.currencies)}")
        pointer = _ROOT.child("validations")
        one_line = f"validations {{ {'  '.join(parts)} }}"
        if len(one_line) <= WIDTH and not self._notes.of(pointer).inside:
            return self._line("sections", pointer, one_line)
        inside = [f"  {part}" for part in parts]
        lines = self._notes.braced(pointer, 0, "validations", inside)
        return _Item("sections", tuple(lines), tall=True)

    def event(self, index: int) -> _Item:
        """Return ``event …``."""
        pointer = _ROOT.child("events").child(index)
        lines = format_declaration(self._schema.events[index], pointer, self._notes)
        return _Item("events", tuple(lines), tall=True)

    def map(self, index: int) -> _Item:
        """Return ``map …``."""
        declared, notes = self._schema.maps[index], self._notes
        pointer = _ROOT.child("maps").child(declared.name.text)
        head = f"map {format_name(declared.name.text)}({format_names(declared.inputs)})"
        last = len(declared.rows) - 1
        rows = [
            f"{_row(row, last=number == last)}{'' if number == last else ','}"
            for number, row in enumerate(declared.rows)
        ]
        places = [pointer.child("rows").child(number) for number in range(len(rows))]
        one_line = f"{head} {{ {' '.join(rows)} }}"
        quiet = notes.silent(*places) and not notes.of(pointer).inside
        if len(one_line) <= WIDTH and quiet:
            return self._line("maps", pointer, one_line)
        inside = [
            line
            for place, row in zip(places, rows, strict=True)
            for line in notes.simple(place, 1, row)
        ]
        return _Item("maps", tuple(notes.braced(pointer, 0, head, inside)), tall=True)

    def derivation(self, index: int) -> _Item:
        """Return ``derive …``."""
        text = format_derivation(self._schema.derivations[index])
        return self._line("derive", _ROOT.child("derive").child(index), text)

    # --- rules and cases ---------------------------------------------------------------------

    def rule(self, index: int) -> _Item:
        """Return ``on …``."""
        rule = self._schema.rules[index]
        pointer = _ROOT.child("postings").child(index)
        layout = self._statements.get(str(index), ())
        lines = format_rule(rule, pointer, self._notes, tuple(layout))
        return _Item("postings", tuple(lines), tall=lines[-1] == "}")

    def case(self, index: int) -> _Item:
        """Return ``case …``."""
        pointer = _ROOT.child("cases").child(index)
        lines = format_case(self._schema.cases[index], pointer, self._notes)
        return _Item("cases", tuple(lines), tall=True)

    def case_table(self, index: int) -> _Item:
        """Return ``cases …``."""
        pointer = _ROOT.child("case_tables").child(index)
        lines = format_case_table(self._schema.case_tables[index], pointer, self._notes)
        return _Item("cases", tuple(lines), tall=True)


# --- parts of items --------------------------------------------------------------------------


def _resolution(account: nodes.AccountDecl | nodes.LedgerAccount) -> str:
    """Return what an account key resolves to, with a blank before each part."""
    text = ""
    if account.code is not None:
        text += f" {_code(account.code)}"
    if account.type is not None:
        text += f" {account.type}"
    if account.title is not None:
        text += f" {format_text(account.title)}"
    return text if account.id is None else f"{text} id {format_text(account.id)}"


def _code(code: str) -> str:
    """Return an account code, as a word if it is spelt like one."""
    bare = code[:1] in set("0123456789") and set(code) <= _CODE_CHARACTERS
    return code if bare else f"code {format_text(code)}"


_CODE_CHARACTERS: Final = frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-"
)


def format_share(share: nodes.Share) -> str:
    """Return one part of a fixed split."""
    value = format_text(share.value)
    if share.percent is not None:
        return f"{value} {format_decimal(share.percent)}%"
    return (
        f"{value} remaining" if share.amount is None else f"{value} {format_decimal(share.amount)}"
    )


def _enforcement(required: nodes.Requirement) -> str:
    """Return what happens to a line that lacks a dimension, with a blank before it."""
    text = ""
    if not required.defaults or required.enforcement is not nodes.Enforcement.AUTO_DEFAULT:
        text = f" else {required.enforcement}"
    if not required.defaults:
        return text
    values = {value for _, value in required.defaults}
    named = tuple(key for key, _ in required.defaults)
    if len(values) == 1 and named == tuple(name.text for name in required.dimensions):
        return f"{text} default {format_text(required.defaults[0][1])}"
    return f"{text} default {format_tags(required.defaults)}"


def _row(row: nodes.MapRow, *, last: bool) -> str:
    """Return one row of a map; the last row without keys is ``else``."""
    target = "refuse" if row.target is None else _target(row.target)
    dates = f" {period_of(row)}" if period_of(row).is_dated else ""
    if last and not any(key is not None for key in row.keys):
        return f"else refuse{dates}" if row.target is None else f"else -> {target}{dates}"
    keys = ", ".join("*" if key is None else format_text(key) for key in row.keys)
    return f"{keys} -> {target}{dates}"


def _target(target: nodes.Name | nodes.Text) -> str:
    """Return what a row gives; the word that refuses is a name only in back-quotes."""
    if isinstance(target, nodes.Text):
        return format_text(target.value)
    return format_name(target.text, also_reserved=frozenset({"refuse"}))
