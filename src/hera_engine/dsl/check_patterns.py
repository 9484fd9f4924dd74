"""Checks of patterns and of the sections made of them: splits, requirements, carried dimensions.

The first matching split or requirement wins, so a later one that an earlier one covers is never
reached. Coverage is found by looking up prefixes, so that ten thousand patterns stay cheap; it
is judged for globs, and for equal regular expressions.
"""

from collections.abc import Iterable, Iterator, Set
from decimal import Decimal
from functools import reduce
from typing import Final

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.names import Catalog
from hera_engine.errors import Diagnostic, Place, diagnose
from hera_engine.money import exact_add, format_amount
from hera_engine.patterns import (
    PatternError,
    compile_account_glob,
    compile_glob,
    compile_regex,
    never_matches,
)
from hera_engine.smart_codes import SmartCodeError, canonical_code, parse_smart_code

PatternKey = tuple[bool, str]
"""What makes two patterns the same: whether it is a regular expression, and its text."""

_MATCH_ALL: Final = frozenset({"", ".*", ".+", "."})
"""Regular expressions that every account code matches, anchors left off."""


# --- one pattern ---------------------------------------------------------------------------


def event_key(pattern: nodes.EventPattern) -> PatternKey:
    """Return the identity of an event pattern; the version letter's case does not count."""
    return pattern.regex, pattern.text if pattern.regex else canonical_code(pattern.text)


def is_exact(pattern: nodes.EventPattern) -> bool:
    """Whether a pattern is one smart code without wildcards."""
    return not pattern.regex and "*" not in pattern.text


def lead_of(pattern: nodes.EventPattern) -> tuple[str, ...]:
    """Return the segments of a glob before its first wildcard."""
    segments = event_key(pattern)[1].split(".")
    wild = next((i for i, segment in enumerate(segments) if "*" in segment), len(segments))
    return tuple(segments[:wild])


def catches_all(pattern: nodes.EventPattern) -> bool:
    """Whether a glob matches whatever begins with its literal segments."""
    return not pattern.regex and pattern.text.split(".")[len(lead_of(pattern)) :] == ["**"]


def is_covered(pattern: nodes.EventPattern, leads: Set[tuple[str, ...]]) -> bool:
    """Whether one of the catch-all globs that begin with ``leads`` matches all of a glob."""
    if pattern.regex or not leads:
        return False
    lead = lead_of(pattern)
    return any(lead[:length] in leads for length in range(len(lead) + 1))


def check_event_pattern(pattern: nodes.EventPattern) -> Iterator[Diagnostic]:
    """Yield the faults of a pattern over smart codes."""
    if pattern.regex:
        yield from _check_regex(pattern.text, pattern.at)
        return
    try:
        compile_glob(pattern.text)
    except PatternError as error:
        yield _bad_code(pattern.text, error.reason, pattern.at)
        return
    reason = _why_no_code(pattern.text)
    if reason is not None:
        yield _bad_code(pattern.text, reason, pattern.at)


def check_smart_code(code: str, at: Place | None) -> Iterator[Diagnostic]:
    """Yield a fault unless ``code`` is a whole smart code."""
    try:
        parse_smart_code(code)
    except SmartCodeError as error:
        yield _bad_code(code, error.reason, at)


def _bad_code(found: str, reason: str, at: Place | None) -> Diagnostic:
    """Return the fault of a text that is no smart code."""
    return diagnose(faults.BAD_SMART_CODE, at, found=found, reason=reason)


def _why_no_code(glob: str) -> str | None:
    """Return why no smart code can match a glob, or None if one can.

    The wildcards are filled in the shortest and in the next longer way; if neither gives a
    smart code, nothing does.
    """
    reason = None
    for filling in ((), ("X",)):
        try:
            parse_smart_code(_filled(glob.split("."), filling))
        except SmartCodeError as error:
            reason = error.reason
        else:
            return None
    return reason


def codes_of_glob(glob: str) -> tuple[str, ...]:
    """Return smart codes that a glob matches, its wildcards filled in several ways.

    None are returned where no smart code can match.
    """
    fillings = ((), ("X",), ("X", "X"))
    found = dict.fromkeys(_filled(glob.split("."), filling) for filling in fillings)
    return tuple(code for code in found if next(check_smart_code(code, None), None) is None)


def _filled(segments: list[str], filling: tuple[str, ...]) -> str:
    """Return a code that a glob of ``segments`` matches; ``filling`` stands for each ``**``."""
    last = len(segments) - 1
    code: list[str] = []
    for index, segment in enumerate(segments):
        if segment == "**":
            code += (*filling, "V1") if index == last else filling
        elif segment == "*":
            code.append("V1" if index == last else "X")
        else:
            code.append(segment)
    return ".".join(code if code[:1] == ["HERA"] or segments[0] != "**" else ["HERA", *code])


def _check_regex(text: str, at: Place | None) -> Iterator[Diagnostic]:
    """Yield the faults of a regular expression over smart codes."""
    broken = tuple(_compile_faults(text, at))
    yield from broken
    reason = None if broken else never_matches(text)
    if reason is not None:
        yield diagnose(faults.NEVER_MATCHES, at, pattern=text, reason=reason)


def _compile_faults(text: str, at: Place | None) -> Iterator[Diagnostic]:
    """Yield a fault if the linear-time engine does not take a regular expression."""
    try:
        compile_regex(text)
    except PatternError as error:
        kind = faults.INVALID_REGEX if error.kind == "invalid" else faults.UNSAFE_REGEX
        yield diagnose(kind, at, pattern=text, reason=error.reason)


def check_account_pattern(pattern: nodes.AccountPattern, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of a pattern over accounts: by code, by key or by regular expression."""
    if pattern.regex:
        yield from _compile_faults(pattern.text, pattern.at)
    elif _is_account_glob(pattern):
        try:
            compile_account_glob(pattern.text)
        except PatternError as error:
            yield diagnose(
                faults.INVALID_REGEX, pattern.at, pattern=pattern.text, reason=error.reason
            )
    elif pattern.text not in catalog.accounts:
        yield diagnose(faults.UNKNOWN_ACCOUNT, pattern.at, name=pattern.text)


def _is_account_glob(pattern: nodes.AccountPattern) -> bool:
    """Whether a pattern that is no regular expression speaks of codes, not of a key."""
    return pattern.text[:1] == "*" or "0" <= pattern.text[:1] <= "9"


def _is_wildcard(pattern: nodes.AccountPattern) -> bool:
    """Whether a pattern matches every account."""
    if pattern.regex:
        return pattern.text.removeprefix("^").removesuffix("$") in _MATCH_ALL
    return pattern.text == "*"


# --- sections ------------------------------------------------------------------------------


def check_dimensions(names: Iterable[nodes.Name], catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield a fault for each dimension that is not declared."""
    for name in names:
        if name.text not in catalog.dimensions:
            yield diagnose(faults.INVALID_DIMENSION, name.at, name=name.text)


def check_pattern_sections(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of splits, requirements and carried dimensions."""
    count = len(schema.splits) + len(schema.requirements) + len(schema.carries)
    if count > limits.PATTERNS:
        yield diagnose(
            faults.TOO_LARGE, schema.at, limit="PATTERNS", allowed=limits.PATTERNS, seen=count
        )
        return
    yield from _check_splits(schema, catalog)
    yield from _check_requirements(schema, catalog)
    for carry in schema.carries:
        yield from check_account_pattern(carry.accounts, catalog)
        yield from check_dimensions(carry.dimensions, catalog)


def _check_splits(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of all splits, and those that an earlier split covers."""
    seen: set[tuple[str, PatternKey]] = set()
    leads: dict[str, set[tuple[str, ...]]] = {}
    for split in schema.splits:
        yield from check_event_pattern(split.events)
        yield from check_dimensions((split.dimension,), catalog)
        if split.method is nodes.Method.FIXED:
            yield from _check_shares(split)
        dimension = split.dimension.text
        key = (dimension, event_key(split.events))
        earlier = leads.setdefault(dimension, set())
        if key in seen or is_covered(split.events, earlier):
            reason = "an earlier split of this dimension matches its events"
            what = f"the split by `{dimension}`"
            yield diagnose(faults.SHADOWED, split.events.at, what=what, reason=reason)
        seen.add(key)
        if catches_all(split.events):
            earlier.add(lead_of(split.events))


def _check_shares(split: nodes.Split) -> Iterator[Diagnostic]:
    """Yield the faults of a fixed split: shares twice, over or under 100 %, two rests."""
    values: set[str] = set()
    for share in split.shares:
        if share.value in values:
            yield diagnose(faults.DUPLICATE, share.at, what="share", name=share.value)
        values.add(share.value)
    rests = tuple(s for s in split.shares if s.percent is None and s.amount is None)
    for share in rests[1:]:
        yield diagnose(faults.SHARES_REST, share.at)
    percents = tuple(share.percent for share in split.shares if share.percent is not None)
    total = reduce(exact_add, percents, Decimal(0))
    place = split.dimension.at or split.at
    if total > 100:
        yield diagnose(faults.SHARES_OVER, place, total=format_amount(total))
    elif total < 100 and not rests and len(percents) == len(split.shares):
        yield diagnose(faults.SHARES_UNDER, place, total=format_amount(total))


def _check_requirements(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of all requirements, and those that an earlier one covers."""
    seen: set[PatternKey] = set()
    prefixes: set[str] = set()
    for requirement in schema.requirements:
        pattern = requirement.accounts
        yield from check_account_pattern(pattern, catalog)
        yield from check_dimensions(requirement.dimensions, catalog)
        yield from _check_defaults(requirement, catalog)
        key = (pattern.regex, pattern.text)
        if key in seen:
            yield diagnose(faults.DUPLICATE_PATTERN, pattern.at, pattern=pattern.text)
        elif _is_account_covered(pattern, prefixes):
            yield diagnose(
                faults.SHADOWED,
                pattern.at,
                what=f"the requirement on `{pattern.text}`",
                reason="an earlier requirement matches its accounts",
            )
        elif _is_wildcard(pattern):
            yield diagnose(faults.WILDCARD, pattern.at)
        seen.add(key)
        if _is_wildcard(pattern):
            prefixes.add("")
        elif not pattern.regex and pattern.text.endswith("*"):
            prefixes.add(pattern.text[:-1])


def _is_account_covered(pattern: nodes.AccountPattern, prefixes: Set[str]) -> bool:
    """Whether an earlier pattern, given by the prefix it asks for, matches all of this one."""
    if "" in prefixes:
        return True
    if pattern.regex or not _is_account_glob(pattern):
        return False
    text = pattern.text.removesuffix("*")
    return any(text[:length] in prefixes for length in range(1, len(text) + 1))


def _check_defaults(requirement: nodes.Requirement, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of default values: undeclared dimensions, and dimensions without one."""
    given = frozenset(dimension for dimension, _ in requirement.defaults)
    unknown = (nodes.Name(name, at=requirement.at) for name, _ in requirement.defaults)
    yield from check_dimensions(unknown, catalog)
    if requirement.enforcement is nodes.Enforcement.AUTO_DEFAULT:
        for name in requirement.dimensions:
            if name.text not in given:
                yield diagnose(faults.NO_DEFAULTS, name.at, name=name.text)
