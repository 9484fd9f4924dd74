"""What is true of every journal, whatever the schema and the event."""

import json
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, example, given
from hypothesis import strategies as st

from hera_engine import PostingEngine
from hera_engine.journal import JournalEntry
from hera_engine.testing.event_strategies import (
    CODES,
    EXPONENTS,
    Event,
    events_for,
    negated,
    sales,
    with_negative_total,
)
from tests.laws.posting import (
    balances,
    discount_engine,
    engine_of,
    examples,
    mirrored_rows,
    opposite,
    own_rules,
    rows,
    signed,
    standard_engine,
)

SPLIT_SALE = """
on HERA.POS.SALE.V1 {
  debit clearing total_amount
  credit revenue total_amount by staff_id
}
"""
WHOLE_SALE = SPLIT_SALE.replace(" by staff_id", " by org_unit")


def _attempt(engine: PostingEngine, event: Event) -> JournalEntry | None:
    """Return what a generated rule posts, or None where that is nothing at all."""
    (result,) = engine.simulate_many([event])
    if isinstance(result, JournalEntry):
        return result
    if "at least two" in result.message:
        return None
    raise result


def _posted(engine: PostingEngine, event: Event) -> JournalEntry:
    """Return what a generated rule posts, which may be nothing at all."""
    entry = _attempt(engine, event)
    assume(entry is not None)
    assert entry is not None
    return entry


# --- balance -------------------------------------------------------------------------------


@examples(150)
@given(st.booleans(), events_for(standard_engine()))
def test_standard_rules_post_balanced_journals(discounts: bool, event: Event) -> None:
    """Each ledger balances to the last minor unit, in transaction and in base currency."""
    engine = discount_engine() if discounts else standard_engine()

    entry = engine.simulate(event)

    assert set(balances(entry).values()) == {0}
    assert {ledger for ledger, _ in balances(entry)} == {"GL", "IFRS"}
    assert all(line.amount > 0 and line.base_amount >= 0 for line in entry.lines)


@examples(80)
@given(own_rules(), st.data())
def test_own_rules_post_balanced_journals(rules: str, data: st.DataObject) -> None:
    """Whatever loops, maps, splits and conditions a rule has, its journals balance."""
    engine = engine_of(rules)

    for _ in range(3):
        event = data.draw(events_for(engine))
        entry = _attempt(engine, event)
        if entry is not None:
            assert set(balances(entry).values()) == {0}


@examples(60)
@given(events_for("sale"))
def test_ledgers_say_the_same(event: Event) -> None:
    """Lines outside a block of one ledger are the same in every ledger."""
    entry = standard_engine().simulate(event)

    by_ledger: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for ledger, *rest in rows(entry):
        by_ledger[str(ledger)].append(tuple(rest))
    assert by_ledger["GL"] == by_ledger["IFRS"]


# --- mirrors -------------------------------------------------------------------------------


DISCOUNTED_RETURN: Event = {
    "organization_id": "org-1",
    "event_smart_code": CODES["sale"],
    "total_amount": "0.01",
    "currency": "USD",
    "business_context": {
        "tax_inclusive": False,
        "tax_exempt": True,
        "items": [{"amount": "0.02"}, {"amount": "-0.02", "discount": "-0.01"}],
    },
}
"""Before discounts the items sum to nothing; after them they have the total's sign."""


def _refund(event: Mapping[str, object]) -> Event:
    return {**event, "event_smart_code": CODES["refund"]}


@examples(120)
@given(st.booleans(), sales())
@example(
    discounts=True,
    event={
        "organization_id": "org-1",
        "event_smart_code": CODES["sale"],
        "total_amount": "0.01",
        "currency": "USD",
        "transaction_date": "2025-03-01",
        "business_context": {"payment_method": "cash", "org_unit": "BR-01"},
    },
)
def test_a_refund_mirrors_its_sale(discounts: bool, event: Event) -> None:
    """The journal of a refund is that of the sale with debit and credit exchanged."""
    engine = discount_engine() if discounts else standard_engine()

    sale, refund = engine.simulate(event), engine.simulate(_refund(event))

    assert rows(refund) == mirrored_rows(sale)


@examples(120)
@given(sales())
@example(DISCOUNTED_RETURN)
def test_a_negative_sale_mirrors_the_positive_one(event: Event) -> None:
    """With every sign turned the journal is mirrored; with the total's alone it is as well."""
    engine = standard_engine()
    context = event["business_context"]
    assume(event["total_amount"] != "0" and str(event["total_amount"]).strip("0."))
    assert isinstance(context, dict)

    sale, turned = engine.simulate(event), engine.simulate(negated(event))

    assert rows(turned) == mirrored_rows(sale)
    if "items" not in context:
        assert rows(engine.simulate(with_negative_total(event))) == mirrored_rows(sale)


@examples(60)
@given(sales())
def test_a_negative_refund_is_mirrored_once(event: Event) -> None:
    """A refund posts alike with a positive and with a negative total."""
    engine = standard_engine()
    refund = _refund(event)
    assume(str(event["total_amount"]).strip("0."))

    assert rows(engine.simulate(negated(refund))) == rows(engine.simulate(refund))


@examples(60)
@given(own_rules(), sales())
def test_own_rules_are_mirrored_too(rules: str, event: Event) -> None:
    """The law of mirrors holds for rules of one's own, by their `reverses` and by the sign."""
    engine = engine_of(rules)
    assume(str(event["total_amount"]).strip("0."))

    sale = _posted(engine, event)

    assert rows(engine.simulate(_refund(event))) == mirrored_rows(sale)
    assert rows(engine.simulate(negated(event))) == mirrored_rows(sale)
    assert signed(engine.simulate(_refund(event))) == opposite(signed(sale))


# --- splits, tax, order --------------------------------------------------------------------


@examples(80)
@given(sales())
def test_split_lines_sum_to_the_unsplit_line(event: Event) -> None:
    """Splitting a line over a dimension changes no account's amount."""
    split, whole = engine_of(SPLIT_SALE), engine_of(WHOLE_SALE)

    divided = signed(_posted(split, event), dimensions=False)

    assert divided == signed(_posted(whole, event), dimensions=False)


@examples(100)
@given(sales())
def test_net_and_tax_are_gross(event: Event) -> None:
    """Revenue and tax are, item by item summed, what the customer pays but for the tip."""
    entry = standard_engine().simulate(event)
    context = event["business_context"]
    assert isinstance(context, dict)

    figures = signed(entry, dimensions=False)
    tip = Fraction(str(context.get("tip_amount", "0")))
    credited = {leg[1]: -amount for leg, amount in figures.items() if leg[0] == "GL"}

    gross = credited.get("revenue", Fraction()) + credited.get("tax_output", Fraction())
    assert gross == Fraction(str(event["total_amount"])) - tip
    assert credited.get("tips_payable", Fraction()) == tip


@examples(60)
@given(sales())
def test_lines_are_numbered_in_ledger_and_statement_order(event: Event) -> None:
    """Numbers run from one; ledgers follow the schema, lines their statements."""
    entry = standard_engine().simulate(event)

    numbers = [line.number for line in entry.lines]
    ledgers = [line.ledger for line in entry.lines]
    spans = [
        (line.ledger, line.origin.span.line if line.origin.span else 0) for line in entry.lines
    ]

    assert numbers == list(range(1, len(entry.lines) + 1))
    assert ledgers == sorted(ledgers)
    assert spans == sorted(spans)
    assert entry == standard_engine().simulate(event)


# --- explanations --------------------------------------------------------------------------


@examples(60)
@given(st.booleans(), own_rules(), sales())
def test_the_steps_of_an_explanation_add_up_to_the_lines(
    standard: bool, rules: str, event: Event
) -> None:
    """The unmerged lines behind each line sum to its amount; explaining changes nothing."""
    engine = standard_engine() if standard else engine_of(rules)
    entry = _posted(engine, event)

    story = engine.explain(event)

    assert story.entry == entry
    for line, steps in zip(entry.lines, story.steps, strict=True):
        assert sum(Fraction(step.line.amount) for step in steps) == Fraction(line.amount)
        assert all(step.line.side is line.side for step in steps)


@given(st.booleans(), own_rules(), sales())
def test_an_explanation_is_a_tree_and_plain_data(standard: bool, rules: str, event: Event) -> None:
    """No row is set in by more than one step, each line has one, and the data are JSON."""
    engine = standard_engine() if standard else engine_of(rules)
    _posted(engine, event)

    story = engine.explain(event)

    rows = str(story).splitlines()
    depths = [(len(row) - len(row.lstrip())) // 2 for row in rows]
    assert depths[0] == 0
    assert all(1 <= after <= before + 1 for before, after in pairwise(depths))
    heads = [row.split()[0] for row, depth in zip(rows, depths, strict=True) if depth == 1]
    numbers = [str(line.number) for line in story.entry.lines]
    assert [head for head in heads if head.isdigit()] == numbers
    data = story.to_dict()
    assert json.loads(json.dumps(data)) == data


# --- an oracle -----------------------------------------------------------------------------


def _half_up(value: Fraction) -> int:
    """Round half away from zero to a whole number."""
    magnitude = int(abs(value) + Fraction(1, 2))
    return magnitude if value >= 0 else -magnitude


def _shares(total: int, weights: list[int]) -> list[int]:
    """Share out a total by largest remainder, one unit at a time, ties to the earliest."""
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    shares = [int(share) for share in exact]
    while sum(shares) < total:
        lacking = [part - share for part, share in zip(exact, shares, strict=True)]
        shares[lacking.index(max(lacking))] += 1
    return shares


def _oracle(event: Event) -> dict[str, Fraction]:
    """Work out the standard sale at 5 % again, slowly: debits less credits per account."""
    context = event["business_context"]
    assert isinstance(context, dict)
    scale = 10 ** EXPONENTS[str(event["currency"])]

    def units(record: Mapping[str, object], name: str) -> int:
        return int(Fraction(str(record.get(name, "0"))) * scale)

    total, tip = units(event, "total_amount"), units(context, "tip_amount")
    given_items = context.get("items")
    if given_items is None:
        amount = units(context, "sale_amount") if "sale_amount" in context else total - tip
        given_items = [{"amount": str(Fraction(amount, scale)), **context}]
    before, prices = [], []
    for item in given_items:
        price = Fraction(str(item.get("amount", 0)))
        if "quantity" in item:
            price = Fraction(str(item["quantity"])) * Fraction(str(item["unit_price"]))
        before.append(int(price * scale))
        prices.append(before[-1] - units(item, "discount"))
    if "discount_amount" in context:
        taken = _shares(units(context, "discount_amount"), [max(each, 0) for each in before])
        prices = [price - part for price, part in zip(prices, taken, strict=True)]
    inclusive = context.get("tax_inclusive", True)
    revenue, tax = 0, 0
    for item, paid in zip(given_items, prices, strict=True):
        percent = 0 if item.get("tax_exempt") or context.get("tax_exempt") else 5
        due = _half_up(Fraction(paid * percent, 100 + percent if inclusive else 100))
        revenue, tax = revenue + paid - (due if inclusive else 0), tax + due
    figures = {"clearing": total, "revenue": -revenue, "tax_output": -tax, "tips_payable": -tip}
    return {key: Fraction(amount, scale) for key, amount in figures.items() if amount}


@examples(200)
@given(sales())
def test_the_standard_sale_agrees_with_an_oracle(event: Event) -> None:
    """An independent calculation in fractions gives the same figures, account by account."""
    entry = standard_engine().simulate(event)

    figures = signed(entry, dimensions=False)

    assert {leg[1]: amount for leg, amount in figures.items() if leg[0] == "GL"} == _oracle(event)
