"""Reliability B2 and B3: hostile JSON, hostile shapes of Python values, hostile schema text."""

import json
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import pytest

from hera_engine import BusinessEvent, HeraError, SchemaError, check_schema, load_schema
from hera_engine.errors import Severity
from tests.unit.hostile.hostile import DECLARATIONS, code_of, engine_of, event_of, printed


def _names(source: str | Mapping[str, object]) -> set[str]:
    """Return the names of the errors a schema has."""
    return {fault.name for fault in check_schema(source) if fault.severity is Severity.ERROR}


# --- B2: JSON and Python values ------------------------------------------------------------


@pytest.mark.parametrize(
    "digits", ["90071992547409.93", "99999999999999.99", "1234567890123456.78", "1.10"]
)
def test_numbers_in_json_keep_their_digits(digits: str) -> None:
    """Numbers that a float cannot hold arrive as they were written."""
    event = event_of(tax_exempt=True)
    data = json.dumps(event).replace('"10.00"', digits)

    entry = engine_of().simulate_json(data)

    assert {line.amount for line in entry.lines} == {Decimal(digits)}


@pytest.mark.parametrize(
    "number",
    ["1E+999999999", "1E400", "NaN", "Infinity", "-Infinity", "9" * 5000, "1." + "0" * 10**5],
)
def test_number_bombs_in_json_are_refused(number: str) -> None:
    """A number that no field takes ends the reading with E_GUARDRAIL."""
    data = json.dumps(event_of()).replace('"10.00"', number)

    with pytest.raises(HeraError, match="E_GUARDRAIL"):
        engine_of().simulate_json(data)


def test_duplicate_keys_are_refused() -> None:
    """Two total amounts in one event are an error, in a schema too."""
    data = json.dumps(event_of()).replace('"currency"', '"total_amount": "1", "currency"')

    with pytest.raises(HeraError, match="twice"):
        engine_of().simulate_json(data)
    assert _names('{"ledgers": ["GL"], "ledgers": ["GL"]}') == {"DUPLICATE_KEY"}


@pytest.mark.parametrize("depth", [17, 200, 1_000, 100_000])
def test_deep_json_is_refused(depth: int) -> None:
    """JSON nested deeper than events are ends in E_GUARDRAIL, however deep it is."""
    inner = "[" * depth + "]" * depth
    data = json.dumps(event_of(x=None)).replace("null", inner)

    with pytest.raises(HeraError, match="E_GUARDRAIL"):
        engine_of().simulate_json(data)
    assert _names('{"a":' * depth + "1" + "}" * depth) != set()


def test_cyclic_and_deep_python_values_are_refused() -> None:
    """A dict that holds itself, and one 100,000 levels deep, end in E_GUARDRAIL."""
    cycle: dict[str, object] = {}
    cycle["self"] = cycle
    wide: list[object] = []
    wide.extend([wide] * 500)
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    engine = engine_of()

    codes = {
        code_of(event, engine)
        for value in (cycle, wide, deep)
        for event in (event_of(x=value), event_of({"metadata": {"x": value}}))
    }

    assert codes == {"E_GUARDRAIL"}
    assert _names({"ledgers": ["GL"], "accounts": deep}) != set()
    assert _names(cycle) != set()


@pytest.mark.parametrize(
    "value",
    ["20260101", "2026-1-1", "2026-02-30", "2026-W01-1", "2026-001", "0000-01-01", 0, 20260101,
     "2026-01-01T00:00:00", "\u0662026-01-01", " 2026-01-01", "2026-01-01\n", True, ["2026-01-01"]],
)  # fmt: skip
def test_dates_are_strict(value: object) -> None:
    """Only YYYY-MM-DD is a date, in every date field and in a rule's comparison."""
    early = "when due < 2026-06-01"
    engine = engine_of(
        "on HERA.POS.SALE.V1 { debit cash 2 credit revenue 2 "
        f"debit cash 1 {early} credit fees 1 {early} }}"
    )

    for field in ("transaction_date", "posting_date"):
        assert code_of(event_of({field: value}, due="2027-01-01"), engine) == "E_GUARDRAIL"
    assert code_of(event_of(tax_point_date=value, due="2027-01-01"), engine) == "E_GUARDRAIL"
    assert code_of(event_of(due=value), engine) == "E_GUARDRAIL"


def test_an_organization_is_its_exact_spelling() -> None:
    """Ids that some systems take for one UUID stay four tenants."""
    spellings = (
        "378f0000-0000-4000-8000-000000000000", "378F0000-0000-4000-8000-000000000000",
        "{378f0000-0000-4000-8000-000000000000}", "378f0000000040008000000000000000",
    )  # fmt: skip
    engine = engine_of()

    found = {engine.simulate(event_of({"organization_id": s})).header.organization_id
             for s in spellings}  # fmt: skip

    assert found == set(spellings)


@pytest.mark.parametrize(
    "value",
    [object(), {1: 2}, {"a": {None: 1}}, {"": 1}, {"k" * 65: 1}, {"k\n": 1}, {"a": b"x"},
     {"a": {1}},
     {"a": 1.0}, {"a": "\ud800"}, {"a": "\u202e"}, {"a": "Cafe\u0301"}, {"a": "\x00"}, 7, "x"],
)  # fmt: skip
def test_a_context_holds_json_values_only(value: object) -> None:
    """Other types, odd keys, hidden characters and text that is not NFC are E_GUARDRAIL."""
    engine = engine_of()

    assert code_of(event_of({"business_context": value}), engine) == "E_GUARDRAIL"
    assert code_of(event_of({"metadata": value}), engine) == "E_GUARDRAIL"


def test_unknown_fields_of_any_kind_are_refused() -> None:
    """Keys that are no strings, that are huge, or that would forge a log line are problems."""
    engine = engine_of()
    keys: tuple[object, ...] = (1, None, 10**5000, "x" * 10**6, "a\n\x1b[31mERROR", "\ud800", ())

    for key in keys:
        with pytest.raises(HeraError) as caught:
            engine.simulate({**event_of(), key: 1})  # type: ignore[dict-item] # hostile on purpose
        assert caught.value.code == "E_GUARDRAIL"
        assert caught.value.message.isprintable()
        assert len(caught.value.message) < 500


def test_many_problems_cost_as_much_as_they_are_many() -> None:
    """A hundred thousand unknown fields, or ten thousand bad items, are told in one go."""
    program = """
engine = engine_of()
try:
    engine.simulate({**event_of(), **{f"key{n}": 1 for n in range(100_000)}})
except HeraError as error:
    print(error.code, len(error.problems))
for item in ({}, {"amount": 1.5}, {"quantity": "1"}):
    try:
        engine.simulate(event_of(items=[item] * 4900))
    except HeraError as error:
        print(error.code, len(error.problems))
"""

    assert printed(program) == [
        "E_GUARDRAIL 100000", "E_GUARDRAIL 4900", "E_GUARDRAIL 4900", "E_GUARDRAIL 4900",
    ]  # fmt: skip


def test_a_typed_event_is_frozen_like_a_mapping() -> None:
    """What a caller puts into a BusinessEvent's context later does not reach the entry."""
    context: dict[str, object] = {"labels": ["a"]}
    event = BusinessEvent.model_validate(event_of({"business_context": context}))

    entry = engine_of().simulate(event)
    labels = context["labels"]
    assert isinstance(labels, list)
    labels.append("b")

    assert entry.header.business_context == {"labels": ("a",)}


def test_a_typed_event_refuses_floats_without_showing_them() -> None:
    """The refusal of a float does not repeat what was sent."""
    with pytest.raises(HeraError, match="total_amount") as caught:
        BusinessEvent.model_validate(event_of({"total_amount": 12345.678}))

    assert "12345.678" not in str(caught.value)


def test_a_read_only_mapping_is_an_event() -> None:
    """Any mapping is read, not only a dict."""
    assert code_of(MappingProxyType(event_of())) == "posted"


# --- B3: schema text -----------------------------------------------------------------------


@pytest.mark.parametrize("depth", [65, 500, 100_000])
@pytest.mark.parametrize(("opened", "closed"), ["()", "{}", ("-", ""), ("not ", "")])
def test_deep_nesting_is_a_diagnostic(depth: int, opened: str, closed: str) -> None:
    """Brackets and operators nested deeper than allowed are told, however deep."""
    amount = opened * depth + "1" + closed * depth

    found = _names(f"{DECLARATIONS}on HERA.POS.SALE.V1 {{ debit cash {amount} credit revenue 1 }}")

    assert found


@pytest.mark.parametrize("operator", ["+", "-", "*", "/"])
@pytest.mark.parametrize("count", [257, 1_000, 20_000])
def test_long_chains_are_a_diagnostic(operator: str, count: int) -> None:
    """A sum or product of too many operands is told, however long."""
    amount = f" {operator} ".join(["a"] * count)
    rule = f"on HERA.POS.SALE.V1 {{ debit cash round({amount}) credit revenue 1 }}"

    assert "TOO_LARGE" in _names(DECLARATIONS + rule)


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x1b", "\x85", "\u200e", "\u202e", "\u2028", "\u2066", "\ud800", "e\u0301"],
)
def test_hidden_characters_are_told_anywhere(character: str) -> None:
    """Control and direction characters, halves of characters and loose accents do not load."""
    for text in (f'schema "a{character}b"\n', f"# a{character}b\n", f"account {character}x\n"):
        assert _names(text + DECLARATIONS)


@pytest.mark.parametrize("character", ["\u00a0", "\u2028", "\u0430", "\u0131", "\ufb01", "\uff11"])
def test_names_are_ascii(character: str) -> None:
    """Blanks and letters that look like others are no part of a name."""
    assert _names(f"{DECLARATIONS}account cash{character} 1 asset\n")


def test_byte_order_marks_and_line_ends_do_not_count() -> None:
    """One byte order mark and any line ends are read; the schema is the same."""
    plain = load_schema(DECLARATIONS)

    assert load_schema("\ufeff" + DECLARATIONS) == plain
    assert load_schema(DECLARATIONS.replace("\n", "\r\n")) == plain
    assert _names("\ufeff\ufeff" + DECLARATIONS)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\ufeff", "# only a comment"])
def test_an_empty_schema_is_an_error(text: str) -> None:
    """A text without anything in it does not load."""
    assert _names(text)


def test_long_tokens_and_many_faults_end_soon() -> None:
    """Strings, names, comments, numbers and brackets of 100,000 characters are linear to read."""
    program = """
n = 100_000
texts = ['"' * n, '"' + chr(92) * n, "#" * n, "a" * n, "1" * n, "(" * n, "{" * n, "`" * n,
         "HERA" + ".A" * n, "HERA" + ".*" * n, "- " * n, "1." * n, "account " * n, "on " * n,
         "debit cash " * n, "}" * n, "x y " * n, "->" * n, '"a" ' * n, "case " * n, "0-" * n,
         "for a in b { " * (n // 4), "2025-01-" * n, chr(10) * n, "a." * n]
for text in texts:
    print(bool([f for f in check_schema(text[:1_000_000]) if f.severity == "error"]))
"""

    assert set(printed(program)) == {"True"}


def test_a_schema_error_is_bounded_in_length() -> None:
    """A text of nothing but faults gives the published number of them at most."""
    text = "\n".join(["ledgers ,"] * 5000)

    with pytest.raises(SchemaError) as caught:
        load_schema(text)

    assert len(caught.value.diagnostics) <= 110
