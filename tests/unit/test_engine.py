"""The engine: compile once, post many, explain, and the promises about state."""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import ROUND_UP, Context, localcontext

import pytest

from hera_engine import limits
from hera_engine.engine import PostingEngine, check_schema
from hera_engine.errors import HeraError, SchemaError
from hera_engine.facts import Facts
from hera_engine.journal import JournalEntry
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.load import load_schema
from hera_engine.rules.stage import Contribution
from hera_engine.settings import Settings
from tests.unit.events.books import (
    DISCOUNT,
    REFUND,
    TIPS,
    books,
    engine,
    event,
    journal,
    sale,
    seed,
    seed_engine,
    seed_profile,
    table,
    with_header,
)

MAPPED = """\
account products 4200 revenue
map revenue_of(kind) { "product" -> products, else -> revenue }
on HERA.POS.** {
  let tip = tip_amount default 0
  given total_amount = sum(gross(items)) + tip
  debit clearing total_amount
  for item in items {
    credit revenue_of(item.kind) net(item)
    credit tax_output            tax(item)
  }
  credit revenue tip when tip > 0
}
"""


class Quiet:
    """A stage that adds nothing."""

    name = "quiet"

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """See `Stage.contribute`."""
        return Contribution()


def halves(facts: Facts) -> Mapping[str, int]:
    """Weigh two units alike."""
    return {"north": 1, "south": 1}


# --- simulate ------------------------------------------------------------------------------


def test_simulate_returns_the_entry_of_an_event() -> None:
    """A schema and an event in, a journal out."""
    posting = engine()

    entry = posting.simulate(sale("105.00"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_the_seeds_schema_posts_unchanged() -> None:
    """The JSON form of the origin with its short profile: a tip is split by staff."""
    posting = seed_engine()
    sent = sale("110.00", tip_amount="5.00", org_unit="BR-01", staff_id="EMP-001")

    entry = posting.simulate(sent)

    assert journal(entry) == table("""
        DR clearing     110.00
        CR revenue      100.00 org_unit=BR-01 staff_id=EMP-001
        CR tax_output     5.00
        CR tips_payable   5.00
    """)


def test_simulate_json_gives_the_same_entry() -> None:
    """An event in JSON, as bytes or text, posts like the mapping."""
    posting = engine()
    data = (
        '{"organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1",'
        ' "total_amount": "105.00", "currency": "USD", "business_context": {}}'
    )

    entries = [posting.simulate_json(data), posting.simulate_json(data.encode())]

    assert {entry.to_json() for entry in entries} == {posting.simulate(sale("105.00")).to_json()}


def test_simulate_many_keeps_the_order_with_errors_in_place() -> None:
    """One bad event stops nothing: its error stands where its entry would."""
    posting = engine()
    events = [sale("105.00"), sale(1.5), "no event", event("HERA.X.V1", "1.00"), sale("21.00")]

    found = list(posting.simulate_many(events))  # type: ignore[arg-type]

    shown = [
        str(each.lines[0].amount) if isinstance(each, JournalEntry) else each.code for each in found
    ]
    assert shown == ["105.00", "E_GUARDRAIL", "E_GUARDRAIL", "E_SCHEMA", "21.00"]


def test_simulate_many_reads_events_one_by_one() -> None:
    """A stream of any length is not collected first."""
    posting = engine()
    read: list[int] = []

    def stream() -> Iterator[Mapping[str, object]]:
        for number in range(1000):
            read.append(number)
            yield sale("105.00")

    results = posting.simulate_many(stream())
    next(results)

    assert read == [0]


# --- explain -------------------------------------------------------------------------------


def test_explain_has_the_entry_that_simulate_returns() -> None:
    """To watch an event changes nothing about it."""
    posting = engine(TIPS, DISCOUNT)
    sent = sale("110.00", tip_amount="5.00", discount_amount="21.00")

    story = posting.explain(sent)

    assert story.entry.to_json() == posting.simulate(sent).to_json()


def test_explain_tells_rule_equations_map_rows_and_conditions() -> None:
    """Each construct of a rule leaves its evidence."""
    posting = PostingEngine(books(MAPPED))
    items = [{"amount": "105.00", "kind": "product"}]

    story = str(posting.explain(sale("105.00", items=items)))

    assert "by rule `HERA.POS.**`" in story
    assert "given total_amount = sum(gross(items)) + tip: 105.00 = 105.00" in story
    assert "map revenue_of(product) -> products" in story
    assert "    standard 5 % on 100.00, exactly 5, rounded to 5.00" in story
    assert "not posted" in story


def test_explain_tells_the_unrounded_tax() -> None:
    """5/105 of 10.00 is 10/21: the exact figure stands beside the rounded one."""
    posting = engine()

    story = str(posting.explain(sale("10.00")))

    assert "exactly 10/21, rounded to 0.48" in story


def test_explain_tells_what_document_rounding_moved() -> None:
    """Three taxes of 0.4761… are 1.4285… together: 1.43, so one item gives 0.01 back."""
    posting = engine(rounding="total")

    story = posting.explain(sale("30.00", items=[{"amount": "10.00"}] * 3))

    assert any("moved to business_context.items[0] -0.01" in text for text in story.taxes)


def test_explain_is_plain_json_too() -> None:
    """to_dict holds each line with the steps behind it."""
    posting = engine(TIPS)

    data = posting.explain(sale("110.00", tip_amount="5.00")).to_dict()

    lines = data["lines"]
    assert isinstance(lines, list)
    assert [len(line["because"]) for line in lines] == [1, 1, 1, 1]
    assert data["fingerprint"] == posting.fingerprint


def test_explain_lists_every_step_behind_a_merged_line() -> None:
    """Three items behind one revenue line are three steps."""
    posting = engine()

    story = posting.explain(sale("315.00", items=[{"amount": "105.00"}] * 3))

    assert [len(steps) for steps in story.steps] == [1, 3, 3]


def test_explain_refuses_what_simulate_refuses() -> None:
    """A story of an event that does not post is the same error."""
    posting = engine()

    with pytest.raises(HeraError) as told:
        posting.explain(sale("0.00"))

    assert told.value.code == "E_GUARDRAIL"


# --- state ---------------------------------------------------------------------------------


def test_an_engine_survives_pickling() -> None:
    """An unpickled engine has the fingerprint of the one before, and posts the same bytes."""
    text = books('dimensions org_unit\nsplit HERA.** by org_unit custom "halves"')
    posting = PostingEngine(text, stages=[Quiet()], allocators={"halves": halves})

    again = pickle.loads(pickle.dumps(posting))

    assert again.fingerprint == posting.fingerprint
    assert again.simulate(sale("105.00")).to_json() == posting.simulate(sale("105.00")).to_json()


def test_an_entry_survives_pickling() -> None:
    """An entry is a value."""
    entry = engine().simulate(sale("105.00"))

    again = pickle.loads(pickle.dumps(entry))

    assert again == entry
    assert again.to_json() == entry.to_json()


@pytest.mark.parametrize("sent", [sale(1.5), sale("0.00"), event("HERA.X.V1", "1.00")])
def test_errors_survive_pickling(sent: dict[str, object]) -> None:
    """An error keeps code, message, details and hint."""
    with pytest.raises(HeraError) as caught:
        engine().simulate(sent)

    again = pickle.loads(pickle.dumps(caught.value))

    assert type(again) is type(caught.value)
    assert (str(again), again.to_dict()) == (str(caught.value), caught.value.to_dict())


def test_schema_errors_survive_pickling() -> None:
    """A schema error keeps its diagnostics."""
    with pytest.raises(SchemaError) as caught:
        PostingEngine("ledgers GL")

    again = pickle.loads(pickle.dumps(caught.value))

    assert again.diagnostics == caught.value.diagnostics


def test_the_memo_is_bounded() -> None:
    """More smart codes than the memo holds leave it at its limit, and post the same."""
    posting = engine()
    first = posting.simulate(sale("105.00")).to_json()

    for number in range(limits.MEMO_ENTRIES + 10):
        posting._route(f"HERA.X{number}.SALE.V1")

    assert len(posting._memo) <= limits.MEMO_ENTRIES
    assert posting.simulate(sale("105.00")).to_json() == first


def test_threads_share_an_engine() -> None:
    """Eight threads that post at once get what one gets."""
    posting = engine()
    events = [event(f"HERA.S{number % 7}.SALE.V1", f"{number + 1}.00") for number in range(200)]
    expected = [posting.simulate(sent).to_json() for sent in events]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda sent: posting.simulate(sent).to_json(), events))

    assert found == expected


def test_the_ambient_decimal_context_changes_nothing() -> None:
    """Three digits, rounded up, with every trap set: the same bytes."""
    posting = engine(TIPS, DISCOUNT)
    sent = sale("1234567.89", tip_amount="0.05", discount_amount="0.33")
    sent = with_header(sent, base_currency="EUR", exchange_rate={"per_base": "1.37"})
    expected = posting.simulate(sent).to_json()

    with localcontext(Context(prec=3, rounding=ROUND_UP, Emax=9, Emin=-9)):
        found = posting.simulate(sent).to_json()

    assert found == expected


def test_the_callers_lists_may_change_afterwards() -> None:
    """An engine keeps what it was given, not the lists it came in."""
    profile, schema = seed_profile(), seed()
    posting = PostingEngine(schema, tax_profiles=[profile])
    sent = sale("110.00", org_unit="B", staff_id="E")
    expected = posting.simulate(sent).to_json()

    profile.clear()
    schema.clear()

    assert posting.simulate(sent).to_json() == expected


# --- fingerprint ---------------------------------------------------------------------------


def test_the_fingerprint_changes_with_all_that_decides() -> None:
    """Another account, rate or setting is another fingerprint."""
    text = books()
    strict = Settings(tax_difference="error")  # type: ignore[arg-type]

    prints = [
        PostingEngine(text).fingerprint,
        PostingEngine(text.replace("4100", "4101")).fingerprint,
        PostingEngine(text.replace("standard 5%", "standard 6%")).fingerprint,
        PostingEngine(text, settings=strict).fingerprint,
        PostingEngine(text + "carry org_unit on *\ndimensions org_unit\n").fingerprint,
    ]

    assert len(set(prints)) == len(prints)


def test_the_fingerprint_does_not_change_with_spelling() -> None:
    """Comments and blanks do not count, nor does it whether a rate is 5% or 5.0%."""
    text = books()

    other = f"# our books\n\n{text.replace(' asset', '   asset # kept')}"
    other = other.replace("standard 5%", "standard 5.0%")

    assert "5.0%" in other
    assert PostingEngine(other).fingerprint == PostingEngine(text).fingerprint


# --- check_schema --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source", ["", "nonsense {", "{", "[]", "null", "\x00", {}, {"ledgers": 7}, None, 7, b"x", []]
)
def test_check_schema_never_raises_on_bad_input(source: object) -> None:
    """Whatever it is given, it answers with at least one error."""
    found = check_schema(source)  # type: ignore[arg-type]

    assert any(fault.severity.value == "error" for fault in found)


def test_check_schema_of_a_sound_schema_has_warnings_at_most() -> None:
    """A schema that compiles has no error."""
    found = check_schema(books(TIPS))

    assert {fault.severity.value for fault in found} <= {"warning"}


def test_check_schema_takes_a_loaded_schema() -> None:
    """A loaded schema is checked against a chart without its text."""
    schema = load_schema(books())

    found = check_schema(schema, chart=[{"id": "1", "code": "1100"}])

    assert "NOT_IN_CHART" in {fault.name for fault in found}


@pytest.mark.parametrize("profile", ["x", {"rates": 7}, {"id": "p", "rates": {"standard": "x"}}])
def test_check_schema_reports_a_faulty_tax_profile(profile: object) -> None:
    """The faults of a profile that is handed over are diagnostics like any other."""
    found = check_schema(books(), tax_profiles=[profile])  # type: ignore[list-item]

    assert any(fault.severity.value == "error" for fault in found)


@pytest.mark.parametrize("arguments", [{"chart": [7]}, {"chart": 7}, {"settings": "strict"}])
def test_check_schema_refuses_arguments_that_are_none(arguments: dict[str, object]) -> None:
    """A chart or settings of another kind are the caller's fault and have no place in a schema.

    "Never raises on bad input" is read as bad schemas and profiles.
    """
    with pytest.raises(HeraError) as caught:
        check_schema(books(), **arguments)  # type: ignore[arg-type]

    assert caught.value.code == "E_GUARDRAIL"


# --- settings ------------------------------------------------------------------------------


def test_strict_settings_refuse_what_the_origin_refused() -> None:
    """Smart codes of the strict form and positive totals are asked for."""
    chosen = Settings(strict_smart_codes=True, refuse_negative_totals=True)
    posting = PostingEngine(books(), settings=chosen)

    with pytest.raises(HeraError) as caught:
        posting.simulate(event(REFUND, "-105.00"))

    problems = caught.value.details["problems"]
    assert isinstance(problems, list)
    assert {problem["path"] for problem in problems} == {"event_smart_code", "total_amount"}


def test_organization_ids_must_be_uuids_by_setting() -> None:
    """With the setting an organization is named by its UUID, without it by any text."""
    identifier = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    accounts = dict.fromkeys(("revenue", "tax_output", "clearing"), identifier)
    posting = PostingEngine(
        seed(accounts=accounts, dimension_requirements=[]),
        tax_profiles=[seed_profile()],
        settings=Settings(require_uuid_ids=True),
    )

    with pytest.raises(HeraError) as caught:
        posting.simulate(sale("105.00"))

    assert "organization_id" in caught.value.message
    assert posting.simulate(with_header(sale("105.00"), organization_id=identifier)).lines
