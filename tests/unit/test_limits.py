"""Every published limit at the limit, one above and ten times above, through the public API."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import pytest

from hera_engine import (
    HeraError,
    PostingEngine,
    SchemaError,
    Settings,
    check_schema,
    limits,
    load_schema,
)
from hera_engine.errors import Severity
from hera_engine.exchange_rates import RateTable

DECLARATIONS: Final = """\
ledgers GL
account cash 1000 asset
account clearing 1100 asset
account revenue 4000 revenue
account receivable 1300 asset
account tax_output 2200 liability
tax profile vat { prices inclusive  default standard  rate standard 5% for standard }
dimensions org_unit
payments immediate
validations { max_line_count 20000 }
"""
OWN: Final = "on HERA.POS.SALE.V1 {{ {0} }}\n"
POST_ONE: Final = OWN.format("debit cash 1 credit revenue 1")


def _engine(rules: str = "") -> PostingEngine:
    return PostingEngine(DECLARATIONS + rules)


def _event(**changes: object) -> dict[str, object]:
    event: dict[str, object] = {
        "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": "10.00", "currency": "USD", "transaction_date": "2025-03-01",
        "business_context": {},
    }  # fmt: skip
    return {**event, **changes}


def _context(**fields: object) -> dict[str, object]:
    return _event(business_context=fields)


def _refusal(event: object, engine: PostingEngine | None = None) -> dict[str, object]:
    """Return the details of the refusal of an event; empty if it is posted."""
    (result,) = (engine or _engine()).simulate_many([event])  # type: ignore[list-item] # anything
    if not isinstance(result, HeraError):
        return {}
    assert result.code in {"E_GUARDRAIL", "E_SMART_CODE_REQUIRED"}, result
    return {**result.details, "message": str(result)}


def _faults(source: object) -> set[str]:
    """Return the names of the errors of a schema."""
    found = check_schema(source)  # type: ignore[arg-type] # anything may be sent
    return {fault.name for fault in found if fault.severity is Severity.ERROR}


def _nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


# --- events --------------------------------------------------------------------------------

EventMaker = Callable[[int], object]
EVENT_LIMITS: Final[tuple[tuple[str, int, EventMaker], ...]] = (
    ("AMOUNT_INTEGER_DIGITS", 18, lambda n: _event(total_amount="9" * n)),
    ("AMOUNT_INTEGER_DIGITS", 18, lambda n: _event(total_amount=10**n - 1)),
    ("AMOUNT_SCALE", 12, lambda n: _context(items=[_priced("1." + "1" * n)])),
    ("STRING_CHARACTERS", 16_384, lambda n: _context(memo="x" * n)),
    ("KEY_CHARACTERS", 64, lambda n: _context(**{"k" * n: 1})),
    # The context itself is one level, so the list inside it is the second.
    ("EVENT_DEPTH", 16, lambda n: _context(x=_nested(n - 1))),
    ("EVENT_DEPTH", 16, lambda n: _event(metadata={"x": _nested(n - 1)})),
    # The context and the list count as well.
    ("EVENT_NODES", 10_000, lambda n: _context(x=[None] * (n - 2))),
    ("EVENT_NODES", 10_000, lambda n: _event(metadata={"x": [None] * (n - 2)})),
    ("REFERENCE_CHARACTERS", 255, lambda n: _event(external_reference="r" * n)),
    ("DIMENSION_CHARACTERS", 128, lambda n: _event(organization_id="o" * n)),
    ("DIMENSION_CHARACTERS", 128, lambda n: _context(payment_method="m" * n)),
)  # fmt: skip


def _priced(price: str) -> dict[str, object]:
    return {"quantity": "10", "unit_price": price}


@pytest.mark.parametrize(
    ("name", "limit", "make"),
    EVENT_LIMITS,
    ids=[f"{n}-{i}" for i, (n, *_) in enumerate(EVENT_LIMITS)],
)
def test_event_limits(name: str, limit: int, make: EventMaker) -> None:
    """At the limit the limit is not what refuses an event; above it is, with its evidence."""
    assert name not in str(_refusal_or_other(make(limit)))

    for seen in (limit + 1, limit * 10):
        details = _refusal(make(seen))
        # Ten times as many digits break the limit of text or of bits before that of the value.
        assert details["limit"] in {name, "NUMBER_CHARACTERS", "INTEGER_BITS"}, details
        assert details["limit"] != name or details["allowed"] == str(limit)
        assert details["seen"]


def _refusal_or_other(event: object) -> str:
    """Return why an event is refused for any reason, or nothing."""
    (result,) = _engine().simulate_many([event])  # type: ignore[list-item] # anything may be sent
    return str(result.to_dict()) if isinstance(result, HeraError) else ""


def test_the_number_of_characters_of_a_number() -> None:
    """Forty characters are read as a number; more are refused by length, however many."""
    at = _refusal(_event(total_amount="1." + "0" * (limits.NUMBER_CHARACTERS - 2)))

    assert at["limit"] == "AMOUNT_SCALE"
    for length in (limits.NUMBER_CHARACTERS + 1, limits.NUMBER_CHARACTERS * 10):
        assert _refusal(_event(total_amount="1" * length))["limit"] == "NUMBER_CHARACTERS"


def test_the_bits_of_an_integer() -> None:
    """An integer of 128 bits is kept where any number is; one more is refused."""
    bits = limits.INTEGER_BITS

    assert _refusal(_context(number=2**bits - 1)) == {}
    for number in (2**bits, 2 ** (bits * 10)):
        assert _refusal(_context(number=number))["limit"] == "INTEGER_BITS"
        assert _refusal(_event(total_amount=number))["limit"] == "INTEGER_BITS"


def test_the_dimension_value() -> None:
    """A dimension's value has 128 characters at most."""
    engine = _engine("require org_unit on 4* else error\n")

    assert _refusal(_context(org_unit="x" * 128), engine) == {}
    for length in (129, 1280):
        assert "128" in str(_refusal(_context(org_unit="x" * length), engine)["message"])


def test_the_smart_code() -> None:
    """A smart code has 128 characters and 12 segments at most."""
    engine = _engine(POST_ONE.replace("HERA.POS.SALE.V1", "HERA.**"))
    long = f"HERA.{'A' * (limits.SMART_CODE_CHARACTERS - 8)}.V1"
    wide = f"HERA.{'A.' * (limits.SMART_CODE_SEGMENTS - 2)}V1"

    assert len(long) == limits.SMART_CODE_CHARACTERS
    assert _refusal(_event(event_smart_code=long), engine) == {}
    assert _refusal(_event(event_smart_code=wide), engine) == {}
    for code in (long.replace("A.", "AA."), "HERA." + "A" * 1280 + ".V1",
                 wide.replace("V1", "A.V1"), "HERA." + "A." * 118 + "V1"):  # fmt: skip
        assert _refusal(_event(event_smart_code=code), engine)["message"]


def test_the_members_of_a_collection() -> None:
    """Ten thousand items are posted, however many fields they have; one more is refused."""
    allowed = limits.EVENT_ITEMS
    item = {"amount": "0.01", "kind": "service", "note": "n"}

    entry = _engine().simulate(_sale_of([item] * allowed, "100.00"))

    assert entry.header.total_amount == 100
    for count in (allowed + 1, allowed * 10):
        assert _refusal(_context(items=[item] * count))["limit"] == "EVENT_ITEMS"


def _sale_of(items: list[dict[str, str]], total: str) -> dict[str, object]:
    """Return a sale of items whose total is theirs."""
    context: dict[str, object] = {"items": items, "tax_inclusive": True}
    return {**_event(), "total_amount": total, "business_context": context}


def test_the_values_of_one_item() -> None:
    """An item of 64 values is read; one more, or ten times more, are refused."""

    def item(count: int) -> object:
        return _context(items=[{"amount": "1.00", "more": [None] * (count - 3)}])

    assert "MEMBER_NODES" not in _refusal_or_other(item(limits.MEMBER_NODES))
    for count in (limits.MEMBER_NODES + 1, limits.MEMBER_NODES * 10):
        assert _refusal(item(count))["limit"] == "MEMBER_NODES"


def test_the_unmerged_lines_of_an_event() -> None:
    """A hundred thousand unmerged lines are posted; one more, or ten times more, are refused."""
    each = "debit cash x credit revenue x "
    other = "for y in ys { debit cash y } balance to clearing within 1"
    engine = _engine(OWN.format("for x in xs { " + each * 10 + "} " + other))
    most = limits.UNMERGED_LINES // 20

    def members(xs: int, ys: int) -> dict[str, object]:
        return _context(xs=["1"] * xs, ys=["1"] * ys)

    assert _refusal(members(most, 0), engine) == {}
    assert _refusal(members(most, 1), engine)["limit"] == "UNMERGED_LINES"
    wide = _engine(OWN.format("for x in xs { " + each * 100 + "}"))
    assert _refusal(members(most, 0), wide)["limit"] == "UNMERGED_LINES"


def test_the_lines_of_a_journal() -> None:
    """Ten thousand lines of an entry are posted; one more is refused."""
    text = DECLARATIONS.replace("org_unit", "org_unit, number").replace("20000", "1000000")
    rule = OWN.format(
        "for item in items { debit cash item.amount credit revenue item.amount by number }"
    )
    engine = PostingEngine(f"{text}carry number on 4*\n{rule}")

    def sale(lines: int) -> dict[str, object]:
        items = [{"amount": "1.00", "number": f"N{number}"} for number in range(lines - 1)]
        return {**_event(), "business_context": {"items": items}}

    assert _refusal(sale(limits.JOURNAL_LINES), engine) == {}
    assert _refusal(sale(limits.JOURNAL_LINES + 1), engine)["limit"] == "JOURNAL_LINES"


def test_the_visits_of_nested_loops() -> None:
    """Sums inside loops visit a hundred thousand members; one more is refused."""
    engine = _engine(
        OWN.format("for x in xs { debit cash x + 0 * sum(items.amount) credit revenue x }")
    )

    def members(xs: int, items: int) -> dict[str, object]:
        return _context(xs=["1"] * xs, items=[{"amount": "1.00"}] * items)

    assert limits.NESTED_VISITS == 100 * 1_000
    assert _refusal(members(100, 1_000), engine) == {}
    assert _refusal(members(11, 9_091), engine)["limit"] == "NESTED_VISITS"
    assert _refusal(members(1_000, 1_000), engine)["limit"] == "NESTED_VISITS"


def test_the_bytes_of_a_json_event() -> None:
    """A JSON event is read up to one mebibyte and refused beyond, before it is parsed."""
    engine, allowed = _engine(), limits.JSON_CHARACTERS
    data = json.dumps(_event())

    assert engine.simulate_json(data.ljust(allowed)).lines
    for size in (allowed + 1, allowed * 10):
        with pytest.raises(HeraError, match="E_GUARDRAIL"):
            engine.simulate_json(data.ljust(size).encode())


def test_the_depth_of_json_text() -> None:
    """JSON text nested 64 deep is read, and refused as an event; deeper text is not read."""
    for depth in (limits.EXPRESSION_DEPTH, limits.EXPRESSION_DEPTH + 1, 640):
        with pytest.raises(HeraError, match="E_GUARDRAIL"):
            _engine().simulate_json("[" * depth + "]" * depth)


def test_the_remembered_routes() -> None:
    """More distinct codes than are remembered are posted like the first."""
    engine = _engine(POST_ONE.replace("HERA.POS.SALE.V1", "HERA.**"))
    codes = [f"HERA.N{number}.V1" for number in range(limits.MEMO_ENTRIES + 1)]

    sizes = {len(engine.simulate(_event(event_smart_code=code)).lines) for code in codes}

    assert sizes == {2}


# --- schemas -------------------------------------------------------------------------------


def _chain(count: int) -> str:
    return OWN.format(f"debit cash ({' + '.join(['1'] * count)}) credit revenue {count}")


def _brackets(depth: int) -> str:
    # The braces of the rule are one level.
    return OWN.format(f"debit cash {'(' * (depth - 1)}1{')' * (depth - 1)} credit revenue 1")


def _rules(count: int) -> str:
    return "".join(f"on A{n} {{}}\n".replace("A", "HERA.A") for n in range(count))


def _requirements(count: int) -> str:
    return "".join(f"require org_unit on {n} else warning\n" for n in range(count))


def _pattern(length: int) -> str:
    return f'require org_unit on matching "{"4" * length}" else warning\n'


def _repeat(count: int) -> str:
    return f'require org_unit on matching "4{{{count}}}" else warning\n'


def _cases(depth: int) -> str:
    chain = "".join(f'case "{n}" like "{n + 1}" {{ }}\n' for n in range(depth))
    return f'{chain}case "{depth}" on HERA.POS.SALE.V1 {{ }}\n'


SCHEMA_LIMITS: Final = (
    ("chain", limits.EXPRESSION_CHAIN, _chain),
    ("depth", limits.EXPRESSION_DEPTH, _brackets),
    ("pattern", limits.PATTERN_CHARACTERS, _pattern),
    ("repeat", limits.PATTERN_REPEAT, _repeat),
    ("cases", limits.CASE_DEPTH, _cases),
    ("title", limits.TEXT_CHARACTERS, lambda n: f'account spare 1900 asset "{"t" * n}"\n'),
)


@pytest.mark.parametrize(
    ("name", "limit", "make"), SCHEMA_LIMITS, ids=[n for n, *_ in SCHEMA_LIMITS]
)
def test_schema_limits(name: str, limit: int, make: Callable[[int], str]) -> None:
    """At the limit a schema loads; one above and ten times above it does not."""
    assert _faults(DECLARATIONS + make(limit)) == set(), name

    for seen in (limit + 1, limit * 10):
        assert _faults(DECLARATIONS + make(seen)) & {"TOO_LARGE", "INVALID_REGEX", "UNSAFE_REGEX"}


def test_the_rules_of_a_schema() -> None:
    """More than ten thousand rules are refused; so many are not."""
    allowed = limits.SCHEMA_RULES

    assert "TOO_LARGE" not in _faults("ledgers GL\n" + _rules(allowed))
    for count in (allowed + 1, allowed * 5):
        assert "TOO_LARGE" in _faults("ledgers GL\n" + _rules(count))


def test_the_patterns_of_a_schema() -> None:
    """More than ten thousand patterns are refused; so many are not."""
    allowed = limits.PATTERNS

    assert "TOO_LARGE" not in _faults(_requirements(allowed))
    for count in (allowed + 1, allowed * 3):
        assert "TOO_LARGE" in _faults(_requirements(count))


def test_the_characters_of_a_schema() -> None:
    """A text of one mebibyte loads; a longer one is refused before it is parsed."""
    allowed = limits.SCHEMA_CHARACTERS
    comment = "#" + "x" * 99 + "\n"
    filled = (DECLARATIONS + comment * (allowed // len(comment)))[: allowed - 1] + "\n"

    assert len(filled) == allowed
    assert _faults(filled) == set()
    assert "TOO_LARGE" in _faults(filled + "\n")
    assert "TOO_LARGE" in _faults(filled * 10)


def test_the_characters_of_a_json_schema() -> None:
    """JSON text of one mebibyte is read; longer text is not."""
    data = json.dumps(load_schema(DECLARATIONS).to_json_dict())

    assert _faults(data.ljust(limits.JSON_CHARACTERS)) == set()
    for size in (limits.JSON_CHARACTERS + 1, limits.JSON_CHARACTERS * 10):
        assert _faults(data.ljust(size))


def test_the_faults_of_a_schema() -> None:
    """A hundred faults of one document are reported, of syntax or of names, and no more."""
    for written in ("ledgers ,\n", "carry nothing on *\n"):
        for count in (limits.SCHEMA_FAULTS, limits.SCHEMA_FAULTS + 1, limits.SCHEMA_FAULTS * 10):
            with pytest.raises(SchemaError) as caught:
                load_schema(written * count)
            errors = [f for f in caught.value.diagnostics if f.severity is Severity.ERROR]
            assert len(errors) == limits.SCHEMA_FAULTS


def test_the_faults_of_rules_that_do_not_balance() -> None:
    """What only the compiler finds is reported up to a hundred times too."""
    rule = "on HERA.BANK.N{}.V1 {{ debit cash 2.00 credit revenue 1.00 }}\n"
    rules = "".join(rule.format(number) for number in range(limits.SCHEMA_FAULTS + 1))

    with pytest.raises(SchemaError) as caught:
        PostingEngine(DECLARATIONS + rules)

    assert [fault.code for fault in caught.value.diagnostics] == ["HE309"] * limits.SCHEMA_FAULTS


def test_numbers_in_schemas() -> None:
    """Literals have forty characters, 18 digits and 12 decimals at most."""
    equal = "debit cash round({0}) credit revenue round({0})"
    good = ("9" * 18, "1." + "1" * 12, "9" * 18 + "." + "9" * 12)
    bad = ("9" * 19, "9" * 180, "1." + "1" * 13, "1." + "1" * 120, "1" * 41, "1" * 400)

    for literal in good:
        assert _faults(DECLARATIONS + OWN.format(equal.format(literal))) == set()
    for literal in bad:
        assert _faults(DECLARATIONS + OWN.format(equal.format(literal)))


def test_the_settlement_days() -> None:
    """A due date is up to a hundred years off; past the calendar's end is E_GUARDRAIL."""
    text = DECLARATIONS.replace("payments immediate", "payments deferred settle DAYS days")
    allowed = limits.SETTLEMENT_DAYS

    entry = PostingEngine(text.replace("DAYS", str(allowed))).simulate(_event())
    due = [line.open_item.due_date for line in entry.lines if line.open_item is not None]

    assert due == [date(2025, 3, 1) + timedelta(days=allowed)]
    assert _refusal(_event(transaction_date="9999-12-31"), PostingEngine(text.replace("DAYS", "1")))
    for days in (allowed + 1, allowed * 10):
        assert _faults(text.replace("DAYS", str(days)))


def _quotations(count: int) -> list[dict[str, object]]:
    """Return so many quotations, one for each day."""
    first, pair = date(1700, 1, 1), {"from": "EUR", "to": "GBP", "rate": "0.85"}
    days = (first + timedelta(days=day) for day in range(limits.EXCHANGE_QUOTATIONS))
    read = [{**pair, "effective_from": day} for day in days]
    return (read * (count // len(read) + 1))[:count]


@pytest.mark.parametrize(
    ("limit", "table"),
    [
        ("EXCHANGE_QUOTATIONS", lambda count: {"rates": _quotations(count)}),
        ("EXCHANGE_THROUGH", lambda count: {"rates": [], "through": ["USD"] * count}),
    ],
)
def test_tables_of_exchange_rates(limit: str, table: Callable[[int], dict[str, object]]) -> None:
    """A table at the limit is taken; one above is refused before its quotations are read."""
    allowed = getattr(limits, limit)

    RateTable.from_mapping(table(allowed))

    for count in (allowed + 1, allowed * 10):
        with pytest.raises(HeraError) as caught:
            RateTable.from_mapping(table(count))
        assert (caught.value.details["limit"], caught.value.details["seen"]) == (limit, str(count))


def test_limits_hold_for_strict_engines_too() -> None:
    """Settings refuse more, never less."""
    event = _event(total_amount="9" * 19)

    with pytest.raises(HeraError, match="E_GUARDRAIL"):
        PostingEngine(DECLARATIONS, settings=Settings(strict_smart_codes=True)).simulate(event)
