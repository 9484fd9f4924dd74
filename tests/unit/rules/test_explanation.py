"""Explanations: what stands below a line, in text and as data."""

import pickle
from collections.abc import Mapping
from fractions import Fraction

from hera_engine import PostingEngine
from hera_engine.rules.branches import Branch
from hera_engine.rules.explanation import Explanation

SHOP = """\
schema "Shop" version 1
ledgers GL
account cash 1000 asset
account revenue 4100 revenue
account parts 4200 revenue
account vat 2200 liability
dimensions staff_id, shop
SETTINGS
payments immediate
validations { max_line_count 100  currencies EUR }
on HERA.X.V1 {
  BODY
}
"""


def story(body: str, settings: str = "", **context: object) -> Explanation:
    """Return the explanation of an event of 10.00 under a rule."""
    text = SHOP.replace("BODY", body).replace("SETTINGS", settings)
    engine = PostingEngine(text, allocators={"areas": lambda facts: {"n": 1, "s": "2.5"}})
    return engine.explain(event(**context))


def event(**context: object) -> Mapping[str, object]:
    """Return an event of 10.00."""
    return {
        "organization_id": "org", "event_smart_code": "HERA.X.V1", "total_amount": "10.00",
        "currency": "EUR", "transaction_date": "2025-03-14", "business_context": context,
    }  # fmt: skip


def rows(told: Explanation, first: str) -> list[str]:
    """Return the rows below the one that begins with some words, without their margins."""
    lines = str(told).splitlines()
    start = next(at for at, row in enumerate(lines) if row.strip().startswith(first))
    depth = len(lines[start]) - len(lines[start].lstrip())
    found = []
    for row in lines[start + 1 :]:
        if len(row) - len(row.lstrip()) <= depth:
            break
        found.append(row.strip())
    return found


BOTH = "debit cash total_amount  credit revenue total_amount"


def test_a_tree_is_set_in_by_its_depth() -> None:
    """Each level by two blanks."""
    tree = Branch.of("a", ("b", Branch.of("c", ("d",)), "e"))

    assert str(tree) == "a\n  b\n  c\n    d\n  e"


def test_conditions_of_loops_stand_with_each_round() -> None:
    """Those of the outer loop stay while the inner one goes on; those of a round before go."""
    told = story(
        "given total_amount = sum(groups.amount)\n"
        'for group in groups when group.kind = "a" { for part in group.parts when part.size > 1 {\n'
        "  debit cash part.amount when part.amount < 9  credit revenue part.amount "
        "when part.amount < 9 } }\n",
        groups=[
            {"kind": "b", "amount": "0.00", "parts": [{"size": 9, "amount": "8.00"}]},
            {
                "kind": "a",
                "amount": "10.00",
                "parts": [
                    {"size": 2, "amount": "3.00"},
                    {"size": 1, "amount": "4.00"},
                    {"size": 3, "amount": "5.00"},
                ],
            },
        ],
    )

    steps = told.steps[0]
    path = "business_context.groups[1]"
    assert [[each.seen for each in step.conditions] for step in steps] == [
        [
            ((f"{path}.kind", "a"),),
            ((f"{path}.parts[{index}].size", size),),
            ((f"{path}.parts[{index}].amount", amount),),
        ]
        for index, size, amount in ((0, "2", "3.00"), (2, "3", "5.00"))
    ]
    assert [row for row in rows(told, "3.00 from") if row.startswith("when")] == [
        'when group.kind = "a": true',
        "when part.size > 1: true",
        "when part.amount < 9: true",
    ]


def test_a_condition_says_nothing_of_the_next_statement() -> None:
    """A line without one has none, though the one before it had."""
    told = story(f"debit cash 1.00 when x = 1  credit parts 1.00 when x = 1  {BOTH}", x=1)

    assert [[len(step.conditions) for step in steps] for steps in told.steps] == [[1, 0], [1], [0]]


def test_what_was_not_posted_says_which_condition_failed() -> None:
    """With its words, its place, and what it saw."""
    told = story(f"{BOTH}\n debit cash 1.00 when x > 1 credit parts 1.00 when x > 1", x="0.50")

    assert told.left_out == (
        "debit cash at 13:2: the condition `x > 1` fails (business_context.x = 0.50)",
        "credit parts at 13:29: the condition `x > 1` fails (business_context.x = 0.50)",
    )


def test_a_rounding_shows_the_exact_figure() -> None:
    """To the minor unit and to a step."""
    told = story("let a = round(total_amount / 3)\nlet b = round(total_amount / 7, 0.05)\n" + BOTH)

    assert [dict(seen) for _, _, seen in told.lets] == [
        {"total_amount": "10.00", "round(10/3)": "3.33"},
        {"total_amount": "10.00", "round(10/7)": "1.45"},
    ]


def test_a_split_says_what_its_parts_weigh() -> None:
    """Net amounts of items, percentages, and the weights of an allocator."""
    items = [{"amount": "2.50", "staff_id": "A"}, {"amount": "7.50", "staff_id": "B"}]
    by = "debit cash total_amount  credit revenue total_amount by"

    net = story(f"{by} staff_id", "split HERA.** by staff_id proportional", items=items)
    fixed = story(f"{by} shop", 'split HERA.** by shop fixed { "n" 25%, "s" remaining }')
    custom = story(f"{by} shop", 'split HERA.** by shop custom "areas"')

    shares = [
        [dict(step.evidence.shares) for step in told.steps[1]] for told in (net, fixed, custom)
    ]
    assert shares == [
        [{"staff_id A": "net 2.50 of 10.00, exactly 2.5 of 10.00"}],
        [{"shop n": "25 %, exactly 2.5 of 10.00"}],
        [{"shop n": "weight 1 of 3.5, exactly 20/7 of 10.00"}],
    ]
    assert rows(fixed, "split in minor units n: 250, s: 750") == [
        "shop n: 25 %, exactly 2.5 of 10.00"
    ]


def test_a_dimension_that_a_split_took_over_is_from_its_owner() -> None:
    """From the item of the loop, else from the event; only what was divided is from the split."""
    body = (
        "debit cash sum(gross(items))\nfor item in items { credit revenue gross(item) by staff_id }"
    )
    settings = "use tax GB split HERA.** by staff_id proportional"

    own = story(body, settings, items=[{"amount": "10.00", "staff_id": "A"}])
    sent = story(body, settings, staff_id="B", items=[{"amount": "10.00"}])

    for told, source in ((own, "item"), (sent, "event")):
        (step,) = told.steps[1]
        assert dict(step.evidence.sources) == {"staff_id": source}


def test_a_map_row_has_its_place() -> None:
    """Of dated rows that of the day."""
    told = story(
        "debit cash total_amount  credit kind_of(kind) total_amount",
        'map kind_of(kind) { "a" -> parts to 2024-12-31, "a" -> revenue from 2025-01-01, '
        "else refuse }",
        kind="a",
    )

    assert "map kind_of(a) -> revenue from 2025-01-01, row at 8:49" in rows(told, "2  GL")[-1]


TIERS = (
    "tax profile p { prices exclusive component T tiers 1% up to 4.00, 10% to 2025-12-31 "
    'component T tiers 2% from 2026-01-01 source "Act" } use tax p'
)


def tiered(amount: str, quantity: int = 1) -> Explanation:
    """Return the explanation of one item under a tiered tax."""
    sold = {"amount": amount, "quantity": quantity}
    body = (
        "debit cash sum(gross(items))\n"
        "for item in items { credit revenue net(item) credit vat tax(item) }"
    )
    return story(body, TIERS, items=[sold])


def test_a_tiered_tax_shows_its_slices() -> None:
    """They add up to the tax; those of a slice that is not reached are not there."""
    (item,) = tiered("6.00").items
    (low,) = tiered("3.00").items

    (tax,), (small,) = item.taxes, low.taxes
    assert [(base, due) for base, _, due in tax.slices] == [
        (Fraction(4), Fraction(4, 100)), (Fraction(2), Fraction(20, 100)),
    ]  # fmt: skip
    assert [base for base, _, _ in small.slices] == [Fraction(3)]
    assert sum(due for _, _, due in tax.slices) == tax.exact


def test_a_rate_says_when_it_is_in_force() -> None:
    """Its days, and the date that chose it among those of its code."""
    told = tiered("6.00")

    assert "rate of `p` in force to 2025-12-31, chosen for 2025-03-14" in rows(told, "T by tiers")


def test_standard_rules_have_words_too() -> None:
    """A schema without rules of its own is explained by those it gets."""
    text = (
        'schema "S" version 1\nledgers GL\naccount clearing 1100\naccount revenue 4100\n'
        "account tax_output 2200\nuse tax GB\npayments immediate\n"
    )
    sent = {**event(tax_exempt=True), "event_smart_code": "HERA.POS.SALE.V1"}

    told = PostingEngine(text).explain(sent)

    assert "`credit revenue net(item)`" in str(told)


def test_an_explanation_is_a_value() -> None:
    """It survives pickling, and its text and data are the same each time."""
    told = story(BOTH)

    again = pickle.loads(pickle.dumps(told))

    assert (str(again), again.to_dict()) == (str(told), told.to_dict())
