"""The arithmetic of tax in whole minor units."""

from decimal import Decimal
from fractions import Fraction

import pytest

from hera_engine.errors import HeraError
from hera_engine.money import RoundingMode
from hera_engine.tax.category import Reason
from hera_engine.tax.compute import (
    DocumentTax,
    StepScope,
    price_includes_tax,
    tax_is_due,
    tax_items,
)
from hera_engine.tax.profile import TaxRounding, Treatment, exempt_treatment
from hera_engine.tax.rates import TaxRate

LINE, TOTAL = TaxRounding.LINE, TaxRounding.TOTAL


def at(percent: str, code: str = "standard", reason: Reason = Reason.STANDARD) -> Treatment:
    """Return the treatment of an item under a rate."""
    rate = TaxRate(code=code, percent=Decimal(percent), reason=reason)
    return Treatment("goods", reason, rate)


def document(
    percent: str,
    prices: tuple[int, ...],
    *,
    inclusive: bool = False,
    rounding: TaxRounding = LINE,
    stated: int | None = None,
) -> DocumentTax:
    """Return the taxes of items that share one rate and price mode."""
    treatments = (at(percent),) * len(prices)
    modes = (inclusive,) * len(prices)
    return tax_items(treatments, prices, modes, rounding=rounding, stated=stated)


def taxes(found: DocumentTax) -> list[int]:
    """Return the tax of each item."""
    return [item.tax for item in found.items]


# --- line ----------------------------------------------------------------------------------


def test_tax_on_a_net_price_is_added() -> None:
    """33.33 and 66.67 at 5 per cent bear 1.67 and 3.33."""
    found = document("5.0", (3333, 6667))

    assert [(item.net, item.tax, item.gross) for item in found.items] == [
        (3333, 167, 3500),
        (6667, 333, 7000),
    ]
    assert found.tax == 500


def test_tax_in_a_gross_price_is_taken_out() -> None:
    """100.00 with 5 per cent inside is 95.24 and 4.76."""
    found = document("5", (10000,), inclusive=True)

    item = found.items[0]
    assert (item.net, item.tax, item.gross) == (9524, 476, 10000)
    assert item.exact == Fraction(10000, 21)


@pytest.mark.parametrize(("price", "tax"), [(10, 1), (-10, -1), (30, 2), (-30, -2)])
def test_half_a_unit_is_rounded_away_from_zero(price: int, tax: int) -> None:
    """0.5 becomes 1 and 1.5 becomes 2, on returns likewise."""
    assert taxes(document("5", (price,))) == [tax]


def test_another_rounding_mode_can_be_asked_for() -> None:
    """Rounded down, 1.5 units are 1."""
    found = tax_items((at("10"),), (15,), (False,), rounding=LINE, mode=RoundingMode.DOWN)

    assert taxes(found) == [1]


@pytest.mark.parametrize("reason", [reason for reason in Reason if not reason.charges_tax])
@pytest.mark.parametrize("inclusive", [True, False])
def test_what_is_not_taxed_is_net_and_gross_at_once(reason: Reason, inclusive: bool) -> None:
    """Whatever the percentage, nothing is charged, and no step of rounding is told."""
    found = tax_items((at("5", reason=reason),), (1234,), (inclusive,), rounding=TOTAL)

    item = found.items[0]
    assert (item.net, item.tax, item.gross) == (1234, 0, 1234)
    assert item.exact == 0
    assert found.steps == ()


def test_items_of_one_document_may_have_their_own_rates_and_price_modes() -> None:
    """Each item is worked out by itself."""
    treatments = (at("20"), at("5", "reduced"), exempt_treatment("rent"))

    found = tax_items(treatments, (12000, 1000, 500), (True, False, False), rounding=LINE)

    assert [(item.net, item.tax) for item in found.items] == [(10000, 2000), (1000, 50), (500, 0)]


def test_a_document_without_items_has_no_tax() -> None:
    """Nothing in, nothing out, in both roundings and with nothing stated."""
    for rounding in (LINE, TOTAL):
        found = tax_items((), (), (), rounding=rounding, stated=0)

        assert (found.items, found.tax, found.difference) == ((), 0, 0)


def test_each_item_has_its_step() -> None:
    """The step holds the exact tax and what it was rounded to."""
    step = document("5", (3333,)).steps[0]

    assert (step.scope, step.code, step.item) == (StepScope.LINE, "standard", 0)
    assert (step.exact, step.units, step.moved) == (Fraction(3333, 20), 167, ())
    assert str(step) == "items[0]: standard is 3333/20 minor units, rounded to 167"


# --- total ---------------------------------------------------------------------------------


def test_missing_units_go_to_the_items_that_were_cut_most() -> None:
    """2.4, 2.45 and 2.4 are 7.25: a unit more than 2, 2 and 2, due to the second item."""
    found = document("5", (48, 49, 48), rounding=TOTAL)

    assert taxes(found) == [2, 3, 2]


def test_units_too_many_come_from_the_items_that_were_raised_most() -> None:
    """1.6, 1.5 and 1.6 are 4.7: a unit less than 2, 2 and 2, taken from the second item."""
    found = document("5", (32, 30, 32), rounding=TOTAL)

    assert taxes(found) == [2, 1, 2]


def test_ties_go_to_the_earliest_item() -> None:
    """Of three items of half a unit each, 1.5 and so 2 in all, the first gives its unit back."""
    found = document("5", (10, 10, 10), rounding=TOTAL)

    assert taxes(found) == [0, 1, 1]


def test_moved_units_change_the_net_of_a_gross_price() -> None:
    """Three times 1.00 with 20 per cent inside bear 0.50 in all, and each gross stays 1.00."""
    found = document("20", (100, 100, 100), inclusive=True, rounding=TOTAL)

    assert [(item.net, item.tax) for item in found.items] == [(84, 16), (83, 17), (83, 17)]


def test_a_return_is_part_of_the_total() -> None:
    """2.4 three times less 0.8 is 6.4: one unit more than 2, 2, 2 and -1."""
    found = document("8", (30, 30, 30, -10), rounding=TOTAL)

    assert taxes(found) == [3, 2, 2, -1]


def test_each_rate_is_rounded_by_itself() -> None:
    """Two items of half a unit each are one unit together, but one each if their rates differ."""
    same = tax_items((at("5"), at("5")), (10, 10), (False, False), rounding=TOTAL)
    apart = tax_items((at("5"), at("5", "other")), (10, 10), (False, False), rounding=TOTAL)

    assert same.tax == 1
    assert apart.tax == 2


def test_gross_and_net_prices_of_one_rate_are_rounded_together() -> None:
    """1.05 with and 0.10 without its 5 per cent bear 5 and 0.5 units: 5.5, and so 6 in all."""
    found = tax_items((at("5"), at("5")), (105, 10), (True, False), rounding=TOTAL)

    assert taxes(found) == [5, 1]
    assert [step.exact for step in found.steps if step.scope is StepScope.TOTAL] == [
        Fraction(11, 2)
    ]


def test_a_directed_mode_is_corrected_too() -> None:
    """Rounded up, -0.1 twice and 0.05 twice are 0, 0, 1 and 1, but nothing in all."""
    found = tax_items(
        (at("5"),) * 4,
        (-2, -2, 1, 1),
        (False,) * 4,
        rounding=TOTAL,
        mode=RoundingMode.CEILING,
    )

    assert taxes(found) == [0, 0, 0, 0]


def test_the_step_over_the_document_tells_what_moved() -> None:
    """It names the rate, the exact sum, and by how much each item was changed."""
    step = document("5", (10, 10, 10), rounding=TOTAL).steps[-1]

    assert (step.scope, step.item, step.exact) == (StepScope.TOTAL, None, Fraction(3, 2))
    assert (step.units, step.moved) == (2, ((0, -1),))
    assert str(step) == "document: standard is 3/2 minor units, rounded to 2; moved items[0] by -1"


def test_a_step_that_moves_nothing_says_nothing_of_moves() -> None:
    """A total that the items already add up to is only stated."""
    step = document("5", (100,), rounding=TOTAL).steps[-1]

    assert str(step) == "document: standard is 5 minor units, rounded to 5"


@pytest.mark.parametrize("rounding", [TaxRounding.NONE, TaxRounding.SWEDISH])
def test_none_and_swedish_round_tax_as_total_does(rounding: TaxRounding) -> None:
    """5 per cent of 0.10 three times are 0.015, and so 0.02 under all three."""
    found = document("5", (10, 10, 10), rounding=rounding)

    assert taxes(found) == [0, 1, 1]
    assert found == document("5", (10, 10, 10), rounding=TOTAL)


# --- stated tax ----------------------------------------------------------------------------


def test_a_stated_tax_is_spread_by_the_computed_taxes() -> None:
    """0.11 on two items of 0.05 each is 0.06 and 0.05, one unit more than computed."""
    found = document("5", (100, 100), stated=11)

    assert taxes(found) == [6, 5]
    assert found.difference == 1
    assert not found.is_off


def test_a_stated_tax_that_agrees_changes_no_item() -> None:
    """Even where the exact taxes would be spread otherwise."""
    found = document("5", (10, 10, 10), stated=3)

    assert taxes(found) == [1, 1, 1]
    assert found.difference == 0


def test_a_stated_tax_comes_out_of_gross_prices() -> None:
    """Each gross stays what it was."""
    found = document("5", (105, 105), inclusive=True, stated=12)

    assert [(item.net, item.tax, item.gross) for item in found.items] == [(99, 6, 105)] * 2


def test_with_returns_only_the_difference_is_spread() -> None:
    """Taxes of 10 and -5 with 6 stated keep their figures but for one unit on the larger."""
    found = document("5", (200, -100), stated=6)

    assert taxes(found) == [11, -5]


def test_a_stated_tax_on_a_return_is_negative() -> None:
    """It is spread as its opposite would be."""
    found = document("5", (-100, -100), stated=-11)

    assert taxes(found) == [-6, -5]


def test_taxes_below_half_a_unit_are_told_apart_by_their_exact_figures() -> None:
    """Items of 0.25 and 0.45 units, none of which shows, share a stated unit by these."""
    found = document("5", (5, 9), stated=1)

    assert taxes(found) == [0, 1]


@pytest.mark.parametrize(("stated", "off"), [(12, False), (13, True), (8, False), (7, True)])
def test_a_stated_tax_is_off_beyond_one_unit_per_item(stated: int, off: bool) -> None:
    """Two items of 5 units each allow 8 to 12."""
    assert document("5", (100, 100), stated=stated).is_off == off


def test_the_step_of_a_stated_tax_tells_both_figures() -> None:
    """Computed, stated, and what moved."""
    step = document("5", (100, 100), stated=11).steps[-1]

    assert (step.scope, step.exact, step.units) == (StepScope.STATED, Fraction(10), 11)
    assert str(step) == "document: 10 minor units computed, 11 stated; moved items[0] by +1"


def test_a_tax_stated_where_none_is_due_is_refused() -> None:
    """A stated zero is no contradiction."""
    with pytest.raises(HeraError) as caught:
        tax_items((exempt_treatment(),), (100,), (False,), rounding=LINE, stated=5)
    agreed = tax_items((exempt_treatment(),), (100,), (False,), rounding=LINE, stated=0)

    assert caught.value.code == "E_GUARDRAIL"
    assert taxes(agreed) == [0]


def test_tax_is_due_where_an_item_with_a_price_bears_it() -> None:
    """A taxed item that is free and an exempt one with a price call for none."""
    pair = (at("5"), exempt_treatment())

    assert tax_is_due(pair, (1, 0))
    assert not tax_is_due(pair, (0, 100))


# --- price modes ---------------------------------------------------------------------------


def test_the_nearest_word_on_price_modes_decides() -> None:
    """Item, event, schema, rate, profile: the first that says anything is followed."""
    assert price_includes_tax(item=False, event=True, schema=True, rate=True, profile=True) is False
    assert price_includes_tax(event=True, schema=False, rate=False, profile=False) is True
    assert price_includes_tax(schema=True, rate=False, profile=False) is True
    assert price_includes_tax(rate=True, profile=False) is True
    assert price_includes_tax(profile=True) is True


def test_prices_are_without_tax_where_nobody_says() -> None:
    """Unsaid everywhere means exclusive."""
    assert price_includes_tax() is False
