"""What holds for every EN 16931 document: what is worked out is right, and errors are found."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hera_engine.errors import HeraError
from hera_engine.money import exact_add
from hera_engine.tax.en16931 import (
    Adjustment,
    Document,
    DocumentLine,
    Totals,
    check_document,
    complete_document,
    read_document,
)

amounts = st.decimals(-(10**7), 10**7, places=2)
fine_amounts = st.decimals(-(10**5), 10**5, places=4)
categories = st.one_of(
    st.tuples(st.just("S"), st.sampled_from((Decimal("4.8"), Decimal(19), Decimal("25.0")))),
    st.tuples(st.sampled_from(("Z", "E", "AE", "K", "G")), st.just(Decimal(0))),
    st.tuples(st.just("O"), st.none()),
)


@st.composite
def adjustments(draw: st.DrawFn) -> Adjustment:
    """Return an allowance or charge of a document."""
    category, rate = draw(categories)
    return Adjustment(
        is_charge=draw(st.booleans()), amount=draw(amounts), category=category, rate=rate
    )


@st.composite
def lines(draw: st.DrawFn) -> DocumentLine:
    """Return a line with a price and perhaps a charge, or with nothing but a net."""
    category, rate = draw(categories)
    if draw(st.booleans()):
        return DocumentLine(net=draw(amounts), category=category, rate=rate)
    return DocumentLine(
        quantity=draw(fine_amounts),
        unit_price=draw(fine_amounts),
        base_quantity=draw(st.sampled_from((None, Decimal(1), Decimal(3), Decimal(1000)))),
        adjustments=tuple(draw(st.lists(adjustments(), max_size=2))),
        category=category,
        rate=rate,
    )


@st.composite
def drafts(draw: st.DrawFn) -> Document:
    """Return a document without sums."""
    return Document(
        currency="EUR",
        lines=tuple(draw(st.lists(lines(), max_size=6))),
        adjustments=tuple(draw(st.lists(adjustments(), max_size=3))),
        totals=Totals(prepaid=draw(st.none() | amounts), rounding=draw(st.none() | amounts)),
    )


@given(drafts())
def test_what_is_worked_out_breaks_no_rule(draft: Document) -> None:
    """A completed document has no findings, and completing it again changes nothing."""
    complete = complete_document(draft)

    assert check_document(complete) == ()
    assert complete_document(complete) == complete


@given(drafts())
def test_the_payable_is_the_sum_of_its_parts(draft: Document) -> None:
    """Lines, adjustments and taxes add up, in plain fractions, to what is payable."""
    complete = complete_document(draft)

    parts = [Fraction(line.net or 0) for line in complete.lines]
    parts += [Fraction(each.signed_amount) for each in complete.adjustments]
    parts += [Fraction(row.tax or 0) for row in complete.breakdown]
    parts += [-Fraction(draft.totals.prepaid or 0), Fraction(draft.totals.rounding or 0)]
    assert Fraction(complete.totals.payable or 0) == sum(parts, Fraction())


@given(drafts(), st.data())
def test_a_tax_is_the_rounded_share_of_what_is_taxable(
    draft: Document, data: st.DataObject
) -> None:
    """A tax lies within half a cent of taxable times rate, and is found if moved by a cent."""
    complete = complete_document(draft)
    for row in complete.breakdown:
        exact = Fraction(row.taxable or 0) * Fraction(row.rate or 0) / 100
        assert abs(Fraction(row.tax or 0) - exact) <= Fraction(1, 200)
    if not complete.breakdown:
        return
    index = data.draw(st.integers(0, len(complete.breakdown) - 1))
    rows = list(complete.breakdown)
    rows[index] = replace(rows[index], tax=exact_add(rows[index].due_tax, Decimal("0.01")))

    found = {finding.rule for finding in check_document(replace(complete, breakdown=tuple(rows)))}

    assert "BR-CO-17" in found


@given(drafts())
def test_the_ambient_context_changes_nothing(draft: Document) -> None:
    """Precision and rounding of the caller's decimal context have no influence."""
    expected = complete_document(draft)

    with localcontext() as context:
        context.prec = 2
        found = complete_document(draft)
        findings = check_document(found)

    assert found == expected
    assert findings == ()


FIELDS = (
    "currency", "lines", "adjustments", "breakdown", "tax_totals", "totals", "quantity",
    "unit_price", "base_quantity", "gross_price", "price_discount", "net", "category", "rate",
    "is_charge", "amount", "base", "percent", "taxable", "tax", "lines_net", "gross", "payable",
    "unknown",
)  # fmt: skip
hostile = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(),
        st.integers(),
        st.decimals(),
        st.text(max_size=5),
        st.sampled_from(("S", "E", "O", "1.005", "99999999999999999", "0.000000000001")),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)
    ),
    max_leaves=30,
)


@given(hostile)
def test_hostile_values_end_in_a_document_or_in_an_error_of_ours(data: object) -> None:
    """Whatever is read, nothing but a HeraError leaves; what was read can be written again."""
    with suppress(HeraError):
        document = read_document(data)
        assert read_document(document.to_dict()) == document
        check_document(document)
        complete_document(document)
