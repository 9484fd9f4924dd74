"""Cases of rules and map rows that follow one another: the date of a case chooses."""

from hera_engine import PostingEngine

BOOKS = """\
ledgers GL
account cash     1000 asset
account revenue  4100 revenue
account services 4200 revenue
account gifts    4300 revenue

map revenue_of(kind) {
  "service" -> revenue to 2025-12-31,
  "service" -> services from 2026-01-01
}

on HERA.POS.SALE.V1 to 2026-06-30 {
  debit cash total_amount
  credit revenue_of(kind) total_amount
}
on HERA.POS.SALE.V1 from 2026-07-01 {
  debit cash total_amount
  credit gifts total_amount
}

case "last year" on HERA.POS.SALE.V1 {
  event { total_amount: 10.00, transaction_date: 2025-12-31, kind: "service" }
  expect { debit cash 10.00  credit revenue 10.00 }
}
"""

SPRING = """\
case "spring" like "last year" {
  event { transaction_date: 2026-06-30 }
  expect { total credit services 10.00 }
}
"""

SUMMER = """\
case "summer" like "last year" {
  event { transaction_date: 2026-07-01 }
  expect { debit cash 10.00  credit gifts 10.00 }
}
"""


def test_the_date_of_a_case_chooses_rule_and_row() -> None:
    """Each case passes with the rule and the row of its day."""
    results = PostingEngine(BOOKS + SPRING + SUMMER).run_cases()

    assert [(result.title, result.passed) for result in results] == [
        ("last year", True), ("spring", True), ("summer", True)
    ]  # fmt: skip


def test_rules_and_rows_alike_but_for_their_dates_are_covered_apart() -> None:
    """A case of one day says nothing of the rule and the row of another."""
    gaps = PostingEngine(BOOKS).case_coverage().gaps

    assert [gap.words for gap in gaps] == [
        "`debit cash total_amount` never posts",
        "`credit gifts total_amount` never posts",
        'row `"service"` from 2026-01-01 of map `revenue_of` is never chosen',
    ]
    assert PostingEngine(BOOKS + SPRING + SUMMER).case_coverage().full


def test_a_change_of_one_days_rule_or_row_survives_the_cases_of_another() -> None:
    """All that survives the case of last year stands in what came in force later."""
    survivors = PostingEngine(BOOKS).surviving_mutants()

    places = [str(each.place).partition(":")[0] for each in survivors]
    assert sorted(set(places)) == ["17", "18", "9"]
    assert not PostingEngine(BOOKS + SPRING + SUMMER).surviving_mutants()


def test_a_case_without_a_date_is_refused_where_one_must_choose() -> None:
    """It may expect that."""
    undated = 'case "undated" like "last year" { event { transaction_date: null } expect error '

    results = PostingEngine(f"{BOOKS}{undated} E_SCHEMA }}").run_cases()

    assert results[-1].passed


DECLARED = """\
event HERA.POS.SALE.V1 {
  total_amount: money
  tip: money = 0
  kind: one of "service"
  parts: list of { amount: money }
  given total_amount = sum(parts.amount) + tip
}
"""


def test_a_declaration_holds_for_the_rule_of_each_date() -> None:
    """Its equation is asked for and its defaults are filled in, whichever rule the date chooses."""
    cases = "\n".join(
        f'case "{day} {part}" on HERA.POS.SALE.V1 {{\n'
        f'  event {{ total_amount: 10.00, transaction_date: {day}, kind: "service",'
        f" parts: [{{ amount: {part} }}, {{ amount: 4.00 }}] }}\n  expect {expected} }}"
        for day in ("2026-06-30", "2026-07-01")
        for part, expected in (
            ("6.00", "{ total debit cash 10.00 }"), ("6.01", "error E_UNBALANCED")
        )
    )  # fmt: skip
    books = BOOKS.partition("case ")[0]

    results = PostingEngine(f"{books}{DECLARED}{cases}").run_cases()

    assert [result.passed for result in results] == [True] * 4, [str(r.error) for r in results]
