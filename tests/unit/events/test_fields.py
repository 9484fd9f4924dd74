"""What an event may look like: its fields, its amounts, and what is refused with which path."""

from decimal import Decimal

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError
from tests.unit.events.books import (
    TIPS,
    books,
    engine,
    event,
    journal,
    paths,
    refused,
    sale,
    table,
    with_header,
)


def test_an_unknown_top_level_field_is_an_error_with_a_hint() -> None:
    """The header is closed: a misspelt field is refused, and the nearest name proposed."""
    posting = engine()

    error = refused(
        posting, with_header(sale("105.00"), refernce="R-1", currancy="USD"), "E_GUARDRAIL"
    )

    assert set(paths(error)) == {"refernce", "currancy"}
    assert "did you mean `currency`?" in str(error)


def test_the_business_context_is_open() -> None:
    """A field of the context that no rule knows is kept, not refused."""
    posting = engine()

    entry = posting.simulate(sale("105.00", order_id="O-1", weather={"sky": ["blue"]}))

    assert entry.header.business_context["order_id"] == "O-1"


@pytest.mark.parametrize(
    "total", ["105.00", "105", "105.000", Decimal("105.0"), 105, Decimal("1.05E+2")]
)
def test_amounts_arrive_as_decimal_integer_or_string(total: object) -> None:
    """However 105 is written, it is 105.00."""
    posting = engine()

    entry = posting.simulate(sale(total))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


NO_AMOUNTS: tuple[object, ...] = (
    105.0, float("nan"), float("inf"), True, False, "NaN", "Infinity", "-Infinity", "sNaN",
    Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN"), "1e5", "1E400000000", "1_000", " 1",
    "1 ", "+1", "", ".", "1.", "1,5", "0x10", "\u0661", "105.001", "1000000000000000000",
    "1" * 41, Decimal("1E+400000"), Decimal("1E-400000"), 10**40, ["1"], {"value": "1"}, b"1",
    "1\n", "\x00", "--1",
)  # fmt: skip


@pytest.mark.parametrize("amount", NO_AMOUNTS)
def test_what_is_no_amount_is_refused_as_a_total(amount: object) -> None:
    """Floats, NaN, infinities, Booleans, exponents, digits beyond the limits: E_GUARDRAIL."""
    posting = engine()

    error = refused(posting, sale(amount), "E_GUARDRAIL")

    assert "total_amount" in paths(error)


@pytest.mark.parametrize("amount", NO_AMOUNTS)
@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("sale_amount", "business_context.sale_amount"),
        ("tip_amount", "business_context.tip_amount"),
        ("tax_amount", "business_context.tax_amount"),
        ("discount_amount", "business_context.discount_amount"),
        ("fee_amount", "business_context.fee_amount"),
    ],
)
def test_what_is_no_amount_is_refused_as_a_component(field: str, path: str, amount: object) -> None:
    """The same parser reads every component, and names its path."""
    posting = engine(TIPS)

    error = refused(posting, sale("105.00", **{field: amount}), "E_GUARDRAIL")

    assert any(found.startswith(path) for found in paths(error))


@pytest.mark.parametrize("amount", [1.5, True, "NaN", "1e5", "12.345678901234567", "x"])
@pytest.mark.parametrize("field", ["amount", "discount", "quantity", "unit_price"])
def test_what_is_no_number_is_refused_in_an_item(field: str, amount: object) -> None:
    """Items are read by the same parser, with the index of the item in the path."""
    posting = engine()
    item = {"amount": "1.00", "quantity": "1", "unit_price": "1.00", field: amount}

    error = refused(posting, sale("105.00", items=[{"amount": "1.00"}, item]), "E_GUARDRAIL")

    assert f"business_context.items[1].{field}" in paths(error)


@pytest.mark.parametrize(
    "context",
    [
        {"weather": 1.5},
        {"deep": {"er": [0, {"x": 1.5}]}},
        {"items": [{"amount": "105.00", "note": 1.5}]},
    ],
)
def test_a_float_is_refused_anywhere_with_a_hint(context: dict[str, object]) -> None:
    """A float in a field that nobody reads is refused all the same: send a string."""
    posting = engine()

    error = refused(posting, sale("105.00", **context), "E_GUARDRAIL")

    assert "string" in str(error.hint)


def test_a_float_in_the_metadata_is_refused_with_its_path() -> None:
    """Metadata is read like the context."""
    posting = engine()

    error = refused(posting, with_header(sale("105.00"), metadata={"a": [1.5]}), "E_GUARDRAIL")

    assert paths(error) == ("metadata.a[0]",)


def test_a_float_in_a_rules_own_field_has_the_fields_path() -> None:
    """Own fields of a rule are amounts like any other."""
    posting = PostingEngine(books("on HERA.X.** { debit cash earned credit clearing earned }"))

    error = refused(posting, event("HERA.X.Y.V1", "1.00", earned=1.5), "E_GUARDRAIL")

    assert paths(error) == ("business_context.earned",)


@pytest.mark.parametrize(
    ("currency", "fine", "fault"),
    [
        ("JPY", "105", "105.5"),
        ("JPY", "105.000", "105.001"),
        ("USD", "105.0500000", "105.055"),
        ("KWD", "105.055", "105.0555"),
        ("CLF", "105.0555", "105.05555"),
    ],
)
def test_amounts_have_at_most_the_currencys_decimals(currency: str, fine: str, fault: str) -> None:
    """Trailing zeros do not count; a digit below the minor unit is refused."""
    posting = engine()

    entry = posting.simulate(with_header(sale(fine, tax_exempt=True), currency=currency))
    error = refused(posting, with_header(sale(fault), currency=currency), "E_GUARDRAIL")

    assert entry.lines[0].amount == Decimal(fine)
    assert paths(error) == ("total_amount",)


def test_unit_prices_and_quantities_have_up_to_twelve_decimals() -> None:
    """Twelve decimals are read exactly, thirteen are refused."""
    posting = engine()
    item = {"quantity": "1000.000000000001", "unit_price": "0.105000000000"}

    entry = posting.simulate(sale("105.00", items=[item]))
    finer = sale("105.00", items=[{"quantity": "1000", "unit_price": "0.1050000000001"}])
    error = refused(posting, finer, "E_GUARDRAIL")

    assert str(entry.lines[0].amount) == "105.00"
    assert paths(error) == ("business_context.items[0].unit_price",)


def test_a_breached_limit_tells_what_is_allowed_and_what_was_seen() -> None:
    """The details hold limit, allowed and seen."""
    posting = engine()

    error = refused(posting, sale("1" * 19), "E_GUARDRAIL")

    assert {"limit", "allowed", "seen"} <= error.details.keys()


def test_json_text_keeps_its_digits() -> None:
    """A number in JSON is read from its digits, never through a float."""
    posting = engine()
    data = (
        '{"organization_id":"o","event_smart_code":"HERA.POS.SALE.V1","currency":"USD",'
        '"total_amount":100000000000000.01,"business_context":{"tax_exempt":true}}'
    )

    entry = posting.simulate_json(data)

    assert str(entry.lines[0].amount) == "100000000000000.01"


@pytest.mark.parametrize(
    "data",
    [
        b'{"total_amount": "1.00", "total_amount": "2.00"}',
        b'{"business_context": {"a": 1, "a": 1}}',
        b"[]",
        b"",
        b"{",
        b'"text"',
        b"\xff\xfe",
        b'{"total_amount": NaN}',
        b'{"total_amount": 1e999999999}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        '{"a": "\ud800"}',
    ],
)
def test_json_text_that_is_no_sound_object_is_refused(data: bytes | str) -> None:
    """Duplicate keys, other values, broken or bottomless text: E_GUARDRAIL."""
    posting = engine()

    with pytest.raises(HeraError) as caught:
        posting.simulate_json(data)

    assert caught.value.code == "E_GUARDRAIL"


def test_inputs_are_frozen_once() -> None:
    """What the caller changes afterwards does not change the entry."""
    posting = engine()
    sent = sale("105.00", items=[{"amount": "105.00"}], tags=["a"])
    context = sent["business_context"]
    assert isinstance(context, dict)

    entry = posting.simulate(sent)
    before = entry.to_json()
    context["items"][0]["amount"] = "1.00"
    context["tags"].append("b")
    context.clear()

    assert entry.to_json() == before


def test_all_problems_of_an_event_come_together() -> None:
    """Header, context, items and payments are all read before anything is refused."""
    posting = engine()
    sent = {
        "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": 1.5,
        "currency": "EURO",
        "transaction_date": "yesterday",
        "business_context": {
            "tip_amount": "many",
            "items": [{"amount": True}, {}],
            "payments": [{"amount": "x"}],
        },
    }

    error = refused(posting, sent, "E_GUARDRAIL")

    assert set(paths(error)) >= {
        "organization_id",
        "total_amount",
        "currency",
        "transaction_date",
        "business_context.tip_amount",
        "business_context.items[0].amount",
        "business_context.items[1]",
        "business_context.payments[0].amount",
    }


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_organization_has_a_code_of_its_own(value: object) -> None:
    """No organization is E_ORG_REQUIRED, where that is all that is wrong."""
    posting = engine()

    error = refused(posting, with_header(sale("105.00"), organization_id=value), "E_ORG_REQUIRED")

    assert error.http_status == 400
    assert "ORG_REQUIRED" in error.message


@pytest.mark.parametrize("value", [None, "", "POS.SALE", "HERA.POS.SALE", "HERA..SALE.V1", 7])
def test_a_missing_or_malformed_smart_code_has_a_code_of_its_own(value: object) -> None:
    """No smart code, or none of that form, is E_SMART_CODE_REQUIRED."""
    posting = engine()

    refused(posting, with_header(sale("105.00"), event_smart_code=value), "E_SMART_CODE_REQUIRED")


def test_version_letters_are_alike_when_matching() -> None:
    """HERA.POS.SALE.v1 is matched like HERA.POS.SALE.V1."""
    posting = engine()

    entry = posting.simulate(event("HERA.POS.SALE.v1", "105.00"))

    assert entry.header.smart_code == "HERA.POS.SALE.v1"


def test_a_zero_total_without_items_or_payments_is_refused() -> None:
    """Nothing for nothing is no event: E_GUARDRAIL."""
    posting = engine()

    error = refused(posting, sale("0.00"), "E_GUARDRAIL")

    assert paths(error) == ("total_amount",)


def test_a_zero_total_with_items_and_payments_is_an_event() -> None:
    """An exchange with items posts them."""
    posting = engine()

    entry = posting.simulate(sale("0", items=[{"amount": "5.00"}, {"amount": "-5.00"}]))

    assert len(entry.lines) == 4


def test_currencies_are_limited_by_the_schema() -> None:
    """A currency that the validations do not list is E_GUARDRAIL; the allowed ones are named."""
    posting = engine("validations { currencies USD, AED }")

    error = refused(posting, with_header(sale("105.00"), currency="EUR"), "E_GUARDRAIL")

    assert paths(error) == ("currency",)
    assert "AED, USD" in str(error.hint)


def test_a_reference_is_required_by_the_schema() -> None:
    """With require_external_ref an event without one is E_GUARDRAIL."""
    posting = engine("validations { require_external_ref }")

    error = refused(posting, sale("105.00"), "E_GUARDRAIL")

    assert paths(error) == ("external_reference",)
    assert posting.simulate(with_header(sale("105.00"), external_reference="R-1")).lines


@pytest.mark.parametrize("sent", [None, [], "event", 7, b"{}"])
def test_what_is_no_mapping_is_refused(sent: object) -> None:
    """An event is a mapping or a BusinessEvent: E_GUARDRAIL, never a TypeError."""
    posting = engine()

    with pytest.raises(HeraError) as caught:
        posting.simulate(sent)  # type: ignore[arg-type]

    assert caught.value.code == "E_GUARDRAIL"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("business_context", []),
        ("business_context", "x"),
        ("metadata", 7),
        ("simulate", "yes"),
        ("external_reference", 7),
        ("external_reference", "x" * 10_000),
        ("organization_id", 7),
        ("currency", None),
        ("total_amount", None),
    ],
)
def test_a_header_field_of_the_wrong_kind_is_refused(field: str, value: object) -> None:
    """Every header field has its kind; its path is in the error."""
    posting = engine()

    error = refused(posting, with_header(sale("105.00"), **{field: value}), "E_GUARDRAIL")

    assert field in paths(error)


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("items", {}, "business_context.items"),
        ("items", ["x"], "business_context.items[0]"),
        ("payments", "cash", "business_context.payments"),
        ("payments", [7], "business_context.payments[0]"),
        ("tax_inclusive", "true", "business_context.tax_inclusive"),
        ("tax_exempt", 1, "business_context.tax_exempt"),
        ("tax_category", 7, "business_context.tax_category"),
        ("payment_method", ["cash"], "business_context.payment_method"),
        (7, "x", "business_context"),
    ],
)
def test_a_context_field_of_the_wrong_kind_is_refused(
    field: object, value: object, path: str
) -> None:
    """Known fields of the context have their kind; the path is in the error."""
    posting = engine()
    sent = with_header(sale("105.00"), business_context={field: value})

    error = refused(posting, sent, "E_GUARDRAIL")

    assert any(found.startswith(path) for found in paths(error))


def test_own_amounts_sent_as_texts_are_ordered_as_numbers() -> None:
    """`bonus > basic` holds for "10.00" and "9.00", which as texts stand the other way."""
    posting = PostingEngine(
        books("on HERA.X.** { debit cash basic debit cash bonus when bonus > basic"
              " credit clearing basic credit clearing bonus when bonus > basic }")
    )  # fmt: skip

    entry = posting.simulate(event("HERA.X.Y.V1", "1.00", basic="9.00", bonus="10.00"))

    assert journal(entry) == "DR cash 19.00\nCR clearing 19.00"
