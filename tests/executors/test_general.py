"""Events with discounts, returns, stated or waived taxes: a function of their own posts them."""

from typing import Any, Final

import pytest

from hera_engine import HeraError, JournalEntry, PostingEngine, Settings
from hera_engine.settings import Strictness
from tests.executors.test_found import ACCOUNTS, sale
from tests.executors.twins import Twins, posts_itself

Event = dict[str, object]

DISCOUNT: Final = "account discount 4900 revenue\n"
TAXES: Final = """\
tax profile p {
  jurisdiction AE
  prices MODE
  rounding ROUNDING
  default standard
  rate standard 20% for standard
  rate reduced 7.7% for reduced
  rate zero 0% for zero
  exempt free for free
}
"""
SPLIT: Final = """\
dimensions staff_id
split HERA.** by staff_id proportional
require staff_id on 4* default "NONE"
"""


def till(*, mode: str = "inclusive", rounding: str = "line", more: str = "") -> Twins:
    """Return the engines of a till with the standard rules."""
    taxes = TAXES.replace("MODE", mode).replace("ROUNDING", rounding)
    return Twins.of(f"{ACCOUNTS}{taxes}payments immediate\n{more}")


def cart(total: str, *items: Event, **context: object) -> Event:
    """Return a sale of items."""
    return sale({"items": list(items), **context}, total_amount=total)


def worth(amount: str, **fields: object) -> Event:
    """Return an item."""
    return {"amount": amount, **fields}


MIXED: Final = (
    worth("7.00", staff_id="A", discount="0.99"),
    worth("3.33", tax_category="reduced", staff_id="B"),
    worth("0.01", tax_category="free"),
    worth("-1.10", staff_id="B", tax_category="reduced", discount="0.10"),
    worth("-2.00", tax_category="zero", discount="-1.00"),
    worth("4.50", tax_exempt=True),
)
"""Items of 11.85, with what may be beside a price."""
INCLUSIVE: Final[dict[str, Event]] = {
    "a discount": sale({"discount_amount": "1.00"}),
    "a discount of a stated sale": sale({"sale_amount": "7.00", "discount_amount": "2.00"}),
    "a discount beside a tip": sale({"discount_amount": "3.00", "tip_amount": "1.00"}),
    "a discount of items": cart("8.00", worth("9.00"), worth("2.00"), discount_amount="3.00"),
    "a discount of all there is": cart(
        "1.00", worth("3.00"), discount_amount="3.00", tip_amount="1.00"
    ),
    "a discount of an item": cart("5.00", worth("9.00", discount="4.00")),
    "a stated tax": sale({"tax_amount": "0.84", "tax_inclusive": True}),
    "a stated tax that is off": sale({"tax_amount": "4.20", "tax_inclusive": True}),
    "a stated tax of nothing": sale({"tax_amount": "0", "tax_inclusive": True}),
    "a tax that proves the price": sale({"sale_amount": "4.17", "tax_amount": "0.83"}),
    "a stated tax of several items": cart(
        "10.33", worth("7.00"), worth("3.33", tax_category="reduced"), tax_amount="1.50"
    ),
    "a stated tax more than an item": cart(
        "101.00", worth("1.00"), worth("100.00", tax_category="reduced"), tax_amount="101.00"
    ),
    "a return": cart("5.00", worth("7.00"), worth("-2.00")),
    "a return of less than a cent of tax": cart("4.98", worth("5.00"), worth("-0.02")),
    "a return of the last item": cart("0.00", worth("5.00"), worth("-5.00")),
    "a return by quantity": cart(
        "5.00", worth("7.00"), {"quantity": "-4", "unit_price": "0.50", "amount": "-2.00"}
    ),
    "a return beside a stated tax": cart("5.00", worth("7.00"), worth("-2.00"), tax_amount="0.90"),
    "an exempt sale": sale({"tax_exempt": True, "tip_amount": "1.00"}),
    "all of it": cart("10.85", *MIXED, discount_amount="2.00", tip_amount="1.00", staff_id="C"),
    "all of it with its tax": cart(
        "9.85", *MIXED, discount_amount="2.00", tax_amount="2.00", tax_inclusive=True
    ),
    "other currencies": {
        **cart("9.85", *MIXED, discount_amount="2.00"),
        "base_currency": "JPY", "exchange_rate": "151.37",
    },
}  # fmt: skip
"""Events that a till with inclusive prices posts."""


@pytest.mark.parametrize("rounding", ["line", "total"])
@pytest.mark.parametrize("more", ["", DISCOUNT, SPLIT, SPLIT + DISCOUNT])
@pytest.mark.parametrize("event", INCLUSIVE.values(), ids=INCLUSIVE)
def test_standard_rules_post_it_themselves(event: Event, more: str, rounding: str) -> None:
    """Rules of a till post what most sales do not have as the interpreter does."""
    twins = till(more=more, rounding=rounding)

    assert isinstance(twins.assert_alike(event), JournalEntry)
    assert twins.posts_itself(event)


EXCLUSIVE: Final[dict[str, Event]] = {
    "a discount of the total": sale({"discount_amount": "1.00"}),
    "a discount": sale({"sale_amount": "10.00", "discount_amount": "1.00"}, total_amount="10.80"),
    "a stated tax": cart("12.00", worth("10.00"), tax_amount="2.00"),
    "a stated tax that is off": cart("12.50", worth("10.00"), tax_amount="2.50"),
    "a stated tax and no items": sale({"tax_amount": "1.00"}),
    "a stated tax of a stated sale": sale({"sale_amount": "4.00", "tax_amount": "1.00"}),
    "a stated tax that is in the price": cart("10.00", worth("10.00"), tax_amount="1.67"),
    "a stated tax of less than a cent": cart("0.02", worth("0.01"), tax_amount="0.01"),
    "a return": cart("6.00", worth("7.00"), worth("-2.00")),
    "a return beside a discount": cart(
        "4.80", worth("7.00"), worth("-2.00"), discount_amount="1.00"
    ),
}


@pytest.mark.parametrize("rounding", ["line", "total"])
@pytest.mark.parametrize("more", ["", DISCOUNT])
@pytest.mark.parametrize("event", EXCLUSIVE.values(), ids=EXCLUSIVE)
def test_so_they_do_where_prices_are_exclusive(event: Event, more: str, rounding: str) -> None:
    """Discounts come off nets, and a stated tax says how prices are given."""
    twins = till(mode="exclusive", more=more, rounding=rounding)

    assert isinstance(twins.assert_alike(event), JournalEntry)
    assert twins.posts_itself(event)


REFUSED: Final[dict[str, Event]] = {
    "a discount below zero": sale({"discount_amount": "-1.00"}),
    "a discount of more than there is": cart("1.00", worth("3.00"), discount_amount="4.00"),
    "a discount of returns": cart("0", worth("-3.00"), worth("0"), discount_amount="1.00"),
    "a discount of more than an item": cart("1.00", worth("3.00", discount="4.00")),
    "a discount below zero of an item": cart("4.00", worth("3.00", discount="-1.00")),
    "a discount of no item": cart("4.00", worth("4.00"), worth("0", discount="1.00")),
    "a discount that is no amount": cart("4.00", worth("4.00", discount="much")),
    "a stated tax below zero": sale({"tax_amount": "-1.00"}),
    "a stated tax of more than there is": sale({"tax_amount": "6.00", "tax_inclusive": True}),
    "a stated tax of what bears none": sale({"tax_amount": "1.00", "tax_category": "free"}),
    "a stated tax of an exempt sale": sale({"tax_amount": "1.00", "tax_exempt": True}),
    "a stated tax that proves nothing": cart("9.00", worth("7.00"), tax_amount="1.00"),
    "items that do not add up": cart(
        "4.00", worth("5.00", discount="1.00"), sale_amount="5.00"
    ),
    "a return that is not in the total": cart("7.00", worth("7.00"), worth("-2.00")),
    "a tip of more than there is": sale({"tip_amount": "9.00", "discount_amount": "1.00"}),
    "nothing at all": sale({}, total_amount="0"),
}  # fmt: skip


@pytest.mark.parametrize("event", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_they_decline(event: Event) -> None:
    """Figures that do not fit together are refused in the words of the interpreter."""
    twins = till(more=DISCOUNT)

    assert isinstance(twins.assert_alike(event), HeraError)
    assert not twins.posts_itself(event)


def test_a_stated_tax_that_is_off_is_told() -> None:
    """The entry carries the notice; a strict schema refuses."""
    event = sale({"tax_amount": "4.20", "tax_inclusive": True})
    twins = till()
    entry = twins.assert_alike(event)
    strict = Twins.of(twins.compiled.schema, settings=Settings(tax_difference=Strictness.ERROR))

    assert isinstance(entry, JournalEntry)
    assert [each.code for each in entry.warnings] == ["TAX_DIFFERENCE"]
    assert isinstance(strict.assert_alike(event), HeraError)
    assert isinstance(strict.assert_alike(sale({"tax_amount": "0.84"})), JournalEntry)


RULES: Final[dict[str, tuple[str, list[Any]]]] = {
    "figures of discounts": (
        ("given total_amount = sum(gross(items)) debit clearing (total_amount + discount_amount) "
        "for item in items { credit revenue net(item) credit tax_output tax(item) "
        "debit bank (item.discount_net + item.discount) when item.amount > 1 "
        "credit fees (item.discount_net + item.discount) when item.amount > 1 } "
        "credit tips_payable discount_amount"),
        [cart("9.85", *MIXED, discount_amount="2.00"), cart("11.85", *MIXED)],
    ),
    "taxes of all items": (
        ("debit clearing sum(gross(items)) credit revenue sum(net(items)) "
        "credit tax_output sum(tax(items))"),
        [cart("5.00", worth("7.00"), worth("-2.00")), cart("5.00", worth("2.00"), worth("-7.00")),
         cart("9.85", *MIXED, discount_amount="2.00", tax_amount="1.00"),
         cart("1.00", worth("-1.00", tax_category="free"), worth("0.50", tax_category="free"))],
    ),
    "sums of items": (
        ("debit clearing sum(items.amount) credit fees sum(items.amount) "
        "debit cash sale_amount credit bank sale_amount"),
        [cart("9.85", *MIXED, discount_amount="2.00"), sale({"discount_amount": "2.00"}),
         cart("1.00", worth("-5.00"), worth("2.00"))],
    ),
    "amounts that the event turns": (
        "debit clearing (total_amount - fee_amount) credit fees (total_amount - fee_amount)",
        [sale({"fee_amount": "7.00"}), sale({"fee_amount": "2.00"})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rounding", ["line", "total"])
@pytest.mark.parametrize("name", RULES)
def test_rules_of_ones_own_do_too(name: str, rounding: str, mirrored: bool) -> None:
    """Figures of discounts are real there, and amounts below zero stand on the other side."""
    body, events = RULES[name]
    back = "on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1\n"
    twins = till(rounding=rounding, more=f"on HERA.POS.SALE.V1 {{ {body} }}\n{back}")
    for event in events:
        sent = {**event, "event_smart_code": "HERA.POS.REFUND.V1"} if mirrored else event
        assert isinstance(twins.assert_alike(sent), JournalEntry)
        assert twins.posts_itself(sent)


def test_a_turned_line_beside_another_is_left() -> None:
    """An amount below zero that may join a line of another statement is the interpreter's."""
    body = (
        "debit clearing (total_amount - fee_amount) credit fees (total_amount - fee_amount) "
        "debit fees 1 credit bank 1"
    )
    twins = till(more=f"on HERA.POS.SALE.V1 {{ {body} }}\n")
    event = sale({"fee_amount": "7.00"})

    assert isinstance(twins.assert_alike(event), JournalEntry)
    assert not twins.posts_itself(event)
    assert twins.posts_itself(sale({"fee_amount": "2.00"}))


def test_a_sale_that_the_proof_takes_as_not_negative() -> None:
    """A sale worked out from returns is looked at as the interpreter does."""
    body = "debit clearing sale_amount when sale_amount > 0 credit fees sale_amount "
    twins = till(more=f"on HERA.POS.SALE.V1 {{ {body} }}\n")

    assert isinstance(twins.assert_alike(cart("1.00", worth("-5.00"))), HeraError)
    assert isinstance(twins.assert_alike(cart("1.00", worth("5.00"))), JournalEntry)


def test_the_function_is_written_when_it_is_first_needed() -> None:
    """A till without discounts pays nothing for them, and one with some writes it once."""
    engine = till().compiled
    fused = engine._fused
    assert fused is not None
    assert posts_itself(engine, sale({}))
    before = len(fused.sources)

    found = [posts_itself(engine, sale({"discount_amount": "1.00"})) for _ in range(3)]

    assert found == [True, True, True]
    assert (before, len(fused.sources)) == (1, 2)


def test_a_function_that_was_forgotten_is_written_again() -> None:
    """A memo that ran over changes nothing for an engine that goes on."""
    engine: PostingEngine = till().compiled
    event = sale({"discount_amount": "1.00"})
    first = engine.simulate(event)
    fused = engine._fused
    assert fused is not None
    fused._made.clear()

    assert engine.simulate(event) == first
    assert posts_itself(engine, event)


COINS: Final = """\
account rounding 5900 expense
tax profile p {
  jurisdiction SE
  prices inclusive
  rounding swedish step 0.05
  default standard
  rate standard 20% for standard
}
"""
PAID: Final[dict[str, Event]] = {
    "in coins, stated after": sale({"sale_amount": "5.02"}, total_amount="5.00"),
    "in coins, stated before": sale({"sale_amount": "5.02"}, total_amount="5.02"),
    "in coins, upwards": sale({"sale_amount": "5.03"}, total_amount="5.03"),
    "in coins, of a tip": sale(
        {"sale_amount": "5.02", "tip_amount": "0.02", "payment_method": "Cash"},
        total_amount="5.05",
    ),
    "of less than a coin": sale({}, total_amount="0.02"),
    "by card": sale({"sale_amount": "5.02", "payment_method": "card"}, total_amount="5.02"),
    "in payments of coins": sale(
        {"sale_amount": "5.02", "payments": [{"amount": "4.00"}, {"amount": "1.00"}]},
        total_amount="5.02",
    ),
    "in payments to the cent": sale(
        {"sale_amount": "5.02", "payments": [{"amount": "5.02"}]}, total_amount="5.02"
    ),
    "with a stated tax": sale(
        {"sale_amount": "4.17", "tax_amount": "0.85"}, total_amount="5.00"
    ),
    "with a discount and a return": cart(
        "5.00", worth("7.77"), worth("-1.75"), discount_amount="1.00"
    ),
}  # fmt: skip


@pytest.mark.parametrize("capture", ["immediate", "deferred", "manual"])
@pytest.mark.parametrize("event", PAID.values(), ids=PAID)
def test_what_is_paid_in_coins(event: Event, capture: str) -> None:
    """The payable is rounded as the interpreter does, and the difference has its line."""
    account = "account receivable 1150 asset\n"
    twins = Twins.of(f"{ACCOUNTS}{account}{COINS}payments {capture}\n")
    entry = twins.assert_alike(event)

    if (event["total_amount"], capture) == ("0.02", "immediate"):
        assert not twins.posts_itself(event)
        return
    assert twins.posts_itself(event) == isinstance(entry, JournalEntry)
    assert capture != "immediate" or isinstance(entry, JournalEntry)


def test_coins_that_the_largest_tax_takes_are_left() -> None:
    """Rounding that changes a tax is the interpreter's, and so is a currency without coins."""
    largest = COINS.replace("step 0.05", "step 0.05 to largest_tax")
    unknown = COINS.replace(" step 0.05", "")
    event = sale({"sale_amount": "5.02"})

    assert isinstance(Twins.of(f"{ACCOUNTS}{largest}payments immediate\n").assert_alike(event),
                      JournalEntry)  # fmt: skip
    for currency in ("SEK", "CHF", "XAU", "USD"):
        twins = Twins.of(f"{ACCOUNTS}{unknown}payments immediate\n")
        twins.assert_alike({**event, "currency": currency})


OWN_ACCOUNT: Final = """\
account tax_food 2201 liability
dimensions staff_id
require staff_id on 4* default "NONE"
tax profile p {
  jurisdiction AE
  prices inclusive
  rounding ROUNDING
  default standard
  rate standard 20% for standard account KEY
  rate reduced 7.7% for reduced
  rate zero 0% for zero account tax_food
  exempt free for free
}
"""


@pytest.mark.parametrize("key", ["tax_food", "tax_output", "fees"])
@pytest.mark.parametrize("rounding", ["line", "total"])
@pytest.mark.parametrize("taxes", ["tax(item)", "all", "standard"])
def test_rates_with_accounts_of_their_own(taxes: str, rounding: str, key: str) -> None:
    """Their tax goes there, in the first function and in the general one."""
    each = "" if taxes == "all" else "credit tax_output tax(item)"
    whole = "credit tax_output sum(tax(items))" if taxes == "all" else ""
    rule = (
        f"on HERA.POS.SALE.V1 {{ debit clearing sum(gross(items)) {whole} "
        f"for item in items {{ credit revenue net(item) {each} }} }}\n"
    )
    head = OWN_ACCOUNT.replace("ROUNDING", rounding).replace("KEY", key)
    rules = "payments immediate\n" if taxes == "standard" else rule
    twins = Twins.of(f"{ACCOUNTS}{head}{rules}")
    plain = cart("10.33", worth("7.00"), worth("3.33", tax_category="reduced"))
    for event in (plain, sale({}), cart("9.85", *MIXED, discount_amount="2.00")):
        assert isinstance(twins.assert_alike(event), JournalEntry)
        assert twins.posts_itself(event)
