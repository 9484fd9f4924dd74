"""A caller's own stages: what they may add, and what happens when they break a promise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest

from hera_engine.accounts import Side
from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError, Problem
from hera_engine.facts import Facts
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.stage import AddedLine, Contribution, ItemTaxes, Phase
from tests.unit.events.books import books, event, journal, refused, sale, table, warnings

POINTS = """\
account loyalty_cost 6200 expense
account loyalty_owed 2600 liability
"""

BONUS = """\
account bonus 6300 expense
on HERA.X.** { debit bonus points credit cash points }
"""


@dataclass(frozen=True)
class Own:
    """A stage that contributes what a function says."""

    act: Callable[[Facts, Sequence[DraftLine]], object]
    name: str = "own"
    phase: Phase = Phase.LINES
    provides: tuple[str, ...] = ()
    replaces: str | None = None

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """See `Stage.contribute`."""
        return self.act(facts, lines)  # type: ignore[return-value] # broken stages are tested too


def pair(amount: object = "2.00", *, key: str = "loyalty_owed") -> tuple[AddedLine, ...]:
    """Return a debit and a credit of one amount."""
    value = Decimal(amount) if isinstance(amount, str) else amount
    return (
        AddedLine(side=Side.DEBIT, account="loyalty_cost", amount=value),  # type: ignore[arg-type]
        AddedLine(side=Side.CREDIT, account=key, amount=value),  # type: ignore[arg-type]
    )


def adding(**contribution: object) -> Own:
    """Return a stage of the lines phase that always adds the same."""
    return Own(lambda facts, lines: Contribution(**contribution))  # type: ignore[arg-type]


def finding(**facts: object) -> Own:
    """Return a stage of the facts phase that always finds out the same."""
    return Own(lambda seen, lines: Contribution(facts=facts), name="finder", phase=Phase.FACTS,
               provides=tuple(facts))  # fmt: skip


def posting(*stages: Own, rules: str = "") -> PostingEngine:
    """Return an engine with stages."""
    return PostingEngine(books(POINTS, rules), stages=stages)


def test_a_stage_may_add_lines_after_the_rule() -> None:
    """Loyalty points accrue behind the lines of the sale."""
    engine = posting(adding(lines=pair()))

    entry = engine.simulate(sale("105.00"))

    assert journal(entry) == table("""
        DR clearing     105.00
        CR revenue      100.00
        CR tax_output     5.00
        DR loyalty_cost   2.00
        CR loyalty_owed   2.00
    """)
    assert [line.origin.stage for line in entry.lines] == ["lines"] * 3 + ["own"] * 2


def test_stages_run_in_the_order_the_user_lists_them() -> None:
    """Lines of the second stage stand behind those of the first."""
    first = Own(lambda facts, lines: Contribution(lines=pair("1.00")), name="first")
    second = Own(lambda facts, lines: Contribution(lines=pair("3.00")), name="second")

    entry = posting(second, first).simulate(sale("105.00"))

    assert [str(line.amount) for line in entry.lines[3:]] == ["3.00", "3.00", "1.00", "1.00"]


def test_lines_of_different_stages_never_merge() -> None:
    """Two stages that add alike lines leave four lines."""
    first = Own(lambda facts, lines: Contribution(lines=pair()), name="first")
    second = Own(lambda facts, lines: Contribution(lines=pair()), name="second")

    entry = posting(first, second).simulate(sale("105.00"))

    assert len(entry.lines) == 3 + 4


def test_a_stage_sees_unmerged_lines() -> None:
    """Three items are three revenue lines to a stage, and one in the journal."""
    seen: list[int] = []

    def count(facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        seen.append(sum(line.account.posted.key == "revenue" for line in lines))
        return Contribution()

    posting(Own(count)).simulate(sale("315.00", items=[{"amount": "105.00"}] * 3))

    assert seen == [3]


def test_a_stage_may_add_facts_for_rules_to_read() -> None:
    """What a stage provides is read by a rule like a field of the event."""
    engine = PostingEngine(books(BONUS), stages=[finding(points="12.50")])

    entry = engine.simulate(event("HERA.X.Y.V1", "100.00"))

    assert journal(entry) == "DR bonus 12.50\nCR cash 12.50"


def test_a_stage_sees_what_earlier_stages_found_out() -> None:
    """Facts of the first stage are among the facts of the second."""

    def double(facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        found = facts.added["half"]
        assert isinstance(found, int)
        return Contribution(facts={"points": found * 2})

    second = Own(double, name="second", phase=Phase.FACTS, provides=("points",))
    engine = PostingEngine(books(BONUS), stages=[finding(half=4), second])

    entry = engine.simulate(event("HERA.X.Y.V1", "100.00"))

    assert journal(entry) == "DR bonus 8.00\nCR cash 8.00"


def test_a_stage_may_warn() -> None:
    """A warning stands in the entry and names its stage."""
    entry = posting(adding(warnings=["large amount"])).simulate(sale("105.00"))

    assert warnings(entry) == ("STAGE",)
    assert (entry.warnings[0].message, entry.warnings[0].details["stage"]) == (
        "large amount",
        "own",
    )


def test_a_stage_may_veto() -> None:
    """A problem of a stage refuses the event, with the stage's own words."""
    veto = Problem("business_context.customer", "is on the stop list")
    engine = posting(adding(problems=[veto]))

    error = refused(engine, sale("105.00"), "E_GUARDRAIL")

    assert "is on the stop list" in str(error)


def test_a_stages_sides_are_not_mirrored() -> None:
    """A stage says the real sides; a refund does not flip them."""
    entry = posting(adding(lines=pair())).simulate(sale("-105.00"))

    assert journal(entry).splitlines()[3:] == ["DR loyalty_cost 2.00", "CR loyalty_owed 2.00"]


def test_a_stages_line_without_a_ledger_posts_to_every_ledger() -> None:
    """Lines without a ledger are in each, those with one in that alone."""
    lines = (
        *pair(),
        AddedLine(side=Side.DEBIT, account="cash", amount=Decimal(1), ledger="STAT"),
        AddedLine(side=Side.CREDIT, account="clearing", amount=Decimal(1), ledger="STAT"),
    )
    engine = PostingEngine(books("ledgers GL, STAT", POINTS), stages=[adding(lines=lines)])

    entry = engine.simulate(sale("105.00"))

    own = [line.ledger for line in entry.lines if line.origin.stage == "own"]
    assert own == ["GL", "GL", "STAT", "STAT", "STAT", "STAT"]


def test_a_stages_lines_carry_their_dimensions_and_are_checked() -> None:
    """A requirement holds for a stage's lines too."""
    schema = books(POINTS, "dimensions staff_id\nrequire staff_id on loyalty_cost else error")
    lines = (
        AddedLine(
            side=Side.DEBIT, account="loyalty_cost", amount=Decimal(2),
            dimensions={"staff_id": "ann"},
        ),
        AddedLine(side=Side.CREDIT, account="loyalty_owed", amount=Decimal(2)),
    )  # fmt: skip
    engine = PostingEngine(schema, stages=[adding(lines=lines)])
    without = PostingEngine(schema, stages=[adding(lines=pair())])

    entry = engine.simulate(sale("105.00"))
    error = refused(without, sale("105.00"), "E_DIM_MISSING")

    assert journal(entry).splitlines()[3] == "DR loyalty_cost 2.00 staff_id=ann"
    assert error.details["missingByLine"] == [{"lineIndex": 3, "missing": ["staff_id"]}]


def test_the_tax_stage_may_be_replaced() -> None:
    """A stage that replaces tax says net, tax and gross of each item; the rule posts them."""

    def flat(facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        one = ItemTaxes(net=Decimal("98.00"), tax=Decimal("7.00"), gross=Decimal("105.00"))
        return Contribution(taxes=[one])

    engine = posting(Own(flat, name="flat", phase=Phase.FACTS, replaces="tax"))

    entry = engine.simulate(sale("105.00"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue     98.00
        CR tax_output   7.00
    """)


def test_a_replaced_tax_sees_prices_and_all_discounts() -> None:
    """The items of a tax stage have their share of the document discount."""
    seen: list[tuple[str, str]] = []

    def none(facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        items = facts.items or ()
        seen.extend((str(item.amount), str(item.discount)) for item in items)
        price = Decimal("100.00")
        return Contribution(taxes=[ItemTaxes(net=price, tax=Decimal(0), gross=price)])

    engine = posting(Own(none, name="none", phase=Phase.FACTS, replaces="tax"))

    engine.simulate(sale("100.00", items=[{"amount": "126.00", "discount": "5.00"}],
                         discount_amount="21.00"))  # fmt: skip

    assert seen == [("126.00", "26.00")]


# --- broken promises -----------------------------------------------------------------------


def unbalanced_pair() -> tuple[AddedLine, ...]:
    """Return a debit of 2.00 and a credit of 1.99."""
    return (
        AddedLine(side=Side.DEBIT, account="loyalty_cost", amount=Decimal("2.00")),
        AddedLine(side=Side.CREDIT, account="loyalty_owed", amount=Decimal("1.99")),
    )


def test_a_stages_lines_must_balance_by_themselves() -> None:
    """Debits 2.00, credits 1.99, difference 0.01: E_UNBALANCED that names the stage."""
    error = refused(posting(adding(lines=unbalanced_pair())), sale("105.00"), "E_UNBALANCED")

    found = error.details["imbalances"]
    assert isinstance(found, list)
    assert found[0] == {
        "ledger": "GL",
        "currency": "USD",
        "debits": "2.00",
        "credits": "1.99",
        "difference": "0.01",
    }
    assert error.context == {"stage": "own"}


def test_each_stages_lines_must_balance_on_their_own() -> None:
    """Two stages that would balance only together are refused."""
    debit, credit = pair()
    first = Own(lambda facts, lines: Contribution(lines=(debit,)), name="first")
    second = Own(lambda facts, lines: Contribution(lines=(credit,)), name="second")

    error = refused(posting(first, second), sale("105.00"), "E_UNBALANCED")

    assert error.context == {"stage": "first"}


def explode(facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
    """Fail as a careless stage does."""
    raise KeyError("boom")


@pytest.mark.parametrize(
    "stage",
    [
        Own(explode),
        Own(lambda facts, lines: None),
        Own(lambda facts, lines: {"lines": ()}),
        adding(lines=pair("0.00")),
        adding(lines=pair("-2.00")),
        adding(lines=pair("0.001")),
        adding(lines=pair("NaN")),
        adding(lines=pair(2.0)),
        adding(lines=pair(None)),
        adding(lines=pair(key="loyalty_owned")),
        adding(lines=[AddedLine(side=Side.DEBIT, account="cash", amount=Decimal(1), ledger="TAX")]),
        adding(lines=[AddedLine(side="debit", account="cash", amount=Decimal(1))]),  # type: ignore[arg-type]
        adding(lines=[("DR", "cash", 1)]),
        adding(lines=7),
        adding(lines=[AddedLine(side=Side.DEBIT, account="cash", amount=Decimal(1),
                                dimensions={"staff_id": "n\u00f6"})]),
        adding(lines=[AddedLine(side=Side.DEBIT, account="cash", amount=Decimal(1),
                                dimensions=("staff_id",))]),  # type: ignore[arg-type]
        adding(lines=[AddedLine(side=Side.DEBIT, account=["cash"], amount=Decimal(1))]),  # type: ignore[arg-type]
        adding(facts={"x": 1.5}),
        adding(facts={"x": object()}),
        adding(facts={7: "x"}),
        adding(facts=["x"]),
        adding(facts={"total_amount": "1.00"}),
        adding(facts={"staff_id": "bob"}),
        adding(problems=["no"]),
        adding(problems=7),
        adding(warnings=7),
        adding(taxes=[]),
        Own(lambda facts, lines: Contribution(lines=pair()), phase=Phase.FACTS),
        Own(lambda facts, lines: Contribution(facts={"other": "1"}), provides=("points",)),
    ],
)  # fmt: skip
def test_a_breach_names_the_stage(stage: Own) -> None:
    """Whatever a stage does wrong, the error is a HeraError that names it."""
    error = refused(posting(stage), sale("105.00", staff_id="ann"), "E_GUARDRAIL")

    assert "own" in f"{error.message} {error.context} {error.details}"


TAXES: tuple[object, ...] = (
    [],
    [ItemTaxes(net=Decimal(100), tax=Decimal(5), gross=Decimal(104))],
    [ItemTaxes(net=Decimal("99.995"), tax=Decimal("5.005"), gross=Decimal("105.00"))],
    [ItemTaxes(net=100.0, tax=5.0, gross=105.0)],  # type: ignore[arg-type]
    [ItemTaxes(net=Decimal("NaN"), tax=Decimal(5), gross=Decimal("NaN"))],
    [ItemTaxes(net="100", tax="5", gross="105")],  # type: ignore[arg-type]
    [(100, 5, 105)],
    7,
    None,
)


@pytest.mark.parametrize("taxes", TAXES)
def test_a_replaced_tax_must_obey_net_and_tax_are_gross(taxes: object) -> None:
    """Tax facts that are no money, do not add up or miss an item are refused, naming the stage."""
    stage = Own(
        lambda facts, lines: Contribution(taxes=taxes),  # type: ignore[arg-type]
        phase=Phase.FACTS,
        replaces="tax",
    )

    error = refused(posting(stage), sale("105.00"), "E_GUARDRAIL")

    assert "own" in error.message


def test_a_replaced_tax_cannot_unbalance_the_sale() -> None:
    """Gross figures that are not the total break the rule's equation: E_UNBALANCED."""
    one = ItemTaxes(net=Decimal("98.00"), tax=Decimal("6.00"), gross=Decimal("104.00"))
    stage = Own(lambda facts, lines: Contribution(taxes=[one]), phase=Phase.FACTS, replaces="tax")

    refused(posting(stage), sale("105.00"), "E_UNBALANCED")


class Bare:
    """A stage with freely chosen attributes."""

    def __init__(self, attributes: Mapping[str, object]) -> None:
        self.__dict__.update(attributes)

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """See `Stage.contribute`."""
        return Contribution()


@pytest.mark.parametrize(
    "stage",
    [
        object(),
        None,
        "tax",
        Bare({}),
        Bare({"name": ""}),
        Bare({"name": 7}),
        Bare({"name": "lines"}),
        Bare({"name": "tax"}),
        Bare({"name": "x", "contribute": 7}),
        Bare({"name": "x", "phase": "closing"}),
        Bare({"name": "x", "phase": ["facts"]}),
        Bare({"name": "x", "replaces": "lines"}),
        Bare({"name": "x", "replaces": "tax", "phase": "lines"}),
        Bare({"name": "x", "provides": 7}),
        Bare({"name": "x", "provides": "points"}),
        Bare({"name": "x", "provides": (7,)}),
    ],
)
def test_what_is_no_stage_is_refused_when_the_engine_is_built(stage: object) -> None:
    """A stage needs a name of its own, a known phase and names of facts: E_GUARDRAIL."""
    with pytest.raises(HeraError) as caught:
        PostingEngine(books(), stages=[stage])  # type: ignore[list-item]

    assert caught.value.code == "E_GUARDRAIL"


def test_two_stages_of_one_name_are_refused() -> None:
    """An origin must tell which stage made a line."""
    with pytest.raises(HeraError) as caught:
        PostingEngine(books(), stages=[adding(), adding()])

    assert caught.value.code == "E_GUARDRAIL"


def test_stages_enter_the_fingerprint() -> None:
    """Another stage, or another version of one, is another fingerprint."""
    plain = PostingEngine(books())
    one = PostingEngine(books(), stages=[Bare({"name": "x", "version": "1"})])  # type: ignore[list-item]
    two = PostingEngine(books(), stages=[Bare({"name": "x", "version": "2"})])  # type: ignore[list-item]

    assert len({plain.fingerprint, one.fingerprint, two.fingerprint}) == 3


def test_a_stage_gives_values_only_to_declared_dimensions() -> None:
    """A dimension the schema does not declare is a breach that names the stage."""
    legs = [
        AddedLine(side=Side.DEBIT, account="clearing", amount=Decimal(1), dimensions={"area": "N"}),
        AddedLine(side=Side.CREDIT, account="revenue", amount=Decimal(1)),
    ]
    posting = PostingEngine(books(), stages=[Own(lambda facts, lines: Contribution(lines=legs))])

    error = refused(posting, sale("105.00"), "E_GUARDRAIL")

    assert "`area`, which is not declared" in error.message
