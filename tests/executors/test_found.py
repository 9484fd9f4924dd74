"""What the comparison of the executors found once, each as the smallest pair that showed it."""

from types import FunctionType
from typing import Final

import pytest

from hera_engine import JournalEntry, limits
from hera_engine.errors import EventError
from hera_engine.facts import EVENT_FIELDS
from tests.executors.spoil import OwnDict, Sly
from tests.executors.twins import Twins

ACCOUNTS: Final = """\
ledgers GL
account cash 1000 asset
account clearing 1100 asset
account bank 1200 asset
account tax_output 2200 liability
account tips_payable 2300 liability
account revenue 4100 revenue
account fees 5500 expense
"""
TOTAL: Final = "on HERA.POS.** { debit cash total_amount credit fees total_amount }\n"


def sale(context: object, **header: object) -> dict[str, object]:
    """Return a sale of 5.00."""
    return {
        "organization_id": "o", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": "5.00",
        "currency": "USD", "business_context": context, **header,
    }  # fmt: skip


@pytest.mark.parametrize("rounding", ["total", "none", "swedish step 0.05"])
def test_a_rule_that_reads_no_items_under_taxes_by_total(rounding: str) -> None:
    """Taxes that are rounded over the document are none where no item is read."""
    twins = Twins.of(
        f"{ACCOUNTS}tax profile vat {{ rounding {rounding} exempt free for free }}\n"
        "on HERA.PAYMENT.SETTLEMENT.V1 { debit bank total_amount credit clearing total_amount }\n"
    )
    event = sale({}, event_smart_code="HERA.PAYMENT.SETTLEMENT.V1")

    assert isinstance(twins.assert_alike(event), JournalEntry)


def test_a_rule_for_events_of_which_some_are_declared() -> None:
    """A declaration holds for its own events, whichever event of the rule came first."""
    twins = Twins.of(f"{ACCOUNTS}event HERA.POS.SALE.V1 {{ tip: money }}\n{TOTAL}")

    other = twins.assert_alike(sale({}, event_smart_code="HERA.POS.OTHER.V1"))

    assert isinstance(other, JournalEntry)
    assert isinstance(twins.assert_alike(sale({})), EventError)
    assert isinstance(twins.assert_alike(sale({"tip": "1"})), JournalEntry)


def test_a_rule_for_events_of_which_some_have_derived_values() -> None:
    """So does a derivation."""
    twins = Twins.of(
        f"{ACCOUNTS}dimensions unit\n"
        'require unit on 4* default "X"\n'
        'map unit_of(kind) { "a" -> "A", else -> "B" }\n'
        "derive unit on HERA.POS.SALE.V1 = unit_of(kind)\n"
        "on HERA.POS.** { debit cash total_amount credit revenue total_amount }\n"
    )
    codes = ("HERA.POS.OTHER.V1", "HERA.POS.SALE.V1", "HERA.POS.OTHER.V1")

    results = [twins.assert_alike(sale({"kind": "a"}, event_smart_code=code)) for code in codes]

    entries = [each for each in results if isinstance(each, JournalEntry)]
    assert [entry.lines[1].dimensions["unit"] for entry in entries] == ["X", "A", "X"]


def test_an_inverse_rate_in_a_dict_of_another_class() -> None:
    """A rate per unit of base is inverted whatever mapping it stands in."""
    twins = Twins.of(ACCOUNTS + TOTAL)

    result = twins.assert_alike(sale({}, base_currency="EUR", exchange_rate=OwnDict(per_base="3")))

    assert isinstance(result, JournalEntry)
    assert result.header.exchange_rate == "1/3"


@pytest.mark.parametrize("kind", ["money", "number", "optional money"])
@pytest.mark.parametrize("beside", [{}, {"ratio": 2}, {"labels": ["a"]}, {"note": "é"}])
def test_declared_numbers_of_members(kind: str, beside: dict[str, object]) -> None:
    """They are exact numbers in the header, whatever stands beside the members."""
    members = f"list of open {{ weight: {kind} }}"
    twins = Twins.of(
        f"{ACCOUNTS}event HERA.POS.** open {{ items: {members}  payments: {members} }}\n{TOTAL}"
    )
    member = {"amount": "5.00", "weight": "2"}

    result = twins.assert_alike(sale({"items": [member], "payments": [member], **beside}))

    assert isinstance(result, JournalEntry)


@pytest.mark.parametrize("name", ["é", "k" * 65, " ", "a b"])
def test_a_rule_that_reads_a_field_which_no_event_may_have(name: str) -> None:
    """A key that events must not have is refused although the rule reads it."""
    lines = f"debit cash `{name}` credit fees `{name}`"
    twins = Twins.of(f"{ACCOUNTS}on HERA.POS.** {{ {lines} }}\n")

    values: tuple[object, ...] = ("5.00", 5, None, {})
    for value in values:
        twins.assert_alike(sale({name: value}))
        twins.assert_alike(sale({"items": [{name: value, "amount": "5.00"}]}))


@pytest.mark.parametrize("name", ["unit", "customer_id", "kind", "items", "tip_amount", "other"])
def test_a_value_that_can_be_neither_compared_nor_told_true(name: str) -> None:
    """What is refused by its type is refused before it is compared or asked whether it is true."""
    twins = Twins.of(
        f"{ACCOUNTS}tax profile vat {{ prices inclusive default standard "
        "rate standard 5% for standard reverse charge 5% for other }\n"
        'dimensions unit\nrequire unit on 4* default "X"\n'
        "on HERA.POS.** { for item in items { debit cash gross(item) "
        "credit revenue net(item) credit tax_output tax(item) } "
        'debit bank total_amount when kind = "a" credit fees total_amount when kind = "a" }\n'
    )
    assert isinstance(twins.assert_alike(sale({"kind": "a"})), JournalEntry)

    assert isinstance(twins.assert_alike(sale({"kind": "a", name: Sly()})), EventError)
    assert isinstance(twins.assert_alike(sale({"kind": "a"}, metadata=Sly())), EventError)
    item = {"amount": "5.00", name: Sly()}
    assert isinstance(twins.assert_alike(sale({"kind": "a", "items": [item]})), EventError)


@pytest.mark.parametrize("name", EVENT_FIELDS)
def test_such_a_value_in_the_header(name: str) -> None:
    """The same holds of each field of the header."""
    twins = Twins.of(ACCOUNTS + TOTAL)

    assert isinstance(twins.assert_alike({**sale({}), name: Sly()}), EventError)


def test_no_memo_grows_with_what_events_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Categories, days and codes that nobody has seen before do not add up."""
    monkeypatch.setattr(limits, "MEMO_ENTRIES", 50)
    rates = "default standard rate standard 5% rate old 5% for old from 2020-01-01"
    twins = Twins.of(
        f"{ACCOUNTS}tax profile vat {{ prices inclusive {rates} }}\npayments immediate\n"
    )
    for number in range(300):
        event = sale({"tax_category": f"c{number}"}, transaction_date=f"{2021 + number}-01-01")
        assert isinstance(twins.compiled.simulate(event), JournalEntry)
        assert twins.posts_itself(sale({"tax_category": f"c{number}"}))
        assert twins.posts_itself(sale({}, event_smart_code=f"HERA.POS.SALE.X{number}.V1"))

    assert _largest(twins.compiled._fused, set()) <= 60


def _largest(value: object, seen: set[int]) -> int:
    """Return how many entries the largest dict has that can be reached from a value."""
    if id(value) in seen or isinstance(value, type | str | int):
        return 0
    seen.add(id(value))
    inside: list[object] = []
    found = 0
    if isinstance(value, dict):
        found = len(value)
        inside = [*value.keys(), *value.values()]
    elif isinstance(value, tuple | list):
        inside = list(value)
    elif type(value).__module__.startswith("hera_engine.rules.fused"):
        names = getattr(type(value), "__slots__", ())
        inside = [getattr(value, name) for name in names if hasattr(value, name)]
    elif isinstance(value, FunctionType):
        inside = list(value.__defaults__ or ())
    return max([found, *(_largest(each, seen) for each in inside)])
