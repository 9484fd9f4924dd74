"""What a schema without rules of its own posts."""

import pytest

from tests.unit.events.books import (
    RECEIVABLE,
    SETTLEMENT,
    SETTLING,
    TIPS,
    engine,
    event,
    journal,
    refused,
    sale,
    table,
)


@pytest.mark.parametrize(
    "code", ["HERA.POS.SALE.V1", "HERA.SALE.V2", "HERA.WEB.SHOP.SALE.ONLINE.v12"]
)
def test_codes_with_a_segment_sale_are_sales(code: str) -> None:
    """SALE may stand anywhere between HERA and the version."""
    posting = engine()

    entry = posting.simulate(event(code, "105.00"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


@pytest.mark.parametrize("code", ["HERA.POS.REFUND.V1", "HERA.WEB.REFUND.PARTIAL.V3"])
def test_codes_with_a_segment_refund_are_refunds(code: str) -> None:
    """A refund is the mirror of a sale."""
    posting = engine()

    entry = posting.simulate(event(code, "105.00"))

    assert journal(entry) == table("""
        CR clearing   105.00
        DR revenue    100.00
        DR tax_output   5.00
    """)


def test_codes_with_a_segment_settlement_are_settlements() -> None:
    """The provider pays out: clearing is credited, the bank gets what is left of the fee."""
    posting = engine(SETTLING)

    entry = posting.simulate(event("HERA.PSP.SETTLEMENT.DAILY.V1", "105.00", fee_amount="3.05"))

    assert journal(entry) == table("""
        DR bank     101.95
        DR fees       3.05
        CR clearing 105.00
    """)


@pytest.mark.parametrize("code", ["HERA.POS.WHOLESALE.V1", "HERA.POS.SALES.V1", "HERA.HR.PAY.V1"])
def test_a_code_without_such_a_segment_has_no_rule(code: str) -> None:
    """A segment is matched whole; another code is E_SCHEMA."""
    posting = engine()

    error = refused(posting, event(code, "105.00"), "E_SCHEMA")

    assert error.details["event_smart_code"] == code
    assert error.http_status == 404


def test_a_settlement_rule_without_its_bank_account_is_not_there() -> None:
    """A missing account of an unconditional line is E_SCHEMA naming the key, sales go on."""
    posting = engine()

    error = refused(posting, event(SETTLEMENT, "105.00"), "E_SCHEMA")

    assert error.details["account"] == "bank"
    assert posting.simulate(sale("105.00")).lines


def test_a_tip_without_tips_payable_is_refused() -> None:
    """A conditional line whose account is missing while its amount is not zero is E_SCHEMA."""
    posting = engine()

    error = refused(posting, sale("110.00", tip_amount="5.00"), "E_SCHEMA")

    assert error.details["account"] == "tips_payable"


def test_no_tip_needs_no_tips_payable() -> None:
    """A conditional line of nothing needs no account."""
    posting = engine()

    entry = posting.simulate(sale("105.00", tip_amount="0.00"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_a_settlement_fee_without_a_fees_account_is_refused() -> None:
    """A fee of a settlement needs the fees account; a settlement without a fee does not."""
    posting = engine("account bank 1200 asset\n")

    error = refused(posting, event(SETTLEMENT, "105.00", fee_amount="3.05"), "E_SCHEMA")
    entry = posting.simulate(event(SETTLEMENT, "105.00"))

    assert error.details["account"] == "fees"
    assert journal(entry) == "DR bank 105.00\nCR clearing 105.00"


def test_the_total_of_a_settlement_is_gross() -> None:
    """In a settlement total_amount is gross, and the bank gets the total less the fee."""
    posting = engine(SETTLING)

    entry = posting.simulate(event(SETTLEMENT, "1000.00", fee_amount="29.30"))

    assert journal(entry) == table("""
        DR bank      970.70
        DR fees       29.30
        CR clearing 1000.00
    """)


def test_a_fee_posts_nothing_in_a_sale() -> None:
    """In a sale fee_amount is information: the settlement books it once."""
    posting = engine(SETTLING)

    entry = posting.simulate(sale("105.00", fee_amount="3.05"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_a_tip_is_outside_the_tax_base() -> None:
    """A tip is owed to the staff, and taxed nowhere."""
    posting = engine(TIPS)

    entry = posting.simulate(sale("125.00", sale_amount="105.00", tip_amount="20.00"))

    assert journal(entry) == table("""
        DR clearing     125.00
        CR revenue      100.00
        CR tax_output     5.00
        CR tips_payable  20.00
    """)


@pytest.mark.parametrize("payments", ["deferred", "manual"])
def test_a_tip_counts_for_the_receivable(payments: str) -> None:
    """What a customer owes includes the tip, however the money arrives."""
    posting = engine(TIPS, RECEIVABLE, f"payments {payments}\n")
    sent = {**sale("110.00", tip_amount="5.00"), "transaction_date": "2025-01-15"}

    entry = posting.simulate(sent)

    assert journal(entry) == table("""
        DR receivable   110.00
        CR revenue      100.00
        CR tax_output     5.00
        CR tips_payable   5.00
    """)


def test_own_rules_replace_the_standard_rules() -> None:
    """A schema with a rule of its own posts that rule's events and no others."""
    posting = engine("on HERA.X.** { debit cash total_amount credit clearing total_amount }")

    error = refused(posting, sale("105.00"), "E_SCHEMA")

    assert error.details["rules"] == ["HERA.X.**"]
