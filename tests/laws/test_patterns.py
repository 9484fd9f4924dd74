"""Laws of patterns: globs, expressions and routing, each against a naive second opinion."""

import re

from hypothesis import assume, example, given
from hypothesis import strategies as st

from hera_engine.dsl import nodes
from hera_engine.dsl.check_patterns import check_event_pattern
from hera_engine.dsl.declared import Declarations, covers, may_share
from hera_engine.dsl.nodes import EventPattern
from hera_engine.patterns import (
    Glob,
    PatternError,
    compile_glob,
    compile_regex,
    never_matches,
)
from hera_engine.routing import RouteTable, SharedCodes

words = st.sampled_from(("A", "B", "SALE"))
codes = st.builds(
    lambda middle, version: ".".join(["HERA", *middle, version]),
    st.lists(words, min_size=1, max_size=4),
    st.sampled_from(("V1", "v1", "V2")),
)
globs = st.lists(st.sampled_from(("HERA", "A", "B", "*", "**", "V1")), min_size=1, max_size=5).map(
    ".".join
)
pieces = st.sampled_from(
    ("A", "B", "HERA", r"\.", ".", "[AB]", "[^A]", "V", "x", "-", r"\\", "1", r"\d", " ")
)
quantified = st.builds(
    "".join, st.tuples(pieces, st.sampled_from(("", "", "", "?", "*", "+", "{1,2}")))
)
safe_expressions = st.builds(
    lambda start, parts, end: f"{start}{''.join(parts)}{end}",
    st.sampled_from(("", "^")),
    st.lists(quantified | quantified.map("(?:{})".format) | st.just("|"), max_size=6),
    st.sampled_from(("", "$")),
)


def as_expression(glob: Glob) -> str:
    """Return a regular expression for the same codes, by its definition."""
    text = "".join(
        r"(?:\.[A-Z0-9]+)*" if part == "**" else rf"\.{part.replace('*', '[A-Z0-9]+')}"
        for part in glob.segments
    )
    return rf"{text}\Z"


def fits(glob: Glob, code: str) -> bool:
    """Whether a glob fits a code, asked of another engine."""
    return re.match(as_expression(glob), f".{code.replace('.v', '.V')}") is not None


@given(text=globs, code=codes)
@example(text="**.A.**.A.V1", code="HERA.A.B.A.A.V1")
def test_globs_match_what_their_definition_says(text: str, code: str) -> None:
    """The matcher agrees with a translation into a regular expression."""
    glob = compile_glob(text)

    assert glob.matches(code) is fits(glob, code)


@given(texts=st.lists(globs, max_size=8), code=codes)
def test_the_table_finds_what_a_walk_through_the_list_finds(texts: list[str], code: str) -> None:
    """The tree gives the first match, an exact code first, as a plain loop would."""
    patterns = [compile_glob(text) for text in texts]
    matching = [index for index, glob in enumerate(patterns) if fits(glob, code)]
    exact = [index for index in matching if patterns[index].is_exact]

    found = RouteTable(patterns).find(code)

    assert found == next(iter(exact or matching), None)


@given(text=safe_expressions, code=codes)
def test_expressions_find_what_another_engine_finds(text: str, code: str) -> None:
    """Search agrees with the standard library's engine, whichever spelling V has."""
    try:
        pattern = compile_regex(text)
    except PatternError:
        assume(False)

    spellings = (code.replace(".v", ".V"), code.replace(".V", ".v"))
    expected = any(re.search(text, each, re.ASCII) for each in spellings)
    assert pattern.matches(code) is expected


@given(text=safe_expressions, code=codes)
@example(text=r"HERA\\.A", code="HERA.A.V1")
def test_what_can_never_match_does_not_match(text: str, code: str) -> None:
    """Where a reason is given, no code is found by the expression."""
    try:
        pattern = compile_regex(text)
    except PatternError:
        assume(False)

    if never_matches(text) is not None:
        assert not pattern.matches(code)


@given(text=st.text(st.characters(codec="ascii"), max_size=40) | st.text(max_size=40))
def test_any_text_is_a_pattern_or_is_refused(text: str) -> None:
    """Only pattern errors come out of the compilers, and what is taken is stable."""
    for build in (compile_glob, compile_regex):
        try:
            pattern = build(text)
        except PatternError:
            continue

        assert build(pattern.text) == pattern


_marks = st.lists(st.sampled_from(("", "*", "**")), min_size=7, max_size=7)


def _widened(text: str, marks: list[str]) -> str:
    """Return a glob that matches at least what another does: wildcards take segments' places."""
    return ".".join(
        "**" if "**" in (segment, mark) else mark or segment
        for segment, mark in zip(text.split("."), marks, strict=False)
    )


@given(code=codes, inner=_marks, outer=_marks, others=st.lists(globs, max_size=3))
def test_a_table_that_holds_a_glob_finds_its_codes(
    code: str, inner: list[str], outer: list[str], others: list[str]
) -> None:
    """A wider glob holds a narrower one, and with it every code of it."""
    narrow = _widened(code, inner)
    table = RouteTable(compile_glob(text) for text in (*others, _widened(narrow, outer)))

    assert table.holds(compile_glob(narrow))
    assert table.find(code) is not None


@given(code=codes, inner=_marks, others=st.lists(globs, max_size=3))
def test_what_a_table_does_not_find_it_does_not_hold(
    code: str, inner: list[str], others: list[str]
) -> None:
    """No glob that matches a code is held by a table without a pattern for that code."""
    table = RouteTable(compile_glob(text) for text in others)

    assert not table.holds(compile_glob(_widened(code, inner))) or table.find(code) is not None


@given(several=st.lists(globs, max_size=6, unique=True), text=globs)
@example(several=["HERA.**.A.**", "HERA.**"], text="HERA.**.B")
@example(several=["A.B", "A.*", "*.B"], text="A.**.B")
def test_one_walk_finds_all_that_share_a_code(several: list[str], text: str) -> None:
    """A tree of globs says of all of them what is said of each pair."""
    wanted, patterns = EventPattern(text), [EventPattern(each) for each in several]

    found, _ = SharedCodes(map(compile_glob, several)).sharing(compile_glob(text))

    assert found == tuple(index for index, each in enumerate(patterns) if may_share(each, wanted))


@given(several=st.lists(globs.filter(lambda text: "*" in text), max_size=6), text=globs)
@example(several=["HERA.*.A", "HERA.**", "**"], text="HERA.*.*")
def test_the_first_glob_that_holds_another_is_found(several: list[str], text: str) -> None:
    """Of globs that say the same it is the first."""
    wanted = EventPattern(text)

    found = RouteTable(map(compile_glob, several)).first_holding(compile_glob(text))

    assert found == next(
        (index for index, each in enumerate(several) if covers(EventPattern(each), wanted)), None
    )


@given(several=st.lists(globs, min_size=1, max_size=5, unique=True), text=globs)
@example(several=["HERA.A.V1", "HERA.*.V1", "HERA.B.V1", "HERA.**"], text="HERA.*.V1")
def test_the_declarations_of_a_glob_are_those_its_events_may_have(
    several: list[str], text: str
) -> None:
    """Up to the first that takes all of them; behind it exact codes, which go before patterns."""
    several = [each for each in several if not list(check_event_pattern(EventPattern(each)))]
    wanted, patterns = EventPattern(text), [EventPattern(each) for each in several]
    schema = nodes.Schema(events=tuple(nodes.EventDecl(on=each, fields=()) for each in patterns))
    exact = ["*" not in each for each in several]
    assume("*" in text)

    last = next(
        (at for at, each in enumerate(patterns) if not exact[at] and covers(each, wanted)), None
    )
    expected = [
        each
        for at, each in enumerate(patterns)
        if last is not None and (at <= last or exact[at]) and may_share(each, wanted)
    ]
    assert [decl.on for decl in Declarations(schema).of((wanted,))] == expected
