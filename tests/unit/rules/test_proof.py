"""What the balance proof says of single rules: each identity it knows, and each it does not."""

import time
from decimal import Decimal
from typing import Final

import pytest

from hera_engine import PostingEngine, RuleProof, SchemaError, Verdict, limits, prove_schema
from hera_engine.rules.verdict import EquationSource

HEAD: Final = """\
ledgers {ledgers}
account cash 1000 asset
account clearing 1100 asset
account receivable 1300 asset
account revenue 4100 revenue
account products 4200 revenue
account tax_output 2200 liability
account tips_payable 2300 liability
account fees 5500 expense
tax profile vat {{ default standard rate standard 5% for standard }}
map revenue_of(kind) {{ "product" -> products, else -> revenue }}
payments {payments}
"""


def proof_of(
    body: str, *, ledgers: str = "GL", payments: str = "immediate", more: str = ""
) -> RuleProof:
    """Return the proof of the first rule, which has these statements."""
    head = HEAD.format(ledgers=ledgers, payments=payments)
    return prove_schema(f"{head}on HERA.A.V1 {{ {body} }}\n{more}")[0]


def verdict_of(body: str, *, payments: str = "immediate") -> Verdict:
    """Return the verdict of a rule with these statements."""
    return proof_of(body, payments=payments).verdict


@pytest.mark.parametrize(
    "body",
    [
        # Linear forms, lets, constants.
        "debit cash total_amount credit revenue total_amount",
        "let part = tip_amount + 1.00 debit cash part + part credit revenue 2 * tip_amount + 2.00",
        "debit cash total_amount - fee_amount debit fees fee_amount credit revenue total_amount",
        "debit cash -fee_amount credit revenue -fee_amount",
        # A default makes one term, also beside the field without it.
        "debit cash x default 0 credit revenue x default 0",
        "let x2 = x default 0 debit cash x2 credit revenue x",
        # Net and tax are gross, of an item and of all.
        ("for item in items { debit cash gross(item) credit revenue net(item)"
        " credit tax_output tax(item) }"),
        ("debit cash sum(gross(items)) for item in items { credit revenue net(item)"
        " credit tax_output tax(item) }"),
        # A sum and a loop agree, with any name of the variable.
        "debit cash sum(legs.v) for leg in legs { credit revenue leg.v }",
        "for one in legs { debit cash one.v } for other in legs { credit revenue other.v }",
        "debit cash sum(items.discount_net) for item in items { credit fees item.discount_net }",
        # Lists inside members.
        ("for leg in legs { for part in leg.parts { debit cash part.v } }"
        " for leg in legs { credit revenue sum(leg.parts.v) }"),
        # Conditions that complete each other.
        ('debit cash total_amount credit revenue total_amount when kind = "a"'
        ' credit products total_amount when kind != "a"'),
        ("for item in items { debit cash net(item) credit revenue net(item) when item.cost > 5.00"
        " credit products net(item) when item.cost <= 5.00 }"),
        ('for leg in legs { debit cash leg.v } for leg in legs when leg.kind = "a"'
        ' { credit revenue leg.v } for leg in legs when not leg.kind = "a" { credit fees leg.v }'),
        ("debit cash total_amount credit revenue total_amount when a and b"
        " credit products total_amount when not a or not b"),
        # Combinations that cannot be.
        (
            'debit cash total_amount when kind = "1" debit clearing total_amount when kind = "2"'
            ' credit revenue total_amount when kind = "1" or kind = "2"'
        ),
        ('debit cash total_amount when kind = "a" debit clearing total_amount when kind = "b"'
        ' credit revenue total_amount when kind = "a" or kind = "b"'),
        ("debit cash total_amount credit revenue total_amount when total_amount > 5.00"
        " credit products total_amount when total_amount <= 10.00"
        " debit fees total_amount when total_amount > 5.00 and total_amount <= 10.00"),
        ("debit cash total_amount credit revenue total_amount when due < 2025-01-01"
        " credit products total_amount when due >= 2025-01-01"),
        ("debit cash tip_amount credit revenue fee_amount when tip_amount = fee_amount"
        " credit revenue tip_amount when tip_amount != fee_amount"),
        # `when x > 0` on what is never negative.
        ("debit cash total_amount + tip_amount credit revenue total_amount"
        " credit tips_payable tip_amount when tip_amount > 0"),
        ("debit cash total_amount for payment in payments"
        " { credit revenue payment.amount when payment.amount > 0 }"),
        "for item in items { debit cash net(item) credit revenue net(item) when net(item) != 0 }",
        # Nothing but zero is left by signs.
        ("debit cash tip_amount + fee_amount credit revenue tip_amount + fee_amount"
        " when not tip_amount + fee_amount <= 0"),
        ("debit cash tip_amount when tip_amount + fee_amount <= 0"
        " debit cash 1.00 credit revenue 1.00"),
        # What is not linear is one term by its normal form.
        "debit cash round(total_amount * 5%) credit revenue round(5% * total_amount)",
        "debit cash round(a * (b + c)) credit revenue round((c + b) * a)",
        "debit cash round(2 * a / b) credit revenue round(a * 2 / b)",
        ("debit cash round(fee_amount - tip_amount) debit fees round(tip_amount - fee_amount)"
        " credit revenue 1.00 debit cash 1.00"),
        "debit cash max(a, b) credit revenue max(b, a)",
        "debit cash abs(a - b) credit revenue abs(b - a)",
        ("debit cash total_amount - round(total_amount * 5%)"
        " debit fees round(total_amount * 5%) credit revenue total_amount"),
        ("for item in items { debit cash round(net(item) * 5%) }"
        " for item in items { credit fees round(net(item) * 5%) }"),
        # Maps and splits change no amount.
        "for item in items { debit cash net(item) credit revenue_of(item.kind) net(item) }",
    ],
)  # fmt: skip
def test_an_identity_is_known(body: str) -> None:
    """The rule is proven without any equation of its own."""
    proof = proof_of(body)

    assert proof.verdict is Verdict.PROVEN, str(proof)


@pytest.mark.parametrize(
    ("body", "used"),
    [
        ("given a = b debit cash a credit revenue b", "a = b"),
        ("given 2 * a = b + c debit cash a debit cash a credit revenue b credit revenue c",
         "2 * a = b + c"),
        ("given a = round(b * 5%) debit cash a credit revenue round(5% * b)", "a = round(b * 5%)"),
        ('given a = b debit cash a when kind = "x" credit revenue b when kind = "x"', "a = b"),
    ],
)  # fmt: skip
def test_a_rule_is_proven_given_its_equations(body: str, used: str) -> None:
    """Debits less credits lie in the span of the equations, which are named."""
    proof = proof_of(body)

    assert proof.verdict is Verdict.GIVEN, str(proof)
    assert [each.text for each in proof.equations if each.source is EquationSource.GIVEN] == [used]
    assert proof.summary == f"proven given {used}"


def test_an_equation_is_shown_with_its_multiplier() -> None:
    """The derivation says how often an equation is taken."""
    proof = proof_of("given a = b debit cash 3 * a credit revenue 3 * b")

    assert "zero is 3 times a = b  (given)" in str(proof)


def test_immediate_payments_are_the_total() -> None:
    """The engine holds it, so that no equation has to say it; deferred payments may be less."""
    body = "for payment in payments { debit cash payment.amount } credit revenue total_amount"

    immediate, deferred = proof_of(body), proof_of(body, payments="deferred")

    assert immediate.verdict is Verdict.PROVEN
    assert [each.source for each in immediate.equations] == [EquationSource.ENGINE]
    assert deferred.verdict is Verdict.REFUTED


def test_deferred_payments_are_never_more_than_the_total() -> None:
    """What is left of the total is not negative, so that `when` on it is no condition."""
    body = (
        "debit cash sum(payments.amount) credit revenue total_amount"
        " debit receivable total_amount - sum(payments.amount) when total_amount != "
        "sum(payments.amount)"
    )

    assert verdict_of(body, payments="deferred") is Verdict.PROVEN


def test_shares_of_the_document_discount_are_the_discount() -> None:
    """The engine spreads the document's discount over the items to the last unit."""
    body = (
        "for item in items { debit cash item.document_discount } credit revenue discount_amount"
        " for item in items { debit cash net(item) credit revenue net(item) }"
    )

    assert verdict_of(body) is Verdict.PROVEN


@pytest.mark.parametrize(
    ("body", "left", "example"),
    [
        ("debit cash total_amount credit revenue tip_amount", "total_amount - tip_amount",
         "with total_amount 1.00, tip_amount 0.00: debits 1.00, credits 0.00"),
        ("debit cash total_amount credit revenue total_amount - 0.50", "0.50",
         "with total_amount 1.00: debits 1.00, credits 0.50"),
        ("debit cash sum(gross(items)) for item in items { credit revenue net(item) }",
         "sum(tax(items))",
         "with items[0].net 0.00, items[0].tax 1.00: debits 1.00, credits 0.00"),
        ('debit cash total_amount credit revenue total_amount when kind = "a"', "total_amount",
         'with total_amount 1.00, kind "other": debits 1.00, credits 0.00'),
        ("debit cash total_amount credit revenue total_amount when total_amount > 5.00",
         "total_amount", "with total_amount 1.00: debits 1.00, credits 0.00"),
        ("for item in items { debit cash net(item) credit revenue net(item) when net(item) > 0 }",
         "(sum(net(items)) where net(item) <= 0)",
         "with items[0].net -1.00, items[0].tax 0.00: debits 0.00, credits 1.00"),
        ("debit cash sum(items.amount) for item in items { credit revenue net(item) }",
         "sum(items.amount) - sum(net(items))", None),
        (("debit cash round(total_amount * 5%) debit cash round(total_amount * 95%)"
         " credit revenue total_amount"), None,
         "with total_amount 0.10: debits 0.11, credits 0.10"),
        ("debit cash total_amount credit revenue total_amount when due > 2025-06-01",
         "total_amount", "with total_amount 1.00, due 2025-01-01: debits 1.00, credits 0.00"),
        ("debit cash total_amount credit revenue total_amount when not (a and b)",
         "total_amount", "with total_amount 1.00, a true, b true: debits 1.00, credits 0.00"),
        ("debit cash 0.005 credit revenue 0.001 + total_amount", None, None),
        # Amounts that are no multiples of 1.00, because an equation or even multiples say so.
        (("given g = tip_amount + 0.01 debit cash g credit revenue tip_amount + 0.01"
          " debit fees 3 * total_amount when flag"), "3 * total_amount",
         "with tip_amount 0.00, total_amount 0.01, g 0.01, flag true: debits 0.04, credits 0.01"),
        ("debit cash 2 * sum(legs.v) credit revenue total_amount when x = 0.01",
         "2 * sum(legs.v) - total_amount", None),
        # A collection that only conditions without effect read.
        (("debit cash total_amount debit cash x when sum(legs.v) != 0"
          " credit revenue x when not (not (sum(legs.v) != 0))"), "total_amount",
         "with total_amount 1.00, x 0.00: debits 1.00, credits 0.00"),
        # A condition on a member decides the lists inside it.
        (("for leg in legs { debit cash leg.v credit revenue leg.v for part in leg.parts"
          ' { debit cash part.u when leg.kind = "p" } }'),
         '(sum(legs.parts.u) where leg.kind = "p")', None),
        # A figure that is not zero may be below it.
        (("debit cash tip_amount credit revenue tip_amount for item in items"
          " { debit cash tax(item) when net(item) <= 0 and net(item) != 0 }"),
         "(sum(tax(items)) where net(item) <= 0 and net(item) != 0)",
         "with tip_amount 0.00, items[0].net -1.00, items[0].tax 1.00: debits 1.00, credits 0.00"),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_balance_is_refuted(
    body: str, left: str | None, example: str | None
) -> None:
    """What is left over is named, and a small event shows it."""
    proof = proof_of(body)

    assert proof.verdict is Verdict.REFUTED, str(proof)
    (ledger,) = proof.ledgers
    assert left is None or ledger.left == left
    assert example is None or str(ledger.counter_example) == example


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("debit cash max(a, b) debit cash min(a, b) credit revenue a + b", "max(a, b)"),
        ("for leg in legs { for part in parts { debit cash part.v credit revenue part.v } }",
         "a `for` inside one over another collection"),
        ("for leg in legs { debit cash 1.00 credit revenue 1.00 }", "does not depend on it"),
        ("for leg in legs { debit cash tip_amount credit revenue tip_amount }",
         "does not depend on it"),
    ],
)  # fmt: skip
def test_what_is_undecided_names_what_stands_in_the_way(body: str, what: str) -> None:
    """The doubt says what, and what to write instead."""
    proof = proof_of(body)

    assert proof.verdict is Verdict.UNDECIDED
    doubt = proof.ledgers[0].doubt
    assert doubt is not None
    assert what in doubt.what
    assert doubt.instead


def test_a_closing_line_takes_what_is_left_over() -> None:
    """With `balance to` a rule is closed, unless nothing can be left over."""
    off = "debit cash round(a * 5%) credit revenue round(a * 6%) balance to fees within 0.05"
    even = "debit cash a credit revenue a balance to fees within 0.05"

    assert proof_of(off).summary == "closed by balance to fees within 0.05"
    assert proof_of(even).verdict is Verdict.PROVEN
    assert "never has anything to take" in str(proof_of(even))


def test_each_ledger_is_proven_by_itself() -> None:
    """Lines of one ledger do not help another."""
    body = "debit cash a in GL { credit revenue a } in IFRS { credit revenue b }"

    found = proof_of(body, ledgers="GL, IFRS").ledgers

    assert [(each.ledgers, each.verdict) for each in found] == [
        (("GL",), Verdict.PROVEN), (("IFRS",), Verdict.REFUTED)
    ]  # fmt: skip


def test_a_reversal_has_the_verdict_of_its_rule() -> None:
    """A mirrored rule is proven as its rule is, and reported once."""
    head = HEAD.format(ledgers="GL", payments="immediate")
    text = (
        f"{head}on HERA.A.V1 {{ debit cash a credit revenue b }}\non HERA.B.V1 reverses HERA.A.V1"
    )

    rule, mirror = prove_schema(text)

    assert (mirror.verdict, mirror.mirrored) == (rule.verdict, True)
    with pytest.raises(SchemaError) as caught:
        PostingEngine(text)
    assert [fault.code for fault in caught.value.diagnostics if fault.code == "HE309"] == ["HE309"]


def test_own_fields_are_taken_as_positive_only_where_that_is_needed() -> None:
    """A proof without it is preferred; one with it names the field."""
    plain = proof_of("debit cash x credit revenue x")
    needed = proof_of("debit cash x credit revenue x when x > 0")
    of_members = proof_of(
        "for leg in legs { debit cash leg.v credit revenue leg.v when leg.v > 0 }"
    )

    assert (plain.verdict, plain.assumed) == (Verdict.PROVEN, ())
    assert (needed.verdict, needed.assumed) == (Verdict.GIVEN, ("x",))
    assert of_members.assumed == ("leg.v",)
    assert needed.summary == "proven given x >= 0"


def test_only_fields_whose_sign_is_checked_are_taken_as_positive() -> None:
    """An equation may make another own field negative: such events are posted, and shown."""
    one = "given g = -y - 2.50 debit cash g credit revenue -y - 2.50 credit fees z when y > z"
    both = "given g = -y - 2.50 debit cash z when g < z credit revenue z when y > z"

    assert verdict_of(one) is Verdict.REFUTED
    assert verdict_of(both) is Verdict.REFUTED


def test_an_example_takes_off_no_more_than_the_sale() -> None:
    """Its items come to the discount of the document at least, as the engine asks."""
    body = (
        "debit cash sum(gross(items)) credit fees discount_amount when discount_amount > 0"
        " for item in items { credit revenue gross(item) }"
    )

    (ledger,) = proof_of(body).ledgers

    assert ledger.counter_example is not None
    event = dict(ledger.counter_example.event)
    items, discount = event["items"], event["discount_amount"]
    assert isinstance(items, list)
    assert isinstance(discount, Decimal)
    assert sum(item["amount"] - item["discount"] for item in items) >= discount > 0


def test_an_example_without_a_total_has_an_item() -> None:
    """The engine refuses a total of nothing unless the event has items."""
    proof = proof_of(
        "debit cash z + 1.00 when total_amount = 0 credit fees z when total_amount = 0"
    )

    example = proof.ledgers[0].counter_example
    assert example is not None
    assert dict(example.event)["items"] == [{"amount": 0}]


def test_amounts_of_items_may_be_negative() -> None:
    """A return inside a sale has a negative net: a condition on it is one."""
    body = "for item in items { debit cash net(item) credit revenue net(item) when net(item) > 0 }"

    assert verdict_of(body) is Verdict.REFUTED


def test_two_texts_that_are_the_same_number_are_not_equal() -> None:
    """`a = b` of fields sent as texts may fail where a - b is zero: both cases are possible."""
    body = (
        "debit cash tip_amount credit revenue tip_amount when a = b"
        " credit revenue tip_amount when a > b credit revenue tip_amount when a < b"
    )

    assert verdict_of(body) is not Verdict.PROVEN


def test_conditions_beyond_the_limit_are_not_tried() -> None:
    """Up to the limit every combination is looked at; beyond, the rule is undecided."""

    def rule(count: int) -> str:
        return "".join(
            f' credit revenue total_amount when k{number} = "a"'
            f' debit fees total_amount when k{number} = "a"'
            f' credit revenue total_amount when k{number} = "a"'
            f' credit products total_amount when k{number} != "a"'
            f" debit cash total_amount"
            for number in range(count)
        )

    most = proof_of(rule(limits.PROOF_CONDITIONS))
    beyond = proof_of(rule(limits.PROOF_CONDITIONS + 1))

    assert most.verdict is Verdict.PROVEN
    assert sum(case.alike for case in most.ledgers[0].cases) == 2**limits.PROOF_CONDITIONS
    assert beyond.verdict is Verdict.UNDECIDED
    doubt = beyond.ledgers[0].doubt
    assert doubt is not None
    assert "13 conditions, 12 are allowed" in doubt.what


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_hostile_rule_is_done_in_bounded_time(number: int) -> None:
    """Conditions that share all their terms, long rules, deep lets: all end, proven or not."""
    fields = " + ".join(f"f{each}" for each in range(12))
    tangled = " ".join(
        f"credit revenue total_amount when {each + 1} * x{each} + {fields} > {each}.00"
        for each in range(12)
    )
    wide = "".join(f"debit cash w{each} credit revenue v{each} " for each in range(3000))
    deep = "let l0 = round(a * b) " + "".join(
        f"let l{each + 1} = round(l{each} * l{each} * 5%) " for each in range(300)
    )
    many = "".join(f"given p{each} + q = r{each} " for each in range(limits.PROOF_EQUATIONS + 1))
    body = (
        f"debit cash total_amount {tangled}",
        wide,
        f"{deep} debit cash l300 credit revenue l300",
        f"{many} debit cash a credit revenue b",
    )[number]

    began = time.monotonic()
    proof = proof_of(body)

    assert time.monotonic() - began < 60
    assert proof.verdict in set(Verdict)


def test_the_steps_of_a_schema_are_bounded() -> None:
    """When a schema has used its steps up, what is left is undecided and says so."""
    fields = " + ".join(f"f{each}" for each in range(12))
    tangled = " ".join(
        f"credit revenue total_amount when {each + 1} * x{each} - {fields} > {each}.00"
        for each in range(12)
    )
    head = HEAD.format(ledgers="GL", payments="immediate")
    rules = "".join(
        f"on HERA.A{each}.V1 {{ debit cash total_amount + {each}.00 {tangled} }}\n"
        for each in range(12)
    )

    began = time.monotonic()
    found = prove_schema(head + rules)

    assert time.monotonic() - began < 120
    assert all(not proof.verdict.compiles for proof in found)


def test_a_proof_is_the_same_every_time() -> None:
    """Text and data of a derivation depend on the schema alone."""
    body = (
        'debit cash total_amount credit revenue total_amount when kind = "a" or kind = "b"'
        " credit products fee_amount"
    )

    first, second = proof_of(body), proof_of(body)

    assert str(first) == str(second)
    assert first.to_dict() == second.to_dict()


def test_a_proof_is_plain_data() -> None:
    """The derivation has statements, cases, equations with multipliers, and what is left."""
    data = proof_of("given a = b debit cash 2 * a credit revenue b").to_dict()

    assert data["verdict"] == "refuted"
    ledgers = data["ledgers"]
    assert isinstance(ledgers, list)
    ledger = ledgers[0]
    assert ledger["statements"] == [
        ["debit cash (2 * a)", "2 * a"], ["credit revenue b", "-b"]
    ]  # fmt: skip
    assert ledger["counter_example"]["debits"] == "2.00"
