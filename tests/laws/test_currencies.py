"""What is true of every entry in foreign currency, whatever the rates."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from hera_engine import PostingEngine
from hera_engine.accounts import Side
from hera_engine.exchange_rates import RateError, RateTable
from hera_engine.journal import JournalEntry
from hera_engine.money import currency_exponent, from_minor
from tests.laws.posting import examples

SCHEMA: Final = """\
ledgers GL, IFRS
account bank       1200
account receivable 1300
account transit    1350
account first      4101
account second     4102
account third      4103
account gain       7810
account loss       7820
account gain in IFRS 7900
account tax_output 2200
account revenue    4100
account clearing   1100
map account_of(number) { "1" -> first, "2" -> second, else -> third }
on HERA.LAW.SOLD.V1 {
  given total_amount = sum(parts.amount)
  debit bank total_amount
  for part in parts { credit account_of(part.number) part.amount }
}
on HERA.LAW.PAID.V1 {
  given total_amount = sum(parts.amount)
  debit bank total_amount
  for part in parts { credit receivable part.amount at part.rate }
  for leg in legs {
    debit bank     leg.amount currency leg.currency
    credit transit leg.amount currency leg.currency base leg.worth
  }
  exchange difference to gain, loss
}
on HERA.LAW.UNPAID.V1 reverses HERA.LAW.PAID.V1
"""
DAY: Final = "2025-03-01"
CURRENCIES: Final = ("EUR", "JPY", "KWD", "USD")
BASES: Final = ("GBP", "CLP", "BHD")

_rates = st.integers(1, 10**9).map(lambda units: Decimal(units).scaleb(-6))
_units = st.integers(1, 10**7)


def _written(units: int, currency: str) -> str:
    return str(from_minor(units, currency_exponent(currency)))


@st.composite
def payments(draw: st.DrawFn) -> dict[str, object]:
    """Return a payment of claims booked at rates of their own, with legs in other currencies."""
    currency, base = draw(st.sampled_from(CURRENCIES)), draw(st.sampled_from(BASES))
    parts = draw(st.lists(st.tuples(_units, _rates), min_size=1, max_size=4))
    others = st.sampled_from([each for each in CURRENCIES if each != currency] + [base])
    legs = draw(st.lists(st.tuples(others, _units, _units), max_size=3))
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.LAW.PAID.V1",
        "total_amount": _written(sum(units for units, _ in parts), currency),
        "currency": currency,
        "base_currency": base,
        "transaction_date": DAY,
        "business_context": {
            "parts": [
                {"amount": _written(units, currency), "rate": str(rate)} for units, rate in parts
            ],
            "legs": [
                {
                    "currency": other,
                    "amount": _written(units, other),
                    "worth": _written(units if other == base else worth, base),
                }
                for other, units, worth in legs
            ],
        },
    }


@st.composite
def tables(draw: st.DrawFn) -> RateTable:
    """Return a table with a quotation from each currency to each base, this way or that."""
    return RateTable.from_mapping(
        [
            {
                "from": currency, "to": base, "effective_from": DAY,
                draw(st.sampled_from(("rate", "per_base"))): str(draw(_rates)),
            }
            for currency in CURRENCIES
            for base in BASES
        ]
    )  # fmt: skip


def figures(entry: JournalEntry) -> dict[tuple[str, str, str], tuple[Fraction, Fraction]]:
    """Return debits less credits by ledger, account and currency, beside what they are worth."""
    sums: dict[tuple[str, str, str], tuple[Fraction, Fraction]] = {}
    for line in entry.lines:
        sign = 1 if line.side is Side.DEBIT else -1
        key = (line.ledger, line.account.key, line.currency)
        amount, worth = sums.get(key, (Fraction(), Fraction()))
        sums[key] = (
            amount + sign * Fraction(line.amount),
            worth + sign * Fraction(line.base_amount),
        )
    return sums


@examples(60)
@given(event=payments(), rates=tables())
def test_every_entry_balances_by_ledger_and_currency_and_in_base(
    event: Mapping[str, object], rates: RateTable
) -> None:
    """Debits are credits in each ledger and currency, and in base, at whatever rates."""
    entry = PostingEngine(SCHEMA, exchange_rates=rates).simulate(event)

    sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (ledger, _, currency), (amount, worth) in figures(entry).items():
        sums[ledger, currency] += amount
        sums[ledger, "base"] += worth
    assert set(sums.values()) == {Fraction()}
    assert {ledger for ledger, _ in sums} == {"GL", "IFRS"}


@examples(40)
@given(event=payments(), rates=tables())
def test_what_is_taken_back_is_the_opposite_in_both_currencies(
    event: Mapping[str, object], rates: RateTable
) -> None:
    """An entry and its reversal cancel on every account, its gains and losses included."""
    engine = PostingEngine(SCHEMA, exchange_rates=rates)

    posted = figures(engine.simulate(event))
    reversed_ = figures(engine.simulate({**event, "event_smart_code": "HERA.LAW.UNPAID.V1"}))

    assert reversed_ == {key: (-amount, -worth) for key, (amount, worth) in posted.items()}


@examples(40)
@given(event=payments(), rates=tables())
def test_a_difference_is_what_the_claims_were_booked_at_too_much_or_too_little(
    event: Mapping[str, object], rates: RateTable
) -> None:
    """In each ledger gains and losses are the base amounts of the other lines, turned."""
    entry = PostingEngine(SCHEMA, exchange_rates=rates).simulate(event)

    for ledger in ("GL", "IFRS"):
        worths = {key: worth for key, (_, worth) in figures(entry).items() if key[0] == ledger}
        keys = {key[1] for key in worths} & {"gain", "loss"}
        taken = sum(worth for key, worth in worths.items() if key[1] in keys)
        booked = sum(worth for key, worth in worths.items() if key[1] not in keys)
        assert taken == -booked
        assert keys == ({"gain"} if taken < 0 else {"loss"} if taken > 0 else set())


@st.composite
def sales(draw: st.DrawFn) -> dict[str, object]:
    """Return a sale of up to three parts, each on an account of its own."""
    currency = draw(st.sampled_from(CURRENCIES))
    parts = draw(st.lists(_units, min_size=1, max_size=3))
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.LAW.SOLD.V1",
        "total_amount": _written(sum(parts), currency),
        "currency": currency,
        "transaction_date": DAY,
        "business_context": {
            "parts": [
                {"number": str(number), "amount": _written(units, currency)}
                for number, units in enumerate(parts, start=1)
            ]
        },
    }


@examples(30)
@given(event=sales())
def test_converting_at_rate_one_changes_no_amount(event: Mapping[str, object]) -> None:
    """Between currencies of the same decimals a rate of 1 leaves every figure as it is."""
    twin = {"EUR": "USD", "USD": "EUR", "JPY": "CLP", "KWD": "BHD"}[str(event["currency"])]

    entry = PostingEngine(SCHEMA).simulate({**event, "base_currency": twin, "exchange_rate": "1"})

    assert all(line.base_amount == line.amount for line in entry.lines)


@examples(60)
@given(event=sales(), base=st.sampled_from(BASES), rate=_rates)
@example(
    event={
        "organization_id": "org-1", "event_smart_code": "HERA.LAW.SOLD.V1",
        "total_amount": "0.03", "currency": "EUR",
        "business_context": {"parts": [{"number": str(n), "amount": "0.01"} for n in (1, 2, 3)]},
    },
    base="GBP",
    rate=Decimal("0.5"),
)  # fmt: skip
def test_the_residue_is_within_half_a_unit_for_each_line(
    event: Mapping[str, object], base: str, rate: Decimal
) -> None:
    """One line per ledger takes it; every other is its exact worth, rounded to the nearest."""
    sent = {**event, "base_currency": base, "exchange_rate": str(rate)}

    entry = PostingEngine(SCHEMA).simulate(sent)

    unit = Fraction(1, 10 ** currency_exponent(base))
    for ledger in ("GL", "IFRS"):
        lines = [line for line in entry.lines if line.ledger == ledger]
        errors = [
            abs(Fraction(line.base_amount) - Fraction(line.amount) * Fraction(rate))
            for line in lines
        ]
        assert sum(error > unit / 2 for error in errors) <= 1
        assert max(errors) <= unit / 2 * (len(lines) + 1)


@examples(60)
@given(
    days=st.dictionaries(st.integers(0, 60), _rates, max_size=8),
    asked=st.integers(0, 70),
    age=st.none() | st.integers(0, 30),
)
def test_the_rate_of_a_day_is_the_last_that_is_not_too_old(
    days: dict[int, Decimal], asked: int, age: int | None
) -> None:
    """A table answers like a search through all of its quotations, and inverts exactly."""
    start = date(2025, 1, 1)
    table = RateTable.from_mapping(
        {
            "rates": [
                {"from": "EUR", "to": "GBP", "rate": str(rate),
                 "effective_from": start + timedelta(days=day)}
                for day, rate in days.items()
            ],
            "max_age_days": age,
        }
    )  # fmt: skip
    known = [day for day in days if 0 <= asked - day <= (asked if age is None else age)]
    day = start + timedelta(days=asked)

    if not known:
        for pair in (("EUR", "GBP"), ("GBP", "EUR")):
            assert _refused(table, pair, day)
        return
    found, back = table.rate("EUR", "GBP", day), table.rate("GBP", "EUR", day)

    assert found.rate == Fraction(days[max(known)])
    assert found.rate * back.rate == 1


def _refused(table: RateTable, pair: tuple[str, str], day: date) -> bool:
    try:
        table.rate(*pair, day)
    except RateError:
        return True
    return False
