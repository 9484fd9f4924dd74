"""What a buyer posts: taxes that are deducted in whole or part, and charges that are reversed."""

from decimal import Decimal

import pytest

from hera_engine import PostingEngine
from hera_engine.errors import PostingRejected, SchemaError
from hera_engine.journal import JournalEntry
from tests.unit.events.books import journal, table

BILL = "HERA.PURCHASE.BILL.V1"

ACCOUNTS = """\
account payable    2100 liability
account tax_output 2200 liability
account tax_input  1400 asset
account lost       6900 expense
account special    2210 liability
account claimed    1410 asset
account withheld   2300 liability
account expense    6100 expense
"""

RULE = """\
on HERA.PURCHASE.** purchase {
  given total_amount = sum(gross(items))
  for item in items {
    debit expense   net(item)
    debit tax_input tax(item)
  }
  credit payable total_amount
}
"""


def buyer(
    *rates: str, rule: str = RULE, rounding: str = "line", ledgers: str = "GL"
) -> PostingEngine:
    """Return the engine of a business that buys under some rates."""
    profile = "\n".join(("prices exclusive", f"rounding {rounding}", "default standard", *rates))
    text = f"ledgers {ledgers}\n{ACCOUNTS}tax profile vat {{\n{profile}\n}}\nuse tax vat\n{rule}"
    return PostingEngine(text)


def bill(total: str, *items: dict[str, object], **context: object) -> dict[str, object]:
    """Return a bill of a named vendor."""
    return {
        "organization_id": "org-1",
        "event_smart_code": BILL,
        "currency": "EUR",
        "transaction_date": "2026-01-31",
        "total_amount": total,
        "business_context": {"vendor_id": "v-1", "items": list(items), **context},
    }


def imported(amount: str = "100.00") -> dict[str, object]:
    """Return an item whose charge is reversed."""
    return {"amount": amount, "tax_category": "services.imported"}


STANDARD = "rate standard 20% for standard"
REVERSED = "reverse charge 20% for services.imported"


def test_tax_that_is_deducted_is_claimed() -> None:
    """All of 20.00 on 100.00 is claimed; the vendor gets both."""
    entry = buyer(STANDARD).simulate(bill("120.00", {"amount": "100.00"}))

    assert journal(entry) == table("""
        DR expense   100.00
        DR tax_input  20.00
        CR payable   120.00
    """)


def test_tax_that_is_not_deducted_joins_the_net() -> None:
    """A quarter of 20.00 is deducted; 15.00 are part of what the goods cost."""
    posting = buyer(f"{STANDARD} recoverable 25%")

    entry = posting.simulate(bill("120.00", {"amount": "100.00"}))

    assert journal(entry) == table("""
        DR expense   115.00
        DR tax_input   5.00
        CR payable   120.00
    """)
    (tax,) = [line.tax for line in entry.lines if line.tax is not None]
    assert tax.base == Decimal("100.00")


def test_tax_that_is_not_deducted_may_have_an_account() -> None:
    """15.00 go to the account of what is lost, and the net stays what it is."""
    posting = buyer(f"{STANDARD} recoverable 25% expense lost")

    entry = posting.simulate(bill("120.00", {"amount": "100.00"}))

    assert journal(entry) == table("""
        DR expense   100.00
        DR tax_input   5.00
        DR lost       15.00
        CR payable   120.00
    """)


def test_nothing_recoverable_leaves_no_tax_line() -> None:
    """All 20.00 join the net."""
    posting = buyer(f"{STANDARD} recoverable 0%")

    entry = posting.simulate(bill("120.00", {"amount": "100.00"}))

    assert journal(entry) == table("""
        DR expense 120.00
        CR payable 120.00
    """)


def test_half_a_cent_that_is_deducted_is_rounded_up() -> None:
    """Half of 0.01 is deducted as 0.01 item by item, and once over the document under total."""
    cents: list[dict[str, object]] = [{"amount": "0.05"}, {"amount": "0.05"}]
    by_item, at_once = (
        buyer(f"{STANDARD} recoverable 50%", rounding=name).simulate(bill("0.12", *cents))
        for name in ("line", "total")
    )

    assert _amounts(by_item, "tax_input") == [Decimal("0.02")]
    assert _amounts(at_once, "tax_input") == [Decimal("0.01")]


def test_a_reversed_charge_is_owed_and_claimed() -> None:
    """The vendor gets the net; the tax stands on both sides, and says that it is reversed."""
    entry = buyer(STANDARD, REVERSED).simulate(bill("100.00", imported()))

    assert journal(entry) == table("""
        DR expense    100.00
        CR payable    100.00
        DR tax_input   20.00
        CR tax_output  20.00
    """)
    taxes = [line.tax for line in entry.lines if line.tax is not None]
    assert [(tax.reverse_charge, tax.reason, tax.base) for tax in taxes] == [
        (True, "reverse_charge", Decimal("100.00"))
    ] * 2
    assert {line.origin.stage for line in entry.lines if line.tax is not None} == {"tax"}


def test_a_reversed_charge_needs_a_counterparty() -> None:
    """Without a vendor the category has no rate for its customer."""
    with pytest.raises(PostingRejected) as caught:
        buyer(STANDARD, REVERSED).simulate(bill("100.00", imported(), vendor_id=None))

    assert caught.value.code == "E_RATE_RESOLUTION"


def test_reversed_tax_that_is_not_deducted_joins_the_net() -> None:
    """10.00 of 20.00 are deducted; the others join the expense, and all are owed."""
    posting = buyer(STANDARD, f"{REVERSED} recoverable 50%")

    entry = posting.simulate(bill("100.00", imported()))

    assert journal(entry) == table("""
        DR expense    110.00
        CR payable    100.00
        DR tax_input   10.00
        CR tax_output  20.00
    """)


def test_reversed_tax_has_accounts_of_its_own() -> None:
    """Each of the three keys of a rate takes its part."""
    posting = buyer(
        STANDARD,
        f"{REVERSED} account special input claimed recoverable 50% expense lost",
    )

    entry = posting.simulate(bill("100.00", imported()))

    assert journal(entry) == table("""
        DR expense 100.00
        CR payable 100.00
        DR claimed  10.00
        DR lost     10.00
        CR special  20.00
    """)


def test_reversed_tax_that_joins_no_line_is_refused() -> None:
    """A rule that posts no net of the item has no place for what is not deducted."""
    lines = "given total_amount = sum(gross(items))  debit expense sum(gross(items))"
    lines += "  credit payable total_amount"
    rule = f"on HERA.PURCHASE.** purchase {{ {lines} }}"
    posting = buyer(STANDARD, f"{REVERSED} recoverable 50%", rule=rule)

    with pytest.raises(PostingRejected) as caught:
        posting.simulate(bill("100.00", imported()))

    assert caught.value.code == "E_SCHEMA"
    assert "not deducted" in caught.value.message
    assert caught.value.hint is not None


def test_reversed_tax_joins_one_line_of_each_ledger() -> None:
    """Two ledgers get 10.00 each, on the first line that posts the net there."""
    rule = RULE.replace(
        "debit expense   net(item)",
        "in GL { debit expense net(item) }\nin IFRS { debit lost net(item) }",
    )
    posting = buyer(STANDARD, f"{REVERSED} recoverable 50%", rule=rule, ledgers="GL, IFRS")

    entry = posting.simulate(bill("100.00", imported()))

    for ledger, key in (("GL", "expense"), ("IFRS", "lost")):
        lines = [line for line in entry.lines if line.ledger == ledger]
        assert [line.amount for line in lines if line.account.key == key] == [Decimal("110.00")]


def test_a_returned_purchase_is_the_mirror() -> None:
    """A bill of minus one turns every side, that of reversed tax too."""
    posting = buyer(STANDARD, f"{REVERSED} recoverable 50%")

    back = posting.simulate(bill("-220.00", imported("-100.00"), {"amount": "-100.00"}))

    assert journal(back) == table("""
        CR expense    210.00
        CR tax_input   20.00
        DR payable    220.00
        CR tax_input   10.00
        DR tax_output  20.00
    """)


def test_what_is_withheld_of_a_vendor_is_owed() -> None:
    """2 % of 100.00 are kept back of the vendor's 120.00 and owed to the authority."""
    rule = """\
on HERA.PURCHASE.** purchase {
  given total_amount = sum(gross(items))
  for item in items {
    debit  expense   net(item)
    debit  tax_input tax(item)
    credit withheld  withheld(item)
    credit payable   (gross(item) - withheld(item))
  }
}
"""
    posting = buyer("component VAT 20%", "component TDS 2% withheld", rule=rule)

    entry = posting.simulate(bill("120.00", {"amount": "100.00"}))

    assert journal(entry) == table("""
        DR expense   100.00
        DR tax_input  20.00
        CR withheld    2.00
        CR payable   118.00
    """)


def test_components_may_be_reversed() -> None:
    """A component that is reversed is owed and claimed, in a sale it is not there at all."""
    posting = buyer("component RCM 18% reverse charge recoverable 50%")

    entry = posting.simulate(bill("100.00", {"amount": "100.00"}))

    assert journal(entry) == table("""
        DR expense    109.00
        CR payable    100.00
        DR tax_input    9.00
        CR tax_output  18.00
    """)


def test_the_amount_of_one_component_may_be_named() -> None:
    """tax(item, "…") is that of one component."""
    rule = """\
on HERA.PURCHASE.** purchase {
  given total_amount = sum(gross(items))
  for item in items {
    debit  expense   net(item)
    debit  tax_input tax(item, "A")
    debit  claimed   tax(item, "B")
  }
  credit payable sum(net(items)) + sum(tax(items, "A")) + sum(tax(items, "B"))
}
"""
    posting = buyer("component A 5%", "component B 7%", rule=rule)

    entry = posting.simulate(bill("112.00", {"amount": "100.00"}))

    assert journal(entry) == table("""
        DR expense   100.00
        DR tax_input   5.00
        DR claimed     7.00
        CR payable   112.00
    """)


def test_components_of_one_group_may_be_named_together() -> None:
    """tax(item, "…") is that of all components of a group too."""
    rule = """\
on HERA.PURCHASE.** purchase {
  given sum(tax(items)) = sum(tax(items, "GST")) + sum(tax(items, "B"))
  for item in items {
    debit expense   net(item)
    debit tax_input tax(item, "GST")
    debit claimed   tax(item, "B")
  }
  credit payable sum(gross(items))
}
"""
    posting = buyer(
        "component LOW 2% group GST", "component HIGH 3% group GST", "component B 7%", rule=rule
    )

    entry = posting.simulate(bill("112.00", {"amount": "100.00"}))

    assert _amounts(entry, "tax_input") == [Decimal("2.00"), Decimal("3.00")]
    assert _amounts(entry, "claimed") == [Decimal("7.00")]


def test_a_purchase_is_explained() -> None:
    """What is owed stands with its item, with base and exact figure."""
    posting = buyer(STANDARD, f"{REVERSED} recoverable 50%")

    story = str(posting.explain(bill("33.33", imported("33.33"))))

    assert (
        "owed: reverse_charge 20 % on 33.33, exactly 3333/500, rounded to 6.67, "
        "of which 3.34 is deducted" in story
    )
    assert "reversed tax of business_context.items[0] that is not deducted = 3.33" in story


def _amounts(entry: JournalEntry, key: str) -> list[Decimal]:
    return [line.amount for line in entry.lines if line.account.key == key]


def test_reversed_components_need_a_counterparty() -> None:
    """Who buys from nobody owes nothing in their place."""
    posting = buyer("component RCM 18% reverse charge")

    with pytest.raises(PostingRejected) as caught:
        posting.simulate(bill("100.00", {"amount": "100.00"}, vendor_id=None))

    assert caught.value.code == "E_RATE_RESOLUTION"
    assert "by reverse charge only" in caught.value.message


def test_only_ledgers_of_the_rule_owe_reversed_tax() -> None:
    """A rule that posts to one ledger leaves the other alone, reversed tax included."""
    rule = """\
on HERA.PURCHASE.** purchase {
  in GL {
    for item in items { debit expense net(item)  debit tax_input tax(item) }
    credit payable sum(gross(items))
  }
}
"""
    posting = buyer(STANDARD, f"{REVERSED} recoverable 50%", rule=rule, ledgers="GL, IFRS")

    entry = posting.simulate(bill("100.00", imported()))

    assert {line.ledger for line in entry.lines} == {"GL"}
    assert _amounts(entry, "expense") == [Decimal("110.00")]


def test_what_is_withheld_must_be_posted() -> None:
    """A rule that says nothing of it would pay the vendor too much."""
    posting = buyer("component VAT 20%", "component TDS 2% withheld")

    with pytest.raises(PostingRejected) as caught:
        posting.simulate(bill("120.00", {"amount": "100.00"}))

    assert caught.value.code == "E_SCHEMA"
    assert "`TDS` is withheld of business_context.items[0]" in caught.value.message
    assert caught.value.hint == "write a rule that posts withheld(item)"


def test_each_reversed_component_is_explained_by_itself() -> None:
    """Two of them on one item keep their own rate and exact figure."""
    posting = buyer("component A 5% reverse charge", "component B 7% reverse charge")

    story = str(posting.explain(bill("100.00", {"amount": "100.00"})))

    for code, rate in (("A", 5), ("B", 7)):
        words = f"{code} in reverse charge of business_context.items[0] = {code} {rate} % on 100.00"
        assert story.count(words) >= 2


def test_reversed_tax_joins_the_first_of_two_net_lines() -> None:
    """A rule that posts the net twice and takes it back once has one place for the rest."""
    rule = """\
on HERA.PURCHASE.** purchase {
  for item in items {
    debit  expense net(item)
    debit  lost    net(item)
    credit claimed net(item)
    debit  tax_input tax(item)
  }
  credit payable sum(gross(items))
}
"""
    posting = buyer(STANDARD, f"{REVERSED} recoverable 50%", rule=rule)

    entry = posting.simulate(bill("100.00", imported()))

    assert _amounts(entry, "expense") == [Decimal("110.00")]
    assert _amounts(entry, "lost") == [Decimal("100.00")]


def test_a_purchase_of_totals_owes_reversed_tax_too() -> None:
    """The tax stage adds both legs whatever the lines of the rule read."""
    lines = "debit expense total_amount  credit payable total_amount"
    rule = f"on HERA.PURCHASE.** purchase {{ {lines} }}"
    posting = buyer(STANDARD, REVERSED, rule=rule)

    entry = posting.simulate(bill("100.00", imported()))

    assert journal(entry) == table("""
        DR expense    100.00
        CR payable    100.00
        DR tax_input   20.00
        CR tax_output  20.00
    """)


def test_lost_tax_with_an_account_stands_on_lines_of_its_own() -> None:
    """Inside a larger amount it would be claimed as if it were deducted."""
    rule = """\
on HERA.PURCHASE.** purchase {
  let vat = sum(tax(items))
  debit expense sum(net(items))
  debit tax_input vat
  credit payable sum(gross(items))
}
"""
    with pytest.raises(SchemaError) as caught:
        buyer(f"{STANDARD} recoverable 25% expense lost", rule=rule)

    assert "posting tax(…) inside a larger amount beside lost `standard`" in str(caught.value)


def test_a_line_of_deducted_tax_is_explained_by_its_part() -> None:
    """5.00 of 20.00: the line says 5, the item says both."""
    story = buyer(f"{STANDARD} recoverable 25%").explain(bill("120.00", {"amount": "100.00"}))

    (line,) = [step for steps in story.steps for step in steps if step.line.is_tax]
    assert line.evidence.computed == 5
    assert "rounded to 20.00, of which 5.00 is deducted" in str(story)


def test_a_reversed_charge_is_told_beside_another_tax() -> None:
    """A sale with a levy of 1 % and a reversed tax says so on its net."""
    rule = """\
on HERA.PURCHASE.** {
  debit payable sum(gross(items))
  for item in items { credit expense net(item)  credit tax_output tax(item) }
}
"""
    posting = buyer("component RCM 18% reverse charge", "component ECO 1%", rule=rule)

    entry = posting.simulate(bill("101.00", {"amount": "100.00"}))

    (detail,) = [line.tax for line in entry.lines if line.account.key == "expense"]
    assert detail is not None
    assert (detail.code, detail.rate, detail.reverse_charge) == ("RCM", Decimal(18), True)
