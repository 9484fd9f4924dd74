"""Events of a declaration: what is refused, filled in and turned, and which declaration counts."""

import pickle
import time
from collections.abc import Mapping

import pytest

from hera_engine import HeraError, PostingEngine, SchemaError, load_schema
from hera_engine.dsl.declared import Declarations
from hera_engine.errors import EventError
from hera_engine.rules.compile_events import invariants_of

ACCOUNTS = """ledgers GL
account cash 1000 asset
account revenue 4100 revenue
account tips 2100 liability
payments immediate
"""
SALE = """
event HERA.POS.SALE.** {
  total_amount: money
  transaction_date: date
  currency: one of "USD", "JPY"
  tip: money = 0
  kind: one of "service", "product" = "service"
  voucher: optional text
  delivered: optional date
  member: optional truth
  rate: number = 0.5
  correction: signed money = 0
  lines: optional list of { amount: money  weight: optional number }
  shipping: optional { amount: money  carrier: text }
  given total_amount = sum(lines.amount) + tip
}
on HERA.POS.SALE.V1 {
  debit cash total_amount
  for line in lines { credit revenue line.amount }
  credit tips tip
}
"""
OTHER = "on HERA.POS.SALE.V1 { debit cash total_amount credit revenue total_amount }"
LINES = [{"amount": "100.00"}]


def event(context: Mapping[str, object], **header: object) -> dict[str, object]:
    """Return a sale of 105.00 with a business context."""
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": "105.00",
        "currency": "USD",
        "transaction_date": "2025-03-01",
        "business_context": context,
        **header,
    }


def engine(text: str = SALE) -> PostingEngine:
    """Return an engine for declarations and rules."""
    return PostingEngine(ACCOUNTS + text)


def amounts(text: str, sent: Mapping[str, object]) -> list[str]:
    """Return the lines of an event's entry as ``DR cash 105.00``."""
    return [
        f"{line.side.value} {line.account.key} {line.amount}"
        for line in engine(text).simulate(sent).lines
    ]


def problems(sent: Mapping[str, object], text: str = SALE) -> list[str]:
    """Return the path and message of each problem of a refused event."""
    with pytest.raises(EventError) as caught:
        engine(text).simulate(sent)
    return [f"{problem.path} {problem.message}" for problem in caught.value.problems]


def test_an_event_that_fits_its_declaration_posts() -> None:
    """Fields of every type are taken; what is not sent takes its default."""
    context = {
        "tip": "5", "kind": "product", "voucher": "V", "delivered": "2025-02-28", "member": True,
        "rate": "0.123456789012", "correction": "-1.50",
        "lines": [{"amount": "100", "weight": "0.5"}],
        "shipping": {"amount": 3, "carrier": "x"},
    }  # fmt: skip

    assert amounts(SALE, event(context)) == ["DR cash 105.00", "CR revenue 100.00", "CR tips 5.00"]


def test_a_default_is_filled_in_and_told() -> None:
    """A field that is not sent takes its default, and explain says where that is from."""
    story = str(engine().explain(event({"lines": [{"amount": "105"}]})))

    assert "business_context.tip: 0, the declared default" in story


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"tips": "1"}, "business_context.tips is not a declared field"),
        ({"tip": "1.005"}, "business_context.tip has more than 2 decimals"),
        ({"tip": "x"}, "business_context.tip is not a plain decimal number"),
        ({"tip": 1.5}, "business_context.tip is a float"),
        ({"rate": True}, "business_context.rate is true or false, not a number"),
        ({"kind": "goods"},
         "business_context.kind is `goods`, which is none of the declared values"),
        ({"kind": 1}, "business_context.kind is not a string"),
        ({"voucher": 7}, "business_context.voucher is not a string"),
        ({"delivered": "2025-02-30"}, "business_context.delivered is not a date"),
        ({"delivered": "28.2.2025"}, "business_context.delivered is not a date"),
        ({"member": "yes"}, "business_context.member is neither true nor false"),
        ({"shipping": "x"}, "business_context.shipping is not an object"),
        ({"shipping": {"amount": "1"}}, "business_context.shipping.carrier is missing"),
        ({"lines": {"amount": "1"}}, "business_context.lines is not a list"),
        ({"lines": [7]}, "business_context.lines[0] is not an object"),
        ({"lines": [{"amount": "1"}, {"weight": "1"}]},
         "business_context.lines[1].amount is missing"),
        ({"lines": [{"amount": "1", "wait": "1"}]},
         "business_context.lines[0].wait is not a declared field"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_a_problem_with_its_path(
    changes: Mapping[str, object], found: str
) -> None:
    """One field that does not fit its type gives one problem."""
    assert problems(event({"lines": LINES, "tip": "5", **changes})) == [found]


def test_all_problems_come_together() -> None:
    """What the declaration finds stands beside what the engine finds by itself."""
    context = {"kind": "x", "tips": "1", "tax_amount": "y"}
    sent = event(context, currency="EUR", transaction_date=None)

    assert problems(sent) == [
        "business_context.tax_amount is not a plain decimal number",
        "transaction_date is missing",
        "currency is `EUR`, which is none of the declared values",
        "business_context.tips is not a declared field",
        "business_context.kind is `x`, which is none of the declared values",
        "business_context.lines is missing",
    ]


def test_an_unknown_field_gets_the_nearest_name() -> None:
    """A misspelt field is told the declared one."""
    with pytest.raises(EventError) as caught:
        engine().simulate(event({"lines": LINES, "tipp": "5"}))

    assert caught.value.problems[0].hint == "did you mean `tip`?"


def test_null_is_not_there() -> None:
    """A field sent as null counts as absent: it is missing, optional, or takes its default."""
    declared = 'event HERA.** { a: text  b: optional text  c: text = "x" }\n' + OTHER

    assert problems(event({"a": None, "b": None, "c": None}), declared) == [
        "business_context.a is missing"
    ]


def test_an_open_event_and_an_open_record_take_other_fields() -> None:
    """`open` leaves fields that are not declared alone; a record inside is open by itself."""
    declared = "event HERA.** open { a: open { b: text }  c: optional { d: text } }\n" + OTHER

    assert amounts(declared, event({"a": {"b": "x", "z": 1}, "q": {"r": [1]}}))
    assert problems(event({"a": {"b": "x"}, "c": {"d": "x", "e": 1}}), declared) == [
        "business_context.c.e is not a declared field"
    ]


def test_an_equation_of_the_declaration_is_held_before_the_rule() -> None:
    """An event that breaks an invariant is E_UNBALANCED like one that breaks a `given`."""
    with pytest.raises(HeraError) as caught:
        engine().simulate(event({"lines": LINES, "tip": "1"}))

    assert caught.value.code == "E_UNBALANCED"
    assert caught.value.message == (
        "`total_amount = sum(lines.amount) + tip` does not hold: 105.00 against 101.00"
    )


def test_an_equation_may_speak_of_items_that_the_rule_does_not_read() -> None:
    """What the engine works out is there for an invariant, whether the rule needs it or not."""
    declared = "event HERA.** open { given total_amount = sum(items.amount) }\n" + OTHER

    assert amounts(declared, event({"items": [{"amount": "105"}]}))
    with pytest.raises(HeraError, match="does not hold"):
        engine(declared).simulate(event({"items": [{"amount": "104"}]}))


# --- which declaration counts --------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "field"),
    [("HERA.POS.SALE.V1", "exact"), ("HERA.POS.SALE.V2", "first"), ("HERA.CRM.SALE.V1", "last")],
)
def test_an_exact_code_beats_patterns_and_the_first_pattern_wins(code: str, field: str) -> None:
    """The declaration of an event is found as its rule is."""
    declared = """
event HERA.POS.** { first: text }
event HERA.** { last: text }
event HERA.POS.SALE.V1 { exact: text }
on HERA.** { debit cash total_amount credit revenue total_amount }
"""

    assert problems(event({}, event_smart_code=code), declared) == [
        f"business_context.{field} is missing"
    ]


def test_events_without_a_declaration_are_open() -> None:
    """A declaration of other events changes nothing."""
    declared = "event HERA.CRM.** { a: text }\n" + OTHER

    assert amounts(declared, event({"anything": {"goes": 1}}))


# --- direction -----------------------------------------------------------------------------

FREIGHT = """
event HERA.POS.SALE.** {
  freight: money
  rate: number
  correction: signed money
  parts: list of { amount: money  share: number }
}
on HERA.POS.SALE.V1 {
  debit cash freight
  credit revenue (freight - round(freight * rate) - correction)
  credit tips (round(freight * rate) + correction)
  for part in parts { debit cash round(part.amount * part.share) }
  for part in parts { credit tips round(part.amount * part.share) }
}
"""


def _freight(sign: str, total: str, rate: str = "0.10") -> dict[str, object]:
    other = {"": "-", "-": ""}[sign]
    context = {
        "freight": f"{sign}20.00", "rate": rate, "correction": f"{other}1.00",
        "parts": [{"amount": f"{sign}10", "share": "0.5"}],
    }  # fmt: skip
    return event(context, total_amount=total)


def test_a_number_is_never_turned_in_a_negative_event() -> None:
    """A rate keeps its sign where the amounts beside it carry the total's."""
    sale = amounts(FREIGHT, _freight("", "20.00"))

    assert sale == ["DR cash 25.00", "CR revenue 19.00", "CR tips 6.00"]
    assert amounts(FREIGHT, _freight("-", "-20.00")) == [
        "CR cash 25.00", "DR revenue 19.00", "DR tips 6.00"
    ]  # fmt: skip


def test_signed_money_follows_the_amounts_beside_it() -> None:
    """It is turned with amounts that carry the total's sign, and stays beside positive ones."""
    assert amounts(FREIGHT, _freight("", "-20.00")) == [
        "CR cash 25.00", "DR revenue 19.00", "DR tips 6.00"
    ]  # fmt: skip


def test_a_negative_rate_stays_negative() -> None:
    """A number below zero is one in either direction."""
    sale = amounts(FREIGHT, _freight("", "20.00", rate="-0.10"))
    refund = amounts(FREIGHT, _freight("-", "-20.00", rate="-0.10"))

    assert [line.split()[1:] for line in sale] == [line.split()[1:] for line in refund]


def test_money_below_zero_in_a_positive_event_is_refused() -> None:
    """Money is not below zero unless the whole event is; `signed money` may be."""
    context = {"freight": "-1", "rate": "1", "correction": "-1", "parts": []}

    (found,) = problems(event(context), FREIGHT)
    assert found.startswith("business_context.freight has another sign")


def test_mixed_signs_of_declared_money_are_refused() -> None:
    """Amounts of a negative event all carry its sign, or none does."""
    context = {"freight": "-1", "rate": "1", "correction": "1", "parts": [
        {"amount": "2", "share": "1"}]}  # fmt: skip

    (found,) = problems(event(context, total_amount="-1.00"), FREIGHT)
    assert found.startswith("business_context.parts[0].amount has another sign")


PAID = """
event HERA.POS.SALE.** {
  total_amount: money
  freight: money = 0
  paid: open { currency: text }
}
on HERA.POS.SALE.V1 {
  debit cash paid.amount currency paid.currency at 3
  credit revenue paid.amount currency paid.currency at 3
}
"""


@pytest.mark.parametrize(("sign", "sides"), [("", "DC"), ("-", "CD")])
def test_an_amount_in_another_currency_stands_in_an_open_record(sign: str, sides: str) -> None:
    """It has the decimals of its own currency, and is turned with the rest."""
    paid = {"amount": f"{sign}1.001", "currency": "KWD"}
    sent = event({"freight": f"{sign}1", "paid": paid}, total_amount=f"{sign}105.00")

    assert amounts(PAID, sent) == [f"{sides[0]}R cash 1.001", f"{sides[1]}R revenue 1.001"]


def test_its_sign_is_that_of_the_rest() -> None:
    """An amount that is not declared is held to the declared ones beside it."""
    sent = event({"freight": "-1", "paid": {"amount": "1", "currency": "KWD"}}, total_amount="-1")

    (found,) = problems(sent, PAID)
    assert found.startswith("business_context.paid.amount has another sign")


def test_money_with_more_decimals_than_the_events_currency_is_told_the_way_out() -> None:
    """Declared money is in the event's currency."""
    with pytest.raises(EventError) as caught:
        engine(PAID).simulate(
            event({"freight": "1.001", "paid": {"amount": "1", "currency": "KWD"}})
        )

    assert caught.value.problems[0].hint == (
        "round it; an amount in another currency is undeclared, in an `open` record"
    )


def _mirrored(sale: list[str]) -> list[str]:
    """Return lines with every side turned."""
    return [line.translate(str.maketrans("DC", "CD")) for line in sale]


SPLIT = """
event HERA.POS.SALE.** open {
  total_amount: money
  a: money
  b: money = 5.00
  part: signed money = -2.00
  factor: number = 2
  given total_amount = a + b
}
on HERA.POS.SALE.V1 {
  debit cash total_amount
  credit revenue (a - part)
  credit tips b
  credit tips part
  debit cash round(b * factor)
  credit tips round(b * factor)
}
"""


@pytest.mark.parametrize("sign", ["-", ""])
def test_a_default_is_what_the_field_is_in_the_positive_event(sign: str) -> None:
    """A negative event without a field posts the mirror of the positive one without it."""
    sale = amounts(SPLIT, event({"a": "100.00"}))
    refund = amounts(SPLIT, event({"a": f"{sign}100.00"}, total_amount="-105.00"))

    assert sale == ["DR cash 115.00", "CR revenue 102.00", "CR tips 15.00", "DR tips 2.00"]
    assert sorted(refund) == sorted(_mirrored(sale))


def test_what_is_sent_is_turned_beside_a_default() -> None:
    """A field that has a default and is sent follows the amounts beside it, as ever."""
    sent = event({"a": "-100.00", "b": "-5.00", "part": "2.00"}, total_amount="-105.00")

    assert sorted(amounts(SPLIT, sent)) == sorted(_mirrored(amounts(SPLIT, event({"a": "100.00"}))))


KNOWN = """
event HERA.POS.SALE.V1 {
  total_amount: money
  tip_amount: money = 5.00
  fee_amount: money = 3.00
  payments: optional list of { amount: money = 10.00  method: text }
  items: list of { amount: money = 7.00  discount: optional money  fee: money = 1.00 }
}
on HERA.POS.SALE.V1 {
  for paid in payments { debit cash paid.amount }
  credit revenue (total_amount - tip_amount - fee_amount)
  credit tips (tip_amount + fee_amount)
  for item in items { debit cash (item.amount + item.fee) credit tips (item.amount + item.fee) }
}
"""


@pytest.mark.parametrize(
    ("sale", "refund", "total"),
    [
        ({"payments": [{"amount": "90.00", "method": "a"}, {"method": "b"}], "items": [{}]},
         {"payments": [{"amount": "-90.00", "method": "a"}, {"method": "b"}], "items": [{}]},
         "100.00"),
        ({"payments": [{"method": "b"}], "items": []},
         {"payments": [{"method": "b"}], "items": []}, "10.00"),
        ({"items": [{"amount": "85.00"}, {}]}, {"items": [{"amount": "-85.00"}, {}]}, "100.00"),
        ({"items": [{"amount": "88.00", "discount": "3.00"}, {}]},
         {"items": [{"amount": "-88.00", "discount": "3.00"}, {}]}, "100.00"),
        ({"items": [{}]}, {"items": [{}]}, "15.00"),
    ],
)  # fmt: skip
def test_a_default_of_a_field_that_the_engine_knows_is_not_turned(
    sale: Mapping[str, object], refund: Mapping[str, object], total: str
) -> None:
    """Neither does it tell with which sign the rest was sent."""
    posted = amounts(KNOWN, event(sale, total_amount=total))
    back = amounts(KNOWN, event(refund, total_amount=f"-{total}"))

    assert sorted(back) == sorted(_mirrored(posted))


# --- the plan ------------------------------------------------------------------------------


def _assumed(text: str) -> list[tuple[str, ...]]:
    """Return the words of the equations that every event of each rule is held to."""
    schema = load_schema(ACCOUNTS + text)
    declarations = Declarations(schema.nodes)
    return [
        tuple(given.text for given in invariants_of(rule, declarations))
        for rule in schema.nodes.rules
    ]


def test_a_rule_may_assume_what_all_its_declarations_state() -> None:
    """Equations of one declaration of several are not assumed, nor those of some events only."""
    first = "event HERA.A.V1 open { given a = b given c = d }\n"
    second = "event HERA.** open { given c = d given e = f }\n"
    rules = "".join(
        f"on {code} {{ debit cash 1 credit revenue 1 }}\n" for code in ("HERA.A.V1", "HERA.*.V1")
    )

    assert _assumed(first + second + rules) == [("a = b", "c = d"), ("c = d",)]
    assert _assumed(first + rules) == [("a = b", "c = d"), ()]


def test_an_engine_with_declarations_is_pickled_and_posts_the_same() -> None:
    """A copy of the engine holds events to the same declarations."""
    again = pickle.loads(pickle.dumps(engine()))

    sent = event({"lines": LINES, "tip": "5"})
    assert again.simulate(sent).to_json() == engine().simulate(sent).to_json()
    assert again.fingerprint == engine().fingerprint


def test_many_members_that_do_not_fit_are_refused_in_bounded_time() -> None:
    """An event of ten thousand members, each with many unknown fields, ends in one error."""
    lines = [{f"f{index}": "x" for index in range(8)} for _ in range(1_000)]
    items = [{f"f{index}": "x" for index in range(60)} for _ in range(10_000)]
    declared = SALE.replace("voucher:", "items: optional list of { amount: money }  voucher:")
    started = time.process_time()

    found = problems(event({"lines": lines, "items": items}), declared)

    assert len(found) > 10_000
    assert time.process_time() - started < 30


def test_the_balance_proof_relies_on_equations_of_the_declaration() -> None:
    """The rule does not balance by its lines alone; what its events are held to proves it."""
    (proof,) = engine().proofs

    assert proof.verdict == "proven given"
    with pytest.raises(SchemaError, match="does not balance"):
        engine(SALE.replace("given total_amount = sum(lines.amount) + tip", ""))
