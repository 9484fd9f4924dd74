"""What a new version does otherwise with dimensions: who must carry them, and how they are split.

Enters: two schemas. Leaves: dimensions without which a line is refused and was not (errors), and
other defaults, other things carried and other splits (notes).
"""

from collections.abc import Iterable, Iterator, Mapping

from hera_engine.dsl import nodes
from hera_engine.dsl.format import format_share
from hera_engine.dsl.format_expressions import format_text
from hera_engine.errors import Place, diagnose
from hera_engine.faults import CHANGED_LINE, REQUIRED_DIMENSION
from hera_engine.patterns import (
    Pattern,
    compile_account_glob,
    compile_regex,
    event_pattern,
)
from hera_engine.routing import RouteTable
from hera_engine.rules.differences import NOTHING, Difference


def compare_dimensions(
    old: nodes.Schema, new: nodes.Schema, codes: Iterable[str]
) -> Iterator[Difference]:
    """Yield what becomes of requirements, of what lines carry, and of splits.

    Args:
        old: The version before.
        new: The version now.
        codes: Smart codes that both have rules for.
    """
    yield from _compare_requirements(old, new)
    yield from _compare_defaults(old, new)
    yield from _compare_carries(old, new)
    yield from _compare_splits(old, new, codes)


def _changed(where: str, before: str, after: str, place: Place | None) -> Difference:
    fault = diagnose(CHANGED_LINE, place, where=where, before=before, after=after)
    return Difference.now(fault)


def _shared_accounts(
    old: nodes.Schema, new: nodes.Schema
) -> Iterator[tuple[nodes.AccountDecl, nodes.AccountDecl]]:
    """Yield the accounts that both versions have."""
    before = {decl.key.text: decl for decl in old.accounts}
    for decl in new.accounts:
        if decl.key.text in before:
            yield before[decl.key.text], decl


def _compare_requirements(old: nodes.Schema, new: nodes.Schema) -> Iterator[Difference]:
    """Yield dimensions without which a line on some account is refused, and was not."""
    told: set[tuple[int, str]] = set()
    for was, decl in _shared_accounts(old, new):
        index = _governing(new, decl)
        if index is None:
            continue
        requirement, earlier = new.requirements[index], _governing(old, was)
        known = frozenset[str]() if earlier is None else _refusing(old.requirements[earlier])
        for name in requirement.dimensions:
            fresh = name.text in _refusing(requirement) and name.text not in known
            if fresh and (index, name.text) not in told:
                told.add((index, name.text))
                yield Difference.now(
                    diagnose(
                        REQUIRED_DIMENSION, name.at or requirement.at,
                        account=decl.key.text, dimension=name.text,
                    )
                )  # fmt: skip


def _governing(schema: nodes.Schema, decl: nodes.AccountDecl) -> int | None:
    """Return the position of the first requirement that matches an account."""
    found = (i for i, each in enumerate(schema.requirements) if _matches(each.accounts, decl))
    return next(found, None)


def _matches(pattern: nodes.AccountPattern, decl: nodes.AccountDecl) -> bool:
    """Whether a pattern matches an account; one over codes matches no code that is not said."""
    text, code = pattern.text, decl.code or ""
    if pattern.regex:
        return compile_regex(text).matches(code)
    if text[:1] == "*" or "0" <= text[:1] <= "9":
        return compile_account_glob(text).matches(code)
    return text == decl.key.text


def _refusing(requirement: nodes.Requirement) -> frozenset[str]:
    """Return the dimensions without which a requirement refuses a line."""
    names = frozenset(name.text for name in requirement.dimensions)
    match requirement.enforcement:
        case nodes.Enforcement.ERROR:
            return names
        case nodes.Enforcement.WARNING:
            return frozenset()
        case nodes.Enforcement.AUTO_DEFAULT:
            return names - {name for name, _ in requirement.defaults}


def _compare_defaults(old: nodes.Schema, new: nodes.Schema) -> Iterator[Difference]:
    """Yield the dimensions that are filled in with another value, or not any more."""
    told: set[tuple[str, str, str]] = set()
    for was, now in _shared_accounts(old, new):
        before, after = _filled(old, was), _filled(new, now)
        index = _governing(new, now)
        place = new.at if index is None else new.requirements[index].at
        for name in dict.fromkeys((*before, *after)):
            words = (before.get(name, NOTHING), after.get(name, NOTHING))
            if words[0] != words[1] and (name, *words) not in told:
                told.add((name, *words))
                yield _changed(f"default of `{name}` on account `{now.key.text}`", *words, place)


def _filled(schema: nodes.Schema, decl: nodes.AccountDecl) -> Mapping[str, str]:
    """Return the dimensions that lines on an account get by default, with their values."""
    index = _governing(schema, decl)
    requirement = None if index is None else schema.requirements[index]
    if requirement is None or requirement.enforcement is not nodes.Enforcement.AUTO_DEFAULT:
        return {}
    return {name: format_text(value) for name, value in requirement.defaults}


def _compare_carries(old: nodes.Schema, new: nodes.Schema) -> Iterator[Difference]:
    """Yield the accounts whose lines carry other dimensions, once for each change."""
    told: set[tuple[str, str]] = set()
    for was, now in _shared_accounts(old, new):
        words = (_carried(old, was), _carried(new, now))
        if words[0] != words[1] and words not in told:
            told.add(words)
            place = next((each.at for each in new.carries if _matches(each.accounts, now)), new.at)
            yield _changed(f"what lines on account `{now.key.text}` carry", *words, place)


def _carried(schema: nodes.Schema, decl: nodes.AccountDecl) -> str:
    """Return the dimensions that lines on an account carry, in the order of their names."""
    found = {
        name.text
        for each in schema.carries
        if _matches(each.accounts, decl)
        for name in each.dimensions
    }
    return ", ".join(sorted(found)) or NOTHING


def _compare_splits(
    old: nodes.Schema, new: nodes.Schema, codes: Iterable[str]
) -> Iterator[Difference]:
    """Yield the dimensions that are split otherwise, each with the first code that shows it."""
    was, now = _Splits(old), _Splits(new)
    told: set[tuple[str, str, str]] = set()
    for code in codes:
        before, after = was.of(code), now.of(code)
        for name in dict.fromkeys((*before, *after)):
            split = after.get(name)
            words = (_split_words(before.get(name)), _split_words(split))
            if words[0] != words[1] and (name, *words) not in told:
                told.add((name, *words))
                where = f"split by `{name}` of events such as `{code}`"
                yield _changed(where, *words, new.at if split is None else split.at)


class _Splits:
    """The splits of a schema: for each dimension the first whose pattern matches."""

    __slots__ = ("_tables",)

    def __init__(self, schema: nodes.Schema) -> None:
        groups: dict[str, list[nodes.Split]] = {}
        for split in schema.splits:
            groups.setdefault(split.dimension.text, []).append(split)
        self._tables = {
            name: (RouteTable(map(_pattern, group), exact_first=False), group)
            for name, group in groups.items()
        }

    def of(self, code: str) -> Mapping[str, nodes.Split]:
        """Return the splits of an event by their dimensions."""
        found = {name: table.find(code) for name, (table, _) in self._tables.items()}
        return {
            name: self._tables[name][1][index] for name, index in found.items() if index is not None
        }


def _pattern(split: nodes.Split) -> Pattern:
    return event_pattern(split.events.text, regex=split.events.regex)


def _split_words(split: nodes.Split | None) -> str:
    """Return how a split finds its shares."""
    if split is None:
        return NOTHING
    shares = f" {{ {', '.join(map(format_share, split.shares))} }}" if split.shares else ""
    allocator = "" if split.allocator is None else f" {format_text(split.allocator)}"
    return f"{split.method}{shares}{allocator}"
