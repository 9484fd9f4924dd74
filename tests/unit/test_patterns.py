"""Globs, account globs, regular expressions, and the table that routes events."""

import copy
import pickle
from time import process_time
from typing import Final

import pytest

from hera_engine.patterns import (
    AccountGlob,
    Glob,
    Pattern,
    PatternError,
    RouteTable,
    compile_account_glob,
    compile_glob,
    compile_regex,
    event_pattern,
    never_matches,
)

PATIENCE: Final = 2.0
"""Seconds after which matching counts as endless; what it needs is thousands of times less."""


def refusal(text: str) -> PatternError:
    """Return why a regular expression is refused."""
    with pytest.raises(PatternError) as caught:
        compile_regex(text)
    return caught.value


# --- globs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("glob", "code", "fits"),
    [
        ("HERA.POS.SALE.V1", "HERA.POS.SALE.V1", True),
        ("HERA.POS.SALE.V1", "HERA.POS.SALE.v1", True),
        ("HERA.POS.SALE.v1", "HERA.POS.SALE.V1", True),
        ("HERA.POS.SALE.V1", "HERA.POS.SALE.V10", False),
        ("HERA.POS.SALE.V1", "HERA.POS.SALE.V1\n", False),
        ("HERA.POS.**", "HERA.POS.SALE.V1", True),
        ("HERA.POS.**", "HERA.POS", True),
        ("HERA.POS.**", "HERA.POSX.SALE.V1", False),
        ("HERA.*.SALE.V1", "HERA.POS.SALE.V1", True),
        ("HERA.*.SALE.V1", "HERA.POS.X.SALE.V1", False),
        ("HERA.*.SALE.V1", "HERA.SALE.V1", False),
        ("HERA.**.SALE.*", "HERA.SALE.V1", True),
        ("HERA.**.SALE.*", "HERA.A.B.SALE.V2", True),
        ("HERA.**.SALE.*", "HERA.A.SALE.B.V2", False),
        ("**", "HERA.POS.SALE.V1", True),
        ("**.V1", "HERA.POS.SALE.v1", True),
        ("**.A.**.A.V1", "HERA.A.B.A.A.V1", True),
        ("**.A.**.A.V1", "HERA.A.B.V1", False),
        ("*", "HERA.POS", False),
    ],
)
def test_globs_match_whole_codes_by_segments(glob: str, code: str, fits: bool) -> None:
    """One star is one segment, two stars are any number, and V is like v."""
    assert compile_glob(glob).matches(code) is fits


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("HERA.POS.SA*", "invalid"),
        ("HERA..V1", "invalid"),
        ("", "invalid"),
        ("HERA.***", "invalid"),
        ("HERA.PÖS.V1", "invalid"),
        ("HERA.POS.V1\n", "invalid"),
        ("HERA.[A].V1", "invalid"),
        ("A" * 257, "too_large"),
        ("A" * 2_560, "too_large"),
    ],
)
def test_globs_that_say_something_else_are_refused(text: str, kind: str) -> None:
    """A wildcard inside a segment, an empty segment or another character is a fault."""
    with pytest.raises(PatternError) as caught:
        compile_glob(text)

    assert caught.value.kind == kind


@pytest.mark.parametrize("value", [None, 7, b"HERA.**"])
def test_patterns_are_text(value: str) -> None:
    """Whatever is no string is refused by each compiler."""
    for build in (compile_glob, compile_account_glob, compile_regex):
        with pytest.raises(PatternError, match="is not a string"):
            build(value)


def test_the_longest_glob_is_taken() -> None:
    """A pattern may have 256 characters."""
    assert compile_glob("A" * 256).text == "A" * 256


def test_globs_that_say_the_same_are_equal() -> None:
    """The case of the version letter does not count; hashes agree."""
    left, right = compile_glob("HERA.A.v1"), compile_glob("HERA.A.V1")

    assert left == right
    assert len({left, right}) == 1
    assert pickle.loads(pickle.dumps(left)) == left


def test_many_wildcards_cannot_make_matching_slow() -> None:
    """A glob of nothing but wildcards is matched against a long code at once."""
    glob = compile_glob(".".join(["**", "A"] * 50 + ["B"]))

    started = process_time()
    fits = glob.matches(".".join("A" * 2_000))

    assert not fits
    assert process_time() - started < PATIENCE


@pytest.mark.parametrize(
    ("glob", "code", "fits"),
    [
        ("4*", "4100", True),
        ("4*", "4", True),
        ("4*", "1400", False),
        ("*", "anything", True),
        ("0400", "0400", True),
        ("0400", "400", False),
    ],
)
def test_account_globs_are_codes_or_prefixes(glob: str, code: str, fits: bool) -> None:
    """A star stands at the end for whatever follows."""
    assert compile_account_glob(glob).matches(code) is fits


@pytest.mark.parametrize("text", ["", "*4", "4**", "4*0", "4 1", "é", "4\n", "4" * 257])
def test_other_account_globs_are_refused(text: str) -> None:
    """A star elsewhere, blanks, and other than printable ASCII are faults."""
    with pytest.raises(PatternError):
        compile_account_glob(text)


def test_account_globs_survive_pickling() -> None:
    """The pattern can be sent to other processes."""
    assert pickle.loads(pickle.dumps(compile_account_glob("4*"))) == AccountGlob("4*")


# --- regular expressions -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("regex", "text", "found"),
    [
        (r"HERA\.POS\..*", "HERA.POS.SALE.V1", True),
        (r"HERA\.POS\.SALE\..*", "HERA.INV.ADJUSTMENT.v1", False),
        ("SALE", "HERA.POS.SALE.V1", True),
        (r"\.V1$", "HERA.POS.SALE.v1", True),
        (r"\.v1$", "HERA.POS.SALE.V1", True),
        (r"\.V1$", "HERA.POS.SALE.V1\n", False),
        (r"\.V1$", "HERA.POS.SALE.V12", False),
        ("^4.*", "4100", True),
        ("^4.*", "1400", False),
        ("", "4100", True),
    ],
)
def test_regular_expressions_search(regex: str, text: str, found: bool) -> None:
    """A match anywhere counts; V and v are alike; the end is the end."""
    assert compile_regex(regex).matches(text) is found


@pytest.mark.parametrize(
    ("regex", "subject"),
    [
        (r"^(A+)+$", "A" * 100_000 + "!"),
        (r"^HERA\.([A-Z]+\.?)*\.V1$", "HERA." + "A" * 100_000),
        ("(.*)(.*)(.*)(.*)(.*)X", "A" * 20_000),
        ("A?" * 30 + "A" * 30, "A" * 29),
        ("(A|AA)" * 33 + "$", "A" * 1_000 + "B"),
        ("(A{0,64}){0,64}B", "A" * 2_000),
    ],
)
def test_evil_patterns_are_matched_in_linear_time(regex: str, subject: str) -> None:
    """Patterns that take other engines minutes are answered at once."""
    pattern = compile_regex(regex)

    started = process_time()
    found = pattern.matches(subject)

    assert not found
    assert process_time() - started < PATIENCE


@pytest.mark.parametrize(
    "text", ["[invalid", "[a\\]", "*", "(a", "a)", "a)|(?:b", "a{,5}", "\\", "a**)"]
)
def test_malformed_expressions_are_invalid(text: str) -> None:
    """What is no regular expression is called so; brackets cannot close a wrapper."""
    assert refusal(text).kind == "invalid"


@pytest.mark.parametrize(
    "text",
    ["^(?=4).*", "(?!a)", "(?<=a)b", "(a)\\1", "(?P<x>a)", "(?i)a", "(?P=x)", "(?#x)", "\\k<x>"],
)
def test_what_needs_backtracking_is_unsafe(text: str) -> None:
    """Looking around, referring back and flags are refused before any engine sees them."""
    assert refusal(text).kind == "unsafe"


@pytest.mark.parametrize(
    "text", ["\\(?", "[(?]", "(?:ab)+", "\\\\1", "[[:alpha:]]", "[]a]", "[^]]"]
)
def test_what_only_looks_unsafe_is_taken(text: str) -> None:
    """An escaped bracket, one in a class and a plain group are harmless."""
    assert compile_regex(text).text == text


@pytest.mark.parametrize("text", ["a{65}", "a{1,65}", "a{65,}", "a{640}", "[ab]{99}"])
def test_large_counts_are_too_large(text: str) -> None:
    """A piece may be repeated 64 times by count."""
    assert refusal(text).kind == "too_large"


@pytest.mark.parametrize("text", ["a{64}", "a{0,64}", "\\x{41}a", "[{65}]", "\\{65\\}"])
def test_counts_at_the_limit_and_other_braces_are_taken(text: str) -> None:
    """Sixty-four is allowed; braces of an escape or in a class are no counts."""
    assert compile_regex(text).text == text


def test_nested_counts_are_bounded_by_memory() -> None:
    """Counts that multiply to more than the engine holds are refused."""
    assert refusal("((A{0,64}){0,64}){0,64}").kind == "too_large"


@pytest.mark.parametrize("length", [256, 257, 2_560])
def test_an_expression_has_at_most_256_characters(length: int) -> None:
    """The longest expression is taken, one character more is not."""
    text = "a" * length

    if length == 256:
        assert compile_regex(text).matches(text)
    else:
        assert refusal(text).kind == "too_large"


@pytest.mark.parametrize("text", ["é", "\u212a", "a\nb", "[А-Я]", "\x00"])
def test_expressions_are_printable_ascii(text: str) -> None:
    """Letters that look like others are refused."""
    assert refusal(text).kind == "invalid"


@pytest.mark.parametrize(("regex", "text"), [(r"\d", "١"), ("K", "\u212a"), ("[A-Z]", "А")])
def test_other_scripts_do_not_match_latin_letters(regex: str, text: str) -> None:
    """The engine knows neither the Kelvin sign as K nor a Cyrillic A as A."""
    found = compile_regex(regex).matches(text)

    assert found is (regex == r"\d")


def test_expressions_are_equal_by_text_and_survive_pickling() -> None:
    """A copy in another process is compiled anew and does the same."""
    pattern = compile_regex(r"^HERA\.POS")

    again = pickle.loads(pickle.dumps(pattern))

    assert again == pattern == copy.deepcopy(pattern)
    assert again.matches("HERA.POS.SALE.V1")
    assert repr(again) == "Regex(text='^HERA\\\\.POS')"


def test_pattern_errors_survive_pickling() -> None:
    """A worker process can hand back the error whole."""
    again = pickle.loads(pickle.dumps(refusal("(a)\\1")))

    assert (again.kind, again.reason, str(again)) == (
        "unsafe", "refers back to a group", "refers back to a group",
    )  # fmt: skip


# --- patterns that can never match ---------------------------------------------------------


def test_a_pattern_escaped_twice_is_found_and_corrected() -> None:
    """The runbook's pattern asks for backslashes; the reason gives the right JSON."""
    reason = never_matches(r"HERA\\.POS\\..*")

    assert reason == r"it asks for a backslash; in JSON write HERA\\.POS\\..*"


@pytest.mark.parametrize(
    ("regex", "beginning"),
    [
        ("sale", "it asks for `s`"),
        ("HERA POS", "it asks for ` `"),
        (r"POS\-SALE", "it asks for `-`"),
        (r"^POS\.", "it asks for a code that begins with `POS.`"),
        ("^HERAS", "it asks for a code that begins with `HERAS`"),
        ("SALE$", "it asks for a code that ends in `E`"),
        ("x|y", "it asks for `x`"),
        ("(a|b)?c", "it asks for `c`"),
    ],
)
def test_patterns_that_cannot_match_are_explained(regex: str, beginning: str) -> None:
    """The reason quotes the character that no smart code has there."""
    reason = never_matches(regex)

    assert reason is not None
    assert reason.startswith(beginning)
    assert not compile_regex(regex).matches("HERA.POS.SALE.V1")


@pytest.mark.parametrize(
    "regex",
    [
        r"HERA\.POS\..*", r"^HERA\.POS", r"\.V1$", "V[0-9]+$", "POS|x-y", "x?POS", "-?HERA",
        "x*", "x{0,1}", "^HERB?A", "^HER[A]", "(-)?", "", "^", "$", "^$", "v1", "^(?:HERA)",
        "^H?POS", "[-]?", "\\d$", "HERA.*$",
    ],
)  # fmt: skip
def test_patterns_that_may_match_are_left_alone(regex: str) -> None:
    """Where it is not certain that nothing matches, there is no reason."""
    assert never_matches(regex) is None


# --- routing -------------------------------------------------------------------------------


def table(*texts: str) -> RouteTable:
    """Return a table of globs and, between slashes, regular expressions."""
    return RouteTable(event_pattern(text.strip("/"), regex=text.startswith("/")) for text in texts)


@pytest.mark.parametrize(
    ("texts", "code", "winner"),
    [
        (("HERA.POS.**", "HERA.POS.SALE.V1"), "HERA.POS.SALE.v1", 1),
        (("HERA.POS.**", "HERA.POS.*.V1"), "HERA.POS.SALE.V1", 0),
        (("HERA.POS.*.V1", "HERA.POS.**"), "HERA.POS.SALE.V1", 0),
        (("HERA.POS.*.V2", "HERA.POS.**"), "HERA.POS.SALE.V1", 1),
        (("/SALE/", "HERA.POS.**"), "HERA.POS.SALE.V1", 0),
        (("HERA.POS.**", "/SALE/"), "HERA.POS.SALE.V1", 0),
        (("HERA.INV.**", "/SALE/", "/POS/"), "HERA.POS.SALE.V1", 1),
        (("/SALE/", "HERA.POS.SALE.v1"), "HERA.POS.SALE.V1", 1),
        (("HERA.A.V1", "HERA.A.v1"), "HERA.A.V1", 0),
        (("HERA.A.**", "HERA.A.**"), "HERA.A.V1", 0),
        (("**.REFUND.**", "HERA.**"), "HERA.REFUND.V1", 0),
        (("**.**.V1",), "HERA.V1", 0),
        (("HERA.*",), "HERA", None),
        (("HERA.B.**",), "HERA.A.V1", None),
        ((), "HERA.A.V1", None),
    ],
)
def test_the_first_match_wins_unless_a_code_is_named(
    texts: tuple[str, ...], code: str, winner: int | None
) -> None:
    """Document order decides, and a rule for exactly this code beats every pattern."""
    assert table(*texts).find(code) == winner


def test_routing_ten_thousand_globs_costs_what_ten_cost() -> None:
    """The number of steps depends on the code alone: most globs are never looked at."""
    few = table(*(f"HERA.A{number}.**" for number in range(10)))
    many = table(*(f"HERA.A{number}.**" for number in range(10_000)))

    def cost(routes: RouteTable) -> float:
        started = process_time()
        for _ in range(200):
            assert routes.find("HERA.A9.SALE.V1") == 9
        return process_time() - started

    least_few = min(cost(few) for _ in range(5))
    least_many = min(cost(many) for _ in range(5))

    assert least_many < 10 * least_few


def test_tables_are_equal_by_their_patterns_and_survive_pickling() -> None:
    """A copy in another process finds the same."""
    routes = table("HERA.POS.**", "/SALE/", "HERA.A.V1")

    again = pickle.loads(pickle.dumps(routes))

    assert again == routes == copy.deepcopy(routes)
    assert again.find("HERA.A.v1") == 2
    assert again != table("HERA.POS.**")
    assert len({again, routes}) == 1
    assert routes != 7
    assert repr(table("HERA.**")) == "RouteTable([Glob(text='HERA.**')])"


def test_a_table_gives_its_patterns_in_order() -> None:
    """The patterns come back as they were given."""
    patterns: tuple[Pattern, ...] = (compile_glob("HERA.**"), compile_regex("x"))

    routes = RouteTable(patterns)

    assert routes.patterns == patterns
    assert isinstance(routes.patterns[0], Glob)
