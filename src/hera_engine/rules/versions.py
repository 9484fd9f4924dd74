"""Versions of one schema: whether they follow one another so that each day has one.

Enters: checked schemas. Leaves: what is wrong with them together, and their order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from hera_engine.dsl.dated import period_of
from hera_engine.errors import Diagnostic, diagnose
from hera_engine.faults import OTHER_SCHEMA, VERSION_GAP, VERSION_OVERLAP, VERSION_TWICE
from hera_engine.periods import Period, gaps
from hera_engine.rules.load import PostingSchema


def in_order(schemas: Iterable[PostingSchema]) -> tuple[PostingSchema, ...]:
    """Return versions of a schema by the day on which each comes into force."""
    return tuple(sorted(schemas, key=lambda schema: period_of(schema.nodes).starts))


def check_versions(schemas: Sequence[PostingSchema]) -> tuple[Diagnostic, ...]:
    """Return what keeps schemas from being the versions of one.

    Each day from the first version's begin to the last one's end is to have one version. Names
    are to be alike, and version numbers to differ. A diagnostic's ``file`` names the version
    that it stands in, such as ``<Salon POS, version 2>``.

    Args:
        schemas: The versions by the day on which each comes into force.
    """
    return tuple(_faults(schemas))


def title_of(schema: PostingSchema) -> str:
    """Return a schema's name, its version and when it is in force, as far as it says so."""
    nodes = schema.nodes
    version = None if nodes.version is None else f"version {nodes.version}"
    words = (nodes.name, version, str(period_of(nodes)))
    return ", ".join(word for word in words if word) or "the schema"


def _faults(schemas: Sequence[PostingSchema]) -> Iterator[Diagnostic]:
    for first, second in pairwise(schemas):
        if first.nodes.name != second.nodes.name:
            names = {"first": first.nodes.name or "", "second": second.nodes.name or ""}
            yield _placed(second, diagnose(OTHER_SCHEMA, second.nodes.at, **names))
    seen: set[int] = set()
    for schema in schemas:
        version = schema.nodes.version
        if version is not None and version in seen:
            yield _placed(schema, diagnose(VERSION_TWICE, schema.nodes.at, version=version))
        seen |= set() if version is None else {version}
    yield from _overlaps(schemas)
    yield from _gaps(schemas)


def _overlaps(schemas: Sequence[PostingSchema]) -> Iterator[Diagnostic]:
    """Yield each version that is in force together with an earlier one."""
    longest: PostingSchema | None = None
    for schema in schemas:
        here = period_of(schema.nodes)
        if longest is not None:
            shared = period_of(longest.nodes).common(here)
            if shared is not None:
                day = shared.first or shared.last or "any day"
                titles = {"first": title_of(longest), "second": title_of(schema)}
                yield _placed(schema, diagnose(VERSION_OVERLAP, schema.nodes.at, **titles, day=day))
        if longest is None or here.ends > period_of(longest.nodes).ends:
            longest = schema


def _gaps(schemas: Sequence[PostingSchema]) -> Iterator[Diagnostic]:
    """Yield each stretch of days between two versions, at the version behind it."""
    periods = [period_of(schema.nodes) for schema in schemas]
    if not periods:
        return
    last = max(period.ends for period in periods)
    whole = Period(periods[0].starts, last)
    for gap in gaps(whole, periods):
        later = next(each for each in schemas if period_of(each.nodes).starts > gap.ends)
        fault = diagnose(VERSION_GAP, later.nodes.at, start=gap.starts, end=gap.ends)
        yield _placed(later, fault)


def _placed(schema: PostingSchema, fault: Diagnostic) -> Diagnostic:
    return replace(fault, file=f"<{title_of(schema)}>")
