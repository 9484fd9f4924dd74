"""Laws of patterns: globs, expressions and routing, each against a naive second opinion."""

import re

from hypothesis import assume, example, given
from hypothesis import strategies as st

from hera_engine.patterns import (
    Glob,
    PatternError,
    compile_glob,
    compile_regex,
    never_matches,
)
from hera_engine.routing import RouteTable

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
