"""Which changes are tried on a schema: one by one, in the order of the document."""

import pytest

from hera_engine.dsl import nodes
from hera_engine.dsl.format_rules import format_rule
from hera_engine.dsl.notes import Notes
from hera_engine.dsl.parse import parse_schema
from hera_engine.errors import Pointer
from hera_engine.rules.mutants import mutants

BOOKS = """\
ledgers GL
account cash 1000 asset
account revenue 4100 revenue
account fees 5500 expense
account products 4200 revenue
tax profile rates {
  rate standard 5% for standard
  exempt for financial
  reverse charge 7% for imported
}
tax profile parts {
  component CGST 9%
  component DEP 0.25 per unit
  component RCM 18% reverse charge
  component LUX tiers 5% up to 100.00, 12%
}
map kind_of(kind) { "a" -> revenue, "b" -> products, else refuse }
on HERA.X.V1 {
  let part = 3%
  debit cash round(total_amount * 5% + 2% * x)
  for item in items { credit kind_of(item.kind) item.amount when item.amount > 1 }
}
"""


def read(text: str) -> nodes.Schema:
    """Return the nodes of a text."""
    document, found = parse_schema(text)
    assert found == ()
    assert document is not None
    return document


def words(text: str) -> list[str]:
    """Return what the mutants of a text are called."""
    return [mutant.words for mutant in mutants(read(text))]


def test_each_statement_row_and_rate_is_changed_in_turn() -> None:
    """Sides, lines, accounts of the same type, and rates; nothing that posts nothing."""
    debit = "`debit cash round(total_amount * 5% + 2% * x)`"
    credit = "`credit kind_of(item.kind) item.amount when item.amount > 1`"

    assert words(BOOKS) == [
        "`let part = 3%` with a higher rate",
        f"{debit} on the other side",
        f"without {debit}",
        f"{debit} on account `revenue`",
        f"{debit} with a higher rate",
        f"{credit} on the other side",
        f"without {credit}",
        "row 1 of map `kind_of` to account `products`",
        "row 2 of map `kind_of` to account `revenue`",
        "rate `standard` at 6%",
        "component `CGST` at 10",
        "component `DEP` at 1.25",
        "component `LUX`, slice 1, at 6%",
        "component `LUX`, slice 2, at 13%",
    ]


def test_each_equation_is_left_out() -> None:
    """One at a time, of a rule and of a declaration; the others stay."""
    text = """\
ledgers GL
account cash 1000 asset
account revenue 4100 revenue
event HERA.X.V1 { paid: money  given total_amount = paid  given paid = sum(items.amount) }
on HERA.X.V1 {
  given total_amount = sum(gross(items))
  given total_amount = fee
  debit cash total_amount
  credit revenue total_amount
}
"""
    document = read(text)

    left_out = [each for each in mutants(document) if each.words.startswith("without `given")]

    assert [each.words for each in left_out] == [
        "without `given total_amount = sum(gross(items))`",
        "without `given total_amount = fee`",
        "without `given total_amount = paid`",
        "without `given paid = sum(items.amount)`",
    ]
    (rule,), (declared,) = document.rules, document.events
    givens = (*rule.givens, *declared.givens)
    assert [each.place for each in left_out] == [given.at for given in givens]
    kept = [(*each.schema.rules[0].givens, *each.schema.events[0].givens) for each in left_out]
    assert kept == [givens[:at] + givens[at + 1 :] for at in range(len(givens))]


@pytest.mark.parametrize(
    ("capture", "tried"), [("", 0), ("payments immediate", 0), ("payments deferred", 2)]
)
def test_an_equation_that_the_engine_holds_is_not_left_out(capture: str, tried: int) -> None:
    """Immediate payments make up the total whether a schema says so or not."""
    text = f"""\
ledgers GL
{capture}
account cash 1000 asset
event HERA.X.V1 {{ paid: money  given sum(payments.amount) = total_amount }}
on HERA.X.V1 {{
  given total_amount = sum(payments.amount)
  debit cash total_amount
}}
"""

    assert len([each for each in words(text) if each.startswith("without `given")]) == tried


def test_a_buyer_owes_what_is_reversed() -> None:
    """In a schema with a rule of a buyer the rates of reversed charges are changed too."""
    found = words(BOOKS.replace("HERA.X.V1", "HERA.X.V1 purchase"))

    assert "rate `reverse_charge` at 8%" in found
    assert "component `RCM` at 19" in found


def test_the_only_account_is_not_swapped() -> None:
    """Where there is no other account, and for one that is not declared, none is tried."""
    assert words("account cash 1\non HERA.X.V1 { debit cash 1 credit other 1 }") == [
        "`debit cash 1` on the other side",
        "without `debit cash 1`",
        "`credit other 1` on the other side",
        "without `credit other 1`",
    ]


def test_a_mutant_differs_in_one_place() -> None:
    """All else of the schema is as it was, places included."""
    document = read(BOOKS)
    higher = next(each for each in mutants(document) if "5% + 2% * x)` with" in each.words)

    (rule,) = higher.schema.rules
    text = "\n".join(format_rule(rule, Pointer("/postings/0"), Notes({}), ()))
    assert "debit cash round(total_amount * 6% + 3% * x)" in text
    assert "let part = 3%" in text
    assert higher.place == document.rules[0].lines[0].at == rule.lines[0].at
    assert higher.schema.tax_profiles == document.tax_profiles


def test_what_a_line_says_of_currencies_is_left_out_in_turn() -> None:
    """Currency, base amount and rate; exchange differences go elsewhere, gains and losses apart."""
    text = """\
ledgers GL
account bank 1000 asset
account gains 7810 revenue
account losses 7820 expense
on HERA.X.V1 {
  debit bank paid currency paid_in base worth
  credit bank paid currency paid_in at rate
  exchange difference to gains, losses
}
"""
    debit = "`debit bank paid currency paid_in base worth`"
    credit = "`credit bank paid currency paid_in at rate`"
    exchange = "`exchange difference to gains, losses`"

    found = words(text)

    assert [each for each in found if "without its" in each] == [
        f"{debit} without its currency",
        f"{debit} without its base amount",
        f"{credit} without its currency",
        f"{credit} without its rate",
    ]
    assert found[-2:] == [
        f"{exchange} with `losses` for `gains`",
        f"{exchange} with `bank` for `losses`",
    ]
    changed = [mutant.schema.rules[0].exchange for mutant in mutants(read(text))][-2:]
    assert [(each.gain.text, each.loss.text) for each in changed if each] == [
        ("losses", "losses"), ("gains", "bank"),
    ]  # fmt: skip
