"""Cases at work: their events, what is compared, what is covered, and which changes they notice."""

import itertools
from collections.abc import Mapping
from decimal import Decimal

import pytest

from hera_engine import PostingEngine, check_schema, load_schema
from hera_engine.case_report import case_report, expecting, with_expectations
from hera_engine.rules.cases import CaseResult, event_of, worked_cases

TILL = """\
schema "Till" version 1
ledgers GL, IFRS
account cash    1000 asset
account card    1100 asset
account revenue 4100 revenue
account tips    2300 liability
dimensions staff_id
carry staff_id on *
payments immediate
validations { max_line_count 100  currencies EUR, USD }
map tender_of(method) { "cash" -> cash, "card" -> card, else refuse }
on HERA.POS.SALE.V1 {
  let tip = tip_amount default 0
  debit  tender_of(payment_method) total_amount
  credit revenue (total_amount - tip)
  credit tips tip when tip > 0
}
on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1
case "sale" on HERA.POS.SALE.V1 {
  event { total_amount: 10.00, tip_amount: 1.00, payment_method: "cash", staff_id: "A" }
  expect { debit cash 10.00  credit revenue 9.00  credit tips 1.00 }
}
"""


def results(*cases: str) -> list[CaseResult]:
    """Return the results of cases beside that of the till."""
    return list(PostingEngine("\n".join((TILL, *cases))).run_cases()[1:])


def passes(expect: str, event: str = "") -> bool:
    """Whether a case like the till's sale passes with an expectation."""
    (result,) = results(f'case "c" like "sale" {{ event {{ {event} }} expect {expect} }}')
    return result.passed


# --- events ----------------------------------------------------------------------------------


def event(case: str, schema: str = TILL) -> Mapping[str, object]:
    """Return the event of a case that is added to a schema."""
    document = load_schema(f"{schema}\n{case}").nodes
    return event_of(worked_cases(document)[-1], document)


def test_an_event_has_header_and_context() -> None:
    """Header fields go to the header, all others to the context, dates as texts."""
    found = event(
        'case "c" on HERA.X.V1 { event { total_amount: 5.00, day: 2025-01-31, '
        'base_currency: "GBP", items: [{ amount: 5.00 }], note: { deep: true }, '
        'business_context: { kind: "x" } } }'
    )

    assert found == {
        "organization_id": "00000000-0000-0000-0000-000000000001",
        "event_smart_code": "HERA.X.V1",
        "total_amount": Decimal("5.00"),
        "currency": "EUR",
        "base_currency": "GBP",
        "business_context": {
            "day": "2025-01-31", "items": [{"amount": Decimal("5.00")}], "note": {"deep": True},
            "kind": "x",
        },
    }  # fmt: skip


def test_a_field_takes_the_place_of_the_bases_and_null_takes_it_away() -> None:
    """Fields that are not named are kept; one that is null is not there, defaults included."""
    found = event('case "c" like "sale" { event { tip_amount: null, currency: null } }')

    assert "currency" not in found
    assert found["total_amount"] == Decimal("10.00")
    assert found["business_context"] == {"payment_method": "cash", "staff_id": "A"}


def test_defaults_follow_the_schema() -> None:
    """Without currencies it is USD; a demanded reference is there."""
    text = TILL.replace("currencies EUR, USD", "require_external_ref")

    found = event('case "c" like "sale" { }', text)

    assert (found["currency"], found["external_reference"]) == ("USD", "CASE")


def test_a_row_is_a_case_with_its_own_fields() -> None:
    """A row of a table fills in its inputs over the table's event, and that over its base's."""
    found = event(
        'cases "t" like "sale" on HERA.POS.REFUND.V1 { event { staff_id: "B" }\n'
        'table total_amount, staff_id -> debit cash "r": 7.00, "C" -> 7.00 }'
    )

    assert found["event_smart_code"] == "HERA.POS.REFUND.V1"
    assert found["total_amount"] == Decimal("7.00")
    assert found["business_context"] == {
        "payment_method": "cash", "tip_amount": Decimal("1.00"), "staff_id": "C"
    }  # fmt: skip


# --- what is compared ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expect", "passed"),
    [
        ("{ credit tips 1  debit cash 10  credit revenue 9 }", True),
        ("{ debit cash 10.00  credit revenue 9.00 }", False),
        ("{ debit cash 10.00  credit revenue 9.00  credit tips 1.00  credit tips 1.00 }", False),
        ("{ debit cash 10.00  credit revenue 9.00  credit tips 1.01 }", False),
        ("{ debit cash 10.00  debit revenue 9.00  credit tips 1.00 }", False),
        ("{ debit card 10.00  credit revenue 9.00  credit tips 1.00 }", False),
        ('{ debit cash 10.00  credit revenue 9 { staff_id "A" } credit tips 1 }', True),
        ('{ debit cash 10.00  credit revenue 9 { staff_id "B" } credit tips 1 }', False),
        ("{ debit cash 10 in GL  credit revenue 9  credit tips 1 }", False),
        ("{ debit cash 10 in GL  debit cash 10 in IFRS  credit revenue 9  credit tips 1 }", True),
        ("{ total credit revenue 9.00 }", True),
        ("{ total debit revenue 9.00 }", False),
        ("{ total credit revenue 9.01 }", False),
        ('{ total credit revenue 9 { staff_id "A" } in IFRS }', True),
        ('{ total credit revenue 9 { staff_id "B" } }', False),
        ('{ total credit revenue 0 { staff_id "B" } }', True),
        ("{ total debit * 0 }", True),
        ("{ total debit * 10 }", False),
        ('{ total debit cash 10 warning "W" }', False),
        ("error E_GUARDRAIL", False),
        ("{ }", False),
    ],
)
def test_an_expectation_is_met_or_not(expect: str, *, passed: bool) -> None:
    """All lines in any order, in every ledger that is not named; totals; warnings; errors."""
    assert passes(expect) is passed


@pytest.mark.parametrize(
    ("expect", "passed"),
    [("error E_GUARDRAIL", True), ("error E_UNBALANCED", False), ("{ debit cash 10 }", False)],
)
def test_a_refusal_is_met_by_its_code(expect: str, *, passed: bool) -> None:
    """An event that is refused passes where that error is expected."""
    assert passes(expect, 'payment_method: "shells"') is passed


def test_a_warning_is_looked_for_by_its_code() -> None:
    """Warnings that are named must be there; others do not matter."""
    text = TILL.replace("carry staff_id on *", "require staff_id on 2* else warning")
    case = 'case "c" like "sale" { event { staff_id: null } expect { total debit cash 10 %s } }'

    for words, passed in (('warning "DIM_MISSING"', True), ("", True), ('warning "X"', False)):
        (_, result) = PostingEngine(f"{text}{case % words}").run_cases()
        assert result.passed is passed


def test_a_line_without_dimensions_leaves_the_line_with_them_to_another() -> None:
    """Whatever the order, expectations are paired so that as many as possible are met."""
    base = TILL.replace(
        "credit revenue (total_amount - tip)",
        "for item in items { credit revenue item.amount by staff_id }",
    ).replace(
        "  debit  tender_of", "  given total_amount = sum(items.amount) + tip\n  debit tender_of"
    )
    head = 'case "c" on HERA.POS.SALE.V1 { event { total_amount: 15.00, payment_method: "cash", '
    items = ", ".join(f'{{ amount: 5.00, staff_id: "{name}" }}' for name in "ABC")
    lines = ['credit revenue 5 { staff_id "B" }', "credit revenue 5", "credit revenue 5 { }"]

    for order in itertools.permutations(lines):
        text = f"{base}{head} items: [{items}] }} expect {{ debit cash 15 {' '.join(order)} }} }}"
        assert PostingEngine(text).run_cases()[1].passed


def test_a_row_expects_its_lines_and_no_others() -> None:
    """A figure of zero says that there is no such line; totals of zero are totals."""
    rows = results(
        'cases "t" like "sale" { table tip_amount -> debit cash, credit revenue, credit tips\n'
        '"tip": 1.00 -> 10, 9, 1\n"none": 0 -> 10, 10, 0\n"wrong": 0 -> 10, 9, 1\n'
        '"nothing": 0 -> 0, 0, 0\n"refused": 1.001 -> error E_GUARDRAIL\n}',
        'cases "u" like "sale" { table tip_amount -> total credit tips "tip": 0 -> 0 }',
    )

    assert [(row.title, row.passed) for row in rows] == [
        ("t: tip", True),
        ("t: none", True),
        ("t: wrong", False),
        ("t: nothing", False),
        ("t: refused", True),
        ("u: tip", True),
    ]


def test_a_line_that_differs_says_why() -> None:
    """The reasons of `explain` stand beside a line that was posted otherwise."""
    (result,) = results('case "c" like "sale" { expect { debit cash 11.00 credit tips 1.00 } }')

    wrong = next(line for line in result.lines if line.expected and not line.same)
    assert wrong.posted is not None
    assert wrong.why[0].startswith("10.00 from HERA.POS.SALE.V1 at ")
    assert "total_amount = 10.00" in wrong.why[1]
    assert "another amount" in case_report(result, "till.hera")


# --- currencies ------------------------------------------------------------------------------

BANK = """\
schema "Bank" version 1
ledgers GL
account bank 1000 asset
account debtors 1300 asset
account gains 7810 revenue
account losses 7820 expense
payments deferred
validations { max_line_count 100  currencies EUR, USD }
on HERA.PAID.V1 {
  debit  bank    dollars currency "USD" at rate
  credit debtors dollars currency "USD" base 80.00
  debit  bank    total_amount
  credit debtors total_amount base booked
  exchange difference to gains, losses
}
case "paid" on HERA.PAID.V1 {
  event {
    total_amount: 100.00, base_currency: "GBP", exchange_rate: 0.85, booked: 84.00,
    dollars: 100.00, rate: 0.79
  }
  expect {
    debit bank 100.00 currency "USD" base 79.00
    credit debtors 100.00 currency "USD" base 80.00
    debit bank 100.00 base 85.00
    credit debtors 100.00 base 84.00
  }
}
"""
"""A case of two currencies beside the base currency, whose differences cancel each other out."""


def banked(expect: str, event: str = "") -> CaseResult:
    """Return the result of a case like the bank's with an expectation."""
    case = f'case "c" like "paid" {{ event {{ {event} }} expect {expect} }}'
    return PostingEngine(BANK + case).run_cases()[1]


@pytest.mark.parametrize(
    ("expect", "passed"),
    [
        ("{ debit bank 100  debit bank 100  credit debtors 100  credit debtors 100 }", True),
        ("{ debit bank base 85  debit bank base 79  credit debtors 100 credit debtors 100 }", True),
        (
            "{ debit bank base 85  debit bank base 85  credit debtors 100 credit debtors 100 }",
            False,
        ),
        (
            '{ debit bank 100 debit bank 100 currency "EUR" credit debtors 100 credit debtors 100}',
            True,
        ),
        (
            '{ debit bank 100 debit bank 100 currency "CHF" credit debtors 100 credit debtors 100}',
            False,
        ),
        ("{ total debit bank 100 }", True),
        ("{ total debit bank 200 }", False),
        ("{ total debit bank 100 base 85 }", True),
        ('{ total debit bank 100 currency "USD" base 79 }', True),
        ('{ total debit bank currency "USD" base 85 }', False),
        ("{ total debit bank base 164 }", True),
        ('{ total debit bank 0 currency "CHF" }', True),
        ("{ total debit * base 0 }", True),
    ],
)
def test_currency_and_base_amount_are_compared_where_they_are_named(
    expect: str, *, passed: bool
) -> None:
    """An amount of a total is in one currency, its base amount over all that none is named of."""
    assert banked(expect).passed is passed


def test_a_report_shows_what_is_named_and_the_rest_where_nobody_expected_it() -> None:
    """Cells hold amount, currency and base amount; the difference is named."""
    result = banked(
        '{ debit bank 100.00 currency "CHF" base 79.01  debit bank base 85.00 '
        "total credit debtors base 163.99 }"
    )

    rows = [" ".join(row.split()) for row in case_report(result, "bank.hera").splitlines()]

    assert (
        "! GL debit bank 100.00 CHF base 79.01 100.00 USD base 79.00 "
        "another currency, another base amount" in rows
    )
    assert "GL debit bank base 85.00 base 85.00" in rows
    assert "+ GL credit debtors 100.00 USD base 80.00 unexpected" in rows
    assert "! GL total credit debtors base 163.99 base 164.00 another total" in rows


def test_columns_have_a_currency_or_count_in_base_currency() -> None:
    """A line of an exchange difference is there by its base amount; 0 says that there is none."""
    table = (
        'cases "t" like "paid" { table booked -> debit bank currency "USD", debit bank, '
        "credit debtors base, credit debtors base, total debit bank base, credit gains base, "
        "debit losses base\n"
        '"even": 84 -> 100, 100, 80, 84, 164, 0, 0\n'
        '"gain": 80 -> 100, 100, 80, 80, 164, 4, 0\n'
        '"loss": 90 -> 100, 100, 80, 90, 164, 0, 6\n'
        '"none": 90 -> 100, 100, 80, 90, 164, 0, 0\n}'
    )

    rows = PostingEngine(BANK + table).run_cases()[1:]

    assert [row.passed for row in rows] == [True, True, True, False]


@pytest.mark.parametrize("event", ["", "booked: 80.00", "booked: 90.00"])
def test_what_is_written_names_currency_and_base_amount(event: str) -> None:
    """The currency where it is not the event's, the base amount where it is another figure."""
    found = written(f'{BANK}case "c" like "paid" {{ event {{ {event} }} }}')

    results = PostingEngine(found).run_cases()
    assert [result.passed for result in results] == [True, True]
    lines = results[1].case.lines
    assert all(line.base is not None for line in lines)
    assert {line.currency for line in lines} == {None, "USD"}


def test_a_difference_counts_in_both_directions() -> None:
    """Cases are to show a gain and a loss; where one account takes both, once is enough."""
    words = [gap.words for gap in PostingEngine(BANK).case_coverage().gaps]
    one = BANK.replace("gains, losses", "gains")
    gain = 'case "gain" like "paid" { event { booked: 80.00 } }'

    assert words == [
        "`exchange difference to gains, losses` never posts a gain",
        "`exchange difference to gains, losses` never posts a loss",
    ]
    assert PostingEngine(one + gain).case_coverage().full


def test_a_currency_that_there_is_not_is_a_fault() -> None:
    """The code of a line, a total or a column is that of a currency."""
    for text in (
        'case "c" like "paid" { expect { debit bank 1 currency "EURO" } }',
        'case "c" like "paid" { expect { total debit bank 1 currency "EURO" } }',
        'cases "c" like "paid" { table booked -> debit bank currency "EURO" "r": 1 -> 1 }',
    ):
        (fault,) = (each for each in check_schema(BANK + text) if each.severity == "error")
        assert (fault.code, fault.fields) == (
            "HE214", (("expected", "a currency"), ("found", '"EURO"')),
        )  # fmt: skip


# --- coverage and mutants --------------------------------------------------------------------


def test_coverage_names_what_no_case_exercised() -> None:
    """Statements, both outcomes of conditions, and map rows are counted."""
    coverage = PostingEngine(TILL).case_coverage()

    assert [(each.what, each.seen, each.all) for each in coverage.counts] == [
        ("statements", 3, 3),
        ("outcomes of conditions", 1, 2),
        ("map rows", 1, 3),
    ]
    assert [gap.words for gap in coverage.gaps] == [
        "`tip > 0` is never false",
        'row `"card"` of map `tender_of` is never chosen',
        "row `else` of map `tender_of` is never chosen",
    ]


def test_coverage_is_full_when_all_was_exercised() -> None:
    """A refused row counts as chosen, and a reversal exercises the lines it mirrors."""
    more = (
        'case "a" like "sale" on HERA.POS.REFUND.V1 { event { payment_method: "card", '
        'tip_amount: 0 } }\ncase "b" like "sale" { event { payment_method: "x" } }\n'
    )

    assert PostingEngine(TILL + more).case_coverage().full


def test_surviving_mutants_are_those_no_case_notices() -> None:
    """The card row is in no case; every other change is noticed."""
    found = PostingEngine(TILL).surviving_mutants()

    assert [mutant.words for mutant in found] == ["row 2 of map `tender_of` to account `cash`"]


def test_totals_notice_less_than_lines() -> None:
    """A case that looks at one account misses what happens on others."""
    text = TILL.replace(
        "expect { debit cash 10.00  credit revenue 9.00  credit tips 1.00 }",
        "expect { total debit cash 10.00 }",
    )

    words = [mutant.words for mutant in PostingEngine(text).surviving_mutants()]

    assert "`credit revenue (total_amount - tip)` on account `tips`" in words


def test_cases_that_fail_notice_nothing() -> None:
    """Only cases that pass as the schema is can tell a mutant from it."""
    text = TILL.replace("debit cash 10.00", "debit cash 10.01")

    missed, found = (PostingEngine(each).surviving_mutants() for each in (text, TILL))

    assert len(missed) > len(found)


def test_mutants_are_the_same_each_time() -> None:
    """What survives does not depend on anything but the schema."""
    first, second = (PostingEngine(TILL).surviving_mutants() for _ in range(2))

    assert [mutant.to_dict() for mutant in first] == [mutant.to_dict() for mutant in second]


TAXED = """\
ledgers GL
account cash 1000 asset
account revenue 4100 revenue
account tax_output 2200 liability
tax profile vat { prices inclusive default standard rate standard 5% }
on HERA.POS.SALE.V1 {
  for item in items { debit cash gross(item) credit revenue net(item) credit tax_output tax(item) }
}
case "sale" on HERA.POS.SALE.V1 {
  event { total_amount: 105.00, items: [{ amount: 105.00 }] }
  expect { EXPECTED }
}
"""


@pytest.mark.parametrize(
    ("expected", "survives"), [("tax_output 5.00", False), ("cash 105.00", True)]
)
def test_a_changed_rate_is_noticed_by_a_case_of_its_tax(expected: str, *, survives: bool) -> None:
    """A rate of the schema's profile is raised by one point; who expects the tax notices."""
    side = "debit" if expected.startswith("cash") else "credit"
    text = TAXED.replace("EXPECTED", f"total {side} {expected}")

    words = [mutant.words for mutant in PostingEngine(text).surviving_mutants()]

    assert ("rate `standard` at 6%" in words) is survives


# --- expectations from a run -----------------------------------------------------------------

UNWRITTEN = (
    '# before\ncase "a" like "sale" { event { tip_amount: 2.00 } }  # behind\n'
    '  case "b" like "sale" {  # b\n    event { payment_method: "x" }\n\t# last\n  }\n'
    'case "c" like "sale" { expect { debit cash 1 } # odd\n }\n'
)


def written(text: str, *, every: bool = False) -> str:
    """Return a text with what its cases post, where they expect nothing yet, or everywhere."""
    engine = PostingEngine(text)
    document = engine.schema.nodes
    ledgers = tuple(ledger.text for ledger in document.ledgers)
    cases = {
        result.case.index: expecting(document.cases[result.case.index], result, ledgers)
        for result in engine.run_cases()
        if result.case.index is not None and (every or result.case.unwritten)
    }
    return with_expectations(text, document, cases)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_an_expectation_is_written_and_all_else_is_kept(newline: str, mark: str) -> None:
    """Taking the written lines out again gives the text as it was, byte for byte."""
    text = mark + (TILL + UNWRITTEN).replace("\n", newline)

    found = written(text)

    lines = ("debit cash 10.00", "credit revenue 8.00", "credit tips 2.00")
    rows = ["  expect {", *(f'    {line} {{ staff_id "A" }}' for line in lines), "  }", ""]
    a, b = newline.join(rows), f"  expect error E_GUARDRAIL{newline}"
    assert found.count(a) == found.count(b) == 1
    assert found.replace(f"{newline}{a}", " ").replace(b, "") == text
    assert [result.passed for result in PostingEngine(found).run_cases()] == [True] * 3 + [False]


def test_every_expectation_can_be_written_anew() -> None:
    """With all of them written, all cases pass, and comments outside are kept."""
    found = written(TILL + UNWRITTEN, every=True)

    assert all(result.passed for result in PostingEngine(found).run_cases())
    assert all(f"# {word}" in found for word in ("before", "behind", "b", "last", "odd"))
    assert written(found, every=True) == found


def test_comments_in_a_written_expectation_are_kept() -> None:
    """A comment of a line stays with it, others go to the end; none is lost or doubled."""
    case = (
        'case "a" like "sale" {\n  # 1\n  expect {  # 2\n    # 3\n    debit cash 1  # 4\n'
        "    credit revenue 2\n    # 5\n    total credit * 0  # 6\n    # 7\n  }  # 8\n  # 9\n}\n"
    )

    found = written(TILL + case, every=True)

    assert found.endswith(
        'case "a" like "sale" {\n  # 1\n  expect {\n    # 3\n'
        '    debit cash 10.00 { staff_id "A" }  # 4\n    credit revenue 9.00 { staff_id "A" }\n'
        '    credit tips 1.00 { staff_id "A" }\n    # 2\n    # 5\n    # 6\n    # 7\n'
        "  }  # 8\n  # 9\n}\n"
    )


def test_ledgers_that_differ_are_written_apart() -> None:
    """A line that stands in one ledger only is written with its ledger."""
    text = TILL.replace("credit tips tip", "in GL { credit tips tip").replace(
        "when tip > 0\n", "when tip > 0 }\n  in IFRS { credit revenue tip when tip > 0 }\n"
    )
    found = written(text, every=True)

    assert "credit tips 1.00" in found
    assert " in IFRS" in found
    assert all(result.passed for result in PostingEngine(found).run_cases())


def test_the_till_itself_is_sound() -> None:
    """The schema of these tests has no faults."""
    assert [fault for fault in check_schema(TILL) if fault.severity == "error"] == []
