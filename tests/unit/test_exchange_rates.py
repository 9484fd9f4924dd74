"""Tables of exchange rates: which quotation a day gets, inversion, third currencies, refusals."""

import pickle
from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from hera_engine.errors import HeraError
from hera_engine.exchange_rates import Quotation, RateError, RateTable

EURO = {"from": "EUR", "to": "GBP", "effective_from": "2025-01-01"}


def table(*quotations: object, **more: object) -> RateTable:
    """Return a table of quotations."""
    return RateTable.from_mapping({"rates": quotations, **more})


def quoted(rate: str, day: str, **more: object) -> dict[str, object]:
    """Return a quotation of euro in pounds."""
    return {**EURO, "rate": rate, "effective_from": day, **more}


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        ("2025-01-01", "0.83"), ("2025-01-31", "0.83"), ("2025-02-01", "0.84"),
        ("2031-01-01", "0.84"),
    ],
)  # fmt: skip
def test_the_last_quotation_on_or_before_a_day_applies(day: str, rate: str) -> None:
    """A quotation is good from its day until the next one's."""
    rates = table(quoted("0.84", "2025-02-01"), quoted("0.83", "2025-01-01"))

    found = rates.rate("EUR", "GBP", date.fromisoformat(day))

    assert (found.rate, found.stated) == (Fraction(rate), rate)


def test_an_inverse_quotation_is_an_exact_fraction() -> None:
    """3 per unit of base is one third, and not 0.333333333333."""
    rates = table({**EURO, "per_base": "3"})

    ahead, back = (rates.rate(*pair, date(2025, 1, 1)) for pair in (("EUR", "GBP"), ("GBP", "EUR")))

    assert (ahead.rate, ahead.stated) == (Fraction(1, 3), "1/3")
    assert (back.rate, back.stated) == (Fraction(3), "3")


def test_the_later_of_two_directions_applies_and_the_direct_one_on_the_same_day() -> None:
    """A quotation serves both directions; none is better but by its day, then its direction."""
    back = {"from": "GBP", "to": "EUR", "rate": "1.25"}
    rates = table(
        quoted("0.83", "2025-01-01"),
        {**back, "effective_from": "2025-01-01"},
        {**back, "effective_from": "2025-02-01"},
    )

    same, later = (rates.rate("EUR", "GBP", date(2025, month, 1)) for month in (1, 2))

    assert (same.stated, later.stated) == ("0.83", "1/1.25")


THROUGH = (
    {"from": "EUR", "to": "USD", "rate": "1.1", "effective_from": "2025-01-01"},
    {"from": "EUR", "to": "JPY", "rate": "160", "effective_from": "2025-01-02", "source": "bank"},
)


def test_a_rate_goes_through_a_third_currency_where_that_is_declared() -> None:
    """Yen for one dollar are 160/1.1, made of both quotations, exactly."""
    rates = table(*THROUGH, through=["CHF", "EUR"])

    found = rates.rate("USD", "JPY", date(2025, 1, 2))

    assert (found.rate, found.stated) == (Fraction(160) / Fraction("1.1"), "1/1.1*160")
    assert str(found) == (
        "1/1.1 EUR for 1 USD, quoted 2025-01-01 times 160 JPY for 1 EUR, quoted 2025-01-02, bank"
    )


def test_no_rate_goes_through_a_third_currency_by_itself() -> None:
    """Without the declaration there is no rate."""
    with pytest.raises(RateError, match="no exchange rate from USD to JPY on 2025-01-02"):
        table(*THROUGH).rate("USD", "JPY", date(2025, 1, 2))


def test_both_legs_must_be_there_by_the_day() -> None:
    """A day before the second quotation has no rate through the third currency."""
    with pytest.raises(RateError):
        table(*THROUGH, through=["EUR"]).rate("USD", "JPY", date(2025, 1, 1))


@pytest.mark.parametrize(("age", "refused"), [(7, False), (6, True), (None, False)])
def test_a_quotation_may_be_too_old(age: int | None, *, refused: bool) -> None:
    """Seven days after its day a quotation is seven days old."""
    rates = table(quoted("0.83", "2025-01-01"), max_age_days=age)

    try:
        rates.rate("EUR", "GBP", date(2025, 1, 8))
        found = None
    except RateError as error:
        found = error

    assert (found is not None) is refused
    if found is not None:
        assert found.code == "E_RATE_RESOLUTION"
        assert found.hint is not None
        assert "the last is of 2025-01-01, 7 days old" in found.hint


def test_a_day_before_the_first_quotation_and_no_day_at_all_have_no_rate() -> None:
    """The engine invents neither a rate nor a date."""
    rates = table(quoted("0.83", "2025-01-01"))

    with pytest.raises(RateError, match="on 2024-12-31"):
        rates.rate("EUR", "GBP", date(2024, 12, 31))
    with pytest.raises(RateError, match="without a date"):
        rates.rate("EUR", "GBP", None)


def test_a_table_survives_pickling() -> None:
    """A table that was pickled finds the same rates, and is equal."""
    rates = table(*THROUGH, through=["EUR"], max_age_days=30)

    again = pickle.loads(pickle.dumps(rates))

    assert again == rates
    day = date(2025, 1, 2)
    assert again.rate("USD", "JPY", day) == rates.rate("USD", "JPY", day)


def test_an_error_without_a_rate_survives_pickling() -> None:
    """What was missing is told in another process too."""
    with pytest.raises(RateError) as caught:
        table().rate("EUR", "GBP", date(2025, 1, 1))

    again = pickle.loads(pickle.dumps(caught.value))

    assert (again.code, again.details, again.hint) == (
        caught.value.code, caught.value.details, caught.value.hint,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("EUR", "exchange_rates.rates is not a list"),
        ([1], "exchange_rates[0] is not a mapping"),
        ({"rate": []}, "exchange_rates has no key `rate`"),
        ({"rates": [], "max_age_days": -1}, "exchange_rates.max_age_days is not a whole number"),
        ({"rates": [], "max_age_days": True}, "exchange_rates.max_age_days is not a whole number"),
        ({"rates": [], "through": "EUR"}, "exchange_rates.through is not a list"),
        ({"rates": [], "through": ["EURO"]}, "exchange_rates.through `EURO` is not"),
        ([EURO], "has not exactly one of `rate` and `per_base`"),
        ([{**EURO, "rate": "1", "per_base": "1"}], "has not exactly one of"),
        ([{**EURO, "rate": 0.83}], "exchange_rates[0].rate is a float"),
        ([{**EURO, "rate": "0"}], "exchange_rates[0].rate is not above zero"),
        ([{**EURO, "rate": "-1"}], "exchange_rates[0].rate is not above zero"),
        ([{**EURO, "rate": "1", "effective_from": "2025-02-30"}], "effective_from is not a date"),
        ([{**EURO, "rate": "1", "effective_from": None}], "effective_from is not a date"),
        ([{**EURO, "rate": "1", "effective_from": "2025-W01-1"}], "effective_from is not a date"),
        ([{**EURO, "rate": "1", "source": "a\u202eb"}], "source has a hidden character"),
        ([{**EURO, "rate": "1", "to": None}], "exchange_rates[0].to lacks a currency"),
        ([{**EURO, "rate": "1", "source": ""}], "exchange_rates[0].source is not a text"),
        ([{**EURO, "rate": "1", "source": "x" * 1025}], "source has more than 1024 characters"),
        ([{**EURO, "rate": "1", "to": "EUR"}], "exchange_rates[0] quotes EUR in itself"),
        ([{**EURO, "rate": "1", "from": None}], "exchange_rates[0].from lacks a currency"),
        ([{**EURO, "rate": "1", "day": 1}], "exchange_rates[0] has no key `day`"),
        ([{**EURO, "rate": "1"}] * 2, "two exchange rates from EUR to GBP on 2025-01-01"),
    ],
)
def test_what_is_no_table_is_refused(data: object, message: str) -> None:
    """The first part that does not fit is named with its path."""
    with pytest.raises(HeraError) as caught:
        RateTable.from_mapping(data)

    assert caught.value.code == "E_GUARDRAIL"
    assert message in caught.value.message


NEW_YEAR = date(2025, 1, 1)
untyped: Callable[..., object] = Quotation
untyped_table: Callable[..., object] = RateTable
"""Both as a caller without a type checker has them."""


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: untyped("EUR", "USD", Fraction(-1), "-1", NEW_YEAR), "rate is not a Fraction"),
        (lambda: untyped("EUR", "USD", Fraction(0), "0", NEW_YEAR), "rate is not a Fraction"),
        (lambda: untyped("EUR", "USD", 1.5, "1.5", NEW_YEAR), "rate is not a Fraction"),
        (lambda: untyped("EUR", "USD", Fraction(2), "3", NEW_YEAR), "stated is not the rate"),
        (lambda: untyped("EUR", "USD", Fraction(2), "1/2", NEW_YEAR), "stated is not the rate"),
        (lambda: untyped("EUR", "USD", Fraction(2), None, NEW_YEAR), "quotation.stated is"),
        (lambda: untyped("EUR", "USD", Fraction(2), "1/0", NEW_YEAR), "is not above zero"),
        (lambda: untyped("EUR", "EUR", Fraction(1), "1", NEW_YEAR), "quotes EUR in itself"),
        (lambda: untyped("EURO", "EUR", Fraction(1), "1", NEW_YEAR), "currency `EURO` is not"),
        (lambda: untyped("EUR", "USD", Fraction(1), "1", "2025-01-01"), "is not a date"),
        (lambda: untyped("EUR", "USD", Fraction(1), "1", NEW_YEAR, ""), "source is not a text"),
        (lambda: untyped_table([]), "has no tuples"),
        (lambda: untyped_table(("EUR",)), "exchange_rates[0] is not a quotation"),
        (lambda: untyped_table((), ("EURO",)), "exchange_rates.through `EURO` is not"),
        (lambda: untyped_table((), (), -1), "max_age_days is not a whole number"),
    ],
)
def test_what_is_made_by_hand_is_held_to_the_same(make: Callable[[], object], message: str) -> None:
    """A quotation or table that could not be read from plain values cannot be made either."""
    with pytest.raises(HeraError) as caught:
        make()

    assert caught.value.code == "E_GUARDRAIL"
    assert message in caught.value.message


def test_a_table_of_quotations_is_that_of_their_plain_values() -> None:
    """Both ways of making a table give the same rates."""
    by_hand = RateTable(
        (Quotation("EUR", "GBP", Fraction(1, 3), "1/3.0", NEW_YEAR, "bank"),), ("USD",), 30
    )
    again = table({**EURO, "per_base": "3.0", "source": "bank"}, through=["USD"], max_age_days=30)

    assert again.rate("EUR", "GBP", NEW_YEAR).rate == by_hand.rate("EUR", "GBP", NEW_YEAR).rate
