"""What a reading of the two executors side by side found once: each rule with its events."""

from typing import Final

import pytest

from hera_engine import JournalEntry
from tests.executors.test_found import ACCOUNTS, sale
from tests.executors.twins import Twins

Event = dict[str, object]

PROFILE: Final = """\
tax profile p {
  jurisdiction AE
  prices inclusive
  rounding line
  default standard
  rate standard 5% for standard
  exempt for free
}
"""
TAXED: Final = "for item in items { credit revenue net(item) credit tax_output tax(item) }"
CHOOSE: Final = 'map t(b) { "a" -> tax_output, else -> tips_payable }\n'
SPELL: Final = """\
map t(b) {
  "5" -> clearing,
  "5.00" -> bank,
  "0" -> fees,
  "0.00" -> tips_payable,
  else -> cash
}
"""


def on_sale(body: str) -> str:
    """Return a rule for sales."""
    return f"on HERA.POS.SALE.V1 {{ {body} }}\n"


def declared(fields: str) -> str:
    """Return what events have beside their header."""
    return f"event HERA.POS.SALE.V1 {{ {fields} }}\n"


def of_item(**fields: object) -> Event:
    """Return a sale of one item."""
    return sale({"items": [{"amount": "5.00", **fields}]})


def of_payment(**fields: object) -> Event:
    """Return a sale with one payment."""
    return sale({"payments": [{"amount": "5.00", **fields}]})


OWED: Final = "credit revenue sum(net(items))"
GROSS: Final = "debit cash sum(gross(items))"
CASES: Final[dict[str, tuple[str, list[Event]]]] = {
    "a mapped tax of all items": (
        f"{PROFILE}{CHOOSE}{on_sale(f'{GROSS} {OWED} credit t(kind) sum(tax(items))')}",
        [sale({"kind": "a"}), sale({"kind": "b"}), sale({})],
    ),
    "a mapped tax beside the same map": (
        PROFILE
        + CHOOSE
        + on_sale(
            f"{GROSS} {OWED} debit t(k2) tip_amount credit fees tip_amount "
            "credit t(kind) sum(tax(items))"
        ),
        [sale({"kind": "a", "k2": "b", "tip_amount": "1.00", "sale_amount": "4.00"})],
    ),
    "own fields of items by names of the event's": (
        PROFILE
        + on_sale(
            f"{GROSS} for item in items {{ credit revenue net(item) credit tax_output tax(item) "
            "debit clearing (item.cash_rounding default 0) "
            "credit fees (item.cash_rounding default 0) "
            "debit cash (item.discount_amount default 0) "
            "credit bank (item.discount_amount default 0) }"
        ),
        [of_item(cash_rounding="3.00", discount_amount="3.00"), of_item(cash_rounding="3.00")],
    ),
    "a declared amount in a map": (
        f"{declared('code: optional money')}{SPELL}"
        + on_sale("debit t(code) total_amount credit revenue total_amount"),
        [sale({"code": "5"}), sale({"code": "5.00"}), sale({})],
    ),
    "amounts of items in a map": (
        f"{PROFILE}{SPELL}"
        + on_sale(
            f"{GROSS} for item in items {{ credit t(item.amount) net(item) "
            "credit tax_output tax(item) }"
        ),
        [sale({"items": [{"amount": "5"}]}), of_item()],
    ),
    "a discount of nothing in a map": (
        f"{PROFILE}{SPELL}"
        + on_sale(
            f"{GROSS} for item in items {{ credit t(item.discount) net(item) "
            "credit tax_output tax(item) }"
        ),
        [of_item(discount="0"), of_item()],
    ),
    "a default that a split does not have": (
        'dimensions org_unit, staff_id\nrequire org_unit on 1* default org_unit "Y", staff_id "X"\n'
        + on_sale("debit cash total_amount by staff_id credit revenue total_amount"),
        [sale({}), sale({"staff_id": "S"})],
    ),
    "a text that payments must have": (
        "dimensions terminal\ncarry terminal on cash\npayments immediate\n"
        + declared(
            "terminal: optional text payments: optional list of { amount: money terminal: text }"
        )
        + on_sale("for each in payments { debit cash each.amount } credit revenue total_amount"),
        [of_payment(), of_payment(terminal="T")],
    ),
    "an amount that items must have": (
        PROFILE
        + declared(
            "items: optional list of { amount: money quantity: optional number "
            "unit_price: optional number }"
        )
        + on_sale(f"{GROSS} {TAXED}"),
        [sale({"items": [{"quantity": "1", "unit_price": "5.00"}]}), of_item()],
    ),
    "an item of very many fields": (
        PROFILE
        + declared(
            "items: optional list of { amount: money "
            + " ".join(f"f{number}: optional text" for number in range(80))
            + " }"
        )
        + on_sale(f"{GROSS} {TAXED}"),
        [of_item(**{f"f{number}": "x" for number in range(80)}), of_item(f1="x")],
    ),
    "a sum beyond eighteen digits": (
        f"{PROFILE}dimensions staff_id\n"
        + on_sale(f"{GROSS} by staff_id credit revenue sum(gross(items)) by staff_id"),
        [sale({"items": [{"amount": "600000000000000000.00", "staff_id": name} for name in "ab"]})],
    ),
    "a rounded figure beyond eighteen digits": (
        on_sale(
            "debit cash min(total_amount, round(total_amount * 1000000000000)) "
            "credit revenue min(total_amount, round(total_amount * 1000000000000))"
        ),
        [sale({}), sale({}, total_amount="10000000.00")],
    ),
    "a product of very many factors": (
        on_sale(
            "debit cash total_amount credit revenue total_amount "
            f"debit fees total_amount when {' * '.join(['total_amount'] * 71)} > 5 "
            f"credit bank total_amount when {' * '.join(['total_amount'] * 71)} > 5"
        ),
        [sale({}, total_amount="900000000000000000")],
    ),
    "very many payments": (
        "payments immediate\n"
        + "".join(f"account c{number} 3{number:03} asset\n" for number in range(120))
        + on_sale(
            "for each in payments { "
            + " ".join(
                f"debit c{2 * number} each.amount credit c{2 * number + 1} each.amount"
                for number in range(60)
            )
            + " }"
        ),
        [sale({"payments": [{"amount": "0.01"}] * 1_000}, total_amount="10.00")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_executors_agree_on(name: str) -> None:
    """Both post the same, or refuse in the same words."""
    schema, events = CASES[name]
    twins = Twins.of(f"{ACCOUNTS}{schema}")

    for event in events:
        twins.assert_alike(event)


def test_a_rate_that_is_spelled_in_two_ways() -> None:
    """A line shows the rate of its day as that is written, whatever was posted before."""
    rates = (
        "rate standard 5.0% for standard from 2025-01-01 to 2025-06-30\n"
        "rate standard 5.00% for standard from 2025-07-01\n"
    )
    profile = PROFILE.replace("rate standard 5% for standard\n", rates)
    twins = Twins.of(f"{ACCOUNTS}{profile}{on_sale(f'{GROSS} {TAXED}')}")

    for day in ("2025-03-01", "2025-08-01", "2025-03-01"):
        assert isinstance(twins.assert_alike(sale({}, transaction_date=day)), JournalEntry)


def test_a_formula_too_deep_for_python_is_interpreted() -> None:
    """Python's own compiler gives up on what the language allows."""
    formula = "total_amount"
    for _ in range(12):
        formula = f"({formula}{' + 0' * 250})"
    twins = Twins.of(f"{ACCOUNTS}{on_sale(f'debit cash {formula} credit revenue total_amount')}")

    assert isinstance(twins.assert_alike(sale({})), JournalEntry)
