"""Compiled rules call stages of one's own, and show them what the interpreter shows."""

import copy
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, Final, NoReturn

import pytest

from hera_engine import HeraError, JournalEntry, Side
from hera_engine.facts import Facts
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.fused import late, stage_calls
from hera_engine.rules.stage import AddedLine, Contribution, Phase
from tests.executors.draw_stages import DrawnStage
from tests.executors.twins import Twins

BOOKS: Final = """\
ledgers GL, IFRS
account cash 1000 asset
account receivable 1150 asset
account clearing 1100 asset
account tax_output 2200 liability
account tips_payable 2300 liability
account points_owed 2400 liability
account revenue 4100 revenue
account points_given 5600 expense
tax profile vat {
  jurisdiction AE
  prices inclusive
  default standard
  rate standard 5% for standard
}
dimensions staff_id, channel
require staff_id on revenue else error
carry channel on points_given
"""
STANDARD: Final = f"{BOOKS}payments immediate\n"
EVENT: Final[dict[str, Any]] = {
    "organization_id": "org-1",
    "event_smart_code": "HERA.POS.SALE.V1",
    "total_amount": "110.00",
    "currency": "USD",
    "transaction_date": "2025-03-01",
    "posting_date": "2025-03-02",
    "external_reference": "R-1",
    "metadata": {"till": ["7"]},
    "simulate": True,
    "business_context": {
        "sale_amount": "105.00",
        "tip_amount": "5.00",
        "staff_id": "ann",
        "channel": "web",
        "items": [{"amount": "60.00", "kind": "a"}, {"amount": "45.00", "staff_id": "bob"}],
    },
}
ABROAD: Final[dict[str, Any]] = {
    **EVENT,
    "base_currency": "EUR",
    "exchange_rate": {"per_base": "1.0937"},
}


@dataclass
class Watching:
    """A stage that keeps what it is shown, looked at or not."""

    name: str = "watching"
    phase: Phase = Phase.LINES
    facts: list[Facts] = field(default_factory=list)
    lines: list[Sequence[DraftLine]] = field(default_factory=list)

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Keep what is shown and add nothing."""
        self.facts.append(facts)
        self.lines.append(lines)
        return Contribution()


def adding(name: str = "points", **parts: Any) -> DrawnStage:
    """Return a stage that adds the same to every event."""
    return DrawnStage(name, Phase.LINES, lambda _facts, _lines: Contribution(**parts))


def finding(**found: Any) -> DrawnStage:
    """Return a stage that finds the same facts out for every event."""
    return DrawnStage(
        "finding", Phase.FACTS, lambda _facts, _lines: Contribution(facts=found), tuple(found)
    )


def pair(amount: str = "1.05", **said: Any) -> tuple[AddedLine, AddedLine]:
    """Return two lines that balance."""
    figure = Decimal(amount)
    return (
        AddedLine(side=Side.DEBIT, account="points_given", amount=figure, **said),
        AddedLine(side=Side.CREDIT, account="points_owed", amount=figure, **said),
    )


def posted(schema: str, event: dict[str, Any], *stages: Any) -> JournalEntry:
    """Return the entry of an event, which compiled rules post by themselves, as both see it."""
    twins = Twins.of(schema, stages=stages)
    entry = twins.assert_alike(event)
    assert twins.posts_itself(event), twins.compiled._fused and twins.compiled._fused.reasons
    assert isinstance(entry, JournalEntry)
    return entry


# --- what stages are shown -------------------------------------------------------------------


@pytest.mark.parametrize("event", [EVENT, ABROAD], ids=["home", "abroad"])
@pytest.mark.parametrize("name", [each.name for each in fields(Facts)])
def test_a_field_of_late_facts_is_that_of_facts(event: dict[str, Any], name: str) -> None:
    """Whichever field is asked for first, it is what the interpreter reads."""
    stage = Watching()
    twins = Twins.of(STANDARD, stages=[stage])

    twins.compiled.simulate(event)
    twins.interpreted.simulate(event)

    given, wanted = stage.facts
    assert isinstance(given, late.LateFacts)
    assert type(wanted) is Facts
    assert getattr(given, name) == getattr(wanted, name)
    assert repr(getattr(given, name)) == repr(getattr(wanted, name))


def test_late_facts_are_as_good_as_facts() -> None:
    """They are equal, shown, hashed, copied, pickled and replaced alike, and cannot be changed."""
    stage = Watching()
    twins = Twins.of(STANDARD, stages=[stage])
    twins.compiled.simulate(EVENT)
    twins.interpreted.simulate(EVENT)
    given, wanted = stage.facts
    changes: Any = {"total_amount": Decimal(1)}

    assert given == wanted
    assert wanted == given
    assert hash(given) == hash(wanted)
    assert repr(given) == repr(wanted)
    assert pickle.loads(pickle.dumps(given)) == wanted
    assert copy.deepcopy(given) == wanted == copy.copy(given)
    assert replace(given, **changes) == replace(wanted, **changes)
    assert given != object()
    assert not hasattr(given, "unheard_of")
    assert (given.tax_date, given.accounting_date) == (wanted.tax_date, wanted.accounting_date)
    with pytest.raises(AttributeError):
        given.currency = "EUR"  # type: ignore[misc] # frozen


def test_late_facts_are_those_of_the_event_as_it_was() -> None:
    """Whoever keeps facts, and looks at them later, sees nothing of what became of the event."""
    stage = Watching()
    twins = Twins.of(STANDARD, stages=[stage])
    event = copy.deepcopy(EVENT)

    twins.compiled.simulate(event)
    twins.interpreted.simulate(event)
    event["business_context"]["items"].clear()
    event["metadata"]["till"].append("8")
    event["total_amount"] = "1.00"

    assert stage.facts[0] == stage.facts[1]


def test_a_stage_sees_the_lines_that_the_interpreter_makes() -> None:
    """Those of the rule, and what stages before it added."""
    first, second = Watching(), Watching("again")
    twins = Twins.of(STANDARD, stages=[first, adding(lines=pair()), second])

    twins.compiled.simulate(EVENT)
    twins.interpreted.simulate(EVENT)

    for stage in (first, second):
        given, wanted = stage.lines
        assert isinstance(given, late.LateLines)
        assert given == wanted
        assert (len(given), given[0], given[-1:], list(given), repr(given), hash(given)) == (
            len(wanted), wanted[0], wanted[-1:], list(wanted), repr(wanted), hash(wanted)
        )  # fmt: skip
    assert len(second.lines[0]) == len(first.lines[0]) + 4
    assert second.lines[0] != first.lines[0]


def test_what_no_stage_asks_for_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages that read amounts of the event cost neither its facts nor lines of the rule."""

    def explode(*_arguments: object, **_named: object) -> NoReturn:
        raise AssertionError("nobody asked for this")

    def does(facts: Facts, _lines: Sequence[DraftLine]) -> Contribution:
        assert facts.sale_amount is not None
        assert facts.total_amount > facts.sale_amount
        return Contribution()

    twins = Twins.of(STANDARD, stages=[DrawnStage("reading", Phase.LINES, does)])
    monkeypatch.setattr(late, "read_event", explode)
    monkeypatch.setattr(stage_calls, "lines_of_rule", explode)

    assert twins.posts_itself(EVENT)


# --- what stages add -------------------------------------------------------------------------


def test_lines_of_stages_follow_those_of_the_rule_in_each_ledger() -> None:
    """They merge with those of the same stage alone, and post to the ledger that they name."""
    entry = posted(
        STANDARD,
        EVENT,
        adding("one", lines=[*pair(), *pair("2.00", ledger="IFRS"), *pair()]),
        adding("two", lines=pair(), warnings=["bonus"]),
    )

    shown = [
        (line.ledger, line.origin.stage, str(line.amount))
        for line in entry.lines
        if line.origin.stage in ("one", "two") and line.side is Side.DEBIT
    ]
    assert shown == [
        ("GL", "one", "2.10"), ("GL", "two", "1.05"), ("IFRS", "one", "4.10"),
        ("IFRS", "two", "1.05"),
    ]  # fmt: skip
    assert [notice.message for notice in entry.warnings] == ["bonus"]
    general = [line for line in entry.lines if line.ledger == "GL"]
    assert [line.dimensions.get("channel") for line in general][-4:] == [
        "web", None, "web", None,
    ]  # fmt: skip


def test_lines_of_stages_are_converted_with_those_of_the_rule() -> None:
    """What conversion leaves over is placed among all lines of a ledger."""
    entry = posted(STANDARD, ABROAD, adding(lines=pair("0.03")))

    assert entry.lines[-1].base_amount == Decimal("0.03")


def test_a_stage_alone_posts_to_a_ledger() -> None:
    """A ledger to which the rule posts nothing has the stage's lines."""
    rule = "in GL { debit cash total_amount credit points_owed total_amount }"
    schema = f"{BOOKS}on HERA.POS.** {{ {rule} }}"
    entry = posted(schema, EVENT, adding(lines=pair(ledger="IFRS")))

    assert [line.ledger for line in entry.lines] == ["GL", "GL", "IFRS", "IFRS"]


def test_open_items_of_stages_lines() -> None:
    """A line of a stage leaves the open item of its account."""
    schema = f"{BOOKS}payments deferred open item settle 30 days\n"
    lines = (
        AddedLine(side=Side.DEBIT, account="receivable", amount=Decimal("1.00")),
        AddedLine(side=Side.CREDIT, account="points_owed", amount=Decimal("1.00")),
    )
    entry = posted(schema, EVENT, adding(lines=lines))

    opened = [line.open_item for line in entry.lines if line.origin.stage == "points"]
    assert opened[0] is not None
    assert (str(opened[0].due_date), opened[0].reference) == ("2025-03-31", "R-1")


# --- what stages find out --------------------------------------------------------------------


def test_what_a_stage_found_out_is_read_by_the_rule() -> None:
    """Numbers, texts, truths and dimensions, in the event, its items and its payments."""
    rule = """\
on HERA.POS.SALE.** {
  let half = round(bonus / 2)
  given total_amount = sum(gross(items)) + tip_amount
  given total_amount = sum(payments.amount)
  debit clearing total_amount  when tier != "gold"
  for item in items { credit revenue net(item)  credit tax_output tax(item) }
  for payment in payments when tier = "gold" { debit cash payment.amount }
  credit tips_payable tip_amount
  debit points_given half when member
  credit points_owed half when member
}
"""
    event = copy.deepcopy(EVENT)
    del event["business_context"]["staff_id"]
    found = finding(bonus="3.00", tier="gold", member=True, staff_id="zoe")
    entry = posted(BOOKS + rule, event, found)

    revenue = [line for line in entry.lines if line.account.key == "revenue"]
    assert {line.dimensions["staff_id"] for line in revenue} == {"zoe", "bob"}
    assert "points_given 1.50" in [f"{line.account.key} {line.amount}" for line in entry.lines]


@pytest.mark.parametrize(
    "found",
    [{"bonus": "3.005"}, {"bonus": "many"}, {"tier": 5}, {"sale_amount": "1.00"}, {"staff_id": 7}],
    ids=str,
)
def test_what_a_stage_found_out_is_checked(found: dict[str, Any]) -> None:
    """What a rule cannot read, or was sent, is refused by both executors alike."""
    rule = """\
on HERA.POS.SALE.** {
  debit cash (bonus default 1) when (tier default "none") = "none"
  credit revenue (bonus default 1) when (tier default "none") = "none"
  debit clearing total_amount
  credit tips_payable total_amount
}
"""
    event = copy.deepcopy(EVENT)
    del event["business_context"]["staff_id"]
    twins = Twins.of(BOOKS + rule, stages=[finding(**found)])

    assert isinstance(twins.assert_alike(event), HeraError)


def test_a_stage_in_the_place_of_taxes_is_left_to_the_interpreter() -> None:
    """It decides what items cost, which compiled rules work out themselves."""

    @dataclass
    class Taxing(Watching):
        replaces: str = "tax"
        phase: Phase = Phase.FACTS

    twins = Twins.of(STANDARD, stages=[Taxing()])

    twins.assert_alike(EVENT)
    assert twins.compiled._fused is not None
    assert twins.compiled._fused.reasons == ("a stage in the place of taxes",)
