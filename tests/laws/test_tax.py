"""What holds for every document: net, tax and gross agree, and rounding loses nothing."""

from dataclasses import dataclass, replace
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_UP,
    Context,
    Decimal,
    FloatOperation,
    Inexact,
    Rounded,
    Subnormal,
    localcontext,
)
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from hera_engine.money import RoundingMode
from hera_engine.tax import (
    Reason,
    TaxItem,
    TaxProfile,
    TaxRate,
    TaxResult,
    TaxRounding,
    Treatment,
    compute_tax,
    exempt_treatment,
    tax_is_due,
    tax_items,
)
from hera_engine.tax.compute import DocumentTax, StepScope

MIRRORED = (RoundingMode.HALF_UP, RoundingMode.HALF_EVEN, RoundingMode.UP, RoundingMode.DOWN)
"""Modes that treat an amount and its opposite alike."""

roundings = st.sampled_from(TaxRounding)
over_the_document = st.sampled_from((TaxRounding.NONE, TaxRounding.TOTAL, TaxRounding.SWEDISH))
contexts = st.builds(
    Context,
    prec=st.integers(1, 6),
    rounding=st.sampled_from((ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP)),
    traps=st.lists(st.sampled_from((Inexact, Rounded, FloatOperation, Subnormal)), unique=True),
    Emax=st.sampled_from((9, 999_999)),
)
"""What a caller may have done to the decimal context around a call."""
percents = st.one_of(
    st.sampled_from(("0.5", "5", "7.7", "9.975", "19", "20", "33.333333333333", "100")),
    st.integers(1, 1000 * 10**12).map(lambda parts: f"{parts // 10**12}.{parts % 10**12:012}"),
)


def taxed(percent: str, code: str) -> Treatment:
    """Return the treatment of an item under a rate above zero."""
    rate = TaxRate(code=code, percent=Decimal(percent), reason=Reason.STANDARD)
    return Treatment("goods", Reason.STANDARD, rate)


@dataclass(frozen=True, slots=True)
class Document:
    """Treatments, prices and price modes of the items of one document."""

    treatments: tuple[Treatment, ...]
    prices: tuple[int, ...]
    inclusive: tuple[bool, ...]

    def taxes(self, rounding: TaxRounding, mode: RoundingMode = MIRRORED[0]) -> DocumentTax:
        """Return its taxes."""
        return tax_items(self.treatments, self.prices, self.inclusive, rounding=rounding, mode=mode)

    def exact(self, index: int) -> Fraction:
        """Return the exact tax of one item by the textbook: the oracle of this file."""
        treatment, price = self.treatments[index], Fraction(self.prices[index])
        if not treatment.is_taxed:
            return Fraction(0)
        rate = Fraction(treatment.percent) / 100
        return price - price / (1 + rate) if self.inclusive[index] else price * rate


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw up to eight items under up to three rates, with returns, gifts and exempt items."""
    codes = ("a", "b", "c")
    rates = [taxed(draw(percents), code) for code in codes]
    treatments = st.sampled_from((*rates, exempt_treatment("rent")))
    prices = st.one_of(st.integers(-60, 60), st.integers(-(10**20), 10**20))
    items = draw(st.lists(st.tuples(treatments, prices, st.booleans()), max_size=8))
    return Document(
        tuple(item[0] for item in items),
        tuple(item[1] for item in items),
        tuple(item[2] for item in items),
    )


def cents(amount: Decimal) -> int:
    """Return an amount in cents."""
    return int(Fraction(amount) * 100)


def figures(result: TaxResult) -> list[tuple[int, int, int]]:
    """Return net, tax and gross of the document and of each item, in cents."""
    totals = (cents(result.net), cents(result.tax), cents(result.gross))
    return [totals, *((cents(i.net), cents(i.tax), cents(i.gross)) for i in result.items)]


def half_up(value: Fraction) -> int:
    """Round half away from zero, with fractions alone."""
    size = (abs(value) + Fraction(1, 2)).__floor__()
    return size if value >= 0 else -size


HALVES = Document((taxed("5", "a"),) * 3, (10, 10, 10), (False, False, False))


@given(document=documents(), rounding=roundings, mode=st.sampled_from(RoundingMode))
@example(document=HALVES, rounding=TaxRounding.TOTAL, mode=RoundingMode.HALF_UP)
def test_net_and_tax_are_gross(
    document: Document, rounding: TaxRounding, mode: RoundingMode
) -> None:
    """The given price stays: as gross where it includes tax, as net where it does not."""
    found = document.taxes(rounding, mode)

    for item, price, inclusive in zip(
        found.items, document.prices, document.inclusive, strict=True
    ):
        assert item.net + item.tax == item.gross
        assert (item.gross if inclusive else item.net) == price


@given(document=documents())
def test_line_rounding_agrees_with_exact_fractions(document: Document) -> None:
    """Each item's tax is the textbook figure, rounded half up by other means."""
    found = document.taxes(TaxRounding.LINE)

    for index, item in enumerate(found.items):
        assert item.exact == document.exact(index)
        assert item.tax == half_up(document.exact(index))


@given(document=documents(), rounding=over_the_document)
@example(document=HALVES, rounding=TaxRounding.TOTAL)
def test_total_rounding_conserves_the_tax_of_each_rate(
    document: Document, rounding: TaxRounding
) -> None:
    """The taxes of a rate's items add up to its exact tax over the document, rounded once."""
    found = document.taxes(rounding)

    for treatment in set(document.treatments):
        members = [at for at, each in enumerate(document.treatments) if each == treatment]
        exact = sum((document.exact(at) for at in members), Fraction(0))
        assert sum(found.items[at].tax for at in members) == half_up(exact)


@given(document=documents(), mode=st.sampled_from(RoundingMode))
@example(document=HALVES, mode=RoundingMode.HALF_UP)
def test_total_rounding_moves_whole_units_to_those_who_erred_most(
    document: Document, mode: RoundingMode
) -> None:
    """No item moves by more than one unit, nor instead of one that has a better claim."""
    line, total = document.taxes(TaxRounding.LINE, mode), document.taxes(TaxRounding.TOTAL, mode)
    pairs = list(zip(line.items, total.items, strict=True))
    moves = [after.tax - before.tax for before, after in pairs]
    erred = [document.exact(at) - before.tax for at, (before, _) in enumerate(pairs)]

    assert all(abs(move) <= 1 for move in moves)
    for here, move in enumerate(moves):
        for other, treatment in enumerate(document.treatments):
            if move and not moves[other] and treatment == document.treatments[here]:
                claims = (move * erred[here], -here), (move * erred[other], -other)
                assert claims[0] > claims[1]


@given(document=documents(), rounding=roundings, mode=st.sampled_from(MIRRORED))
def test_a_mirrored_document_has_mirrored_taxes(
    document: Document, rounding: TaxRounding, mode: RoundingMode
) -> None:
    """A refund of everything gives back exactly what the sale took."""
    opposite = Document(
        document.treatments, tuple(-price for price in document.prices), document.inclusive
    )

    sale, refund = document.taxes(rounding, mode), opposite.taxes(rounding, mode)

    assert [(-item.net, -item.tax) for item in refund.items] == [
        (item.net, item.tax) for item in sale.items
    ]


@given(document=documents(), rounding=roundings)
def test_the_last_step_of_each_item_is_what_it_bears(
    document: Document, rounding: TaxRounding
) -> None:
    """Line steps and the moves of later ones add up to the taxes: the evidence is complete."""
    found = document.taxes(rounding)
    told = [0] * len(found.items)

    for step in found.steps:
        if step.scope is StepScope.LINE and step.item is not None:
            told[step.item] += step.units
        for index, units in step.moved:
            told[index] += units

    assert told == [item.tax for item in found.items]


@given(document=documents(), rounding=roundings, stated=st.integers(-(10**6), 10**6))
def test_a_stated_tax_is_kept_to_the_unit(
    document: Document, rounding: TaxRounding, stated: int
) -> None:
    """The items bear together what was stated, and the difference tells what was computed."""
    if not tax_is_due(document.treatments, document.prices):
        stated = 0

    found = tax_items(
        document.treatments,
        document.prices,
        document.inclusive,
        rounding=rounding,
        stated=stated,
    )

    assert found.tax == stated
    assert found.difference == stated - document.taxes(rounding).tax
    for treatment, item in zip(document.treatments, found.items, strict=True):
        assert treatment.is_taxed or item.tax == 0


# --- the same by way of compute_tax --------------------------------------------------------


@st.composite
def sold(draw: st.DrawFn) -> tuple[TaxProfile, list[TaxItem]]:
    """Return a profile of three rates, one of nought, and up to six items under them."""
    profile = TaxProfile.from_mapping(
        {
            "rounding_method": draw(roundings).value,
            "inclusive_prices": draw(st.booleans()),
            "rates": [
                {"code": "a", "percent": draw(percents)},
                {"code": "b", "percent": draw(percents)},
                {"code": "nought", "percent": "0"},
            ],
        }
    )
    units = st.one_of(st.integers(-60, 60), st.integers(-(10**9), 10**9))
    items = st.builds(
        TaxItem,
        amount=units.map(lambda each: Decimal(each).scaleb(-2)),
        category=st.sampled_from(("a", "b", "nought")),
        inclusive=st.sampled_from((None, True, False)),
        exempt=st.sampled_from((False, False, True)),
    )
    return profile, draw(st.lists(items, max_size=6))


Sold = tuple[TaxProfile, list[TaxItem]]


@given(sold())
def test_items_and_rates_add_up_to_the_document(document: Sold) -> None:
    """Nets, taxes and grosses of the items make the document's; so does the tax by rate."""
    result = compute_tax(*document)

    assert sum(map(cents, (item.tax for item in result.items))) == cents(result.tax)
    assert sum(map(cents, (item.net for item in result.items))) == cents(result.net)
    assert sum(map(cents, result.by_rate.values())) == cents(result.tax)
    assert cents(result.net) + cents(result.tax) == cents(result.gross)
    for item in result.items:
        assert cents(item.net) + cents(item.tax) == cents(item.gross)
        assert sum(cents(tax.amount) for tax in item.components) == cents(item.tax)


@given(sold())
def test_a_rate_of_nought_changes_nothing(document: Sold) -> None:
    """Items under it have the figures that they have without a rate, and so have all others."""
    profile, items = document
    without = [replace(item, exempt=item.exempt or item.category == "nought") for item in items]

    one, other = compute_tax(profile, items), compute_tax(profile, without)

    assert figures(one) == figures(other)


@given(sold(), st.integers(-(10**6), 10**6))
def test_a_split_moves_a_total_by_nothing_and_a_line_by_a_unit(document: Sold, part: int) -> None:
    """Two items in place of one: the same document, or a cent more or less of tax."""
    profile, items = document
    first = TaxItem(amount=Decimal(4321).scaleb(-2), category="a", inclusive=False)
    parts = [replace(first, amount=Decimal(units).scaleb(-2)) for units in (part, 4321 - part)]

    one, two = compute_tax(profile, [first, *items]), compute_tax(profile, [*parts, *items])

    if profile.rounding is TaxRounding.LINE:
        assert abs(cents(one.tax) - cents(two.tax)) <= 1
        assert one.net == two.net
    else:
        assert (one.tax, one.by_rate) == (two.tax, two.by_rate)
        # A unit that moves from a net price to a gross one is no longer paid on top.
        if not any(item.inclusive for item in one.items):
            assert (one.net, one.gross) == (two.net, two.gross)


@given(sold(), contexts)
def test_the_result_ignores_the_ambient_decimal_context(document: Sold, ambient: Context) -> None:
    """Whatever precision, rounding and traps are set around it, the same figures come out."""
    profile, items = document
    expected = compute_tax(profile, items)

    with localcontext(ambient):
        found = compute_tax(TaxProfile.from_mapping(profile.to_mapping()), items)

    assert found == expected
    assert found.summary() == expected.summary()


@given(percent=percents, code=st.sampled_from(("standard", "reduced")))
def test_a_profile_is_read_back_as_it_was_written(percent: str, code: str) -> None:
    """Whatever the percentage, its digits survive."""
    profile = TaxProfile.from_mapping({"id": "x", "rates": [{"code": code, "percent": percent}]})

    assert TaxProfile.from_mapping(profile.to_mapping()) == profile
