"""EN 16931 documents: figures that follow are worked out, figures that contradict are found."""

from dataclasses import replace
from decimal import Decimal

import pytest

from hera_engine.errors import EventError, HeraError
from hera_engine.tax.en16931 import (
    Adjustment,
    CategoryTax,
    Document,
    DocumentLine,
    Finding,
    TaxTotal,
    Totals,
    check_document,
    complete_document,
    read_document,
)

D = Decimal

DRAFT = Document(
    currency="NOK",
    lines=(
        DocumentLine(quantity=D(2), unit_price=D("100.555"), category="S", rate=D(25)),
        DocumentLine(
            quantity=D(3), unit_price=D(10), base_quantity=D(12), category="S", rate=D("15.0")
        ),
        DocumentLine(quantity=D(-1), unit_price=D(25), category="E", rate=D(0)),
    ),
    adjustments=(
        Adjustment(is_charge=True, amount=D("8.85"), category="S", rate=D("25.00")),
        Adjustment(is_charge=False, base=D(50), percent=D(1), category="S", rate=D(15)),
    ),
    totals=Totals(prepaid=D(100), rounding=D("0.17")),
)
"""201.11 + 8.85 at 25 %, 2.50 − 0.50 at 15 %, −25.00 exempt; 52.49 + 0.30 of tax."""

COMPLETE = complete_document(DRAFT)


def rules(document: Document) -> tuple[str, ...]:
    """Return the codes of the rules that a document breaks."""
    return tuple(finding.rule for finding in check_document(document))


def test_each_line_and_each_rate_is_rounded_once() -> None:
    """Nets and taxes have two decimals, halves away from zero, one tax per category and rate."""
    nets = [line.net for line in COMPLETE.lines]

    rows = [(row.category, row.rate, row.taxable, row.tax) for row in COMPLETE.breakdown]

    assert nets == [D("201.11"), D("2.50"), D("-25.00")]
    assert rows == [
        ("S", D(25), D("209.96"), D("52.49")),
        ("S", D(15), D("2.00"), D("0.30")),
        ("E", D(0), D("-25.00"), D("0.00")),
    ]


def test_totals_are_sums_of_rounded_figures() -> None:
    """Lines, allowances, charges, tax, prepaid and rounding add up to the payable."""
    assert COMPLETE.totals == Totals(
        lines_net=D("178.61"),
        allowances=D("0.50"),
        charges=D("8.85"),
        net=D("186.96"),
        gross=D("239.75"),
        prepaid=D(100),
        rounding=D("0.17"),
        payable=D("139.92"),
    )
    assert COMPLETE.tax_totals == (TaxTotal(amount=D("52.79"), currency="NOK"),)


def test_a_complete_document_breaks_no_rule() -> None:
    """What was worked out is what the checks demand."""
    assert check_document(COMPLETE) == ()


def test_out_of_scope_has_no_rate() -> None:
    """The row of category O states no rate, and no tax."""
    line = DocumentLine(net=D("7.00"), category="O")

    complete = complete_document(Document(lines=(line,)))

    assert complete.breakdown == (
        CategoryTax(category="O", rate=None, taxable=D("7.00"), tax=D("0.00")),
    )


def test_a_price_follows_from_gross_price_and_discount() -> None:
    """Without a unit price, it is the gross price less its discount."""
    line = DocumentLine(
        quantity=D(100), gross_price=D("0.1234"), price_discount=D("0.0022"), category="S",
        rate=D(25),
    )  # fmt: skip

    complete = complete_document(Document(lines=(line,)))

    assert complete.lines[0].unit_price == D("0.1212")
    assert complete.lines[0].net == D("12.12")


@pytest.mark.parametrize(
    ("rule", "field", "value"),
    [
        ("BR-CO-10", "lines_net", "178.62"),
        ("BR-CO-11", "allowances", "0.49"),
        ("BR-CO-12", "charges", "0"),
        ("BR-CO-13", "net", "186.97"),
        ("BR-CO-15", "gross", "239.74"),
        ("BR-CO-16", "payable", "139.93"),
    ],
)
def test_a_total_that_is_a_cent_off_breaks_its_rule(rule: str, field: str, value: str) -> None:
    """Each sum is compared without slack."""
    totals = replace(COMPLETE.totals, **{field: D(value)})

    found = check_document(replace(COMPLETE, totals=totals))

    assert found[0].rule == rule
    assert found[0].path == f"totals.{field}"
    assert found[0].stated == D(value)


@pytest.mark.parametrize("off", ["0.01", "-0.01", "0.99"])
def test_a_tax_within_the_slack_of_other_validators_is_found(off: str) -> None:
    """A category tax that is less than one unit off breaks BR-CO-17 and BR-S-09."""
    first, *others = COMPLETE.breakdown
    tax = first.due_tax + D(off)

    found = check_document(replace(COMPLETE, breakdown=(replace(first, tax=tax), *others)))

    assert [each.rule for each in found] == ["BR-CO-17", "BR-S-09", "BR-CO-14"]
    assert found[0] == Finding(rule="BR-CO-17", path="breakdown[0].tax", stated=tax, due=D("52.49"))


@pytest.mark.parametrize(
    ("category", "letters"),
    [("Z", "Z"), ("E", "E"), ("AE", "AE"), ("K", "IC"), ("G", "G"), ("O", "O")],
)
def test_untaxed_categories_have_rules_of_their_own(category: str, letters: str) -> None:
    """Their taxable amount is a sum over all rates, and their tax is nought."""
    lines = tuple(DocumentLine(net=D(100), category=category, rate=rate) for rate in (D(0), None))
    row = CategoryTax(category=category, taxable=D(100), tax=D(10))

    found = rules(Document(lines=lines, breakdown=(row,)))

    assert found[:3] == ("BR-CO-17", f"BR-{letters}-08", f"BR-{letters}-09")


def test_taxed_categories_are_summed_by_rate() -> None:
    """A line at another rate does not belong to a row."""
    lines = tuple(DocumentLine(net=D(100), category="S", rate=D(rate)) for rate in (10, 25))
    rows = tuple(CategoryTax(category="S", rate=D(r), taxable=D(100)) for r in ("25.0", "10"))

    found = rules(Document(lines=lines, breakdown=rows))

    assert "BR-S-08" not in found
    assert "BR-S-01" not in found


@pytest.mark.parametrize(("rows", "count"), [(0, "0"), (2, "2")])
def test_each_category_and_rate_in_use_has_one_row(rows: int, count: str) -> None:
    """A row that is missing, or there twice, breaks the first rule of its category."""
    row = CategoryTax(category="K", rate=D(0), taxable=D(1), tax=D(0))
    lines = (DocumentLine(net=D(1), category="K", rate=D(0)),)

    found = check_document(Document(lines=lines, breakdown=(row,) * rows))

    assert [each.stated for each in found if each.rule == "BR-IC-01"] == [D(count)]


def test_two_tax_totals_in_the_document_s_currency_leave_no_total_with_tax() -> None:
    """BR-CO-15 needs one total tax; one in another currency is not taken for it."""
    own, other = TaxTotal(amount=D(7), currency="EUR"), TaxTotal(amount=D(8), currency="DKK")
    document = Document(currency="EUR", totals=Totals(gross=D(7), payable=D(7)))

    one = rules(replace(document, tax_totals=(own, other)))
    two = rules(replace(document, tax_totals=(own, own)))

    assert "BR-CO-15" not in one
    assert "BR-CO-15" in two


def test_percentages_of_lines_and_document_are_checked() -> None:
    """An allowance that states base and percentage is their product, rounded."""
    right = Adjustment(is_charge=False, amount=D("0.34"), base=D("3.35"), percent=D(10))
    wrong = replace(right, amount=D("0.33"))
    line = DocumentLine(adjustments=(right, wrong))

    found = check_document(Document(lines=(line,), adjustments=(wrong, right)))

    paths = [each.path for each in found if each.rule == "PEPPOL-EN16931-R040"]
    assert paths == ["lines[0].adjustments[1].amount", "adjustments[0].amount"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (DocumentLine(base_quantity=D(0)), "PEPPOL-EN16931-R121"),
        (DocumentLine(base_quantity=D(-1)), "PEPPOL-EN16931-R121"),
        (DocumentLine(unit_price=D(89), gross_price=D(100), price_discount=D(10), net=D(89)),
         "PEPPOL-EN16931-R046"),
        (DocumentLine(quantity=D(3), unit_price=D("0.335"), net=D("1.00")), "PEPPOL-EN16931-R120"),
    ],
)  # fmt: skip
def test_a_line_keeps_the_rules_of_peppol(line: DocumentLine, rule: str) -> None:
    """Base quantity, price and net of a line are checked."""
    found = rules(Document(lines=(line,)))

    assert found[0] == rule


def test_a_finding_says_what_is_due() -> None:
    """A finding names rule, place, what is stated, what is due and the law."""
    finding = Finding(rule="BR-IC-09", path="breakdown[0].tax", stated=D("10.00"), due=D(0))

    text = str(finding)

    assert text == (
        "BR-IC-09: breakdown[0].tax is 10.00, not 0: the tax of a row is what its category charges"
    )
    assert finding.to_dict() == {
        "rule": "BR-IC-09",
        "path": "breakdown[0].tax",
        "stated": "10.00",
        "due": "0",
        "message": text.removeprefix("BR-IC-09: "),
    }


def test_a_draft_that_lacks_something_is_refused_with_all_it_lacks() -> None:
    """Every missing price, amount, category and rate is named with its path."""
    draft = Document(
        lines=(
            DocumentLine(quantity=D(1), category="S"),
            DocumentLine(unit_price=D(1), base_quantity=D(0)),
        ),
        adjustments=(Adjustment(is_charge=True, percent=D(5), category="Z"),),
    )

    with pytest.raises(EventError) as caught:
        complete_document(draft)

    assert [problem.path for problem in caught.value.problems] == [
        "lines[0]",
        "lines[0].rate",
        "lines[1].base_quantity",
        "lines[1].category",
        "adjustments[0]",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("net", 0.1), ("net", "1e5"), ("net", True), ("quantity", D("NaN")), ("category", 7),
     ("category", ""), ("adjustments", [])],
)  # fmt: skip
def test_a_value_that_is_none_is_refused(field: str, value: object) -> None:
    """Floats, signs of other notations, lists and empty codes make no line."""
    with pytest.raises(HeraError) as caught:
        DocumentLine(**{field: value})  # type: ignore[arg-type]

    assert caught.value.code == "E_GUARDRAIL"


def test_what_is_no_document_is_refused() -> None:
    """Both functions take documents alone."""
    for function in (check_document, complete_document):
        with pytest.raises(HeraError):
            function({})  # type: ignore[arg-type]


def test_numbers_are_taken_from_their_digits() -> None:
    """Strings and integers are as good as Decimals."""
    line = DocumentLine(quantity=2, unit_price="0.10", category="Z")  # type: ignore[arg-type]

    complete = complete_document(Document(lines=(line,)))

    assert complete.totals.payable == D("0.20")


def test_a_figure_beyond_the_limit_is_refused() -> None:
    """A product of 10**18 or more is E_GUARDRAIL, in checks too."""
    line = DocumentLine(quantity=D(10**17), unit_price=D(10**17), net=D(1), category="Z")

    for function in (check_document, complete_document):
        with pytest.raises(HeraError) as caught:
            function(Document(lines=(line,)))
        assert caught.value.details["limit"] == "AMOUNT_INTEGER_DIGITS"


def test_a_document_survives_the_way_through_json_values() -> None:
    """What is written is read again, with amounts as strings and without what is missing."""
    data = COMPLETE.to_dict()

    assert read_document(data) == COMPLETE
    assert data["tax_totals"] == [{"amount": "52.79", "currency": "NOK"}]
    assert DRAFT.to_dict()["totals"] == {"prepaid": "100", "rounding": "0.17"}


def test_every_fault_of_a_document_is_reported_at_its_path() -> None:
    """Unknown fields, floats, missing flags and things that are no lists are all named."""
    data = {
        "currency": "EUR",
        "line": [],
        "lines": [{"net": 0.1, "rate": "x", "category": "S"}, 7],
        "adjustments": [{"amount": "1.00"}],
        "breakdown": {"category": "S"},
        "totals": {"gross": "1e3"},
    }

    with pytest.raises(EventError) as caught:
        read_document(data)

    found = {problem.path: problem for problem in caught.value.problems}
    assert found["line"].hint == "did you mean `lines`?"
    assert set(found) == {
        "line", "lines[0].net", "lines[0].rate", "lines[1]", "adjustments[0].is_charge",
        "breakdown", "totals.gross",
    }  # fmt: skip


@pytest.mark.parametrize("data", [None, [], "text", {1: 2}])
def test_what_describes_no_document_is_refused(data: object) -> None:
    """Only a mapping with text keys does."""
    with pytest.raises(EventError):
        read_document(data)


def test_a_list_that_is_too_long_is_refused_before_it_is_read() -> None:
    """The published limit of items holds for lines, however they come."""
    with pytest.raises(EventError) as read:
        read_document({"lines": [{}] * 10_001})
    with pytest.raises(EventError) as made:
        Document(lines=(DocumentLine(),) * 10_001)

    assert read.value.details["limit"] == "EVENT_ITEMS"
    assert made.value.details["limit"] == "EVENT_ITEMS"
