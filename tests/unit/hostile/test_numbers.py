"""Reliability B1, through events and schemas: numbers that break naive code."""

from decimal import ROUND_UP, Context, Decimal, FloatOperation, Inexact, localcontext
from fractions import Fraction
from typing import Final

import pytest

from hera_engine import HeraError, SchemaError, load_schema
from hera_engine.frozen import FrozenMap
from tests.unit.hostile.hostile import DECLARATIONS, code_of, engine_of, event_of, printed

REFUSED: Final[tuple[object, ...]] = (
    "NaN", "sNaN", "Infinity", "-Infinity", "1e2", ".5", "5.", "1_000", " 12 ", "12\n", "+1",
    "\u0661\u0662", "\uff11\uff12.\uff15", "1__0", "_1", "1_\u0662", "\U0001d7d7\U0001d7d7", "",
    "-", "0x10", "9" * 19, "9" * 41, "0.0000000000001", True, False, 1.1, float("nan"), 2**128,
    10**18, 10**5000, Decimal("NaN"), Decimal("sNaN"), Decimal("NaN123"), Decimal("Infinity"),
    Decimal("1E+999999999"), Decimal("1E+1000000"), Decimal("1E-999999999"), Decimal("1E+18"),
    (0, (1, 2), -1), Fraction(1, 3), [], {}, b"1",
)  # fmt: skip

ENTRANCES = (
    ("total_amount", lambda value: event_of({"total_amount": value})),
    ("sale_amount", lambda value: event_of(sale_amount=value)),
    ("tip_amount", lambda value: event_of(tip_amount=value)),
    ("tax_amount", lambda value: event_of(tax_amount=value)),
    ("discount_amount", lambda value: event_of(discount_amount=value)),
    ("fee_amount", lambda value: event_of(fee_amount=value)),
    ("item amount", lambda value: event_of(items=[{"amount": value}])),
    ("quantity", lambda value: event_of(items=[{"quantity": value, "unit_price": "1"}])),
    ("unit_price", lambda value: event_of(items=[{"quantity": "1", "unit_price": value}])),
    ("item discount", lambda value: event_of(items=[{"amount": "10", "discount": value}])),
    ("payment", lambda value: event_of(payments=[{"method": "cash", "amount": value}])),
    ("exchange_rate", lambda value: event_of({"base_currency": "EUR", "exchange_rate": value})),
    (
        "per_base",
        lambda value: event_of({"base_currency": "EUR", "exchange_rate": {"per_base": value}}),
    ),
)


@pytest.mark.parametrize(("name", "make"), ENTRANCES, ids=[name for name, _ in ENTRANCES])
def test_what_is_no_amount_is_refused_at_every_entrance(name: str, make: object) -> None:
    """Each numeric field refuses each bad number with E_GUARDRAIL, bombs included."""
    engine = engine_of()
    assert callable(make)

    found = {index: code_of(make(value), engine) for index, value in enumerate(REFUSED)}

    assert set(found.values()) == {"E_GUARDRAIL"}, (name, found)


def test_a_number_that_takes_minutes_to_convert_ends_at_once() -> None:
    """`int()` of 1E+1000000 and formatting 1E+1000000000 never happen, whatever the field."""
    program = """
engine = engine_of("on HERA.POS.SALE.V1 { debit cash x credit revenue x }")
for bomb in (Decimal("1E+1000000"), Decimal("1E+1000000000"), Decimal("-1E+1000000"), "9" * 10**7,
             Decimal("9" * 10**6), 10**1000000, Decimal("0.1") ** 1 * Decimal("1E-999999")):
    print(code_of(event_of({"total_amount": bomb}), engine), code_of(event_of(x=bomb), engine))
"""

    assert set(printed(program)) == {"E_GUARDRAIL E_GUARDRAIL"}


def test_zero_has_one_spelling_whatever_its_exponent() -> None:
    """0E+999999999 and 0E-30 are zero and make no bomb of the journal."""
    engine = engine_of()
    zeros = [Decimal(text) for text in ("0E+999999999", "0E-30", "-0", "-0.00", "0E-999999999")]

    entries = [engine.simulate(event_of(tip_amount=zero)) for zero in zeros]

    assert {entry.to_json() for entry in entries[2:4]} != set()
    assert all(len(entry.to_json()) < 5000 for entry in entries)
    assert {str(line.amount) for entry in entries for line in entry.lines} == {
        "10.00", "9.52", "0.48",
    }  # fmt: skip


def test_trailing_zeros_do_not_grow_the_journal() -> None:
    """A text of a million decimals is refused; what is read has the currency's decimals."""
    engine = engine_of()

    assert code_of(event_of({"total_amount": "10." + "0" * 10**6}), engine) == "E_GUARDRAIL"
    for total in ("10.000000000000", Decimal("10." + "0" * 200)):
        entry = engine.simulate(event_of({"total_amount": total}))
        assert {str(line.amount) for line in entry.lines} == {"10.00", "9.52", "0.48"}
        assert str(entry.header.total_amount) == "10.00"


def test_a_cent_is_not_lost_beside_a_huge_amount() -> None:
    """999999999999999999.99 and a payment a cent short do not balance."""
    engine = engine_of()
    huge, short = "999999999999999999.99", "999999999999999999.98"

    assert code_of(event_of({"total_amount": huge}, tax_exempt=True), engine) == "posted"
    payments = [{"method": "cash", "amount": short}]
    event = event_of({"total_amount": huge}, tax_exempt=True, payments=payments)
    assert code_of(event, engine) == "E_UNBALANCED"


def test_the_sum_of_maximal_items_is_exact() -> None:
    """A thousand payments that together exceed every amount are refused, not rounded."""
    payments = [{"method": "cash", "amount": "9" * 18}] * 1000

    assert code_of(event_of(payments=payments)) == "E_UNBALANCED"


def test_the_ambient_context_changes_no_amount() -> None:
    """Precision 3, rounding up and traps of the caller change neither amounts nor verdicts."""
    engine, event = engine_of(), event_of({"total_amount": "1234567.89"}, tip_amount="0.01")
    expected = engine.simulate(event).to_json()

    for context in (Context(prec=3, rounding=ROUND_UP), Context(traps=[Inexact, FloatOperation])):
        with localcontext(context):
            assert engine.simulate(event).to_json() == expected
            assert engine_of().simulate(event).to_json() == expected


@pytest.mark.parametrize("rate", ["0", "-1", "0.0", "-0.000000000001"])
def test_an_exchange_rate_is_above_zero(rate: str) -> None:
    """Zero and negative rates are E_GUARDRAIL, direct or inverse."""
    for stated in (rate, {"per_base": rate}):
        assert code_of(event_of({"base_currency": "EUR", "exchange_rate": stated})) == "E_GUARDRAIL"


def test_extreme_exchange_rates_convert_exactly_or_are_refused() -> None:
    """The largest and the smallest rate give a balanced entry of bounded length."""
    engine = engine_of()

    for stated in ("9" * 18, "0.000000000001", {"per_base": "0.000000000001"}):
        event = event_of(
            {"total_amount": "9" * 18, "base_currency": "KWD", "exchange_rate": stated}
        )
        assert len(engine.simulate(event).to_json()) < 5000


@pytest.mark.parametrize(
    "literal",
    ["1e5", "1_000", ".5", "9" * 19, "9" * 41, "0.0000000000001", "\u0661", "1.1.1"],
)
def test_schema_literals_go_through_the_same_parser(literal: str) -> None:
    """An amount, a rate or a percentage that is none does not compile."""
    rule = "on HERA.POS.SALE.V1 {{ debit cash {0} credit revenue {0} }}"

    for text in (rule, "tax profile x {{ rate standard {0}% for standard }}"):
        with pytest.raises(SchemaError) as caught:
            load_schema(DECLARATIONS + text.format(literal))
        assert caught.value.diagnostics


@pytest.mark.parametrize("value", [1.5, float("nan"), True, "1e2", 10**18, Decimal("Infinity")])
def test_numbers_of_the_json_form_go_through_it_too(value: object) -> None:
    """A rate that is a float, a truth or too large is a diagnostic of the JSON schema."""
    document = load_schema(DECLARATIONS).to_json_dict()
    profiles = document["tax_profiles"]
    assert isinstance(profiles, list)
    profiles[0]["rates"][0]["percent"] = value

    with pytest.raises(SchemaError):
        load_schema(document)


def test_arithmetic_of_a_rule_cannot_grow_without_bound() -> None:
    """Products of products are refused at a bounded length instead of filling the memory."""
    program = """
for operator in ("*", "/"):
    first = "let x0 = " + f" {operator} ".join(["(1 / a)"] * 200)
    rest = [f"let x{i} = " + f" {operator} ".join([f"x{i-1}"] * 200) for i in range(1, 6)]
    body = chr(10).join([first, *rest, "debit cash round(x5)", "credit revenue round(x5)"])
    print(code_of(event_of(a="0.3"), engine_of("on HERA.POS.SALE.V1 {" + body + "}")))
rule = "on HERA.POS.SALE.V1 { debit cash round(" + "*".join(["a"] * 256) + ")"
rule += " credit revenue 1 balance to clearing within 1 }"
print(code_of(event_of(a="9" * 18), engine_of(rule)))
"""

    assert printed(program) == ["E_GUARDRAIL"] * 3


def test_loops_inside_loops_are_bounded() -> None:
    """Nested loops, and sums inside loops, stop at a published number of visits."""
    rule = (
        "on HERA.POS.SALE.V1 {{ for a in xs {{ {0} }} debit cash 1 credit revenue 1 "
        "balance to clearing within 0 }}"
    )
    bodies = (
        "for b in xs { debit cash b.v when total_amount > 99 }",
        "debit cash a.v when sum(xs.v) < total_amount - 99999",
        "debit cash a.v when max(sum(xs.v), 0) = 0",
    )

    for body in bodies:
        with pytest.raises(HeraError) as caught:
            engine_of(rule.format(body)).simulate(event_of(xs=[{"v": "1"}] * 2000))
        assert caught.value.code == "E_GUARDRAIL"
        assert "100000" in str(caught.value.to_dict())


def test_decimals_are_never_keys() -> None:
    """Amounts chosen to collide as dict keys cost no more than others."""
    program = """
engine = engine_of()
step = 2**61 - 1
items = [{"amount": Decimal(n * step) / 100 if n * step < 10**19 else "1"} for n in range(1, 1500)]
items = [{"amount": str(item["amount"]).split(".")[0]} for item in items]
print(code_of(event_of(items=items), engine))
"""

    assert printed(program) == ["E_UNBALANCED"]


def test_a_frozen_context_keeps_decimals_as_they_were_sent() -> None:
    """Decimals of the context are written as digits, never with an exponent."""
    entry = engine_of().simulate(event_of(weight=Decimal("1E+3"), share=Decimal("1E-12")))

    context = entry.header.to_dict()["business_context"]

    assert context == {"weight": "1000", "share": "0.000000000001"}
    assert isinstance(entry.header.business_context, FrozenMap)
