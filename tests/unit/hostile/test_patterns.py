"""Reliability B4 through schemas: patterns that hang or lie in other engines."""

from typing import Final

import pytest

from hera_engine import PostingEngine, SchemaError, check_schema
from hera_engine.errors import Severity
from tests.unit.hostile.hostile import DECLARATIONS, code_of, engine_of, event_of, printed

EVIL: Final = (
    r"^(A+)+$", r"^HERA\.([A-Z]+\.?)*\.V1$", "(.*)(.*)(.*)(.*)(.*)X", "A?" * 30 + "A" * 30,
    "(A|AA){60}B", "(a|a)*b", r"(\w+\s?)*$",
)  # fmt: skip
"""Patterns that are slow where a match is searched for by trying."""


def _rule(pattern: str) -> str:
    """Return a rule for a regular expression."""
    quoted = pattern.replace("\\", "\\\\")
    return f'on matching "{quoted}" {{ debit cash 1 credit revenue 1 }}\n'


def _errors(text: str) -> set[str]:
    found = check_schema(DECLARATIONS + text)
    return {fault.name for fault in found if fault.severity is Severity.ERROR}


@pytest.mark.parametrize("pattern", EVIL)
def test_patterns_that_explode_elsewhere_are_linear(pattern: str) -> None:
    """A pattern either does not compile or answers for the longest code at once."""
    program = f"""
rule = {_rule(pattern)!r}
try:
    engine = engine_of(rule)
except SchemaError:
    print("refused")
else:
    for code in ("HERA." + "A" * 120 + ".V1", "HERA." + ".".join(["AAAAAAAAAA"] * 10) + ".V1"):
        print(code_of(event_of({{"event_smart_code": code}}), engine))
"""

    assert set(printed(program)) <= {"refused", "posted", "E_SCHEMA"}


@pytest.mark.parametrize(
    "pattern", ["(?=A)A", r"(A)\1", "(?<!A)B", "(?i)hera", "(?P<a>A)", "(?#x)A"]
)
def test_what_no_linear_engine_takes_is_unsafe(pattern: str) -> None:
    """Lookaround, back references and flags are refused by name."""
    assert _errors(_rule(pattern)) & {"UNSAFE_REGEX", "INVALID_REGEX"}


@pytest.mark.parametrize("pattern", ["a)|(?:b", "(", "[", "a{65}", "(A{0,64}){0,65}", "a" * 257,
                                     "é", "A{2,1}", "*"])  # fmt: skip
def test_malformed_and_oversized_patterns_are_refused(pattern: str) -> None:
    """An unbalanced bracket cannot escape its wrapper; counts and lengths are bounded."""
    assert _errors(_rule(pattern))


def test_a_newline_never_passes_an_end() -> None:
    """`$` matches at the end alone: a code with a line end behind it is no smart code."""
    engine = engine_of(_rule(r"\.V1$"))

    assert code_of(event_of(), engine) == "posted"
    event = event_of({"event_smart_code": "HERA.POS.SALE.V1\n"})
    assert code_of(event, engine) == "E_SMART_CODE_REQUIRED"


@pytest.mark.parametrize(
    "code",
    ["HERА.POS.SALE.V1", "HERA.POS.SALE.V\u0661", "HERA.POS.SA\u212aE.V1", "HERA.POS.\u017fALE.V1",
     "HERA.POS.SALE.V1\x00", "HERA..SALE.V1", "HERA.V1", "HERA.POS.SALE", "", " HERA.POS.SALE.V1",
     "HERA.POS.SALE.V1\n\x1b[31m", "HERA." + "A." * 11 + "V1", "HERA." + "A" * 122 + ".V1"],
)  # fmt: skip
def test_codes_that_look_like_codes_are_refused(code: str) -> None:
    """Letters of other scripts, foreign digits, hidden characters and lengths are told."""
    assert code_of(event_of({"event_smart_code": code})) == "E_SMART_CODE_REQUIRED"


def test_codes_an_attacker_chooses_fill_no_memory() -> None:
    """The memo of routes stays within its published size."""
    program = """
from hera_engine import limits
engine = engine_of("on HERA.X.** { debit cash 1 credit revenue 1 }")
for number in range(limits.MEMO_ENTRIES * 2 + 10):
    engine.simulate(event_of({"event_smart_code": f"HERA.X.N{number}.V1"}))
print(len(engine._memo) <= limits.MEMO_ENTRIES)
"""

    assert printed(program) == ["True"]


def test_ten_thousand_rules_cost_an_unknown_code_nothing() -> None:
    """Refusing a code compares it with no rule by spelling and lists a bounded number."""
    program = """
rules = "".join(f"on HERA.A.R{n}.V1 {{ debit cash 1 credit revenue 1 }}" for n in range(5000))
engine = engine_of(rules)
for n in range(200):
    try:
        engine.simulate(event_of({"event_smart_code": f"HERA.A.Q{n}.V1"}))
    except HeraError as error:
        codes = error.code, len(str(error.to_dict())) < 10_000
print(codes)
"""

    assert printed(program) == ["('E_SCHEMA', True)"]


def test_the_pattern_of_the_runbook_as_printed_is_told_never_to_match() -> None:
    """A doubly escaped pattern compiles and never matches: a warning says so."""
    text = DECLARATIONS + _rule(r"HERA\\.POS\\..*")

    found = {fault.name for fault in check_schema(text)}

    assert "NEVER_MATCHES" in found
    assert code_of(event_of(), PostingEngine(text)) == "E_SCHEMA"


def test_a_wildcard_inside_a_segment_is_refused() -> None:
    """A glob has whole segments only."""
    with pytest.raises(SchemaError):
        engine_of("on HERA.PO*.** { debit cash 1 credit revenue 1 }")
