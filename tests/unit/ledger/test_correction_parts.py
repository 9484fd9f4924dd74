"""What a correction takes of each figure of a line, and of worth in base currency."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from hera_engine import Correction, Ledger
from hera_engine.ledger.remains import remains
from hera_engine.transactions import Status, Transaction
from tests.unit.ledger.books import (
    CALLER,
    configuration,
    header,
    leg,
    opened,
    paths,
    refusal,
    sale,
    sides,
    total_of,
)

SETTLED: Sequence[dict[str, object]] = (
    leg("DR", "100.00", base_amount="85.00"),
    leg("CR", "100.00", "1100", base_amount="80.00"),
    leg("CR", "0", "6200", base_amount="5.00"),
)
"""A receivable of 80 pounds that brings 85."""


def entered(
    ledger: Ledger, lines: Sequence[Mapping[str, object]], total: str = "0", **more: object
) -> Transaction:
    """Return a document that is entered."""
    return ledger.create(CALLER, header(total_amount=total, **more), lines).transaction


def settled(ledger: Ledger, lines: Sequence[Mapping[str, object]] = SETTLED) -> Transaction:
    """Return a journal in euros in the books of pounds."""
    more = {"transaction_currency_code": "EUR", "exchange_rate": "0.5"}
    return entered(ledger, lines, "100.00", **more)


def pounds() -> Ledger:
    """Return books in pounds."""
    return opened(configuration(base_currency="GBP"))


def take(ledger: Ledger, made: Transaction, **asked: object) -> Transaction:
    """Return a correction of a transaction."""
    correction = Correction(transaction_id=made.id, **asked)  # type: ignore[arg-type] # as asked
    return ledger.reverse(CALLER, correction).transaction


def shown(made: Transaction) -> list[str]:
    """Return amount, discount, tax and quantity of each line, as they are spelled."""
    return [
        f"{each.amount} {each.discount_amount} {each.tax_amount} {each.quantity}"
        for each in made.lines
    ]


def worth(made: Transaction) -> list[str]:
    """Return what each line is worth, with the sign of a debit."""
    return [
        f"{'-' if each.data['side'] == 'CR' else ''}{each.base_amount()}" for each in made.journal
    ]


def goods(**more: object) -> dict[str, object]:
    """Return a line of two at 6.00, with tax in it."""
    figures = {"quantity": "2", "unit_amount": "6.00", "tax_amount": "2.00"}
    return {"line_amount": "12.00", "discount_amount": "0.5", **figures, **more}


def test_each_figure_of_a_document_is_negated_and_restored() -> None:
    """As it was spelled; the price of one stays."""
    ledger = opened()
    made = entered(ledger, [goods()], "12.00")

    back = take(ledger, made)
    again = take(ledger, back)

    assert shown(back) == ["-12.00 -0.5 -2.00 -2"]
    assert shown(again) == shown(made) == ["12.00 0.5 2.00 2"]
    assert [each.unit_amount for each in (*back.lines, *again.lines)] == [6, 6]


def test_each_figure_is_cut_as_the_amount_is() -> None:
    """A third, by amount or by line, rounded half up; the last part takes what is left."""
    for asked in ({"amount": "4.00"}, {"lines": {1: "4.00"}}):
        ledger = opened()
        made = entered(ledger, [goods()], "12.00")

        parts = [take(ledger, made, **asked) for _ in range(3)]

        assert [shown(each) for each in parts] == [
            ["-4.00 -0.17 -0.67 -0.67"],
            ["-4.00 -0.17 -0.67 -0.67"],
            ["-4.00 -0.16 -0.66 -0.66"],
        ]
        assert ledger.read(CALLER, made.id).header.status is Status.REVERSED


def test_figures_of_a_journal_go_to_the_other_side_with_its_amount() -> None:
    """Twelve pieces in stock, of which three go back."""
    ledger = opened()
    stock = {**leg("DR", "60.00"), "quantity": "12", "unit_amount": "5.00"}
    made = entered(ledger, [stock, leg("CR", "60.00", "4100")], "60.00")

    part = take(ledger, made, amount="15.00")
    rest = take(ledger, made)

    assert sides(part) == ["CR 15.00", "DR 15.00"]
    assert [str(each.lines[0].quantity) for each in (part, rest)] == ["3.00", "9.00"]
    assert [each.unit_amount for each in part.lines] == [5, 0]


def test_a_part_has_the_decimals_of_its_line_or_of_the_currency() -> None:
    """A ninth of 10.00 and -1.00 is 1.11 and -0.11, and of 0.5000 the line has four."""
    ledger = opened()
    made = entered(ledger, [{"line_amount": "10.00"}, {"line_amount": "-1.00"}], "9.00")
    whole = entered(ledger, [{"line_amount": "5", "quantity": "1.000"}], "5.00")
    fine = entered(ledger, [{"line_amount": "0.5000"}, {"line_amount": "9.5"}], "10.00")

    assert shown(take(ledger, made, amount="1.00")) == ["-1.11 0 0 -0.11", "0.11 0 0 -0.11"]
    assert shown(take(ledger, whole)) == ["-5 0 0 -1.000"]
    # 0.333 x 9.5 = 3.1635 gives 3.16; the finer line evens it out to 3.33, not by 0.1665.
    assert shown(take(ledger, fine, amount="3.33")) == ["-0.1700 0 0 -0.34", "-3.16 0 0 -0.33"]
    error = refusal(lambda: take(ledger, made, lines={1: "0.001"}))
    assert paths(error) == {"lines.1": "has more than 2 decimals"}


def test_finer_lines_even_out_no_more_than_they_have() -> None:
    """0.3 x 0.15 = 0.045 gives 0.05, which is 0.005 too much: more than a line of 0.001 has."""
    ledger = opened()
    lines = [{"line_amount": "0.15"}, {"line_amount": "0.001"}, {"quantity": "5"}]
    up = entered(ledger, lines, "10.00")
    down = entered(ledger, [lines[0], {"line_amount": "-0.001"}], "10.00")

    # Of the second nothing is taken; the third has no amount and is cut by three tenths.
    assert shown(take(ledger, up, amount="3.00")) == ["-0.05 0 0 -0.33", "0 0 0 -1.50"]
    assert shown(take(ledger, down, amount="3.00")) == ["-0.05 0 0 -0.33", "0.001 0 0 -1"]


def test_where_no_amount_is_left_a_part_by_lines_takes_all_else() -> None:
    """A gift without a price, and what the header says beyond the lines."""
    ledger = opened()
    made = entered(ledger, [goods(), {"quantity": "3"}], "20.00")

    first = take(ledger, made, lines={1: "2.00"})
    rest = take(ledger, made, lines={1: "10.00"})

    assert shown(first) == ["-2.00 -0.08 -0.33 -0.33"]
    assert shown(rest) == ["-10.00 -0.42 -1.67 -1.67", "0 0 0 -3"]
    assert [each.header.total_amount for each in (first, rest)] == [-2, -18]
    assert ledger.read(CALLER, made.id).header.status is Status.REVERSED


def test_an_exchange_difference_goes_with_the_lines_it_balances() -> None:
    """Half of the payment takes half of the gain, and the last part what is left."""
    ledger = pounds()
    made = settled(ledger)

    half = take(ledger, made, lines={1: "50", 2: "50"})
    error = refusal(lambda: take(ledger, made, lines={1: "1", 2: "1", 3: "0.05"}))
    rest = take(ledger, made, lines={1: "50", 2: "50"})

    assert worth(half) == worth(rest) == ["-42.50", "40.00", "2.50"]
    assert paths(error) == {"lines.3": "has no amount, only worth in base currency"}
    assert ledger.read(CALLER, made.id).header.status is Status.REVERSED
    assert total_of(ledger) == {}


def test_a_posted_exchange_difference_is_taken_along() -> None:
    """The same, by a rule."""
    schema = """
schema "Till" version 1
ledgers GL
account bank 1000 asset
account open 1100 asset
account gain 6200 revenue
on HERA.POS.SALE.V1 {
  debit  bank total_amount base 86.00
  credit open total_amount base 80.00
  exchange difference to gain
}
"""
    books = {"organization_id": CALLER.organization_id, "base_currency": "GBP"}
    bound = {"schemas": {"till": schema}, "bindings": [{"event": "HERA.**", "schema": "till"}]}
    ledger = opened(configuration().from_dict({**books, **bound}))
    made = ledger.post(CALLER, sale(currency="EUR", exchange_rate="0.86")).transaction

    part = take(ledger, made, lines={1: "10", 2: "10"})

    assert worth(part) == ["-8.60", "8.00", "0.60"]
    assert ledger.validate(CALLER, part.id).is_valid


def test_several_differences_are_shared_by_what_is_left_of_each() -> None:
    """Those on the side that is wanted: 2.50 of 4.00 and 2.00, and no loss."""
    ledger = pounds()
    lines = [*SETTLED[:2], *(leg("CR", "0", base_amount=each) for each in ("4.00", "2.00"))]
    made = settled(ledger, [*lines, leg("DR", "0", base_amount="1.00")])

    part = take(ledger, made, lines={1: "50", 2: "50"})

    assert worth(part) == ["-42.50", "40.00", "1.67", "0.83"]


def test_a_placed_residue_is_left_with_its_line() -> None:
    """Ten lines of a cent are worth a penny each; the credit bears the 0.05 that makes."""
    ledger = pounds()
    cents = [leg("DR", "0.01") for _ in range(10)]
    made = settled(ledger, [*cents, leg("DR", "100.00"), leg("CR", "100.10", "4100")])

    part = take(ledger, made, lines={11: "100.00", 12: "100.00"})
    rest = take(ledger, made)

    # In proportion 12 would be worth 50.05; 11, taken whole, is worth its 50.00.
    assert worth(made)[10:] == ["50.00", "-50.10"]
    assert worth(part) == ["-50.00", "50.00"]
    assert worth(rest) == [*["-0.01"] * 10, "0.10"]


def test_worth_that_other_lines_balance_stays_until_they_are_taken() -> None:
    """Euros for 5.00 too much, dollars for 5.00 too little; pounds stay worth their amount."""
    ledger = pounds()
    dollars = {"currency": "USD"}
    lines = [
        *SETTLED[:2],
        leg("DR", "10.00", base_amount="8.00", **dollars),
        leg("CR", "10.00", base_amount="13.00", **dollars),
        leg("DR", "30.00", currency="GBP"),
        leg("CR", "30.00", currency="GBP"),
    ]
    made = settled(ledger, lines)

    euros = take(ledger, made, lines={1: "100", 2: "100", 5: "20", 6: "20"})
    others = take(ledger, made, lines={3: "10", 4: "10"})
    rest = take(ledger, made, lines={5: "10", 6: "10"})

    assert worth(euros) == ["-80.00", "80.00", "-20.00", "20.00"]
    # The 5.00 that the first line kept, and the two it was kept for.
    assert worth(others) == ["-5.00", "-8.00", "13.00"]
    assert [each.amount for each in others.lines] == [0, 10, 10]
    assert worth(rest) == ["-10.00", "10.00"]
    assert ledger.read(CALLER, made.id).header.status is Status.REVERSED


def test_a_part_by_amount_keeps_base_currency_at_its_amount() -> None:
    """Also beside lines in another currency of the same ledger, which share no penny with it."""
    ledger = pounds()
    own = {"currency": "GBP"}
    lines = [leg(side, amount, **own) for side, amount in (("DR", "0.05"), ("CR", "0.05"))]
    made = settled(ledger, [*(leg(side, "0.01") for side in ("DR", "CR")), *lines])

    part = take(ledger, made, amount="50.00")

    in_pounds = [each for each in part.journal if each.data["currency"] == "GBP"]
    assert [(each.amount, each.base_amount()) for each in in_pounds] == [
        (Decimal("0.03"), Decimal("0.03"))
    ] * 2


def test_decimals_of_an_earlier_correction_are_counted() -> None:
    """What was stored with more of them than its original has still adds up."""
    ledger = opened()
    made = entered(ledger, [{"line_amount": "1.00"}], "1.00")
    part = take(ledger, made, amount="0.50")
    finer = replace(part, lines=(replace(part.lines[0], amount=Decimal("-0.3333")),))

    (line,) = remains(made, [finer]).lines

    assert (line.decimals.amount, line.figures.amount) == (4, 6667)
