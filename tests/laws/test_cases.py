"""What is true of every case: it expects what it posts, in any order, and nothing else."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hera_engine import CaseResult, PostingEngine, PostingSchema, format_schema, load_schema
from hera_engine.case_report import case_report, expecting, with_expectations
from hera_engine.dsl import nodes

BOOKS = """\
schema "Books" version 1
ledgers GL, IFRS
account cash    1000 asset
account revenue 4100 revenue
account tips    2300 liability
account rounding 5900 expense
dimensions staff_id
payments immediate
validations { max_line_count 100  currencies USD }
on HERA.POS.SALE.V1 {
  given total_amount = sum(items.amount)
  debit cash total_amount
  for item in items { credit revenue item.amount by staff_id }
  in GL { debit rounding 1 credit tips 1 }
}
case "c" on HERA.POS.SALE.V1 { event { } }
"""

amounts = st.decimals(Decimal("0.01"), Decimal("3.00"), places=2)
staff = st.sampled_from((None, "A", "B", 'C "x"'))
sales = st.lists(st.tuples(amounts, staff), min_size=1, max_size=6)


FOREIGN = (
    nodes.CaseField(name="base_currency", value="GBP"),
    nodes.CaseField(name="exchange_rate", value=Decimal("0.8437")),
)
"""What makes the base amounts of a sale other figures than its amounts."""


def books_with(items: list[tuple[Decimal, str | None]], *, foreign: bool = False) -> nodes.Schema:
    """Return the books whose case sells some items; amounts repeat often, so that lines do."""
    document = load_schema(BOOKS).nodes
    sold = tuple(
        (
            nodes.CaseField(name="amount", value=amount),
            *(() if who is None else (nodes.CaseField(name="staff_id", value=who),)),
        )
        for amount, who in items
    )
    total = sum((amount for amount, _ in items), Decimal(0))
    event = (
        nodes.CaseField(name="total_amount", value=total),
        nodes.CaseField(name="items", value=sold),
        *(FOREIGN if foreign else ()),
    )
    return replace(document, cases=(replace(document.cases[0], event=event),))


def result_of(document: nodes.Schema) -> CaseResult:
    """Return the result of the one case of a document."""
    (result,) = PostingEngine(PostingSchema(document)).run_cases()
    return result


def written(document: nodes.Schema) -> nodes.Case:
    """Return the case of a document with what it posts for its expectation."""
    return expecting(document.cases[0], result_of(document), ("GL", "IFRS"))


def less(line: nodes.ExpectedLine, data: st.DataObject) -> nodes.ExpectedLine:
    """Return an expectation that leaves some of what it may leave open."""
    if line.base is not None and data.draw(st.booleans()):
        amount, base = data.draw(st.sampled_from(((line.amount, None), (None, line.base))))
        line = replace(line, amount=amount, base=base)
    return replace(line, dimensions=() if data.draw(st.booleans()) else line.dimensions)


@given(items=sales, foreign=st.booleans(), data=st.data())
def test_a_case_passes_that_expects_what_it_posts_in_any_order(
    items: list[tuple[Decimal, str | None]], *, foreign: bool, data: st.DataObject
) -> None:
    """Neither order nor leaving out dimensions or one of the figures makes a case fail."""
    document = books_with(items, foreign=foreign)
    case = written(document)
    lines = tuple(less(line, data) for line in data.draw(st.permutations(case.expect)))

    result = result_of(replace(document, cases=(replace(case, expect=lines),)))

    assert result.passed, case_report(result, "books")
    assert all(line.same for line in result.lines)


@given(items=sales, foreign=st.booleans(), data=st.data())
def test_a_case_fails_that_expects_anything_else(
    items: list[tuple[Decimal, str | None]], *, foreign: bool, data: st.DataObject
) -> None:
    """One line more, one less, one cent more, or another currency: it fails and says so."""
    document = books_with(items, foreign=foreign)
    case = written(document)
    index = data.draw(st.integers(0, len(case.expect) - 1))
    line = case.expect[index]
    assert line.amount is not None
    changed = (
        replace(line, amount=line.amount + Decimal("0.01")),
        replace(line, base=(line.base or line.amount) + Decimal("0.01")),
        replace(line, currency="EUR"),
    )
    before, behind = case.expect[:index], case.expect[index + 1 :]
    others = (
        (*case.expect, line),
        (*before, *behind),
        *((*before, other, *behind) for other in changed),
    )

    for lines in others:
        result = result_of(replace(document, cases=(replace(case, expect=lines),)))
        assert not result.passed
        assert "FAILED" in case_report(result, "books")


@given(items=sales, foreign=st.booleans())
def test_an_expectation_that_is_written_into_a_text_is_met(
    items: list[tuple[Decimal, str | None]], *, foreign: bool
) -> None:
    """What `--init` writes passes, through both forms of the schema."""
    text = format_schema(PostingSchema(books_with(items, foreign=foreign)))
    document = load_schema(text).nodes

    found = with_expectations(text, document, {0: written(document)})

    for source in (found, load_schema(found).to_json_dict()):
        assert [result.passed for result in PostingEngine(source).run_cases()] == [True]


@given(items=sales)
def test_totals_are_the_sums_of_lines(items: list[tuple[Decimal, str | None]]) -> None:
    """A total of revenue by who served is the sum of the amounts of that person's items."""
    document = books_with(items)
    sums: dict[str, Decimal] = {}
    for amount, who in items:
        if who is not None:
            sums[who] = sums.get(who, Decimal(0)) + amount
    totals = tuple(
        nodes.ExpectedTotal(
            side=nodes.SideWord.CREDIT,
            account=nodes.Name("revenue"),
            amount=amount,
            dimensions=(("staff_id", who),),
        )
        for who, amount in sums.items()
    )
    whole = nodes.ExpectedTotal(
        side=nodes.SideWord.DEBIT, account=nodes.Name("cash"),
        amount=sum((amount for amount, _ in items), Decimal(0)),
    )  # fmt: skip
    case = replace(document.cases[0], totals=(*totals, whole))

    result = result_of(replace(document, cases=(case,)))

    assert result.passed, case_report(result, "books")
